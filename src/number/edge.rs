//! The edge potential F(a) = ∫₂ᵃ ln(u−1)/u du = ln(a−1)·ln a + Li₂(1−a) + π²/12, a > 1.
//!
//! F(2) = 0, F decreases on (1, 2] and increases on [2, ∞) (`dynamics.md`, §0).

use rug::float::{Constant, Round};
use rug::ops::CompleteRound;
use rug::{Float, Rational};

use super::{Ball, Enclosure, Magnitude, Number, Undefined};

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
}
