"""How likely the ball's place and speed make the next goal: what the reward term `win_probability` is made of.

    python -m benchmarks.tools.next_goal --bot pretrained/duel --matches 32 --minutes 5

Matches of a bot against itself from kickoffs; every half second of play before a goal is a sample for the team that
scored it, and turned by 180 degrees one against the other. A logistic regression on y (share of the way from the middle
to the goal line) and vy (share of a car's top speed) is fitted to them by Newton's method, without a constant: nobody
has an advantage in the middle.
"""

import argparse

import numpy as np

from jaxrl.bots.players import saved_bot
from jaxrl.game.field import BACK_WALL, CAR_MAX_SPEED
from jaxrl.game.state import unpack
from jaxrl.matches.play import Timing, both_sides, keyed_uniforms, play
from jaxrl.sim.engine import make_env
from jaxrl.sim.spec import kickoff_spec

EVERY_SECONDS = 0.5
ITERATIONS = 20


def samples(bot: str, matches: int, minutes: float) -> tuple[np.ndarray, np.ndarray, int]:
    """`[S, 2]` y and vy as blue has them, `[S]` 1 where blue scores next and 0 where orange does, and goals."""
    player = saved_bot(bot, "numpy")
    timing = Timing(player.tick_skip, player.action_delay_ticks)
    decisions, every = round(minutes * 7200 / timing.tick_skip), round(EVERY_SECONDS * 120 / timing.tick_skip)
    seen: list[list[np.ndarray]] = [[] for _ in range(matches)]
    found, labels, goals = [], [], 0
    mine = both_sides(matches, 2)
    with make_env("auto", kickoff_spec(matches, 1, *timing, seed=0), 0) as env:
        for moment in play(env, (player, player), mine, keyed_uniforms(0, *mine.shape), decisions):
            state, after = unpack(moment.states), unpack(moment.next_states)
            here = np.stack([state.ball_position[:, 1] / BACK_WALL, state.ball_velocity[:, 1] / CAR_MAX_SPEED], axis=1)
            scored = after.score - state.score
            for n in range(matches):
                if moment.decision % every == 0:
                    seen[n].append(here[n])
                if scored[n].any():
                    goals += 1
                    found += seen[n]
                    labels += [float(scored[n, 0])] * len(seen[n])
                    seen[n] = []
    return np.array(found), np.array(labels), goals


def fit(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The two weights of the logistic regression, on the samples and on the same with the teams exchanged."""
    x, labels = np.concatenate([x, -x]), np.concatenate([labels, 1 - labels])
    weights = np.zeros(x.shape[1])
    for _ in range(ITERATIONS):
        p = 1 / (1 + np.exp(-x @ weights))
        weights += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x, x.T @ (labels - p))
    return weights


def main() -> None:
    """Print the weights, and how well the probabilities hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bot", default="pretrained/duel")
    parser.add_argument("--matches", type=int, default=32)
    parser.add_argument("--minutes", type=float, default=5)
    arguments = parser.parse_args()
    x, labels, goals = samples(arguments.bot, arguments.matches, arguments.minutes)
    place, speed = weights = fit(x, labels)
    print(
        f"{goals} goals, {len(x)} samples: "
        f"{place:.2f} y / {BACK_WALL:.0f} uu + {speed:.2f} vy / {CAR_MAX_SPEED:.0f} uu/s"
    )
    p = 1 / (1 + np.exp(-x @ weights))
    for low in np.arange(0, 1, 0.2):
        inside = (p >= low) & (p < low + 0.2)
        if inside.any():
            print(f"  said {p[inside].mean():.2f}, came {labels[inside].mean():.2f}  ({inside.sum()} samples)")


if __name__ == "__main__":
    main()
