//! Proposition 2 of the theory on Hessians of the model: a ≤ ηS ≤ a + 4ab/(a − k).

use edgecert::model::{Parameters, State};
use edgecert::number::{Ball, Enclosure, Interval};
use edgecert::sharpness::{compare, enclose, enclose_to};
use proptest::prelude::*;
use rug::Rational;

use super::subject::cases;

fn coordinate() -> impl Strategy<Value = Rational> {
    (1..2000i64, 1..2000i64).prop_map(Rational::from)
}

fn tiny() -> impl Strategy<Value = Rational> {
    (-2000..2000i64, -14_000..0i32).prop_map(|(n, e)| Rational::from(n) << e)
}

proptest! {
    #![proptest_config(cases(500))]

    /// Tests: proposition-2.sandwich
    #[test]
    fn sandwich(
        alpha in coordinate(),
        beta1 in prop_oneof![coordinate(), tiny()],
        beta2 in coordinate(),
        eta in 8..60i64,
        lambda1 in 1..200i64,
    ) {
        let parameters = Parameters {
            lambda1: Rational::from(lambda1),
            lambda2: Rational::from((1, 100)),
            eta: Rational::from((1, eta)),
            clip: None,
        };
        let state = State { alpha, beta1, beta2 };
        let exact = parameters.coefficients::<Rational>(());
        let hessian = exact.hessian(&state);
        let (a, b) = (exact.a(&state), exact.b(&state));
        let (c, r) = (exact.c(&state), exact.residual(&state));
        let k = Rational::from(&a + &c) + r.abs() * &exact.h;
        let k = Rational::from(&b + &(k * &exact.rho));
        let lower = Rational::from(&a / &parameters.eta);
        prop_assert!(compare(&hessian, &lower).at_least().is_true());
        let upper = (k < a).then(|| {
            let excess = Rational::from(&a * &b) * 4i32 / Rational::from(&a - &k);
            (a + excess) / &parameters.eta
        });
        if let Some(upper) = &upper {
            prop_assert!(compare(&hessian, upper).at_most.is_true());
        }
        // The enclosures meet the sandwich.
        let interval = parameters
            .coefficients::<Interval>(())
            .hessian(&state.map(Interval::from_rational));
        let value = enclose(&interval).unwrap();
        prop_assert!(!value.lt(&Interval::from_rational(&lower)).is_true());
        prop_assert!(value.relative_width() < 1e-13, "{value:?}");
        let ball = parameters
            .coefficients::<Ball>(200)
            .hessian(&state.map(|x| Ball::from_rational(x, 200)));
        let fine = enclose_to(&ball, 150).unwrap();
        prop_assert!(fine.relative_accuracy_bits() > 140, "{fine:?}");
        prop_assert!(!fine.lt(&Ball::from_rational(&lower, 200)).is_true());
        prop_assert!(!fine.to_interval().lt(&value).is_true());
        prop_assert!(!value.lt(&fine.to_interval()).is_true());
        if let Some(upper) = &upper {
            prop_assert!(!Ball::from_rational(upper, 200).lt(&fine).is_true());
        }
    }
}
