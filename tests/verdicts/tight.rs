//! Tight constants: the value at which a conclusion is an exact tie, and nothing else.

use std::path::Path;

use edgecert::claim::file;
use edgecert::claim::program::Program;
use edgecert::model;
use edgecert::verdict::{ClaimResult, Verdict};
use rug::Rational;

use crate::common::{parameters, q, run, start};
use crate::support::{check, claim, small};

/// A claim on K = `k` with a conclusion and what `tight` says.
fn lines(k: &str, then: &str, from: &str, best: &str) -> String {
    format!(
        "constants = {{ K = '{k}' }}\nthen = {then}\n\
         tight = {{ constant = 'K', from = \"{from}\", best = '{best}' }}"
    )
}

fn result(k: &str, then: &str, from: &str, best: &str) -> ClaimResult {
    check(&small(20), &lines(k, then, from, best))
}

#[track_caller]
fn known(k: &str, then: &str, from: &str, best: &str) {
    let result = result(k, then, from, best);
    assert!(result.tight.is_some(), "{:?}", result.tight_unknown);
    assert_eq!(result.tight_unknown, None);
}

#[track_caller]
fn unknown(k: &str, then: &str, from: &str, best: &str) {
    let result = result(k, then, from, best);
    assert!(result.tight.is_none(), "{:?}", result.tight);
    assert!(result.tight_unknown.is_some());
}

#[test]
fn what_is_no_tie_is_not_certified() {
    known("2", "'a <= K'", "a", "greatest");
    // a of case 11: another quantity, another factor, the other direction, K itself.
    unknown("2", "'a <= K'", "b", "greatest");
    unknown("2", "'a <= 100*K'", "a", "greatest");
    unknown("2", "'a <= K'", "a", "least");
    unknown("2", "'a <= K'", "a + K - K", "greatest");
    unknown("2", "'a >= 0'", "a", "greatest");
    known("2", "'a <= 100*K'", "a/100", "greatest");
    known("0", "'K <= a'", "a", "least");
    unknown("0", "'K <= a'", "a", "greatest");
    // Under a function, and in an equation's place.
    unknown("2", "'abs(K)*b <= a or a < 3'", "a/b", "least");
    unknown("2", "'K^3*a <= 100'", "100/a", "least");
    unknown("2", "'a = K or a < 3'", "a", "greatest");
}

#[test]
fn the_direction_is_looked_at_on_the_run() {
    // Q < 0 at the start of this run and C changes no sign: K*Q <= a bounds K from below.
    known("1", "'K*Q <= a'", "a/Q", "greatest");
    unknown("1", "'K*Q <= a'", "a/Q", "least");
    // t − 5 changes its sign.
    unknown("0", "'K*(t - 5) <= 1'", "1/(t - 5)", "least");
}

#[test]
fn sizes_and_remembered_values_are_taken_apart() {
    known(
        "0",
        "\"abs(beta2') >= K*abs(beta2)\"",
        "abs(beta2'/beta2)",
        "least",
    );
    known(
        "0",
        "\"a' >= K*min(1, start(a))\"",
        "a'/min(1, start(a))",
        "least",
    );
    known(
        "9",
        "'running_max(b) <= K*start(a)'",
        "running_max(b)/start(a)",
        "greatest",
    );
    unknown(
        "9",
        "'running_max(b) <= K*start(a)'",
        "running_min(b)/start(a)",
        "greatest",
    );
}

/// (1 + K)²b ties with b' at K = a − 2, by the map.
#[test]
fn a_square_of_the_constant_is_decided_between_two_values() {
    let above = run(
        parameters("1", "1/100", "1", None),
        start("9/5", "1/100", "1/2"),
        3,
    );
    let lines = |k: &str| lines(k, "\"b' >= (1 + K)^2*b\"", "a - 2", "least");
    let result = check(&above, &lines("1/10"));
    assert_eq!(result.verdict, Verdict::Certified);
    let tight = result.tight.expect("a tight constant");
    assert!(
        tight
            .value
            .lower_rational()
            .is_some_and(|low| low > q("1/10"))
    );
    // Where it is violated nothing is said of what lies beyond.
    let result = check(&above, &lines("5"));
    assert_eq!(result.verdict, Verdict::Violated);
    assert!(result.tight.is_none() && result.tight_unknown.is_some());
}

#[test]
fn a_step_that_needs_no_constant_does_not_count() {
    // Steps before 5 hold by themselves; a falls along the run.
    let result = result("2", "'t < 5 or a <= K'", "a", "greatest");
    let tight = result.tight.expect("a tight constant");
    let later = check(
        &small(20),
        &(lines("2", "'a <= K'", "a", "greatest") + "\nwhen = 't >= 5'"),
    );
    let later = later.tight.expect("a tight constant");
    assert_eq!(tight.attained.step(), later.attained.step());
    assert_eq!(tight.value.to_string(), later.value.to_string());
}

#[test]
fn a_constant_in_two_conclusions_is_best_for_one() {
    let result = result("2", "['b <= K', 'a <= K']", "b", "greatest");
    let tight = result.tight.expect("a tight constant");
    assert_eq!(tight.one_of.as_deref(), Some("b <= K"));
    for other in [
        "not (a > K)",
        "(a <= K and t >= 0) or t < 0",
        "a <= 3 or a = K",
    ] {
        let both = format!("['b <= K', '{other}']");
        let tight = self::result("2", &both, "b", "greatest").tight;
        assert_eq!(
            tight.and_then(|t| t.one_of).as_deref(),
            Some("b <= K"),
            "{other}"
        );
    }
}

/// The claims of the paper's folder with a tight constant, all of them proved to tie.
#[test]
fn each_shipped_constant_is_an_exact_tie() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs");
    let folders = [root.join("liu2025"), root.join("divergence")];
    let claims = file::load_all(&folders, &model::names()).expect("claims");
    let run = parameters("100", "1/100", "1/20", None);
    let clipped = parameters("100", "1/100", "1/20", Some("1/50"));
    let mut tight = 0;
    for claim in claims.iter().filter(|c| c.tight.is_some()) {
        for parameters in [&run, &clipped] {
            let mut program = Program::new();
            program
                .add_claim(claim, parameters, 10_000)
                .expect("a claim");
            let found = program.claims[0].tight.as_ref().expect("tight");
            assert!(found.is_ok(), "{}: {found:?}", claim.id);
        }
        tight += 1;
    }
    assert_eq!(tight, 12);
}

/// Certified with the tight value, violated a little beyond it.
#[test]
fn a_tight_value_is_the_best_one() {
    let run = small(30);
    for (then, from, best) in [
        ("'b <= K*a'", "b/a", "greatest"),
        ("'sharpness >= K'", "sharpness", "least"),
        (
            "\"alpha' - alpha <= K*(1 + b)\"",
            "(alpha' - alpha)/(1 + b)",
            "greatest",
        ),
    ] {
        let lines = lines("1/2", then, from, best);
        let tight = check(&run, &lines).tight.expect("a tight constant");
        let (low, high) = (
            tight.value.lower_rational().expect("an end"),
            tight.value.upper_rational().expect("an end"),
        );
        let little = Rational::from((1, 1u64 << 40));
        let (good, bad) = if tight.least {
            (low.clone() - &little, high.clone() + &little)
        } else {
            (high.clone() + &little, low.clone() - &little)
        };
        for (value, verdict) in [(good, Verdict::Certified), (bad, Verdict::Violated)] {
            let mut claim = claim(&lines).as_ref().clone();
            claim.constants[0].1 = value;
            let mut run = run.clone();
            run.claims = vec![claim.into()];
            let outcome = edgecert::certify::certify(
                &run,
                &edgecert::certify::Options::default(),
                &std::sync::atomic::AtomicBool::new(false),
                &mut |_| {},
            )
            .unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(outcome.claims[0].verdict, verdict, "{then}");
        }
    }
}
