//! The report for people.

use std::fmt::Write as _;

use super::words::{self, SIGNS};
use super::{AuditReport, ending_words, first_words, step_words};
use crate::audit::compare::{FieldBits, LocalError, TraceComparison, TruthEnd};
use crate::audit::deviation::Deviations;
use crate::audit::events::Events;
use crate::audit::outcome::Agreement;
use crate::audit::remedy::{Remedies, Remedy, Search, Trial};
use crate::audit::robustness::{Nudged, Robustness};
use crate::audit::run::Variant;
use crate::model::COORDINATES;
use crate::number::{Interval, decimal, rational};
use crate::report::layout::{Cell, Style, Table, WIDTH, paragraph};
use crate::report::{grouped, heading, shown, shown_range, steps};
use crate::verdict::Verdict;

/// Digits of values in tables.
const DIGITS: usize = 5;

/// The whole report, ending in one line a program can find: `audit: …`.
pub fn render(report: &AuditReport<'_>, style: Style) -> String {
    let mut text = String::new();
    let width = style.width.unwrap_or(WIDTH);
    headlines(&mut text, report, width);
    header(&mut text, report);
    truth(&mut text, report);
    text.push_str("\nWhat the traces do\n");
    let _ = writeln!(text, "{}", outcomes(report, style));
    text.push_str(&paragraph(OUTCOMES_LEGEND, style));
    text.push_str("\nWhere they leave the exact trajectory (certified)\n");
    let _ = writeln!(text, "{}", divergence(report, style));
    text.push_str(&paragraph(DIVERGENCE_LEGEND, style));
    formats(&mut text, report, width);
    flips(&mut text, report, style);
    robustness(&mut text, report, width);
    remedies(&mut text, report, width);
    open(&mut text, report);
    summary(&mut text, report);
    text
}

/// What a reader must know comes first.
fn headlines(text: &mut String, report: &AuditReport<'_>, width: u16) {
    const SHOWN: usize = 8;
    let lines = words::headlines(report);
    for line in lines.iter().take(SHOWN) {
        text.push_str(&wrapped(line, 0, width));
    }
    if lines.len() > SHOWN {
        let _ = writeln!(text, "and {} more below", lines.len() - SHOWN);
    }
    text.push('\n');
}

const OUTCOMES_LEGEND: &str = "\
ends, upward crossings, claims that flip: observed on the trace, in exact arithmetic on its numbers. A claim
flips if it is decided on the trace and on the exact trajectory, with different verdicts. cause (of another
ending, other crossings, or inputs that are not stored): the first of data rounding, precision, exponent range,
flush, rounding direction and order that suffices.
";

const DIVERGENCE_LEGEND: &str = "\
β₁ subnormal, zero: first step at which the stored β₁ is; a zero is false, as the exact β₁ is proved not to be 0.
pinned: steps at which |β₁| hovers at up to 8 times the least number. stands still: steps at which a coordinate
stays while the exact one moves. off: first step with a relative error above the threshold. ulp: the largest error of one
step, against the exact step from the trace's own state, in units in the last place.
";

fn header(text: &mut String, report: &AuditReport<'_>) {
    let run = report.run;
    let p = &run.parameters;
    let exact = shown;
    let rule = match &p.clip {
        None => "plain gradient descent".to_string(),
        Some(bound) => format!("gradient descent with |β₁| clipped to {}", exact(bound)),
    };
    let _ = writeln!(
        text,
        "{}\n  λ₁ = {}, λ₂ = {}, η = {}, {rule}, {} steps\n  θ₀ = (α, β₁, β₂) = ({}, {}, {})",
        heading(run),
        exact(&p.lambda1),
        exact(&p.lambda2),
        exact(&p.eta),
        grouped(run.steps),
        shown_range(&run.start.alpha),
        shown_range(&run.start.beta1),
        shown_range(&run.start.beta2)
    );
    if report.audit.interrupted || report.comparison.interrupted {
        text.push_str("  INTERRUPTED: what was not reached is open or missing.\n");
    }
}

/// What is certified of the exact trajectory.
fn truth(text: &mut String, report: &AuditReport<'_>) {
    let truth = &report.audit.truth;
    let compared = &report.comparison.truth;
    text.push_str("\nThe exact trajectory (certified)\n");
    let mut line = |name: &str, value: String| {
        let pad = 18usize.saturating_sub(name.chars().count());
        let _ = writeln!(text, "  {name}{}{value}", " ".repeat(pad));
    };
    let events = &truth.outcome.events;
    let value = truth.outcome.eta_sharpness.as_ref();
    let value = value.map_or(String::new(), |x| {
        format!(
            "; η·S = {} at step {}",
            decimal::format(x, 8),
            grouped(events.last_step)
        )
    });
    line("ends", format!("{}{value}", ending_words(events.ending)));
    line("crossings of 2/η", crossings_text(events));
    if let Some(margin) = &compared.margin {
        line(
            "nearest to 2/η",
            format!(
                "|S − 2/η| = {} at step {}",
                decimal::format(&margin.distance, DIGITS),
                grouped(margin.step)
            ),
        );
    }
    if let Some(min) = &truth.certified.facts.min_beta1 {
        line(
            "smallest |β₁|",
            format!("{} {}", min.value, steps::at(&min.attained)),
        );
    }
    line("exponent range", field_text(&compared.field_bits));
    let claims = &truth.claims;
    let verdicts = |wanted: Verdict| {
        let read = claims.readable.iter();
        read.filter(|&&i| truth.verdict(i) == wanted).count()
    };
    line(
        "claims",
        format!(
            "{} are read on traces: {} certified, {} violated, {} vacuous, {} undecided \
             ({} identities say nothing of a trace)",
            claims.readable.len(),
            verdicts(Verdict::Certified),
            verdicts(Verdict::Violated),
            verdicts(Verdict::Vacuous),
            verdicts(Verdict::Undecided),
            claims.left_out.len()
        ),
    );
    match compared.end {
        TruthEnd::Complete | TruthEnd::Diverged(_) => {}
        TruthEnd::Lost(step, _) => line(
            "open",
            format!(
                "nothing is known of it beyond step {}: more precision is needed",
                grouped(step)
            ),
        ),
        TruthEnd::Interrupted(step) => line(
            "open",
            format!("compared up to step {} only", grouped(step)),
        ),
    }
}

fn field_text(bits: &FieldBits) -> String {
    let known = "f64 has 11, f32 and bf16 8, f16 5";
    match (bits.at_least, bits.at_most) {
        (Some(x), Some(y)) if x == y => {
            format!("{x} exponent bits keep every coordinate normal, fewer do not ({known})")
        }
        (Some(x), Some(y)) => {
            format!("between {x} and {y} exponent bits keep every coordinate normal ({known})")
        }
        (Some(x), None) => {
            format!("{x} exponent bits or more: a coordinate could not be told from 0 ({known})")
        }
        (None, _) => format!("more than 24 exponent bits ({known})"),
    }
}

/// `1 upward crossing`.
fn upward_words(count: u64) -> String {
    let word = if count == 1 { "crossing" } else { "crossings" };
    format!("{} upward {word}", grouped(count))
}

fn crossings_text(events: &Events) -> String {
    if events.upward_count == 0 {
        return "none upward".into();
    }
    const SHOWN: usize = 6;
    let steps: Vec<String> = events
        .upward
        .iter()
        .take(SHOWN)
        .map(|&t| grouped(t))
        .collect();
    let more = if events.upward_count > SHOWN as u64 {
        ", …"
    } else {
        ""
    };
    let word = if events.upward_count == 1 {
        "step"
    } else {
        "steps"
    };
    format!(
        "{} upward, at {word} {}{more}",
        grouped(events.upward_count),
        steps.join(", ")
    )
}

/// Ending, crossings, flips and causes of each variant.
fn outcomes(report: &AuditReport<'_>, style: Style) -> String {
    let mut table = Table::new([
        "format",
        "order",
        "ends",
        "η·S",
        "upward crossings",
        "cause",
        "claims that flip",
    ]);
    let truth = &report.audit.truth.outcome.events;
    for ((variant, _), found) in report.rows().zip(report.deviations()) {
        let events = &variant.outcome.events;
        let summary = variant.summary(&report.audit.truth);
        let sign = if found.of_ending() { "✗" } else { " " };
        let value = variant.outcome.eta_sharpness.as_ref();
        let count = crossings_cell(events.upward_count, truth.upward_count, &found);
        let open = match summary.open {
            0 => String::new(),
            n => format!(" ({n} open)"),
        };
        let flips = if summary.flips == 0 { " " } else { "✗" };
        table.row([
            Cell::new(variant.format.to_string()),
            Cell::new(&variant.order.id),
            Cell::new(format!("{sign} {}", ending_words(events.ending))),
            Cell::new(value.map_or("–".into(), |x| decimal::format(x, DIGITS))),
            Cell::right(count),
            Cell::new(variant.cause.as_ref().map_or("–", |c| c.ablation.words())),
            Cell::new(format!(
                "{flips} {} of {}{open}",
                summary.flips, summary.compared
            )),
        ]);
    }
    table.render(style)
}

/// The upward crossings of a trace, of those of the exact trajectory.
pub(super) fn crossings_cell(observed: u64, exact: u64, found: &Deviations) -> String {
    if observed != exact {
        format!("✗ {} of {}", grouped(observed), grouped(exact))
    } else if found.of_crossings() {
        format!("✗ {}, shifted", grouped(observed))
    } else {
        grouped(observed)
    }
}

/// The steps for which coordinates stand still.
pub(super) fn still_cell(trace: &TraceComparison) -> String {
    let coordinates = trace.underflow.as_array().into_iter().zip(SIGNS);
    let still = coordinates.filter_map(|(underflow, sign)| {
        let steps = underflow.steps_still();
        (steps > 0).then(|| format!("{sign} {}", grouped(steps)))
    });
    let still: Vec<String> = still.collect();
    if still.is_empty() {
        "–".into()
    } else {
        still.join(", ")
    }
}

/// First divergence, underflow and local errors of each variant.
fn divergence(report: &AuditReport<'_>, style: Style) -> String {
    let first = report
        .thresholds
        .first()
        .map_or(String::new(), |q| format!(" off by {}", shown(q)));
    let header: Vec<String> = [
        "format",
        "order",
        "β₁ subnormal",
        "zero",
        "pinned",
        "stands still",
    ]
    .map(String::from)
    .into_iter()
    .chain(SIGNS.map(|sign| format!("{sign}{first}")))
    .chain(["ulp α, β₁, β₂".into()])
    .collect();
    let mut table = Table::new(header);
    for (variant, trace) in report.rows() {
        let underflow = &trace.underflow.beta1;
        let mut cells = vec![
            Cell::new(variant.format.to_string()),
            Cell::new(&variant.order.id),
            Cell::right(step_words(underflow.first_subnormal)),
            Cell::right(first_words(&underflow.false_zero)),
            Cell::right(match underflow.pinned.count {
                0 => "–".into(),
                n => grouped(n),
            }),
            Cell::new(still_cell(trace)),
        ];
        for steps in trace.first_divergence.as_array() {
            cells.push(Cell::right(steps.first().map_or("–".into(), first_words)));
        }
        let errors: Vec<String> = trace.local_error.as_array().into_iter().map(ulps).collect();
        cells.push(Cell::new(errors.join(", ")));
        table.row(cells);
    }
    table.render(style)
}

/// The largest local error in ulps, rounded up to few digits.
fn ulps(error: &LocalError) -> String {
    match (&error.largest_ulps, error.infinite) {
        (_, Some(_)) => "∞".into(),
        (Some(largest), None) => decimal::upper(&largest.value, 2),
        (None, None) => "0".into(),
    }
}

/// The verdict on each format, orders with the same one together.
fn formats(text: &mut String, report: &AuditReport<'_>, width: u16) {
    text.push_str("\nVerdict on the formats\n");
    text.push_str(&wrapped(&words::bounds(), 2, width));
    for (format, orders, verdict) in format_verdicts(report) {
        let all = format!("{format}, {orders}: {verdict}");
        text.push_str(&wrapped(&all, 2, width));
    }
}

/// Format, orders, and what is said of them.
pub(super) fn format_verdicts(report: &AuditReport<'_>) -> Vec<(String, String, String)> {
    let mut verdicts: Vec<(String, String, String)> = Vec::new();
    let mut standings = report.deviations().into_iter().zip(report.agreements());
    for (format, rows) in report.formats() {
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for ((variant, trace), standing) in rows.iter().zip(standings.by_ref()) {
            let verdict = variant_verdict(report, variant, trace, standing);
            match groups.iter_mut().find(|(known, _)| *known == verdict) {
                Some((_, orders)) => orders.push(&variant.order.id),
                None => groups.push((verdict, vec![&variant.order.id])),
            }
        }
        for (verdict, orders) in groups {
            let orders = if orders.len() == rows.len() && rows.len() > 1 {
                "all orders".into()
            } else {
                orders.join(", ")
            };
            verdicts.push((format.clone(), orders, verdict));
        }
    }
    verdicts
}

/// What is said of a format in an order.
fn variant_verdict(
    report: &AuditReport<'_>,
    variant: &Variant,
    trace: &TraceComparison,
    (found, agreement): (Deviations, Agreement),
) -> String {
    let summary = variant.summary(&report.audit.truth);
    let mut verdict = match summary.flips {
        0 => format!("none of {} claims flips", summary.compared),
        n => format!("{n} of {} claims flip", summary.compared),
    };
    if summary.open > 0 {
        let _ = write!(verdict, ", {} are open", summary.open);
    }
    for words in words::deviations(&found, &variant.order) {
        let _ = write!(verdict, "; {words}");
    }
    match variant.agreement {
        Agreement::Agrees => verdict.push_str("; the outcome is the certified one"),
        Agreement::Differs => {}
        Agreement::Open | Agreement::Incomparable => verdict.push_str("; the outcome is open"),
    }
    if agreement == Agreement::Agrees {
        verdict.push_str("; it reproduces the truth within the bounds");
    }
    let mut causes: Vec<&str> = Vec::new();
    if let Some(cause) = &variant.cause {
        causes.push(cause.ablation.words());
    }
    let mut of_claims: Vec<&str> = Vec::new();
    for cause in variant.flips().filter_map(|c| c.cause.as_ref()) {
        let words = cause.ablation.words();
        if !causes.contains(&words) && !of_claims.contains(&words) {
            of_claims.push(words);
        }
    }
    if let Some(cause) = causes.first() {
        let _ = write!(verdict, "; cause: {cause}");
    }
    if !of_claims.is_empty() {
        let _ = write!(verdict, "; other causes of flips: {}", of_claims.join(", "));
    }
    let own = variant.format.exponents.and_then(|e| e.field_bits());
    let needed = report.comparison.truth.field_bits.at_least;
    if let (Some(own), Some(needed)) = (own, needed)
        && needed > own
    {
        let _ = write!(
            verdict,
            "; needs at least {needed} exponent bits, has {own}"
        );
    }
    let silent = trace
        .underflow
        .as_array()
        .into_iter()
        .filter_map(|u| u.first_subnormal)
        .min();
    if let Some(step) = silent {
        let _ = write!(verdict, "; first silent event at step {}", grouped(step));
        match trace.first_divergence.alpha.first().and_then(|f| f.latest) {
            Some(step) => {
                let _ = write!(verdict, ", visible in α at {}", grouped(step));
            }
            None => verdict.push_str(", not visible in α"),
        }
    }
    verdict
}

/// Text in lines of at most `width` columns, all but the first indented by two more.
fn wrapped(text: &str, indent: usize, width: u16) -> String {
    let mut out = String::new();
    let mut line = " ".repeat(indent);
    let mut is_empty = true;
    for word in text.split(' ') {
        let fits = line.chars().count() + 1 + word.chars().count() <= usize::from(width);
        if !is_empty && !fits {
            let _ = writeln!(out, "{line}");
            line = " ".repeat(indent + 2);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    let _ = writeln!(out, "{line}");
    out
}

/// Which claims flip in which variants.
fn flips(text: &mut String, report: &AuditReport<'_>, style: Style) {
    let rows = flip_rows(report);
    if rows.is_empty() {
        text.push_str("\nNo claim flips in any variant.\n");
        return;
    }
    text.push_str("\nClaims that flip\n");
    let mut table = Table::new([
        "claim",
        "certified",
        "observed",
        "first at step",
        "in",
        "cause",
    ]);
    for row in rows {
        table.row([
            Cell::new(row.claim),
            Cell::new(row.certified),
            Cell::new(row.observed),
            Cell::right(row.step),
            Cell::new(row.variants),
            Cell::new(row.cause),
        ]);
    }
    let _ = writeln!(text, "{}", table.render(style));
}

/// Variants in which a claim flips in the same way for the same cause.
pub(super) struct FlipRow {
    pub claim: String,
    pub certified: &'static str,
    pub observed: &'static str,
    /// Least of the first failing steps.
    pub step: String,
    pub variants: String,
    pub cause: String,
}

/// The flips, by claim, cause and what is seen instead.
pub(super) fn flip_rows(report: &AuditReport<'_>) -> Vec<FlipRow> {
    struct Group<'a> {
        key: (usize, &'static str, String),
        step: Option<u64>,
        members: Vec<(String, &'a str)>,
    }
    use crate::audit::observe::Seen;
    let mut groups: Vec<Group<'_>> = Vec::new();
    for variant in &report.audit.variants {
        for flip in variant.flips() {
            let seen = &flip.observation.seen;
            let cause = flip.cause.as_ref().map_or("open", |c| c.ablation.words());
            let key = (flip.claim, seen.word(), cause.to_string());
            let step = match seen {
                Seen::Fails { step, .. } => *step,
                _ => None,
            };
            let member = (variant.format.to_string(), variant.order.id.as_str());
            match groups.iter_mut().find(|g| g.key == key) {
                Some(group) => {
                    group.members.push(member);
                    group.step = match (group.step, step) {
                        (Some(x), Some(y)) => Some(x.min(y)),
                        (x, y) => x.or(y),
                    };
                }
                None => groups.push(Group {
                    key,
                    step,
                    members: vec![member],
                }),
            }
        }
    }
    groups.sort_by_key(|g| g.key.0);
    let orders = report.audit.variants.iter();
    let orders = |format: &str| {
        orders
            .clone()
            .filter(|v| v.format.to_string() == format)
            .count()
    };
    groups
        .into_iter()
        .map(|group| {
            let mut by_format: Vec<(String, Vec<&str>)> = Vec::new();
            for (format, order) in group.members {
                match by_format.last_mut() {
                    Some((last, orders)) if *last == format => orders.push(order),
                    _ => by_format.push((format, vec![order])),
                }
            }
            let variants: Vec<String> = by_format
                .into_iter()
                .map(|(format, list)| {
                    if list.len() == orders(&format) {
                        format!("{format} (all orders)")
                    } else {
                        format!("{format} ({})", list.join(", "))
                    }
                })
                .collect();
            let (claim, observed, cause) = group.key;
            FlipRow {
                claim: report.run.claims[claim].id.clone(),
                certified: report.audit.truth.verdict(claim).word(),
                observed,
                step: step_words(group.step),
                variants: variants.join("; "),
                cause,
            }
        })
        .collect()
}

fn robustness(text: &mut String, report: &AuditReport<'_>, width: u16) {
    for robust in &report.audit.robustness {
        let _ = writeln!(
            text,
            "\nRobustness of {}: each input one unit in the last place up and down, in {} orders ({} traces)",
            robust.format,
            robust.orders.len(),
            robust.traces.len()
        );
        for line in robustness_lines(robust) {
            text.push_str(&wrapped(&line, 2, width));
        }
    }
}

/// One line for each outcome.
pub(super) fn robustness_lines(robust: &Robustness) -> Vec<String> {
    robust
        .outcomes
        .iter()
        .map(|class| {
            let value = class.eta_sharpness.as_ref();
            let value = value.map_or(String::new(), |x| {
                format!(", η·S in {}", decimal::format(x, DIGITS))
            });
            let members: Vec<&Nudged> = class
                .members
                .iter()
                .filter_map(|&i| robust.traces.get(i))
                .collect();
            format!(
                "{} of {}: {}, {}{value}, {}: {}",
                members.len(),
                robust.traces.len(),
                ending_words(class.ending),
                upward_words(class.upward_count),
                super::agreement_words(class.agreement),
                who(robust, &members)
            )
        })
        .collect()
}

/// The traces of a class, by order; all of an order's are not listed one by one.
fn who(robust: &Robustness, members: &[&Nudged]) -> String {
    const SHOWN: usize = 3;
    let mut parts: Vec<String> = Vec::new();
    for (i, order) in robust.orders.iter().enumerate() {
        let own: Vec<&&Nudged> = members.iter().filter(|m| m.order == i).collect();
        let all = robust.traces.iter().filter(|m| m.order == i).count();
        if own.is_empty() {
            continue;
        }
        if own.len() == all {
            parts.push(order.id.clone());
            continue;
        }
        let mut names: Vec<String> = own
            .iter()
            .take(SHOWN)
            .map(|m| match m.nudge {
                None => "unperturbed".into(),
                Some(nudge) => {
                    format!("{}{}", nudge.input.name(), if nudge.up { "↑" } else { "↓" })
                }
            })
            .collect();
        if own.len() > SHOWN {
            names.push(format!("{} more", own.len() - SHOWN));
        }
        parts.push(format!("{} ({})", order.id, names.join(", ")));
    }
    parts.join("; ")
}

fn remedies(text: &mut String, report: &AuditReport<'_>, width: u16) {
    if report.audit.remedies.is_empty() {
        return;
    }
    text.push_str(
        "\nRemedies: what reproduces the outcome and the verdicts on this run (certified)\n",
    );
    for remedies in &report.audit.remedies {
        let _ = writeln!(
            text,
            "  {}, {} ({} claims)",
            remedies.format,
            remedies.order.id,
            remedies.claims.len()
        );
        for (sign, line) in remedy_lines(report, remedies) {
            text.push_str(&wrapped(&format!("{sign} {line}"), 4, width));
        }
    }
    if let Some(smallest) = &report.audit.smallest {
        let line = match (smallest.format(), smallest.format().and_then(|f| f.width())) {
            (Some(format), Some(width)) => format!(
                "{format} ({width} bits), {}: fewer exponent bits fail at {} bits of precision, \
                 and less precision fails with that exponent",
                smallest.order.id, smallest.reference.format.precision
            ),
            _ => "none".into(),
        };
        text.push_str(&wrapped(
            &format!("smallest format found: {line}"),
            2,
            width,
        ));
    }
}

/// The sign of a trial, and what it is.
///
/// Claims that even an unbounded exponent does not reproduce are lost to the format's
/// precision; no other remedy is blamed for them.
pub(super) fn remedy_lines(
    report: &AuditReport<'_>,
    remedies: &Remedies,
) -> Vec<(&'static str, String)> {
    let exempt = remedies.unbounded.missed();
    let mut lines = vec![(
        sign(remedies.unbounded.reproduces_but(&exempt)),
        format!(
            "unbounded exponent: {}",
            achievement(report, &remedies.unbounded, &exempt)
        ),
    )];
    if let Some(search) = &remedies.field {
        lines.push(search_line(report, search, &exempt));
    }
    for trial in &remedies.others {
        lines.push((
            sign(trial.reproduces_but(&exempt)),
            format!(
                "{}: {}",
                remedy_words(&trial.remedy),
                achievement(report, trial, &exempt)
            ),
        ));
    }
    if let Some(clipped) = &remedies.clipped {
        let trial = &clipped.trial;
        let outcome = match clipped.same_outcome {
            Agreement::Agrees => "the same outcome",
            Agreement::Differs => "another outcome",
            Agreement::Open | Agreement::Incomparable => "an outcome not compared",
        };
        let verdicts = match clipped.other_verdicts.len() {
            0 => "the same verdicts".into(),
            n => format!("{n} other verdicts"),
        };
        lines.push((
            sign(trial.reproduces_but(&exempt)),
            format!(
                "{}, an algorithm with {outcome} and {verdicts} in exact arithmetic: of these, {}",
                remedy_words(&trial.remedy),
                achievement(report, trial, &exempt)
            ),
        ));
    }
    lines
}

fn search_line(
    report: &AuditReport<'_>,
    search: &Search,
    exempt: &[usize],
) -> (&'static str, String) {
    let Some(least) = search.least() else {
        let tried = search.tried.len();
        return (
            sign(Agreement::Differs),
            format!("no exponent field up to 24 bits ({tried} tried)"),
        );
    };
    let bits = least.format.exponents.and_then(|e| e.field_bits());
    let bits = bits.map_or("?".into(), |b| b.to_string());
    let below = match search.open {
        0 => "each narrower one fails".to_string(),
        n => format!("{n} narrower ones are open, the others fail"),
    };
    let text = format!(
        "exponent field of {bits} bits ({}; {below}): {}",
        least.format,
        achievement(report, least, exempt)
    );
    (sign(Agreement::Agrees), text)
}

fn sign(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Agrees => "✓",
        Agreement::Differs => "✗",
        Agreement::Open | Agreement::Incomparable => "?",
    }
}

/// What a trial reproduces, or what it shows instead.
fn achievement(report: &AuditReport<'_>, trial: &Trial, exempt: &[usize]) -> String {
    let events = &trial.outcome.events;
    match trial.agreement {
        Agreement::Agrees => {}
        Agreement::Differs => {
            return format!(
                "{}, {}",
                ending_words(events.ending),
                upward_words(events.upward_count)
            );
        }
        Agreement::Open | Agreement::Incomparable => return "open".into(),
    }
    let (lost, missed): (Vec<usize>, Vec<usize>) =
        trial.missed().into_iter().partition(|i| exempt.contains(i));
    let ids = |claims: &[usize]| {
        const SHOWN: usize = 4;
        let mut ids: Vec<&str> = claims
            .iter()
            .take(SHOWN)
            .filter_map(|&i| report.run.claims.get(i))
            .map(|c| c.id.as_str())
            .collect();
        if claims.len() > SHOWN {
            ids.push("…");
        }
        ids.join(", ")
    };
    let mut text = match missed.len() {
        0 => "the outcome and every verdict".to_string(),
        n => format!("the outcome, but not {n} verdicts ({})", ids(&missed)),
    };
    if !lost.is_empty() {
        let _ = write!(
            text,
            ", apart from those lost to precision ({})",
            ids(&lost)
        );
    }
    text
}

pub(super) fn remedy_words(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Unbounded => "unbounded exponent".into(),
        Remedy::Logarithmic => "β₁ stored as its sign and log|β₁|".into(),
        Remedy::Scaled(k) => format!("β₁ stored as 2^{k}·β₁"),
        Remedy::Floor(bound) => format!("floor |β₁| ≥ {}", short(bound)),
        Remedy::Clip(bound) => format!("clip |β₁| ≤ {}", shown(bound)),
        Remedy::Field { precision, bits } => {
            format!("{precision} bits of precision and an exponent field of {bits} bits")
        }
    }
}

/// A power of two by its exponent.
fn short(q: &rug::Rational) -> String {
    let text = rational::format(q);
    if *q.numer() == 1 && q.denom().is_power_of_two() {
        format!("2^−{}", q.denom().significant_bits() - 1)
    } else if text.len() > 40 {
        decimal::format(&Interval::from_rational(q), DIGITS)
    } else {
        text
    }
}

/// What is not decided.
fn open(text: &mut String, report: &AuditReport<'_>) {
    const SHOWN: usize = 12;
    let mut lines = Vec::new();
    for (variant, trace) in report.rows() {
        let name = format!("{}, {}", variant.format, variant.order.id);
        for question in trace.open_questions() {
            let of = question
                .coordinate
                .map_or(String::new(), |j| format!(" of {}", COORDINATES[j]));
            let at = question
                .step
                .map_or(String::new(), |t| format!(", from step {}", grouped(t)));
            lines.push(format!("{name}: {}{of}{at}", question.what));
        }
        for claim in variant.with(Agreement::Open) {
            lines.push(format!(
                "{name}: {}: {}",
                report.run.claims[claim.claim].id,
                open_words(&claim.observation.seen)
            ));
        }
    }
    if lines.is_empty() {
        return;
    }
    text.push_str("\nNot decided\n");
    for line in lines.iter().take(SHOWN) {
        let _ = writeln!(text, "  {line}");
    }
    if lines.len() > SHOWN {
        let _ = writeln!(
            text,
            "  and {} more (--format json has all)",
            lines.len() - SHOWN
        );
    }
}

fn open_words(seen: &crate::audit::observe::Seen) -> String {
    match seen {
        crate::audit::observe::Seen::Open(obstacle) => format!(
            "on the trace ({}): {}",
            obstacle.reason.word(),
            obstacle.detail
        ),
        _ => "on the exact trajectory".into(),
    }
}

fn summary(text: &mut String, report: &AuditReport<'_>) {
    let agreements = report.agreements();
    let count = |wanted: Agreement| agreements.iter().filter(|a| **a == wanted).count();
    let (reproduce, fail) = (count(Agreement::Agrees), count(Agreement::Differs));
    let _ = writeln!(
        text,
        "audit: {} variants, {reproduce} reproduce the truth, {fail} do not, {} open; {:.1} s",
        agreements.len(),
        agreements.len() - reproduce - fail,
        (report.audit.elapsed + report.comparison.elapsed).as_secs_f64()
    );
}
