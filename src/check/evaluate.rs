//! Formulas and conditions on a pair of consecutive iterates.

use std::collections::BTreeMap;

use super::ball::{Ball, Value};
use super::formula::{Graph, Id, Memory, Node, Relation, Test, Tie, operands};
use super::fraction::Fraction;
use super::functions;
use super::orbit::{Constants, Iterate, State};
use super::work::{Budget, NoValue};

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
            return Ok(self.exceeds(c, or_equal, p)?.then_some(false));
        }
        let (a, b) = (c.sub(d1, p)?, c.sub(d2, p)?);
        let left = c.sub(&self.tip, p)?.mul(&a, p)?.mul(&b, p)?;
        let right = u1
            .square(p)?
            .mul(&b, p)?
            .add(&u2.square(p)?.mul(&a, p)?, p)?;
        Ok(right.less(&left, or_equal))
    }

    /// Is S ≤ c (S < c, if not `or_equal`) false by a minor of cI − H? All of them are ≥ 0 (> 0)
    /// where it is true: c − t, c − dᵢ and (c − t)(c − dᵢ) − uᵢ².
    fn exceeds(&self, c: &Ball, or_equal: bool, p: u32) -> Result<bool, NoValue> {
        let less = |x: &Ball, y: &Ball| x.less(y, !or_equal) == Some(true);
        let tip = c.sub(&self.tip, p)?;
        let mut found = less(c, &self.tip);
        for (d, u) in self.diagonal.iter().zip(&self.shaft) {
            let product = tip.mul(&c.sub(d, p)?, p)?;
            found |= less(c, d) || less(&product, &u.square(p)?);
        }
        Ok(found)
    }

    /// S itself: by iteration, and by halving where that does not converge.
    pub fn sharpness(&self, p: u32, budget: &Budget) -> Value {
        /// Bits that are enough.
        const ENOUGH: u32 = 128;
        /// Operations of a halving, and of what comes before.
        const HALVING: u64 = 100;
        let ([d1, d2], [u1, u2]) = (&self.diagonal, &self.shaft);
        // S is between the largest diagonal entry and Gershgorin's bound.
        let (size1, size2) = (u1.abs(p)?, u2.abs(p)?);
        let lower = self.tip.max(d1, p)?.max(d2, p)?;
        let upper = self.tip.add(&size1, p)?.add(&size2, p)?;
        let upper = upper
            .max(&d1.add(&size1, p)?, p)?
            .max(&d2.add(&size2, p)?, p)?;
        let s = lower.hull(&upper, p)?;
        let enough = i64::from(p.min(ENOUGH)).saturating_sub(16);
        budget.operations(HALVING, p)?;
        let iterated = self.iterated(&s, p, budget);
        if iterated.as_ref().is_ok_and(|s| s.accuracy() >= enough) {
            return iterated;
        }
        budget.operations(u64::from(ENOUGH).saturating_mul(HALVING), p)?;
        let halved = self.halved(&s, ENOUGH, p)?;
        Ok(iterated
            .ok()
            .filter(|s| s.accuracy() > halved.accuracy())
            .unwrap_or(halved))
    }

    /// S in s > d₂, if that is certain: S is the larger eigenvalue of the matrix with diagonal
    /// tip + u₂²/(S − d₂), d₁ and off-diagonal u₁ (Schur complement), in which S may be replaced
    /// by any set that contains it.
    fn iterated(&self, s: &Ball, p: u32, budget: &Budget) -> Value {
        const ROUNDS: usize = 100;
        /// Operations of a round.
        const ROUND: u64 = 40;
        let ([d1, d2], [u1, u2]) = (&self.diagonal, &self.shaft);
        let u2_squared = u2.square(p)?;
        let four_u1_squared = u1.square(p)?.scaled(2)?;
        let mut s = s.clone();
        for _ in 0..ROUNDS {
            budget.operations(ROUND, p)?;
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

    /// S in s: whatever [`Hessian::below`] says that S is not in is dropped, about half of it in a
    /// round. So S stays in it, whatever its multiplicity.
    fn halved(&self, s: &Ball, rounds: u32, p: u32) -> Value {
        let (mut lower, mut upper) = s.endpoints(p)?;
        for _ in 0..rounds {
            let width = upper.sub(&lower, p)?;
            let mut found = false;
            // S may be so close to the middle that it is not certain on which side.
            for eighths in [4, 3, 5] {
                let part = width.mul(&Ball::whole(eighths), p)?.scaled(-3)?;
                let point = lower.add(&part, p)?.midpoint();
                match self.below(&point, true, p)? {
                    Some(true) => upper = point,
                    Some(false) => lower = point,
                    None => continue,
                }
                found = true;
                break;
            }
            if !found {
                break;
            }
        }
        lower.hull(&upper, p)
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
    /// The exact value of a node, where it is a fraction of coordinates that are known exactly.
    exact: BTreeMap<Id, (u64, Option<Fraction>)>,
    budget: Budget,
    /// Are comparisons decided by enclosures alone, equations besides?
    pub by_balls: bool,
    /// What is remembered includes this step, which is (true) or is not the first one of a scope.
    remembers_now: Option<bool>,
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
        budget: Budget,
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
            exact: BTreeMap::new(),
            budget,
            by_balls: false,
            remembers_now: None,
            clock: 1,
            now: 1,
            changed: 1,
        }
    }

    /// Goes to the pair θ_t, θ_{t+1} (nothing, after the last step).
    pub fn go(&mut self, now: &Iterate, next: Option<&Iterate>) -> Result<(), NoValue> {
        self.spend(6)?;
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

    /// Goes to where nothing is known: what is certain here is certain at every step of every run.
    pub fn go_anywhere(&mut self) {
        self.iterates = [None, None];
        self.known = BTreeMap::new();
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

    /// Does what the claim remembers include this step, and is it the first one of a scope?
    pub fn remembers(&mut self, now: Option<bool>) {
        self.remembers_now = now;
    }

    /// Counts so many operations on balls; refuses what is too much.
    pub fn spend(&mut self, operations: u64) -> Result<(), NoValue> {
        self.budget.operations(operations, self.p)
    }

    /// What is allowed.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// A part of the test that has no value though its operands have, in words.
    pub fn without_value(&mut self, test: &Test) -> Option<String> {
        let mut open = Vec::new();
        test.sides(&mut open);
        while let Some(id) = open.pop() {
            self.spend(1).ok()?;
            let lacks = matches!(self.value(id), Err(NoValue::Division | NoValue::Domain));
            if !lacks {
                continue;
            }
            let operands = self.graph.nodes.get(id).map(operands).unwrap_or_default();
            if operands.iter().all(|id| self.value(*id).is_ok()) {
                return Some(self.graph.words(id));
            }
            open.extend(operands);
        }
        None
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
        self.spend(
            match &node {
                Node::Constant(q) => q.bits() / 64,
                Node::Sharpness(_) | Node::Potential(_) => 20,
                Node::Power(_, n) => u64::from(*n).saturating_add(1).min(16),
                Node::Sqrt(_) => 20,
                _ => 2,
            }
            .saturating_add(1),
        )?;
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
            Node::Sharpness(next) => self.hessian(next)?.sharpness(p, &self.budget),
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
            Node::Log(x) => functions::log(&self.value(x)?, p, &self.budget),
            Node::Exp(x) => functions::exp(&self.value(x)?, p, &self.budget),
            Node::Abs(x) => self.value(x)?.abs(p),
            Node::Ceil(x) => self.value(x)?.ceil(p),
            Node::Potential(x) => functions::edge_potential(&self.value(x)?, p, &self.budget),
        }
    }

    /// Is the condition true? `None` if that is not certain.
    pub fn test(&mut self, test: &Test) -> Option<bool> {
        self.spend(1).ok()?;
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
            return Some(relation.of(a.cmp_value(b)));
        }
        if self.by_balls && relation != Relation::Equal {
            return self.compare_balls(x, relation, y);
        }
        self.tied(x, relation, y)
            .or_else(|| self.compare_balls(x, relation, y))
            .or_else(|| {
                let (x, y) = (self.exact(x)?, self.exact(y)?);
                Some(relation.of(x.cmp_value(&y)))
            })
    }

    /// What is certain of sides that have values for another reason than these values.
    fn tied(&mut self, x: Id, relation: Relation, y: Id) -> Option<bool> {
        match self.graph.ties.get(&(x, y)) {
            Some(Tie::Always) => return Some(relation != Relation::Less),
            Some(Tie::WhereDefined) => {
                let defined = self.value(x).is_ok() && self.value(y).is_ok();
                return defined.then_some(relation != Relation::Less);
            }
            None => {}
        }
        let first = self.remembers_now?;
        let slot = |id: Id| match self.graph.nodes.get(id) {
            Some(Node::Slot(slot)) => self.graph.slots.get(*slot).copied(),
            _ => None,
        };
        // At a scope's first step an extreme or start is the value itself; later extremes bound it.
        let below =
            |x: Id, y: Id| slot(y) == Some((Memory::Max, x)) || slot(x) == Some((Memory::Min, y));
        let itself =
            |x: Id, y: Id| slot(y).is_some_and(|(memory, of)| memory != Memory::Sum && of == x);
        let equal = first && (itself(x, y) || itself(y, x));
        let answer = match relation {
            Relation::Equal => equal.then_some(true),
            Relation::AtMost => (equal || below(x, y)).then_some(true),
            Relation::Less => (equal || below(y, x)).then_some(false),
        };
        answer.filter(|_| self.value(x).is_ok() && self.value(y).is_ok())
    }

    /// The exact value of what is made of exact coordinates by rational operations, if it is short.
    fn exact(&mut self, id: Id) -> Option<Fraction> {
        if let Some((stamp, value)) = self.exact.get(&id)
            && *stamp == self.now
        {
            return value.clone();
        }
        let value = self.compute_exactly(id);
        self.exact.insert(id, (self.now, value.clone()));
        value
    }

    fn compute_exactly(&mut self, id: Id) -> Option<Fraction> {
        /// Bits of a value.
        const MOST: u64 = 1 << 11;
        /// Work of an operation on two of them.
        const WORK: u64 = 100_000;
        if self.known.contains_key(&id) {
            return None;
        }
        self.budget.spend(WORK).ok()?;
        let value = match self.graph.nodes.get(id)?.clone() {
            Node::Constant(q) => q,
            Node::Coordinate(i, next) => self.iterate(next).ok()?.exact.get(i)?.clone()?,
            Node::Step(next) => Fraction::whole(i64::try_from(self.iterate(next).ok()?.step).ok()?),
            Node::Add(x, y) => self.exact(x)?.add(&self.exact(y)?)?,
            Node::Sub(x, y) => self.exact(x)?.sub(&self.exact(y)?)?,
            Node::Mul(x, y) => self.exact(x)?.mul(&self.exact(y)?)?,
            Node::Div(x, y) => self.exact(x)?.div(&self.exact(y)?)?,
            Node::Power(x, n) => self.exact(x)?.power(n)?,
            Node::Negative(x) => self.exact(x)?.negative(),
            Node::Abs(x) => self.exact(x)?.size(),
            Node::Max(x, y) => self.exact(x)?.max_of(self.exact(y)?),
            Node::Min(x, y) => {
                let least = self.exact(x)?.negative().max_of(self.exact(y)?.negative());
                least.negative()
            }
            _ => return None,
        };
        (value.bits() <= MOST).then_some(value)
    }

    fn compare_balls(&mut self, x: Id, relation: Relation, y: Id) -> Option<bool> {
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
