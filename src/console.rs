//! Standard output and standard error, for both programs.

use std::io::{self, ErrorKind, Write as _};

use edgecert::visible;

/// Exit code if a file or standard output could not be read or written.
pub const INPUT_OUTPUT: u8 = 3;

/// Prints text to standard output, with whatever a terminal would obey made visible. Returns the
/// exit code of that: a reader that went away (`| head`) is not an error of ours.
pub fn print(text: &str) -> u8 {
    print_styled(&visible::lines(text))
}

/// The same for text with escape sequences of our own; whatever comes from files is visible in it.
pub fn print_styled(text: &str) -> u8 {
    match write(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            say(&format!("error: cannot write to standard output: {error}"));
            INPUT_OUTPUT
        }
        _ => 0,
    }
}

/// Writes to standard output as it is.
///
/// # Errors
/// Whatever hinders that, also that standard output is closed.
pub fn write(text: &str) -> io::Result<()> {
    if closed::stdout() {
        return Err(io::Error::other("it is closed"));
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a line to standard error, with whatever a terminal would obey made visible. If nobody
/// listens there, the exit code tells the rest.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", visible::lines(line));
}

/// Whether standard output was closed when the process started.
///
/// Rust opens `/dev/null` in its place before `main`, so that all that is written there gets
/// lost without an error: it has to be asked before. Start-up hooks are named per object format;
/// where there is none, nothing is known and standard output counts as open.
mod closed {
    use std::sync::atomic::{AtomicBool, Ordering};

    static STDOUT: AtomicBool = AtomicBool::new(false);

    pub fn stdout() -> bool {
        STDOUT.load(Ordering::Relaxed)
    }

    #[cfg(any(target_os = "linux", target_os = "macos"))]
    extern "C" fn look() {
        unsafe extern "C" {
            fn fcntl(descriptor: i32, command: i32, ...) -> i32;
        }
        const STANDARD_OUTPUT: i32 = 1;
        // `F_GETFD`, on every Unix; −1 is its answer for a descriptor that is not open.
        const GET_FLAGS: i32 = 1;
        // SAFETY: `fcntl` has this signature in POSIX; with `F_GETFD` it takes no further
        // argument and changes nothing.
        let flags = unsafe { fcntl(STANDARD_OUTPUT, GET_FLAGS) };
        STDOUT.store(flags == -1, Ordering::Relaxed);
    }

    // SAFETY: the C runtime calls every pointer in this section before `main` as a C function;
    // this one reads no argument and needs nothing of Rust's runtime.
    #[used]
    #[cfg(target_os = "linux")]
    #[unsafe(link_section = ".init_array")]
    static BEFORE_MAIN: extern "C" fn() = look;

    // SAFETY: as above.
    #[used]
    #[cfg(target_os = "macos")]
    #[unsafe(link_section = "__DATA,__mod_init_func")]
    static BEFORE_MAIN: extern "C" fn() = look;
}
