"""A match of every evaluation as a page, for `evaluation.record`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from jaxrl.bots.players import make_opponent
from jaxrl.checkpoints.training_state import as_policy
from jaxrl.config.schema import Config
from jaxrl.errors import SaveError
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.watch.page import page, write_page
from jaxrl.watch.recording import car_names, match_spec, record


class Recorder:
    """Plays one more match than the evaluation, in this process, and writes it to `folder`."""

    def __init__(self, config: Config, ppo: PPO, folder: Path) -> None:
        environment = config.environment
        team_size, tick_skip = environment.team_size, environment.tick_skip
        self._config, self._ppo, self._folder = config, ppo, folder
        self._opponent = make_opponent(config.evaluation.opponent, team_size, tick_skip, "numpy")
        self._spec = match_spec(team_size, tick_skip, environment.action_delay_ticks, config.training.seed)

    def __call__(self, state: TrainState, weights: Mapping[str, float]) -> tuple[Path, str]:
        """The page that was written, and what is on it. Raises SaveError where it cannot be written."""
        bot, evaluation = as_policy(self._config, self._ppo, state), self._config.evaluation
        other = Path(evaluation.opponent).resolve().name
        names = car_names("bot", other, self._spec.team_size)
        act = (lambda states, uniforms: bot.act(states)) if evaluation.greedy else bot.act
        recording = record(self._spec, act, self._opponent, names, weights, evaluation.match_seconds, title="")
        scored, conceded = recording.score
        title = f"bot after {state.num_env_steps:,} steps {scored} : {conceded} {other}"
        path = self._folder.absolute() / f"match_{state.num_env_steps}.html"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_page(path, page(replace(recording, title=title)))
        except OSError as error:
            raise SaveError(f"{path}: cannot be saved ({error.strerror})") from error
        return path, title
