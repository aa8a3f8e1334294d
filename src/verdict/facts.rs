//! What happened on a run: certified facts about the trajectory itself.

use rug::Rational;

use super::attained::Attained;
use super::checker::Judge;
use super::crossings::{Count, CrossingFinder, Crossings, FlipFinder, Flips, When};
use crate::claim::program::{At, Program, Test, Value};
use crate::diagnostic::InputError;
use crate::expression::{Condition, Expr, Function, Place, Relation, parser};
use crate::model::{self, Parameters, State};
use crate::number::{Ball, Enclosure, Interval, Number, Ternary};

/// An extreme value and where it was attained.
#[derive(Clone, Debug)]
pub struct Extreme {
    /// Enclosure of the extreme value over all steps.
    pub value: Interval,
    /// The step that attains it, or those that may.
    pub attained: Attained,
}

/// Certified facts about the steps made. Where steps are open, numbers are ranges that contain
/// those of every point of the start.
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
    /// Sign changes of α.
    pub sign_flips: Flips,
    /// First step with |α| > 1000.
    pub large_alpha: When,
    /// First step at which Theorem E (`dynamics.md#theorem-e`) applies: |α| at least doubles
    /// at every later step. Plain gradient descent only.
    pub escape: Option<u64>,
    /// Steps in which β₁ was clipped.
    pub clipped_steps: Count,
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
    crossings: [CrossingFinder; 3],
    flips: FlipFinder,
    eta_sharpness_extreme: ExtremeFinder,
    beta1_extreme: ExtremeFinder,
    loss_extreme: ExtremeFinder,
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
            crossings: [CrossingFinder::default(); 3],
            flips: FlipFinder::default(),
            eta_sharpness_extreme: ExtremeFinder::new(true),
            beta1_extreme: ExtremeFinder::new(false),
            loss_extreme: ExtremeFinder::new(true),
            facts: Facts {
                sharpness_crossings: Crossings::default(),
                edge_crossings: Crossings::default(),
                spikes: Crossings::default(),
                max_eta_sharpness: None,
                min_beta1: None,
                max_loss: None,
                sign_flips: Flips::default(),
                large_alpha: When::NEVER,
                escape: None,
                clipped_steps: Count::default(),
                open: None,
                last_step: 0,
            },
        })
    }

    /// Looks at step t.
    pub fn step(&mut self, judge: &mut Judge) {
        const SIDES: [&str; 3] = [
            "the side of S = 2/η",
            "the side of a = 2",
            "the side of b = 1/1000",
        ];
        let t = judge.step();
        for (i, name) in SIDES.into_iter().enumerate() {
            let side = judge.decide(&self.above[i]);
            self.crossings[i].observe(t, side);
            self.note_open(t, side, name);
        }
        let negative = judge.decide(&self.alpha_negative);
        let positive = judge.decide(&self.alpha_positive);
        self.flips.observe(t, negative, positive);
        if negative.is_unknown() || positive.is_unknown() {
            self.note_open(t, Ternary::Unknown, "the sign of α");
        }
        if self.facts.large_alpha.perhaps_never {
            let large = judge.decide(&self.alpha_large);
            self.facts.large_alpha.observe_first(t, large);
            self.note_open(t, large, "whether |α| > 1000");
        }
        if let (Some(escape), None) = (&self.escape, self.facts.escape) {
            self.facts.escape = judge.decide_cheaply(escape).is_true().then_some(t);
        }
        for (finder, value) in [
            (&mut self.eta_sharpness_extreme, self.eta_sharpness),
            (&mut self.beta1_extreme, self.size_beta1),
            (&mut self.loss_extreme, self.loss),
        ] {
            finder.observe(judge.interval_value(value).ok().as_ref(), t);
        }
        let clipped = judge.clipped();
        self.facts.clipped_steps.observe(clipped);
        self.note_open(t, clipped, "whether β₁ is clipped");
    }

    fn note_open(&mut self, t: u64, what: Ternary, name: &'static str) {
        if what.is_unknown() {
            self.facts.open.get_or_insert((t, name));
        }
    }

    /// The facts up to the judge's current step.
    pub fn finish(self, judge: &Judge) -> Facts {
        let [sharpness_crossings, edge_crossings, spikes] = self.crossings.map(|c| c.finish());
        Facts {
            sharpness_crossings,
            edge_crossings,
            spikes,
            max_eta_sharpness: self.eta_sharpness_extreme.finish(),
            min_beta1: self.beta1_extreme.finish(),
            max_loss: self.loss_extreme.finish(),
            sign_flips: self.flips.finish(),
            last_step: judge.step(),
            ..self.facts
        }
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

/// Finds the largest (or smallest) of a value along a run.
#[derive(Clone, Debug)]
struct ExtremeFinder {
    largest: bool,
    extreme: Option<Extreme>,
    /// At some step there was no value.
    lost: bool,
}

impl ExtremeFinder {
    fn new(largest: bool) -> Self {
        ExtremeFinder {
            largest,
            extreme: None,
            lost: false,
        }
    }

    fn observe(&mut self, value: Option<&Interval>, step: u64) {
        match value {
            Some(value) => extend(&mut self.extreme, value, step, self.largest),
            None => self.lost = true,
        }
    }

    /// `None` where a step has no value: that could be the extreme one.
    fn finish(self) -> Option<Extreme> {
        self.extreme.filter(|_| !self.lost)
    }
}

/// Extends the largest (or smallest) value so far by one at `step`.
///
/// # Soundness
/// The pointwise maximum (minimum) of enclosures encloses the maximum (minimum); where it is
/// attained: [`Attained`].
pub(crate) fn extend(extreme: &mut Option<Extreme>, value: &Interval, step: u64, largest: bool) {
    let extreme = extreme.get_or_insert_with(|| Extreme {
        value: *value,
        attained: Attained::default(),
    });
    if largest {
        extreme.value = extreme.value.max(value);
        extreme.attained.observe_greatest(step, value);
    } else {
        extreme.value = extreme.value.min(value);
        extreme.attained.observe(step, value);
    }
}
