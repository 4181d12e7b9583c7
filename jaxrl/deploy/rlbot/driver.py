"""When a bot decides, and what it holds in between: the timing of training, in the game."""

from typing import Any

import numpy as np

from jaxrl.bots.policy import Policy
from jaxrl.deploy.rlbot.history import History
from jaxrl.deploy.rlbot.packet import cars_in_order, read_packet
from jaxrl.errors import UserError
from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.state import unpack

# RLBot's MatchPhase: the bot plays after the countdown, and until a goal
PLAYED_PHASES = (2, 3)  # Kickoff, Active

GAME_DELAY_TICKS = 1  # the game applies a control one tick after the packet that it answers


class Driver:
    """Drives one car. A decision every `tick_skip` ticks; between two of them the controls stay as they are."""

    def __init__(self, policy: Policy, index: int, pads: np.ndarray) -> None:
        """`index` is the car's in the packets, `pads` from `pad_order`."""
        self.policy, self.index, self.pads = policy, index, pads
        self.state: np.ndarray | None = None  # of the last decision, [F]
        self._history = History()
        self._rest()

    def controls(self, packet: Any) -> np.ndarray:
        """`[8]`: throttle, steer, pitch, yaw, roll, jump, boost, handbrake in answer to a packet.

        Nothing is pressed where there is nothing to drive for: no ball, a countdown, a goal and its replay, a pause.
        Raises UserError for a match of other numbers of cars than the bot was trained for.
        """
        self._history.watch(packet)
        if int(packet.match_info.match_phase) not in PLAYED_PHASES or not packet.balls:
            self._rest()
            return ACTION_TABLE[NEUTRAL_ACTION]
        frame, description = packet.match_info.frame_num, self.policy.description
        if self._decided_at is not None and frame < self._decided_at:  # another match
            self._rest()
        if self._decided_at is None or frame - self._decided_at >= description.tick_skip:
            self._held = self._next  # its time is over, also where the packets in which it came never arrived
            try:
                self._next = self._decide(packet)
            except UserError:  # and nothing is held, either
                self._rest()
                raise
            self._decided_at = frame
        if frame - self._decided_at >= description.action_delay_ticks - GAME_DELAY_TICKS:
            self._held = self._next
        return ACTION_TABLE[self._held]

    def _decide(self, packet: Any) -> int:
        order = cars_in_order(packet, self.policy.description.team_size)
        car = order.index(self.index)
        self.state = read_packet(packet, order, self.pads, self._history)
        unpack(self.state).previous_action[car] = self._next
        return int(self.policy.act(self.state)[car])

    def _rest(self) -> None:
        """As at the start of an episode."""
        self._decided_at: int | None = None
        self._held = self._next = NEUTRAL_ACTION
