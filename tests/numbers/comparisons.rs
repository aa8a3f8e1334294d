//! Comparisons: `True` and `False` are never wrong, and not withheld without need.

use edgecert::number::{Ball, Enclosure, Interval, Number, Ternary};
use proptest::prelude::*;
use rug::{Float, Rational};

use super::subject::{Sample, Subject, cases, sample};

fn sound<T: Subject>(x: &Sample, y: &Sample) -> Result<(), TestCaseError> {
    for &precision in T::PRECISIONS {
        let (a, b) = (x.enclosed::<T>(precision), y.enclosed::<T>(precision));
        for (p, q) in [
            (&x.point, &y.point),
            (&x.lower, &y.upper),
            (&x.upper, &y.lower),
            (&x.lower, &y.lower),
        ] {
            for (answer, truth) in [
                (a.lt(&b), p < q),
                (a.le(&b), p <= q),
                (a.equals(&b), p == q),
                (b.lt(&a), q < p),
                (b.le(&a), q <= p),
            ] {
                prop_assert!(answer.is_unknown() || answer == Ternary::from(truth));
            }
        }
        // Boxes far apart are told apart: the representation widens by much less than this.
        let sizes = [&x.lower, &x.upper, &y.lower, &y.upper].map(|end| end.clone().abs());
        let margin = sizes.into_iter().max().unwrap_or_default() >> 18;
        if Rational::from(&x.upper + &margin) < y.lower {
            prop_assert!(a.lt(&b).is_true() && a.le(&b).is_true(), "{a:?} {b:?}");
            prop_assert!(b.lt(&a).is_false() && a.equals(&b).is_false());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn interval_comparisons(x in sample(), y in sample()) {
        sound::<Interval>(&x, &y)?;
    }

    #[test]
    fn ball_comparisons(x in sample(), y in sample()) {
        sound::<Ball>(&x, &y)?;
    }

    /// Comparing with a box that shares an end, or the point itself.
    #[test]
    fn touching_boxes(x in sample()) {
        let middle = Sample { lower: x.lower.clone(), upper: x.point.clone(), point: x.point.clone() };
        let rest = Sample { lower: x.point.clone(), upper: x.upper.clone(), point: x.point.clone() };
        sound::<Interval>(&middle, &rest)?;
        sound::<Ball>(&middle, &rest)?;
    }
}

fn exact_points<T: Subject>() {
    let at = |n: i64, d: i64| T::enclosing(&Rational::from((n, d)), &Rational::from((n, d)), 64);
    let (half, same, more) = (at(1, 2), at(2, 4), at(3, 4));
    assert!(half.equals(&same).is_true() && half.le(&same).is_true());
    assert!(half.lt(&same).is_false() && half.equals(&more).is_false());
    assert!(half.lt(&more).is_true() && more.lt(&half).is_false());
    let wide = T::enclosing(&Rational::from((1, 2)), &Rational::from(1), 64);
    assert!(half.le(&wide).is_true() && half.lt(&wide).is_unknown());
    assert!(wide.lt(&half).is_false() && wide.equals(&wide).is_unknown());
    let inexact = at(1, 3);
    assert!(inexact.equals(&inexact).is_unknown() && inexact.le(&inexact).is_unknown());
}

#[test]
fn exact_points_are_decided() {
    exact_points::<Interval>();
    exact_points::<Ball>();
}

/// Where nothing is known, nothing is said.
#[test]
fn unbounded_sets_decide_nothing() {
    let zero = Rational::new();
    let balls = [
        Ball::exact(Float::with_val(53, rug::float::Special::Nan)),
        Ball::exact(Float::with_val(53, rug::float::Special::Infinity)),
        Ball::exact(Float::with_val(53, rug::float::Special::NegInfinity)),
        Ball::from_interval(&Interval::ENTIRE, 53),
        Ball::from_ends(&Rational::from(1), &zero, 53),
    ];
    for ball in balls {
        let point = Ball::from_rational(&zero, 53);
        let others = [
            ball.clone(),
            point.clone(),
            ball.add(&point),
            ball.mul(&point),
        ];
        for other in &others {
            assert!(ball.lt(other).is_unknown() && other.lt(&ball).is_unknown());
            assert!(ball.le(other).is_unknown() && ball.equals(other).is_unknown());
        }
        assert!(ball.contains(&zero) && !ball.is_bounded());
        assert!(Enclosure::sqrt(&ball).is_err() && Enclosure::log(&ball).is_err());
        assert!(Enclosure::div(&point, &ball).is_err() && ball.edge_potential().is_err());
        assert!(!ball.to_interval().is_bounded());
    }
    let (line, point) = (Interval::ENTIRE, Interval::ZERO);
    for other in [
        line,
        point,
        line.add(&point),
        line.mul(&line),
        line.sub(&line),
    ] {
        assert!(line.lt(&other).is_unknown() && other.lt(&line).is_unknown());
        assert!(line.le(&other).is_unknown() && line.equals(&other).is_unknown());
    }
    let reversed = Interval::from_ends(&Rational::from(1), &zero);
    assert!(!reversed.is_bounded() && reversed.lt(&point).is_unknown());
}
