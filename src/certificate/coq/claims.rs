//! The claims of a certificate in Coq's terms.
//!
//! Statements are read with the checker's reader, which knows what names mean.

use std::collections::BTreeMap;

use rug::Rational;
use serde_json::Value;

use super::{fraction, places};
use crate::check::Failure;
use crate::check::formula::{Graph, Node, Reader, Relation, Test};
use crate::check::fraction::Fraction;
use crate::check::json::{self, Json};
use crate::check::orbit::Run;
use crate::model::{Parameters, State};
use crate::number::rational;

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
    run: Run,
    claims: Vec<Claim>,
}

struct Claim {
    verdict: String,
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
                verdict: claim["verdict"].as_str().unwrap_or_default().into(),
                statement: part(&claim["statement"])?,
                witness: claim.get("witness").cloned(),
            })
        });
        Ok(Claims {
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
                witness["state"][i][0].as_f64()?,
                witness["state"][i][1].as_f64()?,
            );
            Some(n * 10f64.powf(k))
        };
        let state = State {
            alpha: coordinate(0)?,
            beta1: coordinate(1)?,
            beta2: coordinate(2)?,
        };
        let quotient =
            rayleigh_quotient(parameters, &state, &vector.each_ref().map(Rational::to_f64));
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
        let mut fields = claim.statement.fields()?;
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
        Reader::new(graph, &self.run, constants, abbreviations)
    }
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn number(q: &Fraction) -> Option<Rational> {
    rational::parse(&q.written()).ok()
}

/// vᵀ∇²L v/|v|².
fn rayleigh_quotient(parameters: &Parameters, x: &State<f64>, v: &[f64; 3]) -> f64 {
    let (l1, l2) = (parameters.lambda1.to_f64(), parameters.lambda2.to_f64());
    let [v0, v1, v2] = *v;
    let diagonal = (l1 * x.beta1.powi(2) + l2 * x.beta2.powi(2)) * v0 * v0
        + l1 * x.alpha.powi(2) * v1 * v1
        + l2 * x.alpha.powi(2) * v2 * v2;
    let mixed =
        2.0 * l1 * x.alpha * x.beta1 * v0 * v1 + l2 * (2.0 * x.alpha * x.beta2 - 1.0) * v0 * v2;
    (diagonal + 2.0 * mixed) / (v0 * v0 + v1 * v1 + v2 * v2)
}
