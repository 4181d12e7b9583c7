"""A batch of RocketSim arenas stepped in one process: controls in, raw state rows and episode ends out.

All work around the physics is done on whole arrays over the batch.
"""

import numpy as np
import RocketSim as rs

from jaxrl.game.actions import EVERY_ACTION, NEUTRAL_ACTION
from jaxrl.game.layout import LAYOUT
from jaxrl.game.starts.state import StartState
from jaxrl.sim.episodes import Episodes
from jaxrl.sim.rocketsim2.demolitions import Demolitions
from jaxrl.sim.rocketsim2.first_contacts import FirstContacts
from jaxrl.sim.rocketsim2.groups import groups_of
from jaxrl.sim.rocketsim2.physics import apply_start, kickoff, make_arena, make_controls, start_rocketsim
from jaxrl.sim.rocketsim2.rows import RowReader, read_arena
from jaxrl.sim.rocketsim2.whole_state import WholeState
from jaxrl.sim.spec import Buffers, SimSpec

RESPAWN_STREAM = 1  # key of the generator that respawn places are drawn from, see START_STREAM

SCORE = LAYOUT.columns("score")
TICKS_SINCE_CONTACT, PREVIOUS_ACTION = LAYOUT.column("ticks_since_contact"), LAYOUT.column("previous_action")


class _Controls(dict[int, rs.CarControls]):
    """RocketSim's controls by the number of an action, made when they are first pressed: most never are."""

    def __missing__(self, action: int) -> rs.CarControls:
        self[action] = made = make_controls(EVERY_ACTION[action])
        return made


class ArenaBatch:
    """The arenas `first` to `last` (exclusive) of a run, stepped one after the other in this process."""

    def __init__(self, spec: SimSpec, buffers: Buffers, first: int, last: int) -> None:
        start_rocketsim()
        self.spec = spec
        self.buffers = Buffers(*(getattr(buffers, name)[first:last] for name in Buffers.layout(spec)))
        self.controls = _Controls()
        self._episodes = Episodes(spec, self.buffers, first, last)

        count, cars = last - first, spec.num_cars
        self.arenas, self.cars = map(list, zip(*(make_arena(spec.team_size) for _ in range(count)), strict=True))
        self._setters = [[car.set_controls for car in arena_cars] for arena_cars in self.cars]
        self._whole = WholeState(groups_of(spec.fields), count, cars, spec.tick_skip)
        for i, arena in enumerate(self.arenas):
            self._whole.watch(i, arena)
        self._reader = RowReader(cars, self._whole.reads_cars)
        self._contacts = FirstContacts(spec.team_size)
        self._state = LAYOUT.unpack(self.buffers.state)  # views
        self._begun = False  # whether the next decision's delay has been played

        self.age_ticks = np.zeros(count, np.int64)
        self.no_touch_ticks = np.zeros(count, np.int64)
        self._demolitions = Demolitions(count, cars)

    def reset(self) -> None:
        """Start a new episode in every arena and fill `buffers.state`."""
        # RocketSim's wheels remember one tick across a reset: finish a decision that was begun, so that it cannot show
        if not self._begun:
            self.begin()
        self._start_episodes(np.arange(len(self.arenas)))
        self._begun = False
        self.buffers.terminated[:] = False
        self.buffers.truncated[:] = False

    def begin(self) -> None:
        """Play the ticks of the next decision during which the last controls still hold, before its actions are known.

        Workers do so while the learner chooses; otherwise `step` does it.
        """
        self._respawn_due()
        self._whole.begin(self._state)
        if self.spec.action_delay_ticks:
            for i, arena in enumerate(self.arenas):
                self._whole.step(i, arena, self.spec.action_delay_ticks)
        self._begun = True

    def step(self) -> None:
        """Play one decision (`buffers.actions`) in every arena and fill all other buffers.

        An arena whose episode ended is reset: `state` is then the first one of its next episode and `final_state` the
        last one before the reset. If the physics produces NaN, the episode is truncated at the start of this decision
        and the arena is rebuilt. Raises SimulationError when a start state yields nothing else.
        """
        spec, buffers = self.spec, self.buffers
        # play the decision and read what RocketSim says of every arena
        arenas, broken = self._play()

        # one row an arena: what RocketSim knows, and what only we count
        rows = buffers.state
        before = rows[broken]
        fields = LAYOUT.cars(rows)
        score_before, ticks_before = rows[:, SCORE].copy(), fields[..., TICKS_SINCE_CONTACT] + spec.tick_skip
        hit = self._reader.read(arenas, rows)
        ticks_before[hit] = 0
        fields[..., TICKS_SINCE_CONTACT] = ticks_before
        fields[..., PREVIOUS_ACTION] = buffers.actions
        self._demolitions.hold(self.cars, fields, spec.tick_skip)

        # a goal terminates an episode; time, no touch and NaN truncate it
        self.age_ticks += spec.tick_skip
        self.no_touch_ticks += spec.tick_skip
        self.no_touch_ticks[hit.any(axis=1)] = 0
        self._whole.write(self._state, hit, self.age_ticks, self._demolitions.ticks)
        terminated = (rows[:, SCORE] != score_before).any(axis=1)
        terminated[broken] = False
        ended = terminated | (self.age_ticks >= spec.max_episode_ticks) | (self.no_touch_ticks >= spec.no_touch_ticks)
        ended[broken] = True
        buffers.terminated[:] = terminated
        np.greater(ended, terminated, out=buffers.truncated)

        # keep the last state of what ended, then reset it
        if ended.any():
            indices = np.flatnonzero(ended)
            buffers.final_state[indices] = rows[indices]
            buffers.final_state[broken] = before
            self._episodes.ended(indices, broken)
            self._start_episodes(indices)

    def _play(self) -> tuple[list[bytes], list[int]]:
        """Play one decision; returns the bytes of every arena, and the indices of those with NaN, which are rebuilt."""
        if not self._begun:
            self._respawn_due()
            self._whole.begin(self._state)
        delay = 0 if self._begun else self.spec.action_delay_ticks
        ticks = self.spec.tick_skip - self.spec.action_delay_ticks
        self._begun = False
        controls, step, with_cars = self.controls, self._whole.step, self._whole.reads_cars
        arenas: list[bytes] = []
        broken: list[int] = []
        choices = self.buffers.actions.tolist()
        zipped = zip(self.arenas, self.cars, self._setters, choices, strict=True)
        for i, (arena, cars, setters, chosen) in enumerate(zipped):
            if delay:
                step(i, arena, delay)
            for set_controls, choice in zip(setters, chosen, strict=True):
                set_controls(controls[choice])
            if ticks:
                step(i, arena, ticks)
            try:
                arenas.append(read_arena(arena, cars, with_cars))
            except RuntimeError:  # NaN: there is no state to read
                broken.append(i)
                arenas.append(self._rebuild(i))
        return arenas, broken

    def _rebuild(self, index: int) -> bytes:
        """Replace an arena that cannot be used any more; returns the bytes of the new one."""
        arena, cars = self.arenas[index], self.cars[index] = make_arena(self.spec.team_size)
        self._setters[index] = [car.set_controls for car in cars]
        self.buffers.rebuilt[index] += 1
        self._whole.watch(index, arena)
        return read_arena(arena, cars, self._whole.reads_cars)

    def _start_episodes(self, indices: np.ndarray) -> None:
        """Reset the arenas at `indices` and write their first states to `buffers.state`."""
        arenas: list[bytes] = []
        starts: list[StartState | None] = []
        for i in indices:
            arena, cars = self.arenas[i], self.cars[i]
            kickoff_seed, start = self._episodes.draw(i)
            starts.append(start)
            kickoff(arena, cars, kickoff_seed)
            if start is not None:
                apply_start(arena, cars, start)
            for car in cars:
                car.set_controls(self.controls[NEUTRAL_ACTION])
            try:
                arenas.append(read_arena(arena, cars, self._whole.reads_cars))
            except RuntimeError as error:
                raise self._episodes.not_finite(i) from error
        self.buffers.state[indices] = self._reader.read_first(arenas)
        for i, start in zip(indices, starts, strict=True):
            self._contacts.write(start, LAYOUT.unpack(self.buffers.state[i]), self._whole.reads_cars)
        self._episodes.started(indices)
        self.age_ticks[indices] = 0
        self.no_touch_ticks[indices] = 0
        self._demolitions.start_episodes(indices, starts, self._state)
        self._whole.start_episodes(indices, self.arenas, self._state)

    def _respawn_due(self) -> None:
        self._demolitions.respawn_due(
            self.cars, lambda i, respawns: int(self._episodes.generator(RESPAWN_STREAM, i, respawns).integers(2**31))
        )
