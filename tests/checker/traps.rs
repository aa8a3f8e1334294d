//! Theorems 12, 13 and E: each condition alone refuses a trap, and what follows is what holds.

use edgecert::check::ball::Ball;
use edgecert::check::fraction::Fraction;
use edgecert::check::orbit::{Constants, Iterate, Orbit, Run};
use edgecert::check::trap::{Choice, Trap, prove};
use num_bigint::BigInt;

fn q(text: &str) -> Fraction {
    let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
    let n = |digits: &str| digits.parse::<BigInt>().expect("digits");
    Fraction::new(n(top), n(bottom)).expect("a fraction")
}

/// λ₁, λ₂, η and B, or an empty word.
fn run([lambda1, lambda2, eta, clip]: [&str; 4], state: [&str; 3]) -> Run {
    Run {
        lambda1: q(lambda1),
        lambda2: q(lambda2),
        eta: q(eta),
        clip: (!clip.is_empty()).then(|| q(clip)),
        start: state.map(|x| (q(x), q(x))),
        steps: 0,
    }
}

fn start(run: &Run) -> Iterate {
    let orbit = Orbit::new(run, 200).expect("an orbit");
    orbit.start(run).expect("a start")
}

fn at(parameters: [&str; 4], state: [&str; 3], choice: &Choice) -> Result<Trap, String> {
    let run = run(parameters, state);
    prove(
        &run,
        &start(&run),
        choice,
        200,
        &edgecert::check::work::Budget::unlimited(),
    )
}

fn last(lower: &str, upper: &str) -> Choice {
    Choice::Final(q(lower), q(upper))
}

fn delta(lower: &str, upper: &str, most: &str) -> Choice {
    Choice::Delta(q(lower), q(upper), q(most))
}

/// It is refused, for this reason; or proved, if there is none.
fn check(parameters: [&str; 4], state: [&str; 3], choice: &Choice, reason: &str) {
    let outcome = at(parameters, state, choice).err().unwrap_or_default();
    assert_eq!(outcome, reason, "{parameters:?} {state:?} {choice:?}");
}

/// h = 3/2, e = 1/32.
const P: [&str; 4] = ["3", "1/16", "1/2", ""];
/// a = 3/2, b = 3/20000, s = 1/10, Q = 19/100 and hX(Q) = 1.64925….
const X: [&str; 3] = ["1", "1/100", "9/10"];

#[test]
fn conditions_of_theorem_12() {
    let good = last("7/5", "33/20");
    check(P, X, &good, "");
    // On the other side, and clipped.
    check(P, ["-1", "-1/100", "-9/10"], &good, "");
    check(["3", "1/16", "1/2", "1/50"], X, &good, "");
    check(P, ["0", "1/100", "9/10"], &good, "alpha > 0 is false");
    check(P, ["1", "1/100", "0"], &good, "beta2 > 0 is false");
    check(P, ["-1", "1/100", "9/10"], &good, "beta2 > 0 is false");
    check(P, ["1", "1/100", "1"], &good, "");
    check(
        P,
        ["1", "1/100", "1001/1000"],
        &good,
        "alpha*beta2 <= 1 is false",
    );
    check(P, ["1", "1", "9/10"], &good, "b < 1 is false");
    for lower in ["0", "-1"] {
        check(P, X, &last(lower, "33/20"), "A- > 0 is false");
    }
    // h = 1 and e = 2/5: 2/5·(6/5 + 6/5) + 1/25 = 1.
    let edge = ["1", "2/5", "1", ""];
    let size = "e(A+/h + h/A-) + e^2/4 <= 1 is false";
    check(edge, X, &last("5/6", "6/5"), "");
    check(edge, X, &last("5/6", "1201/1000"), size);
    check(edge, X, &last("83/100", "6/5"), size);
    let order = "A- <= A+ <= 2 is false";
    check(P, X, &last("17/10", "33/20"), order);
    check(P, X, &last("7/5", "201/100"), order);
    check(P, X, &last("7/5", "2"), "kappa < 1 is false");
    // α₋ = 1 for A₋ = h; and 1 − b/(1 − κ) = 0.99971… for κ = (13/20)².
    let kept = "alpha(1 - b/(1 - kappa)) >= alpha- is false";
    check(P, X, &last("3/2", "33/20"), kept);
    check(P, X, &last("14995/10000", "33/20"), kept);
    check(P, X, &last("1499/1000", "33/20"), "");
    // κ is that of the end farther from 1.
    check(P, X, &last("1/10", "33/20"), "");
    check(P, ["1", "1/10", "9/10"], &last("1/10", "33/20"), "");
    check(P, ["1", "1/3", "9/10"], &last("1/10", "33/20"), kept);
    check(P, X, &last("7/5", "1649/1000"), "hX(q+) <= A+ is false");
    // Q = −0.1504 grows to −0.150314 at most: hX is 1.391435 at the first, 1.391495 at the second.
    let low = ["9/10", "1/100", "49/50"];
    check(P, low, &last("6/5", "13915/10000"), "");
    check(
        P,
        low,
        &last("6/5", "139147/100000"),
        "hX(q+) <= A+ is false",
    );
}

/// h = 5, e = 1/2000, ρh² = 1/400.
const D: [&str; 4] = ["100", "1/100", "1/20", ""];
/// a = 9/5, b = 1/200000.
const Y: [&str; 3] = ["3/5", "1/1000", "8/5"];

#[test]
fn conditions_of_theorem_13() {
    let good = delta("1/2", "2", "1/100");
    check(D, Y, &good, "");
    check(D, ["-3/5", "1/1000", "-8/5"], &good, "");
    check(
        D,
        ["3/5", "1/1000", "1667/1000"],
        &good,
        "alpha*beta2 <= 1 is false",
    );
    check(D, ["3/5", "1/2", "8/5"], &good, "b < 1 is false");
    let ends = "A- = 1/2 or A- > 1 is false";
    for (lower, upper) in [
        ("3/4", "2"),
        ("1", "2"),
        ("1/4", "2"),
        ("1/2", "199/100"),
        ("3/2", "199/100"),
    ] {
        check(D, Y, &delta(lower, upper, "1/100"), ends);
    }
    check(D, ["2/5", "1/1000", "8/5"], &good, "a > 1 is false");
    check(D, ["13/20", "1/1000", "3/2"], &good, "a < 2 is false");
    check(
        ["1", "1/1000", "1", ""],
        ["1", "1/1000", "1"],
        &good,
        "a > 1 is false",
    );
    // ρh² = 1/80 and 0.0199/2; 0.0199·9/5 is larger.
    let wide = ["100", "1/20", "1/20", ""];
    check(wide, Y, &good, "(D0) rho*h^2 <= 0.0199*A- is false");
    check(wide, Y, &delta("7/5", "2", "1/1000"), "");
    check(
        ["100", "1", "1/20", ""],
        Y,
        &good,
        "(D0) rho*h^2 <= 0.0199*A- is false",
    );
    check(
        D,
        Y,
        &delta("1/2", "2", "1/200001"),
        "(D1) b <= b-bar is false",
    );
    // hB² ≥ b is B ≥ |β₁|.
    check(
        ["100", "1/100", "1/20", "1/1000"],
        Y,
        &good,
        "(D1) b <= hB^2 is not certain",
    );
    check(["100", "1/100", "1/20", "1/999"], Y, &good, "");
    check(
        ["100", "1/100", "1/20", "1/1001"],
        Y,
        &good,
        "(D1) b <= hB^2 is false",
    );
    check(D, Y, &delta("1/2", "2", "199/1000"), "");
    check(
        D,
        Y,
        &delta("1/2", "2", "201/1000"),
        "(D4) b-bar <= 1/5 is false",
    );
    // β₂ = 1/2: s_e > 1/2, ω = 1/4, D̄ = 0.505/1600 = 3.156…·10⁻⁴; β₂ = 5/4: s_e = 0.2133…,
    // ω = 0.1678…, D̄ = 2.118…·10⁻⁴.
    let drive = "(D4) b-bar >= (1 + x)^4 D is false";
    for (beta2, least, more) in [
        ("1/2", "3157/10000000", "3156/10000000"),
        ("5/4", "2119/10000000", "2118/10000000"),
    ] {
        let y = ["3/5", "1/1000", beta2];
        let outcome = |most: &str| at(D, y, &delta("1/2", "2", most)).err().unwrap_or_default();
        assert_ne!(outcome(least), drive, "{beta2}");
        assert_eq!(outcome(more), drive, "{beta2}");
    }
    // F(2.1) = 0.00231…, times 1.1⁴.
    let spike = "(D4) b-bar >= D + (1 + x)^4 [F(2 + x) + D ln(b-bar/D)] is false";
    check(D, Y, &delta("1/2", "21/10", "33/10000"), spike);
    check(D, Y, &delta("1/2", "21/10", "35/10000"), "");
    check(
        D,
        Y,
        &delta("1801/1000", "2", "1/100"),
        "(D5) A- <= a is false",
    );
    check(
        D,
        Y,
        &delta("17/10", "2", "1/10"),
        "(D5) A- <= 2(1 - b-bar)^2 is false",
    );
    check(
        D,
        Y,
        &delta("8/5", "2", "1/10"),
        "(D5) F(A-) > F(a) + b/((1 - b)(A- - 1)^4) is false",
    );
    // F(A₋) − F(2(1 − b̄)²) and F(A₋) − F(a), against what b̄ and b are divided by.
    let fall = "(D5) F(A-) > F(a) + b/((1 - b)(A- - 1)^4) is false";
    check(D, Y, &delta("3/2", "2", "1/1000"), "");
    check(D, Y, &delta("3/2", "2", "1/100"), fall);
    check(
        D,
        ["3/5", "1/100", "8/5"],
        &delta("179/100", "2", "1/1000"),
        fall,
    );
    check(D, ["3/5", "1/1000", "1/10"], &good, "hX(q+) <= A+ is false");
}

#[test]
fn conditions_of_theorem_e() {
    let x = ["1", "1", "1"];
    // h = 4: a = b = 4.
    let least = ["80", "1/100", "1/20", ""];
    for state in [x, ["-1", "1", "-1"], ["1", "-1", "1"], ["-1", "1", "1"]] {
        check(least, state, &Choice::Escape, "");
    }
    let clipped = "Theorem E is about plain gradient descent";
    check(["80", "1/100", "1/20", "2"], x, &Choice::Escape, clipped);
    check(
        ["100", "51", "1/20", ""],
        x,
        &Choice::Escape,
        "rho <= 1/2 is false",
    );
    check(
        ["100", "50", "1/20", ""],
        x,
        &Choice::Escape,
        "e*rho <= 1/2 is false",
    );
    check(
        ["50", "25/2", "4/25", ""],
        ["1", "2", "0"],
        &Choice::Escape,
        "",
    );
    check(
        ["50", "25/2", "81/500", ""],
        ["1", "2", "0"],
        &Choice::Escape,
        "e*rho <= 1/2 is false",
    );
    check(
        ["100", "1/100", "1/20", ""],
        ["19/20", "1", "1"],
        &Choice::Escape,
        "abs(alpha) >= 1 is false",
    );
    check(
        ["79", "1/100", "1/20", ""],
        ["1", "2", "1"],
        &Choice::Escape,
        "a >= 4 is false",
    );
    check(
        ["79", "1/100", "1/20", ""],
        ["2", "1", "1"],
        &Choice::Escape,
        "b >= 4 is false",
    );
    // h = 4 and e = 1/4: b = 8e(β₂² + 1) for β₂ = ±1.
    let push = ["128", "8", "1/32", ""];
    for beta2 in ["1", "-1"] {
        check(push, ["1", "1", beta2], &Choice::Escape, "");
    }
    let beyond = "b >= 8e(beta2^2 + 1) is false";
    check(push, ["1", "1", "1001/1000"], &Choice::Escape, beyond);
    check(push, ["1", "1", "-1001/1000"], &Choice::Escape, beyond);
}

/// A box is in the trap if all of it is.
#[test]
fn a_box_must_satisfy_the_conditions_everywhere() {
    let good = last("7/5", "33/20");
    let with = |i: usize, lower: &str, upper: &str| {
        let mut run = run(P, X);
        run.start[i] = (q(lower), q(upper));
        prove(
            &run,
            &start(&run),
            &good,
            200,
            &edgecert::check::work::Budget::unlimited(),
        )
        .err()
        .unwrap_or_default()
    };
    assert_eq!(with(1, "-1/100", "1/100"), "");
    assert_eq!(with(0, "9999/10000", "1"), "");
    assert_eq!(with(0, "-1", "1"), "alpha > 0 is not certain");
    assert_eq!(with(2, "-1", "9/10"), "beta2 > 0 is not certain");
    assert_eq!(with(2, "9/10", "11/10"), "alpha*beta2 <= 1 is not certain");
    assert_eq!(with(1, "0", "1"), "b < 1 is not certain");
    assert_eq!(with(2, "4/5", "9/10"), "hX(q+) <= A+ is not certain");
}

fn about(x: &Ball) -> f64 {
    let (m, _, e) = x.parts();
    let m: f64 = m.to_string().parse().expect("a number");
    m * 2f64.powi(i32::try_from(e).expect("small"))
}

/// The upper end.
fn top(x: &Ball) -> f64 {
    let (_, r, e) = x.parts();
    about(x) + r as f64 * 2f64.powi(i32::try_from(e).expect("small"))
}

#[track_caller]
fn near(x: f64, y: f64) {
    assert!(
        (x - y).abs() <= 1e-6 * y.abs().max(1e-100),
        "{x} is not {y}"
    );
}

/// The bounds of Theorem 12, by their formulas in floating point.
#[test]
fn what_follows_from_theorem_12() {
    let (h, e, lambda2, eta) = (1.5, 1.0 / 32.0, 1.0 / 16.0, 0.5);
    let root = |q: f64| (q + (q * q + 4.0).sqrt()) / 2.0;
    for (state, lower, upper) in [
        (X, "7/5", "33/20"),
        (["1", "1/10", "9/10"], "7/5", "33/20"),
        (["9/10", "1/20", "49/50"], "6/5", "143/100"),
    ] {
        let value = |text: &str| about(&Ball::fraction(&q(text), 60).expect("it"));
        let [alpha, beta1, beta2] = state.map(value);
        let (least, most) = (value(lower), value(upper));
        let (a, b, s) = (h * alpha * alpha, h * beta1 * beta1, 1.0 - alpha * beta2);
        let trap = at(P, state, &last(lower, upper)).expect("a trap");
        let kappa = (1.0 - least).powi(2).max((1.0 - most).powi(2));
        let total = b / (1.0 - kappa);
        let s_most = (s + total).min(1.0);
        let alpha_least = (least / h).sqrt();
        let mu = 1.0 - e * (alpha_least.powi(2) * (1.0 - b) + beta2 * beta2);
        let room = (1.0 / alpha_least - beta2) / alpha_least;
        let q = alpha * alpha - beta2 * beta2;
        let q_most = if q >= 0.0 {
            q
        } else {
            q + e * s_most * -q * room
        };
        let highest = h * root(q_most);
        // k = ρ(A₊ + h(1/α₋² + s̄)), and b.
        let rho = 1.0 / 48.0;
        let k = b + rho * (most + h * (1.0 / alpha_least.powi(2) + s_most));
        for n in [0, 1, 2, 10, 1000] {
            let decay = |x: f64| x.powi(n);
            let b_n = b * decay(kappa);
            let slower = |x: f64| (1.0 + x) / 2.0;
            let mut s_n = s_most;
            if n > 0 {
                for (x, y) in [(kappa, mu), (slower(kappa), mu), (kappa, slower(mu))] {
                    s_n = s_n.min((s + b / (x - y).abs()) * decay(x.max(y)));
                }
            }
            let bounds = trap.bounds(u64::try_from(n).expect("it")).expect("bounds");
            let [sharpness, a, b, s, loss1, loss2] = &bounds.quantities;
            near(top(b), b_n);
            near(top(s), s_n);
            near(top(loss1), most * b_n / (2.0 * eta * h));
            near(top(loss2), lambda2 * s_n * s_n / 2.0);
            near(top(a), most);
            near(
                top(sharpness),
                (most + 4.0 * b_n * least / (least - k)) / eta,
            );
            near(top(&bounds.state[0]), (highest / h).sqrt());
            near(top(&bounds.state[1]), (b_n / h).sqrt());
            near(top(&bounds.state[2]), 1.0 / alpha_least);
            let low = |x: &Ball| about(x) * 2.0 - top(x);
            near(low(a), least);
            near(low(&bounds.state[0]), alpha * (1.0 - total));
            near(low(&bounds.state[1]), -(b_n / h).sqrt());
            near(low(&bounds.state[2]), beta2);
            assert!(low(b).abs() < 1e-6 && low(s).abs() < 1e-6);
            if n == 0 {
                let [excess, loss] =
                    [&trap.excess, &trap.loss].map(|x| top(x.as_ref().expect("it")));
                near(excess, top(sharpness) * eta - 2.0);
                near(loss, top(loss1) + top(loss2));
            }
        }
        let squares = e * s_most * q.max(0.0) * room;
        let q_least = q - squares - total * (2.0 * most / h + e / 2.0);
        let lower = (a * (1.0 - total).powi(2)).max(h * root(q_least));
        let upper = highest.max(e * (highest / h + h / lower));
        let (low, high) = trap.limit.clone().expect("a limit");
        near(about(&low), lower);
        near(top(&high), upper);
        let limit = trap.limit_bounds().expect("bounds");
        near(top(&limit.quantities[0]), upper / eta);
        assert!(
            limit.quantities[2..]
                .iter()
                .all(|x| x.sign() == Some(std::cmp::Ordering::Equal))
        );
    }
}

/// What is proved of all later steps holds at those that are made.
#[test]
fn bounds_hold_along_the_iterates() {
    for (parameters, state, choice) in [
        (P, X, last("7/5", "33/20")),
        (P, ["-1", "1/10", "-9/10"], last("7/5", "33/20")),
        (P, ["9/10", "1/20", "49/50"], last("6/5", "143/100")),
        (D, Y, delta("1/2", "2", "1/100")),
        (D, ["-3/5", "1/1000", "-8/5"], delta("3/2", "2", "1/1000")),
    ] {
        let run = run(parameters, state);
        let orbit = Orbit::new(&run, 200).expect("an orbit");
        let mut x = orbit.start(&run).expect("a start");
        let trap = prove(
            &run,
            &x,
            &choice,
            200,
            &edgecert::check::work::Budget::unlimited(),
        )
        .expect("a trap");
        let k = Constants::new(&run, 200).expect("constants");
        for n in 0..150 {
            let bounds = trap.bounds(n).expect("bounds");
            let inside = |x: &Ball, set: &Ball| {
                let (m, r, e) = set.parts();
                let end = |m: BigInt| Fraction::new(m, 1.into()).expect("it");
                let ends = [end(m - r), end(m + r)].map(|q| {
                    Ball::fraction(&q, 300)
                        .and_then(|b| b.scaled(e))
                        .expect("it")
                });
                ends[0].less(x, true) == Some(true) && x.less(&ends[1], true) == Some(true)
            };
            let [alpha, beta1, beta2] = &x.state;
            let (one, p) = (Ball::whole(1), 200);
            let size = |x: &Ball| k.h.mul(&x.square(p).expect("it"), p).expect("it");
            let s = one.sub(&alpha.mul(beta2, p).expect("it"), p).expect("it");
            let twice = |x: &Ball| x.scaled(-1).expect("it");
            let product = alpha.mul(beta1, p).expect("it").square(p).expect("it");
            let loss1 = twice(&k.lambda1.mul(&product, p).expect("it"));
            let loss2 = twice(&k.lambda2.mul(&s.square(p).expect("it"), p).expect("it"));
            let hessian = edgecert::check::evaluate::Hessian::new(&k, &x.state, p).expect("it");
            let sharpness = hessian
                .sharpness(p, &edgecert::check::work::Budget::unlimited())
                .expect("it");
            let here = [&sharpness, &size(alpha), &size(beta1), &s, &loss1, &loss2];
            for (i, (value, bound)) in here.into_iter().zip(&bounds.quantities).enumerate() {
                // A minimum is at an end: rounding may leave it open there.
                assert!(
                    inside(value, bound),
                    "{state:?} {choice:?}: quantity {i} after {n}"
                );
            }
            for (i, (value, bound)) in x.state.iter().zip(&bounds.state).enumerate() {
                assert!(
                    inside(value, bound),
                    "{state:?} {choice:?}: coordinate {i} after {n}"
                );
            }
            x = orbit.step(&x).expect("a step");
        }
    }
}

/// Theorem E, by its lower bounds.
#[test]
fn what_follows_from_theorem_e() {
    let parameters = ["80", "1/100", "1/20", ""];
    let state = ["1", "1", "1"];
    let trap = at(parameters, state, &Choice::Escape).expect("a trap");
    let run = run(parameters, state);
    for (name, least) in [
        ("a", "4"),
        ("b", "4"),
        ("sharpness", "80"),
        ("loss", "40"),
        ("loss1", "40"),
    ] {
        assert_eq!(trap.at_least(&run, name), Some(q(least)), "{name}");
    }
    for name in ["s", "loss2", "alpha"] {
        assert_eq!(trap.at_least(&run, name), None, "{name}");
    }
    assert!(trap.bounds(0).is_err() && trap.limit_bounds().is_err() && trap.limit.is_none());
    let held = at(P, X, &last("7/5", "33/20")).expect("a trap");
    assert_eq!(held.at_least(&run, "a"), None);
}

/// lim ηS ≤ 2 needs β₁ ≠ 0; and A₋ > 1, or arithmetic.
#[test]
fn limits_of_theorem_13() {
    let limit = |state, lower: &str, most: &str| {
        at(D, state, &delta(lower, "2", most))
            .expect("a trap")
            .limit
            .is_some()
    };
    assert!(limit(Y, "1/2", "1/100"));
    assert!(limit(Y, "3/2", "1/1000"));
    assert!(!limit(["3/5", "0", "8/5"], "1/2", "1/100"));
    assert!(!limit(["3/5", "0", "8/5"], "3/2", "1/1000"));
}
