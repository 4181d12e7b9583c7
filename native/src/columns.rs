//! Where each field of a row goes: the table itself is jaxrl's (`jaxrl/game/layout.py`), which hands over the columns.

/// Numbers that an arena's row can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArenaField {
    Score,
    BallPosition,
    BallVelocity,
    BallAngularVelocity,
    Pads,
    PadSeconds,
    TicksSinceKickoff,
    BallTouched,
    BallVelocityBeforeTouch,
    BallVelocityAfterTouch,
}

/// Numbers that a row can hold of every car.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarField {
    Position,
    Forward,
    Up,
    Velocity,
    AngularVelocity,
    Boost,
    OnGround,
    HasFlipOrJump,
    Demoed,
    TicksSinceContact,
    Demos,
    PreviousAction,
    FirstTouch,
    HasJumped,
    IsJumping,
    JumpTime,
    HasDoubleJumped,
    HasFlipped,
    IsFlipping,
    FlipTime,
    FlipDirection,
    AirTime,
    AirTimeSinceJump,
    WheelsInContact,
    SurfaceNormal,
    Supersonic,
    Handbrake,
    Boosting,
    TicksUntilRespawn,
    Bumps,
    Bumped,
    Demolished,
    SmallPads,
    LargePads,
    BoostUsed,
    BoostGained,
}

/// The columns of a row: of the arena's fields, and of every car's fields counted from the car's first.
#[derive(Clone, Debug)]
pub struct Columns {
    pub arena: Vec<(ArenaField, usize)>,
    pub car: Vec<(CarField, usize)>,
    pub arena_size: usize,
    pub car_size: usize,
}

impl Columns {
    /// Resolve (name, column) pairs; the error names the first field that this physics cannot fill.
    pub fn new(
        arena: &[(String, usize)],
        car: &[(String, usize)],
        arena_size: usize,
        car_size: usize,
    ) -> Result<Self, String> {
        let arena = arena
            .iter()
            .map(|(name, column)| Ok((arena_field(name)?, *column)));
        let car = car
            .iter()
            .map(|(name, column)| Ok((car_field(name)?, *column)));
        Ok(Self {
            arena: arena.collect::<Result<_, String>>()?,
            car: car.collect::<Result<_, String>>()?,
            arena_size,
            car_size,
        })
    }

    /// Numbers in the row of an arena with `num_cars` cars.
    pub fn row_size(&self, num_cars: usize) -> usize {
        self.arena_size + self.car_size * num_cars
    }
}

fn arena_field(name: &str) -> Result<ArenaField, String> {
    Ok(match name {
        "score" => ArenaField::Score,
        "ball_position" => ArenaField::BallPosition,
        "ball_velocity" => ArenaField::BallVelocity,
        "ball_angular_velocity" => ArenaField::BallAngularVelocity,
        "pads" => ArenaField::Pads,
        "pad_seconds" => ArenaField::PadSeconds,
        "ticks_since_kickoff" => ArenaField::TicksSinceKickoff,
        "ball_touched" => ArenaField::BallTouched,
        "ball_velocity_before_touch" => ArenaField::BallVelocityBeforeTouch,
        "ball_velocity_after_touch" => ArenaField::BallVelocityAfterTouch,
        _ => {
            return Err(format!(
                "RocketSim 3 does not fill the arena's field {name:?}"
            ));
        }
    })
}

fn car_field(name: &str) -> Result<CarField, String> {
    Ok(match name {
        "position" => CarField::Position,
        "forward" => CarField::Forward,
        "up" => CarField::Up,
        "velocity" => CarField::Velocity,
        "angular_velocity" => CarField::AngularVelocity,
        "boost" => CarField::Boost,
        "on_ground" => CarField::OnGround,
        "has_flip_or_jump" => CarField::HasFlipOrJump,
        "demoed" => CarField::Demoed,
        "ticks_since_contact" => CarField::TicksSinceContact,
        "demos" => CarField::Demos,
        "previous_action" => CarField::PreviousAction,
        "first_touch" => CarField::FirstTouch,
        "has_jumped" => CarField::HasJumped,
        "is_jumping" => CarField::IsJumping,
        "jump_time" => CarField::JumpTime,
        "has_double_jumped" => CarField::HasDoubleJumped,
        "has_flipped" => CarField::HasFlipped,
        "is_flipping" => CarField::IsFlipping,
        "flip_time" => CarField::FlipTime,
        "flip_direction" => CarField::FlipDirection,
        "air_time" => CarField::AirTime,
        "air_time_since_jump" => CarField::AirTimeSinceJump,
        "wheels_in_contact" => CarField::WheelsInContact,
        "surface_normal" => CarField::SurfaceNormal,
        "supersonic" => CarField::Supersonic,
        "handbrake" => CarField::Handbrake,
        "boosting" => CarField::Boosting,
        "ticks_until_respawn" => CarField::TicksUntilRespawn,
        "bumps" => CarField::Bumps,
        "bumped" => CarField::Bumped,
        "demolished" => CarField::Demolished,
        "small_pads" => CarField::SmallPads,
        "large_pads" => CarField::LargePads,
        "boost_used" => CarField::BoostUsed,
        "boost_gained" => CarField::BoostGained,
        _ => {
            return Err(format!(
                "RocketSim 3 does not fill the car's field {name:?}"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_field_is_named() {
        let wrong = Columns::new(&[], &[("wings".to_string(), 0)], 0, 1).unwrap_err();
        assert!(wrong.contains("\"wings\""), "{wrong}");
    }

    #[test]
    fn a_row_holds_the_arena_and_then_the_cars() {
        let columns = Columns::new(
            &[("score".to_string(), 0)],
            &[("boost".to_string(), 0)],
            2,
            1,
        )
        .unwrap();
        assert_eq!(columns.row_size(4), 6);
    }
}
