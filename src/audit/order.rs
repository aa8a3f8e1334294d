//! Evaluation orders: how a step is computed, operation by operation, as data.
//!
//! An order file (TOML) has an `id`, a `title`, a table `let` of named intermediate results
//! in the order in which they are computed, and a table `next` of the next `alpha`, `beta1`
//! and `beta2`. Every operator of an expression is one operation, rounded once, from left to
//! right where brackets do not say otherwise; `fma(x, y, z)` rounds once; `x^n` is
//! x·x·… from left to right. Nothing is fused, reordered, or computed twice or at compile time
//! but literal numbers, which are rounded to the format.
//!
//! An order of the plain state must be the step of gradient descent where nothing is rounded: equal
//! to it by exact algebra, and with a value at every state; only divisors may be 0 at some.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rug::Rational;

use super::arithmetic::Operation;
use super::domain::Sign;
use crate::claim::SourceFile;
use crate::claim::identity::{Identity, prove};
use crate::diagnostic::{InputError, InputKind};
use crate::document::{self, Field, Table};
use crate::expression::{Expr, Function, Kind, NameTable, parser, rewrite};
use crate::model::{COORDINATES, minimalist};
use crate::number::Number;

/// How the state is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Storage {
    /// α, β₁, β₂.
    Plain,
    /// α, 2^k·β₁, β₂.
    Scaled,
    /// α, the sign of β₁ and log|β₁|, β₂.
    Logarithmic,
}

impl Storage {
    const ALL: [(&'static str, Storage); 3] = [
        ("plain", Storage::Plain),
        ("scaled", Storage::Scaled),
        ("logarithmic", Storage::Logarithmic),
    ];

    /// The names of the stored numbers that a step computes.
    fn stored(self) -> &'static [&'static str] {
        match self {
            Storage::Plain | Storage::Scaled => &["alpha", "beta1", "beta2"],
            // The sign of β₁ is multiplied by that of `sign`.
            Storage::Logarithmic => &["alpha", "log_beta1", "beta2", "sign"],
        }
    }
}

/// Inputs of a step's code, by register.
pub(crate) const INPUTS: [&str; 7] = [
    "alpha", "beta1", "beta2", "eta", "lambda1", "lambda2", "unscale",
];

/// One operation of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub operation: Operation,
    pub operands: [usize; 3],
    pub target: usize,
    /// The line of the order it belongs to.
    pub line: usize,
    /// The expression whose value it computes, as it stands in the file.
    pub text: Arc<str>,
}

/// A step, compiled: registers are the [`INPUTS`], the literals, and the results.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub literals: Vec<Rational>,
    pub instructions: Vec<Instruction>,
    pub registers: usize,
    /// The registers of [`Storage::stored`].
    pub outputs: Vec<usize>,
}

/// An evaluation order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its name.
    pub id: String,
    /// One line.
    pub title: String,
    /// How it stores the state.
    pub storage: Storage,
    /// The lines `name = expression`, in the order of computation; names of the next state
    /// are primed.
    pub lines: Vec<String>,
    pub(crate) code: Code,
    /// Has it been proved that the step is that of gradient descent where nothing is rounded,
    /// at every state at which no divisor is 0?
    pub proved: bool,
    /// The divisors that are not certain to be other than 0 at every state.
    pub divisors: Vec<String>,
}

const FIELDS: [&str; 5] = ["id", "title", "state", "let", "next"];

/// The orders every audit knows, with their files.
const BUILT_IN: [(&str, &str); 8] = [
    ("factored.toml", include_str!("orders/factored.toml")),
    (
        "factored-fma.toml",
        include_str!("orders/factored-fma.toml"),
    ),
    ("expanded.toml", include_str!("orders/expanded.toml")),
    (
        "expanded-fma.toml",
        include_str!("orders/expanded-fma.toml"),
    ),
    ("backprop.toml", include_str!("orders/backprop.toml")),
    (
        "backprop-fma.toml",
        include_str!("orders/backprop-fma.toml"),
    ),
    ("scaled.toml", include_str!("orders/scaled.toml")),
    ("logarithmic.toml", include_str!("orders/logarithmic.toml")),
];

impl Order {
    /// Every built-in order, those of the remedies last.
    ///
    /// # Errors
    /// None in practice: their files are part of the program.
    pub fn built_in() -> Result<Vec<Order>, InputError> {
        BUILT_IN
            .iter()
            .map(|(name, text)| {
                Self::parse(&Arc::new(SourceFile {
                    path: Path::new(name).to_path_buf(),
                    text: (*text).to_string(),
                }))
            })
            .collect()
    }

    /// Reads an order file.
    ///
    /// # Errors
    /// [`InputError`] naming file, line, column and field; also if the order computes
    /// something else than gradient descent.
    pub fn load(path: &Path) -> Result<Order, InputError> {
        Self::parse(&document::read(path)?)
    }

    /// The line of an instruction, an index of [`StepEvents`](super::simulation::StepEvents).
    pub fn line(&self, instruction: usize) -> Option<&str> {
        let line = self.code.instructions.get(instruction)?.line;
        self.lines.get(line).map(String::as_str)
    }

    /// The expression whose value an instruction computes.
    pub fn expression(&self, instruction: usize) -> Option<&str> {
        let instruction = self.code.instructions.get(instruction)?;
        Some(&instruction.text)
    }

    /// Reads the text of an order file.
    ///
    /// # Errors
    /// As [`Order::load`].
    pub fn parse(file: &Arc<SourceFile>) -> Result<Order, InputError> {
        document::decode(file, |table| order(&table))
    }
}

/// Expressions are compiled with names bound to registers.
struct Compiler<'a> {
    file: &'a Arc<SourceFile>,
    names: NameTable,
    registers: HashMap<String, usize>,
    /// What a name of `let` stands for, written out in the inputs.
    meaning: HashMap<String, Expr>,
    literals: Vec<Rational>,
    instructions: Vec<Instruction>,
    divisors: Vec<String>,
    /// Must every operation have a value at every state, but for divisions?
    total: bool,
    /// Results are numbered from here on; literals are put in between at the end.
    results: usize,
    lines: Vec<String>,
}

fn order(table: &Table<'_>) -> Result<Order, InputError> {
    table.allow(&FIELDS)?;
    let storage = match table.optional("state") {
        None => Storage::Plain,
        Some(field) => {
            let text = field.text()?;
            let known = Storage::ALL
                .into_iter()
                .find(|(word, _)| *word == text.text);
            let words = Storage::ALL.map(|(word, _)| word);
            known.map(|(_, storage)| storage).ok_or_else(|| {
                let message = format!("this must be one of {}", words.join(", "));
                field
                    .error(InputKind::Value, &message)
                    .nearest(text.text, words.into_iter())
            })?
        }
    };
    let inputs = |name: &&str| match storage {
        Storage::Plain => *name != "unscale",
        Storage::Scaled => true,
        Storage::Logarithmic => *name != "unscale",
    };
    let mut compiler = Compiler {
        file: table.file(),
        names: NameTable::default(),
        registers: HashMap::new(),
        meaning: HashMap::new(),
        literals: Vec::new(),
        instructions: Vec::new(),
        divisors: Vec::new(),
        total: storage == Storage::Plain,
        results: 0,
        lines: Vec::new(),
    };
    for (register, name) in INPUTS.iter().enumerate().filter(|(_, name)| inputs(name)) {
        let name = match (storage, *name) {
            (Storage::Logarithmic, "beta1") => "log_beta1",
            (_, name) => name,
        };
        compiler.bind(name, register, Expr::name(name));
    }
    if let Some(field) = table.optional("let") {
        for line in field.table()?.fields() {
            compiler.define(&line)?;
        }
    }
    let next = table.required("next")?.table()?;
    next.allow(storage.stored())?;
    let mut outputs = vec![0; storage.stored().len()];
    let mut meanings = vec![Expr::constant(&Rational::new(), ()); outputs.len()];
    // In the order of the file.
    for line in next.fields() {
        let place = storage.stored().iter().position(|name| *name == line.key());
        let Some(place) = place else { continue };
        let (register, meaning) = compiler.line(&line, &format!("{}'", line.key()))?;
        outputs[place] = register;
        meanings[place] = meaning;
    }
    for name in storage.stored() {
        next.required(name)?;
    }
    let proved = storage == Storage::Plain;
    if proved {
        for (name, meaning) in COORDINATES.into_iter().zip(&meanings) {
            check(&next.required(name)?, name, meaning)?;
        }
    }
    Ok(Order {
        id: table.required("id")?.text()?.text.into(),
        title: table.required("title")?.text()?.text.into(),
        storage,
        lines: compiler.lines.clone(),
        divisors: compiler.divisors.clone(),
        code: compiler.finish(outputs),
        proved,
    })
}

/// Is it the step of gradient descent, where nothing is rounded?
fn check(field: &Field<'_>, name: &str, meaning: &Expr) -> Result<(), InputError> {
    let next = minimalist::symbolic_step();
    let wanted = match name {
        "alpha" => &next.alpha,
        "beta1" => &next.beta1,
        _ => &next.beta2,
    };
    let what = match prove(meaning, wanted) {
        Identity::Holds => return Ok(()),
        Identity::Fails(point) => {
            let values: Vec<String> = point
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            format!(
                "is not gradient descent: it differs at {}",
                values.join(", ")
            )
        }
        Identity::Unknown(why) => format!("cannot be proved to be gradient descent: {why}"),
    };
    Err(field.error(InputKind::Value, &format!("without rounding, this {what}")))
}

impl Compiler<'_> {
    fn bind(&mut self, name: &str, register: usize, meaning: Expr) {
        self.names.values.push((name.into(), String::new()));
        self.registers.insert(name.into(), register);
        self.meaning.insert(name.into(), meaning);
    }

    fn define(&mut self, field: &Field<'_>) -> Result<(), InputError> {
        let name = field.key();
        let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let reserved = ["and", "or", "not", "diff"].contains(&name)
            || Function::ALL.iter().any(|f| f.name() == name);
        if !is_word || reserved {
            return Err(field.error(InputKind::Value, "this cannot be a name"));
        }
        if self.registers.contains_key(name) {
            return Err(field.error(InputKind::Value, "this name has a value already"));
        }
        let (register, meaning) = self.line(field, name)?;
        self.bind(name, register, meaning);
        Ok(())
    }

    /// Compiles `name = expression`; its register, and what it means.
    fn line(&mut self, field: &Field<'_>, name: &str) -> Result<(usize, Expr), InputError> {
        let text = field.text()?;
        let expr = parser::expression(text.text, &text.place, &self.names)
            .map_err(|e| InputError::parse(self.file, field.name(), e))?;
        self.lines.push(format!("{name} = {}", text.text.trim()));
        let register = self.compile(&expr)?;
        Ok((register, self.meaning(&expr)))
    }

    /// The expression, written out in the inputs.
    fn meaning(&self, expr: &Expr) -> Expr {
        rewrite(expr, &|name, _| self.meaning.get(name).cloned())
    }

    fn text(&self, expr: &Expr) -> String {
        let span = expr.span();
        span.map_or(String::new(), |span| self.file.one_line(span))
    }

    /// A quotient has a value where the divisor is not 0, which is looked at on each trace.
    fn check_divisor(&mut self, quotient: &Expr, divisor: &Expr) -> Result<(), InputError> {
        let meaning = self.meaning(divisor);
        if !self.total || Sign::of(&meaning).is_nonzero() {
            return Ok(());
        }
        let zero = Expr::constant(&Rational::new(), ());
        if matches!(prove(&meaning, &zero), Identity::Holds) {
            return self.error(
                quotient,
                "the divisor is 0 at every state: there is no quotient",
            );
        }
        let text = self.text(divisor);
        if !self.divisors.contains(&text) {
            self.divisors.push(text);
        }
        Ok(())
    }

    /// An order is the step of gradient descent only if it has a value wherever that has one.
    fn check_argument(
        &self,
        call: &Expr,
        function: Function,
        argument: &Expr,
    ) -> Result<(), InputError> {
        let sign = Sign::of(&self.meaning(argument));
        let (wanted, is_certain) = match function {
            Function::Sqrt => ("≥ 0", matches!(sign, Sign::Positive | Sign::NonNegative)),
            Function::Log => ("> 0", sign == Sign::Positive),
            _ => return Ok(()),
        };
        if !self.total || is_certain {
            return Ok(());
        }
        let message = format!(
            "this has no value at every state, as gradient descent has: nothing shows that its \
             argument is always {wanted}; leave it out, or take it of an expression that \
             certainly is, such as a square or abs(…) + 1"
        );
        self.error(call, &message)
    }

    fn error<T>(&self, expr: &Expr, message: &str) -> Result<T, InputError> {
        Err(InputError::at(
            InputKind::Expression,
            self.file,
            expr.span().cloned(),
            message,
        ))
    }

    /// Literals have registers above this number until the end.
    const LITERALS: usize = 1 << 32;

    fn literal(&mut self, value: &Rational) -> usize {
        let known = self.literals.iter().position(|q| q == value);
        let index = known.unwrap_or_else(|| {
            self.literals.push(value.clone());
            self.literals.len() - 1
        });
        Self::LITERALS + index
    }

    fn emit(&mut self, expr: &Expr, operation: Operation, operands: [usize; 3]) -> usize {
        let target = INPUTS.len() + self.results;
        self.results += 1;
        self.instructions.push(Instruction {
            operation,
            operands,
            target,
            line: self.lines.len() - 1,
            text: self.text(expr).into(),
        });
        target
    }

    fn compile(&mut self, expr: &Expr) -> Result<usize, InputError> {
        let binary = |this: &mut Self, operation, x: &Expr, y: &Expr| {
            let x = this.compile(x)?;
            let y = this.compile(y)?;
            Ok(this.emit(expr, operation, [x, y, x]))
        };
        match expr.kind() {
            Kind::Constant(q) => Ok(self.literal(q)),
            Kind::Name { primed: true, .. } => {
                self.error(expr, "the next iterate is not known while it is computed")
            }
            Kind::Name { name, .. } => match self.registers.get(&**name) {
                Some(&register) => Ok(register),
                None => self.error(expr, "this name has no value here"),
            },
            // A negative literal is one number.
            Kind::Negate(x) => match x.kind() {
                Kind::Constant(q) => Ok(self.literal(&Rational::from(-q))),
                _ => {
                    let x = self.compile(x)?;
                    Ok(self.emit(expr, Operation::Negate, [x; 3]))
                }
            },
            Kind::Add(x, y) => binary(self, Operation::Add, x, y),
            Kind::Subtract(x, y) => binary(self, Operation::Subtract, x, y),
            Kind::Multiply(x, y) => binary(self, Operation::Multiply, x, y),
            Kind::Divide(x, y) => {
                self.check_divisor(expr, y)?;
                binary(self, Operation::Divide, x, y)
            }
            Kind::Power(_, 0) => Ok(self.literal(&Rational::from(1))),
            Kind::Power(x, n) => {
                let x = self.compile(x)?;
                let mut power = x;
                for _ in 1..*n {
                    power = self.emit(expr, Operation::Multiply, [power, x, x]);
                }
                Ok(power)
            }
            Kind::Call(function, arguments) => {
                let operation = match function {
                    Function::Sqrt => Operation::Sqrt,
                    Function::Log => Operation::Log,
                    Function::Exp => Operation::Exp,
                    Function::Abs => Operation::Abs,
                    Function::Min => Operation::Min,
                    Function::Max => Operation::Max,
                    Function::FusedMultiplyAdd => Operation::FusedMultiplyAdd,
                    _ => return self.error(expr, "floating point has no such operation here"),
                };
                if let [argument] = arguments.as_slice() {
                    self.check_argument(expr, *function, argument)?;
                }
                let mut registers = [0; 3];
                for (i, argument) in arguments.iter().enumerate() {
                    registers[i] = self.compile(argument)?;
                }
                for i in arguments.len()..3 {
                    registers[i] = registers[0];
                }
                Ok(self.emit(expr, operation, registers))
            }
            Kind::Derivative(..) => self.error(expr, "an order has no derivatives"),
        }
    }

    /// Gives literals the registers after the results'.
    fn finish(self, mut outputs: Vec<usize>) -> Code {
        let first = INPUTS.len() + self.results;
        let settle = |register: &mut usize| {
            if *register >= Self::LITERALS {
                *register = first + (*register - Self::LITERALS);
            }
        };
        let mut instructions = self.instructions;
        for instruction in &mut instructions {
            instruction.operands.iter_mut().for_each(settle);
        }
        outputs.iter_mut().for_each(settle);
        Code {
            registers: first + self.literals.len(),
            literals: self.literals,
            instructions,
            outputs,
        }
    }
}

impl Code {
    /// The register of the first literal.
    pub(crate) fn first_literal(&self) -> usize {
        self.registers - self.literals.len()
    }

    /// Does it use operations that CPUs have no instruction for?
    pub(crate) fn is_basic(&self) -> bool {
        self.instructions.iter().all(|i| i.operation.is_basic())
    }
}
