//! `edgecert-check FILE...`: checks certificates, with code of its own.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use edgecert::check::{Failure, Kind, MOST_WORK, Report, check_while};
use edgecert::visible;

#[path = "../console.rs"]
mod console;
use console::{INPUT_OUTPUT, print, say};

const HELP: &str = "\
Checks certificates that `edgecert certify --certificate FILE` has written.

Usage: edgecert-check [--quiet] [--work N] FILE...

Every verdict of a certificate is derived anew, on big integers, by code that shares nothing with
edgecert. Claims of the run that this cannot do are listed as unchecked.

A certificate that takes more work than N is given up: N is in nanoseconds or so, and by default
4000000000000.

Exit codes: 0 all are accepted, 10 one is rejected, 2 usage or an unreadable format, 3 a file cannot
be read, 4 an unsupported version, 5 one takes too much work.
";

const REJECTED: u8 = 10;
const UNREADABLE: u8 = 2;
const VERSION: u8 = 4;
const WORK: u8 = 5;

fn main() -> ExitCode {
    let mut files = Vec::new();
    let mut quiet = false;
    let mut most_work = MOST_WORK;
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--help" | "-h") => return print(HELP).into(),
            Some("--version" | "-V") => {
                return print(&format!("edgecert-check {}\n", env!("CARGO_PKG_VERSION"))).into();
            }
            Some("--quiet" | "-q") => quiet = true,
            Some("--work") => {
                let number = arguments.next();
                match number.as_ref().and_then(|n| n.to_str()?.parse().ok()) {
                    Some(n) => most_work = n,
                    None => {
                        say(&format!("error: --work takes a whole number\n\n{HELP}"));
                        return UNREADABLE.into();
                    }
                }
            }
            Some(option) if option.starts_with('-') => {
                say(&format!("error: there is no option {option}\n\n{HELP}"));
                return UNREADABLE.into();
            }
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        say(&format!("error: no file is given\n\n{HELP}"));
        return UNREADABLE.into();
    }
    let mut code = 0;
    for file in files {
        let name = file.to_string_lossy().into_owned();
        let found = match std::fs::read(&file) {
            Err(error) => {
                say(&format!("{name}: cannot be read: {error}"));
                INPUT_OUTPUT
            }
            Ok(bytes) => one(&name, &bytes, quiet, most_work),
        };
        code = worse(code, found);
    }
    code.into()
}

/// A certain rejection outweighs everything else.
fn worse(x: u8, y: u8) -> u8 {
    if x == REJECTED || y == REJECTED {
        REJECTED
    } else {
        x.max(y)
    }
}

fn one(name: &str, bytes: &[u8], quiet: bool, most_work: u64) -> u8 {
    let report = match checked(name, bytes, quiet, most_work) {
        Ok(report) => report,
        Err(failure) => {
            let (word, code) = match failure.kind {
                Kind::Rejected => ("REJECTED", REJECTED),
                Kind::Format => ("UNREADABLE", UNREADABLE),
                Kind::Version => ("UNSUPPORTED", VERSION),
                Kind::Work => ("GIVEN UP", WORK),
            };
            let line = format!("{name}: {word}: {failure}");
            say(&line);
            return code;
        }
    };
    if quiet {
        return 0;
    }
    let mut text = format!(
        "{name}: accepted, {} steps\n  run {}\n",
        report.steps, report.run
    );
    for (id, verdict, hash, checked) in &report.claims {
        let verdict = verdict.word();
        text.push_str(&format!("  {verdict:<9}  {hash}  {id} ({checked} steps)\n"));
    }
    for trap in &report.traps {
        text.push_str(&format!("  for ever: {trap}\n"));
    }
    for (id, reason) in &report.unchecked {
        text.push_str(&format!("  NOT CHECKED  {id}: {reason}\n"));
    }
    let (checked, not) = (report.claims.len(), report.unchecked.len());
    text.push_str(&format!("  {checked} claims checked, {not} not checked\n"));
    print(&text)
}

/// Checks it, and shows on a terminal how far a long check is.
fn checked(name: &str, bytes: &[u8], quiet: bool, most_work: u64) -> Result<Report, Failure> {
    const PATIENCE: Duration = Duration::from_secs(1);
    let visible = !quiet && std::io::stderr().is_terminal();
    let mut shown = None;
    let mut last = Instant::now();
    let report = check_while(bytes, most_work, &mut |step, steps| {
        if visible && last.elapsed() >= PATIENCE {
            last = Instant::now();
            let line = format!("{}: step {step} of {steps}", visible::line(name));
            let _ = write!(std::io::stderr(), "\r{line}");
            shown = Some(line.chars().count());
        }
        true
    });
    if let Some(width) = shown {
        let _ = write!(std::io::stderr(), "\r{:width$}\r", "");
    }
    report
}
