//! What one step of a trace does wrong: the exact map on the trace's state against the trace's
//! next state.

use std::collections::BTreeMap;

use rug::Rational;

use super::divergence::FirstStep;
use crate::audit::format::Format;
use crate::audit::order::Storage;
use crate::audit::simulation::{Change, Observed};
use crate::model::{Coefficients, Parameters, State, minimalist};
use crate::number::magnitude::split;
use crate::number::{Ball, Enclosure, Interval, Number, Ternary};
use crate::verdict::facts::{Extreme, extend};

/// F, the exact step from exact data: gradient descent, the run's projection, and the floor
/// of a [`Change`].
#[derive(Clone)]
pub(super) struct ExactMap {
    coefficients: Coefficients<Ball>,
    bound: Option<Ball>,
    floor: Option<Ball>,
    precision: u32,
}

/// F(x̂).
pub(super) struct Image {
    /// The image.
    pub(super) next: State<Ball>,
    /// Is it another number than x̂?
    pub(super) moved: State<Ternary>,
}

impl ExactMap {
    /// For a format of this precision.
    ///
    /// At 4p + 64 bits the products of a step with three factors of the state are exact.
    pub(super) fn new(parameters: &Parameters, format: &Format, change: &Change) -> Self {
        let precision = 4 * format.precision + 64;
        let constant = |q: &Rational| Ball::constant(q, precision);
        ExactMap {
            coefficients: parameters.coefficients(precision),
            bound: parameters.clip.as_ref().map(constant),
            floor: change.floor.as_ref().map(constant),
            precision,
        }
    }

    /// Bits of its arithmetic.
    pub(super) fn precision(&self) -> u32 {
        self.precision
    }

    /// A state of a trace in its arithmetic, exactly.
    pub(super) fn lift(&self, state: &State<Observed>) -> State<Ball> {
        state.map(|x| x.as_exact().with_precision(self.precision))
    }

    /// F(x̂).
    ///
    /// # Soundness
    /// Ball arithmetic on x̂ − η∇L(x̂); the projection is a pointwise minimum and maximum, the
    /// floor that of [`floored`]. Where neither acts, F(x̂) ≠ x̂ exactly if the update is not 0.
    pub(super) fn image(&self, state: &State<Ball>) -> Image {
        let gradient = self.coefficients.gradient(state);
        let update = gradient.map(|g| self.coefficients.eta.mul(g));
        let nonzero = |u: &Ball| Ternary::from_proofs(!u.contains_zero(), is_zero(u));
        let mut moved = update.map(nonzero);
        let mut next = State {
            alpha: state.alpha.sub(&update.alpha),
            beta1: state.beta1.sub(&update.beta1),
            beta2: state.beta2.sub(&update.beta2),
        };
        if let Some(bound) = &self.bound {
            let (beta1, clipped) = minimalist::project(&next.beta1, bound);
            next.beta1 = beta1;
            if !clipped.is_false() {
                moved.beta1 = next.beta1.equals(&state.beta1).not();
            }
        }
        if let Some(floor) = &self.floor {
            let raised = next.beta1.abs().lt(floor);
            if !raised.is_false() {
                next.beta1 = floored(&next.beta1, floor, raised);
                moved.beta1 = next.beta1.equals(&state.beta1).not();
            }
        }
        Image { next, moved }
    }
}

/// β₁ raised to `floor` in size, its sign kept; 0 becomes positive.
///
/// # Soundness
/// Every case that is not refuted is in the hull.
fn floored(beta1: &Ball, floor: &Ball, raised: Ternary) -> Ball {
    let negative = beta1.lt(&Ball::constant(&Rational::new(), beta1.precision()));
    let end = match negative {
        Ternary::True => floor.neg(),
        Ternary::False => floor.clone(),
        Ternary::Unknown => floor.hull(&floor.neg()),
    };
    if raised.is_true() {
        end
    } else {
        end.hull(beta1)
    }
}

fn is_zero(x: &Ball) -> bool {
    x.is_point() && x.midpoint().is_zero()
}

/// The local errors ρ_t = |x̂_{t+1} − F(x̂_t)|/|F(x̂_t)| of one coordinate of a trace, each from
/// the trace's own state at t, so that earlier errors have no part in it. F is the exact map of
/// the exact data: a rounded η or λ counts. Step t is the one from θ_t to θ_{t+1}.
#[derive(Clone, Debug)]
pub struct LocalError {
    /// Steps looked at.
    pub steps: u64,
    /// Steps without any error, proved; those of `zero_steps` among them.
    pub exact_steps: u64,
    /// Steps with F(x̂_t) = 0 = x̂_{t+1}, proved: a coordinate that is dead. They have no
    /// relative error, and no part in the medians.
    pub zero_steps: u64,
    /// The largest relative error: an enclosure of it, and the step whose enclosure reaches
    /// farthest. Steps with F(x̂_t) = 0 are not part of it.
    pub largest: Option<Extreme>,
    /// The first step with F(x̂_t) = 0 ≠ x̂_{t+1}: the relative error is infinite.
    pub infinite: Option<u64>,
    /// The same in units in the last place of F(x̂_t); below the least normal number that is
    /// the least positive number of the format.
    pub largest_ulps: Option<Extreme>,
    /// An enclosure of the median over all steps but `zero_steps`: of the ⌈n/2⌉-th smallest of
    /// n, to a factor of 2.
    pub median: Option<Interval>,
    /// The same in units in the last place.
    pub median_ulps: Option<Interval>,
    /// The first step with a relative error above 2^(8−p).
    pub first_large: FirstStep,
}

/// An error of one step.
pub(super) struct StepError {
    /// Are F(x̂) and x̂⁺ both 0?
    both_zero: bool,
    /// Relative to |F(x̂)|; `None` where that is 0 and the error is not.
    relative: Option<Interval>,
    /// In units in the last place; `None` where a format without a least number has none at 0.
    pub(super) ulps: Option<Interval>,
}

/// Where the last place of a coordinate is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    precision: i64,
    least: Option<i64>,
}

impl Places {
    /// Of α, β₁ and β₂, for β₁ in terms of β₁ itself: a scaled β₁ has its least normal number
    /// elsewhere, and one stored by its logarithm has none.
    pub(super) fn of(format: &Format, storage: Storage, change: &Change) -> State<Places> {
        let precision = i64::from(format.precision);
        let least = format.least_exponent().map(i64::from);
        let plain = Places { precision, least };
        let beta1 = match storage {
            Storage::Plain => least,
            Storage::Scaled => least.map(|e| e - i64::from(change.scale)),
            Storage::Logarithmic => None,
        };
        State {
            alpha: plain,
            beta1: Places {
                precision,
                least: beta1,
            },
            beta2: plain,
        }
    }

    /// The exponent of the least normal number.
    pub(super) fn least(&self) -> Option<i64> {
        self.least
    }

    /// The exponent of the least positive number with gradual underflow.
    pub(super) fn least_subnormal(&self) -> Option<i64> {
        Some(self.least? + 1 - self.precision)
    }

    /// `error` in units in the last place of `value`.
    ///
    /// # Soundness
    /// ulp(x) = 2^(max(⌊log₂|x|⌋, least) − p + 1) grows with |x|, so it is between those of
    /// the least and of the largest |x| in the enclosure.
    fn in_ulps(&self, error: &Interval, value: &Interval) -> Option<Interval> {
        if error.is_zero() {
            return Some(Interval::ZERO);
        }
        let clamp = |e: Option<i64>| match (e, self.least) {
            (Some(e), Some(least)) => Some(e.max(least)),
            (e, least) => e.or(least),
        };
        let place = |e: i64| 1 + e - self.precision;
        let high = clamp(value.exponent())?;
        let low = clamp(least_exponent(value));
        let least = error.times_pow2(-place(high));
        Some(match low {
            Some(low) if low == high => least,
            Some(low) => least.hull(&error.times_pow2(-place(low))),
            // No bound from above.
            None => Interval::from_scaled(least.lower(), (f64::INFINITY, 0)),
        })
    }
}

/// ⌊log₂⌋ of the least absolute value in the set; `None` if that is 0.
pub(super) fn least_exponent(x: &Interval) -> Option<i64> {
    end_exponent(x.abs().lower())
}

/// ⌊log₂⌋ of an end; `None` for 0.
fn end_exponent((m, e): (f64, i64)) -> Option<i64> {
    (m != 0.0).then(|| e + split(m).1)
}

/// |x̂⁺ − F|, relative and in units in the last place.
///
/// # Soundness
/// Operations on enclosures. The difference is taken in balls, in which x̂⁺ is exact.
pub(super) fn step_error(next: &Ball, image: &Ball, places: Places) -> StepError {
    let difference = next.sub(image);
    if is_zero(&difference) {
        return StepError {
            both_zero: is_zero(image),
            relative: Some(Interval::ZERO),
            ulps: Some(Interval::ZERO),
        };
    }
    let error = difference.to_interval().abs();
    let value = image.to_interval();
    let relative = match error.div(&value) {
        Ok(quotient) => Some(quotient.abs()),
        Err(_) if value.is_zero() => None,
        // |F| is at most its largest value: a lower bound is left.
        Err(_) => {
            let size = value.abs();
            let largest = Interval::from_scaled(size.upper(), size.upper());
            let least = error.div(&largest).map_or((0.0, 0), |x| x.lower());
            Some(Interval::from_scaled(least, (f64::INFINITY, 0)))
        }
    };
    StepError {
        both_zero: false,
        relative,
        ulps: places.in_ulps(&error, &value),
    }
}

/// How many values have a binary exponent, for the enclosures' lower and upper ends.
///
/// Memory: one counter per exponent that occurs, and exponents are clamped.
#[derive(Clone, Debug, Default)]
struct Histogram {
    lower: BTreeMap<i64, u64>,
    upper: BTreeMap<i64, u64>,
    count: u64,
}

impl Histogram {
    const LARGEST: i64 = 1 << 12;
    const ZERO: i64 = i64::MIN;
    const INFINITE: i64 = i64::MAX;

    fn bin(end: (f64, i64)) -> i64 {
        if end.0.is_infinite() {
            return Self::INFINITE;
        }
        end_exponent(end).map_or(Self::ZERO, |e| e.clamp(-Self::LARGEST, Self::LARGEST))
    }

    fn observe(&mut self, value: Option<&Interval>) {
        let bins = value.map_or([Self::INFINITE; 2], |x| {
            [Self::bin(x.lower()), Self::bin(x.upper())]
        });
        *self.lower.entry(bins[0]).or_default() += 1;
        *self.upper.entry(bins[1]).or_default() += 1;
        self.count += 1;
    }

    /// The bin of the element of this rank, from 1.
    fn ranked(bins: &BTreeMap<i64, u64>, rank: u64) -> Option<i64> {
        let mut seen = 0;
        bins.iter().find_map(|(&bin, &count)| {
            seen += count;
            (seen >= rank).then_some(bin)
        })
    }

    /// The median.
    ///
    /// # Soundness
    /// The k-th smallest of the lower ends is at most the k-th smallest value, and that at most
    /// the k-th smallest of the upper ends. A bin is [2^e, 2^(e+1)), or {0}, or {∞}; the
    /// clamped ones at both ends reach to 0 and to ∞.
    fn median(&self) -> Option<Interval> {
        let rank = self.count.div_ceil(2);
        let lower = match Self::ranked(&self.lower, rank)? {
            e if e <= -Self::LARGEST => (0.0, 0),
            e => (1.0, e.min(Self::LARGEST)),
        };
        let upper = match Self::ranked(&self.upper, rank)? {
            Self::ZERO => (0.0, 0),
            e if e >= Self::LARGEST => (f64::INFINITY, 0),
            e => (1.0, e + 1),
        };
        if (lower.0, upper.0) == (0.0, 0.0) {
            return Some(Interval::ZERO);
        }
        Some(Interval::from_scaled(lower, upper))
    }
}

/// Gathers a [`LocalError`].
#[derive(Clone, Debug)]
pub(super) struct LocalErrors {
    large: Interval,
    result: LocalError,
    relative: Histogram,
    ulps: Histogram,
}

impl LocalErrors {
    pub(super) fn new(format: &Format) -> Self {
        let one = Interval::from_rational(&Rational::from(1));
        LocalErrors {
            large: one.times_pow2(8 - i64::from(format.precision)),
            result: LocalError {
                steps: 0,
                exact_steps: 0,
                zero_steps: 0,
                largest: None,
                infinite: None,
                largest_ulps: None,
                median: None,
                median_ulps: None,
                first_large: FirstStep::default(),
            },
            relative: Histogram::default(),
            ulps: Histogram::default(),
        }
    }

    /// Looks at the step from t.
    pub(super) fn observe(&mut self, t: u64, error: &StepError) {
        let result = &mut self.result;
        result.steps += 1;
        if error.both_zero {
            result.exact_steps += 1;
            result.zero_steps += 1;
            return;
        }
        self.relative.observe(error.relative.as_ref());
        let large = match &error.relative {
            Some(relative) => {
                result.exact_steps += u64::from(relative.is_zero());
                extend(&mut result.largest, relative, t, true);
                self.large.lt(relative)
            }
            None => {
                result.infinite.get_or_insert(t);
                Ternary::True
            }
        };
        if !result.first_large.is_over() {
            result.first_large.observe(t, large);
        }
        self.ulps.observe(error.ulps.as_ref());
        if let Some(ulps) = &error.ulps {
            extend(&mut result.largest_ulps, ulps, t, true);
        }
    }

    pub(super) fn finish(mut self) -> LocalError {
        self.result.median = self.relative.median();
        self.result.median_ulps = self.ulps.median();
        self.result
    }
}
