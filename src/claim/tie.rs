//! Comparisons that hold by construction, which no enclosure decides: both sides are equal, or
//! one of them is a maximum that the other is part of.
//!
//! # Soundness
//! Let D = left − right, with every call but `sqrt` replaced by a name of its own (an *atom*). If
//! the algebra of [`identity`](super::identity) finds D = 0 for all values of names and atoms at
//! which D is defined, the sides are equal at every step at which both have a value. Let P ≥ Q be
//! known of an atom P and an expression Q. If D at P = Q is 0, and ∂D/∂P and D at P = Q + 1 are the
//! constant c, then D = c·(P − Q), which has the sign of c or is 0.

use rug::Rational;

use super::identity::{agree, constant_value, differentiate};
use crate::expression::{Expr, Function, Kind, Relation, rebuilt, rewrite};
use crate::number::{Number, Ternary};

/// How the left side stands to the right one, at every step at which both have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// left = right.
    Equal,
    /// left ≥ right.
    AtLeast,
    /// left ≤ right.
    AtMost,
}

impl Order {
    /// What it says of `left relation right`.
    pub fn decides(self, relation: Relation) -> Ternary {
        use Relation::{Equal, Greater, GreaterEqual, Less, LessEqual};
        match (self, relation) {
            (Order::Equal, Equal | LessEqual | GreaterEqual)
            | (Order::AtLeast, GreaterEqual)
            | (Order::AtMost, LessEqual) => Ternary::True,
            (Order::Equal, Less | Greater) | (Order::AtLeast, Less) | (Order::AtMost, Greater) => {
                Ternary::False
            }
            _ => Ternary::Unknown,
        }
    }
}

/// Remembered values at the first step of their scope, where they are those of this step.
pub fn at_scope_start(expr: &Expr) -> Expr {
    map_calls(expr, &mut |function, arguments| match function {
        Function::Start | Function::RunningMax | Function::RunningMin => arguments[0].clone(),
        Function::RunningSum => Expr::constant(&Rational::new(), ()),
        _ => Expr::new(Kind::Call(function, arguments)),
    })
}

/// Derivatives written out.
pub fn derived(expr: &Expr) -> Option<Expr> {
    let mut failed = false;
    let result = rebuilt(expr, &mut |_, kind| match kind {
        Kind::Derivative(x, name) => differentiate(&x, &name).unwrap_or_else(|_| {
            failed = true;
            x
        }),
        kind => Expr::new(kind),
    });
    (!failed).then_some(result)
}

/// An inequality known of an atom.
struct Known {
    atom: Expr,
    other: Expr,
    /// Is the atom the larger one?
    larger: bool,
}

/// The order of two expressions without abbreviations and derivatives, if algebra finds one.
/// `known` are inequalities P ≥ Q of names P.
pub fn order(left: &Expr, right: &Expr, known: &[(Expr, Expr)]) -> Option<Order> {
    let mut atoms = Atoms::default();
    let difference = atoms
        .replace(&unprimed(left))
        .sub(&atoms.replace(&unprimed(right)));
    let mut known: Vec<Known> = known
        .iter()
        .map(|(p, q)| Known {
            atom: unprimed(p),
            other: atoms.replace(&unprimed(q)),
            larger: true,
        })
        .collect();
    if agree(&difference, &Expr::constant(&Rational::new(), ())) {
        return Some(Order::Equal);
    }
    known.extend(atoms.inequalities());
    known.iter().find_map(
        |Known {
             atom,
             other,
             larger,
         }| {
            let c = multiple_of(&difference, atom, other)?;
            Some(if (c > 0) == *larger {
                Order::AtLeast
            } else {
                Order::AtMost
            })
        },
    )
}

/// Primed names as names of their own, so that they can be differentiated by.
fn unprimed(expr: &Expr) -> Expr {
    rewrite(expr, &|name, primed| {
        primed.then(|| Expr::name(&format!("{name}'")))
    })
}

/// c ≠ 0 if `difference` is c·(P − Q) for the name P.
fn multiple_of(difference: &Expr, p: &Expr, q: &Expr) -> Option<Rational> {
    let Kind::Name { name: atom, .. } = p.kind() else {
        return None;
    };
    let is_p = |kind: &Kind| matches!(kind, Kind::Name { name, .. } if name == atom);
    if !difference.any(&is_p) || q.any(&is_p) {
        return None;
    }
    let at = |value: &Expr| {
        rewrite(difference, &|name, _| {
            (*name == **atom).then(|| value.clone())
        })
    };
    let zero = Expr::constant(&Rational::new(), ());
    if !agree(&at(q), &zero) {
        return None;
    }
    let one = Expr::constant(&Rational::from(1), ());
    let c = constant_value(&at(&q.add(&one)))?;
    let slope = differentiate(difference, atom).ok()?;
    (c != 0 && agree(&slope, &Expr::constant(&c, ()))).then_some(c)
}

/// Calls met so far, with the name that stands for each.
#[derive(Default)]
struct Atoms {
    calls: Vec<(Function, Vec<Expr>, Expr)>,
}

impl Atoms {
    fn replace(&mut self, expr: &Expr) -> Expr {
        map_calls(expr, &mut |function, arguments| match function {
            Function::Sqrt | Function::FusedMultiplyAdd => {
                Expr::new(Kind::Call(function, arguments))
            }
            _ => self.atom(function, arguments),
        })
    }

    fn atom(&mut self, function: Function, arguments: Vec<Expr>) -> Expr {
        let same = |(known, others, _): &&(Function, Vec<Expr>, Expr)| {
            *known == function
                && others
                    .iter()
                    .zip(&arguments)
                    .all(|(x, y)| x == y || agree(x, y))
        };
        if let Some((_, _, atom)) = self.calls.iter().find(same) {
            return atom.clone();
        }
        // No name of the language begins like this.
        let atom = Expr::name(&format!("#{}", self.calls.len()));
        self.calls.push((function, arguments, atom.clone()));
        atom
    }

    fn inequalities(&self) -> Vec<Known> {
        use Function::{Abs, Ceil, Max, Min, RunningMax, RunningMin, Start};
        let mut all = Vec::new();
        for (function, arguments, atom) in &self.calls {
            let x = &arguments[0];
            let mut know = |others: Vec<Expr>, larger| {
                all.extend(others.into_iter().map(|other| Known {
                    atom: atom.clone(),
                    other,
                    larger,
                }));
            };
            match function {
                Abs => know(vec![x.clone(), x.neg()], true),
                Ceil => know(vec![x.clone()], true),
                Max => know(arguments.clone(), true),
                Min => know(arguments.clone(), false),
                RunningMax => {
                    know(vec![x.clone()], true);
                    know(self.remembered(x, &[Start, RunningMin]), true);
                }
                RunningMin => {
                    know(vec![x.clone()], false);
                    know(self.remembered(x, &[Start]), false);
                }
                _ => {}
            }
        }
        all
    }

    /// Atoms of what these functions remember of x.
    fn remembered(&self, x: &Expr, functions: &[Function]) -> Vec<Expr> {
        self.calls
            .iter()
            .filter(|(f, of, _)| functions.contains(f) && (of[0] == *x || agree(&of[0], x)))
            .map(|(_, _, atom)| atom.clone())
            .collect()
    }
}

/// Calls replaced from the inside out.
fn map_calls(expr: &Expr, replace: &mut dyn FnMut(Function, Vec<Expr>) -> Expr) -> Expr {
    rebuilt(expr, &mut |_, kind| match kind {
        Kind::Call(function, arguments) => replace(function, arguments),
        kind => Expr::new(kind),
    })
}
