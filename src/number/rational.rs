//! Exact rationals as text: `31/50`, `0.62`, `6.2e-1`.

use rug::ops::Pow;
use rug::{Integer, Rational};

use crate::limits::{DECIMAL_EXPONENT, NUMBER_BITS, NUMBER_CHARACTERS};

/// Why a text is not an exact rational.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RationalError {
    /// Nothing, or something other than digits.
    #[error("write an exact number such as 31/50, 0.62 or 6.2e-1")]
    Syntax,
    /// More than [`NUMBER_CHARACTERS`] characters.
    #[error("it has {0} characters; {NUMBER_CHARACTERS} is the most")]
    Length(usize),
    /// An exponent beyond ±[`DECIMAL_EXPONENT`].
    #[error("its exponent is beyond ±{DECIMAL_EXPONENT}")]
    Exponent,
    /// A numerator or denominator of more than [`NUMBER_BITS`] bits.
    #[error("as a fraction it has more than {NUMBER_BITS} bits above or below the bar")]
    Size,
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
    if text.len() > NUMBER_CHARACTERS {
        return Err(RationalError::Length(text.len()));
    }
    let value = match text.split_once('/') {
        None => decimal(text.trim())?,
        Some((numerator, denominator)) => {
            let denominator = decimal(denominator.trim())?;
            if denominator.is_zero() {
                return Err(RationalError::Denominator);
            }
            decimal(numerator.trim())? / denominator
        }
    };
    if bits(&value) > NUMBER_BITS {
        return Err(RationalError::Size);
    }
    Ok(value)
}

/// Parses an exact rational, or a power of one with a whole exponent, such as `2^-10`.
///
/// # Errors
/// [`RationalError`], as [`parse`]; a power of 0 with an exponent below 0 has a denominator of 0.
pub fn parse_or_power(text: &str) -> Result<Rational, RationalError> {
    let Some((base, exponent)) = text.split_once('^') else {
        return parse(text);
    };
    if let Some(power) = text.trim().strip_prefix(MINUS) {
        return parse_or_power(power).map(|value| -value);
    }
    let base = parse(base)?;
    let exponent = exponent.trim().replace('−', "-");
    let exponent = parse_exponent(&exponent)?;
    if bits(&base).saturating_mul(exponent.unsigned_abs()) > NUMBER_BITS {
        return Err(RationalError::Size);
    }
    if base.is_zero() && exponent < 0 {
        return Err(RationalError::Denominator);
    }
    Ok(base.pow(i32::try_from(exponent).map_err(|_| RationalError::Exponent)?))
}

/// Bits of the numerator or of the denominator, whichever has more.
pub fn bits(value: &Rational) -> u64 {
    let (numerator, denominator) = (value.numer(), value.denom());
    numerator
        .significant_bits()
        .max(denominator.significant_bits())
        .into()
}

/// Signs of a negative number: a hyphen, and U+2212.
const MINUS: [char; 2] = ['-', '−'];

fn decimal(text: &str) -> Result<Rational, RationalError> {
    let (negative, text) = signed(text);
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

/// Is there a minus, and what follows the sign?
fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix(MINUS) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn parse_exponent(text: &str) -> Result<i64, RationalError> {
    let (negative, digits) = signed(text);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(RationalError::Syntax);
    }
    match digits.parse() {
        Ok(size @ 0..=DECIMAL_EXPONENT) => Ok(if negative { -size } else { size }),
        _ => Err(RationalError::Exponent),
    }
}

/// The number, exactly: as a decimal of at most 12 places where it is one, else as a fraction;
/// but `1e-400` where that is much shorter.
pub fn format(value: &Rational) -> String {
    /// Beyond this many characters something shorter is looked for.
    const LONG: usize = 32;
    let text = plain(value);
    if text.len() <= LONG {
        return text;
    }
    match scientific(value) {
        Some(short) if 2 * short.len() < text.len() => short,
        _ => text,
    }
}

fn plain(value: &Rational) -> String {
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

/// `1.5e-400`; `None` where the number is no decimal or its exponent could not be read.
fn scientific(value: &Rational) -> Option<String> {
    let bottom = value.denom();
    let twos = bottom.find_one(0)?;
    let (rest, fives) = Integer::from(bottom >> twos).remove_factor(&Integer::from(5));
    let places = twos.max(fives);
    if rest != 1 || i64::from(places) > 2 * DECIMAL_EXPONENT {
        return None;
    }
    let scaled = Rational::from(value * Integer::from(10).pow(places));
    let all = Integer::from(scaled.numer().abs_ref()).to_string();
    let digits = all.trim_end_matches('0');
    let exponent = i64::try_from(all.len()).ok()? - 1 - i64::from(places);
    let (first, others) = digits.split_at_checked(1)?;
    let sign = if *value < 0 { "-" } else { "" };
    let point = if others.is_empty() { "" } else { "." };
    (exponent.abs() <= DECIMAL_EXPONENT).then(|| format!("{sign}{first}{point}{others}e{exponent}"))
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
            ("−5e−1", -1, 2),
            ("1E+1", 10, 1),
        ];
        for (text, n, d) in cases {
            assert_eq!(parse(text), Ok(Rational::from((n, d))), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        use RationalError::{Denominator, Exponent, Length, Size, Syntax};
        for text in [
            "", "x", "1/", "/2", "1//2", "1/2/3", "1e", "0x10", "nan", "inf", "1 2", "--1", "_1",
            "1__0", ".", "1e−", "1e--1", "1e+−1",
        ] {
            assert_eq!(parse(text), Err(Syntax), "{text:?}");
        }
        assert_eq!(parse("1/0"), Err(Denominator));
        assert_eq!(parse("1/0.00"), Err(Denominator));
        assert_eq!(parse("1e10001"), Err(Exponent));
        assert_eq!(parse("1e99999999999999999999"), Err(Exponent));
        assert_eq!(parse(&"9".repeat(1_000_000)), Err(Length(1_000_000)));
        assert_eq!(parse("1e10000/1e-10000"), Err(Size));
    }

    #[test]
    fn every_number_that_is_read_is_written_and_read_again() {
        let longest = (Integer::from(1) << NUMBER_BITS as u32) - 1u32;
        let longest = -Rational::from((longest.clone(), longest - 2u32));
        let texts = [
            "1e-10000",
            "1/3e-10000",
            "7e9999/3",
            "-1.25e-400",
            "1e-10000/7",
        ];
        let texts = texts.map(|text| parse(text).expect("a number"));
        for value in texts.into_iter().chain([longest]) {
            assert_eq!(parse(&format(&value)), Ok(value.clone()));
            assert_eq!(parse(&value.to_string()), Ok(value));
        }
    }

    #[test]
    fn long_decimals_are_written_short() {
        for (text, shown) in [
            ("1e-400", "1e-400"),
            ("-125e-402", "-1.25e-400"),
            ("3e40", "3e40"),
            ("1e-20", "1/100000000000000000000"),
            ("0.000001", "0.000001"),
        ] {
            assert_eq!(format(&parse(text).expect("a number")), shown);
        }
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
        for text in ["2^999999999999", "10^-99999"] {
            assert_eq!(parse_or_power(text), Err(RationalError::Exponent), "{text}");
        }
        assert_eq!(parse_or_power("1e9999^9999"), Err(RationalError::Size));
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
