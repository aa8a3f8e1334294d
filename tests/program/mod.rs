//! The program in a folder of files made for one test.
#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// A run that takes no time.
pub const RUN: &str = "\
title = \"small\"
lambda1 = 100
lambda2 = \"1/100\"
eta = \"1/20\"
steps = 20
start = { alpha = \"1/2\", beta1 = \"1/10\", beta2 = 1 }
";

/// A claim that speaks of every step.
pub fn claim(id: &str, then: &str) -> String {
    claim_with(id, &format!("then = '''{then}'''"))
}

/// A claim with these lines.
pub fn claim_with(id: &str, lines: &str) -> String {
    format!(
        "id = \"{id}\"\ntitle = \"Claim {id}\"\nsource = \"test\"\nprovenance = \"derived\"\n\
         proof = \"none\"\n{lines}\n"
    )
}

/// A folder the program is run in.
pub struct Bench {
    folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Bench {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, contents).expect("a file");
        self
    }

    /// The program, to be run here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edgecert"));
        command.current_dir(self.path()).args(arguments);
        command.env_remove("COLUMNS").env_remove("NO_COLOR");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Answer {
        Answer::new(
            self.command(arguments)
                .output()
                .expect("the program starts"),
        )
    }

    pub fn certify(&self, arguments: &[&str]) -> Answer {
        self.run(&[&["certify"], arguments].concat())
    }
}

/// What the program answered.
pub struct Answer {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Answer {
    pub fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let answer = Answer {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        for defect in ["panicked", "edgecert: internal error"] {
            assert!(!answer.err.contains(defect), "{}", answer.err);
        }
        answer
    }

    /// The exit code; anything else shows the whole answer.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    /// Refused: nothing on standard output, all `words` on standard error.
    #[track_caller]
    pub fn refuses(&self, code: i32, words: &[&str]) {
        self.exits(code);
        assert_eq!(self.out, "");
        for word in words {
            assert!(self.err.contains(word), "no {word:?} in:\n{}", self.err);
        }
    }

    /// All `words` on standard output, nothing on standard error.
    #[track_caller]
    pub fn says(&self, words: &[&str]) -> &Self {
        assert_eq!(self.err, "");
        for word in words {
            assert!(self.out.contains(word), "no {word:?} in:\n{}", self.out);
        }
        self
    }

    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.err, "");
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}:\n{}", self.out))
    }
}
