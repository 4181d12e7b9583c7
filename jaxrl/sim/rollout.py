"""What the host records, and the loop that fills it: raw states, actions and episode ends, nothing else."""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from jaxrl.game.state import Array
from jaxrl.sim.running import RunningEpisodes
from jaxrl.sim.vec_env import Step, VecEnv


class Rollout(NamedTuple):
    """The host's record of T decisions of N environments with C cars each, raw states of F numbers.

    Row e of `final_states` is the true last state of the episode that ended with decision `final_index[e]` = (t, n);
    unused rows have t = T.
    """

    states: Array  # [T + 1, N, F] float32; states[t + 1] is a new episode's first where one ended at t
    actions: Array  # [T, N, C] int32
    terminated: Array  # [T, N] bool
    truncated: Array  # [T, N] bool
    final_states: Array  # [E, F] float32
    final_index: Array  # [E, 2] int32
    weight: Array | None = None  # [T, N, C] float32: 1 = learn from it, 0 = leave it out of every mean; None = all 1
    # [T, N, C] float32, of the actions, where other parameters chose them than those that learn; None = the same ones
    log_probs: Array | None = None

    def next_states(self) -> Array:
        """The true next states `[T, N, F]` float32: where an episode ended its last one, not the reset that follows."""
        return self.put_ends(self.states[1:], self.final_states)

    def put_ends(self, values: Array, final_values: Array) -> Array:
        """A copy of `values` `[T, N, ...]` with `final_values` `[E, ...]` where episodes ended; numpy or JAX."""
        t, n = self.final_index.T
        if not isinstance(values, np.ndarray):
            return values.at[t, n].set(final_values, mode="drop")
        values, used = values.copy(), t < len(values)
        values[t[used], n[used]] = final_values[used]
        return values


class InProgress(NamedTuple):
    """What collecting goes on from between two rollouts."""

    episodes: RunningEpisodes
    final_state_slots: int  # what the collector has grown to: batches of other sizes give other last bits
    waiting: Rollout | None = None  # one that these episodes come after, and from which nothing is learnt yet


class Choice(NamedTuple):
    """What was chosen in N states, and how likely that was."""

    actions: Array  # [N, C] int32
    log_probs: Array | None = None  # [N, C] float32

    @classmethod
    def of(cls, chosen: "np.ndarray | Choice") -> "Choice":
        """What an `Act` has returned."""
        return chosen if isinstance(chosen, Choice) else cls(chosen)


# states [N, F], uniforms [N, C] -> actions [N, C] int32, alone where nobody asks how likely they were
Act = Callable[[np.ndarray, np.ndarray], np.ndarray | Choice]


class Opponents(Protocol):
    """Who else plays in a rollout, see `jaxrl.matches.league`."""

    def choose(self, t: int, group: int, states: np.ndarray, uniforms: np.ndarray) -> Choice:
        """The actions `[n, C]` of all cars of a group in decision `t`."""
        ...

    def receive(self, group: int, step: Step) -> None:
        """Take in how a decision of the group ended."""
        ...

    def weight(self) -> np.ndarray:
        """`[T, N, C]` float32, see `Rollout.weight`."""
        ...


class Collector:
    """Steps `env` for `n_steps` decisions at a time; episodes run on from one rollout to the next.

    The arrays of a rollout are reused for the next one: finish the update (fetch its metrics) before collecting.
    With `first_state` `[N, F]` an environment that was restored continues from there instead of being reset. `arenas`
    are those of `env` in the run, and how many that has, where others collect in the rest of them.
    `physics_seconds` is how long it has stood still for physics, in all rollouts.
    """

    def __init__(
        self,
        env: VecEnv,
        n_steps: int,
        num_cars: int,
        final_state_slots: int,
        seed: int,
        first_state: np.ndarray | None = None,
        arenas: tuple[slice, int] | None = None,
    ) -> None:
        self._env = env
        self._seed = seed
        self._state = (env.reset() if first_state is None else first_state).copy()
        num_envs = len(self._state)
        self._num_cars, self._slots = num_cars, final_state_slots
        self._make_room(n_steps)
        self._arenas, self._all_envs = arenas or (slice(None), num_envs)
        self.physics_seconds = 0.0

    def _make_room(self, n_steps: int) -> None:
        num_envs, state_size = self._state.shape
        self._states = np.empty((n_steps + 1, num_envs, state_size), np.float32)
        self._actions = np.empty((n_steps, num_envs, self._num_cars), np.int32)
        self._terminated = np.empty((n_steps, num_envs), np.bool_)
        self._truncated = np.empty((n_steps, num_envs), np.bool_)
        self._log_probs = np.empty(self._actions.shape, np.float32)

    def set_n_steps(self, n_steps: int) -> None:
        """The decisions of a rollout from the next one on."""
        if n_steps != (before := len(self._actions)):
            self._slots *= -(-n_steps // before)  # as many episodes end in each decision
            self._make_room(n_steps)

    def in_progress(self, waiting: Rollout | None = None) -> InProgress | None:
        """What led to `state`, to be kept with the parameters; None if the environment cannot tell.

        `waiting` is the last rollout if nothing is learnt from it yet.
        """
        running = self._env.running_episodes()
        # a rollout that an error has ended leaves episodes behind that are further than what was learned from
        if running is None or not np.array_equal(running.rows, self._state):
            return None
        return InProgress(running, self._slots, waiting)

    @property
    def state(self) -> np.ndarray:
        """The states that the next rollout starts with, `[N, F]`."""
        return self._state

    def collect(self, act: Act, update: int, opponents: Opponents | None = None) -> Rollout:
        """One rollout with `act`, whose random numbers are keyed by the seed and the number of the update.

        Where there are `opponents`, they choose in its place.
        """
        n_steps, env = len(self._actions), self._env
        all_actions = n_steps, self._all_envs, self._actions.shape[-1]
        uniforms = uniforms_for(self._seed, update, all_actions)[:, self._arenas]
        final_states: list[np.ndarray] = []
        final_index: list[tuple[int, int]] = []
        log_probs: np.ndarray | None = None

        def receive(t: int, group: int, members: slice) -> None:
            """Records how decision `t` of a group ended."""
            started = time.perf_counter()
            step = env.receive(group)
            self.physics_seconds += time.perf_counter() - started
            if opponents is not None:
                opponents.receive(group, step)
            self._states[t + 1, members] = step.state
            self._terminated[t, members] = step.terminated
            self._truncated[t, members] = step.truncated
            for n in np.flatnonzero(step.terminated | step.truncated):
                final_states.append(step.final_state[n].copy())
                final_index.append((t, members.start + n))

        self._states[0] = self._state
        groups = list(enumerate(env.groups))
        for t in range(n_steps):
            for group, members in groups:
                if t:
                    receive(t - 1, group, members)
                states, numbers = self._states[t, members], uniforms[t, members]
                if opponents is None:
                    chosen = Choice.of(act(states, numbers))
                else:
                    chosen = opponents.choose(t, group, states, numbers)
                started = time.perf_counter()
                env.send(group, chosen.actions)  # without workers this is where physics goes on
                self.physics_seconds += time.perf_counter() - started
                self._actions[t, members] = chosen.actions
                if chosen.log_probs is not None:
                    log_probs = self._log_probs
                    log_probs[t, members] = chosen.log_probs
        for group, members in groups:
            receive(n_steps - 1, group, members)
        self._state[:] = self._states[n_steps]
        return Rollout(
            self._states,
            self._actions,
            self._terminated,
            self._truncated,
            *self._pad(final_states, final_index),
            None if opponents is None else opponents.weight(),
            log_probs,
        )

    def _pad(self, states: list[np.ndarray], index: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
        """Final states in a buffer of fixed size; more of them double it, which costs one retrace of the update."""
        while len(states) > self._slots:
            self._slots *= 2
        n_steps, state_size = len(self._actions), self._states.shape[-1]
        padded_states = np.zeros((self._slots, state_size), np.float32)
        padded_index = np.full((self._slots, 2), (n_steps, 0), np.int32)  # t = T: outside of the rollout
        if states:
            padded_states[: len(states)] = states
            padded_index[: len(index)] = index
        return padded_states, padded_index


def uniforms_for(seed: int, update: int, shape: tuple[int, ...]) -> np.ndarray:
    """The sampler's random numbers of one rollout, `shape` float32 in [0, 1)."""
    return np.random.default_rng(np.random.SeedSequence((seed, update))).random(shape, np.float32)
