//! In what a trace deviates from the exact trajectory by more than the stated bounds. Only a
//! trace without any deviation *reproduces the truth*.
//!
//! | what | bound |
//! |---|---|
//! | inputs as they are stored | a relative error of 2^(1−p), so none is 0 or infinite |
//! | ending, number of upward crossings of 2/η, verdicts | the same |
//! | step of a divergence, of a crossing | 1 %, or 1 step ([`is_same_step`]) |
//! | steps for which a coordinate stands still while the exact one moves | [`MOST_STILL`] |
//! | steps for which a coordinate is pinned at the least numbers | [`MOST_STILL`] |
//! | error of a single step, relative to the larger of the number before and after the exact step | 2^(8−p) |
//! | α, β₂ at the last step | a relative error of 1 % ([`most_error`]) |
//! | \|β₁\| at the last step | a factor of 2, or 1 % of its logarithm |
//!
//! A coordinate *stands still* where each exact step from the trace's own state would move it by
//! more than half a unit in the last place (frozen), or where the exact coordinate moves by more
//! than 1 % + 2^(2−p) of itself meanwhile ([`Underflow::still`]).
//!
//! [`Underflow::still`]: super::compare::Underflow::still

use rug::Rational;

use super::compare::{OperationAt, Runs, TraceComparison, TruthEnd, TruthSummary};
use super::events::Ending;
use super::outcome::{Agreement, Outcome, is_same_step};
use super::run::{Audit, Variant};
use super::source::Distorted;
use crate::number::{Enclosure, Interval, Ternary};
use crate::verdict::facts::Extreme;

/// The most steps in a row for which a coordinate may stand still.
pub const MOST_STILL: u64 = 8;

/// The largest relative error of α and β₂ at the last step.
pub fn most_error() -> Rational {
    Rational::from((1, 100))
}

/// A deviation beyond the bounds; coordinates are indices of [`crate::model::COORDINATES`].
#[derive(Clone, Debug)]
pub enum Deviation {
    /// An input is stored as 0, as infinity, or as a subnormal number that is far from it.
    Input(Distorted),
    /// No coordinate ever changes, while exact steps from there do change one.
    NothingMoves,
    /// An operation had no result (NaN), though the trace does not end with it.
    Invalid(OperationAt),
    /// Another ending.
    Ending {
        /// Of the trace.
        observed: Ending,
        /// Of the exact trajectory.
        exact: Ending,
        /// The operation that made a number that is not finite.
        operation: Option<OperationAt>,
    },
    /// The same ending at another step.
    EndingStep {
        /// Of the trace.
        observed: Ending,
        /// Of the exact trajectory.
        exact: Ending,
    },
    /// Another number of upward crossings of 2/η.
    Crossings {
        /// On the trace.
        observed: u64,
        /// On the exact trajectory.
        exact: u64,
    },
    /// An upward crossing at another step.
    CrossingStep {
        /// Which one, from 1 on.
        number: usize,
        /// On the trace.
        observed: u64,
        /// On the exact trajectory.
        exact: u64,
    },
    /// A coordinate stands still.
    StandsStill {
        /// Which one.
        coordinate: usize,
        /// For so many steps, in all stretches.
        total: u64,
        /// The longest stretch: first and last step.
        steps: [u64; 2],
        /// At 0?
        at_zero: bool,
    },
    /// A coordinate is pinned at the least numbers of the format.
    Pinned {
        /// Which one.
        coordinate: usize,
        /// The longest stretch: first and last iterate.
        steps: [u64; 2],
    },
    /// A single step with a large error.
    LocalError {
        /// Of which coordinate.
        coordinate: usize,
        /// The first step with a relative error beyond the bound.
        first: u64,
        /// The largest relative error; `None`: infinite.
        largest: Option<Extreme>,
        /// The largest error in units in the last place, if there are so many that they tell.
        largest_ulps: Option<Extreme>,
    },
    /// α or β₂ is far off at the last step.
    Final {
        /// Which one.
        coordinate: usize,
        /// Its relative error there.
        error: Interval,
    },
    /// |β₁| has another size at the last step.
    FinalSize,
}

impl Deviation {
    /// The word of JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Deviation::Input(_) => "input",
            Deviation::NothingMoves => "nothing_moves",
            Deviation::Invalid(_) => "invalid_operation",
            Deviation::Ending { .. } => "ending",
            Deviation::EndingStep { .. } => "ending_step",
            Deviation::Crossings { .. } => "crossings",
            Deviation::CrossingStep { .. } => "crossing_step",
            Deviation::StandsStill { .. } => "stands_still",
            Deviation::Pinned { .. } => "pinned",
            Deviation::LocalError { .. } => "local_error",
            Deviation::Final { .. } => "final_error",
            Deviation::FinalSize => "final_size",
        }
    }
}

/// Everything in which a trace certainly deviates, what matters most first, and whether all
/// else is certainly within the bounds.
#[derive(Clone, Debug, Default)]
pub struct Deviations {
    /// The deviations.
    pub certain: Vec<Deviation>,
    /// Is something not decided?
    pub is_open: bool,
}

impl Deviations {
    /// Of the trace of a variant.
    pub fn of(
        audit: &Audit,
        exact: &TruthSummary,
        variant: &Variant,
        trace: &TraceComparison,
    ) -> Self {
        let mut found = Deviations::default();
        found.inputs(&variant.outcome, trace);
        found.outcome(&audit.truth.outcome, &variant.outcome, trace);
        found.standing(trace);
        found.steps(trace);
        found.end(&audit.truth.outcome, trace);
        // What was not compared is not known to be within the bounds.
        let compared = match exact.end {
            TruthEnd::Complete => Some(exact.last_step),
            TruthEnd::Diverged(t) => Some(t),
            TruthEnd::Lost(..) | TruthEnd::Interrupted(_) => None,
        };
        let last = trace.events.last_step;
        found.is_open |= compared.is_none_or(|t| trace.compared_until != Some(t.min(last)));
        found.is_open |= trace.events.open.is_some() || trace.events.ending == Ending::Open;
        found
    }

    /// Is the ending another one, or at another step?
    pub fn of_ending(&self) -> bool {
        let is =
            |d: &Deviation| matches!(d, Deviation::Ending { .. } | Deviation::EndingStep { .. });
        self.certain.iter().any(is)
    }

    /// Are there more or fewer upward crossings, or at other steps?
    pub fn of_crossings(&self) -> bool {
        let is = |d: &Deviation| {
            matches!(
                d,
                Deviation::Crossings { .. } | Deviation::CrossingStep { .. }
            )
        };
        self.certain.iter().any(is)
    }

    /// Does the trace reproduce the truth, as far as it is compared with it?
    pub fn agreement(&self) -> Agreement {
        if !self.certain.is_empty() {
            Agreement::Differs
        } else if self.is_open {
            Agreement::Open
        } else {
            Agreement::Agrees
        }
    }

    fn inputs(&mut self, outcome: &Outcome, trace: &TraceComparison) {
        let inputs = outcome.distorted.iter().cloned();
        self.certain.extend(inputs.map(Deviation::Input));
        let coordinates = trace.underflow.as_array();
        if coordinates.iter().all(|u| !u.moves) && coordinates.iter().any(|u| u.absorbed.count > 0)
        {
            self.certain.push(Deviation::NothingMoves);
        }
    }

    fn outcome(&mut self, truth: &Outcome, outcome: &Outcome, trace: &TraceComparison) {
        let (exact, observed) = (&truth.events, &outcome.events);
        let operations = &trace.operations;
        match (exact.ending, observed.ending) {
            (Ending::Open, _) | (_, Ending::Open) => self.is_open = true,
            (x, y) if !x.agrees(y) => self.certain.push(Deviation::Ending {
                observed: y,
                exact: x,
                operation: match y {
                    Ending::NotANumber(_) => operations.invalid,
                    Ending::Infinite(_) => earlier(operations.infinite, operations.overflowed),
                    _ => None,
                },
            }),
            (x, y) => {
                let is_same = |(exact, observed)| is_same_step(exact, observed);
                if !x.step().zip(y.step()).is_none_or(is_same) {
                    self.certain.push(Deviation::EndingStep {
                        observed: y,
                        exact: x,
                    });
                }
            }
        }
        if let Some(operation) = operations.invalid
            && !matches!(observed.ending, Ending::NotANumber(_))
        {
            self.certain.push(Deviation::Invalid(operation));
        }
        if exact.open.is_some() || observed.open.is_some() {
            self.is_open = true;
        } else if exact.upward_count != observed.upward_count {
            self.certain.push(Deviation::Crossings {
                observed: observed.upward_count,
                exact: exact.upward_count,
            });
        } else {
            let pairs = exact.upward.iter().zip(&observed.upward);
            let shifted = (1..)
                .zip(pairs)
                .find(|(_, (exact, observed))| !is_same_step(**exact, **observed));
            self.certain
                .extend(
                    shifted.map(|(number, (&exact, &observed))| Deviation::CrossingStep {
                        number,
                        observed,
                        exact,
                    }),
                );
        }
    }

    fn standing(&mut self, trace: &TraceComparison) {
        for (coordinate, underflow) in trace.underflow.as_array().into_iter().enumerate() {
            let runs = longer(&underflow.frozen, &underflow.still);
            if let Some(steps) = runs.longest.filter(|_| runs.most() > MOST_STILL) {
                self.certain.push(Deviation::StandsStill {
                    coordinate,
                    total: underflow.steps_still(),
                    steps,
                    at_zero: underflow.still_at_zero && underflow.still == *runs,
                });
            }
            self.is_open |= underflow.frozen.undecided > 0;
            if let Some(steps) = underflow.pinned.longest
                && underflow.pinned.most() > MOST_STILL
            {
                self.certain.push(Deviation::Pinned { coordinate, steps });
            }
        }
    }

    fn steps(&mut self, trace: &TraceComparison) {
        for (coordinate, error) in trace.local_error.as_array().into_iter().enumerate() {
            match (error.first_excessive.earliest, error.first_excessive.latest) {
                (_, Some(first)) => self.certain.push(Deviation::LocalError {
                    coordinate,
                    first,
                    largest: error.largest.clone().filter(|_| error.infinite.is_none()),
                    largest_ulps: error.largest_ulps.clone().filter(is_large),
                }),
                (Some(_), None) => self.is_open = true,
                (None, None) => {}
            }
        }
    }

    /// At the last step, where neither trajectory ends before it.
    fn end(&mut self, truth: &Outcome, trace: &TraceComparison) {
        let ended = [truth.events.ending, trace.events.ending];
        if ended.iter().any(|ending| ending.step().is_some()) {
            return;
        }
        let last = trace.errors.last();
        let most = Interval::from_rational(&most_error());
        for coordinate in [0, 2] {
            match last.and_then(|last| *last.relative.as_array()[coordinate]) {
                Some(error) => match error.le(&most) {
                    Ternary::True => {}
                    Ternary::False => self.certain.push(Deviation::Final { coordinate, error }),
                    Ternary::Unknown => self.is_open = true,
                },
                None => self.is_open = true,
            }
        }
        match trace.same_size {
            Some(Ternary::True) => {}
            Some(Ternary::False) => self.certain.push(Deviation::FinalSize),
            Some(Ternary::Unknown) | None => self.is_open = true,
        }
    }
}

/// Below the least normal number an error of few units in the last place may be large.
fn is_large(ulps: &Extreme) -> bool {
    let least = Interval::from_rational(&Rational::from(128));
    least.le(&ulps.value).is_true()
}

/// The runs with the longest one.
fn longer<'a>(x: &'a Runs, y: &'a Runs) -> &'a Runs {
    if x.most() > y.most() { x } else { y }
}

fn earlier(x: Option<OperationAt>, y: Option<OperationAt>) -> Option<OperationAt> {
    match (x, y) {
        (Some(x), Some(y)) => Some(if y.step < x.step { y } else { x }),
        (x, y) => x.or(y),
    }
}
