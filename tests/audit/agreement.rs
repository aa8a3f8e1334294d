//! Agreement with the truth: what a variant that *reproduces the truth* must have, and what is
//! said first of one that does not. Random runs are compared with a direct simulation.

use std::sync::Arc;

use edgecert::audit::compare::{Options as CompareOptions, TraceComparison, TraceSpec};
use edgecert::audit::deviation::MOST_STILL;
use edgecert::audit::events::Ending;
use edgecert::audit::outcome::{Agreement, is_same_step};
use edgecert::audit::run::Options;
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Order};
use edgecert::claim::SourceFile;
use edgecert::input::Run;
use edgecert::model::State;
use edgecert::report::audit::{AuditReport, json, text};
use edgecert::report::text::Style;
use proptest::prelude::*;
use rug::{Float, Rational};
use serde_json::Value;

use crate::common::{parameters, q, run, start};
use crate::compare::compared;
use crate::support::{audited, claim, only};
use crate::traces::order;

/// What is reported of a run: the agreements, the exit code, the text and the JSON document.
struct Reported {
    agreements: Vec<Agreement>,
    code: u8,
    text: String,
    json: Value,
    traces: Vec<TraceComparison>,
}

impl Reported {
    fn first_line(&self) -> &str {
        self.text.lines().next().expect("a line")
    }

    /// The first paragraph, without its line breaks.
    fn first(&self) -> String {
        let paragraph = self.text.split("\n\n").next().expect("a paragraph");
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ").replace('\u{202f}', "")
    }
}

fn reported(run: &Run, options: &Options) -> Reported {
    let audit = audited(run, options);
    let change = Change::default();
    let specs: Vec<TraceSpec<'_>> = audit
        .variants
        .iter()
        .map(|v| TraceSpec {
            format: &v.format,
            order: &v.order,
            change: &change,
            backend: None,
        })
        .collect();
    let compare = CompareOptions::default();
    let comparison = compared(run, &specs, &compare);
    let report = AuditReport {
        run,
        audit: &audit,
        comparison: &comparison,
        thresholds: &compare.thresholds,
    };
    Reported {
        agreements: report.agreements(),
        code: report.exit_code(),
        text: text::render(
            &report,
            Style {
                colour: false,
                width: Some(120),
            },
        ),
        json: json::document(&report),
        traces: comparison.traces.clone(),
    }
}

fn own(text: &str) -> Order {
    let file = SourceFile {
        path: "mine.toml".into(),
        text: text.into(),
    };
    Order::parse(&Arc::new(file)).unwrap_or_else(|e| panic!("{e}"))
}

/// A format in an order of one's own.
fn with_order(format: &str, order: Order) -> Options {
    Options {
        orders: vec![Arc::new(order)],
        ..only(&[format], &[])
    }
}

fn run_of([l1, l2, eta]: [&str; 3], steps: u64, [alpha, beta1, beta2]: [&str; 3]) -> Run {
    run(
        parameters(l1, l2, eta, None),
        start(alpha, beta1, beta2),
        steps,
    )
}

/// The α gradient in one rounding.
const FUSED: &str = "id = 'fused'\ntitle = 'x'\n[let]\nr1 = 'alpha*beta1'\nr2 = 'alpha*beta2 - 1'
g1 = 'lambda1*r1'\ng2 = 'lambda2*r2'\n[next]
alpha = 'alpha - eta*fma(g2, beta2, g1*beta1)'\nbeta1 = 'beta1 - eta*(g1*alpha)'
beta2 = 'beta2 - eta*(g2*alpha)'\n";

/// It diverges, as the exact trajectory does: 1012 steps too early, after β₁ has stood still for
/// 5208 steps.
#[test]
fn the_same_ending_is_not_enough() {
    let mut run = run_of(["100", "1/100", "1/20"], 8365, ["1/10"; 3]);
    run.claims = vec![claim(
        "far",
        "for = 'some step to horizon'\nthen = 'abs(alpha) > 1000'",
    )];
    let found = reported(&run, &with_order("f32+flush", own(FUSED)));
    assert_eq!(
        (found.code, &found.agreements[..]),
        (10, &[Agreement::Differs][..])
    );
    let first = found.first();
    for part in [
        "diverges at step 7353, the exact trajectory at 8365",
        "β₁ stands still for 5208 steps",
        "a single step of β₁ errs by 26000000 ulp",
    ] {
        assert!(first.contains(part), "{part}: {first}");
    }
    assert!(found.text.contains("β₁ 5\u{202f}208"), "{}", found.text);
    assert!(found.text.contains("0 reproduce the truth"));
    assert!(!found.text.contains("the certified one"), "{}", found.text);
}

/// In f16, 10⁻⁸ is 0.
#[test]
fn a_step_size_of_zero_is_said_first() {
    let mut run = run_of(["100", "1/100", "1/100000000"], 2000, ["1", "1/10", "1/2"]);
    run.claims = vec![claim("positive", "then = 'alpha > 0'")];
    let found = reported(&run, &only(&["f16"], &["factored"]));
    assert_eq!(
        found.first_line(),
        "f16, factored: η is stored as 0: nothing moves"
    );
    assert_eq!(found.code, 10);
    let variant = &found.json["variants"][0];
    assert_eq!(variant["cause"]["by"], "data rounding");
    assert_eq!(variant["reproduces"], "differs");
    assert_eq!(variant["observed"]["inputs_not_held"][0]["input"], "eta");
}

#[test]
fn every_input_that_a_format_does_not_hold_is_said_first() {
    for (parameters, from, format, part) in [
        (
            ["1/1000000000", "1/100", "1/20"],
            ["1", "1/10", "1/2"],
            "f16",
            "λ₁ is stored as 0",
        ),
        (
            ["100000", "1/100", "1/20"],
            ["1/10", "1/10", "1/2"],
            "f16",
            "λ₁ is stored as infinity",
        ),
        (
            ["4", "1/1000000000", "1/20"],
            ["1", "1/10", "1/2"],
            "f16",
            "λ₂ is stored as 0",
        ),
        (
            ["4", "1/100", "1/20"],
            ["1", "1/1000000000", "1/2"],
            "f16",
            "β₁ at the start is stored as 0",
        ),
        (
            ["4", "1/100", "1/20"],
            ["1", "1/10", "1/1000000000"],
            "f16",
            "β₂ at the start is stored as 0",
        ),
        // Of the subnormal numbers of f16, multiples of 2⁻²⁴, 1.19·10⁻⁷ is the nearest to 10⁻⁷.
        (
            ["4", "1/100", "1/10000000"],
            ["1", "1/10", "1/2"],
            "f16",
            "η is stored as 1.1921(1)e-7, off by 20 %",
        ),
        (
            ["4", "1/100", "1/100000"],
            ["1", "1/10", "1/2"],
            "f16+flush",
            "η is stored as 0: nothing moves",
        ),
    ] {
        let found = reported(
            &run_of(parameters, 5, from),
            &only(&[format], &["factored"]),
        );
        let first = found.first();
        assert!(first.contains(part), "{part}: {first}");
        assert_eq!(found.code, 10, "{part}");
        assert_eq!(
            found.json["variants"][0]["cause"]["by"], "data rounding",
            "{part}"
        );
    }
    let mut clipped = run_of(["4", "1/100", "1/20"], 5, ["1", "1/10", "1/2"]);
    clipped.parameters.clip = Some(q("1/1000000000"));
    let found = reported(&clipped, &only(&["f16"], &["factored"]));
    assert!(
        found.first().contains("the bound of |β₁| is stored as 0"),
        "{}",
        found.first()
    );
    assert_eq!(found.code, 10);
}

/// β₁ underflows to 0 at step 7, and 0/0 is no number.
#[test]
fn not_a_number_names_its_expression() {
    let quotient = "id = 'quotient'\ntitle = 'x'\n[let]\nr = 'alpha*beta2 - 1'\n[next]
alpha = 'alpha - eta*(lambda1*alpha*beta1^2 + lambda2*beta2*r)*(beta1/beta1)'
beta1 = 'beta1*(1 - eta*lambda1*alpha^2)'\nbeta2 = 'beta2 - eta*(lambda2*alpha*r)'\n";
    let order = own(quotient);
    assert_eq!(order.divisors, ["beta1"]);
    let run = run_of(["4", "1/1000", "1/5"], 40, ["1", "1/1000", "1/2"]);
    let found = reported(&run, &with_order("f16", order));
    let first = found.first();
    let trace = &found.traces[0];
    let Ending::NotANumber(t) = trace.events.ending else {
        panic!("{first}")
    };
    let said =
        format!("NaN at step {t}, in beta1/beta1, while the exact trajectory ends below 2/η");
    assert!(first.contains(&said), "{said}: {first}");
    assert!(!found.text.contains("diverges"), "{}", found.text);
    let variant = &found.json["variants"][0];
    assert_eq!(
        variant["observed"]["outcome"]["ending"]["kind"],
        "not_a_number"
    );
    assert_eq!(
        variant["observed"]["operations"]["invalid"]["expression"],
        "beta1/beta1"
    );
    // A division by 0 that is no 0/0 is infinite, and no overflow.
    let infinite = own(&quotient.replace("*(beta1/beta1)", " + 0*(1/beta1)"));
    let run = run_of(["4", "1/1000", "1/5"], 40, ["1", "0", "1/2"]);
    let trace = &reported(&run, &with_order("f16", infinite)).traces[0].clone();
    assert!(trace.operations.infinite.is_some() && trace.operations.overflowed.is_none());
    assert_eq!(trace.events.ending, Ending::NotANumber(1), "0·∞");
}

/// α and β₁ are infinite at step 9; β₂ is not, and is compared.
#[test]
fn coordinates_are_compared_one_by_one() {
    let run = run_of(["100", "1/100", "1/12"], 100, ["7/10", "1/100", "3/10"]);
    let found = reported(&run, &only(&["f16"], &["backprop"]));
    let trace = &found.traces[0];
    assert_eq!(trace.events.ending, Ending::Infinite(9));
    assert_eq!(trace.compared_until, Some(9));
    for steps in [&trace.first_divergence.beta2, &trace.first_divergence.alpha] {
        assert!(steps[0].is_decided() && steps[0].latest.is_some_and(|t| t <= 9));
    }
    assert_eq!(trace.first_divergence.beta2[0].latest, Some(9));
    // Between 3 and 5 % off.
    let options = CompareOptions {
        thresholds: vec![q("3/100"), q("5/100")],
        ..CompareOptions::default()
    };
    let (format, order, change) = (Format::f16(), order("backprop"), Change::default());
    let spec = crate::compare::spec(&format, &order, &change);
    let steps = &compared(&run, &[spec], &options).traces[0]
        .first_divergence
        .beta2
        .clone();
    assert_eq!((steps[0].latest, steps[1].earliest), (Some(9), None));
    assert!(
        found
            .first()
            .starts_with("f16, backprop: infinite at step 9, in "),
        "{}",
        found.first()
    );
}

/// A trace's numbers are exact, and so are ties between them.
#[test]
fn claims_on_a_trace_are_decided_exactly() {
    let mut run = run_of(
        ["4", "1/1000", "1/5"],
        100,
        ["1", "1/1000000000000000000000000000000", "1/2"],
    );
    let lines = [
        "then = \"a' > a\"",
        "then = \"a' >= a\"",
        "then = \"running_max(a) >= a\"",
        "then = \"running_max(a) > start(a) or t < 1\"",
        "then = \"running_sum(a) = t*start(a)\"",
        "then = \"a = 4/5\"",
    ];
    run.claims = lines
        .iter()
        .enumerate()
        .map(|(i, x)| claim(&format!("c{i}"), x))
        .collect();
    let found = reported(&run, &only(&["bf16"], &["factored"]));
    let seen = |i: usize| {
        let claims = found.json["variants"][0]["claims"]
            .as_array()
            .expect("claims");
        let read = claims
            .iter()
            .find(|c| c["id"] == format!("c{i}"))
            .expect("read");
        read["observed"]["seen"]
            .as_str()
            .expect("a word")
            .to_string()
    };
    assert_eq!(
        [0, 1, 2, 3, 4, 5].map(seen),
        ["fails", "holds", "holds", "fails", "holds", "holds"]
    );
    // It is no flip of a tie: on the exact trajectory a grows.
    let agreement = &found.json["variants"][0]["claims"][0]["agreement"];
    assert_eq!(agreement, "differs");
}

/// What a trace holds, computed directly.
#[derive(Clone, Debug, PartialEq)]
enum Number {
    Finite(Rational),
    Infinite(bool),
    None,
}

use Number::{Finite, Infinite, None as NoNumber};

/// A format, by its definition.
struct Direct {
    precision: u32,
    least: i32,
    greatest: i32,
}

impl Direct {
    fn of(format: &Format) -> Self {
        let exponents = format.exponents.expect("bounded");
        Direct {
            precision: format.precision,
            least: exponents.least,
            greatest: exponents.greatest,
        }
    }

    /// To nearest, ties to even, with subnormal numbers.
    fn round(&self, exact: &Rational) -> Number {
        if exact.is_zero() {
            return Finite(Rational::new());
        }
        let mut exponent = self.least;
        while exact.clone().abs() >= Rational::from(1) << (exponent + 1) {
            exponent += 1;
        }
        let place = exponent + 1 - i32::try_from(self.precision).expect("small");
        let units = Rational::from(exact >> place);
        let below = Rational::from(units.floor_ref());
        let above = Rational::from(&below + 1u32);
        let half = Rational::from(&units - &below).cmp(&Rational::from((1, 2)));
        let even = below.numer().is_even();
        let up = half.is_gt() || half.is_eq() && !even;
        let rounded = if up { above } else { below } << place;
        if rounded.clone().abs() >= Rational::from(1) << (self.greatest + 1) {
            Infinite(*exact < 0)
        } else {
            Finite(rounded)
        }
    }

    fn add(&self, x: &Number, y: &Number) -> Number {
        match (x, y) {
            (Finite(x), Finite(y)) => self.round(&Rational::from(x + y)),
            (NoNumber, _) | (_, NoNumber) => NoNumber,
            (Infinite(a), Infinite(b)) if a != b => NoNumber,
            (Infinite(a), _) | (_, Infinite(a)) => Infinite(*a),
        }
    }

    fn subtract(&self, x: &Number, y: &Number) -> Number {
        let negated = match y {
            Finite(y) => Finite(Rational::from(-y)),
            Infinite(a) => Infinite(!a),
            NoNumber => NoNumber,
        };
        self.add(x, &negated)
    }

    fn multiply(&self, x: &Number, y: &Number) -> Number {
        match (x, y) {
            (Finite(x), Finite(y)) => self.round(&Rational::from(x * y)),
            (NoNumber, _) | (_, NoNumber) => NoNumber,
            (Infinite(a), Infinite(b)) => Infinite(a != b),
            (Infinite(a), Finite(x)) | (Finite(x), Infinite(a)) if !x.is_zero() => {
                Infinite(*a != (*x < 0))
            }
            _ => NoNumber,
        }
    }

    /// The order `factored`; with `quotient`, the update of α times β₁/β₁.
    fn step(&self, p: &[Number; 3], x: &State<Number>, quotient: bool) -> State<Number> {
        let [eta, l1, l2] = p;
        let one = Finite(Rational::from(1));
        let h = self.multiply(eta, l1);
        let r1 = self.multiply(&x.alpha, &x.beta1);
        let r2 = self.subtract(&self.multiply(&x.alpha, &x.beta2), &one);
        let (g1, g2) = (self.multiply(l1, &r1), self.multiply(l2, &r2));
        let mut gradient = self.add(&self.multiply(&g1, &x.beta1), &self.multiply(&g2, &x.beta2));
        if quotient {
            let is_number = matches!(&x.beta1, Finite(x) if !x.is_zero());
            let ratio = if is_number { one.clone() } else { NoNumber };
            gradient = self.multiply(&gradient, &ratio);
        }
        let squared = self.multiply(&x.alpha, &x.alpha);
        let factor = self.subtract(&one, &self.multiply(&h, &squared));
        State {
            alpha: self.subtract(&x.alpha, &self.multiply(eta, &gradient)),
            beta1: self.multiply(&x.beta1, &factor),
            beta2: self.subtract(&x.beta2, &self.multiply(eta, &self.multiply(&g2, &x.alpha))),
        }
    }
}

/// Bits of the exact trajectory: far more than these steps lose.
const BITS: u32 = 2000;

/// The exact trajectory up to its divergence, in floats of so many bits.
fn exact(run: &Run) -> Vec<State<Float>> {
    let number = |x: &Rational| Float::with_val(BITS, x);
    let p = &run.parameters;
    let (eta, l1, l2) = (number(&p.eta), number(&p.lambda1), number(&p.lambda2));
    let mut states = vec![run.start.map(|r| number(&r.lower))];
    for t in 0..run.steps {
        let x = &states[usize::try_from(t).expect("small")];
        if x.as_array().into_iter().any(|x| x.clone().abs() > 1000) {
            break;
        }
        let r = x.alpha.clone() * &x.beta2 - 1u32;
        let s = x.alpha.clone() * &x.beta1 * &l1;
        let gradient = s.clone() * &x.beta1 + r.clone() * &l2 * &x.beta2;
        // What is left of a number that vanishes exactly is rounding.
        let minus = |x: &Float, update: Float| {
            let next = Float::with_val(BITS, x - &update);
            let is_rounding = next.clone().abs() <= x.clone().abs() >> (BITS - 200);
            if is_rounding { Float::new(BITS) } else { next }
        };
        let next = State {
            alpha: minus(&x.alpha, gradient * &eta),
            beta1: minus(&x.beta1, s * &x.alpha * &eta),
            beta2: minus(&x.beta2, r * &l2 * &x.alpha * &eta),
        };
        states.push(next);
    }
    states
}

/// The trace up to its end, and how it ended, if before the last step.
fn direct(run: &Run, format: &Format, quotient: bool) -> (Vec<State<Number>>, Option<Ending>) {
    let direct = Direct::of(format);
    let p = &run.parameters;
    let p = [&p.eta, &p.lambda1, &p.lambda2].map(|x| direct.round(x));
    let mut states = vec![run.start.map(|r| direct.round(&r.lower))];
    for t in 0..=run.steps {
        let x = states.last().expect("a state").clone();
        let numbers = x.as_array();
        let far = |x: &&Number| matches!(x, Finite(x) if x.clone().abs() > 1000);
        let ending = if numbers.contains(&&NoNumber) {
            Some(Ending::NotANumber(t))
        } else if numbers.iter().any(|x| matches!(x, Infinite(_))) {
            Some(Ending::Infinite(t))
        } else if numbers.iter().any(far) {
            Some(Ending::Diverged(t))
        } else {
            None
        };
        if ending.is_some() || t == run.steps {
            return (states, ending);
        }
        states.push(direct.step(&p, &x, quotient));
    }
    (states, None)
}

/// The longest stretch in which a coordinate stands still while the exact one moves by more
/// than 1 % + 2^(2−p), by the definition.
fn longest_still(trace: &[State<Number>], exact: &[State<Float>], j: usize, precision: u32) -> u64 {
    let part = Float::with_val(64, 0.01) + (Float::with_val(64, 4) >> precision);
    let last = trace.len().min(exact.len());
    let mut longest = 0;
    let mut from = 0;
    while from < last {
        let x = trace[from].as_array()[j];
        let to = (from..last)
            .take_while(|&t| trace[t].as_array()[j] == x)
            .last()
            .unwrap_or(from);
        let begin = exact[from].as_array()[j];
        let moves = (from..=to).any(|t| {
            let distance = (exact[t].as_array()[j].clone() - begin).abs();
            distance > begin.clone().abs() * &part
        });
        if moves && matches!(x, Finite(_)) {
            longest = longest.max(to - from);
        }
        from = to + 1;
    }
    longest as u64
}

fn quotient_order() -> Order {
    own("id = 'quotient'\ntitle = 'x'\n[let]\nh = 'eta*lambda1'\nr1 = 'alpha*beta1'\nr2 = 'alpha*beta2 - 1'
g1 = 'lambda1*r1'\ng2 = 'lambda2*r2'\n[next]\nalpha = 'alpha - eta*((g1*beta1 + g2*beta2)*(beta1/beta1))'
beta1 = 'beta1*(1 - h*(alpha*alpha))'\nbeta2 = 'beta2 - eta*(g2*alpha)'\n")
}

fn check(run: &Run, format: &Format, quotient: bool) -> Result<(), TestCaseError> {
    let order = if quotient {
        quotient_order()
    } else {
        order("factored")
    };
    let found = reported(run, &with_order(&format.to_string(), order));
    let variant = &found.json["variants"][0];
    let (trace, ending) = direct(run, format, quotient);
    let exact = exact(run);
    let text = &found.text;
    // Endings.
    match (ending, found.traces[0].events.ending) {
        (Some(x), y) => prop_assert_eq!(x, y, "{}", text),
        (None, y) => prop_assert!(y.step().is_none(), "{y:?}\n{text}"),
    }
    // Inputs that are lost.
    let direct = Direct::of(format);
    let p = &run.parameters;
    let inputs = [
        ("eta", &p.eta),
        ("lambda1", &p.lambda1),
        ("lambda2", &p.lambda2),
        ("alpha", &run.start.alpha.lower),
        ("beta1", &run.start.beta1.lower),
        ("beta2", &run.start.beta2.lower),
    ];
    let lost: Vec<&str> = inputs
        .iter()
        .filter(|(_, q)| match direct.round(q) {
            Finite(stored) => {
                let error = Rational::from(&stored - *q).abs();
                error << (format.precision - 1) > (*q).clone().abs()
            }
            _ => true,
        })
        .map(|(name, _)| *name)
        .collect();
    let said = variant["observed"]["inputs_not_held"]
        .as_array()
        .expect("an array");
    let said: Vec<&str> = said.iter().filter_map(|x| x["input"].as_str()).collect();
    prop_assert_eq!(&lost, &said, "{}", text);
    // Coordinates that stand still.
    let longest = [0, 1, 2].map(|j| longest_still(&trace, &exact, j, format.precision));
    for (j, underflow) in found.traces[0].underflow.as_array().into_iter().enumerate() {
        prop_assert_eq!(
            underflow.still.most(),
            longest[j],
            "coordinate {}\n{}",
            j,
            text
        );
    }
    // What reproduces the truth does.
    let agrees = found.agreements[0] == Agreement::Agrees;
    prop_assert_eq!(agrees, text.contains("1 reproduce the truth"), "{}", text);
    prop_assert_eq!(
        agrees,
        found.first_line().contains("reproduces the truth"),
        "{}",
        text
    );
    prop_assert_eq!(agrees, found.code == 0);
    let diverged = |states: &[State<Float>]| {
        let last = states.last().expect("a state");
        last.as_array().into_iter().any(|x| x.clone().abs() > 1000)
    };
    if agrees {
        prop_assert!(
            lost.is_empty() && longest.iter().all(|&n| n <= MOST_STILL),
            "{text}"
        );
        match (diverged(&exact), ending) {
            (true, Some(Ending::Diverged(t))) => {
                prop_assert!(is_same_step(exact.len() as u64 - 1, t), "{text}");
            }
            (false, None) => {
                let (x, truth) = (
                    trace.last().expect("a state"),
                    exact.last().expect("a state"),
                );
                for j in [0, 2] {
                    let Finite(x) = x.as_array()[j] else {
                        panic!("{text}")
                    };
                    let truth = truth.as_array()[j];
                    let error = (Float::with_val(BITS, x) - truth).abs();
                    prop_assert!(error <= truth.clone().abs() / 100u32, "{text}");
                }
            }
            other => prop_assert!(false, "{other:?}\n{text}"),
        }
    } else if let Some(Ending::NotANumber(_) | Ending::Infinite(_)) = ending {
        prop_assert_eq!(found.code, 10, "{}", text);
    }
    Ok(())
}

fn pick(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    (0..texts.len()).prop_map(move |i| texts[i])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn what_is_said_of_a_random_trace_is_true(
        l1 in pick(&["1", "4", "100", "60000", "70000"]),
        l2 in pick(&["1/4", "1/100", "1/30", "1/100000000"]),
        eta in pick(&["1/3", "1/5", "1/20", "1/100", "1/100000", "1/100000000"]),
        alpha in pick(&["1/10", "3/5", "1", "13/10", "3"]),
        beta1 in pick(&["0", "1/10", "-1/2", "1/1000", "1/1000000000", "2"]),
        beta2 in pick(&["1/2", "0", "-1/3", "1", "1/1000000000"]),
        format in pick(&["f16", "bf16", "f32", "8:4", "5:5", "24:5"]),
        steps in 1..60u64,
        quotient in proptest::bool::weighted(0.25),
    ) {
        let run = run_of([l1, l2, eta], steps, [alpha, beta1, beta2]);
        check(&run, &Format::parse(format).expect("a format"), quotient)?;
    }
}
