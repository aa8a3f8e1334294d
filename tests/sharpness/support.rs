//! The exact oracle, and Hessians to ask it about.

use edgecert::model::Arrow;
use proptest::prelude::*;
use rug::Rational;

use super::subject::Subject;

/// x² and x³ − … by value: short formulas for tests.
fn product(x: &Rational, y: &Rational) -> Rational {
    Rational::from(x * y)
}

/// How S relates to c, exactly: (S < c, S ≤ c).
///
/// p(x) = det(xI − H) is real-rooted and monic, and p(c + y) has the coefficients p(c), p′(c),
/// p″(c)/2, 1, the elementary symmetric functions of the c − λᵢ. Non-negative ones leave no
/// root y > 0, positive ones none y ≥ 0; and conversely.
pub fn oracle(h: &Arrow<Rational>, c: &Rational) -> (bool, bool) {
    let (t, [u1, u2], [d1, d2]) = (&h.tip, &h.shaft, &h.diagonal);
    let (s1, s2) = (product(u1, u1), product(u2, u2));
    let trace = Rational::from(t + d1) + d2;
    let minors = product(t, d1) + product(t, d2) + product(d1, d2) - &s1 - &s2;
    let determinant = product(&product(t, d1), d2) - product(&s1, d2) - product(&s2, d1);
    let square = product(c, c);
    let value = product(&square, c) - product(&trace, &square) + product(&minors, c) - determinant;
    let slope = square * 3i32 - product(&trace, c) * 2i32 + minors;
    let bend = Rational::from(c * 3i32) - trace;
    let all = |test: fn(&Rational) -> bool| [&value, &slope, &bend].into_iter().all(test);
    (all(|x| *x > 0), all(|x| *x >= 0))
}

/// A box of Hessians and an exact one inside.
#[derive(Clone, Debug)]
pub struct Matrices {
    pub lower: Arrow<Rational>,
    pub upper: Arrow<Rational>,
    pub point: Arrow<Rational>,
}

impl Matrices {
    pub fn of_point(point: Arrow<Rational>) -> Self {
        Matrices {
            lower: point.clone(),
            upper: point.clone(),
            point,
        }
    }

    pub fn enclosed<T: Subject>(&self, precision: u32) -> Arrow<T> {
        combine(&self.lower, &self.upper, |a, b| {
            T::enclosing(a, b, precision)
        })
    }
}

pub fn combine<R, T>(x: &Arrow<R>, y: &Arrow<R>, f: impl Fn(&R, &R) -> T) -> Arrow<T> {
    Arrow {
        tip: f(&x.tip, &y.tip),
        shaft: [f(&x.shaft[0], &y.shaft[0]), f(&x.shaft[1], &y.shaft[1])],
        diagonal: [
            f(&x.diagonal[0], &y.diagonal[0]),
            f(&x.diagonal[1], &y.diagonal[1]),
        ],
    }
}

/// Small integers (so that degenerate cases occur), fractions, and other magnitudes.
pub fn entry() -> impl Strategy<Value = Rational> {
    prop_oneof![
        4 => (-3..4i64).prop_map(Rational::from),
        4 => (any::<i32>(), 1..i32::MAX).prop_map(Rational::from),
        1 => (any::<i32>(), -300..300i32).prop_map(|(n, e)| Rational::from(n) << e),
        1 => (any::<i32>(), -3000..3000i32).prop_map(|(n, e)| Rational::from(n) << e),
    ]
}

pub fn positive() -> impl Strategy<Value = Rational> {
    (1..1_000_000i64, 1..1000i64, -30..6i32).prop_map(|(n, d, e)| Rational::from((n, d)) << e)
}

pub fn arrow() -> impl Strategy<Value = Arrow<Rational>> {
    (entry(), [entry(), entry()], [entry(), entry()]).prop_map(|(tip, shaft, diagonal)| Arrow {
        tip,
        shaft,
        diagonal,
    })
}

/// A box around an arrow with widths of all kinds.
pub fn matrices() -> impl Strategy<Value = Matrices> {
    let width = prop_oneof![
        2 => Just(Rational::new()),
        2 => (0..1000i64, -200..-10i32).prop_map(|(n, e)| Rational::from(n) << e),
        1 => (0..1000i64, -9..3i32).prop_map(|(n, e)| Rational::from(n) << e),
    ];
    let widths = prop::collection::vec(width, 5);
    (arrow(), widths, prop::array::uniform5(0..=16i64)).prop_map(|(lower, widths, k)| {
        let [w0, w1, w2, w3, w4]: [Rational; 5] = widths.try_into().unwrap();
        let width = Arrow {
            tip: w0,
            shaft: [w1, w2],
            diagonal: [w3, w4],
        };
        let part = Arrow {
            tip: k[0],
            shaft: [k[1], k[2]],
            diagonal: [k[3], k[4]],
        };
        let part = combine(&part, &part, |k, _| Rational::from((*k, 16)));
        let upper = combine(&lower, &width, |x, w| Rational::from(x + w));
        let inner = combine(&width, &part, |w, k| Rational::from(w * k));
        let point = combine(&lower, &inner, |x, w| Rational::from(x + w));
        Matrices {
            lower,
            upper,
            point,
        }
    })
}

/// A Hessian whose sharpness is exactly `c`: φ(c) = 0 above the diagonal, or an entry of the
/// diagonal without shaft on top.
#[derive(Clone, Debug)]
pub struct Known {
    pub hessian: Arrow<Rational>,
    pub sharpness: Rational,
}

pub fn known() -> impl Strategy<Value = Known> {
    let shaft = prop_oneof![1 => Just(Rational::new()), 4 => entry(), 1 => small()];
    let shafts = (shaft.clone(), shaft);
    (positive(), shafts, [positive(), positive()], 0..6u8).prop_map(|(c, (u1, u2), below, kind)| {
        // c − d₁ and c − d₂; sometimes equal, sometimes tiny.
        let [a1, a2] = below;
        let (a1, a2) = match kind {
            0 => (a1.clone(), a1),
            1 => (a1 >> 200i32, a2),
            _ => (a1, a2),
        };
        let over = |u: &Rational, a: &Rational| product(u, u) / a;
        if kind == 2 {
            // The first diagonal entry is the largest eigenvalue.
            let tip = Rational::from(&c - &over(&u2, &a2)) - a1;
            let diagonal = [c.clone(), Rational::from(&c - &a2)];
            return Known {
                hessian: Arrow {
                    tip,
                    shaft: [Rational::new(), u2],
                    diagonal,
                },
                sharpness: c,
            };
        }
        let tip = Rational::from(&c - &over(&u1, &a1)) - over(&u2, &a2);
        let diagonal = [Rational::from(&c - &a1), Rational::from(&c - &a2)];
        Known {
            hessian: Arrow {
                tip,
                shaft: [u1, u2],
                diagonal,
            },
            sharpness: c,
        }
    })
}

fn small() -> impl Strategy<Value = Rational> {
    (1..100i64, -5000..-500i32).prop_map(|(n, e)| Rational::from(n) << e)
}
