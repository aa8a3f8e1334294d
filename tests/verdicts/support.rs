//! Claims from their text, and certified runs of one claim.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use edgecert::certify::{Options, Outcome, certify};
use edgecert::claim::{Claim, SourceFile, file};
use edgecert::input::Run;
use edgecert::model::{self, Parameters};
use edgecert::verdict::{ClaimResult, Reason, Verdict};

use crate::common::{parameters, run, start};

/// λ₁ = 1, λ₂ = 1/100, no clip: h = η.
pub fn slow(eta: &str) -> Parameters {
    parameters("1", "1/100", eta, None)
}

/// A run that takes no time: a = 5/4 α² starts at 5/16.
pub fn small(steps: u64) -> Run {
    run(
        parameters("100", "1/100", "1/80", None),
        start("1/2", "1/10", "1"),
        steps,
    )
}

/// A claim that says these lines of its file.
pub fn claim(lines: &str) -> Arc<Claim> {
    let text = format!(
        "id = 'x'\ntitle = 'x'\nsource = 'test'\nprovenance = 'derived'\nproof = 'none'\n{lines}\n"
    );
    let source = SourceFile {
        path: PathBuf::from("x.toml"),
        text,
    };
    let parsed = file::parse(&Arc::new(source), &model::names());
    Arc::new(parsed.unwrap_or_else(|e| panic!("{e}\n{lines}")))
}

/// No more than these bits.
pub fn at_most(bits: u32) -> Options {
    Options {
        max_precision: bits,
        ..Options::default()
    }
}

/// The outcome of a run with this claim.
pub fn outcome(run: &Run, lines: &str, options: &Options, interrupted: bool) -> Outcome {
    let mut run = run.clone();
    run.claims = vec![claim(lines)];
    let interrupt = AtomicBool::new(interrupted);
    certify(&run, options, &interrupt, &mut |_| {}).unwrap_or_else(|e| panic!("{e}\n{lines}"))
}

pub fn check(run: &Run, lines: &str) -> ClaimResult {
    check_with(run, lines, &Options::default())
}

pub fn check_with(run: &Run, lines: &str, options: &Options) -> ClaimResult {
    outcome(run, lines, options, false)
        .claims
        .pop()
        .expect("one claim")
}

#[track_caller]
pub fn certified(run: &Run, lines: &str) -> ClaimResult {
    is(check(run, lines), Verdict::Certified)
}

#[track_caller]
pub fn vacuous(run: &Run, lines: &str) -> ClaimResult {
    is(check(run, lines), Verdict::Vacuous)
}

#[track_caller]
pub fn violated(run: &Run, lines: &str, step: u64) -> ClaimResult {
    let result = is(check(run, lines), Verdict::Violated);
    assert_eq!(result.violation.as_ref().map(|v| v.step), Some(step));
    result
}

#[track_caller]
pub fn undecided(run: &Run, lines: &str, reason: Reason) -> ClaimResult {
    stopped(check(run, lines), reason)
}

#[track_caller]
pub fn stopped(result: ClaimResult, reason: Reason) -> ClaimResult {
    let result = is(result, Verdict::Undecided);
    let obstacle = result.obstacle.as_ref().expect("an obstacle");
    assert_eq!(obstacle.reason, reason, "{obstacle:?}");
    result
}

#[track_caller]
pub fn is(result: ClaimResult, verdict: Verdict) -> ClaimResult {
    assert_eq!(result.verdict, verdict, "{result:?}");
    result
}
