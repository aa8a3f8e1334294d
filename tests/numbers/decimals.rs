//! What is printed contains what is there.

use edgecert::number::decimal::{self, Ends};
use edgecert::number::{Ball, Interval, Number};
use proptest::prelude::*;
use rug::Rational;
use rug::ops::Pow;

use super::subject::{Subject, cases, ordinary, sample};

fn power_of_ten(k: i64) -> Rational {
    let power = Rational::from(10).pow(k.unsigned_abs() as u32);
    if k < 0 { power.recip() } else { power }
}

/// A plain decimal with an optional exponent, and the unit of its last digit.
fn decimal_value(text: &str) -> (Rational, Rational) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i64 = exponent.parse().unwrap();
    let places = mantissa
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len()) as i64;
    let digits: Rational = mantissa.replace('.', "").parse().unwrap();
    let unit = power_of_ten(exponent - places);
    (digits * &unit, unit)
}

/// The set a printed text stands for, by the table in the documentation of `format`.
fn parsed(text: &str) -> (Rational, Rational) {
    if let Some(ends) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        let (low, high) = ends.split_once(", ").unwrap();
        return (decimal_value(low).0, decimal_value(high).0);
    }
    let Some((before, rest)) = text.split_once('(') else {
        let value = decimal_value(text).0;
        return (value.clone(), value);
    };
    let (error, after) = rest.split_once(')').unwrap();
    let (centre, unit) = decimal_value(&format!("{before}{after}"));
    let error = unit * error.parse::<Rational>().unwrap();
    (Rational::from(&centre - &error), centre + error)
}

fn printed_contains<T: Subject + Ends>(set: &T, digits: usize) -> Result<(), TestCaseError> {
    let Some((low, high)) = set.exact_ends() else {
        return Ok(());
    };
    let text = decimal::format(set, digits);
    let (shown_low, shown_high) = parsed(&text);
    prop_assert!(shown_low <= low && high <= shown_high, "{text} for {set:?}");
    let (below, above) = (decimal::lower(set, digits), decimal::upper(set, digits));
    prop_assert!(decimal_value(&below).0 <= low, "{below}");
    prop_assert!(decimal_value(&above).0 >= high, "{above}");
    if let Some((below, above)) = decimal::exact_ends(set) {
        let (below, above) = (
            decimal::parse_hexadecimal(&below),
            decimal::parse_hexadecimal(&above),
        );
        prop_assert!(below.unwrap() <= low && above.unwrap() >= high);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn printing_encloses(x in prop_oneof![sample(), ordinary()], digits in 1..30usize) {
        printed_contains(&x.enclosed::<Interval>(53), digits)?;
        for precision in [24, 200] {
            printed_contains(&x.enclosed::<Ball>(precision), digits)?;
        }
    }

    /// Hexadecimal ends of an interval are the ends.
    #[test]
    fn exact_ends_are_exact(x in sample()) {
        let set = x.enclosed::<Interval>(53);
        let (low, high) = decimal::exact_ends(&set).unwrap();
        let read = |end| decimal::parse_hexadecimal(end).and_then(|end| end.to_rational());
        prop_assert_eq!(read(&low), set.lower_rational());
        prop_assert_eq!(read(&high), set.upper_rational());
    }
}

#[test]
fn examples() {
    let interval = |n: i64, d: i64| Interval::from_rational(&Rational::from((n, d)));
    let between = |low: &str, high: &str| {
        let value = |text: &str| decimal_value(text).0;
        Interval::from_ends(&value(low), &value(high))
    };
    for (set, text) in [
        (interval(0, 1), "0"),
        (interval(1, 2), "0.5"),
        (interval(-40, 1), "-40"),
        (interval(1, 3), "0.333333333333(1)"),
        (interval(-200, 3), "-66.6666666667(1)"),
        (between("0.63245", "0.63246"), "0.632455(6)"),
        (between("1.39e-1207", "1.41e-1207"), "1.40(2)e-1207"),
        (between("-0.1", "2.5"), "[-0.1001, 2.5]"),
        (between("-1", "3e20"), "[-1, 3e20]"),
        (Interval::ENTIRE, "(-inf, inf)"),
    ] {
        assert_eq!(set.to_string(), text);
    }
    assert_eq!(format!("{:.3}", interval(2, 3)), "0.667(1)");
    assert_eq!(decimal::lower(&interval(2, 3), 3), "0.666");
    assert_eq!(decimal::upper(&interval(2, 3), 3), "0.667");
    assert_eq!(decimal::upper(&interval(2, 3).neg(), 3), "-0.666");
    let hex = |n: i64, d: i64| decimal::exact_ends(&interval(n, d)).unwrap().0;
    assert_eq!(hex(3, 16), "0x1.8p-3");
    assert_eq!(hex(-1, 1), "-0x1p0");
    assert_eq!(hex(0, 1), "0x0p0");
    assert_eq!(hex(255, 1), "0x1.fep7");
}

#[test]
fn malformed_hexadecimals_are_refused() {
    for text in [
        "",
        "0x",
        "0x1",
        "1p0",
        "0x1.8",
        "0xp1",
        "0x1.gp0",
        "0x1p",
        "0x1p1p1",
        "0x-1p0",
        "--0x1p0",
        "0x1p99999999999",
        "0x1p2000000000",
        "0x1p-2000000000",
        "0x.8p0",
        "0x1_0p0",
    ] {
        assert_eq!(decimal::parse_hexadecimal(text), None, "{text}");
    }
    assert_eq!(
        decimal::parse_hexadecimal("-0x1.8p-3").and_then(|end| end.to_rational()),
        Some(Rational::from((-3, 16)))
    );
    // As small as an end can be that is written.
    let least = "0x1p-1000000000";
    assert_eq!(
        decimal::parse_hexadecimal(least).map(|end| decimal::hexadecimal(&end)),
        Some(least.to_string())
    );
}
