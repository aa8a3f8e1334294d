//! The language of claims: what texts mean, what mistakes are called and where they are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rug::ops::Pow;
use rug::{Integer, Rational};

use edgecert::claim::{SourceFile, file};
use edgecert::diagnostic::InputError;
use edgecert::expression::parser::{ErrorKind, ParseError, condition, expression};
use edgecert::expression::{Condition, Expr, Function, Kind, NameTable, Place, Relation};
use edgecert::model;

const NAMES: [(&str, (i64, i64)); 4] = [
    ("x", (3, 2)),
    ("y", (-2, 5)),
    ("zero", (0, 1)),
    ("k_1", (7, 1)),
];

/// A primed name's value is the unprimed one's plus 1; the flag is true now and false next.
fn names() -> NameTable {
    NameTable {
        values: NAMES.map(|(n, _)| (n.into(), String::new())).to_vec(),
        fixed: vec!["k_1".into()],
        variables: vec!["x".into(), "y".into()],
        flags: vec!["clipped".into()],
    }
}

fn parse(text: &str) -> Result<Expr, ParseError> {
    expression(text, &Place::From(0), &names())
}

fn parse_condition(text: &str) -> Result<Condition, ParseError> {
    condition(text, &Place::From(0), &names())
}

fn lookup(name: &str, primed: bool) -> Rational {
    let (n, d) = NAMES.into_iter().find(|(n, _)| *n == name).unwrap().1;
    Rational::from((n, d)) + u32::from(primed)
}

/// The exact value; `None` where a divisor is 0 or a function is not rational.
fn evaluate(expr: &Expr) -> Option<Rational> {
    let two = |x: &Expr, y: &Expr| Some((evaluate(x)?, evaluate(y)?));
    Some(match expr.kind() {
        Kind::Constant(q) => q.clone(),
        Kind::Name { name, primed } => lookup(name, *primed),
        Kind::Negate(x) => -evaluate(x)?,
        Kind::Add(x, y) => two(x, y).map(|(x, y)| x + y)?,
        Kind::Subtract(x, y) => two(x, y).map(|(x, y)| x - y)?,
        Kind::Multiply(x, y) => two(x, y).map(|(x, y)| x * y)?,
        Kind::Divide(x, y) => two(x, y)
            .filter(|(_, y)| !y.is_zero())
            .map(|(x, y)| x / y)?,
        Kind::Power(x, n) => evaluate(x)?.pow(*n),
        Kind::Call(Function::Abs, x) => evaluate(&x[0])?.abs(),
        Kind::Call(Function::Ceil, x) => evaluate(&x[0])?.ceil(),
        Kind::Call(Function::Min, x) => two(&x[0], &x[1]).map(|(x, y)| x.min(y))?,
        Kind::Call(Function::Max, x) => two(&x[0], &x[1]).map(|(x, y)| x.max(y))?,
        Kind::Call(..) | Kind::Derivative(..) => return None,
    })
}

fn holds(condition: &Condition) -> bool {
    match condition {
        Condition::Compare {
            left,
            relation,
            right,
            ..
        } => {
            let (left, right) = (evaluate(left).unwrap(), evaluate(right).unwrap());
            match relation {
                Relation::Less => left < right,
                Relation::LessEqual => left <= right,
                Relation::Greater => left > right,
                Relation::GreaterEqual => left >= right,
                Relation::Equal => left == right,
            }
        }
        Condition::Flag { primed, .. } => !primed,
        Condition::And(all) => all.iter().all(holds),
        Condition::Or(any) => any.iter().any(holds),
        Condition::Not(inner) => !holds(inner),
    }
}

#[test]
fn expressions_mean_what_mathematics_says() {
    let cases = [
        ("1 + 2*3", 7, 1),
        ("(1 + 2)*3", 9, 1),
        ("2 - 3 - 4", -5, 1),
        ("24/4/2", 3, 1),
        ("24/4*2", 12, 1),
        ("1/2 + 1/3", 5, 6),
        ("-2^2", -4, 1),
        ("(-2)^2", 4, 1),
        ("2^-2", 1, 4),
        ("2^−2", 1, 4),
        ("-2^-2", -1, 4),
        ("3*2^2", 12, 1),
        ("2*-3", -6, 1),
        ("2--3", 5, 1),
        ("- -3", 3, 1),
        ("+3 - +2", 1, 1),
        ("2^0", 1, 1),
        ("(2^3)^2", 64, 1),
        ("2 × 3 · 4 − 5", 19, 1),
        ("0.1 + 2e-1 + .5 + 1_0.", 108, 10),
        ("1e2", 100, 1),
        ("1.5E+1", 15, 1),
        ("x*y", -3, 5),
        ("x' - x", 1, 1),
        ("x′ − x", 1, 1),
        ("k_1/x", 14, 3),
        ("abs(y)", 2, 5),
        ("ceil(x)", 2, 1),
        ("min(x, y) + max(x, y)", 11, 10),
        ("min(1 + 1, max(0, 3))*2", 4, 1),
        ("2*(x\n\t+ 1)", 5, 1),
        ("x/(zero + 1)", 3, 2),
    ];
    for (text, n, d) in cases {
        let value = parse(text).map(|e| evaluate(&e));
        assert_eq!(value, Ok(Some(Rational::from((n, d)))), "{text}");
    }
}

#[test]
fn functions_and_derivatives_become_nodes() {
    for function in Function::ALL {
        let arguments = vec!["x"; function.arity()].join(", ");
        let expr = parse(&format!("{}({arguments})", function.name())).unwrap();
        let Kind::Call(found, arguments) = expr.kind() else {
            panic!("{expr:?}")
        };
        assert_eq!((*found, arguments.len()), (function, function.arity()));
    }
    let expr = parse("diff(x*y, y)").unwrap();
    let Kind::Derivative(what, name) = expr.kind() else {
        panic!("{expr:?}")
    };
    assert_eq!(evaluate(what), Some(Rational::from((-3, 5))));
    assert_eq!(&**name, "y");
}

#[test]
fn conditions_mean_what_logic_says() {
    let cases = [
        ("1 < 2", true),
        ("2 < 2", false),
        ("2 <= 2", true),
        ("2 ≤ 2", true),
        ("2 >= 3", false),
        ("3 ≥ 3", true),
        ("3 > 3", false),
        ("1/2 = 0.5", true),
        ("1/2 == 0.5", true),
        ("1 < 2 < 3", true),
        ("1 < 3 < 2", false),
        ("3 < 2 < 4", false),
        ("1 < 2 <= 2 = 2 >= 1", true),
        ("2 > 1 < 2 < 2", false),
        ("clipped", true),
        ("clipped'", false),
        ("not clipped'", true),
        ("not not clipped", true),
        // `and` binds more tightly than `or`, `not` more tightly than both.
        ("clipped or clipped and clipped'", true),
        ("(clipped or clipped) and clipped'", false),
        ("not clipped or clipped", true),
        ("not (clipped or clipped)", false),
        ("not clipped and clipped'", false),
        // `not` is about a whole comparison.
        ("not 1 < 2", false),
        ("not 2 < 1 and x < 2", true),
        ("(x < 2) and ((y) < (x))", true),
        ("x < y or x > y and y < x", true),
    ];
    for (text, truth) in cases {
        assert_eq!(
            parse_condition(text).as_ref().map(holds),
            Ok(truth),
            "{text}"
        );
    }
}

#[test]
fn a_chain_has_a_place_for_every_link() {
    let Condition::And(links) = parse_condition("x < y <= 3*x").unwrap() else {
        panic!("a chain is a conjunction")
    };
    let places: Vec<_> = links
        .iter()
        .map(|link| match link {
            Condition::Compare { span, .. } => span.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(places, [Some(0..5), Some(4..12)]);
}

#[test]
fn every_node_knows_its_place() {
    let text = "1 + (x*y)/-abs(x)";
    let expr = expression(text, &Place::From(100), &names()).unwrap();
    let Kind::Add(_, quotient) = expr.kind() else {
        panic!("{expr:?}")
    };
    let Kind::Divide(product, divisor) = quotient.kind() else {
        panic!("{quotient:?}")
    };
    let shown = |e: &Expr| {
        let span = e.span().unwrap();
        &text[span.start - 100..span.end - 100]
    };
    assert_eq!(shown(&expr), text);
    assert_eq!(shown(quotient), "(x*y)/-abs(x)");
    assert_eq!(shown(product), "x*y");
    assert_eq!(shown(divisor), "-abs(x)");
}

/// Expression, kind of the mistake, the text it is at, words of the message or the help.
const MISTAKES: [(&str, ErrorKind, &str, &str); 49] = [
    ("x + #", ErrorKind::Token, "#", "`#` has no meaning"),
    ("x != y", ErrorKind::Token, "!", "`not`"),
    ("x && y", ErrorKind::Token, "&", "`and`"),
    ("x[1]", ErrorKind::Token, "[", "brackets"),
    ("x’ + 1", ErrorKind::Token, "’", "`'`"),
    ("½ + x", ErrorKind::Token, "½", "`½` has no meaning"),
    ("x''", ErrorKind::Token, "'", "no meaning"),
    ("x + 1.2.3", ErrorKind::Number, "1.2.3", "not a number"),
    ("2*1e99999", ErrorKind::Number, "1e99999", "exponent"),
    ("1__0", ErrorKind::Number, "1__0", "not a number"),
    (".", ErrorKind::Number, ".", "not a number"),
    ("", ErrorKind::Syntax, "", "an expression is expected"),
    (
        " \n ",
        ErrorKind::Syntax,
        " \n ",
        "an expression is expected",
    ),
    ("x +", ErrorKind::Syntax, "", "the text ends"),
    ("(x + y", ErrorKind::Syntax, "", "`)` is expected"),
    ("x + y)", ErrorKind::Syntax, ")", "an operator or the end"),
    ("x y", ErrorKind::Syntax, "y", "there is `y`"),
    ("2x", ErrorKind::Syntax, "x", "an operator"),
    ("* x", ErrorKind::Syntax, "*", "a number or a name"),
    ("x ** 2", ErrorKind::Syntax, "* 2", "a number or a name"),
    ("abs(x", ErrorKind::Syntax, "", "`)` is expected"),
    ("min(x,)", ErrorKind::Syntax, ")", "a number or a name"),
    ("x^y", ErrorKind::Syntax, "y", "whole number up to 64"),
    ("x^0.5", ErrorKind::Syntax, "0.5", "whole number up to 64"),
    ("x^65", ErrorKind::Syntax, "65", "whole number up to 64"),
    ("x^-65", ErrorKind::Syntax, "65", "whole number up to 64"),
    ("2^3^2", ErrorKind::Syntax, "^2", "brackets"),
    (
        "1 + not x",
        ErrorKind::Syntax,
        "not x",
        "a number or a name",
    ),
    ("and", ErrorKind::Syntax, "and", "a number or a name"),
    ("x + alhpa", ErrorKind::Name, "alhpa", "no name `alhpa`"),
    (
        "k_2 + x",
        ErrorKind::Name,
        "k_2",
        "the nearest name is `k_1`",
    ),
    (
        "cliped or x < y",
        ErrorKind::Name,
        "cliped",
        "the nearest name is `clipped`",
    ),
    (
        "sqr(x)",
        ErrorKind::Name,
        "sqr",
        "the nearest function is `sqrt`",
    ),
    (
        "dif(x, y)",
        ErrorKind::Name,
        "dif",
        "the nearest function is `diff`",
    ),
    ("x(2)", ErrorKind::Name, "x", "`x` is a number"),
    ("1 + sqrt", ErrorKind::Name, "sqrt", "`sqrt` is a function"),
    (
        "y + abs(x, y)",
        ErrorKind::Arity,
        "abs(x, y)",
        "takes 1 argument, not 2",
    ),
    (
        "min(x)",
        ErrorKind::Arity,
        "min(x)",
        "takes 2 arguments, not 1",
    ),
    (
        "abs()",
        ErrorKind::Arity,
        "abs()",
        "takes 1 argument, not 0",
    ),
    (
        "diff(x)",
        ErrorKind::Arity,
        "diff(x)",
        "takes 2 arguments, not 1",
    ),
    ("diff(x, x + y)", ErrorKind::Type, "x + y)", "that is: x, y"),
    ("diff(x, k_1)", ErrorKind::Type, "k_1)", "that is: x, y"),
    ("diff(x, y')", ErrorKind::Type, "y')", "that is: x, y"),
    ("1 + (x < y)", ErrorKind::Type, "(x < y)", "true or false"),
    ("k_1' + 1", ErrorKind::Type, "k_1'", "a constant"),
    (
        "x/(2*3 - 6)",
        ErrorKind::DivisionByZero,
        "(2*3 - 6)",
        "this divisor is 0",
    ),
    (
        "x/(2 - 2)^3",
        ErrorKind::DivisionByZero,
        "(2 - 2)^3",
        "this divisor is 0",
    ),
    (
        "x + (1 - 1)^-2",
        ErrorKind::DivisionByZero,
        "(1 - 1)^-2",
        "this divisor is 0",
    ),
    (
        "1/min(abs(-1/2) - 1/2, ceil(-0.5) + max(0, 1))",
        ErrorKind::DivisionByZero,
        "min(abs(-1/2) - 1/2, ceil(-0.5) + max(0, 1))",
        "this divisor is 0",
    ),
];

#[test]
fn mistakes_are_named_and_shown() {
    for (text, kind, at, words) in MISTAKES {
        let error = parse(text).expect_err(text);
        assert_eq!(error.kind, kind, "{text}: {error}");
        let shown = &text[error.span.clone()];
        // The place begins at `at`; where that is empty, at the end of the text.
        assert!(at.starts_with(shown), "{text}: at {shown:?}, not {at:?}");
        if at.is_empty() {
            assert_eq!(error.span, text.len()..text.len(), "{text}");
        } else {
            assert!(
                !shown.is_empty() && text[error.span.start..].starts_with(at),
                "{text}"
            );
        }
        let said = format!("{} {}", error.message, error.help.unwrap_or_default());
        assert!(said.contains(words), "{text}: {said}");
    }
}

#[test]
fn numbers_and_truth_are_told_apart() {
    let cases = [
        ("x + 1", "", "compare it with something"),
        ("x and y < 1", "x", "compare it"),
        ("x < 1 or y", "y", "compare it"),
        ("not x", "x", "compare it"),
        ("(x < y) < 1", "(x < y)", "true or false"),
        ("clipped < 1", "clipped", "true or false"),
        ("-clipped < 1", "clipped", "true or false"),
        ("abs(clipped) < 1", "clipped", "true or false"),
    ];
    for (text, at, words) in cases {
        let error = parse_condition(text).expect_err(text);
        assert_eq!(error.kind, ErrorKind::Type, "{text}: {error}");
        assert!(error.message.contains(words), "{text}: {error}");
        let at = if at.is_empty() { text } else { at };
        assert_eq!(&text[error.span], at, "{text}");
    }
    let error = parse("x < y").expect_err("a condition is no number");
    assert_eq!((error.kind, error.span), (ErrorKind::Type, 0..5));
}

#[test]
fn what_is_too_large_is_refused_at_once() {
    let many = |part: &str, n: usize| part.repeat(n);
    let texts = [
        many("(", 100_000),
        many("-", 100_000),
        many("+", 101) + "x",
        many("not ", 100_000),
        many("abs(", 100_000),
        many("x + ", 100_000) + "x",
        many("1/", 100_000) + "1",
        many("x < ", 100_000) + "x",
        many("x", 100_000),
        many("9", 1_000_000),
        many("1e", 100_000),
        many("1.", 100_000),
        many("ß", 100_000),
        many("(", 101) + "x" + &many(")", 101),
        "2".to_string() + &many("^2", 100_000),
    ];
    let begun = Instant::now();
    for text in &texts {
        let error = parse(text).expect_err(&text[..8]);
        assert!(error.to_string().len() < 300, "{error}");
        assert!(parse_condition(text).is_err());
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn what_is_large_but_allowed_is_read() {
    let deep = "(".repeat(100) + "x" + &")".repeat(100);
    assert_eq!(
        parse(&deep).map(|e| evaluate(&e)),
        Ok(Some(lookup("x", false)))
    );
    let long = "1 + ".repeat(998) + "1";
    assert_eq!(
        parse(&long).map(|e| evaluate(&e)),
        Ok(Some(Rational::from(999)))
    );
    let chain = "1 <= ".repeat(998) + "2";
    assert_eq!(parse_condition(&chain).as_ref().map(holds), Ok(true));
    let large = "9".repeat(4096);
    assert!(parse(&large).is_ok());
    let divisors = "1/(1 + ".repeat(100) + "1" + &")".repeat(100);
    assert!(parse(&divisors).is_ok());
}

/// An expression as it is written and what it is worth, independently of the parser.
#[derive(Clone, Debug)]
enum Tree {
    Number(u32, u32),
    Name(usize, bool),
    Negate(Box<Tree>),
    Binary(char, Box<Tree>, Box<Tree>),
    Power(Box<Tree>, u32, bool),
    Call(&'static str, Vec<Tree>),
}

impl Tree {
    fn value(&self) -> Option<Rational> {
        Some(match self {
            Tree::Number(n, places) => {
                Rational::from((Integer::from(*n), Integer::from(10).pow(*places)))
            }
            Tree::Name(i, primed) => lookup(NAMES[*i].0, *primed),
            Tree::Negate(x) => -x.value()?,
            Tree::Binary(operator, x, y) => {
                let (x, y) = (x.value()?, y.value()?);
                match operator {
                    '+' => x + y,
                    '-' => x - y,
                    '*' => x * y,
                    _ if y.is_zero() => return None,
                    _ => x / y,
                }
            }
            Tree::Power(x, n, negative) => {
                let power = x.value()?.pow(*n);
                match (negative, power.is_zero()) {
                    (false, _) => power,
                    (true, false) => power.recip(),
                    (true, true) => return None,
                }
            }
            Tree::Call(name, arguments) => {
                let x = arguments[0].value()?;
                match *name {
                    "abs" => x.abs(),
                    "ceil" => x.ceil(),
                    "min" => x.min(arguments[1].value()?),
                    _ => x.max(arguments[1].value()?),
                }
            }
        })
    }

    /// Loosest to tightest: sums 0, products 1, signs 2, powers 3, the rest 4.
    fn level(&self) -> u8 {
        match self {
            Tree::Binary('+' | '-', ..) => 0,
            Tree::Binary(..) => 1,
            Tree::Negate(_) => 2,
            Tree::Power(..) => 3,
            Tree::Number(..) | Tree::Name(..) | Tree::Call(..) => 4,
        }
    }

    /// With no brackets but those it needs.
    fn text(&self, least: u8, fancy: bool) -> String {
        let text = match self {
            Tree::Number(n, 0) => n.to_string(),
            Tree::Number(n, places) if fancy => format!("{n}e-{places}"),
            Tree::Number(n, places) => {
                let digits = format!("{n:0>width$}", width = *places as usize + 1);
                let point = digits.len() - *places as usize;
                format!("{}.{}", &digits[..point], &digits[point..])
            }
            Tree::Name(i, primed) => {
                let prime = match (primed, fancy) {
                    (false, _) => "",
                    (true, false) => "'",
                    (true, true) => "′",
                };
                format!("{}{prime}", NAMES[*i].0)
            }
            Tree::Negate(x) => format!("{}{}", sign('-', fancy), x.text(2, fancy)),
            Tree::Binary(operator, x, y) => {
                let level = self.level();
                let space = if fancy { "" } else { " " };
                format!(
                    "{}{space}{}{space}{}",
                    x.text(level, fancy),
                    sign(*operator, fancy),
                    y.text(level + 1, fancy)
                )
            }
            Tree::Power(x, n, negative) => {
                let minus = if *negative { "-" } else { "" };
                format!("{}^{minus}{n}", x.text(4, fancy))
            }
            Tree::Call(name, arguments) => {
                let arguments: Vec<_> = arguments.iter().map(|x| x.text(0, fancy)).collect();
                format!("{name}({})", arguments.join(","))
            }
        };
        if self.level() < least {
            format!("({text})")
        } else {
            text
        }
    }
}

fn sign(operator: char, fancy: bool) -> char {
    match (operator, fancy) {
        ('-', true) => '−',
        ('*', true) => '×',
        _ => operator,
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        (0u32..1000, 0u32..4).prop_map(|(n, places)| Tree::Number(n, places)),
        (0..NAMES.len(), any::<bool>()).prop_map(|(i, p)| Tree::Name(i, p && NAMES[i].0 != "k_1")),
    ];
    leaf.prop_recursive(5, 40, 2, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            1 => boxed.clone().prop_map(Tree::Negate),
            4 => (prop::sample::select(vec!['+', '-', '*', '/']), boxed.clone(), boxed.clone())
                .prop_map(|(operator, x, y)| Tree::Binary(operator, x, y)),
            1 => (boxed, 0u32..4, any::<bool>()).prop_map(|(x, n, s)| Tree::Power(x, n, s)),
            1 => (prop::sample::select(vec!["abs", "ceil"]), inner.clone())
                .prop_map(|(name, x)| Tree::Call(name, vec![x])),
            1 => (prop::sample::select(vec!["min", "max"]), inner.clone(), inner)
                .prop_map(|(name, x, y)| Tree::Call(name, vec![x, y])),
        ]
    })
}

/// A condition on the numbers 0 and 1, as it is written, and its truth.
#[derive(Clone, Debug)]
enum Logic {
    Chain(Vec<u8>, Vec<&'static str>),
    Flag(bool),
    Not(Box<Logic>),
    Many(bool, Vec<Logic>),
}

impl Logic {
    fn truth(&self) -> bool {
        match self {
            Logic::Chain(numbers, relations) => relations.iter().enumerate().all(|(i, r)| {
                let (x, y) = (numbers[i], numbers[i + 1]);
                match *r {
                    "<" => x < y,
                    "<=" | "≤" => x <= y,
                    ">" => x > y,
                    ">=" | "≥" => x >= y,
                    _ => x == y,
                }
            }),
            Logic::Flag(primed) => !primed,
            Logic::Not(inner) => !inner.truth(),
            Logic::Many(true, parts) => parts.iter().all(Logic::truth),
            Logic::Many(false, parts) => parts.iter().any(Logic::truth),
        }
    }

    /// Loosest to tightest: `or` 0, `and` 1, `not` 2, comparisons 3.
    fn text(&self, least: u8) -> String {
        let (level, text) = match self {
            Logic::Chain(numbers, relations) => {
                let mut text = numbers[0].to_string();
                for (relation, number) in relations.iter().zip(&numbers[1..]) {
                    text += &format!("{relation}{number}");
                }
                (3, text)
            }
            Logic::Flag(primed) => (3, if *primed { "clipped'" } else { "clipped" }.into()),
            Logic::Not(inner) => (2, format!("not {}", inner.text(2))),
            Logic::Many(all, parts) => {
                let level = u8::from(*all);
                let word = if *all { " and " } else { " or " };
                let parts: Vec<_> = parts.iter().map(|p| p.text(level + 1)).collect();
                (level, parts.join(word))
            }
        };
        if level < least {
            format!("({text})")
        } else {
            text
        }
    }
}

fn logic() -> impl Strategy<Value = Logic> {
    let relations = vec!["<", "<=", ">", ">=", "=", "≤", "≥", "=="];
    let relation = prop::sample::select(relations);
    let leaf = prop_oneof![
        3 => (1usize..4)
            .prop_flat_map(move |n| {
                let numbers = prop::collection::vec(0u8..2, n + 1);
                (numbers, prop::collection::vec(relation.clone(), n))
            })
            .prop_map(|(numbers, relations)| Logic::Chain(numbers, relations)),
        1 => any::<bool>().prop_map(Logic::Flag),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|x| Logic::Not(Box::new(x))),
            (any::<bool>(), prop::collection::vec(inner, 2..4))
                .prop_map(|(all, parts)| Logic::Many(all, parts)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn printed_trees_are_read_back(tree in trees(), fancy in any::<bool>()) {
        let text = tree.text(0, fancy);
        match (parse(&text), tree.value()) {
            (Ok(expr), value) => prop_assert_eq!(evaluate(&expr), value, "{}", text),
            // Only a division by a constant 0 may be refused.
            (Err(error), None) => prop_assert_eq!(error.kind, ErrorKind::DivisionByZero, "{}", text),
            (Err(error), Some(_)) => prop_assert!(false, "{}: {}", text, error),
        }
    }

    #[test]
    fn printed_conditions_are_read_back(logic in logic()) {
        let text = logic.text(0);
        let read = parse_condition(&text);
        prop_assert_eq!(read.as_ref().map(holds), Ok(logic.truth()), "{}", text);
    }

    #[test]
    fn any_text_is_answered_in_place(text in "\\PC{0,60}") {
        in_place(&text);
    }

    #[test]
    fn any_tokens_are_answered_in_place(
        parts in prop::collection::vec(prop::sample::select(vec![
            "x", "y'", "clipped", "1", "0", "2.5", "1e3", "+", "-", "*", "/", "^", "(", ")", ",",
            "<", "<=", "=", "and", "or", "not", "abs(", "min(", "diff(", " ", "λ", "≤", "−",
        ]), 0..30),
    ) {
        in_place(&parts.concat());
    }
}

/// No panic, and a mistake's place is inside the text, at character boundaries.
fn in_place(text: &str) {
    let errors = [parse(text).err(), parse_condition(text).err()];
    for error in errors.into_iter().flatten() {
        assert!(
            text.get(error.span.clone()).is_some(),
            "{text:?}: {:?}",
            error.span
        );
    }
}

/// The error of a claim file.
fn claim_error(text: &str) -> InputError {
    let file = Arc::new(SourceFile {
        path: "c.toml".into(),
        text: text.into(),
    });
    file::parse(&file, &model::names()).expect_err(text)
}

#[test]
fn mistakes_are_found_at_their_line_and_column() {
    let head = "id = \"a\"\ntitle = \"\u{e9}\\u00e9 λ₁\"\nsource = ''\nprovenance = 'derived'\n\
                proof = ''\n";
    // `@` stands before the mistake.
    let cases = [
        "then = 'a < @alhpa'",
        "then = \"a < @alhpa\"",
        "then = [\n  'a < 2', # first\n  'a ≤ @alhpa',\n]",
        "then = '''a < @alhpa'''",
        "then = '''\na < @alhpa'''",
        "then = '''\na <\n   2·a +\n\n @alhpa'''",
        "then = \"\"\"\n  a < 2 and\n  b < @alhpa\"\"\"",
        "title2 = 'é' # λ\nthen = 'a < 2'",
        "when = 'a ≥ 2 − 3·(@β₁)'\nthen = 'a < 2'",
        "when = '''\r\na < 2 and\r\n @alhpa < 2'''\nthen = 'a < 2'",
        "then = 'a < b @b'",
        "then = 'a < b +@'",
        "then = 'a/@0 < 1'",
        "define = { u = 'a', w = 'u + @v' }\nthen = 'w < 1'",
        "then = 'a < 1'\nfor = 'from first(@alhpa > 2)'",
        "then = 'a < 1'\nfor = '  steps 1 to @hirizon'",
        "then = 'a < 1'\nreach = { goal = 'a > 2', within = '1 + @lambda3' }",
        "constants = { delta = '1' }\nthen = 'a < 1'\n\
         tight = { constant = 'delta', from = '@beta3', best = 'least' }",
        // Escapes rewrite the text: the whole value is shown.
        "then = @\"a < \\u0031 + alhpa\"",
        "then = @\"\"\"a \\\n < alhpa\"\"\"",
    ];
    for case in cases {
        let text = head.to_string() + &case.replace('@', "");
        let error = claim_error(&text);
        let Some(at) = case.find('@') else {
            assert_eq!(error.line_and_column(), Some((6, 1)), "{error}");
            continue;
        };
        let before = head.to_string() + &case[..at];
        let line = before.matches('\n').count() + 1;
        let column = before.lines().last().unwrap().chars().count() + 1;
        assert_eq!(
            error.line_and_column(),
            Some((line, column)),
            "{case}\n{error}"
        );
        let shown = error.to_string();
        assert!(
            shown.contains(&format!("c.toml:{line}:{column}\n")),
            "{shown}"
        );
    }
}

#[test]
fn a_mistake_far_along_a_line_has_its_true_column() {
    let then = format!("then = '{}alhpa < 1'", "a + ".repeat(400));
    let shown = claim_error(&format!(
        "id='a'\ntitle=''\nsource=''\nprovenance='derived'\nproof=''\n{then}"
    ))
    .to_string();
    assert!(
        shown.contains(&format!("c.toml:6:{}\n", 8 + 1600 + 1)),
        "{shown}"
    );
    assert!(shown.len() < 1500, "{shown}");
    assert!(shown.contains("^^^^^"), "{shown}");
}

#[test]
fn the_paper_s_symbols_lead_to_the_names() {
    let named: BTreeMap<&str, &str> = BTreeMap::from([
        ("β₁", "beta1"),
        ("λ₂", "lambda2"),
        ("η", "eta"),
        ("α′", "alpha"),
    ]);
    for (symbol, name) in named {
        let error = condition(&format!("{symbol} > 0"), &Place::From(0), &model::names());
        let help = error.expect_err(symbol).help;
        assert_eq!(
            help,
            Some(format!("the nearest name is `{name}`")),
            "{symbol}"
        );
    }
}
