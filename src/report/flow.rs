//! The report of `edgecert flow`.

use std::fmt::Write as _;

use rug::Rational;
use serde_json::{Value, json};

use super::json::{SCHEMA_VERSION, ball, state};
use super::{heading, shown, shown_range};
use crate::enclosure::Lost;
use crate::flow::FlowError;
use crate::flow::constrained::Comparison;
use crate::flow::integrator::FlowState;
use crate::flow::limit::Limit;
use crate::input::Run;
use crate::model::State;
use crate::number::{Ball, rational};

/// A flow from one start.
#[derive(Clone, Debug)]
pub struct FlowReport {
    /// The GD iterate it starts from.
    pub step: u64,
    /// C.
    pub conserved: Ball,
    /// Where it ends.
    pub limit: Limit,
    /// The time at which that could be decided, and until which the flow was integrated.
    pub decided_at: Rational,
    /// The minimiser it reaches, and φ there.
    pub minimiser: Option<(State<Ball>, Ball)>,
    /// θ(t) by time.
    pub points: Vec<(Rational, Result<FlowState, FlowError>)>,
}

/// The constrained trajectory.
#[derive(Clone, Debug)]
pub struct ConstrainedReport {
    /// t*, if the constraint is ever active.
    pub hitting_time: Option<Ball>,
    /// θ†(t) by time.
    pub points: Vec<(Rational, Result<State<Ball>, FlowError>)>,
    /// Its distance from gradient descent.
    pub comparison: Result<Comparison, FlowError>,
}

/// All that `edgecert flow` found.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The run.
    pub run: &'a Run,
    /// Working precision in bits.
    pub precision: u32,
    /// The flows, the one from θ₀ first.
    pub flows: Vec<FlowReport>,
    /// The constrained trajectory from θ₀.
    pub constrained: Result<ConstrainedReport, FlowError>,
}

const DIGITS: usize = 24;

/// Why gradient descent could not be followed further, in a word.
pub fn lost_word(lost: Lost) -> &'static str {
    match lost {
        Lost::Width => "width",
        Lost::Range => "range",
    }
}

/// For people.
pub fn text(report: &Report<'_>) -> String {
    let mut text = String::new();
    let run = report.run;
    let p = &run.parameters;
    let _ = writeln!(
        text,
        "{}\n  gradient flow, λ₁ = {}, λ₂ = {}; {} bits",
        heading(run),
        shown(&p.lambda1),
        shown(&p.lambda2),
        report.precision
    );
    for flow in &report.flows {
        flow_text(&mut text, flow, run);
    }
    constrained_text(&mut text, report);
    text
}

fn flow_text(text: &mut String, flow: &FlowReport, run: &Run) {
    let _ = match flow.step {
        0 => writeln!(
            text,
            "\nflow from θ₀ = ({}, {}, {})",
            shown_range(&run.start.alpha),
            shown_range(&run.start.beta1),
            shown_range(&run.start.beta2)
        ),
        step => writeln!(text, "\nflow from gradient descent's iterate {step}"),
    };
    let _ = writeln!(text, "  C        {:.24}", flow.conserved);
    let at = shown(&flow.decided_at);
    let _ = match flow.limit {
        Limit::Minimiser { because, .. } => {
            writeln!(
                text,
                "  limit    a minimiser: {} at t = {at}",
                because.words()
            )
        }
        Limit::Saddle { because } => writeln!(text, "  limit    a saddle: {}", because.words()),
        Limit::Undetermined => writeln!(text, "  limit    undecided up to t = {at}"),
    };
    if let Some((theta, phi)) = &flow.minimiser {
        let _ = writeln!(text, "  α_∞      {:.24}", theta.alpha);
        let _ = writeln!(text, "  φ        {phi:.24}");
    }
    for (time, result) in &flow.points {
        let time = shown(time);
        match result {
            Ok(theta) => {
                let _ = writeln!(
                    text,
                    "  t = {time:<8} α = {:.DIGITS$}  β₂ = {:.DIGITS$}",
                    theta.state.alpha, theta.state.beta2
                );
                let log = theta.log_beta1.as_ref();
                let log = log.map_or("unknown: β₁ may be 0".into(), |l| {
                    format!("{l:.DIGITS$}")
                });
                let _ = writeln!(text, "  {:<12} ln|β₁| = {log}", "");
            }
            Err(error) => {
                let _ = writeln!(text, "  t = {time:<8} {error}");
            }
        }
    }
}

fn constrained_text(text: &mut String, report: &Report<'_>) {
    let _ = writeln!(text, "\nconstrained trajectory from θ₀");
    let constrained = match &report.constrained {
        Ok(constrained) => constrained,
        Err(error) => {
            let _ = writeln!(text, "  {error}");
            return;
        }
    };
    let _ = match &constrained.hitting_time {
        Some(time) => writeln!(text, "  t*       {time:.24}"),
        None => writeln!(text, "  t*       none: the constraint is never active"),
    };
    for (time, result) in &constrained.points {
        let time = shown(time);
        let _ = match result {
            Ok(theta) => writeln!(
                text,
                "  t = {time:<8} α = {:.DIGITS$}  β₂ = {:.DIGITS$}",
                theta.alpha, theta.beta2
            ),
            Err(error) => writeln!(text, "  t = {time:<8} {error}"),
        };
    }
    let _ = match &constrained.comparison {
        Err(error) => writeln!(text, "  comparison: {error}"),
        Ok(c) => writeln!(
            text,
            "  against gradient descent, {} steps{}\n    \
             sup|α − α†| = {}, max|β₂ − β₂†| = {} (uniform bound {})\n    \
             bound (a): hypotheses hold at {} steps, violated at {}; bound (b): at {}, violated at {}",
            c.steps,
            c.stopped.map_or(String::new(), |l| format!(
                " (its enclosure was lost there: {})",
                lost_word(l)
            )),
            c.alpha,
            c.beta2,
            c.bound,
            c.checked_a,
            c.violations_a,
            c.checked_b,
            c.violations_b,
        ),
    };
}

/// For programs.
pub fn json(report: &Report<'_>) -> Value {
    let run = report.run;
    json!({
        "schema_version": SCHEMA_VERSION,
        "program": "edgecert",
        "version": env!("CARGO_PKG_VERSION"),
        "file": run.file.path.display().to_string(),
        "title": run.title,
        "precision_bits": report.precision,
        "flows": report.flows.iter().map(flow_json).collect::<Vec<_>>(),
        "constrained": match &report.constrained {
            Ok(constrained) => constrained_json(constrained),
            Err(error) => error_json(*error),
        },
    })
}

fn error_json(error: FlowError) -> Value {
    json!({ "error": error.to_string() })
}

fn flow_json(flow: &FlowReport) -> Value {
    let (kind, because) = match flow.limit {
        Limit::Minimiser { because, .. } => ("minimiser", Some(because.name())),
        Limit::Saddle { because } => ("saddle", Some(because.name())),
        Limit::Undetermined => ("undetermined", None),
    };
    json!({
        "from_step": flow.step,
        "conserved": ball(&flow.conserved),
        "limit": {
            "kind": kind,
            "because": because,
            "decided_at": rational::format(&flow.decided_at),
            "state": flow.minimiser.as_ref().map(|(theta, _)| state(theta)),
            "sharpness": flow.minimiser.as_ref().map(|(_, phi)| ball(phi)),
        },
        "points": flow.points.iter().map(|(time, result)| match result {
            Ok(theta) => json!({
                "time": rational::format(time),
                "state": state(&theta.state),
                "log_abs_beta1": theta.log_beta1.as_ref().map(ball),
                "closed_form": theta.closed_form,
            }),
            Err(error) => json!({ "time": rational::format(time), "error": error.to_string() }),
        }).collect::<Vec<_>>(),
    })
}

fn constrained_json(constrained: &ConstrainedReport) -> Value {
    json!({
        "hitting_time": constrained.hitting_time.as_ref().map(ball),
        "points": constrained.points.iter().map(|(time, result)| match result {
            Ok(theta) => json!({ "time": rational::format(time), "state": state(theta) }),
            Err(error) => json!({ "time": rational::format(time), "error": error.to_string() }),
        }).collect::<Vec<_>>(),
        "comparison": match &constrained.comparison {
            Err(error) => error_json(*error),
            Ok(c) => json!({
                "steps": c.steps,
                "stopped": c.stopped.map(lost_word),
                "sup_abs_alpha_difference": ball(&c.alpha),
                "max_abs_beta2_difference": ball(&c.beta2),
                "uniform_bound_of_beta2_difference": ball(&c.bound),
                "bound_a": { "checked": c.checked_a, "violated": c.violations_a },
                "bound_b": {
                    "checked": c.checked_b,
                    "violated": c.violations_b,
                    "uniform_proved_numerically": c.proved_uniform,
                },
            }),
        },
    })
}
