//! Charts and pages.

#[path = "charts/coordinates.rs"]
mod coordinates;
#[path = "charts/drawing.rs"]
mod drawing;
#[path = "charts/examples.rs"]
mod examples;
#[path = "charts/page.rs"]
mod page;
#[path = "charts/thinning.rs"]
mod thinning;
#[path = "charts/ticks.rs"]
mod ticks;

/// Writes all examples to the folder named by EDGECERT_DRAWINGS, for the eye.
#[test]
#[ignore = "writes files, for looking at"]
fn draw_examples() {
    let Some(folder) = std::env::var_os("EDGECERT_DRAWINGS") else {
        panic!("set EDGECERT_DRAWINGS to a folder");
    };
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, chart) in examples::all() {
        std::fs::write(folder.join(format!("{name}.svg")), chart.figure()).unwrap();
        std::fs::write(folder.join(format!("{name}.csv")), chart.thinned(400).csv()).unwrap();
    }
    std::fs::write(folder.join("page.html"), examples::page().render().unwrap()).unwrap();
}
