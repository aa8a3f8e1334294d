//! Outputs: compared with what is read, accessible as before, complete or not there.

use std::fs::{self, hard_link};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::program::{Bench, RUN, claim, claim_with};
use super::{names, shell};

/// A run of every kind of file that is read, under every kind of name.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("run.toml", format!("{RUN}claims = ['claims']\n"));
    bench.write("other.toml", RUN);
    bench.write("no-suffix", RUN);
    bench.write("perturbed.toml", RUN);
    let falsified =
        "then = 'a > 0'\nfalsify = { run = '../perturbed.toml', why = 'w', then = 'a < 0' }";
    bench.write("claims/c.toml", claim_with("c", falsified));
    let order = include_str!("../../src/audit/orders/factored.toml");
    bench.write(
        "order.txt",
        order.replace("id = \"factored\"", "id = \"own\""),
    );
    let at = |name: &str| bench.path().join(name);
    fs::create_dir(at("real")).expect("a folder");
    symlink("real", at("linked")).expect("a link");
    symlink("run.toml", at("link.html")).expect("a link");
    hard_link(at("claims/c.toml"), at("hard.html")).expect("a link");
    fs::create_dir(at("drawn")).expect("a folder");
    symlink("../run.toml", at("drawn/run-beta1.svg")).expect("a link");
    fs::create_dir(at("paged")).expect("a folder");
    symlink("../run.toml", at("paged/index.html")).expect("a link");
    let baseline = bench.certify(&["--format", "baseline", "run.toml"]);
    bench.write("base.json", &baseline.exits(0).out);
    bench
        .certify(&["-q", "--certificate", "Cert.v", "run.toml"])
        .exits(0);
    bench
}

#[test]
fn what_is_read_is_never_overwritten() {
    let bench = bench();
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["certify", "--report", "run.toml", "run.toml"],
            &["--report run.toml would overwrite the run file run.toml"],
        ),
        (
            &["certify", "--report", "./run.toml", "run.toml"],
            &["--report ./run.toml", "the run file run.toml"],
        ),
        (
            &["certify", "--certificate", "run.toml", "run.toml"],
            &["--certificate run.toml", "give --certificate another name"],
        ),
        (
            &["certify", "--report", "link.html", "run.toml"],
            &["--report link.html", "the run file run.toml"],
        ),
        (
            &["certify", "--report", "hard.html", "run.toml"],
            &["--report hard.html", "the claim file claims/c.toml"],
        ),
        (
            &[
                "certify",
                "--report",
                "hard.html",
                "--claim",
                "c",
                "run.toml",
            ],
            &["the claim file claims/c.toml"],
        ),
        (
            &["certify", "--report", "perturbed.toml", "run.toml"],
            &["the run file perturbed.toml"],
        ),
        (
            &[
                "certify",
                "--report",
                "base.json",
                "--baseline",
                "base.json",
                "run.toml",
            ],
            &["the JSON report base.json"],
        ),
        (
            &[
                "certify",
                "--report",
                "p",
                "--certificate",
                "./p",
                "run.toml",
            ],
            &["--certificate ./p would overwrite --report p"],
        ),
        (
            &[
                "certify",
                "--report",
                "real/p",
                "--certificate",
                "linked/p",
                "run.toml",
            ],
            &["--certificate linked/p would overwrite --report real/p"],
        ),
        // The name of the page was forgotten: what follows is not read, but it is a run file.
        (
            &["certify", "--report", "other.toml", "run.toml"],
            &["--report other.toml would overwrite a TOML file"],
        ),
        (
            &["certify", "--report", "no-suffix", "run.toml"],
            &["--report no-suffix would overwrite a TOML file"],
        ),
        (
            &["audit", "--quick", "--report", "run.toml", "run.toml"],
            &["the run file run.toml"],
        ),
        (
            &[
                "audit",
                "--quick",
                "--order",
                "./order.txt",
                "--report",
                "order.txt",
                "run.toml",
            ],
            &["the order file ./order.txt"],
        ),
        (
            &["coq", "Cert.v", "--out", "Cert.v"],
            &["the certificate Cert.v"],
        ),
        (
            &["figures", "--run", "run.toml", "--out", "drawn"],
            &["drawn/run-beta1.svg", "the run file run.toml"],
        ),
        (
            &["figures", "--run", "run.toml", "--out", "paged"],
            &["paged/index.html", "the run file run.toml"],
        ),
    ];
    let folders = [".", "real", "drawn", "paged", "claims"];
    let contents = || -> Vec<(String, Vec<u8>)> {
        let paths = folders.iter().flat_map(|folder| {
            names(&bench, folder)
                .into_iter()
                .map(move |name| format!("{folder}/{name}"))
        });
        let paths = paths.filter(|path| bench.path().join(path).is_file());
        paths
            .map(|path| {
                (
                    path.clone(),
                    fs::read(bench.path().join(path)).expect("a file"),
                )
            })
            .collect()
    };
    let before = contents();
    for (arguments, words) in cases {
        bench.run(arguments).refuses(2, words);
        assert!(
            contents() == before,
            "{arguments:?}: {:?}",
            names(&bench, ".")
        );
    }
}

#[test]
fn standard_output_may_not_go_to_what_is_read() {
    let bench = bench();
    let run = fs::read(bench.path().join("run.toml")).expect("a run");
    for command in ["certify", "tighten", "flow"] {
        let answer = shell(
            &bench,
            &format!("\"$EDGECERT\" {command} run.toml >> run.toml"),
        );
        answer.refuses(2, &["standard output goes to the run file run.toml"]);
    }
    assert_eq!(fs::read(bench.path().join("run.toml")).expect("a run"), run);
    shell(
        &bench,
        "\"$EDGECERT\" certify --report page run.toml > page",
    )
    .refuses(
        2,
        &["--report page would overwrite what standard output writes"],
    );
    shell(
        &bench,
        "\"$EDGECERT\" certify -q --report /dev/stdout run.toml > page",
    )
    .exits(0);
    let page = fs::read_to_string(bench.path().join("page")).expect("a page");
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
}

#[test]
fn permissions_are_kept() {
    let bench = bench();
    let mode = |name: &str| {
        let there = fs::metadata(bench.path().join(name)).expect("a file");
        there.permissions().mode() & 0o7777
    };
    for (name, old) in [
        ("private.html", 0o600),
        ("group.html", 0o664),
        ("run.html", 0o755),
    ] {
        let path = bench.path().join(name);
        fs::write(&path, "old").expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(old)).expect("a mode");
        let certify = format!("umask 022; \"$EDGECERT\" certify -q --report {name} run.toml");
        shell(&bench, &certify).exits(0);
        assert_eq!(mode(name), old, "{name}");
        assert!(
            fs::read_to_string(&path)
                .expect("a page")
                .starts_with("<!DOCTYPE html>")
        );
    }
    for (mask, new) in [("022", 0o644), ("077", 0o600), ("002", 0o664)] {
        let certify = format!("umask {mask}; \"$EDGECERT\" certify -q --report new.html run.toml");
        shell(&bench, &certify).exits(0);
        assert_eq!(mode("new.html"), new);
        fs::remove_file(bench.path().join("new.html")).expect("a file");
    }
}

#[test]
fn links_devices_and_pipes_are_written_through() {
    let bench = bench();
    let at = |name: &str| bench.path().join(name);
    symlink("real/p.html", at("p.html")).expect("a link");
    // First it leads to nothing, then to a file.
    for _ in 0..2 {
        bench
            .certify(&["-q", "--report", "p.html", "run.toml"])
            .exits(0);
        assert!(at("p.html").is_symlink() && at("real/p.html").is_file());
    }
    assert_eq!(names(&bench, "real"), ["p.html"]);
    let page = fs::read_to_string(at("real/p.html")).expect("a page");
    bench
        .certify(&[
            "-q",
            "--report",
            "/dev/null",
            "--certificate",
            "/dev/null",
            "run.toml",
        ])
        .exits(0);
    let piped = bench.certify(&["-q", "--report", "/dev/stdout", "run.toml"]);
    assert_eq!(piped.exits(0).out.len(), page.len());
    let through =
        "mkfifo fifo; \"$EDGECERT\" certify -q --report fifo run.toml & cat fifo; wait $!";
    assert_eq!(shell(&bench, through).exits(0).out.len(), page.len());
    if fs::metadata("/dev/full").is_ok() {
        let full = bench.certify(&["-q", "--report", "/dev/full", "run.toml"]);
        full.refuses(3, &["/dev/full", "cannot write it"]);
    }
}

#[test]
fn a_name_that_is_taken_is_no_obstacle() {
    let bench = bench();
    // The shell's process becomes the program's, so `$$` is its number.
    let script = "touch p.html.$$.part; exec \"$EDGECERT\" certify -q --report p.html run.toml";
    shell(&bench, script).exits(0);
    assert!(bench.path().join("p.html").is_file());
    let long = "x".repeat(250);
    bench
        .certify(&["-q", "--report", &long, "run.toml"])
        .exits(0);
    assert!(bench.path().join(long).is_file());
}

#[test]
fn a_closed_or_full_standard_output_is_an_error() {
    let bench = bench();
    for command in [
        "\"$EDGECERT\" certify run.toml",
        "\"$EDGECERT\" certify --format json run.toml",
        "\"$EDGECERT\" explain --claims claims",
        "\"$EDGECERT\" --help",
        "\"$CHECK\" Cert.v",
        "\"$CHECK\" --help",
    ] {
        for (out, word) in [(">&-", "closed"), ("> /dev/full", "space")] {
            let answer = shell(&bench, &format!("{command} {out}"));
            answer.refuses(3, &["cannot write to standard output", word]);
        }
        shell(&bench, &format!("{command} > /dev/null")).exits(0);
        // A reader that goes away has read what it wanted.
        shell(
            &bench,
            &format!("{{ {command}; echo $? >&2; }} 2> code | true; cat code"),
        )
        .says(&["0\n"]);
    }
    shell(&bench, "\"$EDGECERT\" certify -q run.toml >&-").exits(0);
}

#[test]
fn hidden_entries_of_a_claims_folder_are_passed_over() {
    let bench = Bench::new();
    bench.write("run.toml", format!("{RUN}claims = ['claims']\n"));
    bench.write("claims/c.toml", claim("c", "a > 0"));
    let at = |name: &str| bench.path().join(name);
    symlink("user@host.1234:5678", at("claims/.#c.toml")).expect("a link");
    bench.write("claims/._c.toml", [0, 5, 22, 7]);
    bench.write("claims/.c.toml.swp", "x");
    bench.write("claims/.hidden.toml", "x");
    bench
        .certify(&["run.toml"])
        .exits(0)
        .says(&["certified 1,"]);
    bench
        .run(&["explain", "--claims", "claims"])
        .exits(0)
        .says(&["1 claims"]);
    symlink("away.toml", at("claims/d.toml")).expect("a link");
    bench
        .certify(&["run.toml"])
        .refuses(3, &["claims/d.toml", "away.toml"]);
}
