//! Text: control characters are shown, never sent; reports fit the reader's lines.

use serde_json::Value;

use super::program::{Answer, Bench, RUN, claim_with};
use super::shell;

/// Moves the cursor and writes over what is there, clears the screen with a C1 character, turns
/// the order of letters around, and is no text for XML.
const EVIL: &str =
    "\\u001b[A\\r ✓ certified \\u001b[B\\u0085\\u009b2J\\u202e\\u2066\\u200f\\u061c\\u007f\\uFFFE";
const SHOWN: &str =
    "␛[A␍ ✓ certified ␛[B\\u{85}\\u{9b}2J\\u{202e}\\u{2066}\\u{200f}\\u{61c}␡\\u{fffe}";

/// A file that is to be shown with what it says.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write(
        "run.toml",
        RUN.replace("\"small\"", &format!("\"{EVIL}\"")) + "claims = ['claims']\n",
    );
    let evil = |line: &str| line.replace("EVIL", EVIL);
    let claim = claim_with("c", "then = 'a > 1000'");
    let claim = claim
        .replace("\"Claim c\"", &evil("\"EVIL\""))
        .replace("\"test\"", &evil("\"EVIL\""));
    let falsify = "[falsify]\nrun = '../run.toml'\nwhy = \"EVIL\"\nthen = 'a < 0'\n";
    bench.write(
        "claims/c.toml",
        claim + "statement = \"two\\nlines\"\n" + &evil(falsify),
    );
    bench
}

/// Nothing but text and line breaks.
#[track_caller]
fn harmless(answer: &Answer) {
    for text in [&answer.out, &answer.err] {
        plain(text);
    }
}

#[track_caller]
fn plain(text: &str) {
    let odd = |c: char| {
        (c.is_control() && c != '\n')
            || "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}"
                .contains(c)
            || "\u{200e}\u{200f}\u{61c}\u{fffe}\u{ffff}".contains(c)
    };
    let at = text.find(odd);
    assert_eq!(at.map(|at| &text[at.saturating_sub(20)..]), None);
}

#[test]
fn control_characters_are_shown() {
    let bench = bench();
    for arguments in [
        &["certify", "--report", "p.html", "run.toml"][..],
        &["tighten", "run.toml"],
        &["flow", "--at", "1", "run.toml"],
        &[
            "audit",
            "--quick",
            "--arithmetic",
            "f64",
            "--report",
            "a.html",
            "run.toml",
        ],
        &["explain", "--claims", "claims", "c"],
        &["explain", "--claims", "claims", "--table"],
        &["falsify", "claims"],
    ] {
        let answer = bench.run(arguments);
        harmless(&answer);
        assert!(
            answer.out.replace('\n', "").contains("␛[A␍"),
            "{arguments:?}: {}",
            answer.out
        );
    }
    let text = bench.certify(&["run.toml"]).out;
    assert!(
        text.starts_with(&format!("{SHOWN}  (run.toml)\n")),
        "{text}"
    );
    assert!(!text.contains("\n ✓ certified"));
    for page in ["p.html", "a.html"] {
        let page = std::fs::read_to_string(bench.path().join(page)).expect("a page");
        plain(&page);
        assert!(page.contains(&format!("<title>{SHOWN}")) || page.contains(SHOWN));
    }
    bench
        .run(&["figures", "--run", "run.toml", "--out", "drawn"])
        .exits(0);
    let svg = std::fs::read_to_string(bench.path().join("drawn/run-beta1.svg")).expect("a figure");
    roxmltree::Document::parse(&svg).expect("well-formed");
    plain(&svg);
}

#[test]
fn documents_for_programs_are_valid() {
    let bench = bench();
    let junit = bench.certify(&["--format", "junit", "run.toml"]);
    harmless(&junit);
    let document = roxmltree::Document::parse(&junit.out).expect("well-formed");
    assert!(
        document
            .descendants()
            .any(|node| node.attribute("value") == Some(SHOWN))
    );
    let title: Value = serde_json::from_str(&format!("\"{EVIL}\"")).expect("a string");
    for arguments in [
        &["certify", "--format", "json"][..],
        &["tighten", "--format", "json"],
        &["flow", "--at", "1", "--format", "json"],
    ] {
        let answer = bench.run(&[arguments, &["run.toml"]].concat());
        harmless(&answer);
        let document = answer.json();
        let run = document.get("runs").map_or(&document, |runs| &runs[0]);
        if let Some(found) = run.get("title") {
            assert_eq!(*found, title);
        }
    }
    // What a report says is shown in turn.
    let base = bench.certify(&["--format", "baseline", "run.toml"]).out;
    let other = base.replace("\"run.toml\"", "\"x\\u001b]0;y\\u0007/run.toml\"");
    bench.write("old.json", &base).write("new.json", &other);
    for format in ["text", "json", "junit"] {
        harmless(&bench.run(&["diff", "--format", format, "old.json", "new.json"]));
    }
    bench.write(
        "bad.json",
        base.replace("\"program\": \"edgecert\"", "\"program\": \"\\u001b[2J\""),
    );
    let refused = bench.run(&["diff", "old.json", "bad.json"]);
    harmless(&refused);
    assert_eq!(refused.code, Some(2));
}

#[test]
fn errors_show_control_characters() {
    let bench = bench();
    for text in [
        "x = \u{1b}[2J\n",
        "x = 1\rtitle = 2\n",
        "steps = '\u{9b}2J'\n",
        "\u{202e}\n",
    ] {
        bench.write("bad.toml", text);
        let answer = bench.certify(&["bad.toml"]);
        harmless(&answer);
        answer.refuses(2, &["bad.toml"]);
    }
    harmless(&bench.certify(&["\u{1b}[2J.toml"]));
    bench.write("\u{1b}[2J.cert", "{}\n");
    for command in [
        "\"$CHECK\" *.cert",
        "\"$EDGECERT\" coq *.cert",
        "\"$CHECK\" --\"$(printf '\\033[2J')\"",
    ] {
        let answer = shell(&bench, command);
        harmless(&answer);
        assert!(answer.err.contains("␛[2J"), "{}", answer.err);
    }
}

#[test]
fn reports_fit_the_readers_lines() {
    let bench = Bench::new();
    let long = "a-word-that-goes-on-".repeat(6);
    let title = format!("A title of many words that goes on for longer than a line, and {long}");
    bench.write(
        "run.toml",
        RUN.replace("small", &title)
            .replace("eta = \"1/20\"", "eta = '1/20000000000000000000000001'")
            + "claims = ['claims']\n",
    );
    let id = "a-long-identifier.with-some.parts-that.are-long";
    let lines = "constants = { K = '1/3' }\nthen = 'K*a > 1000'\n\
                 falsify = { why = 'It is perturbed for a reason of many words.', run = '../run.toml', then = 'a < 0' }";
    bench.write("claims/c.toml", claim_with(id, lines));
    let base = bench.certify(&["--format", "baseline", "run.toml"]).out;
    let other = base.replace("violated", "certified");
    bench.write("old.json", &base).write("new.json", &other);
    for arguments in [
        &["certify", "run.toml"][..],
        &["certify", "--baseline", "old.json", "run.toml"],
        &["tighten", "run.toml"],
        &["flow", "run.toml"],
        &[
            "audit",
            "--arithmetic",
            "f16",
            "--order",
            "factored",
            "run.toml",
        ],
        &["explain", "--claims", "claims"],
        &["explain", "--claims", "claims", id],
        &["falsify", "claims"],
        &["diff", "new.json", "old.json"],
        &[
            "figures",
            "--run",
            "run.toml",
            "--out",
            "a-folder-with-a-long-name/and-another-one-in-it",
        ],
    ] {
        for columns in [60, 80, 100] {
            let output = bench
                .command(arguments)
                .env("COLUMNS", columns.to_string())
                .output();
            let answer = Answer::new(output.expect("the program runs"));
            assert!(!answer.out.is_empty(), "{}", answer.err);
            for line in answer.out.lines() {
                let width = line.chars().count();
                assert!(
                    width <= columns,
                    "{width} columns of {columns}: {line}\n{}",
                    answer.out
                );
            }
        }
    }
    // Where nothing tells the width, lines are as long as what they say.
    let free = bench.certify(&["run.toml"]).out;
    assert!(
        free.lines().next().is_some_and(|line| line.contains(&long)),
        "{free}"
    );
}
