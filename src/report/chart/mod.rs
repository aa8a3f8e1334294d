//! Charts of certified data, as SVG, CSV and JSON.
//!
//! A [`Chart`] is a declaration: two axes and layers of data. [`Chart::figure`] draws it as a
//! file of its own, [`Chart::inline`] as a part of a page, [`Chart::csv`] and [`Chart::json`]
//! give its data. Nothing that is drawn needs a script.
//!
//! *Coordinates.* Data are given in the coordinates of the axis: the number itself on a
//! [`Scale::Linear`] axis, its decadic logarithm on a [`Scale::Log10`] axis, so that 10⁻³⁵⁰⁰ is
//! the ordinary f64 −3500. [`coordinates`] makes them from enclosures, rounded outward.
//!
//! ```
//! use edgecert::number::Interval;
//! use edgecert::report::chart::{Axis, Chart, Layer, Scale, Thinner};
//!
//! let y = Axis::new("|β₁|", "", Scale::Log10);
//! let mut thinner = Thinner::new(600);
//! for step in 0..10_000u32 {
//!     let enclosure = Interval::from_rational(&rug::Rational::from((1, step + 1)));
//!     thinner.push(y.point(f64::from(step), &enclosure));
//! }
//! let chart = Chart::new("β₁ shrinks", Axis::new("step t", "", Scale::Linear), y)
//!     .caption("Certified enclosure of |β₁|.")
//!     .layer(Layer::Band(thinner.finish("gradient descent")))
//!     .layer(Layer::vertical(74.0, "first edge crossing"));
//! assert!(chart.figure().starts_with("<svg"));
//! assert!(chart.csv().starts_with("series,"));
//! ```

// Drawn by own code, not with `plotters`: its log ticks are wrong and end with the range of f64,
// and its SVG has fixed colours, no dashes, title or description, and would have to be rewritten.

pub mod coordinates;
mod curve;
mod data;
mod draw;
mod layout;
mod mark;
mod svg;
mod text;
mod thinner;
pub mod ticks;

pub use curve::{Curve, Place, Tracer};
pub use thinner::{Enclosed, Sample, Thinner};

use crate::number::Interval;

/// The style sheet of charts, for the pages they are part of. It colours by class, for light
/// and dark.
pub const CSS: &str = include_str!("chart.css");

/// How numbers are laid out along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly; a coordinate is the number itself.
    Linear,
    /// Powers of ten evenly; a coordinate is the decadic logarithm of a number, and −∞ that of 0.
    Log10,
}

/// The largest η·S that pictures of what happens around the edge, 2, show.
pub const MOST_ETA_SHARPNESS: f64 = 12.0;

/// One of the two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is shown, as `step t`.
    pub name: String,
    /// Its unit; empty for a pure number.
    pub unit: String,
    /// The scale, which says what coordinates on this axis mean.
    pub scale: Scale,
    /// Least and largest coordinate shown; from the data where it is `None`.
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// An axis whose range is that of the data. Pure numbers have the unit `""`.
    pub fn new(name: impl Into<String>, unit: impl Into<String>, scale: Scale) -> Self {
        Axis {
            name: name.into(),
            unit: unit.into(),
            scale,
            range: None,
        }
    }

    /// Shows the coordinates from `lower` to `upper`, and nothing outside. Ends that are not
    /// finite or in the wrong order leave the range to the data.
    pub fn between(mut self, lower: f64, upper: f64) -> Self {
        let valid = lower.is_finite() && upper.is_finite() && lower < upper;
        self.range = valid.then_some((lower, upper));
        self
    }

    /// A linear axis that shows what is within ±`most`, if not everything is, and what the
    /// caption says of the rest.
    pub fn within(self, series: &[&Series], most: f64) -> (Self, &'static str) {
        let ends = || {
            let points = series.iter().flat_map(|s| &s.points);
            points.flat_map(|p| [p.lower, p.upper])
        };
        if ends().all(|end| end.abs() <= most) {
            return (self, "");
        }
        let inside = || ends().filter(|end| end.abs() <= most);
        let low = inside().fold(f64::INFINITY, f64::min).min(0.0);
        let high = inside().fold(f64::NEG_INFINITY, f64::max).max(0.0);
        let room = 0.04 * (high - low);
        (
            self.between(low - room, high + room),
            " Larger numbers leave the picture.",
        )
    }

    /// A point whose y coordinates on this axis enclose `value`.
    pub fn point(&self, x: f64, value: &Interval) -> Point {
        let (lower, upper) = coordinates::of(value, self.scale);
        Point::new(x, lower, upper)
    }

    /// Name and unit, as `time t (s)`.
    pub(crate) fn label(&self) -> String {
        if self.unit.is_empty() {
            self.name.clone()
        } else {
            format!("{} ({})", self.name, self.unit)
        }
    }
}

/// A point: one x coordinate, and the ends of an enclosure as y coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where it is along the x axis. Points at an infinity or NaN are not drawn.
    pub x: f64,
    /// The lower end; may be −∞.
    pub lower: f64,
    /// The upper end; may be +∞.
    pub upper: f64,
}

impl Point {
    /// A point with an enclosure. Ends that are NaN or in the wrong order are unknown: −∞ and +∞.
    pub fn new(x: f64, lower: f64, upper: f64) -> Self {
        if lower <= upper {
            Point { x, lower, upper }
        } else {
            Point {
                x,
                lower: f64::NEG_INFINITY,
                upper: f64::INFINITY,
            }
        }
    }

    /// A point known exactly, or an observation.
    pub fn exact(x: f64, y: f64) -> Self {
        Point::new(x, y, y)
    }
}

/// Named points.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the legend says.
    pub name: String,
    /// The points, in the order in which a line runs through them.
    pub points: Vec<Point>,
    /// How many points there were before thinning.
    pub seen: u64,
    /// Colour, dashes and marker; `None` for the first that no other layer uses. Layers that
    /// show the same thing may share one.
    pub style: Option<usize>,
}

impl Series {
    /// All points of a series.
    pub fn new(name: impl Into<String>, points: Vec<Point>) -> Self {
        Series {
            name: name.into(),
            seen: points.len() as u64,
            points,
            style: None,
        }
    }

    /// The same with a style of its own choice.
    pub fn styled(mut self, style: usize) -> Self {
        self.style = Some(style);
        self
    }

    /// At most eight points for each of `columns` parts of the range of x, chosen as
    /// [`Thinner`] does; all of them if there are no more than four.
    fn thinned(&self, columns: usize) -> Self {
        let mut thinner = Thinner::new(columns);
        self.points.iter().for_each(|&p| thinner.push(p));
        let thinned = thinner.finish(self.name.clone());
        Series {
            seen: self.seen,
            style: self.style,
            ..thinned
        }
    }
}

/// A row of a timeline: when something holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What holds.
    pub name: String,
    /// Coordinates from which and to which it holds.
    pub spans: Vec<(f64, f64)>,
    /// How many spans there were before close ones were joined.
    pub seen: u64,
    /// As [`Series::style`].
    pub style: Option<usize>,
}

impl Row {
    /// A row.
    pub fn new(name: impl Into<String>, spans: Vec<(f64, f64)>) -> Self {
        Row {
            name: name.into(),
            seen: spans.len() as u64,
            spans,
            style: None,
        }
    }

    /// Spans that are no more than 1/`columns` of the whole apart become one, if there are more
    /// than four for each of so many columns.
    fn thinned(&self, columns: usize) -> Self {
        if self.spans.len() <= 4 * columns {
            return self.clone();
        }
        let mut spans = self.spans.clone();
        spans.retain(|(from, to)| from <= to);
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        let start = spans.first().map_or(0.0, |s| s.0);
        let end = spans.iter().fold(start, |end, s| end.max(s.1));
        let part = (end - start) / columns.max(1) as f64;
        let mut joined: Vec<(f64, f64)> = Vec::new();
        for (from, to) in spans {
            match joined.last_mut() {
                Some(last) if from <= last.1 + part => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Row {
            spans: joined,
            ..self.clone()
        }
    }
}

/// Something drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// A line through the middle of each enclosure; it is interrupted where one is unbounded.
    Line(Series),
    /// What the enclosures cover; where that is thinner than a line, a line.
    Band(Series),
    /// A marker at the middle of each enclosure, with a bar from end to end where they are apart.
    Markers(Series),
    /// A line through places in their order, which may run back and forth; boxes where the
    /// enclosures are larger than the line is wide.
    Curve(Curve),
    /// A marker in the middle of each place, with bars from end to end where they are apart.
    Places(Curve),
    /// A line across the plot, with a label above it.
    Vertical {
        /// Its x coordinate.
        at: f64,
        /// What is there.
        label: String,
    },
    /// A line along the plot, with a label beside it.
    Horizontal {
        /// Its y coordinate.
        at: f64,
        /// What is there.
        label: String,
    },
    /// A row of a timeline, under the plot.
    Row(Row),
}

impl Layer {
    /// A vertical reference line.
    pub fn vertical(at: f64, label: impl Into<String>) -> Self {
        Layer::Vertical {
            at,
            label: label.into(),
        }
    }

    /// A horizontal reference line.
    pub fn horizontal(at: f64, label: impl Into<String>) -> Self {
        Layer::Horizontal {
            at,
            label: label.into(),
        }
    }

    /// The points of a layer that has a series.
    fn series(&self) -> Option<&Series> {
        match self {
            Layer::Line(series) | Layer::Band(series) | Layer::Markers(series) => Some(series),
            Layer::Curve(_)
            | Layer::Places(_)
            | Layer::Row(_)
            | Layer::Vertical { .. }
            | Layer::Horizontal { .. } => None,
        }
    }

    /// The places of a layer that has a curve.
    pub(crate) fn curve(&self) -> Option<&Curve> {
        match self {
            Layer::Curve(curve) | Layer::Places(curve) => Some(curve),
            Layer::Line(_)
            | Layer::Band(_)
            | Layer::Markers(_)
            | Layer::Row(_)
            | Layer::Vertical { .. }
            | Layer::Horizontal { .. } => None,
        }
    }

    /// The name and the chosen style of what the legend names.
    fn legend(&self) -> Option<(&str, Option<usize>)> {
        let series = self.series().map(|s| (s.name.as_str(), s.style));
        series.or_else(|| self.curve().map(|c| (c.name.as_str(), c.style)))
    }

    /// The finite ends of its points along x and along y.
    fn ends(&self) -> Box<dyn Iterator<Item = (f64, f64)> + '_> {
        match (self.series(), self.curve()) {
            (Some(series), _) => Box::new(
                series
                    .points
                    .iter()
                    .filter(|p| p.x.is_finite())
                    .flat_map(|p| [(p.x, p.lower), (p.x, p.upper)]),
            ),
            (_, Some(curve)) => Box::new(
                curve
                    .places
                    .iter()
                    .filter(|p| p.is_known())
                    .flat_map(|p| [(p.x.0, p.y.0), (p.x.1, p.y.1)]),
            ),
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// For which width a chart is laid out, in CSS pixels at its natural size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 720: a page on a screen or on paper.
    Wide,
    /// 352: a phone.
    Narrow,
}

impl Width {
    fn pixels(self) -> f64 {
        match self {
            Width::Wide => 720.0,
            Width::Narrow => 352.0,
        }
    }
}

/// Charts below each other as one SVG file, each with its title. A single one is
/// [`Chart::figure`].
pub fn stacked(title: &str, charts: &[Chart]) -> String {
    match charts {
        [chart] => chart.figure(),
        charts => draw::stacked(title, charts),
    }
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows, in a few words.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis. A chart of rows only has its name above them.
    pub y: Axis,
    /// The layers. Bands are drawn below lines and lines below markers.
    pub layers: Vec<Layer>,
}

impl Chart {
    /// A chart without layers.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Chart {
            title: title.into(),
            caption: String::new(),
            x,
            y,
            layers: Vec::new(),
        }
    }

    /// The same with a caption.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// The same with one more layer.
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// The same with at most eight points of each series for each of `columns` parts of the
    /// range of x: the first, the last, and those with the least and the largest ends of each
    /// part; and with spans of rows joined where less than a part is between them. Series and
    /// rows of up to four points or spans for each part are left as they are.
    pub fn thinned(&self, columns: usize) -> Self {
        let layers = self.layers.iter().map(|layer| match layer {
            Layer::Line(s) => Layer::Line(s.thinned(columns)),
            Layer::Band(s) => Layer::Band(s.thinned(columns)),
            Layer::Markers(s) => Layer::Markers(s.thinned(columns)),
            Layer::Curve(c) => Layer::Curve(c.thinned(columns, (&self.x, &self.y))),
            Layer::Places(c) => Layer::Places(c.thinned(columns, (&self.x, &self.y))),
            Layer::Row(row) => Layer::Row(row.thinned(columns)),
            reference => reference.clone(),
        });
        Chart {
            title: self.title.clone(),
            caption: self.caption.clone(),
            x: self.x.clone(),
            y: self.y.clone(),
            layers: layers.collect(),
        }
    }

    /// An SVG file: with its title, and with colours that follow the reader's preference for
    /// light or dark.
    pub fn figure(&self) -> String {
        draw::chart(self, Width::Wide, true)
    }

    /// An SVG element to be put into a page that has [`CSS`] and shows title and caption itself.
    pub fn inline(&self, width: Width) -> String {
        draw::chart(self, width, false)
    }

    /// Which points and spans are drawn, where not all of them are.
    pub fn thinning(&self) -> Option<String> {
        let thinned = self.thinned(Width::Wide.pixels() as usize);
        let (mut shown, mut seen, mut joined) = (0, 0, false);
        let (mut traced, mut tolerance) = (false, 0.0f64);
        for layer in &thinned.layers {
            if let Some(series) = layer.series() {
                shown += series.points.len() as u64;
                seen += series.seen;
            }
            if let Some(curve) = layer.curve() {
                traced |= (curve.places.len() as u64) < curve.seen;
                tolerance = tolerance.max(curve.tolerance);
            }
            if let Layer::Row(row) = layer {
                joined |= (row.spans.len() as u64) < row.seen;
            }
        }
        let points = (shown < seen).then(|| {
            format!(
                "Drawn from {} of {} points: of each column of pixels at least the first, the \
                 last, the least and the largest.",
                super::grouped(shown),
                super::grouped(seen)
            )
        });
        let spans = joined.then(|| {
            "Spans of a row with less than a pixel between them are drawn as one.".to_string()
        });
        let places = traced.then(|| {
            format!(
                "Curves are drawn without places less than {:.2} % of their width and height from \
                 the last one drawn.",
                (100.0 * tolerance).max(0.005)
            )
        });
        let notes: Vec<String> = [points, places, spans].into_iter().flatten().collect();
        (!notes.is_empty()).then(|| notes.join(" "))
    }

    /// The style of each layer, by its number.
    fn styles(&self) -> Vec<usize> {
        let chosen = |layer: &Layer| match layer {
            Layer::Row(row) => row.style,
            _ => layer.legend().and_then(|l| l.1),
        };
        let taken: Vec<usize> = self.layers.iter().filter_map(chosen).collect();
        let mut free = (0..).filter(|style| !taken.contains(style));
        self.layers
            .iter()
            .map(|layer| match (chosen(layer), layer) {
                (Some(style), _) => style,
                (None, Layer::Vertical { .. } | Layer::Horizontal { .. }) => 0,
                (None, _) => free.next().unwrap_or(0),
            })
            .collect()
    }
}
