//! `edgecert diff`, and the baseline of `edgecert certify`.

use std::path::Path;

use edgecert::claim::SourceFile;
use edgecert::diagnostic::InputError;
use edgecert::document;
use edgecert::limits::RECORD_BYTES;
use edgecert::regression::{self, Document};
use edgecert::report::{junit, regression as report};

use super::files::Files;
use super::{
    DiffArguments, DiffFormat, INTERNAL, SUCCESS, complain, print, print_json, print_report, say,
};

/// Compares two reports.
pub fn run(arguments: &DiffArguments) -> u8 {
    let mut files = Files::default();
    let mut documents = Vec::new();
    let mut code = SUCCESS;
    for path in [&arguments.old, &arguments.new] {
        match read(path, &mut files) {
            Ok(document) => documents.push(document),
            Err(error) => code = code.max(complain(&error)),
        }
    }
    let [old, new] = documents.as_slice() else {
        return code;
    };
    let comparison = regression::compare(old, new);
    let printed = match arguments.format {
        DiffFormat::Text => print_report(&report::text(&comparison)),
        DiffFormat::Json => {
            let (old, new) = (arguments.old.display(), arguments.new.display());
            let document = report::document(&comparison, &old.to_string(), &new.to_string());
            print_json(&document)
        }
        DiffFormat::Junit => print_junit(junit::comparison(&comparison)),
    };
    if printed == SUCCESS {
        comparison.exit_code()
    } else {
        printed
    }
}

/// Reads a JSON report.
pub fn read(path: &Path, files: &mut Files) -> Result<Document, InputError> {
    files.reads("JSON report", path)?;
    regression::parse(&*document::read_within(path, RECORD_BYTES)?)
}

/// Reads the JSON report that was just made.
pub fn read_own(text: String) -> Result<Document, InputError> {
    let path = "(report of this run)".into();
    regression::parse(&SourceFile { path, text })
}

/// Prints a JUnit document.
pub fn print_junit(document: Result<String, impl std::fmt::Display>) -> u8 {
    match document {
        Ok(text) => print(&format!("{}\n", text.trim_end())),
        Err(error) => {
            say(&format!(
                "edgecert: internal error: cannot write XML: {error}"
            ));
            INTERNAL
        }
    }
}
