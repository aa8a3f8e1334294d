//! Numbers that leave the range of f64, steps that attain them, and the facts of a run some of
//! whose steps are open.

use proptest::prelude::*;
use rug::Rational;
use rug::ops::Pow;

use edgecert::certify::Options;
use edgecert::input::{Range, Run};
use edgecert::model::{Parameters, State};
use edgecert::number::{Interval, Number};
use edgecert::verdict::crossings::{Count, When};
use edgecert::verdict::facts::Facts;
use edgecert::verdict::{Attained, Reason};

use crate::common::{exact_step, parameters, point, q, run, start};
use crate::support::{certified, outcome, small, undecided, violated};

fn facts(run: &Run) -> Facts {
    outcome(run, "then = 't >= 0'", &Options::default(), false).facts
}

/// 10⁻ᵏ.
fn tenth(k: u32) -> Rational {
    Rational::from(10).pow(k).recip()
}

#[test]
fn a_slack_below_every_f64_is_told_whatever_stands_first() {
    let mut start = start("1", "1", "1");
    start.beta1 = point(&tenth(400));
    let run = run(parameters("1", "1", "1", None), start, 0);
    for then in [
        "0 < beta1 and 0 < beta1^2",
        "0 < beta1^2 and 0 < beta1",
        "not (beta1 <= 0 or beta1^2 <= 0)",
        "not (beta1^2 <= 0 or beta1 <= 0)",
    ] {
        let result = certified(&run, &format!("then = '{then}'"));
        let slack = result.clauses[0].slack.as_ref().expect("a slack");
        assert!(slack.absolute.contains(&tenth(800)), "{then}: {slack:?}");
        assert!(!slack.absolute.contains(&tenth(799)));
        assert!(slack.absolute.to_string().ends_with("e-800"), "{then}");
    }
    // The greater one of a disjunction, and the tighter of two conclusions.
    let result = certified(&run, "then = '0 < beta1^2 or 0 < beta1'");
    let slack = result.clauses[0].slack.as_ref().expect("a slack");
    assert!(slack.absolute.contains(&tenth(400)));
    for then in [
        "['beta1 > 0', 'beta1^3 > 0']",
        "['beta1^3 > 0', 'beta1 > 0']",
    ] {
        let result = certified(&run, &format!("then = {then}"));
        let tightest = result.tightest().expect("a clause");
        assert_eq!(tightest.text, "beta1^3 > 0");
    }
}

/// β₁ shrinks by |1 − a| = 1/2 each step, and its square is below every f64.
#[test]
fn the_least_of_values_below_every_f64_is_the_last() {
    let mut start = start("1", "1", "1");
    start.beta1 = point(&tenth(400));
    let run = run(parameters("1", "1/1000", "3/2", None), start, 3);
    let result = certified(&run, "then = '0 < beta1^2'");
    let slack = result.clauses[0].slack.as_ref().expect("a slack");
    assert_eq!(slack.attained().step(), Some(3));
    let least = facts(&run).min_beta1.expect("an extreme");
    assert_eq!(least.attained.step(), Some(3));
    let lines = "then = 'beta1^2 >= k'\nconstants = { k = 0 }\n\
                 tight = { constant = 'k', from = 'beta1^2', best = 'least' }";
    let tight = certified(&run, lines).tight.expect("a tight constant");
    assert_eq!(tight.attained.step(), Some(3));
    assert!(tight.value.upper().0 > 0.0 && tight.value.lower().0 > 0.0);
}

#[test]
fn a_violated_disjunction_has_a_negative_slack() {
    // α = 1/2, β₂ = 1 at the start.
    let result = violated(
        &small(3),
        "then = 'alpha > 1 or beta2 > 3'\nfor = 'steps 0 to 0'",
        0,
    );
    let slack = result.clauses[0].slack.as_ref().expect("a slack");
    assert!(slack.absolute.contains(&q("-1/2")), "{slack:?}");
    // A flag that does not hold is no reason to leave it out, one that does is.
    let lines = "then = 'clipped or alpha > 1'\nfor = 'steps 0 to 0'";
    let result = violated(&small(3), lines, 0);
    let slack = result.clauses[0].slack.as_ref().expect("a slack");
    assert!(slack.absolute.contains(&q("-1/2")), "{slack:?}");
    let lines = "then = 'not clipped or alpha > 1'\nfor = 'steps 0 to 0'";
    assert!(certified(&small(3), lines).clauses[0].slack.is_none());
    let lines = "then = 'clipped and alpha > 0'\nfor = 'steps 0 to 0'";
    assert!(violated(&small(3), lines, 0).clauses[0].slack.is_none());
}

#[test]
fn a_sum_of_squares_is_not_negative() {
    // A minimiser: L = 0 for ever; and a box around it.
    let at_rest = run(
        parameters("1", "1/3", "1/7", None),
        start("3", "0", "1/3"),
        40,
    );
    let mut around = at_rest.clone();
    around.start.beta1 = Range {
        lower: q("-1/10"),
        upper: q("1/10"),
    };
    for run in [&at_rest, &around] {
        let outcome = outcome(run, "then = 'loss >= 0'", &Options::default(), false);
        let loss = outcome.last.loss.expect("a loss");
        assert!(loss.lower().0 >= 0.0, "{loss:?}");
        let largest = outcome.facts.max_loss.expect("a loss");
        assert!(largest.value.lower().0 >= 0.0);
        for then in [
            "loss >= 0",
            "abs(r) + sqrt(loss) >= 0",
            "alpha*alpha + eta*loss/(1 + beta1^2) >= 0",
        ] {
            certified(run, &format!("then = '{then}'"));
        }
    }
}

#[test]
fn the_flow_has_a_sharpness_only_where_it_ends_at_a_minimiser() {
    let at = |alpha: &str, beta1: &str, beta2: &str| {
        run(
            parameters("1", "1", "1/10", None),
            start(alpha, beta1, beta2),
            0,
        )
    };
    // On the stable curve of the saddle 0, and at saddles.
    for run in [at("1/2", "0", "-1/2"), at("0", "0", "0"), at("0", "1", "0")] {
        for then in [
            "gfs_sharpness >= 2",
            "gfs_sharpness < 2",
            "gfs_sharpness = gfs_sharpness*1",
        ] {
            undecided(&run, &format!("then = '{then}'"), Reason::Undefined);
        }
    }
    // C = 0 and αβ₂ > 0, and C > 0 with αβ₂ < 0: the minimiser's, 2 and √(C² + 4).
    let close = "then = 'abs(gfs_sharpness - 2) < 1/10^9'";
    certified(&at("1/2", "0", "1/2"), close);
    let close = "then = 'abs(gfs_sharpness - sqrt((15/16)^2 + 4)) < 1/10^9'";
    certified(&at("1", "0", "-1/4"), close);
}

/// λ, η, the start: all hypotheses of Theorem E hold, then all but one.
#[test]
fn each_hypothesis_of_theorem_e_is_needed() {
    let escape = |lambda: (&str, &str), eta: &str, at: (&str, &str, &str), steps: u64| {
        let run = run(
            parameters(lambda.0, lambda.1, eta, None),
            start(at.0, at.1, at.2),
            steps,
        );
        facts(&run).escape
    };
    assert_eq!(escape(("1", "1/4"), "1", ("3", "4", "1/10"), 1), Some(0));
    for (without, lambda, eta, at) in [
        ("b >= 4", ("1", "1/4"), "1", ("3", "17/10", "1/10")),
        ("a >= 4", ("1", "1/4"), "1", ("3/2", "4", "1/10")),
        ("|alpha| >= 1", ("1", "1/1000"), "16", ("3/4", "1", "1/10")),
        (
            "b >= 8e(beta2^2 + 1)",
            ("1", "1/2"),
            "1",
            ("5/2", "21/10", "6"),
        ),
        ("rho <= 1/2", ("1", "3/4"), "1/2", ("3", "4", "1/10")),
        ("e*rho <= 1/2", ("1", "1/2"), "4", ("3", "4", "1/10")),
    ] {
        assert_eq!(escape(lambda, eta, at, 0), None, "{without}");
    }
    let at = ("5/2", "21/10", "6");
    assert_eq!(escape(("1", "1/2"), "1", at, 4), Some(3));
    // With a clip the theorem says nothing.
    let mut clipped = run(
        parameters("1", "1/4", "1", Some("5")),
        start("3", "4", "1/10"),
        1,
    );
    clipped.steps = 1;
    assert_eq!(facts(&clipped).escape, None);
}

/// What happened on the exact iterates.
#[derive(Debug)]
struct Happened {
    edge: Vec<bool>,
    spikes: Vec<bool>,
    signs: Vec<i32>,
    far: Vec<bool>,
    clipped: Vec<bool>,
}

fn happened(p: &Parameters, mut x: State<Rational>, steps: u64) -> Happened {
    let h = Rational::from(&p.eta * &p.lambda1);
    let free = Parameters {
        clip: None,
        ..p.clone()
    };
    let mut all = Happened {
        edge: Vec::new(),
        spikes: Vec::new(),
        signs: Vec::new(),
        far: Vec::new(),
        clipped: Vec::new(),
    };
    let mut clipped = false;
    for _ in 0..=steps {
        all.edge.push(Rational::from(&x.alpha * &x.alpha) * &h > 2);
        all.spikes
            .push(Rational::from(&x.beta1 * &x.beta1) * &h > q("1/1000"));
        all.signs.push(x.alpha.cmp0() as i32);
        all.far.push(x.alpha.clone().abs() > 1000);
        all.clipped.push(clipped);
        let next = exact_step(p, &x);
        clipped = next.beta1 != exact_step(&free, &x).beta1;
        x = next;
    }
    all
}

fn count(values: impl Iterator<Item = bool>) -> u64 {
    values.filter(|b| *b).count() as u64
}

fn first(values: impl Iterator<Item = bool>) -> Option<u64> {
    (0..).zip(values).find(|(_, b)| *b).map(|(t, _)| t)
}

/// The ranges that the facts give, each with what is true.
type Ranges = (Vec<(Count, u64)>, Vec<(When, Option<u64>)>);

/// The numbers of a run, each with the range that the facts give it.
fn ranges(facts: &Facts, truth: &Happened) -> Ranges {
    let up =
        |v: &[bool]| -> Vec<bool> { (0..v.len()).map(|t| t > 0 && !v[t - 1] && v[t]).collect() };
    let down = |v: &[bool]| count(v.windows(2).map(|w| w[0] && !w[1]));
    let last = |v: &[bool]| v.iter().rposition(|b| *b).map(|t| t as u64);
    let mut flips = vec![false; truth.signs.len()];
    let mut sign = 0;
    for (t, now) in truth.signs.iter().enumerate().filter(|(_, now)| **now != 0) {
        flips[t] = sign * now < 0;
        sign = *now;
    }
    let (edge, spikes) = (&facts.edge_crossings, &facts.spikes);
    let counts = vec![
        (edge.upward, count(up(&truth.edge).into_iter())),
        (edge.downward, down(&truth.edge)),
        (spikes.upward, count(up(&truth.spikes).into_iter())),
        (spikes.downward, down(&truth.spikes)),
        (facts.sign_flips.count, count(flips.iter().copied())),
        (facts.clipped_steps, count(truth.clipped.iter().copied())),
    ];
    let steps = vec![
        (edge.first_upward, first(up(&truth.edge).into_iter())),
        (edge.last_above, last(&truth.edge)),
        (spikes.first_upward, first(up(&truth.spikes).into_iter())),
        (spikes.last_above, last(&truth.spikes)),
        (facts.sign_flips.first, first(flips.into_iter())),
        (facts.large_alpha, first(truth.far.iter().copied())),
    ];
    (counts, steps)
}

fn within(facts: &Facts, truth: &Happened) -> Result<(), TestCaseError> {
    let (counts, steps) = ranges(facts, truth);
    for (i, (range, n)) in counts.into_iter().enumerate() {
        prop_assert!(
            (range.least..=range.most).contains(&n),
            "{i}: {range:?} {n}"
        );
        prop_assert!(facts.open.is_some() || range.exactly().is_some());
    }
    for (i, (range, t)) in steps.into_iter().enumerate() {
        prop_assert!(range.allows(t), "{i}: {range:?} {t:?}");
        prop_assert!(facts.open.is_some() || range.exactly().is_some());
    }
    Ok(())
}

/// α turns round at almost every step.
#[test]
fn sign_flips_are_counted() {
    let flipping = run(
        parameters("1", "1/8", "1", Some("11/8")),
        start("4", "11/8", "1/10"),
        5,
    );
    let truth = happened(
        &flipping.parameters,
        flipping.start.map(|r| r.lower.clone()),
        5,
    );
    let facts = facts(&flipping);
    within(&facts, &truth).unwrap();
    assert!(
        facts.sign_flips.count.least >= 3,
        "{:?} {truth:?}",
        facts.sign_flips
    );
}

/// α₀ = 1, β₂ = 0 and b = 1 give α₁ = 0: no flip at once.
#[test]
fn a_zero_is_no_flip() {
    let zero = run(parameters("1", "1/4", "1", None), start("1", "1", "0"), 1);
    let found = facts(&zero);
    assert_eq!(found.sign_flips.count, Count { least: 0, most: 0 });
    assert_eq!(found.open, None);
}

#[test]
fn the_facts_of_a_box_contain_those_of_its_points() {
    // Figure 1 with α₀ ∈ [0.6195, 0.6205].
    let mut boxed = run(
        parameters("100", "1/100", "1/20", None),
        start("31/50", "1/100", "3/4"),
        110,
    );
    let alpha = Range {
        lower: q("1239/2000"),
        upper: q("1241/2000"),
    };
    boxed.start.alpha = alpha;
    let found = facts(&boxed).sharpness_crossings;
    assert!(found.upward.least <= 1 && found.upward.most >= 1);
    for k in 0..=8 {
        let mut one = boxed.clone();
        one.start.alpha = point(&(q("1239/2000") + Rational::from((k, 8000))));
        let here = facts(&one).sharpness_crossings;
        let step = here.first_upward.step().expect("a crossing");
        assert!((72..=77).contains(&step), "{k}: {step}");
        assert!(found.first_upward.allows(Some(step)), "{found:?} {step}");
        let upward = here.upward.exactly().expect("a number");
        assert!((found.upward.least..=found.upward.most).contains(&upward));
    }
}

fn coordinate() -> impl Strategy<Value = i32> {
    prop_oneof![8 => -64..65i32, 1 => Just(0)]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn facts_are_those_of_the_exact_iterates(
        at in [coordinate(), coordinate(), coordinate()],
        eta in 1..96u32,
        clip in proptest::option::of(1..60u32),
        bits in proptest::option::of(2..30u32),
        inside in [-4..5i32, -4..5, -4..5],
    ) {
        const STEPS: u64 = 5;
        let clip = clip.map(|n| format!("{n}/32"));
        let parameters = parameters("1", "1/4", &format!("{eta}/32"), clip.as_deref());
        let radius = bits.map_or(Rational::new(), |bits| Rational::from(1) >> bits);
        let centre = at.map(|n| Rational::from((n, 32)));
        let [alpha, beta1, beta2] = centre.clone().map(|x| Range {
            lower: Rational::from(&x - &radius),
            upper: x + &radius,
        });
        let boxed = run(parameters.clone(), State { alpha, beta1, beta2 }, STEPS);
        let here = |i: usize| Rational::from((inside[i], 4)) * &radius + &centre[i];
        let x = State { alpha: here(0), beta1: here(1), beta2: here(2) };
        let found = facts(&boxed);
        if found.last_step < STEPS {
            return Ok(());
        }
        within(&found, &happened(&parameters, x, STEPS))?;
    }

    /// The first of the steps with the least value is among those that may attain it.
    #[test]
    fn the_steps_that_may_attain_it_hold_the_one_that_does(
        values in prop::collection::vec((-40..40i32, 0..30i32, 0..30i32, any::<bool>()), 1..80),
        greatest: bool,
        coarse in 1..20i32,
    ) {
        let mut attained = Attained::default();
        let exact: Vec<Rational> = values.iter().map(|v| Rational::from(v.0 / coarse)).collect();
        for (t, v) in (0..).zip(&values) {
            let radius = |r: i32| if v.3 { Rational::new() } else { Rational::from((r, 7)) };
            let x = &exact[t as usize];
            let set = Interval::from_ends(&(x - radius(v.1)), &(x + radius(v.2)));
            if greatest {
                attained.observe_greatest(t, &set.neg());
            } else {
                attained.observe(t, &set);
            }
        }
        let least = (0..).zip(&exact).min_by(|x, y| x.1.cmp(y.1)).map(|(t, _)| t);
        let least: u64 = least.expect("a step");
        prop_assert!(attained.contains(least), "{attained:?} {least}");
        prop_assert!(attained.step().is_none_or(|t| t == least));
        if let Some(listed) = attained.listed() {
            prop_assert!(listed.contains(&least) && listed.len() as u64 == attained.count());
        }
        prop_assert!(attained.count() <= values.len() as u64);
        let (first, last) = attained.span().expect("steps");
        prop_assert!(first <= least && least <= last);
        prop_assert_eq!(attained.step().is_some(), attained.count() == 1);
    }
}

/// Whatever cannot be told apart is kept, in bounded memory.
#[test]
fn many_steps_that_may_attain_it_are_told_by_their_range() {
    let unit = |lower: u32, upper: u32| Interval::from_ends(&lower.into(), &upper.into());
    let mut attained = Attained::default();
    attained.observe(0, &unit(5, 6));
    for t in 1..10_000 {
        attained.observe(t, &unit(1, 4));
    }
    assert_eq!(
        (attained.count(), attained.span()),
        (9_999, Some((1, 9_999)))
    );
    assert_eq!(attained.listed(), None);
    attained.observe(10_000, &unit(0, 0));
    assert_eq!(attained.step(), Some(10_000));
    // Of equal values the first is named.
    attained.observe(10_001, &unit(0, 0));
    assert_eq!(attained.step(), Some(10_000));
    attained.observe_later(&unit(0, 2));
    assert_eq!(attained.step(), Some(10_000));
    attained.observe_later(&Interval::from_ends(&q("-1"), &q("1")));
    assert_eq!(attained.step(), None);
}
