//! The reference engine: the GD map in ball arithmetic, and nothing else.

use super::{Lost, Moment, Trajectory};
use crate::input::Range;
use crate::model::{Coefficients, Parameters, State, minimalist};
use crate::number::{Ball, Enclosure, Interval, Number, Ternary};

/// Naive balls at a fixed precision.
///
/// # Soundness
/// Every operation of [`Ball`] has the inclusion property, hence so does their composition,
/// [`Coefficients::descend`]; the projection is a pointwise minimum and maximum.
#[derive(Clone, Debug)]
pub struct Reference {
    coefficients: Coefficients<Ball>,
    bound: Option<Ball>,
    precision: u32,
    previous: State<Ball>,
    current: State<Ball>,
    clipped: [Ternary; 2],
    step: u64,
}

/// Radius of α or β₂ beyond which the enclosure is given up.
const WIDEST: f64 = 1e3;

impl Reference {
    /// At the start box.
    pub fn new(parameters: &Parameters, start: &State<Range>, precision: u32) -> Self {
        let current = start.map(|r| Ball::from_ends(&r.lower, &r.upper, precision));
        Reference {
            coefficients: parameters.coefficients(precision),
            bound: parameters
                .clip
                .as_ref()
                .map(|b| Ball::constant(b, precision)),
            precision,
            previous: current.clone(),
            current,
            clipped: [Ternary::False; 2],
            step: 0,
        }
    }

    fn state(&self, moment: Moment) -> &State<Ball> {
        match moment {
            Moment::Previous => &self.previous,
            Moment::Current => &self.current,
        }
    }
}

impl Trajectory for Reference {
    fn advance(&mut self) -> Result<(), Lost> {
        let mut next = self.coefficients.descend(&self.current).next;
        let mut clipped = Ternary::False;
        if let Some(bound) = &self.bound {
            (next.beta1, clipped) = minimalist::project(&next.beta1, bound);
        }
        let narrow = |x: &Ball| x.radius().to_f64() < WIDEST;
        if !(narrow(&next.alpha) && narrow(&next.beta2)) {
            let huge = |x: &Ball| x.midpoint().get_exp().is_some_and(|e| e > 330);
            return Err(if huge(&next.alpha) || huge(&next.beta2) {
                Lost::Range
            } else {
                Lost::Width
            });
        }
        self.previous = std::mem::replace(&mut self.current, next);
        self.clipped = [self.clipped[1], clipped];
        self.step += 1;
        Ok(())
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn interval(&self, moment: Moment) -> State<Interval> {
        self.state(moment).map(Enclosure::to_interval)
    }

    fn ball(&self, moment: Moment) -> State<Ball> {
        self.state(moment).clone()
    }

    fn clipped(&self, moment: Moment) -> Ternary {
        self.clipped[usize::from(moment == Moment::Current)]
    }

    fn precision(&self) -> u32 {
        self.precision
    }

    fn accuracy_bits(&self) -> i64 {
        self.current
            .as_array()
            .iter()
            .map(|x| x.relative_accuracy_bits())
            .min()
            .unwrap_or(0)
    }
}
