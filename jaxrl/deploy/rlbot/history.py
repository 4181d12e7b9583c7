"""What a single packet of RLBot lacks, kept across packets: of the episode, and of every car."""

from typing import Any

import numpy as np

from jaxrl.deploy.rlbot.ball_touches import BallTouches
from jaxrl.deploy.rlbot.bumps import Bumps
from jaxrl.deploy.rlbot.car import Car
from jaxrl.deploy.rlbot.pads import PadsTaken

# RLBot's MatchPhase: the bot plays after the countdown, and until a goal
KICKOFF, ACTIVE, PAUSED = 2, 3, 6
PLAYED_PHASES = (KICKOFF, ACTIVE)


class History:
    """The cars of a match, by their indices in the packets, and what happened to them since the kickoff.

    Packets may be missing: then what happened in between counts as seen in the next one. A bot that joins in the middle
    of an episode counts from then.
    """

    def __init__(self, pads: np.ndarray | None = None) -> None:
        """Watch a match; `pads` is from `pad_order`, without it nobody is known to take pads."""
        self.ticks = 0  # since the kickoff
        self.touches = BallTouches()
        self.bumps = Bumps()
        self._pads = PadsTaken(pads)
        self._frame = 0
        self._phase: int | None = None  # the last one that was no pause
        self._cars: dict[int, Car] = {}

    def watch(self, packet: Any) -> None:
        """Update everything from a packet; call it with every packet, in any phase of the match."""
        frame, phase, players = packet.match_info.frame_num, int(packet.match_info.match_phase), packet.players
        if frame < self._frame:  # another match
            self._cars.clear()
            self._phase = None
        begins = self._is_kickoff(phase)
        if begins:
            self._start_episode()
        ticks = max(frame - self._frame, 0)
        if phase in PLAYED_PHASES and not begins:
            self.ticks += ticks
        self.touches.watch(packet)
        self.bumps.watch(players, ticks)
        takers = self._pads.watch(packet, self._cars, ticks)
        for index, player in enumerate(players):
            if index in self._cars:
                self._cars[index].watch(player, frame, ticks, takers.get(index, ()))
            else:
                self._cars[index] = Car(player, frame)
        self._frame = frame
        if phase != PAUSED:
            self._phase = phase

    def car(self, index: int) -> Car:
        """The car as training shows it, see `Car`."""
        return self._cars[index]

    def begin_decision(self) -> None:
        """Begin anew what is told of one decision: call it after the state was read in which the bot decides."""
        self.touches.begin_decision(self.ticks)
        for car in self._cars.values():
            car.tank.begin_decision(car.is_demolished)

    def _is_kickoff(self, phase: int) -> bool:
        """Whether an episode begins, also where the packets of the countdown were lost."""
        if phase not in PLAYED_PHASES:
            return False
        return self._phase not in PLAYED_PHASES or (phase == KICKOFF and self._phase == ACTIVE)

    def _start_episode(self) -> None:
        self.ticks = 0
        self.touches.start_episode()
        self.bumps.start_episode()
        for car in self._cars.values():
            car.start_episode()
