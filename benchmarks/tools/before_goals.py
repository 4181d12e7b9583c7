"""What came before goals: where cars and ball were, with how much boost, and how early the critic knew.

    python -m benchmarks.before_goals pretrained/whole_game --against pretrained/duel --physics rocketsim3

1v1 from kickoffs; without --against the bot plays itself. Lengths count towards the goal that the bot attacks, 0 is the
middle of the field. A goal sooner after its kickoff than the seconds of a row is not in it.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.speed.machine import describe_machine
from jaxrl.bots.player import PolicyPlayer
from jaxrl.bots.players import make_player, saved_bot
from jaxrl.cli.physics_option import add_physics_option, physics_from
from jaxrl.errors import UserError
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.physics import Engine
from jaxrl.game.state import unpack
from jaxrl.matches.play import common_timing, keyed_uniforms, one_side, play
from jaxrl.sim.engine import make_env
from jaxrl.sim.spec import kickoff_spec

SECONDS = 1, 2, 3, 4, 6, 8, 12
COLUMNS = "goals", "ball, uu", "car, uu", "opponent, uu", "behind the ball", "nearer to it", "boost", "opponent's boost"


class Goal(NamedTuple):
    """A goal, and the T raw states of F numbers in which the bot decided since the kickoff, `[T, F]`; it is blue."""

    scored: bool  # by the bot
    states: np.ndarray


def goals(bot: PolicyPlayer, against: str, matches: int, minutes: float, physics: Engine) -> Iterator[Goal]:
    """Play `matches` 1v1 matches of `minutes` each, the bot always blue, and yield every goal."""
    opponent = make_player(against, 1, bot.tick_skip, bot.action_delay_ticks, "numpy")
    timing = common_timing((bot, opponent))
    mine = one_side(matches, 2)
    since: list[list[np.ndarray]] = [[] for _ in range(matches)]
    decisions = round(minutes * 60 * TICKS_PER_SECOND / bot.tick_skip)
    with make_env(physics, kickoff_spec(matches, 1, *timing, seed=0), num_workers=0) as env:
        for moment in play(env, (bot, opponent), mine, keyed_uniforms(0, *mine.shape), decisions):
            scored = unpack(moment.next_states).score - unpack(moment.states).score
            for k, match in enumerate(range(matches)[moment.matches]):
                since[match].append(moment.states[k].copy())
                if scored[k].any():
                    yield Goal(bool(scored[k, 0] > 0), np.stack(since[match]))
                if moment.ended[k]:
                    since[match] = []


def states_before(found: Sequence[Goal], seconds: float, tick_skip: int) -> np.ndarray:
    """The states so many seconds before the goals, `[G, F]`, of those whose kickoff was earlier."""
    back = round(seconds * TICKS_PER_SECOND / tick_skip)
    return np.array([goal.states[-back] for goal in found if len(goal.states) >= back])


def figures(rows: np.ndarray) -> list[float]:
    """Of raw states `[G, F]` what `COLUMNS` says: their number, means in uu, shares, and means of boost."""
    state = unpack(rows)
    ball, cars = state.ball_position, state.position
    own, other = np.moveaxis(np.linalg.norm(cars - ball[:, None], axis=-1), 1, 0)
    means = [ball[:, 1], cars[:, 0, 1], cars[:, 1, 1], cars[:, 0, 1] < ball[:, 1], own < other, *state.boost.T]
    return [len(rows), *(float(each.mean()) for each in means)]


def knows(for_it: np.ndarray, against_it: np.ndarray) -> float:
    """How often a critic expects more before a goal for its car than before one against it: 1 always, 0.5 by chance.

    Two arrays of values; the area under the ROC curve, as the share of all pairs (Hanley and McNeil 1982), ties half.
    """
    pairs = for_it[:, None] - against_it[None]
    return float((pairs > 0).mean() + (pairs == 0).mean() / 2)


def tables(found: Sequence[Goal], bot: PolicyPlayer) -> Iterator[str]:
    """Lines of a table for goals of either side, and how early the critic knew if the bot has one."""
    before = {scored: [goal for goal in found if goal.scored is scored] for scored in (True, False)}
    for scored, title in ((True, "by the bot"), (False, "against it")):
        yield f"| seconds before a goal {title} | {' | '.join(COLUMNS)} |"
        yield "|---" * (len(COLUMNS) + 1) + "|"
        for seconds in SECONDS:
            rows = states_before(before[scored], seconds, bot.tick_skip)
            if len(rows):
                number, *lengths = figures(rows)
                cells = [f"{each:,.0f}" for each in lengths[:3]] + [f"{each:.0%}" for each in lengths[3:5]]
                yield f"| {seconds} | {number} | {' | '.join(cells)} | {lengths[5]:.0f} | {lengths[6]:.0f} |"
        yield ""
    if bot.critic is None:
        yield "without a critic beside the bot nothing says what it expected"
        return
    for seconds in SECONDS:
        both = [states_before(before[scored], seconds, bot.tick_skip) for scored in (True, False)]
        if all(map(len, both)):
            value_for, value_against = (bot.critic.values(rows)[:, 0] for rows in both)
            yield f"{seconds} s before a goal its critic knows whose: {knows(value_for, value_against):.2f}"


def main() -> int:
    """Play, and print the tables; returns an exit code other than 0 where there is no such player."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bot")
    parser.add_argument("--against", help="any player (default: the bot itself)")
    parser.add_argument("--matches", type=int, default=32)
    parser.add_argument("--minutes", type=float, default=5, help="of each match")
    add_physics_option(parser)
    arguments = parser.parse_args()
    against = arguments.against or arguments.bot
    try:
        bot = saved_bot(arguments.bot, "numpy")
        if (size := bot.policy.description.team_size) != 1:
            raise UserError(f"{arguments.bot}: plays {size} cars a side, not 1")
        physics = physics_from(arguments, bot.policy.description.trained_in)
        found = list(goals(bot, against, arguments.matches, arguments.minutes, physics))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{arguments.bot} against {against}, {arguments.matches} matches, {physics}, {describe_machine()}\n")
    print("\n".join(tables(found, bot)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
