//! `edgecert coq`.

use std::path::Path;

use edgecert::certificate::coq::{self, Selection};
use edgecert::claim::SourceFile;
use edgecert::diagnostic::{InputError, InputKind};

use super::{CoqArguments, SUCCESS, complain, print, say};

/// Translates a certificate for Coq.
pub fn run(arguments: &CoqArguments) -> u8 {
    match translate(arguments) {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

fn translate(arguments: &CoqArguments) -> Result<u8, InputError> {
    if let Some(path) = &arguments.out {
        module_name(path)?;
    }
    let selection = arguments.claims.as_deref();
    let selection = selection.map_or(Selection::Quick, Selection::read);
    let path = &arguments.certificate;
    let bytes = std::fs::read(path).map_err(|error| InputError::io(path, &error))?;
    let file = coq::write(&bytes, arguments.steps, &selection).map_err(|error| {
        let source = SourceFile {
            path: path.clone(),
            text: String::new(),
        };
        InputError::at(InputKind::Value, &source, None, error.to_string())
    })?;
    let Some(out) = &arguments.out else {
        return Ok(print(&file.text));
    };
    std::fs::write(out, &file.text).map_err(|error| InputError::output(out, &error))?;
    let note = file.note.map_or(String::new(), |note| format!(": {note}"));
    say(&format!(
        "{}: {} steps, {} claims, {}{note}",
        out.display(),
        file.steps,
        file.claims,
        file.trap
    ));
    Ok(SUCCESS)
}

/// Coq compiles only files whose name is an identifier.
fn module_name(path: &Path) -> Result<(), InputError> {
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let identifier = stem.is_some_and(|stem| {
        stem.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && stem
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '\''))
    });
    if identifier && path.extension().is_some_and(|end| end == "v") {
        return Ok(());
    }
    Err(InputError::usage(&format!(
        "--out {}: Coq wants a name of letters, digits and `_` that ends in `.v`, as Figure1.v",
        path.display()
    )))
}
