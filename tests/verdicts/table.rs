//! The table of cases that engine and checker share.

use edgecert::check::json::{self, Json};
use edgecert::verdict::Verdict;

use super::cases::{Case, Inputs, Right, all};
use super::support::check;
use crate::common::{parameters, run, start};

/// A tree of a certificate as people write it.
fn words(tree: &Json) -> String {
    let Json::List(items) = tree else {
        return match tree {
            Json::Integer(n) => n.to_string(),
            Json::Text(text) => format!("({text})"),
            _ => panic!("no tree: {tree:?}"),
        };
    };
    let (Json::Text(operation), operands) = items.split_first().expect("an operation") else {
        panic!("no operation: {tree:?}")
    };
    let operands: Vec<String> = operands.iter().map(words).collect();
    match (operation.as_str(), operands.as_slice()) {
        ("neg", [x]) => format!("(-{x})"),
        ("and" | "or" | "min" | "max", _) if operation.starts_with('m') => {
            format!("{operation}({})", operands.join(", "))
        }
        ("not", [x]) => format!("not ({x})"),
        (_, [x]) => format!("{operation}({x})"),
        _ => format!("({})", operands.join(&format!(" {operation} "))),
    }
}

fn text(tree: &str) -> String {
    words(&json::read(tree.as_bytes()).unwrap_or_else(|e| panic!("{tree}: {e}")))
}

fn scope(tree: &str) -> String {
    let Ok(Json::List(items)) = json::read(tree.as_bytes()) else {
        panic!("no scope: {tree}")
    };
    let bare = |json: &Json| match json {
        Json::Text(text) => text.clone(),
        Json::List(items) => format!("first({})", words(&items[1])),
        _ => panic!("no part of a scope: {json:?}"),
    };
    match (bare(&items[0]).as_str(), &items[1..]) {
        ("for all from", [n]) => format!("for all t >= {}", bare(n)),
        ("steps", [n, m]) => format!("steps {} to {}", bare(n), bare(m)),
        ("each stretch where", [test]) => format!("each stretch where {}", words(test)),
        (kind, [x]) => format!("{kind} {}", bare(x)),
        (kind, _) => kind.into(),
    }
}

fn lines(case: &Case) -> String {
    let mut lines = format!("for = \"{}\"", scope(&case.scope));
    for (field, tests) in [
        ("given", &case.given),
        ("when", &case.when),
        ("then", &case.then),
    ] {
        let tests: Vec<String> = tests.iter().map(|t| format!("\"{}\"", text(t))).collect();
        if !tests.is_empty() {
            lines.push_str(&format!("\n{field} = [{}]", tests.join(", ")));
        }
    }
    lines
}

#[test]
fn every_verdict_is_the_right_one() {
    let mut wrong = Vec::new();
    for case in all() {
        let Inputs([lambda1, lambda2, eta], steps, [alpha, beta1, beta2], clip) = case.run;
        let run = run(
            parameters(lambda1, lambda2, eta, clip),
            start(alpha, beta1, beta2),
            steps,
        );
        let result = check(&run, &lines(&case));
        let found = match result.verdict {
            Verdict::Certified => Right::Certified,
            Verdict::Vacuous => Right::Vacuous,
            Verdict::Undecided => Right::Undecided,
            // A violation of what holds at some step, or in the end, is about no step.
            Verdict::Violated => match case.right {
                Right::Violated(None) => Right::Violated(None),
                _ => Right::Violated(result.violation.as_ref().map(|v| v.step)),
            },
        };
        let open = found == Right::Undecided && case.may_be_open;
        if found != case.right && !open {
            wrong.push(format!("{found:?}, not {:?}: {}", case.right, lines(&case)));
            continue;
        }
        if let (Some(counts), Right::Certified) = (case.counts, found) {
            assert_eq!(result.checked, counts, "{}", lines(&case));
        }
        if let Some((value, step)) = case.slack {
            let slack = result.clauses[0].slack.as_ref().expect("a slack");
            let middle = f64::midpoint(slack.absolute.lower_f64(), slack.absolute.upper_f64());
            assert!((middle - value).abs() < 1e-12, "{middle}");
            assert_eq!(slack.attained().step(), Some(step), "{}", lines(&case));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
