"""Which curves stand together on the page, of the tags that `docs/train/tensorboard.md` lists."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from jaxrl.game.figures import FIGURES, STATISTICS
from jaxrl.game.rewards.registry import GROUP_OF
from jaxrl.report.tags import figure_tag, group_tag

Kind = Literal["lines", "band", "areas"]
REWARD, MEAN, TOTAL = "reward/", "_mean", "reward/total_mean"


class Panel(NamedTuple):
    """A chart: `lines`, a `band` (a curve between its second and its third), or `areas` stacked on each other."""

    section: str
    title: str
    unit: str
    kind: Kind
    tags: tuple[str, ...]
    names: tuple[str, ...]  # of the curves, one for each tag

    @property
    def key(self) -> str:
        """What the page asks for it by."""
        return f"{self.section}: {self.title}"


def lines(section: str, title: str, unit: str, **tags: str) -> Panel:
    """A chart of curves, `name=tag`; _ in a name is a space."""
    return Panel(section, title, unit, "lines", tuple(tags.values()), tuple(name.replace("_", " ") for name in tags))


def band(section: str, title: str, unit: str, tag: str) -> Panel:
    """A chart of a curve and of the borders of its 95% interval."""
    return Panel(section, title, unit, "band", (tag, f"{tag}_low", f"{tag}_high"), ("", "low", "high"))


STRENGTH, PLAY, REWARDS, LEARNING, SPEED = "Strength", "Play", "Rewards", "Learning", "Speed and faults"
OTHER = "Others"
SAME = {"train/entropy_coef"}  # the first name of train/ent_coef

FIXED = (
    band(STRENGTH, "rating", "Elo", "rating/elo"),
    lines(STRENGTH, "goals in matches", "a match", scored="eval/goals_for", conceded="eval/goals_against"),
    band(STRENGTH, "win rate", "share", "eval/win_rate"),
    lines(STRENGTH, "reward in matches", "", reward="eval/mean_reward"),
    lines(
        *(PLAY, "touches", "per car and minute"),
        training="game/touches_per_minute",
        matches="eval/touches_per_minute",
        opponent="opponent_touch/touches_per_minute",
    ),
    lines(PLAY, "goals in training, both sides", "per minute", goals="game/goals_per_minute"),
    lines(
        *(PLAY, "speed towards the ball", "uu/s"),
        training="game/speed_to_ball",
        matches="eval/speed_to_ball",
    ),
    lines(PLAY, "length of episodes", "decisions", length="episode/length"),
    lines(LEARNING, "losses", "", policy="train/policy_loss", value="train/value_loss"),
    lines(LEARNING, "KL divergence", "", KL="train/approx_kl"),
    lines(LEARNING, "clipped ratios", "share", share="train/clip_fraction"),
    lines(LEARNING, "entropy", "nats", entropy="train/entropy"),
    lines(
        *(LEARNING, "entropy by choice", "nats"),
        drive="entropy/drive",
        boost="entropy/boost",
        jump="entropy/jump",
        air="entropy/air",
    ),
    lines(LEARNING, "explained variance", "", explained="train/explained_variance"),
    lines(LEARNING, "expected return", "reward", value="train/value"),
    lines(LEARNING, "gradient norm", "", norm="train/gradient_norm"),
    lines(LEARNING, "learning rate", "", rate="train/learning_rate"),
    lines(LEARNING, "entropy bonus", "", coefficient="train/ent_coef"),
    lines(LEARNING, "stage", "", stage="train/stage"),
    lines(SPEED, "speed", "steps/s", overall="speed/overall", collecting="speed/collect", update="speed/update"),
    lines(SPEED, "collecting", "steps/s", physics="speed/physics", inference="speed/inference"),
    lines(SPEED, "share of time in evaluations", "share", share="speed/evaluation_share"),
    lines(
        *(SPEED, "faults since the start", ""),
        workers_replaced="fault/workers_replaced",
        arenas_rebuilt="fault/arenas_rebuilt",
        updates_dropped="fault/updates_dropped",
    ),
    lines(
        *(SPEED, "cluster", ""),
        nodes="cluster/nodes",
        rollouts_dropped="cluster/rollouts_dropped",
        rollouts_refused="cluster/rollouts_refused",
    ),
)


def panels(tags: Iterable[str]) -> list[Panel]:
    """The charts for which there are curves, section by section."""
    there = set(tags)
    made = [*FIXED, *_goals_by_player(there), *_rewards(there), *_league(there), *_figures(), *_custom(there)]
    order = list(dict.fromkeys([STRENGTH, REWARDS, *(panel.section for panel in made)]))
    found = [panel for each in made if (panel := _only(each, there)) is not None]
    others = there.difference(SAME, *(panel.tags for panel in found))
    found += [Panel(OTHER, tag, "", "lines", (tag,), ("",)) for tag in sorted(others)]
    order.append(OTHER)
    return sorted(found, key=lambda panel: order.index(panel.section))


def _only(panel: Panel, there: set[str]) -> Panel | None:
    """The panel with only the curves there are; None without any, or without that of a band."""
    kept = [(tag, name) for tag, name in zip(panel.tags, panel.names, strict=True) if tag in there]
    if not kept or (panel.kind == "band" and panel.tags[0] not in there):
        return None
    kind: Kind = "lines" if panel.kind == "band" and len(kept) < len(panel.tags) else panel.kind
    return panel._replace(kind=kind, tags=tuple(tag for tag, _ in kept), names=tuple(name for _, name in kept))


def _group(section: str, title: str, unit: str, kind: Kind, tags: Sequence[str], names: Sequence[str]) -> list[Panel]:
    return [Panel(section, title, unit, kind, tuple(tags), tuple(names))] if tags else []


def _goals_by_player(there: set[str]) -> list[Panel]:
    """For every player that a rating is measured by, the goals for and against."""
    start = "rating/goals_for_"
    players = sorted(tag.removeprefix(start) for tag in there if tag.startswith(start))
    return [
        lines(
            *(STRENGTH, f"goals against {name}", "a match"),
            scored=f"rating/goals_for_{name}",
            conceded=f"rating/goals_against_{name}",
        )
        for name in players
    ]


def _rewards(there: set[str]) -> list[Panel]:
    """The terms as areas, all of them and those of a group; then each by itself, to compare runs."""
    names = [tag.removeprefix(REWARD).removesuffix(MEAN) for tag in there if tag.startswith(REWARD) and tag != TOTAL]
    known = list(GROUP_OF)
    names.sort(key=lambda name: (known.index(name) if name in GROUP_OF else len(known), name))
    unit = "a decision"
    made = _group(REWARDS, "by term", unit, "areas", [f"{REWARD}{name}{MEAN}" for name in names], names)
    made += [lines(REWARDS, "total", unit, total=TOTAL), lines(REWARDS, "of an episode", "", sum="episode/return")]
    groups = list(dict.fromkeys(GROUP_OF.get(name, "custom") for name in names))
    if len(groups) > 1:
        made += _group(REWARDS, "by group", unit, "lines", [group_tag(group) for group in groups], groups)
    for name in names:
        made += _group("Rewards, term by term", name, unit, "lines", [f"{REWARD}{name}{MEAN}"], [""])
    start = "train/reward_weight/"
    moving = sorted(tag for tag in there if tag.startswith(start))
    return made + _group(REWARDS, "weights that move", "", "lines", moving, [tag.removeprefix(start) for tag in moving])


def _league(there: set[str]) -> list[Panel]:
    """Against past selves and fixed opponents."""
    start = "league/win_rate_"
    rates = sorted(tag for tag in there if tag.startswith(start))
    names = [tag.removeprefix(start).replace("_", " ") for tag in rates]
    return [
        *_group("League", "win rate in training", "share", "lines", rates, names),
        lines("League", "past selves", "", kept="league/past_selves"),
    ]


def _figures() -> list[Panel]:
    """How cars play: in training, in matches, and the opponent there."""
    return [
        lines(
            *(f"Figures: {figure.group}", name.replace("_", " "), figure.unit if figure.kind != "rate" else ""),
            training=figure_tag("game", name),
            matches=figure_tag("eval", name),
            opponent=figure_tag("opponent", name),
        )
        for name, figure in FIGURES.items()
        if name not in STATISTICS
    ]


def _custom(there: set[str]) -> list[Panel]:
    """The user's own metrics."""
    tags = sorted(tag for tag in there if tag.startswith("custom/"))
    return [lines("Your metrics", name, "", **{name: tag}) for tag in tags if (name := tag.removeprefix("custom/"))]
