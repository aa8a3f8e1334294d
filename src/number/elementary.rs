//! Logarithm and exponential of f64 intervals, by series in interval arithmetic: an order of
//! magnitude faster than MPFR's correctly rounded values, at the price of a few units in the
//! last place.

use std::sync::OnceLock;

use inari::Interval;
use rug::Float;
use rug::float::{Constant, Round};

use super::interval::{between, point};

/// The leading 33 bits of ln 2: times an integer below 2²⁰ it is exact in f64.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);

/// ln 2 − [`LN_2_HIGH`], to 53 bits.
fn ln_2_low() -> Interval {
    static LOW: OnceLock<Interval> = OnceLock::new();
    *LOW.get_or_init(|| {
        const BITS: u32 = 256;
        let below = Float::with_val_round(BITS, Constant::Log2, Round::Down).0;
        let above = Float::with_val_round(BITS, Constant::Log2, Round::Up).0;
        // The difference of 256 and 33 bits is exact.
        between(
            (below - LN_2_HIGH).to_f64_round(Round::Down),
            (above - LN_2_HIGH).to_f64_round(Round::Up),
        )
    })
}

/// k·ln 2 in two parts, the first of them exact.
fn times_ln_2(k: f64) -> (Interval, Interval) {
    (point(k * LN_2_HIGH), point(k) * ln_2_low())
}

/// 1/3, 1/5, …, 1/21: the coefficients of atanh after its first.
const ODD: [f64; 10] = [3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0];

/// ln of one positive normal f64.
///
/// # Soundness
/// x = m·2^k exactly with √½ ≤ m ≤ √2 or a little beyond, ln m = 2 atanh z with
/// z = (m − 1)/(m + 1), |z| < 0.172, and atanh z = z(1 + w/3 + … + w¹⁰/21 + R), w = z²,
/// 0 ≤ R ≤ w¹¹/(23(1 − w)) < 10⁻¹⁷. All in interval arithmetic.
fn ln_of(x: f64) -> Interval {
    const FRACTION: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    // Positive and normal: the exponent field is 1 to 2046.
    let mut k = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let mut m = f64::from_bits((bits & FRACTION) | (1023 << 52));
    if m > std::f64::consts::SQRT_2 {
        m *= 0.5;
        k += 1;
    }
    let one = point(1.0);
    let z = (point(m) - one) / (point(m) + one);
    let w = z * z;
    let mut sum = point(0.0);
    for n in ODD.into_iter().rev() {
        sum = (sum + one / point(n)) * w;
    }
    let series = z * (one + sum + between(0.0, 1e-17));
    let (high, low) = times_ln_2(f64::from(k));
    high + (point(2.0) * series + low)
}

/// ln of an interval of positive numbers.
///
/// # Soundness
/// ln is increasing, and ln y ≤ ln x + (y − x)/x for 0 < x ≤ y.
pub(super) fn ln(set: Interval) -> Interval {
    let (lower, upper) = (set.inf(), set.sup());
    if !(lower.is_normal() && upper.is_normal()) {
        return set.ln();
    }
    let first = ln_of(lower);
    if lower == upper {
        return first;
    }
    let last = if upper - lower < lower * 1e-10 {
        first + (point(upper) - point(lower)) / point(lower)
    } else {
        ln_of(upper)
    };
    between(first.inf(), last.sup())
}

/// 1/2, 1/3, …, 1/13.
const FACTORS: [f64; 12] = [
    2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0,
];

/// e^x for |x| ≤ 700.
///
/// # Soundness
/// e^x = 2^k·e^r for every integer k, r = x − k ln 2. Here |r| < 0.36, and the Taylor series
/// to the power 13 leaves less than |r|¹⁴/14!·e^|r| < 10⁻¹⁷. All in interval arithmetic; the
/// factor 2^k is exact.
fn exp_of(x: f64) -> Interval {
    let k = (x * std::f64::consts::LOG2_E).round();
    let (high, low) = times_ln_2(k);
    let r = (point(x) - high) - low;
    let one = point(1.0);
    let mut sum = one;
    for n in FACTORS.into_iter().rev() {
        sum = one + r * sum / point(n);
    }
    let value = one + r * sum + between(-1e-17, 1e-17);
    // |k| ≤ 1010: a normal power of two.
    value * point(f64::from_bits(((1023 + k as i64) as u64) << 52))
}

/// e^x of an interval.
///
/// # Soundness
/// The exponential is increasing, and e^y ≤ e^x(1 + 2(y − x)) for 0 ≤ y − x ≤ 1.
pub(super) fn exp(set: Interval) -> Interval {
    let (lower, upper) = (set.inf(), set.sup());
    if !(lower >= -700.0 && upper <= 700.0) {
        return set.exp();
    }
    let first = exp_of(lower);
    if lower == upper {
        return first;
    }
    let last = if upper - lower < 1e-12 {
        first * (point(1.0) + point(2.0) * (point(upper) - point(lower)))
    } else {
        exp_of(upper)
    };
    between(first.inf(), last.sup())
}

#[cfg(test)]
mod tests {
    use inari::Interval;
    use proptest::prelude::*;

    use super::{between, exp, ln, point};

    fn close(new: Interval, exact: Interval) -> bool {
        exact.subset(new) && new.wid() <= 1e-14 * exact.mag().max(1e-3) + exact.wid() * 1.01
    }

    proptest! {
        #[test]
        fn a_logarithm_contains_the_correctly_rounded_one(x in 1e-300f64..1e300, w in 0.0f64..1.0) {
            let near_one = 1.0 + (x.ln() / 1000.0);
            for x in [x, near_one, 1.0 + w * 1e-9, 1.0 - w * 1e-9] {
                prop_assert!(close(ln(point(x)), point(x).ln()), "{x}");
                for upper in [x * (1.0 + w * 1e-12), x * (1.0 + w)] {
                    let set = between(x, upper);
                    prop_assert!(set.ln().subset(ln(set)), "{set}");
                }
            }
        }

        #[test]
        fn an_exponential_contains_the_correctly_rounded_one(x in -700.0f64..699.0, w in 0.0f64..1.0) {
            for x in [x, x / 1000.0, x * 1e-12] {
                let (new, exact) = (exp(point(x)), point(x).exp());
                prop_assert!(exact.subset(new), "{x}");
                prop_assert!(new.wid() <= 1e-13 * exact.mag(), "{x}");
                for upper in [x + w * 1e-13, x + w] {
                    let set = between(x, upper);
                    prop_assert!(set.exp().subset(exp(set)), "{set}");
                }
            }
        }
    }

    #[test]
    fn special_arguments() {
        assert_eq!(ln(point(1.0)).inf(), 0.0);
        assert!(ln(point(1.0)).sup() <= 1e-300);
        assert!(exp(point(0.0)).contains(1.0));
        let tiny = point(f64::from_bits(3));
        assert!(tiny.ln().subset(ln(tiny)));
        let wide = between(-1e6, 800.0);
        assert!(wide.exp().subset(exp(wide)));
        assert!(ln(between(0.0, 1.0)).inf().is_infinite());
    }
}
