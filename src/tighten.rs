//! The best value of each constant of each claim on a run.
//!
//! A claim that says which value each step needs (`tight`) has its best constant from one
//! pass, attained at a step. For any other constant, values are tried: the best one lies
//! between one with which the claim is certified and one with which it is violated.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rug::Rational;

use crate::certify::{CertifyError, Options, Outcome, Progress, certify};
use crate::claim::Claim;
use crate::input::Run;
use crate::number::{Ball, Enclosure, Interval};
use crate::verdict::all_time::AllTime;
use crate::verdict::{Attained, ClaimResult, TightConstant, Verdict};

/// What is known of the best value.
#[derive(Clone, Debug)]
pub enum Best {
    /// It is in this enclosure.
    Attained {
        /// The enclosure.
        value: Ball,
        /// The step that attains it, or those that may.
        at: Attained,
    },
    /// The claim is certified with the first value and violated with the second.
    Between {
        /// Certified.
        certified: Rational,
        /// Violated.
        violated: Rational,
        /// A step at which it is violated then.
        step: u64,
    },
    /// No value that was tried, between these, changes the verdict.
    Indifferent {
        /// Least value tried.
        from: Rational,
        /// Greatest value tried.
        to: Rational,
    },
    /// Not found, for this reason.
    Unknown(String),
}

/// A constant of a claim.
#[derive(Clone, Debug)]
pub struct Tightened {
    /// The claim, as the run has it.
    pub claim: Arc<Claim>,
    /// The constant's name.
    pub constant: String,
    /// The value claimed.
    pub claimed: Rational,
    /// The verdict with that value.
    pub verdict: Verdict,
    /// The best one.
    pub best: Best,
}

impl Tightened {
    /// How far the claimed value is from the best one: claimed − best, enclosed.
    pub fn distance(&self) -> Option<Interval> {
        use crate::number::Number;
        let claimed = Interval::from_rational(&self.claimed);
        match &self.best {
            Best::Attained { value, .. } => Some(claimed.sub(&value.to_interval())),
            Best::Between {
                certified,
                violated,
                ..
            } => {
                let (low, high) = if certified < violated {
                    (certified, violated)
                } else {
                    (violated, certified)
                };
                Some(claimed.sub(&Interval::from_ends(low, high)))
            }
            Best::Indifferent { .. } | Best::Unknown(_) => None,
        }
    }
}

/// Best constants of a run.
#[derive(Clone, Debug)]
pub struct TightRun {
    /// By claim and constant.
    pub constants: Vec<Tightened>,
    /// The width that was asked for.
    pub width: Rational,
    /// What is proved of all later steps, δ*(T) included.
    pub all_time: AllTime,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

/// Values tried at once for one constant.
const TRIALS: u32 = 16;
/// Rounds of trials at most.
const ROUNDS: usize = 60;
/// Powers of two by which a constant is moved at first.
const REACH: i32 = 12;

/// A constant whose best value is searched.
struct Search {
    claim: usize,
    constant: usize,
    bracket: Option<(Rational, Rational, u64)>,
    range: (Rational, Rational),
    done: Option<String>,
}

impl Search {
    fn new(claim: usize, constant: usize, claimed: &Rational) -> Self {
        Search {
            claim,
            constant,
            bracket: None,
            range: (claimed.clone(), claimed.clone()),
            done: None,
        }
    }

    fn is_open(&self, width: &Rational) -> bool {
        self.done.is_none()
            && self
                .bracket
                .as_ref()
                .is_none_or(|(x, y, _)| Rational::from(x - y).abs() > *width)
    }

    /// The values to try next, in increasing order.
    fn trials(&self, claimed: &Rational) -> Vec<Rational> {
        match &self.bracket {
            Some((x, y, _)) => (1..TRIALS)
                .map(|i| Rational::from(y - x) * Rational::from((i, TRIALS)) + x)
                .collect(),
            None => {
                let mut values = vec![claimed.clone()];
                let scale = if claimed.is_zero() {
                    Rational::from(1)
                } else {
                    claimed.clone()
                };
                for k in -REACH..=REACH {
                    let power = if k < 0 {
                        Rational::from((1, 1u32 << k.unsigned_abs()))
                    } else {
                        Rational::from(1u32 << k.unsigned_abs())
                    };
                    values.push(Rational::from(&scale * &power));
                }
                for k in 1..8u32 {
                    let nearby = Rational::from((k, 16));
                    values.push(scale.clone() * (Rational::from(1) + &nearby));
                    values.push(scale.clone() * (Rational::from(1) - &nearby));
                }
                if claimed.is_zero() {
                    values.extend(values.clone().into_iter().map(|v| -v));
                }
                values.sort();
                values.dedup();
                values
            }
        }
    }

    /// The neighbours of opposite verdicts nearest to the claimed value.
    fn learn(&mut self, claimed: &Rational, tried: &[(Rational, Verdict, Option<u64>)]) {
        if let (Some(first), Some(last)) = (tried.first(), tried.last()) {
            self.range.0 = first.0.clone().min(self.range.0.clone());
            self.range.1 = last.0.clone().max(self.range.1.clone());
        }
        let mut known: Vec<(Rational, Verdict, Option<u64>)> = tried.to_vec();
        if let Some((certified, violated, step)) = &self.bracket {
            known.push((certified.clone(), Verdict::Certified, None));
            known.push((violated.clone(), Verdict::Violated, Some(*step)));
        }
        known.retain(|(_, verdict, _)| matches!(verdict, Verdict::Certified | Verdict::Violated));
        known.sort_by(|x, y| x.0.cmp(&y.0));
        let distance = |x: &Rational| Rational::from(x - claimed).abs();
        let nearest = known
            .windows(2)
            .filter(|pair| pair[0].1 != pair[1].1)
            .min_by_key(|pair| distance(&pair[0].0).min(distance(&pair[1].0)));
        let Some([x, y]) = nearest else {
            self.done = Some(String::new());
            return;
        };
        let (good, bad) = if x.1 == Verdict::Certified {
            (x, y)
        } else {
            (y, x)
        };
        let old = self
            .bracket
            .replace((good.0.clone(), bad.0.clone(), bad.2.unwrap_or_default()));
        let new = self.bracket.as_ref();
        if old.is_some_and(|old| new.is_some_and(|new| old.0 == new.0 && old.1 == new.1)) {
            // Between the two nothing was decided.
            self.done = Some("values in between are undecided".into());
        }
    }

    fn best(self) -> Best {
        match self.bracket {
            Some((certified, violated, step)) => Best::Between {
                certified,
                violated,
                step,
            },
            None => Best::Indifferent {
                from: self.range.0,
                to: self.range.1,
            },
        }
    }
}

/// Finds the best constants of the run's claims.
///
/// `width` is the width of the enclosures that is asked for.
///
/// # Errors
/// As [`certify`].
pub fn tighten(
    run: &Run,
    width: &Rational,
    options: &Options,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<TightRun, CertifyError> {
    let mut options = Options {
        fine: true,
        ..options.clone()
    };
    let mut outcome = certify(run, &options, interrupt, progress)?;
    while !outcome.interrupted
        && !is_fine(&outcome, width)
        && options.precision < options.max_precision
    {
        options.precision = (options.precision * 2).min(options.max_precision);
        outcome = certify(run, &options, interrupt, progress)?;
    }
    let mut constants = Vec::new();
    let mut searches = Vec::new();
    for (i, result) in outcome.claims.iter().enumerate() {
        for (k, (name, claimed)) in result.claim.constants.iter().enumerate() {
            let tight = result.tight.as_ref().filter(|t| t.name == *name);
            let tight = match tight {
                Some(tight) if tight.one_of.is_some() => {
                    let holds = holds_at_best(run, i, k, tight, &options, interrupt, progress)?;
                    Some(tight).filter(|_| holds)
                }
                tight => tight,
            };
            let best = match tight {
                Some(tight) => Best::Attained {
                    value: tight
                        .ball
                        .clone()
                        .unwrap_or_else(|| Ball::from_interval(&tight.value, 53)),
                    at: tight.attained.clone(),
                },
                None => {
                    searches.push((constants.len(), Search::new(i, k, claimed)));
                    Best::Unknown("interrupted".into())
                }
            };
            constants.push(Tightened {
                claim: result.claim.clone(),
                constant: name.clone(),
                claimed: claimed.clone(),
                verdict: result.verdict,
                best,
            });
        }
    }
    let mut interrupted = outcome.interrupted;
    let plain = Options {
        fine: false,
        ..options
    };
    for _ in 0..ROUNDS {
        if interrupted || !searches.iter().any(|(_, s)| s.is_open(width)) {
            break;
        }
        interrupted = round(run, &mut searches, width, &plain, interrupt, progress)?;
    }
    for (slot, search) in searches {
        constants[slot].best = match search.done.clone() {
            Some(why) if !why.is_empty() && search.bracket.is_none() => Best::Unknown(why),
            _ if interrupted && search.bracket.is_none() => continue,
            _ => search.best(),
        };
    }
    Ok(TightRun {
        constants,
        width: width.clone(),
        all_time: outcome.all_time,
        interrupted,
    })
}

/// Is a claim whose constant occurs in several conclusions certified with the best value for one of
/// them, so that no other asks for more?
fn holds_at_best(
    run: &Run,
    claim: usize,
    constant: usize,
    tight: &TightConstant,
    options: &Options,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<bool, CertifyError> {
    let end = if tight.least {
        tight.value.lower_rational()
    } else {
        tight.value.upper_rational()
    };
    let Some(end) = end else { return Ok(false) };
    let mut changed = run.claims[claim].as_ref().clone();
    changed.constants[constant].1 = end;
    changed.tight = None;
    let mut trial = run.clone();
    trial.expect.clear();
    trial.claims = vec![Arc::new(changed)];
    if crate::certify::compile(&trial).is_err() {
        return Ok(false);
    }
    let outcome = certify(&trial, options, interrupt, progress)?;
    let verdict = outcome.claims.first().map(|result| result.verdict);
    Ok(verdict == Some(Verdict::Certified))
}

/// Are all enclosures as narrow as asked for?
fn is_fine(outcome: &Outcome, width: &Rational) -> bool {
    outcome.claims.iter().all(|result| {
        result.tight.as_ref().is_none_or(|tight| {
            let narrow = |ball: &Ball| {
                let precision = ball.precision() + 64;
                let low = ball.lower_float(precision).to_rational();
                let high = ball.upper_float(precision).to_rational();
                low.zip(high)
                    .is_some_and(|(low, high)| high - low <= *width)
            };
            tight.ball.as_ref().is_none_or(narrow)
        })
    })
}

/// Tries values for all open searches in one pass. Says whether it was interrupted.
fn round(
    run: &Run,
    searches: &mut [(usize, Search)],
    width: &Rational,
    options: &Options,
    interrupt: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<bool, CertifyError> {
    let mut trial = run.clone();
    trial.claims.clear();
    trial.expect.clear();
    let mut plan = Vec::new();
    for (i, (_, search)) in searches.iter().enumerate() {
        if !search.is_open(width) {
            continue;
        }
        let original = &run.claims[search.claim];
        let claimed = &original.constants[search.constant].1;
        for value in search.trials(claimed) {
            let mut claim = original.as_ref().clone();
            claim.constants[search.constant].1 = value.clone();
            claim.tight = None;
            // A value that makes no claim (a step number that is no whole number) is passed over.
            let mut alone = trial.clone();
            alone.claims = vec![Arc::new(claim.clone())];
            if crate::certify::compile(&alone).is_err() {
                continue;
            }
            trial.claims.push(Arc::new(claim));
            plan.push((i, value));
        }
    }
    let outcome = certify(&trial, options, interrupt, progress)?;
    if outcome.interrupted {
        return Ok(true);
    }
    let mut tried: Vec<Vec<(Rational, Verdict, Option<u64>)>> = vec![Vec::new(); searches.len()];
    for ((i, value), result) in plan.into_iter().zip(&outcome.claims) {
        tried[i].push((value, result.verdict, violated_at(result)));
    }
    for (i, (_, search)) in searches.iter_mut().enumerate() {
        if search.is_open(width) {
            let claimed = &run.claims[search.claim].constants[search.constant].1;
            search.learn(claimed, &tried[i]);
        }
    }
    Ok(false)
}

fn violated_at(result: &ClaimResult) -> Option<u64> {
    result.violation.as_ref().map(|violation| violation.step)
}
