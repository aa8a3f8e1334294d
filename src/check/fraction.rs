//! Exact fractions of big integers.

use num_bigint::{BigInt, Sign};

use super::Failure;
use super::json::Json;
use crate::limits::{NUMBER_BITS, NUMBER_CHARACTERS};

/// A rational number in lowest terms, with a positive denominator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fraction {
    /// Numerator.
    pub top: BigInt,
    /// Denominator.
    pub bottom: BigInt,
}

fn is_zero(n: &BigInt) -> bool {
    n.sign() == Sign::NoSign
}

impl Fraction {
    /// `top`/`bottom`; `None` if `bottom` is 0 or the result too large.
    pub fn new(top: BigInt, bottom: BigInt) -> Option<Self> {
        if is_zero(&bottom) {
            return None;
        }
        let (mut gcd, mut rest) = (top.clone(), bottom.clone());
        while !is_zero(&rest) {
            let next = &gcd % &rest;
            gcd = rest;
            rest = next;
        }
        // The fraction's denominator is positive if the divisor has the denominator's sign.
        if gcd.sign() != bottom.sign() {
            gcd = -gcd;
        }
        let (top, bottom) = (top / &gcd, bottom / &gcd);
        (top.bits() <= NUMBER_BITS && bottom.bits() <= NUMBER_BITS)
            .then_some(Fraction { top, bottom })
    }

    /// A whole number.
    pub fn whole(n: i64) -> Self {
        Fraction {
            top: n.into(),
            bottom: 1.into(),
        }
    }

    /// Reads a number of a certificate.
    pub fn of(json: &Json) -> Result<Self, Failure> {
        Fraction::read(json.text()?)
    }

    /// Reads `-31/50` or `7`, in lowest terms and without leading zeros.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let wrong = || Failure::format("a whole number or a fraction in lowest terms is expected");
        if text.len() > NUMBER_CHARACTERS {
            return Err(wrong());
        }
        let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
        let parse = |digits: &str| digits.parse::<BigInt>().ok();
        parse(top)
            .zip(parse(bottom))
            .and_then(|(top, bottom)| Fraction::new(top, bottom))
            .filter(|q| q.written() == text)
            .ok_or_else(wrong)
    }

    /// As [`Fraction::read`] reads it.
    pub fn written(&self) -> String {
        if self.bottom == BigInt::from(1) {
            self.top.to_string()
        } else {
            format!("{}/{}", self.top, self.bottom)
        }
    }

    /// The sum.
    pub fn add(&self, other: &Self) -> Option<Self> {
        let top = &self.top * &other.bottom + &other.top * &self.bottom;
        Fraction::new(top, &self.bottom * &other.bottom)
    }

    /// The negative.
    pub fn negative(&self) -> Self {
        Fraction {
            top: -&self.top,
            bottom: self.bottom.clone(),
        }
    }

    /// The difference.
    pub fn sub(&self, other: &Self) -> Option<Self> {
        self.add(&other.negative())
    }

    /// The product.
    pub fn mul(&self, other: &Self) -> Option<Self> {
        Fraction::new(&self.top * &other.top, &self.bottom * &other.bottom)
    }

    /// The quotient.
    pub fn div(&self, other: &Self) -> Option<Self> {
        Fraction::new(&self.top * &other.bottom, &self.bottom * &other.top)
    }

    /// A power.
    pub fn power(&self, n: u32) -> Option<Self> {
        let bits = self.top.bits().max(self.bottom.bits());
        // Powers of coprime numbers are coprime.
        (bits.checked_mul(n.into())? <= NUMBER_BITS).then(|| Fraction {
            top: self.top.pow(n),
            bottom: self.bottom.pow(n),
        })
    }

    /// `self` < `other`.
    pub fn less(&self, other: &Self) -> bool {
        &self.top * &other.bottom < &other.top * &self.bottom
    }

    /// `self` ≤ `other`.
    pub fn at_most(&self, other: &Self) -> bool {
        !other.less(self)
    }

    /// The larger of both.
    pub fn max_of(self, other: Self) -> Self {
        if self.less(&other) { other } else { self }
    }

    /// Bits of numerator and denominator together.
    pub fn bits(&self) -> u64 {
        self.top.bits().saturating_add(self.bottom.bits())
    }

    /// Is it above 0?
    pub fn is_positive(&self) -> bool {
        self.top.sign() == Sign::Plus
    }

    /// The square of a rational number?
    pub fn is_square(&self) -> bool {
        let square = |n: &BigInt| n.sign() != Sign::Minus && n.sqrt() * n.sqrt() == *n;
        square(&self.top) && square(&self.bottom)
    }

    /// As a count of steps.
    pub fn as_count(&self) -> Option<u64> {
        (self.bottom == BigInt::from(1)).then_some(())?;
        u64::try_from(&self.top).ok()
    }
}
