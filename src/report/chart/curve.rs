//! Curves that run back and forth, such as phase portraits: points with an enclosure along both
//! axes, in the order in which they are reached.

use crate::number::Interval;

use super::{Axis, coordinates};

/// A point of the plane, enclosed along both axes, in their coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Lower and upper end of x.
    pub x: (f64, f64),
    /// Lower and upper end of y.
    pub y: (f64, f64),
}

impl Place {
    /// The place whose coordinates on the two axes enclose `x` and `y`.
    pub fn new(axes: (&Axis, &Axis), x: &Interval, y: &Interval) -> Self {
        Place {
            x: coordinates::of(x, axes.0.scale),
            y: coordinates::of(y, axes.1.scale),
        }
    }

    /// Are all its ends finite and in order? Others are not drawn, and interrupt the curve.
    pub fn is_known(&self) -> bool {
        let known = |(lower, upper): (f64, f64)| lower.is_finite() && upper.is_finite();
        known(self.x) && known(self.y) && self.x.0 <= self.x.1 && self.y.0 <= self.y.1
    }
}

/// Named places.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What the legend says.
    pub name: String,
    /// The places, in the order in which they are reached.
    pub places: Vec<Place>,
    /// How many there were before thinning.
    pub seen: u64,
    /// A place was left out where the curve had not come further from the last one that was
    /// kept than this part of the width and of the height of the whole (of what is within the
    /// window, if there is one, see [`Tracer::within`]); 0 if none was.
    pub tolerance: f64,
    /// As [`super::Series::style`].
    pub style: Option<usize>,
}

impl Curve {
    /// All places of a curve.
    pub fn new(name: impl Into<String>, places: Vec<Place>) -> Self {
        Curve {
            name: name.into(),
            seen: places.len() as u64,
            places,
            tolerance: 0.0,
            style: None,
        }
    }

    /// The same with a style of its own choice.
    pub fn styled(mut self, style: usize) -> Self {
        self.style = Some(style);
        self
    }

    /// The same without what a picture of `columns` columns cannot show.
    pub(super) fn thinned(&self, columns: usize, axes: (&Axis, &Axis)) -> Self {
        if self.places.len() <= 4 * columns {
            return self.clone();
        }
        let everything = (f64::NEG_INFINITY, f64::INFINITY);
        let window = |axis: &Axis| axis.range.unwrap_or(everything);
        let mut tracer = Tracer::new(columns).within(window(axes.0), window(axes.1));
        self.places.iter().for_each(|&place| tracer.push(place));
        let thinned = tracer.finish(self.name.clone());
        Curve {
            seen: self.seen,
            tolerance: self.tolerance + thinned.tolerance,
            style: self.style,
            ..thinned
        }
    }
}

/// Thins a stream of places in their order: one is left out where the curve has not left the
/// neighbourhood of the last one kept. What is kept are places of the stream, with the first
/// and the last, so no excursion is lost that is longer than [`Curve::tolerance`] says.
///
/// Memory is bounded: a curve that fills the plane makes the neighbourhoods larger.
#[derive(Clone, Debug)]
pub struct Tracer {
    columns: usize,
    seen: u64,
    kept: Vec<Place>,
    last: Option<Place>,
    x: (f64, f64),
    y: (f64, f64),
    window: [(f64, f64); 2],
    /// Size of a neighbourhood as a part of the whole.
    part: f64,
    /// The largest part by which something was left out, with that of earlier rounds.
    tolerance: f64,
}

/// The largest number of places kept, for each column.
const MOST: usize = 16;

fn joined(range: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (range.0.min(other.0), range.1.max(other.1))
}

impl Tracer {
    /// For a picture of about this many columns of pixels; 1 at least.
    pub fn new(columns: usize) -> Self {
        let columns = columns.max(1);
        Tracer {
            columns,
            seen: 0,
            kept: Vec::new(),
            last: None,
            x: (f64::INFINITY, f64::NEG_INFINITY),
            y: (f64::INFINITY, f64::NEG_INFINITY),
            window: [(f64::NEG_INFINITY, f64::INFINITY); 2],
            part: 0.5 / columns as f64,
            tolerance: 0.0,
        }
    }

    /// The same for a picture that shows a window only: what leaves it does not make the
    /// neighbourhoods larger.
    pub fn within(mut self, x: (f64, f64), y: (f64, f64)) -> Self {
        self.window = [x, y];
        self
    }

    /// Takes the next place.
    pub fn push(&mut self, place: Place) {
        self.seen += 1;
        if place.is_known() {
            let [x, y] = self.window;
            let inside = |ends: (f64, f64), window: (f64, f64)| {
                let clamped = |end: f64| end.max(window.0).min(window.1);
                (clamped(ends.0), clamped(ends.1))
            };
            self.x = joined(self.x, inside(place.x, x));
            self.y = joined(self.y, inside(place.y, y));
        }
        self.last = Some(place);
        if self
            .kept
            .last()
            .is_none_or(|kept| !self.is_near(kept, &place))
        {
            self.kept.push(place);
        } else {
            self.tolerance = self.tolerance.max(self.part);
        }
        while self.kept.len() > MOST * self.columns {
            let before = self.kept.len();
            self.again();
            if 4 * self.kept.len() > 3 * before {
                self.part *= 2.0;
            }
        }
    }

    /// The places that were kept.
    pub fn finish(mut self, name: impl Into<String>) -> Curve {
        // The neighbourhoods of the whole are larger than those of its beginning.
        if self.kept.len() > 4 * self.columns {
            self.again();
        }
        if let Some(last) = self.last
            && self.kept.last() != Some(&last)
        {
            self.kept.push(last);
        }
        Curve {
            name: name.into(),
            places: self.kept,
            seen: self.seen,
            tolerance: self.tolerance,
            style: None,
        }
    }

    /// Is the second place within the neighbourhood of the first, with all four ends? One that
    /// is not known is near another such only.
    fn is_near(&self, kept: &Place, place: &Place) -> bool {
        if !kept.is_known() || !place.is_known() {
            return kept.is_known() == place.is_known();
        }
        let near = |a: (f64, f64), b: (f64, f64), range: (f64, f64)| {
            let most = (range.1 / 2.0 - range.0 / 2.0) * 2.0 * self.part;
            (a.0 - b.0).abs() <= most && (a.1 - b.1).abs() <= most
        };
        near(kept.x, place.x, self.x) && near(kept.y, place.y, self.y)
    }

    /// Thins what was kept once more, with the neighbourhoods of now.
    fn again(&mut self) {
        let mut kept: Vec<Place> = Vec::new();
        let mut left_out = false;
        for place in std::mem::take(&mut self.kept) {
            if kept.last().is_none_or(|last| !self.is_near(last, &place)) {
                kept.push(place);
            } else {
                left_out = true;
            }
        }
        if left_out {
            self.tolerance += self.part;
        }
        self.kept = kept;
    }
}
