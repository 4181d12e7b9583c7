"""The bots in pretrained/ still play: a change of what an observation means requires training them again."""

from pathlib import Path

import pytest

from jaxrl.bots.players import make_player
from jaxrl.bots.policy_files import load_policy
from jaxrl.config.load import load_config
from jaxrl.watch.recording import Match, record

BOTS = sorted(path for path in (Path(__file__).parents[2] / "pretrained").iterdir() if path.is_dir())


@pytest.mark.parametrize("bot", BOTS, ids=lambda bot: bot.name)
def test_it_is_whole_and_small(bot):
    assert {path.name for path in bot.iterdir()} >= {"policy.npz", "policy.json", "config.yaml", "training.csv"}
    assert sum(path.stat().st_size for path in bot.rglob("*") if path.is_file()) < 5 * 2**20
    config, description = load_config(bot / "config.yaml"), load_policy(bot).description  # with its test vectors
    assert (config.observation.car_frame, config.observation.mirror) == (description.car_frame, description.mirror)
    assert (bot / "training.csv").read_text().splitlines()[-1].startswith(f"{description.env_steps},")


@pytest.mark.parametrize("bot", BOTS, ids=lambda bot: bot.name)
def test_it_plays(bot):
    """Two minutes against a car that stands still: it finds the ball and scores."""
    description = load_policy(bot).description
    layout = (description.team_size, description.tick_skip, description.action_delay_ticks)
    own, idle = (make_player(str(name), *layout, "numpy") for name in (bot, "idle"))
    recording = record(Match((own, idle), description.team_size, seed=0), {"touch": 1.0}, seconds=120)
    assert (recording.rewards[:, 0, 0] > 0).sum() > 15
    assert recording.score[0] > recording.score[1]
