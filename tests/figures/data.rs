//! The data behind each figure, against an oracle that shares nothing with the crate.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use edgecert::figure::paper::{FIGURES, draw};
use edgecert::figure::run::of_run;
use edgecert::figure::{Figure, Work};
use edgecert::input::Run;
use edgecert::report::chart::{Chart, Curve, Layer, Place, Series};
use rug::{Float, Rational};

use crate::oracle::Orbit;

const BITS: u32 = 512;

fn load(name: &str) -> Run {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs/runs");
    Run::load_inputs(&path.join(name)).expect("a run file")
}

fn orbit(run: &Run) -> Orbit {
    let p = &run.parameters;
    let start = run.start.as_array().map(|range| &range.lower);
    Orbit::new(
        BITS,
        [&p.eta, &p.lambda1, &p.lambda2],
        p.clip.as_ref(),
        start,
    )
}

fn with_work<T>(f: impl FnOnce(&mut Work<'_>) -> T) -> T {
    let interrupt = AtomicBool::new(false);
    f(&mut Work {
        interrupt: &interrupt,
        progress: &mut |_| (),
    })
}

/// The figure and its run.
fn figure(id: &str) -> (Figure, Run) {
    let entry = FIGURES.iter().find(|entry| entry.id == id).expect(id);
    let run = load(entry.run);
    let figure = with_work(|work| draw(entry, &run, work)).expect("a figure");
    assert_eq!(figure.id, id);
    assert!(!figure.partial);
    (figure, run)
}

fn panel<'a>(figure: &'a Figure, name: &str) -> &'a Chart {
    let found = figure.panels.iter().find(|p| p.0 == name);
    &found.unwrap_or_else(|| panic!("no panel {name}")).1
}

fn series<'a>(chart: &'a Chart, name: &str) -> &'a Series {
    let found = chart.layers.iter().find_map(|layer| match layer {
        Layer::Line(s) | Layer::Band(s) | Layer::Markers(s) => (s.name == name).then_some(s),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no series {name}"))
}

fn curve<'a>(chart: &'a Chart, name: &str) -> &'a Curve {
    let found = chart.layers.iter().find_map(|layer| match layer {
        Layer::Curve(c) | Layer::Places(c) => (c.name == name).then_some(c),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no curve {name}"))
}

fn log10(x: Float) -> Float {
    x.abs().log10()
}

fn within((lower, upper): (f64, f64), value: &Float, slack: f64) -> bool {
    lower - slack <= *value && *value <= upper + slack
}

/// Every point drawn contains the oracle's value at its step, and its ends are in order. Returns
/// the widest.
fn check(
    series: &Series,
    truth: &BTreeMap<u64, Float>,
    of: impl Fn(&Float) -> Float,
    what: &str,
) -> f64 {
    assert!(series.points.len() > 100, "{what}: {}", series.points.len());
    let mut widest = 0.0f64;
    for point in &series.points {
        let step = point.x as u64;
        assert_eq!(step as f64, point.x, "{what}");
        let value = of(&truth[&step]);
        assert!(point.lower <= point.upper, "{what} at {step}");
        assert!(
            within((point.lower, point.upper), &value, 0.0),
            "{what} at {step}: {value} is not in [{}, {}]",
            point.lower,
            point.upper
        );
        widest = widest.max(point.upper - point.lower);
    }
    widest
}

/// What the oracle says at each step.
fn values(run: &Run, steps: u64, mut of: impl FnMut(&Orbit) -> Float) -> BTreeMap<u64, Float> {
    let mut orbit = orbit(run);
    let mut values = BTreeMap::new();
    for t in 0..=steps {
        values.insert(t, of(&orbit));
        orbit.advance();
    }
    values
}

fn same(x: &Float) -> Float {
    x.clone()
}

#[test]
fn figure_1_contains_the_losses_and_sharpnesses() {
    let (figure, run) = figure("figure-1");
    let losses = values(&run, run.steps, Orbit::loss);
    let widest = check(
        series(panel(&figure, "loss"), "L(θₜ), certified"),
        &losses,
        |x| log10(x.clone()),
        "loss",
    );
    assert!(widest < 1e-11, "{widest}");
    let eta = &run.parameters.eta;
    let sharpness = values(&run, run.steps, |o| o.eta_sharpness() / eta);
    for name in ["sharpness", "beginning"] {
        let band = series(panel(&figure, name), "S(θₜ), certified");
        let widest = check(band, &sharpness, same, name);
        assert!(widest < 1e-11, "{widest}");
    }
    // The largest sharpness of all steps is drawn: thinning hides no spike.
    let largest = sharpness.values().max_by(|a, b| a.total_cmp(b)).unwrap();
    let band = series(panel(&figure, "sharpness"), "S(θₜ), certified");
    assert!(band.points.iter().any(|p| p.upper >= *largest));
    assert!(figure.caption.contains("not known") && figure.caption.contains("0.62, 0.01, 0.75"));
}

#[test]
fn figure_2_contains_the_losses_and_its_line_has_the_slope() {
    let (figure, run) = figure("figure-2");
    let p = &run.parameters;
    let float = |q: &Rational| Float::with_val(BITS, q);
    let (l1, l2) = (float(&p.lambda1), float(&p.lambda2));
    let h = Rational::from(&p.eta * &p.lambda1);
    let edge = (Float::with_val(BITS, 2) / float(&h)).sqrt();
    let half = |x: Float| x / 2u32;
    let loss1 = values(&run, run.steps, |o| {
        half(Float::with_val(BITS, &o.alpha * &o.beta1).square() * &l1)
    });
    let loss2 = values(&run, run.steps, |o| half(o.s().square() * &l2));
    let surrogate = values(&run, run.steps, |o| {
        half((Float::with_val(BITS, &edge * &o.beta2) - 1u32).square() * &l2)
    });
    let log = |x: &Float| log10(x.clone());
    let losses = panel(&figure, "losses");
    let parts = panel(&figure, "parts");
    check(series(losses, "L₂, certified"), &loss2, log, "L₂");
    check(
        series(losses, "surrogate L̂, certified"),
        &surrogate,
        log,
        "L̂",
    );
    check(series(parts, "L₁, certified"), &loss1, log, "L₁");
    check(series(parts, "L₂, certified"), &loss2, log, "L₂ again");
    let line = series(losses, "slope 2 log(1 − 2λ₂/λ₁)");
    let base = float(&(Rational::from(1) - Rational::from((2, 10_000))));
    let slope = base.log10() * 2u32;
    let first = &line.points[0];
    assert_eq!(first.x, 2000.0);
    let at = log(&surrogate[&2000]);
    for point in &line.points {
        let exact = Float::with_val(BITS, &slope * (point.x - first.x)) + &at;
        assert!(within((point.lower, point.upper), &exact, 0.0), "{point:?}");
    }
    assert_eq!(line.points.last().unwrap().x, run.steps as f64);
    // The line is on the data where the theorem is certified, steps 2000 to 5000.
    for t in 2000..=5000u64 {
        let line = Float::with_val(BITS, &slope * (t - 2000)) + &at;
        assert!((log(&surrogate[&t]) - line).abs() < 0.02, "{t}");
    }
}

/// φ(C), from its definition.
fn phi(run: &Run, c: &Float) -> Float {
    let float = |q: &Rational| Float::with_val(BITS, q);
    let root = (c.clone().square() + 4u32).sqrt();
    let first = (Float::with_val(BITS, c + &root) / 2u32) * float(&run.parameters.lambda1);
    first.max(&(root * float(&run.parameters.lambda2)))
}

fn invariant(o: &Orbit) -> Float {
    o.alpha.clone().square() - o.beta1.clone().square() - o.beta2.clone().square()
}

#[test]
fn figure_3_bounds_enclose_the_curve() {
    let (figure, run) = figure("figure-3");
    let phis = values(&run, run.steps, |o| phi(&run, &invariant(o)));
    let bounds = panel(&figure, "bounds");
    check(series(bounds, "φ(θₜ), certified"), &phis, same, "φ");
    let region = series(bounds, "between the bounds of Theorem 5.2");
    check(region, &phis, same, "region");
    assert_eq!(region.points.last().unwrap().x, run.steps as f64);
    let eta = &run.parameters.eta;
    let sharpness = values(&run, run.steps, |o| o.eta_sharpness() / eta);
    check(series(bounds, "S(θₜ), certified"), &sharpness, same, "S");
    let step = panel(&figure, "step");
    let changes: BTreeMap<u64, Float> = (0..run.steps)
        .map(|t| (t, Float::with_val(BITS, &phis[&(t + 1)] - &phis[&t])))
        .collect();
    check(series(step, "change, certified"), &changes, same, "change");
    let region = series(step, "between the bounds of Theorem 5.2");
    check(region, &changes, same, "region of one step");
    // The bounds are the theorem's, not only wide enough.
    let float = |q: &Rational| Float::with_val(BITS, q);
    let [e, l1, l2] = [
        &run.parameters.eta,
        &run.parameters.lambda1,
        &run.parameters.lambda2,
    ]
    .map(float);
    let mut o = orbit(&run);
    let begin = invariant(&o);
    let (mut drop, mut product) = (float(&Rational::new()), float(&Rational::from(1)));
    let region = series(bounds, "between the bounds of Theorem 5.2");
    for point in &region.points {
        while o.step < point.x as u64 {
            let first = Float::with_val(BITS, &o.alpha * &o.beta1).square() * &l1 / 2u32;
            let second = o.s().square() * &l2 / 2u32;
            let rate = (first * &l1 + second * &l2) * 2u32 * e.clone().square();
            drop += o.alpha.clone().square() * &rate;
            product *= 1u32 - rate;
            o.advance();
        }
        let lo = Float::with_val(BITS, &begin - &drop);
        let up = Float::with_val(BITS, &begin * &product);
        let (lower, upper) = (phi(&run, &lo), phi(&run, &up));
        assert!(lower >= point.lower && upper <= point.upper);
        assert!((lower - point.lower).abs() < 1e-9 && (upper - point.upper).abs() < 1e-9);
    }
}

/// In the order of the oracle's places, each place drawn contains one.
fn check_portrait(curve: &Curve, run: &Run) {
    assert!(curve.places.len() > 200, "{}", curve.places.len());
    assert_eq!(curve.seen, run.steps + 1);
    let mut orbit = orbit(run);
    for (i, place) in curve.places.iter().enumerate() {
        let contains =
            |o: &Orbit, p: &Place| within(p.x, &o.alpha, 0.0) && within(p.y, &o.beta2, 0.0);
        while !contains(&orbit, place) {
            assert!(orbit.step < run.steps, "place {i}: {place:?}");
            orbit.advance();
        }
    }
    assert_eq!(orbit.step, run.steps, "the last place is drawn");
}

#[test]
fn figure_4_ends_at_the_minimisers() {
    let (figure, run) = figure("figure-4");
    let portrait = panel(&figure, "portrait");
    check_portrait(curve(portrait, "gradient descent, certified"), &run);
    let starts = curve(portrait, "where the flow starts");
    let ends = curve(portrait, "where it ends");
    assert_eq!(starts.places.len(), 6);
    let mut orbit = orbit(&run);
    for (part, (start, end)) in [0u64, 4, 12, 28, 60, 100]
        .into_iter()
        .zip(starts.places.iter().zip(&ends.places))
    {
        while orbit.step < run.steps * part / 100 {
            orbit.advance();
        }
        assert!(within(start.x, &orbit.alpha, 0.0) && within(start.y, &orbit.beta2, 0.0));
        let c = invariant(&orbit);
        let root = (c.clone().square() + 4u32).sqrt();
        let alpha = ((c + root) / 2u32).sqrt();
        assert!(within(end.x, &alpha, 0.0), "{end:?} {alpha}");
        assert!(within(end.y, &alpha.recip(), 0.0), "{end:?}");
    }
    // Each flow is drawn from its start to its end.
    let flows: Vec<&Curve> = portrait
        .layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Curve(c) if c.name == "gradient flow, certified" => Some(c),
            _ => None,
        })
        .collect();
    for (flow, end) in flows.iter().zip(&ends.places) {
        let last = flow.places.last().unwrap();
        assert!((last.x.0 - end.x.0).abs() < 1e-9 && (last.y.0 - end.y.0).abs() < 1e-9);
    }
    assert_eq!(flows.len(), 6);
    let eta = Float::with_val(BITS, &run.parameters.eta);
    let phis = values(&run, run.steps, |o| phi(&run, &invariant(o)) * &eta);
    let along = panel(&figure, "sharpness");
    check(series(along, "η·φ(θₜ), certified"), &phis, same, "ηφ");
}

#[test]
fn figure_5_keeps_the_constrained_trajectory_at_the_edge() {
    let (figure, run) = figure("figure-5");
    let portrait = panel(&figure, "portrait");
    check_portrait(curve(portrait, "gradient descent, certified"), &run);
    let h = Rational::from(&run.parameters.eta * &run.parameters.lambda1);
    let edge = Float::with_val(BITS, Rational::from(2) / h).sqrt();
    let held = curve(portrait, "constrained trajectory, certified");
    assert!(held.places.iter().all(|p| p.x.0 <= edge));
    let last = held.places.last().unwrap();
    assert!(within(last.x, &edge, 0.0));
    assert!(within(last.y, &edge.clone().recip(), 1e-7));
    let alpha = values(&run, run.steps, |o| o.alpha.clone());
    let time = panel(&figure, "time");
    check(
        series(time, "gradient descent, certified"),
        &alpha,
        same,
        "α",
    );
    // Flow by Euler steps so small that they follow it to five digits.
    let (mut a, mut b1, mut b2) = (0.58f64, 0.02f64, 1.0f64);
    let (parts, mut step) = (2000u32, 0.0);
    let flow = series(time, "gradient flow, certified");
    for point in flow.points.iter().take(60) {
        while step < point.x {
            for _ in 0..parts {
                let size = 0.05 / f64::from(parts);
                let (first, second) = (100.0 * a * b1, 0.01 * (a * b2 - 1.0));
                let slope = (first * b1 + second * b2, first * a, second * a);
                (a, b1, b2) = (a - size * slope.0, b1 - size * slope.1, b2 - size * slope.2);
            }
            step += 1.0;
        }
        assert!((a - point.lower).abs() < 1e-5, "{point:?} {a}");
        assert!((a - point.upper).abs() < 1e-5, "{point:?} {a}");
    }
}

#[test]
fn the_envelope_bounds_all_later_steps() {
    let (figure, run) = figure("edge");
    let steps = 60_000;
    let truth = values(&run, steps, Orbit::eta_sharpness);
    let chart = panel(&figure, "sharpness");
    check(series(chart, "η·S(θₜ), certified"), &truth, same, "ηS");
    let mut later = BTreeMap::new();
    let mut largest = Float::with_val(BITS, 0);
    for (t, value) in truth.iter().rev() {
        largest.max_mut(value);
        later.insert(*t, largest.clone());
    }
    let envelope = series(chart, "2 + δ*(T): bound of η·S for all t ≥ T");
    for pair in envelope.points.chunks(2) {
        // A stair: from its first step up to, but not at, the next one's.
        assert_eq!(pair[0].upper, pair[1].upper);
        assert!(later[&(pair[0].x as u64)] <= pair[0].upper, "{pair:?}");
    }
    let excess = series(panel(&figure, "excess"), "δ*(T), certified");
    for point in &excess.points {
        let value = Float::with_val(BITS, &later[&(point.x as u64)] - 2u32);
        if value > 0 {
            let log = log10(value);
            assert!(point.lower <= log, "{point:?} {log}");
        }
    }
    // S > 2/η at the steps of the row, and at no others.
    let row = chart.layers.iter().find_map(|layer| match layer {
        Layer::Row(row) if row.name.starts_with("S >") => Some(row),
        _ => None,
    });
    let spans = &row.expect("a row").spans;
    let inside = |t: u64| spans.iter().any(|s| s.0 <= t as f64 && t as f64 <= s.1);
    for (t, value) in &truth {
        assert_eq!(inside(*t), *value > 2, "{t}");
    }
}

#[test]
fn beta1_is_followed_below_the_range_of_f64() {
    let (figure, run) = figure("underflow");
    let truth = values(&run, run.steps, |o| o.beta1.clone());
    let chart = panel(&figure, "beta1");
    let band = series(chart, "|β₁|, certified");
    check(band, &truth, |x| log10(x.clone()), "β₁");
    let least = band.points.iter().map(|p| p.upper).fold(0.0, f64::min);
    assert!((-1240.0..-1238.0).contains(&least), "{least}");
    // The trace in f64, by Rust's own f64 in the same order.
    let (mut a, mut b1, mut b2) = (0.1f64, 0.1f64, 0.1f64);
    let (h, e) = (0.05f64 * 100.0, 0.05f64 * 0.01);
    let mut trace = vec![b1];
    for _ in 0..12_000 {
        let next = a * (1.0 - h * (b1 * b1) - e * (b2 * b2)) + e * b2;
        let decay = b1 * (1.0 - h * (a * a));
        b2 = b2 * (1.0 - e * (a * a)) + e * a;
        (a, b1) = (next, decay);
        trace.push(b1);
    }
    let dead = trace.iter().position(|b| *b == 0.0).expect("it dies");
    let line = series(chart, "|β₁| in f64");
    let dies = line.points.iter().find(|p| p.upper == f64::NEG_INFINITY);
    assert_eq!(dies.expect("a point at 0").x, dead as f64);
    for point in &line.points {
        let value = trace[point.x as usize].abs();
        // The two orders of operations may differ in the last places.
        if value > 1e-290 {
            assert!(
                (value.log10() - point.lower).abs() < 1e-6,
                "{point:?} {value}"
            );
        } else if value == 0.0 {
            assert_eq!(point.upper, f64::NEG_INFINITY);
        }
    }
    let lines: Vec<f64> = chart
        .layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Horizontal { at, .. } => Some(*at),
            _ => None,
        })
        .collect();
    assert!((10f64.powf(lines[0]) / f64::MIN_POSITIVE - 1.0).abs() < 1e-9);
    assert!((lines[1] - (-323.306_215_343_1)).abs() < 1e-9);
    let eta_sharpness = values(&run, run.steps, Orbit::eta_sharpness);
    let band = series(panel(&figure, "sharpness"), "exact trajectory, certified");
    check(band, &eta_sharpness, same, "ηS");
}

#[test]
fn accuracy_is_what_the_engines_have_left() {
    use edgecert::enclosure::{Engine, start};
    let (figure, run) = figure("accuracy");
    let chart = panel(&figure, "bits");
    for (name, engine, bits) in [
        ("centre + error set, 128 bits", Engine::Centred, 128),
        ("naive balls, 512 bits", Engine::Reference, 512),
    ] {
        let mut trajectory = start(engine, &run.parameters, &run.start, bits);
        for _ in 0..run.steps {
            trajectory.advance().unwrap();
        }
        let last = series(chart, name).points.last().unwrap();
        assert_eq!(last.x, run.steps as f64);
        assert_eq!(last.upper, trajectory.accuracy_bits() as f64);
    }
    // f64 intervals end soon.
    let short = series(chart, "naive balls, 53 bits").points.last().unwrap();
    assert!(short.x < 1000.0 && short.upper < 5.0, "{short:?}");
}

#[test]
fn figures_of_a_clipped_run_contain_it() {
    let run = load("clipped.toml");
    let figures = with_work(|work| of_run(&run, work)).expect("figures");
    let ids: Vec<&str> = figures.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["loss", "edge", "beta1", "way", "accuracy"]);
    let truth = values(&run, run.steps, |o| o.beta1.clone());
    let band = series(panel(&figures[2], "beta1"), "|β₁|, certified");
    check(band, &truth, |x| log10(x.clone()), "β₁");
    let beta2 = values(&run, run.steps, |o| o.beta2.clone());
    let band = series(panel(&figures[3], "coordinates"), "β₂, certified");
    check(band, &beta2, same, "β₂");
    check_portrait(
        curve(
            panel(&figures[3], "portrait"),
            "gradient descent, certified",
        ),
        &run,
    );
}

/// Where a run ends far away does not make the picture of where it was coarser.
#[test]
fn the_portrait_of_a_divergent_run_shows_the_way_before() {
    let run = load("divergent.toml");
    let figures = with_work(|work| of_run(&run, work)).expect("figures");
    let chart = panel(&figures[3], "portrait");
    let curve = curve(chart, "gradient descent, certified");
    check_portrait(curve, &run);
    // α dips from 0.1 to 0.03 before it grows.
    let least = curve.places.iter().find(|p| p.x.1 < 0.035);
    assert!(least.is_some());
    let (low, high) = chart.x.range.expect("a range");
    assert!((-2.5..-2.0).contains(&low) && (0.9..2.5).contains(&high));
}
