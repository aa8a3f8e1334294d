//! `edgecert figures` and `certify --report`: files, exit codes, interruption.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{Answer, Bench, RUN, claim};

fn names(bench: &Bench, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(bench.path().join(folder))
        .expect("a folder")
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("run.toml", format!("{RUN}claims = 'claims'\n"));
    bench.write("claims/held.toml", claim("a.held", "loss >= 0"));
    bench.write("claims/broken.toml", claim("a.broken", "sharpness <= 1"));
    bench
}

fn page(bench: &Bench, name: &str) -> String {
    fs::read_to_string(bench.path().join(name)).expect("a page")
}

#[test]
fn a_page_has_verdicts_figures_and_witnesses() {
    let bench = bench();
    let answer = bench.certify(&["run.toml", "--report", "out.html"]);
    answer.exits(10).says(&["verdict: certified 1, violated 1"]);
    let html = page(&bench, "out.html");
    for part in [
        "<code>a.held</code>",
        "violated</strong>",
        "NOT AS EXPECTED",
        "1 certified, 1 violated; 1 NOT AS EXPECTED.",
        "check by hand",
        "Loss",
        "Sharpness around the edge of stability",
        "The irrelevant weight β₁",
        "The weights α and β₂",
        "nothing is proved of later steps",
        "beta1 = &quot;1&#x2f;10&quot;",
        "edgecert 0.1.0",
        "128 bits",
        "reconstructed is our reading",
    ] {
        let plain = html.replace("Nothing is proved", "nothing is proved");
        assert!(plain.contains(part), "no {part:?}");
    }
    assert!(!html.contains("INTERRUPTED"));
    assert!(html.len() < 1_000_000, "{}", html.len());
    assert_eq!(names(&bench, "."), ["claims", "out.html", "run.toml"]);
}

#[test]
fn the_report_on_standard_output_is_the_same_with_a_page() {
    let bench = bench();
    let without_time = |answer: &Answer| -> Vec<String> {
        let lines = answer.out.lines().filter(|line| !line.contains("engine:"));
        lines.map(String::from).collect()
    };
    let plain = bench.certify(&["run.toml"]);
    let with = bench.certify(&["run.toml", "--report", "out.html"]);
    assert_eq!(without_time(&plain), without_time(&with));
    let quiet = bench.certify(&["run.toml", "--report", "out.html", "--quiet"]);
    assert_eq!(quiet.exits(10).out, "");
}

#[test]
fn several_runs_have_a_section_each() {
    let bench = bench();
    bench.write(
        "other.toml",
        RUN.replace("\"small\"", "'a <second> & \"run\"'"),
    );
    let arguments = ["run.toml", "other.toml", "--report", "out.html"];
    bench.certify(&arguments).exits(10);
    let html = page(&bench, "out.html");
    assert!(html.contains("<section id=\"run-1\">") && html.contains("<section id=\"run-2\">"));
    assert!(html.contains("<h2>a &lt;second&gt; &amp; &quot;run&quot;</h2>"));
    assert!(html.contains("Verdicts by run"));
}

#[test]
fn a_page_that_cannot_be_written_is_told_before_the_work() {
    let bench = bench();
    bench.write(
        "endless.toml",
        RUN.replace("steps = 20", "steps = 1000000000000"),
    );
    for path in [".", "missing/out.html"] {
        let begun = Instant::now();
        let answer = bench.certify(&["endless.toml", "--report", path]);
        answer.refuses(3, &["cannot write it"]);
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(names(&bench, "."), ["claims", "endless.toml", "run.toml"]);
    // Bad input is told first, and leaves no file.
    bench.write("bad.toml", "x");
    bench
        .certify(&["bad.toml", "--report", "out.html"])
        .refuses(2, &["bad.toml"]);
    assert!(!bench.path().join("out.html").exists());
}

/// The end of a file that is being written to, as text.
fn interrupted(bench: &Bench, arguments: &[&str]) -> Answer {
    let child = Command::new(env!("CARGO_BIN_EXE_edgecert"))
        .current_dir(bench.path())
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let begun = Instant::now();
    let answer = Answer::new(child.wait_with_output().unwrap());
    assert!(begun.elapsed() < Duration::from_secs(20));
    answer
}

#[test]
fn an_interrupted_page_says_so_and_shows_what_there_is() {
    let bench = bench();
    let endless = RUN.replace("steps = 20", "steps = 1000000000");
    bench.write(
        "long.toml",
        format!("{endless}claims = 'claims/held.toml'\n"),
    );
    bench.write("after.toml", RUN);
    bench.write("out.html", "old");
    let arguments = ["certify", "long.toml", "--report", "out.html"];
    let answer = interrupted(&bench, &arguments);
    answer.exits(20).says(&["INTERRUPTED"]);
    let html = page(&bench, "out.html");
    assert!(html.contains("INTERRUPTED: this is a partial report"));
    assert!(html.contains("Sharpness around the edge") && html.len() < 4_000_000);
    let both = ["certify", "long.toml", "after.toml", "--report", "out.html"];
    interrupted(&bench, &both).exits(20);
    let html = page(&bench, "out.html");
    assert!(html.contains("not started") && html.contains("some runs were not started"));
}

#[test]
fn figures_of_a_run_are_written_with_their_data() {
    let bench = bench();
    let answer = bench.run(&["figures", "--run", "run.toml", "--out", "drawn"]);
    answer
        .exits(0)
        .says(&["drawn/run-loss.svg", "drawn/index.html"]);
    let written = names(&bench, "drawn");
    for name in [
        "index.html",
        "run-accuracy-bits.csv",
        "run-beta1.json",
        "run-edge.svg",
        "run-loss-loss.csv",
        "run-way-portrait.csv",
    ] {
        assert!(written.iter().any(|n| n == name), "{name} of {written:?}");
    }
    assert!(written.iter().all(|n| !n.ends_with(".part")));
    for name in written.iter().filter(|n| n.ends_with(".svg")) {
        let svg = page(&bench, &format!("drawn/{name}"));
        roxmltree::Document::parse(&svg).expect("well-formed");
    }
    // Twenty steps are not thinned: one line for each, and the exact start first.
    let csv = page(&bench, "drawn/run-beta1-beta1.csv");
    let band: Vec<&str> = csv.lines().filter(|l| l.contains(",band,")).collect();
    assert_eq!(band.len(), 21);
    let json: serde_json::Value =
        serde_json::from_str(&page(&bench, "drawn/run-beta1.json")).expect("JSON");
    assert_eq!(json["schema_version"], 1);
    assert_eq!(json["interrupted"], false);
    assert_eq!(json["panels"][0]["y"]["scale"], "log10");
}

#[test]
fn a_box_has_figures_without_a_trace() {
    let bench = bench();
    bench.write(
        "box.toml",
        RUN.replace("beta2 = 1", "beta2 = [\"9/10\", \"11/10\"]"),
    );
    bench
        .run(&["figures", "--run", "box.toml", "--out", "drawn"])
        .exits(0);
    let csv = page(&bench, "drawn/box-beta1-beta1.csv");
    assert!(!csv.contains("in f64") && csv.contains("|β₁|, certified"));
    // The band of a box is there to be seen.
    let svg = page(&bench, "drawn/box-way.svg");
    assert!(svg.contains("class=\"band s2\"") || svg.contains("class=\"band s0\""));
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let bench = bench();
    bench
        .run(&["figures", "figure-9"])
        .refuses(2, &["no such figure", "the nearest is `figure-"]);
    bench
        .run(&["figures"])
        .refuses(3, &["figure-1.toml", "--runs"]);
    bench
        .run(&["figures", "--run", "run.toml", "--run", "./run.toml"])
        .refuses(2, &["two runs are named run"]);
    bench
        .run(&["figures", "--run", "run.toml", "--out", "run.toml"])
        .refuses(3, &["run.toml"]);
    bench
        .run(&["figures", "--steps", "3"])
        .refuses(2, &["--run"]);
}

#[test]
fn interrupted_figures_say_so() {
    let bench = bench();
    bench.write("long.toml", RUN.replace("steps = 20", "steps = 1000000000"));
    let answer = interrupted(&bench, &["figures", "--run", "long.toml", "--out", "drawn"]);
    answer.exits(20).says(&["INTERRUPTED"]);
    assert!(page(&bench, "drawn/index.html").contains("The work was interrupted"));
    let json: serde_json::Value =
        serde_json::from_str(&page(&bench, "drawn/long-loss.json")).expect("JSON");
    assert_eq!(json["interrupted"], true);
    assert!(
        json["caption"]
            .as_str()
            .unwrap()
            .contains("INTERRUPTED: shown are the steps up to")
    );
}
