//! `edgecert falsify`.

use std::sync::atomic::Ordering;

use edgecert::certify::{CertifyError, Options, compile};
use edgecert::claim::file;
use edgecert::diagnostic::InputError;
use edgecert::falsify::{Falsification, exit_code, falsify, perturbed_run};
use edgecert::model;
use edgecert::report::falsification;

use super::certify::{UNDECIDED, worse};
use super::files::Files;
use super::interrupt::{self, INTERRUPTED};
use super::progress::Bar;
use super::{
    FalsifyArguments, Format, INTERNAL, complain, print_coloured, print_json, say, select, style,
};

/// Certifies the perturbations of the claims, in order, and reports on all of them at the end.
/// All of them are read first, so that a mistake in the last does not cost the others' time.
pub fn run(arguments: &FalsifyArguments) -> u8 {
    let mut claims = match file::load_all(&arguments.paths, &model::names()) {
        Ok(claims) => claims,
        Err(error) => return complain(&error),
    };
    let paths: Vec<String> = arguments
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let place = paths.join(", ");
    if let Err(error) = select(&mut claims, &arguments.claims, &place) {
        return complain(&error);
    }
    let check = || {
        Files::default().reads_claims(&claims)?;
        for claim in &claims {
            if let Some(run) = perturbed_run(claim)? {
                compile(&run)?;
            }
        }
        Ok::<(), InputError>(())
    };
    if let Err(error) = check() {
        return complain(&error);
    }
    interrupt::catch();
    let mut all: Vec<Falsification> = Vec::with_capacity(claims.len());
    for claim in &claims {
        let mut bar = Bar::new(&claim.id, arguments.quiet);
        let options = Options::default();
        let outcome = falsify(claim, &options, &INTERRUPTED, &mut |p| bar.update(p));
        bar.finish();
        match outcome {
            Ok(falsification) => all.push(falsification),
            Err(CertifyError::Input(error)) => return complain(&error),
            Err(error @ CertifyError::Alarm(_)) => {
                say(&format!("edgecert: {}: {error}", claim.id));
                return INTERNAL;
            }
        }
        if INTERRUPTED.load(Ordering::Relaxed) {
            break;
        }
    }
    let not_started = &claims[all.len()..];
    let printed = match arguments.format {
        _ if arguments.quiet => 0,
        Format::Json => print_json(&falsification::document(&all, not_started)),
        Format::Text => {
            let mut text = falsification::render(&all, style());
            for claim in not_started {
                text.push_str(&format!("{}: not started\n", claim.id));
            }
            print_coloured(&text)
        }
    };
    if printed != 0 {
        return printed;
    }
    let rest = if not_started.is_empty() { 0 } else { UNDECIDED };
    worse(exit_code(&all), rest)
}
