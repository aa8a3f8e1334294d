//! `edgecert audit`.

use std::sync::Arc;

use edgecert::audit::compare::{self, TraceSpec, compare};
use edgecert::audit::order::Storage;
use edgecert::audit::run::{Options, Stage, audit};
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Order, remedy};
use edgecert::certify::CertifyError;
use edgecert::diagnostic::{InputError, nearest};
use edgecert::input::Run;
use edgecert::report::audit::drawing::Drawing;
use edgecert::report::audit::{AuditReport, html, json, text};

use super::certify::{load, positive};
use super::files::Files;
use super::interrupt::{self, INTERRUPTED};
use super::progress::Stages;
use super::{
    AuditArguments, Format as Output, INTERNAL, complain, print_json, print_report, say, style,
};

/// Audits the run and prints what came of it.
pub fn run(arguments: &AuditArguments) -> u8 {
    let mut files = Files::default();
    let (run, options, compared) = match prepare(arguments, &mut files) {
        Ok(prepared) => prepared,
        Err(error) => return complain(&error),
    };
    interrupt::catch();
    let page = arguments.report.as_deref();
    let page = match page.map(|page| files.writes("--report", page)).transpose() {
        Ok(page) => page,
        Err(error) => return complain(&error),
    };
    let mut bar = Stages::new(&run.title, arguments.quiet);
    let result = audit(&run, &options, &INTERRUPTED, &mut |p| match p.stage {
        Stage::Truth(steps) => bar.update("the exact trajectory", steps.step, steps.steps),
        Stage::Variants => bar.update("claims on traces", p.done as u64, p.total as u64),
        Stage::Causes => bar.update("causes", p.done as u64, p.total as u64),
        Stage::Robustness => bar.update("robustness", p.done as u64, p.total as u64),
        Stage::Remedies => bar.update("remedies", p.done as u64, p.total as u64),
    });
    let audit = match result {
        Ok(audit) => audit,
        Err(CertifyError::Input(error)) => return complain(&error),
        Err(error @ CertifyError::Alarm(_)) => {
            say(&format!("edgecert: {error}"));
            return INTERNAL;
        }
    };
    let change = Change::default();
    let mut drawing = Drawing::new(&audit);
    let traces: Vec<TraceSpec<'_>> = audit
        .variants
        .iter()
        .map(|v| TraceSpec {
            format: &v.format,
            order: &v.order,
            change: &change,
            backend: None,
        })
        .collect();
    let comparison = compare(
        &run,
        &traces,
        &compared,
        &INTERRUPTED,
        &mut |p| bar.update("traces against the exact trajectory", p.step, p.steps),
        &mut |sample| {
            if page.is_some() {
                drawing.observe(sample);
            }
        },
    );
    bar.finish();
    let comparison = match comparison {
        Ok(comparison) => comparison,
        Err(error) => return complain(&error),
    };
    let report = AuditReport {
        run: &run,
        audit: &audit,
        comparison: &comparison,
        thresholds: &compared.thresholds,
    };
    let code = if arguments.quiet {
        0
    } else {
        match arguments.format {
            Output::Text => print_report(&text::render(&report, style())),
            Output::Json => print_json(&json::document(&report)),
        }
    };
    if let Some(page) = page {
        let written = match html::render(&report, drawing) {
            Ok(text) => page.write(&text),
            Err(error) => {
                say(&format!("edgecert: internal error: {error}"));
                return INTERNAL;
            }
        };
        if let Err(error) = written {
            return complain(&error);
        }
    }
    if code == 0 { report.exit_code() } else { code }
}

/// Everything that can be wrong with the arguments is found before the work begins.
fn prepare(
    arguments: &AuditArguments,
    files: &mut Files,
) -> Result<(Run, Options, compare::Options), InputError> {
    let run = load(&arguments.run, arguments.steps, &arguments.claims, files)?;
    let mut options = Options::usual()?;
    if !arguments.arithmetic.is_empty() {
        options.formats = Vec::new();
        for text in &arguments.arithmetic {
            let format = Format::parse(text)
                .map_err(|error| InputError::usage(&format!("--arithmetic {error}")))?;
            let same = |known: &&Format| known.is_same(&format);
            if let Some(known) = options.formats.iter().find(same) {
                let message = format!(
                    "--arithmetic {text}: this format is asked for already, as {known}; leave one out"
                );
                return Err(InputError::usage(&message));
            }
            options.formats.push(format);
        }
    }
    if !arguments.order.is_empty() {
        options.orders = orders(&arguments.order, files)?;
    }
    options.flush = arguments.flush;
    // What is asked for by name is nudged, too; by default f64 alone is.
    if !arguments.arithmetic.is_empty() {
        options.robustness.clone_from(&options.formats);
    }
    if arguments.quick {
        options.robustness = Vec::new();
        options.remedies = None;
    } else if let Some(wanted) = &mut options.remedies {
        let one = |text: &Option<String>, option| {
            let texts: Vec<String> = text.iter().cloned().collect();
            positive(&texts, option).map(|mut values| values.pop())
        };
        let floor = one(&arguments.floor, "--floor")?;
        let clip = one(&arguments.clip, "--clip")?;
        *wanted = remedy::Options {
            floor: floor.or(wanted.floor.take()),
            clip: clip.or(wanted.clip.take()),
            ..wanted.clone()
        };
    }
    let mut compared = compare::Options::default();
    if !arguments.threshold.is_empty() {
        compared.thresholds = positive(&arguments.threshold, "--threshold")?;
        for (i, threshold) in compared.thresholds.iter().enumerate() {
            if compared.thresholds[..i].contains(threshold) {
                let message = format!(
                    "--threshold {}: this one is asked for already; leave one out",
                    arguments.threshold[i]
                );
                return Err(InputError::usage(&message));
            }
        }
    }
    Ok((run, options, compared))
}

/// Orders by id, or from files.
fn orders(wanted: &[String], files: &mut Files) -> Result<Vec<Arc<Order>>, InputError> {
    let mut built_in = Order::built_in()?;
    // Orders of remedies need a change of the algorithm; they are tried as remedies.
    built_in.retain(|order| order.storage == Storage::Plain);
    let mut orders: Vec<Arc<Order>> = Vec::new();
    for want in wanted {
        let known = built_in.iter().find(|order| order.id == *want);
        let order = match known {
            Some(order) => order.clone(),
            None if want.contains(['.', '/']) => {
                files.reads("order file", want.as_ref())?;
                Order::load(want.as_ref())?
            }
            None => {
                let ids = || built_in.iter().map(|order| order.id.as_str());
                let hint = match nearest(want, ids()) {
                    Some(near) => format!("; the nearest is `{near}`"),
                    None => format!("; there are {}", ids().collect::<Vec<_>>().join(", ")),
                };
                let message = format!("--order {want}: no such order, and no file{hint}");
                return Err(InputError::usage(&message));
            }
        };
        if order.storage != Storage::Plain {
            let message = format!(
                "--order {want}: an audit is of orders that store the state as it is; `{}` stores \
                 β₁ otherwise and is tried as a remedy",
                order.id
            );
            return Err(InputError::usage(&message));
        }
        if let Some(same) = orders.iter().find(|o| o.id == order.id) {
            let message = format!("--order {want}: there are two orders `{}`", same.id);
            return Err(InputError::usage(&message));
        }
        orders.push(Arc::new(order));
    }
    Ok(orders)
}
