"""The one match loop: N matches between two players, each with a memory and a timing of its own.

Evaluation, strength, milestones and watching all consume what it yields. The arenas are stepped in the longest stretch
of ticks that suits both players. With the same timing that is one decision, exactly as in training; otherwise the loop
holds and delays the controls of each side, and shows each side the states that it would see in a match of its own kind.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from math import gcd
from typing import NamedTuple, Protocol

import numpy as np

from jaxrl.bots.player import Memory, Player
from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.state import LONG_AGO, Array, namespace, unpack
from jaxrl.sim.vec_env import Step, VecEnv

Players = tuple[Player, Player]
Uniforms = Callable[[int], np.ndarray]  # number of a player's decision -> [N, C] float32 in [0, 1)

BLOCK = 64  # decisions whose random numbers are drawn at once


class Moment(NamedTuple):
    """One decision of the first player in the n matches of one group; C cars, raw states of F numbers.

    States are as the first player sees them. Where an episode ended, `next_states` is its true last state, and `starts`
    what the first player sees next; elsewhere the two are the same.
    """

    matches: slice  # of the N matches
    decision: int  # how many came before it
    states: np.ndarray  # [n, F] float32, in which it decided
    actions: np.ndarray  # [n, C] int32: its own, and what the second player chose last
    next_states: np.ndarray  # [n, F] float32
    ended: np.ndarray  # [n] bool: a goal, or an arena that had to be replaced
    starts: np.ndarray  # [n, F] float32, in which it decides next
    seconds: float  # of game since the first kickoff, at `next_states`


class Timing(NamedTuple):
    """When somebody decides, and when that takes effect; ticks are 1/120 s."""

    tick_skip: int
    action_delay_ticks: int


class Timed(Protocol):
    """Anything with a timing: a player, the arenas of a `SimSpec`, a `Timing`."""

    @property
    def tick_skip(self) -> int:
        """Ticks between two decisions."""
        ...

    @property
    def action_delay_ticks(self) -> int:
        """Ticks between a decision and its effect."""
        ...


def act_both(
    players: Players, memories: tuple, states: Array, starts: Array, uniforms: Array, mine: Array
) -> tuple[tuple, Array]:
    """Let both players decide; `mine` `[n, C]` says which actions are the first one's.

    Every car needs one random number: the first player's cars use theirs, the second player's the others.
    """
    first, own = players[0].act(memories[0], states, starts, uniforms)
    second, other = players[1].act(memories[1], states, starts, uniforms)
    return (first, second), namespace(states).where(mine, own, other)


class Caller(NamedTuple):
    """The way in which the loop calls players: as they are (`PLAIN`), or compiled (`jaxrl.matches.compiled`)."""

    one: Callable[..., tuple[Memory, Array]]  # a player and the arguments of `Player.act` -> what that returns
    both: Callable[..., tuple[tuple, Array]]  # as `act_both`


PLAIN = Caller(lambda player, *arguments: player.act(*arguments), act_both)


def common_timing(timed: Sequence[Timed]) -> Timing:
    """The timing of arenas in which two players, or more, can act at their own ticks."""
    skips = [one.tick_skip for one in timed]
    delays = [one.action_delay_ticks for one in timed]
    if max(delays) == min(delays) <= gcd(*skips):
        return Timing(gcd(*skips), delays[0])
    return Timing(gcd(*skips, *delays), 0)


def one_side(num_matches: int, num_cars: int) -> np.ndarray:
    """`[N, C]` bool: the first player's cars if it is blue in every match."""
    return np.broadcast_to(np.arange(num_cars) < num_cars // 2, (num_matches, num_cars))


def both_sides(num_matches: int, num_cars: int) -> np.ndarray:
    """`[N, C]` bool: the first player's cars if it is blue in the first half of the matches and orange in the rest."""
    is_orange_car = np.arange(num_cars) >= num_cars // 2
    plays_orange = np.arange(num_matches) >= (num_matches + 1) // 2
    return is_orange_car[None, :] == plays_orange[:, None]


def keyed_uniforms(seed: int, num_matches: int, num_cars: int) -> Uniforms:
    """Random numbers for matches without end, keyed by the seed and the number of the decision."""

    @lru_cache(maxsize=2)  # players of different timing may be in different blocks
    def draw(block: int) -> np.ndarray:
        rng = np.random.default_rng(np.random.SeedSequence((seed, block)))
        return rng.random((BLOCK, num_matches, num_cars), np.float32)

    return lambda decision: draw(decision // BLOCK)[decision % BLOCK]


def play(
    env: VecEnv,
    players: Players,
    mine: np.ndarray,
    uniforms: Uniforms,
    decisions: int | None = None,
    call: Caller = PLAIN,
    timing: Timing | None = None,
) -> Iterator[Moment]:
    """Play matches from kickoffs in all arenas of `env`, and yield every decision of the first player.

    Args:
        env: arenas of `kickoff_spec` with the timing of `common_timing(players)`; they are reset first.
        players: the first drives the cars of `mine`, the second the others.
        mine: `[N, C]` bool.
        uniforms: the random numbers of each decision; both players' n-th decisions share theirs.
        decisions: of the first player, in every match; None plays on until the caller stops.
        call: how players are called.
        timing: of `env`, if it is finer than it had to be.
    """
    timing = timing or common_timing(players)
    states = env.reset()
    matches = [_Group(group, players, mine[group], timing, states[group].copy(), call) for group in env.groups]
    every = players[0].tick_skip // timing.tick_skip
    # While a group's arenas are stepped by the workers, the other group's actions are chosen, and moments are consumed.
    for step in count():
        is_last = decisions is not None and step == decisions * every
        for group in range(len(env.groups)):
            moment = matches[group].receive(env.receive(group)) if step else None
            if not is_last:
                env.send(group, matches[group].controls(uniforms))
            if moment is not None:
                yield moment
        if is_last:
            return


class Side:
    """State of one player in the n matches of a group."""

    def __init__(self, player: Player, mine: np.ndarray, timing: Timing) -> None:
        self.player, self.mine = player, mine
        self.every = player.tick_skip // timing.tick_skip  # steps of the arenas from one decision to the next
        self.wait = (player.action_delay_ticks - timing.action_delay_ticks) // timing.tick_skip  # steps
        self.memory = player.start(len(mine))
        self.starts = np.ones(len(mine), np.bool_)  # [n] an episode began since its last decision
        self.chosen: deque[tuple[int, np.ndarray]] = deque()  # (step, [n, C]) that has not taken effect yet
        self._contact = np.full(mine.shape, LONG_AGO, np.float32)  # [n, C] ticks since contact, at its last decision
        self._touched = np.zeros(mine.shape, np.bool_)  # [n, C] since its last decision
        self._ticks = 0  # since its last decision
        self._touch: np.ndarray | None = None  # [n, F] rows with the first touch since its last decision, others 0

    def watch(self, rows: np.ndarray, ticks: int) -> None:
        """Take in a step of the arenas that ended in `rows` `[n, F]`."""
        self._touched |= unpack(rows).ticks_since_contact == 0
        new = unpack(rows).first_touch.any(axis=1)
        if new.any():
            self._touch = np.zeros_like(rows) if self._touch is None else self._touch
            new &= ~unpack(self._touch).first_touch.any(axis=1)
            self._touch[new] = rows[new]
        self._ticks += ticks

    def begin(self, ended: np.ndarray) -> None:
        """Forget the episodes that `ended` `[n]` bool."""
        self.starts |= ended
        self._touched[ended], self._contact[ended] = False, LONG_AGO - self._ticks
        if self._touch is not None:
            self._touch[ended] = 0
        for _, actions in self.chosen:
            actions[ended] = NEUTRAL_ACTION

    def view(self, rows: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """`rows` `[n, F]` as this player sees them: after `actions` `[n, C]`, with contacts as of its own decisions."""
        seen = rows.copy()
        state = unpack(seen)
        state.previous_action[:] = actions
        state.ticks_since_contact[:] = np.where(self._touched, 0, self._contact + self._ticks)
        for name in ("first_touch", "ball_velocity_before_touch", "ball_velocity_after_touch"):
            getattr(state, name)[:] = 0 if self._touch is None else getattr(unpack(self._touch), name)
        return seen

    def decided(self) -> None:
        """Count from here on."""
        self._contact = np.where(self._touched, np.float32(0), self._contact + np.float32(self._ticks))
        self._touched[:], self._ticks, self._touch = False, 0, None
        self.starts = np.zeros_like(self.starts)


class _Group:
    """The matches of one group of arenas, between a step that was received and the next one that is sent."""

    def __init__(
        self, members: slice, players: Players, mine: np.ndarray, timing: Timing, states: np.ndarray, call: Caller
    ) -> None:
        self._members, self._mine, self._timing, self._call = members, mine, timing, call
        self._players = players
        self._sides = [Side(player, own, timing) for player, own in zip(players, (mine, ~mine), strict=True)]
        self._in_step = all((side.every, side.wait) == (1, 0) for side in self._sides)
        self._step = 0
        self._rows = states  # [n, F] as the arenas wrote them
        self._actions = np.full(mine.shape, NEUTRAL_ACTION, np.int32)  # [n, C] chosen last
        self._controls = self._actions.copy()  # [n, C] that take effect
        self._seen, self._done = states, self._actions  # in which the first player decided, and what all did then
        self._last = states  # [n, F] where its decision led, if an episode ended
        self._ended = np.zeros(len(mine), np.bool_)  # [n] since its decision

    def controls(self, uniforms: Uniforms) -> np.ndarray:
        """The actions `[n, C]` to send next; players decide if it is their turn."""
        if self._in_step:
            self._act_in_step(uniforms(self._step)[self._members])
            return self._actions
        # Who decides now, and in which states: neither sees what the other chooses at the same tick.
        decisions = []
        for side in self._sides:
            if self._step % side.every == 0:
                seen = side.view(self._rows, self._actions)
                numbers = uniforms(self._step // side.every)[self._members]
                side.memory, actions = self._call.one(side.player, side.memory, seen, side.starts, numbers)
                decisions.append((side, seen, np.asarray(actions)))
        for side, _, actions in decisions:
            self._actions = np.where(side.mine, actions, self._actions)
            side.chosen.append((self._step + side.wait, self._actions.copy()))
            side.decided()
        if decisions and decisions[0][0] is self._sides[0]:
            self._seen, self._done = decisions[0][1], self._actions
        # What takes effect now.
        for side in self._sides:
            while side.chosen and side.chosen[0][0] <= self._step:
                self._controls = np.where(side.mine, side.chosen.popleft()[1], self._controls)
        return self._controls

    def _act_in_step(self, numbers: np.ndarray) -> None:
        first, second = self._sides
        memories, actions = self._call.both(
            self._players, (first.memory, second.memory), self._rows, first.starts, numbers, self._mine
        )
        first.memory, second.memory = memories
        self._actions = np.asarray(actions)
        self._seen, self._done = self._rows, self._actions
        first.starts = second.starts = np.zeros_like(first.starts)

    def receive(self, step: Step) -> Moment | None:
        """Take in what the arenas did; returns a moment if the first player's decision is over."""
        self._step += 1
        ended = step.terminated | step.truncated
        self._rows = step.state.copy()
        rows = np.where(ended[:, None], step.final_state, step.state) if ended.any() else self._rows
        if self._in_step:
            if ended.any():
                self._sides[0].starts = self._sides[1].starts = ended
            return self._moment(rows, ended, self._rows)
        return self._receive_part(rows, ended)

    def _receive_part(self, rows: np.ndarray, ended: np.ndarray) -> Moment | None:
        """As `receive`, for a step that is less than a decision of somebody; `rows` `[n, F]` before any reset."""
        first = self._sides[0]
        for side in self._sides:
            side.watch(rows, self._timing.tick_skip)
        if ended.any():
            is_new = ended & ~self._ended
            self._last = np.where(is_new[:, None], first.view(rows, self._actions), self._last)
            self._ended = self._ended | ended
            for side in self._sides:
                side.begin(ended)
            self._actions = np.where(ended[:, None], np.int32(NEUTRAL_ACTION), self._actions)
            self._controls = np.where(ended[:, None], np.int32(NEUTRAL_ACTION), self._controls)
        if self._step % first.every:
            return None
        # The first player's decision is over.
        following = first.view(self._rows, self._actions)
        over, self._ended = self._ended, np.zeros_like(self._ended)
        return self._moment(np.where(over[:, None], self._last, following), over, following)

    def _moment(self, next_states: np.ndarray, ended: np.ndarray, starts: np.ndarray) -> Moment:
        decision = self._step // self._sides[0].every - 1
        seconds = self._step * self._timing.tick_skip / TICKS_PER_SECOND
        return Moment(self._members, decision, self._seen, self._done, next_states, ended, starts, seconds)
