//! One arena and its running episode: played decision by decision, written into rows.

use numpy::ndarray::ArrayView1;
use rocketsim::consts::{ball, car};
use rocketsim::{Arena, ArenaEvent, BallState, CarCore, CarState, Mat3A, PhysState, Vec3A};

use crate::columns::{ArenaField, CarField};
use crate::rules::{LONG_AGO, Rules};

/// Numbers of a start state: ball position, velocity, spin, then for every car position, velocity, angular velocity,
/// yaw-pitch-roll and boost.
pub const BALL_START: usize = 9;
pub const CAR_START: usize = 13;

const LONG_AGO_SECONDS: f32 = 10.0;

/// What a car did that its physics does not remember.
#[derive(Clone, Copy)]
struct CarCounts {
    ticks_since_contact: f32,
    touched: bool, // since the row was last written
    demos: f32,
    action: usize,
}

const FRESH: CarCounts = CarCounts {
    ticks_since_contact: LONG_AGO,
    touched: false,
    demos: 0.0,
    action: 0,
};

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
    cars: Vec<CarCounts>,
    score: [f32; 2],
    scored: bool, // since the row was last written
    age_ticks: i64,
    no_touch_ticks: i64,
    begun: bool, // whether the next decision's delay has been played
}

impl Slot {
    pub fn new(rules: &Rules) -> Self {
        Self {
            arena: rules.pristine.clone(),
            cars: vec![
                CarCounts {
                    action: rules.neutral_action,
                    ..FRESH
                };
                rules.num_cars()
            ],
            score: [0.0; 2],
            scored: false,
            age_ticks: 0,
            no_touch_ticks: 0,
            begun: false,
        }
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
        let score = self.score;
        let demos: Vec<f32> = self.cars.iter().map(|car| car.demos).collect();
        *self = Self::new(rules);
        self.score = score; // counts that only grow: differences mean something
        for (car, demos) in self.cars.iter_mut().zip(demos) {
            car.demos = demos;
        }
        self.arena.rng.seed(seed);
        self.arena.reset_to_random_kickoff(Some(seed));
        if let Some(numbers) = start {
            place(&mut self.arena, numbers);
        }
        forget_flips(&mut self.arena);
        self.write(rules, row);
        row.iter().all(|x| x.is_finite())
    }

    /// Play the ticks of the next decision during which the last controls still hold.
    pub fn begin(&mut self, rules: &Rules) {
        if !self.begun {
            self.play(rules.action_delay_ticks);
            self.begun = true;
        }
    }

    /// Play the rest of a decision and write its row.
    pub fn step(&mut self, rules: &Rules, actions: &[i32], row: &mut [f32]) -> End {
        self.begin(rules);
        self.begun = false;
        for (c, &action) in actions.iter().enumerate() {
            self.cars[c].action = action as usize;
            self.arena
                .set_car_controls(c, rules.controls[action as usize]);
        }
        self.play(rules.tick_skip - rules.action_delay_ticks);
        if !self.is_finite() {
            return End::Broken;
        }
        let touched = self.cars.iter().any(|car| car.touched);
        let ticks = i64::from(rules.tick_skip);
        self.age_ticks += ticks;
        self.no_touch_ticks = if touched {
            0
        } else {
            self.no_touch_ticks + ticks
        };
        for car in &mut self.cars {
            car.ticks_since_contact = if car.touched {
                0.0
            } else {
                car.ticks_since_contact + rules.tick_skip as f32
            };
            car.touched = false;
        }
        let terminated = std::mem::take(&mut self.scored);
        if terminated {
            // a ball in the goal at +y is blue's
            self.score[usize::from(self.arena.get_ball_state().pos.y < 0.0)] += 1.0;
        }
        self.write(rules, row);
        if terminated {
            End::Terminated
        } else if self.age_ticks >= rules.max_episode_ticks
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

    fn play(&mut self, ticks: u32) {
        for _ in 0..ticks {
            for event in self.arena.step_tick() {
                match event {
                    ArenaEvent::CarHitBall(hit) => self.cars[hit.car_idx].touched = true,
                    ArenaEvent::CarHitCar(hit) if hit.is_demo => {
                        self.cars[hit.bumper_car_idx].demos += 1.0
                    }
                    _ => {}
                }
            }
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
        let columns = &rules.columns;
        let ball = self.arena.get_ball_state();
        let ball_max_speed = self.arena.mutator_config().ball_max_speed;
        // RocketSim 3 limits speeds at the begin of the next tick, so a state in between can be beyond what the game has
        for &(field, column) in &columns.arena {
            match field {
                ArenaField::Score => row[column..column + 2].copy_from_slice(&self.score),
                ArenaField::BallPosition => put(row, column, ball.pos),
                ArenaField::BallVelocity => {
                    put(row, column, ball.vel.clamp_length_max(ball_max_speed))
                }
                ArenaField::BallAngularVelocity => {
                    put(
                        row,
                        column,
                        ball.ang_vel.clamp_length_max(ball::MAX_ANG_SPEED),
                    );
                }
                ArenaField::Pads => {
                    for (i, &pad) in rules.pads.iter().enumerate() {
                        row[column + i] =
                            f32::from(self.arena.get_boost_pad_state(pad).cooldown <= 0.0);
                    }
                }
            }
        }
        for (c, counts) in self.cars.iter().enumerate() {
            let first = columns.arena_size + c * columns.car_size;
            let numbers = &mut row[first..first + columns.car_size];
            write_car(&columns.car, self.arena.get_car_state(c), counts, numbers);
        }
    }
}

fn write_car(columns: &[(CarField, usize)], state: &CarState, counts: &CarCounts, row: &mut [f32]) {
    for &(field, column) in columns {
        match field {
            CarField::Position => put(row, column, state.pos),
            CarField::Forward => put(row, column, state.rot_mat.x_axis),
            CarField::Up => put(row, column, state.rot_mat.z_axis),
            CarField::Velocity => put(row, column, state.vel.clamp_length_max(car::MAX_SPEED)),
            CarField::AngularVelocity => put(
                row,
                column,
                state.ang_vel.clamp_length_max(car::MAX_ANG_SPEED),
            ),
            CarField::Boost => row[column] = state.boost,
            CarField::OnGround => row[column] = f32::from(state.is_on_ground()),
            CarField::HasFlipOrJump => row[column] = f32::from(state.has_flip_or_jump()),
            CarField::Demoed => row[column] = f32::from(state.is_demoed),
            CarField::TicksSinceContact => row[column] = counts.ticks_since_contact,
            CarField::Demos => row[column] = counts.demos,
            CarField::PreviousAction => row[column] = counts.action as f32,
        }
    }
}

fn put(row: &mut [f32], column: usize, vector: Vec3A) {
    row[column..column + 3].copy_from_slice(&vector.to_array());
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
        arena.set_car_state(c, CarCore::grounded(phys, numbers[first + 12]));
    }
    for c in 0..arena.num_cars() {
        arena.refresh_car_contacts(c);
    }
}
