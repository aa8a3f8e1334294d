//! What would make a failing format tell the truth: certified on the run, by following the
//! repaired trace and reading every claim on it.
//!
//! A repair *reproduces* the truth if its outcome is that of the exact trajectory and every
//! claim that is decided there, and comparable, has the same verdict on the trace. Claims are
//! read only where the outcome agrees.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rug::{Float, Rational};

use super::format::{Exponents, Format, MOST_EXPONENT_BITS};
use super::observe::Reading;
use super::order::{Order, Storage};
use super::outcome::{Agreement, Outcome};
use super::parallel;
use super::run::{Context, Progress, Stage, Variant};
use super::simulation::Change;
use super::source::Source;
use super::truth::Truth;
use crate::certify::{self, CertifyError};
use crate::diagnostic::InputError;
use crate::input::Run;
use crate::number::Interval;
use crate::verdict::Verdict;

/// Which remedies to look for.
#[derive(Clone, Debug)]
pub struct Options {
    /// For every order in which a format fails, not only for the first one.
    pub every_order: bool,
    /// The floor under |β₁|; `None`: the format's least normal number.
    pub floor: Option<Rational>,
    /// The bound of the projection that is tried, where the run has none or a greater one.
    pub clip: Option<Rational>,
    /// Precision at which the search for the smallest format starts.
    pub reference_precision: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            every_order: false,
            floor: None,
            clip: Some(Rational::from((1, 10))),
            reference_precision: 53,
        }
    }
}

/// A repair.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// The format's precision with an unbounded exponent.
    Unbounded,
    /// An IEEE 754 format with this precision and an exponent field of so many bits.
    Field {
        /// Precision.
        precision: u32,
        /// Bits of the exponent field.
        bits: u32,
    },
    /// β₁ stored as its sign and log|β₁|.
    Logarithmic,
    /// β₁ stored as 2^k·β₁.
    Scaled(i32),
    /// |β₁| raised to this number after every step, its sign kept: another algorithm.
    Floor(Rational),
    /// The projection onto |β₁| ≤ B: another algorithm.
    Clip(Rational),
}

/// A repair that was tried.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What was repaired.
    pub remedy: Remedy,
    /// The format.
    pub format: Format,
    /// The order.
    pub order: Arc<Order>,
    /// How its trace went.
    pub outcome: Outcome,
    /// As the exact trajectory?
    pub agreement: Agreement,
    /// Claims, by their index in the run, of which the trace tells what is proved, or not;
    /// `None` where the outcome is another one, and claims were not read. In a search, only
    /// the first claim to fail, where one fails that should hold.
    pub claims: Option<Vec<(usize, Agreement)>>,
}

impl Trial {
    /// Does it reproduce the outcome and every verdict?
    pub fn reproduces(&self) -> Agreement {
        self.reproduces_but(&[])
    }

    /// The same, but for some claims.
    pub fn reproduces_but(&self, exempt: &[usize]) -> Agreement {
        let Some(claims) = &self.claims else {
            return self.agreement;
        };
        let mut all = self.agreement;
        for (claim, agreement) in claims {
            if exempt.contains(claim) {
                continue;
            }
            all = match (all, agreement) {
                (Agreement::Differs, _) | (_, Agreement::Differs) => Agreement::Differs,
                (Agreement::Agrees, Agreement::Agrees) => Agreement::Agrees,
                _ => Agreement::Open,
            };
        }
        all
    }

    /// Claims that it does not reproduce, or of which that is not decided.
    pub fn missed(&self) -> Vec<usize> {
        let claims = self.claims.iter().flatten();
        claims
            .filter(|(_, agreement)| *agreement != Agreement::Agrees)
            .map(|(claim, _)| *claim)
            .collect()
    }
}

/// A search upward, for the first candidate that reproduces the truth.
#[derive(Clone, Debug)]
pub struct Search {
    /// Those that were tried, in order: all but the last fail, and so prove that nothing
    /// smaller would do. (Formats that cannot hold the inputs are passed over.)
    pub tried: Vec<Trial>,
    /// Does the last one reproduce the truth?
    pub found: bool,
    /// Candidates below it of which it is not decided.
    pub open: usize,
}

impl Search {
    /// The least candidate that reproduces the truth.
    pub fn least(&self) -> Option<&Trial> {
        self.tried.last().filter(|_| self.found)
    }
}

/// Another algorithm, the projected one, in the same format.
#[derive(Clone, Debug)]
pub struct Clipped {
    /// The trace against the certified truth of the clipped run.
    pub trial: Trial,
    /// Is the outcome of the clipped run, in exact arithmetic, that of the original?
    pub same_outcome: Agreement,
    /// Claims whose verdicts on the two exact trajectories differ, by their index.
    pub other_verdicts: Vec<usize>,
}

/// What was tried for a format in an order.
#[derive(Clone, Debug)]
pub struct Remedies {
    /// The format that fails.
    pub format: Format,
    /// The order it fails in, which repairs of the format keep.
    pub order: Arc<Order>,
    /// Claims that a repair has to reproduce, by their index in the run: decided on the exact
    /// trajectory, and comparable.
    pub claims: Vec<usize>,
    /// The unbounded exponent. Claims that it misses are lost to precision or to the rounding
    /// of the inputs, and no exponent field is asked for them.
    pub unbounded: Trial,
    /// The least exponent field at the format's precision; `None` if the unbounded exponent
    /// does not reproduce the outcome.
    pub field: Option<Search>,
    /// Logarithmic and scaled storage, the floor: those that apply to the format.
    pub others: Vec<Trial>,
    /// The projection, where it applies.
    pub clipped: Option<Clipped>,
}

/// The smallest IEEE 754 format that reproduces the truth on the run.
#[derive(Clone, Debug)]
pub struct Smallest {
    /// The order.
    pub order: Arc<Order>,
    /// An unbounded exponent at the reference precision. Claims that it misses are asked of
    /// no format.
    pub reference: Trial,
    /// The least exponent field at the reference precision.
    pub field: Option<Search>,
    /// The least precision with that field.
    pub precision: Option<Search>,
}

impl Smallest {
    /// The format.
    pub fn format(&self) -> Option<&Format> {
        Some(&self.precision.as_ref()?.least()?.format)
    }
}

/// Looks for remedies of one run.
pub(crate) struct Finder<'a> {
    context: Context<'a>,
    options: &'a Options,
    progress: &'a mut dyn FnMut(Progress),
    done: usize,
    claims: Vec<usize>,
    orders: Vec<Arc<Order>>,
    clipped: Option<(Run, Truth)>,
}

impl<'a> Finder<'a> {
    /// For this run. The clipped run is certified here.
    ///
    /// # Errors
    /// As for certifying.
    pub fn new(
        context: Context<'a>,
        options: &'a Options,
        certify: &certify::Options,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Result<Self, CertifyError> {
        let Context { run, truth, .. } = context;
        let built_in = Order::built_in()?.into_iter().map(Arc::new).collect();
        let old = run.parameters.clip.as_ref();
        let clip = options
            .clip
            .as_ref()
            .filter(|&b| old.is_none_or(|old| b < old));
        let clipped = match clip {
            Some(bound) => {
                let mut clipped = run.clone();
                clipped.parameters.clip = Some(bound.clone());
                let truth = Truth::of(&clipped, certify, context.interrupt, &mut |_| {})?;
                Some((clipped, truth))
            }
            None => None,
        };
        Ok(Finder {
            context,
            options,
            progress,
            done: 0,
            claims: comparable(truth),
            orders: built_in,
            clipped,
        })
    }

    fn stored(&self, storage: Storage) -> Result<Arc<Order>, CertifyError> {
        let order = self.orders.iter().find(|order| order.storage == storage);
        let missing = || InputError::internal("a built-in order is missing");
        Ok(order.ok_or_else(missing)?.clone())
    }

    /// Follows repaired traces, on all threads. `quickly`: see [`Context::attempt`].
    fn attempts(
        &mut self,
        quickly: Option<&[usize]>,
        repairs: &[(Remedy, Source)],
    ) -> Result<Vec<Trial>, CertifyError> {
        let (context, claims) = (self.context, &self.claims);
        let job = |i: usize| {
            let (remedy, source) = &repairs[i];
            context.attempt(claims, quickly, remedy.clone(), source)
        };
        let trials = parallel::run(context.threads, repairs.len(), job, |_| {});
        self.report(repairs.len());
        trials.into_iter().collect()
    }

    /// Counts jobs that are done.
    fn report(&mut self, jobs: usize) {
        self.done += jobs;
        (self.progress)(Progress {
            stage: Stage::Remedies,
            done: self.done,
            total: self.done,
        });
    }

    /// The remedies of a variant.
    ///
    /// # Errors
    /// As for reading claims.
    pub fn remedies(&mut self, variant: &Variant) -> Result<Remedies, CertifyError> {
        let Variant { format, order, .. } = variant;
        let unbounded = self.unbounded(format, order)?;
        let field = match unbounded.agreement {
            Agreement::Agrees => Some(self.least_field(format, order, &unbounded.missed())?),
            _ => None,
        };
        let inputs = &self.context.truth.inputs;
        let mut sources = vec![(
            Remedy::Logarithmic,
            Source::trace(inputs, format, &self.stored(Storage::Logarithmic)?),
        )];
        let changed = |order: &Arc<Order>, change| Source::Trace {
            inputs: inputs.clone(),
            format: format.clone(),
            order: order.clone(),
            change,
        };
        if let Some(k) = largest_scale(format, self.context.truth.largest_beta1.as_ref()) {
            let change = Change {
                scale: k,
                ..Change::default()
            };
            let order = self.stored(Storage::Scaled)?;
            sources.push((Remedy::Scaled(k), changed(&order, change)));
        }
        let least_normal = || Some(Rational::from(1) << format.least_exponent()?);
        if let Some(floor) = self.options.floor.clone().or_else(least_normal) {
            let change = Change {
                floor: Some(floor.clone()),
                ..Change::default()
            };
            sources.push((Remedy::Floor(floor), changed(order, change)));
        }
        let others = self.attempts(None, &sources)?;
        let clipped = self.clip(format, order)?;
        self.report(usize::from(clipped.is_some()));
        Ok(Remedies {
            format: format.clone(),
            order: order.clone(),
            claims: self.claims.clone(),
            unbounded,
            field,
            others,
            clipped,
        })
    }

    fn unbounded(&mut self, format: &Format, order: &Arc<Order>) -> Result<Trial, CertifyError> {
        let format = format.with_exponents(None);
        let source = Source::trace(&self.context.truth.inputs, &format, order);
        let trial = self
            .context
            .attempt(&self.claims, None, Remedy::Unbounded, &source)?;
        self.report(1);
        Ok(trial)
    }

    /// The trace of the projected algorithm, against the truth about that algorithm.
    fn clip(&self, format: &Format, order: &Arc<Order>) -> Result<Option<Clipped>, CertifyError> {
        let Some((run, truth)) = &self.clipped else {
            return Ok(None);
        };
        let bound = run.parameters.clip.clone().unwrap_or_default();
        let source = Source::trace(&truth.inputs, format, order);
        let claims = comparable(truth);
        let remedy = Remedy::Clip(bound);
        let clipped = Context {
            run,
            truth,
            ..self.context
        };
        let trial = clipped.attempt(&claims, None, remedy, &source)?;
        let decided = |verdict: Verdict| verdict != Verdict::Undecided;
        let differs = |&i: &usize| {
            let (x, y) = (self.context.truth.verdict(i), truth.verdict(i));
            decided(x) && decided(y) && x != y
        };
        Ok(Some(Clipped {
            trial,
            same_outcome: self.context.truth.outcome.agreement(&truth.outcome),
            other_verdicts: (0..run.claims.len()).filter(differs).collect(),
        }))
    }

    /// The first exponent field, from the narrowest on, that reproduces the truth but for
    /// `exempt` claims.
    fn least_field(
        &mut self,
        format: &Format,
        order: &Arc<Order>,
        exempt: &[usize],
    ) -> Result<Search, CertifyError> {
        let precision = format.precision;
        let candidates = (2..=MOST_EXPONENT_BITS).map(|bits| (precision, bits));
        self.search(format, order, candidates.collect(), exempt)
    }

    /// The first of the candidates (precision, exponent bits) that reproduces the truth.
    fn search(
        &mut self,
        format: &Format,
        order: &Arc<Order>,
        candidates: Vec<(u32, u32)>,
        exempt: &[usize],
    ) -> Result<Search, CertifyError> {
        let Context {
            truth,
            threads,
            interrupt,
            ..
        } = self.context;
        let mut trials = candidates.into_iter().filter_map(|(precision, bits)| {
            let wider = Format {
                precision,
                ..format.clone()
            };
            let wider = wider.with_exponents(Some(Exponents::of_field(bits)));
            truth.inputs.rounded(&wider)?;
            let source = Source::trace(&truth.inputs, &wider, order);
            Some((Remedy::Field { precision, bits }, source))
        });
        let mut search = Search {
            tried: Vec::new(),
            found: false,
            open: 0,
        };
        while !search.found && !interrupt.load(Ordering::Relaxed) {
            // Looked at in order, as many at once as there are threads.
            let batch: Vec<_> = trials.by_ref().take(threads.max(1)).collect();
            if batch.is_empty() {
                break;
            }
            for trial in self.attempts(Some(exempt), &batch)? {
                let reproduces = trial.reproduces_but(exempt);
                search.tried.push(trial);
                match reproduces {
                    Agreement::Agrees => {
                        search.found = true;
                        break;
                    }
                    Agreement::Differs => {}
                    Agreement::Open | Agreement::Incomparable => search.open += 1,
                }
            }
        }
        Ok(search)
    }

    /// The smallest format in an order: the least exponent field at the reference precision,
    /// then the least precision with that field.
    ///
    /// # Errors
    /// As for reading claims.
    pub fn smallest(
        &mut self,
        order: &Arc<Order>,
        known: &[Remedies],
    ) -> Result<Smallest, CertifyError> {
        let reference = Format::new("reference", self.options.reference_precision, None);
        // A format of this precision has had the first search already.
        let known = known.iter().find(|r| {
            r.order.id == order.id
                && r.format.with_exponents(None).is(&reference)
                && r.format.rounding == reference.rounding
                && r.format.underflow == reference.underflow
        });
        let trial = match known {
            Some(remedies) => remedies.unbounded.clone(),
            None => self.unbounded(&reference, order)?,
        };
        let mut smallest = Smallest {
            order: order.clone(),
            reference: trial,
            field: None,
            precision: None,
        };
        if smallest.reference.agreement != Agreement::Agrees {
            return Ok(smallest);
        }
        let exempt = smallest.reference.missed();
        let field = match known.and_then(|remedies| remedies.field.clone()) {
            Some(field) => field,
            None => self.least_field(&reference, order, &exempt)?,
        };
        if let Some(Remedy::Field { bits, .. }) = field.least().map(|t| t.remedy.clone()) {
            let candidates = (2..=reference.precision).map(|p| (p, bits)).collect();
            smallest.precision = Some(self.search(&reference, order, candidates, &exempt)?);
        }
        smallest.field = Some(field);
        Ok(smallest)
    }
}

/// Claims that are decided on the exact trajectory, and show their verdicts on the steps that
/// were made.
fn comparable(truth: &Truth) -> Vec<usize> {
    let shows = |&i: &usize| {
        let verdict = truth.verdict(i);
        let reading = truth.readings.get(i).and_then(Option::as_ref);
        let agrees = reading.is_none_or(|r| r.agreement(verdict, None) == Agreement::Agrees);
        verdict != Verdict::Undecided && agrees
    };
    truth
        .claims
        .readable
        .iter()
        .copied()
        .filter(shows)
        .collect()
}

impl Context<'_> {
    /// Follows a repaired trace, and reads claims on it if its outcome is the true one. With
    /// `quickly`, no more is read than the first claim that fails, if one does that should not
    /// and is not among these.
    fn attempt(
        &self,
        claims: &[usize],
        quickly: Option<&[usize]>,
        remedy: Remedy,
        source: &Source,
    ) -> Result<Trial, CertifyError> {
        let Source::Trace { format, order, .. } = source else {
            return Err(InputError::internal("a remedy is a trace").into());
        };
        let outcome = self.follow(source);
        let agreement = self.truth.outcome.agreement(&outcome);
        let claims = match agreement {
            Agreement::Agrees => Some(self.read(claims, quickly, source)?),
            _ => None,
        };
        Ok(Trial {
            remedy,
            format: format.clone(),
            order: order.clone(),
            outcome,
            agreement,
            claims,
        })
    }

    fn read(
        &self,
        claims: &[usize],
        quickly: Option<&[usize]>,
        source: &Source,
    ) -> Result<Vec<(usize, Agreement)>, CertifyError> {
        let ending: Vec<usize> = match quickly {
            Some(exempt) => {
                let ends =
                    |i: &usize| self.truth.verdict(*i) != Verdict::Violated && !exempt.contains(i);
                claims.iter().copied().filter(ends).collect()
            }
            None => Vec::new(),
        };
        let reader = &self.truth.claims;
        Ok(
            match reader.read(claims, &ending, source, self.interrupt)? {
                Reading::Failed(claim) => vec![(claim, Agreement::Differs)],
                Reading::All(observations) => {
                    let agreement = |(&i, seen)| (i, self.truth.agreement(i, seen));
                    claims.iter().zip(&observations).map(agreement).collect()
                }
            },
        )
    }
}

/// Powers of two between the largest stored number and overflow.
const MARGIN: i32 = 8;

/// The largest k such that 2^k·β₁ stays [`MARGIN`] powers of two below overflow on the run and
/// 2^−k, which the step multiplies by, is a normal number; `None` if no k > 0 does, or the
/// exponent is unbounded.
fn largest_scale(format: &Format, largest_beta1: Option<&Interval>) -> Option<i32> {
    let Exponents { least, greatest } = format.exponents?;
    let largest = Float::with_val(64, largest_beta1?.upper_rational()?);
    let k = greatest - MARGIN - largest.get_exp()?;
    Some(k.min(-least)).filter(|&k| k > 0)
}
