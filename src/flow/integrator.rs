//! Validated integration of gradient flow, from points and from boxes.
//!
//! The state is a centre and one radius per coordinate in (α, q, β₂, w₀) with
//! q = λ₁∫α², w₀ = β₁(0)², so that β₁ = β₁(0)·e^(−q) exactly and β₁ of any size can be
//! followed. A step moves the centre by Taylor's formula with an enclosed remainder, and the
//! radii by a differential inequality. Once β₁ is negligible, the closed form with an
//! explicit error takes over, for all later times at once. Proofs: `flow.md`, "Validated
//! integration".

use rug::float::Round;
use rug::{Float, Rational};

use super::closed_form::{ClosedForm, coordinates};
use super::limit::psi;
use super::{FlowError, integer};
use crate::model::{Parameters, State};
use crate::number::{Ball, Enclosure, Magnitude, Number};

/// Steps after which a flow is given up.
pub const MOST_STEPS: u64 = 100_000;

/// Bits in which remainders and radii are computed.
const COARSE: u32 = 64;

/// Radius of α or β₂ beyond which the enclosure is given up.
const WIDEST: f64 = 10.0;

/// Coordinates of a radius vector: α, q, β₂, w₀.
type Radii = [Magnitude; 4];

/// Gradient flow from a start, as far as it was followed.
#[derive(Clone, Debug)]
pub struct Flow {
    lambda1: Ball,
    lambda2: Ball,
    precision: u32,
    beta1_start: Ball,
    conserved: Ball,
    time: Rational,
    /// α, q, β₂, w₀, each a point.
    centre: [Ball; 4],
    radius: Radii,
    /// The last step, as a power of two.
    step_exponent: i64,
    steps: u64,
    tail: Option<Tail>,
    tail_allowed: bool,
}

/// θ(t) on all trajectories from the start.
#[derive(Clone, Debug)]
pub struct FlowState {
    /// (α, β₁, β₂).
    pub state: State<Ball>,
    /// ln|β₁|; `None` where β₁(0) = 0 is possible.
    pub log_beta1: Option<Ball>,
    /// Was it computed by the closed form with an explicit error?
    pub closed_form: bool,
}

/// From some time on: closed form and error (`flow.md`, "The tail").
#[derive(Clone, Debug)]
struct Tail {
    from: Rational,
    negative: bool,
    form: ClosedForm,
    /// |v − Φ| ≤ Δ.
    error: Magnitude,
    /// [C, C + ε₁].
    invariant: Ball,
    /// |∫α² − ∫α²_Φ| ≤ T·drift + jump.
    drift: Magnitude,
    jump: Magnitude,
    /// q at its start.
    exponent: Ball,
}

impl Flow {
    /// At the start; `conserved` encloses C there.
    pub fn new(
        parameters: &Parameters,
        start: &State<Ball>,
        conserved: &Ball,
        precision: u32,
    ) -> Self {
        let squared = start.beta1.square();
        let [alpha, beta2, w0] =
            [&start.alpha, &start.beta2, &squared].map(|x| x.with_precision(precision));
        let point = |x: &Ball| Ball::exact(x.midpoint().clone());
        // Radii of 0 would defeat the quotient test of the exponential.
        let least = Magnitude::pow2(-i64::from(precision) - 8);
        Flow {
            lambda1: Ball::from_rational(&parameters.lambda1, precision),
            lambda2: Ball::from_rational(&parameters.lambda2, precision),
            precision,
            beta1_start: start.beta1.clone(),
            conserved: conserved.with_precision(precision),
            time: Rational::new(),
            centre: [
                point(&alpha),
                integer(0, precision),
                point(&beta2),
                point(&w0),
            ],
            radius: [alpha.radius(), Magnitude::ZERO, beta2.radius(), w0.radius()]
                .map(|r| r.max(least)),
            step_exponent: -5,
            steps: 0,
            tail: None,
            tail_allowed: true,
        }
    }

    /// The same flow, integrated to every time: the closed form is not used.
    #[must_use]
    pub fn without_closed_form(mut self) -> Self {
        self.tail_allowed = false;
        self
    }

    /// The time up to which it was integrated.
    pub fn time(&self) -> &Rational {
        &self.time
    }

    /// Steps made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// θ(t). Times have to be asked for in order.
    ///
    /// # Errors
    /// [`FlowError`] if t is before an earlier one, or the enclosure is lost on the way.
    pub fn at(&mut self, time: &Rational) -> Result<FlowState, FlowError> {
        loop {
            if self.tail.is_none() && self.tail_allowed && *time > self.time {
                self.tail = self.try_tail();
            }
            if let Some(tail) = &self.tail {
                return self.tail_state(tail, time);
            }
            if *time == self.time {
                return self.here();
            }
            if *time < self.time {
                return Err(FlowError::Order);
            }
            self.step(time)?;
        }
    }

    /// One step, not beyond `until`, which is later than the present time.
    ///
    /// # Errors
    /// [`FlowError`] if the enclosure is lost.
    pub fn step(&mut self, until: &Rational) -> Result<(), FlowError> {
        if self.steps >= MOST_STEPS {
            return Err(FlowError::Steps);
        }
        let order = (self.precision / 6).clamp(12, 64) as usize;
        let w = self.centre[3].mul(&exp_minus_twice(&self.centre[1])?);
        let series = Series::new(&self.lambda1, &self.lambda2, &self.alpha_w_beta(&w), order);
        let tolerance = self.tolerance();
        let remaining = Rational::from(until - &self.time);
        let mut exponent = (self.step_exponent + 2).min(self.guess(&series, tolerance));
        for _ in 0..200 {
            let dyadic = dyadic(exponent);
            let step = if dyadic < remaining {
                dyadic
            } else {
                remaining.clone()
            };
            if let Some((centre, radius)) = self.try_step(&step, &w, &series, tolerance)? {
                self.centre = centre;
                self.radius = radius;
                self.time += step;
                self.step_exponent = exponent;
                self.steps += 1;
                let wide = |r: Magnitude| r.to_f64() > WIDEST;
                if wide(self.radius[0]) || wide(self.radius[2]) {
                    return Err(FlowError::Width);
                }
                return Ok(());
            }
            exponent -= 1;
        }
        Err(FlowError::Width)
    }

    /// θ at the time reached by integration.
    ///
    /// # Errors
    /// [`FlowError::Undefined`] if the enclosure is too wide.
    pub fn here(&self) -> Result<FlowState, FlowError> {
        let [alpha, q, beta2, _] = self.boxed();
        Ok(FlowState {
            state: State {
                alpha,
                beta1: self.beta1_start.mul(&q.neg().exp()?),
                beta2,
            },
            log_beta1: self.log_beta1(&q),
            closed_form: false,
        })
    }

    fn log_beta1(&self, q: &Ball) -> Option<Ball> {
        Some(self.beta1_start.abs().log().ok()?.sub(q))
    }

    fn boxed(&self) -> [Ball; 4] {
        let mut result = self.centre.clone();
        for (x, r) in result.iter_mut().zip(self.radius) {
            *x = x.clone().widened(r);
        }
        result
    }

    fn alpha_w_beta(&self, w: &Ball) -> [Ball; 3] {
        [self.centre[0].clone(), w.clone(), self.centre[2].clone()]
    }

    /// What a step may add to the radii: a last place, or a small part of what they are.
    fn tolerance(&self) -> i64 {
        let radius = self.radius[0].max(self.radius[2]);
        let own = radius.exponent().map_or(i64::MIN, |e| e - 24);
        own.max(-i64::from(self.precision) - 2)
    }

    /// The largest step, as a power of two, for which the last Taylor terms are small.
    fn guess(&self, series: &Series, tolerance: i64) -> i64 {
        let order = series.order as i64;
        let mut least = 62;
        for coefficients in [&series.alpha, &series.beta2] {
            for k in [order - 1, order] {
                if let Some(e) = coefficients[k as usize].magnitude().exponent() {
                    least = least.min((tolerance - e).div_euclid(k));
                }
            }
        }
        least
    }

    /// A step of this length, if it can be proved.
    fn try_step(
        &self,
        step: &Rational,
        w: &Ball,
        series: &Series,
        tolerance: i64,
    ) -> Result<Option<([Ball; 4], Radii)>, FlowError> {
        let span = Ball::from_ends(&Rational::new(), step, COARSE);
        let Some(tube) = self.tube(step, &span, w)? else {
            return Ok(None);
        };
        // The remainders, over the a-priori box.
        let order = series.order;
        let coarse = [&self.lambda1, &self.lambda2].map(|x| x.with_precision(COARSE));
        let rest = Series::new(&coarse[0], &coarse[1], &tube, order);
        let h = Ball::from_rational(step, self.precision);
        let power = h.with_precision(COARSE).powi(order as u32);
        let remainders = [&rest.alpha, &rest.exponent, &rest.beta2].map(|c| c[order].mul(&power));
        let small = |x: &Ball| {
            let bound = Magnitude::pow2(tolerance + 8);
            x.magnitude().compare(bound).is_le()
        };
        if !small(&remainders[0]) || !small(&remainders[2]) {
            return Ok(None);
        }
        let taylor = |coefficients: &[Ball], remainder: &Ball| {
            let mut sum = coefficients[order - 1].clone();
            for c in coefficients[..order - 1].iter().rev() {
                sum = sum.mul(&h).add(c);
            }
            sum.add(remainder)
        };
        let alpha = taylor(&series.alpha, &remainders[0]);
        let increment = taylor(&series.exponent, &remainders[1]);
        let q = self.centre[1].add(&increment);
        let beta2 = taylor(&series.beta2, &remainders[2]);
        let Some(mut radius) = self.spread(step, &tube)? else {
            return Ok(None);
        };
        let mut centre = self.centre.clone();
        for (i, x) in [(0, alpha), (1, q), (2, beta2)] {
            if !x.is_bounded() {
                return Ok(None);
            }
            radius[i] = radius[i].add(x.radius());
            centre[i] = Ball::exact(x.midpoint().clone());
        }
        Ok(Some((centre, radius)))
    }

    /// A box (α, w, β₂) that contains the centre's trajectory during the step.
    ///
    /// # Soundness
    /// `flow.md`, "A-priori boxes": the Picard operator maps the functions with values in
    /// the box into itself.
    fn tube(&self, step: &Rational, span: &Ball, w: &Ball) -> Result<Option<[Ball; 3]>, FlowError> {
        let [l1, l2] = [&self.lambda1, &self.lambda2].map(|x| x.with_precision(COARSE));
        let one = integer(1, COARSE);
        let [alpha, beta2] = [&self.centre[0], &self.centre[2]].map(|x| x.with_precision(COARSE));
        let w = w.with_precision(COARSE);
        let h = Ball::from_rational(step, COARSE);
        let picard = |a: &Ball, b: &Ball| -> Result<[Ball; 3], FlowError> {
            let decay = l1.mul(&a.square()).mul(&h);
            let Ok(least) = decay.add(&decay).neg().exp() else {
                return Err(FlowError::Width);
            };
            let w = w.mul(&least.hull(&one).min(&one));
            let s = one.sub(&a.mul(b));
            let fa = l2.mul(b).mul(&s).sub(&l1.mul(a).mul(&w));
            let fb = l2.mul(a).mul(&s);
            Ok([alpha.add(&span.mul(&fa)), w, beta2.add(&span.mul(&fb))])
        };
        let inflate = |x: &Ball| {
            let more = x.radius().mul_f64(0.25);
            let least = Magnitude::pow2(-i64::from(COARSE) / 2).mul(x.magnitude());
            x.clone().widened(more.add(least))
        };
        let [a, _, b] = picard(&alpha, &beta2)?;
        let (mut a, mut b) = (inflate(&a), inflate(&b));
        for _ in 0..6 {
            if !a.is_bounded() || !b.is_bounded() {
                return Ok(None);
            }
            let [na, nw, nb] = picard(&a, &b)?;
            if inside(&na, &a) && inside(&nb, &b) {
                // w was computed from the larger box a.
                return Ok(Some([na, nw, nb]));
            }
            (a, b) = (inflate(&a.hull(&na)), inflate(&b.hull(&nb)));
        }
        Ok(None)
    }

    /// The radii after a step, without the centre's own error.
    ///
    /// # Soundness
    /// `flow.md`, "Radii": with A the bound of the Jacobian over the tube widened by
    /// R, and e^(At)·r < R during the step, no trajectory leaves the widened tube, and
    /// e^(Ah)·r bounds its distance from the centre.
    fn spread(&self, step: &Rational, tube: &[Ball; 3]) -> Result<Option<Radii>, FlowError> {
        let h = Ball::from_rational(step, COARSE);
        let mut reach = self.radius.map(|r| r.mul_pow2(1));
        for _ in 0..12 {
            let matrix = self.jacobian_bound(step, tube, &reach)?;
            let Some(sup) = apply_exponential(&matrix.growing(), &h, &self.radius)? else {
                return Ok(None);
            };
            let strict = sup.iter().zip(&reach).all(|(s, r)| s.compare(*r).is_lt());
            if strict {
                return apply_exponential(&matrix, &h, &self.radius);
            }
            reach = sup.map(|s| s.mul_f64(1.5));
        }
        Ok(None)
    }

    /// Bounds of the Jacobian of (α, q, β₂, w₀) over the tube widened by `reach`.
    fn jacobian_bound(
        &self,
        step: &Rational,
        tube: &[Ball; 3],
        reach: &Radii,
    ) -> Result<Matrix, FlowError> {
        let [l1, l2] = [&self.lambda1, &self.lambda2].map(|x| x.with_precision(COARSE));
        let (one, two) = (integer(1, COARSE), integer(2, COARSE));
        let alpha = tube[0].clone().widened(reach[0]);
        let beta2 = tube[2].clone().widened(reach[2]);
        let span = Ball::from_ends(&Rational::new(), step, COARSE);
        let q = self.centre[1]
            .add(&l1.mul(&tube[0].square()).mul(&span))
            .with_precision(COARSE)
            .widened(reach[1]);
        let w0 = self.centre[3].with_precision(COARSE).widened(reach[3]);
        let shrink = exp_minus_twice(&q)?;
        // 0 ≤ w, where the widening of w₀ says nothing.
        let w = w0.mul(&shrink).max(&integer(0, COARSE));
        let own = l1.mul(&w).add(&l2.mul(&beta2.square())).neg();
        let cross = l2.mul(&one.sub(&two.mul(&alpha.mul(&beta2)))).magnitude();
        let twice = two.mul(&l1).mul(&alpha);
        Ok(Matrix {
            diagonal: [own, l2.mul(&alpha.square()).neg()],
            alpha_q: twice.mul(&w).magnitude(),
            alpha_beta2: cross,
            alpha_w0: l1.mul(&alpha).mul(&shrink).magnitude(),
            q_alpha: twice.magnitude(),
        })
    }

    /// The closed form from here on, if its error is below that of the state.
    ///
    /// # Soundness
    /// `flow.md`, "The tail".
    fn try_tail(&self) -> Option<Tail> {
        let precision = self.precision;
        let [alpha, q, beta2, w0] = self.boxed();
        let zero = integer(0, precision);
        let (alpha, beta2, negative) = if alpha.lt(&zero).is_true() {
            (alpha.neg(), beta2.neg(), true)
        } else {
            (alpha, beta2, false)
        };
        if !(zero.lt(&alpha).and(zero.lt(&beta2))).is_true() {
            return None;
        }
        let epsilon = w0.abs().mul(&exp_minus_twice(&q).ok()?);
        let epsilon = Ball::exact(epsilon.upper_float(COARSE));
        if epsilon.magnitude().exponent().is_some_and(|e| e > -16) {
            return None;
        }
        let (one, two, four) = (
            integer(1, precision),
            integer(2, precision),
            integer(4, precision),
        );
        let c = &self.conserved;
        let size = c.abs();
        let above = psi(c).ok()?;
        let least = match alpha.mul(&beta2).le(&one) {
            x if x.is_true() => alpha.square(),
            x if x.is_false() => above,
            _ => alpha.square().min(&above),
        };
        let m = Ball::exact(least.sub(&epsilon).lower_float(precision));
        if !zero.lt(&m).is_true() {
            return None;
        }
        let v = alpha.add(&beta2).square();
        let form = ClosedForm::new(&self.lambda2, c, &v).ok()?;
        let most = size.add(&epsilon);
        let largest = v.max(&two.add(&four.add(&most.square()).sqrt().ok()?));
        let (gap, lower) = form.gap_and_lower();
        let gain = gap.div(&m.sub(lower)).ok()?.square().max(&one);
        let growth = two.mul(&size).add(&epsilon);
        let bracket = self
            .lambda2
            .mul(&growth)
            .div(&two)
            .ok()?
            .add(&self.lambda1.mul(&largest.add(&most)));
        let integral = epsilon.div(&two.mul(&self.lambda1).mul(&m)).ok()?;
        let error = gain.mul(&integral).mul(&bracket);
        if error
            .magnitude()
            .exponent()
            .is_some_and(|e| e > self.tolerance())
        {
            return None;
        }
        let smaller = m.min(form.equilibrium());
        let quarter = one.div(&four).ok()?;
        let slope = quarter.add(&c.square().div(&four.mul(&m).mul(&smaller)).ok()?);
        let drift = error.mul(&slope).magnitude();
        let half = one.div(&two).ok()?;
        let jump = integral
            .mul(&half.add(&growth.div(&four.mul(&m)).ok()?))
            .magnitude();
        Some(Tail {
            from: self.time.clone(),
            negative,
            form,
            error: error.magnitude(),
            invariant: c.hull(&c.add(&epsilon)),
            drift,
            jump,
            exponent: q,
        })
    }

    fn tail_state(&self, tail: &Tail, time: &Rational) -> Result<FlowState, FlowError> {
        let elapsed = Rational::from(time - &tail.from);
        if elapsed < 0 {
            return Err(FlowError::Order);
        }
        let elapsed = Ball::from_rational(&elapsed, self.precision);
        let moment = tail.form.at(&elapsed)?;
        let v = moment.v.widened(tail.error);
        let (alpha, beta2) = coordinates(&v, &tail.invariant)?;
        let error = tail.drift.mul(elapsed.magnitude()).add(tail.jump);
        let integral = moment.alpha_squared.widened(error);
        let q = tail.exponent.add(&self.lambda1.mul(&integral));
        let signed = |x: Ball| if tail.negative { x.neg() } else { x };
        Ok(FlowState {
            state: State {
                alpha: signed(alpha),
                beta1: self.beta1_start.mul(&q.neg().exp()?),
                beta2: signed(beta2),
            },
            log_beta1: self.log_beta1(&q),
            closed_form: true,
        })
    }
}

/// 2^`exponent`.
fn dyadic(exponent: i64) -> Rational {
    let one = Rational::from(1);
    let shift = exponent.clamp(-1_000_000, 1_000_000) as i32;
    one << shift
}

/// e^(−2q).
fn exp_minus_twice(q: &Ball) -> Result<Ball, FlowError> {
    Ok(q.add(q).neg().exp()?)
}

/// Is `inner` a subset of `outer`, for certain?
fn inside(inner: &Ball, outer: &Ball) -> bool {
    let difference = inner.midpoint() - outer.midpoint();
    let distance = Float::with_val_round(64, difference, Round::AwayZero).0;
    let reach = Magnitude::from_float(&distance).add(inner.radius());
    outer.is_bounded() && reach.compare(outer.radius()).is_le()
}

/// Normalised Taylor coefficients x⁽ᵏ⁾/k! of α, q − q(0) and β₂ along the flow.
struct Series {
    order: usize,
    alpha: Vec<Ball>,
    exponent: Vec<Ball>,
    beta2: Vec<Ball>,
}

impl Series {
    /// Coefficients 0 to `order`, from (α, w, β₂) with w = β₁².
    ///
    /// α̇ = λ₂β₂s − λ₁αw, β̇₂ = λ₂αs, ẇ = −2λ₁α²w, q̇ = λ₁α², with s = 1 − αβ₂.
    fn new(lambda1: &Ball, lambda2: &Ball, start: &[Ball; 3], order: usize) -> Self {
        let precision = lambda1.precision();
        let [alpha, w, beta2] = start.clone();
        let mut alpha = vec![alpha];
        let mut w = vec![w];
        let mut beta2 = vec![beta2];
        let mut exponent = vec![integer(0, precision)];
        let (mut s, mut x) = (Vec::new(), Vec::new());
        let one = integer(1, precision);
        let minus_two = integer(-2, precision);
        for k in 0..order {
            let product = convolution(&alpha, &beta2, k);
            s.push(if k == 0 {
                one.sub(&product)
            } else {
                product.neg()
            });
            x.push(if k == 0 {
                alpha[0].square()
            } else {
                convolution(&alpha, &alpha, k)
            });
            let divisor = Rational::from((1, k as u64 + 1));
            let over = Ball::from_rational(&divisor, precision);
            let l1 = lambda1.mul(&over);
            let l2 = lambda2.mul(&over);
            let next_alpha = l2
                .mul(&convolution(&beta2, &s, k))
                .sub(&l1.mul(&convolution(&alpha, &w, k)));
            let next_beta2 = l2.mul(&convolution(&alpha, &s, k));
            let next_w = minus_two.mul(&l1).mul(&convolution(&x, &w, k));
            exponent.push(l1.mul(&x[k]));
            alpha.push(next_alpha);
            beta2.push(next_beta2);
            w.push(next_w);
        }
        Series {
            order,
            alpha,
            exponent,
            beta2,
        }
    }
}

/// The k-th coefficient of a product of power series.
fn convolution(x: &[Ball], y: &[Ball], k: usize) -> Ball {
    let mut sum = x[0].mul(&y[k]);
    for i in 1..=k {
        sum = sum.add(&x[i].mul(&y[k - i]));
    }
    sum
}

/// A bound of the Jacobian: upper bounds of its diagonal, and of the sizes of the rest.
struct Matrix {
    /// αα and β₂β₂; the others are 0.
    diagonal: [Ball; 2],
    alpha_q: Magnitude,
    /// Also β₂α.
    alpha_beta2: Magnitude,
    alpha_w0: Magnitude,
    q_alpha: Magnitude,
}

impl Matrix {
    /// The same with no negative diagonal, so that its exponential grows with time.
    fn growing(&self) -> Self {
        let diagonal = self
            .diagonal
            .clone()
            .map(|d| d.max(&integer(0, d.precision())));
        Matrix { diagonal, ..*self }
    }
}

/// A bound of e^(Ah)·r; `None` if the step is too long for it.
///
/// # Soundness
/// With s ≥ −min Aᵢᵢ and s ≥ 0, P = (A + s)h ≥ 0 and e^(Ah) = e^(−sh)·e^P. The series of e^P·r is
/// summed until its next term is at most half the last one in every coordinate; as P ≥ 0,
/// all later quotients are at most 1/2, too, and the rest is at most the last term.
fn apply_exponential(
    matrix: &Matrix,
    h: &Ball,
    radius: &Radii,
) -> Result<Option<Radii>, FlowError> {
    let zero = integer(0, COARSE);
    let shift = matrix.diagonal[0].min(&matrix.diagonal[1]).min(&zero);
    // A quarter more on the diagonal of P: without it a coordinate may grow at every other
    // term only, and the quotient test would never succeed.
    let quarter = integer(1, COARSE).div(&integer(4, COARSE).mul(h))?;
    let shift = Ball::exact(quarter.sub(&shift).upper_float(53));
    if !shift.is_bounded() || !matrix.diagonal.iter().all(Ball::is_bounded) {
        return Ok(None);
    }
    let length = h.magnitude();
    let own = |d: &Ball| d.add(&shift).max(&zero).magnitude().mul(length);
    let diagonal = [
        own(&matrix.diagonal[0]),
        own(&zero),
        own(&matrix.diagonal[1]),
        own(&zero),
    ];
    let [aq, ab, aw, qa] = [
        matrix.alpha_q,
        matrix.alpha_beta2,
        matrix.alpha_w0,
        matrix.q_alpha,
    ]
    .map(|x| x.mul(length));
    let apply = |[a, q, b, w]: Radii| {
        [
            diagonal[0]
                .mul(a)
                .add(aq.mul(q))
                .add(ab.mul(b))
                .add(aw.mul(w)),
            diagonal[1].mul(q).add(qa.mul(a)),
            diagonal[2].mul(b).add(ab.mul(a)),
            diagonal[3].mul(w),
        ]
    };
    // A small part of P·r more: no coordinate lags far behind what it is coupled to, and the
    // quotient test succeeds early.
    let mut term = *radius;
    for (r, more) in term.iter_mut().zip(apply(*radius)) {
        *r = r.add(more.mul_pow2(-20));
    }
    let mut sum = term;
    for k in 1..=160u32 {
        let over = (1.0 / f64::from(k)).next_up();
        let next = apply(term).map(|x| x.mul_f64(over));
        if next.iter().any(|x| !x.is_finite()) {
            return Ok(None);
        }
        let halved = next
            .iter()
            .zip(&term)
            .all(|(n, t)| n.mul_pow2(1).compare(*t).is_le());
        let negligible = next
            .iter()
            .zip(&sum)
            .all(|(n, s)| n.mul_pow2(30).compare(*s).is_le());
        if halved && negligible {
            // The rest, from this term on, is at most twice this term.
            let factor = shift.mul(h).neg().exp()?.magnitude();
            let mut result = sum;
            for (r, n) in result.iter_mut().zip(next) {
                *r = r.add(n.mul_pow2(1)).mul(factor);
            }
            // w₀ is constant.
            result[3] = radius[3];
            return Ok(Some(result));
        }
        for (s, n) in sum.iter_mut().zip(next) {
            *s = s.add(n);
        }
        term = next;
    }
    Ok(None)
}
