"""What the README shows must work: its examples are run as they stand."""

import re
from pathlib import Path

import numpy as np
import pytest
from support.specs import sim_spec

from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.training.build import make_game

MISTAKES = ("training.n_epoch=2", "training.batch_size=4000")
README = Path("README.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The Python block that begins with the comment `# name`."""
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    return next(block for block in blocks if block.startswith(f"# {name}"))


def test_own_reward_term(tmp_path, monkeypatch):
    """The README's reward term, on states of real arenas: largest for the car that is closest to the ball."""
    (tmp_path / "my_rewards.py").write_text(example("my_rewards.py"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    config = load_config("configs/final.yaml", ["rewards.my_rewards:close_to_ball=0.05"])
    game = make_game(config)
    spec = sim_spec(num_envs=4, start_states=(("random", 1.0),))
    with RocketSimEnv(spec, 0) as env:
        states = env.reset().copy()
    terms = game.rewards(states, states, np.zeros((4, 2), np.int32))
    values = terms["my_rewards:close_to_ball"]
    state = unpack(states)
    distance = np.linalg.norm(state.ball_position[:, None] - state.position, axis=-1)
    assert values.shape == (4, 2)
    np.testing.assert_array_equal(np.argmax(values, axis=1), np.argmin(distance, axis=1))


def test_own_start_state(tmp_path, monkeypatch):
    """The README's start state in a real arena: the ball where it says."""
    (tmp_path / "my_starts.py").write_text(example("my_starts.py"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    spec = sim_spec(num_envs=2, start_states=(("my_starts:high_ball", 1.0),))
    with RocketSimEnv(spec, 0) as env:
        states = env.reset()
    assert (unpack(states).ball_position[:, 2] > 1000).all()


def test_every_override_is_accepted():
    """The `--set`s of each line of the README together, but for the lines that show what an error looks like."""
    lines = [re.findall(r"--set ([^\s`]+=[^\s`]+)", line) for line in README.splitlines()]
    lines = [overrides for overrides in lines if overrides and not overrides[0].startswith(MISTAKES)]
    assert len(lines) >= 8
    for overrides in lines:
        load_config("configs/final.yaml", overrides)


def test_errors_read_as_shown():
    """The README's mistakes give the lines that it prints."""
    shown = re.findall(r"\$ uv run train.py --config (\S+) --set (\S+)\n +(.*)", README)
    assert [override for _, override, _ in shown] == list(MISTAKES)
    for config, override, line in shown:
        with pytest.raises(UserError) as error:
            load_config(config, [override])
        assert str(error.value) == line
