//! Where an extreme value is attained: a step that provably does, or the steps that may.

use std::cmp::Ordering;

use crate::number::{Enclosure, Interval, Number};

/// Groups of steps kept at most.
const MOST_GROUPS: usize = 16;

/// Steps, in order, of which `least` has the least lower end.
#[derive(Clone, Debug)]
struct Group {
    first: u64,
    last: u64,
    count: u64,
    least: Interval,
}

impl Group {
    /// Takes steps that come later.
    fn extend(&mut self, last: u64, count: u64, least: &Interval) {
        self.last = last;
        self.count += count;
        if least.compare_lower(&self.least) == Ordering::Less {
            self.least = *least;
        }
    }
}

/// The steps at which the least of a sequence of enclosed values may be attained, gathered in
/// bounded memory.
///
/// # Soundness
/// Let v_t ∈ [l_t, u_t], and let t* be the first step with v_{t*} ≤ v_t for all t. A step t is left
/// out only if some u_s < l_t, or u_s ≤ l_t for an s < t; then v_s < v_t, or v_s ≤ v_t with s < t,
/// so t ≠ t*. A group of steps is dropped only if that is true of its least lower end, hence of
/// each of its steps. So t* is always among the steps that are kept, and a single step that is
/// kept is t*. For a start box, whose enclosures hold every point's values, that is true of each
/// point's own t*.
#[derive(Clone, Debug, Default)]
pub struct Attained {
    groups: Vec<Group>,
    /// Of all values seen, the one with the least upper end.
    bound: Option<Interval>,
    later: bool,
}

impl Attained {
    /// Takes the value at a step, later than those before.
    pub fn observe(&mut self, step: u64, value: &Interval) {
        match &self.bound {
            Some(bound) if bound.le(value).is_true() => return,
            Some(bound) if value.compare_upper(bound) == Ordering::Less => {
                self.groups.retain(|g| !value.lt(&g.least).is_true());
                self.bound = Some(*value);
            }
            Some(_) => {}
            None => self.bound = Some(*value),
        }
        // Long stretches of steps that may attain it are met often: no neighbours are searched.
        if self.groups.len() == MOST_GROUPS
            && let Some(last) = self.groups.last_mut()
            && last.last + 1 == step
        {
            last.extend(step, 1, value);
            return;
        }
        self.groups.push(Group {
            first: step,
            last: step,
            count: 1,
            least: *value,
        });
        if self.groups.len() > MOST_GROUPS {
            self.join();
        }
    }

    /// The same for the greatest of the values.
    pub fn observe_greatest(&mut self, step: u64, value: &Interval) {
        self.observe(step, &value.neg());
    }

    /// Takes a value that encloses those of all steps that are not made.
    pub fn observe_later(&mut self, value: &Interval) {
        self.later |= !self.bound.is_some_and(|b| b.le(value).is_true());
    }

    /// [`Attained::observe_later`] for the greatest of the values.
    pub fn observe_greatest_later(&mut self, value: &Interval) {
        self.observe_later(&value.neg());
    }

    /// Joins the two neighbours that span the fewest steps together.
    fn join(&mut self) {
        let spans = self.groups.windows(2).map(|g| g[1].last - g[0].first);
        let Some((i, _)) = spans.enumerate().min_by_key(|(_, span)| *span) else {
            return;
        };
        let next = self.groups.remove(i + 1);
        self.groups[i].extend(next.last, next.count, &next.least);
    }

    /// The step that provably attains it (the first one, of several), if it is known.
    pub fn step(&self) -> Option<u64> {
        (self.count() == 1 && !self.later).then(|| self.groups[0].first)
    }

    /// How many steps may attain it; steps that are not made are not counted.
    pub fn count(&self) -> u64 {
        self.groups.iter().map(|g| g.count).sum()
    }

    /// May it be that none of the steps made attains it, but a later one?
    pub fn is_perhaps_later(&self) -> bool {
        self.later
    }

    /// The steps one by one, where none of them were put together.
    pub fn listed(&self) -> Option<Vec<u64>> {
        let single = self.groups.iter().all(|g| g.count == 1);
        single.then(|| self.groups.iter().map(|g| g.first).collect())
    }

    /// The first step that may attain it, and the last.
    pub fn span(&self) -> Option<(u64, u64)> {
        Some((self.groups.first()?.first, self.groups.last()?.last))
    }

    /// May `step` attain it?
    pub fn contains(&self, step: u64) -> bool {
        let holds = |g: &Group| g.first <= step && step <= g.last;
        self.groups.iter().any(holds)
    }
}
