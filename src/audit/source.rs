//! Trajectories that can be followed again: the exact one, and traces.

use std::sync::Arc;

use rug::Rational;

use super::arithmetic::{Arithmetic, Emulation};
use super::format::Format;
use super::order::{Order, Storage};
use super::playback::Playback;
use super::simulation::Change;
use crate::enclosure::{self, Engine, Trajectory};
use crate::input::{Range, Run};
use crate::model::{Parameters, State};

/// The exact inputs of gradient descent from a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// Parameters and step size.
    pub parameters: Parameters,
    /// θ₀.
    pub start: State<Rational>,
}

impl Inputs {
    /// Those of a run; `None` if its start is a box.
    pub fn of(run: &Run) -> Option<Self> {
        let is_point = run.start.as_array().into_iter().all(Range::is_point);
        is_point.then(|| Inputs {
            parameters: run.parameters.clone(),
            start: run.start.map(|range| range.lower.clone()),
        })
    }

    /// Those that a format stores; `None` if one of them overflows, or the rounded ones are
    /// none of the model's (λ₁, λ₂, η or the clip bound becomes 0).
    pub fn rounded(&self, format: &Format) -> Option<Self> {
        let round = |q: &Rational| round(format, q);
        let Parameters {
            lambda1,
            lambda2,
            eta,
            clip,
        } = &self.parameters;
        let clip = match clip {
            Some(bound) => Some(round(bound)?),
            None => None,
        };
        let parameters = Parameters {
            lambda1: round(lambda1)?,
            lambda2: round(lambda2)?,
            eta: round(eta)?,
            clip,
        };
        let start = State {
            alpha: round(&self.start.alpha)?,
            beta1: round(&self.start.beta1)?,
            beta2: round(&self.start.beta2)?,
        };
        let inputs = Inputs { parameters, start };
        inputs.are_sound().then_some(inputs)
    }

    /// Are λ₁, λ₂, η and the clip bound positive?
    pub(crate) fn are_sound(&self) -> bool {
        let Parameters {
            lambda1,
            lambda2,
            eta,
            clip,
        } = &self.parameters;
        [lambda1, lambda2, eta]
            .into_iter()
            .chain(clip)
            .all(|q| *q > 0)
    }
}

/// An input that a format stores with a larger error than rounding a normal number has.
#[derive(Clone, Debug, PartialEq)]
pub struct Distorted {
    /// Its name in a run file; `projection` for the bound of the projection.
    pub name: &'static str,
    /// The input.
    pub exact: Rational,
    /// What is stored; `None`: infinity.
    pub stored: Option<Rational>,
}

impl Distorted {
    /// The names of the parameters, in the order in which they are looked at.
    const PARAMETERS: [&'static str; 4] = ["eta", "lambda1", "lambda2", "projection"];

    /// Is it stored as 0?
    pub fn is_zero(&self) -> bool {
        self.stored.as_ref().is_some_and(Rational::is_zero)
    }

    /// Is it a parameter, and no coordinate of the start?
    pub fn is_parameter(&self) -> bool {
        Self::PARAMETERS.contains(&self.name)
    }
}

impl Inputs {
    /// The inputs that a format stores as 0 or infinity, or with a relative error above
    /// 2^(1−p), as subnormal numbers may have: more than any rounding of a normal number.
    /// `change` and `storage` say how β₁ is stored; by its logarithm it is never lost.
    pub fn distorted(&self, format: &Format, storage: Storage, change: &Change) -> Vec<Distorted> {
        let Parameters {
            lambda1,
            lambda2,
            eta,
            clip,
        } = &self.parameters;
        let scale = match storage {
            Storage::Plain => Some(0),
            Storage::Scaled => Some(change.scale),
            Storage::Logarithmic => None,
        };
        let mut inputs = vec![
            ("eta", eta, Some(0)),
            ("lambda1", lambda1, Some(0)),
            ("lambda2", lambda2, Some(0)),
        ];
        inputs.extend(clip.iter().map(|bound| ("projection", bound, scale)));
        inputs.extend([
            ("alpha", &self.start.alpha, Some(0)),
            ("beta1", &self.start.beta1, scale),
            ("beta2", &self.start.beta2, Some(0)),
        ]);
        inputs
            .into_iter()
            .filter_map(|(name, exact, scale)| {
                let scale = scale?;
                let stored = round(format, &Rational::from(exact << scale)).map(|q| q >> scale);
                let is_close = stored.as_ref().is_some_and(|stored| {
                    let error = Rational::from(stored - exact).abs();
                    let most = Rational::from(exact.abs_ref()) << 1u32;
                    error <= most >> format.precision
                });
                (!is_close).then(|| Distorted {
                    name,
                    exact: exact.clone(),
                    stored,
                })
            })
            .collect()
    }
}

/// The number of the format that stands for q; `None` if it is infinite.
pub(crate) fn round(format: &Format, q: &Rational) -> Option<Rational> {
    Emulation::new(format).constant(q).to_rational()
}

/// A trajectory that can be followed again and again.
#[derive(Clone, Debug)]
pub enum Source {
    /// The exact one, enclosed.
    Exact(Inputs),
    /// A trace.
    Trace {
        /// What is rounded to the format at the start.
        inputs: Inputs,
        /// The format.
        format: Format,
        /// The order.
        order: Arc<Order>,
        /// How the algorithm is changed.
        change: Change,
    },
}

impl Source {
    /// The trace of a format in an order, its algorithm unchanged.
    pub fn trace(inputs: &Inputs, format: &Format, order: &Arc<Order>) -> Self {
        // Rounding twice is rounding once, where the numbers are stored as they are: traces of
        // the same numbers are then seen to be the same.
        let rounded = match order.storage {
            Storage::Plain => inputs.rounded(format),
            Storage::Scaled | Storage::Logarithmic => None,
        };
        Source::Trace {
            inputs: rounded.unwrap_or_else(|| inputs.clone()),
            format: format.clone(),
            order: order.clone(),
            change: Change::default(),
        }
    }

    /// The same trajectory? (Traces are those of the same numbers.)
    pub fn is(&self, other: &Source) -> bool {
        match (self, other) {
            (Source::Exact(x), Source::Exact(y)) => x == y,
            (
                Source::Trace {
                    inputs,
                    format,
                    order,
                    change,
                },
                Source::Trace {
                    inputs: other_inputs,
                    format: other_format,
                    order: other_order,
                    change: other_change,
                },
            ) => {
                inputs == other_inputs
                    && format.is_same(other_format)
                    && order.id == other_order.id
                    && change == other_change
            }
            _ => false,
        }
    }

    /// Is a pass with more bits worth while after one with `bits`?
    pub(crate) fn gains_beyond(&self, bits: u32) -> bool {
        let most = match self {
            Source::Exact(_) => MOST_BITS,
            // Its iterates are as exact as they can be from the start; what claims remember
            // of them is not.
            Source::Trace { .. } => 2 * FIRST_BITS,
        };
        bits <= most
    }

    /// Its beginning, evaluated with this many bits at least.
    pub fn play(&self, bits: u32) -> Box<dyn Trajectory> {
        if let Some(trace) = self.play_trace(bits) {
            return Box::new(trace);
        }
        let (Source::Exact(inputs) | Source::Trace { inputs, .. }) = self;
        let start = inputs.start.map(|q| Range {
            lower: q.clone(),
            upper: q.clone(),
        });
        enclosure::start(Engine::Centred, &inputs.parameters, &start, bits)
    }

    /// The beginning of a trace, as [`Source::play`].
    pub(crate) fn play_trace(&self, bits: u32) -> Option<Playback> {
        let Source::Trace {
            inputs,
            format,
            order,
            change,
        } = self
        else {
            return None;
        };
        let Inputs { parameters, start } = inputs;
        let playback = Playback::new(parameters, start, format, order, change);
        Some(playback.with_precision(2 * bits))
    }
}

/// Bits of the first pass.
pub(crate) const FIRST_BITS: u32 = 128;
/// Passes with more bits than this are not followed by others.
const MOST_BITS: u32 = 1024;
