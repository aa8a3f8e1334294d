//! A certificate of a run, translated for Coq: a small file that the checker in `proofs/coq`
//! accepts by computation.
//!
//! The file's form is that of `proofs/coq/examples`; how its numbers are chosen is said in
//! `proofs/coq/README.md`. Nothing here is trusted: a number that does not fit makes Coq refuse
//! the file. The run is taken from the certificate's exact inputs, and walked again.

mod claims;
mod conditions;
mod statements;
mod words;

use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use rug::{Integer, Rational};
use serde_json::Value;

pub use self::claims::Selection;
use self::claims::{Claims, Statements, Violation};
use self::conditions::{CoqBox, DeltaConstants, FinalConstants, Later, Tail};
use self::words::Obstacle;
use super::Work;
use crate::check::{Certificate, Failure, Kind};
use crate::enclosure::{self, Engine, Lost, Moment};
use crate::input::Range;
use crate::model::{Coefficients, Parameters, State};
use crate::number::{Interval, rational};
use crate::sharpness;
use crate::trap::{Setting, facing};

/// Steps between two attempts at a trap.
const GRID: u64 = 50;
/// Steps beyond the certificate's own trap in which one is looked for.
const LATER: u64 = 2000;
/// Steps that are walked at most.
pub const MOST_STEPS: u64 = 10_000_000;
/// Steps that Coq computes at least, if the run has so many: a trap may hold at step 0, and bounds
/// on the steps that were made say more than a trap alone.
const SHOWN: u64 = 1000;
/// Bits of the walk; the next number if they do not suffice.
const LADDER: [u32; 4] = [256, 512, 1024, 4096];
/// Bits of the last iterate that must be certain.
const CERTAIN: i64 = 96;
/// Bits with which Coq's checker tests bounds.
const CHECK_PRECISION: u32 = 60;
/// Bits that are to be left at the end: as measured, and by Coq's balls.
const ENOUGH: i64 = 32;
const WANTED: u32 = 192;
/// Balls are fastest just below a multiple of this many bits.
const LIMB: u32 = 252;

/// Why there is no Coq file.
#[derive(Debug, thiserror::Error)]
pub enum CoqError {
    /// The certificate cannot be read: its form, its version, or a hash.
    #[error("{}{failure}", kind_in_words(.failure.kind))]
    Certificate {
        /// What the checker's reader says.
        failure: Failure,
    },
    /// A field that the checker accepts and this program does not.
    #[error("{field}: {message}")]
    Field {
        /// The field.
        field: String,
        /// What is wrong.
        message: String,
    },
    /// A start box.
    #[error(
        "run.start: a Coq certificate is about one start, and this run starts in a box; certify a \
         run that starts at a point of the box, as start = {{ alpha = \"{}\", beta1 = \"{}\", \
         beta2 = \"{}\" }}",
        .0.alpha, .0.beta1, .0.beta2
    )]
    Box(Box<State<Rational>>),
    /// Too many steps.
    #[error(
        "{0} steps are too many: at most {MOST_STEPS} are walked; `edgecert coq --steps N` translates \
         the first N of them, or fewer if a trap holds before"
    )]
    Steps(u64),
    /// The walk ended.
    #[error(
        "the iterates cannot be enclosed beyond step {0}; `edgecert coq --steps N` with a smaller N \
         translates the first N steps"
    )]
    Lost(u64),
    /// The user stopped it.
    #[error("interrupted: no Coq file is written")]
    Interrupted,
}

/// The middle of a start box; `None` if it is a point.
fn point_of_box(start: &Value) -> Option<State<Rational>> {
    let mut is_box = false;
    let mut middle = |name: &str| match &start[name] {
        Value::Array(ends) => {
            is_box = true;
            let end = |i: usize| rational::parse(ends.get(i)?.as_str()?).ok();
            Some((end(0)? + end(1)?) / 2u32)
        }
        value => rational::parse(value.as_str()?).ok(),
    };
    let point = State {
        alpha: middle("alpha")?,
        beta1: middle("beta1")?,
        beta2: middle("beta2")?,
    };
    is_box.then_some(point)
}

/// A floating-point number near an interval, 0 or infinite if it is out of range.
fn float(x: &Interval) -> f64 {
    let (m, e) = x.midpoint_f64_exp();
    m * 2f64.powi(i32::try_from(e).unwrap_or(i32::MIN).clamp(-1100, 1000))
}

fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Version => "a version of the format that is not known: ",
        Kind::Format => "this is no certificate in canonical form: ",
        Kind::Rejected | Kind::Work => "it was changed after it had been written: ",
    }
}

/// A Coq file and what it says.
#[derive(Clone, Debug)]
pub struct CoqFile {
    /// Its text.
    pub text: String,
    /// Steps that Coq computes.
    pub steps: u64,
    /// What they end in: `final trap`, `delta-trap`, `escape` or `no trap`.
    pub trap: &'static str,
    /// What that means for the later steps, in words.
    pub later: &'static str,
    /// Why nothing is said of later steps, if nothing is.
    pub note: Option<String>,
    /// Claims that are stated, in part at least.
    pub claims: usize,
    /// Those of them that the certificate states of more steps than the file does.
    pub cut: Vec<String>,
}

/// What the certificate says of all later steps.
#[derive(Clone, Copy)]
enum Stated {
    /// Theorem 12 or 13, from this step on.
    Trap(u64),
    /// Theorem E.
    Escape(u64),
    Nothing,
}

/// What is needed of a certificate.
struct Inputs {
    parameters: Parameters,
    start: State<Range>,
    steps: u64,
    hash: String,
    run_hash: String,
    stated: Stated,
    claims: Claims,
}

/// Translates a certificate. A trap is looked for up to `steps`, if given; else as far as the
/// run of the certificate goes, or a little beyond its trap. If none is found, the file says
/// nothing of later steps. Of the claims those are stated that are selected and can be said, of the
/// steps before the trap.
///
/// # Errors
/// [`CoqError`]: the certificate is unreadable, the run cannot be followed, or the selection
/// names what is no claim.
pub fn write(
    certificate: &[u8],
    steps: Option<u64>,
    selection: &Selection,
) -> Result<CoqFile, CoqError> {
    let interrupt = AtomicBool::new(false);
    let mut work = Work {
        interrupt: &interrupt,
        progress: &mut |_, _, _| {},
    };
    write_watched(certificate, steps, selection, &mut work)
}

/// The same, watched.
///
/// # Errors
/// As [`write()`]; [`CoqError::Interrupted`], too.
pub fn write_watched(
    certificate: &[u8],
    steps: Option<u64>,
    selection: &Selection,
    work: &mut Work<'_>,
) -> Result<CoqFile, CoqError> {
    let inputs = Inputs::read(certificate)?;
    let limit = steps.unwrap_or(match inputs.stated {
        Stated::Trap(step) => inputs.steps.max(step + LATER),
        Stated::Escape(_) | Stated::Nothing => inputs.steps,
    });
    if limit > MOST_STEPS {
        return Err(CoqError::Steps(limit));
    }
    let mut walk = inputs.walk(limit, work)?;
    let setting = conditions::Exact::new(&inputs.parameters);
    let note = walk
        .found
        .is_none()
        .then(|| inputs.why_nothing(&walk, limit));
    let (mut step, tail) = walk
        .found
        .take()
        .unwrap_or((steps.unwrap_or(inputs.steps), Tail::Nothing));
    let (most, zero_bits) = inputs.follow_zero(&walk.heights);
    let note = note.map(|note| {
        if step <= most {
            return note;
        }
        step = most;
        format!(
            "{note}; Coq's enclosure of beta1 = 0 grows above the edge, so only {most} steps are \
             computed"
        )
    });
    let precision = inputs.coq_precision(step, work)?.max(zero_bits);
    let (trap, laters) = match &tail {
        Tail::Final(at, constants) => (constants.coq(), setting.final_laters(at, constants)),
        Tail::Delta(at, constants) => (constants.coq(), setting.delta_laters(at, constants)),
        Tail::Escape => ("Escape".into(), conditions::escape_laters()),
        Tail::Nothing => ("No_trap".into(), Vec::new()),
    };
    let (name, later) = tail.words();
    let phases = phases(&walk.heights[..usize::try_from(step).unwrap_or(0)]);
    let violations = inputs.claims.violations(&inputs.parameters, step);
    let statements = inputs.claims.statements(selection, step, precision, work)?;
    Ok(CoqFile {
        text: inputs.text(&Body {
            step,
            precision,
            phases: &phases,
            violations: &violations,
            statements: &statements,
            tail: &tail,
            note: note.as_deref().unwrap_or_default(),
            trap: &trap,
            laters: &laters,
        }),
        steps: step,
        trap: name,
        later,
        note,
        claims: statements.items.len(),
        cut: statements.cut,
    })
}

/// What is computed for a file.
struct Body<'a> {
    step: u64,
    precision: u32,
    phases: &'a [(u64, Rational, Rational)],
    violations: &'a [Violation],
    statements: &'a Statements,
    /// What the run ends in.
    tail: &'a Tail,
    /// Why nothing is said of later steps, if that is so.
    note: &'a str,
    trap: &'a str,
    laters: &'a [Later],
}

/// Upper bounds of S and L at one step.
type Height = (f64, f64);

struct Walk {
    heights: Vec<Height>,
    found: Option<(u64, Tail)>,
    /// What keeps the last iterate out of every trap.
    obstacle: Obstacle,
}

impl Inputs {
    fn read(bytes: &[u8]) -> Result<Self, CoqError> {
        // The checker's reader sees to the form, the version and the hashes.
        Certificate::read(bytes).map_err(|failure| CoqError::Certificate { failure })?;
        let wrong = |field: &str, message: &str| CoqError::Field {
            field: field.into(),
            message: message.into(),
        };
        let json: Value = serde_json::from_slice(bytes)
            .map_err(|error| wrong("the certificate", &error.to_string()))?;
        let number = |name: &str, value: &Value| {
            let text = value
                .as_str()
                .ok_or_else(|| wrong(&format!("run.{name}"), "a number is expected"))?;
            rational::parse(text).map_err(|error| wrong(&format!("run.{name}"), &error.to_string()))
        };
        let run = &json["run"];
        if let Some(point) = point_of_box(&run["start"]) {
            return Err(CoqError::Box(Box::new(point)));
        }
        let range = |name: &str| {
            let value = number(&format!("start.{name}"), &run["start"][name])?;
            Ok::<_, CoqError>(Range {
                lower: value.clone(),
                upper: value,
            })
        };
        let count = |field: &str, value: &Value| {
            value
                .as_u64()
                .ok_or_else(|| wrong(field, "a whole number is expected"))
        };
        let steps = count("run.steps", &run["steps"])?;
        let parameters = Parameters {
            lambda1: number("lambda1", &run["lambda1"])?,
            lambda2: number("lambda2", &run["lambda2"])?,
            eta: number("eta", &run["eta"])?,
            clip: run
                .get("clip")
                .map(|bound| number("clip", bound))
                .transpose()?,
        };
        let start = State {
            alpha: range("alpha")?,
            beta1: range("beta1")?,
            beta2: range("beta2")?,
        };
        let tails = json["tails"].as_array().map_or(&[][..], Vec::as_slice);
        let step_of = |theorems: &[&str]| {
            tails
                .iter()
                .filter(|tail| {
                    tail["theorem"]
                        .as_str()
                        .is_some_and(|theorem| theorems.contains(&theorem))
                })
                .filter_map(|tail| tail["step"].as_u64())
                .min()
        };
        let stated = match (step_of(&["12", "13"]), step_of(&["E"])) {
            (Some(step), _) => Stated::Trap(step),
            (None, Some(step)) => Stated::Escape(step),
            (None, None) => Stated::Nothing,
        };
        Ok(Inputs {
            parameters,
            start,
            steps,
            hash: json["sha256"].as_str().unwrap_or_default().into(),
            run_hash: json["run_sha256"].as_str().unwrap_or_default().into(),
            stated,
            claims: Claims::read(&json).map_err(|failure| CoqError::Certificate { failure })?,
        })
    }

    fn why_nothing(&self, walk: &Walk, limit: u64) -> String {
        match self.stated {
            Stated::Nothing => {
                format!("no trap holds up to step {limit}: {}", walk.obstacle)
            }
            Stated::Trap(step) => format!(
                "the engine's trap holds at step {step}, but the conditions of the Coq \
                 development, which are a little stronger, are not met up to step {limit}; \
                 `--steps N` looks further"
            ),
            Stated::Escape(step) => format!(
                "the run escapes at step {step}, but Coq's enclosures are too wide for the \
                 conditions of Theorem E up to step {limit}; `edgecert coq --steps N` looks further"
            ),
        }
    }

    fn walk(&self, limit: u64, work: &mut Work<'_>) -> Result<Walk, CoqError> {
        let mut lost = 0;
        for bits in LADDER {
            match self.walk_with(limit, bits, work) {
                Err(CoqError::Lost(step)) => lost = step,
                outcome => return outcome,
            }
        }
        Err(CoqError::Lost(lost))
    }

    /// Walks until the final trap or Theorem E holds or the limit is reached, and [`SHOWN`] steps
    /// if it can. Of δ-traps the first is taken that is nearly the best.
    fn walk_with(&self, limit: u64, bits: u32, work: &mut Work<'_>) -> Result<Walk, CoqError> {
        /// A later δ-trap must be better by this factor.
        const BETTER: f64 = 0.99;
        let mut trajectory = enclosure::start(Engine::Centred, &self.parameters, &self.start, bits);
        let exact = conditions::Exact::new(&self.parameters);
        let setting = Setting::new(&self.parameters, true);
        let coefficients = self.parameters.coefficients(());
        let shown = SHOWN.min(self.steps).min(limit);
        let mut walk = Walk {
            heights: Vec::new(),
            found: None,
            obstacle: Obstacle::Oscillation,
        };
        let mut least = f64::INFINITY;
        let escape = match self.stated {
            Stated::Escape(step) => step,
            Stated::Trap(_) | Stated::Nothing => u64::MAX,
        };
        for t in 0..=limit {
            if t >= escape {
                let at = CoqBox::around(&trajectory.ball(Moment::Current), CHECK_PRECISION);
                if at.is_some_and(|at| exact.escape_check(&at)) {
                    walk.found = Some((t, Tail::Escape));
                    return Ok(walk);
                }
            }
            if t % GRID == 0 || t == limit || t == shown {
                if !work.goes_on("the trap is looked for", t, limit) {
                    return Err(CoqError::Interrupted);
                }
                if trajectory.accuracy_bits() < CERTAIN {
                    return Err(CoqError::Lost(t));
                }
                let at = CoqBox::around(&trajectory.ball(Moment::Current), CHECK_PRECISION);
                let is_early = walk.found.as_ref().is_some_and(|(step, _)| *step < shown);
                let is_final = matches!(walk.found, Some((_, Tail::Final(..))));
                if let Some(at) = at {
                    let (x, _) = facing(trajectory.interval(Moment::Current), ());
                    if let Some(constants) = exact.choose_final(&setting, &x, &at) {
                        walk.found = Some((t, Tail::Final(at, constants)));
                        if t >= shown {
                            return Ok(walk);
                        }
                    } else if !is_final
                        && let Some((delta, constants)) = exact.choose_delta(&at)
                        && delta < least * if is_early { 1.0 / BETTER } else { BETTER }
                    {
                        least = delta;
                        walk.found = Some((t, Tail::Delta(at, constants)));
                    }
                }
                // The first shown steps have been made in vain: the trap is taken as it was.
                if is_final && t >= shown {
                    return Ok(walk);
                }
            }
            let x = trajectory.interval(Moment::Current);
            if t == limit {
                walk.obstacle = self.obstacle(&x);
                break;
            }
            walk.heights
                .push(height(&coefficients, &x).ok_or(CoqError::Lost(t))?);
            match trajectory.advance() {
                Ok(()) => {}
                // What was found before holds all the same.
                Err(Lost::Range) if walk.found.is_some() => break,
                Err(_) => return Err(CoqError::Lost(t)),
            }
        }
        Ok(walk)
    }

    /// What keeps an iterate out of every trap, as floating point sees it.
    fn obstacle(&self, x: &State<Interval>) -> Obstacle {
        let h = self.parameters.eta.to_f64() * self.parameters.lambda1.to_f64();
        let (beta1, x) = (&x.beta1, x.map(float));
        let (p, q) = (x.alpha * x.beta2, x.alpha.powi(2) - x.beta2.powi(2));
        let above = h * (q + q.hypot(2.0)) / 2.0 >= 2.0;
        let still = beta1.contains_zero() && beta1.lower_f64() == 0.0 && beta1.upper_f64() == 0.0;
        match () {
            () if p <= 0.0 => Obstacle::Signs,
            () if above && still => Obstacle::NoOscillation,
            () if p > 1.0 => Obstacle::Above,
            () if above => Obstacle::Sharpening,
            () => Obstacle::Oscillation,
        }
    }

    /// Bits for Coq's balls, from the most that the reference engine loses at any step (clipping
    /// brings bits back), and a quarter more: Coq's balls have a fixed scale.
    fn coq_precision(&self, step: u64, work: &mut Work<'_>) -> Result<u32, CoqError> {
        const LOOK_EVERY: u64 = 512;
        const MOST: u32 = 64 * LIMB;
        let mut bits = LIMB;
        while bits <= MOST {
            let mut trajectory =
                enclosure::start(Engine::Reference, &self.parameters, &self.start, bits);
            let mut complete = true;
            let mut left = trajectory.accuracy_bits();
            for t in 0..step {
                if t % LOOK_EVERY == 0 && !work.goes_on("bits for Coq are counted", t, step) {
                    return Err(CoqError::Interrupted);
                }
                complete = trajectory.advance().is_ok();
                left = left.min(trajectory.accuracy_bits());
                if !complete || left <= ENOUGH {
                    break;
                }
            }
            if complete && left > ENOUGH {
                let lost = u32::try_from(i64::from(bits) - left).unwrap_or(0);
                let wanted = lost.saturating_add(lost / 4).saturating_add(WANTED);
                return Ok(wanted.next_multiple_of(LIMB).max(LIMB));
            }
            bits *= 2;
        }
        Err(CoqError::Lost(step))
    }

    /// Where β₁ is 0 for ever, Coq's ball around it has a radius, which grows like |1 − a| at each
    /// step: how many steps can be made, and with how many bits.
    fn follow_zero(&self, heights: &[Height]) -> (u64, u32) {
        let most = f64::from(4 * LIMB - WANTED);
        let beta1 = &self.start.beta1;
        if beta1.lower != 0 || beta1.upper != 0 {
            return (u64::MAX, 0);
        }
        let eta = self.parameters.eta.to_f64();
        let (mut grown, mut largest) = (0.0f64, 0.0f64);
        let mut steps = u64::MAX;
        for (t, (sharpness, _)) in heights.iter().enumerate() {
            grown = grown.max(0.0) + (1.0 - eta * sharpness).abs().log2();
            if grown > most {
                steps = t as u64;
                break;
            }
            largest = largest.max(grown);
        }
        let bits = largest.ceil() as u32 + WANTED;
        (steps, bits.next_multiple_of(LIMB))
    }

    fn text(&self, body: &Body<'_>) -> String {
        let Body {
            step,
            precision,
            phases,
            violations,
            statements,
            tail,
            note,
            trap,
            laters,
        } = *body;
        let p = &self.parameters;
        let start = &self.start;
        let clip = p.clip.as_ref();
        let mut text = self.heading(step, phases, violations, statements, (tail, note), laters);
        statements.comment(&mut text, step);
        let formula = if statements.items.is_empty() {
            ""
        } else {
            "Formula "
        };
        let _ = write!(
            text,
            "From Coq Require Import ZArith NArith QArith List.\n\
             From Edgecert Require Import {formula}Certificate Checker.\n\
             Import ListNotations.\nOpen Scope Q_scope.\n\n"
        );
        for definition in &statements.definitions {
            let _ = writeln!(text, "{definition}\n");
        }
        text.push_str("Definition certificate : certificate := {|\n");
        let clip = clip.map_or("None".into(), |bound| format!("Some {}", argument(bound)));
        let fields = [
            ("variance1", fraction(&p.lambda1)),
            ("variance2", fraction(&p.lambda2)),
            ("learning_rate", fraction(&p.eta)),
            ("clip_bound", clip),
            ("start_alpha", fraction(&start.alpha.lower)),
            ("start_beta1", fraction(&start.beta1.lower)),
            ("start_beta2", fraction(&start.beta2.lower)),
            ("precision", precision.to_string()),
            ("check_precision", CHECK_PRECISION.to_string()),
            ("formula_precision", statements.bits.to_string()),
        ];
        for (field, value) in fields {
            let _ = writeln!(text, "  {field} := {value};");
        }
        let phases: Vec<String> = phases
            .iter()
            .map(|(steps, sharpness, loss)| {
                format!(
                    "{{| steps := {steps}; sharpness_bound := {}; loss_bound := Some {}; size_bounds := None |}}",
                    fraction(sharpness),
                    argument(loss)
                )
            })
            .collect();
        let list = |items: &[String]| {
            if items.is_empty() {
                "[]".to_string()
            } else {
                format!("[\n    {}\n  ]", items.join(";\n    "))
            }
        };
        let _ = writeln!(text, "  phases := {};", list(&phases));
        let violations: Vec<String> = violations.iter().map(Violation::coq).collect();
        let _ = writeln!(text, "  violations := {};", list(&violations));
        let _ = writeln!(text, "  statements := {};", list(&statements.items));
        let _ = writeln!(text, "  end_trap := {trap};");
        let laters: Vec<String> = laters.iter().map(Later::coq).collect();
        let _ = writeln!(text, "  laters := {}\n|}}.\n", list(&laters));
        text.push_str(
            "Lemma computed : accepted certificate = true.\n\
             Proof. vm_cast_no_check (eq_refl true). Qed.\n\n\
             Theorem certified : claim certificate.\n\
             Proof. exact (accepted_sound certificate computed). Qed.\n",
        );
        text
    }
}

/// S and L at most, if they are bounded.
fn height(coefficients: &Coefficients<Interval>, x: &State<Interval>) -> Option<Height> {
    let sharpness = sharpness::enclose(&coefficients.hessian(x)).ok()?;
    let height = (sharpness.upper_f64(), coefficients.loss(x).upper_f64());
    (height.0.is_finite() && height.1.is_finite()).then_some(height)
}

/// Steps, bound on S, bound on L: in one phase, or in two if that says much more.
fn phases(heights: &[Height]) -> Vec<(u64, Rational, Rational)> {
    /// A split must be worth this much: the logarithm of the gain times the part of the run.
    const WORTH: f64 = 0.01;
    /// L counts less than S.
    const LOSS_WEIGHT: f64 = 0.1;
    if heights.is_empty() {
        return Vec::new();
    }
    let larger = |x: Height, y: &Height| (x.0.max(y.0), x.1.max(y.1));
    let running = |heights: &mut dyn Iterator<Item = &Height>| -> Vec<Height> {
        heights
            .scan((0.0, 0.0), |most, height| {
                *most = larger(*most, height);
                Some(*most)
            })
            .collect()
    };
    let before = running(&mut heights.iter());
    let mut after = running(&mut heights.iter().rev());
    after.reverse();
    let count = heights.len() as f64;
    let gain = |all: f64, part: f64| {
        let ratio = all / part.max(f64::MIN_POSITIVE);
        ratio.max(1.0).ln()
    };
    let all = after[0];
    let gains = |(s, l): Height| gain(all.0, s) + LOSS_WEIGHT * gain(all.1, l);
    let worth = |i: usize| {
        let first = i as f64 / count;
        first * gains(before[i - 1]) + (1.0 - first) * gains(after[i])
    };
    let split = (1..heights.len())
        .max_by(|&i, &j| worth(i).total_cmp(&worth(j)))
        .filter(|&i| worth(i) > WORTH);
    let mut parts = vec![heights];
    if let Some(i) = split {
        let (first, second) = heights.split_at(i);
        parts = vec![first, second];
    }
    parts
        .into_iter()
        .map(|part| {
            let (s, l) = part.iter().fold((0.0, 0.0), larger);
            (part.len() as u64, bound(s), bound(l))
        })
        .collect()
}

/// An upper bound with few digits, above the number by a thousandth at least and by what 60 bits
/// may lose.
fn bound(x: f64) -> Rational {
    const MARGIN: f64 = 1.001;
    const ABSOLUTE: f64 = 1e-12;
    let x = Rational::from_f64(x * MARGIN + ABSOLUTE).unwrap_or_default();
    rounded(&x, 4, true)
}

/// To so many significant digits.
fn rounded(q: &Rational, digits: i32, up: bool) -> Rational {
    let size = q.to_f64().abs();
    if size == 0.0 {
        return q.clone();
    }
    let exponent = size.log10().floor() as i32;
    places(q, digits - 1 - exponent, up)
}

/// To so many decimal places, which may be negative.
fn places(q: &Rational, count: i32, up: bool) -> Rational {
    let power = Rational::from(Integer::from(Integer::u_pow_u(10, count.unsigned_abs())));
    let scale = if count < 0 { power.recip() } else { power };
    let scaled = Rational::from(q * &scale);
    let whole = if up { scaled.ceil() } else { scaled.floor() };
    whole / scale
}

/// As Coq writes it.
fn fraction(q: &Rational) -> String {
    format!("{} # {}", q.numer(), q.denom())
}

/// As Coq writes an argument.
fn argument(q: &Rational) -> String {
    format!("({})", fraction(q))
}

impl FinalConstants {
    fn coq(&self) -> String {
        let [low, high, rate] = [&self.alpha_low, &self.a_high, &self.rate].map(argument);
        format!("Final_trap {low} {high} {rate}")
    }
}

impl DeltaConstants {
    fn coq(&self) -> String {
        let all = [
            &self.alpha_low,
            &self.a_high,
            &self.b_high,
            &self.edge_low,
            &self.drive_high,
            &self.log_high,
        ];
        format!("Delta_trap {}", all.map(argument).join(" "))
    }
}
