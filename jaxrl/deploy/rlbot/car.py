"""One car across packets: jumps, time in the air, handbrake, demolitions."""

from collections.abc import Sequence
from typing import Any

from jaxrl.deploy.rlbot.tank import Tank
from jaxrl.game.field import TICKS_PER_SECOND

ON_GROUND, JUMPING, DODGING, IN_AIR = 0, 1, 3, 4  # RLBot's AirState

# RLBot reports Jumping as soon as the button acts. In RocketSim the wheels still touch the ground in the first states
# after that: in five of them for 93 of 100 jumps of cars that drive at random.
TAKE_OFF_TICKS = 5

DODGE_SECONDS = 1.25  # in which a car can flip or jump again after a jump
HANDBRAKE_RISE, HANDBRAKE_FALL = 5.0, 2.0  # a second


class Car:
    """A car as training shows it: a demolished one keeps its last state until it respawns.

    RLBot leaves a demolished car's fields undefined; its server, for example, reports the car as on the ground.
    """

    def __init__(self, player: Any, frame: int) -> None:
        self.player = player  # RLBot's PlayerInfo in the last packet in which the car was not demolished
        self.is_demolished = is_demolished(player)
        self.demolitions_suffered = 0  # in this episode
        self.handbrake = 0.0  # 0 to 1
        self.seconds_since_jump = 0.0  # in the air since a jump stopped pushing
        self.jump_ticks = self.air_ticks = 0  # for how long the jump has pushed, and the car is in the air
        self.on_ground = False  # as RocketSim reports it
        self.tank = Tank(player.boost)
        self._air_state: int | None = None
        self._jumped_at: int | None = None  # frame in which the last jump began
        self._begins = False  # the next packet is the first one after a kickoff
        self._move(player, frame, 1)

    def start_episode(self) -> None:
        """Forget what happened before a kickoff."""
        self.demolitions_suffered, self._begins = 0, True
        self.tank.start_episode()

    def watch(self, player: Any, frame: int, ticks: int, pads: Sequence[bool]) -> None:
        """Update the car from a packet, `ticks` after the one before.

        `pads` are those that the car has taken meanwhile: whether each is a large one.
        """
        was_demolished, self.is_demolished = self.is_demolished, is_demolished(player)
        if self.is_demolished:
            self.demolitions_suffered += not was_demolished
            return
        if was_demolished or self._begins:  # it was put somewhere else
            self.handbrake, self.air_ticks, self._begins = 0.0, 0, False
            self.tank.replace(player.boost)
        elif ticks:
            presses = player.last_input
            self.handbrake += (HANDBRAKE_RISE if presses.handbrake else -HANDBRAKE_FALL) * ticks / TICKS_PER_SECOND
            self.handbrake = min(max(self.handbrake, 0.0), 1.0)
            self.tank.watch(player.boost, presses.boost, ticks, pads)
        self._move(player, frame, ticks)
        self.player = player

    def _move(self, player: Any, frame: int, ticks: int) -> None:
        air_state, was_jumping = int(player.air_state), self._air_state == JUMPING
        if air_state == JUMPING and not was_jumping:
            self._jumped_at = frame
        jumped_at = self._jumped_at
        takes_off = jumped_at is not None and frame - jumped_at < TAKE_OFF_TICKS and air_state in (JUMPING, IN_AIR)
        self.on_ground = air_state == ON_GROUND or takes_off
        # of what began since the packet before it is not known when: as if it had been in the last tick
        self.jump_ticks = 0 if air_state != JUMPING else self.jump_ticks + ticks if was_jumping else 1
        self.air_ticks = 0 if self.on_ground else self.air_ticks + ticks if self.air_ticks else 1
        if self.on_ground or air_state == JUMPING or not player.has_jumped:
            self.seconds_since_jump = 0.0
        elif player.dodge_timeout > 0:  # RLBot's clock
            self.seconds_since_jump = DODGE_SECONDS - player.dodge_timeout
        else:
            self.seconds_since_jump += ticks / TICKS_PER_SECOND
        self._air_state = air_state


def is_demolished(player: Any) -> bool:
    """Whether the car is waiting to respawn."""
    return player.demolished_timeout >= 0  # -1: not demolished
