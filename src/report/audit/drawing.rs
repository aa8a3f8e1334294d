//! The pictures of an audit, gathered while traces are compared with the exact trajectory.

use super::AuditReport;
use crate::audit::Format;
use crate::audit::compare::Sample;
use crate::audit::run::Audit;
use crate::number::{Enclosure, Interval, rational};
use crate::report::chart::{Axis, Chart, Layer, MOST_ETA_SHARPNESS, Row, Scale, Series, Thinner};

/// Columns that curves are thinned to.
const COLUMNS: usize = 600;
/// Traces that are drawn at most; more would hide each other.
const MOST_TRACES: usize = 6;

/// What is drawn of one trajectory.
#[derive(Debug)]
struct Curves {
    beta1: Thinner,
    sharpness: Thinner,
}

impl Curves {
    fn new() -> Self {
        Curves {
            beta1: Thinner::new(COLUMNS),
            sharpness: Thinner::new(COLUMNS),
        }
    }

    fn push(&mut self, step: u64, beta1: &Interval, eta_sharpness: Option<&Interval>) {
        #[allow(clippy::cast_precision_loss)] // a place in a picture
        let x = step as f64;
        self.beta1.push(size_axis().point(x, &beta1.abs()));
        if let Some(value) = eta_sharpness {
            self.sharpness.push(sharpness_axis().point(x, value));
        }
    }
}

fn step_axis() -> Axis {
    Axis::new("step t", "", Scale::Linear)
}

fn size_axis() -> Axis {
    Axis::new("|β₁|", "", Scale::Log10)
}

fn sharpness_axis() -> Axis {
    Axis::new("η·S", "", Scale::Linear)
}

/// Gathers the curves of the exact trajectory and of some traces in bounded memory.
#[derive(Debug)]
pub struct Drawing {
    /// Which variant each drawn trace is of.
    drawn: Vec<usize>,
    traces: Vec<Curves>,
    exact: Curves,
    /// The exact trajectory is taken from the first trace that reaches a step.
    exact_until: Option<u64>,
}

impl Drawing {
    /// For the variants of an audit: of each format the first order, and each further one whose
    /// trace goes another way, up to six in all.
    pub fn new(audit: &Audit) -> Self {
        let mut drawn: Vec<usize> = Vec::new();
        for (i, variant) in audit.variants.iter().enumerate() {
            let events = &variant.outcome.events;
            let known = drawn.iter().any(|&j| {
                let other = &audit.variants[j];
                other.format == variant.format && other.outcome.events.ending.agrees(events.ending)
            });
            if !known && drawn.len() < MOST_TRACES {
                drawn.push(i);
            }
        }
        Drawing {
            traces: drawn.iter().map(|_| Curves::new()).collect(),
            drawn,
            exact: Curves::new(),
            exact_until: None,
        }
    }

    /// Sees an iterate. A trace that begins again is drawn anew.
    pub fn observe(&mut self, sample: &Sample<'_>) {
        let Some(place) = self.drawn.iter().position(|&i| i == sample.trace) else {
            return;
        };
        let curves = &mut self.traces[place];
        if sample.step == 0 {
            *curves = Curves::new();
        }
        let beta1 = sample.observed.beta1.as_exact().to_interval();
        curves.push(sample.step, &beta1, sample.observed_eta_sharpness.as_ref());
        if let Some(exact) = sample.exact
            && self.exact_until.is_none_or(|t| t < sample.step)
        {
            self.exact_until = Some(sample.step);
            let value = sample.exact_eta_sharpness.as_ref();
            self.exact.push(sample.step, &exact.beta1, value);
        }
    }

    /// The charts: |β₁|, ηS, and a timeline of events.
    pub fn charts(self, report: &AuditReport<'_>) -> Vec<Chart> {
        let name = |i: usize| {
            let variant = &report.audit.variants[i];
            format!("{}, {} (observed)", variant.format, variant.order.id)
        };
        let exact = self.exact;
        let mut beta1 = Chart::new("The oscillation |β₁|", step_axis(), size_axis())
            .caption(
                "The exact |β₁| (certified enclosures) and the stored |β₁| of traces. A trace at 0 stays \
                 there: the oscillation that brings the sharpness down can never start again.",
            )
            .layer(Layer::Band(exact.beta1.finish("exact (certified)").styled(0)));
        let mut lines = vec![exact.sharpness.finish("exact (certified)").styled(0)];
        let events = timeline(report, &self.drawn);
        for (style, (i, curves)) in (1..).zip(self.drawn.iter().zip(self.traces)) {
            beta1 = beta1.layer(Layer::Line(curves.beta1.finish(name(*i)).styled(style)));
            lines.push(curves.sharpness.finish(name(*i)).styled(style));
        }
        let shown: Vec<&Series> = lines.iter().collect();
        let (axis, note) = sharpness_axis().within(&shown, MOST_ETA_SHARPNESS);
        let mut sharpness = Chart::new("η·S against the edge", step_axis(), axis).caption(format!(
            "η·S of the exact trajectory (certified enclosures) and of traces; the edge is at 2.{note}"
        ));
        let mut lines = lines.into_iter();
        sharpness = lines
            .by_ref()
            .take(1)
            .map(Layer::Band)
            .fold(sharpness, Chart::layer);
        sharpness = lines.map(Layer::Line).fold(sharpness, Chart::layer);
        for format in [Format::f64(), Format::f32()] {
            let used = report.audit.variants.iter();
            if !used
                .map(|v| &v.format)
                .any(|f| f.exponents == format.exponents)
            {
                continue;
            }
            if let Some(least) = format.least_exponent() {
                beta1 = beta1.layer(Layer::horizontal(
                    f64::from(least) * std::f64::consts::LOG10_2,
                    format!("least normal {}", format.name),
                ));
            }
        }
        sharpness = sharpness.layer(Layer::horizontal(2.0, "edge"));
        vec![beta1, sharpness, events]
    }
}

/// When what happens on the drawn traces.
fn timeline(report: &AuditReport<'_>, drawn: &[usize]) -> Chart {
    #[allow(clippy::cast_precision_loss)] // places in a picture
    let span = |from: u64, to: u64| (from as f64, to as f64);
    let last = report.run.steps;
    let threshold = report
        .thresholds
        .first()
        .map_or(String::new(), rational::format);
    let exact = &report.audit.truth.outcome.events;
    let spans = exact.upward.iter().map(|&t| span(t, t)).collect();
    let mut chart = Chart::new(
        "Events on the traces, against the truth",
        step_axis().between(0.0, span(last, last).1),
        Axis::new("event", "", Scale::Linear),
    )
    .caption(format!(
        "Upward crossings of 2/η of the exact trajectory (certified) and of traces (observed); the \
         steps at which the stored β₁ is subnormal, pinned at the least numbers, or 0 (observed); and \
         from which step on α is off by a relative error of {threshold} (certified)."
    ))
    .layer(Layer::Row(Row {
        style: Some(0),
        ..Row::new("exact: crossings of 2/η", spans)
    }));
    for (style, &i) in (1..).zip(drawn) {
        let (Some(variant), Some(trace)) = (
            report.audit.variants.get(i),
            report.comparison.traces.get(i),
        ) else {
            continue;
        };
        let name = format!("{}, {}", variant.format, variant.order.id);
        let end = trace.events.last_step;
        let crossings: Vec<_> = trace.events.upward.iter().map(|&t| span(t, t)).collect();
        let underflow = &trace.underflow.beta1;
        let mut lost = Vec::new();
        if let Some(from) = underflow.first_subnormal {
            lost.push(span(from, underflow.first_zero.map_or(from, |_| end)));
        }
        if let Some([from, to]) = underflow.pinned.longest {
            lost.push(span(from, to));
        }
        let first = trace.first_divergence.alpha.first();
        let off = first.and_then(|first| first.latest);
        for (what, spans) in [
            ("crossings of 2/η", crossings),
            ("β₁ below the normal range", lost),
            (
                "α off",
                off.map(|from| span(from, end)).into_iter().collect(),
            ),
        ] {
            if !spans.is_empty() {
                chart = chart.layer(Layer::Row(Row {
                    style: Some(style),
                    ..Row::new(format!("{name}: {what}"), spans)
                }));
            }
        }
    }
    chart
}
