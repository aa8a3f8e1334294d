//! Where gradient flow ends, and the sharpness there.
//!
//! Proofs: `flow.md`, "Gradient flow".

use rug::{Float, Rational};

use super::integer;
use crate::input::Range;
use crate::model::{Parameters, State};
use crate::number::{Ball, Enclosure, Number, Undefined};

/// ψ(C) = (C + √(C² + 4))/2, the α² of the minimisers with invariant C.
///
/// # Soundness
/// ψ increases, so its values at both ends of C enclose it. For C < 0 it is evaluated as
/// 2/(√(C² + 4) − C), which does not cancel.
///
/// # Errors
/// [`Undefined`] if C is unbounded.
pub fn psi(conserved: &Ball) -> Result<Ball, Undefined> {
    let (lower, upper) = ends(conserved);
    Ok(psi_at(&lower)?.hull(&psi_at(&upper)?))
}

fn psi_at(c: &Ball) -> Result<Ball, Undefined> {
    let precision = c.precision();
    let root = root_at(c)?;
    if c.midpoint().is_sign_negative() {
        integer(2, precision).div(&root.sub(c))
    } else {
        Ok(c.add(&root).mul(&half(precision)))
    }
}

/// √(C² + 4).
fn root_at(c: &Ball) -> Result<Ball, Undefined> {
    c.square().add(&integer(4, c.precision())).sqrt()
}

fn half(precision: u32) -> Ball {
    Ball::from_rational(&Rational::from((1, 2)), precision)
}

/// Two points between which the ball lies.
fn ends(ball: &Ball) -> (Ball, Ball) {
    if ball.is_point() {
        return (ball.clone(), ball.clone());
    }
    let precision = ball.precision() + 32;
    let lower: Float = ball.lower_float(precision);
    let upper: Float = ball.upper_float(precision);
    (Ball::exact(lower), Ball::exact(upper))
}

/// φ(C) = max{λ₁ψ(C), λ₂√(C² + 4)}: the sharpness of the minimisers with invariant C, the
/// *gradient flow solution (GFS) sharpness* of every θ with that C from which gradient flow ends at
/// a minimiser.
///
/// # Soundness
/// φ is convex in C, so it is largest at an end of C's enclosure. It falls up to
/// C° = min(C_*, 0) and rises from there on, where C_* = s − 1/s, s² = λ₂/(λ₁ − λ₂), is the
/// point at which the branches meet (`flow.md`, "Sharpness of the limit"); so it is least at
/// the end nearer to C°, or is at least φ(C°).
///
/// # Errors
/// [`Undefined`] if C is unbounded.
pub fn sharpness(parameters: &Parameters, conserved: &Ball) -> Result<Ball, Undefined> {
    let precision = conserved.precision();
    let constant = |value: &Rational| Ball::from_rational(value, precision + 32);
    let (lambda1, lambda2) = (constant(&parameters.lambda1), constant(&parameters.lambda2));
    let phi = |c: &Ball| -> Result<Ball, Undefined> {
        Ok(lambda1.mul(&psi_at(c)?).max(&lambda2.mul(&root_at(c)?)))
    };
    let (lower, upper) = ends(conserved);
    let (at_lower, at_upper) = (phi(&lower)?, phi(&upper)?);
    if conserved.is_point() {
        return Ok(at_lower.with_precision(precision));
    }
    let turn = turning_point(parameters, precision + 32)?;
    let least = if turn.le(&lower).is_true() {
        at_lower.clone()
    } else if upper.le(&turn).is_true() {
        at_upper.clone()
    } else {
        phi(&turn)?
    };
    let most = at_lower.max(&at_upper);
    Ok(least.hull(&most).with_precision(precision))
}

/// C° = min(C_*, 0), where φ is least.
fn turning_point(parameters: &Parameters, precision: u32) -> Result<Ball, Undefined> {
    let zero = integer(0, precision);
    let gap = Rational::from(&parameters.lambda1 - &parameters.lambda2);
    // C_* < 0 exactly if λ₂ < λ₁ − λ₂.
    if parameters.lambda2 >= gap {
        return Ok(zero);
    }
    let square = Rational::from(&parameters.lambda2 / &gap);
    let s = Ball::from_rational(&square, precision).sqrt()?;
    Ok(s.sub(&integer(1, precision).div(&s)?).min(&zero))
}

/// The hypothesis that proves where the flow ends (`flow.md`, "Which critical point").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hypothesis {
    /// C > 0: the sign of α is frozen.
    PositiveInvariant,
    /// αβ₂ > 0: an invariant quadrant.
    Quadrant,
    /// One of α, β₂ is 0 and the other is not: the quadrant is entered at once.
    Axis,
    /// β₁ = 0 and C < 0: the sign of β₂ is frozen.
    PlaneNegativeInvariant,
    /// C = 0 and β₁ ≠ 0: the sign of α is frozen and the origin is not reached.
    ZeroInvariant,
    /// β₁ = 0, C = 0, αβ₂ < 0: on the stable curve of the origin.
    StableCurve,
    /// α = β₂ = 0: the start is itself a critical point.
    Critical,
}

impl Hypothesis {
    /// In words, for a report.
    pub fn words(self) -> &'static str {
        match self {
            Hypothesis::PositiveInvariant => "C > 0, so α keeps its sign",
            Hypothesis::Quadrant => "αβ₂ > 0, an invariant quadrant",
            Hypothesis::Axis => "one of α, β₂ is 0: the quadrant of the other is entered",
            Hypothesis::PlaneNegativeInvariant => "β₁ = 0 and C < 0, so β₂ keeps its sign",
            Hypothesis::ZeroInvariant => "C = 0 and β₁ ≠ 0, so α keeps its sign",
            Hypothesis::StableCurve => "β₁ = 0 and β₂ = −α: the stable curve of the saddle 0",
            Hypothesis::Critical => "α = β₂ = 0: the start is a saddle",
        }
    }

    /// A name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Hypothesis::PositiveInvariant => "positive_invariant",
            Hypothesis::Quadrant => "quadrant",
            Hypothesis::Axis => "axis",
            Hypothesis::PlaneNegativeInvariant => "plane_negative_invariant",
            Hypothesis::ZeroInvariant => "zero_invariant",
            Hypothesis::StableCurve => "stable_curve",
            Hypothesis::Critical => "critical",
        }
    }
}

/// The critical point that gradient flow converges to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// (a, 0, 1/a) with a² = ψ(C), a of this sign (`true`: negative).
    Minimiser {
        /// Is a < 0?
        negative: bool,
        /// What proves it.
        because: Hypothesis,
    },
    /// A saddle (0, b, 0).
    Saddle {
        /// What proves it.
        because: Hypothesis,
    },
    /// Not decided at this point of the trajectory: a minimiser of either sign, or a saddle.
    Undetermined,
}

/// Decides the limit of the flow from `state`, for every point of it.
///
/// `exact` is the start where that is a single exact point; it decides the cases in which C
/// or α + β₂ is 0, which no proper enclosure proves.
///
/// # Soundness
/// Each answer needs its hypothesis for all points of the enclosure. A box on which αβ₂ > 0
/// or C > 0 is connected, and its image under the sign of α constant.
pub fn decide(state: &State<Ball>, conserved: &Ball, exact: Option<&State<Rational>>) -> Limit {
    let sign = |x: &Ball| {
        let zero = integer(0, x.precision());
        match (x.lt(&zero).is_true(), zero.lt(x).is_true()) {
            (true, _) => Some(-1),
            (_, true) => Some(1),
            _ if x.is_point() => Some(0),
            _ => None,
        }
    };
    let minimiser = |sign: i32, because| Limit::Minimiser {
        negative: sign < 0,
        because,
    };
    let [alpha, beta1, beta2] = state.as_array().map(sign);
    match (alpha, beta2) {
        (Some(0), Some(0)) => {
            return Limit::Saddle {
                because: Hypothesis::Critical,
            };
        }
        (Some(x), Some(y)) if x * y > 0 => return minimiser(x, Hypothesis::Quadrant),
        (Some(0), Some(y)) => return minimiser(y, Hypothesis::Axis),
        (Some(x), Some(0)) => return minimiser(x, Hypothesis::Axis),
        _ => {}
    }
    let invariant = match exact {
        Some(x) => {
            let [a, b, c] = x.as_array().map(|y| Rational::from(y.square_ref()));
            Some((a - b - c).cmp0() as i32)
        }
        None => sign(conserved).filter(|s| *s != 0),
    };
    match (invariant, beta1, alpha, beta2) {
        (Some(1), _, Some(x), _) if x != 0 => minimiser(x, Hypothesis::PositiveInvariant),
        (Some(-1), Some(0), _, Some(y)) if y != 0 => {
            minimiser(y, Hypothesis::PlaneNegativeInvariant)
        }
        (Some(0), Some(b), Some(x), _) if b != 0 && x != 0 => {
            minimiser(x, Hypothesis::ZeroInvariant)
        }
        (Some(0), Some(0), Some(x), Some(y)) if x * y < 0 => Limit::Saddle {
            because: Hypothesis::StableCurve,
        },
        _ => Limit::Undetermined,
    }
}

/// The start as a single exact point, if it is one.
pub fn exact_start(start: &State<Range>) -> Option<State<Rational>> {
    let point = start.as_array().iter().all(|r| r.is_point());
    point.then(|| start.map(|r| r.lower.clone()))
}

/// The minimiser (a, 0, 1/a) with a² = ψ(C).
///
/// # Errors
/// [`Undefined`] if C is unbounded.
pub fn minimiser(conserved: &Ball, negative: bool) -> Result<State<Ball>, Undefined> {
    let size = psi(conserved)?.sqrt()?;
    let inverse = integer(1, conserved.precision()).div(&size)?;
    let signed = |x: Ball| if negative { x.neg() } else { x };
    Ok(State {
        alpha: signed(size),
        beta1: integer(0, conserved.precision()),
        beta2: signed(inverse),
    })
}
