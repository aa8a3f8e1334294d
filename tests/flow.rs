//! Gradient flow: known values, independent computations, and what has to hold of any flow.

mod common;

use common::{parameters, point, q, start};
use edgecert::enclosure::{self, Engine};
use edgecert::flow::constrained::{Constrained, compare};
use edgecert::flow::integrator::Flow;
use edgecert::flow::limit::{self, Hypothesis, Limit};
use edgecert::flow::{conserved, conserved_at_start, enclose_start};
use edgecert::input::Range;
use edgecert::model::{Coefficients, Parameters, State};
use edgecert::number::{Ball, Enclosure, Number};
use edgecert::sharpness;
use rug::{Float, Rational};

const BITS: u32 = 256;

fn usual() -> Parameters {
    parameters("100", "1/100", "1/20", None)
}

fn flow(p: &Parameters, start: &State<Range>, bits: u32) -> Flow {
    let c = conserved_at_start(start, bits);
    Flow::new(p, &enclose_start(start, bits), &c, bits)
}

/// Does the ball lie within one unit of the last of the printed digits?
fn shows(ball: &Ball, digits: &str) -> bool {
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    let places = mantissa.split_once('.').map_or(0, |(_, f)| f.len()) as i32;
    let exponent: i32 = exponent.parse().expect("an exponent");
    let value = Float::with_val(400, Float::parse(digits).expect("digits"));
    let unit = Float::with_val(
        400,
        Float::parse(format!("1e{}", exponent - places)).expect("one"),
    );
    let (low, high) = (ball.lower_float(400), ball.upper_float(400));
    low > Float::with_val(400, &value - &unit) && high < value + unit
}

fn overlap(x: &Ball, y: &Ball) -> bool {
    x.sub(y).contains_zero()
}

/// Digits computed by another program with another method.
#[test]
fn the_flow_has_the_known_values() {
    let known = [
        (
            "1",
            "0.63334944028038192156610772799",
            "0.50431291229104283771931720197",
            "-19.3268",
            "4.711945026161995512760e-20",
        ),
        (
            "10",
            "0.664447373990667582683786651407",
            "0.542853859526755207578763726821",
            "-183.924992333294596",
            "",
        ),
        (
            "100",
            "0.923682341747440089971565568001",
            "0.840469552367029358815088135660",
            "-2751.28191214033353",
            "",
        ),
        (
            "1000",
            "1.03734765500916430799168406142",
            "0.963996969576674640186173025785",
            "-44265.696206792434",
            "",
        ),
        (
            "10000",
            "1.03734765701548207325863999849",
            "0.963996971735653448593542734817",
            "-464871.71345668652",
            "",
        ),
    ];
    let mut flow = flow(&usual(), &start("63/100", "1/100", "1/2"), BITS);
    let ln10 = Ball::from_rational(&q("10"), BITS).log().expect("positive");
    for (time, alpha, beta2, log10, beta1) in known {
        let theta = flow.at(&q(time)).expect("enclosed");
        assert!(
            shows(&theta.state.alpha, alpha),
            "{time}: {}",
            theta.state.alpha
        );
        assert!(
            shows(&theta.state.beta2, beta2),
            "{time}: {}",
            theta.state.beta2
        );
        let log = theta
            .log_beta1
            .expect("not 0")
            .div(&ln10)
            .expect("a number");
        assert!(shows(&log, log10), "{time}: {log:.20}");
        assert!(theta.state.beta1.midpoint().is_sign_positive());
        assert!(
            beta1.is_empty() || shows(&theta.state.beta1, beta1),
            "{}",
            theta.state.beta1
        );
    }
}

#[test]
fn the_limits_of_other_starts_are_the_known_ones() {
    let known = [
        (["3/5", "1/10", "1/2"], "1.025304452211653710024105"),
        (["7/10", "1/100", "3/10"], "1.104420254291994561505428"),
        (["1/2", "1/10", "1/10"], "1.059051831028205873004538"),
    ];
    for ([a, b, c], digits) in known {
        let start = start(a, b, c);
        let mut flow = flow(&usual(), &start, BITS);
        let late = flow.at(&q("10000")).expect("enclosed").state.alpha;
        assert!(shows(&late, digits), "{a}: {late:.30}");
        let conserved = conserved_at_start(&start, BITS);
        let limit = limit::minimiser(&conserved, false).expect("bounded").alpha;
        assert!(shows(&limit, digits), "{a}: {limit:.30}");
    }
}

/// Classical Runge–Kutta in plain high precision, twice: another method, no enclosure.
fn runge_kutta(p: &Parameters, start: &State<Rational>, time: &Rational, steps: u32) -> [Float; 3] {
    const P: u32 = 160;
    let real = |x: &Rational| Float::with_val(P, x);
    let (l1, l2) = (real(&p.lambda1), real(&p.lambda2));
    let field = |x: &[Float; 3]| -> [Float; 3] {
        let [a, b, c] = x.clone();
        let r = Float::with_val(P, &a * &c) - 1u32;
        let ab = Float::with_val(P, &a * &b);
        let da = Float::with_val(P, &l1 * &ab) * &b + Float::with_val(P, &l2 * &r) * &c;
        let db = Float::with_val(P, &l1 * &ab) * &a;
        let dc = Float::with_val(P, &l2 * &r) * &a;
        [-da, -db, -dc]
    };
    let h = real(time) / steps;
    let moved = |x: &[Float; 3], k: &[Float; 3], f: &Float| -> [Float; 3] {
        std::array::from_fn(|i| Float::with_val(P, &k[i] * f) + &x[i])
    };
    let mut x = [real(&start.alpha), real(&start.beta1), real(&start.beta2)];
    let half = Float::with_val(P, &h / 2u32);
    for _ in 0..steps {
        let k1 = field(&x);
        let k2 = field(&moved(&x, &k1, &half));
        let k3 = field(&moved(&x, &k2, &half));
        let k4 = field(&moved(&x, &k3, &h));
        for i in 0..3 {
            let sum = Float::with_val(P, &k2[i] + &k3[i]) * 2u32 + &k1[i] + &k4[i];
            x[i] += sum * &h / 6u32;
        }
    }
    x
}

/// A small deterministic stream of numbers n/1000 with n in a range.
struct Random(u64);

impl Random {
    fn next(&mut self, from: i64, to: i64) -> Rational {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let n = (self.0 >> 33) as i64 % (to - from + 1) + from;
        Rational::from((n, 1000))
    }
}

#[test]
fn another_method_agrees_from_random_starts() {
    let mut random = Random(7);
    let p = parameters("10", "1/2", "1/20", None);
    for _ in 0..8 {
        let start = State {
            alpha: random.next(-1500, 1500),
            beta1: random.next(-1000, 1000),
            beta2: random.next(-1500, 1500),
        };
        let time = random.next(500, 2000);
        let state = flow(&p, &start.map(point), 192)
            .at(&time)
            .expect("enclosed")
            .state;
        let coarse = runge_kutta(&p, &start, &time, 2000);
        let fine = runge_kutta(&p, &start, &time, 4000);
        for (i, ball) in state.as_array().into_iter().enumerate() {
            // Halving the step divides the error by 16: the difference is 15 errors.
            let error: Float = Float::with_val(160, &coarse[i] - &fine[i]).abs() + 1e-30f64;
            let distance = Float::with_val(160, ball.midpoint() - &fine[i]).abs();
            assert!(
                distance <= error,
                "{start:?} at {time}, {i}: {ball:.30} {}",
                fine[i]
            );
            assert!(ball.radius().to_f64() < 1e-30 && error < 1e-6, "{ball:.30}");
        }
    }
}

#[test]
fn boxes_contain_the_flows_of_their_points() {
    let mut random = Random(11);
    let p = usual();
    for _ in 0..4 {
        let centre = [
            random.next(300, 900),
            random.next(5, 60),
            random.next(200, 900),
        ];
        let width = Rational::from((1, 2000));
        let range = |x: &Rational| Range {
            lower: Rational::from(x - &width),
            upper: Rational::from(x + &width),
        };
        let [alpha, beta1, beta2] = centre.each_ref().map(range);
        let wide = State {
            alpha,
            beta1,
            beta2,
        };
        let corner = |up: bool| wide.map(|r| point(if up { &r.upper } else { &r.lower }));
        let times = ["1/50", "1", "20", "400"].map(q);
        let mut whole = flow(&p, &wide, 128);
        let mut parts = [flow(&p, &corner(false), 128), flow(&p, &corner(true), 128)];
        for time in &times {
            let outer = whole.at(time).expect("enclosed");
            for part in &mut parts {
                let inner = part.at(time).expect("enclosed");
                let pairs = outer
                    .state
                    .as_array()
                    .into_iter()
                    .zip(inner.state.as_array());
                for (outer, inner) in pairs {
                    let value = inner.midpoint().to_rational().expect("finite");
                    assert!(outer.contains(&value), "{time}: {outer} {inner:.20}");
                }
                let (x, y) = (outer.log_beta1.as_ref(), inner.log_beta1.as_ref());
                assert!(overlap(x.expect("not 0"), y.expect("not 0")));
            }
            assert!(
                outer.state.alpha.radius().to_f64() < 0.02,
                "{}",
                outer.state.alpha
            );
        }
    }
}

/// The closed form with its error and the integration to the same time overlap and are tight.
#[test]
fn the_closed_form_continues_the_integration() {
    for (a, b, c) in [("63/100", "1/100", "1/2"), ("-6/5", "1/10", "-11/10")] {
        let start = start(a, b, c);
        let time = q("30");
        let mut with = flow(&usual(), &start, BITS);
        let mut without = flow(&usual(), &start, BITS).without_closed_form();
        let (x, y) = (
            with.at(&time).expect("enclosed"),
            without.at(&time).expect("enclosed"),
        );
        assert!(x.closed_form && !y.closed_form);
        for (u, v) in x.state.as_array().into_iter().zip(y.state.as_array()) {
            assert!(overlap(u, v), "{u:.40} {v:.40}");
            assert!(u.relative_accuracy_bits() > 180 && v.relative_accuracy_bits() > 180);
        }
    }
}

#[test]
fn the_invariant_is_conserved() {
    for start in [
        start("63/100", "1/100", "1/2"),
        start("1/2", "3/10", "-1/5"),
    ] {
        let before = conserved_at_start(&start, BITS);
        let mut flow = flow(&usual(), &start, BITS);
        for time in ["1/10", "3", "1000"] {
            let after = conserved(&flow.at(&q(time)).expect("enclosed").state);
            assert!(overlap(&after, &before), "{after:.40} {before:.40}");
            assert!(after.radius().to_f64() < 1e-50);
        }
    }
}

#[test]
fn the_sharpness_of_the_limit_is_the_top_eigenvalue_there() {
    let p = usual();
    let k: Coefficients<Ball> = p.coefficients(BITS);
    for c in ["-300", "-100", "-99", "-3/7", "0", "2", "50"] {
        let c = Ball::from_rational(&q(c), BITS);
        let at = limit::minimiser(&c, true).expect("bounded");
        let top = sharpness::enclose_to(&k.hessian(&at), 200).expect("bounded");
        let phi = limit::sharpness(&p, &c).expect("bounded");
        assert!(overlap(&top, &phi), "{top:.40} {phi:.40}");
        assert!(top.relative_accuracy_bits() > 100 && phi.relative_accuracy_bits() > 200);
    }
    let phi = limit::sharpness(
        &p,
        &conserved_at_start(&start("63/100", "1/100", "1/2"), BITS),
    );
    assert!(shows(&phi.expect("bounded"), "107.60901615155102338"));
}

/// Over an interval of C, φ takes values up to both ends of its enclosure.
#[test]
fn the_sharpness_over_an_interval_is_tight() {
    for (l1, l2) in [("100", "1/100"), ("3", "2")] {
        let p = parameters(l1, l2, "1/20", None);
        for (from, to) in [("-120", "-90"), ("-105", "-101"), ("-1", "2"), ("1", "3")] {
            let wide =
                limit::sharpness(&p, &Ball::from_ends(&q(from), &q(to), 128)).expect("bounded");
            let (from, to) = (q(from), q(to));
            let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
            for i in 0..=4000 {
                let c = Rational::from(&to - &from) * i / 4000 + &from;
                let phi = limit::sharpness(&p, &Ball::from_rational(&c, 128)).expect("bounded");
                assert!(wide.contains(&phi.midpoint().to_rational().expect("finite")));
                least = least.min(phi.midpoint().to_f64());
                most = most.max(phi.midpoint().to_f64());
            }
            let slack = 1e-2 * (1.0 + most);
            assert!(wide.lower_float(53) > least - slack && wide.upper_float(53) < most + slack);
        }
    }
}

#[test]
fn each_hypothesis_names_its_limit() {
    let decide = |a: &str, b: &str, c: &str| {
        let start = start(a, b, c);
        let exact = limit::exact_start(&start).expect("a point");
        let invariant = conserved_at_start(&start, 128);
        limit::decide(&enclose_start(&start, 128), &invariant, Some(&exact))
    };
    let minimiser = |negative, because| Limit::Minimiser { negative, because };
    let saddle = |because| Limit::Saddle { because };
    use Hypothesis as H;
    assert_eq!(
        decide("-2", "1/3", "1/2"),
        minimiser(true, H::PositiveInvariant)
    );
    assert_eq!(decide("-1/10", "3", "-1/7"), minimiser(true, H::Quadrant));
    assert_eq!(decide("0", "3", "-1/7"), minimiser(true, H::Axis));
    assert_eq!(decide("1/7", "3", "0"), minimiser(false, H::Axis));
    assert_eq!(
        decide("-1/10", "0", "1/7"),
        minimiser(false, H::PlaneNegativeInvariant)
    );
    assert_eq!(
        decide("-1/2", "3/10", "2/5"),
        minimiser(true, H::ZeroInvariant)
    );
    assert_eq!(decide("-1/3", "0", "1/3"), saddle(H::StableCurve));
    assert_eq!(decide("0", "1/3", "0"), saddle(H::Critical));
    assert_eq!(decide("-1/10", "1/3", "1/7"), Limit::Undetermined);
    // A wrong sign would show here: the flow itself goes to the limit that was named.
    for (a, b, c) in [
        ("-2", "1/3", "1/2"),
        ("-1/10", "0", "1/7"),
        ("-1/2", "3/10", "2/5"),
    ] {
        let p = parameters("2", "1", "1/20", None);
        let alpha = flow(&p, &start(a, b, c), 192)
            .at(&q("60"))
            .expect("enclosed")
            .state
            .alpha;
        let expected = matches!(decide(a, b, c), Limit::Minimiser { negative: true, .. });
        assert_eq!(alpha.midpoint().is_sign_negative(), expected, "{a}");
    }
}

#[test]
fn beta1_that_is_zero_stays_zero() {
    let theta = flow(&usual(), &start("1/2", "0", "1/2"), 128)
        .at(&q("50"))
        .expect("enclosed");
    assert!(theta.state.beta1.is_point() && theta.state.beta1.contains_zero());
    assert!(theta.log_beta1.is_none());
}

#[test]
fn the_constrained_trajectory_has_the_known_values() {
    let known = [
        (["63/100", "1/100", "1/2"], "0.716", [0.139, 0.031, 0.179]),
        (["33/50", "1/1000", "1/2"], "0", [0.498, 0.101, 0.272]),
        (["3/5", "1/1000", "1/2"], "9.196", [0.590, 0.100, 0.307]),
    ];
    let p = usual();
    for ([a, b, c], hit, distances) in known {
        let start = start(a, b, c);
        let flow = Constrained::new(&p, &enclose_start(&start, BITS)).expect("a quadrant");
        let time = flow.hitting_time().expect("it is active");
        assert!((time.midpoint().to_f64() - hit.parse::<f64>().expect("a number")).abs() <= 6e-4);
        let mut gd = enclosure::start(Engine::Centred, &p, &start, 384);
        let result = compare(&p, &mut *gd, 20_000, 256, &mut |_| ()).expect("enclosed");
        assert_eq!((result.steps, result.stopped), (20_000, None));
        assert_eq!((result.violations_a, result.violations_b), (0, 0));
        assert!(result.checked_a > 10_000 && result.checked_b == 20_000);
        for (found, known) in [&result.alpha, &result.beta2, &result.bound]
            .into_iter()
            .zip(distances)
        {
            assert!(
                (found.midpoint().to_f64() - known).abs() < 1e-3,
                "{a}: {found} {known}"
            );
            assert!(found.radius().to_f64() < 1e-20);
        }
    }
}

/// Small projected steps follow the closed form before and after the constraint is hit.
#[test]
fn the_closed_form_of_the_constrained_trajectory_solves_its_equation() {
    let p = usual();
    let begin = start("-3/5", "1/1000", "-1/2");
    let flow = Constrained::new(&p, &enclose_start(&begin, 128)).expect("a quadrant");
    let edge = (2.0f64 / 5.0).sqrt();
    let (mut alpha, mut beta2, n) = (0.6f64, 0.5f64, 20_000);
    for i in 1..=n {
        let rest = 0.01 * (1.0 - alpha * beta2) * 20.0 / f64::from(n);
        (alpha, beta2) = ((alpha + rest * beta2).min(edge), beta2 + rest * alpha);
        if i % 5000 == 0 {
            let state = flow.at(&Rational::from((20 * i, n))).expect("enclosed");
            assert!((state.alpha.midpoint().to_f64() + alpha).abs() < 1e-5);
            assert!((state.beta2.midpoint().to_f64() + beta2).abs() < 1e-5);
        }
    }
    let late = flow.at(&q("1000000")).expect("enclosed");
    assert!((late.beta2.midpoint().to_f64() + 1.0 / edge).abs() < 1e-12);
    let never = start("1/10", "0", "3");
    let never = Constrained::new(&p, &enclose_start(&never, 128)).expect("a quadrant");
    assert!(never.hitting_time().is_none());
}

fn command(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_edgecert"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_command_reports_flows_of_iterates_and_the_comparison() {
    let run = "proofs/runs/divergent.toml";
    let arguments = [
        "flow",
        run,
        "--at",
        "1/3",
        "--from-step",
        "100",
        "--format",
        "json",
    ];
    let (code, out, _) = command(&arguments);
    assert_eq!(code, Some(0), "{out}");
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["flows"][1]["from_step"], 100);
    assert_eq!(report["flows"][0]["points"][0]["time"], "1/3");
    let comparison = &report["constrained"]["comparison"];
    assert!(
        comparison["steps"].as_u64().expect("a number") > 8000,
        "{comparison}"
    );
    assert_eq!(comparison["bound_a"]["violated"], 0);
    assert_eq!(comparison["bound_b"]["violated"], 0);
    for (option, value) in [("--at", "soon"), ("--at", "-1"), ("--from-step", "9999")] {
        let (code, _, error) = command(&["flow", run, option, value]);
        assert_eq!(code, Some(2));
        assert!(error.contains(option) && error.contains(value), "{error}");
    }
}

#[test]
fn a_box_may_be_wide_in_one_coordinate_only() {
    let p = usual();
    let centre = ["63/100", "1/100", "1/2"].map(q);
    for wide in 0..3 {
        let width = q("1/1000");
        let range = |i: usize, to: i32| {
            let shift = if i == wide { to } else { 0 };
            &centre[i] + Rational::from(&width * shift)
        };
        let state = |low: i32, up: i32| {
            let [alpha, beta1, beta2] = [0, 1, 2].map(|i| Range {
                lower: range(i, low),
                upper: range(i, up),
            });
            State {
                alpha,
                beta1,
                beta2,
            }
        };
        let mut whole = flow(&p, &state(-1, 1), 256);
        let mut parts = [-1, 0, 1].map(|to| flow(&p, &state(to, to), 256));
        for time in ["1/50", "1", "400"].map(q) {
            let outer = whole.at(&time).expect("enclosed").state;
            for part in &mut parts {
                let inner = part.at(&time).expect("enclosed").state;
                for (outer, inner) in outer.as_array().into_iter().zip(inner.as_array()) {
                    let value = inner.midpoint().to_rational().expect("finite");
                    assert!(
                        outer.contains(&value),
                        "{wide} at {time}: {outer} {inner:.20}"
                    );
                }
            }
            let radius = outer.alpha.radius().to_f64();
            assert!(radius < 0.01, "{wide} at {time}: {radius}");
        }
    }
}
