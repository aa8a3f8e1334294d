//! The run and its iterates.

use super::Failure;
use super::ball::{Ball, Value};
use super::fraction::Fraction;
use super::json::Json;
use super::work::NoValue;
use crate::limits::CERTIFICATE_STEPS;

/// Gradient descent on L = λ₁/2·(αβ₁)² + λ₂/2·(αβ₂ − 1)² with exact inputs.
#[derive(Clone, Debug)]
pub struct Run {
    /// λ₁ ≥ λ₂.
    pub lambda1: Fraction,
    /// λ₂ > 0.
    pub lambda2: Fraction,
    /// η > 0.
    pub eta: Fraction,
    /// B > 0, if β₁ is clipped to [−B, B] after each step.
    pub clip: Option<Fraction>,
    /// Lower and upper ends of α, β₁, β₂ at step 0.
    pub start: [(Fraction, Fraction); 3],
    /// Steps made.
    pub steps: u64,
}

impl Run {
    /// Reads the field `run` of a certificate.
    pub fn read(json: &Json) -> Result<Self, Failure> {
        let positive = |json: &Json| {
            Fraction::of(json).and_then(|q| {
                let wrong = || Failure::format("it must be greater than 0");
                q.is_positive().then_some(q).ok_or_else(wrong)
            })
        };
        let ends = |json: &Json| match json {
            Json::List(ends) => match ends.as_slice() {
                [lower, upper] => {
                    let (lower, upper) = (Fraction::of(lower)?, Fraction::of(upper)?);
                    let wrong = || Failure::format("the ends of a range must differ and ascend");
                    lower
                        .less(&upper)
                        .then_some((lower, upper))
                        .ok_or_else(wrong)
                }
                _ => Err(Failure::format("a range has two ends")),
            },
            _ => Fraction::of(json).map(|q| (q.clone(), q)),
        };
        let mut fields = json.fields()?;
        let run = Run {
            lambda1: fields.take("lambda1", positive)?,
            lambda2: fields.take("lambda2", positive)?,
            eta: fields.take("eta", positive)?,
            clip: fields
                .optional("clip")
                .map(|json| positive(json).map_err(|e| e.inside("clip")))
                .transpose()?,
            start: fields.take("start", |json| {
                let mut fields = json.fields()?;
                let start = [
                    fields.take("alpha", ends)?,
                    fields.take("beta1", ends)?,
                    fields.take("beta2", ends)?,
                ];
                fields.end()?;
                Ok(start)
            })?,
            steps: fields.take("steps", |json| json.count(CERTIFICATE_STEPS))?,
        };
        fields.end()?;
        if run.lambda1.less(&run.lambda2) {
            return Err(Failure::format("lambda2 must not be greater than lambda1"));
        }
        Ok(run)
    }

    /// Is the start a single point?
    pub fn starts_at_a_point(&self) -> bool {
        self.start.iter().all(|(lower, upper)| lower == upper)
    }
}

/// λ₁, λ₂, η, h = ηλ₁, e = ηλ₂, ρ = λ₂/λ₁ in balls.
#[derive(Clone, Debug)]
pub struct Constants {
    /// λ₁.
    pub lambda1: Ball,
    /// λ₂.
    pub lambda2: Ball,
    /// η.
    pub eta: Ball,
    /// h.
    pub h: Ball,
    /// e.
    pub e: Ball,
    /// ρ.
    pub rho: Ball,
}

impl Constants {
    /// To p bits.
    pub fn new(run: &Run, p: u32) -> Result<Self, NoValue> {
        let ball = |q: Option<Fraction>| Ball::fraction(&q.ok_or(NoValue::Range)?, p);
        Ok(Constants {
            lambda1: Ball::fraction(&run.lambda1, p)?,
            lambda2: Ball::fraction(&run.lambda2, p)?,
            eta: Ball::fraction(&run.eta, p)?,
            h: ball(run.eta.mul(&run.lambda1))?,
            e: ball(run.eta.mul(&run.lambda2))?,
            rho: ball(run.lambda2.div(&run.lambda1))?,
        })
    }
}

/// (α, β₁, β₂).
pub type State = [Ball; 3];

/// An iterate.
#[derive(Clone, Debug)]
pub struct Iterate {
    /// Its index.
    pub step: u64,
    /// A set that contains it.
    pub state: State,
    /// The coordinates that are known exactly: those of the first few iterates and of a point that
    /// the map fixes; a β₁ that was clipped.
    pub exact: [Option<Fraction>; 3],
    /// Was β₁ clipped in the step to it? `None`: not known.
    pub clipped: Option<bool>,
}

/// The number, if it takes few bits to write.
fn short(q: &Fraction) -> Option<Fraction> {
    const MOST: u64 = 512;
    (q.bits() <= MOST).then(|| q.clone())
}

/// Makes steps.
pub struct Orbit {
    constants: Constants,
    clip: Option<Ball>,
    run: Run,
    p: u32,
}

impl Orbit {
    /// For a run, to p bits.
    pub fn new(run: &Run, p: u32) -> Result<Self, NoValue> {
        let clip = run
            .clip
            .as_ref()
            .map(|q| Ball::fraction(q, p))
            .transpose()?;
        Ok(Orbit {
            constants: Constants::new(run, p)?,
            clip,
            run: run.clone(),
            p,
        })
    }

    /// Step 0.
    pub fn start(&self, run: &Run) -> Result<Iterate, NoValue> {
        let coordinate = |(lower, upper): &(Fraction, Fraction)| -> Value {
            let lower_ball = Ball::fraction(lower, self.p)?;
            if lower == upper {
                return Ok(lower_ball);
            }
            lower_ball.hull(&Ball::fraction(upper, self.p)?, self.p)
        };
        let [alpha, beta1, beta2] = &run.start;
        Ok(Iterate {
            step: 0,
            state: [coordinate(alpha)?, coordinate(beta1)?, coordinate(beta2)?],
            exact: [alpha, beta1, beta2].map(|(lower, upper)| short(lower).filter(|q| q == upper)),
            clipped: Some(false),
        })
    }

    /// The map on exact coordinates, before β₁ is clipped, as far as their writing stays short.
    fn exactly(&self, x: &Iterate) -> [Option<Fraction>; 3] {
        let [Some(alpha), Some(beta1), Some(beta2)] = &x.exact else {
            // β₁ = 0 stays 0.
            let [_, beta1, _] = &x.exact;
            return [
                None,
                beta1.clone().filter(|q| *q == Fraction::whole(0)),
                None,
            ];
        };
        let next = || {
            let Run {
                lambda1,
                lambda2,
                eta,
                ..
            } = &self.run;
            let (h, e) = (short(&eta.mul(lambda1)?)?, short(&eta.mul(lambda2)?)?);
            let s = Fraction::whole(1).sub(&alpha.mul(beta2)?)?;
            let one_less = |x: &Fraction| Fraction::whole(1).sub(&h.mul(&x.mul(x)?)?);
            Some([
                alpha.mul(&one_less(beta1)?)?.add(&e.mul(beta2)?.mul(&s)?)?,
                beta1.mul(&one_less(alpha)?)?,
                beta2.add(&e.mul(alpha)?.mul(&s)?)?,
            ])
        };
        next().map_or([None, None, None], |next| next.map(|q| short(&q)))
    }

    /// The next iterate: α⁺ = α(1 − b − eβ₂²) + eβ₂, β₁⁺ = β₁(1 − a), β₂⁺ = β₂(1 − eα²) + eα with
    /// a = hα², b = hβ₁²; then β₁⁺ is clipped, if the run says so.
    ///
    /// # Errors
    /// [`NoValue::Unknown`] where it is not certain whether β₁ is clipped.
    pub fn step(&self, x: &Iterate) -> Result<Iterate, NoValue> {
        let (p, one) = (self.p, Ball::whole(1));
        let Constants { h, e, .. } = &self.constants;
        let [alpha, beta1, beta2] = &x.state;
        let (alpha2, beta22) = (alpha.square(p)?, beta2.square(p)?);
        let b = h.mul(&beta1.square(p)?, p)?;
        let shrink = one.sub(&b, p)?.sub(&e.mul(&beta22, p)?, p)?;
        let growth = one.sub(&h.mul(&alpha2, p)?, p)?;
        let decay = one.sub(&e.mul(&alpha2, p)?, p)?;
        let mut next = Iterate {
            step: x.step.saturating_add(1),
            state: [
                alpha.mul(&shrink, p)?.add(&e.mul(beta2, p)?, p)?,
                beta1.mul(&growth, p)?,
                beta2.mul(&decay, p)?.add(&e.mul(alpha, p)?, p)?,
            ],
            exact: self.exactly(x),
            clipped: Some(false),
        };
        if let (Some(bound), Some(exact_bound)) = (&self.clip, &self.run.clip) {
            let [_, beta1, _] = &mut next.state;
            let [_, exact, _] = &mut next.exact;
            let (above, below) = (
                bound.less(beta1, false),
                beta1.less(&bound.negative(), false),
            );
            next.clipped = match (above, below) {
                (Some(true), _) => {
                    *beta1 = bound.clone();
                    *exact = Some(exact_bound.clone());
                    Some(true)
                }
                (_, Some(true)) => {
                    *beta1 = bound.negative();
                    *exact = Some(exact_bound.negative());
                    Some(true)
                }
                (Some(false), Some(false)) => Some(false),
                _ => return Err(NoValue::Unknown),
            };
        }
        Ok(next)
    }
}
