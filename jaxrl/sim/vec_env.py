"""The contract between an environment and the learner."""

from typing import NamedTuple, Protocol

import numpy as np

from jaxrl.sim.running import RunningEpisodes


class Step(NamedTuple):
    """The result of one decision of N environments, valid until the next `send` or `reset`."""

    state: np.ndarray  # [N, F] float32: the next state, the first of a new episode where one ended
    terminated: np.ndarray  # [N] bool: the episode ended (a goal), nothing to bootstrap from
    truncated: np.ndarray  # [N] bool: the episode was cut off (a limit), bootstrap from final_state
    final_state: np.ndarray  # [N, F] float32: the true last state, valid where terminated or truncated


class VecEnv(Protocol):
    """N environments with C agents each, stepped group by group.

    Environments hand out raw states `[N, F]` float32; a `Game` gives them a meaning (observations, rewards). Actions
    are `[N, C]` int32. terminated and truncated are never both true. Test environments also have `get_state()` and
    `set_state(value)`, which save and restore everything that the next step depends on.
    """

    num_envs: int
    groups: tuple[slice, ...]  # of the environments: consecutive, and together all of them

    def reset(self) -> np.ndarray:
        """Start new episodes everywhere; returns their first states `[N, F]` float32, valid until the next call."""
        ...

    def send(self, group: int, actions: np.ndarray) -> None:
        """Start one decision of a group's environments; `actions` is `[group, C]` int32. Groups take turns."""
        ...

    def receive(self, group: int) -> Step:
        """Wait for the decision that was sent; the arrays hold the environments of the group."""
        ...

    def running_episodes(self) -> RunningEpisodes | None:
        """What led to the present states, from which a resumed run continues; None if that is not possible."""
        ...

    def close(self) -> None:
        """Free processes and memory; the environment is unusable afterwards."""
        ...
