//! Claims as such, without a run: the table of statements.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::provenance_word;
use crate::claim::{Claim, proof};
use crate::diagnostic::InputError;

/// The named results of Liu, Zhang, Du and Zhao (2025): what a claim's `source` calls one, and
/// what it is. `source` may also name it by these words.
const RESULTS: [(&str, &str); 14] = [
    (
        "the minimalist example",
        "the loss, its gradient and its Hessian",
    ),
    ("Definition 3.1", "the stable set"),
    ("Theorem 4.1", "the sharpness in the end"),
    ("Lemma 4.2", "invariant region and bounds on α"),
    ("Theorem 4.3", "progressive sharpening"),
    ("Theorem 4.4", "the spike above the edge"),
    ("Lemma 4.5", "decay of the relevant loss"),
    (
        "the losses of Lemma 4.5 and Theorem 4.6",
        "the decomposition of the loss",
    ),
    ("Theorem 4.6", "decay of the surrogate loss"),
    ("the surrogate loss", "the surrogate loss itself"),
    ("Lemma 5.1", "how C moves, and the flow's sharpness"),
    ("Theorem 5.2", "one step changes the flow's sharpness"),
    ("Remark 5.3", "when the flow's sharpness falls"),
    (
        "the constrained trajectory",
        "the trajectory kept in the stable set",
    ),
];

/// Does a source name a result? `Theorem 4.1` is not named by `Theorem 4.10`.
fn names(source: &str, result: &str) -> bool {
    source.match_indices(result).any(|(at, _)| {
        let rest = &source[at + result.len()..];
        !rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// The Markdown tables of a list of claims: the paper's named results and the claims that stand
/// for them; and every claim with where it comes from and what proves it. Links are relative to the
/// folder above the claims' folders.
///
/// # Errors
/// [`InputError`] if a claim's proof file does not exist.
pub fn table(claims: &[Arc<Claim>]) -> Result<String, InputError> {
    let mut text = String::from("| result of the paper | | claims |\n|---|---|---|\n");
    for (result, meaning) in RESULTS {
        let ids: Vec<String> = claims
            .iter()
            .filter(|c| names(&c.source, result))
            .map(|c| format!("`{}`", c.id))
            .collect();
        let ids = match ids.as_slice() {
            [] => "no claim".to_string(),
            ids => ids.join(", "),
        };
        let _ = writeln!(text, "| {} | {meaning} | {ids} |", upper(result));
    }
    text.push_str(
        "\n| statement | source | provenance | claim file | proof |\n\
         |---|---|---|---|---|\n",
    );
    for claim in claims {
        let file = within(&claim.file.path);
        let proof = match proof::place(claim)? {
            None => "–".to_string(),
            Some((path, anchor)) => {
                let above = claim.file.path.parent().and_then(Path::parent);
                let place = match above.and_then(|above| path.strip_prefix(above).ok()) {
                    Some(place) => place.display().to_string(),
                    None => within(&path),
                };
                format!("[{}]({place}#{anchor})", claim.proof)
            }
        };
        let _ = writeln!(
            text,
            "| **{}**<br>{} | {} | {} | [{file}]({file}) | {proof} |",
            claim.id,
            cell(&claim.title),
            cell(&claim.source),
            provenance_word(claim.provenance),
        );
    }
    Ok(text)
}

/// A path from the folder above its folder on.
fn within(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let file = path.file_name().unwrap_or_default();
    Path::new(folder).join(file).display().to_string()
}

/// Text for a cell of a Markdown table: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_named_in_full() {
        assert!(names("Liu (2025), Theorem 4.1 and Figure 2", "Theorem 4.1"));
        assert!(!names("Liu (2025), Theorem 4.10", "Theorem 4.1"));
        assert!(names("Theorem 4.10, Theorem 4.1", "Theorem 4.1"));
    }
}
