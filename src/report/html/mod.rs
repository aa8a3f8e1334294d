//! Pages for people: one HTML file that needs nothing else, neither a network nor a script.
//!
//! A [`Page`] has sections of [`Block`]s. It is readable on a phone, on paper, in light and in
//! dark, with a keyboard and with a screen reader, and it forbids itself by its
//! Content-Security-Policy to load or to run anything.
//!
//! ```
//! use edgecert::report::html::{Block, Page, Section, Table};
//! use edgecert::verdict::Verdict;
//!
//! let table = Table::new("Claims", ["claim", "verdict"])
//!     .row(["theorem-4.4.growth".into(), Verdict::Certified.into()]);
//! let page = Page::new("Figure 1", "10 000 steps, exact inputs").section(
//!     Section::new("Verdicts")
//!         .block(Block::paragraph("All is as expected."))
//!         .block(Block::Table(table)),
//! );
//! let html = page.render()?;
//! assert!(html.contains("<h2>Verdicts</h2>") && html.contains("✓"));
//! # Ok::<(), edgecert::report::html::TemplateError>(())
//! ```

mod blocks;
pub mod run;

pub use blocks::{Block, Cell, Figure, Inline, Pair, Table};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context, escape_formatter};
use serde::Serialize;

use super::chart;
use crate::visible;

/// The style sheet, but for what charts add to it.
const PAGE_CSS: &str = include_str!("page.css");
const TEMPLATE: &str = include_str!("page.html");
/// The SHA-256 hash of the style sheet, in Base64: the page allows this one only.
const CSS_HASH: &str = "gci/JB8/MtUae9a4OGxOZmK8fl2K07mWkuZiz16Q9uA=";

/// A page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Page {
    /// Title of the document.
    pub title: String,
    /// A line below the title.
    pub subtitle: String,
    /// What it says.
    pub sections: Vec<Section>,
}

/// A part of a page with a heading of its own, to which the table of contents leads.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// The anchor without `#`; empty for `section-n` in the n-th section.
    pub anchor: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// The template of pages cannot be rendered, which is a defect of edgecert.
#[derive(Debug, thiserror::Error)]
#[error("the template of pages is defective: {0}")]
pub struct TemplateError(#[from] minijinja::Error);

impl Section {
    /// A section without content.
    pub fn new(title: impl Into<String>) -> Self {
        Section {
            title: title.into(),
            ..Section::default()
        }
    }

    /// The same with an anchor of its own, one word that no other section has.
    pub fn anchor(mut self, anchor: impl Into<String>) -> Self {
        self.anchor = anchor.into();
        self
    }

    /// The same with one more block.
    pub fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }
}

impl Page {
    /// A page without sections.
    pub fn new(title: impl Into<String>, subtitle: impl Into<String>) -> Self {
        Page {
            title: title.into(),
            subtitle: subtitle.into(),
            sections: Vec::new(),
        }
    }

    /// The same with one more section.
    pub fn section(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// The HTML document. Equal pages give equal documents.
    ///
    /// # Errors
    /// [`TemplateError`], a defect of edgecert.
    pub fn render(&self) -> Result<String, TemplateError> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?;
        environment.set_syntax(syntax);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(|out, state, value| match value.as_str() {
            Some(text) if !value.is_safe() => {
                let text = Value::from(visible::lines(text));
                escape_formatter(out, state, &text)
            }
            _ => escape_formatter(out, state, value),
        });
        // Whose name ends in .html is escaped.
        environment.add_template("page.html", TEMPLATE)?;
        let template = environment.get_template("page.html")?;
        Ok(template.render(context! {
            page => Serde(self),
            css => style_sheet(),
            css_hash => CSS_HASH,
            version => env!("CARGO_PKG_VERSION"),
        })?)
    }
}

fn style_sheet() -> String {
    format!("{PAGE_CSS}{}", chart::CSS)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_policy_allows_the_style_sheet() {
        let hash = BASE64_STANDARD.encode(Sha256::digest(style_sheet()));
        assert_eq!(
            CSS_HASH, hash,
            "the style sheet has changed: put its hash into CSS_HASH"
        );
    }
}
