//! An old CPU is refused with a message, not with an illegal instruction; the checker runs on any.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::process::{Command, Output};

const MESSAGE: &str = include_str!("../src/cli/old_cpu.txt");

/// Runs `edgecert --help` on an emulated CPU.
fn start_on(cpu: &str) -> Output {
    Command::new("qemu-x86_64")
        .args(["-cpu", cpu, env!("CARGO_BIN_EXE_edgecert"), "--help"])
        .output()
        .expect("qemu-x86_64 (Debian package qemu-user) starts")
}

#[test]
#[ignore = "needs qemu-x86_64; `make test` runs it"]
fn older_cpus_are_refused() {
    // No AVX; AVX without AVX2; AVX2, FMA and BMI2 masked one at a time.
    for cpu in [
        "qemu64",
        "Nehalem",
        "SandyBridge",
        "Opteron_G5",
        "max,avx=off",
        "max,avx2=off",
        "max,fma=off",
        "max,bmi1=off",
        "max,bmi2=off",
        "max,f16c=off",
        "max,abm=off",
        "max,movbe=off",
        "max,xsave=off",
    ] {
        let output = start_on(cpu);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{cpu}: {stderr}");
        assert!(stderr.ends_with(MESSAGE), "{cpu}: {stderr}");
        assert!(output.stdout.is_empty(), "{cpu}");
    }
}

/// As `scripts/checker` builds it, without the flags that the engine needs.
#[test]
#[ignore = "needs qemu-x86_64; `make test` runs it"]
fn the_checker_runs_on_any_cpu() {
    let root = env!("CARGO_MANIFEST_DIR");
    let built = Command::new("scripts/checker")
        .current_dir(root)
        .env("CARGO_TARGET_DIR", "target")
        .output()
        .expect("a shell script");
    let stderr = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{stderr}");
    for cpu in ["qemu64", "core2duo", "Haswell"] {
        let output = Command::new("qemu-x86_64")
            .current_dir(root)
            .args(["-cpu", cpu, "target/checker/edgecert-check"])
            .arg("tests/certificates/accept/small.cert")
            .output()
            .expect("qemu-x86_64 (Debian package qemu-user) starts");
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{cpu}: {output:?}");
        assert!(stdout.contains("accepted"), "{cpu}: {stdout}");
    }
}

#[test]
#[ignore = "needs qemu-x86_64; `make test` runs it"]
fn haswell_and_later_start() {
    for cpu in ["Haswell", "Skylake-Client", "EPYC", "max"] {
        let output = start_on(cpu);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{cpu}: {stderr}");
        assert!(!stderr.contains(MESSAGE), "{cpu}: {stderr}");
    }
}
