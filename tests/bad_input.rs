//! What the program says to files that are wrong: an exit code, and on standard error the
//! file, the line, the field and what is wrong with it. Nothing on standard output.

mod program;

use std::time::{Duration, Instant};

use program::{Bench, RUN, claim, claim_with};

/// Exit code for bad input.
const BAD: i32 = 2;
/// Exit code for files that cannot be read.
const UNREADABLE: i32 = 3;

/// The run file with one line replaced.
fn run_with(field: &str, line: &str) -> String {
    let mut found = false;
    let lines: Vec<&str> = RUN
        .lines()
        .map(|l| {
            if l.starts_with(field) {
                found = true;
                line
            } else {
                l
            }
        })
        .collect();
    assert!(found, "{field}");
    lines.join("\n") + "\n"
}

/// Certifies a run file with this text.
fn refused(text: impl AsRef<[u8]>, code: i32, words: &[&str]) {
    let bench = Bench::new();
    bench.write("run.toml", text);
    let begun = Instant::now();
    bench.certify(&["run.toml"]).refuses(code, words);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// Certifies a good run with this claim file.
fn claim_refused(text: &str, words: &[&str]) {
    let bench = Bench::new();
    bench.write("run.toml", format!("{RUN}claims = 'claim.toml'\n"));
    bench.write("claim.toml", text);
    bench.certify(&["run.toml"]).refuses(BAD, words);
}

#[test]
fn values_of_runs() {
    let cases = [
        (
            "eta",
            "eta = 0",
            "run.toml:4:7",
            "`eta`: this must be greater than 0",
        ),
        ("eta", "eta = -0.05", "run.toml:4:7", "greater than 0"),
        (
            "eta",
            "eta = nan",
            "run.toml:4:7",
            "`eta`: this is not an exact number",
        ),
        ("eta", "eta = inf", "run.toml:4:7", "not an exact number"),
        ("eta", "eta = true", "run.toml:4:7", "but this is a boolean"),
        (
            "eta",
            "eta = 0x10",
            "run.toml:4:7",
            "a number in another base",
        ),
        ("eta", "eta = '0x10'", "run.toml:4:7", "not an exact number"),
        (
            "eta",
            "eta = 1979-05-27",
            "run.toml:4:7",
            "but this is a date",
        ),
        ("eta", "eta = [1]", "run.toml:4:7", "but this is an array"),
        ("eta", "eta = {}", "run.toml:4:7", "but this is a table"),
        (
            "eta",
            "eta = ''",
            "run.toml:4:7",
            "write an exact number such as",
        ),
        ("eta", "eta = '1/20 '", "", ""),
        (
            "eta",
            "eta = '1//20'",
            "run.toml:4:7",
            "not an exact number",
        ),
        ("eta", "eta = '1/0'", "run.toml:4:7", "its denominator is 0"),
        (
            "eta",
            "eta = 1e999999999",
            "run.toml:4:7",
            "its exponent is beyond",
        ),
        (
            "eta",
            "eta = '1e-999999999'",
            "run.toml:4:7",
            "its exponent is beyond",
        ),
        (
            "lambda1",
            "lambda1 = -100",
            "run.toml:2:11",
            "`lambda1`: this must be greater than 0",
        ),
        (
            "lambda2",
            "lambda2 = 0",
            "run.toml:3:11",
            "`lambda2`: this must be greater than 0",
        ),
        (
            "lambda2",
            "lambda2 = 101",
            "run.toml:3:11",
            "must not be greater than λ₁",
        ),
        ("lambda2", "lambda2 = 100", "", ""),
        (
            "steps",
            "steps = -1",
            "run.toml:5:9",
            "`steps`: this must be a whole number ≥ 0",
        ),
        ("steps", "steps = 1.5", "run.toml:5:9", "whole number"),
        (
            "steps",
            "steps = 1e300",
            "run.toml:5:9",
            "at most 1000000000000000 steps",
        ),
        ("steps", "steps = '2e1'", "", ""),
        (
            "title",
            "title = 7",
            "run.toml:1:9",
            "a string is expected here, but this is an integer",
        ),
        (
            "title",
            "titel = 'x'",
            "run.toml:1:1",
            "the nearest valid name is `title`",
        ),
        (
            "title",
            "\"x.title\" = 'x'",
            "run.toml:1:1",
            "there is no field `x.title`",
        ),
        ("title", "title = 'x", "run.toml:1:", "not TOML"),
        (
            "start",
            "start = 1",
            "run.toml:6:9",
            "`start`: a table is expected here",
        ),
    ];
    for (field, line, place, words) in cases {
        let text = run_with(field, line);
        if place.is_empty() {
            let bench = Bench::new();
            bench.write("run.toml", &text);
            bench.certify(&["run.toml"]).exits(0);
        } else {
            refused(&text, BAD, &[place, words, line]);
        }
    }
}

#[test]
fn a_field_twice() {
    let twice = run_with("title", "eta = 1");
    refused(
        twice,
        BAD,
        &["run.toml:4:1", "duplicate key", "eta = \"1/20\""],
    );
}

#[test]
fn starts_and_boxes() {
    let start = |alpha: &str| {
        let line = format!("start = {{ alpha = {alpha}, beta1 = '1/10', beta2 = 1 }}");
        run_with("start", &line)
    };
    let cases = [
        (
            "['1/2']",
            "run.toml:6:19",
            "a box has two ends, [lower, upper], not 1",
        ),
        ("[1, 2, 3]", "run.toml:6:19", "not 3"),
        ("[]", "run.toml:6:19", "not 0"),
        ("[2, 1]", "run.toml:6:19", "this box is empty"),
        ("[1, nan]", "run.toml:6:23", "not an exact number"),
        ("[1, [2]]", "run.toml:6:23", "but this is an array"),
        ("false", "run.toml:6:19", "`start.alpha`"),
    ];
    for (alpha, place, words) in cases {
        refused(start(alpha), BAD, &[place, "`start.alpha`", words]);
    }
    let missing = run_with("start", "start = { alpha = 1, beta2 = 1 }");
    refused(
        missing,
        BAD,
        &["run.toml:6:9", "the field `start.beta1` is missing"],
    );
    let unknown = run_with("start", "start = { alpha = 1, beta1 = 1, beta3 = 1 }");
    refused(
        unknown,
        BAD,
        &["run.toml:6:33", "there is no field `start.beta3`", "`beta"],
    );
    let dotted = run_with(
        "start",
        "start.alpha = 1\nstart.beta1 = 1\nstart.beta2 = nan",
    );
    refused(dotted, BAD, &["run.toml:8:15", "`start.beta2`"]);
    let table = run_with("start", "[start]\nalpha = 1\nbeta1 = 1");
    refused(table, BAD, &["run.toml:6:", "`start.beta2` is missing"]);
}

#[test]
fn missing_fields_of_runs() {
    for field in ["lambda1", "lambda2", "eta", "steps", "start"] {
        let words = format!("the field `{field}` is missing");
        refused(run_with(field, ""), BAD, &["run.toml", &words]);
    }
    refused("", BAD, &["run.toml", "is missing"]);
    refused("# nothing\n", BAD, &["run.toml", "is missing"]);
}

#[test]
fn other_tables_of_runs() {
    let claims = "claims = 'claim.toml'\n";
    let cases = [
        ("projection = {}", "`projection.beta1` is missing"),
        (
            "projection = { beta1 = 0 }",
            "`projection.beta1`: this must be greater than 0",
        ),
        (
            "projection = { alpha = 1 }",
            "there is no field `projection.alpha`",
        ),
        (
            "projection = '1/10'",
            "`projection`: a table is expected here",
        ),
        ("expect = 'violated'", "`expect`: a table is expected here"),
        (
            "[expect]\n'a.c' = 'violated'",
            "the nearest valid name is `a.b`",
        ),
        (
            "[expect]\na = 'violated'",
            "`expect.a`: the run names no claim with this id",
        ),
        (
            "[expect]\nb = 'violated'",
            "`expect.b`: the run names no claim with this id",
        ),
        (
            "[expect]\na.b = 'violated'",
            "an id with dots is written in quotes: \"a.b\"",
        ),
        (
            "[expect]\n'a.b' = 'violatd'",
            "the nearest valid name is `violated`",
        ),
        ("[expect]\n'a.b' = true", "but this is a boolean"),
        (
            "[constants]\n'a.c' = { m = 2 }",
            "the nearest valid name is `a.b`",
        ),
        (
            "[constants.'a.b']\nn = 2",
            "`constants.a.b.n`: the claim has no such constant",
        ),
        (
            "[constants.'a.b']\n'x.m' = 2",
            "the claim has no such constant",
        ),
        (
            "[constants.'a.b']\nm = 'a'",
            "`constants.a.b.m`: this is not an exact number",
        ),
        (
            "[constants]\n'a.b' = 3",
            "`constants.a.b`: a table is expected here",
        ),
    ];
    for (lines, words) in cases {
        let bench = Bench::new();
        bench.write("run.toml", format!("{RUN}{claims}{lines}\n"));
        bench.write(
            "claim.toml",
            claim_with("a.b", "constants = { m = 1 }\nthen = 'm > 0'"),
        );
        let place = format!("run.toml:{}:", 7 + lines.lines().count());
        bench.certify(&["run.toml"]).refuses(BAD, &[&place, words]);
    }
}

#[test]
fn paths_of_claims() {
    let bench = Bench::new();
    bench.write("run.toml", format!("{RUN}claims = ['claims', 'other']\n"));
    let missing = ["run.toml:7:10", "there is no file or folder claims"];
    bench.certify(&["run.toml"]).refuses(UNREADABLE, &missing);
    std::fs::create_dir(bench.path().join("claims")).unwrap();
    std::fs::create_dir(bench.path().join("other")).unwrap();
    let empty = ["claims", "the folder holds no claim file"];
    bench.certify(&["run.toml"]).refuses(UNREADABLE, &empty);
    bench.write("claims/b.toml", claim("x", "a > 0"));
    bench.write("claims/a.toml", claim("y", "a > 0"));
    bench.write("claims/notes.md", "no claim");
    bench.write("other/c.toml", claim("x", "a > 0"));
    let twice = ["other/c.toml", "the id `x` is taken by claims/b.toml"];
    bench.certify(&["run.toml"]).refuses(BAD, &twice);
    bench.write("run.toml", format!("{RUN}claims = ['claims', 7]\n"));
    bench
        .certify(&["run.toml"])
        .refuses(BAD, &["run.toml:7:21", "`claims`: a string"]);
}

#[test]
fn files_that_are_no_text() {
    refused(
        b"title = '\xff'",
        BAD,
        &["run.toml", "line 1 is not UTF-8 (byte 9)"],
    );
    refused("\u{0}", BAD, &["run.toml:1:", "not TOML"]);
    refused("{\"a\": 1}", BAD, &["run.toml:1:1", "not TOML"]);
    refused("[".repeat(100_000), BAD, &["run.toml:1:", "not TOML"]);
    refused(
        format!("x = {}", "[".repeat(100_000)),
        BAD,
        &["run.toml:1:", "not TOML"],
    );
    refused(
        "x = 1\n".repeat(1_000_000),
        BAD,
        &["run.toml", "larger than 4 MiB"],
    );
    let digits = "7".repeat(1_000_000);
    for eta in [digits.clone(), format!("'{digits}'"), format!("0.{digits}")] {
        refused(
            run_with("eta", &format!("eta = {eta}")),
            BAD,
            &["run.toml:4:7", "characters; 39586 is the most"],
        );
    }
}

#[test]
fn files_that_cannot_be_read() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path().join("folder")).unwrap();
    bench
        .certify(&["none.toml"])
        .refuses(UNREADABLE, &["none.toml: cannot read it"]);
    bench
        .certify(&["folder"])
        .refuses(UNREADABLE, &["folder: cannot read it", "a folder"]);
}

#[cfg(unix)]
#[test]
fn files_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.write("run.toml", RUN);
    let path = bench.path().join("run.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        return; // root reads everything
    }
    bench
        .certify(&["run.toml"])
        .refuses(UNREADABLE, &["run.toml: cannot read it"]);
}

#[test]
fn fields_of_claims() {
    let cases = [
        (
            "then = 'a > 0'\nwhne = 'a > 0'",
            "c:7:1",
            "the nearest valid name is `when`",
        ),
        ("", "c", "the field `then` is missing"),
        ("then = []", "c:6:8", "a claim needs a conclusion"),
        ("then = ''", "c:6:9", "an expression is expected here"),
        (
            "then = 7",
            "c:6:8",
            "a string is expected here, but this is an integer",
        ),
        (
            "then = ['a > 0', 7]",
            "c:6:18",
            "`then`: a string is expected",
        ),
        ("then = 'alhpa > 0'", "c:6:9", "the nearest name is `alpha`"),
        ("then = 'a > 1/0'", "c:6:15", "this divisor is 0"),
        (
            "constants = { m = '1/0' }\nthen = 'a > 0'",
            "c:6:19",
            "`constants.m`",
        ),
        (
            "constants = { a = 1 }\nthen = 'a > 0'",
            "c:6:19",
            "already has a meaning",
        ),
        (
            "constants = { clipped = 1 }\nthen = 'a > 0'",
            "c:6:25",
            "already has a meaning",
        ),
        (
            "constants = { diff = 1 }\nthen = 'a > 0'",
            "c:6:22",
            "cannot be a name",
        ),
        (
            "constants = { 'm.n' = 1 }\nthen = 'a > 0'",
            "c:6:23",
            "cannot be a name",
        ),
        (
            "constants = { 1a = 1 }\nthen = 'a > 0'",
            "c:6:20",
            "cannot be a name",
        ),
        (
            "constants = { m = 1, m = 2 }\nthen = 'a > 0'",
            "c:6:22",
            "duplicate key",
        ),
        (
            "constants = { m = true }\nthen = 'a > 0'",
            "c:6:19",
            "but this is a boolean",
        ),
        (
            "constants = { m = 0 }\nthen = 'a > 1/m'",
            "c:7:15",
            "this divisor is 0",
        ),
        (
            "define = { u = 'v', v = 'a' }\nthen = 'u > 0'",
            "c:6:17",
            "no name `v`",
        ),
        (
            "define = { u = 'u' }\nthen = 'u > 0'",
            "c:6:17",
            "no name `u`",
        ),
        (
            "define = { u = 'a > 1' }\nthen = 'u > 0'",
            "c:6:17",
            "true or false",
        ),
        (
            "then = 'a > 0'\nloose_above = -1",
            "c:7:15",
            "must not be negative",
        ),
        ("then = 'a > 0'\ntests = 1", "c:7:9", "a string is expected"),
        ("reach = 'a > 2'", "c:6:9", "a table is expected"),
        (
            "reach = { goal = 'a > 2' }",
            "c:6:9",
            "the field `reach.within` is missing",
        ),
        (
            "reach = { within = '2' }",
            "c:6:9",
            "the field `reach.goal` is missing",
        ),
        (
            "reach = { goal = 'a', within = '2' }",
            "c:6:19",
            "compare it",
        ),
        (
            "reach = { goal = 'a > 2', within = '2', by = '2' }",
            "c:6:41",
            "`reach.by`",
        ),
    ];
    for (lines, place, words) in cases {
        let place = place.replacen('c', "claim.toml", 1);
        claim_refused(&claim_with("x", lines), &[&place, words]);
    }
}

/// A few lines can stand for more than any memory holds.
#[test]
fn claims_that_grow_without_bound() {
    let grow = |first: &str, next: fn(usize) -> String| {
        let mut lines = format!("[define]\nx0 = '{first}'\n");
        for i in 1..40 {
            lines += &format!("x{i} = '{}'\n", next(i - 1));
        }
        claim_with("x", &format!("then = 'x39 > 0'\n{lines}"))
    };
    claim_refused(
        &grow("2^64", |i| format!("x{i}*x{i}")),
        &["claim.toml:", "too large"],
    );
    claim_refused(
        &grow("9", |i| format!("x{i}^64")),
        &["claim.toml:", "too large"],
    );
    // Exact rationals of this size cannot be computed with: the other systems answer.
    let bench = Bench::new();
    bench.write("run.toml", format!("{RUN}claims = 'claim.toml'\n"));
    bench.write("claim.toml", grow("a", |i| format!("x{i}^64")));
    let begun = Instant::now();
    bench.certify(&["run.toml"]).exits(20).says(&["x39 > 0"]);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

/// S is an eigenvalue, not a formula; taking it for a constant would prove this.
#[test]
fn the_sharpness_is_not_differentiated() {
    for then in [
        "diff(sharpness, alpha) = 0",
        "diff(2*sharpness*alpha, alpha) > 0",
    ] {
        claim_refused(
            &claim("x", then),
            &["claim.toml:6:", "`sharpness` is no formula"],
        );
    }
    let hidden = "define = { s2 = 'sharpness^2' }\nthen = 'diff(s2, beta1) = 0'";
    claim_refused(
        &claim_with("x", hidden),
        &["claim.toml:7:", "`sharpness` is no formula"],
    );
}

#[test]
fn tight_constants_of_claims() {
    let cases = [
        (
            "constant = 'n', from = 'a', best = 'least'",
            "7:22",
            "the claim has no such constant",
        ),
        (
            "constant = 'mm', from = 'a', best = 'least'",
            "7:22",
            "the nearest valid name is `m`",
        ),
        (
            "constant = 'm', from = 'a', best = 'larger'",
            "7:46",
            "\"least\" or \"greatest\"",
        ),
        (
            "constant = 'm', from = 'a', best = 1",
            "7:46",
            "a string is expected",
        ),
        (
            "constant = 'm', from = 'alhpa', best = 'least'",
            "7:35",
            "`alpha`",
        ),
        (
            "constant = 'm', best = 'least'",
            "7:9",
            "`tight.from` is missing",
        ),
        (
            "from = 'a', best = 'least'",
            "7:9",
            "`tight.constant` is missing",
        ),
        (
            "constant = 'm', from = 'a'",
            "7:9",
            "`tight.best` is missing",
        ),
        (
            "constant = 'm', from = 'a', best = 'least', to = 1",
            "7:55",
            "no field `tight.to`",
        ),
    ];
    for (fields, place, words) in cases {
        let lines = format!("constants = {{ m = 1 }}\ntight = {{ {fields} }}\nthen = 'a > m'");
        let place = format!("claim.toml:{place}");
        claim_refused(&claim_with("x", &lines), &[&place, words]);
    }
}

#[test]
fn ids_and_provenance_of_claims() {
    for id in ["", "A", "a b", "a..b", ".a", "a_b", "ä"] {
        claim_refused(
            &claim(id, "a > 0"),
            &["claim.toml:1:6", "lower-case letters"],
        );
    }
    let paper = claim("x", "a > 0").replace("derived", "derive");
    claim_refused(
        &paper,
        &["claim.toml:4:14", "the nearest valid name is `derived`"],
    );
    for field in ["id", "title", "source", "provenance", "proof"] {
        let text = claim("x", "a > 0");
        let without: Vec<&str> = text.lines().filter(|l| !l.starts_with(field)).collect();
        let words = format!("the field `{field}` is missing");
        claim_refused(&without.join("\n"), &["claim.toml", &words]);
    }
}

#[test]
fn scopes_of_claims() {
    // `@` stands before the mistake, where it is not the whole.
    let cases = [
        ("always", "this is not a form of `for`"),
        ("always", "each stretch where CONDITION"),
        ("", "this is not a form of `for`"),
        ("from", "this is not a form of `for`"),
        ("steps 1", "this is not a form of `for`"),
        ("for all t > 10", "not a form of `for`"),
        ("eventually", "not a form of `for`"),
        ("from trap(2)", "there is no event `trap(2)`"),
        (
            "from first_edge_crosing",
            "the nearest event is `first_edge_crossing`",
        ),
        ("from crossing(0)", "there is no event `crossing(0)`"),
        ("until crossing(x)", "there is no event"),
        ("until spike(-1)", "there is no event"),
        ("from spike(99999999999999999999)", "there is no event"),
        ("from first(@a)", "compare it"),
        ("from first(@)", "an expression is expected"),
        ("each stretch where @a", "compare it"),
        ("steps 1 to 2 @to 3", "an operator or the end"),
        ("steps 1 to @a", "a whole number"),
        ("steps @1/2 to 3", "a whole number"),
        ("some step to @-1", "a whole number"),
    ];
    for (form, words) in cases {
        let column = form.find('@').map_or(7, |at| 8 + at);
        let lines = format!("for = '{}'\nthen = 'a > 0'", form.replace('@', ""));
        let place = format!("claim.toml:6:{column}");
        claim_refused(&claim_with("x", &lines), &[&place, words]);
    }
}

#[test]
fn good_scopes_are_accepted() {
    let forms = [
        "every step",
        " every step ",
        "from first_edge_crossing",
        "until first_edge_crossing",
        "from crossing(2)",
        "until spike( 1 )",
        "from first(a > 2 and b < 1)",
        "steps 1 to horizon - 1",
        "steps 2*3 to 10",
        "some step to horizon",
        "from first given",
        "each stretch where a > 2",
    ];
    for form in forms {
        let bench = Bench::new();
        bench.write("run.toml", format!("{RUN}claims = 'claim.toml'\n"));
        let lines = format!("for = '{form}'\ngiven = 'a > 0'\nthen = 'a > 0'");
        bench.write("claim.toml", claim_with("x", &lines));
        let answer = bench.certify(&["run.toml"]);
        assert!(
            matches!(answer.code, Some(0 | 20)),
            "{form}: {}",
            answer.err
        );
        assert_eq!(answer.err, "", "{form}");
    }
}

#[test]
fn one_bad_run_stops_all() {
    let bench = Bench::new();
    bench.write("good.toml", RUN);
    bench.write("bad.toml", run_with("eta", "eta = 0"));
    bench.write("worse.toml", run_with("steps", "steps = x"));
    bench.write("late.toml", format!("{RUN}claims = 'claim.toml'\n"));
    // A mistake that shows only when the claim meets the run's numbers.
    bench.write("claim.toml", claim("x", "a/(lambda1 - 100) > 0"));
    let answer = bench.certify(&["good.toml", "bad.toml", "worse.toml"]);
    answer.refuses(BAD, &["bad.toml:4:7", "worse.toml:5:9"]);
    let answer = bench.certify(&["good.toml", "late.toml"]);
    answer.refuses(BAD, &["claim.toml:6:14", "this divisor is 0"]);
    let answer = bench.certify(&["--format", "json", "good.toml", "bad.toml"]);
    answer.refuses(BAD, &["bad.toml:4:7"]);
    let answer = bench.certify(&["--quiet", "good.toml", "bad.toml", "none.toml"]);
    answer.refuses(UNREADABLE, &["bad.toml:4:7", "none.toml"]);
}

#[test]
fn escapes_of_the_terminal_are_not_passed_on() {
    refused(
        "\"\\u001b[31m\" = 1",
        BAD,
        &["run.toml:1:1", "there is no field"],
    );
    let bench = Bench::new();
    bench.write("run.toml", "\"\\u001b[31m\" = 1");
    assert!(!bench.certify(&["run.toml"]).err.contains('\u{1b}'));
}

#[test]
fn command_lines() {
    let bench = Bench::new();
    bench.write("run.toml", RUN);
    let cases: [(&[&str], &[&str]); 11] = [
        (&[], &["Usage"]),
        (&["certfy", "run.toml"], &["certify"]),
        (&["certify"], &["<RUN>"]),
        (
            &["certify", "--steps", "-1", "run.toml"],
            &["'-1' for '--steps"],
        ),
        (&["certify", "--steps", "1.5", "run.toml"], &["--steps"]),
        (
            &["certify", "--steps", "1000000000000001", "run.toml"],
            &["--steps", "at most"],
        ),
        (&["certify", "--format", "xml", "run.toml"], &["json"]),
        (
            &["certify", "--precision", "16", "run.toml"],
            &["--precision"],
        ),
        (
            &[
                "certify",
                "--precision",
                "256",
                "--max-precision",
                "128",
                "run.toml",
            ],
            &["below"],
        ),
        (&["explain", "--table", "x"], &["cannot be used with"]),
        (&["falsify", "--claim", "x", "--format", "xml"], &["json"]),
    ];
    for (arguments, words) in cases {
        bench.run(arguments).refuses(BAD, words);
    }
}
