//! Enclosing the value of S: a floating-point candidate, then proofs on both sides of it.

use rug::{Assign, Float};

use super::compare;
use crate::model::Arrow;
use crate::number::{Ball, Enclosure, Interval, Magnitude, Number, Undefined};

/// An enclosure of S in f64: relative width about 1e-14 for a point-like Hessian.
///
/// # Soundness
/// The candidate is only a guess. The upper end is a number c with S ≤ c proved by
/// [`compare`], or else the largest row sum (Gershgorin); the lower end a number with S ≥ c
/// proved, or else the largest diagonal entry (Rayleigh).
///
/// # Errors
/// [`Undefined::Range`] if the Hessian is not bounded.
pub fn enclose(h: &Arrow<Interval>) -> Result<Interval, Undefined> {
    let entries = [h.tip, h.shaft[0], h.shaft[1], h.diagonal[0], h.diagonal[1]];
    let sure = crude(h);
    if !sure.is_bounded() {
        return Err(Undefined::Range);
    }
    if entries.iter().any(|x| x.lower().1 != 0 && !negligible(x)) {
        return Ok(sure);
    }
    let middle = |x: &Interval| {
        let (m, exponent) = x.midpoint_f64_exp();
        if exponent == 0 { m } else { 0.0 }
    };
    let [t, u1, u2, d1, d2] = entries.each_ref().map(middle);
    let candidate = root_f64(t, u1, u2, d1, d2);
    let spread: f64 = entries.iter().map(|x| x.upper_f64() - x.lower_f64()).sum();
    let mut width = candidate.abs() * 2.0f64.powi(-47) + spread;
    if !(candidate.is_finite() && width.is_finite()) {
        return Ok(sure);
    }
    let point = |x: f64| Interval::from_bounds(x, x, 0);
    let (mut lower, mut upper) = (None, None);
    for _ in 0..4 {
        let (low, high) = (candidate - width, candidate + width);
        if upper.is_none() && compare(h, &point(high)).at_most.is_true() {
            upper = Some(high);
        }
        if lower.is_none() && compare(h, &point(low)).below.is_false() {
            lower = Some(low);
        }
        if lower.is_some() && upper.is_some() {
            break;
        }
        width *= 16.0;
    }
    let low = lower.map_or(sure.lower_f64(), |x| x.max(sure.lower_f64()));
    let high = upper.map_or(sure.upper_f64(), |x| x.min(sure.upper_f64()));
    Ok(Interval::from_bounds(low, high, 0))
}

/// So small that f64 has 0 for it: only the guess ignores it.
fn negligible(x: &Interval) -> bool {
    x.lower().1 < 0
}

/// [largest diagonal entry, largest row sum].
fn crude<T: Enclosure>(h: &Arrow<T>) -> T {
    let [u1, u2] = [h.shaft[0].abs(), h.shaft[1].abs()];
    let [d1, d2] = &h.diagonal;
    let lower = h.tip.max(d1).max(d2);
    let upper = h.tip.add(&u1).add(&u2).max(&d1.add(&u1)).max(&d2.add(&u2));
    lower.hull(&upper)
}

/// The largest root of φ in f64, a guess: the larger of the two 2×2 eigenvalues (a lower
/// bound by interlacing), then Newton steps, which climb monotonically as φ is concave.
fn root_f64(t: f64, u1: f64, u2: f64, d1: f64, d2: f64) -> f64 {
    let pair = |d: f64, u: f64| 0.5 * (t + d) + (0.25 * (t - d) * (t - d) + u * u).sqrt();
    let mut c = pair(d1, u1).max(pair(d2, u2));
    for _ in 0..6 {
        let (a, b) = (c - d1, c - d2);
        let (q1, q2) = (if u1 == 0.0 { 0.0 } else { u1 / a }, if u2 == 0.0 { 0.0 } else { u2 / b });
        let step = (c - t - u1 * q1 - u2 * q2) / (1.0 + q1 * q1 + q2 * q2);
        if !step.is_finite() || step.abs() <= c.abs() * 2.0f64.powi(-52) {
            break;
        }
        c -= step;
    }
    c
}

/// An enclosure of S of relative width about 2^−`bits`, or as narrow as the Hessian's own
/// width allows (the result's radius tells).
///
/// # Soundness
/// As [`enclose`], in ball arithmetic.
///
/// # Errors
/// [`Undefined::Range`] if the Hessian is not bounded.
pub fn enclose_to(h: &Arrow<Ball>, bits: u32) -> Result<Ball, Undefined> {
    let sure = crude(h);
    if !sure.is_bounded() {
        return Err(Undefined::Range);
    }
    let precision = h.tip.precision().max(bits + 16);
    let candidate = root(h, precision);
    if !candidate.is_finite() || candidate.is_zero() {
        return Ok(sure);
    }
    let scale = Magnitude::from_float(&candidate);
    let mut width = scale.mul_pow2(-i64::from(bits) - 1);
    let (mut lower, mut upper) = (false, false);
    while width.compare(scale).is_lt() {
        let shifted =
            |sign: i32| Ball::exact(Float::with_val(precision, width.to_float() * sign) + &candidate);
        upper = upper || compare(h, &shifted(1)).at_most.is_true();
        lower = lower || compare(h, &shifted(-1)).below.is_false();
        if lower && upper {
            // The shifted points are rounded by less than 2⁻¹⁴ of the width.
            return Ok(Ball::from_midpoint_radius(candidate, width.mul_f64(1.001)));
        }
        width = width.mul_pow2(8);
    }
    Ok(sure)
}

/// The largest root of φ at the midpoints, to about `precision` bits: a guess.
fn root(h: &Arrow<Ball>, precision: u32) -> Float {
    let middle = |x: &Ball| Float::with_val(precision, x.midpoint());
    let (t, u1, u2) = (middle(&h.tip), middle(&h.shaft[0]), middle(&h.shaft[1]));
    let (d1, d2) = (middle(&h.diagonal[0]), middle(&h.diagonal[1]));
    let pair = |d: &Float, u: &Float| {
        let half = Float::with_val(precision, &t - d) / 2u32;
        let root = (half.square() + Float::with_val(precision, u * u)).sqrt();
        Float::with_val(precision, &t + d) / 2u32 + root
    };
    let mut c = pair(&d1, &u1).max(&pair(&d2, &u2));
    let mut quotient = [Float::new(precision), Float::new(precision)];
    for _ in 0..precision {
        for (q, (u, d)) in quotient.iter_mut().zip([(&u1, &d1), (&u2, &d2)]) {
            q.assign(&c - d);
            if u.is_zero() || q.is_zero() {
                q.assign(0u32);
            } else {
                *q = Float::with_val(precision, u / &*q);
            }
        }
        let value = Float::with_val(precision, &c - &t)
            - Float::with_val(precision, &u1 * &quotient[0])
            - Float::with_val(precision, &u2 * &quotient[1]);
        let slope = Float::with_val(precision, quotient[0].square_ref())
            + Float::with_val(precision, quotient[1].square_ref())
            + 1u32;
        let step = value / slope;
        let small = match (step.get_exp(), c.get_exp()) {
            (Some(s), Some(e)) => i64::from(s) < i64::from(e) - i64::from(precision) + 4,
            _ => true,
        };
        c -= step;
        if small {
            break;
        }
    }
    c
}
