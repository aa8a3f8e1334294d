//! The checker of certificates: it shares no code with the engine, and believes nothing.
//!
//! A certificate (`proofs/certificate.md`) holds the exact inputs of a run, statements about it
//! and verdicts. [`check`] iterates gradient descent anew in balls of big integers ([`ball`],
//! [`orbit`]), evaluates every statement itself ([`formula`], [`evaluate`], [`claim`]), proves
//! identities by its own algebra ([`algebra`]) and the conditions of the theorems about all later
//! steps by itself ([`trap`]), and accepts the certificate only if it reaches the same verdicts.
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
pub mod claim;
pub mod evaluate;
pub mod formula;
pub mod fraction;
pub mod functions;
pub mod json;
pub mod orbit;
pub mod trap;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use ball::{Ball, NoValue};
use claim::{Claim, Trouble, Verdict};
use evaluate::{Evaluator, cost};
use formula::{Graph, Id, Reader};
use fraction::Fraction;
use json::{Digits, Json};
use orbit::{Constants, Iterate, Orbit, Run};
use trap::{Choice, Trap};

/// The first field of a certificate says so.
pub const FORMAT: &str = "edgecert certificate";

/// Versions of the format that are read.
pub const VERSIONS: RangeInclusive<i64> = 1..=1;

/// Bytes of a certificate at most.
const MOST_BYTES: usize = 1 << 21;
/// Bits of an iterate at most.
const MOST_PRECISION: u64 = 1 << 16;
/// Bits of an iterate are a multiple of this.
const WORD: u32 = 64;
/// Bits claims are evaluated with, if not with all of an iterate's.
const LADDER: [u32; 3] = [96, 160, 256];
/// Claims at most.
const MOST_CLAIMS: usize = 1000;
/// Traps at most.
const MOST_TRAPS: usize = 16;
/// Bytes that values may take up at most.
const MOST_MEMORY: u64 = 1 << 29;
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

/// A trap as the certificate states it.
#[derive(Clone, Debug)]
struct Stated {
    step: u64,
    choice: Choice,
    excess: Option<Digits>,
    loss: Option<Digits>,
    limit: Option<Option<[Digits; 2]>>,
}

/// A certificate that was read: it is in canonical form, and its hashes are right.
pub struct Certificate {
    run: Run,
    run_hash: String,
    precision: u32,
    stated: Vec<Stated>,
    claims: Vec<Claim>,
    graphs: BTreeMap<u32, Graph>,
    /// Ids of claims that are not checked, with the reason.
    unchecked: Vec<(String, String)>,
}

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
    let certificate = Certificate::read(bytes)?;
    let stated = certificate.stated.clone();
    let ids: Vec<String> = certificate.claims.iter().map(|c| c.id.clone()).collect();
    let steps = certificate.steps();
    let examination = certificate.examine_while(most_work, &mut |step| goes_on(step, steps))?;
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

impl Stated {
    fn read(json: &Json) -> Result<Self, Failure> {
        let mut fields = json.fields()?;
        let step = fields.take("step", |json| json.count(u64::MAX))?;
        let theorem = fields.take("theorem", |json| Ok(json.text()?.to_string()))?;
        let mut bounds = (None, None);
        let (choice, limit) = match theorem.as_str() {
            "E" => (Choice::Escape, None),
            "12" | "13" => {
                let (lower, upper) = (
                    fields.take("lower", Fraction::of)?,
                    fields.take("upper", Fraction::of)?,
                );
                bounds.0 = Some(fields.take("excess", Json::digits)?);
                bounds.1 = Some(fields.take("loss", Json::digits)?);
                if theorem == "12" {
                    let limit = fields.take("limit", |json| match json.list()? {
                        [lower, upper] => Ok([lower.digits()?, upper.digits()?]),
                        _ => Err(Failure::format("two numbers are expected")),
                    })?;
                    (Choice::Final(lower, upper), Some(Some(limit)))
                } else {
                    let most = fields.take("spike", Fraction::of)?;
                    let limit = fields.optional("limit").map(|json| match json {
                        Json::Text(text) if text == "at most 2" => Ok(None),
                        _ => Err(Failure::format("there is no such limit").inside("limit")),
                    });
                    (Choice::Delta(lower, upper, most), limit.transpose()?)
                }
            }
            _ => return Err(Failure::format("there is no such theorem").inside("theorem")),
        };
        fields.end()?;
        let (excess, loss) = bounds;
        Ok(Stated {
            step,
            choice,
            excess,
            loss,
            limit,
        })
    }

    /// Are the bounds that follow from the trap the ones that are stated?
    fn agrees(&self, trap: &Trap) -> Result<(), Failure> {
        let same = |value: &Option<Ball>, digits: Option<Digits>, name: &str| {
            let agrees = match (value, digits) {
                (Some(value), Some((n, k))) => value.has_digits(n, k),
                (None, None) => true,
                _ => false,
            };
            let wrong = || Failure::rejected("these are not its digits").inside(name);
            agrees.then_some(()).ok_or_else(wrong)
        };
        same(&trap.excess, self.excess, "excess")?;
        same(&trap.loss, self.loss, "loss")?;
        match (&trap.limit, self.limit) {
            (None, None) | (Some(_), Some(None)) => Ok(()),
            (Some((lower, upper)), Some(Some([least, most]))) => {
                same(&Some(lower.clone()), Some(least), "limit.0")?;
                same(&Some(upper.clone()), Some(most), "limit.1")
            }
            _ => Err(Failure::rejected("it is stated exactly where it is proved").inside("limit")),
        }
    }
}

impl Certificate {
    /// Reads a certificate, and checks form and hashes.
    ///
    /// # Errors
    /// [`Failure`] at the first wrong field.
    pub fn read(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.len() > MOST_BYTES {
            return Err(Failure::format("it is too long"));
        }
        let Some(text) = bytes.strip_suffix(b"\n") else {
            return Err(Failure::format("it does not end with a line break"));
        };
        let json = json::read(text)?;
        let mut fields = json.fields()?;
        fields.take("format", |json| match json.text()? {
            FORMAT => Ok(()),
            _ => Err(Failure::format("this is no certificate of edgecert")),
        })?;
        fields.take("version", |json| match json.integer()? {
            version if VERSIONS.contains(&version) => Ok(()),
            _ => {
                let (first, last) = (VERSIONS.start(), VERSIONS.end());
                let message = format!("versions {first} to {last} are read");
                Err(Failure::new(Kind::Version, message))
            }
        })?;
        let hash = |value: &Json, stated: &Json| {
            let same = stated.text()? == value.hash();
            let wrong = || Failure::rejected("this is not the hash");
            same.then_some(()).ok_or_else(wrong)
        };
        let mut content = json.clone();
        if let Json::Object(all) = &mut content {
            all.remove("sha256");
        }
        fields.take("sha256", |stated| hash(&content, stated))?;
        let (run, run_json) = fields.take("run", |json| Ok((Run::read(json)?, json)))?;
        let run_hash = fields.take("run_sha256", |stated| {
            hash(run_json, stated)?;
            Ok(stated.text()?.to_string())
        })?;
        let precision = fields.take("precision", |json| json.count(MOST_PRECISION))?;
        let precision = u32::try_from(precision)
            .ok()
            .filter(|bits| *bits >= WORD && bits.is_multiple_of(WORD))
            .ok_or_else(|| Failure::format("a multiple of 64 is expected").inside("precision"))?;
        let mut graphs = BTreeMap::new();
        let few = |most: usize| {
            move |json: &'_ Json| match json.list()? {
                items if items.len() <= most => Ok(items.to_vec()),
                _ => Err(Failure::format(format!("these are more than {most}"))),
            }
        };
        let mut stated = Vec::new();
        for (i, json) in fields.take("tails", few(MOST_TRAPS))?.iter().enumerate() {
            let trap = Stated::read(json).and_then(|trap| {
                let wrong = || Failure::format("it is after the last step").inside("step");
                (trap.step <= run.steps).then_some(trap).ok_or_else(wrong)
            });
            stated.push(trap.map_err(|e| e.inside(&i.to_string()).inside("tails"))?);
        }
        let mut claims: Vec<Claim> = Vec::new();
        let mut ids = BTreeSet::new();
        for (i, json) in fields.take("claims", few(MOST_CLAIMS))?.iter().enumerate() {
            let claim = Claim::read(json, &run, &mut graphs).and_then(|claim| {
                let of_ladder = LADDER.contains(&claim.bits) && claim.bits < precision;
                if claim.bits != precision && !of_ladder {
                    let message = "96, 160, 256 or, if that is not enough, `precision`";
                    return Err(Failure::format(message).inside("bits"));
                }
                if memory(&graphs) > MOST_MEMORY {
                    return Err(Failure::format("the formulas take too much memory"));
                }
                let twice = || Failure::format("this id occurs twice").inside("id");
                ids.insert(claim.id.clone())
                    .then_some(claim)
                    .ok_or_else(twice)
            });
            claims.push(claim.map_err(|e| e.inside(&i.to_string()).inside("claims"))?);
        }
        let mut unchecked = Vec::new();
        for (i, json) in fields
            .take("unchecked", few(MOST_CLAIMS))?
            .iter()
            .enumerate()
        {
            let entry = json.fields().and_then(|mut fields| {
                let id = fields.take("id", claim::id)?;
                let reason = fields.take("reason", |json| Ok(json.text()?.to_string()))?;
                fields.end()?;
                let twice = || Failure::format("this id occurs twice").inside("id");
                ids.insert(id.clone())
                    .then_some((id, reason))
                    .ok_or_else(twice)
            });
            unchecked.push(entry.map_err(|e| e.inside(&i.to_string()).inside("unchecked"))?);
        }
        fields.end()?;
        Ok(Certificate {
            run,
            run_hash,
            precision,
            stated,
            claims,
            graphs,
            unchecked,
        })
    }

    /// Steps of the run.
    pub fn steps(&self) -> u64 {
        self.run.steps
    }

    /// Checks everything it states.
    ///
    /// # Errors
    /// [`Failure`] where that cannot even begin.
    pub fn examine(self) -> Result<Examination, Failure> {
        self.examine_while(u64::MAX, &mut |_| true)
    }

    /// Checks everything it states, with so much work at most, and tells now and then which step it
    /// has come to.
    ///
    /// # Errors
    /// [`Failure`] where that cannot even begin, is too much, or is told to stop.
    pub fn examine_while(
        mut self,
        most_work: u64,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Examination, Failure> {
        /// Operations on balls in a step of gradient descent.
        const STEP: u64 = 25;
        let mut evaluators = self.evaluators(most_work)?;
        let too_much = || {
            let message = format!("it takes more work than allowed ({most_work} units)");
            Failure::new(Kind::Work, message)
        };
        let per_step = cost(self.precision).saturating_mul(STEP);
        let work = |evaluators: &BTreeMap<u32, Evaluator>, steps: u64| {
            let steps = steps.saturating_add(1).saturating_mul(per_step);
            let works = evaluators.values().map(Evaluator::work);
            works.fold(steps, u64::saturating_add)
        };
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
            let next = if x.step < self.run.steps {
                orbit.step(&x).ok()
            } else {
                None
            };
            for (trap, stated) in traps.iter_mut().zip(&self.stated) {
                if stated.step == x.step {
                    *trap = trap::prove(&self.run, &x, &stated.choice, self.precision);
                }
            }
            watch(&mut self.claims, &mut evaluators, &x, next.as_ref());
            if work(&evaluators, x.step) > most_work {
                return Err(too_much());
            }
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
            if work(&evaluators, x.step) > most_work {
                return Err(too_much());
            }
        }
        Ok(Examination {
            work: work(&evaluators, x.step),
            accuracy: x.state.iter().map(Ball::accuracy).min().unwrap_or(0),
            claims: outcomes,
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

    fn evaluators(&mut self, most_work: u64) -> Result<BTreeMap<u32, Evaluator>, Failure> {
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
            evaluators.insert(
                bits,
                Evaluator::new(graph, names, constants, bits, most_work),
            );
        }
        Ok(evaluators)
    }
}

/// Bytes that the values of all nodes take up.
fn memory(graphs: &BTreeMap<u32, Graph>) -> u64 {
    /// Bytes of a node, besides the digits of its value.
    const NODE: u64 = 400;
    let bytes = |(bits, graph): (&u32, &Graph)| {
        let nodes = u64::try_from(graph.nodes.len()).unwrap_or(u64::MAX);
        nodes.saturating_mul(NODE.saturating_add(u64::from(*bits) / 8))
    };
    graphs.iter().map(bytes).fold(0, u64::saturating_add)
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

impl Stated {
    fn words(&self) -> String {
        // A bound is rounded up by what its digits leave open.
        let number = |digits: Option<Digits>| match digits {
            Some((n, k)) => decimal(n.saturating_add(1), k),
            None => "?".into(),
        };
        let (excess, loss) = (number(self.excess), number(self.loss));
        let from = format!("from step {} on", self.step);
        match (&self.choice, self.limit) {
            (Choice::Escape, _) => {
                format!("{from} |alpha| at least doubles at every step (Theorem E)")
            }
            (Choice::Final(..), Some(Some([(n, k), upper]))) => format!(
                "{from} eta*S <= 2 + {excess} and L <= {loss}; L -> 0 and eta*S -> a limit in [{}, {}] (Theorem 12)",
                decimal(n.saturating_sub(1), k),
                number(Some(upper))
            ),
            (_, Some(_)) => format!(
                "{from} eta*S <= 2 + {excess} and L <= {loss}; L -> 0 and eta*S -> a limit at most 2 (Theorem 13)"
            ),
            _ => format!("{from} eta*S <= 2 + {excess} and L <= {loss}; L -> 0 (Theorem 13)"),
        }
    }
}

/// n·10^k as people write it.
fn decimal(n: i64, k: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let sign = if n < 0 { "-" } else { "" };
    let places = usize::try_from(k.saturating_neg()).unwrap_or(usize::MAX);
    if places == usize::MAX || places > digits.len().saturating_add(3) {
        return format!("{sign}{digits}e{k}");
    }
    let padded = format!("{digits:0>width$}", width = places.saturating_add(1));
    match padded.split_at_checked(padded.len().saturating_sub(places)) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{padded}"),
    }
}
