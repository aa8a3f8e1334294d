//! The operations of a format: on the CPU for f32 and f64, exactly emulated for all.

use std::cmp::Ordering;

use rug::float::Special;
use rug::ops::{AssignRound, CompleteRound, NegAssign};
use rug::{Assign, Float, Rational};

use super::format::{Format, Rounding, Underflow};

/// An operation that rounds once, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// x + y.
    Add,
    /// x − y.
    Subtract,
    /// x·y.
    Multiply,
    /// x/y.
    Divide,
    /// xy + z, rounded once.
    FusedMultiplyAdd,
    /// √x.
    Sqrt,
    /// Natural logarithm, correctly rounded.
    Log,
    /// eˣ, correctly rounded.
    Exp,
    /// −x, exact.
    Negate,
    /// |x|, exact.
    Abs,
    /// The smaller of both, exact.
    Min,
    /// The larger of both, exact.
    Max,
}

impl Operation {
    /// How many operands it has.
    pub(super) fn arity(self) -> usize {
        match self {
            Operation::Sqrt
            | Operation::Log
            | Operation::Exp
            | Operation::Negate
            | Operation::Abs => 1,
            Operation::FusedMultiplyAdd => 3,
            _ => 2,
        }
    }

    /// Does every CPU with IEEE 754 arithmetic round it correctly?
    pub(crate) fn is_basic(self) -> bool {
        !matches!(self, Operation::Log | Operation::Exp)
    }
}

/// What happened in operations since it was last asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// An operand or a result was subnormal, or a result was flushed: gradual underflow and
    /// flush-to-zero differ from here on.
    pub flush_dependent: bool,
    /// A product or quotient of numbers other than 0 became 0.
    pub vanished: bool,
    /// A finite result was beyond the greatest number.
    pub overflowed: bool,
    /// Finite operands had an infinite result exactly: x/0 with x ≠ 0, log 0.
    pub infinite: bool,
    /// Operands that are numbers, or infinite, had no result (IEEE 754's invalid operation):
    /// 0/0, ∞ − ∞, 0·∞, √x or log x with x < 0.
    pub invalid: bool,
}

impl Flags {
    /// Notes how a result is not finite, if it is not: `operands` are those that the operation
    /// has. An infinite result of a sum, a product or a root of finite numbers has overflowed.
    pub(super) fn note_result(&mut self, operation: Operation, operands: &[Kind], result: Kind) {
        let all = |kind: &dyn Fn(Kind) -> bool| operands.iter().all(|&x| kind(x));
        match result {
            Kind::NotANumber => self.invalid |= all(&|x| x != Kind::NotANumber),
            Kind::Infinite if all(&|x| matches!(x, Kind::Zero | Kind::Finite)) => {
                let exact = match operation {
                    Operation::Divide => operands[1] == Kind::Zero,
                    Operation::Log => operands[0] == Kind::Zero,
                    _ => false,
                };
                self.infinite |= exact;
                self.overflowed |= !exact;
            }
            _ => {}
        }
    }
}

/// What a float is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// 0 or −0.
    Zero,
    /// Another finite number.
    Finite,
    /// ∞ or −∞.
    Infinite,
    /// No number.
    NotANumber,
}

impl Kind {
    fn of(value: &Float) -> Self {
        if value.is_nan() {
            Kind::NotANumber
        } else if value.is_infinite() {
            Kind::Infinite
        } else if value.is_zero() {
            Kind::Zero
        } else {
            Kind::Finite
        }
    }
}

/// Where a trace's operations were carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Backend {
    /// The CPU's own instructions.
    Hardware,
    /// Exact emulation on MPFR.
    Emulation,
}

impl Backend {
    /// The word of reports.
    pub fn word(self) -> &'static str {
        match self {
            Backend::Hardware => "hardware",
            Backend::Emulation => "emulation",
        }
    }
}

/// The arithmetic of a format.
///
/// # Contract
/// Every operation returns the exact result rounded once to the format, in the format's modes
/// (IEEE 754-2019, clauses 4 and 5.4).
pub trait Arithmetic {
    /// A number of the format.
    type Value: Clone;

    /// The constant, rounded to the format.
    fn constant(&mut self, value: &Rational) -> Self::Value;

    /// An operation; operands it does not have are passed over.
    fn apply(&mut self, operation: Operation, operands: [&Self::Value; 3]) -> Self::Value;

    /// The number, exactly.
    fn to_float(&self, value: &Self::Value) -> Float;

    /// Is it strictly below 0?
    fn is_negative(&self, value: &Self::Value) -> bool;

    /// The flags since the last call.
    fn take_flags(&mut self) -> Flags;
}

/// Any format, emulated on MPFR.
#[derive(Clone, Debug)]
pub struct Emulation {
    format: Format,
    flags: Flags,
}

impl Emulation {
    /// Of this format.
    pub fn new(format: &Format) -> Self {
        Emulation {
            format: format.clone(),
            flags: Flags::default(),
        }
    }

    fn is_subnormal(&self, value: &Float) -> bool {
        match (self.format.exponents, value.get_exp()) {
            // MPFR's significands are in [1/2, 1).
            (Some(range), Some(exponent)) => exponent - 1 < range.least,
            _ => false,
        }
    }

    /// Subnormal operands count as zero where results are flushed.
    fn operand(&mut self, value: &Float) -> Float {
        let mut value = value.clone();
        if self.is_subnormal(&value) {
            self.flags.flush_dependent = true;
            if self.format.underflow == Underflow::Flush {
                zero_like(&mut value);
            }
        }
        value
    }

    /// Brings a result, already rounded to the precision, into the range of exponents.
    ///
    /// # Correctness
    /// `order` says on which side of the exact result `value` is, so that MPFR's
    /// subnormalisation rounds the exact result once.
    fn fit(&mut self, mut value: Float, order: Ordering) -> Float {
        let Some(range) = self.format.exponents else {
            return value;
        };
        let Some(exponent) = value.get_exp() else {
            return value;
        };
        let exponent = exponent - 1;
        if exponent > range.greatest {
            self.flags.overflowed = true;
            return self.overflow(value.is_sign_negative(), range.greatest);
        }
        if exponent < range.least {
            let mut gradual = value.clone();
            gradual.subnormalize_round(range.least + 1, order, self.format.rounding.mpfr());
            self.flags.flush_dependent |= !gradual.is_zero();
            match self.format.underflow {
                Underflow::Flush => zero_like(&mut value),
                Underflow::Gradual => value = gradual,
            }
        }
        value
    }

    /// Infinity or the greatest number, as the rounding direction asks for.
    fn overflow(&self, negative: bool, greatest: i32) -> Float {
        let precision = self.format.precision;
        let infinite = match self.format.rounding {
            Rounding::Nearest => true,
            Rounding::Zero => false,
            Rounding::Up => !negative,
            Rounding::Down => negative,
        };
        let mut value = if infinite {
            Float::with_val(precision, Special::Infinity)
        } else {
            // (2 − 2^(1 − p))·2^greatest.
            let mut largest = Float::with_val(precision, 1);
            largest <<= i32::try_from(precision).unwrap_or(i32::MAX);
            largest -= 1u32;
            largest << (greatest + 1 - i32::try_from(precision).unwrap_or(i32::MAX))
        };
        if negative {
            value.neg_assign();
        }
        value
    }
}

/// 0 with the sign of `value`.
fn zero_like(value: &mut Float) {
    let negative = value.is_sign_negative();
    value.assign(0);
    if negative {
        value.neg_assign();
    }
}

impl Arithmetic for Emulation {
    type Value = Float;

    /// A constant that is subnormal is flushed at once where operands are.
    fn constant(&mut self, value: &Rational) -> Float {
        let round = self.format.rounding.mpfr();
        let (rounded, order) = Float::with_val_round(self.format.precision, value, round);
        self.fit(rounded, order)
    }

    fn apply(&mut self, operation: Operation, operands: [&Float; 3]) -> Float {
        let round = self.format.rounding.mpfr();
        let precision = self.format.precision;
        // Sign operations and comparisons copy bits; they read subnormal numbers as they are.
        match operation {
            Operation::Negate => return Float::with_val(precision, -operands[0]),
            Operation::Abs => return Float::with_val(precision, operands[0].abs_ref()),
            Operation::Min | Operation::Max => {
                let [x, y, _] = operands;
                let less = x < y;
                let first = less == (operation == Operation::Min);
                return if first { x.clone() } else { y.clone() };
            }
            _ => {}
        }
        let [x, y, z] = [
            self.operand(operands[0]),
            self.operand(operands[1]),
            self.operand(operands[2]),
        ];
        let (value, order) = match operation {
            Operation::Add => (&x + &y).complete_round(precision, round),
            Operation::Subtract => (&x - &y).complete_round(precision, round),
            Operation::Multiply => (&x * &y).complete_round(precision, round),
            Operation::Divide => (&x / &y).complete_round(precision, round),
            Operation::FusedMultiplyAdd => {
                let mut result = Float::new(precision);
                let order = result.assign_round(x.mul_add_ref(&y, &z), round);
                (result, order)
            }
            Operation::Sqrt => Float::with_val_round(precision, x.sqrt_ref(), round),
            Operation::Log => Float::with_val_round(precision, x.ln_ref(), round),
            Operation::Exp => Float::with_val_round(precision, x.exp_ref(), round),
            Operation::Negate | Operation::Abs | Operation::Min | Operation::Max => unreachable!(),
        };
        let value = self.fit(value, order);
        let kinds = [&x, &y, &z].map(Kind::of);
        self.flags
            .note_result(operation, &kinds[..operation.arity()], Kind::of(&value));
        let product = matches!(operation, Operation::Multiply | Operation::Divide);
        if product && value.is_zero() && operands[..2].iter().all(|x| x.is_normal()) {
            self.flags.vanished = true;
        }
        value
    }

    fn to_float(&self, value: &Float) -> Float {
        value.clone()
    }

    fn is_negative(&self, value: &Float) -> bool {
        value.cmp0() == Some(Ordering::Less)
    }

    fn take_flags(&mut self) -> Flags {
        std::mem::take(&mut self.flags)
    }
}
