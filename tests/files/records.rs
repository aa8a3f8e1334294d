//! What is written can be read: numbers, reports, baselines and certificates within the same
//! limits; and numbers are read and shown alike wherever they stand.

use super::program::{Bench, RUN, claim};
use super::shell;

/// A bench with a run of these values, of two steps.
fn bench(changes: &[(&str, &str)]) -> Bench {
    let mut run = RUN.replace("steps = 20", "steps = 2");
    for (old, new) in changes {
        assert!(run.contains(old), "{old}");
        run = run.replace(old, new);
    }
    let bench = Bench::new();
    bench.write("c.toml", claim("c", "a < 100"));
    bench.write("run.toml", format!("{run}claims = ['c.toml']\n"));
    bench
}

const BETA: &str = "beta1 = \"1/10\"";

#[test]
fn what_is_written_is_read() {
    let long = format!("beta1 = '{}/3'", "7".repeat(9000));
    let below = format!("beta1 = '1/{}'", "7".repeat(9000));
    for beta in [
        "beta1 = 1e-10000",
        "beta1 = '1e-5000'",
        "beta1 = '1/3e-5000'",
        "beta1 = '1/3e5000'",
        "beta1 = ['1e-10000', '2e-10000']",
        &long,
        &below,
    ] {
        let bench = bench(&[(BETA, beta)]);
        // Large numbers escape: the claim may be undecided.
        let certified = bench.certify(&["-q", "--certificate", "run.cert", "run.toml"]);
        let code = certified.code.expect("an end");
        assert!([0, 20].contains(&code), "{beta}: {}", certified.err);
        shell(&bench, "\"$CHECK\" run.cert").exits(0);
        for format in ["baseline", "json"] {
            let written = bench.certify(&["--format", format, "run.toml"]);
            bench.write("base.json", &written.exits(code).out);
            let compared = bench.certify(&["--baseline", "base.json", "run.toml"]);
            compared
                .exits(code)
                .says(&["worse 0, better 0, other changes 0"]);
            bench.run(&["diff", "base.json", "base.json"]).exits(0);
        }
    }
}

#[test]
fn slacks_as_small_as_can_be_are_read_again() {
    let bench = bench(&[(BETA, "beta1 = 1e-10000")]);
    // About 10^(-40 960 000).
    bench.write("c.toml", claim("c", "0 < (beta1^64)^64"));
    let written = bench.certify(&["--format", "baseline", "run.toml"]);
    bench.write("base.json", &written.exits(0).out);
    bench
        .certify(&["--baseline", "base.json", "run.toml"])
        .exits(0);
}

#[test]
fn what_is_too_large_is_refused_where_it_is_read() {
    let refused = bench(&[(BETA, "beta1 = '1e-10000/1e10000'")]);
    refused
        .certify(&["run.toml"])
        .refuses(2, &["run.toml:6:", "more than 65536 bits"]);
    let products = bench(&[
        ("lambda1 = 100", "lambda1 = '1e9999'"),
        ("eta = \"1/20\"", "eta = '1e9999/3'"),
    ]);
    products
        .certify(&["--certificate", "run.cert", "run.toml"])
        .refuses(2, &["more than 65536 bits", "ηλ₁"]);
    let bench = bench(&[]);
    for i in 0..1001 {
        bench.write(&format!("many/c{i}.toml"), claim(&format!("c{i}"), "a > 0"));
    }
    bench.write("many.toml", format!("{RUN}claims = ['many']\n"));
    bench
        .certify(&["--certificate", "run.cert", "many.toml"])
        .refuses(2, &["at most 1000 claims", "--claim"]);
    assert!(!bench.path().join("run.cert").exists());
}

#[test]
fn a_minus_sign_is_a_minus_everywhere() {
    let bench = bench(&[
        (BETA, "beta1 = '1e−3'"),
        ("alpha = \"1/2\"", "alpha = '−5e−1'"),
    ]);
    bench.write("c.toml", claim("c", "beta1^2 > 1e−30 and alpha < −1e−9"));
    bench
        .certify(&["--delta", "1e−1", "--epsilon", "1e−3", "run.toml"])
        .exits(0);
    bench
        .run(&["tighten", "--width", "1e−3", "run.toml"])
        .exits(0);
    // Where the flow ends is not decided that early.
    bench.run(&["flow", "--at", "1e−1", "run.toml"]).exits(20);
    let audit = [
        "audit",
        "--quick",
        "--arithmetic",
        "f64",
        "--order",
        "factored",
    ];
    let audit = [&audit[..], &["--threshold", "1e−3", "run.toml"]].concat();
    assert_ne!(bench.run(&audit).code, Some(2));
}

#[test]
fn long_decimals_are_shown_short() {
    let bench = bench(&[("eta = \"1/20\"", "eta = 1e-400")]);
    let zeros = "0".repeat(40);
    for arguments in [
        &["certify", "--report", "p.html", "run.toml"][..],
        &["certify", "--format", "json", "run.toml"],
        &[
            "audit",
            "--quick",
            "--arithmetic",
            "f64",
            "--order",
            "factored",
            "run.toml",
        ],
    ] {
        let answer = bench.run(arguments);
        assert!(answer.out.contains("1e-400"), "{}", answer.out);
        assert!(!answer.out.contains(&zeros), "{}", answer.out);
    }
    let page = std::fs::read_to_string(bench.path().join("p.html")).expect("a page");
    assert!(page.contains("1e-400") && !page.contains(&zeros));
}

/// A fraction of thousands of digits is exact in JSON; for people its size is enough.
#[test]
fn long_fractions_are_shown_by_their_first_digits() {
    let bench = bench(&[(BETA, "beta1 = '1/3e5000'")]);
    let digits = "0".repeat(60);
    let flow = bench.run(&["flow", "--at", "1", "run.toml"]);
    let certify = bench.certify(&["run.toml"]);
    for answer in [flow, certify] {
        assert!(
            answer.out.contains("3.33333333333(1)e-5001"),
            "{}",
            answer.out
        );
        assert!(!answer.out.contains(&digits), "{}", answer.out);
    }
    let json = bench.certify(&["--format", "json", "run.toml"]).json();
    let start = json["runs"][0]["inputs"]["start"]["beta1"].as_str();
    assert_eq!(start, Some(&*format!("1/3{}", "0".repeat(5000))));
}
