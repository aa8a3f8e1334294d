//! Outcomes and verdicts of traces against the truth, and why they differ. The outcomes were
//! computed independently: the truth in ball arithmetic of 1500 bits and more, traces in C on
//! the CPU.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use edgecert::audit::audit;
use edgecert::audit::cause::{Ablation, Cause};
use edgecert::audit::events::Ending;
use edgecert::audit::outcome::{Agreement, is_same_step};
use edgecert::audit::run::Variant;
use edgecert::certify::CertifyError;
use edgecert::diagnostic::InputKind;
use edgecert::input::Range;
use edgecert::verdict::Verdict;

use crate::common::q;
use crate::support::{audited, known, of_variant, only, outcome};

const A: [&str; 3] = ["63/100", "1/100", "1/2"];
const B: [&str; 3] = ["3/5", "1/10", "1/2"];
const C: [&str; 3] = ["1/10", "1/10", "1/10"];
const D: [&str; 3] = ["61/100", "1/50", "2/5"];

/// Every start of the table.
const STARTS: [[&str; 3]; 8] = [
    A,
    B,
    ["1/2", "1/10", "1/10"],
    C,
    D,
    ["3/5", "1/1000", "1/2"],
    ["7/10", "1/100", "3/10"],
    ["33/50", "1/1000", "1/2"],
];

fn is_cause(cause: Option<&Cause>, ablation: Ablation) -> bool {
    cause.is_some_and(|c| c.ablation == ablation && c.open_before.is_empty())
}

/// Of f64 in the orders factored, expanded, factored+fma, backprop, backprop+fma; and with
/// flush-to-zero, where the last one is not known in the last run.
#[test]
fn outcomes_of_f64_are_the_known_ones() {
    let orders = [
        "factored",
        "expanded",
        "factored+fma",
        "backprop",
        "backprop+fma",
    ];
    let table = [
        (
            "1/20",
            A,
            "> 28 40.21",
            ["> 28 40.21"; 5],
            ["> 28 40.21"; 5],
        ),
        (
            "1/20",
            B,
            "> 4 47.75",
            [
                "> 2 84.97",
                "> 2 84.97",
                "> 2 84.97",
                "< 2 30.97",
                "< 2 30.97",
            ],
            ["> 2 84.97"; 5],
        ),
        (
            "1/20",
            C,
            "DIV",
            [
                "> 1 99.50",
                "> 1 99.50",
                "> 1 99.50",
                "< 1 18.35",
                "< 1 18.35",
            ],
            ["> 1 99.50"; 5],
        ),
        (
            "1/20",
            D,
            "< 8 39.43",
            [
                "> 6 63.84",
                "> 6 63.84",
                "> 6 63.84",
                "> 6 63.84",
                "> 7 50.43",
            ],
            ["> 6 63.84"; 5],
        ),
        (
            "1/12",
            A,
            "DIV",
            ["> 1 86.59", "> 1 86.59", "> 1 86.59", "DIV", "> 1 86.59"],
            ["> 1 86.59"; 5],
        ),
        (
            "1/12",
            C,
            "DIV",
            ["> 1 99.50", "> 1 99.50", "> 1 99.50", "DIV", "DIV"],
            ["> 1 99.50", "> 1 99.50", "> 1 99.50", "DIV", ""],
        ),
    ];
    for (eta, start, truth, gradual, flush) in table {
        let mut options = only(&["f64"], &orders);
        options.flush = true;
        let audit = audited(&known(eta, start, 20_000, &[]), &options);
        let value = q(eta).to_f64();
        let proved = &audit.truth.outcome;
        let sharpness = proved.eta_sharpness.map(|x| x.upper_f64());
        let events = &proved.events;
        assert_eq!(
            outcome(events.ending, events.upward_count, sharpness, value),
            truth,
            "{start:?} {eta}"
        );
        let expected = gradual.into_iter().chain(flush);
        for (variant, expected) in audit.variants.iter().zip(expected) {
            let name = format!("{start:?} {eta} {}", variant.summary(&audit.truth));
            let found = of_variant(variant, value);
            if !expected.is_empty() {
                assert_eq!(found, expected, "{name}");
            }
            let steps = proved.events.ending.step();
            let steps = steps.zip(variant.outcome.events.ending.step());
            // A divergence elsewhere is another outcome.
            let is_same = steps.is_none_or(|(x, y)| is_same_step(x, y));
            let agrees = found == truth && is_same;
            assert_eq!(variant.agreement == Agreement::Agrees, agrees, "{name}");
            assert_eq!(variant.fails(), !agrees, "{name}");
            // Never precision, and never anything else than the exponent range: the base
            // order fails in all of these.
            if agrees {
                assert_eq!(variant.cause, None, "{name}");
            } else {
                assert!(
                    is_cause(variant.cause.as_ref(), Ablation::Exponents),
                    "{name}: {:?}",
                    variant.cause
                );
            }
        }
    }
}

/// 53 bits with an unbounded exponent reproduce the ending and the crossings of all of them.
#[test]
fn precision_is_not_what_f64_lacks() {
    for eta in ["1/20", "1/12"] {
        for start in STARTS {
            let options = only(&["53:unbounded"], &["factored", "backprop"]);
            let audit = audited(&known(eta, start, 20_000, &[]), &options);
            for variant in &audit.variants {
                assert_eq!(
                    variant.agreement,
                    Agreement::Agrees,
                    "{start:?} {eta}: {}",
                    variant.summary(&audit.truth)
                );
            }
        }
    }
}

/// Each link of the chain is the cause of something.
#[test]
fn every_link_is_named() {
    let formats = [
        ("f64", Ablation::Exponents),
        ("f64+flush", Ablation::Exponents),
        ("f32", Ablation::Data),
        ("26:unbounded", Ablation::Precision),
        ("32:unbounded+zero", Ablation::Rounding),
        ("53:-2200..1023+flush", Ablation::Flush),
    ];
    let names = formats.map(|(format, _)| format);
    let audit = audited(&known("1/20", B, 20_000, &[]), &only(&names, &["factored"]));
    for (variant, (_, ablation)) in audit.variants.iter().zip(formats) {
        assert!(
            is_cause(variant.cause.as_ref(), ablation),
            "{}",
            variant.summary(&audit.truth)
        );
    }
    // What fails before its last link does so in every order, for the same reason.
    let audit = audited(
        &known("1/20", B, 20_000, &[]),
        &only(&["f32", "26:unbounded"], &["backprop"]),
    );
    let causes = audit.variants.iter().map(|v| v.cause.as_ref());
    for (cause, ablation) in causes.zip([Ablation::Data, Ablation::Precision]) {
        assert!(is_cause(cause, ablation), "{cause:?}");
    }
}

/// f64, backprop: |β₁| is pinned at the least numbers, and grows where it must not. In the
/// base order it is not, so the order is the cause; that β₁ is lost at all, is not.
#[test]
fn claims_have_causes_of_their_own() {
    let claims = [
        "when = ['1 < a', 'a < 2']\nthen = \"b' <= b\"\nfor = 'every step'",
        "then = 'abs(beta1) > 0'\nfor = 'every step'",
        "then = 'loss >= 0'\nfor = 'every step'",
        "then = 'abs(beta1) > 1e-320'\nfor = 'every step'",
        "then = 'C = alpha^2 - beta1^2 - beta2^2'\nfor = 'every step'",
    ];
    let run = known("1/20", B, 4500, &claims);
    let audit = audited(
        &run,
        &only(&["f64", "53:unbounded"], &["factored", "backprop"]),
    );
    let verdicts: Vec<Verdict> = (0..4).map(|i| audit.truth.verdict(i)).collect();
    use Verdict::{Certified, Violated};
    assert_eq!(verdicts, [Certified, Certified, Certified, Violated]);
    assert_eq!(audit.truth.claims.left_out, [4]);
    let flips = |variant: &Variant| -> Vec<(usize, Option<Ablation>)> {
        let flips = variant.flips();
        flips
            .map(|c| (c.claim, c.cause.as_ref().map(|cause| cause.ablation)))
            .collect()
    };
    let [factored, backprop, exact_factored, exact_backprop] = &audit.variants[..] else {
        panic!("four variants")
    };
    assert_eq!(flips(factored), [(1, Some(Ablation::Exponents))]);
    assert_eq!(flips(backprop), [(0, Some(Ablation::Order))]);
    assert_eq!(flips(exact_factored), []);
    assert_eq!(flips(exact_backprop), []);
    let summary = factored.summary(&audit.truth);
    assert_eq!((summary.flips, summary.compared, summary.open), (1, 4, 0));
    assert_eq!(
        summary.to_string(),
        "f64, factored: 1 of 4 claims flip; outcome: above 2/η instead of below 2/η; cause: \
         exponent range"
    );
}

/// A trace that ends on the wrong side of the edge.
#[test]
fn flips_are_certain() {
    let claims = [
        "then = 'sharpness <= 2/eta'\nfor = 'steps 20000 to 20000'",
        "then = 'loss <= 1/2'\nfor = 'for all t >= 0'",
        "then = 'sharpness <= 2/eta'\nfor = 'eventually always'",
        "then = 'loss <= 1e-300'\nfor = 'eventually always'",
    ];
    let run = known("1/20", D, 20_000, &claims);
    let audit = audited(&run, &only(&["f64"], &["factored", "backprop"]));
    use Agreement::{Agrees, Differs, Incomparable, Open};
    let expected = [
        (Verdict::Certified, Differs),
        // Spikes have a loss of their own, on the trace, too.
        (Verdict::Violated, Agrees),
        // The exact trajectory may come back above the edge: what is seen at its last step
        // cannot be compared.
        (Verdict::Undecided, Open),
        // The loss goes to 0, but is not that small at the last step that was made.
        (Verdict::Certified, Incomparable),
    ];
    for variant in &audit.variants {
        let found: Vec<(Verdict, Agreement)> = variant
            .claims
            .iter()
            .map(|c| (audit.truth.verdict(c.claim), c.agreement))
            .collect();
        assert_eq!(found, expected);
        assert!(is_cause(
            variant.claims[0].cause.as_ref(),
            Ablation::Exponents
        ));
        let others = &variant.claims[1..];
        assert!(others.iter().all(|c| c.cause.is_none()));
        assert!(!variant.is_decided());
    }
}

/// λ₂ is flushed to 0: the inputs are none of the model's, whatever comes of them.
#[test]
fn inputs_that_are_lost_are_the_cause() {
    let run = known("1/20", A, 20_000, &[]);
    let audit = audited(&run, &only(&["24:-5..127+flush"], &["factored"]));
    let cause = audit.variants[0].cause.as_ref().expect("a cause");
    assert_eq!(cause.ablation, Ablation::Data);
    assert_eq!(cause.open_before, []);
}

#[test]
fn a_box_is_refused() {
    let mut run = known("1/20", A, 10, &[]);
    run.start.alpha = Range {
        lower: q("62/100"),
        upper: q("63/100"),
    };
    let options = only(&["f64"], &["factored"]);
    let refused = audit(&run, &options, &AtomicBool::new(false), &mut |_| {});
    let Err(CertifyError::Input(error)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(error.kind(), InputKind::Value);
    assert!(error.to_string().contains("point start"), "{error}");
}

#[test]
fn an_interrupted_audit_claims_nothing() {
    let claims = ["then = 'alpha > 0'\nfor = 'every step'"];
    let run = known("1/20", A, 1_000_000, &claims);
    let mut options = only(&["f64", "f16"], &["factored"]);
    options.robustness = vec![edgecert::audit::Format::f64()];
    options.remedies = Some(Default::default());
    let begun = Instant::now();
    let audit = audit(&run, &options, &AtomicBool::new(true), &mut |_| {}).expect("an audit");
    assert!(audit.interrupted && begun.elapsed().as_secs() < 5);
    assert_eq!(audit.variants.len(), 2);
    for variant in &audit.variants {
        assert_eq!(variant.agreement, Agreement::Open);
        assert_eq!(variant.outcome.events.ending, Ending::Open);
        assert!(
            variant
                .claims
                .iter()
                .all(|c| c.agreement == Agreement::Open)
        );
        assert!(!variant.fails() && !variant.is_decided());
    }
}

#[test]
fn threads_do_not_matter() {
    let claims = ["when = ['1 < a', 'a < 2']\nthen = \"b' <= b\"\nfor = 'every step'"];
    let run = known("1/20", B, 4000, &claims);
    let found = [1, 3].map(|threads| {
        let mut options = only(&["f64", "f16"], &["factored", "backprop"]);
        options.threads = Some(threads);
        options.robustness = vec![edgecert::audit::Format::f64()];
        options.remedies = Some(edgecert::audit::remedy::Options {
            reference_precision: 24,
            ..Default::default()
        });
        let audit = audited(&run, &options);
        format!(
            "{:?}\n{:?}\n{:?}\n{:?}",
            audit.variants, audit.robustness, audit.remedies, audit.smallest
        )
    });
    assert!(found[0] == found[1]);
}
