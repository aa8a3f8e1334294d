//! Proofs: the part of a Markdown file that a claim's `proof` points to.

use std::path::{Path, PathBuf};

use super::Claim;
use crate::diagnostic::{InputError, InputKind};
use crate::document;

/// What `proof` says of a claim without one.
pub const NONE: &str = "none";

/// A proof, in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The file it stands in.
    pub path: PathBuf,
    /// From behind its anchor `<a id="…"></a>` to the next anchor, without blank ends.
    pub text: String,
}

/// The file and the anchor a claim's `proof` names; `None` if the claim says it has none. The
/// file is looked for next to the claim file and in the folder above.
///
/// # Errors
/// [`InputError`] at the field, if it is not of the form `FILE#ANCHOR` or there is no such file.
pub fn place(claim: &Claim) -> Result<Option<(PathBuf, &str)>, InputError> {
    if claim.proof == NONE {
        return Ok(None);
    }
    let error = |kind, message: &str| {
        let span = Some(claim.proof_span.clone());
        InputError::at(kind, &claim.file, span, format!("`proof`: {message}"))
    };
    let Some((file, anchor)) = claim.proof.split_once('#') else {
        let message = "a proof is named `FILE.md#anchor`, or \"none\"";
        return Err(error(InputKind::Value, message));
    };
    let folder = claim.file.path.parent().unwrap_or(Path::new(""));
    let candidates = [
        folder.join(file),
        document::tidy(&folder.join("..").join(file)),
    ];
    match candidates.iter().find(|path| path.is_file()) {
        Some(path) => Ok(Some((path.clone(), anchor))),
        None => {
            let [here, above] = candidates.map(|path| path.display().to_string());
            let message = format!("there is no file {here} or {above}");
            Err(error(InputKind::Io, &message))
        }
    }
}

/// A claim's proof; `None` if the claim says it has none.
///
/// # Errors
/// As [`place`]; also if the file cannot be read or has no such anchor.
pub fn read(claim: &Claim) -> Result<Option<Proof>, InputError> {
    let Some((path, anchor)) = place(claim)? else {
        return Ok(None);
    };
    let file = document::read(&path)?;
    match section(&file.text, anchor) {
        Some(text) => Ok(Some(Proof {
            path,
            text: text.to_string(),
        })),
        None => {
            let message = format!("`proof`: {} has no anchor `{anchor}`", path.display());
            let span = Some(claim.proof_span.clone());
            let error = InputError::at(InputKind::Value, &claim.file, span, message);
            Err(error.nearest(anchor, anchors(&file.text)))
        }
    }
}

const ANCHOR: &str = "<a id=\"";

fn anchors(document: &str) -> impl Iterator<Item = &str> {
    let ids = document.split(ANCHOR).skip(1);
    ids.filter_map(|rest| Some(rest.split_once('"')?.0))
}

fn section<'d>(document: &'d str, anchor: &str) -> Option<&'d str> {
    let mark = format!("{ANCHOR}{anchor}\"></a>");
    let (_, rest) = document.split_once(&mark)?;
    Some(rest.split(ANCHOR).next().unwrap_or(rest).trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# T\n\n<a id=\"one\"></a>\n## One\n\ntext\n\n<a id=\"one-b\"></a>\nB\n";

    #[test]
    fn a_section_reaches_from_its_anchor_to_the_next() {
        assert_eq!(section(DOCUMENT, "one"), Some("## One\n\ntext"));
        assert_eq!(section(DOCUMENT, "one-b"), Some("B"));
        assert_eq!(section(DOCUMENT, "on"), None);
        assert_eq!(anchors(DOCUMENT).collect::<Vec<_>>(), ["one", "one-b"]);
    }
}
