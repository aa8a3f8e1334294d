//! The command line: arguments in, exit code out. Verdicts go to standard output, progress
//! and diagnostics to standard error.

mod audit;
mod certify;
mod coq;
mod cpu;
mod diff;
mod explain;
mod falsify;
mod figures;
mod files;
mod flow;
mod interrupt;
mod progress;
mod tighten;

use std::io::{ErrorKind, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::Value;

use edgecert::claim::Claim;
use edgecert::diagnostic::{InputError, InputKind, nearest};
use edgecert::report::layout::{self, Style};
use edgecert::visible;

use crate::console::{self, INPUT_OUTPUT, say};

/// Certifies statements about gradient descent at the edge of stability.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 everything as expected (certified or vacuous unless the \
run file expects otherwise), 10 a verdict is certainly not the expected one or worse than in the \
baseline, 20 something is undecided, 2 bad input, 3 input or output failed, 70 internal error. Ctrl-C, or another \
signal to stop, ends the work with a partial report; a second one stops at once, with 128 and the signal's number \
(130 for Ctrl-C).";

#[derive(Debug, Subcommand)]
enum Command {
    /// Enclose every iterate of the runs and check their claims on the enclosures.
    Certify(CertifyArguments),
    /// Run gradient descent in floating point and compare it with the certified truth.
    ///
    /// Exit code 0 if every format in every order reproduces each verdict and the outcome, 10 if one
    /// certainly does not, 20 if something is undecided.
    Audit(AuditArguments),
    /// Compare two JSON reports: verdicts and proof constants that became worse or better.
    Diff(DiffArguments),
    /// Say what a claim states, where it comes from, and print its proof; or list all claims.
    Explain(ExplainArguments),
    /// Perturb each claim as its file says and certify that this violates it.
    ///
    /// Exit code 0 if it does for every claim, 10 if nothing is known that violates a claim, 20 if
    /// that is merely undecided.
    Falsify(FalsifyArguments),
    /// Find the best value of each constant of each claim on the runs, and δ*(T).
    Tighten(TightenArguments),
    /// Enclose gradient flow from the run's start: its limit, its states, its constrained version.
    Flow(FlowArguments),
    /// Draw Figures 1 to 5 of the paper and three more, or the figures of your own runs.
    ///
    /// Each as SVG, with its data as CSV and JSON, and all on one page, index.html. The figures
    /// are figure-1 to figure-5 (or 1 to 5), edge, underflow and accuracy.
    Figures(FiguresArguments),
    /// Translate a certificate into a file that Coq's kernel checks (see proofs/coq/README.md).
    Coq(CoqArguments),
}

#[derive(Debug, clap::Args)]
struct FiguresArguments {
    /// Draw only this figure (may be repeated).
    #[arg(value_name = "FIGURE")]
    figures: Vec<String>,
    /// The folder they are written to.
    #[arg(long, value_name = "DIR", default_value = "figures")]
    out: PathBuf,
    /// Draw the figures of this run file instead, or as well (may be repeated).
    #[arg(long, value_name = "RUN")]
    run: Vec<PathBuf>,
    /// Make this many steps instead of the run file's (of --run).
    #[arg(
        long,
        value_name = "N",
        requires = "run",
        allow_negative_numbers = true
    )]
    steps: Option<u64>,
    /// Where the run files of the figures are.
    #[arg(long, value_name = "DIR", default_value = "proofs/runs")]
    runs: PathBuf,
}

#[derive(Debug, clap::Args)]
struct CoqArguments {
    /// The certificate, as `edgecert certify --certificate` writes it.
    #[arg(value_name = "CERT")]
    certificate: PathBuf,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE.v")]
    out: Option<PathBuf>,
    /// Look for a trap in this many steps [default: those of the run, or a little beyond its trap].
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// State these claims: all, none, or ids between commas (`lemma-4.2` also means `lemma-4.2.…`)
    /// [default: those that Coq computes quickly].
    #[arg(long, value_name = "CLAIMS")]
    claims: Option<String>,
}

#[derive(Debug, clap::Args)]
struct TightenArguments {
    /// Run files (TOML).
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// How wide the enclosure of a constant may be: 1e-6, 1/1000.
    #[arg(long, value_name = "WIDTH", default_value = "1e-6")]
    width: String,
    /// Make this many steps instead of the run file's.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<u64>,
    /// Only this claim (may be repeated; `lemma-4.2` also means `lemma-4.2.…`).
    #[arg(long = "claim", value_name = "ID")]
    claims: Vec<String>,
    /// How the constants are printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct CertifyArguments {
    /// Run files (TOML).
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Make this many steps instead of the run file's.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<u64>,
    /// Check only this claim (may be repeated; `lemma-4.2` also means `lemma-4.2.…`).
    #[arg(long = "claim", value_name = "ID")]
    claims: Vec<String>,
    /// Tabulate the step from which S ≤ (2 + DELTA)/η for ever (may be repeated).
    #[arg(long, value_name = "DELTA", allow_hyphen_values = true)]
    delta: Vec<String>,
    /// Tabulate the step from which L ≤ EPSILON for ever (may be repeated).
    #[arg(long, value_name = "EPSILON", allow_hyphen_values = true)]
    epsilon: Vec<String>,
    /// How the verdicts are printed.
    #[arg(long, value_enum, default_value_t = CertifyFormat::Text)]
    format: CertifyFormat,
    /// Compare with this JSON report; exit code 10 if anything became worse.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["steps", "claims", "delta", "epsilon"])]
    baseline: Option<PathBuf>,
    /// Also write a page with verdicts and figures: one HTML file that needs nothing else, with
    /// a section for each of several runs.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write a certificate of the run, which `edgecert-check` can check (one run only).
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Print errors only; the exit code tells the rest.
    #[arg(long, short)]
    quiet: bool,
    /// How iterates are enclosed.
    #[arg(long, value_enum, default_value_t = EngineName::Centred)]
    engine: EngineName,
    /// Bits to start with; more are used where they are needed.
    #[arg(long, value_name = "BITS", default_value_t = 128,
          value_parser = clap::value_parser!(u32).range(32..=1_000_000))]
    precision: u32,
    /// Bits at most.
    #[arg(long, value_name = "BITS", default_value_t = 4096,
          value_parser = clap::value_parser!(u32).range(32..=1_000_000))]
    max_precision: u32,
}

#[derive(Debug, clap::Args)]
struct AuditArguments {
    /// The run file (TOML).
    run: PathBuf,
    /// A format: f64, f32, bf16, f16, 24:11 (bits of precision and of the exponent),
    /// 53:-1022..1023, 53:unbounded; with +flush, +up, +down, +zero for other modes (may be
    /// repeated) [default: f64, f32, bf16, f16].
    #[arg(long, value_name = "FORMAT")]
    arithmetic: Vec<String>,
    /// An evaluation order: factored, expanded, backprop, each also with +fma, or a file (may be
    /// repeated) [default: these six].
    #[arg(long, value_name = "ORDER")]
    order: Vec<String>,
    /// Each format also with underflow flushed to zero.
    #[arg(long)]
    flush: bool,
    /// The relative error that counts as divergence (may be repeated; the tables show the first)
    /// [default: 1/1000, 2^-10].
    #[arg(long, value_name = "ERROR", allow_hyphen_values = true)]
    threshold: Vec<String>,
    /// Neither robustness nor remedies.
    #[arg(long)]
    quick: bool,
    /// The floor under |β₁| that is tried as a remedy [default: the format's least normal number].
    #[arg(
        long,
        value_name = "BOUND",
        allow_hyphen_values = true,
        conflicts_with = "quick"
    )]
    floor: Option<String>,
    /// The clip of |β₁| that is tried as a remedy [default: 1/10].
    #[arg(
        long,
        value_name = "BOUND",
        allow_hyphen_values = true,
        conflicts_with = "quick"
    )]
    clip: Option<String>,
    /// Make this many steps instead of the run file's.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    steps: Option<u64>,
    /// Read only this claim on traces (may be repeated; `lemma-4.2` also means `lemma-4.2.…`).
    #[arg(long = "claim", value_name = "ID")]
    claims: Vec<String>,
    /// Write a page for a browser, with figures, to this file.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print errors only; the exit code tells the rest.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, clap::Args)]
struct DiffArguments {
    /// The JSON report to compare with.
    old: PathBuf,
    /// The JSON report that is compared.
    new: PathBuf,
    /// How the changes are printed.
    #[arg(long, value_enum, default_value_t = DiffFormat::Text)]
    format: DiffFormat,
}

#[derive(Debug, clap::Args)]
struct ExplainArguments {
    /// The claim's id; without one, all claims are listed.
    id: Option<String>,
    /// Where claims are looked for: files or folders (may be repeated).
    #[arg(long, value_name = "PATH", default_values = CLAIM_FOLDERS)]
    claims: Vec<PathBuf>,
    /// Print the table of all claims, in Markdown, as in proofs/README.md.
    #[arg(long, conflicts_with = "id")]
    table: bool,
}

#[derive(Debug, clap::Args)]
struct FalsifyArguments {
    /// Claim files or folders of them.
    #[arg(value_name = "PATH", default_values = CLAIM_FOLDERS)]
    paths: Vec<PathBuf>,
    /// Perturb only this claim (may be repeated; `lemma-4.2` also means `lemma-4.2.…`).
    #[arg(long = "claim", value_name = "ID")]
    claims: Vec<String>,
    /// How the verdicts are printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print errors only; the exit code tells the rest.
    #[arg(long, short)]
    quiet: bool,
}

/// Where claims are looked for, from the working directory, if nothing else is said.
const CLAIM_FOLDERS: [&str; 2] = ["proofs/liu2025", "proofs/divergence"];

#[derive(Debug, clap::Args)]
struct FlowArguments {
    /// The run file (TOML).
    run: PathBuf,
    /// A time at which θ(t) is enclosed, an exact number (may be repeated) [default: 1, 10, 100, 1000, 10000].
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    at: Vec<String>,
    /// Also start the flow at this iterate of gradient descent (may be repeated).
    #[arg(long = "from-step", value_name = "T")]
    from_step: Vec<u64>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Working precision.
    #[arg(long, value_name = "BITS", default_value_t = 256,
          value_parser = clap::value_parser!(u32).range(64..=4096))]
    precision: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON document, `schema_version` 1.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CertifyFormat {
    /// A table.
    Text,
    /// One JSON document, `schema_version` 1.
    Json,
    /// JUnit XML: one test suite per run, one test case per claim.
    Junit,
    /// The part of the JSON document that `--baseline` reads; equal results give equal bytes.
    Baseline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// A line per change.
    Text,
    /// One JSON document, `schema_version` 1.
    Json,
    /// JUnit XML: one test suite per run, one test case per claim; a regression is a failure.
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EngineName {
    /// A centre orbit and a set of deviations from it.
    Centred,
    /// Naive balls: slow and obviously right.
    Reference,
}

/// Everything as expected.
const SUCCESS: u8 = 0;
/// Bad input.
const BAD_INPUT: u8 = 2;
/// A defect of edgecert.
const INTERNAL: u8 = 70;

/// Runs the program on the process's arguments; returns its exit code.
pub fn main() -> u8 {
    std::panic::set_hook(Box::new(|panic| {
        say(&format!(
            "edgecert: internal error: {panic}\nThis is a defect of edgecert; no verdict was reached."
        ));
    }));
    let outcome = std::panic::catch_unwind(|| match Arguments::try_parse() {
        Err(usage) => {
            let printed = usage.print();
            match (usage.use_stderr(), printed) {
                (true, _) => BAD_INPUT,
                // Help and version go through a buffer that is emptied here.
                (false, Ok(())) => console::print_styled(""),
                (false, Err(error)) if error.kind() == ErrorKind::BrokenPipe => SUCCESS,
                (false, Err(error)) => {
                    say(&format!("error: cannot write to standard output: {error}"));
                    INPUT_OUTPUT
                }
            }
        }
        Ok(Arguments {
            command: Command::Certify(arguments),
        }) => certify::run(&arguments),
        Ok(Arguments {
            command: Command::Audit(arguments),
        }) => audit::run(&arguments),
        Ok(Arguments {
            command: Command::Diff(arguments),
        }) => diff::run(&arguments),
        Ok(Arguments {
            command: Command::Explain(arguments),
        }) => explain::run(&arguments),
        Ok(Arguments {
            command: Command::Falsify(arguments),
        }) => falsify::run(&arguments),
        Ok(Arguments {
            command: Command::Tighten(arguments),
        }) => tighten::run(&arguments),
        Ok(Arguments {
            command: Command::Flow(arguments),
        }) => flow::run(&arguments),
        Ok(Arguments {
            command: Command::Figures(arguments),
        }) => figures::run(&arguments),
        Ok(Arguments {
            command: Command::Coq(arguments),
        }) => coq::run(&arguments),
    });
    outcome.unwrap_or(INTERNAL)
}

/// Keeps the claims that are asked for, by id or by the first parts of an id; all of them if
/// none is. `place` says in a message where the claims come from.
fn select(claims: &mut Vec<Arc<Claim>>, wanted: &[String], place: &str) -> Result<(), InputError> {
    let matches = |id: &str, want: &str| {
        id == want
            || id
                .strip_prefix(want)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    for want in wanted {
        if !claims.iter().any(|c| matches(&c.id, want)) {
            let hint = nearest(want, claims.iter().map(|c| c.id.as_str()))
                .map(|id| format!("; the nearest is `{id}`"))
                .unwrap_or_default();
            let message = format!("--claim {want}: {place} has no such claim{hint}");
            return Err(InputError::usage(&message));
        }
    }
    if !wanted.is_empty() {
        claims.retain(|c| wanted.iter().any(|want| matches(&c.id, want)));
    }
    Ok(())
}

/// Prints text that is no report, as it is but for what a terminal would obey.
fn print(text: &str) -> u8 {
    console::print(text)
}

/// Prints a report for people, no wider than their terminal.
fn print_report(text: &str) -> u8 {
    console::print(&layout::fit(text, style().width))
}

/// Prints a report in which everything that comes from files is visible already.
fn print_coloured(text: &str) -> u8 {
    console::print_styled(&layout::fit(text, style().width))
}

/// Prints a JSON document.
fn print_json(document: &Value) -> u8 {
    console::print_styled(&visible::json(&format!("{document:#}\n")))
}

/// How a report for people is dressed where standard output goes: as wide as `COLUMNS` says, else
/// as the terminal is.
fn style() -> Style {
    let terminal = std::io::stdout().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let width = std::env::var("COLUMNS").ok().and_then(|v| v.parse().ok());
    let width = match width.filter(|width| *width > 0) {
        None if terminal => comfy_table::Table::new().width(),
        width => width,
    };
    Style { colour, width }
}

/// Prints an input error; returns its exit code.
fn complain(error: &InputError) -> u8 {
    say(&error.to_string());
    match error.kind() {
        InputKind::Io => INPUT_OUTPUT,
        InputKind::Internal => INTERNAL,
        _ => BAD_INPUT,
    }
}
