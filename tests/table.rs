//! The tables of proofs/README.md: they are the ones that are printed, and every file, test and
//! anchor they name exists.

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use assert_cmd::Command;
use edgecert::claim::{Claim, file, proof};
use edgecert::model;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn claims() -> Vec<Arc<Claim>> {
    let folders = ["liu2025", "divergence"].map(|f| root().join("proofs").join(f));
    file::load_all(&folders, &model::names()).unwrap_or_else(|e| panic!("{e}"))
}

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edgecert"))
        .current_dir(root())
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn explained(arguments: &[&str]) -> String {
    let output = program(&[&["explain"], arguments].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{error}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What proofs/README.md shows of the output of a command.
fn shown(command: &str) -> &'static str {
    let document = include_str!("../proofs/README.md");
    let start = format!("<!-- output: {command} -->\n");
    let (_, rest) = document.split_once(&start).expect("the first mark");
    rest.split_once("<!-- end -->").expect("the second mark").0
}

#[test]
fn the_table_is_the_one_that_is_printed() {
    let shown = shown("edgecert explain --table");
    let printed = explained(&["--table"]);
    for (shown, printed) in shown.lines().zip(printed.lines()) {
        assert_eq!(shown, printed, "`make table` writes the table anew");
    }
    assert_eq!(shown, printed, "`make table` writes the table anew");
}

#[test]
fn every_claim_has_a_row_and_an_explanation() {
    let (table, list) = (explained(&["--table"]), explained(&[]));
    for claim in claims() {
        assert_eq!(
            table.matches(&format!("| **{}**<br>", claim.id)).count(),
            1,
            "{}",
            claim.id
        );
        for words in [&claim.id, &claim.title, &claim.source] {
            assert!(list.lines().any(|l| l.contains(words.as_str())), "{words}");
        }
    }
}

/// Every link of proofs/README.md leads to a file.
#[test]
fn links_of_the_table_lead_somewhere() {
    let document = include_str!("../proofs/README.md");
    let links: Vec<&str> = document
        .split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0))
        .collect();
    assert!(links.len() >= 2 * claims().len());
    for link in links {
        let path = link.split('#').next().expect("a part");
        assert!(root().join("proofs").join(path).is_file(), "{link}");
    }
}

#[test]
fn every_proof_has_its_anchor() {
    for claim in claims() {
        let proof = proof::read(&claim).unwrap_or_else(|e| panic!("{e}"));
        let proof = proof.unwrap_or_else(|| panic!("{}: no proof", claim.id));
        assert!(!proof.text.is_empty(), "{}: {}", claim.id, claim.proof);
        let printed = explained(&[&claim.id]);
        assert!(printed.contains(&proof.text), "{}", claim.id);
    }
}

fn tested(root: &Path) -> Output {
    std::process::Command::new("sh")
        .arg(root.join("scripts/tested"))
        .output()
        .expect("sh runs")
}

/// The tests say which claims they test: each claim has one, and the table shows them.
#[test]
fn the_table_of_tests_is_the_one_that_is_printed() {
    let output = tested(root());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(
        shown("scripts/tested"),
        printed,
        "`make table` writes the table anew"
    );
    for claim in claims() {
        let row = format!("| `{}` | `", claim.id);
        assert_eq!(printed.matches(&row).count(), 1, "{}", claim.id);
    }
}

/// The check of the comments can fail.
#[test]
fn a_claim_without_a_test_and_a_test_without_a_claim_are_told() {
    let one = "/// Tests: one\n#[test]\n";
    let cases = [
        (format!("{one}fn a() {{}}"), ""),
        (format!("{one}#[cfg(unix)]\nfn a(x in y()) {{}}"), ""),
        ("#[test]\nfn a() {}".into(), "one: no test names it"),
        (
            format!("{one}fn a() {{}}\n/// Tests: two\n#[test]\nfn b() {{}}"),
            "no claim two",
        ),
        ("/// Tests: one\nfn a() {}".into(), "a is no test"),
        (
            format!("{one}fn b() {{}}\n/// Tests: one\nfn a() {{}}"),
            "a is no test",
        ),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for part in [
        "scripts",
        "src",
        "tests",
        "proofs/liu2025",
        "proofs/divergence",
    ] {
        fs::create_dir_all(folder.path().join(part)).expect("a folder is made");
    }
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("a file is written");
    };
    write("scripts/tested", include_str!("../scripts/tested"));
    write("proofs/liu2025/one.toml", "");
    for (text, message) in cases {
        write("tests/x.rs", &text);
        let output = tested(folder.path());
        let errors = String::from_utf8_lossy(&output.stderr);
        let code = if message.is_empty() { 0 } else { 1 };
        assert_eq!(output.status.code(), Some(code), "{text}: {errors}");
        assert!(errors.contains(message), "{text}: {errors}");
    }
}

/// What is checked is said by ids: no claim file names code.
#[test]
fn claim_files_name_no_code() {
    for claim in claims() {
        let text = &claim.file.text;
        for code in ["edgecert::", "tests/", ".rs"] {
            assert!(!text.contains(code), "{}: {code}", claim.id);
        }
    }
}
