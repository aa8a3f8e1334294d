//! The README tells the truth: what it says the program prints is what it prints.

use assert_cmd::Command;

/// Lines without what differs from machine to machine: the time, and trailing blanks.
fn comparable(text: &str) -> Vec<String> {
    let timed = |line: &str| {
        let line = line.trim_start();
        line.starts_with("engine:") || line.starts_with("audit:")
    };
    text.lines()
        .map(|line| {
            if timed(line) {
                line.split(';').next().unwrap_or_default().to_string()
            } else {
                line.trim_end().to_string()
            }
        })
        .collect()
}

#[test]
fn the_report_of_the_readme_is_the_one_that_is_printed() {
    let readme = include_str!("../README.md");
    let mut shown = 0;
    for block in readme.split("<!-- output: edgecert ").skip(1) {
        let (arguments, rest) = block.split_once(" -->\n```text\n").expect("an output");
        let text = rest.split("\n```").next().expect("an end");
        let output = Command::new(env!("CARGO_BIN_EXE_edgecert"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(arguments.split(' '))
            .env_remove("COLUMNS")
            .output()
            .expect("the program runs");
        let code = if arguments.starts_with("audit") {
            10
        } else {
            0
        };
        assert_eq!(output.status.code(), Some(code), "{arguments}");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(comparable(text), comparable(&printed), "{arguments}");
        shown += 1;
    }
    assert!(shown >= 2, "{shown}");
}

/// The claim that the README shows is a shipped one, to the letter.
#[test]
fn the_files_of_the_readme_are_the_shipped_ones() {
    let readme = include_str!("../README.md");
    let mut shown = 0;
    for block in readme.split("<!-- file: ").skip(1) {
        let (path, rest) = block.split_once(" -->\n```toml\n").expect("a file");
        let text = rest.split("```").next().expect("an end");
        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let shipped = std::fs::read_to_string(&shipped).expect(path);
        assert_eq!(text, shipped, "{path}");
        shown += 1;
    }
    assert_eq!(
        shown,
        readme.matches("\nprovenance = \"").count(),
        "claims shown as examples"
    );
}

/// The run and the claim that the README shows can be used as they stand.
#[test]
fn the_examples_of_the_readme_work() {
    let readme = include_str!("../README.md");
    let example = |heading: &str| {
        readme
            .split(heading)
            .nth(1)
            .and_then(|rest| rest.split("```toml\n").nth(1))
            .and_then(|rest| rest.split("```").next())
            .expect("an example")
    };
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file is written");
    };
    write("claim.toml", example("## Write a claim"));
    let claims = concat!(env!("CARGO_MANIFEST_DIR"), "/proofs/liu2025");
    let run = example("## Write a run").replace("../liu2025", claims);
    write("run.toml", &run);
    let own = run
        .replace(
            &format!("claims = [\"{claims}\"]"),
            "claims = [\"claim.toml\"]",
        )
        .split("[expect]")
        .next()
        .expect("a part")
        .to_string();
    write("own.toml", &own);
    for file in ["run.toml", "own.toml"] {
        let output = Command::new(env!("CARGO_BIN_EXE_edgecert"))
            .current_dir(folder.path())
            .args(["certify", file])
            .output()
            .expect("the program runs");
        let shown = [output.stdout, output.stderr].concat();
        let shown = String::from_utf8_lossy(&shown);
        assert_eq!(output.status.code(), Some(0), "{file}:\n{shown}");
    }
}
