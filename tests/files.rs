//! Files and terminals: what is read is never overwritten, what is written is complete or not
//! there and can be read again, and nothing that a file says is obeyed by a terminal.
#![cfg(all(unix, feature = "engine"))]

mod program;

#[path = "files/outputs.rs"]
mod outputs;
#[path = "files/records.rs"]
mod records;
#[path = "files/signals.rs"]
mod signals;
#[path = "files/text.rs"]
mod text;

use program::Bench;

/// The names in a folder of the bench, in order.
fn names(bench: &Bench, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(bench.path().join(folder)).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

/// A shell in the bench, in which `$EDGECERT` and `$CHECK` are the programs.
fn shell(bench: &Bench, script: &str) -> program::Answer {
    let output = std::process::Command::new("sh")
        .current_dir(bench.path())
        .args(["-c", script])
        .env("EDGECERT", env!("CARGO_BIN_EXE_edgecert"))
        .env("CHECK", env!("CARGO_BIN_EXE_edgecert-check"))
        .env_remove("COLUMNS")
        .output()
        .expect("a shell");
    program::Answer::new(output)
}
