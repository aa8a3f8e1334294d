//! Certificates: what is needed to check a run again, and nothing that can be recomputed.
//!
//! The format is `proofs/certificate.md`. The checker ([`crate::check`]) knows nothing of this
//! module; this module asks the checker how much precision it needs, and writes only what the
//! checker confirms. What the checker cannot confirm is listed as unchecked; where it *refutes* a
//! verdict, one of the two is wrong, and no certificate is written.

pub mod coq;
mod statement;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rug::{Integer, Rational};
use serde_json::{Value, json};

use crate::certify::Outcome;
use crate::check::ball::Ball as CheckerBall;
use crate::check::claim::Trouble;
use crate::check::trap::Trap;
use crate::check::{Certificate, Examination, FORMAT, Failure, Kind, VERSIONS};
use crate::diagnostic::in_ascii;
use crate::enclosure::{self, Engine};
use crate::expression::Condition;
use crate::input::{Range, Run};
use crate::limits::{CERTIFICATE_BYTES, CERTIFICATE_CLAIMS, CERTIFICATE_STEPS, NUMBER_BITS};
use crate::number::{Ball, Interval, rational};
use crate::verdict::{ClaimResult, Verdict, Violation};

/// Digits that are written of a number, at most.
const DIGITS: u32 = 12;

/// Bits claims are evaluated with: the fewest that suffice. The last resort is the precision of
/// the iterates.
const LADDER: [u32; 3] = [96, 160, 256];

/// Bits that are left of the iterates at the last step.
const LEFT: i64 = 256;

/// Where claims stay open for want of bits of the iterates, these are doubled up to so many, and
/// while this and the steps are at most so much work together.
const FINEST: u32 = 4096;
const MOST_WORK: u64 = 20_000_000;

/// How work is watched and stopped.
pub struct Work<'a> {
    /// Set from outside to stop it.
    pub interrupt: &'a AtomicBool,
    /// Told now and then what is being done, and how many steps of how many are.
    pub progress: &'a mut dyn FnMut(&str, u64, u64),
}

impl Work<'_> {
    /// Tells how far the work is; false if it is to stop.
    fn goes_on(&mut self, stage: &str, done: u64, total: u64) -> bool {
        (self.progress)(stage, done, total);
        !self.interrupt.load(Ordering::Relaxed)
    }
}

/// What to do about a certificate that is too large.
const CHOOSE: &str = "choose claims with --claim";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The run is too long.
    #[error("a certificate is written of runs of at most {CERTIFICATE_STEPS} steps")]
    Steps,
    /// The run has too many claims.
    #[error("a certificate holds at most {CERTIFICATE_CLAIMS} claims; {CHOOSE}")]
    Claims,
    /// Products of the run's numbers are larger than the checker reads numbers.
    #[error("ηλ₁, ηλ₂ or λ₂/λ₁ has more than {NUMBER_BITS} bits; choose shorter numbers")]
    Numbers,
    /// It would be longer than the checker reads.
    #[error("the certificate would be larger than {} MiB; {CHOOSE}", CERTIFICATE_BYTES >> 20)]
    Size,
    /// The checker gives up on it.
    #[error("the checker gives up on the certificate: {0}; {CHOOSE}")]
    Costly(Failure),
    /// The checker refutes what the engine has proved: a defect of edgecert.
    #[error("the checker contradicts the engine: {0}")]
    Contradiction(String),
    /// The checker cannot read it: a defect of edgecert.
    #[error("the checker cannot read its certificate: {0}")]
    Unreadable(Failure),
    /// The user stopped it.
    #[error("interrupted: no certificate is written")]
    Interrupted,
}

/// A certificate's text.
///
/// # Errors
/// [`CertificateError`].
pub fn write(run: &Run, outcome: &Outcome) -> Result<String, CertificateError> {
    let interrupt = AtomicBool::new(false);
    let mut work = Work {
        interrupt: &interrupt,
        progress: &mut |_, _, _| {},
    };
    write_watched(run, outcome, &mut work)
}

/// Is there a certificate of a run of this size? Answers before the run is made.
///
/// # Errors
/// [`CertificateError::Steps`], [`CertificateError::Claims`] or [`CertificateError::Numbers`].
pub fn fits(run: &Run) -> Result<(), CertificateError> {
    if run.steps > CERTIFICATE_STEPS {
        return Err(CertificateError::Steps);
    }
    if run.claims.len() > CERTIFICATE_CLAIMS {
        return Err(CertificateError::Claims);
    }
    let p = &run.parameters;
    let products = [
        Rational::from(&p.eta * &p.lambda1),
        Rational::from(&p.eta * &p.lambda2),
        Rational::from(&p.lambda2 / &p.lambda1),
    ];
    if products.iter().any(|q| rational::bits(q) > NUMBER_BITS) {
        return Err(CertificateError::Numbers);
    }
    Ok(())
}

/// The same, watched.
///
/// # Errors
/// [`CertificateError`].
pub fn write_watched(
    run: &Run,
    outcome: &Outcome,
    work: &mut Work<'_>,
) -> Result<String, CertificateError> {
    fits(run)?;
    let mut draft = Draft {
        run: inputs(run),
        precision: precision(run, outcome, work)?,
        tails: Vec::new(),
    };
    let candidates = tails(outcome);
    let mut claims = Claims::default();
    for (i, result) in outcome.claims.iter().enumerate() {
        match entry(run, result).and_then(|entry| draft.reads(entry)) {
            Ok(entry) => claims.open.push((i, entry)),
            Err(why) => {
                claims.unchecked.insert(i, why);
            }
        }
    }
    // The traps are proved in the first pass, and stated in all later ones.
    let first: Vec<Value> = candidates.iter().flatten().cloned().collect();
    let examination = draft.examine(&first, &[], work)?;
    draft.tails = proved(&candidates, &examination);
    let ladder = LADDER.into_iter().filter(|bits| *bits < draft.precision);
    let ladder: Vec<u32> = ladder.chain([draft.precision]).collect();
    for bits in ladder {
        claims.judge(&draft, bits, work)?;
    }
    // Of what vanishes along the run, as s does, few bits are left where an iterate has many.
    let mut precision = draft.precision;
    let is_point = run.start.as_array().iter().all(|range| range.is_point());
    while is_point && !claims.open.is_empty() {
        precision *= 2;
        if precision > FINEST || u64::from(precision).saturating_mul(run.steps) > MOST_WORK {
            break;
        }
        let finer = Draft {
            run: draft.run.clone(),
            precision,
            tails: draft.tails.clone(),
        };
        let mut more = claims.clone();
        // What was evaluated with all bits of the iterates still is.
        for entry in more.checked.values_mut() {
            if entry["bits"] == json!(draft.precision) {
                entry["bits"] = json!(precision);
            }
        }
        more.judge(&finer, precision, work)?;
        if more.checked.len() > claims.checked.len() && more.hold(&finer, work)? {
            (draft, claims) = (finer, more);
        }
    }
    let entries: Vec<Value> = claims.checked.values().cloned().collect();
    let unchecked = claims
        .unchecked
        .iter()
        .filter(|(i, _)| !claims.checked.contains_key(i))
        .map(|(i, reason)| json!({ "id": outcome.claims[*i].claim.id, "reason": plain(reason) }))
        .collect();
    let text = draft.text(&draft.tails, &entries, unchecked);
    if text.len() > CERTIFICATE_BYTES {
        return Err(CertificateError::Size);
    }
    Ok(text)
}

/// What the checker's refusal to read a certificate means for its writer.
fn refused(failure: Failure) -> CertificateError {
    match failure.kind {
        Kind::Work => CertificateError::Costly(failure),
        _ => CertificateError::Unreadable(failure),
    }
}

/// Claims, by their index: confirmed by the checker, not confirmed yet, and why not.
#[derive(Clone, Default)]
struct Claims {
    checked: BTreeMap<usize, Value>,
    open: Vec<(usize, Value)>,
    unchecked: BTreeMap<usize, String>,
}

impl Claims {
    /// Lets the checker judge what is open, evaluated with so many bits.
    fn judge(
        &mut self,
        draft: &Draft,
        bits: u32,
        work: &mut Work<'_>,
    ) -> Result<(), CertificateError> {
        for (_, entry) in &mut self.open {
            entry["bits"] = json!(bits);
        }
        let entries: Vec<Value> = self.open.iter().map(|(_, entry)| entry.clone()).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let outcomes = draft.examine(&draft.tails, &entries, work)?.claims;
        for ((i, entry), outcome) in std::mem::take(&mut self.open).into_iter().zip(outcomes) {
            match outcome {
                Ok(()) => {
                    self.checked.insert(i, entry);
                }
                Err(trouble) if trouble.refuted => {
                    let message = format!("{}: {}", entry["id"], describe(&trouble));
                    return Err(CertificateError::Contradiction(message));
                }
                Err(trouble) => {
                    self.unchecked.insert(i, describe(&trouble));
                    self.open.push((i, entry));
                }
            }
        }
        Ok(())
    }

    /// Does the checker confirm with these bits all that is confirmed?
    fn hold(&self, draft: &Draft, work: &mut Work<'_>) -> Result<bool, CertificateError> {
        let entries: Vec<Value> = self.checked.values().cloned().collect();
        let examination = draft.examine(&draft.tails, &entries, work)?;
        Ok(examination.traps.iter().all(Result::is_ok)
            && examination.claims.iter().all(Result::is_ok))
    }
}

/// The parts that do not change while the rest is looked for.
struct Draft {
    run: Value,
    precision: u32,
    tails: Vec<Value>,
}

impl Draft {
    fn text(&self, tails: &[Value], claims: &[Value], unchecked: Vec<Value>) -> String {
        let mut certificate = json!({
            "format": FORMAT,
            "version": VERSIONS.end(),
            "run": self.run,
            "run_sha256": hash(&self.run),
            "precision": self.precision,
            "tails": tails,
            "claims": claims,
            "unchecked": unchecked,
        });
        certificate["sha256"] = json!(hash(&certificate));
        format!("{certificate}\n")
    }

    fn read(&self, tails: &[Value], claims: &[Value]) -> Result<Certificate, Failure> {
        Certificate::read(self.text(tails, claims, Vec::new()).as_bytes())
    }

    fn examine(
        &self,
        tails: &[Value],
        claims: &[Value],
        work: &mut Work<'_>,
    ) -> Result<Examination, CertificateError> {
        let text = self.text(tails, claims, Vec::new());
        if text.len() > CERTIFICATE_BYTES {
            return Err(CertificateError::Size);
        }
        let certificate = Certificate::read(text.as_bytes()).map_err(refused)?;
        let steps = certificate.steps();
        let stage = format!("the checker confirms {} claims", claims.len());
        let mut stopped = false;
        let examination = certificate.examine_while(u64::MAX, &mut |step| {
            stopped = !work.goes_on(&stage, step, steps);
            !stopped
        });
        if stopped {
            return Err(CertificateError::Interrupted);
        }
        examination.map_err(refused)
    }

    /// The entry, if the checker understands it.
    fn reads(&self, entry: Value) -> Result<Value, String> {
        match self.read(&[], std::slice::from_ref(&entry)) {
            Ok(_) => Ok(entry),
            Err(failure) => Err(format!("the checker does not know this: {failure}")),
        }
    }
}

fn hash(value: &Value) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(value.to_string().as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn describe(trouble: &Trouble) -> String {
    match trouble.step {
        Some(step) => format!("step {step}: {}", trouble.what),
        None => trouble.what.clone(),
    }
}

/// Printable ASCII without what JSON would escape, and not too long.
fn plain(text: &str) -> String {
    const LONGEST: usize = 200;
    let usual = |c: &char| (' '..='~').contains(c) && !matches!(c, '"' | '\\');
    in_ascii(text).chars().filter(usual).take(LONGEST).collect()
}

fn number(q: &Rational) -> Value {
    json!(q.to_string())
}

fn inputs(run: &Run) -> Value {
    let range = |range: &Range| {
        if range.is_point() {
            number(&range.lower)
        } else {
            json!([number(&range.lower), number(&range.upper)])
        }
    };
    let parameters = &run.parameters;
    let mut inputs = json!({
        "lambda1": number(&parameters.lambda1),
        "lambda2": number(&parameters.lambda2),
        "eta": number(&parameters.eta),
        "start": {
            "alpha": range(&run.start.alpha),
            "beta1": range(&run.start.beta1),
            "beta2": range(&run.start.beta2),
        },
        "steps": run.steps,
    });
    if let Some(bound) = &parameters.clip {
        inputs["clip"] = number(bound);
    }
    inputs
}

/// Bits with which naive balls keep [`LEFT`] bits up to the last step that is known, from what
/// the reference engine loses.
fn precision(run: &Run, outcome: &Outcome, work: &mut Work<'_>) -> Result<u32, CertificateError> {
    const CAP: u32 = 1 << 16;
    const STEP: u32 = 64;
    const LOOK_EVERY: u64 = 512;
    if !run.start.as_array().iter().all(|range| range.is_point()) {
        return Ok(256);
    }
    let known = outcome
        .stopped
        .as_ref()
        .map_or(run.steps, |(step, _)| *step);
    let mut bits = 512;
    loop {
        let mut trajectory = enclosure::start(Engine::Reference, &run.parameters, &run.start, bits);
        let mut complete = true;
        for t in 0..known.min(run.steps) {
            if t % LOOK_EVERY == 0 && !work.goes_on("bits are counted", t, known) {
                return Err(CertificateError::Interrupted);
            }
            complete = trajectory.advance().is_ok();
            if !complete {
                break;
            }
        }
        let left = trajectory.accuracy_bits();
        let lost = i64::from(bits) - left;
        if complete && left > 32 {
            let wanted = u32::try_from(lost + LEFT).unwrap_or(CAP);
            return Ok(wanted.next_multiple_of(STEP).clamp(STEP, CAP));
        }
        if bits >= 8192 {
            return Ok(bits);
        }
        bits *= 2;
    }
}

/// n and k with |x − n·10^k| ≤ 0.51·10^k for all x between two numbers, and not close to a tie.
fn digits(lower: &Rational, upper: &Rational) -> Option<Value> {
    if *lower == 0 && *upper == 0 {
        return Some(json!([0, 0]));
    }
    let size = lower.clone().abs().max(upper.clone().abs());
    let bits =
        f64::from(size.numer().significant_bits()) - f64::from(size.denom().significant_bits());
    let exponent = (bits * std::f64::consts::LOG10_2).floor() as i64;
    (1..=DIGITS).rev().find_map(|count| {
        let k = exponent + 1 - i64::from(count);
        let power = Rational::from(Integer::from(Integer::u_pow_u(
            10,
            u32::try_from(k.abs()).ok()?,
        )));
        let unit = if k < 0 { power.recip() } else { power };
        let (lower, upper) = (Rational::from(lower / &unit), Rational::from(upper / &unit));
        let n = Rational::from(&lower + &upper) / 2u32;
        let n = n.round();
        let near = Rational::from((45, 100));
        let close = Rational::from(&n - &lower) <= near && Rational::from(&upper - &n) <= near;
        close
            .then(|| n.numer().to_i64().filter(|n| *n != 0))
            .flatten()
            .map(|n| json!([n, k]))
    })
}

fn interval_digits(x: &Interval) -> Option<Value> {
    digits(&x.lower_rational()?, &x.upper_rational()?)
}

fn ball_digits(x: &Ball) -> Option<Value> {
    const BITS: u32 = 160;
    let (lower, upper) = (x.lower_float(BITS), x.upper_float(BITS));
    digits(&lower.to_rational()?, &upper.to_rational()?)
}

/// Digits of a number that the checker has computed.
fn checker_digits(x: &CheckerBall) -> Option<Value> {
    let (m, r, e) = x.parts();
    let m: Integer = m.to_string().parse().ok()?;
    let scale = |n: Integer| {
        let e = i32::try_from(e).ok()?;
        Some(Rational::from(n) << e)
    };
    digits(&scale(m.clone() - r)?, &scale(m + r)?)
}

/// The traps of a run: for each, its constants with more and more digits.
fn tails(outcome: &Outcome) -> Vec<Vec<Value>> {
    const TRIES: [u32; 4] = [5, 8, 12, 16];
    let zero = json!([0, 0]);
    let mut tails = Vec::new();
    let all_time = &outcome.all_time;
    if let Some(trap) = &all_time.final_trap {
        let (latest, choice) = (&trap.latest, &trap.latest.choice);
        tails.push(Vec::from(TRIES.map(|places| {
            json!({
                "theorem": "12",
                "step": latest.step,
                "lower": number(&rounded(&choice.lower, places, false)),
                "upper": number(&rounded(&choice.upper, places, true)),
                "excess": zero, "loss": zero, "limit": [zero, zero],
            })
        })));
    }
    if let Some(trap) = &all_time.delta_trap {
        let (latest, choice) = (&trap.latest, &trap.latest.choice);
        tails.push(Vec::from(TRIES.map(|places| {
            json!({
                "theorem": "13",
                "step": latest.step,
                "lower": number(&rounded(&choice.lower, places, false)),
                "upper": number(&rounded(&choice.upper, places, true)),
                "spike": number(&rounded(&choice.b_bound, places, true)),
                "excess": zero, "loss": zero,
            })
        })));
    }
    if let Some(step) = all_time.escape {
        tails.push(vec![json!({ "theorem": "E", "step": step })]);
    }
    tails
}

/// To so many decimal places, or significant digits if it is small.
fn rounded(q: &Rational, places: u32, up: bool) -> Rational {
    let mut scale = Integer::from(Integer::u_pow_u(10, places));
    while Rational::from(q * &scale) < 1000 && places < 60 && scale.significant_bits() < 4000 {
        scale *= 10;
    }
    let scaled = Rational::from(q * &scale);
    let whole = if up { scaled.ceil() } else { scaled.floor() };
    whole / Rational::from(scale)
}

/// Of each trap, the first candidate that the checker proves, with what it finds to follow.
fn proved(candidates: &[Vec<Value>], examination: &Examination) -> Vec<Value> {
    let mut traps = examination.traps.iter();
    let mut proved = Vec::new();
    for tries in candidates {
        let mut found: Option<Value> = None;
        for (tail, trap) in tries.iter().zip(traps.by_ref()) {
            let (None, Ok(trap)) = (&found, trap) else {
                continue;
            };
            found = filled(tail.clone(), trap);
        }
        proved.extend(found);
    }
    proved
}

/// A trap's entry with what the checker finds to follow from it.
fn filled(mut tail: Value, trap: &Trap) -> Option<Value> {
    if let (Some(excess), Some(loss)) = (&trap.excess, &trap.loss) {
        tail["excess"] = checker_digits(excess)?;
        tail["loss"] = checker_digits(loss)?;
    }
    if let Some((lower, upper)) = &trap.limit {
        tail["limit"] = match tail["theorem"].as_str() {
            Some("12") => json!([checker_digits(lower)?, checker_digits(upper)?]),
            _ => json!("at most 2"),
        };
    }
    Some(tail)
}

/// A claim's entry, without the precision; or why there is none.
fn entry(run: &Run, result: &ClaimResult) -> Result<Value, String> {
    let verdict = match result.verdict {
        Verdict::Undecided => return Err(undecided(result)),
        verdict => verdict.word(),
    };
    let statement = statement::of(&result.claim)?;
    let mut entry = json!({
        "id": result.claim.id,
        "bits": LADDER[0],
        "verdict": verdict,
        "sha256": hash(&statement),
        "statement": statement,
    });
    if let Some(violation) = &result.violation
        && !statement::speaks_of_no_step(&result.claim)
        && violation.step <= run.steps
    {
        entry["witness"] = witness(result, violation).ok_or("its witness is too wide")?;
    }
    Ok(entry)
}

/// Why there is no verdict to check.
fn undecided(result: &ClaimResult) -> String {
    let Some(obstacle) = &result.obstacle else {
        return "the verdict is undecided".into();
    };
    let step = obstacle
        .step
        .map_or(String::new(), |step| format!("step {step}, "));
    let (reason, detail) = (obstacle.reason.word(), &obstacle.detail);
    format!("the verdict is undecided ({step}{reason}): {detail}")
}

fn witness(result: &ClaimResult, violation: &Violation) -> Option<Value> {
    let claim = &result.claim;
    let state = &violation.state;
    let mut witness = json!({
        "step": violation.step,
        "state": [
            ball_digits(&state.alpha)?,
            ball_digits(&state.beta1)?,
            ball_digits(&state.beta2)?,
        ],
    });
    let clause = claim.then.iter().position(|c| c.text == violation.clause);
    if let Some(i) = clause {
        witness["clause"] = json!(i);
        if matches!(claim.then[i].condition, Condition::Compare { .. }) {
            if let Some((left, right)) = &violation.sides
                && let Some((left, right)) = interval_digits(left).zip(interval_digits(right))
            {
                witness["sides"] = json!([left, right]);
            }
            if let Some(rayleigh) = &violation.rayleigh {
                witness["vector"] = rayleigh.vector.iter().map(number).collect();
            }
        }
    }
    Some(witness)
}
