//! The claims of Section 5 on random runs: whatever the start, the parameters and the
//! projection, none may be refuted, and all are decided unless the run escapes.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

const RUNS: u64 = 150;

/// The claim files whose proofs stand in `section-5.md`.
fn claims() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs/liu2025");
    fs::read_dir(folder)
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| {
            let text = fs::read_to_string(path).expect("readable");
            text.contains("proof = \"section-5.md#")
        })
        .collect()
}

/// Numbers from a linear congruential sequence (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let n = choices.len() as u64;
        choices[usize::try_from(self.below(n)).expect("small")]
    }

    /// A multiple of 1/1000 in [−size, size).
    fn coordinate(&mut self, size: i64) -> String {
        let n = self.below(2000 * size.unsigned_abs());
        format!(
            "\"{}/1000\"",
            i64::try_from(n).expect("small") - 1000 * size
        )
    }
}

fn run(random: &mut Random, claims: &[PathBuf]) -> String {
    let lambda1 = random.one_of(&["1", "2", "10", "100"]);
    let lambda2 = random.one_of(&["1/100", "1/10", "1/2", "9/10"]);
    let eta = random.one_of(&["1", "1/2", "1/3", "1/12", "1/20", "1/40"]);
    let start = [2, 1, 3].map(|size| random.coordinate(size));
    let projection = match random.below(3) {
        0 => format!(
            "projection = {{ beta1 = \"{}/100\" }}",
            5 + random.below(45)
        ),
        _ => String::new(),
    };
    format!(
        "title = \"random\"\nlambda1 = \"{lambda1}\"\nlambda2 = \"{lambda2}\"\n\
         eta = \"{eta}\"\nsteps = 100\n\
         start = {{ alpha = {}, beta1 = {}, beta2 = {} }}\n{projection}\nclaims = {claims:?}\n",
        start[0], start[1], start[2]
    )
}

#[test]
fn no_claim_of_section_5_is_refuted_on_a_random_run() {
    let claims = claims();
    assert!(claims.len() >= 13, "{} claims", claims.len());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.toml");
    let mut random = Random(5);
    let mut complete = 0;
    for _ in 0..RUNS {
        let run = run(&mut random, &claims);
        fs::write(&file, &run).expect("a file is written");
        let output = Command::new(env!("CARGO_BIN_EXE_edgecert"))
            .arg("certify")
            .arg(&file)
            .output()
            .expect("the program runs");
        let report = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => complete += 1,
            Some(20) => {
                for line in report.lines().filter(|line| line.starts_with("? ")) {
                    assert!(line.contains("(escape)"), "{run}\n{report}");
                }
            }
            code => panic!("{code:?}\n{run}\n{report}\n{errors}"),
        }
    }
    assert!(complete > RUNS / 3, "only {complete} runs did not escape");
}
