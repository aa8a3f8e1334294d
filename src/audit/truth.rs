//! What traces are compared with: everything that is certified of the exact trajectory.

use std::sync::atomic::AtomicBool;

use super::observe::{Claims, Observation, Seen};
use super::outcome::{Agreement, Outcome, follow};
use super::source::{Inputs, Source};
use crate::certify::{self, CertifyError, certify};
use crate::diagnostic::{InputError, InputKind};
use crate::input::Run;
use crate::model::State;
use crate::number::{Enclosure, Interval};
use crate::verdict::Verdict;

/// The truth about a run.
#[derive(Debug)]
pub struct Truth {
    /// Its exact inputs.
    pub inputs: Inputs,
    /// Its claims, as they are read on traces.
    pub claims: Claims,
    /// The verdicts, from `certify`.
    pub certified: certify::Outcome,
    /// How the exact trajectory went.
    pub outcome: Outcome,
    /// The exact trajectory read as a trace is, for claims that speak of all later steps: by
    /// the claim's index in the run.
    pub readings: Vec<Option<Seen>>,
    /// The largest |β₁| up to the last step, or to the divergence.
    pub largest_beta1: Option<Interval>,
}

impl Truth {
    /// Certifies a run.
    ///
    /// # Errors
    /// [`InputError`] if the start is a box; else as [`certify()`].
    pub fn of(
        run: &Run,
        options: &certify::Options,
        interrupt: &AtomicBool,
        progress: &mut dyn FnMut(certify::Progress),
    ) -> Result<Self, CertifyError> {
        let Some(inputs) = Inputs::of(run) else {
            let message = "an audit needs a point start: a trace starts at one point, this run \
                           in a box";
            return Err(InputError::at(InputKind::Value, &run.file, None, message).into());
        };
        let claims = Claims::of(run)?;
        let certified = certify(run, options, interrupt, progress)?;
        let source = Source::Exact(inputs.clone());
        let mut largest_beta1: Option<Interval> = None;
        let mut look = |state: &State<Interval>| {
            let size = state.beta1.abs();
            largest_beta1 = Some(largest_beta1.map_or(size, |old| old.max(&size)));
        };
        let outcome = follow(&run.parameters, &source, run.steps, interrupt, &mut look);
        let endless = claims.endless();
        let mut readings = vec![None; run.claims.len()];
        let read = claims.observe(&endless, &source, interrupt)?;
        for (i, observation) in endless.into_iter().zip(read) {
            readings[i] = Some(observation.seen);
        }
        Ok(Truth {
            inputs,
            claims,
            certified,
            outcome,
            readings,
            largest_beta1,
        })
    }

    /// The verdict on claim number `claim` of the run.
    pub fn verdict(&self, claim: usize) -> Verdict {
        let result = self.certified.claims.get(claim);
        result.map_or(Verdict::Undecided, |result| result.verdict)
    }

    /// Does a trace say of claim number `claim` what is proved of it?
    pub fn agreement(&self, claim: usize, observation: &Observation) -> Agreement {
        let reading = self.readings.get(claim).and_then(Option::as_ref);
        observation.seen.agreement(self.verdict(claim), reading)
    }
}
