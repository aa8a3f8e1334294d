//! Floating-point formats: which numbers there are, and how results are rounded to them.

use rug::float::Round;

/// What happens to results below the least normal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Underflow {
    /// Subnormal numbers, as IEEE 754 asks for.
    Gradual,
    /// They become zero of the same sign, and subnormal operands count as zero (FTZ and DAZ).
    /// A result is flushed if it is below the least normal number after rounding to the
    /// format's precision with an unbounded exponent, as on x86.
    Flush,
}

/// The direction of rounding (IEEE 754-2019, clause 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To nearest, ties to even.
    Nearest,
    /// Towards +∞.
    Up,
    /// Towards −∞.
    Down,
    /// Towards 0.
    Zero,
}

impl Rounding {
    /// All of them.
    pub const ALL: [Rounding; 4] = [
        Rounding::Nearest,
        Rounding::Up,
        Rounding::Down,
        Rounding::Zero,
    ];

    /// The word of the command line.
    pub fn word(self) -> &'static str {
        match self {
            Rounding::Nearest => "nearest",
            Rounding::Up => "up",
            Rounding::Down => "down",
            Rounding::Zero => "zero",
        }
    }

    /// MPFR's name for it.
    pub(crate) fn mpfr(self) -> Round {
        match self {
            Rounding::Nearest => Round::Nearest,
            Rounding::Up => Round::Up,
            Rounding::Down => Round::Down,
            Rounding::Zero => Round::Zero,
        }
    }
}

/// Exponents of normal numbers: 2^`least` is the least of them, and all are below
/// 2^(`greatest` + 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exponents {
    /// Of the least normal number.
    pub least: i32,
    /// Of the greatest.
    pub greatest: i32,
}

impl Exponents {
    /// Those of an IEEE 754 format with a field of this many bits (bias 2^(bits − 1) − 1).
    ///
    /// # Panics
    /// Unless 2 ≤ `bits` ≤ 24.
    pub fn of_field(bits: u32) -> Self {
        assert!((2..=MOST_EXPONENT_BITS).contains(&bits), "exponent bits");
        let greatest = (1 << (bits - 1)) - 1;
        Exponents {
            least: 1 - greatest,
            greatest,
        }
    }

    /// The least field, in bits, of an IEEE 754 format whose normal numbers include all of
    /// these exponents; `None` if that is more than 24 bits.
    pub fn field_bits(self) -> Option<u32> {
        (2..=MOST_EXPONENT_BITS).find(|&bits| {
            let field = Self::of_field(bits);
            field.least <= self.least && self.greatest <= field.greatest
        })
    }
}

/// Widest exponent field.
pub const MOST_EXPONENT_BITS: u32 = 24;
/// Greatest precision.
pub const MOST_PRECISION: u32 = 4096;

/// A binary floating-point format and its modes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    /// `f64`, `f32`, `bf16`, `f16`, or as it was written; without the modes.
    pub name: String,
    /// Bits of the significand, the leading one included.
    pub precision: u32,
    /// Exponents of normal numbers; `None`: unbounded.
    pub exponents: Option<Exponents>,
    /// What happens below them.
    pub underflow: Underflow,
    /// How results are rounded.
    pub rounding: Rounding,
}

/// A format that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FormatError(String);

const FORMS: &str = "a format is f64, f32, bf16, f16, PRECISION:EXPONENT-BITS (such as 24:11), \
PRECISION:LEAST..GREATEST (such as 53:-1022..1023) or PRECISION:unbounded, and may end in +flush, \
+up, +down or +zero";

impl Format {
    /// A format with gradual underflow that rounds to nearest.
    pub fn new(name: &str, precision: u32, exponents: Option<Exponents>) -> Self {
        Format {
            name: name.into(),
            precision,
            exponents,
            underflow: Underflow::Gradual,
            rounding: Rounding::Nearest,
        }
    }

    /// IEEE 754 binary64.
    pub fn f64() -> Self {
        Self::new("f64", 53, Some(Exponents::of_field(11)))
    }

    /// IEEE 754 binary32.
    pub fn f32() -> Self {
        Self::new("f32", 24, Some(Exponents::of_field(8)))
    }

    /// bfloat16: binary32 cut to 8 bits of significand.
    pub fn bf16() -> Self {
        Self::new("bf16", 8, Some(Exponents::of_field(8)))
    }

    /// IEEE 754 binary16.
    pub fn f16() -> Self {
        Self::new("f16", 11, Some(Exponents::of_field(5)))
    }

    /// The same with other modes.
    #[must_use]
    pub fn with(mut self, underflow: Underflow, rounding: Rounding) -> Self {
        self.underflow = underflow;
        self.rounding = rounding;
        self
    }

    /// The same precision and modes, with other exponents.
    #[must_use]
    pub fn with_exponents(&self, exponents: Option<Exponents>) -> Self {
        let name = match exponents {
            None => format!("{}:unbounded", self.precision),
            Some(e) => match e.field_bits() {
                Some(bits) if Exponents::of_field(bits) == e => {
                    format!("{}:{bits}", self.precision)
                }
                _ => format!("{}:{}..{}", self.precision, e.least, e.greatest),
            },
        };
        Format {
            name,
            exponents,
            ..self.clone()
        }
    }

    /// Reads `f64`, `24:11`, `53:-1022..1023`, `53:unbounded`, each perhaps with `+flush`,
    /// `+up`, `+down`, `+zero` behind it.
    ///
    /// # Errors
    /// [`FormatError`] with what is wrong and which forms there are; also for modes that
    /// contradict or repeat each other, and for a flush where nothing underflows.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let wrong = |why: String| FormatError(format!("`{text}`: {why}; {FORMS}"));
        let mut parts = text.split('+').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let mut format = Self::named(name)?;
        let mut modes: [Option<&str>; 2] = [None, None];
        for mode in parts {
            let rounding = Rounding::ALL.into_iter().find(|r| r.word() == mode);
            let kind = match (mode, rounding) {
                ("flush" | "gradual", _) => 0,
                (_, Some(rounding)) => {
                    format.rounding = rounding;
                    1
                }
                _ => return Err(wrong(format!("there is no mode `{mode}`"))),
            };
            match modes[kind].replace(mode) {
                Some(known) if known == mode => {
                    return Err(wrong(format!("`+{mode}` is there twice; once is enough")));
                }
                Some(known) => {
                    return Err(wrong(format!(
                        "`+{known}` and `+{mode}` contradict each other; choose one"
                    )));
                }
                None => {}
            }
        }
        if modes[0] == Some("flush") {
            if format.exponents.is_none() {
                return Err(wrong(
                    "an unbounded exponent has no underflow to be flushed; leave `+flush` out"
                        .into(),
                ));
            }
            format.underflow = Underflow::Flush;
        }
        Ok(format)
    }

    fn named(name: &str) -> Result<Self, FormatError> {
        match name {
            "f64" => return Ok(Self::f64()),
            "f32" => return Ok(Self::f32()),
            "bf16" => return Ok(Self::bf16()),
            "f16" => return Ok(Self::f16()),
            _ => {}
        }
        let wrong = |why: &str| FormatError(format!("`{name}`: {why}; {FORMS}"));
        let (precision, range) = name
            .split_once(':')
            .ok_or_else(|| wrong("there is no such format"))?;
        let precision: u32 = precision
            .parse()
            .map_err(|_| wrong("the precision is not a whole number"))?;
        if !(2..=MOST_PRECISION).contains(&precision) {
            return Err(wrong(&format!(
                "the precision must be between 2 and {MOST_PRECISION} bits"
            )));
        }
        let exponents = if range == "unbounded" {
            None
        } else if let Some((least, greatest)) = range.split_once("..") {
            let end = |text: &str| -> Result<i32, FormatError> {
                text.parse()
                    .ok()
                    .filter(|e: &i32| e.unsigned_abs() <= 1 << 24)
                    .ok_or_else(|| wrong("an exponent is a whole number up to 2^24 in size"))
            };
            let (least, greatest) = (end(least)?, end(greatest)?);
            if least >= greatest {
                return Err(wrong("the least exponent must be below the greatest"));
            }
            Some(Exponents { least, greatest })
        } else {
            let bits: u32 = range
                .parse()
                .map_err(|_| wrong("the exponent bits are not a whole number"))?;
            if !(2..=MOST_EXPONENT_BITS).contains(&bits) {
                return Err(wrong(&format!(
                    "the exponent must have between 2 and {MOST_EXPONENT_BITS} bits"
                )));
            }
            Some(Exponents::of_field(bits))
        };
        Ok(Self::new(name, precision, exponents))
    }

    /// All bits of a number: sign, exponent field, significand without its leading one;
    /// `None` for an unbounded exponent.
    pub fn width(&self) -> Option<u32> {
        Some(self.exponents?.field_bits()? + self.precision)
    }

    /// Does it have the same numbers and modes, whatever it is called?
    pub fn is_same(&self, other: &Format) -> bool {
        self.is(other) && self.underflow == other.underflow && self.rounding == other.rounding
    }

    /// Is it the format that the hardware calls by this precision and these exponents?
    pub(crate) fn is(&self, other: &Format) -> bool {
        self.precision == other.precision && self.exponents == other.exponents
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        if self.underflow == Underflow::Flush {
            f.write_str("+flush")?;
        }
        if self.rounding != Rounding::Nearest {
            write!(f, "+{}", self.rounding.word())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_read_and_written() {
        for text in [
            "f64",
            "f32",
            "bf16",
            "f16",
            "24:11",
            "53:-1022..1023",
            "8:unbounded",
            "f64+flush",
            "f16+flush+up",
            "24:5+zero",
            "f32+down",
        ] {
            assert_eq!(Format::parse(text).expect(text).to_string(), text);
        }
        let same = Format::parse("53:11").expect("a format");
        assert!(same.is(&Format::f64()) && same != Format::f64());
        assert_eq!(
            Format::parse("53:-1022..1023").expect("a format").exponents,
            same.exponents
        );
    }

    #[test]
    fn the_known_formats_have_their_known_parameters() {
        let parameters = |f: &Format| {
            let e = f.exponents.expect("bounded");
            (f.precision, e.least, e.greatest, f.width())
        };
        assert_eq!(parameters(&Format::f64()), (53, -1022, 1023, Some(64)));
        assert_eq!(parameters(&Format::f32()), (24, -126, 127, Some(32)));
        assert_eq!(parameters(&Format::bf16()), (8, -126, 127, Some(16)));
        assert_eq!(parameters(&Format::f16()), (11, -14, 15, Some(16)));
    }

    #[test]
    fn fields_are_as_small_as_they_can_be() {
        let bits = |least, greatest| Exponents { least, greatest }.field_bits();
        assert_eq!(bits(-1022, 1023), Some(11));
        assert_eq!(bits(-1023, 1023), Some(12));
        assert_eq!(bits(-4000, 10), Some(13));
        assert_eq!(bits(-(1 << 23), 0), None);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, why) in [
            ("f63", "no such format"),
            ("x:8", "precision is not"),
            ("1:8", "between 2"),
            ("24:1", "between 2"),
            ("24:25", "between 2"),
            ("24:x", "exponent bits"),
            ("24:5..5", "below the greatest"),
            ("24:a..5", "whole number"),
            ("f64+fast", "no mode `fast`"),
            ("f64+", "no mode ``"),
            ("53:-2147483648..1023", "up to 2^24 in size"),
            ("53:-1022..2147483648", "up to 2^24 in size"),
            ("53:-16777217..1023", "up to 2^24 in size"),
            ("53:1023..-1022", "below the greatest"),
            ("53:..", "up to 2^24 in size"),
            ("4097:11", "between 2"),
            ("99999999999999999999:11", "precision is not"),
            ("f64+up+down", "`+up` and `+down` contradict"),
            ("f64+nearest+zero", "`+nearest` and `+zero` contradict"),
            ("f64+up+up", "`+up` is there twice"),
            ("f64+flush+gradual", "`+flush` and `+gradual` contradict"),
            ("f64+flush+up+flush", "`+flush` is there twice"),
            ("53:unbounded+flush", "no underflow to be flushed"),
            ("", "no such format"),
        ] {
            let message = Format::parse(text).expect_err(text).to_string();
            assert!(message.contains(why), "{text}: {message}");
            assert!(message.contains("PRECISION:EXPONENT-BITS"), "{message}");
        }
    }
}
