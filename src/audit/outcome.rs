//! The outcome of a trajectory, and whether a trace's is the truth's.

use std::sync::atomic::{AtomicBool, Ordering};

use super::events::{Ending, EventTracker, Events};
use super::playback::Playback;
use super::source::{Distorted, FIRST_BITS, Source};
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
    /// Of a trace: the inputs that its format does not hold.
    pub distorted: Vec<Distorted>,
}

/// Is a step of a trace the same as one of the exact trajectory: within 1 % of it, and at least
/// within 1 step?
pub fn is_same_step(exact: u64, observed: u64) -> bool {
    exact.abs_diff(observed) <= (exact / 100).max(1)
}

impl Outcome {
    /// Does `trace` take the course of this, the exact trajectory: to the same ending, with as
    /// many upward crossings of S = 2/η, at whatever steps?
    pub fn course(&self, trace: &Outcome) -> Agreement {
        let (x, y) = (&self.events, &trace.events);
        let decided = |e: &Events| e.ending != Ending::Open;
        let counted = |e: &Events| decided(e) && e.open.is_none();
        if decided(x) && decided(y) && !x.ending.agrees(y.ending) {
            Agreement::Differs
        } else if !counted(x) || !counted(y) {
            Agreement::Open
        } else if x.upward_count == y.upward_count {
            Agreement::Agrees
        } else {
            Agreement::Differs
        }
    }

    /// Does `trace` go as this, the exact trajectory, does: from inputs that its format holds,
    /// on the same [course](Outcome::course), with its end and its upward crossings, the first
    /// [`MOST_LISTED`](super::events::MOST_LISTED) of them, at the same steps? See
    /// [`is_same_step`].
    pub fn agreement(&self, trace: &Outcome) -> Agreement {
        let (x, y) = (&self.events, &trace.events);
        let end = x.ending.step().zip(y.ending.step());
        let crossings = x.upward.iter().copied().zip(y.upward.iter().copied());
        let course = self.course(trace);
        let mut steps = end
            .into_iter()
            .chain(crossings.filter(|_| course == Agreement::Agrees));
        let is_shifted = steps.any(|(exact, observed)| !is_same_step(exact, observed));
        if !trace.distorted.is_empty() || is_shifted {
            Agreement::Differs
        } else {
            course
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
        let mut looker = Looker {
            parameters,
            steps,
            interrupt,
            look: &mut *look,
        };
        let outcome = match source.play_trace(bits) {
            Some(mut trace) => looker.pass(&mut trace, &Playback::ending),
            None => looker.pass(source.play(bits).as_mut(), &|_, t| Ending::Diverged(t)),
        };
        let open = outcome.events.open.is_some() || outcome.events.ending == Ending::Open;
        bits *= 2;
        if !open || interrupt.load(Ordering::Relaxed) || !source.gains_beyond(bits) {
            return outcome;
        }
    }
}

/// A pass over a trajectory.
struct Looker<'a> {
    parameters: &'a Parameters,
    steps: u64,
    interrupt: &'a AtomicBool,
    look: &'a mut dyn FnMut(&State<Interval>),
}

impl Looker<'_> {
    /// `ending` says how a trajectory that left every range at a step ended.
    fn pass<T: Trajectory + ?Sized>(
        &mut self,
        trajectory: &mut T,
        ending: &dyn Fn(&T, u64) -> Ending,
    ) -> Outcome {
        let mut tracker = EventTracker::new(self.parameters, trajectory.precision());
        let mut stopped = None;
        for t in 0..=self.steps {
            if t % LOOK_EVERY == 0 && self.interrupt.load(Ordering::Relaxed) {
                stopped = Some(t);
                break;
            }
            let state = trajectory.interval(Moment::Current);
            (self.look)(&state);
            tracker.observe(t, &state, || trajectory.ball(Moment::Current));
            if tracker.has_ended() || t == self.steps {
                break;
            }
            match trajectory.advance() {
                Ok(()) => {}
                Err(Lost::Range) => {
                    tracker.lost(ending(trajectory, t + 1));
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
            eta_sharpness: eta_sharpness(self.parameters, &trajectory.ball(Moment::Current)),
            distorted: Vec::new(),
        }
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
