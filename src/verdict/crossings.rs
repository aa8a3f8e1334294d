//! How often and when something happens on a run some of whose steps are not decided.
//!
//! Where it is open on which side of a level a step is, both sides are followed. For each state
//! that the run may be in, the least and the greatest of every number over all ways that lead
//! there are kept: a dynamic programme, which a stream of steps needs no memory for.

use crate::number::Ternary;

/// A number of steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// At least so many.
    pub least: u64,
    /// At most so many.
    pub most: u64,
}

impl Count {
    /// The number, if it is known.
    pub fn exactly(self) -> Option<u64> {
        (self.least == self.most).then_some(self.least)
    }

    /// One step more, if `happens`.
    pub fn observe(&mut self, happens: Ternary) {
        self.least += u64::from(happens.is_true());
        self.most += u64::from(!happens.is_false());
    }

    fn hull(self, other: Self) -> Self {
        Count {
            least: self.least.min(other.least),
            most: self.most.max(other.most),
        }
    }

    fn plus(self, n: bool) -> Self {
        Count {
            least: self.least + u64::from(n),
            most: self.most + u64::from(n),
        }
    }
}

/// The step at which something happens, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The earliest step and the latest at which it may be; `None` if it certainly never happens.
    pub between: Option<(u64, u64)>,
    /// It may be that it never happens.
    pub perhaps_never: bool,
}

impl Default for When {
    fn default() -> Self {
        When::NEVER
    }
}

impl When {
    /// It does not happen.
    pub const NEVER: When = When {
        between: None,
        perhaps_never: true,
    };

    /// It happens at this step.
    pub fn at(step: u64) -> Self {
        When {
            between: Some((step, step)),
            perhaps_never: false,
        }
    }

    /// `Some(Some(t))`: at t. `Some(None)`: never. `None`: not known.
    pub fn exactly(self) -> Option<Option<u64>> {
        match self.between {
            None => Some(None),
            Some((x, y)) if x == y && !self.perhaps_never => Some(Some(x)),
            Some(_) => None,
        }
    }

    /// The step, if it certainly happens and it is known when.
    pub fn step(self) -> Option<u64> {
        self.exactly().flatten()
    }

    /// The first step that may be the one.
    pub fn earliest(self) -> Option<u64> {
        self.between.map(|(earliest, _)| earliest)
    }

    /// May it be `step` (`None`: that it never happens)?
    pub fn allows(self, step: Option<u64>) -> bool {
        match step {
            None => self.perhaps_never,
            Some(t) => self.between.is_some_and(|(x, y)| x <= t && t <= y),
        }
    }

    /// For the first time something happens: it happens at `step` unless it did before.
    pub fn observe_first(&mut self, step: u64, happens: Ternary) {
        if self.perhaps_never && !happens.is_false() {
            let earliest = self.earliest().unwrap_or(step);
            self.between = Some((earliest, step));
            self.perhaps_never = !happens.is_true();
        }
    }

    fn hull(self, other: Self) -> Self {
        let between = match (self.between, other.between) {
            (Some(x), Some(y)) => Some((x.0.min(y.0), x.1.max(y.1))),
            (x, y) => x.or(y),
        };
        When {
            between,
            perhaps_never: self.perhaps_never || other.perhaps_never,
        }
    }

    fn or_now(mut self, step: u64, now: bool) -> Self {
        self.observe_first(step, now.into());
        self
    }
}

/// What happened on the ways to a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ways {
    up: Count,
    down: Count,
    first_up: When,
    last_above: When,
}

impl Ways {
    fn hull(self, other: Self) -> Self {
        Ways {
            up: self.up.hull(other.up),
            down: self.down.hull(other.down),
            first_up: self.first_up.hull(other.first_up),
            last_above: self.last_above.hull(other.last_above),
        }
    }

    /// One step on, to `step`.
    fn then(self, step: u64, up: bool, down: bool, above: bool) -> Self {
        Ways {
            up: self.up.plus(up),
            down: self.down.plus(down),
            first_up: self.first_up.or_now(step, up),
            last_above: if above {
                When::at(step)
            } else {
                self.last_above
            },
        }
    }
}

/// Ways to the same state, joined.
fn join(state: &mut Option<Ways>, ways: Ways) {
    *state = Some(state.map_or(ways, |old| old.hull(ways)));
}

/// How often and when a quantity passed a level.
///
/// # Soundness
/// Each range contains the number of every sequence of sides that agrees with those decided, so
/// the number of each point of a start box; and its ends are those of such sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crossings {
    /// Steps t ≥ 1 with the quantity ≤ the level at t − 1 and above it at t.
    pub upward: Count,
    /// The other direction.
    pub downward: Count,
    /// First upward crossing.
    pub first_upward: When,
    /// Last step at which the quantity was above the level.
    pub last_above: When,
}

/// Follows both sides of a level.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CrossingFinder {
    /// Ways to the side below (or on) the level and to the one above; `None` at first.
    sides: Option<[Option<Ways>; 2]>,
}

impl CrossingFinder {
    /// Takes whether the quantity is above the level at a step.
    pub fn observe(&mut self, step: u64, above: Ternary) {
        let possible = [!above.is_true(), !above.is_false()];
        let old = self.sides;
        let mut new = [None, None];
        for (to, side) in new.iter_mut().enumerate().filter(|(to, _)| possible[*to]) {
            let Some(sides) = old else {
                join(side, Ways::default().then(step, false, false, to == 1));
                continue;
            };
            for (from, ways) in sides.iter().enumerate() {
                if let Some(ways) = ways {
                    join(side, ways.then(step, from < to, from > to, to == 1));
                }
            }
        }
        self.sides = Some(new);
    }

    /// What happened so far.
    pub fn finish(&self) -> Crossings {
        let sides = self.sides.unwrap_or_default().into_iter().flatten();
        let all = sides.reduce(Ways::hull).unwrap_or_default();
        Crossings {
            upward: all.up,
            downward: all.down,
            first_upward: all.first_up,
            last_above: all.last_above,
        }
    }
}

/// Changes of a sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flips {
    /// Steps at which the sign is the opposite of the last one that was not 0.
    pub count: Count,
    /// The first of them.
    pub first: When,
}

/// Follows the last sign that was not 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlipFinder {
    /// Ways to having seen no sign yet, −, and +.
    signs: [Option<Ways>; 3],
}

impl Default for FlipFinder {
    fn default() -> Self {
        FlipFinder {
            signs: [Some(Ways::default()), None, None],
        }
    }
}

impl FlipFinder {
    /// Takes whether the number is negative and whether it is positive at a step; 0 is neither, and
    /// no flip.
    pub fn observe(&mut self, step: u64, negative: Ternary, positive: Ternary) {
        let possible = [
            !negative.is_true() && !positive.is_true(),
            !negative.is_false() && !positive.is_true(),
            !positive.is_false() && !negative.is_true(),
        ];
        let mut new = [None; 3];
        for (old, ways) in self.signs.into_iter().enumerate() {
            let Some(ways) = ways else { continue };
            for sign in (0..3).filter(|sign| possible[*sign]) {
                let flips = old != 0 && sign != 0 && old != sign;
                let state = if sign == 0 { old } else { sign };
                join(&mut new[state], ways.then(step, flips, false, false));
            }
        }
        self.signs = new;
    }

    /// What happened so far.
    pub fn finish(&self) -> Flips {
        let all = self.signs.into_iter().flatten().reduce(Ways::hull);
        let all = all.unwrap_or_default();
        Flips {
            count: all.up,
            first: all.first_up,
        }
    }
}

#[cfg(test)]
mod tests;
