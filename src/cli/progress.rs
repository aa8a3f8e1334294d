//! Progress of long runs, on standard error if that is a terminal.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use edgecert::certify::Progress;
use edgecert::visible;

/// A run shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is known of the claims so far, where there are any.
fn counts(progress: Progress) -> String {
    let counts = [
        (progress.holding, "hold so far"),
        (progress.violated, "violated"),
        (progress.stuck, "undecided"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    counts
        .map(|(count, what)| format!(", {count} {what}"))
        .collect()
}

/// A progress bar that appears when a run turns out to be long.
pub struct Bar {
    title: String,
    begun: Instant,
    visible: bool,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// For one run.
    pub fn new(title: &str, quiet: bool) -> Self {
        Bar {
            title: visible::line(title).into_owned(),
            begun: Instant::now(),
            visible: !quiet && std::io::stderr().is_terminal(),
            bar: None,
        }
    }

    /// Shows where the run stands.
    pub fn update(&mut self, progress: Progress) {
        if !self.visible || self.begun.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let template =
                "{prefix} {wide_bar} {human_pos}/{human_len} steps, {per_sec}, {eta} left; {msg}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_prefix(self.title.clone());
            bar
        });
        bar.set_length(progress.steps);
        bar.set_position(progress.step);
        bar.set_message(format!("{} bits{}", progress.precision, counts(progress)));
    }

    /// Clears the line.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Progress of a job in stages.
pub struct Stages {
    begun: Instant,
    bar: Option<ProgressBar>,
    visible: bool,
    title: String,
}

impl Stages {
    /// For one job.
    pub fn new(title: &str, quiet: bool) -> Self {
        Stages {
            begun: Instant::now(),
            bar: None,
            visible: !quiet && std::io::stderr().is_terminal(),
            title: visible::line(title).into_owned(),
        }
    }

    /// Shows where a stage stands.
    pub fn update(&mut self, stage: &str, done: u64, total: u64) {
        if !self.visible || self.begun.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let template = "{prefix} {wide_bar} {human_pos}/{human_len} {msg}, {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_prefix(self.title.clone());
            bar
        });
        bar.set_length(total);
        bar.set_position(done);
        bar.set_message(stage.to_string());
    }

    /// Clears the line.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
