"""Array code as an ONNX graph: what must be kept apart in it, and what cannot be traced."""

import numpy as np
import onnxruntime
import pytest

from jaxrl.deploy.onnx.tracer import Graph


def test_what_looks_alike_is_kept_apart():
    """Nodes that differ in an attribute, constants that differ in their dtype, and what the network does not need."""

    def compute(x):
        return {
            "rows": x[..., 0, :],
            "columns": x[..., 0],
            "floats": x + 0.0,
            "integers": x.argmax(-1).astype(np.int32) + 0,
            "sum": x.sum(-1),
            "sum of one": x.sum(-1, keepdims=True),
            "left": np.float32([1, 2]) * x,
        }

    graph = Graph("x", np.zeros((1, 2, 2), np.float32), {})
    session = onnxruntime.InferenceSession(graph.model(compute(graph.input)).SerializeToString())
    x = np.random.default_rng(0).normal(size=(5, 2, 2)).astype(np.float32)
    for name, expected in compute(x).items():
        (found,) = session.run([name], {"x": x})
        np.testing.assert_array_equal(found, expected, err_msg=name, strict=True)


def test_tracing_refuses_what_it_would_get_wrong():
    """Whatever would be right for the example alone, or in another precision."""
    graph = Graph("x", np.ones((2, 4), np.float32), {})
    x = graph.input
    assert x.shape == (None, 4)
    assert (x + 1).name == (x + 1).name != (x + 2).name
    assert (graph.asarray([1.0]) * 3).name is None, "constants are computed at once"
    for key in (0, slice(1), (..., 0, 0), (..., 0, slice(None)), (..., slice(None, None, -1)), (..., None, 0, 0)):
        with pytest.raises((TypeError, IndexError)):
            x[key]
    for wrong in (lambda: x * np.ones(4), lambda: x.reshape(2, 4), lambda: x.reshape(-1), lambda: x.astype(np.float64)):
        with pytest.raises(TypeError):
            wrong()
