//! Fixed-size floating-point balls: the number system of the centre orbit.
//!
//! A [`Limbs<N>`] has a mantissa of 64·N bits on the stack, an exponent of its own, and a
//! radius counted in units of the mantissa's last place. There is no allocation, no
//! overflow below 2^(2⁶²) and no rounding mode.

// Limbs are addressed by their place.
#![allow(clippy::needless_range_loop)]

use std::cmp::Ordering;

use rug::integer::Order;
use rug::{Float, Integer, Rational};

use super::Number;

/// value = ±M·2^(exponent − 64N) with M the integer of `mantissa` (little endian).
///
/// Invariants: M = 0, or the top bit of M is set, so 2^(exponent−1) ≤ |value| < 2^exponent.
/// `error` ≥ 0, or infinite or NaN where all is lost; the exact number lies within
/// `error`·2^(exponent − 64N) of `value`. An exact zero has M = 0 and `error` = 0.
#[derive(Clone, Copy, Debug)]
pub struct Limbs<const N: usize> {
    negative: bool,
    exponent: i64,
    mantissa: [u64; N],
    error: f64,
}

/// Covers the rounding of a handful of f64 operations on non-negative numbers, each with
/// relative error ≤ 2⁻⁵³: (1 + 2⁻⁵³)⁸ < 1 + 2⁻⁴⁹.
const UP: f64 = 1.0 + 1.0 / (1u64 << 49) as f64;

/// A positive radius is at least so large: scaled by a [`power_of_two`] it then stays above 0.
const LEAST: f64 = 1.0 / (1u64 << 60) as f64;

/// The radius `error` after an operation's f64 roundings, from above. 0 stays 0.
#[inline(always)]
fn inflated(error: f64) -> f64 {
    if error > 0.0 {
        (error * UP).max(LEAST)
    } else {
        error
    }
}

/// The exponent of an exact zero: below every other, so that alignment ignores it.
const ZERO_EXPONENT: i64 = i64::MIN / 4;

/// An upper bound for 2^k that is 2^k itself for −1000 ≤ k ≤ 1000, and infinite above.
#[inline]
pub(crate) fn power_of_two(k: i64) -> f64 {
    if k > 1000 {
        f64::INFINITY
    } else {
        f64::from_bits(((k.max(-1000) + 1023) as u64) << 52)
    }
}

/// Low 64 bits of a + b·c + carry, and the new carry; cannot overflow 128 bits.
#[inline(always)]
fn multiply_add(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let t = u128::from(b) * u128::from(c) + u128::from(a) + u128::from(carry);
    (t as u64, (t >> 64) as u64)
}

impl<const N: usize> Limbs<N> {
    /// Bits of the mantissa.
    pub const BITS: u32 = 64 * N as u32;

    /// Exact zero.
    pub const ZERO: Self = Limbs {
        negative: false,
        exponent: ZERO_EXPONENT,
        mantissa: [0; N],
        error: 0.0,
    };

    /// Is the midpoint 0?
    #[inline]
    pub fn midpoint_is_zero(&self) -> bool {
        self.mantissa[N - 1] == 0
    }

    /// Is it exactly 0?
    #[inline]
    pub fn is_exact_zero(&self) -> bool {
        self.midpoint_is_zero() && self.error == 0.0
    }

    /// Is the midpoint negative?
    #[inline]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The exponent: 2^(exponent−1) ≤ |midpoint| < 2^exponent unless the midpoint is 0.
    #[inline]
    pub fn exponent(&self) -> i64 {
        self.exponent
    }

    /// The radius in units of 2^(exponent − 64N).
    #[inline]
    pub fn error(&self) -> f64 {
        self.error
    }

    /// The midpoint alone, as an exact number.
    #[inline]
    pub fn midpoint(mut self) -> Self {
        self.error = 0.0;
        if self.midpoint_is_zero() {
            Self::ZERO
        } else {
            self
        }
    }

    /// |midpoint|.
    #[inline]
    pub fn midpoint_abs(self) -> Self {
        let mut result = self.midpoint();
        result.negative = false;
        result
    }

    /// The midpoint with the sign asked for.
    #[inline]
    pub fn midpoint_with_sign(self, negative: bool) -> Self {
        let mut result = self.midpoint();
        result.negative = negative && !result.midpoint_is_zero();
        result
    }

    /// The midpoint as m·2^k with m in ±[1/2, 1] or 0, |m·2^k − midpoint| ≤ 2⁻⁵¹|midpoint|.
    ///
    /// The top limb is converted with relative error 2⁻⁵³; what lies below it is less than
    /// 2⁻⁶³ of the midpoint.
    #[inline]
    pub fn midpoint_f64(&self) -> (f64, i64) {
        if self.midpoint_is_zero() {
            return (0.0, 0);
        }
        const TOP: f64 = 1.0 / 18_446_744_073_709_551_616.0;
        let m = self.mantissa[N - 1] as f64 * TOP;
        (if self.negative { -m } else { m }, self.exponent)
    }

    /// The midpoint as a plain f64 within relative 2⁻⁵¹, or within 2⁻⁹⁹⁰ where it is
    /// smaller than that; infinite where it is beyond 2¹⁰⁰⁰.
    #[inline]
    pub fn midpoint_plain_f64(&self) -> f64 {
        let (m, exponent) = self.midpoint_f64();
        if m == 0.0 || exponent < -990 {
            0.0
        } else {
            m * power_of_two(exponent)
        }
    }

    /// The midpoint, exactly.
    pub fn to_float(&self) -> Float {
        let magnitude = Integer::from_digits(&self.mantissa, Order::Lsf);
        let mut value = Float::with_val(Self::BITS, magnitude);
        if !self.midpoint_is_zero() {
            let shift = self.exponent - i64::from(Self::BITS);
            // An i64 exponent beyond i32 does not fit one shift; the rest is exact too.
            let mut left = shift;
            while left != 0 {
                let part = left.clamp(-(1 << 30), 1 << 30);
                value <<= part as i32;
                left -= part;
            }
        }
        if self.negative { -value } else { value }
    }

    /// Full product of the mantissas: high and low halves.
    #[inline(always)]
    fn product(x: &[u64; N], y: &[u64; N]) -> ([u64; N], [u64; N]) {
        let mut low = [0u64; N];
        let mut high = [0u64; N];
        for i in 0..N {
            let mut carry = 0;
            for j in 0..N {
                let k = i + j;
                if k < N {
                    (low[k], carry) = multiply_add(low[k], x[i], y[j], carry);
                } else {
                    (high[k - N], carry) = multiply_add(high[k - N], x[i], y[j], carry);
                }
            }
            high[i] = carry;
        }
        (high, low)
    }

    /// ±|x| ± |y| with the signs given, where `x` has the larger or equal exponent.
    #[inline(always)]
    fn add_aligned(x: &Self, x_negative: bool, y: &Self, y_negative: bool) -> Self {
        let distance = x.exponent - y.exponent;
        // Radii add: y's unit is 2^−distance of x's.
        let mut error = x.error + y.error * power_of_two(-distance);
        if y.midpoint_is_zero() {
            return Limbs {
                negative: x_negative,
                error: inflated(error),
                ..*x
            };
        }
        if x.midpoint_is_zero() {
            // x's unit is 2^distance of y's.
            let error = inflated(y.error + x.error * power_of_two(distance));
            return Limbs {
                negative: y_negative,
                error,
                ..*y
            };
        }
        if distance > i64::from(Self::BITS) {
            // |y| < 2^y.exponent ≤ half of x's unit.
            return Limbs {
                negative: x_negative,
                error: inflated(error + 1.0),
                ..*x
            };
        }
        let (shifted, guard) = if distance < 64 {
            shift_right(&y.mantissa, distance as u32)
        } else {
            // What falls below the guard is less than 2⁻⁶⁴ units; it is not amplified, as at
            // most one bit cancels at this distance.
            error += LEAST;
            shift_right_far(&y.mantissa, distance)
        };
        if x_negative == y_negative {
            Self::add_magnitudes(x, x_negative, &shifted, guard, error)
        } else {
            Self::subtract_magnitudes(x, x_negative, &shifted, guard, error)
        }
    }

    #[inline(always)]
    fn add_magnitudes(x: &Self, negative: bool, y: &[u64; N], guard: u64, mut error: f64) -> Self {
        let mut sum = [0u64; N];
        let mut carry = false;
        for i in 0..N {
            (sum[i], carry) = x.mantissa[i].carrying_add_compat(y[i], carry);
        }
        let mut exponent = x.exponent;
        let mut lost = guard;
        if carry {
            lost |= sum[0] & 1;
            for i in 0..N - 1 {
                sum[i] = (sum[i] >> 1) | (sum[i + 1] << 63);
            }
            sum[N - 1] = (sum[N - 1] >> 1) | (1 << 63);
            exponent += 1;
            // The unit doubled.
            error *= 0.5;
        }
        // Truncation: less than one unit, nothing if all dropped bits are 0.
        error += f64::from(u8::from(lost != 0));
        Limbs {
            negative,
            exponent,
            mantissa: sum,
            error: inflated(error),
        }
    }

    #[inline(always)]
    fn subtract_magnitudes(x: &Self, negative: bool, y: &[u64; N], guard: u64, error: f64) -> Self {
        // (x, 0) − (y, guard) on N + 1 limbs.
        let (mut low, mut borrow) = 0u64.overflowing_sub(guard);
        let mut difference = [0u64; N];
        for i in 0..N {
            (difference[i], borrow) = x.mantissa[i].borrowing_sub_compat(y[i], borrow);
        }
        let mut negative = negative;
        if borrow {
            // Only for equal exponents (guard = 0) can y be larger: negate.
            negative = !negative;
            let mut carry = true;
            (low, carry) = (!low).carrying_add_compat(0, carry);
            for limb in &mut difference {
                (*limb, carry) = (!*limb).carrying_add_compat(0, carry);
            }
        }
        let mut scale = 0;
        if difference[N - 1] == 0 {
            scale = move_up_whole_limbs(&mut difference, &mut low);
            if difference[N - 1] == 0 {
                // All N + 1 limbs cancelled: the midpoint is 0, the radius stays.
                let exponent = if error == 0.0 {
                    ZERO_EXPONENT
                } else {
                    x.exponent
                };
                return Limbs {
                    negative: false,
                    exponent,
                    mantissa: [0; N],
                    error: inflated(error),
                };
            }
        }
        let bits = difference[N - 1].leading_zeros();
        if bits > 0 {
            for i in (1..N).rev() {
                difference[i] = (difference[i] << bits) | (difference[i - 1] >> (64 - bits));
            }
            difference[0] = (difference[0] << bits) | (low >> (64 - bits));
            low <<= bits;
            scale += i64::from(bits);
        }
        let exponent = x.exponent - scale;
        // The unit shrank by 2^scale; truncation of the guard is less than one new unit.
        let error = error * power_of_two(scale) + f64::from(u8::from(low != 0));
        Limbs {
            negative,
            exponent,
            mantissa: difference,
            error: inflated(error),
        }
    }
}

/// `limbs` shifted right by `bits` < 64, and the limb of the bits shifted out.
#[inline(always)]
fn shift_right<const N: usize>(limbs: &[u64; N], bits: u32) -> ([u64; N], u64) {
    if bits == 0 {
        return (*limbs, 0);
    }
    let mut shifted = [0; N];
    for i in 0..N - 1 {
        shifted[i] = (limbs[i] >> bits) | (limbs[i + 1] << (64 - bits));
    }
    shifted[N - 1] = limbs[N - 1] >> bits;
    (shifted, limbs[0] << (64 - bits))
}

/// `limbs` shifted right by 64 ≤ `distance` ≤ 64N bits, and the limb below the result's.
#[inline(never)]
fn shift_right_far<const N: usize>(limbs: &[u64; N], distance: i64) -> ([u64; N], u64) {
    let words = (distance / 64) as usize;
    let (part, _) = shift_right(limbs, (distance % 64) as u32);
    let mut shifted = [0; N];
    shifted[..N - words].copy_from_slice(&part[words..]);
    (shifted, part[words - 1])
}

/// Moves the limbs up until the top one is not 0, filling from `low`; the bits moved by.
#[cold]
fn move_up_whole_limbs<const N: usize>(limbs: &mut [u64; N], low: &mut u64) -> i64 {
    let mut moved = 0;
    for _ in 0..N {
        if limbs[N - 1] != 0 {
            break;
        }
        for i in (1..N).rev() {
            limbs[i] = limbs[i - 1];
        }
        limbs[0] = std::mem::take(low);
        moved += 64;
    }
    moved
}

/// Addition with carry on words; the standard library's own is not stable everywhere.
trait Carry: Sized {
    fn carrying_add_compat(self, other: Self, carry: bool) -> (Self, bool);
    fn borrowing_sub_compat(self, other: Self, borrow: bool) -> (Self, bool);
}

impl Carry for u64 {
    #[inline(always)]
    fn carrying_add_compat(self, other: Self, carry: bool) -> (Self, bool) {
        let (a, c) = self.overflowing_add(other);
        let (b, d) = a.overflowing_add(u64::from(carry));
        (b, c | d)
    }

    #[inline(always)]
    fn borrowing_sub_compat(self, other: Self, borrow: bool) -> (Self, bool) {
        let (a, c) = self.overflowing_sub(other);
        let (b, d) = a.overflowing_sub(u64::from(borrow));
        (b, c | d)
    }
}

/// # Soundness
/// Every operation computes the exact result of the midpoints up to truncation (less than
/// one unit, counted in `error` unless the dropped bits are 0), and adds the operands'
/// radii propagated through the operation, in f64 with each sum inflated by `UP`. A radius
/// that overflows is infinite, which encloses everything; one that underflows is `LEAST`.
impl<const N: usize> Number for Limbs<N> {
    type Context = ();

    /// The mantissa is |value|·2^k rounded towards zero, so the error is below one unit.
    fn constant(value: &Rational, (): ()) -> Self {
        if value.is_zero() {
            return Self::ZERO;
        }
        let (numerator, denominator) = (value.numer(), value.denom());
        let magnitude = Integer::from(numerator.abs_ref());
        // 2^(k−1) < |value| < 2^(k+1).
        let k = i64::from(magnitude.significant_bits()) - i64::from(denominator.significant_bits());
        let shift = i64::from(Self::BITS) + 1 - k;
        let (scaled, divisor) = if shift >= 0 {
            (magnitude << shift as u32, denominator.clone())
        } else {
            (magnitude, Integer::from(denominator << (-shift) as u32))
        };
        let (mut quotient, remainder) = scaled.div_rem(divisor);
        let mut inexact = !remainder.is_zero();
        let excess = i64::from(quotient.significant_bits()) - i64::from(Self::BITS);
        let dropped = Integer::from(quotient.keep_bits_ref(excess as u32));
        inexact |= !dropped.is_zero();
        quotient >>= excess as u32;
        let mut mantissa = [0u64; N];
        quotient.write_digits(&mut mantissa, Order::Lsf);
        Limbs {
            negative: numerator.cmp0() == Ordering::Less,
            exponent: i64::from(Self::BITS) + excess - shift,
            mantissa,
            error: f64::from(u8::from(inexact)),
        }
    }

    #[inline]
    fn add(&self, other: &Self) -> Self {
        if self.exponent < other.exponent {
            Self::add_aligned(other, other.negative, self, self.negative)
        } else {
            Self::add_aligned(self, self.negative, other, other.negative)
        }
    }

    #[inline]
    fn sub(&self, other: &Self) -> Self {
        if self.exponent < other.exponent {
            Self::add_aligned(other, !other.negative, self, self.negative)
        } else {
            Self::add_aligned(self, self.negative, other, !other.negative)
        }
    }

    /// With midpoints below 2^64N units: |xy − x̂ŷ| ≤ x̂·Ey + ŷ·Ex + Ex·Ey, which is at most
    /// Ex + Ey + Ex·Ey·2^−64N units of the unshifted product, and twice that if the product
    /// is shifted by one bit.
    #[inline]
    fn mul(&self, other: &Self) -> Self {
        let mut exponent = self.exponent + other.exponent;
        let mut error = self.error
            + other.error
            + self.error * other.error * power_of_two(-i64::from(Self::BITS));
        if self.midpoint_is_zero() || other.midpoint_is_zero() {
            if self.is_exact_zero() || other.is_exact_zero() {
                return Self::ZERO;
            }
            return Limbs {
                negative: false,
                exponent,
                mantissa: [0; N],
                error: inflated(error),
            };
        }
        let (mut high, low) = Self::product(&self.mantissa, &other.mantissa);
        let mut guard = low[N - 1];
        if high[N - 1] >> 63 == 0 {
            for i in (1..N).rev() {
                high[i] = (high[i] << 1) | (high[i - 1] >> 63);
            }
            high[0] = (high[0] << 1) | (guard >> 63);
            guard <<= 1;
            exponent -= 1;
            error *= 2.0;
        }
        let mut lost = guard;
        for limb in &low[..N - 1] {
            lost |= limb;
        }
        error += f64::from(u8::from(lost != 0));
        Limbs {
            negative: self.negative != other.negative,
            exponent,
            mantissa: high,
            error: inflated(error),
        }
    }

    #[inline]
    fn neg(&self) -> Self {
        Limbs {
            negative: !self.negative && !self.midpoint_is_zero(),
            ..*self
        }
    }

    #[inline]
    fn square(&self) -> Self {
        self.mul(self)
    }
}

#[cfg(test)]
mod tests;
