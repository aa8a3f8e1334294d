//! Where everything of a chart goes: all text and all areas, before anything is drawn.

use super::mark::{self, Mark};
use super::svg::Anchor;
use super::text::{truncated, width, wrapped};
use super::ticks::{self, Tick};
use super::{Axis, Chart, Layer, Point, Scale};

/// Font sizes in pixels.
pub(super) const TEXT: f64 = 12.0;
pub(super) const TITLE: f64 = 15.0;
/// How much wider bold text is.
pub(super) const BOLD: f64 = 1.12;
/// From one line of text to the next, in font sizes.
const LEADING: f64 = 1.3;
/// From the middle of a line of text down to its baseline, in font sizes.
const BASELINE: f64 = 0.36;
/// Least distance of texts beside each other.
const GAP: f64 = 10.0;
const MARGIN: f64 = 6.0;
const TICK_MARK: f64 = 5.0;
/// Room for the number 0 below a logarithmic axis.
const ZERO: f64 = 20.0;
/// Width of a key in the legend.
pub(super) const KEY: f64 = 26.0;

/// A line of text; `at` is the start, middle or end of its baseline.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) at: (f64, f64),
    pub(super) size: f64,
    pub(super) anchor: Anchor,
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// A rectangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// From coordinates to pixels along one axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Map {
    range: (f64, f64),
    pixels: (f64, f64),
    /// Where −∞ is, if that is shown: the number 0 on a logarithmic axis.
    zero: Option<f64>,
}

impl Map {
    pub(super) fn pixel(&self, coordinate: f64) -> f64 {
        if let (Some(zero), f64::NEG_INFINITY) = (self.zero, coordinate) {
            return zero;
        }
        let (low, high) = self.range;
        // Halves, since the width of a range can exceed the largest f64.
        let part = (coordinate / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        (self.pixels.0 + part * (self.pixels.1 - self.pixels.0)).clamp(-20_000.0, 20_000.0)
    }
}

/// An entry of the legend.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// The middle of its left side.
    pub(super) at: (f64, f64),
    /// The layers it stands for.
    pub(super) layers: Vec<usize>,
}

/// A reference line in pixels, and where it ends at its label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference {
    pub(super) at: f64,
    pub(super) label: f64,
}

/// The layout.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) texts: Vec<Text>,
    /// `None` for a chart of rows only.
    pub(super) plot: Option<Area>,
    /// The bars of rows, by layer.
    pub(super) rows: Vec<(usize, Area)>,
    pub(super) x: Map,
    pub(super) y: Map,
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    pub(super) keys: Vec<Key>,
    pub(super) verticals: Vec<Reference>,
    pub(super) horizontals: Vec<Reference>,
    pub(super) x_range: (f64, f64),
    pub(super) y_range: (f64, f64),
}

/// Text on successive lines from `top` on; returns where it ends.
fn lines(
    texts: &mut Vec<Text>,
    lines: Vec<String>,
    at: (f64, f64),
    (size, anchor, class): (f64, Anchor, &'static str),
) -> f64 {
    let mut y = at.1;
    for text in lines {
        texts.push(Text {
            at: (at.0, y + size * (LEADING / 2.0 + BASELINE)),
            size,
            anchor,
            class,
            text,
        });
        y += size * LEADING;
    }
    y
}

/// The least range with all finite values; `None` without any.
fn hull(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|v| v.is_finite())
        .fold(None, |range, v| match range {
            None => Some((v, v)),
            Some((low, high)) => Some((v.min(low), v.max(high))),
        })
}

/// The range of an axis: its own, or that of the data and `pad` of its width around.
fn range(axis: &Axis, values: impl Iterator<Item = f64>, pad: f64) -> (f64, f64) {
    if let Some((low, high)) = axis.range {
        return ticks::widened(low, high);
    }
    let Some((low, high)) = hull(values) else {
        return (0.0, 1.0);
    };
    let (wide_low, wide_high) = ticks::widened(low, high);
    if (wide_low, wide_high) != (low, high) {
        return (wide_low, wide_high);
    }
    let pad = (high / 2.0 - low / 2.0) * 2.0 * pad;
    let (mut padded_low, mut padded_high) = ((low - pad).max(f64::MIN), (high + pad).min(f64::MAX));
    // Padding does not suggest numbers of another sign.
    if axis.scale == Scale::Linear && low >= 0.0 {
        padded_low = padded_low.max(0.0);
    }
    if axis.scale == Scale::Linear && high <= 0.0 {
        padded_high = padded_high.min(0.0);
    }
    (padded_low, padded_high)
}

fn axis_ticks(scale: Scale, (low, high): (f64, f64), most: usize) -> Vec<Tick> {
    match scale {
        Scale::Linear => ticks::linear(low, high, most),
        Scale::Log10 => ticks::log10(low, high, most),
    }
}

impl Layout {
    /// Lays out `chart` for a width in pixels, with or without its title.
    pub(super) fn of(chart: &Chart, width: f64, with_title: bool) -> Self {
        let points = || chart.layers.iter().flat_map(Layer::ends);
        let has_plot =
            points().next().is_some() || !chart.layers.iter().any(|l| matches!(l, Layer::Row(_)));
        let x_range = x_range(chart, points());
        let y_range = y_range(chart, points());
        let mut layout = Layout {
            width,
            height: 0.0,
            texts: Vec::new(),
            plot: None,
            rows: Vec::new(),
            x: Map {
                range: x_range,
                pixels: (0.0, 1.0),
                zero: None,
            },
            y: Map {
                range: y_range,
                pixels: (1.0, 0.0),
                zero: None,
            },
            x_ticks: Vec::new(),
            y_ticks: Vec::new(),
            keys: Vec::new(),
            verticals: Vec::new(),
            horizontals: Vec::new(),
            x_range,
            y_range,
        };
        let mut top = MARGIN;
        if with_title {
            let title = wrapped(&chart.title, BOLD * TITLE, width - 2.0 * MARGIN, 3);
            let style = (TITLE, Anchor::Start, "title");
            top = lines(&mut layout.texts, title, (MARGIN, top), style) + 4.0;
        }
        let plot_height = if width > 500.0 { 300.0 } else { 230.0 };
        let shows_zero = chart.y.scale == Scale::Log10
            && chart.layers.iter().filter_map(Layer::series).any(|s| {
                let shown = |p: &Point| p.x.is_finite() && p.upper < f64::INFINITY;
                s.points
                    .iter()
                    .any(|p| shown(p) && p.lower == f64::NEG_INFINITY)
            });
        if has_plot {
            let most = (plot_height / 40.0) as usize;
            layout.y_ticks = axis_ticks(chart.y.scale, y_range, most);
        }
        let horizontals = Horizontals::of(chart, width, y_range, has_plot, plot_height);
        let (left, right) = layout.sides(&horizontals, has_plot);
        layout.x.pixels = (left, right);
        let overflow = layout.vertical_labels(chart);
        top = layout.legend(chart, top, overflow.iter().chain(&horizontals.overflow));
        let y_name = wrapped(&chart.y.label(), TEXT, width - 2.0 * MARGIN, 3);
        let style = (TEXT, Anchor::Start, "");
        top = lines(&mut layout.texts, y_name, (MARGIN, top), style) + 3.0;
        top = layout.place_vertical_labels(top);
        let first_top = top;
        if has_plot {
            top += 5.0;
            let area = Area {
                left,
                top,
                right,
                bottom: top + plot_height,
            };
            let floor = if shows_zero { ZERO } else { 0.0 };
            layout.y.pixels = (area.bottom - floor, area.top);
            layout.y.zero = shows_zero.then_some(area.bottom - 5.0);
            layout.plot = Some(area);
            layout.y_labels(shows_zero);
            layout.horizontal_labels(horizontals, area);
            top = area.bottom;
        }
        top = layout.place_rows(chart, top);
        layout.x_axis(chart, top);
        for reference in &mut layout.verticals {
            if reference.label == f64::INFINITY {
                reference.label = first_top;
            }
        }
        layout
    }

    /// Left and right end of the plot.
    fn sides(&self, horizontals: &Horizontals, has_plot: bool) -> (f64, f64) {
        if !has_plot {
            return (MARGIN + 4.0, self.width - MARGIN - 4.0);
        }
        let labels = self.y_ticks.iter().map(|t| width(&t.label, TEXT));
        let left = MARGIN + labels.fold(width("0", TEXT), f64::max) + TICK_MARK + 4.0;
        let right = self.width - MARGIN - horizontals.room().max(6.0);
        (left, right.max(left + 60.0))
    }

    /// The legend from `top` on; returns where it ends. `more` are reference lines that have no
    /// room for their label elsewhere.
    fn legend<'a>(
        &mut self,
        chart: &Chart,
        top: f64,
        more: impl Iterator<Item = &'a (usize, String)>,
    ) -> f64 {
        let styles = chart.styles();
        let mut entries: Vec<(String, usize, Vec<usize>)> = Vec::new();
        for (i, layer) in chart.layers.iter().enumerate() {
            let Some((name, _)) = layer.legend() else {
                continue;
            };
            match entries.iter_mut().find(|e| e.0 == name && e.1 == styles[i]) {
                Some(entry) => entry.2.push(i),
                None => entries.push((name.to_string(), styles[i], vec![i])),
            }
        }
        entries.extend(more.map(|(layer, label)| (label.clone(), 0, vec![*layer])));
        if entries.is_empty() {
            return top;
        }
        let line = TEXT * LEADING + 3.0;
        let (mut x, mut y) = (MARGIN, top + line / 2.0);
        for (name, _, layers) in entries {
            let room = self.width - 2.0 * MARGIN - KEY - 6.0;
            let name = truncated(&name, TEXT, room);
            let size = KEY + 6.0 + width(&name, TEXT);
            if x > MARGIN && x + size > self.width - MARGIN {
                (x, y) = (MARGIN, y + line);
            }
            self.keys.push(Key { at: (x, y), layers });
            self.texts.push(Text {
                at: (x + KEY + 6.0, y + TEXT * BASELINE),
                size: TEXT,
                anchor: Anchor::Start,
                class: "",
                text: name,
            });
            x += size + 2.0 * GAP;
        }
        y + line / 2.0 + 6.0
    }

    /// Lines of text for the labels of vertical reference lines. Leaves the number of each
    /// label's line in [`Layout::verticals`], and returns the labels that found no room.
    fn vertical_labels(&mut self, chart: &Chart) -> Vec<(usize, String)> {
        let mut marks = Vec::new();
        for (layer, what) in chart.layers.iter().enumerate() {
            if let Layer::Vertical { at, label } = what
                && (self.x_range.0..=self.x_range.1).contains(at)
            {
                let text = truncated(label, TEXT, 0.42 * self.width);
                let x = self.x.pixel(*at);
                marks.push((
                    Mark {
                        x,
                        width: width(&text, TEXT),
                    },
                    layer,
                    text,
                ));
            }
        }
        let (mut marks, unlabelled): (Vec<_>, Vec<_>) =
            marks.into_iter().partition(|m| !m.2.is_empty());
        let mut verticals: Vec<f64> = unlabelled.iter().map(|m| m.0.x).collect();
        let mut overflow = Vec::new();
        let places = loop {
            let only: Vec<Mark> = marks.iter().map(|m| m.0).collect();
            if only.len() <= mark::MOST
                && let Some(places) = mark::places(&only, MARGIN, self.width - MARGIN)
            {
                break places;
            }
            // The widest label goes to the legend.
            let Some(widest) =
                (0..only.len()).max_by(|a, b| only[*a].width.total_cmp(&only[*b].width))
            else {
                break Vec::new();
            };
            let (mark, layer, _) = marks.remove(widest);
            verticals.push(mark.x);
            overflow.push(layer);
        };
        self.verticals = verticals
            .into_iter()
            .map(|at| Reference {
                at,
                label: f64::NEG_INFINITY,
            })
            .collect();
        for ((mark, _, text), place) in marks.into_iter().zip(places) {
            let line = place.line as f64;
            self.verticals.push(Reference {
                at: mark.x,
                label: line,
            });
            let (from, to) = place.span;
            let right = place.is_right;
            self.texts.push(Text {
                at: (if right { from } else { to }, -line - 1.0),
                size: TEXT,
                anchor: if right { Anchor::Start } else { Anchor::End },
                class: "soft",
                text,
            });
        }
        overflow.sort_unstable();
        overflow
            .into_iter()
            .filter_map(|layer| match &chart.layers[layer] {
                Layer::Vertical { label, .. } => Some((layer, label.clone())),
                _ => None,
            })
            .collect()
    }

    /// From numbers of lines to pixels; returns where the labels end.
    fn place_vertical_labels(&mut self, top: f64) -> f64 {
        let count = self
            .verticals
            .iter()
            .map(|r| r.label + 1.0)
            .fold(0.0, f64::max);
        let line = TEXT * LEADING;
        let bottom = top + count * line;
        for text in self.texts.iter_mut().filter(|t| t.at.1 < 0.0) {
            let above = -text.at.1;
            text.at.1 = bottom - (above - 0.5) * line + TEXT * BASELINE;
        }
        for reference in &mut self.verticals {
            reference.label = if reference.label < 0.0 {
                f64::INFINITY
            } else {
                bottom - (reference.label + 1.0) * line + 1.0
            };
        }
        bottom
    }

    fn y_labels(&mut self, shows_zero: bool) {
        let Some(plot) = self.plot else { return };
        let mut label = |y: f64, text: &str| {
            self.texts.push(Text {
                at: (plot.left - TICK_MARK - 4.0, y + TEXT * BASELINE),
                size: TEXT,
                anchor: Anchor::End,
                class: "tick",
                text: text.to_string(),
            });
        };
        for tick in &self.y_ticks {
            label(self.y.pixel(tick.at), &tick.label);
        }
        if shows_zero {
            label(plot.bottom - 5.0, "0");
        }
    }

    fn horizontal_labels(&mut self, horizontals: Horizontals, plot: Area) {
        let line = TEXT * LEADING;
        let mut marks = horizontals.marks;
        marks.sort_by(|a, b| b.0.total_cmp(&a.0));
        // Middles of the labels: in order, apart, and within the plot.
        let mut middles: Vec<f64> = Vec::new();
        let mut free = plot.top;
        for (at, text) in &marks {
            let half = text.len() as f64 * line / 2.0;
            let middle = self.y.pixel(*at).max(free + half);
            middles.push(middle);
            free = middle + half;
        }
        let mut free = plot.bottom;
        for ((_, text), middle) in marks.iter().zip(&mut middles).rev() {
            let half = text.len() as f64 * line / 2.0;
            *middle = middle.min(free - half);
            free = *middle - half;
        }
        for ((at, text), middle) in marks.into_iter().zip(middles) {
            self.horizontals.push(Reference {
                at: self.y.pixel(at),
                label: if text.is_empty() {
                    f64::INFINITY
                } else {
                    middle
                },
            });
            let top = middle - text.len() as f64 * line / 2.0;
            let style = (TEXT, Anchor::Start, "soft");
            lines(&mut self.texts, text, (plot.right + 12.0, top), style);
        }
        for at in horizontals.unlabelled {
            self.horizontals.push(Reference {
                at: self.y.pixel(at),
                label: f64::INFINITY,
            });
        }
    }

    /// Rows of a timeline from `top` on, each with its name above its bar.
    fn place_rows(&mut self, chart: &Chart, mut top: f64) -> f64 {
        let (left, right) = self.x.pixels;
        for (i, layer) in chart.layers.iter().enumerate() {
            let Layer::Row(row) = layer else { continue };
            top += 5.0;
            let name = truncated(&row.name, TEXT, right - left);
            let style = (TEXT, Anchor::Start, "halo");
            top = lines(&mut self.texts, vec![name], (left, top), style) + 1.0;
            let bottom = top + 11.0;
            self.rows.push((
                i,
                Area {
                    left,
                    top,
                    right,
                    bottom,
                },
            ));
            top = bottom;
        }
        if self.rows.is_empty() { top } else { top + 6.0 }
    }

    fn x_axis(&mut self, chart: &Chart, bottom: f64) {
        let room = self.width - MARGIN;
        let place = |tick: &Tick| {
            let half = width(&tick.label, TEXT) / 2.0;
            let middle = self.x.pixel(tick.at).min(room - half).max(MARGIN + half);
            (middle - half, middle, middle + half)
        };
        let fits = |ticks: &[&Tick]| {
            ticks
                .windows(2)
                .all(|pair| place(pair[0]).2 + GAP <= place(pair[1]).0)
        };
        for most in (ticks::FEWEST..=10).rev() {
            self.x_ticks = axis_ticks(chart.x.scale, self.x_range, most);
            if fits(&self.x_ticks.iter().collect::<Vec<_>>()) {
                break;
            }
        }
        // Fewer labels than marks, down to the first one alone.
        let count = self.x_ticks.len().max(1);
        let every = (1..=count)
            .find(|k| fits(&self.x_ticks.iter().step_by(*k).collect::<Vec<_>>()))
            .unwrap_or(count);
        let baseline = bottom + TICK_MARK + TEXT * (LEADING / 2.0 + BASELINE) + 1.0;
        for tick in self.x_ticks.iter().step_by(every) {
            self.texts.push(Text {
                at: (place(tick).1, baseline),
                size: TEXT,
                anchor: Anchor::Middle,
                class: "tick",
                text: tick.label.clone(),
            });
        }
        let top = bottom + TICK_MARK + TEXT * LEADING + 3.0;
        let (left, right) = self.x.pixels;
        let name = wrapped(&chart.x.label(), TEXT, self.width - 2.0 * MARGIN, 3);
        let half = name.iter().map(|l| width(l, TEXT)).fold(0.0, f64::max) / 2.0;
        let middle = f64::midpoint(left, right)
            .min(room - half)
            .max(MARGIN + half);
        let style = (TEXT, Anchor::Middle, "");
        self.height = lines(&mut self.texts, name, (middle, top), style) + MARGIN;
    }
}

fn x_range(chart: &Chart, points: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let more = chart.layers.iter().flat_map(|layer| match layer {
        Layer::Vertical { at, .. } => vec![*at],
        Layer::Row(row) => row.spans.iter().flat_map(|s| [s.0, s.1]).collect(),
        // What has points is in `points`.
        Layer::Line(_)
        | Layer::Band(_)
        | Layer::Markers(_)
        | Layer::Curve(_)
        | Layer::Places(_)
        | Layer::Horizontal { .. } => Vec::new(),
    });
    let has_room = chart
        .layers
        .iter()
        .any(|l| matches!(l, Layer::Markers(_) | Layer::Curve(_) | Layer::Places(_)));
    let pad = if has_room { 0.02 } else { 0.0 };
    range(&chart.x, points.map(|p| p.0).chain(more), pad)
}

fn y_range(chart: &Chart, points: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let more = chart.layers.iter().filter_map(|layer| match layer {
        Layer::Horizontal { at, .. } => Some(*at),
        _ => None,
    });
    range(&chart.y, points.map(|p| p.1).chain(more), 0.04)
}

/// Labels of horizontal reference lines, to the right of the plot.
#[derive(Debug, Default)]
struct Horizontals {
    marks: Vec<(f64, Vec<String>)>,
    unlabelled: Vec<f64>,
    overflow: Vec<(usize, String)>,
}

impl Horizontals {
    fn of(chart: &Chart, room: f64, range: (f64, f64), has_plot: bool, height: f64) -> Self {
        let mut result = Horizontals::default();
        if !has_plot {
            return result;
        }
        let room = if room > 500.0 { 130.0 } else { 84.0 };
        let mut count = 0;
        for (i, layer) in chart.layers.iter().enumerate() {
            let Layer::Horizontal { at, label } = layer else {
                continue;
            };
            if !(range.0..=range.1).contains(at) {
                continue;
            }
            let text = wrapped(label, TEXT, room, 2);
            if (count + text.len()) as f64 * TEXT * LEADING > height {
                result.unlabelled.push(*at);
                result.overflow.push((i, label.clone()));
                continue;
            }
            count += text.len();
            result.marks.push((*at, text));
        }
        result
    }

    /// Width of the widest label with the space before it; 0 without one.
    fn room(&self) -> f64 {
        let texts = self.marks.iter().flat_map(|(_, text)| text);
        texts.map(|t| 12.0 + width(t, TEXT)).fold(0.0, f64::max)
    }
}
