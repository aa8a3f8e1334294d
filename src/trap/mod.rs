//! From a finite computation to a statement for all later steps.
//!
//! Both arguments take enclosures of one iterate θ_T and some chosen constants. If their
//! conditions hold, every later iterate of the exact trajectory stays in a box, with explicit
//! bounds on the sharpness and the loss. They cover plain and clipped gradient descent.
//!
//! * [`final_trap`]: Theorem 12 (`dynamics.md#theorem-12`). Nothing oscillates any more.
//! * [`delta_trap`]: Theorem 13 (`dynamics.md#theorem-13`). Spikes may go on, but stay small.
//!
//! The constants are chosen in floating point, which need not be right: what was chosen is
//! then checked on enclosures, and only that counts.

pub mod delta_trap;
pub mod final_trap;

use rug::Rational;

pub use delta_trap::DeltaTrap;
pub use final_trap::FinalTrap;

use crate::model::{Parameters, State};
use crate::number::{Enclosure, Interval, Ternary, Undefined};

/// h, e, ρ and the rest of a run's constants, exactly, and what the choice of constants needs
/// of them in floating point.
#[derive(Clone, Debug)]
pub struct Setting {
    /// η.
    pub eta: Rational,
    /// λ₂.
    pub lambda2: Rational,
    /// h = ηλ₁.
    pub h: Rational,
    /// e = ηλ₂.
    pub e: Rational,
    /// ρ = λ₂/λ₁.
    pub rho: Rational,
    /// hB², if β₁ is clipped to [−B, B].
    pub clip: Option<Rational>,
    /// Is a_t ≠ 1 for all t by arithmetic? (`dynamics.md#theorem-13`)
    pub never_one: bool,
    float: Floats,
}

#[derive(Clone, Copy, Debug)]
struct Floats {
    h: f64,
    e: f64,
    rho: f64,
    clip: f64,
}

impl Setting {
    /// Of a run from a rational point or, `start_is_point` being false, from a box.
    ///
    /// From a rational point all iterates are rational, so a_t = hα_t² = 1 would make 1/h
    /// the square of a rational number.
    pub fn new(parameters: &Parameters, start_is_point: bool) -> Self {
        let h = Rational::from(&parameters.eta * &parameters.lambda1);
        let e = Rational::from(&parameters.eta * &parameters.lambda2);
        let rho = Rational::from(&parameters.lambda2 / &parameters.lambda1);
        let clip = parameters
            .clip
            .as_ref()
            .map(|bound| Rational::from(bound.square_ref()) * &h);
        let float = Floats {
            h: h.to_f64(),
            e: e.to_f64(),
            rho: rho.to_f64(),
            clip: clip.as_ref().map_or(f64::INFINITY, Rational::to_f64),
        };
        Setting {
            eta: parameters.eta.clone(),
            lambda2: parameters.lambda2.clone(),
            never_one: start_is_point && !is_square(&h),
            h,
            e,
            rho,
            clip,
            float,
        }
    }

    /// The least e(A₊/h + h/A₋) + e²/4 ≤ 1 asks for: (E) at every α² ≤ A₊/h, β₂² ≤ h/A₋.
    fn step_size_condition(&self, lower: &Rational, upper: &Rational) -> bool {
        let sum = Rational::from(upper / &self.h) + Rational::from(&self.h / lower);
        let quarter = Rational::from(self.e.square_ref()) / 4u32;
        sum * &self.e + quarter <= 1
    }
}

/// The square of a rational number?
fn is_square(q: &Rational) -> bool {
    q.numer().is_perfect_square() && q.denom().is_perfect_square()
}

/// A condition of a trap that was not proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// Its name in the theorem.
    pub condition: &'static str,
    /// Is it proved false? Else the enclosures are too wide to tell.
    pub refuted: bool,
}

impl Unmet {
    fn new(condition: &'static str, holds: Ternary) -> Self {
        Unmet {
            condition,
            refuted: holds.is_false(),
        }
    }

    /// `condition`, where a subexpression has no value on the enclosures.
    fn undefined(condition: &'static str) -> impl Fn(Undefined) -> Self {
        move |_| Unmet {
            condition,
            refuted: false,
        }
    }
}

/// Goes on only if the condition is proved.
fn require(condition: &'static str, holds: Ternary) -> Result<(), Unmet> {
    if holds.is_true() {
        Ok(())
    } else {
        Err(Unmet::new(condition, holds))
    }
}

/// The quantities of θ_T both theorems speak of.
struct Quantities<T> {
    one: T,
    a: T,
    b: T,
    s: T,
    q: T,
}

/// The quantities at `x`, after the conditions on the region: α > 0, β₂ > 0, 0 ≤ s < 1, b < 1.
///
/// # Errors
/// [`Unmet`] if one is not proved.
fn region<T: Enclosure>(
    setting: &Setting,
    x: &State<T>,
    context: T::Context,
) -> Result<Quantities<T>, Unmet> {
    let zero = T::constant(&Rational::new(), context);
    let one = T::constant(&Rational::from(1), context);
    let h = T::constant(&setting.h, context);
    let quantities = Quantities {
        a: h.mul(&x.alpha.square()),
        b: h.mul(&x.beta1.square()),
        s: one.sub(&x.alpha.mul(&x.beta2)),
        q: x.alpha.square().sub(&x.beta2.square()),
        one,
    };
    require("α > 0", zero.lt(&x.alpha))?;
    require("β₂ > 0", zero.lt(&x.beta2))?;
    require("αβ₂ ≤ 1", zero.le(&quantities.s))?;
    require("b < 1", quantities.b.lt(&quantities.one))?;
    Ok(quantities)
}

/// X(q) = (q + √(q² + 4))/2 (`dynamics.md#notation`), without cancellation for q < 0.
///
/// # Errors
/// None for bounded q.
fn edge_root<T: Enclosure>(q: &T, context: T::Context) -> Result<T, Undefined> {
    let zero = T::constant(&Rational::new(), context);
    let two = T::constant(&Rational::from(2), context);
    let root = q.square().add(&two.square()).sqrt()?;
    if q.lt(&zero).is_true() {
        two.div(&root.sub(q))
    } else {
        q.add(&root).div(&two)
    }
}

/// The upper bound q⁺ of Q for all later steps: Q itself if Q ≥ 0, else
/// Q + e·s̄·|Q|·(1/α₋ − β₂)/α₋ (Lemma 3(b) and e²Σs² ≤ e·s̄·(1/α₋ − β₂)/α₋).
fn largest_potential<T: Enclosure>(
    e: &T,
    q: &T,
    s_bound: &T,
    alpha_lower: &T,
    beta2: &T,
    context: T::Context,
) -> Result<T, Undefined> {
    let zero = T::constant(&Rational::new(), context);
    if zero.le(q).is_true() {
        return Ok(q.clone());
    }
    let one = T::constant(&Rational::from(1), context);
    let room = one.div(alpha_lower)?.sub(beta2).div(alpha_lower)?;
    Ok(q.add(&e.mul(s_bound).mul(&q.abs()).mul(&room)))
}

/// θ, or its mirror image (−α, β₁, −β₂) where α is negative; and whether it was mirrored.
///
/// Gradient descent, L and S commute with this reflection (`dynamics.md#theorem-12`), so a
/// trap that holds the image holds the iterate.
pub fn facing<T: Enclosure>(x: State<T>, context: T::Context) -> (State<T>, bool) {
    let zero = T::constant(&Rational::new(), context);
    if x.alpha.lt(&zero).is_true() {
        let image = State {
            alpha: x.alpha.neg(),
            beta1: x.beta1,
            beta2: x.beta2.neg(),
        };
        (image, true)
    } else {
        (x, false)
    }
}

/// The same X in floating point.
fn float_edge_root(q: f64) -> f64 {
    let root = q.hypot(2.0);
    if q < 0.0 {
        2.0 / (root - q)
    } else {
        (q + root) / 2.0
    }
}

/// The same q⁺ in floating point.
fn float_largest_potential(e: f64, q: f64, s_bound: f64, alpha_lower: f64, beta2: f64) -> f64 {
    if q >= 0.0 {
        q
    } else {
        q + e * s_bound * -q * (1.0 / alpha_lower - beta2) / alpha_lower
    }
}

/// The least favourable ends of an iterate's enclosure, for the choice of constants.
#[derive(Clone, Copy, Debug)]
struct Ends {
    a_lower: f64,
    a_upper: f64,
    b: f64,
    s: f64,
    q: f64,
    beta2: f64,
}

impl Ends {
    fn new(setting: &Setting, x: &State<Interval>) -> Self {
        let Floats { h, .. } = setting.float;
        let (alpha_lower, alpha_upper) = (x.alpha.lower_f64(), x.alpha.upper_f64());
        let beta1 = x.beta1.upper_f64().abs().max(x.beta1.lower_f64().abs());
        let beta2 = x.beta2.lower_f64();
        Ends {
            a_lower: h * alpha_lower * alpha_lower,
            a_upper: h * alpha_upper * alpha_upper,
            b: h * beta1 * beta1,
            s: 1.0 - alpha_lower * beta2,
            q: (alpha_upper - beta2) * (alpha_upper + beta2),
            beta2,
        }
    }
}

/// [0, `upper`], whose upper end is that of the argument.
fn from_zero(upper: &Interval) -> Interval {
    let (m, exponent) = upper.upper();
    Interval::from_bounds(0.0, m, exponent)
}

#[cfg(test)]
mod tests;
