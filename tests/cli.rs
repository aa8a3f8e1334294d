//! The command line: exit codes, both formats of the report, options, interruption.

mod program;

use program::{Bench, RUN, claim, claim_with};
use serde_json::Value;

const HELD: &str = "a > 0";
const BROKEN: &str = "a > 1000";
/// Neither provable nor refutable on a box.
const OPEN: &str = "alpha <= 1/2";
const VACUOUS: &str = "when = 'a > 1000'\nthen = 'a < 0'";

fn boxed() -> String {
    RUN.replace("alpha = \"1/2\"", "alpha = [\"49/100\", \"51/100\"]")
}

/// A bench with claims of every verdict, under ids with dots.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("claims/held.toml", claim("a.held", HELD));
    bench.write("claims/broken.toml", claim("a.broken", BROKEN));
    bench.write("claims/open.toml", claim("a.open", OPEN));
    bench.write("claims/vacuous.toml", claim_with("a.vacuous", VACUOUS));
    bench
}

fn only(bench: &Bench, run: &str, claims: &str, expect: &str) -> program::Answer {
    bench.write("run.toml", format!("{run}claims = {claims}\n{expect}\n"));
    bench.certify(&["run.toml"])
}

#[test]
fn exit_codes_of_verdicts() {
    let bench = bench();
    let certify = |run: &str, name: &str, expect: &str| {
        let expect = match expect {
            "" => String::new(),
            word => format!("[expect]\n\"a.{name}\" = \"{word}\""),
        };
        only(&bench, run, &format!("'claims/{name}.toml'"), &expect)
    };
    let counts = |name: &str| {
        ["certified", "violated", "undecided", "vacuous"]
            .map(|word| format!("{word} {}", u8::from(word == name)))
            .join(", ")
    };
    let cases = [
        ("held", "", 0, "certified"),
        ("held", "certified", 0, "certified"),
        ("held", "violated", 10, "certified"),
        ("held", "undecided", 10, "certified"),
        ("held", "vacuous", 10, "certified"),
        ("broken", "", 10, "violated"),
        ("broken", "violated", 0, "violated"),
        ("broken", "certified", 10, "violated"),
        ("open", "", 20, "undecided"),
        ("open", "undecided", 0, "undecided"),
        ("open", "violated", 20, "undecided"),
        ("vacuous", "", 0, "vacuous"),
        ("vacuous", "vacuous", 0, "vacuous"),
        ("vacuous", "certified", 10, "vacuous"),
    ];
    for (name, expect, code, verdict) in cases {
        let answer = certify(&boxed(), name, expect);
        let ending = if code == 0 {
            "everything as expected"
        } else {
            "1 not as expected"
        };
        let line = format!("verdict: {}; {ending}\n", counts(verdict));
        answer.exits(code).says(&[&line, &format!("a.{name}")]);
        assert_eq!(
            answer.out.contains("UNEXPECTED"),
            code != 0,
            "{}",
            answer.out
        );
    }
}

#[test]
fn the_worst_verdict_decides() {
    let bench = bench();
    let all = only(&bench, &boxed(), "['claims']", "");
    all.exits(10)
        .says(&["certified 1, violated 1, undecided 1, vacuous 1; 2 not as expected"]);
    bench.write(
        "open.toml",
        format!("{}claims = 'claims/open.toml'\n", boxed()),
    );
    bench.write(
        "broken.toml",
        format!("{RUN}claims = 'claims/broken.toml'\n"),
    );
    bench.write("held.toml", format!("{RUN}claims = 'claims/held.toml'\n"));
    bench.certify(&["open.toml", "held.toml"]).exits(20);
    bench.certify(&["broken.toml", "open.toml"]).exits(10);
    bench.certify(&["open.toml", "broken.toml"]).exits(10);
}

#[test]
fn constants_of_claims_with_dots_are_replaced() {
    let bench = Bench::new();
    let lines = "constants = { m = 1000 }\nthen = 'a > m'";
    bench.write("claim.toml", claim_with("a.b.c", lines));
    only(&bench, RUN, "'claim.toml'", "").exits(10);
    let replaced = only(
        &bench,
        RUN,
        "'claim.toml'",
        "[constants.\"a.b.c\"]\nm = '1/1000'",
    );
    replaced.exits(0);
}

#[test]
fn claims_are_found_from_the_run_file() {
    let bench = bench();
    bench.write(
        "runs/run.toml",
        format!("{RUN}claims = ['../claims/held.toml']\n"),
    );
    bench.certify(&["runs/run.toml"]).exits(0).says(&["a.held"]);
}

#[test]
fn legal_extremes() {
    let bench = bench();
    bench.write("run.toml", RUN.replace("\"1/2\"", "['1/2', 0.5]"));
    bench.certify(&["run.toml"]).exits(0);
    let zero = RUN.replace("\"1/10\"", "0");
    bench.write("run.toml", &zero);
    bench
        .certify(&["run.toml"])
        .exits(0)
        .says(&["β₁ = 0 exactly", "names no claims"]);
    bench.write(
        "run.toml",
        "\u{feff}".to_string() + &RUN.replace('\n', "\r\n"),
    );
    bench.certify(&["run.toml"]).exits(0);
    bench.write("run.toml", RUN.replace("steps = 20", "steps = 0"));
    bench.certify(&["run.toml"]).exits(0).says(&["0 steps"]);
    let divergent = RUN
        .replace("\"1/2\"", "1e100")
        .replace("steps = 20", "steps = 1000");
    bench.write(
        "run.toml",
        format!("{divergent}claims = 'claims/held.toml'\n"),
    );
    let answer = bench.certify(&["run.toml"]);
    assert!(matches!(answer.code, Some(0 | 20)), "{}", answer.err);
}

#[test]
fn a_divisor_that_may_be_zero_leaves_the_claim_undecided() {
    let bench = Bench::new();
    let run = RUN.replace("alpha = \"1/2\"", "alpha = [-1, 1]");
    bench.write("claim.toml", claim("x", "\n1 <\n1/alpha + 1"));
    let answer = only(&bench, &run, "'claim.toml'", "");
    // The fraction is on the third line of the multi-line string that begins on line 6.
    answer
        .exits(20)
        .says(&["undecided", "contains 0", "`1/alpha`", "claim.toml:8"]);
}

#[test]
fn options_of_certify() {
    let bench = bench();
    bench.write("run.toml", format!("{RUN}claims = ['claims']\n"));
    let answer = bench.certify(&["run.toml", "--claim", "a.held", "--steps", "7"]);
    answer
        .exits(0)
        .says(&["7 steps", "certified 1, violated 0"]);
    let answer = bench.certify(&["run.toml", "--claim", "a"]);
    answer
        .exits(10)
        .says(&["a.held", "a.broken", "a.open", "a.vacuous"]);
    let answer = bench.certify(&["run.toml", "--claim", "a.hled"]);
    answer.refuses(2, &["--claim a.hled", "the nearest is `a.held`"]);
    let answer = bench.certify(&["run.toml", "--claim", "a.hel"]);
    answer.refuses(2, &["no such claim"]);
    for format in ["text", "json"] {
        let answer = bench.certify(&["run.toml", "--quiet", "--format", format]);
        answer.exits(10);
        assert_eq!((answer.out.as_str(), answer.err.as_str()), ("", ""));
    }
    for engine in ["centred", "reference"] {
        bench
            .certify(&["run.toml", "--engine", engine, "--claim", "a.held"])
            .exits(0);
    }
}

#[test]
fn help_and_version() {
    let bench = Bench::new();
    for arguments in [
        &["--help"][..],
        &["certify", "--help"],
        &["explain", "--help"],
        &["falsify", "--help"],
    ] {
        bench.run(arguments).exits(0).says(&["Usage"]);
    }
    bench
        .run(&["--help"])
        .says(&["Exit codes: 0", "10", "20", "2 ", "3 ", "70"]);
    bench
        .run(&["--version"])
        .exits(0)
        .says(&[env!("CARGO_PKG_VERSION")]);
}

#[test]
fn claims_are_explained() {
    let bench = bench();
    let explain = |id: &str| bench.run(&["explain", "--claims", "claims", id]);
    explain("a.vacuous").exits(0).says(&[
        "a.vacuous",
        "Claim a.vacuous",
        "test",
        "derived",
        "claims/vacuous.toml",
        "every step",
        "a > 1000",
        "a < 0",
    ]);
    explain("a.hedl").refuses(
        2,
        &["no claim `a.hedl`", "the nearest is `a.held`", "a.broken"],
    );
    bench
        .run(&["explain", "a.held"])
        .refuses(3, &["proofs/liu2025", "cannot read it"]);
    let lines = "constants = { m = '1/3' }\ndefine = { u = 'a*b', w = 'u + 1' }\n\
                 given = 'a > 0'\nfor = 'from first given'\n\
                 reach = { goal = 'w > m', within = '10*m' }\n\
                 tight = { constant = 'm', from = 'u/2', best = 'greatest' }";
    bench.write("claims/full.toml", claim_with("full", lines));
    explain("full").exits(0).says(&[
        "from first given",
        "m = 1/3",
        "u = a*b",
        "w = u + 1",
        "a > 0",
        "w > m",
        "within 10*m",
        "m: the greatest u/2",
    ]);
}

#[test]
fn explanations_hold_the_proof() {
    let bench = Bench::new();
    let proof = "# All\n<a id=\"one\"></a>\nThe first.\n\n<a id=\"two\"></a>\nThe second.\n";
    bench.write("proofs.md", proof);
    let proved = |proof: &str| {
        let lines = "then = 'a > 0'\n[falsify]\nrun = 'run.toml'\nwhy = 'because'\n\
                     then = 'a < 0'";
        claim_with("x", lines).replace("\"none\"", &format!("\"{proof}\""))
    };
    let explain = |proof: &str| {
        bench.write("claims/x.toml", proved(proof));
        bench.run(&["explain", "--claims", "claims", "x"])
    };
    let answer = explain("proofs.md#one");
    answer.exits(0).says(&[
        "The first.",
        "proof, from proofs.md",
        "because",
        "then = 'a < 0'",
    ]);
    assert!(!answer.out.contains("The second.") && !answer.out.contains("<a id"));
    explain("proofs.md#three").refuses(2, &["claims/x.toml:5", "no anchor `three`"]);
    explain("proofs.md#on").refuses(2, &["the nearest valid name is `one`"]);
    explain("prof.md#one").refuses(3, &["claims/x.toml:5", "there is no file", "prof.md"]);
    explain("proofs.md").refuses(2, &["`FILE.md#anchor`"]);
    let list = bench.run(&["explain", "--claims", "claims"]);
    list.exits(0)
        .says(&["x\n  Claim x\n  test; derived", "1 claims"]);
    let both = bench.run(&["explain", "--table", "x"]);
    both.refuses(2, &["cannot be used with"]);
}

/// Integers and decimals of the text that stand alone, and what stands before the first one.
fn figures(text: &str) -> Vec<String> {
    let text = text.replace('\u{202f}', "");
    text.split(|c: char| c.is_whitespace() || ",;()[]|".contains(c))
        .map(|word| word.trim_end_matches([':', '.']))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
        .filter(|word| word.parse::<f64>().is_ok())
        .map(str::to_string)
        .collect()
}

fn leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|v| leaves(v, into)),
        Value::Object(fields) => fields.values().for_each(|v| leaves(v, into)),
        Value::String(text) => {
            into.extend(figures(text));
            into.push(text.clone());
        }
        other => into.push(other.to_string()),
    }
}

#[test]
fn json_holds_every_figure_of_the_text() {
    let bench = bench();
    let lines = "constants = { m = '1/1000' }\nthen = 'a > m'\n\
                 tight = { constant = 'm', from = 'a', best = 'least' }";
    bench.write("claims/tight.toml", claim_with("a.tight", lines));
    bench.write("claims/sharp.toml", claim("a.sharp", "sharpness <= 3"));
    let run = boxed().replace("steps = 20", "steps = 1234")
        + "projection = { beta1 = '1/10' }\nclaims = 'claims'\n";
    bench.write("run.toml", run);
    let text = bench.certify(&["run.toml"]);
    let json = bench.certify(&["run.toml", "--format", "json"]);
    assert_eq!(text.code, json.code);
    let document = json.json();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["program"], "edgecert");
    assert_eq!(document["runs"][0]["summary"]["exit_code"], 10);
    assert_eq!(document["runs"][0]["interrupted"], false);
    assert_eq!(document["not_started"], Value::Array(Vec::new()));
    let mut known = Vec::new();
    leaves(&document, &mut known);
    // Slacks and constants are rounded for the table: their exact ends are in the JSON.
    let (prose, table) = text.out.split_once("─").unwrap();
    let notes = table.rsplit_once("─").unwrap().1;
    for figure in figures(prose).into_iter().chain(figures(notes)) {
        let elapsed = prose.contains(&format!("; {figure} s\n"));
        // 1/1000 and 2/η are words of the report.
        assert!(
            elapsed || known.contains(&figure),
            "{figure} is not in\n{document:#}"
        );
    }
    for claim in document["runs"][0]["claims"].as_array().unwrap() {
        let id = claim["id"].as_str().unwrap();
        let verdict = claim["verdict"].as_str().unwrap();
        let row = text
            .out
            .lines()
            .find(|l| l.contains(&format!(" {id} ")))
            .unwrap();
        assert!(row.contains(verdict), "{row}");
        let checked = claim["steps_checked"].to_string();
        assert!(figures(row).contains(&checked), "{row}: {checked}");
        if verdict == "certified" {
            let slack = &claim["clauses"][0]["worst_slack"];
            assert!(figures(row).contains(&slack["step"].to_string()), "{row}");
            for end in ["lower", "upper", "decimal"] {
                assert!(slack["absolute"][end].is_string(), "{slack}");
            }
        }
    }
    let find = |id: &str| {
        let claims = document["runs"][0]["claims"].as_array().unwrap();
        claims.iter().find(|c| c["id"] == id).unwrap().clone()
    };
    // Cut short by the width of the box, the claim has no tight constant; on 20 steps it has.
    assert_eq!(find("a.tight")["tight_constant"], Value::Null);
    let short = [
        "run.toml", "--steps", "20", "--claim", "a.tight", "--format", "json",
    ];
    let short = bench.certify(&short).json();
    let tight = &short["runs"][0]["claims"][0]["tight_constant"];
    assert_eq!(tight["claimed"], "0.001");
    assert!(tight["value"]["lower"].is_string(), "{tight}");
    assert_eq!(find("a.open")["obstacle"]["reason"], "start-box");
    assert!(find("a.sharp")["violation"]["rayleigh_witness"]["vector"].is_array());
}

/// |α| leaves every range within six steps, while 128 bits see three of them.
const ESCAPING: &str = "lambda1 = 282.307188\nlambda2 = 282.307188\neta = '850000/23525599'\n\
    steps = 500\nstart = { alpha = 1, beta1 = '-51/1000', beta2 = '-4/7' }\n";

/// How far a run is followed depends on the run, not on its claims.
#[test]
fn a_diverging_run_is_followed_to_its_escape() {
    let bench = bench();
    let lines = "then = 'sharpness <= 3/eta'\nconstants = { m = 3 }\n\
                 tight = { constant = 'm', from = 'eta*sharpness', best = 'greatest' }";
    bench.write("claims/bound.toml", claim_with("a.bound", lines));
    for claims in ["", "'claims/bound.toml'"] {
        bench.write("run.toml", format!("{ESCAPING}claims = [{claims}]\n"));
        let document = bench.certify(&["run.toml", "--format", "json"]).json();
        let run = &document["runs"][0];
        assert_eq!(run["stopped"]["reason"], "escape", "claims = [{claims}]");
        assert_eq!(run["stopped"]["step"], 5);
        assert_eq!(run["trajectory"]["last_step"], 5);
        assert_eq!(run["last_iterate"]["step"], 5);
        let text = bench.certify(&["run.toml"]).out;
        let line = "STOPPED, the iterates leave every bounded range: what follows covers the \
                    steps up to 5 only.";
        assert!(text.contains(line), "{text}");
    }
    // A violated claim is watched as far, and no constant is called tight on 500 steps.
    let document = bench.certify(&["run.toml", "--format", "json"]).json();
    let claim = &document["runs"][0]["claims"][0];
    assert_eq!(claim["verdict"], "violated");
    assert_eq!(claim["conclusions_violated"], 6);
    assert_eq!(claim["cut_short"], "escape");
    assert_eq!(claim["tight_constant"], Value::Null);
}

/// Programs rely on these names: removing one needs a new `schema_version`.
#[test]
fn json_keeps_its_fields() {
    let bench = bench();
    let answer = only(&bench, RUN, "'claims/held.toml'", "");
    assert_eq!(answer.code, Some(0));
    let document = bench.certify(&["run.toml", "--format", "json"]).json();
    let has = |value: &Value, fields: &str| {
        for field in fields.split_whitespace() {
            assert!(value.get(field).is_some(), "no {field} in\n{value:#}");
        }
    };
    let run = &document["runs"][0];
    has(&document, "schema_version program version runs not_started");
    has(
        run,
        "file title inputs engine interrupted stopped trajectory last_iterate for_all_time claims \
         summary",
    );
    has(&run["inputs"], "lambda1 lambda2 eta clip_beta1 start steps");
    has(&run["engine"], "name passes elapsed_seconds");
    has(
        &run["engine"]["passes"][0],
        "precision_bits accuracy_bits_left steps",
    );
    has(
        &run["trajectory"],
        "last_step crossings_of_sharpness_2_over_eta crossings_of_a_2 \
         spikes_of_b_above_1_over_1000 max_eta_sharpness min_abs_beta1 max_loss \
         sign_flips_of_alpha first_sign_flip_of_alpha first_step_abs_alpha_above_1000 \
         clipped_steps first_open",
    );
    has(
        &run["last_iterate"],
        "step state eta_sharpness loss beta1_is_zero",
    );
    has(
        &run["claims"][0],
        "id title source provenance proof file constants hypotheses verdict expected as_expected \
         steps_checked conclusions_violated steps_without_hypotheses scopes tightest_clause \
         clauses tight_constant loose loose_above violation obstacle cut_short note \
         precision_bits",
    );
    has(
        &run["summary"],
        "certified violated undecided vacuous as_expected exit_code",
    );
}

#[test]
fn several_runs_are_one_document() {
    let bench = bench();
    for name in ["one", "two"] {
        let run = RUN.replace("small", name);
        bench.write(
            &format!("{name}.toml"),
            format!("{run}claims = 'claims/held.toml'\n"),
        );
    }
    let answer = bench.certify(&["one.toml", "two.toml", "--format", "json"]);
    let document = answer.exits(0).json();
    let titles: Vec<_> = document["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["title"])
        .collect();
    assert_eq!(titles, ["one", "two"]);
    let answer = bench.certify(&["one.toml", "two.toml"]);
    answer
        .exits(0)
        .says(&["one  (one.toml)", "two  (two.toml)"]);
    assert_eq!(answer.out.matches("verdict: ").count(), 2);
}

#[test]
fn a_run_without_a_title_is_named_after_its_file() {
    let bench = Bench::new();
    bench.write("figure-1.toml", RUN.replace("title = \"small\"", ""));
    bench
        .certify(&["figure-1.toml"])
        .exits(0)
        .says(&["figure-1  (figure-1.toml)"]);
}

#[cfg(unix)]
mod processes {
    use super::*;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    fn start(bench: &Bench, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_edgecert"))
            .current_dir(bench.path())
            .arg("certify")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn interrupt(child: &Child) {
        let kill = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    /// Interrupts after the time at which a terminal would show progress, and waits for the answer.
    fn interrupted(bench: &Bench, arguments: &[&str]) -> program::Answer {
        let child = start(bench, arguments);
        std::thread::sleep(Duration::from_millis(1500));
        interrupt(&child);
        let begun = Instant::now();
        let answer = program::Answer::new(child.wait_with_output().unwrap());
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        answer
    }

    fn long(bench: &Bench) {
        let run = RUN.replace("steps = 20", "steps = 1000000000");
        bench.write("long.toml", format!("{run}claims = 'claims'\n"));
        bench.write("after.toml", RUN.replace("small", "after"));
    }

    #[test]
    fn a_long_run_can_be_interrupted() {
        let bench = bench();
        for name in ["broken", "open"] {
            std::fs::remove_file(bench.path().join(format!("claims/{name}.toml"))).unwrap();
        }
        long(&bench);
        let answer = interrupted(&bench, &["long.toml", "after.toml"]);
        answer.exits(20).says(&[
            "INTERRUPTED",
            "a.held",
            "undecided",
            "; interrupted\n",
            "after  (after.toml): not started",
        ]);
        let answer = interrupted(&bench, &["long.toml", "after.toml", "--format", "junit"]);
        let document = roxmltree::Document::parse(&answer.exits(20).out).expect("XML");
        let errors: Vec<_> = document
            .descendants()
            .filter(|node| node.has_tag_name("error"))
            .map(|node| {
                let suite = node.ancestors().find(|n| n.has_tag_name("testsuite"));
                (
                    suite.and_then(|s| s.attribute("name")),
                    node.attribute("type"),
                )
            })
            .collect();
        let expected = [("long.toml", "interrupted"), ("after.toml", "not-started")];
        assert_eq!(
            errors,
            expected.map(|(file, kind)| (Some(file), Some(kind)))
        );
        let answer = interrupted(&bench, &["long.toml", "after.toml", "--format", "json"]);
        let document = answer.exits(20).json();
        let run = &document["runs"][0];
        assert_eq!(run["interrupted"], true);
        assert!(run["trajectory"]["last_step"].as_u64().unwrap() > 1000);
        let held = run["claims"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["id"] == "a.held")
            .unwrap();
        assert_eq!(held["verdict"], "undecided");
        assert_eq!(held["obstacle"]["reason"], "interrupted");
        assert_eq!(document["not_started"][0], "after.toml");
    }

    #[test]
    fn an_interrupted_run_keeps_its_violations() {
        let bench = bench();
        long(&bench);
        let answer = interrupted(&bench, &["long.toml", "--claim", "a.broken"]);
        answer.exits(10).says(&["INTERRUPTED", "violated"]);
    }

    #[test]
    fn an_interrupted_run_leaves_the_old_certificate() {
        let bench = bench();
        long(&bench);
        bench.write("run.cert", "old");
        let arguments = [
            "long.toml",
            "--claim",
            "a.held",
            "--certificate",
            "run.cert",
        ];
        let answer = interrupted(&bench, &arguments);
        answer.exits(20);
        assert!(
            answer.err.contains("no certificate is written"),
            "{}",
            answer.err
        );
        let text = std::fs::read_to_string(bench.path().join("run.cert")).unwrap();
        assert_eq!(text, "old");
        for entry in std::fs::read_dir(bench.path()).unwrap() {
            let name = entry.unwrap().file_name();
            assert!(!name.to_string_lossy().ends_with(".part"), "{name:?}");
        }
    }

    #[test]
    fn an_interrupted_run_is_no_success() {
        let bench = Bench::new();
        let run = RUN.replace("steps = 20", "steps = 1000000000");
        bench.write("long.toml", run);
        let answer = interrupted(&bench, &["long.toml"]);
        answer.exits(20).says(&["INTERRUPTED", "names no claims"]);
    }

    /// The writing end of a pipe nobody reads.
    fn deaf() -> std::io::PipeWriter {
        std::io::pipe().unwrap().1
    }

    #[test]
    fn a_reader_that_leaves_is_no_error() {
        let bench = bench();
        bench.write("run.toml", format!("{RUN}claims = 'claims/held.toml'\n"));
        bench.write("bad.toml", "x");
        let program = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_edgecert"));
            command.current_dir(bench.path()).args(arguments);
            command
        };
        let answers: [&[&str]; 4] = [
            &["certify", "run.toml"],
            &["certify", "run.toml", "--format", "json"],
            &["explain", "--claims", "claims", "a.held"],
            &["--help"],
        ];
        for arguments in answers {
            let output = program(arguments).stdout(deaf()).output().unwrap();
            program::Answer::new(output).exits(0).says(&[]);
        }
        let status = program(&["certify", "bad.toml"]).stderr(deaf()).status();
        assert_eq!(status.unwrap().code(), Some(2));
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
            return;
        };
        let bench = bench();
        bench.write("run.toml", RUN);
        let output = Command::new(env!("CARGO_BIN_EXE_edgecert"))
            .current_dir(bench.path())
            .args(["certify", "run.toml"])
            .stdout(full)
            .output()
            .unwrap();
        let answer = program::Answer::new(output);
        answer.refuses(3, &["cannot write to standard output"]);
    }
}
