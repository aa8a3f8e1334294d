//! Real numbers as balls: midpoint m·2^e and radius r·2^e, with a big integer m.
//!
//! # Soundness
//! A ball stands for every real x with |x − m·2^e| ≤ r·2^e. The result of an operation contains
//! the exact result for all choices of x in the operands. The midpoint is computed to about as
//! many bits as asked for, what is cut off goes to the radius, and radii are rounded up.
//! Exponents are integers of their own, so nothing underflows to 0.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::fraction::Fraction;
use super::work::NoValue;

/// Bits of a radius.
const RADIUS_BITS: i64 = 30;

/// Exponents stay within ± this.
const MOST_EXPONENT: i64 = 1 << 40;

/// A result, if there is one.
pub type Value = Result<Ball, NoValue>;

/// A set of real numbers.
#[derive(Clone, Debug)]
pub struct Ball {
    m: BigInt,
    r: u64,
    e: i64,
}

/// An upper bound u·2^k of something; the 0 of bounds has u = 0.
type Bound = (u128, i64);

fn bits(m: &BigInt) -> i64 {
    i64::try_from(m.bits()).unwrap_or(i64::MAX)
}

fn bits_of(u: u128) -> i64 {
    i64::from(u128::BITS.saturating_sub(u.leading_zeros()))
}

fn plus(x: i64, y: i64) -> Result<i64, NoValue> {
    x.checked_add(y).ok_or(NoValue::Range)
}

fn minus(x: i64, y: i64) -> Result<i64, NoValue> {
    x.checked_sub(y).ok_or(NoValue::Range)
}

/// ⌊m·2^by⌋.
fn shifted(m: &BigInt, by: i64) -> BigInt {
    if by >= 0 {
        m << by.unsigned_abs()
    } else {
        m >> by.unsigned_abs()
    }
}

/// ⌈u·2^by⌉.
fn shifted_up(u: u128, by: i64) -> Result<u128, NoValue> {
    let distance = u32::try_from(by.unsigned_abs()).unwrap_or(u32::MAX);
    if u == 0 {
        Ok(0)
    } else if by >= 0 {
        let room = u.leading_zeros() >= distance;
        room.then(|| u.checked_shl(distance))
            .flatten()
            .ok_or(NoValue::Range)
    } else {
        let floor = u.checked_shr(distance).unwrap_or(0);
        floor.checked_add(1).ok_or(NoValue::Range)
    }
}

/// An upper bound of |m| of at most 33 bits.
fn top(m: &BigInt) -> Result<Bound, NoValue> {
    const KEPT: i64 = 32;
    let mut digits = m.iter_u64_digits();
    let high = u128::from(digits.next_back().unwrap_or(0));
    let lower = digits.next_back();
    let both = high.checked_shl(64).unwrap_or(0) | u128::from(lower.unwrap_or(0));
    // |m| < (both + 1)·2^(bits of m − bits of both), if there are lower digits.
    let exponent = minus(bits(m), bits_of(both))?;
    let cut = minus(bits_of(both), KEPT)?.max(0);
    let kept = shifted_up(both, cut.checked_neg().ok_or(NoValue::Range)?)?;
    Ok((kept, plus(exponent, cut)?))
}

/// An upper bound of a sum of bounds.
fn sum(terms: &[Bound]) -> Result<Bound, NoValue> {
    const ROOM: i64 = 100;
    let mut highest = i64::MIN;
    for (u, k) in terms.iter().filter(|(u, _)| *u > 0) {
        highest = highest.max(plus(*k, bits_of(*u))?);
    }
    if highest == i64::MIN {
        return Ok((0, 0));
    }
    let unit = minus(highest, ROOM)?;
    let mut total = 0_u128;
    for (u, k) in terms {
        let term = shifted_up(*u, if *u == 0 { 0 } else { minus(*k, unit)? })?;
        total = total.checked_add(term).ok_or(NoValue::Range)?;
    }
    Ok((total, unit))
}

impl Ball {
    /// m·2^e ± u·2^k, the midpoint cut to p bits: it moves by less than one unit of the result, and by
    /// nothing if only zeros are cut; that and the radius, rounded up, are the new radius.
    fn rounded(m: BigInt, e: i64, (u, k): Bound, p: u32) -> Value {
        let mut unit = if m.sign() == Sign::NoSign {
            i64::MIN
        } else {
            minus(plus(e, bits(&m))?, i64::from(p))?
        };
        if u == 0 {
            unit = unit.max(e);
        } else {
            unit = unit.max(minus(plus(k, bits_of(u))?, RADIUS_BITS)?);
        }
        if unit.checked_abs().is_none_or(|size| size > MOST_EXPONENT) {
            return Err(NoValue::Range);
        }
        let mut radius = shifted_up(u, if u == 0 { 0 } else { minus(k, unit)? })?;
        let by = minus(e, unit)?;
        let midpoint = shifted(&m, by);
        if m.trailing_zeros()
            .is_some_and(|zeros| by < 0 && zeros < by.unsigned_abs())
        {
            radius = radius.checked_add(1).ok_or(NoValue::Range)?;
        }
        Ok(Ball {
            m: midpoint,
            r: u64::try_from(radius).map_err(|_| NoValue::Range)?,
            e: unit,
        })
    }

    /// The smallest ball, up to rounding, that contains lower·2^e and upper·2^e: m is their mean,
    /// rounded down, so no number between them is farther from it than `upper`.
    fn between(lower: &BigInt, upper: &BigInt, e: i64, p: u32) -> Value {
        let m: BigInt = (lower + upper) >> 1_u32;
        let (u, k) = top(&(upper - &m))?;
        Ball::rounded(m, e, (u, plus(k, e)?), p)
    }

    /// A whole number, exactly.
    pub fn whole(n: i64) -> Self {
        Ball {
            m: n.into(),
            r: 0,
            e: 0,
        }
    }

    /// A fraction, to p bits.
    pub fn fraction(q: &Fraction, p: u32) -> Value {
        let exact = |n: &BigInt| Ball {
            m: n.clone(),
            r: 0,
            e: 0,
        };
        if q.bottom == BigInt::from(1) {
            return exact(&q.top).to(p);
        }
        exact(&q.top).div(&exact(&q.bottom), p)
    }

    /// The same numbers, and more, with less precision: `rounded` adds what is cut to the radius.
    pub fn to(&self, p: u32) -> Value {
        Ball::rounded(self.m.clone(), self.e, (self.r.into(), self.e), p)
    }

    /// The negative, exactly.
    pub fn negative(&self) -> Self {
        Ball {
            m: -&self.m,
            ..self.clone()
        }
    }

    /// The sum: |x + y − (m₁ + m₂)| ≤ r₁ + r₂, and what is cut off before or after goes to the radius.
    pub fn add(&self, other: &Self, p: u32) -> Value {
        let mut radii = [
            (self.r.into(), self.e),
            (other.r.into(), other.e),
            (0, 0),
            (0, 0),
        ];
        // What lies far below the larger midpoint is cut off before it is shifted.
        let unit = self.common_unit(other, p)?;
        let mut total = BigInt::from(0);
        for (x, cut) in [self, other].into_iter().zip([2, 3]) {
            let by = minus(x.e, unit)?;
            total += shifted(&x.m, by);
            if by < 0
                && x.m.sign() != Sign::NoSign
                && let Some(slot) = radii.get_mut(cut)
            {
                *slot = (1, unit);
            }
        }
        Ball::rounded(total, unit, sum(&radii)?, p)
    }

    /// A unit 2^k fine enough for both numbers at p bits.
    fn common_unit(&self, other: &Self, p: u32) -> Result<i64, NoValue> {
        let mut highest = i64::MIN;
        for x in [self, other] {
            let size = bits(&x.m).max(bits_of(x.r.into()));
            if size > 0 {
                highest = highest.max(plus(x.e, size)?);
            }
        }
        if highest == i64::MIN {
            return Ok(0);
        }
        let finest = minus(highest, plus(i64::from(p), 8)?)?;
        let own = |x: &Self| {
            if x.m.sign() == Sign::NoSign {
                i64::MAX
            } else {
                x.e
            }
        };
        let lowest = own(self).min(own(other));
        Ok(if lowest == i64::MAX {
            finest
        } else {
            lowest.max(finest)
        })
    }

    /// The difference: the sum with the negative, which is exact.
    pub fn sub(&self, other: &Self, p: u32) -> Value {
        self.add(&other.negative(), p)
    }

    /// The product: |xy − m₁m₂| ≤ |m₁|r₂ + |m₂|r₁ + r₁r₂.
    pub fn mul(&self, other: &Self, p: u32) -> Value {
        let e = plus(self.e, other.e)?;
        let (r1, r2) = (u128::from(self.r), u128::from(other.r));
        let term = |(u, k): Bound, r: u128| -> Result<Bound, NoValue> {
            Ok((u.checked_mul(r).ok_or(NoValue::Range)?, plus(k, e)?))
        };
        let radius = sum(&[
            term(top(&self.m)?, r2)?,
            term(top(&other.m)?, r1)?,
            term((r1, 0), r2)?,
        ])?;
        Ball::rounded(&self.m * &other.m, e, radius, p)
    }

    /// The square: as the product; of a ball on both sides of 0 all between 0 and the square of the
    /// end farther from it.
    pub fn square(&self, p: u32) -> Value {
        let (lower, upper) = self.ends();
        if lower.sign() == Sign::Minus && upper.sign() == Sign::Plus {
            let most = lower.magnitude().max(upper.magnitude()).clone();
            let square = BigInt::from(&most * &most);
            return Ball::between(&BigInt::from(0), &square, plus(self.e, self.e)?, p);
        }
        self.mul(self, p)
    }

    /// A power, by squares and products, each of which contains the exact one.
    pub fn power(&self, n: u32, p: u32) -> Value {
        match n {
            0 => Ok(Ball::whole(1)),
            1 => Ok(self.clone()),
            _ if n.is_multiple_of(2) => self.square(p)?.power(n / 2, p),
            _ => self.mul(&self.power(n.saturating_sub(1), p)?, p),
        }
    }

    /// The quotient. With q = m₁/m₂: |x/y − q| ≤ (r₁ + |q|r₂)/(|m₂| − r₂).
    pub fn div(&self, other: &Self, p: u32) -> Value {
        let least = BigInt::from(other.m.magnitude().clone()) - other.r;
        if least.sign() != Sign::Plus {
            return Err(NoValue::Division);
        }
        if self.sign() == Some(Ordering::Equal) {
            return Ok(Ball::whole(0));
        }
        let wanted = plus(minus(bits(&other.m), bits(&self.m))?, i64::from(p))?;
        let shift = plus(wanted, 2)?.max(0);
        let quotient = shifted(&self.m, shift) / &other.m;
        // In units of the quotient's last place, which itself is cut off by less than one.
        let size = BigInt::from(quotient.magnitude().clone()) + 1;
        let spread = shifted(&self.r.into(), shift) + size * other.r;
        let radius: BigInt = spread / least + 2;
        let e = minus(minus(self.e, shift)?, other.e)?;
        let exact = self.r == 0 && other.r == 0 && &quotient * &other.m == shifted(&self.m, shift);
        let (u, k) = if exact { (0, 0) } else { top(&radius)? };
        Ball::rounded(quotient, e, (u, plus(k, e)?), p)
    }

    /// The square root: it is monotone, so it lies between the root of the lower end, rounded down, and
    /// that of the upper end, rounded up.
    pub fn sqrt(&self, p: u32) -> Value {
        let (lower, upper) = self.ends();
        if lower.sign() == Sign::Minus {
            return Err(NoValue::Domain);
        }
        let wanted = minus(
            i64::from(p).saturating_mul(2).saturating_add(4),
            bits(&upper),
        )?;
        let mut shift = wanted.max(0);
        if minus(self.e, shift)?.rem_euclid(2) == 1 {
            shift = plus(shift, 1)?;
        }
        let (lower, upper) = (shifted(&lower, shift), shifted(&upper, shift));
        let (least, mut most) = (lower.sqrt(), upper.sqrt());
        if &most * &most < upper {
            most += 1;
        }
        Ball::between(&least, &most, minus(self.e, shift)?.div_euclid(2), p)
    }

    /// Both ends, in units of 2^e.
    fn ends(&self) -> (BigInt, BigInt) {
        (&self.m - self.r, &self.m + self.r)
    }

    /// Its ends as balls: everything in it is between a number of the one and a number of the other.
    pub fn endpoints(&self, p: u32) -> Result<(Self, Self), NoValue> {
        let ball = |m: BigInt| Ball::rounded(m, self.e, (0, 0), p);
        let (lower, upper) = self.ends();
        Ok((ball(lower)?, ball(upper)?))
    }

    /// Its midpoint, exactly.
    pub fn midpoint(&self) -> Self {
        Ball {
            r: 0,
            ..self.clone()
        }
    }

    /// Both ends in units of 2^`unit`, rounded outward.
    fn ends_at(&self, unit: i64) -> Result<(BigInt, BigInt), NoValue> {
        let by = minus(self.e, unit)?;
        let (lower, upper) = self.ends();
        Ok((shifted(&lower, by), -shifted(&-upper, by)))
    }

    /// [choose(lower ends), choose(upper ends)].
    fn combined(
        &self,
        other: &Self,
        p: u32,
        lower: fn(BigInt, BigInt) -> BigInt,
        upper: fn(BigInt, BigInt) -> BigInt,
    ) -> Value {
        let unit = self.common_unit(other, p)?;
        let ((a, b), (c, d)) = (self.ends_at(unit)?, other.ends_at(unit)?);
        Ball::between(&lower(a, c), &upper(b, d), unit, p)
    }

    /// The smaller of both: it lies between the smaller of the lower and of the upper ends.
    pub fn min(&self, other: &Self, p: u32) -> Value {
        match self.less(other, true) {
            Some(true) => Ok(self.clone()),
            Some(false) => Ok(other.clone()),
            None => self.combined(other, p, Ord::min, Ord::min),
        }
    }

    /// The larger of both: it lies between the larger of the lower and of the upper ends.
    pub fn max(&self, other: &Self, p: u32) -> Value {
        match self.less(other, true) {
            Some(true) => Ok(other.clone()),
            Some(false) => Ok(self.clone()),
            None => self.combined(other, p, Ord::max, Ord::max),
        }
    }

    /// Everything between a number of one and a number of the other.
    pub fn hull(&self, other: &Self, p: u32) -> Value {
        self.combined(other, p, Ord::min, Ord::max)
    }

    /// |x|, which is x, −x, or max(x, −x) ≥ 0 where the sign is not certain.
    pub fn abs(&self, p: u32) -> Value {
        match self.sign() {
            Some(Ordering::Less) => Ok(self.negative()),
            Some(_) => Ok(self.clone()),
            None => self.max(&self.negative(), p)?.max(&Ball::whole(0), p),
        }
    }

    /// The smallest integer that is not less, where that is a moderate number: ⌈·⌉ is monotone, so it
    /// lies between those of the ends, which are exact.
    pub fn ceil(&self, p: u32) -> Value {
        if plus(self.e, bits(&self.m))? > i64::from(p) {
            return Err(NoValue::Range);
        }
        let (lower, upper) = self.ends();
        let ceil = |n: BigInt| -shifted(&-n, self.e);
        Ball::between(&ceil(lower), &ceil(upper), 0, p)
    }

    /// Below, equal to or above 0, if that is certain.
    pub fn sign(&self) -> Option<Ordering> {
        let (lower, upper) = self.ends();
        match (lower.sign(), upper.sign()) {
            (Sign::Plus, _) => Some(Ordering::Greater),
            (_, Sign::Minus) => Some(Ordering::Less),
            (Sign::NoSign, Sign::NoSign) => Some(Ordering::Equal),
            _ => None,
        }
    }

    /// `self` < `other` (≤ if `or_equal`), if it is certain that it is or that it is not.
    pub fn less(&self, other: &Self, or_equal: bool) -> Option<bool> {
        // The difference to few bits: exact cancellation first, rounding afterwards.
        const BITS: u32 = 64;
        let exact = u32::try_from(bits(&self.m).max(bits(&other.m))).ok()?;
        let (lower, upper) = other.sub(self, exact.max(BITS)).ok()?.ends();
        if or_equal {
            if lower.sign() != Sign::Minus {
                return Some(true);
            }
            return (upper.sign() == Sign::Minus).then_some(false);
        }
        if lower.sign() == Sign::Plus {
            return Some(true);
        }
        (upper.sign() != Sign::Plus).then_some(false)
    }

    /// Equal, if that is certain either way.
    pub fn equals(&self, other: &Self) -> Option<bool> {
        match (self.less(other, true), other.less(self, true)) {
            (Some(true), Some(true)) => Some(true),
            (Some(false), _) | (_, Some(false)) => Some(false),
            _ => None,
        }
    }

    /// Is every number in it n·10^k, rounded: |x − n·10^k| ≤ 0.51·10^k? Of 0 there is but one writing,
    /// and of no other number. Powers of 10 are enclosed, and so the answer is right if it is yes.
    pub fn has_digits(&self, n: i64, k: i64) -> bool {
        const BITS: u32 = 256;
        if n == 0 {
            return k == 0 && self.sign() == Some(Ordering::Equal);
        }
        let close = || -> Result<bool, NoValue> {
            let places = u32::try_from(k.unsigned_abs()).map_err(|_| NoValue::Range)?;
            let scale = Ball::whole(10).power(places, BITS)?;
            let x = self.to(BITS)?;
            let scaled = if k < 0 {
                x.mul(&scale, BITS)?
            } else {
                x.div(&scale, BITS)?
            };
            let hundredfold = scaled.sub(&Ball::whole(n), BITS)?.abs(BITS)?;
            let hundredfold = hundredfold.mul(&Ball::whole(100), BITS)?;
            Ok(hundredfold.less(&Ball::whole(51), true) == Some(true))
        };
        close().unwrap_or(false)
    }

    /// m, r, e.
    pub fn parts(&self) -> (&BigInt, u64, i64) {
        (&self.m, self.r, self.e)
    }

    /// 0 ± |self|·2^k: its radius is at least (|m| + r)·2^(e + k), rounded up, and |x| ≤ (|m| + r)·2^e.
    pub fn as_error(&self, k: i64) -> Value {
        let (u, exponent) = top(&self.m)?;
        let size = sum(&[(u, exponent), (self.r.into(), 0)])?;
        let unit = plus(plus(size.1, self.e)?, k)?;
        Ball::rounded(BigInt::from(0), 0, (size.0, unit), 2)
    }

    /// x·2^k, exactly.
    pub fn scaled(&self, k: i64) -> Value {
        Ok(Ball {
            e: plus(self.e, k)?,
            ..self.clone()
        })
    }

    /// k with |x| ≤ 2^(k + 1) for every number in it.
    pub fn reach(&self) -> Result<i64, NoValue> {
        plus(self.e, bits(&self.m).max(bits_of(self.r.into())))
    }

    /// k with 2^(k − 1) ≤ |m·2^e| < 2^k, of a midpoint other than 0.
    pub fn size(&self) -> Option<i64> {
        (self.m.sign() != Sign::NoSign).then_some(())?;
        self.e.checked_add(bits(&self.m))
    }

    /// About how many bits of it are certain.
    pub fn accuracy(&self) -> i64 {
        if self.r == 0 {
            return i64::MAX;
        }
        bits(&self.m).saturating_sub(bits_of(self.r.into()))
    }
}
