//! What is drawn of a run, gathered along it in memory that does not grow with its steps.

use crate::certify::Observer;
use crate::claim::program::{Program, Test, Value};
use crate::diagnostic::InputError;
use crate::enclosure::Moment;
use crate::expression::{Place as Source, parser};
use crate::input::Run;
use crate::model;
use crate::number::Interval;
use crate::report::chart::{Axis, Enclosed, Place, Row, Scale, Series, Thinner, Tracer};
use crate::verdict::checker::Judge;

use super::{COLUMNS, width_text};

/// A quantity along a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// L.
    Loss,
    /// L₁.
    Loss1,
    /// L₂.
    Loss2,
    /// L̂.
    Surrogate,
    /// ηS.
    EtaSharpness,
    /// S.
    Sharpness,
    /// ηφ, φ the sharpness of the minimiser that gradient flow reaches.
    EtaFlowSharpness,
    /// |β₁|.
    SizeBeta1,
    /// α.
    Alpha,
    /// β₂.
    Beta2,
}

impl Quantity {
    /// Its formula in the language of claims.
    pub fn formula(self) -> &'static str {
        match self {
            Quantity::Loss => "loss",
            Quantity::Loss1 => "loss1",
            Quantity::Loss2 => "loss2",
            Quantity::Surrogate => "surrogate_loss",
            Quantity::EtaSharpness => "eta*sharpness",
            Quantity::Sharpness => "sharpness",
            Quantity::EtaFlowSharpness => "eta*gfs_sharpness",
            Quantity::SizeBeta1 => "abs(beta1)",
            Quantity::Alpha => "alpha",
            Quantity::Beta2 => "beta2",
        }
    }
}

/// The enclosures of a quantity.
#[derive(Clone, Debug)]
pub struct Trace {
    thinner: Thinner<Enclosed>,
    /// The largest width of an enclosure, rounded up.
    absolute: f64,
    /// The largest width relative to the larger end, rounded up.
    relative: f64,
}

impl Default for Trace {
    fn default() -> Self {
        Trace {
            thinner: Thinner::new(COLUMNS),
            absolute: 0.0,
            relative: 0.0,
        }
    }
}

impl Trace {
    /// Takes the enclosure at `x`.
    pub fn push(&mut self, x: f64, value: Interval) {
        let width = (value.upper_f64() - value.lower_f64()).next_up();
        self.absolute = self
            .absolute
            .max(if width.is_nan() { f64::INFINITY } else { width });
        // Rounding a width and a quotient costs less than this factor.
        self.relative = self.relative.max(value.relative_width() * (1.0 + 1e-9));
        self.thinner.push(Enclosed { x, value });
    }

    /// As points on an axis.
    pub fn series(&self, axis: &Axis, name: &str) -> Series {
        self.thinner.clone().finish_on(axis, name)
    }

    /// What a caption says of widths, for an axis of this scale.
    pub fn width(&self, scale: Scale) -> String {
        match scale {
            Scale::Linear => width_text(self.absolute),
            Scale::Log10 => format!("{} of its value", width_text(self.relative)),
        }
    }
}

/// The steps at which a condition is proved, as spans.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    spans: Vec<(f64, f64)>,
    seen: u64,
    holds: bool,
}

impl Spans {
    /// Takes whether the condition is proved at a step, in the order of steps.
    pub fn push(&mut self, step: u64, holds: bool) {
        let x = step as f64;
        if holds && self.holds {
            if let Some(last) = self.spans.last_mut() {
                last.1 = x;
            }
        } else if holds {
            self.spans.push((x, x));
            self.seen += 1;
        }
        self.holds = holds;
        if self.spans.len() > 8 * COLUMNS {
            self.join();
        }
    }

    /// Joins what no picture of the steps so far could tell apart.
    fn join(&mut self) {
        let end = self.spans.last().map_or(0.0, |s| s.1);
        let gap = end / COLUMNS as f64;
        let mut joined: Vec<(f64, f64)> = Vec::new();
        for (from, to) in std::mem::take(&mut self.spans) {
            match joined.last_mut() {
                Some(last) if from <= last.1 + gap => last.1 = to,
                _ => joined.push((from, to)),
            }
        }
        self.spans = joined;
    }

    /// As a row of a timeline.
    pub fn row(&self, name: &str) -> Row {
        Row {
            seen: self.seen,
            ..Row::new(name, self.spans.clone())
        }
    }
}

/// What was seen on one pass.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Bits of the pass.
    pub precision: u32,
    /// The last step.
    pub last_step: u64,
    traces: Vec<(Quantity, Trace)>,
    /// (α, β₂).
    pub portrait: Tracer,
    /// When S > 2/η.
    pub above_edge: Spans,
    /// When b > 1/1000: the oscillation is large.
    pub spikes: Spans,
}

impl Recording {
    fn new(precision: u32, quantities: &[Quantity]) -> Self {
        Recording {
            precision,
            last_step: 0,
            traces: quantities.iter().map(|q| (*q, Trace::default())).collect(),
            portrait: portrait_tracer(),
            above_edge: Spans::default(),
            spikes: Spans::default(),
        }
    }

    /// The enclosures of a quantity; empty if it was not asked for.
    pub fn trace(&self, quantity: Quantity) -> Trace {
        let found = self.traces.iter().find(|(q, _)| *q == quantity);
        found.map_or_else(Trace::default, |(_, trace)| trace.clone())
    }
}

/// Of a run that leaves every bounded range only this is shown.
pub(super) const NEAR: f64 = 2.0;

/// A tracer for a phase portrait.
pub(super) fn portrait_tracer() -> Tracer {
    Tracer::new(COLUMNS).within((-NEAR, NEAR), (-NEAR, NEAR))
}

/// What the axes of a phase portrait are.
pub fn portrait_axes() -> (Axis, Axis) {
    (
        Axis::new("shared weight α", "", Scale::Linear),
        Axis::new("relevant weight β₂", "", Scale::Linear),
    )
}

/// Gathers quantities along a run.
#[derive(Clone, Debug)]
pub struct Recorder {
    quantities: Vec<Quantity>,
    values: Vec<Value>,
    tests: Option<[Test; 2]>,
    /// The farthest pass so far, and the present one.
    recordings: Vec<Recording>,
    axes: (Axis, Axis),
}

/// An expression of fixed text, to be evaluated at each step.
pub(super) fn value(program: &mut Program, run: &Run, text: &str) -> Result<Value, InputError> {
    let expression = parser::expression(text, &Source::From(0), &model::names())
        .map_err(|e| InputError::internal(&e.message))?;
    program.add_expression(&expression, &run.parameters)
}

fn test(program: &mut Program, run: &Run, text: &str) -> Result<Test, InputError> {
    let condition = parser::condition(text, &Source::From(0), &model::names())
        .map_err(|e| InputError::internal(&e.message))?;
    program.add_condition(&condition, &run.parameters)
}

impl Recorder {
    /// For some quantities.
    pub fn new(quantities: &[Quantity]) -> Self {
        Recorder {
            quantities: quantities.to_vec(),
            values: Vec::new(),
            tests: None,
            recordings: Vec::new(),
            axes: portrait_axes(),
        }
    }

    /// What was seen on the last pass of those that came farthest.
    pub fn finish(mut self) -> Recording {
        self.drop_shorter();
        let empty = || Recording::new(0, &self.quantities);
        self.recordings.pop().unwrap_or_else(empty)
    }

    /// Keeps the one that came farther; the later one if they came equally far.
    fn drop_shorter(&mut self) {
        if let [first, second] = &self.recordings[..] {
            let shorter = usize::from(second.last_step < first.last_step);
            self.recordings.remove(shorter);
        }
    }
}

/// Of an undefined value nothing is known.
pub(super) fn whole_line() -> Interval {
    Interval::from_bounds(f64::NEG_INFINITY, f64::INFINITY, 0)
}

impl Observer for Recorder {
    fn prepare(&mut self, program: &mut Program, run: &Run) -> Result<(), InputError> {
        self.values = self
            .quantities
            .iter()
            .map(|q| value(program, run, q.formula()))
            .collect::<Result<_, _>>()?;
        self.tests = Some([
            test(program, run, "sharpness > 2/eta")?,
            test(program, run, "b > 1/1000")?,
        ]);
        Ok(())
    }

    fn begin(&mut self, precision: u32) {
        self.drop_shorter();
        self.recordings
            .push(Recording::new(precision, &self.quantities));
    }

    fn step(&mut self, judge: &mut Judge) {
        let Some(recording) = self.recordings.last_mut() else {
            return;
        };
        let t = judge.step();
        recording.last_step = t;
        for ((_, trace), value) in recording.traces.iter_mut().zip(&self.values) {
            let enclosure = judge.interval_value(*value);
            trace.push(t as f64, enclosure.unwrap_or_else(|_| whole_line()));
        }
        let state = judge.interval_state();
        let axes = (&self.axes.0, &self.axes.1);
        recording
            .portrait
            .push(Place::new(axes, &state.alpha, &state.beta2));
        if let Some([edge, spike]) = &self.tests {
            recording.above_edge.push(t, judge.decide(edge).is_true());
            recording.spikes.push(t, judge.decide(spike).is_true());
        }
    }
}

/// α and β₂ of gradient descent's iterate, as f64 intervals.
pub fn place_of(trajectory: &dyn crate::enclosure::Trajectory) -> Place {
    let axes = portrait_axes();
    let state = trajectory.interval(Moment::Current);
    Place::new((&axes.0, &axes.1), &state.alpha, &state.beta2)
}
