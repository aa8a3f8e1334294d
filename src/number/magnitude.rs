//! Upper bounds of non-negative numbers, with an exponent range that does not run out.

use std::cmp::Ordering;

use rug::float::Round;
use rug::{Assign, Float};

/// A bound m·2^e with m ∈ [1, 2), or 0, or infinity (nothing is known).
///
/// A magnitude is an exact number that bounds another one from above; every operation
/// rounds up. The bounds from below that a quotient needs have `lower` in their names.
///
/// # Soundness
/// The f64 operations on mantissas round to nearest. Sums and products of mantissas are in
/// [1, 8), far from overflow and underflow, so the exact result is at most half a last
/// place above the rounded one, and [`f64::next_up`] of the rounded one is above it.
/// Exponents stay within ±2⁶⁰, so sums of two of them cannot overflow: what would exceed
/// them becomes infinite, and what would fall below them becomes 2^(−2⁶⁰), both upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Magnitude {
    mantissa: f64,
    exponent: i64,
}

const LARGEST_EXPONENT: i64 = 1 << 60;

/// 2^k for −1022 ≤ k ≤ 1023.
#[inline]
pub(crate) fn exact_power_of_two(k: i64) -> f64 {
    debug_assert!((-1022..=1023).contains(&k));
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// `x` as m·2^e with |m| ∈ [1, 2), exactly; (x, 0) for 0, infinities and NaN.
#[inline]
pub(crate) fn split(x: f64) -> (f64, i64) {
    const EXPONENT_BITS: u64 = 0x7ff << 52;
    let bits = x.to_bits();
    let biased = (bits & EXPONENT_BITS) >> 52;
    match biased {
        0x7ff => (x, 0),
        0 if x == 0.0 => (x, 0),
        0 => {
            // Subnormal: 2⁶⁴ x is normal and exact.
            let (m, e) = split(x * exact_power_of_two(64));
            (m, e - 64)
        }
        _ => {
            let mantissa = f64::from_bits((bits & !EXPONENT_BITS) | (1023 << 52));
            (mantissa, biased as i64 - 1023)
        }
    }
}

#[allow(clippy::should_implement_trait)]
impl Magnitude {
    /// 0, the bound of an exact number's error.
    pub const ZERO: Self = Magnitude {
        mantissa: 0.0,
        exponent: 0,
    };

    /// No bound at all.
    pub const INFINITE: Self = Magnitude {
        mantissa: f64::INFINITY,
        exponent: 0,
    };

    /// From m·2^e with m ≥ 0 and |e| ≤ 2⁶¹, exactly where the exponent range allows.
    #[inline]
    fn normalised(mantissa: f64, exponent: i64) -> Self {
        let (m, shift) = split(mantissa);
        let e = exponent + shift;
        if m == 0.0 {
            Self::ZERO
        } else if m.is_infinite() || e > LARGEST_EXPONENT {
            Self::INFINITE
        } else if e < -LARGEST_EXPONENT {
            Magnitude {
                mantissa: 1.0,
                exponent: -LARGEST_EXPONENT,
            }
        } else {
            Magnitude {
                mantissa: m,
                exponent: e,
            }
        }
    }

    /// |x|, exactly; infinite for a NaN.
    #[inline]
    pub fn from_f64(x: f64) -> Self {
        if x.is_nan() {
            Self::INFINITE
        } else {
            Self::normalised(x.abs(), 0)
        }
    }

    /// |x| rounded up to 53 bits; infinite for a NaN.
    #[inline]
    pub fn from_float(x: &Float) -> Self {
        let (m, e) = x.to_f64_exp_round(Round::AwayZero);
        Self::from_f64(m).mul_pow2(i64::from(e))
    }

    /// A number that is not above |x|: |x| rounded down to 53 bits, 0 for a NaN or infinity.
    #[inline]
    pub(crate) fn lower_of_float(x: &Float) -> Self {
        if !x.is_finite() {
            return Self::ZERO;
        }
        let (m, e) = x.to_f64_exp_round(Round::Zero);
        Self::from_f64(m).mul_pow2(i64::from(e))
    }

    /// 2^k.
    #[inline]
    pub fn pow2(k: i64) -> Self {
        Self::normalised(1.0, k.clamp(-2 * LARGEST_EXPONENT, 2 * LARGEST_EXPONENT))
    }

    /// Is it 0?
    #[inline]
    pub fn is_zero(&self) -> bool {
        self.mantissa == 0.0
    }

    /// Is it a bound at all?
    #[inline]
    pub fn is_finite(&self) -> bool {
        self.mantissa.is_finite()
    }

    /// ⌊log₂⌋ of a positive finite magnitude; `None` for 0 and infinity.
    #[inline]
    pub fn exponent(&self) -> Option<i64> {
        (!self.is_zero() && self.is_finite()).then_some(self.exponent)
    }

    /// An upper bound of the sum.
    ///
    /// # Soundness
    /// With exponents e₁ ≥ e₂ the sum is (m₁ + m₂·2^(e₂−e₁))·2^e₁. Down to 2⁻²⁰⁰ the scaling
    /// is exact; a smaller term is below the last place of m₁, which `next_up` adds.
    #[inline]
    pub fn add(self, other: Self) -> Self {
        if other.is_zero() {
            return self;
        }
        if self.is_zero() {
            return other;
        }
        if !self.is_finite() || !other.is_finite() {
            return Self::INFINITE;
        }
        let (large, small) = if self.exponent >= other.exponent {
            (self, other)
        } else {
            (other, self)
        };
        let shift = (small.exponent - large.exponent).max(-200);
        let sum = large.mantissa + small.mantissa * exact_power_of_two(shift);
        Self::normalised(sum.next_up(), large.exponent)
    }

    /// An upper bound of the product; 0 times infinity is infinity.
    #[inline]
    pub fn mul(self, other: Self) -> Self {
        if !self.is_finite() || !other.is_finite() {
            return Self::INFINITE;
        }
        if self.is_zero() || other.is_zero() {
            return Self::ZERO;
        }
        let product = (self.mantissa * other.mantissa).next_up();
        Self::normalised(product, self.exponent + other.exponent)
    }

    /// An upper bound of |x| times it.
    #[inline]
    pub fn mul_f64(self, x: f64) -> Self {
        self.mul(Self::from_f64(x))
    }

    /// Times 2^k, exactly.
    #[inline]
    pub fn mul_pow2(self, k: i64) -> Self {
        Self::normalised(
            self.mantissa,
            self.exponent + k.clamp(-LARGEST_EXPONENT, LARGEST_EXPONENT),
        )
    }

    /// An upper bound of self/x for every x ≥ `lower`; infinite where `lower` is 0.
    #[inline]
    pub(crate) fn div_lower(self, lower: Self) -> Self {
        if !self.is_finite() || !lower.is_finite() || lower.is_zero() {
            return Self::INFINITE;
        }
        if self.is_zero() {
            return Self::ZERO;
        }
        let quotient = (self.mantissa / lower.mantissa).next_up();
        Self::normalised(quotient, self.exponent - lower.exponent)
    }

    /// A lower bound of max(self − other, 0); 0 where `other` is infinite.
    ///
    /// # Soundness
    /// As [`Magnitude::add`], with `next_down`. A subtrahend below 2⁻²⁰⁰ of the minuend is
    /// less than what `next_down` takes away. A difference of mantissas is 0 or at least
    /// 2⁻²⁵², so it neither underflows nor becomes negative by `next_down`.
    #[inline]
    pub(crate) fn sub_lower(self, other: Self) -> Self {
        if other.is_zero() {
            return self;
        }
        if !self.is_finite() || self.compare(other) != Ordering::Greater {
            return Self::ZERO;
        }
        let shift = (other.exponent - self.exponent).max(-200);
        let difference = self.mantissa - other.mantissa * exact_power_of_two(shift);
        if difference <= 0.0 {
            return Self::ZERO;
        }
        let lower = difference.next_down();
        let (m, e) = split(lower);
        if self.exponent + e < -LARGEST_EXPONENT {
            return Self::ZERO;
        }
        Magnitude {
            mantissa: m,
            exponent: self.exponent + e,
        }
    }

    /// The exact order.
    #[inline]
    pub fn compare(self, other: Self) -> Ordering {
        let rank = |x: &Self| {
            if x.is_zero() {
                i64::MIN
            } else if x.is_finite() {
                x.exponent
            } else {
                i64::MAX
            }
        };
        rank(&self)
            .cmp(&rank(&other))
            .then(self.mantissa.total_cmp(&other.mantissa))
    }

    /// The larger of both.
    #[inline]
    pub fn max(self, other: Self) -> Self {
        if self.compare(other) == Ordering::Less {
            other
        } else {
            self
        }
    }

    /// Rounded up to a plain f64: infinite beyond its range, positive for a positive one.
    #[inline]
    pub fn to_f64(self) -> f64 {
        if self.exponent > 1023 {
            f64::INFINITY
        } else if self.exponent >= -1022 {
            self.mantissa * exact_power_of_two(self.exponent)
        } else {
            // Subnormal or below: scale in two steps, the first exact, the second up.
            let low = (self.exponent + 1022).max(-100);
            (self.mantissa * exact_power_of_two(low) * exact_power_of_two(-1022)).next_up()
        }
    }

    /// As a float, exactly; rounded up where it leaves the float's exponent range.
    pub(crate) fn to_float(self) -> Float {
        shifted(
            &Float::with_val(53, self.mantissa),
            self.exponent,
            Round::Up,
        )
    }
}

/// `x`·2^k, exact where the float's exponent range allows; an underflow is rounded in the
/// direction `round` (down or up), an overflow becomes infinite.
pub(crate) fn shifted(x: &Float, k: i64, round: Round) -> Float {
    const STEP: i64 = 1 << 30;
    let mut result = x.clone();
    // Three steps leave the range of exponents whatever `x` is.
    let mut left = k.clamp(-4 * STEP, 4 * STEP);
    while left != 0 {
        let part = left.clamp(-STEP, STEP);
        result <<= part as i32;
        left -= part;
    }
    let underflow = !x.is_zero() && result.get_exp().is_none_or(|e| e <= rug::float::exp_min());
    if underflow && !result.is_infinite() {
        // Nearest rounding may have gone either way: take 0 or the second-least float.
        let away = if x.is_sign_negative() {
            Round::Down
        } else {
            Round::Up
        };
        result.assign(i32::from(round == away));
        result <<= rug::float::exp_min();
        if x.is_sign_negative() {
            result = -result;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rug::Rational;

    use super::*;

    /// The exact value; magnitudes of the tests are finite and not astronomical.
    fn exact(x: Magnitude) -> Rational {
        Rational::from_f64(x.mantissa).unwrap() << x.exponent as i32
    }

    fn magnitude() -> impl Strategy<Value = Magnitude> {
        let mantissa = prop_oneof![
            1 => Just(0.0),
            2 => (0..64u32).prop_map(f64::from),
            4 => any::<f64>().prop_filter("finite", |x| x.is_finite()),
        ];
        let shift = prop_oneof![3 => -80..80i64, 1 => -3000..3000i64];
        (mantissa, shift).prop_map(|(m, k)| Magnitude::from_f64(m).mul_pow2(k))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5000) })]

        #[test]
        fn operations_bound(x in magnitude(), y in magnitude()) {
            let (p, q) = (exact(x), exact(y));
            // Above the exact result, by a few last places at most.
            let bounds = |bound: Magnitude, truth: &Rational| {
                let bound = exact(bound);
                bound >= *truth && Rational::from(&bound - truth) <= Rational::from(truth >> 50)
            };
            prop_assert!(bounds(x.add(y), &Rational::from(&p + &q)));
            prop_assert!(bounds(x.mul(y), &Rational::from(&p * &q)));
            prop_assert!(bounds(x.mul_f64(-1.5), &(p.clone() * Rational::from((3, 2)))));
            prop_assert_eq!(x.compare(y), p.cmp(&q));
            prop_assert_eq!(exact(x.max(y)), p.clone().max(q.clone()));
            prop_assert_eq!(exact(x.mul_pow2(-7)), Rational::from(&p >> 7));
            if q != 0 {
                prop_assert!(bounds(x.div_lower(y), &Rational::from(&p / &q)));
            } else {
                prop_assert!(!x.div_lower(y).is_finite());
            }
            let difference = Rational::from(&p - &q).max(Rational::new());
            let lower = exact(x.sub_lower(y));
            prop_assert!(lower <= difference && lower >= 0);
            prop_assert!(Rational::from(&difference - &lower) <= p.clone() >> 50);
        }

        #[test]
        fn conversions_bound(x in magnitude(), precision in 2..120u32) {
            let plain = x.to_f64();
            prop_assert!(plain.is_infinite() || Rational::from_f64(plain).unwrap() >= exact(x));
            prop_assert!(plain > 0.0 || x.is_zero());
            prop_assert_eq!(x.to_float().to_rational().unwrap(), exact(x));
            let (float, _) = Float::with_val_round(precision, exact(x), Round::Nearest);
            let value = float.to_rational().unwrap();
            prop_assert!(exact(Magnitude::from_float(&-float.clone())) >= value);
            prop_assert!(exact(Magnitude::lower_of_float(&-float)) <= value);
        }

        /// Floats of more bits than a magnitude has: any bits, few bits, all of them.
        #[test]
        fn long_floats_are_bounded(
            random in any::<u128>(), kind in 0..4u8, i in 0..127u32, k in -2000..2000i32,
        ) {
            let bits = match kind {
                0 | 1 => random | 1 << 127,
                2 => 1 << 127 | 1 << i,
                _ => u128::MAX << i.min(80),
            };
            let float: Float = Float::with_val(128, bits) << k;
            let truth = float.to_rational().unwrap();
            for float in [Float::with_val(128, -&float), float] {
                let above = exact(Magnitude::from_float(&float));
                let below = exact(Magnitude::lower_of_float(&float));
                prop_assert!(below <= truth && truth <= above);
                prop_assert!(Rational::from(&above - &below) <= Rational::from(&truth >> 52u32));
            }
        }

        /// Terms that count for less than a last place are still counted.
        #[test]
        fn small_terms_are_counted(m in 1.0..2.0f64, n in 1.0..2.0f64, k in 30..400i64) {
            let (large, small) = (Magnitude::from_f64(m), Magnitude::from_f64(n).mul_pow2(-k));
            let (p, q) = (exact(large), exact(small));
            prop_assert!(exact(large.add(small)) >= Rational::from(&p + &q));
            prop_assert!(exact(small.add(large)) >= Rational::from(&p + &q));
            prop_assert!(exact(large.sub_lower(small)) <= Rational::from(&p - &q));
            prop_assert!(small.sub_lower(large).is_zero() && large.sub_lower(large).is_zero());
            prop_assert_eq!(large.max(small), large);
            prop_assert_eq!(small.max(large), large);
        }

        /// Beyond the range of f64 the bound is infinite, or the least one there is.
        #[test]
        fn plain_bounds_are_close(m in 1.0..2.0f64, k in -1200..1100i64) {
            let x = Magnitude::from_f64(m).mul_pow2(k);
            let plain = x.to_f64();
            prop_assert_eq!(plain.is_infinite(), k > 1023);
            if k <= 1023 {
                let (bound, truth) = (Rational::from_f64(plain).unwrap(), exact(x));
                let least = Rational::from(1) >> 1073;
                prop_assert!(bound >= truth && (bound == truth || bound <= truth + least));
                prop_assert!(k < -1022 || plain == m * exact_power_of_two(k));
            }
        }

        #[test]
        fn plain_floats_are_taken_exactly(x in any::<f64>()) {
            let bound = Magnitude::from_f64(x);
            if x.is_finite() {
                prop_assert_eq!(exact(bound), Rational::from_f64(x.abs()).unwrap());
            } else {
                prop_assert!(!bound.is_finite());
            }
        }

        /// Scaling of floats, exact and at the end of the exponent range.
        #[test]
        fn shifts_are_outward(m in -100..100i32, k in -3000..3000i64) {
            let x = Float::with_val(20, m);
            let truth = Rational::from(m) << k as i32;
            prop_assert_eq!(shifted(&x, k, Round::Down).to_rational().unwrap(), truth);
            let least = i64::from(rug::float::exp_min());
            let (down, up) =
                (shifted(&x, least - 40, Round::Down), shifted(&x, least - 40, Round::Up));
            prop_assert_eq!(down.cmp0().unwrap(), m.min(0).cmp(&0));
            prop_assert_eq!(up.cmp0().unwrap(), m.max(0).cmp(&0));
        }
    }

    #[test]
    fn subnormal_numbers_are_split_exactly() {
        for bits in [1u64, 3, 1 << 51, (1 << 52) - 1, 1 << 52, (1 << 52) + 1] {
            let x = f64::from_bits(bits);
            let (m, e) = split(x);
            assert!((1.0..2.0).contains(&m) && e >= -1074);
            assert_eq!(
                Rational::from_f64(m).unwrap() << e as i32,
                Rational::from_f64(x).unwrap()
            );
            assert_eq!(
                exact(Magnitude::from_f64(-x)),
                Rational::from_f64(x).unwrap()
            );
        }
        assert_eq!(split(0.0), (0.0, 0));
        assert_eq!(exact_power_of_two(-1022), f64::MIN_POSITIVE);
    }

    /// Nothing leaves the range of exponents downwards.
    #[test]
    fn exponents_end_on_the_right_side() {
        let (largest, least) = (
            Magnitude::pow2(LARGEST_EXPONENT),
            Magnitude::pow2(-LARGEST_EXPONENT),
        );
        assert!(!largest.mul_pow2(1).is_finite() && largest.mul_pow2(0).is_finite());
        assert_eq!(least.mul_pow2(-1).exponent(), Some(-LARGEST_EXPONENT));
        assert_eq!(least.mul_pow2(1).exponent(), Some(1 - LARGEST_EXPONENT));
        assert!(!largest.add(largest).is_finite() && !largest.mul(largest).is_finite());
        assert_eq!(least.mul(least).exponent(), Some(-LARGEST_EXPONENT));
        assert_eq!(least.div_lower(largest).exponent(), Some(-LARGEST_EXPONENT));
        assert!(!largest.div_lower(least).is_finite());
        // Half of the least number has no lower bound but 0.
        let more = Magnitude::from_f64(1.5).mul_pow2(-LARGEST_EXPONENT);
        assert!(more.sub_lower(least).is_zero());
        assert!(least.sub_lower(Magnitude::INFINITE).is_zero());
        assert_eq!(Magnitude::INFINITE.compare(largest), Ordering::Greater);
        assert_eq!(Magnitude::ZERO.compare(least), Ordering::Less);
        assert!(!Magnitude::INFINITE.div_lower(largest).is_finite());
        assert!(!largest.div_lower(Magnitude::ZERO).is_finite());
        assert!(!largest.div_lower(Magnitude::INFINITE).is_finite());
        assert!(Magnitude::ZERO.div_lower(least).is_zero());
        let nan = Float::with_val(53, rug::float::Special::Nan);
        assert!(!Magnitude::from_float(&nan).is_finite());
        assert!(Magnitude::lower_of_float(&nan).is_zero());
        assert_eq!(
            (least.exponent(), Magnitude::ZERO.exponent()),
            (Some(-LARGEST_EXPONENT), None)
        );
        assert_eq!(Magnitude::INFINITE.exponent(), None);
    }

    #[test]
    fn extreme_exponents_stay_bounds() {
        let mut large = Magnitude::pow2(LARGEST_EXPONENT);
        let mut small = Magnitude::pow2(-LARGEST_EXPONENT);
        assert!(large.is_finite() && !small.is_zero());
        for _ in 0..3 {
            large = large.mul(large);
            small = small.mul(small);
        }
        assert!(!large.is_finite());
        assert!(!small.is_zero() && small.to_f64() > 0.0 && small.to_float() > 0);
        assert!(!Magnitude::pow2(i64::MAX).is_finite() && !Magnitude::pow2(i64::MIN).is_zero());
        assert!(!Magnitude::INFINITE.mul(Magnitude::ZERO).is_finite());
        assert!(!Magnitude::ZERO.add(Magnitude::INFINITE).is_finite());
        assert!(Magnitude::pow2(5).sub_lower(Magnitude::INFINITE).is_zero());
        let infinite = Float::with_val(53, rug::float::Special::Infinity);
        assert!(!Magnitude::from_float(&infinite).is_finite());
        assert!(Magnitude::lower_of_float(&infinite).is_zero());
    }
}
