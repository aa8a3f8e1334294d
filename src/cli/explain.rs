//! `edgecert explain`.

use std::fmt::Write as _;

use edgecert::claim::{Claim, Clause, file};
use edgecert::diagnostic::{InputError, nearest};
use edgecert::expression::Expr;
use edgecert::model;
use edgecert::number::rational;
use edgecert::report::provenance_word;

use super::{ExplainArguments, complain, print};

/// Prints what is known of a claim.
pub fn run(arguments: &ExplainArguments) -> u8 {
    let claims = match file::load_all(&arguments.claims, &model::names()) {
        Ok(claims) => claims,
        Err(error) => return complain(&error),
    };
    match claims.iter().find(|c| c.id == arguments.id) {
        Some(claim) => print(&explanation(claim)),
        None => {
            let ids: Vec<&str> = claims.iter().map(|c| c.id.as_str()).collect();
            let hint = nearest(&arguments.id, ids.iter().copied())
                .map(|id| format!("; the nearest is `{id}`"))
                .unwrap_or_default();
            let message = format!(
                "there is no claim `{}`{hint}\nclaims: {}",
                arguments.id,
                ids.join(", ")
            );
            complain(&InputError::usage(&message))
        }
    }
}

fn explanation(claim: &Claim) -> String {
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
    field("tests", &claim.tests.join(", "));
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
    text
}
