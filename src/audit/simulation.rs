//! A trace: gradient descent computed in a format, in an order.

use std::cmp::Ordering;

use rug::{Float, Rational};

use super::arithmetic::{Arithmetic, Backend, Emulation, Flags};
use super::events::Ending;
use super::format::{Format, Underflow};
use super::order::{Code, Order, Storage};
use crate::model::{Parameters, State};
use crate::number::Ball;

/// A number that a trace holds, as opposed to a value that is certified of the exact
/// trajectory. It is exact: a point, or where β₁ is stored by its logarithm a ball that
/// contains what the stored numbers stand for. Not finite: the whole line.
#[derive(Clone, Debug)]
pub struct Observed(Ball);

impl Observed {
    /// Of a float of a trace.
    fn point(value: Float) -> Self {
        Observed(Ball::exact(value))
    }

    /// The number as exact data of a statement about the trace.
    pub fn as_exact(&self) -> &Ball {
        &self.0
    }

    /// Is it a finite number?
    pub fn is_finite(&self) -> bool {
        self.0.is_bounded()
    }

    /// Is it 0?
    pub fn is_zero(&self) -> bool {
        self.0.is_point() && self.0.midpoint().is_zero()
    }

    /// e such that 2^e ≤ |x| < 2^(e + 1), for a point other than 0.
    pub fn exponent(&self) -> Option<i32> {
        if self.0.is_point() {
            self.0.midpoint().get_exp().map(|e| e - 1)
        } else {
            None
        }
    }
}

/// What a trace keeps from one step to the next.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The numbers stored for α, β₁ and β₂, see [`Storage`].
    pub numbers: [Float; 3],
    /// Is β₁ negative? Only where a logarithm is stored.
    pub negative: Option<bool>,
}

/// What operations of a step did: the first instruction of the order (see [`Order::line`]) of
/// each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepEvents {
    /// From which gradual underflow and flush-to-zero differ.
    pub flush_dependent: Option<usize>,
    /// In which a product of numbers other than 0 became 0.
    pub vanished: Option<usize>,
    /// With an overflow.
    pub overflowed: Option<usize>,
    /// Whose exact result is infinite: a division by 0.
    pub infinite: Option<usize>,
    /// That has no result: NaN, from operands that are none.
    pub invalid: Option<usize>,
}

/// How the algorithm itself is changed, to repair a format.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// |β₁| is raised to this after every step, its sign kept (a zero counts as positive).
    pub floor: Option<Rational>,
    /// k: β₁ is stored as 2^k·β₁ ([`Storage::Scaled`]).
    pub scale: i32,
}

/// A trace, computed step by step.
pub struct Simulation {
    machine: Box<dyn Machine>,
    backend: Backend,
}

impl Simulation {
    /// At the start: parameters and start rounded to the format.
    pub fn new(
        parameters: &Parameters,
        start: &State<Rational>,
        format: &Format,
        order: &Order,
        change: &Change,
    ) -> Self {
        Self::on(None, parameters, start, format, order, change)
    }

    /// The same on a backend of choice (`None`: hardware where there is one). The traces are
    /// the same.
    pub fn on(
        backend: Option<Backend>,
        parameters: &Parameters,
        start: &State<Rational>,
        format: &Format,
        order: &Order,
        change: &Change,
    ) -> Self {
        let inputs = Inputs {
            parameters,
            start,
            format,
            order,
            change,
        };
        #[cfg(target_arch = "x86_64")]
        if backend != Some(Backend::Emulation) && order.code.is_basic() {
            use super::hardware::Hardware;
            let machine: Option<Box<dyn Machine>> = if format.is(&Format::f64()) {
                Some(Box::new(Engine::new(Hardware::<f64>::new(format), &inputs)))
            } else if format.is(&Format::f32()) {
                Some(Box::new(Engine::new(Hardware::<f32>::new(format), &inputs)))
            } else {
                None
            };
            if let Some(machine) = machine {
                return Simulation {
                    machine,
                    backend: Backend::Hardware,
                };
            }
        }
        Simulation {
            machine: Box::new(Engine::new(Emulation::new(format), &inputs)),
            backend: Backend::Emulation,
        }
    }

    /// Where its operations are carried out.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The current iterate.
    pub fn state(&self) -> State<Observed> {
        self.machine.state()
    }

    /// The current iterate as it is stored.
    pub fn stored(&self) -> Stored {
        self.machine.stored()
    }

    /// The ending, at step t, of a trace that is here now, if a coordinate is not finite.
    pub fn non_finite(&self, t: u64) -> Option<Ending> {
        if self.state().as_array().into_iter().all(Observed::is_finite) {
            return None;
        }
        let is_nan = self.stored().numbers.iter().any(Float::is_nan);
        Some(if is_nan {
            Ending::NotANumber(t)
        } else {
            Ending::Infinite(t)
        })
    }

    /// Was β₁ clipped in the step that produced it?
    pub fn clipped(&self) -> bool {
        self.machine.clipped()
    }

    /// Makes a step.
    pub fn advance(&mut self) -> StepEvents {
        self.machine.advance()
    }
}

struct Inputs<'a> {
    parameters: &'a Parameters,
    start: &'a State<Rational>,
    format: &'a Format,
    order: &'a Order,
    change: &'a Change,
}

trait Machine {
    fn state(&self) -> State<Observed>;
    fn stored(&self) -> Stored;
    fn clipped(&self) -> bool;
    fn advance(&mut self) -> StepEvents;
}

struct Engine<A: Arithmetic> {
    arithmetic: A,
    code: Code,
    storage: Storage,
    scale: i32,
    registers: Vec<A::Value>,
    negative: bool,
    clip: Option<[A::Value; 2]>,
    floor: Option<[A::Value; 2]>,
    clipped: bool,
}

impl<A: Arithmetic> Engine<A> {
    fn new(mut arithmetic: A, inputs: &Inputs<'_>) -> Self {
        let Inputs {
            parameters,
            start,
            format,
            order,
            change,
        } = inputs;
        let scaled = order.storage == Storage::Scaled;
        let scale = if scaled { change.scale } else { 0 };
        let stored = |q: &Rational| Rational::from(q << scale);
        let zero = arithmetic.constant(&Rational::new());
        let mut registers = vec![zero; order.code.registers];
        // Flushing formats still store what they read: only operations flush.
        let beta1 = match order.storage {
            Storage::Logarithmic => logarithm(&start.beta1, format),
            Storage::Plain | Storage::Scaled => stored(&start.beta1),
        };
        let unscale = Rational::from(1) >> scale;
        let values = [
            &start.alpha,
            &beta1,
            &start.beta2,
            &parameters.eta,
            &parameters.lambda1,
            &parameters.lambda2,
            &unscale,
        ];
        for (register, value) in values.into_iter().enumerate() {
            registers[register] = arithmetic.constant(value);
        }
        let first = order.code.first_literal();
        for (i, literal) in order.code.literals.iter().enumerate() {
            registers[first + i] = arithmetic.constant(literal);
        }
        let logarithmic = order.storage == Storage::Logarithmic;
        let mut pair = |bound: &Rational| {
            if logarithmic {
                let log = arithmetic.constant(&logarithm(bound, format));
                [log.clone(), log]
            } else {
                let bound = stored(bound);
                [
                    arithmetic.constant(&Rational::from(-&bound)),
                    arithmetic.constant(&bound),
                ]
            }
        };
        let clip = parameters.clip.as_ref().map(&mut pair);
        let floor = change.floor.as_ref().map(&mut pair);
        arithmetic.take_flags();
        Engine {
            arithmetic,
            code: order.code.clone(),
            storage: order.storage,
            scale,
            registers,
            negative: start.beta1 < 0,
            clip,
            floor,
            clipped: false,
        }
    }

    fn float(&self, register: usize) -> Float {
        self.arithmetic.to_float(&self.registers[register])
    }

    fn order_of(&self, x: &A::Value, y: &A::Value) -> Option<Ordering> {
        let (x, y) = (self.arithmetic.to_float(x), self.arithmetic.to_float(y));
        x.partial_cmp(&y)
    }

    /// The projection onto [−B, B], and the floor. Both only compare and copy.
    fn constrain(&mut self) {
        self.clipped = false;
        let logarithmic = self.storage == Storage::Logarithmic;
        if let Some([low, high]) = self.clip.clone() {
            let beta1 = &self.registers[BETA1];
            if self.order_of(beta1, &high) == Some(Ordering::Greater) {
                self.registers[BETA1] = high;
                self.clipped = true;
            } else if !logarithmic && self.order_of(beta1, &low) == Some(Ordering::Less) {
                self.registers[BETA1] = low;
                self.clipped = true;
            }
        }
        if let Some([low, high]) = self.floor.clone() {
            let beta1 = &self.registers[BETA1];
            let below = self.order_of(beta1, &high) == Some(Ordering::Less);
            let above = logarithmic || self.order_of(beta1, &low) == Some(Ordering::Greater);
            if below && above {
                let negative = self.arithmetic.is_negative(beta1) && !logarithmic;
                self.registers[BETA1] = if negative { low } else { high };
            }
        }
    }
}

/// Registers of the stored coordinates.
const ALPHA: usize = 0;
const BETA1: usize = 1;
const BETA2: usize = 2;

/// Bits beyond the format's in which logarithms of constants are taken before they are rounded.
const GUARD: u32 = 64;

/// What stands for log 0, as −∞ does: far below every logarithm of a number.
const LOGARITHM_OF_ZERO: f64 = -((1u64 << 62) as f64);

/// log|q|, to more bits than the format has.
fn logarithm(q: &Rational, format: &Format) -> Rational {
    let float = Float::with_val(format.precision + GUARD, q.clone().abs());
    float
        .ln()
        .to_rational()
        .unwrap_or_else(|| Rational::from_f64(LOGARITHM_OF_ZERO).unwrap_or_default())
}

impl<A: Arithmetic> Machine for Engine<A> {
    /// # Soundness
    /// Stored floats are exact, and so is a scaling by a power of two. MPFR rounds e^l
    /// correctly, so |β₁| is within one last place.
    fn state(&self) -> State<Observed> {
        let beta1 = self.float(BETA1);
        let beta1 = match self.storage {
            Storage::Plain => Observed::point(beta1),
            Storage::Scaled => Observed::point(beta1 >> self.scale),
            Storage::Logarithmic if beta1 <= LOGARITHM_OF_ZERO / 2.0 => {
                Observed::point(Float::new(beta1.prec()))
            }
            Storage::Logarithmic => {
                let precision = beta1.prec() + GUARD;
                use crate::number::Enclosure;
                use crate::number::Number;
                let ball = Ball::exact(beta1).with_precision(precision).exp();
                let size =
                    ball.unwrap_or_else(|_| Ball::exact(Float::with_val(precision, f64::NAN)));
                Observed(if self.negative { size.neg() } else { size })
            }
        };
        State {
            alpha: Observed::point(self.float(ALPHA)),
            beta1,
            beta2: Observed::point(self.float(BETA2)),
        }
    }

    fn stored(&self) -> Stored {
        Stored {
            numbers: [ALPHA, BETA1, BETA2].map(|register| self.float(register)),
            negative: (self.storage == Storage::Logarithmic).then_some(self.negative),
        }
    }

    fn clipped(&self) -> bool {
        self.clipped
    }

    fn advance(&mut self) -> StepEvents {
        let mut events = StepEvents::default();
        for (i, instruction) in self.code.instructions.iter().enumerate() {
            let [x, y, z] = instruction.operands;
            let operands = [&self.registers[x], &self.registers[y], &self.registers[z]];
            let result = self.arithmetic.apply(instruction.operation, operands);
            self.registers[instruction.target] = result;
            let Flags {
                flush_dependent,
                vanished,
                overflowed,
                infinite,
                invalid,
            } = self.arithmetic.take_flags();
            for (happened, event) in [
                (flush_dependent, &mut events.flush_dependent),
                (vanished, &mut events.vanished),
                (overflowed, &mut events.overflowed),
                (infinite, &mut events.infinite),
                (invalid, &mut events.invalid),
            ] {
                if happened {
                    event.get_or_insert(i);
                }
            }
        }
        if self.storage == Storage::Logarithmic {
            let sign = &self.registers[self.code.outputs[3]];
            self.negative ^= self.arithmetic.is_negative(sign);
        }
        for coordinate in [ALPHA, BETA1, BETA2] {
            // No output is the register of another coordinate but by a plain copy.
            let output = self.code.outputs[coordinate];
            self.registers[coordinate] = self.registers[output].clone();
        }
        self.constrain();
        events
    }
}

impl Format {
    /// The least normal number's exponent, where there is one.
    pub fn least_exponent(&self) -> Option<i32> {
        self.exponents.map(|e| e.least)
    }

    /// Is the number between 0 and the least normal one in size?
    pub fn is_subnormal(&self, value: &Observed) -> bool {
        self.least_exponent()
            .zip(value.exponent())
            .is_some_and(|(least, e)| e < least)
    }

    /// Does it flush?
    pub fn flushes(&self) -> bool {
        self.underflow == Underflow::Flush
    }
}
