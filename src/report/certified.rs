//! The page of a certification: verdicts, figures, witnesses, and all later steps.

use super::html::run::{inputs, pair};
use super::html::{Block, Cell, Inline, Page, Section, Table};
use super::text::{brief, constant_text, facts, not_closed, short, side, slack_text};
use super::{Report, ended_because, engine_words, grouped, provenance_word};
use crate::certify::Outcome;
use crate::figure::Figure;
use crate::input::Run;
use crate::number::{decimal, rational};
use crate::verdict::all_time::{AllTime, Row};
use crate::verdict::{ClaimResult, Verdict, Violation};

/// A run, what came of it, and its figures.
#[derive(Debug)]
pub struct Illustrated<'a> {
    /// The run and its outcome.
    pub report: Report<'a>,
    /// Its figures.
    pub figures: Vec<Figure>,
}

/// The page on some runs; `not_started` are those that an interruption left out. One run has
/// several sections, several runs have one each.
pub fn page(runs: &[Illustrated<'_>], not_started: &[Run]) -> Page {
    let alone = match runs {
        [only] if not_started.is_empty() => Some(only),
        _ => None,
    };
    let mut page = match alone {
        Some(only) => Page::new(
            only.report.run.title.clone(),
            crate::figure::run::inputs(only.report.run)
                + &format!(", {} steps", grouped(only.report.run.steps)),
        ),
        None => Page::new(
            "Certified runs",
            format!(
                "{} runs of gradient descent",
                runs.len() + not_started.len()
            ),
        ),
    };
    if let Some(only) = alone {
        for section in sections(only) {
            page = page.section(section);
        }
    } else {
        page = page.section(overview(runs, not_started));
        for (i, run) in runs.iter().enumerate() {
            let mut whole = Section::new(run.report.run.title.clone()).anchor(anchor(i));
            for section in sections(run) {
                whole = whole.block(Block::heading(section.title));
                whole.blocks.extend(section.blocks);
            }
            page = page.section(whole);
        }
    }
    page.section(meanings())
}

fn anchor(i: usize) -> String {
    format!("run-{}", i + 1)
}

/// Several runs in a table.
fn overview(runs: &[Illustrated<'_>], not_started: &[Run]) -> Section {
    let header = [
        "run",
        "certified",
        "violated",
        "undecided",
        "vacuous",
        "all as expected",
    ];
    let mut table = Table::new("Verdicts by run", header);
    for (i, Illustrated { report, .. }) in runs.iter().enumerate() {
        let count = |verdict| Cell::number(report.outcome.count(verdict).to_string());
        let met = report.outcome.claims.iter().all(ClaimResult::met);
        let met = match (report.outcome.interrupted, met) {
            (true, _) => "interrupted",
            (false, true) => "yes",
            (false, false) => "NO",
        };
        table = table.row([
            Inline::link(report.run.title.clone(), anchor(i)).into(),
            count(Verdict::Certified),
            count(Verdict::Violated),
            count(Verdict::Undecided),
            count(Verdict::Vacuous),
            met.into(),
        ]);
    }
    for run in not_started {
        let nothing = || Cell::number("–");
        table = table.row([
            run.title.clone().into(),
            nothing(),
            nothing(),
            nothing(),
            nothing(),
            "not started".into(),
        ]);
    }
    let mut section = Section::new("Overview").anchor("overview");
    if !not_started.is_empty() {
        let text = "The work was interrupted; some runs were not started.";
        section = section.block(Block::verdict(Verdict::Undecided, text));
    }
    section.block(Block::Table(table))
}

fn sections(illustrated: &Illustrated<'_>) -> Vec<Section> {
    let Report { run, outcome } = illustrated.report;
    let mut figures = Section::new("Figures").anchor("figures");
    figures = figures.block(Block::paragraph(
        "Bands are certified enclosures; where they are thinner than a line, a line is drawn and the \
         caption says how wide they are.",
    ));
    for figure in &illustrated.figures {
        figures
            .blocks
            .extend(figure.panels.iter().map(|(_, chart)| Block::chart(chart)));
    }
    vec![
        summary(outcome),
        figures,
        for_all_time(outcome),
        claims(outcome),
        witnesses(outcome),
        the_run(run, outcome),
    ]
}

fn summary(outcome: &Outcome) -> Section {
    let mut section = Section::new("Verdicts").anchor("verdicts");
    if let Some((step, reason)) = outcome.stopped {
        let why = match ended_because(reason) {
            None => "INTERRUPTED: this is a partial report".to_string(),
            Some(words) => format!("STOPPED, {words}"),
        };
        let text = format!(
            "{why}. What follows covers the steps up to {} only.",
            grouped(step)
        );
        section = section.block(Block::verdict(Verdict::Undecided, text));
    } else if outcome.interrupted {
        let text = "INTERRUPTED: this is a partial report; claims that need more precision are \
                    undecided.";
        section = section.block(Block::verdict(Verdict::Undecided, text));
    }
    if outcome.claims.is_empty() {
        return section.block(Block::paragraph("The run names no claims."));
    }
    let counts: Vec<String> = VERDICTS
        .iter()
        .filter(|(verdict, _)| outcome.count(*verdict) > 0)
        .map(|(verdict, _)| format!("{} {}", outcome.count(*verdict), verdict.word()))
        .collect();
    let surprises = outcome.claims.iter().filter(|c| !c.met()).count();
    let ending = match surprises {
        0 => "everything as expected".to_string(),
        n => format!("{n} NOT AS EXPECTED"),
    };
    section = section.block(Block::paragraph(format!(
        "{}; {ending}.",
        counts.join(", ")
    )));
    // What a reader must see at once: all that is not certified or vacuous.
    for result in &outcome.claims {
        if matches!(result.verdict, Verdict::Certified | Verdict::Vacuous) && result.met() {
            continue;
        }
        let what = format!(": {}; {}", result.claim.title, expectation(result));
        section = section.block(Block::Verdict {
            verdict: result.verdict.into(),
            content: vec![Inline::code(result.claim.id.clone()), what.into()],
        });
    }
    section
}

/// Whether a verdict is the expected one.
fn expectation(result: &ClaimResult) -> &'static str {
    match (result.expected, result.met()) {
        (_, false) => "NOT AS EXPECTED",
        (Some(_), true) => "as the run file expects",
        (None, true) => "as expected",
    }
}

fn claims(outcome: &Outcome) -> Section {
    let mut table = Table::new(
        "Checked: steps at which the conclusion was examined. Slack: distance to violation at the \
         tightest step, relative to the larger side. A (1) at the end of a number: within 1 unit of \
         its last digit, certified.",
        [
            "claim", "verdict", "checked", "tightest", "slack", "constant",
        ],
    );
    for result in &outcome.claims {
        let tightest = result.tightest().and_then(|c| c.slack.as_ref());
        let title = format!(
            "{} ({})",
            result.claim.title,
            provenance_word(result.claim.provenance)
        );
        let cell = |content| Cell {
            content,
            number: false,
        };
        let mut verdict = vec![result.verdict.into()];
        if result.expected.is_some() || !result.met() {
            verdict.push(Inline::below(expectation(result)));
        }
        table = table.row([
            cell(vec![
                Inline::code(result.claim.id.clone()),
                Inline::below(title),
            ]),
            cell(verdict),
            Cell::number(grouped(result.checked)),
            Cell::number(tightest.map_or("–".into(), |s| grouped(s.step))),
            cell(lines(&slack_text(result))),
            cell(lines(&constant_text(result))),
        ]);
    }
    let section = Section::new("All claims").anchor("claims");
    if outcome.claims.is_empty() {
        return section.block(Block::paragraph("The run names no claims."));
    }
    section.block(Block::Table(table))
}

/// The lines of a text below each other.
fn lines(text: &str) -> Vec<Inline> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let mut content = vec![Inline::from(first)];
    content.extend(lines.map(Inline::below));
    content
}

fn for_all_time(outcome: &Outcome) -> Section {
    let section = Section::new("For all time").anchor("for-all-time");
    let all_time = &outcome.all_time;
    if let Some(step) = all_time.escape {
        let text = format!(
            "The run diverges: from step {} on |α| at least doubles at every step, for ever (Theorem E).",
            grouped(step)
        );
        return section.block(Block::paragraph(text));
    }
    if !all_time.is_closed() {
        let mut text = not_closed(all_time);
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        return section.block(Block::paragraph(text + "."));
    }
    let mut pairs = Vec::new();
    if let Some(trap) = &all_time.delta_trap {
        let limit = if trap.latest.limit_at_most_edge {
            "L → 0 and lim η·S ≤ 2"
        } else {
            "L → 0"
        };
        pairs.push(pair(
            "δ-trap (Theorem 13)",
            format!(
                "closed at step {}: {limit}; from step {} on η·S ≤ 2 + {}",
                grouped(trap.first),
                grouped(trap.latest.step),
                decimal::upper(&trap.latest.excess_bound, 5)
            ),
        ));
    }
    if let Some(trap) = &all_time.final_trap {
        pairs.push(pair(
            "final trap (Theorem 12)",
            format!(
                "closed at step {}: lim η·S = {}",
                grouped(trap.first),
                trap.latest.limit
            ),
        ));
    }
    section
        .block(Block::paragraph(
            "A trap is a state from which all later iterates are bounded: what it proves holds for \
             ever, not only for the steps that were made.",
        ))
        .block(Block::Pairs { pairs })
        .block(bounds(
            all_time,
            "δ",
            "S ≤ (2 + δ)/η for all t ≥ T(δ)",
            &all_time.sharpness,
        ))
        .block(bounds(
            all_time,
            "ε",
            "L ≤ ε for all t ≥ T(ε)",
            &all_time.loss,
        ))
}

fn bounds(all_time: &AllTime, name: &str, caption: &str, rows: &[Row]) -> Block {
    let header = [name.to_string(), format!("T({name})"), "proved".to_string()];
    let mut table = Table::new(caption, header);
    for row in rows {
        let (step, how) = match &row.from {
            Some(from) => (
                grouped(from.step),
                format!(
                    "by the {} at step {}",
                    from.by.words(),
                    grouped(from.proved_at)
                ),
            ),
            None if all_time.limit_is_known() => (
                "some step".to_string(),
                "more steps would make it explicit".to_string(),
            ),
            None => ("–".to_string(), "more steps are needed".to_string()),
        };
        table = table.row([short(&row.target).into(), Cell::number(step), how.into()]);
    }
    Block::Table(table)
}

fn witnesses(outcome: &Outcome) -> Section {
    let mut section = Section::new("Witnesses and obstacles").anchor("witnesses");
    for result in &outcome.claims {
        if let Some(violation) = &result.violation {
            section = section
                .block(Block::verdict(
                    result.verdict,
                    Inline::code(result.claim.id.clone()),
                ))
                .block(witness(result, violation));
        }
        if let Some(obstacle) = &result.obstacle {
            let step = obstacle.step.map_or("–".to_string(), grouped);
            section = section
                .block(Block::verdict(
                    result.verdict,
                    Inline::code(result.claim.id.clone()),
                ))
                .block(Block::Pairs {
                    pairs: vec![
                        pair("reason", obstacle.reason.word()),
                        pair("at step", step),
                        pair("what", obstacle.detail.clone()),
                        pair(
                            "until then",
                            format!("held at the {} steps checked", grouped(result.checked)),
                        ),
                    ],
                });
        }
    }
    let notes: Vec<_> = outcome
        .claims
        .iter()
        .filter_map(|r| r.note.as_ref().map(|note| pair(&r.claim.id, note.clone())))
        .collect();
    if !notes.is_empty() {
        section = section
            .block(Block::paragraph("Notes on claims:"))
            .block(Block::Pairs { pairs: notes });
    }
    if section.blocks.is_empty() {
        section = section.block(Block::paragraph(
            "No claim is violated, and none is undecided.",
        ));
    }
    section
}

fn witness(result: &ClaimResult, violation: &Violation) -> Block {
    let mut pairs = vec![
        pair(
            "violated",
            format!(
                "{} times, first at step {}",
                grouped(result.violated),
                grouped(violation.step)
            ),
        ),
        pair("what fails", Inline::code(violation.clause.clone())),
    ];
    if let Some((left, right)) = &violation.sides {
        pairs.push(pair("left side", side(left, decimal::DEFAULT_DIGITS)));
        pairs.push(pair("right side", side(right, decimal::DEFAULT_DIGITS)));
    }
    let state = &violation.state;
    pairs.push(pair("α there", state.alpha.to_string()));
    pairs.push(pair("β₁ there", state.beta1.to_string()));
    pairs.push(pair("β₂ there", state.beta2.to_string()));
    if let Some(witness) = &violation.rayleigh {
        let vector: Vec<String> = witness.vector.iter().map(rational::format).collect();
        pairs.push(pair(
            "check by hand",
            format!(
                "v = ({}) has vᵀ∇²L v/|v|² = {}, which S is at least",
                vector.join(", "),
                witness.quotient
            ),
        ));
    }
    Block::Pairs { pairs }
}

fn the_run(run: &Run, outcome: &Outcome) -> Section {
    let mut section = Section::new("The run").anchor("run");
    section.blocks.extend(inputs(run));
    let mut pairs: Vec<super::html::Pair> = Vec::new();
    for (name, value) in facts(run, outcome) {
        match pairs.last_mut() {
            Some(last) if name.is_empty() => last.value.push(format!("; {value}").into()),
            _ => pairs.push(pair(&name, value)),
        }
    }
    section = section
        .block(Block::heading("What happened"))
        .block(Block::Pairs { pairs });
    let mut pairs = vec![
        pair("program", format!("edgecert {}", env!("CARGO_PKG_VERSION"))),
        pair("enclosures", engine_words(outcome.engine)),
    ];
    for pass in &outcome.passes {
        let left = match pass.accuracy_bits {
            bits if bits > 0 => format!("{bits} bits left"),
            _ => "nothing left".to_string(),
        };
        let text = format!(
            "{} bits; {left} at step {}",
            pass.precision,
            grouped(pass.steps)
        );
        pairs.push(pair("precision", text));
    }
    pairs.push(pair(
        "time",
        format!("{:.2} s", outcome.elapsed.as_secs_f64()),
    ));
    if let Some(a) = &outcome.all_time.flow_limit {
        pairs.push(pair(
            "flow from the last step",
            format!("ends at ηλ₁α² = {}", brief(a)),
        ));
    }
    section
        .block(Block::heading("With what"))
        .block(Block::Pairs { pairs })
}

/// The verdicts with their meanings.
const VERDICTS: [(Verdict, &str); 4] = [
    (
        Verdict::Certified,
        "proved for the exact real-number trajectory of the stated rational inputs, at every step the \
         claim speaks about, up to the run's last step (or for ever, if it says so).",
    ),
    (
        Verdict::Violated,
        "its negation is proved: there is a step, with enclosures of both sides (and for S a vector \
         whose Rayleigh quotient exceeds the bound).",
    ),
    (
        Verdict::Undecided,
        "neither; the reason says what stopped it.",
    ),
    (
        Verdict::Vacuous,
        "its hypotheses are proved never to hold on this run.",
    ),
];

fn meanings() -> Section {
    let mut section = Section::new("What it means").anchor("meaning");
    for (verdict, meaning) in VERDICTS {
        section = section.block(Block::verdict(verdict, meaning));
    }
    section
        .block(Block::paragraph(
            "An enclosure is a set that is proved to contain the exact value; that it is small is \
             quality, not correctness. A claim whose slack is provably large everywhere is marked \
             loose; a tight constant is the best value of the claim's constant on this run.",
        ))
        .block(Block::paragraph(
            "Provenance: stated is what the paper says in its abstract, theorem list or captions; \
             reconstructed is our reading of a named result whose wording we did not have; derived \
             is ours.",
        ))
}
