//! Jobs on several threads, taken in order.

use rayon::ThreadPool;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Do jobs until `stop` says so; what was not done gives nothing. Every thread takes the next job in order, so that an
/// interruption leaves a long prefix.
pub(crate) fn in_order<J: Sync, T: Send>(
    pool: &ThreadPool,
    jobs: &[J],
    stop: impl Fn() -> bool + Sync,
    work: impl Fn(&J) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<T>>> = Mutex::new(std::iter::repeat_with(|| None).take(jobs.len()).collect());
    pool.broadcast(|_| {
        while !stop() {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(at) else { break };
            let result = work(job);
            if let Some(place) = done.lock().unwrap_or_else(PoisonError::into_inner).get_mut(at) {
                *place = result;
            }
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}
