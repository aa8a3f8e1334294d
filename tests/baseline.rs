//! The project's own verdicts and proof constants: nothing is worse than in
//! `proofs/baseline.json`, and the runs are those of `proofs/runs/`.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// The run files, as `make baseline` names them.
fn runs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs/runs");
    let mut runs: Vec<String> = fs::read_dir(folder)
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("readable").file_name())
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.ends_with(".toml"))
        .map(|name| format!("proofs/runs/{name}"))
        .collect();
    runs.sort();
    runs
}

fn certify(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_edgecert"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("certify")
        .args(arguments)
        .args(runs())
        .output()
        .expect("the program runs")
}

const UPDATE: &str = "if the change is meant, `make baseline` records it";

#[test]
fn no_verdict_and_no_constant_is_worse_than_in_the_baseline() {
    let output = certify(&["--baseline", "proofs/baseline.json", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        let message = String::from_utf8_lossy(&output.stderr);
        panic!("{e}:\n{message}")
    });
    let comparison = &report["baseline"];
    let worse: Vec<&Value> = comparison["changes"]
        .as_array()
        .expect("a list of changes")
        .iter()
        .filter(|change| change["effect"] == "worse")
        .collect();
    assert!(worse.is_empty(), "{UPDATE}:\n{worse:#?}");
    assert_eq!(comparison["summary"]["exit_code"], 0);
    // It is the whole of them that was compared.
    let claims: usize = report["runs"]
        .as_array()
        .expect("runs")
        .iter()
        .map(|run| run["claims"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(comparison["summary"]["runs"], runs().len());
    assert_eq!(comparison["summary"]["claims"], claims);
    assert_eq!(output.status.code(), Some(0));
}

/// Recorded again without a change, the baseline has the same bytes: a difference in it is a
/// difference of the results.
#[test]
fn the_baseline_is_up_to_date_to_the_byte() {
    let output = certify(&["--format", "baseline"]);
    assert_eq!(output.status.code(), Some(0));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs/baseline.json");
    let recorded = fs::read_to_string(path).expect("the baseline is part of the repository");
    let made = String::from_utf8(output.stdout).expect("UTF-8");
    let line = recorded.lines().zip(made.lines()).position(|(x, y)| x != y);
    assert!(
        recorded == made,
        "first difference: line {line:?} + 1; {UPDATE}"
    );
}
