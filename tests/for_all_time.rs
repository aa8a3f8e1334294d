//! What is said of all later steps, against long runs of an independent oracle.

#[path = "for_all_time/claims.rs"]
mod claims;
mod common;
#[path = "for_all_time/known.rs"]
mod known;
mod oracle;
#[path = "for_all_time/random.rs"]
mod random;
#[allow(dead_code)]
#[path = "verdicts/support.rs"]
mod support;
#[path = "for_all_time/tighten.rs"]
mod tighten;

use std::sync::atomic::AtomicBool;

use edgecert::certify::{Options, Outcome, certify};
use edgecert::input::Run;
use edgecert::number::Interval;
use rug::{Float, Rational};

use oracle::Orbit;

const ORACLE_BITS: u32 = 512;

/// What is proved of the run, whose claims are left as they are.
fn outcome_of(run: &Run) -> Outcome {
    let interrupt = AtomicBool::new(false);
    certify(run, &Options::default(), &interrupt, &mut |_| {}).unwrap_or_else(|e| panic!("{e}"))
}

/// The oracle at the start of a run from a point.
fn orbit(run: &Run) -> Orbit {
    let p = &run.parameters;
    Orbit::new(
        ORACLE_BITS,
        [&p.eta, &p.lambda1, &p.lambda2],
        p.clip.as_ref(),
        run.start.as_array().map(|range| &range.lower),
    )
}

fn float(q: &Rational) -> Float {
    Float::with_val(ORACLE_BITS, q)
}

fn lower(x: &Interval) -> Float {
    let (m, e) = x.lower();
    shifted(m, e)
}

fn upper(x: &Interval) -> Float {
    let (m, e) = x.upper();
    shifted(m, e)
}

fn shifted(m: f64, e: i64) -> Float {
    let e = i32::try_from(e).expect("a moderate exponent");
    Float::with_val(ORACLE_BITS, m) << e
}

/// 10⁻ⁿ, room for the oracle's rounding errors, which are far below.
fn tiny(n: u32) -> Float {
    Float::with_val(ORACLE_BITS, Float::u_pow_u(10, n)).recip()
}
