//! Irrational functions: against 400-bit directed evaluation of the exact argument, and
//! against algebraic relations that need no library.

use edgecert::number::{Ball, Enclosure, Interval, Number, Undefined};
use proptest::prelude::*;
use rug::float::Round;
use rug::{Float, Rational};

use super::subject::{Sample, Subject, cases, ordinary, sample};

/// Bounds of an increasing function at an exact point.
fn reference(x: &Rational, f: impl Fn(Float, Round) -> Float) -> Option<(Rational, Rational)> {
    let at = |round| f(Float::with_val_round(400, x, round).0, round).to_rational();
    at(Round::Down).zip(at(Round::Up))
}

/// The result has to meet [lower, upper], which contains the exact value.
fn meets<T: Subject>(result: &T, (lower, upper): &(Rational, Rational)) -> bool {
    result
        .exact_ends()
        .is_none_or(|(low, high)| low <= *upper && high >= *lower)
}

/// The lower end of the enclosure, which may be below that of the box.
fn least<T: Subject>(set: &T) -> Rational {
    set.exact_ends().unwrap().0
}

fn logarithm(mut x: Float, round: Round) -> Float {
    x.ln_round(round);
    x
}

fn exponential(mut x: Float, round: Round) -> Float {
    x.exp_round(round);
    x
}

fn roots<T: Subject>(x: &Sample) -> Result<(), TestCaseError> {
    let x = x.above(&Rational::new());
    for &precision in T::PRECISIONS {
        let set = x.enclosed::<T>(precision);
        match set.sqrt() {
            Ok(root) => {
                // low ≤ √p ≤ high, squared.
                let (low, high) = root.exact_ends().unwrap();
                prop_assert!(high >= 0 && Rational::from(high.square_ref()) >= x.point);
                prop_assert!(low <= 0 || Rational::from(low.square_ref()) <= x.point);
            }
            Err(e) => prop_assert!(e == Undefined::Domain && least(&set) < 0),
        }
        prop_assert!(least(&set) <= 0 || set.neg().sqrt().is_err());
    }
    Ok(())
}

fn logarithms<T: Subject>(x: &Sample) -> Result<(), TestCaseError> {
    let x = x.above(&Rational::new());
    for &precision in T::PRECISIONS {
        let set = x.enclosed::<T>(precision);
        match set.log() {
            Ok(log) => {
                for p in [&x.point, &x.lower, &x.upper] {
                    let exact = reference(p, logarithm).unwrap();
                    prop_assert!(meets(&log, &exact), "log {set:?} = {log:?}");
                }
            }
            Err(e) => prop_assert!(e == Undefined::Domain && least(&set) <= 0),
        }
    }
    Ok(())
}

fn exponentials<T: Subject>(x: &Sample) -> Result<(), TestCaseError> {
    for &precision in T::PRECISIONS {
        let set = x.enclosed::<T>(precision);
        match set.exp() {
            Ok(exp) => {
                if x.point.clone().abs() < 1 << 13 {
                    let exact = reference(&x.point, exponential).unwrap();
                    prop_assert!(meets(&exp, &exact), "exp {set:?} = {exp:?}");
                }
                let low = exp.exact_ends().map(|ends| ends.0);
                prop_assert!(low.is_none_or(|low| low >= 0) || T::PRECISIONS.len() > 1);
            }
            Err(e) => {
                let largest = set.exact_ends().unwrap().1;
                prop_assert!(e == Undefined::Range && largest > 1 << 20);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn interval_roots(x in sample()) { roots::<Interval>(&x)?; }

    #[test]
    fn ball_roots(x in sample()) { roots::<Ball>(&x)?; }

    #[test]
    fn interval_logarithms(x in sample()) { logarithms::<Interval>(&x)?; }

    #[test]
    fn ball_logarithms(x in sample()) { logarithms::<Ball>(&x)?; }

    #[test]
    fn interval_exponentials(x in prop_oneof![ordinary(), sample()]) {
        exponentials::<Interval>(&x)?;
    }

    #[test]
    fn ball_exponentials(x in prop_oneof![ordinary(), sample()]) {
        exponentials::<Ball>(&x)?;
    }

    /// exp ∘ log and the functional equation, which involve no reference at all.
    #[test]
    fn algebraic_relations(x in sample(), y in sample()) {
        let one = Rational::from(1) >> 5000;
        let (x, y) = (x.above(&one), y.above(&one));
        let (a, b) = (x.enclosed::<Ball>(128), y.enclosed::<Ball>(128));
        let (la, lb) = (a.log(), b.log());
        if let (Ok(la), Ok(lb)) = (la, lb) {
            prop_assert!(la.exp().unwrap().contains(&x.point));
            let sum = Number::add(&la, &lb);
            if let Ok(product) = Number::mul(&a, &b).log() {
                prop_assert!(!product.lt(&sum).is_true() && !sum.lt(&product).is_true());
            }
        }
        if let Ok(log) = x.enclosed::<Interval>(53).log() {
            prop_assert!(log.exp().unwrap().contains(&x.point));
        }
    }

    /// Interval and ball enclose the same value of F, so they meet; also across precisions.
    #[test]
    fn edge_potentials_meet(x in ordinary()) {
        let x = x.above(&Rational::from((33, 32)));
        let fine = x.enclosed::<Ball>(400).edge_potential().unwrap();
        let (low, high) = fine.exact_ends().unwrap();
        prop_assert!(low <= high);
        for precision in [24, 53, 128] {
            let ball = x.enclosed::<Ball>(precision).edge_potential().unwrap();
            prop_assert!(meets(&ball, &(low.clone(), high.clone())));
        }
        let interval = x.enclosed::<Interval>(53).edge_potential().unwrap();
        prop_assert!(meets(&interval, &(low, high)));
        prop_assert!(interval.lower_f64() >= 0.0);
    }

    /// F(2 + x) between the bounds that are proved in the theory, near and very near 2.
    #[test]
    fn edge_potential_near_two(n in 1..1000i64, k in 1..700i32) {
        let x = Rational::from(n) >> (k + 10);
        let square: Rational = Rational::from(x.square_ref()) >> 2i32;
        let cube: Rational = Rational::from(&x * &square) << 2i32;
        let two = Rational::from(2);
        let below = Rational::from(&square - &Rational::from(&cube / 6i32));
        let above = Rational::from(&square + &Rational::from(&cube / 2i32));
        for (a, low, high) in [
            (Rational::from(&two + &x), below, square.clone()),
            (Rational::from(&two - &x), square.clone(), above),
        ] {
            // Enough precision for the argument to be exact.
            let ball = Ball::from_rational(&a, 1000).edge_potential().unwrap();
            prop_assert!(meets(&ball, &(low.clone(), high.clone())), "{ball:?}");
            prop_assert!(ball.relative_accuracy_bits() > 300);
            let interval = Interval::from_rational(&a).edge_potential().unwrap();
            prop_assert!(meets(&interval, &(low, high)), "{interval:?}");
        }
    }
}

/// Riemann sums of the integral, in exact steps with enclosed integrands: no dilogarithm.
/// Tests: theorem-4.3.undershoot, theorem-4.4.overshoot, theorem-4.4.spike-height
#[test]
fn edge_potential_is_the_integral() {
    // ln(u−1)/u increases for 1 < u < 4.5.
    let steps = 400;
    for (from, to) in [
        ((2, 1), (4, 1)),
        ((2, 1), (5, 2)),
        ((11, 10), (2, 1)),
        ((3, 2), (2, 1)),
    ] {
        let (from, to) = (Rational::from(from), Rational::from(to));
        let width = Rational::from(&to - &from) / steps;
        let integrand = |k: i32| {
            let u = Rational::from(&width * &Rational::from(k)) + &from;
            let log = Ball::from_rational(&Rational::from(&u - 1), 100)
                .log()
                .unwrap();
            Enclosure::div(&log, &Ball::from_rational(&u, 100)).unwrap()
        };
        let total = |first: i32| {
            let sum = (first..first + steps)
                .map(integrand)
                .reduce(|x, y| Number::add(&x, &y))
                .unwrap();
            Number::mul(&sum, &Ball::from_rational(&width, 100))
        };
        let (low, high) = (total(0), total(1));
        let at = |a: &Rational| Ball::from_rational(a, 100).edge_potential().unwrap();
        let difference = Number::sub(&at(&to), &at(&from));
        assert!(low.lt(&difference).is_true() && difference.lt(&high).is_true());
        assert!(high.midpoint().to_f64() - low.midpoint().to_f64() < 0.02);
    }
}

#[test]
fn edge_potential_domain_and_minimum() {
    let at = |n: i64, d: i64, m: i64, e: i64| {
        let (low, high) = (Rational::from((n, d)), Rational::from((m, e)));
        (
            Interval::from_ends(&low, &high).edge_potential(),
            Ball::from_ends(&low, &high, 64).edge_potential(),
        )
    };
    for (interval, ball) in [
        at(1, 1, 3, 1),
        at(1, 2, 3, 1),
        at(-5, 1, -1, 1),
        at(0, 1, 0, 1),
    ] {
        assert!(matches!(interval, Err(Undefined::Domain)));
        assert!(matches!(ball, Err(Undefined::Domain)));
    }
    let (interval, ball) = at(3, 2, 5, 2);
    assert!(interval.unwrap().lower_f64() == 0.0);
    assert!(ball.unwrap().contains(&Rational::new()));
    let (interval, ball) = at(2, 1, 2, 1);
    assert!(interval.unwrap().is_zero());
    assert!(ball.unwrap().is_point());
    // F(1.1) of the theory.
    let value = Interval::from_rational(&Rational::from((11, 10)))
        .edge_potential()
        .unwrap();
    assert!((value.lower_f64() - 0.505).abs() < 1e-3 && value.relative_width() < 1e-14);
}

/// Exponentials far outside the range of f64.
#[test]
fn huge_exponentials() {
    for x in [-100_000i64, -701, 701, 100_000] {
        let x = Rational::from(x);
        let (low, high) = Interval::from_rational(&x)
            .exp()
            .unwrap()
            .exact_ends()
            .unwrap();
        let exact = reference(&x, exponential).unwrap();
        assert!(low <= exact.1 && exact.0 <= high);
        let relative = Rational::from(&high - &low) / low;
        assert!(relative.to_f64() < 1e-10);
    }
    let beyond = Interval::from_rational(&(Rational::from(1) << 100));
    assert_eq!(beyond.exp().err(), Some(Undefined::Range));
    let below = beyond.neg().exp().unwrap();
    assert!(below.lower_f64() == 0.0 && below.upper_f64() < 1e-300);
}
