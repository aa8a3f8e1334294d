//! `edgecert figures`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use edgecert::certify::CertifyError;
use edgecert::diagnostic::{InputError, nearest};
use edgecert::figure::paper::{Entry, FIGURES, draw};
use edgecert::figure::run::of_run;
use edgecert::figure::{Figure, FigureError, Work};
use edgecert::input::Run;
use edgecert::report::figures as report;

use super::certify::UNDECIDED;
use super::files::{Files, OutputFile};
use super::interrupt::{self, INTERRUPTED};
use super::progress::Bar;
use super::{FiguresArguments, INTERNAL, complain, print_report, say};

/// What is to be drawn.
enum Job {
    /// A figure of [`FIGURES`].
    Entry(Entry, Run),
    /// All figures of a run, with this before their names.
    Run(String, Run),
}

/// Draws figures into a folder.
pub fn run(arguments: &FiguresArguments) -> u8 {
    match prepare(arguments) {
        Err(error) => complain(&error),
        Ok((jobs, index, files)) => work(&jobs, &arguments.out, index, files),
    }
}

/// All inputs are read and the folder is made before the work starts.
fn prepare(arguments: &FiguresArguments) -> Result<(Vec<Job>, OutputFile, Files), InputError> {
    let mut files = Files::default();
    let mut jobs = Vec::new();
    if arguments.run.is_empty() || !arguments.figures.is_empty() {
        for entry in wanted(&arguments.figures)? {
            let path = arguments.runs.join(entry.run);
            let run = Run::load_inputs(&path)
                .map_err(|e| e.help("--runs FOLDER says where the run files of the figures are"))?;
            files.reads_run(&run)?;
            jobs.push(Job::Entry(entry, run));
        }
    }
    let mut names: Vec<String> = Vec::new();
    for path in &arguments.run {
        let mut run = Run::load_inputs(path)?;
        files.reads_run(&run)?;
        if let Some(steps) = arguments.steps {
            run.set_steps(steps)?;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.into_owned();
        if names.contains(&name) {
            return Err(InputError::usage(&format!(
                "two runs are named {name}: their figures would have the same names"
            )));
        }
        names.push(name.clone());
        jobs.push(Job::Run(name, run));
    }
    let out = &arguments.out;
    fs::create_dir_all(out).map_err(|error| InputError::output(out, &error))?;
    interrupt::catch();
    let index = files.writes("--out", &out.join("index.html"))?;
    for job in &jobs {
        job.compare(&files, out)?;
    }
    Ok((jobs, index, files))
}

impl Job {
    /// Its title on a progress bar; what it draws has names that begin so.
    fn name(&self) -> &str {
        match self {
            Job::Entry(entry, _) => entry.id,
            Job::Run(name, _) => name,
        }
    }

    /// Refuses to draw over a file that is read. Which figures a run has is not known yet, so
    /// every file is looked at that is named like one of them.
    fn compare(&self, files: &Files, out: &Path) -> Result<(), InputError> {
        let fault = |error| InputError::io(out, &error);
        for entry in fs::read_dir(out).map_err(fault)? {
            let name = entry.map_err(fault)?.file_name();
            let text = name.to_string_lossy();
            let rest = text.strip_prefix(self.name());
            let is_named_so =
                rest.and_then(|rest| rest.rsplit_once('.'))
                    .is_some_and(|(middle, end)| {
                        report::ENDINGS.contains(&end)
                            && (middle.is_empty() || middle.starts_with('-'))
                    });
            if is_named_so {
                files.compare("--out", &out.join(&name))?;
            }
        }
        Ok(())
    }
}

/// The figures asked for, by id or number, in the order asked; all of them if none is.
fn wanted(names: &[String]) -> Result<Vec<Entry>, InputError> {
    let find = |name: &String| {
        let found = FIGURES.into_iter().find(|entry| {
            entry.id == name.as_str() || entry.id.strip_prefix("figure-") == Some(name)
        });
        found.ok_or_else(|| {
            let ids = FIGURES.iter().map(|entry| entry.id);
            let hint = match nearest(name, ids.clone()) {
                Some(id) => format!("the nearest is `{id}`"),
                None => format!("there are {}", ids.collect::<Vec<_>>().join(", ")),
            };
            InputError::usage(&format!("{name}: there is no such figure; {hint}"))
        })
    };
    if names.is_empty() {
        return Ok(FIGURES.to_vec());
    }
    names.iter().map(find).collect()
}

/// Draws, and writes each figure as soon as it is there.
fn work(jobs: &[Job], out: &Path, index: OutputFile, mut files: Files) -> u8 {
    let mut all: Vec<Figure> = Vec::new();
    let mut code = 0;
    for job in jobs {
        if INTERRUPTED.load(Ordering::Relaxed) {
            break;
        }
        let title = job.name();
        let mut bar = Bar::new(title, false);
        let mut progress = |p| bar.update(p);
        let mut work = Work {
            interrupt: &INTERRUPTED,
            progress: &mut progress,
        };
        let drawn = match job {
            Job::Entry(entry, run) => draw(entry, run, &mut work).map(|figure| vec![figure]),
            Job::Run(name, run) => of_run(run, &mut work).map(|mut figures| {
                for figure in &mut figures {
                    figure.id = format!("{name}-{}", figure.id);
                    figure.title = format!("{}: {}", run.title, figure.title);
                }
                figures
            }),
        };
        bar.finish();
        let figures = match drawn {
            Ok(figures) => figures,
            Err(FigureError::Certify(CertifyError::Input(error))) => return complain(&error),
            Err(FigureError::Certify(error)) => {
                say(&format!("edgecert: {error}"));
                return INTERNAL;
            }
            Err(error) => {
                say(&format!("error: {title} cannot be drawn: {error}"));
                code = UNDECIDED;
                continue;
            }
        };
        for figure in figures {
            if let Err(error) = write(&figure, out, &mut files) {
                return complain(&error);
            }
            let line = line(&figure, out);
            let printed = print_report(&line);
            if printed != 0 {
                return printed;
            }
            all.push(figure);
        }
    }
    let interrupted = INTERRUPTED.load(Ordering::Relaxed);
    let page = match report::page(&all, interrupted).render() {
        Ok(page) => page,
        Err(error) => {
            say(&format!("edgecert: {error}"));
            return INTERNAL;
        }
    };
    if let Err(error) = index.write(&page) {
        return complain(&error);
    }
    let path = out.join("index.html");
    let what = if interrupted {
        "INTERRUPTED: what there is"
    } else {
        "all of them on one page"
    };
    match print_report(&format!("{}  {what}\n", path.display())) {
        0 if interrupted => UNDECIDED,
        0 => code,
        failed => failed,
    }
}

fn write(figure: &Figure, out: &Path, files: &mut Files) -> Result<(), InputError> {
    for (name, text) in report::files(figure) {
        files.writes("--out", &out.join(name))?.write(&text)?;
    }
    Ok(())
}

fn line(figure: &Figure, out: &Path) -> String {
    let path: PathBuf = out.join(format!("{}.svg", figure.id));
    let note = if figure.partial { "  INTERRUPTED" } else { "" };
    format!("{}  {}{note}\n", path.display(), figure.title)
}
