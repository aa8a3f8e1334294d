//! Plain floating point as a number system: *observations*, which enclose nothing.
//!
//! Needed to run the model as a computer without enclosures does, and to compare that with
//! the truth. Nothing here implements [`Enclosure`](super::Enclosure).

use rug::float::Round;
use rug::{Float, Rational};

use super::Number;

/// The nearest float of `precision` bits with the subnormal range of `least_exponent`.
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
