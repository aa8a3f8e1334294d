//! Statements: trees of a certificate, given their meaning.
//!
//! A tree is a name, a number, or a list of an operation and its operands. A name is a constant or
//! an abbreviation of the claim, or has a meaning in the model; it has only one. A prime means the
//! next iterate. Equal trees become one node.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::fraction::{Fraction, too_large};
use super::json::{self, Json};
use super::orbit::Run;
use super::work::Budget;
use super::{Failure, Kind};

/// The names that mean something of their own. A claim cannot give them another meaning, and so
/// not look like what it is not.
const BASE_NAMES: [&str; 11] = [
    "lambda1",
    "lambda2",
    "eta",
    "B",
    "horizon",
    "alpha",
    "beta1",
    "beta2",
    "t",
    "sharpness",
    "clipped",
];

/// All other names of the model, and what they stand for.
const QUANTITIES: [(&str, &str); 19] = [
    ("h", r#"["*","eta","lambda1"]"#),
    ("e", r#"["*","eta","lambda2"]"#),
    ("rho", r#"["/","lambda2","lambda1"]"#),
    ("a", r#"["*","h",["^","alpha",2]]"#),
    ("b", r#"["*","h",["^","beta1",2]]"#),
    ("c", r#"["*","h",["^","beta2",2]]"#),
    ("p", r#"["*","alpha","beta2"]"#),
    ("r", r#"["-","p","1"]"#),
    ("s", r#"["-","1","p"]"#),
    ("Q", r#"["-",["^","alpha",2],["^","beta2",2]]"#),
    ("C", r#"["-","Q",["^","beta1",2]]"#),
    ("D", r#"["/",["*",["*","e","beta2"],"s"],"alpha"]"#),
    (
        "loss1",
        r#"["*",["/","lambda1","2"],["^",["*","alpha","beta1"],2]]"#,
    ),
    ("loss2", r#"["*",["/","lambda2","2"],["^","r",2]]"#),
    ("loss", r#"["+","loss1","loss2"]"#),
    ("alpha_edge", r#"["sqrt",["/","2","h"]]"#),
    ("rhat", r#"["-",["*","alpha_edge","beta2"],"1"]"#),
    (
        "surrogate_loss",
        r#"["*",["/","lambda2","2"],["^","rhat",2]]"#,
    ),
    (
        "gfs_sharpness",
        r#"["+",["max",["*",["/","lambda1","2"],["+","C",["sqrt",["+",["^","C",2],"4"]]]],["*","lambda2",["sqrt",["+",["^","C",2],"4"]]]],["/","0",["sqrt",["max","C","p"]]]]"#,
    ),
];

/// α⁺, β₁⁺ and β₂⁺, before β₁⁺ is clipped.
const IMAGE: [&str; 3] = [
    r#"["+",["*","alpha",["-","1","b"]],["*",["*","e","beta2"],"s"]]"#,
    r#"["*","beta1",["-","1","a"]]"#,
    r#"["+","beta2",["*",["*","e","alpha"],"s"]]"#,
];

/// Nodes of a graph.
const MOST_NODES: usize = 200_000;
/// Operations below one another.
const DEEPEST: u32 = 1000;
/// Work of making or differentiating a node.
const NODE: u64 = 1000;
/// Bytes of a node with its value, besides their digits.
const NODE_BYTES: u64 = 450;
/// Bytes of a condition.
const TEST_BYTES: u64 = 150;
/// Work of getting ready to read a claim.
const READER: u64 = 100_000;
/// Largest exponent of `^`.
const MOST_POWER: u64 = 64;

/// Index of a node.
pub type Id = usize;

/// An operation on nodes. `bool` says: at the next iterate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// An exact number.
    Constant(Fraction),
    /// α, β₁ or β₂.
    Coordinate(usize, bool),
    /// The index of the iterate.
    Step(bool),
    /// The largest eigenvalue of the Hessian.
    Sharpness(bool),
    /// What a claim remembers.
    Slot(usize),
    /// x + y.
    Add(Id, Id),
    /// x − y.
    Sub(Id, Id),
    /// x·y.
    Mul(Id, Id),
    /// x/y.
    Div(Id, Id),
    /// xⁿ.
    Power(Id, u32),
    /// The smaller.
    Min(Id, Id),
    /// The larger.
    Max(Id, Id),
    /// −x.
    Negative(Id),
    /// √x.
    Sqrt(Id),
    /// ln x.
    Log(Id),
    /// e^x.
    Exp(Id),
    /// |x|.
    Abs(Id),
    /// ⌈x⌉.
    Ceil(Id),
    /// F(x).
    Potential(Id),
}

/// What is remembered of a value along a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Its value where the scope begins.
    Start,
    /// The largest so far.
    Max,
    /// The smallest so far.
    Min,
    /// The sum over the steps before this one.
    Sum,
}

/// What must be known of a node besides what it computes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// It needs the next iterate.
    pub next: bool,
    /// It needs what a claim remembers.
    pub remembers: bool,
    /// It contains a function that jumps.
    pub jumps: bool,
    depth: u32,
}

/// The nodes of all claims that are checked together.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The nodes; operands come first.
    pub nodes: Vec<Node>,
    /// Facts of each.
    pub facts: Vec<Facts>,
    /// The slots: what is remembered of which node.
    pub slots: Vec<(Memory, Id)>,
    /// Nodes that are equal.
    pub ties: BTreeMap<(Id, Id), Tie>,
    /// What may be done and kept.
    pub budget: Budget,
    index: BTreeMap<Node, Id>,
    /// Bits of values.
    bits: u32,
}

/// How two values compare; `>` and `>=` are written the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// x < y.
    Less,
    /// x ≤ y.
    AtMost,
    /// x = y.
    Equal,
}

impl Relation {
    /// Does it hold of values that compare like this?
    pub fn of(self, order: Ordering) -> bool {
        match self {
            Relation::Less => order.is_lt(),
            Relation::AtMost => order.is_le(),
            Relation::Equal => order.is_eq(),
        }
    }
}

/// Two nodes that algebra proves equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// Wherever both have a value.
    WhereDefined,
    /// In every state, in which both have a value: they are polynomials.
    Always,
}

/// A condition.
#[derive(Clone, Debug)]
pub enum Test {
    /// A comparison, and whether its sides are swapped against the text.
    Compare(Id, Relation, Id, bool),
    /// Was β₁ clipped in the step to this iterate (or to the next)?
    Clipped(bool),
    /// All.
    And(Vec<Test>),
    /// Any.
    Or(Vec<Test>),
    /// Not.
    Not(Box<Test>),
}

impl Default for Graph {
    fn default() -> Self {
        Graph::new(0, Budget::unlimited())
    }
}

impl Graph {
    /// Without nodes; their values will have so many bits.
    pub fn new(bits: u32, budget: Budget) -> Self {
        Graph {
            nodes: Vec::new(),
            facts: Vec::new(),
            slots: Vec::new(),
            ties: BTreeMap::new(),
            budget,
            index: BTreeMap::new(),
            bits,
        }
    }

    /// Counts work; refuses what would take too long.
    pub fn spend(&self, work: u64) -> Result<(), Failure> {
        self.budget.charge(work, 0)
    }

    /// The node, made if there is none yet.
    pub fn node(&mut self, node: Node) -> Result<Id, Failure> {
        let digits = match &node {
            Node::Constant(q) => q.bits(),
            _ => 0,
        };
        self.spend(NODE.saturating_add(digits))?;
        if let Some(&id) = self.index.get(&node) {
            return Ok(id);
        }
        let mut facts = Facts::default();
        match &node {
            Node::Coordinate(_, next) | Node::Step(next) | Node::Sharpness(next) => {
                facts.next = *next
            }
            Node::Slot(_) => facts.remembers = true,
            Node::Ceil(_) => facts.jumps = true,
            _ => {}
        }
        for operand in operands(&node) {
            let below = self.facts.get(operand).copied().unwrap_or_default();
            facts.next |= below.next;
            facts.remembers |= below.remembers;
            facts.jumps |= below.jumps;
            facts.depth = facts.depth.max(below.depth.saturating_add(1));
        }
        let id = self.nodes.len();
        if id >= MOST_NODES || facts.depth > DEEPEST {
            let limit =
                format!("formulas have {MOST_NODES} parts and a depth of {DEEPEST} at most");
            return Err(Failure::new(Kind::Work, limit));
        }
        // A constant is in `nodes` and `index`.
        let bits = u64::from(self.bits).saturating_add(digits.saturating_mul(2));
        self.budget.charge(0, NODE_BYTES.saturating_add(bits / 8))?;
        self.nodes.push(node.clone());
        self.facts.push(facts);
        self.index.insert(node, id);
        Ok(id)
    }

    /// The node as people write it, its inner parts as dots.
    pub fn words(&self, id: Id) -> String {
        const DEEP: u32 = 3;
        self.words_within(id, DEEP)
    }

    fn words_within(&self, id: Id, depth: u32) -> String {
        let Some(below) = depth.checked_sub(1) else {
            return "...".into();
        };
        let of = |x: &Id| self.words_within(*x, below);
        let two = |x: &Id, sign: &str, y: &Id| format!("({} {sign} {})", of(x), of(y));
        let call = |name: &str, x: &Id| format!("{name}({})", of(x));
        let primed = |name: &str, next: &bool| format!("{name}{}", if *next { "'" } else { "" });
        match self.nodes.get(id) {
            Some(Node::Constant(q)) if q.bits() < 100 => q.written(),
            Some(Node::Coordinate(i, next)) => {
                primed(["alpha", "beta1", "beta2"].get(*i).unwrap_or(&"?"), next)
            }
            Some(Node::Step(next)) => primed("t", next),
            Some(Node::Sharpness(next)) => primed("sharpness", next),
            Some(Node::Add(x, y)) => two(x, "+", y),
            Some(Node::Sub(x, y)) => two(x, "-", y),
            Some(Node::Mul(x, y)) => two(x, "*", y),
            Some(Node::Div(x, y)) => two(x, "/", y),
            Some(Node::Power(x, n)) => format!("{}^{n}", of(x)),
            Some(Node::Sqrt(x)) => call("sqrt", x),
            Some(Node::Log(x)) => call("log", x),
            Some(Node::Potential(x)) => call("F", x),
            _ => "...".into(),
        }
    }

    /// The node's value, if it is a constant.
    pub fn constant(&self, id: Id) -> Option<&Fraction> {
        match self.nodes.get(id)? {
            Node::Constant(q) => Some(q),
            _ => None,
        }
    }

    /// An operation, computed at once if its operands are constants.
    fn make(&mut self, node: Node) -> Result<Id, Failure> {
        for id in operands(&node) {
            // What it takes to bring a fraction of so many bits to lowest terms.
            let bits = self.constant(id).map_or(0, Fraction::bits);
            self.spend(bits.saturating_mul(bits) / 64)?;
        }
        let q = |id: &Id| self.constant(*id);
        let pair = |x: &Id, y: &Id| q(x).zip(q(y));
        let folded = match &node {
            Node::Add(x, y) => pair(x, y).map(|(x, y)| x.add(y)),
            Node::Sub(x, y) => pair(x, y).map(|(x, y)| x.sub(y)),
            Node::Mul(x, y) => pair(x, y).map(|(x, y)| x.mul(y)),
            // What is divided by 0 has no value, and says so where it is asked for.
            Node::Div(x, y) => {
                let divisible = |(_, y): &(_, &Fraction)| **y != Fraction::whole(0);
                pair(x, y).filter(divisible).map(|(x, y)| x.div(y))
            }
            Node::Negative(x) => q(x).map(|x| Some(x.negative())),
            Node::Power(x, n) => q(x).map(|x| x.power(*n)),
            _ => None,
        };
        match folded {
            None => self.node(node),
            Some(Some(value)) => self.node(Node::Constant(value)),
            Some(None) => Err(too_large()),
        }
    }

    /// ∂x/∂(coordinate), by the rules of calculus.
    fn derivative(&mut self, x: Id, coordinate: &Node) -> Result<Id, Failure> {
        // A value that is used many times is differentiated as often.
        self.spend(NODE)?;
        let node = self.nodes.get(x).cloned();
        let node = node.ok_or_else(|| Failure::format("no such node"))?;
        let whole = |graph: &mut Self, n| graph.node(Node::Constant(Fraction::whole(n)));
        let d = |graph: &mut Self, x| graph.derivative(x, coordinate);
        match node {
            Node::Constant(_) | Node::Power(_, 0) => whole(self, 0),
            Node::Coordinate(..) => whole(self, i64::from(node == *coordinate)),
            Node::Negative(x) => {
                let dx = d(self, x)?;
                self.make(Node::Negative(dx))
            }
            Node::Add(x, y) => {
                let (dx, dy) = (d(self, x)?, d(self, y)?);
                self.make(Node::Add(dx, dy))
            }
            Node::Sub(x, y) => {
                let (dx, dy) = (d(self, x)?, d(self, y)?);
                self.make(Node::Sub(dx, dy))
            }
            Node::Mul(x, y) => {
                let (dx, dy) = (d(self, x)?, d(self, y)?);
                let (left, right) = (self.make(Node::Mul(dx, y))?, self.make(Node::Mul(x, dy))?);
                self.make(Node::Add(left, right))
            }
            // (x/y)' = (x' − (x/y)·y')/y.
            Node::Div(top, y) => {
                let (dx, dy) = (d(self, top)?, d(self, y)?);
                let second = self.make(Node::Mul(x, dy))?;
                let top = self.make(Node::Sub(dx, second))?;
                self.make(Node::Div(top, y))
            }
            Node::Power(x, n) => {
                let dx = d(self, x)?;
                let rest = self.make(Node::Power(x, n.saturating_sub(1)))?;
                let factor = whole(self, i64::from(n))?;
                let outer = self.make(Node::Mul(factor, rest))?;
                self.make(Node::Mul(outer, dx))
            }
            // (√x)' = x'/(2√x).
            Node::Sqrt(argument) => {
                let dx = d(self, argument)?;
                let two = whole(self, 2)?;
                let twice = self.make(Node::Mul(two, x))?;
                self.make(Node::Div(dx, twice))
            }
            _ => Err(Failure::format("this cannot be differentiated here")),
        }
    }
}

/// The nodes a node is made of.
pub fn operands(node: &Node) -> Vec<Id> {
    match *node {
        Node::Add(x, y) | Node::Sub(x, y) | Node::Mul(x, y) | Node::Div(x, y) => vec![x, y],
        Node::Min(x, y) | Node::Max(x, y) => vec![x, y],
        Node::Power(x, _) | Node::Negative(x) | Node::Sqrt(x) | Node::Log(x) => vec![x],
        Node::Exp(x) | Node::Abs(x) | Node::Ceil(x) | Node::Potential(x) => vec![x],
        _ => Vec::new(),
    }
}

/// Gives the trees of one claim their meaning.
pub struct Reader<'a> {
    /// Where the nodes go.
    pub graph: &'a mut Graph,
    /// The claim mentions B, and the run has none.
    pub lacks_clip: bool,
    run: &'a Run,
    constants: BTreeMap<&'a str, Fraction>,
    abbreviations: BTreeMap<&'a str, &'a Json>,
    quantities: BTreeMap<&'static str, Json>,
    known: BTreeMap<(String, bool), Id>,
    in_memory: bool,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// For a claim with these constants and abbreviations.
    pub fn new(
        graph: &'a mut Graph,
        run: &'a Run,
        constants: BTreeMap<&'a str, Fraction>,
        abbreviations: BTreeMap<&'a str, &'a Json>,
    ) -> Result<Self, Failure> {
        graph.spend(READER)?;
        let mut quantities = BTreeMap::new();
        for (name, tree) in QUANTITIES {
            quantities.insert(name, json::read(tree.as_bytes())?);
        }
        for name in constants.keys().chain(abbreviations.keys()) {
            let taken = BASE_NAMES.contains(name)
                || quantities.contains_key(name)
                || constants.contains_key(name) && abbreviations.contains_key(name);
            // What looks like a name of the model is one.
            let usual = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let word = name.chars().all(usual) && !name.starts_with(|c: char| c.is_ascii_digit());
            if taken || !word || name.is_empty() {
                let failure = Failure::format("this has a meaning, or cannot be a name");
                return Err(failure.inside(name));
            }
        }
        Ok(Reader {
            graph,
            lacks_clip: false,
            run,
            constants,
            abbreviations,
            quantities,
            known: BTreeMap::new(),
            in_memory: false,
            depth: 0,
        })
    }

    /// The coordinates of the next iterate, as formulas in those of this one.
    pub fn image(&mut self) -> Result<[Id; 3], Failure> {
        let [alpha, beta1, beta2] = IMAGE.map(|tree| {
            let tree = json::read(tree.as_bytes())?;
            self.value(&tree)
        });
        Ok([alpha?, beta1?, beta2?])
    }

    /// A number.
    pub fn value(&mut self, tree: &Json) -> Result<Id, Failure> {
        self.at(tree, false)
    }

    fn at(&mut self, tree: &Json, primed: bool) -> Result<Id, Failure> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            let limit = format!("formulas are nested {DEEPEST} deep at most");
            return Err(Failure::new(Kind::Work, limit));
        }
        let result = match tree {
            Json::Text(text) => self.word(text, primed),
            Json::List(items) => match items.split_first() {
                Some((Json::Text(operation), operands)) => self
                    .operation(operation, operands, primed)
                    .map_err(|e| e.inside(operation)),
                _ => Err(Failure::format("an operation is expected first")),
            },
            _ => Err(Failure::format("a name, a number or a list is expected")),
        };
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn word(&mut self, text: &str, primed: bool) -> Result<Id, Failure> {
        if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            self.graph.spend(Fraction::work(text.len()))?;
            let number = Fraction::read(text)?;
            return self.graph.node(Node::Constant(number));
        }
        let (name, next) = match text.strip_suffix('\'') {
            Some(_) if primed => {
                return Err(Failure::format("the iterate after the next is asked for"));
            }
            Some(name) => (name, true),
            None => (text, primed),
        };
        let fresh =
            |id: &Id| self.in_memory && self.graph.facts.get(*id).is_some_and(|f| f.remembers);
        let known = self.known.get(&(name.to_string(), next)).copied();
        if let Some(id) = known.filter(|id| !fresh(id)) {
            return Ok(id);
        }
        let id = self.name(name, next).map_err(|e| e.inside(name))?;
        self.known.insert((name.to_string(), next), id);
        Ok(id)
    }

    fn name(&mut self, name: &str, next: bool) -> Result<Id, Failure> {
        if let Some(q) = self.constants.get(name) {
            return self.graph.node(Node::Constant(q.clone()));
        }
        if let Some(&tree) = self.abbreviations.get(name) {
            return self.at(tree, next);
        }
        let run = self.run;
        let constant = match name {
            "lambda1" => Some(run.lambda1.clone()),
            "lambda2" => Some(run.lambda2.clone()),
            "eta" => Some(run.eta.clone()),
            "horizon" => i64::try_from(run.steps).ok().map(Fraction::whole),
            "B" => {
                self.lacks_clip |= run.clip.is_none();
                Some(run.clip.clone().unwrap_or(Fraction::whole(1)))
            }
            _ => None,
        };
        if let Some(q) = constant {
            return self.graph.node(Node::Constant(q));
        }
        match name {
            "alpha" => self.graph.node(Node::Coordinate(0, next)),
            "beta1" => self.graph.node(Node::Coordinate(1, next)),
            "beta2" => self.graph.node(Node::Coordinate(2, next)),
            "t" => self.graph.node(Node::Step(next)),
            "sharpness" => self.graph.node(Node::Sharpness(next)),
            _ => match self.quantities.get(name).cloned() {
                Some(tree) => self.at(&tree, next),
                None => Err(Failure::format("there is no such name")),
            },
        }
    }

    fn operation(&mut self, name: &str, operands: &[Json], next: bool) -> Result<Id, Failure> {
        match (name, operands) {
            ("^", [x, n]) => {
                let n = u32::try_from(n.count(MOST_POWER)?).unwrap_or(0);
                let x = self.at(x, next)?;
                self.graph.make(Node::Power(x, n))
            }
            ("diff", [x, Json::Text(by)]) => {
                let x = self.at(x, next)?;
                let by = self.word(by, next)?;
                match self.graph.nodes.get(by).cloned() {
                    Some(by @ Node::Coordinate(..)) => self.graph.derivative(x, &by),
                    _ => Err(Failure::format("one differentiates by a coordinate")),
                }
            }
            ("start", [x]) => self.slot(Memory::Start, x, next),
            ("running_max", [x]) => self.slot(Memory::Max, x, next),
            ("running_min", [x]) => self.slot(Memory::Min, x, next),
            ("running_sum", [x]) => self.slot(Memory::Sum, x, next),
            (_, [x]) => {
                let x = self.at(x, next)?;
                self.graph.make(match name {
                    "neg" => Node::Negative(x),
                    "sqrt" => Node::Sqrt(x),
                    "log" => Node::Log(x),
                    "exp" => Node::Exp(x),
                    "abs" => Node::Abs(x),
                    "ceil" => Node::Ceil(x),
                    "F" => Node::Potential(x),
                    _ => return Err(Failure::format("there is no such operation")),
                })
            }
            (_, [x, y]) => {
                let (x, y) = (self.at(x, next)?, self.at(y, next)?);
                self.graph.make(match name {
                    "+" => Node::Add(x, y),
                    "-" => Node::Sub(x, y),
                    "*" => Node::Mul(x, y),
                    "/" => Node::Div(x, y),
                    "min" => Node::Min(x, y),
                    "max" => Node::Max(x, y),
                    _ => return Err(Failure::format("there is no such operation")),
                })
            }
            _ => Err(Failure::format(
                "there is no such operation, or not of so many operands",
            )),
        }
    }

    /// A remembered value. Only a sum, which ends before the step it is used in, may stand inside
    /// another one.
    fn slot(&mut self, memory: Memory, x: &Json, next: bool) -> Result<Id, Failure> {
        if next || self.in_memory && memory != Memory::Sum {
            return Err(Failure::format("a remembered value cannot stand here"));
        }
        let outer = std::mem::replace(&mut self.in_memory, true);
        let x = self.at(x, false);
        self.in_memory = outer;
        let x = x?;
        if self.graph.constant(x).is_some() && memory != Memory::Sum {
            return Ok(x);
        }
        let slot = self.remember(memory, x)?;
        self.graph.node(Node::Slot(slot))
    }

    /// A slot of its own for each use: scopes of different claims begin at different steps.
    pub fn remember(&mut self, memory: Memory, x: Id) -> Result<usize, Failure> {
        let bits = u64::from(self.graph.bits);
        let bytes = NODE_BYTES.saturating_add(bits / 8);
        self.graph.budget.charge(NODE, bytes)?;
        self.graph.slots.push((memory, x));
        Ok(self.graph.slots.len().saturating_sub(1))
    }

    /// A condition.
    pub fn test(&mut self, tree: &Json) -> Result<Test, Failure> {
        self.graph.budget.charge(NODE, TEST_BYTES)?;
        match tree {
            Json::Text(text) if text == "clipped" => return Ok(Test::Clipped(false)),
            Json::Text(text) if text == "clipped'" => return Ok(Test::Clipped(true)),
            _ => {}
        }
        let Some((Json::Text(name), operands)) = tree.list()?.split_first() else {
            return Err(Failure::format("a condition is expected"));
        };
        match (name.as_str(), operands) {
            ("and" | "or", []) => Err(Failure::format("conditions are expected")),
            ("and", tests) => Ok(Test::And(self.tests(tests)?)),
            ("or", tests) => Ok(Test::Or(self.tests(tests)?)),
            ("not", [test]) => Ok(Test::Not(Box::new(self.test(test)?))),
            (_, [x, y]) => {
                let (x, y) = (self.value(x), self.value(y));
                let (x, y) = (
                    x.map_err(|e| e.inside(name))?,
                    y.map_err(|e| e.inside(name))?,
                );
                match name.as_str() {
                    "<" => Ok(Test::Compare(x, Relation::Less, y, false)),
                    "<=" => Ok(Test::Compare(x, Relation::AtMost, y, false)),
                    ">" => Ok(Test::Compare(y, Relation::Less, x, true)),
                    ">=" => Ok(Test::Compare(y, Relation::AtMost, x, true)),
                    "=" => Ok(Test::Compare(x, Relation::Equal, y, false)),
                    _ => Err(Failure::format("there is no such relation")),
                }
            }
            _ => Err(Failure::format("a condition is expected")),
        }
    }

    /// Conditions.
    pub fn tests(&mut self, trees: &[Json]) -> Result<Vec<Test>, Failure> {
        let with_place = |(i, tree): (usize, &Json)| {
            self.test(tree)
                .map_err(|e: Failure| e.inside(&i.to_string()))
        };
        trees.iter().enumerate().map(with_place).collect()
    }
}

impl Test {
    /// Both sides of every comparison.
    pub fn sides(&self, sides: &mut Vec<Id>) {
        match self {
            Test::Compare(x, _, y, _) => sides.extend([*x, *y]),
            Test::And(tests) | Test::Or(tests) => tests.iter().for_each(|t| t.sides(sides)),
            Test::Not(test) => test.sides(sides),
            Test::Clipped(_) => {}
        }
    }

    /// Does it need the next iterate?
    pub fn needs_next(&self, graph: &Graph) -> bool {
        let next = |id: &Id| graph.facts.get(*id).is_some_and(|facts| facts.next);
        match self {
            Test::Compare(x, _, y, _) => next(x) || next(y),
            Test::Clipped(at_next) => *at_next,
            Test::And(tests) | Test::Or(tests) => tests.iter().any(|t| t.needs_next(graph)),
            Test::Not(test) => test.needs_next(graph),
        }
    }
}
