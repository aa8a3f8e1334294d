//! The program `edgecert-check`: exit codes and what it says.

use std::ffi::OsStr;
use std::process::{Command, Output};

use super::folder;

fn run(arguments: &[&OsStr]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_edgecert-check"))
        .args(arguments)
        .current_dir(folder(""))
        .output()
        .expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("a code");
    (code, text(&output.stdout), text(&output.stderr))
}

fn check(arguments: &[&str]) -> (i32, String, String) {
    run(&arguments.iter().map(OsStr::new).collect::<Vec<_>>())
}

#[test]
fn exit_codes() {
    let small = "accept/small.cert";
    let cases: [(&[&str], i32); 18] = [
        (&[small], 0),
        (&[small, "accept/escape.cert"], 0),
        (&["-q", small], 0),
        (&["--help"], 0),
        (&["--version"], 0),
        (&[], 2),
        (&["--frobnicate"], 2),
        (&["--work"], 2),
        (&["--work", "much", small], 2),
        (&["--work", "1", small], 5),
        (&["--work", "4000000000000", small], 0),
        (&["reject/text-empty.cert"], 2),
        (&["reject/false-claims.1.verdict.vacuous.cert"], 10),
        (&["reject/false-tails.0.excess.0.one-less.cert"], 10),
        (&["reject/hash-run.lambda1.one-more.cert"], 10),
        (&["reject/version-2.cert"], 4),
        (&["there-is-no-such-file.cert"], 3),
        (
            &[
                "there-is-no-such-file.cert",
                "reject/hash-run.lambda1.one-more.cert",
                small,
            ],
            10,
        ),
    ];
    for (arguments, code) in cases {
        assert_eq!(check(arguments).0, code, "{arguments:?}");
    }
}

/// Nothing is said that was not checked.
#[test]
fn unchecked_claims_are_named() {
    let (_, out, err) = check(&["accept/small.cert"]);
    assert!(err.is_empty(), "{err}");
    let lines: Vec<&str> = out.lines().map(str::trim).collect();
    assert_eq!(lines[0], "accept/small.cert: accepted, 20 steps");
    assert!(
        lines
            .iter()
            .any(|l| l.starts_with("violated") && l.ends_with("case.broken (1 steps)")),
        "{out}"
    );
    assert!(
        lines
            .iter()
            .any(|l| l.starts_with("NOT CHECKED  case.open: ")),
        "{out}"
    );
    assert!(lines.contains(&"3 claims checked, 1 not checked"), "{out}");
    assert!(
        lines
            .iter()
            .any(|l| l.ends_with("a limit in [1.93302787061, 1.93303086728] (Theorem 12)")),
        "{out}"
    );
    let (_, out, _) = check(&["--quiet", "accept/small.cert"]);
    assert!(out.is_empty());
}

/// The first field or step that is wrong is named.
#[test]
fn the_place_is_named() {
    let says = |file: &str| {
        let (_, out, err) = check(&[&format!("reject/{file}.cert")]);
        assert!(out.is_empty(), "{out}");
        err
    };
    let cases = [
        (
            "false-claims.0.witness.state.1.0.one-more",
            "REJECTED: claims.0: case.broken: step 5: witness: beta1",
        ),
        (
            "false-claims.1.verdict.vacuous",
            "REJECTED: claims.1: case.held: it is certified, not vacuous",
        ),
        (
            "false-tails.0.excess.0.one-less",
            "REJECTED: tails.0.excess: these are not its digits",
        ),
        (
            "hash-run.lambda1.one-more",
            "REJECTED: sha256: this is not the hash",
        ),
        (
            "version-0",
            "UNSUPPORTED: version: versions 1 to 1 are read",
        ),
        ("text-unknown-name", "REJECTED: sha256"),
        ("text-duplicate-key", "UNREADABLE: byte "),
    ];
    for (file, words) in cases {
        let err = says(file);
        assert!(err.contains(words), "{file}: {err}");
    }
}

/// What is given up is not called wrong, and a certain rejection outweighs it.
#[test]
fn work_is_limited() {
    let (code, out, err) = check(&["--work", "1000", "accept/small.cert"]);
    assert_eq!((code, out.as_str()), (5, ""));
    let words = "GIVEN UP: reading it takes more work than allowed (1000 units)";
    assert!(err.contains(words), "{err}");
    let words = "GIVEN UP: it takes more work than allowed (3000000 units)";
    let (code, _, err) = check(&["--work", "3000000", "accept/small.cert"]);
    assert!(code == 5 && err.contains(words), "{err}");
    let both = [
        "--work",
        "3000000",
        "accept/small.cert",
        "reject/hash-run.lambda1.one-more.cert",
    ];
    assert_eq!(check(&both).0, 10);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let (code, _, err) = run(&[OsStr::from_bytes(b"\xff.cert")]);
    assert_eq!(code, 3, "{err}");
}
