//! The shared table of cases: the checker accepts the right verdict or leaves it open, and accepts
//! no other one, whatever the witness.

use std::collections::BTreeSet;

use edgecert::check::ball::Ball;
use edgecert::check::claim::Verdict;
use edgecert::check::json::{self, Json};
use edgecert::check::orbit::{Orbit, Run};
use edgecert::check::{Certificate, check};
use num_bigint::BigInt;

use super::cases::{Case, Inputs, RESTING, RESTING_TRAP, Right, all};
use super::{object, sealed, text};

fn read(tree: &str) -> Json {
    json::read(tree.as_bytes()).unwrap_or_else(|failure| panic!("{tree}: {failure}"))
}

fn run(inputs: &Inputs) -> Json {
    let Inputs([lambda1, lambda2, eta], steps, [alpha, beta1, beta2], clip) = inputs;
    let mut run = read(&format!(
        r#"{{"eta":"{eta}","lambda1":"{lambda1}","lambda2":"{lambda2}","start":{{"alpha":"{alpha}","beta1":"{beta1}","beta2":"{beta2}"}},"steps":{steps}}}"#
    ));
    if let Some(clip) = clip {
        object(&mut run).insert("clip".into(), Json::Text((*clip).into()));
    }
    run
}

/// n and k with x close to n·10^k.
fn digits(x: &Ball) -> String {
    let (m, _, e) = x.parts();
    if *m == BigInt::from(0) {
        return "[0,0]".into();
    }
    let scaled = |places: i64| {
        let ten = BigInt::from(10).pow(u32::try_from(places.abs()).expect("few"));
        let (top, bottom) = if places < 0 {
            (m.clone(), ten)
        } else {
            (m * ten, 1.into())
        };
        let by = e.unsigned_abs();
        let (top, bottom) = if e < 0 {
            (top, bottom << by)
        } else {
            (top << by, bottom)
        };
        let doubled: BigInt = top * 2 + &bottom;
        // Rounded down, which is to nearest here.
        let bottom: BigInt = bottom * 2;
        let floor = (&doubled - (((&doubled % &bottom) + &bottom) % &bottom)) / &bottom;
        i64::try_from(floor)
            .ok()
            .filter(|n| n.abs() < 10_000_000_000)
    };
    let places = (-40..400).rev().find(|places| scaled(*places).is_some());
    let places = places.expect("it has digits");
    format!("[{},{}]", scaled(places).expect("it has"), -places)
}

/// Digits of all iterates.
fn states(inputs: &Inputs) -> Vec<String> {
    let run = Run::read(&run(inputs)).expect("a run");
    let orbit = Orbit::new(&run, 256).expect("an orbit");
    let mut x = orbit.start(&run).expect("a start");
    let mut states = Vec::new();
    loop {
        states.push(format!("[{}]", x.state.each_ref().map(digits).join(",")));
        if x.step == run.steps {
            return states;
        }
        x = orbit.step(&x).expect("a step");
    }
}

fn certificate(case: &Case, verdict: Verdict, witness: Option<&str>) -> Vec<u8> {
    let list = |tests: &[String]| format!("[{}]", tests.join(","));
    let statement = format!(
        r#"{{"constants":{{}},"define":{{}},"given":{},"scope":{},"then":{},"when":{}}}"#,
        list(&case.given),
        case.scope,
        list(&case.then),
        list(&case.when)
    );
    let witness = witness.map_or(String::new(), |w| format!(r#","witness":{w}"#));
    let claim = format!(
        r#"{{"bits":160,"id":"it","sha256":"","statement":{statement},"verdict":"{}"{witness}}}"#,
        verdict.word()
    );
    let Inputs(parameters, ..) = case.run;
    let Inputs(resting, ..) = RESTING;
    let tails = if parameters == resting {
        RESTING_TRAP
    } else {
        ""
    };
    let mut whole = read(&format!(
        r#"{{"claims":[{claim}],"format":"edgecert certificate","precision":320,"run_sha256":"","sha256":"","tails":[{tails}],"unchecked":[],"version":1}}"#
    ));
    object(&mut whole).insert("run".into(), run(&case.run));
    text(&sealed(whole, true))
}

/// Accepted with so many steps that count, or what is wrong.
fn judged(case: &Case, verdict: Verdict, witness: Option<&str>) -> Result<u64, String> {
    check(&certificate(case, verdict, witness))
        .map(|report| report.claims[0].3)
        .map_err(|failure| failure.to_string())
}

/// Is it called wrong, and not just open?
fn is_refuted(case: &Case, verdict: Verdict) -> bool {
    let bytes = certificate(case, verdict, None);
    let examination = Certificate::read(&bytes).and_then(Certificate::examine);
    examination.is_ok_and(|e| e.claims[0].as_ref().is_err_and(|trouble| trouble.refuted))
}

#[test]
fn no_other_verdict_is_accepted() {
    let mut unchecked = Vec::new();
    for case in all() {
        let states = states(&case.run);
        let witness =
            |step: usize| format!(r#"{{"clause":0,"state":{},"step":{step}}}"#, states[step]);
        for verdict in [Verdict::Certified, Verdict::Vacuous] {
            let right = match verdict {
                Verdict::Certified => case.right == Right::Certified,
                _ => case.right == Right::Vacuous,
            };
            let outcome = judged(&case, verdict, None);
            if !right {
                assert!(outcome.is_err(), "{} is {}", case.name, verdict.word());
                continue;
            }
            match outcome {
                Ok(counts) => {
                    assert_eq!(case.counts.unwrap_or(counts), counts, "{}", case.name);
                }
                Err(what) => {
                    assert!(!is_refuted(&case, verdict), "{}: {what}", case.name);
                    assert!(case.may_be_unchecked, "{}: {what}", case.name);
                    unchecked.push(case.name.clone());
                }
            }
        }
        let without = judged(&case, Verdict::Violated, None);
        if case.right == Right::Violated(None) {
            assert!(without.is_ok(), "{}: {without:?}", case.name);
        } else {
            assert!(without.is_err(), "{} without a witness", case.name);
        }
        // At most steps the answer is the same.
        let first = match case.right {
            Right::Violated(Some(step)) => usize::try_from(step).expect("small"),
            _ => 1,
        };
        let steps: BTreeSet<usize> = [0, first.saturating_sub(1), first, states.len() - 1].into();
        for step in steps.into_iter().filter(|step| *step < states.len()) {
            let outcome = judged(&case, Verdict::Violated, Some(&witness(step)));
            let first = Right::Violated(u64::try_from(step).ok());
            if case.right == first {
                assert!(outcome.is_ok(), "{} at {step}: {outcome:?}", case.name);
            }
            if outcome.is_ok() {
                let after =
                    matches!(case.right, Right::Violated(Some(first)) if first <= step as u64);
                assert!(after, "{} is violated at {step}", case.name);
            }
        }
    }
    // What engine and checker need not decide stays little.
    assert!(unchecked.len() < 6, "{unchecked:?}");
}
