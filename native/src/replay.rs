//! Running episodes as what made them: seed, start and actions. Played again they are the same to the last bit, which
//! no snapshot of an arena is, since wheels and contacts remember.

use std::panic::{AssertUnwindSafe, catch_unwind};

use numpy::ndarray::ArrayView2;

use crate::batch::{Batch, share};
use crate::slot::End;

/// What an episode was made of so far. Actions are those of all cars, decision by decision.
#[derive(Clone, Default)]
pub struct Record {
    pub seed: u64,
    pub start: Option<Vec<f32>>, // None: a kickoff
    pub actions: Vec<u16>,
}

/// Play `records`, one for each arena, with `num_threads` threads. Returns whether every arena then shows its row of
/// `rows` `[N, F]` exactly; where one does not, the arenas are of no use before `Slot::start`.
pub fn replay(
    batch: &Batch,
    records: &[Record],
    rows: ArrayView2<'_, f32>,
    num_threads: usize,
) -> bool {
    let all = 0..batch.slots.len();
    let run = |t: usize| {
        share(&all, t, num_threads).all(|i| {
            let played = || replay_one(batch, i, &records[i], &rows.row(i).to_vec());
            catch_unwind(AssertUnwindSafe(played)).unwrap_or_else(|_| {
                batch.slots[i].clear_poison(); // `Slot::start` leaves nothing of what is there
                false
            })
        })
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..num_threads)
            .map(|t| scope.spawn(move || run(t)))
            .collect();
        // all of them are joined, whatever the first says
        let same: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(false))
            .collect();
        same.into_iter().all(|same| same)
    })
}

fn replay_one(batch: &Batch, i: usize, record: &Record, expected: &[f32]) -> bool {
    let Ok(mut slot) = batch.slots[i].lock() else {
        return false;
    };
    // SAFETY: no command is under way, and every arena is in one thread's share
    let row = unsafe { batch.buffers.state.row(i) };
    if !slot.start(&batch.rules, record.seed, record.start.as_deref(), row) {
        return false;
    }
    for chosen in record.actions.chunks_exact(batch.rules.num_cars()) {
        let actions: Vec<i32> = chosen.iter().map(|&action| action.into()).collect();
        if slot.step(&batch.rules, &actions, row) != End::None {
            return false;
        }
    }
    slot.adopt_counts(&batch.rules, expected, row);
    row.iter()
        .zip(expected)
        .all(|(found, shown)| found.is_finite() && found.to_bits() == shown.to_bits())
}
