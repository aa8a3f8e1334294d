//! The outcome of a trajectory, and whether a trace's is the truth's.

use std::sync::atomic::{AtomicBool, Ordering};

use super::events::{Ending, EventTracker, Events};
use super::source::{FIRST_BITS, Source};
use crate::enclosure::{Lost, Moment, Trajectory};
use crate::model::{Parameters, State};
use crate::number::{Ball, Enclosure, Interval, Number};
use crate::sharpness;

/// Is what is seen on a trace what is proved of the exact trajectory?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Agreement {
    /// Both are decided, and the same.
    Agrees,
    /// Both are decided, and differ.
    Differs,
    /// One of them is not decided.
    Open,
    /// The claim speaks of all later steps, and the steps that were made do not show its
    /// verdict even on the exact trajectory: nothing can be concluded from a trace.
    Incomparable,
}

/// How a trajectory went, up to the last step or to its divergence.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Crossings of the edge and ending.
    pub events: Events,
    /// η·S of the last iterate that was looked at: an enclosure for the exact trajectory;
    /// of a trace it holds nothing but the value.
    pub eta_sharpness: Option<Interval>,
}

impl Outcome {
    /// Same ending (whenever a divergence happens) and as many upward crossings of S = 2/η?
    pub fn agreement(&self, other: &Outcome) -> Agreement {
        let (x, y) = (&self.events, &other.events);
        let decided = |e: &Events| e.ending != Ending::Open;
        let counted = |e: &Events| decided(e) && e.open.is_none();
        if decided(x) && decided(y) && !x.ending.agrees(y.ending) {
            return Agreement::Differs;
        }
        if !counted(x) || !counted(y) {
            return Agreement::Open;
        }
        if x.upward_count == y.upward_count {
            Agreement::Agrees
        } else {
            Agreement::Differs
        }
    }
}

/// Steps between two looks at the interrupt.
const LOOK_EVERY: u64 = 512;

/// Follows a trajectory for `steps` steps, judged with the run's `parameters` (those of the
/// trajectory may be rounded), with growing precision until all is decided or nothing is
/// gained. `look` sees every iterate of every pass.
///
/// # Soundness
/// Each event is proved for every point of the enclosures. Where it is stopped early, by the
/// interrupt or a loss of width, the ending is open.
pub(crate) fn follow(
    parameters: &Parameters,
    source: &Source,
    steps: u64,
    interrupt: &AtomicBool,
    look: &mut dyn FnMut(&State<Interval>),
) -> Outcome {
    let mut bits = FIRST_BITS;
    loop {
        let mut trajectory = source.play(bits);
        let outcome = pass(parameters, trajectory.as_mut(), steps, interrupt, look);
        let open = outcome.events.open.is_some() || outcome.events.ending == Ending::Open;
        bits *= 2;
        if !open || interrupt.load(Ordering::Relaxed) || !source.gains_beyond(bits) {
            return outcome;
        }
    }
}

fn pass(
    parameters: &Parameters,
    trajectory: &mut dyn Trajectory,
    steps: u64,
    interrupt: &AtomicBool,
    look: &mut dyn FnMut(&State<Interval>),
) -> Outcome {
    let mut tracker = EventTracker::new(parameters, trajectory.precision());
    let mut stopped = None;
    for t in 0..=steps {
        if t % LOOK_EVERY == 0 && interrupt.load(Ordering::Relaxed) {
            stopped = Some(t);
            break;
        }
        let state = trajectory.interval(Moment::Current);
        look(&state);
        tracker.observe(t, &state, || trajectory.ball(Moment::Current));
        if tracker.has_diverged() || t == steps {
            break;
        }
        match trajectory.advance() {
            Ok(()) => {}
            Err(Lost::Range) => {
                tracker.lost(t + 1);
                break;
            }
            Err(Lost::Width) => {
                stopped = Some(t + 1);
                break;
            }
        }
    }
    let mut events = tracker.finish();
    if let Some(t) = stopped {
        events.open.get_or_insert(t);
        events.ending = Ending::Open;
    }
    Outcome {
        events,
        eta_sharpness: eta_sharpness(parameters, &trajectory.ball(Moment::Current)),
    }
}

fn eta_sharpness(parameters: &Parameters, state: &State<Ball>) -> Option<Interval> {
    let precision = state.alpha.precision();
    let hessian = parameters.coefficients::<Ball>(precision).hessian(state);
    let sharpness = sharpness::enclose_to(&hessian, 53).ok()?;
    Some(
        sharpness
            .to_interval()
            .mul(&Interval::constant(&parameters.eta, ())),
    )
}
