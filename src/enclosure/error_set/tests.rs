//! The set against the map itself, in exact arithmetic: where the extreme deviations of a set
//! go is in the next set, whatever the errors of the f64 copies and the defect are.

use proptest::prelude::*;
use rug::Rational;

use super::*;

fn exact(x: f64) -> Rational {
    Rational::from_f64(x).expect("finite")
}

fn times(x: &Rational, y: &Rational) -> Rational {
    Rational::from(x * y)
}

/// Exact constants and centre: α, β₂, b, h, e.
#[derive(Clone, Debug)]
struct Centre {
    alpha: Rational,
    beta2: Rational,
    b: Rational,
    h: Rational,
    e: Rational,
}

impl Centre {
    /// `at`, each copy wrong by −1, 0 or 1 times 2⁻⁵⁰ of it.
    fn near(at: &Linearisation, signs: [i32; 5]) -> Self {
        let moved =
            |x: f64, sign: i32| exact(x) * (Rational::from(1) + (Rational::from(sign) >> 50));
        Centre {
            alpha: moved(at.alpha, signs[0]),
            beta2: moved(at.beta2, signs[1]),
            b: moved(at.b, signs[2]),
            h: moved(at.h, signs[3]),
            e: moved(at.e, signs[4]),
        }
    }

    /// 1 − hα².
    fn growth(&self) -> Rational {
        1u32 - times(&self.h, &times(&self.alpha, &self.alpha))
    }

    /// Deviations of the next iterate from the next centre, by the map itself: β₁ = 1 and
    /// hβ₁² = b at the centre, relative for β₁.
    fn image(&self, [d0, d1, d2]: &[Rational; 3]) -> [Rational; 3] {
        let step = |alpha: &Rational, size: &Rational, beta2: &Rational| {
            let b = times(&self.b, &times(size, size));
            let r = times(alpha, beta2) - 1u32;
            let drive = times(&self.e, &r);
            [
                alpha - times(&b, alpha) - times(&drive, beta2),
                times(size, &(1u32 - times(&self.h, &times(alpha, alpha)))),
                beta2 - times(&drive, alpha),
            ]
        };
        let one = Rational::from(1);
        let from = step(&self.alpha, &one, &self.beta2);
        let to = step(
            &Rational::from(&self.alpha + d0),
            &Rational::from(&one + d1),
            &Rational::from(&self.beta2 + d2),
        );
        let relative = Rational::from(&to[1] / &from[1]) - 1u32;
        [
            Rational::from(&to[0] - &from[0]),
            relative,
            Rational::from(&to[2] - &from[2]),
        ]
    }
}

/// ±1 by the bits of `corner`: three for the generators, three for the box.
fn signs(corner: u8) -> ([Rational; 3], [Rational; 3]) {
    let sign = |k: u8| Rational::from(if corner >> k & 1 == 1 { 1 } else { -1 });
    ([sign(0), sign(1), sign(2)], [sign(3), sign(4), sign(5)])
}

impl ErrorSet {
    /// G·x, in units.
    fn generated(&self, x: &[Rational; 3]) -> [Rational; 3] {
        std::array::from_fn(|i| {
            (0..3)
                .map(|j| times(&exact(self.generators[i][j]), &x[j]))
                .sum()
        })
    }

    /// A corner of the set, as plain numbers.
    fn corner(&self, corner: u8) -> [Rational; 3] {
        let (x, s) = signs(corner);
        let generated = self.generated(&x);
        std::array::from_fn(|i| {
            (times(&exact(self.remainder[i]), &s[i]) + &generated[i]) * exact(self.unit)
        })
    }

    /// The corner's share of the generators is `x`; is the rest of `point` in the box?
    fn holds(&self, point: &[Rational; 3], x: &[Rational; 3]) -> bool {
        let generated = self.generated(x);
        (0..3).all(|i| {
            let rest = (&point[i] / exact(self.unit)) - &generated[i];
            rest.abs() <= exact(self.remainder[i])
        })
    }
}

/// Each corner goes where the next set is; `defect` moves the centre by all that is allowed.
fn check_step(
    set: &ErrorSet,
    at: &Linearisation,
    centre: &Centre,
    defect: [f64; 3],
    corners: impl Iterator<Item = u8>,
) -> Result<ErrorSet, TestCaseError> {
    let mut next = set.clone();
    next.propagate(at, defect);
    let unit = exact(set.unit);
    for corner in corners {
        let image = centre.image(&set.corner(corner));
        let (x, _) = signs(corner);
        for away in [-1i32, 1] {
            let moved = defect.map(|d| exact(d) * &unit * away);
            let relative = times(&moved[1], &Rational::from(&image[1] + 1u32));
            let point = [
                Rational::from(&image[0] + &moved[0]),
                Rational::from(&image[1] + &relative),
                Rational::from(&image[2] + &moved[2]),
            ];
            prop_assert!(next.holds(&point, &x), "{set:?} {at:?} {corner}");
        }
    }
    Ok(next)
}

fn size() -> impl Strategy<Value = f64> {
    (1.0..2.0f64, -7..4i32).prop_map(|(m, k)| m * 2f64.powi(k))
}

fn signed() -> impl Strategy<Value = f64> {
    (size(), any::<bool>()).prop_map(|(x, negative)| if negative { -x } else { x })
}

/// A centre with 1 − a away from 0.
fn linearisation() -> impl Strategy<Value = Linearisation> {
    (
        signed(),
        signed(),
        prop_oneof![4 => size(), 1 => Just(0.0)],
        size(),
        size(),
    )
        .prop_map(|(alpha, beta2, b, h, e)| Linearisation {
            alpha,
            beta2,
            b,
            growth: 1.0 - h * alpha * alpha,
            h,
            e,
        })
        .prop_filter("1 − a is not small", |at| at.growth.abs() > 1e-2)
}

/// Radii in units of 2⁻¹²⁸ below 2^`top` of them.
fn radius(top: i32) -> impl Strategy<Value = f64> {
    prop_oneof![
        1 => Just(0.0),
        4 => (1.0..2.0f64, 0..top).prop_map(|(m, k)| m * 2f64.powi(k)),
    ]
}

/// Radii so small that their squares count for nothing, or up to some hundredths of the centre.
fn tops() -> impl Strategy<Value = i32> {
    prop_oneof![Just(40), Just(100), Just(125)]
}

fn set(top: i32) -> impl Strategy<Value = ErrorSet> {
    let entry = move || {
        (radius(top), any::<bool>()).prop_map(|(r, negative)| if negative { -r } else { r })
    };
    let row = move || [entry(), entry(), entry()];
    let remainder = [radius(top), radius(top), radius(top)];
    (any::<bool>(), [row(), row(), row()], remainder).prop_map(|(plain, generators, remainder)| {
        ErrorSet {
            generators: if plain { [[0.0; 3]; 3] } else { generators },
            remainder,
            unit: 2f64.powi(-128),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn corners_stay_inside(
        (set, defect) in tops().prop_flat_map(|top| {
            let defect = prop_oneof![Just([0.0; 3]).boxed(), [radius(top), radius(top), radius(top)].boxed()];
            (set(top), defect)
        }),
        at in linearisation(),
        wrong in [-1..=1i32, -1..=1, -1..=1, -1..=1, -1..=1],
        corners in [0..64u8, 0..64, 0..64, 0..64],
    ) {
        let centre = Centre::near(&at, wrong);
        let at = Linearisation { growth: centre.growth().to_f64(), ..at };
        let corners = corners.into_iter().chain([0, 63]);
        let next = check_step(&set, &at, &centre, defect, corners)?;
        let deviation = next.deviation();
        for corner in 0..64 {
            let point = next.corner(corner);
            for i in 0..3 {
                prop_assert!(point[i].clone().abs() <= exact(deviation[i]) * exact(next.unit));
            }
        }
    }

    /// All terms of one sign: each bound is reached, to a few roundings.
    #[test]
    fn bounds_are_reached(
        radii in tops().prop_flat_map(|top| [radius(top), radius(top), radius(top)]),
        alpha in 1.0..2.0f64, beta2 in 1.0..2.0f64, b in 1.0..2.0f64, h in 2.0..3.0f64, e in 1.0..2.0f64,
    ) {
        let set = ErrorSet::new(radii, 2f64.powi(-128));
        let at = Linearisation { alpha, beta2, b, growth: 1.0 - h * alpha * alpha, h, e };
        let centre = Centre::near(&at, [0; 5]);
        let at = Linearisation { growth: centre.growth().to_f64(), ..at };
        let next = check_step(&set, &at, &centre, [0.0; 3], [0, 63].into_iter())?;
        // β₂ alone has terms of both signs: 1 − eα² may be of either.
        let image = centre.image(&set.corner(63));
        for i in 0..2 {
            let reached = Rational::from(image[i].abs_ref()) / exact(set.unit);
            // Besides, (d + 1)·unit stands for d·unit, and copies may be wrong by 2⁻⁴⁶.
            let total: f64 = set.deviation().iter().sum();
            let allowed = reached.clone() + (reached >> 20u32) + exact(total) / (1u64 << 36) + 1u32;
            prop_assert!(exact(next.deviation()[i]) <= allowed, "{i}: {:?}", next.deviation());
        }
    }

    /// A set is inside the one it is gathered into.
    #[test]
    fn reorganised_sets_contain(set in tops().prop_flat_map(set), weight in size()) {
        let mut next = set.clone();
        next.reorganise(weight);
        for corner in 0..64 {
            let point = set.corner(corner);
            let Some(x) = solved(&next, &point) else { continue };
            let one = Rational::from(1);
            let x = x.map(|x| x.clamp(&Rational::from(-1), &one).clone());
            prop_assert!(next.holds(&point, &x), "{set:?} {next:?} {corner}");
        }
        let (old, new) = (set.deviation(), next.deviation());
        let total = |d: [f64; 3]| d[0] + weight * d[1] + d[2];
        prop_assert!(total(new) <= 4.0 * total(old) + 1e-6, "{old:?} {new:?}");
    }
}

/// x with G·x = `point` in units, by Cramer's rule; `None` if G is singular.
fn solved(set: &ErrorSet, point: &[Rational; 3]) -> Option<[Rational; 3]> {
    let columns: [[Rational; 3]; 3] =
        std::array::from_fn(|j| std::array::from_fn(|i| exact(set.generators[i][j])));
    let right: [Rational; 3] = std::array::from_fn(|i| &point[i] / exact(set.unit));
    let determinant = |[a, b, c]: [&[Rational; 3]; 3]| {
        let minor = |i: usize, j: usize| times(&b[i], &c[j]) - times(&b[j], &c[i]);
        times(&a[0], &minor(1, 2)) - times(&a[1], &minor(0, 2)) + times(&a[2], &minor(0, 1))
    };
    let [a, b, c] = &columns;
    let whole = determinant([a, b, c]);
    (whole != 0).then(|| {
        let parts = [[&right, b, c], [a, &right, c], [a, b, &right]];
        parts.map(|columns| determinant(columns) / &whole)
    })
}

/// Where a coefficient's terms cancel, only the errors of the copies are left.
#[test]
fn errors_of_copies_are_charged_where_terms_cancel() {
    let ones = |i: usize| std::array::from_fn(|j| if i == j { 1.0 } else { 0.0 });
    let cases = [
        // 1 − b − eβ₂² = 0 of the copies.
        (0, [0.25, 2.0, 0.0, 2.0, 0.25]),
        (0, [0.25, 2.0, 0.5, 2.0, 0.125]),
        // 1 − eα² = 0.
        (2, [2.0, 0.25, 0.5, 2.0, 0.25]),
        // 2αβ₂ − 1 = 0.
        (0, [2.0, 0.25, 0.5, 2.0, 1.0]),
        (2, [2.0, 0.25, 0.5, 2.0, 1.0]),
    ];
    for (i, [alpha, beta2, b, h, e]) in cases {
        for wrong in 0..243 {
            let wrong: [i32; 5] = std::array::from_fn(|k| wrong / 3i32.pow(k as u32) % 3 - 1);
            let at = Linearisation {
                alpha,
                beta2,
                b,
                growth: 0.0,
                h,
                e,
            };
            let centre = Centre::near(&at, wrong);
            let at = Linearisation {
                growth: centre.growth().to_f64(),
                ..at
            };
            let boxed = ErrorSet::new(ones(i), 2f64.powi(-128));
            let mut generated = ErrorSet::new([0.0; 3], 2f64.powi(-128));
            generated.generators[i] = [1.0, 0.0, 0.0];
            for set in [boxed, generated] {
                check_step(&set, &at, &centre, [0.0; 3], 0..64).unwrap();
            }
        }
    }
}

#[test]
fn replaced_deviations_of_beta1_are_what_was_said() {
    let mut set = ErrorSet::new([1.0, 5.0, 1.0], 0.5);
    set.generators = [[1.0; 3]; 3];
    set.replace_beta1(2.0);
    let [d0, d1, d2] = set.deviation();
    assert!((4.0..4.001).contains(&d0) && (2.0..2.001).contains(&d1) && (4.0..4.001).contains(&d2));
}
