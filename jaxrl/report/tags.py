"""The names of all TensorBoard tags, and the values written under them.

Those of `eval/` are the fields of `matches.evaluation.EvalResult`, those of `game/` the names in `game.figures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from jaxrl.config.rewards import RewardWeight
from jaxrl.config.schema import Config
from jaxrl.game.figures import FIGURES, STATISTICS
from jaxrl.game.rewards.registry import group_of

if TYPE_CHECKING:  # these import JAX, and who only reads a run has no need of it
    from jaxrl.matches.evaluation import EvalResult
    from jaxrl.matches.rating import Rated
    from jaxrl.ppo.metrics import Metrics


@dataclass(frozen=True)
class Timing:
    """Wall-clock of one update, and of the rollout that was collected before it or beside it."""

    collect_seconds: float
    update_seconds: float
    seconds: float  # of both together: less than their sum where they overlap
    lag: float = 0.0  # how many updates the policy that collected is older than the parameters that learn
    physics_seconds: float = 0.0  # of collect_seconds, in which it stood still for physics; 0: others collected


def update_scalars(metrics: Metrics, timing: Timing, config: Config, steps: int) -> dict[str, float]:
    """All tags of an update over so many environment steps; NaN means that there is nothing to log."""
    loss = metrics.loss
    scalars = {
        "train/learning_rate": metrics.learning_rate,
        "train/ent_coef": metrics.entropy_coef,  # as the config calls it
        "train/entropy_coef": metrics.entropy_coef,  # its first name, kept for charts and logs that exist
        "train/loss": loss.loss,
        "train/policy_loss": loss.policy_loss,
        "train/value_loss": loss.value_loss,
        "train/entropy": loss.entropy,
        "train/approx_kl": loss.approx_kl,
        "train/clip_fraction": loss.clip_fraction,
        "train/explained_variance": metrics.explained_variance,
        "train/value": metrics.value,
        "train/gradient_norm": metrics.gradient_norm,
        "train/first_ratio_error": metrics.first_ratio_error,
        "train/first_kl": metrics.first_kl,
        "train/policy_lag": timing.lag,
        "train/stage": metrics.stage,
        "reward/total_mean": metrics.reward,
        "episode/return": metrics.episode_return,
        "episode/length": metrics.episode_steps,
        "episode/ended": metrics.episodes,
        "speed/collect": steps / timing.collect_seconds,
        "speed/update": steps / timing.update_seconds,
        "speed/overall": steps / timing.seconds,
    }
    if (physics := timing.physics_seconds) > 0:
        scalars |= {"speed/physics": steps / physics, "speed/inference": steps / (timing.collect_seconds - physics)}
    if config.logging.reward_breakdown:
        scalars |= reward_breakdown(metrics.reward_terms)
        scalars |= {f"reward_own/{_plain(name)}_mean": value for name, value in metrics.own_terms.items()}
    scalars |= {f"game/{name}": value for name, value in metrics.statistics.items()}
    shown = metrics.shown
    scalars |= {figure_tag("game", name): value for name, value in shown.figures.items() if name not in STATISTICS}
    scalars |= {metric_tag(name): value for name, value in shown.metrics.items()}
    scalars |= {f"entropy/{name}": value for name, value in shown.entropies.items()}
    return {tag: float(value) for tag, value in scalars.items()}


def weight_scalars(moving: Mapping[str, float]) -> dict[str, float]:
    """Tags of the weights of reward terms that move, by term."""
    return {f"train/reward_weight/{_plain(name)}": weight for name, weight in moving.items()}


def rating_scalars(rated: Rated) -> dict[str, float]:
    """Tags of a rating, and of the matches that led to it."""
    scalars = {"rating/elo": rated.elo, "rating/elo_low": rated.low, "rating/elo_high": rated.high}
    for name, (goals, against) in rated.goals.items():
        scalars |= {f"rating/goals_for_{_plain(name)}": goals, f"rating/goals_against_{_plain(name)}": against}
    return {tag: value for tag, value in scalars.items() if isfinite(value)}


def league_scalars(figures: Mapping[str, float]) -> dict[str, float]:
    """Tags of what the games against past selves and other opponents say."""
    return {f"league/{_plain(name)}": value for name, value in figures.items()}


def cluster_scalars(**figures: float) -> dict[str, float]:
    """Tags of what other machines do for a run, by name."""
    return {f"cluster/{name}": float(value) for name, value in figures.items()}


def fault_scalars(**counts: int) -> dict[str, float]:
    """Tags of faults that were handled since this process began, by name."""
    return {f"fault/{name}": float(count) for name, count in counts.items()}


def reward_breakdown(reward_terms: dict[str, Any]) -> dict[str, float]:
    """Tags of every reward term and of every group with terms in this run."""
    scalars, groups = {}, {}
    for name, value in reward_terms.items():
        scalars[reward_tag(name)] = float(value)
        tag = group_tag(group_of(name))
        groups[tag] = groups.get(tag, 0.0) + float(value)
    return scalars | groups


def reward_tag(name: str) -> str:
    """The tag of a reward term."""
    return f"reward/{_plain(name)}_mean"


def _plain(name: str) -> str:
    """The name of a reward term without the colons that TensorBoard does not allow."""
    return name.replace(":", "_")


def group_tag(group: str) -> str:
    """The tag of a group of reward terms."""
    return f"reward_group/{group}_mean"


def figure_tag(whose: str, name: str) -> str:
    """The tag of a figure: `game_boost/boost_held` in training, `eval_` and `opponent_` in an evaluation."""
    return f"{whose}_{FIGURES[name].group}/{name}"


def metric_tag(name: str) -> str:
    """The tag of a user's metric."""
    return f"custom/{name.replace(':', '_')}"


def hyper_parameters(config: Config) -> dict[str, float | str | bool]:
    """All values of the config by dotted name; lists and mappings as text."""
    values = {f"{section}.{key}": value for section, keys in config.model_dump().items() for key, value in keys.items()}
    values |= {
        f"rewards.{name}": str(weight) for name, weight in config.rewards.items() if isinstance(weight, RewardWeight)
    }
    return {name: value if isinstance(value, int | float | str) else str(value) for name, value in values.items()}


def evaluation_scalars(evaluation: EvalResult, share_of_time: float) -> dict[str, float]:
    """All tags of an evaluation that took `share_of_time` of the wall-clock since the one before."""
    found = asdict(evaluation)
    own, opponent = found.pop("figures"), found.pop("opponent")
    scalars = {f"eval/{name}": value for name, value in found.items()}
    scalars |= {figure_tag("eval", name): value for name, value in own.items() if name not in STATISTICS}
    scalars |= {figure_tag("opponent", name): value for name, value in opponent.items()}
    return scalars | {"speed/evaluation_share": share_of_time}
