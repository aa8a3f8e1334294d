use super::*;
use proptest::prelude::*;

/// The radius as an exact rational.
fn radius<const N: usize>(x: &Limbs<N>) -> Rational {
    if x.error == 0.0 {
        return Rational::new();
    }
    let shift = x.exponent - i64::from(Limbs::<N>::BITS);
    let scaled = Rational::from_f64(x.error).expect("finite in these tests");
    if shift >= 0 {
        scaled << shift as u32
    } else {
        scaled >> (-shift) as u32
    }
}

fn midpoint<const N: usize>(x: &Limbs<N>) -> Rational {
    x.to_float().to_rational().expect("finite")
}

fn contains<const N: usize>(x: &Limbs<N>, exact: &Rational) -> bool {
    Rational::from(&midpoint(x) - exact).abs() <= radius(x)
}

fn well_formed<const N: usize>(x: &Limbs<N>) -> bool {
    x.mantissa == [0; N] || x.mantissa[N - 1] >> 63 == 1
}

/// Rationals of wild size, many of them close to one another or dyadic.
fn rational() -> impl Strategy<Value = Rational> {
    let part = prop_oneof![
        any::<i64>().prop_map(Integer::from),
        (any::<i128>(), any::<i128>())
            .prop_map(|(a, b)| Integer::from(a) * Integer::from(b) + 1u32),
        (-3i32..4).prop_map(Integer::from),
    ];
    (part, 1u64.., -300i32..300, any::<bool>()).prop_map(|(n, d, shift, dyadic)| {
        let q = if dyadic {
            Rational::from(n)
        } else {
            Rational::from((n, d))
        };
        if shift >= 0 {
            q << shift as u32
        } else {
            q >> (-shift) as u32
        }
    })
}

/// An exact number and a ball around it: the ball's midpoint is moved by at most its
/// radius.
fn pair<const N: usize>() -> impl Strategy<Value = (Rational, Limbs<N>)> {
    (rational(), 0u32..1000, -100i32..=100).prop_map(|(q, radius, position)| {
        let mut ball = Limbs::<N>::constant(&q, ());
        if ball.midpoint_is_zero() {
            ball.exponent = 7;
        }
        let shift = ball.exponent - i64::from(Limbs::<N>::BITS);
        let offset = Rational::from((radius as i64 * i64::from(position), 100));
        let offset = if shift >= 0 {
            offset << shift as u32
        } else {
            offset >> (-shift) as u32
        };
        ball.error += f64::from(radius);
        if ball.midpoint_is_zero() && radius == 0 {
            ball = Limbs::ZERO;
        }
        (q + offset, ball)
    })
}

fn near<const N: usize>() -> impl Strategy<Value = [(Rational, Limbs<N>); 2]> {
    // The second is close to ± the first, so that sums cancel.
    (
        pair::<N>(),
        pair::<N>(),
        -200i32..200,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(x, y, shift, close, same)| {
            if !close {
                return [x, y];
            }
            let tweak = if shift >= 0 {
                Rational::from(&x.0 >> shift as u32)
            } else {
                Rational::from(0)
            };
            let q = if same {
                Rational::from(&x.0 + &tweak)
            } else {
                -Rational::from(&x.0 + &tweak)
            };
            let ball = Limbs::<N>::constant(&q, ());
            [x, (q, ball)]
        })
}

macro_rules! containment {
    ($name:ident, $n:literal) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(400))]
            #[test]
            fn $name([(p, x), (q, y)] in near::<$n>()) {
                prop_assert!(contains(&x, &p) && contains(&y, &q));
                let results = [
                    (x.add(&y), Rational::from(&p + &q)),
                    (x.sub(&y), Rational::from(&p - &q)),
                    (x.mul(&y), Rational::from(&p * &q)),
                    (x.square(), Rational::from(&p * &p)),
                    (x.sub(&x), Rational::from(0)),
                    (x.add(&x), Rational::from(&p * 2u32)),
                    (x.neg(), Rational::from(-&p)),
                ];
                for (i, (ball, exact)) in results.iter().enumerate() {
                    prop_assert!(well_formed(ball), "operation {i}: {x:?} {y:?} -> {ball:?}");
                    prop_assert!(contains(ball, exact), "operation {i}: {x:?} {y:?} -> {ball:?}");
                }
            }
        }
    };
}
containment!(contains_exact_results_2, 2);
containment!(contains_exact_results_3, 3);
containment!(contains_exact_results_8, 8);

#[test]
fn exact_operations_stay_exact() {
    let quarter = Limbs::<2>::constant(&Rational::from((1, 4)), ());
    let four = Limbs::<2>::constant(&Rational::from(4), ());
    let one = quarter.mul(&four);
    assert_eq!(one.error(), 0.0);
    assert!(
        one.sub(&Limbs::constant(&Rational::from(1), ()))
            .is_exact_zero()
    );
}

#[test]
fn midpoint_f64_is_close() {
    for q in [
        "1/3",
        "-7/5",
        "123456789/1000",
        "1/340282366920938463463374607431768211457",
    ] {
        let q: Rational = q.parse().expect("literal");
        let x = Limbs::<3>::constant(&q, ());
        let (m, k) = x.midpoint_f64();
        let back = Rational::from_f64(m).expect("finite");
        let back = if k >= 0 {
            back << k as u32
        } else {
            back >> (-k) as u32
        };
        let relative = (back - &q) / q;
        assert!(relative.abs() < Rational::from_f64(2f64.powi(-51)).expect("finite"));
    }
}

/// A mantissa with its top bit set: any bits, few, all, or a run of ones and a run of zeros.
fn mantissa<const N: usize>() -> impl Strategy<Value = [u64; N]> {
    let bit = 0..64 * N;
    (0..6u8, any::<[u64; 20]>(), bit.clone(), bit).prop_map(|(kind, random, i, j)| {
        let mut limbs: [u64; N] = std::array::from_fn(|k| match kind {
            0 | 1 => random[k],
            5 => u64::MAX,
            _ => 0,
        });
        let mut flip = |bit: usize| limbs[bit / 64] ^= 1 << (bit % 64);
        match kind {
            2 => flip(i),
            3 => (i..64 * N).for_each(flip),
            4 => (i.min(j)..i.max(j)).for_each(flip),
            _ => {}
        }
        limbs[N - 1] |= 1 << 63;
        limbs
    })
}

/// Radii: often 0, else of any size up to 2^(64N + 20), with few bits or many.
fn error<const N: usize>() -> impl Strategy<Value = f64> {
    // Products of radii stay within f64.
    let bits = (64 * N as i32 + 20).min(480);
    prop_oneof![
        4 => Just(0.0),
        2 => (0..4u8).prop_map(f64::from),
        2 => (-40..bits).prop_map(|k| 2f64.powi(k)),
        4 => (1.0..2.0f64, -40..bits).prop_map(|(m, k)| m * 2f64.powi(k)),
    ]
}

fn ball<const N: usize>() -> impl Strategy<Value = Limbs<N>> {
    let zero = proptest::bool::weighted(0.1);
    (any::<bool>(), zero, -300..300i64, mantissa(), error::<N>()).prop_map(
        |(negative, zero, exponent, mantissa, error)| match (zero, error == 0.0) {
            (true, true) => Limbs::ZERO,
            (zero, _) => Limbs {
                negative: negative && !zero,
                exponent,
                mantissa: if zero { [0; N] } else { mantissa },
                error,
            },
        },
    )
}

/// Two balls: unrelated, at some distance, or so close that they cancel.
fn balls<const N: usize>() -> impl Strategy<Value = [Limbs<N>; 2]> {
    let distance = -(64 * N as i64) - 70..64 * N as i64 + 70;
    let edge = (0..3i64, any::<bool>()).prop_map(|(k, up)| if up { k } else { -k });
    let distance = prop_oneof![2 => distance, 1 => edge];
    (ball::<N>(), ball::<N>(), distance, 0..4u8, 0..N).prop_map(|(x, mut y, distance, kind, k)| {
        if !y.midpoint_is_zero() && !x.midpoint_is_zero() {
            y.exponent = x.exponent + distance;
            if kind == 0 {
                // Equal but for the lower limbs.
                y.exponent = x.exponent;
                y.mantissa[k..].copy_from_slice(&x.mantissa[k..]);
                y.mantissa[N - 1] |= 1 << 63;
            }
        }
        [x, y]
    })
}

fn shifted(value: Rational, k: i64) -> Rational {
    if k >= 0 {
        value << k as u32
    } else {
        value >> (-k) as u32
    }
}

/// A last place; 0 of an exact zero.
fn unit<const N: usize>(x: &Limbs<N>) -> Rational {
    if x.is_exact_zero() {
        return Rational::new();
    }
    shifted(Rational::from(1), x.exponent - i64::from(Limbs::<N>::BITS))
}

/// The least and the largest number in it.
fn ends<const N: usize>(x: &Limbs<N>) -> [Rational; 2] {
    let (midpoint, radius) = (midpoint(x), radius(x));
    [Rational::from(&midpoint - &radius), midpoint + radius]
}

/// `result` contains these extreme values of an operation, and is no wider than they and
/// rounding ask for, the width of a product being one of at most `factor` times theirs.
fn check_corners<const N: usize>(
    result: &Limbs<N>,
    corners: &[Rational],
    factor: u32,
) -> Result<(), TestCaseError> {
    prop_assert!(well_formed(result), "{result:?}");
    for corner in corners {
        prop_assert!(contains(result, corner), "{result:?} {corner}");
    }
    let (least, most) = (corners.iter().min().unwrap(), corners.iter().max().unwrap());
    let width = Rational::from(most - least) * factor;
    let allowed = Rational::from(&width >> 45) + &width + unit(result) * 3u32;
    prop_assert!(radius(result) * 2u32 <= allowed, "{result:?} is too wide");
    Ok(())
}

/// f at each pair of ends.
fn corners(
    x: &[Rational; 2],
    y: &[Rational; 2],
    f: fn(&Rational, &Rational) -> Rational,
) -> Vec<Rational> {
    x.iter()
        .flat_map(|p| y.iter().map(move |q| f(p, q)))
        .collect()
}

macro_rules! tight_containment {
    ($name:ident, $n:literal, $cases:literal) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases($cases))]
            #[test]
            fn $name([x, y] in balls::<$n>()) {
                let (p, q) = (ends(&x), ends(&y));
                check_corners(&x.add(&y), &corners(&p, &q, |a, b| Rational::from(a + b)), 1)?;
                check_corners(&x.sub(&y), &corners(&p, &q, |a, b| Rational::from(a - b)), 1)?;
                check_corners(&x.neg(), &[Rational::from(-&p[0]), Rational::from(-&p[1])], 1)?;
                let products = corners(&p, &q, |a, b| Rational::from(a * b));
                if x.midpoint_is_zero() || y.midpoint_is_zero() {
                    for product in &products {
                        prop_assert!(contains(&x.mul(&y), product));
                    }
                } else {
                    check_corners(&x.mul(&y), &products, 4)?;
                    let squares = corners(&p, &p, |a, b| Rational::from(a * b));
                    check_corners(&x.square(), &squares, 4)?;
                }
                check_corners(&x.midpoint(), &[midpoint(&x)], 1)?;
                prop_assert_eq!(midpoint(&x.midpoint_abs()), midpoint(&x).abs());
                prop_assert_eq!(x.midpoint_abs().error, 0.0);
                prop_assert!(!x.midpoint_is_zero() || !x.neg().is_negative());
                prop_assert!(!x.midpoint_with_sign(x.negative).is_negative() || x.negative);
                prop_assert_eq!(midpoint(&x.midpoint_with_sign(true)), -midpoint(&x).abs());
            }
        }
    };
}
tight_containment!(corners_are_inside_2, 2, 3000);
tight_containment!(corners_are_inside_3, 3, 1500);
tight_containment!(corners_are_inside_8, 8, 500);

proptest! {
    /// A constant of any number of bits, exact where it can be.
    #[test]
    fn constants_are_enclosed(
        limbs in mantissa::<5>(), dropped in 0..320i64, divisor in 1..1000u32, shift in -400..400i64,
    ) {
        let integer = Integer::from_digits(&limbs, Order::Lsf) >> dropped as u32;
        let value = shifted(Rational::from((integer, divisor)), shift);
        for value in [Rational::from(-&value), value] {
            let ball = Limbs::<3>::constant(&value, ());
            check_corners(&ball, std::slice::from_ref(&value), 1)?;
            let odd_bits = value.numer().significant_bits()
                - value.numer().find_one(0).unwrap_or(0);
            let is_exact = value.denom().is_power_of_two() && odd_bits <= 192;
            prop_assert_eq!(ball.error == 0.0, is_exact);
        }
    }

    /// The f64 copies of a midpoint.
    #[test]
    fn copies_are_close(x in ball::<3>(), exponent in -1100..1100i64) {
        let x = Limbs { exponent, ..x }.midpoint();
        let truth = midpoint(&x);
        let (m, k) = x.midpoint_f64();
        let copy = shifted(Rational::from_f64(m).unwrap(), k);
        prop_assert!(Rational::from(&copy - &truth).abs() <= Rational::from(truth.abs_ref()) >> 51);
        prop_assert!(m == 0.0 || (0.5..=1.0).contains(&m.abs()));
        let plain = x.midpoint_plain_f64();
        if exponent <= 1000 {
            let relative: Rational = Rational::from(truth.abs_ref()) >> 51u32;
            let allowed = relative.max(shifted(Rational::from(1), -990));
            prop_assert!((Rational::from_f64(plain).unwrap() - truth).abs() <= allowed);
        } else {
            prop_assert!(plain.is_infinite() || x.midpoint_is_zero());
        }
    }

    /// Exponents far beyond what rationals can hold change nothing.
    #[test]
    fn operations_commute_with_scaling([x, y] in balls::<2>(), k in any::<bool>()) {
        let far: i64 = if k { 1 << 60 } else { -(1 << 60) };
        let moved = |x: &Limbs<2>, by: i64| {
            if x.is_exact_zero() { *x } else { Limbs { exponent: x.exponent + by, ..*x } }
        };
        let (a, b) = (moved(&x, far), moved(&y, far));
        let same = |p: Limbs<2>, q: Limbs<2>| {
            (p.negative, p.exponent, p.mantissa) == (q.negative, q.exponent, q.mantissa)
                && p.error == q.error
        };
        prop_assert!(same(a.add(&b), moved(&x.add(&y), far)));
        prop_assert!(same(a.sub(&b), moved(&x.sub(&y), far)));
        prop_assert!(same(a.mul(&b), moved(&x.mul(&y), 2 * far)));
    }
}

/// 2^`exponent` times a mantissa in [1/2, 1), exactly.
fn exact<const N: usize>(exponent: i64, mantissa: [u64; N]) -> Limbs<N> {
    Limbs {
        negative: false,
        exponent,
        mantissa,
        error: 0.0,
    }
}

/// The guard is 0 and only bits below it are lost.
#[test]
fn what_falls_below_the_guard_is_charged() {
    for k in [64i64, 65, 100, 127, 128] {
        let (x, y) = (exact(k, [0, 1 << 63]), exact(0, [1, 1 << 63]));
        let (p, q) = (midpoint(&x), midpoint(&y));
        assert!(contains(&x.add(&y), &Rational::from(&p + &q)), "{k}");
        assert!(contains(&x.sub(&y), &Rational::from(&p - &q)), "{k}");
        assert!(contains(&y.sub(&x), &Rational::from(&q - &p)), "{k}");
    }
}

/// Radii that f64 cannot hold are replaced by larger ones, and never lost.
#[test]
fn radii_do_not_underflow() {
    let blurred = Limbs::<2> {
        error: 1.0,
        ..Limbs::ZERO
    };
    let mut sum = exact(0, [0, 1 << 63]);
    let tiny = Limbs {
        exponent: -3000,
        ..blurred
    };
    sum = sum.add(&tiny);
    assert!(sum.error > 0.0);
    for k in [900i64, 2000, 3000] {
        // The sum with a zero whose radius counts for nothing moves the exponent only.
        let ball = Limbs {
            error: sum.error,
            ..exact(0, [0, 1 << 63])
        };
        let above = exact(100, [0, 1 << 63]);
        let zero = Limbs {
            exponent: k,
            error: 2f64.powi(-60),
            ..blurred
        };
        assert!(above.add(&ball).error > 0.0 && zero.add(&ball).error > 0.0);
        assert!(above.sub(&ball).error > 0.0 && ball.sub(&above).error > 0.0);
    }
    let mut doubled = sum;
    for _ in 0..1200 {
        doubled = doubled.add(&doubled);
    }
    assert!(doubled.error > 0.0);
}

#[test]
fn powers_of_two_are_upper_bounds() {
    for k in [-1000i64, -999, -1, 0, 1, 999, 1000] {
        assert_eq!(power_of_two(k), 2f64.powi(k as i32));
    }
    for k in [-1001, -5000, i64::MIN / 4] {
        assert_eq!(power_of_two(k), 2f64.powi(-1000));
    }
    assert!(power_of_two(1001).is_infinite() && power_of_two(i64::MAX).is_infinite());
}

/// A radius beyond f64 encloses everything, and is no exact zero.
#[test]
fn lost_radii_stay_lost() {
    let lost = Limbs::<2> {
        error: f64::INFINITY,
        ..exact(5, [3, 1 << 63])
    };
    let one = exact(1, [0, 1 << 63]);
    let cancelled = lost.sub(&lost);
    for result in [
        lost.add(&one),
        one.sub(&lost),
        lost.mul(&one),
        cancelled,
        cancelled.mul(&one),
    ] {
        assert!(
            !result.error.is_finite() && !result.is_exact_zero(),
            "{result:?}"
        );
    }
    let huge = Limbs {
        error: 1e200,
        ..one
    };
    assert!(!huge.square().square().error.is_finite());
    assert!(Limbs::<2>::ZERO.mul(&huge).is_exact_zero() && one.sub(&one).is_exact_zero());
}
