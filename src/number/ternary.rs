//! Three-valued logic (strong Kleene), the result type of every comparison of enclosures.
//!
//! ```
//! use edgecert::number::{Ball, Enclosure, Ternary};
//! use rug::Rational;
//!
//! let third = Ball::from_rational(&Rational::from((1, 3)), 64);
//! let same = Ball::from_rational(&Rational::from((1, 3)), 64);
//! let half = Ball::from_rational(&Rational::from((1, 2)), 64);
//! assert_eq!(third.lt(&half), Ternary::True);
//! assert_eq!(half.lt(&third), Ternary::False);
//! // 1/3 has no finite binary expansion: two enclosures of it cannot be told apart.
//! assert_eq!(third.lt(&same), Ternary::Unknown);
//! ```

/// `True` and `False` are proved for every exact value of the operands; `Unknown` is
/// neither proved nor refuted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Ternary {
    /// Proved.
    True,
    /// Refuted.
    False,
    /// Not decided.
    Unknown,
}

impl Ternary {
    /// From a pair of proofs: `proved` that it holds, `refuted` that it does.
    /// Both at once cannot happen for non-empty operands; it is read as `Unknown`.
    pub fn from_proofs(proved: bool, refuted: bool) -> Self {
        match (proved, refuted) {
            (true, false) => Self::True,
            (false, true) => Self::False,
            _ => Self::Unknown,
        }
    }

    /// Proved to hold?
    pub fn is_true(self) -> bool {
        self == Self::True
    }

    /// Proved not to hold?
    pub fn is_false(self) -> bool {
        self == Self::False
    }

    /// Neither?
    pub fn is_unknown(self) -> bool {
        self == Self::Unknown
    }

    /// Conjunction.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// Disjunction.
    pub fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// Negation.
    #[allow(clippy::should_implement_trait)]
    pub fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Ternary {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

#[cfg(test)]
mod tests {
    use super::Ternary::{self, *};

    /// A three-valued value stands for a set of possible truth values; the connectives
    /// must be exactly the set-wise ones.
    #[test]
    fn connectives_are_the_setwise_ones() {
        let worlds = |t: Ternary| match t {
            True => vec![true],
            False => vec![false],
            Unknown => vec![true, false],
        };
        let of = |v: Vec<bool>| Ternary::from_proofs(v.iter().all(|&x| x), v.iter().all(|&x| !x));
        for x in [True, False, Unknown] {
            assert_eq!(x.not(), of(worlds(x).iter().map(|a| !a).collect()));
            for y in [True, False, Unknown] {
                let pairs = |f: fn(bool, bool) -> bool| {
                    let mut v = Vec::new();
                    for a in worlds(x) {
                        for b in worlds(y) {
                            v.push(f(a, b));
                        }
                    }
                    v
                };
                assert_eq!(x.and(y), of(pairs(|a, b| a && b)));
                assert_eq!(x.or(y), of(pairs(|a, b| a || b)));
            }
        }
    }
}
