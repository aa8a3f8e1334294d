//! `edgecert coq`: certificates translated for Coq.
#![cfg(feature = "engine")]

use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use edgecert::certificate;
use edgecert::certificate::coq::{self, Selection};
use edgecert::certify::{Options, certify};
use edgecert::input::Run;

fn certificate_of(name: &str) -> String {
    certificate_with(name, None)
}

fn certificate_with(name: &str, steps: Option<u64>) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut run = Run::load(&root.join("proofs/runs").join(name)).unwrap();
    run.claims.clear();
    run.expect.clear();
    run.steps = steps.unwrap_or(run.steps);
    let outcome = certify(
        &run,
        &Options::default(),
        &AtomicBool::new(false),
        &mut |_| {},
    )
    .unwrap();
    certificate::write(&run, &outcome).unwrap()
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
    let text = certificate_of("divergent.toml");
    let file = coq::write(text.as_bytes(), None, &Selection::None).unwrap();
    assert_eq!((file.trap, file.note), ("escape", None));
    for part in [
        "end_trap := Escape;",
        "at_step := 5310; exceeded := 42 # 1;",
        "Sharpness_above_edge_plus (2 # 1) 0;\n    Diverges\n",
    ] {
        assert!(file.text.contains(part), "{part} is not in\n{}", file.text);
    }
    assert!(compiles(&file.text));
}

#[test]
fn a_run_without_a_trap_has_its_phases() {
    let text = certificate_with("below-edge.toml", Some(7));
    let file = coq::write(text.as_bytes(), None, &Selection::None).unwrap();
    assert_eq!((file.trap, file.steps), ("no trap", 7));
    assert!(
        file.note
            .is_some_and(|note| note.contains("within the 7 steps"))
    );
    assert!(file.text.contains("end_trap := No_trap;\n  laters := []\n"));
    assert!(compiles(&file.text));
}
