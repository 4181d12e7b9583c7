"""What happens now and then between two updates: an evaluation, a past self more."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import jax
import jax.numpy as jnp

from jaxrl.bots.best import FIRST_EVALUATION
from jaxrl.bots.newest import BEST
from jaxrl.bots.policy_files import policy_arrays
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.matches.evaluation import Evaluator
from jaxrl.matches.past import PastSelf, Pool
from jaxrl.ppo.train_state import TrainState
from jaxrl.report.display import RunDisplay
from jaxrl.report.progress import say
from jaxrl.report.tags import evaluation_scalars, rating_scalars
from jaxrl.sim.grouped_env import GroupedEnv
from jaxrl.training.match_recorder import PageWriter
from jaxrl.training.ratings import Rating, Ratings
from jaxrl.training.saver import Saver, Snapshot, passed
from jaxrl.training.stage import Stage


class Job(Protocol):
    """Is called after every update."""

    def __call__(self, state: TrainState, before: int) -> TrainState:
        """The state to continue with; `before` are the environment steps before the update."""
        ...


@dataclass
class PastSelves:
    """Keep the bot as it is now, every `league.save_every` environment steps."""

    save_every: int
    pool: Pool

    def __call__(self, state: TrainState, before: int) -> TrainState:
        """Add it to the pool if it is time to."""
        if passed(before, now := state.num_env_steps, self.save_every) is not None:
            self.pool.add(PastSelf(now, policy_arrays(jax.device_get(state.bot_params)["params"], state.obs_stats)))
        return state


@dataclass
class Evaluation:
    """Matches every `evaluation.eval_freq` environment steps, and once early; the best bot is saved as `best`."""

    config: Config
    evaluator: Evaluator
    env: GroupedEnv  # of the evaluator
    stage: Stage
    saver: Saver
    display: RunDisplay
    page_writer: PageWriter | None
    ratings: Ratings | None = None
    _ended: float = field(default_factory=time.perf_counter)  # when the last one did

    def __call__(self, state: TrainState, before: int) -> TrainState:
        """Evaluate if it is time to; returns the state with the best score, once that bot is saved."""
        if not self._is_due(before, state.num_env_steps):
            return state
        started, previous_end = time.perf_counter(), self._ended
        # a resumed run must play the same ones: their numbers follow from nothing but the state
        self.env.number_episodes(state.num_env_steps)
        result = self.evaluator(state, self.stage.final_weights)
        ratings = [] if self.ratings is None else self.ratings.rate(self.saver.snapshot(state))
        if self.page_writer is not None:
            self._record(self.page_writer, state)
        self._ended = time.perf_counter()
        share = (self._ended - started) / (self._ended - previous_end)
        self.display.log(evaluation_scalars(result, share), state.num_env_steps)
        if self.config.evaluation.best_by == "reward":
            state = self._keep(state, None, result.mean_reward)
        return self._take(ratings, state)

    def end(self, state: TrainState) -> TrainState:
        """Wait for what is rated still; returns the state with the best score."""
        return state if self.ratings is None else self._take(self.ratings.rest(), state)

    def _take(self, ratings: Iterable[Rating], state: TrainState) -> TrainState:
        for snapshot, rated in ratings:
            self.display.log(rating_scalars(rated), snapshot.state.num_env_steps)
            if self.config.evaluation.best_by == "rating":
                state = self._keep(state, snapshot, rated.surely)
        return state

    def _keep(self, state: TrainState, snapshot: Snapshot | None, score: float) -> TrainState:
        """Save the bot of `snapshot` (None: of now) if no other has that score; returns `state` with the score then."""
        if score <= state.best_eval_reward:
            return state
        best = (snapshot or self.saver.snapshot(state)).scored(score)
        return state.replace(best_eval_reward=jnp.float32(score)) if self.saver.try_to_save(BEST, best) else state

    def _is_due(self, before: int, now: int) -> bool:
        """Whether an update reached the first evaluation or a multiple of `eval_freq`; never in a run without any."""
        interval = self.config.evaluation.eval_freq
        is_first = before < FIRST_EVALUATION <= now and interval <= self.config.training.total_timesteps
        return is_first or passed(before, now, interval) is not None

    def _record(self, page_writer: PageWriter, state: TrainState) -> None:
        try:
            path, title = page_writer(state, self.stage.weights(state))
        except UserError as error:  # a full disk; a user's term that does not run under numpy
            say(str(error))
            return
        self.display.match(path, title, state.num_env_steps)
