//! Claims about steps that are not made.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use edgecert::certify::{Options, certify};
use edgecert::input::{Range, Run};
use edgecert::verdict::{ClaimResult, Reason, Verdict};
use rug::{Float, Integer, Rational};

use crate::common::{parameters, q, run, start};
use crate::support::{certified, check, claim, outcome, small, undecided, vacuous, violated};
use crate::{ORACLE_BITS, lower, orbit, outcome_of, tiny, upper};

const EVENTUALLY: &str = "for = 'eventually always'\n";

fn eventually(conclusion: &str) -> String {
    format!("{EVENTUALLY}then = '{conclusion}'")
}

/// `for all t >= first`, where `first` is a constant of the claim.
fn from_step(first: u64, conclusion: &str) -> String {
    format!("constants = {{ N = {first} }}\nfor = 'for all t >= N'\nthen = '{conclusion}'")
}

/// The paper's setting with η = 1/12, which diverges.
fn divergent() -> Run {
    run(
        parameters("100", "1/100", "1/12", None),
        start("1/2", "1/10", "1"),
        2500,
    )
}

/// A run whose final trap closes after some hundred steps.
fn later() -> Run {
    run(
        parameters("100", "1", "1/20", None),
        start("3/5", "1/100", "1"),
        1200,
    )
}

#[track_caller]
fn note(result: &ClaimResult, words: &str) {
    let note = result.note.as_deref().unwrap_or_default();
    assert!(note.contains(words), "{note}");
}

/// A decimal just above (or below) x, to 12 digits.
fn near(x: &Float, above: bool) -> Rational {
    let exact = x.to_rational().expect("finite");
    let scale = Rational::from((Integer::from(Integer::u_pow_u(2, 40)), 1));
    let unit = exact.clone() / scale;
    if above { exact + unit } else { exact - unit }
}

#[test]
fn a_bound_that_holds_for_ever_is_certified() {
    let run = small(100);
    let result = certified(&run, &eventually("sharpness <= 2/eta"));
    note(&result, "at every step from 0 on, for ever: the final trap");
    certified(&run, &eventually("loss < 1/1000 and b < 1/1000"));
    // Not yet below within the steps made, but by the rate of Theorem 12.
    let result = certified(&run, &eventually("b <= 1/10^60"));
    let text = result.note.expect("a note");
    let step: u64 = text
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .expect("a step");
    let mut orbit = orbit(&run);
    orbit.advance_by(step);
    assert!(step > 100 && orbit.b() <= tiny(60), "{text}");
}

#[test]
fn the_step_said_is_the_first_from_which_it_holds() {
    let run = small(100);
    let mut orbit = orbit(&run);
    orbit.advance_by(40);
    let level = near(&orbit.b(), true);
    let result = certified(&run, &eventually(&format!("b <= {level}")));
    note(&result, "at every step from 40 on");
    // A hypothesis that fails makes the steps before irrelevant.
    let lines = format!(
        "when = 'b <= {level}'\n{}",
        eventually(&format!("b <= {level}"))
    );
    note(&certified(&run, &lines), "at every step from 0 on");
}

#[test]
fn a_bound_that_fails_for_ever_is_violated() {
    let run = small(100);
    let result = check(&run, &eventually("b > 1/1000"));
    assert_eq!(result.verdict, Verdict::Violated, "{result:?}");
    note(&result, "it fails for ever: the final trap");
    let violation = result.violation.expect("a violation");
    let mut orbit = orbit(&run);
    orbit.advance_by(violation.step);
    assert!(orbit.b() <= Float::with_val(64, 1e-3));
    // It becomes false only beyond the steps made.
    let result = check(&run, &eventually("b > 1/10^60"));
    assert_eq!(result.verdict, Verdict::Violated, "{result:?}");
    let step = result.violation.expect("a violation").step;
    assert!((100..100_000).contains(&step), "{step}");
    orbit.advance_by(step - orbit.step);
    assert!(orbit.b() <= tiny(60));
}

#[test]
fn an_equality_in_the_limit_decides_nothing() {
    let run = small(100);
    undecided(&run, &eventually("b > 0"), Reason::Horizon);
    undecided(&run, &eventually("b = 0"), Reason::Horizon);
    undecided(&run, &eventually("s > 0"), Reason::Horizon);
    undecided(&run, &eventually("beta1 < 0"), Reason::Horizon);
    certified(&run, &eventually("b >= 0"));
}

#[test]
fn a_function_that_jumps_at_the_limit_decides_nothing() {
    // b > 0 for ever, so ⌈b⌉ = 1 at every step.
    undecided(&small(100), &eventually("ceil(b) < 1/2"), Reason::Horizon);
}

#[test]
fn a_value_that_exists_in_the_limit_alone_decides_nothing() {
    // −b < 0 at every step, and its limit is 0.
    undecided(&small(100), &eventually("sqrt(-b) < 1/2"), Reason::Horizon);
    certified(&small(100), &eventually("sqrt(b) < 1/2"));
}

#[test]
fn the_limit_of_a_delta_trap_is_strictly_below_any_larger_bound() {
    let run = run(
        parameters("100", "1/100", "1/20", None),
        start("63/100", "1/100", "1/2"),
        13_000,
    );
    let outcome = outcome_of(&run);
    assert!(outcome.all_time.final_trap.is_none() && outcome.all_time.limit_is_known());
    let result = certified(&run, &eventually("sharpness < (2 + 1/1000000)/eta"));
    note(
        &result,
        "from some step on, which is not known, for ever: the δ-trap",
    );
    certified(&run, &eventually("loss <= 1/10^30"));
    undecided(&run, &eventually("sharpness <= 2/eta"), Reason::Horizon);
    undecided(&run, &eventually("a > 19/10"), Reason::Horizon);
}

#[test]
fn a_hypothesis_is_no_obstacle_to_what_holds_in_the_limit_but_no_help_either() {
    let run = small(100);
    // Nothing is known of the hypothesis: the conclusion is needed.
    let lines = format!("when = 's > 0'\n{}", eventually("b > 0"));
    undecided(&run, &lines, Reason::Horizon);
    // It never holds.
    let lines = format!("when = 'b > 1'\n{}", eventually("b > 2"));
    vacuous(&run, &lines);
    // It holds for ever, and the conclusion does not.
    let lines = format!("when = 'b < 1'\n{}", eventually("b > 1/2"));
    assert_eq!(check(&run, &lines).verdict, Verdict::Violated);
    let lines = format!("given = 'b > 1'\n{}", eventually("b > 1/2"));
    vacuous(&run, &lines);
}

#[test]
fn on_a_run_that_escapes_bounds_fail_for_ever() {
    let run = divergent();
    let escape = outcome_of(&run).all_time.escape.expect("an escape");
    let result = check(&run, &eventually("sharpness <= 3/eta"));
    assert_eq!(result.verdict, Verdict::Violated, "{result:?}");
    note(&result, "escape");
    assert!(result.violation.expect("a violation").step >= escape);
    assert_eq!(
        check(&run, &eventually("loss <= 1")).verdict,
        Verdict::Violated
    );
    certified(&run, &eventually("a >= 4 and b >= 4 and loss >= 11"));
    undecided(&run, &eventually("sharpness <= 1000/eta"), Reason::Horizon);
    undecided(&run, &eventually("p > 0"), Reason::Horizon);
}

#[test]
fn without_a_trap_nothing_is_said_of_later_steps() {
    let run = run(
        parameters("100", "1/100", "1/20", None),
        start("63/100", "1/100", "1/2"),
        300,
    );
    undecided(&run, &eventually("sharpness <= 100/eta"), Reason::Horizon);
    undecided(&run, &from_step(0, "sharpness <= 100/eta"), Reason::Horizon);
    violated(&run, &from_step(0, "t < 17"), 17);
    vacuous(&run, "for = 'from trap'\nthen = 'b < 1'");
}

#[test]
fn all_steps_made_count_and_all_later_ones() {
    let run = small(100);
    let mut orbit = orbit(&run);
    orbit.advance_by(40);
    let level = near(&orbit.b(), true);
    let conclusion = format!("b <= {level}");
    let result = certified(&run, &from_step(40, &conclusion));
    note(&result, "for all t ≥ 40: the final trap");
    assert_eq!(result.checked, 61);
    violated(&run, &from_step(39, &conclusion), 39);
    violated(&run, &from_step(0, &conclusion), 0);
}

#[test]
fn a_first_step_beyond_the_horizon_is_reached_by_the_trap_s_rate() {
    let run = small(100);
    let trap = outcome_of(&run).all_time.final_trap.expect("a trap").latest;
    let first = 700;
    let bound = trap.b_bound(first - trap.step).expect("a bound");
    let before = trap.b_bound(first - trap.step - 1).expect("a bound");
    let level = bound.upper_rational().expect("finite");
    assert!(level < before.upper_rational().expect("finite"));
    certified(&run, &from_step(first, &format!("b <= {level}")));
    undecided(
        &run,
        &from_step(first - 1, &format!("b <= {level}")),
        Reason::Horizon,
    );
    let mut orbit = orbit(&run);
    orbit.advance_by(first);
    assert!(orbit.b() <= upper(&bound));
    let result = violated(&run, &from_step(first, "b > 1"), first);
    let (left, right) = result.violation.and_then(|v| v.sides).expect("sides");
    assert!(lower(&left) <= orbit.b() && orbit.b() <= upper(&left));
    assert!(right.contains(&Rational::from(1)));
    // Some later steps obey it, some may not.
    undecided(
        &run,
        &from_step(first, &format!("b > {level}/10^50")),
        Reason::Horizon,
    );
}

#[test]
fn what_a_trap_knows_of_an_iterate_is_true_of_it() {
    let run = small(100);
    let mut orbit = orbit(&run);
    orbit.advance_by(100);
    let at = |x: &Float, above| near(x, above);
    let s = orbit.s();
    for (name, value) in [
        ("alpha", orbit.alpha.clone()),
        ("beta2", orbit.beta2.clone()),
        ("a", orbit.a()),
        ("s", s.clone()),
        ("p", Float::with_val(ORACLE_BITS, 1u32 - &s)),
        ("r", -s),
        ("loss", orbit.loss()),
    ] {
        for (relation, above) in [("<", false), (">", true)] {
            let level = at(&value, above == value.is_sign_positive());
            let result = check(&run, &from_step(100, &format!("{name} {relation} {level}")));
            assert_ne!(
                result.verdict,
                Verdict::Certified,
                "{name} {relation} {level}"
            );
        }
    }
    // Bounds that are nowhere near.
    for conclusion in [
        "alpha > 0 and alpha < 10",
        "beta2 > 0 and beta2 < 10",
        "p > 0 and p <= 1",
        "s >= 0 and r <= 0",
        "loss1 <= 1/1000 and loss2 <= 1/100",
        "abs(beta1) <= 1/10",
        "not b > 1",
        "b < 1 or a > 2",
    ] {
        certified(&run, &from_step(100, conclusion));
        certified(&run, &from_step(1000, conclusion));
    }
}

#[test]
fn the_index_of_an_iterate_has_no_value_on_a_tail() {
    undecided(&small(100), &from_step(0, "t >= 0"), Reason::Horizon);
    undecided(&small(100), &eventually("t >= 7"), Reason::Horizon);
}

#[test]
fn the_projection_may_still_act_once_on_a_start_outside() {
    // |β₁| = 1/10 and B = 1/100: the first step is clipped, the later ones are not.
    let clipped = |steps| {
        run(
            parameters("100", "1/100", "1/80", Some("1/100")),
            start("1/2", "1/10", "1"),
            steps,
        )
    };
    undecided(&clipped(0), &from_step(1, "not clipped"), Reason::Horizon);
    let result = certified(&clipped(0), &eventually("not clipped"));
    note(&result, "at every step from 2 on");
    certified(&clipped(0), &from_step(2, "not clipped"));
    certified(&clipped(50), &from_step(60, "not clipped"));
    certified(&clipped(50), &eventually("not clipped"));
    violated(&clipped(50), &from_step(1, "not clipped"), 1);
}

#[test]
fn a_claim_from_the_trap_on_begins_where_the_trap_closed() {
    let run = later();
    let first = outcome_of(&run).all_time.final_trap.expect("a trap").first;
    assert!(first > 0 && first < 1200, "{first}");
    let result = certified(&run, "for = 'from trap'\nthen = 'a <= 2 and b < 1'");
    assert_eq!(result.checked, 1201 - first);
    violated(&run, "for = 'from trap'\nthen = 'b > 1'", first);
    certified(&run, &format!("for = 'from trap'\nthen = 't >= {first}'"));
    violated(
        &run,
        &format!("for = 'from trap'\nthen = 't > {first}'"),
        first,
    );
    let short = Run {
        steps: first - 1,
        ..run
    };
    if outcome_of(&short).all_time.final_trap.is_none() {
        vacuous(&short, "for = 'from trap'\nthen = 'b > 1'");
    }
}

#[test]
fn a_tight_constant_covers_the_tail() {
    let run = small(100);
    let tight = |first: u64, best: &str, from: &str| {
        let lines = format!(
            "constants = {{ N = {first}, k = 100 }}\nfor = 'for all t >= N'\n\
             then = '-k <= {from}'\n\
             tight = {{ constant = 'k', from = '{from}', best = '{best}' }}"
        );
        certified(&run, &lines).tight.expect("a tight constant")
    };
    // b falls: its supremum over t ≥ 30 is the value at 30.
    let mut at = orbit(&run);
    at.advance_by(30);
    let largest = tight(30, "greatest", "b");
    assert!(lower(&largest.value) <= at.b() && at.b() <= upper(&largest.value));
    assert!(upper(&largest.value) <= at.b() * 1.000_001f64);
    // Its infimum is 0 and not attained.
    let least = tight(30, "least", "b");
    assert_eq!(lower(&least.value), 0);
    at.advance_by(70);
    assert!(upper(&least.value) <= at.b() * 1.000_001f64);
    // β₂ rises up to its limit, which is beyond all steps made.
    let largest = tight(30, "greatest", "beta2");
    at.advance_by(60_000);
    assert!(lower(&largest.value) <= at.beta2 && at.beta2 <= upper(&largest.value));
}

#[test]
fn claims_about_later_steps_that_make_no_sense_are_refused() {
    let refused = |lines: &str| {
        let mut run = small(10);
        run.claims = vec![claim(lines)];
        let interrupt = AtomicBool::new(false);
        certify(&run, &Options::default(), &interrupt, &mut |_| {})
            .expect_err(lines)
            .to_string()
    };
    for conclusion in [
        "b <= running_max(b)",
        "b <= start(b)",
        "running_sum(b) <= 1",
    ] {
        for lines in [eventually(conclusion), from_step(3, conclusion)] {
            let message = refused(&lines);
            assert!(message.contains("x.toml"), "{message}");
            assert!(message.contains("steps that are not made"), "{message}");
        }
    }
    for first in ["1/2", "-1", "alpha", "0.3"] {
        let message = refused(&format!("for = 'for all t >= {first}'\nthen = 'b < 1'"));
        assert!(message.contains("x.toml:6"), "{message}");
        assert!(message.contains("whole number"), "{message}");
    }
    // With no other conclusion it would hold at once, whether or not the goal is ever reached.
    let message = refused("for = 'some step to 9'\nreach = { goal = 'a > 1000', within = '3' }");
    assert!(message.contains("`reach` says by itself"), "{message}");
}

/// The outcome of a run with this claim, interrupted at `step` of pass number `pass`.
fn interrupted(run: &Run, lines: &str, pass: u32, step: u64) -> ClaimResult {
    let mut run = run.clone();
    run.claims = vec![claim(lines)];
    let interrupt = AtomicBool::new(false);
    let passes = Cell::new(0);
    let outcome = certify(&run, &Options::default(), &interrupt, &mut |progress| {
        if progress.step == 0 {
            passes.set(passes.get() + 1);
        }
        if passes.get() == pass && progress.step >= step {
            interrupt.store(true, Ordering::Relaxed);
        }
    });
    let outcome = outcome.unwrap_or_else(|e| panic!("{e}"));
    assert!(outcome.interrupted);
    assert!(
        outcome.passes.len() == pass as usize,
        "{:?}",
        outcome.passes
    );
    outcome.claims.into_iter().next().expect("a claim")
}

#[test]
fn an_interrupted_run_uses_a_trap_that_closed_before() {
    let result = interrupted(&small(3000), &from_step(0, "b <= 1"), 1, 1024);
    assert_eq!(result.verdict, Verdict::Certified, "{result:?}");
    // The traps of this run close later.
    let result = interrupted(&later(), &from_step(0, "b <= 1"), 1, 0);
    assert_eq!(result.verdict, Verdict::Undecided, "{result:?}");
}

#[test]
fn a_tail_that_begins_beyond_the_steps_of_a_pass_is_not_used() {
    // So close to β₂ that the first pass cannot tell, and true of all later steps.
    let run = small(3000);
    let mut orbit = orbit(&run);
    orbit.advance_by(10);
    let level = Float::with_val(ORACLE_BITS, &orbit.beta2 - tiny(50))
        .to_rational()
        .expect("finite");
    let lines = from_step(10, &format!("beta2 >= {level}"));
    certified(&run, &lines);
    let all = outcome(&run, &lines, &Options::default(), false);
    assert!(all.passes.len() > 1, "the first pass decides");
    let tail = all.all_time.final_trap.expect("a trap").latest.step;
    assert!(tail > 1024, "{tail}");
    // Steps 1024 to `tail` are not looked at.
    let result = interrupted(&run, &lines, 2, 1024);
    assert_eq!(result.verdict, Verdict::Undecided, "{result:?}");
}

#[test]
fn a_claim_whose_scope_has_not_begun_is_not_settled_by_a_tail() {
    // `given` is about step 200, which is not made.
    let lines = "constants = { N = 200 }\nfor = 'for all t >= N'\ngiven = 'b < 1'\nthen = 'b < 1'";
    undecided(&small(100), lines, Reason::Horizon);
    certified(&small(300), lines);
    let mut run = small(300);
    run.parameters.lambda2 = q("1/50");
    certified(&run, lines);
}

#[test]
fn the_mirror_image_of_a_run_is_trapped_as_well() {
    let at_the_edge = run(
        parameters("100", "1/100", "1/20", None),
        start("63/100", "1/100", "1/2"),
        10_000,
    );
    for run in [small(100), at_the_edge] {
        let mut image = run.clone();
        image.start.alpha = mirrored(&run.start.alpha);
        image.start.beta2 = mirrored(&run.start.beta2);
        let firsts = |run: &Run| {
            let all_time = outcome_of(run).all_time;
            (
                all_time.final_trap.map(|trap| trap.first),
                all_time.delta_trap.map(|trap| trap.first),
            )
        };
        assert_ne!(firsts(&run), (None, None));
        assert_eq!(firsts(&run), firsts(&image));
        certified(&run, &eventually("alpha > 0 and beta2 > 0"));
        certified(&image, &eventually("alpha < 0 and beta2 < 0"));
        certified(&image, &eventually("sharpness <= 5/2/eta and s < 1"));
    }
}

fn mirrored(range: &Range) -> Range {
    Range {
        lower: -range.upper.clone(),
        upper: -range.lower.clone(),
    }
}
