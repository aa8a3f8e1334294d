//! Robustness and remedies.

use edgecert::audit::Format;
use edgecert::audit::outcome::Agreement;
use edgecert::audit::remedy::{Options, Remedy, Search, Trial};
use edgecert::audit::robustness::{Input, neighbour};
use edgecert::verdict::Verdict;
use rug::Rational;

use crate::support::{audited, known, only, outcome};

const B: [&str; 3] = ["3/5", "1/10", "1/2"];

/// Outcomes of f64, backprop with α, β₁, β₂ one float up and down, in this order, computed
/// independently in C.
#[test]
fn neighbouring_floats_have_the_known_outcomes() {
    let div = "DIV";
    let table = [
        (
            "1/20",
            ["61/100", "1/50", "2/5"],
            [
                "> 6 63.84",
                "> 11 40.45",
                "> 6 63.84",
                "> 6 63.84",
                "> 7 50.43",
                "> 6 63.84",
            ],
        ),
        ("1/20", ["63/100", "1/100", "1/2"], ["> 28 40.21"; 6]),
        ("1/20", B, ["< 2 30.97"; 6]),
        ("1/12", ["1/10", "1/10", "1/10"], [div; 6]),
    ];
    for (eta, start, expected) in table {
        let mut options = only(&["f64"], &["backprop"]);
        options.robustness = vec![Format::f64()];
        let audit = audited(&known(eta, start, 20_000, &[]), &options);
        let robustness = &audit.robustness[0];
        assert_eq!(robustness.traces.len(), 13);
        let value = crate::common::q(eta).to_f64();
        let nudged = |input, up| {
            let is = |t: &&_| {
                let t: &&edgecert::audit::robustness::Nudged = t;
                t.nudge.is_some_and(|n| n.input == input && n.up == up)
            };
            let trace = robustness.traces.iter().find(is).expect("a trace");
            let events = &trace.outcome.events;
            let sharpness = trace.outcome.eta_sharpness.map(|x| x.upper_f64());
            outcome(events.ending, events.upward_count, sharpness, value)
        };
        let starts = [Input::Alpha, Input::Beta1, Input::Beta2];
        let found: Vec<String> = starts
            .into_iter()
            .flat_map(|input| [nudged(input, true), nudged(input, false)])
            .collect();
        assert_eq!(found, expected, "{start:?} {eta}");
        // The classes are a partition by ending and crossings.
        let mut members: Vec<usize> = robustness
            .outcomes
            .iter()
            .flat_map(|class| class.members.clone())
            .collect();
        members.sort_unstable();
        assert_eq!(members, (0..13).collect::<Vec<_>>());
        for class in &robustness.outcomes {
            for &i in &class.members {
                let events = &robustness.traces[i].outcome.events;
                assert!(class.ending.agrees(events.ending));
                assert_eq!(class.upward_count, events.upward_count);
            }
        }
    }
}

#[test]
fn neighbours_are_the_next_floats() {
    let f64 = Format::f64();
    let exact = |x: f64| Rational::from_f64(x).expect("finite");
    for x in [
        1.0,
        -1.0,
        0.1,
        3.0,
        f64::MIN_POSITIVE,
        -f64::MIN_POSITIVE,
        2.0 * f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        1e-310,
        0.0,
        1e308,
    ] {
        for (up, next) in [(true, x.next_up()), (false, x.next_down())] {
            assert_eq!(
                neighbour(&f64, &exact(x), up),
                Some(exact(next)),
                "{x:e} {up}"
            );
        }
    }
    assert_eq!(neighbour(&f64, &exact(f64::MAX), true), None);
    let flush = Format::parse("f64+flush").expect("a format");
    let least = exact(f64::MIN_POSITIVE);
    assert_eq!(neighbour(&flush, &least, false), Some(Rational::new()));
    assert_eq!(neighbour(&flush, &Rational::new(), true), Some(least));
    let unbounded = Format::parse("53:unbounded").expect("a format");
    assert_eq!(neighbour(&unbounded, &Rational::new(), true), None);
    assert_eq!(
        neighbour(&unbounded, &exact(1.0), false),
        Some(exact(1f64.next_down()))
    );
}

/// All but the last certainly fail, and the last is what was looked for.
fn is_a_proof(search: &Search) -> &Trial {
    assert!(search.found && search.open == 0);
    let (last, below) = search.tried.split_last().expect("tried");
    for trial in below {
        assert_eq!(trial.reproduces(), Agreement::Differs, "{:?}", trial.remedy);
    }
    assert_eq!(last.reproduces(), Agreement::Agrees);
    last
}

/// |β₁| falls below 1e-350 in these 4500 steps: f64 lacks a bit of its exponent.
#[test]
fn remedies_for_f64_are_found() {
    let claims = [
        "when = ['1 < a', 'a < 2']\nthen = \"b' <= b\"\nfor = 'every step'",
        "then = 'abs(beta1) > 0'\nfor = 'every step'",
        "then = 'abs(beta1) > 1e-320'\nfor = 'every step'",
        // Needs some 45 bits, many more than the outcome does.
        "then = \"abs(beta1' - beta1*(1 - a)) <= 1e-12*abs(beta1)\"\nfor = 'every step'",
    ];
    let run = known("1/20", B, 4500, &claims);
    let mut options = only(&["f64"], &["factored"]);
    options.remedies = Some(Options::default());
    let audit = audited(&run, &options);
    let remedies = &audit.remedies[0];
    assert_eq!(remedies.claims, [0, 1, 2, 3]);
    assert_eq!(remedies.unbounded.reproduces(), Agreement::Agrees);
    let field = is_a_proof(remedies.field.as_ref().expect("a search"));
    let bits = |trial: &Trial| match trial.remedy {
        Remedy::Field { precision, bits } => (precision, bits),
        _ => panic!("{:?}", trial.remedy),
    };
    assert_eq!(bits(field), (53, 12));
    // λ₁ = 100 is beyond a field of 3 bits.
    let tried = remedies.field.iter().flat_map(|search| &search.tried);
    let fields: Vec<u32> = tried.map(|trial| bits(trial).1).collect();
    assert_eq!(fields, (4..=12).collect::<Vec<_>>());
    let words: Vec<(&Remedy, Agreement)> = remedies
        .others
        .iter()
        .map(|trial| (&trial.remedy, trial.reproduces()))
        .collect();
    let least_normal = Rational::from(1) >> 1022;
    assert_eq!(
        words,
        [
            (&Remedy::Logarithmic, Agreement::Agrees),
            (&Remedy::Scaled(1015), Agreement::Agrees),
            // Another algorithm, which never comes below its floor.
            (&Remedy::Floor(least_normal), Agreement::Differs),
        ]
    );
    // With |β₁| ≤ 1/10, which is where it starts, f64 tells the truth about that algorithm,
    // which is another one.
    let clipped = remedies.clipped.as_ref().expect("a clip");
    assert_eq!(clipped.trial.remedy, Remedy::Clip(Rational::from((1, 10))));
    assert_eq!(clipped.trial.agreement, Agreement::Agrees);
    assert_eq!(clipped.same_outcome, Agreement::Differs);
    // The smallest format, and none smaller.
    let smallest = audit.smallest.as_ref().expect("a search");
    assert_eq!(
        bits(is_a_proof(smallest.field.as_ref().expect("a search"))),
        (53, 12)
    );
    let last = is_a_proof(smallest.precision.as_ref().expect("a search"));
    assert_eq!(smallest.format(), Some(&last.format));
    let misses_a_claim = |t: &Trial| t.agreement == Agreement::Agrees && t.missed() == [3];
    let mut tried = smallest.precision.iter().flat_map(|search| &search.tried);
    assert!(tried.any(misses_a_claim));
    let tried = smallest.precision.iter().flat_map(|search| &search.tried);
    let precisions: Vec<u32> = tried.map(|trial| bits(trial).0).collect();
    assert_eq!(precisions, (2..=bits(last).0).collect::<Vec<_>>());
    let width = last.format.width().expect("bounded");
    assert_eq!(width, bits(last).0 + 12);
    assert!(last.claims.is_some());
}

/// In 20 000 steps |β₁| falls to 1e-750, which scaling does not reach. Its logarithm does.
#[test]
fn only_the_logarithm_repairs_f64_in_the_long_run() {
    let claims = ["then = 'abs(beta1) > 0'\nfor = 'every step'"];
    let run = known("1/20", B, 20_000, &claims);
    let mut options = only(&["f64"], &["factored", "backprop"]);
    options.remedies = Some(Options {
        every_order: true,
        clip: None,
        // There is nothing to be found at this precision.
        reference_precision: 20,
        ..Options::default()
    });
    let audit = audited(&run, &options);
    assert_eq!(audit.truth.verdict(0), Verdict::Certified);
    assert_eq!(audit.remedies.len(), 2);
    // At 12 bits backprop's pinning has the same crossings, but not at the same steps.
    for (remedies, field_needed) in audit.remedies.iter().zip(["53:13", "53:13"]) {
        assert_eq!(remedies.unbounded.reproduces(), Agreement::Agrees);
        let field = is_a_proof(remedies.field.as_ref().expect("a search"));
        assert_eq!(field.format.to_string(), field_needed);
        let [logarithmic, scaled, floor] = &remedies.others[..] else {
            panic!("{:?}", remedies.others)
        };
        assert_eq!(logarithmic.remedy, Remedy::Logarithmic);
        assert_eq!(logarithmic.reproduces(), Agreement::Agrees);
        assert_eq!(scaled.reproduces(), Agreement::Differs);
        assert_eq!(floor.reproduces(), Agreement::Differs);
        assert!(remedies.clipped.is_none());
    }
    let smallest = audit.smallest.expect("a search");
    assert_eq!(smallest.reference.agreement, Agreement::Differs);
    assert!(smallest.field.is_none() && smallest.format().is_none());
}
