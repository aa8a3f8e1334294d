//! The extreme points of operands, exactly: an enclosure contains what they are mapped to,
//! and is hardly wider. A rounding in the wrong direction or half a radius lets one fall out.

use edgecert::number::{Ball, Enclosure, Interval, Magnitude, Number, Ternary};
use proptest::prelude::*;
use rug::integer::Order;
use rug::ops::Pow;
use rug::{Float, Integer, Rational};

use super::functions::{edge_potential, exponential, logarithm, reference};
use super::subject::{Subject, cases};

/// An integer of up to `bits` bits: any, few of them set, all, or a run of ones and of zeros.
fn integer(bits: u32) -> impl Strategy<Value = Integer> {
    (0..7u8, any::<[u64; 4]>(), 0..bits, 0..bits).prop_map(move |(kind, random, i, j)| {
        let one = || Integer::from(1);
        match kind {
            0 | 1 => Integer::from_digits(&random, Order::Lsf).keep_bits(bits),
            2 => (one() << i) | (one() << j),
            3 => (one() << bits) - 1u32,
            4 => (one() << bits.max(2)) - (one() << i),
            5 => (one() << (bits - 1)) + 1u32,
            _ => Integer::from(random[0] % 9),
        }
        .keep_bits(bits)
    })
}

/// Exponents of ordinary size, and beyond those of f64.
fn exponent() -> impl Strategy<Value = i32> {
    prop_oneof![4 => -8..8i32, 1 => -1200..1200i32]
}

/// A ball of these bits; radii of 0, and from far below its last place to far above it.
fn ball(precision: u32) -> impl Strategy<Value = Ball> {
    let bits = precision as i32;
    let radius = prop_oneof![
        2 => Just((0.0, 0)),
        2 => (Just(1.0), -bits - 60..bits + 110),
        4 => (1.0..2.0f64, -60 - bits..40i32),
        2 => (1.0..2.0f64, -3..bits + 110),
    ];
    (integer(precision), any::<bool>(), exponent(), radius).prop_map(
        move |(mantissa, negative, e, (m, k))| {
            let midpoint: Float = Float::with_val(precision, mantissa) << e;
            let midpoint = if negative { -midpoint } else { midpoint };
            let radius = Magnitude::from_f64(m).mul_pow2(i64::from(e + k));
            Ball::from_midpoint_radius(midpoint, radius)
        },
    )
}

fn any_ball() -> impl Strategy<Value = Ball> {
    prop_oneof![ball(24), ball(53), ball(128), ball(190)]
}

/// An interval whose ends are floats: a point, one of a few last places, one of any width.
fn interval() -> impl Strategy<Value = Interval> {
    let end = || (integer(53), any::<bool>(), exponent());
    (end(), end(), 0..6i32).prop_map(|(x, y, kind)| {
        let value = |(mantissa, negative, e): (Integer, bool, i32)| {
            let value = Rational::from(mantissa) << e;
            if negative { -value } else { value }
        };
        let (low, high) = (value(x.clone()), value(y));
        let high = match kind {
            0 => low.clone(),
            1 | 2 if low != 0 => low.clone() + (Rational::from(kind) << x.2),
            _ => high,
        };
        let (low, _) =
            Float::with_val_round(53, low.clone().min(high.clone()), rug::float::Round::Down);
        let (high, _) = Float::with_val_round(53, high, rug::float::Round::Up);
        let exact = |x: Float| x.to_rational().unwrap();
        let (low, high) = (exact(low), exact(high));
        Interval::from_ends(&low, &high.max(low.clone()))
    })
}

/// The exact ends.
fn ends<T: Subject>(set: &T) -> [Rational; 2] {
    let (low, high) = set.exact_ends().expect("bounded");
    [low, high]
}

fn size(x: &Rational) -> Rational {
    Rational::from(x.abs_ref())
}

/// `result` contains these points, the extreme ones of the operation among them, and is wider
/// than their range times `factor` only by roundings of numbers of this `size`.
fn fits<T: Subject>(
    what: &str,
    result: &T,
    points: &[Rational],
    factor: u32,
    bits: u32,
    scale: &Rational,
) -> Result<(), TestCaseError> {
    let Some((low, high)) = result.exact_ends() else {
        // A quotient of ends far apart leaves the range of f64.
        prop_assert!(
            what == "div" && T::PRECISIONS.len() == 1,
            "{what}: {result:?}"
        );
        return Ok(());
    };
    for point in points {
        prop_assert!(
            low <= *point && *point <= high,
            "{what}: {result:?} {point}"
        );
    }
    let (least, most) = (points.iter().min().unwrap(), points.iter().max().unwrap());
    let range = Rational::from(most - least);
    let slack = (Rational::from(&range >> 18u32)) + (Rational::from(scale << 6u32) >> bits);
    prop_assert!(
        high - low <= range * factor + slack,
        "{what}: {result:?} is too wide"
    );
    Ok(())
}

fn unary<T: Subject>(set: &T, bits: u32) -> Result<(), TestCaseError> {
    let ends = ends(set);
    let [low, high] = &ends;
    let mut points = vec![low.clone(), high.clone()];
    if *low < 0 && *high > 0 {
        points.push(Rational::new());
    }
    let image = |f: &dyn Fn(&Rational) -> Rational| points.iter().map(f).collect::<Vec<_>>();
    let largest = size(low).max(size(high));
    let check = |what: &str, result: &T, f: &dyn Fn(&Rational) -> Rational, factor| {
        let points = image(f);
        let scale = points.iter().map(size).max().unwrap();
        fits(what, result, &points, factor, bits, &scale)
    };
    check("neg", &set.neg(), &|x| Rational::from(-x), 1)?;
    check("abs", &Enclosure::abs(set), &size, 1)?;
    check("square", &set.square(), &|x| Rational::from(x * x), 2)?;
    check("hull", &set.hull(set), &Clone::clone, 1)?;
    for n in 0..5u32 {
        let factor = if n == 1 { 1 } else { n.max(1) * 2 };
        check("powi", &set.powi(n), &|x| Rational::from(x.pow(n)), factor)?;
    }
    let ceiling = |x: &Rational| Rational::from(x.ceil_ref());
    if let Ok(result) = Enclosure::ceil(set) {
        let scale = largest.clone() + 1u32;
        let (from, to) = result.exact_ends().expect("bounded");
        prop_assert!(image(&ceiling).iter().all(|x| from <= *x && *x <= to));
        // A rounding of an end may step over a whole number.
        let rounding = Rational::from(&scale << 6u32) >> bits;
        let range =
            ceiling(&Rational::from(high + &rounding)) - ceiling(&Rational::from(low - &rounding));
        let slack = Rational::from(&range >> 18u32) + rounding;
        prop_assert!(to - from <= range + slack, "ceil: {result:?} is too wide");
    }
    fits(
        "to_interval",
        &set.to_interval(),
        &points,
        1,
        bits.min(53),
        &largest,
    )?;
    // Ends are in it, and nothing beyond them.
    let beyond = (largest + 1u32) >> 6000;
    prop_assert!(set.holds(low) && set.holds(high));
    prop_assert!(!set.holds(&Rational::from(low - &beyond)));
    prop_assert!(!set.holds(&Rational::from(high + &beyond)));
    Ok(())
}

/// √x, ln x, eˣ and F(x) at both ends.
fn functions<T: Subject>(set: &T, bits: u32) -> Result<(), TestCaseError> {
    let [low, high] = ends(set);
    if low >= 0 {
        let [least, most] = ends(&set.sqrt().unwrap());
        let square = |x: &Rational| Rational::from(x * x);
        prop_assert!(least <= 0 || square(&least) <= low, "√{set:?}");
        prop_assert!(square(&most) >= high, "√{set:?}");
        // Not more than some last places beyond.
        let room = Rational::from(&most >> (bits - 5));
        let (inner_least, inner_most) = (least + &room, most - &room);
        prop_assert!(
            square(&inner_least) >= low && square(&inner_most.max(Rational::new())) <= high
        );
    } else {
        prop_assert!(set.sqrt().is_err());
    }
    type Function = fn(&Rational) -> (Rational, Rational);
    let moderate = size(&low).max(size(&high)) < 1000;
    let candidates: [(&str, bool, Function, Result<T, _>); 3] = [
        (
            "log",
            low > 0,
            |x| reference(x, logarithm).unwrap(),
            set.log(),
        ),
        (
            "exp",
            moderate,
            |x| reference(x, exponential).unwrap(),
            set.exp(),
        ),
        (
            "F",
            low > 1 && moderate,
            edge_potential,
            set.edge_potential(),
        ),
    ];
    for (name, inside, f, result) in candidates {
        if !inside {
            prop_assert!(name == "exp" || result.is_err() || name == "F" && !moderate);
            continue;
        }
        let ([least, most], [at_low, at_high]) = (ends(&result.unwrap()), [f(&low), f(&high)]);
        for (below, above) in [&at_low, &at_high] {
            prop_assert!(least <= *above && most >= *below, "{name} of {set:?}");
        }
        if name == "F" && low < 2 && high > 2 {
            prop_assert!(least <= 0);
        }
    }
    Ok(())
}

/// `coarse` is the precision of ends that are taken over.
fn binary<T: Subject>(x: &T, y: &T, bits: u32, coarse: u32) -> Result<(), TestCaseError> {
    let (p, q) = (ends(x), ends(y));
    let image = |f: &dyn Fn(&Rational, &Rational) -> Rational| {
        let pairs = p.iter().flat_map(|a| q.iter().map(move |b| (a, b)));
        pairs.map(|(a, b)| f(a, b)).collect::<Vec<_>>()
    };
    let sizes = [&p, &q].map(|ends| size(&ends[0]).max(size(&ends[1])));
    let sum = Rational::from(&sizes[0] + &sizes[1]);
    let check = |what: &str, result: &T, f: &dyn Fn(&Rational, &Rational) -> Rational, bits| {
        fits(what, result, &image(f), 1, bits, &sum)
    };
    check("add", &x.add(y), &|a, b| Rational::from(a + b), bits)?;
    check("sub", &x.sub(y), &|a, b| Rational::from(a - b), bits)?;
    check(
        "min",
        &Enclosure::min(x, y),
        &|a, b| a.clone().min(b.clone()),
        coarse,
    )?;
    check(
        "max",
        &Enclosure::max(x, y),
        &|a, b| a.clone().max(b.clone()),
        coarse,
    )?;
    let all: Vec<_> = p.iter().chain(&q).cloned().collect();
    fits("hull", &x.hull(y), &all, 1, coarse, &sum)?;
    let product = Rational::from(&sizes[0] * &sizes[1]);
    fits(
        "mul",
        &x.mul(y),
        &image(&|a, b| Rational::from(a * b)),
        2,
        bits,
        &product,
    )?;
    if q[0] > 0 || q[1] < 0 {
        let least = size(&q[0]).min(size(&q[1]));
        // A divisor that all but reaches 0 may be given up.
        if let Ok(quotient) = Enclosure::div(x, y) {
            let scale = Rational::from(&sizes[0] / &least);
            fits(
                "div",
                &quotient,
                &image(&|a, b| Rational::from(a / b)),
                3,
                bits.min(50),
                &scale,
            )?;
        } else {
            prop_assert!(least < Rational::from(&sizes[1] >> 45u32));
        }
    } else {
        prop_assert!(Enclosure::div(x, y).is_err());
    }
    let order = |what, answer: Ternary, certain: bool, impossible: bool| {
        prop_assert!(!answer.is_true() || certain, "{what}: {x:?} {y:?}");
        prop_assert!(!answer.is_false() || impossible, "{what}: {x:?} {y:?}");
        Ok(())
    };
    order("lt", x.lt(y), p[1] < q[0], p[0] >= q[1])?;
    order("le", x.le(y), p[1] <= q[0], p[0] > q[1])?;
    let same = p[0] == p[1] && p == q;
    order("equals", x.equals(y), same, p[1] < q[0] || q[1] < p[0])?;
    let margin = sum >> 40;
    if Rational::from(&p[1] + &margin) < q[0] {
        prop_assert!(x.lt(y).is_true() && y.le(x).is_false() && x.equals(y).is_false());
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn interval_corners(x in interval(), y in interval()) {
        unary(&x, 53)?;
        binary(&x, &y, 52, 52)?;
    }

    #[test]
    fn ball_corners(x in any_ball(), y in any_ball()) {
        unary(&x, x.precision())?;
        let (p, q) = (x.precision(), y.precision());
        binary(&x, &y, p.max(q), p.max(q).min(p.min(q) + 30))?;
    }

    /// A ball that a ball of its own kind all but cancels.
    #[test]
    fn close_balls(x in ball(53), y in ball(128), k in 0..140i64, negative in any::<bool>()) {
        let near = x.midpoint() + Float::with_val(200, y.midpoint() >> k as u32);
        let near = Ball::from_midpoint_radius(Float::with_val(128, near), y.radius());
        binary(&x, &if negative { near.neg() } else { near }, 128, 83)?;
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn interval_functions(x in interval()) {
        functions(&x, 46)?;
        functions(&Enclosure::abs(&x), 46)?;
    }

    #[test]
    fn ball_functions(x in any_ball()) {
        functions(&x, x.precision().min(45))?;
        functions(&Enclosure::abs(&x), x.precision().min(45))?;
    }

    /// Arguments in and near the domain of F.
    #[test]
    fn edge_potentials(x in ball(100), k in 0..100i32, centre in 1..3i32, below in any::<bool>()) {
        let x = if below { x.neg() } else { x };
        let small = Float::with_val(100, x.midpoint());
        let e = small.get_exp().unwrap_or(0);
        let a = Ball::exact(small >> (e + k)).add(&Ball::exact(Float::with_val(100, centre)));
        let radius = if x.is_point() { Magnitude::ZERO } else { Magnitude::pow2(i64::from(-k) - 9) };
        let a = Ball::from_midpoint_radius(a.midpoint().clone(), radius);
        functions(&a, 45)?;
        functions(&a.to_interval(), 45)?;
    }

    /// Conversions keep the extreme points, and what is exact stays exact.
    #[test]
    fn conversions(x in any_ball(), i in interval(), precision in 2..200u32) {
        let [low, high] = ends(&x);
        let scale = size(&low).max(size(&high));
        let points = [low, high];
        fits("with_precision", &x.with_precision(precision), &points, 1, precision, &scale)?;
        let [low, high] = &points;
        let (below, above) = (x.lower_float(precision), x.upper_float(precision));
        let (below, above) = (below.to_rational().unwrap(), above.to_rational().unwrap());
        prop_assert!(below <= *low && above >= *high);
        prop_assert!(low - below <= size(low) >> (precision - 1));
        prop_assert!(above - high <= size(high) >> (precision - 1));
        let magnitude = x.magnitude().to_f64();
        if let Some(magnitude) = Rational::from_f64(magnitude) {
            prop_assert!(magnitude >= scale && (scale == 0 || scale < 1e-300 || magnitude <= scale * Rational::from((10_001, 10_000))));
        }
        prop_assert_eq!(x.contains_zero(), *low <= 0 && *high >= 0);
        let interval = ends(&i);
        let scale = size(&interval[0]).max(size(&interval[1]));
        let ball = Ball::from_interval(&i, precision);
        fits("from_interval", &ball, &interval, 1, precision, &scale)?;
        prop_assert_eq!(i.contains_zero(), interval[0] <= 0 && interval[1] >= 0);
        let thirds = [Rational::from(&interval[0] / 3u32), Rational::from(&interval[1] / 3u32)];
        let made = Ball::from_ends(&thirds[0], &thirds[1], precision);
        fits("from_ends", &made, &thirds, 1, precision, &scale)?;
        let made = Interval::from_ends(&thirds[0], &thirds[1]);
        fits("from_ends", &made, &thirds, 1, 53, &scale)?;
        for k in [0i64, 1, -1, 399, -399, 401, 1500, -1500] {
            let moved = [0, 1].map(|j| interval[j].clone() << k as i32);
            let far = interval.iter().any(|x| *x != 0 && size(x) < scale.clone() >> 500u32);
            let result = i.times_pow2(k);
            prop_assert!(far || ends(&result) == moved);
            prop_assert!(moved.iter().all(|x| result.contains(x)));
        }
    }
}

/// Where the distance of two midpoints does not fit 64 bits, it is not rounded up.
#[test]
fn an_overlap_of_a_hair_is_an_overlap() {
    let float = |x: f64| Float::with_val(192, x);
    let around = Ball::from_midpoint_radius(float(0.0), Magnitude::pow2(0));
    let hair = float(1.0) >> 150;
    let inside = Ball::exact(Float::with_val(192, 1 - &hair));
    assert!(around.lt(&inside).is_unknown() && around.le(&inside).is_unknown());
    assert!(inside.le(&around).is_unknown() && around.equals(&inside).is_unknown());
    let touching = Ball::exact(float(1.0));
    assert!(around.le(&touching).is_true() && around.lt(&touching).is_unknown());
    assert!(touching.lt(&around).is_false() && touching.le(&around).is_unknown());
    let apart = Ball::exact(float(1.25));
    assert!(around.lt(&apart).is_true() && apart.lt(&around).is_false());
    let beyond = Ball::exact(Float::with_val(192, 1 + &hair));
    assert!(around.le(&beyond).is_true());
    // Points are compared exactly.
    assert!(touching.lt(&beyond).is_true() && beyond.le(&touching).is_false());
}

/// Results below the least float are in the radius.
#[test]
fn underflows_are_in_the_radius() {
    let tiny = |k: i32| Ball::exact(Float::with_val(53, 1.5) << (rug::float::exp_min() + k));
    for k in [2, 10, 1000] {
        let (x, y) = (tiny(k), tiny(k + 3));
        let exact = |x: &Ball| Magnitude::from_float(x.midpoint());
        let product = exact(&x).mul(exact(&y));
        for result in [x.mul(&y), y.mul(&x.neg())] {
            assert!(product.compare(result.magnitude()).is_le());
            assert!(!result.is_point() && result.contains_zero());
        }
        let huge = Ball::exact(Float::with_val(53, 1) << (rug::float::exp_max() - 2));
        let quotient = Enclosure::div(&x, &huge).unwrap();
        assert!(!quotient.is_point() && quotient.contains_zero());
        assert!(!huge.square().is_bounded() && !huge.mul(&huge.neg()).is_bounded());
        assert!(!huge.to_interval().is_zero() && !x.to_interval().is_zero());
    }
}
