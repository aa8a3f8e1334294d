//! Run files: exact inputs of one certification.

mod file;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rug::Rational;
use rug::ops::Pow;

use crate::claim::{Claim, SourceFile};
use crate::diagnostic::{InputError, InputKind};
use crate::document::Table;
use crate::expression::Span;
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

/// What a perturbation changes of a run's exact inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Another number of steps.
    pub steps: Option<u64>,
    /// Other coordinates of θ₀; the others stay.
    pub start: Option<State<Option<Range>>>,
    /// Another learning rate.
    pub eta: Option<Rational>,
    /// Another λ₁.
    pub lambda1: Option<Rational>,
    /// Another λ₂.
    pub lambda2: Option<Rational>,
    /// Another bound of the projection, or none.
    pub clip: Option<Option<Rational>>,
    /// Where λ₂ (else λ₁) is given, for messages.
    place: Option<(Arc<SourceFile>, Span, String)>,
}

/// The fields of [`Changes`], as they are written.
pub const CHANGEABLE: [&str; 6] = ["steps", "start", "eta", "lambda1", "lambda2", "projection"];

const WRONG_ORDER: &str =
    "λ₂ must not be greater than λ₁: the irrelevant feature has the larger variance";

impl Changes {
    /// The changes that the fields [`CHANGEABLE`] of a table ask for.
    ///
    /// # Errors
    /// [`InputError`] as for a run file; `projection` may also be `false`.
    pub fn read(table: &Table<'_>) -> Result<Self, InputError> {
        file::changes(table)
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

    /// Loads a run file's exact inputs: its claims, expectations and constants are passed over.
    ///
    /// # Errors
    /// [`InputError`] naming file, line and field.
    pub fn load_inputs(path: &Path) -> Result<Self, InputError> {
        file::load_inputs(path)
    }

    /// The run with other inputs.
    ///
    /// # Errors
    /// [`InputError`] where the changes are written, if λ₂ > λ₁ in the end.
    pub fn perturbed(&self, changes: &Changes) -> Result<Self, InputError> {
        let mut run = self.clone();
        let set = |slot: &mut Rational, value: &Option<Rational>| {
            if let Some(value) = value {
                slot.clone_from(value);
            }
        };
        set(&mut run.parameters.lambda1, &changes.lambda1);
        set(&mut run.parameters.lambda2, &changes.lambda2);
        set(&mut run.parameters.eta, &changes.eta);
        if run.parameters.lambda2 > run.parameters.lambda1 {
            return Err(match &changes.place {
                Some((file, span, field)) => {
                    let message = format!("`{field}`: {WRONG_ORDER}");
                    InputError::at(InputKind::Value, file, Some(span.clone()), message)
                }
                None => InputError::at(InputKind::Value, &self.file, None, WRONG_ORDER),
            });
        }
        if let Some(clip) = &changes.clip {
            run.parameters.clip.clone_from(clip);
        }
        if let Some(steps) = changes.steps {
            run.steps = steps;
        }
        if let Some(start) = &changes.start {
            let set = |slot: &mut Range, value: &Option<Range>| {
                if let Some(value) = value {
                    slot.clone_from(value);
                }
            };
            set(&mut run.start.alpha, &start.alpha);
            set(&mut run.start.beta1, &start.beta1);
            set(&mut run.start.beta2, &start.beta2);
        }
        Ok(run)
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
