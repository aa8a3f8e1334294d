//! Places for the labels of vertical reference lines: above the plot, on few lines of text, beside
//! their reference lines, which reach up to them and must not cross another label.

/// Most lines of text.
const LINES: usize = 4;
/// Between a reference line and its label.
const SPACE: f64 = 4.0;
/// Between two labels.
const GAP: f64 = 10.0;
/// Most labels it is worth looking for places for.
pub(super) const MOST: usize = 16;
/// Places tried before a label is given up: enough for a dozen labels that are not crowded.
const ATTEMPTS: usize = 20_000;

/// A reference line with the width of its label.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) x: f64,
    pub(super) width: f64,
}

/// Where a label goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The line of text, counted from the plot upward.
    pub(super) line: usize,
    /// Whether it is to the right of its reference line.
    pub(super) is_right: bool,
    /// Where it starts and ends.
    pub(super) span: (f64, f64),
}

/// A place for each label between `left` and `right`, on as few lines of text as are found to
/// do; `None` if there is none, or none is found soon.
pub(super) fn places(marks: &[Mark], left: f64, right: f64) -> Option<Vec<Place>> {
    (1..=LINES).find_map(|lines| {
        let mut chosen = Vec::new();
        let mut attempts = ATTEMPTS;
        extend(marks, (left, right), lines, &mut chosen, &mut attempts).then_some(chosen)
    })
}

/// Depth-first search for the places of all marks after the first ones.
fn extend(
    marks: &[Mark],
    room: (f64, f64),
    lines: usize,
    chosen: &mut Vec<Place>,
    attempts: &mut usize,
) -> bool {
    let Some(mark) = marks.get(chosen.len()) else {
        return true;
    };
    for line in 0..lines {
        for is_right in [true, false] {
            *attempts = attempts.saturating_sub(1);
            let span = if is_right {
                (mark.x + SPACE, mark.x + SPACE + mark.width)
            } else {
                (mark.x - SPACE - mark.width, mark.x - SPACE)
            };
            let place = Place {
                line,
                is_right,
                span,
            };
            let fits = *attempts > 0
                && room.0 <= span.0
                && span.1 <= room.1
                && marks
                    .iter()
                    .zip(chosen.iter())
                    .all(|(other, p)| agree((mark, &place), (other, p)));
            if fits {
                chosen.push(place);
                if extend(marks, room, lines, chosen, attempts) {
                    return true;
                }
                chosen.pop();
            }
        }
    }
    false
}

/// Whether two labels are apart, and neither reference line crosses the other's label.
fn agree(a: (&Mark, &Place), b: (&Mark, &Place)) -> bool {
    let crosses = |(mark, place): (&Mark, &Place), label: &Place| {
        place.line >= label.line && label.span.0 - SPACE < mark.x && mark.x < label.span.1 + SPACE
    };
    let apart =
        a.1.line != b.1.line || a.1.span.1 + GAP <= b.1.span.0 || b.1.span.1 + GAP <= a.1.span.0;
    // Labels at the same place may share one line on the plot.
    let same = a.0.x == b.0.x;
    apart && (same || (!crosses(a, b.1) && !crosses(b, a.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_does_where_labels_are_far_apart() {
        let marks = [10.0, 110.0, 210.0].map(|x| Mark { x, width: 80.0 });
        let places = places(&marks, 0.0, 300.0).unwrap();
        assert!(places.iter().all(|p| p.line == 0 && p.is_right));
    }

    #[test]
    fn a_label_at_the_right_end_goes_to_the_left_above_what_it_covers() {
        let marks = [(200.0, 60.0), (280.0, 100.0)].map(|(x, width)| Mark { x, width });
        let places = places(&marks, 0.0, 300.0).unwrap();
        assert!(!places[1].is_right);
        assert!(places[0].line < places[1].line);
    }

    #[test]
    fn what_has_no_room_is_given_up() {
        let marks: Vec<_> = (0..30)
            .map(|i| Mark {
                x: 100.0 + f64::from(i),
                width: 80.0,
            })
            .collect();
        assert!(places(&marks, 0.0, 300.0).is_none());
    }
}
