//! The number systems, and what each promises.
//!
//! | type | promise |
//! |---|---|
//! | [`rug::Rational`] | exact; the oracle of the tests and of the first few steps |
//! | [`Interval`] | f64 end points and an exponent of its own; encloses |
//! | [`Ball`] | midpoint and radius of any precision; encloses |
//! | [`Limbs`](limbs::Limbs) | fixed-size midpoint and radius, for the centre orbit; encloses |
//!
//! Enclosures are compared with three-valued predicates ([`Ternary`]); none implements
//! `PartialOrd`, and none is made from an `f64` that stands for a real number.

pub mod ball;
pub mod decimal;
mod edge;
mod elementary;
mod exact;
mod float;
pub mod interval;
pub mod limbs;
pub mod magnitude;
pub mod rational;
pub mod ternary;

pub use ball::Ball;
pub use interval::Interval;
pub use magnitude::Magnitude;
pub use ternary::Ternary;

use rug::Rational;

/// A number system in which the model's polynomial formulas can be evaluated.
///
/// # Soundness
/// For an enclosing system, each operation returns a set that contains the exact result
/// for every choice of exact values in the operands (the inclusion property, IEEE 1788
/// clause 4). An exact system returns the exact result.
pub trait Number: Clone {
    /// What a constant needs to be represented: a precision, or nothing.
    type Context: Copy;

    /// The constant `value`, enclosed.
    fn constant(value: &Rational, context: Self::Context) -> Self;
    /// `self + other`.
    fn add(&self, other: &Self) -> Self;
    /// `self − other`.
    fn sub(&self, other: &Self) -> Self;
    /// `self · other`.
    fn mul(&self, other: &Self) -> Self;
    /// `−self`.
    fn neg(&self) -> Self;
    /// `self²`, aware that both factors are the same.
    fn square(&self) -> Self;
}

/// Why an operation has no value on an enclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undefined {
    /// The divisor's enclosure contains 0.
    DivisionByZero,
    /// An argument's enclosure leaves the domain of the function (√ of a negative, log of
    /// a non-positive number).
    Domain,
    /// The number system does not have the operation (√ of an exact rational, say).
    Unsupported,
    /// The result left the range of the number system.
    Range,
}

/// A set of real numbers on which claims can be evaluated.
///
/// The contract is that of [`Number`]: for every choice of exact values in the operands at
/// which the operation is defined, the result contains the exact result. An operation that
/// is not defined on the whole operand returns [`Undefined`].
pub trait Enclosure: Number {
    /// `self / other`.
    fn div(&self, other: &Self) -> Result<Self, Undefined>;
    /// √`self`.
    fn sqrt(&self) -> Result<Self, Undefined>;
    /// Natural logarithm.
    fn log(&self) -> Result<Self, Undefined>;
    /// e to the power `self`.
    fn exp(&self) -> Result<Self, Undefined>;
    /// Smallest integer that is not below `self`.
    fn ceil(&self) -> Result<Self, Undefined>;
    /// The edge potential F(a) = ∫₂ᵃ ln(u−1)/u du for a > 1 (`dynamics.md`, §0).
    fn edge_potential(&self) -> Result<Self, Undefined>;
    /// |`self`|.
    fn abs(&self) -> Self;
    /// The smaller of both, pointwise.
    fn min(&self, other: &Self) -> Self;
    /// The larger of both, pointwise.
    fn max(&self, other: &Self) -> Self;
    /// `self` to a power, as one operation (so that an even power is not negative).
    fn powi(&self, exponent: u32) -> Self;
    /// The smallest enclosure of this kind that contains both.
    fn hull(&self, other: &Self) -> Self;
    /// Is `self < other` for all, for no, or perhaps for some exact values?
    fn lt(&self, other: &Self) -> Ternary;
    /// Is `self ≤ other`?
    fn le(&self, other: &Self) -> Ternary;
    /// Is `self = other`? `True` only when both are the same single point.
    fn equals(&self, other: &Self) -> Ternary;
    /// An f64-ended enclosure of the same value.
    fn to_interval(&self) -> Interval;
}
