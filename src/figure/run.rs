//! The figures of any run.

use rug::Rational;

use crate::audit::{Format, Order, Simulation, simulation::Change};
use crate::certify::{Options, Outcome, certify_observed};
use crate::diagnostic::InputError;
use crate::enclosure::{self, Engine};
use crate::flow::limit::exact_start;
use crate::input::Run;
use crate::model::{Coefficients, State};
use crate::number::{Enclosure, Interval};
use crate::report::chart::{
    Axis, Chart, Curve, Enclosed, Layer, MOST_ETA_SHARPNESS, Place, Point, Scale, Series, Thinner,
};
use crate::report::{ended_because, grouped};
use crate::sharpness;
use crate::verdict::crossings::When;

use super::record::{NEAR, Quantity, Recorder, Recording, Trace, portrait_axes, whole_line};
use super::{COLUMNS, Figure, FigureError, Work};

/// What the figures of a run are drawn from.
pub const QUANTITIES: [Quantity; 7] = [
    Quantity::Loss,
    Quantity::EtaSharpness,
    Quantity::EtaFlowSharpness,
    Quantity::SizeBeta1,
    Quantity::Alpha,
    Quantity::Beta2,
    Quantity::Sharpness,
];

/// Styles that mean the same in all figures.
pub(super) const TRUTH: usize = 0;
pub(super) const FLOAT: usize = 1;
pub(super) const FLOW: usize = 3;
/// Without dashes, which would tear spikes and staircases to pieces.
pub(super) const BOUND: usize = 30;
pub(super) const ORANGE: usize = 36;
pub(super) const PURPLE: usize = 24;

/// The step axis up to a step.
pub(super) fn steps(last: u64) -> Axis {
    Axis::new("step t", "", Scale::Linear).between(0.0, last as f64)
}

/// θ₀, λ and η of a run, for captions.
pub fn inputs(run: &Run) -> String {
    let exact = crate::report::shown;
    let p = &run.parameters;
    let clip = match &p.clip {
        None => "plain gradient descent".to_string(),
        Some(bound) => format!("|β₁| clipped to {}", exact(bound)),
    };
    let range = crate::report::shown_range;
    format!(
        "λ₁ = {}, λ₂ = {}, η = {}, θ₀ = (α, β₁, β₂) = ({}, {}, {}), {clip}",
        exact(&p.lambda1),
        exact(&p.lambda2),
        exact(&p.eta),
        range(&run.start.alpha),
        range(&run.start.beta1),
        range(&run.start.beta2),
    )
}

/// What a caption says of a run that ended early.
pub fn ending(run: &Run, outcome: &Outcome) -> String {
    match outcome.stopped {
        None => String::new(),
        Some((step, reason)) => {
            let why = match ended_because(reason) {
                None => "INTERRUPTED".to_string(),
                Some(words) => format!("STOPPED, {words}"),
            };
            format!(
                " {why}: shown are the steps up to {} of {}.",
                grouped(step),
                grouped(run.steps)
            )
        }
    }
}

/// Follows a run and records it, without its claims.
///
/// # Errors
/// As [`crate::certify::certify`].
pub fn record(
    run: &Run,
    quantities: &[Quantity],
    work: &mut Work<'_>,
) -> Result<(Recording, Outcome), FigureError> {
    let mut bare = run.clone();
    bare.claims.clear();
    bare.expect.clear();
    let mut recorder = Recorder::new(quantities);
    let outcome = certify_observed(
        &bare,
        &Options::default(),
        work.interrupt,
        work.progress,
        Some(&mut recorder),
    )?;
    Ok((recorder.finish(), outcome))
}

/// Certifies a run with its claims and draws its figures.
///
/// # Errors
/// As [`crate::certify::certify`].
pub fn certified(
    run: &Run,
    options: &Options,
    work: &mut Work<'_>,
) -> Result<(Outcome, Vec<Figure>), FigureError> {
    let mut recorder = Recorder::new(&QUANTITIES);
    let outcome = certify_observed(
        run,
        options,
        work.interrupt,
        work.progress,
        Some(&mut recorder),
    )?;
    let recording = recorder.finish();
    // Part of a trace would look as if it had ended there.
    let float = float_trace(run, recording.last_step, work)?.filter(|trace| !trace.cut_short);
    let figures = of_recording(run, &recording, &outcome, float.as_ref())?;
    Ok((outcome, figures))
}

/// A vertical line at the first violation of each of a few claims.
fn violations(mut chart: Chart, outcome: &Outcome) -> Chart {
    const MOST: usize = 4;
    let violated = outcome.claims.iter().filter_map(|result| {
        let violation = result.violation.as_ref()?;
        Some((violation.step, &result.claim.id))
    });
    for (step, id) in violated.take(MOST) {
        chart = chart.layer(Layer::vertical(step as f64, format!("{id} violated")));
    }
    chart
}

/// A vertical line where something happens first, or at both ends of where it may.
pub(super) fn mark_first(chart: Chart, first: When, name: &str) -> Chart {
    let line = |chart: Chart, t: u64, name: String| chart.layer(Layer::vertical(t as f64, name));
    match (first.step(), first.between) {
        (Some(t), _) => line(chart, t, name.to_string()),
        (None, Some((earliest, latest))) => {
            let chart = line(chart, earliest, format!("{name}, at the earliest"));
            if first.perhaps_never {
                return chart;
            }
            line(chart, latest, format!("{name}, at the latest"))
        }
        (None, None) => chart,
    }
}

/// A vertical line at each step that a reader should find.
pub(super) fn marks(mut chart: Chart, outcome: &Outcome) -> Chart {
    let facts = &outcome.facts;
    chart = mark_first(
        chart,
        facts.sharpness_crossings.first_upward,
        "first crossing",
    );
    if let Some(trap) = &outcome.all_time.delta_trap {
        chart = chart.layer(Layer::vertical(trap.first as f64, "δ-trap closed"));
    }
    if let Some(trap) = &outcome.all_time.final_trap {
        chart = chart.layer(Layer::vertical(trap.first as f64, "final trap closed"));
    }
    if let Some(step) = facts.escape {
        chart = chart.layer(Layer::vertical(step as f64, "escape proved"));
    }
    chart
}

/// How widths are told: relative to numbers that are too large to be drawn.
fn width_scale(note: &str) -> Scale {
    if note.is_empty() {
        Scale::Linear
    } else {
        Scale::Log10
    }
}

/// The loss.
pub fn loss(recording: &Recording, outcome: &Outcome) -> Chart {
    let trace = recording.trace(Quantity::Loss);
    let y = Axis::new("loss L", "", Scale::Log10);
    let series = trace.series(&y, "L(θₜ), certified").styled(TRUTH);
    let chart = Chart::new("Loss", steps(recording.last_step), y)
        .caption(format!(
            "Enclosures of the loss, each at most {} wide.",
            trace.width(Scale::Log10)
        ))
        .layer(Layer::Band(series));
    marks(chart, outcome)
}

/// ηS with the edge, crossings, spikes and the bound for all later steps.
pub fn edge(recording: &Recording, outcome: &Outcome) -> Chart {
    let trace = recording.trace(Quantity::EtaSharpness);
    let linear = Axis::new("η·S", "", Scale::Linear);
    let series = trace.series(&linear, "η·S(θₜ), certified").styled(TRUTH);
    let (y, note) = linear.within(&[&series], MOST_ETA_SHARPNESS);
    let mut chart = Chart::new(
        "Sharpness around the edge of stability",
        steps(recording.last_step),
        y,
    )
    .caption(format!(
        "Enclosures of η·S, each at most {} wide.{note}{}",
        trace.width(width_scale(note)),
        envelope_caption(outcome)
    ))
    .layer(Layer::Band(series))
    .layer(Layer::horizontal(2.0, "edge η·S = 2"));
    if let Some(envelope) = envelope(recording, outcome) {
        chart = chart.layer(Layer::Line(envelope));
    }
    violations(marks(chart, outcome), outcome)
        .layer(Layer::Row(recording.above_edge.row("S > 2/η, certified")))
        .layer(Layer::Row(
            recording.spikes.row("spikes: ηλ₁β₁² > 1/1000, certified"),
        ))
}

fn envelope_caption(outcome: &Outcome) -> &'static str {
    if outcome.facts.escape.is_some() {
        " From where the escape is proved |α| at least doubles at every step, for ever."
    } else if outcome.all_time.excess.is_empty() {
        " No trap closed on this run, so nothing is said of later steps."
    } else {
        " The staircase is 2 + δ*(T): a bound of η·S at T and at all later steps, for ever."
    }
}

/// 2 + δ*(T), its upper ends, as a staircase.
///
/// # Soundness
/// The upper end of an entry bounds δ* from its step up to the next entry's. 2 is added and the
/// sum rounded up.
fn envelope(recording: &Recording, outcome: &Outcome) -> Option<Series> {
    let stairs = &outcome.all_time.excess;
    let mut points = Vec::new();
    for (i, stair) in stairs.iter().enumerate() {
        let y = (stair.value.upper_f64() + 2.0).next_up();
        let next = stairs.get(i + 1).map_or(recording.last_step, |s| s.step);
        points.push(Point::exact(stair.step as f64, y));
        points.push(Point::exact(next as f64, y));
    }
    let name = "2 + δ*(T): bound of η·S for all t ≥ T";
    (!points.is_empty()).then(|| Series::new(name, points).styled(BOUND))
}

/// δ*(T) on a logarithmic scale; `None` if nothing is proved of later steps.
///
/// # Soundness
/// [`Excess`](crate::verdict::all_time::Excess): an entry encloses δ* up to its `until`. From there
/// to the next entry δ*, which does not increase, is at most the first one's upper end and at least
/// the second one's lower end.
pub fn excess(recording: &Recording, outcome: &Outcome) -> Option<Chart> {
    let stairs = &outcome.all_time.excess;
    let y = Axis::new("δ*(T) = sup over t ≥ T of η·S(θₜ) − 2", "", Scale::Log10);
    let mut points = Vec::new();
    let mut push = |x: u64, value: &Interval| {
        let point = y.point(x as f64, value);
        if point.upper > f64::NEG_INFINITY {
            points.push(point);
        }
    };
    for (i, stair) in stairs.iter().enumerate() {
        push(stair.step, &stair.value);
        push(stair.until, &stair.value);
        if let Some(next) = stairs.get(i + 1) {
            let between = stair.value.hull(&next.value);
            push(stair.until, &between);
            push(next.step, &between);
        }
    }
    if points.is_empty() {
        return None;
    }
    let chart = Chart::new(
        "How far above the edge it will still go",
        steps(recording.last_step),
        y,
    )
    .caption(
        "δ*(T) is proved to be in the band for every T. Its upper end covers all steps from T \
             on, those that were made by their enclosures and those to come by a trap.",
    )
    .layer(Layer::Band(
        Series::new("δ*(T), certified", points).styled(BOUND),
    ));
    Some(marks(chart, outcome))
}

/// The trace of gradient descent in f64, from the rounded start.
#[derive(Clone, Debug, Default)]
pub struct FloatTrace {
    /// |β₁|, exact.
    pub size_beta1: Trace,
    /// Enclosures of ηS at the states of the trace.
    pub eta_sharpness: Trace,
    /// First step at which β₁ is 0.
    pub dead: Option<u64>,
    /// The last step.
    pub last_step: u64,
    /// Whether the work was interrupted before the end.
    pub cut_short: bool,
}

/// Follows the trace for so many steps; `None` where the start is a box.
///
/// # Errors
/// None in practice: the order of operations is built in.
pub fn float_trace(
    run: &Run,
    steps: u64,
    work: &mut Work<'_>,
) -> Result<Option<FloatTrace>, FigureError> {
    let Some(start) = exact_start(&run.start) else {
        return Ok(None);
    };
    let orders = Order::built_in()?;
    let order = orders
        .iter()
        .find(|order| order.id == "factored")
        .ok_or_else(|| InputError::internal("no order of operations named factored"))?;
    let format = Format::f64();
    let mut simulation =
        Simulation::new(&run.parameters, &start, &format, order, &Change::default());
    let coefficients: Coefficients<Interval> = run.parameters.coefficients(());
    let mut trace = FloatTrace::default();
    for t in 0..=steps {
        if !work.goes_on(t, steps, 53) {
            trace.cut_short = true;
            break;
        }
        let observed = simulation.state();
        if observed.as_array().iter().any(|x| !x.is_finite()) {
            break;
        }
        if observed.beta1.is_zero() {
            trace.dead.get_or_insert(t);
        }
        trace.last_step = t;
        let state = observed.map(|x| x.as_exact().to_interval());
        trace.size_beta1.push(t as f64, state.beta1.abs());
        let eta_sharpness = sharpness::enclose(&coefficients.hessian(&state));
        let eta_sharpness = eta_sharpness.map(|s| {
            use crate::number::Number as _;
            coefficients.eta.mul(&s)
        });
        trace
            .eta_sharpness
            .push(t as f64, eta_sharpness.unwrap_or_else(|_| whole_line()));
        simulation.advance();
    }
    Ok(Some(trace))
}

/// log₁₀ of the least f64 other than 0, 2⁻¹⁰⁷⁴, and of the least normal one, 2⁻¹⁰²².
fn underflow_lines() -> [(f64, &'static str); 2] {
    let log = |exponent: i32| f64::from(exponent) * std::f64::consts::LOG10_2;
    [(log(-1022), "least normal f64"), (log(-1074), "least f64")]
}

/// |β₁|, with the trace in f64 and its least numbers, where they are in sight.
pub fn beta1(recording: &Recording, outcome: &Outcome, float: Option<&FloatTrace>) -> Chart {
    let last = float.map_or(0, |f| f.last_step).max(recording.last_step);
    let trace = recording.trace(Quantity::SizeBeta1);
    let y = Axis::new("|β₁|", "", Scale::Log10);
    let series = trace.series(&y, "|β₁|, certified").styled(TRUTH);
    let least = series.points.iter().map(|p| p.lower).fold(0.0, f64::min);
    let mut caption = format!(
        "Enclosures of |β₁|, each at most {} wide.",
        trace.width(Scale::Log10)
    );
    let mut chart = Chart::new("The irrelevant weight β₁", steps(last), y.clone());
    if let Some(float) = float {
        let line = float.size_beta1.series(&y, "|β₁| in f64").styled(FLOAT);
        chart = chart.layer(Layer::Line(line));
        caption += match float.dead {
            Some(_) => {
                " In f64 it underflows to 0 and stays there: nothing can bring the sharpness down \
                 any more."
            }
            None => " In f64 it does not become 0 on this run.",
        };
        if let Some(step) = float.dead {
            chart = chart.layer(Layer::vertical(step as f64, "β₁ = 0 in f64"));
        }
    }
    chart = chart.layer(Layer::Band(series));
    if least < -300.0 {
        for (at, label) in underflow_lines() {
            chart = chart.layer(Layer::horizontal(at, label));
        }
    }
    marks(chart.caption(caption), outcome)
}

/// α and β₂ against the step.
pub fn coordinates(recording: &Recording) -> Chart {
    let y = Axis::new("α and β₂", "", Scale::Linear);
    let (alpha, beta2) = (
        recording.trace(Quantity::Alpha),
        recording.trace(Quantity::Beta2),
    );
    let first = alpha.series(&y, "α, certified").styled(TRUTH);
    let second = beta2.series(&y, "β₂, certified").styled(BOUND);
    let (y, note) = y.within(&[&first, &second], 10.0);
    Chart::new("The weights α and β₂", steps(recording.last_step), y)
        .caption(format!(
            "Enclosures of α, each at most {} wide, and of β₂, at most {}.{note}",
            alpha.width(width_scale(note)),
            beta2.width(width_scale(note))
        ))
        .layer(Layer::Band(first))
        .layer(Layer::Band(second))
}

/// The minimisers αβ₂ = 1 between two α > 0, as a curve of boxes.
///
/// # Soundness
/// Between two neighbouring α, 1/α lies between its values there.
pub(super) fn minimisers(lower: f64, upper: f64) -> Curve {
    const COUNT: u32 = 400;
    let (low, high) = (Rational::from_f64(lower), Rational::from_f64(upper));
    let (Some(low), Some(high)) = (low, high) else {
        return Curve::new("", Vec::new());
    };
    // Evenly spaced in log α, roughly: the curve is steep where α is small.
    let at = |i: u32| {
        let part = Rational::from((i, COUNT)).square();
        &low + (Rational::from(&high - &low) * part)
    };
    let axes = portrait_axes();
    let places = (0..=COUNT)
        .map(|i| {
            let alpha = at(i);
            let beta2 = Rational::from(alpha.recip_ref());
            Place::new(
                (&axes.0, &axes.1),
                &Interval::from_rational(&alpha),
                &Interval::from_rational(&beta2),
            )
        })
        .collect();
    Curve::new("minimisers αβ₂ = 1", places).styled(6)
}

/// Finite extremes of the places of curves: least and largest x and y.
pub(super) fn extent<'a>(
    places: impl Iterator<Item = &'a Place>,
) -> Option<((f64, f64), (f64, f64))> {
    places.filter(|p| p.is_known()).fold(None, |extent, p| {
        let (x, y) = extent.unwrap_or((p.x, p.y));
        Some((
            (x.0.min(p.x.0), x.1.max(p.x.1)),
            (y.0.min(p.y.0), y.1.max(p.y.1)),
        ))
    })
}

/// The range of an axis that shows a range and some room around it. Of one that reaches beyond
/// ±10, what is within ±2.
pub(super) fn with_room(axis: Axis, (low, high): (f64, f64)) -> Axis {
    let (low, high) = if low < -10.0 || high > 10.0 {
        (low.max(-NEAR), high.min(NEAR))
    } else {
        (low, high)
    };
    let room = (0.06 * (high - low)).max(1e-3);
    axis.between(low - room, high + room)
}

/// The edge α = √(2/(ηλ₁)), enclosed.
pub(super) fn alpha_edge(run: &Run) -> Result<Interval, FigureError> {
    let h = Rational::from(&run.parameters.eta * &run.parameters.lambda1);
    Ok(Interval::from_rational(&(Rational::from(2) / h)).sqrt()?)
}

/// The way through the plane of α and β₂.
///
/// # Errors
/// None in practice.
pub fn portrait(run: &Run, recording: &Recording) -> Result<Chart, FigureError> {
    let (x, y) = portrait_axes();
    let curve = recording
        .portrait
        .clone()
        .finish("gradient descent, certified")
        .styled(TRUTH);
    let start: Vec<Place> = curve.places.first().copied().into_iter().collect();
    let (xs, ys) = extent(curve.places.iter()).unwrap_or(((0.0, 1.0), (0.0, 1.0)));
    let edge = alpha_edge(run)?;
    let seen = (xs.0.min(edge.lower_f64()), xs.1.max(edge.upper_f64()));
    let (x, y) = (with_room(x, seen), with_room(y, ys));
    let (lower, upper) = (
        x.range.map_or(0.05, |r| r.0).max(0.05),
        x.range.map_or(1.0, |r| r.1),
    );
    let mut chart = Chart::new("The way through the plane of α and β₂", x, y)
        .caption(
            "Each place is a box that contains (αₜ, β₂,ₜ); where boxes are visible they are drawn. \
             At the edge the sharpness of a point with β₁ = 0 is about 2/η.",
        )
        .layer(Layer::Curve(curve))
        .layer(Layer::Places(Curve::new("start", start).styled(TRUTH)));
    if upper > lower {
        chart = chart.layer(Layer::Curve(minimisers(lower, upper)));
    }
    Ok(chart.layer(Layer::vertical(
        f64::midpoint(edge.lower_f64(), edge.upper_f64()),
        "edge ηλ₁α² = 2",
    )))
}

/// Bits of accuracy along a run, for several ways to enclose it.
///
/// # Errors
/// None in practice.
pub fn accuracy(run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    let ways = [
        (Engine::Centred, 128, "centre + error set, 128 bits"),
        (Engine::Reference, 53, "naive balls, 53 bits"),
        (Engine::Reference, 128, "naive balls, 128 bits"),
        (Engine::Reference, 256, "naive balls, 256 bits"),
        (Engine::Reference, 512, "naive balls, 512 bits"),
    ];
    let y = Axis::new("accuracy left", "bits", Scale::Linear);
    let mut chart = Chart::new("Bits of accuracy along the run", steps(run.steps), y);
    let mut notes = Vec::new();
    let mut partial = false;
    for (style, (engine, bits, name)) in ways.into_iter().enumerate() {
        let mut trajectory = enclosure::start(engine, &run.parameters, &run.start, bits);
        let mut thinner: Thinner = Thinner::new(COLUMNS);
        for t in 0..=run.steps {
            if !work.goes_on(t, run.steps, bits) {
                partial = true;
                break;
            }
            let left = trajectory.accuracy_bits();
            // A start that is exact has more than any number of bits.
            let shown = left.min(i64::from(bits));
            thinner.push(Point::exact(t as f64, shown as f64));
            if t == run.steps {
                break;
            }
            if left <= 0 || trajectory.advance().is_err() {
                notes.push(format!("{name}: nothing left at step {}", grouped(t)));
                break;
            }
        }
        chart = chart.layer(Layer::Line(thinner.finish(name).styled(style)));
    }
    let lost = if notes.is_empty() {
        String::new()
    } else {
        format!(" {}.", notes.join("; "))
    };
    let caption = format!(
        "−log₂ of the radius of the enclosure relative to the iterate, the worst of α, β₁ and β₂: \
         an observation about the enclosures, not a statement about the run.{lost} Almost all that \
         naive balls lose is lost by wrapping, not by the sensitivity of the run itself."
    );
    Ok(Figure {
        id: "accuracy".into(),
        title: "How many bits are left: two ways to enclose the same run".into(),
        caption: inputs(run) + ".",
        panels: vec![("bits", chart.caption(caption))],
        partial,
    })
}

/// The figures of a run that has been recorded: loss, sharpness, β₁, and the way it takes.
///
/// # Errors
/// None in practice.
pub fn of_recording(
    run: &Run,
    recording: &Recording,
    outcome: &Outcome,
    float: Option<&FloatTrace>,
) -> Result<Vec<Figure>, FigureError> {
    let about = format!("{}.{}", inputs(run), ending(run, outcome));
    let figure = |id: &str, title: &str, panels| Figure {
        id: id.into(),
        title: title.into(),
        caption: about.clone(),
        panels,
        partial: outcome.interrupted,
    };
    let mut around = vec![("sharpness", edge(recording, outcome))];
    around.extend(excess(recording, outcome).map(|chart| ("excess", chart)));
    Ok(vec![
        figure("loss", "The loss", vec![("loss", loss(recording, outcome))]),
        figure("edge", "Around the edge of stability", around),
        figure(
            "beta1",
            "The weight that oscillates",
            vec![("beta1", beta1(recording, outcome, float))],
        ),
        figure(
            "way",
            "The way of the other weights",
            vec![
                ("coordinates", coordinates(recording)),
                ("portrait", portrait(run, recording)?),
            ],
        ),
    ])
}

/// The figures of any run.
///
/// # Errors
/// [`FigureError`] as for certifying.
pub fn of_run(run: &Run, work: &mut Work<'_>) -> Result<Vec<Figure>, FigureError> {
    let (recording, outcome) = record(run, &QUANTITIES, work)?;
    let float = float_trace(run, recording.last_step, work)?.filter(|trace| !trace.cut_short);
    let mut figures = of_recording(run, &recording, &outcome, float.as_ref())?;
    if !work.is_interrupted() {
        figures.push(accuracy(run, work)?);
    }
    Ok(figures)
}

/// The enclosure of a state in f64 intervals.
pub(super) fn intervals(state: &State<crate::number::Ball>) -> State<Interval> {
    state.map(Enclosure::to_interval)
}

/// A series made of enclosures at given places.
pub(super) fn series(axis: &Axis, name: &str, samples: Vec<Enclosed>) -> Series {
    let points = samples.iter().map(|s| axis.point(s.x, &s.value)).collect();
    Series::new(name, points)
}
