//! Is a claim's `tight.from` the value of its constant K at which a conclusion is an exact tie?
//!
//! # Soundness
//! Write a conclusion that K occurs in as G(K) ≥ 0 (or > 0), G = larger side − smaller side. Calls
//! other than square roots, and primed names, stand for variables of their own; that K occurs in
//! none of them is checked. Exact algebra proves, for all values of the variables at which both
//! sides are defined, that G(from) = 0 and that G is a polynomial in K of degree 1 or 2. So
//! G(K) = (K − from)·G'(m), with m = (K + from)/2, and G' does not depend on m where the degree is 1.
//! At a step where G' is certainly negative (positive) at m, the conclusion holds at K exactly if
//! K ≤ from (K ≥ from), or without the tie where the relation is strict. G' is affine in K: for
//! degree 2 its sign is looked at for K = from and for the claimed K, and so is known in between,
//! where the best K of a certified claim lies.

use std::collections::HashSet;

use rug::Rational;

use super::{Claim, Tight, identity};
use crate::expression::{Condition, Expr, Function, Kind, Relation, rewrite};
use crate::number::Number;

/// How a conclusion depends on the constant.
#[derive(Clone, Debug)]
pub(super) struct Tie {
    /// G', where its sign is to be looked at.
    pub slopes: Vec<Expr>,
    /// At a step where one of these holds the conclusion holds whatever K is.
    pub alternatives: Vec<Condition>,
    /// Whether the tie is proved for iterates that are the map's images only.
    pub by_map: bool,
    /// The degree is 2: the best K is known if the claim is certified.
    pub needs_certificate: bool,
    /// The conclusion, if K occurs in others, too.
    pub one_of: Option<String>,
}

/// What names stand for.
pub(super) trait Meaning {
    /// All definitions written out, but for K.
    fn written_out(&self, expr: &Expr) -> Expr;
    /// Primed coordinates replaced by the map; `None` where β₁ may be clipped and is not known to
    /// be `unclipped`.
    fn by_map(&self, expr: &Expr, unclipped: bool) -> Option<Expr>;
}

/// A comparison, and what makes it unnecessary.
struct Candidate<'a> {
    text: &'a str,
    larger: &'a Expr,
    smaller: &'a Expr,
    alternatives: Vec<&'a Condition>,
}

/// Finds the conclusion that ties at K = `tight.from`.
///
/// # Errors
/// What is not proved, in words.
pub(super) fn find(
    claim: &Claim,
    tight: &Tight,
    claimed: &Rational,
    meaning: &dyn Meaning,
) -> Result<Tie, String> {
    let k = tight.constant.as_str();
    let names = Dependents::of(claim, k);
    if names.occurs(&tight.from) {
        return Err(format!("`tight.from` contains `{k}` itself"));
    }
    let mut candidates = Vec::new();
    for clause in &claim.then {
        comparisons(&clause.text, &clause.condition, &mut candidates);
    }
    candidates.retain(|c| names.occurs(c.larger) || names.occurs(c.smaller));
    let fits = |c: &&Candidate<'_>| !c.alternatives.iter().any(|a| names.occurs_in(a));
    let mut tie = candidates
        .iter()
        .filter(fits)
        .find_map(|c| tie(c, tight, claimed, &names, meaning))
        .ok_or_else(|| {
            format!(
                "no conclusion is an exact tie where `{k}` is `tight.from`, or how it depends on \
                 `{k}` is not known"
            )
        })?;
    let elsewhere = claim
        .reach
        .as_ref()
        .is_some_and(|reach| names.occurs(&reach.within) || names.occurs_in(&reach.goal.condition));
    let occurrences: usize = claim.then.iter().map(|c| names.count(&c.condition)).sum();
    if occurrences == 1 && !elsewhere {
        tie.one_of = None;
    }
    Ok(tie)
}

/// The inequalities that a conclusion consists of, as far as they are told apart.
fn comparisons<'a>(text: &'a str, condition: &'a Condition, found: &mut Vec<Candidate<'a>>) {
    let mut add = |condition: &'a Condition, alternatives: Vec<&'a Condition>| {
        let Condition::Compare {
            left,
            relation,
            right,
            ..
        } = condition
        else {
            return;
        };
        let (smaller, larger) = match relation {
            Relation::Less | Relation::LessEqual => (left, right),
            Relation::Greater | Relation::GreaterEqual => (right, left),
            Relation::Equal => return,
        };
        found.push(Candidate {
            text,
            larger,
            smaller,
            alternatives,
        });
    };
    match condition {
        Condition::Compare { .. } => add(condition, Vec::new()),
        Condition::And(all) => all.iter().for_each(|c| comparisons(text, c, found)),
        Condition::Or(any) => {
            for (i, one) in any.iter().enumerate() {
                let others = any.iter().enumerate().filter(|(j, _)| *j != i);
                add(one, others.map(|(_, other)| other).collect());
            }
        }
        Condition::Flag { .. } | Condition::Not(_) => {}
    }
}

fn tie(
    candidate: &Candidate<'_>,
    tight: &Tight,
    claimed: &Rational,
    names: &Dependents<'_>,
    meaning: &dyn Meaning,
) -> Option<Tie> {
    let k = tight.constant.as_str();
    let gap = candidate.larger.sub(candidate.smaller);
    // Names of definitions are variables, too, unless K is in them.
    let written = [gap.clone(), tight.from.clone()].map(|x| meaning.written_out(&x));
    let [gap, from] = match names.in_definition(&gap) {
        true => written.clone(),
        false => [gap, tight.from.clone()],
    };
    let (slopes, needs_certificate) = slopes(&gap, &from, k, claimed)?;
    let unclipped = candidate
        .alternatives
        .iter()
        .any(|c| matches!(c, Condition::Flag { primed: true, name, .. } if &**name == "clipped"));
    let mapped = || {
        let [gap, from] = &written;
        let pair = (
            meaning.by_map(gap, unclipped)?,
            meaning.by_map(from, unclipped)?,
        );
        vanishes_at(&pair.0, &pair.1, k).then_some(true)
    };
    let by_map = if vanishes_at(&gap, &from, k) || vanishes_at(&written[0], &written[1], k) {
        false
    } else {
        mapped()?
    };
    Some(Tie {
        slopes,
        alternatives: candidate
            .alternatives
            .iter()
            .map(|c| (*c).clone())
            .collect(),
        by_map,
        needs_certificate,
        one_of: Some(candidate.text.to_string()),
    })
}

/// Is `gap` 0 at K = `from`, by algebra?
fn vanishes_at(gap: &Expr, from: &Expr, k: &str) -> bool {
    let mut atoms = Atoms::default();
    let (gap, from) = (atoms.abstracted(gap), atoms.abstracted(from));
    atoms.are_free_of(k) && is_zero(&with(&gap, k, &from))
}

/// G' where its sign has to be known, and whether the degree is 2; `None` if it is neither 1 nor 2.
fn slopes(gap: &Expr, from: &Expr, k: &str, claimed: &Rational) -> Option<(Vec<Expr>, bool)> {
    let mut atoms = Atoms::default();
    let (gap, from) = (atoms.abstracted(gap), atoms.abstracted(from));
    if !atoms.are_free_of(k) {
        return None;
    }
    let derived = |x: &Expr| identity::differentiate(x, k).ok();
    let first = derived(&gap)?;
    let second = derived(&first)?;
    let claimed = Expr::constant(claimed, ());
    if is_zero(&second) {
        return Some((vec![atoms.restored(&with(&first, k, &claimed))], false));
    }
    is_zero(&derived(&second)?).then(|| {
        let middle = claimed
            .add(&from)
            .div(&Expr::constant(&Rational::from(2), ()));
        let at = |value: &Expr| atoms.restored(&with(&first, k, value));
        (vec![at(&from), at(&middle)], true)
    })
}

fn is_zero(expr: &Expr) -> bool {
    let zero = Expr::constant(&Rational::new(), ());
    matches!(identity::prove(expr, &zero), identity::Identity::Holds)
}

/// `expr` with `value` for the name.
fn with(expr: &Expr, name: &str, value: &Expr) -> Expr {
    rewrite(expr, &|n, primed| {
        (n == name && !primed).then(|| value.clone())
    })
}

/// The names that stand for something with K in it.
struct Dependents<'a> {
    constant: &'a str,
    definitions: HashSet<&'a str>,
}

impl<'a> Dependents<'a> {
    fn of(claim: &'a Claim, constant: &'a str) -> Self {
        let mut names = Dependents {
            constant,
            definitions: HashSet::new(),
        };
        for (name, value) in &claim.define {
            if names.occurs(value) {
                names.definitions.insert(name);
            }
        }
        names
    }

    fn occurs(&self, expr: &Expr) -> bool {
        expr.any(&|kind| matches!(kind, Kind::Name { name, .. } if **name == *self.constant))
            || self.in_definition(expr)
    }

    fn in_definition(&self, expr: &Expr) -> bool {
        expr.any(
            &|kind| matches!(kind, Kind::Name { name, .. } if self.definitions.contains(&**name)),
        )
    }

    fn occurs_in(&self, condition: &Condition) -> bool {
        self.count(condition) > 0
    }

    /// Comparisons that K occurs in.
    fn count(&self, condition: &Condition) -> usize {
        match condition {
            Condition::Compare { left, right, .. } => {
                usize::from(self.occurs(left) || self.occurs(right))
            }
            Condition::Flag { .. } => 0,
            Condition::And(all) | Condition::Or(all) => all.iter().map(|c| self.count(c)).sum(),
            Condition::Not(inner) => self.count(inner),
        }
    }
}

/// Variables that stand for primed names, derivatives and calls.
#[derive(Default)]
struct Atoms {
    meanings: Vec<Expr>,
}

impl Atoms {
    fn atom(&mut self, meaning: Kind) -> Expr {
        let meaning = Expr::new(meaning);
        let known = self.meanings.iter().position(|m| *m == meaning);
        let i = known.unwrap_or_else(|| {
            self.meanings.push(meaning);
            self.meanings.len() - 1
        });
        Expr::name(&format!("#{i}"))
    }

    /// The same without calls other than `sqrt` and `fma`; |xy| and |x/y| are taken apart.
    fn abstracted(&mut self, expr: &Expr) -> Expr {
        let kind = match expr.kind() {
            Kind::Constant(q) => Kind::Constant(q.clone()),
            Kind::Name { name, primed: true } => {
                return self.atom(Kind::Name {
                    name: name.clone(),
                    primed: true,
                });
            }
            Kind::Name { name, .. } => return Expr::name(name),
            Kind::Negate(x) => Kind::Negate(self.abstracted(x)),
            Kind::Add(x, y) => Kind::Add(self.abstracted(x), self.abstracted(y)),
            Kind::Subtract(x, y) => Kind::Subtract(self.abstracted(x), self.abstracted(y)),
            Kind::Multiply(x, y) => Kind::Multiply(self.abstracted(x), self.abstracted(y)),
            Kind::Divide(x, y) => Kind::Divide(self.abstracted(x), self.abstracted(y)),
            Kind::Power(x, n) => Kind::Power(self.abstracted(x), *n),
            Kind::Derivative(x, name) => {
                let inner = self.abstracted(x);
                return self.atom(Kind::Derivative(self.restored(&inner), name.clone()));
            }
            Kind::Call(function, arguments) => {
                let arguments: Vec<Expr> = arguments.iter().map(|x| self.abstracted(x)).collect();
                match function {
                    Function::Sqrt | Function::FusedMultiplyAdd => Kind::Call(*function, arguments),
                    Function::Abs => return self.size(&arguments[0]),
                    _ => {
                        let arguments = arguments.iter().map(|x| self.restored(x)).collect();
                        return self.atom(Kind::Call(*function, arguments));
                    }
                }
            }
        };
        Expr::new(kind)
    }

    fn size(&mut self, x: &Expr) -> Expr {
        match x.kind() {
            Kind::Constant(q) => Expr::constant(&q.clone().abs(), ()),
            Kind::Negate(x) => self.size(x),
            Kind::Multiply(x, y) => self.size(x).mul(&self.size(y)),
            Kind::Divide(x, y) => self.size(x).div(&self.size(y)),
            _ => {
                let x = self.restored(x);
                self.atom(Kind::Call(Function::Abs, vec![x]))
            }
        }
    }

    /// With the meanings in place of the variables.
    fn restored(&self, expr: &Expr) -> Expr {
        rewrite(expr, &|name, _| {
            let i: usize = name.strip_prefix('#')?.parse().ok()?;
            self.meanings.get(i).cloned()
        })
    }

    fn are_free_of(&self, k: &str) -> bool {
        let mentions = |kind: &Kind| matches!(kind, Kind::Name { name, .. } if **name == *k);
        !self.meanings.iter().any(|m| m.any(&mentions))
    }
}
