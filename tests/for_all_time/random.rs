//! Random runs, against the oracle run on to three times their steps.

use edgecert::input::Run;
use edgecert::model::{Parameters, State};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use rug::{Float, Rational};

use crate::common::{point, q, run};
use crate::{ORACLE_BITS, float, lower, orbit, outcome_of, tiny, upper};

const STEPS: u64 = 1500;

fn exact(x: f64) -> Rational {
    Rational::from_f64(x).expect("finite")
}

fn logarithmic(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

/// Runs near the edge of stability on which all happens within a few thousand steps.
fn runs() -> impl Strategy<Value = Run> {
    (
        logarithmic(1.0, 8.0),
        logarithmic(1e-3, 0.2),
        1.0..2.3f64,
        logarithmic(1e-8, 0.3),
        logarithmic(1e-2, 0.9),
        proptest::option::of(1.0..3.0f64),
    )
        .prop_map(|(h, rho, a, b, s, clip)| {
            let rho = rho.min(0.05 / (h * h)).max(1e-3);
            let alpha = (a / h).sqrt();
            let beta1 = (b / h).sqrt();
            let parameters = Parameters {
                lambda1: Rational::from(10),
                lambda2: exact(rho) * 10u32,
                eta: exact(h) / 10u32,
                clip: clip.map(|ratio| exact(beta1 * ratio)),
            };
            let start = State {
                alpha: point(&exact(alpha)),
                beta1: point(&exact(beta1)),
                beta2: point(&exact((1.0 - s) / alpha)),
            };
            let mut run = run(parameters, start, STEPS);
            run.targets.delta = ["1/2", "1/10", "1/100", "1/1000000"].map(q).into();
            run.targets.epsilon = ["1/1000", "1/1000000", "1/10000000000000"].map(q).into();
            run
        })
}

/// ηS − 2 and L at each step.
fn truth(run: &Run, steps: u64) -> Option<Vec<[Float; 2]>> {
    let mut orbit = orbit(run);
    let mut values = Vec::new();
    for _ in 0..=steps {
        if orbit.a() > 1e6 {
            return None;
        }
        let excess = Float::with_val(ORACLE_BITS, orbit.eta_sharpness() - 2u32);
        values.push([excess, orbit.loss()]);
        orbit.advance();
    }
    Some(values)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Tests: theorem-4.1.eventually
    #[test]
    fn what_is_said_of_later_steps_is_true(run in runs()) {
        let all_time = outcome_of(&run).all_time;
        let truth = truth(&run, 3 * STEPS);
        if all_time.escape.is_some() || truth.is_none() {
            prop_assert!(!all_time.is_closed());
        }
        let rows = [&all_time.sharpness, &all_time.loss];
        let Some(truth) = truth else {
            prop_assert!(rows.iter().all(|rows| rows.iter().all(|row| row.from.is_none())));
            return Ok(());
        };
        for (kind, rows) in rows.into_iter().enumerate() {
            for row in rows {
                let Some(since) = &row.from else { continue };
                prop_assert!(since.proved_at <= STEPS);
                let target = float(&row.target) + tiny(100);
                let later = usize::try_from(since.step).unwrap_or(usize::MAX);
                let fails = truth.iter().skip(later).position(|values| values[kind] > target);
                prop_assert!(fails.is_none(), "{row:?} fails {fails:?} steps later");
                // Over the steps made nothing is given away.
                if since.step > 0 && since.step <= STEPS {
                    let before = &truth[later - 1][kind];
                    prop_assert!(*before > float(&row.target) * 0.999_999f64, "{row:?}");
                }
            }
        }
        let mut suprema: Vec<Float> = truth.iter().map(|values| values[0].clone()).collect();
        for t in (0..suprema.len() - 1).rev() {
            let next = suprema[t + 1].clone();
            suprema[t].max_mut(&next);
        }
        for stair in &all_time.excess {
            let sup = &suprema[usize::try_from(stair.step).expect("small")];
            prop_assert!(*sup <= upper(&stair.value) + tiny(60));
            prop_assert!(lower(&stair.value) <= sup.clone() + tiny(60));
        }
        if let Some(limit) = all_time.limit() {
            let (late, last) = (&truth[truth.len() - 1], &truth[truth.len() - 2]);
            let moved = Float::with_val(ORACLE_BITS, &late[0] - &last[0]).abs();
            if moved < tiny(25) && late[1] < tiny(30) {
                let room = tiny(9);
                let late = late[0].clone() + 2u32;
                prop_assert!(lower(limit) - &room <= late && late <= upper(limit) + &room);
            }
        }
    }
}

#[test]
fn traps_close_on_many_of_the_random_runs() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut closed = [0; 2];
    for _ in 0..60 {
        let run = runs().new_tree(&mut runner).expect("a run").current();
        let all_time = outcome_of(&run).all_time;
        closed[0] += u32::from(all_time.final_trap.is_some());
        closed[1] += u32::from(all_time.delta_trap.is_some());
    }
    assert!(closed.iter().all(|&n| n >= 10), "{closed:?}");
}
