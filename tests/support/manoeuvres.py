"""Manoeuvres for both engines: where everything starts and who does what when, one manoeuvre an arena."""

from typing import NamedTuple

import numpy as np

from benchmarks.parity.scenario import Body, Plan, Scenario, drive, fly, later
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS
from jaxrl.game.physics import Engine
from jaxrl.game.starts.state import StartState
from jaxrl.game.state import State, unpack
from jaxrl.sim.engine import make_env
from support.specs import sim_spec

NOTHING, THROTTLE, BOOST, JUMP = drive(0), drive(1), drive(1, boost=1), fly(jump=1)
RESTING = Body((0, 0, 93.15))
OTHER = Body((1000, 1900, 17), yaw=-90)  # orange by itself, away from pads
SETTLED = 0.1  # seconds until wheels have found the ground


def jump(name: str, plan: Plan, seconds: float) -> Scenario:
    """While blue drives; orange does the same from rest, 0.05 s later."""
    plan = later(SETTLED, plan)
    car = Body((-300, -2000, 17), speed=800)
    return Scenario(name, car, plan, other=OTHER, other_plan=later(0.05, plan), seconds=seconds)


def flip(name: str, pitch: float, roll: float) -> Scenario:
    """A jump, and a flip before it comes down."""
    return jump(name, ((0.0, JUMP), (0.1, NOTHING), (0.2, fly(pitch=pitch, roll=roll, jump=1)), (0.25, NOTHING)), 1.8)


DRIVING = (
    Scenario("boost over pads", Body((0, -3500, 17), speed=1000), ((0.0, BOOST),), boost=30, seconds=1.2),
    Scenario(
        "a large pad", Body((3584, -500, 17), speed=1200), ((0.0, THROTTLE), (0.5, NOTHING)), boost=10, seconds=0.8
    ),
    Scenario("an empty tank", Body((-300, -2000, 17)), ((0.0, BOOST),), boost=12, seconds=0.6),
    Scenario(
        "a powerslide", Body((-300, -2000, 17), speed=1200), ((0.0, drive(1, 1, slide=1)), (0.3, THROTTLE)), seconds=0.6
    ),
    Scenario("up a wall", Body((3200, 500, 17), yaw=0, speed=1500), ((0.0, THROTTLE),), seconds=0.9),
)
AIR = (
    jump("a jump", ((0.0, JUMP), (0.1, NOTHING)), 1.4),
    jump("a jump held for long", ((0.0, JUMP), (0.4, NOTHING)), 1.0),
    jump("a double jump", ((0.0, JUMP), (0.1, NOTHING), (0.2, JUMP), (0.25, NOTHING)), 2.3),
    flip("a flip ahead", -1, 0),
    flip("a flip back", 1, 0),
    flip("a flip to the right", 0, 1),
    flip("a flip ahead to the left", -1, -1),
    Scenario(
        "boost in the air",
        Body((-300, -2000, 900), pitch=45),
        ((0.0, fly(pitch=1, boost=1)), (0.1, fly(roll=1, boost=1))),
        boost=40,
        seconds=0.8,
    ),
    Scenario("on the roof", Body((-300, -2000, 40), roll=180), seconds=0.6),
)
MEETING = (
    Scenario("a hit", Body((20, -500, 17), speed=1400), ((0.0, THROTTLE),), RESTING, OTHER, seconds=0.6),
    Scenario(
        "a hit of orange", OTHER, (), RESTING, Body((20, 500, 17), yaw=-90, speed=1400), ((0.0, THROTTLE),), seconds=0.6
    ),
    Scenario(
        "a kickoff",
        Body((-256, -3840, 17), yaw=86),
        ((0.0, BOOST),),
        RESTING,
        Body((256, 3840, 17), yaw=-94),
        boost=100 / 3,
        seconds=2.6,
    ),
    Scenario("a bump", Body((0, -400, 17), speed=1300), ((0.0, THROTTLE),), other=Body((0, 0, 17)), seconds=0.6),
    Scenario(
        "a demolition",
        Body((0, -600, 17), speed=2290),
        ((0.0, BOOST), (0.4, NOTHING)),
        other=Body((0, 0, 17), yaw=0),
        boost=100,
        seconds=3.6,
    ),
    Scenario(
        "a goal",
        Body((-2000, 0, 17)),
        ball=Body((100, 4700, 300), velocity=(0, 2500, 100), spin=(1, 2, 3)),
        seconds=0.4,
    ),
)
# engines differ in what a touch of a single wheel or of a corner of the body comes to
ONE_SIDED = (
    Scenario("onto the right wheels", Body((-300, -2000, 40), roll=25), seconds=0.4),
    Scenario("into a wall", Body((3900, -700, 500), roll=-70, pitch=15, velocity=(600, 0, 0)), seconds=0.4),
)
# what figures and rewards count, and engines land at different ticks
MECHANICS = (
    Scenario(
        "a wavedash",
        Body((0, -2000, 60), pitch=40, velocity=(0, 800, -200)),
        ((0.0, NOTHING), (1 / 15, fly(pitch=-1, jump=1)), (2 / 15, THROTTLE)),
        seconds=0.8,
    ),
    Scenario(
        "a flip reset",  # the double jump is used up, and the ball comes down on the wheels of a car on its back
        Body((0, 0, 600), roll=180, velocity=(0, 600, 1000)),
        ((0.0, JUMP), (1 / 15, NOTHING)),
        Body((15, 10, 1000), velocity=(0, 600, 0)),
        seconds=0.43,
    ),
    Scenario("on the ceiling", Body((0, -2000, 2027), roll=180, speed=1500), ((0.0, THROTTLE),), seconds=0.3),
)
ALIKE = (*DRIVING, *AIR, *MEETING)
ALL = (*ALIKE, *ONE_SIDED, *MECHANICS)


def start(rng: np.random.Generator, team_size: int) -> StartState:
    """Start arena number i with manoeuvre i."""
    _, _, arena, *_ = rng.bit_generator.seed_seq.entropy  # the key of jaxrl.sim.episodes
    return ALL[arena].start(rng)


def start_mirrored(rng: np.random.Generator, team_size: int) -> StartState:
    """Start arena number i with manoeuvre i in the mirror x = 0."""
    there = start(rng, team_size)
    polar, axial = np.array([-1, 1, 1]), np.array([1, -1, -1])
    yaw, pitch, roll = there.yaw_pitch_roll.T
    return StartState(
        ball_position=there.ball_position * polar,
        ball_velocity=there.ball_velocity * polar,
        ball_angular_velocity=there.ball_angular_velocity * axial,
        position=there.position * polar,
        yaw_pitch_roll=np.stack([np.pi - yaw, pitch, -roll], axis=-1),
        velocity=there.velocity * polar,
        angular_velocity=there.angular_velocity * axial,
        boost=there.boost,
    )


class Played(NamedTuple):
    """All N manoeuvres in an engine, in T decisions of `tick_skip` ticks."""

    rows: np.ndarray  # [T + 1, N, F]: the first is before any decision
    ended: np.ndarray  # [N]: the decision that ended the episode, -1 = none; of what follows it nothing is kept
    tick_skip: int

    def of(self, manoeuvre: int) -> State:
        """All states of a manoeuvre, `[T' + 1, ...]`."""
        ended, ticks = int(self.ended[manoeuvre]), ALL[manoeuvre].ticks
        last = ended if ended >= 0 else ticks // self.tick_skip
        return unpack(self.rows[: last + 1, manoeuvre])


def play(engine: Engine, tick_skip: int, delay: int, mirrored: bool = False) -> Played:
    """Play them all in one engine; the actions of a decision are those of its first tick."""
    actions = [scenario.actions(np.random.default_rng(0)) for scenario in ALL]
    count = max(map(len, actions)) // tick_skip
    spec = sim_spec(
        num_envs=len(ALL),
        tick_skip=tick_skip,
        action_delay_ticks=delay,
        start_states=((f"support.manoeuvres:{'start_mirrored' if mirrored else 'start'}", 1.0),),
    )
    ended = np.full(len(ALL), -1)
    with make_env(engine, spec, 0) as env:
        rows = [env.reset().copy()]
        for t in range(count):
            now = np.array([chosen[min(t * tick_skip, len(chosen) - 1)] for chosen in actions], np.int32)
            step = env.step(MIRRORED_ACTIONS[now] if mirrored else now)
            over = step.terminated | step.truncated
            ended[over & (ended < 0)] = t + 1
            rows.append(np.where(over[:, None], step.final_state, step.state))
    return Played(np.array(rows), ended, tick_skip)
