//! What a Coq file says, in words.

use std::fmt::Write as _;

use rug::Rational;

use super::Inputs;
use super::claims::{Statements, Violation};
use super::conditions::{Later, Tail};

/// What keeps the last iterate out of every trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Obstacle {
    /// αβ₂ ≤ 0.
    #[error(
        "alpha*beta2 <= 0 there, and the traps are about 0 < alpha*beta2 <= 1; more \
         steps may bring it there (`edgecert coq --steps N`)"
    )]
    Signs,
    /// αβ₂ > 1.
    #[error(
        "alpha*beta2 > 1 there, and the traps are about 0 < alpha*beta2 <= 1; without \
         an oscillation the iterates approach 1 from above, and more steps do not help"
    )]
    Above,
    /// β₁ = 0 and hX(Q) > 2.
    #[error(
        "beta1 is 0 and stays 0, so nothing brings the sharpness down, and the iterates approach \
         a minimum with eta*S > 2"
    )]
    NoOscillation,
    /// hX(Q) > 2.
    #[error(
        "the sharpness still grows beyond 2/eta (without beta1, eta*S would tend to a \
         limit above 2), so spikes are to come; `edgecert coq --steps N` looks further, and so \
         does `edgecert certify --steps N`"
    )]
    Sharpening,
    /// Something else, as a large b.
    #[error(
        "the oscillation is still too large; `edgecert coq --steps N` looks \
         further, and so does `edgecert certify --steps N`"
    )]
    Oscillation,
}

impl Tail {
    /// What the steps that Coq computes end in, and what that means for the later ones.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Tail::Final(..) => ("final trap", "Theorem 12 bounds all later steps"),
            Tail::Delta(..) => ("delta-trap", "Theorem 13 bounds all later steps"),
            Tail::Escape => ("escape", "the run diverges, by Theorem E"),
            Tail::Nothing => ("no trap", "nothing is said of later steps"),
        }
    }
}

impl Inputs {
    /// What the file proves, in words, and what that rests on.
    pub(super) fn heading(
        &self,
        step: u64,
        phases: &[(u64, Rational, Rational)],
        violations: &[Violation],
        statements: &Statements,
        (tail, note): (&Tail, &str),
        laters: &[Later],
    ) -> String {
        let p = &self.parameters;
        let start = &self.start;
        let end = match tail {
            Tail::Nothing => format!(". Of later steps nothing is said: {note}."),
            Tail::Final(..) => {
                ", and that Theorem 12 (the final trap) holds from there on.".to_string()
            }
            Tail::Delta(..) => ", and that Theorem 13 (the delta-trap) holds from there on.".into(),
            Tail::Escape => format!(
                ", and that the run has escaped at step {step}: it meets the hypotheses of Theorem E. No \
                 trap holds, and nothing bounds the later iterates; on the contrary, from there on \
                 |alpha| at least doubles at each step and beta1^2 grows at least ninefold, and L and S \
                 grow with them."
            ),
        };
        let scope = match tail {
            Tail::Final(..) | Tail::Delta(..) => ", for all time",
            Tail::Escape => " that diverges",
            Tail::Nothing => "",
        };
        let method = p.clip.as_ref().map_or_else(
            || "Gradient descent".to_string(),
            |bound| {
                format!("Gradient descent that clips beta1 to [-{bound}, {bound}] after each step")
            },
        );
        let mut said = Vec::new();
        let mut from = 0;
        for (steps, sharpness, loss) in phases {
            let last = from + steps - 1;
            let when = if *steps == 1 {
                format!("at step {from}")
            } else {
                format!("at each step from {from} to {last}")
            };
            let (sharpness, loss) = (decimal(sharpness), decimal(loss));
            said.push(format!("S <= {sharpness} and L <= {loss} {when}"));
            from += steps;
        }
        said.extend(violations.iter().map(|violation| {
            let (step, bound) = (violation.step, decimal(&violation.exceeded));
            format!("S > {bound} at step {step}, where a claim says S <= {bound}")
        }));
        said.extend(statements.said.iter().cloned());
        let ever = |n: &u64| format!("at every step from {} on, for ever", step + n);
        for later in laters {
            said.push(match later {
                Later::Sharpness(delta, n) => {
                    let level = Rational::from(delta + 2u32);
                    let value = decimal(&Rational::from(&level / &p.eta));
                    format!("S <= {}/eta = {value} {}", decimal(&level), ever(n))
                }
                Later::Loss(epsilon, n) => format!("L <= {} {}", decimal(epsilon), ever(n)),
                Later::Eventually => {
                    "for all delta, epsilon > 0 there is a step from which on, for \
                     ever, S <= (2 + delta)/eta and L <= epsilon"
                        .into()
                }
                Later::Above(delta, n) => {
                    let level = Rational::from(delta + 2u32);
                    let value = decimal(&Rational::from(&level / &p.eta));
                    format!("S > {}/eta = {value} {}", decimal(&level), ever(n))
                }
                Later::Diverges => {
                    "|alpha|, |beta1|, L and S grow beyond every bound: for each bound there is a \
                     step from which on, for ever, they exceed it"
                        .into()
                }
            });
        }
        if said.is_empty() {
            said.push("nothing".into());
        }
        let mut text = format!("(** * A run of gradient descent{scope}\n\n");
        wrap(
            &mut text,
            "    ",
            "    ",
            &format!(
                "{method}, with step size eta = {}, on L(alpha, beta1, beta2) = lambda1/2 * (alpha * \
                 beta1)^2 + lambda2/2 * (alpha * beta2 - 1)^2 with lambda1 = {}, lambda2 = {}, from \
                 (alpha, beta1, beta2) = ({}, {}, {}), in exact arithmetic. S is the largest \
                 eigenvalue of the Hessian of L. [certified] says:",
                p.eta,
                p.lambda1,
                p.lambda2,
                start.alpha.lower,
                start.beta1.lower,
                start.beta2.lower
            ),
        );
        text.push('\n');
        for words in said {
            wrap(&mut text, "    - ", "      ", &(words + ";"));
        }
        if let Some(end) = text.rfind(';') {
            text.replace_range(end..=end, ".");
        }
        text.push('\n');
        wrap(
            &mut text,
            "    ",
            "    ",
            &format!(
                "The kernel of Coq computes the first {step} steps in balls{end} It rests on the kernel with its 63-bit integers, \
                 the axioms in proofs/coq/allowed-axioms.txt, and the definitions in Model.v, Formula.v and \
                 Certificate.v, which say what the words above mean; on nothing that wrote this file."
            ),
        );
        text.push_str(
            "\n    Written by `edgecert coq`. SHA-256 of the certificate and of its run:\n",
        );
        let _ = writeln!(text, "    {}\n    {} *)\n", self.hash, self.run_hash);
        text
    }
}

/// A fraction as people write it: as a decimal where it is a short one.
fn decimal(q: &Rational) -> String {
    const LONGEST: usize = 12;
    const FARTHEST: u32 = 60;
    let mut scaled = q.clone();
    let mut places = 0;
    while *scaled.denom() != 1 && places < FARTHEST {
        scaled *= 10u32;
        places += 1;
    }
    let digits = scaled.numer().clone().abs().to_string();
    let significant = digits.trim_end_matches('0').len();
    if *scaled.denom() != 1 || significant > LONGEST {
        return q.to_string();
    }
    let sign = if *q < 0 { "-" } else { "" };
    let places = places as usize;
    if places > digits.len() + 3 {
        let exponent = places + 1 - digits.len();
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}e-{exponent}");
    }
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, rest) = padded.split_at(padded.len() - places);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{rest}")
}

/// Words in lines of at most a hundred letters.
fn wrap(text: &mut String, first: &str, next: &str, words: &str) {
    const WIDTH: usize = 100;
    let mut line = first.to_string();
    let mut begun = false;
    for word in words.split_whitespace() {
        if begun && line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = next.to_string();
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    text.push_str(&line);
    text.push('\n');
}
