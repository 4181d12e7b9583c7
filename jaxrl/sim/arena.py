"""A batch of RocketSim arenas stepped in one process: controls in, raw state rows and episode ends out.

Around the physics all work is done on whole arrays over the batch; the loop over arenas holds only the calls that
RocketSim needs per arena.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import RocketSim as rs

from jaxrl.errors import SimulationError
from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.state import (
    ARENA_SIZE,
    CAR_SIZE,
    DEMOED,
    DEMOS,
    HAS_FLIP_OR_JUMP,
    LONG_AGO,
    NUM_PADS,
    ON_GROUND,
    PREVIOUS_ACTION,
    TICKS_PER_SECOND,
    TICKS_SINCE_CONTACT,
    row_size,
)
from jaxrl.sim.start_states import StartState, resolve_start_states

RESPAWN_TICKS = 3 * TICKS_PER_SECOND
NEVER_SECONDS = 1e9

# Columns of get_gym_state: ball [25], car [36]. The rest of a car's row is computed here.
GYM_BALL, GYM_CAR = 25, 36
BALL_COLUMNS = np.r_[0:3, 7:10, 10:13]  # position, velocity, angular velocity
CAR_POSITION, CAR_FORWARD, CAR_UP, CAR_VELOCITY, CAR_SPIN = (np.arange(i, i + 3) for i in (11, 24, 30, 18, 21))
CAR_COLUMNS = np.r_[CAR_POSITION, CAR_FORWARD, CAR_UP, CAR_VELOCITY, CAR_SPIN, 10, 8]  # ..., boost, on ground
GYM_DEMOS, GYM_DEMOED, GYM_HIT_BALL = 5, 7, 9

# Keys of the generators that a batch draws from, so that start states and respawn places are independent.
START_STREAM, RESPAWN_STREAM = 0, 1


@dataclass(frozen=True)
class SimSpec:
    """All that the physics of a run depends on; plain data, sent to every worker. Ticks are 1/120 s."""

    num_envs: int
    team_size: int
    tick_skip: int  # ticks a decision
    action_delay_ticks: int  # ticks between a state and the first effect of the action chosen in it
    max_episode_ticks: int  # an episode is truncated at this age
    no_touch_ticks: int  # or when no car touched the ball for so long
    start_states: tuple[tuple[str, float], ...]  # (name, weight)
    seed: int
    first_episode: int = 0  # keys of the first episodes; a resumed run must not repeat those it has played

    @property
    def num_cars(self) -> int:
        return 2 * self.team_size

    @property
    def state_size(self) -> int:
        return row_size(self.num_cars)


@dataclass
class Buffers:
    """Arrays of all arenas, shared between processes. N arenas, C cars, F numbers a state."""

    actions: np.ndarray  # [N, C] int32, written by the learner
    state: np.ndarray  # [N, F] float32, after any reset
    final_state: np.ndarray  # [N, F] float32, the last state of an episode; valid where it ended in this step
    terminated: np.ndarray  # [N] bool: a goal
    truncated: np.ndarray  # [N] bool: a time limit or a no-touch limit, and no goal

    @staticmethod
    def layout(spec: SimSpec) -> dict[str, tuple[tuple[int, ...], type]]:
        """Shape and dtype of each field."""
        n = spec.num_envs
        return {
            "actions": ((n, spec.num_cars), np.int32),
            "state": ((n, spec.state_size), np.float32),
            "final_state": ((n, spec.state_size), np.float32),
            "terminated": ((n,), np.bool_),
            "truncated": ((n,), np.bool_),
        }


def find_collision_meshes() -> Path:
    """The folder of soccar collision meshes inside rlgym-rocket-league; raises SimulationError if it is missing."""
    # find_spec does not run rlgym's own imports, which a worker has no use for
    spec = find_spec("rlgym")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(root) / "rocket_league" / "sim" / "collision_meshes"
        if any(folder.glob("soccar/*.cmf")):
            return folder
    raise SimulationError(
        "RocketSim's collision meshes were not found; they ship with rlgym-rocket-league: "
        "pip install --force-reinstall --no-deps rlgym-rocket-league"
    )


_rocketsim_started = False


def start_rocketsim() -> None:
    """Loads the collision meshes, once a process."""
    global _rocketsim_started
    if not _rocketsim_started:
        try:
            rs.init(str(find_collision_meshes()))
        except RuntimeError as error:
            if "Already inited" not in str(error):  # someone else in this process did it: fine
                raise SimulationError(f"RocketSim cannot start: {error}") from error
        _rocketsim_started = True


class ArenaBatch:
    """Arenas `first` to `last` (exclusive) of a run, stepped one after the other in this process."""

    def __init__(self, spec: SimSpec, buffers: Buffers, first: int, last: int) -> None:
        start_rocketsim()
        self.spec = spec
        self.first = first
        self.buffers = Buffers(*(getattr(buffers, name)[first:last] for name in Buffers.layout(spec)))
        self.controls = [_controls(row) for row in ACTION_TABLE]
        names, weights = zip(*spec.start_states, strict=True)
        self.start_functions = resolve_start_states(names)
        self.start_weights = np.array(weights) / sum(weights)

        count, cars = last - first, spec.num_cars
        self.arenas, self.cars = [], []
        for _ in range(count):
            arena = rs.Arena(rs.GameMode.SOCCAR, memory_weight_mode=rs.MemoryWeightMode.LIGHT)
            teams = [rs.Team.BLUE] * spec.team_size + [rs.Team.ORANGE] * spec.team_size
            self.cars.append([arena.add_car(team, rs.CarConfig.OCTANE) for team in teams])
            self.arenas.append(arena)

        car_start = NUM_PADS + GYM_BALL
        self._gym_width = car_start + GYM_CAR * cars
        self._columns = np.concatenate(
            [NUM_PADS + BALL_COLUMNS, np.arange(NUM_PADS)]
            + [car_start + GYM_CAR * c + CAR_COLUMNS for c in range(cars)]
        )
        self._demoed_columns = car_start + GYM_CAR * np.arange(cars) + GYM_DEMOED
        self._hit_columns = car_start + GYM_CAR * np.arange(cars) + GYM_HIT_BALL
        self._demos_columns = car_start + GYM_CAR * np.arange(cars) + GYM_DEMOS

        self.episode = np.full(count, spec.first_episode, np.int64)  # number of the episode each arena is to start
        self.age_ticks = np.zeros(count, np.int64)
        self.no_touch_ticks = np.zeros(count, np.int64)
        self.demoed_ticks = np.zeros((count, cars), np.int64)
        self.respawns = np.zeros(count, np.int64)  # in this episode

    def reset(self) -> None:
        """Starts a new episode in every arena; fills `buffers.state`."""
        everything = np.arange(len(self.arenas))
        self._start_episodes(everything)
        self.buffers.terminated[:] = False
        self.buffers.truncated[:] = False

    def step(self) -> None:
        """Plays one decision (`buffers.actions`) in every arena; fills all other buffers.

        An arena whose episode ended is reset: `state` is then the first one of its next episode and `final_state` the
        last one before the reset.
        """
        spec, buffers = self.spec, self.buffers
        self._respawn_due()
        delay, rest = spec.action_delay_ticks, spec.tick_skip - spec.action_delay_ticks
        controls = self.controls
        gyms, has_flip = [], []
        for arena, cars, choices in zip(self.arenas, self.cars, buffers.actions.tolist(), strict=True):
            if delay:
                arena.step(delay)
            for car, choice in zip(cars, choices, strict=True):
                car.set_controls(controls[choice])
            if rest:
                arena.step(rest)
            gyms.append(arena.get_gym_state())
            for car in cars:
                has_flip.append(car.get_state().has_flip_or_jump())

        rows, hit = self._rows(gyms, has_flip)
        fields = self._car_fields(rows)
        ticks_before = self._car_fields(buffers.state)[..., TICKS_SINCE_CONTACT]
        fields[..., TICKS_SINCE_CONTACT] = np.where(hit, 0, ticks_before + spec.tick_skip)
        fields[..., PREVIOUS_ACTION] = buffers.actions
        self._hold_demoed(fields)

        self.age_ticks += spec.tick_skip
        self.no_touch_ticks += spec.tick_skip
        self.no_touch_ticks[hit.any(axis=1)] = 0
        terminated = (rows[:, :2] != buffers.state[:, :2]).any(axis=1)
        out_of_time = (self.age_ticks >= spec.max_episode_ticks) | (self.no_touch_ticks >= spec.no_touch_ticks)
        truncated = out_of_time & ~terminated
        buffers.terminated[:] = terminated
        buffers.truncated[:] = truncated
        buffers.state[:] = rows
        ended = np.flatnonzero(terminated | truncated)
        if ended.size:
            buffers.final_state[ended] = rows[ended]
            self._start_episodes(ended)

    def _rows(self, gyms: list[tuple], has_flip: list[bool]) -> tuple[np.ndarray, np.ndarray]:
        """Raw state rows `[A, F]` (previous action and contact age still to be set) and ball contacts `[A, C]`."""
        count, cars = len(gyms), self.spec.num_cars
        # row 0 of every array is the world frame, row 1 the one turned for orange
        flat = np.concatenate([part for gym in gyms for part in gym[1:]], axis=1)[0].reshape(count, self._gym_width)
        rows = np.empty((count, self.spec.state_size), np.float32)
        rows[:, 0:2] = np.concatenate([gym[0] for gym in gyms]).reshape(count, 4)[:, 2:4]
        selected = flat[:, self._columns]
        rows[:, 2:ARENA_SIZE] = selected[:, : ARENA_SIZE - 2]
        fields = self._car_fields(rows)
        fields[..., : ON_GROUND + 1] = selected[:, ARENA_SIZE - 2 :].reshape(count, cars, ON_GROUND + 1)
        fields[..., HAS_FLIP_OR_JUMP] = np.array(has_flip, np.float32).reshape(count, cars)
        fields[..., DEMOED] = flat[:, self._demoed_columns]
        fields[..., TICKS_SINCE_CONTACT] = LONG_AGO
        fields[..., DEMOS] = flat[:, self._demos_columns]
        fields[..., PREVIOUS_ACTION] = NEUTRAL_ACTION
        return rows, flat[:, self._hit_columns] > 0

    def _car_fields(self, rows: np.ndarray) -> np.ndarray:
        """The car part of rows `[A, F]` as a view `[A, C, 22]`."""
        return rows[:, ARENA_SIZE:].reshape(len(rows), self.spec.num_cars, CAR_SIZE)

    def _start_episodes(self, indices: np.ndarray) -> None:
        """Resets the arenas at `indices` and writes their first states to `buffers.state`."""
        gyms, has_flip = [], []
        for i in indices:
            arena, cars = self.arenas[i], self.cars[i]
            rng = self._generator(START_STREAM, i)
            arena.reset_kickoff(int(rng.integers(2**31)))
            choice = rng.choice(len(self.start_functions), p=self.start_weights)
            start = self.start_functions[choice](rng, self.spec.team_size)
            if start is not None:
                _apply(arena, cars, start)
            for car in cars:
                car.set_controls(self.controls[NEUTRAL_ACTION])
            gyms.append(arena.get_gym_state())
            has_flip += [car.get_state().has_flip_or_jump() for car in cars]
        self.buffers.state[indices] = self._rows(gyms, has_flip)[0]
        self.episode[indices] += 1
        for counter in (self.age_ticks, self.no_touch_ticks, self.demoed_ticks, self.respawns):
            counter[indices] = 0

    def _hold_demoed(self, fields: np.ndarray) -> None:
        """Counts how long cars have been demolished and keeps RocketSim from respawning them.

        RocketSim's respawn places cannot be seeded, so cars are held until `_respawn_due` does it with a keyed one.
        get_gym_state puts demolished cars at the origin; `fields` `[A, C, 22]` gets the place where they really are.
        """
        demoed = fields[..., DEMOED] > 0
        if not demoed.any() and not self.demoed_ticks.any():
            return
        for i, c in zip(*np.nonzero(demoed), strict=True):
            state = self.cars[i][c].get_state()
            fields[i, c, 0:3] = state.pos.as_numpy()
            if self.demoed_ticks[i, c] == 0:
                state.demo_respawn_timer = NEVER_SECONDS
                self.cars[i][c].set_state(state)
        self.demoed_ticks[:] = np.where(demoed, self.demoed_ticks + self.spec.tick_skip, 0)

    def _respawn_due(self) -> None:
        for i, c in zip(*np.nonzero(self.demoed_ticks >= RESPAWN_TICKS), strict=True):
            rng = self._generator(RESPAWN_STREAM, i, int(self.respawns[i]))
            self.cars[i][c].respawn(int(rng.integers(2**31)))
            self.respawns[i] += 1

    def _generator(self, stream: int, index: int, *more: int) -> np.random.Generator:
        """Random numbers keyed by seed, arena and episode, never by worker."""
        key = (self.spec.seed, stream, self.first + int(index), int(self.episode[index]), *more)
        return np.random.default_rng(np.random.SeedSequence(key))


def _controls(row: np.ndarray) -> rs.CarControls:
    throttle, steer, pitch, yaw, roll, jump, boost, handbrake = (float(x) for x in row)
    # by name: the constructor's order is not the one that its type stub gives
    return rs.CarControls(
        throttle, steer, pitch, yaw, roll, jump=bool(jump), boost=bool(boost), handbrake=bool(handbrake)
    )


def _apply(arena: rs.Arena, cars: list[rs.Car], start: StartState) -> None:
    ball = rs.BallState()
    ball.pos, ball.vel = rs.Vec(*start.ball_position), rs.Vec(*start.ball_velocity)
    ball.ang_vel = rs.Vec(*start.ball_angular_velocity)
    arena.ball.set_state(ball)
    for c, car in enumerate(cars):
        state = rs.CarState()
        state.pos, state.vel = rs.Vec(*start.position[c]), rs.Vec(*start.velocity[c])
        state.ang_vel = rs.Vec(*start.angular_velocity[c])
        state.rot_mat = rs.Angle(*start.yaw_pitch_roll[c]).as_rot_mat()
        state.boost = float(start.boost[c])
        car.set_state(state)
