//! The default engine: a centre orbit and a set of deviations from it.
//!
//! The centre is any orbit of points; it needs no enclosure of its own. Each step maps it in
//! [`Limbs`] arithmetic, whose radius *is* the bound of the step's defect, and hands that
//! defect to the [`ErrorSet`].

use rug::Rational;

use super::error_set::{ErrorSet, Linearisation};
use super::{Lost, Moment, Trajectory};
use crate::input::Range;
use crate::model::{Coefficients, Parameters, State};
use crate::number::limbs::{Limbs, power_of_two};
use crate::number::{Ball, Interval, Magnitude, Number, Ternary};

/// Steps between two reorganisations of the error set.
const REORGANISE_EVERY: u64 = 32;

/// Least weight of a relative deviation of β₁ in the metric of the reorganisation.
const LEAST_WEIGHT: f64 = 1.0 / 4096.0;

/// The deviation (as a plain number) beyond which the enclosure is given up: absolute for α
/// and β₂, where the interesting scale is 1, and relative for β₁.
const WIDEST: [f64; 3] = [1e3, 1e9, 1e3];

/// Keeps bounds off 0.
const FINEST: f64 = 1e-250;

/// For the accuracy shown of an exact iterate.
const LEAST_DEVIATION: f64 = 1e-250;

/// 2⁶⁰ last places: the relative error of 1 − a is then below 2⁻⁶⁷ at 128 bits, and its f64
/// copy as good as the error set demands.
const WORST_GROWTH_ERROR: f64 = (1u64 << 60) as f64;

/// One iterate: a centre, and bounds of the deviations from it in units of the error set.
#[derive(Clone, Debug)]
struct Iterate<const N: usize> {
    centre: State<Limbs<N>>,
    deviation: [f64; 3],
    clipped: Ternary,
}

/// The centred engine at 64·N bits.
#[derive(Clone, Debug)]
pub struct Centred<const N: usize> {
    coefficients: Coefficients<Limbs<N>>,
    h: f64,
    e: f64,
    bound: Option<Limbs<N>>,
    error: ErrorSet,
    previous: Iterate<N>,
    current: Iterate<N>,
    step: u64,
}

impl<const N: usize> Centred<N> {
    /// The error set's unit is 2^UNIT: small enough to see the last place of a mantissa in
    /// f64, large enough for deviations of any use to be far from f64's ends.
    const UNIT: i64 = if N <= 8 { -64 * N as i64 } else { -512 };

    /// A last place of a mantissa with exponent 0 is 2^LAST_PLACE units.
    const LAST_PLACE: i64 = -64 * N as i64 - Self::UNIT;

    /// At the start box. A box of any size is accepted, also one that contains β₁ = 0.
    pub fn new(parameters: &Parameters, start: &State<Range>) -> Self {
        let coefficients: Coefficients<Limbs<N>> = parameters.coefficients(());
        let (alpha, alpha_radius) = absolute_start(&start.alpha);
        let (beta2, beta2_radius) = absolute_start(&start.beta2);
        let (beta1, beta1_radius) = relative_start(&start.beta1);
        let error = ErrorSet::new(
            [alpha_radius, beta1_radius, beta2_radius],
            power_of_two(Self::UNIT),
        );
        let iterate = Iterate {
            centre: State {
                alpha,
                beta1,
                beta2,
            },
            deviation: error.deviation(),
            clipped: Ternary::False,
        };
        Centred {
            h: coefficients.h.midpoint_plain_f64(),
            e: coefficients.e.midpoint_plain_f64(),
            bound: parameters.clip.as_ref().map(|b| Limbs::constant(b, ())),
            coefficients,
            error,
            previous: iterate.clone(),
            current: iterate,
            step: 0,
        }
    }

    fn iterate(&self, moment: Moment) -> &Iterate<N> {
        match moment {
            Moment::Previous => &self.previous,
            Moment::Current => &self.current,
        }
    }

    /// The deviation of 1 − a relative to the centre's, (h/|g|)(2|α|δ₀ + δ₀²), rounded up.
    fn growth_deviation(&self, alpha: f64, growth: f64) -> f64 {
        let d0 = (self.current.deviation[0] + 1.0) * self.error.unit();
        self.h / growth.abs() * (d0 * (2.0 * alpha.abs() + d0)) * (1.0 + 1e-9)
    }

    /// Projects β₁ onto [−B, B], given its centre and deviation after the plain step.
    ///
    /// # Soundness
    /// With d the relative deviation, |β₁| ∈ |c|·[1 − d, 1 + d] (d < 1 in the second and
    /// third case).
    /// 1. |c|(1 + d) < B for certain: the projection does nothing.
    /// 2. |c|(1 − d) > B for certain: the result is ±B, whose representation has a relative
    ///    error that becomes the new deviation.
    /// 3. Otherwise | |c| − B | ≤ d|c|, and the result is between |c|(1 − d) and B in size:
    ///    relative to B that is within 1 − (1 − d)/(1 + d) ≤ 2d.
    /// 4. If d ≥ 1 the sign is open too: the result is in [−B, B], within 2 of B, relatively.
    fn project(&mut self, beta1: Limbs<N>, bound: Limbs<N>) -> (Limbs<N>, Ternary) {
        let relative = self.error.deviation()[1];
        // |c|(1 + d) < 2^(exponent + margin) ≤ 2^(bound's exponent − 1) ≤ B.
        let margin = (1.0 + relative * self.error.unit()).log2().ceil() + 1.0;
        if beta1.midpoint_is_zero()
            || (beta1.exponent() as f64) + margin < bound.exponent() as f64 - 1.0
        {
            return (beta1, Ternary::False);
        }
        let representation = relative_defect(&bound);
        let clip_to = |set: &mut ErrorSet, radius: f64| {
            set.replace_beta1(radius + representation);
            bound.midpoint_with_sign(beta1.is_negative())
        };
        // (|c| − B)/|c| in units of the error set, within relative 2⁻⁴⁰ plus the radii.
        let excess = beta1.midpoint_abs().sub(&bound);
        let (numerator, numerator_exponent) = excess.midpoint_f64();
        let (denominator, denominator_exponent) = beta1.midpoint_abs().midpoint_f64();
        let distance = numerator / denominator
            * power_of_two(numerator_exponent - denominator_exponent - Self::UNIT);
        let blur =
            relative_defect(&excess) * power_of_two(excess.exponent() - beta1.exponent()) * 2.0
                + FINEST;
        let slack = relative * (1.0 + 1e-9) + distance.abs() * 1e-9 + blur;
        if distance < -slack {
            (beta1, Ternary::False)
        } else if distance > slack && relative * self.error.unit() < 0.5 {
            (clip_to(&mut self.error, 0.0), Ternary::True)
        } else if slack * self.error.unit() < 0.25 {
            // `slack` bounds d and the rounding of this comparison.
            (
                clip_to(&mut self.error, 2.0 * slack * (1.0 + 1e-9)),
                Ternary::Unknown,
            )
        } else {
            let whole = 2.0 / self.error.unit();
            (clip_to(&mut self.error, whole), Ternary::Unknown)
        }
    }
}

/// The radius of a number relative to its size, in units: a mantissa is at least 2^(64N−1)
/// last places.
fn relative_defect<const N: usize>(x: &Limbs<N>) -> f64 {
    2.0 * x.error() * power_of_two(Centred::<N>::LAST_PLACE)
}

/// Centre and radius (in units) of an absolute coordinate.
///
/// The radius adds the box's half width and the error of the centre's representation.
fn absolute_start<const N: usize>(range: &Range) -> (Limbs<N>, f64) {
    let (midpoint, radius) = range.midpoint_and_radius();
    let centre = Limbs::<N>::constant(&midpoint, ());
    let place = centre.exponent() + Centred::<N>::LAST_PLACE;
    let representation = centre.error() * power_of_two(place);
    (
        centre.midpoint(),
        in_units::<N>(&radius) + representation * 2.0,
    )
}

/// Centre and relative radius of β₁. A box that contains 0 gets its larger end as centre.
fn relative_start<const N: usize>(range: &Range) -> (Limbs<N>, f64) {
    let (midpoint, radius) = range.midpoint_and_radius();
    if range.is_point() {
        let centre = Limbs::<N>::constant(&midpoint, ());
        return (centre.midpoint(), relative_defect(&centre));
    }
    let centre = if Rational::from(midpoint.abs_ref()) > radius {
        midpoint
    } else {
        Rational::from(range.lower.abs_ref()).max(Rational::from(range.upper.abs_ref()))
    };
    // Nowhere is the box farther from its centre than at its lower end.
    let farthest = Rational::from(&centre - &range.lower);
    let relative = farthest / Rational::from(centre.abs_ref());
    let centre = Limbs::<N>::constant(&centre, ());
    // The representation's relative error κ changes 1 + δ by the factor 1 + κ; doubling
    // covers the product.
    (
        centre.midpoint(),
        in_units::<N>(&relative) * (1.0 + 1e-9) + 2.0 * relative_defect(&centre) + FINEST,
    )
}

/// An upper bound of a non-negative rational in units.
fn in_units<const N: usize>(value: &Rational) -> f64 {
    let (m, exponent) = Limbs::<N>::constant(value, ()).midpoint_f64();
    // Relative error of the conversion is below 2⁻⁵⁰.
    m * (1.0 + 1e-12) * power_of_two(exponent - Centred::<N>::UNIT)
}

impl<const N: usize> Trajectory for Centred<N> {
    /// # Soundness
    /// The centre's image is computed in [`Limbs`], so the exact image of the centre is
    /// within the result's radius, which is the defect [`ErrorSet::propagate`] asks for:
    /// absolute for α and β₂; relative for β₁, where a mantissa ≥ 2^(64N−1) makes `error`
    /// last places at most 2·`error` units. Where the factor 1 − a of β₁ is not bounded away
    /// from 0 on the set, |β₁⁺| ≤ |c|(1 + d)(|g| + Δ) with Δ the deviation of the factor, and
    /// the new centre c(|g| + Δ) with relative deviation 2 + d covers both signs.
    fn advance(&mut self) -> Result<(), Lost> {
        let centre = &self.current.centre;
        let image = self.coefficients.descend(centre);
        let at = Linearisation {
            alpha: centre.alpha.midpoint_plain_f64(),
            beta2: centre.beta2.midpoint_plain_f64(),
            b: image.b.midpoint_plain_f64(),
            growth: image.growth.midpoint_plain_f64(),
            h: self.h,
            e: self.e,
        };
        let absolute_defect =
            |x: &Limbs<N>| x.error() * power_of_two(x.exponent() + Self::LAST_PLACE);
        let mut error = self.error.clone();
        let mut beta1 = image.next.beta1;
        // 1 − a must be known well enough for its f64 copy and its reciprocal to be used.
        let growth_known = !image.growth.midpoint_is_zero()
            && image.growth.error() < WORST_GROWTH_ERROR
            && image.growth.exponent() > -512
            && self.growth_deviation(at.alpha, at.growth) < 0.25;
        if growth_known || centre.beta1.midpoint_is_zero() {
            let growth = if growth_known { at.growth } else { 1.0 };
            let defect = [
                absolute_defect(&image.next.alpha),
                relative_defect(&beta1),
                absolute_defect(&image.next.beta2),
            ];
            error.propagate(&Linearisation { growth, ..at }, defect);
            if beta1.midpoint_is_zero() {
                error.replace_beta1(0.0);
            }
        } else if image.growth.is_exact_zero() && self.current.deviation[0] == 0.0 {
            // a = 1 exactly: β₁ vanishes.
            let defect = [
                absolute_defect(&image.next.alpha),
                0.0,
                absolute_defect(&image.next.beta2),
            ];
            error.propagate(&Linearisation { growth: 1.0, ..at }, defect);
            error.replace_beta1(0.0);
            beta1 = Limbs::ZERO;
        } else {
            let defect = [
                absolute_defect(&image.next.alpha),
                0.0,
                absolute_defect(&image.next.beta2),
            ];
            let d1 = self.current.deviation[1];
            error.propagate(&Linearisation { growth: 1.0, ..at }, defect);
            beta1 = self
                .widened_beta1(&image.growth, at.alpha)
                .ok_or(Lost::Width)?;
            error.replace_beta1((2.0 / error.unit() + d1) * (1.0 + 1e-9));
        }
        let mut clipped = Ternary::False;
        beta1 = beta1.midpoint();
        std::mem::swap(&mut self.error, &mut error);
        if let Some(bound) = self.bound {
            (beta1, clipped) = self.project(beta1, bound);
        }
        let step = self.step + 1;
        if step.is_multiple_of(REORGANISE_EVERY) {
            self.error.reorganise(at.b.sqrt().max(LEAST_WEIGHT));
        }
        let deviation = self.error.deviation();
        let fits = (0..3).all(|i| deviation[i] * self.error.unit() < WIDEST[i]);
        if !fits {
            self.error = error;
            let range = at.alpha.abs().max(at.beta2.abs()).max(at.b) > 1e100;
            return Err(if range { Lost::Range } else { Lost::Width });
        }
        let next = Iterate {
            centre: State {
                alpha: image.next.alpha.midpoint(),
                beta1,
                beta2: image.next.beta2.midpoint(),
            },
            deviation,
            clipped,
        };
        self.previous = std::mem::replace(&mut self.current, next);
        self.step = step;
        Ok(())
    }

    fn step(&self) -> u64 {
        self.step
    }

    fn interval(&self, moment: Moment) -> State<Interval> {
        let iterate = self.iterate(moment);
        let unit = self.error.unit();
        let [d0, d1, d2] = iterate.deviation;
        State {
            alpha: absolute_interval(&iterate.centre.alpha, d0 * unit),
            beta1: relative_interval(&iterate.centre.beta1, d1 * unit),
            beta2: absolute_interval(&iterate.centre.beta2, d2 * unit),
        }
    }

    /// # Soundness
    /// The midpoint is exact; the radius is the deviation in units, for β₁ times
    /// |midpoint| < 2^exponent.
    fn ball(&self, moment: Moment) -> State<Ball> {
        let iterate = self.iterate(moment);
        let [d0, d1, d2] = iterate.deviation;
        let ball = |centre: &Limbs<N>, deviation: f64, exponent: i64| {
            let radius = Magnitude::from_f64(deviation).mul_pow2(Self::UNIT + exponent);
            Ball::from_midpoint_radius(centre.to_float(), radius)
        };
        let beta1 = &iterate.centre.beta1;
        State {
            alpha: ball(&iterate.centre.alpha, d0, 0),
            beta1: if beta1.midpoint_is_zero() {
                ball(beta1, 0.0, 0)
            } else {
                ball(beta1, d1, beta1.exponent())
            },
            beta2: ball(&iterate.centre.beta2, d2, 0),
        }
    }

    fn clipped(&self, moment: Moment) -> Ternary {
        self.iterate(moment).clipped
    }

    fn precision(&self) -> u32 {
        Limbs::<N>::BITS
    }

    fn accuracy_bits(&self) -> i64 {
        let [d0, d1, d2] = self.current.deviation;
        let absolute = |x: &Limbs<N>, d: f64| {
            let exponent = if x.midpoint_is_zero() {
                -64
            } else {
                x.exponent().max(-64)
            };
            exponent as f64 - Self::UNIT as f64 - d.max(LEAST_DEVIATION).log2()
        };
        let bits = absolute(&self.current.centre.alpha, d0)
            .min(-(Self::UNIT as f64) - d1.max(LEAST_DEVIATION).log2())
            .min(absolute(&self.current.centre.beta2, d2));
        bits as i64
    }
}

impl<const N: usize> Centred<N> {
    /// The centre c(|g| + Δ) of the step where 1 − a may vanish, an upper bound in size; `None`
    /// where there is no bound.
    ///
    /// # Soundness
    /// Where 1 − a cancels so far that its radius is lost, |1 − a| ≤ 1 + hα² at the centre.
    fn widened_beta1(&self, growth: &Limbs<N>, alpha: f64) -> Option<Limbs<N>> {
        let d0 = (self.current.deviation[0] + 1.0) * self.error.unit();
        let spread = self.h * (d0 * (2.0 * alpha.abs() + d0)) * (1.0 + 1e-9);
        let own = (growth.error() + 1.0) * power_of_two(growth.exponent() - 64 * N as i64);
        let mut at_centre = growth.midpoint_plain_f64().abs() * (1.0 + 1e-12) + own;
        if !at_centre.is_finite() {
            at_centre = (1.0 + self.h * alpha * alpha) * (1.0 + 1e-9);
        }
        let bound = at_centre + spread + 1e-280;
        // Rounded up to a power of two: representable, and never 0.
        let exponent = bound.log2().ceil() + 1.0;
        if exponent.is_nan() || exponent > 1000.0 {
            return None;
        }
        let factor = Rational::from(1) << exponent as i32;
        let centre = self.current.centre.beta1;
        Some(centre.mul(&Limbs::constant(&factor, ())).midpoint())
    }
}

/// `centre` ± `deviation` with f64 ends.
///
/// # Soundness
/// The f64 copy of the centre has relative error ≤ 2⁻⁵⁰, or absolute error ≤ 2⁻⁹⁹⁰; 1e-14
/// and 1e-290 cover both and the rounding of the sums below.
fn absolute_interval<const N: usize>(centre: &Limbs<N>, deviation: f64) -> Interval {
    let midpoint = centre.midpoint_plain_f64();
    if midpoint == 0.0 && deviation == 0.0 && centre.midpoint_is_zero() {
        return Interval::from_bounds(0.0, 0.0, 0);
    }
    let radius = (deviation + midpoint.abs() * 2.0f64.powi(-49) + 1e-290) * (1.0 + 1e-9);
    Interval::from_bounds(
        (midpoint - radius).next_down(),
        (midpoint + radius).next_up(),
        0,
    )
}

/// `centre`·(1 ± `deviation`) with f64 ends and its own exponent; as above.
fn relative_interval<const N: usize>(centre: &Limbs<N>, deviation: f64) -> Interval {
    let (midpoint, exponent) = centre.midpoint_f64();
    if midpoint == 0.0 {
        return Interval::from_bounds(0.0, 0.0, 0);
    }
    let radius = midpoint.abs() * (deviation + 2.0f64.powi(-49)) * (1.0 + 1e-9);
    Interval::from_bounds(
        (midpoint - radius).next_down(),
        (midpoint + radius).next_up(),
        exponent,
    )
}
