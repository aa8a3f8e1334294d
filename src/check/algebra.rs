//! Identities: equations that hold wherever both sides are defined, by exact algebra.
//!
//! Each side becomes a quotient N/M of polynomials with whole coefficients. The variables are the
//! coordinates and whatever the algebra cannot look into; a square root √(P/R) is a variable v
//! with v² = P/R. Coordinates of the next iterate are replaced by the map. N₁M₂ − N₂M₁ is
//! multiplied by powers of the R, which are not 0 where the root is defined, until each v occurs
//! at most once in a product. If nothing is left, the sides are equal.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use num_bigint::{BigInt, Sign};

use super::Failure;
use super::formula::{Graph, Id, Node, Relation, Test, Tie};
use super::fraction::Fraction;
use super::work::{Budget, length};

/// Work of making a term, and of each variable in it.
const TERM: u64 = 1000;
const VARIABLE: u64 = 200;

/// Bytes of a term, and of each variable in it, besides its coefficient.
const TERM_BYTES: u64 = 200;
const VARIABLE_BYTES: u64 = 16;

/// Work on the chance that the sides of an inequality are equal.
const CHANCE: u64 = 4_000_000;

/// Bits of a coefficient that is multiplied.
const MOST_BITS: u64 = 1 << 14;

/// A product of variables with their powers, in ascending order.
type Monomial = Vec<(Id, u32)>;

/// Coefficients other than 0, by monomial.
#[derive(Clone, Debug, Default, PartialEq)]
struct Polynomial(BTreeMap<Monomial, BigInt>);

/// N/M.
#[derive(Clone, Debug)]
struct Quotient(Polynomial, Polynomial);

struct Algebra<'a> {
    graph: &'a mut Graph,
    image: &'a [Id; 3],
    clipped: bool,
    known: BTreeMap<Id, Rc<Quotient>>,
    roots: BTreeMap<Id, Rc<Quotient>>,
    budget: Budget,
    /// Bytes of all terms that were made.
    held: u64,
}

/// Finds out which sides of the test's comparisons are equal, and notes them in the graph. `image`:
/// the coordinates of the next iterate, before β₁ is clipped if it is.
///
/// # Errors
/// The limit that an equation meets. Of an inequality nothing is noted then.
pub fn note_ties(
    graph: &mut Graph,
    image: &[Id; 3],
    clipped: bool,
    test: &Test,
) -> Result<(), Failure> {
    match test {
        Test::Compare(x, relation, y, _) => {
            let budget = match relation {
                Relation::Equal => graph.budget.clone(),
                _ => graph.budget.part(CHANCE),
            };
            let mut algebra = Algebra {
                graph,
                image,
                clipped,
                known: BTreeMap::new(),
                roots: BTreeMap::new(),
                budget: budget.clone(),
                held: 0,
            };
            let equal = x == y || algebra.equal(*x, *y) == Some(true);
            budget.release(algebra.held);
            if *relation != Relation::Equal {
                graph.spend(budget.done())?;
            }
            if let Some(failure) = graph.budget.exceeded() {
                return Err(failure);
            }
            if equal {
                let total = is_total(graph, [*x, *y])?;
                let tie = if total {
                    Tie::Always
                } else {
                    Tie::WhereDefined
                };
                graph.ties.insert((*x, *y), tie);
            }
            Ok(())
        }
        Test::And(tests) | Test::Or(tests) => tests
            .iter()
            .try_for_each(|test| note_ties(graph, image, clipped, test)),
        Test::Not(test) => note_ties(graph, image, clipped, test),
        Test::Clipped(_) => Ok(()),
    }
}

/// Have they a value in every state? Polynomials have.
fn is_total(graph: &Graph, sides: [Id; 2]) -> Result<bool, Failure> {
    let mut open = Vec::from(sides);
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        graph.spend(VARIABLE)?;
        if !seen.insert(id) {
            continue;
        }
        match graph.nodes.get(id) {
            Some(Node::Constant(_) | Node::Coordinate(..)) => {}
            Some(Node::Add(x, y) | Node::Sub(x, y) | Node::Mul(x, y)) => open.extend([*x, *y]),
            Some(Node::Negative(x) | Node::Power(x, _)) => open.push(*x),
            Some(Node::Div(x, y)) => match graph.constant(*y) {
                Some(divisor) if *divisor != Fraction::whole(0) => open.push(*x),
                _ => return Ok(false),
            },
            _ => return Ok(false),
        }
    }
    Ok(true)
}

impl Polynomial {
    fn whole(n: &BigInt) -> Self {
        Polynomial::term(Vec::new(), n.clone())
    }

    fn variable(id: Id) -> Self {
        Polynomial::term(vec![(id, 1)], 1.into())
    }

    fn term(monomial: Monomial, coefficient: BigInt) -> Self {
        let mut result = Polynomial::default();
        result.add_term(monomial, coefficient);
        result
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn add_term(&mut self, monomial: Monomial, coefficient: BigInt) {
        let old = self.0.remove(&monomial).unwrap_or_default();
        let new = old + coefficient;
        if new.sign() != Sign::NoSign {
            self.0.insert(monomial, new);
        }
    }

    fn negative(mut self) -> Self {
        for coefficient in self.0.values_mut() {
            *coefficient = -coefficient.clone();
        }
        self
    }
}

/// The product of two monomials.
fn product(x: &Monomial, y: &Monomial) -> Option<Monomial> {
    let mut powers: BTreeMap<Id, u32> = x.iter().copied().collect();
    for (variable, n) in y {
        let power = powers.entry(*variable).or_insert(0);
        *power = power.checked_add(*n)?;
    }
    Some(powers.into_iter().collect())
}

impl Algebra<'_> {
    fn equal(&mut self, x: Id, y: Id) -> Option<bool> {
        let (x, y) = (self.quotient(x)?, self.quotient(y)?);
        let difference = self.difference(&x, &y)?;
        self.vanishes(difference.0)
    }

    /// Is it 0 once v² = P/R is used for every root?
    fn vanishes(&mut self, mut polynomial: Polynomial) -> Option<bool> {
        // Roots of roots have larger indices than the roots they contain.
        let roots: Vec<(Id, Rc<Quotient>)> = self.roots.clone().into_iter().rev().collect();
        for (v, root) in roots {
            let Quotient(p, r) = &*root;
            let power = |m: &Monomial| m.iter().find(|(id, _)| *id == v).map_or(0, |(_, n)| *n);
            let most = polynomial.0.keys().map(power).max().unwrap_or(0) / 2;
            let mut reduced = Polynomial::default();
            for (monomial, coefficient) in &polynomial.0 {
                self.charge(monomial.len(), coefficient.bits())?;
                let halves = power(monomial) / 2;
                let rest = monomial.iter().copied().filter_map(|(id, n)| match n % 2 {
                    _ if id != v => Some((id, n)),
                    0 => None,
                    odd => Some((id, odd)),
                });
                let mut term = Polynomial::term(rest.collect(), coefficient.clone());
                for i in 0..most {
                    term = self.times(&term, if i < halves { p } else { r })?;
                }
                reduced = self.plus(reduced, &term)?;
            }
            polynomial = reduced;
        }
        Some(polynomial.is_zero())
    }

    /// Charges a term with so many variables and a coefficient of so many bits.
    fn charge(&mut self, variables: usize, bits: u64) -> Option<()> {
        let variables = length(variables);
        let bytes = variables.saturating_mul(VARIABLE_BYTES);
        let bytes = bytes.saturating_add(TERM_BYTES).saturating_add(bits / 8);
        self.held = self.held.saturating_add(bytes);
        self.budget.hold(bytes).ok()?;
        let work = variables.saturating_mul(VARIABLE).saturating_add(bits / 32);
        self.budget.spend(work.saturating_add(TERM)).ok()
    }

    fn times(&mut self, x: &Polynomial, y: &Polynomial) -> Option<Polynomial> {
        let mut result = Polynomial::default();
        for (m, a) in &x.0 {
            for (n, b) in &y.0 {
                let (long, short) = (a.bits().max(b.bits()), a.bits().min(b.bits()));
                if long > MOST_BITS {
                    let limit = format!("an identity's coefficients may have {MOST_BITS} bits");
                    self.budget.refuse(limit);
                    return None;
                }
                self.budget.spend(long.saturating_mul(short) / 2048).ok()?;
                let variables = m.len().saturating_add(n.len());
                self.charge(variables, long.saturating_add(short))?;
                result.add_term(product(m, n)?, a * b);
            }
        }
        Some(result)
    }

    fn plus(&mut self, mut x: Polynomial, y: &Polynomial) -> Option<Polynomial> {
        for (monomial, coefficient) in &y.0 {
            self.charge(monomial.len(), coefficient.bits())?;
            x.add_term(monomial.clone(), coefficient.clone());
        }
        Some(x)
    }

    fn copy(&mut self, x: &Polynomial) -> Option<Polynomial> {
        self.plus(Polynomial::default(), x)
    }

    fn sum(&mut self, x: &Quotient, y: &Quotient) -> Option<Quotient> {
        if x.1 == y.1 {
            let top = self.copy(&x.0)?;
            return Some(Quotient(self.plus(top, &y.0)?, self.copy(&x.1)?));
        }
        let (left, right) = (self.times(&x.0, &y.1)?, self.times(&y.0, &x.1)?);
        Some(Quotient(self.plus(left, &right)?, self.times(&x.1, &y.1)?))
    }

    fn difference(&mut self, x: &Quotient, y: &Quotient) -> Option<Quotient> {
        let negative = Quotient(self.copy(&y.0)?.negative(), self.copy(&y.1)?);
        self.sum(x, &negative)
    }

    fn product(&mut self, x: &Quotient, y: &Quotient) -> Option<Quotient> {
        Some(Quotient(self.times(&x.0, &y.0)?, self.times(&x.1, &y.1)?))
    }

    fn constant(&self, q: &Fraction) -> Quotient {
        Quotient(Polynomial::whole(&q.top), Polynomial::whole(&q.bottom))
    }

    fn variable(&self, id: Id) -> Quotient {
        Quotient(Polynomial::variable(id), Polynomial::whole(&1.into()))
    }

    fn quotient(&mut self, id: Id) -> Option<Rc<Quotient>> {
        if let Some(known) = self.known.get(&id) {
            return Some(known.clone());
        }
        let result = match self.graph.nodes.get(id)?.clone() {
            Node::Constant(q) => self.constant(&q),
            // A clipped β₁ is not the map's image.
            Node::Coordinate(1, true) if self.clipped => self.variable(id),
            Node::Coordinate(i, true) => {
                let image = *self.image.get(i)?;
                let known = self.quotient(image)?;
                self.known.insert(id, known.clone());
                return Some(known);
            }
            Node::Add(x, y) => {
                let (x, y) = (self.quotient(x)?, self.quotient(y)?);
                self.sum(&x, &y)?
            }
            Node::Sub(x, y) => {
                let (x, y) = (self.quotient(x)?, self.quotient(y)?);
                self.difference(&x, &y)?
            }
            Node::Mul(x, y) => {
                let (x, y) = (self.quotient(x)?, self.quotient(y)?);
                self.product(&x, &y)?
            }
            Node::Div(x, y) => {
                let (x, y) = (self.quotient(x)?, self.quotient(y)?);
                let Quotient(n, m) = &*y;
                // Dividing by what is always 0 would prove everything.
                let divisor = self.copy(n)?;
                if self.vanishes(divisor)? {
                    return None;
                }
                let inverse = Quotient(self.copy(m)?, self.copy(n)?);
                self.product(&x, &inverse)?
            }
            Node::Power(x, n) => {
                let x = self.quotient(x)?;
                let mut power = self.constant(&Fraction::whole(1));
                for _ in 0..n {
                    power = self.product(&power, &x)?;
                }
                power
            }
            Node::Negative(x) => {
                let x = self.quotient(x)?;
                self.difference(&self.constant(&Fraction::whole(0)), &x)?
            }
            Node::Sqrt(x) => {
                let radicand = self.quotient(x)?;
                self.roots.insert(id, radicand);
                self.variable(id)
            }
            _ => self.variable(id),
        };
        let result = Rc::new(result);
        self.known.insert(id, result.clone());
        Some(result)
    }
}
