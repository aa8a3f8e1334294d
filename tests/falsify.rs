//! Falsification: every claim under proofs/ can be violated, and a claim that nothing is known
//! to violate is reported.

mod program;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use edgecert::certify::{Options, certify};
use edgecert::claim::{Claim, file};
use edgecert::falsify::{Standing, falsify};
use edgecert::input::Run;
use edgecert::model;
use edgecert::verdict::Verdict;
use program::{Answer, Bench, RUN, claim_with};

fn proofs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs")
}

fn claims() -> Vec<Arc<Claim>> {
    let folders = ["liu2025", "divergence"].map(|f| proofs().join(f));
    file::load_all(&folders, &model::names()).unwrap_or_else(|e| panic!("{e}"))
}

/// Nothing is known of a claim unless its check can fail.
#[test]
fn every_claim_can_be_violated() {
    let go = AtomicBool::new(false);
    let mut failures = Vec::new();
    for claim in claims() {
        let falsification = falsify(&claim, &Options::default(), &go, &mut |_| ())
            .unwrap_or_else(|e| panic!("{}: {e}", claim.id));
        let result = falsification.result();
        let shown = result.is_some_and(|r| r.violation.is_some() || r.note.is_some());
        if falsification.standing() != Standing::Violated || !shown {
            failures.push((claim.id.clone(), result.map(|r| r.verdict)));
        }
    }
    assert!(failures.is_empty(), "not violated: {failures:?}");
}

/// What is violated when it is perturbed holds when it is not.
/// Tests: divergence.escape-step, divergence.escape, divergence.magnitude, divergence.sign-flip
#[test]
fn divergence_is_certified_on_the_divergent_run() {
    let mut run =
        Run::load(&proofs().join("runs/divergent.toml")).unwrap_or_else(|e| panic!("{e}"));
    run.claims.retain(|c| c.id.starts_with("divergence."));
    assert!(run.claims.len() >= 4);
    let go = AtomicBool::new(false);
    let outcome =
        certify(&run, &Options::default(), &go, &mut |_| ()).unwrap_or_else(|e| panic!("{e}"));
    for result in &outcome.claims {
        assert_eq!(result.verdict, Verdict::Certified, "{}", result.claim.id);
    }
}

/// a_0 = 100/20/4 = 1.25.
const HELD: &str = "constants = { m = 1 }\nwhen = 'a > m'\nthen = 'a > m/2'";

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("run.toml", RUN);
    bench
}

/// `edgecert falsify` on a claim that holds, with this table.
fn falsified(lines: &str, table: &str, arguments: &[&str]) -> Answer {
    let bench = bench();
    let text = match table {
        "" => claim_with("x", lines),
        table => claim_with("x", &format!("{lines}\n[falsify]\n{table}")),
    };
    bench.write("x.toml", text);
    bench.run(&[&["falsify", "x.toml"], arguments].concat())
}

const HEAD: &str = "run = 'run.toml'\nwhy = 'for a reason'\n";

#[test]
fn a_claim_without_a_perturbation_is_suspicious() {
    falsified(HELD, "", &[]).exits(10).says(&[
        "SUSPICIOUS",
        "nothing is known",
        "falsified: violated 0, suspicious 1, undecided 0, of 1 claims",
    ]);
}

#[test]
fn a_perturbation_that_violates_nothing_is_suspicious() {
    let answer = falsified(HELD, &format!("{HEAD}constants = {{ m = '1/2' }}"), &[]);
    answer
        .exits(10)
        .says(&["✗ certified", "SUSPICIOUS", "for a reason", "suspicious 1"]);
    let vacuous = falsified(HELD, &format!("{HEAD}constants = {{ m = 1000 }}"), &[]);
    vacuous.exits(10).says(&["✗ vacuous", "SUSPICIOUS"]);
}

#[test]
fn a_perturbation_that_nobody_can_decide_is_undecided() {
    let table = format!("{HEAD}start = {{ alpha = ['49/100', '51/100'] }}\nthen = 'alpha <= 1/2'");
    let answer = falsified(HELD, &table, &[]);
    answer
        .exits(20)
        .says(&["? undecided", "undecided 1", "start-box"]);
}

/// Each field of the table, alone, makes the difference.
#[test]
fn every_field_replaces_what_it_names() {
    let lines = "constants = { m = 2, k = 1 }\ngiven = 'alpha > 0'\nwhen = 't < 10'\n\
                 then = ['w < k', 't < 10', 'start(t) < 3', 'horizon > 7', 'eta < 1/10', \
                 'lambda1 > 50', 'lambda2 < 50', 'm > 0']\n\
                 for = 'from first given'\n[define]\nu = 'beta1'\nw = '10*u - 1/2'";
    let tables = [
        "constants = { k = 0 }",
        "define = { u = '20*beta1' }",
        "define = { w = '10*u + 1/2' }",
        "define = { z = 'w + 1' }\nthen = 'z < 1'",
        "given = 't > 3'",
        "when = 't < 15'",
        "then = 'w > 1'",
        "for = 'steps 3 to 5'",
        "steps = 7",
        "start = { beta1 = 1 }",
        "eta = '1/5'",
        "lambda1 = 40",
        "lambda2 = 60",
        "projection = { beta1 = '1/100' }\nwhen = \"clipped'\"\nthen = 'B > 1/50'",
    ];
    falsified(lines, HEAD, &[]).exits(10);
    for table in tables {
        let bench = bench();
        bench.write(
            "x.toml",
            claim_with("x", &format!("{lines}\n[falsify]\n{HEAD}{table}")),
        );
        let answer = bench.run(&["falsify", "x.toml"]);
        assert!(
            answer.out.contains("✓ violated"),
            "{table}:\n{}",
            answer.out
        );
        answer.exits(0).says(&["for a reason"]);
    }
    let reach = "given = 'a > 0'\nreach = { goal = 'a > 0', within = '3' }";
    let table = format!("{HEAD}reach = {{ goal = 'a > 1000', within = '3' }}");
    falsified(reach, &table, &[]).exits(0);
    let clipped = RUN.to_string() + "projection = { beta1 = '1/1000' }\n";
    let bench = Bench::new();
    bench.write("run.toml", clipped);
    let lines = format!("then = \"abs(beta1') <= 1/1000\"\n[falsify]\n{HEAD}projection = false");
    bench.write("x.toml", claim_with("x", &lines));
    bench.run(&["falsify", "x.toml"]).exits(0);
}

/// A perturbation does not leak into the claim it belongs to.
#[test]
fn the_claim_itself_stays() {
    let bench = bench();
    let lines = format!("{HELD}\n[falsify]\n{HEAD}constants = {{ m = 1 }}\nthen = 'a < m'");
    bench.write("x.toml", claim_with("x", &lines));
    bench.write("all.toml", format!("{RUN}claims = 'x.toml'\n"));
    bench.certify(&["all.toml"]).exits(0).says(&["certified 1"]);
    bench.run(&["falsify", "x.toml"]).exits(0);
}

#[test]
fn a_wrong_sign_in_an_identity_is_found_with_a_witness() {
    let table = format!("{HEAD}then = \"s' = s*(1 - e*(alpha^2*(1 - b) + beta2^2)) - b*(1 - s)\"");
    let answer = falsified(
        "then = \"alpha' = alpha*(1 - b) + e*beta2*s\"",
        &table,
        &["--format", "json"],
    );
    let document = answer.exits(0).json();
    let one = &document["falsifications"][0];
    assert_eq!(one["standing"], "violated");
    assert_eq!(one["violation"]["step"], 0);
    let end = |side: &str, end: &str| {
        let text = one["violation"][side][end].as_str().expect("a text");
        edgecert::number::decimal::parse_hexadecimal(text).expect("an exact end")
    };
    // The two enclosures are apart: a proof that the sides differ.
    assert!(
        end("left", "lower") > end("right", "upper")
            || end("left", "upper") < end("right", "lower")
    );
}

#[test]
fn json_keeps_its_fields() {
    let table = format!("{HEAD}steps = 5\nconstants = {{ m = -1 }}\nthen = 'a < m'");
    let document = falsified(HELD, &table, &["--format", "json"])
        .exits(0)
        .json();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["exit_code"], 0);
    assert_eq!(document["not_started"], serde_json::json!([]));
    let one = &document["falsifications"][0];
    assert_eq!(one["id"], "x");
    assert_eq!(one["verdict"], "violated");
    assert_eq!(one["perturbation"]["why"], "for a reason");
    assert_eq!(one["perturbation"]["run"], "run.toml");
    assert_eq!(
        one["perturbation"]["changes"],
        serde_json::json!(["steps = 5", "constants.m = -1", "then = 'a < m'"])
    );
    assert_eq!(one["conclusions_violated"], 6);
    let nothing = falsified(HELD, "", &["--format", "json"]).exits(10).json();
    let one = &nothing["falsifications"][0];
    assert_eq!(one["standing"], "suspicious");
    assert!(one["perturbation"].is_null() && one["verdict"].is_null());
}

#[test]
fn options_of_falsify() {
    let bench = bench();
    bench.write("claims/a.toml", claim_with("a.one", HELD));
    let lines = format!("{HELD}\n[falsify]\nrun = '../run.toml'\nwhy = 'because'\nthen = 'a < m'");
    bench.write("claims/b.toml", claim_with("b.two", &lines));
    bench
        .run(&["falsify", "claims"])
        .exits(10)
        .says(&["violated 1, suspicious 1"]);
    let only = bench.run(&["falsify", "claims", "--claim", "b"]);
    only.exits(0).says(&["b.two", "of 1 claims"]);
    assert!(!only.out.contains("a.one"));
    bench
        .run(&["falsify", "claims", "--claim", "b.twu"])
        .refuses(2, &["--claim b.twu", "the nearest is `b.two`"]);
    let quiet = bench.run(&["falsify", "claims", "--quiet"]);
    quiet.exits(10);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    bench
        .run(&["falsify"])
        .refuses(3, &["proofs/liu2025", "cannot read it"]);
}

#[test]
fn mistakes_in_the_table_are_shown_in_place() {
    let refused = |table: &str, code: i32, words: &[&str]| {
        let answer = falsified(HELD, table, &[]);
        answer.refuses(code, &[&["x.toml:"], words].concat());
    };
    refused("why = 'x'", 2, &["the field `falsify.run` is missing"]);
    refused(
        "run = 'run.toml'",
        2,
        &["the field `falsify.why` is missing"],
    );
    refused(
        "run = 'run.toml'\nwhy = ' '",
        2,
        &["falsify.why", "x.toml:11:7"],
    );
    refused("run = 1\nwhy = 'x'", 2, &["falsify.run", "an integer"]);
    refused(
        "run = 'rum.toml'\nwhy = 'x'",
        3,
        &["x.toml:10:7", "there is no file rum.toml"],
    );
    let cases: [(&str, &[&str]); 14] = [
        ("wen = 'a > 0'", &["falsify.wen", "`when`"]),
        ("title = 'x'", &["there is no field `falsify.title`"]),
        ("steps = -1", &["falsify.steps", "x.toml:12:9"]),
        ("steps = 'many'", &["falsify.steps"]),
        ("eta = 0", &["falsify.eta", "greater than 0"]),
        (
            "lambda2 = 101",
            &[
                "`falsify.lambda2`",
                "λ₂ must not be greater",
                "x.toml:12:11",
            ],
        ),
        ("projection = true", &["falsify.projection", "false"]),
        (
            "projection = { beta2 = 1 }",
            &["falsify.projection.beta2", "`beta1`"],
        ),
        ("start = { alhpa = 1 }", &["falsify.start.alhpa", "`alpha`"]),
        (
            "start = { alpha = [2, 1] }",
            &["falsify.start.alpha", "empty"],
        ),
        (
            "constants = { k = 1 }",
            &["falsify.constants.k", "no such constant"],
        ),
        (
            "then = 'alhpa > 0'",
            &["falsify.then", "x.toml:12:9", "alpha"],
        ),
        (
            "define = { m = 'a' }",
            &["falsify.define.m", "already has a meaning"],
        ),
        ("for = 'from first given'", &["falsify.for", "no `given`"]),
    ];
    for (line, words) in cases {
        refused(&format!("{HEAD}{line}"), 2, words);
    }
    for field in ["functions", "tests"] {
        falsified(&format!("{HELD}\n{field} = ['certify']"), "", &[]).refuses(
            2,
            &[
                &format!("`{field}`"),
                "x.toml:9",
                "a claim file does not name code",
                "remove this field",
            ],
        );
    }
    falsified(&format!("{HELD}\nfalsify = 1"), "", &[])
        .refuses(2, &["`falsify`", "a table is expected"]);
}

/// Only the run's inputs are used: its claims need not even exist.
#[test]
fn claims_of_the_run_are_passed_over() {
    let bench = Bench::new();
    bench.write("run.toml", format!("{RUN}claims = 'nowhere.toml'\n"));
    let lines = format!("{HELD}\n[falsify]\n{HEAD}then = 'a < m'");
    bench.write("x.toml", claim_with("x", &lines));
    bench.run(&["falsify", "x.toml"]).exits(0);
}
