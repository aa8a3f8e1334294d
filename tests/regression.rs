//! Comparing two JSON reports: what is a regression, how it is told, what is refused.

mod program;

use std::sync::LazyLock;

use edgecert::claim::SourceFile;
use edgecert::regression::{Change, Comparison, Effect, Kind, compare, parse};
use program::{Answer, Bench, RUN, claim, claim_with};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A report with a claim of every verdict, constants that bound from above and from below.
static REPORT: LazyLock<Value> = LazyLock::new(|| {
    let bench = Bench::new();
    bench.write("claims/held.toml", claim("held", "a > 0"));
    bench.write("claims/broken.toml", claim("broken", "a < 1"));
    bench.write(
        "claims/vacuous.toml",
        claim_with("vacuous", "when = 'a > 1000'\nthen = 'a < 0'"),
    );
    let bound = |id: &str, then: &str, from: &str, best: &str| {
        claim_with(
            id,
            &format!(
                "constants = {{ m = '2' }}\nthen = '{then}'\n\
                 tight = {{ constant = 'm', from = '{from}', best = '{best}' }}"
            ),
        )
    };
    bench.write(
        "claims/above.toml",
        bound("above", "a <= 100*m", "a/100", "greatest"),
    );
    let below = bound("below", "a >= m/100", "100*a", "least");
    bench.write("claims/below.toml", below);
    let expect = "[expect]\nbroken = 'violated'\n";
    let alpha = RUN.replace("\"1/2\"", "\"63/100\"");
    for name in ["one", "two"] {
        let run = alpha.replace("small", name);
        bench.write(
            &format!("runs/{name}.toml"),
            format!("{run}claims = '../claims'\n{expect}"),
        );
    }
    let arguments = ["runs/one.toml", "runs/two.toml", "--format", "json"];
    let report = bench.certify(&arguments).exits(0).json();
    for (id, verdict) in [
        ("held", "certified"),
        ("broken", "violated"),
        ("vacuous", "vacuous"),
        ("above", "certified"),
        ("below", "certified"),
    ] {
        assert_eq!(find(&report, id)["verdict"], verdict, "{id}");
    }
    report
});

/// Where a claim of the first run stands.
fn index(report: &Value, id: &str) -> usize {
    let claims = report["runs"][0]["claims"].as_array().unwrap();
    claims.iter().position(|c| c["id"] == id).unwrap()
}

fn find<'a>(report: &'a Value, id: &str) -> &'a Value {
    &report["runs"][0]["claims"][index(report, id)]
}

/// The report with another claim of its first run.
fn with(id: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut report = REPORT.clone();
    let i = index(&report, id);
    change(&mut report["runs"][0]["claims"][i]);
    report
}

fn compared(old: &Value, new: &Value) -> Comparison {
    let read = |report: &Value| {
        let text = report.to_string();
        let path = "report.json".into();
        parse(&SourceFile { path, text }).unwrap_or_else(|e| panic!("{e}"))
    };
    compare(&read(old), &read(new))
}

/// What changed, as kind and effect.
fn changes(comparison: &Comparison) -> Vec<(Kind, Effect)> {
    let all = comparison.runs.iter().flat_map(|run| run.all());
    all.map(|(_, change)| (change.kind, change.effect))
        .collect()
}

#[track_caller]
fn only_change(old: &Value, new: &Value) -> Change {
    let comparison = compared(old, new);
    let all: Vec<Change> = comparison
        .runs
        .iter()
        .flat_map(|run| run.all())
        .map(|(_, change)| change.clone())
        .collect();
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

/// `edgecert diff` on two reports, in one format.
fn diff(old: &Value, new: &Value, format: &str) -> Answer {
    let bench = Bench::new();
    bench.write("old.json", old.to_string());
    bench.write("new.json", format!("{new:#}"));
    bench.run(&["diff", "old.json", "new.json", "--format", format])
}

/// The exact enclosure [lower, upper]·2^-40.
fn enclosure(lower: i64, upper: i64) -> Value {
    let end = |n: i64| {
        let sign = if n < 0 { "-" } else { "" };
        format!("{sign}0x{:x}p-40", n.unsigned_abs())
    };
    json!({ "lower": end(lower), "upper": end(upper), "decimal": format!("{lower}..{upper}") })
}

/// Shows a change in every format, and checks it against `effect` and the exit code.
#[track_caller]
fn shown(old: &Value, new: &Value, kind: &str, effect: &str, words: &[&str]) {
    let code = if effect == "worse" { 10 } else { 0 };
    let text = diff(old, new, "text");
    text.exits(code).says(words);
    let sign = match effect {
        "worse" => "✗ worse",
        "better" => "✓ better",
        _ => "·",
    };
    assert!(
        text.out.lines().any(|l| l.trim_start().starts_with(sign)),
        "{}",
        text.out
    );
    let json = diff(old, new, "json");
    let document = json.exits(code).json();
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["summary"]["exit_code"], code);
    let change = &document["changes"][0];
    assert_eq!(change["kind"], kind, "{document:#}");
    assert_eq!(change["effect"], effect, "{document:#}");
    let junit = diff(old, new, "junit");
    junit.exits(code);
    let failures = failures(&junit.out);
    if effect == "worse" {
        assert_eq!(failures, [kind], "{}", junit.out);
    } else {
        assert!(failures.is_empty(), "{}", junit.out);
        assert!(junit.out.contains(&format!("{effect}: ")), "{}", junit.out);
    }
}

/// The types of all failures of a JUnit document, which is read as XML.
#[track_caller]
fn failures(xml: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap_or_else(|e| panic!("{e}:\n{xml}"));
    assert_eq!(document.root_element().tag_name().name(), "testsuites");
    let found: Vec<String> = document
        .descendants()
        .filter(|node| node.has_tag_name("failure"))
        .map(|node| node.attribute("type").expect("a type").to_string())
        .collect();
    let counted = document.root_element().attribute("failures");
    assert_eq!(counted, Some(found.len().to_string().as_str()));
    found
}

#[test]
fn a_verdict_that_is_lost_is_a_regression() {
    for verdict in ["violated", "undecided", "vacuous"] {
        let new = with("held", |claim| claim["verdict"] = json!(verdict));
        let line = format!("held: verdict: certified → {verdict}");
        shown(&REPORT, &new, "verdict", "worse", &["runs/one.toml", &line]);
        let line = format!("held: verdict: {verdict} → certified");
        shown(&new, &REPORT, "verdict", "better", &[&line]);
    }
    let new = with("broken", |claim| claim["verdict"] = json!("undecided"));
    let line = "broken: verdict: violated → undecided";
    shown(&REPORT, &new, "verdict", "neutral", &[line]);
}

#[test]
fn an_expectation_that_is_not_met_any_more_is_a_regression() {
    let new = with("broken", |claim| {
        claim["verdict"] = json!("certified");
        claim["as_expected"] = json!(false);
    });
    let comparison = compared(&REPORT, &new);
    assert_eq!(
        changes(&comparison),
        [
            (Kind::Verdict, Effect::Better),
            (Kind::Expectation, Effect::Worse)
        ]
    );
    assert_eq!(comparison.exit_code(), 10);
    let line = "broken: expected verdict: violated, met → violated, not met";
    diff(&REPORT, &new, "text").exits(10).says(&[line]);
    // Another expectation that is met, too, is a change and no regression.
    let new = with("held", |claim| claim["expected"] = json!("certified"));
    let line = "held: expected verdict: certified or vacuous, met → certified, met";
    shown(&REPORT, &new, "expectation", "neutral", &[line]);
}

#[test]
fn constants_are_worse_beyond_their_enclosures_only() {
    let tight = |id: &str, lower: i64, upper: i64| {
        with(id, |claim| {
            claim["tight_constant"]["value"] = enclosure(lower, upper);
        })
    };
    for (id, greater) in [("above", "worse"), ("below", "better")] {
        let less = if greater == "worse" {
            "better"
        } else {
            "worse"
        };
        let old = tight(id, 1000, 1010);
        // One unit of 2^-40 apart.
        let words = [&*format!("{id}: tight m: 1000..1010 → 1011..1020")];
        shown(
            &old,
            &tight(id, 1011, 1020),
            "tight-constant",
            greater,
            &words,
        );
        shown(&old, &tight(id, 990, 999), "tight-constant", less, &[]);
        for (lower, upper) in [(1010, 1020), (990, 1000), (1001, 1009), (995, 1015)] {
            let new = tight(id, lower, upper);
            assert_eq!(changes(&compared(&old, &new)), [], "{lower}..{upper}");
            diff(&old, &new, "text").exits(0);
        }
        let wide = tight(id, 990, 1011);
        let words = ["tight m, less accurate: 1000..1010 → 990..1011"];
        shown(&old, &wide, "less-accurate", "neutral", &words);
        shown(&wide, &old, "more-accurate", "neutral", &[]);
    }
}

#[test]
fn a_difference_beyond_every_f64_counts() {
    // 1 and 1 + 2^-200, exactly.
    let tight = |end: &str| {
        with("above", |claim| {
            claim["tight_constant"]["value"] =
                json!({ "lower": end, "upper": end, "decimal": "1" });
        })
    };
    let ends = ["0x1p0".to_string(), format!("0x1.{}1p0", "0".repeat(49))];
    let [old, new] = ends.each_ref().map(|end| tight(end));
    // The decimals agree, so the exact ends are shown.
    shown(&old, &new, "tight-constant", "worse", &[&ends[1]]);
    shown(&new, &old, "tight-constant", "better", &[]);
}

#[test]
fn slacks_are_worse_when_they_are_provably_less() {
    let slack = |lower: i64, upper: i64| {
        with("above", |claim| {
            claim["clauses"][0]["worst_slack"]["relative"] = enclosure(lower, upper);
        })
    };
    let old = slack(-5, 5);
    let words = ["above: relative slack of a <= 100*m: -5..5 → -9..-6"];
    shown(&old, &slack(-9, -6), "slack", "worse", &words);
    shown(&old, &slack(6, 7), "slack", "better", &[]);
    assert_eq!(changes(&compared(&old, &slack(-12, -5))), []);
    shown(&old, &slack(-20, 5), "less-accurate", "neutral", &[]);
    // Where nothing is relative, absolute slacks are compared.
    let absolute = |lower: i64, upper: i64| {
        with("above", |claim| {
            claim["clauses"][0]["worst_slack"]["relative"] = Value::Null;
            claim["clauses"][0]["worst_slack"]["absolute"] = enclosure(lower, upper);
        })
    };
    let words = ["absolute slack"];
    shown(&absolute(5, 6), &absolute(3, 4), "slack", "worse", &words);
    // Unbounded slacks are told.
    let unbounded = with("above", |claim| {
        claim["clauses"][0]["worst_slack"]["relative"] =
            json!({ "lower": "-inf", "upper": "inf", "decimal": "(-inf, inf)" });
    });
    shown(&old, &unbounded, "less-accurate", "neutral", &[]);
    assert_eq!(changes(&compared(&unbounded, &unbounded)), []);
}

#[test]
fn a_number_that_a_certified_claim_loses_is_a_regression() {
    let without = |slack: bool, verdict: &str| {
        with("above", |claim| {
            claim["verdict"] = json!(verdict);
            if slack {
                claim["clauses"][0]["worst_slack"] = Value::Null;
            } else {
                claim["tight_constant"] = Value::Null;
            }
        })
    };
    for (slack, subject) in [(true, "absolute slack of a <= 100*m"), (false, "tight m")] {
        let lost = without(slack, "certified");
        let line = format!("above: {subject}: ");
        shown(&REPORT, &lost, "known", "worse", &[&line, "→ –"]);
        shown(&lost, &REPORT, "known", "better", &[&line, "– →"]);
        // Where the verdict is lost, it is the verdict that counts; the number is told.
        for (verdict, effect) in [("undecided", Effect::Worse), ("vacuous", Effect::Worse)] {
            assert_eq!(
                changes(&compared(&REPORT, &without(slack, verdict))),
                [(Kind::Verdict, effect), (Kind::Known, Effect::Neutral)]
            );
        }
    }
}

#[test]
fn hypotheses_are_reported_as_written() {
    let bench = Bench::new();
    let lines = "constants = { m = 2 }\ngiven = 'a  <= 100*m'\nwhen = ['b > 0', 'loss >= half']\n\
                 for = 'steps  1 to 7'\nthen = 'a > 0'\ndefine = { half = '1 / 2 - 1/2', n = '2' }";
    bench.write("claims/held.toml", claim_with("held", lines));
    bench.write("claims/plain.toml", claim("plain", "a > 0"));
    bench.write("run.toml", format!("{RUN}claims = 'claims'\n"));
    for format in ["json", "baseline"] {
        let report = bench.certify(&["run.toml", "--format", format]).json();
        assert_eq!(
            find(&report, "held")["hypotheses"],
            json!({
                // White space says nothing.
                "given": ["a <= 100*m"],
                "when": ["b > 0", "loss >= half"],
                "for": "steps 1 to 7",
                "define": { "half": "1 / 2 - 1/2", "n": "2" },
            })
        );
        assert_eq!(
            find(&report, "plain")["hypotheses"],
            json!({ "given": [], "when": [], "for": "every step", "define": {} })
        );
    }
}

#[test]
fn changed_hypotheses_are_told_and_make_numbers_incomparable() {
    let cases = [
        (
            "given",
            json!(["a > 0", "b > 0"]),
            "given: – → a > 0; b > 0",
        ),
        ("when", json!(["a < 3"]), "when: – → a < 3"),
        (
            "for",
            json!("steps 1 to 2"),
            "for: every step → steps 1 to 2",
        ),
        ("define", json!({ "x": "a" }), "define x: – → a"),
    ];
    for (field, value, line) in cases {
        let new = with("above", |claim| {
            claim["hypotheses"][field] = value;
            // Neither a worse constant nor one that is gone says anything of another claim.
            claim["tight_constant"]["value"] = enclosure(1 << 50, 1 << 51);
            claim["clauses"][0]["worst_slack"] = Value::Null;
        });
        let line = format!("above: hypotheses, {line}");
        shown(&REPORT, &new, "hypotheses", "neutral", &[&line]);
        assert_eq!(only_change(&REPORT, &new).kind, Kind::Hypotheses);
        assert_eq!(only_change(&new, &REPORT).effect, Effect::Neutral);
    }
    // A report from before the field was there is compared as before.
    let older = |worse: bool| {
        with("above", |claim| {
            claim.as_object_mut().unwrap().remove("hypotheses");
            if worse {
                claim["tight_constant"]["value"] = enclosure(1 << 50, 1 << 51);
            }
        })
    };
    assert_eq!(changes(&compared(&older(false), &REPORT)), []);
    assert_eq!(changes(&compared(&REPORT, &older(false))), []);
    assert_eq!(
        changes(&compared(&REPORT, &older(true))),
        [(Kind::TightConstant, Effect::Worse)]
    );
}

/// The report with another `for_all_time` of its first run.
fn for_all_time(edit: impl FnOnce(&mut Value)) -> Value {
    let mut report = REPORT.clone();
    let all_time = &mut report["runs"][0]["for_all_time"];
    *all_time = json!({
        "delta_trap": { "first_closed_at": 100 },
        "final_trap": { "first_closed_at": 200, "limit_eta_sharpness": enclosure(100, 110) },
        "sharpness": [{ "delta": "0.1", "from_step": 70 }, { "delta": "1/3", "from_step": null }],
        "loss": [{ "epsilon": "1/1000", "from_step": 90 }],
    });
    edit(all_time);
    report
}

#[test]
fn a_bound_that_holds_from_a_later_step_is_a_regression() {
    let old = for_all_time(|_| {});
    let tenth = |step: Value| for_all_time(|r| r["sharpness"][0]["from_step"] = step);
    let line = "S ≤ (2 + 0.1)/η holds from step: 70 → ";
    for (step, effect, shows) in [
        (json!(71), "worse", "71"),
        (json!(69), "better", "69"),
        (json!(null), "worse", "–"),
    ] {
        let line = format!("{line}{shows}");
        shown(&old, &tenth(step), "holds-from", effect, &[&line]);
    }
    shown(&tenth(Value::Null), &old, "holds-from", "better", &[]);
    let loss = |step: u64| for_all_time(|r| r["loss"][0]["from_step"] = json!(step));
    let line = "L ≤ 1/1000 holds from step: 90 → 91";
    shown(&old, &loss(91), "holds-from", "worse", &[line]);
    shown(&old, &loss(0), "holds-from", "better", &[]);
    // A row that is not there any more is gone; one that said nothing is not missed.
    let row = |i: usize| {
        for_all_time(|r| {
            r["sharpness"].as_array_mut().unwrap().remove(i);
        })
    };
    shown(&old, &row(0), "holds-from", "worse", &["→ –"]);
    shown(&row(0), &old, "holds-from", "better", &["– → 70"]);
    assert_eq!(changes(&compared(&old, &row(1))), []);
    // Rows match by their numbers, not by how they are written, nor by their order.
    let same = for_all_time(|r| {
        r["sharpness"][0]["delta"] = json!("1/10");
        r["sharpness"].as_array_mut().unwrap().reverse();
    });
    assert_eq!(changes(&compared(&old, &same)), []);
    // A change of the inputs makes another run of it.
    let mut other = tenth(json!(71));
    other["runs"][0]["inputs"]["steps"] = json!(21);
    assert_eq!(only_change(&old, &other).kind, Kind::Input);
    let mut older = old.clone();
    let run = older["runs"][0].as_object_mut().unwrap();
    run.remove("for_all_time").expect("it was there");
    assert_eq!(changes(&compared(&old, &older)), []);
    assert_eq!(changes(&compared(&older, &old)), []);
}

#[test]
fn traps_that_move_and_limits_that_differ_are_told() {
    let old = for_all_time(|_| {});
    for (trap, line, before) in [
        ("delta_trap", "δ-trap closed: 100 →", 100),
        ("final_trap", "final trap closed: 200 →", 200),
    ] {
        for step in [before - 1, before + 1] {
            let new = for_all_time(|r| r[trap]["first_closed_at"] = json!(step));
            let line = format!("{line} {step}");
            shown(&old, &new, "step", "neutral", &[&line]);
        }
        let none = for_all_time(|r| r[trap] = Value::Null);
        shown(&old, &none, "step", "neutral", &[&format!("{line} –")]);
    }
    let none = for_all_time(|r| r["final_trap"] = Value::Null);
    let there = [
        (Kind::Step, Effect::Neutral),
        (Kind::Known, Effect::Neutral),
    ];
    assert_eq!(changes(&compared(&old, &none)), there);
    assert_eq!(changes(&compared(&none, &old)), there);
    let limit = |lower: i64, upper: i64| {
        for_all_time(|r| r["final_trap"]["limit_eta_sharpness"] = enclosure(lower, upper))
    };
    let line = "limit of ηS, one of them is wrong: 100..110 → 111..112";
    shown(&old, &limit(111, 112), "limit", "neutral", &[line]);
    shown(&old, &limit(0, 99), "limit", "neutral", &[]);
    assert_eq!(changes(&compared(&old, &limit(110, 130))), []);
    let line = "limit of ηS, less accurate: 100..110 → 99..120";
    shown(&old, &limit(99, 120), "less-accurate", "neutral", &[line]);
    shown(&limit(99, 120), &old, "more-accurate", "neutral", &[]);
}

#[test]
fn a_baseline_keeps_what_holds_for_all_time() {
    let bench = Bench::new();
    let settles = "title = 'settles'\nlambda1 = 1\nlambda2 = 1\neta = '1/10'\nsteps = 200\n\
                   start = { alpha = 1, beta1 = '1/10', beta2 = '1/2' }\n";
    bench.write("run.toml", settles);
    let recorded = bench.certify(&["run.toml", "--format", "baseline"]).json();
    let report = bench.certify(&["run.toml", "--format", "json"]).json();
    assert_eq!(changes(&compared(&recorded, &report)), []);
    let [kept, whole] = [&recorded, &report].map(|r| &r["runs"][0]["for_all_time"]);
    let trap = &whole["final_trap"];
    assert_eq!(
        kept["final_trap"],
        json!({
            "first_closed_at": trap["first_closed_at"],
            "limit_eta_sharpness": trap["limit_eta_sharpness"],
        })
    );
    assert!(
        trap["limit_eta_sharpness"]["lower"].is_string(),
        "{whole:#}"
    );
    assert_eq!(kept["sharpness"].as_array().unwrap().len(), 4);
    for (row, whole) in kept["loss"]
        .as_array()
        .unwrap()
        .iter()
        .zip(whole["loss"].as_array().unwrap())
    {
        let (epsilon, step) = (&whole["epsilon"], &whole["from_step"]);
        assert_eq!(*row, json!({ "epsilon": epsilon, "from_step": step }));
    }
    // It was known one step earlier once.
    let step = kept["loss"][0]["from_step"].as_u64().unwrap();
    let mut better = recorded.clone();
    better["runs"][0]["for_all_time"]["loss"][0]["from_step"] = json!(step - 1);
    bench.write("baseline.json", better.to_string());
    let certify = |format: &str| {
        bench.certify(&[
            "run.toml",
            "--baseline",
            "baseline.json",
            "--format",
            format,
        ])
    };
    let line = format!("L ≤ 0.0001 holds from step: {} → {step}", step - 1);
    certify("text").exits(10).says(&["✗ worse", &line]);
    let document = certify("json").exits(10).json();
    assert_eq!(document["baseline"]["changes"][0]["kind"], "holds-from");
    let junit = certify("junit");
    assert_eq!(failures(&junit.exits(10).out), ["holds-from"]);
}

#[test]
fn steps_that_move_are_told() {
    type Edit = fn(&mut Value);
    let cases: [(&str, &str, Edit); 4] = [
        ("broken", "first violation", |c| {
            c["violation"]["step"] = json!(77_777)
        }),
        ("above", "step of tight m", |c| {
            c["tight_constant"]["step"] = json!(77_777);
        }),
        ("above", "tightest step of a <= 100*m", |c| {
            c["clauses"][0]["worst_slack"]["step"] = json!(77_777);
        }),
        ("held", "steps checked", |c| {
            c["steps_checked"] = json!(77_777)
        }),
    ];
    for (id, subject, edit) in cases {
        let new = with(id, edit);
        assert_eq!(only_change(&REPORT, &new).subject, subject);
        let line = format!("{id}: {subject}: ");
        shown(
            &REPORT,
            &new,
            "step",
            "neutral",
            &[&line, "→ 77\u{202f}777"],
        );
    }
}

#[test]
fn claims_and_runs_that_disappear_are_regressions() {
    let mut fewer = REPORT.clone();
    let i = index(&fewer, "vacuous");
    let claims = fewer["runs"][0]["claims"].as_array_mut().unwrap();
    claims.remove(i);
    let words = ["vacuous: the claim has disappeared (it was vacuous)"];
    shown(&REPORT, &fewer, "claim-disappeared", "worse", &words);
    let words = ["vacuous: the claim is new (vacuous)"];
    shown(&fewer, &REPORT, "claim-appeared", "neutral", &words);
    let mut one = REPORT.clone();
    one["runs"].as_array_mut().unwrap().pop();
    let words = ["runs/two.toml", "the run has disappeared"];
    shown(&REPORT, &one, "run-disappeared", "worse", &words);
    shown(
        &one,
        &REPORT,
        "run-appeared",
        "neutral",
        &["the run is new"],
    );
}

#[test]
fn runs_match_by_file_name_and_exact_inputs() {
    // The folder does not matter, nor how a number is written, nor the order.
    let mut moved = REPORT.clone();
    moved["runs"][0]["file"] = json!("/elsewhere/one.toml");
    moved["runs"][0]["inputs"]["eta"] = json!("1/20");
    moved["runs"].as_array_mut().unwrap().reverse();
    assert_eq!(changes(&compared(&REPORT, &moved)), []);
    let mut renamed = REPORT.clone();
    renamed["runs"][0]["file"] = json!("runs/three.toml");
    assert_eq!(
        changes(&compared(&REPORT, &renamed)),
        [
            (Kind::RunDisappeared, Effect::Worse),
            (Kind::RunAppeared, Effect::Neutral)
        ]
    );
}

#[test]
fn numbers_of_other_inputs_and_other_claims_are_not_compared() {
    let worse = |claim: &mut Value| claim["tight_constant"]["value"] = enclosure(1 << 50, 1 << 51);
    let mut inputs = with("above", worse);
    inputs["runs"][0]["inputs"]["steps"] = json!(21);
    inputs["runs"][0]["inputs"]["start"]["beta2"] = json!("[9/10, 11/10]");
    inputs["runs"][0]["inputs"]["clip_beta1"] = json!("1/10");
    assert_eq!(
        changes(&compared(&REPORT, &inputs)),
        [(Kind::Input, Effect::Neutral); 3]
    );
    let words = [
        "input start.beta2: 1 → [9/10, 11/10]",
        "input steps: 20 → 21",
        "input clip_beta1: – → 1/10",
        "other inputs",
    ];
    shown(&REPORT, &inputs, "input", "neutral", &words);
    // Verdicts are.
    let i = index(&inputs, "held");
    inputs["runs"][0]["claims"][i]["verdict"] = json!("violated");
    assert_eq!(compared(&REPORT, &inputs).count(Effect::Worse), 1);
    let constants = with("above", |claim| {
        worse(claim);
        claim["constants"] = json!({ "m": "3", "k": "1" });
    });
    assert_eq!(
        changes(&compared(&REPORT, &constants)),
        [(Kind::ClaimedConstant, Effect::Neutral); 2]
    );
    let words = ["above: claimed m: 2 → 3", "above: claimed k: – → 1"];
    shown(&REPORT, &constants, "claimed-constant", "neutral", &words);
    let conclusion = with("above", |claim| {
        worse(claim);
        claim["clauses"][0]["text"] = json!("a <= m^9");
    });
    let words = ["above: conclusions: a <= 100*m → a <= m^9"];
    shown(&REPORT, &conclusion, "conclusions", "neutral", &words);
}

#[test]
fn reports_that_do_not_say_which_value_is_best_have_no_worse_constant() {
    let tight = |value: Value, best: Option<&str>| {
        with("above", |claim| {
            claim["tight_constant"]["value"] = value;
            let fields = claim["tight_constant"].as_object_mut().unwrap();
            match best {
                Some(best) => fields.insert("best".into(), json!(best)),
                None => fields.remove("best"),
            };
        })
    };
    let effect = |old: Option<&str>, new: Option<&str>| {
        let (old, new) = (tight(enclosure(1, 2), old), tight(enclosure(5, 6), new));
        let change = only_change(&old, &new);
        assert_eq!(change.kind, Kind::TightConstant);
        change.effect
    };
    assert_eq!(effect(None, None), Effect::Neutral);
    assert_eq!(effect(None, Some("greatest")), Effect::Worse);
    assert_eq!(effect(Some("least"), None), Effect::Better);
    let (old, new) = (
        tight(enclosure(1, 2), Some("least")),
        tight(enclosure(5, 6), Some("greatest")),
    );
    assert_eq!(
        changes(&compared(&old, &new)),
        [(Kind::Known, Effect::Neutral); 2]
    );
}

#[test]
fn what_is_no_report_is_refused_with_its_place() {
    let bench = Bench::new();
    bench.write("good.json", format!("{:#}", *REPORT));
    let refuses = |text: &str, words: &[&str]| {
        bench.write("bad.json", text);
        for arguments in [["bad.json", "good.json"], ["good.json", "bad.json"]] {
            let answer = bench.run(&[&["diff"], &arguments[..]].concat());
            answer.refuses(2, &[&["bad.json"], words].concat());
        }
    };
    let good = format!("{:#}", *REPORT);
    let half: String = good.chars().take(good.chars().count() / 2).collect();
    let lines = half.lines().count();
    refuses(&half, &["not JSON", &format!("bad.json:{lines}:")]);
    refuses("", &["not JSON", "bad.json:1:1"]);
    refuses(&format!("{good}]"), &["not JSON", "trailing"]);
    let edited = |edit: &dyn Fn(&mut Value)| {
        let mut report = REPORT.clone();
        edit(&mut report);
        format!("{report:#}")
    };
    let version = edited(&|r| r["schema_version"] = json!(2));
    refuses(&version, &["`schema_version`", "version is 2", "bad.json:"]);
    let other = edited(&|r| r["program"] = json!("other"));
    refuses(&other, &["`program`", "`other`"]);
    let remove = |pointer: &'static str, field: &'static str| {
        edited(&move |report| {
            let object = report.pointer_mut(pointer).unwrap().as_object_mut();
            object.unwrap().remove(field).expect("it was there");
        })
    };
    for (pointer, field, place) in [
        ("", "schema_version", ""),
        ("", "runs", ""),
        ("/runs/1", "file", "`runs[1]`"),
        ("/runs/0/inputs", "eta", "`runs[0].inputs`"),
        ("/runs/0/inputs", "clip_beta1", "`runs[0].inputs`"),
        ("/runs/0/claims/1", "verdict", "`runs[0].claims[1]`"),
        ("/runs/0/claims/1", "violation", "`runs[0].claims[1]`"),
        ("/runs/0/claims/1", "tight_constant", "`runs[0].claims[1]`"),
        ("/runs/0/claims/1", "expected", "`runs[0].claims[1]`"),
    ] {
        let missing = format!("missing field `{field}`");
        refuses(&remove(pointer, field), &[&missing, place, "bad.json:"]);
    }
    let set = |pointer: &'static str, value: Value| {
        edited(&move |report| *report.pointer_mut(pointer).unwrap() = value.clone())
    };
    let verdict = set("/runs/0/claims/0/verdict", json!("sure"));
    refuses(&verdict, &["`runs[0].claims[0].verdict`", "`sure`"]);
    let steps = set("/runs/0/inputs/steps", json!(-1));
    refuses(&steps, &["`runs[0].inputs.steps`", "-1"]);
    let eta = set("/runs/0/inputs/eta", json!("1/0"));
    refuses(&eta, &["`runs[0].inputs.eta`", "denominator is 0"]);
    let i = index(&REPORT, "above");
    let value = |value: Value| {
        edited(&|report| {
            report["runs"][0]["claims"][i]["tight_constant"]["value"] = value.clone();
        })
    };
    let place = format!("`runs[0].claims[{i}].tight_constant.value`");
    refuses(&value(enclosure(3, 2)), &[&place, "is above"]);
    let decimal = json!({ "lower": "1.5", "upper": "0x1p1", "decimal": "1" });
    refuses(&value(decimal), &[&place, "`lower` is `1.5`", "exact end"]);
    let twice = edited(&|report| {
        let claims = report["runs"][0]["claims"].as_array_mut().unwrap();
        claims.push(claims[0].clone());
    });
    refuses(
        &twice,
        &["`runs[0].claims`", "the claim `above` is there twice"],
    );
    let twice = edited(&|report| {
        let runs = report["runs"].as_array_mut().unwrap();
        runs.push(runs[0].clone());
    });
    refuses(
        &twice,
        &["`runs`", "the run `runs/one.toml` is there twice"],
    );
    let i = index(&REPORT, "held");
    let scope = edited(&|r| r["runs"][0]["claims"][i]["hypotheses"]["for"] = json!(1));
    let place = format!("`runs[0].claims[{i}].hypotheses.for`");
    refuses(&scope, &[&place]);
    let row = |name: &str, row: Value| {
        format!(
            "{:#}",
            for_all_time(|r| r[name].as_array_mut().unwrap().push(row))
        )
    };
    let twice = row("sharpness", json!({ "delta": "1/10", "from_step": 1 }));
    let place = "`runs[0].for_all_time.sharpness`";
    refuses(&twice, &[place, "the δ `0.1` is there twice"]);
    let missing = row("loss", json!({ "epsilon": "1" }));
    let place = "`runs[0].for_all_time.loss[1]`";
    refuses(&missing, &[place, "missing field `from_step`"]);
    // Everything on one long line: the place is told, the line is not shown.
    let line = set("/runs/1/claims/0/verdict", json!("sure"));
    let line: Value = serde_json::from_str(&line).unwrap();
    bench.write("bad.json", line.to_string());
    let answer = bench.run(&["diff", "bad.json", "good.json"]);
    answer.refuses(
        2,
        &["bad.json: line 1, column ", "`runs[1].claims[0].verdict`"],
    );
    assert!(answer.err.len() < 400, "{}", answer.err);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let bench = Bench::new();
    bench.write("good.json", REPORT.to_string());
    bench.write("run.toml", RUN);
    let words = ["nowhere.json", "cannot read it"];
    let answer = bench.run(&["diff", "nowhere.json", "good.json"]);
    answer.refuses(3, &words);
    let answer = bench.certify(&["run.toml", "--baseline", "nowhere.json"]);
    answer.refuses(3, &words);
    let answer = bench.certify(&["run.toml", "--baseline", "run.toml"]);
    answer.refuses(2, &["run.toml:1:", "not JSON"]);
    // A baseline speaks of whole runs.
    for option in ["--steps=3", "--claim=held", "--delta=1", "--epsilon=1"] {
        let answer = bench.certify(&["run.toml", option, "--baseline", "good.json"]);
        answer.refuses(2, &["--baseline", "cannot be used with"]);
    }
}

#[test]
fn certify_compares_with_a_baseline() {
    let bench = Bench::new();
    bench.write("claims/held.toml", claim("held", "a > 0"));
    bench.write("run.toml", format!("{RUN}claims = 'claims'\n"));
    for format in ["json", "baseline"] {
        let report = bench.certify(&["run.toml", "--format", format]);
        bench.write("baseline.json", &report.exits(0).out);
        let certify = |format: &str| {
            bench.certify(&[
                "run.toml",
                "--baseline",
                "baseline.json",
                "--format",
                format,
            ])
        };
        certify("text").exits(0).says(&[
            "everything as expected",
            "comparison: 1 runs, 1 claims; worse 0, better 0, other changes 0",
        ]);
    }
    let recorded = bench.certify(&["run.toml", "--format", "baseline"]).out;
    // Made again, it has the same bytes, and nothing of the time it took.
    assert_eq!(
        bench.certify(&["run.toml", "--format", "baseline"]).out,
        recorded
    );
    for word in ["elapsed", "\"version\"", "bits"] {
        assert!(!recorded.contains(word), "{word} in\n{recorded}");
    }
    // The claim was certified with more room to spare, and there was another one.
    let mut better: Value = serde_json::from_str(&recorded).unwrap();
    let claim = &mut better["runs"][0]["claims"][0];
    claim["clauses"][0]["worst_slack"]["absolute"] = enclosure(1 << 60, 1 << 60);
    claim["clauses"][0]["worst_slack"]["relative"] = Value::Null;
    let mut other = claim.clone();
    other["id"] = json!("gone");
    let claims = better["runs"][0]["claims"].as_array_mut().unwrap();
    claims.push(other);
    bench.write("baseline.json", better.to_string());
    let certify = |more: &[&str]| {
        bench.certify(&[&["run.toml", "--baseline", "baseline.json"], more].concat())
    };
    certify(&[]).exits(10).says(&[
        "held: absolute slack of a > 0:",
        "gone: the claim has disappeared",
        "worse 2, better 0",
    ]);
    let json = certify(&["--format", "json"]);
    let document = json.exits(10).json();
    assert_eq!(document["runs"][0]["summary"]["exit_code"], 0);
    assert_eq!(document["baseline"]["summary"]["worse"], 2);
    assert_eq!(document["baseline"]["old"], "baseline.json");
    let junit = certify(&["--format", "junit"]);
    junit.exits(10);
    assert_eq!(failures(&junit.out), ["slack", "claim-disappeared"]);
    let quiet = certify(&["--quiet"]);
    quiet.exits(10);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

/// Verdicts as test results: what is expected passes, whatever it is; what is not fails, with
/// the verdict as its type.
#[test]
fn junit_tells_expected_verdicts_from_surprises() {
    let bench = Bench::new();
    bench.write("claims/held.toml", claim("held", "a > 0"));
    bench.write("claims/broken.toml", claim("broken", "a > 1000 and 1 < 2"));
    bench.write("claims/expected.toml", claim("expected", "a > 1000"));
    bench.write("claims/open.toml", claim("open", "alpha <= 1/2"));
    let vacuous = claim_with("vacuous", "when = 'a > 1000'\nthen = 'a < 0'");
    bench.write("claims/vacuous.toml", vacuous);
    let run = RUN
        .replace("\"1/2\"", "[\"49/100\", \"51/100\"]")
        .replace("small", "<&> \\\"small\\\" β₁");
    let expect = "[expect]\nexpected = 'violated'\n";
    bench.write("run.toml", format!("{run}claims = 'claims'\n{expect}"));
    let answer = bench.certify(&["run.toml", "--format", "junit"]);
    answer.exits(10);
    let document = roxmltree::Document::parse(&answer.out).expect("well-formed XML");
    let suites: Vec<_> = document
        .descendants()
        .filter(|n| n.has_tag_name("testsuite"))
        .collect();
    assert_eq!(suites.len(), 1);
    assert_eq!(suites[0].attribute("name"), Some("run.toml"));
    assert_eq!(suites[0].attribute("tests"), Some("5"));
    assert_eq!(suites[0].attribute("skipped"), Some("0"));
    let property = document.descendants().find(|n| n.has_tag_name("property"));
    let title = property.and_then(|p| p.attribute("value"));
    assert_eq!(title, Some("<&> \"small\" β₁"));
    let case = |id: &str| {
        let case = document
            .descendants()
            .find(|n| n.has_tag_name("testcase") && n.attribute("name") == Some(id))
            .unwrap_or_else(|| panic!("no {id} in\n{}", answer.out));
        let child = case.first_element_child().expect("it says something");
        let kind = child.attribute("type").unwrap_or_default().to_string();
        let text = child.text().unwrap_or_default().to_string();
        (child.tag_name().name().to_string(), kind, text)
    };
    for (id, tag, kind, word) in [
        ("held", "system-out", "", "certified\n"),
        ("expected", "system-out", "", "violated, as expected\n"),
        ("vacuous", "system-out", "", "vacuous\n"),
        ("broken", "failure", "violated", "first at step 0"),
        ("open", "failure", "undecided", "start-box"),
    ] {
        let (found, found_kind, text) = case(id);
        assert_eq!((found.as_str(), found_kind.as_str()), (tag, kind), "{id}");
        assert!(text.contains(word), "{id}: {text}");
    }
    assert_eq!(failures(&answer.out).len(), 2);
}

#[test]
fn reports_say_which_value_of_a_constant_is_best() {
    assert_eq!(find(&REPORT, "above")["tight_constant"]["best"], "greatest");
    assert_eq!(find(&REPORT, "below")["tight_constant"]["best"], "least");
}

fn any_enclosure() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => (-50i64..50, 0i64..10).prop_map(|(lower, width)| enclosure(lower, lower + width)),
        1 => Just(json!({ "lower": "-inf", "upper": "inf", "decimal": "(-inf, inf)" })),
    ]
}

prop_compose! {
    fn any_claim(id: usize)(
        verdict in prop::sample::select(vec!["certified", "violated", "undecided", "vacuous"]),
        as_expected in any::<bool>(),
        steps in prop::array::uniform4(0u64..3),
        constant in 1u32..3,
        best in prop::sample::select(vec![json!("least"), json!("greatest"), Value::Null]),
        tight in prop::option::of(any_enclosure()),
        slack in prop::option::of((any_enclosure(), prop::option::of(any_enclosure()))),
        violated in any::<bool>(),
        scope in prop::option::of(prop::sample::select(vec!["every step", "steps 1 to 2"])),
    ) -> Value {
        let hypotheses = scope.map(|scope| {
            json!({ "given": [], "when": ["a > 0"], "for": scope, "define": { "x": "a" } })
        });
        json!({
            "id": format!("claim-{id}"),
            "constants": { "m": constant.to_string() },
            "hypotheses": hypotheses,
            "verdict": verdict,
            "expected": Value::Null,
            "as_expected": as_expected,
            "steps_checked": steps[0],
            "clauses": [{
                "text": "a <= m",
                "worst_slack": slack.map(|(absolute, relative)| json!({
                    "absolute": absolute, "relative": relative, "step": steps[1],
                })),
            }],
            "tight_constant": tight.map(|value| json!({
                "name": "m", "value": value, "step": steps[2], "best": best,
            })),
            "violation": violated.then(|| json!({ "step": steps[3] })),
        })
    }
}

prop_compose! {
    fn any_all_time()(
        traps in prop::array::uniform2(prop::option::of(0u64..3)),
        limit in any_enclosure(),
        steps in prop::array::uniform2(prop::option::of(0u64..3)),
        delta in 1u32..3,
    ) -> Value {
        json!({
            "delta_trap": traps[0].map(|step| json!({ "first_closed_at": step })),
            "final_trap": traps[1].map(|step| json!({
                "first_closed_at": step, "limit_eta_sharpness": limit,
            })),
            "sharpness": [{ "delta": delta.to_string(), "from_step": steps[0] }],
            "loss": [{ "epsilon": "1", "from_step": steps[1] }],
        })
    }
}

prop_compose! {
    fn any_report()(runs in prop::collection::vec(
        (0..3usize, 0..2usize, 1u64..3, prop::collection::vec(any::<bool>(), 3),
         any_claim(0), any_claim(1), any_claim(2), prop::option::of(any_all_time())),
        0..4,
    )) -> Value {
        let mut seen = std::collections::BTreeSet::new();
        let runs: Vec<Value> = runs
            .into_iter()
            .map(|(name, folder, steps, keep, first, second, third, all_time)| {
                let claims = [first, second, third].into_iter().zip(keep);
                let claims: Vec<Value> =
                    claims.filter(|(_, keep)| *keep).map(|(claim, _)| claim).collect();
                let start = json!({ "alpha": "1/2", "beta1": "1/10", "beta2": "[1, 2]" });
                json!({
                    "file": format!("{folder}/{name}.toml"),
                    "inputs": {
                        "lambda1": "1", "lambda2": "1/2", "eta": "1", "clip_beta1": Value::Null,
                        "start": start, "steps": steps,
                    },
                    "for_all_time": all_time,
                    "claims": claims,
                })
            })
            .filter(|run| seen.insert(run["file"].to_string()))
            .collect();
        json!({ "schema_version": 1, "program": "edgecert", "runs": runs })
    }
}

/// Presence is told in one direction only as a regression; the rest is mirrored.
fn mirrored(kind: Kind, effect: Effect) -> (Kind, Effect) {
    match kind {
        Kind::RunAppeared => (Kind::RunDisappeared, Effect::Worse),
        Kind::RunDisappeared => (Kind::RunAppeared, Effect::Neutral),
        Kind::ClaimAppeared => (Kind::ClaimDisappeared, Effect::Worse),
        Kind::ClaimDisappeared => (Kind::ClaimAppeared, Effect::Neutral),
        Kind::LessAccurate => (Kind::MoreAccurate, effect),
        Kind::MoreAccurate => (Kind::LessAccurate, effect),
        kind => (kind, effect.reversed()),
    }
}

proptest! {
    #[test]
    fn a_report_does_not_differ_from_itself(report in any_report()) {
        prop_assert_eq!(changes(&compared(&report, &report)), vec![]);
    }

    #[test]
    fn swapping_the_reports_swaps_better_and_worse(old in any_report(), new in any_report()) {
        let sorted = |mut all: Vec<(Kind, Effect)>| {
            all.sort_by_key(|(kind, effect)| (kind.word(), effect.word()));
            all
        };
        let there = changes(&compared(&old, &new));
        let back = changes(&compared(&new, &old));
        let mirrored = there.into_iter().map(|(kind, effect)| mirrored(kind, effect)).collect();
        prop_assert_eq!(sorted(mirrored), sorted(back));
    }
}

/// A step that one of several attains is compared as the set it is one of.
#[test]
fn steps_that_may_be_the_same_are_no_change() {
    let place = |step: Value, listed: Value, first: u64, last: u64, count: u64| {
        with("held", |claim| {
            let slack = &mut claim["clauses"][0]["worst_slack"];
            slack["step"] = step;
            slack["steps"] = json!({
                "count": count, "first": first, "last": last, "listed": listed, "or_later": false,
            });
        })
    };
    let single = |t: u64| place(json!(t), json!([t]), t, t, 1);
    let listed = |a: u64, b: u64| place(Value::Null, json!([a, b]), a, b, 2);
    let ranged = |a: u64, b: u64| place(Value::Null, Value::Null, a, b, 5);
    for (old, new) in [
        (single(3), single(3)),
        (single(3), listed(3, 7)),
        (listed(3, 7), single(7)),
        (listed(3, 7), listed(7, 9)),
        (ranged(2, 9), single(5)),
        (listed(1, 3), ranged(3, 9)),
        (ranged(2, 5), ranged(5, 9)),
    ] {
        assert_eq!(changes(&compared(&old, &new)), []);
        assert_eq!(changes(&compared(&new, &old)), []);
    }
    for (old, new, words) in [
        (single(3), single(4), "tightest step of a > 0: 3 → 4"),
        (single(5), listed(3, 7), "5 → one of 3, 7"),
        (listed(3, 7), listed(5, 9), "one of 3, 7 → one of 5, 9"),
        (ranged(2, 4), single(5), "one of 5 steps from 2 to 4 → 5"),
    ] {
        shown(&old, &new, "step", "neutral", &[words]);
    }
    // An older report names one step and no set.
    let old = with("held", |claim| {
        let slack = claim["clauses"][0]["worst_slack"].as_object_mut();
        slack.expect("a slack").remove("steps");
    });
    assert_eq!(changes(&compared(&old, &REPORT)), []);
}
