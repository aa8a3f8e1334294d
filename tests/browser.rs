//! Pages in a real browser: no message on its console, no request to anywhere, and readable on a
//! phone and in the dark. Needs Chromium; `scripts/test` runs it where that can be had.

#[path = "browser/devtools.rs"]
mod devtools;
#[path = "program/mod.rs"]
mod program;

use std::path::Path;

use devtools::{Browser, Seen};
use program::{Bench, RUN, claim};
use serde_json::{Value, json};

/// A page of a run with a violated claim, and one of figures.
fn pages() -> Bench {
    let bench = Bench::new();
    bench.write("run.toml", format!("{RUN}claims = 'claims'\n"));
    bench.write("claims/held.toml", claim("a.held", "loss >= 0"));
    bench.write("claims/broken.toml", claim("a.broken", "sharpness <= 1"));
    bench
        .certify(&["run.toml", "--report", "out.html"])
        .exits(10);
    bench
        .run(&["figures", "--run", "run.toml", "--out", "drawn"])
        .exits(0);
    bench
}

fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A test that finds nothing where there is something would find nothing here, either.
fn check_that_faults_are_seen(browser: &mut Browser, bench: &Bench) {
    bench.write(
        "faulty.html",
        "<!DOCTYPE html><meta charset=utf-8><title>t</title><p>text\
         <img src=\"http://127.0.0.1:9/nowhere.png\"><script>console.error('told');fail()</script>",
    );
    let seen = browser.open(&address(&bench.path().join("faulty.html")));
    assert!(
        seen.requests.iter().any(|r| r.contains("nowhere.png")),
        "{seen:?}"
    );
    assert!(seen.messages.iter().any(|m| m.contains("told")), "{seen:?}");
    assert!(seen.messages.iter().any(|m| m.contains("fail")), "{seen:?}");
}

#[test]
#[ignore = "needs Chromium"]
fn pages_are_complete_in_themselves() {
    let bench = pages();
    let mut browser = Browser::start();
    check_that_faults_are_seen(&mut browser, &bench);
    for name in ["out.html", "drawn/index.html", "drawn/run-edge.svg"] {
        let own = address(&bench.path().join(name));
        let Seen { requests, messages } = browser.open(&own);
        assert_eq!(requests, [own], "{name}");
        assert!(messages.is_empty(), "{name}: {messages:?}");
    }
}

#[test]
#[ignore = "needs Chromium"]
fn a_page_is_readable_on_a_phone_and_in_the_dark() {
    let bench = pages();
    let mut browser = Browser::start();
    for name in ["out.html", "drawn/index.html"] {
        let own = address(&bench.path().join(name));
        for width in [360, 1000] {
            browser.resize(width);
            browser.open(&own);
            // Nothing but tables, which scroll by themselves, is wider than the screen.
            let overflow = browser.evaluate("document.documentElement.scrollWidth");
            assert!(
                overflow.as_u64() <= Some(width),
                "{name} at {width}: {overflow}"
            );
            let shown = browser.evaluate(
                "[...document.querySelectorAll('figure svg.chart')]\
                 .filter(e => e.getBoundingClientRect().width > 0).length",
            );
            let all = browser.evaluate("document.querySelectorAll('figure').length");
            assert_eq!(shown, all, "each figure is drawn once");
            assert!(all.as_u64() >= Some(5));
        }
        let paper = "getComputedStyle(document.body).backgroundColor";
        browser.prefer("light");
        assert_eq!(browser.evaluate(paper), json!("rgb(255, 255, 255)"));
        browser.prefer("dark");
        assert_eq!(browser.evaluate(paper), json!("rgb(21, 25, 31)"));
        browser.prefer("light");
    }
}

#[test]
#[ignore = "needs Chromium"]
fn a_page_can_be_used_with_a_keyboard() {
    let bench = pages();
    let mut browser = Browser::start();
    browser.resize(1000);
    browser.open(&address(&bench.path().join("out.html")));
    browser.press_tab();
    let focused = "document.activeElement.textContent";
    assert_eq!(browser.evaluate(focused), json!("Skip to the content"));
    browser.press_tab();
    assert_eq!(browser.evaluate(focused), json!("Verdicts"));
    // Every link within the page leads somewhere.
    let dangling: Value = browser.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')]\
         .filter(a => !document.getElementById(a.hash.slice(1))).length",
    );
    assert_eq!(dangling, json!(0));
}
