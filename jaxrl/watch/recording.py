"""Plays a match from kickoffs and keeps all of it: states, and what every reward term gave to every car."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import takewhile
from typing import NamedTuple

import numpy as np

from jaxrl.bots.players import Opponent
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.game import rocket_league
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.spec import SimSpec, kickoff_spec


class Frame(NamedTuple):
    """A moment of a match."""

    row: np.ndarray  # [F] float32 raw state
    seconds: float  # of game since the first kickoff; a goal and the kickoff after it share theirs
    cut: bool  # the next frame is another kickoff
    score: np.ndarray  # [2] int goals of blue and orange since the first kickoff


@dataclass(frozen=True)
class Recording:
    """T frames of a match of C cars with K reward terms. After a goal the field is empty for one cut: no countdown."""

    title: str
    rows: np.ndarray  # [T, F] float32 raw states
    seconds: np.ndarray  # [T] as in `Frame`, and so are the next two
    cuts: np.ndarray  # [T] bool
    scores: np.ndarray  # [T, 2] int
    rewards: np.ndarray  # [T, C, K] float32: weight x term of the decision that led to a frame, 0 after a kickoff
    terms: tuple[str, ...]
    names: tuple[str, ...]  # of the cars, blue first

    @property
    def score(self) -> tuple[int, int]:
        """Goals of blue and orange at the end."""
        blue, orange = self.scores[-1]
        return int(blue), int(orange)

    def part(self, frames: slice) -> "Recording":
        """Some of the frames."""
        arrays = {name: getattr(self, name)[frames] for name in self.time_fields()}
        return replace(self, **arrays)

    def time_fields(self) -> list[str]:
        """Names of the fields that have T frames."""
        return [field.name for field in fields(self) if field.type is np.ndarray]


def join(parts: Sequence[Recording]) -> Recording:
    """Recordings of one match that follow one another, under the title of the last."""
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[-1].time_fields()}
    return replace(parts[-1], **arrays)


class Scribe:
    """Writes down frames of a match, with what every reward term gave. Terms with weight 0 are left out.

    Raises UserError for a term that is unknown.
    """

    def __init__(self, spec: SimSpec, names: Iterable[str], weights: Mapping[str, float]) -> None:
        self._weights = {name: weight for name, weight in weights.items() if weight}
        self._game = rocket_league(spec.team_size, spec.tick_skip, self._weights)
        self._names = tuple(names)

    def __call__(self, frames: Sequence[Frame], title: str) -> Recording:
        """All of T frames that followed one another; what led to the first is not known, its rewards are 0."""
        rows = np.stack([frame.row for frame in frames])
        cuts = np.array([frame.cut for frame in frames])
        rewards = np.zeros((len(rows), len(self._names), len(self._weights)), np.float32)
        after = 1 + np.flatnonzero(~cuts[:-1])
        actions = unpack(rows[after]).previous_action.astype(np.int32)
        terms = self._game.rewards(rows[after - 1], rows[after], actions)
        for k, (name, weight) in enumerate(self._weights.items()):
            rewards[after, :, k] = weight * terms[name]
        seconds = np.array([frame.seconds for frame in frames])
        scores = np.stack([frame.score for frame in frames])
        return Recording(title, rows, seconds, cuts, scores, rewards, tuple(self._weights), self._names)


def match_spec(team_size: int, tick_skip: int, action_delay_ticks: int, seed: int) -> SimSpec:
    """One arena, kickoffs only, no limits."""
    return kickoff_spec(1, team_size, tick_skip, action_delay_ticks, seed)


def car_names(bot: str, opponent: str, team_size: int) -> list[str]:
    """Blue first; numbered where there are several of a kind."""
    sides = (bot, opponent)
    return [f"{name} {k + 1}" if team_size > 1 else name for name in sides for k in range(team_size)]


def play(spec: SimSpec, blue: Opponent, orange: Opponent) -> Iterator[Frame]:
    """The frames of a match without end."""
    rng = np.random.default_rng(spec.seed)
    decision, score = 0, np.zeros(2, int)

    def frame(row: np.ndarray, cut: bool) -> Frame:
        return Frame(row.copy(), decision * spec.tick_skip / TICKS_PER_SECOND, cut, score)

    with RocketSimEnv(spec, num_workers=0) as env:
        states = env.reset()
        yield frame(states[0], False)
        while True:
            before = unpack(states[0]).score.copy()
            uniforms = rng.random((2, 1, spec.num_cars), np.float32)
            actions = np.asarray(blue(states, uniforms[0])).copy()
            actions[:, spec.team_size :] = np.asarray(orange(states, uniforms[1]))[:, spec.team_size :]
            step = env.step(actions)
            states, decision = step.state, decision + 1
            ended = step.terminated[0] or step.truncated[0]
            last = step.final_state[0] if ended else states[0]
            # an arena that had to be rebuilt counts its goals from 0 again, but that shows only after its last state
            score = score + (unpack(last).score - before).astype(int)
            if ended:
                yield frame(last, True)
            yield frame(states[0], False)


def record(
    spec: SimSpec,
    blue: Opponent,
    orange: Opponent,
    names: Iterable[str],
    weights: Mapping[str, float],
    seconds: float,
    title: str,
) -> Recording:
    """A match of `seconds` of game. Raises UserError for a reward term that is unknown."""
    scribe = Scribe(spec, names, weights)
    end = seconds + 0.5 * spec.tick_skip / TICKS_PER_SECOND
    frames = list(takewhile(lambda frame: frame.seconds < end, play(spec, blue, orange)))
    return scribe(frames, title)
