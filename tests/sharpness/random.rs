//! Random Hessians and boxes of them, degenerate ones included.

use edgecert::model::Arrow;
use edgecert::number::{Ball, Interval, Ternary, Undefined};
use edgecert::sharpness::{
    Comparison, compare, enclose, enclose_to, pivot, rayleigh_quotient, witness,
};
use proptest::prelude::*;
use rug::Rational;

use super::subject::{Subject, cases};
use super::support::{Matrices, arrow, combine, entry, matrices, oracle};

fn consistent(answer: Comparison, (below, at_most): (bool, bool)) -> bool {
    let agrees = |t: Ternary, truth: bool| t.is_unknown() || t == Ternary::from(truth);
    agrees(answer.below, below) && agrees(answer.at_most, at_most)
}

fn comparison<T: Subject>(h: &Matrices, c: &Rational) -> Result<(), TestCaseError> {
    for &precision in T::PRECISIONS {
        let (box_, threshold) = (h.enclosed::<T>(precision), T::enclosing(c, c, precision));
        let answer = compare(&box_, &threshold);
        for matrix in [&h.point, &h.lower, &h.upper] {
            prop_assert!(
                consistent(answer, oracle(matrix, c)),
                "{box_:?} {threshold:?}"
            );
        }
        if let Some(pivot) = pivot(&box_, &threshold) {
            prop_assert!(oracle(&h.point, c).1);
            let phi = pivot.schur.exact_ends().unwrap();
            prop_assert!(phi.1 >= 0);
        }
    }
    Ok(())
}

/// vᵀHv/|v|² from the full matrix, entry by entry.
fn rayleigh(h: &Arrow<Rational>, v: &[Rational; 3]) -> Rational {
    let zero = Rational::new();
    let rows = [
        [&h.tip, &h.shaft[0], &h.shaft[1]],
        [&h.shaft[0], &h.diagonal[0], &zero],
        [&h.shaft[1], &zero, &h.diagonal[1]],
    ];
    let mut form = Rational::new();
    for (row, x) in rows.iter().zip(v) {
        for (entry, y) in row.iter().zip(v) {
            form += Rational::from(*entry * x) * y;
        }
    }
    let norm: Rational = v.iter().map(|x| Rational::from(x * x)).sum();
    form / norm
}

/// S ≥ low and S ≤ high.
fn brackets(h: &Arrow<Rational>, ends: &(Rational, Rational)) -> bool {
    !oracle(h, &ends.0).0 && oracle(h, &ends.1).1
}

/// With exact entries every question has an answer, and it is the oracle's.
fn decided(h: &Arrow<Rational>, c: &Rational) -> Result<(), TestCaseError> {
    let answer = compare(h, c);
    let (below, at_most) = oracle(h, c);
    prop_assert_eq!(answer.below, Ternary::from(below));
    prop_assert_eq!(answer.at_most, Ternary::from(at_most));
    prop_assert_eq!(answer.above(), Ternary::from(!at_most));
    prop_assert_eq!(answer.at_least(), Ternary::from(!below));
    Ok(())
}

/// All matrices with entries −2 … 2, compared with 0 … 2: every degeneracy there is.
#[test]
fn small_integers_are_all_decided() {
    let at = |k: i32, place: u32| Rational::from(k / 5i32.pow(place) % 5 - 2);
    for k in 0..5i32.pow(5) {
        let h = Arrow {
            tip: at(k, 0),
            shaft: [at(k, 1), at(k, 2)],
            diagonal: [at(k, 3), at(k, 4)],
        };
        for c in 0..3 {
            decided(&h, &Rational::from(c)).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn exact_comparison(h in arrow(), c in entry()) {
        decided(&h, &c)?;
    }

    #[test]
    fn interval_comparison(h in matrices(), c in entry()) {
        comparison::<Interval>(&h, &c)?;
    }

    #[test]
    fn ball_comparison(h in matrices(), c in entry()) {
        comparison::<Ball>(&h, &c)?;
    }

    /// The enclosure contains the sharpness of each matrix in the box.
    #[test]
    fn interval_enclosure(h in matrices()) {
        let ends = enclose(&h.enclosed::<Interval>(53)).unwrap().exact_ends().unwrap();
        for matrix in [&h.point, &h.lower, &h.upper] {
            prop_assert!(brackets(matrix, &ends), "{ends:?}");
        }
    }

    #[test]
    fn ball_enclosure(h in matrices(), bits in 8..200u32) {
        for precision in [24, 128] {
            let ends = enclose_to(&h.enclosed::<Ball>(precision), bits).unwrap();
            let ends = ends.exact_ends().unwrap();
            for matrix in [&h.point, &h.lower, &h.upper] {
                prop_assert!(brackets(matrix, &ends));
            }
        }
    }

    /// The ends are reached in the box, up to rounding: S is extreme at corners.
    #[test]
    fn enclosures_of_boxes_are_tight(h in matrices()) {
        let ends = enclose(&h.enclosed::<Interval>(53)).unwrap().exact_ends().unwrap();
        let size = |x: &Rational, y: &Rational| x.clone().abs().max(y.clone().abs());
        let sizes = combine(&h.lower, &h.upper, size);
        let [u1, u2] = sizes.shaft.clone();
        let scale = sizes.tip.max(sizes.diagonal[0].clone()).max(sizes.diagonal[1].clone());
        let slack: Rational = (scale + &u1 + &u2) >> 45i32;
        let highest = Arrow { shaft: [u1, u2], ..h.upper.clone() };
        prop_assert!(!oracle(&highest, &Rational::from(&ends.1 - &slack)).0);
        let least = |x: &Rational, y: &Rational| {
            if *x <= 0 && *y >= 0 { Rational::new() } else { x.clone().abs().min(y.clone().abs()) }
        };
        let shaft = combine(&h.lower, &h.upper, least).shaft;
        let lowest = Arrow { shaft, ..h.lower.clone() };
        prop_assert!(oracle(&lowest, &Rational::from(&ends.0 + &slack)).1);
    }

    /// A witness is a proof: checked here in exact arithmetic.
    #[test]
    fn witnesses_prove(h in matrices(), c in entry()) {
        let threshold = Ball::from_rational(&c, 128);
        if let Some(found) = witness(&h.enclosed::<Ball>(128), &threshold) {
            for matrix in [&h.point, &h.lower, &h.upper] {
                prop_assert!(!oracle(matrix, &c).1);
                let quotient = rayleigh(matrix, &found.vector);
                prop_assert!(quotient > c && found.quotient.contains(&quotient));
                prop_assert_eq!(rayleigh_quotient(matrix, &found.vector, ()), Ok(quotient));
            }
        }
    }
}

#[test]
fn unbounded_entries_are_refused() {
    let zero = Interval::ZERO;
    let h = Arrow {
        tip: zero,
        shaft: [zero, Interval::ENTIRE],
        diagonal: [zero, zero],
    };
    assert_eq!(enclose(&h).err(), Some(Undefined::Range));
    let threshold = Interval::from_rational(&Rational::from(1));
    assert!(compare(&h, &threshold).below.is_unknown());
    assert!(compare(&h, &threshold).at_most.is_unknown());
    assert!(pivot(&h, &threshold).is_none());
    let h = combine(&h, &h, |x, _| Ball::from_interval(x, 64));
    assert_eq!(enclose_to(&h, 40).err(), Some(Undefined::Range));
    assert!(witness(&h, &Ball::from_rational(&Rational::from(1), 64)).is_none());
}
