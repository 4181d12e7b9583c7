//! The arenas of an environment, and how a thread plays one of them.

use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use crate::buffers::Buffers;
use crate::rules::Rules;
use crate::slot::{End, Slot};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Begin,
    Step,
}

/// All arenas of a batch. A lock is held by one thread at a time: the one that steps the arena, or the caller's between
/// two commands.
pub struct Batch {
    pub rules: Rules,
    pub slots: Vec<Mutex<Slot>>,
    pub buffers: Buffers,
}

impl Batch {
    /// Play what `command` asks of arena `i`; returns what went wrong.
    pub fn play(&self, command: Command, i: usize) -> Result<(), String> {
        let play = || match command {
            Command::Begin => self.slots[i].lock().unwrap().begin(&self.rules),
            Command::Step => self.step(i),
        };
        catch_unwind(AssertUnwindSafe(play))
            .map_err(|panic| format!("arena {i}: {}", reason(&*panic)))
    }

    fn step(&self, i: usize) {
        let buffers = &self.buffers;
        // SAFETY: this thread alone has taken arena i, and the caller keeps the arrays and waits for us
        let (actions, row, final_row) = unsafe {
            (
                buffers.actions.row(i),
                buffers.state.row(i),
                buffers.final_state.row(i),
            )
        };
        let (terminated, truncated, rebuilt) = unsafe {
            (
                &mut buffers.terminated.row(i)[0],
                &mut buffers.truncated.row(i)[0],
                &mut buffers.rebuilt.row(i)[0],
            )
        };
        let end = self.slots[i]
            .lock()
            .unwrap()
            .step(&self.rules, actions, row);
        (*terminated, *truncated) = (
            end == End::Terminated,
            matches!(end, End::Truncated | End::Broken),
        );
        *rebuilt += i32::from(end == End::Broken);
        if end != End::None {
            final_row.copy_from_slice(row);
        }
    }
}

/// Thread `t`'s part of a group: all parts are equal to within one arena.
pub fn share(group: &Range<usize>, t: usize, num_threads: usize) -> Range<usize> {
    let bound = |t: usize| group.start + group.len() * t / num_threads;
    bound(t)..bound(t + 1)
}

pub fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "panic".to_string())
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_are_equal_to_within_one_arena_and_cover_the_group() {
        for num_threads in 1..7 {
            let shares: Vec<_> = (0..num_threads)
                .map(|t| share(&(10..27), t, num_threads))
                .collect();
            assert_eq!(shares[0].start, 10);
            assert_eq!(shares[num_threads - 1].end, 27);
            assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start));
            let sizes: Vec<_> = shares.iter().map(ExactSizeIterator::len).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }
}
