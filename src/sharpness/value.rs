//! Enclosures of the sharpness itself.
//!
//! A candidate from plain arithmetic is moved a little down and a little up until the
//! comparison of [`compare`] proves it a lower and an upper bound. Nothing depends on the
//! quality of the candidate but speed and width.

use std::cmp::Ordering;

use rug::Float;

use super::compare;
use crate::model::Arrow;
use crate::number::magnitude::exact_power_of_two;
use crate::number::{Ball, Enclosure, Interval, Number, Undefined};

/// Plain arithmetic for candidates: observations, never bounds.
pub(super) trait Approximate: Number + PartialOrd {
    /// The enclosure in which a candidate is verified.
    type Verifying: Enclosure;
    fn over(&self, other: &Self) -> Self;
    fn root(&self) -> Self;
    fn size(&self) -> Self;
    /// Times 2^(−k).
    fn shrunk(&self, k: u32) -> Self;
    /// Bits of precision.
    fn bits(&self) -> u32;
    fn is_finite(&self) -> bool;
    /// The same number, exactly.
    fn exactly(&self) -> Self::Verifying;
    /// The upper end, rounded up to the precision of `self`.
    fn upper_end(&self, of: &Self::Verifying) -> Self;
    fn half(&self) -> Self {
        self.shrunk(1)
    }
}

impl Approximate for f64 {
    type Verifying = Interval;
    fn over(&self, other: &Self) -> Self {
        self / other
    }
    fn root(&self) -> Self {
        self.sqrt()
    }
    fn size(&self) -> Self {
        self.abs()
    }
    fn shrunk(&self, k: u32) -> Self {
        self * exact_power_of_two(-i64::from(k))
    }
    fn half(&self) -> Self {
        0.5 * self
    }
    fn bits(&self) -> u32 {
        f64::MANTISSA_DIGITS
    }
    fn is_finite(&self) -> bool {
        f64::is_finite(*self)
    }
    fn exactly(&self) -> Interval {
        Interval::from_bounds(*self, *self, 0)
    }
    fn upper_end(&self, of: &Interval) -> Self {
        of.upper_f64()
    }
}

impl Approximate for Float {
    type Verifying = Ball;
    fn over(&self, other: &Self) -> Self {
        Float::with_val(self.prec(), self / other)
    }
    fn root(&self) -> Self {
        Float::with_val(self.prec(), self.sqrt_ref())
    }
    fn size(&self) -> Self {
        Float::with_val(self.prec(), self.abs_ref())
    }
    fn shrunk(&self, k: u32) -> Self {
        Float::with_val(self.prec(), self >> k)
    }
    fn bits(&self) -> u32 {
        self.prec()
    }
    fn is_finite(&self) -> bool {
        Float::is_finite(self)
    }
    fn exactly(&self) -> Ball {
        Ball::exact(self.clone())
    }
    fn upper_end(&self, of: &Ball) -> Self {
        of.upper_float(self.prec())
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
    const BITS: u32 = 48;
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
    let lower = Corner::new(low, BITS, &f64::EPSILON).lower_bound();
    let upper = Corner::new(high, BITS, &f64::EPSILON).upper_bound();
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
    let tolerance = tolerance(precision);
    let lower = Corner::new(low, bits, &tolerance).lower_bound();
    let upper = Corner::new(high, bits, &tolerance).upper_bound();
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

/// A point matrix, exactly, with a candidate for its largest eigenvalue.
struct Corner<R: Approximate> {
    matrix: Arrow<R>,
    exact: Arrow<R::Verifying>,
    candidate: R,
    size: R,
    bits: u32,
}

impl<R: Approximate> Corner<R> {
    fn new(matrix: Arrow<R>, bits: u32, tolerance: &R) -> Self {
        let (_, spread) = frame(&matrix);
        let [d1, d2] = &matrix.diagonal;
        let size = larger(
            &larger(&d1.size(), &d2.size()),
            &larger(&matrix.tip.size(), &spread),
        );
        let exact = corner(&matrix, R::exactly, R::exactly);
        let candidate = candidate(&matrix, tolerance).value;
        Corner {
            matrix,
            exact,
            candidate,
            size,
            bits,
        }
    }

    /// Margins 2^(−bits−2) of the size, and wider ones should the candidate be poor.
    fn margins(&self) -> impl Iterator<Item = R> {
        let bits = self.bits;
        [
            bits + 2,
            bits - bits / 16,
            bits - bits / 4,
            bits / 2,
            bits / 4,
        ]
        .into_iter()
        .map(|k| self.size.shrunk(k))
    }

    fn lower_bound(&self) -> R {
        let (least, _) = frame(&self.matrix);
        for margin in self.margins() {
            let bound = self.candidate.sub(&margin);
            // A NaN ends here too.
            if bound.partial_cmp(&least) != Some(Ordering::Greater) {
                break;
            }
            if bound.is_finite() && compare(&self.exact, &bound.exactly()).at_least().is_true() {
                return bound;
            }
        }
        least
    }

    fn upper_bound(&self) -> R {
        for margin in self.margins() {
            let bound = self.candidate.add(&margin);
            if bound.is_finite() && compare(&self.exact, &bound.exactly()).at_most.is_true() {
                return bound;
            }
        }
        let (most, _) = frame(&self.matrix);
        let [u1, u2] = &self.exact.shaft;
        most.upper_end(&most.exactly().add(u1).add(u2))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rug::Rational;

    use super::*;

    /// [[1, 3, 4], [3, 1, 0], [4, 0, 1]]: S = 6.
    fn six<R: Approximate>(n: impl Fn(i32) -> R) -> Arrow<R> {
        Arrow {
            tip: n(1),
            shaft: [n(3), n(4)],
            diagonal: [n(1), n(1)],
        }
    }

    /// Bounds around 6 from a candidate that is replaced by `candidates`.
    fn bounds_hold<R: Approximate>(n: impl Fn(i32) -> R, candidates: Vec<R>) {
        for candidate in candidates {
            let corner = Corner {
                candidate,
                ..Corner::new(six(&n), 40, &n(1).shrunk(40))
            };
            let (lower, upper) = (corner.lower_bound(), corner.upper_bound());
            assert!(n(1) <= lower && lower <= n(6) && n(6) <= upper);
        }
    }

    /// Whatever the candidate is, the bounds are bounds.
    #[test]
    fn poor_candidates_cost_width_only() {
        let plain = [
            0.0,
            -7.0,
            5.0,
            5.999,
            6.0,
            6.001,
            7.0,
            1e300,
            f64::NAN,
            f64::INFINITY,
        ];
        bounds_hold(f64::from, plain.to_vec());
        let floats = plain.iter().map(|x| Float::with_val(72, *x)).collect();
        bounds_hold(|n| Float::with_val(72, n), floats);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        /// A candidate from which one of the margins leads to S, and some last places more or
        /// less: what cannot be verified there is no bound.
        #[test]
        fn bounds_next_to_the_value_are_bounds(
            entries in prop::array::uniform5(-1000..1000i32), scale in 1..9i32,
            margin in 0..5usize, place in -24..24i32, fine in any::<bool>(),
        ) {
            let matrix = |n: &dyn Fn(usize) -> f64| Arrow {
                tip: n(0),
                shaft: [n(1).abs(), n(2).abs()],
                diagonal: [n(3), n(4)],
            };
            let plain = matrix(&|i| f64::from(entries[i]) / f64::from(scale));
            if fine {
                let float = |x: &f64| Float::with_val(80, x);
                near_the_value(corner(&plain, float, float), 48, margin, place)?;
            } else {
                near_the_value(plain, 48, margin, place)?;
            }
        }
    }

    /// Both bounds of a candidate that a margin moves to S and `places` last places beyond.
    fn near_the_value<R: Approximate>(
        matrix: Arrow<R>,
        bits: u32,
        margin: usize,
        places: i32,
    ) -> Result<(), TestCaseError>
    where
        R::Verifying: Exact,
    {
        let exact = corner(&matrix, rational, rational);
        let zero = matrix.tip.sub(&matrix.tip);
        for below in [true, false] {
            let mut corner = Corner::new(matrix.clone(), bits, &zero);
            let sum = larger(&corner.candidate.size(), &corner.size);
            let step = sum.shrunk(corner.candidate.bits() - 1);
            let away = corner.margins().nth(margin).unwrap_or_else(|| zero.clone());
            let mut moved = corner.candidate.clone();
            for _ in 0..places.abs() {
                moved = if places > 0 {
                    moved.add(&step)
                } else {
                    moved.sub(&step)
                };
            }
            corner.candidate = if below {
                moved.add(&away)
            } else {
                moved.sub(&away)
            };
            let compared = if below {
                compare(&exact, &rational(&corner.lower_bound())).at_least()
            } else {
                compare(&exact, &rational(&corner.upper_bound())).at_most
            };
            prop_assert!(compared.is_true(), "{below} {places}");
        }
        Ok(())
    }

    /// Sets that are points, as rationals.
    trait Exact {
        fn point(&self) -> Rational;
    }

    impl Exact for Interval {
        fn point(&self) -> Rational {
            self.lower_rational().expect("finite")
        }
    }

    impl Exact for Ball {
        fn point(&self) -> Rational {
            self.midpoint().to_rational().expect("finite")
        }
    }

    fn rational<R: Approximate<Verifying: Exact>>(x: &R) -> Rational {
        x.exactly().point()
    }

    /// The candidate itself is good.
    #[test]
    fn candidates_are_close() {
        assert!((candidate(&six(f64::from), &f64::EPSILON).value - 6.0).abs() < 1e-14);
        let fine = candidate(&six(|n| Float::with_val(200, n)), &tolerance(200));
        assert!(Float::with_val(200, fine.value - 6).abs() < 1e-50);
    }
}
