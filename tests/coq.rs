//! `edgecert coq`: certificates translated for Coq.
#![cfg(feature = "engine")]

mod common;

use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use common::{parameters, start};
use edgecert::certificate::coq::{self, Selection};
use edgecert::certificate::{self, Work};
use edgecert::certify::{Options, certify};
use edgecert::input::Run;

fn certificate_of(name: &str) -> String {
    certificate_with(name, None)
}

fn certificate_with(name: &str, steps: Option<u64>) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut run = Run::load(&root.join("proofs/runs").join(name)).unwrap();
    run.claims.retain(|claim| claim.id == "theorem-4.1.bound");
    run.expect.clear();
    run.steps = steps.unwrap_or(run.steps);
    certified(&run)
}

/// The certificate of a run of so many steps, from (α, β₁, β₂).
fn certificate_from(
    [lambda1, lambda2, eta]: [&str; 3],
    [alpha, beta1, beta2]: [&str; 3],
    clip: Option<&str>,
    steps: u64,
) -> String {
    let parameters = parameters(lambda1, lambda2, eta, clip);
    certified(&common::run(parameters, start(alpha, beta1, beta2), steps))
}

fn certified(run: &Run) -> String {
    let outcome = certify(
        run,
        &Options::default(),
        &AtomicBool::new(false),
        &mut |_| {},
    )
    .unwrap();
    certificate::write(run, &outcome).unwrap()
}

/// Whether Coq accepts it; true if there is no Coq or no library.
fn compiles(text: &str) -> bool {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/coq");
    let there = library.join("Checker.vo").exists()
        && Command::new("coqc").arg("--version").output().is_ok();
    if !there {
        eprintln!("skipped: coqc or the built library (scripts/proofs) is missing");
        return true;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Run.v");
    std::fs::write(&path, text).unwrap();
    let output = Command::new("coqc")
        .args(["-w", "-ambiguous-paths", "-Q"])
        .arg(&library)
        .arg("Edgecert")
        .arg(&path)
        .output()
        .unwrap();
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

#[test]
fn below_the_edge_ends_in_the_final_trap() {
    let text = certificate_of("below-edge.toml");
    let file = coq::write(text.as_bytes(), None, &Selection::None).unwrap();
    assert_eq!(file.trap, "final trap");
    for part in [
        "variance1 := 100 # 1;",
        "learning_rate := 1 # 40;",
        "clip_bound := None;",
        "start_beta2 := 1 # 1;",
        "check_precision := 60;",
        "end_trap := Final_trap (",
        "Sharpness_at_most_edge_plus (",
        "Eventually_below_every_bound\n  ]\n|}.",
        "Theorem certified : claim certificate.",
    ] {
        assert!(file.text.contains(part), "{part} is not in\n{}", file.text);
    }
    assert!(compiles(&file.text));
}

#[test]
fn a_changed_certificate_is_refused() {
    let text = certificate_of("below-edge.toml");
    let changed = text.replacen("\"1/40\"", "\"1/41\"", 1);
    assert_ne!(changed, text);
    let error = coq::write(changed.as_bytes(), None, &Selection::None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("sha256"), "{error}");
    let version = text.replacen("\"version\":1", "\"version\":9", 1);
    assert_ne!(version, text);
    let error = coq::write(version.as_bytes(), None, &Selection::None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("version"), "{error}");
}

#[test]
fn a_run_that_diverges_escapes() {
    let text = certificate_with_claims("divergent.toml", 8365);
    let file = coq::write(text.as_bytes(), None, &Selection::read("divergence")).unwrap();
    assert_eq!((file.trap, file.note), ("escape", None));
    assert!(file.later.contains("diverges"), "{}", file.later);
    let words = file.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!words.contains("for all time"), "{words}");
    for part in [
        "A run of gradient descent that diverges",
        "the run has escaped at step 8364: it meets the hypotheses of Theorem E",
        "nothing bounds the later iterates",
        "divergence.escape-step: conclusion 1: its hypotheses hold at none of the first 8364 steps",
    ] {
        assert!(words.contains(part), "{part} is not in\n{words}");
    }
    for part in [
        "end_trap := Escape;",
        "at_step := 5310; exceeded := 42 # 1;",
        "Sharpness_above_edge_plus (2 # 1) 0;\n    Diverges\n",
    ] {
        assert!(file.text.contains(part), "{part} is not in\n{}", file.text);
    }
    assert!(compiles(&file.text));
}

/// The trap holds before the run ends: claims about each step are stated of the steps before it.
#[test]
fn claims_that_are_cut_are_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut run = Run::load(&root.join("proofs/runs/below-edge.toml")).unwrap();
    let kept = ["theorem-4.4.growth", "lemma-5.1.clipping"];
    run.claims
        .retain(|claim| kept.contains(&claim.id.as_str()) || claim.id == "proposition-1");
    run.expect.clear();
    run.steps = 1001;
    let text = certified(&run);
    let file = coq::write(text.as_bytes(), None, &Selection::All).unwrap();
    assert_eq!((file.trap, file.steps), ("final trap", 1000));
    // The others look at the next iterate, and speak of the steps up to 1000, one more.
    assert!(file.cut.contains(&"proposition-1".into()), "{:?}", file.cut);
    assert!(
        file.cut.contains(&"lemma-5.1.clipping".into()),
        "{:?}",
        file.cut
    );
    let listed = file
        .text
        .split("states of more steps than the first 1000")
        .nth(1)
        .unwrap();
    for id in &file.cut {
        assert!(
            listed.contains(&format!("    - {id}\n")),
            "{id}:\n{}",
            file.text
        );
    }
    assert!(compiles(&file.text));
    // Where the file reaches the run's end, only the last iterate itself is left out.
    run.steps = 1000;
    let text = certified(&run);
    let file = coq::write(text.as_bytes(), None, &Selection::All).unwrap();
    assert_eq!(
        (file.steps, file.cut),
        (1000, vec!["proposition-1".to_string()])
    );
}

#[test]
fn a_run_that_is_too_long_is_told_which_option_helps() {
    let run = common::run(
        parameters("100", "1/100", "1/40", None),
        start("1/2", "0", "1"),
        1,
    );
    let text = certified(&run);
    let error = coq::write(text.as_bytes(), Some(10_000_001), &Selection::None);
    let error = error.unwrap_err().to_string();
    for part in ["10000001 steps are too many", "`edgecert coq --steps N`"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_run_without_a_trap_has_its_phases() {
    let text = certificate_with("figure-1.toml", Some(7));
    let file = coq::write(text.as_bytes(), None, &Selection::None).unwrap();
    assert_eq!((file.trap, file.steps), ("no trap", 7));
    assert!(file.note.is_some_and(|note| note.contains("up to step 7:")));
    assert!(file.text.contains("end_trap := No_trap;\n  laters := []\n"));
    assert!(compiles(&file.text));
}

/// In these, what one would try first: other step sizes and variances, mirrored starts, λ₂ almost
/// λ₁, clipping that starts outside, a start above the edge, one step.
#[test]
fn runs_of_all_kinds_compile() {
    let usual = ["100", "1/100", "1/40"];
    for (model, point, clip, steps, trap) in [
        (
            ["100", "1/100", "3/97"],
            ["3/5", "1/100", "1"],
            None,
            3000,
            "delta-trap",
        ),
        (
            ["7/3", "1/50", "1/6"],
            ["2", "1/20", "1/4"],
            None,
            3000,
            "final trap",
        ),
        (
            ["4", "39/10", "1/20"],
            ["1", "1/10", "1/2"],
            None,
            300,
            "final trap",
        ),
        (usual, ["-1/2", "-1/10", "-1"], None, 3000, "final trap"),
        (usual, ["1/2", "1/10", "1"], None, 1, "final trap"),
        (
            ["50", "1/50", "3/64"],
            ["2/3", "2/5", "1"],
            Some("1/5"),
            2000,
            "final trap",
        ),
        (
            ["100", "1/100", "1/20"],
            ["1/2", "3/4", "1"],
            Some("1/4"),
            300,
            "no trap",
        ),
        (
            ["100", "1/100", "1/20"],
            ["31/50", "0", "3/4"],
            None,
            2000,
            "no trap",
        ),
        (
            ["100", "1/100", "1/20"],
            ["1", "1/1000", "9/10"],
            None,
            3000,
            "escape",
        ),
    ] {
        let text = certificate_from(model, point, clip, steps);
        let file = coq::write(text.as_bytes(), None, &Selection::None).unwrap();
        let run = format!("{model:?} {point:?} {clip:?} {steps}");
        assert_eq!(file.trap, trap, "{run}");
        assert!(file.steps > 0, "{run}");
        assert!(compiles(&file.text), "{run}:\n{}", file.text);
    }
}

/// Coq's balls lose more bits than the engine's.
#[test]
fn ten_thousand_steps_have_bits_enough() {
    let text = certificate_of("figure-1.toml");
    let file = coq::write(text.as_bytes(), None, &Selection::None).unwrap();
    assert_eq!(file.trap, "delta-trap");
    assert!(file.text.contains("precision := 504;"), "{}", file.text);
    assert!(compiles(&file.text));
}

/// A trap that holds at the start does not make the file say nothing of the run.
#[test]
fn a_file_says_in_words_what_it_proves() {
    let text = certificate_of("below-edge.toml");
    let file = coq::write(text.as_bytes(), None, &Selection::None).unwrap();
    assert_eq!(file.steps, 1000);
    let heading = file.text.split("*)").next().unwrap();
    let heading = heading.split_whitespace().collect::<Vec<_>>().join(" ");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let hash = json["sha256"].as_str().unwrap();
    for part in [
        "step size eta = 1/40",
        "from (alpha, beta1, beta2) = (1/2, 1/10, 1)",
        " to 999;",
        "/eta = ",
        "at every step from 1000 on, for ever",
        "Theorem 12 (the final trap) holds from there on",
        hash,
    ] {
        assert!(heading.contains(part), "{part} is not in\n{heading}");
    }
    // What is said in the words is what is said in Coq.
    let (bound, rest) = heading
        .split_once("- S <= ")
        .unwrap()
        .1
        .split_once(' ')
        .unwrap();
    assert!(rest.starts_with("and L <= "), "{rest}");
    let bound: f64 = bound.parse().unwrap();
    let in_coq = file.text.split("sharpness_bound := ").nth(1).unwrap();
    let (top, bottom) = in_coq.split(';').next().unwrap().split_once(" # ").unwrap();
    let in_coq = top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap();
    assert!((bound - in_coq).abs() <= 1e-12 * bound, "{bound} {in_coq}");
}

#[test]
fn where_no_trap_holds_the_reason_is_given() {
    let usual = ["100", "1/100", "1/20"];
    for (model, point, reason) in [
        (
            ["100", "1/100", "1/50"],
            ["1", "1/10", "3/2"],
            "alpha*beta2 > 1",
        ),
        (usual, ["31/50", "0", "3/4"], "beta1 is 0"),
        (usual, ["3/5", "1/100", "-1/2"], "alpha*beta2 <= 0"),
        (usual, ["31/50", "1/100", "3/4"], "`edgecert coq --steps N`"),
    ] {
        let text = certificate_from(model, point, None, 200);
        let file = coq::write(text.as_bytes(), None, &Selection::None).unwrap();
        let note = file.note.unwrap();
        assert!(note.contains(reason), "{note}");
        let words = file.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&note), "{words}");
    }
    // More steps than the run has.
    let text = certificate_from(usual, ["31/50", "1/100", "3/4"], None, 200);
    let file = coq::write(text.as_bytes(), Some(10_000), &Selection::None).unwrap();
    assert_eq!((file.trap, file.note), ("delta-trap", None));
}

#[test]
fn a_start_box_is_told_what_to_do() {
    let parameters = parameters("100", "1/100", "1/40", None);
    let mut from = start("1/2", "1/10", "1");
    from.alpha.upper = common::q("3/4");
    let text = certified(&common::run(parameters, from, 5));
    let error = coq::write(text.as_bytes(), None, &Selection::None)
        .unwrap_err()
        .to_string();
    let point = "start = { alpha = \"5/8\", beta1 = \"1/10\", beta2 = \"1\" }";
    assert!(error.contains(point), "{error}");
}

#[test]
fn an_interruption_leaves_nothing() {
    let text = certificate_of("below-edge.toml");
    let interrupt = AtomicBool::new(true);
    let mut work = Work {
        interrupt: &interrupt,
        progress: &mut |_, _, _| {},
    };
    let error = coq::write_watched(text.as_bytes(), None, &Selection::None, &mut work).unwrap_err();
    assert!(matches!(error, coq::CoqError::Interrupted));
}

/// A run with the claims of the paper, of so many steps.
fn certificate_with_claims(name: &str, steps: u64) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut run = Run::load(&root.join("proofs/runs").join(name)).unwrap();
    run.steps = steps;
    certified(&run)
}

#[test]
fn claims_become_formulas() {
    let text = certificate_with_claims("clipped.toml", 2000);
    let names = "theorem-4.4.growth,lemma-5.1.clipping,proposition-2,lemma-4.2.invariant-region,\
                 gradient,theorem-4.3.undershoot";
    let file = coq::write(text.as_bytes(), Some(2000), &Selection::read(names)).unwrap();
    for part in [
        "Definition b' : expression := Const (5 # 1) * Beta1' ^ 2.",
        "Definition clipped' : formula :=\n  \
         Const (1 # 10) < Abs (Beta1 * (Const (1 # 1) - Const (5 # 1) * Alpha ^ 2)).",
        "Definition claim_theorem_4_4_growth : formula :=\n  a >= Const (21 # 10)\n  -> \
         (b' >= Const (121 # 100) * b \\/ clipped').",
        "{| first_step := 0; step_count := 2000; says := claim_theorem_4_4_growth |}",
        "says := claim_proposition_2_sandwich |}",
        "- gradient: it is an equality, which balls cannot decide",
        "- theorem-4.3.undershoot: its scope is",
        "theorem-4.4.growth at each step from 0 to 1999",
    ] {
        assert!(file.text.contains(part), "{part} is not in\n{}", file.text);
    }
    assert_eq!(file.claims, 4);
    // There may be no Coq: then all seems to compile.
    assert!(compiles(&file.text), "{}", file.text);
    let coq = !compiles("Definition one : nat := true.");
    let wrong = file
        .text
        .replace("s' < Const (1 # 1)", "s' < Const (1 # 100)");
    assert_ne!(wrong, file.text);
    assert_eq!(!compiles(&wrong), coq);
}

/// Coq's ball around β₁ = 0 has a radius: what compares b with itself is left out.
#[test]
fn claims_about_no_oscillation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut run = Run::load(&root.join("proofs/runs/figure-1.toml")).unwrap();
    run.steps = 300;
    run.start = start("31/50", "0", "3/4");
    let text = certified(&run);
    let file = coq::write(text.as_bytes(), None, &Selection::Quick).unwrap();
    for part in [
        "says := claim_lemma_4_5_decay |}",
        "- theorem-4.4.growth: conclusion 1: 96 bits do not decide it",
    ] {
        assert!(file.text.contains(part), "{part} is not in\n{}", file.text);
    }
    assert!(compiles(&file.text), "{}", file.text);
}

#[test]
fn claims_are_selected() {
    let text = certificate_with_claims("figure-1.toml", 600);
    let of = |selection: &Selection| coq::write(text.as_bytes(), Some(600), selection);
    let none = of(&Selection::None).unwrap();
    assert_eq!(none.claims, 0);
    assert!(none.text.contains("statements := [];"));
    assert!(none.text.contains("at_step := 550; exceeded := 42 # 1;"));
    let one = of(&Selection::read("theorem-4.4.growth")).unwrap();
    assert_eq!(one.claims, 1);
    let some = of(&Selection::read("lemma-4.2, theorem-4.4.growth")).unwrap();
    assert_eq!(some.claims, 3);
    let quick = of(&Selection::Quick).unwrap();
    for name in [
        "lemma-4.2.invariant-region",
        "lemma-4.5.decay",
        "theorem-4.4.growth",
    ] {
        let name = name.replace(['-', '.'], "_");
        let says = format!("says := claim_{name} |}}");
        assert!(
            quick.text.contains(&says),
            "{says} is not in\n{}",
            quick.text
        );
    }
    assert!(quick.claims < of(&Selection::All).unwrap().claims);
    let error = of(&Selection::read("lemma-4.2,lemma-9"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("lemma-9"), "{error}");
}
