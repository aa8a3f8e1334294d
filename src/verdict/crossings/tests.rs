//! Ranges against every way to complete a sequence.

use super::*;
use Ternary::{False, True, Unknown};
use proptest::prelude::*;

/// Every sequence of truth values that agrees with the decided ones.
fn completions(seen: &[Ternary]) -> Vec<Vec<bool>> {
    let mut all = vec![Vec::new()];
    for value in seen {
        let choices: &[bool] = match value {
            True => &[true],
            False => &[false],
            Unknown => &[false, true],
        };
        let longer = |way: &Vec<bool>, b: &bool| [way.as_slice(), &[*b]].concat();
        all = all
            .iter()
            .flat_map(|way| choices.iter().map(move |b| longer(way, b)))
            .collect();
    }
    all
}

fn range<T: Ord + Copy>(values: impl Iterator<Item = T> + Clone) -> (T, T) {
    let least = values.clone().min().expect("a completion");
    (least, values.max().expect("a completion"))
}

/// The range of a step over all completions.
fn when(values: &[Option<u64>]) -> When {
    let known = values.iter().flatten().copied();
    When {
        between: known.clone().next().map(|_| range(known)),
        perhaps_never: values.contains(&None),
    }
}

fn count(values: &[u64]) -> Count {
    let (least, most) = range(values.iter().copied());
    Count { least, most }
}

fn ternary() -> impl Strategy<Value = Ternary> {
    prop_oneof![Just(True), Just(False), Just(Unknown)]
}

/// Steps t ≥ 1 with `test` of the values at t − 1 and t.
fn steps<T: Copy>(way: &[T], test: impl Fn(T, T) -> bool) -> Vec<u64> {
    (1..way.len())
        .filter(|&t| test(way[t - 1], way[t]))
        .map(|t| t as u64)
        .collect()
}

proptest! {
    #[test]
    fn crossings_are_those_of_all_completions(seen in prop::collection::vec(ternary(), 1..9)) {
        let mut finder = CrossingFinder::default();
        for (t, above) in (0..).zip(&seen) {
            finder.observe(t, *above);
        }
        let ways = completions(&seen);
        let up: Vec<Vec<u64>> = ways.iter().map(|w| steps(w, |x, y| !x && y)).collect();
        let down: Vec<u64> = ways.iter().map(|w| steps(w, |x, y| x && !y).len() as u64).collect();
        let last = |w: &Vec<bool>| w.iter().rposition(|b| *b).map(|t| t as u64);
        let counts: Vec<u64> = up.iter().map(|u| u.len() as u64).collect();
        let first: Vec<Option<u64>> = up.iter().map(|u| u.first().copied()).collect();
        let expected = Crossings {
            upward: count(&counts),
            downward: count(&down),
            first_upward: when(&first),
            last_above: when(&ways.iter().map(last).collect::<Vec<_>>()),
        };
        prop_assert_eq!(finder.finish(), expected);
    }

    /// A sign is known, or only that it is not negative, or nothing.
    #[test]
    fn flips_are_those_of_all_completions(
        seen in prop::collection::vec((ternary(), ternary()), 1..8),
    ) {
        let seen: Vec<(Ternary, Ternary)> =
            seen.into_iter().filter(|s| *s != (True, True)).collect();
        let mut finder = FlipFinder::default();
        for (t, (negative, positive)) in (0..).zip(&seen) {
            finder.observe(t, *negative, *positive);
        }
        let mut ways: Vec<Vec<i32>> = vec![Vec::new()];
        for (negative, positive) in &seen {
            let fits = |t: &Ternary, b: bool| t.is_unknown() || t.is_true() == b;
            let signs = [-1, 0, 1].into_iter();
            let signs = signs.filter(|s| fits(negative, *s < 0) && fits(positive, *s > 0));
            let signs: Vec<i32> = signs.collect();
            ways = ways
                .iter()
                .flat_map(|w| signs.iter().map(move |s| [w.as_slice(), &[*s]].concat()))
                .collect();
        }
        let flips = |way: &Vec<i32>| {
            let mut last = 0;
            let mut at = Vec::new();
            for (t, sign) in (0..).zip(way).filter(|(_, s)| **s != 0) {
                if last * sign < 0 {
                    at.push(t);
                }
                last = *sign;
            }
            at
        };
        let all: Vec<Vec<u64>> = ways.iter().map(flips).collect();
        let counts: Vec<u64> = all.iter().map(|f| f.len() as u64).collect();
        let first: Vec<Option<u64>> = all.iter().map(|f| f.first().copied()).collect();
        let expected = Flips { count: count(&counts), first: when(&first) };
        prop_assert_eq!(finder.finish(), expected);
    }

    #[test]
    fn first_and_count_are_those_of_all_completions(
        seen in prop::collection::vec(ternary(), 1..9),
    ) {
        let (mut first, mut number) = (When::NEVER, Count::default());
        for (t, happens) in (0..).zip(&seen) {
            first.observe_first(t, *happens);
            number.observe(*happens);
        }
        let ways = completions(&seen);
        let at = |w: &Vec<bool>| w.iter().position(|b| *b).map(|t| t as u64);
        let all = |w: &Vec<bool>| w.iter().filter(|b| **b).count() as u64;
        prop_assert_eq!(first, when(&ways.iter().map(at).collect::<Vec<_>>()));
        prop_assert_eq!(number, count(&ways.iter().map(all).collect::<Vec<_>>()));
    }
}
