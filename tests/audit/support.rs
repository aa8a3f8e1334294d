//! Runs with known outcomes, and audits of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use edgecert::audit::events::Ending;
use edgecert::audit::observe::{Claims, Observation};
use edgecert::audit::run::{Options, Variant};
use edgecert::audit::source::{Inputs, Source};
use edgecert::audit::{Audit, Format, audit};
use edgecert::claim::{Claim, SourceFile, file};
use edgecert::input::Run;
use edgecert::model;

use crate::common::{parameters, run, start};
use crate::traces::order;

/// A claim that says these lines of its file.
pub fn claim(id: &str, lines: &str) -> Arc<Claim> {
    let text = format!(
        "id = '{id}'\ntitle = 'x'\nsource = 'test'\nprovenance = 'derived'\nproof = 'none'\n{lines}\n"
    );
    let source = SourceFile {
        path: PathBuf::from("x.toml"),
        text,
    };
    let parsed = file::parse(&Arc::new(source), &model::names());
    Arc::new(parsed.unwrap_or_else(|e| panic!("{e}\n{lines}")))
}

/// λ = (100, 1/100) and a start, as in all the known runs.
pub fn known(eta: &str, [alpha, beta1, beta2]: [&str; 3], steps: u64, claims: &[&str]) -> Run {
    let mut run = run(
        parameters("100", "1/100", eta, None),
        start(alpha, beta1, beta2),
        steps,
    );
    let numbered = claims.iter().enumerate();
    run.claims = numbered
        .map(|(i, lines)| claim(&format!("c{i}"), lines))
        .collect();
    run
}

/// Formats in orders, and nothing else.
pub fn only(formats: &[&str], orders: &[&str]) -> Options {
    Options {
        formats: formats
            .iter()
            .map(|text| Format::parse(text).expect(text))
            .collect(),
        orders: orders.iter().map(|id| Arc::new(order(id))).collect(),
        robustness: Vec::new(),
        remedies: None,
        ..Options::usual().expect("built in")
    }
}

pub fn audited(run: &Run, options: &Options) -> Audit {
    audit(run, options, &AtomicBool::new(false), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"))
}

/// What is seen of a run's claims on the trace of a format in an order.
pub fn observed(run: &Run, format: &str, id: &str) -> Vec<Observation> {
    let inputs = Inputs::of(run).expect("a point");
    let format = Format::parse(format).expect("a format");
    let source = Source::trace(&inputs, &format, &Arc::new(order(id)));
    let claims = Claims::of(run).expect("claims");
    claims
        .observe(&claims.readable, &source, &AtomicBool::new(false))
        .expect("read")
}

/// Ending, upward crossings, and S at the end as it is tabulated: to 1/100 (0 where it
/// diverges).
pub fn outcome(ending: Ending, upward: u64, eta_sharpness: Option<f64>, eta: f64) -> String {
    let sharpness = eta_sharpness.map_or(0.0, |x| x / eta);
    match ending {
        Ending::Diverged(_) | Ending::Infinite(_) | Ending::NotANumber(_) => "DIV".into(),
        Ending::Above => format!("> {upward} {sharpness:.2}"),
        Ending::Below => format!("< {upward} {sharpness:.2}"),
        Ending::Open => "open".into(),
    }
}

pub fn of_variant(variant: &Variant, eta: f64) -> String {
    let events = &variant.outcome.events;
    let sharpness = variant.outcome.eta_sharpness.map(|x| x.upper_f64());
    outcome(events.ending, events.upward_count, sharpness, eta)
}
