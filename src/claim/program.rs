//! Claims resolved and compiled: one graph of shared subexpressions for a whole run.
//!
//! A node that depends on one iterate only is *pure*: its value at θ_{t+1} in this step is
//! its value at θ_t in the next, so it is computed once. A node that mixes both iterates,
//! or the memory of a claim's scope, is *mixed* and computed where it is asked for.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use rug::Rational;
use rug::ops::Pow;

use super::tie::{self, Order};
use super::{Claim, Clause, Event, Reach, Scope, Tight, identity, tight};
use crate::diagnostic::InputError;
use crate::expression::{Condition, Expr, Function, Kind, Relation, Span, rewrite, unfused};
use crate::model::{COORDINATES, Parameters, minimalist};
use crate::number::Number;

/// At the first step of a scope, and by the map: what a tie may rest on.
const OCCASIONS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

/// A folded constant may have this many bits; a larger one is computed at each step.
const MOST_CONSTANT_BITS: u64 = 100_000;

/// Index of a node in a [`Program`].
pub type NodeId = usize;

/// Which iterate a pure node is evaluated at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// No iterate: a constant.
    Never,
    /// θ_t.
    Now,
    /// θ_{t+1}.
    Next,
    /// Both, or a scope's memory.
    Mixed,
}

/// A node at an iterate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Value {
    /// The node.
    pub node: NodeId,
    /// Where it is evaluated.
    pub at: At,
}

/// What a node computes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// An exact constant.
    Constant(Rational),
    /// A coordinate of the iterate.
    Coordinate(usize),
    /// The index of the iterate.
    Step,
    /// S of the iterate.
    Sharpness,
    /// −x.
    Negate(Value),
    /// x + y.
    Add(Value, Value),
    /// x − y.
    Subtract(Value, Value),
    /// x · y.
    Multiply(Value, Value),
    /// x / y.
    Divide(Value, Value),
    /// xⁿ.
    Power(Value, u32),
    /// A function without memory.
    Call(Function, Vec<Value>),
    /// A slot of the memory of claim `claim`'s scope.
    Memory {
        /// Index of the claim.
        claim: usize,
        /// Index of the slot.
        slot: usize,
    },
}

/// A condition on values.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A comparison.
    Compare(Value, Relation, Value),
    /// Was the iterate clipped?
    Clipped(At),
    /// Has a final trap (Theorem 12) closed at this step or before?
    Trapped,
    /// All.
    And(Vec<Test>),
    /// Any.
    Or(Vec<Test>),
    /// Not.
    Not(Box<Test>),
}

impl Test {
    /// Does it need θ_{t+1}?
    pub fn needs_next(&self, program: &Program) -> bool {
        match self {
            Test::Compare(x, _, y) => program.needs_next(*x) || program.needs_next(*y),
            Test::Clipped(at) => *at == At::Next,
            Test::Trapped => false,
            Test::And(tests) | Test::Or(tests) => tests.iter().any(|t| t.needs_next(program)),
            Test::Not(test) => test.needs_next(program),
        }
    }
}

/// What a slot of a scope's memory remembers of its expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remember {
    /// The value at the scope's start.
    Start,
    /// The largest value so far, this step included.
    Max,
    /// The smallest value so far, this step included.
    Min,
    /// The sum of the values before this step.
    Sum,
}

/// A clause ready to be evaluated.
#[derive(Clone, Debug)]
pub struct CompiledClause {
    /// Its text.
    pub text: String,
    /// Its condition.
    pub test: Test,
    /// Whether it is an identity that holds for every state and all parameters, proved by
    /// exact algebra.
    pub identity: bool,
    /// See [`Program::is_total`].
    pub total: bool,
}

/// When a claim's scope begins and ends.
#[derive(Clone, Debug)]
pub enum CompiledScope {
    /// From step 0 on.
    EveryStep,
    /// From the k-th time the test holds on. `shift` = 1 if the test is about the step
    /// from t to t + 1 and the event happens at t + 1.
    From(Test, u64, u64),
    /// Before the k-th time.
    Until(Test, u64, u64),
    /// Between two steps, inclusive.
    Steps(u64, u64),
    /// At one step at least, up to this one.
    SomeStep(u64),
    /// From the first step where `given` holds.
    FromFirstGiven,
    /// Each maximal stretch of steps where the test holds.
    EachStretch(Test),
    /// Every step from this one on, also those that are not made.
    ForAll(u64),
    /// Every step from some step on, also those that are not made.
    Eventually,
    /// Where it begins and ends has no value on this run.
    NoValue(Value),
}

impl CompiledScope {
    /// Does it need θ_{t+1} to say whether t is inside? (An event at t + 1 does not.)
    fn needs_next(&self, program: &Program) -> bool {
        match self {
            CompiledScope::From(test, _, 0)
            | CompiledScope::Until(test, _, 0)
            | CompiledScope::EachStretch(test) => test.needs_next(program),
            _ => false,
        }
    }
}

/// A conclusion about an event.
#[derive(Clone, Debug)]
pub struct CompiledReach {
    /// What must happen.
    pub goal: CompiledClause,
    /// The slot that remembers, from the scope's start, in how many steps at most.
    pub within: usize,
    /// Its text.
    pub within_text: String,
}

/// The value of a constant at which a conclusion is an exact tie (proved by `claim::tight`).
#[derive(Clone, Debug)]
pub struct CompiledTight {
    /// That value, at a step.
    pub value: Value,
    /// Whether the least of the values over the steps is the tight one, or the greatest.
    pub least: bool,
    /// What must be certain at a step for the value to bound the constant in this direction.
    pub directions: Vec<Test>,
    /// At a step where one of these holds, the conclusion holds whatever the constant is.
    pub alternatives: Vec<Test>,
    /// Whether iterates must be exactly the map's images.
    pub by_map: bool,
    /// Whether the value is the tight one only if the claim is certified.
    pub needs_certificate: bool,
    /// The conclusion that it belongs to, if the constant occurs in others, too.
    pub one_of: Option<String>,
}

/// A claim ready to be evaluated.
#[derive(Clone, Debug)]
pub struct CompiledClaim {
    /// The claim it came from.
    pub claim: Arc<Claim>,
    /// Hypotheses at the scope's start.
    pub given: Vec<CompiledClause>,
    /// Hypotheses at each step.
    pub when: Vec<CompiledClause>,
    /// Conclusions at each step.
    pub then: Vec<CompiledClause>,
    /// The scope.
    pub scope: CompiledScope,
    /// A conclusion about an event.
    pub reach: Option<CompiledReach>,
    /// The tight constant at one step, or why `tight.from` is not certified to be that.
    pub tight: Option<Result<CompiledTight, String>>,
    /// The scope's memory: what of which value.
    pub memory: Vec<(Remember, Value)>,
    /// Whether a step needs θ_{t+1} to be checked.
    pub needs_next: bool,
    /// Why the claim says nothing about this run (it mentions B, and the run has no clip).
    pub not_applicable: Option<String>,
}

/// The graph and the claims that refer to it.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The nodes; operands come before their users.
    pub nodes: Vec<Operation>,
    /// Where a node was first written: claim index and span.
    pub origins: Vec<Option<(usize, Span)>>,
    /// The claims.
    pub claims: Vec<CompiledClaim>,
    index: HashMap<Operation, NodeId>,
    nonnegative: Vec<bool>,
    run: Option<(Parameters, u64)>,
    comparisons: HashMap<(Value, Value), Comparison>,
}

/// A comparison as it is written in a claim, and what algebra finds about it once it is asked.
#[derive(Clone, Debug)]
struct Comparison {
    claim: usize,
    left: Expr,
    right: Expr,
    ties: OnceLock<[Option<Order>; 4]>,
}

/// Where a comparison is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// At the first step of the claim's scope.
    pub scope_starts: bool,
    /// θ_{t+1} is exactly the image of θ_t.
    pub exact_steps: bool,
}

impl Program {
    /// An empty program.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does the value need θ_{t+1}?
    pub fn needs_next(&self, value: Value) -> bool {
        match value.at {
            At::Next => true,
            At::Never | At::Now => false,
            At::Mixed => match &self.nodes[value.node] {
                Operation::Negate(x) | Operation::Power(x, _) => self.needs_next(*x),
                Operation::Add(x, y)
                | Operation::Subtract(x, y)
                | Operation::Multiply(x, y)
                | Operation::Divide(x, y) => self.needs_next(*x) || self.needs_next(*y),
                Operation::Call(_, arguments) => arguments.iter().any(|x| self.needs_next(*x)),
                _ => false,
            },
        }
    }

    fn intern(&mut self, operation: Operation, origin: Option<(usize, Span)>) -> NodeId {
        if let Some(&id) = self.index.get(&operation) {
            return id;
        }
        let id = self.nodes.len();
        self.index.insert(operation.clone(), id);
        let nonnegative = self.cannot_be_negative(&operation);
        self.nonnegative.push(nonnegative);
        self.nodes.push(operation);
        self.origins.push(origin);
        id
    }

    /// Is the node's value, wherever it has one, never negative?
    pub fn is_nonnegative(&self, node: NodeId) -> bool {
        self.nonnegative[node]
    }

    /// # Soundness
    /// Squares, even powers, roots, exponentials, absolute values and F are never negative; sums,
    /// products and quotients of such numbers are not; nor is S, as the Hessian's trace is not.
    fn cannot_be_negative(&self, operation: &Operation) -> bool {
        let is = |x: &Value| self.nonnegative[x.node];
        match operation {
            Operation::Constant(q) => *q >= 0,
            Operation::Step | Operation::Sharpness => true,
            Operation::Coordinate(_)
            | Operation::Negate(_)
            | Operation::Subtract(..)
            | Operation::Memory { .. } => false,
            Operation::Multiply(x, y) => x == y || is(x) && is(y),
            Operation::Add(x, y) | Operation::Divide(x, y) => is(x) && is(y),
            Operation::Power(x, n) => n.is_multiple_of(2) || is(x),
            Operation::Call(function, arguments) => match function {
                Function::Sqrt | Function::Exp | Function::Abs | Function::EdgePotential => true,
                Function::Max => arguments.iter().any(is),
                Function::Min | Function::Ceil => arguments.iter().all(is),
                _ => false,
            },
        }
    }

    /// Interns an operation whose operands are at different iterates: if all of them are at
    /// one, the node is the one of θ_t, evaluated there.
    fn combine(
        &mut self,
        operands: &[Value],
        origin: Option<(usize, Span)>,
        build: impl Fn(&[Value]) -> Operation,
    ) -> Value {
        let mut at = At::Never;
        for operand in operands {
            at = match (at, operand.at) {
                (a, At::Never) => a,
                (At::Never, a) => a,
                (a, b) if a == b => a,
                _ => At::Mixed,
            };
        }
        let node = if at == At::Next {
            let shifted: Vec<Value> = operands
                .iter()
                .map(|v| Value {
                    at: if v.at == At::Next { At::Now } else { v.at },
                    ..*v
                })
                .collect();
            self.intern(build(&shifted), origin)
        } else {
            self.intern(build(operands), origin)
        };
        Value { node, at }
    }

    fn constant(&mut self, value: Rational) -> Value {
        Value {
            node: self.intern(Operation::Constant(value), None),
            at: At::Never,
        }
    }

    fn constant_of(&self, value: Value) -> Option<&Rational> {
        match &self.nodes[value.node] {
            Operation::Constant(q) => Some(q),
            _ => None,
        }
    }

    /// The order of two compared values, if they have one by construction (see [`tie`]).
    pub fn order(&self, left: Value, right: Value, occasion: Occasion) -> Option<Order> {
        if left == right {
            return Some(Order::Equal);
        }
        let comparison = self.comparisons.get(&(left, right))?;
        let ties = comparison.ties.get_or_init(|| self.ties(comparison));
        let applies = |&(starts, map): &(bool, bool)| {
            (occasion.scope_starts || !starts) && (occasion.exact_steps || !map)
        };
        let found = OCCASIONS.into_iter().zip(ties);
        found
            .filter(|(occasion, _)| applies(occasion))
            .filter_map(|(_, order)| *order)
            .reduce(|x, y| if x == y { x } else { Order::Equal })
    }

    fn ties(&self, comparison: &Comparison) -> [Option<Order>; 4] {
        let Some((parameters, horizon)) = &self.run else {
            return [None; 4];
        };
        let claim = &self.claims[comparison.claim].claim;
        let resolver = Resolver::new(parameters, *horizon, Some((comparison.claim, claim)));
        OCCASIONS.map(|(starts, map)| resolver.order(comparison, starts, map))
    }

    /// Have both sides of every comparison a value in every state? Then nothing need be computed
    /// to know that they have.
    pub fn is_total(&self, test: &Test) -> bool {
        match test {
            Test::Compare(x, _, y) => self.has_value(x.node) && self.has_value(y.node),
            Test::Clipped(_) | Test::Trapped => true,
            Test::And(tests) | Test::Or(tests) => tests.iter().all(|t| self.is_total(t)),
            Test::Not(test) => self.is_total(test),
        }
    }

    fn has_value(&self, node: NodeId) -> bool {
        let all = |operands: &[&Value]| operands.iter().all(|x| self.has_value(x.node));
        match &self.nodes[node] {
            Operation::Constant(_)
            | Operation::Coordinate(_)
            | Operation::Step
            | Operation::Sharpness => true,
            Operation::Negate(x) | Operation::Power(x, _) => all(&[x]),
            Operation::Add(x, y) | Operation::Subtract(x, y) | Operation::Multiply(x, y) => {
                all(&[x, y])
            }
            Operation::Divide(x, y) => {
                let constant = self.constant_of(*y).is_some_and(|q| !q.is_zero());
                all(&[x]) && (constant || all(&[y]) && self.least(*y) == Some(Ordering::Greater))
            }
            Operation::Call(function, arguments) => {
                let in_domain = match function {
                    Function::Abs
                    | Function::Min
                    | Function::Max
                    | Function::Exp
                    | Function::Ceil => true,
                    Function::Sqrt => self.least(arguments[0]).is_some(),
                    Function::Log => self.least(arguments[0]) == Some(Ordering::Greater),
                    _ => false,
                };
                in_domain && arguments.iter().all(|x| self.has_value(x.node))
            }
            Operation::Memory { .. } => false,
        }
    }

    /// How a value compares with 0 wherever it exists, if its form shows that: above, or not below
    /// (`Equal`).
    fn least(&self, value: Value) -> Option<Ordering> {
        let both = |x: &Value, y: &Value| self.least(*x).zip(self.least(*y));
        match &self.nodes[value.node] {
            Operation::Constant(q) => Some(q.cmp0()).filter(|sign| sign.is_ge()),
            Operation::Power(x, n) => match self.least(*x) {
                None if n % 2 == 0 => Some(Ordering::Equal),
                sign => sign,
            },
            Operation::Add(x, y) if self.outgrows(*x, *y) || self.outgrows(*y, *x) => {
                Some(Ordering::Greater)
            }
            Operation::Subtract(x, y) if self.outgrows(*x, *y) => Some(Ordering::Greater),
            Operation::Add(x, y) => both(x, y).map(|(x, y)| x.max(y)),
            Operation::Multiply(x, y) if x == y => Some(Ordering::Equal),
            Operation::Multiply(x, y) | Operation::Divide(x, y) => {
                both(x, y).map(|(x, y)| x.min(y))
            }
            Operation::Call(function, arguments) => match function {
                Function::Exp => Some(Ordering::Greater),
                Function::Abs => Some(Ordering::Equal),
                Function::Sqrt => self.least(arguments[0]),
                Function::Max => arguments.iter().filter_map(|x| self.least(*x)).max(),
                Function::Min => both(&arguments[0], &arguments[1]).map(|(x, y)| x.min(y)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Is a divisor in it the constant 0?
    fn divides_by_zero(&self, value: Value) -> bool {
        match &self.nodes[value.node] {
            Operation::Divide(x, y) => {
                self.constant_of(*y).is_some_and(Rational::is_zero)
                    || self.divides_by_zero(*x)
                    || self.divides_by_zero(*y)
            }
            Operation::Negate(x) | Operation::Power(x, _) => self.divides_by_zero(*x),
            Operation::Add(x, y) | Operation::Subtract(x, y) | Operation::Multiply(x, y) => {
                self.divides_by_zero(*x) || self.divides_by_zero(*y)
            }
            Operation::Call(_, arguments) => arguments.iter().any(|x| self.divides_by_zero(*x)),
            _ => false,
        }
    }

    /// Is `root` √(x² + c) with c > 0, which is more than |x|?
    fn outgrows(&self, root: Value, x: Value) -> bool {
        let is_square = |v: &Value| match &self.nodes[v.node] {
            Operation::Power(y, 2) => *y == x,
            Operation::Multiply(y, z) => *y == x && *z == x,
            _ => false,
        };
        let Operation::Call(Function::Sqrt, arguments) = &self.nodes[root.node] else {
            return false;
        };
        let Operation::Add(p, q) = &self.nodes[arguments[0].node] else {
            return false;
        };
        let rest = |square, rest: &Value| {
            is_square(square) && self.least(*rest) == Some(Ordering::Greater)
        };
        rest(p, q) || rest(q, p)
    }

    /// Compiles an expression of base names, definitions and parameters only (no claim).
    ///
    /// # Errors
    /// As [`Program::add_claim`].
    pub fn add_expression(&mut self, expr: &Expr, run: &Parameters) -> Result<Value, InputError> {
        let mut scope = Resolver::new(run, 0, None);
        scope.value(self, expr, false)
    }

    /// Compiles a condition on base names, definitions and parameters only (no claim).
    ///
    /// # Errors
    /// As [`Program::add_claim`].
    pub fn add_condition(
        &mut self,
        condition: &Condition,
        run: &Parameters,
    ) -> Result<Test, InputError> {
        Resolver::new(run, 0, None).test(self, condition)
    }

    /// Compiles a claim for a run.
    ///
    /// # Errors
    /// [`InputError`] naming file, line and column where the claim cannot be evaluated on
    /// any run: a division by the constant 0, an abuse of `start(…)`, a window that is not
    /// a number.
    pub fn add_claim(
        &mut self,
        claim: &Arc<Claim>,
        parameters: &Parameters,
        steps: u64,
    ) -> Result<(), InputError> {
        let index = self.claims.len();
        self.run.get_or_insert_with(|| (parameters.clone(), steps));
        let mut resolver = Resolver::new(parameters, steps, Some((index, claim)));
        let given = resolver.clauses(self, &claim.given)?;
        let when = resolver.clauses(self, &claim.when)?;
        let then = resolver.clauses(self, &claim.then)?;
        let scope = resolver.scope(self, &claim.scope)?;
        let reach = match &claim.reach {
            None => None,
            Some(reach) => Some(resolver.reach(self, reach)?),
        };
        let tight = match &claim.tight {
            None => None,
            Some(tight) => Some(resolver.tight(self, claim, tight)?),
        };
        let needs_next = when.iter().chain(&then).any(|c| c.test.needs_next(self))
            || given.iter().any(|c| c.test.needs_next(self))
            || scope.needs_next(self)
            || reach.as_ref().is_some_and(|r| r.goal.test.needs_next(self))
            || resolver.memory.iter().any(|(_, v)| self.needs_next(*v));
        let not_applicable = resolver.not_applicable.take();
        let memory = resolver.memory;
        if matches!(scope, CompiledScope::ForAll(_) | CompiledScope::Eventually)
            && !memory.is_empty()
        {
            let message = "start(…), running_max(…) and the like, and `reach`, have no meaning in \
                           a claim about steps that are not made";
            return Err(InputError::in_source(&claim.file, None, message));
        }
        if matches!(scope, CompiledScope::SomeStep(_)) && reach.is_some() {
            let message = "`reach` says by itself that something happens at some step: it has no \
                           meaning in a claim `for = \"some step to M\"`";
            return Err(InputError::in_source(&claim.file, None, message));
        }
        self.claims.push(CompiledClaim {
            claim: claim.clone(),
            given,
            when,
            then,
            scope,
            reach,
            tight,
            memory,
            needs_next,
            not_applicable,
        });
        Ok(())
    }
}

/// Gives names their meaning, for one claim.
struct Resolver<'a> {
    parameters: &'a Parameters,
    claim: Option<(usize, &'a Claim)>,
    horizon: u64,
    definitions: HashMap<&'static str, Expr>,
    local: HashMap<&'a str, &'a Expr>,
    constants: HashMap<&'a str, &'a Rational>,
    memory: Vec<(Remember, Value)>,
    in_memory: bool,
    /// How many numbers of the run were met: what depends on one may have no value on this run, and
    /// one on others.
    of_the_run: u64,
    not_applicable: Option<String>,
}

impl<'a> Resolver<'a> {
    fn new(
        parameters: &'a Parameters,
        horizon: u64,
        claim: Option<(usize, &'a Arc<Claim>)>,
    ) -> Self {
        let definitions = minimalist::definitions()
            .into_iter()
            .map(|d| (d.name, d.formula))
            .collect();
        let (mut local, mut constants) = (HashMap::new(), HashMap::new());
        if let Some((_, claim)) = claim {
            for (name, value) in &claim.define {
                local.insert(name.as_str(), value);
            }
            for (name, value) in &claim.constants {
                constants.insert(name.as_str(), value);
            }
        }
        Resolver {
            parameters,
            horizon,
            claim: claim.map(|(i, c)| (i, c.as_ref())),
            definitions,
            local,
            constants,
            memory: Vec::new(),
            in_memory: false,
            of_the_run: 0,
            not_applicable: None,
        }
    }

    fn error(&self, expr: &Expr, message: &str) -> InputError {
        let span = expr.span().cloned();
        match self.claim {
            Some((_, claim)) => InputError::in_source(&claim.file, span, message),
            None => InputError::internal(message),
        }
    }

    fn parameter(&self, name: &str) -> Option<Rational> {
        match name {
            "lambda1" => Some(self.parameters.lambda1.clone()),
            "lambda2" => Some(self.parameters.lambda2.clone()),
            "eta" => Some(self.parameters.eta.clone()),
            _ => None,
        }
    }

    fn value(
        &mut self,
        program: &mut Program,
        expr: &Expr,
        primed: bool,
    ) -> Result<Value, InputError> {
        let origin = expr
            .span()
            .cloned()
            .and_then(|span| self.claim.map(|(index, _)| (index, span)));
        match expr.kind() {
            Kind::Constant(q) => Ok(program.constant(q.clone())),
            Kind::Name { name, primed: own } => self.named(program, expr, name, primed || *own),
            Kind::Negate(x) => {
                let x = self.value(program, x, primed)?;
                if let Some(q) = program.constant_of(x) {
                    let q = Rational::from(-q);
                    return Ok(program.constant(q));
                }
                Ok(program.combine(&[x], origin, |v| Operation::Negate(v[0])))
            }
            Kind::Add(x, y) => {
                self.binary(program, [x, y], primed, origin, Operation::Add, |a, b| {
                    Some(Rational::from(a + b))
                })
            }
            Kind::Subtract(x, y) => self.binary(
                program,
                [x, y],
                primed,
                origin,
                Operation::Subtract,
                |a, b| Some(Rational::from(a - b)),
            ),
            Kind::Multiply(x, y) => self.binary(
                program,
                [x, y],
                primed,
                origin,
                Operation::Multiply,
                |a, b| Some(Rational::from(a * b)),
            ),
            Kind::Divide(x, y) => {
                let before = self.of_the_run;
                let divisor = self.value(program, y, primed)?;
                let is_zero = program.constant_of(divisor).is_some_and(Rational::is_zero);
                if is_zero && self.of_the_run == before {
                    return Err(self.error(y, "this divisor is 0"));
                }
                self.binary(
                    program,
                    [x, y],
                    primed,
                    origin,
                    Operation::Divide,
                    |a, b| (!b.is_zero()).then(|| Rational::from(a / b)),
                )
            }
            Kind::Power(x, n) => {
                let before = self.of_the_run;
                let x = self.value(program, x, primed)?;
                if let Some(q) = program.constant_of(x) {
                    if bits(q) * u64::from(*n) <= MOST_CONSTANT_BITS {
                        let q = Rational::from(q.pow(*n));
                        return Ok(program.constant(q));
                    }
                    if self.of_the_run == before {
                        return Err(self.error(expr, "this constant is too large"));
                    }
                }
                Ok(program.combine(&[x], origin, |v| Operation::Power(v[0], *n)))
            }
            Kind::Derivative(x, name) => {
                let inlined = self.inline(x);
                if mentions_sharpness(&inlined) {
                    return Err(
                        self.error(x, "`sharpness` is no formula: it has no derivative here")
                    );
                }
                let derivative = identity::differentiate(&inlined, name).map_err(|why| {
                    self.error(expr, &format!("cannot differentiate this: {why}"))
                })?;
                self.value(program, &derivative, primed)
            }
            Kind::Call(Function::FusedMultiplyAdd, arguments) => {
                self.value(program, &unfused(arguments), primed)
            }
            Kind::Call(function, arguments) => {
                self.call(program, expr, *function, arguments, primed, origin)
            }
        }
    }

    fn binary(
        &mut self,
        program: &mut Program,
        operands: [&Expr; 2],
        primed: bool,
        origin: Option<(usize, Span)>,
        build: fn(Value, Value) -> Operation,
        fold: fn(&Rational, &Rational) -> Option<Rational>,
    ) -> Result<Value, InputError> {
        let before = self.of_the_run;
        let x = self.value(program, operands[0], primed)?;
        let y = self.value(program, operands[1], primed)?;
        if let (Some(a), Some(b)) = (program.constant_of(x), program.constant_of(y))
            && let Some(folded) = fold(a, b)
        {
            if bits(&folded) <= MOST_CONSTANT_BITS {
                return Ok(program.constant(folded));
            }
            if self.of_the_run == before {
                return Err(self.error(operands[0], "this makes a constant that is too large"));
            }
        }
        Ok(program.combine(&[x, y], origin, |v| build(v[0], v[1])))
    }

    fn named(
        &mut self,
        program: &mut Program,
        expr: &Expr,
        name: &str,
        primed: bool,
    ) -> Result<Value, InputError> {
        if let Some(q) = self.constants.get(name) {
            return Ok(program.constant((*q).clone()));
        }
        if let Some(&local) = self.local.get(name) {
            return self.value(program, local, primed);
        }
        if let Some(q) = self.parameter(name) {
            self.of_the_run += 1;
            return Ok(program.constant(q));
        }
        let at = if primed { At::Next } else { At::Now };
        let mut pure = |operation| {
            Ok(Value {
                node: program.intern(operation, None),
                at,
            })
        };
        if let Some(i) = COORDINATES.iter().position(|c| *c == name) {
            return pure(Operation::Coordinate(i));
        }
        match name {
            "horizon" => {
                self.of_the_run += 1;
                return Ok(program.constant(Rational::from(self.horizon)));
            }
            "t" => return pure(Operation::Step),
            "sharpness" => return pure(Operation::Sharpness),
            "B" => {
                self.of_the_run += 1;
                let bound = self.parameters.clip.clone().unwrap_or_else(|| {
                    self.not_applicable =
                        Some("it speaks of the clip bound B, and the run has none".into());
                    Rational::from(1)
                });
                return Ok(program.constant(bound));
            }
            _ => {}
        }
        match self.definitions.get(name).cloned() {
            Some(formula) => self.value(program, &formula, primed),
            None => Err(self.error(expr, &format!("unknown name `{name}`"))),
        }
    }

    fn call(
        &mut self,
        program: &mut Program,
        expr: &Expr,
        function: Function,
        arguments: &[Expr],
        primed: bool,
        origin: Option<(usize, Span)>,
    ) -> Result<Value, InputError> {
        let remember = match function {
            Function::Start => Remember::Start,
            Function::RunningMax => Remember::Max,
            Function::RunningMin => Remember::Min,
            Function::RunningSum => Remember::Sum,
            _ => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.value(program, argument, primed)?);
                }
                return Ok(
                    program.combine(&values, origin, |v| Operation::Call(function, v.to_vec()))
                );
            }
        };
        let Some((claim, _)) = self.claim else {
            return Err(self.error(expr, "only a claim has a scope to remember"));
        };
        if primed {
            return Err(self.error(expr, "a remembered value has no next value"));
        }
        // Slots are updated one after the other: only a sum, which ends before this step, is
        // up to date while another slot is computed.
        if self.in_memory && remember != Remember::Sum {
            let message = format!(
                "{}(…) cannot stand inside a remembered value",
                function.name()
            );
            return Err(self.error(expr, &message));
        }
        let outer = std::mem::replace(&mut self.in_memory, true);
        let value = self.value(program, &arguments[0], false);
        self.in_memory = outer;
        let value = value?;
        if value.at == At::Never && remember != Remember::Sum {
            return Ok(value);
        }
        let slot = self.slot(remember, value);
        let node = program.intern(Operation::Memory { claim, slot }, origin);
        // Starts, extremes and sums of what is not negative are not either.
        program.nonnegative[node] = program.nonnegative[value.node];
        Ok(Value {
            node,
            at: At::Mixed,
        })
    }

    fn slot(&mut self, remember: Remember, value: Value) -> usize {
        if let Some(slot) = self.memory.iter().position(|m| *m == (remember, value)) {
            return slot;
        }
        self.memory.push((remember, value));
        self.memory.len() - 1
    }

    fn clauses(
        &mut self,
        program: &mut Program,
        clauses: &[Clause],
    ) -> Result<Vec<CompiledClause>, InputError> {
        clauses.iter().map(|c| self.clause(program, c)).collect()
    }

    fn clause(
        &mut self,
        program: &mut Program,
        clause: &Clause,
    ) -> Result<CompiledClause, InputError> {
        let test = self.test(program, &clause.condition)?;
        Ok(CompiledClause {
            text: clause.text.clone(),
            total: program.is_total(&test),
            test,
            identity: self.is_identity(&clause.condition),
        })
    }

    fn test(&mut self, program: &mut Program, condition: &Condition) -> Result<Test, InputError> {
        let many = |resolver: &mut Self, program: &mut Program, conditions: &[Condition]| {
            conditions
                .iter()
                .map(|c| resolver.test(program, c))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match condition {
            Condition::Compare {
                left,
                relation,
                right,
                ..
            } => {
                let x = self.value(program, left, false)?;
                let y = self.value(program, right, false)?;
                if let Some((claim, _)) = self.claim {
                    program
                        .comparisons
                        .entry((x, y))
                        .or_insert_with(|| Comparison {
                            claim,
                            left: left.clone(),
                            right: right.clone(),
                            ties: OnceLock::new(),
                        });
                }
                Test::Compare(x, *relation, y)
            }
            Condition::Flag { primed, .. } => {
                Test::Clipped(if *primed { At::Next } else { At::Now })
            }
            Condition::And(all) => Test::And(many(self, program, all)?),
            Condition::Or(any) => Test::Or(many(self, program, any)?),
            Condition::Not(inner) => Test::Not(Box::new(self.test(program, inner)?)),
        })
    }

    /// Is the condition an equation that holds identically, in the coordinates *and* the
    /// parameters, with primes replaced by the GD map?
    fn is_identity(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Compare {
                left,
                relation: Relation::Equal,
                right,
                ..
            } => {
                let (left, right) = (self.inline(left), self.inline(right));
                match (self.unprime(&left), self.unprime(&right)) {
                    (Some(left), Some(right)) => {
                        matches!(identity::prove(&left, &right), identity::Identity::Holds)
                    }
                    _ => false,
                }
            }
            Condition::And(all) => all.iter().all(|c| self.is_identity(c)),
            _ => false,
        }
    }

    /// The order of a comparison's sides: at the first step of a scope if `starts`, with primes
    /// replaced by the map if `map`.
    fn order(&self, comparison: &Comparison, starts: bool, map: bool) -> Option<Order> {
        let resolved = |expr: &Expr| {
            let mut expr = tie::derived(&self.inline(expr))?;
            if starts {
                expr = tie::at_scope_start(&expr);
            }
            if map {
                expr = self.unprime(&expr)?;
            }
            Some(rewrite(&expr, &|name, _| {
                let value = match name {
                    "B" => self.parameters.clip.clone(),
                    "horizon" => Some(Rational::from(self.horizon)),
                    _ => self.parameter(name),
                };
                value.map(|q| Expr::constant(&q, ()))
            }))
        };
        let known: Vec<_> = minimalist::sharpness_bounds()
            .iter()
            .flat_map(|bound| [bound.clone(), prime(bound)])
            .filter_map(|bound| {
                let sharpness = Expr::new(Kind::Name {
                    name: "sharpness".into(),
                    primed: bound.any(&|kind| matches!(kind, Kind::Name { primed: true, .. })),
                });
                Some((sharpness, resolved(&bound)?))
            })
            .collect();
        let (left, right) = (resolved(&comparison.left)?, resolved(&comparison.right)?);
        tie::order(&left, &right, &known)
    }

    /// Local and model definitions replaced by their formulas; primes pushed to base names.
    fn inline(&self, expr: &Expr) -> Expr {
        rewrite(expr, &|name, primed| {
            let formula = match (self.constants.get(name), self.local.get(name)) {
                (Some(q), _) => return Some(Expr::constant(q, ())),
                (_, Some(local)) => self.inline(local),
                _ => self.definitions.get(name)?.clone(),
            };
            let formula = self.inline(&formula);
            Some(if primed { prime(&formula) } else { formula })
        })
    }

    /// Primed coordinates replaced by the GD map. `None` if β₁′ occurs in a clipped run,
    /// where it is not the map's image.
    fn unprime(&self, expr: &Expr) -> Option<Expr> {
        let next = minimalist::symbolic_step();
        let clipped = self.parameters.clip.is_some();
        let blocked = std::cell::Cell::new(false);
        let result = rewrite(expr, &|name, primed| {
            if !primed {
                return None;
            }
            match name {
                "alpha" => Some(next.alpha.clone()),
                "beta1" => {
                    blocked.set(blocked.get() || clipped);
                    Some(next.beta1.clone())
                }
                "beta2" => Some(next.beta2.clone()),
                "t" => Some(Expr::name("t").add(&Expr::constant(&Rational::from(1), ()))),
                _ => None,
            }
        });
        (!blocked.get()).then_some(result)
    }

    fn event(
        &mut self,
        program: &mut Program,
        event: &Event,
    ) -> Result<(Test, u64, u64), InputError> {
        let upward = |resolver: &mut Self, program: &mut Program, name: &str, level: Rational| {
            let now = resolver.value(program, &Expr::name(name), false)?;
            let level = program.constant(level);
            let next = Value {
                at: At::Next,
                ..now
            };
            Ok::<_, InputError>(Test::And(vec![
                Test::Compare(now, Relation::LessEqual, level),
                Test::Compare(next, Relation::Greater, level),
            ]))
        };
        Ok(match event {
            Event::Crossing(k) => (upward(self, program, "a", Rational::from(2))?, *k, 1),
            Event::Spike(k) => (
                upward(self, program, "b", Rational::from((1, 1000)))?,
                *k,
                1,
            ),
            Event::First(condition) => (self.test(program, condition)?, 1, 0),
            Event::Trap => (Test::Trapped, 1, 0),
        })
    }

    fn scope(&mut self, program: &mut Program, scope: &Scope) -> Result<CompiledScope, InputError> {
        Ok(match scope {
            Scope::EveryStep => CompiledScope::EveryStep,
            Scope::From(event) => {
                let (test, k, shift) = self.event(program, event)?;
                CompiledScope::From(test, k, shift)
            }
            Scope::Until(event) => {
                let (test, k, shift) = self.event(program, event)?;
                CompiledScope::Until(test, k, shift)
            }
            Scope::Steps(from, to) => {
                let from = self.step_number(program, from)?;
                let to = self.step_number(program, to)?;
                from.and_then(|from| Ok(CompiledScope::Steps(from, to?)))
                    .unwrap_or_else(CompiledScope::NoValue)
            }
            Scope::SomeStep(to) => self
                .step_number(program, to)?
                .map_or_else(CompiledScope::NoValue, CompiledScope::SomeStep),
            Scope::FromFirstGiven => CompiledScope::FromFirstGiven,
            Scope::EachStretch(condition) => {
                CompiledScope::EachStretch(self.test(program, condition)?)
            }
            Scope::ForAll(first) => self
                .step_number(program, first)?
                .map_or_else(CompiledScope::NoValue, CompiledScope::ForAll),
            Scope::Eventually => CompiledScope::Eventually,
        })
    }

    /// The tight constant of a claim, or why it is not certified.
    fn tight(
        &mut self,
        program: &mut Program,
        claim: &Claim,
        tight: &Tight,
    ) -> Result<Result<CompiledTight, String>, InputError> {
        let value = self.value(program, &tight.from, false)?;
        let constants = &claim.constants;
        let claimed = constants.iter().find(|(name, _)| *name == tight.constant);
        let claimed = claimed.map(|(_, q)| q.clone()).unwrap_or_default();
        let found = {
            let mut meaning = self.without_memory();
            meaning.constants.remove(tight.constant.as_str());
            tight::find(claim, tight, &claimed, &meaning)
        };
        let tie = match found {
            Ok(tie) => tie,
            Err(why) => return Ok(Err(why)),
        };
        let zero = program.constant(Rational::new());
        let relation = if tight.least {
            Relation::Less
        } else {
            Relation::Greater
        };
        let mut directions = Vec::new();
        for slope in &tie.slopes {
            let slope = self.value(program, slope, false)?;
            directions.push(Test::Compare(slope, relation, zero));
        }
        let alternatives = tie.alternatives.iter().map(|c| self.test(program, c));
        Ok(Ok(CompiledTight {
            value,
            least: tight.least,
            directions,
            alternatives: alternatives.collect::<Result<_, _>>()?,
            by_map: tie.by_map,
            needs_certificate: tie.needs_certificate,
            one_of: tie.one_of,
        }))
    }

    /// The same names, and nothing remembered.
    fn without_memory(&self) -> Resolver<'a> {
        Resolver {
            definitions: self.definitions.clone(),
            local: self.local.clone(),
            constants: self.constants.clone(),
            memory: Vec::new(),
            not_applicable: None,
            ..*self
        }
    }

    /// The number, or the value that has none on this run.
    fn step_number(
        &mut self,
        program: &mut Program,
        expr: &Expr,
    ) -> Result<Result<u64, Value>, InputError> {
        let value = self.value(program, expr, false)?;
        let whole = program
            .constant_of(value)
            .filter(|q| q.is_integer())
            .and_then(|q| q.numer().to_u64());
        match whole {
            Some(step) => Ok(Ok(step)),
            None if program.divides_by_zero(value) => Ok(Err(value)),
            None => Err(self.error(expr, "a step number must be a whole number ≥ 0")),
        }
    }

    fn reach(&mut self, program: &mut Program, reach: &Reach) -> Result<CompiledReach, InputError> {
        let goal = self.clause(program, &reach.goal)?;
        let within = self.value(program, &reach.within, false)?;
        let within_text = match (reach.within.span(), self.claim) {
            (Some(span), Some((_, claim))) => claim.file.one_line(span),
            _ => "within".into(),
        };
        Ok(CompiledReach {
            goal,
            within: self.slot(Remember::Start, within),
            within_text,
        })
    }
}

impl tight::Meaning for Resolver<'_> {
    fn written_out(&self, expr: &Expr) -> Expr {
        self.inline(expr)
    }

    fn by_map(&self, expr: &Expr, unclipped: bool) -> Option<Expr> {
        let plain = Parameters {
            clip: None,
            ..self.parameters.clone()
        };
        let resolver = Resolver::new(&plain, self.horizon, None);
        if unclipped {
            resolver.unprime(expr)
        } else {
            self.unprime(expr)
        }
    }
}

/// S is an eigenvalue, which symbolic differentiation would take for a constant.
fn mentions_sharpness(expr: &Expr) -> bool {
    let found = std::cell::Cell::new(false);
    rewrite(expr, &|name, _| {
        found.set(found.get() || name == "sharpness");
        None
    });
    found.get()
}

fn bits(q: &Rational) -> u64 {
    u64::from(q.numer().significant_bits()) + u64::from(q.denom().significant_bits())
}

/// Every coordinate primed; parameters have no next value.
fn prime(expr: &Expr) -> Expr {
    rewrite(expr, &|name, _| {
        let moves = COORDINATES.contains(&name) || name == "sharpness" || name == "t";
        moves.then(|| {
            Expr::new(Kind::Name {
                name: name.into(),
                primed: true,
            })
        })
    })
}
