//! Claims and runs on which a small wrong would go unnoticed elsewhere: a part taken for the
//! whole, the other iterate, a hypothesis less, an Unknown read as an answer.

use std::sync::atomic::AtomicBool;

use edgecert::certify::{Options, certify};
use edgecert::input::Run;
use edgecert::verdict::Verdict;

use crate::common::{parameters, run, start};
use crate::support::{certified, check, claim, is, outcome, small, violated};

/// a = 2 exactly at the start, and above it from then on; β₁ = 0.
fn at_the_edge(steps: u64) -> Run {
    run(
        parameters("2", "1/10", "1", None),
        start("1", "0", "1/2"),
        steps,
    )
}

/// b grows ninefold at first.
fn growing(steps: u64) -> Run {
    run(
        parameters("1", "1/100", "1", None),
        start("2", "1/100", "1/2"),
        steps,
    )
}

#[test]
fn a_conjunction_is_an_identity_only_if_each_part_is() {
    for then in [
        "a = eta*lambda1*alpha^2 and log(b + 2) = log(b + 2) + 1/10^40",
        "log(b + 2) = log(b + 2) + 1/10^40 and a = eta*lambda1*alpha^2",
        "a = eta*lambda1*alpha^2 and s = 1 - p + 1/10^40",
    ] {
        let result = violated(&small(5), &format!("then = '{then}'"), 0);
        assert!(!result.clauses[0].identity);
    }
    let both = "then = 'a = eta*lambda1*alpha^2 and s = 1 - p'";
    assert!(certified(&small(5), both).clauses[0].identity);
    // A disjunction of one is none.
    let either = "then = 'a = eta*lambda1*alpha^2 or b > 1000'";
    assert!(!outcome(&small(5), either, &Options::default(), false).claims[0].clauses[0].identity);
}

#[test]
fn a_rise_from_the_level_itself_is_a_crossing() {
    violated(
        &at_the_edge(3),
        "then = 't < 0'\nfor = 'from crossing(1)'",
        1,
    );
    let result = certified(&at_the_edge(3), "then = 't < 1'\nfor = 'until crossing(1)'");
    assert_eq!(result.checked, 1);
}

#[test]
fn memory_inside_memory_is_refused() {
    let refused = |then: &str| {
        let mut run = small(3);
        run.claims = vec![claim(&format!("then = '{then}'"))];
        let quiet = AtomicBool::new(false);
        certify(&run, &Options::default(), &quiet, &mut |_| {}).is_err()
    };
    let functions = ["start", "running_max", "running_min"];
    for outer in functions {
        for inner in functions {
            assert!(
                refused(&format!("{outer}({inner}(b)) >= b")),
                "{outer} {inner}"
            );
            assert!(refused(&format!("{outer}(b + 2*{inner}(a)) >= b")));
        }
        assert!(refused(&format!("running_sum({outer}(b)) >= b")), "{outer}");
    }
    assert!(!refused("running_max(b) + running_min(a) >= start(b)"));
}

/// S = λ₁α² exactly, at β₁ = 0: decided by the Hessian of the iterate that is meant.
#[test]
fn a_sharpness_of_the_next_iterate_is_its_own() {
    let now = "for = 'steps 0 to 0'\nthen = ";
    certified(
        &at_the_edge(2),
        &format!("{now}\"sharpness' >= lambda1*alpha'^2\""),
    );
    certified(
        &at_the_edge(2),
        &format!("{now}\"sharpness' <= lambda1*alpha'^2\""),
    );
    certified(
        &at_the_edge(2),
        &format!("{now}\"lambda1*alpha'^2 >= sharpness'\""),
    );
    certified(
        &at_the_edge(2),
        &format!("{now}\"sharpness >= lambda1*alpha^2\""),
    );
    certified(
        &at_the_edge(2),
        &format!("{now}\"sharpness < lambda1*alpha'^2\""),
    );
    violated(
        &at_the_edge(2),
        &format!("{now}\"sharpness' > lambda1*alpha'^2\""),
        0,
    );
    violated(
        &at_the_edge(2),
        &format!("{now}\"sharpness >= lambda1*alpha'^2\""),
        0,
    );
}

/// A running maximum counts the step it is asked at, in every clause of the claim.
#[test]
fn memory_is_that_of_the_step() {
    let until = "for = 'until first(t >= 1 and running_max(b) > 1000)'\n";
    certified(
        &growing(5),
        &format!("{until}then = 'running_max(b) >= b/2'"),
    );
    certified(
        &growing(5),
        &format!("{until}then = '2*running_max(b) > b'"),
    );
    violated(&growing(3), "then = 'running_min(b) >= b/2'", 1);
    certified(
        &growing(3),
        "then = 'running_sum(b) <= b/2 or t > 3'\nwhen = 't >= 1'",
    );
    violated(&growing(3), "then = 'running_sum(b) >= b'", 0);
    certified(&growing(3), "then = 'start(b) <= b/2'\nwhen = 't >= 1'");
    // Where f64 cannot tell, balls do: their memory is the same.
    certified(&growing(3), "then = 'running_max(b) > b - b/10^20'");
    violated(&growing(3), "then = 'running_max(b) > b + b/10^20'", 0);
}

#[test]
fn an_open_hypothesis_on_a_tail_decides_nothing() {
    let all = "constants = { N = 0 }\nfor = 'for all t >= N'\n";
    let lines = format!("{all}when = 'beta1 = 0'\nthen = 'b > 1'");
    is(check(&small(100), &lines), Verdict::Undecided);
    let lines = format!("{all}when = 'beta1 > 0'\nthen = 'b > 1'");
    assert_ne!(check(&small(100), &lines).verdict, Verdict::Certified);
}

/// From a = 25/4, b = 16: the iterates escape at once, and L ≥ 8/(ηh) = 8 is all that is said.
#[test]
fn an_escape_bounds_the_loss_by_eight() {
    let run = run(
        parameters("1", "1/4", "1", None),
        start("3", "4", "1/10"),
        4,
    );
    let eventually = |then: &str| format!("for = 'eventually always'\nthen = '{then}'");
    certified(&run, &eventually("loss >= 8"));
    certified(&run, &eventually("loss1 >= 8"));
    certified(&run, &eventually("a >= 4 and b >= 4"));
    certified(&run, &eventually("sharpness >= 4"));
    for beyond in [
        "loss >= 12",
        "loss1 >= 9",
        "a >= 5",
        "b >= 5",
        "sharpness >= 5",
        "loss2 > 0",
    ] {
        is(check(&run, &eventually(beyond)), Verdict::Undecided);
    }
}

/// Each hypothesis of Theorem E alone fails at the start (or for ever).
#[test]
fn an_escape_needs_each_of_its_hypotheses() {
    let escape = |lambda1, lambda2, alpha, beta1, beta2, steps| {
        let run = run(
            parameters(lambda1, lambda2, "1", None),
            start(alpha, beta1, beta2),
            steps,
        );
        outcome(&run, "then = 't >= 0'", &Options::default(), false)
            .facts
            .escape
    };
    assert_eq!(escape("1", "1/100", "5/2", "3", "1", 2), Some(0));
    // b ≥ 8e(β₂² + 1) fails until step 3.
    assert_eq!(escape("1", "1/2", "5/2", "21/10", "6", 5), Some(3));
    assert_ne!(escape("1", "1/100", "5/2", "1", "1", 2), Some(0), "b ≥ 4");
    assert_ne!(escape("1", "1/100", "3/2", "3", "1", 2), Some(0), "a ≥ 4");
    assert_ne!(escape("100", "1", "1/2", "1", "1", 2), Some(0), "|α| ≥ 1");
    assert_eq!(escape("1", "3/5", "3", "5", "1", 3), None, "ρ ≤ 1/2");
    let steep = run(parameters("1", "1/2", "4", None), start("2", "5", "1"), 3);
    let facts = outcome(&steep, "then = 't >= 0'", &Options::default(), false).facts;
    assert_eq!(facts.escape, None, "eρ ≤ 1/2");
    // A projection keeps β₁ from growing.
    let clipped = run(
        parameters("1", "1/100", "1", Some("3")),
        start("5/2", "3", "1"),
        2,
    );
    let facts = outcome(&clipped, "then = 't >= 0'", &Options::default(), false).facts;
    assert_eq!(facts.escape, None);
}
