//! Tables and lines of the reports for people, as wide as the reader's terminal.

use comfy_table::{
    CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, Table as Grid, Width,
    presets,
};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

use crate::visible;

/// Width of tables where nothing tells how wide the reader's lines are.
pub const WIDTH: u16 = 120;

/// How a report is dressed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// ANSI colours.
    pub colour: bool,
    /// Columns, if known.
    pub width: Option<u16>,
}

/// A cell of a [`Table`].
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    right: bool,
    colour: Option<Color>,
}

impl Cell {
    /// Text, possibly of several lines; what a terminal would obey becomes visible.
    pub fn new(text: impl AsRef<str>) -> Self {
        Cell {
            text: visible::lines(text.as_ref()).replace('\t', " "),
            right: false,
            colour: None,
        }
    }

    /// A number, on the right of its column.
    pub fn right(text: impl AsRef<str>) -> Self {
        Cell {
            right: true,
            ..Cell::new(text)
        }
    }

    /// The same in a colour, where there are colours.
    pub fn colour(mut self, colour: Color) -> Self {
        self.colour = Some(colour);
        self
    }

    fn grid(&self, right: bool) -> comfy_table::Cell {
        let mut cell = comfy_table::Cell::new(&self.text);
        if right {
            cell = cell.set_alignment(CellAlignment::Right);
        }
        match self.colour {
            Some(colour) => cell.fg(colour),
            None => cell,
        }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Cell::new(text)
    }
}

/// A table, or a list of its rows where that is too narrow for a table.
#[derive(Clone, Debug)]
pub struct Table {
    header: Vec<String>,
    /// The least comfortable widths of the columns; empty if nothing is asked for.
    widths: Vec<u16>,
    rows: Vec<Vec<Cell>>,
}

/// Characters of a row between and around so many columns: a blank on each side of a cell, and one
/// between two.
fn gaps(columns: usize) -> usize {
    (3 * columns).saturating_sub(1)
}

impl Table {
    /// A table without rows.
    pub fn new<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Self {
        Table {
            header: header.into_iter().map(Into::into).collect(),
            widths: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// The same with least widths of its columns, kept where there is room for all of them.
    #[must_use]
    pub fn widths(mut self, widths: impl Into<Vec<u16>>) -> Self {
        self.widths = widths.into();
        self
    }

    /// Adds a row of as many cells as the header has.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table without a line break at its end. No line is wider than the style's width, if
    /// that is 60 or more.
    pub fn render(&self, style: Style) -> String {
        let width = style.width.unwrap_or(WIDTH);
        let room = usize::from(width).saturating_sub(gaps(self.header.len()));
        let words: usize = (0..self.header.len()).map(|i| self.longest_word(i)).sum();
        if words <= room {
            self.grid(width, style).to_string()
        } else {
            self.list(width, style.colour)
        }
    }

    /// The longest word of a column, beyond which it cannot be narrowed.
    fn longest_word(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let texts = cells.map(|cell| &cell.text).chain(self.header.get(column));
        let words = texts.flat_map(|text| text.split([' ', '\n']));
        words.map(display_width).max().unwrap_or(0)
    }

    /// Width of the table with the widths that are asked for: those count the blanks beside a cell.
    fn asked(&self) -> usize {
        let widths = self.widths.iter().map(|width| usize::from(*width));
        widths.sum::<usize>() + self.header.len().saturating_sub(1)
    }

    fn grid(&self, width: u16, style: Style) -> Grid {
        let mut grid = Grid::new();
        grid.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()))
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(&self.header)
            .set_width(width);
        dress(&mut grid, style.colour);
        for row in &self.rows {
            grid.add_row(row.iter().map(|cell| cell.grid(cell.right)));
        }
        let is_roomy = style.width.is_none() || self.asked() <= usize::from(width);
        for (i, column) in grid.column_iter_mut().enumerate() {
            let asked = self.widths.get(i).copied().filter(|_| is_roomy);
            let word = u16::try_from(self.longest_word(i)).unwrap_or(width);
            // What the library calls a column's width has the blanks beside its text in it.
            let least = asked.unwrap_or(word + 2);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
        grid
    }

    /// Row by row, a line for each cell.
    fn list(&self, width: u16, colour: bool) -> String {
        let names = self.header.iter().map(|name| display_width(name)).max();
        let names = u16::try_from(names.unwrap_or(0))
            .unwrap_or(width)
            .min(width / 3);
        let items = self.rows.iter().map(|row| {
            let mut grid = Grid::new();
            grid.load_style(presets::NOTHING)
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
            dress(&mut grid, colour);
            for (name, cell) in self.header.iter().zip(row) {
                grid.add_row([comfy_table::Cell::new(name), cell.grid(false)]);
            }
            if let Some(column) = grid.column_mut(0) {
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(names + 2)));
            }
            grid.to_string()
        });
        let rule = "─".repeat(width.into());
        let items: Vec<String> = items.collect();
        format!("{rule}\n{}\n{rule}", items.join("\n\n"))
    }
}

fn dress(grid: &mut Grid, colour: bool) {
    if colour {
        grid.enforce_styling();
    } else {
        grid.force_no_tty();
    }
}

/// Breaks what is wider than `width` between words, or within one that is itself wider; the rest
/// of a line stands two further to the right than its beginning.
pub fn fit(text: &str, width: Option<u16>) -> String {
    let Some(width) = width.map(usize::from) else {
        return text.to_string();
    };
    let mut result = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        // A line of a coloured table fits, whatever its escape sequences count.
        if content.contains('\u{1b}') || display_width(content) <= width {
            result.push_str(line);
            continue;
        }
        result.push_str(&wrapped(content, width));
        result.push_str(&line[content.len()..]);
    }
    result
}

/// Text in lines of its own, broken anew where the reader's lines are shorter than those.
pub fn paragraph(text: &str, style: Style) -> String {
    let widest = text.lines().map(display_width).max().unwrap_or(0);
    match style.width.map(usize::from) {
        Some(width) if width < widest => {
            let words: Vec<&str> = text.split_whitespace().collect();
            textwrap::fill(&words.join(" "), options(width)) + "\n"
        }
        _ => text.to_string(),
    }
}

/// A line in lines of at most `width` columns.
fn wrapped(line: &str, width: usize) -> String {
    let words = line.trim_start_matches(' ');
    // So deep an indentation that nothing is left of the line is no help to anyone.
    let deepest = width / 3;
    let indent = (line.len() - words.len()).min(deepest);
    // Where a name stands before a value, the rest stands below the value.
    let value = words.find("  ").and_then(|end| {
        let gap = words[end..].len() - words[end..].trim_start_matches(' ').len();
        Some(indent + display_width(&words[..end]) + gap).filter(|column| *column <= deepest)
    });
    let (first, others) = (" ".repeat(indent), " ".repeat(value.unwrap_or(indent + 2)));
    let options = options(width)
        .initial_indent(&first)
        .subsequent_indent(&others);
    textwrap::fill(words, options)
}

fn options<'a>(width: usize) -> Options<'a> {
    Options::new(width)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["verdict", "claim", "slack"]).widths([10, 30, 10]);
        table.row([
            Cell::new("✓ certified").colour(Color::Green),
            Cell::new("a.long.id-of-a-claim\nIts title in several words"),
            Cell::right("0.5"),
        ]);
        table
    }

    fn widest(text: &str) -> usize {
        text.lines().map(display_width).max().unwrap_or(0)
    }

    #[test]
    fn what_has_no_room_as_a_table_is_a_list() {
        for (width, is_table) in [(120, true), (60, true), (30, false)] {
            let style = Style {
                colour: false,
                width: Some(width),
            };
            let text = table().render(style);
            assert!(widest(&text) <= usize::from(width), "{text}");
            assert!(text.contains("verdict  "), "{text}");
            let first = text.lines().find(|line| line.contains("verdict"));
            assert_eq!(
                first.is_some_and(|line| line.contains("claim")),
                is_table,
                "{text}"
            );
            for word in ["certified", "a.long.id", "several", "0.5"] {
                assert!(text.contains(word), "{text}");
            }
        }
    }

    #[test]
    fn long_lines_are_broken() {
        let text = format!("  one two three\n{}\n short\n", "7".repeat(25));
        let shown = fit(&text, Some(11));
        assert_eq!(
            shown,
            "  one two\n    three\n777777777\n  777777777\n  7777777\n short\n"
        );
        assert_eq!(
            fit("  n   a value of several words\n", Some(20)),
            "  n   a value of\n      several words\n"
        );
        assert_eq!(fit(&text, None), text);
    }

    #[test]
    fn cells_hold_no_escape_sequences() {
        let mut table = Table::new(["a"]);
        table.row(["\u{1b}[32m✓".into()]);
        assert!(table.render(Style::default()).contains("␛[32m✓"));
    }
}
