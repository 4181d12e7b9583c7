"""What a bot does from the start states that a skill is about: many short episodes, a number for each."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from jaxrl.bots.player import Player
from jaxrl.bots.players import make_player
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.figures.block import decisions
from jaxrl.game.rewards.mechanics import half_flip
from jaxrl.game.rewards.memory import begin
from jaxrl.game.rewards.memory import step as follow
from jaxrl.game.rewards.touches import touch
from jaxrl.game.state import State, unpack
from jaxrl.matches.compiled import compiled
from jaxrl.matches.play import Moment, keyed_uniforms, one_side, play
from jaxrl.sim.cores import available_cores, max_workers
from jaxrl.sim.engine import make_env
from jaxrl.sim.spec import NO_LIMIT_TICKS, SimSpec

ROUNDS = 8  # at least so many episodes in each arena
GROUPS = 2
HIGH_BALL = 300.0  # uu, as in the figure aerial_touches_per_minute
TURNED, DRIVING = -0.7, 300.0  # cosine to where the nose pointed first; uu/s forwards

Measure = Callable[[State, float], float]  # an episode `[t + 1, ...]`, seconds a decision -> its number


class Practice(NamedTuple):
    """Episodes from a start state, of at most so many seconds, against a car that does nothing."""

    start: str
    seconds: float
    measures: dict[str, Measure]  # of the first car, the one that the start state is about


def seconds_to_turn(episode: State, step: float) -> float:
    """Seconds until the car drives on its wheels the other way; the whole episode where it never does."""
    return _first(_turned(episode), step)


def turned(episode: State, step: float) -> float:
    """1 if the car came to drive the other way."""
    return float(_turned(episode).any())


def half_flipped(episode: State, step: float) -> float:
    """1 if the car half-flipped."""
    terms, moments = {"half_flip": half_flip}, [_cut(episode, t) for t in range(len(episode.on_ground))]
    remembered, paid = begin(terms, (2,)), 0.0
    for before, after in pairwise(moments):
        remembered, values = follow(terms, remembered, before, after, np.zeros(2, np.int32))
        paid += float(values["half_flip"][0])
    return float(paid > 0)


def speed_back(episode: State, step: float) -> float:
    """Speed against where the nose pointed first, 1.5 s after the start, uu/s; of a car on its wheels or not."""
    return float(-episode.velocity[round(1.5 / step), 0] @ episode.forward[0, 0])


def seconds_to_wheels(episode: State, step: float) -> float:
    """Seconds until the car is on its wheels; the whole episode where it never is."""
    return _first(episode.on_ground[:, 0] > 0, step)


def last_speed(episode: State, step: float) -> float:
    """Speed of the car at the end of the episode, uu/s."""
    return float(np.linalg.norm(episode.velocity[-1, 0]))


def aerial_touch(episode: State, step: float) -> float:
    """1 if the car in the air touched a ball that was above 300 uu."""
    before, after = (_cut(episode, part) for part in (slice(None, -1), slice(1, None)))
    touched = touch(before, after, None)[:, 0] > 0
    return float((touched & (after.on_ground[:, 0] == 0) & (after.ball_position[:, 2] > HIGH_BALL)).any())


def saved(episode: State, step: float) -> float:
    """1 if the ball did not get into the car's goal."""
    return float(episode.score[-1, 1] == episode.score[0, 1])


PRACTICES = (
    Practice(
        "half_flip",
        4.0,
        {
            "seconds_to_turn": seconds_to_turn,
            "turned": turned,
            "half_flipped": half_flipped,
            "speed_back": speed_back,
        },
    ),
    Practice("recovery", 3.0, {"seconds_to_wheels": seconds_to_wheels, "speed": last_speed}),
    Practice("high_ball", 4.0, {"aerial_touch": aerial_touch}),
    Practice("goalie", 4.0, {"saved": saved}),
)


def practise(player: Player, practice: Practice, seed: int, arenas: int) -> dict[str, float]:
    """Means over the episodes of a 1v1 bot in so many arenas, as {`start/measure`: mean}."""
    step = player.tick_skip / TICKS_PER_SECOND
    episodes = [unpack(rows) for rows in play_episodes(player, practice, seed, arenas)]
    return {
        f"{practice.start}/{name}": float(np.mean([measure(episode, step) for episode in episodes]))
        for name, measure in practice.measures.items()
    }


def play_episodes(player: Player, practice: Practice, seed: int, arenas: int) -> Iterator[np.ndarray]:
    """The rows `[t + 1, F]` of each episode that came to its end."""
    idle = make_player("idle", 1, player.tick_skip, player.action_delay_ticks, "jax")
    spec = SimSpec(
        num_envs=arenas,
        team_size=1,
        tick_skip=player.tick_skip,
        action_delay_ticks=player.action_delay_ticks,
        max_episode_ticks=round(practice.seconds * TICKS_PER_SECOND),
        no_touch_ticks=NO_LIMIT_TICKS,
        start_states=((practice.start, 1.0),),
        seed=seed,
    )
    length = ROUNDS * decisions(practice.seconds, player.tick_skip)
    with make_env("auto", spec, max_workers(available_cores(), arenas, GROUPS), GROUPS) as env:
        uniforms = keyed_uniforms(seed, arenas, spec.num_cars)
        mine = one_side(arenas, spec.num_cars)
        moments = list(play(env, (player, idle), mine, uniforms, length, compiled()))
    for first in sorted({moment.matches.start for moment in moments}):
        yield from cut([moment for moment in moments if moment.matches.start == first])


def cut(moments: Sequence[Moment]) -> Iterator[np.ndarray]:
    """Episodes `[t + 1, F]` in the moments of one group: the states of all decisions, and the last state."""
    states, nexts = (np.stack([getattr(m, name) for m in moments]) for name in ("states", "next_states"))
    ended = np.stack([moment.ended for moment in moments])
    for arena in range(ended.shape[1]):
        begin = 0
        for last in np.flatnonzero(ended[:, arena]):
            yield np.concatenate([states[begin : last + 1, arena], nexts[last : last + 1, arena]])
            begin = last + 1


def _turned(episode: State) -> np.ndarray:
    """bool `[t + 1]`: on its wheels, facing and driving the other way than at first."""
    nose = episode.forward[:, 0]
    ahead = (episode.velocity[:, 0] * nose).sum(-1)
    return (nose @ nose[0] < TURNED) & (ahead > DRIVING) & (episode.on_ground[:, 0] > 0)


def _first(condition: np.ndarray, step: float) -> float:
    return step * (int(condition.argmax()) if condition.any() else len(condition) - 1)


def _cut(episode: State, part: slice | int) -> State:
    return State(*(field[part] for field in episode))
