//! Time per certified step: both engines, and what claims add to them.
//!
//! `cargo bench` prints, per measurement, the time of a whole run of T steps; divide by T.
//! Compare figures of one run only: machines differ and drift.

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use edgecert::certify::{Options, certify};
use edgecert::enclosure::{self, Engine};
use edgecert::input::Run;

fn figure(name: &str) -> Run {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("proofs/runs")
        .join(name);
    Run::load(&path).expect("a run of the repository")
}

/// The engines alone. Reference precisions: the least that keep 20 bits to the end.
fn engines(criterion: &mut Criterion) {
    let run = figure("figure-2.toml");
    for (steps, reference_bits) in [(10_000u64, 256), (100_000, 660)] {
        let mut group = criterion.benchmark_group(format!("engine/T={steps}"));
        group
            .sample_size(10)
            .throughput(Throughput::Elements(steps));
        for (name, engine, bits) in [
            ("centred", Engine::Centred, 128),
            ("reference", Engine::Reference, reference_bits),
        ] {
            group.bench_function(BenchmarkId::new(name, bits), |bencher| {
                bencher.iter(|| {
                    let mut trajectory =
                        enclosure::start(engine, &run.parameters, &run.start, bits);
                    for _ in 0..steps {
                        trajectory.advance().expect("enough bits");
                    }
                    assert!(trajectory.accuracy_bits() >= 20);
                    black_box(trajectory.step())
                });
            });
        }
        group.finish();
    }
}

/// Each claim on its own, on top of the trajectory and its facts.
fn claims(criterion: &mut Criterion) {
    let run = figure("figure-1.toml");
    let quiet = AtomicBool::new(false);
    let measure = |run: &Run| {
        certify(run, &Options::default(), &quiet, &mut |_| ())
            .expect("an outcome")
            .claims
            .len()
    };
    let mut group = criterion.benchmark_group("certify/figure-1");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(run.steps));
    let mut bare = run.clone();
    bare.claims.clear();
    group.bench_function("facts-only", |b| b.iter(|| measure(&bare)));
    for claim in &run.claims {
        let mut single = run.clone();
        single.claims = vec![claim.clone()];
        group.bench_function(BenchmarkId::new("claim", &claim.id), |b| {
            b.iter(|| measure(&single))
        });
    }
    group.bench_function("all-claims", |b| b.iter(|| measure(&run)));
    group.finish();
}

/// All claims over a longer horizon.
fn long(criterion: &mut Criterion) {
    let mut run = figure("figure-2.toml");
    run.set_steps(100_000).expect("a valid number");
    let quiet = AtomicBool::new(false);
    let mut group = criterion.benchmark_group("certify/figure-2/T=100000");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(run.steps));
    group.bench_function("all-claims", |b| {
        b.iter(|| {
            certify(&run, &Options::default(), &quiet, &mut |_| ())
                .expect("an outcome")
                .passes
                .len()
        });
    });
    group.finish();
}

criterion_group!(benches, engines, claims, long);
criterion_main!(benches);
