"""The timing of training in the game: when a bot decides, and which controls it holds in between."""

from typing import Any

import numpy as np

from jaxrl.bots.policy import Policy
from jaxrl.deploy.rlbot.history import PLAYED_PHASES, History
from jaxrl.deploy.rlbot.packet import cars_in_order, read_packet
from jaxrl.errors import UserError
from jaxrl.game.actions import EVERY_ACTION, NEUTRAL_ACTION
from jaxrl.game.state import unpack

GAME_DELAY_TICKS = 1  # the game applies a control one tick after the packet that it answers


class Driver:
    """The driver of one car: decides every `tick_skip` ticks and holds the controls in between."""

    def __init__(self, policy: Policy, index: int, pads: np.ndarray, sampled: bool = False) -> None:
        """Drive the car with `index` in the packets; `pads` is from `pad_order`.

        `sampled` draws actions as in training, instead of the most likely one.
        """
        self.policy, self.index, self.pads = policy, index, pads
        self._dice = np.random.default_rng() if sampled else None
        self.state: np.ndarray | None = None  # of the last decision, [F]
        self._history = History(pads)
        self._rest()

    def controls(self, packet: Any) -> np.ndarray:
        """Controls in answer to a packet, `[8]`: throttle, steer, pitch, yaw, roll, jump, boost, handbrake.

        They are neutral without a ball and during a countdown, a goal and its replay, or a pause. Raises UserError for
        a match with another number of cars than the bot was trained for.
        """
        self._history.watch(packet)
        if int(packet.match_info.match_phase) not in PLAYED_PHASES or not packet.balls:
            self._rest()
            return EVERY_ACTION[NEUTRAL_ACTION]
        frame, description = packet.match_info.frame_num, self.policy.description
        if self._decided_at is not None and frame < self._decided_at:  # another match
            self._rest()
        if self._decided_at is None or frame - self._decided_at >= description.tick_skip:
            self._held = self._next  # due by now, even if the packets in which it fell due never arrived
            try:
                self._next = self._decide(packet)
            except UserError:  # release all controls as well
                self._rest()
                raise
            self._decided_at = frame
        if frame - self._decided_at >= description.action_delay_ticks - GAME_DELAY_TICKS:
            self._held = self._next
        return EVERY_ACTION[self._held]

    def _decide(self, packet: Any) -> int:
        order = cars_in_order(packet, self.policy.description.team_size)
        car = order.index(self.index)
        self.state = read_packet(packet, order, self.pads, self._history)
        self._history.begin_decision()
        unpack(self.state).previous_action[car] = self._next
        uniforms = None if self._dice is None else self._dice.random(len(order), np.float32)
        return int(self.policy.act(self.state, uniforms)[car])

    def _rest(self) -> None:
        """Reset to the start of an episode."""
        self._decided_at: int | None = None
        self._held = self._next = NEUTRAL_ACTION
