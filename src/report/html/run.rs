//! What pages about a run have in common: its inputs, exactly, and with what they were worked on.

use super::{Block, Inline, Pair};
use crate::input::Run;
use crate::report::{grouped, shown, shown_range};

/// The exact inputs of a run as names and values, and its file as it is.
pub fn inputs(run: &Run) -> Vec<Block> {
    let parameters = &run.parameters;
    let exact = |value: &rug::Rational| Inline::from(shown(value));
    let rule = match &parameters.clip {
        None => "plain gradient descent".to_string(),
        Some(bound) => format!("gradient descent with |β₁| clipped to {}", shown(bound)),
    };
    let mut pairs = vec![
        pair(
            "run file",
            Inline::code(run.file.path.display().to_string()),
        ),
        pair("λ₁", exact(&parameters.lambda1)),
        pair("λ₂", exact(&parameters.lambda2)),
        pair("learning rate η", exact(&parameters.eta)),
        pair("α₀", shown_range(&run.start.alpha)),
        pair("β₁,₀", shown_range(&run.start.beta1)),
        pair("β₂,₀", shown_range(&run.start.beta2)),
        pair("rule", rule),
        pair("steps", grouped(run.steps)),
    ];
    if !run.start.as_array().iter().all(|range| range.is_point()) {
        let text = "a box: everything is proved for every point of it";
        pairs.push(pair("start", text));
    }
    vec![
        Block::Pairs { pairs },
        Block::details(
            "The run file, as it was read",
            vec![Block::preformatted(run.file.text.clone())],
        ),
    ]
}

/// A name and a value.
pub fn pair(name: &str, value: impl Into<Inline>) -> Pair {
    Pair {
        name: name.into(),
        value: vec![value.into()],
    }
}
