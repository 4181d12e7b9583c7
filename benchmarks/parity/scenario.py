"""What a scenario is: where everything starts, within which ranges it varies, and which actions follow when."""

from dataclasses import dataclass, field

import numpy as np

from jaxrl.game.actions import ACTION_TABLE, CONTROLS, NEUTRAL_ACTION, NUM_ACTIONS
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.starts.state import StartState

Range = float | tuple[float, float]  # a pair is drawn from uniformly
Place = tuple[Range, Range, Range]
Plan = tuple[tuple[float, int], ...]  # (from this second on, this action)

RANDOM_TICKS = 8  # how long each action of random controls holds


@dataclass(frozen=True)
class Body:
    """Where a car or the ball starts: uu, uu/s, rad/s, and degrees (yaw 90 faces the goal that blue attacks)."""

    place: Place
    yaw: Range = 90.0
    pitch: Range = 0.0
    roll: Range = 0.0
    speed: Range = 0.0  # along the nose
    velocity: Place = (0.0, 0.0, 0.0)  # on top of that
    spin: Place = (0.0, 0.0, 0.0)


BALL_FAR = Body((-3000.0, 3000.0, 93.15))
ASIDE = Body((3000.0, 3000.0, 17.0), yaw=0.0)


@dataclass(frozen=True)
class Scenario:
    """One situation with its variations. Orange does nothing unless `other_plan` says so."""

    name: str
    car: Body = Body((0.0, -2000.0, 17.0))
    plan: Plan = ()
    ball: Body = BALL_FAR
    other: Body = ASIDE
    other_plan: Plan = ()
    boost: Range = 50.0
    random_controls: bool = False  # in place of both plans
    seconds: float = 5.0
    ball_counts: bool = False  # whether the ball is what is compared, not the cars
    events: tuple[str, ...] = field(default=())  # see `events.EVENTS`

    @property
    def ticks(self) -> int:
        """Length of the scenario."""
        return round(self.seconds * TICKS_PER_SECOND)

    def start(self, rng: np.random.Generator, aside: float = 0.0) -> StartState:
        """Draw a variation; blue's car and the ball start `aside` uu from there, in x."""
        bodies = [_drawn(rng, body) for body in (self.ball, self.car, self.other)]
        shift = np.array([aside, 0, 0])
        (ball_place, _, ball_velocity, ball_spin), *cars = bodies
        places, angles, velocities, spins = (np.array(column) for column in zip(*cars, strict=True))
        places[0] += shift
        return StartState(
            ball_position=ball_place - shift,
            ball_velocity=ball_velocity,
            ball_angular_velocity=ball_spin,
            position=places,
            yaw_pitch_roll=angles,
            velocity=velocities,
            angular_velocity=spins,
            boost=np.full(2, _number(rng, self.boost)),
        )

    def actions(self, rng: np.random.Generator) -> np.ndarray:
        """Actions of both cars, `[T, 2]` int32."""
        if self.random_controls:
            drawn = rng.integers(0, NUM_ACTIONS, (self.ticks // RANDOM_TICKS + 1, 2), np.int32)
            return drawn.repeat(RANDOM_TICKS, axis=0)[: self.ticks]
        actions = np.full((self.ticks, 2), NEUTRAL_ACTION, np.int32)
        for c, plan in enumerate((self.plan, self.other_plan)):
            for second, action in plan:
                actions[round(second * TICKS_PER_SECOND) :, c] = action
        return actions


def drive(throttle: float = 1, steer: float = 0, boost: float = 0, slide: float = 0) -> int:
    """The action on the ground with these controls, a row of the action table."""
    return _row(throttle=throttle, steer=steer, yaw=steer, boost=boost, handbrake=slide)


def fly(pitch: float = 0, yaw: float = 0, roll: float = 0, jump: float = 0, boost: float = 0) -> int:
    """The action in the air with these controls: as the action table has them, with throttle and handbrake implied."""
    slide = float(jump and (pitch != 0 or roll != 0))
    return _row(throttle=boost, steer=yaw, pitch=pitch, yaw=yaw, roll=roll, jump=jump, boost=boost, handbrake=slide)


def later(seconds: float, plan: Plan) -> Plan:
    """The same plan, `seconds` later: until then the wheels settle on the ground."""
    return tuple((seconds + second, action) for second, action in plan)


def _row(**controls: float) -> int:
    row = [controls.get(name, 0) for name in CONTROLS]
    (found,) = np.flatnonzero((row == ACTION_TABLE).all(axis=1))
    return int(found)


def _number(rng: np.random.Generator, value: Range) -> float:
    return rng.uniform(*value) if isinstance(value, tuple) else value


def _drawn(rng: np.random.Generator, body: Body) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Place, (yaw, pitch, roll) in rad, velocity and spin, `[3]` each."""
    place, velocity, spin = (
        np.array([_number(rng, value) for value in values], float) for values in (body.place, body.velocity, body.spin)
    )
    yaw, pitch, roll = (np.radians(_number(rng, value)) for value in (body.yaw, body.pitch, body.roll))
    nose = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)])
    return place, np.array([yaw, pitch, roll]), velocity + _number(rng, body.speed) * nose, spin
