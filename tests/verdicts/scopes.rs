//! Every scope and event on runs whose answer is known.

use edgecert::certify::Options;
use edgecert::input::Run;
use edgecert::verdict::{Reason, Verdict};

use crate::common::{parameters, run, start};
use crate::support::{certified, check, outcome, small, undecided, vacuous, violated};

/// β₁ = 0 and αβ₂ = 1: nothing moves. a = 4.
fn fixed_point(steps: u64) -> Run {
    run(
        parameters("1", "1/100", "1", None),
        start("2", "0", "1/2"),
        steps,
    )
}

#[test]
fn every_step_begins_at_step_0_and_includes_the_last_one() {
    let run = small(7);
    assert_eq!(certified(&run, "then = 't <= 7'").checked, 8);
    violated(&run, "then = 't >= 1'", 0);
    violated(&run, "then = 't <= 6'", 7);
}

#[test]
fn a_step_that_looks_ahead_needs_the_next_iterate() {
    let run = small(7);
    assert_eq!(certified(&run, "then = \"t' = t + 1\"").checked, 7);
    violated(&run, "then = \"t' <= 6\"", 6);
}

#[test]
fn steps_are_a_closed_window() {
    let run = small(9);
    let window = |then: &str| format!("then = '{then}'\nfor = 'steps 3 to 5'");
    assert_eq!(certified(&run, &window("3 <= t <= 5")).checked, 3);
    violated(&run, &window("t > 3"), 3);
    violated(&run, &window("t < 5"), 5);
    certified(&run, "then = 'start(t) = 3'\nfor = 'steps 3 to 5'");
    certified(&run, "then = 't >= 3'\nfor = 'steps 3 to horizon'");
    vacuous(&run, "then = 't < 0'\nfor = 'steps 5 to 3'");
}

#[test]
fn a_window_beyond_the_run_is_undecided() {
    undecided(
        &small(9),
        "then = 't >= 3'\nfor = 'steps 3 to 10'",
        Reason::Horizon,
    );
    violated(&small(9), "then = 't < 4'\nfor = 'steps 3 to 10'", 4);
    certified(&small(10), "then = 't >= 3'\nfor = 'steps 3 to 10'");
}

#[test]
fn the_last_step_of_a_window_is_not_passed_over_if_it_looks_ahead() {
    let lines = "then = \"t' <= 5\"\nfor = 'steps 3 to 5'";
    undecided(&small(5), lines, Reason::Horizon);
    violated(&small(6), lines, 5);
    let lines = "then = \"t' = 6\"\nfor = 'some step to 5'";
    undecided(&small(5), lines, Reason::Horizon);
    certified(&small(6), lines);
}

#[test]
fn some_step_is_the_first_that_does() {
    let note = |result: edgecert::verdict::ClaimResult| result.note.unwrap_or_default();
    let result = certified(
        &small(9),
        "then = ['t > 2', 'alpha > 0']\nfor = 'some step to 5'",
    );
    assert_eq!(note(result), "it happens at step 3");
    certified(&small(9), "then = 't = 5'\nfor = 'some step to 5'");
    let result = check(&small(9), "then = 't = 6'\nfor = 'some step to 5'");
    assert_eq!(result.verdict, Verdict::Violated);
    let result = check(
        &small(9),
        "then = 't = 3'\nwhen = 't = 2'\nfor = 'some step to 5'",
    );
    assert_eq!(result.verdict, Verdict::Violated);
    undecided(
        &small(4),
        "then = 't = 5'\nfor = 'some step to 5'",
        Reason::Horizon,
    );
    vacuous(
        &small(9),
        "then = 't = 6'\ngiven = 'alpha < 0'\nfor = 'some step to 5'",
    );
    certified(
        &small(9),
        "then = 't = 4'\ngiven = 'alpha > 0'\nfor = 'some step to 5'",
    );
}

#[test]
fn the_first_time_begins_a_scope_or_ends_it() {
    let run = small(9);
    let from = |then: &str| format!("then = '{then}'\nfor = 'from first(t^2 > 10)'");
    assert_eq!(certified(&run, &from("start(t) = 4 and t >= 4")).checked, 6);
    violated(&run, &from("t > 4"), 4);
    violated(&run, &from("t < 9"), 9);
    let until = |then: &str| format!("then = '{then}'\nfor = 'until first(t^2 > 10)'");
    assert_eq!(
        certified(&run, &until("t <= 3 and start(t) = 0")).checked,
        4
    );
    violated(&run, &until("t < 3"), 3);
    vacuous(&run, "then = 't < 0'\nfor = 'from first(t > 9)'");
    assert_eq!(
        certified(&run, "then = 't >= 0'\nfor = 'until first(t > 9)'").checked,
        10
    );
    vacuous(&run, "then = 't < 0'\nfor = 'until first(t = 0)'");
}

#[test]
fn an_event_that_looks_ahead_is_not_asked_for_at_the_last_step() {
    let run = small(9);
    let lines = |form: &str| format!("then = 't >= 0'\nfor = \"{form}\"");
    assert_eq!(certified(&run, &lines("from first(t' > 4)")).checked, 5);
    assert_eq!(certified(&run, &lines("until first(t' > 4)")).checked, 4);
    assert_eq!(
        certified(&run, &lines("each stretch where t' > 4")).checked,
        5
    );
    vacuous(&run, &lines("from first(t' > 10)"));
    vacuous(
        &run,
        "then = 't < 0'\ngiven = \"t' > 10\"\nfor = 'from first given'",
    );
}

/// The steps at which a (b) has risen above a level, from the doubles of the same formulas.
fn risings(run: &Run, level: f64, of: impl Fn(f64, f64) -> f64) -> Vec<u64> {
    let p = &run.parameters;
    let [l1, l2, eta] = [&p.lambda1, &p.lambda2, &p.eta].map(rug::Rational::to_f64);
    let [mut x, mut y, mut z] = run.start.as_array().map(|r| r.lower.to_f64());
    let mut before = of(x, y);
    let mut found = Vec::new();
    for t in 1..=run.steps {
        let r = x * z - 1.0;
        let gradient = [l1 * x * y * y + l2 * z * r, l1 * x * x * y, l2 * x * r];
        (x, y, z) = (
            x - eta * gradient[0],
            y - eta * gradient[1],
            z - eta * gradient[2],
        );
        let now = of(x, y);
        if before <= level && level < now {
            found.push(t);
        }
        before = now;
    }
    found
}

fn oscillating() -> (Run, Vec<u64>, Vec<u64>) {
    let run = run(
        parameters("100", "1/10", "1/20", None),
        start("3/5", "1/10", "1"),
        400,
    );
    let h = 5.0;
    let crossings = risings(&run, 2.0, |x, _| h * x * x);
    let spikes = risings(&run, 0.001, |_, y| h * y * y);
    assert!(
        crossings.len() >= 2 && spikes.len() >= 2,
        "{crossings:?} {spikes:?}"
    );
    (run, crossings, spikes)
}

#[test]
fn the_kth_crossing_and_spike_are_the_steps_after_the_rise() {
    let (run, crossings, spikes) = oscillating();
    let events = [
        ("crossing", crossings, "a > 2"),
        ("spike", spikes, "b > 1/1000"),
    ];
    for (event, steps, above) in events {
        for (k, step) in (1..).zip(steps.iter().copied().take(3)) {
            let from = |then: &str| format!("then = '{then}'\nfor = 'from {event}({k})'");
            let begins = format!("t >= {step} and start(t) = {step}");
            assert_eq!(certified(&run, &from(&begins)).checked, 401 - step);
            let until = |then: &str| format!("then = '{then}'\nfor = 'until {event}({k})'");
            assert_eq!(
                certified(&run, &until(&format!("t < {step}"))).checked,
                step
            );
            violated(&run, &until(&format!("t < {step} - 1")), step - 1);
            let at = format!("then = '{above}'\nfor = 'from {event}({k})'\nwhen = 't = {step}'");
            certified(&run, &at);
        }
        let k = steps.len() + 1;
        vacuous(&run, &format!("then = 't < 0'\nfor = 'from {event}({k})'"));
        let until = format!("then = 't >= 0'\nfor = 'until {event}({k})'");
        assert_eq!(certified(&run, &until).checked, 401);
    }
    certified(
        &run,
        "then = 'start(a) > 2'\nfor = 'from first_edge_crossing'",
    );
}

#[test]
fn a_start_above_the_edge_is_no_crossing() {
    let run = fixed_point(5);
    vacuous(&run, "then = 't < 0'\nfor = 'from crossing(1)'");
    assert_eq!(
        certified(&run, "then = 'a = 4'\nfor = 'until crossing(1)'").checked,
        6
    );
}

#[test]
fn from_first_given_begins_where_all_hypotheses_hold() {
    let run = small(9);
    let lines = |then: &str| {
        format!("then = '{then}'\ngiven = ['t >= 2', 't^2 >= 10']\nfor = 'from first given'")
    };
    assert_eq!(certified(&run, &lines("start(t) = 4")).checked, 6);
    violated(&run, &lines("t > 4"), 4);
    vacuous(
        &run,
        "then = 't < 0'\ngiven = 't > 9'\nfor = 'from first given'",
    );
}

#[test]
fn each_stretch_has_a_scope_of_its_own() {
    let run = small(9);
    // Steps 0 to 2 and 6 to 9.
    let lines = |then: &str| format!("then = '{then}'\nfor = 'each stretch where (t - 4)^2 >= 4'");
    let result = certified(&run, &lines("start(t) = 0 and t <= 2 or start(t) = 6"));
    assert_eq!((result.scopes, result.checked), (2, 7));
    certified(&run, &lines("running_min(t) = start(t)"));
    certified(&run, &lines("running_sum(1) = t - start(t)"));
    certified(&run, &lines("running_max(-t) = -start(t)"));
    violated(&run, &lines("start(t) = 0"), 6);
    vacuous(&run, "then = 't < 0'\nfor = 'each stretch where t > 9'");
    // `given` is asked at the start of each.
    let result = certified(
        &run,
        "then = 't >= 6'\ngiven = 't > 3'\nfor = 'each stretch where (t - 4)^2 >= 4'",
    );
    assert_eq!((result.checked, result.skipped), (4, 3));
}

#[test]
fn hypotheses_select_the_steps() {
    let run = small(9);
    let result = certified(&run, "then = 't <= 3'\nwhen = ['t <= 5', 't <= 3']");
    assert_eq!((result.checked, result.skipped), (4, 6));
    vacuous(&run, "then = 't < 0'\nwhen = 't > 9'");
    vacuous(&run, "then = 't < 0'\ngiven = 't > 0'");
    violated(&run, "then = 't > 4'\nwhen = 't > 3'", 4);
    // What is remembered includes the steps at which `when` fails.
    certified(
        &run,
        "then = 'running_sum(t) = t*(t - 1)/2'\nwhen = 't > 4'",
    );
    certified(&run, "then = 'running_min(t) = 0'\nwhen = 't > 4'");
}

#[test]
fn running_values_begin_with_the_scope() {
    let run = small(9);
    let from = |then: &str| format!("then = '{then}'\nfor = 'steps 3 to 9'");
    certified(&run, &from("running_sum(t) = t*(t - 1)/2 - 3"));
    certified(&run, &from("running_min(t) = 3 and running_max(t) = t"));
    certified(&run, &from("running_sum(2) = 2*(t - 3)"));
    certified(
        &run,
        &from("start(2) = 2 and running_max(2) = running_min(2)"),
    );
}

fn reach(goal: &str, within: &str, more: &str) -> String {
    format!("reach = {{ goal = '{goal}', within = '{within}' }}\n{more}")
}

#[test]
fn a_goal_is_reached_in_time_or_not() {
    let run = small(9);
    certified(&run, &reach("t = 4", "4", ""));
    violated(&run, &reach("t = 4", "3", ""), 4);
    violated(&run, &reach("t = 40", "6", ""), 7);
    undecided(&run, &reach("t = 40", "9", ""), Reason::Horizon);
    undecided(&run, &reach("t = 40", "100", ""), Reason::Horizon);
    vacuous(&run, &reach("t = 40", "1", "given = 'alpha < 0'"));
}

#[test]
fn the_time_allowed_is_counted_from_the_scope() {
    let run = small(9);
    let from = "given = 't >= 3'\nfor = 'from first given'";
    certified(&run, &reach("t = 6", "t", from));
    certified(&run, &reach("t = 6", "3", from));
    violated(&run, &reach("t = 6", "2", from), 6);
}

#[test]
fn a_scope_that_ends_before_the_goal_proves_nothing() {
    let run = small(9);
    for scope in [
        "steps 0 to 4",
        "until first(t = 5)",
        "each stretch where t < 5",
    ] {
        let scope = format!("for = '{scope}'");
        undecided(&run, &reach("t = 6", "8", &scope), Reason::Horizon);
        certified(&run, &reach("t = 4", "8", &scope));
    }
}

#[test]
fn every_stretch_must_reach_the_goal() {
    let run = small(9);
    // Steps 0 to 2 and 6 to 9.
    let scope = "for = 'each stretch where (t - 4)^2 >= 4'";
    certified(&run, &reach("t = 1 or t = 7", "1", scope));
    violated(&run, &reach("t = 1 or t = 8", "1", scope), 8);
    undecided(&run, &reach("t = 1", "5", scope), Reason::Horizon);
}

#[test]
fn a_goal_reached_does_not_end_the_other_conclusions() {
    let run = small(9);
    violated(&run, &reach("t = 2", "3", "then = 't < 5'"), 5);
    certified(&run, &reach("t = 2", "3", "then = 't < 10'"));
}

#[test]
fn the_facts_of_a_run_count_the_same_events() {
    let (run, crossings, spikes) = oscillating();
    let facts = outcome(&run, "then = 't >= 0'", &Options::default(), false).facts;
    for (found, known) in [(facts.edge_crossings, crossings), (facts.spikes, spikes)] {
        let upward = found.upward.exactly().expect("a number");
        let downward = found.downward.exactly().expect("a number");
        assert_eq!(upward, known.len() as u64);
        assert_eq!(found.first_upward.exactly(), Some(known.first().copied()));
        assert!(found.last_above.exactly() >= Some(known.last().copied()));
        assert!(downward.abs_diff(upward) <= 1);
    }
    assert_eq!(facts.clipped_steps.exactly(), Some(0));
    assert_eq!(facts.last_step, run.steps);
}
