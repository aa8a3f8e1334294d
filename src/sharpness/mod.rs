//! The sharpness S(θ) = λ_max(∇²L(θ)) of an arrow Hessian: comparison with a threshold,
//! enclosure, and witnesses.
//!
//! # Proposition 1 (`dynamics.md`)
//! Let H be the arrow matrix with tip t, shaft (u₁, u₂) and diagonal (d₁, d₂), and
//! φ(c) = c − t − u₁²/(c − d₁) − u₂²/(c − d₂).
//! * For c > d₁, d₂: cI − H is congruent to diag(c − d₁, c − d₂) ⊕ φ(c) (Schur complement),
//!   so S ≤ c ⇔ φ(c) ≥ 0, and S < c ⇔ φ(c) > 0.
//! * S ≥ max(t, d₁, d₂), the Rayleigh quotients of the unit vectors, so S ≥ c for every c
//!   up to that.

mod enclose;
mod witness;

use crate::model::Arrow;
use crate::number::{Enclosure, Ternary};

pub use enclose::{enclose, enclose_to};
pub use witness::{Witness, witness};

/// How S compares with a threshold c.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// S ≤ c.
    pub at_most: Ternary,
    /// S < c.
    pub below: Ternary,
}

/// Compares S with c.
///
/// # Soundness
/// Proposition 1, in the division-free form: with A = c − d₁ > 0 and C = c − d₂ > 0,
/// φ(c) has the sign of (c − t)AC − u₁²C − u₂²A. Nothing is concluded from the polynomial
/// unless A and C are certainly positive. If c is certainly at most (below) one diagonal
/// entry, S ≥ c (S > c).
pub fn compare<T: Enclosure>(h: &Arrow<T>, c: &T) -> Comparison {
    let [d1, d2] = &h.diagonal;
    let highest = d1.max(d2).max(&h.tip);
    let mut at_most = if c.lt(&highest).is_true() { Ternary::False } else { Ternary::Unknown };
    let mut below = if c.le(&highest).is_true() { Ternary::False } else { Ternary::Unknown };
    if d1.lt(c).and(d2.lt(c)).is_true() {
        let (a, b) = (c.sub(d1), c.sub(d2));
        let left = c.sub(&h.tip).mul(&a).mul(&b);
        let right = h.shaft[0].square().mul(&b).add(&h.shaft[1].square().mul(&a));
        if at_most.is_unknown() {
            at_most = right.le(&left);
        }
        if below.is_unknown() {
            below = right.lt(&left);
        }
    }
    Comparison { at_most, below }
}

#[cfg(test)]
mod tests;
