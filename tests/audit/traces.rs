//! Traces whose outcome was computed independently, in C on the CPU.

use std::path::Path;

use edgecert::audit::arithmetic::Backend;
use edgecert::audit::events::{Ending, EventTracker};
use edgecert::audit::format::{Rounding, Underflow};
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Observed, Order, Simulation};
use edgecert::model::State;
use edgecert::number::Enclosure;
use rug::Rational;
use serde_json::Value;

use crate::common::{parameters, q};

pub fn order(id: &str) -> Order {
    let orders = Order::built_in().expect("built in");
    orders.into_iter().find(|o| o.id == id).expect(id)
}

fn start(text: [&str; 3]) -> State<Rational> {
    let [alpha, beta1, beta2] = text.map(q);
    State {
        alpha,
        beta1,
        beta2,
    }
}

/// First step with β₁ subnormal or 0, and first with β₁ = 0.
fn underflow(format: &Format, id: &str, eta: &str, from: [&str; 3]) -> [Option<u64>; 2] {
    let p = parameters("100", "1/100", eta, None);
    let mut simulation = Simulation::new(&p, &start(from), format, &order(id), &Change::default());
    let mut firsts = [None; 2];
    for t in 0..=20_000 {
        let state = simulation.state();
        let zero = state.beta1.is_zero();
        for (first, happens) in firsts
            .iter_mut()
            .zip([zero || format.is_subnormal(&state.beta1), zero])
        {
            if happens && first.is_none() {
                *first = Some(t);
            }
        }
        simulation.advance();
    }
    firsts
}

#[test]
fn underflow_happens_at_the_known_steps() {
    let a = ["63/100", "1/100", "1/2"];
    let b = ["3/5", "1/10", "1/2"];
    let known = [
        ("f32", "factored", "1/20", a, Some(4493), Some(5432)),
        ("f32+flush", "factored", "1/20", a, Some(4493), Some(4493)),
        ("f32", "expanded", "1/20", a, Some(4494), Some(5432)),
        ("f32+flush", "expanded", "1/20", a, Some(4494), Some(4494)),
        ("f32", "backprop", "1/20", a, Some(4494), None),
        ("f32+flush", "backprop", "1/20", a, Some(6588), Some(6588)),
        ("f32", "backprop+fma", "1/20", a, Some(4494), Some(5534)),
        (
            "f32+flush",
            "backprop+fma",
            "1/20",
            a,
            Some(5831),
            Some(5831),
        ),
        ("f32", "factored+fma", "1/20", a, Some(4493), Some(5431)),
        (
            "f32+flush",
            "factored+fma",
            "1/20",
            a,
            Some(4493),
            Some(4493),
        ),
        ("f64", "factored", "1/20", a, None, None),
        ("f64", "backprop+fma", "1/20", a, None, None),
        ("f32", "factored", "1/20", b, Some(140), Some(1176)),
        ("f32", "backprop", "1/20", b, Some(140), Some(2674)),
        ("f32", "backprop+fma", "1/20", b, Some(140), Some(1008)),
        ("f32+flush", "backprop", "1/20", b, None, None),
        ("f64", "factored", "1/20", b, Some(1294), Some(1311)),
        ("f64", "expanded", "1/20", b, Some(1294), Some(1311)),
        ("f64", "factored+fma", "1/20", b, Some(1294), Some(1311)),
        ("f64+flush", "factored", "1/20", b, Some(1294), Some(1294)),
        ("f64+flush", "backprop", "1/20", b, Some(1294), Some(1294)),
        ("f64", "backprop", "1/20", b, Some(1294), None),
    ];
    for (format, id, eta, from, subnormal, zero) in known {
        let found = underflow(&Format::parse(format).expect("a format"), id, eta, from);
        assert_eq!(found, [subnormal, zero], "{format} {id}");
    }
}

/// The compiled order is the declared one: emulation, which no compiler can fuse or reorder,
/// gives the same bits.
#[test]
fn hardware_and_emulation_give_the_same_trace() {
    let p = parameters("100", "1/100", "1/20", Some("1/10"));
    let from = start(["3/5", "1/10", "1/2"]);
    for order in Order::built_in().expect("built in") {
        for format in [Format::f64(), Format::f32()] {
            for underflow in [Underflow::Gradual, Underflow::Flush] {
                for rounding in Rounding::ALL {
                    let format = format.clone().with(underflow, rounding);
                    let run = |backend| {
                        let change = Change {
                            scale: 20,
                            ..Change::default()
                        };
                        Simulation::on(Some(backend), &p, &from, &format, &order, &change)
                    };
                    let mut pair = [run(Backend::Hardware), run(Backend::Emulation)];
                    for t in 0..1500 {
                        let [x, y] = pair.each_ref().map(Simulation::state);
                        for (x, y) in x.as_array().into_iter().zip(y.as_array()) {
                            assert_eq!(
                                x.as_exact().midpoint(),
                                y.as_exact().midpoint(),
                                "{} in {format} at {t}",
                                order.id
                            );
                        }
                        let events = pair.each_mut().map(|s| (s.advance(), s.clipped()));
                        assert_eq!(events[0], events[1], "{} in {format} at {t}", order.id);
                    }
                }
            }
        }
    }
}

/// A trace's outcome as it was computed independently (`tests/reference/README.md`).
fn check(row: &Value) {
    let text = |key: &str| row[key].as_str().expect(key).to_string();
    let step = |key: &str| u64::try_from(row[key].as_i64().expect(key)).ok();
    let p = parameters("100", "1/100", &text("eta"), None);
    let from: Vec<Rational> = row["start"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|x| q(x.as_str().expect("text")))
        .collect();
    let from = State {
        alpha: from[0].clone(),
        beta1: from[1].clone(),
        beta2: from[2].clone(),
    };
    let format = Format::parse(&text("format")).expect("a format");
    let order = order(&text("order"));
    let mut simulation = Simulation::new(&p, &from, &format, &order, &Change::default());
    let mut events = EventTracker::new(&p, 512);
    let (mut subnormal, mut zero) = (None, None);
    for t in 0..=20_000 {
        let state = simulation.state();
        if !state.as_array().into_iter().all(Observed::is_finite) {
            events.lost(t);
        } else {
            let intervals = state.map(|x| x.as_exact().to_interval());
            events.observe(t, &intervals, || state.map(|x| x.as_exact().clone()));
        }
        if events.has_diverged() {
            break;
        }
        if state.beta1.is_zero() {
            zero = zero.or(Some(t));
        }
        if state.beta1.is_zero() || format.is_subnormal(&state.beta1) {
            subnormal = subnormal.or(Some(t));
        }
        simulation.advance();
    }
    let events = events.finish();
    let ending = match (step("diverged"), row["above"].as_bool().expect("a bool")) {
        (Some(t), _) => Ending::Diverged(t),
        (None, true) => Ending::Above,
        (None, false) => Ending::Below,
    };
    assert_eq!(
        (subnormal, zero),
        (step("subnormal"), step("zero")),
        "{row}"
    );
    assert_eq!(events.ending, ending, "{row}");
    assert_eq!(Some(events.upward_count), step("upward"), "{row}");
    assert_eq!(events.open, None, "{row}");
}

fn check_all(format: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/traces.jsonl");
    let text = std::fs::read_to_string(path).expect("readable");
    let mut rows = 0;
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        let own = row["format"].as_str().expect("text");
        if own.trim_end_matches("+flush") == format {
            check(&row);
            rows += 1;
        }
    }
    assert_eq!(rows, 160);
}

#[test]
fn traces_in_f64_end_as_they_do_elsewhere() {
    check_all("f64");
}

#[test]
fn traces_in_f32_end_as_they_do_elsewhere() {
    check_all("f32");
}

#[test]
fn traces_in_bf16_end_as_they_do_elsewhere() {
    check_all("bf16");
}

#[test]
fn traces_in_f16_end_as_they_do_elsewhere() {
    check_all("f16");
}
