//! A claim along the run: where its scopes begin and end, what it remembers, and whether its
//! conclusions hold.

use std::collections::BTreeSet;

use super::{Claim, Event, Scope, Trouble, Verdict, Witness};
use crate::check::ball::{Ball, Value};
use crate::check::evaluate::Evaluator;
use crate::check::formula::{Graph, Id, Memory, Node, Test};
use crate::check::fraction::Fraction;
use crate::check::orbit::{Iterate, Run};
use crate::check::trap::Trap;

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Steps at which `when` holds and the conclusions were examined.
    pub checked: u64,
    /// The first step at which it is not certain whether `when` holds.
    uncertain: Option<u64>,
    /// Where the scope that is open began.
    started: Option<u64>,
    /// `given` holds in the scope that is open.
    hypotheses: bool,
    /// A scope begins at the next step.
    begin_next: bool,
    /// No scope will begin any more.
    closed: bool,
    /// How often the event has happened.
    events: u64,
    /// The first step at which it is not certain whether all happens that is to happen once.
    doubt: Option<u64>,
    /// The goal is reached.
    reached: bool,
    /// The verdict, once it is proved.
    proved: Option<Verdict>,
    /// What stopped it.
    trouble: Option<Trouble>,
}

impl Watch {
    /// With a verdict that needs no steps, if there is one.
    pub fn new(proved: Option<Verdict>) -> Self {
        Watch {
            proved,
            ..Watch::default()
        }
    }
}

/// Not known at step t, for this reason.
pub fn open(step: u64, what: &str) -> Trouble {
    Trouble {
        step: Some(step),
        what: what.into(),
        refuted: false,
    }
}

fn certain(answer: Option<bool>, t: u64, question: &str) -> Result<bool, Trouble> {
    answer.ok_or_else(|| open(t, &format!("{question} is not certain")))
}

fn wrong(step: u64, what: &str) -> Trouble {
    Trouble {
        refuted: true,
        ..open(step, what)
    }
}

fn store(e: &mut Evaluator, slot: usize, value: Option<Ball>) {
    if let Some(place) = e.slots.get_mut(slot) {
        *place = value;
    }
    e.forget();
}

impl Claim {
    /// Nothing more is to be learnt from later steps.
    pub fn is_settled(&self) -> bool {
        let watch = &self.watch;
        watch.proved.is_some() || watch.trouble.is_some() || watch.closed && watch.started.is_none()
    }

    /// Steps at which the conclusions were examined.
    pub fn checked(&self) -> u64 {
        self.watch.checked
    }

    /// Looks at step t, which the evaluator is at.
    pub fn step(&mut self, e: &mut Evaluator, x: &Iterate) {
        if self.is_settled() || self.watch.closed || self.said.needs_next && !e.has_next() {
            return;
        }
        if let Err(trouble) = self.try_step(e, x) {
            self.watch.trouble = Some(trouble);
        }
    }

    /// Step t is out of reach.
    pub fn lose(&mut self, t: u64) {
        self.watch.trouble = Some(open(t, "the iterate has no value"));
    }

    fn try_step(&mut self, e: &mut Evaluator, x: &Iterate) -> Result<(), Trouble> {
        let t = x.step;
        if !self.place(e, t)? || !self.watch.hypotheses {
            return Ok(());
        }
        self.remember(e, t, false)?;
        self.check(e, x)?;
        self.remember(e, t, true)
    }

    /// Opens and closes scopes; is t inside one?
    fn place(&mut self, e: &mut Evaluator, t: u64) -> Result<bool, Trouble> {
        if self.watch.begin_next {
            self.watch.begin_next = false;
            self.begin(e, t)?;
            return Ok(true);
        }
        let begun = self.watch.started.is_some();
        match self.said.scope.clone() {
            Scope::EveryStep | Scope::Eventually => self.window(e, t, 0, u64::MAX)?,
            Scope::ForAll(from) => self.window(e, t, from, u64::MAX)?,
            Scope::Steps(from, to) => self.window(e, t, from, to)?,
            Scope::SomeStep(to) => self.window(e, t, 0, to)?,
            Scope::From(event) => {
                if !begun && self.happens(e, t, &event)? {
                    self.watch.begin_next = event.later;
                    if !event.later {
                        self.begin(e, t)?;
                    }
                }
            }
            Scope::Until(event) => {
                if t == 0 {
                    self.begin(e, t)?;
                }
                if self.happens(e, t, &event)? {
                    self.watch.closed = true;
                    if !event.later {
                        self.leave(t)?;
                    }
                }
            }
            Scope::FromFirstGiven => {
                if !begun && certain(e.all(&self.said.given), t, "whether `given` holds")? {
                    self.begin(e, t)?;
                }
            }
            Scope::EachStretch(test) => {
                let inside = certain(e.test(&test), t, "whether this is a stretch")?;
                if inside && !begun {
                    self.begin(e, t)?;
                } else if !inside {
                    self.leave(t)?;
                }
            }
        }
        Ok(self.watch.started.is_some())
    }

    /// A scope of the steps from `first` to `last`.
    fn window(&mut self, e: &mut Evaluator, t: u64, first: u64, last: u64) -> Result<(), Trouble> {
        if t > last {
            self.watch.closed = true;
            self.leave(t)
        } else if t == first {
            self.begin(e, t)
        } else {
            Ok(())
        }
    }

    /// Is the event now, or at the next step?
    fn happens(&mut self, e: &mut Evaluator, t: u64, event: &Event) -> Result<bool, Trouble> {
        if event.later && !e.has_next() {
            return Ok(false);
        }
        let now = certain(e.test(&event.test), t, "whether an event happens")?;
        self.watch.events = self.watch.events.saturating_add(u64::from(now));
        Ok(self.watch.events == event.count)
    }

    fn begin(&mut self, e: &mut Evaluator, t: u64) -> Result<(), Trouble> {
        self.watch.started = Some(t);
        self.watch.reached = false;
        self.watch.hypotheses = true;
        let slots = self.slots(e);
        for (slot, memory, _) in &slots {
            let zero = (*memory == Memory::Sum).then(|| Ball::whole(0));
            store(e, *slot, zero);
        }
        for (slot, memory, id) in slots {
            if memory == Memory::Start {
                let value = e.value(id).ok();
                store(e, slot, value);
            }
        }
        if !matches!(self.said.scope, Scope::FromFirstGiven) {
            self.watch.hypotheses = certain(e.all(&self.said.given), t, "whether `given` holds")?;
        }
        Ok(())
    }

    /// Ends the scope before t.
    fn leave(&mut self, t: u64) -> Result<(), Trouble> {
        let begun = self.watch.started.take().is_some();
        if begun && self.watch.hypotheses && !self.watch.reached && self.said.reach.is_some() {
            return Err(open(t, "the scope ends before the goal is reached"));
        }
        Ok(())
    }

    fn slots(&self, e: &Evaluator) -> Vec<(usize, Memory, Id)> {
        let range = self.said.slots.clone();
        let all = e.graph.slots.get(range.clone()).unwrap_or_default();
        let numbered = range.zip(all);
        numbered
            .map(|(slot, (memory, id))| (slot, *memory, *id))
            .collect()
    }

    /// Updates what is remembered: extremes before step t is checked, sums after it.
    fn remember(&mut self, e: &mut Evaluator, t: u64, after: bool) -> Result<(), Trouble> {
        // A sum of sums adds what the inner one is at step t, before t is added to it.
        let mut news = Vec::new();
        for (slot, memory, id) in self.slots(e) {
            if matches!(memory, Memory::Start) || after != (memory == Memory::Sum) {
                continue;
            }
            let p = e.p;
            let old = e.slots.get(slot).cloned().flatten();
            let new = e.value(id).and_then(|new| match (memory, old) {
                (_, None) => Ok(new),
                (Memory::Max, Some(old)) => old.max(&new, p),
                (Memory::Min, Some(old)) => old.min(&new, p),
                (_, Some(old)) => old.add(&new, p),
            });
            let new = new.map_err(|_| open(t, "a remembered value is not known"))?;
            news.push((slot, new));
        }
        for (slot, new) in news {
            store(e, slot, Some(new));
        }
        Ok(())
    }

    fn check(&mut self, e: &mut Evaluator, x: &Iterate) -> Result<(), Trouble> {
        let t = x.step;
        if matches!(self.said.scope, Scope::Eventually) {
            // What holds from some step on is decided by the later steps alone.
            return Ok(());
        }
        let when = e.all(&self.said.when);
        if when == Some(false) {
            return Ok(());
        }
        if let Some((goal, within)) = self.said.reach.clone()
            && !self.watch.reached
            && self.reaches(e, x, &goal, within, when)?
        {
            return Ok(());
        }
        if when == Some(true) {
            self.watch.checked = self.watch.checked.saturating_add(1);
        } else {
            self.watch.uncertain.get_or_insert(t);
        }
        if matches!(self.said.scope, Scope::SomeStep(_)) {
            let then = self.said.then.iter().map(|(test, _)| test.clone());
            let then: Vec<Test> = then.collect();
            match (when, e.all(&then)) {
                (Some(true), Some(true)) => self.watch.proved = Some(Verdict::Certified),
                (_, Some(false)) => {}
                _ => {
                    self.watch.doubt.get_or_insert(t);
                }
            }
            return Ok(());
        }
        if let Some(witness) = self.witness.clone() {
            if witness.step == t && witness.clause.is_some() {
                self.confirm(e, x, &witness, when)?;
                self.watch.proved = Some(Verdict::Violated);
            }
            return Ok(());
        }
        for (i, (test, identity)) in self.said.then.iter().enumerate() {
            if *identity {
                // It holds where both sides have a value.
                if !have_values(e, test) && !is_total(&e.graph, test) {
                    return Err(open(t, &format!("a side of then[{i}] has no value")));
                }
                continue;
            }
            match e.test(test) {
                Some(true) => {}
                Some(false) if when == Some(true) => {
                    return Err(wrong(t, &format!("then[{i}] is false")));
                }
                Some(false) => return Err(open(t, "whether `when` holds is not certain")),
                None => return Err(open(t, &format!("then[{i}] is not certain"))),
            }
        }
        if self.watch.reached
            && self.said.then.is_empty()
            && !matches!(self.said.scope, Scope::EachStretch(_))
        {
            self.watch.proved = Some(Verdict::Certified);
        }
        Ok(())
    }

    /// Looks for the goal; is the claim settled by that?
    fn reaches(
        &mut self,
        e: &mut Evaluator,
        x: &Iterate,
        goal: &Test,
        within: usize,
        when: Option<bool>,
    ) -> Result<bool, Trouble> {
        let t = x.step;
        let elapsed = t.saturating_sub(self.watch.started.unwrap_or(t));
        let elapsed = i64::try_from(elapsed).map(Ball::whole).ok();
        let bound = e.slots.get(within).cloned().flatten();
        let in_time = elapsed
            .zip(bound)
            .and_then(|(elapsed, bound)| elapsed.less(&bound, true));
        match (e.test(goal), in_time) {
            (Some(true), Some(true)) if when == Some(true) => {
                self.watch.reached = true;
                Ok(false)
            }
            (Some(_), Some(false)) if when == Some(true) => {
                let here = |w: &&Witness| w.clause.is_none() && w.step == t;
                let Some(witness) = self.witness.as_ref().filter(here) else {
                    return Err(wrong(t, "the goal is not reached in time"));
                };
                state_has_digits(x, witness)?;
                self.watch.proved = Some(Verdict::Violated);
                Ok(true)
            }
            (Some(false), _) => Ok(false),
            _ => {
                let what = "whether the goal is reached in time is not certain";
                Err(open(t, what))
            }
        }
    }

    /// Does the witness show that a conclusion fails at t?
    fn confirm(
        &self,
        e: &mut Evaluator,
        x: &Iterate,
        witness: &Witness,
        when: Option<bool>,
    ) -> Result<(), Trouble> {
        let t = x.step;
        state_has_digits(x, witness)?;
        if when != Some(true) {
            return Err(open(t, "whether `when` holds is not certain"));
        }
        let test = witness.clause.and_then(|i| self.said.then.get(i));
        let Some((test, _)) = test else {
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
                if !e.value(id).is_ok_and(|value| value.has_digits(n, k)) {
                    return Err(wrong(
                        t,
                        &format!("witness: the {side} side does not have the digits of `sides`"),
                    ));
                }
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
        let begun = watch.started.is_some();
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
            Scope::ForAll(from) if watch.hypotheses || !begun && self.said.given.is_empty() => {
                return self.beyond(e, run, made.max(from), traps, false);
            }
            Scope::Eventually if watch.hypotheses => return self.beyond(e, run, made, traps, true),
            Scope::ForAll(_) | Scope::Eventually if !begun => {
                return Err(open(made, "its first step is not known"));
            }
            _ => {}
        }
        let needed = match self.said.scope {
            Scope::Steps(_, to) | Scope::SomeStep(to) => {
                to.saturating_add(u64::from(self.said.needs_next))
            }
            _ => run.steps,
        };
        // What has a value and holds in every state holds at the steps that are not known, too.
        let always = watch.checked > 0
            && self.said.reach.is_none()
            && !matches!(self.said.scope, Scope::SomeStep(_))
            && !self.said.then.is_empty()
            && self
                .said
                .then
                .iter()
                .all(|(test, identity)| *identity && is_total(&e.graph, test));
        if !watch.closed && made < needed && !always {
            return Err(open(made, "it speaks about later steps than are known"));
        }
        if matches!(self.said.scope, Scope::SomeStep(_)) && watch.hypotheses {
            return match watch.doubt {
                Some(step) => Err(open(step, "whether it happens is not certain")),
                None => Ok(Verdict::Violated),
            };
        }
        if self.said.reach.is_some()
            && watch.started.is_some()
            && watch.hypotheses
            && !watch.reached
        {
            return Err(open(made, "the goal is not reached yet"));
        }
        match (watch.checked, watch.uncertain) {
            (0, None) => Ok(Verdict::Vacuous),
            (0, Some(step)) => Err(open(step, "whether `when` ever holds is not certain")),
            _ => Ok(Verdict::Certified),
        }
    }
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

/// Do both sides of every comparison have a value in every state? Polynomials do.
fn is_total(graph: &Graph, test: &Test) -> bool {
    let mut open = Vec::new();
    test.sides(&mut open);
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        match graph.nodes.get(id) {
            Some(Node::Constant(_) | Node::Coordinate(..)) => {}
            Some(Node::Add(x, y) | Node::Sub(x, y) | Node::Mul(x, y)) => open.extend([*x, *y]),
            Some(Node::Negative(x) | Node::Power(x, _)) => open.push(*x),
            Some(Node::Div(x, y)) => match graph.constant(*y) {
                Some(divisor) if *divisor != Fraction::whole(0) => open.push(*x),
                _ => return false,
            },
            _ => return false,
        }
    }
    true
}

/// Do both sides of every comparison have a value?
pub fn have_values(e: &mut Evaluator, test: &Test) -> bool {
    let mut sides = Vec::new();
    test.sides(&mut sides);
    sides.into_iter().all(|id| e.value(id).is_ok())
}
