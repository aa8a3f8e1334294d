//! A claim as the trees of a certificate.

use serde_json::{Map, Value, json};

use crate::claim::{Claim, Clause, Event, Scope};
use crate::expression::{Condition, Expr, Kind, Relation, unfused};

/// The claim's statement: everything its verdict depends on, and nothing else.
///
/// # Errors
/// What cannot be written.
pub fn of(claim: &Claim) -> Result<Value, String> {
    let constants: Map<String, Value> = claim
        .constants
        .iter()
        .map(|(name, q)| (name.clone(), super::number(q)))
        .collect();
    let define: Map<String, Value> = claim
        .define
        .iter()
        .map(|(name, tree)| (name.clone(), expression(tree)))
        .collect();
    let mut statement = json!({
        "constants": constants,
        "define": define,
        "given": clauses(&claim.given),
        "when": clauses(&claim.when),
        "then": clauses(&claim.then),
        "scope": scope(&claim.scope)?,
    });
    if let Some(reach) = &claim.reach {
        statement["reach"] = json!({
            "goal": condition(&reach.goal.condition),
            "within": expression(&reach.within),
        });
    }
    Ok(statement)
}

/// Is a violation of the claim about no single step?
pub fn speaks_of_no_step(claim: &Claim) -> bool {
    matches!(claim.scope, Scope::SomeStep(_) | Scope::Eventually)
}

fn clauses(clauses: &[Clause]) -> Vec<Value> {
    clauses.iter().map(|c| condition(&c.condition)).collect()
}

fn scope(scope: &Scope) -> Result<Value, String> {
    Ok(match scope {
        Scope::EveryStep => json!(["every step"]),
        Scope::From(e) => json!(["from", event(e)?]),
        Scope::Until(e) => json!(["until", event(e)?]),
        Scope::Steps(from, to) => json!(["steps", expression(from), expression(to)]),
        Scope::SomeStep(to) => json!(["some step to", expression(to)]),
        Scope::FromFirstGiven => json!(["from first given"]),
        Scope::EachStretch(test) => json!(["each stretch where", condition(test)]),
        Scope::ForAll(from) => json!(["for all from", expression(from)]),
        Scope::Eventually => json!(["eventually always"]),
    })
}

fn event(event: &Event) -> Result<Value, String> {
    Ok(match event {
        Event::Crossing(k) => json!(["crossing", k]),
        Event::Spike(k) => json!(["spike", k]),
        Event::First(test) => json!(["first", condition(test)]),
        Event::Trap => {
            return Err("the checker does not look for the step at which a trap closes".into());
        }
    })
}

fn word(name: &str, primed: bool) -> String {
    let prime = if primed { "'" } else { "" };
    format!("{name}{prime}")
}

fn condition(test: &Condition) -> Value {
    let many = |name: &str, tests: &[Condition]| {
        let mut list = vec![json!(name)];
        list.extend(tests.iter().map(condition));
        Value::Array(list)
    };
    match test {
        Condition::Compare {
            left,
            relation,
            right,
            ..
        } => {
            let relation = match relation {
                Relation::Less => "<",
                Relation::LessEqual => "<=",
                Relation::Greater => ">",
                Relation::GreaterEqual => ">=",
                Relation::Equal => "=",
            };
            json!([relation, expression(left), expression(right)])
        }
        Condition::Flag { name, primed, .. } => json!(word(name, *primed)),
        Condition::And(tests) => many("and", tests),
        Condition::Or(tests) => many("or", tests),
        Condition::Not(test) => json!(["not", condition(test)]),
    }
}

fn expression(x: &Expr) -> Value {
    let two = |name: &str, x: &Expr, y: &Expr| json!([name, expression(x), expression(y)]);
    match x.kind() {
        Kind::Constant(q) => super::number(q),
        Kind::Name { name, primed } => json!(word(name, *primed)),
        Kind::Negate(x) => json!(["neg", expression(x)]),
        Kind::Add(x, y) => two("+", x, y),
        Kind::Subtract(x, y) => two("-", x, y),
        Kind::Multiply(x, y) => two("*", x, y),
        Kind::Divide(x, y) => two("/", x, y),
        Kind::Power(x, n) => json!(["^", expression(x), n]),
        Kind::Call(crate::expression::Function::FusedMultiplyAdd, arguments) => {
            expression(&unfused(arguments))
        }
        Kind::Call(function, arguments) => {
            let mut list = vec![json!(function.name())];
            list.extend(arguments.iter().map(expression));
            Value::Array(list)
        }
        Kind::Derivative(x, name) => json!(["diff", expression(x), name.as_ref()]),
    }
}
