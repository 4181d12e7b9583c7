"""The layout of TensorBoard's custom scalars: the most important curves, several to a chart.

What TensorBoard does with a layout: it keeps the order of categories and charts, and takes the newest layout of a run.
A curve's color is that of its run; curves of one run differ by their markers, of which there are seven. Layouts of
several runs are merged: charts that are the same in two runs are drawn once. So the order of charts may follow from
what a run has logged, but what is in a chart only from its config.
"""

from collections.abc import Mapping

from jaxrl.config.schema import Config
from jaxrl.game.figures import FIGURES, STATISTICS
from jaxrl.game.rewards.registry import group_of
from jaxrl.report.tags import figure_tag, group_tag, metric_tag, reward_tag

MARKERS = 7  # curves that can be told apart in a chart
Charts = dict[str, list[str]]


def chart_layout(config: Config, sizes: Mapping[str, float] | None = None) -> dict[str, dict[str, list]]:
    """Categories of charts, as tensorboardX takes them.

    `sizes` are the mean absolute values of tags so far: groups of reward terms are in their order, the largest first,
    and those that are 0 are left out. Without them the groups are in the order of the config.
    """
    categories = {
        "game": {
            "touches per car and minute": ["game/touches_per_minute", "eval/touches_per_minute"],
            "goals per minute": ["game/goals_per_minute"],
            "speed towards the ball, uu/s": ["game/speed_to_ball", "eval/speed_to_ball"],
        },
        "reward": _reward_charts(config, sizes) if config.logging.reward_breakdown else _total(),
        "evaluation": {
            "reward": ["eval/mean_reward"],
            "goals a match": ["eval/goals_for", "eval/goals_against"],
            "win rate": ["eval/win_rate", "eval/win_rate_low", "eval/win_rate_high"],
        },
        "learning": {
            "losses": ["train/policy_loss", "train/value_loss"],
            "entropy": ["train/entropy"],
            "entropy by choice": [f"entropy/{name}" for name in ("drive", "boost", "jump", "air")],
            "KL and clipping": ["train/approx_kl", "train/clip_fraction"],
            "gradient norm": ["train/gradient_norm"],
            "schedules": ["train/learning_rate", "train/ent_coef"],
        },
        "speed, steps/s": {
            "speed": ["speed/collect", "speed/update", "speed/overall"],
            # apart from the others: where one hides behind the other, its speed is many times theirs
            "collecting": ["speed/physics", "speed/inference"],
        },
        **_figure_charts(),
    }
    if config.metric_names:
        categories["custom"] = {name: [metric_tag(name)] for name in config.metric_names}
    return {
        # a margin chart draws the second and third curve as the borders of a band around the first
        category: {title: ["Margin" if title == "win rate" else "Multiline", tags] for title, tags in charts.items()}
        for category, charts in categories.items()
    }


def _total() -> Charts:
    return {"breakdown": ["reward/total_mean"]}


def _reward_charts(config: Config, sizes: Mapping[str, float] | None) -> Charts:
    """The groups together, and a chart of the terms of each."""
    stages = range(len(config.curriculum.stages) + 1)
    weights = [config.reward_weights(stage) for stage in stages]
    used = [name for name in weights[0] if any(each[name] for each in weights)]
    groups: dict[str, list[str]] = {}
    for name in used:
        groups.setdefault(group_of(name), []).append(reward_tag(name))
    order = list(groups)
    if sizes is not None:
        size = {group: sum(sizes.get(tag, 0.0) for tag in tags) for group, tags in groups.items()}
        order = sorted((group for group in groups if size[group] > 0), key=size.__getitem__, reverse=True)
    charts = _in_parts("breakdown", ["reward/total_mean", *map(group_tag, groups)])
    for group in order:
        charts |= _in_parts(group, groups[group])
    return charts


def _in_parts(title: str, tags: list[str]) -> Charts:
    """As many charts as it takes for each curve of a chart to have a marker of its own."""
    parts = [tags[first : first + MARKERS] for first in range(0, len(tags), MARKERS)]
    return {f"{title} ({number})" if number > 1 else title: part for number, part in enumerate(parts, start=1)}


def _figure_charts() -> dict[str, Charts]:
    """A category for each group of figures, and a chart for each figure: in training, in matches, the opponent's."""
    categories: dict[str, Charts] = {}
    for name, figure in FIGURES.items():
        tags = [figure_tag(whose, name) for whose in ("game", "eval", "opponent")]
        if name in STATISTICS:
            tags[:2] = [f"game/{name}", f"eval/{name}"]
        title = f"{name.replace('_', ' ')}, {figure.unit}" if figure.kind != "rate" else name.replace("_", " ")
        categories.setdefault(f"figures: {figure.group}", {})[title] = tags
    return categories
