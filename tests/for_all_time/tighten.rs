//! The best constants of `edgecert tighten`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use edgecert::certify::{Options, certify};
use edgecert::input::Run;
use edgecert::tighten::{Best, TightRun, Tightened, tighten};
use edgecert::verdict::Verdict;
use rug::{Float, Rational};

use crate::common::{parameters, q, run, start};
use crate::support::{claim, small};
use crate::{ORACLE_BITS, float, lower, orbit, tiny, upper};

fn tightened(run: &Run, lines: &str, width: &Rational) -> TightRun {
    let mut run = run.clone();
    run.claims = vec![claim(lines)];
    let interrupt = AtomicBool::new(false);
    tighten(&run, width, &Options::default(), &interrupt, &mut |_| {})
        .unwrap_or_else(|e| panic!("{e}"))
}

fn best(run: &Run, lines: &str, width: &Rational) -> Tightened {
    let mut result = tightened(run, lines, width);
    assert_eq!(result.constants.len(), 1);
    result.constants.remove(0)
}

/// The verdict with another value of the only constant.
fn verdict(run: &Run, lines: &str, value: &Rational) -> (Verdict, Option<u64>) {
    let mut run = run.clone();
    let mut claim = claim(lines).as_ref().clone();
    claim.constants[0].1 = value.clone();
    run.claims = vec![Arc::new(claim)];
    let interrupt = AtomicBool::new(false);
    let outcome = certify(&run, &Options::default(), &interrupt, &mut |_| {})
        .unwrap_or_else(|e| panic!("{e}"));
    let result = &outcome.claims[0];
    (result.verdict, result.violation.as_ref().map(|v| v.step))
}

/// A run with spikes.
fn spiking(steps: u64) -> Run {
    run(
        parameters("100", "1/100", "1/20", None),
        start("31/50", "1/100", "3/4"),
        steps,
    )
}

/// The largest value over the steps 0 to `steps`, and where it is.
fn largest(run: &Run, value: impl Fn(&crate::oracle::Orbit) -> Float) -> (Float, u64) {
    let mut orbit = orbit(run);
    let mut best = (value(&orbit), 0);
    for _ in 0..run.steps {
        orbit.advance();
        let new = value(&orbit);
        if new > best.0 {
            best = (new, orbit.step);
        }
    }
    best
}

#[test]
fn an_attained_value_is_the_largest_over_all_steps() {
    let run = spiking(1500);
    let width = q("1/10000000000000000000000000000000000000000");
    for (name, value) in [
        (
            "b",
            crate::oracle::Orbit::b as fn(&crate::oracle::Orbit) -> Float,
        ),
        ("a", crate::oracle::Orbit::a),
        ("eta*sharpness", crate::oracle::Orbit::eta_sharpness),
    ] {
        let lines = format!(
            "constants = {{ k = 3 }}\nfor = 'every step'\nthen = '{name} <= k'\n\
             tight = {{ constant = 'k', from = '{name}', best = 'greatest' }}"
        );
        let tightened = best(&run, &lines, &width);
        assert_eq!(tightened.verdict, Verdict::Certified);
        let Best::Attained {
            value: ball,
            at: place,
        } = &tightened.best
        else {
            panic!("{:?}", tightened.best);
        };
        let (truth, at) = largest(&run, value);
        assert_eq!(place.step(), Some(at), "{name}");
        let (low, high) = (ball.lower_float(ORACLE_BITS), ball.upper_float(ORACLE_BITS));
        assert!(
            low <= truth && truth <= high,
            "{name}: {low} {truth} {high}"
        );
        assert!(
            Float::with_val(ORACLE_BITS, &high - &low) <= float(&width),
            "{name}"
        );
        let distance = tightened.distance().expect("a distance");
        let truth = Float::with_val(ORACLE_BITS, 3u32 - truth);
        assert!(lower(&distance) <= truth && truth <= upper(&distance));
    }
}

#[test]
fn a_value_between_is_certified_at_one_end_and_violated_at_the_other() {
    let run = spiking(600);
    let width = q("1/1000000000000");
    let lines = "constants = { k = 1 }\nfor = 'every step'\nthen = 'b <= k'";
    let tightened = best(&run, lines, &width);
    let Best::Between {
        certified,
        violated,
        step,
    } = &tightened.best
    else {
        panic!("{:?}", tightened.best);
    };
    assert!(Rational::from(certified - violated).abs() <= width);
    assert_eq!(verdict(&run, lines, certified).0, Verdict::Certified);
    assert_eq!(
        verdict(&run, lines, violated),
        (Verdict::Violated, Some(*step))
    );
    let (truth, at) = largest(&run, crate::oracle::Orbit::b);
    assert!(float(violated) < truth && truth <= float(certified));
    assert!(*step <= at);
    let distance = tightened.distance().expect("a distance");
    let truth = Float::with_val(ORACLE_BITS, 1u32 - truth);
    assert!(lower(&distance) <= truth && truth <= upper(&distance));
}

#[test]
fn a_violated_claim_has_a_best_constant_too() {
    let run = spiking(600);
    let width = q("1/1000000");
    let lines = "constants = { k = '1/1000' }\nfor = 'every step'\nthen = 'b <= k'";
    let tightened = best(&run, lines, &width);
    assert_eq!(tightened.verdict, Verdict::Violated);
    let Best::Between {
        certified,
        violated,
        ..
    } = &tightened.best
    else {
        panic!("{:?}", tightened.best);
    };
    assert!(violated < certified && Rational::from(certified - violated) <= width);
    assert_eq!(verdict(&run, lines, certified).0, Verdict::Certified);
    assert_eq!(verdict(&run, lines, violated).0, Verdict::Violated);
}

#[test]
fn a_constant_that_does_not_matter_is_indifferent() {
    let lines = "constants = { k = 1 }\nfor = 'every step'\nthen = 'k*b >= 0 or b < 1'";
    let tightened = best(&small(20), lines, &q("1/1000"));
    assert!(
        matches!(tightened.best, Best::Indifferent { .. }),
        "{:?}",
        tightened.best
    );
    assert!(tightened.distance().is_none());
}

#[test]
fn a_best_constant_over_all_later_steps_has_both_ends() {
    // sup of β₂ over all t is its limit.
    let run = small(50);
    let lines = "constants = { k = 4 }\nfor = 'for all t >= 0'\nthen = 'b <= k'\n\
                 tight = { constant = 'k', from = 'b', best = 'greatest' }";
    let tightened = best(&run, lines, &q("1/1000000000"));
    let Best::Attained { value, at } = &tightened.best else {
        panic!("{:?}", tightened.best);
    };
    let truth = orbit(&run).b();
    assert_eq!(at.step(), Some(0));
    assert!(value.lower_float(ORACLE_BITS) <= truth && truth <= value.upper_float(ORACLE_BITS));
}

#[test]
fn the_excess_of_a_tightened_run_contains_the_supremum() {
    let run = small(80);
    let lines = "constants = { k = 1 }\nfor = 'every step'\nthen = 'b <= k'";
    let result = tightened(&run, lines, &q("1/100"));
    assert!(!result.interrupted && !result.all_time.excess.is_empty());
    for stair in &result.all_time.excess {
        let mut orbit = orbit(&run);
        orbit.advance_by(stair.step);
        let mut sup = Float::with_val(ORACLE_BITS, orbit.eta_sharpness() - 2u32);
        for _ in 0..20_000 {
            orbit.advance();
            let new = Float::with_val(ORACLE_BITS, orbit.eta_sharpness() - 2u32);
            sup = sup.max(&new);
        }
        assert!(lower(&stair.value) <= sup.clone() + tiny(40));
        assert!(sup <= upper(&stair.value) + tiny(40));
    }
}
