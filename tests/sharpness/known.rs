//! Hessians whose sharpness is a known rational.

use edgecert::number::{Ball, Interval};
use edgecert::sharpness::{compare, enclose, enclose_to, rayleigh_quotient, witness};
use proptest::prelude::*;
use rug::Rational;

use super::subject::{Subject, cases};
use super::support::{Known, Matrices, known, oracle};

/// The size in terms of which widths are relative.
fn size(k: &Known) -> Rational {
    let h = &k.hessian;
    [
        &h.tip,
        &h.shaft[0],
        &h.shaft[1],
        &h.diagonal[0],
        &h.diagonal[1],
    ]
    .into_iter()
    .map(|x| x.clone().abs())
    .max()
    .unwrap_or_default()
}

proptest! {
    #![proptest_config(cases(800))]

    /// Exactly at the threshold: not below, not above.
    /// Tests: proposition-1, theorem-4.1.bound
    #[test]
    fn threshold_is_met_exactly(k in known()) {
        let answer = compare(&k.hessian, &k.sharpness);
        prop_assert!(answer.below.is_false() && answer.at_most.is_true());
        prop_assert_eq!(oracle(&k.hessian, &k.sharpness), (false, true));
    }

    #[test]
    fn interval_encloses_the_value(k in known()) {
        let h = Matrices::of_point(k.hessian.clone()).enclosed::<Interval>(53);
        let value = enclose(&h).unwrap();
        prop_assert!(value.contains(&k.sharpness), "{value:?} {:?}", k.sharpness);
        let (low, high) = value.exact_ends().unwrap();
        prop_assert!(high - low <= size(&k) >> 44i32, "{value:?}");
    }

    #[test]
    fn ball_encloses_the_value_as_narrowly_as_asked(k in known(), bits in 8..300u32) {
        let h = Matrices::of_point(k.hessian.clone()).enclosed::<Ball>(bits + 40);
        let value = enclose_to(&h, bits).unwrap();
        prop_assert!(value.contains(&k.sharpness));
        let (low, high) = value.exact_ends().unwrap();
        prop_assert!(((high - low) << bits) <= size(&k) * 2i32, "{value:?}");
    }

    /// Just below the value there is a witness; at it and above there is none.
    /// Tests: theorem-4.1.bound
    #[test]
    fn witness_exists_exactly_below_the_value(k in known(), depth in 5..80i32) {
        let h = Matrices::of_point(k.hessian.clone()).enclosed::<Ball>(300);
        let below = Rational::from(&k.sharpness - &(size(&k) >> depth));
        let found = witness(&h, &Ball::from_rational(&below, 300));
        prop_assert!(found.is_some(), "depth {depth}");
        let quotient = rayleigh_quotient(&k.hessian, &found.unwrap().vector, ()).unwrap();
        prop_assert!(quotient > below && quotient <= k.sharpness);
        prop_assert!(witness(&h, &Ball::from_rational(&k.sharpness, 300)).is_none());
    }

    /// A margin that is comfortable is proved by a vector of a few bits.
    #[test]
    fn witnesses_are_short(k in known()) {
        let h = Matrices::of_point(k.hessian.clone()).enclosed::<Ball>(200);
        let below = Rational::from(&k.sharpness - &(size(&k) >> 20i32));
        let found = witness(&h, &Ball::from_rational(&below, 200)).unwrap();
        for component in found.vector {
            prop_assert!(*component.denom() == 1 && component.numer().significant_bits() <= 25);
        }
    }
}

/// The largest eigenvalue of [[0, 3, 4], [3, 0, 0], [4, 0, 0]] is 5.
#[test]
fn five() {
    let n = |n: i64| Rational::from(n);
    let h = edgecert::model::Arrow {
        tip: n(0),
        shaft: [n(3), n(-4)],
        diagonal: [n(0), n(0)],
    };
    let answer = compare(&h, &n(5));
    assert!(answer.below.is_false() && answer.at_most.is_true());
    assert!(answer.at_least().is_true() && answer.above().is_false());
    let h = Matrices::of_point(h).enclosed::<Interval>(53);
    let value = enclose(&h).unwrap();
    assert!(value.contains(&n(5)) && value.relative_width() < 1e-14);
}
