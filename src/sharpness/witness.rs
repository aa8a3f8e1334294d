//! Witnesses of S > c that can be checked by hand.

use rug::{Float, Rational};

use super::enclose::enclose_to;
use crate::model::Arrow;
use crate::number::{Ball, Enclosure, Number};

/// A vector whose Rayleigh quotient exceeds a threshold.
#[derive(Clone, Debug)]
pub struct Witness {
    /// v in the order (α, β₁, β₂), exact and short.
    pub vector: [Rational; 3],
    /// An enclosure of vᵀHv/|v|², all of it above the threshold.
    pub quotient: Ball,
}

/// Bits of the witness's entries, tried in turn: the fewest that prove the inequality.
const BITS: [u32; 4] = [8, 16, 32, 60];

/// A witness of S > c, or nothing if none of up to 60 bits proves it.
///
/// # Soundness
/// S ≥ vᵀHv/|v|² for every v ≠ 0 (Rayleigh); the quotient is evaluated in ball arithmetic
/// for the exact v that is returned, and compared with c.
pub fn witness(h: &Arrow<Ball>, c: &Ball) -> Option<Witness> {
    let sharpness = enclose_to(h, 64).ok()?;
    let direction = eigenvector(h, sharpness.midpoint());
    BITS.iter().find_map(|&bits| {
        let vector = rounded(&direction, bits)?;
        let quotient = rayleigh(h, &vector)?;
        c.lt(&quotient).is_true().then_some(Witness { vector, quotient })
    })
}

/// Nearly the eigenvector to the eigenvalue: (1, u₁/(λ − d₁), u₂/(λ − d₂)) up to scale.
fn eigenvector(h: &Arrow<Ball>, eigenvalue: &Float) -> [Float; 3] {
    let precision = h.tip.precision().max(128);
    let entry = |i: usize| {
        let gap = Float::with_val(precision, eigenvalue - h.diagonal[i].midpoint());
        Float::with_val(precision, h.shaft[i].midpoint() / gap)
    };
    let v = [Float::with_val(precision, 1), entry(0), entry(1)];
    if v.iter().all(Float::is_finite) {
        return v;
    }
    // The eigenvalue is a diagonal entry to working precision.
    let first = h.diagonal[0].midpoint() >= h.diagonal[1].midpoint();
    let unit = |x: bool| Float::with_val(precision, u8::from(x));
    [unit(false), unit(first), unit(!first)]
}

/// The vector scaled to largest entry ±1 and rounded to multiples of 2^−bits.
fn rounded(v: &[Float; 3], bits: u32) -> Option<[Rational; 3]> {
    let largest = v
        .iter()
        .max_by(|x, y| x.cmp_abs(y).unwrap_or(std::cmp::Ordering::Equal))
        .filter(|x| !x.is_zero())?;
    let mut result = [Rational::new(), Rational::new(), Rational::new()];
    for (slot, x) in result.iter_mut().zip(v) {
        let scaled = (Float::with_val(x.prec(), x / largest) << bits).round();
        *slot = Rational::from(scaled.to_integer()?) >> bits;
    }
    Some(result)
}

fn rayleigh(h: &Arrow<Ball>, v: &[Rational; 3]) -> Option<Ball> {
    let precision = h.tip.precision();
    let [x, y, z] = v.each_ref().map(|q| Ball::constant(q, precision));
    let two = Ball::constant(&Rational::from(2), precision);
    let cross = two.mul(&x).mul(&h.shaft[0].mul(&y).add(&h.shaft[1].mul(&z)));
    let form = h
        .tip
        .mul(&x.square())
        .add(&h.diagonal[0].mul(&y.square()))
        .add(&h.diagonal[1].mul(&z.square()))
        .add(&cross);
    form.div(&x.square().add(&y.square()).add(&z.square())).ok()
}
