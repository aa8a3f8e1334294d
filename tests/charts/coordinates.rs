//! Coordinates and decimals enclose what they stand for.

use edgecert::number::{Interval, Number};
use edgecert::report::chart::coordinates::{self, log10};
use edgecert::report::chart::{Axis, Chart, Layer, Point, Scale, Series};
use proptest::prelude::*;
use rug::float::Round;
use rug::ops::Pow;
use rug::{Float, Rational};

/// The exact rational of a decimal such as `-1.25e-1207`.
fn decimal(text: &str) -> Rational {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Rational = format!("{whole}{fraction}").parse().unwrap();
    digits * Rational::from(10).pow(exponent.parse::<i32>().unwrap() - fraction.len() as i32)
}

/// 10^x between two floats of 400 bits.
fn power_of_ten(x: f64) -> (Float, Float) {
    let at = |round| {
        let mut power = Float::with_val(400, x);
        power.exp10_round(round);
        power
    };
    (at(Round::Down), at(Round::Up))
}

/// A number of any sign and of sizes from 2⁻¹²⁰⁰⁰ to 2¹²⁰⁰⁰.
fn number() -> impl Strategy<Value = Rational> {
    let size = prop_oneof![-12_000..12_000i32, -60..60i32];
    (any::<i64>(), size).prop_map(|(m, e)| Rational::from(m) << e)
}

fn shows(lower: f64, upper: f64, q: &Rational) -> bool {
    (lower == f64::NEG_INFINITY || Rational::from_f64(lower).is_some_and(|l| l <= *q))
        && (upper == f64::INFINITY || Rational::from_f64(upper).is_some_and(|u| *q <= u))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn linear_coordinates_enclose(a in number(), b in number(), part in 0..=16u32) {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let interval = Interval::from_ends(&low, &high);
        let (lower, upper) = coordinates::linear(&interval);
        prop_assert!(lower <= upper);
        let inner = Rational::from(&high - &low) * part / 16u32 + &low;
        for q in [&low, &high, &inner] {
            prop_assert!(shows(lower, upper, q), "{} not in [{}, {}]", q, lower, upper);
        }
    }

    #[test]
    fn logarithmic_coordinates_enclose(a in number(), b in number(), part in 0..=16u32) {
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let (lower, upper) = log10(&Interval::from_ends(&low, &high));
        prop_assert!(lower <= upper);
        let inner = Rational::from(&high - &low) * part / 16u32 + &low;
        for q in [&low, &high, &inner] {
            if *q <= 0 {
                prop_assert_eq!(lower, f64::NEG_INFINITY);
                continue;
            }
            // 10^lower ≤ q ≤ 10^upper, in 400 bits.
            prop_assert!(lower == f64::NEG_INFINITY || power_of_ten(lower).0 <= *q);
            prop_assert!(power_of_ten(upper).1 >= *q);
        }
        if low > 0 {
            // Sharp for a point: its own logarithm, to some 1e-12 of its size.
            let (lower, upper) = log10(&Interval::from_rational(&low));
            let slack = 1e-12 * (1.0 + lower.abs());
            prop_assert!(power_of_ten(lower + slack).1 >= low, "{}", lower);
            prop_assert!(power_of_ten(upper - slack).0 <= low, "{}", upper);
        }
    }

    #[test]
    fn decimals_of_a_chart_enclose(x in -1e9..1e9f64, a in -4000.0..400.0f64, w in 0.0..1.0f64) {
        for scale in [Scale::Linear, Scale::Log10] {
            let chart = Chart::new("t", Axis::new("x", "", Scale::Linear), Axis::new("y", "", scale))
                .layer(Layer::Band(Series::new("s", vec![Point::new(x, a, a + w)])));
            let json = chart.json();
            let point = &json["layers"][0]["points"][0];
            let text = |key: &str| point[key].as_str().unwrap_or_default().to_string();
            prop_assert_eq!(text("x").parse::<f64>(), Ok(x));
            let (lower, upper) = (decimal(&text("lower")), decimal(&text("upper")));
            if scale == Scale::Linear {
                prop_assert!(lower <= a && a + w <= upper);
                prop_assert!(lower >= a - a.abs() * 1e-15 - 1e-300);
            } else {
                prop_assert!(lower <= power_of_ten(a).0);
                prop_assert!(power_of_ten(a + w).1 <= upper);
                prop_assert!(power_of_ten(a - 1e-11).0 < lower);
                prop_assert!(decimal(&text("log10_lower")) <= a);
                prop_assert!(decimal(&text("log10_upper")) >= a + w);
            }
            // The CSV has the same ends.
            let csv = chart.csv();
            let line = csv.lines().nth(1).unwrap_or_default();
            prop_assert!(line.contains(&format!(",{},{}", text("lower"), text("upper"))), "{}", line);
        }
    }
}

#[test]
fn zero_and_what_is_below_are_at_minus_infinity() {
    let infinite = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    assert_eq!(log10(&Interval::ZERO), infinite);
    let minus_one = Interval::from_rational(&Rational::from(-1));
    assert_eq!(log10(&minus_one), infinite);
    let (lower, upper) = log10(&Interval::from_ends(
        &Rational::from(-1),
        &Rational::from(100),
    ));
    assert_eq!(lower, f64::NEG_INFINITY);
    assert!((2.0..2.000001).contains(&upper));
    assert_eq!(log10(&Interval::ENTIRE), (f64::NEG_INFINITY, f64::INFINITY));
}

#[test]
fn far_below_f64_a_linear_coordinate_is_next_to_zero_and_a_logarithmic_one_is_sharp() {
    let tiny = Interval::from_rational(&Rational::from(10).pow(-3500));
    let (lower, upper) = coordinates::linear(&tiny);
    assert!(lower == 0.0 && upper > 0.0 && upper < 1e-300);
    let (lower, upper) = log10(&tiny);
    assert!(lower <= -3500.0 && -3500.0 <= upper && upper - lower < 1e-10);
    let (lower, upper) = coordinates::linear(&tiny.neg());
    assert!(upper == 0.0 && lower < 0.0);
    let huge = Interval::from_rational(&Rational::from(10).pow(3500));
    let (lower, upper) = coordinates::linear(&huge);
    assert!(lower > 1e307 && upper == f64::INFINITY);
}

#[test]
fn points_are_never_inverted() {
    let unknown = (f64::NEG_INFINITY, f64::INFINITY);
    for (lower, upper) in [(2.0, 1.0), (f64::NAN, 1.0), (1.0, f64::NAN)] {
        let point = Point::new(0.0, lower, upper);
        assert_eq!((point.lower, point.upper), unknown);
    }
}
