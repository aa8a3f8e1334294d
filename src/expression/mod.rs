//! Expressions and conditions: the language in which claims are written.
//!
//! This module knows nothing of any model. Names are text; who gives them a meaning
//! passes a [`NameTable`].

pub mod extent;
pub mod lexer;
pub mod parser;

use std::ops::Range;
use std::sync::Arc;

use rug::Rational;

use crate::number::Number;

/// Byte range in the text of the file the expression came from.
pub type Span = Range<usize>;

/// Where a text stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Letter by letter, from this byte on.
    From(usize),
    /// Somewhere in these bytes, rewritten by escapes: places inside it are not known.
    Within(Span),
}

impl Place {
    /// Where a part of the text stands; the whole text where that is not known.
    pub fn of(&self, part: Span) -> Span {
        match self {
            Place::From(base) => base + part.start..base + part.end,
            Place::Within(span) => span.clone(),
        }
    }
}

/// An expression tree; cloning is cheap.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr(Arc<Node>);

#[derive(Debug, PartialEq)]
struct Node {
    kind: Kind,
    span: Option<Span>,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An exact rational.
    Constant(Rational),
    /// A name; `primed` names mean the next iterate.
    Name {
        /// The name without its prime.
        name: Arc<str>,
        /// Whether it was written with a prime.
        primed: bool,
    },
    /// −x.
    Negate(Expr),
    /// x + y.
    Add(Expr, Expr),
    /// x − y.
    Subtract(Expr, Expr),
    /// x · y.
    Multiply(Expr, Expr),
    /// x / y.
    Divide(Expr, Expr),
    /// xⁿ, n ≥ 0 (a negative power is parsed as 1/xⁿ).
    Power(Expr, u32),
    /// A function of one argument or more.
    Call(Function, Vec<Expr>),
    /// ∂x/∂name, by symbolic differentiation (`diff(x, name)`).
    Derivative(Expr, Arc<str>),
}

/// The functions of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// `sqrt(x)`.
    Sqrt,
    /// `log(x)`, natural.
    Log,
    /// `exp(x)`.
    Exp,
    /// `abs(x)`.
    Abs,
    /// `ceil(x)`.
    Ceil,
    /// `min(x, y)`.
    Min,
    /// `max(x, y)`.
    Max,
    /// `fma(x, y, z)`: xy + z, in floating point with one rounding.
    FusedMultiplyAdd,
    /// `F(a)`, the edge potential.
    EdgePotential,
    /// `start(x)`: the value of x at the step where the claim's scope begins.
    Start,
    /// `running_max(x)`: max of x over the steps from the scope's start to the current one.
    RunningMax,
    /// `running_min(x)`: min, likewise.
    RunningMin,
    /// `running_sum(x)`: sum of x over the steps from the scope's start to the one
    /// *before* the current one (0 at the start).
    RunningSum,
}

impl Function {
    /// Every function, in the order of the documentation.
    pub const ALL: [Function; 13] = [
        Function::Sqrt,
        Function::Log,
        Function::Exp,
        Function::Abs,
        Function::Ceil,
        Function::Min,
        Function::Max,
        Function::FusedMultiplyAdd,
        Function::EdgePotential,
        Function::Start,
        Function::RunningMax,
        Function::RunningMin,
        Function::RunningSum,
    ];

    /// Does its value at a step depend on the steps before?
    pub fn remembers(self) -> bool {
        use Function::{RunningMax, RunningMin, RunningSum, Start};
        matches!(self, Start | RunningMax | RunningMin | RunningSum)
    }

    /// The name it is written with.
    pub fn name(self) -> &'static str {
        match self {
            Function::Sqrt => "sqrt",
            Function::Log => "log",
            Function::Exp => "exp",
            Function::Abs => "abs",
            Function::Ceil => "ceil",
            Function::Min => "min",
            Function::Max => "max",
            Function::FusedMultiplyAdd => "fma",
            Function::EdgePotential => "F",
            Function::Start => "start",
            Function::RunningMax => "running_max",
            Function::RunningMin => "running_min",
            Function::RunningSum => "running_sum",
        }
    }

    /// Number of arguments.
    pub fn arity(self) -> usize {
        match self {
            Function::Min | Function::Max => 2,
            Function::FusedMultiplyAdd => 3,
            _ => 1,
        }
    }
}

/// How two expressions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=`
    Equal,
}

/// A condition on one step (or, with primes, on one step and the next).
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `left relation right`. A chain `x < y <= z` is a conjunction of these.
    Compare {
        /// Left side.
        left: Expr,
        /// The relation.
        relation: Relation,
        /// Right side.
        right: Expr,
        /// Where it stands.
        span: Option<Span>,
    },
    /// A truth value the trajectory carries (`clipped`), possibly primed.
    Flag {
        /// Its name.
        name: Arc<str>,
        /// At the next iterate?
        primed: bool,
        /// Where it stands.
        span: Option<Span>,
    },
    /// All of them.
    And(Vec<Condition>),
    /// At least one of them.
    Or(Vec<Condition>),
    /// Not.
    Not(Box<Condition>),
}

/// The names an expression may use.
#[derive(Clone, Debug, Default)]
pub struct NameTable {
    /// Names of numbers, with a one-line meaning each.
    pub values: Vec<(String, String)>,
    /// Those of them that have no next value: constants, and what looks at other steps.
    pub fixed: Vec<String>,
    /// Those of them one may differentiate by.
    pub variables: Vec<String>,
    /// Names of truth values (flags).
    pub flags: Vec<String>,
}

impl Expr {
    /// An expression that stands nowhere in a file.
    pub fn new(kind: Kind) -> Self {
        Expr(Arc::new(Node { kind, span: None }))
    }

    /// An expression that stands at `span`.
    pub fn at(kind: Kind, span: Span) -> Self {
        Expr(Arc::new(Node {
            kind,
            span: Some(span),
        }))
    }

    /// What it is.
    pub fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// Where it stands, if it was written in a file.
    pub fn span(&self) -> Option<&Span> {
        self.0.span.as_ref()
    }

    /// An unprimed name.
    pub fn name(name: &str) -> Self {
        Expr::new(Kind::Name {
            name: name.into(),
            primed: false,
        })
    }

    /// Does this or any part of it satisfy `test`?
    pub fn any(&self, test: &impl Fn(&Kind) -> bool) -> bool {
        test(self.kind())
            || match self.kind() {
                Kind::Constant(_) | Kind::Name { .. } => false,
                Kind::Negate(x) | Kind::Power(x, _) | Kind::Derivative(x, _) => x.any(test),
                Kind::Add(x, y)
                | Kind::Subtract(x, y)
                | Kind::Multiply(x, y)
                | Kind::Divide(x, y) => x.any(test) || y.any(test),
                Kind::Call(_, arguments) => arguments.iter().any(|x| x.any(test)),
            }
    }

    /// `self / other`.
    pub fn div(&self, other: &Self) -> Self {
        Expr::new(Kind::Divide(self.clone(), other.clone()))
    }

    /// A function of one argument.
    pub fn call(&self, function: Function) -> Self {
        Expr::new(Kind::Call(function, vec![self.clone()]))
    }
}

/// Expressions are a number system too: evaluating a formula of the model in it yields the
/// formula's text as a tree, so that formulas are written once.
impl Number for Expr {
    type Context = ();

    fn constant(value: &Rational, (): ()) -> Self {
        Expr::new(Kind::Constant(value.clone()))
    }

    fn add(&self, other: &Self) -> Self {
        Expr::new(Kind::Add(self.clone(), other.clone()))
    }

    fn sub(&self, other: &Self) -> Self {
        Expr::new(Kind::Subtract(self.clone(), other.clone()))
    }

    fn mul(&self, other: &Self) -> Self {
        Expr::new(Kind::Multiply(self.clone(), other.clone()))
    }

    fn neg(&self) -> Self {
        Expr::new(Kind::Negate(self.clone()))
    }

    fn square(&self) -> Self {
        Expr::new(Kind::Power(self.clone(), 2))
    }
}

/// Replaces names for which `replace` returns something; spans of the rest are kept.
pub fn rewrite(expr: &Expr, replace: &dyn Fn(&str, bool) -> Option<Expr>) -> Expr {
    rebuilt(expr, &mut |old, kind| match kind {
        Kind::Constant(_) => old.clone(),
        Kind::Name { name, primed } => replace(&name, primed).unwrap_or_else(|| old.clone()),
        kind => Expr::new(kind),
    })
}

/// An expression rebuilt from the inside out: `build` takes each part as it was and with its own
/// parts rebuilt.
pub fn rebuilt(expr: &Expr, build: &mut dyn FnMut(&Expr, Kind) -> Expr) -> Expr {
    let mut go = |x: &Expr| rebuilt(x, build);
    let kind = match expr.kind() {
        leaf @ (Kind::Constant(_) | Kind::Name { .. }) => leaf.clone(),
        Kind::Negate(x) => Kind::Negate(go(x)),
        Kind::Add(x, y) => Kind::Add(go(x), go(y)),
        Kind::Subtract(x, y) => Kind::Subtract(go(x), go(y)),
        Kind::Multiply(x, y) => Kind::Multiply(go(x), go(y)),
        Kind::Divide(x, y) => Kind::Divide(go(x), go(y)),
        Kind::Power(x, n) => Kind::Power(go(x), *n),
        Kind::Call(f, arguments) => Kind::Call(*f, arguments.iter().map(go).collect()),
        Kind::Derivative(x, name) => Kind::Derivative(go(x), name.clone()),
    };
    build(expr, kind)
}

/// x·y + z of the arguments of `fma(x, y, z)`: what it means where nothing is rounded.
///
/// # Panics
/// If there are fewer than three.
pub fn unfused(arguments: &[Expr]) -> Expr {
    arguments[0].mul(&arguments[1]).add(&arguments[2])
}
