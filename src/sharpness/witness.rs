//! What makes a comparison of the sharpness with a threshold checkable by hand.

use rug::{Float, Rational};

use super::schur_sides;
use super::value::{candidate, tolerance};
use crate::model::Arrow;
use crate::number::{Ball, Enclosure, Number, Undefined};

/// A proof of S > c: a vector whose Rayleigh quotient exceeds c.
#[derive(Clone, Debug)]
pub struct Witness {
    /// v = (v_α, v_β₁, v_β₂), exact, with few bits.
    pub vector: [Rational; 3],
    /// Enclosure of vᵀHv/|v|², certainly above c; S is at least that.
    pub quotient: Ball,
}

/// A proof of S ≤ c: cI − H is positive semidefinite because its diagonal block is positive
/// definite and its Schur complement is not negative.
#[derive(Clone, Debug)]
pub struct Pivot<T> {
    /// c − d₁ and c − d₂, certainly positive.
    pub diagonal: [T; 2],
    /// φ(c), certainly not negative.
    pub schur: T,
}

/// vᵀHv/|v|² for an exact vector.
///
/// # Soundness
/// vᵀHv = t·v₀² + d₁v₁² + d₂v₂² + 2v₀(u₁v₁ + u₂v₂), each entry of H once; the coefficients are
/// exact before they are enclosed.
///
/// # Errors
/// [`Undefined::DivisionByZero`] for the zero vector.
pub fn rayleigh_quotient<T: Enclosure>(
    hessian: &Arrow<T>,
    vector: &[Rational; 3],
    context: T::Context,
) -> Result<T, Undefined> {
    let [v0, v1, v2] = vector;
    let [square0, square1, square2] = vector.each_ref().map(Number::square);
    let norm = Number::add(&square0.add(&square1), &square2);
    let weight = |x: Rational| -> Result<T, Undefined> { Ok(T::constant(&x.div(&norm)?, context)) };
    let twice = |x: &Rational| Rational::from(v0 * x) << 1;
    let sum = hessian
        .tip
        .mul(&weight(square0)?)
        .add(&hessian.diagonal[0].mul(&weight(square1)?))
        .add(&hessian.diagonal[1].mul(&weight(square2)?));
    Ok(sum
        .add(&hessian.shaft[0].mul(&weight(twice(v1))?))
        .add(&hessian.shaft[1].mul(&weight(twice(v2))?)))
}

/// A vector that proves S > `threshold`, with as few bits as suffice; `None` if none is
/// found, which proves nothing.
///
/// # Soundness
/// S is the largest Rayleigh quotient, and the vector's is certainly above `threshold`.
pub fn witness(hessian: &Arrow<Ball>, threshold: &Ball) -> Option<Witness> {
    let precision = hessian.tip.precision().max(threshold.precision());
    // A vector with relative error 2^(−k) loses about 2^(−2k) of the quotient.
    [4, 8, 16, 24, 53, precision / 2 + 16]
        .into_iter()
        .find_map(|bits| {
            let vector = eigenvector(hessian, bits)?;
            let quotient = rayleigh_quotient(hessian, &vector, precision + 32).ok()?;
            threshold
                .lt(&quotient)
                .is_true()
                .then_some(Witness { vector, quotient })
        })
}

/// The pivots of cI − H, where they prove S ≤ c.
///
/// # Soundness
/// The Schur complement, see the [module](super).
pub fn pivot<T: Enclosure>(hessian: &Arrow<T>, threshold: &T) -> Option<Pivot<T>> {
    let [d1, d2] = &hessian.diagonal;
    if !d1.lt(threshold).and(d2.lt(threshold)).is_true() {
        return None;
    }
    let (left, right) = schur_sides(hessian, threshold)?;
    right.le(&left).is_true().then(|| Pivot {
        diagonal: [threshold.sub(d1), threshold.sub(d2)],
        schur: left.sub(&right),
    })
}

/// The top eigenvector of the midpoints, scaled so that its largest component is about
/// 2^`bits` and rounded to integers; with `bits` ≥ 53, each component rounded by itself.
///
/// With x = S − D and g = D − d it is (x, U, ux/(x + g)) on (tip, D, d), and (0, 1, 0) where
/// that vanishes.
fn eigenvector(hessian: &Arrow<Ball>, bits: u32) -> Option<[Rational; 3]> {
    let precision = hessian.tip.precision().max(2 * bits) + 64;
    let float = |x: &Ball| Float::with_val(precision, x.midpoint());
    let point = Arrow {
        tip: float(&hessian.tip),
        shaft: hessian.shaft.each_ref().map(float),
        diagonal: hessian.diagonal.each_ref().map(float),
    };
    let top = candidate(&point, &tolerance(precision));
    let (near, far) = (top.near, 1 - top.near);
    let mut vector = [top.excess, Float::new(precision), Float::new(precision)];
    vector[1 + near] = point.shaft[near].clone();
    if !vector[0].is_zero() {
        let share = Float::with_val(precision, &vector[0] / top.separation.add(&vector[0]));
        vector[1 + far] = point.shaft[far].mul(&share);
    } else if vector[1 + near].is_zero() {
        vector[1 + near] = Float::with_val(precision, 1);
    }
    if bits < 53 {
        rounded_to_integers(&vector, bits)
    } else {
        rounded(&vector, bits)
    }
}

fn rounded_to_integers(vector: &[Float; 3], bits: u32) -> Option<[Rational; 3]> {
    let top = vector.iter().filter_map(Float::get_exp).max()?;
    let integer = |x: &Float| {
        let scaled = Float::with_val(x.prec(), x << (bits as i32 - top));
        scaled.to_integer().map(Rational::from)
    };
    Some([
        integer(&vector[0])?,
        integer(&vector[1])?,
        integer(&vector[2])?,
    ])
}

fn rounded(vector: &[Float; 3], bits: u32) -> Option<[Rational; 3]> {
    let rational = |x: &Float| Float::with_val(bits, x).to_rational();
    Some([
        rational(&vector[0])?,
        rational(&vector[1])?,
        rational(&vector[2])?,
    ])
}
