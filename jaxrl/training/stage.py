"""The stage of the curriculum that a run is in: what terms pay, where episodes start, and how long rollouts are."""

import math

import jax.numpy as jnp

from jaxrl.config.payments import reward_weights
from jaxrl.config.rewards import as_reward_weight
from jaxrl.config.schema import Config
from jaxrl.game.rewards.sharing import number_of
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.report.progress import say
from jaxrl.training.collecting import Collecting


class Stage:
    """The stage of the curriculum: its reward weights, start states and rollouts. Entered when `state.stage` says so.

    `final_weights` are those with which it ends: matches are scored with them, or a weight that moves would let no two
    scores compare.
    """

    def __init__(self, config: Config, source: Collecting, number: int) -> None:
        self._config, self._source = config, source
        stages = range(len(config.curriculum.stages) + 1)
        weights = [config.reward_weights(stage) for stage in stages]
        self._moves = [name for name in weights[0] if any(as_reward_weight(each[name]).moves for each in weights)]
        self._enter(number)

    def __call__(self, state: TrainState, before: int) -> TrainState:
        """Enter the stage that the update moved to, if it did."""
        if (number := int(state.stage)) == self.number:
            return state
        self._enter(number)
        say(f"stage {number} of the curriculum begins at {state.num_env_steps:,} environment steps")
        if self._config.evaluation.best_by == "rating":
            return state
        # rewards of two stages do not compare
        return state.replace(best_eval_reward=jnp.float32(-jnp.inf))

    def weights(self, state: TrainState) -> Weights:
        """The reward weights of the rollout that begins with `state`."""
        if not self._moves:
            return self.final_weights
        return reward_weights(self._config, self.number, state.num_env_steps, state.begun)

    def moving_weights(self, state: TrainState) -> dict[str, float]:
        """Those of `weights` that move in this run, without what sharing makes of them."""
        weights = self.weights(state) if self._moves else {}
        return {name: number_of(weights[name]) for name in self._moves}

    def _enter(self, number: int) -> None:
        self.number = number
        self.final_weights: Weights = reward_weights(self._config, number, math.inf)
        self._source.arenas.set_start_weights([*self._config.start_weights(number).values()])
        self._source.set_n_steps(self._config.batches[number].n_steps)
