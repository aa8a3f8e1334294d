//! `edgecert certify`.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use edgecert::certificate::{self, CertificateError, Work};
use edgecert::certify::{CertifyError, Options, Outcome, certify, compile};
use edgecert::diagnostic::InputError;
use edgecert::enclosure::Engine;
use edgecert::figure::{self, Figure, FigureError};
use edgecert::input::Run;
use edgecert::number::rational;
use edgecert::regression::{self, Comparison, Document};
use edgecert::report::certified::{self, Illustrated};
use edgecert::report::{Report, heading, json, junit, regression as changes, text};

use rug::Rational;

use super::files::{Files, OutputFile};
use super::interrupt::{self, INTERRUPTED};
use super::progress::{Bar, Stages};
use super::{
    CertifyArguments, CertifyFormat, EngineName, INTERNAL, complain, diff, print_coloured,
    print_json, print_report, say, select, style,
};

/// Exit code where something is undecided: here, runs that were not started.
pub(super) const UNDECIDED: u8 = 20;
/// Certifies the runs in order. All of them are read before the first one starts, so that a
/// mistake in the last file does not cost the time of the others.
pub fn run(arguments: &CertifyArguments) -> u8 {
    if arguments.max_precision < arguments.precision {
        return complain(&InputError::usage(&format!(
            "--max-precision {} is below --precision {}",
            arguments.max_precision, arguments.precision
        )));
    }
    if arguments.certificate.is_some() && arguments.runs.len() > 1 {
        return complain(&InputError::usage(
            "--certificate: a certificate is about one run; name one run file at a time",
        ));
    }
    let targets = match positive(&arguments.delta, "--delta")
        .and_then(|delta| Ok((delta, positive(&arguments.epsilon, "--epsilon")?)))
    {
        Ok(targets) => targets,
        Err(error) => return complain(&error),
    };
    let mut files = Files::default();
    let mut runs = Vec::with_capacity(arguments.runs.len());
    let mut code = 0;
    for path in &arguments.runs {
        match load(path, arguments.steps, &arguments.claims, &mut files) {
            Ok(mut run) => {
                ask_for(&mut run, &targets);
                runs.push(run);
            }
            Err(error) => code = code.max(complain(&error)),
        }
    }
    let baseline = arguments.baseline.as_deref();
    let baseline = match baseline
        .map(|path| diff::read(path, &mut files))
        .transpose()
    {
        Ok(baseline) => baseline,
        Err(error) => {
            code = code.max(complain(&error));
            None
        }
    };
    if code != 0 {
        return code;
    }
    if let (Some(_), [run]) = (&arguments.certificate, runs.as_slice())
        && let Err(error) = certificate::fits(run)
    {
        return complain(&InputError::usage(&format!("--certificate: {error}")));
    }
    interrupt::catch();
    // A file that cannot be written must not cost the time of the run.
    let mut open = |option, path: &Option<PathBuf>| {
        let path = path.as_deref();
        path.map(|path| files.writes(option, path)).transpose()
    };
    let (page, mut certificate) = match open("--report", &arguments.report)
        .and_then(|page| Ok((page, open("--certificate", &arguments.certificate)?)))
    {
        Ok(outputs) => outputs,
        Err(error) => return complain(&error),
    };
    let mut outcomes = Vec::with_capacity(runs.len());
    let mut figures = Vec::new();
    for run in &runs {
        let outcome = match one(run, arguments, page.is_some()) {
            Ok((outcome, drawn)) => {
                figures.push(drawn);
                outcome
            }
            Err(FigureError::Certify(CertifyError::Input(error))) => return complain(&error),
            Err(error) => {
                say(&format!("edgecert: {error}"));
                return INTERNAL;
            }
        };
        if arguments.format == CertifyFormat::Text && !arguments.quiet {
            code = code.max(print_coloured(&text_report(run, &outcome, runs.len() > 1)));
        }
        if let Some(file) = certificate.take() {
            code = code.max(certify_in_writing(run, &outcome, file, arguments.quiet));
        }
        outcomes.push(outcome);
        if INTERRUPTED.load(Ordering::Relaxed) {
            break;
        }
    }
    let not_started = &runs[outcomes.len()..];
    if arguments.format == CertifyFormat::Text && !arguments.quiet {
        for run in not_started {
            code = code.max(print_report(&format!("{}: not started\n", heading(run))));
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
            CertifyFormat::Text => comparison.map_or(0, |c| print_report(&changes::text(c))),
            CertifyFormat::Json => {
                let mut document = json::document(&reports, not_started);
                if let (Some(comparison), Some(path)) = (comparison, &arguments.baseline) {
                    let path = path.display().to_string();
                    document["baseline"] = changes::object(comparison, &path);
                }
                print_json(&document)
            }
            CertifyFormat::Junit => {
                diff::print_junit(junit::document(&reports, not_started, comparison))
            }
            CertifyFormat::Baseline => print_json(&json::baseline(&reports)),
        });
    }
    if let Some(page) = page {
        code = code.max(write_page(page, reports, figures, not_started));
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

/// Writes the certificate of a run; an interrupted one has none.
fn certify_in_writing(run: &Run, outcome: &Outcome, file: OutputFile, quiet: bool) -> u8 {
    if outcome.interrupted {
        say("edgecert: the run was interrupted: no certificate is written");
        return 0;
    }
    let mut bar = Stages::new(&run.title, quiet);
    let mut work = Work {
        interrupt: &INTERRUPTED,
        progress: &mut |stage, done, total| bar.update(stage, done, total),
    };
    let written = certificate::write_watched(run, outcome, &mut work);
    bar.finish();
    match written {
        Ok(text) => file
            .write(&text)
            .map_or_else(|error| complain(&error), |()| 0),
        Err(
            error @ (CertificateError::Steps
            | CertificateError::Claims
            | CertificateError::Numbers
            | CertificateError::Size
            | CertificateError::Costly(_)),
        ) => complain(&InputError::usage(&format!("--certificate: {error}"))),
        Err(error @ CertificateError::Interrupted) => {
            say(&format!("edgecert: {error}"));
            UNDECIDED
        }
        Err(error) => {
            say(&format!("edgecert: internal error: {error}"));
            INTERNAL
        }
    }
}

/// Numbers of an option, all of them positive.
pub(super) fn positive(texts: &[String], option: &str) -> Result<Vec<Rational>, InputError> {
    texts
        .iter()
        .map(|text| {
            let value = rational::parse_or_power(text)
                .map_err(|error| InputError::usage(&format!("{option} {text}: {error}")))?;
            if value > 0 {
                Ok(value)
            } else {
                let message = format!("{option} {text}: this must be greater than 0");
                Err(InputError::usage(&message))
            }
        })
        .collect()
}

/// The δ and ε of the command line, where there are any, go before those of the run file.
fn ask_for(run: &mut Run, (delta, epsilon): &(Vec<Rational>, Vec<Rational>)) {
    if !delta.is_empty() {
        run.targets.delta.clone_from(delta);
    }
    if !epsilon.is_empty() {
        run.targets.epsilon.clone_from(epsilon);
    }
}

/// Compares the runs with a baseline: by their JSON report, as `edgecert diff` would.
fn compare(old: &Document, reports: &[Report<'_>]) -> Result<Comparison, InputError> {
    let new = diff::read_own(json::document(reports, &[]).to_string())?;
    Ok(regression::compare(old, &new))
}

/// A certain surprise (10) outweighs something undecided (20).
pub(super) fn worse(x: u8, y: u8) -> u8 {
    match (x, y) {
        (10, _) | (_, 10) => 10,
        _ => x.max(y),
    }
}

/// Loads a run, with other steps and fewer claims if asked for.
pub(super) fn load(
    path: &Path,
    steps: Option<u64>,
    claims: &[String],
    files: &mut Files,
) -> Result<Run, InputError> {
    let mut run = Run::load(path)?;
    files.reads_run(&run)?;
    if let Some(steps) = steps {
        run.set_steps(steps)?;
    }
    if !claims.is_empty() {
        let place = run.file.path.display().to_string();
        select(&mut run.claims, claims, &place)?;
    }
    compile(&run)?;
    Ok(run)
}

/// Certifies a run; draws its figures, too, if they are wanted.
fn one(
    run: &Run,
    arguments: &CertifyArguments,
    is_drawn: bool,
) -> Result<(Outcome, Vec<Figure>), FigureError> {
    let options = Options {
        engine: match arguments.engine {
            EngineName::Centred => Engine::Centred,
            EngineName::Reference => Engine::Reference,
        },
        precision: arguments.precision,
        max_precision: arguments.max_precision,
        fine: false,
    };
    let mut bar = Bar::new(&run.title, arguments.quiet);
    let mut progress = |progress| bar.update(progress);
    let result = if is_drawn {
        let mut work = figure::Work {
            interrupt: &INTERRUPTED,
            progress: &mut progress,
        };
        figure::run::certified(run, &options, &mut work)
    } else {
        let outcome = certify(run, &options, &INTERRUPTED, &mut progress);
        outcome.map(|o| (o, Vec::new())).map_err(FigureError::from)
    };
    bar.finish();
    result
}

/// Writes the page with verdicts and figures; returns the exit code of that.
fn write_page(
    file: OutputFile,
    reports: Vec<Report<'_>>,
    figures: Vec<Vec<Figure>>,
    not_started: &[Run],
) -> u8 {
    let illustrated: Vec<Illustrated<'_>> = reports
        .into_iter()
        .zip(figures)
        .map(|(report, figures)| Illustrated { report, figures })
        .collect();
    match certified::page(&illustrated, not_started).render() {
        Ok(page) => file
            .write(&page)
            .map_or_else(|error| complain(&error), |()| 0),
        Err(error) => {
            say(&format!("edgecert: {error}"));
            INTERNAL
        }
    }
}

fn text_report(run: &Run, outcome: &Outcome, separate: bool) -> String {
    let mut text = text::render(&Report { run, outcome }, style());
    if separate {
        text.push('\n');
    }
    text
}
