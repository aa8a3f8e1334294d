//! The picture: well-formed, nothing on top of each other, small.

use edgecert::report::chart::{Axis, Chart, Layer, Point, Row, Scale, Series, Width};
use roxmltree::{Document, Node};

use crate::examples;

/// Advance widths of the printable ASCII characters in a wide sans-serif font, in thousandths
/// of the font size.
const ADVANCES: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

fn advance(c: char) -> f64 {
    let ascii = (c as usize).checked_sub(32).and_then(|i| ADVANCES.get(i));
    match (ascii, c) {
        (Some(width), _) => f64::from(*width) / 1000.0,
        (None, '\u{202f}') => 0.2,
        (None, '·' | '₁' | '⁰' | '³' | '⁵') => 0.41,
        (None, '…') => 1.0,
        (None, c) if c.is_alphabetic() => 0.66,
        (None, _) => 0.84,
    }
}

fn float(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name)
        .map_or(0.0, |text| text.parse().unwrap())
}

#[derive(Debug)]
struct Box {
    text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

fn boxes(document: &Document<'_>) -> Vec<Box> {
    let texts = document
        .descendants()
        .filter(|n| n.tag_name().name() == "text");
    texts
        .map(|node| {
            let size = float(node, "font-size");
            let mut width = 0.0;
            let mut text = String::new();
            for part in node.descendants().filter(Node::is_text) {
                let own = part.parent().unwrap();
                let part = part.text().unwrap_or_default();
                width += float(own, "font-size") * part.chars().map(advance).sum::<f64>();
                text.push_str(part);
            }
            if node.attribute("class") == Some("title") {
                width *= 1.1;
            }
            let (x, y) = (float(node, "x"), float(node, "y"));
            let left = match node.attribute("text-anchor") {
                None => x,
                Some("middle") => x - width / 2.0,
                Some(other) => {
                    assert_eq!(other, "end");
                    x - width
                }
            };
            Box {
                text,
                left,
                right: left + width,
                top: y - 0.8 * size,
                bottom: y + 0.24 * size,
            }
        })
        .collect()
}

fn parse(svg: &str) -> Document<'_> {
    Document::parse(svg).unwrap_or_else(|e| panic!("{e}: {svg}"))
}

/// No text covers another or leaves the picture.
fn check_texts(name: &str, svg: &str) {
    let document = parse(svg);
    let view: Vec<f64> = document
        .root_element()
        .attribute("viewBox")
        .unwrap()
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    let boxes = boxes(&document);
    assert!(boxes.len() > 3, "{name} has hardly any text");
    for (i, a) in boxes.iter().enumerate() {
        assert!(
            a.left >= 0.0 && a.right <= view[2] && a.top >= 0.0 && a.bottom <= view[3],
            "{name}: {a:?} is not within {view:?}"
        );
        for b in &boxes[i + 1..] {
            let apart =
                a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
            assert!(apart, "{name}: {a:?} and {b:?}");
        }
    }
}

#[test]
fn no_text_covers_another() {
    for (name, chart) in examples::all() {
        check_texts(name, &chart.figure());
        for width in [Width::Wide, Width::Narrow] {
            check_texts(name, &chart.inline(width));
        }
    }
}

#[test]
fn no_text_covers_another_for_any_range() {
    for (scale, lower, upper) in [
        (Scale::Linear, 0.0, 1.0),
        (Scale::Linear, -1e9, 1e9),
        (Scale::Linear, 2.0 - 1e-9, 2.0 + 1e-9),
        (Scale::Linear, 0.0, 1e-300),
        (Scale::Linear, -1e308, 1e308),
        (Scale::Linear, 123_456_789.0, 123_456_790.0),
        (Scale::Log10, -5000.0, 0.0),
        (Scale::Log10, -0.3, 0.3),
        (Scale::Log10, -1239.001, -1239.0),
        (Scale::Log10, -2.2, 3.1),
    ] {
        let (lower_point, upper_point) = (Point::exact(lower, lower), Point::exact(upper, upper));
        let axis = || Axis::new("name", "unit", scale);
        let series = Series::new("series", vec![lower_point, upper_point]);
        let mut chart = Chart::new("range", axis(), axis()).layer(Layer::Line(series));
        for part in [0.0, 0.01, 0.5, 0.55, 0.99, 1.0] {
            let at = lower + (upper / 4.0 - lower / 4.0) * 4.0 * part;
            if at.is_finite() {
                chart = chart
                    .layer(Layer::vertical(at, format!("vertical {part}")))
                    .layer(Layer::horizontal(at, format!("horizontal line {part}")));
            }
        }
        let name = format!("{scale:?} {lower} {upper}");
        check_texts(&name, &chart.figure());
        check_texts(&name, &chart.inline(Width::Narrow));
    }
}

#[test]
fn a_crowd_of_reference_lines_goes_to_the_legend() {
    let axis = || Axis::new("x", "", Scale::Linear);
    let points = vec![Point::exact(0.0, 0.0), Point::exact(100.0, 1.0)];
    let mut chart =
        Chart::new("crowd", axis(), axis()).layer(Layer::Line(Series::new("s", points)));
    for i in 0..30 {
        chart = chart
            .layer(Layer::vertical(50.0 + f64::from(i), format!("event {i}")))
            .layer(Layer::horizontal(f64::from(i) / 40.0, format!("level {i}")));
    }
    for svg in [chart.figure(), chart.inline(Width::Narrow)] {
        check_texts("crowd", &svg);
        let document = parse(&svg);
        let texts: Vec<_> = boxes(&document).into_iter().map(|b| b.text).collect();
        for i in 0..30 {
            assert!(texts.contains(&format!("event {i}")), "event {i}");
            assert!(texts.contains(&format!("level {i}")), "level {i}");
        }
    }
}

#[test]
fn text_is_escaped() {
    let figure = examples::mixed().figure();
    let document = parse(&figure);
    let root = document.root_element();
    let of = |name: &str| {
        let node = root.children().find(|n| n.tag_name().name() == name);
        node.and_then(|n| n.text()).unwrap_or_default().to_string()
    };
    let title = examples::mixed().title;
    assert!(title.contains('<') && title.contains('&') && title.contains('"'));
    assert_eq!(of("title"), title);
    assert_eq!(root.attribute("aria-label"), Some(title.as_str()));
    assert_eq!(root.attribute("role"), Some("img"));
    assert!(of("desc").starts_with("Nothing is known from 60 to 80."));
    let texts: Vec<_> = boxes(&document).into_iter().map(|b| b.text).collect();
    assert!(
        texts.contains(&"a < b & c > \"d\"".to_string()),
        "{texts:?}"
    );
    assert!(texts.contains(&"<lost>".to_string()), "{texts:?}");
    assert!(
        !document
            .descendants()
            .any(|n| n.tag_name().name() == "tags")
    );
}

/// Path data of the elements with a class.
fn paths(document: &Document<'_>, class: &str) -> Vec<String> {
    document
        .descendants()
        .filter(|n| {
            n.attribute("class")
                .is_some_and(|c| c.split(' ').any(|c| c == class))
        })
        .filter_map(|n| n.attribute("d").map(str::to_string))
        .collect()
}

/// The points a path runs through.
fn points(d: &str) -> Vec<(f64, f64)> {
    let mut at = (0.0, 0.0);
    d.trim_end_matches('z')
        .split(['M', 'l'])
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (dx, dy) = part.split_once(',').unwrap();
            at = (
                at.0 + dx.parse::<f64>().unwrap(),
                at.1 + dy.parse::<f64>().unwrap(),
            );
            at
        })
        .collect()
}

#[test]
fn a_band_is_filled_where_it_is_visible_and_a_line_elsewhere() {
    let axis = || Axis::new("x", "", Scale::Linear).between(0.0, 100.0);
    let wide = |x: f64| if x < 50.0 { 0.0 } else { 20.0 };
    let data: Vec<_> = (0..=100)
        .map(f64::from)
        .map(|x| Point::new(x, 40.0 - wide(x), 40.0 + wide(x)))
        .collect();
    let chart = Chart::new("band", axis(), axis()).layer(Layer::Band(Series::new("b", data)));
    let svg = chart.inline(Width::Wide);
    let document = parse(&svg);
    let plot = document
        .descendants()
        .find(|n| n.tag_name().name() == "svg" && n.attribute("x").is_some())
        .unwrap();
    let (left, top) = (float(plot, "x"), float(plot, "y"));
    let (width, height) = (float(plot, "width"), float(plot, "height"));
    let x = |p: &(f64, f64)| (p.0 - left) / width * 100.0;
    let y = |p: &(f64, f64)| 100.0 - (p.1 - top) / height * 100.0;
    let bands = paths(&document, "band");
    // The first one is in the plot, the second the key of the legend.
    let band = points(&bands[0]);
    let (lowest, highest) = band
        .iter()
        .fold((100.0f64, 0.0f64), |(l, h), p| (l.min(y(p)), h.max(y(p))));
    assert!((lowest - 20.0).abs() < 0.1 && (highest - 60.0).abs() < 0.1);
    let start = band.iter().map(x).fold(100.0, f64::min);
    assert!((48.5..49.5).contains(&start), "{start}");
    let line = points(&paths(&document, "line")[0]);
    assert!(
        line.iter()
            .all(|p| (y(p) - 40.0).abs() < 0.1 && x(p) < 50.0)
    );
}

#[test]
fn series_differ_by_more_than_colour() {
    let axis = || Axis::new("x", "", Scale::Linear);
    let mut chart = Chart::new("styles", axis(), axis());
    for i in 0..42 {
        let points = vec![
            Point::exact(0.0, f64::from(i)),
            Point::exact(1.0, f64::from(i)),
        ];
        chart = chart.layer(Layer::Line(Series::new(format!("s{i}"), points)));
    }
    let svg = chart.inline(Width::Wide);
    let document = parse(&svg);
    let styles: Vec<_> = document
        .descendants()
        .filter(|n| n.attribute("class").is_some_and(|c| c.starts_with("line ")))
        .map(|n| (n.attribute("class"), n.attribute("stroke-dasharray")))
        .take(42)
        .collect();
    let distinct: std::collections::BTreeSet<_> = styles.iter().collect();
    assert_eq!(distinct.len(), 42);
    for pair in styles.windows(2) {
        assert!(pair[0].0 != pair[1].0 && pair[0].1 != pair[1].1, "{pair:?}");
    }
}

#[test]
fn zero_has_a_place_on_a_logarithmic_axis() {
    let svg = examples::underflow().figure();
    let document = parse(&svg);
    let boxes = boxes(&document);
    let zero = boxes
        .iter()
        .filter(|b| b.text == "0")
        .max_by(|a, b| b.left.total_cmp(&a.left));
    let zero = zero.expect("a label 0 on the vertical axis");
    let lowest = paths(&document, "line")
        .iter()
        .flat_map(|d| points(d))
        .map(|p| p.1)
        .fold(0.0, f64::max);
    assert!(
        zero.top < lowest && lowest < zero.bottom,
        "{zero:?} {lowest}"
    );
    // Without a 0 in the data there is none on the axis.
    let deep = examples::deep().figure();
    let labels = self::boxes(&parse(&deep));
    assert_eq!(labels.iter().filter(|b| b.text == "0").count(), 1);
}

#[test]
fn a_million_points_make_a_small_picture() {
    let axis = || Axis::new("x", "", Scale::Linear);
    let mut noise = 1u32;
    let data: Vec<_> = (0..1_000_000u32)
        .map(|x| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let y = f64::from(noise >> 8);
            Point::new(f64::from(x), y - 1e6, y + 1e6)
        })
        .collect();
    for layer in [Layer::Line, Layer::Band, Layer::Markers] {
        let chart =
            Chart::new("noise", axis(), axis()).layer(layer(Series::new("noise", data.clone())));
        let svg = chart.figure();
        parse(&svg);
        assert!(svg.len() < 400_000, "{} bytes", svg.len());
        let csv = chart.thinned(400).csv();
        assert!(csv.len() < 250_000, "{} bytes", csv.len());
    }
}

#[test]
fn a_row_shows_what_is_in_range_and_single_steps() {
    let chart = Chart::new(
        "rows",
        Axis::new("x", "", Scale::Linear).between(0.0, 100.0),
        Axis::new("row", "", Scale::Linear),
    )
    .layer(Layer::Row(Row::new(
        "r",
        vec![(-50.0, -10.0), (50.0, 50.0), (90.0, 500.0)],
    )));
    let svg = chart.inline(Width::Wide);
    let document = parse(&svg);
    let track = document
        .descendants()
        .find(|n| n.attribute("class") == Some("track"))
        .unwrap();
    let (left, width) = (float(track, "x"), float(track, "width"));
    let d = paths(&document, "span").remove(0);
    let bars: Vec<(f64, f64)> = d
        .split('M')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (x, rest) = part.split_once(',').unwrap();
            let wide = rest.split(['h', 'v']).nth(1).unwrap();
            (x.parse().unwrap(), wide.parse().unwrap())
        })
        .collect();
    assert_eq!(bars.len(), 2, "{d}");
    assert!((bars[0].0 - (left + width / 2.0)).abs() < 0.2 && bars[0].1 >= 1.5);
    assert!((bars[1].0 + bars[1].1 - (left + width)).abs() < 0.2, "{d}");
}

#[test]
fn csv_quotes_what_needs_it() {
    let chart = Chart::new(
        "t",
        Axis::new("a,b", "", Scale::Linear),
        Axis::new("y", "", Scale::Log10),
    )
    .layer(Layer::Line(Series::new(
        "say \"x\", twice",
        vec![Point::exact(1.5, -2.0)],
    )))
    .layer(Layer::vertical(3.0, "v"))
    .layer(Layer::horizontal(1.0, "h"))
    .layer(Layer::Row(Row::new("r", vec![(1.0, 2.0)])));
    assert_eq!(
        chart.csv(),
        "series,kind,\"a,b\",to,y: lower end,y: upper end,log10 of lower end,log10 of upper end\n\
         \"say \"\"x\"\", twice\",line,1.5,,0.009999999999999,0.01000000000001,-2,-2\n\
         v,vertical line,3,,,,,\n\
         h,horizontal line,,,9.999999999999,10.00000000001,1,1\n\
         r,row,1,2,,,,\n"
    );
}
