//! Falsification: every claim comes with a perturbation (a hypothesis dropped, a constant
//! moved) that is certified to violate it. A check that passes whatever is checked proves
//! nothing; a perturbation that is *not* violated is therefore suspicious.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::certify::{CertifyError, Options, Outcome, Progress, certify};
use crate::claim::Claim;
use crate::diagnostic::{InputError, InputKind};
use crate::input::Run;
use crate::verdict::{ClaimResult, Verdict};

/// What is known of a claim's falsifiability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Its perturbation is certified to be violated.
    Violated,
    /// Whether its perturbation is violated is undecided.
    Undecided,
    /// Its perturbation is certified or vacuous, or it has none: nothing is known that
    /// violates it.
    Suspicious,
}

/// A claim and what came of its perturbation.
#[derive(Debug)]
pub struct Falsification {
    /// The claim, unperturbed.
    pub claim: Arc<Claim>,
    /// The perturbed run and its outcome; `None` if the claim describes no perturbation.
    pub trial: Option<(Run, Outcome)>,
}

impl Falsification {
    /// The perturbed claim's result.
    pub fn result(&self) -> Option<&ClaimResult> {
        self.trial.as_ref()?.1.claims.first()
    }

    /// What is known.
    pub fn standing(&self) -> Standing {
        match self.result().map(|r| r.verdict) {
            Some(Verdict::Violated) => Standing::Violated,
            Some(Verdict::Undecided) => Standing::Undecided,
            Some(Verdict::Certified | Verdict::Vacuous) | None => Standing::Suspicious,
        }
    }
}

/// The exit code: 0 if every claim can be violated, 10 if one is suspicious, 20 if one is
/// merely undecided.
pub fn exit_code(all: &[Falsification]) -> u8 {
    match all.iter().map(Falsification::standing).max() {
        None | Some(Standing::Violated) => 0,
        Some(Standing::Undecided) => 20,
        Some(Standing::Suspicious) => 10,
    }
}

/// The perturbed run with the perturbed claim as its only one; `None` if the claim's file
/// describes no perturbation.
///
/// # Errors
/// [`InputError`] naming file, line and field: the run file does not exist or cannot be used.
pub fn perturbed_run(claim: &Claim) -> Result<Option<Run>, InputError> {
    let Some(falsify) = &claim.falsify else {
        return Ok(None);
    };
    if !falsify.run.is_file() {
        let message = format!("`falsify.run`: there is no file {}", falsify.run.display());
        let span = Some(falsify.run_span.clone());
        return Err(InputError::at(InputKind::Io, &claim.file, span, message));
    }
    let mut run = Run::load_inputs(&falsify.run)?.perturbed(&falsify.changes)?;
    run.claims = claim.perturbed().into_iter().collect();
    Ok(Some(run))
}

/// Certifies a claim's perturbation.
///
/// # Errors
/// As [`perturbed_run`] and [`certify`].
pub fn falsify(
    claim: &Arc<Claim>,
    options: &Options,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Falsification, CertifyError> {
    let trial = match perturbed_run(claim)? {
        None => None,
        Some(run) => {
            let outcome = certify(&run, options, interrupt, progress)?;
            Some((run, outcome))
        }
    };
    Ok(Falsification {
        claim: claim.clone(),
        trial,
    })
}
