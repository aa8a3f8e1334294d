//! How large an expression becomes when the abbreviations in it are written out.
//!
//! A few lines of abbreviations, each twice the one before, would make a tree that no memory
//! holds; they are refused before that.

use std::collections::HashMap;

use super::{Condition, Expr, Kind};

/// Most nodes of a written-out expression.
pub const MOST_NODES: u64 = 1_000_000;

/// Most levels of a written-out expression; bounds the recursion over it.
pub const MOST_LEVELS: u64 = 2000;

/// Size and depth of a tree; an estimate where it has names of the model or derivatives,
/// which are not worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Number of nodes.
    pub nodes: u64,
    /// Length of the longest path from the root.
    pub levels: u64,
}

/// A name of the model stands for a formula of about this extent.
const FORMULA: Extent = Extent {
    nodes: 30,
    levels: 8,
};

impl Extent {
    const NONE: Extent = Extent {
        nodes: 0,
        levels: 0,
    };

    /// Is it small enough to be worked with?
    pub fn is_moderate(self) -> bool {
        self.nodes <= MOST_NODES && self.levels <= MOST_LEVELS
    }

    fn beside(self, other: Extent) -> Extent {
        Extent {
            nodes: self.nodes.saturating_add(other.nodes),
            levels: self.levels.max(other.levels),
        }
    }

    fn below_a_node(self) -> Extent {
        Extent {
            nodes: self.nodes.saturating_add(1),
            levels: self.levels.saturating_add(1),
        }
    }
}

/// The extent of `expr`, given those of the abbreviations.
pub fn of_expression(expr: &Expr, known: &HashMap<String, Extent>) -> Extent {
    let of = |x: &Expr| of_expression(x, known);
    match expr.kind() {
        Kind::Constant(_) => Extent::NONE.below_a_node(),
        Kind::Name { name, .. } => known.get(&**name).copied().unwrap_or(FORMULA),
        Kind::Negate(x) | Kind::Power(x, _) => of(x).below_a_node(),
        Kind::Add(x, y) | Kind::Subtract(x, y) | Kind::Multiply(x, y) | Kind::Divide(x, y) => {
            of(x).beside(of(y)).below_a_node()
        }
        Kind::Call(_, arguments) => arguments
            .iter()
            .fold(Extent::NONE, |sum, x| sum.beside(of(x)))
            .below_a_node(),
        // By the product rule every node is copied about once for each node above it; the
        // quotient rule puts three nodes where one was.
        Kind::Derivative(x, _) => {
            let Extent { nodes, levels } = of(x);
            Extent {
                nodes: nodes.saturating_mul(levels),
                levels: levels.saturating_mul(3),
            }
        }
    }
}

/// The extent of `condition`.
pub fn of_condition(condition: &Condition, known: &HashMap<String, Extent>) -> Extent {
    let all = |conditions: &[Condition]| {
        conditions
            .iter()
            .fold(Extent::NONE, |sum, c| sum.beside(of_condition(c, known)))
    };
    match condition {
        Condition::Compare { left, right, .. } => {
            of_expression(left, known).beside(of_expression(right, known))
        }
        Condition::Flag { .. } => Extent::NONE,
        Condition::And(conditions) | Condition::Or(conditions) => all(conditions),
        Condition::Not(inner) => of_condition(inner, known),
    }
    .below_a_node()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::identity::differentiate;
    use crate::expression::Place;
    use crate::expression::parser::expression;
    use crate::model::names;

    fn extent(text: &str) -> Extent {
        measure(&expression(text, &Place::From(0), &names()).expect("valid"))
    }

    fn measure(expr: &Expr) -> Extent {
        let small = Extent {
            nodes: 1,
            levels: 1,
        };
        let known = ["alpha", "beta1"].map(|name| (name.to_string(), small));
        of_expression(expr, &HashMap::from(known))
    }

    #[test]
    fn nodes_and_levels_are_counted() {
        let cases = [
            ("2", 1, 1),
            ("alpha + 1", 3, 2),
            ("-(alpha*beta1)^2", 5, 4),
            ("min(alpha, 1 + 1)", 5, 3),
            ("diff(alpha*beta1, alpha)", 6, 6),
        ];
        for (text, nodes, levels) in cases {
            assert_eq!(extent(text), Extent { nodes, levels }, "{text}");
        }
    }

    #[test]
    fn derivatives_are_not_deeper_than_estimated() {
        let chains = [
            "alpha/2",
            "1/alpha",
            "alpha*alpha",
            "alpha^3",
            "sqrt(log(exp(alpha)))",
        ];
        for chain in chains {
            for wrapped in [
                format!("{chain}{}", "/alpha".repeat(50)),
                format!("2/({chain})^2"),
            ] {
                let text = format!("diff({wrapped}, alpha)");
                let expr = expression(&wrapped, &Place::From(0), &names()).expect("valid");
                let derivative = differentiate(&expr, "alpha").expect("differentiable");
                let (found, estimate) = (measure(&derivative), extent(&text));
                assert!(
                    found.levels <= estimate.levels,
                    "{text}: {found:?}, {estimate:?}"
                );
            }
        }
    }

    #[test]
    fn repeated_derivatives_of_a_formula_are_moderate_up_to_the_third() {
        assert!(extent("diff(diff(diff(loss, alpha), alpha), beta1)").is_moderate());
        let deep = format!("{}loss{}", "diff(".repeat(9), ", alpha)".repeat(9));
        assert!(!extent(&deep).is_moderate());
    }
}
