//! Claims: statements about a trajectory, as data.

pub mod evaluate;
pub mod file;
pub mod identity;
pub mod program;
pub mod proof;
pub mod tie;

use std::path::PathBuf;
use std::sync::Arc;

use rug::Rational;

use crate::expression::{Condition, Expr, Span};
use crate::input::Changes;

/// A text file that was read, for messages that point into it.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    /// What stands at a place, with its white space reduced to single spaces.
    pub fn one_line(&self, span: &Span) -> String {
        let text = self.text.get(span.clone()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// How close a claim is to the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// In the paper's abstract, theorem list or captions.
    Stated,
    /// Our reading of a named result whose wording we do not have.
    Reconstructed,
    /// Our own.
    Derived,
}

/// One condition as written, for reports and messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// The text in the file.
    pub text: String,
    /// What it says.
    pub condition: Condition,
    /// Where it stands.
    pub span: Option<Span>,
}

/// An event in time: the first step at which something happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// `first_edge_crossing`, `crossing(k)`: the k-th step t ≥ 1 with a_{t−1} ≤ 2 < a_t.
    Crossing(u64),
    /// `spike(k)`: the k-th step t ≥ 1 with b_{t−1} ≤ 1/1000 < b_t.
    Spike(u64),
    /// `first(CONDITION)`.
    First(Condition),
    /// `trap`: the first step at which Theorem 12 is seen to hold.
    Trap,
}

/// The steps a claim speaks about, and where its scope starts (what `start(x)` refers to).
#[derive(Clone, Debug, PartialEq)]
pub enum Scope {
    /// `every step`: 0 ≤ t ≤ horizon.
    EveryStep,
    /// `from EVENT`: from the event's step on.
    From(Event),
    /// `until EVENT`: 0 ≤ t < the event's step.
    Until(Event),
    /// `steps N to M`: N ≤ t ≤ M, constants of the claim.
    Steps(Expr, Expr),
    /// `some step to M`: the conclusion holds at one t ≤ M at least.
    SomeStep(Expr),
    /// `from first given`: from the first step at which `given` holds.
    FromFirstGiven,
    /// `each stretch where CONDITION`: each maximal interval of steps on which it holds,
    /// with a scope of its own.
    EachStretch(Condition),
    /// `for all t >= N`: every step from N on, also those that are not made.
    ForAll(Expr),
    /// `eventually always`: every step from some step on, also those that are not made.
    Eventually,
}

/// `reach = { goal = '…', within = '…' }`: the goal holds at a step t₁ with
/// t₁ − start ≤ within, `within` evaluated at the scope's start.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// What must happen.
    pub goal: Clause,
    /// In how many steps at most.
    pub within: Expr,
}

/// Which value of a constant would be tight.
#[derive(Clone, Debug, PartialEq)]
pub struct Tight {
    /// The constant's name.
    pub constant: String,
    /// Its largest or smallest admissible value at one step.
    pub from: Expr,
    /// Whether the tight value over the run is the least (`true`) or the greatest of them.
    pub least: bool,
}

/// A perturbation that is known to violate a claim: a hypothesis dropped or a constant moved.
/// A claim that holds whatever one does to it says nothing, or is checked by something that
/// sees nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Falsify {
    /// Which hypothesis is dropped or which constant moved, in one line.
    pub why: String,
    /// The run file; only its exact inputs are used, not its claims, expectations and constants.
    pub run: PathBuf,
    /// Where the file names it.
    pub run_span: Span,
    /// What differs from the run's inputs.
    pub changes: Changes,
    /// Everything that differs, in the order of the file, as written: `lambda2 = 50`.
    pub written: Vec<String>,
    /// The perturbed claim, under the same id. It has no tight constant and no perturbation.
    pub claim: Arc<Claim>,
}

/// A claim as read from its file. Names are checked, not yet resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Unique id, `theorem-4.4.growth`.
    pub id: String,
    /// One line.
    pub title: String,
    /// The paper's statement this stands for, or where it comes from.
    pub source: String,
    /// How close to the paper it is.
    pub provenance: Provenance,
    /// Where the proof is: `dynamics.md#theorem-7`, next to the claim file or one folder above;
    /// `none` if there is none.
    pub proof: String,
    /// Where the file says so.
    pub proof_span: Span,
    /// The statement in words and mathematics, for `explain` (may be empty).
    pub statement: String,
    /// Exact constants; a run may override them.
    pub constants: Vec<(String, Rational)>,
    /// Abbreviations, in order; each may use the earlier ones.
    pub define: Vec<(String, Expr)>,
    /// Hypotheses at the scope's start.
    pub given: Vec<Clause>,
    /// Hypotheses at each step.
    pub when: Vec<Clause>,
    /// The conclusions (empty only if `reach` is there).
    pub then: Vec<Clause>,
    /// Steps it speaks about.
    pub scope: Scope,
    /// The same as written.
    pub scope_text: String,
    /// A conclusion about an event.
    pub reach: Option<Reach>,
    /// The constant to be tightened.
    pub tight: Option<Tight>,
    /// A worst relative slack certainly above this is reported as loose.
    pub loose_above: Rational,
    /// What is known to violate it.
    pub falsify: Option<Falsify>,
    /// The file.
    pub file: Arc<SourceFile>,
}

impl Claim {
    /// The perturbed claim, if the file describes one.
    pub fn perturbed(&self) -> Option<Arc<Claim>> {
        self.falsify.as_ref().map(|f| f.claim.clone())
    }
}
