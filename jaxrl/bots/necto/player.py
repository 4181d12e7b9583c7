"""Nexto and Necto as players, from the files of their weights.

Both decide every 8 ticks, as they were trained. Nexto takes its best action, but draws one by its probabilities until
the ball of a kickoff is touched; its controls act 7 ticks after the state that it saw. Necto always takes its best
action, 1 tick later. In the game Nexto's first controls of a kickoff act after 1 tick, and then come fixed sequences:
neither is here.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from jaxrl.bots.backend import Backend, for_backend
from jaxrl.bots.necto import network
from jaxrl.bots.necto.archive import read_tensors
from jaxrl.bots.necto.observation import PAD_BOOST, necto_view, nexto_view
from jaxrl.bots.player import Player
from jaxrl.game.actions import number_of
from jaxrl.game.state import Array, namespace, unpack
from jaxrl.nets.sampling import sample

TICK_SKIP = 8
NEXTO_DELAY_TICKS, NECTO_DELAY_TICKS = 7, 1
AT_KICKOFF = 1.0  # uu and uu/s: a ball that is less than this from the center, and slower, was not touched


@dataclass(frozen=True)
class NextoPlayer:
    """Nexto. It remembers nothing; `params` as `network.nexto_params` makes them."""

    params: Any
    name: str = "nexto"
    tick_skip: int = TICK_SKIP
    action_delay_ticks: int = NEXTO_DELAY_TICKS

    def start(self, num_matches: int) -> None:
        """Return no memory."""

    def act(self, memory: None, states: Array, starts: Array, uniforms: Array) -> tuple[None, Array]:
        """Choose one of the 90 actions for every car, see `Player.act`."""
        xp = namespace(states)
        logits = network.nexto_logits(self.params, *nexto_view(states))
        best = logits.argmax(-1).astype(np.int32)
        return None, xp.where(untouched(states)[..., None], sample(logits, uniforms), best)


@dataclass(frozen=True)
class NectoPlayer:
    """Necto; `params` as `network.necto_params` makes them.

    It sees timers of its own that count decisions: one of every pad that is there, which begins anew when it has run
    down, and one of demolitions, which runs whether or not somebody is demolished: odd, but what the original sees.
    """

    params: Any
    name: str = "necto"
    decisions: int = 1  # of 8 ticks, from one of its decisions to the next

    @property
    def tick_skip(self) -> int:
        """Ticks from one of its decisions to the next."""
        return TICK_SKIP * self.decisions

    @property
    def action_delay_ticks(self) -> int:
        """Ticks until its controls act."""
        return NECTO_DELAY_TICKS

    def start(self, num_matches: int) -> Array:
        """Return for how many decisions each timer has run, `[N, 35]` int32: of the pads, then that of demolitions."""
        return np.zeros((num_matches, len(PAD_BOOST) + 1), np.int32)

    def act(self, memory: Array, states: Array, starts: Array, uniforms: Array) -> tuple[Array, Array]:
        """Choose one of 72 combinations of controls for every car, see `Player.act`."""
        xp, state = namespace(states), unpack(states)
        is_there = state.pads > 0
        runs = xp.concatenate([is_there, xp.ones_like(is_there[..., :1])], axis=-1)  # [N, 35]
        passed = xp.where(starts[..., None], 0, xp.asarray(memory))
        shown = xp.where(runs, xp.asarray(SHOWN)[xp.asarray(KIND), passed], 0)
        pads, demolished = shown[..., :-1], xp.broadcast_to(shown[..., -1:], state.boost.shape)
        logits, begin, choice = network.necto_logits(self.params, *necto_view(states, demolished, pads)), 0, 0
        for size in network.NECTO_LOGITS:
            choice = choice * size + logits[..., begin : begin + size].argmax(-1).astype(np.int32)
            begin += size
        later = xp.where(runs, (passed + np.int32(self.decisions)) % xp.asarray(PERIOD), 0)
        return later, xp.asarray(NECTO_ACTIONS)[choice]


def untouched(states: Array) -> Array:
    """Whether no car has touched the ball since a kickoff, in raw states `[..., F]`: `[...]` bool.

    From where the ball is, as any row says it: it rests on the center.
    """
    xp, state = namespace(states), unpack(states)
    resting = [xp.abs(vector[..., :2]).max(-1) < AT_KICKOFF for vector in (state.ball_position, state.ball_velocity)]
    return resting[0] & resting[1]


def _countdown(start: float, step: float) -> list[float]:
    """What a timer shows in one decision after the other, until it begins anew."""
    shown = []
    while start > 0:
        shown.append(start)
        start -= step
    return shown


def _timers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the three kinds of timers show `[3, K]`, which kind each of 35 is, and after how many decisions it repeats.

    A small pad begins at 4 s of 10, a large one at 10 of 10, demolitions at 3 of 10.
    """
    kinds = [_countdown(0.4, TICK_SKIP / 1200), _countdown(1.0, TICK_SKIP / 1200)]
    # it shows 0 once, and only then begins anew
    kinds.append([left / 10 for left in _countdown(3, TICK_SKIP / 120)] + [0.0])
    shown = np.zeros((len(kinds), max(map(len, kinds))), np.float32)
    for row, values in zip(shown, kinds, strict=True):
        row[: len(values)] = values
    kind = np.array([*(PAD_BOOST == 1), 2], np.int32)
    return shown, kind, np.array([len(kinds[each]) for each in kind], np.int32)


SHOWN, KIND, PERIOD = _timers()


def _necto_actions() -> np.ndarray:
    """`[72]` int32: the numbers of the actions that Necto's five choices, in the order of their digits, stand for.

    The first is throttle and pitch; the second steer, and yaw, or with the handbrake roll instead.
    """
    rows = [
        (throttle, side, throttle, side * (1 - slide), side * slide, jump, boost, slide)
        for throttle, side, jump, boost, slide in product((-1, 0, 1), (-1, 0, 1), (0, 1), (0, 1), (0, 1))
    ]
    return number_of(np.array(rows, np.float32))


NECTO_ACTIONS = _necto_actions()


def make_nexto(path: Path, backend: Backend) -> Player:
    """Nexto with the weights in a file; raises UserError, in one line, for whatever is wrong with it."""
    tensors = read_tensors(path, network.nexto_shapes())
    return NextoPlayer(for_backend(network.nexto_params(tensors), backend))


def make_necto(path: Path, backend: Backend) -> Player:
    """Necto likewise."""
    tensors = read_tensors(path, network.necto_shapes())
    return NectoPlayer(for_backend(network.necto_params(tensors), backend))


MAKERS = {"nexto": make_nexto, "necto": make_necto}
