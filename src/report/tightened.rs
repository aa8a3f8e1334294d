//! The report of `edgecert tighten`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::{ball, enclosure};
use super::layout::{Cell, Style, Table, paragraph};
use super::{grouped, heading, provenance_word, shown, text};
use crate::input::Run;
use crate::number::{Interval, decimal, rational};
use crate::tighten::{Best, TightRun, Tightened};
use crate::verdict::all_time::Excess;

/// How to read the table.
const LEGEND: &str = "\
best: the value at which the claim would be tight on this run, certified. attained at: the step that
decides it. distance: claimed − best.
";
/// Least widths of the columns.
const WIDTHS: [u16; 6] = [34, 11, 9, 32, 13, 16];
/// Rows of δ*(T) that are printed.
const STAIRS: usize = 24;

/// For people.
pub fn render(run: &Run, result: &TightRun, style: Style) -> String {
    let mut out = format!("{}\n", heading(run));
    if result.interrupted {
        out.push_str("INTERRUPTED: some constants are not known.\n");
    }
    if result.constants.is_empty() {
        out.push_str("No claim of the run has a constant.\n");
    } else {
        let _ = writeln!(out, "{}", table(result, style));
        out.push_str(&paragraph(LEGEND, style));
        rest(&mut out, result);
    }
    excess(&mut out, &result.all_time.excess, run.steps);
    out
}

fn table(result: &TightRun, style: Style) -> String {
    let digits = digits(&result.width);
    let header = [
        "claim",
        "constant",
        "claimed",
        "best",
        "attained at",
        "distance",
    ];
    let mut table = Table::new(header).widths(WIDTHS);
    for item in &result.constants {
        let Some((best, step)) = best_text(item, digits) else {
            continue;
        };
        let distance = item
            .distance()
            .map_or("–".into(), |d| decimal::format(&d, 5));
        table.row([
            Cell::new(&item.claim.id),
            Cell::new(&item.constant),
            Cell::new(shown(&item.claimed)),
            Cell::new(best),
            Cell::right(grouped(step)),
            Cell::new(distance),
        ]);
    }
    table.render(style)
}

/// Digits that show an enclosure of this width, and at least a dozen.
fn digits(width: &rug::Rational) -> usize {
    let bits = width
        .denom()
        .significant_bits()
        .saturating_sub(width.numer().significant_bits());
    // log₁₀ 2 < 0.302; two more for the size of the value.
    usize::try_from(u64::from(bits) * 302 / 1000 + 2)
        .unwrap_or(usize::MAX)
        .clamp(12, 300)
}

/// The best value and where it is attained; `None` where no value tried was better.
fn best_text(item: &Tightened, digits: usize) -> Option<(String, u64)> {
    match &item.best {
        Best::Attained { value, step } => Some((decimal::format(value, digits), *step)),
        Best::Between {
            certified,
            violated,
            step,
        } => {
            let hull = Interval::from_ends(certified.min(violated), certified.max(violated));
            let side = if certified < violated {
                "below"
            } else {
                "above"
            };
            let value = decimal::format(&hull, digits);
            Some((format!("{value} (certified {side})"), *step))
        }
        Best::Indifferent { .. } | Best::Unknown(_) => None,
    }
}

/// The constants without a best value.
fn rest(out: &mut String, result: &TightRun) {
    for item in &result.constants {
        let name = format!(
            "{} {} = {}",
            item.claim.id,
            item.constant,
            text::short(&item.claimed)
        );
        let _ = match &item.best {
            Best::Indifferent { from, to } => writeln!(
                out,
                "· {name}: no value tried, from {} to {}, changes the verdict ({})",
                text::short(from),
                text::short(to),
                item.verdict.word()
            ),
            Best::Unknown(why) => writeln!(out, "? {name}: not found ({why})"),
            Best::Attained { .. } | Best::Between { .. } => continue,
        };
    }
}

/// δ*(T).
fn excess(out: &mut String, stairs: &[Excess], steps: u64) {
    out.push_str(
        "\nS(θ_t) ≤ (2 + δ*(T))/η for all t ≥ T, where δ*(T) = sup over t ≥ T of ηS(θ_t) − 2\n",
    );
    if stairs.is_empty() {
        let _ = writeln!(
            out,
            "  no trap closed within {} steps: nothing bounds the later ones",
            grouped(steps)
        );
        return;
    }
    let _ = writeln!(out, "  {:<14}δ*(T)", "T");
    for stair in thinned(stairs) {
        let _ = writeln!(
            out,
            "  {:<14}{}",
            grouped(stair.step),
            decimal::format(&stair.value, 8)
        );
    }
}

/// At most [`STAIRS`] of them, the first and the last included.
fn thinned(stairs: &[Excess]) -> Vec<&Excess> {
    if stairs.len() <= STAIRS {
        return stairs.iter().collect();
    }
    (0..STAIRS)
        .map(|i| &stairs[i * (stairs.len() - 1) / (STAIRS - 1)])
        .collect()
}

/// For programs.
pub fn document(results: &[(&Run, TightRun)]) -> Value {
    json!({
        "schema_version": super::json::SCHEMA_VERSION,
        "program": "edgecert",
        "version": env!("CARGO_PKG_VERSION"),
        "runs": results.iter().map(|(run, result)| json!({
            "file": run.file.path.display().to_string(),
            "title": run.title,
            "interrupted": result.interrupted,
            "constants": result.constants.iter().map(constant).collect::<Vec<_>>(),
            "delta_star": result.all_time.excess.iter().map(|stair| json!({
                "from_step": stair.step,
                "value": enclosure(&stair.value),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn constant(item: &Tightened) -> Value {
    let best = match &item.best {
        Best::Attained { value, step } => {
            json!({ "kind": "attained", "value": ball(value), "step": step })
        }
        Best::Between {
            certified,
            violated,
            step,
        } => json!({
            "kind": "between",
            "certified_with": rational::format(certified),
            "violated_with": rational::format(violated),
            "step": step,
        }),
        Best::Indifferent { from, to } => json!({
            "kind": "indifferent",
            "from": rational::format(from),
            "to": rational::format(to),
        }),
        Best::Unknown(why) => json!({ "kind": "unknown", "why": why }),
    };
    json!({
        "claim": item.claim.id,
        "provenance": provenance_word(item.claim.provenance),
        "constant": item.constant,
        "claimed": rational::format(&item.claimed),
        "verdict": item.verdict.word(),
        "best": best,
        "claimed_minus_best": item.distance().as_ref().map(enclosure),
    })
}
