//! The report on falsification, for people and for programs.

use std::fmt::Write as _;

use comfy_table::Color;
use serde_json::{Value, json};

use super::json::{SCHEMA_VERSION, violation};
use super::layout::{Cell, Style, Table};
use super::{grouped, provenance_word};
use crate::claim::Claim;
use crate::falsify::{Falsification, Standing, exit_code};
use crate::number::{Interval, rational};
use crate::verdict::Violation;

/// Least widths of the columns.
const WIDTHS: [u16; 4] = [14, 52, 8, 36];

/// Digits of the sides of a violated comparison.
const DIGITS: usize = 9;

/// The table, and a last line a program can find: `falsified: …`.
pub fn render(all: &[Falsification], style: Style) -> String {
    let header = [
        "verdict",
        "claim, and how it is perturbed",
        "step",
        "witness",
    ];
    let mut table = Table::new(header).widths(WIDTHS);
    for falsification in all {
        let violation = falsification.result().and_then(|r| r.violation.as_ref());
        let colour = match falsification.standing() {
            Standing::Violated => Color::Green,
            Standing::Undecided => Color::Yellow,
            Standing::Suspicious => Color::Red,
        };
        table.row([
            Cell::new(verdict(falsification)).colour(colour),
            Cell::new(perturbation(&falsification.claim)),
            Cell::right(violation.map_or("–".into(), |v| grouped(v.step))),
            Cell::new(violation.map_or_else(|| reason(falsification), witness)),
        ]);
    }
    let count = |standing| all.iter().filter(|f| f.standing() == standing).count();
    let mut text = format!("{}\n", table.render(style));
    let _ = writeln!(
        text,
        "falsified: violated {}, suspicious {}, undecided {}, of {} claims",
        count(Standing::Violated),
        count(Standing::Suspicious),
        count(Standing::Undecided),
        all.len()
    );
    text
}

fn verdict(falsification: &Falsification) -> String {
    let word = falsification.result().map_or("–", |r| r.verdict.word());
    match falsification.standing() {
        Standing::Violated => format!("✓ {word}"),
        Standing::Undecided => format!("? {word}"),
        Standing::Suspicious => format!("✗ {word}\nSUSPICIOUS"),
    }
}

fn perturbation(claim: &Claim) -> String {
    let mut text = claim.id.clone();
    if let Some(falsify) = &claim.falsify {
        let _ = write!(text, "\n{}", falsify.why);
    }
    text
}

/// What is said where there is no witness: why nothing is known that violates the claim.
fn reason(falsification: &Falsification) -> String {
    let unknown = "nothing is known that violates it";
    let Some(result) = falsification.result() else {
        return format!("{unknown}: its file has no table `falsify`");
    };
    match &result.obstacle {
        // A claim about some step or an event fails as a whole: no single step shows it.
        _ if falsification.standing() == Standing::Violated => {
            let note = result.note.clone();
            note.unwrap_or_else(|| format!("at none of {} steps", grouped(result.checked)))
        }
        Some(obstacle) if falsification.standing() == Standing::Undecided => {
            let step = obstacle
                .step
                .map_or(String::new(), |step| format!(" at step {}", grouped(step)));
            format!(
                "undecided{step} ({}): {}",
                obstacle.reason.word(),
                obstacle.detail
            )
        }
        _ => format!(
            "{unknown}: perturbed, it is {} at {} steps",
            result.verdict.word(),
            grouped(result.checked)
        ),
    }
}

/// What makes a violation checkable by hand.
fn witness(violation: &Violation) -> String {
    let mut text = violation.clause.clone();
    let side = |side: &Interval| super::text::side(side, DIGITS);
    if let Some((left, right)) = &violation.sides {
        let _ = write!(text, "\n{} against {}", side(left), side(right));
    }
    if let Some(w) = &violation.rayleigh {
        let vector: Vec<String> = w.vector.iter().map(rational::format).collect();
        let _ = write!(
            text,
            "\nv = ({}): vᵀ∇²L v/|v|² = {}",
            vector.join(", "),
            w.quotient
        );
    }
    text
}

/// The document for programs: `schema_version` is that of the other reports.
pub fn document(all: &[Falsification], not_started: &[std::sync::Arc<Claim>]) -> Value {
    json!({
        "schema_version": SCHEMA_VERSION,
        "program": "edgecert",
        "version": env!("CARGO_PKG_VERSION"),
        "falsifications": all.iter().map(one).collect::<Vec<_>>(),
        "not_started": not_started.iter().map(|c| c.id.clone()).collect::<Vec<_>>(),
        "exit_code": exit_code(all),
    })
}

fn one(falsification: &Falsification) -> Value {
    let claim = &falsification.claim;
    let result = falsification.result();
    json!({
        "id": claim.id,
        "title": claim.title,
        "provenance": provenance_word(claim.provenance),
        "file": claim.file.path.display().to_string(),
        "perturbation": claim.falsify.as_ref().map(|f| json!({
            "why": f.why,
            "run": f.run.display().to_string(),
            "changes": f.written,
        })),
        "standing": match falsification.standing() {
            Standing::Violated => "violated",
            Standing::Undecided => "undecided",
            Standing::Suspicious => "suspicious",
        },
        "verdict": result.map(|r| r.verdict.word()),
        "steps_checked": result.map(|r| r.checked),
        "conclusions_violated": result.map(|r| r.violated),
        "violation": result.and_then(|r| r.violation.as_ref()).map(violation),
        "obstacle": result.and_then(|r| r.obstacle.as_ref()).map(|o| json!({
            "reason": o.reason.word(), "step": o.step, "detail": o.detail,
        })),
        "note": result.and_then(|r| r.note.as_ref()),
        "precision_bits": result.map(|r| r.precision),
    })
}
