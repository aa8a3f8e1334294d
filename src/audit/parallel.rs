//! Independent jobs on several threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Runs jobs 0 to `count` − 1 on up to `threads` threads; `done` is told, on this thread, how
/// many are finished. The results come in the order of the jobs, whatever the number of
/// threads.
pub(crate) fn run<T: Send>(
    threads: usize,
    count: usize,
    job: impl Fn(usize) -> T + Sync,
    mut done: impl FnMut(usize),
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, count.max(1)) {
            let (sender, next, job) = (sender.clone(), &next, &job);
            scope.spawn(move || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    if i >= count || sender.send((i, job(i))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (finished, (i, result)) in receiver.iter().enumerate() {
            results[i] = Some(result);
            done(finished + 1);
        }
    });
    // A job that panicked has ended the scope already.
    results.into_iter().flatten().collect()
}
