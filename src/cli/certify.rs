//! `edgecert certify`.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use edgecert::certify::{CertifyError, Options, Outcome, certify, compile};
use edgecert::diagnostic::{InputError, nearest};
use edgecert::enclosure::Engine;
use edgecert::input::Run;
use edgecert::regression::{self, Comparison, Document};
use edgecert::report::{Report, json, junit, regression as changes, text};

use super::progress::Bar;
use super::{CertifyArguments, EngineName, Format, INTERNAL, complain, diff, print, say};

/// Set by Ctrl-C; a second one ends the process at once.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Exit code where something is undecided: here, runs that were not started.
const UNDECIDED: u8 = 20;
/// Exit code of a process that was stopped at once.
const STOPPED: i32 = 130;

/// Certifies the runs in order. All of them are read before the first one starts, so that a
/// mistake in the last file does not cost the time of the others.
pub fn run(arguments: &CertifyArguments) -> u8 {
    if arguments.max_precision < arguments.precision {
        return complain(&InputError::usage(&format!(
            "--max-precision {} is below --precision {}",
            arguments.max_precision, arguments.precision
        )));
    }
    let mut runs = Vec::with_capacity(arguments.runs.len());
    let mut code = 0;
    for path in &arguments.runs {
        match load(path, arguments) {
            Ok(run) => runs.push(run),
            Err(error) => code = code.max(complain(&error)),
        }
    }
    let baseline = match arguments.baseline.as_deref().map(diff::read).transpose() {
        Ok(baseline) => baseline,
        Err(error) => {
            code = code.max(complain(&error));
            None
        }
    };
    if code != 0 {
        return code;
    }
    // Without a handler Ctrl-C ends the process, as anywhere.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(STOPPED);
        }
    });
    let mut outcomes = Vec::with_capacity(runs.len());
    for run in &runs {
        let outcome = match one(run, arguments) {
            Ok(outcome) => outcome,
            Err(CertifyError::Input(error)) => return complain(&error),
            Err(error @ CertifyError::Alarm(_)) => {
                say(&format!("edgecert: {error}"));
                return INTERNAL;
            }
        };
        if arguments.format == Format::Text && !arguments.quiet {
            code = code.max(print(&text_report(run, &outcome, runs.len() > 1)));
        }
        outcomes.push(outcome);
        if INTERRUPTED.load(Ordering::Relaxed) {
            break;
        }
    }
    let not_started = &runs[outcomes.len()..];
    if arguments.format == Format::Text && !arguments.quiet {
        for run in not_started {
            let path = run.file.path.display();
            code = code.max(print(&format!("{}  ({path}): not started\n", run.title)));
        }
    }
    let reports: Vec<Report<'_>> = runs
        .iter()
        .zip(&outcomes)
        .map(|(run, outcome)| Report { run, outcome })
        .collect();
    let comparison = match baseline.map(|old| compare(&old, &reports)).transpose() {
        Ok(comparison) => comparison,
        Err(error) => return complain(&error),
    };
    if !arguments.quiet {
        let comparison = comparison.as_ref();
        code = code.max(match arguments.format {
            Format::Text => comparison.map_or(0, |c| print(&changes::text(c))),
            Format::Json => {
                let mut document = json::document(&reports, not_started);
                if let (Some(comparison), Some(path)) = (comparison, &arguments.baseline) {
                    let path = path.display().to_string();
                    document["baseline"] = changes::object(comparison, &path);
                }
                print(&format!("{document:#}\n"))
            }
            Format::Junit => diff::print_junit(junit::document(&reports, not_started, comparison)),
            Format::Baseline => print(&format!("{:#}\n", json::baseline(&reports))),
        });
    }
    let verdicts = outcomes.iter().map(Outcome::exit_code).fold(0, worse);
    let regression = comparison.map_or(0, |c| c.exit_code());
    if code != 0 {
        code
    } else {
        let unfinished = if not_started.is_empty() { 0 } else { UNDECIDED };
        worse(worse(verdicts, regression), unfinished)
    }
}

/// Compares the runs with a baseline: by their JSON report, as `edgecert diff` would.
fn compare(old: &Document, reports: &[Report<'_>]) -> Result<Comparison, InputError> {
    let new = diff::read_own(json::document(reports, &[]).to_string())?;
    Ok(regression::compare(old, &new))
}

/// A certain surprise (10) outweighs something undecided (20).
fn worse(x: u8, y: u8) -> u8 {
    match (x, y) {
        (10, _) | (_, 10) => 10,
        _ => x.max(y),
    }
}

fn load(path: &Path, arguments: &CertifyArguments) -> Result<Run, InputError> {
    let mut run = Run::load(path)?;
    if let Some(steps) = arguments.steps {
        run.set_steps(steps)?;
    }
    if !arguments.claims.is_empty() {
        select(&mut run, &arguments.claims)?;
    }
    compile(&run)?;
    Ok(run)
}

/// Keeps the claims that are asked for: by id, or by the first parts of an id.
fn select(run: &mut Run, wanted: &[String]) -> Result<(), InputError> {
    let matches = |id: &str, want: &str| {
        id == want
            || id
                .strip_prefix(want)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    for want in wanted {
        if !run.claims.iter().any(|c| matches(&c.id, want)) {
            let ids = run.claims.iter().map(|c| c.id.as_str());
            let hint = nearest(want, ids)
                .map(|id| format!("; the nearest is `{id}`"))
                .unwrap_or_default();
            let message = format!(
                "--claim {want}: {} has no such claim{hint}",
                run.file.path.display()
            );
            return Err(InputError::usage(&message));
        }
    }
    run.claims
        .retain(|c| wanted.iter().any(|want| matches(&c.id, want)));
    Ok(())
}

fn one(run: &Run, arguments: &CertifyArguments) -> Result<Outcome, CertifyError> {
    let options = Options {
        engine: match arguments.engine {
            EngineName::Centred => Engine::Centred,
            EngineName::Reference => Engine::Reference,
        },
        precision: arguments.precision,
        max_precision: arguments.max_precision,
    };
    let mut bar = Bar::new(&run.title, arguments.quiet);
    let outcome = certify(run, &options, &INTERRUPTED, &mut |progress| {
        bar.update(progress)
    });
    bar.finish();
    outcome
}

fn text_report(run: &Run, outcome: &Outcome, separate: bool) -> String {
    let terminal = std::io::stdout().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let width = std::env::var("COLUMNS").ok().and_then(|v| v.parse().ok());
    let width = if terminal {
        width.or_else(terminal_width)
    } else {
        width
    };
    let mut text = text::render(&Report { run, outcome }, text::Style { colour, width });
    if separate {
        text.push('\n');
    }
    text
}

/// The terminal's width, as the table's library finds it.
fn terminal_width() -> Option<u16> {
    comfy_table::Table::new().width()
}
