"""A match as frames: states, and what every reward term gave to every car."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np

from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.figures.block import Block
from jaxrl.game.physics import Physics
from jaxrl.game.rewards.memory import Carries, run
from jaxrl.game.rewards.registry import resolve_terms
from jaxrl.game.rewards.sharing import Number, Payment, number_of, paid
from jaxrl.game.state import unpack
from jaxrl.matches.play import Moment, Players, common_timing, keyed_uniforms, one_side, play
from jaxrl.sim.engine import make_env
from jaxrl.sim.spec import kickoff_spec
from jaxrl.watch.figures import RunningFigures, event_flags
from jaxrl.watch.thoughts import thoughts


@dataclass(frozen=True)
class Recording:
    """T frames of a match of C cars with K reward terms. After a goal the field is empty for one cut: no countdown."""

    title: str
    rows: np.ndarray  # [T, F] float32 raw states
    seconds: np.ndarray  # [T] of game since the first kickoff; a goal and the kickoff after it share theirs
    cuts: np.ndarray  # [T] bool: the next frame is another kickoff
    scores: np.ndarray  # [T, 2] int goals of blue and orange since the first kickoff
    rewards: (
        np.ndarray
    )  # [T, C, K] float32: what each term paid for the decision that led to a frame, 0 after a kickoff
    events: np.ndarray  # [T, C] uint8: what a car did in that decision, see `jaxrl.watch.figures.EVENTS`
    figures: (
        np.ndarray
    )  # [T, C, J] float32: the figures `jaxrl.watch.figures.SHOWN` up to a frame, NaN before any event
    likely: np.ndarray  # [T, C, 5] int32: the most likely actions in a frame, see `jaxrl.watch.thoughts`
    shares: np.ndarray  # [T, C, 5] float32: their probabilities; 0 for a car that no bot of ours drives
    values: np.ndarray  # [T, C] float32: what the critic expects in a frame; NaN without one
    terms: tuple[str, ...]
    names: tuple[str, ...]  # of the cars, blue first

    @property
    def score(self) -> tuple[int, int]:
        """Goals of blue and orange at the end."""
        blue, orange = self.scores[-1]
        return int(blue), int(orange)

    def part(self, frames: slice) -> "Recording":
        """Select some of the frames."""
        arrays = {name: getattr(self, name)[frames] for name in self.time_fields()}
        return replace(self, **arrays)

    def time_fields(self) -> list[str]:
        """Names of the fields that have T frames."""
        return [field.name for field in fields(self) if field.type is np.ndarray]


def join(parts: Sequence[Recording]) -> Recording:
    """Join recordings of one match that follow one another, under the title of the last."""
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[-1].time_fields()}
    return replace(parts[-1], **arrays)


class Starts(NamedTuple):
    """A start state by its name, of which `count` are played, one after the other, each for `seconds` or to a goal."""

    name: str
    count: int = 20
    seconds: float = 2.5


class Match(NamedTuple):
    """The players of one match, blue first, the seed of its kickoffs and dice, and the physics it is played in."""

    players: Players
    team_size: int
    seed: int
    physics: Physics = "auto"
    starts: Starts | None = (
        None  # instead of kickoffs; as they are written, so that the first blue car is the one at it
    )

    def moments(self) -> Iterable[Moment]:
        """Play it without end, in this process, blue's decisions one by one."""
        spec = kickoff_spec(1, self.team_size, *common_timing(self.players), self.seed)
        if self.starts is not None:
            ticks = round(self.starts.seconds * TICKS_PER_SECOND)
            spec = replace(spec, start_states=((self.starts.name, 1.0),), max_episode_ticks=ticks)
        uniforms = keyed_uniforms(self.seed, 1, spec.num_cars)
        with make_env(self.physics, spec, num_workers=0) as env:
            yield from play(env, self.players, one_side(1, spec.num_cars), uniforms)

    @property
    def car_names(self) -> list[str]:
        """Names of the cars, blue first; numbered where a side has several."""
        names = [player.name for player in self.players]
        return [f"{name} {k + 1}" if self.team_size > 1 else name for name in names for k in range(self.team_size)]


class MatchRecorder:
    """Turns moments of a match into frames, with what every reward term gave. Terms with weight 0 are left out.

    Raises UserError for a term that is unknown.
    """

    def __init__(self, match: Match, weights: Mapping[str, Number | Payment]) -> None:
        self._weights = {name: weight for name, weight in weights.items() if number_of(weight)}
        self._terms = resolve_terms(self._weights)
        self._skip = match.players[0].tick_skip
        self._carries: Carries | None = None  # what terms with memory know of the running episode
        self._names = tuple(match.car_names)
        self._players = match.players
        self.forget_score()
        self._first_frame_missing = True

    def forget_score(self) -> None:
        """Count goals and figures from here on, as for another bot."""
        self._score = np.zeros(2, int)  # at the end of what was recorded
        self._figures = RunningFigures(len(self._names))

    def record(self, moments: Sequence[Moment], title: str) -> Recording:
        """Record moments that follow one another, and what was recorded before them.

        A moment gives a frame, one with a goal two: its last state, and the next kickoff. The first kickoff is a frame
        before the first moment.
        """
        before, after, starts = (
            np.concatenate([getattr(moment, name) for moment in moments])
            for name in ("states", "next_states", "starts")
        )  # [M, F] each
        actions = np.concatenate([moment.actions for moment in moments])
        seconds = np.array([moment.seconds for moment in moments])
        ended = np.array([moment.ended[0] for moment in moments])
        # an arena that had to be rebuilt counts its goals from 0 again, but that shows only after its last state
        goals = unpack(after).score - unpack(before).score
        scores = self._score + goals.cumsum(0).astype(int)
        self._score = scores[-1]

        frames = np.repeat(np.arange(len(moments)), 1 + ended)  # the moment that each frame belongs to
        is_kickoff = np.append(False, frames[1:] == frames[:-1])
        rewards = self._rewards(before, after, actions, ended)[frames]
        rewards[is_kickoff] = 0
        block = Block(
            *(unpack(rows[:, None]) for rows in (before, after)), actions[:, None], ended[:, None], self._skip
        )
        rows = np.where(is_kickoff[:, None], starts[frames], after[frames])
        thought = thoughts(self._players, rows, len(self._names))
        recording = Recording(
            title=title,
            rows=rows,
            seconds=seconds[frames],
            cuts=ended[frames] & ~is_kickoff,
            scores=scores[frames],
            rewards=rewards,
            events=np.where(is_kickoff[:, None], np.uint8(0), event_flags(block)[frames]),
            figures=self._figures.add(block)[frames],
            likely=thought.actions,
            shares=thought.shares,
            values=thought.values,
            terms=tuple(self._weights),
            names=self._names,
        )
        if not self._first_frame_missing:
            return recording
        self._first_frame_missing = False
        thought = thoughts(self._players, before[:1], len(self._names))
        kickoff = replace(
            recording.part(slice(1)),
            rows=before[:1],
            seconds=np.zeros(1),
            cuts=np.zeros(1, bool),
            scores=np.zeros((1, 2), int),
            rewards=np.zeros_like(rewards[:1]),
            events=np.zeros_like(recording.events[:1]),
            figures=RunningFigures(len(self._names)).now[None],
            likely=thought.actions,
            shares=thought.shares,
            values=thought.values,
        )
        return join([kickoff, recording])

    def _rewards(self, before: np.ndarray, after: np.ndarray, actions: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """Weighted rewards `[M, C, K]` float32 of the decisions that led from `before` to `after` `[M, F]`."""
        self._carries, terms = run(self._terms, before, after, actions, ended, self._carries)
        rewards = np.zeros((*actions.shape, len(self._weights)), np.float32)
        for k, (name, weight) in enumerate(self._weights.items()):
            rewards[..., k] = paid(terms[name], weight)
        return rewards


def record(match: Match, weights: Mapping[str, Number | Payment], seconds: float, title: str = "") -> Recording:
    """Play and record a match of `seconds` of game. Raises UserError for a reward term that is unknown."""
    recorder = MatchRecorder(match, weights)
    end = seconds + 0.5 * match.players[0].tick_skip / TICKS_PER_SECOND
    moments = []
    for moment in match.moments():
        if moments and moment.seconds >= end:
            break
        moments.append(moment)
    return recorder.record(moments, title)


def record_starts(match: Match, weights: Mapping[str, Number | Payment], title: str = "") -> Recording:
    """Play and record the `starts` of a match, until the last of them is over. Raises UserError, see `record`."""
    assert match.starts is not None
    recorder, moments, ended = MatchRecorder(match, weights), [], 0
    for moment in match.moments():
        moments.append(moment)
        ended += int(moment.ended[0])
        if ended == match.starts.count:
            break
    return recorder.record(moments, title).part(slice(-1))  # without the start after the last one
