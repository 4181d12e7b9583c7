"""TorchScript archives made by hand: data.pkl instruction by instruction, entries, torch's way to end a file."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

ROOT = "made-by-hand"


class Names:
    """Writes the data.pkl that describes tensors in entries 0, 1, 2, ...; texts come back by number, as torch does."""

    def __init__(self, write: "Callable[[Names, tuple[int, ...]], None] | None" = None) -> None:
        self.content, self._texts, self._count = b"\x80\x02", {}, 0
        self._write = write or Names.tensor  # of each tensor

    def text(self, text: str) -> None:
        if text in self._texts:
            self.content += b"h" + bytes([self._texts[text]])
            return
        encoded = text.encode()
        self.content += b"X" + struct.pack("<I", len(encoded)) + encoded
        if len(self._texts) < 256:
            self._texts[text] = len(self._texts)
            self.content += b"q" + bytes([self._texts[text]])

    def integer(self, value: int) -> None:
        kinds = ((256, b"K", "<B"), (65536, b"M", "<H"), (2**31, b"J", "<i"))
        code, kind = next((code, kind) for limit, code, kind in kinds if value < limit)
        self.content += code + struct.pack(kind, value)

    def integers(self, values: tuple[int, ...]) -> None:
        self.content += b"("
        for value in values:
            self.integer(value)
        self.content += b"t"

    def module(self, tree: Mapping) -> None:
        self.content += b"c__torch__.by.hand\nModule\n)\x81}("
        self.text("training")
        self.content += b"\x88"
        for name, value in tree.items():
            self.text(name)
            self.module(value) if isinstance(value, Mapping) else self._write(self, value)
        self.content += b"ub"

    def tensor(self, shape: tuple[int, ...], strides: tuple[int, ...] | None = None, offset: int = 0) -> None:
        size = int(np.prod(shape))
        self.content += b"ctorch._utils\n_rebuild_tensor_v2\n(("
        self.text("storage")
        self.content += b"ctorch\nFloatStorage\n"
        self.text(str(self._count))
        self.text("cpu")
        self.integer(size)
        self.content += b"tQ"
        self.integer(offset)
        self.integers(shape)
        self.integers(strides or tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))))
        self.content += b"\x88ccollections\nOrderedDict\n)RtR"
        self._count += 1


def names_of(
    shapes: Mapping[str, tuple[int, ...]], write: Callable[[Names, tuple[int, ...]], None] | None = None
) -> bytes:
    """The data.pkl of tensors `net.linear.weight` and so on, each written by `write`."""
    tree: dict = {}
    for name, shape in shapes.items():
        *parents, last = name.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[last] = shape
    names = Names(write)
    names.module(tree)
    return names.content + b"."


def in_written_order(shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    """The names in the order in which `names_of` counts entries: a module's where its first tensor was."""

    def walk(names: list[list[str]], done: tuple[str, ...]) -> list[str]:
        groups: dict[str, list[list[str]]] = {}
        for name in names:
            groups.setdefault(name[0], []).append(name[1:])
        found = []
        for first, rest in groups.items():
            found += [".".join((*done, first))] if rest == [[]] else walk(rest, (*done, first))
        return found

    return walk([name.split(".") for name in shapes], ())


def entries_of(tensors: Mapping[str, np.ndarray]) -> dict[str, bytes]:
    """All entries of an archive that holds float32 tensors."""
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    data = {f"data/{k}": tensors[name].astype("<f4").tobytes() for k, name in enumerate(in_written_order(shapes))}
    return data | {"data.pkl": names_of(shapes), "code/__torch__/by/hand.py": b"raise SystemExit", "version": b"4\n"}


def write_archive(path: Path, entries: Mapping[str, bytes], compressed: tuple[str, ...] = ()) -> Path:
    """Write an archive; entries stand as they are, except those of `compressed`, and the end is one of a large file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            kind = zipfile.ZIP_DEFLATED if name in compressed else zipfile.ZIP_STORED
            archive.writestr(f"{ROOT}/{name}", content, kind)
    content = stream.getvalue()
    whole, end = content[:-22], content[-22:]
    _, _, _, _, count, size, offset, _ = struct.unpack("<4s4H2LH", end)
    large = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 30, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(whole), 1)
    path.write_bytes(whole + large + locator + end)
    return path


def random_tensors(shapes: Mapping[str, tuple[int, ...]], seed: int = 0) -> dict[str, np.ndarray]:
    """Weights by which activations neither vanish nor explode; biases and norms that matter."""
    rng, tensors = np.random.default_rng(seed), {}
    for name, shape in shapes.items():
        if len(shape) == 2:
            tensors[name] = rng.normal(0, 1.4 / shape[1] ** 0.5, shape).astype(np.float32)
        else:
            mean = float("norm" in name and name.endswith("weight"))
            tensors[name] = rng.normal(mean, 0.2, shape).astype(np.float32)
    return tensors
