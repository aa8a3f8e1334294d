//! Thinning: what is kept are points of the stream, and no extreme is hidden.

use edgecert::report::chart::{Axis, Chart, Layer, Point, Row, Scale, Series, Thinner};
use proptest::prelude::*;

fn thin(points: &[Point], columns: usize) -> Series {
    let mut thinner = Thinner::new(columns);
    points.iter().for_each(|p| thinner.push(*p));
    thinner.finish("thinned")
}

/// Every point has, no further from it than a column is wide, kept points that reach as low and
/// as high.
fn check(points: &[Point], columns: usize) -> Result<(), TestCaseError> {
    let series = thin(points, columns);
    prop_assert_eq!(series.seen, points.len() as u64);
    prop_assert!(series.points.len() <= 4 * (2 * columns + 1));
    for kept in &series.points {
        prop_assert!(points.contains(kept));
    }
    let low = points.iter().map(|p| p.x).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|p| p.x).fold(f64::NEG_INFINITY, f64::max);
    let column = (high - low) / columns as f64 * (1.0 + 1e-9);
    for p in points {
        let near = || series.points.iter().filter(|k| (k.x - p.x).abs() <= column);
        prop_assert!(near().any(|k| k.lower <= p.lower), "{:?}", p);
        prop_assert!(near().any(|k| k.upper >= p.upper), "{:?}", p);
    }
    let ends = |points: &[Point]| {
        points
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |e, p| {
                (e.0.min(p.lower), e.1.max(p.upper))
            })
    };
    prop_assert_eq!(ends(points), ends(&series.points));
    prop_assert!(series.points.iter().any(|k| k.x == low));
    prop_assert!(series.points.iter().any(|k| k.x == high));
    if points.len() > 4 * columns {
        prop_assert!(series.points.is_sorted_by(|a, b| a.x <= b.x));
    } else {
        prop_assert_eq!(&series.points, points);
    }
    Ok(())
}

fn y() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -1e3..1e3f64,
        1 => Just(f64::NEG_INFINITY),
        1 => Just(f64::INFINITY),
    ]
}

proptest! {
    #[test]
    fn no_extreme_of_evenly_spaced_points_is_hidden(
        ends in prop::collection::vec((y(), y()), 1..600),
        columns in 1..20usize,
    ) {
        let points: Vec<_> = (0u32..)
            .zip(ends)
            .map(|(x, (a, b))| Point::new(f64::from(x), a.min(b), a.max(b)))
            .collect();
        check(&points, columns)?;
    }

    #[test]
    fn nor_of_points_anywhere(
        points in prop::collection::vec((-1e6..1e6f64, y(), 1..4i32), 1..400),
        columns in 1..20usize,
    ) {
        // Spread over many sizes, and in any order.
        let points: Vec<_> = points
            .into_iter()
            .map(|(x, y, power)| Point::exact(x * x.abs().powi(power), y))
            .collect();
        check(&points, columns)?;
    }
}

#[test]
fn a_single_spike_among_a_million_points_is_kept() {
    let mut thinner = Thinner::new(500);
    for t in 0..1_000_000u32 {
        let y = if t == 654_321 { 1e6 } else { f64::from(t % 7) };
        thinner.push(Point::exact(f64::from(t), y));
    }
    let series = thinner.finish("spike");
    assert!(series.points.contains(&Point::exact(654_321.0, 1e6)));
    assert!(series.points.len() <= 4 * 1001);
    assert_eq!(series.seen, 1_000_000);
}

#[test]
fn all_points_at_one_place_are_a_column() {
    let points: Vec<_> = (0..100).map(|i| Point::exact(5.0, f64::from(i))).collect();
    let series = thin(&points, 4);
    let y: Vec<_> = series.points.iter().map(|p| p.lower).collect();
    assert_eq!(y, [0.0, 99.0]);
}

#[test]
fn points_nowhere_are_left_out() {
    let nowhere = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(|x| Point::exact(x, 1.0));
    let series = thin(&nowhere, 4);
    assert_eq!((series.seen, series.points.len()), (0, 0));
}

#[test]
fn a_thinned_chart_says_so_and_joins_only_close_spans() {
    let axis = || Axis::new("x", "", Scale::Linear);
    let spans = (0..10_000)
        .map(f64::from)
        .filter(|x| !(2_000.0..3_000.0).contains(x))
        .map(|x| (x, x + 0.5))
        .collect();
    let points = (0..10_000)
        .map(|x| Point::exact(f64::from(x), f64::from(x % 100)))
        .collect();
    let chart = Chart::new("thinned", axis(), axis())
        .layer(Layer::Line(Series::new("line", points)))
        .layer(Layer::Row(Row::new("row", spans)));
    let note = chart.thinning().unwrap();
    assert!(
        note.contains("of 10\u{202f}000 points") && note.contains("Spans"),
        "{note}"
    );
    let thinned = chart.thinned(100);
    let Layer::Row(row) = &thinned.layers[1] else {
        panic!("{thinned:?}")
    };
    assert_eq!(row.spans, [(0.0, 1999.5), (3000.0, 9999.5)]);
    assert_eq!(row.seen, 9_000);
    let few = chart.thinned(10_000);
    assert_eq!(few, chart);
}
