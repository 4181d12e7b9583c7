//! What happens in an episode that the physics does not remember: touches, and how often cars did what.

use rocketsim::consts::car;
use rocketsim::{Arena, ArenaEvent, Vec3A};

use crate::rules::{LONG_AGO, Rules};

/// What a car did and what it suffered in this episode.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    pub bumps: f32,
    pub bumped: f32,
    pub demolished: f32,
    pub small_pads: f32,
    pub large_pads: f32,
    pub boost_used: f32,
    pub boost_gained: f32,
}

#[derive(Clone, Copy, Debug)]
pub struct CarCounts {
    pub ticks_since_contact: f32,
    pub touched: bool,     // in this decision
    pub first_touch: bool, // in the tick of the ball's first contact in this decision
    pub demos: f32,        // since the arena was made
    pub totals: Totals,
    pub action: usize,
    tank: Tank,
}

/// A car's boost after a tick.
#[derive(Clone, Copy, Debug, Default)]
struct Tank {
    boost: f32,
    burns: bool, // the next tick takes boost
    demoed: bool,
}

/// The ball's velocity before and after the tick of its first contact with a car in a decision.
#[derive(Clone, Copy, Debug)]
pub struct Touch {
    pub before: Vec3A,
    pub after: Vec3A,
}

pub struct Counts {
    pub cars: Vec<CarCounts>,
    pub touch: Option<Touch>, // in this decision
    pub ball_touched: bool,   // in this episode
}

impl Counts {
    /// Nothing has happened yet.
    pub fn new(rules: &Rules) -> Self {
        let car = CarCounts {
            ticks_since_contact: LONG_AGO,
            touched: false,
            first_touch: false,
            demos: 0.0,
            totals: Totals::default(),
            action: rules.neutral_action,
            tank: Tank::default(),
        };
        Self {
            cars: vec![car; rules.num_cars()],
            touch: None,
            ball_touched: false,
        }
    }

    /// Look at the arena as an episode starts.
    pub fn start(&mut self, arena: &Arena) {
        for c in 0..self.cars.len() {
            self.cars[c].tank = tank(arena, c);
        }
    }

    /// Play one tick and note what happens.
    pub fn play_tick(&mut self, arena: &mut Arena, rules: &Rules) {
        let before = arena.get_ball_state().vel;
        let first = self.touch.is_none();
        let mut contact = false;
        let mut pads = [None; 6]; // cars that take a pad
        for event in arena.step_tick() {
            match event {
                ArenaEvent::CarHitBall(hit) => {
                    let car = &mut self.cars[hit.car_idx];
                    car.touched = true;
                    car.first_touch |= first;
                    contact = true;
                }
                ArenaEvent::CarHitCar(hit) if hit.is_demo => {
                    self.cars[hit.bumper_car_idx].demos += 1.0;
                    self.cars[hit.victim_car_idx].totals.demolished += 1.0;
                }
                ArenaEvent::CarHitCar(hit) => {
                    self.cars[hit.bumper_car_idx].totals.bumps += 1.0;
                    self.cars[hit.victim_car_idx].totals.bumped += 1.0;
                }
                ArenaEvent::CarPickupBoost(pickup) => {
                    pads[pickup.car_idx] = Some(pickup.boost_pad_idx);
                }
                _ => {}
            }
        }
        if contact && first {
            let after = arena.get_ball_state().vel;
            self.touch = Some(Touch { before, after });
        }
        self.ball_touched |= contact;
        for (c, car) in self.cars.iter_mut().enumerate() {
            let now = tank(arena, c);
            car.totals
                .count_boost(car.tank, now, pads[c].map(|pad| rules.large_pads[pad]));
            car.tank = now;
        }
    }

    /// Whether a car touched the ball in this decision, of `ticks`; the next one begins when the row is written.
    pub fn end_decision(&mut self, ticks: u32) -> bool {
        let mut touched = false;
        for car in &mut self.cars {
            car.ticks_since_contact = if car.touched {
                0.0
            } else {
                car.ticks_since_contact + ticks as f32
            };
            touched |= std::mem::take(&mut car.touched);
        }
        touched
    }

    /// Forget the touch of a decision whose row has been written.
    pub fn begin_decision(&mut self) {
        if self.touch.take().is_some() {
            for car in &mut self.cars {
                car.first_touch = false;
            }
        }
    }
}

impl Totals {
    /// Count what a tick took from a tank and what a pad, if any, gave; `is_large` is its size.
    fn count_boost(&mut self, before: Tank, now: Tank, is_large: Option<bool>) {
        if before.demoed || now.demoed {
            return; // a car respawns with another tank
        }
        let Some(is_large) = is_large else {
            self.boost_used += before.boost - now.boost;
            return;
        };
        // the physics takes before pads give
        let cost = car::boost::USED_PER_SECOND * rocketsim::consts::TICK_TIME;
        let used = if before.burns {
            cost.min(before.boost)
        } else {
            0.0
        };
        self.boost_used += used;
        self.boost_gained += now.boost - (before.boost - used);
        *(if is_large {
            &mut self.large_pads
        } else {
            &mut self.small_pads
        }) += 1.0;
    }
}

fn tank(arena: &Arena, c: usize) -> Tank {
    let state = arena.get_car_state(c);
    Tank {
        boost: state.boost,
        burns: state.is_boosting,
        demoed: state.is_demoed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: f32 = 33.3 / 120.0; // of a tick

    fn of(boost: f32, burns: bool) -> Tank {
        Tank {
            boost,
            burns,
            demoed: false,
        }
    }

    #[test]
    fn a_small_pad_gives_twelve_while_boost_is_used() {
        let mut totals = Totals::default();
        totals.count_boost(of(50.0, true), of(62.0 - COST, true), Some(false));
        assert!((totals.boost_gained - 12.0).abs() < 1e-4);
        assert!((totals.boost_used - COST).abs() < 1e-4);
        assert_eq!((totals.small_pads, totals.large_pads), (1.0, 0.0));
    }

    #[test]
    fn a_large_pad_only_fills_the_tank() {
        let mut totals = Totals::default();
        totals.count_boost(of(90.0, false), of(100.0, false), Some(true));
        assert_eq!((totals.boost_gained, totals.boost_used), (10.0, 0.0));
        assert_eq!((totals.small_pads, totals.large_pads), (0.0, 1.0));
    }

    #[test]
    fn a_respawn_gains_and_uses_nothing() {
        let (mut totals, wreck) = (
            Totals::default(),
            Tank {
                demoed: true,
                ..of(80.0, true)
            },
        );
        totals.count_boost(of(80.0, true), wreck, None);
        totals.count_boost(wreck, of(100.0 / 3.0, false), None);
        assert_eq!((totals.boost_gained, totals.boost_used), (0.0, 0.0));
    }
}
