//! What changed from one report to another, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::grouped;
use crate::regression::{Change, Comparison, Effect, Enclosure, Kind, RunChanges, Side};

/// Version of the format of the JSON comparison.
pub const SCHEMA_VERSION: u32 = 1;

/// The changes run by run, ending in one line a program can find: `comparison: …`.
pub fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    for run in &comparison.runs {
        if run.all().next().is_none() {
            continue;
        }
        let _ = writeln!(text, "{}", run.file);
        for (claim, change) in run.all() {
            let sign = match change.effect {
                Effect::Worse => "✗ worse ",
                Effect::Better => "✓ better",
                Effect::Neutral => "·       ",
            };
            let claim = claim.map(|id| format!("{id}: ")).unwrap_or_default();
            let _ = writeln!(text, "  {sign}  {claim}{}", change_text(change));
        }
        if inputs_changed(run) {
            let _ = writeln!(
                text,
                "            other inputs, another run: its numbers and steps are not compared"
            );
        }
    }
    let claims: usize = comparison.runs.iter().map(|run| run.claims.len()).sum();
    let _ = writeln!(
        text,
        "comparison: {} runs, {} claims; worse {}, better {}, other changes {}",
        grouped(comparison.runs.len() as u64),
        grouped(claims as u64),
        comparison.count(Effect::Worse),
        comparison.count(Effect::Better),
        comparison.count(Effect::Neutral),
    );
    text
}

fn inputs_changed(run: &RunChanges) -> bool {
    run.changes.iter().any(|change| change.kind == Kind::Input)
}

/// A change in one line.
pub(super) fn change_text(change: &Change) -> String {
    let subject = &change.subject;
    match change.kind {
        Kind::RunAppeared => "the run is new".into(),
        Kind::RunDisappeared => "the run has disappeared".into(),
        Kind::ClaimAppeared => match &change.new {
            Some(Side::Text(verdict)) => format!("the claim is new ({verdict})"),
            _ => "the claim is new".into(),
        },
        Kind::ClaimDisappeared => match &change.old {
            Some(Side::Text(verdict)) => format!("the claim has disappeared (it was {verdict})"),
            _ => "the claim has disappeared".into(),
        },
        Kind::Input => format!("input {subject}: {}", sides_text(change)),
        Kind::ClaimedConstant => format!("claimed {subject}: {}", sides_text(change)),
        Kind::Hypotheses => format!("hypotheses, {subject}: {}", sides_text(change)),
        Kind::HoldsFrom => format!("{subject} holds from step: {}", sides_text(change)),
        Kind::Limit => format!("{subject}, one of them is wrong: {}", sides_text(change)),
        Kind::LessAccurate => format!("{subject}, less accurate: {}", sides_text(change)),
        Kind::MoreAccurate => format!("{subject}, more accurate: {}", sides_text(change)),
        Kind::Conclusions
        | Kind::Verdict
        | Kind::Expectation
        | Kind::TightConstant
        | Kind::Slack
        | Kind::Known
        | Kind::Step => format!("{subject}: {}", sides_text(change)),
    }
}

fn sides_text(change: &Change) -> String {
    // Digits that are the same on both sides do not show the difference: exact ends do.
    let exact = match (&change.old, &change.new) {
        (Some(Side::Enclosure(old)), Some(Side::Enclosure(new))) => old.decimal == new.decimal,
        _ => false,
    };
    let side = |side: &Option<Side>| match side {
        None => "–".to_string(),
        Some(Side::Text(text)) => text.clone(),
        Some(Side::Step(step)) => grouped(*step),
        Some(Side::Enclosure(e)) if exact => format!("[{}, {}]", e.lower, e.upper),
        Some(Side::Enclosure(e)) => e.decimal.clone(),
    };
    format!("{} → {}", side(&change.old), side(&change.new))
}

/// The comparison as a document of its own; `old` and `new` name the reports.
pub fn document(comparison: &Comparison, old: &str, new: &str) -> Value {
    let mut document = object(comparison, old);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("schema_version".into(), json!(SCHEMA_VERSION));
        fields.insert("program".into(), json!("edgecert"));
        fields.insert("version".into(), json!(env!("CARGO_PKG_VERSION")));
        fields.insert("new".into(), json!(new));
    }
    document
}

/// The comparison with the report named `old`, as a part of another document.
pub fn object(comparison: &Comparison, old: &str) -> Value {
    let claims: usize = comparison.runs.iter().map(|run| run.claims.len()).sum();
    json!({
        "old": old,
        "changes": comparison.runs.iter().flat_map(run_changes).collect::<Vec<_>>(),
        "summary": {
            "runs": comparison.runs.len(),
            "claims": claims,
            "worse": comparison.count(Effect::Worse),
            "better": comparison.count(Effect::Better),
            "neutral": comparison.count(Effect::Neutral),
            "exit_code": comparison.exit_code(),
        },
    })
}

fn run_changes(run: &RunChanges) -> impl Iterator<Item = Value> {
    run.all().map(|(claim, change)| {
        json!({
            "run": run.file,
            "claim": claim,
            "kind": change.kind.word(),
            "effect": change.effect.word(),
            "subject": change.subject,
            "old": side(change.old.as_ref()),
            "new": side(change.new.as_ref()),
        })
    })
}

fn side(side: Option<&Side>) -> Value {
    match side {
        None => Value::Null,
        Some(Side::Text(text)) => json!(text),
        Some(Side::Step(step)) => json!(step),
        Some(Side::Enclosure(Enclosure {
            lower,
            upper,
            decimal,
        })) => json!({ "lower": lower, "upper": upper, "decimal": decimal }),
    }
}
