//! The settings of a batch as Python gives them.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rocketsim::CarControls;

use crate::columns::Columns;
use crate::rules::{Rules, large_pads, new_arena, pads_at};

/// What all arenas have in common, and where their numbers go. Ticks are 1/120 s.
#[pyclass(frozen, from_py_object)]
#[derive(Clone)]
pub struct Settings {
    team_size: usize,
    tick_skip: u32,
    action_delay_ticks: u32,
    max_episode_ticks: i64,
    no_touch_ticks: i64,
    controls: Vec<[f32; 8]>,
    neutral_action: usize,
    columns: Columns,
    pad_places: Vec<(f32, f32)>,
}

#[pymethods]
impl Settings {
    /// `controls` are the rows of the action table; `arena_columns` and `car_columns` (name, first column) of a row.
    #[new]
    #[pyo3(signature = (*, team_size, tick_skip, action_delay_ticks, max_episode_ticks, no_touch_ticks, controls,
        neutral_action, arena_columns, car_columns, arena_size, car_size, pad_places))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        team_size: usize,
        tick_skip: u32,
        action_delay_ticks: u32,
        max_episode_ticks: i64,
        no_touch_ticks: i64,
        controls: Vec<[f32; 8]>,
        neutral_action: usize,
        arena_columns: Vec<(String, usize)>,
        car_columns: Vec<(String, usize)>,
        arena_size: usize,
        car_size: usize,
        pad_places: Vec<(f32, f32)>,
    ) -> PyResult<Self> {
        if action_delay_ticks > tick_skip {
            return Err(PyValueError::new_err(
                "action_delay_ticks: at most tick_skip",
            ));
        }
        let columns = Columns::new(&arena_columns, &car_columns, arena_size, car_size)
            .map_err(PyValueError::new_err)?;
        Ok(Self {
            team_size,
            tick_skip,
            action_delay_ticks,
            max_episode_ticks,
            no_touch_ticks,
            controls,
            neutral_action,
            columns,
            pad_places,
        })
    }
}

impl Settings {
    pub fn rules(&self) -> Result<Rules, String> {
        let pristine = new_arena(self.team_size);
        Ok(Rules {
            team_size: self.team_size,
            tick_skip: self.tick_skip,
            action_delay_ticks: self.action_delay_ticks,
            max_episode_ticks: self.max_episode_ticks,
            no_touch_ticks: self.no_touch_ticks,
            controls: self
                .controls
                .iter()
                .map(|row| CarControls::from_floats(*row, 0.5))
                .collect(),
            neutral_action: self.neutral_action,
            columns: self.columns.clone(),
            pads: pads_at(&pristine, &self.pad_places)?,
            large_pads: large_pads(&pristine),
            pristine,
        })
    }
}
