//! Where the partial operations of an order have values: what is certain of an expression's
//! sign at every state, for λ₁, λ₂ and η above 0.

use crate::expression::{Expr, Function, Kind};

/// What is certain of the sign of an expression, wherever it has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// > 0.
    Positive,
    /// ≥ 0.
    NonNegative,
    /// < 0.
    Negative,
    /// Nothing.
    Unknown,
}

/// Names that are positive in every run.
const POSITIVE: [&str; 3] = ["eta", "lambda1", "lambda2"];

impl Sign {
    /// Of an expression in the inputs of an order.
    ///
    /// # Soundness
    /// By induction: each case states a rule of signs of real numbers.
    pub(super) fn of(expr: &Expr) -> Self {
        use Sign::{Negative, NonNegative, Positive, Unknown};
        match expr.kind() {
            Kind::Constant(q) if *q > 0 => Positive,
            Kind::Constant(q) if *q < 0 => Negative,
            Kind::Constant(_) => NonNegative,
            Kind::Name { name, .. } if POSITIVE.contains(&&**name) => Positive,
            Kind::Negate(x) => Self::of(x).negated(),
            Kind::Add(x, y) => Self::of(x).plus(Self::of(y)),
            Kind::Subtract(x, y) => Self::of(x).plus(Self::of(y).negated()),
            Kind::Multiply(x, y) if x == y => Self::of(x).squared(),
            Kind::Multiply(x, y) => Self::of(x).times(Self::of(y)),
            // A divisor is not 0 where there is a quotient.
            Kind::Divide(x, y) => match Self::of(y) {
                NonNegative => Self::of(x).times(Positive),
                y => Self::of(x).times(y),
            },
            Kind::Power(_, 0) => Positive,
            Kind::Power(x, n) if n % 2 == 0 => Self::of(x).squared(),
            Kind::Power(x, _) => Self::of(x),
            Kind::Call(function, arguments) => {
                let signs: Vec<Sign> = arguments.iter().map(Self::of).collect();
                match (function, signs.as_slice()) {
                    (Function::Exp, _) => Positive,
                    (Function::Abs, [x]) => x.squared(),
                    (Function::Sqrt, [Positive]) => Positive,
                    (Function::Sqrt, _) => NonNegative,
                    (Function::Min, [x, y]) if x == y => *x,
                    (Function::Max, [x, y]) if x == y => *x,
                    (Function::Max, signs) if signs.contains(&Positive) => Positive,
                    (Function::Max, signs) if signs.contains(&NonNegative) => NonNegative,
                    (Function::FusedMultiplyAdd, [x, y, z]) => {
                        let product = if arguments[0] == arguments[1] {
                            x.squared()
                        } else {
                            x.times(*y)
                        };
                        product.plus(*z)
                    }
                    _ => Unknown,
                }
            }
            _ => Unknown,
        }
    }

    /// Is it certainly not 0?
    pub(super) fn is_nonzero(self) -> bool {
        matches!(self, Sign::Positive | Sign::Negative)
    }

    fn negated(self) -> Self {
        match self {
            Sign::Positive => Sign::Negative,
            Sign::Negative => Sign::Positive,
            Sign::NonNegative | Sign::Unknown => Sign::Unknown,
        }
    }

    fn squared(self) -> Self {
        if self.is_nonzero() {
            Sign::Positive
        } else {
            Sign::NonNegative
        }
    }

    fn plus(self, other: Self) -> Self {
        use Sign::{Negative, NonNegative, Positive, Unknown};
        match (self, other) {
            (Positive, Positive | NonNegative) | (NonNegative, Positive) => Positive,
            (NonNegative, NonNegative) => NonNegative,
            (Negative, Negative) => Negative,
            _ => Unknown,
        }
    }

    fn times(self, other: Self) -> Self {
        use Sign::{Negative, NonNegative, Positive, Unknown};
        match (self, other) {
            (Positive, Positive) | (Negative, Negative) => Positive,
            (Positive, Negative) | (Negative, Positive) => Negative,
            (Positive | NonNegative, Positive | NonNegative) => NonNegative,
            _ => Unknown,
        }
    }
}
