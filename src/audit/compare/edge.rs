//! Crossings of the edge 2/η, of the exact trajectory and of a trace, and how close both come
//! to it.

use rug::Rational;

use crate::audit::events::{Events, MOST_LISTED};
use crate::model::{Coefficients, Parameters, State};
use crate::number::{Ball, Enclosure, Interval, Number};
use crate::sharpness;

/// The safety margin of the crossings: how close S comes to 2/η.
#[derive(Clone, Copy, Debug)]
pub struct Margin {
    /// An enclosure of min_t |S(θ_t) − 2/η|. Where its lower end is above 0, the side of the
    /// edge is certain at every step.
    pub distance: Interval,
    /// The step whose enclosure comes closest.
    pub step: u64,
    /// The width of the enclosure of S at that step, to be compared with the distance: a
    /// number, not a bound.
    pub width: f64,
}

/// Watches S along a trajectory.
#[derive(Clone)]
pub(super) struct EdgeWatch {
    interval: (Coefficients<Interval>, Interval),
    ball: (Coefficients<Ball>, Ball),
    precision: u32,
    margin: Option<Margin>,
}

impl EdgeWatch {
    pub(super) fn new(parameters: &Parameters, precision: u32) -> Self {
        let edge = Rational::from(2) / &parameters.eta;
        EdgeWatch {
            interval: (parameters.coefficients(()), Interval::from_rational(&edge)),
            ball: (
                parameters.coefficients(precision),
                Ball::from_rational(&edge, precision),
            ),
            precision,
            margin: None,
        }
    }

    /// Looks at step t; an enclosure of ηS.
    ///
    /// # Soundness
    /// [`sharpness::enclose`]; where the enclosure touches the edge, S − 2/η is enclosed anew
    /// in balls. The pointwise minimum of enclosures encloses the minimum. A step without an
    /// enclosure could be at any distance.
    pub(super) fn observe(
        &mut self,
        t: u64,
        state: &State<Interval>,
        sharper: impl FnOnce() -> State<Ball>,
    ) -> Option<Interval> {
        let (coefficients, edge) = &self.interval;
        let sharpness = sharpness::enclose(&coefficients.hessian(state));
        let mut difference = match &sharpness {
            Ok(sharpness) => sharpness.sub(edge),
            Err(_) => Interval::ENTIRE,
        };
        if difference.contains_zero() {
            let (coefficients, edge) = &self.ball;
            let hessian = coefficients.hessian(&sharper());
            if let Ok(sharper) = sharpness::enclose_to(&hessian, self.precision) {
                difference = sharper.sub(edge).to_interval();
            }
        }
        let distance = difference.abs();
        let closer = match &self.margin {
            None => true,
            Some(margin) => lower_end(&distance)
                .lt(&lower_end(&margin.distance))
                .is_true(),
        };
        let least = match &self.margin {
            None => distance,
            Some(margin) => distance.min(&margin.distance),
        };
        match &mut self.margin {
            Some(margin) if !closer => margin.distance = least,
            margin => {
                *margin = Some(Margin {
                    distance: least,
                    step: t,
                    width: difference.upper_f64() - difference.lower_f64(),
                });
            }
        }
        Some(sharpness.ok()?.mul(&self.interval.0.eta))
    }

    pub(super) fn margin(&self) -> Option<Margin> {
        self.margin
    }
}

fn lower_end(x: &Interval) -> Interval {
    Interval::from_scaled(x.lower(), x.lower())
}

/// An upward crossing that both have: the k-th of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// t_k, of the exact trajectory.
    pub exact: u64,
    /// t̂_k, of the trace.
    pub observed: u64,
}

impl Shared {
    /// t̂_k − t_k: negative where the trace is early. Both are certified, so this is exact.
    pub fn shift(&self) -> i128 {
        i128::from(self.observed) - i128::from(self.exact)
    }
}

/// The upward crossings of 2/η of a trace against those of the exact trajectory, up to the last
/// step at which the exact one is known.
#[derive(Clone, Debug)]
pub struct CrossingComparison {
    /// The crossings that both have, in order. They stop before the first step at which the
    /// side of the edge is not decided for one of them.
    pub shared: Vec<Shared>,
    /// How many more the exact trajectory has; `None`: not decided.
    pub missing: Option<u64>,
    /// How many more the trace has up to that step; `None`: not decided.
    pub spurious: Option<u64>,
}

impl CrossingComparison {
    /// Compares, with nothing said of steps after `until`.
    ///
    /// # Soundness
    /// [`Events`] are proved, but one may be missed where the side is open; so nothing after
    /// the first open step is used.
    pub(super) fn of(exact: &Events, observed: &Events, until: u64) -> Self {
        let open = [exact.open, observed.open.filter(|&t| t <= until)];
        let limit = open.into_iter().flatten().min().unwrap_or(u64::MAX);
        let within = |events: &Events| -> Vec<u64> {
            let known = events.upward.iter().copied();
            known.filter(|&t| t <= until && t < limit).collect()
        };
        let [ours, theirs] = [within(exact), within(observed)];
        // A full list may leave some out.
        let whole = [exact, observed].iter().all(|events| {
            events.upward_count <= MOST_LISTED as u64
                || events.upward.last().is_some_and(|&t| t > until)
        });
        let decided = whole && limit == u64::MAX;
        let more =
            |x: &Vec<u64>, y: &Vec<u64>| decided.then(|| x.len().saturating_sub(y.len()) as u64);
        CrossingComparison {
            missing: more(&ours, &theirs),
            spurious: more(&theirs, &ours),
            shared: ours
                .into_iter()
                .zip(theirs)
                .map(|(exact, observed)| Shared { exact, observed })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::events::Ending;

    fn events(upward: &[u64], open: Option<u64>) -> Events {
        Events {
            upward: upward.to_vec(),
            upward_count: upward.len() as u64,
            downward_count: 0,
            last_above: None,
            ending: Ending::Above,
            open,
            last_step: 1000,
        }
    }

    fn compared(exact: &Events, observed: &Events, until: u64) -> CrossingComparison {
        CrossingComparison::of(exact, observed, until)
    }

    #[test]
    fn crossings_are_matched_in_order() {
        let (exact, observed) = (events(&[10, 20, 30], None), events(&[10, 25], None));
        let found = compared(&exact, &observed, 1000);
        let shifts: Vec<i128> = found.shared.iter().map(Shared::shift).collect();
        assert_eq!(shifts, [0, 5]);
        assert_eq!((found.missing, found.spurious), (Some(1), Some(0)));
        let found = compared(&observed, &exact, 1000);
        let shifts: Vec<i128> = found.shared.iter().map(Shared::shift).collect();
        assert_eq!(shifts, [0, -5]);
        assert_eq!((found.missing, found.spurious), (Some(0), Some(1)));
    }

    /// The last step that is known counts; later ones do not.
    #[test]
    fn nothing_is_said_of_later_steps() {
        let (exact, observed) = (events(&[10], None), events(&[12, 30], None));
        let found = compared(&exact, &observed, 30);
        assert_eq!((found.missing, found.spurious), (Some(0), Some(1)));
        let found = compared(&exact, &observed, 29);
        assert_eq!((found.missing, found.spurious), (Some(0), Some(0)));
        let late = events(&[12], Some(40));
        assert_eq!(compared(&exact, &late, 39).missing, Some(0));
        assert_eq!(compared(&exact, &late, 40).missing, None);
    }

    /// One crossing may be missed at the open step, so that later ones cannot be numbered.
    #[test]
    fn open_steps_end_the_matching() {
        let (exact, observed) = (events(&[10, 20], Some(15)), events(&[10, 20], None));
        for found in [
            compared(&exact, &observed, 1000),
            compared(&observed, &exact, 1000),
        ] {
            assert_eq!(
                (found.shared.len(), found.missing, found.spurious),
                (1, None, None)
            );
        }
    }

    /// A list that is full does not say how many follow.
    #[test]
    fn full_lists_are_not_counted() {
        let all: Vec<u64> = (1..=MOST_LISTED as u64).collect();
        let mut many = events(&all, None);
        let few = events(&[1], None);
        assert_eq!(compared(&many, &few, 20_000).missing, Some(9_999));
        many.upward_count += 1;
        assert_eq!(compared(&many, &few, 20_000).missing, None);
        assert_eq!(compared(&many, &few, 9_999).missing, Some(9_998));
        assert_eq!(compared(&many, &few, 10_000).missing, None);
    }
}
