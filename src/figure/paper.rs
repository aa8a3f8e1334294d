//! Figures 1 to 5 of the paper (Liu, Zhang, Du, Zhao 2025), as their captions describe them, and
//! three of our own.
//!
//! The paper's starts are not known to us: the run files take starts that show what the captions
//! describe, and every caption gives the start.

use rug::Rational;

use crate::certify::{Observer, Options, certify_observed};
use crate::claim::program::{Program, Value};
use crate::diagnostic::InputError;
use crate::enclosure::{self, Engine, Moment};
use crate::flow::constrained::Constrained;
use crate::flow::integrator::Flow;
use crate::flow::limit::{self, Limit};
use crate::flow::{conserved, conserved_at_start, enclose_start};
use crate::input::Run;
use crate::model::State;
use crate::number::{Ball, Enclosure, Interval, Number};
use crate::report::chart::{Axis, Chart, Curve, Enclosed, Layer, Place, Point, Scale, Series};
use crate::report::grouped;
use crate::verdict::checker::Judge;

use super::record::{Quantity, Trace, portrait_axes, portrait_tracer, value, whole_line};
use super::run::{
    self, BOUND, FLOAT, FLOW, ORANGE, PURPLE, TRUTH, alpha_edge, ending, extent, inputs, intervals,
    marks, minimisers, record, series, steps, with_room,
};
use super::{Figure, FigureError, Work};

/// A figure that can be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its id.
    pub id: &'static str,
    /// The name of its run file.
    pub run: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// What draws it from its run.
    pub draw: Drawing,
}

/// Draws a figure from a run.
pub type Drawing = fn(&Run, &mut Work<'_>) -> Result<Figure, FigureError>;

/// The figures, in order.
pub const FIGURES: [Entry; 8] = [
    Entry {
        id: "figure-1",
        run: "figure-1.toml",
        about: "loss and sharpness over 10 000 iterations",
        draw: figure_1,
    },
    Entry {
        id: "figure-2",
        run: "figure-2.toml",
        about: "L, L₂ and the surrogate loss with its slope; L₁ beside L₂",
        draw: figure_2,
    },
    Entry {
        id: "figure-3",
        run: "figure-3.toml",
        about: "the bounds of Theorem 5.2 on the sharpness after the flow",
        draw: figure_3,
    },
    Entry {
        id: "figure-4",
        run: "figure-1.toml",
        about: "gradient flows from points of gradient descent, and the minimisers they reach",
        draw: figure_4,
    },
    Entry {
        id: "figure-5",
        run: "figure-5.toml",
        about: "gradient descent, gradient flow and the constrained trajectory",
        draw: figure_5,
    },
    Entry {
        id: "edge",
        run: "figure-1.toml",
        about: "η·S around the edge, with the certified bound of all later steps",
        draw: edge,
    },
    Entry {
        id: "underflow",
        run: "divergent.toml",
        about: "|β₁| down to 1e-1239, and how f64 loses it",
        draw: underflow,
    },
    Entry {
        id: "accuracy",
        run: "figure-2.toml",
        about: "bits of accuracy over the run, by way of enclosure",
        draw: run::accuracy,
    },
];

/// What every caption of a figure of the paper says.
const NOT_KNOWN: &str =
    "The paper's start is not known to us; this one shows what its caption describes.";

/// Steps of the figure of the edge, beyond those of its run file: until the final trap closes.
const EDGE_STEPS: u64 = 60_000;

/// Draws one of [`FIGURES`] from its run.
///
/// # Errors
/// [`FigureError`] if the run is not suitable, or an enclosure is lost.
pub fn draw(entry: &Entry, run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    (entry.draw)(run, work)
}

/// A run with at most so many steps.
fn shortened(run: &Run, steps: u64) -> Result<Run, FigureError> {
    let mut short = run.clone();
    if short.steps > steps {
        short.set_steps(steps)?;
    }
    Ok(short)
}

/// Figure 1: loss and sharpness.
///
/// # Errors
/// [`FigureError`] as for certifying.
pub fn figure_1(run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    let (recording, outcome) = record(run, &[Quantity::Loss, Quantity::Sharpness], work)?;
    let first = outcome.facts.sharpness_crossings.first_upward;
    // The beginning on a scale of its own: sharpening is short beside what follows.
    let begin = shortened(run, first.map_or(1, |t| (8 * t).max(100)))?;
    let (early, _) = record(&begin, &[Quantity::Sharpness], work)?;
    let sharpness = |recording: &super::record::Recording, title: &str| {
        let trace = recording.trace(Quantity::Sharpness);
        let y = Axis::new("sharpness S", "", Scale::Linear);
        let edge = Rational::from(2) / &run.parameters.eta;
        let series = trace.series(&y, "S(θₜ), certified").styled(TRUTH);
        let chart = Chart::new(title, steps(recording.last_step), y)
            .layer(Layer::Band(series))
            .layer(Layer::horizontal(edge.to_f64(), "2/η"))
            .layer(Layer::Row(recording.above_edge.row("S > 2/η, certified")));
        (chart, trace.width(Scale::Linear))
    };
    let (whole, width) = sharpness(&recording, "Sharpness");
    let whole = whole.caption(format!(
        "Enclosures of S(θₜ), each at most {width} wide: far less than the line."
    ));
    let (beginning, width) = sharpness(&early, "Sharpness at the beginning");
    let beginning = beginning.caption(format!(
        "Progressive sharpening, the first crossing of 2/η and the first spike. Enclosures at most \
         {width} wide."
    ));
    let beginning = match first {
        Some(t) => beginning.layer(Layer::vertical(t as f64, "first crossing")),
        None => beginning,
    };
    Ok(Figure {
        id: "figure-1".into(),
        title: "Figure 1: loss and sharpness of gradient descent".into(),
        caption: format!("{}. {NOT_KNOWN}{}", inputs(run), ending(run, &outcome)),
        panels: vec![
            ("loss", run::loss(&recording, &outcome)),
            ("sharpness", whole),
            ("beginning", beginning),
        ],
        partial: outcome.interrupted,
    })
}

/// The line of slope 2·log(1 − 2ρ) through L̂ at a step, up to the last one.
///
/// # Soundness
/// At t it is L̂_T·(1 − 2ρ)^(2(t − T)), computed as the sum of an enclosure of log₁₀ L̂_T and one of
/// 2(t − T)·log₁₀(1 − 2ρ), both outward.
fn slope_line(run: &Run, at: Point, last: u64) -> Option<Series> {
    let p = &run.parameters;
    let base = Rational::from(1) - Rational::from(2) * (Rational::from(&p.lambda2 / &p.lambda1));
    if base <= 0 || !at.lower.is_finite() {
        return None;
    }
    let slope = Interval::from_rational(&base).log10().ok()?;
    let begin = Interval::from_bounds(at.lower, at.upper, 0);
    let points = (0..=20u32)
        .map(|i| {
            let t = at.x + (last as f64 - at.x) * f64::from(i) / 20.0;
            let t = t.round();
            let elapsed = Rational::from_f64(t - at.x).unwrap_or_default() * 2u32;
            let log = begin.add(&slope.mul(&Interval::from_rational(&elapsed)));
            Point::new(t, log.lower_f64(), log.upper_f64())
        })
        .collect();
    Some(Series::new("slope 2 log(1 − 2λ₂/λ₁)", points).styled(FLOAT))
}

/// Figure 2: the losses and their slope.
///
/// # Errors
/// [`FigureError`] as for certifying.
pub fn figure_2(run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    let quantities = [
        Quantity::Loss,
        Quantity::Loss1,
        Quantity::Loss2,
        Quantity::Surrogate,
    ];
    let (recording, outcome) = record(run, &quantities, work)?;
    let y = Axis::new("loss", "", Scale::Log10);
    let of = |quantity, name: &str, style| {
        let trace = recording.trace(quantity);
        trace.series(&y, name).styled(style)
    };
    let width = quantities
        .iter()
        .map(|q| recording.trace(*q).width(Scale::Log10))
        .max()
        .unwrap_or_default();
    let surrogate = of(Quantity::Surrogate, "surrogate L̂, certified", BOUND);
    // From a fifth of the run on, where the oscillation has settled around the edge.
    let begin = (recording.last_step / 5) as f64;
    let at = surrogate.points.iter().find(|p| p.x >= begin).copied();
    let line = at.and_then(|at| slope_line(run, at, recording.last_step));
    let mut chart = Chart::new(
        "L, L₂ and the surrogate loss L̂",
        steps(recording.last_step),
        y.clone(),
    )
    .caption(format!(
        "At the edge L₂ oscillates around L̂, which decays with the slope of the dashed line, \
             drawn through L̂ at step {}, as long as spikes keep coming. Enclosures are at most \
             {width} wide.",
        grouped(at.map_or(0, |p| p.x as u64))
    ))
    .layer(Layer::Band(of(Quantity::Loss, "L, certified", PURPLE)))
    .layer(Layer::Band(of(Quantity::Loss2, "L₂, certified", TRUTH)))
    .layer(Layer::Band(surrogate));
    if let Some(line) = line {
        chart = chart.layer(Layer::Line(line));
    }
    let second = of(Quantity::Loss2, "L₂, certified", TRUTH);
    let ends = second.points.iter().flat_map(|p| [p.lower, p.upper]);
    let low = ends.filter(|e| e.is_finite()).fold(0.0, f64::min);
    let first = of(Quantity::Loss1, "L₁, certified", ORANGE);
    let high = first.points.iter().map(|p| p.upper).fold(low, f64::max);
    let axis = y.between(low - 8.0, high.max(low + 1.0) + 0.5);
    let beside = Chart::new("L₁ beside L₂", steps(recording.last_step), axis)
        .caption(
            "Each spike of L₁ takes L₂ down. Between the spikes L₁ falls to 1e-390 and leaves the \
             picture."
                .replace("1e-390", &deepest(&first)),
        )
        .layer(Layer::Band(second))
        .layer(Layer::Band(first));
    Ok(Figure {
        id: "figure-2".into(),
        title: "Figure 2: the surrogate loss decays at a constant rate".into(),
        caption: format!("{}. {NOT_KNOWN}{}", inputs(run), ending(run, &outcome)),
        panels: vec![("losses", chart), ("parts", beside)],
        partial: outcome.interrupted,
    })
}

/// The least power of ten that a series on a logarithmic axis comes to.
fn deepest(series: &Series) -> String {
    let ends = series.points.iter().map(|p| p.lower);
    let least = ends.filter(|e| e.is_finite()).fold(0.0, f64::min);
    format!("1e{}", least.ceil() as i64)
}

/// The two-sided bounds of Theorem 5.2 along a run.
struct Bounds {
    lambda1: Interval,
    lambda2: Interval,
    values: Vec<Value>,
    /// C at the start, Σ 2η²α²Λ and Σ log(1 − 2η²Λ) up to the step.
    sums: Option<[Interval; 3]>,
    /// Over many steps: the bounds, φ and S; in one step: the bounds of the change of φ, and
    /// the change; over many steps: the distances of φ from the lower and from the upper bound.
    traces: [Trace; 7],
    last_step: u64,
}

/// C, 2η²α²Λ, 2η²Λ, φ, S and φ⁺ − φ.
const BOUND_FORMULAS: [&str; 6] = [
    "C",
    "alpha^2*2*eta^2*(lambda1*loss1 + lambda2*loss2)",
    "2*eta^2*(lambda1*loss1 + lambda2*loss2)",
    "gfs_sharpness",
    "sharpness",
    "gfs_sharpness' - gfs_sharpness",
];

impl Bounds {
    fn new(run: &Run) -> Self {
        Bounds {
            lambda1: Interval::from_rational(&run.parameters.lambda1),
            lambda2: Interval::from_rational(&run.parameters.lambda2),
            values: Vec::new(),
            sums: None,
            traces: Default::default(),
            last_step: 0,
        }
    }

    /// λ₁ψ(C) and φ(C), see `section-5.md`.
    fn sharpness(&self, c: &Interval) -> Option<(Interval, Interval)> {
        let four = Interval::from_rational(&Rational::from(4));
        let two = Interval::from_rational(&Rational::from(2));
        let zero = Interval::from_rational(&Rational::new());
        let root = c.square().add(&four).sqrt().ok()?;
        let psi = if c.lt(&zero).is_true() {
            // The same number without cancellation.
            two.div(&root.sub(c)).ok()?
        } else {
            c.add(&root).div(&two).ok()?
        };
        let first = self.lambda1.mul(&psi);
        Some((first, first.max(&self.lambda2.mul(&root))))
    }

    /// The lower and the upper bound that `lo` ≤ C ≤ `up` gives for φ.
    fn region(&self, lo: &Interval, up: &Interval) -> Option<(Interval, Interval)> {
        let (least, at_lo) = self.sharpness(lo)?;
        let (_, at_up) = self.sharpness(up)?;
        Some((least, at_lo.max(&at_up)))
    }
}

impl Observer for Bounds {
    fn prepare(&mut self, program: &mut Program, run: &Run) -> Result<(), InputError> {
        self.values = BOUND_FORMULAS
            .iter()
            .map(|text| value(program, run, text))
            .collect::<Result<_, _>>()?;
        Ok(())
    }

    fn begin(&mut self, _: u32) {
        self.sums = None;
        self.traces = Default::default();
        self.last_step = 0;
    }

    /// # Soundness
    /// `section-5.md#telescoped` with T = 0: on unclipped steps with 2η²Λ < 1, which are tested,
    /// C_0 − Σ2η²α²Λ ≤ C_t ≤ C_0·exp Σ log(1 − 2η²Λ), and φ lies between λ₁ψ of the first and
    /// the larger of φ at both. `section-5.md#theorem-5.2` for one step.
    fn step(&mut self, judge: &mut Judge) {
        let t = judge.step();
        let x = t as f64;
        let Ok([c, drop, rate, phi, sharpness]) = ({
            let mut all = [whole_line(); 5];
            let mut result = Ok(());
            for (slot, value) in all.iter_mut().zip(&self.values) {
                match judge.interval_value(*value) {
                    Ok(known) => *slot = known,
                    Err(failure) => result = Err(failure),
                }
            }
            result.map(|()| all)
        }) else {
            return;
        };
        let zero = Interval::from_rational(&Rational::new());
        let one = Interval::from_rational(&Rational::from(1));
        if t == 0 {
            self.sums = Some([c, zero, zero]);
        }
        if !judge.clipped().is_false() {
            self.sums = None;
        }
        if let Some([start, dropped, logs]) = &self.sums {
            let lo = start.sub(dropped);
            let region = logs
                .exp()
                .ok()
                .and_then(|product| self.region(&lo, &start.mul(&product)));
            if let Some((least, most)) = region {
                self.traces[0].push(x, least.hull(&most));
                self.traces[5].push(x, phi.sub(&least));
                self.traces[6].push(x, most.sub(&phi));
                self.last_step = t;
            }
        }
        self.traces[1].push(x, phi);
        self.traces[2].push(x, sharpness);
        if judge.has_next()
            && let Some((least, most)) = self.region(&c.sub(&drop), &one.sub(&rate).mul(&c))
            && let Ok(change) = judge.interval_value(self.values[5])
        {
            self.traces[3].push(x, least.hull(&most).sub(&phi));
            self.traces[4].push(x, change);
        }
        self.sums = self.sums.take().and_then(|[start, dropped, logs]| {
            let rest = one.sub(&rate);
            let log = rest.log().ok()?;
            Some([start, dropped.add(&drop), logs.add(&log)])
        });
    }
}

/// Figure 3: upper and lower bounds of Theorem 5.2.
///
/// # Errors
/// [`FigureError`] as for certifying.
pub fn figure_3(run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    let mut bare = run.clone();
    bare.claims.clear();
    let mut bounds = Bounds::new(run);
    let outcome = certify_observed(
        &bare,
        &Options::default(),
        work.interrupt,
        work.progress,
        Some(&mut bounds),
    )?;
    let [over_many, phi, sharpness, in_one, change, below, above] = &bounds.traces;
    let last = outcome.facts.last_step;
    let y = Axis::new("sharpness", "", Scale::Linear);
    let edge = (Rational::from(2) / &run.parameters.eta).to_f64();
    let many = Chart::new("Bounds over many steps", steps(last), y.clone())
        .caption(format!(
            "φ(θₜ) is the sharpness of the minimiser that gradient flow would reach from θₜ. The \
             region between the bounds is proved from the losses up to step t alone. Enclosures of φ \
             are at most {} wide, those of S at most {}.",
            phi.width(Scale::Linear),
            sharpness.width(Scale::Linear)
        ))
        .layer(Layer::Band(
            over_many
                .series(&y, "between the bounds of Theorem 5.2")
                .styled(BOUND),
        ))
        .layer(Layer::Line(phi.series(&y, "φ(θₜ), certified").styled(TRUTH)))
        .layer(Layer::Line(
            sharpness.series(&y, "S(θₜ), certified").styled(ORANGE),
        ))
        .layer(Layer::horizontal(edge, "2/η"));
    let y = Axis::new("change of φ in one step", "", Scale::Linear);
    let one = Chart::new("Bounds for one step", steps(last), y.clone())
        .caption(format!(
            "φ(θₜ₊₁) − φ(θₜ), enclosures at most {} wide, and the region in which the losses at \
             step t confine it.",
            change.width(Scale::Linear)
        ))
        .layer(Layer::Band(
            in_one
                .series(&y, "between the bounds of Theorem 5.2")
                .styled(BOUND),
        ))
        .layer(Layer::Line(
            change.series(&y, "change, certified").styled(TRUTH),
        ));
    let y = Axis::new("distance from φ", "", Scale::Log10);
    let (below, above) = (
        below.series(&y, "φ − lower bound").styled(ORANGE),
        above.series(&y, "upper bound − φ").styled(BOUND),
    );
    let ends = [&below, &above].into_iter().flat_map(|s| &s.points);
    let high = ends.map(|p| p.upper).fold(-9.0, f64::max);
    let distance = Chart::new(
        "Distance of φ from its bounds over many steps",
        steps(last),
        y.between(-9.0, high + 0.3),
    )
    .caption("Enclosures. The lower bound is close: at each step it gives away η²(∂L/∂α)² of C.")
    .layer(Layer::Band(above))
    .layer(Layer::Band(below));
    let until = if bounds.last_step < outcome.facts.last_step {
        format!(
            " The bounds over many steps end at step {}, where a hypothesis fails.",
            grouped(bounds.last_step)
        )
    } else {
        String::new()
    };
    Ok(Figure {
        id: "figure-3".into(),
        title: "Figure 3: the upper and lower bounds of Theorem 5.2".into(),
        caption: format!(
            "{}. {NOT_KNOWN} The wording of Theorem 5.2 is our reconstruction.{until}{}",
            inputs(run),
            ending(run, &outcome)
        ),
        panels: vec![("bounds", many), ("distance", distance), ("step", one)],
        partial: outcome.interrupted,
    })
}

/// Bits for gradient flow.
const FLOW_BITS: u32 = 192;

/// Times at which flows are enclosed, from 0 until they have converged to well below a pixel:
/// dense at first, where flow is fast.
fn flow_times(run: &Run) -> Vec<Rational> {
    const COUNT: u32 = 160;
    // e^(−λ₂(α² + β₂²)t) with α² + β₂² ≥ 2 at a minimiser, and e^(−λ₂α²t) with α² = 2/h at the
    // edge.
    let p = &run.parameters;
    let h = Rational::from(&p.eta * &p.lambda1);
    let end = Rational::from(20) / &p.lambda2 * (h / 2u32).max(Rational::from(1));
    (0..=COUNT)
        .map(|i| {
            let part = Rational::from((i, COUNT));
            &end * Rational::from(part.square_ref()).square()
        })
        .collect()
}

/// Gradient flow from a state, as a curve, with the minimiser it reaches.
struct FlowPicture {
    curve: Vec<Place>,
    minimiser: Place,
}

fn flow_from(
    run: &Run,
    start: &State<Ball>,
    invariant: &Ball,
    exact: Option<&State<Rational>>,
) -> Result<FlowPicture, FigureError> {
    let axes = portrait_axes();
    let place = |state: &State<Ball>| {
        let state = intervals(state);
        Place::new((&axes.0, &axes.1), &state.alpha, &state.beta2)
    };
    let Limit::Minimiser { negative, .. } = limit::decide(start, invariant, exact) else {
        let why = "the minimiser that gradient flow reaches is not decided";
        return Err(FigureError::Unsuitable(why.into()));
    };
    let mut flow = Flow::new(&run.parameters, start, invariant, FLOW_BITS);
    let mut curve = Vec::new();
    for time in flow_times(run) {
        curve.push(place(&flow.at(&time)?.state));
    }
    Ok(FlowPicture {
        curve,
        minimiser: place(&limit::minimiser(invariant, negative)?),
    })
}

/// The way of gradient descent through the plane, and iterates at some steps.
struct Descent {
    curve: Curve,
    states: Vec<(u64, State<Ball>)>,
    interrupted: bool,
}

fn descent(run: &Run, wanted: &[u64], work: &mut Work<'_>) -> Descent {
    let mut bits = FLOW_BITS;
    loop {
        let mut trajectory = enclosure::start(Engine::Centred, &run.parameters, &run.start, bits);
        let mut tracer = portrait_tracer();
        let mut states = Vec::new();
        let mut lost = None;
        for t in 0..=run.steps {
            if !work.goes_on(t, run.steps, bits) {
                break;
            }
            tracer.push(super::record::place_of(&*trajectory));
            if wanted.contains(&t) {
                states.push((t, trajectory.ball(Moment::Current)));
            }
            if t < run.steps
                && let Err(reason) = trajectory.advance()
            {
                lost = Some(reason);
                break;
            }
        }
        if lost != Some(enclosure::Lost::Width) || bits >= 4096 {
            let curve = tracer.finish("gradient descent, certified").styled(TRUTH);
            return Descent {
                curve,
                states,
                interrupted: work.is_interrupted(),
            };
        }
        bits *= 2;
    }
}

/// The chart that flows and gradient descent are drawn into.
fn flow_chart(
    run: &Run,
    title: &str,
    caption: &str,
    curves: Vec<Layer>,
    shows_edge: bool,
) -> Result<Chart, FigureError> {
    let (x, y) = portrait_axes();
    let places = curves
        .iter()
        .filter_map(Layer::curve)
        .flat_map(|curve| &curve.places);
    let (xs, ys) = extent(places).unwrap_or(((0.1, 1.0), (0.1, 1.0)));
    let edge = alpha_edge(run)?;
    let (x, y) = (with_room(x, xs), with_room(y, ys));
    let (left, right) = x.range.unwrap_or((0.1, 1.0));
    let mut chart = Chart::new(title, x, y).caption(caption);
    if right > left.max(0.05) {
        chart = chart.layer(Layer::Curve(minimisers(left.max(0.05), right)));
    }
    for layer in curves {
        chart = chart.layer(layer);
    }
    // Where something is drawn along the edge, a reference line would cover it.
    if !shows_edge {
        return Ok(chart);
    }
    Ok(chart.layer(Layer::vertical(
        f64::midpoint(edge.lower_f64(), edge.upper_f64()),
        "edge ηλ₁α² = 2",
    )))
}

/// Figure 4: gradient flows from points of gradient descent.
///
/// # Errors
/// [`FigureError`] if a flow cannot be enclosed or its limit is not decided.
pub fn figure_4(run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    let wanted: Vec<u64> = [0, 4, 12, 28, 60, 100]
        .map(|part: u64| (run.steps * part / 100).min(run.steps))
        .to_vec();
    let Descent {
        curve,
        states,
        interrupted,
    } = descent(run, &wanted, work);
    let mut layers = vec![Layer::Curve(curve)];
    let (mut starts, mut ends, mut at) = (Vec::new(), Vec::new(), Vec::new());
    for (step, state) in &states {
        if work.is_interrupted() {
            break;
        }
        let (invariant, exact) = if *step == 0 {
            (
                conserved_at_start(&run.start, FLOW_BITS),
                limit::exact_start(&run.start),
            )
        } else {
            (conserved(state), None)
        };
        let picture = flow_from(run, state, &invariant, exact.as_ref())?;
        starts.extend(picture.curve.first().copied());
        ends.push(picture.minimiser);
        at.push(grouped(*step));
        let curve = Curve::new("gradient flow, certified", picture.curve).styled(FLOW);
        layers.push(Layer::Curve(curve));
    }
    let begin = Curve::new("where the flow starts", starts).styled(TRUTH);
    let end = Curve::new("where it ends", ends).styled(FLOW);
    layers.extend([Layer::Places(begin), Layer::Places(end)]);
    let caption = format!(
        "Gradient flow from the iterates of steps {}, and the minimiser that each is proved to \
         converge to. As gradient descent goes on, they come down to the edge.",
        at.join(", ")
    );
    let portrait = flow_chart(
        run,
        "Gradient flow from gradient descent",
        &caption,
        layers,
        true,
    )?;
    let quantities = [Quantity::EtaSharpness, Quantity::EtaFlowSharpness];
    let (recording, outcome) = record(run, &quantities, work)?;
    let y = Axis::new("η times a sharpness", "", Scale::Linear);
    let of = |quantity, name: &str, style| recording.trace(quantity).series(&y, name).styled(style);
    let along = Chart::new(
        "The sharpness that the flow would reach",
        steps(recording.last_step),
        y.clone(),
    )
    .caption(format!(
        "φ(θₜ), the sharpness of the minimiser that gradient flow reaches from θₜ, and S(θₜ), \
             times η. Enclosures are at most {} wide.",
        recording
            .trace(Quantity::EtaFlowSharpness)
            .width(Scale::Linear)
    ))
    .layer(Layer::Band(of(
        Quantity::EtaFlowSharpness,
        "η·φ(θₜ), certified",
        FLOW,
    )))
    .layer(Layer::Band(of(
        Quantity::EtaSharpness,
        "η·S(θₜ), certified",
        TRUTH,
    )))
    .layer(Layer::horizontal(2.0, "edge"));
    Ok(Figure {
        id: "figure-4".into(),
        title: "Figure 4: where gradient flow goes from gradient descent".into(),
        caption: format!("{}. {NOT_KNOWN}{}", inputs(run), ending(run, &outcome)),
        panels: vec![("portrait", portrait), ("sharpness", along)],
        partial: interrupted || outcome.interrupted,
    })
}

/// Figure 5: gradient descent, gradient flow and the constrained trajectory.
///
/// # Errors
/// [`FigureError`] if a trajectory cannot be enclosed.
pub fn figure_5(run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    let Descent {
        curve, interrupted, ..
    } = descent(run, &[], work);
    let start = enclose_start(&run.start, FLOW_BITS);
    let invariant = conserved_at_start(&run.start, FLOW_BITS);
    let exact = limit::exact_start(&run.start);
    let flow = flow_from(run, &start, &invariant, exact.as_ref())?;
    let constrained = Constrained::new(&run.parameters, &start)?;
    let axes = portrait_axes();
    let mut places = Vec::new();
    for time in flow_times(run) {
        let state = intervals(&constrained.at(&time)?);
        places.push(Place::new((&axes.0, &axes.1), &state.alpha, &state.beta2));
    }
    let begin: Vec<Place> = curve.places.first().copied().into_iter().collect();
    let layers = vec![
        Layer::Curve(Curve::new("gradient flow, certified", flow.curve).styled(FLOW)),
        Layer::Curve(Curve::new("constrained trajectory, certified", places).styled(FLOAT)),
        Layer::Curve(curve),
        Layer::Places(Curve::new("start", begin).styled(TRUTH)),
        Layer::Places(Curve::new("limit of the flow", vec![flow.minimiser]).styled(FLOW)),
    ];
    let caption = "Gradient descent leaves the flow at the edge and oscillates around the \
                   constrained trajectory, which is kept at S ≤ 2/η.";
    let portrait = flow_chart(run, "In the plane of α and β₂", caption, layers, false)?;

    let (recording, outcome) = record(run, &[Quantity::Alpha, Quantity::Beta2], work)?;
    let (flows, held) = by_time(run, &constrained, &start, &invariant, recording.last_step)?;
    let y = Axis::new("α", "", Scale::Linear);
    let alpha = recording
        .trace(Quantity::Alpha)
        .series(&y, "gradient descent, certified")
        .styled(TRUTH);
    let along = Chart::new("α over time", steps(recording.last_step), y.clone())
        .caption(format!(
            "The same three over time; step t is time ηt of the flows. Enclosures of gradient \
             descent's α are at most {} wide.",
            recording.trace(Quantity::Alpha).width(Scale::Linear)
        ))
        .layer(Layer::Band(alpha))
        .layer(Layer::Line(
            series(&y, "gradient flow, certified", flows).styled(FLOW),
        ))
        .layer(Layer::Line(
            series(&y, "constrained trajectory, certified", held).styled(FLOAT),
        ));
    Ok(Figure {
        id: "figure-5".into(),
        title: "Figure 5: descent, flow and the constrained trajectory".into(),
        caption: format!("{}. {NOT_KNOWN}{}", inputs(run), ending(run, &outcome)),
        panels: vec![("portrait", portrait), ("time", along)],
        partial: interrupted || outcome.interrupted,
    })
}

/// α of the flow and of the constrained trajectory at the times of some steps up to `last`.
fn by_time(
    run: &Run,
    constrained: &Constrained,
    start: &State<Ball>,
    invariant: &Ball,
    last: u64,
) -> Result<(Vec<Enclosed>, Vec<Enclosed>), FigureError> {
    const COUNT: u64 = 240;
    let mut flow = Flow::new(&run.parameters, start, invariant, FLOW_BITS);
    let (mut flows, mut held) = (Vec::new(), Vec::new());
    for i in 0..=COUNT {
        let step = last / COUNT * i + last % COUNT * i / COUNT;
        let time = &run.parameters.eta * Rational::from(step);
        let at = |ball: &Ball| Enclosed {
            x: step as f64,
            value: ball.to_interval(),
        };
        flows.push(at(&flow.at(&time)?.state.alpha));
        held.push(at(&constrained.at(&time)?.alpha));
    }
    Ok((flows, held))
}

/// The edge, with the bound of all later steps.
///
/// # Errors
/// [`FigureError`] as for certifying.
pub fn edge(run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    let mut longer = run.clone();
    longer.set_steps(EDGE_STEPS.max(run.steps))?;
    let (recording, outcome) = record(&longer, &[Quantity::EtaSharpness], work)?;
    let mut panels = vec![("sharpness", run::edge(&recording, &outcome))];
    panels.extend(run::excess(&recording, &outcome).map(|chart| ("excess", chart)));
    Ok(Figure {
        id: "edge".into(),
        title: "Around the edge of stability, and for ever after".into(),
        caption: format!(
            "{}, {} steps.{}",
            inputs(run),
            grouped(longer.steps),
            ending(&longer, &outcome)
        ),
        panels,
        partial: outcome.interrupted,
    })
}

/// β₁ below the range of f64.
///
/// # Errors
/// [`FigureError`] as for certifying, or if the start is a box.
pub fn underflow(run: &Run, work: &mut Work<'_>) -> Result<Figure, FigureError> {
    let quantities = [Quantity::SizeBeta1, Quantity::EtaSharpness];
    let (recording, outcome) = record(run, &quantities, work)?;
    // Beyond the last step of the truth, which may have escaped: the trace does not know.
    let last = recording.last_step + recording.last_step / 5;
    let Some(float) = run::float_trace(run, last, work)? else {
        let why = "a trace in f64 needs a start that is a point";
        return Err(FigureError::Unsuitable(why.into()));
    };
    let y = Axis::new("η·S", "", Scale::Linear).between(0.0, 8.0);
    let of = |trace: &Trace, name: &str, style| trace.series(&y, name).styled(style);
    let chart = Chart::new("What comes of it", steps(float.last_step), y.clone())
        .caption(
            "η·S along the exact trajectory and at the states of the trace in f64, both certified. \
             Numbers above 8 leave the picture.",
        )
        .layer(Layer::Line(of(
            &float.eta_sharpness,
            "f64, from its own states",
            FLOAT,
        )))
        .layer(Layer::Band(of(
            &recording.trace(Quantity::EtaSharpness),
            "exact trajectory, certified",
            TRUTH,
        )))
        .layer(Layer::horizontal(2.0, "edge"));
    Ok(Figure {
        id: "underflow".into(),
        title: "Below the range of f64".into(),
        caption: format!("{}.{}", inputs(run), ending(run, &outcome)),
        panels: vec![
            ("beta1", run::beta1(&recording, &outcome, Some(&float))),
            ("sharpness", marks(chart, &outcome)),
        ],
        partial: outcome.interrupted || float.cut_short,
    })
}
