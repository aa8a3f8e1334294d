//! Whatever signal comes whenever: the old file or the new one, and no part of one.

use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::names;
use super::program::{Bench, RUN, claim};

const OLD: &str = "old";

/// A run that does not end by itself, and a page from before.
fn bench() -> Bench {
    let bench = Bench::new();
    let endless = RUN.replace("steps = 20", "steps = 1000000000");
    bench.write("run.toml", format!("{endless}claims = ['c.toml']\n"));
    bench.write("c.toml", claim("c", "a > 0"));
    bench.write("p.html", OLD);
    bench
}

fn start(bench: &Bench, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_edgecert"))
        .current_dir(bench.path())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

fn send(child: &Child, signal: &str) {
    let kill = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(kill.expect("kill").success());
}

fn parts(bench: &Bench) -> Vec<String> {
    let names = names(bench, ".").into_iter();
    names.filter(|name| name.ends_with(".part")).collect()
}

/// Waits until the program has begun to work: it has opened its output then.
fn begun(bench: &Bench) {
    while parts(bench).is_empty() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn page(bench: &Bench) -> String {
    fs::read_to_string(bench.path().join("p.html")).expect("a page")
}

#[track_caller]
fn complete(bench: &Bench, what: &str) {
    let page = page(bench);
    let is_new = page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>");
    assert!(page == OLD || is_new, "{what}: {} bytes", page.len());
    assert_eq!(parts(bench), Vec::<String>::new(), "{what}");
}

#[test]
fn the_first_signal_ends_the_work_with_a_page() {
    for signal in ["INT", "TERM", "HUP", "QUIT", "USR1"] {
        let bench = bench();
        let mut child = start(&bench, &["certify", "--report", "p.html", "run.toml"]);
        begun(&bench);
        send(&child, signal);
        let status = child.wait().expect("an end");
        assert_eq!(status.code(), Some(20), "{signal}");
        complete(&bench, signal);
        assert!(page(&bench).contains("INTERRUPTED"), "{signal}");
    }
}

/// The program waits for a reader of the pipe, so that the first signal does not end it.
#[test]
fn the_second_signal_ends_the_process_without_a_part() {
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
        let bench = bench();
        let made = Command::new("mkfifo")
            .arg(bench.path().join("fifo"))
            .status();
        assert!(made.expect("mkfifo").success());
        let arguments = [
            "certify",
            "--report",
            "p.html",
            "--certificate",
            "fifo",
            "run.toml",
        ];
        let mut child = start(&bench, &arguments);
        begun(&bench);
        // Two signals of one kind may become one: the second is sent until it has arrived.
        let status = ended(&mut child, signal);
        assert_eq!(status.code(), Some(128 + number), "{signal}");
        complete(&bench, signal);
        assert_eq!(page(&bench), OLD);
    }
}

fn ended(child: &mut Child, signal: &str) -> ExitStatus {
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        send(child, signal);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn at_no_moment_does_a_signal_leave_a_part() {
    for (i, signal) in ["TERM", "INT", "HUP", "TERM", "QUIT", "TERM", "ALRM", "TERM"]
        .iter()
        .enumerate()
    {
        let bench = bench();
        bench.write("run.toml", format!("{RUN}claims = ['c.toml']\n"));
        let arguments = [
            "certify",
            "--report",
            "p.html",
            "--certificate",
            "c.cert",
            "run.toml",
        ];
        let mut child = start(&bench, &arguments);
        std::thread::sleep(Duration::from_micros(1500 * i as u64));
        // It may have come to its end.
        let _ = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .stderr(Stdio::null())
            .status();
        child.wait().expect("an end");
        complete(&bench, signal);
    }
}

#[test]
fn what_a_killed_process_leaves_is_no_obstacle() {
    let bench = bench();
    let mut child = start(&bench, &["certify", "--report", "p.html", "run.toml"]);
    begun(&bench);
    send(&child, "KILL");
    child.wait().expect("an end");
    assert_eq!(page(&bench), OLD);
    let left = parts(&bench);
    assert!(
        left.len() == 1 && left[0].starts_with("p.html."),
        "{left:?}"
    );
    bench
        .certify(&["--steps", "3", "--report", "p.html", "run.toml"])
        .exits(0);
    assert!(page(&bench).trim_end().ends_with("</html>"));
}

/// `nohup` ignores the hang-up; the program does not undo that.
#[test]
#[cfg(target_os = "linux")]
fn a_run_under_nohup_outlives_its_terminal() {
    let bench = bench();
    let mut child = Command::new("sh")
        .current_dir(bench.path())
        .args([
            "-c",
            "trap '' HUP; exec \"$EDGECERT\" certify -q --report p.html run.toml",
        ])
        .env("EDGECERT", env!("CARGO_BIN_EXE_edgecert"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    begun(&bench);
    for _ in 0..3 {
        send(&child, "HUP");
    }
    // Were the hang-ups caught, the second would have ended it with 129.
    send(&child, "TERM");
    assert_eq!(child.wait().expect("an end").code(), Some(20));
    complete(&bench, "TERM");
}
