//! Messages about input: which file, which line, which field, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::claim::SourceFile;
use crate::expression::Span;
use crate::expression::parser::ParseError;

/// What kind of mistake it is, for tests and programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A file could not be read or written.
    Io,
    /// A file is not UTF-8.
    Encoding,
    /// A file is too large.
    Size,
    /// A file is not TOML.
    Toml,
    /// A file is not JSON.
    Json,
    /// A field nobody knows.
    UnknownField,
    /// A field that must be there is not.
    MissingField,
    /// A field of the wrong type.
    Type,
    /// A value that is not allowed.
    Value,
    /// A mistake in an expression.
    Expression,
    /// A claim id that does not exist, or exists twice.
    ClaimId,
    /// A mistake in the command.
    Usage,
    /// A defect of edgecert.
    Internal,
}

/// A mistake in the input, ready to be shown.
#[derive(Clone, Debug)]
pub struct InputError(Box<Contents>);

#[derive(Clone, Debug)]
struct Contents {
    kind: InputKind,
    path: Option<PathBuf>,
    /// The file's text and the place in it.
    place: Option<(String, Span)>,
    message: String,
    help: Option<String>,
}

impl InputError {
    fn new(kind: InputKind, message: impl Into<String>) -> Self {
        InputError(Box::new(Contents {
            kind,
            path: None,
            place: None,
            message: shorten(&message.into(), LONGEST),
            help: None,
        }))
    }

    /// A mistake at `span` of a file (or in the file as a whole).
    pub fn at(
        kind: InputKind,
        file: &SourceFile,
        span: Option<Span>,
        message: impl Into<String>,
    ) -> Self {
        let mut error = Self::new(kind, message);
        error.0.path = Some(file.path.clone());
        error.0.place = span.map(|span| (file.text.clone(), span));
        error
    }

    /// A mistake in an expression of a file.
    pub fn in_source(file: &SourceFile, span: Option<Span>, message: &str) -> Self {
        Self::at(InputKind::Expression, file, span, message)
    }

    /// A parser's error, in its file.
    pub fn parse(file: &SourceFile, field: &str, error: ParseError) -> Self {
        let mut result = Self::at(
            InputKind::Expression,
            file,
            Some(error.span),
            format!("in `{field}`: {}", error.message),
        );
        result.0.help = error.help;
        result
    }

    /// A file that could not be read.
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        let mut result = Self::new(InputKind::Io, format!("cannot read it: {error}"));
        result.0.path = Some(path.to_path_buf());
        result
    }

    /// A file that could not be written.
    pub fn output(path: &Path, error: &std::io::Error) -> Self {
        let mut result = Self::new(InputKind::Io, format!("cannot write it: {error}"));
        result.0.path = Some(path.to_path_buf());
        result
    }

    /// A mistake in the command.
    pub fn usage(message: &str) -> Self {
        Self::new(InputKind::Usage, message)
    }

    /// Something that cannot happen.
    pub fn internal(message: &str) -> Self {
        Self::new(InputKind::Internal, message)
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds the nearest valid word, if one is near.
    #[must_use]
    pub fn nearest<'n>(self, word: &str, known: impl Iterator<Item = &'n str>) -> Self {
        match nearest(word, known) {
            Some(near) => self.help(format!("the nearest valid name is `{near}`")),
            None => self,
        }
    }

    /// What kind of mistake it is.
    pub fn kind(&self) -> InputKind {
        self.0.kind
    }

    /// Line and column (in characters) of the mistake, counted from 1.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let (text, span) = self.0.place.as_ref()?;
        line_and_column(text, span.start)
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Contents {
            path,
            place,
            message,
            help,
            ..
        } = &*self.0;
        let path = path.as_ref().map(|p| p.display().to_string());
        let title = match (&path, place) {
            (Some(path), None) => format!("{path}: {message}"),
            _ => message.clone(),
        };
        let mut report: Vec<Group<'_>> = Vec::new();
        let mut group = Group::with_title(Level::ERROR.primary_title(&title));
        if let (Some(path), Some((text, span))) = (&path, place) {
            let (text, span) = excerpt(text, span);
            let line = self.line_and_column().map_or(1, |(line, _)| line);
            group = group.element(
                Snippet::source(text)
                    .path(path)
                    .line_start(line)
                    .annotation(AnnotationKind::Primary.span(span)),
            );
        }
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help));
        }
        report.push(group);
        f.write_str(&Renderer::plain().render(&report))
    }
}

impl std::error::Error for InputError {}

/// Line and column (in characters) of a byte of a text, counted from 1.
pub fn line_and_column(text: &str, byte: usize) -> Option<(usize, usize)> {
    let before = text.get(..byte)?;
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    Some((
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    ))
}

/// Longest part of a line that is shown from the mistake on, in bytes.
const WIDEST: usize = 240;

/// Longest message, in characters.
const LONGEST: usize = 500;

/// At most the first `most` characters.
pub fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// The line of `span` (up to a little behind its start, if it is very long), and the span
/// in it. What stands before stays: the column is counted in it.
fn excerpt<'t>(text: &'t str, span: &Span) -> (&'t str, Span) {
    let boundary = |mut i: usize| {
        i = i.min(text.len());
        while !text.is_char_boundary(i) {
            i -= 1;
        }
        i
    };
    let (start, end) = (boundary(span.start), boundary(span.end.max(span.start)));
    let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[start..]
        .find(['\r', '\n'])
        .map_or(text.len(), |i| start + i);
    let to = boundary(line_end.min(start + WIDEST)).max(start);
    let end = end.min(to);
    (&text[line_start..to], start - line_start..end - line_start)
}

/// The candidate with the least edit distance, if it is close enough to be meant: at most a
/// third of the letters and one more differ, but not all of them. Case does not count.
pub fn nearest<'n>(word: &str, candidates: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let word = in_ascii(word).to_lowercase();
    let length = word.chars().count();
    if length > 64 {
        return None;
    }
    candidates
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .min_by_key(|(d, _)| *d)
        .filter(|(d, candidate)| {
            let longer = length.max(candidate.chars().count());
            *d <= 1 + longer / 3 && *d < longer
        })
        .map(|(_, candidate)| candidate)
}

/// The symbols of the paper as names are written here: `β₁` as `beta1`.
pub(crate) fn in_ascii(word: &str) -> String {
    let mut text = String::new();
    for c in word.chars() {
        match c {
            'α' => text.push_str("alpha"),
            'β' => text.push_str("beta"),
            'δ' => text.push_str("delta"),
            'ε' => text.push_str("epsilon"),
            'η' => text.push_str("eta"),
            'λ' => text.push_str("lambda"),
            'ρ' => text.push_str("rho"),
            '₁' => text.push('1'),
            '₂' => text.push('2'),
            '≤' => text.push_str("<="),
            '≥' => text.push_str(">="),
            _ => text.push(c),
        }
    }
    text
}

/// Levenshtein's distance.
fn distance(x: &str, y: &str) -> usize {
    let y: Vec<char> = y.chars().collect();
    let mut row: Vec<usize> = (0..=y.len()).collect();
    for (i, a) in x.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in y.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[y.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names_are_near() {
        let names = ["alpha", "beta1", "beta2", "sharpness"];
        assert_eq!(nearest("alhpa", names.into_iter()), Some("alpha"));
        assert_eq!(nearest("sharpnes", names.into_iter()), Some("sharpness"));
        assert_eq!(nearest("β₁", names.into_iter()), Some("beta1"));
        assert_eq!(nearest("SHARPNESS", names.into_iter()), Some("sharpness"));
        assert_eq!(nearest("zzzzzzz", names.into_iter()), None);
        assert_eq!(nearest("x", ["a", "t", "B"].into_iter()), None);
        assert_eq!(nearest("b", ["a", "t", "B"].into_iter()), Some("B"));
    }

    #[test]
    fn the_caret_is_under_the_mistake() {
        let file = SourceFile {
            path: "a.toml".into(),
            text: "x = 1\ny = 'αβ + c'\n".into(),
        };
        let start = file.text.find('c').expect("there");
        let error = InputError::in_source(&file, Some(start..start + 1), "no c");
        assert_eq!(error.line_and_column(), Some((2, 11)));
        let shown = error.to_string();
        assert!(shown.contains("a.toml:2:11"), "{shown}");
        assert!(shown.contains("y = 'αβ + c'"), "{shown}");
    }
}
