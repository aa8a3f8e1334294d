use proptest::prelude::*;

use super::*;
use crate::diagnostic::InputKind;

/// Every kind of field, to be damaged.
const COMPLETE: &str = r#"title = "Figure 1"
lambda1 = 1e+2
lambda2 = "1/100"
eta = 0.05
steps = 10_000
start = { alpha = "31/50", beta1 = 1e-2, beta2 = ["74/100", 0.76] }
projection = { beta1 = "1/10" }
claims = ["claim.toml"]
[expect]
"theorem-4.1.bound" = "violated"
[constants."theorem-4.1.bound"]
delta = "1/5"
"#;

const CLAIM: &str = r#"id = "theorem-4.1.bound"
title = "x"
source = "x"
provenance = "stated"
proof = "x"
constants = { delta = 0.1, other = 3 }
then = "sharpness <= (2 + delta)/eta"
"#;

fn load(text: &str) -> Result<Run, InputError> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("run.toml");
    std::fs::write(&path, text).expect("written");
    std::fs::write(folder.path().join("claim.toml"), CLAIM).expect("written");
    Run::load(&path)
}

/// The f64 nearest to 0.05 is not 1/20.
#[test]
fn a_complete_run_is_read_exactly() {
    let run = load(COMPLETE).unwrap_or_else(|e| panic!("{e}"));
    let q = |n: i64, d: i64| Rational::from((n, d));
    let expected = Parameters {
        lambda1: q(100, 1),
        lambda2: q(1, 100),
        eta: q(1, 20),
        clip: Some(q(1, 10)),
    };
    assert_eq!(run.parameters, expected);
    let range = |lower: Rational, upper: Rational| Range { lower, upper };
    let start = State {
        alpha: range(q(31, 50), q(31, 50)),
        beta1: range(q(1, 100), q(1, 100)),
        beta2: range(q(37, 50), q(19, 25)),
    };
    assert_eq!(run.start, start);
    assert_eq!((run.title.as_str(), run.steps), ("Figure 1", 10_000));
    let id = "theorem-4.1.bound".to_string();
    assert_eq!(run.expect, BTreeMap::from([(id, Expectation::Violated)]));
    let constants = [("delta".into(), q(1, 5)), ("other".into(), q(3, 1))];
    assert_eq!(run.claims[0].constants, constants);
}

proptest! {
    /// Every digit of a number counts, however it is written.
    #[test]
    fn numbers_are_exact(digits in "[1-9][0-9]{0,40}", places in 0u32..60, quoted in any::<bool>()) {
        let literal = format!("{digits}.0e-{places}");
        let literal = if quoted { format!("\"{literal}\"") } else { literal };
        let run = load(&COMPLETE.replace("0.05", &literal)).expect("a good run");
        let scale = rug::Integer::from(rug::Integer::u_pow_u(10, places));
        let whole: rug::Integer = digits.parse().expect("digits");
        prop_assert_eq!(run.parameters.eta, Rational::from((whole, scale)));
    }

    /// Part of a good file replaced by anything: read or refused, in a place of the file.
    #[test]
    fn damaged_runs_do_not_panic(
        from in 0..COMPLETE.len(),
        length in 0usize..40,
        filling in prop_oneof!["\\PC{0,8}", "[-'\"=\\[\\]{}()^*/+.,0-9a-e \n\r\\\\]{0,8}"],
    ) {
        let to = (from + length).min(COMPLETE.len());
        let text = [&COMPLETE[..from], &filling, &COMPLETE[to..]].concat();
        match load(&text) {
            Ok(run) => {
                prop_assert!(run.parameters.eta > 0 && run.parameters.lambda2 > 0);
                prop_assert!(run.parameters.lambda1 >= run.parameters.lambda2);
                prop_assert!(run.start.as_array().iter().all(|r| r.lower <= r.upper));
                prop_assert!(run.steps <= MOST_STEPS);
            }
            Err(error) => {
                let line = error.line_and_column().map_or(1, |(line, _)| line);
                prop_assert!(line <= text.matches('\n').count() + 1);
                prop_assert!(error.kind() != InputKind::Internal, "{}", error);
            }
        }
    }
}
