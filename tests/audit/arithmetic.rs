//! Emulated operations against exact rational arithmetic and against the CPU.

use std::cmp::Ordering;

use edgecert::audit::Format;
use edgecert::audit::arithmetic::{Arithmetic, Emulation, Operation};
use edgecert::audit::format::{Exponents, Rounding, Underflow};
use proptest::prelude::*;
use rug::{Float, Rational};

const BASIC: [Operation; 5] = [
    Operation::Add,
    Operation::Subtract,
    Operation::Multiply,
    Operation::Divide,
    Operation::FusedMultiplyAdd,
];

/// A toy format, small enough to list all of its numbers.
fn toy() -> Format {
    let exponents = Exponents {
        least: -3,
        greatest: 3,
    };
    Format::new("toy", 3, Some(exponents))
}

/// Its finite numbers, in order, subnormal ones included where they are.
fn numbers(format: &Format) -> Vec<Rational> {
    let range = format.exponents.expect("bounded");
    let precision = i32::try_from(format.precision).expect("small");
    let mut positive = Vec::new();
    for exponent in range.least..=range.greatest {
        for significand in 1 << (precision - 1)..1 << precision {
            positive.push(Rational::from(significand) << (exponent - precision + 1));
        }
    }
    if format.underflow == Underflow::Gradual {
        for significand in 1..1 << (precision - 1) {
            positive.push(Rational::from(significand) << (range.least - precision + 1));
        }
    }
    let mut all: Vec<Rational> = positive.iter().map(|q| Rational::from(-q)).collect();
    all.extend(positive);
    all.push(Rational::new());
    all.sort();
    all
}

fn exact(operation: Operation, [x, y, z]: [&Rational; 3]) -> Option<Rational> {
    Some(match operation {
        Operation::Add => Rational::from(x + y),
        Operation::Subtract => Rational::from(x - y),
        Operation::Multiply => Rational::from(x * y),
        Operation::Divide if y.is_zero() => return None,
        Operation::Divide => Rational::from(x / y),
        Operation::FusedMultiplyAdd => Rational::from(x * y) + z,
        _ => return None,
    })
}

/// The exact number rounded by the definition: search among all numbers of the format.
/// `None` beyond the greatest.
fn rounded(numbers: &[Rational], format: &Format, exact: &Rational) -> Option<Rational> {
    let at = numbers.partition_point(|q| q < exact);
    if numbers.get(at) == Some(exact) {
        return Some(exact.clone());
    }
    let below = at.checked_sub(1).map(|i| &numbers[i]);
    let above = numbers.get(at);
    let (below, above) = (below?, above?);
    let even = |q: &Rational| {
        // The significand of a number in units of its own last place, by position in the list.
        let place = numbers.iter().position(|x| x == q).expect("a number");
        let zero = numbers.iter().position(Rational::is_zero).expect("zero");
        place.abs_diff(zero) % 2 == 0
    };
    Some(
        match format.rounding {
            Rounding::Up => above,
            Rounding::Down => below,
            Rounding::Zero if *exact > 0 => below,
            Rounding::Zero => above,
            Rounding::Nearest => {
                let down = Rational::from(exact - below);
                let up = Rational::from(above - exact);
                match down.cmp(&up) {
                    Ordering::Less => below,
                    Ordering::Greater => above,
                    Ordering::Equal if even(below) => below,
                    Ordering::Equal => above,
                }
            }
        }
        .clone(),
    )
}

#[test]
fn every_operation_of_a_toy_format_rounds_once() {
    for rounding in Rounding::ALL {
        let format = toy().with(Underflow::Gradual, rounding);
        let numbers = numbers(&format);
        let mut arithmetic = Emulation::new(&format);
        let floats: Vec<Float> = numbers.iter().map(|q| arithmetic.constant(q)).collect();
        for (float, number) in floats.iter().zip(&numbers) {
            assert_eq!(float.to_rational().as_ref(), Some(number));
        }
        let largest = numbers.last().expect("not empty");
        for operation in BASIC {
            for (i, x) in numbers.iter().enumerate() {
                for (j, y) in numbers.iter().enumerate() {
                    // A third operand near nothing, and one that matters.
                    for k in [numbers.len() / 2 + 1, (7 * i + 3 * j) % numbers.len()] {
                        let Some(truth) = exact(operation, [x, y, &numbers[k]]) else {
                            continue;
                        };
                        let result =
                            arithmetic.apply(operation, [&floats[i], &floats[j], &floats[k]]);
                        let what = format!("{operation:?} {x} {y} {} {rounding:?}", numbers[k]);
                        if truth.clone().abs() <= *largest {
                            let wanted = rounded(&numbers, &format, &truth);
                            assert_eq!(result.to_rational(), wanted, "{what}");
                        } else {
                            let to_largest = match rounding {
                                Rounding::Zero => true,
                                Rounding::Up => truth < 0,
                                Rounding::Down => truth > 0,
                                // Half a place beyond it, infinity begins.
                                Rounding::Nearest => {
                                    truth.clone().abs() < Rational::from(largest + 1u32)
                                }
                            };
                            assert_eq!(result.is_infinite(), !to_largest, "{what}: {result}");
                            if to_largest {
                                let size = result.to_rational().expect("finite").abs();
                                assert_eq!(size, *largest, "{what}");
                            }
                            assert_eq!(result.is_sign_negative(), truth < 0, "{what}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn small_results_are_flushed_with_their_sign() {
    let format = toy().with(Underflow::Flush, Rounding::Nearest);
    let mut arithmetic = Emulation::new(&format);
    let mut value = |n: i32, d: i32| arithmetic.constant(&Rational::from((n, d)));
    let (small, half, negative) = (value(1, 8), value(1, 2), value(-1, 2));
    let zero = arithmetic.apply(Operation::Multiply, [&small, &half, &half]);
    assert!(zero.is_zero() && zero.is_sign_positive());
    let zero = arithmetic.apply(Operation::Multiply, [&small, &negative, &half]);
    assert!(zero.is_zero() && zero.is_sign_negative());
    assert!(arithmetic.take_flags().flush_dependent && !arithmetic.take_flags().flush_dependent);
    // 7/64 rounds to the least normal number, 1/8, on the subnormal grid; with an unbounded
    // exponent it is below it, and so is flushed, as on x86.
    let factor = arithmetic.constant(&Rational::from((7, 8)));
    let below = arithmetic.apply(Operation::Multiply, [&small, &factor, &half]);
    assert!(below.is_zero(), "{below}");
}

/// Patterns with many numbers near the ends of the range.
fn pattern() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => any::<u64>(),
        // Subnormal, least normal, greatest, zero, ones.
        1 => (0..1u64 << 54).prop_map(|x| x),
        1 => any::<u64>().prop_map(|x| (x & !(0x7ff << 52)) | (1 << 52)),
        1 => any::<u64>().prop_map(|x| (x & !(0x7ff << 52)) | (0x7fe << 52)),
        1 => any::<u64>().prop_map(|x| (x & !(0x7ff << 52)) | (0x3ff << 52)),
        1 => Just(0), 1 => Just(1 << 63),
    ]
}

fn pattern32() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => any::<u32>(),
        1 => (0..1u32 << 25).prop_map(|x| x),
        1 => any::<u32>().prop_map(|x| (x & !(0xff << 23)) | (1 << 23)),
        1 => any::<u32>().prop_map(|x| (x & !(0xff << 23)) | (0xfe << 23)),
        1 => any::<u32>().prop_map(|x| (x & !(0xff << 23)) | (0x7f << 23)),
        1 => Just(0), 1 => Just(1 << 31),
    ]
}

fn modes() -> impl Strategy<Value = (Underflow, Rounding)> {
    let underflow = prop_oneof![Just(Underflow::Gradual), Just(Underflow::Flush)];
    (underflow, 0..4usize).prop_map(|(underflow, i)| (underflow, Rounding::ALL[i]))
}

/// Same number, sign of zero included; or both not a number.
fn same(x: &Float, y: &Float) -> bool {
    x.is_nan() && y.is_nan() || x == y && x.is_sign_negative() == y.is_sign_negative()
}

#[cfg(target_arch = "x86_64")]
mod on_the_cpu {
    use super::*;
    use edgecert::audit::hardware::native;

    const ALL: [Operation; 6] = [
        Operation::Add,
        Operation::Subtract,
        Operation::Multiply,
        Operation::Divide,
        Operation::FusedMultiplyAdd,
        Operation::Sqrt,
    ];

    fn check(format: &Format, operands: [Float; 3]) -> Result<(), TestCaseError> {
        let mut emulation = Emulation::new(format);
        for operation in ALL {
            let emulated = emulation.apply(operation, operands.each_ref());
            let emulated_flags = emulation.take_flags();
            let (computed, flags) = native(format, operation, operands.each_ref());
            prop_assert!(
                same(&emulated, &computed),
                "{operation:?} {operands:?} in {format}: {emulated:?}, {computed:?}"
            );
            prop_assert_eq!(
                emulated_flags.vanished,
                flags.vanished,
                "{:?} {:?} in {}",
                operation,
                operands,
                format
            );
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

        #[test]
        fn doubles_agree(x in pattern(), y in pattern(), z in pattern(), (u, r) in modes()) {
            let operands = [x, y, z].map(|bits| Float::with_val(53, f64::from_bits(bits)));
            check(&Format::f64().with(u, r), operands)?;
        }

        #[test]
        fn singles_agree(x in pattern32(), y in pattern32(), z in pattern32(), (u, r) in modes()) {
            let operands = [x, y, z].map(|bits| Float::with_val(24, f32::from_bits(bits)));
            check(&Format::f32().with(u, r), operands)?;
        }
    }
}
