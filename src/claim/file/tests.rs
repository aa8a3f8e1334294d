use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::certify::compile;
use crate::input::{Range, Run};
use crate::model::{self, Parameters, State};

/// A claim with `lines` between its head and its conclusion.
fn claim(lines: &str, then: &str) -> Result<Claim, InputError> {
    let text = format!(
        "id = 'x'\ntitle = 'x'\nsource = 'x'\nprovenance = 'derived'\nproof = 'x'\n\
         then = \"{then}\"\n{lines}\n"
    );
    let file = SourceFile {
        path: "x.toml".into(),
        text,
    };
    parse(&Arc::new(file), &model::names())
}

fn refused(lines: &str, then: &str, words: &str) {
    let error = claim(lines, then).expect_err(words).to_string();
    assert!(error.contains(words), "{words:?} is not in\n{error}");
}

/// A run of one claim from an ordinary start.
fn run(claim: Claim) -> Run {
    let whole = |n: u32| n.into();
    let point = |n: u32| Range {
        lower: whole(n),
        upper: whole(n),
    };
    Run {
        title: String::new(),
        parameters: Parameters {
            lambda1: whole(1),
            lambda2: whole(1),
            eta: whole(1),
            clip: None,
        },
        start: State {
            alpha: point(1),
            beta1: point(1),
            beta2: point(1),
        },
        steps: 1,
        file: claim.file.clone(),
        claims: vec![Arc::new(claim)],
        expect: Default::default(),
        targets: Default::default(),
    }
}

/// `growth'` would be b''/b', and there is no b''.
#[test]
fn definitions_that_look_elsewhere_have_no_next_value() {
    let growth = "[define]\ngrowth = \"b'/b\"\ntwice = '2*growth'\nfrom_start = 'b - start(b)'";
    assert!(claim(growth, "growth < 1 and twice < 2 and from_start < 1").is_ok());
    for then in ["growth' < 1", "twice' < 1", "from_start' < 1"] {
        refused(growth, then, "has no next value");
    }
    let plain = "[define]\ntwice = '2*b + lambda1 + delta'\n[constants]\ndelta = 1";
    assert!(claim(plain, "twice' < 1").is_ok());
}

#[test]
fn a_name_is_free_only_where_nothing_else_determines_it() {
    assert!(claim("", "diff(loss, alpha) < diff(loss, eta)").is_ok());
    for name in ["p", "h", "t", "B", "sharpness", "delta", "own"] {
        let lines = "[constants]\ndelta = 1\n[define]\nown = 'alpha'";
        refused(lines, &format!("diff(loss, {name}) = 0"), "that is: alpha");
    }
}

#[test]
fn functions_keep_their_names() {
    for name in ["sqrt", "F", "start", "diff"] {
        let lines = format!("[define]\n{name} = 'b'");
        refused(&lines, "b < 1", "cannot be a name");
    }
}

#[test]
fn the_first_given_needs_a_given() {
    refused("for = 'from first given'", "b < 1", "has no `given`");
    refused(
        "given = []\nfor = 'from first given'",
        "b < 1",
        "has no `given`",
    );
    assert!(claim("given = 'a < 1'\nfor = 'from first given'", "b < 1").is_ok());
}

/// Sixty lines that stand for 2⁶⁰ additions.
#[test]
fn definitions_that_grow_without_bound_are_refused() {
    let mut lines = "[define]\nx0 = 'alpha'\n".to_string();
    for i in 1..60 {
        lines += &format!("x{i} = 'x{0} + x{0}'\n", i - 1);
    }
    refused(&lines, "x59 < 1", "too large");
    refused("", &"diff(".repeat(9), "is expected");
    let deep = format!("{}loss{} < 1", "diff(".repeat(9), ", alpha)".repeat(9));
    refused("", &deep, "too large");
}

/// The deepest tree that is accepted can be compiled on the stack of a test's thread.
#[test]
fn the_deepest_definitions_can_be_compiled() {
    let mut lines = "[define]\nx0 = 'alpha + 1'\n".to_string();
    let sum = " + beta1".repeat(180);
    for i in 1..=10 {
        lines += &format!("x{i} = 'x{}{sum}'\n", i - 1);
    }
    let claim = claim(&lines, "x10 < x10'").expect("within the limits");
    assert!(compile(&run(claim)).is_ok());
    let quotient = format!("diff(loss{}, alpha) > 0", "/alpha".repeat(160));
    let claim = self::claim("", &quotient).expect("within the limits");
    assert!(compile(&run(claim)).is_ok());
    let deeper = format!("{lines}x11 = 'x10{sum}'\nx12 = 'x11{sum}'");
    refused(&deeper, "x12 < 1", "too large");
}

#[test]
fn too_many_names_are_refused() {
    let lines: String = (0..2000).map(|i| format!("k{i} = 1\n")).collect();
    refused(&format!("[constants]\n{lines}"), "b < 1", "too many names");
}

#[test]
fn a_prime_in_single_quotes_is_explained() {
    for line in ["given = 'b' >= 2'", "given = ['b' >= 2', 'a > 1']"] {
        refused(line, "b < 1", "stands in double quotes");
    }
    let error = claim("given = 5 6", "b' < 1").expect_err("no TOML");
    assert!(!error.to_string().contains("double quotes"));
}

/// Every kind of field, to be damaged.
const COMPLETE: &str = r#"id = "theorem-4.4.growth"
title = "Above the edge"
source = "Theorem 4.4"
provenance = "reconstructed"
proof = "dynamics.md#theorem-7"
statement = """two
lines"""
given = ['0 < p <= 1', "b' <= 2 or clipped"]
when = 'a >= 2 + delta'
then = ["b' >= (1 + delta)^2*b or not clipped'", '''
a > start(a)
''']
for = "each stretch where a >= 2"
reach = { goal = 'a >= 2', within = 'ceil(log(2/a)/(2*log(1 + Dbar)))' }
tight = { constant = "delta", from = "sqrt(b'/b) - 1", best = "least" }
loose_above = "1/10"
[constants]
delta = 1e-1
[define]
Dbar = '1.01*rho*h^2/8'
"#;

fn parse_text(text: String) -> Result<Claim, InputError> {
    let file = SourceFile {
        path: "x.toml".into(),
        text,
    };
    parse(&Arc::new(file), &model::names())
}

#[test]
fn a_complete_claim_is_read() {
    let claim = parse_text(COMPLETE.into()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        claim.constants,
        [("delta".to_string(), Rational::from((1, 10)))]
    );
    assert_eq!(
        (claim.given.len(), claim.when.len(), claim.then.len()),
        (2, 1, 2)
    );
    assert_eq!(claim.then[1].text, "a > start(a)");
    assert!(matches!(claim.scope, Scope::EachStretch(_)));
    assert!(claim.tight.is_some_and(|t| t.least));
    assert!(claim.reach.is_some());
}

proptest! {
    /// Part of a good file replaced by anything: read or refused, in a place of the file.
    #[test]
    fn damaged_claims_do_not_panic(
        from in 0..COMPLETE.len(),
        length in 0usize..40,
        filling in prop_oneof!["\\PC{0,8}", "[-'\"=\\[\\]{}()<>^*/+.,0-9a-e \n\r\\\\]{0,8}"],
    ) {
        let to = (from + length).min(COMPLETE.len());
        let text = [&COMPLETE[..from], &filling, &COMPLETE[to..]].concat();
        if let Err(error) = parse_text(text.clone()) {
            prop_assert!(!error.to_string().is_empty());
            if let Some((line, _)) = error.line_and_column() {
                prop_assert!(line <= text.matches('\n').count() + 1);
            }
        }
    }

    /// An expression in any kind of quotes is shown at its true line and column.
    #[test]
    fn mistakes_are_shown_in_place(
        before in "[a-cé +*(\n]{0,20}",
        quote in prop_oneof![Just("'''"), Just("\"\"\""), Just("'''\n"), Just("\"\"\"\n")],
    ) {
        let upto = COMPLETE.find("given").map_or("", |i| &COMPLETE[..i]);
        let upto = format!("{upto}then = {quote}{before} #");
        let line = upto.matches('\n').count() + 1;
        let column = upto.lines().last().map_or(0, |l| l.chars().count());
        let error = parse_text(upto + quote.trim_end()).expect_err("there is a #");
        prop_assert!(error.to_string().contains("`#` has no meaning"), "{}", error);
        prop_assert_eq!(error.line_and_column(), Some((line, column)));
    }
}
