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
    /// Bits of precision.
    fn bits(&self) -> u32;
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
    fn bits(&self) -> u32 {
        f64::MANTISSA_DIGITS
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
    fn bits(&self) -> u32 {
        self.prec()
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

/// 2⁴ last places of numbers near 1.
pub(super) fn tolerance(precision: u32) -> Float {
    Float::with_val(precision, 1) >> (precision - 4)
}

/// The largest eigenvalue of a point matrix, approximately, as D + `excess` where
/// D ≥ d is the larger diagonal entry.
pub(super) struct Candidate<R> {
    /// The index of D; on a tie, of the larger shaft.
    pub near: usize,
    /// D − d.
    pub separation: R,
    /// x = S − D ≥ 0, to a good relative precision however small it is.
    pub excess: R,
    /// D + x.
    pub value: R,
}

/// Finds the [`Candidate`] until steps are below `tolerance`.
///
/// With T = D − t, g = D − d and the shafts U at D and u at d, x is the largest root of
/// P(x) = x(x + g)(x + T) − U²(x + g) − u²x = x³ + (g + T)x² + (gT − U² − u²)x − U²g.
/// All roots are real and by interlacing x is the only positive one. Merging both poles at D
/// gives an upper bound to start from, the positive root of x² + Tx = U² + u², and from there
/// Laguerre's method descends to x: with cubic order, but where 0 is nearly a double root, by
/// a bit or more per step. Without U, x is 0 or belongs to the block of t and d.
pub(super) fn candidate<R: Approximate>(h: &Arrow<R>, tolerance: &R) -> Candidate<R> {
    let [d1, d2] = &h.diagonal;
    let second = d1 < d2 || (d1 == d2 && h.shaft[0].size() < h.shaft[1].size());
    let (near, far) = if second { (1, 0) } else { (0, 1) };
    let pole = &h.diagonal[near];
    let (t, g) = (pole.sub(&h.tip), pole.sub(&h.diagonal[far]));
    let (near_square, far_square) = (h.shaft[near].square(), h.shaft[far].square());
    let zero = t.sub(&t);
    let found = |excess: R| Candidate {
        near,
        separation: g.clone(),
        value: pole.add(&excess),
        excess,
    };
    if h.shaft[near] == zero {
        // (x + g)(x + T) = u².
        let constant = far_square.sub(&g.mul(&t));
        return found(positive_root(&g.add(&t), &constant, &zero));
    }
    let squares = near_square.add(&far_square);
    let p = g.add(&t);
    let q = g.mul(&t).sub(&squares);
    let r = near_square.mul(&g);
    let mut x = positive_root(&t, &squares, &zero);
    for _ in 0..t.bits() + 32 {
        let step = laguerre_step(&x, &p, &q, &r, &zero);
        x = larger(&x.sub(&step), &zero);
        if step.size() <= tolerance.mul(&x) {
            break;
        }
    }
    found(x)
}

/// The largest root of x² + bx = c, or 0 if that is larger or there is none.
fn positive_root<R: Approximate>(b: &R, c: &R, zero: &R) -> R {
    if c <= zero && b >= zero {
        return zero.clone();
    }
    let half = b.half();
    let root = larger(&half.square().add(c), zero).root();
    // Of the two forms of the root the one without cancellation.
    let largest = if *b > *zero {
        c.over(&half.add(&root))
    } else {
        root.sub(&half)
    };
    larger(&largest, zero)
}

/// One step of Laguerre's method for x³ + px² + qx − r.
fn laguerre_step<R: Approximate>(x: &R, p: &R, q: &R, r: &R, zero: &R) -> R {
    let value = x.add(p).mul(x).add(q).mul(x).sub(r);
    let three_x = x.add(x).add(x);
    let slope = three_x.add(p).add(p).mul(x).add(q);
    let bend = three_x.add(p);
    // P″ = 2·bend; 2(2P′² − 3PP″) = 4(P′² − 3P·bend).
    let product = value.mul(&bend);
    let discriminant = slope.square().sub(&product.add(&product).add(&product));
    let root = larger(&discriminant, zero).root();
    let denominator = slope.add(&root).add(&root);
    if denominator > *zero {
        value.add(&value).add(&value).over(&denominator)
    } else {
        zero.clone()
    }
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
    // A common factor, so that plain f64 ends lose little and their products do not overflow.
    let largest = entries
        .iter()
        .filter_map(|x| x.exponent())
        .max()
        .unwrap_or(0);
    let exponent = if largest.abs() < 64 { 0 } else { largest };
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
        candidate(h, &f64::EPSILON).value,
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
        let tolerance = tolerance(precision);
        let candidate = candidate(&matrix, &tolerance).value;
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
