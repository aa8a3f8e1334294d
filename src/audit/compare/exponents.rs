//! The range of binary exponents that the exact trajectory needs.

use super::local_error::least_exponent;
use crate::audit::format::Exponents;
use crate::model::State;
use crate::number::Interval;

/// An integer between two bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// At least this; `None`: not known.
    pub lower: Option<i64>,
    /// At most this.
    pub upper: Option<i64>,
}

/// The binary exponents ⌊log₂|x_t|⌋ of one coordinate of the exact trajectory over all steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExponentRange {
    /// The least of them.
    pub least: Bounds,
    /// The greatest.
    pub greatest: Bounds,
    /// The first step at which the coordinate is exactly 0, proved; 0 has no exponent.
    pub zero: Option<u64>,
    /// The first step at which it could not be told from 0: the least exponent has no lower
    /// bound.
    pub open: Option<u64>,
}

/// Gathers an [`ExponentRange`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExponentTracker {
    result: ExponentRange,
    seen: bool,
}

impl ExponentTracker {
    /// Looks at step t.
    ///
    /// # Soundness
    /// ⌊log₂⌋ is monotone, so the exponent at t is between those of the least and of the
    /// largest absolute value l, u in the enclosure; min and max over t of these bounds bound
    /// the minimum and the maximum. Without l > 0 the exponent has an upper bound only.
    pub(super) fn observe(&mut self, t: u64, x: &Interval) {
        let result = &mut self.result;
        if x.is_zero() {
            result.zero.get_or_insert(t);
            return;
        }
        let (low, high) = (least_exponent(x), x.exponent());
        if low.is_none() {
            result.open.get_or_insert(t);
        }
        if self.seen {
            let least = &mut result.least;
            least.lower = least.lower.zip(low).map(|(a, b)| a.min(b));
            least.upper = smaller(least.upper, high);
            let greatest = &mut result.greatest;
            greatest.lower = greatest.lower.max(low);
            greatest.upper = greatest.upper.zip(high).map(|(a, b)| a.max(b));
        } else {
            let bounds = Bounds {
                lower: low,
                upper: high,
            };
            (result.least, result.greatest, self.seen) = (bounds, bounds, true);
        }
    }

    pub(super) fn finish(self) -> ExponentRange {
        self.result
    }
}

/// The smaller of two bounds of which one may not be known.
fn smaller(x: Option<i64>, y: Option<i64>) -> Option<i64> {
    match (x, y) {
        (Some(x), Some(y)) => Some(x.min(y)),
        (x, y) => x.or(y),
    }
}

/// Bits of the exponent field of the smallest IEEE 754-like format (bias 2^(bits − 1) − 1) in
/// whose normal numbers every iterate of the exact trajectory lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldBits {
    /// Fewer are not enough; `None`: more than 24 are needed.
    pub at_least: Option<u32>,
    /// So many are; `None`: not proved of any up to 24.
    pub at_most: Option<u32>,
}

impl FieldBits {
    /// From the ranges of the coordinates; those that are always 0 need nothing.
    ///
    /// # Soundness
    /// The field grows with the range of exponents. The range is at least
    /// [least.upper, greatest.lower] and at most [least.lower, greatest.upper].
    pub(super) fn of(ranges: &State<ExponentRange>) -> Self {
        let used = ranges.as_array().into_iter().filter(|r| {
            r.least != Bounds::default() || r.greatest != Bounds::default() || r.open.is_some()
        });
        let (mut inner, mut outer) = (Some([0, 0]), Some([0, 0]));
        for range in used {
            inner = inner.map(|[low, high]| {
                [
                    range.least.upper.map_or(low, |e| e.min(low)),
                    range.greatest.lower.map_or(high, |e| e.max(high)),
                ]
            });
            outer = outer
                .zip(range.least.lower.zip(range.greatest.upper))
                .map(|([low, high], (least, greatest))| [low.min(least), high.max(greatest)]);
        }
        let bits = |ends: [i64; 2]| {
            let [least, greatest] = ends.map(|e| i32::try_from(e).ok());
            Exponents {
                least: least?,
                greatest: greatest?,
            }
            .field_bits()
        };
        FieldBits {
            at_least: inner.and_then(bits),
            at_most: outer.and_then(bits),
        }
    }
}
