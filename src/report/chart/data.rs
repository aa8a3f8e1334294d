//! The data of a chart, for tables and programs.

use serde_json::{Value, json};

use super::coordinates::{Decimals, decimals};
use super::{Axis, Chart, Layer, Point, Row, Scale, Series};

/// A field of a CSV file (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

/// A number along the x axis: the shortest decimal of the f64, which is read back as the same.
pub(super) fn along(x: f64) -> String {
    if x.abs() < 1e15 && (x == 0.0 || x.abs() >= 1e-5) {
        x.to_string()
    } else {
        format!("{x:e}")
    }
}

impl Chart {
    /// All data the chart holds, as CSV with one line per point: series, kind of layer, x, end
    /// of the span (of a row) or upper end of x (where x is enclosed, too), lower and upper end as decimals rounded outward; on a logarithmic
    /// axis also the ends' decadic logarithms. The first line names the columns.
    pub fn csv(&self) -> String {
        let (x, y) = (self.x.label(), self.y.label());
        let log_x = matches!(self.x.scale, Scale::Log10);
        let log_y = matches!(self.y.scale, Scale::Log10);
        let x = if log_x { format!("log10 of {x}") } else { x };
        let mut header = vec![
            "series".to_string(),
            "kind".to_string(),
            field(&x),
            "to".to_string(),
            field(&format!("{y}: lower end")),
            field(&format!("{y}: upper end")),
        ];
        if log_y {
            header.push("log10 of lower end".into());
            header.push("log10 of upper end".into());
        }
        let columns = header.len();
        let mut lines = header.join(",") + "\n";
        let mut line = |cells: Vec<String>| {
            lines.push_str(&cells.join(","));
            lines.push_str(&",".repeat(columns - cells.len()));
            lines.push('\n');
        };
        for layer in &self.layers {
            let kind = kind(layer).to_string();
            match layer {
                Layer::Line(series) | Layer::Band(series) | Layer::Markers(series) => {
                    let name = field(&series.name);
                    for point in &series.points {
                        let mut cells = vec![name.clone(), kind.clone(), along(point.x)];
                        cells.push(String::new());
                        cells.extend(ends(point.lower, point.upper, self.y.scale));
                        line(cells);
                    }
                }
                Layer::Curve(curve) | Layer::Places(curve) => {
                    let name = field(&curve.name);
                    for place in &curve.places {
                        let mut cells = vec![name.clone(), kind.clone()];
                        // Coordinates along x, whatever the scale is.
                        cells.extend(ends(place.x.0, place.x.1, Scale::Linear));
                        cells.extend(ends(place.y.0, place.y.1, self.y.scale));
                        line(cells);
                    }
                }
                Layer::Vertical { at, label } => {
                    line(vec![field(label), kind, along(*at)]);
                }
                Layer::Horizontal { at, label } => {
                    let mut cells = vec![field(label), kind, String::new(), String::new()];
                    cells.extend(ends(*at, *at, self.y.scale));
                    line(cells);
                }
                Layer::Row(row) => {
                    for (from, to) in &row.spans {
                        let name = field(&row.name);
                        line(vec![name, kind.clone(), along(*from), along(*to)]);
                    }
                }
            }
        }
        lines
    }

    /// All data the chart holds, as JSON: `title`, `caption`, `x`, `y` (`name`, `unit`, `scale`),
    /// and `layers`. A point is an object with `x` and the ends `lower` and `upper` as decimal
    /// strings rounded outward; on a logarithmic axis also `log10_lower` and `log10_upper`. Where x
    /// is enclosed, too, it has `x_lower` and `x_upper` in place of `x`.
    pub fn json(&self) -> Value {
        json!({
            "title": self.title,
            "caption": self.caption,
            "x": axis(&self.x),
            "y": axis(&self.y),
            "layers": self.layers.iter().map(|l| self.layer_json(l)).collect::<Vec<_>>(),
        })
    }

    fn layer_json(&self, layer: &Layer) -> Value {
        match layer {
            Layer::Line(series) | Layer::Band(series) | Layer::Markers(series) => {
                self.series_json(kind(layer), series)
            }
            Layer::Curve(curve) | Layer::Places(curve) => json!({
                "kind": kind(layer),
                "name": curve.name,
                "points_before_thinning": curve.seen,
                "tolerance": along(curve.tolerance),
                "points": curve.places.iter().map(|place| {
                    let mut value = point_json(place.y.0, place.y.1, self.y.scale);
                    let x = ends(place.x.0, place.x.1, Scale::Linear);
                    value["x_lower"] = x[0].as_str().into();
                    value["x_upper"] = x[1].as_str().into();
                    value
                }).collect::<Vec<_>>(),
            }),
            Layer::Vertical { at, label } => json!({
                "kind": kind(layer), "name": label, "x": along(*at),
            }),
            Layer::Horizontal { at, label } => {
                let mut value = point_json(*at, *at, self.y.scale);
                value["kind"] = kind(layer).into();
                value["name"] = label.as_str().into();
                value
            }
            Layer::Row(Row {
                name, spans, seen, ..
            }) => json!({
                "kind": kind(layer),
                "name": name,
                "spans_before_thinning": seen,
                "spans": spans.iter().map(|(from, to)| json!({
                    "from": along(*from), "to": along(*to),
                })).collect::<Vec<_>>(),
            }),
        }
    }

    fn series_json(&self, kind: &str, series: &Series) -> Value {
        let point = |p: &Point| {
            let mut value = point_json(p.lower, p.upper, self.y.scale);
            value["x"] = along(p.x).into();
            value
        };
        json!({
            "kind": kind,
            "name": series.name,
            "points_before_thinning": series.seen,
            "points": series.points.iter().map(point).collect::<Vec<_>>(),
        })
    }
}

fn kind(layer: &Layer) -> &'static str {
    match layer {
        Layer::Line(_) => "line",
        Layer::Band(_) => "band",
        Layer::Markers(_) => "markers",
        Layer::Curve(_) => "curve",
        Layer::Places(_) => "places",
        Layer::Vertical { .. } => "vertical line",
        Layer::Horizontal { .. } => "horizontal line",
        Layer::Row(_) => "row",
    }
}

fn axis(axis: &Axis) -> Value {
    let scale = match axis.scale {
        Scale::Linear => "linear",
        Scale::Log10 => "log10",
    };
    json!({ "name": axis.name, "unit": axis.unit, "scale": scale })
}

fn ends(lower: f64, upper: f64, scale: Scale) -> Vec<String> {
    let Decimals { value, log10 } = decimals(lower, upper, scale);
    let mut ends = vec![value.0, value.1];
    ends.extend(log10.into_iter().flat_map(|(lower, upper)| [lower, upper]));
    ends
}

fn point_json(lower: f64, upper: f64, scale: Scale) -> Value {
    let Decimals { value, log10 } = decimals(lower, upper, scale);
    match log10 {
        None => json!({ "lower": value.0, "upper": value.1 }),
        Some(log10) => json!({
            "lower": value.0, "upper": value.1,
            "log10_lower": log10.0, "log10_upper": log10.1,
        }),
    }
}
