//! A trajectory as a stream of enclosures: one engine that is obviously right, one that is
//! fast and tight, and one interface to both.
//!
//! * [`mod@reference`]: the map evaluated in ball arithmetic, nothing else. Wrapping costs it
//!   hundreds of bits, so it needs a high precision.
//! * [`centred`]: a centre orbit of 64·N bits and an [`error_set`] of deviations from it,
//!   which loses little more than the sensitivity of the trajectory itself.
//!
//! Memory does not grow with the number of steps: an engine holds two iterates.

pub mod centred;
pub mod error_set;
pub mod reference;

use rug::Rational;

use crate::input::Range;
use crate::model::{Parameters, State};
use crate::number::{Ball, Interval, Ternary};

/// Which of the two iterates an engine holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// θ_{t−1}, once a step has been made.
    Previous,
    /// θ_t.
    Current,
}

/// Why an engine cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The enclosure grew beyond use: more precision, or a smaller start box, is needed.
    Width,
    /// The iterate itself left the range of the engine.
    Range,
}

/// A stream of enclosures of the iterates of gradient descent.
///
/// # Soundness
/// The contract of every implementation: after t successful calls of [`advance`], for every
/// exact start in the start box, θ_t is in the enclosures of [`Moment::Current`] and θ_{t−1}
/// in those of [`Moment::Previous`].
///
/// [`advance`]: Trajectory::advance
pub trait Trajectory {
    /// Goes from θ_t to θ_{t+1}.
    ///
    /// # Errors
    /// [`Lost`] if the next enclosure would be useless; the state is then unchanged as far
    /// as [`Moment::Current`] is concerned.
    fn advance(&mut self) -> Result<(), Lost>;

    /// The index t of the current iterate.
    fn step(&self) -> u64;

    /// An enclosure with f64 end points.
    fn interval(&self, moment: Moment) -> State<Interval>;

    /// An enclosure at the engine's own precision.
    fn ball(&self, moment: Moment) -> State<Ball>;

    /// Was β₁ clipped in the step that produced the iterate? (|β₁| before the projection
    /// exceeded the bound.) `False` at t = 0 and for plain gradient descent.
    fn clipped(&self, moment: Moment) -> Ternary;

    /// Working precision in bits.
    fn precision(&self) -> u32;

    /// Accuracy left in the current iterate: −log₂ of the radius relative to the larger of
    /// |midpoint| and 2⁻⁶⁴ for α and β₂, relative to |midpoint| for β₁; the worst of the
    /// three. An observation, for reports.
    fn accuracy_bits(&self) -> i64;
}

/// Which engine to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Centre orbit and error set.
    Centred,
    /// Naive balls.
    Reference,
}

/// The precisions the centred engine is compiled for.
pub const CENTRED_PRECISIONS: [u32; 8] = [128, 192, 256, 384, 512, 768, 1024, 1280];

/// An engine at the start box.
///
/// The centred engine takes the smallest of its precisions that is not below `precision`;
/// beyond the largest, the reference engine takes over.
pub fn start(
    engine: Engine,
    parameters: &Parameters,
    start: &State<Range>,
    precision: u32,
) -> Box<dyn Trajectory> {
    use centred::Centred;
    macro_rules! centred {
        ($($limbs:literal),*) => {
            $(if precision <= 64 * $limbs {
                return Box::new(Centred::<$limbs>::new(parameters, start));
            })*
        };
    }
    // The error set's f64 copies of h and e must not underflow or overflow.
    let limit = Rational::from(1) << 400;
    let ordinary = |q: Rational| q < limit && Rational::from(q.recip_ref()) < limit;
    let in_range = ordinary(Rational::from(&parameters.eta * &parameters.lambda1))
        && ordinary(Rational::from(&parameters.eta * &parameters.lambda2));
    if engine == Engine::Centred && in_range {
        centred!(2, 3, 4, 6, 8, 12, 16, 20);
    }
    Box::new(reference::Reference::new(parameters, start, precision))
}

impl Range {
    /// Midpoint and half width, exactly.
    pub fn midpoint_and_radius(&self) -> (Rational, Rational) {
        let midpoint = Rational::from(&self.lower + &self.upper) / 2u32;
        let radius = Rational::from(&self.upper - &self.lower) / 2u32;
        (midpoint, radius)
    }

    /// One point only?
    pub fn is_point(&self) -> bool {
        self.lower == self.upper
    }
}
