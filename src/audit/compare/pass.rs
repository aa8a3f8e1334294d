//! Passes over the exact trajectory and the traces, in lockstep.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rug::Rational;

use super::digest::{Digest, Digester};
use super::divergence::{Divergence, FirstStep, Sharper, Thresholds};
use super::edge::{CrossingComparison, EdgeWatch, Margin};
use super::exponents::{ExponentTracker, FieldBits};
use super::local_error::{ExactMap, LocalError, LocalErrors};
use super::stillness::StillnessTracker;
use super::underflow::{Operations, Underflow, UnderflowTracker};
use super::{
    Comparison, Options, Progress, Sample, TraceComparison, TraceSpec, TruthEnd, TruthSummary,
};
use crate::audit::arithmetic::Backend;
use crate::audit::events::{Ending, EventTracker, Events};
use crate::audit::simulation::{Observed, Simulation};
use crate::certify::Pass;
use crate::enclosure::{self, Engine, Lost, Moment, Trajectory};
use crate::input::Run;
use crate::model::State;
use crate::number::{Ball, Enclosure, Interval, Number, Ternary};
use crate::verdict::checker::ExactIterates;

/// Steps between two reports of progress and two looks at the interrupt.
const PROGRESS_EVERY: u64 = 256;

/// Bits in which the side of the edge is decided for a trace, at least.
const LEAST_PRECISION: u32 = 256;

/// What all passes have in common.
pub(super) struct Setting<'a> {
    run: &'a Run,
    start: State<Rational>,
    /// The iterates that are known exactly.
    exact: ExactIterates,
    specs: &'a [TraceSpec<'a>],
    thresholds: Thresholds,
    thresholds_count: usize,
    windows: u64,
}

impl<'a> Setting<'a> {
    pub(super) fn new(run: &'a Run, specs: &'a [TraceSpec<'a>], options: &Options) -> Self {
        let start = run.start.map(|r| r.lower.clone());
        let exact = ExactIterates::new(&run.parameters, Some(start.clone()));
        Setting {
            run,
            start,
            exact,
            specs,
            thresholds: Thresholds::new(&options.thresholds),
            thresholds_count: options.thresholds.len(),
            windows: options.windows.max(1),
        }
    }

    /// Is t the end of a window? The ends are ⌊k·steps/windows⌋.
    fn is_window_end(&self, t: u64) -> bool {
        let (t, steps) = (u128::from(t), u128::from(self.run.steps));
        let windows = u128::from(self.windows);
        // The first k with k·steps ≥ t·windows must stay below (t + 1)·windows.
        steps == 0 || (t * windows).div_ceil(steps) * steps < (t + 1) * windows
    }
}

/// Who is told, and who may stop it.
pub(super) struct Hooks<'a> {
    pub(super) interrupt: &'a AtomicBool,
    pub(super) progress: &'a mut dyn FnMut(Progress),
    pub(super) sample: &'a mut dyn FnMut(&Sample<'_>),
}

/// The exact trajectory at a step, with its balls at hand if needed.
struct Exact<'a> {
    interval: State<Interval>,
    ball: OnceCell<State<Ball>>,
    /// The iterate itself, if it is known.
    rational: Option<&'a State<Rational>>,
    trajectory: &'a dyn Trajectory,
    eta_sharpness: Option<Interval>,
}

impl Exact<'_> {
    fn ball(&self) -> &State<Ball> {
        self.ball.get_or_init(|| match self.rational {
            Some(exact) => exact.map(|q| Ball::from_rational(q, self.trajectory.precision())),
            None => self.trajectory.ball(Moment::Current),
        })
    }
}

/// The exact trajectory on a pass.
struct Truth {
    trajectory: Box<dyn Trajectory>,
    tracker: EventTracker,
    edge: EdgeWatch,
    exponents: [ExponentTracker; 3],
    end: Option<TruthEnd>,
    last_step: u64,
}

impl Truth {
    fn new(setting: &Setting<'_>, bits: u32) -> Self {
        let parameters = &setting.run.parameters;
        let trajectory = enclosure::start(Engine::Centred, parameters, &setting.run.start, bits);
        let precision = trajectory.precision();
        Truth {
            trajectory,
            tracker: EventTracker::new(parameters, precision),
            edge: EdgeWatch::new(parameters, precision),
            exponents: Default::default(),
            end: None,
            last_step: 0,
        }
    }

    /// Looks at step t; `None` if there is nothing to compare with any more. The iterate that
    /// has diverged is still one to compare with.
    fn observe<'a>(&'a mut self, t: u64, known: &'a ExactIterates) -> Option<Exact<'a>> {
        if self.end.is_some() {
            return None;
        }
        let trajectory: &dyn Trajectory = &*self.trajectory;
        let rational = known.at(t).map(|(state, _)| state);
        let mut exact = Exact {
            interval: match rational {
                Some(exact) => exact.map(Interval::from_rational),
                None => trajectory.interval(Moment::Current),
            },
            ball: OnceCell::new(),
            rational,
            trajectory,
            eta_sharpness: None,
        };
        self.tracker
            .observe(t, &exact.interval, || exact.ball().clone());
        self.last_step = t;
        let coordinates = exact.interval.as_array();
        for (tracker, x) in self.exponents.iter_mut().zip(coordinates) {
            tracker.observe(t, x);
        }
        if self.tracker.has_ended() {
            self.end = Some(TruthEnd::Diverged(t));
        } else {
            exact.eta_sharpness = self
                .edge
                .observe(t, &exact.interval, || exact.ball().clone());
        }
        Some(exact)
    }

    fn advance(&mut self, t: u64) {
        if self.end.is_none()
            && let Err(lost) = self.trajectory.advance()
        {
            self.end = Some(TruthEnd::Lost(t, lost));
        }
    }

    fn finish(self) -> (TruthSummary, Pass) {
        let end = self.end.unwrap_or(TruthEnd::Complete);
        let mut events = self.tracker.finish();
        if matches!(end, TruthEnd::Lost(..) | TruthEnd::Interrupted(_)) {
            events.ending = Ending::Open;
        }
        let [alpha, beta1, beta2] = self.exponents.map(ExponentTracker::finish);
        let exponents = State {
            alpha,
            beta1,
            beta2,
        };
        let pass = Pass {
            precision: self.trajectory.precision(),
            accuracy_bits: self.trajectory.accuracy_bits(),
            steps: self.last_step,
        };
        let summary = TruthSummary {
            passes: Vec::new(),
            end,
            last_step: self.last_step,
            events,
            margin: self.edge.margin(),
            field_bits: FieldBits::of(&exponents),
            exponents,
        };
        (summary, pass)
    }
}

/// What is said of a trace alone: one pass is enough for it.
struct Alone {
    backend: Backend,
    digester: Digester,
    tracker: EventTracker,
    map: ExactMap,
    local: [LocalErrors; 3],
    underflow: [UnderflowTracker; 3],
    operations: Operations,
}

/// The same when the pass is over.
struct AloneResult {
    backend: Backend,
    digest: Digest,
    events: Events,
    margin: Option<Margin>,
    local: [LocalError; 3],
    underflow: [UnderflowTracker; 3],
    operations: Operations,
}

/// What is said of a trace and the exact trajectory.
#[derive(Clone)]
struct Together {
    divergence: Divergence,
    false_zero: [FirstStep; 3],
    still: [StillnessTracker; 3],
    same_size: Option<Ternary>,
    compared_until: Option<u64>,
}

impl Together {
    fn new(thresholds: usize, precision: u32) -> Self {
        Together {
            divergence: Divergence::new(thresholds),
            false_zero: [FirstStep::default(); 3],
            still: [(); 3].map(|()| StillnessTracker::new(precision)),
            same_size: None,
            compared_until: None,
        }
    }

    fn is_decided(&self) -> bool {
        self.divergence.is_decided() && self.false_zero.iter().all(FirstStep::is_decided)
    }

    fn observe(
        &mut self,
        t: u64,
        setting: &Setting<'_>,
        observed: (&State<Interval>, &State<Observed>),
        exact: &Exact<'_>,
    ) {
        self.compared_until = Some(t);
        let sharper = |j: usize| match exact.rational {
            Some(exact) => Sharper::Exact(exact.as_array()[j].clone()),
            None => Sharper::Ball(exact.ball().as_array()[j].clone()),
        };
        self.divergence
            .observe(t, &setting.thresholds, observed, &exact.interval, &sharper);
        let coordinates = observed.1.as_array().into_iter();
        for (j, (first, x)) in self.false_zero.iter_mut().zip(coordinates).enumerate() {
            if !first.is_over() && x.is_zero() {
                first.observe(t, is_nonzero(exact.interval.as_array()[j], exact, j));
            }
            if x.is_finite() {
                self.still[j].observe(t, x, exact.interval.as_array()[j]);
            }
        }
        if t == setting.run.steps {
            self.same_size = Some(is_same_size(&observed.0.beta1, &exact.interval.beta1));
        }
        if setting.is_window_end(t) {
            let bits = exact.trajectory.accuracy_bits();
            self.divergence
                .note_errors(t, observed.1, exact.ball(), bits);
        }
    }
}

/// Is |x̂| within a factor of 2 of |x|, or its logarithm within 1 % of that of |x|? At 0, only 0
/// is.
fn is_same_size(observed: &Interval, exact: &Interval) -> Ternary {
    if observed.is_zero() || exact.is_zero() {
        return observed.equals(exact);
    }
    let [Ok(observed), Ok(exact)] = [observed, exact].map(|x| x.abs().log10()) else {
        return Ternary::Unknown;
    };
    let rational = |n: i32, d: i32| Interval::from_rational(&Rational::from((n, d)));
    let Ok(two) = rational(2, 1).log10() else {
        return Ternary::Unknown;
    };
    let most = two.max(&exact.abs().mul(&rational(1, 100)));
    observed.sub(&exact).abs().le(&most)
}

fn is_nonzero(x: &Interval, exact: &Exact<'_>, j: usize) -> Ternary {
    if x.contains_zero() && !x.is_zero() {
        let ball = exact.ball().as_array()[j];
        return Ternary::from_proofs(!ball.contains_zero(), false);
    }
    (!x.is_zero()).into()
}

/// A trace on a pass.
struct Trace {
    index: usize,
    simulation: Simulation,
    precision: u32,
    state: State<Observed>,
    interval: State<Interval>,
    /// The state in the arithmetic of the exact map.
    lifted: Option<State<Ball>>,
    edge: EdgeWatch,
    alone: Option<Box<Alone>>,
    together: Together,
    /// The step at which it diverged, once it has, or as an earlier pass found.
    end: Option<u64>,
    /// Is it followed no further?
    is_over: bool,
}

impl Trace {
    /// With what an earlier pass found out, if there was one.
    fn new(setting: &Setting<'_>, index: usize, earlier: Option<&AloneResult>) -> Self {
        let parameters = &setting.run.parameters;
        let TraceSpec {
            format,
            order,
            change,
            backend,
        } = setting.specs[index];
        let start = &setting.start;
        let simulation = Simulation::on(backend, parameters, start, format, order, change);
        let state = simulation.state();
        let map = ExactMap::new(parameters, format, order.storage, change);
        let precision = map.precision().max(LEAST_PRECISION);
        let edge = EdgeWatch::new(parameters, precision);
        let alone = earlier.is_none().then(|| {
            let underflow = map.places().as_array();
            Box::new(Alone {
                backend: simulation.backend(),
                digester: Digester::default(),
                tracker: EventTracker::new(parameters, precision),
                underflow: underflow.map(|places| UnderflowTracker::new(*places)),
                map,
                local: [(); 3].map(|()| LocalErrors::new()),
                operations: Operations::default(),
            })
        });
        Trace {
            index,
            simulation,
            precision,
            interval: intervals(&state),
            state,
            lifted: None,
            edge,
            alone,
            together: Together::new(setting.thresholds_count, format.precision),
            end: earlier.and_then(|known| known.events.ending.step()),
            is_over: false,
        }
    }

    /// Looks at iterate t.
    fn observe(
        &mut self,
        t: u64,
        setting: &Setting<'_>,
        exact: Option<&Exact<'_>>,
        sample: &mut dyn FnMut(&Sample<'_>),
    ) {
        let state = &self.state;
        if let Some(alone) = &mut self.alone {
            alone.digester.observe(&self.simulation.stored());
            if let Some(ending) = self.simulation.non_finite(t) {
                alone.tracker.lost(ending);
            }
            let precision = self.precision;
            let sharper = || state.map(|x| x.as_exact().with_precision(precision));
            alone.tracker.observe(t, &self.interval, sharper);
            if alone.tracker.has_ended() {
                self.end = Some(t);
            } else {
                for (tracker, x) in alone.underflow.iter_mut().zip(state.as_array()) {
                    tracker.iterate(t, x);
                }
            }
        }
        self.is_over = self.end == Some(t);
        if let Some(exact) = exact {
            let observed = (&self.interval, state);
            self.together.observe(t, setting, observed, exact);
        }
        if self.is_over {
            return;
        }
        let sharper = || state.map(|x| x.as_exact().with_precision(self.precision));
        let eta_sharpness = self.edge.observe(t, &self.interval, sharper);
        sample(&Sample {
            trace: self.index,
            step: t,
            observed: &self.state,
            observed_eta_sharpness: eta_sharpness,
            exact: exact.map(|e| &e.interval),
            exact_eta_sharpness: exact.and_then(|e| e.eta_sharpness),
        });
    }

    /// Makes the step from t.
    fn advance(&mut self, t: u64) {
        let events = self.simulation.advance();
        let next = self.simulation.state();
        if let Some(alone) = &mut self.alone {
            alone.operations.observe(t, events);
            let lifted = match self.lifted.take() {
                Some(lifted) => lifted,
                None => alone.map.lift(&self.state),
            };
            let lifted_next = alone.map.lift(&next);
            let errors = alone.map.errors(&lifted, &lifted_next);
            for (j, error) in errors.iter().enumerate() {
                if next.as_array()[j].is_finite() {
                    alone.local[j].observe(t, error);
                    alone.underflow[j].step(t, self.state.as_array()[j], error);
                }
            }
            self.lifted = Some(lifted_next);
        }
        self.interval = intervals(&next);
        self.state = next;
    }
}

fn intervals(state: &State<Observed>) -> State<Interval> {
    state.map(|x| x.as_exact().to_interval())
}

/// What a pass ended with.
struct Outcome {
    truth: TruthSummary,
    pass: Pass,
    traces: Vec<Trace>,
    interrupted: bool,
}

/// One pass with the traces of these indices.
fn go(
    setting: &Setting<'_>,
    bits: u32,
    indices: &[usize],
    earlier: &[(AloneResult, Together)],
    hooks: &mut Hooks<'_>,
) -> Outcome {
    let steps = setting.run.steps;
    let mut truth = Truth::new(setting, bits);
    let is_first = earlier.is_empty();
    let new = |&index: &usize| {
        let known = earlier.get(index).map(|(alone, _)| alone);
        Trace::new(setting, index, known)
    };
    let mut traces: Vec<Trace> = indices.iter().map(new).collect();
    let mut interrupted = false;
    for t in 0..=steps {
        if t % PROGRESS_EVERY == 0 {
            (hooks.progress)(Progress {
                step: t,
                steps,
                precision: truth.trajectory.precision(),
                traces: traces.len(),
            });
            if hooks.interrupt.load(Ordering::Relaxed) {
                interrupted = true;
                truth
                    .end
                    .get_or_insert(TruthEnd::Interrupted(truth.last_step));
                break;
            }
        }
        let exact = truth.observe(t, &setting.exact);
        let mut alive = 0;
        for trace in traces.iter_mut().filter(|trace| !trace.is_over) {
            trace.observe(t, setting, exact.as_ref(), hooks.sample);
            if !trace.is_over {
                alive += 1;
                if t < steps {
                    trace.advance(t);
                }
            }
        }
        drop(exact);
        if t < steps {
            truth.advance(t);
        }
        // A later pass is for comparisons only.
        if truth.end.is_some() && (alive == 0 || !is_first) {
            break;
        }
    }
    let (truth, pass) = truth.finish();
    Outcome {
        truth,
        pass,
        traces,
        interrupted,
    }
}

/// What is known after some passes.
pub(super) struct Known {
    truth: TruthSummary,
    passes: Vec<Pass>,
    traces: Vec<(AloneResult, Together)>,
    interrupted: bool,
}

/// The first pass, with all traces.
pub(super) fn first(setting: &Setting<'_>, bits: u32, hooks: &mut Hooks<'_>) -> Known {
    let all: Vec<usize> = (0..setting.specs.len()).collect();
    let outcome = go(setting, bits, &all, &[], hooks);
    let interrupted = outcome.interrupted;
    let finish = |trace: Trace| {
        let alone = *trace.alone?;
        let mut events = alone.tracker.finish();
        if interrupted && events.ending.step().is_none() {
            events.ending = Ending::Open;
        }
        let result = AloneResult {
            backend: alone.backend,
            digest: alone.digester.finish(),
            events,
            margin: trace.edge.margin(),
            local: alone.local.map(LocalErrors::finish),
            underflow: alone.underflow,
            operations: alone.operations,
        };
        Some((result, trace.together))
    };
    Known {
        truth: outcome.truth,
        passes: vec![outcome.pass],
        traces: outcome.traces.into_iter().filter_map(finish).collect(),
        interrupted,
    }
}

impl Known {
    /// Does the truth of this trace's comparison end too early?
    fn cut_short(&self, alone: &AloneResult) -> bool {
        matches!(self.truth.end, TruthEnd::Lost(t, Lost::Width) if t < alone.events.last_step)
    }

    /// The traces that need another pass.
    fn open(&self) -> Vec<usize> {
        let open = |(alone, together): &(AloneResult, Together)| {
            !together.is_decided() || self.cut_short(alone)
        };
        (0..self.traces.len())
            .filter(|&i| open(&self.traces[i]))
            .collect()
    }

    /// The precision of another pass, if one is needed and allowed.
    pub(super) fn wants_more(&self, most: u32) -> Option<u32> {
        let bits = self.passes.last()?.precision;
        let next = bits.saturating_mul(2).min(most);
        let wanted = self.truth.is_open() || !self.open().is_empty();
        (wanted && !self.interrupted && next > bits).then_some(next)
    }

    /// Another pass with what is open. False if it was stopped: it then leaves all as it was.
    pub(super) fn refine(
        &mut self,
        setting: &Setting<'_>,
        bits: u32,
        hooks: &mut Hooks<'_>,
    ) -> bool {
        let indices = self.open();
        let outcome = go(setting, bits, &indices, &self.traces, hooks);
        if outcome.interrupted {
            self.interrupted = true;
            return false;
        }
        self.truth = outcome.truth;
        self.passes.push(outcome.pass);
        for trace in outcome.traces {
            self.traces[trace.index].1 = trace.together;
        }
        true
    }

    pub(super) fn finish(self, elapsed: Duration) -> Comparison {
        let mut truth = self.truth;
        truth.passes = self.passes;
        let traces = self
            .traces
            .into_iter()
            .map(|(alone, together)| trace_comparison(&truth, alone, together))
            .collect();
        Comparison {
            truth,
            traces,
            interrupted: self.interrupted,
            elapsed,
        }
    }
}

fn trace_comparison(
    truth: &TruthSummary,
    alone: AloneResult,
    together: Together,
) -> TraceComparison {
    let state = |[alpha, beta1, beta2]: [Underflow; 3]| State {
        alpha,
        beta1,
        beta2,
    };
    let mut zeros = together.false_zero.into_iter().zip(together.still);
    let underflow = alone.underflow.map(|tracker| {
        let (zero, still) = zeros
            .next()
            .map_or_else(Default::default, |(zero, still)| (zero, still.finish()));
        tracker.finish(zero, still)
    });
    let [alpha, beta1, beta2] = alone.local;
    TraceComparison {
        backend: alone.backend,
        digest: alone.digest,
        crossings: CrossingComparison::of(&truth.events, &alone.events, truth.last_step),
        events: alone.events,
        margin: alone.margin,
        compared_until: together.compared_until,
        first_divergence: together.divergence.first,
        errors: together.divergence.errors,
        same_size: together.same_size,
        local_error: State {
            alpha,
            beta1,
            beta2,
        },
        underflow: state(underflow),
        operations: alone.operations,
    }
}
