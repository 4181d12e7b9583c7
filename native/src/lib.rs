//! Batches of RocketSim 3 arenas, stepped by native threads into numpy arrays: the module `jaxrl_physics`.

mod bare;
mod batch;
mod buffers;
mod columns;
mod cores;
mod counts;
mod cpu;
mod episodes;
mod pool;
mod replay;
mod row;
mod rules;
mod settings;
mod slot;

use std::ops::Range;

use numpy::{PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::exceptions::{PyImportError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::batch::{Batch, Command};
use crate::buffers::{Buffers, Rows};
use crate::episodes::Running;
use crate::pool::Pool;
use crate::replay::replay;
use crate::settings::Settings;
use crate::slot::Slot;

/// Raised whenever what this module offers changes: `jaxrl/sim/rocketsim3/module.py` refuses another one in a line.
const INTERFACE: u32 = 5;
const ROCKETSIM_VERSION: &str = "0.3.4";

/// N arenas and the threads that step them. Groups of arenas are commanded one by one: `send_...`, then `wait`.
#[pyclass]
struct Arenas {
    pool: Pool,
    num_actions: i32,
    groups: Vec<Range<usize>>,
    _arrays: Vec<Py<PyAny>>, // alive as long as the threads write to them
}

#[pymethods]
impl Arenas {
    /// Arenas that write to the arrays given. With one group thread t runs on core `cores[t]`, without cores anywhere; with
    /// more groups `cores` is not used, see `Pool::new`.
    #[new]
    #[pyo3(signature = (settings, groups, num_threads, cores, *, actions, state, final_state, terminated, truncated, rebuilt))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        settings: &Settings,
        groups: Vec<(usize, usize)>,
        num_threads: usize,
        cores: Vec<usize>,
        actions: &Bound<'_, PyArray2<i32>>,
        state: &Bound<'_, PyArray2<f32>>,
        final_state: &Bound<'_, PyArray2<f32>>,
        terminated: &Bound<'_, PyArray1<bool>>,
        truncated: &Bound<'_, PyArray1<bool>>,
        rebuilt: &Bound<'_, PyArray1<i32>>,
    ) -> PyResult<Self> {
        let rules = settings.rules().map_err(PyValueError::new_err)?;
        if rules.controls.len() > 65536 {
            return Err(PyValueError::new_err("controls: at most 65536 rows")); // a record keeps two bytes for each action
        }
        let num_arenas = groups.iter().map(|group| group.1).max().unwrap_or(0);
        let rows = [num_arenas, rules.row_size()];
        let buffers = Buffers {
            actions: Rows::new(actions, "actions", &[num_arenas, rules.num_cars()])?,
            state: Rows::new(state, "state", &rows)?,
            final_state: Rows::new(final_state, "final_state", &rows)?,
            terminated: Rows::new(terminated, "terminated", &rows[..1])?,
            truncated: Rows::new(truncated, "truncated", &rows[..1])?,
            rebuilt: Rows::new(rebuilt, "rebuilt", &rows[..1])?,
        };
        let arrays = [
            actions.as_any(),
            state,
            final_state,
            terminated,
            truncated,
            rebuilt,
        ];
        let slots = (0..num_arenas).map(|_| Slot::new(&rules).into()).collect();
        let groups: Vec<_> = groups
            .into_iter()
            .map(|(first, last)| first..last)
            .collect();
        Ok(Self {
            num_actions: rules.controls.len() as i32,
            pool: Pool::new(
                Batch {
                    rules,
                    slots,
                    buffers,
                },
                &groups,
                num_threads.max(1),
                &cores,
            ),
            groups,
            _arrays: arrays
                .into_iter()
                .map(|array| array.clone().unbind())
                .collect(),
        })
    }

    /// Start new episodes in the arenas at `indices` `[K]` and write their first rows to `state`.
    ///
    /// Row k of `starts` `[K, S]` is a start state, NaN throughout for a kickoff; all random numbers of the episode
    /// follow from `seeds[k]`. Returns which of the arenas have a first row that is not finite: `[K]`.
    fn start(
        &self,
        indices: Vec<usize>,
        seeds: Vec<u64>,
        starts: PyReadonlyArray2<'_, f32>,
    ) -> PyResult<Vec<bool>> {
        episodes::start(self.pool.batch(), &indices, &seeds, starts.as_array())
    }

    /// Begin the next decision of a group: the ticks during which the last controls still hold.
    fn send_begin(&self, group: usize) {
        self.pool.send(Command::Begin, group);
    }

    /// Play the decision of a group that `actions` holds. Raises ValueError for an action that does not exist.
    fn send_step(&self, group: usize) -> PyResult<()> {
        for i in self.groups[group].clone() {
            // SAFETY: threads only read actions, and only after this
            let actions = unsafe { self.pool.batch().buffers.actions.row(i) };
            if let Some(wrong) = actions
                .iter()
                .find(|action| !(0..self.num_actions).contains(*action))
            {
                return Err(PyValueError::new_err(format!(
                    "arena {i}: there is no action {wrong}"
                )));
            }
        }
        self.pool.send(Command::Step, group);
        Ok(())
    }

    /// Seconds that `num_threads` threads take to step all arenas with `actions` `[T, N, C]` and do nothing else. No
    /// command may be under way; the episodes mean nothing afterwards.
    fn time_bare(
        &self,
        py: Python<'_>,
        actions: PyReadonlyArray3<'_, i32>,
        num_threads: usize,
        cores: Vec<usize>,
    ) -> PyResult<f64> {
        let (batch, actions) = (self.pool.batch(), actions.as_array());
        let (_, num_arenas, num_cars) = actions.dim();
        if (num_arenas, num_cars) != (batch.slots.len(), batch.rules.num_cars())
            || actions
                .iter()
                .any(|action| !(0..self.num_actions).contains(action))
        {
            return Err(PyValueError::new_err(
                "actions: an action of every car, [T, N, C]",
            ));
        }
        let time = py.detach(|| bare::time(batch, actions, num_threads.max(1), &cores));
        Ok(time.as_secs_f64())
    }

    /// What the running episodes were made of: seeds `[N]`, starts `[N, S]` (NaN: a kickoff), numbers of decisions `[N]`,
    /// and all actions of all cars, arena after arena. No step may be under way.
    fn episodes<'py>(&self, py: Python<'py>) -> PyResult<Running<'py>> {
        episodes::running(self.pool.batch(), py)
    }

    /// Play episodes again, given as by `episodes`. Returns whether all arenas then show `rows` `[N, F]` to the last bit;
    /// if not, `start` new ones everywhere. No command may be under way. Raises ValueError for what no arena has played.
    #[allow(clippy::too_many_arguments)]
    fn replay(
        &self,
        py: Python<'_>,
        seeds: Vec<u64>,
        starts: PyReadonlyArray2<'_, f32>,
        lengths: Vec<usize>,
        actions: PyReadonlyArray1<'_, u16>,
        rows: PyReadonlyArray2<'_, f32>,
        num_threads: usize,
    ) -> PyResult<bool> {
        let (batch, rows) = (self.pool.batch(), rows.as_array());
        let (starts, actions) = (starts.as_array(), actions.as_slice()?);
        let records = episodes::records(batch, &seeds, starts, &lengths, actions)
            .filter(|_| rows.dim() == (batch.slots.len(), batch.rules.row_size()))
            .ok_or_else(|| PyValueError::new_err("not the episodes of such arenas"))?;
        Ok(py.detach(|| replay(batch, &records, rows, num_threads.max(1))))
    }

    /// Wait until the threads are done with a group. Raises RuntimeError naming the arena if the physics failed.
    fn wait(&self, py: Python<'_>, group: usize) -> PyResult<()> {
        py.detach(|| self.pool.wait(group))
            .map_err(PyRuntimeError::new_err)
    }
}

/// Load the collision meshes of `folder`, once per process. Raises OSError.
#[pyfunction]
fn load_meshes(folder: &str) -> PyResult<()> {
    Ok(rocketsim::init(folder, true)?)
}

#[pymodule]
fn jaxrl_physics(module: &Bound<'_, PyModule>) -> PyResult<()> {
    if !cpu::is_new_enough() {
        return Err(PyImportError::new_err(
            "this processor has no AVX2, for which jaxrl_physics is built",
        ));
    }
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("ROCKETSIM_VERSION", ROCKETSIM_VERSION)?;
    module.add("INTERFACE", INTERFACE)?;
    module.add_class::<Settings>()?;
    module.add_class::<Arenas>()?;
    module.add_function(wrap_pyfunction!(load_meshes, module)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_those_of_the_manifests() {
        let (cargo, python) = (
            include_str!("../Cargo.toml"),
            include_str!("../pyproject.toml"),
        );
        assert!(cargo.contains(&format!("rocketsim = \"={}\"", super::ROCKETSIM_VERSION)));
        assert!(python.contains(&format!("version = \"{}\"", env!("CARGO_PKG_VERSION"))));
    }
}
