//! Plain floating point as a number system: *observations*, which enclose nothing.
//!
//! Needed to run the model as a computer without enclosures does, and to compare that with
//! the truth. Nothing here implements [`Enclosure`](super::Enclosure).

use rug::float::Round;
use rug::{Float, Rational};

use super::Number;

/// The nearest float of `precision` bits with the subnormal range of IEEE 754.
fn nearest(value: &Rational, precision: u32) -> Float {
    let (mut result, order) = Float::with_val_round(precision, value, Round::Nearest);
    result.subnormalize_ieee_round(order, Round::Nearest);
    result
}

macro_rules! plain_float {
    ($type:ty, $precision:literal, $convert:ident) => {
        /// IEEE 754 arithmetic in round-to-nearest: observations.
        impl Number for $type {
            type Context = ();

            fn constant(value: &Rational, (): ()) -> Self {
                nearest(value, $precision).$convert()
            }

            #[inline]
            fn add(&self, other: &Self) -> Self {
                self + other
            }

            #[inline]
            fn sub(&self, other: &Self) -> Self {
                self - other
            }

            #[inline]
            fn mul(&self, other: &Self) -> Self {
                self * other
            }

            #[inline]
            fn neg(&self) -> Self {
                -self
            }

            #[inline]
            fn square(&self) -> Self {
                self * self
            }
        }
    };
}

plain_float!(f64, 53, to_f64);
plain_float!(f32, 24, to_f32);

/// MPFR floats in round-to-nearest, at the larger precision of the operands: observations.
impl Number for Float {
    /// Precision in bits.
    type Context = u32;

    fn constant(value: &Rational, precision: u32) -> Self {
        Float::with_val(precision, value)
    }

    fn add(&self, other: &Self) -> Self {
        Float::with_val(self.prec().max(other.prec()), self + other)
    }

    fn sub(&self, other: &Self) -> Self {
        Float::with_val(self.prec().max(other.prec()), self - other)
    }

    fn mul(&self, other: &Self) -> Self {
        Float::with_val(self.prec().max(other.prec()), self * other)
    }

    fn neg(&self) -> Self {
        Float::with_val(self.prec(), -self)
    }

    fn square(&self) -> Self {
        Float::with_val(self.prec(), self.square_ref())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3000) })]

        /// Constants are the nearest floats, as the standard library's parser finds them.
        #[test]
        fn constants_are_nearest(n in any::<i32>(), places in 0..330i32) {
            let text = format!("{n}e-{places}");
            let value = Rational::from(n) / Rational::from(rug::Integer::from(
                rug::Integer::u_pow_u(10, places as u32),
            ));
            prop_assert_eq!(<f64 as Number>::constant(&value, ()), text.parse::<f64>().unwrap());
            prop_assert_eq!(<f32 as Number>::constant(&value, ()), text.parse::<f32>().unwrap());
        }
    }
}
