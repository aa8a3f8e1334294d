//! TOML files with exact numbers and the place of everything: what run files and claim files
//! are decoded from.

use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rug::Rational;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::claim::SourceFile;
use crate::diagnostic::{InputError, InputKind};
use crate::expression::{Place, Span};
use crate::limits::SOURCE_BYTES;
use crate::number::rational;

/// Reads a text file that a person writes.
///
/// # Errors
/// [`InputError`] if it cannot be read, is larger than [`SOURCE_BYTES`], or is not UTF-8.
pub fn read(path: &Path) -> Result<Arc<SourceFile>, InputError> {
    read_within(path, SOURCE_BYTES)
}

/// Reads a text file of at most so many bytes.
///
/// # Errors
/// As [`read`].
pub fn read_within(path: &Path, most: u64) -> Result<Arc<SourceFile>, InputError> {
    let io = |e: std::io::Error| InputError::io(path, &e);
    let file = std::fs::File::open(path).map_err(|error| match std::fs::read_link(path) {
        Ok(target) if error.kind() == std::io::ErrorKind::NotFound => {
            let message = format!("it is a link to {}, which is not there", target.display());
            io(std::io::Error::other(message))
        }
        _ => io(error),
    })?;
    if file.metadata().map_err(io)?.is_dir() {
        return Err(io(std::io::Error::other("it is a folder, not a file")));
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(io)?;
    let source = |text: String| SourceFile {
        path: path.to_path_buf(),
        text,
    };
    if bytes.len() as u64 > most {
        let file = source(String::new());
        let message = format!("it is larger than {} MiB", most >> 20);
        return Err(InputError::at(InputKind::Size, &file, None, message));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::new(source(text))),
        Err(e) => {
            let valid = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            let line = valid.iter().filter(|b| **b == b'\n').count() + 1;
            let message = format!("line {line} is not UTF-8 (byte {})", valid.len());
            Err(InputError::at(
                InputKind::Encoding,
                &source(String::new()),
                None,
                message,
            ))
        }
    }
}

/// `proofs/runs/../liu2025` as `proofs/liu2025`, for reports.
pub fn tidy(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        let inside = matches!(result.components().next_back(), Some(Component::Normal(_)));
        // A link could lead elsewhere: then the path stays as it is.
        if component == Component::ParentDir && inside && !result.is_symlink() {
            result.pop();
        } else {
            result.push(component);
        }
    }
    result
}

/// Parses a file and hands its top table to `decode`.
///
/// # Errors
/// [`InputError`] if it is not TOML, or what `decode` says.
pub fn decode<T>(
    file: &Arc<SourceFile>,
    decode: impl FnOnce(Table<'_>) -> Result<T, InputError>,
) -> Result<T, InputError> {
    let table = DeTable::parse(&file.text).map_err(|e| {
        let message = format!("this is not TOML: {}", e.message());
        let error = InputError::at(InputKind::Toml, file, e.span(), message);
        match e.span() {
            Some(span) if has_odd_quotes(&file.text, span.start) => {
                error.help("a text with a prime, such as b', stands in double quotes")
            }
            _ => error,
        }
    })?;
    decode(Table {
        file,
        name: String::new(),
        span: None,
        table: table.get_ref(),
    })
}

/// Is this TOML with at least one field?
pub fn is_table(file: &SourceFile) -> bool {
    DeTable::parse(&file.text).is_ok_and(|table| !table.get_ref().is_empty())
}

/// Is there a `'` without its partner in the line of a byte of a text?
fn has_odd_quotes(text: &str, byte: usize) -> bool {
    let before = text.get(..byte).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = text[start..].lines().next().unwrap_or("");
    line.matches('\'').count() % 2 == 1
}

/// A table of a file.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    file: &'a Arc<SourceFile>,
    name: String,
    span: Option<Span>,
    table: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// The file.
    pub fn file(&self) -> &'a Arc<SourceFile> {
        self.file
    }

    /// Refuses fields that are not among `known`.
    ///
    /// # Errors
    /// [`InputKind::UnknownField`], with the nearest known one.
    pub fn allow(&self, known: &[&str]) -> Result<(), InputError> {
        for field in self.fields() {
            let key = field.key();
            if !known.contains(&key) {
                let message = format!("there is no field `{}`", field.name);
                let place = Some(field.key_span.clone());
                let error = InputError::at(InputKind::UnknownField, self.file, place, message);
                return Err(error.nearest(key, known.iter().copied()));
            }
        }
        Ok(())
    }

    /// Every field, in the order of the file.
    pub fn fields(&self) -> Vec<Field<'a>> {
        let mut fields: Vec<Field<'a>> = self
            .table
            .iter()
            .map(|(key, value)| Field {
                file: self.file,
                key: key.get_ref(),
                name: self.path(key.get_ref()),
                key_span: key.span(),
                value,
            })
            .collect();
        fields.sort_by_key(|f| f.key_span.start);
        fields
    }

    fn path(&self, key: &str) -> String {
        if self.name.is_empty() {
            key.to_string()
        } else {
            format!("{}.{key}", self.name)
        }
    }

    /// A field that may be absent.
    pub fn optional(&self, key: &str) -> Option<Field<'a>> {
        self.fields().into_iter().find(|f| f.key() == key)
    }

    /// A field that must be there.
    ///
    /// # Errors
    /// [`InputKind::MissingField`].
    pub fn required(&self, key: &str) -> Result<Field<'a>, InputError> {
        self.optional(key).ok_or_else(|| {
            let message = format!("the field `{}` is missing", self.path(key));
            InputError::at(
                InputKind::MissingField,
                self.file,
                self.span.clone(),
                message,
            )
        })
    }
}

/// A field of a table.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    file: &'a Arc<SourceFile>,
    key: &'a str,
    name: String,
    key_span: Span,
    value: &'a Spanned<DeValue<'a>>,
}

/// A text of a file and where its first character stands, so that places in it can be shown.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    /// The text.
    pub text: &'a str,
    /// Where it stands.
    pub place: Place,
    /// The whole value, quotes included.
    pub span: Span,
}

impl<'a> Field<'a> {
    /// Its name in its table.
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// Its name from the top of the file: `start.beta1`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The place of its value.
    pub fn span(&self) -> Span {
        self.value.span()
    }

    /// An error about this field.
    pub fn error(&self, kind: InputKind, message: &str) -> InputError {
        let message = format!("`{}`: {message}", self.name);
        InputError::at(kind, self.file, Some(self.span()), message)
    }

    fn wrong_type<T>(&self, wanted: &str) -> Result<T, InputError> {
        let found = match self.value.get_ref() {
            DeValue::Integer(integer) if integer.radix() != 10 => "a number in another base",
            DeValue::Integer(_) => "an integer",
            DeValue::Array(_) => "an array",
            DeValue::String(_) => "a string",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Table(_) => "a table",
        };
        Err(self.error(
            InputKind::Type,
            &format!("{wanted} is expected here, but this is {found}"),
        ))
    }

    /// Its value as written, with its white space reduced to single spaces.
    pub fn written(&self) -> String {
        self.file.one_line(&self.span())
    }

    /// Its value, if it is a boolean.
    pub fn boolean(&self) -> Option<bool> {
        self.value.get_ref().as_bool()
    }

    /// A string.
    ///
    /// # Errors
    /// [`InputKind::Type`].
    pub fn text(&self) -> Result<Text<'a>, InputError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(Text {
                text,
                place: place(&self.file.text, self.span(), text),
                span: self.span(),
            }),
            _ => self.wrong_type("a string"),
        }
    }

    /// The elements of an array, as fields with this field's name.
    pub fn elements(&self) -> Option<Vec<Field<'a>>> {
        let array = self.value.get_ref().as_array()?;
        let element = |value| Field {
            value,
            ..self.clone()
        };
        Some(array.iter().map(element).collect())
    }

    /// A string, or an array of strings.
    ///
    /// # Errors
    /// [`InputKind::Type`].
    pub fn texts(&self) -> Result<Vec<Text<'a>>, InputError> {
        match self.elements() {
            Some(elements) => elements.iter().map(Field::text).collect(),
            None => Ok(vec![self.text()?]),
        }
    }

    /// A table.
    ///
    /// # Errors
    /// [`InputKind::Type`].
    pub fn table(&self) -> Result<Table<'a>, InputError> {
        match self.value.get_ref() {
            DeValue::Table(table) => Ok(Table {
                file: self.file,
                name: self.name.clone(),
                span: Some(self.span()),
                table,
            }),
            _ => self.wrong_type("a table"),
        }
    }

    /// An exact number: a TOML integer or float, taken digit by digit, or a string.
    ///
    /// # Errors
    /// [`InputKind::Type`], or [`InputKind::Value`] with what is wrong with the literal.
    pub fn number(&self) -> Result<Rational, InputError> {
        let literal = match self.value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            DeValue::String(text) => text.as_ref(),
            _ => return self.wrong_type("a decimal number or a fraction"),
        };
        rational::parse(literal).map_err(|e| {
            self.error(
                InputKind::Value,
                &format!("this is not an exact number: {e}"),
            )
        })
    }
}

/// Where the text of a string value stands: letter by letter, unless escapes rewrite it.
fn place(file: &str, span: Span, text: &str) -> Place {
    let literal = file.get(span.clone()).and_then(|raw| {
        let quote = if raw.starts_with("'''") || raw.starts_with("\"\"\"") {
            3
        } else {
            1
        };
        // TOML drops a line end right after the opening quotes of a multi-line string.
        let skip = raw.len().checked_sub(text.len() + quote)?;
        raw.get(skip..)?.starts_with(text).then_some(skip)
    });
    match literal {
        Some(skip) => Place::From(span.start + skip),
        None => Place::Within(span),
    }
}
