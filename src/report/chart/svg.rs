//! Writing SVG elements: escaped, and in as few bytes as the picture needs.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::text::SUPERSCRIPT;
use crate::visible;

/// An SVG document under construction.
#[derive(Debug, Default)]
pub(super) struct Svg {
    text: String,
    open: Vec<&'static str>,
}

/// Where a text is relative to its x coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A number of pixels, to a tenth.
pub(super) fn number(x: f64) -> String {
    in_tenths(tenths(x))
}

/// Tenths of a pixel. Where a line leaves the picture, it matters no more how far.
fn tenths(x: f64) -> i64 {
    (x.clamp(-20_000.0, 20_000.0) * 10.0).round() as i64
}

fn in_tenths(tenths: i64) -> String {
    if tenths % 10 == 0 {
        (tenths / 10).to_string()
    } else {
        format!("{:.1}", tenths as f64 / 10.0)
    }
}

/// Text for XML 1.0, which has no place for most control characters.
fn clean(text: &str) -> String {
    let text = text.replace(['\n', '\r', '\t'], " ");
    escape(visible::line(&text)).into_owned()
}

impl Svg {
    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.text, "<{name}");
        for (key, value) in attributes {
            let _ = write!(self.text, " {key}=\"{}\"", clean(value));
        }
    }

    /// Opens an element, to be closed by [`Svg::close`].
    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push('>');
        self.open.push(name);
    }

    /// Closes the element that was opened last.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            let _ = write!(self.text, "</{name}>");
        }
    }

    /// An element without content.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.text.push_str("/>");
    }

    /// An element with text in it.
    pub(super) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        let _ = write!(self.text, ">{}</{name}>", clean(text));
    }

    /// Elements that have been written already.
    pub(super) fn part(&mut self, elements: &str) {
        self.text.push_str(elements.trim_end());
    }

    /// A style sheet, which is not escaped: it must not contain `]]>`.
    pub(super) fn style(&mut self, css: &str) {
        let _ = write!(self.text, "<style><![CDATA[\n{css}]]></style>");
    }

    /// One line of text. Of `10^-1200` it sets −1200 as a superscript.
    pub(super) fn label(
        &mut self,
        at: (f64, f64),
        size: f64,
        anchor: Anchor,
        class: &str,
        text: &str,
    ) {
        let (x, y, font) = (number(at.0), number(at.1), number(size));
        let mut attributes = vec![("x", x.as_str()), ("y", &y), ("font-size", &font)];
        match anchor {
            Anchor::Start => {}
            Anchor::Middle => attributes.push(("text-anchor", "middle")),
            Anchor::End => attributes.push(("text-anchor", "end")),
        }
        if !class.is_empty() {
            attributes.push(("class", class));
        }
        let Some((base, power)) = text.split_once('^').filter(|_| class == "tick") else {
            self.leaf("text", &attributes, text);
            return;
        };
        self.open("text", &attributes);
        self.text.push_str(&clean(base));
        let (up, small) = (number(-0.38 * size), number(SUPERSCRIPT * size));
        let power = power.replace('-', "−");
        self.leaf("tspan", &[("dy", &up), ("font-size", &small)], &power);
        self.close();
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let d = path(&[from, to]);
        self.empty("path", &[("class", class), ("d", &d)]);
    }

    /// The document; all elements have been closed.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text.push('\n');
        self.text
    }
}

/// Path data for a line through points. Coordinates are relative, which takes fewer digits, but
/// to rounded points, so that rounding errors do not add up.
pub(super) fn path(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    let mut last = (0, 0);
    for (i, &(x, y)) in points.iter().enumerate() {
        let here = (tenths(x), tenths(y));
        let (dx, dy) = (here.0 - last.0, here.1 - last.1);
        if i > 0 && dx == 0 && dy == 0 && i + 1 < points.len() {
            continue;
        }
        let command = if i == 0 { 'M' } else { 'l' };
        let _ = write!(d, "{command}{},{}", in_tenths(dx), in_tenths(dy));
        last = here;
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_control_characters_are_shown() {
        let mut svg = Svg::default();
        svg.leaf("text", &[("class", "a\"<b")], "a<b & \"c\"\u{0}\n");
        let text = svg.finish();
        let document = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("class"), Some("a\"<b"));
        assert_eq!(document.root_element().text(), Some("a<b & \"c\"␀ "));
    }

    #[test]
    fn what_leaves_the_picture_comes_back_to_the_same_place() {
        let d = path(&[(0.0, 5.0), (1.0, -1e9), (2.0, 1e9), (3.0, 7.0)]);
        assert_eq!(d, "M0,5l1,-20005l1,40000l1,-19993");
    }

    #[test]
    fn rounding_errors_of_paths_do_not_add_up() {
        let points: Vec<_> = (0..1000).map(|i| (f64::from(i) * 0.14, 0.0)).collect();
        let d = path(&points);
        let sum: f64 = d
            .trim_start_matches('M')
            .split('l')
            .map(|pair| pair.split(',').next().unwrap().parse::<f64>().unwrap())
            .sum();
        assert!((sum - 999.0 * 0.14).abs() < 0.06, "{sum}");
    }
}
