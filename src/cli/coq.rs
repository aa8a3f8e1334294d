//! `edgecert coq`.

use std::path::Path;

use edgecert::certificate::Work;
use edgecert::certificate::coq::{self, CoqError, Selection};
use edgecert::claim::SourceFile;
use edgecert::diagnostic::{InputError, InputKind};

use super::certify::UNDECIDED;
use super::files::Files;
use super::interrupt::{self, INTERRUPTED};
use super::progress::Stages;
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
    let mut files = Files::default();
    files.reads("certificate", path)?;
    let bytes = std::fs::read(path).map_err(|error| InputError::io(path, &error))?;
    interrupt::catch();
    let out = arguments.out.as_deref();
    let out = out.map(|out| files.writes("--out", out)).transpose()?;
    let mut bar = Stages::new(&path.display().to_string(), false);
    let mut work = Work {
        interrupt: &INTERRUPTED,
        progress: &mut |stage, done, total| bar.update(stage, done, total),
    };
    let written = coq::write_watched(&bytes, arguments.steps, &selection, &mut work);
    bar.finish();
    let file = match written {
        Ok(file) => file,
        Err(error @ CoqError::Interrupted) => {
            say(&format!("edgecert: {error}"));
            return Ok(UNDECIDED);
        }
        Err(error) => {
            let source = SourceFile {
                path: path.clone(),
                text: String::new(),
            };
            let message = error.to_string();
            return Err(InputError::at(InputKind::Value, &source, None, message));
        }
    };
    let (Some(out), Some(path)) = (out, &arguments.out) else {
        return Ok(print(&file.text));
    };
    out.write(&file.text)?;
    let note = file.note.map_or(String::new(), |note| format!(": {note}"));
    say(&format!(
        "{}: {} steps, {} claims, {}{note}",
        path.display(),
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
