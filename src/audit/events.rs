//! What happens on a trajectory, exact or computed: crossings of the edge, divergence, and on
//! which side of the edge it ends. The same code judges both. A trace may also end with an
//! infinite number or with none at all (NaN), which the exact trajectory never does.

use rug::Rational;

use crate::model::{Coefficients, Parameters, State};
use crate::number::{Ball, Enclosure, Interval, Number, Ternary};
use crate::sharpness;

/// Crossings that are listed; more are counted only.
pub const MOST_LISTED: usize = 10_000;

/// A coordinate larger than this in size counts as divergence.
pub const FAR: u32 = 1000;

/// How a trajectory ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// A coordinate exceeds [`FAR`] in size, at first at this step, and is finite.
    Diverged(u64),
    /// Of a trace: a coordinate is infinite, at first at this step, and none is NaN.
    Infinite(u64),
    /// Of a trace: a coordinate is no number (NaN), at first at this step.
    NotANumber(u64),
    /// S > 2/η at the last step.
    Above,
    /// S ≤ 2/η at the last step.
    Below,
    /// Not decided.
    Open,
}

impl Ending {
    /// The same ending, whenever it happens?
    pub fn agrees(self, other: Ending) -> bool {
        match (self, other) {
            (Ending::Diverged(_), Ending::Diverged(_))
            | (Ending::Infinite(_), Ending::Infinite(_))
            | (Ending::NotANumber(_), Ending::NotANumber(_)) => true,
            (x, y) => x == y,
        }
    }

    /// The step at which it ends, where that is before the last one or may be.
    pub fn step(self) -> Option<u64> {
        match self {
            Ending::Diverged(t) | Ending::Infinite(t) | Ending::NotANumber(t) => Some(t),
            Ending::Above | Ending::Below | Ending::Open => None,
        }
    }

    /// The same ending at the earlier step of both.
    pub fn earlier(self, other: Ending) -> Ending {
        match (self.step(), other.step()) {
            (Some(t), Some(u)) if u < t => other,
            _ => self,
        }
    }
}

/// Crossings of S = 2/η, divergence and ending. Each is proved for every point of the
/// enclosures that were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events {
    /// Steps t ≥ 1 with S ≤ 2/η at t − 1 and S > 2/η at t, the first [`MOST_LISTED`] of them.
    pub upward: Vec<u64>,
    /// How many there are.
    pub upward_count: u64,
    /// Crossings in the other direction.
    pub downward_count: u64,
    /// Last step with S > 2/η.
    pub last_above: Option<u64>,
    /// How it ends.
    pub ending: Ending,
    /// First step at which the side of the edge could not be decided.
    pub open: Option<u64>,
    /// The last step looked at.
    pub last_step: u64,
}

/// Gathers [`Events`].
#[derive(Clone, Debug)]
pub struct EventTracker {
    interval: (Coefficients<Interval>, Interval),
    ball: (Coefficients<Ball>, Ball),
    above: Option<bool>,
    end: Option<Ending>,
    events: Events,
}

impl EventTracker {
    /// For these parameters; balls are computed with this precision.
    pub fn new(parameters: &Parameters, precision: u32) -> Self {
        let edge = Rational::from(2) / &parameters.eta;
        EventTracker {
            interval: (parameters.coefficients(()), Interval::from_rational(&edge)),
            ball: (
                parameters.coefficients(precision),
                Ball::from_rational(&edge, precision),
            ),
            above: None,
            end: None,
            events: Events {
                upward: Vec::new(),
                upward_count: 0,
                downward_count: 0,
                last_above: None,
                ending: Ending::Open,
                open: None,
                last_step: 0,
            },
        }
    }

    /// Has it diverged, or become infinite or no number? There is nothing to look at then.
    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Looks at step t: an enclosure with f64 ends, and a sharper one if that does not decide.
    pub fn observe(
        &mut self,
        t: u64,
        state: &State<Interval>,
        sharper: impl FnOnce() -> State<Ball>,
    ) {
        if self.has_ended() {
            return;
        }
        self.events.last_step = t;
        let far = Interval::constant(&Rational::from(FAR), ());
        let is_far = state
            .as_array()
            .into_iter()
            .fold(Ternary::False, |any, x| any.or(far.lt(&x.abs())));
        if is_far.is_true() {
            self.end = Some(Ending::Diverged(t));
            return;
        }
        let (coefficients, edge) = &self.interval;
        let mut above = sharpness::compare(&coefficients.hessian(state), edge)
            .at_most
            .not();
        if above.is_unknown() || is_far.is_unknown() {
            let state = sharper();
            let (coefficients, edge) = &self.ball;
            above = sharpness::compare(&coefficients.hessian(&state), edge)
                .at_most
                .not();
            let far = Ball::constant(&Rational::from(FAR), 64);
            let sizes = state.as_array().into_iter();
            let is_far = sizes.fold(Ternary::False, |any, x| any.or(far.lt(&x.abs())));
            if is_far.is_true() {
                self.end = Some(Ending::Diverged(t));
                return;
            }
        }
        let events = &mut self.events;
        let now = match above {
            Ternary::True => true,
            Ternary::False => false,
            Ternary::Unknown => {
                events.open.get_or_insert(t);
                events.ending = Ending::Open;
                self.above = None;
                return;
            }
        };
        match (self.above, now) {
            (Some(false), true) => {
                events.upward_count += 1;
                if events.upward.len() < MOST_LISTED {
                    events.upward.push(t);
                }
            }
            (Some(true), false) => events.downward_count += 1,
            _ => {}
        }
        if now {
            events.last_above = Some(t);
        }
        events.ending = if now { Ending::Above } else { Ending::Below };
        self.above = Some(now);
    }

    /// It ended in this way, for which there is no enclosure to look at.
    pub fn lost(&mut self, ending: Ending) {
        self.end.get_or_insert(ending);
    }

    /// What was seen.
    pub fn finish(mut self) -> Events {
        if let Some(ending) = self.end {
            self.events.ending = ending;
            self.events.last_step = ending.step().unwrap_or(self.events.last_step);
        }
        self.events
    }
}
