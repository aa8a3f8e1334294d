//! Reports as JUnit XML, for services that show test results: one test suite per run, one test
//! case per claim. Times are left out, so that equal results give equal files.

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::regression::change_text;
use super::{Report, grouped};
use crate::input::Run;
use crate::number::decimal;
use crate::regression::{Change, Comparison, Effect, RunChanges};
use crate::verdict::{ClaimResult, Verdict};
use crate::visible;

/// The document: certified runs, the runs an interruption kept from starting, and a comparison
/// with a baseline, if there is one.
///
/// A claim fails where its verdict is not the expected one; the failure's type is the verdict.
/// A run that was interrupted or not started is an error.
///
/// # Errors
/// [`SerializeError`] if the XML cannot be written, which is a defect of edgecert.
pub fn document(
    reports: &[Report<'_>],
    not_started: &[Run],
    baseline: Option<&Comparison>,
) -> Result<String, SerializeError> {
    let mut document = quick_junit::Report::new("edgecert certify");
    document.add_test_suites(reports.iter().map(certified));
    for run in not_started {
        let file = run.file.path.display().to_string();
        let mut suite = TestSuite::new(&file);
        suite.add_test_case(error(&file, "not-started", "the run was not started"));
        document.add_test_suite(suite);
    }
    if let Some(comparison) = baseline {
        document.add_test_suites(comparison.runs.iter().map(|r| compared(r, "baseline: ")));
    }
    written(&document)
}

/// The document as XML. What XML or a terminal has no place for becomes visible.
fn written(document: &quick_junit::Report) -> Result<String, SerializeError> {
    Ok(visible::lines(&document.to_string()?).into_owned())
}

/// The document for a comparison of two reports. A regression is a failure; its type is the
/// kind of the first change that is worse.
///
/// # Errors
/// As [`document`].
pub fn comparison(comparison: &Comparison) -> Result<String, SerializeError> {
    let mut document = quick_junit::Report::new("edgecert diff");
    document.add_test_suites(comparison.runs.iter().map(|run| compared(run, "")));
    written(&document)
}

fn case(file: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(file);
    case
}

/// An error of a run as a whole.
fn error(file: &str, kind: &str, message: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(kind).set_message(message);
    case(file, "run", status)
}

fn certified(report: &Report<'_>) -> TestSuite {
    let Report { run, outcome } = report;
    let file = run.file.path.display().to_string();
    let mut suite = TestSuite::new(&file);
    suite.add_property(("title", &*visible::line(&run.title)));
    for result in &outcome.claims {
        suite.add_test_case(claim(&file, result));
    }
    if outcome.interrupted {
        suite.add_test_case(error(&file, "interrupted", "the run was interrupted"));
    }
    suite
}

fn claim(file: &str, result: &ClaimResult) -> TestCase {
    let word = result.verdict.word();
    let details = details(result);
    if result.met() {
        let mut case = case(file, &result.claim.id, TestCaseStatus::success());
        let expected = match result.expected {
            Some(_) => ", as expected",
            None => "",
        };
        case.set_system_out(format!("{word}{expected}\n{details}"));
        return case;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let first = details.lines().next().map(|line| format!(": {line}"));
    status
        .set_type(word)
        .set_message(format!("{word}{}", first.unwrap_or_default()))
        .set_description(details);
    case(file, &result.claim.id, status)
}

/// What is known beside the verdict, a line each; what explains the verdict comes first.
fn details(result: &ClaimResult) -> String {
    let mut lines = Vec::new();
    if let Some(v) = &result.violation {
        lines.push(format!(
            "violated {} times, first at step {}: {}",
            grouped(result.violated),
            grouped(v.step),
            v.clause
        ));
        if let Some((left, right)) = &v.sides {
            lines.push(format!("left side {left}, right side {right}"));
        }
    }
    if let Some(obstacle) = &result.obstacle {
        let step = obstacle
            .step
            .map(|step| format!(" at step {}", grouped(step)))
            .unwrap_or_default();
        let reason = obstacle.reason.word();
        lines.push(format!("open{step} ({reason}): {}", obstacle.detail));
    }
    lines.extend(result.note.clone());
    if result.verdict != Verdict::Vacuous {
        lines.push(format!("steps checked: {}", grouped(result.checked)));
    }
    if let Some(slack) = result.tightest().and_then(|c| c.slack.as_ref()) {
        let (word, value) = match &slack.relative {
            Some(relative) => ("relative", relative),
            None => ("absolute", &slack.absolute),
        };
        lines.push(format!(
            "{word} slack: {value} at step {}",
            grouped(slack.step)
        ));
    }
    if let Some(tight) = &result.tight {
        lines.push(format!(
            "tight {}: {} at step {}",
            tight.name,
            decimal::format(&tight.value, decimal::DEFAULT_DIGITS),
            grouped(tight.step)
        ));
    }
    lines.join("\n")
}

fn compared(run: &RunChanges, prefix: &str) -> TestSuite {
    let name = format!("{prefix}{}", run.file);
    let mut suite = TestSuite::new(name.as_str());
    suite.add_test_case(changes(&name, "run", &run.changes));
    for claim in &run.claims {
        suite.add_test_case(changes(&name, &claim.id, &claim.changes));
    }
    suite
}

fn changes(suite: &str, name: &str, changes: &[Change]) -> TestCase {
    let lines: Vec<String> = changes
        .iter()
        .map(|change| format!("{}: {}", change.effect.word(), change_text(change)))
        .collect();
    let lines = lines.join("\n");
    let worse = changes.iter().find(|c| c.effect == Effect::Worse);
    match worse {
        Some(worse) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_type(worse.kind.word())
                .set_message(change_text(worse))
                .set_description(lines);
            case(suite, name, status)
        }
        None => {
            let mut case = case(suite, name, TestCaseStatus::success());
            if !lines.is_empty() {
                case.set_system_out(lines);
            }
            case
        }
    }
}
