//! Symbolic differentiation of expressions.

use rug::Rational;

use crate::expression::{Expr, Function, Kind, unfused};
use crate::number::Number;

/// Nodes one derivative may visit: sums of shared terms can stand for huge trees.
const MAX_NODES: u32 = 100_000;

/// Why an expression has no symbolic derivative.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDifferentiable {
    /// A function that is not differentiable everywhere, or depends on the trajectory.
    #[error("`{0}` has no derivative here")]
    Function(&'static str),
    /// A primed name: the next iterate depends on all coordinates.
    #[error("`{0}'` belongs to the next iterate")]
    NextIterate(String),
    /// More than a fixed number of terms.
    #[error("the derivative is too large")]
    TooLarge,
}

/// ∂`expr`/∂`name`, the other names being independent of `name`.
///
/// The expression must be resolved: a name that abbreviates a formula counts as a variable
/// of its own. The result equals the derivative wherever `expr` is differentiable and both
/// are defined.
///
/// # Errors
/// [`NotDifferentiable`] for `abs`, `ceil`, `min`, `max`, functions with memory, primes.
pub fn differentiate(expr: &Expr, name: &str) -> Result<Expr, NotDifferentiable> {
    let mut nodes = MAX_NODES;
    derivative(expr, name, &mut nodes)
}

fn derivative(expr: &Expr, name: &str, nodes: &mut u32) -> Result<Expr, NotDifferentiable> {
    *nodes = nodes.checked_sub(1).ok_or(NotDifferentiable::TooLarge)?;
    let mut d = |x: &Expr| derivative(x, name, nodes);
    Ok(match expr.kind() {
        Kind::Constant(_) => integer(0),
        Kind::Name {
            name: own,
            primed: true,
        } => {
            return Err(NotDifferentiable::NextIterate(own.to_string()));
        }
        Kind::Name { name: own, .. } => integer(u32::from(**own == *name)),
        Kind::Negate(x) => d(x)?.neg(),
        Kind::Add(x, y) => sum(&d(x)?, &d(y)?),
        Kind::Subtract(x, y) => difference(&d(x)?, &d(y)?),
        Kind::Multiply(x, y) => sum(&product(&d(x)?, y), &product(x, &d(y)?)),
        Kind::Divide(x, y) => {
            let numerator = difference(&product(&d(x)?, y), &product(x, &d(y)?));
            if is_zero(&numerator) {
                numerator
            } else {
                numerator.div(&y.square())
            }
        }
        Kind::Power(_, 0) => integer(0),
        Kind::Power(x, n) => {
            let lower = Expr::new(Kind::Power(x.clone(), n - 1));
            product(&product(&integer(*n), &lower), &d(x)?)
        }
        Kind::Call(Function::FusedMultiplyAdd, arguments) => d(&unfused(arguments))?,
        Kind::Call(function, arguments) => {
            let x = &arguments[0];
            let outer = match function {
                Function::Sqrt => integer(1).div(&product(&integer(2), expr)),
                Function::Log => integer(1).div(x),
                Function::Exp => expr.clone(),
                // F(a) is the integral of log(u − 1)/u.
                Function::EdgePotential => x.sub(&integer(1)).call(Function::Log).div(x),
                _ => return Err(NotDifferentiable::Function(function.name())),
            };
            product(&outer, &d(x)?)
        }
        Kind::Derivative(x, inner) => {
            let inner = derivative(x, inner, nodes)?;
            derivative(&inner, name, nodes)?
        }
    })
}

fn integer(n: u32) -> Expr {
    Expr::constant(&Rational::from(n), ())
}

fn is_zero(x: &Expr) -> bool {
    matches!(x.kind(), Kind::Constant(q) if q.is_zero())
}

fn is_one(x: &Expr) -> bool {
    matches!(x.kind(), Kind::Constant(q) if *q == 1)
}

fn sum(x: &Expr, y: &Expr) -> Expr {
    match (is_zero(x), is_zero(y)) {
        (true, _) => y.clone(),
        (_, true) => x.clone(),
        _ => x.add(y),
    }
}

fn difference(x: &Expr, y: &Expr) -> Expr {
    match (is_zero(x), is_zero(y)) {
        (_, true) => x.clone(),
        (true, _) => y.neg(),
        _ => x.sub(y),
    }
}

fn product(x: &Expr, y: &Expr) -> Expr {
    if is_zero(x) || is_zero(y) {
        integer(0)
    } else if is_one(x) {
        y.clone()
    } else if is_one(y) {
        x.clone()
    } else {
        x.mul(y)
    }
}
