//! Claim files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rug::Rational;

use super::{Claim, Clause, Event, Falsify, Provenance, Reach, Scope, SourceFile, Tight};
use crate::diagnostic::{InputError, InputKind};
use crate::document::{self, Field, Table, Text};
use crate::expression::extent::{self, Extent};
use crate::expression::parser::{self, ErrorKind, ParseError};
use crate::expression::{Expr, Kind, NameTable, Place};
use crate::input;

const FIELDS: [&str; 16] = [
    "id",
    "title",
    "source",
    "provenance",
    "proof",
    "statement",
    "falsify",
    "constants",
    "define",
    "given",
    "when",
    "then",
    "for",
    "reach",
    "tight",
    "loose_above",
];

/// What claim files up to edgecert 0.1.0 named: Rust items and tests of edgecert.
const NO_LONGER: [&str; 2] = ["functions", "tests"];

/// The fields of a claim that its perturbation may replace.
const STATEMENT: [&str; 7] = [
    "constants",
    "define",
    "given",
    "when",
    "then",
    "for",
    "reach",
];

/// A claim may use this many names, those of the model included.
const MOST_NAMES: usize = 1000;

/// The forms of `for`, for messages.
const FORMS: &str = "every step; from EVENT; until EVENT; steps N to M; some step to M; \
from first given; each stretch where CONDITION; for all t >= N; eventually always. An EVENT is \
first_edge_crossing, crossing(k), spike(k), trap or first(CONDITION)";

/// Loads a claim file.
///
/// # Errors
/// [`InputError`] naming file, line, column and field.
pub fn load(path: &Path, names: &NameTable) -> Result<Claim, InputError> {
    let file = document::read(path)?;
    parse(&file, names)
}

/// A claim from the text of its file.
///
/// # Errors
/// As [`load`].
pub fn parse(file: &Arc<SourceFile>, names: &NameTable) -> Result<Claim, InputError> {
    document::decode(file, |table| claim(file, names, &table))
}

/// Loads claim files and folders of them (every `*.toml` that is not hidden, by name).
///
/// # Errors
/// As [`load`]; also if two claims have the same id.
pub fn load_all(paths: &[PathBuf], names: &NameTable) -> Result<Vec<Arc<Claim>>, InputError> {
    let mut claims: Vec<Arc<Claim>> = Vec::new();
    let mut by_id: HashMap<String, PathBuf> = HashMap::new();
    for path in paths {
        for file in files(path)? {
            let claim = load(&file, names)?;
            if let Some(first) = by_id.insert(claim.id.clone(), file) {
                let message = format!("the id `{}` is taken by {}", claim.id, first.display());
                return Err(InputError::at(
                    InputKind::ClaimId,
                    &claim.file,
                    None,
                    message,
                ));
            }
            claims.push(Arc::new(claim));
        }
    }
    Ok(claims)
}

fn files(path: &Path) -> Result<Vec<PathBuf>, InputError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let io = |e: std::io::Error| InputError::io(path, &e);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        // What is hidden is an editor's or a system's: `.#claim.toml`, `._claim.toml`.
        let is_hidden = file
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !is_hidden && file.extension().is_some_and(|e| e == "toml") {
            files.push(file);
        }
    }
    if files.is_empty() {
        let empty = std::io::Error::other("the folder holds no claim file (*.toml)");
        return Err(io(empty));
    }
    files.sort();
    Ok(files)
}

fn claim(
    file: &Arc<SourceFile>,
    names: &NameTable,
    table: &Table<'_>,
) -> Result<Claim, InputError> {
    no_code(table)?;
    table.allow(&FIELDS)?;
    let text = |key: &str| Ok::<_, InputError>(table.required(key)?.text()?.text.to_string());
    let id = id(&table.required("id")?)?;
    let statement = Layers { table, over: None };
    let mut claim = Decoder::new(file, names).statement(&statement, id)?;
    claim.title = text("title")?;
    claim.source = text("source")?;
    claim.provenance = provenance(&table.required("provenance")?)?;
    claim.proof = text("proof")?;
    claim.proof_span = table.required("proof")?.span();
    if let Some(field) = table.optional("statement") {
        claim.statement = field.text()?.text.to_string();
    }
    if let Some(field) = table.optional("loose_above") {
        claim.loose_above = threshold(&field)?;
    }
    claim.falsify = match table.optional("falsify") {
        Some(field) => Some(falsify(file, names, table, &field, &claim)?),
        None => None,
    };
    Ok(claim)
}

/// What the table `falsify` of a claim file says.
fn falsify(
    file: &Arc<SourceFile>,
    names: &NameTable,
    table: &Table<'_>,
    field: &Field<'_>,
    claim: &Claim,
) -> Result<Falsify, InputError> {
    let over = field.table()?;
    let own = ["run", "why"];
    over.allow(&[&own[..], &input::CHANGEABLE, &STATEMENT].concat())?;
    let (run, why) = (over.required("run")?, over.required("why")?);
    if why.text()?.text.trim().is_empty() {
        let message = "it says in one line which hypothesis is dropped or which constant moved";
        return Err(why.error(InputKind::Value, message));
    }
    let mut written = Vec::new();
    for field in over.fields() {
        if !own.contains(&field.key()) {
            changes(field.key(), &field, &mut written);
        }
    }
    let changes = input::Changes::read(&over)?;
    let layers = Layers {
        table,
        over: Some(&over),
    };
    let mut perturbed = Decoder::new(file, names).statement(&layers, claim.id.clone())?;
    perturbed.title.clone_from(&claim.title);
    perturbed.source.clone_from(&claim.source);
    perturbed.provenance = claim.provenance;
    perturbed.proof.clone_from(&claim.proof);
    perturbed.proof_span = claim.proof_span.clone();
    perturbed.statement.clone_from(&claim.statement);
    perturbed.tight = None;
    perturbed.loose_above.clone_from(&claim.loose_above);
    let folder = file.path.parent().unwrap_or(Path::new(""));
    Ok(Falsify {
        why: why.text()?.text.trim().to_string(),
        run: document::tidy(&folder.join(run.text()?.text)),
        run_span: run.span(),
        changes,
        written,
        claim: Arc::new(perturbed),
    })
}

/// A field of a perturbation as written, a table field by field.
fn changes(name: &str, field: &Field<'_>, lines: &mut Vec<String>) {
    match field.table() {
        Ok(table) => {
            for inner in table.fields() {
                changes(&format!("{name}.{}", inner.key()), &inner, lines);
            }
        }
        Err(_) => lines.push(format!("{name} = {}", field.written())),
    }
}

/// Refuses the fields of older claim files that named code.
fn no_code(table: &Table<'_>) -> Result<(), InputError> {
    match NO_LONGER.iter().find_map(|key| table.optional(key)) {
        None => Ok(()),
        Some(field) => {
            let error = field.error(InputKind::UnknownField, "a claim file does not name code");
            Err(error
                .help("remove this field; a test of edgecert says itself which claims it tests"))
        }
    }
}

/// A claim's table and, above it, what its perturbation replaces.
struct Layers<'t, 'a> {
    table: &'t Table<'a>,
    over: Option<&'t Table<'a>>,
}

impl<'a> Layers<'_, 'a> {
    fn optional(&self, key: &str) -> Option<Field<'a>> {
        self.over
            .and_then(|over| over.optional(key))
            .or_else(|| self.table.optional(key))
    }

    /// The fields of a table, each in its place, and then those that only the upper layer has.
    fn fields(&self, key: &str) -> Result<Vec<Field<'a>>, InputError> {
        let fields = |table: Option<&Table<'a>>| match table.and_then(|t| t.optional(key)) {
            Some(field) => Ok(field.table()?.fields()),
            None => Ok::<_, InputError>(Vec::new()),
        };
        let mut all = fields(Some(self.table))?;
        for field in fields(self.over)? {
            match all.iter_mut().find(|f| f.key() == field.key()) {
                Some(replaced) => *replaced = field,
                None => all.push(field),
            }
        }
        Ok(all)
    }
}

struct Decoder<'a> {
    file: &'a Arc<SourceFile>,
    /// Grows by the claim's own constants and definitions.
    names: NameTable,
    /// Of the definitions, written out.
    extents: HashMap<String, Extent>,
}

impl<'f> Decoder<'f> {
    fn new(file: &'f Arc<SourceFile>, names: &NameTable) -> Self {
        Decoder {
            file,
            names: names.clone(),
            extents: HashMap::new(),
        }
    }

    /// What a claim states; the fields that only describe it are left empty.
    fn statement(mut self, table: &Layers<'_, '_>, id: String) -> Result<Claim, InputError> {
        let constants = self.constants(table)?;
        let define = self.definitions(table)?;
        let clauses = |key: &str| self.clauses(table.optional(key));
        let (given, when, then) = (clauses("given")?, clauses("when")?, clauses("then")?);
        let reach = match table.optional("reach") {
            Some(field) => Some(self.reach(&field)?),
            None => {
                let field = match table.optional("then") {
                    Some(field) => field,
                    None => table.table.required("then")?,
                };
                if then.is_empty() {
                    let message = "a claim needs a conclusion";
                    return Err(field.error(InputKind::Value, message));
                }
                None
            }
        };
        let (scope, scope_text) = match table.optional("for") {
            Some(field) => match self.scope(&field)? {
                (Scope::FromFirstGiven, _) if given.is_empty() => {
                    let message = "the claim has no `given`";
                    return Err(field.error(InputKind::Value, message));
                }
                scope => scope,
            },
            None => (Scope::EveryStep, "every step".to_string()),
        };
        Ok(Claim {
            id,
            title: String::new(),
            source: String::new(),
            provenance: Provenance::Derived,
            proof: String::new(),
            proof_span: 0..0,
            statement: String::new(),
            tight: table
                .optional("tight")
                .map(|f| self.tight(&f, &constants))
                .transpose()?,
            loose_above: Rational::from((1, 10)),
            falsify: None,
            constants,
            define,
            given,
            when,
            then,
            scope,
            scope_text,
            reach,
            file: self.file.clone(),
        })
    }

    /// Refuses a name that is already taken or cannot be written in an expression.
    fn new_name(&self, field: &Field<'_>) -> Result<String, InputError> {
        let name = field.key().to_string();
        let shape = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && !matches!(name.as_str(), "and" | "or" | "not")
            && parser::functions().all(|function| function != name);
        if !shape {
            return Err(field.error(InputKind::Value, "this cannot be a name in an expression"));
        }
        if self.names.values.len() >= MOST_NAMES {
            return Err(field.error(InputKind::Value, "there are too many names"));
        }
        if self.names.values.iter().any(|(n, _)| *n == name) || self.names.flags.contains(&name) {
            return Err(field.error(InputKind::Value, "this name already has a meaning"));
        }
        Ok(name)
    }

    fn constants(&mut self, table: &Layers<'_, '_>) -> Result<Vec<(String, Rational)>, InputError> {
        if let Some(field) = table.over.and_then(|over| over.optional("constants")) {
            let own = match table.table.optional("constants") {
                Some(field) => field.table()?.fields(),
                None => Vec::new(),
            };
            for moved in field.table()?.fields() {
                if !own.iter().any(|f| f.key() == moved.key()) {
                    let error = moved.error(InputKind::Value, "the claim has no such constant");
                    return Err(error.nearest(moved.key(), own.iter().map(Field::key)));
                }
            }
        }
        let mut constants = Vec::new();
        for field in table.fields("constants")? {
            let name = self.new_name(&field)?;
            constants.push((name.clone(), field.number()?));
            self.names
                .values
                .push((name.clone(), "a constant of the claim".into()));
            self.names.fixed.push(name);
        }
        Ok(constants)
    }

    fn definitions(&mut self, table: &Layers<'_, '_>) -> Result<Vec<(String, Expr)>, InputError> {
        let mut definitions = Vec::new();
        for field in table.fields("define")? {
            let name = self.new_name(&field)?;
            let expr = self.expression(field.name(), &field.text()?)?;
            if self.looks_elsewhere(&expr) {
                self.names.fixed.push(name.clone());
            }
            let extent = extent::of_expression(&expr, &self.extents);
            self.extents.insert(name.clone(), extent);
            definitions.push((name.clone(), expr));
            self.names
                .values
                .push((name, "a definition of the claim".into()));
        }
        Ok(definitions)
    }

    /// Does a definition look at more than the current iterate? Then it has no next value:
    /// a prime on it would have to prime what is primed already.
    fn looks_elsewhere(&self, expr: &Expr) -> bool {
        expr.any(&|kind| match kind {
            Kind::Name { name, primed } => {
                let fixed = || self.names.fixed.iter().any(|f| **f == **name);
                *primed || self.extents.contains_key(&**name) && fixed()
            }
            Kind::Call(function, _) => function.remembers(),
            _ => false,
        })
    }

    fn expression(&self, field: &str, text: &Text<'_>) -> Result<Expr, InputError> {
        let expr = parser::expression(text.text, &text.place, &self.names)
            .map_err(|e| InputError::parse(self.file, field, e))?;
        self.moderate(field, text, extent::of_expression(&expr, &self.extents))?;
        Ok(expr)
    }

    fn moderate(&self, field: &str, text: &Text<'_>, extent: Extent) -> Result<(), InputError> {
        if extent.is_moderate() {
            return Ok(());
        }
        let message = "this is too large with its definitions and derivatives written out";
        let error = ParseError {
            kind: ErrorKind::Size,
            message: message.into(),
            help: None,
            span: text.span.clone(),
        };
        Err(InputError::parse(self.file, field, error))
    }

    fn clause(&self, field: &str, text: &Text<'_>) -> Result<Clause, InputError> {
        let condition = parser::condition(text.text, &text.place, &self.names)
            .map_err(|e| InputError::parse(self.file, field, e))?;
        self.moderate(field, text, extent::of_condition(&condition, &self.extents))?;
        let one_line = text.text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Clause {
            text: one_line,
            condition,
            span: Some(text.span.clone()),
        })
    }

    fn clauses(&self, field: Option<Field<'_>>) -> Result<Vec<Clause>, InputError> {
        let Some(field) = field else {
            return Ok(Vec::new());
        };
        field
            .texts()?
            .iter()
            .map(|text| self.clause(field.name(), text))
            .collect()
    }

    fn reach(&self, field: &Field<'_>) -> Result<Reach, InputError> {
        let table = field.table()?;
        table.allow(&["goal", "within"])?;
        let (goal, within) = (table.required("goal")?, table.required("within")?);
        Ok(Reach {
            goal: self.clause(goal.name(), &goal.text()?)?,
            within: self.expression(within.name(), &within.text()?)?,
        })
    }

    fn tight(
        &self,
        field: &Field<'_>,
        constants: &[(String, Rational)],
    ) -> Result<Tight, InputError> {
        let table = field.table()?;
        table.allow(&["constant", "from", "best"])?;
        let constant = table.required("constant")?;
        let name = constant.text()?.text.to_string();
        if !constants.iter().any(|(n, _)| *n == name) {
            let error = constant.error(InputKind::Value, "the claim has no such constant");
            return Err(error.nearest(&name, constants.iter().map(|(n, _)| n.as_str())));
        }
        let best = table.required("best")?;
        let least = match best.text()?.text {
            "least" => true,
            "greatest" => false,
            _ => return Err(best.error(InputKind::Value, "this must be \"least\" or \"greatest\"")),
        };
        let from = table.required("from")?;
        Ok(Tight {
            constant: name,
            from: self.expression(from.name(), &from.text()?)?,
            least,
        })
    }

    fn scope(&self, field: &Field<'_>) -> Result<(Scope, String), InputError> {
        let text = field.text()?;
        let words = text.text.trim();
        let unknown = || {
            let error = field.error(InputKind::Value, "this is not a form of `for`");
            Err(error.help(format!("the forms are: {FORMS}")))
        };
        let scope = if words == "every step" {
            Scope::EveryStep
        } else if words == "from first given" {
            Scope::FromFirstGiven
        } else if let Some(event) = words.strip_prefix("from ") {
            Scope::From(self.event(field, &part(&text, event))?)
        } else if let Some(event) = words.strip_prefix("until ") {
            Scope::Until(self.event(field, &part(&text, event))?)
        } else if let Some(condition) = words.strip_prefix("each stretch where ") {
            Scope::EachStretch(
                self.clause(field.name(), &part(&text, condition))?
                    .condition,
            )
        } else if let Some(last) = words.strip_prefix("some step to ") {
            Scope::SomeStep(self.expression(field.name(), &part(&text, last))?)
        } else if let Some((first, last)) = words
            .strip_prefix("steps ")
            .and_then(|rest| rest.split_once(" to "))
        {
            Scope::Steps(
                self.expression(field.name(), &part(&text, first))?,
                self.expression(field.name(), &part(&text, last))?,
            )
        } else if words == "eventually always" {
            Scope::Eventually
        } else if let Some(first) = words.strip_prefix("for all t >= ") {
            Scope::ForAll(self.expression(field.name(), &part(&text, first))?)
        } else {
            return unknown();
        };
        Ok((scope, words.to_string()))
    }

    fn event(&self, field: &Field<'_>, text: &Text<'_>) -> Result<Event, InputError> {
        let words = text.text.trim();
        if words == "first_edge_crossing" {
            return Ok(Event::Crossing(1));
        }
        if words == "trap" {
            return Ok(Event::Trap);
        }
        let inside = |name: &str| {
            words
                .strip_prefix(name)?
                .strip_prefix('(')?
                .strip_suffix(')')
        };
        if let Some(condition) = inside("first") {
            return Ok(Event::First(
                self.clause(field.name(), &part(text, condition))?.condition,
            ));
        }
        let count = |k: &str| k.trim().parse::<u64>().ok().filter(|k| *k > 0);
        if let Some(k) = inside("crossing").and_then(count) {
            return Ok(Event::Crossing(k));
        }
        if let Some(k) = inside("spike").and_then(count) {
            return Ok(Event::Spike(k));
        }
        let message = format!("there is no event `{words}`");
        let known = [
            "first_edge_crossing",
            "crossing(1)",
            "spike(1)",
            "first(CONDITION)",
            "trap",
        ];
        let error = field.error(InputKind::Value, &message);
        Err(match crate::diagnostic::nearest(words, known.into_iter()) {
            Some(near) => error.help(format!("the nearest event is `{near}`")),
            None => error.help(format!("the forms are: {FORMS}")),
        })
    }
}

/// A part of a text, in its place. `inner` must be a slice of `text.text`.
fn part<'t>(text: &Text<'t>, inner: &'t str) -> Text<'t> {
    let offset = inner.as_ptr() as usize - text.text.as_ptr() as usize;
    let span = text.place.of(offset..offset + inner.len());
    let place = match text.place {
        Place::From(_) => Place::From(span.start),
        Place::Within(_) => text.place.clone(),
    };
    Text {
        text: inner,
        place,
        span,
    }
}

fn id(field: &Field<'_>) -> Result<String, InputError> {
    let id = field.text()?.text;
    let part = |p: &str| {
        !p.is_empty()
            && p.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if id.split('.').all(part) {
        Ok(id.to_string())
    } else {
        let message = "an id is made of lower-case letters, digits and dashes, in parts \
                       separated by dots: `theorem-4.4.growth`";
        Err(field.error(InputKind::Value, message))
    }
}

fn threshold(field: &Field<'_>) -> Result<Rational, InputError> {
    let value = field.number()?;
    if value < 0 {
        return Err(field.error(InputKind::Value, "this must not be negative"));
    }
    Ok(value)
}

fn provenance(field: &Field<'_>) -> Result<Provenance, InputError> {
    let known = ["stated", "reconstructed", "derived"];
    match field.text()?.text {
        "stated" => Ok(Provenance::Stated),
        "reconstructed" => Ok(Provenance::Reconstructed),
        "derived" => Ok(Provenance::Derived),
        other => {
            let message = "this must be \"stated\", \"reconstructed\" or \"derived\"";
            Err(field
                .error(InputKind::Value, message)
                .nearest(other, known.into_iter()))
        }
    }
}

#[cfg(test)]
mod tests;
