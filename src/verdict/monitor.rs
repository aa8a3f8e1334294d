//! One claim, watched along a trajectory.
//!
//! [`Monitor::step`] is called once for every t with θ_t (and θ_{t+1}, except at the end) in
//! the [`Judge`]; [`Monitor::finish`] turns what was seen into a [`ClaimResult`].

use super::checker::{Judge, Level, Stored};
use super::scope::{Entry, ScopeWatch};
use super::slack::SlackValue;
use super::tail::{Tail, TailJudge, because};
use super::{
    Attained, ClaimResult, ClauseResult, Obstacle, OpenSteps, Reason, Slack, TightConstant,
    Verdict, Violation,
};
use crate::claim::evaluate::compare;
use crate::claim::program::{
    CompiledClaim, CompiledClause, CompiledScope, CompiledTight, Program, Remember, Test, Value,
};
use crate::input::Expectation;
use crate::number::{Enclosure, Interval, Number, Ternary, decimal};

/// How a pass along the trajectory ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All steps were made.
    Complete,
    /// No enclosure beyond this step, for this reason.
    Stopped(u64, Reason),
}

impl End {
    /// Where it stopped early, and why.
    pub fn stopped(self) -> Option<(u64, Reason)> {
        match self {
            End::Complete => None,
            End::Stopped(step, reason) => Some((step, reason)),
        }
    }
}

/// A claim's state along the run. The words are those of `proofs/verdicts.md`.
#[derive(Debug)]
pub struct Monitor {
    index: usize,
    level: Level,
    scope: ScopeWatch,
    /// Steps that count.
    checked: u64,
    violated: u64,
    skipped: u64,
    /// Steps that are open, and the first of them.
    open: Option<OpenSteps>,
    /// What keeps a step from being in order, at first.
    doubt: Option<Obstacle>,
    /// Go on behind a doubt: no pass with more precision will come.
    patient: bool,
    /// Does `given` hold in the current scope, whichever of its possible starts it has?
    given: Ternary,
    given_doubt: Option<Obstacle>,
    /// When the goal was reached in the current scope (else in the last that had one).
    reached: bool,
    reach_note: Option<String>,
    /// Why it is open whether the goal was reached in the current scope.
    goal_doubt: Option<Obstacle>,
    memory: Vec<Option<Stored>>,
    /// Why a slot has no value in the current scope.
    lost: Vec<Option<Obstacle>>,
    /// The scope may begin at this step or earlier.
    joined: bool,
    slacks: Vec<Option<Slack>>,
    tight: Option<(Stored, Attained)>,
    /// The tight constant is wanted at the engine's precision.
    fine: bool,
    /// Why the tight constant is not known.
    tight_lost: Option<String>,
    settled: Option<(Verdict, Option<String>)>,
    /// `for all t >= N`: why no later step is in the way.
    covered: Option<String>,
    violation: Option<Violation>,
    /// `eventually always`: the last step that is in the way, and the last that counts and has its
    /// conclusions.
    last_failure: Option<u64>,
    last_counted: Option<u64>,
    /// What is watched is a trace: see [`Monitor::of_trace`].
    trace: bool,
}

impl Monitor {
    /// For claim number `index`, evaluated from `level` on.
    pub fn new(program: &Program, index: usize, level: Level) -> Self {
        let claim = &program.claims[index];
        let settled = claim
            .not_applicable
            .as_ref()
            .map(|why| (Verdict::Vacuous, Some(why.clone())));
        Monitor {
            index,
            level,
            scope: ScopeWatch::new(),
            checked: 0,
            violated: 0,
            skipped: 0,
            open: None,
            doubt: None,
            patient: true,
            given: Ternary::True,
            given_doubt: None,
            reached: false,
            reach_note: None,
            goal_doubt: None,
            memory: vec![None; claim.memory.len()],
            lost: vec![None; claim.memory.len()],
            joined: false,
            slacks: vec![None; claim.then.len()],
            tight: None,
            fine: false,
            tight_lost: None,
            settled,
            covered: None,
            violation: None,
            last_failure: None,
            last_counted: None,
            trace: false,
        }
    }

    /// For claim number `index` on a trace, which ends with its last step and is not exactly
    /// gradient descent:
    ///
    /// * identities, proved for exact steps, are passed over;
    /// * `for all t >= N` speaks of the steps from N to the last one;
    /// * `eventually always` speaks of the last step that can be checked.
    pub fn of_trace(program: &Program, index: usize, level: Level) -> Self {
        Monitor {
            trace: true,
            ..Self::new(program, index, level)
        }
    }

    /// Computes the tight constant at the engine's precision, not in f64 intervals.
    pub fn refine_tight_constant(&mut self) {
        self.fine = true;
    }

    /// Stops at the first doubt: a pass with more precision will come.
    pub fn stop_at_doubt(&mut self) {
        self.patient = false;
    }

    /// The claim's index in the program.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Nothing more can be learnt on this pass. (A violated claim is watched on: how often
    /// it fails, by how much, and which constant would hold.)
    pub fn is_settled(&self) -> bool {
        self.settled.is_some() || self.scope.is_closed() || self.waits_for_precision()
    }

    /// Has a step come that a pass with more precision, which will come, may decide?
    fn waits_for_precision(&self) -> bool {
        let open = self.open.as_ref().map(|open| &open.first);
        let mut doubts = [self.doubt.as_ref(), open, self.goal_doubt.as_ref()]
            .into_iter()
            .flatten();
        !self.patient && doubts.any(|doubt| doubt.reason.precision_may_help())
    }

    /// Has a step come that could not be decided?
    pub fn is_stuck(&self) -> bool {
        self.doubt.is_some() || self.open.is_some() || self.goal_doubt.is_some()
    }

    /// Already refuted?
    pub fn is_violated(&self) -> bool {
        self.violation.is_some()
    }

    fn doubt(&mut self, why: impl FnOnce() -> Obstacle) {
        self.doubt.get_or_insert_with(why);
    }

    /// Checks step t.
    pub fn step(&mut self, judge: &mut Judge) {
        if self.is_settled() {
            return;
        }
        let program = judge.program().clone();
        let claim = &program.claims[self.index];
        if claim.needs_next && !judge.has_next() {
            return;
        }
        judge.load(self.index, self.level, &self.memory, false);
        let here = self.scope.look(judge, claim);
        if here.left {
            self.leave(judge, claim);
        }
        match here.entry {
            Entry::None => {}
            Entry::Fresh => self.begin(judge, claim),
            Entry::Joined => self.join(judge, claim),
        }
        if here.inside.is_false() {
            return;
        }
        if self.given.is_false() {
            self.skipped += 1;
            return;
        }
        self.remember(judge, claim, false);
        self.load(judge);
        self.check(judge, claim, here.inside);
        self.remember(judge, claim, true);
        self.joined = false;
    }

    fn load(&self, judge: &mut Judge) {
        let starts = self.scope.starts_at(judge.step());
        judge.load(self.index, self.level, &self.memory, starts);
    }

    /// A scope has ended before t. A goal not reached by then may or may not be reached
    /// outside the scope: nothing is claimed.
    fn leave(&mut self, judge: &Judge, claim: &CompiledClaim) {
        if claim.reach.is_none() || self.given.is_false() || self.reached {
            return;
        }
        let why = self.goal_doubt.take().unwrap_or_else(|| Obstacle {
            reason: Reason::Horizon,
            step: Some(judge.step()),
            detail: "the scope ends before the goal is reached".into(),
        });
        self.doubt(|| why);
    }

    /// A scope begins at t: remembers the start values, checks `given`.
    fn begin(&mut self, judge: &mut Judge, claim: &CompiledClaim) {
        self.reached = false;
        self.goal_doubt = None;
        self.lost.fill(None);
        self.memory.fill(None);
        for (slot, (what, _)) in claim.memory.iter().enumerate() {
            if *what == Remember::Sum {
                self.memory[slot] = Some(Stored::zero());
            }
        }
        self.load(judge);
        for (slot, (what, value)) in claim.memory.iter().enumerate() {
            if *what == Remember::Start {
                self.store(judge, slot, *value, |_, new| new);
            }
        }
        self.load(judge);
        self.given = Ternary::True;
        if !matches!(claim.scope, CompiledScope::FromFirstGiven) {
            self.given = judge.decide_all(&claim.given);
            if self.given.is_unknown() {
                let why = "whether the hypotheses `given` hold";
                self.given_doubt = Some(judge.obstacle(None, why));
            }
        }
    }

    /// A scope begins at t or has begun before.
    ///
    /// # Soundness
    /// The hull of what is remembered since the earlier possible starts and since t contains the
    /// exact value of each of them; later steps update both ends alike, as max, min and + are
    /// monotone. `given` is known only where it is the same for all.
    fn join(&mut self, judge: &mut Judge, claim: &CompiledClaim) {
        let (given, reached) = (self.given, self.reached);
        let memory = self.memory.clone();
        let lost = self.lost.clone();
        let goal_doubt = self.goal_doubt.take();
        self.begin(judge, claim);
        for (slot, old) in memory.into_iter().enumerate() {
            self.memory[slot] = match (claim.memory[slot].0, old, self.memory[slot].take()) {
                // Extremes are joined when this step is added to them.
                (Remember::Max | Remember::Min, old, _) => old,
                (_, Some(old), Some(new)) => Some(old.hull(&new)),
                _ => None,
            };
            self.lost[slot] = self.lost[slot].take().or(lost[slot].clone());
        }
        if given != self.given {
            self.given = Ternary::Unknown;
        }
        self.joined = true;
        self.goal_doubt = goal_doubt;
        // A stretch that may have ended has not reached its goal.
        let ended = matches!(claim.scope, CompiledScope::EachStretch(_)) && !given.is_false();
        if claim.reach.is_some() && ended && !reached {
            self.doubt = self.doubt.take().or(self.scope.doubt().cloned());
        }
        self.load(judge);
    }

    /// Puts a value into a slot, joined to what is there; a value that does not exist is lost for
    /// the rest of the scope.
    fn store(
        &mut self,
        judge: &mut Judge,
        slot: usize,
        value: Value,
        join: impl FnOnce(Option<Stored>, Stored) -> Stored,
    ) {
        match judge.store(value) {
            Ok(new) => self.memory[slot] = Some(join(self.memory[slot].take(), new)),
            Err(failure) => {
                let (reason, detail) = judge.explain_failure(failure);
                self.memory[slot] = None;
                self.lost[slot] = Some(Obstacle {
                    reason,
                    step: Some(judge.step()),
                    detail,
                });
            }
        }
    }

    /// Updates the running values with step t: extremes before the check, sums after it.
    fn remember(&mut self, judge: &mut Judge, claim: &CompiledClaim, after: bool) {
        for (slot, (what, value)) in claim.memory.iter().enumerate() {
            let combine: fn(&Stored, &Stored) -> Stored = match (what, after) {
                (Remember::Max, false) => Stored::max,
                (Remember::Min, false) => Stored::min,
                (Remember::Sum, true) => Stored::add,
                _ => continue,
            };
            if self.lost[slot].is_some() {
                continue;
            }
            let joined = self.joined && !after;
            self.store(judge, slot, *value, |old, new| match old {
                None => new,
                Some(old) if joined => combine(&old, &new).hull(&new),
                Some(old) => combine(&old, &new),
            });
            if !after {
                // A later slot may remember something of this one.
                self.load(judge);
            }
        }
    }

    /// What the judge's last test lacked to be decided; where that is a remembered value, why there
    /// is none.
    fn obstacle(&self, judge: &mut Judge, test: Option<&Test>, why: &str) -> Obstacle {
        let lost = judge.missing_memory().and_then(|slot| self.lost.get(slot));
        match lost {
            Some(Some(lost)) => lost.clone(),
            _ => judge.obstacle(test, why),
        }
    }

    fn check(&mut self, judge: &mut Judge, claim: &CompiledClaim, inside: Ternary) {
        let last_only = self.trace && matches!(claim.scope, CompiledScope::Eventually);
        if last_only {
            (self.violated, self.violation, self.doubt) = (0, None, None);
        }
        let when = judge.decide_all(&claim.when);
        let hypotheses = inside.and(self.given).and(when);
        if hypotheses.is_false() {
            self.skipped += 1;
            return;
        }
        let open = hypotheses
            .is_unknown()
            .then(|| self.why_open(judge, inside, when));
        let mut known = true;
        if let Some(reach) = &claim.reach
            && !self.reached
        {
            self.check_reach(judge, &reach.goal, reach.within, open.as_ref());
        }
        match claim.scope {
            CompiledScope::SomeStep(_) => self.check_existence(judge, &claim.then, open.as_ref()),
            CompiledScope::Eventually => self.check_here(judge, &claim.then, open.as_ref()),
            _ => {
                for (i, clause) in claim.then.iter().enumerate() {
                    known &= self.check_clause(judge, i, clause, open.as_ref());
                }
            }
        }
        if self.settled.is_some() {
            return;
        }
        if let Some(why) = open {
            self.lose_tight("whether the hypotheses hold", judge.step());
            self.open
                .get_or_insert(OpenSteps {
                    steps: 0,
                    first: why,
                })
                .steps += 1;
            return;
        }
        if !known {
            self.lose_tight("whether the conclusions hold", judge.step());
            return;
        }
        self.checked += 1;
        if self.reached
            && claim.then.is_empty()
            && !matches!(claim.scope, CompiledScope::EachStretch(_))
        {
            self.settled = Some((Verdict::Certified, self.reach_note.take()));
        }
        if let Some(Ok(tight)) = &claim.tight {
            self.tighten(judge, tight);
        }
    }

    /// Why it is open whether the hypotheses hold at t.
    fn why_open(&self, judge: &mut Judge, inside: Ternary, when: Ternary) -> Obstacle {
        let earlier = if inside.is_unknown() {
            self.scope.doubt()
        } else if self.given.is_unknown() {
            self.given_doubt.as_ref()
        } else {
            None
        };
        match earlier {
            Some(why) if !when.is_unknown() => why.clone(),
            _ => self.obstacle(judge, None, "whether the hypotheses `when` hold"),
        }
    }

    /// Is a conclusion true at t?
    fn conclusion(&self, judge: &mut Judge, clause: &CompiledClause) -> Ternary {
        if !clause.identity {
            return judge.decide(&clause.test);
        }
        // It is about exact steps, and proved for them.
        if self.trace {
            return Ternary::True;
        }
        if judge.decide_cheaply(&clause.test).is_false() {
            judge.alarm(&clause.text);
        }
        if clause.total || judge.have_values(&clause.test) {
            Ternary::True
        } else {
            Ternary::Unknown
        }
    }

    /// Checks a conclusion at t; is it decided?
    fn check_clause(
        &mut self,
        judge: &mut Judge,
        i: usize,
        clause: &CompiledClause,
        open: Option<&Obstacle>,
    ) -> bool {
        let holds = self.conclusion(judge, clause);
        match (holds, open) {
            (Ternary::True, Some(_)) => {}
            (Ternary::True, None) => {
                if let Some(slack) = judge.slack_of_true(clause) {
                    self.record_slack(i, slack, judge.step());
                }
            }
            (Ternary::False, Some(why)) => self.doubt(|| why.clone()),
            (Ternary::False, None) => {
                if let Some(slack) = judge.slack(&clause.test) {
                    self.record_slack(i, slack, judge.step());
                }
                self.violated += 1;
                if self.violation.is_none() {
                    self.violation = Some(judge.violation(clause));
                }
            }
            (Ternary::Unknown, _) if self.doubt.is_none() => {
                self.doubt = Some(self.obstacle(judge, Some(&clause.test), &clause.text));
            }
            (Ternary::Unknown, _) => {}
        }
        !holds.is_unknown()
    }

    /// All conclusions at t; why the first one is open that is.
    fn conclusions(
        &self,
        judge: &mut Judge,
        then: &[CompiledClause],
    ) -> (Ternary, Option<Obstacle>) {
        let mut all = Ternary::True;
        let mut why = None;
        for clause in then {
            let holds = self.conclusion(judge, clause);
            all = all.and(holds);
            if holds.is_unknown() && why.is_none() {
                why = Some(self.obstacle(judge, Some(&clause.test), &clause.text));
            }
        }
        (all, why)
    }

    /// `eventually always`: which step is in the way, and which counts. On a trace the last step
    /// decides.
    fn check_here(&mut self, judge: &mut Judge, then: &[CompiledClause], open: Option<&Obstacle>) {
        let t = judge.step();
        let (holds, why) = self.conclusions(judge, then);
        if holds.is_true() {
            if open.is_none() {
                self.last_counted = Some(t);
            }
            return;
        }
        self.last_failure = Some(t);
        self.open = None;
        if !self.trace {
            return;
        }
        if holds.is_false() && open.is_none() {
            let failing = then
                .iter()
                .find(|clause| self.conclusion(judge, clause).is_false());
            self.violated = 1;
            // Its sides are not computed: this is overwritten at each step.
            self.violation = failing.map(|clause| Violation {
                step: t,
                clause: clause.text.clone(),
                sides: None,
                state: judge.state(),
                rayleigh: None,
            });
        } else {
            self.doubt = why.or(open.cloned());
        }
    }

    /// At the first step where everything holds, the claim is certified.
    fn check_existence(
        &mut self,
        judge: &mut Judge,
        then: &[CompiledClause],
        open: Option<&Obstacle>,
    ) {
        let (holds, why) = self.conclusions(judge, then);
        match (holds, open) {
            (Ternary::True, None) => {
                for (i, clause) in then.iter().enumerate() {
                    let _ = judge.decide(&clause.test);
                    if let Some(slack) = judge.slack_of_true(clause) {
                        self.record_slack(i, slack, judge.step());
                    }
                }
                self.checked += 1;
                let note = format!("it happens at step {}", judge.step());
                self.settled = Some((Verdict::Certified, Some(note)));
            }
            (Ternary::False, _) => {}
            _ => self.doubt = self.doubt.take().or(why).or(open.cloned()),
        }
    }

    fn check_reach(
        &mut self,
        judge: &mut Judge,
        goal: &CompiledClause,
        within: usize,
        open: Option<&Obstacle>,
    ) {
        let Some((earliest, latest)) = self.scope.starts() else {
            return;
        };
        let t = judge.step();
        let bound = self.memory[within].clone();
        let reached = judge.decide(&goal.test);
        let in_time = match judge.elapsed_within(t - earliest, bound.as_ref()) {
            Ternary::True => Ternary::True,
            _ if judge.elapsed_within(t - latest, bound.as_ref()).is_false() => Ternary::False,
            _ => Ternary::Unknown,
        };
        match (reached, in_time, open) {
            (Ternary::True, Ternary::True, None) => {
                self.reached = true;
                self.goal_doubt = None;
                self.reach_note = Some(reach_note(t, t - earliest, bound.as_ref()));
            }
            (_, Ternary::False, None) if self.goal_doubt.is_none() && earliest == latest => {
                self.violated += 1;
                if self.violation.is_none() {
                    self.violation = Some(judge.violation(goal));
                }
                self.scope.close();
            }
            (Ternary::False, Ternary::True | Ternary::Unknown, _) => {}
            _ if self.goal_doubt.is_none() => {
                let why = open.cloned();
                self.goal_doubt =
                    Some(why.unwrap_or_else(|| self.obstacle(judge, Some(&goal.test), &goal.text)));
            }
            _ => {}
        }
    }

    fn record_slack(&mut self, i: usize, new: SlackValue, step: u64) {
        match &mut self.slacks[i] {
            Some(old) => old.record(&new, step),
            slot => *slot = Some(Slack::new(new, step)),
        }
    }

    fn lose_tight(&mut self, what: &str, step: u64) {
        let why = || format!("{what} at step {step} is not known");
        self.tight_lost.get_or_insert_with(why);
    }

    fn lose_tight_later(&mut self) {
        let why = "what bounds the later steps does not bound it";
        self.tight_lost.get_or_insert_with(|| why.into());
    }

    /// Takes the constant's value at a step that counts.
    fn tighten(&mut self, judge: &mut Judge, tight: &CompiledTight) {
        let CompiledTight { value, least, .. } = *tight;
        if judge.program().needs_next(value) && !judge.has_next() {
            return;
        }
        let step = judge.step();
        let any = |any: Ternary, test| any.or(judge.decide(test));
        match tight.alternatives.iter().fold(Ternary::False, any) {
            Ternary::True => return,
            Ternary::False => {}
            Ternary::Unknown => return self.lose_tight("whether the conclusion needs it", step),
        }
        let certain = |test: &Test| judge.decide(test).is_true();
        if !tight.directions.iter().all(certain) {
            return self.lose_tight("in which direction the conclusion depends on it", step);
        }
        let new = if self.fine {
            judge.store_ball(value)
        } else {
            judge.store(value)
        };
        let Ok(new) = new else {
            return self.lose_tight("its value", step);
        };
        let (old, mut attained) = self.tight.take().unzip();
        let attained = attained.get_or_insert_default();
        if least {
            attained.observe(step, new.interval());
        } else {
            attained.observe_greatest(step, new.interval());
        }
        let merged = match old {
            None => new,
            Some(old) if least => old.min(&new),
            Some(old) => old.max(&new),
        };
        self.tight = Some((merged, std::mem::take(attained)));
    }

    /// Settles a claim about steps that were not made, after the last step that was.
    pub fn look_ahead(&mut self, judge: &Judge, tails: &[Tail<'_>], tail_judge: &TailJudge) {
        if self.settled.is_some() || self.violation.is_some() {
            return;
        }
        let program = judge.program().clone();
        let claim = &program.claims[self.index];
        let made = judge.step();
        // `given` holds where the scope begins, which must then be a step that was made.
        let begun = self.scope.starts().is_some();
        if !begun && !claim.given.is_empty() || self.given.is_false() {
            return;
        }
        match claim.scope {
            CompiledScope::ForAll(first) => {
                self.cover(&program, made.max(first), first, tails, tail_judge);
            }
            CompiledScope::Eventually => {
                self.settled = tails
                    .iter()
                    .find_map(|tail| self.eventually(&program, *tail, made, tail_judge));
            }
            _ => {}
        }
    }

    /// `for all t >= N`: the steps from `from` on, of which nothing but the tails' bounds is known.
    fn cover(
        &mut self,
        program: &Program,
        from: u64,
        first: u64,
        tails: &[Tail<'_>],
        tail_judge: &TailJudge,
    ) {
        let claim = &program.claims[self.index];
        let on = |tail: Tail<'_>| {
            let n = from.saturating_sub(tail.step());
            let on = tail_judge.at_all_later(program, tail, n, &claim.when, &claim.then);
            (n, self.given.and(on.hypotheses), on.conclusions)
        };
        let known: Vec<_> = tails.iter().map(|tail| (*tail, on(*tail))).collect();
        let refuted = known
            .iter()
            .find(|(_, (_, hypotheses, holds))| hypotheses.is_true() && holds.is_false());
        if let Some((tail, (n, ..))) = refuted {
            self.violated_later(program, *tail, *n, tail_judge);
            return;
        }
        let in_order = |(_, hypotheses, holds): &(u64, Ternary, Ternary)| {
            hypotheses.is_false() || holds.is_true()
        };
        let mut in_order = known.iter().filter(|(_, known)| in_order(known));
        let open = in_order.clone().next();
        let best = in_order.find(|(_, (_, hypotheses, _))| !hypotheses.is_unknown());
        let Some((tail, (n, hypotheses, _))) = best.or(open) else {
            self.lose_tight_later();
            return;
        };
        self.covered = Some(format!("for all t ≥ {first}: {}", because(*tail)));
        match hypotheses {
            Ternary::True => {
                self.checked = self.checked.max(1);
                self.tighten_on_tail(program, *tail, *n, tail_judge);
            }
            Ternary::False => {}
            Ternary::Unknown => {
                self.lose_tight_later();
                let first = Obstacle {
                    reason: Reason::Horizon,
                    step: Some(from),
                    detail: "whether the hypotheses hold at all later steps".into(),
                };
                self.open.get_or_insert(OpenSteps { steps: 0, first }).steps += 1;
            }
        }
    }

    /// The verdict on `eventually always`, if a tail decides it.
    fn eventually(
        &mut self,
        program: &Program,
        tail: Tail<'_>,
        made: u64,
        tail_judge: &TailJudge,
    ) -> Option<(Verdict, Option<String>)> {
        let claim = &program.claims[self.index];
        let on = |n| tail_judge.at_all_later(program, tail, n, &claim.when, &claim.then);
        let hypotheses = |n| self.given.and(on(n).hypotheses);
        let in_order = |n| hypotheses(n).is_false() || on(n).conclusions.is_true();
        let now = made.saturating_sub(tail.step());
        let because = because(tail);
        if let Some(n) = first_later(now, in_order) {
            // Of the steps that were made, those after the last one in the way are in order, too.
            let (from, counted) = if n == now {
                let from = self.last_failure.map_or(0, |t| t + 1);
                (from, self.last_counted.is_some_and(|t| t >= from))
            } else {
                (tail.step().saturating_add(n), false)
            };
            return match hypotheses(n) {
                Ternary::Unknown if !counted => None,
                Ternary::False if !counted && self.open.is_none() => {
                    let note =
                        format!("its hypotheses fail from step {from} on, for ever: {because}");
                    Some((Verdict::Vacuous, Some(note)))
                }
                Ternary::False if !counted => None,
                _ => {
                    self.checked = self.checked.max(1);
                    let note = format!("at every step from {from} on, for ever: {because}");
                    Some((Verdict::Certified, Some(note)))
                }
            };
        }
        if let Some(n) = first_later(now, |n| {
            hypotheses(n).is_true() && on(n).conclusions.is_false()
        }) {
            self.violated_later(program, tail, n, tail_judge);
            let note = format!("it fails for ever: {because}");
            return Some((Verdict::Violated, Some(note)));
        }
        let in_the_limit =
            hypotheses(now).is_true() && tail_judge.in_the_limit(program, tail, &claim.then);
        in_the_limit.then(|| {
            self.checked = self.checked.max(1);
            let note = format!("from some step on, which is not known, for ever: {because}");
            (Verdict::Certified, Some(note))
        })
    }

    /// The conclusion is false at every t ≥ T + n.
    fn violated_later(
        &mut self,
        program: &Program,
        tail: Tail<'_>,
        n: u64,
        tail_judge: &TailJudge,
    ) {
        let claim = &program.claims[self.index];
        let Some(state) = tail_judge.state(tail, n) else {
            return;
        };
        let failing = claim.then.iter().find(|clause| {
            let one = std::slice::from_ref(*clause);
            let on = tail_judge.at_all_later(program, tail, n, &[], one);
            on.conclusions.is_false()
        });
        let Some(failing) = failing else { return };
        let sides = match &failing.test {
            Test::Compare(x, _, y) => tail_judge
                .value(program, tail, n, *x)
                .zip(tail_judge.value(program, tail, n, *y)),
            _ => None,
        };
        self.violated += 1;
        self.violation = Some(Violation {
            step: tail.step().saturating_add(n),
            clause: failing.text.clone(),
            sides,
            state,
            rayleigh: None,
        });
    }

    /// The tight constant over the steps made and all later ones.
    fn tighten_on_tail(
        &mut self,
        program: &Program,
        tail: Tail<'_>,
        n: u64,
        tail_judge: &TailJudge,
    ) {
        let Some(Ok(tight)) = &program.claims[self.index].tight else {
            return;
        };
        let least = tight.least;
        let value = |v: Value| tail_judge.value(program, tail, n, v);
        let certain = |test: &Test| match test {
            Test::Compare(x, relation, y) => {
                let sides = value(*x).zip(value(*y));
                sides.is_some_and(|(x, y)| compare(&x, *relation, &y).is_true())
            }
            _ => false,
        };
        let known = tight.alternatives.is_empty() && tight.directions.iter().all(certain);
        let later = value(tight.value).filter(|_| known);
        match (self.tight.take(), later) {
            (Some((made, mut attained)), Some(later)) => {
                let made = *made.interval();
                // The best over all steps is no better than over those made.
                let all = if least {
                    made.min(&later)
                } else {
                    made.max(&later)
                };
                let end = if least { made.upper() } else { made.lower() };
                let end = Interval::from_bounds(end.0, end.0, end.1);
                let all = if least {
                    end.min(&all).hull(&end)
                } else {
                    end.max(&all).hull(&end)
                };
                if least {
                    attained.observe_later(&later);
                } else {
                    attained.observe_greatest_later(&later);
                }
                self.tight = Some((Stored::of(all), attained));
            }
            _ => self.lose_tight_later(),
        }
    }

    /// The tight constant, or why it is not certified.
    fn tight_result(
        &mut self,
        compiled: &CompiledClaim,
        verdict: Verdict,
        complete: bool,
    ) -> (Option<TightConstant>, Option<String>) {
        let Some(tight) = &compiled.claim.tight else {
            return (None, None);
        };
        let compiled_tight = match &compiled.tight {
            Some(Ok(compiled)) => compiled,
            Some(Err(why)) => return (None, Some(why.clone())),
            None => return (None, None),
        };
        let known = self.tight.take();
        if known.is_none() && self.tight_lost.is_none() {
            return (None, None);
        }
        if compiled_tight.by_map && self.trace {
            return (None, Some("a trace is not exactly gradient descent".into()));
        }
        if compiled_tight.needs_certificate && verdict != Verdict::Certified {
            let why = "the conclusion is no linear function of it, and the claim not certified";
            return (None, Some(why.into()));
        }
        if let Some(why) = self.tight_lost.take() {
            return (None, Some(why));
        }
        let Some((value, attained)) = known.filter(|_| complete) else {
            return (None, None);
        };
        let constants = &compiled.claim.constants;
        let claimed = constants.iter().find(|(name, _)| *name == tight.constant);
        let constant = TightConstant {
            name: tight.constant.clone(),
            claimed: claimed.map(|(_, q)| q.clone()).unwrap_or_default(),
            value: *value.interval(),
            ball: value.ball().cloned(),
            least: tight.least,
            attained,
            one_of: compiled_tight.one_of.clone(),
        };
        (Some(constant), None)
    }

    /// The result after a pass that ended with `end`, on a run of `steps` steps.
    pub fn finish(
        mut self,
        program: &Program,
        end: End,
        steps: u64,
        expected: Option<Expectation>,
        precision: u32,
    ) -> ClaimResult {
        let compiled = &program.claims[self.index];
        if !self.reached {
            self.doubt = self.doubt.take().or(self.goal_doubt.take());
        }
        // Nothing was looked at behind the first open step.
        if self.waits_for_precision() {
            let open = self.open.as_ref().map(|open| open.first.clone());
            self.doubt = self.doubt.take().or(open);
        }
        let cut_short = match (&self.doubt, end) {
            (Some(doubt), _) => Some(doubt.reason),
            (None, End::Stopped(_, reason))
                if !self.scope.is_closed() && self.settled.is_none() =>
            {
                Some(reason)
            }
            _ => None,
        };
        let (verdict, note) = self.conclude(compiled, end, steps);
        let note = self.with_open_steps(verdict, note);
        let obstacle = self.doubt.take().filter(|_| verdict == Verdict::Undecided);
        let claim = compiled.claim.clone();
        let clauses: Vec<ClauseResult> = compiled
            .then
            .iter()
            .zip(self.slacks.drain(..))
            .map(|(c, slack)| ClauseResult {
                text: c.text.clone(),
                slack,
                identity: c.identity,
            })
            .collect();
        let threshold = Interval::constant(&claim.loose_above, ());
        let relative = clauses
            .iter()
            .filter_map(|c| c.slack.as_ref()?.relative.as_ref());
        let mut relative = relative.peekable();
        let loose = verdict == Verdict::Certified
            && relative.peek().is_some()
            && relative.all(|r| threshold.lt(r).is_true());
        let (tight, tight_unknown) = self.tight_result(compiled, verdict, cut_short.is_none());
        ClaimResult {
            claim,
            verdict,
            expected,
            checked: self.checked,
            violated: self.violated,
            skipped: self.skipped,
            scopes: self.scope.scopes(),
            clauses,
            tight,
            tight_unknown,
            loose,
            violation: self.violation,
            obstacle,
            open: self.open,
            cut_short,
            note,
            precision,
        }
    }

    fn undecided(
        &mut self,
        reason: Reason,
        step: Option<u64>,
        detail: &str,
    ) -> (Verdict, Option<String>) {
        self.doubt(|| Obstacle {
            reason,
            step,
            detail: detail.into(),
        });
        (Verdict::Undecided, None)
    }

    fn conclude(
        &mut self,
        claim: &CompiledClaim,
        end: End,
        steps: u64,
    ) -> (Verdict, Option<String>) {
        if self.violation.is_some() {
            let note = self.settled.take().and_then(|(_, note)| note);
            return (Verdict::Violated, note);
        }
        if let Some(settled) = self.settled.take() {
            return settled;
        }
        if self.doubt.is_some() {
            return (Verdict::Undecided, None);
        }
        let first_counts = matches!(claim.scope, CompiledScope::EveryStep)
            && claim.given.is_empty()
            && claim.when.is_empty()
            && u64::from(claim.needs_next) <= steps;
        if let End::Stopped(step, _) = end
            && (self.checked > 0 || first_counts)
            && claim.reach.is_none()
            && !matches!(claim.scope, CompiledScope::SomeStep(_))
            && claim.then.iter().all(|c| c.identity && c.total)
        {
            let note = format!(
                "it holds for all states and parameters; enclosures were compared up to step {step}"
            );
            return (Verdict::Certified, Some(note));
        }
        if let Some(open) = self.not_seen(claim, end, steps) {
            return open;
        }
        if self.checked == 0 {
            return self.empty();
        }
        match claim.scope {
            CompiledScope::SomeStep(to) => {
                let note = format!("it is proved not to happen at any step up to {to}");
                (Verdict::Violated, Some(note))
            }
            CompiledScope::Eventually if self.last_counted <= self.last_failure => {
                let note = "its hypotheses fail after the last step that is in the way";
                (Verdict::Vacuous, Some(note.into()))
            }
            _ => (
                Verdict::Certified,
                self.covered.take().or(self.reach_note.take()),
            ),
        }
    }

    /// The note, with what is open though the verdict stands.
    fn with_open_steps(&self, verdict: Verdict, note: Option<String>) -> Option<String> {
        let open = self.open.as_ref().map(|open| {
            let Obstacle { step, detail, .. } = &open.first;
            let at = step.map_or(String::new(), |t| format!(", at first at {t}"));
            format!(
                "its hypotheses are open at {} steps{at} ({detail}); they count for nothing",
                open.steps
            )
        });
        let doubt = self.doubt.as_ref().map(|doubt| {
            let at = doubt
                .step
                .map_or(String::new(), |t| format!(" at step {t}"));
            format!("open{at}, too: {}", doubt.detail)
        });
        let parts = match verdict {
            Verdict::Certified | Verdict::Violated => [note, open, doubt],
            Verdict::Undecided | Verdict::Vacuous => [note, None, None],
        };
        let text: Vec<String> = parts.into_iter().flatten().collect();
        (!text.is_empty()).then(|| text.join("; "))
    }

    /// No step counts.
    fn empty(&mut self) -> (Verdict, Option<String>) {
        if let Some(open) = &self.open {
            self.doubt = Some(open.first.clone());
            return (Verdict::Undecided, None);
        }
        let note = if self.scope.scopes() == 0 {
            "its scope never begins on this run"
        } else {
            "its hypotheses never hold on this run"
        };
        (Verdict::Vacuous, Some(note.into()))
    }

    /// The verdict if the claim speaks of steps that were not seen.
    fn not_seen(
        &mut self,
        claim: &CompiledClaim,
        end: End,
        steps: u64,
    ) -> Option<(Verdict, Option<String>)> {
        let scope = &claim.scope;
        let endless = matches!(scope, CompiledScope::ForAll(_) | CompiledScope::Eventually);
        if endless && !self.trace {
            if self.covered.is_some() || self.given.is_false() {
                return None;
            }
            let step = end.stopped().map_or(steps, |(step, _)| step);
            let detail = "nothing bounds the later steps well enough: no trap closed, or its \
                          bounds do not decide the claim";
            return Some(self.undecided(Reason::Horizon, Some(step), detail));
        }
        let last_needed = match scope {
            CompiledScope::Steps(_, to) | CompiledScope::SomeStep(to) => {
                to.saturating_add(u64::from(claim.needs_next))
            }
            CompiledScope::ForAll(from) if self.trace => {
                steps.max(from.saturating_add(u64::from(claim.needs_next)))
            }
            _ => steps,
        };
        if let End::Stopped(step, reason) = end {
            // A window that was over before the end is settled all the same.
            if !self.scope.is_closed() && step <= last_needed {
                let detail = format!("nothing is known beyond step {step}; it held until then");
                return Some(self.undecided(reason, Some(step), &detail));
            }
        } else if last_needed > steps {
            let detail = format!("it speaks about steps up to {last_needed}");
            return Some(self.undecided(Reason::Horizon, Some(steps), &detail));
        }
        let waits = claim.reach.is_some()
            && self.scope.starts().is_some()
            && !self.given.is_false()
            && !self.reached;
        waits.then(|| self.undecided(Reason::Horizon, Some(steps), "the goal is not reached yet"))
    }
}

/// How a goal was reached.
fn reach_note(t: u64, elapsed: u64, bound: Option<&Stored>) -> String {
    let bound = bound.map(|s| decimal::upper(s.interval(), decimal::DEFAULT_DIGITS));
    format!(
        "reached at step {t}, {elapsed} steps after the start (bound {})",
        bound.as_deref().unwrap_or("?"),
    )
}

/// The least n ≥ `now` at which `holds` is true, if it is monotone and that is not too far.
fn first_later(now: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    /// Steps looked ahead at most.
    const FARTHEST: u64 = 1 << 50;
    if holds(now) {
        return Some(now);
    }
    let (mut low, mut high) = (now, now.max(1));
    while !holds(high) {
        if high >= FARTHEST {
            return None;
        }
        low = high;
        high *= 2;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}
