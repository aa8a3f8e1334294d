//! `proofs/verdicts.md`, clause by clause: which steps count, what has no value, which ties are
//! decided, and that an open step hides no violation.

use edgecert::input::Run;
use edgecert::model::Parameters;
use edgecert::verdict::{Reason, Verdict};
use rug::Rational;

use crate::common::{exact_step, parameters, q, run, start};
use crate::support::{at_most, certified, check, check_with, slow, undecided, vacuous, violated};

/// αβ₂ < 1 at all 301 steps, and closer to 1 than 128 bits can tell after some 150 of them.
fn converging() -> Run {
    run(
        parameters("4", "1", "1/5", None),
        start("1", "1/10", "1/2"),
        300,
    )
}

/// β₁ = 0 for ever.
fn without_oscillation(steps: u64) -> Run {
    run(slow("1"), start("1/2", "0", "1/2"), steps)
}

/// The map fixes this point, on which S = 900.
fn fixed_point(steps: u64) -> Run {
    run(
        parameters("100", "1/9", "1/500", None),
        start("3", "0", "1/3"),
        steps,
    )
}

fn clipping(steps: u64) -> Run {
    run(
        parameters("1", "1/100", "1", Some("1/5")),
        start("2", "1/5", "1/2"),
        steps,
    )
}

#[test]
fn a_step_whose_hypothesis_is_open_is_not_counted() {
    let lines = "when = ['alpha*beta2 > 1']\nthen = ['alpha > 0']";
    vacuous(&converging(), lines);
    let result = check_with(&converging(), lines, &at_most(128));
    assert_eq!(result.verdict, Verdict::Undecided);
    assert_eq!((result.checked, result.skipped), (0, 301 - open(&result)));
    assert!(result.clauses[0].slack.is_none());
}

fn open(result: &edgecert::verdict::ClaimResult) -> u64 {
    result.open.as_ref().map_or(0, |open| open.steps)
}

#[test]
fn slack_is_that_of_the_steps_that_count() {
    let lines = "when = ['alpha*beta2 > 1 or t < 5']\nthen = ['alpha*beta2 <= 1001/1000']";
    for result in [
        certified(&converging(), lines),
        check_with(&converging(), lines, &at_most(128)),
    ] {
        assert_eq!(result.verdict, Verdict::Certified);
        assert_eq!(result.checked, 5);
        let slack = result.clauses[0].slack.as_ref().expect("a slack");
        let (least, most) = (
            q("1118287544865/10000000000000"),
            q("1118287544875/10000000000000"),
        );
        assert!(slack.absolute.lower_rational().is_some_and(|x| x > least));
        assert!(slack.absolute.upper_rational().is_some_and(|x| x < most));
        assert_eq!(slack.attained().step(), Some(4));
    }
    // The conclusion holds at the open steps, too: that is said.
    let result = check_with(&converging(), lines, &at_most(128));
    assert!(open(&result) > 0);
    assert!(
        result
            .note
            .is_some_and(|note| note.contains("hypotheses are open at"))
    );
    assert!(result.tight.is_none());
}

#[test]
fn an_open_hypothesis_hides_what_fails_and_shows_no_violation() {
    let lines = "when = ['alpha*beta2 > 1 or t < 5']\nthen = ['t < 100']";
    assert_eq!(check(&converging(), lines).verdict, Verdict::Certified);
    let result = check_with(&converging(), lines, &at_most(128));
    assert_eq!(result.verdict, Verdict::Undecided);
    let obstacle = result.obstacle.expect("an obstacle");
    assert_eq!(obstacle.reason, Reason::Precision);
    assert!(obstacle.step.is_some_and(|t| t > 100));
}

#[test]
fn a_hypothesis_without_a_value_is_open() {
    let run = without_oscillation(3);
    for hypothesis in [
        "log(-1) > 0",
        "1/beta1 > 0",
        "sqrt(-alpha) >= 0",
        "1/beta1 = 1/beta1",
    ] {
        for field in ["when", "given"] {
            let lines = format!("{field} = '{hypothesis}'\nthen = 'alpha > 0'");
            undecided(&run, &lines, Reason::Undefined);
        }
        let lines = format!("for = 'from first({hypothesis})'\nthen = 'alpha > 0'");
        undecided(&run, &lines, Reason::Undefined);
        let lines = format!("for = 'each stretch where {hypothesis}'\nthen = 'alpha > 0'");
        undecided(&run, &lines, Reason::Undefined);
        let lines = format!("for = 'some step to 2'\nwhen = '{hypothesis}'\nthen = 'alpha > 0'");
        undecided(&run, &lines, Reason::Undefined);
    }
    // Beside what decides by itself it does not matter.
    vacuous(
        &run,
        "when = 'log(-1) > 0 and alpha < 0'\nthen = 'alpha > 0'",
    );
    certified(
        &run,
        "when = 'log(-1) > 0 or alpha > 0'\nthen = 'alpha > 0'",
    );
}

#[test]
fn an_equation_needs_a_value_on_both_sides() {
    let run = without_oscillation(100);
    for scope in [
        "every step",
        "for all t >= 0",
        "steps 0 to 3",
        "eventually always",
    ] {
        let lines = format!("then = '1/beta1 = 1/beta1'\nfor = '{scope}'");
        let result = check(&run, &lines);
        assert_eq!(result.verdict, Verdict::Undecided, "{scope}");
        let lines = format!("then = 'sqrt(-alpha)^2 = -alpha'\nfor = '{scope}'");
        assert_eq!(check(&run, &lines).verdict, Verdict::Undecided, "{scope}");
    }
    let result = undecided(&run, "then = '1/beta1 = 1/beta1'", Reason::Undefined);
    assert_eq!(result.checked, 0);
    assert!(
        result
            .obstacle
            .is_some_and(|o| o.detail.contains("1/beta1"))
    );
    certified(&run, "then = '1/alpha = 1/alpha'");
    let oscillating = converging();
    certified(
        &oscillating,
        "then = '1/beta1 = 1/beta1'\nfor = 'steps 0 to 50'",
    );
}

#[test]
fn nothing_is_certified_in_any_scope_if_no_hypothesis_holds() {
    let run = run(
        parameters("100", "1/100", "1/80", None),
        start("1/2", "1/10", "1"),
        400,
    );
    for scope in [
        "every step",
        "steps 2 to 20",
        "some step to 20",
        "for all t >= 0",
        "for all t >= 1000",
        "eventually always",
        "until first(t > 3)",
        "from first(t > 3)",
        "each stretch where t < 5",
    ] {
        for field in ["when", "given"] {
            // A scope that begins beyond the run has no first step to look at.
            if field == "given" && scope == "for all t >= 1000" {
                continue;
            }
            let lines = format!("{field} = '1 < 0'\nthen = 'alpha > 0'\nfor = '{scope}'");
            vacuous(&run, &lines);
            let lines = format!("{field} = '0 < 1'\nthen = 'alpha > 0'\nfor = '{scope}'");
            certified(&run, &lines);
        }
    }
    // Nothing is known of the hypothesis on the tail, and at no step made it holds.
    undecided(
        &run,
        "when = 's > 0'\nthen = 'b < 1'\nfor = 'for all t >= 401'",
        Reason::Horizon,
    );
    certified(
        &run,
        "when = 's > 0'\nthen = 'b < 1'\nfor = 'for all t >= 0'",
    );
}

#[test]
fn an_open_step_hides_no_later_violation() {
    let figure = run(
        parameters("100", "1/100", "1/20", None),
        start("31/50", "1/100", "3/4"),
        2,
    );
    violated(&figure, "then = 'alpha >= start(alpha)'", 1);
    // A tie that neither enclosures nor algebra decide.
    let tie = "exp(log(3)) > 3";
    violated(&converging(), &format!("then = '{tie} and t < 7'"), 7);
}

#[test]
fn an_event_that_is_open_begins_no_scope_for_certain() {
    let tie = "exp(log(3)) > 3";
    // The scope begins at 5 at the latest.
    let lines = format!("for = 'from first({tie} and t < 5 or t >= 5)'\nthen = 't < 5'");
    violated(&converging(), &lines, 5);
    let lines = format!("for = 'from first({tie} and t < 5 or t >= 5)'\nthen = 't < 3 or t > 4'");
    undecided(&converging(), &lines, Reason::Precision);
    // What is remembered encloses what each possible start gives.
    let begin = format!("for = 'from first({tie} and t < 5 or t >= 5)'");
    certified(
        &converging(),
        &format!("{begin}\nthen = 'start(t) <= 5 and t - start(t) >= 0'"),
    );
    undecided(
        &converging(),
        &format!("{begin}\nthen = 'start(t) < 5'"),
        Reason::Precision,
    );
    undecided(
        &converging(),
        &format!("{begin}\nthen = 'start(t) > 4'"),
        Reason::Precision,
    );
    violated(&converging(), &format!("{begin}\nthen = 'start(t) > 5'"), 5);
    undecided(
        &converging(),
        &format!("{begin}\nthen = 'running_sum(1) > t - 5'"),
        Reason::Precision,
    );
    certified(
        &converging(),
        &format!("{begin}\nthen = 'running_sum(1) >= t - 5'"),
    );
    // It ends at 5 at the latest.
    let lines = format!("for = 'until first({tie} or t >= 5)'\nthen = 't < 5'");
    undecided(&converging(), &lines, Reason::Precision);
    let lines = format!("for = 'until first({tie} and t > 2 or t >= 5)'\nthen = 't < 5'");
    assert_eq!(certified(&converging(), &lines).checked, 3);
    let lines = format!("for = 'until first({tie} and t > 2 or t >= 5)'\nthen = 't < 2'");
    violated(&converging(), &lines, 2);
    // A stretch that may have ended: its start is one of two.
    let stretch = format!("for = 'each stretch where t < 3 or t = 3 and {tie} or t > 3'");
    certified(&converging(), &format!("{stretch}\nthen = 'start(t) <= 4'"));
    violated(
        &converging(),
        &format!("{stretch}\nthen = 'start(t) > 0 or t < 2'"),
        2,
    );
    undecided(
        &converging(),
        &format!("{stretch}\nthen = 'start(t) = 0 or t < 4'"),
        Reason::Precision,
    );
    undecided(
        &converging(),
        &format!("{stretch}\nthen = 'running_max(5 - t) >= 2 or t < 4'"),
        Reason::Precision,
    );
    certified(
        &converging(),
        &format!("{stretch}\nthen = 'running_min(t) <= 4'"),
    );
}

#[test]
fn a_goal_that_may_have_been_reached_is_not_missed() {
    let tie = "exp(log(3)) > 3";
    let reach = |goal: &str, within: u32| {
        format!("for = 'steps 0 to 50'\nreach = {{ goal = '{goal}', within = '{within}' }}")
    };
    certified(&converging(), &reach("t >= 5", 5));
    violated(&converging(), &reach("t >= 5", 4), 5);
    // It may have been at 3.
    undecided(
        &converging(),
        &reach(&format!("t >= 5 or t = 3 and {tie}"), 4),
        Reason::Precision,
    );
    // It is at 5, whatever was at 3.
    certified(
        &converging(),
        &reach(&format!("t >= 5 or t = 3 and {tie}"), 6),
    );
    // Its time is up once, and the scope is over then.
    let missed = violated(&converging(), &reach("t >= 5", 4), 5);
    assert_eq!((missed.violated, missed.checked), (1, 6));
    // Whether the fifth step is in time is open.
    let within = |goal: &str| {
        format!("for = 'steps 0 to 50'\nreach = {{ goal = '{goal}', within = 'exp(log(5))' }}")
    };
    undecided(&converging(), &within("t >= 5"), Reason::Precision);
    violated(&converging(), &within("t >= 6"), 6);
    certified(&converging(), &within("t >= 4"));
    let hypothesis = format!("when = 't > 5 or {tie}'\n{}", reach("t >= 2", 3));
    undecided(&converging(), &hypothesis, Reason::Precision);
}

#[test]
fn ties_by_construction_are_decided() {
    for condition in [
        "running_max(b) >= b",
        "running_max(b) >= start(b)",
        "running_max(b) >= running_min(b)",
        "running_min(alpha*beta2) <= alpha*beta2",
        "running_min(b) <= start(b)",
        "2*running_max(b) + alpha >= alpha + b + b",
        "not running_max(b) < b",
        "max(alpha, beta2) >= beta2",
        "min(alpha, beta2) <= alpha",
        "abs(beta1) >= beta1 and abs(beta1) >= -beta1",
        "alpha*beta2 >= beta2*alpha",
        "exp(alpha*beta2) = exp(beta2*alpha)",
        "t' > t and t' = t + 1",
        "sharpness >= lambda1*alpha^2 and eta*sharpness >= a",
        "sharpness' >= lambda1*alpha'^2",
        "s + p = 1 or t < 0",
    ] {
        certified(&converging(), &format!("then = \"{condition}\""));
    }
    for condition in [
        "alpha > beta2*alpha/beta2",
        "running_max(b) < b",
        "t' < t + 1",
    ] {
        violated(&converging(), &format!("then = \"{condition}\""), 0);
    }
    let first = "for = 'steps 7 to 7'";
    for condition in [
        "alpha >= start(alpha)",
        "running_max(b) = b",
        "running_sum(b) = 0",
        "b <= running_min(b)",
    ] {
        certified(&converging(), &format!("{first}\nthen = '{condition}'"));
    }
    violated(
        &converging(),
        &format!("{first}\nthen = 'alpha < start(alpha)'"),
        7,
    );
    // Abbreviations have a next value, too.
    let define = "[define]\nw = 'sharpness'\nu = 't'";
    violated(
        &converging(),
        &format!("then = \"w' = sharpness\"\n{define}"),
        0,
    );
    violated(&converging(), &format!("then = \"u' = t\"\n{define}"), 0);
    certified(
        &converging(),
        &format!("then = \"w' = sharpness' and u' = t + 1\"\n{define}"),
    );
    // Not beyond the first step of the scope.
    violated(
        &converging(),
        "then = 'alpha = start(alpha)'\nfor = 'steps 200 to 210'",
        201,
    );
    violated(
        &converging(),
        "then = 'beta1 = start(beta1)'\nfor = 'steps 7 to 20'",
        8,
    );
}

#[test]
fn what_is_exact_on_the_run_is_compared_exactly() {
    // |β₁| is B wherever it is clipped.
    certified(&clipping(50), "when = 'clipped'\nthen = 'abs(beta1) = B'");
    certified(
        &clipping(50),
        "when = 'clipped'\nthen = 'beta1^2 <= 1/25 and abs(beta1) >= B'",
    );
    violated(
        &clipping(50),
        "when = 'clipped'\nthen = 'abs(beta1) < B'",
        1,
    );
    certified(
        &without_oscillation(50),
        "then = 'beta1 = 0 and b <= 0 and not beta1 > 0'",
    );
    let fixed = fixed_point(1000);
    certified(
        &fixed,
        "then = 'alpha = 3 and p = 1 and sharpness = 900 and sharpness <= 900'",
    );
    certified(&fixed, "then = 'loss <= 0 and alpha >= 3'");
    // Each part is decided in its own way, and so is what is remembered.
    certified(
        &fixed,
        "then = 'sharpness <= 900 and running_max(alpha) >= alpha'",
    );
    certified(
        &fixed,
        "then = 'running_max(alpha) <= 3 and running_sum(beta2) = t/3'",
    );
    violated(&fixed, "then = 'sharpness < 900'", 0);
    certified(
        &fixed,
        "then = \"alpha' = alpha\"\nfor = 'steps 500 to 900'",
    );
}

#[test]
fn a_near_tie_of_the_sharpness_is_decided_by_its_threshold() {
    let fixed = fixed_point(2);
    let (below, above) = ("900 - 1/10^30", "900 + 1/10^30");
    for condition in [
        format!("sharpness < {above} and sharpness <= {above}"),
        format!("sharpness > {below} and sharpness >= {below}"),
        format!("{above} > sharpness and {above} >= sharpness"),
        format!("{below} < sharpness and {below} <= sharpness"),
    ] {
        certified(&fixed, &format!("then = '{condition}'"));
    }
    for condition in [
        format!("sharpness < {below} or sharpness <= {below}"),
        format!("sharpness > {above} or sharpness >= {above}"),
        format!("{below} > sharpness or {below} >= sharpness"),
        format!("{above} < sharpness or {above} <= sharpness"),
    ] {
        violated(&fixed, &format!("then = '{condition}'"), 0);
    }
}

#[test]
fn the_witness_of_the_next_sharpness_is_one_of_the_next_hessian() {
    // S falls from 4 to below 3.
    let run = converging();
    let result = violated(&run, "then = \"sharpness' <= 2\"", 0);
    let witness = result.violation.and_then(|v| v.rayleigh).expect("a vector");
    let start = run.start.map(|r| r.lower.clone());
    let next = exact_step(&run.parameters, &start);
    let coefficients = run.parameters.coefficients::<Rational>(());
    let quotient = |x| {
        let hessian = coefficients.hessian(x);
        edgecert::sharpness::rayleigh_quotient(&hessian, &witness.vector, ()).expect("a vector")
    };
    assert!(quotient(&next) > 2);
    assert!(witness.quotient.contains(&quotient(&next)));
    assert!(!witness.quotient.contains(&quotient(&start)));
}

#[test]
fn a_start_that_runs_into_a_cycle_is_exact_for_ever() {
    // β₂ = 0 and α = 0: β₁ stands still, and so does all else where ∇L = 0.
    let run = run(slow("1"), start("0", "1/3", "0"), 400);
    certified(&run, "then = 'beta1 = 1/3'\nfor = 'steps 0 to 0'");
    // α' = α(1 − b − e β₂²) + e β₂ = 0, β₂' = 0: a saddle.
    certified(&run, "then = 'beta1 = 1/3 and alpha = 0 and beta2 = 0'");
}

#[test]
fn a_claim_without_a_value_on_the_run_stops_no_other() {
    let equal = Run {
        claims: vec![],
        ..run(
            Parameters {
                lambda2: Rational::from(4),
                ..parameters("4", "4", "1/20", None)
            },
            start("1/2", "1/10", "1/2"),
            20,
        )
    };
    vacuous(
        &equal,
        "given = 'lambda1 > lambda2'\nthen = 'alpha/(lambda1 - lambda2) > 0'",
    );
    undecided(
        &equal,
        "then = 'alpha/(lambda1 - lambda2) > 0'",
        Reason::Undefined,
    );
    undecided(
        &equal,
        "then = '1/(lambda1 - lambda2) > 0'",
        Reason::Undefined,
    );
    vacuous(
        &equal,
        "given = 'lambda1 > lambda2'\nfor = 'steps 0 to 4/(lambda1 - lambda2)'\nthen = 'alpha > 0'",
    );
    undecided(
        &equal,
        "for = 'steps 0 to 4/(lambda1 - lambda2)'\nthen = 'alpha > 0'",
        Reason::Undefined,
    );
}

#[test]
fn memory_is_that_of_the_step() {
    let run = converging();
    violated(
        &run,
        "for = 'until first(t >= 1 and running_max(b) > 1000)'\nthen = 'running_max(t) < 9'",
        9,
    );
    certified(
        &run,
        "for = 'until first(t >= 1 and running_max(b) > 1000)'\nthen = 'running_max(b) >= b/2'",
    );
}

#[test]
fn small_wrongs_that_no_test_noticed() {
    let edge = |steps| {
        run(
            parameters("2", "1/10", "1", None),
            start("1", "0", "1/2"),
            steps,
        )
    };
    // A conjunction is an identity only if each part is.
    violated(
        &edge(3),
        "then = 'a = eta*lambda1*alpha^2 and log(b + 2) = log(b + 2) + 1/10^40'",
        0,
    );
    // A crossing begins at a = 2 exactly.
    violated(&edge(5), "for = 'from crossing(1)'\nthen = 't < 0'", 1);
    // A near tie of S(θ_{t+1}) is decided with its own Hessian.
    certified(
        &edge(1),
        "for = 'steps 0 to 0'\nthen = \"sharpness' >= lambda1*alpha'^2\"",
    );
    violated(
        &edge(1),
        "for = 'steps 0 to 0'\nthen = \"sharpness' <= lambda1*alpha^2\"",
        0,
    );
    // An unknown hypothesis is none on a tail.
    let below = run(
        parameters("100", "1/100", "1/80", None),
        start("1/2", "1/10", "1"),
        100,
    );
    undecided(
        &below,
        "for = 'for all t >= 0'\nwhen = 'beta1 = 0'\nthen = 'b > 1'",
        Reason::Horizon,
    );
    let escaping = run(
        parameters("1", "1/4", "1", None),
        start("3", "4", "1/10"),
        20,
    );
    undecided(
        &escaping,
        "for = 'eventually always'\nthen = 'loss >= 12'",
        Reason::Horizon,
    );
}
