//! A trace as a stream of enclosures, so that claims are evaluated on it as on the exact
//! trajectory.

use super::events::Ending;
use super::format::Format;
use super::order::Order;
use super::simulation::{Change, Observed, Simulation};
use crate::enclosure::{Lost, Moment, Trajectory};
use crate::model::{Parameters, State};
use crate::number::{Ball, Enclosure, Interval, Ternary};
use rug::Rational;

/// A trace, played to whoever watches trajectories. Its iterates are points (see
/// [`Observed`]), so what is then certified is true of the trace itself.
pub struct Playback {
    simulation: Simulation,
    previous: Iterate,
    current: Iterate,
    step: u64,
    precision: u32,
}

#[derive(Clone)]
struct Iterate {
    state: State<Observed>,
    clipped: bool,
}

/// A size beyond which a trace has left every range of interest.
const FARTHEST: f64 = 1e100;

impl Playback {
    /// From the start.
    pub fn new(
        parameters: &Parameters,
        start: &State<Rational>,
        format: &Format,
        order: &Order,
        change: &Change,
    ) -> Self {
        let simulation = Simulation::new(parameters, start, format, order, change);
        let iterate = Iterate {
            state: simulation.state(),
            clipped: false,
        };
        Playback {
            simulation,
            previous: iterate.clone(),
            current: iterate,
            step: 0,
            // Residuals of the model have up to three factors.
            precision: (4 * format.precision + 64).max(256),
        }
    }

    /// With balls of this many bits at least.
    #[must_use]
    pub fn with_precision(mut self, precision: u32) -> Self {
        self.precision = self.precision.max(precision);
        self
    }

    /// How it ended at step t, where it could not be followed: see [`Lost::Range`].
    pub(crate) fn ending(&self, t: u64) -> Ending {
        let ending = self.simulation.non_finite(t);
        ending.unwrap_or(Ending::Diverged(t))
    }

    fn iterate(&self, moment: Moment) -> &Iterate {
        match moment {
            Moment::Previous => &self.previous,
            Moment::Current => &self.current,
        }
    }
}

impl Trajectory for Playback {
    fn advance(&mut self) -> Result<(), Lost> {
        self.simulation.advance();
        let state = self.simulation.state();
        let tame = |x: &Observed| x.is_finite() && x.as_exact().magnitude().to_f64() < FARTHEST;
        if !state.as_array().into_iter().all(tame) {
            return Err(Lost::Range);
        }
        let next = Iterate {
            state,
            clipped: self.simulation.clipped(),
        };
        self.previous = std::mem::replace(&mut self.current, next);
        self.step += 1;
        Ok(())
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn interval(&self, moment: Moment) -> State<Interval> {
        self.iterate(moment)
            .state
            .map(|x| x.as_exact().to_interval())
    }

    fn ball(&self, moment: Moment) -> State<Ball> {
        self.iterate(moment)
            .state
            .map(|x| x.as_exact().with_precision(self.precision))
    }

    fn clipped(&self, moment: Moment) -> Ternary {
        self.iterate(moment).clipped.into()
    }

    fn precision(&self) -> u32 {
        self.precision
    }

    fn accuracy_bits(&self) -> i64 {
        i64::MAX
    }
}
