"""The checkpoints of a run: written as the config says, and of the best bot."""

from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.bots.newest import BEFORE_COOLDOWN, FINAL, PERIODIC
from jaxrl.checkpoints.directory import delete_old
from jaxrl.checkpoints.training_state import save_checkpoint
from jaxrl.config.schema import Config
from jaxrl.errors import SaveError
from jaxrl.matches.league import League, LeagueState
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.report.progress import say
from jaxrl.sim.rollout import InProgress
from jaxrl.training.collecting import Progress
from jaxrl.training.folders import CheckpointFolder, TakenError

NUM_EXAMPLES = 4  # states whose logits are kept in a checkpoint, to verify the bot when it is loaded


@dataclass(frozen=True)
class Snapshot:
    """All of a run at one moment that a checkpoint holds."""

    state: TrainState
    examples: np.ndarray
    running: InProgress | None
    league: LeagueState | None

    def apart(self) -> "Snapshot":
        """The same in memory of its own, which training does not change any more."""
        return replace(self, state=jax.device_get(self.state), league=deepcopy(self.league))

    def scored(self, score: float) -> "Snapshot":
        """The same with `score` as the best that was reached."""
        return replace(self, state=self.state.replace(best_eval_reward=jnp.float32(score)))


@dataclass
class Saver:
    """Write checkpoints of a run."""

    config: Config
    ppo: PPO
    progress: Progress
    log_folder: Path
    checkpoints: CheckpointFolder
    league: League | None = None

    def snapshot(self, state: TrainState) -> Snapshot:
        """The run as it is now, to be written before it goes on (or see `Snapshot.apart`)."""
        league = None if self.league is None else self.league.state()
        examples = self.progress.state[:NUM_EXAMPLES].copy()
        return Snapshot(self.ppo.spread.first(state), examples, self.progress.in_progress(), league)

    def save(self, name: str, snapshot: Snapshot) -> Path:
        """Write a checkpoint; returns the folder. Raises SaveError if that fails, TakenError if it is another run's."""
        folder = self.checkpoints.ready() / name
        save_checkpoint(
            *(folder, snapshot.state, self.config, self.ppo, snapshot.examples, self.log_folder),
            *(snapshot.running, snapshot.league),
        )
        return folder

    def save_last(self, state: TrainState) -> Path:
        """Save the last state of a run, if need be beside a folder that is another run's by now. Raises SaveError."""
        snapshot = self.snapshot(state)
        try:
            return self.save(FINAL, snapshot)
        except TakenError as error:
            say(str(error))
        with self.checkpoints.beside() as self.checkpoints:
            return self.save(FINAL, snapshot)

    def try_to_save(self, name: str, snapshot: Snapshot) -> bool:
        """Save if possible: a failure is no reason to stop, as the next may succeed, and older ones are there."""
        try:
            self.save(name, snapshot)
        except SaveError as error:
            say(f"{error}; what was saved before is intact")
            return False
        return True

    def __call__(self, state: TrainState, before: int) -> TrainState:
        """Save every `logging.save_interval` environment steps, and delete what is too old; save before a cool-down."""
        logging = self.config.logging
        if self._cools_next(state):
            self.try_to_save(BEFORE_COOLDOWN, self.snapshot(state))
        if (mark := passed(before, state.num_env_steps, logging.save_interval)) is not None:
            self.try_to_save(f"{PERIODIC}{mark}", self.snapshot(state))
            delete_old(self.checkpoints.path, logging.keep, say)
        return state

    def _cools_next(self, state: TrainState) -> bool:
        """Whether the cool-down begins in the next update, which is not the first."""
        training, batch = self.config.training, self.config.batches[int(state.stage)]
        warm = batch.steps_before_cooldown(training.total_timesteps, training.cooldown)
        now, total = state.num_env_steps, training.total_timesteps
        return now <= warm < min(now + batch.env_steps, total)


def passed(before: int, now: int, interval: int) -> int | None:
    """The last multiple of `interval` in (before, now]; None if there is none."""
    mark = now // interval * interval
    return mark if mark > before else None
