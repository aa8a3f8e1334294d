//! The checker of certificates, without the engine: what it must accept, and what it must reject.
//!
//! `tests/certificates/accept` holds certificates of every kind, `tests/certificates/reject` one
//! file per mutation; `edgecert-check FILE` checks one by hand. `WRITE_CORPUS=1 cargo test --test
//! checker` writes the second folder anew from the first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use edgecert::check::json::{self, Json};
use edgecert::check::{Kind, check};

#[path = "checker/numbers.rs"]
mod numbers;

#[path = "checker/decoder.rs"]
mod decoder;

#[path = "checker/forms.rs"]
mod forms;

#[path = "checker/program.rs"]
mod program;

#[path = "checker/forged.rs"]
mod forged;

#[path = "checker/statements.rs"]
mod statements;

#[path = "checker/traps.rs"]
mod traps;

#[path = "common/cases.rs"]
mod cases;

#[path = "checker/verdicts.rs"]
mod verdicts;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/certificates")
        .join(name)
}

fn accepted() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder("accept")).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        files.insert(name, std::fs::read(&path).expect("a file"));
    }
    files
}

fn parse(bytes: &[u8]) -> Json {
    json::read(bytes.strip_suffix(b"\n").expect("a line")).expect("canonical JSON")
}

fn text(json: &Json) -> Vec<u8> {
    let mut text = String::new();
    json.write(&mut text);
    text.push('\n');
    text.into_bytes()
}

/// The kind of failure; `None` if it is accepted.
fn verdict(bytes: &[u8]) -> Option<Kind> {
    check(bytes).err().map(|failure| failure.kind)
}

fn object(json: &mut Json) -> &mut BTreeMap<String, Json> {
    match json {
        Json::Object(fields) => fields,
        _ => panic!("not an object"),
    }
}

fn list(json: &mut Json) -> &mut Vec<Json> {
    match json {
        Json::List(items) => items,
        _ => panic!("not a list"),
    }
}

/// Hashes that are right again after a change: the outer one, or all of them.
fn sealed(mut json: Json, all: bool) -> Json {
    let Json::Object(fields) = &mut json else {
        return json;
    };
    if all {
        if let Some(run) = fields.get("run").map(Json::hash) {
            fields.insert("run_sha256".into(), Json::Text(run));
        }
        if let Some(Json::List(claims)) = fields.get_mut("claims") {
            for claim in claims {
                if let Json::Object(claim) = claim
                    && let Some(hash) = claim.get("statement").map(Json::hash)
                {
                    claim.insert("sha256".into(), Json::Text(hash));
                }
            }
        }
    }
    fields.remove("sha256");
    let hash = json.hash();
    object(&mut json).insert("sha256".into(), Json::Text(hash));
    json
}

/// A word that stands where this one does, and says something else.
fn opposite(word: &str) -> Option<&'static str> {
    let pairs = [
        ("<", ">="),
        ("<=", ">"),
        ("=", "<"),
        ("+", "-"),
        ("*", "/"),
        ("min", "max"),
        ("and", "or"),
        ("running_min", "running_max"),
        ("from", "until"),
        ("crossing", "spike"),
        ("alpha", "beta1"),
        ("clipped", "clipped'"),
    ];
    pairs.into_iter().find_map(|(x, y)| match word {
        _ if word == x => Some(y),
        _ if word == y => Some(x),
        _ => None,
    })
}

/// Everything that one small change can make of a value, with a word for it.
fn changes(json: &Json) -> Vec<(String, Json)> {
    let mut all: Vec<(String, Json)> = Vec::new();
    let mut add = |name: &str, json: Json| all.push((name.into(), json));
    match json {
        Json::Integer(n) => {
            add("one-more", Json::Integer(n.wrapping_add(1)));
            add("one-less", Json::Integer(n.wrapping_sub(1)));
            add("negative", Json::Integer(n.wrapping_neg()));
            add("as-text", Json::Text(n.to_string()));
            add("huge", Json::Integer(i64::MAX));
        }
        Json::Text(word) => {
            let digits = |c: char| c.is_ascii_digit() || c == '-' || c == '/';
            if !word.is_empty() && word.chars().all(digits) && !word.starts_with('/') {
                let (top, rest) = word
                    .split_once('/')
                    .map_or((word.as_str(), ""), |(n, d)| (n, d));
                let slash = if rest.is_empty() { "" } else { "/" };
                if let Ok(n) = top.parse::<i128>() {
                    add("one-more", Json::Text(format!("{}{slash}{rest}", n + 1)));
                    add("one-less", Json::Text(format!("{}{slash}{rest}", n - 1)));
                    add("negative", Json::Text(format!("{}{slash}{rest}", -n)));
                }
                add("giant", Json::Text("9".repeat(40_000)));
            } else if let Some(other) = opposite(word) {
                add("opposite", Json::Text(other.into()));
            } else {
                add("other-word", Json::Text(format!("{word}x")));
                add("empty", Json::Text(String::new()));
            }
            for verdict in ["certified", "violated", "vacuous"] {
                if ["certified", "violated", "vacuous"].contains(&word.as_str()) && word != verdict
                {
                    add(verdict, Json::Text(verdict.into()));
                }
            }
            add("as-list", Json::List(vec![json.clone()]));
        }
        Json::List(items) => {
            for i in 0..items.len() {
                let mut fewer = items.clone();
                fewer.remove(i);
                add(&format!("without-{i}"), Json::List(fewer));
                let mut more = items.clone();
                more.insert(i, items[i].clone());
                add(&format!("{i}-twice"), Json::List(more));
                if i > 0 && items[i] != items[i - 1] {
                    let mut swapped = items.clone();
                    swapped.swap(i, i - 1);
                    add(&format!("{i}-swapped"), Json::List(swapped));
                }
            }
            add("as-object", Json::Object(BTreeMap::new()));
        }
        Json::Object(fields) => {
            for name in fields.keys() {
                let mut fewer = fields.clone();
                fewer.remove(name);
                add(&format!("without-{name}"), Json::Object(fewer));
            }
            let mut more = fields.clone();
            more.insert("surplus".into(), Json::Integer(0));
            add("surplus", Json::Object(more));
            let names: Vec<&String> = fields.keys().collect();
            for pair in names.windows(2) {
                if fields[pair[0]] != fields[pair[1]] {
                    let mut swapped = fields.clone();
                    swapped.insert(pair[0].clone(), fields[pair[1]].clone());
                    swapped.insert(pair[1].clone(), fields[pair[0]].clone());
                    add(
                        &format!("{}-{}-swapped", pair[0], pair[1]),
                        Json::Object(swapped),
                    );
                }
            }
        }
    }
    // −0 is 0.
    all.retain(|(_, changed)| changed != json);
    all
}

/// Every document that differs from this one in one place, with the place and the change.
fn mutations(json: &Json) -> Vec<(String, Json)> {
    let mut all = changes(json);
    let mut inside = |name: &str, child: &Json, put: &dyn Fn(Json) -> Json| {
        for (place, changed) in mutations(child) {
            all.push((format!("{name}.{place}"), put(changed)));
        }
    };
    match json {
        Json::List(items) => {
            for (i, child) in items.iter().enumerate() {
                inside(&i.to_string(), child, &|new| {
                    let mut items = items.clone();
                    items[i] = new;
                    Json::List(items)
                });
            }
        }
        Json::Object(fields) => {
            for (name, child) in fields {
                inside(name, child, &|new| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), new);
                    Json::Object(fields)
                });
            }
        }
        _ => {}
    }
    all
}

#[test]
fn certificates_are_accepted() {
    for (name, bytes) in accepted() {
        let report = check(&bytes).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert!(!report.claims.is_empty(), "{name}");
        assert_eq!(text(&parse(&bytes)), bytes, "{name}: one text per content");
    }
}

/// Whatever is changed, the hashes tell.
#[test]
fn every_change_is_rejected() {
    let mut count = 0;
    // The large ones have the same fields, many times.
    for (name, bytes) in accepted()
        .into_iter()
        .filter(|(_, bytes)| bytes.len() < 10_000)
    {
        for (place, changed) in mutations(&parse(&bytes)) {
            assert_ne!(verdict(&text(&changed)), None, "{name}: {place}");
            count += 1;
        }
    }
    assert!(count > 4000, "{count}");
}

/// With the outer hash right again, run and statements are still bound by their own.
#[test]
fn run_and_statements_are_bound_by_their_hashes() {
    let json = parse(&accepted()["everything"]);
    let bound = |place: &str| {
        place.starts_with("run.") || place.starts_with("claims.") && place.contains(".statement.")
    };
    for (place, changed) in mutations(&json)
        .into_iter()
        .filter(|(place, _)| bound(place))
    {
        assert_ne!(verdict(&text(&sealed(changed, false))), None, "{place}");
    }
}

/// Why a small change may leave what is said true, with all hashes right again, if it may.
fn excuse(place: &str) -> Option<&'static str> {
    let parts: Vec<&str> = place.split('.').collect();
    let change = parts.last().copied().unwrap_or_default();
    match parts.as_slice() {
        ["claims", _, "id" | "id-sha256-swapped", ..] => Some("another name"),
        ["claims", _, "statement", ..] => Some("another statement"),
        ["run", "steps", _] => Some("another run"),
        ["unchecked", ..] if parts.len() > 2 => Some("another reason"),
        ["claims" | "tails" | "unchecked", _]
            if change.starts_with("without-")
                || change.ends_with("-twice")
                || change.ends_with("-swapped") =>
        {
            Some("fewer things are said, or in another order")
        }
        ["claims", _, "witness", "vector", ..] => Some("another vector above the bound"),
        ["claims", _, "witness", "without-sides" | "without-vector"] => Some("for readers only"),
        _ => None,
    }
}

/// A certificate of one claim for each claim of it; or itself, if it is small.
fn parts(json: &Json) -> Vec<Json> {
    const SMALL: usize = 10_000;
    if text(json).len() < SMALL {
        return vec![json.clone()];
    }
    let mut parts = Vec::new();
    let Json::Object(fields) = json else { panic!() };
    for claim in list(&mut fields["claims"].clone()) {
        let mut part = json.clone();
        object(&mut part).insert("claims".into(), Json::List(vec![claim.clone()]));
        object(&mut part).insert("unchecked".into(), Json::List(Vec::new()));
        parts.push(sealed(part, true));
    }
    parts
}

/// Every bound, step, digit, constant and verdict, changed by the least amount, with all hashes
/// right again: the checker finds out by itself. Of every kind of certificate, claim and trap.
#[test]
fn every_false_statement_is_rejected() {
    let mut count = 0;
    let mut excuses: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, bytes) in accepted() {
        let parts = parts(&parse(&bytes));
        for (part, json) in parts.iter().enumerate() {
            let report = check(&text(json)).unwrap_or_else(|e| panic!("{name}: {e}"));
            for (place, changed) in mutations(json) {
                // Of many claims the statements are bound by their hashes; traps are the same in all
                // parts, and whether the run is the right one all claims decide together.
                let again = parts.len() > 1
                    && (place.contains(".statement.")
                        || place.starts_with("run.")
                        || part > 0 && (!place.starts_with("claims.") || place.contains(".id")));
                let changed = sealed(changed, true);
                // Hashes are put right, so a change of one changes nothing.
                if again || changed == *json {
                    continue;
                }
                count += 1;
                let Ok(other) = check(&text(&changed)) else {
                    continue;
                };
                let why = match name.as_str() {
                    // What has escaped at step 1 has at 0 and at 2.
                    "escape" if place.starts_with("tails.0.step.one-") => {
                        Some("it escapes there as well")
                    }
                    // A box has few certain digits.
                    "box" if place.starts_with("run.") => Some("another run"),
                    _ => excuse(&place),
                };
                let why = why.unwrap_or_else(|| panic!("{name}: {place} is accepted"));
                *excuses.entry(why).or_default() += 1;
                // Whoever reads what was checked sees what has changed.
                let seen = format!("{report:?}") != format!("{other:?}");
                let hidden = ["another vector above the bound", "for readers only"];
                assert!(seen || hidden.contains(&why), "{name}: {place}");
            }
        }
    }
    println!("{count} changes; accepted are {excuses:?}");
    assert!(count > 6000, "{count}");
    assert_eq!(excuses.len(), 8, "{excuses:?}");
}

/// One claim or trap at least is not true of another run; but all claims are theorems, and the
/// only violation comes before the first clipped step.
#[test]
fn only_another_clip_may_be_accepted() {
    let json = parse(&accepted()["clipped"]);
    let Json::Object(fields) = &json else {
        panic!()
    };
    let run = &fields["run"];
    for (place, changed) in mutations(run) {
        if place.starts_with("steps.") {
            continue;
        }
        let mut other = json.clone();
        object(&mut other).insert("run".into(), changed);
        if let Ok(report) = check(&text(&sealed(other, true))) {
            assert!(place.contains("clip"), "{place}");
            assert_ne!(report.run, run.hash());
        }
    }
}

/// Of every kind of certificate: cut off anywhere, with something behind, of another version.
#[test]
fn every_certificate_is_bound_to_its_text() {
    for (name, bytes) in accepted() {
        let longer = [&bytes[..], b"\n"].concat();
        assert_eq!(verdict(&longer), Some(Kind::Format), "{name}");
        for i in 0..40 {
            let cut = &bytes[..bytes.len() * i / 40];
            assert_eq!(verdict(cut), Some(Kind::Format), "{name}: {i}");
        }
        for version in [0, 2] {
            let mut json = parse(&bytes);
            object(&mut json).insert("version".into(), Json::Integer(version));
            let changed = text(&sealed(json, true));
            assert_eq!(verdict(&changed), Some(Kind::Version), "{name}");
        }
    }
}

/// The opposite of a certified conclusion is not certified.
#[test]
fn no_opposite_is_accepted() {
    let mut count = 0;
    for (name, bytes) in accepted() {
        let json = parse(&bytes);
        let Json::Object(fields) = &json else {
            panic!()
        };
        let claims = list(&mut fields["claims"].clone()).len();
        for i in 0..claims {
            let mut changed = json.clone();
            // This claim alone.
            let all = list(object(&mut changed).get_mut("claims").expect("claims"));
            let mut claim = all.swap_remove(i);
            let fields = object(&mut claim);
            if fields["verdict"] != Json::Text("certified".into()) {
                continue;
            }
            let then = list(
                object(fields.get_mut("statement").expect("it"))
                    .get_mut("then")
                    .expect("it"),
            );
            if then.is_empty() {
                continue;
            }
            let conclusions = std::mem::take(then);
            let mut all_of = vec![Json::Text("and".into())];
            all_of.extend(conclusions);
            then.push(Json::List(vec![
                Json::Text("not".into()),
                Json::List(all_of),
            ]));
            *all = vec![claim];
            // The opposite of "at some step" may hold at another step.
            if text(&changed).windows(9).any(|w| w == b"some step") {
                continue;
            }
            assert_ne!(
                verdict(&text(&sealed(changed, true))),
                None,
                "{name}: claim {i}"
            );
            count += 1;
        }
    }
    assert!(count > 80, "{count}");
}

/// Texts that are no certificates, by name.
fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let small = accepted()["small"].clone();
    let line = String::from_utf8(small.clone()).expect("ASCII");
    let replace = |from: &str, to: &str| {
        assert!(line.contains(from), "{from}");
        line.replacen(from, to, 1).into_bytes()
    };
    let nested = |n: usize| {
        let deep = format!("{}\"alpha\"{}", "[\"neg\",".repeat(n), "]".repeat(n));
        replace("\"a\",\"1\"", &format!("{deep},\"1\""))
    };
    let mut digits = "7".repeat(200_000);
    digits.insert(0, '"');
    digits.push('"');
    vec![
        ("empty", Vec::new()),
        ("line-break-alone", b"\n".to_vec()),
        ("without-line-break", line.trim_end().as_bytes().to_vec()),
        ("two-line-breaks", [&small[..], b"\n"].concat()),
        ("carriage-return", line.replace('\n', "\r\n").into_bytes()),
        ("trailing-bytes", [&small[..], b"{}\n"].concat()),
        ("two-certificates", [&small[..], &small[..]].concat()),
        ("byte-order-mark", [b"\xef\xbb\xbf", &small[..]].concat()),
        ("truncated-half", small[..small.len() / 2].to_vec()),
        (
            "truncated-by-one",
            [&small[..small.len() - 2], b"\n"].concat(),
        ),
        ("space", replace(":", ": ")),
        ("leading-zero", replace("\"step\":5", "\"step\":05")),
        ("minus-zero", replace("\"clause\":0", "\"clause\":-0")),
        ("decimal-point", replace("\"step\":5", "\"step\":5.0")),
        ("exponent", replace("\"step\":5", "\"step\":5e0")),
        ("plus-sign", replace("\"step\":5", "\"step\":+5")),
        (
            "giant-integer",
            replace("\"step\":5", &format!("\"step\":{}", "9".repeat(30))),
        ),
        ("giant-number", replace("\"30\"", &digits)),
        (
            "giant-power",
            replace("\"a\",\"1\"", "[\"^\",\"alpha\",9999],\"1\""),
        ),
        ("not-in-lowest-terms", replace("\"1/20\"", "\"2/40\"")),
        ("denominator-0", replace("\"1/20\"", "\"1/0\"")),
        ("denominator-1", replace("\"100\"", "\"100/1\"")),
        ("negative-denominator", replace("\"1/20\"", "\"-1/-20\"")),
        ("decimal", replace("\"1/20\"", "\"0.05\"")),
        ("number-with-plus", replace("\"100\"", "\"+100\"")),
        ("number-with-underscore", replace("\"100\"", "\"1_00\"")),
        (
            "duplicate-key",
            replace("\"version\":1", "\"version\":1,\"version\":1"),
        ),
        (
            "duplicate-key-first",
            replace(
                "\"precision\":",
                "\"format\":\"edgecert certificate\",\"precision\":",
            ),
        ),
        (
            "keys-out-of-order",
            replace("\"format\":\"edgecert certificate\",", "")
                .to_vec()
                .pipe(|t| {
                    let t = String::from_utf8(t).expect("ASCII");
                    t.replacen(
                        "\"version\":1",
                        "\"version\":1,\"format\":\"edgecert certificate\"",
                        1,
                    )
                    .into_bytes()
                }),
        ),
        ("escape", replace("case.held", "case.hel\\u0064")),
        ("not-ascii", replace("case.held", "case.h\u{e9}ld")),
        ("null", replace("\"version\":1", "\"version\":null")),
        ("true", replace("\"version\":1", "\"version\":true")),
        ("nested-99", nested(99)),
        ("nested-100000", nested(100_000)),
        ("list-100000", [&b"["[..]; 1].concat().repeat(100_000)),
        (
            "other-format",
            replace("edgecert certificate", "edgecert-certificate"),
        ),
        (
            "division-by-zero",
            replace("[\">\",\"a\",\"1\"]", "[\">\",\"a\",[\"/\",\"1\",\"0\"]]"),
        ),
        (
            "unknown-name",
            replace("[\">\",\"a\",\"1\"]", "[\">\",\"alfa\",\"1\"]"),
        ),
        (
            "unknown-operation",
            replace("[\">\",\"a\",\"1\"]", "[\">\",[\"sin\",\"a\"],\"1\"]"),
        ),
        (
            "unknown-relation",
            replace("[\">\",\"a\",\"1\"]", "[\"<>\",\"a\",\"1\"]"),
        ),
        (
            "too-many-operands",
            replace("[\">\",\"a\",\"1\"]", "[\">\",\"a\",\"1\",\"1\"]"),
        ),
        // Each is used twice by the next: 2^60 products to differentiate, and 64^4 to multiply out.
        ("derivative-explosion", {
            let chain: Vec<String> = (1..60)
                .map(|i| format!("\"x{:02}\":[\"*\",\"x{:02}\",\"x{:02}\"]", i, i - 1, i - 1))
                .collect();
            let text = replace(
                "\"define\":{}",
                &format!("\"define\":{{\"x00\":\"alpha\",{}}}", chain.join(",")),
            );
            let text = String::from_utf8(text).expect("ASCII");
            text.replacen(
                "[\">\",\"a\",\"1\"]",
                "[\"=\",[\"diff\",\"x59\",\"alpha\"],\"0\"]",
                1,
            )
            .into_bytes()
        }),
        ("algebra-explosion", {
            let power =
                "[\"^\",[\"^\",[\"^\",[\"^\",[\"^\",[\"*\",\"3\",\"alpha\"],64],64],64],64],64]";
            replace("[\">\",\"a\",\"1\"]", &format!("[\"=\",{power},\"1\"]"))
        }),
        (
            "recursive-abbreviation",
            replace(
                "\"define\":{}",
                "\"define\":{\"sharpness\":[\"+\",\"sharpness\",\"1\"]}",
            ),
        ),
        (
            "steps-beyond-every-bound",
            replace("\"steps\":20", "\"steps\":9000000000"),
        ),
        (
            "precision-beyond-every-bound",
            replace("\"precision\":320", "\"precision\":99999999"),
        ),
    ]
}

trait Pipe: Sized {
    fn pipe<T>(self, f: impl FnOnce(Self) -> T) -> T {
        f(self)
    }
}

impl<T> Pipe for T {}

/// The corpus: name and bytes of files that must not be accepted.
fn corpus() -> BTreeMap<String, Vec<u8>> {
    let mut cases = BTreeMap::new();
    for (name, bytes) in malformed() {
        // Giants are made, not stored.
        if bytes.len() < 20_000 {
            cases.insert(format!("text-{name}"), bytes);
        }
    }
    let small = parse(&accepted()["small"]);
    for version in [0, 2, -1, i64::MAX] {
        let mut changed = small.clone();
        object(&mut changed).insert("version".into(), Json::Integer(version));
        cases.insert(format!("version-{version}"), text(&sealed(changed, true)));
    }
    for (place, changed) in mutations(&small) {
        // One file of each kind: values of the wrong type are all alike.
        let alike = ["as-text", "as-list", "as-object", "surplus", "huge"];
        let alike = alike.iter().any(|kind| place.ends_with(kind)) && !place.starts_with("tails.0");
        let changed = sealed(changed, true);
        // A giant is not stored.
        let alike = alike || place.ends_with("giant");
        if excuse(&place).is_none() && !alike && changed != small {
            cases.insert(format!("false-{place}"), text(&changed));
        }
    }
    for (place, changed) in mutations(&small) {
        if place.ends_with("one-more") || place.contains("sha256.other-word") {
            cases.insert(format!("hash-{place}"), text(&changed));
        }
    }
    for (name, bytes) in forged::cases() {
        cases.insert(format!("forged-{name}"), bytes);
    }
    cases
}

#[test]
fn malformed_texts_are_rejected() {
    for (name, bytes) in malformed() {
        assert_ne!(verdict(&bytes), None, "{name}");
        // Also if the hashes are right, where there are any.
        let line = bytes.strip_suffix(b"\n").unwrap_or_default();
        if let Ok(json) = json::read(line) {
            assert_ne!(verdict(&text(&sealed(json, true))), None, "{name}, sealed");
        }
    }
}

/// The files of the corpus are the ones that are made here, and none is accepted.
#[test]
fn the_corpus_is_rejected() {
    let cases = corpus();
    let folder = folder("reject");
    if std::env::var_os("WRITE_CORPUS").is_some() {
        std::fs::remove_dir_all(&folder).expect("it is there");
        std::fs::create_dir(&folder).expect("it can be made");
        for (name, bytes) in &cases {
            std::fs::write(folder.join(format!("{name}.cert")), bytes).expect("it can be written");
        }
    }
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let bytes = std::fs::read(&path).expect("a file");
        assert_eq!(
            cases.get(&name),
            Some(&bytes),
            "{name}: see the top of this file"
        );
        assert_ne!(verdict(&bytes), None, "{name}");
        names.insert(name);
    }
    assert_eq!(names.len(), cases.len());
    assert!(names.len() > 200, "{}", names.len());
}

#[test]
fn other_versions_are_told_apart() {
    for (name, bytes) in corpus() {
        let told = verdict(&bytes) == Some(Kind::Version);
        assert!(told || !name.starts_with("version-"), "{name}");
        assert!(!told || name.contains("version"), "{name}");
    }
}

/// A vector that is not above the bound, or none at all, shows nothing.
#[test]
fn vectors_must_exceed_the_bound() {
    for vector in [
        ["0", "0", "0"],
        ["1", "0", "0"],
        ["0", "0", "1"],
        ["10", "0", "1"],
    ] {
        let mut json = parse(&accepted()["small"]);
        let claims = list(object(&mut json).get_mut("claims").expect("claims"));
        let witness = object(&mut claims[0])
            .get_mut("witness")
            .expect("a witness");
        let vector = vector.map(|n| Json::Text(n.into())).to_vec();
        object(witness).insert("vector".into(), Json::List(vector));
        let failure = check(&text(&sealed(json, true))).expect_err("it is wrong");
        assert!(
            failure.message.contains("does not exceed the bound"),
            "{failure}"
        );
    }
}

/// lim ηS ≤ 2 from A₋ = 1/2 needs iterates that are rational: from a box nothing is said.
#[test]
fn the_limit_of_theorem_13_needs_a_rational_start() {
    let limit = |alpha: Json, eta: &str| {
        let mut json = parse(&accepted()["small"]);
        let run = object(&mut json).get_mut("run").expect("run");
        object(run).insert("eta".into(), Json::Text(eta.into()));
        object(object(run).get_mut("start").expect("start")).insert("alpha".into(), alpha);
        let tails = list(object(&mut json).get_mut("tails").expect("tails"));
        tails.remove(0);
        object(&mut tails[0]).insert("lower".into(), Json::Text("1/2".into()));
        object(&mut tails[0]).insert("step".into(), Json::Integer(0));
        object(&mut tails[0]).insert("spike".into(), Json::Text("1/100".into()));
        object(&mut json).insert("claims".into(), Json::List(Vec::new()));
        let certificate =
            edgecert::check::Certificate::read(&text(&sealed(json, true))).expect("one");
        let examination = certificate.examine().expect("it can be examined");
        let trap = examination.traps[0].clone().expect("a trap");
        trap.limit.is_some()
    };
    let word = |text: &str| Json::Text(text.into());
    assert!(limit(word("3/5"), "1/20"));
    assert!(!limit(
        Json::List(vec![word("3/5"), word("600001/1000000")]),
        "1/20"
    ));
    // h = 4 = 2²: a may be 1 at an iterate.
    assert!(!limit(word("3/5"), "1/25"));
}
