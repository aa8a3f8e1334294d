//! `edgecert tighten`.

use edgecert::certify::{CertifyError, Options};
use edgecert::diagnostic::InputError;
use edgecert::input::Run;
use edgecert::number::rational;
use edgecert::report::tightened;
use edgecert::tighten::{TightRun, tighten};

use super::certify::{UNDECIDED, load};
use super::files::Files;
use super::interrupt::{self, INTERRUPTED};
use super::progress::Bar;
use super::{Format, INTERNAL, TightenArguments, complain, print_json, print_report, say, style};

/// Finds and prints the best constants of the runs' claims.
pub fn run(arguments: &TightenArguments) -> u8 {
    let width = match rational::parse(&arguments.width) {
        Ok(width) if width > 0 => width,
        Ok(_) => return complain(&InputError::usage("--width must be greater than 0")),
        Err(error) => return complain(&InputError::usage(&format!("--width: {error}"))),
    };
    let mut files = Files::default();
    let mut runs: Vec<Run> = Vec::new();
    for path in &arguments.runs {
        match load(path, arguments.steps, &arguments.claims, &mut files) {
            Ok(run) => runs.push(run),
            Err(error) => return complain(&error),
        }
    }
    interrupt::catch();
    let mut results: Vec<(&Run, TightRun)> = Vec::new();
    for run in &runs {
        let mut bar = Bar::new(&run.title, false);
        let options = Options::default();
        let result = tighten(run, &width, &options, &INTERRUPTED, &mut |p| bar.update(p));
        bar.finish();
        match result {
            Ok(result) => results.push((run, result)),
            Err(CertifyError::Input(error)) => return complain(&error),
            Err(error @ CertifyError::Alarm(_)) => {
                say(&format!("edgecert: {error}"));
                return INTERNAL;
            }
        }
    }
    let code = match arguments.format {
        Format::Json => print_json(&tightened::document(&results)),
        Format::Text => results
            .iter()
            .map(|(run, result)| print_report(&tightened::render(run, result, style())))
            .max()
            .unwrap_or_default(),
    };
    match code {
        0 if results.iter().any(|(_, result)| result.interrupted) => UNDECIDED,
        code => code,
    }
}
