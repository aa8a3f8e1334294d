//! Gradient flow θ̇ = −∇L on the minimalist example: its limit, validated integration, and
//! the constrained trajectory that gradient descent is compared with.
//!
//! The proofs are in `proofs/flow.md`. Flow conserves C = α² − β₁² − β₂², and
//! (α, β₂) → (−α, −β₂) and β₁ → −β₁ are symmetries of L.
//!
//! * [`limit`]: which critical point flow reaches, and the sharpness φ there;
//! * [`closed_form`]: flow on the plane β₁ = 0;
//! * [`integrator`]: an enclosure of θ(t) from points and boxes, for every t ≥ 0;
//! * [`constrained`]: flow that is kept at S ≤ 2/η, and its distance from gradient descent.

pub mod closed_form;
pub mod constrained;
pub mod integrator;
pub mod limit;

use rug::Rational;

use crate::input::Range;
use crate::model::State;
use crate::number::{Ball, Enclosure, Number, Undefined};

/// Why there is no answer. None of these is a statement about the flow itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// No step could be proved to stay bounded: the start box is too wide, or the precision
    /// too low.
    #[error(
        "the enclosure of the flow is lost: the start box is too wide or the precision too low"
    )]
    Width,
    /// [`integrator::MOST_STEPS`] steps did not reach the time asked for.
    #[error("the flow is too slow or too stiff: the most steps allowed do not reach that time")]
    Steps,
    /// A time before one that was asked for earlier, or before the start.
    #[error("times have to be asked for in order, from the start on")]
    Order,
    /// The hypotheses of a theorem are neither proved nor refuted.
    #[error("the enclosures do not decide the hypotheses; try a higher precision or a smaller box")]
    Undecided,
    /// αβ₂ > 0 does not hold at the start, so the constrained trajectory has no closed form.
    #[error("the constrained trajectory is given in closed form only for αβ₂ > 0 at its start")]
    Quadrant,
    /// An operation on an enclosure has no value.
    #[error("an enclosure is too wide for an operation")]
    Undefined(Undefined),
}

impl From<Undefined> for FlowError {
    fn from(undefined: Undefined) -> Self {
        FlowError::Undefined(undefined)
    }
}

/// An integer, as a ball.
fn integer(n: i32, precision: u32) -> Ball {
    Ball::from_rational(&Rational::from(n), precision)
}

/// A ball that encloses the start: a point, or a box.
///
/// # Soundness
/// By [`Ball::from_ends`].
pub fn enclose_start(start: &State<Range>, precision: u32) -> State<Ball> {
    start.map(|r| Ball::from_ends(&r.lower, &r.upper, precision))
}

/// C = α² − β₁² − β₂² over a start box, or over a single exact start.
///
/// # Soundness
/// Each coordinate occurs once, so on a box nothing but rounding is lost; on a point it is
/// computed exactly.
pub fn conserved_at_start(start: &State<Range>, precision: u32) -> Ball {
    if start.as_array().iter().all(|r| r.is_point()) {
        let square = |r: &Range| Rational::from(r.lower.square_ref());
        let value = square(&start.alpha) - square(&start.beta1) - square(&start.beta2);
        return Ball::from_rational(&value, precision);
    }
    conserved(&enclose_start(start, precision))
}

/// C = α² − β₁² − β₂².
pub fn conserved(state: &State<Ball>) -> Ball {
    state
        .alpha
        .square()
        .sub(&state.beta1.square())
        .sub(&state.beta2.square())
}

/// `x`, or where an enclosure proves nothing, the hull with `y`.
fn either(first: Option<bool>, x: &Ball, y: &Ball) -> Ball {
    match first {
        Some(true) => x.clone(),
        Some(false) => y.clone(),
        None => x.hull(y),
    }
}
