//! Deviations of a trace, in words.

use super::{AuditReport, ending_words};
use crate::audit::compare::OperationAt;
use crate::audit::deviation::{Deviation, Deviations, MOST_STILL, most_error};
use crate::audit::events::Ending;
use crate::audit::outcome::Agreement;
use crate::audit::run::Variant;
use crate::audit::source::Distorted;
use crate::audit::{Format, Order};
use crate::number::{Interval, Number as _, decimal, rational};
use crate::report::{grouped, steps};

/// The signs of the coordinates.
pub(super) const SIGNS: [&str; 3] = ["α", "β₁", "β₂"];

/// Digits of numbers in sentences.
const DIGITS: usize = 2;
/// Deviations of one variant in the first lines.
const MOST_TOLD: usize = 3;

/// A deviation of the trace of an order.
pub(super) fn deviation(deviation: &Deviation, order: &Order) -> String {
    match deviation {
        Deviation::Input(input) => stored(input),
        Deviation::NothingMoves => "nothing moves".into(),
        Deviation::Invalid(at) => format!(
            "NaN within the step from {}{}",
            grouped(at.step),
            place(order, Some(*at))
        ),
        Deviation::Ending {
            observed,
            exact,
            operation,
        } => format!(
            "{}{}, while the exact trajectory {}",
            ends(*observed),
            place(order, *operation),
            ends(*exact)
        ),
        Deviation::EndingStep { observed, exact } => format!(
            "{}, the exact trajectory at {}",
            ending_words(*observed),
            exact.step().map_or("–".into(), grouped)
        ),
        Deviation::Crossings { observed, exact } => {
            let word = if *observed == 1 {
                "crossing"
            } else {
                "crossings"
            };
            format!(
                "{} upward {word} instead of {}",
                grouped(*observed),
                grouped(*exact)
            )
        }
        Deviation::CrossingStep {
            number,
            observed,
            exact,
        } => format!(
            "upward crossing {number} at step {}, the exact one at {}",
            grouped(*observed),
            grouped(*exact)
        ),
        Deviation::StandsStill {
            coordinate,
            total,
            steps: [first, last],
            at_zero,
        } => {
            let longest = last - first + 1;
            let place = if *at_zero { " at 0" } else { "" };
            let row = if longest == *total {
                String::new()
            } else {
                format!("{} in a row, ", grouped(longest))
            };
            format!(
                "{} stands still{place} for {} steps ({row}from step {} on), while the exact one moves",
                SIGNS[*coordinate],
                grouped(*total),
                grouped(*first)
            )
        }
        Deviation::Pinned {
            coordinate,
            steps: [first, last],
        } => format!(
            "{} hovers at the least numbers of the format for {} steps, from step {} on",
            SIGNS[*coordinate],
            grouped(last - first + 1),
            grouped(*first)
        ),
        Deviation::LocalError {
            coordinate,
            first,
            largest,
            largest_ulps,
        } => {
            let size = match (largest_ulps, largest) {
                (Some(ulps), _) => format!(
                    "{} ulp ({})",
                    decimal::upper(&ulps.value, DIGITS),
                    steps::at(&ulps.attained)
                ),
                (None, Some(relative)) => {
                    format!(
                        "{} ({})",
                        percent(&relative.value),
                        steps::at(&relative.attained)
                    )
                }
                (None, None) => "more than any part of the exact step, which ends at 0".into(),
            };
            format!(
                "a single step of {} errs by {size}, beyond the bound first at step {}",
                SIGNS[*coordinate],
                grouped(*first)
            )
        }
        Deviation::Final { coordinate, error } => format!(
            "{} is off by {} at the last step",
            SIGNS[*coordinate],
            percent(error)
        ),
        Deviation::FinalSize => "|β₁| has another size at the last step".into(),
    }
}

fn ends(ending: Ending) -> String {
    match ending {
        Ending::Above | Ending::Below => format!("ends {}", ending_words(ending)),
        _ => ending_words(ending),
    }
}

/// `, in beta1/beta1`.
fn place(order: &Order, at: Option<OperationAt>) -> String {
    let expression = at.and_then(|at| order.expression(at.instruction));
    expression.map_or(String::new(), |text| format!(", in {text}"))
}

fn stored(input: &Distorted) -> String {
    let sign = match input.name {
        "eta" => "η",
        "lambda1" => "λ₁",
        "lambda2" => "λ₂",
        "projection" => "the bound of |β₁|",
        "alpha" => "α at the start",
        "beta1" => "β₁ at the start",
        _ => "β₂ at the start",
    };
    match &input.stored {
        None => format!("{sign} is stored as infinity"),
        Some(_) if input.is_zero() => format!("{sign} is stored as 0"),
        Some(stored) => {
            let error = rug::Rational::from(stored - &input.exact) / &input.exact;
            format!(
                "{sign} is stored as {}, off by {}",
                decimal::format(&Interval::from_rational(stored), 5),
                percent(&Interval::from_rational(&error.abs()))
            )
        }
    }
}

fn percent(error: &Interval) -> String {
    let hundred = Interval::from_rational(&rug::Rational::from(100));
    format!("{} %", decimal::upper(&error.mul(&hundred), DIGITS))
}

/// All deviations of the trace of an order, each in a few words.
pub(super) fn deviations(found: &Deviations, order: &Order) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for one in &found.certain {
        match (one, told.last_mut()) {
            (Deviation::NothingMoves, Some(why)) => why.push_str(": nothing moves"),
            _ => told.push(deviation(one, order)),
        }
    }
    told
}

/// What a reader must know: a line for each kind of variant, by format.
pub(super) fn headlines(report: &AuditReport<'_>) -> Vec<String> {
    struct Group<'a> {
        format: &'a Format,
        kinds: Vec<&'static str>,
        text: String,
        orders: Vec<&'a str>,
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    let standings = report.deviations().into_iter().zip(report.agreements());
    for (variant, (found, agreement)) in report.audit.variants.iter().zip(standings) {
        let kinds = match agreement {
            Agreement::Agrees => vec!["agrees"],
            Agreement::Differs => found.certain.iter().map(Deviation::kind).collect(),
            _ => vec!["open"],
        };
        let known =
            |group: &&mut Group<'_>| *group.format == variant.format && group.kinds == kinds;
        match groups.iter_mut().find(known) {
            Some(group) => group.orders.push(&variant.order.id),
            None => groups.push(Group {
                format: &variant.format,
                text: headline(variant, &found, agreement),
                kinds,
                orders: vec![&variant.order.id],
            }),
        }
    }
    groups
        .into_iter()
        .map(|group| {
            let others = match group.orders.len() {
                1 => String::new(),
                2 => format!(" (and {} likewise)", group.orders[1]),
                n => format!(" (and {} other orders likewise)", n - 1),
            };
            format!(
                "{}, {}{others}: {}",
                group.format, group.orders[0], group.text
            )
        })
        .collect()
}

/// What a reader must know of one variant.
fn headline(variant: &Variant, found: &Deviations, agreement: Agreement) -> String {
    let mut told = deviations(found, &variant.order);
    let flips = variant.flips().count();
    match agreement {
        Agreement::Agrees => return "reproduces the truth, within the bounds below".into(),
        Agreement::Differs if told.is_empty() => {
            let word = if flips == 1 {
                "claim flips"
            } else {
                "claims flip"
            };
            return format!("{flips} {word}");
        }
        Agreement::Differs => {}
        Agreement::Open | Agreement::Incomparable => {
            return "not decided whether it reproduces the truth".into();
        }
    }
    let more = told.len().saturating_sub(MOST_TOLD);
    told.truncate(MOST_TOLD);
    if more > 0 {
        told.push(format!("{more} more below"));
    }
    told.join("; ")
}

/// The bounds, for people.
pub(super) fn bounds() -> String {
    let percent = rational::format(&(most_error() * 100u32));
    format!(
        "A variant reproduces the truth if no claim flips, inputs are stored within 2^(1−p), the ending and the \
         number of upward crossings are the same, divergence and crossings happen at the same step (within 1 %, or \
         1 step), no coordinate stands still or hovers at the least numbers for more than {MOST_STILL} steps while \
         the exact one moves, no single step errs by more than 2^(8−p) of the larger of the \
         coordinate before and after the exact step, and at the last step α and β₂ are within \
         {percent} % and |β₁| within a factor of 2 (or 1 % of its logarithm); p: bits of precision."
    )
}
