//! Episodes as Python gives and gets them: their starts, and what the running ones were made of.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::MutexGuard;

use numpy::ndarray::{ArrayView1, ArrayView2};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::batch::{Batch, reason};
use crate::replay::Record;
use crate::rules::Rules;
use crate::slot::{BALL_START, CAR_START, Slot};

/// What a car has that a start state from before them does not say: its flip until it lands, and no demolition.
const LATER: [f32; 2] = [f32::INFINITY, 0.0];

/// Seeds, starts, numbers of decisions and actions of running episodes.
pub type Running<'py> = (
    Bound<'py, PyArray1<u64>>,
    Bound<'py, PyArray2<f32>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<u16>>,
);

/// `Arenas.start`.
pub fn start(
    batch: &Batch,
    indices: &[usize],
    seeds: &[u64],
    starts: ArrayView2<'_, f32>,
) -> PyResult<Vec<bool>> {
    if !fits(&batch.rules, indices.len(), starts) || seeds.len() != indices.len() {
        return Err(PyValueError::new_err(format!(
            "starts: must be [{}, {}], and seeds as many",
            indices.len(),
            start_size(&batch.rules)
        )));
    }
    let mut broken = Vec::with_capacity(indices.len());
    for (k, &i) in indices.iter().enumerate() {
        let mut slot = slot(batch, i)?;
        // SAFETY: between two commands no thread uses the rows
        let row = unsafe { batch.buffers.state.row(i) };
        let start = start_of(&batch.rules, starts.row(k));
        let started = catch_unwind(AssertUnwindSafe(|| {
            slot.start(&batch.rules, seeds[k], start.as_deref(), row)
        }));
        let is_finite = started
            .map_err(|panic| PyRuntimeError::new_err(format!("arena {i}: {}", reason(&*panic))))?;
        broken.push(!is_finite);
    }
    Ok(broken)
}

/// `Arenas.episodes`.
pub fn running<'py>(batch: &Batch, py: Python<'py>) -> PyResult<Running<'py>> {
    let width = start_size(&batch.rules);
    let (mut seeds, mut starts, mut lengths, mut actions) = (vec![], vec![], vec![], vec![]);
    for i in 0..batch.slots.len() {
        let slot = slot(batch, i)?;
        let record = slot.record();
        seeds.push(record.seed);
        starts.extend(record.start.clone().unwrap_or(vec![f32::NAN; width]));
        lengths.push((record.actions.len() / batch.rules.num_cars()) as i64);
        actions.extend_from_slice(&record.actions);
    }
    let starts = starts.into_pyarray(py);
    Ok((
        seeds.into_pyarray(py),
        starts.reshape([batch.slots.len(), width])?,
        lengths.into_pyarray(py),
        actions.into_pyarray(py),
    ))
}

/// What `running` gave, arena by arena; None if such arenas cannot have played it.
pub fn records(
    batch: &Batch,
    seeds: &[u64],
    starts: ArrayView2<'_, f32>,
    lengths: &[usize],
    actions: &[u16],
) -> Option<Vec<Record>> {
    let (cars, arenas) = (batch.rules.num_cars(), batch.slots.len());
    let decisions = lengths
        .iter()
        .try_fold(0usize, |sum, &n| sum.checked_add(n))?;
    let fits = fits(&batch.rules, arenas, starts)
        && (seeds.len(), lengths.len()) == (arenas, arenas)
        && decisions.checked_mul(cars)? == actions.len()
        && actions
            .iter()
            .all(|&action| usize::from(action) < batch.rules.controls.len());
    if !fits {
        return None;
    }
    let mut rest = actions;
    let record = |(i, &seed): (usize, &u64)| {
        let (mine, others) = rest.split_at(lengths[i] * cars);
        rest = others;
        Record {
            seed,
            start: start_of(&batch.rules, starts.row(i)),
            actions: mine.to_vec(),
        }
    };
    Some(seeds.iter().enumerate().map(record).collect())
}

fn slot(batch: &Batch, i: usize) -> PyResult<MutexGuard<'_, Slot>> {
    let slot = batch.slots.get(i);
    slot.ok_or_else(|| PyValueError::new_err(format!("there is no arena {i}")))?
        .lock()
        .map_err(|_| PyRuntimeError::new_err(format!("arena {i} has failed before")))
}

/// Numbers in a start state.
fn start_size(rules: &Rules) -> usize {
    BALL_START + CAR_START * rules.num_cars()
}

/// Whether `starts` are `count` start states, of today or from before cars had flips and demolitions in them.
fn fits(rules: &Rules, count: usize, starts: ArrayView2<'_, f32>) -> bool {
    let width = start_size(rules);
    starts.nrows() == count
        && [width, width - LATER.len() * rules.num_cars()].contains(&starts.ncols())
}

/// The numbers of a start state; None for a kickoff, which is NaN throughout.
fn start_of(rules: &Rules, numbers: ArrayView1<'_, f32>) -> Option<Vec<f32>> {
    if numbers.iter().all(|x| x.is_nan()) {
        return None;
    }
    let numbers = numbers.to_vec();
    if numbers.len() == start_size(rules) {
        return Some(numbers);
    }
    let (ball, cars) = numbers.split_at(BALL_START);
    let cars = cars.chunks(CAR_START - LATER.len());
    let cars = cars.flat_map(|car| car.iter().chain(&LATER));
    Some(ball.iter().chain(cars).copied().collect())
}
