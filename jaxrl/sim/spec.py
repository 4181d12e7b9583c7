"""What the physics of a run depends on, and the arrays it fills: plain data, without RocketSim."""

from dataclasses import dataclass

import numpy as np

from jaxrl.game.state import row_size

NO_LIMIT_TICKS = 2**62  # no episode reaches it


@dataclass(frozen=True)
class SimSpec:
    """Everything that the physics of a run depends on, as plain data sent to every worker. Ticks are 1/120 s."""

    num_envs: int
    team_size: int
    tick_skip: int  # ticks per decision
    action_delay_ticks: int  # ticks between a state and the first effect of the action chosen in it
    max_episode_ticks: int  # an episode is truncated at this age
    no_touch_ticks: int  # or once no car has touched the ball for this long
    start_states: tuple[tuple[str, float], ...]  # (name, weight)
    seed: int
    # what RocketSim 2 fills of the fields that cost it something, None: all; RocketSim 3 always fills all
    fields: frozenset[str] | None = None
    first_arena: int = 0  # its number in the run: other hosts may have those before it
    first_episode: int = 0  # key of the first episodes; a resumed run must not repeat episodes
    augment_starts: bool = (
        False  # start states mirrored, turned and shuffled, but for those of which it makes no others
    )

    @property
    def num_cars(self) -> int:
        """Cars in an arena."""
        return 2 * self.team_size

    @property
    def state_size(self) -> int:
        """Numbers in the row of an arena."""
        return row_size(self.num_cars)


def kickoff_spec(
    num_envs: int, team_size: int, tick_skip: int, action_delay_ticks: int, seed: int, first_episode: int = 0
) -> SimSpec:
    """Arenas for matches: every episode starts with a kickoff and ends with a goal, never by a limit."""
    return SimSpec(
        num_envs=num_envs,
        team_size=team_size,
        tick_skip=tick_skip,
        action_delay_ticks=action_delay_ticks,
        max_episode_ticks=NO_LIMIT_TICKS,
        no_touch_ticks=NO_LIMIT_TICKS,
        start_states=(("kickoff", 1.0),),
        seed=seed,
        first_episode=first_episode,
    )


@dataclass
class Buffers:
    """Arrays of all arenas, shared between processes. N arenas, C cars, F numbers a state."""

    actions: np.ndarray  # [N, C] int32, written by the learner
    start_weights: np.ndarray  # [N, K] float64, of the K start states; the learner may change them
    state: np.ndarray  # [N, F] float32, after any reset
    final_state: np.ndarray  # [N, F] float32, the last state of an episode; valid where one ended in this step
    terminated: np.ndarray  # [N] bool: a goal
    truncated: np.ndarray  # [N] bool: a time limit or a no-touch limit, and no goal
    rebuilt: np.ndarray  # [N] int32: how often the arena was rebuilt because of NaN or infinity
    episode: np.ndarray  # [N] int64: number of the episode that the arena starts next
    drawing: np.ndarray  # [N] int32: 1 + the index of the start state that is being drawn, 0 = none

    @staticmethod
    def layout(spec: SimSpec) -> dict[str, tuple[tuple[int, ...], type]]:
        """Shape and dtype of each field."""
        n = spec.num_envs
        return {
            "actions": ((n, spec.num_cars), np.int32),
            "start_weights": ((n, len(spec.start_states)), np.float64),
            "state": ((n, spec.state_size), np.float32),
            "final_state": ((n, spec.state_size), np.float32),
            "terminated": ((n,), np.bool_),
            "truncated": ((n,), np.bool_),
            "rebuilt": ((n,), np.int32),
            "episode": ((n,), np.int64),
            "drawing": ((n,), np.int32),
        }

    @classmethod
    def allocate(cls, spec: SimSpec) -> "Buffers":
        """Allocate arrays in this process, all zero except for the weights of the start states."""
        buffers = cls(**{name: np.zeros(shape, dtype) for name, (shape, dtype) in cls.layout(spec).items()})
        buffers.set_start_weights(spec)
        return buffers

    def set_start_weights(self, spec: SimSpec) -> None:
        """Set the weights of start states of all arenas to those of `spec`."""
        self.start_weights[:] = [weight for _, weight in spec.start_states]
