//! Claims of a certificate, and their watch along the run.

use std::collections::{BTreeMap, BTreeSet};

use super::Failure;
use super::algebra::is_identity;
use super::ball::Ball;
use super::evaluate::Evaluator;
use super::formula::{Graph, Id, Memory, Node, Reader, Relation, Test};
use super::fraction::Fraction;
use super::json::{Digits, Json};
use super::orbit::{Iterate, Run};
use super::trap::{Bounds, Trap};

/// Operations on balls that the bounds of a trap take.
const BOUNDS: u64 = 2000;
/// k-th events, at most.
const MOST_EVENTS: u64 = 1_000_000_000;
/// Steps that are looked ahead of a trap.
const FARTHEST: u64 = 1 << 50;

/// What a certificate says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds at every step it speaks about.
    Certified,
    /// It does not.
    Violated,
    /// It speaks about no step of the run.
    Vacuous,
}

impl Verdict {
    /// The word of the certificate.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Certified => "certified",
            Verdict::Violated => "violated",
            Verdict::Vacuous => "vacuous",
        }
    }
}

/// Why a claim's verdict is not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The step, if it is at one.
    pub step: Option<u64>,
    /// What happened.
    pub what: String,
    /// Is the verdict proved wrong? Else it is open.
    pub refuted: bool,
}

/// What shows a violation.
#[derive(Clone, Debug)]
struct Witness {
    step: u64,
    /// Index of the conclusion; `None`: the goal is not reached in time.
    clause: Option<usize>,
    state: [Digits; 3],
    sides: Option<[Digits; 2]>,
    vector: Option<[Fraction; 3]>,
}

/// The steps a claim speaks about.
#[derive(Clone, Debug)]
enum Scope {
    EveryStep,
    /// From the k-th time on; `true`: the event is at the next step.
    From(Test, u64, bool),
    Until(Test, u64, bool),
    Steps(u64, u64),
    SomeStep(u64),
    FromFirstGiven,
    EachStretch(Test),
    ForAll(u64),
    Eventually,
}

/// A claim, read.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its id.
    pub id: String,
    /// Bits it is evaluated with.
    pub bits: u32,
    /// What the certificate says.
    pub verdict: Verdict,
    /// Hash of the statement.
    pub hash: String,
    witness: Option<Witness>,
    given: Vec<Test>,
    when: Vec<Test>,
    /// Conclusions, and which of them are identities.
    then: Vec<(Test, bool)>,
    scope: Scope,
    /// The goal, and the slot that remembers in how many steps it is reached at most.
    reach: Option<(Test, usize)>,
    slots: std::ops::Range<usize>,
    needs_next: bool,
    lacks_clip: bool,
    watch: Watch,
}

#[derive(Clone, Debug, Default)]
struct Watch {
    /// Steps at which `when` holds and the conclusions were examined.
    checked: u64,
    /// The first step at which it is not certain whether `when` holds.
    uncertain: Option<u64>,
    started: Option<u64>,
    /// `given` holds in the scope that is open.
    hypotheses: bool,
    begin_next: bool,
    closed: bool,
    events: u64,
    doubt: Option<u64>,
    reached: bool,
    /// The verdict, once it is proved.
    proved: Option<Verdict>,
    trouble: Option<Trouble>,
}

fn array<const N: usize, T>(
    json: &Json,
    read: fn(&Json) -> Result<T, Failure>,
) -> Result<[T; N], Failure> {
    let items: Vec<T> = json.list()?.iter().map(read).collect::<Result<_, _>>()?;
    let wrong = |_| Failure::format(format!("a list of {N} is expected"));
    items.try_into().map_err(wrong)
}

impl Witness {
    fn read(json: &Json) -> Result<Self, Failure> {
        let mut fields = json.fields()?;
        let clause = |json: &Json| -> Result<usize, Failure> {
            Ok(usize::try_from(json.count(1000)?).unwrap_or(usize::MAX))
        };
        let optional = |json: Option<&Json>, name: &str| {
            json.map(clause).transpose().map_err(|e| e.inside(name))
        };
        let witness = Witness {
            step: fields.take("step", |json| json.count(u64::MAX))?,
            clause: optional(fields.optional("clause"), "clause")?,
            state: fields.take("state", |json| array(json, Json::digits))?,
            sides: fields
                .optional("sides")
                .map(|json| array(json, Json::digits))
                .transpose()?,
            vector: fields
                .optional("vector")
                .map(|json| array(json, Fraction::of))
                .transpose()?,
        };
        fields.end()?;
        Ok(witness)
    }
}

impl Claim {
    /// Reads an entry of `claims`; its formulas go to the graph of its precision.
    pub fn read(
        json: &Json,
        run: &Run,
        graphs: &mut BTreeMap<u32, Graph>,
    ) -> Result<Self, Failure> {
        let mut fields = json.fields()?;
        let id = fields.take("id", id)?;
        let bits = fields.take("bits", |json| json.count(u32::MAX.into()))?;
        let bits = u32::try_from(bits).unwrap_or(u32::MAX);
        let hash = fields.take("sha256", |json| Ok(json.text()?.to_string()))?;
        let verdict = fields.take("verdict", |json| match json.text()? {
            "certified" => Ok(Verdict::Certified),
            "violated" => Ok(Verdict::Violated),
            "vacuous" => Ok(Verdict::Vacuous),
            _ => Err(Failure::format("there is no such verdict")),
        })?;
        let witness = fields.optional("witness").map(Witness::read).transpose();
        let witness = witness.map_err(|e| e.inside("witness"))?;
        let graph = graphs.entry(bits).or_default();
        let mut claim = fields.take("statement", |json| {
            let found = json.hash();
            if found != hash {
                return Err(Failure::rejected("its hash is not the claim's `sha256`"));
            }
            Claim::statement(json, run, graph)
        })?;
        fields.end()?;
        // A step shows a violation, unless it is about no step, or about all later ones.
        let at_a_step = match claim.scope {
            Scope::SomeStep(_) | Scope::Eventually => Some(false),
            Scope::ForAll(_) => None,
            _ => Some(true),
        };
        let exists = |i: usize| i < claim.then.len();
        let clause = witness.as_ref().map(|w| w.clause);
        if clause.is_some_and(|clause| !clause.map_or(claim.reach.is_some(), exists)) {
            let failure = Failure::format("there is no such conclusion");
            return Err(failure.inside("clause").inside("witness"));
        }
        let wanted = at_a_step.map(|at| at && verdict == Verdict::Violated);
        if wanted.is_some_and(|wanted| wanted != witness.is_some())
            || verdict != Verdict::Violated && witness.is_some()
        {
            return Err(
                Failure::format("a violation at a step has one, and nothing else")
                    .inside("witness"),
            );
        }
        if claim.lacks_clip {
            claim.watch.proved = Some(Verdict::Vacuous);
        }
        Ok(Claim {
            id,
            bits,
            verdict,
            hash,
            witness,
            ..claim
        })
    }

    fn statement(json: &Json, run: &Run, graph: &mut Graph) -> Result<Self, Failure> {
        let mut fields = json.fields()?;
        let constants = fields.take("constants", |json| match json {
            Json::Object(fields) => fields
                .iter()
                .map(|(name, q)| Ok((name.as_str(), Fraction::of(q).map_err(|e| e.inside(name))?)))
                .collect::<Result<BTreeMap<_, _>, Failure>>(),
            _ => Err(Failure::format("an object is expected")),
        })?;
        let abbreviations = fields.take("define", |json| match json {
            Json::Object(fields) => Ok(fields
                .iter()
                .map(|(name, tree)| (name.as_str(), tree))
                .collect()),
            _ => Err(Failure::format("an object is expected")),
        })?;
        let first = graph.slots.len();
        let mut reader = Reader::new(graph, run, constants, abbreviations)?;
        let given = fields.take("given", |json| reader.tests(json.list()?))?;
        let when = fields.take("when", |json| reader.tests(json.list()?))?;
        let then = fields.take("then", |json| reader.tests(json.list()?))?;
        let scope = fields.take("scope", |json| Scope::read(json, &mut reader))?;
        let reach = match fields.optional("reach") {
            None => None,
            Some(json) => {
                let mut fields = json.fields()?;
                let goal = fields.take("goal", |json| reader.test(json))?;
                let within = fields.take("within", |json| reader.value(json))?;
                fields.end()?;
                Some((goal, reader.remember(Memory::Start, within)))
            }
        };
        fields.end()?;
        let lacks_clip = reader.lacks_clip;
        if then.is_empty() && reach.is_none() {
            return Err(Failure::format("it concludes nothing"));
        }
        if reach.is_some() && matches!(scope, Scope::SomeStep(_)) {
            return Err(Failure::format("a goal is for a scope of several steps").inside("reach"));
        }
        let slots = first..graph.slots.len();
        let then = then.into_iter().map(|test| {
            let identity = is_identity(graph, run, &test);
            (test, identity)
        });
        let then: Vec<(Test, bool)> = then.collect();
        if !slots.is_empty() && matches!(scope, Scope::ForAll(_) | Scope::Eventually) {
            return Err(Failure::format(
                "nothing is remembered beyond the last step",
            ));
        }
        let of_scope = match &scope {
            Scope::From(test, _, false)
            | Scope::Until(test, _, false)
            | Scope::EachStretch(test) => Some(test),
            _ => None,
        };
        let mut tests = given
            .iter()
            .chain(&when)
            .chain(then.iter().map(|(test, _)| test))
            .chain(of_scope)
            .chain(reach.iter().map(|r| &r.0));
        let next = |id: &Id| graph.facts.get(*id).is_some_and(|facts| facts.next);
        let remembered = graph.slots.get(slots.clone()).unwrap_or_default();
        let needs_next =
            tests.any(|test| test.needs_next(graph)) || remembered.iter().any(|(_, id)| next(id));
        Ok(Claim {
            id: String::new(),
            bits: 0,
            verdict: Verdict::Vacuous,
            hash: String::new(),
            witness: None,
            given,
            when,
            then,
            scope,
            reach,
            slots,
            needs_next,
            lacks_clip,
            watch: Watch::default(),
        })
    }
}

/// An id: letters, digits, dots, dashes and underscores.
pub fn id(json: &Json) -> Result<String, Failure> {
    const LONGEST: usize = 200;
    let text = json.text()?;
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if text.is_empty() || text.len() > LONGEST || !text.chars().all(usual) {
        return Err(Failure::format("this is no id"));
    }
    Ok(text.to_string())
}

impl Scope {
    fn read(json: &Json, reader: &mut Reader<'_>) -> Result<Self, Failure> {
        let Some((Json::Text(kind), rest)) = json.list()?.split_first() else {
            return Err(Failure::format(
                "a list that begins with a word is expected",
            ));
        };
        let step = |reader: &mut Reader<'_>, tree: &Json| {
            let id = reader.value(tree)?;
            let step = reader.graph.constant(id).and_then(Fraction::as_count);
            step.ok_or_else(|| Failure::format("a step number is expected"))
        };
        Ok(match (kind.as_str(), rest) {
            ("every step", []) => Scope::EveryStep,
            ("from first given", []) => Scope::FromFirstGiven,
            ("eventually always", []) => Scope::Eventually,
            ("steps", [from, to]) => Scope::Steps(step(reader, from)?, step(reader, to)?),
            ("some step to", [to]) => Scope::SomeStep(step(reader, to)?),
            ("for all from", [from]) => Scope::ForAll(step(reader, from)?),
            ("each stretch where", [test]) => Scope::EachStretch(reader.test(test)?),
            ("from", [event]) => {
                let (test, k, later) = Scope::event(event, reader)?;
                Scope::From(test, k, later)
            }
            ("until", [event]) => {
                let (test, k, later) = Scope::event(event, reader)?;
                Scope::Until(test, k, later)
            }
            _ => return Err(Failure::format("there is no such scope")),
        })
    }

    /// A condition, the number of times, and whether it is an event of the next step.
    fn event(json: &Json, reader: &mut Reader<'_>) -> Result<(Test, u64, bool), Failure> {
        let (name, level, k) = match json.list()? {
            [Json::Text(kind), test] if kind == "first" => {
                return Ok((reader.test(test)?, 1, false));
            }
            [Json::Text(kind), k] if kind == "crossing" => ("a", (2, 1), k),
            [Json::Text(kind), k] if kind == "spike" => ("b", (1, 1000), k),
            _ => return Err(Failure::format("there is no such event")),
        };
        let level = Fraction::new(level.0.into(), level.1.into());
        let level = level.ok_or_else(|| Failure::format("no such level"))?;
        let now = reader.value(&Json::Text(name.into()))?;
        let next = reader.value(&Json::Text(format!("{name}'")))?;
        let level = reader.graph.node(Node::Constant(level))?;
        let test = Test::And(vec![
            Test::Compare(now, Relation::AtMost, level, false),
            Test::Compare(level, Relation::Less, next, false),
        ]);
        match k.count(MOST_EVENTS)? {
            0 => Err(Failure::format("events are counted from 1 on")),
            k => Ok((test, k, true)),
        }
    }
}

fn open(step: u64, what: &str) -> Trouble {
    Trouble {
        step: Some(step),
        what: what.into(),
        refuted: false,
    }
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
        if self.is_settled() || self.watch.closed || self.needs_next && !e.has_next() {
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
        let happens = || open(t, "whether an event happens is not certain");
        match self.scope.clone() {
            Scope::EveryStep | Scope::Eventually if t == 0 => self.begin(e, t)?,
            Scope::EveryStep | Scope::Eventually => {}
            Scope::ForAll(from) if t == from => self.begin(e, t)?,
            Scope::ForAll(_) => {}
            Scope::Steps(from, to) => {
                if t > to {
                    self.watch.closed = true;
                    self.leave(t)?;
                } else if t == from {
                    self.begin(e, t)?;
                }
            }
            Scope::SomeStep(to) => {
                if t > to {
                    self.watch.closed = true;
                    self.leave(t)?;
                } else if t == 0 {
                    self.begin(e, t)?;
                }
            }
            Scope::From(test, count, later) => {
                if self.watch.begin_next {
                    self.watch.begin_next = false;
                    self.begin(e, t)?;
                } else if self.watch.started.is_none() && (e.has_next() || !later) {
                    let now = e.test(&test).ok_or_else(happens)?;
                    self.watch.events = self.watch.events.saturating_add(u64::from(now));
                    if self.watch.events == count {
                        if later {
                            self.watch.begin_next = true;
                        } else {
                            self.begin(e, t)?;
                        }
                    }
                }
            }
            Scope::Until(test, count, later) => {
                if t == 0 {
                    self.begin(e, t)?;
                }
                if e.has_next() || !later {
                    let now = e.test(&test).ok_or_else(happens)?;
                    self.watch.events = self.watch.events.saturating_add(u64::from(now));
                }
                if self.watch.events == count {
                    self.watch.closed = true;
                    if !later {
                        self.leave(t)?;
                    }
                }
            }
            Scope::FromFirstGiven => {
                if self.watch.started.is_none() {
                    let given = e.all(&self.given);
                    if given.ok_or_else(|| open(t, "whether `given` holds is not certain"))? {
                        self.begin(e, t)?;
                    }
                }
            }
            Scope::EachStretch(test) => {
                let inside = e
                    .test(&test)
                    .ok_or_else(|| open(t, "whether this is a stretch is not certain"))?;
                if inside && self.watch.started.is_none() {
                    self.begin(e, t)?;
                } else if !inside {
                    self.leave(t)?;
                }
            }
        }
        Ok(self.watch.started.is_some())
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
        if !matches!(self.scope, Scope::FromFirstGiven) {
            let given = e.all(&self.given);
            self.watch.hypotheses =
                given.ok_or_else(|| open(t, "whether `given` holds is not certain"))?;
        }
        Ok(())
    }

    /// Ends the scope before t.
    fn leave(&mut self, t: u64) -> Result<(), Trouble> {
        let begun = self.watch.started.take().is_some();
        if begun && self.watch.hypotheses && !self.watch.reached && self.reach.is_some() {
            return Err(open(t, "the scope ends before the goal is reached"));
        }
        Ok(())
    }

    fn slots(&self, e: &Evaluator) -> Vec<(usize, Memory, Id)> {
        let all = e.graph.slots.get(self.slots.clone()).unwrap_or_default();
        self.slots
            .clone()
            .zip(all)
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
        if matches!(self.scope, Scope::Eventually) {
            // What holds from some step on is decided by the later steps alone.
            return Ok(());
        }
        let when = e.all(&self.when);
        if when == Some(false) {
            return Ok(());
        }
        if let Some((goal, within)) = self.reach.clone()
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
        if matches!(self.scope, Scope::SomeStep(_)) {
            let then: Vec<Test> = self.then.iter().map(|(test, _)| test.clone()).collect();
            match (when, e.all(&then)) {
                (Some(true), Some(true)) => self.watch.proved = Some(Verdict::Certified),
                (_, Some(false)) => {}
                _ => {
                    self.watch.doubt.get_or_insert(t);
                }
            }
            return Ok(());
        }
        let witness = self
            .witness
            .clone()
            .filter(|_| self.verdict == Verdict::Violated);
        if let Some(witness) = witness {
            if witness.step == t && witness.clause.is_some() {
                self.confirm(e, x, &witness, when)?;
                self.watch.proved = Some(Verdict::Violated);
            }
            return Ok(());
        }
        for (i, (test, identity)) in self.then.iter().enumerate() {
            if *identity {
                // It holds where both sides have a value.
                if !have_values(e, test) {
                    return Err(open(t, &format!("a side of then[{i}] has no value")));
                }
                continue;
            }
            match e.test(test) {
                Some(true) => {}
                Some(false) if when == Some(true) => {
                    return Err(Trouble {
                        step: Some(t),
                        what: format!("then[{i}] is false"),
                        refuted: true,
                    });
                }
                Some(false) => return Err(open(t, "whether `when` holds is not certain")),
                None => return Err(open(t, &format!("then[{i}] is not certain"))),
            }
        }
        if self.watch.reached
            && self.then.is_empty()
            && !matches!(self.scope, Scope::EachStretch(_))
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
                if let Some(witness) = self
                    .witness
                    .clone()
                    .filter(|w| w.clause.is_none() && w.step == t)
                {
                    self.state_has_digits(x, &witness)?;
                    self.watch.proved = Some(Verdict::Violated);
                    return Ok(true);
                }
                Err(Trouble {
                    step: Some(t),
                    what: "the goal is not reached in time".into(),
                    refuted: true,
                })
            }
            (Some(false), _) => Ok(false),
            _ => Err(open(
                t,
                "whether the goal is reached in time is not certain",
            )),
        }
    }

    fn state_has_digits(&self, x: &Iterate, witness: &Witness) -> Result<(), Trouble> {
        for (name, (value, (n, k))) in ["alpha", "beta1", "beta2"]
            .iter()
            .zip(x.state.iter().zip(&witness.state))
        {
            if !value.has_digits(*n, *k) {
                return Err(wrong(
                    x.step,
                    &format!("witness: {name} does not have the digits of `state`"),
                ));
            }
        }
        Ok(())
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
        self.state_has_digits(x, witness)?;
        if when != Some(true) {
            return Err(open(t, "whether `when` holds is not certain"));
        }
        let test = witness.clause.and_then(|i| self.then.get(i));
        let Some((test, _)) = test else {
            return Err(wrong(t, "witness: there is no such conclusion"));
        };
        match e.test(test) {
            Some(false) => {}
            Some(true) => return Err(wrong(t, "the conclusion of the witness holds")),
            None => {
                return Err(open(
                    t,
                    "whether the conclusion of the witness fails is not certain",
                ));
            }
        }
        let Test::Compare(x, relation, y, swapped) = test else {
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
            let p = e.p;
            let bound = match e.graph.nodes.get(*x) {
                Some(Node::Sharpness(next)) if *relation != Relation::Equal => Some((*next, *y)),
                _ => None,
            };
            let Some((next, bound)) = bound else {
                return Err(wrong(
                    t,
                    "witness: this conclusion does not bound the sharpness",
                ));
            };
            let mut excess = || {
                let [v0, v1, v2] = vector;
                let v = [
                    Ball::fraction(v0, p)?,
                    Ball::fraction(v1, p)?,
                    Ball::fraction(v2, p)?,
                ];
                let bound = e.value(bound)?;
                e.hessian(next)?.excess(&v, &bound, p)
            };
            let excess = excess().ok();
            if excess.and_then(|x| Ball::whole(0).less(&x, false)) != Some(true) {
                return Err(wrong(
                    t,
                    "witness: the Rayleigh quotient of `vector` does not exceed the bound",
                ));
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
        if self.witness.is_some() {
            let what = "witness: the claim does not speak about this step";
            return Err(wrong(made, what));
        }
        match self.scope {
            Scope::ForAll(from) if watch.hypotheses || !begun && self.given.is_empty() => {
                return self.beyond(e, run, made.max(from), traps, false);
            }
            Scope::Eventually if watch.hypotheses => return self.beyond(e, run, made, traps, true),
            Scope::ForAll(_) | Scope::Eventually if !begun => {
                return Err(open(made, "its first step is not known"));
            }
            _ => {}
        }
        let needed = match self.scope {
            Scope::Steps(_, to) | Scope::SomeStep(to) => {
                to.saturating_add(u64::from(self.needs_next))
            }
            _ => run.steps,
        };
        // What has a value and holds in every state holds at the steps that are not known, too.
        let always = watch.checked > 0
            && self.reach.is_none()
            && !matches!(self.scope, Scope::SomeStep(_))
            && !self.then.is_empty()
            && self
                .then
                .iter()
                .all(|(test, identity)| *identity && is_total(&e.graph, test));
        if !watch.closed && made < needed && !always {
            return Err(open(made, "it speaks about later steps than are known"));
        }
        if matches!(self.scope, Scope::SomeStep(_)) && watch.hypotheses {
            return match watch.doubt {
                Some(step) => Err(open(step, "whether it happens is not certain")),
                None => Ok(Verdict::Violated),
            };
        }
        if self.reach.is_some() && watch.started.is_some() && watch.hypotheses && !watch.reached {
            return Err(open(made, "the goal is not reached yet"));
        }
        match (watch.checked, watch.uncertain) {
            (0, None) => Ok(Verdict::Vacuous),
            (0, Some(step)) => Err(open(step, "whether `when` ever holds is not certain")),
            _ => Ok(Verdict::Certified),
        }
    }

    /// The verdict on all steps from `first` on, or on those from some later step on.
    fn beyond(
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
        for (test, identity) in &self.then {
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
            e.all(&self.when)
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
        for (test, identity) in &self.then {
            if !identity {
                collect(test, &mut sides);
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
        if !self.when.is_empty() {
            return None;
        }
        for name in ["sharpness", "a", "b", "loss", "loss1"] {
            let Some(least) = trap.at_least(run, name) else {
                continue;
            };
            let ids = nodes_of(e, name);
            for (test, _) in &self.then {
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

/// Do both sides of every comparison have a value in every state? Polynomials do.
fn is_total(graph: &Graph, test: &Test) -> bool {
    let mut open = Vec::new();
    collect(test, &mut open);
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
fn have_values(e: &mut Evaluator, test: &Test) -> bool {
    let mut sides = Vec::new();
    collect(test, &mut sides);
    sides.into_iter().all(|id| e.value(id).is_ok())
}

/// Both sides of every comparison.
fn collect(test: &Test, sides: &mut Vec<Id>) {
    match test {
        Test::Compare(x, _, y, _) => sides.extend([*x, *y]),
        Test::And(tests) | Test::Or(tests) => tests.iter().for_each(|t| collect(t, sides)),
        Test::Not(test) => collect(test, sides),
        Test::Clipped(_) => {}
    }
}
