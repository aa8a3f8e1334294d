//! Tokens to expressions and conditions, by recursive descent.
//!
//! From loosest to tightest: `or`, `and`, `not`, comparisons (also chained), `+ -`, `* /`,
//! unary `-`, `^` with a whole exponent.

use std::sync::Arc;

use rug::Rational;
use rug::ops::Pow;

use super::lexer::{Token, tokens};
use super::{Condition, Expr, Function, Kind, NameTable, Place, Relation, Span};
use crate::diagnostic::nearest;
use crate::number::Number;

/// What is wrong with a text, for tests and programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A character that begins no token.
    Token,
    /// A number that is none, or too long.
    Number,
    /// Something else was expected here.
    Syntax,
    /// A name nobody knows.
    Name,
    /// A function with the wrong number of arguments.
    Arity,
    /// A number where a truth value belongs, or the other way round.
    Type,
    /// A division by 0.
    DivisionByZero,
    /// Too long or too deep.
    Size,
}

/// A mistake in an expression, with its place in the file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// What it is.
    pub kind: ErrorKind,
    /// For people.
    pub message: String,
    /// What to do about it, if that is known.
    pub help: Option<String>,
    /// Bytes of the file.
    pub span: Span,
}

/// Largest exponent of `^`.
const MOST_EXPONENT: u32 = 64;

/// Brackets, unary minus and function calls may be nested this deep.
const DEEPEST: usize = 100;

/// Constants of more bits are not multiplied out.
const MOST_CONSTANT_BITS: u64 = 100_000;

/// Parses an expression whose text stands at `place` of its file.
///
/// # Errors
/// [`ParseError`] naming the first mistake and the nearest valid name.
pub fn expression(text: &str, place: &Place, names: &NameTable) -> Result<Expr, ParseError> {
    let mut parser = Parser::new(text, place, names)?;
    let item = parser.disjunction()?;
    parser.end()?;
    parser.value(item)
}

/// Parses a condition; as [`expression`].
///
/// # Errors
/// As [`expression`].
pub fn condition(text: &str, place: &Place, names: &NameTable) -> Result<Condition, ParseError> {
    let mut parser = Parser::new(text, place, names)?;
    let item = parser.disjunction()?;
    parser.end()?;
    parser.truth(item)
}

/// A number or a truth value, and where it stands.
struct Item {
    what: What,
    span: Span,
}

enum What {
    Value(Expr),
    Truth(Condition),
}

struct Parser<'a> {
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
    names: &'a NameTable,
}

impl<'a> Parser<'a> {
    fn new(text: &str, place: &Place, names: &'a NameTable) -> Result<Self, ParseError> {
        let tokens = tokens(text, place)?;
        if tokens.len() == 1 {
            return Err(ParseError {
                kind: ErrorKind::Syntax,
                message: "an expression is expected here".into(),
                help: None,
                span: place.of(0..text.len()),
            });
        }
        Ok(Parser {
            tokens,
            at: 0,
            depth: 0,
            names,
        })
    }

    fn token(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn span(&self) -> Span {
        self.tokens[self.at].1.clone()
    }

    /// The current token, which is then behind us. The end stays.
    fn advance(&mut self) -> (Token, Span) {
        let token = self.tokens[self.at].clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = matches!(self.token(), Token::Symbol(s) if *s == symbol);
        if found {
            self.advance();
        }
        found
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = matches!(self.token(), Token::Word(w) if w == word);
        if found {
            self.advance();
        }
        found
    }

    fn error<T>(&self, kind: ErrorKind, message: String, span: Span) -> Result<T, ParseError> {
        Err(ParseError {
            kind,
            message,
            help: None,
            span,
        })
    }

    fn unexpected<T>(&self, wanted: &str) -> Result<T, ParseError> {
        let found = match self.token() {
            Token::End => "the text ends".to_string(),
            Token::Number(_) => "there is a number".to_string(),
            Token::Word(w) => format!("there is `{w}`"),
            Token::Primed(w) => format!("there is `{w}'`"),
            Token::Symbol(s) => format!("there is `{s}`"),
        };
        self.error(
            ErrorKind::Syntax,
            format!("{wanted} is expected here, but {found}"),
            self.span(),
        )
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ParseError> {
        if self.accept(symbol) {
            Ok(())
        } else {
            self.unexpected(&format!("`{symbol}`"))
        }
    }

    fn end(&self) -> Result<(), ParseError> {
        match self.token() {
            Token::End => Ok(()),
            _ => self.unexpected("an operator or the end"),
        }
    }

    fn value(&self, item: Item) -> Result<Expr, ParseError> {
        match item.what {
            What::Value(expr) => Ok(expr),
            What::Truth(_) => self.error(
                ErrorKind::Type,
                "a number is expected here, but this is true or false".into(),
                item.span,
            ),
        }
    }

    fn truth(&self, item: Item) -> Result<Condition, ParseError> {
        match item.what {
            What::Truth(condition) => Ok(condition),
            What::Value(_) => self.error(
                ErrorKind::Type,
                "a condition is expected here, but this is a number: compare it with something"
                    .into(),
                item.span,
            ),
        }
    }

    /// Runs `inner` one level deeper.
    fn nested<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if self.depth >= DEEPEST {
            return self.error(
                ErrorKind::Size,
                "this is nested too deeply".into(),
                self.span(),
            );
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn disjunction(&mut self) -> Result<Item, ParseError> {
        self.connective("or", Self::conjunction, Condition::Or)
    }

    fn conjunction(&mut self) -> Result<Item, ParseError> {
        self.connective("and", Self::negation, Condition::And)
    }

    fn connective(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Result<Item, ParseError>,
        build: fn(Vec<Condition>) -> Condition,
    ) -> Result<Item, ParseError> {
        let first = operand(self)?;
        if !matches!(self.token(), Token::Word(w) if w == word) {
            return Ok(first);
        }
        let mut span = first.span.clone();
        let mut conditions = vec![self.truth(first)?];
        while self.accept_word(word) {
            let next = operand(self)?;
            span.end = next.span.end;
            conditions.push(self.truth(next)?);
        }
        Ok(Item {
            what: What::Truth(build(conditions)),
            span,
        })
    }

    fn negation(&mut self) -> Result<Item, ParseError> {
        let start = self.span().start;
        if !self.accept_word("not") {
            return self.comparison();
        }
        let inner = self.nested(Self::negation)?;
        let span = start..inner.span.end;
        let inner = Box::new(self.truth(inner)?);
        Ok(Item {
            what: What::Truth(Condition::Not(inner)),
            span,
        })
    }

    fn relation(&mut self) -> Option<Relation> {
        let relation = match self.token() {
            Token::Symbol("<") => Relation::Less,
            Token::Symbol("<=") => Relation::LessEqual,
            Token::Symbol(">") => Relation::Greater,
            Token::Symbol(">=") => Relation::GreaterEqual,
            Token::Symbol("=") => Relation::Equal,
            _ => return None,
        };
        self.advance();
        Some(relation)
    }

    /// `x`, `x < y`, or a chain `x < y <= z`.
    fn comparison(&mut self) -> Result<Item, ParseError> {
        let first = self.sum()?;
        let mut whole = first.span.clone();
        let mut left_span = first.span.clone();
        let mut comparisons = Vec::new();
        let mut left = None;
        let mut first = Some(first);
        while let Some(relation) = self.relation() {
            let left_expr = match (left.take(), first.take()) {
                (Some(expr), _) => expr,
                (None, Some(item)) => self.value(item)?,
                (None, None) => return self.unexpected("a number"),
            };
            let right = self.sum()?;
            let span = left_span.start..right.span.end;
            left_span = right.span.clone();
            whole.end = right.span.end;
            let right = self.value(right)?;
            comparisons.push(Condition::Compare {
                left: left_expr,
                relation,
                right: right.clone(),
                span: Some(span),
            });
            left = Some(right);
        }
        match (comparisons.pop(), first) {
            (None, Some(item)) => Ok(item),
            (Some(only), _) if comparisons.is_empty() => Ok(Item {
                what: What::Truth(only),
                span: whole,
            }),
            (last, _) => {
                comparisons.extend(last);
                Ok(Item {
                    what: What::Truth(Condition::And(comparisons)),
                    span: whole,
                })
            }
        }
    }

    fn sum(&mut self) -> Result<Item, ParseError> {
        let mut left = self.product()?;
        loop {
            let build = match self.token() {
                Token::Symbol("+") => Kind::Add,
                Token::Symbol("-") => Kind::Subtract,
                _ => return Ok(left),
            };
            self.advance();
            let right = self.product()?;
            left = self.binary(left, right, build)?;
        }
    }

    fn product(&mut self) -> Result<Item, ParseError> {
        let mut left = self.unary()?;
        loop {
            let build = match self.token() {
                Token::Symbol("*") => Kind::Multiply,
                Token::Symbol("/") => Kind::Divide,
                _ => return Ok(left),
            };
            let divides = self.accept("/");
            if !divides {
                self.advance();
            }
            let right = self.unary()?;
            if let (true, What::Value(divisor)) = (divides, &right.what) {
                self.not_zero(divisor, &right.span)?;
            }
            left = self.binary(left, right, build)?;
        }
    }

    fn not_zero(&self, divisor: &Expr, span: &Span) -> Result<(), ParseError> {
        if constant(divisor).is_some_and(|q| q.is_zero()) {
            let message = "this divisor is 0".into();
            return self.error(ErrorKind::DivisionByZero, message, span.clone());
        }
        Ok(())
    }

    fn binary(
        &self,
        left: Item,
        right: Item,
        build: fn(Expr, Expr) -> Kind,
    ) -> Result<Item, ParseError> {
        let span = left.span.start..right.span.end;
        let kind = build(self.value(left)?, self.value(right)?);
        Ok(Item {
            what: What::Value(Expr::at(kind, span.clone())),
            span,
        })
    }

    fn unary(&mut self) -> Result<Item, ParseError> {
        let start = self.span().start;
        if self.accept("+") {
            return self.nested(Self::unary);
        }
        if !self.accept("-") {
            return self.power();
        }
        let inner = self.nested(Self::unary)?;
        let span = start..inner.span.end;
        let kind = Kind::Negate(self.value(inner)?);
        Ok(Item {
            what: What::Value(Expr::at(kind, span.clone())),
            span,
        })
    }

    fn power(&mut self) -> Result<Item, ParseError> {
        let base = self.primary()?;
        if !self.accept("^") {
            return Ok(base);
        }
        let power = self.exponent(base)?;
        match self.token() {
            Token::Symbol("^") => self.error(
                ErrorKind::Syntax,
                "a power of a power needs brackets: (x^m)^n".into(),
                self.span(),
            ),
            _ => Ok(power),
        }
    }

    /// What follows `base ^`.
    fn exponent(&mut self, base: Item) -> Result<Item, ParseError> {
        let start = base.span.start;
        let negative = self.accept("-");
        let (token, at) = self.advance();
        let exponent = match &token {
            Token::Number(q) if q.is_integer() => {
                q.numer().to_u32().filter(|n| *n <= MOST_EXPONENT)
            }
            _ => None,
        };
        let Some(exponent) = exponent else {
            let message = format!("an exponent must be a whole number up to {MOST_EXPONENT}");
            return self.error(ErrorKind::Syntax, message, at);
        };
        let span = start..at.end;
        let base_span = base.span.clone();
        let power = Expr::at(Kind::Power(self.value(base)?, exponent), span.clone());
        let expr = if negative {
            self.not_zero(&power, &base_span)?;
            let one = Expr::constant(&Rational::from(1), ());
            Expr::at(Kind::Divide(one, power), span.clone())
        } else {
            power
        };
        Ok(Item {
            what: What::Value(expr),
            span,
        })
    }

    fn primary(&mut self) -> Result<Item, ParseError> {
        let span = self.span();
        match self.token().clone() {
            Token::Number(q) => {
                self.advance();
                let what = What::Value(Expr::at(Kind::Constant(q), span.clone()));
                Ok(Item { what, span })
            }
            Token::Symbol("(") => {
                self.advance();
                let mut inner = self.nested(Self::disjunction)?;
                let end = self.span().end;
                self.expect(")")?;
                inner.span = span.start..end;
                Ok(inner)
            }
            Token::Word(word) if !matches!(word.as_str(), "and" | "or" | "not") => {
                self.advance();
                if self.accept("(") {
                    self.call(&word, span)
                } else {
                    self.name(&word, false, span)
                }
            }
            Token::Primed(word) => {
                self.advance();
                self.name(&word, true, span)
            }
            _ => self.unexpected("a number or a name"),
        }
    }

    fn call(&mut self, word: &str, name_span: Span) -> Result<Item, ParseError> {
        let mut arguments = Vec::new();
        if !matches!(self.token(), Token::Symbol(")")) {
            loop {
                let item = self.nested(Self::disjunction)?;
                arguments.push(self.value(item)?);
                if !self.accept(",") {
                    break;
                }
            }
        }
        let span = name_span.start..self.span().end;
        self.expect(")")?;
        let kind = if word == "diff" {
            let [what, name] = self.arguments::<2>(word, arguments, &span)?;
            Kind::Derivative(what, self.variable(&name, &span)?)
        } else {
            let Some(function) = Function::ALL.into_iter().find(|f| f.name() == word) else {
                return self.unknown(word, name_span, "function", functions());
            };
            if arguments.len() != function.arity() {
                return self.wrong_arity(word, function.arity(), arguments.len(), span);
            }
            Kind::Call(function, arguments)
        };
        Ok(Item {
            what: What::Value(Expr::at(kind, span.clone())),
            span,
        })
    }

    /// The second argument of `diff`.
    fn variable(&self, expr: &Expr, whole: &Span) -> Result<Arc<str>, ParseError> {
        match expr.kind() {
            Kind::Name {
                name,
                primed: false,
            } if self.names.variables.iter().any(|v| **v == **name) => Ok(name.clone()),
            _ => Err(ParseError {
                kind: ErrorKind::Type,
                message: "`diff` differentiates by a variable that nothing else determines".into(),
                help: Some(format!("that is: {}", self.names.variables.join(", "))),
                span: expr.span().unwrap_or(whole).clone(),
            }),
        }
    }

    fn arguments<const N: usize>(
        &self,
        word: &str,
        arguments: Vec<Expr>,
        span: &Span,
    ) -> Result<[Expr; N], ParseError> {
        let found = arguments.len();
        match arguments.try_into() {
            Ok(array) => Ok(array),
            Err(_) => self.wrong_arity(word, N, found, span.clone()),
        }
    }

    fn wrong_arity<T>(
        &self,
        word: &str,
        wanted: usize,
        found: usize,
        span: Span,
    ) -> Result<T, ParseError> {
        let plural = if wanted == 1 { "" } else { "s" };
        let message = format!("`{word}` takes {wanted} argument{plural}, not {found}");
        self.error(ErrorKind::Arity, message, span)
    }

    fn name(&mut self, word: &str, primed: bool, span: Span) -> Result<Item, ParseError> {
        if self.names.flags.iter().any(|f| f == word) {
            let flag = Condition::Flag {
                name: word.into(),
                primed,
                span: Some(span.clone()),
            };
            return Ok(Item {
                what: What::Truth(flag),
                span,
            });
        }
        let Some(entry) = self.names.values.iter().find(|(n, _)| n == word) else {
            let known = self.names.values.iter().map(|(n, _)| n.as_str());
            let flags = self.names.flags.iter().map(String::as_str);
            return self.unknown(word, span, "name", known.chain(flags));
        };
        if primed && self.names.fixed.contains(&entry.0) {
            let message = format!(
                "`{word}` has no next value: it is a constant, or looks at other steps already"
            );
            return self.error(ErrorKind::Type, message, span);
        }
        let kind = Kind::Name {
            name: word.into(),
            primed,
        };
        Ok(Item {
            what: What::Value(Expr::at(kind, span.clone())),
            span,
        })
    }

    fn unknown<'n, T>(
        &self,
        word: &str,
        span: Span,
        what: &str,
        known: impl Iterator<Item = &'n str>,
    ) -> Result<T, ParseError> {
        let is_function = functions().any(|f| f == word);
        let is_name = self.names.values.iter().any(|(n, _)| n == word);
        let help = match what {
            "name" if is_function => Some(format!("`{word}` is a function: {word}(…)")),
            "function" if is_name => Some(format!("`{word}` is a number: {word}*(…)")),
            _ => nearest(word, known).map(|n| format!("the nearest {what} is `{n}`")),
        };
        Err(ParseError {
            kind: ErrorKind::Name,
            message: format!("there is no {what} `{word}`"),
            help,
            span,
        })
    }
}

/// The names that are followed by arguments.
pub fn functions() -> impl Iterator<Item = &'static str> {
    Function::ALL
        .into_iter()
        .map(Function::name)
        .chain(["diff"])
}

/// The exact value of an expression without names, if it has one of a moderate size.
fn constant(expr: &Expr) -> Option<Rational> {
    let value = match expr.kind() {
        Kind::Constant(q) => q.clone(),
        Kind::Negate(x) => -constant(x)?,
        Kind::Add(x, y) => constant(x)? + constant(y)?,
        Kind::Subtract(x, y) => constant(x)? - constant(y)?,
        Kind::Multiply(x, y) => constant(x)? * constant(y)?,
        Kind::Divide(x, y) => {
            let divisor = constant(y).filter(|q| !q.is_zero())?;
            constant(x)? / divisor
        }
        Kind::Power(x, n) => {
            let x = constant(x)?;
            if bits(&x) * u64::from(*n) > MOST_CONSTANT_BITS {
                return None;
            }
            x.pow(*n)
        }
        Kind::Call(function, arguments) => {
            let arguments: Option<Vec<Rational>> = arguments.iter().map(constant).collect();
            match (function, arguments?.as_slice()) {
                (Function::Abs, [x]) => x.clone().abs(),
                (Function::Ceil, [x]) => x.clone().ceil(),
                (Function::Min, [x, y]) => x.min(y).clone(),
                (Function::Max, [x, y]) => x.max(y).clone(),
                (Function::FusedMultiplyAdd, [x, y, z]) => Rational::from(x * y) + z,
                _ => return None,
            }
        }
        Kind::Name { .. } | Kind::Derivative(..) => return None,
    };
    (bits(&value) <= MOST_CONSTANT_BITS).then_some(value)
}

fn bits(value: &Rational) -> u64 {
    u64::from(value.numer().significant_bits()) + u64::from(value.denom().significant_bits())
}
