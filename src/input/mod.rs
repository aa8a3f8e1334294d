//! Run files: exact inputs of one certification.

mod file;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rug::Rational;
use rug::ops::Pow;

use crate::claim::{Claim, SourceFile};
use crate::diagnostic::InputError;
use crate::model::{Parameters, State};

/// A closed interval with exact end points; a point when they are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Lower end.
    pub lower: Rational,
    /// Upper end, not below `lower`.
    pub upper: Rational,
}

/// The verdict a run file expects of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expectation {
    /// Proved.
    Certified,
    /// Its negation is proved.
    Violated,
    /// Neither.
    Undecided,
    /// Its hypotheses are proved never to hold.
    Vacuous,
}

/// A run: everything `certify` needs, exact.
#[derive(Clone, Debug)]
pub struct Run {
    /// One line for the report (the file's stem where the file has none).
    pub title: String,
    /// Model parameters and step size.
    pub parameters: Parameters,
    /// θ₀, a point or a box.
    pub start: State<Range>,
    /// Number of GD steps.
    pub steps: u64,
    /// The claims to check, in the order of the report, with the run's constants put in.
    pub claims: Vec<Arc<Claim>>,
    /// Expected verdicts by claim id.
    pub expect: BTreeMap<String, Expectation>,
    /// The δ and ε of Theorem 4.1 to be tabulated.
    pub targets: Targets,
    /// The file.
    pub file: Arc<SourceFile>,
}

/// The δ and ε of Theorem 4.1 that are asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// δ > 0 in S ≤ (2 + δ)/η.
    pub delta: Vec<Rational>,
    /// ε > 0 in L ≤ ε.
    pub epsilon: Vec<Rational>,
}

impl Default for Targets {
    fn default() -> Self {
        let power = |n: i32| Rational::from(10).pow(-n);
        Targets {
            delta: vec![Rational::from((1, 2)), power(1), power(2), power(3)],
            epsilon: [4, 6, 8, 10, 20].map(power).into(),
        }
    }
}

/// Largest number of steps.
pub const MOST_STEPS: u64 = 1_000_000_000_000_000;

impl Run {
    /// Loads a run file and the claims it names.
    ///
    /// # Errors
    /// [`InputError`] naming file, line and field.
    pub fn load(path: &Path) -> Result<Self, InputError> {
        file::load(path)
    }

    /// Another number of steps.
    ///
    /// # Errors
    /// [`InputError`] if it is beyond [`MOST_STEPS`].
    pub fn set_steps(&mut self, steps: u64) -> Result<(), InputError> {
        if steps > MOST_STEPS {
            return Err(InputError::usage(&format!(
                "--steps {steps}: at most {MOST_STEPS} steps"
            )));
        }
        self.steps = steps;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
