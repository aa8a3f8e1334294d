//! Exact identities: are two expressions equal for all values of their names?
//!
//! The expressions are rational functions over ℚ of their names and of square roots. Each is
//! brought to the form N/M of two polynomials whose variables are the names and one *atom* v
//! per square root √u, and v² = u is used until every atom occurs at most to the first power.
//!
//! Why a zero normal form proves equality: let x be values of the names at which both sides
//! are defined. By induction over the expression, M(x, v) ≠ 0 and the side's value is
//! N(x, v)/M(x, v) for v = √u(x): every factor of M is a divisor that occurs in the
//! expression, or a factor of one, and these are ≠ 0 where it is defined. Replacing v² by
//! u = P/R multiplies the polynomial by a power of R(x) ≠ 0. So if the normal form of
//! N₁M₂ − N₂M₁ is the zero polynomial, then N₁/M₁ = N₂/M₂ at x.
//!
//! A normal form other than zero refutes nothing by itself (atoms may be dependent, as √2 and
//! √8 are); only a rational point at which both sides have exact, different values does.

mod derivative;
mod polynomial;

use std::collections::BTreeMap;

use rug::Rational;
use rug::ops::Pow;

use crate::expression::{Expr, Function, Kind, unfused};
use crate::number::Number;
use polynomial::{Budget, Polynomial, TooLarge, common_divisor};

pub use derivative::{NotDifferentiable, differentiate};

/// What one node costs of the budget, besides its products.
const NODE: u64 = 50;

/// Points tried before a false identity is reported as unknown.
const POINTS: u64 = 500;

/// What is known about `left = right`.
#[derive(Clone, Debug, PartialEq)]
pub enum Identity {
    /// Equal wherever both sides are defined, whatever the values of the names.
    Holds,
    /// Not an identity: values of the names at which the sides differ.
    Fails(BTreeMap<String, Rational>),
    /// Not decided.
    Unknown(Obstacle),
}

/// Why an identity is not decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The function is outside the algebra of rational functions and square roots.
    #[error("exact algebra does not know `{0}`")]
    Function(&'static str),
    /// A derivative that does not exist symbolically.
    #[error(transparent)]
    Derivative(#[from] NotDifferentiable),
    /// A divisor that is 0 for all values of the names.
    #[error("it divides by an expression that is 0 everywhere")]
    ZeroDivisor,
    /// The expanded polynomials are too large.
    #[error("its expansion is too large")]
    TooLarge,
    /// The normal forms differ, and no point shows it.
    #[error(
        "the sides have different normal forms, but no rational point was found where they differ"
    )]
    NoPoint,
}

impl From<TooLarge> for Obstacle {
    fn from(_: TooLarge) -> Self {
        Obstacle::TooLarge
    }
}

/// Decides whether `left = right` for all real values of their names at which both sides are
/// defined.
///
/// Names are independent variables: replace abbreviations, and primed names by the map,
/// first. A primed name that remains is a variable too, so `Holds` stays right, but `Fails`
/// then only says that no algebra links it to the others.
///
/// # Soundness
/// `Holds` is answered only if the difference's normal form is the zero polynomial (see the
/// module's documentation), `Fails` only with a point at which both sides were computed
/// exactly and differ.
pub fn prove(left: &Expr, right: &Expr) -> Identity {
    match Algebra::new().are_equal(left, right) {
        Ok(true) => Identity::Holds,
        Ok(false) => match counterexample(left, right) {
            Some(point) => Identity::Fails(point),
            None => Identity::Unknown(Obstacle::NoPoint),
        },
        Err(obstacle) => Identity::Unknown(obstacle),
    }
}

/// Are the two equal wherever both are defined, whatever the values of their names? `false` says
/// nothing.
///
/// # Soundness
/// As for `Holds` of [`prove`].
pub fn agree(left: &Expr, right: &Expr) -> bool {
    matches!(Algebra::new().are_equal(left, right), Ok(true))
}

/// The value of an expression that is the same rational wherever it is defined.
///
/// # Soundness
/// As [`agree`], with the value at a point.
pub fn constant_value(expr: &Expr) -> Option<Rational> {
    let mut names = BTreeMap::new();
    collect_names(expr, &mut names);
    let mut random = 1_u64;
    let value = (0..POINTS).find_map(|_| {
        for value in names.values_mut() {
            *value = small_rational(&mut random);
        }
        evaluate(expr, &names)
    })?;
    agree(expr, &Expr::constant(&value, ())).then_some(value)
}

/// A quotient of polynomials; `denominator` is not 0 where the expression is defined.
#[derive(Clone, Debug)]
struct Fraction {
    numerator: Polynomial,
    denominator: Polynomial,
}

impl Fraction {
    fn from_polynomial(numerator: Polynomial) -> Self {
        Fraction {
            numerator,
            denominator: Polynomial::one(),
        }
    }

    /// Cancels what is cheap to see: common monomials, and a denominator that is a constant.
    ///
    /// # Soundness
    /// A factor of the denominator is not 0 where the expression is defined.
    fn cancelled(self, budget: &mut Budget) -> Result<Self, TooLarge> {
        let common = common_divisor(
            &self.denominator.common_monomial(),
            &self.numerator.common_monomial(),
        );
        let Fraction {
            numerator,
            denominator,
        } = if common.is_empty() {
            self
        } else {
            Fraction {
                numerator: self.numerator.divided_by(&common),
                denominator: self.denominator.divided_by(&common),
            }
        };
        match denominator.as_constant().filter(|q| !q.is_zero()) {
            Some(q) if q != 1 => {
                let inverse = Polynomial::constant(&q.recip());
                Ok(Fraction::from_polynomial(
                    numerator.times(&inverse, budget)?,
                ))
            }
            _ => Ok(Fraction {
                numerator,
                denominator,
            }),
        }
    }
}

/// A square root: v² = radicand. The radicand's own atoms come earlier.
#[derive(Debug)]
struct Atom {
    variable: usize,
    radicand: Fraction,
}

/// Variables, atoms and the work left for one proof.
#[derive(Debug)]
struct Algebra {
    names: BTreeMap<(String, bool), usize>,
    atoms: Vec<Atom>,
    budget: Budget,
}

impl Algebra {
    fn new() -> Self {
        Algebra {
            names: BTreeMap::new(),
            atoms: Vec::new(),
            budget: Budget::new(),
        }
    }

    fn new_variable(&self) -> usize {
        self.names.len() + self.atoms.len()
    }

    fn are_equal(&mut self, left: &Expr, right: &Expr) -> Result<bool, Obstacle> {
        let left = self.fraction(left)?;
        let right = self.fraction(right)?;
        self.fractions_equal(&left, &right)
    }

    fn fractions_equal(&mut self, left: &Fraction, right: &Fraction) -> Result<bool, Obstacle> {
        let difference = self.sum(left, &negated(right))?;
        self.vanishes(&difference.numerator)
    }

    /// Is it the zero polynomial once v² = u is used for every atom?
    fn vanishes(&mut self, polynomial: &Polynomial) -> Result<bool, Obstacle> {
        let mut reduced = polynomial.clone();
        for atom in self.atoms.iter().rev() {
            reduced = reduce(&reduced, atom, &mut self.budget)?;
        }
        Ok(reduced.is_zero())
    }

    fn fraction(&mut self, expr: &Expr) -> Result<Fraction, Obstacle> {
        self.budget.spend(NODE)?;
        match expr.kind() {
            Kind::Constant(q) => Ok(Fraction::from_polynomial(Polynomial::constant(q))),
            Kind::Name { name, primed } => {
                let new = self.new_variable();
                let variable = *self.names.entry((name.to_string(), *primed)).or_insert(new);
                Ok(Fraction::from_polynomial(Polynomial::variable(variable)))
            }
            Kind::Negate(x) => Ok(negated(&self.fraction(x)?)),
            Kind::Add(x, y) => {
                let (x, y) = (self.fraction(x)?, self.fraction(y)?);
                self.sum(&x, &y)
            }
            Kind::Subtract(x, y) => {
                let (x, y) = (self.fraction(x)?, self.fraction(y)?);
                self.sum(&x, &negated(&y))
            }
            Kind::Multiply(x, y) => {
                let (x, y) = (self.fraction(x)?, self.fraction(y)?);
                self.product(&x, &y)
            }
            Kind::Divide(x, y) => {
                let (x, y) = (self.fraction(x)?, self.fraction(y)?);
                if self.vanishes(&y.numerator)? {
                    return Err(Obstacle::ZeroDivisor);
                }
                let inverse = Fraction {
                    numerator: y.denominator,
                    denominator: y.numerator,
                };
                self.product(&x, &inverse)
            }
            Kind::Power(x, n) => {
                let x = self.fraction(x)?;
                Ok(Fraction {
                    numerator: x.numerator.power(*n, &mut self.budget)?,
                    denominator: x.denominator.power(*n, &mut self.budget)?,
                })
            }
            Kind::Call(Function::Sqrt, arguments) => {
                let radicand = self.fraction(&arguments[0])?;
                self.square_root(radicand)
            }
            Kind::Call(Function::FusedMultiplyAdd, arguments) => self.fraction(&unfused(arguments)),
            Kind::Call(function, _) => Err(Obstacle::Function(function.name())),
            Kind::Derivative(x, name) => self.fraction(&differentiate(x, name)?),
        }
    }

    /// x + y. The denominators' common monomial is taken once.
    fn sum(&mut self, x: &Fraction, y: &Fraction) -> Result<Fraction, Obstacle> {
        let budget = &mut self.budget;
        let result = if x.denominator == y.denominator {
            Fraction {
                numerator: x.numerator.plus(&y.numerator, budget)?,
                denominator: x.denominator.clone(),
            }
        } else {
            let common = common_divisor(
                &x.denominator.common_monomial(),
                &y.denominator.common_monomial(),
            );
            let x_rest = x.denominator.divided_by(&common);
            let y_rest = y.denominator.divided_by(&common);
            let left = x.numerator.times(&y_rest, budget)?;
            let right = y.numerator.times(&x_rest, budget)?;
            Fraction {
                numerator: left.plus(&right, budget)?,
                denominator: x.denominator.times(&y_rest, budget)?,
            }
        };
        Ok(result.cancelled(budget)?)
    }

    fn product(&mut self, x: &Fraction, y: &Fraction) -> Result<Fraction, Obstacle> {
        let budget = &mut self.budget;
        let result = Fraction {
            numerator: x.numerator.times(&y.numerator, budget)?,
            denominator: x.denominator.times(&y.denominator, budget)?,
        };
        Ok(result.cancelled(budget)?)
    }

    /// √radicand: a constant if it is the square of a rational, else the atom of an equal
    /// radicand, else a new atom.
    fn square_root(&mut self, radicand: Fraction) -> Result<Fraction, Obstacle> {
        if radicand.denominator == Polynomial::one()
            && let Some(root) = radicand
                .numerator
                .as_constant()
                .and_then(|q| exact_root(&q))
        {
            return Ok(Fraction::from_polynomial(Polynomial::constant(&root)));
        }
        for i in 0..self.atoms.len() {
            let known = self.atoms[i].radicand.clone();
            if self.fractions_equal(&known, &radicand)? {
                let variable = self.atoms[i].variable;
                return Ok(Fraction::from_polynomial(Polynomial::variable(variable)));
            }
        }
        let variable = self.new_variable();
        self.atoms.push(Atom { variable, radicand });
        Ok(Fraction::from_polynomial(Polynomial::variable(variable)))
    }
}

fn negated(x: &Fraction) -> Fraction {
    Fraction {
        numerator: x.numerator.negated(),
        denominator: x.denominator.clone(),
    }
}

/// With v² = P/R: the polynomial times Rᵏ, k = ⌊degree in v / 2⌋, of degree ≤ 1 in v.
fn reduce(x: &Polynomial, atom: &Atom, budget: &mut Budget) -> Result<Polynomial, TooLarge> {
    let halves = x.degree_in(atom.variable) / 2;
    if halves == 0 {
        return Ok(x.clone());
    }
    let Fraction {
        numerator: p,
        denominator: r,
    } = &atom.radicand;
    let mut result = Polynomial::default();
    for (n, coefficient) in (0..).zip(x.coefficients_of(atom.variable)) {
        let weight = p
            .power(n / 2, budget)?
            .times(&r.power(halves - n / 2, budget)?, budget)?;
        let odd = Polynomial::variable(atom.variable).power(n % 2, budget)?;
        let term = coefficient.times(&weight, budget)?.times(&odd, budget)?;
        result = result.plus(&term, budget)?;
    }
    Ok(result)
}

/// √q if it is rational.
fn exact_root(q: &Rational) -> Option<Rational> {
    let is_square = *q >= 0 && q.numer().is_perfect_square() && q.denom().is_perfect_square();
    is_square.then(|| Rational::from((q.numer().clone().sqrt(), q.denom().clone().sqrt())))
}

/// A point with small rational coordinates at which both sides are exact and differ.
fn counterexample(left: &Expr, right: &Expr) -> Option<BTreeMap<String, Rational>> {
    let mut names = BTreeMap::new();
    collect_names(left, &mut names);
    collect_names(right, &mut names);
    let mut random = 1_u64;
    for _ in 0..POINTS {
        for value in names.values_mut() {
            *value = small_rational(&mut random);
        }
        let sides = (evaluate(left, &names), evaluate(right, &names));
        if let (Some(left), Some(right)) = sides
            && left != right
        {
            return Some(names);
        }
    }
    None
}

/// One of ±{1, …, 12}/{1, …, 4}, from a linear congruential sequence (Knuth's MMIX).
fn small_rational(random: &mut u64) -> Rational {
    *random = random
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let bits = *random >> 33;
    let numerator = Rational::from(bits % 12 + 1);
    let quotient = numerator / (bits / 12 % 4 + 1);
    if (bits / 48).is_multiple_of(2) {
        quotient
    } else {
        -quotient
    }
}

/// A primed name is written with its prime.
fn written(name: &str, primed: bool) -> String {
    if primed {
        format!("{name}'")
    } else {
        name.to_string()
    }
}

fn collect_names(expr: &Expr, names: &mut BTreeMap<String, Rational>) {
    match expr.kind() {
        Kind::Constant(_) => {}
        Kind::Name { name, primed } => {
            names.insert(written(name, *primed), Rational::new());
        }
        Kind::Negate(x) | Kind::Power(x, _) | Kind::Derivative(x, _) => collect_names(x, names),
        Kind::Add(x, y) | Kind::Subtract(x, y) | Kind::Multiply(x, y) | Kind::Divide(x, y) => {
            collect_names(x, names);
            collect_names(y, names);
        }
        Kind::Call(_, arguments) => arguments.iter().for_each(|x| collect_names(x, names)),
    }
}

/// The exact value; `None` where it is not defined or not rational.
fn evaluate(expr: &Expr, point: &BTreeMap<String, Rational>) -> Option<Rational> {
    let value = |x: &Expr| evaluate(x, point);
    match expr.kind() {
        Kind::Constant(q) => Some(q.clone()),
        Kind::Name { name, primed } => point.get(&written(name, *primed)).cloned(),
        Kind::Negate(x) => Some(-value(x)?),
        Kind::Add(x, y) => Some(value(x)? + value(y)?),
        Kind::Subtract(x, y) => Some(value(x)? - value(y)?),
        Kind::Multiply(x, y) => Some(value(x)? * value(y)?),
        Kind::Divide(x, y) => {
            let divisor = value(y)?;
            if divisor.is_zero() {
                None
            } else {
                Some(value(x)? / divisor)
            }
        }
        Kind::Power(x, n) => Some(value(x)?.pow(*n)),
        Kind::Call(Function::Sqrt, arguments) => exact_root(&value(&arguments[0])?),
        Kind::Call(Function::FusedMultiplyAdd, arguments) => value(&unfused(arguments)),
        Kind::Call(..) => None,
        Kind::Derivative(x, name) => value(&differentiate(x, name).ok()?),
    }
}

#[cfg(test)]
mod tests;
