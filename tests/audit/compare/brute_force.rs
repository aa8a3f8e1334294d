//! Every metric against its definition, in exact rational arithmetic: on formats so small that
//! everything that can happen does.

use std::cmp::Ordering;

use edgecert::audit::compare::{FirstStep, LocalError, Options, Runs, TraceSpec, Underflow};
use edgecert::audit::format::{Exponents, Rounding, Underflow as Mode};
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Order, Simulation};
use edgecert::model::{Arrow, Parameters, State};
use edgecert::number::Interval;
use edgecert::sharpness;
use proptest::prelude::*;
use rug::Rational;

use super::compared;
use crate::common::{exact_step, point, run};

/// A run, a format, an order, a change.
#[derive(Clone, Debug)]
struct Case {
    parameters: Parameters,
    start: State<Rational>,
    format: Format,
    order: usize,
    change: Change,
}

fn rational(numerators: std::ops::Range<i32>, denominator: i32) -> impl Strategy<Value = Rational> {
    numerators.prop_map(move |n| Rational::from((n, denominator)))
}

fn case() -> impl Strategy<Value = Case> {
    let coordinate = || {
        prop_oneof![
            4 => rational(-40..41, 30),
            2 => rational(-64..65, 64),
            1 => Just(Rational::new()),
        ]
    };
    let parameters = (
        prop_oneof![rational(1..60, 10), rational(1..20, 4)],
        rational(1..30, 30),
        prop_oneof![rational(1..30, 40), rational(1..16, 16)],
        prop_oneof![3 => Just(None), 1 => rational(1..30, 20).prop_map(Some)],
    )
        .prop_map(|(x, y, eta, clip)| Parameters {
            lambda1: x.clone().max(y.clone()),
            lambda2: x.min(y),
            eta,
            clip,
        });
    let start =
        (coordinate(), coordinate(), coordinate()).prop_map(|(alpha, beta1, beta2)| State {
            alpha,
            beta1,
            beta2,
        });
    let modes = (any::<bool>(), 0..6usize).prop_map(|(flush, rounding)| {
        let underflow = if flush { Mode::Flush } else { Mode::Gradual };
        (
            underflow,
            *Rounding::ALL.get(rounding).unwrap_or(&Rounding::Nearest),
        )
    });
    let format = (
        2..9u32,
        prop_oneof![1 => Just(None), 5 => (-12..-1i32).prop_map(Some)],
        modes,
    )
        .prop_map(|(precision, least, (underflow, rounding))| {
            let exponents = least.map(|least| Exponents { least, greatest: 8 });
            Format::new("toy", precision, exponents).with(underflow, rounding)
        });
    let change = (
        prop_oneof![3 => Just(None), 1 => rational(1..30, 200).prop_map(Some)],
        prop_oneof![Just(0), 0..6i32],
    )
        .prop_map(|(floor, scale)| Change { floor, scale });
    // Not the last order: a logarithm is no rational.
    (parameters, start, format, 0..7usize, change).prop_map(
        |(parameters, start, format, order, change)| Case {
            parameters,
            start,
            format,
            order,
            change,
        },
    )
}

/// A trace as exact rationals.
struct Trace {
    /// The iterates up to the first that exceeds 1000, or is not finite, without that.
    states: Vec<[Rational; 3]>,
    /// Does it end there?
    is_over: bool,
    /// The iterate that is not finite, coordinate by coordinate.
    last: Option<[Option<Rational>; 3]>,
}

impl Trace {
    /// The finite numbers of a coordinate.
    fn column(&self, j: usize) -> Vec<Rational> {
        let states = self.states.iter().map(|x| x[j].clone());
        let last = self.last.iter().filter_map(|x| x[j].clone());
        states.chain(last).collect()
    }

    /// How many iterates there are, with one that is not finite.
    fn len(&self) -> usize {
        self.states.len() + usize::from(self.last.is_some())
    }
}

fn trace(case: &Case, order: &Order, steps: u64) -> Trace {
    let mut simulation = Simulation::new(
        &case.parameters,
        &case.start,
        &case.format,
        order,
        &case.change,
    );
    let mut all = Vec::new();
    for _ in 0..=steps {
        let state = simulation.state();
        let exact = state.as_array().map(|x| {
            x.as_exact()
                .midpoint()
                .to_rational()
                .filter(|_| x.is_finite())
        });
        let [Some(x), Some(y), Some(z)] = exact.clone() else {
            return Trace {
                states: all,
                is_over: true,
                last: Some(exact),
            };
        };
        let far = [&x, &y, &z]
            .iter()
            .any(|q| Rational::from(q.abs_ref()) > 1000);
        all.push([x, y, z]);
        if far {
            return Trace {
                states: all,
                is_over: true,
                last: None,
            };
        }
        simulation.advance();
    }
    Trace {
        states: all,
        is_over: false,
        last: None,
    }
}

/// The exact map of the trace's algorithm.
fn image(case: &Case, [alpha, beta1, beta2]: &[Rational; 3]) -> [Rational; 3] {
    let state = State {
        alpha: alpha.clone(),
        beta1: beta1.clone(),
        beta2: beta2.clone(),
    };
    let next = exact_step(&case.parameters, &state);
    let mut beta1 = next.beta1;
    if let Some(floor) = &case.change.floor
        && Rational::from(beta1.abs_ref()) < *floor
    {
        beta1 = if beta1 < 0 {
            Rational::from(-floor)
        } else {
            floor.clone()
        };
    }
    [next.alpha, beta1, next.beta2]
}

/// ⌊log₂|x|⌋ by search.
fn exponent(x: &Rational) -> i32 {
    let size = Rational::from(x.abs_ref());
    let mut e = 0;
    while Rational::from(1) << e > size {
        e -= 1;
    }
    while Rational::from(1) << (e + 1) <= size {
        e += 1;
    }
    e
}

/// Exponent of the least normal number of what is stored for a coordinate, in its own terms.
fn least(case: &Case, order: &Order, j: usize) -> Option<i32> {
    let least = case.format.exponents?.least;
    let scaled = order.id == "scaled" && j == 1;
    Some(least - if scaled { case.change.scale } else { 0 })
}

fn precision(case: &Case) -> i32 {
    case.format.precision as i32
}

/// One unit in the last place.
fn ulp(case: &Case, order: &Order, j: usize, x: &Rational) -> Option<Rational> {
    let e = match (x.is_zero(), least(case, order, j)) {
        (true, least) => least?,
        (false, Some(least)) => exponent(x).max(least),
        (false, None) => exponent(x),
    };
    Some(Rational::from(1) << (e - precision(case) + 1))
}

/// Runs by their definition: all maximal runs, then what is asked of them.
fn runs(holds: &[bool], at_least: usize) -> Runs {
    let mut all: Vec<(usize, usize)> = Vec::new();
    let mut from = None;
    for t in 0..=holds.len() {
        let now = holds.get(t).copied().unwrap_or(false);
        match (from, now) {
            (None, true) => from = Some(t),
            (Some(first), false) => {
                if t - first >= at_least {
                    all.push((first, t - 1));
                }
                from = None;
            }
            _ => {}
        }
    }
    let length = |&(first, last): &(usize, usize)| last - first + 1;
    let longest = all.iter().map(length).max();
    let longest = all.iter().find(|run| Some(length(run)) == longest);
    let last = all.last().filter(|(_, last)| last + 1 == holds.len());
    Runs {
        count: all.iter().map(|run| length(run) as u64).sum(),
        runs: all.len() as u64,
        first: all.first().map(|run| run.0 as u64),
        longest: longest.map(|&(first, last)| [first as u64, last as u64]),
        stuck_from: last.map(|run| run.0 as u64),
        undecided: 0,
    }
}

fn first_of(mut holds: impl Iterator<Item = bool>) -> Option<u64> {
    holds.position(|x| x).map(|t| t as u64)
}

fn decided(step: Option<u64>) -> FirstStep {
    FirstStep {
        earliest: step,
        latest: step,
    }
}

fn encloses(enclosure: Option<&Interval>, value: Option<&Rational>, width: f64) -> bool {
    match (enclosure, value) {
        (None, None) => true,
        (Some(x), Some(q)) if q.is_zero() => x.contains(q) && x.upper_f64() < 1e-30,
        (Some(x), Some(q)) => x.contains(q) && x.relative_width() <= width,
        _ => false,
    }
}

fn check_local(
    case: &Case,
    order: &Order,
    j: usize,
    trace: &Trace,
    found: &LocalError,
) -> Result<(), TestCaseError> {
    let states = trace.states.iter();
    let images: Vec<Rational> = states.map(|x| image(case, x)[j].clone()).collect();
    let column = trace.column(j);
    let steps = column.len().saturating_sub(1);
    let errors: Vec<Rational> = (0..steps)
        .map(|t| Rational::from(&column[t + 1] - &images[t]).abs())
        .collect();
    let relative = |t: usize| {
        let size = Rational::from(images[t].abs_ref());
        (!size.is_zero()).then(|| Rational::from(&errors[t] / &size))
    };
    let in_ulps = |t: usize| match errors[t].is_zero() {
        true => Some(Rational::new()),
        false => ulp(case, order, j, &images[t]).map(|ulp| Rational::from(&errors[t] / &ulp)),
    };
    let is_zero = |t: usize| images[t].is_zero() && errors[t].is_zero();
    prop_assert_eq!(found.steps, steps as u64);
    let count = |f: &dyn Fn(usize) -> bool| (0..steps).filter(|&t| f(t)).count() as u64;
    prop_assert_eq!(found.exact_steps, count(&|t| errors[t].is_zero()));
    prop_assert_eq!(found.zero_steps, count(&is_zero));
    let infinite = |t: usize| images[t].is_zero() && !errors[t].is_zero();
    prop_assert_eq!(found.infinite, first_of((0..steps).map(infinite)));
    let threshold = Rational::from(1) << (8 - precision(case));
    let large = |t: usize| infinite(t) || relative(t).is_some_and(|r| r > threshold);
    prop_assert_eq!(found.first_large, decided(first_of((0..steps).map(large))));
    let excessive = |t: usize| {
        let [before, after] = [&column[t], &images[t]].map(|x| Rational::from(x.abs_ref()));
        errors[t] > before.max(after) * &threshold
    };
    prop_assert_eq!(
        found.first_excessive,
        decided(first_of((0..steps).map(excessive)))
    );
    // The largest ones, and that the step is one of them.
    let measures: [(&dyn Fn(usize) -> Option<Rational>, _); 2] =
        [(&relative, &found.largest), (&in_ulps, &found.largest_ulps)];
    for (measure, found) in measures {
        let all = (0..steps).filter(|&t| !is_zero(t)).filter_map(measure);
        let largest = all.max();
        let value = found.as_ref().map(|e| &e.value);
        prop_assert!(
            encloses(value, largest.as_ref(), 1e-12),
            "{found:?} {largest:?}"
        );
        if let Some(found) = found {
            let is_largest = |t: &usize| !is_zero(*t) && measure(*t) == largest;
            let step = (0..steps).find(is_largest).map(|t| t as u64);
            prop_assert!(step.is_some_and(|t| found.attained.contains(t)));
            prop_assert!(found.attained.step().is_none_or(|t| step == Some(t)));
        }
    }
    // Medians.
    let infinity: Rational = Rational::from(1) << 10_000i32;
    let measures: [(&dyn Fn(usize) -> Option<Rational>, _); 2] =
        [(&relative, found.median), (&in_ulps, found.median_ulps)];
    for (measure, found) in measures {
        let all = (0..steps).filter(|&t| !is_zero(t));
        let mut all: Vec<Rational> = all
            .map(|t| measure(t).unwrap_or_else(|| infinity.clone()))
            .collect();
        all.sort();
        let median = all.get(all.len().div_ceil(2).wrapping_sub(1));
        let width = if median == Some(&infinity) {
            f64::INFINITY
        } else {
            0.75
        };
        prop_assert!(
            encloses(found.as_ref(), median, width),
            "{found:?} {median:?}"
        );
    }
    Ok(())
}

fn check_underflow(
    case: &Case,
    order: &Order,
    j: usize,
    trace: &Trace,
    found: &Underflow,
) -> Result<(), TestCaseError> {
    let states = &trace.states;
    let images: Vec<Rational> = states.iter().map(|x| image(case, x)[j].clone()).collect();
    let column = trace.column(j);
    let least = least(case, order, j);
    // The iterate that diverged is not looked at.
    let is_far = trace.is_over && states.last().is_some_and(far);
    let seen = &states[..states.len() - usize::from(is_far)];
    let subnormal = |x: &[Rational; 3]| {
        let least = least.map(|e| Rational::from(1) << e);
        !x[j].is_zero() && least.is_some_and(|least| Rational::from(x[j].abs_ref()) < least)
    };
    prop_assert_eq!(found.first_subnormal, first_of(seen.iter().map(subnormal)));
    prop_assert_eq!(
        found.first_zero,
        first_of(seen.iter().map(|x| x[j].is_zero()))
    );
    let pinned: Vec<bool> = seen
        .iter()
        .map(|x| {
            let bound = least.map(|e| Rational::from(8) << (e - precision(case) + 1));
            !x[j].is_zero() && bound.is_some_and(|b| Rational::from(x[j].abs_ref()) <= b)
        })
        .collect();
    prop_assert_eq!(found.pinned, runs(&pinned, 2));
    let moves = seen.iter().any(|x| x[j] != seen[0][j]);
    prop_assert_eq!(found.moves, moves);
    let steps = 0..column.len().saturating_sub(1);
    let stays = |t: usize| column[t] == column[t + 1];
    let absorbed: Vec<bool> = steps
        .clone()
        .map(|t| stays(t) && images[t] != column[t])
        .collect();
    prop_assert_eq!(found.absorbed, runs(&absorbed, 1));
    let frozen: Vec<bool> = steps
        .map(|t| {
            let error = Rational::from(&column[t] - &images[t]).abs();
            let ulp = ulp(case, order, j, &images[t]);
            stays(t)
                && !column[t].is_zero()
                && ulp.is_some_and(|ulp| error.cmp(&(ulp / 2u32)) == Ordering::Greater)
        })
        .collect();
    let mut wanted = runs(&frozen, 1);
    wanted.undecided = found.frozen.undecided;
    prop_assert_eq!(found.frozen, wanted);
    // Undecided only where a number without a unit in the last place is asked for one.
    if least.is_some() {
        prop_assert_eq!(found.frozen.undecided, 0);
    }
    Ok(())
}

fn far(x: &[Rational; 3]) -> bool {
    x.iter().any(|q| Rational::from(q.abs_ref()) > 1000)
}

fn hessian(p: &Parameters, [alpha, beta1, beta2]: &[Rational; 3]) -> Arrow<Rational> {
    let product = |x: &[&Rational]| x.iter().fold(Rational::from(1), |product, x| product * *x);
    let (l1, l2) = (&p.lambda1, &p.lambda2);
    Arrow {
        tip: product(&[l1, beta1, beta1]) + product(&[l2, beta2, beta2]),
        shaft: [
            product(&[l1, alpha, beta1]) * 2u32,
            (product(&[alpha, beta2]) * 2u32 - 1u32) * l2,
        ],
        diagonal: [product(&[l1, alpha, alpha]), product(&[l2, alpha, alpha])],
    }
}

/// Is S > c, exactly?
fn above(p: &Parameters, x: &[Rational; 3], c: &Rational) -> bool {
    sharpness::compare(&hessian(p, x), c).above().is_true()
}

fn spec<'a>(case: &'a Case, order: &'a Order) -> TraceSpec<'a> {
    super::spec(&case.format, order, &case.change)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn single_steps_are_judged_by_their_definition(case in case()) {
        let steps = 120;
        let orders = Order::built_in().expect("built in");
        let order = &orders[case.order];
        let run = run(case.parameters.clone(), case.start.map(point), steps);
        let found = compared(&run, &[spec(&case, order)], &Options::default());
        let found = &found.traces[0];
        let trace = trace(&case, order, steps);
        for j in 0..3 {
            check_local(&case, order, j, &trace, found.local_error.as_array()[j])?;
            let underflow = found.underflow.as_array()[j];
            check_underflow(&case, order, j, &trace, underflow)?;
        }
        let (is_over, trace) = (trace.is_over && trace.last.is_none(), trace.states);
        // The margin: no iterate is closer to the edge than its lower end, and the one it names
        // is as close as its upper end says.
        let edge = Rational::from(2) / &case.parameters.eta;
        let ends = trace.len() - usize::from(is_over && far(&trace[trace.len() - 1]));
        let Some(margin) = &found.margin else {
            prop_assert_eq!(ends, 0);
            return Ok(());
        };
        let lower = margin.distance.lower_rational().expect("finite");
        let upper = margin.distance.upper_rational().expect("finite");
        for x in &trace[..ends] {
            let outer = Rational::from(&edge + &lower);
            let below = sharpness::compare(&hessian(&case.parameters, x), &outer).below;
            let inside = below.is_true()
                && above(&case.parameters, x, &Rational::from(&edge - &lower));
            prop_assert!(!inside);
        }
        let x = &trace[margin.step as usize];
        let slack = &upper * (1u32 + Rational::from((1, 1u64 << 40)));
        prop_assert!(!above(&case.parameters, x, &Rational::from(&edge + &slack)));
        prop_assert!(upper.is_zero() || above(&case.parameters, x, &Rational::from(&edge - &slack)));
    }

    #[test]
    fn distances_from_the_truth_are_exact(case in case(), k in 1..8u32) {
        let steps = 6;
        let orders = Order::built_in().expect("built in");
        let order = &orders[case.order];
        let mut run = run(case.parameters.clone(), case.start.map(point), steps);
        let threshold = Rational::from(1) >> k;
        let options = Options {
            thresholds: vec![threshold.clone(), Rational::from((3, 2))],
            windows: 6,
            ..Options::default()
        };
        let outcome = compared(&run, &[spec(&case, order)], &options);
        let found = &outcome.traces[0];
        let mut truth = vec![case.start.clone()];
        for t in 0..steps as usize {
            truth.push(exact_step(&case.parameters, &truth[t]));
        }
        let truth: Vec<[Rational; 3]> = truth.iter().map(|x| x.as_array().map(Clone::clone)).collect();
        let truth_ends = truth.iter().position(far).unwrap_or(steps as usize);
        prop_assert_eq!(outcome.truth.last_step, truth_ends as u64);
        let trace = trace(&case, order, steps);
        let number = |t: usize, j: usize| match trace.states.get(t) {
            Some(state) => Some(state[j].clone()),
            None => trace.last.as_ref().and_then(|last| last[j].clone()),
        };
        // After the first steps, an exact 0 may have an enclosure around it.
        let truth_is_0 = |j: usize, t: usize| t > 5 && truth[t][j].is_zero();
        let common = (truth_ends + 1).min(trace.len());
        prop_assert_eq!(found.compared_until, common.checked_sub(1).map(|t| t as u64));
        for j in 0..3 {
            for (i, threshold) in options.thresholds.iter().enumerate() {
                let exceeds = |t: usize| {
                    let Some(x) = number(t, j) else { return true };
                    let distance = Rational::from(&x - &truth[t][j]).abs();
                    distance > Rational::from(truth[t][j].abs_ref()) * threshold
                };
                let first = first_of((0..common).map(exceeds));
                let found = found.first_divergence.as_array()[j][i];
                // A tie is decided at the first steps only.
                let tie = |t: u64| {
                    let x = &truth[t as usize][j];
                    let Some(number) = number(t as usize, j) else { return false };
                    let distance = Rational::from(&number - x).abs();
                    t > 5 && distance == Rational::from(x.abs_ref()) * threshold
                };
                if found.is_decided() || !found.earliest.is_some_and(tie) {
                    prop_assert_eq!(found, decided(first), "coordinate {}", j);
                }
            }
            let false_zero = first_of((0..common).map(|t| number(t, j).is_some_and(|x| x.is_zero()) && !truth[t][j].is_zero()));
            let found_zero = found.underflow.as_array()[j].false_zero;
            let open = found_zero.earliest.is_some_and(|t| truth_is_0(j, t as usize));
            prop_assert!(open || found_zero == decided(false_zero), "{found_zero:?}");
            for error in &found.errors {
                let t = error.step as usize;
                let Some(x) = number(t, j) else {
                    prop_assert!(error.relative.as_array()[j].is_none());
                    continue;
                };
                let distance = Rational::from(&x - &truth[t][j]).abs();
                let exact = if truth[t][j].is_zero() {
                    distance.is_zero().then(Rational::new)
                } else {
                    Some(distance / Rational::from(truth[t][j].abs_ref()))
                };
                let relative = error.relative.as_array()[j];
                if truth_is_0(j, t) {
                    continue;
                }
                prop_assert!(encloses(relative.as_ref(), exact.as_ref(), 1e-12), "{relative:?} {exact:?}");
            }
            // Exponents of the exact trajectory.
            let seen = &truth[..=truth_ends];
            let exponents: Vec<i64> = seen
                .iter()
                .filter(|x| !x[j].is_zero())
                .map(|x| i64::from(exponent(&x[j])))
                .collect();
            let range = outcome.truth.exponents.as_array()[j];
            if (0..=truth_ends).any(|t| truth_is_0(j, t)) {
                continue;
            }
            prop_assert_eq!(range.zero, first_of(seen.iter().map(|x| x[j].is_zero())));
            prop_assert_eq!(range.open, None);
            let (low, high) = (exponents.iter().min(), exponents.iter().max());
            prop_assert!(range.least.lower <= low.copied() && low.copied() <= range.least.upper);
            prop_assert!(range.greatest.lower <= high.copied() && high.copied() <= range.greatest.upper);
        }
        prop_assert_eq!(found.errors.len(), common);
        // Nothing depends on how long the run goes on.
        run.steps = 3;
        let shorter = compared(&run, &[spec(&case, order)], &options);
        let shorter = &shorter.traces[0];
        for j in 0..3 {
            let first = shorter.first_divergence.as_array()[j][0];
            let longer = found.first_divergence.as_array()[j][0];
            prop_assert_eq!(first.latest, longer.latest.filter(|&t| t <= 3));
        }
    }
}
