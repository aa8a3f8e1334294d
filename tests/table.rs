//! The table of statements in proofs/README.md: it is the one that is printed, and every file,
//! test, function and anchor it names exists.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use assert_cmd::Command;
use edgecert::check::shipped::Shipped;
use edgecert::claim::{Claim, file, proof};
use edgecert::model;

const START: &str = "<!-- output: edgecert explain --table -->\n";
const END: &str = "<!-- end -->";

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

#[test]
fn the_table_is_the_one_that_is_printed() {
    let document = include_str!("../proofs/README.md");
    let (_, rest) = document.split_once(START).expect("the first mark");
    let (shown, _) = rest.split_once(END).expect("the second mark");
    let printed = explained(&["--table"]);
    for (shown, printed) in shown.lines().zip(printed.lines()) {
        assert_eq!(shown, printed, "`make table` writes the table anew");
    }
    assert_eq!(shown, printed, "`make table` writes the table anew");
}

/// The checker knows the shipped statements without the engine.
#[test]
fn the_checker_knows_what_is_shipped() {
    let printed = explained(&["--hashes"]);
    let known = include_str!("../src/check/shipped.txt");
    assert_eq!(
        known, printed,
        "`make table` writes src/check/shipped.txt anew"
    );
    let table = explained(&["--table"]);
    for line in known.lines() {
        let (id, hash) = line.split_once(' ').expect("two words");
        assert_eq!(Shipped::of(id, hash), Shipped::Same, "{id}");
        assert_eq!(Shipped::of(id, "0"), Shipped::Different, "{id}");
        assert_eq!(Shipped::of(&format!("{id}.x"), hash), Shipped::Unknown);
        assert!(table.contains(&format!("| `{id}` | `{hash}` |")), "{id}");
        assert!(explained(&[id]).contains(hash), "{id}");
    }
    let unknown = claims().len() - known.lines().count();
    assert!(unknown <= 1, "{unknown} statements have no hash");
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

#[test]
fn every_named_test_exists() {
    for claim in claims() {
        assert!(!claim.tests.is_empty(), "{}: no test", claim.id);
        for test in &claim.tests {
            let (path, name) = match test.split_once("::") {
                Some((path, name)) => (path, Some(name)),
                None => (test.as_str(), None),
            };
            let text = fs::read_to_string(root().join(path))
                .unwrap_or_else(|e| panic!("{}: {path}: {e}", claim.id));
            if let Some(name) = name {
                assert!(has_test(&text, name), "{}: no test {test}", claim.id);
            }
        }
    }
}

/// Is there a function of this name under `#[test]`? Other attributes may stand between, and
/// the functions in a `proptest!` have their attributes, too.
fn has_test(text: &str, name: &str) -> bool {
    let mut test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") {
            test = true;
        } else if let Some(rest) = line.strip_prefix("fn ") {
            if test && is_named(rest, name) {
                return true;
            }
            test = false;
        }
    }
    false
}

/// Does a definition that begins like this have this name?
fn is_named(definition: &str, name: &str) -> bool {
    definition
        .strip_prefix(name)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

#[test]
fn every_named_function_exists() {
    for claim in claims() {
        assert!(!claim.functions.is_empty(), "{}: no function", claim.id);
        for function in &claim.functions {
            assert!(has_item(function), "{}: no {function}", claim.id);
        }
    }
}

/// Does the file of the module define the item publicly, as `pub fn` or `pub struct`?
fn has_item(path: &str) -> bool {
    let parts: Vec<&str> = path.split("::").skip(1).collect();
    let Some((item, modules)) = parts.split_last() else {
        return false;
    };
    let module: PathBuf = modules.iter().fold(root().join("src"), |p, m| p.join(m));
    let candidates = [
        module.with_extension("rs"),
        module.join("mod.rs"),
        module.join("lib.rs"),
    ];
    candidates
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .any(|text| {
            text.lines().any(|line| {
                ["pub fn ", "pub struct "].iter().any(|word| {
                    line.strip_prefix(word)
                        .is_some_and(|definition| is_named(definition, item))
                })
            })
        })
}

/// The searches above can fail.
#[test]
fn what_does_not_exist_is_not_found() {
    assert!(has_item("edgecert::certify::certify"));
    assert!(!has_item("edgecert::certify::certif"));
    assert!(!has_item("edgecert::falsify::certify"));
    assert!(!has_item("edgecert::nowhere::certify"));
    let text = "#[test]\nfn one() {}\nfn two() {}\n#[test]\n#[cfg(unix)]\nfn three(x in y()) {}";
    assert!(has_test(text, "one") && has_test(text, "three"));
    assert!(!has_test(text, "two") && !has_test(text, "thre"));
}
