//! Exact rationals as text: `31/50`, `0.62`, `6.2e-1`.

use rug::ops::Pow;
use rug::{Integer, Rational};

/// Longest literal, in characters.
pub const MOST_CHARACTERS: usize = 4096;

/// Largest size of a decimal exponent.
pub const MOST_EXPONENT: i64 = 10_000;

/// Why a text is not an exact rational.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RationalError {
    /// Nothing, or something other than digits.
    #[error("write an exact number such as 31/50, 0.62 or 6.2e-1")]
    Syntax,
    /// More than [`MOST_CHARACTERS`] characters.
    #[error("it has {0} characters; {MOST_CHARACTERS} is the most")]
    Length(usize),
    /// An exponent beyond ±[`MOST_EXPONENT`].
    #[error("its exponent is beyond ±{MOST_EXPONENT}")]
    Exponent,
    /// A denominator of 0.
    #[error("its denominator is 0")]
    Denominator,
}

/// Parses an exact rational: a decimal or a fraction of two decimals, each with an optional
/// sign and exponent. Underscores may separate digits.
///
/// # Errors
/// [`RationalError`]; a text that is too long fails before it is looked at.
pub fn parse(text: &str) -> Result<Rational, RationalError> {
    if text.len() > MOST_CHARACTERS {
        return Err(RationalError::Length(text.len()));
    }
    match text.split_once('/') {
        None => decimal(text.trim()),
        Some((numerator, denominator)) => {
            let denominator = decimal(denominator.trim())?;
            if denominator.is_zero() {
                return Err(RationalError::Denominator);
            }
            Ok(decimal(numerator.trim())? / denominator)
        }
    }
}

/// Parses an exact rational, or a power of one with a whole exponent, such as `2^-10`.
///
/// # Errors
/// [`RationalError`], as [`parse`]; a power of 0 with an exponent below 0 has a denominator of 0.
pub fn parse_or_power(text: &str) -> Result<Rational, RationalError> {
    let Some((base, exponent)) = text.split_once('^') else {
        return parse(text);
    };
    if let Some(power) = text.trim().strip_prefix(['-', '−']) {
        return parse_or_power(power).map(|value| -value);
    }
    let base = parse(base)?;
    let exponent = exponent.trim().replace('−', "-");
    let exponent = parse_exponent(&exponent)?;
    let bits = i64::from(
        base.numer()
            .significant_bits()
            .max(base.denom().significant_bits()),
    );
    if bits.saturating_mul(exponent.abs()) > MOST_POWER_BITS {
        return Err(RationalError::Exponent);
    }
    if base.is_zero() && exponent < 0 {
        return Err(RationalError::Denominator);
    }
    Ok(base.pow(i32::try_from(exponent).map_err(|_| RationalError::Exponent)?))
}

/// Longest power, in bits: more than a decimal of the largest exponent has.
const MOST_POWER_BITS: i64 = 4 * MOST_EXPONENT;

fn decimal(text: &str) -> Result<Rational, RationalError> {
    let (negative, text) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        None => (text, 0),
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let separated = |part: &str| {
        !part.starts_with('_')
            && !part.ends_with('_')
            && !part.contains("__")
            && part.chars().all(|c| c.is_ascii_digit() || c == '_')
    };
    if !separated(whole) || !separated(fraction) {
        return Err(RationalError::Syntax);
    }
    let digits: String = [whole, fraction].concat().replace('_', "");
    let places = fraction.chars().filter(char::is_ascii_digit).count() as i64;
    let value: Integer = digits.parse().map_err(|_| RationalError::Syntax)?;
    let value = if negative { -value } else { value };
    let shift = exponent - places;
    let power = Integer::from(10).pow(shift.unsigned_abs() as u32);
    Ok(if shift >= 0 {
        Rational::from(value * power)
    } else {
        Rational::from((value, power))
    })
}

fn parse_exponent(text: &str) -> Result<i64, RationalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(RationalError::Syntax);
    }
    let exponent: i64 = text.parse().map_err(|_| RationalError::Exponent)?;
    if exponent.abs() > MOST_EXPONENT {
        Err(RationalError::Exponent)
    } else {
        Ok(exponent)
    }
}

/// The number, exactly: as a decimal of at most 12 places where it is one, else as a fraction.
pub fn format(value: &Rational) -> String {
    const PLACES: u32 = 12;
    let scaled = Rational::from(value * Integer::from(10).pow(PLACES));
    if value.is_integer() || !scaled.is_integer() {
        return value.to_string();
    }
    let digits = scaled.numer().to_string();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits.as_str()),
    };
    let padded = format!("{digits:0>width$}", width = PLACES as usize + 1);
    let (whole, fraction) = padded.split_at(padded.len() - PLACES as usize);
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn literals_are_exact() {
        let cases = [
            ("31/50", 31, 50),
            ("0.62", 31, 50),
            ("62e-2", 31, 50),
            ("-0.5", -1, 2),
            ("+1_000", 1000, 1),
            ("1.5/0.5", 3, 1),
            (" 1 / 3 ", 1, 3),
            (".5", 1, 2),
            ("5.", 5, 1),
            ("−2", -2, 1),
        ];
        for (text, n, d) in cases {
            assert_eq!(parse(text), Ok(Rational::from((n, d))), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        use RationalError::{Denominator, Exponent, Length, Syntax};
        for text in [
            "", "x", "1/", "/2", "1//2", "1/2/3", "1e", "0x10", "nan", "inf", "1 2", "--1", "_1",
            "1__0", ".",
        ] {
            assert_eq!(parse(text), Err(Syntax), "{text:?}");
        }
        assert_eq!(parse("1/0"), Err(Denominator));
        assert_eq!(parse("1/0.00"), Err(Denominator));
        assert_eq!(parse("1e10001"), Err(Exponent));
        assert_eq!(parse("1e99999999999999999999"), Err(Exponent));
        assert_eq!(parse(&"9".repeat(1_000_000)), Err(Length(1_000_000)));
    }

    #[test]
    fn powers_are_exact() {
        let cases = [
            ("2^-10", 1, 1024),
            ("2^−10", 1, 1024),
            ("2^10", 1024, 1),
            ("1/2 ^ 3", 1, 8),
            ("0.1^2", 1, 100),
            ("10^0", 1, 1),
            ("-2^-10", -1, 1024),
            ("3/4", 3, 4),
        ];
        for (text, n, d) in cases {
            assert_eq!(parse_or_power(text), Ok(Rational::from((n, d))), "{text}");
        }
        for text in ["2^", "^2", "2^x", "2^1.5", "2^1^1", "2**3", "2^--1"] {
            assert_eq!(parse_or_power(text), Err(RationalError::Syntax), "{text}");
        }
        assert_eq!(parse_or_power("0^-1"), Err(RationalError::Denominator));
        for text in ["2^999999999999", "10^-99999", "1e9999^9999"] {
            assert_eq!(parse_or_power(text), Err(RationalError::Exponent), "{text}");
        }
    }

    proptest! {
        #[test]
        fn formatting_is_exact(n in any::<i64>(), d in 1i64.., decimal in any::<bool>(), k in 0u32..15) {
            let value = if decimal {
                Rational::from((Integer::from(n), Integer::from(10).pow(k)))
            } else {
                Rational::from((n, d))
            };
            prop_assert_eq!(parse(&format(&value)), Ok(value));
        }

        #[test]
        fn every_digit_counts(
            whole in "[0-9]{1,30}",
            fraction in "[0-9]{0,60}",
            exponent in -70i64..70,
            negative in any::<bool>(),
        ) {
            let sign = if negative { "-" } else { "" };
            let text = format!("{sign}{whole}.{fraction}e{exponent}");
            let digits: Integer = format!("{sign}{whole}{fraction}").parse().expect("digits");
            let shift = exponent - fraction.len() as i64;
            let power = Rational::from(10).pow(i32::try_from(shift).expect("small"));
            prop_assert_eq!(parse(&text), Ok(digits * power));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
