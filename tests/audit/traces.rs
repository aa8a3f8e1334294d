//! Traces whose outcome was computed independently, in C on the CPU.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use edgecert::audit::arithmetic::Backend;
use edgecert::audit::compare::{self, TraceSpec};
use edgecert::audit::events::{Ending, EventTracker};
use edgecert::audit::format::{Rounding, Underflow};
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Order, Simulation};
use edgecert::model::State;
use edgecert::number::Enclosure;
use rug::Rational;
use serde_json::Value;

use crate::common::{parameters, q, run};

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
        if let Some(ending) = simulation.non_finite(t) {
            events.lost(ending);
        } else {
            let intervals = state.map(|x| x.as_exact().to_interval());
            events.observe(t, &intervals, || state.map(|x| x.as_exact().clone()));
        }
        if events.has_ended() {
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
    // The other program calls every number that is not finite a divergence.
    let ending = match (step("diverged"), row["above"].as_bool().expect("a bool")) {
        (Some(t), _) => match events.ending {
            Ending::Infinite(_) => Ending::Infinite(t),
            Ending::NotANumber(_) => Ending::NotANumber(t),
            _ => Ending::Diverged(t),
        },
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

/// Traces are the same to the bit in every build and on every machine: their fingerprints are
/// recorded here.
#[test]
fn fingerprints_are_those_of_every_build() {
    let p = parameters("100", "1/100", "1/20", Some("1/10"));
    let run = run(p, crate::common::start("3/5", "1/10", "1/2"), 4000);
    let known = [
        (
            "f64",
            "factored",
            "6a5cd477512d13f4abdfeeaaef7ff16771103a22203b0eba129377ace94b5108",
        ),
        (
            "f64",
            "expanded",
            "63306fd417aaca841dc26e147b77c66a08588c82c922cde7b5a84be2c072236c",
        ),
        (
            "f64",
            "backprop+fma",
            "2dedf55cddbdccae990441bd6d783d015b19971b98d033ad7fe12f58cb237719",
        ),
        (
            "f64+flush",
            "factored",
            "6a5cd477512d13f4abdfeeaaef7ff16771103a22203b0eba129377ace94b5108",
        ),
        (
            "f64+flush",
            "expanded",
            "63306fd417aaca841dc26e147b77c66a08588c82c922cde7b5a84be2c072236c",
        ),
        (
            "f64+flush",
            "backprop+fma",
            "2dedf55cddbdccae990441bd6d783d015b19971b98d033ad7fe12f58cb237719",
        ),
        (
            "f64+up",
            "factored",
            "048a4beb3b71febc1cd42ca3990b055f4218da240dab1968cf84a99702dde123",
        ),
        (
            "f64+up",
            "expanded",
            "a11c7e3ff0a0bf8c1aecb31c9fdada3fc4c9dc25ace1a05c37fc4ab9c109c6c6",
        ),
        (
            "f64+up",
            "backprop+fma",
            "39c7f9dbb79ab4fbb705f0b66831c4a90392144dac7e289519dbe63c94d4af27",
        ),
        (
            "f32",
            "factored",
            "d8f66f17d3f6f4544239aca9206088dbff2d3d1f881f1268643bad50fd6cfdea",
        ),
        (
            "f32",
            "expanded",
            "b0ae75b811b4e33e77a686234abc0fa278824d60ce3eaad8d83e5e2735576748",
        ),
        (
            "f32",
            "backprop+fma",
            "fb83e5f5560848657688ad3080dad6b94864cf32a7198eb833682f88eae59aeb",
        ),
        (
            "f32+flush",
            "factored",
            "bbde58416fd7600bb5ecfa8e22afc4597f7b2ffafa95efc6c7445e1a15700550",
        ),
        (
            "f32+flush",
            "expanded",
            "58ed435d25a0fafb66ea143008017b031ef7b2383a330ba4d77b479018bae3b5",
        ),
        (
            "f32+flush",
            "backprop+fma",
            "7efe906a862193dcf5d8a37ec0a69bf8857044f304150242addbc4a8d9b183c6",
        ),
        (
            "f32+zero",
            "factored",
            "15841b6fc895a5436de4735aa0c16e20e931030aadf21524dde2ebf017b30f0c",
        ),
        (
            "f32+zero",
            "expanded",
            "3ca6d37a0896a1c43ba3559fcb1f1b23957c727a73c8428c4e39d10db764605f",
        ),
        (
            "f32+zero",
            "backprop+fma",
            "cf671b122936a7673b83c07cbccb2d7fc0e044505a253aae5c1a75428a5a8433",
        ),
        (
            "bf16",
            "factored",
            "ec59a8fb4c5306d31974a06f8a6bfdbacb7df25b091d6e93b38ef2ffa6062110",
        ),
        (
            "bf16",
            "expanded",
            "7095759915df111f8853d3883195bf54f29d0620ff69a47b378e804ec19d76f2",
        ),
        (
            "bf16",
            "backprop+fma",
            "47209408d3d323fa6fa0e9ae7957b4103d6bd4c123952beb01b537af070cf08e",
        ),
        (
            "f16",
            "factored",
            "e826b9707a3877620a02ba9e29e8d48bdc7e9cfe56be156ebd4d43ba6d9000f2",
        ),
        (
            "f16",
            "expanded",
            "17ab09332f4c9f3d3658c91cfa84f17289fd85534ea40a773611b2efd34285c5",
        ),
        (
            "f16",
            "backprop+fma",
            "0e18b125f0a506cf955a6e052eca841f55d657a76492d6b1d2fa4e44cef1779b",
        ),
        (
            "f16+flush+down",
            "factored",
            "62442a2f1b00a30c2f1592e00f6952f433160e39565e3780e51bb8972357daf5",
        ),
        (
            "f16+flush+down",
            "expanded",
            "249d42db3ee0ce7791bc8efc7f3445b4e206bc4adab43f72ffcf52768313e985",
        ),
        (
            "f16+flush+down",
            "backprop+fma",
            "d7688a30bca5944d4e0b5422c054474622e4f7f7625c8782563c7a47b1b50bd1",
        ),
        (
            "24:11",
            "factored",
            "0625490a061f9feb49924bdbabee2c96f518993bdfe6061ab9a59121e1cd831e",
        ),
        (
            "24:11",
            "expanded",
            "22e2e011e5e5478f164ecb824250d5e8e10928e0b166d3220d7729b49a71f793",
        ),
        (
            "24:11",
            "backprop+fma",
            "2fb36c6d0669e9edad0435097ef26459389b968e60508a22e3975d8d80fa7b55",
        ),
    ];
    let change = Change::default();
    for (format, id, digest) in known {
        let (format, order) = (Format::parse(format).expect("a format"), order(id));
        let spec = TraceSpec {
            format: &format,
            order: &order,
            change: &change,
            backend: None,
        };
        let options = compare::Options::default();
        let never = AtomicBool::new(false);
        let found = compare::compare(&run, &[spec], &options, &never, &mut |_| {}, &mut |_| {});
        let found = found.expect("compared").traces[0].digest.to_string();
        assert_eq!(found, digest, "{format} {id}");
    }
}
