//! Signals that ask the program to stop: the first one ends the work with what there is, a second
//! one ends the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};

use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    SIGXFSZ,
};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};

use super::files;

/// Set by the first signal.
pub(super) static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes the first signal set [`INTERRUPTED`] and the second one end the process, without
/// incomplete files. Until this is called a signal ends the process, as anywhere.
pub(super) fn catch() {
    /// All that would end the process and can be caught, but for those of a crash.
    const ASKING: [i32; 10] = [
        SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    ];
    /// A shell's exit code of a process that a signal ended is this and the signal's number.
    const ENDED: i32 = 128;
    static ONCE: Once = Once::new();

    ONCE.call_once(|| {
        // A file that becomes too large for the process's limit is an error of that file.
        let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
        let wanted = ASKING
            .iter()
            .filter(|signal| **signal != SIGHUP || !ignores_hang_up());
        let Ok(mut signals) = Signals::new(wanted) else {
            return;
        };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if INTERRUPTED.swap(true, Ordering::Relaxed) {
                    files::give_up(|| low_level::exit(ENDED + signal));
                }
            }
        });
    });
}

/// Was the process told by `nohup` to outlive its terminal? Linux says so; elsewhere a hang-up
/// always stops the work.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // Signal n is bit n − 1.
    mask.unwrap_or(0) & (1 << (SIGHUP - 1)) != 0
}
