//! The main job: a run in, verdicts out.
//!
//! The trajectory is enclosed and every claim checked in one pass; claims that lacked
//! precision are checked again in a pass with more, until all is decided or the cap is
//! reached.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::claim::program::Program;
use crate::diagnostic::InputError;
use crate::enclosure::{self, CENTRED_PRECISIONS, Engine, Lost};
use crate::input::Run;
use crate::verdict::all_time::{AllTime, TrapFinder};
use crate::verdict::checker::{Judge, Level};
use crate::verdict::facts::{FactFinder, Facts, LastIterate};
use crate::verdict::monitor::{End, Monitor};
use crate::verdict::tail::{Tail, TailJudge};
use crate::verdict::{ClaimResult, Reason, Verdict};

/// How to certify.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine.
    pub engine: Engine,
    /// Bits to start with.
    pub precision: u32,
    /// Bits at most.
    pub max_precision: u32,
    /// Compute tight constants at the engine's precision, not in f64 intervals.
    pub fine: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            engine: Engine::Centred,
            precision: CENTRED_PRECISIONS[0],
            max_precision: 4096,
            fine: false,
        }
    }
}

/// Where a long run stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Steps made on this pass.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Bits of this pass.
    pub precision: u32,
    /// Claims of this pass that nothing has been found against so far.
    pub holding: usize,
    /// Claims of this pass that need more precision, or cannot be decided.
    pub stuck: usize,
    /// Claims violated so far.
    pub violated: usize,
}

/// Looks at every step of a run while it is certified, to draw it, say.
///
/// It sees each pass that is made to learn about the trajectory; the last one that comes as far
/// as any is the one the reports speak of. Steps that are only repeated for the sake of a claim
/// it does not see.
pub trait Observer {
    /// Adds to the program what it wants to know of each step.
    ///
    /// # Errors
    /// [`InputError`] if that cannot be evaluated.
    fn prepare(&mut self, program: &mut Program, run: &Run) -> Result<(), InputError>;

    /// A pass begins, at step 0.
    fn begin(&mut self, precision: u32);

    /// The judge has come to its step t, and knows θ_{t+1}, too, if there is one.
    fn step(&mut self, judge: &mut Judge);
}

/// Steps between two reports of progress and two looks at the interrupt.
const PROGRESS_EVERY: u64 = 512;

/// One pass along the trajectory.
#[derive(Clone, Debug)]
pub struct Pass {
    /// Working precision in bits.
    pub precision: u32,
    /// Worst accuracy left at its end, in bits (see [`enclosure::Trajectory::accuracy_bits`]).
    pub accuracy_bits: i64,
    /// Steps made.
    pub steps: u64,
}

/// Everything that is known after a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The engine used.
    pub engine: Engine,
    /// The passes, in order.
    pub passes: Vec<Pass>,
    /// Facts about the trajectory.
    pub facts: Facts,
    /// What is proved of all later steps.
    pub all_time: AllTime,
    /// The farthest iterate, from the pass with the most precision that came so far.
    pub last: LastIterate,
    /// The claims' results, in the order of the run file.
    pub claims: Vec<ClaimResult>,
    /// The step beyond which nothing is known, and why, if that is not the last one.
    pub stopped: Option<(u64, Reason)>,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// Wall-clock time.
    pub elapsed: Duration,
}

impl Outcome {
    /// The exit code: 0 everything as expected, 10 a claim certainly not as expected, 20
    /// something undecided that was not expected to be.
    pub fn exit_code(&self) -> u8 {
        let surprises = || self.claims.iter().filter(|c| !c.met());
        if surprises().any(|c| c.verdict != Verdict::Undecided) {
            10
        } else if surprises().next().is_some() || self.interrupted {
            20
        } else {
            0
        }
    }

    /// How many claims have the verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.claims.iter().filter(|c| c.verdict == verdict).count()
    }
}

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// The run or a claim cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Enclosures contradict a proved identity: a defect of edgecert.
    #[error("internal error: {0}")]
    Alarm(String),
}

/// The claims of a run, compiled.
///
/// # Errors
/// [`InputError`] naming file, line and column if a claim cannot be evaluated on any run.
pub fn compile(run: &Run) -> Result<Program, InputError> {
    let mut program = Program::new();
    for claim in &run.claims {
        program.add_claim(claim, &run.parameters, run.steps)?;
    }
    Ok(program)
}

/// Certifies a run.
///
/// # Errors
/// [`CertifyError`] if a claim cannot be compiled, or if edgecert contradicts itself.
pub fn certify(
    run: &Run,
    options: &Options,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, CertifyError> {
    certify_observed(run, options, interrupt, progress, None)
}

/// The same, with somebody who looks at each step.
///
/// # Errors
/// As [`certify`].
pub fn certify_observed(
    run: &Run,
    options: &Options,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
    mut observer: Option<&mut dyn Observer>,
) -> Result<Outcome, CertifyError> {
    let begun = Instant::now();
    let mut program = compile(run)?;
    if let Some(observer) = &mut observer {
        observer.prepare(&mut program, run)?;
    }
    let finder = FactFinder::new(&mut program, &run.parameters)?;
    let trap_finder = TrapFinder::new(&mut program, &run.parameters, &run.start, &run.targets)?;
    let tail_judge = TailJudge::new(&mut program, &run.parameters)?;
    let program = Arc::new(program);

    let mut results: Vec<Option<ClaimResult>> = vec![None; program.claims.len()];
    let mut passes = Vec::new();
    let mut facts: Option<Known> = None;
    let mut last: Option<LastIterate> = None;
    let mut stopped = None;
    let mut interrupted = false;
    let mut precision = Some(options.precision);
    while let Some(bits) = precision {
        let open: Vec<usize> = (0..results.len())
            .filter(|&i| is_open(&results[i]))
            .collect();
        let monitors = open
            .iter()
            .map(|&i| {
                // Remembered values must be as precise as the pass; the rest need not.
                let remembers = !program.claims[i].memory.is_empty();
                let level = if passes.is_empty() || !remembers {
                    Level::Interval
                } else {
                    Level::Ball
                };
                let mut monitor = Monitor::new(&program, i, level);
                if options.fine {
                    monitor.refine_tight_constant();
                }
                if next_precision(bits, 2, options, is_box(run)).is_some() {
                    monitor.stop_at_doubt();
                }
                monitor
            })
            .collect::<Vec<_>>();
        let trajectory = enclosure::start(options.engine, &run.parameters, &run.start, bits);
        let exact_start = exact_start(run);
        let mut judge = Judge::new(program.clone(), &run.parameters, exact_start, trajectory);
        if let Some((_, known)) = &facts {
            judge.set_trapped_at(known.final_trap.as_ref().map(|trap| trap.first));
        }
        let known = facts
            .as_ref()
            .is_some_and(|(f, _)| f.open.is_none() && f.last_step == run.steps);
        let mut finders = (!known).then(|| (finder.clone(), trap_finder.clone()));
        if let Some(observer) = observer.as_mut().filter(|_| !known) {
            observer.begin(bits);
        }
        let mut look = |judge: &mut Judge| {
            if let Some((finder, traps)) = &mut finders {
                finder.step(judge);
                traps.step(judge);
                judge.set_trapped_at(traps.closed_at());
            }
            if let Some(observer) = &mut observer {
                observer.step(judge);
            }
        };
        let mut walk = Walk {
            judge,
            monitors,
            look: if known { None } else { Some(&mut look) },
            enough: &all_settled,
            interrupt,
            progress,
        };
        let (end, pass) = walk.go(run.steps)?;
        let Walk {
            mut judge,
            monitors,
            ..
        } = walk;
        let new_facts = finders.map(|(finder, traps)| {
            let facts = finder.finish(&judge);
            let all_time = traps.finish(&mut judge, facts.escape);
            (facts, all_time)
        });
        passes.push(pass);
        if last.as_ref().is_none_or(|l| l.step <= judge.step()) {
            last = Some(finder.last_iterate(&mut judge));
        }
        if let Some(new) = new_facts
            && facts
                .as_ref()
                .is_none_or(|(old, _)| new.0.last_step >= old.last_step)
        {
            facts = Some(new);
            stopped = end.stopped();
        }
        // Up to a tail's first step the iterates of this pass must be known.
        let made = judge.step();
        let tails: Vec<Tail<'_>> = facts
            .iter()
            .flat_map(|(_, known)| Tail::of(known))
            .filter(|tail| tail.step() <= made)
            .collect();
        for mut monitor in monitors {
            monitor.look_ahead(&judge, &tails, &tail_judge);
            let i = monitor.index();
            let id = &program.claims[i].claim.id;
            let expected = run.expect.get(id).copied();
            let new = monitor.finish(&program, end, run.steps, expected, bits);
            // What was proved stands, however far this pass came.
            let proved = |r: &ClaimResult| r.verdict != Verdict::Undecided;
            if !(results[i].as_ref().is_some_and(proved) && !proved(&new)) {
                results[i] = Some(new);
            }
        }
        interrupted = matches!(end, End::Stopped(_, Reason::Interrupted));
        let facts_open = facts.as_ref().is_some_and(|(f, _)| f.open.is_some());
        let too_wide = matches!(stopped, Some((_, Reason::Precision)));
        let more = results.iter().any(is_open) || (facts_open || too_wide) && !is_box(run);
        let growth = growth(&results, run.steps);
        precision =
            next_precision(bits, growth, options, is_box(run)).filter(|_| more && !interrupted);
    }
    let (Some((facts, all_time)), Some(last)) = (facts, last) else {
        return Err(CertifyError::Alarm("no pass was made".into()));
    };
    Ok(Outcome {
        engine: options.engine,
        passes,
        facts,
        all_time,
        last,
        claims: results.into_iter().flatten().collect(),
        stopped,
        interrupted,
        elapsed: begun.elapsed(),
    })
}

/// Not looked at yet, or not seen to its end for a reason that precision may cure.
fn is_open(result: &Option<ClaimResult>) -> bool {
    match result {
        None => true,
        Some(r) => [
            r.cut_short,
            r.obstacle.as_ref().map(|o| o.reason),
            r.open.as_ref().map(|o| o.first.reason),
        ]
        .into_iter()
        .flatten()
        .any(Reason::precision_may_help),
    }
}

fn is_box(run: &Run) -> bool {
    run.start.as_array().iter().any(|r| !r.is_point())
}

fn exact_start(run: &Run) -> Option<crate::model::State<rug::Rational>> {
    (!is_box(run)).then(|| run.start.map(|r| r.lower.clone()))
}

/// By how much the precision should grow: what is lost grows with the steps, so a claim that
/// stopped at a fraction of the run asks for as many times the bits. At least twice, at most
/// eight times, as it may have stopped for another reason.
fn growth(results: &[Option<ClaimResult>], steps: u64) -> u32 {
    let earliest = results
        .iter()
        .flatten()
        .flat_map(|r| [r.obstacle.as_ref(), r.open.as_ref().map(|o| &o.first)])
        .flatten()
        .filter(|o| o.reason.precision_may_help())
        .filter_map(|o| o.step)
        .min();
    let ratio = steps.div_ceil(earliest.unwrap_or(steps).max(1));
    u32::try_from(ratio).unwrap_or(u32::MAX).clamp(2, 8)
}

/// The precision of the next pass. A box gains nothing from precision beyond the first
/// doubling.
fn next_precision(bits: u32, growth: u32, options: &Options, start_is_box: bool) -> Option<u32> {
    let wanted = bits.saturating_mul(growth);
    let next = CENTRED_PRECISIONS
        .into_iter()
        .find(|&p| p >= wanted)
        .filter(|_| options.engine == Engine::Centred)
        .unwrap_or(wanted)
        .min(options.max_precision);
    let allowed = next > bits && !(start_is_box && bits >= 256);
    allowed.then_some(next)
}

/// What a pass finds out about the trajectory itself.
type Known = (Facts, AllTime);

/// Nothing more can be learnt of any claim.
pub(crate) fn all_settled(monitors: &[Monitor]) -> bool {
    monitors.iter().all(Monitor::is_settled)
}

/// A pass in progress.
pub(crate) struct Walk<'a> {
    pub(crate) judge: Judge,
    pub(crate) monitors: Vec<Monitor>,
    /// Whoever else looks at each step.
    pub(crate) look: Option<&'a mut dyn FnMut(&mut Judge)>,
    /// Is enough known of the claims? The pass ends there, unless somebody else looks on.
    pub(crate) enough: &'a dyn Fn(&[Monitor]) -> bool,
    pub(crate) interrupt: &'a AtomicBool,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

impl Walk<'_> {
    pub(crate) fn go(&mut self, steps: u64) -> Result<(End, Pass), CertifyError> {
        let mut end = End::Complete;
        let precision = self.judge.trajectory().precision();
        for t in 0..=steps {
            if t % PROGRESS_EVERY == 0 {
                self.report(t, steps, precision);
                if self.interrupt.load(Ordering::Relaxed) {
                    end = End::Stopped(t, Reason::Interrupted);
                    break;
                }
            }
            let advanced = self.judge.advance(t < steps);
            if let Some(look) = &mut self.look {
                look(&mut self.judge);
            }
            for monitor in &mut self.monitors {
                monitor.step(&mut self.judge);
            }
            if let Some(alarm) = self.judge.take_alarm() {
                return Err(CertifyError::Alarm(alarm));
            }
            if let Err(lost) = advanced {
                let reason = match lost {
                    Lost::Range => Reason::Escape,
                    Lost::Width if self.judge.start_is_box() => Reason::StartBox,
                    Lost::Width => Reason::Precision,
                };
                end = End::Stopped(t, reason);
                break;
            }
            if self.look.is_none() && (self.enough)(&self.monitors) {
                break;
            }
        }
        let pass = Pass {
            precision,
            accuracy_bits: self.judge.trajectory().accuracy_bits(),
            steps: self.judge.step(),
        };
        Ok((end, pass))
    }

    fn report(&mut self, step: u64, steps: u64, precision: u32) {
        let stuck = |m: &&Monitor| m.is_stuck() && !m.is_violated();
        let stuck = self.monitors.iter().filter(stuck).count();
        let violated = self.monitors.iter().filter(|m| m.is_violated()).count();
        (self.progress)(Progress {
            step,
            steps,
            precision,
            holding: self.monitors.len() - violated - stuck,
            stuck,
            violated,
        });
    }
}
