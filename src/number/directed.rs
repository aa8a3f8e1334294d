//! Directed rounding of f64 operations without touching the rounding mode.
//!
//! The hardware rounds to nearest; an error-free transformation gives the sign of the
//! rounding error, and a result on the wrong side moves by one last place. The results are
//! the correctly rounded ones.

use super::magnitude::exact_power_of_two;

/// A pair (rounded down, rounded up).
pub(super) type Bounds = (f64, f64);

/// Below this size an error term might underflow.
const SMALLEST: f64 = f64::from_bits((1023 - 900) << 52);

/// Sizes up to this keep every intermediate result finite.
const LARGEST: f64 = f64::from_bits((1023 + 900) << 52);

/// Is `x` 0 or of a size at which error terms of products and quotients are exact?
#[inline(always)]
fn safe(x: f64) -> bool {
    x == 0.0 || (SMALLEST..=LARGEST).contains(&x.abs())
}

#[inline(always)]
fn down(rounded: f64, error: f64) -> f64 {
    if error < 0.0 {
        rounded.next_down()
    } else {
        rounded
    }
}

#[inline(always)]
fn up(rounded: f64, error: f64) -> f64 {
    if error > 0.0 {
        rounded.next_up()
    } else {
        rounded
    }
}

/// s and e with s + e = a + b exactly, s rounded to nearest (Knuth's TwoSum; exact for all
/// finite operands whose sum does not overflow, subnormal ones included).
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let b_part = s - a;
    let a_part = s - b_part;
    (s, (a - a_part) + (b - b_part))
}

/// a + c rounded down and b + d rounded up. Without meaning if a sum is not finite.
#[inline(always)]
pub(super) fn add((a, b): Bounds, (c, d): Bounds) -> Bounds {
    let (low, low_error) = two_sum(a, c);
    let (high, high_error) = two_sum(b, d);
    (down(low, low_error), up(high, high_error))
}

/// a·c rounded down and b·d rounded up; `None` where an error term may not be exact.
///
/// # Soundness
/// The fused multiply-add gives ab − p, which is a float where |p| is above 2⁻⁹⁰⁰: its last
/// bit is at least 2⁻¹⁰⁶ of p.
#[inline(always)]
pub(super) fn mul((a, c): Bounds, (b, d): Bounds) -> Option<Bounds> {
    let (low, high) = (a * c, b * d);
    let exact = |p: f64, x: f64, y: f64| safe(p) && (p != 0.0 || x == 0.0 || y == 0.0);
    if !(exact(low, a, c) && exact(high, b, d)) {
        return None;
    }
    Some((down(low, a.mul_add(c, -low)), up(high, b.mul_add(d, -high))))
}

/// a/c rounded down and b/d rounded up; `None` where an error term may not be exact, or a
/// divisor is 0.
///
/// # Soundness
/// The remainder a − qc is a float (for q rounded to nearest, without underflow), and the
/// quotient is q plus the remainder over c.
#[inline(always)]
pub(super) fn div((a, c): Bounds, (b, d): Bounds) -> Option<Bounds> {
    let (low, high) = (a / c, b / d);
    let exact = |q: f64, x: f64, y: f64| safe(q) && safe(x) && safe(y) && (q != 0.0 || x == 0.0);
    if c == 0.0 || d == 0.0 || !(exact(low, a, c) && exact(high, b, d)) {
        return None;
    }
    let error = |q: f64, x: f64, y: f64| (-q).mul_add(y, x) * y.signum();
    Some((down(low, error(low, a, c)), up(high, error(high, b, d))))
}

/// The ends times 2^k, exactly; `None` where that is not a plain product of normal floats.
#[inline]
pub(super) fn scale((low, high): Bounds, k: i64) -> Option<Bounds> {
    const RANGE: std::ops::RangeInclusive<f64> =
        f64::from_bits((1023 - 500) << 52)..=f64::from_bits((1023 + 500) << 52);
    let plain = |x: f64| x == 0.0 || RANGE.contains(&x.abs());
    if !(-500..=500).contains(&k) || !plain(low) || !plain(high) {
        return None;
    }
    let factor = exact_power_of_two(k);
    Some((low * factor, high * factor))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rug::Rational;

    use super::*;

    fn exact(x: f64) -> Rational {
        Rational::from_f64(x).unwrap()
    }

    /// The bounds of one number by `f`, against the exact one: enclosed and adjacent.
    fn check(bounds: Option<Bounds>, truth: &Rational) -> Result<(), TestCaseError> {
        let Some((low, high)) = bounds else {
            return Ok(());
        };
        prop_assert!(exact(low) <= *truth && *truth <= exact(high));
        prop_assert!(low == high || low.next_up() == high);
        prop_assert!(low != high || exact(low) == *truth);
        Ok(())
    }

    fn finite() -> impl Strategy<Value = f64> {
        let special = prop::sample::select(vec![
            0.0,
            -0.0,
            1.0,
            -1.0,
            1.5,
            f64::MIN_POSITIVE,
            5e-324,
            f64::EPSILON,
            3.0,
            1e300,
            1e-300,
        ]);
        prop_oneof![
            2 => special,
            4 => any::<f64>().prop_filter("finite", |x| x.is_finite()),
            4 => -4.0..4.0f64,
            // Few bits: exact results and ties.
            4 => (-64..64i32).prop_map(|n| f64::from(n) / 8.0),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

        #[test]
        fn correctly_rounded(a in finite(), b in finite()) {
            if (a + b).is_finite() {
                check(Some(add((a, a), (b, b))), &Rational::from(&exact(a) + &exact(b)))?;
            }
            check(mul((a, b), (a, b)), &Rational::from(&exact(a) * &exact(b)))?;
            if b != 0.0 {
                check(div((a, b), (a, b)), &Rational::from(&exact(a) / &exact(b)))?;
            }
        }
    }
}
