//! A claim along the run: where its scopes begin and end, what it remembers, and whether its
//! conclusions hold. `proofs/verdicts.md` defines what is certified, violated and vacuous.

use super::{Claim, Event, Scope, Statement, Trouble, Verdict, Witness};
use crate::check::ball::{Ball, Value};
use crate::check::evaluate::Evaluator;
use crate::check::formula::{Id, Memory, Node, Test};
use crate::check::fraction::Fraction;
use crate::check::orbit::{Iterate, Run};
use crate::check::trap::Trap;

/// Bits that all digits of a number take, and some more.
const DIGITS: i64 = 50;

/// What was seen so far. Of three answers, `None` is: not certain.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Steps that count: they certainly belong to the scope and satisfy all hypotheses.
    pub checked: u64,
    /// The first of them.
    first: Option<u64>,
    /// The first step that is neither counted nor excluded, and why.
    pub uncertain: Option<(u64, &'static str)>,
    /// Was the last step inside a scope?
    inside: Option<bool>,
    /// Where the scope that is open began, if that is certain.
    start: Option<u64>,
    /// Does `given` hold in the scope that is open?
    pub given: Option<bool>,
    /// No later step is inside a scope.
    closed: bool,
    /// How often the event has happened, at least and at most.
    events: (u64, u64),
    /// The first step at which it is not certain whether all happens that is to happen once.
    doubt: Option<u64>,
    /// Of a claim of what holds eventually: a step counts that has its conclusions, and none after
    /// it is in the way.
    pub lasts: bool,
    /// After the last step that counts with a conclusion that is false, not all are excluded.
    pub may_last: bool,
    /// The goal is reached in the scope that is open.
    reached: bool,
    /// It may have been reached.
    may_be_reached: bool,
    /// The first step by which a scope had ended without it.
    unreached: Option<u64>,
    /// The verdict, once it is proved.
    proved: Option<Verdict>,
    /// What stopped it.
    trouble: Option<Trouble>,
}

/// What a claim says, to its watch.
#[derive(Clone, Copy)]
struct View<'a> {
    said: &'a Statement,
    witness: Option<&'a Witness>,
    verdict: Verdict,
}

/// Not known at step t, for this reason.
pub fn open(step: u64, what: &str) -> Trouble {
    Trouble {
        step: Some(step),
        what: what.into(),
        refuted: false,
    }
}

fn wrong(step: u64, what: &str) -> Trouble {
    Trouble {
        refuted: true,
        ..open(step, what)
    }
}

/// Are all of them true?
fn all(answers: [Option<bool>; 3]) -> Option<bool> {
    if answers.contains(&Some(false)) {
        return Some(false);
    }
    (!answers.contains(&None)).then_some(true)
}

fn store(e: &mut Evaluator, slot: usize, value: Option<Ball>) {
    if let Some(place) = e.slots.get_mut(slot) {
        *place = value;
    }
    e.forget();
}

fn slots(said: &Statement, e: &Evaluator) -> Vec<(usize, Memory, Id)> {
    let range = said.slots.clone();
    let all = e.graph.slots.get(range.clone()).unwrap_or_default();
    let numbered = range.zip(all);
    numbered
        .map(|(slot, (memory, id))| (slot, *memory, *id))
        .collect()
}

impl Claim {
    /// Nothing more is to be learnt from later steps.
    pub fn is_settled(&self) -> bool {
        let watch = &self.watch;
        watch.proved.is_some() || watch.trouble.is_some() || watch.closed
    }

    /// Steps that count.
    pub fn checked(&self) -> u64 {
        self.watch.checked
    }

    /// The first step that counts.
    pub fn first_step(&self) -> Option<u64> {
        self.watch.first
    }

    /// Looks at step t, which the evaluator is at.
    pub fn step(&mut self, e: &mut Evaluator, x: &Iterate) {
        if self.is_settled() || self.said.needs_next && !e.has_next() {
            return;
        }
        let view = View {
            said: &self.said,
            witness: self.witness.as_ref(),
            verdict: self.verdict,
        };
        if let Err(trouble) = self.watch.step(view, e, x) {
            self.watch.trouble = Some(trouble);
        }
    }

    /// Step t is out of reach.
    pub fn lose(&mut self, t: u64) {
        self.watch.trouble = Some(open(t, "the iterate has no value"));
    }

    /// The verdict after the last step that was made, `made` of `steps`; confirmed, or not.
    pub fn finish(
        &mut self,
        e: &mut Evaluator,
        run: &Run,
        made: u64,
        traps: &[Trap],
    ) -> Result<(), Trouble> {
        if let Some(trouble) = self.watch.trouble.take() {
            return Err(trouble);
        }
        let proved = match self.watch.proved {
            Some(verdict) => verdict,
            None => self.conclude(e, run, made, traps)?,
        };
        if proved == self.verdict {
            return Ok(());
        }
        Err(Trouble {
            step: None,
            what: format!("it is {}, not {}", proved.word(), self.verdict.word()),
            refuted: true,
        })
    }

    fn conclude(
        &self,
        e: &mut Evaluator,
        run: &Run,
        made: u64,
        traps: &[Trap],
    ) -> Result<Verdict, Trouble> {
        let watch = &self.watch;
        let begun = watch.inside != Some(false);
        match &self.witness {
            Some(witness) if witness.step > made && made < run.steps => {
                return Err(open(made, "the step of the witness is not reached"));
            }
            Some(_) => {
                let what = "witness: the claim does not speak about this step";
                return Err(wrong(made, what));
            }
            None => {}
        }
        match self.said.scope {
            Scope::ForAll(_) | Scope::Eventually if !begun && !self.said.given.is_empty() => {
                return Err(open(made, "its first step is not known"));
            }
            Scope::ForAll(_) | Scope::Eventually if begun && watch.given.is_none() => {
                return Err(open(0, "whether `given` holds is not certain"));
            }
            Scope::ForAll(_) | Scope::Eventually if begun && watch.given == Some(false) => {
                return Ok(Verdict::Vacuous);
            }
            Scope::ForAll(from) => return self.beyond(e, run, made.max(from), traps, false),
            Scope::Eventually => return self.beyond(e, run, made, traps, true),
            _ => {}
        }
        let needed = match self.said.scope {
            Scope::Steps(_, to) | Scope::SomeStep(to) => {
                to.saturating_add(u64::from(self.said.needs_next))
            }
            _ => run.steps,
        };
        if !watch.closed && made < needed && !self.speaks_of_no_other_step(e) {
            return Err(open(made, "it speaks about later steps than are known"));
        }
        match (watch.checked, watch.uncertain) {
            (0, None) => return Ok(Verdict::Vacuous),
            (0, Some((step, why))) => return Err(open(step, why)),
            _ => {}
        }
        if matches!(self.said.scope, Scope::SomeStep(_)) {
            return match watch.doubt {
                Some(step) => Err(open(step, "whether it happens is not certain")),
                None => Ok(Verdict::Violated),
            };
        }
        if self.said.reach.is_some() {
            let here = begun && watch.given != Some(false) && !watch.reached;
            if let Some(step) = watch.unreached {
                return Err(open(step, "the scope ends before the goal is reached"));
            }
            if here {
                return Err(open(made, "the goal is not reached yet"));
            }
        }
        Ok(Verdict::Certified)
    }

    /// Is every step of every run excluded, or has the conclusions?
    fn speaks_of_no_other_step(&self, e: &mut Evaluator) -> bool {
        e.go_anywhere();
        if e.all(&self.said.when) == Some(false) {
            return true;
        }
        self.said.reach.is_none()
            && !matches!(self.said.scope, Scope::SomeStep(_))
            && e.all(&self.said.then) == Some(true)
    }
}

impl Watch {
    /// With a verdict that needs no steps, if there is one.
    pub fn new(proved: Option<Verdict>) -> Self {
        Watch {
            checked: 0,
            first: None,
            uncertain: None,
            inside: Some(false),
            start: None,
            given: Some(false),
            closed: false,
            events: (0, 0),
            doubt: None,
            lasts: false,
            may_last: false,
            reached: false,
            may_be_reached: false,
            unreached: None,
            proved,
            trouble: None,
        }
    }

    fn step(&mut self, view: View<'_>, e: &mut Evaluator, x: &Iterate) -> Result<(), Trouble> {
        // Claims and slots are walked through.
        let slots = view.said.slots.len();
        let work = u64::try_from(slots).unwrap_or(u64::MAX).saturating_add(1);
        let charged = e.spend(work.saturating_mul(2));
        charged.map_err(|_| open(x.step, "this takes more work than allowed"))?;
        let before = self.inside;
        self.inside = self.place(view.said, e, x.step);
        match (before, self.inside) {
            (Some(false), Some(true)) => self.begin(view.said, e, Some(x.step)),
            (None, Some(true)) => self.begin(view.said, e, None),
            (Some(false), None) => self.begin(view.said, e, None),
            (Some(true), None) => {
                self.leave(view.said, x.step);
                self.begin(view.said, e, None);
            }
            (_, Some(false)) if before != Some(false) => self.leave(view.said, x.step),
            _ => {}
        }
        if self.inside == Some(false) || self.given == Some(false) {
            return Ok(());
        }
        let first = self.start == Some(x.step);
        self.remember(view.said, e, first, false);
        e.remembers(Some(first));
        let checked = self.check(view, e, x);
        e.remembers(None);
        self.remember(view.said, e, first, true);
        checked
    }

    /// Is t inside a scope?
    fn place(&mut self, said: &Statement, e: &mut Evaluator, t: u64) -> Option<bool> {
        match &said.scope {
            Scope::EveryStep | Scope::Eventually => Some(true),
            Scope::ForAll(from) => Some(t >= *from),
            Scope::Steps(from, to) => {
                self.closed = t > *to;
                Some(t >= *from && t <= *to)
            }
            Scope::SomeStep(to) => {
                self.closed = t > *to;
                Some(t <= *to)
            }
            Scope::From(_) | Scope::FromFirstGiven if self.inside == Some(true) => Some(true),
            Scope::From(event) => self.happened(e, event),
            Scope::Until(event) => {
                let ended = self.happened(e, event);
                self.closed = ended == Some(true);
                ended.map(|ended| !ended)
            }
            Scope::FromFirstGiven => match e.all(&said.given) {
                Some(false) => self.inside,
                now => now,
            },
            Scope::EachStretch(test) => e.test(test),
        }
    }

    /// Has the event happened by now? One that is at the next step is counted for that.
    fn happened(&mut self, e: &mut Evaluator, event: &Event) -> Option<bool> {
        let before = self.answer(event);
        let now = if event.later && !e.has_next() {
            Some(false)
        } else {
            e.test(&event.test)
        };
        let (least, most) = &mut self.events;
        *least = least.saturating_add(u64::from(now == Some(true)));
        *most = most.saturating_add(u64::from(now != Some(false)));
        if event.later {
            before
        } else {
            self.answer(event)
        }
    }

    fn answer(&self, event: &Event) -> Option<bool> {
        let (least, most) = self.events;
        if least >= event.count {
            return Some(true);
        }
        (most < event.count).then_some(false)
    }

    /// A scope begins at this step; if it is not certain at which, nothing is remembered.
    fn begin(&mut self, said: &Statement, e: &mut Evaluator, start: Option<u64>) {
        self.start = start;
        self.reached = false;
        self.may_be_reached = start.is_none();
        let slots = slots(said, e);
        for (slot, memory, _) in &slots {
            let known = start.is_some() && *memory == Memory::Sum;
            store(e, *slot, known.then(|| Ball::whole(0)));
        }
        if start.is_some() {
            for (slot, memory, id) in slots {
                if memory == Memory::Start {
                    let value = e.value(id).ok();
                    store(e, slot, value);
                }
            }
        }
        self.given = if matches!(said.scope, Scope::FromFirstGiven) || said.given.is_empty() {
            Some(true)
        } else if start.is_some() {
            e.remembers(Some(true));
            let given = e.all(&said.given);
            e.remembers(None);
            given
        } else {
            None
        };
    }

    /// A scope ends, or may end, before t.
    fn leave(&mut self, said: &Statement, t: u64) {
        if said.reach.is_some() && self.given != Some(false) && !self.reached {
            self.unreached.get_or_insert(t);
        }
    }

    /// Updates what is remembered: extremes before step t is checked, sums after it. What is not
    /// known at one step is not known later.
    fn remember(&self, said: &Statement, e: &mut Evaluator, first: bool, after: bool) {
        // A sum of sums adds what the inner one is at step t, before t is added to it.
        let mut news = Vec::new();
        for (slot, memory, id) in slots(said, e) {
            if matches!(memory, Memory::Start) || after != (memory == Memory::Sum) {
                continue;
            }
            let p = e.p;
            let old = e.slots.get(slot).cloned().flatten();
            let new = match (memory, old) {
                (Memory::Max | Memory::Min, None) if first => e.value(id).ok(),
                (_, None) => None,
                (memory, Some(old)) => e
                    .value(id)
                    .and_then(|new| match memory {
                        Memory::Max => old.max(&new, p),
                        Memory::Min => old.min(&new, p),
                        _ => old.add(&new, p),
                    })
                    .ok(),
            };
            news.push((slot, new));
        }
        for (slot, new) in news {
            store(e, slot, new);
        }
    }

    fn check(&mut self, view: View<'_>, e: &mut Evaluator, x: &Iterate) -> Result<(), Trouble> {
        let View { said, witness, .. } = view;
        let t = x.step;
        if matches!(said.scope, Scope::Eventually) {
            self.look_whether_it_lasts(said, e);
            return Ok(());
        }
        let counts = all([self.inside, self.given, e.all(&said.when)]);
        self.seek(view, e, x, counts)?;
        match counts {
            Some(false) => return Ok(()),
            Some(true) => {
                self.checked = self.checked.saturating_add(1);
                self.first.get_or_insert(t);
            }
            None => {
                let why = self.why_open();
                self.uncertain.get_or_insert((t, why));
            }
        }
        if self.proved.is_some() {
            return Ok(());
        }
        if matches!(said.scope, Scope::SomeStep(_)) {
            match (counts, e.all(&said.then)) {
                (Some(true), Some(true)) => self.proved = Some(Verdict::Certified),
                (_, Some(false)) => {}
                _ => {
                    self.doubt.get_or_insert(t);
                }
            }
            return Ok(());
        }
        if let Some(witness) = witness {
            if witness.step == t && witness.clause.is_some() {
                confirm(said, e, x, witness, counts)?;
                self.proved = Some(Verdict::Violated);
            }
            return Ok(());
        }
        self.conclusions(view, e, t, counts)?;
        if self.reached && said.then.is_empty() && !matches!(said.scope, Scope::EachStretch(_)) {
            self.proved = Some(Verdict::Certified);
        }
        Ok(())
    }

    /// Why it is not certain whether a step counts.
    fn why_open(&self) -> &'static str {
        if self.inside.is_none() {
            "whether this step belongs to the scope is not certain"
        } else if self.given.is_none() {
            "whether `given` holds is not certain"
        } else {
            "whether `when` holds is not certain"
        }
    }

    /// Do all conclusions hold? What is violated by the bounds of later steps is so whatever is open.
    fn conclusions(
        &self,
        view: View<'_>,
        e: &mut Evaluator,
        t: u64,
        counts: Option<bool>,
    ) -> Result<(), Trouble> {
        let violated = view.verdict == Verdict::Violated;
        for (i, test) in view.said.then.iter().enumerate() {
            match e.test(test) {
                Some(true) => {}
                Some(false) if counts == Some(true) && violated => {
                    return Err(open(t, "a violation at this step has a witness"));
                }
                Some(false) if counts == Some(true) => {
                    return Err(wrong(t, &format!("then[{i}] is false")));
                }
                _ if violated => {}
                Some(false) => return Err(open(t, self.why_open())),
                None => {
                    let what = match e.without_value(test) {
                        Some(side) => format!("in then[{i}], {side} has no value"),
                        None => format!("then[{i}] is not certain"),
                    };
                    return Err(open(t, &what));
                }
            }
        }
        Ok(())
    }

    /// Of a claim with hypotheses about what holds from some step on.
    fn look_whether_it_lasts(&mut self, said: &Statement, e: &mut Evaluator) {
        if said.when.is_empty() {
            return;
        }
        let counts = all([self.inside, self.given, e.all(&said.when)]);
        if counts == Some(false) {
            return;
        }
        let holds = e.all(&said.then);
        self.lasts = holds == Some(true) && (self.lasts || counts == Some(true));
        self.may_last = match (counts, holds) {
            (Some(true), Some(false)) => false,
            (None, Some(false)) => self.may_last,
            _ => true,
        };
    }

    /// Looks for the goal.
    fn seek(
        &mut self,
        view: View<'_>,
        e: &mut Evaluator,
        x: &Iterate,
        counts: Option<bool>,
    ) -> Result<(), Trouble> {
        let t = x.step;
        let Some((goal, within)) = view.said.reach.as_ref().filter(|_| !self.reached) else {
            return Ok(());
        };
        let elapsed = self.start.and_then(|start| t.checked_sub(start));
        let elapsed = elapsed.and_then(|n| i64::try_from(n).ok());
        let bound = e.slots.get(*within).cloned().flatten();
        let in_time = elapsed
            .zip(bound)
            .and_then(|(elapsed, bound)| Ball::whole(elapsed).less(&bound, true));
        match (counts, e.test(goal), in_time) {
            (Some(true), _, Some(false)) => match view.witness {
                None if self.may_be_reached => {
                    let what = "whether the goal is reached in time is not certain";
                    return Err(open(t, what));
                }
                None => return Err(wrong(t, "the goal is not reached in time")),
                Some(witness) if witness.clause.is_none() && witness.step == t => {
                    state_has_digits(x, witness)?;
                    if self.may_be_reached {
                        return Err(open(t, "whether the goal was reached is not certain"));
                    }
                    self.proved = Some(Verdict::Violated);
                }
                Some(witness) if witness.clause.is_none() => {
                    return Err(wrong(t, "witness: the goal is missed at this step"));
                }
                Some(_) => {}
            },
            (Some(true), Some(true), Some(true)) => self.reached = true,
            (_, Some(false), _) | (_, _, Some(false)) => {}
            _ => self.may_be_reached = true,
        }
        Ok(())
    }
}

/// Does the witness show that a conclusion fails at t?
fn confirm(
    said: &Statement,
    e: &mut Evaluator,
    x: &Iterate,
    witness: &Witness,
    counts: Option<bool>,
) -> Result<(), Trouble> {
    let t = x.step;
    /// Operations on balls that digits and the quotient take.
    const OPERATIONS: u64 = 200;
    let charged = e.spend(OPERATIONS);
    charged.map_err(|_| open(t, "this takes more work than allowed"))?;
    state_has_digits(x, witness)?;
    if counts != Some(true) {
        return Err(open(t, "whether its hypotheses hold is not certain"));
    }
    let test = witness.clause.and_then(|i| said.then.get(i));
    let Some(test) = test else {
        return Err(wrong(t, "witness: there is no such conclusion"));
    };
    match e.test(test) {
        Some(false) => {}
        Some(true) => return Err(wrong(t, "the conclusion of the witness holds")),
        None => {
            let what = "whether the conclusion of the witness fails is not certain";
            return Err(open(t, what));
        }
    }
    let Test::Compare(x, _, y, swapped) = test else {
        let bare = witness.sides.is_none() && witness.vector.is_none();
        return bare
            .then_some(())
            .ok_or_else(|| wrong(t, "witness: this conclusion is no comparison"));
    };
    if let Some([left, right]) = witness.sides {
        let (x, y) = if *swapped { (*y, *x) } else { (*x, *y) };
        for (side, id, (n, k)) in [("left", x, left), ("right", y, right)] {
            let Ok(value) = e.value(id) else {
                return Err(open(t, &format!("witness: the {side} side has no value")));
            };
            if value.has_digits(n, k) {
                continue;
            }
            let what = format!("witness: the {side} side does not have the digits of `sides`");
            // A wide ball has no such digits, and contradicts none.
            let known = value.accuracy() > DIGITS;
            return Err(if known {
                wrong(t, &what)
            } else {
                open(t, &what)
            });
        }
    }
    if let Some(vector) = &witness.vector {
        let Some(Node::Sharpness(next)) = e.graph.nodes.get(*x).cloned() else {
            let what = "witness: this conclusion does not bound the sharpness";
            return Err(wrong(t, what));
        };
        let excess = rayleigh(e, vector, next, *y).ok();
        if excess.and_then(|x| Ball::whole(0).less(&x, false)) != Some(true) {
            let what = "witness: the Rayleigh quotient of `vector` does not exceed the bound";
            return Err(wrong(t, what));
        }
    }
    Ok(())
}

/// vᵀ(∇²L)v − c|v|².
fn rayleigh(e: &mut Evaluator, v: &[Fraction; 3], next: bool, c: Id) -> Value {
    let [v0, v1, v2] = v;
    let v = [
        Ball::fraction(v0, e.p)?,
        Ball::fraction(v1, e.p)?,
        Ball::fraction(v2, e.p)?,
    ];
    let c = e.value(c)?;
    e.hessian(next)?.excess(&v, &c, e.p)
}

fn state_has_digits(x: &Iterate, witness: &Witness) -> Result<(), Trouble> {
    let names = ["alpha", "beta1", "beta2"];
    for ((name, value), (n, k)) in names.iter().zip(&x.state).zip(&witness.state) {
        if !value.has_digits(*n, *k) {
            let what = format!("witness: {name} does not have the digits of `state`");
            return Err(wrong(x.step, &what));
        }
    }
    Ok(())
}
