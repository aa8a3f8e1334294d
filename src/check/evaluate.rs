//! Formulas and conditions on a pair of consecutive iterates.

use std::collections::BTreeMap;

use super::ball::{Ball, NoValue, Value};
use super::formula::{Graph, Id, Node, Relation, Test};
use super::functions;
use super::orbit::{Constants, Iterate, State};

/// A Hessian: its entries ∇²L_αα, ∇²L_αβ₁, ∇²L_αβ₂, ∇²L_β₁β₁, ∇²L_β₂β₂; ∇²L_β₁β₂ = 0.
pub struct Hessian {
    tip: Ball,
    shaft: [Ball; 2],
    diagonal: [Ball; 2],
}

impl Hessian {
    /// At a state.
    pub fn new(k: &Constants, [alpha, beta1, beta2]: &State, p: u32) -> Result<Self, NoValue> {
        let two = Ball::whole(2);
        let alpha2 = alpha.square(p)?;
        let product = two.mul(&alpha.mul(beta2, p)?, p)?;
        let tip = k.lambda1.mul(&beta1.square(p)?, p)?;
        Ok(Hessian {
            tip: tip.add(&k.lambda2.mul(&beta2.square(p)?, p)?, p)?,
            shaft: [
                two.mul(&k.lambda1, p)?.mul(&alpha.mul(beta1, p)?, p)?,
                k.lambda2.mul(&product.sub(&Ball::whole(1), p)?, p)?,
            ],
            diagonal: [k.lambda1.mul(&alpha2, p)?, k.lambda2.mul(&alpha2, p)?],
        })
    }

    /// Is S < c (S ≤ c, if `or_equal`)? Proposition 1 without divisions: with A = c − λ₁α² > 0 and
    /// C = c − λ₂α² > 0 it is the sign of (c − tip)AC − u₁²C − u₂²A; and S ≥ λ₁α².
    pub fn below(&self, c: &Ball, or_equal: bool, p: u32) -> Result<Option<bool>, NoValue> {
        let ([d1, d2], [u1, u2]) = (&self.diagonal, &self.shaft);
        if d1.less(c, false) != Some(true) || d2.less(c, false) != Some(true) {
            // S ≥ max(d₁, d₂), so S < c is false if c ≤ d₁, and S ≤ c is false if c < d₁.
            let refuted =
                c.less(d1, !or_equal) == Some(true) || c.less(d2, !or_equal) == Some(true);
            return Ok(refuted.then_some(false));
        }
        let (a, b) = (c.sub(d1, p)?, c.sub(d2, p)?);
        let left = c.sub(&self.tip, p)?.mul(&a, p)?.mul(&b, p)?;
        let right = u1
            .square(p)?
            .mul(&b, p)?
            .add(&u2.square(p)?.mul(&a, p)?, p)?;
        Ok(right.less(&left, or_equal))
    }

    /// S itself, by iteration. S > d₂ is the larger eigenvalue of the matrix with diagonal
    /// tip + u₂²/(S − d₂), d₁ and off-diagonal u₁ (Schur complement), in which S may be replaced
    /// by any set that contains it.
    pub fn sharpness(&self, p: u32) -> Value {
        const ROUNDS: usize = 100;
        let ([d1, d2], [u1, u2]) = (&self.diagonal, &self.shaft);
        // S is between the largest diagonal entry and Gershgorin's bound.
        let (size1, size2) = (u1.abs(p)?, u2.abs(p)?);
        let lower = self.tip.max(d1, p)?.max(d2, p)?;
        let upper = self.tip.add(&size1, p)?.add(&size2, p)?;
        let upper = upper
            .max(&d1.add(&size1, p)?, p)?
            .max(&d2.add(&size2, p)?, p)?;
        let mut s = lower.hull(&upper, p)?;
        let u2_squared = u2.square(p)?;
        let four_u1_squared = u1.square(p)?.scaled(2)?;
        for _ in 0..ROUNDS {
            let gap = s.sub(d2, p)?;
            if Ball::whole(0).less(&gap, false) != Some(true) {
                return Err(NoValue::Unknown);
            }
            let tip = self.tip.add(&u2_squared.div(&gap, p)?, p)?;
            let distance = tip.sub(d1, p)?.square(p)?;
            let root = distance.add(&four_u1_squared, p)?.sqrt(p)?;
            let next = tip.add(d1, p)?.add(&root, p)?.scaled(-1)?;
            let gained = next.accuracy().saturating_sub(s.accuracy());
            s = next;
            if gained < 1 {
                break;
            }
        }
        Ok(s)
    }

    /// vᵀ(∇²L)v − c|v|² for a vector of numbers.
    pub fn excess(&self, v: &[Ball; 3], c: &Ball, p: u32) -> Value {
        let [v0, v1, v2] = v;
        let [d1, d2] = &self.diagonal;
        let [u1, u2] = &self.shaft;
        let mut sum = self.tip.sub(c, p)?.mul(&v0.square(p)?, p)?;
        sum = sum.add(&d1.sub(c, p)?.mul(&v1.square(p)?, p)?, p)?;
        sum = sum.add(&d2.sub(c, p)?.mul(&v2.square(p)?, p)?, p)?;
        let mixed = u1.mul(v1, p)?.add(&u2.mul(v2, p)?, p)?;
        sum.add(&mixed.mul(v0, p)?.scaled(1)?, p)
    }
}

/// The work of an operation on balls of p bits, in nanoseconds or so.
pub fn cost(p: u32) -> u64 {
    let words = u64::from(p / 64).saturating_add(1);
    words
        .saturating_mul(words)
        .saturating_mul(2)
        .saturating_add(200)
}

/// Evaluates nodes at θ_t and θ_{t+1}, each once per step.
pub struct Evaluator {
    /// The formulas.
    pub graph: Graph,
    /// λ₁ and the rest.
    pub constants: Constants,
    /// Working precision.
    pub p: u32,
    /// What is remembered.
    pub slots: Vec<Option<Ball>>,
    /// The nodes some names stand for.
    pub names: BTreeMap<&'static str, Vec<Id>>,
    iterates: [Option<Iterate>; 2],
    /// Of nodes about which more is known than their formula gives.
    known: BTreeMap<Id, Ball>,
    memo: Vec<(u64, Value)>,
    /// Work that was done, and that may be done.
    work: u64,
    most_work: u64,
    /// Counts what makes values out of date: a new pair of iterates, a new memory.
    clock: u64,
    /// When the pair came.
    now: u64,
    /// When the memory last changed.
    changed: u64,
}

impl Evaluator {
    /// For formulas, at a precision.
    pub fn new(
        graph: Graph,
        names: BTreeMap<&'static str, Vec<Id>>,
        constants: Constants,
        p: u32,
        most_work: u64,
    ) -> Self {
        let memo = vec![(0, Err(NoValue::Unknown)); graph.nodes.len()];
        let slots = vec![None; graph.slots.len()];
        Evaluator {
            graph,
            constants,
            p,
            slots,
            names,
            iterates: [None, None],
            known: BTreeMap::new(),
            memo,
            work: 0,
            most_work,
            clock: 1,
            now: 1,
            changed: 1,
        }
    }

    /// Goes to the pair θ_t, θ_{t+1} (nothing, after the last step).
    pub fn go(&mut self, now: &Iterate, next: Option<&Iterate>) -> Result<(), NoValue> {
        let rounded = |x: &Iterate| -> Result<Iterate, NoValue> {
            let [alpha, beta1, beta2] = &x.state;
            Ok(Iterate {
                state: [alpha.to(self.p)?, beta1.to(self.p)?, beta2.to(self.p)?],
                ..x.clone()
            })
        };
        self.iterates = [Some(rounded(now)?), next.map(rounded).transpose()?];
        self.advance();
        Ok(())
    }

    /// Goes to a set that contains θ_t and θ_{t+1} for all later t, and what is known there.
    pub fn go_beyond(&mut self, set: &Iterate, known: BTreeMap<Id, Ball>) {
        self.iterates = [Some(set.clone()), Some(set.clone())];
        self.known = known;
        self.advance();
    }

    fn advance(&mut self) {
        self.forget();
        self.now = self.clock;
    }

    /// What is remembered has changed.
    pub fn forget(&mut self) {
        self.clock = self.clock.saturating_add(1);
        self.changed = self.clock;
    }

    /// Work that was done so far.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Counts so many operations on balls; refuses what is too much.
    pub fn spend(&mut self, operations: u64) -> Result<(), NoValue> {
        let work = operations.saturating_mul(cost(self.p));
        self.work = self.work.saturating_add(work);
        if self.work > self.most_work {
            return Err(NoValue::Range);
        }
        Ok(())
    }

    /// Is θ_{t+1} there?
    pub fn has_next(&self) -> bool {
        let [_, next] = &self.iterates;
        next.is_some()
    }

    fn iterate(&self, next: bool) -> Result<&Iterate, NoValue> {
        let [now, after] = &self.iterates;
        let iterate = if next { after } else { now };
        iterate.as_ref().ok_or(NoValue::Unknown)
    }

    /// The Hessian at θ_t or θ_{t+1}.
    pub fn hessian(&self, next: bool) -> Result<Hessian, NoValue> {
        Hessian::new(&self.constants, &self.iterate(next)?.state, self.p)
    }

    /// A node's value.
    pub fn value(&mut self, id: Id) -> Value {
        let remembers = self
            .graph
            .facts
            .get(id)
            .is_some_and(|facts| facts.remembers);
        let constant = self.graph.constant(id).is_some();
        let time = match (constant, remembers) {
            (true, _) => u64::MAX,
            (_, true) => self.changed,
            _ => self.now,
        };
        match self.memo.get(id) {
            Some((stamp, value)) if *stamp == time => return value.clone(),
            _ => {}
        }
        let value = self.compute(id);
        if let Some(place) = self.memo.get_mut(id) {
            *place = (time, value.clone());
        }
        value
    }

    fn compute(&mut self, id: Id) -> Value {
        if let Some(value) = self.known.get(&id) {
            return Ok(value.clone());
        }
        let node = self.graph.nodes.get(id).ok_or(NoValue::Unknown)?.clone();
        let p = self.p;
        // Power series take as many terms as there are bits, more or less.
        self.spend(match node {
            Node::Sharpness(_) => 400,
            Node::Log(_) | Node::Exp(_) => u64::from(p).saturating_mul(2),
            Node::Potential(_) => u64::from(p).saturating_mul(16),
            _ => 1,
        })?;
        match node {
            Node::Constant(q) => Ball::fraction(&q, p),
            Node::Coordinate(i, next) => {
                let coordinate = self.iterate(next)?.state.get(i);
                coordinate.cloned().ok_or(NoValue::Unknown)
            }
            Node::Step(next) => {
                let step = self.iterate(next)?.step;
                i64::try_from(step)
                    .map(Ball::whole)
                    .map_err(|_| NoValue::Unknown)
            }
            Node::Sharpness(next) => self.hessian(next)?.sharpness(p),
            Node::Slot(slot) => {
                let remembered = self.slots.get(slot).and_then(Option::as_ref);
                remembered.cloned().ok_or(NoValue::Unknown)
            }
            Node::Add(x, y) => self.value(x)?.add(&self.value(y)?, p),
            Node::Sub(x, y) => self.value(x)?.sub(&self.value(y)?, p),
            // Both factors are the same number, not just numbers of the same set.
            Node::Mul(x, y) if x == y => self.value(x)?.square(p),
            Node::Mul(x, y) => self.value(x)?.mul(&self.value(y)?, p),
            Node::Div(x, y) => self.value(x)?.div(&self.value(y)?, p),
            Node::Power(x, n) => self.value(x)?.power(n, p),
            Node::Min(x, y) => self.value(x)?.min(&self.value(y)?, p),
            Node::Max(x, y) => self.value(x)?.max(&self.value(y)?, p),
            Node::Negative(x) => Ok(self.value(x)?.negative()),
            Node::Sqrt(x) => self.value(x)?.sqrt(p),
            Node::Log(x) => functions::log(&self.value(x)?, p),
            Node::Exp(x) => functions::exp(&self.value(x)?, p),
            Node::Abs(x) => self.value(x)?.abs(p),
            Node::Ceil(x) => self.value(x)?.ceil(p),
            Node::Potential(x) => functions::edge_potential(&self.value(x)?, p),
        }
    }

    /// Is the condition true? `None` if that is not certain.
    pub fn test(&mut self, test: &Test) -> Option<bool> {
        match test {
            Test::Compare(x, relation, y, _) => self.compare(*x, *relation, *y),
            Test::Clipped(next) => self.iterate(*next).ok()?.clipped,
            Test::And(tests) => self.any(tests, false).map(|found| !found),
            Test::Or(tests) => self.any(tests, true),
            Test::Not(test) => self.test(test).map(|holds| !holds),
        }
    }

    /// Is one of the conditions certainly `wanted` (true), is none (false)?
    fn any(&mut self, tests: &[Test], wanted: bool) -> Option<bool> {
        let mut none = Some(false);
        for test in tests {
            match self.test(test) {
                Some(holds) if holds == wanted => return Some(true),
                Some(_) => {}
                None => none = None,
            }
        }
        none
    }

    /// All of the conditions.
    pub fn all(&mut self, tests: &[Test]) -> Option<bool> {
        self.any(tests, false).map(|found| !found)
    }

    fn compare(&mut self, x: Id, relation: Relation, y: Id) -> Option<bool> {
        if let (Some(a), Some(b)) = (self.graph.constant(x), self.graph.constant(y)) {
            return Some(match relation {
                Relation::Less => a.less(b),
                Relation::AtMost => a.at_most(b),
                Relation::Equal => a == b,
            });
        }
        let or_equal = relation == Relation::AtMost;
        if relation != Relation::Equal {
            self.spend(40).ok()?;
            let known = |id| self.known.contains_key(&id);
            let sharpness = |id: Id| match self.graph.nodes.get(id) {
                Some(Node::Sharpness(next)) if !known(id) => Some(*next),
                _ => None,
            };
            match (sharpness(x), sharpness(y)) {
                (Some(next), None) => {
                    let bound = self.value(y).ok()?;
                    return self
                        .hessian(next)
                        .ok()?
                        .below(&bound, or_equal, self.p)
                        .ok()?;
                }
                (None, Some(next)) => {
                    let bound = self.value(x).ok()?;
                    let hessian = self.hessian(next).ok()?;
                    let below = hessian.below(&bound, !or_equal, self.p).ok()?;
                    return below.map(|below| !below);
                }
                _ => {}
            }
        }
        let (x, y) = (self.value(x).ok()?, self.value(y).ok()?);
        match relation {
            Relation::Less => x.less(&y, false),
            Relation::AtMost => x.less(&y, true),
            Relation::Equal => x.equals(&y),
        }
    }
}
