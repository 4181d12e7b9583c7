"""How strong is a bot? 200 matches of 5 minutes against each opponent of fixed strength, with 95% intervals.

python -m benchmarks.strength pretrained/duel
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from benchmarks.learning.matches import Ground
from benchmarks.learning.milestones import MATCH_MINUTES, OPPONENTS, Estimate, rate, share


def show(estimate: Estimate, percent: bool = False) -> str:
    """`1.23 (1.10 to 1.36)`."""
    numbers = (estimate.mean, estimate.low, estimate.high)
    mean, low, high = (f"{100 * x:.0f}%" if percent else f"{x:.2f}" for x in numbers)
    return f"{mean} ({low} to {high})"


def main() -> None:
    """Plays and prints the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a checkpoint, or a bot of pretrained/")
    parser.add_argument("--matches", type=int, default=200)
    parser.add_argument("--opponents", nargs="+", default=OPPONENTS, help="also folders of other bots")
    arguments = parser.parse_args()
    ground, rows = Ground(arguments.matches), []
    try:
        for number, opponent in enumerate(tqdm(arguments.opponents, unit="opponent")):
            ground.kickoff(seed=number)
            tally = ground.play(arguments.folder, opponent, MATCH_MINUTES)
            drawn = int((tally.goals == tally.against).sum())
            cells = [opponent, show(share(tally.wins, arguments.matches), percent=True)]
            cells += [show(share(drawn, arguments.matches), percent=True)]
            cells += [show(rate(counts, tally.minutes)) for counts in (tally.goals, tally.against, tally.touches)]
            rows.append(cells)
    finally:
        ground.close()
    print(f"{arguments.folder}, {arguments.matches} matches of 5 minutes from standard kickoffs, actions sampled\n")
    print("| against | won | drawn | goals a minute | goals against | touches a minute |\n|---|---|---|---|---|---|")
    for cells in rows:
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
