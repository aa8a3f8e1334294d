//! Evaluating a [`Program`] on enclosures of two consecutive iterates.

use rug::Rational;

use super::program::{At, NodeId, Occasion, Operation, Program, Test, Value};
use crate::expression::{Function, Relation};
use crate::model::{Arrow, Coefficients, State};
use crate::number::{Ball, Enclosure, Interval, Ternary, Undefined};
use crate::sharpness;

/// A number system claims can be evaluated in: an enclosure that also knows the sharpness
/// of a Hessian.
pub trait System: Enclosure {
    /// Is the value small enough to be computed with?
    fn is_moderate(&self) -> bool {
        true
    }

    /// An enclosure of the largest eigenvalue.
    ///
    /// # Errors
    /// [`Undefined`] where the system cannot give a finite one.
    fn sharpness(hessian: &Arrow<Self>) -> Result<Self, Undefined>;
}

impl System for Interval {
    fn sharpness(hessian: &Arrow<Self>) -> Result<Self, Undefined> {
        sharpness::enclose(hessian)
    }
}

impl System for Ball {
    fn sharpness(hessian: &Arrow<Self>) -> Result<Self, Undefined> {
        sharpness::enclose_to(hessian, hessian.tip.precision() / 2)
    }
}

/// Exact rationals: few have a rational sharpness.
impl System for Rational {
    fn is_moderate(&self) -> bool {
        const MOST_BITS: u32 = 1_000_000;
        self.numer().significant_bits() <= MOST_BITS && self.denom().significant_bits() <= MOST_BITS
    }

    fn sharpness(hessian: &Arrow<Self>) -> Result<Self, Undefined> {
        sharpness::exact(hessian)
    }
}

/// One iterate, enclosed.
#[derive(Clone, Debug)]
pub struct Frame<T> {
    /// Its index.
    pub step: u64,
    /// Its enclosure.
    pub state: State<T>,
    /// Was β₁ clipped in the step that produced it?
    pub clipped: Ternary,
    /// Coordinates that are not known in this number system, whatever `state` says.
    pub missing: [bool; 3],
}

impl<T> Frame<T> {
    /// An iterate whose coordinates are all known.
    pub fn new(step: u64, state: State<T>, clipped: Ternary) -> Self {
        Frame {
            step,
            state,
            clipped,
            missing: [false; 3],
        }
    }

    fn whole(&self) -> Option<&State<T>> {
        (self.missing == [false; 3]).then_some(&self.state)
    }
}

/// The memory of the scopes of all claims: `memory(claim, slot)`.
pub trait Memory<T> {
    /// The remembered value, if there is one yet.
    fn recall(&self, claim: usize, slot: usize) -> Option<T>;

    /// Does the claim's scope begin at this step, if it includes it?
    fn scope_starts(&self) -> bool {
        false
    }
}

/// Why a node has no value: the operation that failed, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub undefined: Undefined,
    /// The node it went wrong at.
    pub node: NodeId,
}

type Outcome<T> = Result<T, Failure>;

#[derive(Clone, Debug)]
struct Memo<T> {
    stamp: Vec<u64>,
    value: Vec<Option<Outcome<T>>>,
    now: u64,
}

impl<T: Clone> Memo<T> {
    fn new(size: usize) -> Self {
        Memo {
            stamp: vec![0; size],
            value: vec![None; size],
            now: 1,
        }
    }

    #[inline]
    fn get(&self, node: NodeId) -> Option<&Outcome<T>> {
        if self.stamp[node] == self.now {
            self.value[node].as_ref()
        } else {
            None
        }
    }

    #[inline]
    fn set(&mut self, node: NodeId, value: Outcome<T>) {
        self.stamp[node] = self.now;
        self.value[node] = Some(value);
    }

    fn clear(&mut self) {
        self.now += 1;
    }
}

/// Evaluates nodes on demand and remembers pure ones from step to step.
#[derive(Clone, Debug)]
pub struct Evaluator<T: System> {
    context: T::Context,
    coefficients: Coefficients<T>,
    constants: Memo<T>,
    now: Memo<T>,
    next: Memo<T>,
    mixed: Memo<T>,
    frames: [Option<Frame<T>>; 2],
    trapped: bool,
    /// Each iterate is exactly the image of the last.
    exact_steps: bool,
    /// On a tail: bounds known of some nodes, at θ_t and θ_{t+1} alike.
    known: Option<Vec<(NodeId, T)>>,
}

impl<T: System> Evaluator<T> {
    /// For a program of `size` nodes; constants are represented with `context`.
    pub fn new(size: usize, coefficients: Coefficients<T>, context: T::Context) -> Self {
        Evaluator {
            context,
            coefficients,
            constants: Memo::new(size),
            now: Memo::new(size),
            next: Memo::new(size),
            mixed: Memo::new(size),
            frames: [None, None],
            trapped: false,
            exact_steps: true,
            known: None,
        }
    }

    /// For the steps that were not made: `frame` encloses every later iterate, and `known`
    /// the values of some nodes there. The index of the iterate has no value.
    pub fn on_tail(
        size: usize,
        coefficients: Coefficients<T>,
        context: T::Context,
        frame: Frame<T>,
        known: Vec<(NodeId, T)>,
    ) -> Self {
        Evaluator {
            frames: [Some(frame.clone()), Some(frame)],
            trapped: true,
            known: Some(known),
            ..Self::new(size, coefficients, context)
        }
    }

    /// For iterates that are not exactly those of gradient descent.
    pub fn of_trace(self) -> Self {
        Evaluator {
            exact_steps: false,
            ..self
        }
    }

    /// Is each iterate exactly the image of the last?
    pub fn exact_steps(&self) -> bool {
        self.exact_steps
    }

    /// Has a final trap closed at θ_t or before?
    pub fn set_trapped(&mut self, trapped: bool) {
        self.trapped = trapped;
    }

    /// Forgets everything: the next [`Evaluator::push`] starts a new pair of iterates.
    pub fn reset(&mut self) {
        self.frames = [None, None];
        self.now.clear();
        self.next.clear();
        self.mixed.clear();
    }

    /// θ_{t+1} becomes θ_t, and `frame` (or nothing, at the end) the new θ_{t+1}.
    pub fn push(&mut self, frame: Option<Frame<T>>) {
        std::mem::swap(&mut self.now, &mut self.next);
        self.next.clear();
        self.mixed.clear();
        self.frames.swap(0, 1);
        self.frames[1] = frame;
    }

    /// θ_t, if it is there.
    pub fn frame(&self) -> Option<&Frame<T>> {
        self.frames[0].as_ref()
    }

    /// Forgets the mixed values, which depend on the memory.
    pub fn memory_changed(&mut self) {
        self.mixed.clear();
    }

    /// The value of a node.
    ///
    /// # Errors
    /// [`Failure`] naming the operation that has no value here.
    pub fn value(&mut self, program: &Program, memory: &dyn Memory<T>, value: Value) -> Outcome<T> {
        let Value { node, at } = value;
        let memo = match at {
            At::Never => &self.constants,
            At::Now => &self.now,
            At::Next => &self.next,
            At::Mixed => &self.mixed,
        };
        if let Some(known) = memo.get(node) {
            return known.clone();
        }
        let result = self.compute(program, memory, node, at).and_then(|value| {
            let undefined = Undefined::Range;
            let failure = Failure { undefined, node };
            value.is_moderate().then_some(value).ok_or(failure)
        });
        let memo = match at {
            At::Never => &mut self.constants,
            At::Now => &mut self.now,
            At::Next => &mut self.next,
            At::Mixed => &mut self.mixed,
        };
        memo.set(node, result.clone());
        result
    }

    fn compute(
        &mut self,
        program: &Program,
        memory: &dyn Memory<T>,
        node: NodeId,
        at: At,
    ) -> Outcome<T> {
        let failure = |undefined| Failure { undefined, node };
        // Operands of a pure node are stored relative to θ_t.
        let place = |v: Value| {
            if at == At::Next && v.at == At::Now {
                Value { at, ..v }
            } else {
                v
            }
        };
        let frame = usize::from(at == At::Next);
        if let Some(known) = &self.known {
            if let Some((_, value)) = known.iter().find(|(n, _)| *n == node) {
                return Ok(value.clone());
            }
            if program.nodes[node] == Operation::Step {
                return Err(failure(Undefined::Unsupported));
            }
        }
        match &program.nodes[node] {
            Operation::Constant(q) => Ok(T::constant(q, self.context)),
            Operation::Coordinate(i) => {
                let frame = self.frames[frame]
                    .as_ref()
                    .filter(|frame| !frame.missing[*i])
                    .ok_or(failure(Undefined::Unsupported))?;
                Ok(frame.state.as_array()[*i].clone())
            }
            Operation::Step => {
                let frame = self.frames[frame]
                    .as_ref()
                    .ok_or(failure(Undefined::Unsupported))?;
                Ok(T::constant(&Rational::from(frame.step), self.context))
            }
            Operation::Sharpness => {
                let state = self.frames[frame]
                    .as_ref()
                    .and_then(Frame::whole)
                    .ok_or(failure(Undefined::Unsupported))?;
                T::sharpness(&self.coefficients.hessian(state)).map_err(failure)
            }
            Operation::Negate(x) => Ok(self.value(program, memory, place(*x))?.neg()),
            Operation::Add(x, y) => {
                let x = self.value(program, memory, place(*x))?;
                Ok(x.add(&self.value(program, memory, place(*y))?))
            }
            Operation::Subtract(x, y) => {
                let x = self.value(program, memory, place(*x))?;
                Ok(x.sub(&self.value(program, memory, place(*y))?))
            }
            Operation::Multiply(x, y) => {
                let x = self.value(program, memory, place(*x))?;
                Ok(x.mul(&self.value(program, memory, place(*y))?))
            }
            Operation::Divide(x, y) => {
                let x = self.value(program, memory, place(*x))?;
                x.div(&self.value(program, memory, place(*y))?)
                    .map_err(failure)
            }
            Operation::Power(x, n) => {
                let x = self.value(program, memory, place(*x))?;
                Ok(if *n == 2 { x.square() } else { x.powi(*n) })
            }
            Operation::Call(function, arguments) => {
                let x = self.value(program, memory, place(arguments[0]))?;
                match function {
                    Function::Sqrt => x.sqrt(),
                    Function::Log => x.log(),
                    Function::Exp => x.exp(),
                    Function::Ceil => x.ceil(),
                    Function::EdgePotential => x.edge_potential(),
                    Function::Abs => Ok(x.abs()),
                    Function::Min => {
                        return Ok(x.min(&self.value(program, memory, place(arguments[1]))?));
                    }
                    Function::Max => {
                        return Ok(x.max(&self.value(program, memory, place(arguments[1]))?));
                    }
                    // Written out when the claim was compiled.
                    Function::FusedMultiplyAdd
                    | Function::Start
                    | Function::RunningMax
                    | Function::RunningMin
                    | Function::RunningSum => Err(Undefined::Unsupported),
                }
                .map_err(failure)
            }
            Operation::Memory { claim, slot } => memory
                .recall(*claim, *slot)
                .ok_or(failure(Undefined::Unsupported)),
        }
    }

    /// S against a bound by Proposition 1, sharper than by an enclosure of S; `None` if
    /// neither side is S, or the bound has no value.
    fn sharpness_test(
        &mut self,
        program: &Program,
        memory: &dyn Memory<T>,
        left: Value,
        relation: Relation,
        right: Value,
    ) -> Option<Ternary> {
        let is_sharpness = |v: Value| program.nodes[v.node] == Operation::Sharpness;
        // `S relation c`, or `c relation S` turned round.
        let (side, bound, at_most) = match (is_sharpness(left), is_sharpness(right), relation) {
            (_, _, Relation::Equal) | (false, false, _) => return None,
            (true, _, Relation::Less | Relation::LessEqual) => (left, right, true),
            (true, _, _) => (left, right, false),
            (false, true, Relation::Less | Relation::LessEqual) => (right, left, false),
            (false, true, _) => (right, left, true),
        };
        let bound = self.value(program, memory, bound).ok()?;
        let frame = self.frames[usize::from(side.at == At::Next)].as_ref()?;
        let hessian = self.coefficients.hessian(frame.whole()?);
        let compared = sharpness::compare(&hessian, &bound);
        let strict = matches!(relation, Relation::Less | Relation::Greater);
        Some(match (at_most, strict) {
            (true, false) => compared.at_most,
            (true, true) => compared.below,
            (false, false) => compared.below.not(),
            (false, true) => compared.at_most.not(),
        })
    }

    /// Has each side of every comparison a value?
    ///
    /// # Errors
    /// [`Failure`] naming the first operation that has none.
    pub fn have_values(
        &mut self,
        program: &Program,
        memory: &dyn Memory<T>,
        test: &Test,
    ) -> Result<(), Failure> {
        match test {
            Test::Compare(x, _, y) => {
                self.value(program, memory, *x)?;
                self.value(program, memory, *y).map(drop)
            }
            Test::Clipped(_) | Test::Trapped => Ok(()),
            Test::And(tests) | Test::Or(tests) => tests
                .iter()
                .try_for_each(|test| self.have_values(program, memory, test)),
            Test::Not(test) => self.have_values(program, memory, test),
        }
    }

    /// Is the test true of the pair of iterates?
    ///
    /// A value that does not exist makes the comparison `Unknown`; the first such failure is
    /// left in `stopped`.
    pub fn test(
        &mut self,
        program: &Program,
        memory: &dyn Memory<T>,
        test: &Test,
        stopped: &mut Option<Failure>,
    ) -> Ternary {
        match test {
            Test::Compare(x, relation, y) => {
                let pair = self
                    .value(program, memory, *x)
                    .and_then(|x| Ok((x, self.value(program, memory, *y)?)));
                let decided = match &pair {
                    Ok((x, y)) => compare(x, *relation, y),
                    Err(_) => Ternary::Unknown,
                };
                if !decided.is_unknown() {
                    return decided;
                }
                if let Some(decided) = self.sharpness_test(program, memory, *x, *relation, *y)
                    && !decided.is_unknown()
                {
                    return decided;
                }
                if let Err(failure) = pair {
                    stopped.get_or_insert(failure);
                    return Ternary::Unknown;
                }
                let occasion = Occasion {
                    scope_starts: memory.scope_starts(),
                    exact_steps: self.exact_steps,
                };
                program
                    .order(*x, *y, occasion)
                    .map_or(Ternary::Unknown, |order| order.decides(*relation))
            }
            Test::Clipped(at) => {
                let frame = usize::from(*at == At::Next);
                self.frames[frame]
                    .as_ref()
                    .map_or(Ternary::Unknown, |f| f.clipped)
            }
            Test::Trapped => self.trapped.into(),
            Test::And(tests) => {
                let mut result = Ternary::True;
                for test in tests {
                    result = result.and(self.test(program, memory, test, stopped));
                    if result.is_false() {
                        break;
                    }
                }
                result
            }
            Test::Or(tests) => {
                let mut result = Ternary::False;
                for test in tests {
                    result = result.or(self.test(program, memory, test, stopped));
                    if result.is_true() {
                        break;
                    }
                }
                result
            }
            Test::Not(test) => self.test(program, memory, test, stopped).not(),
        }
    }
}

/// `left relation right`, three-valued.
pub fn compare<T: Enclosure>(left: &T, relation: Relation, right: &T) -> Ternary {
    match relation {
        Relation::Less => left.lt(right),
        Relation::LessEqual => left.le(right),
        Relation::Greater => right.lt(left),
        Relation::GreaterEqual => right.le(left),
        Relation::Equal => left.equals(right),
    }
}
