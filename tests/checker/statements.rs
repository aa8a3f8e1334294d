//! What statements mean: tables of statements whose truth is plain, each with all three verdicts.
//!
//! The run rests at a minimum, (α, β₁, β₂) = (1, 0, 1), so that all that changes is the index t.

use edgecert::check::check;
use edgecert::check::claim::Verdict;
use edgecert::check::json::{self, Json};

use super::{sealed, text};

/// λ₁ = 3, λ₂ = 1/16, η = 1/2: h = 3/2, e = 1/32.
const RESTING: &str = r#"{"eta":"1/2","lambda1":"3","lambda2":"1/16","start":{"alpha":"1","beta1":"0","beta2":"1"},"steps":10}"#;
/// The digits of its iterates.
const REST: &str = "[[1,0],[0,0],[1,0]]";

/// Neither true nor false for the checker: e^(ln 2) is 2 to all digits there are.
const OPEN: &str = r#"["=",["exp",["log",["+","2",["-","t","t"]]]],"2"]"#;

fn read(tree: &str) -> Json {
    json::read(tree.as_bytes()).unwrap_or_else(|failure| panic!("{tree}: {failure}"))
}

/// A statement: `parts` are fields other than their defaults.
fn statement(scope: &str, parts: &[(&str, &str)]) -> Json {
    let fields: std::collections::BTreeMap<String, Json> = [
        ("constants", "{}"),
        ("define", "{}"),
        ("given", "[]"),
        ("when", "[]"),
        ("then", "[]"),
        ("scope", scope),
    ]
    .iter()
    .chain(parts)
    .map(|(name, tree)| ((*name).to_string(), read(tree)))
    .collect();
    Json::Object(fields)
}

/// A certificate with this claim alone.
fn certificate(
    run: &str,
    tails: &str,
    statement: &Json,
    verdict: Verdict,
    witness: &str,
) -> Vec<u8> {
    let mut claim = read(&format!(
        r#"{{"bits":96,"id":"it","sha256":"","verdict":"{}"}}"#,
        verdict.word()
    ));
    let mut certificate = read(&format!(
        r#"{{"claims":[],"format":"edgecert certificate","precision":128,"run":{run},"run_sha256":"","sha256":"","tails":{tails},"unchecked":[],"version":1}}"#
    ));
    if let (Json::Object(claim), Json::Object(certificate)) = (&mut claim, &mut certificate) {
        claim.insert("statement".into(), statement.clone());
        if !witness.is_empty() {
            claim.insert("witness".into(), read(witness));
        }
        certificate.insert(
            "claims".into(),
            Json::List(vec![Json::Object(claim.clone())]),
        );
    }
    text(&sealed(certificate, true))
}

/// The number of steps at which the conclusions were examined, or what is wrong.
fn judged(run: &str, statement: &Json, verdict: Verdict, witness: &str) -> Result<u64, String> {
    check(&certificate(run, "[]", statement, verdict, witness))
        .map(|report| report.claims[0].3)
        .map_err(|failure| failure.to_string())
}

const VERDICTS: [Verdict; 3] = [Verdict::Certified, Verdict::Violated, Verdict::Vacuous];

/// This verdict is confirmed with so many steps examined, and no other one, whatever witness.
fn is(statement: &Json, verdict: Verdict, witness: &str, steps: u64) {
    for other in VERDICTS {
        let outcome = judged(
            RESTING,
            statement,
            other,
            if other == verdict { witness } else { "" },
        );
        if other == verdict {
            assert_eq!(outcome, Ok(steps), "{statement:?}");
        } else {
            assert!(outcome.is_err(), "{statement:?} is {}", other.word());
        }
    }
    if verdict != Verdict::Violated {
        for step in 0..=10 {
            let witness = format!(r#"{{"clause":0,"state":{REST},"step":{step}}}"#);
            let outcome = judged(RESTING, statement, Verdict::Violated, &witness);
            assert!(outcome.is_err(), "{statement:?} at {step}");
        }
    }
}

fn certified(scope: &str, parts: &[(&str, &str)], steps: u64) {
    is(&statement(scope, parts), Verdict::Certified, "", steps);
}

fn vacuous(scope: &str, parts: &[(&str, &str)]) {
    is(&statement(scope, parts), Verdict::Vacuous, "", 0);
}

/// Violated at these steps, by the first conclusion, and at no other step.
fn violated(scope: &str, parts: &[(&str, &str)], steps: &[u64]) {
    let statement = statement(scope, parts);
    for step in 0..=11 {
        let witness = format!(r#"{{"clause":0,"state":{REST},"step":{step}}}"#);
        let outcome = judged(RESTING, &statement, Verdict::Violated, &witness);
        assert_eq!(
            outcome.is_ok(),
            steps.contains(&step),
            "{statement:?} at {step}: {outcome:?}"
        );
    }
    for other in [Verdict::Certified, Verdict::Vacuous] {
        let outcome = judged(RESTING, &statement, other, "");
        assert!(outcome.is_err(), "{statement:?} is {}", other.word());
    }
}

/// No verdict is confirmed; that it is certified is refused with these words.
fn open(scope: &str, parts: &[(&str, &str)], words: &str) {
    let statement = statement(scope, parts);
    let message = judged(RESTING, &statement, Verdict::Certified, "").expect_err(words);
    assert!(message.contains(words), "{statement:?}: {message}");
    assert!(judged(RESTING, &statement, Verdict::Vacuous, "").is_err());
    for step in 0..=10 {
        let witness = format!(r#"{{"clause":0,"state":{REST},"step":{step}}}"#);
        let outcome = judged(RESTING, &statement, Verdict::Violated, &witness);
        assert!(outcome.is_err(), "{statement:?} at {step}");
    }
}

#[test]
fn scopes_with_fixed_ends() {
    let every = r#"["every step"]"#;
    certified(every, &[("then", r#"[["<=","t","10"]]"#)], 11);
    violated(every, &[("then", r#"[["<","t","9"]]"#)], &[9, 10]);
    // A condition on the next iterate is about steps that have one.
    certified(every, &[("then", r#"[["<=","t'","10"]]"#)], 10);
    certified(every, &[("then", r#"[["=","t'",["+","t","1"]]]"#)], 10);
    violated(every, &[("then", r#"[["<","t'","9"]]"#)], &[8, 9]);
    certified(every, &[("then", r#"[["not","clipped'"]]"#)], 10);
    certified(
        every,
        &[
            ("when", r#"[["or",["<","t'","5"]]]"#),
            ("then", r#"[["<","t","4"]]"#),
        ],
        4,
    );
    for value in [
        r#"["max","t'","0"]"#,
        r#"["min","99","t'"]"#,
        r#"["abs","t'"]"#,
        r#"["ceil",["/","t'","3"]]"#,
        r#"["exp",["neg","t'"]]"#,
        r#"["log","t'"]"#,
        r#"["sqrt",["*","t'","2"]]"#,
        r#"["^",["-","t'","9"],2]"#,
        r#"["F",["+","t'","1"]]"#,
        r#"["running_min","t'"]"#,
    ] {
        certified(every, &[("then", &format!(r#"[[">=",{value},"-1"]]"#))], 10);
    }
    let steps = r#"["steps","3","7"]"#;
    certified(steps, &[("then", r#"[[">=","t","3"],["<=","t","7"]]"#)], 5);
    violated(steps, &[("then", r#"[["<","t","7"]]"#)], &[7]);
    violated(steps, &[("then", r#"[[">","t","3"]]"#)], &[3]);
    violated(steps, &[("then", r#"[["<","t","0"]]"#)], &[3, 4, 5, 6, 7]);
    vacuous(r#"["steps","7","3"]"#, &[("then", r#"[["<","t","0"]]"#)]);
    // Up to the last step, with what is known of it; not beyond.
    certified(
        r#"["steps","3","horizon"]"#,
        &[("then", r#"[[">=","t","3"]]"#)],
        8,
    );
    certified(
        r#"["steps","10","10"]"#,
        &[("then", r#"[["=","t","10"]]"#)],
        1,
    );
    certified(
        r#"["steps","3","9"]"#,
        &[("then", r#"[[">=","t'","4"]]"#)],
        7,
    );
    let beyond = "later steps than are known";
    open(
        r#"["steps","3","11"]"#,
        &[("then", r#"[[">=","t","3"]]"#)],
        beyond,
    );
    open(
        r#"["steps","3","10"]"#,
        &[("then", r#"[[">=","t'","4"]]"#)],
        beyond,
    );
    open(
        r#"["steps","11","12"]"#,
        &[("then", r#"[[">=","t","3"]]"#)],
        beyond,
    );
}

#[test]
fn scopes_of_events() {
    let from = r#"["from",["first",[">=","t","4"]]]"#;
    certified(from, &[("then", r#"[[">=","t","4"]]"#)], 7);
    violated(
        from,
        &[("then", r#"[["<","t","0"]]"#)],
        &[4, 5, 6, 7, 8, 9, 10],
    );
    certified(
        from,
        &[
            ("given", r#"[["=","t","4"]]"#),
            ("then", r#"[[">=","t","4"]]"#),
        ],
        7,
    );
    // A step number may be computed.
    let computed = r#"["steps",["-",["*","2","2"],["+","0","1"]],["neg",["neg",["^","2",3]]]]"#;
    certified(
        computed,
        &[("then", r#"[[">=","t","3"],["<=","t","8"]]"#)],
        6,
    );
    // It begins once: what holds again later is no second beginning.
    let bump = r#"["from",["first",["or",["=","t","2"],["=","t","6"]]]]"#;
    certified(bump, &[("then", r#"[["=",["start","t"],"2"]]"#)], 9);
    vacuous(
        r#"["from",["first",[">","t","10"]]]"#,
        &[("then", r#"[["<","t","0"]]"#)],
    );
    let until = r#"["until",["first",[">=","t","4"]]]"#;
    certified(until, &[("then", r#"[["<","t","4"]]"#)], 4);
    violated(until, &[("then", r#"[["<","t","2"]]"#)], &[2, 3]);
    vacuous(
        r#"["until",["first",[">=","t","0"]]]"#,
        &[("then", r#"[["<","t","0"]]"#)],
    );
    certified(
        r#"["until",["first",[">","t","10"]]]"#,
        &[("then", r#"[["<","t","11"]]"#)],
        11,
    );
    // a = 3/2 and b = 0 at every step: no crossing of 2, no spike.
    for event in [r#"["crossing",1]"#, r#"["spike",1]"#] {
        vacuous(
            &format!(r#"["from",{event}]"#),
            &[("then", r#"[["<","t","0"]]"#)],
        );
        certified(
            &format!(r#"["until",{event}]"#),
            &[("then", r#"[["<","t","11"]]"#)],
            11,
        );
    }
    let uncertain = "whether this step belongs to the scope is not certain";
    for scope in ["from", "until"] {
        let scope = format!(r#"["{scope}",["first",{OPEN}]]"#);
        open(&scope, &[("then", r#"[[">=","t","0"]]"#)], uncertain);
    }
}

#[test]
fn scopes_that_begin_with_a_condition() {
    let given = r#"["from first given"]"#;
    certified(
        given,
        &[
            ("given", r#"[[">=","t","4"]]"#),
            ("then", r#"[[">=","t","4"]]"#),
        ],
        7,
    );
    // It begins once.
    certified(
        given,
        &[
            ("given", r#"[["=","t","4"]]"#),
            ("then", r#"[[">=","t","4"]]"#),
        ],
        7,
    );
    vacuous(
        given,
        &[
            ("given", r#"[[">=","t","11"]]"#),
            ("then", r#"[["<","t","0"]]"#),
        ],
    );
    let stretch = r#"["each stretch where",["or",["=","t","2"],["and",[">=","t","5"],["not",["=","t","8"]]]]]"#;
    certified(stretch, &[("then", r#"[[">=","t","2"]]"#)], 6);
    violated(
        stretch,
        &[("then", r#"[["<","t","0"]]"#)],
        &[2, 5, 6, 7, 9, 10],
    );
    // What is remembered is of the stretch.
    let parts = r#"[["<=",["-","t",["start","t"]],"2"],["=",["running_sum","1"],["-","t",["start","t"]]],["=",["running_min","t"],["start","t"]],["=",["running_max",["-","20","t"]],["-","20",["start","t"]]]]"#;
    certified(stretch, &[("then", parts)], 6);
    violated(
        stretch,
        &[("then", r#"[["<",["-","t",["start","t"]],"2"]]"#)],
        &[7],
    );
    // The hypotheses are those where the stretch begins.
    certified(
        stretch,
        &[
            ("given", r#"[["or",["=","t","2"],["=","t","9"]]]"#),
            ("then", r#"[[">=","t","2"]]"#),
        ],
        3,
    );
    open(
        &format!(r#"["each stretch where",{OPEN}]"#),
        &[("then", r#"[[">=","t","0"]]"#)],
        "whether this step belongs to the scope is not certain",
    );
}

#[test]
fn hypotheses() {
    let every = r#"["every step"]"#;
    let later = r#"[[">=","t","8"]]"#;
    certified(every, &[("when", later), ("then", later)], 3);
    violated(
        every,
        &[("when", later), ("then", r#"[["<","t","0"]]"#)],
        &[8, 9, 10],
    );
    vacuous(
        every,
        &[
            ("when", r#"[[">=","t","11"]]"#),
            ("then", r#"[["<","t","0"]]"#),
        ],
    );
    certified(
        every,
        &[
            ("given", r#"[["<=","t","0"]]"#),
            ("then", r#"[[">=","t","0"]]"#),
        ],
        11,
    );
    vacuous(
        every,
        &[
            ("given", r#"[[">=","t","1"]]"#),
            ("then", r#"[["<","t","0"]]"#),
        ],
    );
    // Of two hypotheses or conclusions, both.
    certified(
        every,
        &[
            ("when", r#"[[">=","t","8"],["<=","t","9"]]"#),
            ("then", r#"[[">","t","7"],["<","t","10"]]"#),
        ],
        2,
    );
    vacuous(
        every,
        &[
            ("given", r#"[["<=","t","0"],[">=","t","1"]]"#),
            ("then", r#"[["<","t","0"]]"#),
        ],
    );
    // An uncertain hypothesis does no harm where the conclusion holds, if it is certain somewhere:
    // what never has its hypotheses is vacuous.
    let open_when = format!("[{OPEN}]");
    let sometimes = format!(r#"[["or",{OPEN},[">=","t","8"]]]"#);
    certified(
        every,
        &[("when", &sometimes), ("then", r#"[[">=","t","0"]]"#)],
        3,
    );
    open(
        every,
        &[("when", &open_when), ("then", r#"[[">=","t","0"]]"#)],
        "step 0: whether `when` holds",
    );
    open(
        every,
        &[("when", &open_when), ("then", r#"[[">=","t","1"]]"#)],
        "step 0: whether `when` holds",
    );
    open(
        every,
        &[("given", &open_when), ("then", r#"[[">=","t","0"]]"#)],
        "step 0: whether `given` holds",
    );
    open(
        r#"["from first given"]"#,
        &[("given", &open_when), ("then", r#"[[">=","t","0"]]"#)],
        "step 0: whether this step belongs to the scope",
    );
}

#[test]
fn conditions_may_be_uncertain() {
    let every = r#"["every step"]"#;
    for (then, holds) in [
        (format!(r#"["or",{OPEN},[">=","t","0"]]"#), Some(true)),
        (format!(r#"["or",[">=","t","0"],{OPEN}]"#), Some(true)),
        (format!(r#"["and",{OPEN},["<","t","0"]]"#), Some(false)),
        (format!(r#"["and",["<","t","0"],{OPEN}]"#), Some(false)),
        (
            format!(r#"["not",["and",["<","t","0"],{OPEN}]]"#),
            Some(true),
        ),
        (format!(r#"["and",{OPEN},[">=","t","0"]]"#), None),
        (format!(r#"["and",[">=","t","0"],{OPEN}]"#), None),
        (format!(r#"["or",{OPEN},["<","t","0"]]"#), None),
        (format!(r#"["or",["<","t","0"],{OPEN}]"#), None),
        (format!(r#"["not",{OPEN}]"#), None),
        (OPEN.to_string(), None),
    ] {
        let then = format!("[{then}]");
        let all: Vec<u64> = (0..=10).collect();
        match holds {
            Some(true) => certified(every, &[("then", &then)], 11),
            Some(false) => violated(every, &[("then", &then)], &all),
            None => open(every, &[("then", &then)], "then[0] is not certain"),
        }
    }
    // Of several conclusions the first that fails, or is uncertain, counts.
    let two = format!(r#"[[">=","t","0"],{OPEN}]"#);
    open(every, &[("then", &two)], "step 0: then[1] is not certain");
    let message = judged(
        RESTING,
        &statement(every, &[("then", r#"[[">=","t","0"],["<","t","3"]]"#)]),
        Verdict::Certified,
        "",
    );
    assert!(message.is_err_and(|m| m.contains("step 3: then[1] is false")));
}

#[test]
fn some_step() {
    let to = r#"["some step to","5"]"#;
    certified(to, &[("then", r#"[["=","t","5"]]"#)], 6);
    certified(to, &[("then", r#"[["=","t","0"]]"#)], 1);
    certified(to, &[("then", r#"[[">=","t'","3"]]"#)], 3);
    // It is found before the steps end.
    certified(
        r#"["some step to","12"]"#,
        &[("then", r#"[["=","t","4"]]"#)],
        5,
    );
    certified(
        to,
        &[
            ("given", r#"[["=","t","0"]]"#),
            ("then", r#"[["=","t","2"]]"#),
        ],
        3,
    );
    // Where `when` holds, that is.
    certified(
        to,
        &[
            ("when", r#"[[">=","t","3"]]"#),
            ("then", r#"[[">=","t","2"]]"#),
        ],
        1,
    );
    let failed = |parts: &[(&str, &str)], scope: &str, steps| {
        is(&statement(scope, parts), Verdict::Violated, "", steps);
    };
    failed(&[("then", r#"[["=","t","6"]]"#)], to, 6);
    failed(&[("then", r#"[["=","t'","7"]]"#)], to, 6);
    failed(
        &[("then", r#"[["=","t","11"]]"#)],
        r#"["some step to","10"]"#,
        11,
    );
    failed(
        &[
            ("when", r#"[["<","t","2"]]"#),
            ("then", r#"[["=","t","2"]]"#),
        ],
        to,
        2,
    );
    vacuous(
        to,
        &[
            ("given", r#"[["=","t","1"]]"#),
            ("then", r#"[["=","t","1"]]"#),
        ],
    );
    open(
        r#"["some step to","11"]"#,
        &[("then", r#"[["=","t","12"]]"#)],
        "later steps than are known",
    );
    open(
        r#"["some step to","10"]"#,
        &[("then", r#"[["=","t'","12"]]"#)],
        "later steps than are known",
    );
    // What is uncertain may be the step.
    let doubt = format!("[{OPEN}]");
    open(
        to,
        &[("then", &doubt)],
        "step 0: whether it happens is not certain",
    );
    open(
        to,
        &[("when", &doubt), ("then", r#"[["=","t","3"]]"#)],
        "step 0: whether `when` holds is not certain",
    );
    let late = format!(r#"[["and",["=","t","4"],{OPEN}]]"#);
    open(
        to,
        &[("then", &late)],
        "step 4: whether it happens is not certain",
    );
    let twice = format!(r#"[["or",["=","t","5"],["and",["=","t","4"],{OPEN}]]]"#);
    certified(to, &[("then", &twice)], 6);
    // The doubt of a step after the scope is none.
    let after = format!(r#"[["and",["=","t","6"],{OPEN}]]"#);
    failed(&[("then", &after)], to, 6);
}

#[test]
fn goals() {
    let every = r#"["every step"]"#;
    let goal = |within: &str| format!(r#"{{"goal":[">=","t","4"],"within":{within}}}"#);
    let late = |scope: &str, parts: &[(&str, &str)], at: u64| {
        let statement = statement(scope, parts);
        for step in 0..=10 {
            for clause in ["", r#""clause":0,"#] {
                let witness = format!(r#"{{{clause}"state":{REST},"step":{step}}}"#);
                let outcome = judged(RESTING, &statement, Verdict::Violated, &witness);
                assert_eq!(
                    outcome.is_ok(),
                    step == at && clause.is_empty(),
                    "{statement:?} at {step}: {outcome:?}"
                );
            }
        }
        for other in [Verdict::Certified, Verdict::Vacuous] {
            assert!(judged(RESTING, &statement, other, "").is_err());
        }
    };
    // It is examined up to the step at which it is reached.
    certified(every, &[("reach", &goal(r#""4""#))], 5);
    certified(every, &[("reach", &goal(r#""9""#))], 5);
    certified(every, &[("reach", &goal(r#"["+","4","t"]"#))], 5);
    late(every, &[("reach", &goal(r#""3""#))], 4);
    late(every, &[("reach", &goal(r#"["/","7","2"]"#))], 4);
    late(
        every,
        &[
            ("when", r#"[["not",["=","t","4"]]]"#),
            ("reach", &goal(r#""3""#)),
        ],
        5,
    );
    // The conclusions count all the same.
    certified(
        every,
        &[("reach", &goal(r#""4""#)), ("then", r#"[["<=","t","10"]]"#)],
        11,
    );
    violated(
        every,
        &[("reach", &goal(r#""4""#)), ("then", r#"[["<","t","10"]]"#)],
        &[10],
    );
    // Steps are counted from where the scope begins.
    let given = ("given", r#"[["=","t","2"]]"#);
    certified(
        r#"["from first given"]"#,
        &[given, ("reach", &goal(r#""2""#))],
        3,
    );
    late(
        r#"["from first given"]"#,
        &[given, ("reach", &goal(r#""1""#))],
        4,
    );
    let never = r#"{"goal":[">=","t","12"],"within":"20"}"#;
    open(every, &[("reach", never)], "the goal is not reached yet");
    open(
        r#"["steps","0","8"]"#,
        &[("reach", never)],
        "step 9: the scope ends before the goal is reached",
    );
    open(
        r#"["until",["first",["=","t","8"]]]"#,
        &[("reach", never)],
        "step 8: the scope ends before the goal is reached",
    );
    vacuous(every, &[("given", r#"[["=","t","1"]]"#), ("reach", never)]);
    let doubt = format!(r#"{{"goal":{OPEN},"within":"3"}}"#);
    open(
        every,
        &[("reach", &doubt)],
        "step 4: whether the goal is reached in time is not certain",
    );
    let unknown = format!("[{OPEN}]");
    open(
        every,
        &[("when", &unknown), ("reach", &goal(r#""3""#))],
        "step 0: whether `when` holds is not certain",
    );
    // In each stretch anew.
    let stretch = r#"["each stretch where",["not",["=","t","5"]]]"#;
    let within = |n: u64| format!(r#"{{"goal":["=",["-","t",["start","t"]],"3"],"within":"{n}"}}"#);
    certified(stretch, &[("reach", &within(3))], 10);
    late(stretch, &[("reach", &within(2))], 3);
    let short = r#"["each stretch where",["not",["=","t","8"]]]"#;
    open(
        short,
        &[("reach", &within(3))],
        "the goal is not reached yet",
    );
}

/// No iterate of this run is a binary fraction: an equation is an identity, or open.
const MOVING: &str = r#"{"eta":"1/10","lambda1":"7","lambda2":"1/3","start":{"alpha":"3/7","beta1":"1/5","beta2":"2/3"},"steps":3}"#;

#[test]
fn identities() {
    let every = |then: &str| statement(r#"["every step"]"#, &[("then", &format!("[{then}]"))]);
    // Each with its right-hand side, and one that is wrong.
    let equations = [
        (
            r#"["^",["+","alpha","beta2"],2]"#,
            r#"["+",["+",["^","alpha",2],["^","beta2",2]],["*","2","p"]]"#,
            r#"["+",["^","alpha",2],["^","beta2",2]]"#,
        ),
        (
            r#""alpha'""#,
            r#"["+",["*","alpha",["-","1","b"]],["*",["*","e","s"],"beta2"]]"#,
            r#"["-",["*","alpha",["-","1","b"]],["*",["*","e","s"],"beta2"]]"#,
        ),
        (
            r#""beta1'""#,
            r#"["*","beta1",["-","1","a"]]"#,
            r#"["*","beta1",["-","1","b"]]"#,
        ),
        (
            r#""beta2'""#,
            r#"["+","beta2",["*",["*","e","s"],"alpha"]]"#,
            r#"["+","beta2",["*",["*","h","s"],"alpha"]]"#,
        ),
        (
            r#""alpha'""#,
            r#"["-","alpha",["*","eta",["diff","loss","alpha"]]]"#,
            r#"["-","alpha",["*","eta",["diff","loss1","alpha"]]]"#,
        ),
        (
            r#""beta2'""#,
            r#"["-","beta2",["*","eta",["diff","loss","beta2"]]]"#,
            r#"["-","beta2",["*","eta",["diff","loss","beta1"]]]"#,
        ),
        (
            r#"["diff",["/","alpha","beta2"],"beta2"]"#,
            r#"["neg",["/","alpha",["^","beta2",2]]]"#,
            r#"["/","alpha",["^","beta2",2]]"#,
        ),
        (
            r#"["diff",["/",["^","alpha",2],["+","alpha","1"]],"alpha"]"#,
            r#"["/",["+",["^","alpha",2],["*","2","alpha"]],["^",["+","alpha","1"],2]]"#,
            r#"["/",["*","2","alpha"],["+","alpha","1"]]"#,
        ),
        (
            r#"["diff",["sqrt",["+","c","1"]],"beta2"]"#,
            r#"["/",["*","h","beta2"],["sqrt",["+","c","1"]]]"#,
            r#"["/",["*",["*","2","h"],"beta2"],["sqrt",["+","c","1"]]]"#,
        ),
        (
            r#"["diff",["neg",["^","alpha",5]],"alpha"]"#,
            r#"["*",["neg","5"],["^","alpha",4]]"#,
            r#"["*","5",["^","alpha",4]]"#,
        ),
        (
            r#"["diff",["*",["^","alpha",0],"beta1"],"alpha"]"#,
            r#""0""#,
            r#""beta1""#,
        ),
        (r#"["^","alpha",0]"#, r#""1""#, r#""alpha""#),
        (
            r#"["*",["sqrt","b"],["sqrt","b"]]"#,
            r#""b""#,
            r#"["sqrt","b"]"#,
        ),
        (
            r#"["/","1",["+",["sqrt","2"],"1"]]"#,
            r#"["-",["sqrt","2"],"1"]"#,
            r#"["+",["sqrt","2"],"1"]"#,
        ),
        (
            r#"["^",["sqrt",["sqrt","c"]],4]"#,
            r#""c""#,
            r#"["^","c",2]"#,
        ),
        (
            r#"["^",["+",["sqrt",["/","a","c"]],["sqrt",["+","1",["sqrt","c"]]]],2]"#,
            r#"["+",["+",["/","a","c"],["+","1",["sqrt","c"]]],["*","2",["*",["sqrt",["/","a","c"]],["sqrt",["+","1",["sqrt","c"]]]]]]"#,
            r#"["+",["+",["*","a","c"],["+","1",["sqrt","c"]]],["*","2",["*",["sqrt",["/","a","c"]],["sqrt",["+","1",["sqrt","c"]]]]]]"#,
        ),
        (
            r#"["^",["sqrt",["/","a","c"]],3]"#,
            r#"["*",["/","a","c"],["sqrt",["/","a","c"]]]"#,
            r#"["*",["/","c","a"],["sqrt",["/","a","c"]]]"#,
        ),
        (r#"["/","p","p"]"#, r#""1""#, r#""p""#),
        (
            r#"["-",["/","1","alpha"],["/","1","beta2"]]"#,
            r#"["/",["-","beta2","alpha"],"p"]"#,
            r#"["/",["-","alpha","beta2"],"p"]"#,
        ),
        (
            r#"["+",["log","c"],["log","c"]]"#,
            r#"["*","2",["log","c"]]"#,
            r#"["*","2",["log","b"]]"#,
        ),
        (
            r#"["max","a","b"]"#,
            r#"["max","a","b"]"#,
            r#"["max","a","c"]"#,
        ),
        (
            r#""C'""#,
            r#"["-",["-",["^","alpha'",2],["^","beta2'",2]],["^","beta1'",2]]"#,
            r#"["-",["^","alpha'",2],["^","beta2'",2]]"#,
        ),
    ];
    let mut all = Vec::new();
    for (left, right, wrong) in equations {
        let equation = |right: &str| every(&format!(r#"["=",{left},{right}]"#));
        let outcome = judged(MOVING, &equation(right), Verdict::Certified, "");
        assert!(outcome.is_ok(), "{left} = {right}: {outcome:?}");
        let outcome = judged(MOVING, &equation(wrong), Verdict::Certified, "");
        assert!(outcome.is_err(), "{left} = {wrong}");
        all.push((
            format!(r#"["=",{left},{right}]"#),
            format!(r#"["=",{left},{wrong}]"#),
        ));
    }
    // Several are an identity if each is.
    let holds = |then: String| judged(MOVING, &every(&then), Verdict::Certified, "").is_ok();
    assert!(holds(format!(r#"["and",{},{}]"#, all[0].0, all[1].0)));
    assert!(!holds(format!(r#"["and",{},{}]"#, all[0].0, all[1].1)));
    assert!(!holds(format!(r#"["and",{},{}]"#, all[0].1, all[1].0)));
    assert!(!holds(format!(r#"["not",{}]"#, all[0].0)));
    assert!(holds(format!(r#"["or",{},["<","a","0"]]"#, all[0].0)));
    assert!(!holds(format!(r#"["or",{},["<","a","0"]]"#, all[0].1)));
    // A root is not negative, where its argument's own sign is not known to the algebra; and a
    // division by what is always 0 proves nothing.
    for then in [
        r#"["=",["sqrt",["^","beta1",2]],"beta1"]"#,
        r#"["=",["/","1",["-","p",["*","alpha","beta2"]]],["/","2",["-","p",["*","alpha","beta2"]]]]"#,
        r#"["=",["*","2",["/","1",["-","s",["-","1","p"]]]],["/","1",["-","s",["-","1","p"]]]]"#,
    ] {
        assert!(!holds(then.into()), "{then}");
    }
    // Of equal sides none is less.
    for (relation, right) in [("<=", true), (">=", true), ("<", false), (">", false)] {
        let sides = r#"["^",["+","alpha","beta2"],2],["+",["+",["^","alpha",2],["^","beta2",2]],["*","2","p"]]"#;
        assert_eq!(
            holds(format!(r#"["{relation}",{sides}]"#)),
            right,
            "{relation}"
        );
    }
    // A clipped β₁ is not the image of the map; the other coordinates are.
    let clipped = MOVING.replacen('{', r#"{"clip":"1/100","#, 1);
    let outcome = |(left, right): (&str, &str)| {
        judged(
            &clipped,
            &every(&format!(r#"["=",{left},{right}]"#)),
            Verdict::Certified,
            "",
        )
    };
    assert!(outcome((equations[1].0, equations[1].1)).is_ok());
    assert!(outcome((equations[2].0, equations[2].1)).is_err());
    assert!(outcome((equations[3].0, equations[3].1)).is_ok());
}

/// λ₁ = 1, λ₂ = 1/2, η = 1/2: h = 1/2, e = 1/4, at (2, 1, 1/4) and (2, 3/2, 1/2).
#[test]
fn quantities_by_hand() {
    let run = |beta1: &str, beta2: &str| {
        format!(
            r#"{{"clip":"3","eta":"1/2","lambda1":"1","lambda2":"1/2","start":{{"alpha":"2","beta1":"{beta1}","beta2":"{beta2}"}},"steps":1}}"#
        )
    };
    let first = statement_at_0;
    let values = [
        ("1", "1/4", "lambda1", "1"),
        ("1", "1/4", "lambda2", "1/2"),
        ("1", "1/4", "eta", "1/2"),
        ("1", "1/4", "h", "1/2"),
        ("1", "1/4", "e", "1/4"),
        ("1", "1/4", "rho", "1/2"),
        ("1", "1/4", "B", "3"),
        ("1", "1/4", "horizon", "1"),
        ("1", "1/4", "t", "0"),
        ("1", "1/4", "t'", "1"),
        ("1", "1/4", "alpha", "2"),
        ("1", "1/4", "beta1", "1"),
        ("1", "1/4", "beta2", "1/4"),
        // α⁺ = 2·(1 − 1/2) + 1/4·1/2·1/4, β₁⁺ = 1·(1 − 2), β₂⁺ = 1/4 + 1/4·1/2·2.
        ("1", "1/4", "alpha'", "33/32"),
        ("1", "1/4", "beta1'", "-1"),
        ("1", "1/4", "beta2'", "1/2"),
        ("1", "1/4", "b'", "1/2"),
        ("1", "1/4", "c'", "1/8"),
        ("1", "1/4", "a", "2"),
        ("1", "1/4", "b", "1/2"),
        ("1", "1/4", "c", "1/32"),
        ("1", "1/4", "p", "1/2"),
        ("1", "1/4", "r", "-1/2"),
        ("1", "1/4", "s", "1/2"),
        ("1", "1/4", "Q", "63/16"),
        ("1", "1/4", "C", "47/16"),
        ("1", "1/4", "D", "1/64"),
        ("1", "1/4", "loss1", "2"),
        ("1", "1/4", "loss2", "1/16"),
        ("1", "1/4", "loss", "33/16"),
        ("1", "1/4", "alpha_edge", "2"),
        ("1", "1/4", "rhat", "-1/2"),
        ("1", "1/4", "surrogate_loss", "1/16"),
        // C = 3/2, √(C² + 4) = 5/2.
        ("3/2", "1/2", "C", "3/2"),
        ("3/2", "1/2", "gfs_sharpness", "2"),
    ];
    for (beta1, beta2, name, value) in values {
        let run = run(beta1, beta2);
        let outcome = |value: &str| {
            judged(
                &run,
                &first(&format!(r#"["=","{name}",{value}]"#)),
                Verdict::Certified,
                "",
            )
        };
        assert_eq!(outcome(&format!("\"{value}\"")), Ok(1), "{name}");
        assert!(
            outcome(&format!(r#"["+","{value}","1/64"]"#)).is_err(),
            "{name}"
        );
    }
    // C > 0 or αβ₂ > 0 proves that the flow ends at a minimiser; else there is no value.
    for (beta1, beta2, known) in [
        ("1", "-1/4", true),
        ("3", "1/4", true),
        ("3", "-1/4", false),
    ] {
        let run = run(beta1, beta2);
        let statement = first(r#"[">=","gfs_sharpness","0"]"#);
        let outcome = judged(&run, &statement, Verdict::Certified, "");
        assert_eq!(outcome.is_ok(), known, "{beta1} {beta2}: {outcome:?}");
    }
    let functions = [
        (r#"["+","alpha","t'"]"#, "3"),
        (r#"["-","alpha","t'"]"#, "1"),
        (r#"["*","alpha","beta2"]"#, "1/2"),
        (r#"["/","beta2","alpha"]"#, "1/8"),
        (r#"["^","alpha",5]"#, "32"),
        (r#"["^","r",3]"#, "-1/8"),
        (r#"["min","alpha","beta2"]"#, "1/4"),
        (r#"["max","alpha","beta2"]"#, "2"),
        (r#"["min","beta2","alpha"]"#, "1/4"),
        (r#"["max","beta2","alpha"]"#, "2"),
        (r#"["neg","alpha"]"#, "-2"),
        (r#"["sqrt","beta2"]"#, "1/2"),
        (r#"["abs","r"]"#, "1/2"),
        (r#"["abs","s"]"#, "1/2"),
        (r#"["ceil","beta2"]"#, "1"),
        (r#"["ceil","r"]"#, "0"),
        (r#"["log","beta1"]"#, "0"),
        (r#"["start","alpha"]"#, "2"),
        (r#"["running_max","alpha"]"#, "2"),
        (r#"["running_min","alpha"]"#, "2"),
        (r#"["running_sum","alpha"]"#, "0"),
        (r#"["start","7"]"#, "7"),
        (r#"["diff",["^","alpha",3],"alpha"]"#, "12"),
        (r#"["running_sum","7"]"#, "0"),
        // Constants are computed exactly.
        (
            r#"["^",["/",["-",["*",["+","1","2"],"3"],"4"],["neg","3"]],3]"#,
            "-125/27",
        ),
    ];
    for (tree, value) in functions {
        let run = run("1", "1/4");
        let outcome = |value: &str| {
            judged(
                &run,
                &first(&format!(r#"["=",{tree},{value}]"#)),
                Verdict::Certified,
                "",
            )
        };
        assert_eq!(outcome(&format!("\"{value}\"")), Ok(1), "{tree}");
        assert!(
            outcome(&format!(r#"["+","{value}","1/64"]"#)).is_err(),
            "{tree}"
        );
    }
    let between = [
        (
            r#"["exp","beta1"]"#,
            "2718281828/1000000000",
            "2718281829/1000000000",
        ),
        (
            r#"["log","alpha"]"#,
            "693147180/1000000000",
            "693147181/1000000000",
        ),
        (
            r#"["F",["+","alpha","1"]]"#,
            "147220676/1000000000",
            "147220677/1000000000",
        ),
        (
            r#"["sqrt","alpha"]"#,
            "1414213562/1000000000",
            "1414213563/1000000000",
        ),
    ];
    for (tree, lower, upper) in between {
        let number = |text: &str| {
            let (top, bottom) = text.split_once('/').expect("a fraction");
            format!(r#"["/","{top}","{bottom}"]"#)
        };
        let inside = format!(
            r#"["and",["<",{},{tree}],["<",{tree},{}]]"#,
            number(lower),
            number(upper)
        );
        assert_eq!(
            judged(&run("1", "1/4"), &first(&inside), Verdict::Certified, ""),
            Ok(1),
            "{tree}"
        );
    }
}

/// It holds at step 0.
fn statement_at_0(then: &str) -> Json {
    statement(r#"["steps","0","0"]"#, &[("then", &format!("[{then}]"))])
}

/// ∇²L has the eigenvalues 2, 1, 0 at (1, 0, 1) for λ₁ = λ₂ = 1, and 3, 1/8, 0 for λ₁ = 3, λ₂ = 1/16:
/// bounds of S at S itself.
#[test]
fn bounds_of_the_sharpness_may_be_attained() {
    let two = RESTING
        .replace("\"3\"", "\"1\"")
        .replace("\"1/16\"", "\"1\"");
    for (run, then, holds) in [
        (two.as_str(), r#"["<=","sharpness","2"]"#, true),
        (&two, r#"["<","sharpness","2"]"#, false),
        (&two, r#"[">=","sharpness","2"]"#, true),
        (&two, r#"[">","sharpness","2"]"#, false),
        (
            &two,
            r#"["<","sharpness",["+","2","1/1000000000000"]]"#,
            true,
        ),
        (
            &two,
            r#"[">","sharpness",["-","2","1/1000000000000"]]"#,
            true,
        ),
        (&two, r#"["<=","sharpness'","2"]"#, true),
        (&two, r#"["<","sharpness'","2"]"#, false),
        (&two, r#"["<=","sharpness","3/2"]"#, false),
        (&two, r#"["<","sharpness","0"]"#, false),
        (&two, r#"["<","sharpness",["neg","1"]]"#, false),
        (RESTING, r#"["<=","sharpness","2"]"#, false),
        (RESTING, r#"["<=","sharpness","4"]"#, true),
        (RESTING, r#"["<=",["*","sharpness","2"],"7"]"#, true),
        (RESTING, r#"["<=",["*","sharpness","2"],"5"]"#, false),
        (
            RESTING,
            r#"["<=","sharpness",["+","sharpness'","1"]]"#,
            true,
        ),
        (RESTING, r#"["<",["+","sharpness","1"],"sharpness"]"#, false),
        (RESTING, r#"["=","sharpness","4"]"#, false),
    ] {
        let statement = statement_at_0(then);
        let witness = format!(r#"{{"clause":0,"state":{REST},"step":0}}"#);
        let outcomes = [
            judged(run, &statement, Verdict::Certified, "").is_ok(),
            judged(run, &statement, Verdict::Violated, &witness).is_ok(),
        ];
        assert_eq!(outcomes, [holds, !holds], "{then}");
    }
    // 1 is an eigenvalue, but not the largest, and on the diagonal: at least not confirmed.
    let one = statement_at_0(r#"["<=","sharpness","1"]"#);
    assert!(judged(&two, &one, Verdict::Certified, "").is_err());
}

/// What is remembered is looked up anew after it has changed.
#[test]
fn memory_is_not_stale() {
    let every = r#"["every step"]"#;
    let define = (
        "define",
        r#"{"m":["running_max",["neg","t"]],"n":["running_sum","t"]}"#,
    );
    let given = ("given", r#"[["or",[">=","m","0"],[">=","t","0"]]]"#);
    certified(every, &[define, given, ("then", r#"[["=","m","0"]]"#)], 11);
    certified(
        every,
        &[
            define,
            ("then", r#"[["=","n",["/",["*","t",["-","t","1"]],"2"]]]"#),
        ],
        11,
    );
    let within = (
        "given",
        r#"[["or",[">=",["+","m","t"],"0"],[">=","t","0"]]]"#,
    );
    certified(
        every,
        &[define, within, ("then", r#"[["=",["+","m","t"],"t"]]"#)],
        11,
    );
    // Of a claim without B in a run without clipping nothing is said.
    vacuous(every, &[("then", r#"[["<","B","0"]]"#)]);
}

/// Names and operations that mean nothing, and places at which they may not stand.
fn judged_kind(statement: &Json) -> Option<edgecert::check::Kind> {
    check(&certificate(
        RESTING,
        "[]",
        statement,
        Verdict::Certified,
        "",
    ))
    .err()
    .map(|failure| failure.kind)
}

#[test]
fn formulas_that_mean_nothing() {
    for then in [
        r#"["<","nu","1"]"#,
        r#"["<","alpha''","1"]"#,
        r#"["<",["diff",["max","alpha","1"],"alpha"],"1"]"#,
        r#"["<",["diff","alpha","s"],"1"]"#,
        r#"["<",["^","0",-1],"1"]"#,
        r#"["<",["start",["running_max","t"]],"1"]"#,
        r#"["<",["sin","t"],"1"]"#,
        r#"["<",["+","t"],"1"]"#,
        r#"["<",["+","t","t","t"],"1"]"#,
        r#"["<","t","1","2"]"#,
        r#"["~","t","1"]"#,
        r#"["<",7,"1"]"#,
        r#"["<",[],"1"]"#,
        r#"["not"]"#,
        r#"["not","clipped","clipped"]"#,
        r#""t""#,
        "[]",
    ] {
        let failure = check(&certificate(
            RESTING,
            "[]",
            &statement_at_0(then),
            Verdict::Certified,
            "",
        ))
        .expect_err(then);
        assert_eq!(
            failure.kind,
            edgecert::check::Kind::Format,
            "{then}: {failure}"
        );
    }
    // What is divided by 0 has no value, and a power may be too high.
    for (then, kind) in [
        (
            r#"["<",["/","1","0"],"1"]"#,
            edgecert::check::Kind::Rejected,
        ),
        (
            r#"["=",["/","1","0"],["/","1","0"]]"#,
            edgecert::check::Kind::Rejected,
        ),
        (r#"["<",["^","0",65],"1"]"#, edgecert::check::Kind::Work),
    ] {
        let outcome = judged_kind(&statement_at_0(then));
        assert_eq!(outcome, Some(kind), "{then}");
    }
    // Of the iterate after the next nothing is said, nor is what is remembered remembered.
    for (define, then) in [
        (r#"{"x":"alpha'"}"#, r#"[["<","x'","1"]]"#),
        (
            r#"{"m":["running_max","t"]}"#,
            r#"[[">=",["start","m"],"0"]]"#,
        ),
        (
            r#"{"m":["running_max","t"]}"#,
            r#"[[">=","m","0"],[">=",["start","m"],"0"]]"#,
        ),
    ] {
        let parts = [("define", define), ("then", then)];
        let statement = statement(r#"["every step"]"#, &parts);
        let failure = check(&certificate(
            RESTING,
            "[]",
            &statement,
            Verdict::Certified,
            "",
        ));
        let kind = failure.expect_err(then).kind;
        assert_eq!(kind, edgecert::check::Kind::Format, "{then}");
    }
    for scope in [
        r#"["steps","0"]"#,
        r#"["steps","0","t"]"#,
        r#"["steps","0","1/2"]"#,
        r#"["steps","0",["neg","1"]]"#,
        r#"["never"]"#,
        "[]",
        r#"["every step","1"]"#,
        r#"["from",["crossing",0]]"#,
        r#"["from",["crossing",-1]]"#,
        r#"["from",["first"]]"#,
        r#"["from",["trap"]]"#,
        r#"["from",["trap",1]]"#,
        r#"["from","t"]"#,
    ] {
        let statement = statement(scope, &[("then", r#"[["<","t","1"]]"#)]);
        let failure = check(&certificate(
            RESTING,
            "[]",
            &statement,
            Verdict::Certified,
            "",
        ))
        .expect_err(scope);
        assert_eq!(
            failure.kind,
            edgecert::check::Kind::Format,
            "{scope}: {failure}"
        );
    }
}

/// `verdict` with the witness is confirmed, with so many steps; without a trap it is not.
fn for_ever(run: &str, tails: &str, statement: &Json, verdict: Verdict) -> Result<u64, String> {
    let outcome = |tails| {
        check(&certificate(run, tails, statement, verdict, ""))
            .map(|report| report.claims[0].3)
            .map_err(|failure| failure.to_string())
    };
    assert!(outcome("[]").is_err(), "{statement:?}");
    outcome(tails)
}

/// Theorem 12 at rest: a = 3/2, b = 0, L = 0.
#[test]
fn statements_about_all_later_steps() {
    let tails = r#"[{"excess":[-4,-1],"limit":[[15,-1],[15,-1]],"loss":[0,0],"lower":"7/5","step":0,"theorem":"12","upper":"8/5"}]"#;
    let judged = |scope: &str, parts: &[(&str, &str)]| {
        let statement = statement(scope, parts);
        VERDICTS.map(|verdict| for_ever(RESTING, tails, &statement, verdict).ok())
    };
    let from = r#"["for all from","3"]"#;
    let later = r#"["for all from","20"]"#;
    let in_the_end = r#"["eventually always"]"#;
    let certified = |n| [Some(n), None, None];
    let violated = [None, Some(0), None];
    for then in [
        r#"[["<=","a","2"]]"#,
        r#"[["=","loss","0"]]"#,
        r#"[["<=","sharpness","7/2"],[">","sharpness","5/2"]]"#,
        r#"[["=","b'","0"]]"#,
        r#"[["=","s","0"],["=","beta1","0"]]"#,
    ] {
        let next = u64::from(then.contains('\''));
        assert_eq!(
            judged(from, &[("then", then)]),
            certified(8 - next),
            "{then}"
        );
        assert_eq!(judged(later, &[("then", then)]), certified(0), "{then}");
        assert_eq!(
            judged(in_the_end, &[("then", then)]),
            certified(0),
            "{then}"
        );
    }
    for then in [
        r#"[[">","a","2"]]"#,
        r#"[["<=","a","2"],[">","sharpness'","4"]]"#,
        r#"[["and",[">","loss","0"],["<","t","0"]]]"#,
    ] {
        assert_eq!(judged(later, &[("then", then)]), violated, "{then}");
        assert_eq!(judged(in_the_end, &[("then", then)]), violated, "{then}");
    }
    // What fails at a step needs that step as a witness.
    assert_eq!(judged(from, &[("then", r#"[[">","a","2"]]"#)]), [None; 3]);
    // Not: a = 3/2, or the index.
    for then in [
        r#"[["<","a","29/20"]]"#,
        r#"[["<","t","1000000"]]"#,
        r#"[[">","t","2"]]"#,
        r#"["clipped"]"#,
    ] {
        // Nothing is clipped where there is no bound.
        let answer = if then.contains("clipped") {
            violated
        } else {
            [None; 3]
        };
        assert_eq!(judged(later, &[("then", then)]), answer, "{then}");
        assert_eq!(judged(in_the_end, &[("then", then)]), answer, "{then}");
    }
    // It begins at its step, with the hypotheses that hold there.
    for given in [r#"[["=","t","3"]]"#, r#"[[">=","t","3"]]"#] {
        assert_eq!(
            judged(from, &[("given", given), ("then", r#"[["<=","a","2"]]"#)]),
            certified(8)
        );
    }
    let vacuous = statement(
        from,
        &[
            ("given", r#"[["=","t","4"]]"#),
            ("then", r#"[["<=","a","2"]]"#),
        ],
    );
    assert_eq!(self::judged(RESTING, &vacuous, Verdict::Vacuous, ""), Ok(0));
    assert_eq!(
        judged(
            later,
            &[
                ("given", r#"[["=","t","20"]]"#),
                ("then", r#"[["<=","a","2"]]"#)
            ]
        ),
        [None; 3]
    );
    let unmet = ("given", r#"[["=","t","1"]]"#);
    let vacuous = statement(in_the_end, &[unmet, ("then", r#"[["<=","a","2"]]"#)]);
    assert_eq!(self::judged(RESTING, &vacuous, Verdict::Vacuous, ""), Ok(0));
    for verdict in [Verdict::Certified, Verdict::Violated] {
        assert!(check(&certificate(RESTING, tails, &vacuous, verdict, "")).is_err());
    }
    // Where `when` is false nothing is claimed, and nothing is certified; where it is open, so is
    // whether the claim speaks about any step.
    let then = |then| ("then", then);
    assert_eq!(
        judged(
            later,
            &[("when", r#"[[">","a","2"]]"#), then(r#"[[">","a","2"]]"#)]
        ),
        [None, None, Some(0)]
    );
    assert_eq!(
        judged(
            later,
            &[("when", r#"[["<","a","2"]]"#), then(r#"[[">","a","2"]]"#)]
        ),
        violated
    );
    assert_eq!(
        judged(
            later,
            &[("when", r#"[["<","t","50"]]"#), then(r#"[["<","a","2"]]"#)]
        ),
        [None; 3]
    );
    assert_eq!(
        judged(
            from,
            &[("when", r#"[["<","t","50"]]"#), then(r#"[["<","a","2"]]"#)]
        ),
        certified(8)
    );
    assert_eq!(
        judged(
            later,
            &[("when", r#"[["<","t","50"]]"#), then(r#"[[">","a","2"]]"#)]
        ),
        [None; 3]
    );
    // Nothing is remembered for ever.
    for scope in [from, in_the_end] {
        let statement = statement(scope, &[then(r#"[["=",["start","a"],"a"]]"#)]);
        assert!(
            for_ever(RESTING, tails, &statement, Verdict::Certified)
                .is_err_and(|m| m.contains("remembered"))
        );
    }
    // A trap that is stated to follow otherwise than it does.
    for (right, wrong) in [
        ("-4,-1", "-5,-1"),
        ("-4,-1", "0,0"),
        ("[15,-1],[", "[16,-1],["),
        ("15,-1]]", "16,-1]]"),
        ("\"loss\":[0,0]", "\"loss\":[1,-9]"),
        ("8/5", "7/5"),
        ("8/5", "2"),
        ("7/5", "8/5"),
        ("\"step\":0", "\"step\":11"),
    ] {
        let tails = tails.replace(right, wrong);
        let statement = statement(later, &[then(r#"[["<=","a","2"]]"#)]);
        assert!(
            for_ever(RESTING, &tails, &statement, Verdict::Certified)
                .is_err_and(|m| m.contains("tails")),
            "{wrong}"
        );
    }
}

/// Theorem E with h = 4, η = 1/20: a, b ≥ 4, ηS ≥ 4, L₁ ≥ 40 from step 0 on.
#[test]
fn statements_about_iterates_that_escape() {
    let run = r#"{"eta":"1/20","lambda1":"80","lambda2":"1/100","start":{"alpha":"1","beta1":"1","beta2":"1"},"steps":2}"#;
    let tails = r#"[{"step":0,"theorem":"E"}]"#;
    let violated = |scope: &str, parts: &[(&str, &str)]| {
        let statement = statement(scope, parts);
        for verdict in [Verdict::Certified, Verdict::Vacuous] {
            assert!(for_ever(run, tails, &statement, verdict).is_err());
        }
        for_ever(run, tails, &statement, Verdict::Violated).is_ok()
    };
    for scope in [r#"["eventually always"]"#, r#"["for all from","3"]"#] {
        for (name, least) in [
            ("a", 4),
            ("b", 4),
            ("sharpness", 80),
            ("loss", 40),
            ("loss1", 40),
            ("b'", 4),
        ] {
            for relation in ["<", "<="] {
                let bound = |n: u64| format!(r#"[["{relation}","{name}","{n}"]]"#);
                assert!(violated(scope, &[("then", &bound(least - 1))]), "{name}");
                assert!(!violated(scope, &[("then", &bound(least))]), "{name}");
                let two = format!(r#"[["<","s","0"],["{relation}","{name}","1"]]"#);
                assert!(violated(scope, &[("then", &two)]), "{name}");
            }
            let other = format!(r#"[[">","{name}","1"]]"#);
            assert!(!violated(scope, &[("then", &other)]), "{name}");
            let small = format!(r#"[["<","{name}","1"]]"#);
            assert!(
                !violated(scope, &[("when", r#"[["<","s","0"]]"#), ("then", &small)]),
                "{name}"
            );
        }
        for then in [
            r#"[["<","s","0"]]"#,
            r#"[["<","loss2","0"]]"#,
            r#"[["not",["<","a","0"]]]"#,
            r#"[["or",["<","a","0"],["<","s","0"]]]"#,
        ] {
            assert!(!violated(scope, &[("then", then)]), "{then}");
        }
    }
}

/// Events at the next step: `from` begins there, `until` ends with the step before.
#[test]
fn crossings_and_spikes() {
    // h = 1/2, e = 1/4. a = 2 at 0, and then α grows: a crossing at once, and no other.
    let crossing = r#"{"eta":"1/2","lambda1":"1","lambda2":"1/2","start":{"alpha":"2","beta1":"0","beta2":"1/4"},"steps":6}"#;
    // a = 9/2 and b = 1/1250: b = 49/5000 at the next step.
    let spike = r#"{"eta":"1/2","lambda1":"1","lambda2":"1/1024","start":{"alpha":"3","beta1":"1/25","beta2":"1/3"},"steps":6}"#;
    for (run, event) in [(crossing, "crossing"), (spike, "spike")] {
        let count = |scope: &str, k: u64, verdict| {
            let statement = statement(
                &format!(r#"["{scope}",["{event}",{k}]]"#),
                &[(
                    "then",
                    r#"[["=",["running_sum","1"],["-","t",["start","t"]]]]"#,
                )],
            );
            judged(run, &statement, verdict, "").ok()
        };
        assert_eq!(count("from", 1, Verdict::Certified), Some(6), "{event}");
        assert_eq!(count("until", 1, Verdict::Certified), Some(1), "{event}");
        assert_eq!(count("from", 1, Verdict::Vacuous), None);
        // There is no second one.
        assert_eq!(count("from", 2, Verdict::Vacuous), Some(0), "{event}");
        assert_eq!(count("until", 2, Verdict::Certified), Some(7), "{event}");
        let then = |scope: &str, then: &str| {
            let statement = statement(&format!(r#"["{scope}",["{event}",1]]"#), &[("then", then)]);
            judged(run, &statement, Verdict::Certified, "").is_ok()
        };
        assert!(then("from", r#"[[">=","t","1"]]"#) && !then("from", r#"[[">","t","1"]]"#));
        assert!(then("until", r#"[["<=","t","0"]]"#) && !then("until", r#"[["<","t","0"]]"#));
    }
    // An event may itself be about the next step, and is then not looked for at the last one.
    certified(
        r#"["from",["first",[">=","t'","4"]]]"#,
        &[("then", r#"[[">=","t","3"]]"#)],
        7,
    );
    certified(
        r#"["until",["first",[">=","t'","4"]]]"#,
        &[("then", r#"[["<","t","3"]]"#)],
        3,
    );
    certified(
        r#"["until",["first",[">=","t'","20"]]]"#,
        &[("then", r#"[["<","t","20"]]"#)],
        10,
    );
    certified(
        r#"["each stretch where",["<","t'","20"]]"#,
        &[("then", r#"[["<","t","20"]]"#)],
        10,
    );
}

/// A witness shows one thing, of the conclusion it names, and is there only where it is needed.
#[test]
fn witnesses() {
    let every = r#"["every step"]"#;
    let with = |parts: &[(&str, &str)], verdict, more: &str, step: u64| {
        let witness = format!(r#"{{{more}"step":{step}}}"#);
        judged(RESTING, &statement(every, parts), verdict, &witness)
            .map_err(|m| m.split(": ").last().unwrap_or_default().to_string())
    };
    let then = [(
        "then",
        r#"[[">=","t","0"],["<","t","4"],["not",[">","t","5"]],["<=","sharpness",["-","4","t"]]]"#,
    )];
    let violated = |more: &str, step| with(&then, Verdict::Violated, more, step);
    let rest = r#""state":[[1,0],[0,0],[1,0]],"#;
    for (clause, first) in [(1, 4), (2, 6), (3, 2)] {
        for step in 0..=10 {
            let outcome = violated(&format!(r#""clause":{clause},{rest}"#), step);
            assert_eq!(
                outcome.is_ok(),
                step >= first,
                "{clause} at {step}: {outcome:?}"
            );
        }
    }
    let fails = |more: &str, step, words: &str| {
        let outcome = violated(more, step);
        assert!(
            outcome.as_ref().is_err_and(|m| m.contains(words)),
            "{more}: {outcome:?}"
        );
    };
    fails(
        &format!(r#""clause":0,{rest}"#),
        7,
        "the conclusion of the witness holds",
    );
    fails(
        &format!(r#""clause":4,{rest}"#),
        7,
        "there is no such conclusion",
    );
    fails(rest, 7, "there is no such conclusion");
    fails(
        &format!(r#""clause":1,{rest}"#),
        11,
        "does not speak about this step",
    );
    for (state, name) in [
        ("[[2,0],[0,0],[1,0]]", "alpha"),
        ("[[1,0],[1,-9],[1,0]]", "beta1"),
        ("[[1,0],[0,0],[11,-1]]", "beta2"),
    ] {
        fails(
            &format!(r#""clause":1,"state":{state},"#),
            7,
            &format!("{name} does not have the digits"),
        );
    }
    let sides = |clause: u64, sides: &str| {
        format!(r#""clause":{clause},"sides":{sides},"state":[[1,0],[0,0],[1,0]],"#)
    };
    assert!(violated(&sides(1, "[[7,0],[4,0]]"), 7).is_ok());
    fails(
        &sides(1, "[[8,0],[4,0]]"),
        7,
        "the left side does not have the digits",
    );
    fails(
        &sides(1, "[[7,0],[5,0]]"),
        7,
        "the right side does not have the digits",
    );
    fails(
        &sides(1, "[[4,0],[7,0]]"),
        7,
        "the left side does not have the digits",
    );
    fails(
        &sides(2, "[[7,0],[4,0]]"),
        7,
        "this conclusion is no comparison",
    );
    // The sides are those of the text, also where it says > or ≥.
    let swapped = [("then", r#"[[">","4","t"]]"#)];
    assert!(with(&swapped, Verdict::Violated, &sides(0, "[[4,0],[7,0]]"), 7).is_ok());
    assert!(with(&swapped, Verdict::Violated, &sides(0, "[[7,0],[4,0]]"), 7).is_err());
    // S = 3, with the eigenvector (0, 1, 0); the bound at step 7 is −3, at step 2 it is 2.
    let vector = |clause: u64, v: &str| {
        let v = v.replace(' ', "\",\"");
        format!(r#""clause":{clause},{rest}"vector":["{v}"],"#)
    };
    let vector = |clause, v: &str| {
        let text = vector(clause, v);
        // Keys ascend: the step comes before the vector.
        let (before, after) = text.split_once("\"vector\"").expect("a vector");
        (
            before.to_string(),
            format!("\"vector\"{}", after.trim_end_matches(',')),
        )
    };
    let by_vector = |clause, v: &str, step: u64| {
        let (before, after) = vector(clause, v);
        let witness = format!(r#"{{{before}"step":{step},{after}}}"#);
        judged(
            RESTING,
            &statement(every, &then),
            Verdict::Violated,
            &witness,
        )
    };
    assert!(by_vector(3, "0 1 0", 2).is_ok() && by_vector(3, "0 -5/7 0", 2).is_ok());
    assert!(by_vector(3, "1 0 0", 2).is_err() && by_vector(3, "0 0 0", 7).is_err());
    assert!(by_vector(3, "1 0 1", 7).is_ok() && by_vector(3, "1 3 1", 2).is_ok());
    assert!(by_vector(3, "3 1 3", 2).is_err());
    // It shows that S is larger: an equation fails by that, too; a bound from below does not.
    let with_vector = |then: &str| {
        let witness = format!(r#"{{"clause":0,{rest}"step":2,"vector":["0","1","0"]}}"#);
        let statement = statement(every, &[("then", then)]);
        judged(RESTING, &statement, Verdict::Violated, &witness)
    };
    assert!(with_vector(r#"[["=","sharpness","2"]]"#).is_ok());
    for then in [r#"[[">","sharpness","4"]]"#, r#"[["=","2","sharpness"]]"#] {
        let message = with_vector(then).expect_err("refused");
        assert!(
            message.contains("does not bound the sharpness"),
            "{message}"
        );
    }
    assert!(by_vector(1, "0 1 0", 7).is_err_and(|m| m.contains("does not bound the sharpness")));
    assert!(by_vector(2, "0 1 0", 7).is_err_and(|m| m.contains("no comparison")));
    // Where `when` is false the conclusion is not examined.
    let when = [("when", r#"[["<","t","7"]]"#), then[0]];
    assert!(
        with(
            &when,
            Verdict::Violated,
            &format!(r#""clause":1,{rest}"#),
            6
        )
        .is_ok()
    );
    assert!(
        with(
            &when,
            Verdict::Violated,
            &format!(r#""clause":1,{rest}"#),
            7
        )
        .is_err()
    );
    // No other verdict has one, nor has a claim about some step.
    let only = "a violation at a step has one, and nothing else";
    let good = [("then", r#"[[">=","t","0"]]"#)];
    for verdict in [Verdict::Certified, Verdict::Vacuous] {
        assert_eq!(
            with(&good, verdict, &format!(r#""clause":0,{rest}"#), 3),
            Err(only.into())
        );
    }
    for scope in [r#"["some step to","5"]"#, r#"["eventually always"]"#] {
        let statement = statement(scope, &[("then", r#"[["<","t","0"]]"#)]);
        let witness = format!(r#"{{"clause":0,{rest}"step":3}}"#);
        assert!(
            judged(RESTING, &statement, Verdict::Violated, &witness)
                .is_err_and(|m| m.contains(only))
        );
    }
    let broken = [("then", r#"[["<","t","4"]]"#)];
    assert!(
        judged(RESTING, &statement(every, &broken), Verdict::Violated, "")
            .is_err_and(|m| m.contains(only))
    );
    let later = statement(r#"["for all from","3"]"#, &[("then", r#"[["<","t","5"]]"#)]);
    for verdict in [Verdict::Certified, Verdict::Vacuous] {
        let witness = format!(r#"{{"clause":0,{rest}"step":7}}"#);
        assert!(judged(RESTING, &later, verdict, &witness).is_err_and(|m| m.contains(only)));
        if verdict == Verdict::Certified {
            assert_eq!(judged(RESTING, &later, Verdict::Violated, &witness), Ok(5));
        }
    }
}

/// Ids, precisions and hashes; the report names the statement that was checked.
#[test]
fn claims_are_well_formed() {
    let statement = statement(r#"["every step"]"#, &[("then", r#"[[">=","t","0"]]"#)]);
    let text = |from: &str, to: &str| {
        let bytes = certificate(RESTING, "[]", &statement, Verdict::Certified, "");
        let text = String::from_utf8(bytes)
            .expect("ASCII")
            .replacen(from, to, 1);
        super::text(&sealed(super::parse(text.as_bytes()), true))
    };
    let longest = format!("\"id\":\"{}\"", "x".repeat(200));
    for good in ["\"id\":\"A.b-c_9\"", "\"id\":\"7\"", &longest] {
        assert!(check(&text("\"id\":\"it\"", good)).is_ok(), "{good}");
    }
    let too_long = format!("\"id\":\"{}\"", "x".repeat(201));
    for bad in ["\"id\":\"\"", "\"id\":\"a b\"", "\"id\":\"a/b\"", &too_long] {
        let failure = check(&text("\"id\":\"it\"", bad)).expect_err(bad);
        assert_eq!(failure.message, "this is no id", "{bad}");
    }
    // Those of the ladder below the precision, and the precision itself.
    for (bits, good) in [
        (96, true),
        (128, true),
        (0, false),
        (95, false),
        (97, false),
        (160, false),
        (1_i64 << 32, false),
    ] {
        let outcome = check(&text("\"bits\":96", &format!("\"bits\":{bits}")));
        assert_eq!(outcome.is_ok(), good, "{bits} bits");
    }
    for (precision, good) in [
        (127, false),
        (128, true),
        (129, false),
        (192, true),
        (1 << 16, true),
        ((1 << 16) + 64, false),
        (1_i64 << 32, false),
    ] {
        let outcome = check(&text(
            "\"precision\":128",
            &format!("\"precision\":{precision}"),
        ));
        assert_eq!(outcome.is_ok(), good, "{precision} bits: {outcome:?}");
    }
    for (from, to) in [
        ("\"3\"", "\"1/20\""),
        ("\"1/2\"", "\"-1/2\""),
        ("\"1/16\"", "\"0\""),
        ("\"alpha\":\"1\"", "\"alpha\":[\"1\",\"1\"]"),
        ("\"alpha\":\"1\"", "\"alpha\":[\"2\",\"1\"]"),
        ("\"alpha\":\"1\"", "\"alpha\":[\"1\"]"),
        ("\"steps\":10", "\"steps\":1000000001"),
        ("{\"eta\"", "{\"clip\":\"0\",\"eta\""),
    ] {
        let failure = check(&text(from, to)).expect_err(to);
        let kind = if to.contains("steps") {
            edgecert::check::Kind::Work
        } else {
            edgecert::check::Kind::Format
        };
        assert_eq!(failure.kind, kind, "{to}: {failure}");
        assert!(failure.place.starts_with("run"), "{to}: {failure}");
    }
    // λ₁ = λ₂ is allowed, and a start that is a range.
    assert!(check(&text("\"3\"", "\"1/16\"")).is_ok());
    assert!(check(&text("\"beta1\":\"0\"", "\"beta1\":[\"0\",\"1/100\"]")).is_ok());
    let report = check(&certificate(
        RESTING,
        "[]",
        &statement,
        Verdict::Certified,
        "",
    ))
    .expect("it is accepted");
    assert_eq!(
        report.claims,
        [("it".into(), Verdict::Certified, statement.hash(), 11)]
    );
    assert_eq!((report.run, report.steps), (read(RESTING).hash(), 10));
    let nothing = self::statement(r#"["every step"]"#, &[]);
    assert!(
        judged(RESTING, &nothing, Verdict::Certified, "")
            .is_err_and(|m| m.contains("it concludes nothing"))
    );
}

/// A run and the trap of Theorem 12 at its start, h = 3/2, a = 3/2, A₋ = 7/5, A₊ = `upper`.
fn trapped(upper: &str) -> (&'static str, String) {
    use edgecert::check::{fraction::Fraction, orbit, trap};
    let text = r#"{"eta":"1/2","lambda1":"3","lambda2":"1/16","start":{"alpha":"1","beta1":"1/100","beta2":"9/10"},"steps":0}"#;
    let run = orbit::Run::read(&read(text)).expect("a run");
    let start = orbit::Orbit::new(&run, 128).and_then(|orbit| orbit.start(&run));
    let [least, most] = ["7/5", upper].map(|text| Fraction::read(text).expect("a number"));
    let choice = trap::Choice::Final(least, most);
    let trap = trap::prove(
        &run,
        &start.expect("a start"),
        &choice,
        128,
        &edgecert::check::work::Budget::unlimited(),
    )
    .expect("a trap");
    // Nine decimals, from the midpoint.
    let digits = |x: &edgecert::check::ball::Ball| {
        let (m, _, e) = x.parts();
        let m: f64 = m.to_string().parse().expect("a number");
        let n = m * 2f64.powi(i32::try_from(e).expect("small")) * 1e9;
        format!("[{},-9]", n.round())
    };
    let (least, most) = trap.limit.clone().expect("a limit");
    let [excess, loss] = [&trap.excess, &trap.loss].map(|x| digits(x.as_ref().expect("it")));
    let (least, most) = (digits(&least), digits(&most));
    let tails = format!(
        r#"[{{"excess":{excess},"limit":[{least},{most}],"loss":{loss},"lower":"7/5","step":0,"theorem":"12","upper":"{upper}"}}]"#
    );
    (text, tails)
}

/// Is it certified, on the trapped run?
fn certified_by_trap(upper: &str, scope: &str, then: &str) -> bool {
    let (run, tails) = trapped(upper);
    let statement = statement(scope, &[("then", &format!("[{then}]"))]);
    check(&certificate(
        run,
        &tails,
        &statement,
        Verdict::Certified,
        "",
    ))
    .is_ok()
}

/// What holds from some later step on need not hold for ever: L is 0.0004625 at step 0, where the
/// trap says that it is at most 0.000479… from there on, and less and less later.
#[test]
fn for_ever_is_from_now_on() {
    let from_now = r#"["for all from","0"]"#;
    let in_the_end = r#"["eventually always"]"#;
    let holds =
        |scope, bound| certified_by_trap("33/20", scope, &format!(r#"["<=","loss","{bound}"]"#));
    assert!(holds(from_now, "3/6250") && holds(in_the_end, "3/6250"));
    assert!(!holds(from_now, "47/100000") && holds(in_the_end, "47/100000"));
    assert!(!holds(from_now, "1/1000000000000") && holds(in_the_end, "1/1000000000000"));
}

/// At every step it is known that S ≤ 2A₊ = 17/5 and little more, in the limit that S ≤ 3.2985….
#[test]
fn limits_decide_what_is_strict() {
    let in_the_end = |then: &str| certified_by_trap("17/10", r#"["eventually always"]"#, then);
    let for_ever = |then: &str| certified_by_trap("17/10", r#"["for all from","0"]"#, then);
    let below = |c: &str| format!(r#"["<=","sharpness",{c}]"#);
    let (rough, fine) = (below(r#"["/","69","20"]"#), below(r#"["/","67","20"]"#));
    let (finer, false_bound) = (below(r#"["/","329","100"]"#), below(r#"["/","14","5"]"#));
    assert!(for_ever(&rough) && in_the_end(&rough));
    assert!(!for_ever(&fine) && in_the_end(&fine));
    assert!(!in_the_end(&finer) && !in_the_end(&false_bound));
    // An identity, and several conclusions.
    let identity = r#"["=","C",["-","Q",["*","beta1","beta1"]]]"#;
    let zero = r#"["<=","loss","0"]"#;
    let small = r#"["<","loss","1/1000000"]"#;
    assert!(in_the_end(&format!("{identity},{fine}")) && in_the_end(identity));
    assert!(in_the_end(&format!(r#"["and",{fine},{small}]"#)));
    assert!(in_the_end(&format!(r#"["or",{fine},[">=","a","7"]]"#)));
    assert!(!in_the_end(&format!(r#"["and",{fine},{finer}]"#)));
    assert!(!in_the_end(&format!(r#"["or",{finer},["<","loss","0"]]"#)));
    // L → 0, but L > 0: what holds in the limit alone holds at no step.
    assert!(!in_the_end(zero) && !in_the_end(&format!("{fine},{zero}")));
    assert!(!in_the_end(&format!(r#"["and",{fine},{zero}]"#)));
    assert!(!in_the_end(r#"["=","loss","0"]"#));
    // By what is not continuous, or is no bound, nothing is said; nor where a side has no value.
    let shifted = r#"["-","sharpness",["/","47","20"]]"#;
    assert!(in_the_end(&format!(r#"["<",{shifted},"1"]"#)));
    assert!(!in_the_end(&format!(r#"["<",["ceil",{shifted}],"2"]"#)));
    assert!(!in_the_end(&format!(
        r#"["<",["+",["ceil",{shifted}],"loss"],"2"]"#
    )));
    assert!(!in_the_end(r#"["not",[">","sharpness",["/","67","20"]]]"#));
    assert!(!in_the_end(&format!(
        r#"{fine},["<",["/","loss","beta1"],"1"]"#
    )));
}
