//! The conditions of the Coq development (`proofs/coq/TrapCheck.v`), on exact fractions, and the
//! choice of constants that meet them.
//!
//! Constants are chosen in floating point and rounded to a few digits; then the conditions are
//! evaluated as Coq will evaluate them, on a box that is a little larger than Coq's.

use rug::{Integer, Rational};

use super::{argument, places, rounded};
use crate::model::{Parameters, State};
use crate::number::{Ball, Interval};
use crate::trap::{Setting, final_trap};

/// A box around the last iterate, with ends at the scale of the checks.
#[derive(Clone, Debug)]
pub(super) struct CoqBox {
    alpha: [Rational; 2],
    /// Bounds on |β₁|; the lower one may be negative.
    beta1_min: Rational,
    beta1_max: Rational,
    beta1_nonzero: bool,
    beta2: [Rational; 2],
}

impl CoqBox {
    /// The box, some units of the last place wider than Coq's; `None` if the ball is unbounded.
    /// Where α < 0 it is the mirror image, as Coq takes it.
    pub(super) fn around(x: &State<Ball>, bits: u32) -> Option<Self> {
        const UNITS: u32 = 8;
        let unit = Rational::from(1) >> bits;
        let slack = Rational::from(&unit * UNITS);
        let ends = |x: &Ball| {
            let precision = bits + 64;
            let lower = x.lower_float(precision).to_rational()?;
            let upper = x.upper_float(precision).to_rational()?;
            let lower = Rational::from(&lower / &unit).floor() * &unit - &slack;
            let upper = Rational::from(&upper / &unit).ceil() * &unit + &slack;
            Some([lower, upper])
        };
        let [low, high] = ends(&x.beta1)?;
        let (mut alpha, mut beta2) = (ends(&x.alpha)?, ends(&x.beta2)?);
        if alpha[1] < 0 {
            [alpha, beta2] = [alpha, beta2].map(|[lower, upper]| [-upper, -lower]);
        }
        Some(CoqBox {
            alpha,
            beta1_min: low.clone().max(Rational::from(-&high)),
            beta1_max: low.abs().max(high.abs()),
            beta1_nonzero: !x.beta1.contains_zero(),
            beta2,
        })
    }
}

/// The constants of `Final_trap`.
#[derive(Clone, Debug)]
pub(super) struct FinalConstants {
    pub(super) alpha_low: Rational,
    pub(super) a_high: Rational,
    pub(super) rate: Rational,
}

/// The constants of `Delta_trap`.
#[derive(Clone, Debug)]
pub(super) struct DeltaConstants {
    pub(super) alpha_low: Rational,
    pub(super) a_high: Rational,
    pub(super) b_high: Rational,
    pub(super) edge_low: Rational,
    pub(super) drive_high: Rational,
    pub(super) log_high: Rational,
}

/// A trap, and the box it holds in.
#[derive(Clone, Debug)]
pub(super) enum Tail {
    Final(CoqBox, FinalConstants),
    Delta(CoqBox, DeltaConstants),
    Escape,
    Nothing,
}

/// What is said of all steps from the n-th after the last phase on.
#[derive(Clone, Debug)]
pub(super) enum Later {
    /// S ≤ (2 + δ)/η.
    Sharpness(Rational, u64),
    /// L ≤ ε.
    Loss(Rational, u64),
    /// For all δ and ε, from some step on.
    Eventually,
    /// S > (2 + δ)/η.
    Above(Rational, u64),
    /// |α|, |β₁|, L and S grow beyond every bound.
    Diverges,
}

impl Later {
    pub(super) fn coq(&self) -> String {
        match self {
            Later::Sharpness(delta, n) => {
                format!("Sharpness_at_most_edge_plus {} {n}", argument(delta))
            }
            Later::Loss(epsilon, n) => format!("Loss_at_most {} {n}", argument(epsilon)),
            Later::Eventually => "Eventually_below_every_bound".into(),
            Later::Above(delta, n) => format!("Sharpness_above_edge_plus {} {n}", argument(delta)),
            Later::Diverges => "Diverges".into(),
        }
    }
}

/// The constants of a run.
pub(super) struct Exact {
    h: Rational,
    e: Rational,
    rho: Rational,
    eta: Rational,
    lambda2: Rational,
    clip: Option<Rational>,
}

fn one() -> Rational {
    Rational::from(1)
}

fn square(q: &Rational) -> Rational {
    Rational::from(q.square_ref())
}

fn product(x: &Rational, y: &Rational) -> Rational {
    Rational::from(x * y)
}

fn from_one(q: &Rational) -> Rational {
    Rational::from(1 - q)
}

/// Coq rounds to multiples of 2^-256.
const ROUNDING: u32 = 256;

fn to_grid(q: Rational, up: bool) -> Rational {
    let scaled = q << ROUNDING;
    let whole = if up { scaled.ceil() } else { scaled.floor() };
    whole >> ROUNDING
}

/// xⁿ, rounded upward as Coq does.
fn power_up(x: &Rational, n: u64) -> Rational {
    if n == 0 {
        return one();
    }
    let mut y = to_grid(x.clone(), true);
    let digits = u64::BITS - n.leading_zeros();
    for i in (0..digits - 1).rev() {
        y = square(&y);
        if (n >> i) & 1 == 1 {
            y *= x;
        }
        y = to_grid(y, true);
    }
    y
}

/// `log_check`: is it seen that ln x ≤ l?
fn log_check(x: &Rational, l: &Rational) -> bool {
    const SQUARINGS: u32 = 24;
    let mut y = one() + (l.clone() >> SQUARINGS);
    for _ in 0..SQUARINGS {
        y = to_grid(square(&y), false);
    }
    *l >= 0 && *x <= y
}

/// (u − 2)²/4.
fn edge_potential(u: &Rational) -> Rational {
    Rational::from(u - 2u32).square() / 4u32
}

/// `not_square`.
fn not_square(q: &Rational) -> bool {
    !Integer::from(q.numer() * q.denom()).is_perfect_square()
}

impl Exact {
    pub(super) fn new(parameters: &Parameters) -> Self {
        Exact {
            h: product(&parameters.eta, &parameters.lambda1),
            e: product(&parameters.eta, &parameters.lambda2),
            rho: Rational::from(&parameters.lambda2 / &parameters.lambda1),
            eta: parameters.eta.clone(),
            lambda2: parameters.lambda2.clone(),
            clip: parameters.clip.clone(),
        }
    }

    fn b_max(&self, d: &CoqBox) -> Rational {
        square(&d.beta1_max) * &self.h
    }

    fn s_max(d: &CoqBox) -> Rational {
        from_one(&product(&d.alpha[0], &d.beta2[0]))
    }

    fn region(d: &CoqBox) -> bool {
        d.alpha[0] > 0 && d.beta2[0] > 0 && product(&d.alpha[1], &d.beta2[1]) <= 1
    }

    /// q⁺, from above.
    fn potential_bound(&self, d: &CoqBox, alpha_low: &Rational, s_high: &Rational) -> Rational {
        let most = square(&d.alpha[1]) - square(&d.beta2[0]);
        let least = square(&d.alpha[0]) - square(&d.beta2[1]);
        let fall = (-least).max(Rational::new());
        let room = (Rational::from(alpha_low.recip_ref()) - &d.beta2[0]) / alpha_low;
        most + product(&self.e, s_high) * fall * room
    }

    fn potential_check(
        &self,
        d: &CoqBox,
        alpha_low: &Rational,
        a_high: &Rational,
        s_high: &Rational,
    ) -> bool {
        let root = Rational::from(a_high / &self.h);
        let level = root.clone() - root.recip();
        self.potential_bound(d, alpha_low, s_high) <= level
    }

    fn small_step(&self, alpha_low: &Rational, a_high: &Rational) -> bool {
        let sum = Rational::from(a_high / &self.h) + square(alpha_low).recip();
        sum * &self.e + square(&self.e) / 4u32 <= 1
    }

    fn remainder(
        &self,
        alpha_low: &Rational,
        a_high: &Rational,
        b_high: &Rational,
        s_high: &Rational,
    ) -> Rational {
        let sum = (&self.h / square(alpha_low)) + product(&self.h, s_high) + a_high;
        sum * &self.rho + b_high
    }

    fn loss(&self, a_high: &Rational, b_high: &Rational, s_high: &Rational) -> Rational {
        let first = product(a_high, b_high) / (product(&self.eta, &self.h) * 2u32);
        first + square(s_high) * &self.lambda2 / 2u32
    }

    fn block_check(z: &Rational, a_high: &Rational, b_high: &Rational, rest: &Rational) -> bool {
        let gaps = Rational::from(z - a_high) * Rational::from(z - rest);
        a_high <= z && rest <= z && product(a_high, b_high) * 4u32 <= gaps
    }

    /// The least δ, in floating point, that `block_check` accepts at 2 + δ.
    fn least_delta(a_high: &Rational, b_high: &Rational, rest: &Rational) -> f64 {
        let (a, b, k) = (a_high.to_f64(), b_high.to_f64(), rest.to_f64());
        f64::midpoint(a - 2.0, k - 2.0) + ((a - k) / 2.0).hypot((4.0 * a * b).sqrt())
    }

    /// δ with few digits that `block_check` accepts.
    fn delta(a_high: &Rational, b_high: &Rational, rest: &Rational) -> Option<Rational> {
        /// Closer to the edge than this from below, 0 is said.
        const NEAR: f64 = 0.1;
        let least = Self::least_delta(a_high, b_high, rest);
        let exact = Rational::from_f64(least + least.abs() * 1e-4 + 1e-12)?;
        let zero = Rational::new();
        let candidates = [4, 6, 9, 12].map(|count| places(&exact, count, true));
        let near = (-NEAR..=0.0).contains(&least);
        near.then_some(zero)
            .into_iter()
            .chain(candidates)
            .find(|delta| {
                let z = Rational::from(delta + 2u32);
                Self::block_check(&z, a_high, b_high, rest)
            })
    }

    // Theorem 12.

    fn kappa(&self, alpha_low: &Rational, a_high: &Rational) -> Rational {
        let low = from_one(&(square(alpha_low) * &self.h)).square();
        low.max(from_one(a_high).square())
    }

    fn final_s(&self, d: &CoqBox, kappa: &Rational) -> Rational {
        let total = self.b_max(d) / from_one(kappa);
        (Self::s_max(d) + total).min(one())
    }

    fn final_check(&self, d: &CoqBox, alpha_low: &Rational, a_high: &Rational) -> bool {
        if !(Self::region(d) && *alpha_low > 0 && *a_high > 0 && *a_high <= 2) {
            return false;
        }
        let kappa = self.kappa(alpha_low, a_high);
        if kappa >= 1 {
            return false;
        }
        let total = self.b_max(d) / from_one(&kappa);
        *alpha_low <= product(&d.alpha[0], &from_one(&total))
            && self.potential_check(d, alpha_low, a_high, &self.final_s(d, &kappa))
            && self.small_step(alpha_low, a_high)
    }

    fn final_factor(&self, d: &CoqBox, alpha_low: &Rational) -> Rational {
        let decay = square(alpha_low) * from_one(&self.b_max(d)) + square(&d.beta2[0]);
        from_one(&(decay * &self.e))
    }

    fn final_s_after(&self, d: &CoqBox, constants: &FinalConstants, n: u64) -> Rational {
        let FinalConstants {
            alpha_low,
            a_high,
            rate,
        } = constants;
        let kappa = self.kappa(alpha_low, a_high);
        let still = self.final_s(d, &kappa);
        if !(kappa < *rate && self.final_factor(d, alpha_low) <= *rate && *rate < 1) {
            return still;
        }
        let start = Self::s_max(d) + self.b_max(d) / Rational::from(rate - &kappa);
        still.min(start * power_up(rate, n))
    }

    fn final_loss(&self, d: &CoqBox, constants: &FinalConstants, n: u64) -> Rational {
        let kappa = self.kappa(&constants.alpha_low, &constants.a_high);
        let b = self.b_max(d) * power_up(&kappa, n);
        self.loss(&constants.a_high, &b, &self.final_s_after(d, constants, n))
    }

    /// Constants with which the final trap holds in the box.
    pub(super) fn choose_final(
        &self,
        setting: &Setting,
        x: &State<Interval>,
        d: &CoqBox,
    ) -> Option<FinalConstants> {
        if !Self::region(d) {
            return None;
        }
        let choice = final_trap::choose(setting, x)?;
        let alpha = Rational::from_f64((choice.lower.to_f64() / self.h.to_f64()).sqrt())?;
        // Digits of A₊, of which the distance from 2 must survive.
        let room = (Rational::from(2) - &choice.upper).to_f64();
        let digits = (-room.log10()).ceil().clamp(0.0, 60.0) as i32;
        let pairs = [(6, 3), (6, 5), (9, 7), (14, 10), (17, 14)];
        pairs.into_iter().find_map(|(few, more)| {
            let alpha_low = rounded(&alpha, few, false);
            let a_high = places(&choice.upper, digits + more, true);
            if !self.final_check(d, &alpha_low, &a_high) {
                return None;
            }
            let rate = self.choose_rate(d, &alpha_low, &a_high)?;
            Some(FinalConstants {
                alpha_low,
                a_high,
                rate,
            })
        })
    }

    /// The rate with which the loss falls below a small level first.
    fn choose_rate(&self, d: &CoqBox, alpha_low: &Rational, a_high: &Rational) -> Option<Rational> {
        const LEVEL: f64 = 1e-20;
        let kappa = self.kappa(alpha_low, a_high);
        let factor = self.final_factor(d, alpha_low);
        let slower = |q: &Rational, part: u32| q + from_one(q) / part;
        let level = Rational::from_f64(LEVEL)?;
        [1000u32, 10, 2]
            .into_iter()
            .flat_map(|part| {
                [
                    slower(&kappa, part),
                    slower(&factor, 1000).max(slower(&kappa, part)),
                ]
            })
            .map(|rate| {
                let room = from_one(&rate).to_f64();
                places(&rate, (3.0 - room.log10()).ceil() as i32, true)
            })
            .filter(|rate| *rate < 1 && factor <= *rate && kappa < *rate)
            .filter_map(|rate| {
                let constants = FinalConstants {
                    alpha_low: alpha_low.clone(),
                    a_high: a_high.clone(),
                    rate: rate.clone(),
                };
                let n = first(|n| self.final_loss(d, &constants, n) <= level)?;
                Some((n, rate))
            })
            .min_by_key(|(n, _)| *n)
            .map(|(_, rate)| rate)
    }

    /// What is said of all later steps.
    pub(super) fn final_laters(&self, d: &CoqBox, constants: &FinalConstants) -> Vec<Later> {
        let FinalConstants {
            alpha_low, a_high, ..
        } = constants;
        let kappa = self.kappa(alpha_low, a_high);
        let b = self.b_max(d);
        let rest = self.remainder(alpha_low, a_high, &b, &self.final_s(d, &kappa));
        let mut laters = Vec::new();
        if let Some(delta) = Self::delta(a_high, &b, &rest) {
            let is_above = delta > 0;
            laters.push(Later::Sharpness(delta, 0));
            if is_above {
                let below = |n| {
                    let b = &b * power_up(&kappa, n);
                    Self::block_check(&Rational::from(2), a_high, &b, &rest)
                };
                if let Some(n) = first(below) {
                    laters.push(Later::Sharpness(Rational::new(), n));
                }
            }
        }
        let now = rounded(&self.final_loss(d, constants, 0), 3, true);
        laters.push(Later::Loss(now.clone(), 0));
        let power = |n: u32| Rational::from((1, Integer::from(Integer::u_pow_u(10, n))));
        let further = [6, 8, 10, 12, 20, 30].map(power);
        let further: Vec<_> = further.iter().filter(|level| **level < now).collect();
        for level in further.first().into_iter().chain(
            further
                .get(1..)
                .and_then(|x| x.iter().find(|q| ***q <= power(12))),
        ) {
            if let Some(n) = first(|n| self.final_loss(d, constants, n) <= **level) {
                laters.push(Later::Loss((*level).clone(), n));
            }
        }
        laters.push(Later::Eventually);
        laters
    }

    // Theorem E.

    /// `escape_check` of the box or of its mirror image.
    pub(super) fn escape_check(&self, d: &CoqBox) -> bool {
        let half = Rational::from((1, 2));
        let alpha_min = d.alpha[0].clone().max(Rational::from(-&d.alpha[1]));
        let b_min = square(&d.beta1_min) * &self.h;
        let beta2_square = square(&d.beta2[0]).max(square(&d.beta2[1]));
        self.clip.is_none()
            && self.rho <= half
            && product(&self.e, &self.rho) <= half
            && alpha_min >= 1
            // Above 4, so that ηS > 4 can be said.
            && square(&alpha_min) * &self.h > 4
            && d.beta1_min >= 0
            && b_min >= 4
            && (beta2_square + 1u32) * &self.e * 8u32 <= b_min
    }

    // Theorem 13.

    fn omega(d: &CoqBox, edge_low: &Rational) -> Rational {
        let s = from_one(&product(edge_low, &d.beta2[0]));
        if s >= Rational::from((1, 2)) {
            Rational::from((1, 4))
        } else {
            from_one(&s) * s
        }
    }

    fn low_check(&self, d: &CoqBox, alpha_low: &Rational, b_high: &Rational) -> bool {
        let low = square(alpha_low) * &self.h;
        if low <= Rational::from((1, 2)) {
            return true;
        }
        let rest = from_one(b_high).square();
        let after = Rational::from(&rest * 2u32);
        let k = Rational::from(&low - 1u32).square() * &rest;
        let a_min = square(&d.alpha[0]) * &self.h;
        if !(low > 1 && low <= a_min && low <= after) {
            return false;
        }
        let here = edge_potential(&low);
        edge_potential(&after) + Rational::from(b_high / &k) < here
            && edge_potential(&a_min) + (self.b_max(d) / &k) < here
    }

    fn delta_check(&self, d: &CoqBox, c: &DeltaConstants) -> bool {
        let growth = Rational::from(&c.a_high - 1u32).square().square();
        let a_min = square(&d.alpha[0]) * &self.h;
        let a_max = square(&d.alpha[1]) * &self.h;
        let squared = square(&self.h) * &self.rho;
        let low = square(&c.alpha_low) * &self.h;
        let s_high = from_one(&product(&c.alpha_low, &d.beta2[0]));
        let positive = c.alpha_low > 0 && c.drive_high > 0;
        positive
            && Self::region(d)
            && a_min > 1
            && a_max < 2
            && c.alpha_low <= d.alpha[0]
            && c.a_high >= 2
            && squared <= Rational::from((199, 10_000)) * low
            && self.b_max(d) <= c.b_high
            && self.clip.as_ref().is_none_or(|bound| d.beta1_max <= *bound)
            && self.potential_check(d, &c.alpha_low, &c.a_high, &s_high)
            && self.small_step(&c.alpha_low, &c.a_high)
            && c.b_high <= Rational::from((1, 5))
            && Rational::from(&growth * &c.drive_high) <= c.b_high
            && log_check(&Rational::from(&c.b_high / &c.drive_high), &c.log_high)
            && (edge_potential(&c.a_high) + product(&c.drive_high, &c.log_high)) * &growth
                + &c.drive_high
                <= c.b_high
            && c.edge_low >= 0
            && square(&c.edge_low) * &self.h <= Rational::from((200, 101))
            && squared * Self::omega(d, &c.edge_low) * Rational::from((101, 200)) <= c.drive_high
            && self.low_check(d, &c.alpha_low, &c.b_high)
    }

    fn delta_rest(&self, d: &CoqBox, c: &DeltaConstants) -> (Rational, Rational) {
        let s_high = from_one(&product(&c.alpha_low, &d.beta2[0]));
        let rest = self.remainder(&c.alpha_low, &c.a_high, &c.b_high, &s_high);
        (s_high, rest)
    }

    /// The least δ with constants with which the δ-trap holds in the box.
    pub(super) fn choose_delta(&self, d: &CoqBox) -> Option<(f64, DeltaConstants)> {
        /// Ratio of the distances 2 − A₋ that are tried.
        const RATIO: f64 = 1.06;
        let h = self.h.to_f64();
        let a_min = h * d.alpha[0].to_f64().powi(2);
        if !(Self::region(d) && a_min > 1.0 && a_min < 2.0) {
            return None;
        }
        let mut lowers = vec![0.5];
        let mut distance = (2.0 - a_min) * (1.0 + 1e-6);
        while distance < 0.97 {
            lowers.push(2.0 - distance);
            distance *= RATIO;
        }
        let mut candidates: Vec<(f64, DeltaConstants)> = lowers
            .into_iter()
            .filter_map(|lower| {
                let c = self.delta_constants(d, lower)?;
                let (_, rest) = self.delta_rest(d, &c);
                let delta = Self::least_delta(&c.a_high, &c.b_high, &rest);
                Some((delta, c))
            })
            .collect();
        candidates.sort_by(|x, y| x.0.total_cmp(&y.0));
        candidates.into_iter().find(|(_, c)| self.delta_check(d, c))
    }

    /// The other constants for one A₋, in floating point and rounded.
    fn delta_constants(&self, d: &CoqBox, lower: f64) -> Option<DeltaConstants> {
        const ROUNDS: usize = 200;
        /// At b̄ = G·D̄ the condition on b̄ has a double root where A₊ = 2: keep away from it.
        const MARGIN: f64 = 1.001;
        const LEAST_DRIVE: f64 = 1e-9;
        const LEAST: f64 = 1e-9;
        let h = self.h.to_f64();
        let alpha_low = rounded(&Rational::from_f64((lower / h).sqrt())?, 7, false);
        let s_high = from_one(&product(&alpha_low, &d.beta2[0]));
        let q = self.potential_bound(d, &alpha_low, &s_high).to_f64();
        let upper = h * (q + q.hypot(2.0)) / 2.0;
        let upper = (upper * (1.0 + LEAST)).max(2.0);
        let a_high = places(&Rational::from_f64(upper)?, 9, true);
        let edge = Rational::from_f64((200.0 / (101.0 * h)).sqrt() * (1.0 - LEAST))?;
        let edge_low = rounded(&edge, 7, false);
        let squared = square(&self.h) * &self.rho;
        let drive = squared * Self::omega(d, &edge_low) * Rational::from((101, 200));
        let drive_high = rounded(&drive.max(Rational::from_f64(LEAST_DRIVE)?), 5, true);
        // b̄ as the least solution of y ≥ D̄ + G(F(A₊) + D̄·ln(y/D̄)) that is found from above.
        let drive = drive_high.to_f64();
        let growth = (a_high.to_f64() - 1.0).powi(4);
        let potential = edge_potential(&a_high).to_f64();
        let log = |y: f64| {
            let log = (y / drive).ln();
            log + log * log / f64::from(1 << 24) * 1.5 + 1e-5
        };
        let wanted = |y: f64| drive + growth * (potential + drive * log(y));
        let least = (growth * drive).max(self.b_max(d).to_f64()) * MARGIN;
        let mut b = 0.1999;
        if wanted(b) > b || least > b {
            return None;
        }
        for _ in 0..ROUNDS {
            let next = (wanted(b) * (1.0 + 1e-4)).max(least);
            if next >= b * (1.0 - 1e-7) {
                break;
            }
            b = next;
        }
        let b_high = rounded(&Rational::from_f64(b)?, 5, true);
        let log_high = places(&Rational::from_f64(log(b_high.to_f64()))?, 4, true);
        Some(DeltaConstants {
            alpha_low,
            a_high,
            b_high,
            edge_low,
            drive_high,
            log_high,
        })
    }

    /// What is said of all later steps.
    pub(super) fn delta_laters(&self, d: &CoqBox, c: &DeltaConstants) -> Vec<Later> {
        let (s_high, rest) = self.delta_rest(d, c);
        let mut laters = Vec::new();
        if let Some(delta) = Self::delta(&c.a_high, &c.b_high, &rest) {
            laters.push(Later::Sharpness(delta, 0));
        }
        let most = self.loss(&c.a_high, &c.b_high, &s_high);
        laters.push(Later::Loss(rounded(&most, 3, true), 0));
        let low = square(&c.alpha_low) * &self.h;
        let positive = self.clip.as_ref().is_none_or(|bound| *bound > 0);
        if (low > 1 || not_square(&self.h)) && d.beta1_nonzero && positive {
            laters.push(Later::Eventually);
        }
        laters
    }
}

/// What is said of all steps after an escape.
pub(super) fn escape_laters() -> Vec<Later> {
    vec![Later::Above(Rational::from(2), 0), Later::Diverges]
}

/// The least n of a monotone condition, rounded up to three digits; `None` beyond 2⁴⁰.
fn first(holds: impl Fn(u64) -> bool) -> Option<u64> {
    const MOST: u64 = 1 << 40;
    if holds(0) {
        return Some(0);
    }
    let mut high = 1;
    while !holds(high) {
        high *= 2;
        if high > MOST {
            return None;
        }
    }
    let mut low = high / 2;
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    let unit = 10u64.pow(high.ilog10().saturating_sub(2));
    let round = high.next_multiple_of(unit);
    Some(if holds(round) { round } else { high })
}
