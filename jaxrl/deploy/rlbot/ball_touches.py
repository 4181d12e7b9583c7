"""Touches of the ball: which cars made them, and the ball's velocity before and after the first one of a decision."""

from typing import Any

from jaxrl.game.layout import LONG_AGO

Velocity = tuple[float, float, float]  # uu/s
STILL = (0.0, 0.0, 0.0)


class BallTouches:
    """The touches that RLBot reports: it says of every player when the last one was."""

    def __init__(self) -> None:
        self._velocity: Velocity = STILL  # of the ball in the packet before
        self._last: dict[int, int] = {}  # ticks since the kickoff at the end of the decision of each car's last touch
        self.start_episode()

    def start_episode(self) -> None:
        """Forget all touches, as at a kickoff."""
        self.ball_touched = False
        self._seconds: list[float | None] = []  # of each player's latest touch, RLBot's clock
        self._last.clear()
        self._begin()

    def begin_decision(self, ticks: int) -> None:
        """Begin a decision, `ticks` after the kickoff."""
        self._last.update(dict.fromkeys(self._touched, ticks))
        self._begin()

    def ticks_since_contact(self, index: int, ticks: int) -> float:
        """Ticks since a car touched the ball, whole decisions; 0 in this one. `ticks` are those since the kickoff."""
        if index in self._touched:
            return 0.0
        return ticks - self._last[index] if index in self._last else LONG_AGO + ticks

    def watch(self, packet: Any) -> None:
        """Look for touches in a packet."""
        velocity = _velocity(packet)
        before, self._seconds = self._seconds, [_seconds(player) for player in packet.players]
        if len(before) == len(self._seconds):
            pairs = enumerate(zip(before, self._seconds, strict=True))
            now = {index for index, (then, seconds) in pairs if seconds is not None and seconds != then}
            if now:
                self._touched |= now
                self.ball_touched = True
                if not self.first:
                    self.first, self.before, self.after = now, self._velocity, velocity
        self._velocity = velocity

    def _begin(self) -> None:
        self.first: set[int] = set()  # cars that made the first contact of this decision
        self.before: Velocity = STILL  # the ball's velocity, in the last packet without that contact
        self.after: Velocity = STILL  # and in the first one with it
        self._touched: set[int] = set()


def _seconds(player: Any) -> float | None:
    touch = player.latest_touch
    return None if touch is None or touch.ball_index else touch.game_seconds


def _velocity(packet: Any) -> Velocity:
    if not packet.balls:
        return STILL
    velocity = packet.balls[0].physics.velocity
    return velocity.x, velocity.y, velocity.z
