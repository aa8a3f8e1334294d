//! The claim and run files under `proofs/` and the proofs they point to, as text: what holds
//! of them whatever the program makes of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

const FOLDERS: [&str; 2] = ["liu2025", "divergence"];

fn proofs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs")
}

/// The TOML files of a folder under `proofs/`, in order.
fn tables(folder: &str) -> Vec<(PathBuf, Table)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(proofs().join(folder))
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{folder} is empty");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("readable");
        let table = text
            .parse()
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        (path, table)
    };
    paths.into_iter().map(read).collect()
}

fn text<'a>(table: &'a Table, field: &str, path: &Path) -> &'a str {
    table
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{}: no text `{field}`", path.display()))
}

fn anchors(document: &str) -> BTreeSet<String> {
    document
        .split("<a id=\"")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0.to_string()))
        .collect()
}

#[test]
fn each_claim_is_named_like_its_file_and_says_what_it_is() {
    for folder in FOLDERS {
        for (path, claim) in tables(folder) {
            let stem = path.file_stem().and_then(|s| s.to_str()).expect("text");
            assert_eq!(text(&claim, "id", &path), stem);
            for field in ["title", "source", "statement", "for"] {
                assert!(
                    !text(&claim, field, &path).trim().is_empty(),
                    "{stem}: {field}"
                );
            }
            let provenance = text(&claim, "provenance", &path);
            assert!(
                ["stated", "reconstructed", "derived"].contains(&provenance),
                "{stem}"
            );
            assert!(
                claim.contains_key("then") || claim.contains_key("reach"),
                "{stem}"
            );
        }
    }
}

#[test]
fn each_claim_points_to_a_proof_that_exists() {
    for folder in FOLDERS {
        for (path, claim) in tables(folder) {
            let proof = text(&claim, "proof", &path);
            let (file, anchor) = proof.split_once('#').expect("a place in a document");
            let document = fs::read_to_string(proofs().join(file)).expect("readable");
            let anchors = anchors(&document);
            assert!(anchors.contains(anchor), "{}: {proof}", path.display());
        }
    }
}

/// The documents under `proofs/`, by name.
fn documents() -> Vec<(String, String)> {
    let documents: Vec<(String, String)> = fs::read_dir(proofs())
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .map(|path| {
            let name = path.file_name().and_then(|n| n.to_str()).expect("text");
            (name.into(), fs::read_to_string(&path).expect("readable"))
        })
        .collect();
    assert!(!documents.is_empty(), "no proofs");
    documents
}

#[test]
fn links_inside_the_proofs_lead_somewhere() {
    for (name, document) in documents() {
        let links = document
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')')?.0.split_once('#'));
        for (file, anchor) in links {
            let target = if file.is_empty() { &*name } else { file };
            let target = fs::read_to_string(proofs().join(target)).expect("readable");
            assert!(anchors(&target).contains(anchor), "{name}: {file}#{anchor}");
        }
    }
}

#[test]
fn tight_constants_are_declared() {
    for folder in FOLDERS {
        for (path, claim) in tables(folder) {
            let Some(tight) = claim.get("tight").and_then(Value::as_table) else {
                continue;
            };
            let name = text(tight, "constant", &path);
            let constants = claim.get("constants").and_then(Value::as_table);
            assert!(
                constants.is_some_and(|c| c.contains_key(name)),
                "{}",
                path.display()
            );
            assert!(["least", "greatest"].contains(&text(tight, "best", &path)));
        }
    }
}

#[test]
fn runs_expect_verdicts_of_claims_they_load() {
    for (path, run) in tables("runs") {
        let folders = run["claims"].as_array().expect("an array of paths");
        let mut ids = BTreeSet::new();
        for folder in folders {
            let folder = folder
                .as_str()
                .and_then(|f| f.strip_prefix("../"))
                .expect("a sibling");
            for (path, claim) in tables(folder) {
                let id = text(&claim, "id", &path).to_string();
                assert!(ids.insert(id.clone()), "{id} twice");
            }
        }
        let expected = run.get("expect").and_then(Value::as_table);
        for (id, verdict) in expected.into_iter().flatten() {
            assert!(ids.contains(id), "{}: {id}", path.display());
            let verdict = verdict.as_str().expect("text");
            assert!(
                ["certified", "violated", "undecided", "vacuous"].contains(&verdict),
                "{id}"
            );
        }
    }
}
