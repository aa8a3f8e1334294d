//! Ticks: enough, not too many, inside, distinct, and labelled with the number that is there.

use edgecert::report::chart::ticks::{Tick, linear, log10, minor_log10, widened};
use proptest::prelude::*;
use rug::Rational;
use rug::ops::Pow;

/// The number a label says, exactly, for labels of moderate size: `−1 234.5`, `2·10^-9`.
fn value(label: &str) -> Rational {
    let label = label.replace('−', "-").replace('\u{202f}', "");
    let (mantissa, exponent) = match label.split_once("10^") {
        None => (label.as_str(), 0),
        Some((before, exponent)) => (before, exponent.parse::<i32>().unwrap()),
    };
    let mantissa = match mantissa.trim_end_matches('·') {
        "" => "1",
        "-" => "-1",
        other => other,
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Rational = format!("{whole}{fraction}").parse().unwrap();
    digits * Rational::from(10).pow(exponent - fraction.len() as i32)
}

fn check(ticks: &[Tick], lower: f64, upper: f64, most: usize) -> Result<(), TestCaseError> {
    prop_assert!(
        (2..=most).contains(&ticks.len()),
        "{} ticks of at most {most} from {lower:?} to {upper:?}: {ticks:?}",
        ticks.len()
    );
    for tick in ticks {
        prop_assert!(lower <= tick.at && tick.at <= upper, "{tick:?} is outside");
    }
    for pair in ticks.windows(2) {
        prop_assert!(pair[0].at < pair[1].at, "{pair:?}");
        prop_assert_ne!(&pair[0].label, &pair[1].label);
    }
    let labels: std::collections::BTreeSet<_> = ticks.iter().map(|t| &t.label).collect();
    prop_assert_eq!(labels.len(), ticks.len());
    Ok(())
}

fn check_linear(lower: f64, upper: f64, most: usize) -> Result<(), TestCaseError> {
    let ticks = linear(lower, upper, most);
    check(&ticks, lower, upper, most)?;
    for tick in &ticks {
        let at = Rational::from_f64(tick.at).unwrap();
        let error = (value(&tick.label) - &at).abs();
        let ulp = Rational::from_f64(tick.at.abs() * f64::EPSILON + f64::MIN_POSITIVE).unwrap();
        prop_assert!(error <= ulp, "{tick:?}");
    }
    Ok(())
}

fn check_log(lower: f64, upper: f64, most: usize) -> Result<(), TestCaseError> {
    let ticks = log10(lower, upper, most);
    check(&ticks, lower, upper, most)?;
    for tick in &ticks {
        // log10 of mantissa and power apart, since the number itself may be no f64.
        let (mantissa, power) = match tick.label.split_once("10^") {
            None => (value(&tick.label).to_f64(), 0.0),
            Some((before, power)) => {
                let before = before.trim_end_matches('·');
                let mantissa = if before.is_empty() { "1" } else { before };
                (value(mantissa).to_f64(), power.parse().unwrap())
            }
        };
        let error = (mantissa.log10() + power - tick.at).abs();
        prop_assert!(error <= 1e-13 * (1.0 + tick.at.abs()), "{tick:?} {error}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn linear_ticks(
        centre in -1e3..1e3f64,
        scale in -30..30i32,
        width in -9.0..1.0f64,
        most in 5..13usize,
    ) {
        // From ranges that are 1e-9 of the number wide to ten times as wide.
        let centre = centre * 10f64.powi(scale);
        let half = (centre.abs() + 1e-40) * 10f64.powf(width);
        check_linear(centre - half, centre + half, most)?;
    }

    #[test]
    fn linear_ticks_of_any_size(a in any::<f64>(), b in any::<f64>(), most in 5..13usize) {
        prop_assume!(a.is_finite() && b.is_finite());
        let (lower, upper) = widened(a.min(b), a.max(b));
        check_linear(lower, upper, most)?;
    }

    #[test]
    fn logarithmic_ticks(
        centre in -5000.0..400.0f64,
        width in -7.0..3.7f64,
        most in 5..13usize,
    ) {
        let half = 10f64.powf(width) / 2.0;
        let (lower, upper) = widened(centre - half, centre + half);
        check_log(lower, upper, most)?;
    }

    #[test]
    fn logarithmic_ticks_of_a_few_powers(
        lower in -20.0..20.0f64,
        width in 0.05..12.0f64,
        most in 5..13usize,
    ) {
        check_log(lower, lower + width, most)?;
        let minor = minor_log10(lower, lower + width);
        prop_assert!(minor.iter().all(|at| (lower..=lower + width).contains(at)));
        prop_assert!(minor.len() <= 8 * 10);
    }

    #[test]
    fn a_widened_range_contains_the_range(a in any::<f64>(), b in any::<f64>()) {
        prop_assume!(a.is_finite() && b.is_finite());
        let (a, b) = (a.min(b), a.max(b));
        let (lower, upper) = widened(a, b);
        prop_assert!(lower <= a && b <= upper && lower < upper);
    }
}

#[test]
fn five_thousand_powers_of_ten() {
    let labels: Vec<_> = log10(-5000.0, 0.0, 7)
        .into_iter()
        .map(|t| t.label)
        .collect();
    assert_eq!(
        labels,
        [
            "10^-5000", "10^-4000", "10^-3000", "10^-2000", "10^-1000", "10^0"
        ]
    );
}

#[test]
fn a_thousandth_of_a_millionth_around_two() {
    let labels: Vec<_> = linear(2.0 - 5e-10, 2.0 + 5e-10, 6)
        .into_iter()
        .map(|t| t.label)
        .collect();
    assert_eq!(
        labels,
        [
            "1.9999999996",
            "1.9999999998",
            "2.0000000000",
            "2.0000000002",
            "2.0000000004"
        ]
    );
}
