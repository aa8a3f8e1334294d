//! The report for people.

use std::fmt::Write as _;

use comfy_table::Color;

pub use super::layout::Style;
use super::layout::{Cell, Table, paragraph};
use super::{
    Report, ended_because, engine_words, grouped, heading, provenance_word, shown, shown_range,
};
use crate::certify::Outcome;
use crate::claim::Scope;
use crate::input::Run;
use crate::number::{Interval, Number, decimal, rational};
use crate::verdict::all_time::{AllTime, Row};
use crate::verdict::facts::Crossings;
use crate::verdict::{ClaimResult, Obstacle, Verdict};
use crate::visible;

/// How to read the table.
const LEGEND: &str = "\
checked: steps at which the conclusion was examined. slack: distance to violation, relative to the
larger side, least over these steps, at the tightest one. loose: provably never close. tight: the best
value of the claim's constant on this run. A (1) at the end: within 1 unit of the last digit, certified.
";

/// Least widths of the columns.
const WIDTHS: [u16; 6] = [17, 46, 9, 10, 16, 18];

/// The whole report, ending in one line a program can find: `verdict: …`.
pub fn render(report: &Report<'_>, style: Style) -> String {
    let Report { run, outcome } = report;
    let mut above = String::new();
    header(&mut above, run, outcome);
    trajectory(&mut above, run, outcome);
    for_all_time(&mut above, outcome);
    let (mut middle, mut below) = (String::new(), String::new());
    if outcome.claims.is_empty() {
        below.push_str("\nThe run names no claims.\n");
    } else {
        middle = format!("\n{}\n", table(outcome, style));
        below.push_str(&paragraph(LEGEND, style));
        below.push('\n');
        notes(&mut below, outcome);
        obstacles(&mut below, outcome);
    }
    summary(&mut below, outcome);
    // The escape sequences of the table are its own.
    [
        visible::lines(&above),
        middle.into(),
        visible::lines(&below),
    ]
    .concat()
}

fn header(text: &mut String, run: &Run, outcome: &Outcome) {
    let p = &run.parameters;
    let exact = shown;
    let rule = match &p.clip {
        None => "plain gradient descent".to_string(),
        Some(bound) => format!("gradient descent with |β₁| clipped to {}", exact(bound)),
    };
    let _ = writeln!(text, "{}", heading(run));
    let _ = writeln!(
        text,
        "  λ₁ = {}, λ₂ = {}, η = {}, {rule}, {} steps",
        exact(&p.lambda1),
        exact(&p.lambda2),
        exact(&p.eta),
        grouped(run.steps)
    );
    let _ = writeln!(
        text,
        "  θ₀ = (α, β₁, β₂) = ({}, {}, {})",
        shown_range(&run.start.alpha),
        shown_range(&run.start.beta1),
        shown_range(&run.start.beta2)
    );
    let passes: Vec<String> = outcome
        .passes
        .iter()
        .map(|p| {
            let left = if p.accuracy_bits > 0 {
                format!("{} left at step {}", p.accuracy_bits, grouped(p.steps))
            } else {
                format!("none left at step {}", grouped(p.steps))
            };
            format!("{} bits ({left})", p.precision)
        })
        .collect();
    let _ = writeln!(
        text,
        "  engine: {}, {}; {:.2} s",
        engine_words(outcome.engine),
        passes.join(", then "),
        outcome.elapsed.as_secs_f64()
    );
    if let Some((step, reason)) = outcome.stopped {
        let why = match ended_because(reason) {
            None => "INTERRUPTED".to_string(),
            Some(words) => format!("STOPPED, {words}"),
        };
        let _ = writeln!(
            text,
            "  {why}: what follows covers the steps up to {} only.",
            grouped(step)
        );
    }
}

fn crossings_text(crossings: &Crossings) -> String {
    match crossings.first_upward {
        None => match (crossings.downward, crossings.last_above) {
            (0, None) => "never above".into(),
            (0, Some(_)) => "above at every step".into(),
            (_, last) => format!(
                "crossed downward once, at step {}; never upward",
                grouped(last.map_or(0, |t| t + 1))
            ),
        },
        Some(first) => format!(
            "crossed upward {} times, first at step {}; last above at step {}",
            grouped(crossings.upward),
            grouped(first),
            grouped(crossings.last_above.unwrap_or(first))
        ),
    }
}

fn trajectory(text: &mut String, run: &Run, outcome: &Outcome) {
    for (name, value) in facts(run, outcome) {
        let pad = 18usize.saturating_sub(name.chars().count());
        let _ = writeln!(text, "  {name}{}{value}", " ".repeat(pad));
    }
}

/// What happened on the run, as names and values; a line without a name goes with the one before.
pub(super) fn facts(run: &Run, outcome: &Outcome) -> Vec<(String, String)> {
    let Outcome { facts, last, .. } = outcome;
    let mut lines = Vec::new();
    let mut line = |name: &str, value: String| lines.push((name.to_string(), value));
    line("edge S = 2/η", crossings_text(&facts.sharpness_crossings));
    line("ηλ₁α² = 2", crossings_text(&facts.edge_crossings));
    if let Some(max) = &facts.max_eta_sharpness {
        line(
            "largest η·S",
            format!("{} at step {}", max.value, grouped(max.step)),
        );
    }
    if let Some(min) = &facts.min_beta1 {
        line(
            "smallest |β₁|",
            format!("{} at step {}", min.value, grouped(min.step)),
        );
    }
    line(
        "spikes",
        format!(
            "{} (times ηλ₁β₁² rises above 1/1000)",
            grouped(facts.spikes.upward)
        ),
    );
    if let (flips, Some(first)) = facts.sign_flips {
        line(
            "sign flips of α",
            format!("{}, first at step {}", grouped(flips), grouped(first)),
        );
    }
    if let Some(step) = facts.large_alpha {
        line("|α| > 1000", format!("first at step {}", grouped(step)));
    }
    if let Some(step) = facts.escape {
        let text = "from step {} on |α| at least doubles at every step, for ever (Theorem E)";
        line("diverges", text.replace("{}", &grouped(step)));
    }
    if run.parameters.clip.is_some() {
        line("clipped", format!("{} steps", grouped(facts.clipped_steps)));
    }
    line(
        &format!("θ at {}", grouped(last.step)),
        format!(
            "α = {}, β₁ = {}, β₂ = {}",
            last.state.alpha, last.state.beta1, last.state.beta2
        ),
    );
    if let (Some(loss), Some(eta_s)) = (&last.loss, &last.eta_sharpness) {
        line("", format!("L = {loss}, η·S = {eta_s}"));
    }
    if last.beta1_is_zero() {
        line(
            "note",
            "β₁ = 0 exactly: the run stays on the plane β₁ = 0, where nothing oscillates and \
             the limit may be sharper than 2/η."
                .into(),
        );
    }
    if let Some((step, what)) = facts.open {
        line(
            "open",
            format!("{what} at step {} could not be decided", grouped(step)),
        );
    }
    lines
}

/// What is proved of all later steps: T(δ, ε) of Theorem 4.1.
fn for_all_time(text: &mut String, outcome: &Outcome) {
    let all_time = &outcome.all_time;
    if all_time.escape.is_some() {
        return;
    }
    if !all_time.is_closed() {
        let _ = writeln!(text, "  for all time      {}", not_closed(all_time));
        return;
    }
    text.push_str("\nFor all time (Theorem 4.1)\n");
    if let Some(trap) = &all_time.delta_trap {
        let limit = if trap.latest.limit_at_most_edge {
            "L → 0 and lim η·S ≤ 2"
        } else {
            "L → 0"
        };
        let _ = writeln!(
            text,
            "  δ-trap (Theorem 13) closed at step {}: {limit}; from {} on η·S ≤ 2 + {}",
            grouped(trap.first),
            grouped(trap.latest.step),
            decimal::upper(&trap.latest.excess_bound, 5),
        );
    }
    if let Some(trap) = &all_time.final_trap {
        let latest = &trap.latest;
        let rate = |x: &Interval| Interval::constant(&rug::Rational::from(1), ()).sub(x);
        let _ = writeln!(
            text,
            "  final trap (Theorem 12) closed at step {}: lim η·S = {}\n    \
             from step {} on ηλ₁β₁² shrinks by 1 − {} and 1 − αβ₂ by 1 − {} at least per step",
            grouped(trap.first),
            latest.limit,
            grouped(latest.step),
            decimal::lower(&rate(&latest.beta1_rate()), 3),
            decimal::lower(&rate(&latest.residual_rate()), 3),
        );
    }
    let some = all_time.limit_is_known();
    rows(text, "δ", "S ≤ (2 + δ)/η", &all_time.sharpness, some);
    rows(text, "ε", "L ≤ ε", &all_time.loss, some);
}

/// Why nothing is said of later steps.
pub(super) fn not_closed(all_time: &AllTime) -> String {
    let mut why = "nothing is proved of later steps (no trap closed".to_string();
    if let Some(unmet) = &all_time.unmet {
        let how = if unmet.refuted {
            "fails"
        } else {
            "is not decided"
        };
        let _ = write!(why, "; for the final one {} {how}", unmet.condition);
    } else if let Some(a) = &all_time.flow_limit {
        let _ = write!(
            why,
            "; the flow from the last step ends at ηλ₁α² = {}",
            brief(a)
        );
    }
    why + ")"
}

/// `0.001`, but `1e-20`.
pub(super) fn short(q: &rug::Rational) -> String {
    let text = shown(q);
    let zeros = q.denom().to_string();
    let is_power = *q.numer() == 1 && zeros.trim_end_matches('0') == "1";
    if is_power && zeros.len() > 4 {
        format!("1e-{}", zeros.len() - 1)
    } else {
        text
    }
}

fn rows(text: &mut String, name: &str, bound: &str, rows: &[Row], some: bool) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "  {name:<12}{bound} for all t from step");
    for row in rows {
        let target = short(&row.target);
        let _ = match &row.from {
            Some(from) => writeln!(
                text,
                "  {target:<12}{:<14}by the {} at step {}",
                grouped(from.step),
                from.by.words(),
                grouped(from.proved_at)
            ),
            None if some => writeln!(
                text,
                "  {target:<12}some step     more steps would make it explicit"
            ),
            None => writeln!(text, "  {target:<12}–             more steps are needed"),
        };
    }
}

fn table(outcome: &Outcome, style: Style) -> String {
    let header = [
        "verdict", "claim", "checked", "tightest", "slack", "constant",
    ];
    let mut table = Table::new(header).widths(WIDTHS);
    for result in &outcome.claims {
        let tightest = result.tightest().and_then(|c| c.slack.as_ref());
        let title = visible::line(&result.claim.title);
        table.row([
            Cell::new(verdict_text(result)).colour(colour(result)),
            Cell::new(format!("{}\n{title}", result.claim.id)),
            Cell::right(grouped(result.checked)),
            Cell::right(tightest.map_or("–".into(), |s| grouped(s.step))),
            Cell::new(slack_text(result)),
            Cell::new(constant_text(result)),
        ]);
    }
    table.render(style)
}

fn verdict_text(result: &ClaimResult) -> String {
    let sign = result.verdict.sign();
    let expectation = match (result.expected, result.met()) {
        (Some(_), true) => "\n  as expected",
        (_, false) => "\n  UNEXPECTED",
        (None, true) => "",
    };
    let provenance = provenance_word(result.claim.provenance);
    format!(
        "{sign} {}\n  {provenance}{expectation}",
        result.verdict.word()
    )
}

fn colour(result: &ClaimResult) -> Color {
    match (result.met(), result.verdict) {
        (false, Verdict::Undecided) => Color::Yellow,
        (false, _) => Color::Red,
        (true, Verdict::Certified) => Color::Green,
        (true, _) => Color::Reset,
    }
}

pub(super) fn slack_text(result: &ClaimResult) -> String {
    if !result.clauses.is_empty() && result.clauses.iter().all(|c| c.identity) {
        return "identity".into();
    }
    let Some(slack) = result.tightest().and_then(|c| c.slack.as_ref()) else {
        return "–".into();
    };
    match &slack.relative {
        Some(relative) => {
            let loose = if result.loose { "\nloose" } else { "" };
            format!("{}{loose}", brief(relative))
        }
        None => format!("{} (absolute)", brief(&slack.absolute)),
    }
}

pub(super) fn constant_text(result: &ClaimResult) -> String {
    match &result.tight {
        None => "–".into(),
        Some(t) => {
            format!(
                "{} = {}\ntight {}",
                t.name,
                shown(&t.claimed),
                decimal::format(&t.value, 5)
            )
        }
    }
}

/// A few digits, outward.
pub(super) fn brief(value: &Interval) -> String {
    decimal::format(value, 4)
}

/// A side of a comparison that failed; on an escaping run it may have one end only.
pub(super) fn side(value: &Interval, digits: usize) -> String {
    let (lower, upper) = (value.lower(), value.upper());
    if lower.0.is_finite() && upper.0.is_infinite() {
        let end = Interval::from_bounds(lower.0, lower.0, lower.1);
        format!("≥ {}", decimal::lower(&end, digits))
    } else {
        decimal::format(value, digits)
    }
}

fn notes(text: &mut String, outcome: &Outcome) {
    for result in &outcome.claims {
        let id = &result.claim.id;
        if let Some(v) = &result.violation {
            let _ = writeln!(
                text,
                "✗ {id}: violated {} times, first at step {}: {}",
                grouped(result.violated),
                grouped(v.step),
                v.clause
            );
            if let Some((left, right)) = &v.sides {
                let (left, right) = (
                    side(left, decimal::DEFAULT_DIGITS),
                    side(right, decimal::DEFAULT_DIGITS),
                );
                let _ = writeln!(text, "    left side  {left}\n    right side {right}");
            }
            let _ = writeln!(
                text,
                "    at α = {}, β₁ = {}, β₂ = {}",
                v.state.alpha, v.state.beta1, v.state.beta2
            );
            if let Some(w) = &v.rayleigh {
                let vector: Vec<String> = w.vector.iter().map(rational::format).collect();
                let _ = writeln!(
                    text,
                    "    witness: v = ({}) has vᵀ∇²L v/|v|² = {}",
                    vector.join(", "),
                    w.quotient
                );
            }
        }
        if let Some(note) = &result.note {
            let _ = writeln!(text, "· {id}: {note}");
        }
    }
}

/// What stopped the undecided claims, each obstacle once.
fn obstacles(text: &mut String, outcome: &Outcome) {
    let mut groups: Vec<(&Obstacle, Vec<&ClaimResult>)> = Vec::new();
    for result in &outcome.claims {
        let Some(obstacle) = &result.obstacle else {
            continue;
        };
        match groups.iter_mut().find(|(known, _)| *known == obstacle) {
            Some((_, results)) => results.push(result),
            None => groups.push((obstacle, vec![result])),
        }
    }
    for (obstacle, results) in groups {
        let claims = match results.as_slice() {
            [only] => only.claim.id.clone(),
            many => format!("{} claims", many.len()),
        };
        let step = match obstacle.step {
            Some(step) => format!(" at step {}", grouped(step)),
            None => String::new(),
        };
        let reason = obstacle.reason.word();
        let _ = writeln!(
            text,
            "? {claims}: undecided{step} ({reason}): {}",
            obstacle.detail
        );
        for result in results {
            if matches!(result.claim.scope, Scope::Eventually) {
                continue;
            }
            let _ = writeln!(
                text,
                "    {} held at the {} steps checked",
                result.claim.id,
                grouped(result.checked)
            );
        }
    }
}

fn summary(text: &mut String, outcome: &Outcome) {
    let surprises = outcome.claims.iter().filter(|c| !c.met()).count();
    let ending = if surprises == 0 {
        "everything as expected".to_string()
    } else {
        format!("{surprises} not as expected")
    };
    let interrupted = if outcome.interrupted {
        "; interrupted"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "verdict: certified {}, violated {}, undecided {}, vacuous {}; {ending}{interrupted}",
        outcome.count(Verdict::Certified),
        outcome.count(Verdict::Violated),
        outcome.count(Verdict::Undecided),
        outcome.count(Verdict::Vacuous),
    );
}
