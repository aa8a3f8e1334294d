//! The audit of a run: the truth, every variant against it, why they differ, and what would
//! help.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::arithmetic::Backend;
use super::cause::{Ablation, Cache, Cause, Evaluated, Member, base_order, chain};
use super::events::Ending;
use super::format::{Format, Underflow};
use super::observe::Observation;
use super::order::{Order, Storage};
use super::outcome::{Agreement, Outcome, follow};
use super::parallel;
use super::remedy::{self, Finder, Remedies, Smallest};
use super::robustness::Robustness;
use super::simulation::{Change, Simulation};
use super::source::{Inputs, Source};
use super::truth::Truth;
use crate::certify::{self, CertifyError};
use crate::diagnostic::InputError;
use crate::input::Run;

/// What to audit.
#[derive(Clone, Debug)]
pub struct Options {
    /// The formats, with their modes.
    pub formats: Vec<Format>,
    /// The orders.
    pub orders: Vec<Arc<Order>>,
    /// Each format with gradual underflow also with flush-to-zero.
    pub flush: bool,
    /// How the truth is certified.
    pub certify: certify::Options,
    /// Formats whose robustness is looked at, in all the orders.
    pub robustness: Vec<Format>,
    /// Whether to look for remedies of the formats that fail, and which.
    pub remedies: Option<remedy::Options>,
    /// Threads at most; `None`: as many as there are.
    pub threads: Option<usize>,
}

impl Options {
    /// f64, f32, bf16 and f16 in the six orders that store the state as it is; robustness of
    /// f64; remedies of all.
    ///
    /// # Errors
    /// None in practice: the orders are built in.
    pub fn usual() -> Result<Self, InputError> {
        let plain = |order: &Order| order.storage == Storage::Plain;
        Ok(Options {
            formats: vec![Format::f64(), Format::f32(), Format::bf16(), Format::f16()],
            orders: Order::built_in()?
                .into_iter()
                .filter(plain)
                .map(Arc::new)
                .collect(),
            flush: false,
            certify: certify::Options::default(),
            robustness: vec![Format::f64()],
            remedies: Some(remedy::Options::default()),
            threads: None,
        })
    }

    /// The variants, format by format.
    fn variants(&self) -> Vec<(Format, Arc<Order>)> {
        let mut formats: Vec<Format> = Vec::new();
        for format in &self.formats {
            formats.push(format.clone());
            let flushes = format.underflow == Underflow::Gradual && format.exponents.is_some();
            let flushing = format.clone().with(Underflow::Flush, format.rounding);
            if self.flush && flushes && !self.formats.contains(&flushing) {
                formats.push(flushing);
            }
        }
        let mut variants = Vec::new();
        for format in formats {
            for order in &self.orders {
                variants.push((format.clone(), order.clone()));
            }
        }
        variants
    }
}

/// Where an audit stands.
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// The truth is being certified.
    Truth(certify::Progress),
    /// Variants.
    Variants,
    /// Members of the chains of causes.
    Causes,
    /// Perturbed traces.
    Robustness,
    /// Remedies.
    Remedies,
}

/// How much of a stage is done.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// Jobs done.
    pub done: usize,
    /// Jobs known of so far.
    pub total: usize,
}

/// A claim, as a variant shows it.
#[derive(Clone, Debug)]
pub struct ClaimOnTrace {
    /// Index of the claim in the run, and in the truth's results.
    pub claim: usize,
    /// What is seen on the trace.
    pub observation: Observation,
    /// Whether that is what is certified.
    pub agreement: Agreement,
    /// Why not, for one that differs.
    pub cause: Option<Cause>,
}

/// A format in an order.
#[derive(Clone, Debug)]
pub struct Variant {
    /// The format, with its modes.
    pub format: Format,
    /// The order.
    pub order: Arc<Order>,
    /// Where its operations were carried out.
    pub backend: Backend,
    /// How its trace went: observed.
    pub outcome: Outcome,
    /// Whether the exact trajectory went the same way.
    pub agreement: Agreement,
    /// Why not, if it did not.
    pub cause: Option<Cause>,
    /// The claims that say something about a trace, in the order of the run.
    pub claims: Vec<ClaimOnTrace>,
}

impl Variant {
    /// Claims whose verdict is another one than on the exact trajectory, both decided.
    pub fn flips(&self) -> impl Iterator<Item = &ClaimOnTrace> {
        self.with(Agreement::Differs)
    }

    /// Claims with this agreement.
    pub fn with(&self, agreement: Agreement) -> impl Iterator<Item = &ClaimOnTrace> {
        self.claims.iter().filter(move |c| c.agreement == agreement)
    }

    /// Does it tell something else than the truth?
    pub fn fails(&self) -> bool {
        self.agreement == Agreement::Differs || self.flips().next().is_some()
    }

    /// Is everything that it tells decided, as far as it can be compared?
    pub fn is_decided(&self) -> bool {
        self.agreement != Agreement::Open && self.with(Agreement::Open).next().is_none()
    }

    /// What came of it, in one line.
    pub fn summary(&self, truth: &Truth) -> Summary {
        let compared = [Agreement::Agrees, Agreement::Differs];
        let claims = &self.claims;
        let mut causes: Vec<Cause> = Vec::new();
        for cause in self
            .cause
            .iter()
            .chain(self.flips().filter_map(|c| c.cause.as_ref()))
        {
            if !causes.contains(cause) {
                causes.push(cause.clone());
            }
        }
        Summary {
            name: (self.format.to_string(), self.order.id.clone()),
            flips: self.flips().count(),
            compared: claims
                .iter()
                .filter(|c| compared.contains(&c.agreement))
                .count(),
            open: self.with(Agreement::Open).count(),
            observed: (self.outcome.events.ending, self.outcome.events.upward_count),
            certified: (
                truth.outcome.events.ending,
                truth.outcome.events.upward_count,
            ),
            outcome: self.agreement,
            causes,
        }
    }
}

/// A variant in one line.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Format and order.
    pub name: (String, String),
    /// Claims that flip.
    pub flips: usize,
    /// Claims of which it is decided whether they do.
    pub compared: usize,
    /// Claims of which it is not.
    pub open: usize,
    /// Ending and upward crossings of the trace.
    pub observed: (Ending, u64),
    /// Those of the exact trajectory.
    pub certified: (Ending, u64),
    /// Are they the same?
    pub outcome: Agreement,
    /// Every cause, that of the outcome first.
    pub causes: Vec<Cause>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = |ending: Ending| match ending {
            Ending::Diverged(_) => "divergence",
            Ending::Infinite(_) => "infinity",
            Ending::NotANumber(_) => "NaN",
            Ending::Above => "above 2/η",
            Ending::Below => "below 2/η",
            Ending::Open => "open",
        };
        let (format, order) = &self.name;
        write!(
            f,
            "{format}, {order}: {} of {} claims flip",
            self.flips, self.compared
        )?;
        if self.open > 0 {
            write!(f, " ({} more are open)", self.open)?;
        }
        let ((seen, seen_count), (proved, proved_count)) = (self.observed, self.certified);
        match self.outcome {
            Agreement::Agrees => write!(f, "; outcome: {}, as proved", ending(seen))?,
            Agreement::Open | Agreement::Incomparable => write!(f, "; outcome: open")?,
            Agreement::Differs if seen.agrees(proved) && seen_count != proved_count => write!(
                f,
                "; outcome: {} after {seen_count} crossings instead of {proved_count}",
                ending(seen)
            )?,
            Agreement::Differs if seen.agrees(proved) => write!(
                f,
                "; outcome: {}, from other inputs or at other steps",
                ending(seen)
            )?,
            Agreement::Differs => {
                write!(
                    f,
                    "; outcome: {} instead of {}",
                    ending(seen),
                    ending(proved)
                )?;
            }
        }
        for (i, cause) in self.causes.iter().enumerate() {
            let word = if i == 0 { "; cause: " } else { ", " };
            write!(f, "{word}{}", cause.ablation.words())?;
            if let Some(open) = cause.open_before.first() {
                write!(f, " (or {})", open.words())?;
            }
        }
        Ok(())
    }
}

/// Everything an audit finds out.
#[derive(Debug)]
pub struct Audit {
    /// What is certified of the exact trajectory.
    pub truth: Truth,
    /// The variants: formats in the order of the options, each in all orders.
    pub variants: Vec<Variant>,
    /// The robustness of formats.
    pub robustness: Vec<Robustness>,
    /// Remedies for formats that fail.
    pub remedies: Vec<Remedies>,
    /// The smallest format that reproduces the truth, in the first order that fails; `None` if
    /// none does, or remedies were not asked for.
    pub smallest: Option<Smallest>,
    /// Whether the user stopped it: what was not reached is open or missing.
    pub interrupted: bool,
    /// Wall-clock time.
    pub elapsed: Duration,
}

/// Audits a run.
///
/// Results do not depend on the number of threads.
///
/// # Errors
/// [`CertifyError`] as for certifying the run; also if its start is a box.
pub fn audit(
    run: &Run,
    options: &Options,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Audit, CertifyError> {
    let begun = Instant::now();
    let threads = options.threads.unwrap_or_else(available);
    let truth = Truth::of(run, &options.certify, interrupt, &mut |p| {
        progress(Progress {
            stage: Stage::Truth(p),
            done: 0,
            total: 1,
        });
    })?;
    let context = Context {
        run,
        truth: &truth,
        threads,
        interrupt,
    };
    let mut variants = context.evaluate(options, progress)?;
    context.attribute(&mut variants, progress)?;
    let mut robustness = Vec::new();
    for format in &options.robustness {
        robustness.extend(context.robustness(format, &options.orders, progress));
    }
    let (remedies, smallest) = match &options.remedies {
        Some(wanted) => {
            let certify = &options.certify;
            let mut finder = Finder::new(context, wanted, certify, progress)?;
            repair(&mut finder, wanted, &variants)?
        }
        None => (Vec::new(), None),
    };
    Ok(Audit {
        truth,
        variants,
        robustness,
        remedies,
        smallest,
        interrupted: interrupt.load(Ordering::Relaxed),
        elapsed: begun.elapsed(),
    })
}

/// Remedies of what fails: of each format in the first order it fails in, or in all of them.
fn repair(
    finder: &mut Finder<'_>,
    options: &remedy::Options,
    variants: &[Variant],
) -> Result<(Vec<Remedies>, Option<Smallest>), CertifyError> {
    let mut failing: Vec<&Variant> = Vec::new();
    for variant in variants.iter().filter(|v| v.fails()) {
        let known = |v: &&Variant| v.format == variant.format;
        if options.every_order || !failing.iter().any(known) {
            failing.push(variant);
        }
    }
    let mut remedies = Vec::new();
    for variant in &failing {
        remedies.push(finder.remedies(variant)?);
    }
    let smallest = match failing.first() {
        Some(variant) => Some(finder.smallest(&variant.order, &remedies)?),
        None => None,
    };
    Ok((remedies, smallest))
}

/// How many threads there are.
fn available() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn backend(inputs: &Inputs, format: &Format, order: &Order) -> Backend {
    let Inputs { parameters, start } = inputs;
    Simulation::new(parameters, start, format, order, &Change::default()).backend()
}

/// A run, its truth, and the means to compare trajectories with it.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub run: &'a Run,
    pub truth: &'a Truth,
    pub threads: usize,
    pub interrupt: &'a AtomicBool,
}

impl Context<'_> {
    /// How a trajectory goes.
    pub fn follow(&self, source: &Source) -> Outcome {
        let Run {
            parameters, steps, ..
        } = self.run;
        let mut outcome = follow(parameters, source, *steps, self.interrupt, &mut |_| {});
        if let Source::Trace {
            format,
            order,
            change,
            ..
        } = source
        {
            let inputs = &self.truth.inputs;
            outcome.distorted = inputs.distorted(format, order.storage, change);
        }
        outcome
    }

    /// Outcome and claims of a trajectory.
    fn evaluate_one(&self, source: &Source, claims: &[usize]) -> Result<Evaluated, CertifyError> {
        let observations = self.truth.claims.observe(claims, source, self.interrupt)?;
        Ok(Evaluated {
            outcome: self.follow(source),
            claims: claims.iter().copied().zip(observations).collect(),
        })
    }

    /// Follows every variant and reads the claims on it.
    fn evaluate(
        &self,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Vec<Variant>, CertifyError> {
        let truth = self.truth;
        let variants = options.variants();
        let job = |i: usize| {
            let (format, order) = &variants[i];
            let source = Source::trace(&truth.inputs, format, order);
            let Evaluated { outcome, claims } =
                self.evaluate_one(&source, &truth.claims.readable)?;
            let claims = claims.into_iter().map(|(claim, observation)| ClaimOnTrace {
                claim,
                agreement: truth.agreement(claim, &observation),
                observation,
                cause: None,
            });
            Ok(Variant {
                format: format.clone(),
                order: order.clone(),
                backend: backend(&truth.inputs, format, order),
                agreement: truth.outcome.agreement(&outcome),
                outcome,
                cause: None,
                claims: claims.collect(),
            })
        };
        self.jobs(Stage::Variants, variants.len(), job, progress)
            .into_iter()
            .collect()
    }

    /// Runs the jobs of a stage.
    pub fn jobs<T: Send>(
        &self,
        stage: Stage,
        total: usize,
        job: impl Fn(usize) -> T + Sync,
        progress: &mut dyn FnMut(Progress),
    ) -> Vec<T> {
        let report = |done| progress(Progress { stage, done, total });
        parallel::run(self.threads, total, job, report)
    }

    /// Finds the cause of everything that differs.
    fn attribute(
        &self,
        variants: &mut [Variant],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), CertifyError> {
        let truth = self.truth;
        let base = base_order()?;
        let mut cache = Cache::default();
        let mut chains: Vec<Vec<(Ablation, Member)>> = Vec::new();
        for variant in variants.iter() {
            let chain = chain(&truth.inputs, &variant.format, &variant.order, &base);
            if variant.fails() {
                let claims: Vec<usize> = variant.flips().map(|c| c.claim).collect();
                cache.want(&chain, &claims);
            }
            chains.push(chain);
        }
        let known = |source: &Source| {
            variants
                .iter()
                .find(|v| Source::trace(&truth.inputs, &v.format, &v.order).is(source))
        };
        let job = |i: usize| {
            let (source, claims) = &cache.wanted[i];
            if let Some(variant) = known(source) {
                let seen = |c: &ClaimOnTrace| (c.claim, c.observation.clone());
                return Ok(Evaluated {
                    outcome: variant.outcome.clone(),
                    claims: variant.claims.iter().map(seen).collect(),
                });
            }
            let claims: Vec<usize> = claims.iter().copied().collect();
            self.evaluate_one(source, &claims)
        };
        let found = self.jobs(Stage::Causes, cache.wanted.len(), job, progress);
        cache.found = found.into_iter().collect::<Result<_, CertifyError>>()?;
        for (variant, chain) in variants.iter_mut().zip(&chains) {
            if variant.agreement == Agreement::Differs {
                variant.cause = cache.of_outcome(chain, truth, &variant.outcome);
            }
            for claim in &mut variant.claims {
                if claim.agreement == Agreement::Differs {
                    claim.cause = cache.of_claim(chain, truth, claim.claim);
                }
            }
        }
        Ok(())
    }
}
