//! Flow on the invariant plane β₁ = 0, in closed form.
//!
//! v = (α + β₂)² obeys a Riccati equation there: `flow.md`, "Flow on the plane β₁ = 0".

use super::integer;
use crate::number::{Ball, Enclosure, Number, Undefined};

/// Flow with β₁ = 0, invariant C and v(0) = v₀ > 0.
#[derive(Clone, Debug)]
pub struct ClosedForm {
    conserved: Ball,
    lambda2: Ball,
    /// R = √(C² + 4).
    root: Ball,
    /// v₊ = 2 + R, the attracting equilibrium.
    upper: Ball,
    /// v₋ = 2 − R ≤ 0, the repelling one.
    lower: Ball,
    start: Ball,
    /// K = (v₀ − v₊)/(v₀ − v₋).
    ratio: Ball,
}

/// v and integrals at one time.
#[derive(Clone, Debug)]
pub struct Moment {
    /// v(T).
    pub v: Ball,
    /// ∫₀ᵀ α².
    pub alpha_squared: Ball,
}

impl ClosedForm {
    /// The flow from v₀ > 0.
    ///
    /// # Errors
    /// [`Undefined`] if v₀ > 0 is not proved, or an enclosure is too wide.
    pub fn new(lambda2: &Ball, conserved: &Ball, start: &Ball) -> Result<Self, Undefined> {
        let precision = start.precision();
        let two = integer(2, precision);
        if !integer(0, precision).lt(start).is_true() {
            return Err(Undefined::Domain);
        }
        let root = conserved.square().add(&integer(4, precision)).sqrt()?;
        let upper = two.add(&root);
        // 2 − R = −C²/(2 + R) does not cancel.
        let lower = conserved.square().div(&upper)?.neg();
        let ratio = start.sub(&upper).div(&start.sub(&lower))?;
        Ok(ClosedForm {
            conserved: conserved.clone(),
            lambda2: lambda2.clone(),
            root,
            upper,
            lower,
            start: start.clone(),
            ratio,
        })
    }

    /// v₊.
    pub fn equilibrium(&self) -> &Ball {
        &self.upper
    }

    /// v₊ − v₋ = 2R and v₋.
    pub(super) fn gap_and_lower(&self) -> (Ball, &Ball) {
        (self.upper.sub(&self.lower), &self.lower)
    }

    /// v and the integral of α² after the time T ≥ 0.
    ///
    /// # Soundness
    /// v = v₊ + 2R·KE/(1 − KE), E = exp(−λ₂RT), and with J = ∫v = v₊T + (2/λ₂)·ln((1 − KE)/(1 − K)),
    /// ∫α² = J/2 + (C/2 − 1)T + ln(v/v₀)/(2λ₂); in ball arithmetic.
    ///
    /// # Errors
    /// [`Undefined`] if the enclosures are too wide.
    pub fn at(&self, time: &Ball) -> Result<Moment, Undefined> {
        let precision = self.start.precision();
        let (one, two) = (integer(1, precision), integer(2, precision));
        let decay = self.lambda2.mul(&self.root).mul(time).neg().exp()?;
        let scaled = self.ratio.mul(&decay);
        let rest = one.sub(&scaled);
        let v = self
            .upper
            .add(&two.mul(&self.root).mul(&scaled).div(&rest)?);
        let logarithm = rest.div(&one.sub(&self.ratio))?.log()?;
        let growth = v.div(&self.start)?.log()?;
        let slope = self.upper.add(&self.conserved).sub(&two).div(&two)?;
        let twice = two.mul(&self.lambda2);
        let alpha_squared = slope
            .mul(time)
            .add(&logarithm.div(&self.lambda2)?)
            .add(&growth.div(&twice)?);
        Ok(Moment { v, alpha_squared })
    }

    /// The time at which v reaches `v`.
    ///
    /// # Errors
    /// [`Undefined`] if `v` is not proved to be between v₀ and v₊.
    pub fn time_of(&self, v: &Ball) -> Result<Ball, Undefined> {
        let ratio = v.sub(&self.upper).div(&v.sub(&self.lower))?;
        self.ratio
            .div(&ratio)?
            .log()?
            .div(&self.lambda2.mul(&self.root))
    }
}

/// |α| and |β₂| (the latter with the sign of αβ₂) where α² − β₂² = c and (α + β₂)² = v > 0.
///
/// # Errors
/// [`Undefined`] if v > 0 is not proved.
pub fn coordinates(v: &Ball, c: &Ball) -> Result<(Ball, Ball), Undefined> {
    let sum = v.sqrt()?;
    let difference = c.div(&sum)?;
    let two = integer(2, v.precision());
    Ok((
        sum.add(&difference).div(&two)?,
        sum.sub(&difference).div(&two)?,
    ))
}
