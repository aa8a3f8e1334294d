//! Sparse polynomials with rational coefficients, within a budget.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rug::Rational;

/// A product of powers: (variable, exponent > 0), ordered by variable.
type Monomial = Vec<(usize, u32)>;

/// Largest exponent of one variable.
const MAX_EXPONENT: u32 = 1000;

/// Largest coefficient, numerator and denominator together.
const MAX_BITS: u64 = 1 << 16;

/// Products of terms one proof may form, weighted by the size of the coefficients.
const WORK: u64 = 20_000_000;

/// The computation was given up because it would take too long or too much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge;

/// Work that may still be done.
#[derive(Clone, Debug)]
pub(super) struct Budget(u64);

impl Budget {
    pub(super) fn new() -> Self {
        Budget(WORK)
    }

    /// Takes `amount` of work.
    pub(super) fn spend(&mut self, amount: u64) -> Result<(), TooLarge> {
        self.0 = self.0.checked_sub(amount).ok_or(TooLarge)?;
        Ok(())
    }
}

/// A polynomial in its normal form: no coefficient is 0, so it is the zero polynomial if
/// and only if it has no terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Polynomial {
    terms: BTreeMap<Monomial, Rational>,
}

impl Polynomial {
    pub(super) fn constant(value: &Rational) -> Self {
        let mut result = Polynomial::default();
        result.accumulate(Monomial::new(), value.clone());
        result
    }

    pub(super) fn one() -> Self {
        Polynomial::constant(&Rational::from(1))
    }

    pub(super) fn variable(index: usize) -> Self {
        Polynomial {
            terms: BTreeMap::from([(vec![(index, 1)], Rational::from(1))]),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Its value if no variable occurs in it.
    pub(super) fn as_constant(&self) -> Option<Rational> {
        match self.terms.len() {
            0 => Some(Rational::new()),
            1 => self.terms.get(&Monomial::new()).cloned(),
            _ => None,
        }
    }

    fn accumulate(&mut self, monomial: Monomial, coefficient: Rational) {
        if coefficient.is_zero() {
            return;
        }
        match self.terms.entry(monomial) {
            Entry::Vacant(place) => {
                place.insert(coefficient);
            }
            Entry::Occupied(mut place) => {
                *place.get_mut() += coefficient;
                if place.get().is_zero() {
                    place.remove();
                }
            }
        }
    }

    /// Bits of the largest coefficient, numerator and denominator together.
    fn coefficient_bits(&self) -> u64 {
        let bits = |q: &Rational| {
            u64::from(q.numer().significant_bits()) + u64::from(q.denom().significant_bits())
        };
        self.terms.values().map(bits).max().unwrap_or(0)
    }

    pub(super) fn negated(&self) -> Self {
        let terms = self
            .terms
            .iter()
            .map(|(m, c)| (m.clone(), Rational::from(-c)))
            .collect();
        Polynomial { terms }
    }

    pub(super) fn plus(&self, other: &Self, budget: &mut Budget) -> Result<Self, TooLarge> {
        let bits = self.coefficient_bits() + other.coefficient_bits();
        budget.spend((self.terms.len() + other.terms.len()) as u64 * (1 + bits / 64))?;
        let mut result = self.clone();
        for (monomial, coefficient) in &other.terms {
            result.accumulate(monomial.clone(), coefficient.clone());
        }
        Ok(result)
    }

    pub(super) fn times(&self, other: &Self, budget: &mut Budget) -> Result<Self, TooLarge> {
        let bits = self.coefficient_bits() + other.coefficient_bits();
        if bits > MAX_BITS {
            return Err(TooLarge);
        }
        let words = 1 + bits / 64;
        let products = (self.terms.len() as u64).checked_mul(other.terms.len() as u64);
        budget.spend(
            products
                .and_then(|n| n.checked_mul(words))
                .ok_or(TooLarge)?,
        )?;
        let mut result = Polynomial::default();
        for (m, c) in &self.terms {
            for (n, d) in &other.terms {
                result.accumulate(product(m, n)?, Rational::from(c * d));
            }
        }
        Ok(result)
    }

    /// selfⁿ; 1 for n = 0.
    pub(super) fn power(&self, n: u32, budget: &mut Budget) -> Result<Self, TooLarge> {
        let mut result = Polynomial::one();
        let mut square = self.clone();
        let mut rest = n;
        while rest > 0 {
            if rest & 1 == 1 {
                result = result.times(&square, budget)?;
            }
            rest >>= 1;
            if rest > 0 {
                square = square.times(&square, budget)?;
            }
        }
        Ok(result)
    }

    /// The exponents with which `variable` occurs, at most.
    pub(super) fn degree_in(&self, variable: usize) -> u32 {
        self.terms
            .keys()
            .map(|m| exponent(m, variable))
            .max()
            .unwrap_or(0)
    }

    /// The coefficients of `variable`'s powers 0, 1, …, degree.
    pub(super) fn coefficients_of(&self, variable: usize) -> Vec<Polynomial> {
        let mut result = vec![Polynomial::default(); self.degree_in(variable) as usize + 1];
        for (monomial, coefficient) in &self.terms {
            let rest = monomial
                .iter()
                .filter(|(v, _)| *v != variable)
                .copied()
                .collect();
            let place = &mut result[exponent(monomial, variable) as usize];
            place.accumulate(rest, coefficient.clone());
        }
        result
    }

    /// The greatest monomial that divides every term (1 for the zero polynomial).
    pub(super) fn common_monomial(&self) -> Vec<(usize, u32)> {
        let mut terms = self.terms.keys();
        let Some(first) = terms.next() else {
            return Monomial::new();
        };
        let mut common = first.clone();
        for monomial in terms {
            common = common_divisor(&common, monomial);
        }
        common
    }

    /// self / monomial, which must divide every term.
    pub(super) fn divided_by(&self, monomial: &[(usize, u32)]) -> Self {
        let divide = |m: &Monomial| {
            m.iter()
                .map(|&(v, n)| (v, n - exponent(monomial, v)))
                .filter(|&(_, n)| n > 0)
                .collect::<Monomial>()
        };
        Polynomial {
            terms: self
                .terms
                .iter()
                .map(|(m, c)| (divide(m), c.clone()))
                .collect(),
        }
    }
}

fn exponent(monomial: &[(usize, u32)], variable: usize) -> u32 {
    monomial
        .iter()
        .find(|(v, _)| *v == variable)
        .map_or(0, |(_, n)| *n)
}

/// The greatest monomial dividing both.
pub(super) fn common_divisor(m: &[(usize, u32)], n: &[(usize, u32)]) -> Vec<(usize, u32)> {
    m.iter()
        .map(|&(v, k)| (v, k.min(exponent(n, v))))
        .filter(|&(_, k)| k > 0)
        .collect()
}

fn product(m: &[(usize, u32)], n: &[(usize, u32)]) -> Result<Monomial, TooLarge> {
    let mut result = Monomial::with_capacity(m.len() + n.len());
    let (mut i, mut j) = (0, 0);
    while i < m.len() && j < n.len() {
        if m[i].0 < n[j].0 {
            result.push(m[i]);
            i += 1;
        } else if m[i].0 > n[j].0 {
            result.push(n[j]);
            j += 1;
        } else {
            let exponent = m[i].1 + n[j].1;
            if exponent > MAX_EXPONENT {
                return Err(TooLarge);
            }
            result.push((m[i].0, exponent));
            i += 1;
            j += 1;
        }
    }
    result.extend_from_slice(&m[i..]);
    result.extend_from_slice(&n[j..]);
    Ok(result)
}
