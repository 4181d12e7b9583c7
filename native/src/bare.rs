//! Physics with nothing around it: the limit that collecting is measured against.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use numpy::ndarray::ArrayView3;

use crate::batch::{Batch, share};
use crate::cores::stay_on;

/// Step arenas with `actions` `[T, N, C]` and do nothing else: no rows, no ends of episodes, no Python. Returns the
/// time that the slowest of `num_threads` threads took; thread t runs on core `cores[t]`, without cores anywhere.
pub fn time(
    batch: &Batch,
    actions: ArrayView3<'_, i32>,
    num_threads: usize,
    cores: &[usize],
) -> Duration {
    let (all, together) = (0..batch.slots.len(), Barrier::new(num_threads));
    let run = |t: usize| {
        if let Some(&core) = cores.get(t) {
            stay_on(core);
        }
        let mut slots: Vec<_> = share(&all, t, num_threads)
            .map(|i| (i, batch.slots[i].lock().unwrap()))
            .collect();
        together.wait();
        let start = Instant::now();
        for decision in actions.outer_iter() {
            for (i, slot) in &mut slots {
                slot.step_bare(&batch.rules, decision.row(*i));
            }
        }
        start.elapsed()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..num_threads)
            .map(|t| scope.spawn(move || run(t)))
            .collect();
        let times = threads.into_iter().map(|thread| thread.join().unwrap());
        times.max().unwrap_or_default()
    })
}
