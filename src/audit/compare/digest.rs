//! A fingerprint of a trace, to compare traces to the bit between builds and machines.

use rug::Float;
use rug::float::Round;
use rug::integer::Order;
use sha2::{Digest as _, Sha256};

use crate::audit::simulation::Stored;

/// The SHA-256 of a trace: of all stored numbers of all its steps.
///
/// The bytes, for every step from 0 on in order: what is stored for α, β₁ and β₂, then, where
/// a logarithm is stored, the sign of β₁ (1 byte, 1 if negative). A number is
///
/// | first byte | number | followed by |
/// |---|---|---|
/// | 0, 1 | +0, −0 | |
/// | 2, 3 | m·2^k, −m·2^k with 2^(p−1) ≤ m < 2^p | k (8 bytes), m (⌈p/8⌉ bytes) |
/// | 4, 5 | +∞, −∞ | |
/// | 6 | not a number | |
///
/// with p the format's precision, subnormal numbers included; k is a two's complement, and
/// integers have their most significant byte first. Formats, orders and backends are not part
/// of it: equal traces have equal digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Display for Digest {
    /// Hexadecimal digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Gathers a [`Digest`].
#[derive(Clone, Default)]
pub(super) struct Digester {
    hash: Sha256,
    bytes: Vec<u8>,
}

impl Digester {
    pub(super) fn observe(&mut self, stored: &Stored) {
        self.bytes.clear();
        for number in &stored.numbers {
            encode(number, &mut self.bytes);
        }
        if let Some(negative) = stored.negative {
            self.bytes.push(u8::from(negative));
        }
        self.hash.update(&self.bytes);
    }

    pub(super) fn finish(self) -> Digest {
        Digest(self.hash.finalize().into())
    }
}

fn encode(number: &Float, bytes: &mut Vec<u8>) {
    let negative = u8::from(number.is_sign_negative());
    if number.is_nan() {
        bytes.push(6);
    } else if number.is_infinite() {
        bytes.push(4 + negative);
    } else if number.is_zero() {
        bytes.push(negative);
    } else {
        bytes.push(2 + negative);
        let precision = number.prec();
        if precision <= 53 {
            // The fraction in [1/2, 1) is exact in an f64, and so is its multiple below.
            let (fraction, exponent) = number.to_f64_exp_round(Round::Zero);
            let scale = 2f64.powi(i32::try_from(precision).unwrap_or(53));
            let significand = (fraction.abs() * scale) as u64;
            bytes.extend((i64::from(exponent) - i64::from(precision)).to_be_bytes());
            let length = precision.div_ceil(8) as usize;
            bytes.extend(&significand.to_be_bytes()[8 - length..]);
        } else if let Some((significand, exponent)) = number.to_integer_exp() {
            let excess = i64::from(significand.significant_bits()) - i64::from(precision);
            let significand = significand.abs() << i32::try_from(-excess).unwrap_or(0);
            bytes.extend((i64::from(exponent) + excess).to_be_bytes());
            let digits = significand.to_digits::<u8>(Order::MsfBe);
            bytes.extend(digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(number: Float) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&number, &mut bytes);
        bytes
    }

    /// 3/4 = 6·2^−3 with 3 bits, 3·2^51·2^−53 with 53, and so on.
    #[test]
    fn numbers_are_written_as_documented() {
        let three_quarters = |precision| encoded(Float::with_val(precision, -0.75));
        let exponent = |k: i64| k.to_be_bytes().to_vec();
        assert_eq!(three_quarters(3), [vec![3], exponent(-3), vec![6]].concat());
        assert_eq!(
            three_quarters(53),
            [vec![3], exponent(-53), vec![0x18, 0, 0, 0, 0, 0, 0]].concat()
        );
        assert_eq!(
            three_quarters(65),
            [vec![3], exponent(-65), vec![1, 0x80, 0, 0, 0, 0, 0, 0, 0]].concat()
        );
        assert_eq!(encoded(Float::with_val(9, 0)), [0]);
        assert_eq!(encoded(-Float::with_val(9, 0)), [1]);
        assert_eq!(encoded(Float::with_val(9, f64::INFINITY)), [4]);
        assert_eq!(encoded(Float::with_val(9, f64::NEG_INFINITY)), [5]);
        assert_eq!(encoded(Float::with_val(9, f64::NAN)), [6]);
    }
}
