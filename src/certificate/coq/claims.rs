//! The claims of a certificate in Coq's terms.
//!
//! Statements are read with the checker's reader, which knows what names mean.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rug::{Integer, Rational};
use serde_json::{Value, json};

use super::statements::{Names, Stated, Writer};
use super::{CoqError, fraction, places};
use crate::certificate::{CertificateError, Draft, Work, describe, hash};
use crate::check::Failure;
use crate::check::formula::{Graph, Node, Reader, Relation, Test};
use crate::check::fraction::Fraction;
use crate::check::json::{self, Json};
use crate::check::orbit::Run;
use crate::model::{Parameters, State};
use crate::number::{Interval, rational};
use crate::sharpness::rayleigh_quotient;

/// Bits for formulas, just below a multiple of a word, and bits with which the checker decides
/// the same: fewer, because Coq's balls are a little wider.
const LADDER: [(u32, u32); 3] = [(124, 96), (187, 160), (313, 256)];
/// Claims that cost more than so many multiplications per step, or over all their steps, are left
/// out unless asked for.
const QUICK: u64 = 60;
const QUICK_IN_ALL: u64 = 1_500_000;

/// The claims that are to be said in Coq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those that are computed quickly.
    Quick,
    /// All that can be said.
    All,
    /// None.
    None,
    /// These; `lemma-4.2` also means `lemma-4.2.…`.
    Named(Vec<String>),
}

impl Selection {
    /// `all`, `none`, or ids between commas.
    pub fn read(text: &str) -> Self {
        match text {
            "all" => Selection::All,
            "none" => Selection::None,
            _ => Selection::Named(text.split(',').map(|id| id.trim().into()).collect()),
        }
    }

    fn is_named(&self, id: &str) -> bool {
        match self {
            Selection::Named(names) => names.iter().any(|name| covers(name, id)),
            _ => false,
        }
    }
}

fn covers(name: &str, id: &str) -> bool {
    id.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What a Coq file says of claims.
#[derive(Default)]
pub(super) struct Statements {
    /// Definitions of expressions and formulas.
    pub(super) definitions: Vec<String>,
    /// The items of `statements`.
    pub(super) items: Vec<String>,
    /// Claims that are not stated, or not all of, and why.
    pub(super) left_out: Vec<(String, String)>,
    /// What is stated, in words.
    pub(super) said: Vec<String>,
    /// Claims that the certificate states of more steps.
    pub(super) cut: Vec<String>,
    /// Bits for formulas.
    pub(super) bits: u32,
}

impl Statements {
    /// A comment about what is left out, in a file on so many steps.
    pub(super) fn comment(&self, text: &mut String, steps: u64) {
        if !self.cut.is_empty() {
            let _ = writeln!(
                text,
                "(** Claims that the certificate states of more steps than the first {steps}, which are all \
                 that\n    is stated here:\n"
            );
            for id in &self.cut {
                let _ = writeln!(text, "    - {id}");
            }
            text.push_str("*)\n\n");
        }
        if self.left_out.is_empty() {
            return;
        }
        text.push_str("(** Claims of the certificate that are not stated, or not all of:\n\n");
        for (id, reason) in &self.left_out {
            // Coq reads strings and comments in comments.
            let reason = reason.replace("(*", "( *").replace("*)", "* )");
            let _ = writeln!(text, "    - {id}: {}", reason.replace('"', "'"));
        }
        text.push_str("*)\n\n");
    }
}

/// A conclusion that is tried.
struct Candidate<'a> {
    claim: &'a Claim,
    clause: usize,
    /// The statement with this conclusion alone.
    entry: Value,
}

/// A bound on the sharpness that is exceeded at a step, and a vector that shows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Violation {
    pub(super) step: u64,
    pub(super) exceeded: Rational,
    vector: [Rational; 3],
}

impl Violation {
    pub(super) fn coq(&self) -> String {
        let vector = self.vector.each_ref().map(fraction).join(", ");
        format!(
            "{{| at_step := {}; exceeded := {}; vector := ({vector}) |}}",
            self.step,
            fraction(&self.exceeded)
        )
    }
}

/// The run and the claims of a certificate that was read before.
pub(super) struct Claims {
    inputs: Value,
    run: Run,
    claims: Vec<Claim>,
}

struct Claim {
    id: String,
    verdict: String,
    text: Value,
    statement: Json,
    witness: Option<Value>,
}

impl Claims {
    /// # Errors
    /// What the reader does not understand.
    pub(super) fn read(certificate: &Value) -> Result<Self, Failure> {
        let part = |value: &Value| json::read(value.to_string().as_bytes());
        let list = certificate["claims"].as_array();
        let claims = list.into_iter().flatten().map(|claim| {
            Ok(Claim {
                id: claim["id"].as_str().unwrap_or_default().into(),
                text: claim["statement"].clone(),
                verdict: claim["verdict"].as_str().unwrap_or_default().into(),
                statement: part(&claim["statement"])?,
                witness: claim.get("witness").cloned(),
            })
        });
        Ok(Claims {
            inputs: certificate["run"].clone(),
            run: Run::read(&part(&certificate["run"])?)?,
            claims: claims.collect::<Result<_, Failure>>()?,
        })
    }

    /// The violations before a step that are bounds on the sharpness exceeded.
    pub(super) fn violations(&self, parameters: &Parameters, before: u64) -> Vec<Violation> {
        let mut found: Vec<Violation> = Vec::new();
        let violated = self.claims.iter().filter(|c| c.verdict == "violated");
        for violation in violated.filter_map(|claim| self.violation(claim, parameters)) {
            if violation.step < before && !found.contains(&violation) {
                found.push(violation);
            }
        }
        found
    }

    fn violation(&self, claim: &Claim, parameters: &Parameters) -> Option<Violation> {
        /// Digits of the vector whose largest entry is ±1.
        const PLACES: i32 = 9;
        /// What vᵀ∇²L v exceeds c|v|² by, relative to it; Coq's checker computes with 60 bits.
        const MARGIN: f64 = 1e-9;
        let witness = claim.witness.as_ref()?;
        let clause = usize::try_from(witness["clause"].as_u64()?).ok()?;
        let bound = self.sharpness_bound(claim, clause)?;
        let entries: Vec<Rational> = strings(&witness["vector"])?
            .into_iter()
            .map(|text| rational::parse(text).ok())
            .collect::<Option<_>>()?;
        let largest = entries.iter().map(|x| x.clone().abs()).max()?;
        if largest == 0 {
            return None;
        }
        let vector: [Rational; 3] = entries
            .iter()
            .map(|x| places(&Rational::from(x / &largest), PLACES, false))
            .collect::<Vec<_>>()
            .try_into()
            .ok()?;
        let coordinate = |i: usize| {
            let (n, k) = (
                witness["state"][i][0].as_i64()?,
                witness["state"][i][1].as_i64()?,
            );
            let value = rational::parse(&format!("{n}e{k}")).ok()?;
            Some(Interval::from_rational(&value))
        };
        let state = State {
            alpha: coordinate(0)?,
            beta1: coordinate(1)?,
            beta2: coordinate(2)?,
        };
        let hessian = parameters.coefficients(()).hessian(&state);
        let quotient = rayleigh_quotient(&hessian, &vector, ()).ok()?.lower_f64();
        let least = bound.to_f64();
        (quotient - least > MARGIN * least.abs().max(quotient)).then_some(Violation {
            step: witness["step"].as_u64()?,
            exceeded: bound,
            vector,
        })
    }

    /// c, if a conclusion is S < c or S ≤ c with a number c.
    fn sharpness_bound(&self, claim: &Claim, clause: usize) -> Option<Rational> {
        let mut graph = Graph::default();
        let mut reader = self.reader(claim, &mut graph).ok()?;
        let then = claim.statement.fields().ok()?.optional("then")?;
        let test = reader.test(then.list().ok()?.get(clause)?).ok()?;
        match test {
            Test::Compare(x, Relation::Less | Relation::AtMost, y, _)
                if graph.nodes.get(x) == Some(&Node::Sharpness(false)) =>
            {
                graph.constant(y).and_then(number)
            }
            _ => None,
        }
    }

    fn reader<'a>(&'a self, claim: &'a Claim, graph: &'a mut Graph) -> Result<Reader<'a>, Failure> {
        let Names {
            constants,
            abbreviations,
        } = names(&claim.statement)?;
        Reader::new(graph, &self.run, constants, abbreviations)
    }

    /// The claims in formulas, for a run of so many steps in balls of so many bits.
    ///
    /// # Errors
    /// A name in the selection that is no claim's.
    pub(super) fn statements(
        &self,
        selection: &Selection,
        steps: u64,
        precision: u32,
        work: &mut Work<'_>,
    ) -> Result<Statements, CoqError> {
        let mut result = Statements {
            bits: LADDER[0].0,
            ..Statements::default()
        };
        if let Selection::Named(names) = selection {
            let known = |name: &&String| !self.claims.iter().any(|c| covers(name, &c.id));
            if let Some(name) = names.iter().find(known) {
                return Err(CoqError::Field {
                    field: "--claims".into(),
                    message: format!("the certificate has no claim {name}"),
                });
            }
        }
        if *selection == Selection::None || steps == 0 {
            return Ok(result);
        }
        let unreadable = |failure| CoqError::Certificate { failure };
        let mut candidates = Vec::new();
        let mut writer = Writer::new(&self.run).map_err(unreadable)?;
        for claim in &self.claims {
            if matches!(selection, Selection::Named(_)) && !selection.is_named(&claim.id) {
                continue;
            }
            match self.candidates(claim, &mut writer, selection, steps, &mut result.left_out) {
                Ok(found) => candidates.extend(found),
                Err(reason) => result.left_out.push((claim.id.clone(), reason)),
            }
        }
        let ladder = match selection {
            Selection::Quick => &LADDER[..1],
            _ => &LADDER[..],
        };
        let mut reasons: BTreeMap<usize, String> = BTreeMap::new();
        // The format wants whole words, a few bits more than Coq's.
        let precision = precision.next_multiple_of(64);
        for &(bits, fewer) in ladder.iter().filter(|(_, fewer)| *fewer < precision) {
            result.bits = bits;
            reasons = self.undecided(&candidates, steps, precision, fewer, work)?;
            if reasons.is_empty() {
                break;
            }
        }
        for (i, reason) in &reasons {
            if let Some(candidate) = candidates.get(*i) {
                let reason = format!("conclusion {}: {reason}", candidate.clause + 1);
                result.left_out.push((candidate.claim.id.clone(), reason));
            }
        }
        let decided = candidates.iter().enumerate();
        let decided = decided.filter(|(i, _)| !reasons.contains_key(i));
        let mut chosen: Vec<(&Claim, Vec<usize>)> = Vec::new();
        for (_, candidate) in decided {
            match chosen.last_mut() {
                Some((claim, clauses)) if claim.id == candidate.claim.id => {
                    clauses.push(candidate.clause);
                }
                _ => chosen.push((candidate.claim, vec![candidate.clause])),
            }
        }
        let mut writer = Writer::new(&self.run).map_err(unreadable)?;
        for (claim, clauses) in chosen {
            let Ok((first, count)) = self.range(claim, steps) else {
                continue;
            };
            let restricted = self.restrict(claim, &clauses, first + count);
            let read = json::read(restricted.to_string().as_bytes()).map_err(unreadable)?;
            // It was written before, so it will be again.
            if let Ok(stated) = self.written(&mut writer, &claim.id, &read, first) {
                let last = first + count - 1;
                if last < self.last(claim) {
                    result.cut.push(claim.id.clone());
                }
                result.said.push(format!(
                    "{} at each step from {first} to {last}, as the formula {}",
                    claim.id, stated.name
                ));
                result.definitions.extend(stated.definitions);
                result.items.push(format!(
                    "{{| first_step := {first}; step_count := {count}; says := {} |}}",
                    stated.name
                ));
            }
        }
        Ok(result)
    }

    fn written(
        &self,
        writer: &mut Writer,
        id: &str,
        statement: &Json,
        first: u64,
    ) -> Result<Stated, String> {
        let names = names(statement).map_err(|failure| failure.to_string())?;
        writer.claim(id, statement, names, first)
    }

    /// The conclusions of a claim that can be said, and are to be.
    fn candidates<'a>(
        &'a self,
        claim: &'a Claim,
        writer: &mut Writer,
        selection: &Selection,
        steps: u64,
        left_out: &mut Vec<(String, String)>,
    ) -> Result<Vec<Candidate<'a>>, String> {
        if claim.verdict != "certified" {
            return Err(format!("it is {}", claim.verdict));
        }
        let (first, count) = self.range(claim, steps)?;
        let stated = self.written(writer, &claim.id, &claim.statement, first)?;
        let slow = stated.cost > QUICK || stated.cost.saturating_mul(count) > QUICK_IN_ALL;
        if *selection == Selection::Quick && slow {
            return Err(format!(
                "it takes some {} multiplications a step, of {count} steps; `--claims {}` asks for it",
                stated.cost, claim.id
            ));
        }
        for (clause, reason) in stated.left_out {
            left_out.push((
                claim.id.clone(),
                format!("conclusion {}: {reason}", clause + 1),
            ));
        }
        let candidate = |clause: usize| Candidate {
            claim,
            clause,
            entry: self.restrict(claim, &[clause], first + count),
        };
        Ok(stated.clauses.into_iter().map(candidate).collect())
    }

    /// The last step of a claim's scope on the certificate's run.
    fn last(&self, claim: &Claim) -> u64 {
        // A step that needs the next iterate is not the run's last.
        let made = self
            .run
            .steps
            .saturating_add(u64::from(!has_prime(&claim.text)));
        self.range(claim, made)
            .map_or(0, |(first, count)| first + count - 1)
    }

    /// First step and number of steps of a claim's scope, if so many are made.
    fn range(&self, claim: &Claim, steps: u64) -> Result<(u64, u64), String> {
        let scope = claim.text["scope"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        match scope {
            [name] if name == "every step" => Ok((0, steps)),
            [name, first, last] if name == "steps" => {
                let mut graph = Graph::default();
                let mut reader = self.reader(claim, &mut graph).map_err(|e| e.to_string())?;
                let mut ends = Vec::new();
                for end in [first, last] {
                    let json = json::read(end.to_string().as_bytes()).map_err(|e| e.to_string())?;
                    ends.push(reader.value(&json).map_err(|e| e.to_string())?);
                }
                let count = |id: &usize| graph.constant(*id).and_then(Fraction::as_count);
                match ends
                    .iter()
                    .map(count)
                    .collect::<Option<Vec<_>>>()
                    .as_deref()
                {
                    Some(&[first, last]) if first <= last && first < steps => {
                        Ok((first, steps.min(last.saturating_add(1)) - first))
                    }
                    _ => Err(format!("it is not about the first {steps} steps")),
                }
            }
            [name, ..] => Err(format!(
                "its scope is '{}'",
                name.as_str().unwrap_or_default()
            )),
            [] => Err("it has no scope".into()),
        }
    }

    /// The claim's statement with these conclusions alone, about the steps before `end`.
    fn restrict(&self, claim: &Claim, clauses: &[usize], end: u64) -> Value {
        let mut statement = claim.text.clone();
        let then = &claim.text["then"];
        statement["then"] = clauses.iter().map(|i| then[*i].clone()).collect();
        if statement["scope"][0] == "steps" {
            statement["scope"][2] = json!(end.saturating_sub(1).to_string());
        }
        let own = |field: &str| claim.text[field].get("horizon").is_some();
        if !own("constants") && !own("define") {
            replace(&mut statement, "horizon", &self.run.steps.to_string());
        }
        statement
    }

    /// Which of the conclusions the checker leaves open with so many bits, and why.
    fn undecided(
        &self,
        candidates: &[Candidate],
        steps: u64,
        precision: u32,
        bits: u32,
        work: &mut Work<'_>,
    ) -> Result<BTreeMap<usize, String>, CoqError> {
        /// `precision` may be so much above Coq's, and a few units of rounding.
        const SLACK: u32 = 72;
        let mut run = self.inputs.clone();
        run["steps"] = json!(steps);
        // The checker's ball around 0 is a point; Coq's has a radius after the first step.
        if run["start"]["beta1"] == json!("0") {
            let size = Integer::from(1) << precision.saturating_sub(SLACK);
            run["start"]["beta1"] = json!([format!("-1/{size}"), format!("1/{size}")]);
        }
        let draft = Draft {
            run,
            precision,
            tails: Vec::new(),
        };
        let entries = candidates.iter().enumerate().map(|(i, candidate)| {
            json!({
                "id": format!("conclusion-{i}"),
                "statement": candidate.entry,
                "sha256": hash(&candidate.entry),
                "bits": bits,
                "verdict": "certified",
            })
        });
        let all = |reason: String| {
            let each = (0..candidates.len()).map(|i| (i, reason.clone()));
            each.collect()
        };
        Ok(
            match draft.examine(&[], &entries.collect::<Vec<_>>(), work) {
                Err(CertificateError::Interrupted) => return Err(CoqError::Interrupted),
                Err(error) => all(error.to_string()),
                Ok(examination) => examination
                    .claims
                    .iter()
                    .enumerate()
                    .filter_map(|(i, outcome)| {
                        let trouble = outcome.as_ref().err()?;
                        let reason = match describe(trouble) {
                            why if why.starts_with("it is vacuous") => {
                                format!("its hypotheses hold at none of the first {steps} steps")
                            }
                            why => format!("{bits} bits do not decide it, {why}"),
                        };
                        Some((i, reason))
                    })
                    .collect(),
            },
        )
    }
}

fn names(statement: &Json) -> Result<Names<'_>, Failure> {
    let mut fields = statement.fields()?;
    let mut object = |name: &str| match fields.optional(name) {
        Some(Json::Object(items)) => items.iter().collect(),
        _ => Vec::new(),
    };
    let constants = object("constants")
        .into_iter()
        .map(|(name, value)| Ok((name.as_str(), Fraction::read(value.text()?)?)))
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let abbreviations = object("define")
        .into_iter()
        .map(|(name, tree)| (name.as_str(), tree))
        .collect();
    Ok(Names {
        constants,
        abbreviations,
    })
}

/// With every name in the place of a value replaced.
fn replace(value: &mut Value, name: &str, by: &str) {
    match value {
        Value::String(text) if text == name => *text = by.into(),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, name, by)),
        Value::Object(fields) => fields.values_mut().for_each(|item| replace(item, name, by)),
        _ => {}
    }
}

/// Does a statement speak of the next iterate?
fn has_prime(value: &Value) -> bool {
    match value {
        Value::String(text) => text.ends_with('\''),
        Value::Array(items) => items.iter().any(has_prime),
        Value::Object(fields) => fields.values().any(has_prime),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn number(q: &Fraction) -> Option<Rational> {
    rational::parse(&q.written()).ok()
}
