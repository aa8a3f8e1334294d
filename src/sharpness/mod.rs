//! The sharpness S = λ_max of an arrow Hessian: certified comparison with a threshold,
//! certified enclosure of the value, and witnesses for both directions.
//!
//! Write t for the tip, u₁, u₂ for the shaft and d₁, d₂ for the diagonal of H, and put
//! A = c − d₁, C = c − d₂. Three facts carry everything here; no order of d₁ and d₂ and no
//! sign is assumed.
//!
//! 1. **Schur complement** (Proposition 1 of `dynamics.md`). If A > 0 and C > 0, then
//!    S ≤ c ⟺ φ(c) ≥ 0 and S < c ⟺ φ(c) > 0, with
//!    φ(c) = c − t − u₁²/A − u₂²/C: φ(c) is the Schur complement in cI − H of its block
//!    diag(A, C), which is positive definite, so cI − H is positive semidefinite
//!    (definite) exactly if φ(c) ≥ 0 (> 0).
//! 2. **Minors.** cI − H is positive semidefinite exactly if all its principal minors are
//!    ≥ 0: c − t, A, C, (c−t)A − u₁², (c−t)C − u₂², AC, and ψ = φ·AC. In particular
//!    S ≥ max(t, d₁, d₂), the Rayleigh quotients of the unit vectors.
//! 3. **Monotonicity.** S is non-decreasing in t, d₁, d₂ and in |u₁|, |u₂|: it is the
//!    maximum of t·x² + d₁y² + d₂z² + 2|u₁||xy| + 2|u₂||xz| over the unit sphere, as signs of
//!    y and z may be chosen freely. So over a box of entries it is extreme at two corners.

mod exact;
mod value;
mod witness;

pub use exact::exact;
pub use value::{enclose, enclose_to};
pub use witness::{Pivot, Witness, pivot, rayleigh_quotient, witness};

use crate::model::Arrow;
use crate::number::{Enclosure, Ternary};

/// How S relates to a threshold c.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// S < c?
    pub below: Ternary,
    /// S ≤ c?
    pub at_most: Ternary,
}

impl Comparison {
    /// S ≥ c?
    pub fn at_least(&self) -> Ternary {
        self.below.not()
    }

    /// S > c?
    pub fn above(&self) -> Ternary {
        self.at_most.not()
    }
}

/// Compares the largest eigenvalue of `hessian` with `threshold`.
///
/// # Soundness
/// Each answer other than `Unknown` is proved for every symmetric arrow matrix with entries
/// in the enclosures and every threshold in its own: by the Schur complement where A > 0
/// and C > 0 is certain, else by the minors (both above). φ is evaluated with divisions
/// because each entry then occurs once, and its enclosure is as narrow as can be. With exact
/// rationals nothing is `Unknown`.
pub fn compare<T: Enclosure>(hessian: &Arrow<T>, threshold: &T) -> Comparison {
    let [d1, d2] = &hessian.diagonal;
    let definite = d1.lt(threshold).and(d2.lt(threshold));
    if definite.is_true()
        && let Some((left, right)) = schur_sides(hessian, threshold)
    {
        return Comparison {
            below: right.lt(&left),
            at_most: right.le(&left),
        };
    }
    by_minors(hessian, threshold, definite)
}

/// c − t and u₁²/A + u₂²/C, whose difference is φ(c).
fn schur_sides<T: Enclosure>(hessian: &Arrow<T>, threshold: &T) -> Option<(T, T)> {
    let [u1, u2] = &hessian.shaft;
    let [d1, d2] = &hessian.diagonal;
    let first = u1.square().div(&threshold.sub(d1)).ok()?;
    let second = u2.square().div(&threshold.sub(d2)).ok()?;
    Some((threshold.sub(&hessian.tip), first.add(&second)))
}

/// The comparison without divisions; `definite` says whether A > 0 and C > 0.
fn by_minors<T: Enclosure>(hessian: &Arrow<T>, threshold: &T, definite: Ternary) -> Comparison {
    let [u1, u2] = [hessian.shaft[0].square(), hessian.shaft[1].square()];
    let [d1, d2] = &hessian.diagonal;
    let (a, c) = (threshold.sub(d1), threshold.sub(d2));
    let tip = threshold.sub(&hessian.tip);
    let product = tip.mul(&a).mul(&c);
    let rest = u1.mul(&c).add(&u2.mul(&a));
    // Sylvester in the order (β₁, β₂, α): A > 0, AC > 0, ψ > 0.
    let below = definite.and(rest.lt(&product));
    let at_most = hessian
        .tip
        .le(threshold)
        .and(d1.le(threshold))
        .and(d2.le(threshold))
        .and(u1.le(&tip.mul(&a)))
        .and(u2.le(&tip.mul(&c)))
        .and(rest.le(&product));
    // S < c settles S ≤ c.
    Comparison {
        below,
        at_most: at_most.or(below),
    }
}
