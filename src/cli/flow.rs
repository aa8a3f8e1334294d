//! `edgecert flow`.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use rug::Rational;

use edgecert::diagnostic::InputError;
use edgecert::enclosure::{self, Engine, Lost, Moment, Trajectory};
use edgecert::flow::constrained::{Comparison, Constrained, compare};
use edgecert::flow::integrator::Flow;
use edgecert::flow::limit::{self, Limit};
use edgecert::flow::{FlowError, conserved, conserved_at_start, enclose_start};
use edgecert::input::Run;
use edgecert::model::State;
use edgecert::number::{Ball, rational};
use edgecert::report::flow::{self as report, ConstrainedReport, FlowReport, Report};

use super::files::Files;
use super::{FlowArguments, Format, complain, print_json, print_report};

/// Exit code where an enclosure was lost or a limit not decided.
const UNDECIDED: u8 = 20;

/// Bits at most for gradient descent's iterates.
const MOST_BITS: u32 = 4096;

/// Progress is shown after this time.
const PATIENCE: Duration = Duration::from_secs(1);

/// Integrates the flow of a run file's start, and of the iterates asked for.
pub fn run(arguments: &FlowArguments) -> u8 {
    match report(arguments) {
        Err(error) => complain(&error),
        Ok((printed, complete)) => match printed {
            0 if !complete => UNDECIDED,
            code => code,
        },
    }
}

/// Prints the report; returns the exit code of that, and whether everything asked for is in it.
fn report(arguments: &FlowArguments) -> Result<(u8, bool), InputError> {
    let run = Run::load(&arguments.run)?;
    Files::default().reads_run(&run)?;
    let times = times(&arguments.at)?;
    if let Some(step) = arguments.from_step.iter().find(|s| **s > run.steps) {
        return Err(InputError::usage(&format!(
            "--from-step {step}: the run has {} steps",
            run.steps
        )));
    }
    let bits = arguments.precision;
    let start = enclose_start(&run.start, bits);
    let invariant = conserved_at_start(&run.start, bits);
    let exact = limit::exact_start(&run.start);
    let mut flows = vec![follow(
        &run,
        0,
        &start,
        &invariant,
        exact.as_ref(),
        &times,
        bits,
    )];
    let mut steps = arguments.from_step.clone();
    steps.sort_unstable();
    steps.dedup();
    for step in steps {
        let theta = iterate(&run, step, bits)?;
        let invariant = conserved(&theta);
        flows.push(follow(&run, step, &theta, &invariant, None, &times, bits));
    }
    let constrained = Constrained::new(&run.parameters, &start).map(|flow| ConstrainedReport {
        hitting_time: flow.hitting_time().cloned(),
        points: times.iter().map(|t| (t.clone(), flow.at(t))).collect(),
        comparison: comparison(&run, bits),
    });
    let complete = flows
        .iter()
        .all(|f| f.limit != Limit::Undetermined && f.points.iter().all(|p| p.1.is_ok()));
    let report = Report {
        run: &run,
        precision: bits,
        flows,
        constrained,
    };
    let printed = match arguments.format {
        Format::Text => print_report(&report::text(&report)),
        Format::Json => print_json(&report::json(&report)),
    };
    Ok((printed, complete))
}

/// The times asked for, in order.
fn times(texts: &[String]) -> Result<Vec<Rational>, InputError> {
    let default = ["1", "10", "100", "1000", "10000"].map(String::from);
    let texts = if texts.is_empty() { &default } else { texts };
    let mut times = Vec::with_capacity(texts.len());
    for text in texts {
        let fault = |why: &str| InputError::usage(&format!("--at {text}: {why}"));
        let time = rational::parse(text).map_err(|e| fault(&e.to_string()))?;
        if time < 0 {
            return Err(fault("a time is not negative"));
        }
        times.push(time);
    }
    times.sort();
    times.dedup();
    Ok(times)
}

/// The flow from one start. Where its limit is not decided there, it is decided as soon as
/// the integration has come to a quadrant αβ₂ > 0.
fn follow(
    run: &Run,
    step: u64,
    start: &State<Ball>,
    invariant: &Ball,
    exact: Option<&State<Rational>>,
    times: &[Rational],
    bits: u32,
) -> FlowReport {
    let mut limit = limit::decide(start, invariant, exact);
    let mut decided_at = Rational::new();
    let mut scout = Flow::new(&run.parameters, start, invariant, bits);
    let horizon = times.last().cloned().unwrap_or_default();
    while limit == Limit::Undetermined && *scout.time() < horizon {
        if scout.step(&horizon).is_err() {
            break;
        }
        decided_at = scout.time().clone();
        if let Ok(theta) = scout.here() {
            limit = limit::decide(&theta.state, invariant, None);
        }
    }
    let minimiser = match limit {
        Limit::Minimiser { negative, .. } => limit::minimiser(invariant, negative)
            .ok()
            .zip(limit::sharpness(&run.parameters, invariant).ok()),
        _ => None,
    };
    let mut flow = Flow::new(&run.parameters, start, invariant, bits);
    FlowReport {
        step,
        conserved: invariant.clone(),
        limit,
        decided_at,
        minimiser,
        points: times.iter().map(|t| (t.clone(), flow.at(t))).collect(),
    }
}

fn engine(run: &Run, bits: u32) -> Box<dyn Trajectory> {
    enclosure::start(Engine::Centred, &run.parameters, &run.start, bits)
}

/// θ at a step of gradient descent, with more bits until the enclosure is not lost.
fn iterate(run: &Run, step: u64, bits: u32) -> Result<State<Ball>, InputError> {
    let mut bits = bits;
    loop {
        let mut trajectory = engine(run, bits);
        let lost = (0..step).find_map(|_| trajectory.advance().err());
        match lost {
            None => return Ok(trajectory.ball(Moment::Current)),
            Some(Lost::Width) if bits < MOST_BITS => bits *= 2,
            Some(_) => {
                return Err(InputError::usage(&format!(
                    "--from-step {step}: the enclosure of gradient descent is lost at step {}",
                    trajectory.step()
                )));
            }
        }
    }
}

fn comparison(run: &Run, bits: u32) -> Result<Comparison, FlowError> {
    let mut bits = bits;
    let begun = Instant::now();
    let visible = std::io::stderr().is_terminal();
    loop {
        let mut bar = None;
        let result = compare(
            &run.parameters,
            &mut *engine(run, bits),
            run.steps,
            bits,
            &mut |step| {
                if visible && step % 512 == 0 && begun.elapsed() > PATIENCE {
                    bar.get_or_insert_with(|| ProgressBar::new(run.steps))
                        .set_position(step);
                }
            },
        );
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        match &result {
            Ok(c) if c.stopped == Some(Lost::Width) && bits < MOST_BITS => bits *= 2,
            _ => return result,
        }
    }
}
