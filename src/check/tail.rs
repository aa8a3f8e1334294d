//! Traps as a certificate states them.

use super::Failure;
use super::ball::Ball;
use super::fraction::Fraction;
use super::json::{Digits, Json};
use super::trap::{Choice, Trap};

/// What is stated of lim ηS.
#[derive(Clone, Copy, Debug)]
enum Limit {
    Nothing,
    AtMostTwo,
    Between(Digits, Digits),
}

/// A trap as the certificate states it.
#[derive(Clone, Debug)]
pub struct Stated {
    /// T.
    pub step: u64,
    /// The theorem and its constants.
    pub choice: Choice,
    /// ηS − 2 and L at most.
    bounds: Option<(Digits, Digits)>,
    limit: Limit,
}

/// Does the ball have these digits?
fn same(value: &Ball, (n, k): Digits, name: &str) -> Result<(), Failure> {
    let wrong = || Failure::rejected("these are not its digits").inside(name);
    value.has_digits(n, k).then_some(()).ok_or_else(wrong)
}

impl Stated {
    /// Reads an entry of `tails`.
    pub fn read(json: &Json) -> Result<Self, Failure> {
        let mut fields = json.fields()?;
        let step = fields.take("step", |json| json.count(u64::MAX))?;
        let theorem = fields.take("theorem", Json::text)?;
        let mut stated = Stated {
            step,
            choice: Choice::Escape,
            bounds: None,
            limit: Limit::Nothing,
        };
        if theorem != "E" {
            let lower = fields.take("lower", Fraction::of)?;
            let upper = fields.take("upper", Fraction::of)?;
            let excess = fields.take("excess", Json::digits)?;
            stated.bounds = Some((excess, fields.take("loss", Json::digits)?));
            match theorem {
                "12" => {
                    stated.choice = Choice::Final(lower, upper);
                    stated.limit = fields.take("limit", |json| match json.list()? {
                        [lower, upper] => Ok(Limit::Between(lower.digits()?, upper.digits()?)),
                        _ => Err(Failure::format("two numbers are expected")),
                    })?;
                }
                "13" => {
                    let most = fields.take("spike", Fraction::of)?;
                    stated.choice = Choice::Delta(lower, upper, most);
                    stated.limit = match fields.optional("limit") {
                        None => Limit::Nothing,
                        Some(Json::Text(text)) if text == "at most 2" => Limit::AtMostTwo,
                        _ => return Err(Failure::format("there is no such limit").inside("limit")),
                    };
                }
                _ => return Err(Failure::format("there is no such theorem").inside("theorem")),
            }
        }
        fields.end()?;
        Ok(stated)
    }

    /// Are the bounds that follow from the trap the ones that are stated?
    pub fn agrees(&self, trap: &Trap) -> Result<(), Failure> {
        match (&trap.excess, &trap.loss, self.bounds) {
            (None, None, None) => {}
            (Some(excess), Some(loss), Some((stated_excess, stated_loss))) => {
                same(excess, stated_excess, "excess")?;
                same(loss, stated_loss, "loss")?;
            }
            _ => return Err(Failure::rejected("this theorem bounds other quantities")),
        }
        match (&trap.limit, self.limit) {
            (None, Limit::Nothing) | (Some(_), Limit::AtMostTwo) => Ok(()),
            (Some((lower, upper)), Limit::Between(least, most)) => {
                same(lower, least, "limit.0")?;
                same(upper, most, "limit.1")
            }
            _ => Err(Failure::rejected("it is stated exactly where it is proved").inside("limit")),
        }
    }

    /// What holds from its step on, for readers: bounds are rounded up by what their digits leave open.
    pub fn words(&self) -> String {
        let from = format!("from step {} on", self.step);
        let up = |(n, k): Digits| decimal(n.saturating_add(1), k);
        let Some((excess, loss)) = self.bounds else {
            return format!("{from} |alpha| at least doubles at every step (Theorem E)");
        };
        let limit = match self.limit {
            Limit::Nothing => " (Theorem 13)".into(),
            Limit::AtMostTwo => " and eta*S -> a limit at most 2 (Theorem 13)".into(),
            Limit::Between((n, k), upper) => {
                let lower = decimal(n.saturating_sub(1), k);
                format!(
                    " and eta*S -> a limit in [{lower}, {}] (Theorem 12)",
                    up(upper)
                )
            }
        };
        format!(
            "{from} eta*S <= 2 + {} and L <= {}; L -> 0{limit}",
            up(excess),
            up(loss)
        )
    }
}

/// n·10^k as people write it.
fn decimal(n: i64, k: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let sign = if n < 0 { "-" } else { "" };
    let places = usize::try_from(k.saturating_neg()).unwrap_or(usize::MAX);
    if places == usize::MAX || places > digits.len().saturating_add(3) {
        return format!("{sign}{digits}e{k}");
    }
    let padded = format!("{digits:0>width$}", width = places.saturating_add(1));
    match padded.split_at_checked(padded.len().saturating_sub(places)) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{padded}"),
    }
}
