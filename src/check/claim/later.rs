//! What a claim says about all later steps: decided on the bounds that a trap proves of them.

use std::collections::BTreeMap;

use super::watch::open;
use super::{Claim, Trouble, Verdict};
use crate::check::evaluate::Evaluator;
use crate::check::formula::{Id, Relation, Test, Tie};
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
        e.go_anywhere();
        if let Some(verdict) = self.decided(e, eventually, true) {
            return Ok(verdict);
        }
        for trap in traps {
            if let Some(verdict) = self.refuted_by_escape(e, run, trap) {
                return Ok(verdict);
            }
            let mut n = first.saturating_sub(trap.step);
            let mut covers = true;
            loop {
                let enough = e.spend(BOUNDS);
                enough.map_err(|_| open(first, "this takes more work than allowed"))?;
                if let Ok(bounds) = trap.bounds(n) {
                    go_to(e, run, &bounds);
                    if let Some(verdict) = self.decided(e, eventually, covers) {
                        return Ok(verdict);
                    }
                }
                covers = false;
                n = n.max(1).saturating_mul(16);
                if !eventually || n > FARTHEST {
                    break;
                }
            }
            if eventually && self.holds_in_the_limit(e, run, trap) {
                return Ok(Verdict::Certified);
            }
        }
        Err(open(first, "nothing bounds the later steps well enough"))
    }

    /// The verdict, if it follows from what is certain at every point of the set that the evaluator
    /// is at. `covers`: all steps that were not made are in it, not just those from some step on.
    fn decided(&self, e: &mut Evaluator, eventually: bool, covers: bool) -> Option<Verdict> {
        let watch = &self.watch;
        let (counts, holds) = (e.all(&self.said.when), e.all(&self.said.then));
        // Of the steps that were made: one counts and is not followed by one in the way; all are
        // excluded, or followed by one in the way.
        let (some, none) = if eventually {
            (watch.lasts, !watch.may_last)
        } else {
            (
                watch.checked > 0,
                watch.checked == 0 && watch.uncertain.is_none(),
            )
        };
        let verdict = match (counts, holds) {
            (Some(true), Some(true)) => Verdict::Certified,
            (Some(true), Some(false)) => Verdict::Violated,
            (Some(false), _) | (None, Some(true)) if covers && some => Verdict::Certified,
            (Some(false), _) if covers && none => Verdict::Vacuous,
            _ => return None,
        };
        // Whether the conclusions hold at all steps that are made is not looked at for a violation.
        let looked_at = eventually || self.verdict != Verdict::Violated;
        (looked_at || verdict == Verdict::Violated).then_some(verdict)
    }

    /// Do hypotheses and conclusions hold strictly at every point the iterates may converge to, and
    /// so, their sides being continuous there, from some step on?
    fn holds_in_the_limit(&self, e: &mut Evaluator, run: &Run, trap: &Trap) -> bool {
        let (Ok(bounds), Ok(limit)) = (trap.bounds(0), trap.limit_bounds()) else {
            return false;
        };
        let tests = || self.said.when.iter().chain(&self.said.then);
        let mut sides = Vec::new();
        tests().for_each(|test| test.sides(&mut sides));
        let jumps = |id: &Id| e.graph.facts.get(*id).is_none_or(|facts| facts.jumps);
        if sides.iter().any(jumps) {
            return false;
        }
        // The bounds of all later iterates: do the sides have values there?
        go_to(e, run, &bounds);
        if e.spend(sides.len().try_into().unwrap_or(u64::MAX)).is_err() {
            return false;
        }
        if !sides.iter().all(|id| e.value(*id).is_ok()) {
            return false;
        }
        go_to(e, run, &limit);
        tests().all(|test| holds_nearby(e, test))
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
            for test in &self.said.then {
                let Test::Compare(x, Relation::Less | Relation::AtMost, y, _) = test else {
                    continue;
                };
                e.spend(1).ok()?;
                let above = e.graph.constant(*y).is_some_and(|bound| bound.less(&least));
                if ids.contains(x) && above {
                    return Some(Verdict::Violated);
                }
            }
        }
        None
    }
}

/// The evaluator goes to a set of later iterates.
fn go_to(e: &mut Evaluator, run: &Run, bounds: &Bounds) {
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
        exact: [None, None, None],
        clipped: run.clip.is_none().then_some(false),
    };
    e.go_beyond(&set, known);
}

/// The nodes that a name of the model stands for, at θ_t and at θ_{t+1}.
fn nodes_of(e: &Evaluator, name: &str) -> Vec<Id> {
    e.names.get(name).cloned().unwrap_or_default()
}

/// Does the test hold at the points the evaluator is at, and near them, where its sides have values?
fn holds_nearby(e: &mut Evaluator, test: &Test) -> bool {
    match test {
        Test::Compare(x, relation, y, swapped) => {
            let tie: Option<&Tie> = e.graph.ties.get(&(*x, *y));
            match relation {
                Relation::AtMost | Relation::Equal if tie.is_some() => true,
                Relation::Equal => false,
                _ => e.test(&Test::Compare(*x, Relation::Less, *y, *swapped)) == Some(true),
            }
        }
        Test::And(tests) => tests.iter().all(|test| holds_nearby(e, test)),
        Test::Or(tests) => tests.iter().any(|test| holds_nearby(e, test)),
        Test::Not(_) | Test::Clipped(_) => false,
    }
}
