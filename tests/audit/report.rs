//! `edgecert audit`: exit codes, the three reports, bad input.

use crate::program::Bench;
use serde_json::Value;

/// (3/5, 1/10, 1/2): β₁ underflows in f64 at 1294, and α is off at 3962.
const RUN: &str = "\
title = \"lost\"
lambda1 = 100
lambda2 = \"1/100\"
eta = \"1/20\"
steps = 4200
start = { alpha = \"3/5\", beta1 = \"1/10\", beta2 = \"1/2\" }
claims = \"claims\"
";

fn bench(run: &str) -> Bench {
    let bench = Bench::new();
    bench.write("run.toml", run);
    // Between 4000 and 4200 the exact trajectory is below the edge, after a spike that f64
    // does not have.
    let claim = |id: &str, lines: &str| crate::program::claim_with(id, lines);
    bench.write(
        "claims/spike.toml",
        claim(
            "spike",
            "for = 'steps 4000 to 4100'\nthen = 'sharpness < 2/eta'",
        ),
    );
    bench.write(
        "claims/positive.toml",
        claim("positive", "then = 'alpha^2 > 0'"),
    );
    bench.write(
        "claims/identity.toml",
        claim("identity", "then = 'C = alpha^2 - beta1^2 - beta2^2'"),
    );
    bench
}

fn audit(bench: &Bench, arguments: &[&str]) -> crate::program::Answer {
    let mut all = vec!["audit", "run.toml"];
    all.extend(arguments);
    bench.run(&all)
}

#[test]
fn the_text_says_what_happened_and_why() {
    let bench = bench(RUN);
    let answer = audit(&bench, &["--arithmetic", "f64", "--order", "factored"]);
    answer.exits(10).says(&[
        "The exact trajectory (certified)",
        "ends              below 2/η",
        "2 are read on traces: 2 certified",
        "(1 identities say nothing of a trace)",
        "f64, factored: ends above 2/η, while the exact trajectory ends below 2/η; β₁ stands still at 0 for",
        "f64, factored: 1 of 2 claims flip; ends above 2/η, while the exact trajectory ends below 2/η; β₁ stands",
        "spike",
        "✓ unbounded exponent: the outcome and every verdict",
        "✓ β₁ stored as its sign and log|β₁|: the outcome and every verdict",
        "13 of 13: above 2/η",
        "audit: 1 variants, 0 reproduce the truth, 1 do not, 0 open",
    ]);
    // Wherever the line is broken.
    let words: Vec<&str> = answer.out.split_whitespace().collect();
    let silent = "has 11; first silent event at step 1 294, visible in α at 3 962";
    assert!(words.join(" ").contains(silent), "{}", answer.out);
}

#[test]
fn a_format_that_is_good_enough_is_said_to_be() {
    let bench = bench(RUN);
    let answer = audit(&bench, &["--arithmetic", "53:13", "--order", "factored"]);
    answer.exits(0).says(&[
        "53:13, factored: reproduces the truth, within the bounds below",
        "53:13, factored: none of 2 claims flips; the outcome is the certified one; it reproduces the truth",
        "No claim flips in any variant.",
        "audit: 1 variants, 1 reproduce the truth, 0 do not, 0 open",
    ]);
    let quiet = audit(
        &bench,
        &["--arithmetic", "53:13", "--order", "factored", "-q"],
    );
    quiet.exits(0);
    assert!(quiet.out.is_empty());
}

#[test]
fn observed_and_certified_values_have_objects_of_their_own() {
    let bench = bench(RUN);
    let arguments = [
        "--arithmetic",
        "f64+flush",
        "--order",
        "backprop",
        "--quick",
        "--format",
        "json",
    ];
    let answer = audit(&bench, &arguments);
    answer.exits(10);
    let document: Value = serde_json::from_str(&answer.out).expect("JSON");
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["reproducibility"]["randomness"], "none");
    assert_eq!(document["certified"]["outcome"]["ending"]["kind"], "below");
    assert_eq!(
        document["certified"]["exponent_bits_needed"]["at_least"],
        12
    );
    let variant = &document["variants"][0];
    assert_eq!(variant["format"]["name"], "f64+flush");
    assert_eq!(variant["backend"], "hardware");
    assert_eq!(variant["observed"]["outcome"]["ending"]["kind"], "above");
    assert_eq!(
        variant["observed"]["underflow"]["beta1"]["first_zero"],
        1294
    );
    let off = &variant["certified"]["first_divergence"]["alpha"][0];
    assert_eq!(off["threshold"], "0.001");
    assert_eq!(off["step"]["earliest"], 3962);
    assert_eq!(off["step"]["latest"], 3962);
    let claims = variant["claims"].as_array().expect("an array");
    let spike = claims.iter().find(|c| c["id"] == "spike").expect("a claim");
    assert_eq!(spike["certified"], "certified");
    assert_eq!(spike["observed"]["seen"], "fails");
    assert_eq!(spike["cause"]["by"], "exponent range");
    // The guilty operation is named.
    let at = &variant["observed"]["operations"]["flush_dependent"];
    let line = at["line"].as_str().expect("a line");
    assert!(line.contains('='), "{line}");
    // The trace is the same on every machine and in every build.
    assert_eq!(
        variant["trace_sha256"],
        "27c8157966f91cd5a240990457e801aa53e92c6c56cff431d1a4d6383f17bf7d"
    );
}

#[test]
fn the_page_stands_alone() {
    let bench = bench(RUN);
    let arguments = [
        "--arithmetic",
        "f64",
        "--arithmetic",
        "f16",
        "--order",
        "factored",
        "--order",
        "backprop",
        "--quick",
        "-q",
        "--report",
        "audit.html",
    ];
    audit(&bench, &arguments).exits(10);
    let page = std::fs::read_to_string(bench.path().join("audit.html")).expect("a page");
    for part in [
        "certified",
        "observed",
        "exponent range",
        "f64, factored",
        "least normal f64",
        "spike",
        "flips in 1 of 2",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Names of XML vocabularies are no requests.
    let foreign = |rest: &&str| !rest.starts_with("www.w3.org/");
    assert_eq!(page.split("http://").skip(1).filter(foreign).count(), 0);
    assert!(!page.contains("<script") && !page.contains("https://"));
    assert!(page.len() < 2 << 20, "{}", page.len());
    // A place that cannot be written is found before the work.
    audit(&bench, &["--report", "missing/audit.html"]).refuses(3, &["missing/audit.html"]);
}

#[test]
fn mistakes_are_named() {
    let bench = bench(RUN);
    for (arguments, code, part) in [
        (["--arithmetic", "f63"], 2, "no such format"),
        (["--order", "factord"], 2, "nearest is `factored`"),
        (["--order", "logarithmic"], 2, "no such order"),
        (["--order", "mine.toml"], 3, "mine.toml"),
        (["--threshold", "0"], 2, "greater than 0"),
        (["--claim", "spick"], 2, "nearest is `spike`"),
        (
            ["--arithmetic", "53:-2147483648..1023"],
            2,
            "up to 2^24 in size",
        ),
        (["--arithmetic", "f64+up+down"], 2, "contradict"),
        (["--arithmetic", "53:unbounded+flush"], 2, "no underflow"),
        (["--threshold", "2^-1e5"], 2, "exact number"),
        (["--threshold", "2^-99999"], 2, "exponent"),
        (["--threshold", "-2^-10"], 2, "greater than 0"),
    ] {
        audit(&bench, &arguments).refuses(code, &[part]);
    }
    for (arguments, part) in [
        (
            ["--arithmetic", "f64", "--arithmetic", "53:11"],
            "asked for already",
        ),
        (
            ["--threshold", "1/1024", "--threshold", "2^-10"],
            "asked for already",
        ),
    ] {
        audit(&bench, &arguments).refuses(2, &[part]);
    }
    let boxed = RUN.replace("\"3/5\"", "[\"59/100\", \"3/5\"]");
    let bench = self::bench(&boxed);
    audit(&bench, &[]).refuses(2, &["point"]);
}

/// Every form of a number that `--help` shows, and its relatives.
#[test]
fn thresholds_are_numbers_or_powers() {
    let bench = bench(RUN);
    for threshold in ["2^-10", "2^−10", "1/1000", "1e-3", "0.001"] {
        let arguments = [
            "--arithmetic",
            "53:13",
            "--order",
            "factored",
            "--quick",
            "--format",
            "json",
            "--steps",
            "10",
        ];
        let mut arguments = arguments.to_vec();
        arguments.extend(["--threshold", threshold]);
        let answer = audit(&bench, &arguments);
        let shown = if threshold.starts_with('2') {
            "0.0009765625"
        } else {
            "0.001"
        };
        assert!(answer.out.contains(shown), "{threshold}: {}", answer.out);
    }
}

/// η·S up to 10⁶ and beyond would press all curves onto 0.
#[test]
fn the_picture_shows_what_is_around_the_edge() {
    let bench = bench(
        &RUN.replace("\"1/20\"", "\"1/12\"")
            .replace("\"3/5\"", "\"7/10\"")
            .replace("\"1/10\"", "\"1/100\"")
            .replace("4200", "9"),
    );
    let arguments = [
        "--arithmetic",
        "f64",
        "--order",
        "factored",
        "--quick",
        "-q",
        "--report",
        "a.html",
    ];
    audit(&bench, &arguments);
    let page = std::fs::read_to_string(bench.path().join("a.html")).expect("a page");
    assert!(page.contains("Larger numbers leave the picture."));
}

#[test]
fn an_order_of_ones_own_is_audited() {
    let bench = bench(RUN);
    bench.write(
        "mine.toml",
        "id = 'mine'\ntitle = 'Mine'\n[let]\nr = 'alpha*beta2 - 1'\n[next]\n\
         alpha = 'alpha*(1 - eta*lambda1*beta1^2) - eta*lambda2*beta2*r'\n\
         beta1 = 'beta1 - eta*(lambda1*(alpha*alpha))*beta1'\nbeta2 = 'beta2 - eta*lambda2*alpha*r'\n",
    );
    let answer = audit(
        &bench,
        &["--arithmetic", "f32", "--order", "./mine.toml", "--quick"],
    );
    answer.exits(10).says(&["f32", "mine"]);
}
