//! The checker of certificates on bytes from a coverage-guided fuzzer: it answers, and never
//! panics, overflows or hangs. Run it with `make fuzz`.
#![no_main]

use edgecert::check::{Certificate, check, json, json::Json};
use libfuzzer_sys::fuzz_target;

/// Steps and bits beyond which an answer is only slow.
const MOST_STEPS: u64 = 100;
const MOST_BITS: i64 = 512;

/// The same content with hashes that are right: a fuzzer does not guess them.
fn sealed(mut json: Json) -> Option<Json> {
    let Json::Object(fields) = &mut json else {
        return None;
    };
    let run = fields.get("run")?.hash();
    fields.insert("run_sha256".into(), Json::Text(run));
    if let Some(Json::List(claims)) = fields.get_mut("claims") {
        for claim in claims {
            if let Json::Object(claim) = claim
                && let Some(hash) = claim.get("statement").map(Json::hash)
            {
                claim.insert("sha256".into(), Json::Text(hash));
            }
        }
    }
    fields.remove("sha256");
    let hash = json.hash();
    if let Json::Object(fields) = &mut json {
        fields.insert("sha256".into(), Json::Text(hash));
    }
    Some(json)
}

fn is_small(json: &Json) -> bool {
    let Json::Object(fields) = json else {
        return false;
    };
    let few = |json: &Json| json.integer().is_ok_and(|bits| bits <= MOST_BITS);
    fields.get("precision").is_some_and(few)
}

fuzz_target!(|bytes: &[u8]| {
    // A wrong hash is found before anything is computed.
    let _ = Certificate::read(bytes);
    let Ok(json) = json::read(bytes.strip_suffix(b"\n").unwrap_or(bytes)) else {
        return;
    };
    let mut text = String::new();
    json.write(&mut text);
    assert_eq!(
        text.as_bytes(),
        bytes.strip_suffix(b"\n").unwrap_or(bytes),
        "there is one text for each content"
    );
    let Some(json) = sealed(json).filter(is_small) else {
        return;
    };
    text.clear();
    json.write(&mut text);
    text.push('\n');
    if let Ok(certificate) = Certificate::read(text.as_bytes())
        && certificate.steps() <= MOST_STEPS
    {
        let _ = check(text.as_bytes());
    }
});
