//! What figures are recorded with: bounded memory, nothing hidden.

use edgecert::figure::record::{Spans, Trace};
use edgecert::number::Interval;
use edgecert::report::chart::{Axis, Chart, Curve, Layer, Place, Scale, Tracer};
use proptest::prelude::*;
use rug::Rational;

fn dot(x: f64, y: f64) -> Place {
    Place {
        x: (x, x),
        y: (y, y),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// A place that is left out is near one that is kept.
    #[test]
    fn no_excursion_of_a_curve_is_hidden(
        steps in prop::collection::vec((-1.0..1.0f64, -1.0..1.0f64), 1..2000),
        columns in 4..40usize,
    ) {
        let (mut x, mut y) = (0.0, 0.0);
        let places: Vec<Place> = steps
            .iter()
            .map(|(dx, dy)| {
                (x, y) = (x + dx, y + dy);
                dot(x, y)
            })
            .collect();
        let mut tracer = Tracer::new(columns);
        places.iter().for_each(|p| tracer.push(*p));
        let curve = tracer.finish("curve");
        prop_assert_eq!(curve.seen, places.len() as u64);
        prop_assert!(curve.places.len() <= 16 * columns + 2);
        prop_assert_eq!(curve.places.first(), places.first());
        prop_assert_eq!(curve.places.last(), places.last());
        let size = |of: fn(&Place) -> f64| {
            let all = || places.iter().map(of);
            all().fold(f64::NEG_INFINITY, f64::max) - all().fold(f64::INFINITY, f64::min)
        };
        let (width, height) = (size(|p| p.x.0), size(|p| p.y.0));
        // Kept places are of the stream and in its order.
        let mut rest = places.iter();
        for kept in &curve.places {
            prop_assert!(rest.any(|p| p == kept));
        }
        let part = curve.tolerance * (1.0 + 1e-9);
        for p in &places {
            let near = |k: &Place| {
                (k.x.0 - p.x.0).abs() <= part * width && (k.y.0 - p.y.0).abs() <= part * height
            };
            prop_assert!(curve.places.iter().any(near), "{:?} {}", p, curve.tolerance);
        }
    }
}

#[test]
fn a_long_curve_takes_bounded_memory_and_keeps_its_excursion() {
    let mut tracer = Tracer::new(200);
    for i in 0..400_000u32 {
        let t = f64::from(i) / 1000.0;
        let out = if i == 333_333 { 5.0 } else { 0.0 };
        tracer.push(dot(t.cos() + out, t.sin()));
    }
    let curve = tracer.finish("circle");
    assert!(curve.places.len() <= 3202);
    assert!(curve.places.iter().any(|p| p.x.0 > 3.9));
    assert!(curve.tolerance > 0.0);
}

#[test]
fn an_unknown_place_interrupts_a_curve() {
    let unknown = Place {
        x: (0.0, 1.0),
        y: (f64::NEG_INFINITY, f64::INFINITY),
    };
    let mut tracer = Tracer::new(10);
    for place in [dot(0.0, 0.0), unknown, unknown, dot(1.0, 1.0)] {
        tracer.push(place);
    }
    let curve = tracer.finish("curve");
    assert_eq!(curve.places, [dot(0.0, 0.0), unknown, dot(1.0, 1.0)]);
    let axis = || Axis::new("x", "", Scale::Linear);
    let svg = |places| {
        let curve = Layer::Curve(Curve::new("curve", places));
        Chart::new("t", axis(), axis()).layer(curve).figure()
    };
    // Two dashes for two single places, none for a line between them.
    let lines = |svg: String| svg.matches("class=\"line s0\"").count();
    assert_eq!(lines(svg(curve.places.clone())), 3);
    assert_eq!(lines(svg(vec![dot(0.0, 0.0), dot(1.0, 1.0)])), 2);
}

#[test]
fn a_curve_in_a_table_has_the_ends_of_x_rounded_outward() {
    let third = Interval::from_rational(&Rational::from((1, 3)));
    let axis = || Axis::new("x", "", Scale::Linear);
    let place = Place::new((&axis(), &axis()), &third, &third);
    let chart =
        Chart::new("t", axis(), axis()).layer(Layer::Places(Curve::new("place", vec![place])));
    let csv = chart.csv();
    let cells: Vec<&str> = csv.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(cells[..2], ["place", "places"]);
    let exact = Rational::from((1, 3));
    for (i, below) in [(2, true), (3, false), (4, true), (5, false)] {
        let end = edgecert::number::rational::parse(cells[i]).unwrap();
        assert_eq!(end < exact, below, "{csv}");
    }
    let json = chart.json();
    let point = &json["layers"][0]["points"][0];
    assert_eq!(point["x_lower"], cells[2]);
    assert_eq!(point["upper"], cells[5]);
}

#[test]
fn spans_say_when_something_holds() {
    let mut spans = Spans::default();
    for t in 0..100 {
        spans.push(t, (10..20).contains(&t) || t == 50 || t >= 98);
    }
    let row = spans.row("row");
    assert_eq!(row.spans, [(10.0, 19.0), (50.0, 50.0), (98.0, 99.0)]);
    assert_eq!(row.seen, 3);
}

#[test]
fn many_spans_are_joined_and_no_long_gap_is() {
    let mut spans = Spans::default();
    for t in 0..1_000_000u64 {
        spans.push(t, t % 2 == 0 && !(400_000..500_000).contains(&t));
    }
    let row = spans.row("row");
    assert!(row.spans.len() <= 8 * 720);
    assert_eq!(row.seen, 450_000);
    let gap = row.spans.windows(2).find(|w| w[1].0 - w[0].1 > 50_000.0);
    assert_eq!(gap.map(|w| (w[0].1, w[1].0)), Some((399_998.0, 500_000.0)));
}

#[test]
fn the_width_that_a_caption_tells_is_the_largest() {
    let mut trace = Trace::default();
    let between =
        |a: (i32, i32), b: (i32, i32)| Interval::from_ends(&Rational::from(a), &Rational::from(b));
    for t in 0..20_000u32 {
        let value = match t {
            7_777 => between((1, 1), (3, 2)),
            _ => between((1, 1), (1001, 1000)),
        };
        trace.push(f64::from(t), value);
    }
    // Half of 3/2 − 1 … and a third of 3/2, rounded up to two digits.
    assert_eq!(trace.width(Scale::Linear), "0.51");
    assert_eq!(trace.width(Scale::Log10), "0.34 of its value");
    let axis = Axis::new("y", "", Scale::Linear);
    let series = trace.series(&axis, "band");
    assert!(
        series
            .points
            .iter()
            .any(|p| p.x == 7_777.0 && p.upper == 1.5)
    );
    assert_eq!(series.seen, 20_000);
}
