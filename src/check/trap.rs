//! From one iterate to all later ones: Theorems 12, 13 and E of `proofs/dynamics.md`.
//!
//! Each condition is proved for every point of the iterate's ball, or the trap is refused.

use std::cmp::Ordering;

use super::ball::{Ball, Value};
use super::fraction::Fraction;
use super::functions;
use super::orbit::{Constants, Iterate, Run, State};
use super::work::{Budget, NoValue};

/// What a certificate says of a trap: the chosen constants.
#[derive(Clone, Debug)]
pub enum Choice {
    /// Theorem 12: A₋, A₊.
    Final(Fraction, Fraction),
    /// Theorem 13: A₋, A₊, b̄.
    Delta(Fraction, Fraction, Fraction),
    /// Theorem E.
    Escape,
}

/// What is proved of θ_t for all t ≥ T + n.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// A set that contains θ_t.
    pub state: State,
    /// `sharpness`, `a`, `b`, `s`, `loss1`, `loss2`.
    pub quantities: [Ball; 6],
}

/// A trap that is proved.
#[derive(Clone, Debug)]
pub struct Trap {
    /// T.
    pub step: u64,
    /// ηS ≤ 2 + this at all t ≥ T.
    pub excess: Option<Ball>,
    /// L ≤ this at all t ≥ T.
    pub loss: Option<Ball>,
    /// Ends of an interval that contains lim ηS, if the iterates are proved to converge to such a
    /// point.
    pub limit: Option<(Ball, Ball)>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Held(Box<Held>),
    Escape,
}

/// What bounds the iterates of Theorems 12 and 13.
#[derive(Clone, Debug)]
struct Held {
    budget: Budget,
    k: Constants,
    p: u32,
    mirrored: bool,
    /// Lower and upper bounds of α, of β₂ and of a.
    alpha: (Ball, Ball),
    beta2: (Ball, Ball),
    a: (Ball, Ball),
    /// Bounds of b and s at T, and for all t ≥ T.
    b: Ball,
    s: Ball,
    s_most: Ball,
    /// What `k` of Proposition 2 is at most, without its b.
    remainder: Ball,
    /// κ and μ of Theorem 12.
    rates: Option<(Ball, Ball)>,
}

/// Why a trap is refused.
pub type Refused = String;

impl From<NoValue> for Refused {
    fn from(e: NoValue) -> Self {
        format!("a quantity has no value ({e:?})")
    }
}

fn holds(name: &str, condition: Option<bool>) -> Result<(), Refused> {
    match condition {
        Some(true) => Ok(()),
        Some(false) => Err(format!("{name} is false")),
        None => Err(format!("{name} is not certain")),
    }
}

/// Precision at most: bounds on all later steps need not be as precise as iterates.
const MOST_BITS: u32 = 256;

/// Operations on balls that the conditions take, besides power series.
const OPERATIONS: u64 = 2000;

/// X(q) = (q + √(q² + 4))/2, without cancellation.
fn root(q: &Ball, p: u32) -> Value {
    let root = q.square(p)?.add(&Ball::whole(4), p)?.sqrt(p)?;
    if q.sign() == Some(Ordering::Less) {
        return Ball::whole(2).div(&root.sub(q, p)?, p);
    }
    q.add(&root, p)?.scaled(-1)
}

/// n/d.
fn ratio(n: i64, d: i64, p: u32) -> Value {
    Ball::fraction(&Fraction::new(n.into(), d.into()).ok_or(NoValue::Range)?, p)
}

/// The iterate T, mirrored if α < 0, and the quantities of the theorems there.
struct Here<'a> {
    run: &'a Run,
    budget: &'a Budget,
    k: Constants,
    p: u32,
    step: u64,
    mirrored: bool,
    alpha: Ball,
    beta1: Ball,
    beta2: Ball,
    a: Ball,
    b: Ball,
    s: Ball,
    q: Ball,
}

/// The trap at an iterate.
pub fn prove(
    run: &Run,
    x: &Iterate,
    choice: &Choice,
    p: u32,
    budget: &Budget,
) -> Result<Trap, Refused> {
    let p = p.min(MOST_BITS);
    budget.operations(OPERATIONS, p)?;
    let constants = match choice {
        Choice::Escape => Vec::new(),
        Choice::Final(x, y) => vec![x, y],
        Choice::Delta(x, y, z) => vec![x, y, z],
    };
    let exact = constants
        .into_iter()
        .chain([&run.lambda1, &run.lambda2, &run.eta]);
    let bits = exact.fold(0_u64, |sum, q| sum.saturating_add(q.bits()));
    budget.spend(bits.saturating_mul(bits) / 16)?;
    let k = Constants::new(run, p)?;
    let [alpha, beta1, beta2] = &x.state;
    // Gradient descent commutes with (α, β₂) → (−α, −β₂).
    let mirrored = alpha.sign() == Some(Ordering::Less);
    let facing = |y: &Ball| if mirrored { y.negative() } else { y.clone() }.to(p);
    let (alpha, beta1, beta2) = (facing(alpha)?, beta1.to(p)?, facing(beta2)?);
    let here = Here {
        a: k.h.mul(&alpha.square(p)?, p)?,
        b: k.h.mul(&beta1.square(p)?, p)?,
        s: Ball::whole(1).sub(&alpha.mul(&beta2, p)?, p)?,
        q: alpha.square(p)?.sub(&beta2.square(p)?, p)?,
        step: x.step,
        run,
        budget,
        k,
        p,
        mirrored,
        alpha,
        beta1,
        beta2,
    };
    match choice {
        Choice::Escape => escape(&here),
        Choice::Final(lower, upper) => held(&here, lower, upper, None),
        Choice::Delta(lower, upper, most) => held(&here, lower, upper, Some(most)),
    }
}

/// Theorem E: the four conditions hold for ever, and |α| doubles at each step.
fn escape(here: &Here<'_>) -> Result<Trap, Refused> {
    let Here { k, p, a, b, .. } = here;
    if here.run.clip.is_some() {
        return Err("Theorem E is about plain gradient descent".into());
    }
    let (one, four) = (Ball::whole(1), Ball::whole(4));
    let half = one.scaled(-1)?;
    let push = here
        .beta2
        .square(*p)?
        .add(&one, *p)?
        .mul(&k.e, *p)?
        .scaled(3)?;
    holds("rho <= 1/2", k.rho.less(&half, true))?;
    holds("e*rho <= 1/2", k.e.mul(&k.rho, *p)?.less(&half, true))?;
    holds("abs(alpha) >= 1", one.less(&here.alpha.abs(*p)?, true))?;
    holds("a >= 4", four.less(a, true))?;
    holds("b >= 4", four.less(b, true))?;
    holds("b >= 8e(beta2^2 + 1)", push.less(b, true))?;
    Ok(Trap {
        step: here.step,
        excess: None,
        loss: None,
        limit: None,
        kind: Kind::Escape,
    })
}

/// Theorem 12, or Theorem 13 if there is a b̄.
fn held(
    here: &Here<'_>,
    lower: &Fraction,
    upper: &Fraction,
    most: Option<&Fraction>,
) -> Result<Trap, Refused> {
    let Here {
        run,
        k,
        alpha,
        beta2,
        b,
        s,
        q,
        ..
    } = here;
    let p = here.p;
    let exact = |q: Option<Fraction>| q.ok_or_else(|| "a constant is too large".to_string());
    let (zero, one, two) = (Ball::whole(0), Ball::whole(1), Ball::whole(2));
    let whole = Fraction::whole;
    // The region: α, β₂ > 0, 0 ≤ s < 1 (the second follows).
    holds("alpha > 0", zero.less(alpha, false))?;
    holds("beta2 > 0", zero.less(beta2, false))?;
    holds("alpha*beta2 <= 1", zero.less(s, true))?;
    holds("b < 1", b.less(&one, false))?;
    // (T3) and (D3), exactly: e(A₊/h + h/A₋) + e²/4 ≤ 1.
    holds("A- > 0", Some(lower.is_positive()))?;
    let h = exact(run.eta.mul(&run.lambda1))?;
    let e = exact(run.eta.mul(&run.lambda2))?;
    let reach = upper.div(&h).zip(h.div(lower));
    let reach = reach.and_then(|(x, y)| x.add(&y)?.mul(&e));
    let quarter = e.mul(&e).and_then(|x| x.div(&whole(4)));
    let size = exact(reach.zip(quarter).and_then(|(x, y)| x.add(&y)))?;
    holds("e(A+/h + h/A-) + e^2/4 <= 1", Some(size.at_most(&whole(1))))?;

    // α₋, 1/α₋ and (1/α₋ − β₂)/α₋.
    let (a_least, a_most) = (Ball::fraction(lower, p)?, Ball::fraction(upper, p)?);
    let least = a_least.div(&k.h, p)?.sqrt(p)?;
    let inverse = one.div(&least, p)?;
    let room = inverse.sub(beta2, p)?.div(&least, p)?;
    // s̄; and κ and b/(1 − κ) of Theorem 12.
    let (s_most, sums) = match most {
        None => {
            let ordered = lower.at_most(upper) && upper.at_most(&whole(2));
            holds("A- <= A+ <= 2", Some(ordered))?;
            let square = |q: &Fraction| whole(1).sub(q).and_then(|x| x.mul(&x));
            let kappa = exact(square(lower).zip(square(upper)).map(|(x, y)| x.max_of(y)))?;
            holds("kappa < 1", Some(kappa.less(&whole(1))))?;
            let kappa = Ball::fraction(&kappa, p)?;
            let total = b.div(&one.sub(&kappa, p)?, p)?;
            let kept = alpha.mul(&one.sub(&total, p)?, p)?;
            let enough = least.less(&kept, true);
            holds("alpha(1 - b/(1 - kappa)) >= alpha-", enough)?;
            (s.add(&total, p)?.min(&one, p)?, Some((kappa, total)))
        }
        Some(most) => {
            let on_half = exact(whole(1).div(&whole(2)))? == *lower;
            let first = on_half || whole(1).less(lower);
            let second = whole(2).at_most(upper);
            holds("A- = 1/2 or A- > 1", Some(first && second))?;
            spikes(here, (&a_least, &a_most, most), on_half)?;
            (one.sub(&least.mul(beta2, p)?, p)?, None)
        }
    };
    // (T2) and (D2). A bound of Q at all later steps: Q ≥ 0 does not grow.
    let q_most = if q.sign().is_some_and(Ordering::is_ge) {
        q.clone()
    } else {
        let size = k.e.mul(&s_most, p)?.mul(&q.abs(p)?, p)?.mul(&room, p)?;
        q.add(&size, p)?
    };
    let highest = k.h.mul(&root(&q_most, p)?, p)?;
    holds("hX(q+) <= A+", highest.less(&a_most, true))?;

    let rest = inverse.square(p)?.add(&s_most, p)?.mul(&k.h, p)?;
    let rates = match &sums {
        None => None,
        Some((kappa, _)) => {
            let shrunk = least.square(p)?.mul(&one.sub(b, p)?, p)?;
            let decay = shrunk.add(&beta2.square(p)?, p)?.mul(&k.e, p)?;
            Some((kappa.clone(), one.sub(&decay, p)?))
        }
    };
    let alpha_least = match &sums {
        Some((_, total)) => alpha.mul(&one.sub(total, p)?, p)?,
        None => least,
    };
    let limit = match &sums {
        Some((_, total)) => Some(limit(here, total, [&room, &s_most, &a_most, &highest])?),
        // a_t ≠ 1 because A₋ > 1, or by arithmetic; then lim ηS ≤ 2.
        None => {
            let rational = run.starts_at_a_point() && !h.is_square();
            let nonzero = here.beta1.sign().is_some_and(Ordering::is_ne);
            let converges = nonzero && (whole(1).less(lower) || rational);
            converges.then(|| (a_least.clone(), two))
        }
    };
    let held = Held {
        budget: here.budget.clone(),
        k: k.clone(),
        p,
        mirrored: here.mirrored,
        alpha: (alpha_least, highest.div(&k.h, p)?.sqrt(p)?),
        beta2: (beta2.clone(), inverse),
        b: match most {
            Some(most) => Ball::fraction(most, p)?,
            None => b.clone(),
        },
        s: s.clone(),
        s_most,
        remainder: a_most.add(&rest, p)?.mul(&k.rho, p)?,
        a: (a_least, a_most),
        rates,
    };
    let (first, second) = held.losses(0)?;
    Ok(Trap {
        step: here.step,
        excess: Some(held.excess(0)?),
        loss: Some(first.add(&second, p)?),
        limit,
        kind: Kind::Held(Box::new(held)),
    })
}

/// (D0), (D1), (D4), (D5) of Theorem 13, with A₋, A₊, b̄; `on_half`: A₋ = 1/2.
fn spikes(
    here: &Here<'_>,
    (a_least, a_most, most): (&Ball, &Ball, &Fraction),
    on_half: bool,
) -> Result<(), Refused> {
    let Here { k, a, b, .. } = here;
    let p = here.p;
    let (one, two) = (Ball::whole(1), Ball::whole(2));
    holds("a > 1", one.less(a, false))?;
    holds("a < 2", a.less(&two, false))?;
    let b_most = Ball::fraction(most, p)?;
    let square = k.h.square(p)?.mul(&k.rho, p)?;
    let limit = ratio(199, 10_000, p)?.mul(a_least, p)?;
    holds("(D0) rho*h^2 <= 0.0199*A-", square.less(&limit, true))?;
    holds("(D1) b <= b-bar", b.less(&b_most, true))?;
    if let Some(clip) = &here.run.clip {
        let clip = Ball::fraction(clip, p)?.square(p)?.mul(&k.h, p)?;
        holds("(D1) b <= hB^2", b.less(&clip, true))?;
    }
    let fifth = ratio(1, 5, p)?;
    holds("(D4) b-bar <= 1/5", b_most.less(&fifth, true))?;
    // s_e = 1 − β₂√(2/(1.01h)), ω ≥ z(1 − z) on [0, s_e], D̄ = 0.505ρh²ω.
    let edge = ratio(200, 101, p)?.div(&k.h, p)?.sqrt(p)?;
    let s_edge = one.sub(&here.beta2.mul(&edge, p)?, p)?;
    let omega = if s_edge.less(&ratio(1, 2, p)?, true) == Some(true) {
        let product = one.sub(&s_edge, p)?.mul(&s_edge, p)?;
        product.max(&ratio(1, 1_000_000_000, p)?, p)?
    } else {
        ratio(1, 4, p)?
    };
    let drive = ratio(505, 1000, p)?.mul(&square, p)?.mul(&omega, p)?;
    let growth = a_most.sub(&one, p)?.power(4, p)?;
    let growth_drive = growth.mul(&drive, p)?;
    let first = growth_drive.less(&b_most, true);
    holds("(D4) b-bar >= (1 + x)^4 D", first)?;
    let logarithm = functions::log(&b_most.div(&drive, p)?, p, here.budget)?;
    let spike = functions::edge_potential(a_most, p, here.budget)?.mul(&growth, p)?;
    let needed = growth_drive.mul(&logarithm, p)?.add(&spike, p)?;
    holds(
        "(D4) b-bar >= D + (1 + x)^4 [F(2 + x) + D ln(b-bar/D)]",
        needed.add(&drive, p)?.less(&b_most, true),
    )?;
    if on_half {
        return Ok(());
    }
    let after = one.sub(&b_most, p)?.square(p)?.scaled(1)?;
    holds("(D5) A- <= a", a_least.less(a, true))?;
    holds("(D5) A- <= 2(1 - b-bar)^2", a_least.less(&after, true))?;
    let fourth = a_least.sub(&one, p)?.power(4, p)?;
    let lowest = functions::edge_potential(a_least, p, here.budget)?;
    for (a, b) in [(&after, &b_most), (a, b)] {
        let fall = b.div(&one.sub(b, p)?.mul(&fourth, p)?, p)?;
        let other = functions::edge_potential(a, p, here.budget)?.add(&fall, p)?;
        holds(
            "(D5) F(A-) > F(a) + b/((1 - b)(A- - 1)^4)",
            other.less(&lowest, false),
        )?;
    }
    Ok(())
}

/// Ends of an interval with lim ηS = max(a∞, e(α∞² + α∞⁻²)) in it (Theorem 12, limit).
fn limit(
    here: &Here<'_>,
    total: &Ball,
    [room, s_most, a_most, highest]: [&Ball; 4],
) -> Result<(Ball, Ball), NoValue> {
    let Here { a, q, p, .. } = here;
    let (p, Constants { h, e, .. }) = (*p, &here.k);
    let kept = Ball::whole(1).sub(total, p)?.square(p)?;
    let positive = q.max(&Ball::whole(0), p)?;
    let squares = e.mul(s_most, p)?.mul(&positive, p)?.mul(room, p)?;
    let per_spike = a_most.scaled(1)?.div(h, p)?.add(&e.scaled(-1)?, p)?;
    let q_least = q.sub(&squares, p)?.sub(&total.mul(&per_spike, p)?, p)?;
    let by_q = h.mul(&root(&q_least, p)?, p)?;
    let lower = a.mul(&kept, p)?.max(&by_q, p)?;
    let sum = highest.div(h, p)?.add(&h.div(&lower, p)?, p)?;
    Ok((lower, highest.max(&e.mul(&sum, p)?, p)?))
}

impl Held {
    /// xⁿ for 0 ≤ x < 1, from above.
    fn decayed(&self, x: &Ball, n: u64) -> Value {
        let least = Ball::whole(1).scaled(-10)?;
        let n = Ball::whole(i64::try_from(n).map_err(|_| NoValue::Range)?);
        let logarithm = functions::log(&x.max(&least, self.p)?, self.p, &self.budget)?;
        functions::exp(&logarithm.mul(&n, self.p)?, self.p, &self.budget)
    }

    /// A bound of b from T + n on: bκⁿ, or b̄.
    fn b_after(&self, n: u64) -> Value {
        match &self.rates {
            Some((kappa, _)) if n > 0 => self.b.mul(&self.decayed(kappa, n)?, self.p),
            _ => Ok(self.b.clone()),
        }
    }

    /// A bound of s from T + n on: the least of s̄ and (s + b/|κ − μ|)·max(κ, μ)ⁿ, where κ and μ may
    /// be replaced by larger numbers below 1.
    fn s_after(&self, n: u64) -> Value {
        let (Some((kappa, mu)), true) = (&self.rates, n > 0) else {
            return Ok(self.s_most.clone());
        };
        let p = self.p;
        let slower = |x: &Ball| x.add(&Ball::whole(1), p)?.scaled(-1);
        let mut best = self.s_most.clone();
        for (kappa, mu) in [
            (kappa.clone(), mu.clone()),
            (slower(kappa)?, mu.clone()),
            (kappa.clone(), slower(mu)?),
        ] {
            let Ok(share) = self.b.div(&kappa.sub(&mu, p)?.abs(p)?, p) else {
                continue;
            };
            let factor = self.decayed(&kappa.max(&mu, p)?, n)?;
            best = best.min(&self.s.add(&share, p)?.mul(&factor, p)?, p)?;
        }
        Ok(best)
    }

    /// A bound of ηS − 2 from T + n on, by Proposition 2.
    fn excess(&self, n: u64) -> Value {
        let p = self.p;
        let (least, most) = &self.a;
        let b = self.b_after(n)?;
        // k may be taken at T: b does not grow beyond its bound.
        let k = self.b.add(&self.remainder, p)?;
        let four_b = b.scaled(2)?;
        let bound = if k.less(least, false) == Some(true) {
            let at = |a: &Ball| a.add(&four_b.mul(a, p)?.div(&a.sub(&k, p)?, p)?, p);
            if self.rates.is_some() {
                // a + 4b/(1 − k/a) with a ≤ A₊ in the first, a ≥ A₋ in the second place.
                most.add(&four_b.mul(least, p)?.div(&least.sub(&k, p)?, p)?, p)?
            } else {
                at(least)?.max(&at(most)?, p)?
            }
        } else if self.rates.is_some() {
            let root = most.mul(&b, p)?.sqrt(p)?.scaled(1)?;
            most.max(&k, p)?.add(&root, p)?
        } else {
            return Err(NoValue::Unknown);
        };
        bound.sub(&Ball::whole(2), p)
    }

    /// Bounds of L₁ = ab/(2ηh) and L₂ = λ₂s²/2 from T + n on.
    fn losses(&self, n: u64) -> Result<(Ball, Ball), NoValue> {
        let (p, k) = (self.p, &self.k);
        let (_, most) = &self.a;
        let first = most
            .mul(&self.b_after(n)?, p)?
            .div(&k.eta.mul(&k.h, p)?.scaled(1)?, p)?;
        let second = k.lambda2.mul(&self.s_after(n)?.square(p)?, p)?.scaled(-1)?;
        Ok((first, second))
    }

    /// b, s, L₁, L₂ are given by their upper bounds.
    fn assemble(
        &self,
        bounds: &[&Ball; 4],
        a: &Ball,
        eta_sharpness: &Ball,
    ) -> Result<Bounds, NoValue> {
        let p = self.p;
        let from_zero = |x: &Ball| Ball::whole(0).hull(x, p);
        let [b, s, first, second] = bounds;
        let size = b.div(&self.k.h, p)?.sqrt(p)?;
        let side = |(x, y): &(Ball, Ball)| {
            let hull = x.hull(y, p)?;
            Ok(if self.mirrored { hull.negative() } else { hull })
        };
        Ok(Bounds {
            state: [
                side(&self.alpha)?,
                size.negative().hull(&size, p)?,
                side(&self.beta2)?,
            ],
            quantities: [
                eta_sharpness.div(&self.k.eta, p)?,
                a.clone(),
                from_zero(b)?,
                from_zero(s)?,
                from_zero(first)?,
                from_zero(second)?,
            ],
        })
    }
}

impl Trap {
    /// ηS ≥ 4, a ≥ 4, b ≥ 4 and L ≥ L₁ ≥ 8/(ηh) from T on: the lower bounds of Theorem E, by name.
    pub fn at_least(&self, run: &Run, name: &str) -> Option<Fraction> {
        let Kind::Escape = self.kind else { return None };
        let four = Fraction::whole(4);
        match name {
            "a" | "b" => Some(four),
            "sharpness" => four.div(&run.eta),
            "loss" | "loss1" => {
                let h = run.eta.mul(&run.lambda1)?;
                Fraction::whole(8).div(&run.eta.mul(&h)?)
            }
            _ => None,
        }
    }

    /// Bounds of everything from T + n on.
    pub fn bounds(&self, n: u64) -> Result<Bounds, NoValue> {
        let Kind::Held(held) = &self.kind else {
            return Err(NoValue::Unknown);
        };
        let p = held.p;
        let excess = Ball::whole(2).add(&held.excess(n)?, p)?;
        let (first, second) = held.losses(n)?;
        let (least, most) = &held.a;
        let eta_sharpness = least.hull(&excess.max(least, p)?, p)?;
        let (b, s) = (held.b_after(n)?, held.s_after(n)?);
        held.assemble(
            &[&b, &s, &first, &second],
            &least.hull(most, p)?,
            &eta_sharpness,
        )
    }

    /// Bounds of what the iterates converge to.
    pub fn limit_bounds(&self) -> Result<Bounds, NoValue> {
        let (Kind::Held(held), Some((lower, upper))) = (&self.kind, &self.limit) else {
            return Err(NoValue::Unknown);
        };
        let zero = Ball::whole(0);
        let (least, most) = &held.a;
        let two = Ball::whole(2);
        let a = least.hull(&most.min(&two, held.p)?, held.p)?;
        held.assemble(&[&zero; 4], &a, &lower.hull(upper, held.p)?)
    }
}
