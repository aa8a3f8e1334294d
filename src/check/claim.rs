//! Claims of a certificate: what they say, and how they are read.
//!
//! `watch` follows a claim along the run; `later` decides what it says about all later steps.

mod later;
mod watch;

use std::collections::BTreeMap;

use super::Failure;
use super::algebra::note_ties;
use super::formula::{Graph, Id, Memory, Node, Reader, Relation, Test};
use super::fraction::Fraction;
use super::json::{Digits, Json};
use super::orbit::Run;
use super::work::Budget;
use watch::Watch;

/// Bits claims are evaluated with, if not with all of an iterate's.
const LADDER: [u32; 3] = [96, 160, 256];

/// k-th events, at most.
const MOST_EVENTS: u64 = 1_000_000_000;

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
    From(Event),
    Until(Event),
    Steps(u64, u64),
    SomeStep(u64),
    FromFirstGiven,
    EachStretch(Test),
    ForAll(u64),
    Eventually,
}

/// The `count`-th time that the test holds; `later`: the event is at the next step.
#[derive(Clone, Debug)]
struct Event {
    test: Test,
    count: u64,
    later: bool,
}

/// What a claim says.
#[derive(Clone, Debug)]
struct Statement {
    given: Vec<Test>,
    when: Vec<Test>,
    then: Vec<Test>,
    scope: Scope,
    /// The goal, and the slot that remembers in how many steps it is reached at most.
    reach: Option<(Test, usize)>,
    /// Its slots in the graph.
    slots: std::ops::Range<usize>,
    /// It takes the next iterate to look at a step.
    needs_next: bool,
    /// It speaks of B, and the run has none.
    lacks_clip: bool,
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
    said: Statement,
    watch: Watch,
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
        precision: u32,
        graphs: &mut BTreeMap<u32, Graph>,
        budget: &Budget,
    ) -> Result<Self, Failure> {
        let mut fields = json.fields()?;
        let id = fields.take("id", id)?;
        let bits = fields.take("bits", |json| {
            let bits = u32::try_from(json.count(u32::MAX.into())?).unwrap_or(u32::MAX);
            let of_ladder = LADDER.contains(&bits) && bits < precision;
            let wrong = "96, 160, 256 or, if that is not enough, `precision`";
            let allowed = bits == precision || of_ladder;
            allowed
                .then_some(bits)
                .ok_or_else(|| Failure::format(wrong))
        })?;
        let hash = fields.take("sha256", |json| Ok(json.text()?.to_string()))?;
        let verdict = fields.take("verdict", |json| match json.text()? {
            "certified" => Ok(Verdict::Certified),
            "violated" => Ok(Verdict::Violated),
            "vacuous" => Ok(Verdict::Vacuous),
            _ => Err(Failure::format("there is no such verdict")),
        })?;
        let witness = fields.optional("witness").map(Witness::read).transpose();
        let witness = witness.map_err(|e| e.inside("witness"))?;
        let graph = graphs.entry(bits);
        let graph = graph.or_insert_with(|| Graph::new(bits, budget.clone()));
        let said = fields.take("statement", |json| {
            if json.hash() != hash {
                return Err(Failure::rejected("its hash is not the claim's `sha256`"));
            }
            Statement::read(json, run, graph)
        })?;
        fields.end()?;
        if let Some(witness) = &witness
            && !witness
                .clause
                .map_or(said.reach.is_some(), |i| i < said.then.len())
        {
            let failure = Failure::format("there is no such conclusion");
            return Err(failure.inside("clause").inside("witness"));
        }
        // A step shows a violation, unless it is about no step. One of all later steps may be
        // shown by their bounds.
        let about_no_step = matches!(said.scope, Scope::SomeStep(_) | Scope::Eventually);
        let allowed = verdict == Verdict::Violated && !about_no_step;
        let needed = allowed && !matches!(said.scope, Scope::ForAll(_));
        if needed && witness.is_none() || witness.is_some() && !allowed {
            let failure = Failure::format("a violation at a step has one, and nothing else");
            return Err(failure.inside("witness"));
        }
        Ok(Claim {
            id,
            bits,
            verdict,
            hash,
            witness,
            watch: Watch::new(said.lacks_clip.then_some(Verdict::Vacuous)),
            said,
        })
    }
}

impl Statement {
    fn read(json: &Json, run: &Run, graph: &mut Graph) -> Result<Self, Failure> {
        let mut fields = json.fields()?;
        let constants = fields.take("constants", |json| {
            let read = |(name, q)| Ok((name, Fraction::of(q).map_err(|e| e.inside(name))?));
            json.object()?.into_iter().map(read).collect()
        })?;
        let abbreviations = fields.take("define", Json::object)?;
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
                Some((goal, reader.remember(Memory::Start, within)?))
            }
        };
        fields.end()?;
        let image = reader.image()?;
        let lacks_clip = reader.lacks_clip;
        let slots = first..graph.slots.len();
        if then.is_empty() && reach.is_none() {
            return Err(Failure::format("it concludes nothing"));
        }
        if reach.is_some() && matches!(scope, Scope::SomeStep(_)) {
            return Err(Failure::format("a goal is for a scope of several steps").inside("reach"));
        }
        if !slots.is_empty() && matches!(scope, Scope::ForAll(_) | Scope::Eventually) {
            let message = "nothing is remembered beyond the last step";
            return Err(Failure::format(message));
        }
        let of_scope = match &scope {
            Scope::From(event) | Scope::Until(event) => Some(&event.test).filter(|_| !event.later),
            Scope::EachStretch(test) => Some(test),
            _ => None,
        };
        let goal = reach.iter().map(|(goal, _)| goal);
        let looked_at = given
            .iter()
            .chain(&when)
            .chain(&then)
            .chain(of_scope)
            .chain(goal);
        let next = |id: &Id| graph.facts.get(*id).is_some_and(|facts| facts.next);
        let remembered = graph.slots.get(slots.clone()).unwrap_or_default();
        let needs_next = looked_at.clone().any(|test| test.needs_next(graph))
            || remembered.iter().any(|(_, id)| next(id));
        for test in looked_at {
            note_ties(graph, &image, run.clip.is_some(), test)?;
        }
        Ok(Statement {
            given,
            when,
            then,
            scope,
            reach,
            slots,
            needs_next,
            lacks_clip,
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
            ("from", [event]) => Scope::From(Event::read(event, reader)?),
            ("until", [event]) => Scope::Until(Event::read(event, reader)?),
            _ => return Err(Failure::format("there is no such scope")),
        })
    }
}

impl Event {
    fn read(json: &Json, reader: &mut Reader<'_>) -> Result<Self, Failure> {
        let (name, level, count) = match json.list()? {
            [Json::Text(kind), test] if kind == "first" => {
                return Ok(Event {
                    test: reader.test(test)?,
                    count: 1,
                    later: false,
                });
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
        let below = Test::Compare(now, Relation::AtMost, level, false);
        let above = Test::Compare(level, Relation::Less, next, false);
        match count.count(MOST_EVENTS)? {
            0 => Err(Failure::format("events are counted from 1 on")),
            count => Ok(Event {
                test: Test::And(vec![below, above]),
                count,
                later: true,
            }),
        }
    }
}
