//! `edgecert tighten`.

use edgecert::certify::{CertifyError, Options};
use edgecert::diagnostic::InputError;
use edgecert::input::Run;
use edgecert::number::rational;
use edgecert::report::tightened;
use edgecert::tighten::{TightRun, tighten};

use super::certify::{INTERRUPTED, UNDECIDED, catch_interrupts, load, style};
use super::progress::Bar;
use super::{Format, INTERNAL, TightenArguments, complain, print, say};

/// Finds and prints the best constants of the runs' claims.
pub fn run(arguments: &TightenArguments) -> u8 {
    let width = match rational::parse(&arguments.width) {
        Ok(width) if width > 0 => width,
        Ok(_) => return complain(&InputError::usage("--width must be greater than 0")),
        Err(error) => return complain(&InputError::usage(&format!("--width: {error}"))),
    };
    let mut runs: Vec<Run> = Vec::new();
    for path in &arguments.runs {
        match load(path, arguments.steps, &arguments.claims) {
            Ok(run) => runs.push(run),
            Err(error) => return complain(&error),
        }
    }
    catch_interrupts();
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
        Format::Json => print(&format!("{:#}\n", tightened::document(&results))),
        Format::Text => results
            .iter()
            .map(|(run, result)| print(&tightened::render(run, result, style().width)))
            .max()
            .unwrap_or_default(),
    };
    match code {
        0 if results.iter().any(|(_, result)| result.interrupted) => UNDECIDED,
        code => code,
    }
}
