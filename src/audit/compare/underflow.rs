//! What the ends of a format's exponent range, and its last places, do to a trace.

use rug::Float;

use super::divergence::FirstStep;
use super::local_error::{Places, StepError};
use crate::audit::simulation::{Observed, StepEvents};
use crate::number::Ternary;

/// Steps at which something lasts, in maximal runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// Steps in all runs.
    pub count: u64,
    /// Runs.
    pub runs: u64,
    /// First step of the first run.
    pub first: Option<u64>,
    /// First and last step of the longest run, the earliest of several.
    pub longest: Option<[u64; 2]>,
    /// First step of the run that lasts to the end of the trace.
    pub stuck_from: Option<u64>,
    /// Steps at which it could not be decided; they count as ends of runs.
    pub undecided: u64,
}

impl Runs {
    /// Adds a run from its first to its last step.
    pub(super) fn note(&mut self, first: u64, last: u64) {
        let length = last - first + 1;
        self.count += length;
        self.runs += 1;
        self.first.get_or_insert(first);
        if self.longest.is_none_or(|[f, l]| length > l - f + 1) {
            self.longest = Some([first, last]);
        }
    }

    /// Steps of the longest run.
    pub fn most(&self) -> u64 {
        self.longest.map_or(0, |[first, last]| last - first + 1)
    }
}

/// Gathers [`Runs`] of at least `least` steps.
#[derive(Clone, Debug)]
struct RunTracker {
    least: u64,
    current: Option<[u64; 2]>,
    result: Runs,
}

impl RunTracker {
    fn new(least: u64) -> Self {
        RunTracker {
            least,
            current: None,
            result: Runs::default(),
        }
    }

    fn observe(&mut self, t: u64, lasts: Ternary) {
        if lasts.is_true() {
            match &mut self.current {
                Some([_, last]) => *last = t,
                None => self.current = Some([t, t]),
            }
        } else {
            self.result.undecided += u64::from(lasts.is_unknown());
            self.end();
        }
    }

    /// Ends a run; its first step if it counts.
    fn end(&mut self) -> Option<u64> {
        let [first, last] = self.current.take()?;
        if last - first + 1 < self.least {
            return None;
        }
        self.result.note(first, last);
        Some(first)
    }

    fn finish(mut self) -> Runs {
        self.result.stuck_from = self.end();
        self.result
    }
}

/// Events of underflow and stagnation of one coordinate of a trace.
///
/// A step t in `pinned` is an iterate; in `frozen` and `absorbed` it is the step from θ_t to
/// θ_{t+1}.
#[derive(Clone, Debug)]
pub struct Underflow {
    /// First iterate whose stored number is subnormal.
    pub first_subnormal: Option<u64>,
    /// First iterate that is 0.
    pub first_zero: Option<u64>,
    /// First false zero: the iterate is 0 and the exact iterate is not.
    pub false_zero: FirstStep,
    /// Pinned: 0 < |x̂_t| ≤ 8 times the least subnormal number, in runs of at least 2 steps.
    pub pinned: Runs,
    /// Frozen: x̂_{t+1} = x̂_t ≠ 0, and the exact F(x̂_t) differs by more than half a unit in
    /// its last place.
    pub frozen: Runs,
    /// Absorbed updates: x̂_{t+1} = x̂_t, and the exact F(x̂_t) is another number.
    pub absorbed: Runs,
    /// Steps of stretches in which x̂ stands still, 0 or not, while the exact coordinate moves
    /// by more than 1 % + 2^(2−p) of itself.
    pub still: Runs,
    /// Is x̂ = 0 in the longest of these stretches?
    pub still_at_zero: bool,
    /// Is x̂ ever another number than at the start?
    pub moves: bool,
}

impl Underflow {
    /// The steps for which it stands still while exact steps move it, or the exact coordinate
    /// moves: all of them, if it never is another number.
    pub fn steps_still(&self) -> u64 {
        let most = self.frozen.count.max(self.still.count);
        if self.moves {
            most
        } else {
            most.max(self.absorbed.count)
        }
    }
}

/// Gathers [`Underflow`].
#[derive(Clone, Debug)]
pub(super) struct UnderflowTracker {
    places: Places,
    first_subnormal: Option<u64>,
    first_zero: Option<u64>,
    pinned: RunTracker,
    frozen: RunTracker,
    absorbed: RunTracker,
    start: Option<Float>,
    moves: bool,
}

impl UnderflowTracker {
    pub(super) fn new(places: Places) -> Self {
        UnderflowTracker {
            places,
            first_subnormal: None,
            first_zero: None,
            pinned: RunTracker::new(2),
            frozen: RunTracker::new(1),
            absorbed: RunTracker::new(1),
            start: None,
            moves: false,
        }
    }

    /// Looks at iterate t.
    pub(super) fn iterate(&mut self, t: u64, number: &Observed) {
        let value = number.as_exact().midpoint();
        self.moves |= *self.start.get_or_insert_with(|| value.clone()) != *value;
        let exponent = number.exponent().map(i64::from);
        let is_subnormal = exponent
            .zip(self.places.least())
            .is_some_and(|(e, least)| e < least);
        if is_subnormal {
            self.first_subnormal.get_or_insert(t);
        }
        if number.is_zero() {
            self.first_zero.get_or_insert(t);
        }
        // 2^e ≤ |x̂| ≤ 8·2^k: e < k + 3, or x̂ is that power of two itself.
        let is_pinned = exponent
            .zip(self.places.least_subnormal())
            .is_some_and(|(e, k)| e < k + 3 || e == k + 3 && is_power_of_two(number));
        self.pinned.observe(t, is_pinned.into());
    }

    /// Looks at the step from t, in which the number `before` stayed or changed.
    pub(super) fn step(&mut self, t: u64, before: &Observed, error: &StepError) {
        self.frozen
            .observe(t, error.far.and((!before.is_zero()).into()));
        self.absorbed.observe(t, error.absorbed);
    }

    pub(super) fn finish(self, false_zero: FirstStep, still: (Runs, bool)) -> Underflow {
        let (still, still_at_zero) = still;
        Underflow {
            first_subnormal: self.first_subnormal,
            first_zero: self.first_zero,
            false_zero,
            pinned: self.pinned.finish(),
            frozen: self.frozen.finish(),
            absorbed: self.absorbed.finish(),
            still,
            still_at_zero,
            moves: self.moves,
        }
    }
}

fn is_power_of_two(number: &Observed) -> bool {
    number
        .as_exact()
        .midpoint()
        .get_significand()
        .is_some_and(|significand| significand.is_power_of_two())
}

/// An operation of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationAt {
    /// The step t, from θ_t to θ_{t+1}.
    pub step: u64,
    /// The instruction of the order, see [`crate::audit::Order::line`] and
    /// [`crate::audit::Order::expression`].
    pub instruction: usize,
}

/// The first operations of a trace that leave the normal range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// From which gradual underflow and flush-to-zero differ.
    pub flush_dependent: Option<OperationAt>,
    /// In which a product of numbers other than 0 became 0.
    pub vanished: Option<OperationAt>,
    /// Beyond the greatest number.
    pub overflowed: Option<OperationAt>,
    /// Infinite exactly: a division by 0.
    pub infinite: Option<OperationAt>,
    /// Without a result: NaN, from operands that are none.
    pub invalid: Option<OperationAt>,
}

impl Operations {
    pub(super) fn observe(&mut self, step: u64, events: StepEvents) {
        for (first, instruction) in [
            (&mut self.flush_dependent, events.flush_dependent),
            (&mut self.vanished, events.vanished),
            (&mut self.overflowed, events.overflowed),
            (&mut self.infinite, events.infinite),
            (&mut self.invalid, events.invalid),
        ] {
            if let Some(instruction) = instruction {
                first.get_or_insert(OperationAt { step, instruction });
            }
        }
    }
}
