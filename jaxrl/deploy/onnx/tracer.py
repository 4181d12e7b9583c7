"""The array code of jaxrl/game under a third namespace, in which every operation becomes a node of an ONNX graph.

numpy computes along: every array holds what numpy makes of the example that tracing starts with, so shapes and dtypes
need no rules of their own. What depends on constants alone is computed here and now, and a computation that is met
again is the same node: the graph holds what depends on its input, once.

Axis 0 of what depends on the input is the batch. Its size is unknown (None in `shape`), and nothing may index it.
Only what observation and network use is here; anything else raises while tracing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

OPSET = 17  # of 2022, with the IR_VERSION of its time: old runtimes read it, too; tried with onnxruntime 1.12

IR_VERSION = 8

DTYPES = (np.float32, np.int32, np.int64, np.bool_)


class Graph:
    """An ONNX graph with one input, which array code sees as a namespace such as numpy."""

    def __init__(self, input_name: str, example: np.ndarray, names: Mapping[str, np.ndarray]) -> None:
        """Start from an example `[n, ...]` of the input, with any batch size n.

        Constants equal to an array in `names` get its name.
        """
        self.input, self._input_name = Traced(self, example, input_name), input_name
        self._nodes: list[Any] = []  # onnx.NodeProto
        self._made: dict[tuple, str] = {}  # operation, inputs and attributes of a node -> its output
        self._names = {_identity(array): name for name, array in names.items()}
        self._initializers: dict[str, np.ndarray] = {}

    def model(self, outputs: "Mapping[str, Traced]") -> Any:
        """The graph as onnx.ModelProto; raises onnx.checker.ValidationError if it is invalid."""
        import onnx

        names = {array.name: name for name, array in outputs.items()}
        nodes = self._needed({array.name for array in outputs.values()})
        for node in nodes:
            for field in (node.input, node.output):
                field[:] = [names.get(name, name) for name in field]
        graph = onnx.helper.make_graph(
            nodes,
            "policy",
            [_value_info(self._input_name, self.input)],
            [_value_info(name, array) for name, array in outputs.items()],
            [onnx.numpy_helper.from_array(array, name) for name, array in self._initializers.items()],
        )
        opset = onnx.helper.make_opsetid("", OPSET)
        model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _needed(self, results: set[str | None]) -> list[Any]:
        """The nodes that `results` depend on, in order: of a state all fields are sliced, and few are read."""
        needed, kept = set(results), []
        for node in reversed(self._nodes):
            if node.output[0] in needed:
                needed.update(node.input)
                kept.append(node)
        self._initializers = {name: array for name, array in self._initializers.items() if name in needed}
        return kept[::-1]

    def add(self, op: str, value: np.ndarray, *inputs: "Traced", **attributes: Any) -> "Traced":
        """Add a node `op` and return its output; `value` is its result for the example."""
        if value.dtype not in DTYPES:
            raise TypeError(f"{op} gives {value.dtype}; a bot computes in float32")
        if all(array.name is None for array in inputs):
            return Traced(self, value)
        names = [array.name or self._initializer(array.value) for array in inputs]
        key = (op, *names, *attributes.items())
        if key not in self._made:
            from onnx.helper import make_node

            self._made[key] = name = f"{op}_{len(self._nodes)}"
            self._nodes.append(make_node(op, names, [name], name, **attributes))
        return Traced(self, value, self._made[key])

    def elementwise(self, op: str, function: Callable[..., Any], *operands: Any) -> "Traced":
        """Apply a binary operation to arrays and Python numbers, which take the dtype of the arrays."""
        dtype = next(x.dtype for x in operands if isinstance(x, Traced) and x.dtype != np.bool_)
        arrays = [
            x if isinstance(x, Traced) else Traced(self, np.asarray(x, dtype if isinstance(x, int | float) else None))
            for x in operands
        ]
        return self.add(op, np.asarray(function(*(array.value for array in arrays))), *arrays)

    def integers(self, *numbers: int) -> "Traced":
        """A constant `[n]` int64, the form in which ONNX takes shapes and axes."""
        return Traced(self, np.array(numbers, np.int64))

    def asarray(self, array: Any, dtype: Any = None) -> "Traced":
        """A constant; Python numbers become float32."""
        value = np.asarray(array, dtype)
        return Traced(self, value.astype(np.float32) if value.dtype == np.float64 else value)

    def concatenate(self, arrays: "Sequence[Traced]", axis: int) -> "Traced":
        """Do as numpy does."""
        value = np.concatenate([array.value for array in arrays], axis)
        return self.add("Concat", value, *arrays, axis=axis % value.ndim)

    def stack(self, arrays: "Sequence[Traced]", axis: int) -> "Traced":
        """Do as numpy does, except along a new first or last axis."""
        value = np.stack([array.value for array in arrays], axis)
        # two nodes for any number of arrays: side by side along the axis after the new one, which is then cut in two
        return self.concatenate(arrays, axis % value.ndim).reshape(None, *value.shape[1:])

    def where(self, condition: "Traced", a: Any, b: Any) -> "Traced":
        """Do as numpy does."""
        return self.elementwise("Where", np.where, condition, a, b)

    def maximum(self, a: "Traced", b: Any) -> "Traced":
        """Do as numpy does."""
        return self.elementwise("Max", np.maximum, a, b)

    def minimum(self, a: "Traced", b: Any) -> "Traced":
        """Do as numpy does."""
        return self.elementwise("Min", np.minimum, a, b)

    def sqrt(self, array: "Traced") -> "Traced":
        """Do as numpy does."""
        return self.elementwise("Sqrt", np.sqrt, array)

    def exp(self, array: "Traced") -> "Traced":
        """Do as numpy does."""
        return self.elementwise("Exp", np.exp, array)

    def tanh(self, array: "Traced") -> "Traced":
        """Do as numpy does."""
        return self.elementwise("Tanh", np.tanh, array)

    def cross(self, a: "Traced", b: "Traced") -> "Traced":
        """Do as numpy does, for vectors `[..., 3]`."""
        yzx, zxy = np.array([1, 2, 0]), np.array([2, 0, 1])
        return a[..., yzx] * b[..., zxy] - a[..., zxy] * b[..., yzx]

    def matmul(self, a: "Traced", b: Any, precision: str) -> "Traced":
        """Do as jax.numpy does; a runtime of ONNX has only one precision of float32."""
        return a @ b

    def _initializer(self, value: np.ndarray) -> str:
        name = self._names.setdefault(_identity(value), f"constant_{len(self._names)}")
        self._initializers[name] = value
        return name


class Traced:
    """An array of a graph: `value` for the example, and `name` of a node's output or None for a constant."""

    __array_ufunc__ = None  # a numpy array on the left of an operator leaves the work to this class

    def __init__(self, graph: Graph, value: np.ndarray, name: str | None = None) -> None:
        self.graph, self.value, self.name = graph, value, name

    def __array_namespace__(self) -> Graph:
        return self.graph

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape, with None for the batch axis."""
        return self.value.shape if self.name is None else (None, *self.value.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """Do as numpy does."""
        return self.value.dtype

    def reshape(self, *shape: int | None) -> "Traced":
        """Do as numpy does, for `(None, ...)`: the batch axis stays."""
        if shape[0] is not None or self.name is None:
            raise TypeError(f"{self.shape} becomes {shape}: only what follows the batch can be reshaped")
        value = self.value.reshape(len(self.value), *shape[1:])
        return self.graph.add("Reshape", value, self, self.graph.integers(0, *value.shape[1:]))  # ONNX: 0 is "as it is"

    def astype(self, dtype: Any) -> "Traced":
        """Convert as numpy does; without a node where nothing changes."""
        value = self.value.astype(dtype)
        return self if value.dtype == self.dtype else self.graph.add("Cast", value, self, to=_onnx_type(value))

    def sum(self, axis: int, keepdims: bool = False) -> "Traced":
        """Do as numpy does."""
        axes = self.graph.integers(axis % self.value.ndim)
        return self.graph.add("ReduceSum", self.value.sum(axis, keepdims=keepdims), self, axes, keepdims=int(keepdims))

    def mean(self, axis: int, keepdims: bool = False) -> "Traced":
        """Do as numpy does."""
        value, axes = self.value.mean(axis, keepdims=keepdims), (axis % self.value.ndim,)
        return self.graph.add("ReduceMean", value, self, axes=axes, keepdims=int(keepdims))

    def argmax(self, axis: int) -> "Traced":
        """Do as numpy does."""
        return self.graph.add("ArgMax", self.value.argmax(axis), self, axis=axis % self.value.ndim, keepdims=0)

    def clip(self, low: float, high: float) -> "Traced":
        """Do as numpy does."""
        return self.graph.elementwise("Clip", np.clip, self, low, high)

    def __getitem__(self, key: Any) -> "Traced":
        """Rows of a constant by an array; otherwise `...`, slices, numbers, None or constant arrays of indices."""
        if isinstance(key, Traced):
            return self.graph.add("Gather", self.value[key.value], self, key, axis=0)
        ellipsis, *entries = key if isinstance(key, tuple) else (key,)
        axis = self.value.ndim - sum(entry is not None for entry in entries)
        if ellipsis is not Ellipsis or axis < 1:
            raise TypeError(f"[{key}] of {self.shape} may reach into the batch")
        result = self
        for entry in entries:
            result = result._along(axis, entry)
            axis += not isinstance(entry, int)
        return result

    def _along(self, axis: int, entry: Any) -> "Traced":
        """Index `[..., entry]` followed by one `:` for every axis after `axis`."""
        graph, value = self.graph, self.value[(slice(None),) * axis + (entry,)]
        if entry is None:
            return graph.add("Unsqueeze", value, self, graph.integers(axis))
        if not isinstance(entry, slice):
            return graph.add("Gather", value, self, Traced(graph, np.asarray(entry, np.int64)), axis=axis)
        if entry == slice(None):
            return self
        start, stop, step = entry.indices(self.value.shape[axis])
        if step != 1:
            raise TypeError(f"slices are contiguous, not {entry}")
        return graph.add("Slice", value, self, *(graph.integers(number) for number in (start, stop, axis)))

    def __add__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Add", np.add, self, other)

    def __radd__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Add", np.add, other, self)

    def __sub__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Sub", np.subtract, self, other)

    def __rsub__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Sub", np.subtract, other, self)

    def __mul__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Mul", np.multiply, self, other)

    def __rmul__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Mul", np.multiply, other, self)

    def __truediv__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Div", np.divide, self, other)

    def __pow__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Pow", np.power, self, other)

    def __matmul__(self, other: Any) -> "Traced":
        return self.graph.elementwise("MatMul", np.matmul, self, other)

    def __lt__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Less", np.less, self, other)

    def __le__(self, other: Any) -> "Traced":
        return self.graph.elementwise("LessOrEqual", np.less_equal, self, other)

    def __gt__(self, other: Any) -> "Traced":
        return self.graph.elementwise("Greater", np.greater, self, other)

    def __and__(self, other: Any) -> "Traced":
        return self.graph.add("And", self.value & other.value, self, other)

    def __or__(self, other: Any) -> "Traced":
        return self.graph.add("Or", self.value | other.value, self, other)

    def __invert__(self) -> "Traced":
        return self.graph.add("Not", ~self.value, self)

    def __abs__(self) -> "Traced":
        return self.graph.add("Abs", np.abs(self.value), self)

    def __neg__(self) -> "Traced":
        return self.graph.elementwise("Neg", np.negative, self)


def _identity(array: np.ndarray) -> tuple:
    """A key that is equal for arrays that are equal in every bit."""
    return array.dtype, array.shape, array.tobytes()


def _onnx_type(array: np.ndarray) -> int:
    from onnx.helper import np_dtype_to_tensor_dtype

    return int(np_dtype_to_tensor_dtype(array.dtype))


def _value_info(name: str, array: Traced) -> Any:
    """onnx.ValueInfoProto of an input or output of the graph; its first axis is N."""
    from onnx.helper import make_tensor_value_info

    return make_tensor_value_info(name, _onnx_type(array.value), ["N", *array.shape[1:]])
