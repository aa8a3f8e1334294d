//! One claim, watched along a trajectory.
//!
//! [`Monitor::step`] is called once for every t with θ_t (and θ_{t+1}, except at the end) in
//! the [`Judge`]; [`Monitor::finish`] turns what was seen into a [`ClaimResult`].

use super::checker::{Judge, Level, Stored};
use super::slack::SlackValue;
use super::tail::{Tail, TailJudge, because};
use super::{
    Attained, ClaimResult, ClauseResult, Obstacle, Reason, Slack, TightConstant, Verdict, Violation,
};
use crate::claim::evaluate::compare;
use crate::claim::program::{
    CompiledClaim, CompiledClause, CompiledScope, CompiledTight, Program, Remember, Test, Value,
};
use crate::input::Expectation;
use crate::number::{Enclosure, Interval, Number, Ternary};

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

/// A claim's state along the run.
#[derive(Debug)]
pub struct Monitor {
    index: usize,
    level: Level,
    checked: u64,
    violated: u64,
    skipped: u64,
    scopes: u64,
    /// The current scope's first step, if one is open.
    started: Option<u64>,
    /// `given` holds in the current scope.
    hypotheses: bool,
    begin_next: bool,
    closed: bool,
    events: u64,
    /// What a conclusion about some step could not be decided for, at first.
    doubt: Option<Obstacle>,
    /// When the goal was reached in the current scope (else in the last that had one).
    reached: bool,
    reach_note: Option<String>,
    memory: Vec<Option<Stored>>,
    slacks: Vec<Option<Slack>>,
    tight: Option<(Stored, Attained)>,
    /// The tight constant is wanted at the engine's precision.
    fine: bool,
    /// Why the tight constant is not known.
    tight_lost: Option<String>,
    settled: Option<(Verdict, Option<String>)>,
    violation: Option<Violation>,
    obstacle: Option<Obstacle>,
    /// `eventually always`: the last step at which the conclusion is not proved.
    last_failure: Option<u64>,
    /// What is watched is a trace: see [`Monitor::of_trace`].
    trace: bool,
}

/// Whether the scope includes the current step.
enum Place {
    Inside,
    Outside,
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
            checked: 0,
            violated: 0,
            skipped: 0,
            scopes: 0,
            started: None,
            hypotheses: false,
            begin_next: false,
            closed: false,
            events: 0,
            doubt: None,
            reached: false,
            reach_note: None,
            memory: vec![None; claim.memory.len()],
            slacks: vec![None; claim.then.len()],
            tight: None,
            fine: false,
            tight_lost: None,
            settled,
            violation: None,
            obstacle: None,
            last_failure: None,
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

    /// The claim's index in the program.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Nothing more can be learnt on this pass. (A violated claim is watched on: how often
    /// it fails, by how much, and which constant would hold.)
    pub fn is_settled(&self) -> bool {
        self.settled.is_some() || self.obstacle.is_some() || self.closed && self.started.is_none()
    }

    /// Has a step come that could not be decided?
    pub fn is_stuck(&self) -> bool {
        self.obstacle.is_some()
    }

    /// Already refuted?
    pub fn is_violated(&self) -> bool {
        self.violation.is_some()
    }

    fn stop(&mut self, judge: &mut Judge, clause: Option<&CompiledClause>, why: &str) {
        self.obstacle = Some(obstacle(judge, clause, why));
    }

    /// Ends the current scope before t. A goal not reached by then may or may not be reached
    /// outside the scope: nothing is claimed.
    fn leave(&mut self, judge: &Judge) {
        let open = self.started.take().is_some() && self.hypotheses && !self.reached;
        if open && judge.program().claims[self.index].reach.is_some() {
            self.obstacle.get_or_insert(Obstacle {
                reason: Reason::Horizon,
                step: Some(judge.step()),
                detail: "the scope ends before the goal is reached".into(),
            });
        }
    }

    /// Checks step t.
    pub fn step(&mut self, judge: &mut Judge) {
        if self.is_settled() || self.closed {
            return;
        }
        let program = judge.program().clone();
        let claim = &program.claims[self.index];
        if claim.needs_next && !judge.has_next() {
            return;
        }
        judge.load(self.index, self.level, &self.memory);
        match self.place(judge, &claim.scope) {
            Place::Outside => return,
            Place::Inside if self.is_settled() => return,
            Place::Inside => {}
        }
        if !self.hypotheses {
            self.skipped += 1;
            return;
        }
        if !self.remember(judge, &program, false) {
            return;
        }
        self.check(judge, &program);
        if !self.is_settled() {
            self.remember(judge, &program, true);
        }
    }

    /// Opens and closes scopes; says whether t is inside one.
    fn place(&mut self, judge: &mut Judge, scope: &CompiledScope) -> Place {
        let t = judge.step();
        match scope {
            CompiledScope::EveryStep | CompiledScope::Eventually => {
                if t == 0 {
                    self.begin(judge);
                }
            }
            CompiledScope::ForAll(from) => {
                if t == *from {
                    self.begin(judge);
                }
            }
            CompiledScope::Steps(from, to) => {
                if t == *from {
                    self.begin(judge);
                }
                if t > *to {
                    self.closed = true;
                    self.leave(judge);
                }
            }
            CompiledScope::SomeStep(to) => {
                if t == 0 {
                    self.begin(judge);
                }
                if t > *to {
                    self.closed = true;
                    self.leave(judge);
                }
            }
            CompiledScope::From(test, count, shift) => {
                if self.begin_next {
                    self.begin_next = false;
                    self.begin(judge);
                } else if self.started.is_none() && (judge.has_next() || *shift == 0) {
                    match judge.decide(test) {
                        Ternary::True => self.events += 1,
                        Ternary::False => {}
                        Ternary::Unknown => self.stop(judge, None, "whether the event happens"),
                    }
                    if self.events == *count {
                        if *shift == 0 {
                            self.begin(judge);
                        } else {
                            self.begin_next = true;
                        }
                    }
                }
            }
            CompiledScope::Until(test, count, shift) => {
                if t == 0 {
                    self.begin(judge);
                }
                if judge.has_next() || *shift == 0 {
                    match judge.decide(test) {
                        Ternary::True => self.events += 1,
                        Ternary::False => {}
                        Ternary::Unknown => self.stop(judge, None, "whether the event happens"),
                    }
                }
                if self.events == *count {
                    self.closed = true;
                    if *shift == 0 {
                        self.leave(judge);
                    }
                }
            }
            CompiledScope::FromFirstGiven => {
                if self.started.is_none() {
                    match judge.decide_all(&self.given(judge)) {
                        Ternary::True => self.begin(judge),
                        Ternary::False => {}
                        Ternary::Unknown => {
                            self.stop(judge, None, "whether the hypotheses `given` hold");
                        }
                    }
                }
            }
            CompiledScope::EachStretch(test) => match judge.decide(test) {
                Ternary::True if self.started.is_none() => self.begin(judge),
                Ternary::True => {}
                Ternary::False => self.leave(judge),
                Ternary::Unknown => {
                    self.stop(judge, None, "whether the step belongs to a stretch");
                }
            },
        }
        if self.started.is_some() {
            Place::Inside
        } else {
            Place::Outside
        }
    }

    fn given(&self, judge: &Judge) -> Vec<CompiledClause> {
        judge.program().claims[self.index].given.clone()
    }

    /// Opens a scope at t: remembers the start values, checks `given`.
    fn begin(&mut self, judge: &mut Judge) {
        let t = judge.step();
        self.started = Some(t);
        self.scopes += 1;
        self.reached = false;
        self.memory.fill(None);
        self.hypotheses = true;
        let program = judge.program().clone();
        let slots = &program.claims[self.index].memory;
        for (slot, _) in slots
            .iter()
            .enumerate()
            .filter(|(_, (what, _))| *what == Remember::Sum)
        {
            self.memory[slot] = Some(Stored::zero());
        }
        judge.load(self.index, self.level, &self.memory);
        for (slot, (what, value)) in slots.iter().enumerate() {
            if *what == Remember::Start {
                self.memory[slot] = judge.store(*value).ok();
            }
        }
        judge.load(self.index, self.level, &self.memory);
        if !matches!(
            program.claims[self.index].scope,
            CompiledScope::FromFirstGiven
        ) {
            match judge.decide_all(&program.claims[self.index].given) {
                Ternary::True => {}
                Ternary::False => self.hypotheses = false,
                Ternary::Unknown => {
                    self.stop(judge, None, "whether the hypotheses `given` hold");
                }
            }
        }
    }

    /// Updates the running values with step t: extremes before the check, sums after it.
    fn remember(&mut self, judge: &mut Judge, program: &Program, after: bool) -> bool {
        for (slot, (what, value)) in program.claims[self.index].memory.iter().enumerate() {
            let combine: fn(&Stored, &Stored) -> Stored = match (what, after) {
                (Remember::Max, false) => Stored::max,
                (Remember::Min, false) => Stored::min,
                (Remember::Sum, true) => Stored::add,
                _ => continue,
            };
            match judge.store(*value) {
                Ok(new) => {
                    let old = self.memory[slot].take();
                    self.memory[slot] = Some(old.map_or(new.clone(), |old| combine(&old, &new)));
                    if !after {
                        // A later slot may remember something of this one.
                        judge.load(self.index, self.level, &self.memory);
                    }
                }
                Err(failure) => {
                    let (reason, detail) = judge.explain_failure(failure);
                    self.obstacle = Some(Obstacle {
                        reason,
                        step: Some(judge.step()),
                        detail,
                    });
                    return false;
                }
            }
        }
        true
    }

    fn check(&mut self, judge: &mut Judge, program: &Program) {
        let claim = &program.claims[self.index];
        let when = judge.decide_all(&claim.when);
        if matches!(claim.scope, CompiledScope::Eventually) {
            self.checked += 1;
            if self.trace {
                self.read_here(judge, claim, when);
                return;
            }
            if !when.is_false() && !judge.decide_all(&claim.then).is_true() {
                self.last_failure = Some(judge.step());
            }
            return;
        }
        if when.is_false() {
            self.skipped += 1;
            return;
        }
        if let Some(reach) = &claim.reach
            && !self.reached
        {
            self.check_reach(judge, &reach.goal, reach.within, when);
        }
        if matches!(claim.scope, CompiledScope::SomeStep(_)) {
            self.check_existence(judge, &claim.then, when);
            return;
        }
        for (i, clause) in claim.then.iter().enumerate() {
            if self.is_settled() {
                return;
            }
            self.check_clause(judge, i, clause, when);
        }
        if self.is_settled() {
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
            if when.is_true() {
                self.tighten(judge, tight);
            } else {
                self.lose_tight("whether the hypotheses `when` hold", judge.step());
            }
        }
    }

    /// Forgets what was found at earlier steps: `eventually always` on a trace.
    fn read_here(&mut self, judge: &mut Judge, claim: &CompiledClaim, when: Ternary) {
        (self.violated, self.violation, self.doubt) = (0, None, None);
        if when.is_false() {
            return;
        }
        for clause in claim.then.iter().filter(|clause| !clause.identity) {
            match judge.decide(&clause.test) {
                Ternary::True => {}
                Ternary::False if when.is_true() => {
                    self.violated = 1;
                    // Its sides are not computed: this is overwritten at each step.
                    self.violation = Some(Violation {
                        step: judge.step(),
                        clause: clause.text.clone(),
                        sides: None,
                        state: judge.state(),
                        rayleigh: None,
                    });
                    return;
                }
                Ternary::False => {
                    self.doubt = Some(obstacle(judge, None, "whether the hypotheses `when` hold"));
                }
                Ternary::Unknown => {
                    self.doubt = Some(obstacle(judge, Some(clause), &clause.text));
                }
            }
        }
    }

    fn check_clause(
        &mut self,
        judge: &mut Judge,
        i: usize,
        clause: &CompiledClause,
        when: Ternary,
    ) {
        if clause.identity {
            // Proved for all states; the enclosures must not contradict it.
            if !self.trace && judge.decide_cheaply(&clause.test).is_false() {
                judge.alarm(&clause.text);
            }
            return;
        }
        match judge.decide(&clause.test) {
            Ternary::True => {
                if let Some(slack) = judge.slack(&clause.test) {
                    self.record_slack(i, slack, judge.step());
                }
            }
            Ternary::False if when.is_true() => {
                if let Some(slack) = judge.slack(&clause.test) {
                    self.record_slack(i, slack, judge.step());
                }
                self.violated += 1;
                if self.violation.is_none() {
                    self.violation = Some(judge.violation(clause));
                }
            }
            Ternary::False => self.stop(judge, None, "whether the hypotheses `when` hold"),
            Ternary::Unknown => self.stop(judge, Some(clause), &clause.text),
        }
    }

    /// At the first step where everything holds, the claim is certified.
    fn check_existence(&mut self, judge: &mut Judge, then: &[CompiledClause], when: Ternary) {
        self.checked += 1;
        let here = when.and(judge.decide_all(then));
        match here {
            Ternary::True => {
                for (i, clause) in then.iter().enumerate() {
                    let _ = judge.decide(&clause.test);
                    if let Some(slack) = judge.slack(&clause.test) {
                        self.record_slack(i, slack, judge.step());
                    }
                }
                let note = format!("it happens at step {}", judge.step());
                self.settled = Some((Verdict::Certified, Some(note)));
            }
            Ternary::False => {}
            Ternary::Unknown if self.doubt.is_none() => {
                self.doubt = Some(obstacle(judge, None, "whether it happens"));
            }
            Ternary::Unknown => {}
        }
    }

    fn check_reach(
        &mut self,
        judge: &mut Judge,
        goal: &CompiledClause,
        within: usize,
        when: Ternary,
    ) {
        let Some(start) = self.started else { return };
        let elapsed = judge.step() - start;
        let reached = judge.decide(&goal.test);
        let in_time = judge.elapsed_within(elapsed, self.memory[within].as_ref());
        match (reached, in_time) {
            (Ternary::True, Ternary::True) => {
                let bound = self.memory[within]
                    .as_ref()
                    .map(|s| s.interval().upper_f64());
                let note = format!(
                    "reached at step {}, {elapsed} steps after the start (bound {})",
                    judge.step(),
                    bound.map_or("?".into(), |b| format!("{b}")),
                );
                self.reached = true;
                self.reach_note = Some(note);
            }
            (Ternary::False, Ternary::False) | (Ternary::True, Ternary::False)
                if when.is_true() =>
            {
                self.checked += 1;
                self.violated += 1;
                self.violation = Some(judge.violation(goal));
                self.closed = true;
                self.started = None;
            }
            (Ternary::False, _) => {}
            _ => self.stop(judge, Some(goal), &goal.text),
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
        if self.is_settled() || self.violation.is_some() {
            return;
        }
        let program = judge.program().clone();
        let claim = &program.claims[self.index];
        let made = judge.step();
        // `given` holds where the scope begins, which must then be a step that was made.
        let begun = self.started.is_some() || claim.given.is_empty();
        match claim.scope {
            CompiledScope::ForAll(first) if begun => {
                if self.started.is_some() && !self.hypotheses {
                    return;
                }
                for tail in tails {
                    let n = made.max(first).saturating_sub(tail.step());
                    match tail_judge.at_all_later(&program, *tail, n, &claim.when, &claim.then) {
                        Ternary::True => {
                            let note = format!("for all t ≥ {first}: {}", because(*tail));
                            self.checked = self.checked.max(1);
                            self.settled = Some((Verdict::Certified, Some(note)));
                            self.tighten_on_tail(&program, *tail, n, tail_judge);
                            return;
                        }
                        Ternary::False => {
                            self.violated_later(&program, *tail, n, tail_judge);
                            return;
                        }
                        Ternary::Unknown => {}
                    }
                }
                let why = "what bounds the later steps does not bound it";
                self.tight_lost.get_or_insert_with(|| why.into());
            }
            CompiledScope::Eventually if self.hypotheses => {
                for tail in tails {
                    if let Some((verdict, note)) =
                        self.eventually(&program, *tail, made, tail_judge)
                    {
                        self.settled = Some((verdict, Some(note)));
                        return;
                    }
                }
            }
            _ => {}
        }
    }

    /// The verdict on `eventually always`, if a tail decides it.
    fn eventually(
        &mut self,
        program: &Program,
        tail: Tail<'_>,
        made: u64,
        tail_judge: &TailJudge,
    ) -> Option<(Verdict, String)> {
        let claim = &program.claims[self.index];
        let decide = |n| tail_judge.at_all_later(program, tail, n, &claim.when, &claim.then);
        let now = made.saturating_sub(tail.step());
        let because = because(tail);
        if decide(now).is_true() {
            let from = self.last_failure.map_or(0, |t| t + 1);
            return Some((
                Verdict::Certified,
                format!("at every step from {from} on, for ever: {because}"),
            ));
        }
        if let Some(n) = first_later(now, |n| decide(n).is_true()) {
            let from = tail.step().saturating_add(n);
            return Some((
                Verdict::Certified,
                format!("at every step from {from} on, for ever: {because}"),
            ));
        }
        if let Some(n) = first_later(now, |n| decide(n).is_false()) {
            self.violated_later(program, tail, n, tail_judge);
            return Some((Verdict::Violated, format!("it fails for ever: {because}")));
        }
        tail_judge
            .in_the_limit(program, tail, &claim.then)
            .then(|| {
                let note = format!("from some step on, which is not known, for ever: {because}");
                (Verdict::Certified, note)
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
            tail_judge
                .at_all_later(program, tail, n, &[], one)
                .is_false()
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
            _ => self.lose_tight("its value", tail.step().saturating_add(n)),
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
        let cut_short = match (&self.obstacle, end) {
            (Some(obstacle), _) => Some(obstacle.reason),
            (None, End::Stopped(_, reason)) if !self.closed && self.settled.is_none() => {
                Some(reason)
            }
            _ => None,
        };
        let (verdict, note) = self.conclude(compiled, end, steps);
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
            scopes: self.scopes,
            clauses,
            tight,
            tight_unknown,
            loose,
            violation: self.violation,
            obstacle: self.obstacle,
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
        self.obstacle.get_or_insert(Obstacle {
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
            self.obstacle = None;
            let note = self.settled.take().and_then(|(_, note)| note);
            return (Verdict::Violated, note);
        }
        if self.obstacle.is_some() {
            return (Verdict::Undecided, None);
        }
        if let Some(settled) = self.settled.take() {
            return settled;
        }
        if let End::Stopped(step, _) = end
            && claim.reach.is_none()
            && !matches!(claim.scope, CompiledScope::SomeStep(_))
            && claim.then.iter().all(|c| c.identity)
        {
            let note = format!(
                "it holds for all states and parameters; enclosures were compared up to step {step}"
            );
            return (Verdict::Certified, Some(note));
        }
        let scope = &claim.scope;
        let endless = matches!(scope, CompiledScope::ForAll(_) | CompiledScope::Eventually);
        if endless && !self.trace && (self.hypotheses || self.started.is_none()) {
            let step = end.stopped().map_or(steps, |(step, _)| step);
            let detail = "nothing bounds the later steps well enough: no trap closed, or its \
                          bounds do not decide the conclusion";
            return self.undecided(Reason::Horizon, Some(step), detail);
        }
        if let CompiledScope::Eventually = scope
            && self.doubt.is_some()
        {
            self.obstacle = self.doubt.take();
            return (Verdict::Undecided, None);
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
            if !self.closed && step <= last_needed {
                let detail = format!("nothing is known beyond step {step}; it held until then");
                return self.undecided(reason, Some(step), &detail);
            }
        } else if last_needed > steps {
            let detail = format!("it speaks about steps up to {last_needed}");
            return self.undecided(Reason::Horizon, Some(steps), &detail);
        }
        if let CompiledScope::SomeStep(to) = scope
            && self.hypotheses
        {
            self.obstacle = self.doubt.take();
            if self.obstacle.is_some() {
                return (Verdict::Undecided, None);
            }
            let note = format!("it is proved not to happen at any step up to {to}");
            return (Verdict::Violated, Some(note));
        }
        if claim.reach.is_some() && self.started.is_some() && self.hypotheses && !self.reached {
            return self.undecided(Reason::Horizon, Some(steps), "the goal is not reached yet");
        }
        if self.checked == 0 {
            let note = if self.scopes == 0 {
                "its scope never begins on this run"
            } else {
                "its hypotheses never hold on this run"
            };
            return (Verdict::Vacuous, Some(note.into()));
        }
        (Verdict::Certified, self.reach_note.take())
    }
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

/// What the judge's last test lacked to be decided.
fn obstacle(judge: &mut Judge, clause: Option<&CompiledClause>, why: &str) -> Obstacle {
    let (reason, detail) = judge.explain(clause.map(|c| &c.test), why);
    Obstacle {
        reason,
        step: Some(judge.step()),
        detail,
    }
}
