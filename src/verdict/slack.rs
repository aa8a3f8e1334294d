//! How far a condition is from being violated, at a step and over all of them.

use super::attained::Attained;
use crate::number::{Enclosure, Interval};

/// Slack of one condition at one step.
#[derive(Clone, Debug)]
pub struct SlackValue {
    /// Larger side minus smaller side.
    pub absolute: Interval,
    /// Divided by the larger side's size; `None` where nothing is relative.
    pub relative: Option<Interval>,
}

impl SlackValue {
    /// Certainly not negative?
    pub fn is_nonnegative(&self) -> bool {
        self.absolute.lower().0 >= 0.0
    }

    /// That of a conjunction: the less of both.
    ///
    /// # Soundness
    /// The pointwise minimum of enclosures; one that is relative to nothing has no less.
    #[must_use]
    pub fn least(&self, other: &Self) -> Self {
        self.combine(other, Enclosure::min)
    }

    /// That of a disjunction: the greater of both.
    ///
    /// # Soundness
    /// As [`SlackValue::least`].
    #[must_use]
    pub fn greatest(&self, other: &Self) -> Self {
        self.combine(other, Enclosure::max)
    }

    fn combine(&self, other: &Self, pick: fn(&Interval, &Interval) -> Interval) -> Self {
        let relative = self.relative.as_ref().zip(other.relative.as_ref());
        SlackValue {
            absolute: pick(&self.absolute, &other.absolute),
            relative: relative.map(|(x, y)| pick(x, y)),
        }
    }
}

/// The least slack of a clause, over all steps checked.
#[derive(Clone, Debug)]
pub struct Slack {
    /// Enclosure of the least slack (larger side minus smaller side).
    pub absolute: Interval,
    /// Enclosure of the least relative slack: slack over the larger side's size. `None`
    /// where one side is the constant 0, of which nothing is relative.
    pub relative: Option<Interval>,
    absolute_at: Attained,
    relative_at: Attained,
}

impl Slack {
    /// The slack at the first step that is checked.
    pub fn new(value: SlackValue, step: u64) -> Self {
        let mut slack = Slack {
            absolute: value.absolute,
            relative: value.relative,
            absolute_at: Attained::default(),
            relative_at: Attained::default(),
        };
        slack.attain(&value, step);
        slack
    }

    /// Takes the slack at a later step.
    ///
    /// # Soundness
    /// The pointwise minimum of enclosures encloses the minimum. Where a step has no relative slack,
    /// the run has none.
    pub fn record(&mut self, value: &SlackValue, step: u64) {
        self.absolute = self.absolute.min(&value.absolute);
        let relative = self.relative.as_ref().zip(value.relative.as_ref());
        self.relative = relative.map(|(x, y)| x.min(y));
        self.attain(value, step);
    }

    fn attain(&mut self, value: &SlackValue, step: u64) {
        self.absolute_at.observe(step, &value.absolute);
        if let Some(relative) = &value.relative {
            self.relative_at.observe(step, relative);
        }
    }

    /// The number that says how tight it is: the relative slack, or the absolute one where nothing
    /// is relative.
    pub fn key(&self) -> &Interval {
        self.relative.as_ref().unwrap_or(&self.absolute)
    }

    /// The tightest step: where [`Slack::key`] is attained.
    pub fn attained(&self) -> &Attained {
        match self.relative {
            Some(_) => &self.relative_at,
            None => &self.absolute_at,
        }
    }
}
