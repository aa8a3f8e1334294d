//! What a claim says about all later steps: decided on the bounds that a trap proves of them.

use std::collections::BTreeMap;

use super::watch::{have_values, open};
use super::{Claim, Trouble, Verdict};
use crate::check::evaluate::Evaluator;
use crate::check::formula::{Id, Relation, Test};
use crate::check::orbit::{Iterate, Run};
use crate::check::trap::{Bounds, Trap};

/// Steps that are looked ahead of a trap.
const FARTHEST: u64 = 1 << 50;
/// Operations on balls that the bounds of a trap take.
const BOUNDS: u64 = 2000;

impl Claim {
    /// The verdict on all steps from `first` on, or on those from some later step on.
    pub fn beyond(
        &self,
        e: &mut Evaluator,
        run: &Run,
        first: u64,
        traps: &[Trap],
        eventually: bool,
    ) -> Result<Verdict, Trouble> {
        for trap in traps {
            let mut n = first.saturating_sub(trap.step);
            loop {
                if let Some(verdict) = self.refuted_by_escape(e, run, trap) {
                    return Ok(verdict);
                }
                let enough = e.spend(BOUNDS);
                enough.map_err(|_| open(first, "this takes more work than allowed"))?;
                if let Ok(bounds) = trap.bounds(n)
                    && let Some(holds) = self.holds_on(e, &bounds, false)
                {
                    return Ok(if holds {
                        Verdict::Certified
                    } else {
                        Verdict::Violated
                    });
                }
                n = n.max(1).saturating_mul(2);
                if !eventually || n > FARTHEST {
                    break;
                }
            }
            if eventually && self.holds_in_the_limit(e, trap) {
                return Ok(Verdict::Certified);
            }
        }
        Err(open(first, "nothing bounds the later steps well enough"))
    }

    /// Do the conclusions hold at every point of the bounds (true), or fail at every one (false)?
    fn holds_on(&self, e: &mut Evaluator, bounds: &Bounds, strictly: bool) -> Option<bool> {
        let names = ["sharpness", "a", "b", "s", "loss1", "loss2"];
        let mut known = BTreeMap::new();
        for (name, value) in names.into_iter().zip(&bounds.quantities) {
            for id in nodes_of(e, name) {
                known.insert(id, value.clone());
            }
        }
        let set = Iterate {
            // Too large to have a value: the index is not one number.
            step: u64::MAX,
            state: bounds.state.clone(),
            clipped: None,
        };
        e.go_beyond(&set, known);
        let mut all = Some(true);
        for (test, identity) in &self.said.then {
            let holds = match (identity, strictly) {
                (true, _) => have_values(e, test).then_some(true),
                (_, true) => strict(test)
                    .and_then(|test| e.test(&test))
                    .filter(|holds| *holds),
                _ => e.test(test),
            };
            all = match (all, holds) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        // A hypothesis may hold or fail on the way to the limit.
        let when = if strictly {
            Some(true)
        } else {
            e.all(&self.said.when)
        };
        match when {
            Some(true) => all,
            // Nothing is concluded if no step at all has the hypotheses.
            Some(false) => (self.watch.checked > 0).then_some(true),
            None => all.filter(|holds| *holds),
        }
    }

    /// Do the conclusions hold strictly at every point the iterates may converge to, and so, their
    /// sides being continuous there, from some step on?
    fn holds_in_the_limit(&self, e: &mut Evaluator, trap: &Trap) -> bool {
        let (Ok(bounds), Ok(limit)) = (trap.bounds(0), trap.limit_bounds()) else {
            return false;
        };
        let mut sides = Vec::new();
        for (test, identity) in &self.said.then {
            if !identity {
                test.sides(&mut sides);
            }
        }
        let jumps = |id: &Id| e.graph.facts.get(*id).is_none_or(|facts| facts.jumps);
        if sides.iter().any(jumps) || self.holds_on(e, &bounds, false) == Some(false) {
            return false;
        }
        // The evaluator is on the bounds of all later iterates: do the sides have values there?
        let defined = sides.iter().all(|id| e.value(*id).is_ok());
        defined && self.holds_on(e, &limit, true) == Some(true)
    }

    /// Is a conclusion `name ≤ constant` or `name < constant` false once the iterates escape?
    fn refuted_by_escape(&self, e: &mut Evaluator, run: &Run, trap: &Trap) -> Option<Verdict> {
        if !self.said.when.is_empty() {
            return None;
        }
        for name in ["sharpness", "a", "b", "loss", "loss1"] {
            let Some(least) = trap.at_least(run, name) else {
                continue;
            };
            let ids = nodes_of(e, name);
            for (test, _) in &self.said.then {
                let Test::Compare(x, Relation::Less | Relation::AtMost, y, _) = test else {
                    continue;
                };
                let above = e.graph.constant(*y).is_some_and(|bound| bound.less(&least));
                if ids.contains(x) && above {
                    return Some(Verdict::Violated);
                }
            }
        }
        None
    }
}

/// The nodes that a name of the model stands for, at θ_t and at θ_{t+1}.
fn nodes_of(e: &Evaluator, name: &str) -> Vec<Id> {
    e.names.get(name).cloned().unwrap_or_default()
}

/// A test that holds near every point at which the result of this holds.
fn strict(test: &Test) -> Option<Test> {
    let all = |tests: &[Test]| tests.iter().map(strict).collect::<Option<Vec<_>>>();
    Some(match test {
        Test::Compare(x, Relation::Less | Relation::AtMost, y, swapped) => {
            Test::Compare(*x, Relation::Less, *y, *swapped)
        }
        Test::And(tests) => Test::And(all(tests)?),
        Test::Or(tests) => Test::Or(all(tests)?),
        _ => return None,
    })
}
