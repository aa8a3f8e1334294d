//! Refuses a CPU that lacks the instructions edgecert is compiled for.
//!
//! The crate is compiled for Haswell (`.cargo/config.toml`), so any of its Rust functions
//! may hold an instruction that kills the process on an older CPU. The check therefore
//! runs before `main`, and is written in assembly: a Rust function, compiled with the same
//! flags, could need the very instructions it looks for. `is_x86_feature_detected!` cannot
//! be used either: it is constant for a feature enabled at compile time.
//!
//! Start-up hooks are named per object format, so the check exists on Linux (x86-64) only.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::arch::naked_asm;

/// Feature bits of CPUID leaf 1, ECX (Intel SDM vol. 2A, CPUID): SSE3, PCLMULQDQ, SSSE3,
/// FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C.
const LEAF_1_ECX: u32 = bits(&[0, 1, 9, 12, 13, 19, 20, 22, 23, 27, 28, 29]);
/// Feature bits of CPUID leaf 7, sub-leaf 0, EBX: BMI1, AVX2, BMI2.
const LEAF_7_EBX: u32 = bits(&[3, 5, 8]);
/// Feature bit of CPUID leaf 0x8000_0001, ECX: LZCNT, which an older CPU silently runs as
/// a different instruction.
const EXTENDED_ECX: u32 = bits(&[5]);
/// XCR0: the operating system saves the SSE and AVX registers.
const XCR0: u32 = bits(&[1, 2]);

const TEXT: &[u8] = include_bytes!("old_cpu.txt");
static MESSAGE: [u8; TEXT.len()] = *include_bytes!("old_cpu.txt");

/// Exit code of a refusal: the same as for bad input.
const EXIT_CODE: i32 = 2;
const STDERR: i32 = 2;
const SYS_WRITE: i32 = 1;
const SYS_EXIT_GROUP: i32 = 231;

// SAFETY: the C runtime calls every pointer in this section before `main` as a C function;
// this one reads no argument, touches no Rust state and preserves callee-saved registers.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = refuse_old_cpu;

const fn bits(positions: &[u32]) -> u32 {
    let mut mask = 0;
    let mut i = 0;
    while i < positions.len() {
        mask |= 1 << positions[i];
        i += 1;
    }
    mask
}

/// Returns if the CPU has every feature; otherwise writes the message and ends the process.
// SAFETY: the body is complete: it follows the System V ABI (rbx, the only callee-saved
// register it uses, is restored) and uses baseline x86-64 instructions; XGETBV comes after
// OSXSAVE was seen, and each CPUID leaf after its presence was.
#[unsafe(naked)]
extern "C" fn refuse_old_cpu() {
    naked_asm!(
        "push rbx",
        "xor eax, eax",
        "cpuid",
        "cmp eax, 7",
        "jb 2f",
        "mov eax, 1",
        "cpuid",
        "and ecx, {leaf_1_ecx}",
        "cmp ecx, {leaf_1_ecx}",
        "jne 2f",
        "xor ecx, ecx",
        "xgetbv",
        "and eax, {xcr0}",
        "cmp eax, {xcr0}",
        "jne 2f",
        "mov eax, 7",
        "xor ecx, ecx",
        "cpuid",
        "and ebx, {leaf_7_ebx}",
        "cmp ebx, {leaf_7_ebx}",
        "jne 2f",
        "mov eax, 0x80000000",
        "cpuid",
        "cmp eax, 0x80000001",
        "jb 2f",
        "mov eax, 0x80000001",
        "cpuid",
        "test ecx, {extended_ecx}",
        "jz 2f",
        "pop rbx",
        "ret",
        "2:",
        "mov eax, {write}",
        "mov edi, {stderr}",
        "lea rsi, [rip + {message}]",
        "mov edx, {length}",
        "syscall",
        "mov eax, {exit_group}",
        "mov edi, {exit_code}",
        "syscall",
        "ud2",
        leaf_1_ecx = const LEAF_1_ECX,
        leaf_7_ebx = const LEAF_7_EBX,
        extended_ecx = const EXTENDED_ECX,
        xcr0 = const XCR0,
        write = const SYS_WRITE,
        stderr = const STDERR,
        message = sym MESSAGE,
        length = const TEXT.len(),
        exit_group = const SYS_EXIT_GROUP,
        exit_code = const EXIT_CODE,
    )
}
