//! The model: its parameters, its formulas, and the names claims know them by.

pub mod minimalist;

use rug::Rational;

use crate::expression::NameTable;
use crate::number::Number;

pub use minimalist::{Arrow, Coefficients};

/// A point of parameter space, θ = (α, β₁, β₂), in some number system.
#[derive(Clone, Debug, PartialEq)]
pub struct State<T> {
    /// α, the shared weight.
    pub alpha: T,
    /// β₁, the weight of the irrelevant feature (variance λ₁).
    pub beta1: T,
    /// β₂, the weight of the relevant feature (variance λ₂).
    pub beta2: T,
}

impl<T> State<T> {
    /// Applies `f` to each coordinate.
    pub fn map<U>(&self, mut f: impl FnMut(&T) -> U) -> State<U> {
        State {
            alpha: f(&self.alpha),
            beta1: f(&self.beta1),
            beta2: f(&self.beta2),
        }
    }

    /// The coordinates in the order of [`COORDINATES`].
    pub fn as_array(&self) -> [&T; 3] {
        [&self.alpha, &self.beta1, &self.beta2]
    }
}

/// The names of the coordinates, in order.
pub const COORDINATES: [&str; 3] = ["alpha", "beta1", "beta2"];

/// The exact inputs of gradient descent on the minimalist example.
///
/// Invariants (checked by [`crate::input`]): λ₁ > 0, λ₂ > 0, λ₁ ≥ λ₂, η > 0, and the clip
/// bound, where there is one, is positive.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// λ₁, variance of the irrelevant feature.
    pub lambda1: Rational,
    /// λ₂, variance of the relevant feature.
    pub lambda2: Rational,
    /// η, the learning rate.
    pub eta: Rational,
    /// B: after each step β₁ is clipped to [−B, B]. `None` is plain gradient descent.
    pub clip: Option<Rational>,
}

impl Parameters {
    /// The parameters and the constants derived from them, in the number system `T`.
    pub fn coefficients<T: Number>(&self, context: T::Context) -> Coefficients<T> {
        Coefficients::new(self, context)
    }
}

/// Every name a claim may use, before its own constants and definitions.
pub fn names() -> NameTable {
    let mut names = NameTable::default();
    let fixed = [
        ("B", "the bound of the projection |β₁| ≤ B"),
        ("horizon", "the number of steps of the run"),
    ];
    for (name, meaning) in minimalist::PARAMETERS.into_iter().chain(fixed) {
        names.values.push((name.into(), meaning.into()));
        names.fixed.push(name.into());
    }
    let free = minimalist::PARAMETERS.iter().map(|(name, _)| *name);
    names.variables = COORDINATES
        .into_iter()
        .chain(free)
        .map(String::from)
        .collect();
    let coordinates = [
        "α, the shared weight",
        "β₁, the irrelevant weight",
        "β₂, the relevant weight",
    ];
    for (name, meaning) in COORDINATES.into_iter().zip(coordinates) {
        names.values.push((name.into(), meaning.into()));
    }
    names
        .values
        .push(("t".into(), "the index of the iterate".into()));
    names.values.push((
        "sharpness".into(),
        "S, the largest eigenvalue of the Hessian".into(),
    ));
    for definition in minimalist::definitions() {
        names
            .values
            .push((definition.name.into(), definition.meaning.into()));
        if matches!(definition.name, "h" | "e" | "rho" | "alpha_edge") {
            names.fixed.push(definition.name.into());
        }
    }
    names.flags.push("clipped".into());
    names
}
