//! Numbers as text: decimals for people, always rounded outward, and exact hexadecimal ends
//! for machines.

use std::fmt;

use rug::float::Round;
use rug::{Float, Integer, Rational};

use super::{Ball, Interval};

/// A set of reals between two floats.
pub trait Ends {
    /// Ends of the set, or of one a little larger; `None` if it is unbounded.
    fn ends(&self) -> Option<(Float, Float)>;
}

fn bounded(lower: Float, upper: Float) -> Option<(Float, Float)> {
    (lower.is_finite() && upper.is_finite()).then_some((lower, upper))
}

impl Ends for Interval {
    /// The exact ends.
    fn ends(&self) -> Option<(Float, Float)> {
        let (lower, upper) = self.float_ends();
        bounded(lower, upper)
    }
}

impl Ends for Ball {
    /// The ends rounded outward to 64 bits more than the ball has; exact for a point.
    fn ends(&self) -> Option<(Float, Float)> {
        let precision = self.precision() + 64;
        bounded(self.lower_float(precision), self.upper_float(precision))
    }
}

/// Significant digits shown where nothing else is asked for.
pub const DEFAULT_DIGITS: usize = 12;

impl fmt::Display for Interval {
    /// As [`format()`]; `{:.5}` shows 5 significant digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad_integral(
            true,
            "",
            &format(self, f.precision().unwrap_or(DEFAULT_DIGITS)),
        )
    }
}

impl fmt::Display for Ball {
    /// As [`format()`]; `{:.5}` shows 5 significant digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad_integral(
            true,
            "",
            &format(self, f.precision().unwrap_or(DEFAULT_DIGITS)),
        )
    }
}

/// What an unbounded set is shown as.
pub const UNBOUNDED: &str = "(-inf, inf)";

/// The set in at most `digits` significant digits.
///
/// | form | meaning |
/// |---|---|
/// | `0.05` | exactly this number |
/// | `0.632455(3)` | within 3 units of the last digit: [0.632452, 0.632458] |
/// | `1.4e-1207`, `1.40(2)e-1207` | the same, times a power of ten |
/// | `[-0.1, 2.5]` | between these; where no digit is certain |
/// | `(-inf, inf)` | nothing is known |
///
/// # Soundness
/// The set that is printed contains the set that is given: centre and width are computed
/// exactly, and ends are rounded outward.
pub fn format(set: &impl Ends, digits: usize) -> String {
    let digits = digits.clamp(1, 1000);
    match set.ends() {
        None => UNBOUNDED.into(),
        Some((lower, upper)) => exact(&lower, &upper, digits)
            .or_else(|| centred(&lower, &upper, digits))
            .unwrap_or_else(|| bracketed(&lower, &upper, digits)),
    }
}

/// The lower end of the set, rounded down to `digits` significant digits.
pub fn lower(set: &impl Ends, digits: usize) -> String {
    set.ends().map_or_else(
        || "-inf".into(),
        |(lower, _)| rounded(&lower, digits, Round::Down),
    )
}

/// The upper end of the set, rounded up to `digits` significant digits.
pub fn upper(set: &impl Ends, digits: usize) -> String {
    set.ends().map_or_else(
        || "inf".into(),
        |(_, upper)| rounded(&upper, digits, Round::Up),
    )
}

/// Sizes beyond which a power of ten is not multiplied out.
const LARGEST_POWER: i64 = 40_000;

/// A decimal: ±0.DIGITS·10^exponent.
struct Digits {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Digits {
    /// `x` rounded as told, to two digits at least. MPFR rounds decimal digits correctly.
    fn of(x: &Float, digits: usize, round: Round) -> Self {
        let (negative, digits, exponent) =
            x.to_sign_string_exp_round(10, Some(digits.max(2)), round);
        Digits {
            negative,
            digits,
            exponent: i64::from(exponent.unwrap_or(0)),
        }
    }

    /// In positional or scientific notation, with `mark` right after the digits.
    fn write(&self, mark: &str) -> String {
        let sign = if self.negative { "-" } else { "" };
        let count = self.digits.len() as i64;
        let digits = &self.digits;
        // Digits before the point: `exponent`. Positional where few zeros are needed.
        let point = self.exponent;
        if (-4..=0).contains(&point) {
            let zeros = "0".repeat(-point as usize);
            format!("{sign}0.{zeros}{digits}{mark}")
        } else if (1..=15).contains(&point) && point < count {
            let (whole, fraction) = digits.split_at(point as usize);
            format!("{sign}{whole}.{fraction}{mark}")
        } else if (1..=15).contains(&point) && point == count {
            format!("{sign}{digits}{mark}")
        } else {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            format!("{sign}{first}{dot}{rest}{mark}e{}", point - 1)
        }
    }

    fn without_trailing_zeros(mut self) -> Self {
        let kept = self.digits.trim_end_matches('0').len().max(1);
        // Zeros before the point stay: 40 is not written 4e1.
        let needed = if (1..=15).contains(&self.exponent) {
            self.exponent as usize
        } else {
            1
        };
        self.digits
            .truncate(kept.max(needed.min(self.digits.len())));
        while (1..=15).contains(&self.exponent) && self.digits.len() < needed {
            self.digits.push('0');
        }
        self
    }
}

fn rounded(x: &Float, digits: usize, round: Round) -> String {
    if x.is_zero() {
        return "0".into();
    }
    Digits::of(x, digits, round)
        .without_trailing_zeros()
        .write("")
}

/// The decimal of a single point that has one of so few digits.
fn exact(lower: &Float, upper: &Float, digits: usize) -> Option<String> {
    if lower != upper {
        return None;
    }
    if lower.is_zero() {
        return Some("0".into());
    }
    let (down, up) = (
        rounded(lower, digits, Round::Down),
        rounded(lower, digits, Round::Up),
    );
    (down == up).then_some(down)
}

/// 10^k.
fn power_of_ten(k: i64) -> Option<Rational> {
    if k.abs() > LARGEST_POWER {
        return None;
    }
    let power = Rational::from(Integer::from(Integer::u_pow_u(10, k.unsigned_abs() as u32)));
    Some(if k < 0 { power.recip() } else { power })
}

/// ⌊log₁₀ x⌋ or one less, for x > 0.
fn decimal_exponent(x: &Float) -> i64 {
    Digits::of(x, 2, Round::Zero).exponent - 1
}

/// `1.234(5)`: a centre with an error of 1 to 9 units of its last digit. `None` where the
/// centre would have no certain digit, or its power of ten is too large.
///
/// # Soundness
/// With the unit u = 10^q and the centre n·u, the error k·u has k at least the distance of
/// either end from the centre in units, rounded up, in exact rational arithmetic.
fn centred(lower: &Float, upper: &Float, digits: usize) -> Option<String> {
    let size = if lower.cmp_abs(upper)?.is_gt() {
        lower
    } else {
        upper
    };
    let size = Float::with_val(64, size.abs_ref());
    let width = Float::with_val_round(64, upper - lower, Round::Up).0;
    let finest = decimal_exponent(&size) + 1 - digits as i64;
    let mut q = if width.is_zero() {
        finest
    } else {
        finest.max(decimal_exponent(&width) - 1)
    };
    let (lower, upper) = (lower.to_rational()?, upper.to_rational()?);
    loop {
        let unit = power_of_ten(q)?;
        let (low, high) = (
            Rational::from(&lower / &unit),
            Rational::from(&upper / &unit),
        );
        let centre = (Rational::from(&low + &high) / 2u32).round();
        let reach = Rational::from(&high - &centre)
            .max(Rational::from(&centre - &low))
            .ceil();
        if reach > 9 {
            q += 1;
            continue;
        }
        let error = reach.numer().to_string();
        let centre = centre.into_numer_denom().0;
        let text = Integer::from(centre.abs_ref()).to_string();
        // At least one digit has to be certain.
        if Integer::from(centre.abs_ref()) <= Integer::from(10u32) * reach.numer() {
            return None;
        }
        let digits = Digits {
            negative: centre.is_negative(),
            exponent: text.len() as i64 + q,
            digits: text,
        };
        return Some(digits.write(&format!("({error})")));
    }
}

/// `[lower, upper]`, each rounded outward.
fn bracketed(lower: &Float, upper: &Float, digits: usize) -> String {
    let digits = digits.min(4);
    format!(
        "[{}, {}]",
        rounded(lower, digits, Round::Down),
        rounded(upper, digits, Round::Up)
    )
}

/// Both ends exactly, as `±0xH.HHHp±E`; `None` if the set is unbounded.
///
/// For an [`Interval`], and for a [`Ball`] that is a point, these are the ends themselves.
pub fn exact_ends(set: &impl Ends) -> Option<(String, String)> {
    set.ends()
        .map(|(lower, upper)| (hexadecimal(&lower), hexadecimal(&upper)))
}

/// A finite float exactly: an odd mantissa in hexadecimal with one digit 1 before the point.
pub fn hexadecimal(x: &Float) -> String {
    let Some((mantissa, exponent)) = x.to_integer_exp().filter(|(m, _)| !m.is_zero()) else {
        return "0x0p0".into();
    };
    let sign = if mantissa.is_negative() { "-" } else { "" };
    let mantissa = mantissa.abs();
    let fraction_bits = mantissa.significant_bits() - 1;
    let power = i64::from(exponent) + i64::from(fraction_bits);
    // The fraction, padded to whole hexadecimal digits behind the leading 1.
    let padded = mantissa << ((4 - fraction_bits % 4) % 4);
    let text = padded.to_string_radix(16);
    let fraction = text[1..].trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{sign}0x1{dot}{fraction}p{power}")
}

/// Reads what [`hexadecimal`] writes: `-0x1.8p-3` is −3/16. `None` for anything else, and for
/// numbers whose exponent no [`Float`] has.
pub fn parse_hexadecimal(text: &str) -> Option<Float> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, power) = text.strip_prefix("0x")?.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if whole.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let shift = power
        .parse::<i32>()
        .ok()?
        .checked_sub(i32::try_from(4 * fraction.len()).ok()?)?;
    let mantissa = Integer::from_str_radix(&digits, 16).ok()?;
    let value = Float::with_val(mantissa.significant_bits().max(2), &mantissa) << shift;
    let is_exact = value.is_finite() && value.is_zero() == mantissa.is_zero();
    is_exact.then_some(if negative { -value } else { value })
}
