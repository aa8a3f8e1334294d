//! Rational operations: the exact result lies in the result.

use edgecert::number::{Ball, Enclosure, Interval, Number, Undefined};
use proptest::prelude::*;
use rug::Rational;
use rug::ops::Pow;

use super::subject::{Sample, Subject, cases, rational, sample};

fn unary<T: Subject>(x: &Sample) -> Result<(), TestCaseError> {
    for &precision in T::PRECISIONS {
        let (set, p) = (x.enclosed::<T>(precision), &x.point);
        prop_assert!(set.holds(p), "constant {set:?}");
        prop_assert!(set.holds(&x.lower) && set.holds(&x.upper), "ends {set:?}");
        prop_assert!(set.neg().holds(&p.neg()), "neg {set:?}");
        prop_assert!(set.square().holds(&p.square()), "square {set:?}");
        prop_assert!(
            Enclosure::abs(&set).holds(&Enclosure::abs(p)),
            "abs {set:?}"
        );
        prop_assert!(set.to_interval().contains(p), "to_interval {set:?}");
        for n in [0u32, 1, 2, 3, 4, 7, 10] {
            let power = set.powi(n);
            prop_assert!(power.holds(&Rational::from(p.pow(n))), "powi {n} {set:?}");
            prop_assert!(
                !n.is_multiple_of(2) || is_nonnegative(&power),
                "even power {set:?}"
            );
        }
        for value in [set.square(), Enclosure::abs(&set)] {
            prop_assert!(is_nonnegative(&value), "{set:?} {value:?}");
        }
        if let Ok(root) = set.sqrt() {
            prop_assert!(is_nonnegative(&root), "sqrt {set:?}");
        }
        if let Ok(ceiling) = Enclosure::ceil(&set) {
            prop_assert!(ceiling.holds(&Rational::from(p.ceil_ref())), "ceil {set:?}");
        }
        // The same object on both sides.
        prop_assert!(set.add(&set).holds(&Number::add(p, p)));
        prop_assert!(set.sub(&set).holds(&Rational::new()));
        prop_assert!(set.mul(&set).holds(&p.square()));
        prop_assert!(set.hull(&set).holds(p));
        prop_assert!(Enclosure::min(&set, &set).holds(p));
        match Enclosure::div(&set, &set) {
            Ok(quotient) => prop_assert!(quotient.holds(&Rational::from(1))),
            Err(e) => prop_assert_eq!(e, Undefined::DivisionByZero),
        }
    }
    Ok(())
}

/// No negative number in it?
fn is_nonnegative<T: Subject>(set: &T) -> bool {
    set.exact_ends().is_none_or(|(low, _)| low >= 0)
}

fn binary<T: Subject>(x: &Sample, y: &Sample) -> Result<(), TestCaseError> {
    for &precision in T::PRECISIONS {
        let (a, b) = (x.enclosed::<T>(precision), y.enclosed::<T>(precision));
        let (p, q) = (&x.point, &y.point);
        prop_assert!(a.add(&b).holds(&Number::add(p, q)), "{a:?} + {b:?}");
        prop_assert!(a.sub(&b).holds(&Number::sub(p, q)), "{a:?} - {b:?}");
        prop_assert!(a.mul(&b).holds(&Number::mul(p, q)), "{a:?} * {b:?}");
        prop_assert!(
            Enclosure::min(&a, &b).holds(Ord::min(p, q)),
            "min {a:?} {b:?}"
        );
        prop_assert!(
            Enclosure::max(&a, &b).holds(Ord::max(p, q)),
            "max {a:?} {b:?}"
        );
        let hull = a.hull(&b);
        prop_assert!(hull.holds(p) && hull.holds(q), "hull {a:?} {b:?}");
        match Enclosure::div(&a, &b) {
            Ok(quotient) => {
                prop_assert!(*q != 0 && y.lower.cmp0() == y.upper.cmp0());
                prop_assert!(quotient.holds(&Rational::from(p / q)), "{a:?} / {b:?}");
            }
            Err(e) => prop_assert_eq!(e, Undefined::DivisionByZero),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn interval_unary(x in sample()) {
        unary::<Interval>(&x)?;
    }

    #[test]
    fn interval_binary(x in sample(), y in sample()) {
        binary::<Interval>(&x, &y)?;
    }
}

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn ball_unary(x in sample()) {
        unary::<Ball>(&x)?;
    }

    #[test]
    fn ball_binary(x in sample(), y in sample()) {
        binary::<Ball>(&x, &y)?;
    }

    /// Operands of different precisions; the result has the larger one.
    #[test]
    fn mixed_precisions(x in sample(), y in sample()) {
        let (a, b) = (x.enclosed::<Ball>(24), y.enclosed::<Ball>(200));
        for (result, exact) in [
            (a.add(&b), Number::add(&x.point, &y.point)),
            (b.sub(&a), Number::sub(&y.point, &x.point)),
            (a.mul(&b), Number::mul(&x.point, &y.point)),
        ] {
            prop_assert!(result.holds(&exact));
            prop_assert_eq!(result.precision(), 200);
        }
    }

    /// An interval and the ball made of it, there and back.
    #[test]
    fn conversions_enclose(x in sample()) {
        let interval = x.enclosed::<Interval>(53);
        for precision in [24, 128] {
            let ball = Ball::from_interval(&interval, precision);
            prop_assert!(ball.contains(&x.point));
            prop_assert!(ball.to_interval().contains(&x.point));
            prop_assert!(ball.with_precision(24).contains(&x.point));
        }
    }

    /// The four operations of dashu-ratio agree with those of rug, which all tests rest on.
    #[test]
    fn two_rational_libraries_agree(x in rational(), y in rational()) {
        let other = |q: &Rational| {
            let part = |i: &rug::Integer| i.to_string().parse::<dashu_ratio::RBig>();
            part(q.numer()).unwrap() / part(q.denom()).unwrap()
        };
        let (a, b) = (other(&x), other(&y));
        prop_assert_eq!(other(&Number::add(&x, &y)), &a + &b);
        prop_assert_eq!(other(&Number::mul(&x, &y)), &a * &b);
        prop_assert_eq!(other(&Number::sub(&x, &y)), &a - &b);
        if let Ok(quotient) = Enclosure::div(&x, &y) {
            prop_assert_eq!(other(&quotient), &a / &b);
        }
    }
}

/// Widths stay near the rounding error: an enclosure that is the whole line also "contains".
#[test]
fn results_are_sharp() {
    let third = Rational::from((1, 3));
    for shift in [0, -5000, 5000] {
        let x = third.clone() << shift;
        let interval = Interval::from_rational(&x);
        for y in [
            interval.add(&interval),
            interval.mul(&interval),
            interval.square(),
            Enclosure::div(&interval, &interval.add(&interval)).unwrap(),
            Enclosure::sqrt(&interval).unwrap(),
            Enclosure::max(&interval, &interval.neg()),
        ] {
            assert!(y.relative_width() < 1e-15, "{y:?}");
        }
        for precision in [24u32, 53, 500] {
            let ball = Ball::from_rational(&x, precision);
            for y in [
                ball.add(&ball),
                ball.mul(&ball),
                ball.square(),
                Enclosure::div(&ball, &ball.add(&ball)).unwrap(),
                Enclosure::sqrt(&ball).unwrap(),
                ball.powi(5),
                ball.hull(&ball),
            ] {
                assert!(
                    y.relative_accuracy_bits() >= i64::from(precision) - 5,
                    "{y:?}"
                );
            }
        }
    }
}

/// Numbers a sum loses are still accounted for, with their sign.
#[test]
fn absorbed_terms_keep_their_sign() {
    let (one, tiny) = (Rational::from(1), Rational::from(1) >> 6000);
    let (a, b) = (
        Interval::from_rational(&one),
        Interval::from_rational(&tiny),
    );
    let (above, below) = (a.add(&b), a.sub(&b));
    assert_eq!(above.lower_f64(), 1.0);
    assert!(above.upper_f64() > 1.0 && above.upper_f64() < 1.0 + 1e-15);
    assert_eq!(below.upper_f64(), 1.0);
    assert!(below.lower_f64() < 1.0 && below.lower_f64() > 1.0 - 1e-15);
    assert!(Enclosure::lt(&Interval::from_rational(&one), &above).is_unknown());
    assert!(Enclosure::le(&Interval::from_rational(&one), &above).is_true());
}

/// Repeated squaring runs through every exponent range without a panic and keeps its sign.
#[test]
fn exponents_never_overflow() {
    for start in [Rational::from((1, 3)), Rational::from(3)] {
        let mut interval = Interval::from_rational(&start);
        let mut ball = Ball::from_rational(&start, 64);
        for _ in 0..70 {
            interval = interval.square();
            ball = ball.square();
            assert!(interval.upper_f64() > 0.0);
            assert!(!ball.is_bounded() || ball.magnitude().to_f64() > 0.0);
            let _ = (
                interval.add(&interval),
                ball.add(&ball),
                interval.lower_rational(),
            );
        }
    }
}

/// A ball whose square, taken by its midpoint alone, would reach below 0.
#[test]
fn the_square_of_a_wide_ball_is_that_of_its_ends() {
    let ends = |low: i32, high: i32| {
        let q = |n: i32| Rational::from((n, 16));
        Ball::from_ends(&q(low), &q(high), 128)
    };
    for (low, high) in [(1i32, 31i32), (-31, -1), (1, 1000)] {
        let (near, far) = (low.abs().min(high.abs()), low.abs().max(high.abs()));
        let square = ends(low, high).square().to_interval();
        let (below, above) = (square.lower_rational(), square.upper_rational());
        let exact = |n: i32| Rational::from((n * n, 256));
        let slack = Rational::from((1, 1 << 20)) * exact(far);
        assert!(
            below
                .clone()
                .is_some_and(|b| b <= exact(near) && b >= exact(near) - &slack),
            "{square:?}"
        );
        assert!(above.is_some_and(|a| a >= exact(far) && a <= exact(far) + &slack));
    }
    // What cannot be negative is cut at 0, what is not known not to be is left.
    let part = |x: Ball| x.nonnegative_part().to_interval();
    assert_eq!(part(ends(-3, 5)).lower_rational(), Some(Rational::new()));
    assert!(part(ends(-3, 5)).contains(&Rational::from((5, 16))));
    assert!(part(ends(-3, -2)).contains(&Rational::from((-3, 16))));
    let cut = |low: i32, high: i32| ends(low, high).to_interval().nonnegative_part();
    assert_eq!(cut(-3, 5).lower_rational(), Some(Rational::new()));
    assert!(cut(-3, 5).contains(&Rational::from((5, 16))));
    assert!(cut(-3, -2).contains(&Rational::from((-3, 16))));
    assert!(cut(2, 5).contains(&Rational::from((2, 16))));
}
