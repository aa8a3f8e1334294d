use std::sync::Arc;

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
    let deeper = format!("{lines}x11 = 'x10{sum}'\nx12 = 'x11{sum}'");
    refused(&deeper, "x12 < 1", "too large");
}
