//! Why a trace differs from the truth, by ablation.
//!
//! Between the exact trajectory and a variant there is a fixed chain of trajectories, each of
//! which takes one more step away from the exact one:
//!
//! | member | what it is |
//! |---|---|
//! | [data](Ablation::Data) | exact arithmetic, from the inputs as the format stores them |
//! | [precision](Ablation::Precision) | the format's precision with an unbounded exponent, to nearest, in the base order |
//! | [exponent range](Ablation::Exponents) | and the format's exponents, with gradual underflow |
//! | [flush](Ablation::Flush) | and underflow flushed to zero, if the variant flushes |
//! | [rounding](Ablation::Rounding) | and the variant's direction of rounding, if it is a directed one |
//! | [order](Ablation::Order) | and the variant's order, if it is another one: the variant itself |
//!
//! The first member that certainly differs from the truth, in a claim's verdict or in the
//! outcome, names the cause. The direction of rounding comes after what IEEE 754 arithmetic
//! does by default and before the order, so that orders are compared in the variant's own
//! arithmetic. The base order is `factored`, which is the most accurate of the plain ones.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::format::{Format, Rounding, Underflow};
use super::observe::Observation;
use super::order::Order;
use super::outcome::{Agreement, Outcome};
use super::source::{Inputs, Source};
use super::truth::Truth;
use crate::diagnostic::InputError;

/// What a member of the chain adds to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ablation {
    /// The inputs are rounded to the format.
    Data,
    /// Results are rounded to the format's precision.
    Precision,
    /// Exponents are those of the format.
    Exponents,
    /// Underflow is flushed to zero.
    Flush,
    /// Results are rounded in a direction.
    Rounding,
    /// Operations are those of the variant's order.
    Order,
}

impl Ablation {
    /// The words of reports.
    pub fn words(self) -> &'static str {
        match self {
            Ablation::Data => "data rounding",
            Ablation::Precision => "precision",
            Ablation::Exponents => "exponent range",
            Ablation::Flush => "flush to zero",
            Ablation::Rounding => "rounding direction",
            Ablation::Order => "order",
        }
    }
}

/// Why something on a trace differs from the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The first member of the chain that certainly differs.
    pub ablation: Ablation,
    /// Members before it of which it is not decided whether they differ already. Where there
    /// is none, the cause is certain.
    pub open_before: Vec<Ablation>,
}

impl Cause {
    /// A cause that needs no search.
    fn certain(ablation: Ablation) -> Self {
        Cause {
            ablation,
            open_before: Vec::new(),
        }
    }

    /// The first in the chain that differs, given what is known of each member.
    fn first(chain: impl IntoIterator<Item = (Ablation, Agreement)>) -> Option<Self> {
        let mut open_before = Vec::new();
        for (ablation, agreement) in chain {
            match agreement {
                Agreement::Agrees => {}
                Agreement::Differs => {
                    return Some(Cause {
                        ablation,
                        open_before,
                    });
                }
                Agreement::Open | Agreement::Incomparable => open_before.push(ablation),
            }
        }
        None
    }
}

/// The order of the chain's members before the last.
///
/// # Errors
/// None in practice: it is built in.
pub fn base_order() -> Result<Arc<Order>, InputError> {
    let mut orders = Order::built_in()?.into_iter();
    orders
        .find(|order| order.id == "factored")
        .map(Arc::new)
        .ok_or_else(|| InputError::internal("there is no order `factored`"))
}

/// A member of the chain.
#[derive(Clone, Debug)]
pub(crate) enum Member {
    /// A trajectory of its own.
    Own(Box<Source>),
    /// The variant itself, the last member.
    Variant,
    /// The rounded inputs are no inputs of the model.
    Impossible,
}

/// The chain from the exact trajectory to a variant.
pub(crate) fn chain(
    inputs: &Inputs,
    format: &Format,
    order: &Order,
    base: &Arc<Order>,
) -> Vec<(Ablation, Member)> {
    let rounded = inputs.rounded(format);
    let data = match &rounded {
        Some(inputs) => Member::Own(Box::new(Source::Exact(inputs.clone()))),
        None => Member::Impossible,
    };
    let inputs = rounded.as_ref().unwrap_or(inputs);
    let member = |format: &Format| Member::Own(Box::new(Source::trace(inputs, format, base)));
    let gradual = format.clone().with(Underflow::Gradual, Rounding::Nearest);
    let mut chain = vec![
        (Ablation::Data, data),
        (Ablation::Precision, member(&gradual.with_exponents(None))),
    ];
    if format.exponents.is_some() {
        chain.push((Ablation::Exponents, member(&gradual)));
    }
    if format.flushes() {
        let flushing = format.clone().with(Underflow::Flush, Rounding::Nearest);
        chain.push((Ablation::Flush, member(&flushing)));
    }
    if format.rounding != Rounding::Nearest {
        chain.push((Ablation::Rounding, member(format)));
    }
    if order.id == base.id {
        chain.pop();
        let last = if format.rounding != Rounding::Nearest {
            Ablation::Rounding
        } else if format.flushes() {
            Ablation::Flush
        } else if format.exponents.is_some() {
            Ablation::Exponents
        } else {
            Ablation::Precision
        };
        chain.push((last, Member::Variant));
    } else {
        chain.push((Ablation::Order, Member::Variant));
    }
    chain
}

/// What is known of a trajectory: its outcome, and its claims by their index in the run.
#[derive(Clone, Debug)]
pub(crate) struct Evaluated {
    pub outcome: Outcome,
    pub claims: Vec<(usize, Observation)>,
}

impl Evaluated {
    fn agreement(&self, truth: &Truth, claim: usize) -> Agreement {
        let found = self.claims.iter().find(|(i, _)| *i == claim);
        found.map_or(Agreement::Open, |(_, seen)| truth.agreement(claim, seen))
    }
}

/// Trajectories of chains, each of them once.
#[derive(Default)]
pub(crate) struct Cache {
    /// The trajectories, and the claims asked for on them.
    pub wanted: Vec<(Source, BTreeSet<usize>)>,
    /// What came of them.
    pub found: Vec<Evaluated>,
}

impl Cache {
    /// Asks for the members of a chain.
    pub fn want(&mut self, chain: &[(Ablation, Member)], claims: &[usize]) {
        for (_, member) in chain {
            let Member::Own(source) = member else {
                continue;
            };
            match self.wanted.iter_mut().find(|(known, _)| known.is(source)) {
                Some((_, asked)) => asked.extend(claims),
                None => self
                    .wanted
                    .push((Source::clone(source), claims.iter().copied().collect())),
            }
        }
    }

    fn get(&self, source: &Source) -> Option<&Evaluated> {
        let index = self.wanted.iter().position(|(known, _)| known.is(source))?;
        self.found.get(index)
    }

    /// The cause of a difference, of which `agreement` tells for each member evaluated.
    pub fn cause(
        &self,
        chain: &[(Ablation, Member)],
        agreement: impl Fn(&Evaluated) -> Agreement,
    ) -> Option<Cause> {
        Cause::first(chain.iter().map(|(ablation, member)| {
            let agreement = match member {
                Member::Own(source) => self.get(source).map_or(Agreement::Open, &agreement),
                Member::Variant => Agreement::Differs,
                // Inputs that are none of the model's are another run.
                Member::Impossible => Agreement::Differs,
            };
            (*ablation, agreement)
        }))
    }

    /// The cause of another outcome: of its course, where that is another one.
    pub fn of_outcome(
        &self,
        chain: &[(Ablation, Member)],
        truth: &Truth,
        outcome: &Outcome,
    ) -> Option<Cause> {
        let truth = &truth.outcome;
        if !outcome.distorted.is_empty() {
            return Some(Cause::certain(Ablation::Data));
        }
        match truth.course(outcome) {
            Agreement::Differs => self.cause(chain, |member| truth.course(&member.outcome)),
            _ => self.cause(chain, |member| truth.agreement(&member.outcome)),
        }
    }

    /// The cause of a flipped claim.
    pub fn of_claim(
        &self,
        chain: &[(Ablation, Member)],
        truth: &Truth,
        claim: usize,
    ) -> Option<Cause> {
        self.cause(chain, |member| member.agreement(truth, claim))
    }
}
