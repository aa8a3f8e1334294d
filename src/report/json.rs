//! The report for programs. End points of enclosures are strings, exact and in decimal,
//! never JSON numbers; [`SCHEMA_VERSION`] changes when a field changes its meaning.

use serde_json::{Map, Value, json};

use super::{Report, engine_words, provenance_word, range_text};
use crate::certify::Outcome;
use crate::claim::{Claim, Clause};
use crate::input::{Expectation, Run};
use crate::model::State;
use crate::number::{Ball, Enclosure, Interval, decimal, rational};
use crate::verdict::all_time::{AllTime, Row};
use crate::verdict::facts::{Crossings, Extreme, Facts, LastIterate};
use crate::verdict::{ClaimResult, ClauseResult, Reason, Verdict, Violation};

/// Version of the format of the JSON report.
pub const SCHEMA_VERSION: u32 = 1;

/// The document for any number of runs, and those an interruption kept from starting.
pub fn document(reports: &[Report<'_>], not_started: &[Run]) -> Value {
    json!({
        "schema_version": SCHEMA_VERSION,
        "program": "edgecert",
        "version": env!("CARGO_PKG_VERSION"),
        "runs": reports.iter().map(report).collect::<Vec<_>>(),
        "not_started": not_started.iter()
            .map(|run| run.file.path.display().to_string()).collect::<Vec<_>>(),
    })
}

/// What [`crate::regression`] reads of a document, and nothing that differs from one making to
/// the next: a baseline, to be kept under version control.
pub fn baseline(reports: &[Report<'_>]) -> Value {
    const RUN: [&str; 4] = ["file", "inputs", "for_all_time", "claims"];
    const FOR_ALL_TIME: [&str; 4] = ["delta_trap", "final_trap", "sharpness", "loss"];
    const CLAIM: [&str; 10] = [
        "id",
        "constants",
        "hypotheses",
        "verdict",
        "expected",
        "as_expected",
        "steps_checked",
        "clauses",
        "tight_constant",
        "violation",
    ];
    let keep = |value: &mut Value, names: &[&str]| {
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|name, _| names.contains(&name.as_str()));
        }
    };
    let mut runs: Vec<Value> = reports.iter().map(report).collect();
    for run in &mut runs {
        keep(run, &RUN);
        let for_all_time = &mut run["for_all_time"];
        keep(for_all_time, &FOR_ALL_TIME);
        keep(&mut for_all_time["delta_trap"], &["first_closed_at"]);
        let limit = ["first_closed_at", "limit_eta_sharpness"];
        keep(&mut for_all_time["final_trap"], &limit);
        for (name, target) in [("sharpness", "delta"), ("loss", "epsilon")] {
            for row in for_all_time[name].as_array_mut().into_iter().flatten() {
                keep(row, &[target, "from_step"]);
            }
        }
        for claim in run["claims"].as_array_mut().into_iter().flatten() {
            keep(claim, &CLAIM);
            keep(&mut claim["violation"], &["step", "clause"]);
        }
    }
    json!({ "schema_version": SCHEMA_VERSION, "program": "edgecert", "runs": runs })
}

fn report(report: &Report<'_>) -> Value {
    let Report { run, outcome } = report;
    json!({
        "file": run.file.path.display().to_string(),
        "title": run.title,
        "inputs": inputs(run),
        "engine": engine(outcome),
        "interrupted": outcome.interrupted,
        "stopped": outcome.stopped.map(|(step, reason)| json!({
            "step": step, "reason": reason.word(),
        })),
        "trajectory": facts(&outcome.facts),
        "last_iterate": last_iterate(&outcome.last),
        "for_all_time": for_all_time(&outcome.all_time),
        "claims": outcome.claims.iter().map(claim).collect::<Vec<_>>(),
        "summary": {
            "certified": outcome.count(Verdict::Certified),
            "violated": outcome.count(Verdict::Violated),
            "undecided": outcome.count(Verdict::Undecided),
            "vacuous": outcome.count(Verdict::Vacuous),
            "as_expected": outcome.claims.iter().all(ClaimResult::met),
            "exit_code": outcome.exit_code(),
        },
    })
}

pub(super) fn inputs(run: &Run) -> Value {
    let exact = rational::format;
    json!({
        "lambda1": exact(&run.parameters.lambda1),
        "lambda2": exact(&run.parameters.lambda2),
        "eta": exact(&run.parameters.eta),
        "clip_beta1": run.parameters.clip.as_ref().map(exact),
        "start": {
            "alpha": range_text(&run.start.alpha),
            "beta1": range_text(&run.start.beta1),
            "beta2": range_text(&run.start.beta2),
        },
        "steps": run.steps,
    })
}

fn engine(outcome: &Outcome) -> Value {
    json!({
        "name": engine_words(outcome.engine),
        "passes": outcome.passes.iter().map(|p| json!({
            "precision_bits": p.precision,
            "accuracy_bits_left": p.accuracy_bits,
            "steps": p.steps,
        })).collect::<Vec<_>>(),
        "elapsed_seconds": outcome.elapsed.as_secs_f64(),
    })
}

/// An enclosure: exact ends, and a decimal text that encloses them.
pub(super) fn enclosure(value: &Interval) -> Value {
    let ends = decimal::exact_ends(value);
    let (lower, upper) = ends.unwrap_or_else(|| ("-inf".into(), "inf".into()));
    json!({ "lower": lower, "upper": upper, "decimal": value.to_string() })
}

fn optional(value: Option<&Interval>) -> Value {
    value.map_or(Value::Null, enclosure)
}

pub(super) fn ball(value: &Ball) -> Value {
    let mut object = enclosure(&value.to_interval());
    if let Some(map) = object.as_object_mut() {
        map.insert("decimal".into(), json!(value.to_string()));
    }
    object
}

pub(super) fn state(state: &State<Ball>) -> Value {
    json!({
        "alpha": ball(&state.alpha),
        "beta1": ball(&state.beta1),
        "beta2": ball(&state.beta2),
    })
}

fn crossings(c: &Crossings) -> Value {
    json!({
        "upward": c.upward,
        "downward": c.downward,
        "first_upward": c.first_upward,
        "last_above": c.last_above,
    })
}

fn extreme(extreme: Option<&Extreme>) -> Value {
    extreme.map_or(
        Value::Null,
        |e| json!({ "value": enclosure(&e.value), "step": e.step }),
    )
}

fn facts(facts: &Facts) -> Value {
    json!({
        "last_step": facts.last_step,
        "crossings_of_sharpness_2_over_eta": crossings(&facts.sharpness_crossings),
        "crossings_of_a_2": crossings(&facts.edge_crossings),
        "spikes_of_b_above_1_over_1000": crossings(&facts.spikes),
        "max_eta_sharpness": extreme(facts.max_eta_sharpness.as_ref()),
        "min_abs_beta1": extreme(facts.min_beta1.as_ref()),
        "max_loss": extreme(facts.max_loss.as_ref()),
        "sign_flips_of_alpha": facts.sign_flips.0,
        "first_sign_flip_of_alpha": facts.sign_flips.1,
        "first_step_abs_alpha_above_1000": facts.large_alpha,
        "escape": facts.escape,
        "clipped_steps": facts.clipped_steps,
        "first_open": facts.open.map(|(step, what)| json!({ "step": step, "what": what })),
    })
}

fn for_all_time(all_time: &AllTime) -> Value {
    json!({
        "delta_trap": all_time.delta_trap.as_ref().map(|trap| json!({
            "first_closed_at": trap.first,
            "step": trap.latest.step,
            "eta_sharpness_excess": enclosure(&trap.latest.excess_bound),
            "limit_at_most_2_over_eta": trap.latest.limit_at_most_edge,
            "a_lower": rational::format(&trap.latest.choice.lower),
            "a_upper": rational::format(&trap.latest.choice.upper),
            "b_upper": rational::format(&trap.latest.choice.b_bound),
        })),
        "final_trap": all_time.final_trap.as_ref().map(|trap| json!({
            "first_closed_at": trap.first,
            "step": trap.latest.step,
            "a_lower": rational::format(&trap.latest.choice.lower),
            "a_upper": rational::format(&trap.latest.choice.upper),
            "rate_of_b": enclosure(&trap.latest.beta1_rate()),
            "rate_of_s": enclosure(&trap.latest.residual_rate()),
            "limit_eta_sharpness": enclosure(&trap.latest.limit),
        })),
        "sharpness": all_time.sharpness.iter().map(|row| all_time_row("delta", row))
            .collect::<Vec<_>>(),
        "loss": all_time.loss.iter().map(|row| all_time_row("epsilon", row))
            .collect::<Vec<_>>(),
    })
}

fn all_time_row(name: &str, row: &Row) -> Value {
    json!({
        name: rational::format(&row.target),
        "from_step": row.from.as_ref().map(|from| from.step),
        "proved_at": row.from.as_ref().map(|from| from.proved_at),
        "by": row.from.as_ref().map(|from| from.by.words()),
    })
}

fn last_iterate(last: &LastIterate) -> Value {
    json!({
        "step": last.step,
        "state": state(&last.state),
        "eta_sharpness": optional(last.eta_sharpness.as_ref()),
        "loss": optional(last.loss.as_ref()),
        "beta1_is_zero": last.beta1_is_zero(),
    })
}

fn claim(result: &ClaimResult) -> Value {
    let claim = &result.claim;
    let constants: Map<String, Value> = claim
        .constants
        .iter()
        .map(|(name, value)| (name.clone(), json!(rational::format(value))))
        .collect();
    json!({
        "id": claim.id,
        "title": claim.title,
        "source": claim.source,
        "provenance": provenance_word(claim.provenance),
        "proof": claim.proof,
        "file": claim.file.path.display().to_string(),
        "constants": constants,
        "hypotheses": hypotheses(claim),
        "verdict": result.verdict.word(),
        "expected": result.expected.map(expectation_word),
        "as_expected": result.met(),
        "steps_checked": result.checked,
        "conclusions_violated": result.violated,
        "steps_without_hypotheses": result.skipped,
        "scopes": result.scopes,
        "tightest_clause": result.tightest().map(|c| c.text.clone()),
        "clauses": result.clauses.iter().map(clause).collect::<Vec<_>>(),
        "tight_constant": result.tight.as_ref().map(|t| json!({
            "name": t.name,
            "claimed": rational::format(&t.claimed),
            "value": enclosure(&t.value),
            "step": t.step,
            "best": claim.tight.as_ref().map(|t| if t.least { "least" } else { "greatest" }),
        })),
        "loose": result.loose,
        "loose_above": rational::format(&claim.loose_above),
        "violation": result.violation.as_ref().map(violation),
        "obstacle": result.obstacle.as_ref().map(|o| json!({
            "reason": o.reason.word(), "step": o.step, "detail": o.detail,
        })),
        "steps_with_open_hypotheses": result.open.as_ref().map_or(0, |open| open.steps),
        "cut_short": result.cut_short.map(Reason::word),
        "note": result.note,
        "precision_bits": result.precision,
    })
}

/// What a claim supposes, as written: where and when it speaks, and the abbreviations that its
/// conditions and conclusions use.
fn hypotheses(claim: &Claim) -> Value {
    let texts = |clauses: &[Clause]| clauses.iter().map(|c| c.text.clone()).collect::<Vec<_>>();
    let define: Map<String, Value> = claim
        .define
        .iter()
        .map(|(name, value)| {
            let text = value.span().map(|span| claim.file.one_line(span));
            (name.clone(), json!(text))
        })
        .collect();
    // As in all the others, white space is reduced: a line broken elsewhere changes nothing.
    let scope: Vec<&str> = claim.scope_text.split_whitespace().collect();
    json!({
        "given": texts(&claim.given),
        "when": texts(&claim.when),
        "for": scope.join(" "),
        "define": define,
    })
}

fn expectation_word(expectation: Expectation) -> &'static str {
    match expectation {
        Expectation::Certified => "certified",
        Expectation::Violated => "violated",
        Expectation::Undecided => "undecided",
        Expectation::Vacuous => "vacuous",
    }
}

fn clause(clause: &ClauseResult) -> Value {
    json!({
        "text": clause.text,
        "identity": clause.identity,
        "worst_slack": clause.slack.as_ref().map(|s| json!({
            "absolute": enclosure(&s.absolute),
            "relative": optional(s.relative.as_ref()),
            "step": s.step,
        })),
    })
}

pub(super) fn violation(violation: &Violation) -> Value {
    json!({
        "step": violation.step,
        "clause": violation.clause,
        "left": optional(violation.sides.as_ref().map(|s| &s.0)),
        "right": optional(violation.sides.as_ref().map(|s| &s.1)),
        "state": state(&violation.state),
        "rayleigh_witness": violation.rayleigh.as_ref().map(|w| json!({
            "vector": w.vector.iter().map(rational::format).collect::<Vec<_>>(),
            "quotient": ball(&w.quotient),
        })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports that are written can be compared.
    #[test]
    fn the_version_that_is_written_is_the_one_that_is_read() {
        assert_eq!(u64::from(SCHEMA_VERSION), crate::regression::SCHEMA_VERSION);
    }
}
