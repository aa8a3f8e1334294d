//! Statements for Coq: conclusions of certified claims as formulas (`proofs/coq/Formula.v`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::check::Failure;
use crate::check::formula::{Graph, Id, Memory, Node, Reader, Relation, Test};
use crate::check::fraction::Fraction;
use crate::check::json::Json;
use crate::check::orbit::Run;

/// Quantities that get a definition of their own, and their names in Coq, which are those of
/// `proofs/coq/Identities.v`.
const QUANTITIES: [(&str, &str); 15] = [
    ("a", "a"),
    ("b", "b"),
    ("c", "c"),
    ("p", "p"),
    ("r", "r"),
    ("s", "s"),
    ("Q", "potential"),
    ("C", "conserved"),
    ("D", "drive"),
    ("loss1", "loss1"),
    ("loss2", "loss2"),
    ("loss", "loss"),
    ("rhat", "rhat"),
    ("surrogate_loss", "surrogate_loss"),
    ("gfs_sharpness", "gfs_sharpness"),
];

/// How tightly an expression's outermost operation binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    Product,
    Power,
    Application,
    Atom,
}

/// A part of a formula; parts that are true or false in this run are left out.
enum Part {
    True,
    False,
    Formula(String),
}

type Outcome<T> = Result<T, String>;

/// What is said of a claim.
pub(super) struct Stated {
    /// The name of its definition.
    pub(super) name: String,
    /// Definitions, in order, the formula last.
    pub(super) definitions: Vec<String>,
    /// The name of a definition of its hypotheses, the last one, if it has any.
    pub(super) hypotheses: Option<String>,
    /// The conclusions it contains.
    pub(super) clauses: Vec<usize>,
    /// What it takes to evaluate it once, in multiplications.
    pub(super) cost: u64,
    /// Reasons why other conclusions are left out.
    pub(super) left_out: Vec<(usize, String)>,
}

/// Writes formulas; quantities of the model have the same names in all of them.
pub(super) struct Writer<'a> {
    run: &'a Run,
    graph: Graph,
    labels: BTreeMap<Id, String>,
    names: BTreeSet<String>,
    defined: BTreeSet<Id>,
    clip_defined: bool,
    /// Definitions of the formula that is being written.
    definitions: Vec<String>,
    cost: u64,
    /// The step at which the claim begins.
    first: u64,
}

/// What a reader of a claim needs.
pub(super) struct Names<'a> {
    pub(super) constants: BTreeMap<&'a str, Fraction>,
    pub(super) abbreviations: BTreeMap<&'a str, &'a Json>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(run: &'a Run) -> Result<Self, Failure> {
        let mut writer = Writer {
            run,
            graph: Graph::default(),
            labels: BTreeMap::new(),
            names: BTreeSet::new(),
            defined: BTreeSet::new(),
            clip_defined: false,
            definitions: Vec::new(),
            cost: 0,
            first: 0,
        };
        let mut reader = Reader::new(&mut writer.graph, run, BTreeMap::new(), BTreeMap::new())?;
        let mut found = Vec::new();
        for (name, label) in QUANTITIES {
            for prime in ["", "'"] {
                let id = reader.value(&Json::Text(format!("{name}{prime}")))?;
                found.push((id, format!("{label}{prime}")));
            }
        }
        for (id, label) in found {
            writer.label(id, label);
        }
        Ok(writer)
    }

    fn label(&mut self, id: Id, label: String) {
        let simple = matches!(
            self.graph.nodes.get(id),
            None | Some(
                Node::Constant(_) | Node::Coordinate(..) | Node::Slot(_) | Node::Sharpness(_)
            )
        );
        if simple || self.labels.contains_key(&id) {
            return;
        }
        let mut name = label.clone();
        let mut count = 1;
        while self.names.contains(&name) {
            count += 1;
            let (stem, prime) = match label.strip_suffix('\'') {
                Some(stem) => (stem, "'"),
                None => (label.as_str(), ""),
            };
            name = format!("{stem}_{count}{prime}");
        }
        self.names.insert(name.clone());
        self.labels.insert(id, name);
    }

    /// The formula of a claim: that its hypotheses imply its conclusions.
    ///
    /// # Errors
    /// Why it cannot be said.
    pub(super) fn claim(
        &mut self,
        id: &str,
        statement: &Json,
        names: Names,
        first: u64,
    ) -> Outcome<Stated> {
        let unreadable = |failure: Failure| format!("it cannot be read, {failure}");
        let mut fields = statement.fields().map_err(unreadable)?;
        let mut list = |name: &str| -> Outcome<Vec<Json>> {
            match fields.optional(name) {
                Some(json) => Ok(json.list().map_err(unreadable)?.to_vec()),
                None => Ok(Vec::new()),
            }
        };
        let (given, when, then) = (list("given")?, list("when")?, list("then")?);
        if statement
            .fields()
            .map_err(unreadable)?
            .optional("reach")
            .is_some()
        {
            return Err("it is about a goal that is reached in time".into());
        }
        if first > 0 && !given.is_empty() {
            return Err(format!("it is given something at step {first}"));
        }
        self.first = first;
        let defined: Vec<String> = names
            .abbreviations
            .keys()
            .map(|name| (*name).into())
            .collect();
        let mut reader = Reader::new(
            &mut self.graph,
            self.run,
            names.constants,
            names.abbreviations,
        )
        .map_err(unreadable)?;
        let given = reader.tests(&given).map_err(unreadable)?;
        let when = reader.tests(&when).map_err(unreadable)?;
        let then = reader.tests(&then).map_err(unreadable)?;
        let mut found = Vec::new();
        for name in defined {
            for prime in ["", "'"] {
                // What remembers has no value at the next iterate, and needs no name.
                if let Ok(id) = reader.value(&Json::Text(format!("{name}{prime}"))) {
                    found.push((id, format!("the_{name}{prime}")));
                }
            }
        }
        for (id, label) in found {
            self.label(id, label);
        }
        let (defined, clip_defined) = (self.defined.clone(), self.clip_defined);
        self.definitions.clear();
        let outcome = self.statement(id, &given, &when, &then);
        if outcome.is_err() {
            (self.defined, self.clip_defined) = (defined, clip_defined);
        }
        outcome
    }

    fn statement(
        &mut self,
        id: &str,
        given: &[Test],
        when: &[Test],
        then: &[Test],
    ) -> Outcome<Stated> {
        self.cost = 0;
        let mut hypotheses = Vec::new();
        for (tests, at_start) in [(given, true), (when, false)] {
            for test in tests {
                match self.part(test, at_start)? {
                    Part::True => {}
                    Part::False => return Err("it is vacuous".into()),
                    Part::Formula(text) => hypotheses.push(text),
                }
            }
        }
        let (mut clauses, mut conclusions, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (index, test) in then.iter().enumerate() {
            let kept = (
                self.definitions.len(),
                self.defined.clone(),
                self.clip_defined,
            );
            let cost = self.cost;
            match self.part(test, false) {
                Ok(Part::True) => {}
                Ok(Part::False) => left_out.push((index, "it is false".into())),
                Ok(Part::Formula(text)) => {
                    conclusions.push(text);
                    clauses.push(index);
                }
                Err(reason) => {
                    self.definitions.truncate(kept.0);
                    (self.defined, self.clip_defined) = (kept.1, kept.2);
                    self.cost = cost;
                    left_out.push((index, reason));
                }
            }
        }
        if conclusions.is_empty() {
            let reason = left_out
                .first()
                .map_or("it concludes nothing", |(_, reason)| reason);
            return Err(reason.to_string());
        }
        let name = self.name_of(id);
        let conclusion = conclusions.join("\n  /\\ ");
        let mut text = format!("(** {id} *)\nDefinition {name} : formula :=\n  ");
        if hypotheses.is_empty() {
            let _ = write!(text, "{conclusion}.");
        } else {
            let _ = write!(text, "{}\n  -> {conclusion}.", hypotheses.join(" /\\ "));
        }
        let mut definitions = std::mem::take(&mut self.definitions);
        definitions.push(text);
        let hypotheses = (!hypotheses.is_empty()).then(|| {
            let label = self.name_of(&format!("{id}_when"));
            let all = hypotheses.join(" /\\ ");
            definitions.push(format!("Definition {label} : formula :=\n  {all}."));
            label
        });
        Ok(Stated {
            name,
            hypotheses,
            definitions,
            clauses,
            cost: self.cost,
            left_out,
        })
    }

    fn name_of(&mut self, id: &str) -> String {
        let letters = id.chars();
        let name: String = letters
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let mut name = format!("claim_{name}");
        while !self.names.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    fn part(&mut self, test: &Test, at_start: bool) -> Outcome<Part> {
        match test {
            Test::Compare(x, relation, y, swapped) => self
                .comparison(*x, *relation, *y, *swapped, at_start)
                .map(Part::Formula),
            Test::Clipped(_) if self.run.clip.is_none() => Ok(Part::False),
            Test::Clipped(true) if !at_start => {
                self.define_clipped();
                Ok(Part::Formula("clipped'".into()))
            }
            Test::Clipped(_) => Err("it asks what was clipped in the step before".into()),
            Test::Not(test) => Ok(match self.part(test, at_start)? {
                Part::True => Part::False,
                Part::False => Part::True,
                Part::Formula(text) => Part::Formula(format!("~ {text}")),
            }),
            Test::And(tests) => self.parts(tests, at_start, true),
            Test::Or(tests) => self.parts(tests, at_start, false),
        }
    }

    /// All (or any) of the conditions.
    fn parts(&mut self, tests: &[Test], at_start: bool, all: bool) -> Outcome<Part> {
        let mut texts = Vec::new();
        for test in tests {
            match (self.part(test, at_start)?, all) {
                (Part::True, true) | (Part::False, false) => {}
                (Part::False, true) => return Ok(Part::False),
                (Part::True, false) => return Ok(Part::True),
                (Part::Formula(text), _) => texts.push(text),
            }
        }
        let operation = if all { " /\\ " } else { " \\/ " };
        Ok(match (texts.as_slice(), all) {
            ([], true) => Part::True,
            ([], false) => Part::False,
            ([text], _) => Part::Formula(text.clone()),
            _ => Part::Formula(format!("({})", texts.join(operation))),
        })
    }

    fn define_clipped(&mut self) {
        if self.clip_defined {
            return;
        }
        if let Some(bound) = &self.run.clip {
            self.clip_defined = true;
            let h = self.run.eta.mul(&self.run.lambda1);
            let (bound, h) = (constant(bound), h.map_or(String::new(), |h| constant(&h)));
            self.definitions.push(format!(
                "Definition clipped' : formula :=\n  \
                 {bound} < Abs (Beta1 * (Const (1 # 1) - {h} * Alpha ^ 2))."
            ));
        }
    }

    fn comparison(
        &mut self,
        x: Id,
        relation: Relation,
        y: Id,
        swapped: bool,
        at_start: bool,
    ) -> Outcome<String> {
        if relation == Relation::Equal {
            return Err("it is an equality, which balls cannot decide".into());
        }
        let strict = relation == Relation::Less;
        match (self.sharpness(x)?, self.sharpness(y)?) {
            (None, None) => {}
            (Some(_), Some(_)) => return Err("the sharpness is on both sides".into()),
            _ if at_start => return Err("it needs the sharpness of the start".into()),
            // c·S < z.
            (Some(factor), None) => {
                let bound = self.bound(y, factor)?;
                let name = if strict {
                    "Sharpness_lt"
                } else {
                    "Sharpness_le"
                };
                return Ok(format!("{name} {bound}"));
            }
            // z < c·S: not S ≤ z/c.
            (None, Some(factor)) => {
                let bound = self.bound(x, factor)?;
                let name = if strict {
                    "Sharpness_le"
                } else {
                    "Sharpness_lt"
                };
                return Ok(format!("~ {name} {bound}"));
            }
        }
        let (x, y) = (
            self.expression(x, at_start)?.0,
            self.expression(y, at_start)?.0,
        );
        Ok(match (strict, swapped) {
            (true, false) => format!("{x} < {y}"),
            (false, false) => format!("{x} <= {y}"),
            (true, true) => format!("{y} > {x}"),
            (false, true) => format!("{y} >= {x}"),
        })
    }

    /// c > 0, if the node is c·S.
    fn sharpness(&self, id: Id) -> Outcome<Option<Fraction>> {
        let is = |id: &Id| matches!(self.graph.nodes.get(*id), Some(Node::Sharpness(false)));
        Ok(match self.graph.nodes.get(id) {
            Some(Node::Sharpness(false)) => Some(Fraction::whole(1)),
            Some(Node::Sharpness(true)) => {
                return Err("it needs the sharpness of the next iterate".into());
            }
            Some(Node::Mul(x, y)) if is(x) => self.positive(*y),
            Some(Node::Mul(x, y)) if is(y) => self.positive(*x),
            _ => None,
        })
    }

    fn positive(&self, id: Id) -> Option<Fraction> {
        self.graph.constant(id).filter(|q| q.is_positive()).cloned()
    }

    /// z/c, as an argument.
    fn bound(&mut self, id: Id, factor: Fraction) -> Outcome<String> {
        // Two decisions of some thirty multiplications.
        self.cost = self.cost.saturating_add(60);
        let one = Fraction::whole(1);
        let scaled = self.graph.constant(id).map(|q| q.div(&factor));
        if let Some(scaled) = scaled {
            let bound = scaled.ok_or("its numbers are too large")?;
            return Ok(format!("({})", constant(&bound)));
        }
        let (text, level) = self.expression(id, false)?;
        Ok(if factor == one {
            if level == Level::Atom {
                text
            } else {
                format!("({text})")
            }
        } else {
            format!(
                "({} / {})",
                at_least(&(text, level), Level::Product),
                constant(&factor)
            )
        })
    }

    /// The value of a node that derivatives made of constants, or times 0.
    fn folded(&self, id: Id) -> Option<Fraction> {
        let zero = |id: &Id| self.folded(*id).filter(|q| *q == Fraction::whole(0));
        match self.graph.nodes.get(id)? {
            Node::Constant(q) => Some(q.clone()),
            Node::Mul(x, y) => zero(x)
                .or_else(|| zero(y))
                .or_else(|| self.folded(*x)?.mul(&self.folded(*y)?)),
            Node::Add(x, y) => self.folded(*x)?.add(&self.folded(*y)?),
            Node::Sub(x, y) => self.folded(*x)?.sub(&self.folded(*y)?),
            _ => None,
        }
    }

    /// The node that x + 0, x·1 and the like are.
    fn same_as(&self, node: &Node) -> Option<Id> {
        let is = |id: &Id, n: i64| self.folded(*id) == Some(Fraction::whole(n));
        match node {
            Node::Add(x, y) if is(y, 0) => Some(*x),
            Node::Add(x, y) if is(x, 0) => Some(*y),
            Node::Sub(x, y) if is(y, 0) => Some(*x),
            Node::Mul(x, y) if is(y, 1) => Some(*x),
            Node::Mul(x, y) if is(x, 1) => Some(*y),
            Node::Power(x, 1) => Some(*x),
            _ => None,
        }
    }

    /// An expression, and how tightly it binds.
    fn expression(&mut self, id: Id, at_start: bool) -> Outcome<(String, Level)> {
        let label = self.labels.get(&id).filter(|_| !at_start).cloned();
        let Some(label) = label else {
            return self.operation(id, at_start);
        };
        // The cost is that of the expression; that it was defined before spares nothing.
        let (text, _) = self.operation(id, at_start)?;
        if self.defined.insert(id) {
            self.definitions
                .push(format!("Definition {label} : expression := {text}."));
        }
        Ok((label, Level::Atom))
    }

    fn operation(&mut self, id: Id, at_start: bool) -> Outcome<(String, Level)> {
        /// What a division and a square root cost, in multiplications.
        const SLOW: u64 = 4;
        let node = self
            .graph
            .nodes
            .get(id)
            .cloned()
            .ok_or("it cannot be read")?;
        if let Some(q) = self.folded(id) {
            return Ok((constant(&q), Level::Application));
        }
        if let Some(x) = self.same_as(&node) {
            return self.expression(x, at_start);
        }
        let slow = matches!(&node, Node::Sqrt(_))
            || matches!(&node, Node::Div(_, y) if self.graph.constant(*y).is_none());
        let leaf = matches!(
            &node,
            Node::Constant(_) | Node::Coordinate(..) | Node::Slot(_)
        );
        self.cost = self.cost.saturating_add(match (leaf, slow) {
            (true, _) => 0,
            (false, true) => SLOW,
            (false, false) => 1,
        });
        let mut of = |id: &Id| self.expression(*id, at_start);
        Ok(match &node {
            Node::Constant(q) => (constant(q), Level::Application),
            Node::Coordinate(i, next) => {
                if at_start {
                    let ends = self.run.start.get(*i).ok_or("it cannot be read")?;
                    return Ok((constant(&ends.0), Level::Application));
                }
                let names = ["Alpha", "Beta1", "Beta2", "Alpha'", "Beta1'", "Beta2'"];
                let name = names
                    .get(i + 3 * usize::from(*next))
                    .ok_or("it cannot be read")?;
                ((*name).into(), Level::Atom)
            }
            Node::Add(x, y) => binary(of(x)?, "+", of(y)?, Level::Sum, Level::Product),
            Node::Sub(x, y) => binary(of(x)?, "-", of(y)?, Level::Sum, Level::Product),
            Node::Mul(x, y) => binary(of(x)?, "*", of(y)?, Level::Product, Level::Power),
            Node::Div(x, y) => binary(of(x)?, "/", of(y)?, Level::Product, Level::Power),
            Node::Negative(x) => {
                let minus = ("Const (-1 # 1)".into(), Level::Application);
                binary(minus, "*", of(x)?, Level::Product, Level::Power)
            }
            Node::Power(x, n) => {
                let x = of(x)?;
                // A power is computed by n − 1 multiplications.
                self.cost = self.cost.saturating_add(u64::from(n.saturating_sub(2)));
                (
                    format!("{} ^ {n}", at_least(&x, Level::Application)),
                    Level::Power,
                )
            }
            Node::Min(x, y) => application("Min", &[of(x)?, of(y)?]),
            Node::Max(x, y) => application("Max", &[of(x)?, of(y)?]),
            Node::Abs(x) => application("Abs", &[of(x)?]),
            Node::Sqrt(x) => application("Sqrt", &[of(x)?]),
            Node::Slot(slot) => {
                return match self.graph.slots.get(*slot) {
                    Some((Memory::Start, _)) if self.first > 0 => {
                        Err(format!("it needs values of step {}", self.first))
                    }
                    Some((Memory::Start, x)) => {
                        let x = *x;
                        self.expression(x, true)
                    }
                    _ => Err("it remembers values of the steps before".into()),
                };
            }
            Node::Sharpness(_) => return Err("it computes with the sharpness".into()),
            Node::Step(_) => return Err("it uses t".into()),
            Node::Log(_) => return Err("it uses log".into()),
            Node::Exp(_) => return Err("it uses exp".into()),
            Node::Ceil(_) => return Err("it uses ceil".into()),
            Node::Potential(_) => return Err("it uses F".into()),
        })
    }
}

fn constant(q: &Fraction) -> String {
    format!("Const ({} # {})", q.top, q.bottom)
}

fn at_least(x: &(String, Level), level: Level) -> String {
    if x.1 >= level {
        x.0.clone()
    } else {
        format!("({})", x.0)
    }
}

/// `level` is the operation's, and so what its left side needs.
fn binary(
    x: (String, Level),
    operation: &str,
    y: (String, Level),
    level: Level,
    right: Level,
) -> (String, Level) {
    let text = format!(
        "{} {operation} {}",
        at_least(&x, level),
        at_least(&y, right)
    );
    (text, level)
}

fn application(name: &str, operands: &[(String, Level)]) -> (String, Level) {
    let mut text = name.to_string();
    for operand in operands {
        let _ = write!(text, " {}", at_least(operand, Level::Atom));
    }
    (text, Level::Application)
}
