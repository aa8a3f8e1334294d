//! Random claims on random short runs, against the exact iterates.

use proptest::prelude::*;
use rug::Rational;

use edgecert::input::{Range, Run};
use edgecert::model::State;
use edgecert::verdict::{ClaimResult, Reason, Verdict};

use crate::common::{parameters, point, q, run};
use crate::oracle::{Fact, Facts, Truth};
use crate::support::{check, claim};

/// More than are kept exactly.
const STEPS: usize = 7;

/// Number of cases, times `EDGECERT_TEST_MULTIPLIER`.
fn cases(usual: u32) -> u32 {
    let multiplier = std::env::var("EDGECERT_TEST_MULTIPLIER").ok();
    usual * multiplier.map_or(1, |m| m.parse().expect("a whole number"))
}

/// A start, η and the clip bound in thirty-seconds, and the half-width of a box in 2⁻³⁰.
#[derive(Clone, Debug)]
struct Setting {
    start: [i32; 3],
    eta: u32,
    clip: Option<u32>,
}

impl Setting {
    fn centre(&self) -> State<Rational> {
        let [alpha, beta1, beta2] = self.start.map(|n| Rational::from((n, 32)));
        State {
            alpha,
            beta1,
            beta2,
        }
    }

    fn run(&self, start: State<Range>) -> Run {
        let clip = self.clip.map(|n| format!("{n}/32"));
        let eta = format!("{}/32", self.eta);
        run(
            parameters("1", "1/4", &eta, clip.as_deref()),
            start,
            STEPS as u64,
        )
    }
}

fn setting() -> impl Strategy<Value = Setting> {
    let coordinate = || prop_oneof![8 => -64..65i32, 1 => Just(0)];
    (
        [coordinate(), coordinate(), coordinate()],
        1..64u32,
        proptest::option::of(1..40u32),
    )
        .prop_map(|(start, eta, clip)| Setting { start, eta, clip })
}

fn name() -> impl Strategy<Value = String> {
    const NAMES: [&str; 9] = ["alpha", "beta1", "beta2", "a", "b", "s", "p", "Q", "t"];
    (proptest::sample::select(&NAMES[..]), 0..4u32).prop_map(|(name, prime)| match prime {
        0 => format!("{name}'"),
        _ => name.to_string(),
    })
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => name(),
        1 => (-40..40i32).prop_map(|n| format!("({n}/16)")),
    ];
    let tree = leaf.prop_recursive(2, 6, 2, |inner| {
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            (two(), proptest::sample::select(&["+", "-", "*"][..]))
                .prop_map(|((x, y), op)| format!("({x} {op} {y})")),
            (two(), proptest::sample::select(&["min", "max"][..]))
                .prop_map(|((x, y), f)| format!("{f}({x}, {y})")),
            two().prop_map(|(x, y)| format!("({x}/(1 + {y}^2))")),
            inner.clone().prop_map(|x| format!("abs({x})")),
        ]
    });
    const MEMORY: [&str; 4] = ["start", "running_max", "running_min", "running_sum"];
    let remembered = (proptest::sample::select(&MEMORY[..]), tree.clone())
        .prop_map(|(f, x)| format!("{f}({x})"));
    let difference = (tree.clone(), remembered.clone()).prop_map(|(x, m)| format!("{x} - {m}"));
    prop_oneof![3 => tree, 1 => remembered, 1 => difference]
}

fn comparison() -> impl Strategy<Value = String> {
    let relation = || proptest::sample::select(&["<", "<=", ">", ">="][..]);
    let level = || -40..60i32;
    prop_oneof![
        6 => (expression(), relation(), level()).prop_map(|(x, r, n)| format!("{x} {r} {n}/16")),
        1 => (expression(), relation(), expression()).prop_map(|(x, r, y)| format!("{x} {r} {y}")),
        1 => (expression(), name()).prop_map(|(x, y)| format!("{x} = {y}")),
        1 => (relation(), 0..60u32, any::<bool>())
            .prop_map(|(r, n, next)| format!("sharpness{} {r} {n}/16", if next { "'" } else { "" })),
        1 => Just("clipped".to_string()),
        1 => Just("clipped'".to_string()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => comparison(),
        1 => (comparison(), comparison()).prop_map(|(x, y)| format!("{x} and {y}")),
        1 => (comparison(), comparison()).prop_map(|(x, y)| format!("{x} or {y}")),
        1 => comparison().prop_map(|x| format!("not ({x})")),
    ]
}

/// A condition on one iterate that remembers nothing.
fn plain() -> impl Strategy<Value = String> {
    const NAMES: [&str; 7] = ["alpha", "beta1", "beta2", "a", "b", "s", "t"];
    let names = proptest::sample::select(&NAMES[..]);
    let relation = proptest::sample::select(&["<", ">="][..]);
    (names, relation, -32..48i32).prop_map(|(x, r, n)| format!("{x} {r} {n}/16"))
}

fn scope() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("every step".to_string()),
        1 => (0..4u32, 0..5u32).prop_map(|(n, m)| format!("steps {n} to {m}")),
        1 => plain().prop_map(|c| format!("from first({c})")),
        1 => plain().prop_map(|c| format!("until first({c})")),
        2 => plain().prop_map(|c| format!("each stretch where {c}")),
        1 => (1..3u32).prop_map(|k| format!("from crossing({k})")),
        1 => (1..3u32).prop_map(|k| format!("until crossing({k})")),
        1 => (1..3u32).prop_map(|k| format!("from spike({k})")),
        1 => (1..3u32).prop_map(|k| format!("until spike({k})")),
        1 => Just("from first given".to_string()),
    ]
}

/// The lines of a claim.
fn lines() -> impl Strategy<Value = String> {
    let hypothesis = || proptest::option::weighted(0.4, condition());
    (
        condition(),
        hypothesis(),
        proptest::option::weighted(0.3, plain()),
        scope(),
        expression(),
        any::<bool>(),
    )
        .prop_map(|(then, when, given, scope, from, least)| {
            let mut lines = format!("then = \"{then}\"\nfor = \"{scope}\"\n");
            let given = given.or((scope == "from first given").then(|| "a >= 1".into()));
            for (field, text) in [("when", when), ("given", given)] {
                if let Some(text) = text {
                    lines += &format!("{field} = \"{text}\"\n");
                }
            }
            // A remembered value that looks ahead shortens the claim itself.
            let remembers = from.contains("start(") || from.contains("running_");
            let from = if remembers {
                from.replace('\'', "")
            } else {
                from
            };
            let best = if least { "least" } else { "greatest" };
            lines
                + &format!(
                    "constants = {{ k = 1 }}\n\
                     tight = {{ constant = \"k\", from = \"{from}\", best = \"{best}\" }}"
                )
        })
}

/// Whether a claim's hypotheses or conclusions look at the next iterate.
fn looks_ahead(lines: &str) -> bool {
    let checked = |l: &&str| l.starts_with("then") || l.starts_with("when");
    lines.lines().filter(checked).any(|l| l.contains('\''))
}

/// Whether the constant's value at a step looks farther than the claim does.
fn tight_looks_farther(lines: &str) -> bool {
    let tight = lines.lines().find(|l| l.starts_with("tight"));
    !looks_ahead(lines) && tight.is_some_and(|l| l.contains('\''))
}

/// At a point of a box, an earlier violation may be open.
fn compare(result: &ClaimResult, facts: &Facts, is_box: bool) -> Result<(), TestCaseError> {
    match result.verdict {
        Verdict::Certified => prop_assert_eq!(&facts.fact, &Fact::Certified),
        Verdict::Vacuous => prop_assert_eq!(&facts.fact, &Fact::Vacuous),
        Verdict::Violated => {
            let step = result.violation.as_ref().expect("a witness").step;
            prop_assert!(facts.violations.contains(&step), "{} {:?}", step, facts);
            let first = facts.fact == Fact::Violated(step);
            let hidden = facts.touches || is_box;
            prop_assert!(first || hidden && result.cut_short.is_some());
            prop_assert!(result.violated <= facts.violated);
            // What comes after the witness may be undecided.
            if result.checked < facts.checked {
                return Ok(());
            }
            prop_assert_eq!(result.violated, facts.violated);
        }
        Verdict::Undecided => {
            let reason = result.obstacle.as_ref().expect("an obstacle").reason;
            prop_assert!(
                facts.touches || reason == Reason::Escape,
                "{:?}",
                result.obstacle
            );
            return Ok(());
        }
    }
    prop_assert_eq!(result.checked, facts.checked);
    if let Some(slack) = &facts.slack {
        let enclosed = result.clauses[0].slack.as_ref().expect("a slack");
        prop_assert!(
            enclosed.absolute.contains(slack),
            "{:?} {}",
            enclosed,
            slack
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(300),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_verdict_is_what_is_true_of_the_exact_iterates(setting in setting(), lines in lines()) {
        let parsed = claim(&lines);
        let centre = setting.centre();
        let ahead = looks_ahead(&lines);
        let run = setting.run(centre.map(point));
        // One iterate more, for a tight constant that looks at it.
        let result = check(&run, &lines);
        let truth = Truth::new(&run.parameters, centre, STEPS + 1).truncated(STEPS);
        let facts = truth.facts(&parsed, ahead);
        compare(&result, &facts, false)?;
        if let (Some(tight), Some(exact), false) = (&result.tight, &facts.tight, tight_looks_farther(&lines))
            && result.checked == facts.checked
        {
            prop_assert!(tight.value.contains(exact), "{:?} {}", tight.value, exact);
        }
    }

    #[test]
    fn some_step_is_what_is_true_of_the_exact_iterates(
        setting in setting(),
        then in condition(),
        when in proptest::option::weighted(0.6, condition()),
        given in proptest::option::weighted(0.2, plain()),
        to in 0..STEPS,
    ) {
        let mut lines = format!("then = \"{then}\"\nfor = \"some step to {to}\"\n");
        for (field, text) in [("when", when), ("given", given)] {
            if let Some(text) = text {
                lines += &format!("{field} = \"{text}\"\n");
            }
        }
        let centre = setting.centre();
        let run = setting.run(centre.map(point));
        let result = check(&run, &lines);
        let truth = Truth::new(&run.parameters, centre, STEPS + 1);
        let parsed = claim(&lines);
        let right = match truth.some_step(&parsed, to) {
            None => Verdict::Vacuous,
            Some(true) => Verdict::Certified,
            Some(false) => Verdict::Violated,
        };
        if result.verdict == Verdict::Undecided {
            let reason = result.obstacle.as_ref().expect("an obstacle").reason;
            prop_assert!(truth.some_tie(&parsed, to) || reason == Reason::Escape);
        } else {
            prop_assert_eq!(result.verdict, right, "{}", lines);
        }
    }

    #[test]
    fn a_verdict_on_a_box_is_true_of_each_point_of_it(
        setting in setting(),
        lines in lines(),
        bits in 2..40u32,
        inside in [-4..5i32, -4..5, -4..5],
    ) {
        let centre = setting.centre();
        let radius = Rational::from(1) >> bits;
        let start = centre.map(|x| Range {
            lower: Rational::from(x - &radius),
            upper: Rational::from(x + &radius),
        });
        let shift = |x: &Rational, n: i32| x + Rational::from((n, 4)) * &radius;
        let here = State {
            alpha: shift(&centre.alpha, inside[0]),
            beta1: shift(&centre.beta1, inside[1]),
            beta2: shift(&centre.beta2, inside[2]),
        };
        let run = setting.run(start);
        let result = check(&run, &lines);
        let truth = Truth::new(&run.parameters, here, STEPS + 1).truncated(STEPS);
        let facts = truth.facts(&claim(&lines), looks_ahead(&lines));
        match result.verdict {
            Verdict::Certified => prop_assert!(!matches!(facts.fact, Fact::Violated(_))),
            Verdict::Vacuous => prop_assert_eq!(&facts.fact, &Fact::Vacuous),
            Verdict::Violated => prop_assert!(matches!(facts.fact, Fact::Violated(_))),
            Verdict::Undecided => return Ok(()),
        }
        if result.open.is_none() {
            compare(&result, &facts, true)?;
        }
        if let (Some(tight), Some(exact), false) = (&result.tight, &facts.tight, tight_looks_farther(&lines))
            && result.checked == facts.checked
        {
            prop_assert!(tight.value.contains(exact), "{:?} {}", tight.value, exact);
        }
    }
}

#[test]
fn the_truth_is_computed_from_the_definition_of_the_loss() {
    let p = parameters("1", "1/4", "1", Some("1/4"));
    let x = State {
        alpha: q("1"),
        beta1: q("1/2"),
        beta2: q("2"),
    };
    // r = 1: ∂α = 1/4 + 1/2, ∂β₁ = 1/2, ∂β₂ = 1/4; nothing is clipped.
    let truth = Truth::new(&p, x, 1);
    let parsed =
        claim("then = [\"alpha' = 1/4\", \"beta1' = 0\", \"beta2' = 7/4\", 'sharpness < 4']");
    assert_eq!(truth.facts(&parsed, true).fact, Fact::Certified);
}
