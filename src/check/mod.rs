//! The checker of certificates: it shares no code with the engine, and believes nothing.
//!
//! A certificate (`proofs/certificate.md`) holds the exact inputs of a run, statements about it
//! and verdicts. [`check`] reaches the same verdicts by itself, or does not accept it.
//!
//! To be read in this order:
//!
//! 1. [`json`], [`fraction`], [`work`]: one text per content; exact numbers; limits.
//! 2. [`ball`], [`functions`]: sets of real numbers. What is computed contains the exact result.
//! 3. [`orbit`]: the run, and balls around its iterates.
//! 4. [`formula`]: what a statement's trees mean. [`evaluate`]: their values, and what is certain
//!    of a condition (Proposition 1 for the sharpness). [`algebra`]: which equations always hold.
//! 5. [`trap`]: the conditions of Theorems 12, 13 and E, and what follows for all later steps.
//! 6. [`claim`]: what a claim says, its watch along the run, and all later steps.
//! 7. `certificate`, `tail`, [`shipped`] and this file: the form, and what is compared with what.
//!
//! What has to be trusted: this folder, `num-bigint`, `sha2`, the compiler; and the proofs of
//! Propositions 1 and 2 and Theorems 12, 13 and E in `proofs/dynamics.md`. There is no floating
//! point and no `unsafe`; integers do not overflow silently; nothing is asserted by a panic.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]
#![forbid(unsafe_code)]

pub mod algebra;
pub mod ball;
mod certificate;
pub mod claim;
pub mod evaluate;
pub mod formula;
pub mod fraction;
pub mod functions;
pub mod json;
pub mod orbit;
pub mod shipped;
mod tail;
pub mod trap;
pub mod work;

use std::collections::BTreeMap;
use std::fmt;

use ball::Ball;
pub use certificate::{Certificate, FORMAT, VERSIONS};
use claim::{Claim, Trouble, Verdict};
use evaluate::Evaluator;
use formula::{Id, Reader};
use json::Json;
use orbit::{Constants, Iterate, Orbit};
use tail::Stated;
use trap::Trap;
use work::NoValue;

/// The work [`check`] does at most, in nanoseconds or so.
pub const MOST_WORK: u64 = 4_000_000_000_000;

/// Steps between two reports of how far the work is.
const TELL_EVERY: u64 = 64;

/// Why a certificate is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is no certificate in canonical form.
    Format,
    /// It is of a version that is not read.
    Version,
    /// It is one, and what it says is false or not confirmed.
    Rejected,
    /// It is not known, for it takes more work than allowed.
    Work,
}

/// What is wrong with a certificate, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: Kind,
    /// The field, as `claims.3.witness.state`; may be empty.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl Failure {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Failure {
            kind,
            place: String::new(),
            message: message.into(),
        }
    }

    /// Not in the format.
    pub fn format(message: impl Into<String>) -> Self {
        Failure::new(Kind::Format, message)
    }

    /// False, or not confirmed.
    pub fn rejected(message: impl Into<String>) -> Self {
        Failure::new(Kind::Rejected, message)
    }

    /// The same, inside a field or item.
    pub fn inside(mut self, name: &str) -> Self {
        let dot = if self.place.is_empty() { "" } else { "." };
        self.place = format!("{name}{dot}{}", self.place);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// What was checked, of a certificate that is accepted.
#[derive(Clone, Debug)]
pub struct Report {
    /// Hash of the run.
    pub run: String,
    /// Steps of the run.
    pub steps: u64,
    /// Id, verdict, hash of the statement, steps at which the conclusions were examined.
    pub claims: Vec<(String, Verdict, String, u64)>,
    /// What holds from some step on, for ever, in words.
    pub traps: Vec<String>,
    /// Ids of claims of the run that are *not* checked, with the reason.
    pub unchecked: Vec<(String, String)>,
}

/// What came out of every part of a certificate.
pub struct Examination {
    /// The traps, proved or not.
    pub traps: Vec<Result<Trap, String>>,
    /// The claims, in order: confirmed or not.
    pub claims: Vec<Result<(), Trouble>>,
    /// The first step of each that counts.
    pub first_steps: Vec<Option<u64>>,
    /// Bits that are certain of the last iterate that was needed.
    pub accuracy: i64,
    /// The work it took, in nanoseconds or so.
    pub work: u64,
    report: Report,
}

/// Checks a certificate.
///
/// # Errors
/// [`Failure`] at the first field or step that is wrong.
pub fn check(bytes: &[u8]) -> Result<Report, Failure> {
    check_within(bytes, MOST_WORK)
}

/// Checks a certificate with so much work at most.
///
/// # Errors
/// As [`check`].
pub fn check_within(bytes: &[u8], most_work: u64) -> Result<Report, Failure> {
    check_while(bytes, most_work, &mut |_, _| true)
}

/// The same, and tells now and then which of how many steps it has come to.
///
/// # Errors
/// As [`check`]; and where it is told to stop.
pub fn check_while(
    bytes: &[u8],
    most_work: u64,
    goes_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Report, Failure> {
    let certificate = Certificate::read_within(bytes, most_work)?;
    let stated = certificate.stated.clone();
    let ids: Vec<String> = certificate.claims.iter().map(|c| c.id.clone()).collect();
    let steps = certificate.steps();
    let examination = certificate.examine_while(&mut |step| goes_on(step, steps))?;
    for (i, (trap, stated)) in examination.traps.iter().zip(&stated).enumerate() {
        let place = |e: Failure| e.inside(&i.to_string()).inside("tails");
        match trap {
            Ok(trap) => stated.agrees(trap).map_err(place)?,
            Err(why) => return Err(place(Failure::rejected(why.as_str()))),
        }
    }
    for (i, (outcome, id)) in examination.claims.iter().zip(&ids).enumerate() {
        if let Err(trouble) = outcome {
            let step = trouble
                .step
                .map_or(String::new(), |t| format!("step {t}: "));
            let failure = Failure::rejected(format!("{id}: {step}{}", trouble.what));
            return Err(failure.inside(&i.to_string()).inside("claims"));
        }
    }
    Ok(examination.report)
}

impl Certificate {
    /// Checks everything it states.
    ///
    /// # Errors
    /// [`Failure`] where that cannot even begin.
    pub fn examine(self) -> Result<Examination, Failure> {
        self.examine_while(&mut |_| true)
    }

    /// Checks everything it states, with the work that is left, and tells now and then which step it
    /// has come to.
    ///
    /// # Errors
    /// [`Failure`] where that cannot even begin, is too much, or is told to stop.
    pub fn examine_while(
        mut self,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Examination, Failure> {
        /// Operations on balls in a step of gradient descent.
        const STEP: u64 = 40;
        let budget = self.budget.clone();
        let within = || budget.exceeded().map_or(Ok(()), Err);
        let precision = self.precision;
        let _ = budget.operations(STEP, precision);
        let mut evaluators = self.evaluators()?;
        within()?;
        let impossible = |e: NoValue| Failure::rejected(format!("the first iterate: {e:?}"));
        let orbit = Orbit::new(&self.run, self.precision).map_err(impossible)?;
        let mut x = orbit.start(&self.run).map_err(impossible)?;
        let mut traps: Vec<Result<Trap, String>> = self
            .stated
            .iter()
            .map(|_| Err("its step is not reached".into()))
            .collect();
        loop {
            if x.step.is_multiple_of(TELL_EVERY) && !goes_on(x.step) {
                return Err(Failure::rejected("it was stopped before the end"));
            }
            let next = if x.step < self.run.steps && budget.operations(STEP, precision).is_ok() {
                orbit.step(&x).ok()
            } else {
                None
            };
            for (trap, stated) in traps.iter_mut().zip(&self.stated) {
                if stated.step == x.step {
                    *trap = trap::prove(&self.run, &x, &stated.choice, precision, &budget);
                }
            }
            watch(&mut self.claims, &mut evaluators, &x, next.as_ref());
            within()?;
            let waiting = self.stated.iter().any(|stated| stated.step > x.step)
                || self.claims.iter().any(|claim| !claim.is_settled());
            match next {
                Some(next) if waiting => x = next,
                _ => break,
            }
        }
        let proved: Vec<Trap> = traps.iter().flatten().cloned().collect();
        let mut outcomes = Vec::new();
        for claim in &mut self.claims {
            let missing = || Failure::format("a claim without formulas");
            let evaluator = evaluators.get_mut(&claim.bits).ok_or_else(missing)?;
            outcomes.push(claim.finish(evaluator, &self.run, x.step, &proved));
            within()?;
        }
        Ok(Examination {
            work: budget.done(),
            accuracy: x.state.iter().map(Ball::accuracy).min().unwrap_or(0),
            claims: outcomes,
            first_steps: self.claims.iter().map(Claim::first_step).collect(),
            report: Report {
                run: self.run_hash,
                steps: self.run.steps,
                claims: self
                    .claims
                    .iter()
                    .map(|c| (c.id.clone(), c.verdict, c.hash.clone(), c.checked()))
                    .collect(),
                traps: self.stated.iter().map(Stated::words).collect(),
                unchecked: self.unchecked,
            },
            traps,
        })
    }

    fn evaluators(&mut self) -> Result<BTreeMap<u32, Evaluator>, Failure> {
        let mut evaluators = BTreeMap::new();
        for (bits, mut graph) in std::mem::take(&mut self.graphs) {
            let mut reader = Reader::new(&mut graph, &self.run, BTreeMap::new(), BTreeMap::new())?;
            let mut names: BTreeMap<&'static str, Vec<Id>> = BTreeMap::new();
            for name in ["sharpness", "a", "b", "s", "loss", "loss1", "loss2"] {
                let now = reader.value(&Json::Text(name.into()))?;
                let next = reader.value(&Json::Text(format!("{name}'")))?;
                names.insert(name, vec![now, next]);
            }
            let constants = Constants::new(&self.run, bits);
            let constants =
                constants.map_err(|e| Failure::format(format!("the parameters: {e:?}")))?;
            let budget = self.budget.clone();
            let mut evaluator = Evaluator::new(graph, names, constants, bits, budget);
            evaluator.by_balls = self.by_balls;
            evaluators.insert(bits, evaluator);
        }
        Ok(evaluators)
    }
}

/// Shows a pair of iterates to the claims that are still open.
fn watch(
    claims: &mut [Claim],
    evaluators: &mut BTreeMap<u32, Evaluator>,
    x: &Iterate,
    next: Option<&Iterate>,
) {
    for (bits, evaluator) in evaluators {
        let of_these = |claim: &&mut Claim| claim.bits == *bits && !claim.is_settled();
        let mut open = claims.iter_mut().filter(of_these).peekable();
        if open.peek().is_none() {
            continue;
        }
        // Without values every test is open, and the claims say so.
        let known = evaluator.go(x, next).is_ok();
        for claim in open {
            if known {
                claim.step(evaluator, x);
            } else {
                claim.lose(x.step);
            }
        }
    }
}
