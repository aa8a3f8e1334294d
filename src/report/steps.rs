//! Steps and numbers of steps that are known or lie in a range: their words and their JSON.

use serde_json::{Value, json};

use super::grouped;
use crate::verdict::Attained;
use crate::verdict::crossings::{Count, Crossings, When};

/// Steps that are named one by one; more are told by their number and range.
const MOST_NAMED: usize = 4;

/// `753`, `one of 753, 3 000`, `one of 1 234 steps from 753 to 3 000`; `–` without any step.
pub fn attained(at: &Attained) -> String {
    let Some((first, last)) = at.span() else {
        return "–".into();
    };
    let listed = at.listed().filter(|steps| steps.len() <= MOST_NAMED);
    let made = match listed {
        Some(steps) => steps
            .iter()
            .map(|t| grouped(*t))
            .collect::<Vec<_>>()
            .join(", "),
        None => format!(
            "{} steps from {} to {}",
            grouped(at.count()),
            grouped(first),
            grouped(last)
        ),
    };
    match (at.step(), at.is_perhaps_later()) {
        (Some(_), _) => made,
        (None, false) => format!("one of {made}"),
        (None, true) => format!("one of {made}, or later"),
    }
}

/// `at step 753`, `at one of 753, 3 000`.
pub fn at(place: &Attained) -> String {
    match place.step() {
        Some(step) => format!("at step {}", grouped(step)),
        None => format!("at {}", attained(place)),
    }
}

/// `3`, `1 or 2`, `1 to 4`.
pub fn count(n: Count) -> String {
    match n.most - n.least {
        0 => grouped(n.least),
        1 => format!("{} or {}", grouped(n.least), grouped(n.most)),
        _ => format!("{} to {}", grouped(n.least), grouped(n.most)),
    }
}

/// `at step 77`, `between 72 and 77`, `between 72 and 77 or never`, `never`.
pub fn when(event: When) -> String {
    let Some((earliest, latest)) = event.between else {
        return "never".into();
    };
    let never = if event.perhaps_never { " or never" } else { "" };
    if earliest == latest {
        return format!("at step {}{never}", grouped(earliest));
    }
    format!(
        "between {} and {}{never}",
        grouped(earliest),
        grouped(latest)
    )
}

/// How a quantity passed a level.
pub fn crossings(c: &Crossings) -> String {
    if c.upward.most > 0 {
        let times = if c.upward == (Count { least: 0, most: 1 }) {
            "at most once".into()
        } else {
            format!("{} times", count(c.upward))
        };
        return format!(
            "crossed upward {times}, first {}; last above {}",
            when(c.first_upward),
            when(c.last_above)
        );
    }
    match (c.downward.exactly(), c.last_above.exactly()) {
        (Some(0), Some(None)) => "never above".into(),
        (Some(0), Some(Some(_))) => "above at every step".into(),
        (Some(_), Some(Some(last))) => format!(
            "crossed downward once, at step {}; never upward",
            grouped(last + 1)
        ),
        _ => format!(
            "never crossed upward, downward {} times; last above {}",
            count(c.downward),
            when(c.last_above)
        ),
    }
}

/// The steps that may attain a value: how many, from where to where, and one by one if there are
/// few.
pub fn attained_json(at: &Attained) -> Value {
    let span = at.span();
    json!({
        "count": at.count(),
        "first": span.map(|s| s.0),
        "last": span.map(|s| s.1),
        "listed": at.listed(),
        "or_later": at.is_perhaps_later(),
    })
}

/// A number of steps as a range.
pub fn count_json(n: Count) -> Value {
    json!({ "at_least": n.least, "at_most": n.most })
}

/// A step as a range.
pub fn when_json(event: When) -> Value {
    json!({
        "earliest": event.earliest(),
        "latest": event.between.map(|(_, latest)| latest),
        "perhaps_never": event.perhaps_never,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Interval;
    use rug::Rational;

    fn unit(lower: u32, upper: u32) -> Interval {
        Interval::from_ends(&Rational::from(lower), &Rational::from(upper))
    }

    #[test]
    fn a_step_is_named_only_if_it_is_certain() {
        let mut place = Attained::default();
        assert_eq!(attained(&place), "–");
        place.observe(753, &unit(1, 3));
        assert_eq!(at(&place), "at step 753");
        place.observe(3000, &unit(2, 4));
        assert_eq!(at(&place), "at one of 753, 3\u{202f}000");
        for t in 3001..5000 {
            place.observe(t, &unit(2, 4));
        }
        assert_eq!(
            attained(&place),
            "one of 2\u{202f}001 steps from 753 to 4\u{202f}999"
        );
    }

    #[test]
    fn ranges_are_told_as_ranges() {
        let count_of = |least, most| count(Count { least, most });
        assert_eq!(
            [count_of(1, 1), count_of(1, 2), count_of(0, 9)],
            ["1", "1 or 2", "0 to 9"]
        );
        let mut event = When::NEVER;
        assert_eq!(when(event), "never");
        event.between = Some((72, 77));
        assert_eq!(when(event), "between 72 and 77 or never");
        assert_eq!(when(When::at(77)), "at step 77");
    }
}
