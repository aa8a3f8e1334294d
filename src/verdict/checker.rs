//! Deciding conditions on a pair of consecutive iterates, with as much precision as it
//! takes: f64 intervals first, the engine's own balls next, exact rationals for the first
//! few steps of a point start.

use std::sync::Arc;

use rug::Rational;

use super::slack::SlackValue;
use super::{Obstacle, Reason, Violation};
use crate::claim::evaluate::{Evaluator, Failure, Frame, Memory, System};
use crate::claim::program::{At, CompiledClause, Occasion, Operation, Program, Test, Value};
use crate::claim::tie::Order;
use crate::diagnostic::line_and_column;
use crate::enclosure::{Lost, Moment, Trajectory};
use crate::expression::Relation;
use crate::model::{Coefficients, Parameters, State, minimalist};
use crate::number::{Ball, Enclosure, Interval, Number, Ternary, Undefined};
use crate::sharpness;

/// The number system a claim's memory is kept in, or a test was decided in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// f64 intervals.
    Interval,
    /// Balls.
    Ball,
    /// Exact rationals.
    Exact,
}

/// Iterates kept exactly: their size triples with each step.
const EXACT_STEPS: usize = 5;

/// A remembered value.
#[derive(Clone, Debug)]
pub struct Stored {
    interval: Interval,
    ball: Option<Ball>,
    /// The value itself, on a trace.
    exact: Option<Rational>,
}

impl Stored {
    /// 0.
    pub fn zero() -> Self {
        let zero = Rational::new();
        Stored {
            interval: Interval::constant(&zero, ()),
            ball: Some(Ball::constant(&zero, 64)),
            exact: Some(zero),
        }
    }

    /// An interval alone.
    pub fn of(interval: Interval) -> Self {
        Stored {
            interval,
            ball: None,
            exact: None,
        }
    }

    /// As a ball, if it was computed as one.
    pub fn ball(&self) -> Option<&Ball> {
        self.ball.as_ref()
    }

    /// As an f64 interval.
    pub fn interval(&self) -> &Interval {
        &self.interval
    }

    fn combine(
        &self,
        other: &Self,
        interval: fn(&Interval, &Interval) -> Interval,
        ball: fn(&Ball, &Ball) -> Ball,
        exact: fn(&Rational, &Rational) -> Option<Rational>,
    ) -> Self {
        Stored {
            interval: interval(&self.interval, &other.interval),
            ball: self
                .ball
                .as_ref()
                .zip(other.ball.as_ref())
                .map(|(x, y)| ball(x, y)),
            exact: self
                .exact
                .as_ref()
                .zip(other.exact.as_ref())
                .and_then(|(x, y)| exact(x, y))
                .filter(System::is_moderate),
        }
    }

    /// A value that contains both.
    ///
    /// # Soundness
    /// The hull of enclosures contains each exact value; an exact one is kept only if both are it.
    pub fn hull(&self, other: &Self) -> Self {
        self.combine(other, Enclosure::hull, Enclosure::hull, |x, y| {
            (x == y).then(|| x.clone())
        })
    }

    /// The larger of both.
    pub fn max(&self, other: &Self) -> Self {
        self.combine(other, Enclosure::max, Enclosure::max, |x, y| {
            Some(Enclosure::max(x, y))
        })
    }

    /// The smaller of both.
    pub fn min(&self, other: &Self) -> Self {
        self.combine(other, Enclosure::min, Enclosure::min, |x, y| {
            Some(Enclosure::min(x, y))
        })
    }

    /// The sum of both.
    pub fn add(&self, other: &Self) -> Self {
        self.combine(other, Number::add, Number::add, |x, y| {
            Some(Number::add(x, y))
        })
    }
}

#[derive(Default)]
struct Recall {
    claim: usize,
    precision: u32,
    memory: Vec<Option<Stored>>,
    scope_starts: bool,
}

impl Recall {
    fn get(&self, claim: usize, slot: usize) -> Option<&Stored> {
        debug_assert_eq!(claim, self.claim, "memory of another claim");
        self.memory.get(slot)?.as_ref()
    }
}

impl Memory<Interval> for Recall {
    fn recall(&self, claim: usize, slot: usize) -> Option<Interval> {
        self.get(claim, slot).map(|s| s.interval)
    }

    fn scope_starts(&self) -> bool {
        self.scope_starts
    }
}

impl Memory<Ball> for Recall {
    fn recall(&self, claim: usize, slot: usize) -> Option<Ball> {
        self.get(claim, slot).map(|s| {
            s.ball
                .clone()
                .unwrap_or_else(|| Ball::from_interval(&s.interval, self.precision))
        })
    }

    fn scope_starts(&self) -> bool {
        self.scope_starts
    }
}

impl Memory<Rational> for Recall {
    fn recall(&self, claim: usize, slot: usize) -> Option<Rational> {
        self.get(claim, slot)?.exact.clone()
    }
}

/// Holds the trajectory and answers questions about its current pair of iterates.
pub struct Judge {
    program: Arc<Program>,
    trajectory: Box<dyn Trajectory>,
    interval: Evaluator<Interval>,
    ball: Evaluator<Ball>,
    exact: Evaluator<Rational>,
    exact_iterates: ExactIterates,
    clip: Option<Rational>,
    coefficients: Coefficients<Ball>,
    /// Step of the pair the ball (exact) evaluator holds, and whether θ_{t+1} was there.
    ball_pair: Option<u64>,
    exact_pair: Option<u64>,
    step: u64,
    has_next: bool,
    recall: Recall,
    level: Level,
    decided_at: Level,
    failure: Option<Failure>,
    start_is_box: bool,
    alarm: Option<String>,
    trapped_at: Option<u64>,
}

impl Judge {
    /// At step 0 of a trajectory; call [`Judge::advance`] before asking anything.
    pub fn new(
        program: Arc<Program>,
        parameters: &Parameters,
        exact_start: Option<State<Rational>>,
        trajectory: Box<dyn Trajectory>,
    ) -> Self {
        let size = program.nodes.len();
        let precision = trajectory.precision();
        let coefficients = parameters.coefficients::<Ball>(precision);
        let mut judge = Judge {
            interval: Evaluator::new(size, parameters.coefficients(()), ()),
            ball: Evaluator::new(size, coefficients.clone(), precision),
            exact: Evaluator::new(size, parameters.coefficients(()), ()),
            exact_iterates: ExactIterates::new(parameters, exact_start.clone()),
            clip: parameters.clip.clone(),
            coefficients,
            program,
            trajectory,
            ball_pair: None,
            exact_pair: None,
            step: 0,
            has_next: false,
            recall: Recall {
                precision,
                ..Recall::default()
            },
            level: Level::Interval,
            decided_at: Level::Interval,
            failure: None,
            start_is_box: exact_start.is_none(),
            alarm: None,
            trapped_at: None,
        };
        let first = judge.interval_frame(Moment::Current, 0);
        judge.interval.push(Some(first));
        judge
    }

    /// At step 0 of a trajectory that is not, or not exactly, the gradient descent of these
    /// parameters: nothing is computed but from its own enclosures. `parameters` are those
    /// that claims speak of.
    pub fn of_trace(
        program: Arc<Program>,
        parameters: &Parameters,
        trajectory: Box<dyn Trajectory>,
    ) -> Self {
        let judge = Self::new(program, parameters, None, trajectory);
        Judge {
            start_is_box: false,
            // A clipped β₁ is the bound as it is stored, which its ball is.
            clip: None,
            interval: judge.interval.of_trace(),
            ball: judge.ball.of_trace(),
            exact: judge.exact.of_trace(),
            ..judge
        }
    }

    fn interval_frame(&self, moment: Moment, step: u64) -> Frame<Interval> {
        let clipped = self.trajectory.clipped(moment);
        Frame::new(step, self.trajectory.interval(moment), clipped)
    }

    fn ball_frame(&self, moment: Moment, step: u64) -> Frame<Ball> {
        let clipped = self.trajectory.clipped(moment);
        Frame::new(step, self.trajectory.ball(moment), clipped)
    }

    /// Goes to the next pair: (θ_t, θ_{t+1}) if `with_next`, else θ_t alone (the last one).
    ///
    /// # Errors
    /// [`Lost`] from the engine; the pair is then θ_t alone.
    pub fn advance(&mut self, with_next: bool) -> Result<(), Lost> {
        let t = self.trajectory.step();
        let outcome = if with_next {
            self.trajectory.advance()
        } else {
            Ok(())
        };
        self.step = t;
        self.has_next = with_next && outcome.is_ok();
        let next = self
            .has_next
            .then(|| self.interval_frame(Moment::Current, t + 1));
        self.interval.push(next);
        self.mark_trapped();
        outcome
    }

    /// A final trap closed at step `step`.
    pub fn set_trapped_at(&mut self, step: Option<u64>) {
        self.trapped_at = step;
        self.mark_trapped();
    }

    fn mark_trapped(&mut self) {
        let trapped = self.trapped_at.is_some_and(|step| step <= self.step);
        self.interval.set_trapped(trapped);
        self.ball.set_trapped(trapped);
        self.exact.set_trapped(trapped);
    }

    /// t.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Is θ_{t+1} there?
    pub fn has_next(&self) -> bool {
        self.has_next
    }

    /// The program.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The trajectory.
    pub fn trajectory(&self) -> &dyn Trajectory {
        self.trajectory.as_ref()
    }

    /// What contradicts a proved identity: a defect of edgecert, never of the claim.
    pub fn take_alarm(&mut self) -> Option<String> {
        self.alarm.take()
    }

    /// Enclosures contradict a proved identity.
    pub fn alarm(&mut self, text: &str) {
        self.alarm.get_or_insert(format!(
            "step {}: the enclosures contradict the proved identity {text}",
            self.step
        ));
    }

    /// Is the start a box rather than a point?
    pub fn start_is_box(&self) -> bool {
        self.start_is_box
    }

    /// θ_t's moment in the trajectory.
    fn now(&self) -> Moment {
        if self.has_next {
            Moment::Previous
        } else {
            Moment::Current
        }
    }

    /// An enclosure of θ_t at the engine's precision.
    pub fn state(&self) -> State<Ball> {
        self.trajectory.ball(self.now())
    }

    /// An enclosure of θ_t with f64 ends.
    pub fn interval_state(&self) -> State<Interval> {
        self.trajectory.interval(self.now())
    }

    /// Was β₁ clipped in the step that produced θ_t?
    pub fn clipped(&self) -> Ternary {
        self.trajectory.clipped(self.now())
    }

    /// Loads a claim's memory and level, and whether its scope begins at this step.
    pub fn load(
        &mut self,
        claim: usize,
        level: Level,
        memory: &[Option<Stored>],
        scope_starts: bool,
    ) {
        self.level = level;
        self.recall.claim = claim;
        self.recall.scope_starts = scope_starts;
        if memory.is_empty() {
            return;
        }
        self.recall.memory.clear();
        self.recall.memory.extend_from_slice(memory);
        self.interval.memory_changed();
        self.ball.memory_changed();
        self.exact.memory_changed();
    }

    fn prepare_balls(&mut self) {
        if self.ball_pair == Some(self.step) {
            return;
        }
        let consecutive = self.step > 0 && self.ball_pair == Some(self.step - 1);
        if !consecutive {
            self.ball.reset();
            let now = self.ball_frame(self.now(), self.step);
            self.ball.push(Some(now));
        }
        let next = self
            .has_next
            .then(|| self.ball_frame(Moment::Current, self.step + 1));
        self.ball.push(next);
        self.ball_pair = Some(self.step);
    }

    /// Loads what is known exactly of the pair.
    fn prepare_exact(&mut self) {
        if self.exact_pair != Some(self.step) {
            let now = self.exact_frame(self.now(), self.step);
            let next = self
                .has_next
                .then(|| self.exact_frame(Moment::Current, self.step + 1));
            self.exact.reset();
            self.exact.push(Some(now));
            self.exact.push(next);
            self.exact_pair = Some(self.step);
        }
    }

    /// An exact iterate, or those of its coordinates that are exact.
    ///
    /// # Soundness
    /// A ball of radius 0 contains its midpoint only. A β₁ that is certainly clipped is B or −B, and
    /// its ball says which where it excludes 0. What is not known so is marked as missing.
    fn exact_frame(&self, moment: Moment, step: u64) -> Frame<Rational> {
        const MOST_BITS: u32 = 100_000;
        if let Some((state, clipped)) = self.exact_iterates.at(step) {
            return Frame::new(step, state.clone(), (*clipped).into());
        }
        let clipped = self.trajectory.clipped(moment);
        let ball = self.trajectory.ball(moment);
        let point = |x: &Ball| {
            let moderate = x
                .midpoint()
                .get_exp()
                .is_none_or(|k| k.unsigned_abs() < MOST_BITS);
            let exact = x.is_point() && moderate;
            exact.then(|| x.midpoint().to_rational()).flatten()
        };
        let mut known = ball.map(point);
        if let Some(bound) = self.clip.as_ref().filter(|_| clipped.is_true()) {
            let zero = Ball::constant(&Rational::new(), ball.beta1.precision());
            let sign = |x: Ternary, value: Rational| x.is_true().then_some(value);
            known.beta1 = sign(zero.lt(&ball.beta1), bound.clone())
                .or(sign(ball.beta1.lt(&zero), Rational::from(-bound)));
        }
        Frame {
            missing: known.as_array().map(Option::is_none),
            state: known.map(|x| x.clone().unwrap_or_default()),
            step,
            clipped,
        }
    }

    /// Decides a test, going from level to level until one does; each part of it at a level of its
    /// own.
    pub fn decide(&mut self, test: &Test) -> Ternary {
        self.failure = None;
        let result = self
            .interval
            .test(&self.program, &self.recall, test, &mut self.failure);
        if !result.is_unknown() {
            self.decided_at = Level::Interval;
            return result;
        }
        match test {
            Test::And(tests) => self.decide_each(tests, Ternary::True, Ternary::and),
            Test::Or(tests) => self.decide_each(tests, Ternary::False, Ternary::or),
            Test::Not(test) => self.decide(test).not(),
            Test::Compare(..) | Test::Clipped(_) | Test::Trapped => self.decide_sharply(test),
        }
    }

    /// The parts of a test, joined. Balls give each of them a slack, whatever decided it.
    fn decide_each(
        &mut self,
        tests: &[Test],
        neutral: Ternary,
        join: fn(Ternary, Ternary) -> Ternary,
    ) -> Ternary {
        let mut result = neutral;
        let mut failure = None;
        for test in tests {
            result = join(result, self.decide(test));
            failure = failure.or(self.failure);
            if result == neutral.not() {
                break;
            }
        }
        self.failure = failure;
        self.prepare_balls();
        self.decided_at = Level::Ball;
        result
    }

    fn decide_sharply(&mut self, test: &Test) -> Ternary {
        self.failure = None;
        self.prepare_balls();
        let result = self
            .ball
            .test(&self.program, &self.recall, test, &mut self.failure);
        if !result.is_unknown() {
            self.decided_at = Level::Ball;
            return result;
        }
        self.prepare_exact();
        let mut failure = None;
        let result = self
            .exact
            .test(&self.program, &self.recall, test, &mut failure);
        if !result.is_unknown() {
            self.decided_at = Level::Exact;
            self.failure = None;
        }
        result
    }

    /// Has each side of every comparison a value?
    pub fn have_values(&mut self, test: &Test) -> bool {
        let program = self.program.clone();
        self.failure = None;
        let fast = self.interval.have_values(&program, &self.recall, test);
        if fast.is_ok() {
            return true;
        }
        self.prepare_balls();
        let Err(failure) = self.ball.have_values(&program, &self.recall, test) else {
            return true;
        };
        self.prepare_exact();
        let exact = self.exact.have_values(&program, &self.recall, test);
        self.failure = exact.is_err().then_some(failure);
        exact.is_ok()
    }

    /// Decides a test in f64 intervals only.
    pub fn decide_cheaply(&mut self, test: &Test) -> Ternary {
        let mut failure = None;
        self.interval
            .test(&self.program, &self.recall, test, &mut failure)
    }

    /// Conjunction of clauses. Where it is open, [`Judge::explain`] speaks of the first clause that
    /// is.
    pub fn decide_all(&mut self, clauses: &[CompiledClause]) -> Ternary {
        let mut result = Ternary::True;
        let mut failure = None;
        for clause in clauses {
            let known = result;
            result = result.and(self.decide(&clause.test));
            if result.is_false() {
                break;
            }
            if known.is_true() {
                failure = self.failure;
            }
        }
        self.failure = failure;
        result
    }

    /// The slack of a test that [`Judge::decide`] has just decided, at the level it needed.
    pub fn slack(&mut self, test: &Test) -> Option<SlackValue> {
        match self.decided_at {
            Level::Interval => slack(&mut self.interval, &self.program, &self.recall, test, false),
            Level::Ball => slack(&mut self.ball, &self.program, &self.recall, test, false),
            Level::Exact => slack(&mut self.exact, &self.program, &self.recall, test, false),
        }
    }

    /// The slack of a clause that [`Judge::decide`] has just proved. Of an identity there is none.
    ///
    /// # Soundness
    /// The clause is true, so its exact slack is ≥ 0: no point of the enclosure below 0 is it.
    pub fn slack_of_true(&mut self, clause: &CompiledClause) -> Option<SlackValue> {
        if clause.identity {
            return None;
        }
        let slack = self.slack(&clause.test)?;
        Some(SlackValue {
            absolute: slack.absolute.max(&Interval::ZERO),
            relative: slack.relative.map(|x| x.max(&Interval::ZERO)),
        })
    }

    /// The slot whose value the last test lacked.
    pub fn missing_memory(&self) -> Option<usize> {
        match self.program.nodes.get(self.failure?.node)? {
            Operation::Memory { slot, .. } => Some(*slot),
            _ => None,
        }
    }

    /// A value to be remembered.
    ///
    /// # Errors
    /// [`Failure`] where it has no value.
    pub fn store(&mut self, value: Value) -> Result<Stored, Failure> {
        if self.level == Level::Interval
            && let Ok(interval) = self.interval.value(&self.program, &self.recall, value)
        {
            return Ok(Stored::of(interval));
        }
        self.store_ball(value)
    }

    /// A value to be remembered, computed at the engine's precision.
    ///
    /// # Errors
    /// [`Failure`] where it has no value.
    pub fn store_ball(&mut self, value: Value) -> Result<Stored, Failure> {
        self.prepare_balls();
        let ball = self.ball.value(&self.program, &self.recall, value)?;
        self.prepare_exact();
        let exact = self.exact.value(&self.program, &self.recall, value).ok();
        Ok(Stored {
            interval: ball.to_interval(),
            ball: Some(ball),
            exact,
        })
    }

    /// A value as an interval.
    ///
    /// # Errors
    /// [`Failure`] where it has none.
    pub fn interval_value(&mut self, value: Value) -> Result<Interval, Failure> {
        self.store(value).map(|stored| stored.interval)
    }

    /// A value computed in balls, if it has one.
    pub fn ball_value(&mut self, value: Value) -> Option<Interval> {
        self.prepare_balls();
        self.ball
            .value(&self.program, &self.recall, value)
            .ok()
            .map(|b| b.to_interval())
    }

    /// Is `elapsed` ≤ the remembered bound?
    pub fn elapsed_within(&self, elapsed: u64, bound: Option<&Stored>) -> Ternary {
        let elapsed = Rational::from(elapsed);
        match bound {
            None => Ternary::Unknown,
            Some(Stored {
                ball: Some(ball), ..
            }) => Ball::constant(&elapsed, self.recall.precision).le(ball),
            Some(Stored { interval, .. }) => Interval::constant(&elapsed, ()).le(interval),
        }
    }

    /// The violation of a clause that is certainly false at θ_t.
    pub fn violation(&mut self, clause: &CompiledClause) -> Violation {
        self.prepare_balls();
        let comparison = self.failing_comparison(&clause.test);
        let sides = comparison.and_then(|(x, _, y)| {
            Some((self.interval_value(x).ok()?, self.interval_value(y).ok()?))
        });
        let rayleigh = comparison.and_then(|c| self.rayleigh(c));
        Violation {
            step: self.step,
            clause: clause.text.clone(),
            sides,
            state: self.state(),
            rayleigh,
        }
    }

    fn failing_comparison(&mut self, test: &Test) -> Option<(Value, Relation, Value)> {
        match test {
            Test::Compare(x, relation, y) => {
                self.decide(test).is_false().then_some((*x, *relation, *y))
            }
            Test::And(tests) | Test::Or(tests) => {
                tests.iter().find_map(|t| self.failing_comparison(t))
            }
            Test::Not(_) | Test::Clipped(_) | Test::Trapped => None,
        }
    }

    /// For a failing `sharpness ≤ c`: a vector that proves S > c.
    fn rayleigh(
        &mut self,
        (left, relation, right): (Value, Relation, Value),
    ) -> Option<sharpness::Witness> {
        let (side, bound) = match relation {
            Relation::Less | Relation::LessEqual => (left, right),
            Relation::Greater | Relation::GreaterEqual => (right, left),
            Relation::Equal => return None,
        };
        if self.program.nodes[side.node] != Operation::Sharpness {
            return None;
        }
        let bound = self.ball.value(&self.program, &self.recall, bound).ok()?;
        let moment = if side.at == At::Next {
            Moment::Current
        } else {
            self.now()
        };
        let hessian = self.coefficients.hessian(&self.trajectory.ball(moment));
        sharpness::witness(&hessian, &bound)
    }

    /// What the last test lacked to be decided at this step.
    pub fn obstacle(&mut self, test: Option<&Test>, why: &str) -> Obstacle {
        let (reason, detail) = self.explain(test, why);
        Obstacle {
            reason,
            step: Some(self.step),
            detail,
        }
    }

    /// Why the last test was not decided, for the report.
    pub fn explain(&mut self, test: Option<&Test>, why: &str) -> (Reason, String) {
        if let Some(failure) = self.failure {
            return self.explain_failure(failure);
        }
        let reason = if self.start_is_box {
            Reason::StartBox
        } else if test.is_some_and(mentions_clip) {
            Reason::Clip
        } else {
            Reason::Precision
        };
        let sides = test.and_then(|t| self.undecided_sides(t));
        let detail = match sides {
            Some((x, y)) => format!("{why}: left side {x}, right side {y}"),
            None => why.to_string(),
        };
        (reason, detail)
    }

    fn undecided_sides(&mut self, test: &Test) -> Option<(Interval, Interval)> {
        match test {
            Test::Compare(x, _, y) if self.decide(test).is_unknown() => {
                let x = self.ball.value(&self.program, &self.recall, *x).ok()?;
                let y = self.ball.value(&self.program, &self.recall, *y).ok()?;
                Some((x.to_interval(), y.to_interval()))
            }
            Test::And(tests) | Test::Or(tests) => {
                tests.iter().find_map(|t| self.undecided_sides(t))
            }
            Test::Not(test) => self.undecided_sides(test),
            _ => None,
        }
    }

    /// Why a value does not exist, for the report.
    pub fn explain_failure(&self, failure: Failure) -> (Reason, String) {
        let what = match failure.undefined {
            Undefined::DivisionByZero => "the divisor's enclosure contains 0",
            Undefined::Domain => "the argument's enclosure leaves the function's domain",
            Undefined::Unsupported => "a value is missing",
            Undefined::Range => "a value leaves the range of the number system",
        };
        let place = self
            .program
            .origins
            .get(failure.node)
            .and_then(Option::as_ref);
        let detail = match place {
            Some((claim, span)) => {
                let file = &self.program.claims[*claim].claim.file;
                let text = file.one_line(span);
                let (line, _) = line_and_column(&file.text, span.start).unwrap_or((1, 1));
                format!("{what} in `{text}` ({}:{line})", file.path.display())
            }
            None => what.to_string(),
        };
        (Reason::Undefined, detail)
    }
}

/// Mentions whether an iterate was clipped?
fn mentions_clip(test: &Test) -> bool {
    match test {
        Test::Clipped(_) => true,
        Test::Compare(..) | Test::Trapped => false,
        Test::And(tests) | Test::Or(tests) => tests.iter().any(mentions_clip),
        Test::Not(test) => mentions_clip(test),
    }
}

/// Iterates that are known exactly, each with whether it was clipped: the first few of a point
/// start, and all of a start from which the map runs into a cycle of a few points.
#[derive(Clone, Debug)]
pub(crate) struct ExactIterates {
    first: Vec<(State<Rational>, bool)>,
    /// The last iterate kept is equal to the one this many steps before.
    period: Option<usize>,
}

impl ExactIterates {
    /// Those of a start; none of a box.
    pub(crate) fn new(parameters: &Parameters, start: Option<State<Rational>>) -> Self {
        const MOST_BITS: u32 = 100_000;
        let coefficients: Coefficients<Rational> = parameters.coefficients(());
        let mut iterates = ExactIterates {
            first: Vec::with_capacity(EXACT_STEPS + 1),
            period: None,
        };
        let mut next = start.map(|state| (state, false));
        while let Some((state, clipped)) = next {
            let size = |q: &Rational| q.numer().significant_bits() + q.denom().significant_bits();
            let bits: u32 = state.as_array().into_iter().map(size).sum();
            if bits > MOST_BITS {
                break;
            }
            let mut image = coefficients.descend(&state).next;
            let mut moved = false;
            if let Some(bound) = &parameters.clip {
                let (beta1, clips) = minimalist::project(&image.beta1, bound);
                image.beta1 = beta1;
                moved = clips.is_true();
            }
            let earlier = iterates.first.iter().rev().position(|(x, _)| *x == state);
            iterates.first.push((state, clipped));
            iterates.period = earlier.map(|steps| steps + 1);
            if iterates.period.is_some() || iterates.first.len() > EXACT_STEPS {
                break;
            }
            next = Some((image, moved));
        }
        iterates
    }

    /// θ_t, if it is known, and whether it was clipped.
    ///
    /// # Soundness
    /// If the last iterate kept, θ_k, equals θ_{k−p}, then θ_{t+p} = θ_t for all t ≥ k − p, as the
    /// next iterate is a function of the last, and so is whether it was clipped.
    pub(crate) fn at(&self, t: u64) -> Option<&(State<Rational>, bool)> {
        let t = usize::try_from(t).ok()?;
        let last = self.first.len().checked_sub(1)?;
        if t <= last {
            return self.first.get(t);
        }
        let period = self.period?;
        self.first
            .get(last - (period - 1) + (t - last - 1) % period)
    }
}

/// Slack of a test: for a comparison the larger side minus the smaller one; the least of a
/// conjunction; the greatest of a disjunction. `negated` turns relations round.
///
/// `None` where no number says how far it is from the other truth value: for a flag or an equation,
/// a conjunction that fails through one, and a disjunction that holds through one while its
/// comparisons are not known to.
fn slack<T: System>(
    evaluator: &mut Evaluator<T>,
    program: &Program,
    memory: &dyn Memory<T>,
    test: &Test,
    negated: bool,
) -> Option<SlackValue> {
    match test {
        Test::Compare(x, relation, y) => {
            let upward = match relation {
                Relation::Less | Relation::LessEqual => !negated,
                Relation::Greater | Relation::GreaterEqual => negated,
                Relation::Equal => return None,
            };
            let (small, large) = if upward { (*x, *y) } else { (*y, *x) };
            let (a, b) = (
                evaluator.value(program, memory, small).ok()?,
                evaluator.value(program, memory, large).ok()?,
            );
            let occasion = Occasion {
                scope_starts: memory.scope_starts(),
                exact_steps: evaluator.exact_steps(),
            };
            let mut absolute = b.sub(&a).to_interval();
            if absolute.contains_zero()
                && program.order(small, large, occasion) == Some(Order::Equal)
            {
                absolute = Interval::ZERO;
            }
            let is_zero =
                |v: Value| matches!(&program.nodes[v.node], Operation::Constant(q) if q.is_zero());
            let size = || a.abs().to_interval().max(&b.abs().to_interval());
            let relative =
                (!is_zero(small) && !is_zero(large)).then(|| relative(&absolute, &size()));
            Some(SlackValue { absolute, relative })
        }
        Test::Clipped(_) | Test::Trapped => None,
        Test::And(tests) | Test::Or(tests) => {
            let least = matches!(test, Test::And(_)) != negated;
            let mut total: Option<SlackValue> = None;
            let mut holds_otherwise = false;
            for test in tests {
                if let Some(new) = slack(evaluator, program, memory, test, negated) {
                    total = Some(match total {
                        None => new,
                        Some(old) if least => old.least(&new),
                        Some(old) => old.greatest(&new),
                    });
                    continue;
                }
                let holds = evaluator.test(program, memory, test, &mut None);
                let holds = if negated { holds.not() } else { holds };
                if least && holds.is_false() {
                    return None;
                }
                holds_otherwise |= holds.is_true();
            }
            total.filter(|s| least || !holds_otherwise || s.is_nonnegative())
        }
        Test::Not(test) => slack(evaluator, program, memory, test, !negated),
    }
}

/// A slack over the larger side's size.
///
/// # Soundness
/// |y − x| ≤ 2·max(|x|, |y|): where the size may be 0 the quotient is in [−2, 2] and has the slack's
/// sign. Two sides that are both 0 have the relative slack 0.
fn relative(absolute: &Interval, size: &Interval) -> Interval {
    absolute.div(size).unwrap_or_else(|_| {
        let end = |possible: bool, x: f64| if possible { x } else { 0.0 };
        let negative = absolute.lower().0 < 0.0;
        let positive = absolute.upper().0 > 0.0;
        Interval::from_bounds(end(negative, -2.0), end(positive, 2.0), 0)
    })
}
