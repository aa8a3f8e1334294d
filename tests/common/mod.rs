//! Helpers shared by the integration tests.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::sync::Arc;

use edgecert::claim::SourceFile;
use edgecert::input::{Range, Run, Targets};
use edgecert::model::{Parameters, State};
use rug::Rational;

pub fn q(text: &str) -> Rational {
    text.parse()
        .unwrap_or_else(|_| panic!("not a rational: {text}"))
}

pub fn point(value: &Rational) -> Range {
    Range {
        lower: value.clone(),
        upper: value.clone(),
    }
}

pub fn parameters(lambda1: &str, lambda2: &str, eta: &str, clip: Option<&str>) -> Parameters {
    Parameters {
        lambda1: q(lambda1),
        lambda2: q(lambda2),
        eta: q(eta),
        clip: clip.map(q),
    }
}

pub fn start(alpha: &str, beta1: &str, beta2: &str) -> State<Range> {
    State {
        alpha: point(&q(alpha)),
        beta1: point(&q(beta1)),
        beta2: point(&q(beta2)),
    }
}

/// A run without claims.
pub fn run(parameters: Parameters, start: State<Range>, steps: u64) -> Run {
    Run {
        title: "test".into(),
        parameters,
        start,
        steps,
        claims: Vec::new(),
        expect: BTreeMap::new(),
        targets: Targets::default(),
        file: Arc::new(SourceFile {
            path: "test.toml".into(),
            text: String::new(),
        }),
    }
}

/// One exact step of (clipped) gradient descent, written from the definition of the loss.
pub fn exact_step(p: &Parameters, x: &State<Rational>) -> State<Rational> {
    let r = Rational::from(&x.alpha * &x.beta2) - 1u32;
    let ab = Rational::from(&x.alpha * &x.beta1);
    let gradient_alpha =
        Rational::from(&p.lambda1 * &ab) * &x.beta1 + Rational::from(&p.lambda2 * &r) * &x.beta2;
    let gradient_beta1 = Rational::from(&p.lambda1 * &ab) * &x.alpha;
    let gradient_beta2 = Rational::from(&p.lambda2 * &r) * &x.alpha;
    let mut next = State {
        alpha: &x.alpha - gradient_alpha * &p.eta,
        beta1: &x.beta1 - gradient_beta1 * &p.eta,
        beta2: &x.beta2 - gradient_beta2 * &p.eta,
    };
    if let Some(bound) = &p.clip {
        next.beta1 = next.beta1.clamp(&Rational::from(-bound), bound).clone();
    }
    next
}
