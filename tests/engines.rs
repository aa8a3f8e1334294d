//! Both engines against exact rational iteration, against each other, and against
//! trajectories computed by an unrelated implementation.

mod common;

use std::sync::atomic::AtomicBool;

use common::{exact_step, parameters, point, q, run, start};
use edgecert::certify::{Options, Outcome, certify};
use edgecert::enclosure::{self, Engine, Moment, Trajectory};
use edgecert::input::{Range, Run};
use edgecert::model::{Parameters, State};
use edgecert::number::{Ball, Enclosure, Interval};
use proptest::prelude::*;
use rug::Rational;
use rug::ops::Pow;
use serde_json::Value;

const ENGINES: [(Engine, u32); 4] = [
    (Engine::Centred, 128),
    (Engine::Centred, 256),
    (Engine::Reference, 60),
    (Engine::Reference, 300),
];

fn assert_contains(trajectory: &dyn Trajectory, moment: Moment, exact: &State<Rational>) {
    let (balls, intervals) = (trajectory.ball(moment), trajectory.interval(moment));
    for i in 0..3 {
        let (ball, interval, value) = (
            balls.as_array()[i],
            intervals.as_array()[i],
            exact.as_array()[i],
        );
        let at = format!("coordinate {i}, step {}, {moment:?}", trajectory.step());
        assert!(ball.contains(value), "{at}: ball {ball:?} misses {value}");
        assert!(
            interval.contains(value),
            "{at}: interval {interval:?} misses {value}"
        );
    }
}

/// Is the inner ball inside the outer one? (Ends of the inner rounded outward.)
fn encloses(outer: &Ball, inner: &Ball) -> bool {
    let rational = |x: rug::Float| x.to_rational().expect("finite");
    outer.contains(&rational(inner.lower_float(4000)))
        && outer.contains(&rational(inner.upper_float(4000)))
}

/// What is said of the projection is so of every point.
fn assert_clipped(trajectory: &dyn Trajectory, moment: Moment, clipped: &[bool]) {
    let said = trajectory.clipped(moment);
    let all = |value: bool| clipped.iter().all(|c| *c == value);
    assert!(!said.is_true() || all(true), "step {}", trajectory.step());
    assert!(!said.is_false() || all(false), "step {}", trajectory.step());
}

/// The corners of a box.
fn corners(start: &State<Range>) -> Vec<State<Rational>> {
    let end = |range: &Range, upper: bool| {
        if upper {
            range.upper.clone()
        } else {
            range.lower.clone()
        }
    };
    (0..8u8)
        .map(|k| State {
            alpha: end(&start.alpha, k & 1 == 1),
            beta1: end(&start.beta1, k & 2 == 2),
            beta2: end(&start.beta2, k & 4 == 4),
        })
        .collect()
}

/// Would the step have left [−B, B]?
fn is_clipped(p: &Parameters, x: &State<Rational>) -> bool {
    let free = Parameters {
        clip: None,
        ..p.clone()
    };
    let beta1 = exact_step(&free, x).beta1;
    p.clip.as_ref().is_some_and(|bound| beta1.abs() > *bound)
}

/// Some steps of both engines: all points of the box, and what is said of the projection.
fn follow(p: &Parameters, start: &State<Range>, points: &[State<Rational>], steps: u64) {
    for (engine, precision) in ENGINES {
        let mut trajectory = enclosure::start(engine, p, start, precision);
        let mut exact = points.to_vec();
        let mut before = vec![false; exact.len()];
        for point in &exact {
            assert_contains(trajectory.as_ref(), Moment::Current, point);
        }
        assert!(trajectory.clipped(Moment::Current).is_false());
        for _ in 0..steps {
            if trajectory.advance().is_err() {
                break;
            }
            let previous = exact.clone();
            let now: Vec<bool> = previous.iter().map(|x| is_clipped(p, x)).collect();
            assert_clipped(trajectory.as_ref(), Moment::Current, &now);
            assert_clipped(trajectory.as_ref(), Moment::Previous, &before);
            before = now;
            for (point, old) in exact.iter_mut().zip(&previous) {
                *point = exact_step(p, old);
                assert_contains(trajectory.as_ref(), Moment::Previous, old);
                assert_contains(trajectory.as_ref(), Moment::Current, point);
            }
        }
    }
}

/// Rationals with small numerators, so that exact iterates stay small for some steps.
fn small(limit: i64) -> impl Strategy<Value = Rational> {
    (-limit..=limit, 1i64..50).prop_map(|(n, d)| Rational::from((n, d)))
}

fn any_parameters() -> impl Strategy<Value = Parameters> {
    (1u32..60, 1u32..40, 1u32..30, proptest::option::of(1i64..20)).prop_map(|(l1, l2, n, clip)| {
        Parameters {
            lambda1: Rational::from(l1),
            lambda2: Rational::from((l1, l2)),
            eta: Rational::from((n, 30 * l1)) * 4u32,
            clip: clip.map(|c| Rational::from((c, 20))),
        }
    })
}

/// A start box (often a point) and exact points inside it.
fn any_box() -> impl Strategy<Value = (State<Range>, Vec<State<Rational>>)> {
    let coordinate = || (small(60), 0u32..4, prop::collection::vec(0i64..=8, 3));
    (coordinate(), coordinate(), coordinate()).prop_map(|(a, b1, b2)| {
        let make = |(centre, width, positions): (Rational, u32, Vec<i64>)| {
            let width = match width {
                0 | 1 => Rational::new(),
                2 => Rational::from((1, 1000)),
                _ => Rational::from((1, 4)),
            };
            let inside: Vec<Rational> = positions
                .iter()
                .map(|k| Rational::from((*k, 8)) * &width + &centre)
                .collect();
            (
                Range {
                    upper: Rational::from(&centre + &width),
                    lower: centre,
                },
                inside,
            )
        };
        let (alpha, a) = make(a);
        let (beta1, b) = make(b1);
        let (beta2, c) = make(b2);
        let points = (0..3)
            .map(|i| State {
                alpha: a[i].clone(),
                beta1: b[i].clone(),
                beta2: c[i].clone(),
            })
            .collect();
        (
            State {
                alpha,
                beta1,
                beta2,
            },
            points,
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The first steps, exactly: every point of the start box stays in the enclosures.
    #[test]
    fn enclosures_contain_the_exact_iterates(
        p in any_parameters(),
        (start, points) in any_box(),
    ) {
        let points = [points, corners(&start)].concat();
        follow(&p, &start, &points, 5);
    }

    /// A step that ends at the bound, a hair below, above, or on both sides of it.
    #[test]
    fn projections_contain_the_exact_ones(
        a in 1u32..40, sign in any::<bool>(), hair in -1i64..=1, depth in 1u32..140,
        width in prop_oneof![Just(0i64), Just(1), Just(2), Just(3)], depth_of_width in 1u32..140,
        bound in prop_oneof![Just("1/4"), Just("1/3"), Just("7/10")],
    ) {
        // h = 1, a = α², β₁ → β₁(1 − a) = ±B(1 + hair).
        let mut p = parameters("1", "1/100", "1", Some(bound));
        p.lambda2 = q("1/100");
        let alpha = Rational::from((a, 8));
        let growth = Rational::from(1) - Rational::from(alpha.square_ref());
        prop_assume!(growth != 0);
        let unit = (q(bound) / &growth).abs();
        let beta1: Rational = (1 + (Rational::from(hair) >> depth)) * &unit;
        let half = (Rational::from(width) * &unit) >> depth_of_width;
        let beta1 = if sign { -beta1 } else { beta1 };
        let start = State {
            alpha: point(&alpha),
            beta1: Range { lower: Rational::from(&beta1 - &half), upper: beta1 + half },
            beta2: point(&q("1/2")),
        };
        follow(&p, &start, &corners(&start), 3);
    }

    /// A start that no mantissa holds, and boxes about as wide as a last place of one.
    #[test]
    fn starts_are_enclosed(
        centre in prop::array::uniform3((any::<i64>(), 1..i64::MAX, -600..100i32)),
        width in prop::array::uniform3((0..4i64, -700..2i32)),
    ) {
        let p = parameters("4", "1/4", "1/5", None);
        let range = |i: usize| {
            let (n, d, k) = centre[i];
            let lower = Rational::from((n, d)) << k.min(if i == 1 { 100 } else { 2 });
            let width = (Rational::from(lower.abs_ref()) * width[i].0) << width[i].1;
            Range { upper: Rational::from(&lower + &width), lower }
        };
        let start = State { alpha: range(0), beta1: range(1), beta2: range(2) };
        for bits in [128, 192, 512, 768] {
            let trajectory = enclosure::start(Engine::Centred, &p, &start, bits);
            for corner in corners(&start) {
                assert_contains(trajectory.as_ref(), Moment::Current, &corner);
            }
        }
        follow(&p, &start, &corners(&start), 1);
    }

    /// Boxes on which 1 − a may vanish, or all but does.
    #[test]
    fn a_growth_of_either_sign_is_enclosed(
        hair in -3i64..=3, depth in 1u32..200, width in 0i64..3, depth_of_width in 1u32..200,
        beta1 in small(40),
    ) {
        let p = parameters("4", "1/4", "1/16", None);
        let alpha = Rational::from(2) + (Rational::from(hair) >> depth);
        let half = Rational::from(width) >> depth_of_width;
        let start = State {
            alpha: Range { lower: Rational::from(&alpha - &half), upper: alpha + half },
            beta1: Range { upper: beta1.clone() + (Rational::from(width) >> 9u32), lower: beta1 },
            beta2: point(&q("1/3")),
        };
        follow(&p, &start, &corners(&start), 3);
    }
}

/// Exact starts below what f64 can hold are not taken for 0.
#[test]
fn a_tiny_start_is_not_zero() {
    let p = parameters("4", "1/4", "1/5", None);
    for k in [500u32, 990, 1000, 1100, 5000] {
        let tiny = Rational::from(1) >> k;
        let at = State {
            alpha: tiny.clone(),
            beta1: -tiny.clone(),
            beta2: tiny,
        };
        follow(&p, &at.map(point), &[at], 2);
    }
}

/// a = 1 exactly or all but, from numbers that no mantissa holds: 1 − a cancels, at 1280 bits
/// so far that its radius is beyond f64.
#[test]
fn a_growth_that_cancels_is_survived_at_every_precision() {
    let p = parameters("3", "1/30", "3/16", None);
    let hair = Rational::from(1) >> 1300;
    for alpha in [q("-4/3"), q("-4/3") + &hair, q("4/3") + (hair << 310)] {
        for bits in enclosure::CENTRED_PRECISIONS {
            let mut exact = State {
                alpha: alpha.clone(),
                beta1: q("-1/30"),
                beta2: q("1/7"),
            };
            let from = exact.map(point);
            let mut trajectory = enclosure::start(Engine::Centred, &p, &from, bits);
            for _ in 0..4 {
                trajectory.advance().expect("not lost");
                exact = exact_step(&p, &exact);
                assert_contains(&*trajectory, Moment::Current, &exact);
            }
        }
    }
}

/// Long runs: the reference at high precision is inside the centred enclosures at every step.
#[test]
fn engines_agree_over_thousands_of_steps() {
    let cases = [
        (
            parameters("100", "1/100", "1/20", None),
            start("63/100", "1/100", "1/2"),
            4000,
        ),
        (
            parameters("100", "1/100", "1/20", Some("1/10")),
            start("1/2", "1/10", "1"),
            4000,
        ),
        (
            parameters("100", "1/100", "1/12", None),
            start("487/1000", "1/100", "3/2"),
            4000,
        ),
        (
            parameters("100", "1/100", "1/20", None),
            start("3/5", "1/10", "1/2"),
            5000,
        ),
        (
            parameters("4", "1/4", "2", None),
            start("1/4", "1/4", "3/2"),
            1000,
        ),
        (
            parameters("4", "1", "1", Some("1/4")),
            start("1/4", "1/8", "1/4"),
            1000,
        ),
    ];
    for (p, start, steps) in cases {
        let mut truth = enclosure::start(Engine::Reference, &p, &start, 3000);
        let mut centred = enclosure::start(Engine::Centred, &p, &start, 192);
        for _ in 0..steps {
            truth.advance().expect("the reference has bits to spare");
            if centred.advance().is_err() {
                break;
            }
            let (inner, outer) = (truth.ball(Moment::Current), centred.ball(Moment::Current));
            for i in 0..3 {
                let (x, y) = (inner.as_array()[i], outer.as_array()[i]);
                assert!(
                    encloses(y, x),
                    "coordinate {i}, step {}: {y:?} misses {x:?}",
                    centred.step()
                );
            }
        }
        assert!(
            centred.step() > 500,
            "the centred engine gave up at step {}",
            centred.step()
        );
    }
}

/// The centred engine keeps nearly all of its bits where naive balls lose hundreds.
#[test]
fn the_centred_engine_loses_little_more_than_the_sensitivity() {
    let p = parameters("100", "1/100", "1/20", None);
    let start = start("63/100", "1/100", "1/2");
    let mut centred = enclosure::start(Engine::Centred, &p, &start, 128);
    for _ in 0..10_000 {
        centred.advance().expect("128 bits suffice");
    }
    // The Jacobian product grows by 23 bits on this run; defects add up to some more.
    assert!(
        centred.accuracy_bits() > 64,
        "{} bits left",
        centred.accuracy_bits()
    );
}

// ---- independent trajectories -------------------------------------------------------------

struct Independent {
    name: String,
    run: Run,
    data: Value,
}

fn independent() -> Vec<Independent> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/reference/trajectories.json"
    );
    let text = std::fs::read_to_string(path).expect("reference data");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let runs = document["runs"].as_array().expect("runs").clone();
    runs.into_iter()
        .map(|data| {
            let field = |name: &str| data[name].as_str().expect("text field").to_string();
            let p = Parameters {
                lambda1: q(&field("lambda1")),
                lambda2: q(&field("lambda2")),
                eta: q(&field("eta")),
                clip: data["clip"].as_str().map(q),
            };
            let start = State {
                alpha: point(&q(&field("alpha"))),
                beta1: point(&q(&field("beta1"))),
                beta2: point(&q(&field("beta2"))),
            };
            let steps = data["steps"].as_u64().expect("steps");
            Independent {
                name: field("name"),
                run: run(p, start, steps),
                data,
            }
        })
        .collect()
}

/// `1.25e-3` exactly.
fn decimal(text: &str) -> Rational {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().expect("exponent");
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let places = mantissa.split_once('.').map_or(0, |(_, f)| f.len() as i32);
    let value = q(&digits);
    let ten = |k: i32| Rational::from(rug::Integer::from(10).pow(k as u32));
    let shift = exponent - places;
    if shift >= 0 {
        value * ten(shift)
    } else {
        value / ten(-shift)
    }
}

/// The decimal `text` of 40 digits ± one unit of its last digit meets the enclosure.
fn meets(interval: &Interval, text: &str) -> bool {
    let value = decimal(text);
    let unit = Rational::from(value.abs_ref()) / Rational::from(rug::Integer::from(10).pow(38));
    interval.contains(&value)
        || interval.contains(&Rational::from(&value + &unit))
        || interval.contains(&Rational::from(&value - &unit))
}

fn outcome(run: &Run) -> Outcome {
    certify(
        run,
        &Options::default(),
        &AtomicBool::new(false),
        &mut |_| (),
    )
    .expect("an outcome")
}

#[test]
fn facts_agree_with_independent_trajectories() {
    for Independent { name, run, data } in independent() {
        if run.steps > 20_000
            && cfg!(debug_assertions)
            && std::env::var_os("EDGECERT_LONG").is_none()
        {
            continue;
        }
        let outcome = outcome(&run);
        let facts = &outcome.facts;
        let number = |path: &str| data.pointer(path).and_then(Value::as_u64);
        let last = number("/last_step").expect("last step");
        if last == run.steps {
            assert_eq!(facts.last_step, last, "{name}: steps enclosed");
            assert_eq!(facts.open, None, "{name}: something was left open");
            let state = data["states"]
                .as_array()
                .and_then(|s| s.last())
                .expect("states");
            for (field, ball) in ["alpha", "beta1", "beta2"]
                .iter()
                .zip(outcome.last.state.as_array())
            {
                let text = state[field].as_str().expect("decimal");
                assert!(
                    meets(&ball.to_interval(), text),
                    "{name}: {field} {ball:?} misses {text}"
                );
            }
            let crossings = [
                ("sharpness_crossings", &facts.sharpness_crossings),
                ("edge_crossings", &facts.edge_crossings),
            ];
            for (field, ours) in crossings {
                assert_eq!(
                    ours.upward.exactly(),
                    number(&format!("/{field}/upward")),
                    "{name} {field}"
                );
                assert_eq!(
                    ours.downward.exactly(),
                    number(&format!("/{field}/downward")),
                    "{name} {field}"
                );
                assert_eq!(
                    ours.first_upward.step(),
                    number(&format!("/{field}/first_upward")),
                    "{name} {field}"
                );
            }
            assert_eq!(
                facts.spikes.upward.exactly(),
                number("/spike_count"),
                "{name}: spikes"
            );
            assert_eq!(
                facts.clipped_steps.exactly(),
                number("/clipped_count"),
                "{name}: clipped"
            );
            let max = facts.max_eta_sharpness.as_ref().expect("a maximum");
            let text = data["max_eta_sharpness"]["value"]
                .as_str()
                .expect("decimal");
            assert!(
                meets(&max.value, text),
                "{name}: max ηS {:?} misses {text}",
                max.value
            );
            if let Some(text) = data["min_log10_abs_beta1"]["value"].as_str() {
                let min = facts.min_beta1.as_ref().expect("a minimum");
                let log10 = min
                    .value
                    .log10()
                    .unwrap_or_else(|e| panic!("{name}: {:?} {e:?}", min.value));
                let (low, high) = (log10.lower_f64(), log10.upper_f64());
                let truth: f64 = text.parse().expect("log10");
                assert!(
                    low - 1e-9 <= truth && truth <= high + 1e-9 && high - low < 1e-6,
                    "{name}: log10 |β₁| in [{low}, {high}], truth {truth}"
                );
            }
        }
        assert_eq!(
            facts.sign_flips.first.exactly(),
            Some(number("/first_sign_change")),
            "{name}: sign flip"
        );
        let large = number("/first_abs_alpha_above_1000");
        assert_eq!(
            facts.large_alpha.exactly(),
            Some(large),
            "{name}: |α| > 1000"
        );
    }
}

#[test]
fn checkpoints_of_independent_trajectories_are_enclosed() {
    for Independent { name, run, data } in independent() {
        let mut trajectory = enclosure::start(Engine::Centred, &run.parameters, &run.start, 192);
        for state in data["states"].as_array().expect("states") {
            let step = state["step"].as_u64().expect("step");
            if step > 10_000 {
                break;
            }
            while trajectory.step() < step && trajectory.advance().is_ok() {}
            if trajectory.step() < step {
                break;
            }
            let intervals = trajectory.interval(Moment::Current);
            for (field, interval) in ["alpha", "beta1", "beta2"].iter().zip(intervals.as_array()) {
                let text = state[field].as_str().expect("decimal");
                assert!(
                    meets(interval, text),
                    "{name}, step {step}: {field} {interval:?} {text}"
                );
            }
        }
    }
}

/// A ball of our own, to see that the comparison above can fail.
#[test]
fn a_shifted_enclosure_does_not_meet() {
    let ball = Ball::from_ends(&q("1/3"), &q("1/3"), 128).to_interval();
    assert!(meets(&ball, "3.333333333333333333333333333333333333333e-1"));
    assert!(!meets(
        &ball,
        "3.334333333333333333333333333333333333333e-1"
    ));
}
