//! `edgecert coq`.

use std::fmt::Write as _;
use std::path::Path;

use edgecert::certificate::Work;
use edgecert::certificate::coq::{self, CoqError, CoqFile, Selection};
use edgecert::claim::SourceFile;
use edgecert::diagnostic::{InputError, InputKind};

use super::certify::UNDECIDED;
use super::files::Files;
use super::interrupt::{self, INTERRUPTED};
use super::progress::Stages;
use super::{CoqArguments, complain, print, print_report, say};

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
    Ok(print_report(&summary(path, &file)))
}

/// What was written, and of which claims it says less than the certificate.
fn summary(path: &Path, file: &CoqFile) -> String {
    let mut text = format!(
        "{}: {} steps, {} claims, {}: {}\n",
        path.display(),
        file.steps,
        file.claims,
        file.trap,
        file.note.as_deref().unwrap_or(file.later)
    );
    if !file.cut.is_empty() {
        let _ = writeln!(
            text,
            "  stated of the first {} steps only, which are fewer than the certificate's: {}",
            file.steps,
            file.cut.join(", ")
        );
    }
    text
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
