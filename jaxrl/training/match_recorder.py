"""A match of every evaluation as a page, for `evaluation.record`."""

from dataclasses import replace
from pathlib import Path

from jaxrl.bots.player import PolicyPlayer
from jaxrl.bots.players import make_player
from jaxrl.checkpoints.bot import as_critic, as_policy
from jaxrl.config.schema import Config
from jaxrl.errors import SaveError
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.watch.page import page, write_page
from jaxrl.watch.recording import Match, record


class PageWriter:
    """Play one more match after each evaluation, in this process, and write it to `folder` as a page."""

    def __init__(self, config: Config, ppo: PPO, folder: Path) -> None:
        environment = config.environment
        timing = environment.tick_skip, environment.action_delay_ticks
        self._config, self._ppo, self._folder = config, ppo, folder
        self._opponent = make_player(config.evaluation.opponent, environment.team_size, *timing, "numpy")

    def __call__(self, state: TrainState, weights: Weights) -> tuple[Path, str]:
        """Write a page; returns its path, and what is on it. Raises SaveError if it cannot be written."""
        config = self._config
        policy = as_policy(config, self._ppo, state)
        bot = PolicyPlayer("bot", policy, config.evaluation.greedy, as_critic(policy, state))
        environment = config.environment
        match = Match((bot, self._opponent), environment.team_size, config.training.seed, environment.physics)
        recording = record(match, weights, config.evaluation.match_seconds)
        scored, conceded = recording.score
        title = f"bot after {state.num_env_steps:,} steps {scored} : {conceded} {self._opponent.name}"
        path = self._folder.absolute() / f"match_{state.num_env_steps}.html"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_page(path, page(replace(recording, title=title)))
        except OSError as error:
            raise SaveError(f"{path}: cannot be saved ({error.strerror})") from error
        return path, title
