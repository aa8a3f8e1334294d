//! `edgecert explain`.

use std::fmt::Write as _;
use std::sync::Arc;

use edgecert::claim::proof::{self, Proof};
use edgecert::claim::{Claim, Clause, file};
use edgecert::diagnostic::{InputError, nearest};
use edgecert::expression::Expr;
use edgecert::model;
use edgecert::number::rational;
use edgecert::report::{claims::table, provenance_word};

use super::files::Files;
use super::{ExplainArguments, complain, print, print_report};

/// Prints what is known of a claim, or of all.
pub fn run(arguments: &ExplainArguments) -> u8 {
    let claims = file::load_all(&arguments.claims, &model::names());
    let claims = match claims.and_then(|c| Files::default().reads_claims(&c).map(|()| c)) {
        Ok(claims) => claims,
        Err(error) => return complain(&error),
    };
    let text = match &arguments.id {
        Some(id) => one(&claims, id),
        None if arguments.table => table(&claims),
        None => Ok(list(&claims)),
    };
    match text {
        // The table is Markdown, whose rows are lines.
        Ok(text) if arguments.table => print(&text),
        Ok(text) => print_report(&text),
        Err(error) => complain(&error),
    }
}

fn one(claims: &[Arc<Claim>], id: &str) -> Result<String, InputError> {
    let Some(claim) = claims.iter().find(|c| c.id == id) else {
        let ids: Vec<&str> = claims.iter().map(|c| c.id.as_str()).collect();
        let hint = nearest(id, ids.iter().copied())
            .map(|id| format!("; the nearest is `{id}`"))
            .unwrap_or_default();
        let message = format!("there is no claim `{id}`{hint}\nclaims: {}", ids.join(", "));
        return Err(InputError::usage(&message));
    };
    Ok(explanation(claim, proof::read(claim)?.as_ref()))
}

/// All claims, three lines each.
fn list(claims: &[Arc<Claim>]) -> String {
    let mut text = String::new();
    for claim in claims {
        let _ = writeln!(
            text,
            "{}\n  {}\n  {}; {}",
            claim.id,
            claim.title,
            claim.source,
            provenance_word(claim.provenance)
        );
    }
    let _ = writeln!(
        text,
        "\n{} claims; `edgecert explain ID` says more of one.",
        claims.len()
    );
    text
}

fn explanation(claim: &Claim, proof: Option<&Proof>) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}\n  {}", claim.id, claim.title);
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<12}{value}");
        }
    };
    field("source", &claim.source);
    field("provenance", provenance_word(claim.provenance));
    field("proof", &claim.proof);
    field("file", &claim.file.path.display().to_string());
    field("scope", &claim.scope_text);
    if !claim.statement.is_empty() {
        let _ = writeln!(text, "\n{}", claim.statement.trim());
    }
    let mut section = |name: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{name}");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
    };
    let clauses = |list: &[Clause]| list.iter().map(|c| c.text.clone()).collect();
    section(
        "constants",
        claim
            .constants
            .iter()
            .map(|(name, value)| format!("{name} = {}", rational::format(value)))
            .collect(),
    );
    let written = |e: &Expr| {
        e.span()
            .map(|span| claim.file.one_line(span))
            .unwrap_or_default()
    };
    section(
        "definitions",
        claim
            .define
            .iter()
            .map(|(name, e)| format!("{name} = {}", written(e)))
            .collect(),
    );
    section("given, where the scope begins", clauses(&claim.given));
    section("when, at a step", clauses(&claim.when));
    section("then", clauses(&claim.then));
    section(
        "reached",
        claim
            .reach
            .iter()
            .map(|r| format!("{}, within {} steps", r.goal.text, written(&r.within)))
            .collect(),
    );
    section(
        "tight constant",
        claim
            .tight
            .iter()
            .map(|t| {
                let best = if t.least { "least" } else { "greatest" };
                format!("{}: the {best} {}", t.constant, written(&t.from))
            })
            .collect(),
    );
    section(
        "falsification: this violates it",
        claim
            .falsify
            .iter()
            .flat_map(|f| {
                let run = format!("run = {}", f.run.display());
                [f.why.clone(), run].into_iter().chain(f.written.clone())
            })
            .collect(),
    );
    if let Some(proof) = proof {
        let _ = writeln!(
            text,
            "\nproof, from {}\n\n{}",
            proof.path.display(),
            proof.text
        );
    }
    text
}
