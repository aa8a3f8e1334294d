//! Clips, identities, boxes, escape, interrupts and precision, on runs with known answers.

use edgecert::certify::Options;
use edgecert::input::{Range, Run};
use edgecert::verdict::{Reason, Verdict};

use crate::common::{exact_step, parameters, point, q, run, start};
use crate::support::{
    at_most, certified, check_with, is, outcome, slow, small, stopped, undecided, vacuous, violated,
};

/// a = 4 at the start: β₁ turns into −3β₁ = −3/4, clipped to −1/4.
fn clipping(steps: u64) -> Run {
    run(
        parameters("1", "1/100", "1", Some("1/4")),
        start("2", "1/4", "1/2"),
        steps,
    )
}

#[test]
fn a_clip_belongs_to_the_iterate_it_produced() {
    let run = clipping(1);
    violated(&run, "then = 'clipped'", 0);
    violated(&run, "then = 'not clipped'", 1);
    assert_eq!(
        certified(&run, "then = \"not clipped and clipped'\"").checked,
        1
    );
    certified(&run, "then = 'beta1 = -B'\nwhen = 'clipped'");
    certified(&run, "then = 'clipped'\nwhen = 't > 0'");
    // A bound that β₁ just attains does not clip it.
    let mut run = run;
    run.parameters.clip = Some(q("3/4"));
    certified(&run, "then = ['not clipped', 'abs(beta1) <= B']");
    assert_eq!(
        outcome(&run, "then = 't >= 0'", &Options::default(), false)
            .facts
            .clipped_steps
            .exactly(),
        Some(0)
    );
    let facts = outcome(&clipping(1), "then = 't >= 0'", &Options::default(), false).facts;
    assert_eq!(facts.clipped_steps.exactly(), Some(1));
}

#[test]
fn the_bound_of_a_run_without_one_makes_a_claim_vacuous() {
    vacuous(&small(5), "then = 'abs(beta1) > B'");
    violated(&clipping(5), "then = 'abs(beta1) > B'", 0);
    certified(&small(5), "then = 'not clipped'");
}

#[test]
fn identities_are_proved_by_algebra() {
    let result = certified(&small(50), "then = \"beta1' = beta1*(1 - a)\"");
    assert!(result.clauses[0].identity && result.clauses[0].slack.is_none());
    let result = violated(&small(50), "then = \"beta1' = beta1*(1 - 2*a)\"", 0);
    assert!(!result.clauses[0].identity);
    // With a clip it is no identity: decided exactly at first, and false where it clips.
    let result = violated(&clipping(50), "then = \"beta1' = beta1*(1 - a)\"", 0);
    assert!(!result.clauses[0].identity);
    let mut wide = clipping(50);
    wide.parameters.clip = Some(q("1000"));
    // The steps before are open: no algebra knows that they do not clip.
    let result = violated(&wide, "then = \"beta1' = beta1*(1 - a)\"", 7);
    assert!(!result.clauses[0].identity);
    assert_eq!(result.cut_short, Some(Reason::Precision));
    let result = certified(&wide, "then = \"beta2' = beta2*(1 - e*alpha^2) + e*alpha\"");
    assert!(result.clauses[0].identity);
}

#[test]
fn an_identity_alone_is_no_proof_that_its_hypotheses_hold_somewhere() {
    let lines = "then = 'a = eta*lambda1*alpha^2'\nwhen = 'a > 1000'\nfor = 'some step to 1000'";
    let result = outcome(&small(1000), lines, &Options::default(), true)
        .claims
        .remove(0);
    stopped(result, Reason::Interrupted);
    // Nor that they never do.
    let result = outcome(&small(9), "then = 's = 1 - p'", &Options::default(), true)
        .claims
        .remove(0);
    is(result, Verdict::Certified);
}

fn around(centre: &str, radius: &str) -> Range {
    Range {
        lower: q(centre) - q(radius),
        upper: q(centre) + q(radius),
    }
}

#[test]
fn a_box_is_decided_where_all_its_points_agree() {
    let mut run = small(3);
    run.start.alpha = around("1/2", "1/100");
    certified(&run, "then = 'alpha > 2/5'");
    violated(&run, "then = 'alpha > 3/5'", 0);
    let lines = "then = 'alpha > 1/2'\nfor = 'steps 0 to 1'";
    let result = undecided(&run, lines, Reason::StartBox);
    assert_eq!(result.obstacle.and_then(|o| o.step), Some(0));
    violated(&run, "then = 'alpha > 1/2'", 3);
    undecided(
        &run,
        "then = 't < 0'\ngiven = 'alpha > 1/2'",
        Reason::StartBox,
    );
    undecided(
        &run,
        "then = 't < 0'\nwhen = 'alpha > 1/2'",
        Reason::StartBox,
    );
    undecided(
        &run,
        "then = 'alpha = 1/2'\nfor = 'some step to 0'",
        Reason::StartBox,
    );
    for scope in [
        "from first(alpha > 1/2)",
        "until first(alpha > 1/2)",
        "each stretch where alpha > 1/2",
    ] {
        undecided(
            &run,
            &format!("then = 't >= 0'\nfor = '{scope}'"),
            Reason::StartBox,
        );
    }
}

#[test]
fn a_scope_whose_beginning_is_open_is_not_skipped() {
    // α is about 1/2 at step 0 and certainly less, or more, later on.
    let mut run = run(slow("1"), start("1/2", "0", "4"), 30);
    run.start.alpha = around("1/2", "1/1000000");
    let lines = "then = 't >= 0'\ngiven = 'alpha >= 1/2'\nfor = 'from first given'";
    undecided(&run, lines, Reason::StartBox);
    let lines = "then = 't > 0'\ngiven = 'alpha <= 1/2'\nfor = 'from first given'";
    undecided(&run, lines, Reason::StartBox);
}

#[test]
fn an_irrelevant_weight_of_zero_stays_zero() {
    let run = run(slow("1"), start("1/2", "0", "1"), 100);
    certified(&run, "then = ['beta1 = 0', 'b = 0', 'not b > 0']");
    violated(&run, "then = 'b > 0'", 0);
    let last = outcome(&run, "then = 't >= 0'", &Options::default(), false).last;
    assert!(last.beta1_is_zero());
}

#[test]
fn a_run_that_escapes_says_how_far_its_claims_held() {
    let run = run(
        parameters("100", "1/100", "1", None),
        start("3", "3", "1"),
        2000,
    );
    let result = undecided(&run, "then = 't >= 0'", Reason::Escape);
    let obstacle = result.obstacle.expect("an obstacle");
    assert!(
        obstacle.detail.contains("it held until then"),
        "{obstacle:?}"
    );
    let step = obstacle.step.expect("a step");
    assert_eq!(result.checked, step + 1);
    // A window that is over before is decided.
    certified(&run, "then = 't >= 0'\nfor = 'steps 0 to 3'");
    certified(&run, "then = 't = 3'\nfor = 'some step to 2000'");
    violated(&run, "then = 't < 3'", 3);
    certified(&run, "then = \"b' = b*(1 - a)^2\"");
    undecided(
        &run,
        "then = 't = 1999'\nfor = 'some step to 2000'",
        Reason::Escape,
    );
}

#[test]
fn an_interrupt_leaves_what_is_open_undecided() {
    let options = Options::default();
    let result = outcome(&small(9), "then = 't >= 0'", &options, true);
    assert!(result.interrupted);
    assert_eq!(result.exit_code(), 20);
    stopped(result.claims[0].clone(), Reason::Interrupted);
    let result = outcome(
        &small(9),
        "then = 't >= 0'\nfor = 'steps 0 to 3'",
        &options,
        true,
    );
    stopped(result.claims[0].clone(), Reason::Interrupted);
}

#[test]
fn a_violation_found_before_the_interrupt_stands() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let mut run = small(5000);
    run.claims = [
        "then = 't < 7'",
        "then = 't < 5000'",
        "then = 't <= 7'\nfor = 'steps 0 to 7'",
    ]
    .map(crate::support::claim)
    .to_vec();
    let interrupt = AtomicBool::new(false);
    let mut stop = |p: edgecert::certify::Progress| {
        if p.step > 0 {
            interrupt.store(true, Ordering::Relaxed);
        }
    };
    let outcome = edgecert::certify::certify(&run, &Options::default(), &interrupt, &mut stop);
    let mut claims = outcome.expect("an outcome").claims.into_iter();
    let mut next = || claims.next().expect("a claim");
    assert_eq!(next().violation.map(|v| v.step), Some(7));
    let open = stopped(next(), Reason::Interrupted);
    assert_eq!(open.checked, 512);
    is(next(), Verdict::Certified);
}

#[test]
fn a_narrow_margin_is_decided_with_more_bits() {
    let run = small(7);
    let mut x = run.start.map(|r| r.lower.clone());
    for _ in 0..7 {
        x = exact_step(&run.parameters, &x);
    }
    // Beyond the iterates that are exact, this margin needs bits.
    let tiny = rug::Rational::from(1) >> 300;
    let bound =
        |alpha: rug::Rational| format!("then = 'running_min(alpha) >= {alpha}'\nwhen = 't = 7'");
    let holds = bound(rug::Rational::from(&x.alpha - &tiny));
    let fails = bound(rug::Rational::from(&x.alpha + &tiny));
    let result = certified(&run, &holds);
    assert!(result.precision > 256, "{}", result.precision);
    let result = violated(&run, &fails, 7);
    assert!(result.precision > 256, "{}", result.precision);
    let result = stopped(check_with(&run, &holds, &at_most(128)), Reason::Precision);
    let obstacle = result.obstacle.expect("an obstacle");
    assert_eq!((obstacle.step, result.precision), (Some(7), 128));
    assert!(
        obstacle.detail.starts_with("running_min(alpha) >= "),
        "{obstacle:?}"
    );
}

#[test]
fn a_long_run_gets_the_bits_it_needs() {
    // s → 0⁺ geometrically: 1 − αβ₂ cancels more and more bits.
    let run = run(
        parameters("1", "1", "1/8", None),
        start("1", "0", "3/4"),
        2000,
    );
    let result = certified(&run, "then = '0 < s < 1'");
    assert!(result.precision > 128);
    let result = stopped(
        check_with(&run, "then = '0 < s < 1'", &at_most(128)),
        Reason::Precision,
    );
    let obstacle = result.obstacle.expect("an obstacle");
    assert!(obstacle.step.is_some_and(|t| t > 100), "{obstacle:?}");
    assert!(obstacle.detail.starts_with("0 < s < 1"), "{obstacle:?}");
    let some = "then = 's <= 0'\nfor = 'some step to 2000'";
    assert_eq!(crate::support::check(&run, some).verdict, Verdict::Violated);
    let obstacle = stopped(check_with(&run, some, &at_most(128)), Reason::Precision).obstacle;
    assert!(obstacle.is_some_and(|o| o.step.is_some_and(|t| t > 100)));
}

#[test]
fn a_point_start_is_compared_exactly() {
    let mut run = small(5);
    run.start.alpha = point(&q("1/3"));
    certified(
        &run,
        "then = ['alpha = 1/3', 'alpha <= 1/3']\nwhen = 't = 0'",
    );
    violated(&run, "then = 'alpha < 1/3'", 0);
    violated(&run, "then = 'not alpha >= 1/3'", 0);
    certified(
        &run,
        "then = 'start(alpha) <= 1/3 or t > 0'\ngiven = 'alpha = 1/3'\nwhen = 'alpha < 1/3 or t > 0'",
    );
}

#[test]
fn a_tight_constant_that_is_not_known_everywhere_is_not_given() {
    let mut run = small(3);
    run.start.alpha = around("0", "1/100");
    let tight = |then: &str, from: &str| {
        let lines = format!(
            "then = '{then}'\nconstants = {{ k = 1 }}\n\
             tight = {{ constant = 'k', from = '{from}', best = 'greatest' }}"
        );
        certified(&run, &lines)
    };
    let unknown = tight("k*alpha^2 >= alpha - 1", "(alpha - 1)/alpha^2");
    assert!(unknown.tight.is_none() && unknown.tight_unknown.is_some());
    assert!(tight("alpha <= k", "alpha").tight.is_some());
}

#[test]
fn the_slack_is_the_least_and_says_where() {
    let run = small(9);
    let slack = |then: &str| {
        let result = certified(&run, &format!("then = '{then}'"));
        result.clauses[0].slack.clone().expect("a slack")
    };
    let least = slack("(t - 4)^2 + 1 > 0");
    assert_eq!(least.attained().step(), Some(4));
    assert!(least.relative.is_none());
    assert!(least.absolute.contains(&q("1")) && least.absolute.is_point());
    let least = slack("20 - t >= 1");
    assert!(least.absolute.contains(&q("10")) && least.attained().step() == Some(9));
    assert!(least.relative.is_some_and(|r| r.contains(&q("10/11"))));
    assert!(slack("t >= 0 and t <= 20").absolute.contains(&q("0")));
    assert!(slack("t >= 15 or t <= 20").absolute.contains(&q("11")));
    assert!(slack("not t > 20").absolute.contains(&q("11")));
}

#[test]
fn a_sharpness_that_equals_its_bound_is_neither_below_nor_above() {
    // β₁ = 0 and αβ₂ = 1: nothing moves, and S = λ₁α² = 4.
    let run = run(slow("1"), start("2", "0", "1/2"), 5);
    certified(
        &run,
        "then = ['sharpness <= 4', 'sharpness >= 4', '4 <= sharpness', '4 >= sharpness']",
    );
    for bound in [
        "sharpness < 4",
        "sharpness > 4",
        "4 < sharpness",
        "4 > sharpness",
    ] {
        violated(&run, &format!("then = '{bound}'"), 0);
        certified(&run, &format!("then = 'not {bound}'"));
    }
    let result = violated(&run, "then = 'sharpness <= 3'", 0);
    assert!(result.violation.is_some_and(|v| v.rayleigh.is_some()));
}

#[test]
fn each_step_is_compared_with_its_own_exact_iterate() {
    let run = small(5);
    let x = exact_step(&run.parameters, &run.start.map(|r| r.lower.clone())).alpha;
    // Equality at step 0 needs exact arithmetic, and so does equality at step 1.
    let lines = format!("then = ['t > 0 or alpha <= 1/2', 'not (t = 1 and alpha <= {x})']");
    violated(&run, &lines, 1);
    certified(
        &run,
        &format!("then = ['t > 0 or alpha <= 1/2', 'not t = 1 or alpha = {x}']"),
    );
}

#[test]
fn a_violation_leaves_no_obstacle() {
    let mut run = small(3);
    run.start.alpha = around("1/2", "1/100");
    let result = violated(&run, "then = ['t > 0', 'alpha > 1/2']", 0);
    assert!(result.obstacle.is_none() && !result.loose);
}
