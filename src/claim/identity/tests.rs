use std::ops;

use proptest::prelude::*;

use super::*;
use crate::model::{State, minimalist};
use crate::number::Number;

/// Expressions with operators, to write formulas as in the theory.
#[derive(Clone, Debug)]
struct E(Expr);

macro_rules! operator {
    ($trait:ident, $method:ident, $own:ident) => {
        impl ops::$trait for E {
            type Output = E;
            fn $method(self, other: E) -> E {
                E(self.0.$own(&other.0))
            }
        }
    };
}
operator!(Add, add, add);
operator!(Sub, sub, sub);
operator!(Mul, mul, mul);
operator!(Div, div, div);

fn n(value: i32) -> E {
    E(Expr::constant(&Rational::from(value), ()))
}

fn name(name: &str) -> E {
    E(Expr::name(name))
}

fn power(x: E, n: u32) -> E {
    E(Expr::new(Kind::Power(x.0, n)))
}

fn sqrt(x: E) -> E {
    E(x.0.call(Function::Sqrt))
}

fn diff(x: E, name: &str) -> E {
    E(Expr::new(Kind::Derivative(x.0, name.into())))
}

fn holds(left: E, right: E) -> bool {
    prove(&left.0, &right.0) == Identity::Holds
}

fn fails(left: E, right: E) -> bool {
    matches!(prove(&left.0, &right.0), Identity::Fails(_))
}

/// A definition of the model, by name.
fn defined(wanted: &str) -> E {
    let found = minimalist::definitions()
        .into_iter()
        .find(|d| d.name == wanted);
    E(found
        .map(|d| d.formula)
        .unwrap_or_else(|| Expr::name(wanted)))
}

fn next_state() -> State<E> {
    let next = minimalist::symbolic_step();
    State {
        alpha: E(next.alpha),
        beta1: E(next.beta1),
        beta2: E(next.beta2),
    }
}

/// A definition of the model at the next iterate of plain gradient descent.
fn next(wanted: &str) -> E {
    fn replace(x: &Expr) -> Expr {
        let next = next_state();
        let kind = match x.kind() {
            Kind::Constant(_) => return x.clone(),
            Kind::Name { name, .. } => {
                return match &**name {
                    "alpha" => next.alpha.0,
                    "beta1" => next.beta1.0,
                    "beta2" => next.beta2.0,
                    _ => x.clone(),
                };
            }
            Kind::Negate(x) => Kind::Negate(replace(x)),
            Kind::Add(x, y) => Kind::Add(replace(x), replace(y)),
            Kind::Subtract(x, y) => Kind::Subtract(replace(x), replace(y)),
            Kind::Multiply(x, y) => Kind::Multiply(replace(x), replace(y)),
            Kind::Divide(x, y) => Kind::Divide(replace(x), replace(y)),
            Kind::Power(x, n) => Kind::Power(replace(x), *n),
            Kind::Call(f, arguments) => Kind::Call(*f, arguments.iter().map(replace).collect()),
            Kind::Derivative(..) => unreachable!("definitions contain no derivative"),
        };
        Expr::new(kind)
    }
    E(replace(&defined(wanted).0))
}

/// (I1) with the right side's last sign as given.
fn identity_1(sign: i32) -> (E, E) {
    let (e, b, r) = (|| defined("e"), || defined("b"), || defined("r"));
    let bracket = power(name("alpha"), 2) * (n(1) - b()) + power(name("beta2"), 2);
    let factor = n(1) - e() * bracket + power(e(), 2) * (n(1) + r()) * r();
    (next("r"), r() * factor + n(sign) * b() * (n(1) + r()))
}

/// Tests: identity-1
#[test]
fn residual_follows_identity_1() {
    let (left, right) = identity_1(-1);
    assert!(holds(left, right));
    let (left, right) = identity_1(1);
    assert!(fails(left, right));
}

/// Tests: identity-2
#[test]
fn edge_potential_follows_identity_2() {
    let right = |factor| {
        let (e, b, s) = (defined("e"), defined("b"), defined("s"));
        let bracket = power(name("alpha"), 2) * (n(2) - b.clone())
            + n(factor) * e.clone() * defined("p") * s.clone();
        defined("Q") * (n(1) - power(e, 2) * power(s, 2)) - b * bracket
    };
    assert!(holds(next("Q"), right(2)));
    assert!(fails(next("Q"), right(3)));
}

/// Tests: identity-3
#[test]
fn two_parameter_model_follows_identity_3() {
    // (I3): λ₂ = 0, so that only a and b are left.
    let (a, b) = (|| name("a"), || name("b"));
    let left = a() * power(n(1) - b(), 2) - b() * power(n(1) - a(), 2);
    assert!(holds(left, (a() - b()) * (n(1) - a() * b())));
}

/// Tests: identity-4
#[test]
fn surrogate_residual_follows_identity_4() {
    let g = name("alpha") / defined("alpha_edge");
    let right = |shift| {
        let (rho, rhat) = (defined("rho"), defined("rhat"));
        (n(1) - n(2) * rho.clone()) * rhat.clone()
            + n(2) * rho * (n(1) - g.clone()) * (defined("p") + rhat + n(shift))
    };
    assert!(holds(next("rhat"), right(0)));
    assert!(!holds(next("rhat"), right(1)));
}

/// Tests: gradient, hessian
#[test]
fn gradient_and_hessian_are_derivatives_of_the_loss() {
    let p = |names: &[&str]| names.iter().fold(defined("loss"), |x, name| diff(x, name));
    let (lambda1, lambda2) = (|| name("lambda1"), || name("lambda2"));
    let (alpha, beta1, beta2) = (|| name("alpha"), || name("beta1"), || name("beta2"));
    let r = || defined("r");
    assert!(holds(
        p(&["alpha"]),
        lambda1() * alpha() * power(beta1(), 2) + lambda2() * beta2() * r()
    ));
    assert!(holds(
        p(&["beta1"]),
        lambda1() * power(alpha(), 2) * beta1()
    ));
    assert!(holds(p(&["beta2"]), lambda2() * alpha() * r()));
    assert!(holds(
        p(&["alpha", "alpha"]),
        lambda1() * power(beta1(), 2) + lambda2() * power(beta2(), 2)
    ));
    assert!(holds(
        p(&["alpha", "beta1"]),
        n(2) * lambda1() * alpha() * beta1()
    ));
    assert!(holds(
        p(&["beta2", "alpha"]),
        lambda2() * (n(1) + n(2) * r())
    ));
    assert!(holds(p(&["beta1", "beta2"]), n(0)));
    assert!(fails(p(&["alpha", "beta1"]), lambda1() * alpha() * beta1()));
}

#[test]
fn square_roots_square_to_their_radicand() {
    let x = || name("x");
    let root = || sqrt(power(x(), 2) + n(4));
    assert!(holds(root() * root(), power(x(), 2) + n(4)));
    // X(x)·X(−x) = 1 for X(q) = (q + √(q² + 4))/2.
    assert!(holds((x() + root()) / n(2), n(2) / (root() - x())));
    // The same radicand written differently is the same atom.
    assert!(holds(
        sqrt((x() + n(1)) * (x() + n(1)) + n(1)),
        sqrt(x() * (x() + n(2)) + n(2))
    ));
    assert!(holds(sqrt(n(9) / n(4)), n(3) / n(2)));
    let nested = || sqrt(n(1) + sqrt(x()));
    assert!(holds(power(nested(), 4), n(1) + n(2) * sqrt(x()) + x()));
    assert!(fails(sqrt(x()) + n(1), sqrt(x())));
}

#[test]
fn the_absolute_value_is_never_lost() {
    // √(x²) = |x|, so neither of these may be proved; at x < 0 the first is false.
    assert!(fails(sqrt(power(name("x"), 2)), name("x")));
    // Dependent atoms: true, but beyond the normal form.
    assert_eq!(
        prove(&sqrt(n(8)).0, &(n(2) * sqrt(n(2))).0),
        Identity::Unknown(Obstacle::NoPoint)
    );
}

#[test]
fn what_cannot_be_decided_is_said() {
    let x = || name("x");
    let unknown = |left: E, right: E| match prove(&left.0, &right.0) {
        Identity::Unknown(obstacle) => obstacle,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        unknown(E(x().0.call(Function::Exp)), x()),
        Obstacle::Function("exp")
    );
    assert_eq!(unknown(x() / (x() - x()), n(1)), Obstacle::ZeroDivisor);
    assert_eq!(
        unknown(n(1) / (power(sqrt(x()), 2) - x()), n(1)),
        Obstacle::ZeroDivisor,
        "zero only after the reduction"
    );
    assert_eq!(
        unknown(power(x() + name("y") + n(1), 900), x()),
        Obstacle::TooLarge
    );
    assert_eq!(unknown(power(n(3), u32::MAX), x()), Obstacle::TooLarge);
    assert_eq!(unknown(power(x(), u32::MAX), x()), Obstacle::TooLarge);
    let absolute = diff(E(x().0.call(Function::Abs)), "x");
    assert_eq!(
        unknown(absolute, n(1)),
        Obstacle::Derivative(NotDifferentiable::Function("abs"))
    );
}

#[test]
fn shared_subtrees_do_not_blow_up() {
    let mut doubled = name("x");
    for _ in 0..60 {
        doubled = doubled.clone() + doubled;
    }
    assert_eq!(
        prove(&doubled.0, &name("x").0),
        Identity::Unknown(Obstacle::TooLarge)
    );
    assert_eq!(
        differentiate(&doubled.0, "x"),
        Err(NotDifferentiable::TooLarge)
    );
}

#[test]
fn primed_names_are_names_of_their_own() {
    let primed = E(Expr::new(Kind::Name {
        name: "x".into(),
        primed: true,
    }));
    assert!(fails(primed.clone(), name("x")));
    assert!(holds(
        primed.clone() + name("x"),
        name("x") + primed.clone()
    ));
    let refused = NotDifferentiable::NextIterate("x".into());
    assert_eq!(differentiate(&primed.0, "x"), Err(refused));
}

#[test]
fn elementary_derivatives() {
    let x = || name("x");
    let call = |f| E(x().0.call(f));
    // The function's own value stands for itself, so that exact algebra can compare.
    let log_derivative = E(differentiate(&call(Function::Log).0, "x").unwrap());
    assert!(holds(log_derivative, n(1) / x()));
    assert_eq!(
        differentiate(&call(Function::Exp).0, "x").unwrap(),
        call(Function::Exp).0
    );
    assert!(holds(diff(sqrt(n(2) * x()), "x"), n(1) / sqrt(n(2) * x())));
    let potential = differentiate(&call(Function::EdgePotential).0, "x").unwrap();
    assert_eq!(potential, (E((x() - n(1)).0.call(Function::Log)) / x()).0);
}

/// Value and derivative in `x` at a point, by dual numbers: an evaluation that shares nothing
/// with the normal forms and the symbolic derivative.
fn dual(expr: &Expr, point: &[Rational; 3]) -> Option<(Rational, Rational)> {
    let go = |x: &Expr| dual(x, point);
    Some(match expr.kind() {
        Kind::Constant(q) => (q.clone(), Rational::new()),
        Kind::Name { name, .. } => {
            let i = NAMES.iter().position(|n| *n == &**name)?;
            (point[i].clone(), Rational::from(u32::from(i == 0)))
        }
        Kind::Negate(x) => {
            let (x, dx) = go(x)?;
            (-x, -dx)
        }
        Kind::Add(x, y) => {
            let ((x, dx), (y, dy)) = (go(x)?, go(y)?);
            (x + y, dx + dy)
        }
        Kind::Subtract(x, y) => {
            let ((x, dx), (y, dy)) = (go(x)?, go(y)?);
            (x - y, dx - dy)
        }
        Kind::Multiply(x, y) => {
            let ((x, dx), (y, dy)) = (go(x)?, go(y)?);
            (Rational::from(&x * &y), x * dy + dx * y)
        }
        Kind::Divide(x, y) => {
            let ((x, dx), (y, dy)) = (go(x)?, go(y)?);
            if y.is_zero() {
                return None;
            }
            let quotient = x / &y;
            let derivative = (dx - Rational::from(&quotient * &dy)) / y;
            (quotient, derivative)
        }
        Kind::Power(x, n) => {
            let (x, dx) = go(x)?;
            let (mut value, mut derivative) = (Rational::from(1), Rational::new());
            for _ in 0..*n {
                derivative = derivative * &x + Rational::from(&value * &dx);
                value *= &x;
            }
            (value, derivative)
        }
        Kind::Call(..) | Kind::Derivative(..) => return None,
    })
}

const NAMES: [&str; 3] = ["x", "y", "z"];

fn rational() -> impl Strategy<Value = Rational> {
    (-9_i32..10, 1_i32..5).prop_map(Rational::from)
}

fn tree() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (0..3_usize).prop_map(|i| Expr::name(NAMES[i])),
        rational().prop_map(|q| Expr::constant(&q, ())),
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            two().prop_map(|(x, y)| x.add(&y)),
            two().prop_map(|(x, y)| x.sub(&y)),
            two().prop_map(|(x, y)| x.mul(&y)),
            two().prop_map(|(x, y)| x.div(&y)),
            inner.clone().prop_map(|x| x.neg()),
            (inner, 0..4_u32).prop_map(|(x, n)| Expr::new(Kind::Power(x, n))),
        ]
    })
}

/// Another expression for the same function; `choices` steers what is rewritten how.
fn rearranged(x: &Expr, choices: &mut impl Iterator<Item = u8>) -> Expr {
    let choice = choices.next().unwrap_or(0) % 4;
    let mut go = |x: &Expr| rearranged(x, choices);
    match x.kind() {
        Kind::Add(x, y) => match (choice, y.kind()) {
            (0, _) => go(y).add(&go(x)),
            (1, Kind::Add(y, z)) => go(x).add(&go(y)).add(&go(z)),
            (2, _) => go(x).sub(&go(y).neg()),
            _ => go(x).add(&go(y)),
        },
        Kind::Subtract(x, y) => match choice {
            0 => go(y).sub(&go(x)).neg(),
            _ => go(x).add(&go(y).neg()),
        },
        Kind::Multiply(x, y) => match (choice, x.kind()) {
            (0 | 1, Kind::Add(u, v)) => go(u).mul(&go(y)).add(&go(v).mul(&go(y))),
            (0 | 1, Kind::Subtract(u, v)) => go(y).mul(&go(u)).sub(&go(v).mul(&go(y))),
            (2, _) => go(x).neg().mul(&go(y).neg()),
            _ => go(y).mul(&go(x)),
        },
        Kind::Divide(x, y) => match (choice, x.kind()) {
            (0, Kind::Add(u, v)) => go(u).div(&go(y)).add(&go(v).div(&go(y))),
            (1, _) => go(x).mul(&go(y)).div(&go(y).square()),
            (2, _) => go(x).neg().div(&go(y).neg()),
            _ => go(x).mul(&Expr::constant(&Rational::from(1), ()).div(&go(y))),
        },
        Kind::Power(x, n @ 1..) => go(x).mul(&Expr::new(Kind::Power(go(x), n - 1))),
        Kind::Negate(x) => Expr::constant(&Rational::new(), ()).sub(&go(x)),
        _ if choice == 3 => x.add(&Expr::name("z")).sub(&Expr::name("z")),
        _ => x.clone(),
    }
}

proptest! {
    #[test]
    fn rearrangements_are_proved(x in tree(), choices in prop::collection::vec(any::<u8>(), 64)) {
        let y = rearranged(&x, &mut choices.into_iter());
        match prove(&x, &y) {
            Identity::Holds | Identity::Unknown(Obstacle::ZeroDivisor) => {}
            other => prop_assert!(false, "{x:?}\n{y:?}\n{other:?}"),
        }
    }

    #[test]
    fn perturbations_are_refuted(
        x in tree(),
        choices in prop::collection::vec(any::<u8>(), 64),
        by in rational(),
        times in tree(),
    ) {
        let change = times.mul(&Expr::constant(&by, ()));
        let y = rearranged(&x, &mut choices.into_iter()).add(&change);
        let zero = prove(&change, &Expr::constant(&Rational::new(), ())) == Identity::Holds;
        match prove(&x, &y) {
            Identity::Fails(at) => {
                prop_assert!(!zero);
                let value = |name: &str| at.get(name).cloned().unwrap_or_default();
                let point = NAMES.map(value);
                let (Some((left, _)), Some((right, _))) = (dual(&x, &point), dual(&y, &point)) else {
                    return Err(TestCaseError::fail("undefined at the counterexample"));
                };
                prop_assert_ne!(left, right);
            }
            Identity::Unknown(Obstacle::ZeroDivisor) => {}
            Identity::Holds => prop_assert!(zero),
            other => prop_assert!(false, "{x:?}\n{y:?}\n{other:?}"),
        }
    }

    #[test]
    fn what_is_proved_is_true_at_random_points(x in tree(), y in tree(), at in [rational(), rational(), rational()]) {
        if prove(&x, &y) == Identity::Holds
            && let (Some((left, _)), Some((right, _))) = (dual(&x, &at), dual(&y, &at))
        {
            prop_assert_eq!(left, right);
        }
    }

    #[test]
    fn derivatives_agree_with_dual_numbers(x in tree(), at in [rational(), rational(), rational()]) {
        let derivative = differentiate(&x, "x").expect("only rational functions are drawn");
        if let (Some((_, exact)), Some((ours, _))) = (dual(&x, &at), dual(&derivative, &at)) {
            prop_assert_eq!(exact, ours);
        }
    }
}
