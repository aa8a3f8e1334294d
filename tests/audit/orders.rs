//! Order files: what they may say, and that they compute gradient descent.

use std::sync::Arc;

use edgecert::audit::order::Storage;
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Order, Simulation};
use edgecert::claim::SourceFile;
use edgecert::model::State;
use proptest::prelude::*;
use rug::{Float, Rational};

use crate::common::{exact_step, parameters, q};
use crate::traces::order;

fn read(text: &str) -> Result<Order, String> {
    let file = SourceFile {
        path: "mine.toml".into(),
        text: text.into(),
    };
    Order::parse(&Arc::new(file)).map_err(|e| e.to_string())
}

const NEXT: &str = "[next]
alpha = 'alpha - eta*(lambda1*alpha*beta1^2 + lambda2*beta2*(alpha*beta2 - 1))'
beta1 = 'beta1 - eta*lambda1*alpha^2*beta1'
beta2 = 'beta2 - eta*lambda2*alpha*(alpha*beta2 - 1)'
";

fn with(lines: &str) -> String {
    format!("id = 'mine'\ntitle = 'Mine'\n{lines}\n{NEXT}")
}

#[test]
fn an_order_of_ones_own_is_read_in_the_order_of_its_lines() {
    let order = read(&with("[let]\nb = 'beta1*beta1'\na = 'b + b'")).expect("an order");
    assert!(order.proved && order.storage == Storage::Plain);
    let names: Vec<&str> = order
        .lines
        .iter()
        .filter_map(|line| line.split(" = ").next())
        .collect();
    assert_eq!(names, ["b", "a", "alpha'", "beta1'", "beta2'"]);
}

#[test]
fn every_built_in_order_of_the_plain_state_is_proved() {
    let orders = Order::built_in().expect("built in");
    assert_eq!(orders.len(), 8);
    for order in orders {
        assert_eq!(
            order.proved,
            order.storage == Storage::Plain,
            "{}",
            order.id
        );
    }
}

#[test]
fn an_order_that_computes_something_else_is_refused() {
    let text = with("").replace("alpha*beta2 - 1))", "alpha*beta2 + 1))");
    let message = read(&text).expect_err("another map");
    for part in [
        "mine.toml",
        "next.alpha",
        "not gradient descent",
        "differs at",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn mistakes_in_order_files_are_placed() {
    let cases = [
        (with("[let]\nx = 'alfa*beta1'"), "alpha"),
        (with("[let]\nx = 'x'"), "x"),
        (with("[let]\nsqrt = 'alpha'"), "cannot be a name"),
        (with("[let]\nalpha = 'beta1'"), "has a value already"),
        (with("[let]\nx = \"alpha'\""), "alpha"),
        (with("[let]\nx = 'diff(alpha, beta1)'"), "`diff`"),
        (with("[let]\nx = 'start(alpha)'"), "no such operation"),
        (with("[let]\nx = 3"), "a string is expected"),
        (with("state = 'scald'"), "scaled"),
        (with("stat = 'plain'"), "state"),
        (with("").replace("beta2 = ", "beta3 = "), "beta2"),
        (with("").replace("id = 'mine'", ""), "`id` is missing"),
        ("id = 'x'\ntitle = 'x'".into(), "`next` is missing"),
        (with("state = 'logarithmic'"), "beta1"),
        (with("[let]\nx = 'sqrt(beta1)'"), "≥ 0"),
        (with("[let]\nx = 'sqrt(alpha - 1)^2'"), "≥ 0"),
        (with("[let]\nx = 'log(alpha^2)'"), "> 0"),
        (with("[let]\ny = 'beta1'\nx = 'sqrt(y*alpha)'"), "≥ 0"),
        (with("[let]\nx = '1/(alpha - alpha)'"), "0 at every state"),
    ];
    for (text, part) in cases {
        let message = read(&text).expect_err(&text);
        assert!(message.contains("mine.toml"), "{message}");
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// An identity "where defined" is not enough: gradient descent has a value at every state.
#[test]
fn an_order_has_a_value_wherever_gradient_descent_has() {
    let text =
        |term: &str| with("").replace("alpha = 'alpha ", &format!("alpha = '{term} + alpha "));
    for term in [
        "sqrt(beta1)^2 - beta1",
        "0*log(alpha)",
        "sqrt(alpha*beta2) - sqrt(alpha*beta2)",
        "0*log(abs(beta1))",
    ] {
        let message = read(&text(term)).expect_err(term);
        for part in ["mine.toml:5", "gradient descent", "nothing shows"] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
    for (term, divisors) in [
        ("sqrt(beta1^2)^2 - beta1^2", vec![]),
        ("sqrt(beta1*beta1 + 1)*0", vec![]),
        ("0/(alpha^2 + 1)", vec![]),
        ("beta1/beta1 - 1", vec!["beta1"]),
        ("0/(alpha^2) + 0/alpha^2", vec!["alpha^2"]),
    ] {
        let order = read(&text(term)).unwrap_or_else(|e| panic!("{term}: {e}"));
        assert!(
            order.proved && order.divisors == divisors,
            "{term}: {:?}",
            order.divisors
        );
    }
}

/// Each operator is one operation: 1 + 2^−24 is 1 in f32, whatever it is added to.
#[test]
fn nothing_is_regrouped() {
    let lines = "[let]
left = '(1 + 1/16777216) - 1'
right = '1/16777216 + (1 - 1)'
fused = 'fma(1 + 1/4096, 1 + 1/4096, -1)'
twice = '(1 + 1/4096)*(1 + 1/4096) - 1'";
    // The differences reach α through a factor that is 0 exactly and in exact arithmetic only.
    let with_term = |term: &str| {
        with(lines).replace(
            "[next]\nalpha = '",
            &format!("[next]\nalpha = '0*({term}) + "),
        )
    };
    for term in ["left", "right", "fused", "twice"] {
        assert!(read(&with_term(term)).is_ok(), "{term}");
    }
    let p = parameters("100", "1/100", "1/20", None);
    let start = State {
        alpha: q("1/2"),
        beta1: q("1/8"),
        beta2: q("1/2"),
    };
    // `left` vanishes by rounding, `right` does not: a quotient by it tells.
    let quotient = |name: &str| {
        let text = with_term(&format!("1/({name})"));
        let order = read(&text).expect("an order");
        let mut simulation =
            Simulation::new(&p, &start, &Format::f32(), &order, &Change::default());
        simulation.advance();
        simulation.state().alpha.is_finite()
    };
    assert!(!quotient("left") && quotient("right"));
    // (1 + 2⁻¹²)² − 1 = 2⁻¹¹ + 2⁻²⁴: two roundings lose the last term, one does not.
    assert!(!quotient("twice - 1/2048") && quotient("fused - 1/2048"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// At 400 bits without underflow every order and every storage is the exact map.
    #[test]
    fn orders_follow_the_exact_map(
        a in 100..1200i32, b in prop_oneof![-900..-1i32, 1..900i32], c in 100..1200i32,
        clip in proptest::option::of(1..500u32),
    ) {
        let clip = clip.map(|n| format!("{n}/1000"));
        let p = parameters("100", "1/7", "1/30", clip.as_deref());
        let format = Format::parse("400:unbounded").expect("a format");
        let mut exact = State {
            alpha: Rational::from((a, 1000)),
            beta1: Rational::from((b, 1000)),
            beta2: Rational::from((c, 1000)),
        };
        let change = Change { scale: 37, ..Change::default() };
        let mut simulations: Vec<(Order, Simulation)> = Order::built_in().expect("built in")
            .into_iter()
            .map(|o| { let s = Simulation::new(&p, &exact, &format, &o, &change); (o, s) })
            .collect();
        for _ in 0..4 {
            for (order, simulation) in &simulations {
                let state = simulation.state();
                for (x, truth) in state.as_array().into_iter().zip(exact.as_array()) {
                    let x = x.as_exact();
                    let error = Float::with_val(64, x.midpoint() - Float::with_val(900, truth));
                    prop_assert!(error.abs() < 1e-90, "{}: {x} {truth}", order.id);
                }
            }
            exact = exact_step(&p, &exact);
            for (_, simulation) in &mut simulations {
                simulation.advance();
            }
        }
    }
}

#[test]
fn a_floor_keeps_the_sign_and_the_clip_comes_first() {
    let p = parameters("100", "1/100", "1/20", Some("1/10"));
    let change = Change {
        floor: Some(q("1/16")),
        scale: 30,
    };
    for id in ["factored", "scaled", "logarithmic"] {
        let order = order(id);
        let start = State {
            alpha: q("1/2"),
            beta1: q("-1/8"),
            beta2: q("1/2"),
        };
        // β₁ shrinks by 1 − a = −1/4 and would be 1/32.
        let mut s = Simulation::new(&p, &start, &Format::f64(), &order, &change);
        s.advance();
        let beta1 = s.state().beta1;
        let off = Float::with_val(64, beta1.as_exact().midpoint() - 0.0625f64).abs();
        assert!(off < 1e-15 && !s.clipped(), "{id}: {}", beta1.as_exact());
        // a = 11.25: β₁ grows.
        let start = State {
            alpha: q("3/2"),
            ..start
        };
        let mut s = Simulation::new(&p, &start, &Format::f64(), &order, &change);
        s.advance();
        let beta1 = s.state().beta1;
        let off = Float::with_val(64, beta1.as_exact().midpoint() - 0.1f64).abs();
        assert!(off < 1e-15 && s.clipped(), "{id}: {}", beta1.as_exact());
    }
}
