//! A row: what an arena and its cars are like after a decision.

use rocketsim::consts::{TICK_RATE, ball, car};
use rocketsim::{Arena, CarState, Vec3A};

use crate::columns::{ArenaField, CarField};
use crate::counts::{CarCounts, Counts, Touch};
use crate::rules::Rules;

const NUM_PADS: usize = 34;

/// What a row says of an arena beside its physics.
#[derive(Default)]
pub struct Episode {
    pub score: [f32; 2], // since the arena was made
    pub age_ticks: i64,
}

/// Write all fields. RocketSim 3 limits speeds at the begin of the next tick, so a state in between can be beyond what
/// the game has.
pub fn write(arena: &Arena, counts: &Counts, episode: &Episode, rules: &Rules, row: &mut [f32]) {
    let columns = &rules.columns;
    write_arena(arena, counts, episode, rules, row);
    for (c, car) in counts.cars.iter().enumerate() {
        let first = columns.arena_size + c * columns.car_size;
        let numbers = &mut row[first..first + columns.car_size];
        write_car(&columns.car, arena.get_car_state(c), car, numbers);
    }
}

fn write_arena(arena: &Arena, counts: &Counts, episode: &Episode, rules: &Rules, row: &mut [f32]) {
    let ball = arena.get_ball_state();
    let max_speed = arena.mutator_config().ball_max_speed;
    // read once for both fields: RocketSim copies a list of cars with every pad
    let mut seconds = [0.0; NUM_PADS];
    for (left, &pad) in seconds.iter_mut().zip(&rules.pads) {
        *left = arena.get_boost_pad_state(pad).cooldown;
    }
    let touch = counts.touch.unwrap_or(Touch {
        before: Vec3A::ZERO,
        after: Vec3A::ZERO,
    });
    for &(field, column) in &rules.columns.arena {
        match field {
            ArenaField::Score => row[column..column + 2].copy_from_slice(&episode.score),
            ArenaField::BallPosition => put(row, column, ball.pos),
            ArenaField::BallVelocity => put(row, column, ball.vel.clamp_length_max(max_speed)),
            ArenaField::BallAngularVelocity => put(
                row,
                column,
                ball.ang_vel.clamp_length_max(ball::MAX_ANG_SPEED),
            ),
            ArenaField::Pads => {
                for (number, left) in row[column..].iter_mut().zip(&seconds) {
                    *number = f32::from(*left <= 0.0);
                }
            }
            ArenaField::PadSeconds => {
                row[column..column + seconds.len()].copy_from_slice(&seconds);
            }
            ArenaField::TicksSinceKickoff => row[column] = episode.age_ticks as f32,
            ArenaField::BallTouched => row[column] = f32::from(counts.ball_touched),
            ArenaField::BallVelocityBeforeTouch => {
                put(row, column, touch.before.clamp_length_max(max_speed));
            }
            ArenaField::BallVelocityAfterTouch => {
                put(row, column, touch.after.clamp_length_max(max_speed));
            }
        }
    }
}

fn write_car(columns: &[(CarField, usize)], state: &CarState, counts: &CarCounts, row: &mut [f32]) {
    use CarField as F;
    let (totals, flag) = (&counts.totals, f32::from);
    for &(field, column) in columns {
        match field {
            F::Position => put(row, column, state.pos),
            F::Forward => put(row, column, state.rot_mat.x_axis),
            F::Up => put(row, column, state.rot_mat.z_axis),
            F::Velocity => put(row, column, state.vel.clamp_length_max(car::MAX_SPEED)),
            F::AngularVelocity => {
                let spin = state.ang_vel.clamp_length_max(car::MAX_ANG_SPEED);
                put(row, column, spin);
            }
            F::Boost => row[column] = state.boost,
            F::OnGround => row[column] = flag(is_on_ground(state)),
            F::HasFlipOrJump => row[column] = flag(state.has_flip_or_jump()),
            F::Demoed => row[column] = flag(state.is_demoed),
            F::TicksSinceContact => row[column] = counts.ticks_since_contact,
            F::Demos => row[column] = counts.demos,
            F::PreviousAction => row[column] = counts.action as f32,
            F::FirstTouch => row[column] = flag(counts.first_touch),
            F::HasJumped => row[column] = flag(state.has_jumped),
            F::IsJumping => row[column] = flag(state.is_jumping),
            F::JumpTime => row[column] = jump_time(state),
            F::HasDoubleJumped => row[column] = flag(state.has_double_jumped),
            F::HasFlipped => row[column] = flag(state.has_flipped),
            F::IsFlipping => row[column] = flag(state.is_flipping),
            F::FlipTime => row[column] = flip_time(state),
            F::FlipDirection => row[column..column + 2].copy_from_slice(&flip_direction(state)),
            F::AirTime => row[column] = state.air_time,
            F::AirTimeSinceJump => row[column] = state.air_time_since_jump,
            F::WheelsInContact => {
                let wheels = state.wheels_with_contact();
                row[column..column + 4].copy_from_slice(&wheels.map(|wheel| flag(wheel.is_some())));
            }
            F::SurfaceNormal => {
                let normal = state.world_contact_normal().unwrap_or(Vec3A::ZERO);
                put(row, column, normal);
            }
            F::Supersonic => row[column] = flag(state.is_supersonic),
            F::Handbrake => row[column] = state.handbrake_val,
            F::Boosting => row[column] = flag(state.is_boosting),
            F::TicksUntilRespawn => row[column] = ticks_until_respawn(state),
            F::Bumps => row[column] = totals.bumps,
            F::Bumped => row[column] = totals.bumped,
            F::Demolished => row[column] = totals.demolished,
            F::SmallPads => row[column] = totals.small_pads,
            F::LargePads => row[column] = totals.large_pads,
            F::BoostUsed => row[column] = totals.boost_used,
            F::BoostGained => row[column] = totals.boost_gained,
        }
    }
}

fn put(row: &mut [f32], column: usize, vector: Vec3A) {
    row[column..column + 3].copy_from_slice(&vector.to_array());
}

/// RocketSim's own flag is also set in the tick of a respawn, above the ground.
fn is_on_ground(state: &CarState) -> bool {
    let wheels = state.wheels_with_contact();
    wheels.iter().filter(|wheel| wheel.is_some()).count() >= 3
}

/// RocketSim's count goes on after a jump.
fn jump_time(state: &CarState) -> f32 {
    if state.is_jumping {
        state.jump_time()
    } else {
        0.0
    }
}

/// RocketSim begins anew when the torque of a flip ends, and counts on the ground, too.
fn flip_time(state: &CarState) -> f32 {
    match (state.has_flipped, state.is_flipping) {
        (false, _) => 0.0,
        (true, true) => state.flip_time,
        (true, false) => car::flip::TORQUE_TIME + state.flip_time,
    }
}

/// Ahead and to the right. RocketSim keeps the axis that the flip turns about, and after a landing, too.
fn flip_direction(state: &CarState) -> [f32; 2] {
    if state.has_flipped {
        [state.flip_rel_torque.y, -state.flip_rel_torque.x]
    } else {
        [0.0; 2]
    }
}

fn ticks_until_respawn(state: &CarState) -> f32 {
    if state.is_demoed {
        (state.demo_respawn_timer * TICK_RATE).round()
    } else {
        0.0
    }
}
