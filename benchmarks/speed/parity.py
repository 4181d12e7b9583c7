"""The same starts and controls in RocketSim 2 and 3: how far apart they are after a while, tick by tick.

    python -m benchmarks.parity

Needs `pip install ./native`. Distances in uu, of whichever car is further off: a first look at whether both are the
same game, not a proof.
"""

import importlib
from itertools import product

import numpy as np

from jaxrl.game.actions import ACTION_TABLE, CONTROLS, NEUTRAL_ACTION
from jaxrl.game.starts.state import StartState
from jaxrl.game.state import State, unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.rocketsim3.env import RocketSim3Env
from jaxrl.sim.spec import NO_LIMIT_TICKS, SimSpec

BALL, UP_FIELD = (0.0, 0.0, 93.15), np.pi / 2
SECONDS = (0.5, 1, 2, 5)
FAR_AWAY = (3000.0, 3000.0, 17.0)

current = StartState(*[np.zeros(3)] * 8)  # what both engines start with next


def start(rng: np.random.Generator, team_size: int) -> StartState:
    """Start both engines alike."""
    return current


def action(**controls: float) -> int:
    """The row of the action table with these controls and no others."""
    row = [controls.get(name, 0) for name in CONTROLS]
    return int(np.flatnonzero((row == ACTION_TABLE).all(1))[0])


def duel(
    position: tuple[float, float, float],
    speed: float = 0,
    ball: tuple[float, float, float] = BALL,
    ball_velocity: tuple[float, float, float] = (0, 0, 0),
    other: tuple[float, float, float] = FAR_AWAY,
    boost: float = 33,
    turn: tuple[float, float, float] = (UP_FIELD, 0, 0),
) -> StartState:
    """Blue at `position`, driving forwards; orange standing at `other`."""
    forward = np.array([np.cos(turn[0]), np.sin(turn[0]), 0])
    return StartState(
        ball_position=np.array(ball, float),
        ball_velocity=np.array(ball_velocity, float),
        ball_angular_velocity=np.zeros(3),
        position=np.array([position, other], float),
        yaw_pitch_roll=np.array([turn, (0, 0, 0)], float),
        velocity=np.array([speed * forward, (0, 0, 0)]),
        angular_velocity=np.zeros((2, 3)),
        boost=np.array([boost, boost], float),
    )


def play(engine: type[RocketSimEnv] | type[RocketSim3Env], begin: StartState, actions: np.ndarray) -> State:
    """States `[T, ...]` after each tick of blue's `actions` `[T]`; orange does nothing."""
    # this module runs as __main__; the environment imports it under its name
    importlib.import_module("benchmarks.parity").current = begin
    spec = SimSpec(1, 1, 1, 0, NO_LIMIT_TICKS, NO_LIMIT_TICKS, (("benchmarks.parity:start", 1.0),), seed=0)
    with engine(spec, 0) as env:
        env.reset()
        rows = [env.step(np.array([[chosen, NEUTRAL_ACTION]], np.int32)) for chosen in actions]
    # after a goal the state is another episode's: show the last one of this
    return unpack(np.array([s.final_state[0] if s.terminated[0] else s.state[0] for s in rows]))


def first_touch(states: State) -> int | None:
    """The first tick in which blue touches the ball."""
    ticks = np.flatnonzero(states.ticks_since_contact[:, 0] == 0)
    return int(ticks[0]) if len(ticks) else None


def compare(name: str, begin: StartState, actions: np.ndarray) -> None:
    """Print a row of the table: distance of cars and of balls after each of SECONDS."""
    two, three = (play(engine, begin, actions) for engine in (RocketSimEnv, RocketSim3Env))
    cells = []
    for seconds in SECONDS:
        t = round(seconds * 120) - 1
        car = np.linalg.norm(two.position[t] - three.position[t], axis=-1).max()
        ball = np.linalg.norm(two.ball_position[t] - three.ball_position[t])
        cells.append(f"{car:.2f}, {ball:.2f}")
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def hits() -> None:
    """Drive into the ball from many sides and speeds; print how the first hit differs."""
    relative, later, alone = [], [], 0
    for side, speed, held in product((-60, -30, 0, 25, 70), (500, 1000, 1600, 2200), (0, 1)):
        begin = duel((side, -600, 17), speed, boost=100)
        actions = np.full(150, action(throttle=1, boost=held))
        two, three = (play(engine, begin, actions) for engine in (RocketSimEnv, RocketSim3Env))
        a, b = first_touch(two), first_touch(three)
        if a is None or b is None:
            alone += a is not b
            continue
        before, after = two.ball_velocity[a + 4], three.ball_velocity[b + 4]
        relative.append(np.linalg.norm(after - before) / np.linalg.norm(before))
        later.append(b - a)
    print(
        f"{len(relative)} hits by both, {alone} by one alone; ball velocity differs by {np.median(relative):.1%} in "
        f"the median, at most {max(relative):.1%}; RocketSim 3 hits {min(later)} to {max(later)} ticks later"
    )


def main() -> None:
    """Print a table of situations, and the figures of hits."""
    ticks = round(SECONDS[-1] * 120)
    held = {
        "coast": action(),
        "throttle": action(throttle=1),
        "boost": action(throttle=1, boost=1),
        "steer": action(throttle=1, steer=1, yaw=1),
    }
    print(f"| car, ball in uu after | {' | '.join(f'{s:g} s' for s in SECONDS)} |\n|{'---|' * (len(SECONDS) + 1)}")
    for name, chosen in held.items():
        compare(name, duel((-2048, -2560, 17)), np.full(ticks, chosen))
    jump, flip = action(jump=1), action(pitch=-1, jump=1, handbrake=1)
    for name, second in (("double jump", jump), ("front flip", flip)):
        actions = np.full(ticks, NEUTRAL_ACTION)
        actions[:10], actions[20:30] = jump, second
        compare(name, duel((-2048, -2560, 17)), actions)
    compare("up the wall", duel((3000, 0, 17), 1400, turn=(0, 0, 0)), np.full(ticks, held["boost"]))
    compare("fall", duel((0, -2000, 800), turn=(0.3, 0.4, 0.5)), np.full(ticks, NEUTRAL_ACTION))
    compare("a ball falls", duel((0, -4000, 17), ball=(500, 500, 1000), ball_velocity=(300, 200, 1)), np.full(ticks, 0))
    compare(
        "a bump",
        duel((0, -2000, 17), 1400, (2000, 2000, 93.15), other=(0, -1000, 17)),
        np.full(ticks, held["throttle"]),
    )
    rng = np.random.default_rng(0)
    for number in range(3):
        compare(f"random {number}", duel((-2048, -2560, 17)), rng.integers(0, len(ACTION_TABLE), ticks // 8).repeat(8))
    hits()


if __name__ == "__main__":
    main()
