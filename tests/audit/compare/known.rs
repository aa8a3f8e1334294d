//! Outcomes that were computed independently: traces in C on the CPU, f16 and bf16 emulated
//! there, the exact trajectory in ball arithmetic of 1500 bits and more.

use edgecert::audit::compare::{FirstStep, Options, TraceComparison, TruthEnd};
use edgecert::audit::events::Ending;
use edgecert::audit::simulation::Change;

use super::{compared, format, spec, table_run};
use crate::traces::order;

const STEPS: u64 = 20_000;
const ORDERS: [&str; 5] = [
    "factored",
    "expanded",
    "backprop",
    "backprop+fma",
    "factored+fma",
];

/// The decided first steps with a relative error above 1/1000.
fn first(trace: &TraceComparison) -> [Option<u64>; 3] {
    trace.first_divergence.as_array().map(|first| {
        assert!(first.iter().all(FirstStep::is_decided), "{first:?}");
        // The larger δ is not exceeded earlier.
        let steps = [0, 1].map(|k| first[k].latest.unwrap_or(u64::MAX));
        assert!(steps[0] >= steps[1], "{steps:?}");
        first[0].latest
    })
}

/// The first step with β₁ below the normal numbers, and with β₁ = 0.
fn underflow(trace: &TraceComparison) -> [Option<u64>; 2] {
    let beta1 = &trace.underflow.beta1;
    assert!(beta1.false_zero.is_decided());
    let below = [beta1.first_subnormal, beta1.first_zero];
    [below.into_iter().flatten().min(), beta1.first_zero]
}

/// How it ends, as the tables write it.
fn verdict(ending: Ending) -> &'static str {
    match ending {
        Ending::Diverged(_) | Ending::Infinite(_) | Ending::NotANumber(_) => "DIV",
        Ending::Above => ">",
        Ending::Below => "<",
        Ending::Open => "?",
    }
}

struct Truth {
    eta: &'static str,
    start: [&'static str; 3],
    /// `DIV`, `>` or `<`.
    verdict: &'static str,
    /// The step of divergence, or the number of upward crossings.
    number: u64,
    /// log₁₀ of the least |β₁|.
    least: f64,
}

const fn truth(
    eta: &'static str,
    start: [&'static str; 3],
    verdict: &'static str,
    number: u64,
    least: f64,
) -> Truth {
    Truth {
        eta,
        start,
        verdict,
        number,
        least,
    }
}

/// Of f64: first divergence of `factored` and `backprop`, subnormal and zero of `factored`,
/// verdicts (and upward crossings, or the step of divergence) of both.
type Traces = (
    [Option<u64>; 3],
    [Option<u64>; 3],
    [Option<u64>; 2],
    [(&'static str, u64); 2],
);

const fn some(steps: [u64; 3]) -> [Option<u64>; 3] {
    [Some(steps[0]), Some(steps[1]), Some(steps[2])]
}

const NEVER: [Option<u64>; 3] = [None; 3];

fn table() -> Vec<(Truth, Traces)> {
    let rows = [
        (
            truth("1/20", ["0.63", "0.01", "0.5"], ">", 28, -197.3),
            (NEVER, NEVER, [None, None], [(">", 28), (">", 28)]),
        ),
        (
            truth("1/20", ["0.6", "0.1", "0.5"], ">", 4, -750.0),
            (
                some([3962, 1308, 3985]),
                some([3664, 1307, 3686]),
                [Some(1294), Some(1311)],
                [(">", 2), ("<", 2)],
            ),
        ),
        (
            truth("1/20", ["0.5", "0.1", "0.1"], "DIV", 3392, -589.0),
            (
                some([3386, 432, 3391]),
                some([2888, 430, 2896]),
                [Some(408), Some(436)],
                [(">", u64::MAX), ("<", u64::MAX)],
            ),
        ),
        (
            truth("1/20", ["0.1", "0.1", "0.1"], "DIV", 8365, -1239.0),
            (
                some([8359, 3707, 8363]),
                some([6619, 3707, 6630]),
                [Some(3675), Some(3713)],
                [(">", u64::MAX), ("<", u64::MAX)],
            ),
        ),
        (
            truth("1/20", ["0.61", "0.02", "0.4"], "<", 8, -773.0),
            (
                some([7942, 4192, 8165]),
                some([7942, 4192, 8165]),
                [Some(4185), Some(4194)],
                [(">", 6), (">", 6)],
            ),
        ),
        (
            truth("1/20", ["0.6", "0.001", "0.5"], ">", 8, -771.0),
            (
                some([7398, 3697, 7453]),
                some([6853, 3697, 6894]),
                [Some(3691), Some(3699)],
                [(">", 5), (">", 6)],
            ),
        ),
        (
            truth("1/20", ["0.7", "0.01", "0.3"], ">", 5, -805.0),
            (
                some([6098, 2651, 6122]),
                some([6098, 2651, 6122]),
                [Some(2638), Some(2654)],
                [(">", 2), (">", 2)],
            ),
        ),
        (
            truth("1/20", ["0.66", "0.001", "0.5"], "<", 7, -751.0),
            (
                some([8849, 4630, 8868]),
                some([7573, 4630, 7593]),
                [Some(4621), Some(4632)],
                [(">", 5), (">", 6)],
            ),
        ),
        (
            truth("1/12", ["0.63", "0.01", "0.5"], "DIV", 16481, -388.0),
            (
                some([16477, 15225, 16480]),
                some([16369, 15224, 16373]),
                [Some(15205), Some(15229)],
                [(">", u64::MAX), ("DIV", 16375)],
            ),
        ),
        (
            truth("1/12", ["0.6", "0.1", "0.5"], "DIV", 2071, -404.0),
            (
                some([2066, 760, 2071]),
                some([2066, 760, 2071]),
                [Some(744), Some(764)],
                [(">", u64::MAX), (">", u64::MAX)],
            ),
        ),
        (
            truth("1/12", ["0.5", "0.1", "0.1"], "DIV", 1437, -198.0),
            (NEVER, NEVER, [None, None], [("DIV", 1437), ("DIV", 1437)]),
        ),
        (
            truth("1/12", ["0.1", "0.1", "0.1"], "DIV", 4127, -668.0),
            (
                some([4122, 2130, 4126]),
                some([3610, 2128, 3614]),
                [Some(2115), Some(2132)],
                [(">", u64::MAX), ("DIV", 3615)],
            ),
        ),
        (
            truth("1/12", ["0.61", "0.02", "0.4"], "DIV", 2388, -451.0),
            (
                some([2383, 934, 2387]),
                some([2179, 934, 2183]),
                [Some(922), Some(936)],
                [(">", u64::MAX), ("DIV", 2184)],
            ),
        ),
        (
            truth("1/12", ["0.6", "0.001", "0.5"], "DIV", 1909, -400.0),
            (
                some([1904, 607, 1909]),
                some([1778, 606, 1782]),
                [Some(590), Some(611)],
                [(">", u64::MAX), ("DIV", 1783)],
            ),
        ),
        (
            truth("1/12", ["0.7", "0.01", "0.3"], "DIV", 9, f64::NAN),
            (NEVER, NEVER, [None, None], [("DIV", 9), ("DIV", 9)]),
        ),
        (
            truth("1/12", ["0.66", "0.001", "0.5"], "<", 0, f64::NAN),
            (NEVER, NEVER, [None, None], [("<", 0), ("<", 0)]),
        ),
    ];
    rows.into()
}

#[test]
fn double_precision_leaves_the_truth_at_the_known_steps() {
    let change = Change::default();
    let double = format("f64");
    let orders = ["factored", "backprop"].map(order);
    let specs = orders.each_ref().map(|o| spec(&double, o, &change));
    let mut shifts = Vec::new();
    for (truth, (factored, backprop, below, verdicts)) in table() {
        let run = table_run(truth.eta, truth.start, STEPS);
        let found = compared(&run, &specs, &Options::default());
        let what = format!("{} {:?}", truth.eta, truth.start);
        let ending = found.truth.events.ending;
        assert_eq!(verdict(ending), truth.verdict, "{what}");
        if truth.verdict == "DIV" {
            assert_eq!(found.truth.end, TruthEnd::Diverged(truth.number), "{what}");
            assert_eq!(found.truth.last_step, truth.number, "{what}");
        } else {
            assert_eq!(found.truth.end, TruthEnd::Complete, "{what}");
            assert_eq!(found.truth.events.upward_count, truth.number, "{what}");
        }
        let least = found.truth.exponents.beta1.least;
        if !truth.least.is_nan() {
            let known = truth.least / 2f64.log10();
            assert_eq!(least.lower, least.upper, "{what}");
            let exponent = least.lower.expect("known") as f64;
            assert!((exponent - known).abs() < 3.0, "{what}: {exponent} {known}");
        }
        let margin = found.truth.margin.expect("seen");
        assert!(margin.distance.lower_f64() > 100.0 * margin.width, "{what}");
        let traces = &found.traces;
        assert_eq!(first(&traces[0]), factored, "{what} factored");
        assert_eq!(first(&traces[1]), backprop, "{what} backprop");
        assert_eq!(underflow(&traces[0]), below, "{what}");
        for (trace, (known, number)) in traces.iter().zip(verdicts) {
            assert_eq!(trace.open_questions(), [], "{what}");
            assert_eq!(verdict(trace.events.ending), known, "{what}");
            if known == "DIV" {
                assert_eq!(trace.events.ending.step(), Some(number), "{what}");
            } else if number != u64::MAX {
                assert_eq!(trace.events.upward_count, number, "{what}");
                let missing = truth.number.saturating_sub(number);
                assert_eq!(trace.crossings.missing, Some(missing), "{what}");
                assert_eq!(trace.crossings.spurious, Some(0), "{what}");
                assert_eq!(trace.crossings.shared.len() as u64, number, "{what}");
            }
            let late = trace.crossings.shared.iter().map(|s| s.shift());
            shifts.extend(late.filter(|&s| s != 0).map(|s| (what.clone(), s)));
        }
        for trace in traces {
            let local = trace.local_error.as_array();
            let most = |j: usize| local[j].largest.as_ref().expect("steps").value.upper_f64();
            if truth.eta == "1/20" {
                assert!(most(2) < 1.2e-16, "{what}: {}", most(2));
                assert!(most(0) < 3.3e-15, "{what}: {}", most(0));
            }
        }
    }
    // Only two pinned traces cross early: their β₁ grows again too soon.
    let known = [("0.6", -674), ("0.66", -1501)];
    let known = known.map(|(alpha, s)| (format!("1/20 {:?}", [alpha, "0.001", "0.5"]), s));
    assert_eq!(shifts, known);
}

/// A row of the full table: orders, flushing ones with `/ftz`; first divergence; β₁ subnormal
/// and zero; upward crossings; verdict.
type Row = (
    &'static str,
    &'static str,
    [u64; 3],
    [u64; 2],
    u64,
    &'static str,
);

/// −1 of the tables: never.
const NO: u64 = u64::MAX;

const FIRST: [Row; 11] = [
    ("f32", "fac", [2720, 953, 5309], [4493, 5432], 20, ">"),
    ("f32", "fac/ftz", [2720, 953, 5309], [4493, 4493], 19, ">"),
    ("f32", "exp", [3618, 1856, 5310], [4494, 5432], 20, ">"),
    ("f32", "exp/ftz", [3618, 1856, 5310], [4494, 4494], 19, ">"),
    ("f32", "bp", [2723, 1158, 6509], [4494, NO], 32, ">"),
    ("f32", "bp/ftz", [2723, 1158, 5309], [6588, 6588], 20, ">"),
    ("f32", "bp+fma", [3618, 1497, 5309], [4494, 5534], 20, ">"),
    (
        "f32",
        "bp+fma/ftz",
        [3618, 1497, 5309],
        [5831, 5831],
        20,
        ">",
    ),
    ("f32", "fac+fma", [2398, 955, 5309], [4493, 5431], 20, ">"),
    (
        "f32",
        "fac+fma/ftz",
        [2398, 955, 5309],
        [4493, 4493],
        19,
        ">",
    ),
    (
        "f64",
        "fac fac/ftz exp exp/ftz bp bp/ftz bp+fma bp+fma/ftz fac+fma fac+fma/ftz",
        [NO, NO, NO],
        [NO, NO],
        28,
        ">",
    ),
];

const SECOND: [Row; 9] = [
    (
        "f32",
        "fac exp fac+fma",
        [1058, 161, 1088],
        [140, 1176],
        2,
        ">",
    ),
    (
        "f32",
        "fac/ftz exp/ftz fac+fma/ftz",
        [1058, 140, 1088],
        [140, 140],
        1,
        ">",
    ),
    ("f32", "bp", [936, 157, 978], [140, 2674], 3, ">"),
    ("f32", "bp/ftz", [1058, 139, 1088], [NO, NO], 1, "<"),
    ("f32", "bp+fma", [936, 157, 978], [140, 1008], 2, ">"),
    ("f32", "bp+fma/ftz", [1058, 139, 1088], [NO, NO], 1, "<"),
    (
        "f64",
        "fac exp fac+fma",
        [3962, 1308, 3985],
        [1294, 1311],
        2,
        ">",
    ),
    (
        "f64",
        "fac/ftz exp/ftz bp/ftz bp+fma/ftz fac+fma/ftz",
        [3962, 1294, 3985],
        [1294, 1294],
        2,
        ">",
    ),
    ("f64", "bp bp+fma", [3664, 1307, 3686], [1294, NO], 2, "<"),
];

fn check(start: [&str; 3], rows: &[Row]) {
    let change = Change::default();
    let long = |short: &str| {
        let (name, mode) = short.split_once('/').unwrap_or((short, ""));
        let name = name.replace("fac", "factored");
        let name = name.replace("exp", "expanded").replace("bp", "backprop");
        (name, if mode == "ftz" { "+flush" } else { "" })
    };
    let mut wanted = Vec::new();
    let mut parts = Vec::new();
    for row in rows {
        for short in row.1.split(' ') {
            let (name, mode) = long(short);
            parts.push((format(&format!("{}{mode}", row.0)), order(&name)));
            wanted.push((row, short));
        }
    }
    let specs: Vec<_> = parts.iter().map(|(f, o)| spec(f, o, &change)).collect();
    let found = compared(
        &table_run("1/20", start, STEPS),
        &specs,
        &Options::default(),
    );
    for ((row, short), trace) in wanted.into_iter().zip(&found.traces) {
        let (name, _, wanted_first, below, up, ending) = row;
        let what = format!("{name} {short}");
        let step = |t: u64| (t != NO).then_some(t);
        assert_eq!(first(trace), wanted_first.map(step), "{what}");
        assert_eq!(underflow(trace), below.map(step), "{what}");
        assert_eq!(trace.events.upward_count, *up, "{what}");
        assert_eq!(verdict(trace.events.ending), *ending, "{what}");
        assert_eq!(trace.open_questions(), [], "{what}");
    }
}

#[test]
fn the_full_table_of_the_first_run() {
    check(["63/100", "1/100", "1/2"], &FIRST);
}

#[test]
fn the_full_table_of_the_second_run() {
    check(["3/5", "1/10", "1/2"], &SECOND);
}

/// Format, start, first divergence, steps of the first subnormal β₁ and of the first zero.
type Half = (
    &'static str,
    [&'static str; 3],
    [u64; 3],
    &'static [u64],
    &'static [u64],
);

/// f16 and bf16: least first divergence over all ten variants, and the sets of steps at which
/// β₁ becomes subnormal and 0; no upward crossing, below the edge in the end.
#[test]
fn half_precision_fails_at_the_known_steps() {
    let known: [Half; 4] = [
        (
            "f16",
            ["0.63", "0.01", "0.5"],
            [7, 1, 3],
            &[302, 305, NO],
            &[305, NO],
        ),
        (
            "bf16",
            ["0.63", "0.01", "0.5"],
            [0, 1, 3],
            &[3342, 3703, 3821, 5373, NO],
            &[3342, 5373, NO],
        ),
        (
            "f16",
            ["0.6", "0.1", "0.5"],
            [7, 2, 3],
            &[12, NO],
            &[12, 21, NO],
        ),
        (
            "bf16",
            ["0.6", "0.1", "0.5"],
            [0, 1, 3],
            &[116, 117, NO],
            &[116, 117, 123, 124, NO],
        ),
    ];
    let change = Change::default();
    for (name, start, earliest, subnormal, zero) in known {
        let formats = ["", "+flush"].map(|mode| format(&format!("{name}{mode}")));
        let orders = ORDERS.map(order);
        let specs: Vec<_> = formats
            .iter()
            .flat_map(|f| orders.iter().map(move |o| (f, o)))
            .map(|(f, o)| spec(f, o, &change))
            .collect();
        // Nothing happens later.
        let found = compared(&table_run("1/20", start, 6000), &specs, &Options::default());
        let all: Vec<_> = found.traces.iter().map(first).collect();
        let least = [0, 1, 2].map(|j| all.iter().filter_map(|f| f[j]).min());
        assert_eq!(least, earliest.map(Some), "{name} {start:?}");
        let set = |i: usize| {
            let steps = found.traces.iter().map(|t| underflow(t)[i].unwrap_or(NO));
            let mut steps: Vec<u64> = steps.collect();
            steps.sort_unstable();
            steps.dedup();
            steps
        };
        assert_eq!(
            (set(0), set(1)),
            (subnormal.into(), zero.into()),
            "{name} {start:?}"
        );
        for trace in &found.traces {
            assert_eq!(trace.events.upward_count, 0);
            assert_eq!(trace.events.ending, Ending::Below);
        }
    }
}

/// Pinned near the least subnormal number; dead; the exponents that are needed.
#[test]
fn stagnation_of_the_second_run() {
    let change = Change::default();
    let formats = ["f64", "f64+flush"].map(format);
    let orders = ["factored", "backprop"].map(order);
    let specs = [
        spec(&formats[0], &orders[0], &change),
        spec(&formats[0], &orders[1], &change),
        spec(&formats[1], &orders[1], &change),
    ];
    let run = table_run("1/20", ["0.6", "0.1", "0.5"], STEPS);
    let found = compared(&run, &specs, &Options::default());
    // |β₁| falls to 1e-750: eleven bits of exponent are not enough, nor are twelve.
    assert_eq!(found.truth.field_bits.at_least, Some(13));
    assert_eq!(found.truth.field_bits.at_most, Some(13));
    let [dead, pinned, flushed] = &found.traces[..] else {
        panic!("three traces")
    };
    let beta1 = &dead.underflow.beta1;
    assert_eq!((beta1.pinned.count, beta1.frozen.count), (0, 0));
    assert_eq!(beta1.false_zero.latest, Some(1311));
    let dead = &dead.local_error.beta1;
    assert_eq!((dead.steps, dead.zero_steps), (STEPS, STEPS - 1311));
    // The step that becomes 0 is wrong by all there is.
    let largest = dead.largest.as_ref().expect("steps");
    assert_eq!(largest.attained.step(), Some(1310));
    assert!(largest.value.contains(&1.into()));
    let beta1 = &pinned.underflow.beta1;
    assert_eq!(beta1.pinned.count, 1425);
    assert_eq!(beta1.pinned.longest, Some([1310, 2734]));
    assert!(pinned.underflow.beta1.frozen.count > 100);
    assert_eq!(
        pinned
            .local_error
            .beta1
            .largest_ulps
            .as_ref()
            .and_then(|e| e.attained.step()),
        Some(1203)
    );
    assert_eq!(flushed.underflow.beta1.false_zero.latest, Some(1294));
    assert_eq!(flushed.underflow.beta1.pinned.count, 0);
}

/// Relative errors of β₁ with 53 bits and an exponent without ends.
#[test]
fn errors_grow_slowly_in_the_normal_range() {
    let change = Change::default();
    let unbounded = format("53:unbounded");
    let factored = order("factored");
    let options = Options {
        windows: 200,
        ..Options::default()
    };
    let run = table_run("1/20", ["0.63", "0.01", "0.5"], STEPS);
    let found = compared(&run, &[spec(&unbounded, &factored, &change)], &options);
    let trace = &found.traces[0];
    assert_eq!(trace.errors.len(), 201);
    for (t, known) in [(100, 2e-14), (1000, 2e-12), (5000, 5e-10), (20_000, 7e-12)] {
        let at = trace.errors.iter().find(|e| e.step == t).expect("an end");
        let error = at.relative.beta1.expect("not 0");
        assert!(error.relative_width() < 1e-10);
        assert!(error.upper_f64() < 4.0 * known && error.lower_f64() > known / 4.0);
    }
    assert_eq!(first(trace), NEVER);
}
