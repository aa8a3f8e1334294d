//! Drawing a chart that has been laid out.

use std::fmt::Write as _;

use super::data::along;
use super::layout::{Area, BOLD, KEY, Layout, TITLE};
use super::svg::{Anchor, Svg, number, path};
use super::text::{truncated, wrapped};
use super::ticks;
use super::{CSS, Chart, Curve, Layer, Place, Point, Row, Scale, Series, Width};

/// Colours in the style sheet.
const COLOURS: usize = 7;
/// Dash patterns. Their number has no factor in common with that of the colours, so that 42
/// styles differ.
const DASHES: [&str; 6] = ["", "7 3", "2.5 2.5", "10 3 2 3", "14 4", "6 2 1.5 2 1.5 2"];
/// From how many pixels on an enclosure is drawn as a band.
const VISIBLE: f64 = 1.2;
const MARKER: f64 = 3.6;
/// Height of a line with the title of one of several charts.
const TITLE_ROOM: f64 = 32.0;
/// Font size of the title above several charts.
const HEADING: f64 = 17.0;

/// The chart as an SVG element; with its title and style sheet as a file.
pub(super) fn chart(chart: &Chart, width: Width, is_file: bool) -> String {
    let width = width.pixels();
    let layout = Layout::of(chart, width, is_file);
    let chart = chart.thinned(width as usize);
    let mut drawing = Drawing {
        styles: chart.styles(),
        chart: &chart,
        layout: &layout,
        svg: Svg::default(),
    };
    drawing.frame(is_file);
    drawing.grid();
    drawing.rows();
    drawing.plot();
    drawing.references();
    drawing.keys();
    for text in &layout.texts {
        let (at, anchor) = (text.at, text.anchor);
        drawing
            .svg
            .label(at, text.size, anchor, text.class, &text.text);
    }
    drawing.svg.finish()
}

/// Charts below each other, as one SVG file.
pub(super) fn stacked(title: &str, charts: &[Chart]) -> String {
    let pixels = Width::Wide.pixels();
    let parts: Vec<(String, f64)> = charts
        .iter()
        .map(|chart| {
            (
                self::chart(chart, Width::Wide, false),
                Layout::of(chart, pixels, false).height,
            )
        })
        .collect();
    let heading = wrapped(title, BOLD * HEADING, pixels - 12.0, 3);
    let head = 8.0 + 1.3 * HEADING * heading.len() as f64;
    let height = head + TITLE_ROOM * charts.len() as f64 + parts.iter().map(|p| p.1).sum::<f64>();
    let mut svg = Svg::default();
    let (w, h) = (number(pixels), number(height));
    let view = format!("0 0 {w} {h}");
    svg.open(
        "svg",
        &[
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("class", "chart"),
            ("viewBox", &view),
            ("role", "img"),
            ("aria-label", title),
            ("width", &w),
            ("height", &h),
        ],
    );
    svg.leaf("title", &[], title);
    svg.style(CSS);
    svg.empty("rect", &[("class", "bg"), ("width", &w), ("height", &h)]);
    let mut baseline = 6.0 + HEADING;
    for line in heading {
        svg.label((6.0, baseline), HEADING, Anchor::Start, "title", &line);
        baseline += 1.3 * HEADING;
    }
    let mut top = head;
    for (chart, (part, height)) in charts.iter().zip(&parts) {
        let text = truncated(&chart.title, BOLD * TITLE, pixels - 12.0);
        svg.label((6.0, top + 22.0), TITLE, Anchor::Start, "title", &text);
        top += TITLE_ROOM;
        let (y, own) = (number(top), number(*height));
        svg.open("svg", &[("y", &y), ("width", &w), ("height", &own)]);
        svg.part(part);
        svg.close();
        top += height;
    }
    svg.finish()
}

/// What the chart shows, for readers who do not see it.
fn description(chart: &Chart, layout: &Layout) -> String {
    let mut text = chart.caption.clone();
    let mut say = |sentence: String| {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&sentence);
    };
    for (direction, axis, range) in [
        ("Horizontal", &chart.x, layout.x_range),
        ("Vertical", &chart.y, layout.y_range),
    ] {
        if direction == "Vertical" && layout.plot.is_none() {
            continue;
        }
        let power = match axis.scale {
            Scale::Linear => "",
            Scale::Log10 => "powers of ten with exponents ",
        };
        let label = axis.label();
        say(format!(
            "{direction} axis: {label}, {power}from {} to {}.",
            rounded(range.0),
            rounded(range.1)
        ));
    }
    for layer in &chart.layers {
        say(match layer {
            Layer::Line(s) => format!("Line: {}.", s.name),
            Layer::Band(s) => format!("Band between lower and upper bounds: {}.", s.name),
            Layer::Markers(s) => format!("Markers: {}.", s.name),
            Layer::Curve(c) => format!("Curve: {}.", c.name),
            Layer::Places(c) => format!("Markers: {}.", c.name),
            Layer::Vertical { at, label } => {
                format!("Vertical line at {}: {label}.", spoken(*at, chart.x.scale))
            }
            Layer::Horizontal { at, label } => {
                format!(
                    "Horizontal line at {}: {label}.",
                    spoken(*at, chart.y.scale)
                )
            }
            Layer::Row(row) => format!("Timeline: {}, {} spans.", row.name, row.spans.len()),
        });
    }
    text
}

/// Five digits of a coordinate, for a description.
fn rounded(x: f64) -> String {
    let text = format!("{x:.4e}");
    text.parse().map_or(text, along)
}

/// The number at a coordinate, for a description.
fn spoken(coordinate: f64, scale: Scale) -> String {
    match scale {
        Scale::Linear => rounded(coordinate),
        Scale::Log10 => format!("10 to the power {}", rounded(coordinate)),
    }
}

struct Drawing<'a> {
    chart: &'a Chart,
    layout: &'a Layout,
    styles: Vec<usize>,
    svg: Svg,
}

/// The class of a style's colour.
fn colour(style: usize) -> String {
    format!("s{}", style % COLOURS)
}

/// The ends of a point's enclosure in pixels, the upper one first.
type Ends = (f64, f64, f64);

impl Drawing<'_> {
    fn frame(&mut self, is_file: bool) {
        let Layout { width, height, .. } = *self.layout;
        let view = format!("0 0 {} {}", number(width), number(height));
        let (w, h) = (number(width), number(height));
        let mut attributes = vec![
            ("class", "chart"),
            ("viewBox", view.as_str()),
            ("role", "img"),
            ("aria-label", &self.chart.title),
        ];
        if is_file {
            // The namespace is a name, not an address to load from.
            attributes.insert(0, ("xmlns", "http://www.w3.org/2000/svg"));
            attributes.extend([("width", w.as_str()), ("height", &h)]);
        }
        self.svg.open("svg", &attributes);
        self.svg.leaf("title", &[], &self.chart.title);
        let description = description(self.chart, self.layout);
        self.svg.leaf("desc", &[], &description);
        if is_file {
            self.svg.style(CSS);
        }
        self.svg
            .empty("rect", &[("class", "bg"), ("width", &w), ("height", &h)]);
    }

    /// The bottom of the plot and of the rows.
    fn bottom(&self) -> f64 {
        let rows = self.layout.rows.last().map(|(_, area)| area.bottom + 6.0);
        rows.or(self.layout.plot.map(|p| p.bottom)).unwrap_or(0.0)
    }

    fn top(&self) -> f64 {
        let rows = self.layout.rows.first().map(|(_, area)| area.top);
        self.layout.plot.map(|p| p.top).or(rows).unwrap_or(0.0)
    }

    fn grid(&mut self) {
        let layout = self.layout;
        let (top, bottom) = (self.top(), self.bottom());
        let mut grid = String::new();
        let mut marks = String::new();
        for tick in &layout.x_ticks {
            let x = layout.x.pixel(tick.at);
            grid += &path(&[(x, top), (x, bottom)]);
            marks += &path(&[(x, bottom), (x, bottom + 5.0)]);
        }
        if let Some(plot) = layout.plot {
            for tick in &layout.y_ticks {
                let y = layout.y.pixel(tick.at);
                grid += &path(&[(plot.left, y), (plot.right, y)]);
                marks += &path(&[(plot.left - 5.0, y), (plot.left, y)]);
            }
            if self.chart.y.scale == Scale::Log10 {
                for at in ticks::minor_log10(layout.y_range.0, layout.y_range.1) {
                    let y = layout.y.pixel(at);
                    marks += &path(&[(plot.left - 3.0, y), (plot.left, y)]);
                }
            }
            marks += &path(&[(plot.left, plot.top), (plot.left, plot.bottom)]);
        }
        if self.chart.x.scale == Scale::Log10 {
            for at in ticks::minor_log10(layout.x_range.0, layout.x_range.1) {
                let x = layout.x.pixel(at);
                marks += &path(&[(x, bottom), (x, bottom + 3.0)]);
            }
        }
        let (left, right) = layout.plot.map_or_else(
            || {
                layout
                    .rows
                    .first()
                    .map_or((0.0, 0.0), |(_, a)| (a.left, a.right))
            },
            |p| (p.left, p.right),
        );
        marks += &path(&[(left, bottom), (right, bottom)]);
        self.svg.empty("path", &[("class", "grid"), ("d", &grid)]);
        self.svg.empty("path", &[("class", "axis"), ("d", &marks)]);
    }

    /// An area that clips what is drawn into it; coordinates stay those of the chart.
    fn open_clipped(&mut self, area: Area) {
        let (x, y) = (number(area.left), number(area.top));
        let (w, h) = (number(area.width()), number(area.height()));
        let view = format!("{x} {y} {w} {h}");
        self.svg.open(
            "svg",
            &[
                ("x", &x),
                ("y", &y),
                ("width", &w),
                ("height", &h),
                ("viewBox", &view),
            ],
        );
    }

    fn rows(&mut self) {
        for (layer, area) in &self.layout.rows {
            let Layer::Row(row) = &self.chart.layers[*layer] else {
                continue;
            };
            let (x, y) = (number(area.left), number(area.top));
            let (w, h) = (number(area.width()), number(area.height()));
            let place = [("x", x.as_str()), ("y", &y), ("width", &w), ("height", &h)];
            let track = [("class", "track")].into_iter().chain(place);
            self.svg.empty("rect", &track.collect::<Vec<_>>());
            let class = format!("span {}", colour(self.styles[*layer]));
            let d = self.spans(row, *area);
            self.svg.empty("path", &[("class", &class), ("d", &d)]);
        }
    }

    /// The bars of a row; those less than half a pixel apart are one.
    fn spans(&self, row: &Row, area: Area) -> String {
        let mut spans: Vec<(f64, f64)> = row
            .spans
            .iter()
            .map(|(from, to)| (self.layout.x.pixel(*from), self.layout.x.pixel(*to)))
            .filter(|(from, to)| from <= to && *to >= area.left && *from <= area.right)
            .map(|(from, to)| (from.max(area.left), to.min(area.right)))
            // A single step is visible, too.
            .map(|(from, to)| (from, to.max(from + 1.5)))
            .collect();
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut joined: Vec<(f64, f64)> = Vec::new();
        for (from, to) in spans {
            match joined.last_mut() {
                Some(last) if from <= last.1 + 0.5 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        let mut d = String::new();
        for (from, to) in joined {
            let right = to.min(area.right);
            let from = from.min(right - 1.5);
            let _ = write!(
                d,
                "M{},{}h{}v{}h{}z",
                number(from),
                number(area.top),
                number(right - from),
                number(area.height()),
                number(from - right)
            );
        }
        d
    }

    fn plot(&mut self) {
        let Some(plot) = self.layout.plot else {
            return;
        };
        self.open_clipped(plot);
        if let Some(zero) = self.zero_line() {
            self.svg
                .line("leader", (plot.left, zero), (plot.right, zero));
        }
        let chart = self.chart;
        for (i, layer) in chart.layers.iter().enumerate() {
            if let Layer::Band(series) = layer {
                self.band(series, self.styles[i]);
            }
        }
        for (i, layer) in chart.layers.iter().enumerate() {
            match layer {
                Layer::Line(series) => self.line(series, self.styles[i]),
                Layer::Curve(curve) => self.curve(curve, self.styles[i]),
                // Below, above, or outside of the plot.
                Layer::Band(_)
                | Layer::Markers(_)
                | Layer::Places(_)
                | Layer::Row(_)
                | Layer::Vertical { .. }
                | Layer::Horizontal { .. } => {}
            }
        }
        for (i, layer) in chart.layers.iter().enumerate() {
            match layer {
                Layer::Markers(series) => {
                    let points = series.points.iter().filter(|p| p.x.is_finite());
                    let places: Vec<Place> = points
                        .map(|p| Place {
                            x: (p.x, p.x),
                            y: (p.lower, p.upper),
                        })
                        .collect();
                    self.markers(&places, self.styles[i]);
                }
                Layer::Places(curve) => self.markers(&curve.places, self.styles[i]),
                _ => {}
            }
        }
        self.svg.close();
    }

    /// A place in pixels: left, top, right, bottom.
    fn corners(&self, place: &Place) -> Area {
        Area {
            left: self.layout.x.pixel(place.x.0),
            top: self.layout.y.pixel(place.y.1),
            right: self.layout.x.pixel(place.x.1),
            bottom: self.layout.y.pixel(place.y.0),
        }
    }

    fn curve(&mut self, curve: &Curve, style: usize) {
        let (mut run, mut boxes) = (Vec::new(), String::new());
        for place in &curve.places {
            if !place.is_known() {
                self.stroke(&std::mem::take(&mut run), style);
                continue;
            }
            let area = self.corners(place);
            if area.width() >= VISIBLE || area.height() >= VISIBLE {
                let (x, y) = (number(area.left), number(area.top));
                let (w, h) = (number(area.width()), number(area.height()));
                let _ = write!(boxes, "M{x},{y}h{w}v{h}h-{w}z");
            }
            run.push((
                f64::midpoint(area.left, area.right),
                f64::midpoint(area.top, area.bottom),
            ));
        }
        if !boxes.is_empty() {
            let class = format!("band {}", colour(style));
            self.svg.empty("path", &[("class", &class), ("d", &boxes)]);
        }
        self.stroke(&run, style);
    }

    /// What separates the number 0 from a logarithmic axis.
    fn zero_line(&self) -> Option<f64> {
        let plot = self.layout.plot?;
        let end = self.layout.y.pixel(self.layout.y_range.0);
        (end < plot.bottom - 1.0).then_some(end)
    }

    fn ends(&self, point: &Point) -> Ends {
        (
            self.layout.x.pixel(point.x),
            self.layout.y.pixel(point.upper),
            self.layout.y.pixel(point.lower),
        )
    }

    /// The middle of an enclosure in pixels, if it is bounded or the number 0.
    fn middle(&self, point: &Point) -> Option<(f64, f64)> {
        let is_zero = point.upper == f64::NEG_INFINITY;
        let is_bounded = point.lower.is_finite() && point.upper.is_finite();
        if !(is_zero || is_bounded) {
            return None;
        }
        let (x, upper, lower) = self.ends(point);
        Some((x, f64::midpoint(upper, lower)))
    }

    fn stroke(&mut self, points: &[(f64, f64)], style: usize) {
        let class = format!("line {}", colour(style));
        // A single point as a short dash.
        let d = match points {
            [] => return,
            [(x, y)] => path(&[(x - 2.0, *y), (x + 2.0, *y)]),
            points => path(points),
        };
        self.dashed(&class, &d, style);
    }

    /// A path with the dashes of a style.
    fn dashed(&mut self, class: &str, d: &str, style: usize) {
        let mut attributes = vec![("class", class), ("d", d)];
        let dashes = DASHES[style % DASHES.len()];
        if !dashes.is_empty() {
            attributes.push(("stroke-dasharray", dashes));
        }
        self.svg.empty("path", &attributes);
    }

    fn line(&mut self, series: &Series, style: usize) {
        let mut run = Vec::new();
        for point in series.points.iter().filter(|p| p.x.is_finite()) {
            match self.middle(point) {
                Some(middle) => run.push(middle),
                None => self.stroke(&std::mem::take(&mut run), style),
            }
        }
        self.stroke(&run, style);
    }

    fn band(&mut self, series: &Series, style: usize) {
        let points = series.points.iter().filter(|p| p.x.is_finite());
        let ends: Vec<Ends> = points.map(|p| self.ends(p)).collect();
        let visible = |i: usize| ends[i].2 - ends[i].1 >= VISIBLE;
        let mut from = 0;
        while from < ends.len() {
            let is_band = visible(from);
            let to = (from..ends.len())
                .find(|i| visible(*i) != is_band)
                .unwrap_or(ends.len());
            if is_band {
                // With its neighbours on both sides, so that nothing is left out between them.
                let run = &ends[from.saturating_sub(1)..(to + 1).min(ends.len())];
                self.area(run, style);
            } else {
                let run: Vec<_> = ends[from..to]
                    .iter()
                    .map(|(x, upper, lower)| (*x, f64::midpoint(*upper, *lower)))
                    .collect();
                if run.len() > 1 || ends.len() == 1 {
                    self.stroke(&run, style);
                }
            }
            from = to;
        }
    }

    fn area(&mut self, run: &[Ends], style: usize) {
        let mut outline: Vec<(f64, f64)> = run.iter().map(|(x, upper, _)| (*x, *upper)).collect();
        outline.extend(run.iter().rev().map(|(x, _, lower)| (*x, *lower)));
        if let [(x, upper, lower)] = run {
            outline = vec![
                (x - 1.5, *upper),
                (x + 1.5, *upper),
                (x + 1.5, *lower),
                (x - 1.5, *lower),
            ];
        }
        let class = format!("band {}", colour(style));
        self.dashed(&class, &(path(&outline) + "z"), style);
    }

    fn markers(&mut self, places: &[Place], style: usize) {
        let (mut marks, mut bars) = (String::new(), String::new());
        let mut seen = std::collections::BTreeSet::new();
        for place in places {
            let area = self.corners(place);
            let (x, y) = (
                f64::midpoint(area.left, area.right),
                f64::midpoint(area.top, area.bottom),
            );
            if area.height() >= VISIBLE {
                bars += &path(&[(x, area.top), (x, area.bottom)]);
            }
            if area.width() >= VISIBLE {
                bars += &path(&[(area.left, y), (area.right, y)]);
            }
            // The number 0 has a place on a logarithmic axis.
            let is_zero = place.y.1 == f64::NEG_INFINITY && place.x.0.is_finite();
            if !(is_zero || place.is_known()) {
                continue;
            }
            // One marker where several would cover each other.
            if seen.insert((x.round() as i64, y.round() as i64)) {
                marks += &marker(style, (x, y));
            }
        }
        if !bars.is_empty() {
            let class = format!("edge {}", colour(style));
            self.svg.empty("path", &[("class", &class), ("d", &bars)]);
        }
        let class = format!("mark {}", colour(style));
        self.svg.empty("path", &[("class", &class), ("d", &marks)]);
    }

    fn references(&mut self) {
        let bottom = self.bottom();
        for reference in &self.layout.verticals {
            let (from, to) = ((reference.at, reference.label), (reference.at, bottom));
            self.svg.line("reference", from, to);
        }
        let Some(plot) = self.layout.plot else {
            return;
        };
        for reference in &self.layout.horizontals {
            let (from, to) = ((plot.left, reference.at), (plot.right, reference.at));
            self.svg.line("reference", from, to);
            if reference.label.is_finite() {
                let to = (plot.right + 9.0, reference.label);
                let d = path(&[
                    (plot.right, reference.at),
                    (plot.right + 3.0, reference.at),
                    to,
                ]);
                self.svg.empty("path", &[("class", "leader"), ("d", &d)]);
            }
        }
    }

    fn keys(&mut self) {
        let chart = self.chart;
        for key in &self.layout.keys {
            let (x, y) = key.at;
            for layer in &key.layers {
                let style = self.styles[*layer];
                match &chart.layers[*layer] {
                    Layer::Line(_) | Layer::Curve(_) => {
                        self.stroke(&[(x, y), (x + KEY, y)], style);
                    }
                    Layer::Band(_) => {
                        let run = [(x, y - 4.5, y + 4.5), (x + KEY, y - 4.5, y + 4.5)];
                        self.area(&run, style);
                        self.stroke(&[(x, y), (x + KEY, y)], style);
                    }
                    Layer::Markers(_) | Layer::Places(_) => {
                        let class = format!("mark {}", colour(style));
                        let d = marker(style, (x + KEY / 2.0, y));
                        self.svg.empty("path", &[("class", &class), ("d", &d)]);
                    }
                    _ => self.svg.line("reference", (x, y), (x + KEY, y)),
                }
            }
        }
    }
}

/// The outline of a marker: of one of six shapes, so that 42 styles differ.
fn marker(style: usize, (x, y): (f64, f64)) -> String {
    let r = MARKER;
    let polygon = |corners: &[(f64, f64)]| {
        let corners: Vec<_> = corners
            .iter()
            .map(|(u, v)| (x + r * u, y + r * v))
            .collect();
        path(&corners) + "z"
    };
    match style % 6 {
        0 => {
            let (left, d) = (path(&[(x - r, y)]), 2.0 * r);
            let r = number(r);
            format!(
                "{left}a{r},{r} 0 1 0 {},0a{r},{r} 0 1 0 {},0z",
                number(d),
                number(-d)
            )
        }
        1 => polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        2 => polygon(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
        3 => polygon(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
        4 => polygon(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
        _ => path(&[(x - r, y - r), (x + r, y + r)]) + &path(&[(x - r, y + r), (x + r, y - r)]),
    }
}
