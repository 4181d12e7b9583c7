"""A fixed opponent in training: any player, with a share of the arenas for itself."""

from collections.abc import Sequence

import numpy as np

from jaxrl.bots.player import Player
from jaxrl.errors import UserError
from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.matches.compiled import compiled
from jaxrl.matches.past import Standing
from jaxrl.matches.play import Side, Timing


class Guest:
    """A player in `share` of the arenas: it decides at its own pace, and its actions take effect as late as training's.

    Raises UserError where its decisions do not last as long as some whole number of training's.
    """

    def __init__(self, name: str, player: Player, share: float, timing: Timing) -> None:
        """`name` is what the config has for `player`: two bots may have the same of their own."""
        if player.tick_skip % timing.tick_skip:
            raise UserError(
                f"league.opponents: {name} decides every {player.tick_skip} ticks, which is no multiple of "
                f"environment.tick_skip {timing.tick_skip}"
            )
        self.name, self.player, self.share, self.standing = name, player, share, Standing()
        self._every, self._timing, self._call = player.tick_skip // timing.tick_skip, timing, compiled()
        self._sides: list[Side] = []
        self._held: list[np.ndarray] = []  # [m, C] by group: what it does
        self._steps: list[int] = []  # since it began, by group

    def start(self, counts: Sequence[int], num_cars: int) -> None:
        """Begin in so many arenas of each group, all of which begin episodes."""
        timing = Timing(self._timing.tick_skip, self.player.action_delay_ticks)  # no wait of its own
        self._sides = [Side(self.player, np.zeros((count, num_cars), np.bool_), timing) for count in counts]
        self._held = [np.full((count, num_cars), NEUTRAL_ACTION, np.int32) for count in counts]
        self._steps = [0] * len(counts)

    def choose(self, group: int, states: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        """Actions `[m, C]` int32 as if all cars were its own; the last ones where it is not its turn."""
        side = self._sides[group]
        if self._steps[group] % self._every == 0:
            seen = states if self._every == 1 else side.view(states, self._held[group])
            side.memory, chosen = self._call.one(self.player, side.memory, seen, side.starts, uniforms)
            self._held[group] = np.asarray(chosen)
            side.decided()
        self._steps[group] += 1
        return self._held[group]

    def watch(self, group: int, states: np.ndarray, final_states: np.ndarray, ended: np.ndarray) -> None:
        """Take in where a decision led, `[m, F]`; episodes that `ended` `[m]` are forgotten."""
        side = self._sides[group]
        rows = np.where(ended[:, None], final_states, states) if ended.any() else states
        side.watch(rows, self._timing.tick_skip)
        if ended.any():
            side.begin(ended)
            self._held[group] = np.where(ended[:, None], np.int32(NEUTRAL_ACTION), self._held[group])
