//! How far a trace is from the exact trajectory: the first step with a large relative error,
//! and the digits lost per step.

use rug::Rational;

use crate::audit::simulation::Observed;
use crate::model::State;
use crate::number::{Ball, Enclosure, Interval, Number, Ternary, Undefined};

/// The first step at which something happens, as far as that is decided. Steps after the last
/// one that was looked at are not spoken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstStep {
    /// Before it, it is proved not to happen; `None`: it is proved not to happen at all.
    pub earliest: Option<u64>,
    /// At this step it is proved to happen; `None`: at no step is it proved to.
    pub latest: Option<u64>,
}

impl FirstStep {
    /// Looks at step t, steps being looked at in order.
    pub(super) fn observe(&mut self, t: u64, happens: Ternary) {
        if !happens.is_false() {
            self.earliest.get_or_insert(t);
        }
        if happens.is_true() {
            self.latest.get_or_insert(t);
        }
    }

    /// Are both the same?
    pub fn is_decided(&self) -> bool {
        self.earliest == self.latest
    }

    /// Is it proved to happen? Later steps then have nothing to say.
    pub(super) fn is_over(&self) -> bool {
        self.latest.is_some()
    }
}

/// |x̂ − x|/|x|.
///
/// # Soundness
/// It is |x̂/x − 1|, in which x occurs once.
///
/// # Errors
/// [`Undefined::DivisionByZero`] if x may be 0.
pub(super) fn relative_error<T: Enclosure>(
    observed: &T,
    exact: &T,
    one: &T,
) -> Result<T, Undefined> {
    Ok(observed.div(exact)?.sub(one).abs())
}

/// Is |x̂ − x| > δ|x|? That is a relative error above δ where x ≠ 0; at x = 0 every other
/// number is too far away.
///
/// # Soundness
/// By the relative error, or else both sides are enclosed, one independently of the other.
pub(super) fn exceeds<T: Enclosure>(observed: &T, exact: &T, threshold: &T, one: &T) -> Ternary {
    match relative_error(observed, exact, one) {
        Ok(error) => threshold.lt(&error),
        Err(_) => threshold.mul(&exact.abs()).lt(&observed.sub(exact).abs()),
    }
}

/// The errors of a trace at one step.
#[derive(Clone, Debug)]
pub struct ErrorAt {
    /// The step t.
    pub step: u64,
    /// Enclosures of |x̂_t − x_t|/|x_t|; `None` where the exact value may be 0 and the trace's
    /// is not known to be the same.
    pub relative: State<Option<Interval>>,
    /// Bits that the enclosure of the exact iterate itself still has
    /// (see [`crate::enclosure::Trajectory::accuracy_bits`]).
    pub accuracy_bits: i64,
}

impl ErrorAt {
    /// E_t: an enclosure of the largest of the three.
    ///
    /// # Soundness
    /// The pointwise maximum of enclosures encloses the maximum.
    pub fn largest(&self) -> Option<Interval> {
        let [alpha, beta1, beta2] = self.relative.as_array().map(|x| *x);
        Some(alpha?.max(&beta1?).max(&beta2?))
    }
}

/// Decimal digits lost per step from one step to a later one,
/// (log₁₀E_t₁ − log₁₀E_t₀)/(t₁ − t₀), where `error` picks the error
/// ([`ErrorAt::largest`], say). Negative where the errors shrink. `None` if an error is 0, or
/// not known to be above 0.
///
/// Bits that the enclosure of the exact trajectory lost meanwhile are not part of it: they are
/// the difference of [`ErrorAt::accuracy_bits`].
///
/// # Soundness
/// Interval operations on enclosures of both errors.
pub fn digits_lost_per_step(
    from: &ErrorAt,
    to: &ErrorAt,
    error: impl Fn(&ErrorAt) -> Option<Interval>,
) -> Option<Interval> {
    let steps = to.step.checked_sub(from.step)?;
    let steps = Interval::from_rational(&Rational::from(steps));
    let lost = error(to)?.log10().ok()?.sub(&error(from)?.log10().ok()?);
    lost.div(&steps).ok()
}

/// A value of the exact trajectory, better known than by an interval.
pub(super) enum Sharper {
    /// An enclosure at the engine's precision.
    Ball(Ball),
    /// The value itself, at one of the first steps.
    Exact(Rational),
}

/// Exact constants of the comparison, in both number systems.
#[derive(Clone)]
pub(super) struct Thresholds {
    interval: Vec<Interval>,
    exact: Vec<Rational>,
    one: Interval,
}

impl Thresholds {
    pub(super) fn new(thresholds: &[Rational]) -> Self {
        Thresholds {
            interval: thresholds.iter().map(Interval::from_rational).collect(),
            exact: thresholds.to_vec(),
            one: Interval::from_rational(&Rational::from(1)),
        }
    }

    /// Of one coordinate: decides by intervals, and by what is sharper where they do not.
    /// The first iterates may err by exactly a power of 2, which only exact values decide.
    fn exceeds(
        &self,
        k: usize,
        observed: (&Interval, &Observed),
        exact: &Interval,
        sharper: impl FnOnce() -> Sharper,
    ) -> Ternary {
        let fast = exceeds(observed.0, exact, &self.interval[k], &self.one);
        if !fast.is_unknown() {
            return fast;
        }
        let number = observed.1.as_exact();
        let exact = match sharper() {
            Sharper::Ball(exact) => exact,
            Sharper::Exact(exact) => {
                let point = number
                    .midpoint()
                    .to_rational()
                    .filter(|_| number.is_point());
                if let Some(number) = point {
                    let one = Rational::from(1);
                    return exceeds(&number, &exact, &self.exact[k], &one);
                }
                Ball::constant(&exact, number.precision())
            }
        };
        let precision = exact.precision().max(number.precision()) + 64;
        let exact = exact.with_precision(precision);
        let threshold = Ball::constant(&self.exact[k], precision);
        let one = Ball::constant(&Rational::from(1), precision);
        exceeds(number, &exact, &threshold, &one)
    }
}

/// First divergences and errors of one trace.
#[derive(Clone, Debug)]
pub(super) struct Divergence {
    pub(super) first: State<Vec<FirstStep>>,
    pub(super) errors: Vec<ErrorAt>,
}

impl Divergence {
    pub(super) fn new(thresholds: usize) -> Self {
        let none = vec![FirstStep::default(); thresholds];
        Divergence {
            first: State {
                alpha: none.clone(),
                beta1: none.clone(),
                beta2: none,
            },
            errors: Vec::new(),
        }
    }

    /// Looks at step t of both. `sharper` is asked for a coordinate only if needed.
    pub(super) fn observe(
        &mut self,
        t: u64,
        thresholds: &Thresholds,
        observed: (&State<Interval>, &State<Observed>),
        exact: &State<Interval>,
        sharper: &dyn Fn(usize) -> Sharper,
    ) {
        let first = [
            &mut self.first.alpha,
            &mut self.first.beta1,
            &mut self.first.beta2,
        ];
        let intervals = observed.0.as_array();
        let numbers = observed.1.as_array();
        let exact = exact.as_array();
        for (j, first) in first.into_iter().enumerate() {
            for (k, first) in first.iter_mut().enumerate() {
                if first.is_over() {
                    continue;
                }
                let happens = if numbers[j].is_finite() {
                    let observed = (intervals[j], numbers[j]);
                    thresholds.exceeds(k, observed, exact[j], || sharper(j))
                } else {
                    Ternary::True
                };
                first.observe(t, happens);
            }
        }
    }

    /// Notes the errors at step t.
    pub(super) fn note_errors(
        &mut self,
        t: u64,
        observed: &State<Observed>,
        exact: &State<Ball>,
        accuracy_bits: i64,
    ) {
        let error = |j: usize| {
            observed.as_array()[j].is_finite().then_some(())?;
            let (x, y) = (observed.as_array()[j].as_exact(), exact.as_array()[j]);
            let precision = x.precision().max(y.precision()) + 64;
            let y = y.with_precision(precision);
            let one = Ball::constant(&Rational::from(1), precision);
            match relative_error(x, &y, &one) {
                Ok(error) => Some(error.to_interval()),
                Err(_) if x.equals(&y).is_true() => Some(Interval::ZERO),
                Err(_) => None,
            }
        };
        self.errors.push(ErrorAt {
            step: t,
            relative: State {
                alpha: error(0),
                beta1: error(1),
                beta2: error(2),
            },
            accuracy_bits,
        });
    }

    /// Is every first step decided?
    pub(super) fn is_decided(&self) -> bool {
        let all = |first: &Vec<FirstStep>| first.iter().all(FirstStep::is_decided);
        self.first.as_array().into_iter().all(all)
    }
}
