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
struct Map<T: Number> {
    coefficients: Coefficients<T>,
    bound: Option<T>,
    floor: Option<T>,
    context: T::Context,
}

/// F(x̂).
struct Image<T> {
    /// The image.
    next: State<T>,
    /// Is it another number than x̂?
    moved: State<Ternary>,
}

impl<T: Enclosure> Map<T> {
    fn new(parameters: &Parameters, change: &Change, context: T::Context) -> Self {
        let constant = |q: &Rational| T::constant(q, context);
        Map {
            coefficients: parameters.coefficients(context),
            bound: parameters.clip.as_ref().map(constant),
            floor: change.floor.as_ref().map(constant),
            context,
        }
    }

    fn zero(&self) -> T {
        T::constant(&Rational::new(), self.context)
    }

    /// F(x̂).
    ///
    /// # Soundness
    /// Operations on enclosures of x̂ − η∇L(x̂); the projection is a pointwise minimum and
    /// maximum, the floor that of [`Map::floored`]. Where neither acts, F(x̂) ≠ x̂ exactly if
    /// the update is not 0.
    fn image(&self, state: &State<T>) -> Image<T> {
        let gradient = self.coefficients.gradient(state);
        let update = gradient.map(|g| self.coefficients.eta.mul(g));
        let zero = self.zero();
        let mut moved = update.map(|u| u.equals(&zero).not());
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
                next.beta1 = self.floored(&next.beta1, floor, raised);
                moved.beta1 = next.beta1.equals(&state.beta1).not();
            }
        }
        Image { next, moved }
    }

    /// β₁ raised to `floor` in size, its sign kept; 0 becomes positive.
    ///
    /// # Soundness
    /// Every case that is not refuted is in the hull.
    fn floored(&self, beta1: &T, floor: &T, raised: Ternary) -> T {
        let end = match beta1.lt(&self.zero()) {
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

    /// The errors of the step from x̂ to x̂⁺; `stays`: which numbers are the same in both.
    fn errors(
        &self,
        state: &State<T>,
        next: &State<T>,
        stays: [bool; 3],
        places: &State<Places>,
    ) -> [StepError; 3] {
        let image = self.image(state);
        [0, 1, 2].map(|j| {
            let question = Question {
                stays: stays[j],
                places: *places.as_array()[j],
                moved: *image.moved.as_array()[j],
            };
            let numbers = [state, next, &image.next].map(|x| x.as_array()[j]);
            self.error(numbers, question)
        })
    }

    /// |x̂⁺ − F|, relative and in units in the last place.
    ///
    /// # Soundness
    /// Operations on enclosures; x̂⁺ is exact. x̂⁺ = 0 ≠ F has a relative error of 1.
    fn error(&self, [state, next, image]: [&T; 3], question: Question) -> StepError {
        let difference = next.sub(image).abs();
        let (error, value) = (difference.to_interval(), image.to_interval().abs());
        let error = error.abs();
        let relative = if value.contains_zero() {
            match (value.is_zero(), error.is_zero()) {
                (true, false) => None,
                (_, true) => Some(Interval::ZERO),
                // |F| is at most its largest value: a lower bound is left.
                (false, false) => {
                    let largest = Interval::from_scaled(value.upper(), value.upper());
                    let least = error.div(&largest).map_or((0.0, 0), |x| x.lower());
                    Some(Interval::from_scaled(least, (f64::INFINITY, 0)))
                }
            }
        } else if next.equals(&self.zero()).is_true() {
            Some(Interval::from_bounds(1.0, 1.0, 0))
        } else {
            error.div(&value).ok().map(|x| x.abs())
        };
        let places = question.places;
        let large_exponent = 8 - places.precision;
        let large = match &relative {
            None => Ternary::True,
            Some(relative) => Interval::from_bounds(1.0, 1.0, large_exponent).lt(relative),
        };
        let large = if large.is_unknown() {
            image.abs().mul(&self.pow2(large_exponent)).lt(&difference)
        } else {
            large
        };
        let excessive = if large.is_false() {
            large
        } else {
            let size = state.abs().max(&image.abs());
            size.mul(&self.pow2(large_exponent)).lt(&difference)
        };
        let ulps = places.in_ulps(&error, &value);
        let far = match (question.stays, &ulps) {
            (false, _) => Ternary::False,
            (true, None) => Ternary::Unknown,
            (true, Some(ulps)) => match Interval::from_bounds(0.5, 0.5, 0).lt(ulps) {
                Ternary::Unknown => places.place(&value).map_or(Ternary::Unknown, |place| {
                    self.pow2(place - 1).lt(&difference)
                }),
                decided => decided,
            },
        };
        StepError {
            is_sharp: value.is_zero()
                || !value.contains_zero() && (error.is_zero() || places.place(&value).is_some()),
            is_exact: Ternary::from_proofs(error.is_zero(), !error.contains_zero()),
            both_zero: value.is_zero() && error.is_zero(),
            relative,
            ulps,
            large,
            excessive,
            far,
            absorbed: question.moved.and(question.stays.into()),
        }
    }

    /// 2^k for an exponent of ordinary size.
    fn pow2(&self, k: i64) -> T {
        let k = i32::try_from(k.clamp(-LARGEST_EXPONENT, LARGEST_EXPONENT)).unwrap_or(0);
        T::constant(&(Rational::from(1) << k), self.context)
    }
}

/// Exponents that are not worth the rationals they would need.
const LARGEST_EXPONENT: i64 = 1 << 16;

/// What is to be known of a coordinate's step.
#[derive(Clone, Copy)]
struct Question {
    stays: bool,
    places: Places,
    moved: Ternary,
}

/// The exact step for a format: in balls, and in rationals where balls leave something open.
#[derive(Clone)]
pub(super) struct ExactMap {
    ball: Map<Ball>,
    exact: Map<Rational>,
    places: State<Places>,
}

impl ExactMap {
    /// At 4p + 64 bits the products of a step with three factors of the state are exact.
    pub(super) fn new(
        parameters: &Parameters,
        format: &Format,
        storage: Storage,
        change: &Change,
    ) -> Self {
        ExactMap {
            ball: Map::new(parameters, change, 4 * format.precision + 64),
            exact: Map::new(parameters, change, ()),
            places: Places::of(format, storage, change),
        }
    }

    /// Bits of its balls.
    pub(super) fn precision(&self) -> u32 {
        self.ball.context
    }

    /// Where the last places are.
    pub(super) fn places(&self) -> &State<Places> {
        &self.places
    }

    /// A state of a trace in its balls, exactly. A number that is not finite becomes 0: what is
    /// said of its step means nothing, and what is said of the others' does not depend on it.
    pub(super) fn lift(&self, state: &State<Observed>) -> State<Ball> {
        let precision = self.ball.context;
        state.map(|x| {
            if x.is_finite() {
                x.as_exact().with_precision(precision)
            } else {
                Ball::constant(&Rational::new(), precision)
            }
        })
    }

    /// The errors of the step from x̂ to x̂⁺, both lifted.
    ///
    /// Numbers are the same if their midpoints are: a ball of β₁ is the same function of what
    /// is stored.
    pub(super) fn errors(&self, state: &State<Ball>, next: &State<Ball>) -> [StepError; 3] {
        let (old, new) = (state.as_array(), next.as_array());
        let stays = [0, 1, 2].map(|j| old[j].midpoint() == new[j].midpoint());
        let errors = self.ball.errors(state, next, stays, &self.places);
        if errors.iter().all(StepError::is_decided) {
            return errors;
        }
        match (rational(state), rational(next)) {
            (Some(state), Some(next)) => self.exact.errors(&state, &next, stays, &self.places),
            _ => errors,
        }
    }
}

/// The state as rationals, if it is one of points of ordinary size.
fn rational(state: &State<Ball>) -> Option<State<Rational>> {
    let exact = |x: &Ball| {
        let exponent = i64::from(x.midpoint().get_exp().unwrap_or(0));
        (x.is_point() && exponent.abs() < LARGEST_EXPONENT / 4)
            .then(|| x.midpoint().to_rational())
            .flatten()
    };
    Some(State {
        alpha: exact(&state.alpha)?,
        beta1: exact(&state.beta1)?,
        beta2: exact(&state.beta2)?,
    })
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
    /// n, to a factor of 2, or 4 near a power of 2.
    pub median: Option<Interval>,
    /// The same in units in the last place.
    pub median_ulps: Option<Interval>,
    /// The first step with a relative error above 2^(8−p).
    pub first_large: FirstStep,
    /// The first step with an error above 2^(8−p) of the larger of |x̂_t| and |F(x̂_t)|: more
    /// than the cancellation of two numbers as large as x̂_t explains.
    pub first_excessive: FirstStep,
}

/// An error of one step.
#[derive(Clone, Debug)]
pub(super) struct StepError {
    /// Is it certain whether F(x̂) is 0, and where its last place is?
    is_sharp: bool,
    /// Is there none?
    is_exact: Ternary,
    /// Are F(x̂) and x̂⁺ both 0?
    both_zero: bool,
    /// Relative to |F(x̂)|; `None` where that is 0 and the error is not.
    relative: Option<Interval>,
    /// In units in the last place; `None` where a format without a least number has none at 0.
    ulps: Option<Interval>,
    /// Is the relative error above 2^(8−p)?
    large: Ternary,
    /// The same relative to the larger of |x̂| and |F(x̂)|.
    excessive: Ternary,
    /// Is x̂⁺ = x̂, and more than half a unit in the last place from F(x̂)?
    pub(super) far: Ternary,
    /// Is x̂⁺ = x̂ ≠ F(x̂)?
    pub(super) absorbed: Ternary,
}

impl StepError {
    fn is_decided(&self) -> bool {
        let answers = [
            self.is_exact,
            self.large,
            self.excessive,
            self.far,
            self.absorbed,
        ];
        self.is_sharp && !answers.into_iter().any(Ternary::is_unknown)
    }
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
    fn of(format: &Format, storage: Storage, change: &Change) -> State<Places> {
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

    /// The exponent of the last place of a number with this binary exponent (`None`: 0).
    fn place_at(&self, exponent: Option<i64>) -> Option<i64> {
        let exponent = match (exponent, self.least) {
            (Some(e), Some(least)) => e.max(least),
            (e, least) => e.or(least)?,
        };
        Some(1 + exponent - self.precision)
    }

    /// The exponent of the last place of all numbers in the set, if it is the same.
    fn place(&self, value: &Interval) -> Option<i64> {
        let place = self.place_at(value.exponent())?;
        (self.place_at(least_exponent(value))? == place).then_some(place)
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
        let least = error.times_pow2(-self.place_at(value.exponent())?);
        Some(match self.place_at(least_exponent(value)) {
            Some(low) => least.hull(&error.times_pow2(-low)),
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
    result: LocalError,
    relative: Histogram,
    ulps: Histogram,
}

impl LocalErrors {
    pub(super) fn new() -> Self {
        LocalErrors {
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
                first_excessive: FirstStep::default(),
            },
            relative: Histogram::default(),
            ulps: Histogram::default(),
        }
    }

    /// Looks at the step from t.
    pub(super) fn observe(&mut self, t: u64, error: &StepError) {
        let result = &mut self.result;
        result.steps += 1;
        result.exact_steps += u64::from(error.is_exact.is_true());
        if !result.first_large.is_over() {
            result.first_large.observe(t, error.large);
        }
        if !result.first_excessive.is_over() {
            result.first_excessive.observe(t, error.excessive);
        }
        if error.both_zero {
            result.zero_steps += 1;
            return;
        }
        self.relative.observe(error.relative.as_ref());
        match &error.relative {
            Some(relative) => extend(&mut result.largest, relative, t, true),
            None => {
                result.infinite.get_or_insert(t);
            }
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
