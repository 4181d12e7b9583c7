//! What all arenas of a batch have in common.

use rocketsim::{
    Arena, ArenaConfig, ArenaMemWeightMode, CarBodyConfig, CarControls, GameMode, Team,
};

use crate::columns::Columns;

/// "No contact yet in this episode", in ticks: `LONG_AGO` of `jaxrl/game/layout.py`.
pub const LONG_AGO: f32 = 1_048_576.0;

/// Settings of a batch; ticks are 1/120 s.
pub struct Rules {
    pub team_size: usize,
    pub tick_skip: u32,
    pub action_delay_ticks: u32,
    pub max_episode_ticks: i64,
    pub no_touch_ticks: i64,
    pub controls: Vec<CarControls>,
    pub neutral_action: usize,
    pub columns: Columns,
    /// RocketSim's index of each pad of a row.
    pub pads: Vec<usize>,
    /// Which of RocketSim's pads are large, by its index.
    pub large_pads: Vec<bool>,
    /// An arena in which nothing has happened: every episode begins as a copy of it, so that none depends on what was
    /// played before (wheels and contacts would remember).
    pub pristine: Arena,
}

impl Rules {
    pub fn num_cars(&self) -> usize {
        2 * self.team_size
    }

    pub fn row_size(&self) -> usize {
        self.columns.row_size(self.num_cars())
    }
}

/// A soccar arena with its cars, blue first.
pub fn new_arena(team_size: usize) -> Arena {
    let config = ArenaConfig::new(GameMode::Soccar)
        .with_mem_weight_mode(ArenaMemWeightMode::Light)
        .with_rng_seed(0);
    let mut arena = Arena::new_with_config(config);
    for team in [Team::Blue, Team::Orange] {
        for _ in 0..team_size {
            arena.add_car(team, CarBodyConfig::OCTANE);
        }
    }
    arena
}

/// RocketSim's index of the pad at each of `places` (x, y); the error names the first place without one.
pub fn pads_at(arena: &Arena, places: &[(f32, f32)]) -> Result<Vec<usize>, String> {
    let configs = arena.get_all_boost_pad_configs();
    let near = |place: &(f32, f32)| {
        configs
            .iter()
            .position(|pad| (pad.pos.x - place.0).abs() < 1.0 && (pad.pos.y - place.1).abs() < 1.0)
            .ok_or_else(|| format!("RocketSim has no boost pad at {place:?}"))
    };
    places.iter().map(near).collect()
}

/// Which of RocketSim's pads are large, by its index.
pub fn large_pads(arena: &Arena) -> Vec<bool> {
    let configs = arena.get_all_boost_pad_configs();
    configs.iter().map(|pad| pad.is_big).collect()
}
