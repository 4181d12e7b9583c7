"""What the README shows must work: its examples are run as they stand. See also test_docs.py."""

import numpy as np
from support.documents import TEXTS, example
from support.specs import sim_spec

from jaxrl.config.load import load_config
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.training.build import make_game

README = TEXTS["README.md"]
MAX_WORDS = 1000  # one screen a question: the rest belongs into docs/


def test_own_reward_term(tmp_path, monkeypatch):
    """The README's reward term, on states of real arenas: largest for the car that is closest to the ball."""
    (tmp_path / "my_rewards.py").write_text(example("README.md", "my_rewards.py"), encoding="utf-8")
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


def test_the_docs_show_the_same_reward_term():
    assert example("docs/extend/rewards.md", "my_rewards.py") == example("README.md", "my_rewards.py")


def test_it_stays_short():
    assert len(README.split()) <= MAX_WORDS


def test_the_first_command_is_the_one_that_everybody_knows():
    command = "python train.py --config configs/final.yaml"
    assert command in README
    assert README.index(command) < README.index("jaxrl train")
