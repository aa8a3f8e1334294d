//! Theorem 13, the δ-trap: spikes may go on for ever, but S stays below (2 + δ)/η.

use rug::Rational;

use super::final_trap::upper_end;
use super::{
    Ends, Setting, Unmet, edge_root, float_edge_root, float_largest_potential, from_zero,
    largest_potential, region, require,
};
use crate::model::State;
use crate::number::{Enclosure, Interval, Number, Undefined};

/// The constants of Theorem 13: A₋ ≤ a_t ≤ A₊ and b_t ≤ b̄ for all t ≥ T.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// A₋, either 1/2 or above 1.
    pub lower: Rational,
    /// A₊ ≥ 2.
    pub upper: Rational,
    /// b̄ ≤ 1/5.
    pub b_bound: Rational,
}

/// A δ-trap that is proved to hold from step T on, for the exact trajectory.
///
/// For all t ≥ T: α, β₂ > 0, 0 ≤ s_t ≤ s̄, A₋ ≤ a_t ≤ A₊, b_t ≤ b̄, β₂ does not fall;
/// L(θ_t) → 0; and if β₁ ≠ 0 and a_t ≠ 1 from T on, then lim ηS(θ_t) ≤ 2.
#[derive(Clone, Debug)]
pub struct DeltaTrap {
    /// T.
    pub step: u64,
    /// A₋, A₊, b̄.
    pub choice: Choice,
    /// s̄ ≥ s_t for all t ≥ T.
    pub s_bound: Interval,
    /// δ: ηS(θ_t) ≤ 2 + δ for all t ≥ T.
    pub excess_bound: Interval,
    /// L₁(θ_t) and L₂(θ_t) are at most these for all t ≥ T.
    pub loss_parts: [Interval; 2],
    /// Enclosure of α_t for all t ≥ T.
    pub alpha: Interval,
    /// Enclosure of β₂ for all t ≥ T.
    pub beta2: Interval,
    /// Is lim ηS(θ_t) ≤ 2 proved?
    pub limit_at_most_edge: bool,
}

impl DeltaTrap {
    /// The same of the trajectory whose mirror image (see [`super::facing`]) it was proved of.
    pub fn mirrored(self) -> Self {
        Self {
            alpha: self.alpha.neg(),
            beta2: self.beta2.neg(),
            ..self
        }
    }

    /// A bound on L(θ_t) for all t ≥ T.
    pub fn loss_bound(&self) -> Interval {
        from_zero(&self.loss_parts[0].add(&self.loss_parts[1]))
    }
}

/// Ratio of the distances 2 − A₋ that are tried.
const RATIO: f64 = 1.06;

/// The constants with the least δ that may satisfy the theorem at an iterate.
///
/// An observation in floating point: [`certify`] decides.
pub fn choose(setting: &Setting, x: &State<Interval>) -> Option<Choice> {
    let ends = Ends::new(setting, x);
    if !(ends.a_lower > 1.0 && ends.a_upper < 2.0 && ends.b <= 0.2 && ends.s < 1.0) {
        return None;
    }
    if ends.b > setting.float.clip {
        return None;
    }
    let mut best: Option<(f64, [f64; 3])> = None;
    let mut consider = |candidate: Option<(f64, [f64; 3])>| {
        if let Some((delta, choice)) = candidate
            && best.is_none_or(|(old, _)| delta < old)
        {
            best = Some((delta, choice));
        }
    };
    consider(candidate(setting, &ends, 0.5));
    let mut distance = (2.0 - ends.a_lower) * (1.0 + 1e-9);
    while distance < 0.97 {
        consider(candidate(setting, &ends, 2.0 - distance));
        distance *= RATIO;
    }
    let (_, [lower, upper, b_bound]) = best?;
    Some(Choice {
        lower: Rational::from_f64(lower)?,
        upper: Rational::from_f64(upper)?,
        b_bound: Rational::from_f64(b_bound)?,
    })
}

/// D̄ from s_e = 1 − β₂√(2/(1.01h)), in floating point.
fn float_drive(setting: &Setting, beta2: f64) -> f64 {
    let super::Floats { h, rho, .. } = setting.float;
    let s = 1.0 - beta2 * (2.0 / (1.01 * h)).sqrt();
    let omega = if s > 0.5 { 0.25 } else { s * (1.0 - s) };
    0.505 * rho * h * h * omega.max(LEAST_OMEGA)
}

/// Where s_e ≤ 0 there are no excursions, and any positive D̄ will do.
const LEAST_OMEGA: f64 = 1e-9;

/// δ and the constants for one A₋.
fn candidate(setting: &Setting, ends: &Ends, lower: f64) -> Option<(f64, [f64; 3])> {
    const ROUNDS: usize = 60;
    const MARGIN: f64 = 1.0 + 1e-7;
    // At b̄ = G²D̄ the condition on b̄ has a double root if F = 0: keep away from it.
    const LEAST_MARGIN: f64 = 1e-3;
    let super::Floats { h, e, rho, .. } = setting.float;
    let alpha_lower = (lower / h).sqrt();
    let s_bound = 1.0 - alpha_lower * ends.beta2;
    let q = float_largest_potential(e, ends.q, s_bound, alpha_lower, ends.beta2);
    let upper = (h * float_edge_root(q) * (1.0 + 1e-12)).max(2.0);
    let x = upper - 2.0;
    let growth = (1.0 + x).powi(4);
    let drive = float_drive(setting, ends.beta2) * MARGIN;
    let spike = growth * float_edge_potential(upper);
    // y − G²D̄·ln(y/D̄) increases for y ≥ G²D̄ and is convex: Newton's method from the right
    // stays to the right of the root.
    let lacking = |y: f64| drive + spike + growth * drive * (y / drive).ln() - y;
    let least = growth * drive * (1.0 + LEAST_MARGIN);
    let mut b_bound = 0.2f64;
    if least > b_bound || lacking(b_bound) > 0.0 {
        return None;
    }
    for _ in 0..ROUNDS {
        let next = b_bound + lacking(b_bound) / (1.0 - growth * drive / b_bound);
        if !(next > least && next < b_bound * (1.0 - 1e-9)) {
            break;
        }
        b_bound = next;
    }
    b_bound = (b_bound * MARGIN).max(least).max(ends.b * MARGIN);
    if lacking(least) <= 0.0 {
        b_bound = least.max(ends.b * MARGIN);
    }
    if b_bound > 0.2 {
        return None;
    }
    if lower > 1.0 {
        let after = 2.0 * (1.0 - b_bound).powi(2);
        let fourth = (lower - 1.0).powi(4);
        let one = float_edge_potential(after) + b_bound / ((1.0 - b_bound) * fourth);
        let other = float_edge_potential(ends.a_lower) + ends.b / ((1.0 - ends.b) * fourth);
        let here = float_edge_potential(lower);
        if lower > after || here <= one.max(other) * MARGIN {
            return None;
        }
    }
    let k = b_bound + rho * (upper + h * h / lower + h * s_bound);
    if k >= lower {
        return None;
    }
    let height = |a: f64| a + 4.0 * a * b_bound / (a - k);
    Some((
        height(lower).max(height(upper)) - 2.0,
        [lower, upper, b_bound],
    ))
}

/// F near 2 by Gauss–Legendre quadrature of ln(1 + v)/(2 + v).
fn float_edge_potential(a: f64) -> f64 {
    const NODES: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
        (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
    ];
    let x = a - 2.0;
    let integrand = |v: f64| v.ln_1p() / (2.0 + v);
    let sum: f64 = NODES
        .iter()
        .map(|(node, weight)| {
            let (left, right) = (0.5 * x * (1.0 - node), 0.5 * x * (1.0 + node));
            weight * (integrand(left) + integrand(right))
        })
        .sum();
    0.5 * x * sum
}

/// Theorem 13 at step T with the constants chosen.
///
/// # Soundness
/// Every condition of the theorem is proved for all points of the enclosures of θ_T, or it
/// is not met. A₋, A₊ and b̄ are exact; so are the conditions on them alone.
///
/// # Errors
/// [`Unmet`] with the first condition that is not proved.
pub fn certify<T: Enclosure>(
    setting: &Setting,
    step: u64,
    x: &State<T>,
    choice: &Choice,
    context: T::Context,
) -> Result<DeltaTrap, Unmet> {
    let Choice {
        lower,
        upper,
        b_bound,
    } = choice;
    let constant = |q: &Rational| T::constant(q, context);
    let fraction = |n: i32, d: i32| constant(&Rational::from((n, d)));
    let quantities = region(setting, x, context)?;
    let (one, two) = (&quantities.one, fraction(2, 1));
    require("a < 2", quantities.a.lt(&two))?;
    require("a > 1", one.lt(&quantities.a))?;
    let half = Rational::from((1, 2));
    let on_half = *lower == half;
    let ordered = (on_half || *lower > 1) && *upper >= 2;
    require("A₋ = 1/2 or A₋ > 1, A₊ ≥ 2", ordered.into())?;
    // (D0), exactly.
    let squared = Rational::from(setting.h.square_ref()) * &setting.rho;
    let most = Rational::from((199, 10_000)) * lower;
    require("(D0) ρh² ≤ 0.0199·A₋", (squared <= most).into())?;
    require(
        "(D3) e(A₊/h + 1/α₋²) + e²/4 ≤ 1",
        setting.step_size_condition(lower, upper).into(),
    )?;
    let positive = *b_bound > 0 && *b_bound <= Rational::from((1, 5));
    require("(D4) 0 < b̄ ≤ 1/5", positive.into())?;
    let b_most = constant(b_bound);
    require("(D1) b ≤ b̄", quantities.b.le(&b_most))?;
    if let Some(clip) = &setting.clip {
        require("(D1) b ≤ hB²", quantities.b.le(&constant(clip)))?;
    }

    let d2 = Unmet::undefined("(D2)");
    let (h, e, rho) = (
        constant(&setting.h),
        constant(&setting.e),
        constant(&setting.rho),
    );
    let (a_least, a_most) = (constant(lower), constant(upper));
    let alpha_lower = a_least.div(&h).and_then(|q| q.sqrt()).map_err(&d2)?;
    let s_bound = one.sub(&alpha_lower.mul(&x.beta2));
    let largest_q = largest_potential(&e, &quantities.q, &s_bound, &alpha_lower, &x.beta2, context)
        .map_err(&d2)?;
    let largest_a = h.mul(&edge_root(&largest_q, context).map_err(&d2)?);
    require("(D2) hX(q⁺) ≤ A₊", largest_a.le(&a_most))?;

    let d4 = Unmet::undefined("(D4)");
    let edge = two
        .div(&fraction(101, 100).mul(&h))
        .and_then(|q| q.sqrt())
        .map_err(&d4)?;
    let s_edge = one.sub(&x.beta2.mul(&edge));
    // sup of s(1 − s) over 0 ≤ s ≤ s_e, and a positive number where that is empty.
    let omega = if s_edge.le(&fraction(1, 2)).is_true() {
        s_edge.mul(&one.sub(&s_edge))
    } else {
        fraction(1, 4)
    };
    let floor = Rational::from_f64(LEAST_OMEGA).unwrap_or_else(|| half.clone());
    let drive = fraction(505, 1000)
        .mul(&rho)
        .mul(&h.square())
        .mul(&omega.max(&constant(&floor)));
    let growth = a_most.sub(one).powi(4);
    require("(D4) b̄ ≥ (1 + x)⁴D̄", growth.mul(&drive).le(&b_most))?;
    let ratio = b_most.div(&drive).and_then(|q| q.log()).map_err(&d4)?;
    let spike = a_most
        .edge_potential()
        .map_err(&d4)?
        .add(&drive.mul(&ratio));
    require(
        "(D4) b̄ ≥ D̄ + (1 + x)⁴[F(2 + x) + D̄ln(b̄/D̄)]",
        drive.add(&growth.mul(&spike)).le(&b_most),
    )?;
    if !on_half {
        lower_bound(&quantities, &a_least, &b_most, context)?;
    }

    let bound = Unmet::undefined("k′ < A₋");
    let inverse = one.div(&alpha_lower).map_err(&bound)?;
    let rest = a_most.add(&h.mul(&inverse.square())).add(&h.mul(&s_bound));
    let k = b_most.add(&rho.mul(&rest));
    require("k′ < A₋", k.lt(&a_least))?;
    let height = |a: &T| -> Result<T, Undefined> {
        let more = fraction(4, 1).mul(a).mul(&b_most).div(&a.sub(&k))?;
        Ok(a.add(&more))
    };
    let excess = height(&a_least)
        .and_then(|x| Ok(x.max(&height(&a_most)?)))
        .map_err(&bound)?
        .sub(&two);
    let s_later = surrogate_bound(setting, x, &a_least, &a_most, context)
        .map_err(&bound)?
        .map_or_else(|| s_bound.clone(), |s| s.min(&s_bound));
    let weight =
        Rational::from(upper * b_bound) / (Rational::from(&setting.eta * &setting.h) * 2u32);
    let half_lambda2 = constant(&(setting.lambda2.clone() / 2u32));
    let zero = constant(&Rational::new());
    let beta1_is_not_zero = x.beta1.lt(&zero).or(zero.lt(&x.beta1)).is_true();
    let alpha_upper = largest_a.div(&h).and_then(|q| q.sqrt()).map_err(&bound)?;
    Ok(DeltaTrap {
        step,
        choice: choice.clone(),
        s_bound: from_zero(&s_bound.to_interval()),
        excess_bound: upper_end(&excess.to_interval()),
        loss_parts: [
            from_zero(&Interval::from_rational(&weight)),
            from_zero(&half_lambda2.mul(&s_later.square()).to_interval()),
        ],
        alpha: alpha_lower.hull(&alpha_upper).to_interval(),
        beta2: x.beta2.hull(&inverse).to_interval(),
        limit_at_most_edge: beta1_is_not_zero && (!on_half || setting.never_one),
    })
}

/// (D5) for A₋ > 1.
fn lower_bound<T: Enclosure>(
    quantities: &super::Quantities<T>,
    a_least: &T,
    b_most: &T,
    context: T::Context,
) -> Result<(), Unmet> {
    let d5 = Unmet::undefined("(D5)");
    let one = &quantities.one;
    let two = T::constant(&Rational::from(2), context);
    require("(D5) a ≥ A₋", a_least.le(&quantities.a))?;
    let after = two.mul(&one.sub(b_most).square());
    require("(D5) A₋ ≤ 2(1 − b̄)²", a_least.le(&after))?;
    let fourth = a_least.sub(one).powi(4);
    let fall = |b: &T| b.div(&one.sub(b).mul(&fourth));
    let potential = a_least.edge_potential().map_err(&d5)?;
    let sum = |a: &T, b: &T| Ok(a.edge_potential()?.add(&fall(b)?));
    let later = sum(&after, b_most).map_err(&d5)?;
    require(
        "(D5) F(A₋) > F(2(1 − b̄)²) + b̄/((1 − b̄)(A₋ − 1)⁴)",
        later.lt(&potential),
    )?;
    let now = sum(&quantities.a, &quantities.b).map_err(&d5)?;
    require(
        "(D5) F(A₋) > F(a) + b/((1 − b)(A₋ − 1)⁴)",
        now.lt(&potential),
    )
}

/// Corollary 11: s_t ≤ γ + √(A₊/2)·max(|r̂_T|, γW) for all t ≥ T; `None` for ρ > 1/2.
fn surrogate_bound<T: Enclosure>(
    setting: &Setting,
    x: &State<T>,
    a_least: &T,
    a_most: &T,
    context: T::Context,
) -> Result<Option<T>, Undefined> {
    if setting.rho > Rational::from((1, 2)) {
        return Ok(None);
    }
    let one = T::constant(&Rational::from(1), context);
    let two = T::constant(&Rational::from(2), context);
    let h = T::constant(&setting.h, context);
    let residual = two.div(&h)?.sqrt()?.mul(&x.beta2).sub(&one).abs();
    let (low, high) = (a_least.div(&two)?.sqrt()?, a_most.div(&two)?.sqrt()?);
    let gamma = one.sub(&low).max(&high.sub(&one));
    let weight = one.max(&one.div(&low)?);
    let most = residual.max(&gamma.mul(&weight));
    Ok(Some(gamma.add(&high.mul(&most))))
}
