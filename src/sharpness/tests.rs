use proptest::prelude::*;
use rug::Rational;

use super::*;
use crate::number::{Ball, Interval, Number};

fn map<T>(h: &Arrow<Rational>, f: impl Fn(&Rational) -> T) -> Arrow<T> {
    Arrow {
        tip: f(&h.tip),
        shaft: [f(&h.shaft[0]), f(&h.shaft[1])],
        diagonal: [f(&h.diagonal[0]), f(&h.diagonal[1])],
    }
}

/// Is cI − H positive definite (`strict`) or semidefinite? From all principal minors of the
/// 3×3 matrix, written out: another criterion than the Schur complement.
fn dominated(h: &Arrow<Rational>, c: &Rational, strict: bool) -> bool {
    let m = [
        Rational::from(c - &h.tip),
        Rational::from(c - &h.diagonal[0]),
        Rational::from(c - &h.diagonal[1]),
    ];
    let [u1, u2] = &h.shaft;
    let (s1, s2) = (Rational::from(u1 * u1), Rational::from(u2 * u2));
    let two = |a: &Rational, b: &Rational| Rational::from(a * b);
    let minors = [
        m[0].clone(),
        m[1].clone(),
        m[2].clone(),
        two(&m[0], &m[1]) - &s1,
        two(&m[0], &m[2]) - &s2,
        two(&m[1], &m[2]),
        two(&m[0], &m[1]) * &m[2] - two(&s1, &m[2]) - two(&s2, &m[1]),
    ];
    let all = |test: fn(&Rational) -> bool| minors.iter().all(test);
    if strict {
        all(|x| *x > 0)
    } else {
        all(|x| *x >= 0)
    }
}

fn entry() -> impl Strategy<Value = Rational> {
    prop_oneof![
        3 => (-400i64..400, 1i64..90).prop_map(Rational::from),
        1 => (-9i64..9).prop_map(Rational::from),
        1 => Just(Rational::new()),
        1 => (1i64..50, 0u32..200).prop_map(|(n, k)| Rational::from(n) >> k),
    ]
}

fn arrow() -> impl Strategy<Value = Arrow<Rational>> {
    (entry(), entry(), entry(), entry(), entry(), any::<bool>()).prop_map(
        |(tip, u1, u2, d1, d2, equal)| Arrow {
            tip,
            shaft: [u1, u2],
            diagonal: [d1.clone(), if equal { d1 } else { d2 }],
        },
    )
}

fn at_most(h: &Arrow<Rational>, low: &Rational, high: &Rational) -> bool {
    !dominated(h, low, true) && dominated(h, high, false)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn comparison_is_never_wrong(h in arrow(), c in entry()) {
        let truth = [dominated(&h, &c, false), dominated(&h, &c, true)];
        let interval = compare(&map(&h, |q| Interval::constant(q, ())), &Interval::constant(&c, ()));
        let ball = compare(&map(&h, |q| Ball::constant(q, 80)), &Ball::constant(&c, 80));
        for result in [compare(&h, &c), interval, ball] {
            for (answer, truth) in [(result.at_most, truth[0]), (result.below, truth[1])] {
                prop_assert!(answer.is_unknown() || answer.is_true() == truth, "{h:?} {c} {result:?}");
            }
        }
    }

    /// Away from equality, exact comparison always decides.
    #[test]
    fn exact_comparison_decides_strict_inequalities(h in arrow(), c in entry()) {
        let result = compare(&h, &c);
        if dominated(&h, &c, true) {
            prop_assert!(result.below.is_true());
        }
        if !dominated(&h, &c, false) && h.diagonal.iter().all(|d| *d < c) {
            prop_assert!(result.at_most.is_false());
        }
    }

    #[test]
    fn enclosures_contain_the_sharpness(h in arrow(), bits in 20u32..120) {
        let interval = enclose(&map(&h, |q| Interval::constant(q, ()))).expect("bounded");
        let (low, high) = (
            interval.lower_rational().expect("bounded"),
            interval.upper_rational().expect("bounded"),
        );
        prop_assert!(at_most(&h, &low, &high), "{h:?}: {interval:?}");
        let ball = enclose_to(&map(&h, |q| Ball::constant(q, 200)), bits).expect("bounded");
        let end = |x: rug::Float| x.to_rational().expect("bounded");
        let (low, high) = (end(ball.lower_float(300)), end(ball.upper_float(300)));
        prop_assert!(at_most(&h, &low, &high), "{h:?}: {ball:?}");
    }

    /// A matrix inside an interval matrix has its sharpness in the interval's enclosure.
    #[test]
    fn wide_enclosures_contain_every_member(h in arrow(), widths in prop::array::uniform5(0i64..20)) {
        let widen = |q: &Rational, w: i64| {
            Interval::from_ends(q, &(q + Rational::from((w, 7))))
        };
        let wide = Arrow {
            tip: widen(&h.tip, widths[0]),
            shaft: [widen(&h.shaft[0], widths[1]), widen(&h.shaft[1], widths[2])],
            diagonal: [widen(&h.diagonal[0], widths[3]), widen(&h.diagonal[1], widths[4])],
        };
        let interval = enclose(&wide).expect("bounded");
        let (low, high) = (
            interval.lower_rational().expect("bounded"),
            interval.upper_rational().expect("bounded"),
        );
        prop_assert!(at_most(&h, &low, &high), "{h:?}: {interval:?}");
    }

    #[test]
    fn witnesses_are_rayleigh_quotients_above_the_threshold(h in arrow(), c in entry()) {
        let balls = map(&h, |q| Ball::constant(q, 200));
        let Some(w) = witness(&balls, &Ball::constant(&c, 200)) else { return Ok(()) };
        let [x, y, z] = &w.vector;
        let norm = Rational::from(x * x) + Rational::from(y * y) + Rational::from(z * z);
        let cross = Rational::from(&h.shaft[0] * y) + Rational::from(&h.shaft[1] * z);
        let form = Rational::from(x * x) * &h.tip
            + Rational::from(y * y) * &h.diagonal[0]
            + Rational::from(z * z) * &h.diagonal[1]
            + cross * x * 2u32;
        prop_assert!(form / norm > c);
    }
}

/// A point-like Hessian is enclosed to nearly full precision, also where the oscillation is
/// far below f64's resolution.
#[test]
fn point_hessians_are_enclosed_tightly() {
    for shaft in ["0", "1/1000000000000000000000", "1/10", "30"] {
        let q = |s: &str| s.parse::<Rational>().expect("literal");
        let h = Arrow {
            tip: q("1/3"),
            shaft: [q(shaft), q("1/900")],
            diagonal: [q("40"), q("1/250")],
        };
        let interval = enclose(&map(&h, |q| Interval::constant(q, ()))).expect("bounded");
        assert!(interval.relative_width() < 1e-13, "{shaft}: {interval:?}");
        let ball = enclose_to(&map(&h, |q| Ball::constant(q, 300)), 100).expect("bounded");
        assert!(ball.relative_accuracy_bits() >= 98, "{shaft}: {ball:?}");
    }
}

/// Eigenvectors exist as witnesses wherever the threshold is a little below S.
#[test]
fn a_witness_is_found_below_the_sharpness() {
    let q = |s: &str| s.parse::<Rational>().expect("literal");
    let h = Arrow {
        tip: q("3"),
        shaft: [q("1/7"), q("1/900")],
        diagonal: [q("44"), q("1/250")],
    };
    let balls = map(&h, |q| Ball::constant(q, 200));
    let s = enclose_to(&balls, 100).expect("bounded");
    let below = s.midpoint().to_rational().expect("finite") * q("999999999/1000000000");
    assert!(witness(&balls, &Ball::constant(&below, 200)).is_some());
    let above = s.midpoint().to_rational().expect("finite") * q("1000000001/1000000000");
    assert!(witness(&balls, &Ball::constant(&above, 200)).is_none());
}
