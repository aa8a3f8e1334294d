//! Stretches in which a coordinate of a trace stands still while the exact one moves.

use rug::{Float, Rational};

use super::underflow::Runs;
use crate::audit::simulation::Observed;
use crate::number::{Enclosure, Interval, Number};

/// Gathers the stretches of one coordinate: x̂_s = … = x̂_t, and |x_u − x_s| > δ|x_s| for a u
/// between s and t, with δ = 1/100 + 2^(2−p) for a format of p bits. The exact coordinate then
/// moves by more than two units in the last place, and rounding it would show that it does.
///
/// # Soundness
/// The movement is proved of every point of the enclosures.
#[derive(Clone, Debug)]
pub(super) struct StillnessTracker {
    part: Interval,
    current: Option<Stretch>,
    result: Runs,
    longest_at_zero: bool,
}

#[derive(Clone, Debug)]
struct Stretch {
    from: u64,
    to: u64,
    value: Float,
    exact: Interval,
    moves: bool,
}

impl StillnessTracker {
    /// For a format of this many bits.
    pub(super) fn new(precision: u32) -> Self {
        let ulps = Rational::from(4) >> precision;
        StillnessTracker {
            part: Interval::from_rational(&(Rational::from((1, 100)) + ulps)),
            current: None,
            result: Runs::default(),
            longest_at_zero: false,
        }
    }

    /// Looks at iterate t of both.
    pub(super) fn observe(&mut self, t: u64, observed: &Observed, exact: &Interval) {
        let value = observed.as_exact().midpoint();
        if let Some(stretch) = &mut self.current
            && stretch.value == *value
        {
            stretch.to = t;
            if !stretch.moves {
                let distance = exact.sub(&stretch.exact).abs();
                let part = self.part.mul(&stretch.exact.abs());
                stretch.moves = part.lt(&distance).is_true();
            }
            return;
        }
        self.end();
        self.current = Some(Stretch {
            from: t,
            to: t,
            value: value.clone(),
            exact: *exact,
            moves: false,
        });
    }

    /// Ends a stretch; its first step if it counts.
    fn end(&mut self) -> Option<u64> {
        let stretch = self.current.take().filter(|stretch| stretch.moves)?;
        if stretch.to - stretch.from > self.result.most() {
            self.longest_at_zero = stretch.value.is_zero();
        }
        self.result.note(stretch.from, stretch.to - 1);
        Some(stretch.from)
    }

    /// The steps from s to t − 1 of all stretches; is x̂ = 0 in the longest of them?
    pub(super) fn finish(mut self) -> (Runs, bool) {
        self.result.stuck_from = self.end();
        (self.result, self.longest_at_zero)
    }
}
