//! Balls of arbitrary precision: a midpoint and a radius.

use std::cmp::Ordering;

use rug::float::Round;
use rug::ops::{CompleteRound, Pow};
use rug::{Float, Rational};

use super::{Enclosure, Interval, Magnitude, Number, Ternary, Undefined, edge};

/// The set {x : |x − midpoint| ≤ radius}; the whole line where the radius is infinite.
///
/// The midpoint is finite. Operations work at the larger precision of their operands, and
/// their context is a precision in bits.
///
/// # Soundness
/// As in Arb (F. Johansson, IEEE Trans. Comput. 66 (2017), §2): the midpoint of a result is
/// the exact function of the operands' midpoints rounded to nearest, and its radius bounds
/// the propagated radii plus the rounding error, each summand rounded up. MPFR rounds every
/// function used here correctly and reports whether it rounded. Functions that are easier to
/// bound at the ends of the ball are evaluated there with directed rounding.
#[derive(Clone, Debug)]
pub struct Ball {
    midpoint: Float,
    radius: Magnitude,
}

/// Bits by which end points are more precise than the ball: rounding them outward costs
/// less than 2⁻³² last places.
const END_GUARD: u32 = 32;

/// A bound of |exact − rounded| for a float rounded to nearest, `order` as MPFR reports it.
///
/// # Soundness
/// A p-bit float in [2^(E−1), 2^E) has last place 2^(E−p), and nearest rounding errs by at
/// most half of it. Results at the least exponent, or 0, may come from an underflow: the
/// exact number is then below 2^E in size for the least E.
#[inline]
fn rounding_error(rounded: &Float, order: Ordering) -> Magnitude {
    if order == Ordering::Equal {
        return Magnitude::ZERO;
    }
    let least = rug::float::exp_min();
    match rounded.get_exp() {
        Some(e) if e > least => Magnitude::pow2(i64::from(e) - i64::from(rounded.prec()) - 1),
        _ => Magnitude::pow2(i64::from(least)),
    }
}

/// The smaller of two floats, of whatever precision: `Float::min` rounds it to one's own.
fn least<'a>(x: &'a Float, y: &'a Float) -> &'a Float {
    if y < x { y } else { x }
}

/// The larger of two floats, of whatever precision.
fn largest<'a>(x: &'a Float, y: &'a Float) -> &'a Float {
    if y > x { y } else { x }
}

impl Ball {
    /// The whole line.
    fn entire(precision: u32) -> Self {
        Ball {
            midpoint: Float::new(precision),
            radius: Magnitude::INFINITE,
        }
    }

    /// The ball around `midpoint`; the whole line if that is not finite.
    #[inline]
    pub fn from_midpoint_radius(midpoint: Float, radius: Magnitude) -> Self {
        if midpoint.is_finite() {
            Ball { midpoint, radius }
        } else {
            Self::entire(midpoint.prec())
        }
    }

    /// A single float; the whole line if it is not finite.
    #[inline]
    pub fn exact(value: Float) -> Self {
        Self::from_midpoint_radius(value, Magnitude::ZERO)
    }

    /// A midpoint that was rounded to nearest, with the error propagated to it.
    #[inline]
    pub(super) fn rounded(midpoint: Float, order: Ordering, propagated: Magnitude) -> Self {
        let radius = propagated.add(rounding_error(&midpoint, order));
        Self::from_midpoint_radius(midpoint, radius)
    }

    /// An enclosure of an exact rational: a point where `precision` bits hold it.
    ///
    /// # Soundness
    /// Nearest rounding; the radius bounds its error.
    pub fn from_rational(value: &Rational, precision: u32) -> Self {
        let (midpoint, order) = Float::with_val_round(precision, value, Round::Nearest);
        Self::rounded(midpoint, order, Magnitude::ZERO)
    }

    /// An enclosure of every number between two exact ones.
    ///
    /// # Soundness
    /// The ends are rounded outward. Ends in the wrong order give the whole line.
    pub fn from_ends(lower: &Rational, upper: &Rational, precision: u32) -> Self {
        if lower == upper {
            return Self::from_rational(lower, precision);
        }
        let guarded = precision + END_GUARD;
        let (lower, _) = Float::with_val_round(guarded, lower, Round::Down);
        let (upper, _) = Float::with_val_round(guarded, upper, Round::Up);
        Self::from_float_ends(&lower, &upper, precision)
    }

    /// An enclosure of an interval.
    ///
    /// # Soundness
    /// The interval's ends are exact floats, or outward where the range ends.
    pub fn from_interval(interval: &Interval, precision: u32) -> Self {
        let (lower, upper) = interval.float_ends();
        Self::from_float_ends(&lower, &upper, precision)
    }

    /// The ball over [`lower`, `upper`], without negative numbers where `lower` is not negative; the
    /// whole line if an end is not finite or they are in the wrong order.
    ///
    /// # Soundness
    /// Whatever the rounded midpoint is, the radius bounds its distances to both ends.
    pub(crate) fn from_float_ends(lower: &Float, upper: &Float, precision: u32) -> Self {
        if !(lower.is_finite() && upper.is_finite() && lower <= upper) {
            return Self::entire(precision);
        }
        if lower.is_zero() && !upper.is_zero() {
            return Self::from_zero_to(upper, precision);
        }
        let sum = Float::with_val(precision, lower + upper);
        let midpoint = sum >> 1;
        let distance = |x: Float| {
            if x.is_sign_negative() {
                Magnitude::ZERO
            } else {
                Magnitude::from_float(&x)
            }
        };
        let above = distance(Float::with_val_round(53, upper - &midpoint, Round::Up).0);
        let below = distance(Float::with_val_round(53, &midpoint - lower, Round::Up).0);
        let ball = Self::from_midpoint_radius(midpoint, above.max(below));
        if *lower >= 0 {
            ball.nonnegative_part()
        } else if *upper <= 0 {
            ball.neg().nonnegative_part().neg()
        } else {
            ball
        }
    }

    /// The midpoint.
    #[inline]
    pub fn midpoint(&self) -> &Float {
        &self.midpoint
    }

    /// The radius.
    #[inline]
    pub fn radius(&self) -> Magnitude {
        self.radius
    }

    /// Bits of the midpoint.
    #[inline]
    pub fn precision(&self) -> u32 {
        self.midpoint.prec()
    }

    /// The same set with a midpoint of `precision` bits, or a larger set where that is fewer.
    pub fn with_precision(&self, precision: u32) -> Self {
        let (midpoint, order) = Float::with_val_round(precision, &self.midpoint, Round::Nearest);
        Self::rounded(midpoint, order, self.radius)
    }

    /// The ball with `error` added to its radius.
    pub(crate) fn widened(mut self, error: Magnitude) -> Self {
        self.radius = self.radius.add(error);
        self
    }

    /// Is it bounded?
    #[inline]
    pub fn is_bounded(&self) -> bool {
        self.radius.is_finite()
    }

    /// Is it a single point?
    #[inline]
    pub fn is_point(&self) -> bool {
        self.radius.is_zero()
    }

    /// Is 0 certainly not in it?
    #[inline]
    fn excludes_zero(&self) -> bool {
        Magnitude::lower_of_float(&self.midpoint).compare(self.radius) == Ordering::Greater
    }

    /// Is 0 in it, exactly?
    pub fn contains_zero(&self) -> bool {
        if !self.is_bounded() {
            return true;
        }
        self.midpoint.cmp_abs(&self.radius.to_float()) != Some(Ordering::Greater)
    }

    /// An upper bound of the absolute values in it.
    #[inline]
    pub fn magnitude(&self) -> Magnitude {
        Magnitude::from_float(&self.midpoint).add(self.radius)
    }

    /// The lower end rounded down to `precision` bits; −∞ if there is none.
    pub fn lower_float(&self, precision: u32) -> Float {
        let radius = self.radius.to_float();
        Float::with_val_round(precision, &self.midpoint - &radius, Round::Down).0
    }

    /// The upper end rounded up to `precision` bits; +∞ if there is none.
    pub fn upper_float(&self, precision: u32) -> Float {
        let radius = self.radius.to_float();
        Float::with_val_round(precision, &self.midpoint + &radius, Round::Up).0
    }

    fn guarded_ends(&self) -> (Float, Float) {
        let precision = self.precision() + END_GUARD;
        (self.lower_float(precision), self.upper_float(precision))
    }

    /// Is `value` in it? Exact, and slow.
    pub fn contains(&self, value: &Rational) -> bool {
        if !self.is_bounded() {
            return true;
        }
        match (
            self.midpoint.to_rational(),
            self.radius.to_float().to_rational(),
        ) {
            (Some(midpoint), Some(radius)) => (midpoint - value).abs() <= radius,
            // An infinite radius float: beyond every float's range.
            _ => true,
        }
    }

    /// About −log₂(radius/|midpoint|), never below 0: how many bits are known.
    /// `i64::MAX` for a point.
    pub fn relative_accuracy_bits(&self) -> i64 {
        match (self.midpoint.get_exp(), self.radius.exponent()) {
            _ if self.is_point() => i64::MAX,
            (Some(midpoint), Some(radius)) => (i64::from(midpoint) - 2 - radius).max(0),
            _ => 0,
        }
    }

    /// An increasing function at both ends.
    ///
    /// # Soundness
    /// `f` rounds correctly in the direction it is told.
    fn increasing(
        lower: &Float,
        upper: &Float,
        precision: u32,
        f: impl Fn(&Float, Round) -> Float,
    ) -> Self {
        Self::from_float_ends(&f(lower, Round::Down), &f(upper, Round::Up), precision)
    }

    /// A ball over [0, `upper`] that contains no negative number.
    ///
    /// # Soundness
    /// The upper end is rounded up to bits that midpoint and radius both can hold, so each
    /// is exactly half of it, unless that is below all floats.
    fn from_zero_to(upper: &Float, precision: u32) -> Self {
        let (upper, _) = Float::with_val_round(precision.min(53), upper, Round::Up);
        let half = Float::with_val(precision, &upper >> 1);
        if half.is_zero() {
            // It leaves the float's range: negative numbers are the price.
            return Self::from_midpoint_radius(half, Magnitude::from_float(&upper));
        }
        let radius = Magnitude::from_float(&half);
        Self::from_midpoint_radius(half, radius)
    }

    /// The square of a ball without 0 by its ends.
    fn square_of_ends(&self) -> Self {
        let (lower, upper) = self.guarded_ends();
        let (near, far) = if self.midpoint < 0 {
            (upper.abs(), lower.abs())
        } else {
            (lower, upper)
        };
        let precision = self.precision() + END_GUARD;
        let squared = |x: &Float, round| x.square_ref().complete_round(precision, round).0;
        Self::increasing(&near, &far, self.precision(), squared).nonnegative_part()
    }

    /// A ball over the numbers ≥ 0 in it, without negative ones; all of it where there are none, or
    /// no bound.
    pub fn nonnegative_part(self) -> Self {
        let reaches_below = self
            .radius
            .compare(Magnitude::lower_of_float(&self.midpoint))
            == Ordering::Greater
            || self.midpoint < 0;
        if !self.is_bounded() || !reaches_below {
            return self;
        }
        let (lower, upper) = self.guarded_ends();
        if lower < 0 && upper >= 0 {
            Self::from_zero_to(&upper, self.precision())
        } else {
            self
        }
    }

    /// Is self ≤ other (`strictly`: self < other) for certain?
    ///
    /// # Soundness
    /// Two points are compared exactly. Otherwise the distance of the midpoints, rounded
    /// down, has to reach the sum of the radii, rounded up.
    fn certainly_below(&self, other: &Self, strictly: bool) -> bool {
        if self.is_point() && other.is_point() {
            let order = self.midpoint.partial_cmp(&other.midpoint);
            return order == Some(Ordering::Less) || (!strictly && order == Some(Ordering::Equal));
        }
        let gap = (&other.midpoint - &self.midpoint)
            .complete_round(64, Round::Down)
            .0;
        if gap.is_sign_negative() && !gap.is_zero() {
            return false;
        }
        let reach = self.radius.add(other.radius);
        match Magnitude::lower_of_float(&gap).compare(reach) {
            Ordering::Greater => true,
            Ordering::Equal => !strictly && reach.is_finite(),
            Ordering::Less => false,
        }
    }
}

impl Number for Ball {
    /// Precision in bits.
    type Context = u32;

    fn constant(value: &Rational, precision: u32) -> Self {
        Self::from_rational(value, precision)
    }

    /// # Soundness
    /// |(x + δ) + (y + ε) − (x + y)| ≤ |δ| + |ε|.
    fn add(&self, other: &Self) -> Self {
        let precision = self.precision().max(other.precision());
        let (midpoint, order) =
            (&self.midpoint + &other.midpoint).complete_round(precision, Round::Nearest);
        Self::rounded(midpoint, order, self.radius.add(other.radius))
    }

    /// # Soundness
    /// As [`Number::add`].
    fn sub(&self, other: &Self) -> Self {
        let precision = self.precision().max(other.precision());
        let (midpoint, order) =
            (&self.midpoint - &other.midpoint).complete_round(precision, Round::Nearest);
        Self::rounded(midpoint, order, self.radius.add(other.radius))
    }

    /// # Soundness
    /// |(x + δ)(y + ε) − xy| ≤ |x||ε| + |y||δ| + |δ||ε|.
    fn mul(&self, other: &Self) -> Self {
        let precision = self.precision().max(other.precision());
        let (midpoint, order) =
            (&self.midpoint * &other.midpoint).complete_round(precision, Round::Nearest);
        let mut error = Magnitude::ZERO;
        if !other.radius.is_zero() {
            error = self.magnitude().mul(other.radius);
        }
        if !self.radius.is_zero() {
            error = error.add(Magnitude::from_float(&other.midpoint).mul(self.radius));
        }
        Self::rounded(midpoint, order, error)
    }

    fn neg(&self) -> Self {
        Ball {
            midpoint: Float::with_val(self.precision(), -&self.midpoint),
            radius: self.radius,
        }
    }

    /// # Soundness
    /// |(x + δ)² − x²| ≤ (2|x| + |δ|)|δ|. Where that bound reaches below 0, the square is within
    /// [l², u²], l and u the ends nearest to 0 and farthest from it; where 0 is in the ball, within
    /// [0, (|x| + |δ|)²].
    fn square(&self) -> Self {
        if !self.is_point() && !self.excludes_zero() {
            let size = self.magnitude();
            return Self::from_zero_to(&size.mul(size).to_float(), self.precision());
        }
        let (midpoint, order) = self
            .midpoint
            .square_ref()
            .complete_round(self.precision(), Round::Nearest);
        let twice = Magnitude::from_float(&self.midpoint).mul_pow2(1);
        let error = if self.is_point() {
            Magnitude::ZERO
        } else {
            twice.add(self.radius).mul(self.radius)
        };
        if Magnitude::lower_of_float(&midpoint).compare(error) == Ordering::Less
            && error.is_finite()
        {
            return self.square_of_ends();
        }
        Self::rounded(midpoint, order, error)
    }
}

impl Enclosure for Ball {
    /// # Soundness
    /// |(x + δ)/(y + ε) − x/y| = |δ − (x/y)ε|/|y + ε| ≤ (|δ| + |x/y||ε|)/(|y| − |ε|).
    fn div(&self, other: &Self) -> Result<Self, Undefined> {
        let divisor = Magnitude::lower_of_float(&other.midpoint).sub_lower(other.radius);
        if divisor.is_zero() {
            return Err(Undefined::DivisionByZero);
        }
        let precision = self.precision().max(other.precision());
        let (midpoint, order) =
            (&self.midpoint / &other.midpoint).complete_round(precision, Round::Nearest);
        let mut error = self.radius;
        if !other.radius.is_zero() {
            let exact_quotient =
                Magnitude::from_float(&midpoint).add(rounding_error(&midpoint, order));
            error = error.add(exact_quotient.mul(other.radius));
        }
        let error = if error.is_zero() {
            error
        } else {
            error.div_lower(divisor)
        };
        Ok(Self::rounded(midpoint, order, error))
    }

    /// # Soundness
    /// A point's root is rounded to nearest; the root is increasing.
    fn sqrt(&self) -> Result<Self, Undefined> {
        let precision = self.precision();
        if self.is_point() && self.midpoint >= 0 {
            let (root, order) = self
                .midpoint
                .sqrt_ref()
                .complete_round(precision, Round::Nearest);
            return Ok(Self::rounded(root, order, Magnitude::ZERO));
        }
        let (lower, upper) = self.guarded_ends();
        if lower < 0 || !self.is_bounded() {
            return Err(Undefined::Domain);
        }
        Ok(Self::increasing(&lower, &upper, precision, |x, round| {
            x.sqrt_ref().complete_round(precision + END_GUARD, round).0
        }))
    }

    /// # Soundness
    /// As [`Enclosure::sqrt`].
    fn log(&self) -> Result<Self, Undefined> {
        let precision = self.precision();
        let (lower, upper) = self.guarded_ends();
        if lower <= 0 || !self.is_bounded() {
            return Err(Undefined::Domain);
        }
        if self.is_point() {
            let (log, order) = self
                .midpoint
                .ln_ref()
                .complete_round(precision, Round::Nearest);
            return Ok(Self::rounded(log, order, Magnitude::ZERO));
        }
        Ok(Self::increasing(&lower, &upper, precision, |x, round| {
            x.ln_ref().complete_round(precision + END_GUARD, round).0
        }))
    }

    /// # Soundness
    /// As [`Enclosure::sqrt`]; an overflow is an error.
    fn exp(&self) -> Result<Self, Undefined> {
        let precision = self.precision();
        let result = if self.is_point() {
            let (exp, order) = self
                .midpoint
                .exp_ref()
                .complete_round(precision, Round::Nearest);
            Self::rounded(exp, order, Magnitude::ZERO)
        } else {
            let (lower, upper) = self.guarded_ends();
            Self::increasing(&lower, &upper, precision, |x, round| {
                x.exp_ref().complete_round(precision + END_GUARD, round).0
            })
        };
        if result.is_bounded() {
            Ok(result)
        } else {
            Err(Undefined::Range)
        }
    }

    /// # Soundness
    /// ⌈·⌉ is increasing, and the ceiling of a float is a float of the same precision.
    fn ceil(&self) -> Result<Self, Undefined> {
        if !self.is_bounded() {
            return Err(Undefined::Range);
        }
        let precision = self.precision();
        let (lower, upper) = if self.is_point() {
            (self.midpoint.clone(), self.midpoint.clone())
        } else {
            self.guarded_ends()
        };
        Ok(Self::from_float_ends(
            &lower.ceil(),
            &upper.ceil(),
            precision,
        ))
    }

    /// # Soundness
    /// By `edge::bounds`.
    fn edge_potential(&self) -> Result<Self, Undefined> {
        let precision = self.precision();
        let (lower, upper) = self.guarded_ends();
        let (lower, upper) = edge::bounds(&lower, &upper, precision + END_GUARD)?;
        Ok(Self::from_float_ends(&lower, &upper, precision))
    }

    fn abs(&self) -> Self {
        if self.is_point() || self.excludes_zero() {
            let midpoint = self.midpoint.clone().abs();
            return Ball {
                midpoint,
                radius: self.radius,
            };
        }
        Self::from_zero_to(&self.magnitude().to_float(), self.precision())
    }

    fn min(&self, other: &Self) -> Self {
        if self.certainly_below(other, false) {
            return self.clone();
        }
        if other.certainly_below(self, false) {
            return other.clone();
        }
        let (x, y) = (self.guarded_ends(), other.guarded_ends());
        let precision = self.precision().max(other.precision());
        Self::from_float_ends(least(&x.0, &y.0), least(&x.1, &y.1), precision)
    }

    fn max(&self, other: &Self) -> Self {
        self.neg().min(&other.neg()).neg()
    }

    /// # Soundness
    /// MPFR's power is correctly rounded. xⁿ is increasing for odd n, and for even n it is
    /// |x|ⁿ with |x| ≥ 0.
    fn powi(&self, exponent: u32) -> Self {
        let precision = self.precision();
        if self.is_point() {
            let (power, order) =
                Float::with_val_round(precision, (&self.midpoint).pow(exponent), Round::Nearest);
            return Self::rounded(power, order, Magnitude::ZERO);
        }
        let base = if exponent.is_multiple_of(2) {
            self.abs()
        } else {
            self.clone()
        };
        let (mut lower, upper) = base.guarded_ends();
        if exponent.is_multiple_of(2) && lower < 0 {
            lower = Float::new(2);
        }
        Self::increasing(&lower, &upper, precision, |x, round| {
            Float::with_val_round(precision + END_GUARD, x.pow(exponent), round).0
        })
    }

    fn hull(&self, other: &Self) -> Self {
        let (x, y) = (self.guarded_ends(), other.guarded_ends());
        let precision = self.precision().max(other.precision());
        Self::from_float_ends(least(&x.0, &y.0), largest(&x.1, &y.1), precision)
    }

    /// # Soundness
    /// By midpoints and radii, see `Ball::certainly_below`.
    fn lt(&self, other: &Self) -> Ternary {
        Ternary::from_proofs(
            self.certainly_below(other, true),
            other.certainly_below(self, false),
        )
    }

    fn le(&self, other: &Self) -> Ternary {
        other.lt(self).not()
    }

    fn equals(&self, other: &Self) -> Ternary {
        let both_ways = self.le(other).and(other.le(self));
        Ternary::from_proofs(both_ways.is_true(), both_ways.is_false())
    }

    /// # Soundness
    /// A point of at most 53 bits is exact; otherwise the ends are rounded outward to 53 bits.
    fn to_interval(&self) -> Interval {
        if self.is_point() && self.precision() <= 53 {
            return Interval::from_float_ends(&self.midpoint, &self.midpoint);
        }
        Interval::from_float_ends(&self.lower_float(53), &self.upper_float(53))
    }
}
