//! Intervals with f64 end points and a binary exponent of their own.

use std::cmp::Ordering;

use rug::float::Round;
use rug::{Float, Rational};

use super::magnitude::{exact_power_of_two, shifted, split};
use super::{Enclosure, Number, Ternary, Undefined, edge, elementary};

/// The closed interval `set`·2^`exponent`, never empty, perhaps unbounded.
///
/// The exponent is 0 for numbers of ordinary size, and operations on such intervals are
/// those of [`inari`]. β₁, which falls to 10⁻⁴⁰¹⁴ and below, makes use of it.
///
/// # Invariants
/// With m the largest absolute value in `set`: either m ∈ [2⁻⁴⁰⁰, 2⁴⁰⁰], or m ∈ {0, ∞} and
/// the exponent is 0. The exponent is not 0 only for sets that are outside that range, and
/// then m ∈ [1, 2] and |exponent| ≤ 2⁶⁰. (The invariants serve speed and sharpness, not
/// inclusion.)
///
/// # Soundness
/// Every operation is one of `inari`'s, which contains the exact image (IEEE 1788-2015,
/// clause 12.10, set-based flavour: its end points are rounded outward), followed by exact
/// or outward scaling by powers of 2. An empty set, which no operation on non-empty operands
/// within the domain yields, would be replaced by the whole line.
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    set: inari::Interval,
    exponent: i64,
}

const LEAST: f64 = f64::from_bits((1023 - 400) << 52);
const LARGEST: f64 = f64::from_bits((1023 + 400) << 52);
const LARGEST_EXPONENT: i64 = 1 << 60;

/// An end point m·2^e.
pub(crate) type End = (f64, i64);

/// {x}, or the whole line for a NaN or an infinity.
pub(super) fn point(x: f64) -> inari::Interval {
    between(x, x)
}

/// [a, b], or the whole line where that is not a non-empty set.
#[inline]
pub(super) fn between(a: f64, b: f64) -> inari::Interval {
    inari::Interval::try_from((a, b)).unwrap_or(inari::Interval::ENTIRE)
}

/// `set`·2^k, outward.
///
/// # Soundness
/// Multiplication by the exact points 2^part. Where |k| is clamped, every non-zero end has
/// left the range of f64 before, and its bound (0, the least or the largest f64, infinity)
/// is valid for every further factor.
fn scale(mut set: inari::Interval, k: i64) -> inari::Interval {
    let mut left = k.clamp(-4200, 4200);
    while left != 0 {
        let part = left.clamp(-1022, 1023);
        set *= point(exact_power_of_two(part));
        left -= part;
    }
    set
}

/// ⌊log₂|x|⌋ of an end, `None` for 0 and infinities.
fn top((m, e): End) -> Option<i64> {
    (m != 0.0 && m.is_finite()).then(|| e + split(m).1)
}

/// The exact order of two ends (no NaN).
fn compare_ends(x: End, y: End) -> Ordering {
    let sign = |m: f64| if m == 0.0 { 0 } else { m.signum() as i32 };
    let by_sign = sign(x.0).cmp(&sign(y.0));
    if by_sign != Ordering::Equal || x.0 == 0.0 {
        return by_sign;
    }
    let by_size = match (top(x), top(y)) {
        (Some(a), Some(b)) => a
            .cmp(&b)
            .then(split(x.0).0.abs().total_cmp(&split(y.0).0.abs())),
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
    };
    if x.0 < 0.0 {
        by_size.reverse()
    } else {
        by_size
    }
}

/// The exact order of a rational and an end (no NaN).
fn compare_rational(q: &Rational, end: End) -> Ordering {
    let (m, e) = end;
    let sign = q.cmp0();
    let end_sign = m.partial_cmp(&0.0).unwrap_or(Ordering::Equal);
    if sign != end_sign || sign == Ordering::Equal {
        return sign.cmp(&end_sign);
    }
    let Some(end_top) = top(end) else {
        return end_sign.reverse();
    };
    // ⌊log₂|q|⌋ is `size` or `size` − 1.
    let size = i64::from(q.numer().significant_bits()) - i64::from(q.denom().significant_bits());
    if size + 1 < end_top {
        return end_sign.reverse();
    }
    if size - 1 > end_top {
        return end_sign;
    }
    // The sizes agree, so the shift is no larger than `q` itself, or 1074 bits more.
    match Rational::from_f64(m) {
        Some(m) => q.cmp(&(m << e as i32)),
        None => end_sign.reverse(),
    }
}

/// The rational m·2^e; `None` for an infinite end and where it needs more than 2²⁶ bits.
fn end_rational((m, e): End) -> Option<Rational> {
    if m == 0.0 {
        return Some(Rational::new());
    }
    (e.abs() < 1 << 26)
        .then(|| Rational::from_f64(m).map(|m| m << e as i32))
        .flatten()
}

impl Interval {
    /// The whole real line: nothing is known.
    pub const ENTIRE: Self = Interval {
        set: inari::Interval::ENTIRE,
        exponent: 0,
    };

    /// {0}.
    pub const ZERO: Self = Interval {
        set: inari::const_interval!(0.0, 0.0),
        exponent: 0,
    };

    /// `set`·2^exponent with the invariants established.
    #[inline]
    fn settled(set: inari::Interval, exponent: i64) -> Self {
        let largest = set.mag();
        if exponent == 0 && (LEAST..=LARGEST).contains(&largest) {
            return Interval { set, exponent };
        }
        Self::normalised(set, exponent)
    }

    #[cold]
    fn normalised(set: inari::Interval, exponent: i64) -> Self {
        let largest = set.mag();
        if largest == 0.0 {
            return Self::ZERO;
        }
        if largest.is_nan() {
            return Self::ENTIRE;
        }
        if largest.is_infinite() {
            return Interval {
                set: scale(set, exponent),
                exponent: 0,
            };
        }
        let (_, shift) = split(largest);
        let total = exponent + shift;
        if (-400..400).contains(&total) {
            Interval {
                set: scale(set, exponent),
                exponent: 0,
            }
        } else if total > LARGEST_EXPONENT {
            Self::ENTIRE
        } else if total < -LARGEST_EXPONENT {
            // Within ±2^(total+1), hence within ±2·2^(−2⁶⁰).
            Interval {
                set: between(-2.0, 2.0),
                exponent: -LARGEST_EXPONENT,
            }
        } else {
            Interval {
                set: scale(set, -shift),
                exponent: total,
            }
        }
    }

    /// The interval [`lower`, `upper`]·2^`exponent`; the whole line if an argument is NaN or
    /// they are in the wrong order.
    ///
    /// # Soundness
    /// Contains exactly the numbers between the ends. That the number it stands for is one
    /// of them is the caller's claim: this is for engines with proved f64 error bounds.
    #[inline]
    pub(crate) fn from_bounds(lower: f64, upper: f64, exponent: i64) -> Self {
        if exponent.abs() > LARGEST_EXPONENT {
            return Self::ENTIRE;
        }
        Self::settled(between(lower, upper), exponent)
    }

    /// The interval between two ends with exponents of their own, outward.
    ///
    /// # Soundness
    /// The ends are scaled to the larger one's exponent, the lower one rounded down and the
    /// upper one rounded up.
    pub(crate) fn from_scaled(lower: End, upper: End) -> Self {
        if lower.0.is_nan() || upper.0.is_nan() {
            return Self::ENTIRE;
        }
        if lower.0.is_infinite() || upper.0.is_infinite() {
            let lower = scale(point(lower.0), lower.1).inf();
            let upper = scale(point(upper.0), upper.1).sup();
            return Self::settled(between(lower, upper), 0);
        }
        let Some(exponent) = top(lower).max(top(upper)) else {
            return Self::ZERO;
        };
        let at = |(m, e): End| {
            let (m, shift) = split(m);
            scale(point(m), if m == 0.0 { 0 } else { e + shift - exponent })
        };
        Self::settled(between(at(lower).inf(), at(upper).sup()), exponent)
    }

    /// The interval between two floats, outward.
    pub(crate) fn from_float_ends(lower: &Float, upper: &Float) -> Self {
        let end = |x: &Float, round| {
            let (m, e) = x.to_f64_exp_round(round);
            (m, i64::from(e))
        };
        Self::from_scaled(end(lower, Round::Down), end(upper, Round::Up))
    }

    /// An enclosure of an exact rational of any size; a single point where it has 53 bits.
    ///
    /// # Soundness
    /// Its lower end is the rational rounded down to 53 bits, its upper end rounded up.
    pub fn from_rational(value: &Rational) -> Self {
        Self::from_ends(value, value)
    }

    /// An enclosure of every number between two exact ones.
    ///
    /// # Soundness
    /// As [`Interval::from_rational`], end by end. Ends in the wrong order give the whole
    /// line.
    pub fn from_ends(lower: &Rational, upper: &Rational) -> Self {
        if lower > upper {
            return Self::ENTIRE;
        }
        let (lower, _) = Float::with_val_round(53, lower, Round::Down);
        let (upper, _) = Float::with_val_round(53, upper, Round::Up);
        Self::from_float_ends(&lower, &upper)
    }

    /// The lower end m·2^e, exactly: m may be −∞.
    #[inline]
    pub fn lower(&self) -> (f64, i64) {
        (self.set.inf(), self.exponent)
    }

    /// The upper end m·2^e, exactly: m may be +∞.
    #[inline]
    pub fn upper(&self) -> (f64, i64) {
        (self.set.sup(), self.exponent)
    }

    /// The exact order of the lower ends.
    pub fn compare_lower(&self, other: &Self) -> Ordering {
        compare_ends(self.lower(), other.lower())
    }

    /// The exact order of the upper ends.
    pub fn compare_upper(&self, other: &Self) -> Ordering {
        compare_ends(self.upper(), other.upper())
    }

    /// The lower end rounded down to a plain f64.
    #[inline]
    pub fn lower_f64(&self) -> f64 {
        if self.exponent == 0 {
            self.set.inf()
        } else {
            scale(self.set, self.exponent).inf()
        }
    }

    /// The upper end rounded up to a plain f64.
    #[inline]
    pub fn upper_f64(&self) -> f64 {
        if self.exponent == 0 {
            self.set.sup()
        } else {
            scale(self.set, self.exponent).sup()
        }
    }

    /// The lower end as a rational; `None` if it is −∞ or beyond 2^(±2²⁶).
    pub fn lower_rational(&self) -> Option<Rational> {
        end_rational(self.lower())
    }

    /// The upper end as a rational; `None` if it is +∞ or beyond 2^(±2²⁶).
    pub fn upper_rational(&self) -> Option<Rational> {
        end_rational(self.upper())
    }

    /// Both ends as floats of 53 bits: exact, or outward where they leave the float's
    /// exponent range, or infinite.
    pub(crate) fn float_ends(&self) -> (Float, Float) {
        let end = |(m, e): End, round| shifted(&Float::with_val(53, m), e, round);
        (end(self.lower(), Round::Down), end(self.upper(), Round::Up))
    }

    /// Is `value` in it?
    pub fn contains(&self, value: &Rational) -> bool {
        compare_rational(value, self.lower()) != Ordering::Less
            && compare_rational(value, self.upper()) != Ordering::Greater
    }

    /// Is 0 in it?
    #[inline]
    pub fn contains_zero(&self) -> bool {
        self.set.contains(0.0)
    }

    /// Is it {0}?
    #[inline]
    pub fn is_zero(&self) -> bool {
        self.set.mag() == 0.0
    }

    /// Is it bounded?
    #[inline]
    pub fn is_bounded(&self) -> bool {
        self.set.is_common_interval()
    }

    /// Is it a single point?
    #[inline]
    pub fn is_point(&self) -> bool {
        self.set.is_singleton()
    }

    /// ⌊log₂⌋ of the largest absolute value; `None` for {0} and unbounded sets.
    #[inline]
    pub fn exponent(&self) -> Option<i64> {
        top((self.set.mag(), self.exponent))
    }

    /// Times 2^k: exact as far as the range of a set's exponents allows, else outward.
    #[inline]
    pub fn times_pow2(&self, k: i64) -> Self {
        if k == 0 {
            return *self;
        }
        let k = k.clamp(-LARGEST_EXPONENT, LARGEST_EXPONENT);
        Self::settled(self.set, self.exponent + k)
    }

    /// Width over largest absolute value: an observation, not a bound. 0 for a point,
    /// infinite for an unbounded set.
    pub fn relative_width(&self) -> f64 {
        if self.is_point() {
            0.0
        } else if self.is_bounded() {
            self.set.wid() / self.set.mag()
        } else {
            f64::INFINITY
        }
    }

    /// A point m·2^e near the middle: an observation.
    pub fn midpoint_f64_exp(&self) -> (f64, i64) {
        (self.set.mid(), self.exponent)
    }

    /// π²/12.
    pub(super) fn zeta2_half() -> Self {
        let pi = inari::Interval::PI;
        Self::settled(pi * pi / point(12.0), 0)
    }

    /// The decadic logarithm, for scales.
    ///
    /// # Soundness
    /// The natural logarithm over an enclosure of ln 10.
    ///
    /// # Errors
    /// As [`Enclosure::log`].
    pub fn log10(&self) -> Result<Self, Undefined> {
        self.log()?.div(&Interval {
            set: inari::Interval::LN_10,
            exponent: 0,
        })
    }

    /// 10 to the power `self`, for scales.
    ///
    /// # Soundness
    /// 10^x = e^(x·ln 10), with an enclosure of ln 10.
    ///
    /// # Errors
    /// As [`Enclosure::exp`].
    pub fn exp10(&self) -> Result<Self, Undefined> {
        self.mul(&Interval {
            set: inari::Interval::LN_10,
            exponent: 0,
        })
        .exp()
    }

    /// Sum of operands of which one has an exponent.
    ///
    /// # Soundness
    /// Both are scaled outward to the larger exponent. (An exponent that is not 0 belongs to
    /// a number outside the range of those without, so the smaller operand is the one that
    /// is rounded.)
    #[cold]
    fn add_scaled(&self, other: &Self) -> Self {
        if self.is_zero() {
            return *other;
        }
        if other.is_zero() {
            return *self;
        }
        let exponent = self.exponent.max(other.exponent);
        let x = scale(self.set, self.exponent - exponent);
        let y = scale(other.set, other.exponent - exponent);
        Self::settled(x + y, exponent)
    }

    /// Combines lower ends and upper ends separately.
    fn by_ends(&self, other: &Self, lower: Ordering, upper: Ordering) -> Self {
        let pick = |x: End, y: End, wanted| if compare_ends(x, y) == wanted { x } else { y };
        Self::from_scaled(
            pick(self.lower(), other.lower(), lower),
            pick(self.upper(), other.upper(), upper),
        )
    }

    /// xⁿ for x ≥ 0, where products are monotone and lose nothing but rounding.
    fn power_of_nonnegative(&self, exponent: u32) -> Self {
        let mut result = Interval {
            set: point(1.0),
            exponent: 0,
        };
        for bit in (0..u32::BITS - exponent.leading_zeros()).rev() {
            result = result.mul(&result);
            if exponent >> bit & 1 == 1 {
                result = result.mul(self);
            }
        }
        result
    }

    /// [0, upper end], for an upper end ≥ 0.
    fn extended_to_zero(&self) -> Self {
        Self::settled(between(0.0, self.set.sup()), self.exponent)
    }

    /// The numbers ≥ 0 in it; all of it where there are none.
    pub fn nonnegative_part(&self) -> Self {
        if self.set.inf() < 0.0 && self.set.sup() >= 0.0 {
            self.extended_to_zero()
        } else {
            *self
        }
    }

    /// e^x for one f64 in ±2⁴⁰.
    ///
    /// # Soundness
    /// e^x = 2^k·e^(x − k ln 2) for every integer k; the argument is evaluated in intervals.
    fn exp_of(x: f64) -> Self {
        let k = (x * std::f64::consts::LOG2_E).round();
        let rest = point(x) - point(k) * inari::Interval::LN_2;
        Self::settled(elementary::exp(rest), k as i64)
    }
}

impl Number for Interval {
    type Context = ();

    fn constant(value: &Rational, (): ()) -> Self {
        Self::from_rational(value)
    }

    #[inline]
    fn add(&self, other: &Self) -> Self {
        if self.exponent | other.exponent == 0 {
            return Self::settled(self.set + other.set, 0);
        }
        self.add_scaled(other)
    }

    #[inline]
    fn sub(&self, other: &Self) -> Self {
        if self.exponent | other.exponent == 0 {
            return Self::settled(self.set - other.set, 0);
        }
        self.add_scaled(&other.neg())
    }

    #[inline]
    fn mul(&self, other: &Self) -> Self {
        Self::settled(self.set * other.set, self.exponent + other.exponent)
    }

    #[inline]
    fn neg(&self) -> Self {
        Interval {
            set: -self.set,
            exponent: self.exponent,
        }
    }

    #[inline]
    fn square(&self) -> Self {
        Self::settled(self.set.sqr(), 2 * self.exponent)
    }
}

impl Enclosure for Interval {
    #[inline]
    fn div(&self, other: &Self) -> Result<Self, Undefined> {
        if other.contains_zero() {
            return Err(Undefined::DivisionByZero);
        }
        Ok(Self::settled(
            self.set / other.set,
            self.exponent - other.exponent,
        ))
    }

    /// # Soundness
    /// √(x·2^e) = √x·2^(e/2), e even; `inari` takes the root with directed rounding.
    fn sqrt(&self) -> Result<Self, Undefined> {
        if self.set.inf() < 0.0 {
            return Err(Undefined::Domain);
        }
        let odd = self.exponent.rem_euclid(2);
        let set = scale(self.set, odd);
        Ok(Self::settled(set.sqrt(), (self.exponent - odd) / 2))
    }

    /// # Soundness
    /// log(x·2^e) = log x + e·log 2 (`elementary::ln`).
    fn log(&self) -> Result<Self, Undefined> {
        if self.set.inf() <= 0.0 {
            return Err(Undefined::Domain);
        }
        if self.exponent.abs() > 1 << 53 {
            return Err(Undefined::Range);
        }
        let shift = point(self.exponent as f64) * inari::Interval::LN_2;
        Ok(Self::settled(elementary::ln(self.set) + shift, 0))
    }

    /// # Soundness
    /// The exponential is increasing: the lower end is one of e^lower, the upper one of
    /// e^upper (`elementary::exp`).
    fn exp(&self) -> Result<Self, Undefined> {
        const WIDEST: f64 = (1u64 << 40) as f64;
        let (lower, upper) = (self.lower_f64(), self.upper_f64());
        if upper > WIDEST {
            return Err(Undefined::Range);
        }
        if lower > -250.0 && upper < 250.0 {
            return Ok(Self::settled(elementary::exp(between(lower, upper)), 0));
        }
        // e^x ≤ e^(−2⁴⁰) below −2⁴⁰.
        let top = Self::exp_of(upper.max(-WIDEST));
        if lower < -WIDEST {
            return Ok(top.extended_to_zero());
        }
        Ok(Self::from_scaled(Self::exp_of(lower).lower(), top.upper()))
    }

    /// # Soundness
    /// Without an exponent, `inari` rounds the ends up exactly. |x| < 2⁻³⁹⁹ rounds to 0 or
    /// 1, by its sign. In general x ≤ ⌈x⌉ ≤ x + 1.
    fn ceil(&self) -> Result<Self, Undefined> {
        if self.exponent == 0 {
            return Ok(Self::settled(self.set.ceil(), 0));
        }
        if self.exponent < 0 {
            let up = |end: f64| if end > 0.0 { 1.0 } else { 0.0 };
            return Ok(Self::settled(
                between(up(self.set.inf()), up(self.set.sup())),
                0,
            ));
        }
        Ok(self.add(&Interval {
            set: between(0.0, 1.0),
            exponent: 0,
        }))
    }

    /// # Soundness
    /// By `edge::fast`, or by `edge::bounds` at 128 bits, rounded outward.
    fn edge_potential(&self) -> Result<Self, Undefined> {
        if let Some(value) = edge::fast(self) {
            return Ok(value);
        }
        let (lower, upper) = self.float_ends();
        let (lower, upper) = edge::bounds(&lower, &upper, 128)?;
        Ok(Self::from_float_ends(&lower, &upper))
    }

    #[inline]
    fn abs(&self) -> Self {
        Interval {
            set: self.set.abs(),
            exponent: self.exponent,
        }
    }

    fn min(&self, other: &Self) -> Self {
        if self.exponent | other.exponent == 0 {
            return Self::settled(self.set.min(other.set), 0);
        }
        self.by_ends(other, Ordering::Less, Ordering::Less)
    }

    fn max(&self, other: &Self) -> Self {
        if self.exponent | other.exponent == 0 {
            return Self::settled(self.set.max(other.set), 0);
        }
        self.by_ends(other, Ordering::Greater, Ordering::Greater)
    }

    /// # Soundness
    /// An even power is that of |x|; an odd one is odd and increasing, so its ends are those
    /// of the parts below and above 0.
    fn powi(&self, exponent: u32) -> Self {
        if exponent.is_multiple_of(2) {
            return self.abs().power_of_nonnegative(exponent);
        }
        if self.set.inf() >= 0.0 {
            self.power_of_nonnegative(exponent)
        } else if self.set.sup() <= 0.0 {
            self.neg().power_of_nonnegative(exponent).neg()
        } else {
            let below = self
                .neg()
                .extended_to_zero()
                .power_of_nonnegative(exponent)
                .neg();
            below.hull(&self.extended_to_zero().power_of_nonnegative(exponent))
        }
    }

    fn hull(&self, other: &Self) -> Self {
        if self.exponent | other.exponent == 0 {
            return Self::settled(self.set.convex_hull(other.set), 0);
        }
        self.by_ends(other, Ordering::Less, Ordering::Greater)
    }

    #[inline]
    fn lt(&self, other: &Self) -> Ternary {
        if self.exponent == other.exponent {
            return Ternary::from_proofs(
                self.set.sup() < other.set.inf(),
                self.set.inf() >= other.set.sup(),
            );
        }
        Ternary::from_proofs(
            compare_ends(self.upper(), other.lower()) == Ordering::Less,
            compare_ends(self.lower(), other.upper()) != Ordering::Less,
        )
    }

    #[inline]
    fn le(&self, other: &Self) -> Ternary {
        other.lt(self).not()
    }

    fn equals(&self, other: &Self) -> Ternary {
        let both_ways = self.le(other).and(other.le(self));
        Ternary::from_proofs(both_ways.is_true(), both_ways.is_false())
    }

    fn to_interval(&self) -> Interval {
        *self
    }
}
