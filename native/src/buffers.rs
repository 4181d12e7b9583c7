//! The caller's arrays, written by many threads at once: every thread its own rows.

use numpy::{Element, PyArray, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A pointer to the first element of an array that somebody keeps alive.
#[derive(Clone, Copy)]
pub struct Rows<T> {
    first: *mut T,
    width: usize,
}

// SAFETY: threads touch disjoint rows, see `row`.
unsafe impl<T> Send for Rows<T> {}
unsafe impl<T> Sync for Rows<T> {}

impl<T: Element> Rows<T> {
    /// Check that `array` is contiguous, writable and of `shape`, and point at it.
    pub fn new<D: numpy::ndarray::Dimension>(
        array: &Bound<'_, PyArray<T, D>>,
        name: &str,
        shape: &[usize],
    ) -> PyResult<Self> {
        if array.shape() != shape || !array.is_c_contiguous() {
            let found = array.shape();
            return Err(PyValueError::new_err(format!(
                "{name}: must be contiguous and of shape {shape:?}, is {found:?}"
            )));
        }
        let first = array
            .try_readwrite()
            .map_err(|_| PyValueError::new_err(format!("{name}: is read-only")))?
            .as_slice_mut()?
            .as_mut_ptr();
        Ok(Self {
            first,
            width: shape[1..].iter().product(),
        })
    }

    /// Point at the numbers of a vector, for tests without Python.
    #[cfg(test)]
    pub fn of(numbers: &mut [T], width: usize) -> Self {
        let first = numbers.as_mut_ptr();
        Self { first, width }
    }

    /// Row `index`.
    ///
    /// # Safety
    /// The array is alive, `index` is one of its rows, and nobody else uses that row meanwhile.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn row(&self, index: usize) -> &mut [T] {
        unsafe { std::slice::from_raw_parts_mut(self.first.add(index * self.width), self.width) }
    }
}

/// Arrays of N arenas with C cars and F numbers a row, as in `jaxrl/sim/spec.py`.
#[derive(Clone, Copy)]
pub struct Buffers {
    pub actions: Rows<i32>,     // [N, C]
    pub state: Rows<f32>,       // [N, F]
    pub final_state: Rows<f32>, // [N, F]
    pub terminated: Rows<bool>, // [N]
    pub truncated: Rows<bool>,  // [N]
    pub rebuilt: Rows<i32>,     // [N]
}
