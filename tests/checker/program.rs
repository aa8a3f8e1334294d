//! The program `edgecert-check`: exit codes and what it says.

use std::ffi::OsStr;
use std::process::{Command, Output};

use edgecert::check::json::Json;

use super::{accepted, folder, list, object, parse, sealed, text};

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
            .any(|l| l.starts_with("violated")
                && l.ends_with("case.broken (1 steps), not a shipped id")),
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

/// No more of a file is read than a certificate may have.
#[cfg(unix)]
#[test]
fn what_is_too_large_is_not_read() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    file.as_file().set_len(8 << 30).expect("a hole");
    let hole = file.path().to_string_lossy().into_owned();
    for name in ["/dev/zero", &hole] {
        let (code, out, err) = check(&[name]);
        assert_eq!((code, out.as_str()), (5, ""), "{name}: {err}");
        assert!(err.contains("GIVEN UP: it is larger than 2 MiB"), "{err}");
    }
}

/// An id is only a name.
#[test]
fn it_is_said_what_is_as_shipped() {
    let (_, out, _) = check(&["accept/escape.cert"]);
    let words = |id: &str| {
        let line = out.lines().find(|l| l.contains(&format!("  {id} (")));
        let line = line.unwrap_or_else(|| panic!("{id}: {out}"));
        line.rsplit(", ").next().map(str::to_string)
    };
    for id in ["theorem-4.1.eventually", "identity-1"] {
        assert_eq!(words(id).as_deref(), Some("as shipped"), "{id}");
    }
    assert_eq!(words("case.some").as_deref(), Some("not a shipped id"));
    // Anything true under a name that sounds well.
    let mut forged = parse(&accepted()["small"]);
    let fields = object(&mut forged);
    let claims = list(fields.get_mut("claims").expect("claims"));
    object(&mut claims[1]).insert("id".into(), Json::Text("theorem-4.1.bound".into()));
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, text(&sealed(forged, true))).expect("it is written");
    let (code, out, err) = check(&[&file.path().to_string_lossy()]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("  theorem-4.1.bound (21 steps), NOT as shipped"),
        "{out}"
    );
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
