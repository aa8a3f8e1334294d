//! What happened on a run: certified facts about the trajectory itself.

use rug::Rational;

use super::checker::Judge;
use crate::claim::program::{At, Program, Test, Value};
use crate::diagnostic::InputError;
use crate::expression::{Condition, Expr, Function, Place, Relation, parser};
use crate::model::{self, Parameters, State};
use crate::number::{Ball, Enclosure, Interval, Number, Ternary};

/// How often and when a quantity passed a level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crossings {
    /// Steps t ≥ 1 with the quantity ≤ the level at t − 1 and above it at t.
    pub upward: u64,
    /// The other direction.
    pub downward: u64,
    /// First upward crossing.
    pub first_upward: Option<u64>,
    /// Last step at which the quantity was above the level.
    pub last_above: Option<u64>,
    above: Option<bool>,
}

impl Crossings {
    fn observe(&mut self, step: u64, above: bool) {
        match (self.above, above) {
            (Some(false), true) => {
                self.upward += 1;
                self.first_upward.get_or_insert(step);
            }
            (Some(true), false) => self.downward += 1,
            _ => {}
        }
        if above {
            self.last_above = Some(step);
        }
        self.above = Some(above);
    }
}

/// An extreme value and where it was attained.
#[derive(Clone, Debug)]
pub struct Extreme {
    /// Enclosure of the extreme value over all steps.
    pub value: Interval,
    /// The step whose enclosure reaches farthest.
    pub step: u64,
}

/// Certified facts about the steps made.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Crossings of S = 2/η.
    pub sharpness_crossings: Crossings,
    /// Crossings of a = ηλ₁α² = 2.
    pub edge_crossings: Crossings,
    /// Times b = ηλ₁β₁² rises above 1/1000.
    pub spikes: Crossings,
    /// Largest η·S.
    pub max_eta_sharpness: Option<Extreme>,
    /// Smallest |β₁|.
    pub min_beta1: Option<Extreme>,
    /// Largest loss.
    pub max_loss: Option<Extreme>,
    /// Sign changes of α from one step to the next, and the first step after one.
    pub sign_flips: (u64, Option<u64>),
    /// First step with |α| > 1000.
    pub large_alpha: Option<u64>,
    /// First step at which Theorem E (`dynamics.md#theorem-e`) applies: |α| at least doubles
    /// at every later step. Plain gradient descent only.
    pub escape: Option<u64>,
    /// Steps in which β₁ was clipped.
    pub clipped_steps: u64,
    /// First step at which one of these could not be decided, and which.
    pub open: Option<(u64, &'static str)>,
    /// The last step that was looked at.
    pub last_step: u64,
}

/// The last iterate of a pass.
#[derive(Clone, Debug)]
pub struct LastIterate {
    /// Its step.
    pub step: u64,
    /// θ.
    pub state: State<Ball>,
    /// η·S.
    pub eta_sharpness: Option<Interval>,
    /// L.
    pub loss: Option<Interval>,
}

impl LastIterate {
    /// Is β₁ exactly 0? Then it is 0 for ever after.
    pub fn beta1_is_zero(&self) -> bool {
        self.state.beta1.is_point() && self.state.beta1.contains_zero()
    }
}

/// The hypotheses of Theorem E.
fn escape_condition() -> Result<Condition, InputError> {
    let text = "b >= 4 and a >= 4 and abs(alpha) >= 1 and b >= 8*e*(beta2^2 + 1) \
                and rho <= 1/2 and e*rho <= 1/2";
    parser::condition(text, &Place::From(0), &model::names())
        .map_err(|e| InputError::internal(&e.message))
}

/// Gathers [`Facts`] along a run.
#[derive(Clone, Debug)]
pub struct FactFinder {
    eta_sharpness: Value,
    size_beta1: Value,
    loss: Value,
    above: [Test; 3],
    alpha_positive: Test,
    alpha_negative: Test,
    alpha_large: Test,
    escape: Option<Test>,
    sign: Option<bool>,
    facts: Facts,
}

impl FactFinder {
    /// Adds what it needs to the program.
    ///
    /// # Errors
    /// None in practice: the expressions are fixed.
    pub fn new(program: &mut Program, parameters: &Parameters) -> Result<Self, InputError> {
        let escape = match parameters.clip {
            None => Some(program.add_condition(&escape_condition()?, parameters)?),
            Some(_) => None,
        };
        let number = |q: Rational| Expr::constant(&q, ());
        let mut value = |e: &Expr| program.add_expression(e, parameters);
        let eta_sharpness = value(&Expr::name("eta").mul(&Expr::name("sharpness")))?;
        let (a, b) = (value(&Expr::name("a"))?, value(&Expr::name("b"))?);
        let alpha = value(&Expr::name("alpha"))?;
        let zero = value(&number(Rational::new()))?;
        let two = value(&number(Rational::from(2)))?;
        let sharpness = value(&Expr::name("sharpness"))?;
        let sharpness_edge = value(&number(Rational::from(2)).div(&Expr::name("eta")))?;
        let spike = value(&number(Rational::from((1, 1000))))?;
        let large = value(&number(Rational::from(1000)))?;
        let size_alpha = value(&Expr::name("alpha").call(Function::Abs))?;
        let above = |x: Value, level: Value| Test::Compare(x, Relation::Greater, level);
        debug_assert_eq!(alpha.at, At::Now);
        Ok(FactFinder {
            eta_sharpness,
            size_beta1: value(&Expr::name("beta1").call(Function::Abs))?,
            loss: value(&Expr::name("loss"))?,
            above: [
                above(sharpness, sharpness_edge),
                above(a, two),
                above(b, spike),
            ],
            alpha_positive: above(alpha, zero),
            alpha_negative: above(zero, alpha),
            alpha_large: above(size_alpha, large),
            escape,
            sign: None,
            facts: Facts {
                sharpness_crossings: Crossings::default(),
                edge_crossings: Crossings::default(),
                spikes: Crossings::default(),
                max_eta_sharpness: None,
                min_beta1: None,
                max_loss: None,
                sign_flips: (0, None),
                large_alpha: None,
                escape: None,
                clipped_steps: 0,
                open: None,
                last_step: 0,
            },
        })
    }

    /// Looks at step t.
    pub fn step(&mut self, judge: &mut Judge) {
        let t = judge.step();
        let names = [
            "the side of S = 2/η",
            "the side of a = 2",
            "the side of b = 1/1000",
        ];
        for (i, name) in names.into_iter().enumerate() {
            let side = judge.decide(&self.above[i]);
            let facts = &mut self.facts;
            let crossings = match i {
                0 => &mut facts.sharpness_crossings,
                1 => &mut facts.edge_crossings,
                _ => &mut facts.spikes,
            };
            match side {
                Ternary::True => crossings.observe(t, true),
                Ternary::False => crossings.observe(t, false),
                Ternary::Unknown => {
                    facts.open.get_or_insert((t, name));
                }
            }
        }
        self.signs(judge, t);
        let facts = &mut self.facts;
        if let Ok(value) = judge.interval_value(self.eta_sharpness) {
            extend(&mut facts.max_eta_sharpness, &value, t, true);
        }
        if let Ok(value) = judge.interval_value(self.size_beta1) {
            extend(&mut facts.min_beta1, &value, t, false);
        }
        if let Ok(value) = judge.interval_value(self.loss) {
            extend(&mut facts.max_loss, &value, t, true);
        }
        match judge.clipped() {
            Ternary::True => facts.clipped_steps += 1,
            Ternary::False => {}
            Ternary::Unknown => {
                facts.open.get_or_insert((t, "whether β₁ is clipped"));
            }
        }
    }

    fn signs(&mut self, judge: &mut Judge, t: u64) {
        let facts = &mut self.facts;
        let sign = if judge.decide(&self.alpha_positive).is_true() {
            Some(true)
        } else if judge.decide(&self.alpha_negative).is_true() {
            Some(false)
        } else {
            // α = 0 or not known: no flip is claimed.
            None
        };
        if let (Some(old), Some(new)) = (self.sign, sign)
            && old != new
        {
            facts.sign_flips.0 += 1;
            facts.sign_flips.1.get_or_insert(t);
        }
        self.sign = sign.or(self.sign);
        if let (Some(escape), None) = (&self.escape, facts.escape) {
            facts.escape = judge.decide_cheaply(escape).is_true().then_some(t);
        }
        if facts.large_alpha.is_none() {
            match judge.decide(&self.alpha_large) {
                Ternary::True => facts.large_alpha = Some(t),
                Ternary::False => {}
                Ternary::Unknown => {
                    facts.open.get_or_insert((t, "whether |α| > 1000"));
                }
            }
        }
    }

    /// The facts up to the judge's current step.
    pub fn finish(mut self, judge: &Judge) -> Facts {
        self.facts.last_step = judge.step();
        self.facts
    }

    /// θ_t of the judge, at the engine's precision.
    pub fn last_iterate(&self, judge: &mut Judge) -> LastIterate {
        LastIterate {
            step: judge.step(),
            state: judge.state(),
            eta_sharpness: judge.ball_value(self.eta_sharpness),
            loss: judge.ball_value(self.loss),
        }
    }
}

/// Extends the largest (or smallest) value so far by one at `step`.
///
/// # Soundness
/// The pointwise maximum (minimum) of enclosures encloses the maximum (minimum).
pub(crate) fn extend(extreme: &mut Option<Extreme>, value: &Interval, step: u64, largest: bool) {
    let Some(old) = extreme else {
        *extreme = Some(Extreme {
            value: *value,
            step,
        });
        return;
    };
    let end = |x: &Interval| {
        let (m, exponent) = if largest { x.upper() } else { x.lower() };
        Interval::from_bounds(m, m, exponent)
    };
    let farther = if largest {
        end(&old.value).lt(&end(value)).is_true()
    } else {
        end(value).lt(&end(&old.value)).is_true()
    };
    old.value = if largest {
        old.value.max(value)
    } else {
        old.value.min(value)
    };
    if farther {
        old.step = step;
    }
}
