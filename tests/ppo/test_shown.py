"""What is only shown of a rollout: figures, a user's metrics, entropies of choices."""

from dataclasses import replace
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.envs import make_config, random_rows

from jaxrl.errors import UserError
from jaxrl.game.actions import ACTION_TABLE, CHOICES, CONTROLS, choices
from jaxrl.game.figures import FIGURES
from jaxrl.game.game import rocket_league
from jaxrl.ppo.curriculum import advance
from jaxrl.ppo.shown import entropies, shown_of
from jaxrl.sim.rocketsim2.groups import GROUPS
from jaxrl.sim.rollout import Rollout
from jaxrl.training.build import check_metrics, fields_of, make_game, shown_figures, sim_spec

COSTLY = {name for group in GROUPS.values() for name in group}


def test_choices_are_combinations_of_controls():
    """Jump is one of 2; drive throttle x steer x handbrake as far as the table has them."""
    found = choices(ACTION_TABLE)
    assert list(found) == list(CHOICES)
    for members in found.values():
        np.testing.assert_array_equal(members.sum(1), 1)
    assert found["jump"].shape == found["boost"].shape == (90, 2)
    jumps = ACTION_TABLE[:, CONTROLS.index("jump")] > 0
    assert (found["jump"][jumps] == found["jump"][jumps][0]).all()
    assert (found["jump"][~jumps] != found["jump"][jumps][0]).any(1).all()
    assert found["air"].shape == (90, 27)


def test_entropy_of_a_choice_ignores_the_rest_of_the_action():
    """Half of the chance on a jump, half on none, over one row each: ln 2; and 0 where one row has it all."""
    members = choices(ACTION_TABLE)
    jump, none = (int(np.flatnonzero(members["jump"][:, k])[-1]) for k in (1, 0))
    chance = np.zeros((2, 90))
    chance[0, [jump, none]] = 0.5
    chance[1, jump] = 1
    found = entropies(members, jnp.log(jnp.asarray(chance, jnp.float32)))
    np.testing.assert_allclose(found["jump"], np.log(2) / 2, rtol=1e-6)
    uniform = entropies(members, jnp.zeros((3, 90)))
    share = members["boost"].mean(0)
    np.testing.assert_allclose(uniform["boost"], -(share * np.log(share)).sum(), rtol=1e-5)


def rollout(weight=None):
    rng = np.random.default_rng(0)
    states = random_rows(rng, (33, 2), 2)
    no = np.zeros((32, 2), bool)
    actions = rng.integers(90, size=(32, 2, 2)).astype(np.int32)
    return Rollout(states, actions, no, no, states[0], np.full((2, 2), (32, 0), np.int32), weight)


def tilt(state, next_state, actions):
    return next_state.boost - state.boost


def show(game, data):
    return shown_of(game, lambda states: jnp.zeros((*states.shape[:-1], 2, 90)), jax.tree.map(jnp.asarray, data), 8)


def test_a_users_metric_is_a_mean():
    game = replace(rocket_league(1, 8, []), metrics={"my:tilt": tilt}, choices={})
    data = rollout()
    from jaxrl.game.state import unpack

    boost = unpack(data.states).boost
    np.testing.assert_allclose(show(game, data).metrics["my:tilt"], (boost[1:] - boost[:-1]).mean(), rtol=1e-4)
    weight = np.zeros((32, 2, 2), np.float32)
    weight[..., 0] = 1
    expected = (boost[1:] - boost[:-1])[..., 0].mean()
    np.testing.assert_allclose(show(game, rollout(weight)).metrics["my:tilt"], expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda s, n, a: n.ball_position, "must return one number per car, shape (1, 1, 2), not (1, 1, 3)"),
        (lambda s, n, a: n.bost, "AttributeError"),
    ],
)
def test_a_faulty_metric_is_one_line(function, said):
    game = replace(rocket_league(1, 8, []), metrics={"my.module:tilt": function})
    with pytest.raises(UserError) as error:
        check_metrics(game)
    assert str(error.value).startswith("metric my.module:tilt (")
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_metrics_that_cannot_be_found():
    with pytest.raises(UserError, match="no_such_module_here"):
        make_game(make_config("metrics.no_such_module_here:f=true"))
    assert make_game(make_config("metrics.no_such_module_here:f=false")).metrics == {}


def test_rocketsim_2_fills_no_more_for_figures_that_nobody_asked_for():
    """The recipe as it is asks for nothing that costs; asked for, each figure has its fields."""
    for overrides in (
        (),
        ("logging.figures=all",),
        ("curriculum.stages=[{after: {jumps_per_minute: 1}, rewards: {goal: 1}}]",),
    ):
        config = make_config(*overrides)
        fields, shown = fields_of(config), shown_figures(config, sim_spec(config), "rocketsim2")
        names = [figure.name for figure in shown]
        if not overrides:
            assert not fields & COSTLY
            assert {"touches_per_minute", "speed", "boost_held", "shots_per_minute"} <= set(names)
            assert not {"jumps_per_minute", "boost_gained_per_minute", "bumps_per_minute"} & set(names)
        elif "logging" in overrides[0]:
            assert names == list(FIGURES)
        else:
            assert {"jumps_per_minute", "double_jumps_per_minute"} <= set(names), "they come with the same read"
            assert "bumps_per_minute" not in names
        assert len(shown_figures(config, sim_spec(config), "rocketsim3")) == len(FIGURES)


def test_a_metrics_fields_are_filled():
    """A metric that reads bumps makes RocketSim 2 count them."""
    import sys

    sys.modules["metrics_of_a_test"] = SimpleNamespace(bumped=lambda state, next_state, actions: next_state.bumps)
    try:
        assert "bumps" in fields_of(make_config("metrics.metrics_of_a_test:bumped=true"))
    finally:
        del sys.modules["metrics_of_a_test"]


def test_a_stage_waits_for_a_figure():
    """A running mean of 0.9 x old + 0.1 x new; no value (NaN) leaves it as it is."""
    config = make_config("curriculum.stages=[{after: {flip_speed_gain: 30}, rewards: {goal: 1}}]")
    stage, averages = jnp.int32(0), {"flip_speed_gain": jnp.float32(0)}
    for value, mean, reached in ((200, 20, 0), (np.nan, 20, 0), (200, 0, 1)):
        stage, averages = advance(config.curriculum.stages, stage, averages, {"flip_speed_gain": jnp.float32(value)}, 0)
        np.testing.assert_allclose(averages["flip_speed_gain"], mean, rtol=1e-6)
        assert int(stage) == reached


def test_stages_know_figures_by_name():
    assert make_config("curriculum.stages=[{after: {air_share: 0.3, touches_per_minute: 4}}]").curriculum.figures == (
        "air_share",
    )
    with pytest.raises(UserError, match=r"air_shar: .*unknown figure; did you mean 'air_share'\?$"):
        make_config("curriculum.stages=[{after: {air_shar: 0.3}}]")
