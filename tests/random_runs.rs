//! The claims that are theorems, on random runs: whatever the start, the parameters and the
//! projection, none may be refuted, all are decided unless the run ends too early, and each is
//! certified on several runs.
#![cfg(feature = "engine")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use common::{parameters, run, start};
use edgecert::certify::{Options, certify};
use edgecert::claim::{Claim, file};
use edgecert::input::Run;
use edgecert::model;
use edgecert::verdict::{Reason, Verdict};

/// Claims about single runs, which another run may violate.
const NO_THEOREMS: [&str; 2] = ["theorem-4.1.bound", "theorem-4.1.eventually"];

/// The claims whose proofs stand in a document.
fn claims(document: &str) -> Vec<Arc<Claim>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs/liu2025");
    let mut claims = file::load_all(&[folder], &model::names()).unwrap_or_else(|e| panic!("{e}"));
    claims.retain(|claim| {
        claim.proof.starts_with(document) && !NO_THEOREMS.contains(&claim.id.as_str())
    });
    // A window of steps that the runs below have.
    for (name, value) in claims
        .iter_mut()
        .flat_map(|c| &mut Arc::make_mut(c).constants)
    {
        match name.as_str() {
            "begin" => *value = 100.into(),
            "end" => *value = 300.into(),
            _ => {}
        }
    }
    claims
}

/// Numbers from a linear congruential sequence (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let n = choices.len() as u64;
        choices[usize::try_from(self.below(n)).expect("small")]
    }

    /// A multiple of 1/1000 in [low, high).
    fn between(&mut self, low: i64, high: i64) -> String {
        let n = self.below(1000 * high.abs_diff(low));
        format!("{}/1000", i64::try_from(n).expect("small") + 1000 * low)
    }

    /// None, or a bound from 5/101 to 49/101: none at which b is a round number of the claims.
    fn clip(&mut self) -> Option<String> {
        (self.below(3) == 0).then(|| format!("{}/101", 5 + self.below(45)))
    }
}

/// From anywhere.
fn anywhere(random: &mut Random) -> Run {
    let lambda1 = random.one_of(&["1", "2", "10", "100"]);
    let lambda2 = random.one_of(&["1/100", "1/10", "1/2", "9/10"]);
    let eta = random.one_of(&["1", "1/2", "1/3", "1/12", "1/20", "1/40"]);
    let from = [2, 1, 3].map(|size| random.between(-size, size));
    let parameters = parameters(lambda1, lambda2, eta, random.clip().as_deref());
    run(parameters, start(&from[0], &from[1], &from[2]), 100)
}

/// From the region α, β₂ > 0, αβ₂ ≤ 1 more often than not, near the edge, with a β₁ of any size.
fn near_the_edge(random: &mut Random) -> Run {
    let lambda2 = random.one_of(&["1/100", "1/10"]);
    let eta = random.one_of(&["1/12", "1/20", "1/40", "1/60"]);
    let alpha = random.between(0, 1);
    let beta1 = format!(
        "1/{}",
        3 * 10u64.pow(u32::try_from(random.below(8)).expect("small"))
    );
    let beta2 = random.between(0, 2);
    let parameters = parameters("100", lambda2, eta, random.clip().as_deref());
    run(parameters, start(&alpha, &beta1, &beta2), 400)
}

/// Certifies these claims on so many runs, and counts on how many each was certified.
fn none_is_refuted(claims: &[Arc<Claim>], runs: u64, draw: fn(&mut Random) -> Run, least: u64) {
    let mut random = Random(5);
    let mut certified: BTreeMap<&str, u64> = BTreeMap::new();
    for _ in 0..runs {
        let mut run = draw(&mut random);
        run.claims = claims.to_vec();
        let shown = format!("{:?} {:?}", run.parameters, run.start);
        let go = AtomicBool::new(false);
        let outcome = certify(&run, &Options::default(), &go, &mut |_| ())
            .unwrap_or_else(|e| panic!("{shown}: {e}"));
        for (claim, result) in claims.iter().zip(&outcome.claims) {
            match result.verdict {
                Verdict::Certified => *certified.entry(&claim.id).or_default() += 1,
                Verdict::Vacuous => {}
                Verdict::Violated => panic!("{}: {shown}: {:?}", claim.id, result.violation),
                Verdict::Undecided => {
                    let obstacle = result.obstacle.as_ref();
                    let early = obstacle
                        .is_none_or(|o| matches!(o.reason, Reason::Escape | Reason::Horizon));
                    assert!(early, "{}: {shown}: {obstacle:?}", claim.id);
                }
            }
        }
    }
    for claim in claims {
        let count = certified.get(&*claim.id).copied().unwrap_or(0);
        println!("{}: {count}", claim.id);
        assert!(
            count >= least,
            "{}: certified on {count} runs only",
            claim.id
        );
    }
}

/// Tests: definition-3.1.stable-set, loss-decomposition, lemma-5.1.change, lemma-5.1.clipping,
/// Tests: lemma-5.1.gfs, theorem-5.2.linearised, theorem-5.2.loss-only,
/// Tests: theorem-5.2.loss-only.upper, theorem-5.2.sharp, theorem-5.2.telescoped,
/// Tests: remark-5.3.growth, remark-5.3.monotone, section-5.sandwich
#[test]
fn no_claim_of_section_5_is_refuted() {
    let claims = claims("section-5.md#");
    assert_eq!(claims.len(), 13);
    none_is_refuted(&claims, 150, anywhere, 5);
}

/// Tests: gradient, hessian, identity-1, identity-2, identity-3, identity-4, identity-flow,
/// Tests: identity-map, proposition-1, proposition-2.sandwich, lemma-4.2.invariant-region,
/// Tests: lemma-4.2.lower-bound, lemma-4.2.potential, lemma-4.2.potential.decreases,
/// Tests: lemma-4.2.potential.overshoot, lemma-4.5.decay, theorem-4.1.delta-trap,
/// Tests: theorem-4.1.final-trap, theorem-4.3.climb, theorem-4.3.sharpening,
/// Tests: theorem-4.3.step-count, theorem-4.3.undershoot, theorem-4.4.duration,
/// Tests: theorem-4.4.growth, theorem-4.4.overshoot, theorem-4.4.spike-height,
/// Tests: theorem-4.6.surrogate
#[test]
fn no_claim_about_the_dynamics_is_refuted() {
    let claims = claims("dynamics.md#");
    assert_eq!(claims.len(), 27);
    none_is_refuted(&claims, 150, near_the_edge, 5);
}

/// Tests: constrained-trajectory.eigenvector
#[test]
fn no_claim_about_the_flow_is_refuted() {
    let claims = claims("flow.md#");
    assert_eq!(claims.len(), 1);
    none_is_refuted(&claims, 40, anywhere, 5);
}
