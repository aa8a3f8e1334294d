//! The sharpness as an exact rational, where it is one that a formula gives.

use rug::Rational;

use crate::model::Arrow;
use crate::number::{Enclosure, Undefined};

/// The largest eigenvalue of a matrix with exact entries, if one coordinate is decoupled (u₁ or u₂
/// is 0) and the eigenvalue is rational.
///
/// # Soundness
/// With uᵢ = 0 the eigenvalues are dᵢ and m ± √R, m = (t + d)/2, R = ((t − d)/2)² + u², of the
/// block that is left. dᵢ is the largest exactly if dᵢ ≥ m and (dᵢ − m)² ≥ R.
///
/// # Errors
/// [`Undefined::Unsupported`] elsewhere.
pub fn exact(hessian: &Arrow<Rational>) -> Result<Rational, Undefined> {
    let alone = usize::from(hessian.shaft[0] != 0);
    if hessian.shaft[alone] != 0 {
        return Err(Undefined::Unsupported);
    }
    let (t, d, u) = (
        &hessian.tip,
        &hessian.diagonal[1 - alone],
        &hessian.shaft[1 - alone],
    );
    let middle = Rational::from(t + d) / 2;
    let half: Rational = Rational::from(t - d) / 2;
    let radicand = half.square() + u.clone().square();
    let alone = &hessian.diagonal[alone];
    let above = Rational::from(alone - &middle);
    if above >= 0 && above.square() >= radicand {
        return Ok(alone.clone());
    }
    Ok(middle + Enclosure::sqrt(&radicand)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(tip: i32, shaft: [i32; 2], diagonal: [i32; 2]) -> Arrow<Rational> {
        Arrow {
            tip: tip.into(),
            shaft: shaft.map(Rational::from),
            diagonal: diagonal.map(Rational::from),
        }
    }

    #[test]
    fn largest_eigenvalue_of_a_decoupled_matrix() {
        assert_eq!(exact(&arrow(1, [0, 0], [900, 2])), Ok(Rational::from(900)));
        assert_eq!(exact(&arrow(1, [0, 2], [3, 4])), Ok(Rational::from(5)));
        assert_eq!(exact(&arrow(1, [2, 0], [4, 7])), Ok(Rational::from(7)));
        // m + √R with R = 5/4.
        assert_eq!(exact(&arrow(1, [0, 1], [3, 2])), Ok(Rational::from(3)));
        assert!(exact(&arrow(1, [0, 1], [2, 2])).is_err());
        assert!(exact(&arrow(1, [1, 1], [9, 9])).is_err());
    }
}
