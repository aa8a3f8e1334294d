//! What is proved of all later steps: traps tried along the run, and what follows from them
//! together with the enclosures of the steps that were made.

use rug::Rational;

use super::checker::Judge;
use crate::claim::program::{Program, Value};
use crate::diagnostic::InputError;
use crate::expression::Expr;
use crate::input::{Range, Targets};
use crate::model::{Parameters, State};
use crate::number::{Enclosure, Interval, Number, Ternary};
use crate::trap::{DeltaTrap, FinalTrap, Setting, Unmet, delta_trap, facing, final_trap};

/// Which argument covers the steps that were not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Theorem 12.
    FinalTrap,
    /// Theorem 13.
    DeltaTrap,
    /// Theorem E: the iterates leave every bounded range.
    Escape,
}

impl Argument {
    /// The words reports use.
    pub fn words(self) -> &'static str {
        match self {
            Argument::FinalTrap => "final trap",
            Argument::DeltaTrap => "δ-trap",
            Argument::Escape => "escape",
        }
    }
}

/// From which step on a bound holds for ever.
#[derive(Clone, Debug)]
pub struct Since {
    /// T: the bound holds at every t ≥ T.
    pub step: u64,
    /// The step at which the trap that proves it was closed.
    pub proved_at: u64,
    /// The trap.
    pub by: Argument,
}

/// One bound of Theorem 4.1.
#[derive(Clone, Debug)]
pub struct Row {
    /// δ or ε.
    pub target: Rational,
    /// T(δ) or T(ε), if it is proved that there is one.
    pub from: Option<Since>,
    /// Last step made at which the bound is not proved to hold.
    last_above: Option<u64>,
}

impl Row {
    fn new(target: &Rational) -> Self {
        Row {
            target: target.clone(),
            from: None,
            last_above: None,
        }
    }

    /// The steps made: those after `last_above` are known to obey the bound.
    fn first_good(&self) -> u64 {
        self.last_above.map_or(0, |t| t + 1)
    }

    fn observe(&mut self, judge: &mut Judge, t: u64, value: Value, level: &Interval) {
        let holds = match judge.interval_value(value).map(|x| x.le(level)) {
            Ok(Ternary::Unknown) | Err(_) => judge
                .ball_value(value)
                .map_or(Ternary::Unknown, |x| x.le(level)),
            Ok(decided) => decided,
        };
        if !holds.is_true() {
            self.last_above = Some(t);
        }
    }
}

/// A trap and when it first closed.
#[derive(Clone, Debug)]
pub struct Closed<T> {
    /// First step at which it was proved.
    pub first: u64,
    /// As proved at the last step at which it was tried with success.
    pub latest: T,
}

/// δ* from a step on: an enclosure of sup over t ≥ `step` of ηS(θ_t) − 2.
#[derive(Clone, Debug)]
pub struct Excess {
    /// T.
    pub step: u64,
    /// The last T for which it is the same.
    pub until: u64,
    /// Encloses δ*(T) from `step` to `until`. Its upper end is a bound up to the next entry's
    /// `step`, too.
    pub value: Interval,
}

/// Everything that is proved of all later steps.
#[derive(Clone, Debug, Default)]
pub struct AllTime {
    /// Theorem 12.
    pub final_trap: Option<Closed<FinalTrap>>,
    /// Theorem 13.
    pub delta_trap: Option<Closed<DeltaTrap>>,
    /// By δ.
    pub sharpness: Vec<Row>,
    /// By ε.
    pub loss: Vec<Row>,
    /// δ*(T), a non-increasing staircase; empty unless a trap bounds the tail.
    pub excess: Vec<Excess>,
    /// First step from which Theorem E proves that the iterates escape.
    pub escape: Option<u64>,
    /// What the final trap lacked when it was last tried: the condition, and whether it is
    /// proved false.
    pub unmet: Option<Unmet>,
    /// hX(Q) at the last step: the a that gradient flow would reach from there (for β₁ = 0).
    /// Below 2 the final trap is in sight.
    pub flow_limit: Option<Interval>,
}

impl AllTime {
    /// Is anything proved of all later steps?
    pub fn is_closed(&self) -> bool {
        self.final_trap.is_some() || self.delta_trap.is_some()
    }

    /// Is it proved that L → 0 and lim ηS ≤ 2, so that Theorem 4.1 holds for all δ and ε?
    pub fn limit_is_known(&self) -> bool {
        self.final_trap.is_some()
            || self
                .delta_trap
                .as_ref()
                .is_some_and(|trap| trap.latest.limit_at_most_edge)
    }

    /// An enclosure of lim ηS(θ_t).
    pub fn limit(&self) -> Option<&Interval> {
        self.final_trap.as_ref().map(|trap| &trap.latest.limit)
    }
}

/// Steps between two attempts.
const GRID: u64 = 50;
/// Steps between two attempts once nothing new is expected of them.
const LATER_GRID: u64 = 1000;
/// Blocks the staircase of δ* is kept in.
const BLOCKS: usize = 1024;

/// Largest values over blocks of steps, in bounded memory: blocks are merged in pairs.
#[derive(Clone, Debug)]
struct Blocks {
    width: u64,
    maxima: Vec<Interval>,
}

impl Blocks {
    fn push(&mut self, t: u64, value: &Interval) {
        let mut index = usize::try_from(t / self.width).unwrap_or(usize::MAX);
        if index >= BLOCKS {
            self.maxima = self
                .maxima
                .chunks(2)
                .map(|pair| pair.iter().skip(1).fold(pair[0], |x, y| x.max(y)))
                .collect();
            self.width *= 2;
            index = usize::try_from(t / self.width).unwrap_or(usize::MAX);
        }
        match self.maxima.get_mut(index) {
            Some(old) => *old = old.max(value),
            None => self.maxima.push(*value),
        }
    }
}

/// Tries the traps along a run.
#[derive(Clone, Debug)]
pub struct TrapFinder {
    setting: Setting,
    eta_sharpness: Value,
    loss: Value,
    levels: Vec<Interval>,
    loss_levels: Vec<Interval>,
    blocks: Blocks,
    blocks_complete: bool,
    all_time: AllTime,
}

impl TrapFinder {
    /// Adds what it needs to the program.
    ///
    /// # Errors
    /// None in practice: the expressions are fixed.
    pub fn new(
        program: &mut Program,
        parameters: &Parameters,
        start: &State<Range>,
        targets: &Targets,
    ) -> Result<Self, InputError> {
        let eta_sharpness = Expr::name("eta").mul(&Expr::name("sharpness"));
        let level = |delta: &Rational| Interval::from_rational(&Rational::from(delta + 2u32));
        Ok(TrapFinder {
            setting: Setting::new(parameters, start.as_array().iter().all(|r| r.is_point())),
            eta_sharpness: program.add_expression(&eta_sharpness, parameters)?,
            loss: program.add_expression(&Expr::name("loss"), parameters)?,
            levels: targets.delta.iter().map(level).collect(),
            loss_levels: targets
                .epsilon
                .iter()
                .map(Interval::from_rational)
                .collect(),
            blocks: Blocks {
                width: 1,
                maxima: Vec::new(),
            },
            blocks_complete: true,
            all_time: AllTime {
                sharpness: targets.delta.iter().map(Row::new).collect(),
                loss: targets.epsilon.iter().map(Row::new).collect(),
                ..AllTime::default()
            },
        })
    }

    /// Looks at step t.
    pub fn step(&mut self, judge: &mut Judge) {
        let t = judge.step();
        for (row, level) in self.all_time.sharpness.iter_mut().zip(&self.levels) {
            if row.from.is_none() {
                row.observe(judge, t, self.eta_sharpness, level);
            }
        }
        for (row, level) in self.all_time.loss.iter_mut().zip(&self.loss_levels) {
            if row.from.is_none() {
                row.observe(judge, t, self.loss, level);
            }
        }
        match judge.interval_value(self.eta_sharpness) {
            Ok(value) => {
                let two = Interval::constant(&Rational::from(2), ());
                self.blocks.push(t, &value.sub(&two));
            }
            Err(_) => self.blocks_complete = false,
        }
        self.try_final(
            judge,
            if self.all_time.final_trap.is_some() {
                LATER_GRID
            } else {
                GRID
            },
        );
        let open = self.all_time.final_trap.is_none()
            && (self.all_time.delta_trap.is_none()
                || self.all_time.sharpness.iter().any(|row| row.from.is_none()));
        self.try_delta(judge, if open { GRID } else { LATER_GRID });
    }

    /// The step of the final trap's first proof, if it is closed.
    pub fn closed_at(&self) -> Option<u64> {
        self.all_time.final_trap.as_ref().map(|trap| trap.first)
    }

    fn try_final(&mut self, judge: &mut Judge, grid: u64) {
        let t = judge.step();
        if !t.is_multiple_of(grid) {
            return;
        }
        let (intervals, _) = facing(judge.interval_state(), ());
        let Some(choice) = final_trap::choose(&self.setting, &intervals) else {
            return;
        };
        let precision = judge.trajectory().precision();
        let (state, mirrored) = facing(judge.state(), precision);
        match final_trap::certify(&self.setting, t, &state, &choice, precision) {
            Ok(trap) => {
                let latest = if mirrored { trap.mirrored() } else { trap };
                let first = self.closed_at().unwrap_or(t);
                let (excess, loss) = (latest.excess_bound(0).ok(), latest.loss_bound(0).ok());
                self.close_rows(t, Argument::FinalTrap, excess, loss);
                self.all_time.final_trap = Some(Closed { first, latest });
                self.all_time.unmet = None;
            }
            Err(unmet) if self.all_time.final_trap.is_none() => {
                self.all_time.unmet = Some(unmet);
            }
            Err(_) => {}
        }
    }

    fn try_delta(&mut self, judge: &mut Judge, grid: u64) {
        let t = judge.step();
        if !t.is_multiple_of(grid) {
            return;
        }
        let (state, mirrored) = facing(judge.interval_state(), ());
        let Some(choice) = delta_trap::choose(&self.setting, &state) else {
            return;
        };
        let precision = judge.trajectory().precision();
        let proved = delta_trap::certify(&self.setting, t, &state, &choice, ()).or_else(|_| {
            let (state, _) = facing(judge.state(), precision);
            delta_trap::certify(&self.setting, t, &state, &choice, precision)
        });
        if let Ok(trap) = proved {
            let latest = if mirrored { trap.mirrored() } else { trap };
            let first = self
                .all_time
                .delta_trap
                .as_ref()
                .map_or(t, |trap| trap.first);
            let (excess, loss) = (latest.excess_bound, latest.loss_bound());
            self.close_rows(t, Argument::DeltaTrap, Some(excess), Some(loss));
            self.all_time.delta_trap = Some(Closed { first, latest });
        }
    }

    /// Rows whose bound the trap proves for all t ≥ T: before T the enclosures decide.
    fn close_rows(
        &mut self,
        t: u64,
        by: Argument,
        excess: Option<Interval>,
        loss: Option<Interval>,
    ) {
        let close = |rows: &mut [Row], bound: Option<Interval>| {
            let Some(bound) = bound else { return };
            for row in rows.iter_mut().filter(|row| row.from.is_none()) {
                if bound.le(&Interval::from_rational(&row.target)).is_true() {
                    row.from = Some(Since {
                        step: row.first_good().min(t),
                        proved_at: t,
                        by,
                    });
                }
            }
        };
        close(&mut self.all_time.sharpness, excess);
        close(&mut self.all_time.loss, loss);
    }

    /// What is proved after the last step, the judge's current one; `escape` is the step from
    /// which Theorem E applies.
    pub fn finish(mut self, judge: &mut Judge, escape: Option<u64>) -> AllTime {
        self.all_time.escape = escape;
        self.try_final(judge, 1);
        self.try_delta(judge, 1);
        self.all_time.flow_limit = flow_limit(&self.setting, &judge.interval_state());
        if let Some(trap) = &self.all_time.final_trap {
            let latest = &trap.latest;
            let later = |row: &mut Row, n: Option<u64>| {
                if row.from.is_none() {
                    row.from = n
                        .and_then(|n| latest.step.checked_add(n))
                        .map(|after| Since {
                            step: if after <= judge.step() + 1 {
                                row.first_good()
                            } else {
                                after
                            },
                            proved_at: latest.step,
                            by: Argument::FinalTrap,
                        });
                }
            };
            for row in &mut self.all_time.sharpness {
                let n = latest.steps_until_sharpness(&row.target);
                later(row, n);
            }
            for row in &mut self.all_time.loss {
                let n = latest.steps_until_loss(&row.target);
                later(row, n);
            }
        }
        self.all_time.excess = self.excess();
        self.all_time
    }

    /// δ* as a staircase.
    ///
    /// # Soundness
    /// sup over t ≥ T is the larger of the one over the steps made and the one over the
    /// rest, which a trap closed at one of the steps made bounds. From below it is at least
    /// the value at any step made.
    fn excess(&self) -> Vec<Excess> {
        let by_final = self
            .all_time
            .final_trap
            .as_ref()
            .and_then(|trap| trap.latest.excess_bound(0).ok());
        let by_delta = self
            .all_time
            .delta_trap
            .as_ref()
            .map(|trap| trap.latest.excess_bound);
        let tail = match (by_final, by_delta) {
            (Some(x), Some(y)) => x.min(&y),
            (x, y) => match x.or(y) {
                Some(only) => only,
                None => return Vec::new(),
            },
        };
        if !self.blocks_complete {
            return Vec::new();
        }
        let mut stairs: Vec<Excess> = Vec::new();
        let mut largest: Option<Interval> = None;
        for (i, block) in self.blocks.maxima.iter().enumerate().rev() {
            let new = largest.map_or(*block, |old| old.max(block));
            largest = Some(new);
            let step = u64::try_from(i)
                .unwrap_or(u64::MAX)
                .saturating_mul(self.blocks.width);
            let (low, low_exponent) = new.lower();
            let least = Interval::from_bounds(low, low, low_exponent);
            let value = least.hull(&new.max(&tail));
            match stairs.last_mut() {
                Some(last) if same(&last.value, &value) => last.step = step,
                _ => stairs.push(Excess {
                    step,
                    until: step,
                    value,
                }),
            }
        }
        stairs.reverse();
        stairs
    }
}

/// The same ends?
fn same(x: &Interval, y: &Interval) -> bool {
    x.lower() == y.lower() && x.upper() == y.upper()
}

/// hX(Q).
fn flow_limit(setting: &Setting, x: &State<Interval>) -> Option<Interval> {
    let constant = |n: i32| Interval::constant(&Rational::from(n), ());
    let q = x.alpha.square().sub(&x.beta2.square());
    let root = q.square().add(&constant(4)).sqrt().ok()?;
    let h = Interval::from_rational(&setting.h);
    h.mul(&q.add(&root)).div(&constant(2)).ok()
}
