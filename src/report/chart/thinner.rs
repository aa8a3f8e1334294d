//! Long series in bounded memory, without hiding an extreme.

use std::collections::BTreeMap;

use crate::number::Interval;

use super::{Axis, Point, Series};

/// What a [`Thinner`] can take: something with a place along x and an enclosure.
pub trait Sample: Clone {
    /// Its place.
    fn x(&self) -> f64;
    /// Does its enclosure reach lower than the other's?
    fn is_below(&self, other: &Self) -> bool;
    /// Does its enclosure reach higher than the other's?
    fn is_above(&self, other: &Self) -> bool;
}

impl Sample for Point {
    fn x(&self) -> f64 {
        self.x
    }

    fn is_below(&self, other: &Self) -> bool {
        self.lower < other.lower
    }

    fn is_above(&self, other: &Self) -> bool {
        self.upper > other.upper
    }
}

/// An enclosure at some x, before it becomes a [`Point`] of an axis: logarithms take time, and
/// only what is kept needs them.
#[derive(Clone, Copy, Debug)]
pub struct Enclosed {
    /// Where it is along the x axis.
    pub x: f64,
    /// The enclosure.
    pub value: Interval,
}

impl Sample for Enclosed {
    fn x(&self) -> f64 {
        self.x
    }

    fn is_below(&self, other: &Self) -> bool {
        self.value.compare_lower(&other.value).is_lt()
    }

    fn is_above(&self, other: &Self) -> bool {
        self.value.compare_upper(&other.value).is_gt()
    }
}

/// Thins a stream of points: of each part of the range of x it keeps the first, the last, the
/// one with the least lower end and the one with the largest upper end. What is kept are points
/// of the stream, so each is as certified as it was.
///
/// The parts are at most 1/`columns` of the range wide, for whatever range the stream turns out
/// to have, and there are at most 2·`columns` + 1 of them, so that memory is bounded.
/// A stream of up to 4·`columns` points is kept as it is; a longer one comes out sorted by x.
#[derive(Clone, Debug)]
pub struct Thinner<P = Point> {
    columns: usize,
    seen: u64,
    /// The points themselves, as long as they are few.
    few: Vec<P>,
    /// The width of a part; 0 as long as the points are few.
    width: f64,
    parts: BTreeMap<i64, Part<P>>,
}

/// Points of one part with their places in the stream.
#[derive(Clone, Debug)]
struct Part<P> {
    first: (u64, P),
    least: (u64, P),
    largest: (u64, P),
    last: (u64, P),
}

impl<P: Sample> Part<P> {
    fn of(point: (u64, P)) -> Self {
        Part {
            first: point.clone(),
            least: point.clone(),
            largest: point.clone(),
            last: point,
        }
    }

    fn join(&mut self, other: &Part<P>) {
        let before = |a: &(u64, P), b: &(u64, P)| (a.1.x(), a.0) < (b.1.x(), b.0);
        if before(&other.first, &self.first) {
            self.first = other.first.clone();
        }
        if !before(&other.last, &self.last) {
            self.last = other.last.clone();
        }
        if other.least.1.is_below(&self.least.1) {
            self.least = other.least.clone();
        }
        if other.largest.1.is_above(&self.largest.1) {
            self.largest = other.largest.clone();
        }
    }
}

impl<P: Sample> Thinner<P> {
    /// A thinner for a chart of about this many columns of pixels; 1 at least.
    pub fn new(columns: usize) -> Self {
        Thinner {
            columns: columns.max(1),
            seen: 0,
            few: Vec::new(),
            width: 0.0,
            parts: BTreeMap::new(),
        }
    }

    /// Takes the next point. One whose x is not finite is left out.
    pub fn push(&mut self, point: P) {
        if !point.x().is_finite() {
            return;
        }
        self.seen += 1;
        if self.width > 0.0 {
            self.insert(self.seen, point);
            return;
        }
        self.few.push(point);
        if self.few.len() > 4 * self.columns {
            self.divide();
        }
    }

    /// What was kept, and how many there were.
    pub fn into_kept(self) -> (Vec<P>, u64) {
        let mut points = self.few;
        for part in self.parts.into_values() {
            let mut kept = [part.first, part.least, part.largest, part.last];
            kept.sort_by(|a, b| a.1.x().total_cmp(&b.1.x()).then(a.0.cmp(&b.0)));
            let mut place = 0;
            for (index, point) in kept {
                if index != place {
                    points.push(point);
                    place = index;
                }
            }
        }
        (points, self.seen)
    }

    /// From single points to parts.
    fn divide(&mut self) {
        let ends = |(low, high): (f64, f64), p: &P| (low.min(p.x()), high.max(p.x()));
        let (low, high) = self
            .few
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        // The floor keeps the numbers of parts within 53 bits.
        let size = low.abs().max(high.abs());
        let range = high / self.columns as f64 - low / self.columns as f64;
        self.width = range.max(size * 2f64.powi(-50)).max(f64::MIN_POSITIVE);
        for (index, point) in (1..).zip(std::mem::take(&mut self.few)) {
            self.insert(index, point);
        }
    }

    fn insert(&mut self, index: u64, point: P) {
        let x = point.x();
        let part = Part::of((index, point));
        self.join((x / self.width).floor() as i64, &part);
        while self.parts.len() > 2 * self.columns + 1 {
            // Points in 2·columns + 2 parts are at least 2·columns widths apart, so twice the
            // width is still fine enough.
            self.width *= 2.0;
            for (number, part) in std::mem::take(&mut self.parts) {
                self.join(number.div_euclid(2), &part);
            }
        }
    }

    fn join(&mut self, number: i64, part: &Part<P>) {
        self.parts
            .entry(number)
            .and_modify(|p| p.join(part))
            .or_insert_with(|| part.clone());
    }
}

impl Thinner {
    /// The points that were kept.
    pub fn finish(self, name: impl Into<String>) -> Series {
        let (points, seen) = self.into_kept();
        Series {
            name: name.into(),
            points,
            seen,
            style: None,
        }
    }
}

impl Thinner<Enclosed> {
    /// What was kept, as points on an axis.
    pub fn finish_on(self, axis: &Axis, name: impl Into<String>) -> Series {
        let (kept, seen) = self.into_kept();
        Series {
            name: name.into(),
            points: kept.iter().map(|e| axis.point(e.x, &e.value)).collect(),
            seen,
            style: None,
        }
    }
}
