"""Start states from replays: moments of matches, as files that replicar or rlgym-tools made of them.

- `.parquet`: a file of replicar with the group `state` (its format 1), or a folder of them.
- `.npz`: `replay_frames` of rlgym-tools' `ReplayMutator.make_file`, perhaps with `probabilities`; `.npy`: frames alone.

Not taken over from a moment: which pads are there, and a jump or a flip that is under way, which has ended here.
"""

import json
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaxrl.errors import UserError, one_line
from jaxrl.game.starts.inside import inside
from jaxrl.game.starts.rotation import angles
from jaxrl.game.starts.state import FLIP_SECONDS, RESPAWN_TICKS, StartFunction, StartState

MOST = 50_000  # moments of a file or folder, evenly spread: 8 MB in 1v1, 20 MB in 3v3, in every process that plays
ATTEMPTS = 100
HEIGHT = 2044.0  # uu, of the field


class Moments(NamedTuple):
    """M moments with the cars of one size of teams, blue first, float32. As in `StartState`."""

    ball: np.ndarray  # [M, 9] position, velocity, spin
    cars: np.ndarray  # [M, C, 15] position, yaw-pitch-roll, velocity, angular velocity, boost, flip, respawn
    upper_ends: np.ndarray  # [M] cumulated weights


def replays(name: str) -> StartFunction:
    """The start state `replays:FILE`: a moment of replays, the more often the higher ball and cars are in it.

    Its weight is 1 + 10 x (sum of the heights) / 2044 uu, or the probability that the file gives. Raises UserError for
    a file that cannot be read.
    """

    def start(rng: np.random.Generator, team_size: int) -> StartState:
        """A moment of the replays with as many cars."""
        moments = _moments(name, team_size)
        for _ in range(ATTEMPTS):  # cars of another body may touch where ours would be inside each other
            k = int(np.searchsorted(moments.upper_ends, rng.random() * moments.upper_ends[-1], side="right"))
            ball, cars = moments.ball[k].astype(float), moments.cars[k].astype(float)
            columns = [cars[:, first : first + 3] for first in (0, 3, 6, 9)]
            drawn = StartState(*np.split(ball, 3), *columns, *cars[:, 12:].T)
            if inside(drawn) is None:
                return drawn
        raise UserError(f"no moment in {ATTEMPTS} can be played")

    _read(name)
    return start


@lru_cache(maxsize=8)
def _moments(name: str, team_size: int) -> Moments:
    """The moments of `name` with `team_size` cars a side; raises UserError if there are none."""
    found = _read(name)
    if team_size not in found:
        sizes = ", ".join(f"{size}v{size}" for size in sorted(found)) or "none with as many blue as orange cars"
        raise UserError(f"no moments of {team_size}v{team_size}; it has {sizes}")
    return found[team_size]


@lru_cache(maxsize=8)  # one copy in a process
def _read(name: str) -> dict[int, Moments]:
    """All moments by the cars of a side. Raises UserError for a file that is missing or of another kind."""
    path = Path(name).expanduser()
    what = f"start state 'replays:{name}'"
    try:
        if path.is_dir() or path.suffix == ".parquet":
            parts = _read_replicar(path)
        elif path.suffix in (".npz", ".npy"):
            parts = _read_rlgym_tools(path)
        else:
            raise UserError(
                f"{what}: must be a .parquet file of replicar, a folder of them, or .npz or .npy of rlgym-tools"
            )
    except (UserError, KeyboardInterrupt):
        raise
    except ModuleNotFoundError as error:
        raise UserError(
            f'{what}: {error.name} is missing: uv sync --extra replays, or pip install "jaxrl-rocketleague[replays]"'
        ) from error
    except ImportError as error:  # a pyarrow that is too new for the numpy that is here
        raise UserError(f"{what}: {one_line(error)}") from error
    except OSError as error:
        raise UserError(f"{what}: {error.strerror or one_line(error)}") from error
    except Exception as error:  # what the file holds may be anything
        raise UserError(f"{what}: cannot be read ({one_line(f'{type(error).__name__}: {error}')})") from error
    return {size: _joined(found) for size, found in parts.items() if sum(len(ball) for ball, *_ in found)}


Part = tuple[
    np.ndarray, np.ndarray, np.ndarray | None
]  # ball [m, 9], cars [m, C, 15], weights [m] if the file has some


def _joined(parts: list[Part]) -> Moments:
    ball = np.concatenate([part[0] for part in parts])
    cars = np.concatenate([part[1] for part in parts])
    heights = np.maximum(ball[:, 2], 0) + np.maximum(cars[..., 2], 0).sum(axis=1)
    weights = 1 + 10 * heights / HEIGHT
    if all(part[2] is not None for part in parts):
        weights = np.concatenate([part[2] for part in parts if part[2] is not None])
    whole = (
        np.isfinite(ball).all(axis=1) & ~np.isnan(cars).any(axis=(1, 2)) & (np.abs(ball[:, 1]) < 5120) & (weights > 0)
    )
    kept = np.flatnonzero(whole)
    kept = kept[np.linspace(0, len(kept) - 1, min(len(kept), MOST)).astype(int)]
    return Moments(ball[kept].astype(np.float32), cars[kept].astype(np.float32), np.cumsum(weights[kept]))


def _flip_seconds(jumped: Any, used: Any, since_jump: Any) -> np.ndarray:
    """For how long a car can still flip: whether it jumped, has used its flip, and seconds in the air since then."""
    left = np.where(np.asarray(jumped) > 0, np.clip(FLIP_SECONDS - np.asarray(since_jump), 0, FLIP_SECONDS), np.inf)
    return np.where(np.asarray(used) > 0, 0.0, left)


def _respawn_ticks(demolished: Any, seconds: Any) -> np.ndarray:
    ticks = np.clip(np.round(np.nan_to_num(seconds) * 120), 1, RESPAWN_TICKS - 1)
    return np.where(np.asarray(demolished) > 0, ticks, 0)


# rlgym-tools: rlgym_tools/rocket_league/misc/serialize.py of 2.6.5
NUM_PLAYERS, AGENTS, ACTION = 9, 10, 8  # columns of a frame: how many players; their ids, ages and actions follow
BALL, CARS, CAR = 5, 57, 46  # of the state behind them: the ball, the first car, numbers of a car (its id first)


def _read_rlgym_tools(path: Path) -> dict[int, list[Part]]:
    """Moments in `replay_frames` `[M, D]` float32."""
    probabilities = None
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as data:
            frames = data["replay_frames"]
            probabilities = data.get("probabilities")
    else:
        frames = np.load(path, mmap_mode="r", allow_pickle=False)
    parts: dict[int, list[Part]] = {}
    counts = frames[:, NUM_PLAYERS].astype(int)
    for count in np.unique(counts[counts > 0]):
        rows = np.flatnonzero(counts == count)
        state = AGENTS + (2 + ACTION) * count
        ball = _bodies(frames[rows, state + BALL : state + BALL + 18])
        first = state + CARS
        cars = frames[rows, first : first + CAR * count].reshape(len(rows), count, CAR)[..., 1:]  # without ids
        team = cars[..., 0]
        even = np.flatnonzero((team == 1).sum(axis=1) * 2 == count)
        if not len(even):
            continue
        order = np.argsort(team[even], axis=1, kind="stable")
        cars = np.take_along_axis(cars[even], order[..., None], axis=1)
        body = _bodies(cars[..., 27:45], with_pose=True)
        flips = _flip_seconds(cars[..., 13], cars[..., 17] + cars[..., 18], cars[..., 19])
        demolished = _respawn_ticks(cars[..., 4] > 0, cars[..., 4])
        numbers = np.concatenate([body, np.stack([cars[..., 10], flips, demolished], axis=-1)], axis=-1)
        weights = None if probabilities is None else np.asarray(probabilities, float)[rows][even]
        parts.setdefault(int(count) // 2, []).append((ball[even], numbers, weights))
    return parts


def _bodies(numbers: np.ndarray, with_pose: bool = False) -> np.ndarray:
    """`[..., 9]` position, velocity, spin of 18 numbers of rlgym-tools; `[..., 12]` with a pose behind the position."""
    position, velocity, spin = numbers[..., :3], numbers[..., 3:6], numbers[..., 6:9]
    if not with_pose:
        return np.concatenate([position, velocity, spin], axis=-1)
    matrix = numbers[..., 9:18].reshape(*numbers.shape[:-1], 3, 3)  # columns: ahead, right, up
    return np.concatenate([position, angles(matrix[..., 0], matrix[..., 2]), velocity, spin], axis=-1)


# replicar: docs/glossary.md of 2.1.1; a column for every number, `car_2_position_x`


def _read_replicar(path: Path) -> dict[int, list[Part]]:
    """Moments in a file of replicar, or in all of a folder."""
    parquet = import_module("pyarrow.parquet")  # an extra, and heavy: only for those who ask for it
    parts: dict[int, list[Part]] = {}
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    for file in files:
        header = (parquet.read_metadata(file).metadata or {}).get(b"replicar")
        if header is None:
            if path.is_dir():  # the index that lies beside them
                continue
            raise ValueError("not a file of replicar: it has no header of that name")
        players = json.loads(header)["players"]
        columns = _Columns(parquet.ParquetFile(file), max(1, -(-len(files) // 10)))
        ball = np.concatenate(
            [columns.vector(f"ball_{name}") for name in ("position", "velocity", "angular_velocity")], 1
        )
        order = sorted(players, key=lambda player: (player["team"], player["index"]))
        cars = np.stack([_replicar_car(columns, f"car_{player['index']}_") for player in order], axis=1)  # [M, P, 15]
        there = np.isfinite(cars[..., 0])
        teams = np.array([player["team"] for player in order])
        for size in (1, 2, 3):
            rows = np.flatnonzero((there[:, teams == 0].sum(1) == size) & (there[:, teams == 1].sum(1) == size))
            if len(rows):
                parts.setdefault(size, []).append(
                    (ball[rows], cars[rows][there[rows]].reshape(len(rows), 2 * size, 15), None)
                )
    if not files:
        raise ValueError("no .parquet file in the folder")
    return parts


class _Columns:
    """Columns of a file of replicar, every `1 / share`-th row of at most MOST."""

    def __init__(self, file: Any, share: int) -> None:
        self._file, count = file, file.metadata.num_rows
        self._rows = np.linspace(0, count - 1, min(count, max(MOST // share, 1))).astype(int)

    def number(self, name: str) -> np.ndarray:
        """`[m]` float, NaN where unknown."""
        column = self._file.read(columns=[name]).column(name)
        scale = (self._file.schema_arrow.field(name).metadata or {}).get(b"scale", 1)
        return column.cast("double").to_numpy()[self._rows] * float(scale)

    def vector(self, name: str, components: str = "xyz") -> np.ndarray:
        """`[m, 3]`, or as many as there are `components`."""
        return np.stack([self.number(f"{name}_{component}") for component in components], axis=1)


def _replicar_car(columns: _Columns, car: str) -> np.ndarray:
    """`[m, 15]` numbers of a car, see `Moments`; the position is NaN where it is absent."""
    x, y, z, w = columns.vector(f"{car}rotation", "xyzw").T
    ahead = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)], axis=1)
    up = np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=1)
    jumped, doubled, flipped = (columns.number(f"{car}has_{name}") for name in ("jumped", "double_jumped", "flipped"))
    flips = _flip_seconds(jumped, doubled + flipped, columns.number(f"{car}air_time_since_jump"))
    respawn = _respawn_ticks(columns.number(f"{car}is_demoed"), columns.number(f"{car}demo_respawn_timer"))
    position, velocity, spin = (columns.vector(f"{car}{name}") for name in ("position", "velocity", "angular_velocity"))
    scalars = np.stack([columns.number(f"{car}boost"), flips, respawn], axis=1)
    return np.concatenate([position, angles(ahead, up), velocity, spin, scalars], axis=1)
