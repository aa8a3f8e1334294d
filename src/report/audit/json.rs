//! The report for programs. As in [`crate::report::json`], ends of enclosures are strings.
//! Objects named `observed` hold what is true of a trace, objects named `certified` what is
//! proved of the exact trajectory or of the distance from it.

use serde_json::{Value, json};

use super::AuditReport;
use crate::audit::cause::Cause;
use crate::audit::compare::{
    Bounds, ErrorAt, ExponentRange, FirstStep, LocalError, Margin, OperationAt, Runs,
    TraceComparison, TruthEnd, Underflow, digits_lost_per_step,
};
use crate::audit::deviation::Deviation;
use crate::audit::events::{Ending, Events};
use crate::audit::observe::{Observation, Seen};
use crate::audit::outcome::{Agreement, Outcome};
use crate::audit::remedy::{Remedies, Search, Trial};
use crate::audit::robustness::Robustness;
use crate::audit::run::Variant;
use crate::audit::{Format, Order};
use crate::model::{COORDINATES, State};
use crate::number::{Interval, rational};
use crate::report::json::{SCHEMA_VERSION, enclosure, inputs};
use crate::report::steps::attained_json;
use crate::verdict::facts::Extreme;

/// The document.
pub fn document(report: &AuditReport<'_>) -> Value {
    let audit = report.audit;
    json!({
        "schema_version": SCHEMA_VERSION,
        "program": "edgecert",
        "version": env!("CARGO_PKG_VERSION"),
        "command": "audit",
        "file": report.run.file.path.display().to_string(),
        "title": report.run.title,
        "inputs": inputs(report.run),
        "reproducibility": reproducibility(report),
        "certified": truth(report),
        "bounds": super::words::bounds(),
        "variants": variants(report),
        "robustness": audit.robustness.iter().map(robustness).collect::<Vec<_>>(),
        "remedies": audit.remedies.iter().map(|r| remedies(report, r)).collect::<Vec<_>>(),
        "smallest_format": audit.smallest.as_ref().and_then(|s| s.format()).map(format),
        "interrupted": audit.interrupted || report.comparison.interrupted,
        "elapsed_seconds": (audit.elapsed + report.comparison.elapsed).as_secs_f64(),
    })
}

/// What a trace depends on. Nothing is random, so there is no seed.
fn reproducibility(report: &AuditReport<'_>) -> Value {
    let mut orders: Vec<&Order> = Vec::new();
    for variant in &report.audit.variants {
        if !orders.iter().any(|o| o.id == variant.order.id) {
            orders.push(&variant.order);
        }
    }
    json!({
        "seed": Value::Null,
        "randomness": "none",
        "cpu": super::cpu(),
        "orders": orders.iter().map(|order| json!({
            "id": order.id,
            "title": order.title,
            "lines": order.lines,
            "proved_to_be_gradient_descent": order.proved,
            "where_not_0": order.divisors,
        })).collect::<Vec<_>>(),
    })
}

fn truth(report: &AuditReport<'_>) -> Value {
    let truth = &report.audit.truth;
    let compared = &report.comparison.truth;
    let (end, end_step) = match compared.end {
        TruthEnd::Complete => ("complete", None),
        TruthEnd::Diverged(t) => ("diverged", Some(t)),
        TruthEnd::Lost(t, _) => ("lost", Some(t)),
        TruthEnd::Interrupted(t) => ("interrupted", Some(t)),
    };
    let claims = truth.claims.readable.iter().map(|&i| {
        json!({
            "id": report.run.claims[i].id,
            "verdict": truth.verdict(i).word(),
        })
    });
    let left_out = truth.claims.left_out.iter();
    json!({
        "outcome": outcome(&truth.outcome),
        "precision_bits": truth.certified.passes.last().map(|p| p.precision),
        "smallest_abs_beta1": truth.certified.facts.min_beta1.as_ref().map(extreme),
        "margin_to_2_over_eta": compared.margin.as_ref().map(margin),
        "compared_until": compared.last_step,
        "end": { "kind": end, "step": end_step },
        "binary_exponents": coordinates(&compared.exponents, exponents),
        "exponent_bits_needed": {
            "at_least": compared.field_bits.at_least,
            "at_most": compared.field_bits.at_most,
        },
        "claims": claims.collect::<Vec<_>>(),
        "claims_left_out": left_out.map(|&i| &report.run.claims[i].id).collect::<Vec<_>>(),
    })
}

fn coordinates<T>(state: &State<T>, value: impl Fn(&T) -> Value) -> Value {
    let mut object = serde_json::Map::new();
    for (name, x) in COORDINATES.into_iter().zip(state.as_array()) {
        object.insert(name.into(), value(x));
    }
    Value::Object(object)
}

fn exponents(range: &ExponentRange) -> Value {
    let bounds = |b: &Bounds| json!({ "at_least": b.lower, "at_most": b.upper });
    json!({
        "least": bounds(&range.least),
        "greatest": bounds(&range.greatest),
        "first_zero": range.zero,
        "first_open": range.open,
    })
}

fn ending(ending: Ending) -> Value {
    let kind = match ending {
        Ending::Diverged(_) => "diverged",
        Ending::Infinite(_) => "infinite",
        Ending::NotANumber(_) => "not_a_number",
        Ending::Above => "above",
        Ending::Below => "below",
        Ending::Open => "open",
    };
    json!({ "kind": kind, "step": ending.step() })
}

fn events(events: &Events) -> Value {
    json!({
        "ending": ending(events.ending),
        "upward_crossings": events.upward_count,
        "downward_crossings": events.downward_count,
        "upward_steps": events.upward,
        "last_above": events.last_above,
        "first_open": events.open,
        "last_step": events.last_step,
    })
}

fn outcome(outcome: &Outcome) -> Value {
    let mut object = events(&outcome.events);
    object["eta_sharpness"] = optional(outcome.eta_sharpness.as_ref());
    object
}

fn optional(value: Option<&Interval>) -> Value {
    value.map_or(Value::Null, enclosure)
}

fn extreme(extreme: &Extreme) -> Value {
    json!({
        "value": enclosure(&extreme.value),
        "step": extreme.attained.step(),
        "steps": attained_json(&extreme.attained),
    })
}

fn margin(margin: &Margin) -> Value {
    json!({
        "distance": enclosure(&margin.distance),
        "step": margin.step,
        "enclosure_width": margin.width,
    })
}

fn format(format: &Format) -> Value {
    json!({
        "name": format.to_string(),
        "precision": format.precision,
        "least_exponent": format.exponents.map(|e| e.least),
        "greatest_exponent": format.exponents.map(|e| e.greatest),
        "flushes": format.flushes(),
        "rounding": format.rounding.word(),
        "bits": format.width(),
    })
}

fn agreement(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Agrees => "agrees",
        Agreement::Differs => "differs",
        Agreement::Open => "open",
        Agreement::Incomparable => "incomparable",
    }
}

fn cause(cause: &Cause) -> Value {
    json!({
        "by": cause.ablation.words(),
        "undecided_before": cause.open_before.iter().map(|a| a.words()).collect::<Vec<_>>(),
    })
}

fn variants(report: &AuditReport<'_>) -> Vec<Value> {
    let standings = report.deviations().into_iter().zip(report.agreements());
    report
        .rows()
        .zip(standings)
        .map(|((v, t), (found, reproduces))| {
            let mut object = variant(report, v, t);
            object["reproduces"] = agreement(reproduces).into();
            object["deviations"] = found
                .certain
                .iter()
                .map(|d| deviation(d, &v.order))
                .collect();
            object
        })
        .collect()
}

/// The kind, and the words of the text.
fn deviation(deviation: &Deviation, order: &Order) -> Value {
    json!({
        "kind": deviation.kind(),
        "what": super::words::deviation(deviation, order),
    })
}

fn variant(report: &AuditReport<'_>, variant: &Variant, trace: &TraceComparison) -> Value {
    let claims = variant.claims.iter().map(|claim| {
        json!({
            "id": report.run.claims[claim.claim].id,
            "certified": report.audit.truth.verdict(claim.claim).word(),
            "observed": observation(&claim.observation),
            "agreement": agreement(claim.agreement),
            "cause": claim.cause.as_ref().map(cause),
        })
    });
    json!({
        "format": format(&variant.format),
        "order": variant.order.id,
        "backend": trace.backend.word(),
        "trace_sha256": trace.digest.to_string(),
        "summary": variant.summary(&report.audit.truth).to_string(),
        "observed": {
            "outcome": outcome(&variant.outcome),
            "inputs_not_held": variant.outcome.distorted.iter().map(|input| json!({
                "input": input.name,
                "exact": rational::format(&input.exact),
                "stored": input.stored.as_ref().map(rational::format),
            })).collect::<Vec<_>>(),
            "margin_to_2_over_eta": trace.margin.as_ref().map(margin),
            "underflow": coordinates(&trace.underflow, underflow),
            "operations": {
                "flush_dependent": operation(&variant.order, trace.operations.flush_dependent),
                "vanished": operation(&variant.order, trace.operations.vanished),
                "overflowed": operation(&variant.order, trace.operations.overflowed),
                "infinite": operation(&variant.order, trace.operations.infinite),
                "invalid": operation(&variant.order, trace.operations.invalid),
            },
        },
        "agreement": agreement(variant.agreement),
        "cause": variant.cause.as_ref().map(cause),
        "claims": claims.collect::<Vec<_>>(),
        "certified": certified(report, trace),
        "undecided": trace.open_questions().iter().map(|q| json!({
            "what": q.what,
            "coordinate": q.coordinate.map(|j| COORDINATES[j]),
            "step": q.step,
        })).collect::<Vec<_>>(),
    })
}

fn observation(observation: &Observation) -> Value {
    let (step, clause, why) = match &observation.seen {
        Seen::Fails { step, clause } => (*step, clause.clone(), None),
        Seen::Open(obstacle) => (obstacle.step, None, Some(&obstacle.detail)),
        Seen::Holds | Seen::NeverApplies => (None, None, None),
    };
    json!({
        "seen": observation.seen.word(),
        "step": step,
        "clause": clause,
        "why_open": why,
        "steps_checked": observation.checked,
        "failures": observation.failures,
        "slack": observation.slack.as_ref().map(|(clause, slack)| json!({
            "clause": clause,
            "absolute": enclosure(&slack.absolute),
            "relative": optional(slack.relative.as_ref()),
            "step": slack.attained().step(),
            "steps": attained_json(slack.attained()),
        })),
        "note": observation.note,
    })
}

fn first(first: &FirstStep) -> Value {
    json!({ "earliest": first.earliest, "latest": first.latest })
}

fn runs(runs: &Runs) -> Value {
    json!({
        "steps": runs.count,
        "runs": runs.runs,
        "first": runs.first,
        "longest": runs.longest,
        "stuck_from": runs.stuck_from,
        "undecided": runs.undecided,
    })
}

fn underflow(underflow: &Underflow) -> Value {
    json!({
        "first_subnormal": underflow.first_subnormal,
        "first_zero": underflow.first_zero,
        "pinned": runs(&underflow.pinned),
    })
}

fn operation(order: &Order, at: Option<OperationAt>) -> Value {
    at.map_or(Value::Null, |at| {
        json!({
            "step": at.step,
            "line": order.line(at.instruction),
            "expression": order.expression(at.instruction),
        })
    })
}

/// What is proved of the trace's distance from the exact trajectory, and of its single steps.
fn certified(report: &AuditReport<'_>, trace: &TraceComparison) -> Value {
    let divergence = coordinates(&trace.first_divergence, |steps| {
        let rows = report.thresholds.iter().zip(steps);
        Value::Array(
            rows.map(|(threshold, step)| {
                json!({ "threshold": rational::format(threshold), "step": first(step) })
            })
            .collect(),
        )
    });
    let lost = trace.errors.windows(2).map(|pair| {
        json!({
            "from": pair[0].step,
            "to": pair[1].step,
            "digits_per_step": optional(
                digits_lost_per_step(&pair[0], &pair[1], ErrorAt::largest).as_ref()
            ),
            "enclosure_bits_lost": pair[0].accuracy_bits - pair[1].accuracy_bits,
        })
    });
    let crossings = &trace.crossings;
    json!({
        "compared_until": trace.compared_until,
        "first_divergence": divergence,
        "digits_lost": lost.collect::<Vec<_>>(),
        "local_error": coordinates(&trace.local_error, local),
        "false_zero": coordinates(&trace.underflow, |u| first(&u.false_zero)),
        "frozen": coordinates(&trace.underflow, |u| runs(&u.frozen)),
        "absorbed": coordinates(&trace.underflow, |u| runs(&u.absorbed)),
        "stands_still": coordinates(&trace.underflow, |u| runs(&u.still)),
        "crossings": {
            "shared": crossings.shared.iter().map(|s| json!({
                "exact": s.exact,
                "observed": s.observed,
            })).collect::<Vec<_>>(),
            "missing": crossings.missing,
            "spurious": crossings.spurious,
        },
    })
}

fn local(error: &LocalError) -> Value {
    json!({
        "steps": error.steps,
        "exact_steps": error.exact_steps,
        "zero_steps": error.zero_steps,
        "first_infinite": error.infinite,
        "largest": error.largest.as_ref().map(extreme),
        "largest_ulps": error.largest_ulps.as_ref().map(extreme),
        "median": optional(error.median.as_ref()),
        "median_ulps": optional(error.median_ulps.as_ref()),
        "first_large": first(&error.first_large),
        "first_excessive": first(&error.first_excessive),
    })
}

fn robustness(robust: &Robustness) -> Value {
    let name = |i: &usize| {
        robust.traces.get(*i).map(|trace| {
            json!({
                "order": robust.orders.get(trace.order).map(|o| &o.id),
                "input": trace.nudge.map(|n| n.input.name()),
                "direction": trace.nudge.map(|n| if n.up { "up" } else { "down" }),
            })
        })
    };
    json!({
        "format": format(&robust.format),
        "traces": robust.traces.len(),
        "outcomes": robust.outcomes.iter().map(|class| json!({
            "ending": ending(class.ending),
            "upward_crossings": class.upward_count,
            "eta_sharpness": optional(class.eta_sharpness.as_ref()),
            "agreement": agreement(class.agreement),
            "traces": class.members.iter().filter_map(name).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn trial(report: &AuditReport<'_>, trial: &Trial) -> Value {
    json!({
        "remedy": super::text::remedy_words(&trial.remedy),
        "format": format(&trial.format),
        "order": trial.order.id,
        "outcome": outcome(&trial.outcome),
        "agreement": agreement(trial.agreement),
        "reproduces": agreement(trial.reproduces()),
        "missed_claims": trial.missed().iter()
            .map(|&i| &report.run.claims[i].id).collect::<Vec<_>>(),
    })
}

fn search(report: &AuditReport<'_>, search: &Search) -> Value {
    json!({
        "tried": search.tried.iter().map(|t| trial(report, t)).collect::<Vec<_>>(),
        "found": search.found,
        "undecided": search.open,
    })
}

fn remedies(report: &AuditReport<'_>, remedies: &Remedies) -> Value {
    json!({
        "format": format(&remedies.format),
        "order": remedies.order.id,
        "unbounded_exponent": trial(report, &remedies.unbounded),
        "exponent_field": remedies.field.as_ref().map(|s| search(report, s)),
        "others": remedies.others.iter().map(|t| trial(report, t)).collect::<Vec<_>>(),
        "clip": remedies.clipped.as_ref().map(|clipped| json!({
            "trial": trial(report, &clipped.trial),
            "same_outcome_as_original": agreement(clipped.same_outcome),
            "other_verdicts": clipped.other_verdicts.iter()
                .map(|&i| &report.run.claims[i].id).collect::<Vec<_>>(),
        })),
    })
}
