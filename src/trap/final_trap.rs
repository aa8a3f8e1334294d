//! Theorem 12, the final trap: the oscillation decays geometrically for ever.

use rug::Rational;

use super::{
    Ends, Setting, Unmet, edge_root, float_edge_root, float_largest_potential, from_zero,
    largest_potential, region, require,
};
use crate::model::State;
use crate::number::{Enclosure, Interval, Number, Undefined};

/// The constants of Theorem 12: A₋ ≤ a_t ≤ A₊ for all t ≥ T.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// A₋ > 0.
    pub lower: Rational,
    /// A₊ ≤ 2.
    pub upper: Rational,
}

/// A final trap that is proved to hold from step T on, for the exact trajectory.
///
/// For all n ≥ 0, t = T + n: α, β₂ > 0, 0 ≤ s_t ≤ s̄, A₋ ≤ a_t ≤ A₊, β₂ does not fall,
/// b_t ≤ bκⁿ, s_t ≤ C·Mⁿ, and α, β₂ converge.
#[derive(Clone, Debug)]
pub struct FinalTrap {
    /// T.
    pub step: u64,
    /// A₋, A₊.
    pub choice: Choice,
    /// κ = max((1 − A₋)², (1 − A₊)²) < 1, exactly.
    pub kappa: Rational,
    /// Enclosure of b_T.
    pub b: Interval,
    /// Enclosure of s_T.
    pub s: Interval,
    /// s̄ ≥ s_t for all t ≥ T.
    pub s_bound: Interval,
    /// μ = 1 − e[α₋²(1 − b) + β₂²] ≥ the factor of s in one step.
    pub mu: Interval,
    /// k̄ ≥ b_t + ρ(a_t + c_t + h|r_t|), the remainder of Proposition 2.
    pub remainder: Interval,
    /// Enclosure of α_t for all t ≥ T.
    pub alpha: Interval,
    /// Enclosure of β₂ for all t ≥ T.
    pub beta2: Interval,
    /// Enclosure of lim ηS(θ_t).
    pub limit: Interval,
    lambda2: Rational,
    eta_h: Rational,
}

/// Constants that may satisfy the theorem at an iterate; `None` if none are in sight.
///
/// An observation in floating point: [`certify`] decides.
pub fn choose(setting: &Setting, x: &State<Interval>) -> Option<Choice> {
    const ROUNDS: usize = 40;
    let super::Floats { h, e, .. } = setting.float;
    let ends = Ends::new(setting, x);
    if !(ends.b < 1.0 && ends.s < 1.0 && h * float_edge_root(ends.q) < 2.0) {
        return None;
    }
    // b/(1 − κ) ≤ theta is what is wanted, and κ grows with theta.
    let mut theta = 0.0;
    for _ in 0..ROUNDS {
        let lower = ends.a_lower * (1.0 - theta) * (1.0 - theta) * (1.0 - 1e-14);
        let alpha_lower = (lower / h).sqrt();
        let s_bound = (ends.s + theta).min(1.0);
        let q = float_largest_potential(e, ends.q, s_bound, alpha_lower, ends.beta2);
        let exact_upper = h * float_edge_root(q);
        // Above rounding errors, below 2.
        let upper = (exact_upper + (2.0 - exact_upper) * 1e-6).max(exact_upper * (1.0 + 1e-14));
        if !(lower > 0.0 && upper < 2.0) {
            return None;
        }
        let kappa = (1.0 - lower).powi(2).max((1.0 - upper).powi(2));
        let needed = ends.b / (1.0 - kappa);
        if needed <= theta {
            return Some(Choice {
                lower: Rational::from_f64(lower.min(upper))?,
                upper: Rational::from_f64(upper)?,
            });
        }
        theta = needed * (1.0 + 1e-6) + 1e-15;
        if theta.is_nan() || theta >= 1.0 {
            return None;
        }
    }
    None
}

/// Theorem 12 at step T with the constants chosen.
///
/// # Soundness
/// Every condition of the theorem is proved for all points of the enclosures of θ_T, or it
/// is not met. A₋, A₊ and κ are exact; so are the conditions on them alone.
///
/// # Errors
/// [`Unmet`] with the first condition that is not proved.
pub fn certify<T: Enclosure>(
    setting: &Setting,
    step: u64,
    x: &State<T>,
    choice: &Choice,
    context: T::Context,
) -> Result<FinalTrap, Unmet> {
    let Choice { lower, upper } = choice;
    let constant = |q: &Rational| T::constant(q, context);
    let quantities = region(setting, x, context)?;
    let ordered = *lower > 0 && lower <= upper && *upper <= 2;
    require("0 < A₋ ≤ A₊ ≤ 2", ordered.into())?;
    let from_one = |q: &Rational| Rational::from(1 - q).square();
    let kappa = from_one(lower).max(from_one(upper));
    require("(T1) κ < 1", (kappa < 1).into())?;
    require(
        "(T3) e(A₊/h + 1/α₋²) + e²/4 ≤ 1",
        setting.step_size_condition(lower, upper).into(),
    )?;
    let t1 = Unmet::undefined("(T1)");
    let (h, e) = (constant(&setting.h), constant(&setting.e));
    let alpha_lower = constant(lower)
        .div(&h)
        .and_then(|q| q.sqrt())
        .map_err(&t1)?;
    // Σ b_t ≤ b/(1 − κ).
    let total = quantities
        .b
        .div(&constant(&Rational::from(1 - &kappa)))
        .map_err(&t1)?;
    let alpha_at_least = x.alpha.mul(&quantities.one.sub(&total));
    require(
        "(T1) α(1 − b/(1 − κ)) ≥ α₋",
        alpha_lower.le(&alpha_at_least),
    )?;
    let t2 = Unmet::undefined("(T2)");
    let s_bound = quantities.s.add(&total).min(&quantities.one);
    let largest_q = largest_potential(&e, &quantities.q, &s_bound, &alpha_lower, &x.beta2, context)
        .map_err(&t2)?;
    let largest_a = h.mul(&edge_root(&largest_q, context).map_err(&t2)?);
    require("(T2) hX(q⁺) ≤ A₊", largest_a.le(&constant(upper)))?;

    let inverse = quantities.one.div(&alpha_lower).map_err(&t2)?;
    let decay = alpha_lower
        .square()
        .mul(&quantities.one.sub(&quantities.b))
        .add(&x.beta2.square());
    let mu = quantities.one.sub(&e.mul(&decay));
    let rest = constant(upper)
        .add(&h.mul(&inverse.square()))
        .add(&h.mul(&s_bound));
    let remainder = quantities.b.add(&constant(&setting.rho).mul(&rest));
    let limit = limit(
        &Limit {
            h: &h,
            e: &e,
            a: &quantities.a,
            q: &quantities.q,
            total: &total,
            s_bound: &s_bound,
            alpha_lower: &alpha_lower,
            beta2: &x.beta2,
            upper: &constant(upper),
            largest_a: &largest_a,
        },
        context,
    )
    .map_err(&t2)?;
    let alpha_upper = largest_a.div(&h).and_then(|q| q.sqrt()).map_err(&t2)?;
    Ok(FinalTrap {
        step,
        choice: choice.clone(),
        kappa,
        b: quantities.b.to_interval(),
        s: quantities.s.to_interval(),
        s_bound: s_bound.to_interval(),
        mu: mu.to_interval(),
        remainder: remainder.to_interval(),
        alpha: alpha_at_least.hull(&alpha_upper).to_interval(),
        beta2: x.beta2.hull(&inverse).to_interval(),
        limit,
        lambda2: setting.lambda2.clone(),
        eta_h: Rational::from(&setting.eta * &setting.h),
    })
}

struct Limit<'a, T> {
    h: &'a T,
    e: &'a T,
    a: &'a T,
    q: &'a T,
    total: &'a T,
    s_bound: &'a T,
    alpha_lower: &'a T,
    beta2: &'a T,
    upper: &'a T,
    largest_a: &'a T,
}

/// An enclosure of lim ηS(θ_t) = max(a_∞, e(α_∞² + α_∞⁻²)).
///
/// # Soundness
/// a_∞ = hX(Q_∞), as p_∞ = 1. Above: Q_∞ ≤ q⁺. Below, twice: α_∞ ≥ α(1 − Σb); and by (I2)
/// Q falls by at most max(Q, 0)e²Σs² + Σb(2α² + 2eps), where α² ≤ A₊/h and ps ≤ 1/4.
fn limit<T: Enclosure>(k: &Limit<'_, T>, context: T::Context) -> Result<Interval, Undefined> {
    let constant = |n: i32| T::constant(&Rational::from(n), context);
    let (zero, one, two) = (constant(0), constant(1), constant(2));
    let by_alpha = k.a.mul(&one.sub(k.total).square());
    let room = one.div(k.alpha_lower)?.sub(k.beta2).div(k.alpha_lower)?;
    let squares = k.e.mul(k.s_bound).mul(&room).mul(&k.q.max(&zero));
    let spikes = k
        .total
        .mul(&two.mul(k.upper).div(k.h)?.add(&k.e.div(&two)?));
    let least_q = k.q.sub(&squares).sub(&spikes);
    let by_potential = k.h.mul(&edge_root(&least_q, context)?);
    let least = by_alpha.max(&by_potential);
    let a = least.hull(k.largest_a);
    let alpha_squared = a.div(k.h)?;
    let other = k.e.mul(&alpha_squared.add(&one.div(&alpha_squared)?));
    Ok(a.max(&other).to_interval())
}

/// Greatest n that is looked at.
const MOST_STEPS: u64 = 1 << 60;

impl FinalTrap {
    /// The same of the trajectory whose mirror image (see [`super::facing`]) it was proved of.
    pub fn mirrored(self) -> Self {
        Self {
            alpha: self.alpha.neg(),
            beta2: self.beta2.neg(),
            ..self
        }
    }

    /// qⁿ for 0 ≤ q < 1, from above.
    fn power(base: &Interval, n: u64) -> Result<Interval, Undefined> {
        if n == 0 {
            return Ok(Interval::constant(&Rational::from(1), ()));
        }
        // A base of 0 has no logarithm; any larger one will do.
        let floor = Interval::constant(&Rational::from((1, 1024)), ());
        let exponent = Interval::constant(&Rational::from(n), ());
        exponent.mul(&base.max(&floor).log()?).exp()
    }

    fn kappa_interval(&self) -> Interval {
        Interval::from_rational(&self.kappa)
    }

    /// κ: b shrinks by this factor at least, at each step.
    pub fn beta1_rate(&self) -> Interval {
        self.kappa_interval()
    }

    /// max(κ, μ): the bound on s shrinks by this factor at each step.
    pub fn residual_rate(&self) -> Interval {
        self.kappa_interval().max(&self.mu)
    }

    /// A bound on b_{T+n}.
    ///
    /// # Errors
    /// [`Undefined`] if the bound leaves the number system.
    pub fn b_bound(&self, n: u64) -> Result<Interval, Undefined> {
        Ok(from_zero(
            &self.b.mul(&Self::power(&self.kappa_interval(), n)?),
        ))
    }

    /// Pairs (κ′, μ′) with κ′ ≥ κ, μ′ ≥ μ, of which the best bound on s is taken: where κ
    /// and μ are close, C is large, and a slower rate does better.
    fn rates(&self) -> [(Interval, Interval); 3] {
        let one = Interval::constant(&Rational::from(1), ());
        let half = Interval::constant(&Rational::from((1, 2)), ());
        let slower = |x: &Interval| half.mul(&one.add(x));
        let kappa = self.kappa_interval();
        [
            (kappa, self.mu),
            (slower(&kappa), self.mu),
            (kappa, slower(&self.mu)),
        ]
    }

    /// A bound on s_{T+n}: the least of s̄ and C·Mⁿ = (s + b/|κ − μ|)·max(κ, μ)ⁿ.
    ///
    /// # Errors
    /// As [`FinalTrap::b_bound`].
    pub fn s_bound_after(&self, n: u64) -> Result<Interval, Undefined> {
        let mut best = self.s_bound;
        for (kappa, mu) in self.rates() {
            let Ok(quotient) = self.b.div(&kappa.sub(&mu).abs()) else {
                continue;
            };
            let bound = self.s.add(&quotient).mul(&Self::power(&kappa.max(&mu), n)?);
            best = best.min(&bound);
        }
        Ok(from_zero(&best))
    }

    /// A bound on ηS(θ_t) − 2 for all t ≥ T + n; negative if ηS stays below 2.
    ///
    /// By Proposition 2 where k̄ < A₋, else from the 2×2 block: with u² = 4ab an eigenvalue
    /// is at most max(a, k) + u.
    ///
    /// # Errors
    /// As [`FinalTrap::b_bound`].
    pub fn excess_bound(&self, n: u64) -> Result<Interval, Undefined> {
        let (lower, upper) = (
            Interval::from_rational(&self.choice.lower),
            Interval::from_rational(&self.choice.upper),
        );
        let (two, four) = (
            Interval::constant(&Rational::from(2), ()),
            Interval::constant(&Rational::from(4), ()),
        );
        let b = self.b_bound(n)?;
        let bound = if self.remainder.lt(&lower).is_true() {
            let chi = self.remainder.div(&lower)?;
            let one = Interval::constant(&Rational::from(1), ());
            upper.add(&four.mul(&b).div(&one.sub(&chi))?)
        } else {
            upper
                .max(&self.remainder)
                .add(&two.mul(&upper.mul(&b).sqrt()?))
        };
        Ok(upper_end(&bound.sub(&two)))
    }

    /// A bound on L(θ_t) for all t ≥ T + n: A₊b/(2ηh)·κⁿ + λ₂/2·s².
    ///
    /// # Errors
    /// As [`FinalTrap::b_bound`].
    pub fn loss_bound(&self, n: u64) -> Result<Interval, Undefined> {
        let [first, second] = self.loss_parts(n)?;
        Ok(from_zero(&first.add(&second)))
    }

    /// Bounds on L₁ and L₂ for all t ≥ T + n.
    ///
    /// # Errors
    /// As [`FinalTrap::b_bound`].
    pub fn loss_parts(&self, n: u64) -> Result<[Interval; 2], Undefined> {
        let weight = Rational::from(&self.choice.upper / &self.eta_h) / 2u32;
        let first = Interval::from_rational(&weight).mul(&self.b_bound(n)?);
        let half = Interval::from_rational(&(self.lambda2.clone() / 2u32));
        let second = half.mul(&self.s_bound_after(n)?.square());
        Ok([from_zero(&first), from_zero(&second)])
    }

    /// The least n for which `holds(n)` is seen to be true, if `holds` is monotone.
    fn first_after(holds: impl Fn(u64) -> bool) -> Option<u64> {
        if holds(0) {
            return Some(0);
        }
        let mut high = 1;
        while !holds(high) {
            high = high.checked_mul(2).filter(|&n| n <= MOST_STEPS)?;
        }
        let mut low = high / 2;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if holds(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    /// n such that S(θ_t) ≤ (2 + δ)/η for all t ≥ T + n, as small as the theorem gives.
    pub fn steps_until_sharpness(&self, delta: &Rational) -> Option<u64> {
        let target = Interval::from_rational(delta);
        Self::first_after(|n| {
            self.excess_bound(n)
                .is_ok_and(|bound| bound.le(&target).is_true())
        })
    }

    /// n such that L(θ_t) ≤ ε for all t ≥ T + n, as small as the theorem gives.
    pub fn steps_until_loss(&self, epsilon: &Rational) -> Option<u64> {
        let target = Interval::from_rational(epsilon);
        Self::first_after(|n| {
            self.loss_bound(n)
                .is_ok_and(|bound| bound.le(&target).is_true())
        })
    }
}

/// The upper end alone.
pub(super) fn upper_end(x: &Interval) -> Interval {
    let (m, exponent) = x.upper();
    Interval::from_bounds(m, m, exponent)
}
