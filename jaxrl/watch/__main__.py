"""Plays a match and writes it as a page: python -m jaxrl.watch checkpoints/best --opponent idle --out match.html"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from jaxrl.checkpoint_files import CONFIG_FILE
from jaxrl.config_loading import load_config
from jaxrl.errors import UserError
from jaxrl.opponents import make_opponent
from jaxrl.policy import read_description
from jaxrl.watch.page import page
from jaxrl.watch.recording import car_names, match_spec, record


def reward_weights(folder: Path, config: str | None) -> Mapping[str, float]:
    """Of the first stage. A checkpoint may name a stranger's code: only terms of jaxrl are taken from there."""
    if config is not None:
        return load_config(config).reward_weights(0)
    weights = load_config(folder / CONFIG_FILE).reward_weights(0)
    own = [name for name in weights if ":" in name]
    if own:
        print(f"{', '.join(own)}: shown only with --config and the config that names them", file=sys.stderr)
    return {name: weight for name, weight in weights.items() if name not in own}


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Play a match in RocketSim and write it as one HTML file.")
    parser.add_argument("bot", type=Path, help="the folder of a checkpoint; it plays blue")
    parser.add_argument("--opponent", default="idle", help="idle, random, chaser, or the folder of a checkpoint")
    parser.add_argument("--out", type=Path, default=Path("match.html"))
    parser.add_argument("--minutes", type=float, default=5, help="of game")
    parser.add_argument("--seed", type=int, default=0, help="another one, another match")
    parser.add_argument("--config", help="take the weights of rewards, also your own terms, from this config")
    arguments = parser.parse_args()
    sys.path.append(str(Path.cwd()))  # the user's own reward terms may stand here
    try:
        text = watch(arguments)
        arguments.out.write_text(text, encoding="utf-8")
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"--out {arguments.out}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{arguments.out}: {len(text) / 2**20:.1f} MB; open it in a browser")
    return 0


def watch(arguments: argparse.Namespace) -> str:
    """Plays the match; returns the page. Raises UserError for a folder that holds no bot, or one for another game."""
    if not 0 < arguments.minutes <= 60:
        raise UserError(f"--minutes {arguments.minutes:g}: must be above 0 and at most 60")
    description = read_description(arguments.bot)
    team_size, tick_skip = description.team_size, description.tick_skip
    blue, orange = (
        make_opponent(str(name), team_size, tick_skip, "numpy") for name in (arguments.bot, arguments.opponent)
    )
    own, other = arguments.bot.name, Path(arguments.opponent).name
    spec = match_spec(team_size, tick_skip, description.action_delay_ticks, arguments.seed)
    weights = reward_weights(arguments.bot, arguments.config)
    names = car_names(own, other, team_size)
    recording = record(spec, blue, orange, names, weights, 60 * arguments.minutes)
    scored, conceded = recording.score
    print(f"{own} {scored} : {conceded} {other}, {arguments.minutes:g} minutes of {team_size}v{team_size}")
    return page(recording, f"{own} against {other}")


if __name__ == "__main__":
    sys.exit(main())
