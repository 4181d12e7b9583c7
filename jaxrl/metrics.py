"""What a run shows: TensorBoard tags, progress bar, banner. All tag names are in this file."""

import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tensorboardX import SummaryWriter
from tqdm import tqdm

from jaxrl.config import Config
from jaxrl.config_loading import dump_config
from jaxrl.evaluate import Evaluation
from jaxrl.game.rewards import GROUPS, group_of
from jaxrl.ppo.update import Metrics

QUIET_REFRESH_SECONDS = 10.0  # where the output is a file, a bar that moves every 0.1 s would fill it


@dataclass(frozen=True)
class Timing:
    """Wall-clock of one update."""

    collect_seconds: float
    update_seconds: float


def update_scalars(metrics: Metrics, timing: Timing, steps: int) -> dict[str, float]:
    """All tags of one update of `steps` environment steps. NaN means that there is nothing to log."""
    loss = metrics.loss
    scalars = {
        "train/learning_rate": metrics.learning_rate,
        "train/entropy_coef": metrics.entropy_coef,
        "train/loss": loss.loss,
        "train/policy_loss": loss.policy_loss,
        "train/value_loss": loss.value_loss,
        "train/entropy": loss.entropy,
        "train/approx_kl": loss.approx_kl,
        "train/clip_fraction": loss.clip_fraction,
        "train/explained_variance": metrics.explained_variance,
        "train/gradient_norm": metrics.gradient_norm,
        "train/first_ratio_error": metrics.first_ratio_error,
        "reward/total_mean": metrics.reward,
        "episode/return": metrics.episode_return,
        "episode/length": metrics.episode_steps,
        "episode/ended": metrics.episodes,
        "speed/collect": steps / timing.collect_seconds,
        "speed/update": steps / timing.update_seconds,
        "speed/overall": steps / (timing.collect_seconds + timing.update_seconds),
    }
    groups = dict.fromkeys([*GROUPS, "custom"], 0.0)
    used = set()
    for name, value in metrics.reward_terms.items():
        scalars[f"reward/{name.replace(':', '_')}_mean"] = value  # TensorBoard's tags know no colons
        groups[group_of(name)] += float(value)
        used.add(group_of(name))
    scalars |= {f"reward_group/{group}_mean": groups[group] for group in groups if group in used}
    scalars |= {f"game/{name}": value for name, value in metrics.statistics.items()}
    return {tag: float(value) for tag, value in scalars.items()}


def evaluation_scalars(evaluation: Evaluation) -> dict[str, float]:
    """All tags of one evaluation."""
    return {f"eval/{name}": value for name, value in asdict(evaluation).items()}


class RunDisplay:
    """TensorBoard events in `folder` and a progress bar; x axis and bar count environment steps."""

    def __init__(self, folder: Path, config: Config) -> None:
        self._writer = SummaryWriter(str(folder), flush_secs=10)
        # four spaces make TensorBoard's Markdown show text as it is
        self._writer.add_text("config", "\n".join("    " + line for line in dump_config(config).splitlines()), 0)
        self._bar = tqdm(
            total=config.training.total_timesteps,
            unit="step",
            unit_scale=True,
            dynamic_ncols=True,
            smoothing=0.1,
            mininterval=0.1 if sys.stderr.isatty() else QUIET_REFRESH_SECONDS,
        )

    def log(self, scalars: dict[str, float], env_steps: int) -> None:
        """Writes every scalar that is a number."""
        for tag, value in scalars.items():
            if not math.isnan(value):
                self._writer.add_scalar(tag, value, env_steps)

    def progress(self, env_steps: int, reward: float, updates: int) -> None:
        """Moves the bar to `env_steps`."""
        self._bar.set_postfix_str(f"reward {reward:+.4f}, update {updates}", refresh=False)
        self._bar.update(min(env_steps, self._bar.total) - self._bar.n)

    def say(self, text: str) -> None:
        """Prints a line above the bar."""
        self._bar.write(text, file=sys.stderr)

    def close(self) -> None:
        """Writes what is left."""
        self._bar.close()
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def banner(config: Config, device: str, num_workers: int, num_actions: int, log_folder: Path) -> str:
    """What is about to run."""
    training, environment = config.training, config.environment
    team = environment.team_size
    rows = {
        "device": f"{device}, precision {config.accelerator.precision}",
        "environments": f"{environment.num_envs} arenas of {team}v{team} in {num_workers or 'this'} "
        f"process{'es' if num_workers > 1 else ''}, {config.decisions_per_second:g} decisions a second of game",
        "observation": f"{config.obs_size} numbers",
        "actions": f"{num_actions}",
        "batch": f"{config.steps_per_update:,} environment steps = {environment.num_envs} x {training.n_steps} "
        f"({config.transitions_per_update:,} transitions), {training.n_epochs} epochs of "
        f"{training.n_minibatches} minibatches of {config.minibatch_size:,}",
        "learning rate": f"{training.learning_rate:g} -> {training.final_lr:g}",
        "entropy": f"{training.ent_coef:g} -> {training.final_ent_coef:g}",
        "total": f"{training.total_timesteps:,} environment steps = {config.num_updates:,} updates",
        "logs": f"{log_folder} (tensorboard --logdir={config.logging.log_dir})",
        "checkpoints": config.logging.checkpoint_dir,
    }
    title = " jaxrl "
    width = max(len(value) for value in rows.values()) + 18
    lines = [f"  {name:<14}{value}" for name, value in rows.items()]
    return "\n".join([title.center(width, "="), *lines, "=" * width])
