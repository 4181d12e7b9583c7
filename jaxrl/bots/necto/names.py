"""The names of tensors in the `data.pkl` of a TorchScript archive, read without running it.

A pickle is a program: `pickle.load` imports what it names, and calls it. This reader knows the few instructions that
such an archive needs, and calls nothing whatever they say: a class becomes an empty mapping, and the only function, the
one that makes a tensor, becomes a note of what it would have been given.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MAX_BYTES = 100_000  # the largest known has 6,065
CLASSES = "__torch__."  # where all classes of a TorchScript archive are
MAKE_TENSOR, FLOATS, NO_HOOKS = "torch._utils _rebuild_tensor_v2", "torch FloatStorage", "collections OrderedDict"


class ArchiveError(Exception):
    """What is wrong with an archive, in a few words."""


@dataclass(frozen=True)
class Global:
    """Something that the pickle wants to be imported."""

    name: str


@dataclass
class Module:
    """An object of some class: its attributes."""

    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Storage:
    """Floats in an entry of the archive."""

    key: str
    size: int  # numbers, so it claims


@dataclass(frozen=True)
class Tensor:
    """A view of a storage; sizes are what the pickle claims."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


MARK = object()


def read_module(content: bytes) -> Module:
    """What `data.pkl` describes; raises ArchiveError for whatever has no place in a network's archive."""
    if len(content) > MAX_BYTES:
        raise ArchiveError(f"its data.pkl is larger than {MAX_BYTES:,} bytes")
    try:
        found = _Reader(content).run()
    except (ValueError, IndexError, KeyError, TypeError, struct.error) as error:
        raise ArchiveError("its data.pkl is damaged") from error
    if not isinstance(found, Module):
        raise ArchiveError("its data.pkl describes no network")
    return found


def tensor_of(module: Module, name: str) -> Tensor:
    """The tensor `net.linear1.weight` and the like; raises KeyError where there is none."""
    found: Any = module
    for part in name.split("."):
        if not isinstance(found, Module):
            raise KeyError(name)
        found = found.attributes.get(part)
    if not isinstance(found, Tensor):
        raise KeyError(name)
    return found


class _Reader:
    """A stack machine. Everything that it makes is a str, an int, a bool, None, a tuple, a dict or of this file."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Read to the end; returns what is left on the stack."""
        while (code := self._take(1)) != b".":
            instruction = INSTRUCTIONS.get(code)
            if instruction is None:
                raise ArchiveError(f"its data.pkl has an instruction that no network needs ({code!r})")
            instruction(self)
        return self._pop(object)

    def _take(self, size: int) -> bytes:
        taken = self._content[self._at : self._at + size]
        if len(taken) < size:
            raise ArchiveError("its data.pkl is cut short")
        self._at += size
        return taken

    def _int(self, kind: str) -> int:
        return struct.unpack(kind, self._take(struct.calcsize(kind)))[0]

    def _pop(self, kind: Any) -> Any:
        value = self._stack.pop()
        if value is MARK or not isinstance(value, kind):
            raise TypeError
        return value

    def _pop_to_mark(self) -> list[Any]:
        values = []
        while (value := self._stack.pop()) is not MARK:
            values.append(value)
        return values[::-1]

    def push(self, value: Any) -> None:
        self._stack.append(value)

    def version(self) -> None:
        self._take(1)

    def name(self) -> None:
        """Note what should be imported, if a network may name it at all."""
        end = self._content.index(b"\n", self._content.index(b"\n", self._at) + 1)
        name = self._take(end - self._at).decode("ascii").replace("\n", " ")
        self._take(1)
        if name not in (MAKE_TENSOR, FLOATS, NO_HOOKS) and not name.startswith(CLASSES):
            raise ArchiveError(f"its data.pkl asks for {name[:60]!r}, which no network needs")
        self.push(Global(name))

    def text(self) -> None:
        self.push(self._take(self._int("<I")).decode("utf-8"))

    def integer(self, kind: str) -> None:
        self.push(self._int(kind))

    def memoize(self, kind: str) -> None:
        if self._stack[-1] is MARK:
            raise TypeError
        self._memo[self._int(kind)] = self._stack[-1]

    def recall(self, kind: str) -> None:
        self.push(self._memo[self._int(kind)])

    def tuple_of(self, size: int | None = None) -> None:
        values = self._pop_to_mark() if size is None else [self._pop(object) for _ in range(size)][::-1]
        self.push(tuple(values))

    def fill(self) -> None:
        """Put pairs into the dict below them."""
        values = self._pop_to_mark()
        names, mapping = values[::2], self._stack[-1]
        if not isinstance(mapping, dict) or len(values) % 2 or not all(isinstance(name, str) for name in names):
            raise TypeError
        mapping.update(zip(names, values[1::2], strict=True))

    def instance(self) -> None:
        """Make an object of a class of the archive, without anything in it."""
        arguments, kind = self._pop(tuple), self._pop(Global)
        if arguments or not kind.name.startswith(CLASSES):
            raise TypeError
        self.push(Module())

    def build(self) -> None:
        attributes = self._pop(dict)
        module = self._stack[-1]
        if not isinstance(module, Module):
            raise TypeError
        module.attributes.update(attributes)

    def storage(self) -> None:
        kind, what, key, _, size = self._pop(tuple)
        if kind != "storage" or not isinstance(key, str) or not _is_count(size):
            raise TypeError
        if not isinstance(what, Global) or what.name != FLOATS:
            raise ArchiveError("its numbers are not float32")
        self.push(Storage(key, size))

    def call(self) -> None:
        """Note what a tensor would be made of; an empty mapping of hooks stays one."""
        arguments, function = self._pop(tuple), self._pop(Global)
        if function.name == NO_HOOKS and not arguments:
            self.push({})
        elif function.name == MAKE_TENSOR:
            storage, offset, shape, strides, *_ = arguments
            sizes = (shape, strides)
            if not isinstance(storage, Storage) or not all(isinstance(each, tuple) for each in sizes):
                raise TypeError
            if not all(map(_is_count, (offset, *shape, *strides))):
                raise TypeError
            self.push(Tensor(storage, offset, shape, strides))
        else:
            raise TypeError


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


INSTRUCTIONS: dict[bytes, Callable[[_Reader], None]] = {
    b"\x80": _Reader.version,
    b"c": _Reader.name,
    b"X": _Reader.text,
    b"K": lambda reader: reader.integer("<B"),
    b"M": lambda reader: reader.integer("<H"),
    b"J": lambda reader: reader.integer("<i"),
    b"N": lambda reader: reader.push(None),
    b"\x88": lambda reader: reader.push(True),
    b"\x89": lambda reader: reader.push(False),
    b"}": lambda reader: reader.push({}),
    b")": lambda reader: reader.push(()),
    b"(": lambda reader: reader.push(MARK),
    b"t": lambda reader: reader.tuple_of(),
    b"\x85": lambda reader: reader.tuple_of(1),
    b"\x86": lambda reader: reader.tuple_of(2),
    b"\x87": lambda reader: reader.tuple_of(3),
    b"q": lambda reader: reader.memoize("<B"),
    b"r": lambda reader: reader.memoize("<I"),
    b"h": lambda reader: reader.recall("<B"),
    b"j": lambda reader: reader.recall("<I"),
    b"u": _Reader.fill,
    b"\x81": _Reader.instance,
    b"b": _Reader.build,
    b"Q": _Reader.storage,
    b"R": _Reader.call,
}
