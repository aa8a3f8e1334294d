//! From enclosures to coordinates and back, always outward.

use rug::Rational;

use super::Scale;
use crate::number::{Interval, decimal};

/// Significant digits of an f64 rounded outward: neighbours differ.
const DIGITS: usize = 17;
/// Significant digits of a number that is known by the f64 that is its logarithm.
const DIGITS_OF_POWER: usize = 13;

/// Coordinates (lower, upper) that enclose those of every number in `value`.
pub fn of(value: &Interval, scale: Scale) -> (f64, f64) {
    match scale {
        Scale::Linear => linear(value),
        Scale::Log10 => log10(value),
    }
}

/// The ends rounded outward to plain f64s.
///
/// # Soundness
/// [`Interval::lower_f64`] and [`Interval::upper_f64`]: beyond the range of f64 an end becomes
/// an infinity or the largest f64, or 0 or the least one, whichever is outside.
pub fn linear(value: &Interval) -> (f64, f64) {
    (value.lower_f64(), value.upper_f64())
}

/// The decadic logarithms of the ends rounded outward, −∞ for ends that are not positive. So
/// (−∞, −∞) stands for 0, and for numbers that have no logarithm at all.
///
/// # Soundness
/// The logarithm is increasing. Each end is enclosed as a point by [`Interval::log10`], the
/// lower one is then rounded down and the upper one up.
pub fn log10(value: &Interval) -> (f64, f64) {
    let of_end = |end: (f64, i64), infinite: f64| {
        if end.0 <= 0.0 {
            return Some((f64::NEG_INFINITY, f64::NEG_INFINITY));
        }
        if end.0.is_infinite() {
            return Some((infinite, infinite));
        }
        let log = Interval::from_scaled(end, end).log10().ok()?;
        Some(linear(&log))
    };
    let lower = of_end(value.lower(), f64::INFINITY).map_or(f64::NEG_INFINITY, |l| l.0);
    let upper = of_end(value.upper(), f64::INFINITY).map_or(f64::INFINITY, |u| u.1);
    (lower, upper)
}

/// The coordinates of an exact number, rounded outward.
pub fn of_rational(value: &Rational, scale: Scale) -> (f64, f64) {
    of(&Interval::from_rational(value), scale)
}

/// The ends of what coordinates stand for, as decimals rounded outward: the numbers themselves,
/// and for a logarithmic scale also their logarithms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimals {
    pub(super) value: (String, String),
    pub(super) log10: Option<(String, String)>,
}

/// As [`Decimals`] says.
///
/// # Soundness
/// An f64 is an exact number, of which [`decimal`] rounds the digits outward. A power of ten is
/// enclosed by [`Interval::exp10`] before.
pub(super) fn decimals(lower: f64, upper: f64, scale: Scale) -> Decimals {
    let ends = (
        decimal_end(lower, DIGITS, false),
        decimal_end(upper, DIGITS, true),
    );
    match scale {
        Scale::Linear => Decimals {
            value: ends,
            log10: None,
        },
        Scale::Log10 => Decimals {
            value: (power_of_ten(lower, false), power_of_ten(upper, true)),
            log10: Some(ends),
        },
    }
}

fn exact(x: f64) -> Interval {
    Interval::from_bounds(x, x, 0)
}

fn decimal_end(x: f64, digits: usize, up: bool) -> String {
    if x == f64::INFINITY {
        "inf".into()
    } else if x == f64::NEG_INFINITY {
        "-inf".into()
    } else if up {
        decimal::upper(&exact(x), digits)
    } else {
        decimal::lower(&exact(x), digits)
    }
}

fn power_of_ten(x: f64, up: bool) -> String {
    if x == f64::NEG_INFINITY {
        return "0".into();
    }
    match exact(x).exp10() {
        Ok(power) if up => decimal::upper(&power, DIGITS_OF_POWER),
        Ok(power) => decimal::lower(&power, DIGITS_OF_POWER),
        Err(_) if up => "inf".into(),
        Err(_) => "0".into(),
    }
}
