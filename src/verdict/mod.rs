//! Verdicts: what is proved of a claim, on which steps, and by how much.

pub mod all_time;
pub mod checker;
pub mod facts;
pub mod monitor;
mod scope;
pub mod tail;

use std::sync::Arc;

use crate::claim::Claim;
use crate::input::Expectation;
use crate::model::State;
use crate::number::{Ball, Interval};
use crate::sharpness::Witness;

/// Nothing else is ever said of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Proved for the exact trajectory, at every step it speaks about.
    Certified,
    /// Its negation is proved: there is a witness step.
    Violated,
    /// Neither; the reason says what stopped it.
    Undecided,
    /// Its hypotheses are proved never to hold on this run.
    Vacuous,
}

impl Verdict {
    /// The word reports use.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Certified => "certified",
            Verdict::Violated => "violated",
            Verdict::Undecided => "undecided",
            Verdict::Vacuous => "vacuous",
        }
    }

    /// The sign reports put before the word.
    pub fn sign(self) -> &'static str {
        match self {
            Verdict::Certified => "✓",
            Verdict::Violated => "✗",
            Verdict::Undecided => "?",
            Verdict::Vacuous => "–",
        }
    }

    /// Whether it is what the run file expects. Without an expectation, `certified` and
    /// `vacuous` are.
    pub fn meets(self, expected: Option<Expectation>) -> bool {
        match expected {
            None => matches!(self, Verdict::Certified | Verdict::Vacuous),
            Some(Expectation::Certified) => self == Verdict::Certified,
            Some(Expectation::Violated) => self == Verdict::Violated,
            Some(Expectation::Undecided) => self == Verdict::Undecided,
            Some(Expectation::Vacuous) => self == Verdict::Vacuous,
        }
    }
}

/// Why a claim is undecided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The enclosures are too wide to decide a comparison, at the precision cap.
    Precision,
    /// They are too wide because the start is a box.
    StartBox,
    /// Whether β₁ is clipped at a step is open.
    Clip,
    /// A subexpression has no value on the enclosures (a divisor's contains 0, say).
    Undefined,
    /// The run ends before the claim is settled.
    Horizon,
    /// The run leaves every bounded range before its last step.
    Escape,
    /// The user stopped the run.
    Interrupted,
}

impl Reason {
    /// The word of the JSON report.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Precision => "precision",
            Reason::StartBox => "start-box",
            Reason::Clip => "clip",
            Reason::Undefined => "undefined",
            Reason::Horizon => "horizon",
            Reason::Escape => "escape",
            Reason::Interrupted => "interrupted",
        }
    }

    /// May more precision decide it?
    pub fn precision_may_help(self) -> bool {
        matches!(self, Reason::Precision | Reason::Clip | Reason::Undefined)
    }
}

/// What stopped a claim from being decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Why.
    pub reason: Reason,
    /// At which step, if at one.
    pub step: Option<u64>,
    /// The clause or subexpression, and the enclosures that did not suffice.
    pub detail: String,
}

/// Steps at which it is open whether a claim's hypotheses hold; they count for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSteps {
    /// How many.
    pub steps: u64,
    /// What is open at the first of them.
    pub first: Obstacle,
}

/// What makes a violation checkable by hand.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The step t.
    pub step: u64,
    /// The clause that fails.
    pub clause: String,
    /// Enclosures of the two sides of the comparison that fails, if it is one.
    pub sides: Option<(Interval, Interval)>,
    /// An enclosure of θ_t.
    pub state: State<Ball>,
    /// For S > c: a vector whose Rayleigh quotient exceeds c.
    pub rayleigh: Option<Witness>,
}

/// How far a clause is from being violated, over all steps checked.
#[derive(Clone, Debug)]
pub struct Slack {
    /// Enclosure of the least slack (larger side minus smaller side).
    pub absolute: Interval,
    /// Enclosure of the least relative slack: slack over the larger side's size. `None`
    /// where one side is the constant 0, of which nothing is relative.
    pub relative: Option<Interval>,
    /// The tightest step: where the slack's enclosure reaches lowest.
    pub step: u64,
}

/// One conclusion of a claim.
#[derive(Clone, Debug)]
pub struct ClauseResult {
    /// Its text.
    pub text: String,
    /// Its slack; `None` for identities, flags, and where nothing was checked.
    pub slack: Option<Slack>,
    /// Whether it was proved for all states and parameters by exact algebra.
    pub identity: bool,
}

/// The certified best value of a claim's constant on the run.
#[derive(Clone, Debug)]
pub struct TightConstant {
    /// The constant.
    pub name: String,
    /// The value the claim uses.
    pub claimed: rug::Rational,
    /// Enclosure of the tight value.
    pub value: Interval,
    /// The same at the engine's precision, if that was asked for.
    pub ball: Option<Ball>,
    /// Whether it is the least of the values over the steps, or the greatest.
    pub least: bool,
    /// The step that decides it.
    pub step: u64,
}

/// Everything that is known of one claim on one run.
#[derive(Clone, Debug)]
pub struct ClaimResult {
    /// The claim.
    pub claim: Arc<Claim>,
    /// The verdict.
    pub verdict: Verdict,
    /// What the run file expects, if it says so.
    pub expected: Option<Expectation>,
    /// Steps that count: they certainly belong to the scope, and all hypotheses certainly hold.
    pub checked: u64,
    /// Conclusions proved false, over all steps.
    pub violated: u64,
    /// Steps of the scope at which the hypotheses are proved false.
    pub skipped: u64,
    /// How often the scope began (stretches, or 1).
    pub scopes: u64,
    /// The conclusions.
    pub clauses: Vec<ClauseResult>,
    /// The tight constant, if the claim has one and a step decided it.
    pub tight: Option<TightConstant>,
    /// Worst relative slack is provably above the claim's threshold.
    pub loose: bool,
    /// The violation, if there is one.
    pub violation: Option<Violation>,
    /// The obstacle, if it is undecided.
    pub obstacle: Option<Obstacle>,
    /// Steps at which the hypotheses are open, if there are any.
    pub open: Option<OpenSteps>,
    /// Why not all of the scope was seen, if so: counts and slack are then those of the
    /// steps seen, and there is no tight constant.
    pub cut_short: Option<Reason>,
    /// One line: why it is vacuous, at which step an event happened.
    pub note: Option<String>,
    /// Precision at which the verdict was reached.
    pub precision: u32,
}

impl ClaimResult {
    /// As expected?
    pub fn met(&self) -> bool {
        self.verdict.meets(self.expected)
    }

    /// The clause with the least relative (else absolute) slack.
    pub fn tightest(&self) -> Option<&ClauseResult> {
        let key = |c: &ClauseResult| {
            c.slack
                .as_ref()
                .map(|s| s.relative.as_ref().unwrap_or(&s.absolute).lower_f64())
        };
        self.clauses
            .iter()
            .filter(|c| c.slack.is_some())
            .min_by(|x, y| {
                key(x)
                    .partial_cmp(&key(y))
                    .unwrap_or(std::cmp::Ordering::Equal)
            })
    }
}
