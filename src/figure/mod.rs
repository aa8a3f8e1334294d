//! Pictures of runs: every point is an enclosure, or is said to be an observation.
//!
//! * [`record`]: gathers what is drawn along a run, in bounded memory;
//! * [`run`]: the figures of any run;
//! * [`paper`]: Figures 1 to 5 of the paper, and three more on runs of our own choice.

pub mod paper;
pub mod record;
pub mod run;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::certify::{CertifyError, Progress};
use crate::diagnostic::InputError;
use crate::flow::FlowError;
use crate::number::{Interval, Undefined, decimal};
use crate::report::chart::Chart;

/// For how many columns data are kept.
pub const COLUMNS: usize = 720;

/// A figure: one chart, or several below each other.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The name of its files, as `figure-1`.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// How to read it, and from which inputs it was made.
    pub caption: String,
    /// Its charts, each with a name for its file of data.
    pub panels: Vec<(&'static str, Chart)>,
    /// Whether the work was interrupted, so that it shows less than it could.
    pub partial: bool,
}

/// Why a figure cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// As in certifying.
    #[error(transparent)]
    Certify(#[from] CertifyError),
    /// A flow could not be enclosed.
    #[error("gradient flow: {0}")]
    Flow(#[from] FlowError),
    /// An operation on an enclosure has no value.
    #[error("an enclosure is too wide for an operation ({0:?})")]
    Undefined(Undefined),
    /// The run is not one the figure can be made of.
    #[error("{0}")]
    Unsuitable(String),
}

impl From<InputError> for FigureError {
    fn from(error: InputError) -> Self {
        FigureError::Certify(error.into())
    }
}

impl From<Undefined> for FigureError {
    fn from(undefined: Undefined) -> Self {
        FigureError::Undefined(undefined)
    }
}

/// How the work on figures is watched and stopped.
pub struct Work<'a> {
    /// Set from outside to stop it.
    pub interrupt: &'a AtomicBool,
    /// Told now and then how far it is.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// Steps between two looks at the interrupt.
const LOOK_EVERY: u64 = 512;

impl Work<'_> {
    /// Is it to be stopped?
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// Tells where a loop over steps is; false if it is to be stopped.
    pub(crate) fn goes_on(&mut self, step: u64, steps: u64, precision: u32) -> bool {
        if step.is_multiple_of(LOOK_EVERY) {
            (self.progress)(Progress {
                step,
                steps,
                precision,
                holding: 0,
                stuck: 0,
                violated: 0,
            });
            return !self.is_interrupted();
        }
        true
    }
}

/// A width for a caption: two digits, rounded up.
fn width_text(width: f64) -> String {
    if width.is_finite() {
        decimal::upper(&Interval::from_bounds(width, width, 0), 2)
    } else {
        "∞".into()
    }
}
