//! Claims about the steps that were not made: conditions evaluated on a set that provably
//! contains every later iterate.

use std::sync::Arc;

use rug::Rational;

use super::all_time::{AllTime, Argument};
use crate::claim::evaluate::{Evaluator, Frame, Memory};
use crate::claim::program::{CompiledClause, NodeId, Operation, Program, Test, Value};
use crate::diagnostic::InputError;
use crate::expression::{Expr, Function, Relation};
use crate::model::{Parameters, State};
use crate::number::{Ball, Enclosure, Interval, Number, Ternary};
use crate::trap::{DeltaTrap, FinalTrap};

/// Enclosures of every θ_t from some step on, or of lim θ_t.
#[derive(Clone, Debug)]
struct Bounds {
    state: State<Interval>,
    clipped: Ternary,
    /// In the order of [`NAMES`].
    names: [Interval; 9],
}

/// Quantities whose bounds are sharper than what the state's enclosure gives.
const NAMES: [&str; 9] = [
    "sharpness",
    "a",
    "b",
    "s",
    "r",
    "p",
    "loss1",
    "loss2",
    "loss",
];

/// No scope remembers anything about steps that were not made.
struct NoMemory;

impl Memory<Interval> for NoMemory {
    fn recall(&self, _: usize, _: usize) -> Option<Interval> {
        None
    }
}

/// A trap that closed, ready to decide conditions on the iterates it holds.
#[derive(Clone, Copy, Debug)]
pub enum Tail<'a> {
    /// Theorem 12.
    Final(&'a FinalTrap),
    /// Theorem 13.
    Delta(&'a DeltaTrap),
    /// Theorem E, from this step on.
    Escape(u64),
}

impl<'a> Tail<'a> {
    /// The traps of a run, the stronger one first.
    pub fn of(all_time: &'a AllTime) -> Vec<Self> {
        let last = all_time.final_trap.as_ref().map(|t| Tail::Final(&t.latest));
        let delta = all_time.delta_trap.as_ref().map(|t| Tail::Delta(&t.latest));
        let escape = all_time.escape.map(Tail::Escape);
        last.into_iter().chain(delta).chain(escape).collect()
    }

    /// T: it holds from this step on.
    pub fn step(self) -> u64 {
        match self {
            Tail::Final(trap) => trap.step,
            Tail::Delta(trap) => trap.step,
            Tail::Escape(step) => step,
        }
    }

    /// Which argument.
    pub fn argument(self) -> Argument {
        match self {
            Tail::Final(_) => Argument::FinalTrap,
            Tail::Delta(_) => Argument::DeltaTrap,
            Tail::Escape(_) => Argument::Escape,
        }
    }
}

/// What is known at all steps of a tail alike.
#[derive(Clone, Copy, Debug)]
pub struct OnTail {
    /// Do the hypotheses hold?
    pub hypotheses: Ternary,
    /// Do the conclusions?
    pub conclusions: Ternary,
}

impl OnTail {
    const OPEN: Self = OnTail {
        hypotheses: Ternary::Unknown,
        conclusions: Ternary::Unknown,
    };
}

/// Decides conditions on tails.
#[derive(Clone, Debug)]
pub struct TailJudge {
    parameters: Parameters,
    nodes: [NodeId; 9],
}

impl TailJudge {
    /// Adds what it needs to the program.
    ///
    /// # Errors
    /// None in practice: the expressions are fixed.
    pub fn new(program: &mut Program, parameters: &Parameters) -> Result<Self, InputError> {
        let mut nodes = [0; 9];
        for (node, name) in nodes.iter_mut().zip(NAMES) {
            *node = program.add_expression(&Expr::name(name), parameters)?.node;
        }
        Ok(TailJudge {
            parameters: parameters.clone(),
            nodes,
        })
    }

    fn h(&self) -> Interval {
        Interval::from_rational(&Rational::from(
            &self.parameters.eta * &self.parameters.lambda1,
        ))
    }

    /// Enclosures of θ_t for all t ≥ T + n.
    ///
    /// # Soundness
    /// Each is a conclusion of the trap's theorem; S ≥ λ₁α² bounds the sharpness below.
    fn bounds(&self, tail: Tail<'_>, n: u64) -> Option<Bounds> {
        if let Tail::Escape(_) = tail {
            return self.escape();
        }
        let two = Interval::constant(&Rational::from(2), ());
        let (lower, upper, alpha, beta2, b, s, losses, excess, clipped) = match tail {
            Tail::Final(trap) => (
                &trap.choice.lower,
                &trap.choice.upper,
                trap.alpha,
                trap.beta2,
                trap.b_bound(n).ok()?,
                trap.s_bound_after(n).ok()?,
                trap.loss_parts(n).ok()?,
                trap.excess_bound(n).ok()?,
                // |β₁| does not grow, so the projection never moves it again. At T itself it
                // may have; and a start may lie outside.
                if n == 0 || trap.step.saturating_add(n) == 1 {
                    Ternary::Unknown
                } else {
                    Ternary::False
                },
            ),
            Tail::Delta(trap) => (
                &trap.choice.lower,
                &trap.choice.upper,
                trap.alpha,
                trap.beta2,
                Interval::from_ends(&Rational::new(), &trap.choice.b_bound),
                trap.s_bound,
                trap.loss_parts,
                trap.excess_bound,
                Ternary::Unknown,
            ),
            Tail::Escape(_) => return None,
        };
        let least = Interval::from_rational(lower);
        let eta_sharpness = least.hull(&two.add(&excess).max(&least));
        let a = Interval::from_ends(lower, upper);
        self.assemble(alpha, beta2, a, b, s, losses, eta_sharpness, clipped)
    }

    /// Theorem E: a ≥ 4 and b ≥ 4 from its step on, so ηS ≥ a ≥ 4 and L ≥ L₁ = ab/(2ηh) ≥ 8/(ηh).
    fn escape(&self) -> Option<Bounds> {
        let at_least = |x: &Interval| {
            let (m, exponent) = x.lower();
            Interval::from_bounds(m, f64::INFINITY, exponent)
        };
        let constant = |n: i32| Interval::constant(&Rational::from(n), ());
        let eta = Interval::from_rational(&self.parameters.eta);
        let large = at_least(&constant(4));
        let loss = at_least(&constant(8).div(&eta.mul(&self.h())).ok()?);
        let entire = Interval::ENTIRE;
        Some(Bounds {
            state: State {
                alpha: entire,
                beta1: entire,
                beta2: entire,
            },
            clipped: Ternary::False,
            names: [
                at_least(&constant(4).div(&eta).ok()?),
                large,
                large,
                entire,
                entire,
                entire,
                loss,
                at_least(&Interval::ZERO),
                loss,
            ],
        })
    }

    /// Enclosures of lim θ_t, where the trap proves that there is one.
    fn limit(&self, tail: Tail<'_>) -> Option<Bounds> {
        let zero = Interval::ZERO;
        let (alpha, beta2, a, eta_sharpness) = match tail {
            Tail::Final(trap) => {
                let a = self.h().mul(&trap.alpha.square());
                (trap.alpha, trap.beta2, a, trap.limit)
            }
            Tail::Delta(trap) if trap.limit_at_most_edge => {
                let a = Interval::from_ends(&trap.choice.lower, &Rational::from(2));
                (trap.alpha, trap.beta2, a, a)
            }
            Tail::Delta(_) | Tail::Escape(_) => return None,
        };
        let losses = [zero, zero];
        self.assemble(
            alpha,
            beta2,
            a,
            zero,
            zero,
            losses,
            eta_sharpness,
            Ternary::Unknown,
        )
    }

    #[expect(clippy::too_many_arguments, reason = "the quantities of one iterate")]
    fn assemble(
        &self,
        alpha: Interval,
        beta2: Interval,
        a: Interval,
        b: Interval,
        s: Interval,
        [loss1, loss2]: [Interval; 2],
        eta_sharpness: Interval,
        clipped: Ternary,
    ) -> Option<Bounds> {
        let size = b.div(&self.h()).ok()?.sqrt().ok()?;
        let sharpness = eta_sharpness
            .div(&Interval::from_rational(&self.parameters.eta))
            .ok()?;
        let one = Interval::constant(&Rational::from(1), ());
        let loss = loss1.add(&loss2);
        Some(Bounds {
            state: State {
                alpha,
                beta1: size.neg().hull(&size),
                beta2,
            },
            clipped,
            names: [sharpness, a, b, s, s.neg(), one.sub(&s), loss1, loss2, loss],
        })
    }

    fn evaluator(&self, program: &Program, bounds: &Bounds) -> Evaluator<Interval> {
        let frame = Frame::new(0, bounds.state.clone(), bounds.clipped);
        let known = self.nodes.into_iter().zip(bounds.names).collect();
        let coefficients = self.parameters.coefficients(());
        Evaluator::on_tail(program.nodes.len(), coefficients, (), frame, known)
    }

    /// Hypotheses and conclusions on the bounds; with `strictly`, near all points of them.
    fn decide(
        &self,
        program: &Program,
        bounds: &Bounds,
        when: &[CompiledClause],
        then: &[CompiledClause],
        strictly: bool,
    ) -> OnTail {
        let mut evaluator = self.evaluator(program, bounds);
        let mut test = |test: &Test| {
            let mut failure = None;
            evaluator.test(program, &NoMemory, test, &mut failure)
        };
        let mut all = |clauses: &[CompiledClause]| {
            clauses.iter().fold(Ternary::True, |known, clause| {
                let decided = if clause.identity && clause.total {
                    Ternary::True
                } else if strictly {
                    strict(&clause.test).map_or(Ternary::Unknown, |t| test(&t))
                } else {
                    // An identity is a tie that algebra knows where both sides have a value.
                    test(&clause.test)
                };
                known.and(decided)
            })
        };
        OnTail {
            hypotheses: all(when),
            conclusions: all(then),
        }
    }

    /// What is known of hypotheses and conclusions at every t ≥ T + n: true or false at each one.
    pub fn at_all_later(
        &self,
        program: &Program,
        tail: Tail<'_>,
        n: u64,
        when: &[CompiledClause],
        then: &[CompiledClause],
    ) -> OnTail {
        self.bounds(tail, n).map_or(OnTail::OPEN, |bounds| {
            self.decide(program, &bounds, when, then, false)
        })
    }

    /// Does `then` hold from some step on, because it holds strictly at every point the
    /// iterates may converge to?
    ///
    /// # Soundness
    /// The iterates and their successors converge to a point of the (compact) bounds. Both
    /// sides of a comparison have a value at all later iterates and, without `ceil`, are
    /// continuous where they have one.
    pub fn in_the_limit(&self, program: &Program, tail: Tail<'_>, then: &[CompiledClause]) -> bool {
        let continuous = |value: &Value| !jumps(program, value.node);
        let mut sides = Vec::new();
        for clause in then.iter().filter(|clause| !clause.identity) {
            sides_of(&clause.test, &mut sides);
        }
        sides.iter().all(continuous)
            && sides
                .iter()
                .all(|&side| self.value(program, tail, 0, side).is_some())
            && self.limit(tail).is_some_and(|bounds| {
                let on = self.decide(program, &bounds, &[], then, true);
                on.conclusions.is_true()
            })
    }

    /// An enclosure of a value at all t ≥ T + n.
    pub fn value(
        &self,
        program: &Program,
        tail: Tail<'_>,
        n: u64,
        value: Value,
    ) -> Option<Interval> {
        let bounds = self.bounds(tail, n)?;
        let mut evaluator = self.evaluator(program, &bounds);
        evaluator.value(program, &NoMemory, value).ok()
    }

    /// A box that holds θ_t for all t ≥ T + n.
    pub fn state(&self, tail: Tail<'_>, n: u64) -> Option<State<Ball>> {
        const BITS: u32 = 64;
        Some(
            self.bounds(tail, n)?
                .state
                .map(|x| Ball::from_interval(x, BITS)),
        )
    }
}

/// A test that holds in a neighbourhood of every point where the result of this holds.
fn strict(test: &Test) -> Option<Test> {
    Some(match test {
        Test::Compare(x, Relation::Less | Relation::LessEqual, y) => {
            Test::Compare(*x, Relation::Less, *y)
        }
        Test::Compare(x, Relation::Greater | Relation::GreaterEqual, y) => {
            Test::Compare(*x, Relation::Greater, *y)
        }
        Test::And(tests) => Test::And(tests.iter().map(strict).collect::<Option<_>>()?),
        Test::Or(tests) => Test::Or(tests.iter().map(strict).collect::<Option<_>>()?),
        Test::Compare(_, Relation::Equal, _) | Test::Clipped(_) | Test::Trapped | Test::Not(_) => {
            return None;
        }
    })
}

/// Both sides of every comparison in the test.
fn sides_of(test: &Test, sides: &mut Vec<Value>) {
    match test {
        Test::Compare(x, _, y) => sides.extend([*x, *y]),
        Test::And(tests) | Test::Or(tests) => tests.iter().for_each(|t| sides_of(t, sides)),
        Test::Not(test) => sides_of(test, sides),
        Test::Clipped(_) | Test::Trapped => {}
    }
}

/// Is a function that jumps applied in it?
fn jumps(program: &Program, node: NodeId) -> bool {
    let mut seen = vec![false; program.nodes.len()];
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if std::mem::replace(&mut seen[node], true) {
            continue;
        }
        match &program.nodes[node] {
            Operation::Call(Function::Ceil, _) => return true,
            Operation::Call(_, arguments) => open.extend(arguments.iter().map(|x| x.node)),
            Operation::Negate(x) | Operation::Power(x, _) => open.push(x.node),
            Operation::Add(x, y)
            | Operation::Subtract(x, y)
            | Operation::Multiply(x, y)
            | Operation::Divide(x, y) => open.extend([x.node, y.node]),
            Operation::Constant(_)
            | Operation::Coordinate(_)
            | Operation::Step
            | Operation::Sharpness
            | Operation::Memory { .. } => {}
        }
    }
    false
}

/// What a conclusion about all later steps rests on, for reports.
pub(super) fn because(tail: Tail<'_>) -> Arc<str> {
    if let Tail::Escape(step) = tail {
        return format!("the iterates escape from step {step} on (Theorem E)").into();
    }
    format!(
        "the {} closed at step {}",
        tail.argument().words(),
        tail.step()
    )
    .into()
}
