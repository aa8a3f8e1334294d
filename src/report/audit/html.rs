//! The report for a browser: one page that needs nothing else.

use super::drawing::Drawing;
use super::text::{
    crossings_cell, flip_rows, format_verdicts, remedy_lines, robustness_lines, still_cell,
};
use super::words::{bounds, headlines};
use super::{AuditReport, ending_words, first_words, step_words};
use crate::audit::outcome::Agreement;
use crate::number::{decimal, rational};
use crate::report::html::run::{inputs, pair};
use crate::report::html::{Block, Cell, Inline, Page, Section, Table, TemplateError};
use crate::report::{grouped, steps};

/// The page.
///
/// # Errors
/// [`TemplateError`] would be a defect of edgecert.
pub fn render(report: &AuditReport<'_>, drawing: Drawing) -> Result<String, TemplateError> {
    let mut figures = Section::new("Figures").anchor("figures");
    for chart in drawing.charts(report) {
        figures = figures.block(Block::chart(&chart));
    }
    let subtitle = format!(
        "What floating point does to this run, against its certified truth. edgecert {}, {} steps, {} variants.",
        env!("CARGO_PKG_VERSION"),
        grouped(report.run.steps),
        report.audit.variants.len()
    );
    let mut page = Page::new(report.run.title.clone(), subtitle);
    if report.audit.interrupted || report.comparison.interrupted {
        let text = "This audit was interrupted: what was not reached is open or missing.";
        page = page.section(Section::new("Interrupted").block(Block::paragraph(text)));
    }
    page = page
        .section(summary(report))
        .section(figures)
        .section(truth(report))
        .section(variants(report))
        .section(claims(report));
    if !report.audit.robustness.is_empty() {
        page = page.section(robustness(report));
    }
    if !report.audit.remedies.is_empty() {
        page = page.section(remedies(report));
    }
    page.section(reading()).section(run(report)).render()
}

fn summary(report: &AuditReport<'_>) -> Section {
    let verdicts = format_verdicts(report)
        .into_iter()
        .map(|(format, orders, verdict)| (format!("{format}, {orders}"), verdict));
    let agreements = report.agreements();
    let all = agreements.len();
    let count = |wanted: Agreement| agreements.iter().filter(|a| **a == wanted).count();
    let sentence = match (count(Agreement::Differs), count(Agreement::Agrees)) {
        (0, agree) if agree == all => format!("{all} of {all} variants reproduce the truth."),
        (0, agree) => format!(
            "No variant certainly differs from the certified truth; {agree} of {all} reproduce it, the others are open."
        ),
        (n, _) => format!("{n} of {all} variants do not reproduce the certified truth."),
    };
    let first = headlines(report)
        .into_iter()
        .map(|line| match line.split_once(": ") {
            Some((variant, what)) => (variant.to_string(), what.to_string()),
            None => (String::new(), line),
        });
    Section::new("Verdict")
        .anchor("verdict")
        .block(Block::pairs(first))
        .block(Block::paragraph(format!("{sentence} {}", bounds())))
        .block(Block::details(
            "Everything about each variant",
            vec![Block::pairs(verdicts)],
        ))
}

fn truth(report: &AuditReport<'_>) -> Section {
    let truth = &report.audit.truth;
    let events = &truth.outcome.events;
    let compared = &report.comparison.truth;
    let mut pairs = vec![pair("ends", ending_words(events.ending))];
    if let Some(value) = &truth.outcome.eta_sharpness {
        let value = decimal::format(value, 12);
        pairs.push(pair("η·S at the last step", value));
    }
    let steps: Vec<String> = events.upward.iter().take(40).map(|&t| grouped(t)).collect();
    let more = if events.upward.len() > steps.len() {
        ", …"
    } else {
        ""
    };
    let crossings = match events.upward_count {
        0 => "none upward".into(),
        n => format!("{} upward, at steps {}{more}", grouped(n), steps.join(", ")),
    };
    pairs.push(pair("crossings of 2/η", crossings));
    if let Some(margin) = &compared.margin {
        pairs.push(pair(
            "nearest to 2/η",
            format!(
                "|S − 2/η| = {} at step {}",
                decimal::format(&margin.distance, 5),
                grouped(margin.step)
            ),
        ));
    }
    if let Some(min) = &truth.certified.facts.min_beta1 {
        let text = format!("{} {}", min.value, steps::at(&min.attained));
        pairs.push(pair("smallest |β₁|", text));
    }
    let bits = |b: Option<u32>| b.map_or("more than 24".into(), |b| b.to_string());
    pairs.push(pair(
        "exponent bits that keep every coordinate normal",
        format!(
            "at least {}, enough: {}",
            bits(compared.field_bits.at_least),
            bits(compared.field_bits.at_most)
        ),
    ));
    Section::new("The exact trajectory (certified)")
        .anchor("truth")
        .block(Block::Pairs { pairs })
}

fn variants(report: &AuditReport<'_>) -> Section {
    let truth = &report.audit.truth.outcome.events;
    let mut observed = Table::new(
        "What the traces do (observed, in exact arithmetic on their numbers)",
        [
            "format",
            "order",
            "ends",
            "η·S",
            "upward crossings",
            "cause",
            "claims that flip",
        ],
    );
    let threshold = report.thresholds.first();
    let threshold = threshold.map_or(String::new(), rational::format);
    let mut certified = Table::new(
        format!(
            "Where they leave the exact trajectory (certified; off: relative error above {threshold})"
        ),
        [
            "format",
            "order",
            "false zero of β₁",
            "stands still",
            "α off",
            "β₁ off",
            "β₂ off",
            "crossings missing",
            "crossings spurious",
            "largest step error of β₁, ulp",
        ],
    );
    let mut stored = Table::new(
        "What is stored for β₁, and how (observed)",
        [
            "format",
            "order",
            "subnormal",
            "zero",
            "pinned steps",
            "computed by",
            "SHA-256 of the trace",
        ],
    );
    for ((variant, trace), found) in report.rows().zip(report.deviations()) {
        let events = &variant.outcome.events;
        let summary = variant.summary(&report.audit.truth);
        let names = || {
            [
                Cell::from(variant.format.to_string()),
                Cell::from(variant.order.id.clone()),
            ]
        };
        let count = crossings_cell(events.upward_count, truth.upward_count, &found);
        let value = variant.outcome.eta_sharpness.as_ref();
        let cause = variant.cause.as_ref().map_or("–", |c| c.ablation.words());
        observed = observed.row(
            names().into_iter().chain([
                format!(
                    "{}{}",
                    if found.of_ending() { "✗ " } else { "" },
                    ending_words(events.ending)
                )
                .into(),
                Cell::number(value.map_or("–".into(), |x| decimal::format(x, 6))),
                Cell::number(count),
                cause.into(),
                format!("{} of {}", summary.flips, summary.compared).into(),
            ]),
        );
        let underflow = &trace.underflow.beta1;
        let first = |steps: &Vec<_>| Cell::number(steps.first().map_or("–".into(), first_words));
        let number = |n: Option<u64>| Cell::number(n.map_or("open".into(), grouped));
        let error = match (
            &trace.local_error.beta1.largest_ulps,
            trace.local_error.beta1.infinite,
        ) {
            (_, Some(_)) => "∞".to_string(),
            (Some(largest), None) => decimal::upper(&largest.value, 2),
            (None, None) => "0".into(),
        };
        let divergence = &trace.first_divergence;
        certified = certified.row(names().into_iter().chain([
            Cell::number(first_words(&underflow.false_zero)),
            still_cell(trace).into(),
            first(&divergence.alpha),
            first(&divergence.beta1),
            first(&divergence.beta2),
            number(trace.crossings.missing),
            number(trace.crossings.spurious),
            Cell::number(error),
        ]));
        stored = stored.row(names().into_iter().chain([
            Cell::number(step_words(underflow.first_subnormal)),
            Cell::number(step_words(underflow.first_zero)),
            Cell::number(grouped(underflow.pinned.count)),
            trace.backend.word().into(),
            Inline::code(trace.digest.to_string()).into(),
        ]));
    }
    Section::new("Formats and orders")
        .anchor("variants")
        .block(Block::Table(observed))
        .block(Block::Table(certified))
        .block(Block::details(
            "What is stored, and fingerprints of the traces",
            vec![Block::Table(stored)],
        ))
}

/// Claims against formats: how many orders flip.
fn claims(report: &AuditReport<'_>) -> Section {
    let formats = report.formats();
    let header = ["claim".to_string(), "certified".into()]
        .into_iter()
        .chain(formats.iter().map(|(name, _)| format!("{name} (observed)")));
    let mut table = Table::new("Claims × formats", header);
    for &claim in &report.audit.truth.claims.readable {
        let cells = formats.iter().map(|(_, rows)| {
            let of = |wanted: Agreement| {
                let read = rows
                    .iter()
                    .filter_map(|(v, _)| v.claims.iter().find(|c| c.claim == claim));
                read.filter(|c| c.agreement == wanted).count()
            };
            let text = match (of(Agreement::Differs), of(Agreement::Open)) {
                (0, 0) if of(Agreement::Incomparable) == rows.len() => "not comparable".into(),
                (0, 0) => "✓ as certified".into(),
                (0, open) => format!("? open in {open} of {}", rows.len()),
                (n, _) if n == rows.len() => "✗ flips in all orders".into(),
                (n, _) => format!("✗ flips in {n} of {}", rows.len()),
            };
            Cell::from(text)
        });
        let id = Inline::code(report.run.claims[claim].id.clone());
        let verdict = report.audit.truth.verdict(claim);
        table = table.row([id.into(), verdict.into()].into_iter().chain(cells));
    }
    let mut flips = Table::new(
        "Each flip and its cause",
        [
            "claim",
            "certified",
            "observed",
            "first at step",
            "in",
            "cause",
        ],
    );
    for row in flip_rows(report) {
        flips = flips.row([
            Inline::code(row.claim).into(),
            row.certified.into(),
            row.observed.into(),
            Cell::number(row.step),
            row.variants.into(),
            row.cause.into(),
        ]);
    }
    Section::new("Claims")
        .anchor("claims")
        .block(Block::Table(table))
        .block(Block::details(
            "Each flip and its cause",
            vec![Block::Table(flips)],
        ))
}

fn robustness(report: &AuditReport<'_>) -> Section {
    let mut section = Section::new("Robustness").anchor("robustness").block(Block::paragraph(
        "Each input, as it is stored, moved by one unit in the last place up and down, in each order: the set of outcomes.",
    ));
    for robust in &report.audit.robustness {
        let mut table = Table::new(robust.format.to_string(), ["outcome"]);
        for line in robustness_lines(robust) {
            table = table.row([line.into()]);
        }
        section = section.block(Block::Table(table));
    }
    section
}

fn remedies(report: &AuditReport<'_>) -> Section {
    let mut section = Section::new("Remedies")
        .anchor("remedies")
        .block(Block::paragraph(
            "What reproduces the outcome and the verdicts, certified on this run alone.",
        ));
    for remedies in &report.audit.remedies {
        let caption = format!("{}, {}", remedies.format, remedies.order.id);
        let mut table = Table::new(caption, ["remedy", "repairs it"]);
        for (sign, line) in remedy_lines(report, remedies) {
            let word = match sign {
                "✓" => "✓ yes",
                "✗" => "✗ no",
                _ => "? open",
            };
            table = table.row([line.into(), word.into()]);
        }
        section = section.block(Block::Table(table));
    }
    section
}

/// What the words mean.
fn reading() -> Section {
    Section::new("How to read this page").anchor("reading").block(Block::pairs([
        ("certified", "proved of the exact real-number trajectory of the stated rational inputs, or of the distance of a trace from it"),
        ("observed", "true of the numbers of a trace, in exact arithmetic; it says nothing about gradient descent"),
        ("flips", "a claim whose verdict on the trace is decided and is another one than on the exact trajectory"),
        ("cause", "the first of data rounding, precision, exponent range, flush to zero, rounding direction and order that suffices for a difference, from the exact trajectory towards the trace"),
        ("false zero", "the stored β₁ is 0 while the exact β₁ is proved not to be"),
        ("stands still", "steps for which a coordinate of a trace stays as it is, while each exact step from there would move it by more than half a unit in the last place, or the exact coordinate moves by more than 1 % + 2^(2−p) of itself"),
        ("NaN, infinite, diverges", "three endings: a coordinate is no number; one is infinite, by overflow or a division by 0; one is finite and exceeds 1000"),
        ("pinned", "the stored |β₁| hovers at up to 8 times the least number of the format"),
    ]))
}

fn run(report: &AuditReport<'_>) -> Section {
    let mut section = Section::new("Inputs and reproduction").anchor("inputs");
    for block in inputs(report.run) {
        section = section.block(block);
    }
    let mut orders: Vec<&str> = Vec::new();
    for variant in &report.audit.variants {
        let order = &variant.order;
        if orders.contains(&order.id.as_str()) {
            continue;
        }
        orders.push(&order.id);
        let proof = match (order.proved, order.divisors.as_slice()) {
            (true, []) => {
                "Proved to be the step of gradient descent where nothing is rounded.".to_string()
            }
            (true, divisors) => format!(
                "Proved to be the step of gradient descent where nothing is rounded and no divisor is 0: {}.",
                divisors.join(", ")
            ),
            (false, _) => "Not proved to be the step of gradient descent.".into(),
        };
        section = section.block(Block::details(
            format!("Order {}: {}", order.id, order.title),
            vec![
                Block::preformatted(order.lines.join("\n")),
                Block::paragraph(proof),
            ],
        ));
    }
    let cpu = super::cpu();
    section.block(Block::paragraph(format!(
        "Nothing is random. Traces do not depend on the machine; this one: {cpu}."
    )))
}
