//! Traces compared with the exact trajectory: against numbers computed independently (in C,
//! with the truth in another ball arithmetic), against brute force with exact rationals, and
//! backend against backend.

mod brute_force;
mod cases;
mod known;

use std::sync::atomic::AtomicBool;

use edgecert::audit::compare::{Comparison, Options, TraceSpec, compare};
use edgecert::audit::simulation::Change;
use edgecert::audit::{Format, Order};
use edgecert::input::Run;
use edgecert::model::State;
use edgecert::number::rational::parse;

use crate::common::{parameters, point, run};

/// Compares without hooks.
pub fn compared(run: &Run, specs: &[TraceSpec<'_>], options: &Options) -> Comparison {
    let go = AtomicBool::new(false);
    compare(run, specs, options, &go, &mut |_| (), &mut |_| ()).expect("a point start")
}

/// The runs of the tables: λ₁ = 100, λ₂ = 1/100.
pub fn table_run(eta: &str, from: [&str; 3], steps: u64) -> Run {
    let parameters = parameters("100", "1/100", eta, None);
    let [alpha, beta1, beta2] = from.map(|text| point(&parse(text).expect("a number")));
    let start = State {
        alpha,
        beta1,
        beta2,
    };
    run(parameters, start, steps)
}

pub fn format(text: &str) -> Format {
    Format::parse(text).expect("a format")
}

/// A trace in its plainest form.
pub fn spec<'a>(format: &'a Format, order: &'a Order, change: &'a Change) -> TraceSpec<'a> {
    TraceSpec {
        format,
        order,
        change,
        backend: None,
    }
}
