//! Where an axis has marks, and what they say.

use rug::ops::Pow;
use rug::{Integer, Rational};

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Its coordinate.
    pub at: f64,
    /// The number there, exactly; `10^-1200` where the power is to be set as a superscript.
    pub label: String,
}

/// Fewest marks that can be asked for: with fewer there are ranges that get only one.
pub const FEWEST: usize = 5;

/// The range itself, or one around it that is wide enough for marks at distinct f64s. A range
/// with ends that are not finite becomes 0 to 1.
pub fn widened(lower: f64, upper: f64) -> (f64, f64) {
    if !lower.is_finite() || !upper.is_finite() || lower > upper {
        return (0.0, 1.0);
    }
    let size = lower.abs().max(upper.abs());
    let least = size * 2f64.powi(-40);
    if upper - lower > least && upper - lower > 1e-300 {
        return (lower, upper);
    }
    // A point: around it as much as tells its leading digits, and 1 around 0.
    let pad = if size < 1e-290 {
        0.5
    } else {
        size * 2f64.powi(-10)
    };
    let (lower, upper) = (lower / 2.0 - pad / 2.0, upper / 2.0 + pad / 2.0);
    ((lower * 2.0).max(f64::MIN), (upper * 2.0).min(f64::MAX))
}

/// Between 2 and `most` round numbers from `lower` to `upper`, increasing. `most` is at least
/// [`FEWEST`], and the range one that [`widened`] leaves as it is.
pub fn linear(lower: f64, upper: f64, most: usize) -> Vec<Tick> {
    let decimals = round_decimals(lower, upper, most.max(FEWEST));
    let scientific = is_scientific(decimals.iter());
    decimals
        .iter()
        .map(|d| Tick {
            at: d.position(),
            label: d.label(scientific),
        })
        .collect()
}

/// As [`linear`], with coordinates that are decadic logarithms: powers of ten, or numbers
/// between them where the range is short.
pub fn log10(lower: f64, upper: f64, most: usize) -> Vec<Tick> {
    let most = most.max(FEWEST);
    let numbers = if upper - lower < 1.0 {
        round_numbers(lower, upper, most)
    } else {
        powers(lower, upper, most)
    };
    // Powers of ten far apart are compared by their exponents.
    let least = numbers.iter().filter_map(|(_, d)| d.size()).min();
    let scientific =
        is_scientific(numbers.iter().map(|(_, d)| d)) || least.is_some_and(|size| size < -4);
    numbers
        .into_iter()
        .map(|(at, d)| Tick {
            at,
            label: d.label(scientific),
        })
        .collect()
}

/// Coordinates of 2, 3, …, 9 times each power of ten, where the range is short enough to show
/// them as marks without a number.
pub fn minor_log10(lower: f64, upper: f64) -> Vec<f64> {
    if upper - lower > 8.0 {
        return Vec::new();
    }
    multiples(lower, upper, &[2, 3, 4, 5, 6, 7, 8, 9])
        .into_iter()
        .map(|(at, _)| at)
        .collect()
}

/// digits·10^exponent.
#[derive(Clone, Debug)]
struct Decimal {
    digits: Integer,
    exponent: i64,
}

fn ten_to(k: i64) -> Rational {
    let power = Rational::from(Integer::from(10).pow(k.unsigned_abs() as u32));
    if k < 0 { power.recip() } else { power }
}

/// Round multiples of 1, 2 or 5 times a power of ten. One belongs to the range if the nearest
/// f64 does, so that 0.1 is in the range from the f64 0.1 on.
fn round_decimals(lower: f64, upper: f64, most: usize) -> Vec<Decimal> {
    let (Some(low), Some(high)) = (Rational::from_f64(lower), Rational::from_f64(upper)) else {
        return Vec::new();
    };
    let width = (upper / 2.0 - lower / 2.0).max(f64::MIN_POSITIVE);
    let finest = (width / most as f64).log10().floor() as i64 - 1;
    for exponent in finest.. {
        for multiple in [1u32, 2, 5] {
            let step = ten_to(exponent) * multiple;
            let decimal = |i: Integer| Decimal {
                digits: i * multiple,
                exponent,
            };
            let is_inside = |i: &Integer| {
                let at = decimal(i.clone()).position();
                lower <= at && at <= upper
            };
            let mut first = Rational::from(&low / &step).floor().into_numer_denom().0;
            let mut last = Rational::from(&high / &step).ceil().into_numer_denom().0;
            if Integer::from(&last - &first) > most + 1 {
                continue;
            }
            while first <= last && !is_inside(&first) {
                first += 1;
            }
            while first <= last && !is_inside(&last) {
                last -= 1;
            }
            let count = (Integer::from(&last - &first) + 1u32)
                .to_usize()
                .unwrap_or(0);
            if count <= most {
                return (0..count)
                    .map(|i| decimal(Integer::from(&first + i)))
                    .collect();
            }
        }
    }
    Vec::new()
}

/// Round numbers in a range of less than a power of ten.
fn round_numbers(lower: f64, upper: f64, most: usize) -> Vec<(f64, Decimal)> {
    // Relative to a power of ten near them, so that the numbers are ordinary f64s.
    let base = lower.floor();
    let mantissas = (10f64.powf(lower - base), 10f64.powf(upper - base));
    round_decimals(mantissas.0, mantissas.1, most)
        .into_iter()
        .map(|d| {
            let at = (base + d.position().log10()).clamp(lower, upper);
            let exponent = d.exponent + base as i64;
            (at, Decimal { exponent, ..d })
        })
        .collect()
}

/// Some numbers of each power of ten, or every k-th power.
fn powers(lower: f64, upper: f64, most: usize) -> Vec<(f64, Decimal)> {
    let sets: [&[u32]; 3] = [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 5], &[1, 3]];
    if upper - lower < 10.0 {
        for set in sets {
            let ticks = multiples(lower, upper, set);
            if ticks.len() <= most {
                return ticks;
            }
        }
    }
    let (first, last) = (lower.ceil() as i64, upper.floor() as i64);
    for size in 0..18 {
        for multiple in [1, 2, 5] {
            let step = multiple * 10i64.pow(size);
            let (first, last) = (
                first.div_euclid(step) + i64::from(first.rem_euclid(step) != 0),
                last.div_euclid(step),
            );
            if last - first < most as i64 {
                return (first..=last)
                    .map(|i| {
                        let exponent = i * step;
                        let digits = Integer::from(1);
                        (exponent as f64, Decimal { digits, exponent })
                    })
                    .collect();
            }
        }
    }
    Vec::new()
}

/// Each of some digits times each power of ten, within the range.
fn multiples(lower: f64, upper: f64, digits: &[u32]) -> Vec<(f64, Decimal)> {
    let mut ticks = Vec::new();
    for exponent in lower.floor() as i64..=upper.floor() as i64 {
        for &digit in digits {
            let at = exponent as f64 + f64::from(digit).log10();
            if (lower..=upper).contains(&at) {
                let digits = Integer::from(digit);
                ticks.push((at, Decimal { digits, exponent }));
            }
        }
    }
    ticks
}

/// Whether some are too small or too large to be written out.
fn is_scientific<'a>(mut decimals: impl Iterator<Item = &'a Decimal> + Clone) -> bool {
    let largest = decimals.clone().filter_map(Decimal::size).max();
    largest.is_some_and(|size| !(-4..=8).contains(&size))
        || decimals.any(|d| d.exponent < -18 || (d.exponent < -6 && d.size() < Some(-6)))
}

impl Decimal {
    /// ⌊log₁₀⌋ of the absolute value; `None` for 0.
    fn size(&self) -> Option<i64> {
        let text = Integer::from(self.digits.abs_ref()).to_string();
        (text != "0").then(|| text.len() as i64 - 1 + self.exponent)
    }

    /// The nearest f64, as the standard library reads decimals.
    fn position(&self) -> f64 {
        let text = format!("{}e{}", self.digits, self.exponent);
        text.parse().unwrap_or(f64::NAN)
    }

    /// The number itself: written out with as many digits as all have, or with a power of ten.
    fn label(&self, scientific: bool) -> String {
        let sign = if self.digits < 0 { "−" } else { "" };
        let mut digits = Integer::from(self.digits.abs_ref()).to_string();
        if digits == "0" {
            return digits;
        }
        if scientific {
            let size = digits.len() as i64 - 1 + self.exponent;
            let (first, rest) = digits.split_at(1);
            let rest = rest.trim_end_matches('0');
            return match (first, rest) {
                ("1", "") => format!("{sign}10^{size}"),
                (_, "") => format!("{sign}{first}·10^{size}"),
                _ => format!("{sign}{first}.{rest}·10^{size}"),
            };
        }
        if self.exponent >= 0 {
            digits.extend(std::iter::repeat_n('0', self.exponent as usize));
            return format!("{sign}{}", grouped(&digits));
        }
        let places = -self.exponent as usize;
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        format!("{sign}{}.{fraction}", grouped(whole))
    }
}

fn grouped(digits: &str) -> String {
    digits
        .parse()
        .map_or_else(|_| digits.to_string(), crate::report::grouped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn linear_labels_have_the_digits_they_need() {
        assert_eq!(
            labels(&linear(1.99990, 1.99995, 6)),
            [
                "1.99990", "1.99991", "1.99992", "1.99993", "1.99994", "1.99995"
            ]
        );
        assert_eq!(
            labels(&linear(0.0, 10_000.0, 6)),
            [
                "0",
                "2\u{202f}000",
                "4\u{202f}000",
                "6\u{202f}000",
                "8\u{202f}000",
                "10\u{202f}000"
            ]
        );
        assert_eq!(
            labels(&linear(-1.0, 1.0, 5)),
            ["−1.0", "−0.5", "0", "0.5", "1.0"]
        );
        assert_eq!(
            labels(&linear(0.0, 4e-9, 5)),
            ["0", "10^-9", "2·10^-9", "3·10^-9", "4·10^-9"]
        );
    }

    #[test]
    fn logarithmic_labels_from_a_tenth_to_thousands_of_powers() {
        assert_eq!(
            labels(&log10(-3500.0, 0.0, 8)),
            [
                "10^-3500", "10^-3000", "10^-2500", "10^-2000", "10^-1500", "10^-1000", "10^-500",
                "10^0"
            ]
        );
        assert_eq!(
            labels(&log10(-2.0, 2.0, 5)),
            ["0.01", "0.1", "1", "10", "100"]
        );
        assert_eq!(
            labels(&log10(-1240.2, -1239.0, 6)),
            ["10^-1240", "2·10^-1240", "5·10^-1240", "10^-1239"]
        );
        assert_eq!(
            labels(&log10(2f64.log10(), 3f64.log10(), 6)),
            ["2.0", "2.2", "2.4", "2.6", "2.8", "3.0"]
        );
    }

    #[test]
    fn a_point_is_widened_to_a_range() {
        for x in [0.0, 1.0, -1239.0, 1e300, 5e-324, f64::MAX] {
            let (lower, upper) = widened(x, x);
            assert!(lower <= x && x <= upper && lower < upper, "{x}");
            assert!(linear(lower, upper, 6).len() >= 2, "{x}");
        }
        assert_eq!(widened(f64::NEG_INFINITY, 2.0), (0.0, 1.0));
    }
}
