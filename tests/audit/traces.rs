//! Traces whose outcome was computed independently, in C on the CPU.

use edgecert::audit::arithmetic::Backend;
use edgecert::audit::format::{Rounding, Underflow};
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Order, Simulation};
use edgecert::model::State;
use rug::Rational;

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
