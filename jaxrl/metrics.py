"""What a run shows: TensorBoard tags, progress bar, banner. All tag names are in this file."""

import math
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tensorboardX import SummaryWriter
from tensorboardX.summary import hparams
from tqdm import tqdm

from jaxrl.config import Config
from jaxrl.config_loading import dump_config
from jaxrl.evaluate import Evaluation
from jaxrl.event_file import PatientFiles
from jaxrl.game.observation import observation_size
from jaxrl.game.rewards import group_of
from jaxrl.ppo.update import Metrics

QUIET_REFRESH_SECONDS = 10.0  # where the output is a file, a bar that moves every 0.1 s would fill it


@dataclass(frozen=True)
class Timing:
    """Wall-clock of one update."""

    collect_seconds: float
    update_seconds: float


def update_scalars(metrics: Metrics, timing: Timing, config: Config) -> dict[str, float]:
    """All tags of one update. NaN means that there is nothing to log."""
    steps = config.steps_per_update
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
        "train/stage": metrics.stage,
        "reward/total_mean": metrics.reward,
        "episode/return": metrics.episode_return,
        "episode/length": metrics.episode_steps,
        "episode/ended": metrics.episodes,
        "speed/collect": steps / timing.collect_seconds,
        "speed/update": steps / timing.update_seconds,
        "speed/overall": steps / (timing.collect_seconds + timing.update_seconds),
    }
    if config.logging.reward_breakdown:
        scalars |= reward_breakdown(metrics.reward_terms)
    scalars |= {f"game/{name}": value for name, value in metrics.statistics.items()}
    return {tag: float(value) for tag, value in scalars.items()}


def fault_scalars(**counts: int) -> dict[str, float]:
    """What went wrong so far in this process and was put right, each by its name."""
    return {f"fault/{name}": float(count) for name, count in counts.items()}


def reward_breakdown(reward_terms: dict[str, Any]) -> dict[str, float]:
    """Every term on its own, and the sums of groups that have terms in this run."""
    scalars, groups = {}, {}
    for name, value in reward_terms.items():
        scalars[reward_tag(name)] = float(value)
        tag = f"reward_group/{group_of(name)}_mean"
        groups[tag] = groups.get(tag, 0.0) + float(value)
    return scalars | groups


def reward_tag(name: str) -> str:
    """The tag of a reward term; TensorBoard's tags know no colons."""
    return f"reward/{name.replace(':', '_')}_mean"


def chart_layout(config: Config) -> dict[str, dict[str, list]]:
    """TensorBoard's custom scalars: what one wants to see first, several curves a chart."""
    terms = [reward_tag(name) for name in config.reward_weights(0)] if config.logging.reward_breakdown else []
    charts = {
        "game": {
            "touches per car and minute": ["game/touches_per_minute", "eval/touches_per_minute"],
            "goals per minute": ["game/goals_per_minute"],
            "speed towards the ball, uu/s": ["game/speed_to_ball", "eval/speed_to_ball"],
        },
        "reward": {"breakdown": [*terms, "reward/total_mean"]},
        "evaluation": {
            "reward": ["eval/mean_reward"],
            "goals a match": ["eval/goals_for", "eval/goals_against"],
            "win rate": ["eval/win_rate", "eval/win_rate_low", "eval/win_rate_high"],
        },
        "learning": {
            "losses": ["train/policy_loss", "train/value_loss"],
            "entropy": ["train/entropy"],
            "KL and clipping": ["train/approx_kl", "train/clip_fraction"],
            "gradient norm": ["train/gradient_norm"],
            "schedules": ["train/learning_rate", "train/entropy_coef"],
        },
        "speed, steps/s": {"speed": ["speed/collect", "speed/update", "speed/overall"]},
    }
    return {
        # a margin chart draws the second and third curve as the borders of a band round the first
        category: {title: ["Margin" if title == "win rate" else "Multiline", tags] for title, tags in titles.items()}
        for category, titles in charts.items()
    }


def hyper_parameters(config: Config) -> dict[str, float | str | bool]:
    """Every value of the config by its dotted name; lists and mappings as text."""
    values = {f"{section}.{key}": value for section, keys in config.model_dump().items() for key, value in keys.items()}
    return {name: value if isinstance(value, int | float | str) else str(value) for name, value in values.items()}


def evaluation_scalars(evaluation: Evaluation, share_of_time: float) -> dict[str, float]:
    """All tags of one evaluation, which took `share_of_time` of the wall-clock since the one before."""
    scalars = {f"eval/{name}": value for name, value in asdict(evaluation).items()}
    return scalars | {"speed/evaluation_share": share_of_time}


class RunDisplay:
    """TensorBoard events in `folder` and a progress bar; x axis and bar count environment steps."""

    def __init__(self, folder: Path, config: Config, env_steps: int = 0) -> None:
        """`env_steps` are done already; what an interrupted run logged beyond them disappears from the curves."""
        self._files, self._log_error = PatientFiles(), None
        events = self._files.name(folder)
        self._writer = SummaryWriter(events, purge_step=env_steps + 1 if env_steps else None, flush_secs=10)
        # four spaces make TensorBoard's Markdown show text as it is
        self._writer.add_text("config", "\n".join("    " + line for line in dump_config(config).splitlines()), 0)
        self._writer.add_custom_scalars(chart_layout(config))
        for summary in hparams(hyper_parameters(config), {"eval/mean_reward": 0.0})[:2]:  # the third says: finished
            self._writer.file_writer.add_summary(summary)
        self._wandb = _start_wandb(folder, config) if config.logging.wandb else None
        self._bar = tqdm(
            total=max(config.training.total_timesteps, env_steps),
            initial=env_steps,
            unit="step",
            unit_scale=True,
            dynamic_ncols=True,
            smoothing=0.1,
            mininterval=0.1 if sys.stderr.isatty() else QUIET_REFRESH_SECONDS,
        )

    def log(self, scalars: dict[str, float], env_steps: int) -> None:
        """Writes every scalar that is a number."""
        numbers = {tag: value for tag, value in scalars.items() if not math.isnan(value)}
        for tag, value in numbers.items():
            self._writer.add_scalar(tag, value, env_steps)
        if self._wandb is not None:
            self._wandb.log(numbers | {"env_steps": env_steps})
        error = self._files.file.error
        if error is not None and self._log_error is None:
            say(f"{error}: events for TensorBoard wait in memory until they can be written")
        self._log_error = error

    def match(self, path: Path, title: str, env_steps: int) -> None:
        """A line in TensorBoard's text panel that says where to look at a match."""
        self._writer.add_text("matches", f"{title}: [{path.name}]({path.as_uri()}), `{path}`", env_steps)

    def progress(self, env_steps: int, reward: float, updates: int) -> None:
        """Moves the bar to `env_steps`."""
        with suppress(OSError):
            self._bar.set_postfix_str(f"reward {reward:+.4f}, update {updates}", refresh=False)
            self._bar.update(min(env_steps, self._bar.total) - self._bar.n)

    def close(self) -> None:
        """Writes what is left."""
        self._bar.close()
        self._writer.close()
        if self._wandb is not None:
            self._wandb.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _start_wandb(folder: Path, config: Config) -> Any:
    """A run of Weights & Biases named like the folder of events."""
    import wandb  # an extra: not everybody has it

    run = wandb.init(project="jaxrl", name=folder.name, dir=str(folder), config=config.model_dump(mode="json"))
    run.define_metric("*", step_metric="env_steps")
    return run


def say(text: str) -> None:
    """Prints a line, above the progress bar if there is one."""
    with suppress(OSError):  # a terminal that is gone, a log on a full disk: no reason to stop
        tqdm.write(text, file=sys.stderr)


def describe_observation(config: Config) -> str:
    """`107 numbers`, and what the config adds to them."""
    standard = observation_size(config.environment.num_cars)
    added = f" + {config.obs_size - standard} in the car's own frame" if config.observation.car_frame else ""
    return f"{standard} numbers{added}{', mirrored' if config.observation.mirror else ''}"


def banner(config: Config, device: str, num_workers: int, num_actions: int, log_folder: Path) -> str:
    """What is about to run."""
    training, environment = config.training, config.environment
    team = environment.team_size
    rows = {
        "device": f"{device}, precision {config.accelerator.precision}",
        "environments": f"{environment.num_envs} arenas of {team}v{team} in {num_workers or 'this'} "
        f"process{'es' if num_workers > 1 else ''}, {config.decisions_per_second:g} decisions a second of game",
        "observation": describe_observation(config),
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
