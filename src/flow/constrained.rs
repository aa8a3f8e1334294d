//! The constrained trajectory of self-stabilisation, and how far gradient descent is from it.
//!
//! The constraint set is {β₁ = 0, |α| ≤ α_*}, α_*² = 2/(ηλ₁): where β₁ = 0 and λ₁α² is the
//! sharpness, it says S ≤ 2/η. The start is projected onto it first. Signs are chosen such
//! that α ≥ 0 at the start. Definitions and proofs: `flow.md`, "Constrained trajectory".

use rug::{Float, Rational};

use super::closed_form::{ClosedForm, coordinates};
use super::limit::psi;
use super::{FlowError, either, integer};
use crate::enclosure::{Lost, Moment, Trajectory};
use crate::model::{Coefficients, Parameters, State};
use crate::number::{Ball, Enclosure, Number};

/// The constrained flow in closed form.
#[derive(Clone, Debug)]
pub struct Constrained {
    negative: bool,
    form: ClosedForm,
    conserved: Ball,
    lambda2: Ball,
    edge: Ball,
    hit: Option<Hit>,
}

/// The first time at which the constraint is active, and β₂ there.
#[derive(Clone, Debug)]
struct Hit {
    time: Ball,
    beta2: Ball,
}

/// α_* = √(2/(ηλ₁)).
fn edge(parameters: &Parameters, precision: u32) -> Result<Ball, FlowError> {
    let h = Rational::from(&parameters.eta * &parameters.lambda1);
    Ok(Ball::from_rational(&(Rational::from(2) / h), precision).sqrt()?)
}

/// Is α < 0 for certain, so that the picture is to be reflected?
fn is_negative(alpha: &Ball) -> bool {
    alpha.lt(&integer(0, alpha.precision())).is_true()
}

fn reflected(x: &Ball, negative: bool) -> Ball {
    if negative { x.neg() } else { x.clone() }
}

impl Constrained {
    /// From the projection of the start.
    ///
    /// # Errors
    /// [`FlowError::Quadrant`] unless αβ₂ > 0 at the start; [`FlowError::Undecided`] if it is
    /// open whether the start or the limit is beyond the edge.
    pub fn new(parameters: &Parameters, start: &State<Ball>) -> Result<Self, FlowError> {
        let precision = start.alpha.precision();
        let (zero, one) = (integer(0, precision), integer(1, precision));
        let negative = is_negative(&start.alpha);
        let alpha = reflected(&start.alpha, negative);
        let beta2 = reflected(&start.beta2, negative);
        if !zero.lt(&alpha).and(zero.lt(&beta2)).is_true() {
            return Err(FlowError::Quadrant);
        }
        let edge = edge(parameters, precision)?;
        let lambda2 = Ball::from_rational(&parameters.lambda2, precision);
        let outside = edge.le(&alpha);
        let alpha = alpha.min(&edge);
        let conserved = alpha.square().sub(&beta2.square());
        let form = ClosedForm::new(&lambda2, &conserved, &alpha.add(&beta2).square())?;
        let limit = psi(&conserved)?;
        let square = edge.square();
        // Below the valley floor α rises to √ψ, above it α falls and stays inside.
        let below = alpha.mul(&beta2).lt(&one);
        let reaches = square.lt(&limit);
        let hit = if outside.is_true() && below.is_true() {
            Some(Hit {
                time: zero,
                beta2: beta2.clone(),
            })
        } else if below.is_false() || reaches.is_false() {
            None
        } else if below.is_true() && reaches.is_true() && outside.is_false() {
            let beta2 = square.sub(&conserved).sqrt()?;
            let time = form.time_of(&edge.add(&beta2).square())?;
            Some(Hit { time, beta2 })
        } else {
            return Err(FlowError::Undecided);
        };
        Ok(Constrained {
            negative,
            form,
            conserved,
            lambda2,
            edge,
            hit,
        })
    }

    /// t*, the time from which on the constraint is active; `None` if it never is.
    pub fn hitting_time(&self) -> Option<&Ball> {
        self.hit.as_ref().map(|hit| &hit.time)
    }

    /// (α†, β₂†) at a time t ≥ 0; β₁† = 0.
    ///
    /// # Soundness
    /// Closed form before t*, exponential approach of β₂ to 1/α_* after it; where the
    /// enclosures do not say which, the hull of both.
    ///
    /// # Errors
    /// [`FlowError::Undefined`] if an enclosure is too wide.
    pub fn at(&self, time: &Rational) -> Result<State<Ball>, FlowError> {
        let precision = self.edge.precision();
        let time = Ball::from_rational(time, precision);
        let free = || -> Result<(Ball, Ball), FlowError> {
            let moment = self.form.at(&time)?;
            Ok(coordinates(&moment.v, &self.conserved)?)
        };
        let (alpha, beta2) = match &self.hit {
            None => free()?,
            Some(hit) => {
                let after = hit.time.le(&time);
                let first = match (after.is_true(), after.is_false()) {
                    (true, _) => Some(true),
                    (_, true) => Some(false),
                    _ => None,
                };
                let floor = integer(1, precision).div(&self.edge)?;
                let rate = self.lambda2.mul(&self.edge.square());
                let decay = rate.mul(&time.sub(&hit.time)).neg().exp()?;
                let active = floor.add(&hit.beta2.sub(&floor).mul(&decay));
                let (alpha, beta2) = if first == Some(true) {
                    (self.edge.clone(), active.clone())
                } else {
                    free()?
                };
                (
                    either(first, &self.edge, &alpha),
                    either(first, &active, &beta2),
                )
            }
        };
        Ok(State {
            alpha: reflected(&alpha, self.negative),
            beta1: integer(0, precision),
            beta2: reflected(&beta2, self.negative),
        })
    }
}

/// How far gradient descent is from the discrete constrained trajectory, along a run.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Steps compared.
    pub steps: u64,
    /// sup |α_t − α†_t| over them.
    pub alpha: Ball,
    /// max |β₂,t − β₂†,t|.
    pub beta2: Ball,
    /// The bound of the latter that (b) proves, at the last step.
    pub bound: Ball,
    /// Steps at which (a) certainly fails, of those where its hypotheses are proved.
    pub violations_a: u64,
    /// Steps at which the hypotheses of (a) are proved.
    pub checked_a: u64,
    /// Steps at which (b), or the uniform bound, certainly fails.
    pub violations_b: u64,
    /// Steps at which the hypotheses of (b) are proved.
    pub checked_b: u64,
    /// Steps at which the uniform bound is proved by the numbers alone. (Where it is an
    /// equality, as at the first steps, numbers cannot.)
    pub proved_uniform: u64,
    /// Why the trajectory of gradient descent ended early.
    pub stopped: Option<Lost>,
}

/// The two trajectories at one step, reflected such that α > 0 at the start.
struct Pair {
    alpha: Ball,
    beta1: Ball,
    beta2: Ball,
    dagger: [Ball; 2],
}

/// Follows gradient descent and the discrete constrained trajectory for `steps` steps.
///
/// # Soundness
/// Both are enclosed; suprema are pointwise maxima. A violation is counted only where the
/// enclosures of both sides are disjoint.
///
/// # Errors
/// [`FlowError::Undefined`] if an enclosure is too wide.
pub fn compare(
    parameters: &Parameters,
    trajectory: &mut dyn Trajectory,
    steps: u64,
    precision: u32,
    progress: &mut dyn FnMut(u64),
) -> Result<Comparison, FlowError> {
    let k: Coefficients<Ball> = parameters.coefficients(precision);
    let edge = edge(parameters, precision)?;
    let zero = integer(0, precision);
    let start = trajectory.ball(Moment::Current);
    let negative = is_negative(&start.alpha);
    let dagger = [
        reflected(&start.alpha, negative).min(&edge),
        reflected(&start.beta2, negative),
    ];
    let mut now = pair(&start, negative, dagger);
    let mut result = Comparison {
        steps: 0,
        alpha: now.alpha_distance(),
        beta2: now.beta2_distance(),
        bound: now.beta2_distance(),
        violations_a: 0,
        checked_a: 0,
        violations_b: 0,
        checked_b: 0,
        proved_uniform: 0,
        stopped: None,
    };
    for step in 0..steps {
        progress(step);
        if let Err(lost) = trajectory.advance() {
            result.stopped = Some(lost);
            break;
        }
        let dagger = now.next_dagger(&k, &edge);
        let next = pair(&trajectory.ball(Moment::Current), negative, dagger);
        if let Some(bound) = now.bound_a(&k, &edge, &next)? {
            result.checked_a += 1;
            let distance = next.distance()?;
            result.violations_a += u64::from(bound.lt(&distance).is_true());
        }
        let weight = k.e.mul(&now.dagger[0].square());
        let cross = now.cross(&k);
        if weight.le(&k.one).is_true() && zero.lt(&weight).is_true() {
            result.checked_b += 1;
            let own = k.one.sub(&weight).mul(&now.beta2_distance());
            let bound = own.add(&k.e.mul(&cross));
            let fails = bound.lt(&next.beta2_distance()).is_true();
            let forcing = cross.div(&now.dagger[0].square())?;
            result.bound = result.bound.max(&forcing);
            let uniform = next.beta2_distance().le(&result.bound);
            result.proved_uniform += u64::from(uniform.is_true());
            result.violations_b += u64::from(fails || uniform.is_false());
        }
        now = next;
        result.alpha = result.alpha.max(&now.alpha_distance());
        result.beta2 = result.beta2.max(&now.beta2_distance());
        result.steps = step + 1;
    }
    Ok(result)
}

fn pair(state: &State<Ball>, negative: bool, dagger: [Ball; 2]) -> Pair {
    Pair {
        alpha: reflected(&state.alpha, negative),
        beta1: state.beta1.clone(),
        beta2: reflected(&state.beta2, negative),
        dagger,
    }
}

impl Pair {
    fn alpha_distance(&self) -> Ball {
        self.alpha.sub(&self.dagger[0]).abs()
    }

    fn beta2_distance(&self) -> Ball {
        self.beta2.sub(&self.dagger[1]).abs()
    }

    fn distance(&self) -> Result<Ball, FlowError> {
        let sum = self
            .alpha_distance()
            .square()
            .add(&self.beta2_distance().square());
        let precision = sum.precision();
        let lower = sum.lower_float(precision);
        if lower >= 0 {
            return Ok(sum.sqrt()?);
        }
        // Rounding has taken the lower end of a sum of squares below 0.
        let upper = sum.upper_float(precision);
        let sum = Ball::from_float_ends(&Float::new(precision), &upper, precision);
        Ok(sum.sqrt()?)
    }

    /// |α − α†||1 − (α + α†)β₂|.
    fn cross(&self, k: &Coefficients<Ball>) -> Ball {
        let sum = self.alpha.add(&self.dagger[0]);
        let factor = k.one.sub(&sum.mul(&self.beta2));
        self.alpha_distance().mul(&factor.abs())
    }

    /// The projected gradient step of the constrained trajectory.
    fn next_dagger(&self, k: &Coefficients<Ball>, edge: &Ball) -> [Ball; 2] {
        let [alpha, beta2] = &self.dagger;
        let shrunk = |x: &Ball, y: &Ball| {
            let factor = k.one.sub(&k.e.mul(&y.square()));
            x.mul(&factor).add(&k.e.mul(y))
        };
        [shrunk(alpha, beta2).min(edge), shrunk(beta2, alpha)]
    }

    /// The right side of (a); `None` where its hypothesis on the step size is not proved.
    fn bound_a(
        &self,
        k: &Coefficients<Ball>,
        edge: &Ball,
        next: &Pair,
    ) -> Result<Option<Ball>, FlowError> {
        let zero = k.one.sub(&k.one);
        let [alpha, beta2] = [
            self.alpha.hull(&self.dagger[0]),
            self.beta2.hull(&self.dagger[1]),
        ];
        let off = k.two.mul(&alpha).mul(&beta2).sub(&k.one).abs();
        let (x, y) = (alpha.square(), beta2.square());
        if !k.e.mul(&x.max(&y).add(&off)).le(&k.two).is_true() {
            return Ok(None);
        }
        let kappa = off.sub(&x.min(&y)).max(&zero);
        // An upper bound of κ over the hull is needed, as a number.
        let kappa = Ball::exact(kappa.upper_float(kappa.precision()));
        let growth = k.one.add(&k.e.mul(&kappa));
        let kick = k.h.mul(&self.alpha.abs()).mul(&self.beta1.square());
        let beyond = next.alpha.sub(edge).max(&zero);
        let bound = growth.mul(&self.distance()?).add(&kick).add(&beyond);
        Ok(Some(bound))
    }
}
