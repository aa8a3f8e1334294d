//! Certificates as edgecert writes them: always the same, and always accepted.

mod common;
mod program;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use edgecert::certificate::{self, CertificateError, Work};
use edgecert::certify::{Options, certify};
use edgecert::check::claim::Verdict;
use edgecert::check::{Kind, check};
use edgecert::input::Run;
use program::{Bench, RUN, claim};
use proptest::prelude::*;

/// `tests/certificates/runs` and, of each run, the certificate that is kept in `accept`.
/// `WRITE_CORPUS=1` writes these anew; then write the corpus of `tests/checker.rs` anew.
#[test]
fn certificates_are_reproduced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
    let bench = Bench::new();
    for entry in std::fs::read_dir(folder.join("runs")).expect("the folder") {
        let run = entry.expect("an entry").path();
        let name = run.with_extension("cert");
        let kept = folder
            .join("accept")
            .join(name.file_name().expect("a name"));
        let file = bench.path().join("new.cert");
        let file = file.to_str().expect("UTF-8");
        let run = run.to_str().expect("UTF-8");
        let answer = bench.certify(&[run, "--certificate", file, "--quiet"]);
        assert!(
            [0, 10, 20].map(Some).contains(&answer.code),
            "{run}: {}",
            answer.err
        );
        let new = std::fs::read_to_string(file).expect("it is written");
        if std::env::var_os("WRITE_CORPUS").is_some() {
            std::fs::write(&kept, &new).expect("it can be written");
        }
        assert!(
            std::fs::read_to_string(&kept).is_ok_and(|old| old == new),
            "{run}"
        );
    }
}

/// The runs of the project: every verdict is confirmed but that of one claim.
#[test]
fn the_project_s_runs_have_certificates() {
    let bench = Bench::new();
    for (run, checked, open) in [("clipped", 43, 0), ("below-edge", 43, 0)] {
        let path = format!("{}/proofs/runs/{run}.toml", env!("CARGO_MANIFEST_DIR"));
        let file = bench.path().join("run.cert");
        let answer = bench.certify(&[&path, "--certificate", file.to_str().expect("UTF-8"), "-q"]);
        answer.exits(0);
        let report = check(&std::fs::read(&file).expect("it is written")).expect("it is accepted");
        assert_eq!(
            (report.claims.len(), report.unchecked.len()),
            (checked, open),
            "{run}"
        );
        assert!(
            report
                .claims
                .iter()
                .any(|(id, ..)| id == "theorem-4.1.eventually")
        );
    }
}

#[test]
fn a_certificate_is_about_one_run() {
    let bench = Bench::new();
    bench.write("claims/held.toml", claim("a.held", "a > 0"));
    bench.write("run.toml", format!("{RUN}claims = ['claims/held.toml']\n"));
    let two = bench.certify(&["run.toml", "run.toml", "--certificate", "two.cert"]);
    two.refuses(2, &["a certificate is about one run"]);
    assert!(!bench.path().join("two.cert").exists());
    let nowhere = bench.certify(&["run.toml", "--certificate", "no/such/folder/one.cert"]);
    nowhere.exits(3);
    let one = bench.certify(&["run.toml", "--certificate", "one.cert", "-q"]);
    one.exits(0);
    let bytes = std::fs::read(bench.path().join("one.cert")).expect("it is written");
    let report = check(&bytes).expect("it is accepted");
    assert_eq!(report.claims.len(), 1);
    assert_eq!(report.claims[0].1, Verdict::Certified);
    // It is bound to the run: the same verdict on another run is not accepted.
    let text = String::from_utf8(bytes)
        .expect("ASCII")
        .replace("\"1/20\"", "\"1/21\"");
    assert_eq!(
        check(text.as_bytes()).map_err(|e| e.kind).err(),
        Some(Kind::Rejected)
    );
}

/// Random runs, plain and clipped, convergent and divergent: the checker agrees with the engine,
/// or leaves a claim open. (Where they disagree there is no certificate, and exit code 70.)
#[test]
fn engine_and_checker_agree_on_random_runs() {
    let bench = Bench::new();
    let folder = format!("{}/proofs/liu2025", env!("CARGO_MANIFEST_DIR"));
    let mut random = 7_u64;
    let mut draw = |n: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) % n
    };
    let mut confirmed = 0;
    for i in 0..12 {
        let clip = if i % 3 == 0 {
            "projection = { beta1 = '1/7' }\n"
        } else {
            ""
        };
        let sign = if draw(2) == 0 { "" } else { "-" };
        let run = format!(
            "lambda1 = {}\nlambda2 = '1/{}'\neta = '1/{}'\nsteps = {}\n\
             start = {{ alpha = '{sign}{}/100', beta1 = '{}/1000', beta2 = '{sign}{}/100' }}\n\
             {clip}claims = ['{folder}']\n",
            50 + draw(100),
            1 + draw(200),
            10 + draw(40),
            20 + draw(150),
            30 + draw(100),
            1 + draw(300),
            10 + draw(200),
        );
        bench.write("random.toml", &run);
        let answer = bench.certify(&["random.toml", "--certificate", "random.cert", "-q"]);
        assert!(
            [0, 10, 20].map(Some).contains(&answer.code),
            "{run}\n{}",
            answer.err
        );
        let bytes = std::fs::read(bench.path().join("random.cert")).expect("it is written");
        let report = check(&bytes).unwrap_or_else(|failure| panic!("{run}\n{failure}"));
        confirmed += report.claims.len();
    }
    assert!(confirmed > 12 * 30, "{confirmed}");
}

/// Bounds of all later steps: those of the checker's own theorem are those of the engine's.
#[test]
fn bounds_of_the_traps_agree() {
    use edgecert::check::trap::{Choice, prove};
    use edgecert::check::{ball::Ball, fraction::Fraction, orbit};
    use edgecert::model::{Parameters, State};
    use edgecert::number::Interval;
    use edgecert::trap::{Setting, delta_trap, final_trap};
    use rug::Rational;

    let q = |text: &str| text.parse::<Rational>().expect("a number");
    let fraction = |q: &Rational| Fraction::read(&q.to_string()).expect("a number");
    let parameters = Parameters {
        lambda1: q("100"),
        lambda2: q("1/100"),
        eta: q("1/20"),
        clip: None,
    };
    let setting = Setting::new(&parameters, true);
    // Both sides as logarithms of what they are apart by.
    let near = |x: &Ball, y: &Interval, what: &str| {
        let (m, r, e) = x.parts();
        let unit = Rational::from(1) << i32::try_from(e).expect("small");
        let m: rug::Integer = m.to_string().parse().expect("an integer");
        let upper = (m + r) * unit;
        let other = y.upper_rational().expect("bounded");
        let distance = Rational::from(&upper - &other).abs();
        let size = other.clone().abs();
        assert!(
            distance <= size / 1_000_000u32,
            "{what}: {} {}",
            upper.to_f64(),
            other.to_f64()
        );
    };
    let mut traps = 0;
    for (alpha, beta1, beta2) in [
        ("3/5", "1/1000", "8/5"),
        ("31/50", "1/10000", "8/5"),
        ("1/2", "1/50", "19/10"),
        ("3/5", "1/100", "1"),
    ] {
        let start = [q(alpha), q(beta1), q(beta2)];
        let point = |q: &Rational| Interval::from_rational(q);
        let state = State {
            alpha: point(&start[0]),
            beta1: point(&start[1]),
            beta2: point(&start[2]),
        };
        let run = orbit::Run {
            lambda1: fraction(&parameters.lambda1),
            lambda2: fraction(&parameters.lambda2),
            eta: fraction(&parameters.eta),
            clip: None,
            start: start.each_ref().map(|q| (fraction(q), fraction(q))),
            steps: 0,
        };
        let x = orbit::Orbit::new(&run, 200)
            .and_then(|o| o.start(&run))
            .expect("a start");
        if let Some(choice) = final_trap::choose(&setting, &state)
            && let Ok(trap) = final_trap::certify(&setting, 0, &state, &choice, ())
        {
            traps += 1;
            let stated = Choice::Final(fraction(&choice.lower), fraction(&choice.upper));
            let own = prove(
                &run,
                &x,
                &stated,
                200,
                &edgecert::check::work::Budget::unlimited(),
            )
            .expect("the checker proves it");
            let (lower, upper) = own.limit.clone().expect("a limit");
            near(&upper, &trap.limit, "limit");
            assert!(trap.limit.contains(&q("0")) || lower.less(&upper, true) == Some(true));
            for n in [0, 1, 10, 1000, 100_000] {
                let bounds = own.bounds(n).expect("bounds");
                let [_, _, b, s, loss1, loss2] = &bounds.quantities;
                near(b, &trap.b_bound(n).expect("it"), "b");
                near(s, &trap.s_bound_after(n).expect("it"), "s");
                let [first, second] = trap.loss_parts(n).expect("it");
                near(loss1, &first, "loss1");
                near(loss2, &second, "loss2");
                near(&bounds.state[0], &trap.alpha, "alpha");
                near(&bounds.state[2], &trap.beta2, "beta2");
            }
            near(
                &own.excess.expect("it"),
                &trap.excess_bound(0).expect("it"),
                "excess",
            );
        }
        if let Some(choice) = delta_trap::choose(&setting, &state)
            && let Ok(trap) = delta_trap::certify(&setting, 0, &state, &choice, ())
        {
            traps += 1;
            let [lower, upper, most] =
                [&choice.lower, &choice.upper, &choice.b_bound].map(fraction);
            let own = prove(
                &run,
                &x,
                &Choice::Delta(lower, upper, most),
                200,
                &edgecert::check::work::Budget::unlimited(),
            )
            .expect("the checker proves it");
            near(
                &own.excess.clone().expect("it"),
                &trap.excess_bound,
                "excess",
            );
            let bounds = own.bounds(0).expect("bounds");
            near(&bounds.quantities[3], &trap.s_bound, "s");
            near(&bounds.quantities[4], &trap.loss_parts[0], "loss1");
            near(&bounds.state[0], &trap.alpha, "alpha");
            assert_eq!(own.limit.is_some(), trap.limit_at_most_edge);
        }
    }
    assert!(traps >= 4, "{traps}");
}

/// A run with the claims of the paper that begin with this.
fn run_with(text: &str, wanted: &str) -> Run {
    let bench = Bench::new();
    let folder = format!("{}/proofs/liu2025", env!("CARGO_MANIFEST_DIR"));
    bench.write("run.toml", format!("{text}claims = ['{folder}']\n"));
    let mut run = Run::load(&bench.path().join("run.toml")).expect("a run");
    run.claims.retain(|claim| claim.id.starts_with(wanted));
    run
}

fn written(run: &Run) -> String {
    let never = AtomicBool::new(false);
    let outcome = certify(run, &Options::default(), &never, &mut |_| {}).expect("it is certified");
    certificate::write(run, &outcome).expect("it is written")
}

/// λ₂ is nearly λ₁: s falls below 1e-300 while α and β₂ are of order 1, so that few bits of it
/// are left; the iterates get more of them.
#[test]
fn what_vanishes_has_bits_enough() {
    let run = run_with(
        "lambda1 = 4\nlambda2 = '39/10'\neta = '1/20'\nsteps = 1000\n\
         start = { alpha = 1, beta1 = '1/10', beta2 = '1/2' }\n",
        "",
    );
    let text = written(&run);
    let report = check(text.as_bytes()).expect("it is accepted");
    let open: Vec<&str> = report.unchecked.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(open, ["theorem-4.6.surrogate"]);
    // Nobody knows the later steps this one speaks about.
    let (_, reason) = &report.unchecked[0];
    assert!(
        reason.contains("horizon") && reason.contains("5000"),
        "{reason}"
    );
    assert_eq!(report.claims.len() + 1, run.claims.len());
}

/// A run that leaves the engine's range long before its last step.
#[test]
fn identities_hold_beyond_an_escape() {
    let text = "lambda1 = 100\nlambda2 = '1/100'\neta = '1/20'\nsteps = 3000\n\
                start = { alpha = 1, beta1 = '1/1000', beta2 = '9/10' }\n";
    let run = run_with(text, "identity-");
    let report = check(written(&run).as_bytes()).expect("it is accepted");
    let confirmed = |wanted: &str| {
        let mut claims = report.claims.iter();
        claims.any(|(id, verdict, ..)| id == wanted && *verdict == Verdict::Certified)
    };
    assert!(confirmed("identity-1") && confirmed("identity-2") && confirmed("identity-flow"));
    assert_eq!(report.traps.len(), 1);
    // But not what need not have a value at the steps that are not known.
    let run = run_with(text, "theorem-4.1.bound");
    let report = check(written(&run).as_bytes()).expect("it is accepted");
    assert_eq!(report.claims[0].1, Verdict::Violated);
}

#[test]
fn an_interrupted_certificate_is_not_written() {
    let run = run_with(&RUN.replace("steps = 20", "steps = 2000"), "gradient");
    let never = AtomicBool::new(false);
    let outcome = certify(&run, &Options::default(), &never, &mut |_| {}).expect("it is certified");
    let stop = AtomicBool::new(false);
    let mut stages = Vec::new();
    let mut progress = |stage: &str, _, _| {
        if stages.last().is_none_or(|last| last != stage) {
            stages.push(stage.to_string());
        }
        // Not in the first stage, but while the checker looks at claims.
        if stage.contains("1 claims") {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let mut work = Work {
        interrupt: &stop,
        progress: &mut progress,
    };
    let error = certificate::write_watched(&run, &outcome, &mut work).unwrap_err();
    assert!(matches!(error, CertificateError::Interrupted), "{error}");
    assert!(stages.len() > 2, "{stages:?}");
}

/// The old certificate stays until the new one is complete.
#[test]
fn a_certificate_that_is_not_written_leaves_the_old_one() {
    let bench = Bench::new();
    bench.write("claims/held.toml", claim("a.held", "a > 0"));
    bench.write(
        "run.toml",
        format!("{RUN}claims = ['claims/held.toml']\nsteps = 20\n"),
    );
    bench.write("run.cert", "old");
    let answer = bench.certify(&["run.toml", "--certificate", "run.cert"]);
    answer.exits(2);
    let text = std::fs::read_to_string(bench.path().join("run.cert")).expect("it is there");
    assert_eq!(text, "old");
}

fn fraction(
    tops: std::ops::Range<i64>,
    bottoms: std::ops::Range<i64>,
) -> impl Strategy<Value = String> {
    (tops, bottoms).prop_map(|(top, bottom)| format!("{top}/{bottom}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever the run, its certificate is written and accepted, and is translated for Coq.
    #[test]
    fn every_run_has_a_certificate_that_is_accepted(
        model in (fraction(1..300, 1..4), 1u32..400, fraction(1..20, 3..200)),
        point in [fraction(-200..200, 40..200), fraction(-50..50, 20..2000), fraction(-200..200, 40..200)],
        clip in proptest::option::of(fraction(1..20, 20..1000)),
        steps in 0u64..120,
    ) {
        let (lambda1, part, eta) = model;
        let clip = clip.map_or(String::new(), |bound| format!("projection = {{ beta1 = '{bound}' }}\n"));
        let lambda2 = common::q(&lambda1) / part;
        let [alpha, beta1, beta2] = point;
        let run = run_with(
            &format!(
                "lambda1 = '{lambda1}'\nlambda2 = '{lambda2}'\neta = '{eta}'\nsteps = {steps}\n\
                 start = {{ alpha = '{alpha}', beta1 = '{beta1}', beta2 = '{beta2}' }}\n{clip}"
            ),
            "theorem-4.",
        );
        let text = written(&run);
        let report = check(text.as_bytes());
        prop_assert!(report.is_ok(), "{report:?}\n{text}");
        let report = report.expect("it is accepted");
        prop_assert_eq!(report.claims.len() + report.unchecked.len(), run.claims.len());
        match certificate::coq::write(text.as_bytes(), None, &certificate::coq::Selection::All) {
            Ok(file) => prop_assert!(file.text.contains("Theorem certified : claim certificate.")),
            Err(error) => prop_assert!(
                matches!(error, certificate::coq::CoqError::Lost(_)),
                "{error}\n{text}"
            ),
        }
    }
}
