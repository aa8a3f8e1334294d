//! Balls contain what they should: exact fractions in, exact fraction in the result.

use edgecert::check::ball::Ball;
use edgecert::check::fraction::Fraction;
use edgecert::check::functions;
use edgecert::check::work::Budget;
use num_bigint::BigInt;
use proptest::prelude::*;

fn free() -> Budget {
    Budget::unlimited()
}

fn fraction(n: impl Into<BigInt>, d: impl Into<BigInt>) -> Fraction {
    Fraction::new(n.into(), d.into()).expect("a fraction")
}

/// 2^k.
fn power(k: i64) -> Fraction {
    let size = BigInt::from(1) << k.unsigned_abs();
    if k < 0 {
        fraction(1, size)
    } else {
        fraction(size, 1)
    }
}

fn ends(ball: &Ball) -> (Fraction, Fraction) {
    let (m, r, e) = ball.parts();
    let unit = power(e);
    let end = |n: BigInt| fraction(n, 1).mul(&unit).expect("small");
    (end(m - r), end(m + r))
}

fn contains(ball: &Ball, x: &Fraction) -> bool {
    let (lower, upper) = ends(ball);
    lower.at_most(x) && x.at_most(&upper)
}

/// A ball with a point of it: wide or narrow, an end or in between.
fn operand() -> impl Strategy<Value = (Ball, Fraction)> {
    let fractions = (any::<i64>(), 1..=i64::MAX, -80..80i64);
    (fractions, 0u8..4, -70..10i64, -8i64..=8).prop_map(|((n, d, k), kind, width, share)| {
        let x = fraction(
            if kind == 3 { n % 5 } else { n },
            d % if kind == 3 { 4 } else { i64::MAX } + 1,
        )
        .mul(&power(if kind == 3 { 0 } else { k }))
        .expect("small");
        if kind == 0 {
            return (Ball::fraction(&x, 64).expect("a ball"), x);
        }
        // x is somewhere between two numbers whose hull is the ball.
        let width = power(width);
        let below = width.mul(&fraction(8 + share, 8)).expect("small");
        let above = width.mul(&fraction(8 - share, 8)).expect("small");
        let ball = |q: Option<Fraction>| Ball::fraction(&q.expect("small"), 100).expect("a ball");
        let hull = ball(x.sub(&below))
            .hull(&ball(x.add(&above)), 64)
            .expect("a hull");
        (hull, x)
    })
}

fn precision() -> impl Strategy<Value = u32> {
    prop_oneof![Just(2u32), Just(32), Just(64), 2u32..400]
}

fn cases() -> ProptestConfig {
    let factor: u32 = std::env::var("TEST_MULTIPLIER")
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(1);
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(2000 * factor)
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn arithmetic_contains_the_exact_result((x, a) in operand(), (y, b) in operand(), p in precision()) {
        prop_assert!(contains(&x, &a) && contains(&y, &b));
        prop_assert!(contains(&x.to(p).expect("to"), &a));
        prop_assert!(contains(&x.negative(), &a.negative()));
        prop_assert!(contains(&x.add(&y, p).expect("add"), &a.add(&b).expect("small")));
        prop_assert!(contains(&x.sub(&y, p).expect("sub"), &a.sub(&b).expect("small")));
        prop_assert!(contains(&x.mul(&y, p).expect("mul"), &a.mul(&b).expect("small")));
        prop_assert!(contains(&x.square(p).expect("square"), &a.mul(&a).expect("small")));
        prop_assert!(ends(&x.square(p.max(40)).expect("square")).1.is_positive() || a == fraction(0, 1));
        for n in [0, 1, 2, 3, 4, 7] {
            prop_assert!(contains(&x.power(n, p).expect("power"), &a.power(n).expect("small")));
        }
        if let Ok(quotient) = x.div(&y, p) {
            prop_assert!(contains(&quotient, &a.div(&b).expect("not 0")));
        } else {
            let (lower, upper) = ends(&y);
            prop_assert!(!lower.is_positive() && lower.mul(&upper).is_none_or(|q| !q.is_positive()));
        }
    }

    #[test]
    fn ends_and_order((x, a) in operand(), (y, b) in operand(), p in precision()) {
        let (small, large) = if a.less(&b) { (&a, &b) } else { (&b, &a) };
        prop_assert!(contains(&x.min(&y, p).expect("min"), small));
        prop_assert!(contains(&x.max(&y, p).expect("max"), large));
        let hull = x.hull(&y, p).expect("hull");
        prop_assert!(contains(&hull, &a) && contains(&hull, &b));
        let size = if a.is_positive() { a.clone() } else { a.negative() };
        prop_assert!(contains(&x.abs(p).expect("abs"), &size));
        if let Some(less) = x.less(&y, false) { prop_assert_eq!(less, a.less(&b)); }
        if let Some(less) = x.less(&y, true) { prop_assert_eq!(less, a.at_most(&b)); }
        if let Some(equal) = x.equals(&y) { prop_assert_eq!(equal, a == b); }
        if let Some(sign) = x.sign() { prop_assert_eq!(sign.is_gt(), a.is_positive()); }
        // Nothing is decided that is not so, and what is far apart is decided.
        let ((l1, u1), (l2, u2)) = (ends(&x), ends(&y));
        let width = u1.sub(&l1).and_then(|w| w.add(&u2.sub(&l2)?)).expect("small");
        if u1.add(&width).expect("small").less(&l2) {
            prop_assert_eq!(x.less(&y, false), Some(true));
            prop_assert_eq!(y.less(&x, true), Some(false));
        }
    }

    #[test]
    fn roots_contain_the_exact_result((x, a) in operand(), p in precision()) {
        if let Ok(root) = x.sqrt(p) {
            let (lower, upper) = ends(&root);
            let square = |q: &Fraction| q.mul(q).expect("small");
            prop_assert!(!lower.is_positive() || square(&lower).at_most(&a));
            prop_assert!(a.at_most(&square(&upper)));
        }
        let squared = x.square(64).expect("square").sqrt(64);
        if let Ok(root) = squared {
            let size = if a.is_positive() { a.clone() } else { a.negative() };
            prop_assert!(contains(&root, &size));
        }
        if let Ok(ceil) = x.ceil(200) {
            let whole = |n: &BigInt, d: &BigInt| -((-n.clone() - if n.sign() == num_bigint::Sign::Minus { BigInt::from(0) } else { d - 1 }) / d);
            prop_assert!(contains(&ceil, &fraction(whole(&a.top, &a.bottom), 1)));
        }
    }

    #[test]
    fn digits_are_the_nearest_ones((x, a) in operand(), n in -3i64..=3, k in -30i64..10) {
        let unit = if k < 0 { fraction(1, BigInt::from(10).pow(k.unsigned_abs() as u32)) } else { fraction(BigInt::from(10).pow(k.unsigned_abs() as u32), 1) };
        let near = |n: i64| {
            let distance = a.sub(&fraction(n, 1).mul(&unit).expect("small")).expect("small");
            let distance = if distance.is_positive() { distance } else { distance.negative() };
            distance.at_most(&fraction(51, 100).mul(&unit).expect("small"))
        };
        if x.has_digits(n, k) { prop_assert!(near(n)); }
    }

    #[test]
    fn logarithm_and_exponential_are_inverse((x, a) in operand(), p in 32u32..200) {
        if let Ok(log) = functions::log(&x, p, &free()) {
            // exp is monotone and so is the enclosure of it: a must be found again.
            prop_assert!(contains(&functions::exp(&log, p, &free()).expect("exp"), &a));
        }
        if x.abs(64).expect("abs").less(&Ball::whole(200), true) == Some(true) {
            let exp = functions::exp(&x, p, &free()).expect("exp");
            // A wide ball may reach below 0, where there is no logarithm.
            match functions::log(&exp, p, &free()) {
                Ok(log) => prop_assert!(contains(&log, &a)),
                Err(_) => prop_assert!(!ends(&exp).0.is_positive() || exp.accuracy() < 4),
            }
        }
    }
}

/// x = n/d·10^−k lies in the ball, which is narrow.
fn is_near(ball: &Ball, digits: &str) {
    let (whole, places) = digits.split_once('.').expect("a decimal");
    let n: BigInt = format!("{whole}{places}").parse().expect("digits");
    let unit = BigInt::from(10).pow(places.len() as u32);
    let (lower, upper) = ends(ball);
    // The digits are cut off, not rounded.
    assert!(
        lower.at_most(&fraction(n.clone() + 1, unit.clone()))
            && fraction(n - 1, unit).at_most(&upper),
        "{digits}"
    );
    assert!(ball.accuracy() > 60, "{digits}: {} bits", ball.accuracy());
}

/// Values from the literature and from their closed forms.
#[test]
fn known_values() {
    let q = |n: i64, d: i64| Ball::fraction(&fraction(n, d), 100).expect("a ball");
    is_near(
        &functions::log(&q(2, 1), 90, &free()).expect("log"),
        "0.69314718055994530941723212145817656",
    );
    is_near(
        &functions::log(&q(1, 1000), 90, &free()).expect("log"),
        "-6.90775527898213705205397436405309262",
    );
    is_near(
        &functions::exp(&q(1, 1), 90, &free()).expect("exp"),
        "2.71828182845904523536028747135266249",
    );
    is_near(
        &functions::exp(&q(-20, 1), 90, &free()).expect("exp"),
        "0.00000000206115362243855782796594038",
    );
    // F(a) = ln(a − 1)·ln a + Li₂(1 − a) + π²/12; Li₂(−1) = −π²/12, Li₂(−1/2), Li₂(−2), Li₂(−9).
    is_near(
        &functions::edge_potential(&q(3, 2), 90, &free()).expect("F"),
        "0.09300582999985945403112298689",
    );
    is_near(
        &functions::edge_potential(&q(3, 1), 90, &free()).expect("F"),
        "0.14722067695924125830242827626",
    );
    is_near(
        &functions::edge_potential(&q(10, 1), 90, &free()).expect("F"),
        "1.93109981291447691815846298003",
    );
    let zero = functions::edge_potential(&q(2, 1), 90, &free()).expect("F");
    assert!(contains(&zero, &fraction(0, 1)));
    for (log, x) in [(true, 0), (true, -1), (false, 1), (false, 0)] {
        let value = if log {
            functions::log(&q(x, 1), 90, &free())
        } else {
            functions::edge_potential(&q(x, 1), 90, &free())
        };
        assert!(value.is_err());
    }
}

/// A model with small whole numbers: λ₁ = 2, λ₂ = 1, η = 1, at (α, β₁, β₂) = (1, 1, 2). Its Hessian
/// is ((6, 4, 3), (4, 2, 0), (3, 0, 1)).
#[test]
fn a_hessian_by_hand() {
    let run = edgecert::check::orbit::Run {
        lambda1: fraction(2, 1),
        lambda2: fraction(1, 1),
        eta: fraction(1, 1),
        clip: None,
        start: [1, 1, 2].map(|n| (fraction(n, 1), fraction(n, 1))),
        steps: 1,
    };
    let constants = edgecert::check::orbit::Constants::new(&run, 100).expect("constants");
    let whole = |v: [i64; 3]| v.map(Ball::whole);
    let hessian =
        edgecert::check::evaluate::Hessian::new(&constants, &whole([1, 1, 2]), 100).expect("it");
    // vᵀHv − 5|v|² for v = (1, 2, 3): 6 + 8 + 9 + 2(8 + 9) − 70.
    let excess = hessian
        .excess(&whole([1, 2, 3]), &Ball::whole(5), 100)
        .expect("it");
    assert_eq!(excess.equals(&Ball::whole(-13)), Some(true));
    let excess = hessian
        .excess(&whole([-1, 2, 5]), &Ball::whole(1), 100)
        .expect("it");
    assert_eq!(excess.equals(&Ball::whole(-37)), Some(true));
    // det(cI − H) = c³ − 9c² − 5c + 22, whose largest root is S.
    let sharpness = hessian.sharpness(100, &free()).expect("S");
    assert!(sharpness.accuracy() > 10, "{}", sharpness.accuracy());
    let polynomial = |c: &Fraction| {
        let c2 = c.mul(c).expect("small");
        let c3 = c2.mul(c).expect("small");
        let rest = fraction(22, 1)
            .sub(&c.mul(&fraction(5, 1)).expect("small"))
            .expect("small");
        c3.sub(&c2.mul(&fraction(9, 1)).expect("small"))
            .and_then(|x| x.add(&rest))
            .expect("small")
    };
    let (lower, upper) = ends(&sharpness);
    assert!(!polynomial(&lower).is_positive() && polynomial(&upper).is_positive());
    assert!(fraction(9, 1).less(&lower) && upper.less(&fraction(10, 1)));
    for (c, below) in [(&lower, false), (&upper, true)] {
        let narrow = |sign: i64| c.add(&fraction(sign, 1_000_000_000)).expect("small");
        let c = Ball::fraction(&narrow(if below { 1 } else { -1 }), 100).expect("c");
        for or_equal in [false, true] {
            assert_eq!(hessian.below(&c, or_equal, 100).expect("it"), Some(below));
        }
    }
    // S ≥ 6 and more, whatever Proposition 1 says.
    for c in [-1, 0, 1, 2] {
        for or_equal in [false, true] {
            assert_ne!(
                hessian.below(&Ball::whole(c), or_equal, 100).expect("it"),
                Some(true)
            );
        }
    }
    assert_eq!(
        hessian.below(&Ball::whole(1), true, 100).expect("it"),
        Some(false)
    );
    assert_eq!(
        hessian.below(&Ball::whole(2), false, 100).expect("it"),
        Some(false)
    );
}

/// Is S < c, or S ≤ c? By the principal minors of cI − H, exactly.
#[test]
fn bounds_of_the_sharpness_by_minors() {
    let mut decided = 0;
    for (lambda1, lambda2) in [(1, 1), (3, 1), (4, 3)] {
        let run = edgecert::check::orbit::Run {
            lambda1: fraction(lambda1, 1),
            lambda2: fraction(lambda2, 1),
            eta: fraction(1, 1),
            clip: None,
            start: [1, 1, 1].map(|n| (fraction(n, 1), fraction(n, 1))),
            steps: 1,
        };
        let k = edgecert::check::orbit::Constants::new(&run, 100).expect("constants");
        for state in 0..125i64 {
            let [x, y, z] = [state / 25 - 2, state / 5 % 5 - 2, state % 5 - 2];
            let hessian =
                edgecert::check::evaluate::Hessian::new(&k, &[x, y, z].map(Ball::whole), 100);
            let hessian = hessian.expect("a Hessian");
            let (d1, d2) = (lambda1 * x * x, lambda2 * x * x);
            let tip = lambda1 * y * y + lambda2 * z * z;
            let (u1, u2) = (2 * lambda1 * x * y, lambda2 * (2 * x * z - 1));
            let sharpness = hessian.sharpness(100, &free());
            for c in -3..60 {
                let (t, a, b) = (c - tip, c - d1, c - d2);
                let determinant = t * a * b - u1 * u1 * b - u2 * u2 * a;
                let pairs = [t * a - u1 * u1, t * b - u2 * u2, a * b];
                let all = |positive: fn(i64) -> bool| {
                    [t, a, b, determinant]
                        .into_iter()
                        .chain(pairs)
                        .all(positive)
                };
                for (or_equal, truth) in [(false, all(|m| m > 0)), (true, all(|m| m >= 0))] {
                    let found = hessian.below(&Ball::whole(c), or_equal, 100).expect("it");
                    let what = format!("{lambda1} {lambda2} {x} {y} {z}: {c} {or_equal}");
                    // Open at most where c is an entry of the diagonal.
                    if a == 0 || b == 0 {
                        assert_ne!(found, Some(!truth), "{what}");
                    } else {
                        assert_eq!(found, Some(truth), "{what}");
                        decided += 1;
                    }
                    if let Ok(sharpness) = &sharpness {
                        let found = sharpness.less(&Ball::whole(c), or_equal);
                        assert_ne!(found, Some(!truth), "{what}: {sharpness:?}");
                    }
                }
            }
        }
    }
    assert!(decided > 40_000, "{decided}");
    // At (1, 0, 1/2) with λ₁ = λ₂ = 1 the Hessian is diagonal, (1/4, 1, 1), and S = 1.
    let run = edgecert::check::orbit::Run {
        lambda1: fraction(1, 1),
        lambda2: fraction(1, 1),
        eta: fraction(1, 1),
        clip: None,
        start: [1, 0, 1].map(|n| (fraction(n, 1), fraction(n, 1))),
        steps: 1,
    };
    let k = edgecert::check::orbit::Constants::new(&run, 100).expect("constants");
    let half = Ball::whole(1).scaled(-1).expect("exact");
    let state = [Ball::whole(1), Ball::whole(0), half];
    let hessian = edgecert::check::evaluate::Hessian::new(&k, &state, 100).expect("it");
    let below = |or_equal| hessian.below(&Ball::whole(1), or_equal, 100).expect("it");
    assert_ne!(below(true), Some(false));
    assert_ne!(below(false), Some(true));
}

/// One step by hand: h = 2, e = 1; a = 2, b = 2: α⁺ = 1·(1 − 2 − 4) + 2, β₁⁺ = 1·(1 − 2),
/// β₂⁺ = 2·(1 − 1) + 1; and with |β₁| ≤ 1/2.
#[test]
fn a_step_by_hand() {
    for (clip, beta1) in [
        (None, fraction(-1, 1)),
        (Some(fraction(1, 2)), fraction(-1, 2)),
        (Some(fraction(1, 1)), fraction(-1, 1)),
    ] {
        let run = edgecert::check::orbit::Run {
            lambda1: fraction(2, 1),
            lambda2: fraction(1, 1),
            eta: fraction(1, 1),
            clip: clip.clone(),
            start: [1, 1, 2].map(|n| (fraction(n, 1), fraction(n, 1))),
            steps: 1,
        };
        let orbit = edgecert::check::orbit::Orbit::new(&run, 64).expect("an orbit");
        let start = orbit.start(&run).expect("a start");
        let next = orbit.step(&start).expect("a step");
        assert_eq!((start.step, next.step), (0, 1));
        let clipped = clip.is_some_and(|b| b == fraction(1, 2));
        assert_eq!((start.clipped, next.clipped), (Some(false), Some(clipped)));
        let expected = [fraction(-3, 1), beta1, fraction(1, 1)];
        for (coordinate, q) in next.state.iter().zip(&expected) {
            assert_eq!(&ends(coordinate).0, q);
            assert_eq!(&ends(coordinate).1, q);
        }
    }
}

/// The ball of the numbers from a to b, whose sum is even, and hardly more.
fn between(a: i64, b: i64) -> Ball {
    if a == b {
        return Ball::whole(a);
    }
    let ball = Ball::whole(a).hull(&Ball::whole(b), 64).expect("a hull");
    let (lower, upper) = ends(&ball);
    let more = |n: i64, sign: i64| fraction(n * 1_000_000 + sign, 1_000_000);
    assert!(more(a, -1).less(&lower) && lower.at_most(&fraction(a, 1)));
    assert!(upper.less(&more(b, 1)) && fraction(b, 1).at_most(&upper));
    ball
}

/// All pairs of small intervals, to few bits: both ends of the exact result are inside, also where
/// a divisor comes close to 0.
#[test]
fn small_intervals_contain_their_corners() {
    let mut all = Vec::new();
    for a in -7..=7i64 {
        all.extend((a..=7).step_by(2).map(|b| (a, b, between(a, b))));
    }
    for (a, b, x) in &all {
        for p in [2, 3, 7] {
            // An even power of numbers of both signs is not below 0, but for rounding.
            if a * b < 0 {
                for n in [2, 4] {
                    let (lower, _) = ends(&x.power(n, 64).expect("a power"));
                    assert!(fraction(-1, 1000).less(&lower), "[{a}, {b}]^{n}");
                }
            }
            let size = x.abs(p).expect("a size");
            assert!(
                [a, b]
                    .iter()
                    .all(|end| contains(&size, &fraction(end.abs(), 1)))
            );
            for (c, d, y) in &all {
                let sum = x.add(y, p).expect("a sum");
                let difference = x.sub(y, p).expect("a difference");
                let product = x.mul(y, p).expect("a product");
                let quotient = x.div(y, p);
                assert_eq!(
                    quotient.is_err(),
                    *c <= 0 && *d >= 0,
                    "[{a}, {b}]/[{c}, {d}]"
                );
                for (s, t) in [(a, c), (a, d), (b, c), (b, d)] {
                    assert!(
                        contains(&sum, &fraction(s + t, 1)),
                        "[{a}, {b}] + [{c}, {d}]"
                    );
                    assert!(
                        contains(&difference, &fraction(s - t, 1)),
                        "[{a}, {b}] - [{c}, {d}]"
                    );
                    assert!(
                        contains(&product, &fraction(s * t, 1)),
                        "[{a}, {b}]*[{c}, {d}]"
                    );
                    if let Ok(quotient) = &quotient {
                        assert!(
                            contains(quotient, &fraction(*s, *t)),
                            "[{a}, {b}]/[{c}, {d}]"
                        );
                    }
                }
                // Where they touch it may be open: the balls are a little larger.
                let (below, above) = (b < c, a > d);
                let points = a == b && c == d;
                let decided = |answer: Option<bool>, truth: bool| {
                    let open = !points && !below && !above;
                    answer == Some(truth) || open && answer.is_none()
                };
                let decides = |answer: Option<bool>, yes: bool, no: bool| match (yes, no) {
                    (false, false) => answer.is_none(),
                    _ => decided(answer, yes),
                };
                let of = format!("[{a}, {b}], [{c}, {d}]");
                assert!(decides(x.less(y, false), below, a >= d), "< {of}");
                assert!(decides(x.less(y, true), b <= c, above), "<= {of}");
                let equal = points && a == c;
                assert!(decides(x.equals(y), equal, below || above), "= {of}");
            }
        }
        use std::cmp::Ordering::{Equal, Greater, Less};
        let sign = match (*a, *b) {
            (1.., _) => Some(Greater), // not from 0 on: the balls are a little larger
            (_, ..=-1) => Some(Less),
            (0, 0) => Some(Equal),
            _ => None,
        };
        assert_eq!(x.sign(), sign, "[{a}, {b}]");
    }
}

/// Divisors whose radius is many times their distance from 0.
#[test]
fn quotients_by_wide_divisors() {
    for d in (9..200).step_by(2) {
        let y = between(1, d);
        for n in 1..=7 {
            for (x, p) in [2, 5, 9].map(|p| (Ball::whole(n), p)) {
                let quotient = x.div(&y, p).expect("a quotient");
                assert!(contains(&quotient, &fraction(n, 1)), "{n}/[1, {d}]");
                assert!(contains(&quotient, &fraction(n, d)), "{n}/[1, {d}]");
                let quotient = x.div(&y.negative(), p).expect("a quotient");
                assert!(contains(&quotient, &fraction(-n, 1)), "{n}/[-{d}, -1]");
            }
        }
    }
}

/// What needs no rounding is not rounded.
#[test]
fn exact_results_are_points() {
    let point = |value: Ball, q: Fraction| assert_eq!(ends(&value), (q.clone(), q));
    let whole = Ball::whole;
    let exact = |q: &Fraction, p| Ball::fraction(q, p).expect("a ball");
    point(whole(-7).add(&whole(3), 4).expect("it"), fraction(-4, 1));
    point(whole(12).to(2).expect("it"), fraction(12, 1));
    point(whole(-20).to(3).expect("it"), fraction(-20, 1));
    point(whole(12).mul(&whole(-5), 4).expect("it"), fraction(-60, 1));
    point(whole(-3).div(&whole(8), 8).expect("it"), fraction(-3, 8));
    point(whole(0).div(&whole(8), 8).expect("it"), fraction(0, 1));
    point(exact(&fraction(5, 16), 8), fraction(5, 16));
    for (root, square) in [(0, 0), (1, 1), (2, 4), (12, 144)] {
        point(whole(square).sqrt(16).expect("it"), fraction(root, 1));
        point(
            whole(square)
                .scaled(-6)
                .and_then(|x| x.sqrt(16))
                .expect("it"),
            fraction(root, 8),
        );
    }
    for (n, d, ceil) in [(7, 2, 4), (-7, 2, -3), (4, 1, 4), (0, 1, 0), (-1, 8, 0)] {
        point(
            exact(&fraction(n, d), 32).ceil(32).expect("it"),
            fraction(ceil, 1),
        );
    }
    point(whole(-2).power(5, 16).expect("it"), fraction(-32, 1));
    point(whole(-2).abs(16).expect("it"), fraction(2, 1));
    point(whole(3).min(&whole(-2), 16).expect("it"), fraction(-2, 1));
    point(whole(3).max(&whole(-2), 16).expect("it"), fraction(3, 1));
}

proptest! {
    #![proptest_config(cases())]

    /// Rounding costs the last bits, and no more: of exact operands a result has p bits but a few.
    #[test]
    fn balls_are_no_wider_than_they_must_be(n in 1i64.., d in 1i64.., p in 8u32..200) {
        let exact = |n: i64| Ball::whole(n);
        let bits = i64::from(p) - 3;
        let (x, y) = (exact(n), exact(d));
        for (what, value) in [
            ("to", x.to(p)),
            ("sum", x.add(&y, p)),
            ("product", x.mul(&y, p)),
            ("quotient", x.div(&y, p)),
            ("root", x.sqrt(p)),
            ("hull", x.hull(&x, p)),
            ("fraction", Ball::fraction(&fraction(n, d), p)),
        ] {
            let value = value.expect("a value");
            prop_assert!(value.accuracy() >= bits, "{what}: {} bits", value.accuracy());
            let (m, _, _) = value.parts();
            prop_assert!(m.bits() <= u64::from(p) + 1, "{what}: {} bits", m.bits());
        }
    }
}

/// Functions lose a few bits more than arithmetic, near their zeros all those of their argument.
#[test]
fn functions_are_accurate() {
    for n in [2, 3, 5, 10, 100, 1000] {
        for p in [32, 64, 150] {
            let x = Ball::whole(n);
            let a = x.add(&Ball::whole(1), p).expect("it");
            for (what, value) in [
                ("log", functions::log(&x, p, &free())),
                ("exp", functions::exp(&x, p, &free())),
                ("F", functions::edge_potential(&a, p, &free())),
            ] {
                let accuracy = value.expect(what).accuracy();
                let bits = i64::from(p) - 8;
                assert!(accuracy >= bits, "{what}({n}) to {p}: {accuracy} bits");
            }
        }
    }
}

/// Functions of wide balls have no value, or contain the values at both ends.
#[test]
fn functions_of_wide_balls() {
    let at = |x: f64| fraction((x * 1e12).round() as i64, 1_000_000_000_000i64);
    let around = |value: &Ball, x: f64| {
        let (lower, upper) = ends(value);
        lower.at_most(&at(x + 1e-8)) && at(x - 1e-8).at_most(&upper)
    };
    // The edge potential, by Simpson's rule in the variable ln u.
    let potential = |a: f64| {
        let end = (a - 1.0).ln();
        let f = |v: f64| v * v.exp() / (1.0 + v.exp());
        let n = 2000;
        let step = end / f64::from(n);
        let sum: f64 = (0..=n)
            .map(|i| {
                let weight = if i == 0 || i == n {
                    1.0
                } else {
                    f64::from(2 + 2 * (i % 2))
                };
                weight * f(f64::from(i) * step)
            })
            .sum();
        sum * step / 3.0
    };
    let mut count = [0; 3];
    for n in 1..60i64 {
        for width in [0, 2, 4, 8, 16, 64, 512] {
            for scale in [-3, 0] {
                let unit = 2f64.powi(scale as i32);
                let (a, b) = (n, n + width);
                let x = between(a, b).scaled(scale).expect("it");
                let (a, b) = (a as f64 * unit, b as f64 * unit);
                if let Ok(value) = functions::log(&x, 64, &free()) {
                    assert!(
                        around(&value, a.ln()) && around(&value, b.ln()),
                        "log [{a}, {b}]"
                    );
                    count[0] += 1;
                }
                if b < 12.0
                    && let Ok(value) = functions::exp(&x, 64, &free())
                {
                    assert!(
                        around(&value, a.exp()) && around(&value, b.exp()),
                        "exp [{a}, {b}]"
                    );
                    count[1] += 1;
                }
                if let Ok(value) =
                    functions::edge_potential(&x.add(&Ball::whole(1), 64).expect("it"), 64, &free())
                {
                    assert!(around(&value, potential(a + 1.0)), "F [{a} + 1, {b} + 1]");
                    assert!(around(&value, potential(b + 1.0)), "F [{a} + 1, {b} + 1]");
                    count[2] += 1;
                }
            }
        }
    }
    assert!(count.iter().all(|n| *n > 100), "{count:?}");
}

/// Beyond these bounds there is no value, and nothing is computed that would fill the memory.
#[test]
fn numbers_out_of_range_have_no_value() {
    let huge = |k: i64| Ball::whole(1).scaled(k).expect("exact");
    const MOST: i64 = 1 << 40;
    assert!(huge(MOST - 64).to(64).is_ok());
    assert!(huge(MOST + 64).to(64).is_err());
    assert!(huge(-MOST - 64).to(64).is_err());
    assert!(huge(i64::MAX - 10).mul(&huge(i64::MAX - 10), 64).is_err());
    assert!(huge(i64::MAX - 10).scaled(i64::MAX).is_err());
    assert!(huge(MOST - 64).add(&Ball::whole(1), 64).is_ok());
    // An integer of more bits than asked for is no moderate number.
    assert!(Ball::whole(4).ceil(3).is_ok());
    assert!(Ball::whole(8).ceil(3).is_err());
    assert!(huge(MOST - 64).ceil(64).is_err());
    for k in [-MOST / 2, MOST / 2] {
        assert!(!huge(k).has_digits(1, 0));
        assert!(!Ball::whole(1).has_digits(1, k));
        assert!(!Ball::whole(1).has_digits(1, k / 1000));
    }
    assert!(functions::exp(&huge(64), 64, &free()).is_err());
    assert!(functions::log(&Ball::whole(0), 64, &free()).is_err());
}

/// n·10^k, rounded: half a unit is allowed, and a hundredth more.
#[test]
fn digits_by_hand() {
    let q = |n: i64, d: i64| Ball::fraction(&fraction(n, d), 100).expect("a ball");
    for (x, n, k, has) in [
        (q(0, 1), 0, 0, true),
        (q(0, 1), 0, 1, false),
        (q(0, 1), 0, -3, false),
        (q(0, 1), 1, 0, false),
        (q(1, 1_000_000), 0, 0, false),
        (between(-1, 1), 0, 0, false),
        (q(3, 1), 3, 0, true),
        (q(3, 1), 30, -1, true),
        (q(3, 1), 4, 0, false),
        (q(3, 1), -3, 0, false),
        (q(-1, 8), -125, -3, true),
        (q(-1, 8), -1250, -4, true),
        (q(-1, 8), 125, -3, false),
        (q(-1, 8), -13, -2, true),
        (q(-1, 8), -12, -2, true),
        (q(-1, 8), -11, -2, false),
        (q(12_345, 1), 1234, 1, true),
        (q(12_345, 1), 1235, 1, true),
        (q(12_345, 1), 1236, 1, false),
        (q(12_345, 1), 12, 3, true),
        (q(12_345, 1), 13, 3, false),
        (q(3509, 1000), 3, 0, true),
        (q(2491, 1000), 3, 0, true),
        (q(3511, 1000), 3, 0, false),
        (q(2489, 1000), 3, 0, false),
        (between(7, 9), 8, 0, false),
        (between(7, 9), 1, 1, true),
    ] {
        assert_eq!(x.has_digits(n, k), has, "{x:?} {n} {k}");
    }
}
