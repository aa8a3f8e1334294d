//! `scripts/setup` against made-up machines: a PATH of fakes and a CPU description.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const HASWELL: &str = "flags\t\t: fpu fma movbe f16c abm bmi1 avx2 bmi2 avx\n";
const IVY_BRIDGE: &str = "flags\t\t: fpu f16c avx popcnt\n";

/// A machine with the base system's tools, and only those others it is given.
struct Machine {
    directory: TempDir,
}

impl Machine {
    fn new(cpuinfo: &str) -> Self {
        let machine = Machine {
            directory: TempDir::new().unwrap(),
        };
        fs::create_dir(machine.path("bin")).unwrap();
        fs::write(machine.path("cpuinfo"), cpuinfo).unwrap();
        for tool in ["sh", "dirname", "sed", "cat", "env"] {
            let real = ["/usr/bin", "/bin"]
                .map(|folder| Path::new(folder).join(tool))
                .into_iter()
                .find(|path| path.exists())
                .unwrap();
            symlink(real, machine.path("bin").join(tool)).unwrap();
        }
        machine.with("uname", "echo x86_64")
    }

    /// Everything a build needs, and a superuser.
    fn complete() -> Self {
        Machine::new(HASWELL)
            .with("cargo", "")
            .with("m4", "")
            .with("make", "")
            .with("cc", "cat >/dev/null")
            .with("id", "echo 0")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Adds a program; a later one of the same name replaces it.
    fn with(self, name: &str, body: &str) -> Self {
        let file = self.path("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn without(self, name: &str) -> Self {
        fs::remove_file(self.path("bin").join(name)).unwrap();
        self
    }

    /// Adds a program that writes its arguments to the log.
    fn with_logged(self, name: &str, then: &str) -> Self {
        let log = self.path("log").display().to_string();
        self.with(name, &format!("echo {name} \"$@\" >>'{log}'\n{then}"))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    fn setup(&self, tools: &[&str]) -> Output {
        Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/setup"))
            .args(tools)
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("HOME", self.directory.path())
            .env("CPUINFO", self.path("cpuinfo"))
            .output()
            .unwrap()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn nothing_is_installed_when_nothing_is_missing() {
    let machine = Machine::complete().with_logged("apt-get", "");
    let output = machine.setup(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(machine.log(), "");
    assert_eq!(stderr(&output), "");
}

#[test]
fn exactly_the_missing_packages_are_installed() {
    let machine = Machine::complete()
        .without("m4")
        .with("cc", "cat >/dev/null; exit 1")
        .with_logged("apt-get", "");
    let output = machine.setup(&["qemu-x86_64"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let log = machine.log();
    let install = log.lines().last().unwrap();
    assert!(log.starts_with("apt-get update"), "{log}");
    assert!(install.ends_with("m4 gcc libc6-dev qemu-user"), "{install}");
}

#[test]
fn a_user_installs_through_sudo() {
    let machine = Machine::complete()
        .without("make")
        .with("id", "echo 1000")
        .with("apt-get", "exit 1")
        .with_logged("sudo", "");
    let output = machine.setup(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(machine.log().contains("install"), "{}", machine.log());
}

#[test]
fn a_user_without_sudo_is_told_what_to_run() {
    let machine = Machine::complete()
        .without("m4")
        .with("id", "echo 1000")
        .with_logged("apt-get", "");
    let output = machine.setup(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("apt-get install m4"));
    assert_eq!(machine.log(), "");
}

#[test]
fn another_system_is_told_what_is_missing() {
    let output = Machine::complete().without("m4").setup(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("missing: m4"));
}

#[test]
fn a_failed_installation_is_an_error() {
    let machine = Machine::complete()
        .without("m4")
        .with("apt-get", "exit 100");
    assert_eq!(machine.setup(&[]).status.code(), Some(3));
}

#[test]
fn cargo_must_be_there() {
    let output = Machine::complete().without("cargo").setup(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("Install Rust"));
}

#[test]
fn cargo_is_found_in_the_home_directory() {
    let machine = Machine::complete();
    let home = machine.path(".cargo/bin");
    fs::create_dir_all(&home).unwrap();
    fs::rename(machine.path("bin/cargo"), home.join("cargo")).unwrap();
    assert_eq!(machine.setup(&[]).status.code(), Some(0));
}

#[test]
fn a_missing_component_is_installed_or_named() {
    let without_rustup = Machine::complete().with("cargo", "exit 1");
    let output = without_rustup.setup(&["clippy"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("rustup component add clippy"));

    let machine = Machine::complete()
        .with("cargo", "exit 1")
        .with_logged("rustup", "");
    assert_eq!(machine.setup(&["rustfmt"]).status.code(), Some(0));
    assert_eq!(machine.log(), "rustup component add rustfmt\n");
}

#[test]
fn an_old_cpu_is_refused_before_anything_is_installed() {
    let machine = Machine::new(IVY_BRIDGE).with_logged("apt-get", "");
    let output = machine.setup(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), include_str!("../src/cli/old_cpu.txt"));
    assert_eq!(machine.log(), "");
}

#[test]
fn each_flag_counts() {
    for flag in ["avx2", "fma", "bmi1", "bmi2", "f16c", "abm", "movbe"] {
        let cpuinfo = HASWELL.replace(&format!(" {flag}"), "");
        let output = Machine::new(&cpuinfo).setup(&[]);
        assert_eq!(output.status.code(), Some(2), "{flag}");
    }
}
