//! What becomes of a format's outcome if an input moves to a neighbouring float, or the order
//! of operations changes: the set of outcomes, not their spread.

use std::sync::Arc;

use rug::{Float, Rational};

use super::events::Ending;
use super::format::{Format, Rounding, Underflow};
use super::order::Order;
use super::outcome::{Agreement, Outcome};
use super::run::{Context, Progress, Stage};
use super::source::{Inputs, Source, round};
use crate::number::{Enclosure, Interval};

/// An input of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// α₀.
    Alpha,
    /// β₁ at the start.
    Beta1,
    /// β₂ at the start.
    Beta2,
    /// η.
    Eta,
    /// λ₁.
    Lambda1,
    /// λ₂.
    Lambda2,
}

impl Input {
    /// All of them.
    pub const ALL: [Input; 6] = [
        Input::Alpha,
        Input::Beta1,
        Input::Beta2,
        Input::Eta,
        Input::Lambda1,
        Input::Lambda2,
    ];

    /// The name in a run file.
    pub fn name(self) -> &'static str {
        match self {
            Input::Alpha => "alpha",
            Input::Beta1 => "beta1",
            Input::Beta2 => "beta2",
            Input::Eta => "eta",
            Input::Lambda1 => "lambda1",
            Input::Lambda2 => "lambda2",
        }
    }

    fn of(self, inputs: &mut Inputs) -> &mut Rational {
        let Inputs { parameters, start } = inputs;
        match self {
            Input::Alpha => &mut start.alpha,
            Input::Beta1 => &mut start.beta1,
            Input::Beta2 => &mut start.beta2,
            Input::Eta => &mut parameters.eta,
            Input::Lambda1 => &mut parameters.lambda1,
            Input::Lambda2 => &mut parameters.lambda2,
        }
    }
}

/// An input moved to the next float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nudge {
    /// Which input.
    pub input: Input,
    /// To the next larger one, or to the next smaller one?
    pub up: bool,
}

/// One trace.
#[derive(Clone, Debug)]
pub struct Nudged {
    /// The order, as an index of [`Robustness::orders`].
    pub order: usize,
    /// What was moved, if anything.
    pub nudge: Option<Nudge>,
    /// How it went.
    pub outcome: Outcome,
    /// As the truth?
    pub agreement: Agreement,
}

/// Traces with the same ending and the same number of upward crossings.
#[derive(Clone, Debug)]
pub struct OutcomeClass {
    /// How they end; of a divergence the first step at which one of them does.
    pub ending: Ending,
    /// Upward crossings of S = 2/η.
    pub upward_count: u64,
    /// The hull of their final values of η·S, where all have one.
    pub eta_sharpness: Option<Interval>,
    /// As the truth?
    pub agreement: Agreement,
    /// Who belongs to it, as indices of [`Robustness::traces`].
    pub members: Vec<usize>,
}

/// The outcomes of a format.
#[derive(Clone, Debug)]
pub struct Robustness {
    /// The format.
    pub format: Format,
    /// The orders.
    pub orders: Vec<Arc<Order>>,
    /// The traces: for each order the unperturbed one and one for each neighbouring float of
    /// each input. A neighbour that is no input of the model (λ₂ = 0, say) is left out.
    pub traces: Vec<Nudged>,
    /// The set of outcomes, in the order in which they were met.
    pub outcomes: Vec<OutcomeClass>,
}

/// The float next to x, a float of the format; `None` if there is none.
pub fn neighbour(format: &Format, x: &Rational, up: bool) -> Option<Rational> {
    let away = if up { Rounding::Up } else { Rounding::Down };
    let mut next = Float::with_val(format.precision, x);
    let exponent = next.get_exp().map(|e| e - 1);
    let next = match (format.least_exponent(), exponent) {
        (None, None) => return None,
        // Below the least normal number, floats have the spacing of those right above it.
        (Some(least), exponent) if exponent.is_none_or(|e| e < least) => {
            let bits = match format.underflow {
                Underflow::Gradual => i32::try_from(format.precision).ok()? - 1,
                Underflow::Flush => 0,
            };
            let spacing = Rational::from(1) << (least - bits);
            if up { x + spacing } else { x - spacing }
        }
        _ => {
            if up {
                next.next_up();
            } else {
                next.next_down();
            }
            next.to_rational()?
        }
    };
    // Down from the least normal number, and up from the greatest, exponents end.
    round(&format.clone().with(format.underflow, away), &next)
}

impl Context<'_> {
    /// The robustness of a format in these orders; `None` if the inputs, rounded to the
    /// format, are no inputs of the model.
    pub fn robustness(
        &self,
        format: &Format,
        orders: &[Arc<Order>],
        progress: &mut dyn FnMut(Progress),
    ) -> Option<Robustness> {
        let truth = self.truth;
        let rounded = truth.inputs.rounded(format)?;
        let mut starts = vec![(None, rounded.clone())];
        for input in Input::ALL {
            for up in [false, true] {
                let mut inputs = rounded.clone();
                let slot = input.of(&mut inputs);
                let Some(moved) = neighbour(format, slot, up) else {
                    continue;
                };
                *slot = moved;
                if inputs.are_sound() {
                    starts.push((Some(Nudge { input, up }), inputs));
                }
            }
        }
        let jobs: Vec<(usize, Option<Nudge>, Source)> = orders
            .iter()
            .enumerate()
            .flat_map(|(k, order)| {
                starts
                    .iter()
                    .map(move |(nudge, inputs)| (k, *nudge, Source::trace(inputs, format, order)))
            })
            .collect();
        let job = |i: usize| self.follow(&jobs[i].2);
        let outcomes = self.jobs(Stage::Robustness, jobs.len(), job, progress);
        let traces: Vec<Nudged> = jobs
            .into_iter()
            .zip(outcomes)
            .map(|((order, nudge, _), outcome)| Nudged {
                order,
                nudge,
                agreement: truth.outcome.agreement(&outcome),
                outcome,
            })
            .collect();
        Some(Robustness {
            format: format.clone(),
            orders: orders.to_vec(),
            outcomes: classes(&traces),
            traces,
        })
    }
}

fn classes(traces: &[Nudged]) -> Vec<OutcomeClass> {
    let mut classes: Vec<OutcomeClass> = Vec::new();
    for (i, trace) in traces.iter().enumerate() {
        let events = &trace.outcome.events;
        let class = classes.iter_mut().find(|class| {
            class.ending.agrees(events.ending)
                && class.upward_count == events.upward_count
                && class.agreement == trace.agreement
        });
        match class {
            Some(class) => {
                class.ending = class.ending.earlier(events.ending);
                class.eta_sharpness = class
                    .eta_sharpness
                    .zip(trace.outcome.eta_sharpness)
                    .map(|(x, y)| x.hull(&y));
                class.members.push(i);
            }
            None => classes.push(OutcomeClass {
                ending: events.ending,
                upward_count: events.upward_count,
                eta_sharpness: trace.outcome.eta_sharpness,
                agreement: trace.agreement,
                members: vec![i],
            }),
        }
    }
    classes
}
