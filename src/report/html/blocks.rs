//! What a page is made of.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use crate::report::chart::{Chart, Width};
use crate::verdict::Verdict;

/// A part of a section.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// A heading within the section.
    Heading {
        /// Its text.
        text: String,
    },
    /// Running text.
    Paragraph {
        /// Its parts.
        content: Vec<Inline>,
    },
    /// A verdict with what it is about.
    Verdict {
        /// The verdict.
        verdict: Badge,
        /// What it is about.
        content: Vec<Inline>,
    },
    /// Names and values.
    Pairs {
        /// One for each line.
        pairs: Vec<Pair>,
    },
    /// A table.
    Table(Table),
    /// What is shown on demand, and on paper.
    Details {
        /// What there is to be shown.
        summary: String,
        /// Whether it is shown from the start.
        open: bool,
        /// What is shown.
        blocks: Vec<Block>,
    },
    /// A chart with its caption and its data.
    Figure(Figure),
    /// Text as it is, with its line breaks.
    Preformatted {
        /// The text.
        text: String,
    },
}

impl Block {
    /// A heading within a section.
    pub fn heading(text: impl Into<String>) -> Self {
        Block::Heading { text: text.into() }
    }

    /// A paragraph of plain text.
    pub fn paragraph(text: impl Into<Inline>) -> Self {
        Block::Paragraph {
            content: vec![text.into()],
        }
    }

    /// A verdict with what it is about.
    pub fn verdict(verdict: Verdict, about: impl Into<Inline>) -> Self {
        Block::Verdict {
            verdict: verdict.into(),
            content: vec![about.into()],
        }
    }

    /// Names and values.
    pub fn pairs<N: Into<String>, V: Into<Inline>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Block::Pairs {
            pairs: pairs
                .into_iter()
                .map(|(name, value)| Pair {
                    name: name.into(),
                    value: vec![value.into()],
                })
                .collect(),
        }
    }

    /// What is shown on demand.
    pub fn details(summary: impl Into<String>, blocks: Vec<Block>) -> Self {
        Block::Details {
            summary: summary.into(),
            open: false,
            blocks,
        }
    }

    /// A chart.
    pub fn chart(chart: &Chart) -> Self {
        Block::Figure(Figure::new(chart))
    }

    /// Text as it is.
    pub fn preformatted(text: impl Into<String>) -> Self {
        Block::Preformatted { text: text.into() }
    }
}

/// A part of running text.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Inline {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// A name, a formula or a command, as it is typed.
    Code {
        /// The text.
        text: String,
    },
    /// A verdict, as sign and word.
    Verdict {
        /// The verdict.
        verdict: Badge,
    },
    /// Text on a line of its own below the rest, less prominent.
    Below {
        /// The text.
        text: String,
    },
    /// A reference to another place of the page.
    Link {
        /// Its text.
        text: String,
        /// The anchor without `#`, as `section-2`.
        anchor: String,
    },
}

impl Inline {
    /// A name, a formula or a command, as it is typed.
    pub fn code(text: impl Into<String>) -> Self {
        Inline::Code { text: text.into() }
    }

    /// Text on a line of its own below the rest, less prominent.
    pub fn below(text: impl Into<String>) -> Self {
        Inline::Below { text: text.into() }
    }

    /// A reference to another place of the page.
    pub fn link(text: impl Into<String>, anchor: impl Into<String>) -> Self {
        Inline::Link {
            text: text.into(),
            anchor: anchor.into(),
        }
    }
}

impl From<&str> for Inline {
    fn from(text: &str) -> Self {
        Inline::Text { text: text.into() }
    }
}

impl From<String> for Inline {
    fn from(text: String) -> Self {
        Inline::Text { text }
    }
}

impl From<Verdict> for Inline {
    fn from(verdict: Verdict) -> Self {
        Inline::Verdict {
            verdict: verdict.into(),
        }
    }
}

/// A verdict as a page shows it: by a sign, a word and a colour.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Badge {
    word: &'static str,
    sign: &'static str,
}

impl From<Verdict> for Badge {
    fn from(verdict: Verdict) -> Self {
        Badge {
            word: verdict.word(),
            sign: verdict.sign(),
        }
    }
}

/// A name and its value.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Vec<Inline>,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Cell {
    /// What is in it.
    pub content: Vec<Inline>,
    /// Whether it is a number, which is set to the right.
    pub number: bool,
}

impl Cell {
    /// A number.
    pub fn number(text: impl Into<String>) -> Self {
        Cell {
            content: vec![Inline::Text { text: text.into() }],
            number: true,
        }
    }
}

impl<T: Into<Inline>> From<T> for Cell {
    fn from(content: T) -> Self {
        Cell {
            content: vec![content.into()],
            number: false,
        }
    }
}

/// A table. Its first column names the rows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new<H: Into<String>>(
        caption: impl Into<String>,
        header: impl IntoIterator<Item = H>,
    ) -> Self {
        Table {
            caption: caption.into(),
            header: header.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// The same with one more row.
    pub fn row(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.rows.push(cells.into_iter().collect());
        self
    }
}

/// A chart, drawn for a wide and for a narrow page, with its data.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    title: String,
    caption: String,
    note: Option<String>,
    wide: String,
    narrow: String,
    file: String,
    data: String,
    /// Whether the data are fewer than those that are drawn.
    thinned: bool,
}

/// What a data: URI cannot hold as it is, in an attribute that is escaped itself.
const NOT_IN_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'&')
    .add(b'\'');

/// For how many columns the data of a figure are kept.
const COLUMNS: usize = 160;

impl Figure {
    /// Draws a chart. The data that come with it are thinned to what such a chart can show.
    pub fn new(chart: &Chart) -> Self {
        let data = chart.thinned(COLUMNS);
        let csv = data.csv();
        Figure {
            title: chart.title.clone(),
            caption: chart.caption.clone(),
            note: chart.thinning(),
            wide: chart.inline(Width::Wide),
            narrow: chart.inline(Width::Narrow),
            file: file_name(&chart.title),
            data: utf8_percent_encode(&csv, NOT_IN_URI).to_string(),
            thinned: data != *chart,
        }
    }
}

/// A name for a file of data, from letters and digits of a title.
fn file_name(title: &str) -> String {
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut name: String = words.join("-").chars().take(60).collect();
    if name.is_empty() {
        name.push_str("data");
    }
    name + ".csv"
}
