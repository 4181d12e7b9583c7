"""How much an update learns from, and in how many parts."""

from typing import NamedTuple


class Batch(NamedTuple):
    """What all updates of a stage have in common: T decisions of N environments with C cars, K minibatches an epoch."""

    num_envs: int
    num_cars: int
    n_steps: int
    n_epochs: int
    n_minibatches: int

    @property
    def env_steps(self) -> int:
        """Environment steps in a rollout, T x N."""
        return self.n_steps * self.num_envs

    @property
    def transitions(self) -> int:
        """Transitions (one per car) in a rollout, T x N x C."""
        return self.env_steps * self.num_cars

    @property
    def minibatch_size(self) -> int:
        """Transitions in one optimizer step."""
        return self.transitions // self.n_minibatches

    @property
    def optimizer_steps(self) -> int:
        """Of one update."""
        return self.n_epochs * self.n_minibatches

    @property
    def final_state_slots(self) -> int:
        """Room for the true last states of the episodes that end in one rollout; grown if a rollout needs more."""
        return max(self.num_envs, self.env_steps // 32)

    def updates(self, total_timesteps: int) -> int:
        """Updates of a whole run of such batches; the last one may pass `total_timesteps`."""
        return -(-total_timesteps // self.env_steps)

    def steps_before_cooldown(self, total_timesteps: int, cooldown: float) -> float:
        """Environment steps after which the last `cooldown` (a share) of a run of such batches begins."""
        updates = self.updates(total_timesteps)
        # 0.9 of 10 updates is 9, whatever floats say
        return (updates - round(cooldown * updates, 6)) * self.env_steps
