//! Enclosures of the sharpness itself.
//!
//! A candidate from plain arithmetic is moved a little down and a little up until the
//! comparison of [`compare`] proves it a lower and an upper bound. Nothing depends on the
//! quality of the candidate but speed and width.

use std::cmp::Ordering;

use rug::Float;

use super::compare;
use crate::model::Arrow;
use crate::number::{Ball, Enclosure, Interval, Number, Undefined};

/// Plain arithmetic for candidates: observations, never bounds.
pub(super) trait Approximate: Number + PartialOrd {
    fn over(&self, other: &Self) -> Self;
    fn root(&self) -> Self;
    fn half(&self) -> Self;
    fn size(&self) -> Self;
}

impl Approximate for f64 {
    fn over(&self, other: &Self) -> Self {
        self / other
    }
    fn root(&self) -> Self {
        self.sqrt()
    }
    fn half(&self) -> Self {
        0.5 * self
    }
    fn size(&self) -> Self {
        self.abs()
    }
}

impl Approximate for Float {
    fn over(&self, other: &Self) -> Self {
        Float::with_val(self.prec(), self / other)
    }
    fn root(&self) -> Self {
        Float::with_val(self.prec(), self.sqrt_ref())
    }
    fn half(&self) -> Self {
        Float::with_val(self.prec(), self >> 1)
    }
    fn size(&self) -> Self {
        Float::with_val(self.prec(), self.abs_ref())
    }
}

fn larger<R: Approximate>(x: &R, y: &R) -> R {
    if x < y { y.clone() } else { x.clone() }
}

/// max(t, d₁, d₂) and |u₁| + |u₂|: S lies between the first and their sum.
fn frame<R: Approximate>(h: &Arrow<R>) -> (R, R) {
    let diagonal = larger(&larger(&h.tip, &h.diagonal[0]), &h.diagonal[1]);
    (diagonal, h.shaft[0].size().add(&h.shaft[1].size()))
}

/// The largest eigenvalue of a point matrix, approximately.
///
/// With D ≥ d the diagonal and U, u the shaft, S is the fixed point of c ↦ G(c), the larger
/// root of (c − D)(c − w) = U² at w = t + u²/(c − d). G decreases, so c − G(c) increases, and
/// Newton's method finds its zero; the pole at D, which S comes arbitrarily close to, does
/// not disturb it.
pub(super) fn candidate<R: Approximate>(h: &Arrow<R>, one: &R, tolerance: &R) -> R {
    const MOST_STEPS: usize = 40;
    let (near, far) = if h.diagonal[0] < h.diagonal[1] {
        (1, 0)
    } else {
        (0, 1)
    };
    let (pole, pole_shaft) = (&h.diagonal[near], h.shaft[near].square());
    let other_shaft = h.shaft[far].square();
    let (least, spread) = frame(h);
    let mut c = least.add(&spread);
    for _ in 0..MOST_STEPS {
        let gap = c.sub(&h.diagonal[far]);
        let ratio = other_shaft.over(&gap);
        let w = h.tip.add(&ratio);
        let half = pole.sub(&w).half();
        let root = half.square().add(&pole_shaft).root();
        let slope = one.sub(&half.over(&root)).half().mul(&ratio.over(&gap));
        let image = pole.add(&w).half().add(&root);
        let step = image.sub(&c).over(&one.add(&slope));
        let next = larger(&c.add(&step), &least);
        let done = step.size() <= tolerance.mul(&c.size());
        // A NaN comes from 0/0 on a matrix without shaft: the frame is exact then.
        if next.partial_cmp(&c).is_none() {
            return c;
        }
        c = next;
        if done {
            break;
        }
    }
    c
}

/// An enclosure of the largest eigenvalue: relative width about 2⁻⁴⁹ for points.
///
/// # Soundness
/// S is extreme at two corners of the box of entries (monotonicity, see the
/// [module](super)). A bound is used only after [`compare`] proved it at its corner, and
/// otherwise replaced by max(t, d₁, d₂) ≤ S ≤ max(t, d₁, d₂) + |u₁| + |u₂|, the shaft's part
/// of H having norm √(u₁² + u₂²).
///
/// # Errors
/// [`Undefined::Range`] if an entry is unbounded.
pub fn enclose(hessian: &Arrow<Interval>) -> Result<Interval, Undefined> {
    let entries = [
        &hessian.tip,
        &hessian.shaft[0],
        &hessian.shaft[1],
        &hessian.diagonal[0],
        &hessian.diagonal[1],
    ];
    if !entries.iter().all(|x| x.is_bounded()) {
        return Err(Undefined::Range);
    }
    // A common exponent, so that plain f64 ends lose little.
    let exponent = entries
        .iter()
        .filter(|x| !x.is_zero())
        .map(|x| x.upper().1)
        .max()
        .unwrap_or(0);
    let low = corner(
        hessian,
        |x| x.times_pow2(-exponent).lower_f64(),
        |x| x.abs().times_pow2(-exponent).lower_f64(),
    );
    let high = corner(
        hessian,
        |x| x.times_pow2(-exponent).upper_f64(),
        |x| x.abs().times_pow2(-exponent).upper_f64(),
    );
    let lower = lower_bound(&low);
    let upper = upper_bound(&high);
    Ok(Interval::from_bounds(lower, upper, 0).times_pow2(exponent))
}

/// A corner of the box: `diagonal` takes an end, `shaft` an end of the absolute value.
fn corner<T, R>(h: &Arrow<T>, diagonal: impl Fn(&T) -> R, shaft: impl Fn(&T) -> R) -> Arrow<R> {
    Arrow {
        tip: diagonal(&h.tip),
        shaft: [shaft(&h.shaft[0]), shaft(&h.shaft[1])],
        diagonal: [diagonal(&h.diagonal[0]), diagonal(&h.diagonal[1])],
    }
}

/// The margins tried around a candidate, relative to the size of the matrix.
const MARGINS: [f64; 4] = [
    4.0 * f64::EPSILON,
    64.0 * f64::EPSILON,
    4096.0 * f64::EPSILON,
    16_777_216.0 * f64::EPSILON,
];

/// Candidate, size of the matrix, and the matrix as intervals.
fn prepared(h: &Arrow<f64>) -> (f64, f64, Arrow<Interval>) {
    let point = |x: &f64| Interval::from_bounds(*x, *x, 0);
    let (_, spread) = frame(h);
    let size = h
        .tip
        .abs()
        .max(h.diagonal[0].abs())
        .max(h.diagonal[1].abs())
        .max(spread);
    (
        candidate(h, &1.0, &f64::EPSILON),
        size,
        corner(h, point, point),
    )
}

fn lower_bound(h: &Arrow<f64>) -> f64 {
    let (candidate, size, matrix) = prepared(h);
    let (least, _) = frame(h);
    for margin in MARGINS {
        let bound = candidate - margin * size;
        // A NaN ends here too.
        if bound.partial_cmp(&least) != Some(Ordering::Greater) {
            break;
        }
        if compare(&matrix, &Interval::from_bounds(bound, bound, 0))
            .at_least()
            .is_true()
        {
            return bound;
        }
    }
    least
}

fn upper_bound(h: &Arrow<f64>) -> f64 {
    let (candidate, size, matrix) = prepared(h);
    let point = |x: f64| Interval::from_bounds(x, x, 0);
    for margin in MARGINS {
        let bound = candidate + margin * size;
        if bound.is_finite() && compare(&matrix, &point(bound)).at_most.is_true() {
            return bound;
        }
    }
    let (most, _) = frame(h);
    point(most)
        .add(&point(h.shaft[0]))
        .add(&point(h.shaft[1]))
        .upper_f64()
}

/// An enclosure of the largest eigenvalue of relative width about 2^(−`bits`) in terms of
/// the largest entry.
///
/// A wider result says that the input's own width does not allow more: the ends are those of
/// the range of S over the box of entries, up to 2^(−`bits`).
///
/// # Soundness
/// As [`enclose`], with ball arithmetic at the corners.
///
/// # Errors
/// [`Undefined::Range`] if an entry is unbounded.
pub fn enclose_to(hessian: &Arrow<Ball>, bits: u32) -> Result<Ball, Undefined> {
    let precision = bits.max(16) + 32;
    let low = corner(
        hessian,
        |x| x.lower_float(precision),
        |x| least_size(x, precision),
    );
    let high = corner(
        hessian,
        |x| x.upper_float(precision),
        |x| largest_size(x, precision),
    );
    let lower = BallCorner::new(low, bits).lower_bound();
    let upper = BallCorner::new(high, bits).upper_bound();
    let result = Ball::from_float_ends(&lower, &upper, precision);
    if result.is_bounded() {
        Ok(result)
    } else {
        Err(Undefined::Range)
    }
}

/// min |x| over a ball, rounded down.
fn least_size(x: &Ball, precision: u32) -> Float {
    let (lower, upper) = (x.lower_float(precision), x.upper_float(precision));
    if lower > 0 {
        lower
    } else if upper < 0 {
        -upper
    } else {
        Float::new(precision)
    }
}

/// max |x| over a ball, rounded up.
fn largest_size(x: &Ball, precision: u32) -> Float {
    x.upper_float(precision).max(&-x.lower_float(precision))
}

/// A point matrix in floats.
struct BallCorner {
    matrix: Arrow<Float>,
    balls: Arrow<Ball>,
    candidate: Float,
    size: Float,
    bits: u32,
}

impl BallCorner {
    fn new(matrix: Arrow<Float>, bits: u32) -> Self {
        let precision = matrix.tip.prec();
        let one = Float::with_val(precision, 1);
        let tolerance = Float::with_val(precision, &one >> (precision - 4));
        let candidate = candidate(&matrix, &one, &tolerance);
        let balls = corner(
            &matrix,
            |x| Ball::exact(x.clone()),
            |x| Ball::exact(x.clone()),
        );
        let (_, spread) = frame(&matrix);
        let size = [&matrix.tip, &matrix.diagonal[0], &matrix.diagonal[1]]
            .into_iter()
            .fold(spread, |size, x| larger(&size, &x.size()));
        BallCorner {
            matrix,
            balls,
            candidate,
            size,
            bits,
        }
    }

    /// Margins 2^(−bits−2), and wider ones should the candidate be poor.
    fn margins(&self) -> impl Iterator<Item = Float> + '_ {
        let bits = self.bits + 2;
        [bits, bits - bits / 4, bits / 2, bits / 4]
            .into_iter()
            .map(|k| Float::with_val(self.size.prec(), &self.size >> k))
    }

    fn lower_bound(&self) -> Float {
        let (least, _) = frame(&self.matrix);
        for margin in self.margins() {
            let bound = Number::sub(&self.candidate, &margin);
            if bound.partial_cmp(&least) != Some(Ordering::Greater) {
                break;
            }
            if compare(&self.balls, &Ball::exact(bound.clone()))
                .at_least()
                .is_true()
            {
                return bound;
            }
        }
        least
    }

    fn upper_bound(&self) -> Float {
        for margin in self.margins() {
            let bound = Number::add(&self.candidate, &margin);
            if bound.is_finite()
                && compare(&self.balls, &Ball::exact(bound.clone()))
                    .at_most
                    .is_true()
            {
                return bound;
            }
        }
        let (most, _) = frame(&self.matrix);
        let [u1, u2] = &self.balls.shaft;
        Ball::exact(most)
            .add(u1)
            .add(u2)
            .upper_float(self.size.prec())
    }
}
