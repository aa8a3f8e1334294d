//! Special cases, backends, precision, hooks.

use std::sync::atomic::{AtomicBool, Ordering};

use edgecert::audit::arithmetic::Backend;
use edgecert::audit::compare::{
    FirstStep, Options, TraceComparison, TraceSpec, TruthEnd, compare, digits_lost_per_step,
};
use edgecert::audit::events::Ending;
use edgecert::audit::format::{Rounding, Underflow};
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Order};
use rug::Rational;

use super::{compared, format, spec, table_run};
use crate::common::{exact_step, parameters, q, run, start};
use crate::oracle::Orbit;
use crate::traces::order;

fn decided(step: Option<u64>) -> FirstStep {
    FirstStep {
        earliest: step,
        latest: step,
    }
}

/// Everything but the backend.
fn contents(trace: &TraceComparison) -> String {
    let mut trace = trace.clone();
    trace.backend = Backend::Emulation;
    format!("{trace:?}")
}

#[test]
fn hardware_and_emulation_are_judged_alike() {
    let change = Change {
        floor: Some(q("1/1000000")),
        scale: 20,
    };
    let orders = Order::built_in().expect("built in");
    let mut formats = Vec::new();
    for name in [Format::f64(), Format::f32()] {
        for underflow in [Underflow::Gradual, Underflow::Flush] {
            for rounding in Rounding::ALL {
                formats.push(name.clone().with(underflow, rounding));
            }
        }
    }
    let none = Change::default();
    let mut pairs = Vec::new();
    for order in &orders {
        for (i, format) in formats.iter().enumerate() {
            let change = if i % 3 == 0 { &change } else { &none };
            for backend in [Backend::Hardware, Backend::Emulation] {
                pairs.push(TraceSpec {
                    backend: Some(backend),
                    ..spec(format, order, change)
                });
            }
        }
    }
    let run = table_run("1/20", ["3/5", "1/10", "1/2"], 1400);
    let found = compared(&run, &pairs, &Options::default());
    for (specs, traces) in pairs.chunks(2).zip(found.traces.chunks(2)) {
        let what = format!("{} in {}", specs[0].order.id, specs[0].format);
        assert_eq!(contents(&traces[0]), contents(&traces[1]), "{what}");
        assert_eq!(traces[1].backend, Backend::Emulation);
        let basic = specs[0].order.id != "logarithmic";
        let hardware = basic && cfg!(target_arch = "x86_64");
        assert_eq!(traces[0].backend == Backend::Hardware, hardware, "{what}");
    }
    // Different traces have different digests.
    let mut digests: Vec<_> = found.traces.iter().map(|t| t.digest.to_string()).collect();
    digests.sort();
    digests.dedup();
    assert!(digests.len() > 90, "{}", digests.len());
}

/// The digest as another program computed it, from the same operations in its own doubles.
#[test]
fn digests_do_not_depend_on_the_program() {
    let change = Change::default();
    let (double, wide) = (format("f64"), format("53:15"));
    let factored = order("factored");
    let specs = [
        spec(&double, &factored, &change),
        spec(&wide, &factored, &change),
    ];
    let found = compared(
        &table_run("1/20", ["3/5", "1/10", "1/2"], 2000),
        &specs,
        &Options::default(),
    );
    let known = "bb5b26338a5baea874e35e0931873c58c9b261e3b5eea57ab5f4a65edae60590";
    assert_eq!(found.traces[0].digest.to_string(), known);
    assert_ne!(found.traces[1].digest.to_string(), known);
    // Up to the first underflow of a product, they hold the same numbers.
    let short = compared(
        &table_run("1/20", ["3/5", "1/10", "1/2"], 1000),
        &specs,
        &Options::default(),
    );
    assert_eq!(short.traces[0].digest, short.traces[1].digest);
}

#[test]
fn a_truth_that_vanishes_is_no_false_zero() {
    let change = Change::default();
    let formats = ["f64", "11:5"].map(format);
    let factored = order("factored");
    let specs = formats.each_ref().map(|f| spec(f, &factored, &change));
    // a = ηλ₁α² = 1 at the start: β₁ is exactly 0 from step 1 on.
    let p = parameters("100", "1/100", "1/25", None);
    let vanishing = run(p, start("1/2", "1/8", "1"), 300);
    let found = compared(&vanishing, &specs, &Options::default());
    assert_eq!(found.truth.exponents.beta1.zero, Some(1));
    assert_eq!(found.truth.exponents.beta1.least.upper, Some(-3));
    for trace in &found.traces {
        let beta1 = &trace.underflow.beta1;
        // 1/25 is rounded, so that a trace may miss the zero.
        if let Some(t) = beta1.first_zero {
            assert_eq!(beta1.false_zero, decided(None), "{t}");
        } else {
            let first = trace.first_divergence.beta1[0];
            assert_eq!(first, decided(Some(1)));
        }
    }
    // β₁ = 0 from the start.
    let p = parameters("100", "1/100", "1/20", None);
    let dead = run(p, start("3/5", "0", "1/2"), 300);
    let found = compared(&dead, &specs, &Options::default());
    assert_eq!(found.truth.exponents.beta1.zero, Some(0));
    assert_eq!(found.truth.passes.len(), 1);
    for trace in &found.traces {
        let beta1 = &trace.underflow.beta1;
        assert_eq!(
            (beta1.first_zero, beta1.false_zero),
            (Some(0), decided(None))
        );
        assert_eq!(trace.first_divergence.beta1, [decided(None); 2]);
        assert_eq!(trace.local_error.beta1.zero_steps, 300);
        assert!(trace.local_error.beta1.median.is_none());
        assert!(
            trace
                .errors
                .iter()
                .all(|e| e.relative.beta1.is_some_and(|x| x.is_zero()))
        );
    }
}

/// A floor that the format does not hold: the floored map is what a floored trace is held to.
#[test]
fn floors_are_part_of_the_algorithm() {
    let double = format("f64");
    let factored = order("factored");
    let (plain, floored) = (
        Change::default(),
        Change {
            floor: Some(q("1/1000000000000")),
            scale: 0,
        },
    );
    let specs = [
        spec(&double, &factored, &plain),
        spec(&double, &factored, &floored),
    ];
    let run = table_run("1/20", ["3/5", "1/10", "1/2"], 3000);
    let found = compared(&run, &specs, &Options::default());
    let [plain, floored] = &found.traces[..] else {
        panic!("two")
    };
    let largest = |t: &TraceComparison| {
        let extreme = t.local_error.beta1.largest.as_ref().expect("steps");
        extreme.value.upper_f64()
    };
    assert!(largest(plain) > 0.9 && largest(floored) < 1e-11);
    // It is no longer the trajectory of plain gradient descent.
    assert!(floored.first_divergence.beta1[0].latest < plain.first_divergence.beta1[0].latest);
    assert_eq!(floored.underflow.beta1.first_zero, None);
}

/// β₁ stored in other ways is judged by what it stands for.
#[test]
fn stored_otherwise() {
    let double = format("f64");
    let change = Change {
        floor: None,
        scale: 900,
    };
    let orders = ["scaled", "logarithmic", "factored"].map(order);
    let specs = orders.each_ref().map(|o| spec(&double, o, &change));
    let run = table_run("1/20", ["3/5", "1/10", "1/2"], 1500);
    let found = compared(&run, &specs, &Options::default());
    for trace in &found.traces[..2] {
        assert_eq!(trace.open_questions(), []);
        assert_eq!(trace.underflow.beta1.first_subnormal, None);
        assert_eq!(trace.underflow.beta1.first_zero, None);
        let largest = trace.local_error.beta1.largest.as_ref().expect("steps");
        assert!(largest.value.upper_f64() < 1e-10, "{largest:?}");
        assert_eq!(trace.first_divergence.alpha[0], decided(None));
        assert_eq!(trace.crossings.missing, Some(0));
    }
    assert_eq!(found.traces[2].underflow.beta1.first_zero, Some(1311));
}

/// Errors against an independent orbit at 1500 bits.
#[test]
fn errors_are_those_of_an_independent_truth() {
    let change = Change::default();
    let single = format("f32");
    let backprop = order("backprop");
    let from = ["63/100", "1/100", "1/2"].map(q);
    let options = Options {
        windows: 37,
        ..Options::default()
    };
    let run = table_run("1/20", ["63/100", "1/100", "1/2"], 1850);
    let specs = [spec(&single, &backprop, &change)];
    let found = compared(&run, &specs, &options);
    let errors = &found.traces[0].errors;
    assert_eq!(errors.len(), 38);
    let p = &run.parameters;
    let constants = [&p.eta, &p.lambda1, &p.lambda2];
    let mut orbit = Orbit::new(1500, constants, None, from.each_ref());
    let state = run.start.map(|r| r.lower.clone());
    let mut simulation = edgecert::audit::Simulation::new(p, &state, &single, &backprop, &change);
    let mut ends = errors.iter();
    let mut margin = f64::INFINITY;
    for t in 0..=1850 {
        if t % 50 == 0 {
            let error = ends.next().expect("an end");
            assert_eq!(error.step, t);
            let observed = simulation.state();
            let exact = [&orbit.alpha, &orbit.beta1, &orbit.beta2];
            for (j, exact) in exact.into_iter().enumerate() {
                let x = observed.as_array()[j].as_exact().midpoint();
                let relative = rug::Float::with_val(1500, x - exact).abs()
                    / rug::Float::with_val(1500, exact.abs_ref());
                let enclosure = error.relative.as_array()[j].expect("not 0");
                let (low, high) = (enclosure.lower_f64(), enclosure.upper_f64());
                assert!(
                    low <= relative.to_f64() && relative.to_f64() <= high,
                    "{t} {j}"
                );
                assert!(high - low <= 1e-10 * high);
            }
        }
        let eta = p.eta.to_f64();
        margin = margin.min((orbit.eta_sharpness().to_f64() - 2.0).abs() / eta);
        orbit.advance();
        simulation.advance();
    }
    let distance = found.truth.margin.expect("seen").distance;
    assert!(
        (distance.lower_f64() - margin).abs() < 1e-9,
        "{distance:?} {margin}"
    );
    assert!(
        (distance.upper_f64() - margin).abs() < 1e-9,
        "{distance:?} {margin}"
    );
    // Digits lost in all are the sum over the windows.
    let beta1 = |e: &edgecert::audit::compare::ErrorAt| e.relative.beta1;
    let sum: f64 = errors
        .windows(2)
        .map(|w| {
            digits_lost_per_step(&w[0], &w[1], beta1)
                .expect("not 0")
                .upper_f64()
                * 50.0
        })
        .sum();
    let all = digits_lost_per_step(&errors[0], &errors[37], beta1).expect("not 0");
    assert!((all.upper_f64() * 1850.0 - sum).abs() < 1e-9);
    assert!(digits_lost_per_step(&errors[1], &errors[0], beta1).is_none());
}

/// δ a hair's breadth from an error: decided by as many bits as that takes; δ equal to it: not
/// decided, and said so.
#[test]
fn precision_grows_until_it_is_decided() {
    let change = Change::default();
    let single = format("f32");
    let factored = order("factored");
    let specs = [spec(&single, &factored, &change)];
    let run = table_run("1/20", ["63/100", "1/100", "1/2"], 40);
    let p = &run.parameters;
    let state = run.start.map(|r| r.lower.clone());
    let mut simulation = edgecert::audit::Simulation::new(p, &state, &single, &factored, &change);
    let mut exact = state;
    for _ in 0..7 {
        simulation.advance();
        exact = exact_step(p, &exact);
    }
    let observed = simulation.state().beta2.as_exact().midpoint().to_rational();
    let error = (observed.expect("finite") - &exact.beta2).abs() / exact.beta2;
    let hair = Rational::from(1) >> 700;
    let options = |threshold: Rational, max_precision| Options {
        thresholds: vec![threshold],
        max_precision,
        ..Options::default()
    };
    let first = |options: &Options| {
        let found = compared(&run, &specs, options);
        let bits: Vec<u32> = found.truth.passes.iter().map(|p| p.precision).collect();
        let trace = &found.traces[0];
        let open = trace.open_questions().len();
        (trace.first_divergence.beta2[0], bits, open)
    };
    let below = Rational::from(&error - &hair);
    let above = Rational::from(&error + &hair);
    let (at, bits, open) = first(&options(below.clone(), 4096));
    assert!(
        at.is_decided() && at.latest.is_some_and(|t| t <= 7),
        "{at:?}"
    );
    if at.latest == Some(7) {
        assert_eq!((bits, open), (vec![128, 256, 512, 1024], 0));
    }
    let (later, _, _) = first(&options(above, 4096));
    assert!(
        later.is_decided() && later.latest.is_none_or(|t| t != 7),
        "{later:?}"
    );
    let (tie, bits, open) = first(&options(error.clone(), 1000));
    assert_eq!((tie.is_decided(), open), (false, 1));
    assert_eq!(tie.earliest, Some(7));
    assert_eq!(bits.last(), Some(&1024));
    // At a cap of 128 bits the near miss stays open as well.
    let (capped, bits, open) = first(&options(below, 128));
    assert_eq!((capped.earliest, bits, open), (Some(7), vec![128], 1));
}

/// A scaling beyond the format: there is no finite iterate to speak of.
#[test]
fn a_trace_may_be_over_at_once() {
    let double = format("f64");
    let change = Change {
        floor: None,
        scale: 1800,
    };
    let scaled = order("scaled");
    let run = table_run("1/20", ["3/5", "1/10", "1/2"], 100);
    let found = compared(
        &run,
        &[spec(&double, &scaled, &change)],
        &Options::default(),
    );
    let trace = &found.traces[0];
    assert_eq!(trace.events.ending, Ending::Infinite(0));
    // α and β₂ are finite, and compared.
    assert_eq!(trace.compared_until, Some(0));
    assert!(trace.margin.is_none() && trace.errors.len() == 1);
    assert!(trace.errors[0].relative.beta1.is_none() && trace.errors[0].relative.alpha.is_some());
    assert_eq!(trace.local_error.beta1.steps, 0);
    assert_eq!(trace.open_questions(), []);
    assert_eq!(found.truth.end, TruthEnd::Complete);
}

#[test]
fn boxes_are_refused() {
    let mut run = table_run("1/20", ["3/5", "1/10", "1/2"], 10);
    run.start.beta2.upper += 1;
    let go = AtomicBool::new(false);
    let result = compare(
        &run,
        &[],
        &Options::default(),
        &go,
        &mut |_| (),
        &mut |_| (),
    );
    let message = result.expect_err("a box").to_string();
    assert!(message.contains("a point"), "{message}");
}

#[test]
fn an_interruption_is_said() {
    let change = Change::default();
    let double = format("f64");
    let factored = order("factored");
    let run = table_run("1/20", ["3/5", "1/10", "1/2"], 5000);
    let stop = AtomicBool::new(false);
    let specs = [spec(&double, &factored, &change)];
    let found = compare(
        &run,
        &specs,
        &Options::default(),
        &stop,
        &mut |p| {
            assert_eq!((p.steps, p.traces, p.precision), (5000, 1, 128));
            stop.store(p.step >= 512, Ordering::Relaxed);
        },
        &mut |_| (),
    )
    .expect("a point");
    assert!(found.interrupted);
    assert_eq!(found.truth.end, TruthEnd::Interrupted(511));
    assert_eq!(found.truth.events.ending, Ending::Open);
    assert_eq!(found.traces[0].events.ending, Ending::Open);
    assert_eq!(found.traces[0].compared_until, Some(511));
}

/// What is drawn: both curves, step by step, until they end.
#[test]
fn samples_are_complete() {
    let change = Change::default();
    let double = format("f64");
    let orders = ["factored", "backprop"].map(order);
    let specs = orders.each_ref().map(|o| spec(&double, o, &change));
    // The truth diverges at step 4127, backprop at 3615.
    let run = table_run("1/12", ["0.1", "0.1", "0.1"], 5000);
    let go = AtomicBool::new(false);
    let mut counts = [0u64; 2];
    let mut dead = None;
    let found = compare(
        &run,
        &specs,
        &Options::default(),
        &go,
        &mut |_| (),
        &mut |sample| {
            assert_eq!(sample.step, counts[sample.trace]);
            counts[sample.trace] += 1;
            assert_eq!(sample.exact.is_some(), sample.step <= 4127);
            let exact = sample.exact_log10_beta1();
            let observed = sample.observed_log10_beta1();
            assert!(sample.observed_eta_sharpness.is_some());
            assert_eq!(sample.exact_eta_sharpness.is_some(), sample.step < 4127);
            if sample.step == 1000 {
                let difference =
                    exact.expect("there").upper_f64() - observed.expect("there").upper_f64();
                assert!(difference.abs() < 1e-6);
                let [x, y] = [sample.exact_eta_sharpness, sample.observed_eta_sharpness];
                let difference = x.expect("there").upper_f64() - y.expect("there").upper_f64();
                assert!(difference.abs() < 1e-6);
            }
            if observed.is_none() && sample.trace == 0 {
                dead.get_or_insert(sample.step);
            }
        },
    )
    .expect("a point");
    assert_eq!(counts, [5001, 3615]);
    assert_eq!(dead, Some(2132));
    assert_eq!(found.truth.passes.len(), 1);
    assert_eq!(found.traces[1].compared_until, Some(3615));
    assert_eq!(found.traces[0].compared_until, Some(4127));
}
