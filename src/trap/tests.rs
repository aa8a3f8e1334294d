use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestCaseResult;
use rug::{Float, Rational};

use super::{DeltaTrap, FinalTrap, Setting, Unmet, delta_trap, final_trap};
use crate::model::{Parameters, State};
use crate::number::{Ball, Interval};

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use oracle::Orbit;

const ORACLE_BITS: u32 = 256;
const BALL_BITS: u32 = 192;

/// A run and one of its iterates.
#[derive(Clone, Debug)]
struct Case {
    parameters: Parameters,
    state: State<Rational>,
}

impl Case {
    /// From h, ρ and λ₁, and a, b, s of the iterate: α, β₁ and β₂ are near what these say.
    fn new(h: f64, rho: f64, lambda1: f64, [a, b, s]: [f64; 3]) -> Self {
        let exact = |x: f64| Rational::from_f64(x).expect("finite");
        let lambda1 = exact(lambda1);
        let alpha = (a / h).sqrt();
        Case {
            parameters: Parameters {
                eta: exact(h) / &lambda1,
                lambda2: exact(rho) * &lambda1,
                lambda1,
                clip: None,
            },
            state: State {
                alpha: exact(alpha),
                beta1: exact((b / h).sqrt()),
                beta2: exact((1.0 - s) / alpha),
            },
        }
    }

    /// β₁ clipped at `ratio` times its absolute value.
    fn clipped(mut self, ratio: f64) -> Self {
        let ratio = Rational::from_f64(ratio).expect("finite");
        let bound = Rational::from(self.state.beta1.abs_ref()) * ratio;
        self.parameters.clip = (bound > 0).then_some(bound);
        self
    }

    fn setting(&self) -> Setting {
        Setting::new(&self.parameters, true)
    }

    fn intervals(&self) -> State<Interval> {
        self.state.map(Interval::from_rational)
    }

    fn balls(&self) -> State<Ball> {
        self.state.map(|x| Ball::from_rational(x, BALL_BITS))
    }

    fn orbit(&self) -> Orbit {
        let p = &self.parameters;
        Orbit::new(
            ORACLE_BITS,
            [&p.eta, &p.lambda1, &p.lambda2],
            p.clip.as_ref(),
            self.state.as_array(),
        )
    }

    /// Theorem 12 in both number systems.
    fn final_trap(&self, choice: &final_trap::Choice) -> [Result<FinalTrap, Unmet>; 2] {
        let setting = self.setting();
        [
            final_trap::certify(&setting, 0, &self.intervals(), choice, ()),
            final_trap::certify(&setting, 0, &self.balls(), choice, BALL_BITS),
        ]
    }

    /// Theorem 13 in both number systems.
    fn delta_trap(&self, choice: &delta_trap::Choice) -> [Result<DeltaTrap, Unmet>; 2] {
        let setting = self.setting();
        [
            delta_trap::certify(&setting, 0, &self.intervals(), choice, ()),
            delta_trap::certify(&setting, 0, &self.balls(), choice, BALL_BITS),
        ]
    }
}

/// 2^−k.
fn tiny(k: i32) -> Float {
    Float::with_val(ORACLE_BITS, Float::i_exp(1, -k))
}

/// The upper end of an enclosure.
fn upper(x: &Interval) -> Float {
    Float::with_val(ORACLE_BITS, x.float_ends().1)
}

/// The lower end of an enclosure.
fn lower(x: &Interval) -> Float {
    Float::with_val(ORACLE_BITS, x.float_ends().0)
}

/// Is x ≤ y up to the oracle's own rounding errors, relative to y?
fn at_most(x: &Float, y: &Float) -> bool {
    *x <= Float::with_val(
        ORACLE_BITS,
        y + tiny(100) * Float::with_val(ORACLE_BITS, y.abs_ref()),
    )
}

/// Is x ≤ y up to the oracle's own rounding errors, where both come from terms near 1?
fn at_most_near_one(x: &Float, y: &Float) -> bool {
    *x <= Float::with_val(ORACLE_BITS, y + tiny(110))
}

fn inside(x: &Float, set: &Interval) -> bool {
    at_most(x, &upper(set)) && at_most(&lower(set), x)
}

fn rational(q: &Rational) -> Float {
    Float::with_val(ORACLE_BITS, q)
}

/// What both theorems say of an iterate: where it is, and that β₂ does not fall.
fn check_box(
    orbit: &Orbit,
    ends: [&Rational; 2],
    sets: [&Interval; 2],
    s_bound: &Interval,
    old_beta2: &Float,
) -> TestCaseResult {
    let t = orbit.step;
    let a = orbit.a();
    prop_assert!(at_most(&rational(ends[0]), &a), "A₋ ≤ a at {t}: {a}");
    prop_assert!(at_most(&a, &rational(ends[1])), "a ≤ A₊ at {t}: {a}");
    prop_assert!(inside(&orbit.alpha, sets[0]), "α at {t}");
    prop_assert!(inside(&orbit.beta2, sets[1]), "β₂ at {t}");
    prop_assert!(at_most(old_beta2, &orbit.beta2), "β₂ falls at {t}");
    let s = orbit.s();
    prop_assert!(s > -tiny(200), "s ≥ 0 at {t}: {s}");
    prop_assert!(at_most_near_one(&s, &upper(s_bound)), "s ≤ s̄ at {t}: {s}");
    Ok(())
}

/// The bounds on one iterate as they were last computed, with the n they were computed for.
struct Later {
    b: Float,
    s: Float,
    excess: Float,
    loss: Float,
    loss_parts: [Float; 2],
}

impl Later {
    fn new(trap: &FinalTrap, n: u64) -> Self {
        let parts = trap.loss_parts(n).expect("a bound");
        Later {
            b: upper(&trap.b_bound(n).expect("a bound")),
            s: upper(&trap.s_bound_after(n).expect("a bound")),
            excess: upper(&trap.excess_bound(n).expect("a bound")),
            loss: upper(&trap.loss_bound(n).expect("a bound")),
            loss_parts: [upper(&parts[0]), upper(&parts[1])],
        }
    }

    fn values(&self) -> [&Float; 6] {
        let [first, second] = &self.loss_parts;
        [&self.b, &self.s, &self.excess, &self.loss, first, second]
    }

    fn check(&self, orbit: &Orbit) -> TestCaseResult {
        let t = orbit.step;
        let (b, s) = (orbit.b(), orbit.s());
        prop_assert!(at_most(&b, &self.b), "b at {t}: {b} > {}", self.b);
        prop_assert!(at_most_near_one(&s, &self.s), "s at {t}: {s} > {}", self.s);
        let excess = orbit.eta_sharpness() - 2u32;
        prop_assert!(
            at_most_near_one(&excess, &self.excess),
            "ηS − 2 at {t}: {excess} > {}",
            self.excess
        );
        let loss = orbit.loss();
        let slack = Float::with_val(ORACLE_BITS, &self.loss + tiny(200));
        prop_assert!(at_most(&loss, &slack), "L at {t}: {loss} > {}", self.loss);
        Ok(())
    }
}

/// Every conclusion of Theorem 12 on the iterates themselves.
fn check_final(case: &Case, trap: &FinalTrap, steps: u64) -> TestCaseResult {
    let mut orbit = case.orbit();
    let mut beta2 = orbit.beta2.clone();
    let mut old = Later::new(trap, 0);
    prop_assert!(trap.kappa < 1);
    for n in 0..=steps {
        // The bounds hold for all later steps, so an old one is still one.
        if n < 20 || n % 97 == 0 {
            let new = Later::new(trap, n);
            for (before, now) in old.values().into_iter().zip(new.values()) {
                prop_assert!(
                    at_most(now, &(before.clone() * 1.000_000_1f64)) || before.is_sign_negative()
                );
            }
            old = new;
        }
        let ends = [&trap.choice.lower, &trap.choice.upper];
        check_box(
            &orbit,
            ends,
            [&trap.alpha, &trap.beta2],
            &trap.s_bound,
            &beta2,
        )?;
        old.check(&orbit)?;
        beta2.clone_from(&orbit.beta2);
        orbit.advance();
    }
    // Once nothing moves any more, ηS is at its limit.
    for _ in 0..4 * steps {
        orbit.advance();
    }
    let limit_error = Float::with_val(ORACLE_BITS, orbit.s() + orbit.b());
    if limit_error < tiny(90) {
        let late = orbit.eta_sharpness();
        let room = tiny(40);
        prop_assert!(
            late >= lower(&trap.limit) - &room && late <= upper(&trap.limit) + &room,
            "ηS → {late}, not in {:?}",
            trap.limit
        );
    }
    Ok(())
}

/// The number of steps is the least for which the theorem's bound is small enough.
fn check_steps_until(trap: &FinalTrap) -> TestCaseResult {
    let targets = [2, 6, 12, 40].map(|k| Rational::from((1, 1u64 << k)));
    for target in &targets {
        let below = |x: Interval| upper(&x) <= rational(target);
        if let Some(n) = trap.steps_until_sharpness(target) {
            let bound = |n| trap.excess_bound(n).expect("a bound");
            prop_assert!(below(bound(n)));
            prop_assert!(n == 0 || !below(bound(n - 1)));
        } else {
            prop_assert!(!below(trap.excess_bound(1 << 50).expect("a bound")));
        }
        if let Some(n) = trap.steps_until_loss(target) {
            let bound = |n| trap.loss_bound(n).expect("a bound");
            prop_assert!(below(bound(n)));
            prop_assert!(n == 0 || !below(bound(n - 1)));
        } else {
            prop_assert!(!below(trap.loss_bound(1 << 50).expect("a bound")));
        }
    }
    Ok(())
}

/// Every conclusion of Theorem 13 on the iterates themselves.
fn check_delta(case: &Case, trap: &DeltaTrap, steps: u64) -> TestCaseResult {
    let mut orbit = case.orbit();
    let mut beta2 = orbit.beta2.clone();
    let (excess_bound, loss_bound) = (upper(&trap.excess_bound), upper(&trap.loss_bound()));
    for t in 0..=steps {
        let ends = [&trap.choice.lower, &trap.choice.upper];
        check_box(
            &orbit,
            ends,
            [&trap.alpha, &trap.beta2],
            &trap.s_bound,
            &beta2,
        )?;
        let b = orbit.b();
        prop_assert!(
            at_most(&b, &rational(&trap.choice.b_bound)),
            "b at {t}: {b}"
        );
        let excess = orbit.eta_sharpness() - 2u32;
        prop_assert!(
            at_most_near_one(&excess, &excess_bound),
            "ηS − 2 at {t}: {excess}"
        );
        let loss = orbit.loss();
        prop_assert!(at_most(&loss, &loss_bound), "L at {t}: {loss}");
        beta2.clone_from(&orbit.beta2);
        orbit.advance();
    }
    Ok(())
}

/// x between the ends, its logarithm uniform.
fn logarithmic(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

fn clip() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![Just(None), Just(Some(1.0)), (0.5..8.0f64).prop_map(Some)]
}

fn with_clip(case: Case, clip: Option<f64>) -> Case {
    match clip {
        Some(ratio) => case.clipped(ratio),
        None => case,
    }
}

/// Iterates on which the final trap may close.
fn before_the_end() -> impl Strategy<Value = Case> {
    (
        logarithmic(0.5, 20.0),
        logarithmic(1e-5, 0.5),
        1.0..200.0f64,
        (
            prop_oneof![0.05..2.0f64, logarithmic(1e-6, 0.2).prop_map(|x| 2.0 - x)],
            prop_oneof![4 => logarithmic(1e-12, 0.9), 1 => Just(0.0)],
            prop_oneof![4 => logarithmic(1e-6, 0.99), 1 => Just(0.0)],
        ),
        clip(),
    )
        .prop_map(|(h, rho, lambda1, (a, b, s), clip)| {
            with_clip(Case::new(h, rho, lambda1, [a, b, s]), clip)
        })
}

/// Iterates on which the δ-trap may close.
fn near_the_edge() -> impl Strategy<Value = Case> {
    (
        logarithmic(0.5, 20.0),
        logarithmic(1e-5, 1e-1),
        1.0..200.0f64,
        (
            prop_oneof![1.02..2.0f64, logarithmic(1e-6, 0.2).prop_map(|x| 2.0 - x)],
            logarithmic(1e-12, 0.2),
            logarithmic(1e-6, 0.9),
        ),
        prop_oneof![Just(None), (1.0..30.0f64).prop_map(Some)],
    )
        .prop_map(|(h, rho, lambda1, (a, b, s), clip)| {
            // (D0) with A₋ = 1/2 is ρh² ≤ 0.00995.
            let rho = rho.min(0.0099 / (h * h));
            with_clip(Case::new(h, rho, lambda1, [a, b, s]), clip)
        })
}

/// Other constants near those chosen, which may also do.
fn moved(q: &Rational, factor: f64) -> Rational {
    q * Rational::from_f64(factor).expect("finite")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Tests: theorem-4.1.final-trap
    #[test]
    fn what_the_final_trap_says_is_true_of_the_iterates(
        case in before_the_end(),
        factors in (0.5..1.1f64, 0.95..1.1f64),
        as_chosen in any::<bool>(),
    ) {
        let chosen = final_trap::choose(&case.setting(), &case.intervals());
        prop_assume!(chosen.is_some());
        let mut choice = chosen.expect("a choice");
        if !as_chosen {
            choice.lower = moved(&choice.lower, factors.0);
            choice.upper = moved(&choice.upper, factors.1);
        }
        for trap in case.final_trap(&choice).into_iter().flatten() {
            check_steps_until(&trap)?;
            check_final(&case, &trap, 400)?;
        }
    }

    /// Tests: theorem-4.1.delta-trap
    #[test]
    fn what_the_delta_trap_says_is_true_of_the_iterates(
        case in near_the_edge(),
        factors in (0.7..1.02f64, 0.98..1.05f64, 0.7..1.2f64),
        as_chosen in any::<bool>(),
    ) {
        let chosen = delta_trap::choose(&case.setting(), &case.intervals());
        prop_assume!(chosen.is_some());
        let mut choice = chosen.expect("a choice");
        if !as_chosen {
            if choice.lower > 1 {
                choice.lower = moved(&choice.lower, factors.0);
            }
            choice.upper = moved(&choice.upper, factors.1);
            choice.b_bound = moved(&choice.b_bound, factors.2);
        }
        for trap in case.delta_trap(&choice).into_iter().flatten() {
            check_delta(&case, &trap, 3000)?;
        }
    }
}

#[test]
fn random_iterates_often_satisfy_the_theorems() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let count =
        |runner: &mut proptest::test_runner::TestRunner, closes: fn(&Case) -> bool, delta: bool| {
            let mut count = 0;
            for _ in 0..400 {
                let tree = if delta {
                    near_the_edge().new_tree(runner).map(|t| t.current())
                } else {
                    before_the_end().new_tree(runner).map(|t| t.current())
                };
                count += u32::from(closes(&tree.expect("a case")));
            }
            count
        };
    let by_final = count(
        &mut runner,
        |case| {
            final_trap::choose(&case.setting(), &case.intervals())
                .is_some_and(|choice| case.final_trap(&choice).iter().all(Result::is_ok))
        },
        false,
    );
    let by_delta = count(
        &mut runner,
        |case| {
            delta_trap::choose(&case.setting(), &case.intervals())
                .is_some_and(|choice| case.delta_trap(&choice).iter().all(Result::is_ok))
        },
        true,
    );
    assert!(by_final >= 40, "{by_final} of 400");
    assert!(by_delta >= 40, "{by_delta} of 400");
}

fn fraction(n: i32, d: i32) -> Rational {
    Rational::from((n, d))
}

/// The final trap with these constants is refused in both number systems, for this reason.
#[track_caller]
fn final_trap_refuses(case: &Case, lower: Rational, upper: Rational, condition: &str) {
    let choice = final_trap::Choice { lower, upper };
    for result in case.final_trap(&choice) {
        let unmet = result.expect_err(condition);
        assert_eq!(unmet.condition, condition);
        assert!(unmet.refuted, "{condition} is not refuted");
    }
}

#[track_caller]
fn final_trap_accepts(case: &Case, lower: Rational, upper: Rational) {
    let choice = final_trap::Choice { lower, upper };
    for result in case.final_trap(&choice) {
        result.expect("a trap");
    }
}

/// h = 5, ρ = 10⁻⁴.
fn usual(a: f64, b: f64, s: f64) -> Case {
    Case::new(5.0, 1e-4, 100.0, [a, b, s])
}

/// Tests: theorem-4.1.final-trap
#[test]
fn the_final_trap_needs_each_of_its_conditions() {
    let case = usual(1.5, 1e-3, 0.01);
    // Σb ≤ b/(1 − κ) = 1/640 for A₊ = 1.6: a stays above 1.495.
    final_trap_accepts(&case, fraction(149, 100), fraction(16, 10));
    final_trap_refuses(&case, fraction(0, 1), fraction(16, 10), "0 < A₋ ≤ A₊ ≤ 2");
    final_trap_refuses(&case, fraction(17, 10), fraction(16, 10), "0 < A₋ ≤ A₊ ≤ 2");
    final_trap_refuses(
        &case,
        fraction(149, 100),
        fraction(21, 10),
        "0 < A₋ ≤ A₊ ≤ 2",
    );
    final_trap_refuses(&case, fraction(149, 100), fraction(2, 1), "(T1) κ < 1");
    let least = "(T1) α(1 − b/(1 − κ)) ≥ α₋";
    final_trap_refuses(&case, fraction(1499, 1000), fraction(16, 10), least);
    final_trap_refuses(
        &case,
        fraction(149, 100),
        fraction(15001, 10000),
        "(T2) hX(q⁺) ≤ A₊",
    );
    // e = 1.
    let steep = Case::new(2.0, 0.5, 1.0, [1.2, 1e-3, 0.01]);
    let step_size = "(T3) e(A₊/h + 1/α₋²) + e²/4 ≤ 1";
    final_trap_refuses(&steep, fraction(119, 100), fraction(13, 10), step_size);
}

#[test]
fn the_traps_need_an_iterate_in_the_region() {
    let good = usual(1.5, 1e-3, 0.01);
    let constants = || (fraction(149, 100), fraction(16, 10));
    let refused = |change: fn(&mut State<Rational>), condition| {
        let mut case = good.clone();
        change(&mut case.state);
        let (lower, upper) = constants();
        final_trap_refuses(&case, lower, upper, condition);
        let choice = delta_trap::Choice {
            lower: fraction(1, 2),
            upper: fraction(21, 10),
            b_bound: fraction(1, 10),
        };
        for result in case.delta_trap(&choice) {
            assert_eq!(result.expect_err(condition).condition, condition);
        }
    };
    refused(
        |x| {
            x.alpha = Rational::from(-&x.alpha);
            x.beta2 = Rational::from(-&x.beta2);
        },
        "α > 0",
    );
    refused(|x| x.beta2 = Rational::from(-&x.beta2), "β₂ > 0");
    refused(|x| x.beta2 *= Rational::from((102, 100)), "αβ₂ ≤ 1");
    refused(|x| x.beta1 = Rational::from(1), "b < 1");
}

/// The δ-trap with these constants is refused in both number systems, for this reason.
#[track_caller]
fn delta_trap_refuses(case: &Case, [lower, upper, b_bound]: [Rational; 3], condition: &str) {
    let choice = delta_trap::Choice {
        lower,
        upper,
        b_bound,
    };
    for result in case.delta_trap(&choice) {
        let unmet = result.expect_err(condition);
        assert_eq!(unmet.condition, condition);
        assert!(unmet.refuted, "{condition} is not refuted");
    }
}

#[track_caller]
fn delta_trap_accepts(case: &Case, [lower, upper, b_bound]: [Rational; 3]) {
    let choice = delta_trap::Choice {
        lower,
        upper,
        b_bound,
    };
    for result in case.delta_trap(&choice) {
        result.expect("a trap");
    }
}

/// Tests: theorem-4.1.delta-trap
#[test]
fn the_delta_trap_needs_each_of_its_conditions() {
    let near = || usual(1.99, 1e-5, 0.01);
    let half = || fraction(1, 2);
    let good = || [half(), fraction(204, 100), fraction(5, 1000)];
    delta_trap_accepts(&near(), good());
    let [lower, upper, b_bound] = good();
    delta_trap_refuses(&usual(2.01, 1e-5, 0.01), good(), "a < 2");
    delta_trap_refuses(&usual(0.99, 1e-5, 0.01), good(), "a > 1");
    let order = "A₋ = 1/2 or A₋ > 1, A₊ ≥ 2";
    for low in [fraction(4, 10), fraction(8, 10), fraction(1, 1)] {
        delta_trap_refuses(&near(), [low, upper.clone(), b_bound.clone()], order);
    }
    delta_trap_refuses(
        &near(),
        [half(), fraction(1999, 1000), b_bound.clone()],
        order,
    );
    // ρh² = 0.0225.
    let wide = Case::new(15.0, 1e-4, 100.0, [1.99, 1e-5, 0.01]);
    delta_trap_refuses(&wide, good(), "(D0) ρh² ≤ 0.0199·A₋");
    // ρA₊ alone is above 1.
    let steep = Case::new(0.1, 0.5, 1.0, [1.99, 1e-5, 0.01]);
    delta_trap_refuses(&steep, good(), "(D3) e(A₊/h + 1/α₋²) + e²/4 ≤ 1");
    let size = "(D4) 0 < b̄ ≤ 1/5";
    delta_trap_refuses(&near(), [half(), upper.clone(), fraction(21, 100)], size);
    delta_trap_refuses(&near(), [half(), upper.clone(), fraction(0, 1)], size);
    delta_trap_refuses(&usual(1.99, 6e-3, 0.01), good(), "(D1) b ≤ b̄");
    delta_trap_accepts(&near().clipped(1.01), good());
    delta_trap_refuses(&near().clipped(0.99), good(), "(D1) b ≤ hB²");
    // a rises to about 2.02.
    delta_trap_refuses(
        &near(),
        [half(), fraction(201, 100), b_bound.clone()],
        "(D2) hX(q⁺) ≤ A₊",
    );
    let spike = "(D4) b̄ ≥ D̄ + (1 + x)⁴[F(2 + x) + D̄ln(b̄/D̄)]";
    delta_trap_refuses(&near(), [half(), upper, fraction(4, 10_000)], spike);
    // D̄ > 10⁻⁶ and b̄ is less; a stays below 2.01, so all other conditions on b̄ hold.
    let low = usual(1.97, 1e-10, 0.01);
    delta_trap_refuses(
        &low,
        [half(), fraction(201, 100), fraction(1, 1_000_000_000)],
        "(D4) b̄ ≥ (1 + x)⁴D̄",
    );
    // ρA₊ = 0.6.
    let steep = Case::new(0.1, 0.3, 1.0, [1.9, 1e-5, 0.001]);
    delta_trap_refuses(&steep, [half(), fraction(2, 1), fraction(1, 10)], "k′ < A₋");
    assert_eq!(lower, half());
}

#[test]
fn the_delta_trap_s_lower_bound_above_one_needs_each_of_its_conditions() {
    let near = || usual(1.99, 1e-5, 0.01);
    let with = |low: Rational| [low, fraction(204, 100), fraction(2, 1000)];
    delta_trap_accepts(&near(), with(fraction(18, 10)));
    delta_trap_refuses(&near(), with(fraction(1995, 1000)), "(D5) a ≥ A₋");
    let after = "(D5) A₋ ≤ 2(1 − b̄)²";
    delta_trap_refuses(
        &usual(1.9995, 1e-5, 0.01),
        with(fraction(1995, 1000)),
        after,
    );
    // F(1.9) = 0.0027 is below 0.002/0.9⁴ = 0.003.
    let later = "(D5) F(A₋) > F(2(1 − b̄)²) + b̄/((1 − b̄)(A₋ − 1)⁴)";
    delta_trap_refuses(&near(), with(fraction(19, 10)), later);
    // F(a) is nearly F(A₋).
    let now = "(D5) F(A₋) > F(a) + b/((1 − b)(A₋ − 1)⁴)";
    delta_trap_refuses(&usual(1.8001, 15e-4, 0.01), with(fraction(18, 10)), now);
}

#[test]
fn the_limit_is_at_most_the_edge_only_if_the_oscillation_goes_on() {
    // From β₁ = 0 on, β₁ stays 0 and a may stay above 2 (the example of Theorem 13).
    let mut still = usual(1.9845, 0.0, 0.0865);
    still.state.alpha = fraction(63, 100);
    still.state.beta2 = fraction(29, 20);
    let choice = delta_trap::choose(&still.setting(), &still.intervals()).expect("a choice");
    for result in still.delta_trap(&choice) {
        assert!(!result.expect("a trap").limit_at_most_edge);
    }
    let mut moving = still.clone();
    moving.state.beta1 = fraction(1, 1_000_000);
    for result in moving.delta_trap(&choice) {
        assert!(result.expect("a trap").limit_at_most_edge);
    }
    // From a box, or with h a square, a = 1 is not excluded by arithmetic.
    assert!(Setting::new(&moving.parameters, true).never_one);
    assert!(!Setting::new(&moving.parameters, false).never_one);
    let square = Case::new(4.0, 1e-4, 100.0, [1.9, 1e-5, 0.01]);
    assert!(!square.setting().never_one);
}
