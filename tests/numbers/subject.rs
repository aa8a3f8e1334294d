//! What the tests need: random exact boxes, points inside them, and both enclosures behind
//! one interface.

use edgecert::number::{Ball, Enclosure, Interval};
use proptest::prelude::*;
use rug::{Integer, Rational};

/// Number of cases, times `EDGECERT_TEST_MULTIPLIER`.
pub fn cases(base: u32) -> ProptestConfig {
    let multiplier = std::env::var("EDGECERT_TEST_MULTIPLIER")
        .ok()
        .and_then(|text| text.parse::<f64>().ok())
        .unwrap_or(1.0);
    ProptestConfig {
        cases: (f64::from(base) * multiplier).ceil() as u32,
        failure_persistence: None,
        max_global_rejects: 1 << 20,
        ..ProptestConfig::default()
    }
}

/// An enclosure that can be made from exact ends and asked for its own.
pub trait Subject: Enclosure + std::fmt::Debug {
    /// From exact ends at a precision (if it has one).
    fn enclosing(lower: &Rational, upper: &Rational, precision: u32) -> Self;
    /// Is the exact number in it?
    fn holds(&self, value: &Rational) -> bool;
    /// Its exact ends; `None` if it is unbounded.
    fn exact_ends(&self) -> Option<(Rational, Rational)>;
    /// The precisions worth testing.
    const PRECISIONS: &'static [u32];
}

impl Subject for Interval {
    fn enclosing(lower: &Rational, upper: &Rational, _: u32) -> Self {
        Interval::from_ends(lower, upper)
    }
    fn holds(&self, value: &Rational) -> bool {
        self.contains(value)
    }
    fn exact_ends(&self) -> Option<(Rational, Rational)> {
        self.lower_rational().zip(self.upper_rational())
    }
    const PRECISIONS: &'static [u32] = &[53];
}

impl Subject for Ball {
    fn enclosing(lower: &Rational, upper: &Rational, precision: u32) -> Self {
        Ball::from_ends(lower, upper, precision)
    }
    fn holds(&self, value: &Rational) -> bool {
        self.contains(value)
    }
    fn exact_ends(&self) -> Option<(Rational, Rational)> {
        if !self.is_bounded() {
            return None;
        }
        let midpoint = self.midpoint().to_rational()?;
        // The ends of the smallest float enclosure at a precision that holds them.
        let (lower, upper) = (self.lower_float(40_000), self.upper_float(40_000));
        let (lower, upper) = (lower.to_rational()?, upper.to_rational()?);
        assert!(lower <= midpoint && midpoint <= upper);
        Some((lower, upper))
    }
    const PRECISIONS: &'static [u32] = &[24, 53, 128, 500];
}

/// A box of exact numbers with an exact point inside.
#[derive(Clone, Debug)]
pub struct Sample {
    pub lower: Rational,
    pub upper: Rational,
    pub point: Rational,
}

impl Sample {
    pub fn enclosed<T: Subject>(&self, precision: u32) -> T {
        T::enclosing(&self.lower, &self.upper, precision)
    }

    /// The box of absolute values plus `shift`, with the corresponding point.
    pub fn above(&self, shift: &Rational) -> Sample {
        let (lower, upper) = (self.lower.clone().abs(), self.upper.clone().abs());
        let point = self.point.clone().abs();
        let straddles = self.lower < 0 && self.upper > 0;
        let least = if straddles {
            Rational::new()
        } else {
            lower.clone().min(upper.clone())
        };
        Sample {
            lower: least + shift,
            upper: lower.max(upper) + shift,
            point: point + shift,
        }
    }
}

/// Exponents of every kind: ordinary, at the ends of f64's range, far beyond.
pub fn exponent() -> impl Strategy<Value = i32> {
    prop_oneof![
        6 => -12..12i32,
        1 => -420..-380i32,
        1 => 380..420i32,
        2 => -1100..-1000i32,
        1 => 1000..1030i32,
        2 => -5000..=5000i32,
    ]
}

/// A rational of any sign and size, 0 included; mantissas short (exact) and long (not).
pub fn rational() -> impl Strategy<Value = Rational> {
    let mantissa = prop_oneof![
        1 => (Just(0i64), Just(1i64)),
        3 => (-40..40i64, 1..8i64),
        5 => (any::<i64>(), 1..i64::MAX),
    ];
    (mantissa, exponent()).prop_map(|((n, d), e)| Rational::from((n, d)) << e)
}

/// A box: a point, a narrow one, a wide one, one that ends at 0, one around 0.
pub fn sample() -> impl Strategy<Value = Sample> {
    let width = prop_oneof![
        2 => Just(Rational::new()),
        3 => (1..1000i64, -600..-20i32).prop_map(|(n, e)| Rational::from(n) << e),
        2 => (1..1000i64, -12..4i32).prop_map(|(n, e)| Rational::from(n) << e),
    ];
    let kind = prop_oneof![6 => Just(0), 1 => Just(1), 1 => Just(2), 1 => Just(3)];
    (rational(), width, rational(), kind, 0..=64i64).prop_map(|(x, relative, other, kind, k)| {
        let size = x.clone().abs();
        let (lower, upper) = match kind {
            0 => (x.clone(), x + size * relative),
            1 => (Rational::new(), size),
            2 => (-size, Rational::new()),
            _ => (x.clone().min(other.clone()), x.max(other)),
        };
        let point = Rational::from(&upper - &lower) * Rational::from((k, 64)) + &lower;
        Sample {
            lower,
            upper,
            point,
        }
    })
}

/// A box of numbers of ordinary size with width relative to it of 2⁻¹⁰ or less.
pub fn ordinary() -> impl Strategy<Value = Sample> {
    let start = (any::<i64>(), 1..1_000_000i64, -8..8i32);
    let width = prop_oneof![
        1 => Just(Rational::new()),
        2 => (1..1000i64, -300..-20i32).prop_map(|(n, e)| Rational::from(n) << e),
    ];
    (start, width, 0..=64i64).prop_map(|((n, d, e), width, k)| {
        let lower = Rational::from((Integer::from(n), Integer::from(d))) >> 44 << e;
        let upper = Rational::from(&lower + &width);
        let point = width * Rational::from((k, 64)) + &lower;
        Sample {
            lower,
            upper,
            point,
        }
    })
}
