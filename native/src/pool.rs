//! Threads that step arenas: each begins with its own share of a group and helps the others when it is done. No arena
//! knows which thread steps it, so the number of threads never changes a result.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use crate::batch::{Batch, Command, share};
use crate::cores::{give_way, stay_on};

/// How many threads are still busy with a group, and what went wrong in it.
#[derive(Default)]
struct Progress {
    busy: usize,
    failure: Option<String>,
}

struct Group {
    shares: Vec<Range<usize>>, // of every thread
    progress: Mutex<Progress>,
    done: Condvar,
    steps: AtomicBool, // whether a step was sent: what is left to begin is then begun by it
}

/// A command to a group, and for every share the next arena of it that nobody has taken.
struct Job {
    command: Command,
    group: usize,
    next: Vec<AtomicUsize>,
}

pub struct Pool {
    batch: Arc<Batch>,
    groups: Arc<Vec<Group>>,
    senders: Vec<Sender<Arc<Job>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Start `num_threads` threads.
    ///
    /// With one group they and the learner take turns, and thread t stays on core `cores[t]` if that is given. With more
    /// all run at once: the learner goes first, and a thread whose core is busy goes elsewhere.
    pub fn new(batch: Batch, groups: &[Range<usize>], num_threads: usize, cores: &[usize]) -> Self {
        let batch = Arc::new(batch);
        let states = groups.iter().map(|group| Group {
            shares: (0..num_threads)
                .map(|t| share(group, t, num_threads))
                .collect(),
            progress: Mutex::default(),
            done: Condvar::new(),
            steps: AtomicBool::new(false),
        });
        let mut pool = Self {
            batch,
            groups: Arc::new(states.collect()),
            senders: vec![],
            threads: vec![],
        };
        for t in 0..num_threads {
            let (sender, receiver) = channel::<Arc<Job>>();
            let (batch, states, core) = (
                pool.batch.clone(),
                pool.groups.clone(),
                cores.get(t).copied(),
            );
            let run = move || {
                if states.len() > 1 {
                    give_way();
                } else if let Some(core) = core {
                    stay_on(core);
                }
                for job in receiver {
                    let group = &states[job.group];
                    group.finish(job.run(&batch, group, t));
                }
            };
            let thread = std::thread::Builder::new()
                .name(format!("jaxrl-arenas-{t}"))
                .spawn(run);
            pool.threads.push(thread.expect("a thread can be started"));
            pool.senders.push(sender);
        }
        pool
    }

    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Start a command on a group; `wait` before anything else is asked of that group.
    pub fn send(&self, command: Command, group: usize) {
        let state = &self.groups[group];
        state.progress.lock().unwrap().busy += self.senders.len();
        state
            .steps
            .store(command == Command::Step, Ordering::Relaxed);
        let next = state.shares.iter().map(|share| share.start.into());
        let job = Arc::new(Job {
            command,
            group,
            next: next.collect(),
        });
        for sender in &self.senders {
            sender
                .send(job.clone())
                .expect("threads live as long as the pool");
        }
    }

    /// Wait until all commands of a group are done; returns what went wrong.
    pub fn wait(&self, group: usize) -> Result<(), String> {
        let Group { progress, done, .. } = &self.groups[group];
        let mut progress = done
            .wait_while(progress.lock().unwrap(), |progress| progress.busy > 0)
            .unwrap();
        progress.failure.take().map_or(Ok(()), Err)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.senders.clear(); // which ends the threads' loops
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Group {
    fn finish(&self, result: Result<(), String>) {
        let mut progress = self.progress.lock().unwrap();
        progress.busy -= 1;
        if let Err(failure) = result {
            progress.failure.get_or_insert(failure);
        }
        if progress.busy == 0 {
            self.done.notify_all();
        }
    }
}

impl Job {
    /// Do thread `t`'s share, then what the others have not come to.
    fn run(&self, batch: &Batch, group: &Group, t: usize) -> Result<(), String> {
        let num_threads = group.shares.len();
        for k in (t..num_threads).chain(0..t) {
            loop {
                let i = self.next[k].fetch_add(1, Ordering::Relaxed);
                if i >= group.shares[k].end {
                    break;
                }
                // a step that was sent begins the arena itself, which is then read into the cache once instead of twice
                if self.command == Command::Begin && group.steps.load(Ordering::Relaxed) {
                    return Ok(());
                }
                batch.play(self.command, i)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use rocketsim::{Arena, ArenaConfig, CarBodyConfig, CarControls, GameMode, Team};

    use super::*;
    use crate::buffers::{Buffers, Rows};
    use crate::columns::Columns;
    use crate::rules::Rules;
    use crate::slot::Slot;

    /// Arenas of 1v1 whose episodes last one decision, and the arrays that they write to.
    struct World {
        actions: Vec<i32>,
        rows: Vec<f32>,
        last_rows: Vec<f32>,
        terminated: Vec<bool>,
        truncated: Vec<bool>,
        rebuilt: Vec<i32>,
    }

    impl World {
        fn new(num_arenas: usize) -> Self {
            Self {
                actions: vec![0; 2 * num_arenas],
                rows: vec![0.0; 2 * num_arenas],
                last_rows: vec![0.0; 2 * num_arenas],
                terminated: vec![false; num_arenas],
                truncated: vec![false; num_arenas],
                rebuilt: vec![0; num_arenas],
            }
        }

        /// All arenas as one group; no longer there when the arrays are read.
        fn pool(&mut self, num_threads: usize) -> Pool {
            let void = ArenaConfig::new(GameMode::TheVoid); // which needs no meshes
            let mut pristine = Arena::new_with_config(void);
            for team in [Team::Blue, Team::Orange] {
                pristine.add_car(team, CarBodyConfig::OCTANE);
            }
            let rules = Rules {
                team_size: 1,
                tick_skip: 8,
                action_delay_ticks: 1,
                max_episode_ticks: 8,
                no_touch_ticks: 8,
                controls: vec![CarControls::default()],
                neutral_action: 0,
                columns: Columns::new(&[("score".to_string(), 0)], &[], 2, 0).unwrap(),
                pads: vec![],
                large_pads: vec![],
                pristine,
            };
            let buffers = Buffers {
                actions: Rows::of(&mut self.actions, 2),
                state: Rows::of(&mut self.rows, 2),
                final_state: Rows::of(&mut self.last_rows, 2),
                terminated: Rows::of(&mut self.terminated, 1),
                truncated: Rows::of(&mut self.truncated, 1),
                rebuilt: Rows::of(&mut self.rebuilt, 1),
            };
            let arenas = 0..self.rebuilt.len();
            let slots = arenas.clone().map(|_| Slot::new(&rules).into()).collect();
            let batch = Batch {
                rules,
                slots,
                buffers,
            };
            Pool::new(batch, std::slice::from_ref(&arenas), num_threads, &[])
        }
    }

    /// The second of three is told to do what is not in the table of actions, which panics in the middle of its
    /// decision. (`Arenas.send_step` would have refused it; no state was found in which RocketSim itself panics.)
    #[test]
    fn a_panic_names_its_arena_and_the_others_are_played() {
        let mut world = World::new(3);
        world.actions[2] = 1000;
        let pool = world.pool(3);
        pool.send(Command::Step, 0);
        let failure = pool.wait(0).unwrap_err();
        assert!(
            failure.starts_with("arena 1: index out of bounds"),
            "{failure}"
        );
        drop(pool);
        assert_eq!(world.truncated, [true, false, true]);
    }

    /// One of two threads waits for an arena that somebody else holds; the other three are played all the same.
    #[test]
    fn a_thread_that_is_held_up_is_helped() {
        let mut world = World::new(4);
        let pool = world.pool(2);
        let held = pool.batch().slots[0].lock().unwrap();
        pool.send(Command::Step, 0);
        let deadline = Instant::now() + Duration::from_secs(10);
        let played = |i: usize| {
            pool.batch().slots[i]
                .try_lock()
                .is_ok_and(|slot| !slot.record().actions.is_empty())
        };
        while !(1..4).all(played) {
            assert!(Instant::now() < deadline, "nobody helps");
            std::thread::yield_now();
        }
        drop(held);
        pool.wait(0).unwrap();
        drop(pool);
        assert_eq!(world.truncated, [true; 4]);
    }
}
