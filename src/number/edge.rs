//! The edge potential F(a) = ∫₂ᵃ ln(u−1)/u du = ln(a−1)·ln a + Li₂(1−a) + π²/12, a > 1.
//!
//! F(2) = 0, F decreases on (1, 2] and increases on [2, ∞) (`dynamics.md`, §0).

use std::sync::OnceLock;

use rug::float::{Constant, Round};
use rug::ops::CompleteRound;
use rug::{Float, Integer, Rational};

use super::{Ball, Enclosure, Interval, Magnitude, Number, Undefined};

/// Bounds of F on [`lower`, `upper`], with about `precision` correct bits at each end.
///
/// # Soundness
/// By monotonicity the extreme values are at the ends, or 0 at an inner 2; F ≥ 0.
///
/// # Errors
/// [`Undefined::Domain`] if `lower` ≤ 1 or an end is not finite.
pub(super) fn bounds(
    lower: &Float,
    upper: &Float,
    precision: u32,
) -> Result<(Float, Float), Undefined> {
    if !lower.is_finite() || !upper.is_finite() || *lower <= 1 {
        return Err(Undefined::Domain);
    }
    let at_lower = value(lower, precision)?;
    let at_upper = if lower == upper {
        at_lower.clone()
    } else {
        value(upper, precision)?
    };
    let least = if *lower >= 2 {
        at_lower.lower_float(precision)
    } else if *upper <= 2 {
        at_upper.lower_float(precision)
    } else {
        Float::new(precision)
    };
    let largest = at_lower
        .upper_float(precision)
        .max(&at_upper.upper_float(precision));
    Ok((least.max(&Float::new(precision)), largest))
}

/// F at one point a > 1.
///
/// # Soundness
/// Near 2 by [`near_two`]; elsewhere the closed form in ball arithmetic. Its terms are of
/// size 1 and F is about (a − 2)²/4, so twice the bits of a − 2 are added to the precision.
fn value(a: &Float, precision: u32) -> Result<Ball, Undefined> {
    let distance = Ball::exact(a.clone()).sub(&Ball::exact(Float::with_val(precision, 2)));
    let Some(exponent) = distance.midpoint().get_exp() else {
        return Ok(distance);
    };
    let depth = u32::try_from(-i64::from(exponent)).unwrap_or(0);
    if depth > precision {
        return Ok(near_two(&distance.with_precision(precision + 16)));
    }
    let working = precision + 2 * depth + 32;
    let a = Ball::exact(a.clone()).with_precision(working.max(a.prec()));
    let one = Ball::constant(&Rational::from(1), working);
    let less_one = a.sub(&one);
    let (pi, order) = Float::with_val_round(working, Constant::Pi, Round::Nearest);
    let zeta = Ball::rounded(pi, order, Magnitude::ZERO)
        .square()
        .div(&Ball::constant(&Rational::from(12), working))?;
    Ok(less_one
        .log()?
        .mul(&a.log()?)
        .add(&dilogarithm(&less_one.neg()))
        .add(&zeta))
}

/// Li₂ of a ball of arguments below 1, where it is real and increasing.
fn dilogarithm(x: &Ball) -> Ball {
    let precision = x.precision();
    let lower = x
        .lower_float(precision + 32)
        .li2_ref()
        .complete_round(precision, Round::Down)
        .0;
    let upper = x
        .upper_float(precision + 32)
        .li2_ref()
        .complete_round(precision, Round::Up)
        .0;
    Ball::from_float_ends(&lower, &upper, precision)
}

/// F(2 + x) for 0 < |x| ≤ 1/2.
///
/// # Soundness
/// For 0 ≤ x ≤ 1, x²/4 − x³/6 ≤ F(2 + x) ≤ x²/4, from v − v²/2 ≤ ln(1 + v) ≤ v and
/// 1/2 − v/4 ≤ 1/(2 + v) ≤ 1/2. For 0 ≤ y = −x ≤ 1/2, F(2 − y) = ∫₀ʸ −ln(1−v)/(2−v) dv with
/// v ≤ −ln(1−v) ≤ v + v² and 1/2 ≤ 1/(2−v) ≤ (1 + v)/2, and (v + v²)(1 + v) ≤ v + 3v²:
/// y²/4 ≤ F(2 − y) ≤ y²/4 + y³/2. So F(2 + x) is within |x|³/2 of x²/4.
fn near_two(x: &Ball) -> Ball {
    let quarter = Ball::constant(&Rational::from((1, 4)), x.precision());
    let size = x.magnitude();
    let error = size.mul(size).mul(size).mul_pow2(-1);
    x.square().mul(&quarter).widened(error)
}

/// Terms of [`series`].
const TERMS: u32 = 18;

/// Largest a for [`series`]: (ln a/2π)² < 1/9 there.
const SERIES_TO: f64 = 8.0;

/// Distance from 2 up to which [`near_series`] is used: F(2 + x) is about x²/4, so the absolute
/// error 2⁻⁵¹ of [`series`] is too much there.
const NEAR: f64 = 1.0 / 32.0;

/// F on an f64 interval by a series, where that is accurate; else `None`.
///
/// # Soundness
/// As [`bounds`]: the ends decide, and 0 if 2 is inside.
pub(super) fn fast(a: &Interval) -> Option<Interval> {
    let (lower, upper) = (a.lower_f64(), a.upper_f64());
    let usable = |x: f64| x > 1.0 && x <= SERIES_TO;
    if a.lower().1 != 0 || !usable(lower) || !usable(upper) {
        return None;
    }
    let at = |x: f64| {
        let a = Interval::from_bounds(x, x, 0);
        if (x - 2.0).abs() <= NEAR {
            Some(near_series(&a))
        } else {
            series(&a)
        }
    };
    let mut result = at(lower)?;
    if lower != upper {
        result = result.hull(&at(upper)?);
    }
    if lower < 2.0 && upper > 2.0 {
        result = result.hull(&Interval::constant(&Rational::new(), ()));
    }
    Some(result)
}

/// F(a) for 1 < a ≤ 8.
///
/// # Soundness
/// With L = ln a: Li₂(1 − a) = −L − L²/4 − L·Σ_{k≥1} B₂ₖ/(2k+1)!·L²ᵏ (from
/// Li₂(z) = Σ Bₙuⁿ⁺¹/(n+1)!, u = −ln(1 − z)). |B₂ₖ|/(2k)! ≤ 2ζ(2)/(2π)²ᵏ < 4/(2π)²ᵏ, so with
/// q = (L/2π)² < 1/9 the terms beyond K are below 4q^(K+1)/(1 − q) < 5·9^−(K+1) in all.
fn series(a: &Interval) -> Option<Interval> {
    static CONSTANTS: OnceLock<Series> = OnceLock::new();
    let known = CONSTANTS.get_or_init(Series::new);
    let log = a.log().ok()?;
    let square = log.square();
    let mut sum = known.zero;
    for c in known.coefficients.iter().rev() {
        sum = sum.add(c).mul(&square);
    }
    let sum = sum
        .add(&known.tail)
        .add(&known.one)
        .add(&log.mul(&known.quarter));
    let product = a.sub(&known.one).log().ok()?.mul(&log);
    Some(product.sub(&log.mul(&sum)).add(&known.zeta))
}

/// F(2 + x) for |x| ≤ 1/32, with good relative accuracy.
///
/// # Soundness
/// ln(1 + v)/(2 + v) = Σ_{k≥1} cₖvᵏ with cₖ = (−1)^(k+1)·Σ_{m=1..k} 1/(m·2^(k−m+1)), the product
/// of the two series, so F(2 + x) = x²·Σ_{k≥1} cₖx^(k−1)/(k + 1). As |cₖ| ≤ 1, the terms beyond
/// K add less than |x|ᴷ/(1 − |x|) ≤ 2^(1 − 5K) to the sum.
fn near_series(a: &Interval) -> Interval {
    static CONSTANTS: OnceLock<Vec<Interval>> = OnceLock::new();
    let coefficients = CONSTANTS.get_or_init(|| {
        near_coefficients()
            .iter()
            .map(|c| Interval::constant(c, ()))
            .collect()
    });
    let x = a.sub(&Interval::from_bounds(2.0, 2.0, 0));
    let tail = 2f64.powi(1 - 5 * NEAR_TERMS as i32);
    let mut sum = Interval::from_bounds(-tail, tail, 0);
    for (k, c) in coefficients.iter().enumerate().rev() {
        sum = if k + 1 == coefficients.len() {
            sum.add(c)
        } else {
            sum.mul(&x).add(c)
        };
    }
    x.square().mul(&sum)
}

/// Terms of [`near_series`].
const NEAR_TERMS: u32 = 13;

/// cₖ/(k + 1) for k = 1, …, [`NEAR_TERMS`].
fn near_coefficients() -> Vec<Rational> {
    let one = |k: u32| {
        let sum: Rational = (1..=k).map(|m| Rational::from((1, m)) >> (k - m + 1)).sum();
        let sign = if k % 2 == 1 { 1 } else { -1 };
        sum * sign / (k + 1)
    };
    (1..=NEAR_TERMS).map(one).collect()
}

/// The constants of [`series`].
struct Series {
    coefficients: Vec<Interval>,
    tail: Interval,
    zero: Interval,
    quarter: Interval,
    one: Interval,
    /// π²/12.
    zeta: Interval,
}

impl Series {
    fn new() -> Self {
        let constant = |n: i64, d: i64| Interval::constant(&Rational::from((n, d)), ());
        let tail = 5.0 * 9f64.powi(-(TERMS as i32));
        Series {
            coefficients: coefficients()
                .iter()
                .map(|c| Interval::constant(c, ()))
                .collect(),
            tail: Interval::from_bounds(-tail, tail, 0),
            zero: constant(0, 1),
            quarter: constant(1, 4),
            one: constant(1, 1),
            zeta: Interval::zeta2_half(),
        }
    }
}

/// B₂ₖ/(2k + 1)! for k = 1, …, [`TERMS`].
fn coefficients() -> Vec<Rational> {
    let last = 2 * TERMS as usize;
    // Σ_{j<n} C(n, j)·Bⱼ = 0 for n ≥ 2.
    let mut bernoulli = vec![Rational::from(1)];
    for n in 1..=last as u32 {
        let sum: Rational = bernoulli
            .iter()
            .enumerate()
            .map(|(j, b)| Rational::from(b * Integer::from(n + 1).binomial(j as u32)))
            .sum();
        bernoulli.push(-sum / (n + 1));
    }
    (1..=TERMS as usize)
        .map(|k| {
            Rational::from(&bernoulli[2 * k] / Integer::from(Integer::factorial(2 * k as u32 + 1)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `outer` contains `inner`, which is much narrower than it.
    fn contains(outer: &Ball, inner: &Ball) -> bool {
        let [low, high] = [inner.lower_float(2000), inner.upper_float(2000)];
        outer.lower_float(2000) <= low && high <= outer.upper_float(2000)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

        /// Coarse dilogarithms contain the fine one of the same exact argument.
        #[test]
        fn dilogarithms_nest(n in -1_000_000..1000i32, bits in 4..60u32) {
            let x = Ball::exact(Float::with_val(bits, Float::with_val(64, n) / 1024));
            let fine = dilogarithm(&x.with_precision(400));
            prop_assert!(fine.relative_accuracy_bits() > 380);
            prop_assert!(contains(&dilogarithm(&x), &fine));
        }

        /// The series bound near 2 contains the closed form, also where it is not used.
        #[test]
        fn series_contains_closed_form(n in -512..512i32, k in 0..60i32) {
            let x: Float = Float::with_val(64, n) >> (10 + k);
            let a = Float::with_val(200, &x + 2);
            let fine = value(&a, 500).unwrap();
            prop_assert!(contains(&near_two(&Ball::exact(x)), &fine));
        }

        /// Values at all precisions contain the fine one.
        #[test]
        fn values_nest(n in 1..4000i32, k in 0..40i32, precision in 8..200u32) {
            let a = Float::with_val(80, 1) + (Float::with_val(80, n) >> k);
            let fine = value(&a, 600).unwrap();
            prop_assert!(contains(&value(&a, precision).unwrap(), &fine));
        }
    }

    /// The series encloses F, and closely: the closed form at 200 bits decides.
    #[test]
    fn the_series_agrees_with_the_closed_form() {
        for k in 1..700 {
            let x = 1.0 + f64::from(k) / 100.0;
            let point = Interval::from_bounds(x, x, 0);
            let Some(fast) = fast(&point) else { continue };
            let a = Float::with_val(53, x);
            let (lower, upper) = bounds(&a, &a, 200).expect("in the domain");
            let inside = |end: Float| fast.contains(&end.to_rational().expect("finite"));
            assert!(inside(lower) && inside(upper), "F({x}): {fast:?}");
            assert!(
                fast.upper_f64() - fast.lower_f64() < 1e-14,
                "F({x}): {fast:?}"
            );
        }
    }

    /// Known Bernoulli numbers: B₂ = 1/6, B₄ = −1/30, B₁₂ = −691/2730.
    #[test]
    fn coefficients_are_bernoulli_numbers() {
        let c = coefficients();
        assert_eq!(c[0], Rational::from((1, 36)));
        assert_eq!(c[1], Rational::from((-1, 3600)));
        let factorial = Integer::from(Integer::factorial(13));
        assert_eq!(
            Rational::from(&c[5] * factorial),
            Rational::from((-691, 2730))
        );
    }

    /// Near 2 the relative accuracy is kept.
    #[test]
    fn the_near_series_agrees_with_the_closed_form() {
        for k in -60i32..60 {
            let x = f64::from(k.signum()) * 2f64.powf(-5.0 - f64::from(k.abs()) / 2.0);
            let a = 2.0 + x;
            let fast = fast(&Interval::from_bounds(a, a, 0)).expect("usable");
            let a = Float::with_val(53, a);
            let (lower, upper) = bounds(&a, &a, 200).expect("in the domain");
            let inside = |end: Float| fast.contains(&end.to_rational().expect("finite"));
            assert!(inside(lower) && inside(upper), "F({a}): {fast:?}");
            assert!(fast.relative_width() < 1e-14, "F({a}): {fast:?}");
        }
    }

    #[test]
    fn wide_intervals_reach_the_minimum() {
        let wide = fast(&Interval::from_bounds(1.5, 2.5, 0)).expect("usable");
        assert!(wide.contains_zero());
        assert!(
            fast(&Interval::from_bounds(1.5, 2.0, 0))
                .expect("usable")
                .contains_zero()
        );
        assert!(fast(&Interval::from_bounds(0.9, 1.5, 0)).is_none());
    }
}
