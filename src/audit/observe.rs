//! The claims of a run, read on a trace.
//!
//! The code that certifies claims on the exact trajectory judges them on the numbers of a
//! trace, which are exact data. What comes out is an *observation* ([`Seen`]): true of the
//! trace, and no statement about gradient descent. A trace differs from the exact trajectory
//! in what can be said of it:
//!
//! * A trace ends with its last step, or where it diverges: claims speak of the steps up to
//!   there. `for all t >= N` is read on the steps from N on, `eventually always` at the last
//!   step at which it can be checked. No trap bounds anything beyond.
//! * A claim that is a chain of identities says nothing about a trace and is left out; in
//!   other claims clauses that are identities are passed over. They are proved for exact
//!   steps, and a step of a trace is not exact.
//! * A window of steps that reaches beyond the trace's end, and a goal that was not reached
//!   by then, are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::outcome::Agreement;
use super::source::{FIRST_BITS, Source};
use crate::certify::{CertifyError, Walk, all_settled, compile};
use crate::claim::program::{CompiledClaim, CompiledScope, Program, Test};
use crate::diagnostic::InputError;
use crate::input::Run;
use crate::model::Parameters;
use crate::verdict::checker::{Judge, Level};
use crate::verdict::monitor::{End, Monitor};
use crate::verdict::{ClaimResult, Obstacle, Reason, Slack, Verdict};

/// What is seen of a claim on a trace. Never a [`Verdict`], which is about the exact
/// trajectory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It holds at every step it speaks about.
    Holds,
    /// It fails.
    Fails {
        /// At this step at first; `None` if what should happen at some step never does.
        step: Option<u64>,
        /// The conclusion that fails.
        clause: Option<String>,
    },
    /// Its hypotheses hold at no step.
    NeverApplies,
    /// Not decided.
    Open(Obstacle),
}

impl Seen {
    /// The word of reports.
    pub fn word(&self) -> &'static str {
        match self {
            Seen::Holds => "holds",
            Seen::Fails { .. } => "fails",
            Seen::NeverApplies => "never applies",
            Seen::Open(_) => "open",
        }
    }

    /// Is it what the verdict on the exact trajectory says? `None` if one is not decided.
    fn is(&self, verdict: Verdict) -> Option<bool> {
        let said = match self {
            Seen::Holds => Verdict::Certified,
            Seen::Fails { .. } => Verdict::Violated,
            Seen::NeverApplies => Verdict::Vacuous,
            Seen::Open(_) => return None,
        };
        (verdict != Verdict::Undecided).then_some(said == verdict)
    }

    /// Does it differ from the verdict on the exact trajectory? `reading` is the exact
    /// trajectory, read as a trace is, for a claim that speaks of all later steps.
    pub fn agreement(&self, verdict: Verdict, reading: Option<&Seen>) -> Agreement {
        let comparable = reading.map_or(Some(true), |reading| reading.is(verdict));
        match (self.is(verdict), comparable) {
            (None, _) | (_, None) => Agreement::Open,
            (Some(_), Some(false)) => Agreement::Incomparable,
            (Some(true), Some(true)) => Agreement::Agrees,
            (Some(false), Some(true)) => Agreement::Differs,
        }
    }
}

/// A claim, read on a trace.
#[derive(Clone, Debug)]
pub struct Observation {
    /// What is seen.
    pub seen: Seen,
    /// Steps at which the conclusions were checked.
    pub checked: u64,
    /// Conclusions that fail, over all steps.
    pub failures: u64,
    /// The clause that is nearest to failing (or fails most), and its slack over the steps of
    /// the trace.
    pub slack: Option<(String, Slack)>,
    /// One line: when an event happened, why it never applies.
    pub note: Option<String>,
}

/// The claims of a run, ready to be read on any trace of it.
#[derive(Clone, Debug)]
pub struct Claims {
    program: Arc<Program>,
    parameters: Parameters,
    steps: u64,
    /// Claims that say something about a trace, by their index in the run.
    pub readable: Vec<usize>,
    /// Those that are identities only.
    pub left_out: Vec<usize>,
}

impl Claims {
    /// Those of the run.
    ///
    /// # Errors
    /// As [`compile`].
    pub fn of(run: &Run) -> Result<Self, CertifyError> {
        let program = compile(run)?;
        let identity = |claim: &CompiledClaim| {
            claim.reach.is_none() && claim.then.iter().all(|clause| clause.identity)
        };
        let (left_out, readable) =
            (0..program.claims.len()).partition(|&i| identity(&program.claims[i]));
        Ok(Claims {
            program: Arc::new(program),
            parameters: run.parameters.clone(),
            steps: run.steps,
            readable,
            left_out,
        })
    }

    /// Those among [`Claims::readable`] that speak of all later steps.
    pub fn endless(&self) -> Vec<usize> {
        let endless = |&i: &usize| {
            let scope = &self.program.claims[i].scope;
            matches!(scope, CompiledScope::ForAll(_) | CompiledScope::Eventually)
        };
        self.readable.iter().copied().filter(endless).collect()
    }

    /// Reads the claims `which` on a trajectory, in this order.
    ///
    /// # Errors
    /// [`CertifyError`] as for certifying; none in practice.
    pub fn observe(
        &self,
        which: &[usize],
        source: &Source,
        interrupt: &AtomicBool,
    ) -> Result<Vec<Observation>, CertifyError> {
        match self.read(which, &[], source, interrupt)? {
            Reading::All(observations) => Ok(observations),
            Reading::Failed(_) => Err(InputError::internal("no claim was to end it").into()),
        }
    }

    /// The same, but no further than to the first step at which one of the claims `ending`
    /// fails. Claims that speak of the last step cannot fail before it, and end nothing.
    ///
    /// # Errors
    /// As [`Claims::observe`].
    pub(crate) fn read(
        &self,
        which: &[usize],
        ending: &[usize],
        source: &Source,
        interrupt: &AtomicBool,
    ) -> Result<Reading, CertifyError> {
        let endless = self.endless();
        let has_failed = |monitor: &Monitor| {
            let i = monitor.index();
            monitor.is_violated() && ending.contains(&i) && !endless.contains(&i)
        };
        let enough =
            |monitors: &[Monitor]| monitors.iter().any(has_failed) || all_settled(monitors);
        let mut seen: Vec<Option<Observation>> = vec![None; which.len()];
        let mut bits = FIRST_BITS;
        loop {
            let open: Vec<usize> = (0..which.len())
                .filter(|&k| {
                    seen[k].as_ref().is_none_or(|s| match &s.seen {
                        Seen::Open(obstacle) => obstacle.reason.precision_may_help(),
                        _ => false,
                    })
                })
                .collect();
            let stop = interrupt.load(Ordering::Relaxed) || !source.gains_beyond(bits);
            if open.is_empty() || bits > FIRST_BITS && stop {
                return Ok(Reading::All(seen.into_iter().flatten().collect()));
            }
            let claims: Vec<usize> = open.iter().map(|&k| which[k]).collect();
            let (monitors, end, steps) = self.walk(&claims, source, bits, interrupt, &enough)?;
            if let Some(failed) = monitors.iter().find(|m| has_failed(m)) {
                return Ok(Reading::Failed(failed.index()));
            }
            for (k, monitor) in open.into_iter().zip(monitors) {
                let claim = &self.program.claims[monitor.index()];
                let result = monitor.finish(&self.program, end, steps, None, bits);
                seen[k] = Some(observation(claim, result));
            }
            bits *= 2;
        }
    }

    /// A pass: the claims' monitors, how it ended and after how many steps.
    fn walk(
        &self,
        which: &[usize],
        source: &Source,
        bits: u32,
        interrupt: &AtomicBool,
        enough: &dyn Fn(&[Monitor]) -> bool,
    ) -> Result<(Vec<Monitor>, End, u64), CertifyError> {
        // Remembered values must be as precise as the pass, where that is a second one.
        let level = if bits == FIRST_BITS {
            Level::Interval
        } else {
            Level::Ball
        };
        let monitor = |&i: &usize| Monitor::of_trace(&self.program, i, level);
        let trajectory = source.play(bits);
        let mut walk = Walk {
            judge: Judge::of_trace(self.program.clone(), &self.parameters, trajectory),
            monitors: which.iter().map(monitor).collect(),
            look: None,
            enough,
            interrupt,
            progress: &mut |_| {},
        };
        let (end, _) = walk.go(self.steps)?;
        // A trajectory that leaves every range has ended.
        let (end, steps) = match end {
            End::Stopped(step, Reason::Escape) => (End::Complete, step),
            end => (end, self.steps),
        };
        Ok((walk.monitors, end, steps))
    }
}

/// What comes of [`Claims::read`].
pub(crate) enum Reading {
    /// Everything that was asked for.
    All(Vec<Observation>),
    /// This claim failed, and ended it.
    Failed(usize),
}

fn observation(claim: &CompiledClaim, result: ClaimResult) -> Observation {
    let slack = result.tightest().and_then(|clause| {
        let slack = clause.slack.clone()?;
        Some((clause.text.clone(), slack))
    });
    let open = |reason, detail: &str| {
        Seen::Open(Obstacle {
            reason,
            step: None,
            detail: detail.into(),
        })
    };
    let seen = match (result.verdict, result.violation, result.obstacle) {
        _ if mentions_trap(&claim.scope) => open(
            Reason::Undefined,
            "it speaks of a trap, and none closes on a trace",
        ),
        (Verdict::Certified, ..) => Seen::Holds,
        (Verdict::Vacuous, ..) => Seen::NeverApplies,
        (Verdict::Violated, violation, _) => Seen::Fails {
            step: violation.as_ref().map(|v| v.step),
            clause: violation.map(|v| v.clause),
        },
        (Verdict::Undecided, _, Some(obstacle)) => Seen::Open(obstacle),
        (Verdict::Undecided, ..) => open(Reason::Precision, ""),
    };
    Observation {
        seen,
        checked: result.checked,
        failures: result.violated,
        slack,
        note: result.note,
    }
}

/// Does the scope depend on a trap, which is a statement about exact steps?
fn mentions_trap(scope: &CompiledScope) -> bool {
    fn in_test(test: &Test) -> bool {
        match test {
            Test::Trapped => true,
            Test::Compare(..) | Test::Clipped(_) => false,
            Test::And(tests) | Test::Or(tests) => tests.iter().any(in_test),
            Test::Not(test) => in_test(test),
        }
    }
    match scope {
        CompiledScope::From(test, ..)
        | CompiledScope::Until(test, ..)
        | CompiledScope::EachStretch(test) => in_test(test),
        CompiledScope::EveryStep
        | CompiledScope::Steps(..)
        | CompiledScope::SomeStep(_)
        | CompiledScope::FromFirstGiven
        | CompiledScope::ForAll(_)
        | CompiledScope::Eventually
        | CompiledScope::NoValue(_) => false,
    }
}
