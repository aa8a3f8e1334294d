//! f32 and f64 on the CPU, in every mode.
//!
//! With gradual underflow and rounding to nearest, Rust's own operators are IEEE 754
//! operations, never fused or reordered. For the other modes each operation is one block of
//! assembly that sets MXCSR, computes, and sets MXCSR back, so that no other code runs in a
//! mode the compiler does not know of.

use std::arch::asm;

use rug::{Float, Rational};

use super::arithmetic::{Arithmetic, Emulation, Flags, Kind, Operation};
use super::format::{Format, Rounding, Underflow};

/// MXCSR with all exceptions masked.
const MASKED: u32 = 0x1f80;
const FLUSH_RESULTS: u32 = 1 << 15;
const FLUSH_OPERANDS: u32 = 1 << 6;

/// A hardware format.
pub(super) trait Binary: Copy + PartialOrd {
    /// The operation in the default mode.
    fn plain(operation: Operation, x: Self, y: Self, z: Self) -> Self;
    /// The operation with this MXCSR.
    fn with_mode(operation: Operation, x: Self, y: Self, z: Self, mode: u32) -> Self;
    fn from_float(value: &Float) -> Self;
    fn to_float(self) -> Float;
    fn is_subnormal(self) -> bool;
    fn is_zero(self) -> bool;
    fn is_infinite(self) -> bool;
    fn is_finite(self) -> bool;
    fn negated(self) -> Self;
    fn size(self) -> Self;
}

/// x, y (and z) to the instruction's result, computed with this MXCSR.
macro_rules! in_mode {
    ($mode:expr, $instruction:expr, $x:expr, $y:expr) => {
        in_mode!(@ $mode, concat!($instruction, " {x}, {x}, {y}"), $x, $y, $x)
    };
    ($mode:expr, $instruction:expr, $x:expr, $y:expr, $z:expr) => {
        in_mode!(@ $mode, concat!($instruction, " {x}, {y}, {z}"), $x, $y, $z)
    };
    (@ $mode:expr, $instruction:expr, $x:expr, $y:expr, $z:expr) => {{
        let mut saved: u32 = 0;
        let mode: u32 = $mode;
        let mut x = $x;
        // SAFETY: the block writes `saved` and reads `mode`, which live until it ends, and
        // uses the registers it names; MXCSR is afterwards as it was before. The program
        // runs only on CPUs that have these instructions.
        unsafe {
            asm!(
                "stmxcsr dword ptr [{saved}]",
                "ldmxcsr dword ptr [{mode}]",
                $instruction,
                "ldmxcsr dword ptr [{saved}]",
                "/* {y} {z} */",
                saved = in(reg) &raw mut saved,
                mode = in(reg) &raw const mode,
                x = inout(xmm_reg) x,
                y = in(xmm_reg) $y,
                z = in(xmm_reg) $z,
                options(nostack),
            )
        }
        x
    }};
}

macro_rules! binary {
    ($type:ty, $precision:literal, $to:ident, $suffix:literal) => {
        impl Binary for $type {
            #[inline]
            fn plain(operation: Operation, x: Self, y: Self, z: Self) -> Self {
                match operation {
                    Operation::Add => x + y,
                    Operation::Subtract => x - y,
                    Operation::Multiply => x * y,
                    Operation::Divide => x / y,
                    Operation::FusedMultiplyAdd => x.mul_add(y, z),
                    Operation::Sqrt => x.sqrt(),
                    _ => unreachable!("not an operation that rounds"),
                }
            }

            fn with_mode(operation: Operation, x: Self, y: Self, z: Self, mode: u32) -> Self {
                match operation {
                    Operation::Add => in_mode!(mode, concat!("vadds", $suffix), x, y),
                    Operation::Subtract => in_mode!(mode, concat!("vsubs", $suffix), x, y),
                    Operation::Multiply => in_mode!(mode, concat!("vmuls", $suffix), x, y),
                    Operation::Divide => in_mode!(mode, concat!("vdivs", $suffix), x, y),
                    // The upper parts come from the first operand, the root is the second's.
                    Operation::Sqrt => in_mode!(mode, concat!("vsqrts", $suffix), x, x),
                    Operation::FusedMultiplyAdd => {
                        in_mode!(mode, concat!("vfmadd213s", $suffix), x, y, z)
                    }
                    _ => unreachable!("not an operation that rounds"),
                }
            }

            fn from_float(value: &Float) -> Self {
                value.$to()
            }

            fn to_float(self) -> Float {
                Float::with_val($precision, self)
            }

            fn is_subnormal(self) -> bool {
                self.is_subnormal()
            }

            fn is_zero(self) -> bool {
                self == 0.0
            }

            fn is_infinite(self) -> bool {
                self.is_infinite()
            }

            fn is_finite(self) -> bool {
                self.is_finite()
            }

            fn negated(self) -> Self {
                -self
            }

            fn size(self) -> Self {
                self.abs()
            }
        }
    };
}

binary!(f64, 53, to_f64, "d");
binary!(f32, 24, to_f32, "s");

/// A hardware format in some modes.
#[derive(Clone, Debug)]
pub(super) struct Hardware<T> {
    format: Format,
    mode: u32,
    is_default: bool,
    flags: Flags,
    last: std::marker::PhantomData<T>,
}

impl<T: Binary> Hardware<T> {
    pub(super) fn new(format: &Format) -> Self {
        let rounding = match format.rounding {
            Rounding::Nearest => 0,
            Rounding::Down => 1,
            Rounding::Up => 2,
            Rounding::Zero => 3,
        };
        let flush = match format.underflow {
            Underflow::Gradual => 0,
            Underflow::Flush => FLUSH_RESULTS | FLUSH_OPERANDS,
        };
        Hardware {
            format: format.clone(),
            mode: MASKED | rounding << 13 | flush,
            is_default: rounding == 0 && flush == 0,
            flags: Flags::default(),
            last: std::marker::PhantomData,
        }
    }
}

impl<T: Binary> Hardware<T> {
    /// As an operand: where operands are flushed, a subnormal one counts as 0.
    fn kind(&self, x: T) -> Kind {
        if x.is_finite() {
            let flushed = self.format.underflow == Underflow::Flush && x.is_subnormal();
            if x.is_zero() || flushed {
                Kind::Zero
            } else {
                Kind::Finite
            }
        } else if x.is_infinite() {
            Kind::Infinite
        } else {
            Kind::NotANumber
        }
    }
}

impl<T: Binary> Arithmetic for Hardware<T> {
    type Value = T;

    /// Decimal constants are rounded by MPFR: CPUs have no such operation.
    fn constant(&mut self, value: &Rational) -> T {
        T::from_float(&Emulation::new(&self.format).constant(value))
    }

    fn apply(&mut self, operation: Operation, [x, y, z]: [&T; 3]) -> T {
        let (x, y, z) = (*x, *y, *z);
        match operation {
            Operation::Negate => return x.negated(),
            Operation::Abs => return x.size(),
            Operation::Min => return if x < y { x } else { y },
            Operation::Max => return if x < y { y } else { x },
            _ => {}
        }
        let result = if self.is_default {
            T::plain(operation, x, y, z)
        } else {
            T::with_mode(operation, x, y, z, self.mode)
        };
        let operands = [x, y, z];
        let operands = &operands[..operation.arity()];
        if result.is_subnormal() || operands.iter().any(|x| x.is_subnormal()) {
            self.flags.flush_dependent = true;
        }
        if result.is_zero() {
            let product = matches!(operation, Operation::Multiply | Operation::Divide);
            let nonzero = |x: T| x.is_finite() && !x.is_zero();
            if product && nonzero(x) && nonzero(y) {
                self.flags.vanished = true;
            }
            // Was it flushed?
            if self.format.underflow == Underflow::Flush {
                let gradual = self.mode & !(FLUSH_RESULTS | FLUSH_OPERANDS);
                let other = T::with_mode(operation, x, y, z, gradual);
                self.flags.flush_dependent |= !other.is_zero();
            }
        }
        if !result.is_finite() {
            let kinds = [x, y, z].map(|x| self.kind(x));
            let operands = &kinds[..operation.arity()];
            self.flags
                .note_result(operation, operands, self.kind(result));
        }
        result
    }

    fn to_float(&self, value: &T) -> Float {
        value.to_float()
    }

    fn is_negative(&self, value: &T) -> bool {
        *value < T::from_float(&Float::new(24))
    }

    fn take_flags(&mut self) -> Flags {
        std::mem::take(&mut self.flags)
    }
}

/// One operation on the CPU, and its flags: what [`Emulation`] is tested against.
///
/// # Panics
/// Unless the format is f32 or f64 and the operation one that rounds and is basic.
pub fn native(format: &Format, operation: Operation, operands: [&Float; 3]) -> (Float, Flags) {
    fn run<T: Binary>(format: &Format, operation: Operation, x: [&Float; 3]) -> (Float, Flags) {
        let mut hardware = Hardware::<T>::new(format);
        let [x, y, z] = x.map(T::from_float);
        let result = hardware.apply(operation, [&x, &y, &z]);
        (hardware.to_float(&result), hardware.take_flags())
    }
    assert!(operation.is_basic(), "{operation:?}");
    if format.is(&Format::f64()) {
        run::<f64>(format, operation, operands)
    } else if format.is(&Format::f32()) {
        run::<f32>(format, operation, operands)
    } else {
        panic!("{format} is not a format of the CPU")
    }
}
