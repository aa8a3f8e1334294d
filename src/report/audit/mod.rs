//! Reports of `edgecert audit`: [`text`] for people, [`json`] for programs, [`html`] for a
//! browser.
//!
//! Observed and certified values never share a column: a trace's own numbers are *observed*;
//! what is proved of the exact trajectory, or of a trace's distance from it, is *certified*.

pub mod drawing;
pub mod html;
pub mod json;
pub mod text;
mod words;

use crate::audit::compare::{Comparison, FirstStep, TraceComparison};
use crate::audit::deviation::Deviations;
use crate::audit::events::Ending;
use crate::audit::outcome::Agreement;
use crate::audit::run::{Audit, Variant};
use crate::input::Run;

/// All that an audit found out about a run.
#[derive(Debug)]
pub struct AuditReport<'a> {
    /// The run.
    pub run: &'a Run,
    /// Verdicts, causes, robustness, remedies.
    pub audit: &'a Audit,
    /// The traces of [`Audit::variants`], in their order, against the exact trajectory.
    pub comparison: &'a Comparison,
    /// The thresholds of first divergence, in the order of the comparison.
    pub thresholds: &'a [rug::Rational],
}

impl AuditReport<'_> {
    /// The variants with their comparison.
    fn rows(&self) -> impl Iterator<Item = (&Variant, &TraceComparison)> {
        self.audit.variants.iter().zip(&self.comparison.traces)
    }

    /// The formats, in order, each with its variants.
    fn formats(&self) -> Vec<(String, Vec<(&Variant, &TraceComparison)>)> {
        let mut formats: Vec<(String, Vec<(&Variant, &TraceComparison)>)> = Vec::new();
        for row in self.rows() {
            let name = row.0.format.to_string();
            match formats.last_mut() {
                Some((last, rows)) if *last == name => rows.push(row),
                _ => formats.push((name, vec![row])),
            }
        }
        formats
    }

    /// In what each variant's trace deviates from the exact trajectory, in their order.
    fn deviations(&self) -> Vec<Deviations> {
        let (audit, exact) = (self.audit, &self.comparison.truth);
        self.rows()
            .map(|(variant, trace)| Deviations::of(audit, exact, variant, trace))
            .collect()
    }

    /// Does each variant reproduce the truth: no claim flips, and nothing deviates beyond the
    /// bounds of [`crate::audit::deviation`]?
    pub fn agreements(&self) -> Vec<Agreement> {
        let deviations = self.deviations();
        let variants = self.audit.variants.iter().enumerate();
        let agreement = |(i, variant): (usize, &Variant)| {
            let found = deviations
                .get(i)
                .map_or(Agreement::Open, Deviations::agreement);
            if variant.fails() {
                Agreement::Differs
            } else if found == Agreement::Agrees && !variant.is_decided() {
                Agreement::Open
            } else {
                found
            }
        };
        variants.map(agreement).collect()
    }

    /// The exit code: 0 every variant reproduces what is certified, 10 one certainly does not,
    /// 20 something is not decided.
    pub fn exit_code(&self) -> u8 {
        let agreements = self.agreements();
        if agreements.contains(&Agreement::Differs) {
            10
        } else if self.audit.interrupted
            || self.comparison.interrupted
            || agreements.iter().any(|a| *a != Agreement::Agrees)
        {
            20
        } else {
            0
        }
    }
}

/// How a trajectory ends, in words.
fn ending_words(ending: Ending) -> String {
    match ending {
        Ending::Diverged(t) => format!("diverges at step {}", super::grouped(t)),
        Ending::Infinite(t) => format!("infinite at step {}", super::grouped(t)),
        Ending::NotANumber(t) => format!("NaN at step {}", super::grouped(t)),
        Ending::Above => "above 2/η".into(),
        Ending::Below => "below 2/η".into(),
        Ending::Open => "not decided".into(),
    }
}

/// The sign and the word of an agreement.
fn agreement_words(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Agrees => "as certified",
        Agreement::Differs => "differs",
        Agreement::Open => "open",
        Agreement::Incomparable => "incomparable",
    }
}

/// A first step: one number where it is decided, `–` for never.
fn first_words(first: &FirstStep) -> String {
    match (first.earliest, first.latest) {
        (None, _) => "–".into(),
        (Some(t), Some(u)) if t == u => super::grouped(t),
        (Some(t), Some(u)) => format!("{} … {}", super::grouped(t), super::grouped(u)),
        (Some(t), None) => format!("≥ {} (open)", super::grouped(t)),
    }
}

/// A step that may not be.
fn step_words(step: Option<u64>) -> String {
    step.map_or("–".into(), super::grouped)
}

/// What the CPU calls itself, and its features that traces could depend on. (They do not: in
/// f32 and f64 every operation is IEEE 754's.)
fn cpu() -> serde_json::Value {
    let mut features: Vec<&str> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    for (name, there) in [
        ("sse2", is_x86_feature_detected!("sse2")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ] {
        if there {
            features.push(name);
        }
    }
    serde_json::json!({ "architecture": std::env::consts::ARCH, "features": features })
}
