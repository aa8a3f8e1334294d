//! Certificates with right hashes that say what is false, look like what they are not, or would
//! take for ever.

use std::collections::BTreeMap;

use edgecert::check::ball::Ball;
use edgecert::check::json::{self, Json};
use edgecert::check::{Kind, MOST_WORK, check, check_within};

use super::{accepted, object, parse, sealed, text, verdict};

fn word(text: &str) -> Json {
    Json::Text(text.into())
}

fn read(text: &str) -> Json {
    json::read(text.as_bytes()).expect("canonical JSON")
}

/// A claim: the fields of its statement that are not empty, and its verdict.
fn claim(statement: &str, verdict: &str) -> Json {
    let mut whole = read(
        r#"{"constants":{},"define":{},"given":[],"scope":["every step"],"then":[],"when":[]}"#,
    );
    for (name, value) in object(&mut read(statement)) {
        object(&mut whole).insert(name.clone(), value.clone());
    }
    Json::Object(BTreeMap::from([
        ("bits".into(), Json::Integer(96)),
        ("id".into(), word("forged.claim")),
        ("sha256".into(), word("")),
        ("statement".into(), whole),
        ("verdict".into(), word(verdict)),
    ]))
}

/// The small certificate with other claims and without traps.
fn certificate(claims: Vec<Json>) -> Json {
    let mut json = parse(&accepted()["small"]);
    let fields = object(&mut json);
    fields.insert("claims".into(), Json::List(claims));
    fields.insert("tails".into(), Json::List(Vec::new()));
    fields.insert("unchecked".into(), Json::List(Vec::new()));
    json
}

fn sealed_text(json: Json) -> Vec<u8> {
    text(&sealed(json, true))
}

/// The same, with its traps.
fn trapped(statement: &str, verdict: &str) -> Vec<u8> {
    let mut json = parse(&accepted()["small"]);
    object(&mut json).insert("claims".into(), Json::List(vec![claim(statement, verdict)]));
    sealed_text(json)
}

fn alone(statement: &str, verdict: &str) -> Vec<u8> {
    sealed_text(certificate(vec![claim(statement, verdict)]))
}

/// What must not be accepted, by name.
pub fn cases() -> BTreeMap<String, Vec<u8>> {
    let certified = [
        // The goal is never reached.
        (
            "goal-at-some-step",
            r#"{"reach":{"goal":[">","a","1000"],"within":"3"},"scope":["some step to","10"]}"#,
        ),
        (
            "goal-where-when-is-uncertain",
            r#"{"reach":{"goal":[">","a","0"],"within":"3"},"when":[["<",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        (
            "goal-too-late",
            r#"{"reach":{"goal":[">=","t","4"],"within":"3"}}"#,
        ),
        // t(t − 1)/2.
        (
            "sum-of-sums",
            r#"{"then":[["=",["running_sum",["running_sum","1"]],["/",["*","t",["+","t","1"]],"2"]]]}"#,
        ),
        (
            "sum-up-to-this-step",
            r#"{"then":[["=",["running_sum","1"],["+","t","1"]]]}"#,
        ),
        (
            "name-of-the-model-as-constant",
            r#"{"constants":{"sharpness":"0"},"then":[["<=","sharpness","1"]]}"#,
        ),
        (
            "name-of-the-model-as-abbreviation",
            r#"{"define":{"loss":"0"},"then":[["<=","loss","0"]]}"#,
        ),
        (
            "constant-and-abbreviation",
            r#"{"constants":{"x":"0"},"define":{"x":"a"},"then":[["<=","x","0"]]}"#,
        ),
        (
            "name-that-looks-like-another",
            r#"{"constants":{"sharpness ":"0"},"then":[["<=","sharpness ","1"]]}"#,
        ),
        (
            "name-that-is-a-number",
            r#"{"constants":{"0":"1"},"then":[["<=","0","1"]]}"#,
        ),
        (
            "name-with-a-prime",
            r#"{"constants":{"a'":"1"},"then":[["<=","a'","2"]]}"#,
        ),
        ("no-conditions", r#"{"then":[["and"]]}"#),
        ("no-conclusion", r#"{"then":[]}"#),
        // √(x²) < x is false, and never certainly so.
        (
            "uncertain-hypothesis",
            r#"{"then":[[">","a","0"]],"when":[["<",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        (
            "false-hypothesis",
            r#"{"then":[["<","a","0"]],"when":[["<","a","0"]]}"#,
        ),
        (
            "contradictory-hypotheses",
            r#"{"given":[["<","a","0"],[">","a","0"]],"then":[["<","a","0"]]}"#,
        ),
        (
            "identity-without-values",
            r#"{"then":[["=",["sqrt","-1"],["sqrt","-1"]]]}"#,
        ),
        (
            "identity-of-quotients-of-0",
            r#"{"then":[["=",["/",["-",["sqrt",["^","alpha",2]],["abs","alpha"]],["-",["sqrt",["^","alpha",2]],["abs","alpha"]]],"1"]]}"#,
        ),
        (
            "identity-by-division-by-0",
            r#"{"then":[["=",["/","1",["-","s",["-","1","p"]]],"5"]]}"#,
        ),
        (
            "other-root",
            r#"{"then":[["=",["sqrt",["^","alpha",2]],["neg","alpha"]]]}"#,
        ),
        (
            "wrong-derivative",
            r#"{"then":[["=",["diff",["^","alpha",3],"alpha"],["*","2",["^","alpha",2]]]]}"#,
        ),
        (
            "steps-in-reverse",
            r#"{"scope":["steps","10","5"],"then":[["<","a","0"]]}"#,
        ),
        (
            "steps-beyond-the-end",
            r#"{"scope":["steps","10","21"],"then":[[">","a","0"]]}"#,
        ),
        (
            "next-of-the-last-step",
            r#"{"scope":["steps","20","20"],"then":[[">","a'","0"]]}"#,
        ),
        (
            "next-of-the-next",
            r#"{"define":{"x":"a'"},"then":[[">","x'","0"]]}"#,
        ),
        (
            "memory-of-the-next",
            r#"{"define":{"x":["running_max","a"]},"then":[[">","x'","0"]]}"#,
        ),
        (
            "largest-of-the-largest",
            r#"{"then":[[">",["running_max",["running_min","a"]],"0"]]}"#,
        ),
        (
            "never-crossed",
            r#"{"scope":["from",["crossing",2]],"then":[["<","a","0"]]}"#,
        ),
        (
            "event-number-0",
            r#"{"scope":["until",["crossing",0]],"then":[["<","a","0"]]}"#,
        ),
        (
            "before-the-first-step",
            r#"{"scope":["until",["first",[">","a","0"]]],"then":[[">","a","0"]]}"#,
        ),
        (
            "bound-that-is-not-there",
            r#"{"then":[["<=","beta1","B"]]}"#,
        ),
        (
            "equal-reals",
            r#"{"then":[["<=",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        // √(x²) = x is never certain: what is open counts for nothing, whatever is concluded.
        (
            "open-when-with-a-true-conclusion",
            r#"{"then":[[">","a","0"]],"when":[["=",["sqrt",["^","a",2]],"a"],[">","a","0"]]}"#,
        ),
        (
            "open-stretch",
            r#"{"scope":["each stretch where",["=",["sqrt",["^","a",2]],"a"]],"then":[[">","a","0"]]}"#,
        ),
        (
            "open-start",
            r#"{"scope":["from",["first",["=",["sqrt",["^","a",2]],"a"]]],"then":[[">","a","0"]]}"#,
        ),
        (
            "open-given",
            r#"{"given":[["=",["sqrt",["^","a",2]],"a"]],"then":[[">","a","0"]]}"#,
        ),
        (
            "hypothesis-without-a-value",
            r#"{"then":[[">","a","0"]],"when":[[">",["log","-1"],"0"]]}"#,
        ),
        (
            "hypothesis-divided-by-0",
            r#"{"then":[[">","a","0"]],"when":[["=",["/","1","0"],["/","1","0"]]]}"#,
        ),
        (
            "identity-divided-by-0",
            r#"{"then":[["=",["/","1","0"],["/","1","0"]]]}"#,
        ),
        (
            "identity-in-a-negation",
            r#"{"then":[["not",["<",["log",["neg","a"]],["log",["neg","a"]]]]]}"#,
        ),
        (
            "conclusion-of-some-step-with-an-open-hypothesis",
            r#"{"scope":["some step to","10"],"then":[[">","a","0"]],"when":[["=",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        (
            "start-after-the-first-step",
            r#"{"then":[["=","alpha",["start","alpha"]]]}"#,
        ),
        (
            "largest-so-far-is-this-one",
            r#"{"then":[["<=",["running_max","alpha"],"alpha"],["<=","alpha",["running_min","alpha"]]]}"#,
        ),
        (
            "sum-is-this-one",
            r#"{"then":[["=",["running_sum","alpha"],"alpha"]]}"#,
        ),
        (
            "extreme-of-the-last-stretch",
            r#"{"scope":["each stretch where",["not",["=","t","5"]]],"then":[["=",["running_min","t"],"0"]]}"#,
        ),
        (
            "power-too-high",
            r#"{"then":[[">",["^","a",1000000],"0"]]}"#,
        ),
    ];
    let others = [
        (
            "violated-where-uncertain",
            "violated",
            r#"{"scope":["some step to","20"],"then":[["<",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        (
            "violated-beyond-the-end",
            "violated",
            r#"{"scope":["some step to","21"],"then":[["<","a","0"]]}"#,
        ),
        (
            "violated-without-a-witness",
            "violated",
            r#"{"then":[["<","a","0"]]}"#,
        ),
        (
            "vacuous-where-it-speaks",
            "vacuous",
            r#"{"then":[[">","a","0"]]}"#,
        ),
        (
            "vacuous-at-some-step-that-fails",
            "vacuous",
            r#"{"scope":["some step to","10"],"then":[["<","a","0"]]}"#,
        ),
        (
            "violated-at-no-step",
            "violated",
            r#"{"scope":["some step to","10"],"then":[["<","a","0"]],"when":[["<","a","0"]]}"#,
        ),
        (
            "violated-at-some-step-that-is-open",
            "violated",
            r#"{"scope":["some step to","10"],"then":[["<","a","0"]],"when":[["=",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        (
            "vacuous-where-a-hypothesis-has-no-value",
            "vacuous",
            r#"{"then":[[">","a","0"]],"when":[[">",["log","-1"],"0"]]}"#,
        ),
        (
            "vacuous-where-uncertain",
            "vacuous",
            r#"{"then":[[">","a","0"]],"when":[["<",["sqrt",["^","a",2]],"a"]]}"#,
        ),
    ];
    // Of all later steps, with traps that are right.
    let later = [
        (
            "later-than-the-bounds",
            "certified",
            r#"{"scope":["for all from","0"],"then":[["<=",["*","eta","sharpness"],["/","193","100"]]]}"#,
        ),
        (
            "later-without-hypotheses",
            "certified",
            r#"{"scope":["for all from","0"],"then":[["<","a","0"]],"when":[["<","a","0"]]}"#,
        ),
        (
            "eventually-under-an-open-hypothesis",
            "certified",
            r#"{"scope":["eventually always"],"then":[[">","a","0"]],"when":[["=",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        (
            "later-under-an-open-hypothesis",
            "certified",
            r#"{"scope":["for all from","0"],"then":[[">","a","0"]],"when":[["=",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        (
            "eventually-under-a-constant-hypothesis",
            "certified",
            r#"{"scope":["eventually always"],"then":[[">","a","0"]],"when":[["<","1","0"]]}"#,
        ),
        (
            "eventually-vacuous-where-it-speaks",
            "vacuous",
            r#"{"scope":["eventually always"],"then":[[">","a","0"]],"when":[["<","t","5"]]}"#,
        ),
        (
            "eventually-an-identity-without-a-value",
            "certified",
            r#"{"scope":["eventually always"],"then":[["=",["sqrt",["neg","b"]],["sqrt",["neg","b"]]]]}"#,
        ),
        (
            "violated-for-ever-under-a-false-hypothesis",
            "violated",
            r#"{"scope":["eventually always"],"then":[["<","a","0"]],"when":[["<","a","0"]]}"#,
        ),
        (
            "violated-for-ever-under-an-open-hypothesis",
            "violated",
            r#"{"scope":["for all from","0"],"then":[["<","a","0"]],"when":[["=",["sqrt",["^","a",2]],"a"]]}"#,
        ),
        (
            "eventually-without-hypotheses",
            "certified",
            r#"{"scope":["eventually always"],"then":[["<","a","0"]],"when":[["<","a","0"]]}"#,
        ),
        (
            "eventually-beyond-the-limit",
            "certified",
            r#"{"scope":["eventually always"],"then":[["<=",["*","eta","sharpness"],["/","193","100"]]]}"#,
        ),
        (
            "eventually-at-the-limit",
            "certified",
            r#"{"scope":["eventually always"],"then":[["<","loss","0"]]}"#,
        ),
        (
            "eventually-a-step",
            "certified",
            r#"{"scope":["eventually always"],"then":[["<","t","0"]]}"#,
        ),
        (
            "eventually-jumps",
            "certified",
            r#"{"scope":["eventually always"],"then":[["<",["ceil",["*","loss","1000000000000"]],"1"]]}"#,
        ),
        (
            "eventually-remembered",
            "certified",
            r#"{"scope":["eventually always"],"then":[["<=",["start","a"],"2"]]}"#,
        ),
        (
            "violated-for-ever",
            "violated",
            r#"{"scope":["eventually always"],"then":[["<=",["*","eta","sharpness"],["/","1934","1000"]]]}"#,
        ),
    ];
    let certified = certified.map(|(name, statement)| (name, alone(statement, "certified")));
    let others = others.map(|(name, verdict, statement)| (name, alone(statement, verdict)));
    let later = later.map(|(name, verdict, statement)| (name, trapped(statement, verdict)));
    let mut cases: BTreeMap<String, Vec<u8>> = certified
        .into_iter()
        .chain(others)
        .chain(later)
        .map(|(name, bytes)| (name.to_string(), bytes))
        .collect();
    // One text per content: more precision is a whole word more, and bits are of a ladder.
    for (name, field, value) in [
        ("precision-one-more", "precision", 321),
        ("precision-of-half-a-word", "precision", 352),
        ("precision-0", "precision", 0),
        ("bits-one-more", "bits", 97),
        ("bits-64", "bits", 64),
        ("bits-above-the-precision", "bits", 384),
    ] {
        let mut json = parse(&accepted()["small"]);
        if field == "bits" {
            let Some(Json::List(claims)) = object(&mut json).get_mut("claims") else {
                panic!("no claims")
            };
            object(&mut claims[1]).insert(field.into(), Json::Integer(value));
        } else {
            object(&mut json).insert(field.into(), Json::Integer(value));
        }
        cases.insert(name.into(), sealed_text(json));
    }
    cases
}

/// Small texts that ask for much.
fn expensive() -> BTreeMap<&'static str, Vec<u8>> {
    let base = |statement: &str, count: usize| {
        let mut claims = vec![claim(statement, "certified"); count];
        for (i, claim) in claims.iter_mut().enumerate() {
            object(claim).insert("id".into(), word(&format!("forged.claim-{i}")));
        }
        certificate(claims)
    };
    let with = |mut json: Json, precision: i64, steps: i64| {
        object(&mut json).insert("precision".into(), Json::Integer(precision));
        let run = object(&mut json).get_mut("run").expect("run");
        object(run).insert("steps".into(), Json::Integer(steps));
        json
    };
    let twice = |of: &str, operation: &str| {
        let chain: Vec<String> = (1..60)
            .map(|i| {
                format!(
                    r#""x{i:02}":["{operation}","x{:02}","x{:02}"]"#,
                    i - 1,
                    i - 1
                )
            })
            .collect();
        format!(r#""define":{{"x00":{of},{}}}"#, chain.join(","))
    };
    let digits = "7".repeat(9000);
    let sums = twice(r#"["running_sum","a"]"#, "+");
    let long_sums: Vec<String> = (0..3000)
        .map(|i| format!(r#"["<",["+","a",["*","k",["+","k","{i}"]]],"0"]"#))
        .collect();
    let mut f_of_a = claim(r#"{"then":[["<",["F",["+","a","1"]],"100"]]}"#, "certified");
    object(&mut f_of_a).insert("bits".into(), Json::Integer(65_536));
    let mut traps = base(
        r#"{"scope":["eventually always"],"then":[["<","t","0"]]}"#,
        900,
    );
    let small = parse(&accepted()["small"]);
    let Json::Object(fields) = small else {
        panic!()
    };
    let Json::List(tails) = &fields["tails"] else {
        panic!()
    };
    object(&mut traps).insert("tails".into(), Json::List(vec![tails[0].clone(); 16]));
    let mut more_traps = traps.clone();
    object(&mut more_traps).insert("tails".into(), Json::List(vec![tails[0].clone(); 17]));
    let many = |count: usize, test: &str| vec![test; count].join(",");
    // Products and sums of 3600 logarithms each.
    let logs = |name: &str, operation: &str, i: usize| {
        (1..90).fold(format!(r#"["log",["+","{name}","{i}00"]]"#), |all, j| {
            format!(r#"["{operation}",{all},["log",["+","{name}","{i}{j:02}"]]]"#)
        })
    };
    let part = |i: usize| {
        let (product, sum) = (logs("alpha", "*", i), logs("beta2", "+", i));
        [
            format!(r#""m{i:02}":{product}"#),
            format!(r#""n{i:02}":{sum}"#),
        ]
    };
    let mut parts: Vec<String> = (1..41).flat_map(part).collect();
    parts.sort();
    let all = |name: &str, operation: &str| {
        (2..41).fold(format!(r#""{name}01""#), |all, i| {
            format!(r#"["{operation}",{all},"{name}{i:02}"]"#)
        })
    };
    let monomials = format!(
        r#"{{"define":{{{}}},"then":[["=",["*",{},{}],"1"]]}}"#,
        parts.join(","),
        all("m", "*"),
        all("n", "+")
    );
    let mut far = claim(
        r#"{"then":[["<",["F",["+","100000000000000000000000000000000000",["*","0","t"]]],"1000000"]]}"#,
        "certified",
    );
    object(&mut far).insert("bits".into(), Json::Integer(1024));
    BTreeMap::from([
        // F takes two hundred power series there.
        ("far", with(certificate(vec![far]), 1024, 1_000_000_000)),
        ("flags", with(base(&format!(r#"{{"then":[["not",["or",{}]]]}}"#, many(190_000, r#""clipped""#)), 1), 128, 1_000_000_000)),
        ("memories", with(base(&format!(r#"{{"then":[{}]}}"#, many(40_000, r#"[">",["running_sum","t"],"-1"]"#)), 1), 128, 1_000_000_000)),
        ("monomials", base(&monomials, 1)),
        ("steps", with(base(r#"{"then":[[">","a","0"]]}"#, 1), 65_536, 1_000_000_000)),
        ("series", with(certificate(vec![f_of_a]), 65_536, 1_000_000_000)),
        ("claims", with(base(r#"{"then":[[">","sharpness","0"]]}"#, 999), 4096, 1_000_000_000)),
        ("more-claims", base(r#"{"then":[[">","sharpness","0"]]}"#, 1001)),
        ("traps", traps),
        ("more-traps", more_traps),
        ("algebra", base(r#"{"then":[["=",["^",["^",["+",["+","alpha","beta1"],["+","beta2","1"]],12],4],"1"]]}"#, 300)),
        ("coefficients", base(&format!(r#"{{"constants":{{"k":"{digits}"}},"then":[["=",["^",["+",["*","k","alpha"],"beta1"],64],"1"]]}}"#), 1)),
        // Long coefficients times short ones: little to multiply, much to keep.
        ("terms", base(&format!(r#"{{"constants":{{"k":"{}"}},"then":[["=",["*",["*","k",["^",["+",["+","alpha","beta1"],["+","beta2","1"]],25]],["^",["+",["+",["log","alpha"],["exp","beta1"]],["+",["log","beta2"],"1"]],25]],"1"]]}}"#, "7".repeat(4800)), 1)),
        ("fractions", base(&format!(r#"{{"constants":{{"k":"1/{digits}"}},"then":[{}]}}"#, long_sums.join(",")), 1)),
        ("derivatives", base(&format!(r#"{{{},"then":[["=",["diff","x59","alpha"],"0"]]}}"#, twice(r#""alpha""#, "*")), 1)),
        ("sums", base(&format!(r#"{{{sums},"then":[[">",["running_sum","x59"],"0"]]}}"#), 1)),
        ("digits", base(&format!(r#"{{"then":[[">","a","{}"]]}}"#, "1".repeat(1_000_000)), 1)),
        ("lists", Json::List(vec![Json::List(vec![Json::Integer(0)]); 400_000])),
    ])
    .into_iter()
    .map(|(name, json)| {
        let bytes = if matches!(json, Json::List(_)) { text(&json) } else { sealed_text(json) };
        (name, bytes)
    })
    .collect()
}

/// Whatever is asked for, an answer comes soon; how soon is a matter of the work that is allowed.
#[test]
fn expensive_certificates_are_given_up() {
    const LITTLE: u64 = 2_000_000_000;
    const { assert!(LITTLE < MOST_WORK) };
    for (name, bytes) in expensive() {
        let kind = check_within(&bytes, LITTLE)
            .err()
            .map(|failure| failure.kind);
        // A list is no certificate, however long.
        let wanted = if name == "lists" {
            Kind::Format
        } else {
            Kind::Work
        };
        assert_eq!(kind, Some(wanted), "{name}");
    }
    // Small objects that take up much.
    let objects = format!("[{}]\n", vec![r#"{"":0}"#; 280_000].join(","));
    let kind = check(objects.as_bytes()).err().map(|failure| failure.kind);
    assert_eq!(kind, Some(Kind::Work));
    // No work at all is not enough even for the small one.
    let small = &accepted()["small"];
    assert_eq!(
        check_within(small, 0).map_err(|e| e.kind).err(),
        Some(Kind::Work)
    );
    assert!(check_within(small, 1_000_000_000).is_ok());
}

#[test]
fn what_is_forged_would_pass_if_it_were_true() {
    for statement in [
        r#"{"then":[["=",["running_sum",["running_sum","1"]],["/",["*","t",["-","t","1"]],"2"]]]}"#,
        r#"{"then":[["=",["running_sum","1"],"t"]]}"#,
        r#"{"reach":{"goal":[">=","t","3"],"within":"3"}}"#,
        r#"{"constants":{"x":"1"},"define":{"y":"a"},"then":[[">=","y","x"]]}"#,
        r#"{"then":[["=",["/","s","s"],"1"]]}"#,
        r#"{"then":[["=",["diff",["^","alpha",3],"alpha"],["*","3",["^","alpha",2]]]]}"#,
        r#"{"scope":["steps","10","20"],"then":[[">","a","0"]]}"#,
    ] {
        let outcome = check(&alone(statement, "certified"));
        assert!(outcome.is_ok(), "{statement}: {:?}", outcome.err());
    }
    for (statement, verdict) in [
        (
            r#"{"scope":["for all from","0"],"then":[["<=",["*","eta","sharpness"],["/","194","100"]]]}"#,
            "certified",
        ),
        (
            r#"{"scope":["eventually always"],"then":[["<=",["*","eta","sharpness"],["/","194","100"]]]}"#,
            "certified",
        ),
        (
            r#"{"scope":["eventually always"],"then":[["<=",["*","eta","sharpness"],["/","18","10"]]]}"#,
            "violated",
        ),
    ] {
        let outcome = check(&trapped(statement, verdict));
        assert!(outcome.is_ok(), "{statement}: {:?}", outcome.err());
    }
}

/// No name of the model can be given another meaning.
#[test]
fn names_keep_their_meaning() {
    for name in [
        "lambda1",
        "lambda2",
        "eta",
        "B",
        "horizon",
        "alpha",
        "beta1",
        "beta2",
        "t",
        "sharpness",
        "clipped",
        "h",
        "e",
        "rho",
        "a",
        "b",
        "c",
        "p",
        "r",
        "s",
        "Q",
        "C",
        "D",
        "loss",
        "loss1",
        "loss2",
        "alpha_edge",
        "rhat",
        "surrogate_loss",
        "gfs_sharpness",
    ] {
        for (field, value) in [("constants", "1"), ("define", "t")] {
            let statement =
                format!(r#"{{"{field}":{{"{name}":"{value}"}},"then":[[">=","t","0"]]}}"#);
            let bytes = alone(&statement, "certified");
            assert_eq!(verdict(&bytes), Some(Kind::Format), "{field}: {name}");
        }
    }
}

/// The error bound of a ball is not less than its numbers, also if it is wide for its midpoint.
#[test]
fn wide_balls_bound_errors() {
    for (lower, upper) in [
        (-1, 3),
        (-1000, 1002),
        (-(1 << 29), 1 + (1 << 29)),
        (5, 7),
        (-3, -1),
    ] {
        let ball = Ball::whole(lower)
            .hull(&Ball::whole(upper), 64)
            .expect("a hull");
        for k in [-3, 0, 2] {
            let error = ball.as_error(k).expect("an error");
            for end in [lower, upper] {
                let size = Ball::whole(end.abs()).scaled(k).expect("small");
                let (m, r, e) = error.parts();
                assert_eq!(m.bits(), 0);
                let reach = Ball::whole(i64::try_from(r).expect("small"))
                    .scaled(e)
                    .expect("small");
                assert_eq!(size.less(&reach, true), Some(true), "{lower} {upper} {k}");
            }
        }
    }
}

/// A step that the checker's balls do not reach is no contradiction, and no confirmation.
#[test]
fn a_witness_out_of_reach_is_left_open() {
    let mut json = parse(&accepted()["escape"]);
    let fields = object(&mut json);
    object(fields.get_mut("run").expect("run")).insert("steps".into(), Json::Integer(1000));
    let mut claim = claim(
        r#"{"scope":["steps","500","horizon"],"then":[["<","a","0"]]}"#,
        "violated",
    );
    let witness = r#"{"clause":0,"state":[[1,0],[1,0],[1,0]],"step":600}"#;
    object(&mut claim).insert("witness".into(), read(witness));
    fields.insert("claims".into(), Json::List(vec![claim]));
    let failure = check(&sealed_text(json)).expect_err("it is out of reach");
    assert_eq!(failure.kind, Kind::Rejected);
    let words = "the step of the witness is not reached";
    assert!(failure.message.contains(words), "{failure}");
}
