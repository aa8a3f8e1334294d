//! What is true of a claim, from exact rational iterates alone.

use std::cmp::Ordering;

use rug::Rational;
use rug::ops::Pow;

use edgecert::claim::{Claim, Event, Scope};
use edgecert::expression::{Condition, Expr, Function, Kind, Relation};
use edgecert::model::{Parameters, State};

use crate::common::exact_step;

/// The exact iterates of a run.
pub struct Truth {
    parameters: Parameters,
    states: Vec<State<Rational>>,
    /// The last step of the run; one iterate more may be known.
    last: usize,
}

/// What is true of a claim.
#[derive(Debug, PartialEq)]
pub enum Fact {
    Certified,
    Violated(u64),
    Vacuous,
}

/// The facts a result can be compared with.
#[derive(Debug)]
pub struct Facts {
    pub fact: Fact,
    pub violated: u64,
    /// The steps at which a conclusion fails.
    pub violations: Vec<u64>,
    pub checked: u64,
    /// Least slack of the first conclusion, if it is one inequality.
    pub slack: Option<Rational>,
    /// The best value of the tight constant.
    pub tight: Option<Rational>,
    /// Does some comparison hold with equality?
    pub touches: bool,
}

impl Truth {
    pub fn new(parameters: &Parameters, start: State<Rational>, steps: usize) -> Self {
        let mut states = vec![start];
        for t in 0..steps {
            states.push(exact_step(parameters, &states[t]));
        }
        Truth {
            parameters: parameters.clone(),
            states,
            last: steps,
        }
    }

    /// The same run with this last step.
    pub fn truncated(self, last: usize) -> Self {
        Truth { last, ..self }
    }

    fn name(&self, name: &str, t: usize, claim: &Claim) -> Rational {
        let p = &self.parameters;
        let x = &self.states[t];
        let h = Rational::from(&p.eta * &p.lambda1);
        let product = Rational::from(&x.alpha * &x.beta2);
        let square = |q: &Rational| Rational::from(q * q);
        if let Some((_, value)) = claim.constants.iter().find(|(n, _)| n == name) {
            return value.clone();
        }
        match name {
            "alpha" => x.alpha.clone(),
            "beta1" => x.beta1.clone(),
            "beta2" => x.beta2.clone(),
            "t" => Rational::from(t),
            "horizon" => Rational::from(self.last),
            "eta" => p.eta.clone(),
            "a" => h * square(&x.alpha),
            "b" => h * square(&x.beta1),
            "p" => product,
            "s" => 1 - product,
            "Q" => square(&x.alpha) - square(&x.beta2),
            "B" => p.clip.clone().expect("a clip"),
            _ => panic!("no name {name}"),
        }
    }

    /// The exact value at step t (t + 1 if primed) of a scope that began at `begin`.
    pub fn value(
        &self,
        expr: &Expr,
        claim: &Claim,
        t: usize,
        begin: usize,
        primed: bool,
    ) -> Rational {
        let go = |x: &Expr| self.value(x, claim, t, begin, primed);
        let at = |x: &Expr, t: usize| self.value(x, claim, t, begin, primed);
        match expr.kind() {
            Kind::Constant(q) => q.clone(),
            Kind::Name { name, primed: own } => {
                self.name(name, t + usize::from(primed || *own), claim)
            }
            Kind::Negate(x) => -go(x),
            Kind::Add(x, y) => go(x) + go(y),
            Kind::Subtract(x, y) => go(x) - go(y),
            Kind::Multiply(x, y) => go(x) * go(y),
            Kind::Divide(x, y) => go(x) / go(y),
            Kind::Power(x, n) => go(x).pow(*n),
            Kind::Derivative(..) => panic!("no derivatives here"),
            Kind::Call(function, x) => match function {
                Function::Abs => go(&x[0]).abs(),
                Function::Ceil => go(&x[0]).ceil(),
                Function::Min => go(&x[0]).min(go(&x[1])),
                Function::Max => go(&x[0]).max(go(&x[1])),
                Function::Start => at(&x[0], begin),
                Function::RunningMax => (begin..=t).map(|u| at(&x[0], u)).max().unwrap(),
                Function::RunningMin => (begin..=t).map(|u| at(&x[0], u)).min().unwrap(),
                Function::RunningSum => (begin..t).map(|u| at(&x[0], u)).sum(),
                _ => panic!("not rational"),
            },
        }
    }

    /// The ordering of S(θ_t) and c, by the signs of the principal minors of cI − ∇²L.
    fn compare_sharpness(&self, t: usize, c: &Rational) -> Ordering {
        let p = &self.parameters;
        let x = &self.states[t];
        let r = Rational::from(&x.alpha * &x.beta2) - 1;
        let square = |q: &Rational| Rational::from(q * q);
        let tip = &p.lambda1 * square(&x.beta1) + &p.lambda2 * square(&x.beta2);
        let first = Rational::from(&p.lambda1 * 2u32) * Rational::from(&x.alpha * &x.beta1);
        let second = &p.lambda2 * (Rational::from(&x.alpha * &x.beta2) + &r);
        let d = [&p.lambda1, &p.lambda2].map(|l| c - l * square(&x.alpha));
        let tip = c - tip;
        let (first, second) = (square(&first), square(&second));
        let pairs = [
            Rational::from(&tip * &d[0]) - &first,
            Rational::from(&tip * &d[1]) - &second,
            Rational::from(&d[0] * &d[1]),
        ];
        let whole = &tip * Rational::from(&d[0] * &d[1])
            - first * Rational::from(&d[1])
            - second * Rational::from(&d[0]);
        let minors: Vec<Rational> = [tip].into_iter().chain(d).chain(pairs).collect();
        if minors.iter().chain([&whole]).all(|m| *m > 0) {
            Ordering::Less
        } else if whole == 0 && minors.iter().all(|m| *m >= 0) {
            Ordering::Equal
        } else {
            Ordering::Greater
        }
    }

    fn compare(
        &self,
        left: &Expr,
        right: &Expr,
        claim: &Claim,
        t: usize,
        begin: usize,
    ) -> Ordering {
        if let Kind::Name { name, primed } = left.kind()
            && &**name == "sharpness"
        {
            let c = self.value(right, claim, t, begin, false);
            return self.compare_sharpness(t + usize::from(*primed), &c);
        }
        self.value(left, claim, t, begin, false)
            .cmp(&self.value(right, claim, t, begin, false))
    }

    fn clipped(&self, t: usize) -> bool {
        let plain = Parameters {
            clip: None,
            ..self.parameters.clone()
        };
        t > 0 && exact_step(&plain, &self.states[t - 1]).beta1 != self.states[t].beta1
    }

    pub fn holds(&self, condition: &Condition, claim: &Claim, t: usize, begin: usize) -> bool {
        let go = |c: &Condition| self.holds(c, claim, t, begin);
        match condition {
            Condition::Compare {
                left,
                relation,
                right,
                ..
            } => {
                let order = self.compare(left, right, claim, t, begin);
                match relation {
                    Relation::Less => order.is_lt(),
                    Relation::LessEqual => order.is_le(),
                    Relation::Greater => order.is_gt(),
                    Relation::GreaterEqual => order.is_ge(),
                    Relation::Equal => order.is_eq(),
                }
            }
            Condition::Flag { primed, .. } => self.clipped(t + usize::from(*primed)),
            Condition::And(all) => all.iter().all(go),
            Condition::Or(any) => any.iter().any(go),
            Condition::Not(inner) => !go(inner),
        }
    }

    /// Does some comparison in it hold with equality?
    fn touches(&self, condition: &Condition, claim: &Claim, t: usize, begin: usize) -> bool {
        match condition {
            Condition::Compare { left, right, .. } => {
                self.compare(left, right, claim, t, begin).is_eq()
            }
            Condition::Flag { .. } => false,
            Condition::And(many) | Condition::Or(many) => {
                many.iter().any(|c| self.touches(c, claim, t, begin))
            }
            Condition::Not(inner) => self.touches(inner, claim, t, begin),
        }
    }

    /// First step and end (excluded) of each scope.
    fn scopes(&self, claim: &Claim) -> Vec<(usize, usize)> {
        let end = self.last + 1;
        let index = |e: &Expr| {
            let value = self.value(e, claim, 0, 0, false);
            usize::try_from(value.numer().to_u64().expect("a step")).expect("small")
        };
        let event = |event: &Event| match event {
            Event::Crossing(k) => self.upward("a", Rational::from(2), *k, claim),
            Event::Spike(k) => self.upward("b", Rational::from((1, 1000)), *k, claim),
            Event::First(c) => (0..end).find(|&t| self.holds(c, claim, t, 0)),
            Event::Trap => panic!("not an event of the exact iterates"),
        };
        match &claim.scope {
            Scope::EveryStep => vec![(0, end)],
            Scope::Steps(from, to) => vec![(index(from), index(to) + 1)],
            Scope::From(e) => event(e).map(|t| (t, end)).into_iter().collect(),
            Scope::Until(e) => vec![(0, event(e).unwrap_or(end))],
            Scope::FromFirstGiven => (0..end)
                .find(|&t| self.given(claim, t))
                .map(|t| (t, end))
                .into_iter()
                .collect(),
            Scope::EachStretch(c) => {
                let mut stretches: Vec<(usize, usize)> = Vec::new();
                for t in (0..end).filter(|&t| self.holds(c, claim, t, 0)) {
                    match stretches.last_mut() {
                        Some((_, end)) if *end == t => *end = t + 1,
                        _ => stretches.push((t, t + 1)),
                    }
                }
                stretches
            }
            Scope::SomeStep(_) => panic!("not a universal claim"),
            Scope::ForAll(_) | Scope::Eventually => panic!("about steps that are not made"),
        }
    }

    fn upward(&self, name: &str, level: Rational, k: u64, claim: &Claim) -> Option<usize> {
        (1..=self.last)
            .filter(|&t| {
                self.name(name, t - 1, claim) <= level && self.name(name, t, claim) > level
            })
            .nth(usize::try_from(k).ok()? - 1)
    }

    fn given(&self, claim: &Claim, t: usize) -> bool {
        claim
            .given
            .iter()
            .all(|c| self.holds(&c.condition, claim, t, t))
    }

    /// What is true of a universal claim; steps that need the iterate after the last one are
    /// left out if `needs_next`.
    pub fn facts(&self, claim: &Claim, needs_next: bool) -> Facts {
        let mut facts = Facts {
            fact: Fact::Vacuous,
            violated: 0,
            violations: Vec::new(),
            checked: 0,
            slack: None,
            tight: None,
            touches: false,
        };
        let last = self.last + 1 - usize::from(needs_next);
        for (begin, end) in self.scopes(claim) {
            for t in begin..end.min(last) {
                if self.given(claim, begin) {
                    self.step(claim, t, begin, &mut facts);
                }
            }
        }
        facts
    }

    /// What is true of a claim that all holds at one step up to `to` at least.
    pub fn some_step(&self, claim: &Claim, to: usize) -> Option<bool> {
        let all = |clauses: &[edgecert::claim::Clause], t: usize| {
            clauses
                .iter()
                .all(|c| self.holds(&c.condition, claim, t, 0))
        };
        if !self.given(claim, 0) {
            return None;
        }
        let mut fact = None;
        for t in (0..=to).filter(|&t| all(&claim.when, t)) {
            fact = Some(fact == Some(true) || all(&claim.then, t));
        }
        fact
    }

    /// Is there equality somewhere up to step `to`?
    pub fn some_tie(&self, claim: &Claim, to: usize) -> bool {
        let clauses = || claim.given.iter().chain(&claim.when).chain(&claim.then);
        (0..=to).any(|t| clauses().any(|c| self.touches(&c.condition, claim, t, 0)))
    }

    fn step(&self, claim: &Claim, t: usize, begin: usize, facts: &mut Facts) {
        let clauses = || claim.when.iter().chain(&claim.then);
        facts.touches |= clauses().any(|c| self.touches(&c.condition, claim, t, begin));
        if !claim
            .when
            .iter()
            .all(|c| self.holds(&c.condition, claim, t, begin))
        {
            return;
        }
        facts.checked += 1;
        if facts.fact == Fact::Vacuous {
            facts.fact = Fact::Certified;
        }
        for clause in &claim.then {
            if !self.holds(&clause.condition, claim, t, begin) {
                facts.violated += 1;
                facts.violations.push(t as u64);
                if !matches!(facts.fact, Fact::Violated(_)) {
                    facts.fact = Fact::Violated(t as u64);
                }
            }
        }
        if let Some(slack) = self.slack(&claim.then[0].condition, claim, t, begin) {
            facts.slack = Some(match facts.slack.take() {
                Some(old) => old.min(slack),
                None => slack,
            });
        }
        if let Some(tight) = &claim.tight {
            let new = self.value(&tight.from, claim, t, begin, false);
            facts.tight = Some(match facts.tight.take() {
                None => new,
                Some(old) if tight.least => old.min(new),
                Some(old) => old.max(new),
            });
        }
    }

    fn slack(
        &self,
        condition: &Condition,
        claim: &Claim,
        t: usize,
        begin: usize,
    ) -> Option<Rational> {
        let Condition::Compare {
            left,
            relation,
            right,
            ..
        } = condition
        else {
            return None;
        };
        if matches!(left.kind(), Kind::Name { name, .. } if &**name == "sharpness") {
            return None;
        }
        let upward =
            self.value(right, claim, t, begin, false) - self.value(left, claim, t, begin, false);
        match relation {
            Relation::Less | Relation::LessEqual => Some(upward),
            Relation::Greater | Relation::GreaterEqual => Some(-upward),
            Relation::Equal => None,
        }
    }
}
