"""`VecEnv` on RocketSim 3: arenas stepped by native threads of this process, which write their rows themselves."""

from dataclasses import fields

import jaxrl_physics
import numpy as np

from jaxrl.errors import SimulationError
from jaxrl.game.actions import EVERY_ACTION, NEUTRAL_ACTION
from jaxrl.game.field import PAD_PLACES
from jaxrl.game.layout import LAYOUT
from jaxrl.game.starts.state import StartState
from jaxrl.sim.cores import available_cores, cores_of_workers, max_workers
from jaxrl.sim.episodes import Episodes
from jaxrl.sim.grouped_env import GroupedEnv
from jaxrl.sim.meshes import find_collision_meshes
from jaxrl.sim.running import RunningEpisodes
from jaxrl.sim.spec import Buffers, SimSpec
from jaxrl.sim.vec_env import Step


class RocketSim3Env(GroupedEnv):
    """`VecEnv` on RocketSim 3: `spec.num_envs` arenas stepped by `num_threads` threads.

    With two groups the threads step one while the learner chooses actions for the other. Results do not depend on the
    number of threads, nor on what an arena has played before: every episode begins in a copy of a fresh arena.
    Raises SimulationError if the collision meshes are missing, and if the physics fails in an arena, which it names.
    """

    def __init__(self, spec: SimSpec, num_threads: int, num_groups: int = 1) -> None:
        super().__init__(spec, num_groups)
        self._buffers = Buffers.allocate(spec)
        self._episodes = Episodes(spec, self._buffers, 0, spec.num_envs)
        self._rebuilt = np.zeros(spec.num_envs, np.int32)  # of every arena, when its decision was sent
        num_threads = max(max_workers(num_threads, spec.num_envs, num_groups), 1)
        cores = [core for core in cores_of_workers(num_threads) if core is not None]
        self._arenas: jaxrl_physics.Arenas | None = _start_arenas(
            spec, self._buffers, [(group.start, group.stop) for group in self.groups], num_threads, cores
        )

    def reset(self) -> np.ndarray:
        """Start new episodes (`VecEnv.reset`), after finishing decisions that were sent and not received."""
        for group in range(len(self.groups)):
            self._wait(group)
        self._turn = 0
        self._start_episodes(np.arange(self.num_envs))
        self._buffers.terminated[:] = False
        self._buffers.truncated[:] = False
        return self._buffers.state

    def send(self, group: int, actions: np.ndarray) -> None:
        """Start a decision (`VecEnv.send`). Raises SimulationError out of turn, or if the last one was not received."""
        self._check_turn(group)
        members, buffers = self.groups[group], self._buffers
        buffers.actions[members] = actions
        self._rebuilt[members] = buffers.rebuilt[members]  # before threads may count
        self._open_arenas.send_step(group)
        self._mark_sent(group)

    def receive(self, group: int) -> Step:
        """Wait for a decision (`VecEnv.receive`). The arrays are valid until the next `send` or `reset`."""
        self._check_sent(group)
        members, buffers = self.groups[group], self._buffers
        self._wait(group)
        ended = members.start + np.flatnonzero(buffers.terminated[members] | buffers.truncated[members])
        if len(ended):
            broken = members.start + np.flatnonzero(buffers.rebuilt[members] > self._rebuilt[members])
            self._episodes.ended(ended, broken.tolist())
            self._start_episodes(ended)
        # while the learner chooses, the last controls still hold
        self._open_arenas.send_begin(group)
        return self._step_of(group)

    def running_episodes(self) -> RunningEpisodes | None:
        """What the running episodes were made of, see `GroupedEnv.running_episodes`."""
        if any(self._sent):
            return None
        seeds, starts, lengths, actions = self._open_arenas.episodes()
        return RunningEpisodes(
            *(seeds, starts, lengths, actions, self._buffers.state.copy(), self._buffers.episode.copy()),
            started_as=self._episodes.started_as.copy(),
            broken_in_a_row=self._episodes.broken_in_a_row.copy(),
        )

    def continue_episodes(self, running: RunningEpisodes) -> bool:
        """Play episodes again, see `GroupedEnv.continue_episodes`: natively, by as many threads as there are cores."""
        # longer ones would have been truncated, and the file may be anybody's
        if len(running.lengths) and int(running.lengths.max()) * self.spec.tick_skip >= self.spec.max_episode_ticks:
            return False
        for group in range(len(self.groups)):
            self._wait(group)
        try:
            seeds, starts, lengths, actions, rows = running[:5]
            same = self._open_arenas.replay(seeds, starts, lengths, actions.astype(np.uint16), rows, available_cores())
        except (ValueError, OverflowError):  # of other arenas
            return False
        if not same or running.episode.shape != (self.num_envs,) or running.started_as.shape != (self.num_envs,):
            return False
        self._buffers.episode[:] = running.episode
        known = len(self.spec.start_states)
        self._episodes.started_as[:] = np.clip(running.started_as, 0, known - 1)
        if len(running.broken_in_a_row) == known:
            self._episodes.broken_in_a_row[:] = running.broken_in_a_row
        return True

    def time_physics(self, actions: np.ndarray, num_threads: int) -> float:
        """Seconds of the physics alone: play `actions` `[T, N, C]` int32 with no rows, no ends of episodes, no Python.

        For measuring: the running episodes mean nothing afterwards, `reset` starts new ones.
        """
        for group in range(len(self.groups)):
            self._wait(group)
        cores = [core for core in cores_of_workers(num_threads) if core is not None]
        return self._open_arenas.time_bare(actions, num_threads, cores)

    def close(self) -> None:
        """End the threads and free the arenas (`VecEnv.close`)."""
        self._arenas = None

    @property
    def _open_arenas(self) -> jaxrl_physics.Arenas:
        if self._arenas is None:
            raise SimulationError("this environment is closed")
        return self._arenas

    def _wait(self, group: int) -> None:
        try:
            self._open_arenas.wait(group)
        except RuntimeError as error:
            raise SimulationError(str(error)) from error
        self._sent[group] = False

    def _start_episodes(self, indices: np.ndarray) -> None:
        """Start the next episodes of the arenas at `indices` and write their first states."""
        drawn = [self._episodes.draw(i) for i in indices]
        starts = _numbers_of([start for _, start in drawn], self.spec.num_cars)
        try:
            broken = self._open_arenas.start(indices.tolist(), [seed for seed, _ in drawn], starts)
        except RuntimeError as error:
            raise SimulationError(str(error)) from error
        for i, is_broken in zip(indices, broken, strict=True):
            if is_broken:
                raise self._episodes.not_finite(i)
        self._episodes.started(indices)


def _start_arenas(
    spec: SimSpec, buffers: Buffers, groups: list[tuple[int, int]], num_threads: int, cores: list[int]
) -> jaxrl_physics.Arenas:
    folder = find_collision_meshes()
    try:
        jaxrl_physics.load_meshes(str(folder))
    except OSError as error:
        raise SimulationError(f"RocketSim cannot start: {error}") from error
    settings = jaxrl_physics.Settings(
        team_size=spec.team_size,
        tick_skip=spec.tick_skip,
        action_delay_ticks=spec.action_delay_ticks,
        max_episode_ticks=spec.max_episode_ticks,
        no_touch_ticks=spec.no_touch_ticks,
        controls=EVERY_ACTION.tolist(),
        neutral_action=NEUTRAL_ACTION,
        arena_columns=[(field.name, LAYOUT.offsets[field.name]) for field in LAYOUT.fields if not field.of_car],
        car_columns=[(field.name, LAYOUT.offsets[field.name]) for field in LAYOUT.fields if field.of_car],
        arena_size=LAYOUT.arena_size,
        car_size=LAYOUT.car_size,
        pad_places=[(x, y) for x, y, *_ in PAD_PLACES],
    )
    given = ("actions", "state", "final_state", "terminated", "truncated", "rebuilt")
    arrays = {field.name: getattr(buffers, field.name) for field in fields(buffers) if field.name in given}
    return jaxrl_physics.Arenas(settings, groups, num_threads, cores, **arrays)


def _numbers_of(starts: list[StartState | None], num_cars: int) -> np.ndarray:
    """Start states `[K, S]` as the module takes them: ball, then each car; NaN throughout for a kickoff."""
    rows = np.full((len(starts), 9 + 15 * num_cars), np.nan, np.float32)
    for row, start in zip(rows, starts, strict=True):
        if start is None:
            continue
        row[:3], row[3:6], row[6:9] = start.ball_position, start.ball_velocity, start.ball_angular_velocity
        cars = row[9:].reshape(num_cars, -1)
        cars[:, :3], cars[:, 3:6], cars[:, 6:9] = start.position, start.velocity, start.angular_velocity
        cars[:, 9:12], cars[:, 12] = start.yaw_pitch_roll, start.boost
        cars[:, 13], cars[:, 14] = start.flips_left(), start.ticks_demolished()
    return rows
