//! Reports: the same outcome for people ([`text`]), for programs ([`json`]) and for services
//! that show test results ([`junit`]); and what changed between two of them ([`regression`]).
//! Reports without a run: [`claims`]; with perturbed ones: [`falsification`]; on best constants:
//! [`tightened`]; on gradient flow: [`flow`]. What drawn reports are made of: [`chart`], [`html`];
//! what printed ones: [`layout`].

pub mod audit;
pub mod certified;
pub mod chart;
pub mod claims;
pub mod falsification;
pub mod figures;
pub mod flow;
pub mod html;
pub mod json;
pub mod junit;
pub mod layout;
pub mod regression;
pub mod text;
pub mod tightened;

use rug::Rational;

use crate::certify::Outcome;
use crate::claim::Provenance;
use crate::enclosure::Engine;
use crate::input::{Range, Run};
use crate::number::{Interval, decimal, rational};
use crate::verdict::Reason;
use crate::visible;

/// A run and what came of it.
#[derive(Debug)]
pub struct Report<'a> {
    /// The run.
    pub run: &'a Run,
    /// The outcome.
    pub outcome: &'a Outcome,
}

/// A run's title and file, in a line.
pub fn heading(run: &Run) -> String {
    let text = format!("{}  ({})", run.title, run.file.path.display());
    visible::line(&text).into_owned()
}

/// The word reports use for a provenance.
pub fn provenance_word(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Stated => "stated",
        Provenance::Reconstructed => "reconstructed",
        Provenance::Derived => "derived",
    }
}

/// The words reports use for an engine.
fn engine_words(engine: Engine) -> &'static str {
    match engine {
        Engine::Centred => "centre + error set",
        Engine::Reference => "reference (naive balls)",
    }
}

/// What ended a run early, in words; `None` if the user did.
pub(crate) fn ended_because(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::Interrupted => None,
        Reason::Escape => Some("the iterates leave every bounded range"),
        Reason::Precision
        | Reason::StartBox
        | Reason::Clip
        | Reason::Undefined
        | Reason::Horizon => Some("the enclosures are too wide"),
    }
}

/// A start coordinate, exactly: `31/50`, or `[62/100, 64/100]`.
pub(crate) fn range_text(range: &Range) -> String {
    let exact = rational::format;
    if range.is_point() {
        exact(&range.lower)
    } else {
        format!("[{}, {}]", exact(&range.lower), exact(&range.upper))
    }
}

/// A number for people: exactly where that takes a line at most, else an enclosure of few digits.
pub(crate) fn shown(q: &Rational) -> String {
    /// Longest exact number, in characters.
    const LONGEST: usize = 60;
    match rational::format(q) {
        exact if exact.len() <= LONGEST => exact,
        _ => decimal::format(&Interval::from_rational(q), decimal::DEFAULT_DIGITS),
    }
}

/// A start coordinate for people.
pub(crate) fn shown_range(range: &Range) -> String {
    if range.is_point() {
        shown(&range.lower)
    } else {
        format!("[{}, {}]", shown(&range.lower), shown(&range.upper))
    }
}

/// Thousands separated by thin spaces: `10 000`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
