"""What other machines are worth to a run: what each part of a cluster allows, measured on this machine alone.

    python -m benchmarks.scale                                    # about five minutes on two cores
    python -m benchmarks.scale --nodes 1 2 --seconds 0.5 --rounds 3

1. Bytes an environment step of a rollout on the wire, before any compression.
2. The learner's intake: rollouts decoded, checked, joined and put on the device.
3. How much of collecting and learning overlaps on four forced devices, with stand-ins for both.
4. Nodes that sleep instead of playing, in a real Ray cluster on this machine: what they come to with a learner whose
   update is short, as a share of what they play.
5. What 1 to 1,000 nodes come to on paper: the lowest of these limits and of a network's, and the way past it.

Sizes are those of --config, a rollout of a node being num_envs / cluster.rollouts arenas of it. Figures are medians of
--rounds after a warm-up, those of nodes means over as many updates. It needs Ray: uv sync --extra ray.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.speed.machine import describe_machine
from benchmarks.speed.scale_intake import Setting, bytes_by_part, make_setting, measure_intake
from benchmarks.speed.scale_overlap import DEVICES, Overlapped, measure_apart
from benchmarks.speed.scale_paper import WAYS, Figures, Row, paper
from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.sim.engine import describe, resolve
from jaxrl.streams import tell
from jaxrl.training.cluster.source import INSTALL
from jaxrl.training.device import configure_device, describe_device

if TYPE_CHECKING:  # Ray is an extra
    from benchmarks.speed.scale_nodes import Rehearsed

NODE, UPDATE = 49_000.0, 300_000.0  # steps/s: two cores with RocketSim 3, and a GPU, both of docs/performance.md


class Bar(NamedTuple):
    """What is aimed at."""

    name: str
    found: float
    bar: float
    is_most: bool = False  # the bar is the most that it may be, instead of the least

    @property
    def verdict(self) -> str:
        """`reached`, or by how much of the bar it was missed."""
        missing = (self.found - self.bar if self.is_most else self.bar - self.found) / self.bar
        return "reached" if missing <= 0 else f"missed by {missing:.1%}"


def show(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table."""
    tell(f"\n| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    for cells in rows:
        tell(f"| {' | '.join(cells)} |")


def show_bytes(setting: Setting) -> None:
    """Print what a rollout weighs."""
    parts = {name: size for name, size in bytes_by_part(setting.packed).items() if size}
    parts["in all, pickled"] = setting.bytes_a_step
    show(["on the wire", "bytes a step"], ([name, f"{size:.2f}"] for name, size in parts.items()))
    steps, weights = setting.steps, setting.weight_bytes
    tell(f"\nto a node for a rollout: {weights / 1e6:.2f} MB of weights, {weights / steps:.0f} bytes a step")


def show_intake(parts: dict[str, float], seconds: float, steps: int) -> None:
    """Print where the time of the intake goes; `steps` are those of an update."""
    parts = parts | {"in all": seconds}
    rows = ([name, f"{1e3 * each:.1f}", f"{1e6 * each / steps:.2f}"] for name, each in parts.items())
    show(["intake of an update", "ms", "us a step"], rows)
    tell(f"\nintake: {steps / seconds:,.0f} steps/s")


def show_overlap(found: Sequence[Overlapped]) -> None:
    """Print what overlaps."""
    rows = ([f"{1e3 * s:.0f}" for s in each] + [f"{each.hidden:.3f}"] for each in found)
    show(["collecting, ms", "device, ms", "wall-clock, ms", "hidden of the shorter"], rows)


def show_nodes(found: "Sequence[Rehearsed]") -> None:
    """Print what stand-in nodes come to."""
    heads = ["nodes", "steps/s", "perfect", "share", "rollouts dropped"]
    rows = ([str(n.nodes), f"{n.rate:,.0f}", f"{n.perfect:,.0f}", f"{n.share:.3f}", str(n.dropped)] for n in found)
    show(heads, rows)


def show_bars(bars: Sequence[Bar]) -> None:
    """Print what is reached."""
    rows = ([each.name, number(each.bar), number(each.found), each.verdict] for each in bars)
    show(["bar", "aimed at", "found", ""], rows)


def show_paper(rows: Sequence[Row], figures: Figures) -> None:
    """Print what is expected, and from what."""
    tell(
        f"\non paper: a node plays {figures.node:,.0f} steps/s, of which {figures.share:.2f} arrive; updates make "
        f"{figures.update:,.0f}, rollouts are of {figures.rollout:,} steps, weights go to a node once a rollout, and "
        "nothing else is on the learner's network"
    )
    heads = ["nodes", "Gbit/s", "nodes play", "steps/s", "steps an update, at least"]
    heads += ["first bottleneck", "the way past it", "then"]
    lines = []
    for row in rows:
        then, limit = row.second
        rates = row.limits["nodes"], row.rate, row.batch
        found = [f"{row.nodes:,}", f"{row.gigabits:g}", *(f"{each:,.0f}" for each in rates)]
        lines.append([*found, row.first, WAYS[row.first], f"{then}, {limit:,.0f}"])
    show(heads, lines)


def run(arguments: argparse.Namespace) -> None:
    """Measure and print all parts; raises UserError for what a config or this machine cannot do."""
    if find_spec("ray") is None:
        raise UserError(f"the package ray is missing: {INSTALL}")
    config = load_config(arguments.config, ["accelerator.compile_cache=.cache/benchmarks"])
    device = configure_device(config.accelerator)
    setting = make_setting(config)
    decisions, arenas, cars = setting.packed.actions.shape
    tell(
        f"{describe_machine()}, {describe_device(device)}, {describe(resolve(config.environment.physics))}\n"
        f"{arguments.config}: a rollout of a node is {arenas} arenas x {decisions} decisions, {cars // 2}v{cars // 2}; "
        f"an update learns from {config.cluster.rollouts} of them"
    )
    show_bytes(setting)

    parts, seconds = measure_intake(setting, arguments.rounds)
    steps = setting.steps * config.cluster.rollouts
    show_intake(parts, seconds, steps)

    tell(f"\n{DEVICES} devices that a CPU passes for, sleeps in place of physics and of the device's work")
    overlapped = measure_apart(arguments.config, arguments.rounds)
    show_overlap(overlapped)

    from benchmarks.speed.scale_nodes import rehearse  # Ray is an extra

    tell(
        f"\nreal Ray nodes and actors, all on this machine, that sleep {arguments.seconds:g} s for a rollout of "
        f"{setting.steps:,} steps; an update learns from a rollout of each"
    )
    nodes = rehearse(setting, arguments.seconds, arguments.nodes, arguments.rounds)
    show_nodes(nodes)

    figures = Figures(
        node=arguments.node_rate,
        share=nodes[-1].share,
        intake=steps / seconds,
        update=arguments.update_rate,
        bytes_a_step=setting.bytes_a_step,
        weight_bytes=setting.weight_bytes,
        rollout=setting.steps,
        max_lag=config.cluster.max_lag,
    )
    show_paper(paper(figures), figures)

    show_bars(
        [
            Bar("bytes a step on the wire, at most", setting.bytes_a_step, 420, is_most=True),
            Bar("intake, steps/s", figures.intake, 400_000),
            Bar(f"{nodes[-1].nodes} nodes, share of perfect", figures.share, 0.9),
            Bar("hidden of the shorter, in the worse case", min(each.hidden for each in overlapped), 0.9),
        ]
    )


def number(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    """A number of an option above 0."""

    def parse(text: str) -> float:
        try:
            found = kind(text)
        except ValueError:
            found = kind(0)
        if not 0 < found < math.inf:
            raise argparse.ArgumentTypeError(f"{text} is not a {'whole ' * (kind is int)}number above 0")
        return found

    return parse


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="gpu")
    parser.add_argument("--nodes", type=positive(int), nargs="+", default=[1, 2, 4, 16], help="one after the other")
    parser.add_argument("--seconds", type=positive(float), default=2.0, help="that a stand-in takes for a rollout")
    parser.add_argument("--rounds", type=positive(int), default=9)
    parser.add_argument("--node-rate", type=positive(float), default=NODE, help="steps/s of a node, on paper")
    parser.add_argument("--update-rate", type=positive(float), default=UPDATE, help="steps/s of updates, on paper")
    arguments = parser.parse_args()
    if arguments.nodes != sorted(set(arguments.nodes)):
        parser.error("--nodes must grow: nodes join one cluster")
    try:
        run(arguments)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
