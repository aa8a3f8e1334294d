//! Traces against the exact trajectory, all in one pass.
//!
//! The exact trajectory is enclosed, and traces are computed, in lockstep; memory does not grow
//! with the number of steps. Each number of a trace is exact, so whatever is said of its
//! distance from the exact trajectory is proved, or said to be undecided. What the precision of
//! the enclosures did not decide is looked at again with twice the bits.
//!
//! * [`divergence`](FirstStep): the first step with a large relative error, digits lost;
//! * [`LocalError`]: what single steps do wrong;
//! * [`Underflow`], [`Operations`]: subnormal numbers, zeros, stagnation;
//! * [`ExponentRange`], [`FieldBits`]: which exponents the exact trajectory needs;
//! * [`CrossingComparison`], [`Margin`]: crossings of 2/η;
//! * [`Digest`]: a fingerprint of a trace.
//!
//! A coordinate beyond [`FAR`](super::events::FAR) is divergence. A trace that diverged, or has
//! a number that is not finite, is followed no further; when the exact trajectory diverges,
//! traces go on, but are compared no further. An iterate that diverged is the last to be
//! compared, coordinate by coordinate: one that is not finite is off by more than any threshold,
//! and says nothing of the others.
//!
//! Steps: an iterate t is θ_t; a step t goes from θ_t to θ_{t+1}.

mod digest;
mod divergence;
mod edge;
mod exponents;
mod local_error;
mod pass;
mod stillness;
mod underflow;

use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use rug::Rational;

pub use digest::Digest;
pub use divergence::{ErrorAt, FirstStep, digits_lost_per_step};
pub use edge::{CrossingComparison, Margin, Shared};
pub use exponents::{Bounds, ExponentRange, FieldBits};
pub use local_error::LocalError;
pub use underflow::{OperationAt, Operations, Runs, Underflow};

use super::arithmetic::Backend;
use super::events::Events;
use super::format::Format;
use super::order::Order;
use super::simulation::{Change, Observed};
use crate::certify::Pass;
use crate::diagnostic::InputError;
use crate::enclosure::{CENTRED_PRECISIONS, Lost};
use crate::input::Run;
use crate::model::State;
use crate::number::{Enclosure, Interval, Ternary};

/// A trace to be computed.
#[derive(Clone, Copy, Debug)]
pub struct TraceSpec<'a> {
    /// In which format.
    pub format: &'a Format,
    /// In which order.
    pub order: &'a Order,
    /// With which change of the algorithm.
    pub change: &'a Change,
    /// Where its operations are carried out; `None`: on the CPU where it has the format.
    pub backend: Option<Backend>,
}

/// How to compare.
#[derive(Clone, Debug)]
pub struct Options {
    /// Bits of the enclosures to start with.
    pub precision: u32,
    /// Bits at most.
    pub max_precision: u32,
    /// The δ of first divergence, relative errors.
    pub thresholds: Vec<Rational>,
    /// Into how many windows the run is cut for the digits lost per step.
    pub windows: u64,
}

/// The δ of first divergence that are asked about: 1/1000 and 2⁻¹⁰.
pub fn default_thresholds() -> Vec<Rational> {
    vec![Rational::from((1, 1000)), Rational::from((1, 1024))]
}

impl Default for Options {
    fn default() -> Self {
        Options {
            precision: CENTRED_PRECISIONS[0],
            max_precision: 4096,
            thresholds: default_thresholds(),
            windows: 10,
        }
    }
}

/// Where a long comparison stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Steps made on this pass.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Bits of this pass.
    pub precision: u32,
    /// Traces of this pass.
    pub traces: usize,
}

/// One iterate of a trace and of the exact trajectory, for drawing.
///
/// Every iterate of every trace is seen until it diverges, step by step and in the order of the
/// traces. A pass that is repeated with more precision begins at step 0 again, for its traces.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Index of the trace.
    pub trace: usize,
    /// The step t.
    pub step: u64,
    /// x̂_t: numbers of the trace.
    pub observed: &'a State<Observed>,
    /// ηS of the trace, certified of its numbers.
    pub observed_eta_sharpness: Option<Interval>,
    /// An enclosure of θ_t; `None` once the exact trajectory has diverged.
    pub exact: Option<&'a State<Interval>>,
    /// An enclosure of ηS(θ_t).
    pub exact_eta_sharpness: Option<Interval>,
}

impl Sample<'_> {
    /// log₁₀|β₁| of the trace, enclosed; `None` at 0.
    pub fn observed_log10_beta1(&self) -> Option<Interval> {
        log10_size(&self.observed.beta1.as_exact().to_interval())
    }

    /// An enclosure of log₁₀|β₁| of the exact trajectory; `None` where β₁ may be 0.
    pub fn exact_log10_beta1(&self) -> Option<Interval> {
        log10_size(&self.exact?.beta1)
    }
}

fn log10_size(x: &Interval) -> Option<Interval> {
    x.abs().log10().ok()
}

/// Where the exact trajectory ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TruthEnd {
    /// At the run's last step.
    Complete,
    /// A coordinate exceeds [`FAR`](super::events::FAR), proved, at first at this step.
    Diverged(u64),
    /// Beyond this step nothing is known of it.
    Lost(u64, Lost),
    /// Stopped by the user after this step.
    Interrupted(u64),
}

/// What is certified of the exact trajectory.
#[derive(Clone, Debug)]
pub struct TruthSummary {
    /// The passes, in order.
    pub passes: Vec<Pass>,
    /// Where it ends.
    pub end: TruthEnd,
    /// The last step at which traces are compared with it.
    pub last_step: u64,
    /// Its crossings of 2/η and its ending.
    pub events: Events,
    /// How close it comes to the edge.
    pub margin: Option<Margin>,
    /// Binary exponents of its coordinates, up to `last_step`.
    pub exponents: State<ExponentRange>,
    /// The exponent field that holds them all.
    pub field_bits: FieldBits,
}

impl TruthSummary {
    /// Is something left open that precision might cure?
    fn is_open(&self) -> bool {
        let ranges = self.exponents.as_array();
        matches!(self.end, TruthEnd::Lost(_, Lost::Width))
            || self.events.open.is_some()
            || ranges.into_iter().any(|r| r.open.is_some())
    }
}

/// What is certified of one trace.
#[derive(Clone, Debug)]
pub struct TraceComparison {
    /// Where its operations were carried out.
    pub backend: Backend,
    /// Its fingerprint.
    pub digest: Digest,
    /// Its crossings of 2/η and its ending.
    pub events: Events,
    /// How close it comes to the edge.
    pub margin: Option<Margin>,
    /// The last step at which it was compared with the exact trajectory; `None`: at none.
    pub compared_until: Option<u64>,
    /// Certified first divergence: the first step t with |x̂_t − x_t| > δ|x_t|, for each of the
    /// thresholds δ in their order, up to `compared_until`.
    pub first_divergence: State<Vec<FirstStep>>,
    /// Errors at the ends of the windows up to `compared_until`; see [`digits_lost_per_step`].
    pub errors: Vec<ErrorAt>,
    /// Is |β₁| at the run's last step within a factor of 2 of the exact one, or its logarithm
    /// within 1 %? `None` where that step was not compared.
    pub same_size: Option<Ternary>,
    /// What its single steps do wrong.
    pub local_error: State<LocalError>,
    /// Underflow and stagnation.
    pub underflow: State<Underflow>,
    /// First operations that leave the normal range.
    pub operations: Operations,
    /// Its crossings against those of the exact trajectory.
    pub crossings: CrossingComparison,
}

/// A question about a trace that is not decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuestion {
    /// What is asked.
    pub what: &'static str,
    /// Of which coordinate (an index of [`crate::model::COORDINATES`]), if of one.
    pub coordinate: Option<usize>,
    /// The first step at which it is open, where there is one.
    pub step: Option<u64>,
}

impl TraceComparison {
    /// Everything about the trace that is not decided.
    pub fn open_questions(&self) -> Vec<OpenQuestion> {
        let mut open = Vec::new();
        let mut ask = |what, coordinate, step| {
            open.push(OpenQuestion {
                what,
                coordinate,
                step,
            });
        };
        for j in 0..3 {
            let mut first = |what, first: &FirstStep| {
                if !first.is_decided() {
                    ask(what, Some(j), first.earliest);
                }
            };
            for threshold in self.first_divergence.as_array()[j] {
                first("first divergence", threshold);
            }
            first("first false zero", &self.underflow.as_array()[j].false_zero);
            let local = &self.local_error.as_array()[j].first_large;
            first("first large local error", local);
            let underflow = self.underflow.as_array()[j];
            for (what, runs) in [
                ("frozen steps", &underflow.frozen),
                ("absorbed updates", &underflow.absorbed),
            ] {
                if runs.undecided > 0 {
                    ask(what, Some(j), None);
                }
            }
        }
        if let Some(t) = self.events.open {
            ask("side of the edge", None, Some(t));
        } else if self.crossings.missing.is_none() {
            ask("crossings in common", None, None);
        }
        open
    }
}

/// Traces against the exact trajectory.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The exact trajectory.
    pub truth: TruthSummary,
    /// The traces, in the order they were given.
    pub traces: Vec<TraceComparison>,
    /// Did the user stop it?
    pub interrupted: bool,
    /// Wall-clock time.
    pub elapsed: Duration,
}

/// Compares traces with the exact trajectory of a run. Its claims are not looked at.
///
/// `sample` sees every iterate, for drawing.
///
/// # Errors
/// [`InputError`] if the run starts in a box: a trace starts at a point.
pub fn compare(
    run: &Run,
    traces: &[TraceSpec<'_>],
    options: &Options,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
    sample: &mut dyn FnMut(&Sample<'_>),
) -> Result<Comparison, InputError> {
    let begun = Instant::now();
    if !run.start.as_array().iter().all(|r| r.is_point()) {
        return Err(InputError::usage(
            "floating point starts at a point, not in a box: give `start` by single numbers",
        ));
    }
    let mut hooks = pass::Hooks {
        interrupt,
        progress,
        sample,
    };
    let setting = pass::Setting::new(run, traces, options);
    let mut known = pass::first(&setting, options.precision, &mut hooks);
    while let Some(bits) = known.wants_more(options.max_precision) {
        if !known.refine(&setting, bits, &mut hooks) {
            break;
        }
    }
    Ok(known.finish(begun.elapsed()))
}
