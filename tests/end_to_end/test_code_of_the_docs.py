"""Code that the docs show for the user's own reward terms and start states, and what they say that it receives."""

import importlib.util
import re
from dataclasses import replace
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pydantic import BaseModel
from rlgym.rocket_league.sim import RocketSimEngine
from rlgym.rocket_league.state_mutators import FixedTeamSizeMutator
from support.documents import TEXTS, example
from support.specs import sim_spec
from support.states import state

from jaxrl.config.load import load_config
from jaxrl.config.schema import Config
from jaxrl.game.actions import ACTION_TABLE, CHOICES
from jaxrl.game.figures import FIGURES
from jaxrl.game.rewards.memory import run
from jaxrl.game.rewards.registry import TERMS, resolve_terms
from jaxrl.game.starts import StartState
from jaxrl.game.state import pack, unpack
from jaxrl.ppo.reward_memory import first_memory, follow_memory
from jaxrl.ppo.shown import shown_of
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.rollout import Collector, Rollout
from jaxrl.training.build import make_game

TAGS = "docs/train/tensorboard.md"
OBSERVATIONS, ACTIONS = "docs/extend/observations.md", "docs/extend/actions.md"
REWARDS, STARTS, COMING = "docs/extend/rewards.md", "docs/extend/start-states.md", "docs/coming-from.md"
THROTTLE_AND_BOOST = np.flatnonzero((ACTION_TABLE[:, 0] == 1) & (ACTION_TABLE[:, 6] == 1))
AT_THE_GOAL = '''
import numpy as np
from jaxrl.game.rewards.memory import run
from jaxrl.game.rewards.registry import resolve_terms
from jaxrl.game.starts import StartState

def at_the_goal(rng, team_size):
    """The ball rolls into orange's goal within a decision or two; the cars stand apart."""
    zeros = np.zeros((2, 3))
    return StartState(np.array([0, 5050.0, 93]), np.array([0, 2000.0, 0]), np.zeros(3),
                      np.array([[-2000.0, 0, 17], [2000, 0, 17]]), zeros, zeros, zeros, np.full(2, 50.0))
'''


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Puts a file of the docs where it can be imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(page, *names):
        for name in names:
            (tmp_path / name).write_text(example(page, name), encoding="utf-8")
        return tmp_path

    return write


def code(page, name):
    found = {}
    exec(example(page, name), found)
    return found


def states_of(start, num_envs=3, steps=8):
    """A rollout of random actions from `package.module:function`, `[T, N, ...]`."""
    spec = sim_spec(num_envs=num_envs, start_states=((start, 1.0),))
    with RocketSimEnv(spec, 0) as env:
        collector = Collector(env, steps, 2, 4, seed=0)
        rollout = collector.collect(lambda states, uniforms: (uniforms * 90).astype(np.int32), 0)
    return rollout


def test_what_a_term_receives_at_a_goal(tmp_path, monkeypatch):
    """`next_state` is the true last one: the goal is in `score`, the ball behind the line, no kickoff in sight."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_goal_start.py").write_text(AT_THE_GOAL)
    rollout = states_of("my_goal_start:at_the_goal")
    t, n = np.argwhere(rollout.terminated)[0]
    state, following = unpack(rollout.states[t, n]), unpack(rollout.next_states()[t, n])
    np.testing.assert_array_equal(following.score - state.score, [1, 0])
    assert following.ball_position[1] > 5120
    assert unpack(rollout.states[t + 1, n]).ball_position[1] < 5120  # where the next episode starts
    terms = make_game(load_config("final")).rewards(rollout.states[:-1], rollout.next_states(), rollout.actions)
    np.testing.assert_array_equal(terms["goal"][t, n], [1, 0])
    np.testing.assert_array_equal(terms["concede"][t, n], [0, 1])


def test_own_terms(write):
    """An index into the table, each team's goal, and an instance: the same compiled by JAX as by hand on numpy."""
    write(REWARDS, "my_boost.py", "my_speed.py")
    names = ("my_boost:boost_to_goal", "my_speed:supersonic")
    config = load_config("final", [f"rewards.{name}=0.1" for name in names])
    game = make_game(config)
    rollout = states_of("near_ball", num_envs=64)
    state, following, actions = rollout.states[:-1], rollout.next_states(), rollout.actions
    plain, compiled = (run(state, following, actions) for run in (game.rewards, jax.jit(game.rewards)))
    before, after = unpack(state), unpack(following)
    boosting = np.isin(actions, np.flatnonzero(ACTION_TABLE[:, 6]))
    goal_y = np.array([5120, -5120])
    to_goal = np.stack([-before.position[..., 0], goal_y - before.position[..., 1], 321.3875 - before.position[..., 2]])
    right = boosting & ((to_goal * np.moveaxis(after.velocity, -1, 0)).sum(0) > 0)
    assert 0.1 < right.mean() < 0.9
    for terms in (plain, compiled):
        np.testing.assert_array_equal(terms[names[0]], right)
        np.testing.assert_array_equal(terms[names[1]], np.linalg.norm(after.velocity, axis=-1) > 2200)


def test_a_term_with_memory_in_five_lines(write):
    """On real episodes that end on the way: as counted by hand, car by car, and the same when trained with."""
    write(REWARDS, "my_airtime.py")
    (name,) = names = ["my_airtime:decisions_in_the_air"]
    lines = example(REWARDS, "my_airtime.py").strip().splitlines()
    assert len([line for line in lines[1:] if line]) == 5
    game = make_game(load_config("final", [f"rewards.{name}=0.1"]))
    rollout = states_of("near_ball", num_envs=8, steps=64)
    done = rollout.terminated | rollout.truncated
    decisions = rollout.states[:-1], rollout.next_states(), rollout.actions
    _, values = run(resolve_terms(names), *decisions, done)
    _, compiled = follow_memory(game.memory_terms, first_memory(game.memory_terms, 8, 2), *decisions, done)
    np.testing.assert_allclose(compiled[name], values[name], rtol=1e-6)
    grounded, count = unpack(decisions[1]).on_ground, np.zeros((8, 2))
    for t in range(64):
        count = np.where(grounded[t] == 1, 0, count + 1)
        np.testing.assert_allclose(values[name][t], count / 100, rtol=1e-6)
        count[done[t]] = 0
    assert values[name].max() > 0.05


def test_an_observation_and_a_table_of_actions(write):
    """Both in one game, as the page says: 7 numbers behind the standard ones, the ball on the side where it is."""
    write(OBSERVATIONS, "my_obs.py")
    write(ACTIONS, "my_actions.py")
    game = make_game(load_config("final", ["observation.custom=my_obs:observe", "game.action_table=my_actions:table"]))
    assert game.num_actions == 80
    assert game.obs_size == 136 + 7
    cars = dict(position=[(0, -1000, 17), (0, 4000, 17)], forward=[(0, 1, 0), (0, -1, 0)], up=(0, 0, 1))
    rows = pack(state(ball_position=(0, 2000, 93), **cars))
    seen = game.observe(rows)[:, -7:]
    np.testing.assert_allclose(seen[0, :3], [0, 3, 0.076], atol=1e-6)
    np.testing.assert_allclose(seen[1, :3], [0, 2, 0.076], atol=1e-6)
    np.testing.assert_allclose(seen[:, 4], [-4.12, -1.12], atol=1e-3)


def test_a_translated_reward():
    """RLGym's reward and ours, on states of RLGym's engine while two cars drive."""
    theirs, ours = code(COMING, "rlgym_speed.py")["SpeedToBall"](), code(COMING, "my_speed_to_ball.py")["speed_to_ball"]
    engine = RocketSimEngine()
    state = engine.create_base_state()
    FixedTeamSizeMutator(1, 1).apply(state, {})
    code(COMING, "rlgym_rolling.py")["RollingBall"](np.random.default_rng(3)).apply(state, {})
    state = engine.set_state(state, {})
    controls = np.tile(ACTION_TABLE[THROTTLE_AND_BOOST[0]], (8, 1))
    for _ in range(5):
        cars = list(state.cars.values())
        found = SimpleNamespace(
            ball_position=state.ball.position,
            position=np.stack([car.physics.position for car in cars]),
            velocity=np.stack([car.physics.linear_velocity for car in cars]),
        )
        expected = theirs.get_rewards(list(state.cars), state, {}, {}, {})
        np.testing.assert_allclose(ours(None, found, None), list(expected.values()), atol=1e-6)
        state = engine.step(dict.fromkeys(state.cars, controls), {})
    assert max(expected.values()) > 0.2


def test_a_translated_mutator(write):
    """RLGym's engine after the mutator, and a real arena of ours after the start state, with the same dice."""
    engine = RocketSimEngine()
    theirs = engine.create_base_state()
    FixedTeamSizeMutator(1, 1).apply(theirs, {})
    code(COMING, "rlgym_rolling.py")["RollingBall"](np.random.default_rng(3)).apply(theirs, {})
    theirs = engine.set_state(theirs, {})
    start = code(COMING, "my_rolling.py")["rolling_ball"](np.random.default_rng(3), 1)
    cars = [car.physics for car in theirs.cars.values()]
    np.testing.assert_allclose(start.ball_position, theirs.ball.position, atol=1e-3)
    np.testing.assert_allclose(start.ball_velocity, theirs.ball.linear_velocity, atol=1e-3)
    np.testing.assert_allclose(start.position, [car.position for car in cars], atol=1e-3)
    write(COMING, "my_rolling.py")
    with RocketSimEnv(sim_spec(start_states=(("my_rolling:rolling_ball", 1.0),)), 0) as env:
        state = unpack(env.reset())
    np.testing.assert_allclose(state.forward[0], [car.forward for car in cars], atol=1e-3)
    np.testing.assert_allclose(state.position[0], start.position, atol=0.1)
    np.testing.assert_allclose(state.boost[0], start.boost, atol=1e-3)


def generated(page):
    """A page with what `docs/hooks.py` puts into it."""
    spec = importlib.util.spec_from_file_location("hooks", "docs/hooks.py")
    hooks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hooks)
    return hooks.on_page_markdown(TEXTS[page])


def test_every_figure_is_explained():
    text = generated(TAGS)
    for name, figure in FIGURES.items():
        assert f"| {figure.group} | `{name}` | {figure.unit} | {figure.meaning} |" in text
    for name in CHOICES:
        assert f"`entropy/{name}`" in text


def test_every_key_of_the_config_is_listed():
    text = generated("docs/reference/config.md")
    for name, section in Config().model_dump().items():
        assert f"## {name}\n" in text
        for key in section if isinstance(getattr(Config(), name), BaseModel) else ():
            assert f"| `{key}" in text, key


def test_the_metric_of_the_docs(write):
    """Blue lies on its roof, orange stands: 0.5, by the command that the page shows."""
    write(TAGS, "my_metrics.py")
    (override,) = re.findall(r"--set (metrics\S+)", TEXTS[TAGS])
    game = make_game(load_config("configs/final.yaml", [override]))
    states = pack(state(2, (5, 1), up=[(0, 0, -1), (0, 0, 1)]))
    rollout = Rollout(
        states=states,
        actions=np.zeros((4, 1, 2), np.int32),
        terminated=np.zeros((4, 1), bool),
        truncated=np.zeros((4, 1), bool),
        final_states=states[0],
        final_index=np.full((1, 2), (4, 0), np.int32),
    )
    found = shown_of(replace(game, choices={}), None, jax.tree.map(jnp.asarray, rollout), 8)
    assert found.metrics == {"my_metrics:upside_down": 0.5}


def test_the_fields_of_a_start_state_are_listed():
    table = generated(STARTS)
    for field in StartState._fields:
        assert f"| `{field}` | `[" in table
    assert "| `boost` | `[C]` | 0-100 |" in table


def test_every_reward_term_is_listed_with_all_that_is_known_of_it():
    table = generated("docs/reference/rewards.md")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines() if line.startswith("| `")]
    assert [row[0].strip(" `") for row in rows] == list(TERMS)
    for row in rows:
        assert len(row) == 7, row
        assert all(cell.strip() for cell in row[:6]), row
    assert "| 50 |" in next(line for line in table.splitlines() if line.startswith("| `goal`"))


def test_the_terms_that_others_call_otherwise_are_there():
    _, table = TEXTS[COMING].split("| there (")
    names = [
        name for row in table.split("\n\n")[0].splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[2])
    ]
    assert len(names) == 26
    assert set(names) <= set(TERMS)
