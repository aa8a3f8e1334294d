//! Logarithm, exponential function and edge potential, from their power series.
//!
//! # Soundness
//! Each series is summed in balls, and what follows its last term is added as an error, bounded
//! by a geometric series. Arguments are first brought to where that converges fast. Each term is
//! charged before it is computed.

use super::ball::{Ball, Value};
use super::fraction::Fraction;
use super::work::{Budget, NoValue};

/// Bits more than asked for, against rounding.
const GUARD: u32 = 24;

/// Terms at most.
const MOST_TERMS: i64 = 100_000;

fn small(x: &Ball) -> Result<(), NoValue> {
    let half = Ball::whole(1).scaled(-1)?;
    let inside = half.negative().less(x, true) == Some(true) && x.less(&half, true) == Some(true);
    inside.then_some(()).ok_or(NoValue::Domain)
}

/// Is the term below 2^−p times the first one?
fn negligible(term: &Ball, first: Option<i64>, p: u32) -> bool {
    let limit = first.unwrap_or(0).saturating_sub(i64::from(p));
    term.size().is_none_or(|size| size < limit)
}

/// 2·artanh z = 2·Σ z^(2j+1)/(2j+1) for |z| ≤ 1/2. What follows z^n is at most
/// |z|^n/(1 − z²) < 2|z|^n in the sum, 4|z|^n in all.
fn double_artanh(z: &Ball, p: u32, budget: &Budget) -> Value {
    small(z)?;
    let square = z.square(p)?;
    let (mut power, mut sum) = (z.clone(), Ball::whole(0));
    for n in (1..MOST_TERMS).step_by(2) {
        budget.operations(4, p)?;
        if negligible(&power, z.size(), p) {
            return sum.scaled(1)?.add(&power.as_error(2)?, p);
        }
        sum = sum.add(&power.div(&Ball::whole(n), p)?, p)?;
        power = power.mul(&square, p)?;
    }
    Err(NoValue::Range)
}

/// The natural logarithm: ln x = k·ln 2 + 2·artanh((f − 1)/(f + 1)) with x = 2^k·f.
pub fn log(x: &Ball, p: u32, budget: &Budget) -> Value {
    let wide = p.saturating_add(GUARD);
    if Ball::whole(0).less(x, false) != Some(true) {
        return Err(NoValue::Domain);
    }
    let mut k = x.size().ok_or(NoValue::Domain)?;
    let three_quarters = Ball::whole(3).scaled(-2)?;
    if x.scaled(k.saturating_neg())?.less(&three_quarters, false) == Some(true) {
        k = k.saturating_sub(1);
    }
    let f = x.scaled(k.saturating_neg())?;
    let one = Ball::whole(1);
    let z = f.sub(&one, wide)?.div(&f.add(&one, wide)?, wide)?;
    let part = double_artanh(&z, wide, budget)?;
    if k == 0 {
        return part.to(p);
    }
    let third = Ball::whole(1).div(&Ball::whole(3), wide)?;
    let ln2 = double_artanh(&third, wide, budget)?;
    part.add(&ln2.mul(&Ball::whole(k), wide)?, p)
}

/// e^x = (Σ y^n/n!)^(2^j) with y = x/2^j, |y| ≤ 1/2. What follows a term is at most as much again.
pub fn exp(x: &Ball, p: u32, budget: &Budget) -> Value {
    const MOST_HALVINGS: i64 = 64;
    let j = x.reach()?.saturating_add(2).max(0);
    if j > MOST_HALVINGS {
        return Err(NoValue::Range);
    }
    let doubled = u32::try_from(j).unwrap_or(0).saturating_mul(2);
    let wide = p.saturating_add(GUARD).saturating_add(doubled);
    let y = x.scaled(j.saturating_neg())?;
    small(&y)?;
    let (mut term, mut sum) = (Ball::whole(1), Ball::whole(0));
    for n in 1..MOST_TERMS {
        budget.operations(4, wide)?;
        if negligible(&term, None, wide) {
            budget.operations(doubled.into(), wide)?;
            let mut power = sum.add(&term.as_error(1)?, wide)?;
            for _ in 0..j {
                power = power.square(wide)?;
            }
            return power.to(p);
        }
        sum = sum.add(&term, wide)?;
        term = term.mul(&y, wide)?.div(&Ball::whole(n), wide)?;
    }
    Err(NoValue::Range)
}

/// The edge potential F(a) = ∫ ln(u)/(1 + u) du from 1 to a − 1, in pieces [c, c(1 + z)] with
/// c = (3/2)^i for a whole i and z = 1/2, −1/3 or the rest.
pub fn edge_potential(a: &Ball, p: u32, budget: &Budget) -> Value {
    const MOST_PIECES: i64 = 200;
    let wide = p.saturating_add(GUARD);
    let (one, zero) = (Ball::whole(1), Ball::whole(0));
    let end = a.sub(&one, wide)?;
    if zero.less(&end, false) != Some(true) {
        return Err(NoValue::Domain);
    }
    let upward = one.less(&end, true) == Some(true);
    let (n, d) = if upward { (3, 2) } else { (2, 3) };
    let ratio = Fraction::new(n.into(), d.into()).ok_or(NoValue::Range)?;
    let step = Ball::fraction(&ratio, wide)?;
    let log_step = log(&step, wide, budget)?;
    let whole = step.sub(&one, wide)?;
    let (mut centre, mut sum) = (one.clone(), zero);
    for i in 0..MOST_PIECES {
        budget.operations(10, wide)?;
        let next = centre.mul(&step, wide)?;
        let log_centre = log_step.mul(&Ball::whole(i), wide)?;
        let inside = if upward {
            end.less(&next, true)
        } else {
            next.less(&end, true)
        };
        let z = match inside {
            Some(false) => whole.clone(),
            // An end that may lie a little beyond is reached from here as well.
            _ => end.div(&centre, wide)?.sub(&one, wide)?,
        };
        sum = sum.add(&piece(&centre, &log_centre, &z, wide, budget)?, wide)?;
        if inside != Some(false) {
            return sum.to(p);
        }
        centre = next;
    }
    Err(NoValue::Range)
}

/// ∫ ln(u)/(1 + u) du from c to c(1 + z). With u = c(1 + y), q = c/(1 + c), l = ln c it is q times
/// the integral of (l + ln(1 + y))/(1 + qy) = Σ gₙyⁿ, g₀ = l, gₙ = ±1/n − q·gₙ₋₁. By induction
/// |gₙ| ≤ |l| + n, so for |z| ≤ 1/2 what follows from n on is at most (|l| + 1)·2|z|^(n+1).
fn piece(c: &Ball, l: &Ball, z: &Ball, p: u32, budget: &Budget) -> Value {
    // `small` up to what rounding adds to z = 1/2.
    let one = Ball::whole(1);
    let limit = Ball::whole(5).scaled(-3)?;
    if z.abs(p)?.less(&limit, true) != Some(true) {
        return Err(NoValue::Domain);
    }
    let q = c.div(&one.add(c, p)?, p)?;
    let (mut g, mut power, mut sum) = (l.clone(), z.clone(), Ball::whole(0));
    for n in 1..MOST_TERMS {
        budget.operations(8, p)?;
        // n − 1 terms are in the sum; |z| ≤ 5/8 makes the factor 8/3 < 2².
        if negligible(&power, None, p) {
            let factor = l.abs(p)?.add(&one, p)?;
            sum = sum.add(&power.mul(&factor, p)?.as_error(2)?, p)?;
            return sum.mul(&q, p);
        }
        sum = sum.add(&g.mul(&power, p)?.div(&Ball::whole(n), p)?, p)?;
        power = power.mul(z, p)?;
        let sign = if n % 2 == 1 { 1 } else { -1 };
        g = Ball::whole(sign)
            .div(&Ball::whole(n), p)?
            .sub(&q.mul(&g, p)?, p)?;
    }
    Err(NoValue::Range)
}
