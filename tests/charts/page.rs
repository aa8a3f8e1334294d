//! The page: complete in itself, escaped, and readable for everybody.

use std::collections::{BTreeMap, BTreeSet};

use edgecert::report::chart;
use edgecert::report::html::{Block, Page, Section};

use crate::examples;

fn html() -> String {
    examples::page().render().unwrap()
}

/// The page as XML: it has no elements that HTML leaves open but those named here, and its
/// declaration has to go.
fn as_xml(html: &str) -> String {
    let body = html
        .strip_prefix("<!DOCTYPE html>\n")
        .expect("a declaration");
    let mut xml = String::new();
    for part in body.split_inclusive('>') {
        if part.trim_start().starts_with("<meta ") {
            xml.push_str(&part.replace('>', "/>"));
        } else if part.contains("<details open>") {
            xml.push_str(&part.replace(" open>", " open=\"\">"));
        } else {
            xml.push_str(part);
        }
    }
    xml
}

#[test]
fn it_is_well_formed_and_its_references_lead_somewhere() {
    let xml = as_xml(&html());
    let document = roxmltree::Document::parse(&xml).unwrap();
    let mut ids = BTreeSet::new();
    for id in document.descendants().filter_map(|n| n.attribute("id")) {
        assert!(ids.insert(id), "two elements have the id {id}");
    }
    let links: Vec<_> = document
        .descendants()
        .filter_map(|n| n.attribute("href"))
        .filter(|href| !href.starts_with("data:text/csv;"))
        .collect();
    assert!(links.len() > 6);
    for link in links {
        assert!(ids.contains(link.strip_prefix('#').unwrap()), "{link}");
    }
    let main = document
        .descendants()
        .find(|n| n.has_tag_name("main"))
        .unwrap();
    let headings: Vec<_> = main
        .descendants()
        .filter(|n| n.has_tag_name("h2"))
        .filter_map(|n| n.text())
        .collect();
    assert_eq!(
        headings,
        ["Verdicts & what they mean", "Claims", "The run", "Figures"]
    );
}

#[test]
fn it_loads_and_runs_nothing() {
    let html = html();
    assert!(!html.contains("http://") && !html.contains("https://"));
    assert!(!html.contains("<script") && !html.contains("<link") && !html.contains("<img"));
    assert!(!html.contains("url(") && !html.contains("@import"));
    assert!(html.contains("default-src 'none'; style-src 'sha256-"));
    let xml = as_xml(&html);
    let document = roxmltree::Document::parse(&xml).unwrap();
    for attribute in document.descendants().flat_map(|n| n.attributes()) {
        let name = attribute.name();
        assert!(
            !name.starts_with("on") && name != "style" && name != "src",
            "{name}"
        );
    }
    assert_eq!(
        html.matches("<style").count(),
        1,
        "charts have no style sheet of their own"
    );
}

#[test]
fn text_is_escaped() {
    let nasty = "</title><script>alert(1)</script> \"'&";
    let page = Page::new(nasty, nasty).section(
        Section::new(nasty)
            .block(Block::heading(nasty))
            .block(Block::paragraph(nasty))
            .block(Block::pairs([(nasty, nasty)]))
            .block(Block::preformatted(nasty))
            .block(Block::details(nasty, vec![Block::paragraph(nasty)])),
    );
    let html = page.render().unwrap();
    assert!(!html.contains("<script"));
    let xml = as_xml(&html);
    let document = roxmltree::Document::parse(&xml).unwrap();
    let texts = document
        .descendants()
        .filter(|n| n.text() == Some(nasty) && n.is_text());
    // title, h1, subtitle, h2, h3, p, dt, dd, pre, summary, and p in the details.
    assert_eq!(texts.count(), 11);
}

#[test]
fn text_keeps_its_lines_and_spaces() {
    let text = "  first\n\n    second  <b>\n";
    let page = Page::new("t", "").section(Section::new("s").block(Block::preformatted(text)));
    let html = page.render().unwrap();
    assert!(
        html.contains(">  first\n\n    second  &lt;b&gt;\n</pre>"),
        "{html}"
    );
}

#[test]
fn verdicts_have_sign_word_and_colour() {
    let html = html();
    for (sign, word) in [
        ("✓", "certified"),
        ("✗", "violated"),
        ("?", "undecided"),
        ("–", "vacuous"),
    ] {
        let badge = format!(
            "<strong class=\"badge {word}\"><span aria-hidden=\"true\">{sign}</span> {word}</strong>"
        );
        assert!(html.contains(&badge), "{badge}");
        assert!(html.contains(&format!(".{word} {{ color: var(--{word});")));
    }
}

#[test]
fn header_cells_have_a_scope_and_rows_have_all_cells() {
    let xml = as_xml(&html());
    let document = roxmltree::Document::parse(&xml).unwrap();
    let rows: Vec<_> = document
        .descendants()
        .filter(|n| n.has_tag_name("tr"))
        .map(|row| {
            row.children()
                .filter(|n| n.is_element())
                .map(|cell| (cell.tag_name().name().to_string(), cell.attribute("scope")))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| row.len() == 7));
    assert!(
        rows[0]
            .iter()
            .all(|(name, scope)| name == "th" && *scope == Some("col"))
    );
    for row in &rows[1..] {
        assert_eq!((row[0].0.as_str(), row[0].1), ("th", Some("row")));
    }
}

#[test]
fn data_of_a_figure_come_out_as_they_are() {
    let chart = examples::mixed();
    let page = Page::new("t", "").section(Section::new("s").block(Block::chart(&chart)));
    let xml = as_xml(&page.render().unwrap());
    let document = roxmltree::Document::parse(&xml).unwrap();
    let link = document
        .descendants()
        .find(|n| n.attribute("download").is_some())
        .unwrap();
    let data = link
        .attribute("href")
        .and_then(|href| href.strip_prefix("data:text/csv;charset=utf-8,"))
        .unwrap();
    let decoded = percent_encoding::percent_decode_str(data)
        .decode_utf8()
        .unwrap();
    assert_eq!(decoded, chart.thinned(160).csv());
    let name = link.attribute("download").unwrap();
    assert!(
        name.starts_with("quotes-tags-more") && name.ends_with(".csv"),
        "{name}"
    );
}

#[test]
fn it_stays_small() {
    let size = html().len();
    assert!(size < 2_500_000, "{size} bytes");
}

type Colour = [f64; 3];

/// A colour written as `#rgb` or `#rrggbb`.
fn colour(text: &str) -> Colour {
    let digits: Vec<u32> = text[1..].chars().map(|c| c.to_digit(16).unwrap()).collect();
    let parts = match digits[..] {
        [r, g, b] => [r * 17, g * 17, b * 17],
        [r, s, g, h, b, c] => [r * 16 + s, g * 16 + h, b * 16 + c],
        _ => panic!("{text}"),
    };
    parts.map(|part| f64::from(part) / 255.0)
}

/// The contrast ratio of two colours (WCAG 2.2).
fn contrast(a: Colour, b: Colour) -> f64 {
    let luminance = |c: Colour| {
        let linear = c.map(|v| {
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}

/// Colours by what they are for, light and dark: `--name: #…` and `.class { property: #… }`.
fn colours(css: &str) -> [BTreeMap<String, Colour>; 2] {
    let (light, dark) = css.split_once("prefers-color-scheme: dark").unwrap();
    [light, dark].map(|css| {
        let mut colours = BTreeMap::new();
        for line in css.lines() {
            let (selector, rule) = line.split_once('{').unwrap_or(("", line));
            for declaration in rule.split(';') {
                let Some((property, value)) = declaration.split_once(':') else {
                    continue;
                };
                let value = value.trim().split(' ').next().unwrap_or_default();
                let key = format!("{} {}", selector.trim(), property.trim());
                if value.starts_with('#') {
                    colours.insert(key.trim().to_string(), colour(value));
                }
            }
        }
        colours
    })
}

#[test]
fn contrast_is_sufficient_in_light_and_dark() {
    let html = html();
    let css = html
        .split("<style>")
        .nth(1)
        .unwrap()
        .split(".chart {")
        .next()
        .unwrap();
    for colours in colours(css) {
        let paper = colours["--paper"];
        let panel = colours["--panel"];
        for text in ["--ink", "--soft", "--link"] {
            assert!(contrast(colours[text], paper) >= 4.5, "{text}");
            assert!(contrast(colours[text], panel) >= 4.5, "{text}");
        }
        for verdict in ["certified", "violated", "undecided", "vacuous"] {
            let (text, back) = (format!("--{verdict}"), format!("--{verdict}-back"));
            assert!(contrast(colours[&text], colours[&back]) >= 4.5, "{verdict}");
        }
    }
    for colours in colours(chart::CSS) {
        let paper = colours[".chart .bg fill"];
        assert_eq!(paper, colours[".chart .mark fill"]);
        let ink = colours
            .get(".chart color")
            .unwrap_or_else(|| &colours["color"]);
        assert!(contrast(*ink, paper) >= 4.5);
        assert!(contrast(colours[".chart .soft color"], paper) >= 4.5);
        for style in 0..7 {
            let key = format!(".chart .s{style} color");
            assert!(contrast(colours[&key], paper) >= 3.5, "{key}");
        }
    }
}
