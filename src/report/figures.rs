//! Figures as files and as parts of pages.

use serde_json::{Value, json};

use super::chart;
use super::html::{Block, Page, Section};
use super::json::SCHEMA_VERSION;
use crate::figure::Figure;
use crate::verdict::Verdict;

/// What the names of the files of figures end in.
pub const ENDINGS: [&str; 3] = ["svg", "json", "csv"];

/// The files of a figure, by name: the picture, its data for programs, and a table for each of
/// its charts.
pub fn files(figure: &Figure) -> Vec<(String, String)> {
    let id = &figure.id;
    let charts: Vec<chart::Chart> = figure.panels.iter().map(|p| p.1.clone()).collect();
    let mut files = vec![
        (format!("{id}.svg"), chart::stacked(&figure.title, &charts)),
        (format!("{id}.json"), format!("{:#}\n", document(figure))),
    ];
    for (name, chart) in &figure.panels {
        files.push((format!("{id}-{name}.csv"), chart.csv()));
    }
    files
}

/// All data of a figure: `id`, `title`, `caption`, `interrupted`, and `panels`, each as
/// [`chart::Chart::json`] with its `name`.
pub fn document(figure: &Figure) -> Value {
    let panels: Vec<Value> = figure
        .panels
        .iter()
        .map(|(name, chart)| {
            let mut panel = chart.json();
            panel["name"] = (*name).into();
            panel
        })
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "program": "edgecert",
        "version": env!("CARGO_PKG_VERSION"),
        "id": figure.id,
        "title": figure.title,
        "caption": figure.caption,
        "interrupted": figure.partial,
        "panels": panels,
    })
}

/// A figure as blocks of a page.
pub fn blocks(figure: &Figure) -> Vec<Block> {
    let mut blocks = vec![Block::paragraph(figure.caption.clone())];
    if figure.partial {
        let text = "Interrupted: this figure shows less than it could.";
        blocks.insert(0, Block::verdict(Verdict::Undecided, text));
    }
    blocks.extend(figure.panels.iter().map(|(_, chart)| Block::chart(chart)));
    blocks
}

/// A page with all figures.
pub fn page(figures: &[Figure], interrupted: bool) -> Page {
    let mut page = Page::new(
        "Figures with rigorous bands",
        "Everything drawn is a certified enclosure, or said to be an observation.",
    );
    if interrupted {
        let text = "The work was interrupted: figures are missing or show less than they could.";
        page = page
            .section(Section::new("Interrupted").block(Block::verdict(Verdict::Undecided, text)));
    }
    for figure in figures {
        let mut section = Section::new(figure.title.clone()).anchor(figure.id.clone());
        section.blocks = blocks(figure);
        page = page.section(section);
    }
    page
}
