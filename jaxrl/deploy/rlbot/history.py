"""The state of every car tracked across packets, for what a single packet of RLBot lacks."""

from typing import Any, NamedTuple

ON_GROUND, JUMPING, IN_AIR = 0, 1, 4  # RLBot's AirState

# RLBot reports Jumping as soon as the button acts. In RocketSim the wheels still touch the ground in the first states
# after that: in five of them for 93 of 100 jumps of cars that drive at random.
TAKE_OFF_TICKS = 5


class Seen(NamedTuple):
    """A car in the last packet in which it was not demolished."""

    player: Any  # RLBot's PlayerInfo
    on_ground: bool  # as RocketSim reports it
    jumped_at: int | None  # frame in which its last jump began


class History:
    """The cars of a match, by their indices in the packets."""

    def __init__(self) -> None:
        self._frame = 0
        self._seen: dict[int, Seen] = {}

    def watch(self, packet: Any) -> None:
        """Update the cars from a packet; call it with every packet, in any phase of the match."""
        frame = packet.match_info.frame_num
        if frame < self._frame:  # another match
            self._seen.clear()
        self._frame = frame
        for index, player in enumerate(packet.players):
            if not is_demolished(player) or index not in self._seen:
                self._seen[index] = self._update(player, self._seen.get(index), frame)

    def car(self, index: int) -> Seen:
        """The car as training shows it: a demolished one keeps its last state until it respawns.

        RLBot leaves a demolished car's fields undefined; its server, for example, reports the car as on the ground.
        """
        return self._seen[index]

    def _update(self, player: Any, before: Seen | None, frame: int) -> Seen:
        air_state, jumped_at = int(player.air_state), before and before.jumped_at
        if air_state == JUMPING and not (before and int(before.player.air_state) == JUMPING):
            jumped_at = frame
        takes_off = jumped_at is not None and frame - jumped_at < TAKE_OFF_TICKS and air_state in (JUMPING, IN_AIR)
        return Seen(player, air_state == ON_GROUND or takes_off, jumped_at)


def is_demolished(player: Any) -> bool:
    """Whether the car is waiting to respawn."""
    return player.demolished_timeout >= 0  # -1: not demolished
