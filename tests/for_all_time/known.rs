//! Two runs whose answers are known.

use edgecert::input::Run;
use edgecert::verdict::all_time::{AllTime, Argument};
use rug::{Float, Rational};

use crate::common::{parameters, q, run, start};
use crate::{ORACLE_BITS, float, lower, orbit, outcome_of, tiny, upper};

fn paper(steps: u64) -> Run {
    let mut run = run(
        parameters("100", "1/100", "1/20", None),
        start("63/100", "1/100", "1/2"),
        steps,
    );
    run.targets.delta = ["1/2", "1/10", "1/100", "1/1000"].map(q).into();
    run.targets.epsilon = vec![q("1/10000000000")];
    run
}

/// sup over T ≤ t ≤ last of ηS − 2, for all T.
fn suprema(run: &Run, last: u64) -> Vec<Float> {
    let mut orbit = orbit(run);
    let mut values = Vec::new();
    for _ in 0..=last {
        values.push(Float::with_val(80, orbit.eta_sharpness() - 2u32));
        orbit.advance();
    }
    let mut largest = values[values.len() - 1].clone();
    for value in values.iter_mut().rev() {
        largest = largest.max(value);
        value.clone_from(&largest);
    }
    values
}

/// δ*(T) contains the supremum, and never promises less after it.
fn check_excess(all_time: &AllTime, suprema: &[Float]) {
    assert!(!all_time.excess.is_empty());
    assert_eq!(all_time.excess[0].step, 0);
    let ends = all_time.excess[1..].iter().map(|next| next.step);
    let ends = ends.chain([suprema.len() as u64]);
    for (stair, end) in all_time.excess.iter().zip(ends) {
        let (low, high) = (lower(&stair.value), upper(&stair.value));
        let truth = |t: u64| &suprema[usize::try_from(t).expect("small")];
        assert!(low <= Float::with_val(ORACLE_BITS, truth(stair.step) + tiny(20)));
        assert!(
            (stair.step..end).all(|t| *truth(t) <= Float::with_val(ORACLE_BITS, &high + tiny(20)))
        );
    }
}

#[test]
fn the_run_of_sixty_thousand_steps_has_its_known_answers() {
    let run = paper(60_000);
    let outcome = outcome_of(&run);
    let all_time = &outcome.all_time;
    let closed = all_time.final_trap.as_ref().expect("a final trap");
    assert!(closed.first <= 52_450, "{}", closed.first);
    assert!(all_time.limit_is_known() && all_time.escape.is_none());

    let proved_by = [12_500, 18_750, 29_500, 40_750];
    let holds_from = [6_841, 16_378, 21_538, 24_849];
    for ((row, proved_by), holds_from) in all_time.sharpness.iter().zip(proved_by).zip(holds_from) {
        let since = row.from.as_ref().expect("a step");
        assert!(since.proved_at <= proved_by, "{since:?}");
        assert_eq!((since.step, since.by), (holds_from, Argument::DeltaTrap));
    }
    let loss = all_time.loss[0].from.as_ref().expect("a step");
    assert!(loss.step <= 101_152, "{loss:?}");
    assert_eq!(loss.by, Argument::FinalTrap);

    let suprema = suprema(&run, 60_000);
    for (row, t) in all_time
        .sharpness
        .iter()
        .zip([6_840, 16_377, 21_537, 24_848])
    {
        assert!(suprema[t] > float(&row.target) && suprema[t + 1] <= float(&row.target));
    }
    check_excess(all_time, &suprema);

    // L falls below 10⁻¹⁰ no later than said, and the late ηS is the limit.
    let mut orbit = orbit(&run);
    orbit.advance_by(loss.step);
    for _ in 0..2000 {
        assert!(orbit.loss() <= float(&q("1/10000000000")));
        orbit.advance();
    }
    orbit.advance_by(150_000);
    let limit = all_time.limit().expect("a limit");
    let late = orbit.eta_sharpness();
    assert!(lower(limit) <= late && late <= upper(limit), "{late}");
    let width = Float::with_val(64, upper(limit) - lower(limit));
    assert!(width < 3e-4, "{width}");
}

#[test]
fn the_clipped_run_has_its_known_answers() {
    let mut run = run(
        parameters("100", "1/100", "1/20", Some("1/10")),
        start("1/2", "1/10", "1"),
        48_560,
    );
    run.targets.delta = ["1/2", "1/10", "1/100", "1/1000"].map(q).into();
    run.targets.epsilon = vec![q("1/1000000")];
    let outcome = outcome_of(&run);
    let all_time = &outcome.all_time;
    let closed = all_time.final_trap.as_ref().expect("a final trap");
    assert!(closed.first <= 48_550, "{}", closed.first);
    let suprema = suprema(&run, run.steps);
    for (row, proved_by) in all_time
        .sharpness
        .iter()
        .zip([8_250, 14_750, 25_500, 36_750])
    {
        let since = row.from.as_ref().expect("a step");
        assert!(since.proved_at <= proved_by, "{since:?}");
        let target = float(&row.target);
        let first_good = suprema.iter().position(|x| *x <= target).expect("a step");
        assert_eq!(since.step, first_good as u64);
    }
    check_excess(all_time, &suprema);
}

#[test]
fn nothing_is_said_of_later_steps_before_a_trap_closes() {
    let all_time = outcome_of(&paper(2000)).all_time;
    assert!(!all_time.is_closed() && !all_time.limit_is_known());
    assert!(all_time.excess.is_empty() && all_time.limit().is_none());
    let rows = all_time.sharpness.iter().chain(&all_time.loss);
    assert!(rows.into_iter().all(|row| row.from.is_none()));
}

#[test]
fn a_run_that_diverges_closes_no_trap() {
    let run = run(
        parameters("100", "1/100", "1/12", None),
        start("1/2", "1/10", "1"),
        2500,
    );
    let all_time = outcome_of(&run).all_time;
    assert!(all_time.escape.is_some());
    assert!(!all_time.is_closed() && all_time.excess.is_empty());
    let targets: Vec<Rational> = run.targets.delta.clone();
    assert_eq!(targets.len(), all_time.sharpness.len());
    let rows = all_time.sharpness.iter().chain(&all_time.loss);
    assert!(rows.into_iter().all(|row| row.from.is_none()));
}
