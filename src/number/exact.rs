//! Exact rationals: the oracle of the tests, and of the first few steps of a run.

use rug::{Integer, Rational};

use super::{Enclosure, Interval, Number, Ternary, Undefined};

/// Exact: every result is the result.
impl Number for Rational {
    type Context = ();

    fn constant(value: &Rational, (): ()) -> Self {
        value.clone()
    }

    fn add(&self, other: &Self) -> Self {
        Rational::from(self + other)
    }

    fn sub(&self, other: &Self) -> Self {
        Rational::from(self - other)
    }

    fn mul(&self, other: &Self) -> Self {
        Rational::from(self * other)
    }

    fn neg(&self) -> Self {
        Rational::from(-self)
    }

    fn square(&self) -> Self {
        Rational::from(self.square_ref())
    }
}

/// The root of a perfect square.
fn exact_root(x: &Integer) -> Option<Integer> {
    x.is_perfect_square().then(|| Integer::from(x.sqrt_ref()))
}

/// A rational is the set of itself. Functions with irrational values are `Unsupported`
/// except where the value happens to be rational and that is plain to see.
impl Enclosure for Rational {
    fn div(&self, other: &Self) -> Result<Self, Undefined> {
        if other.is_zero() {
            return Err(Undefined::DivisionByZero);
        }
        Ok(Rational::from(self / other))
    }

    fn sqrt(&self) -> Result<Self, Undefined> {
        if self.is_negative() {
            return Err(Undefined::Domain);
        }
        exact_root(self.numer())
            .zip(exact_root(self.denom()))
            .map(Rational::from)
            .ok_or(Undefined::Unsupported)
    }

    fn log(&self) -> Result<Self, Undefined> {
        if !self.is_positive() {
            return Err(Undefined::Domain);
        }
        if *self == 1 {
            Ok(Rational::new())
        } else {
            Err(Undefined::Unsupported)
        }
    }

    fn exp(&self) -> Result<Self, Undefined> {
        if self.is_zero() {
            Ok(Rational::from(1))
        } else {
            Err(Undefined::Unsupported)
        }
    }

    fn ceil(&self) -> Result<Self, Undefined> {
        Ok(Rational::from(self.ceil_ref()))
    }

    fn edge_potential(&self) -> Result<Self, Undefined> {
        if *self <= 1 {
            return Err(Undefined::Domain);
        }
        if *self == 2 {
            Ok(Rational::new())
        } else {
            Err(Undefined::Unsupported)
        }
    }

    fn abs(&self) -> Self {
        Rational::from(self.abs_ref())
    }

    fn min(&self, other: &Self) -> Self {
        Ord::min(self, other).clone()
    }

    fn max(&self, other: &Self) -> Self {
        Ord::max(self, other).clone()
    }

    fn powi(&self, exponent: u32) -> Self {
        Rational::from(rug::ops::Pow::pow(self, exponent))
    }

    /// A set of one number cannot hold two: the hull exists only of a number with itself.
    ///
    /// # Panics
    /// If the two differ.
    fn hull(&self, other: &Self) -> Self {
        assert!(
            self == other,
            "the hull of two different rationals is no rational"
        );
        self.clone()
    }

    fn lt(&self, other: &Self) -> Ternary {
        Ternary::from(PartialOrd::lt(self, other))
    }

    fn le(&self, other: &Self) -> Ternary {
        Ternary::from(PartialOrd::le(self, other))
    }

    fn equals(&self, other: &Self) -> Ternary {
        Ternary::from(self == other)
    }

    fn to_interval(&self) -> Interval {
        Interval::from_rational(self)
    }
}
