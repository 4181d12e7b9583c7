//! One arena and its running episode: played decision by decision, written into rows.

use numpy::ndarray::ArrayView1;
use rocketsim::consts::{TICK_RATE, car::jump::DOUBLEJUMP_MAX_DELAY};
use rocketsim::{Arena, BallState, CarCore, Mat3A, PhysState, Vec3A};

use crate::columns::{ArenaField, CarField};
use crate::counts::Counts;
use crate::replay::Record;
use crate::row::{self, Episode};
use crate::rules::Rules;

/// Numbers of a start state: ball position, velocity, spin, then for every car position, velocity, angular velocity,
/// yaw-pitch-roll, boost, for how long it keeps its flip in the air (seconds) and when it respawns (ticks).
pub const BALL_START: usize = 9;
pub const CAR_START: usize = 15;

const LONG_AGO_SECONDS: f32 = 10.0;

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    None,
    Terminated,
    Truncated,
    /// The physics produced NaN or infinity: the row before the decision stays.
    Broken,
}

pub struct Slot {
    arena: Arena,
    counts: Counts,
    episode: Episode,
    scored: bool, // since the row was last written
    no_touch_ticks: i64,
    begun: bool, // whether the next decision's delay has been played
    record: Record,
}

impl Slot {
    pub fn new(rules: &Rules) -> Self {
        Self {
            arena: rules.pristine.clone(),
            counts: Counts::new(rules),
            episode: Episode::default(),
            scored: false,
            no_touch_ticks: 0,
            begun: false,
            record: Record::default(),
        }
    }

    /// What the running episode was made of.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Start an episode whose every random number follows from `seed`, with a kickoff or as `start` says; write its
    /// first row. Returns whether all numbers are finite.
    pub fn start(
        &mut self,
        rules: &Rules,
        seed: u64,
        start: Option<&[f32]>,
        row: &mut [f32],
    ) -> bool {
        let (score, counts) = (self.episode.score, &self.counts.cars);
        let demos: Vec<f32> = counts.iter().map(|car| car.demos).collect();
        *self = Self::new(rules);
        self.episode.score = score; // counts that only grow: differences mean something
        for (car, demos) in self.counts.cars.iter_mut().zip(demos) {
            car.demos = demos;
        }
        self.arena.rng.seed(seed);
        self.arena.reset_to_random_kickoff(Some(seed));
        if let Some(numbers) = start {
            place(&mut self.arena, numbers);
        } else {
            // for the row alone: until the first tick RocketSim does not say which wheels touch the ground
            (0..rules.num_cars()).for_each(|c| self.arena.refresh_car_contact_state(c));
        }
        forget_flips(&mut self.arena);
        self.counts.start(&self.arena);
        self.record.seed = seed;
        self.record.start = start.map(<[f32]>::to_vec);
        self.write(rules, row);
        row.iter().all(|x| x.is_finite())
    }

    /// Take over the counts that only grow, which depend on earlier episodes, as `shown` has them.
    pub fn adopt_counts(&mut self, rules: &Rules, shown: &[f32], row: &mut [f32]) {
        let columns = &rules.columns;
        for &(_, at) in columns.arena.iter().filter(|f| f.0 == ArenaField::Score) {
            self.episode.score = [shown[at], shown[at + 1]];
            row[at..at + 2].copy_from_slice(&self.episode.score);
        }
        for (c, counts) in self.counts.cars.iter_mut().enumerate() {
            let first = columns.arena_size + c * columns.car_size;
            for &(_, column) in columns.car.iter().filter(|f| f.0 == CarField::Demos) {
                counts.demos = shown[first + column];
                row[first + column] = counts.demos;
            }
        }
    }

    /// Play the ticks of the next decision during which the last controls still hold.
    pub fn begin(&mut self, rules: &Rules) {
        if !self.begun {
            self.play(rules, rules.action_delay_ticks);
            self.begun = true;
        }
    }

    /// Play the rest of a decision and write its row.
    pub fn step(&mut self, rules: &Rules, actions: &[i32], row: &mut [f32]) -> End {
        self.begin(rules);
        self.begun = false;
        for (c, &action) in actions.iter().enumerate() {
            self.counts.cars[c].action = action as usize;
            self.record.actions.push(action as u16); // Arenas::new has checked that they fit
            self.arena
                .set_car_controls(c, rules.controls[action as usize]);
        }
        self.play(rules, rules.tick_skip - rules.action_delay_ticks);
        if !self.is_finite() {
            return End::Broken;
        }
        let touched = self.counts.end_decision(rules.tick_skip);
        let ticks = i64::from(rules.tick_skip);
        self.episode.age_ticks += ticks;
        self.no_touch_ticks = if touched {
            0
        } else {
            self.no_touch_ticks + ticks
        };
        let terminated = std::mem::take(&mut self.scored);
        if terminated {
            // a ball in the goal at +y is blue's
            self.episode.score[usize::from(self.arena.get_ball_state().pos.y < 0.0)] += 1.0;
        }
        self.write(rules, row);
        self.counts.begin_decision();
        if terminated {
            End::Terminated
        } else if self.episode.age_ticks >= rules.max_episode_ticks
            || self.no_touch_ticks >= rules.no_touch_ticks
        {
            End::Truncated
        } else {
            End::None
        }
    }

    /// Play a whole decision and look at nothing.
    pub fn step_bare(&mut self, rules: &Rules, actions: ArrayView1<'_, i32>) {
        for (c, &action) in actions.iter().enumerate() {
            self.arena
                .set_car_controls(c, rules.controls[action as usize]);
        }
        for _ in 0..rules.tick_skip {
            self.arena.step_tick();
        }
    }

    fn play(&mut self, rules: &Rules, ticks: u32) {
        for _ in 0..ticks {
            self.counts.play_tick(&mut self.arena, rules);
            self.scored |= self.arena.is_ball_scored();
        }
    }

    fn is_finite(&self) -> bool {
        finite(&self.arena.get_ball_state().phys)
            && self
                .arena
                .cars()
                .iter()
                .all(|car| finite(&car.get_state().phys))
    }

    fn write(&self, rules: &Rules, row: &mut [f32]) {
        row::write(&self.arena, &self.counts, &self.episode, rules, row);
    }
}

fn finite(phys: &PhysState) -> bool {
    phys.pos.is_finite()
        && phys.vel.is_finite()
        && phys.ang_vel.is_finite()
        && phys.rot_mat.is_finite()
}

/// Let the last flip of every car be long ago. RocketSim 3 locks the pitch for 0.3 s after a flip whether there was one or
/// not, so that a new car could not pitch at first.
fn forget_flips(arena: &mut Arena) {
    for c in 0..arena.num_cars() {
        arena.edit_car_state_full(c, |car| car.flip_time = LONG_AGO_SECONDS);
    }
}

/// Put the ball and all cars where a start state has them.
fn place(arena: &mut Arena, numbers: &[f32]) {
    let vector = |i: usize| Vec3A::new(numbers[i], numbers[i + 1], numbers[i + 2]);
    let mut ball = BallState::DEFAULT;
    (ball.phys.pos, ball.phys.vel, ball.phys.ang_vel) = (vector(0), vector(3), vector(6));
    arena.set_ball_state(ball);
    for c in 0..arena.num_cars() {
        let first = BALL_START + c * CAR_START;
        let (yaw, pitch, roll) = (numbers[first + 9], numbers[first + 10], numbers[first + 11]);
        let phys = PhysState {
            pos: vector(first),
            vel: vector(first + 3),
            ang_vel: vector(first + 6),
            rot_mat: Mat3A::from_rotation_z(yaw)
                * Mat3A::from_rotation_y(-pitch)
                * Mat3A::from_rotation_x(-roll),
        };
        let mut core = CarCore::grounded(phys, numbers[first + 12]);
        let (flip_seconds, respawn_ticks) = (numbers[first + 13], numbers[first + 14]);
        if flip_seconds <= DOUBLEJUMP_MAX_DELAY {
            core.has_jumped = true;
            core.has_double_jumped = flip_seconds <= 0.0;
            core.air_time_since_jump = DOUBLEJUMP_MAX_DELAY - flip_seconds.max(0.0);
            core.jump_ticks = (core.air_time_since_jump * TICK_RATE) as u32;
        }
        if respawn_ticks > 0.0 {
            core.is_demoed = true;
            core.demo_respawn_timer = respawn_ticks / TICK_RATE;
        }
        arena.set_car_state(c, core);
    }
    for c in 0..arena.num_cars() {
        arena.refresh_car_contacts(c);
    }
}
