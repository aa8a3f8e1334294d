//! The decoder on bytes from anywhere: it answers, and never panics, overflows or hangs.
//!
//! `FUZZ_SECONDS=600 cargo test --test checker decoder` goes on for ten minutes.

use std::time::{Duration, Instant};

use edgecert::check::{Certificate, json};
use proptest::prelude::*;

use super::{accepted, changes, mutations, parse, sealed, text, verdict};

/// Numbers that look random (xorshift), the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n.max(1) as u64).expect("small")
    }
}

/// Pieces that mean something to the decoder.
const WORDS: [&[u8]; 24] = [
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b":",
    b"\"",
    b"0",
    b"-",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"\"1/3\"",
    b"\"-1\"",
    b"\"alpha'\"",
    b"[\"^\",\"alpha\",64]",
    b"[\"/\",\"1\",\"s\"]",
    b"[\"log\",\"s\"]",
    b"[\"exp\",[\"/\",\"1\",\"b\"]]",
    b"[\"F\",\"a\"]",
    b"[\"start\",\"a'\"]",
    b"[\"running_sum\",\"a\"]",
    b"[\"not\",\"clipped\"]",
    b"[\"each stretch where\",\"clipped'\"]",
    b"[\"eventually always\"]",
];

/// Bytes changed, cut out, put in, copied from elsewhere.
fn garbled(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..end, WORDS[random.below(WORDS.len())].iter().copied())),
            3 => {
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

#[test]
fn garbled_certificates_are_answered() {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(3);
    let end = Instant::now() + Duration::from_secs(seconds);
    let seeds: Vec<Vec<u8>> = accepted()
        .into_values()
        .filter(|b| b.len() < 10_000)
        .collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut count, mut read) = (0_u64, 0_u64);
    while Instant::now() < end {
        let seed = &seeds[random.below(seeds.len())];
        let bytes = garbled(seed, &mut random);
        if bytes != *seed {
            assert_ne!(verdict(&bytes), None, "{}", String::from_utf8_lossy(&bytes));
        }
        count += 1;
        // Where it is JSON still, with hashes that are right: far into the checker.
        if let Some(line) = bytes.strip_suffix(b"\n")
            && let Ok(json) = json::read(line)
            && let Ok(certificate) = Certificate::read(&text(&sealed(json, true)))
        {
            read += 1;
            if certificate.steps() < 1000 {
                let _ = certificate.examine();
            }
        }
    }
    println!("{count} texts, {read} of them certificates");
}

/// Two changes at a time, with all hashes right again.
#[test]
fn certificates_with_two_changes_are_answered() {
    let end = Instant::now() + Duration::from_secs(3);
    let json = parse(&accepted()["everything"]);
    let all = mutations(&json);
    let mut random = Random(1);
    while Instant::now() < end {
        let (_, once) = &all[random.below(all.len())];
        let twice = mutations(once);
        let (_, changed) = &twice[random.below(twice.len())];
        if let Ok(certificate) = Certificate::read(&text(&sealed(changed.clone(), true)))
            && certificate.steps() < 1000
        {
            let _ = certificate.examine();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_ne!(verdict(&bytes), None);
    }

    /// What is read is what is written.
    #[test]
    fn canonical_texts_are_unique(pieces in prop::collection::vec(prop::sample::select(&WORDS[..]), 1..12)) {
        let bytes = pieces.concat();
        if let Ok(json) = json::read(&bytes) {
            let mut text = String::new();
            json.write(&mut text);
            prop_assert_eq!(text.as_bytes(), &bytes[..]);
            prop_assert!(!changes(&json).is_empty());
        }
    }
}
