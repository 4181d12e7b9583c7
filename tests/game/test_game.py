"""Rocket League as the learner gets it: the user's own reward terms, and the same numbers in numpy and JAX."""

import jax
import numpy as np
import pytest

from jaxrl.config.schema import DEFAULT_REWARDS
from jaxrl.errors import UserError
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.game import rocket_league
from jaxrl.game.state import pack, row_size, unpack


@pytest.mark.parametrize("team_size", [1, 3])
def test_numpy_and_jax_agree_on_whole_rollouts(team_size):
    """The terms of `final` and statistics on `[T, N]` rows with contacts, demolitions and goals in them.

    All terms, on rows of RocketSim: `rewards/test_terms.py`.
    """
    rng = np.random.default_rng(team_size)
    game = rocket_league(team_size, 8, DEFAULT_REWARDS)
    rows = rng.normal(size=(6, 5, row_size(2 * team_size))).astype(np.float32) * 500
    state = unpack(rows)
    state.boost[:] = rng.uniform(0, 100, state.boost.shape)
    for flag in (state.on_ground, state.has_flip_or_jump, state.demoed):
        flag[:] = rng.integers(0, 2, flag.shape)
    state.ticks_since_contact[:] = rng.choice([0, 59, 60, 1000], state.boost.shape)
    actions = rng.integers(0, NUM_ACTIONS, (5, 5, 2 * team_size)).astype(np.int32)
    for function, arguments in [
        (game.rewards, (rows[:-1], rows[1:], actions)),
        (game.statistics, (rows[:-1], rows[1:])),
    ]:
        reference, compiled = function(*arguments), jax.jit(function)(*arguments)
        assert set(reference) == set(compiled)
        for name in reference:
            np.testing.assert_allclose(compiled[name], reference[name], rtol=1e-5, atol=1e-4, err_msg=name)
    assert all(value.shape == actions.shape for value in game.rewards(rows[:-1], rows[1:], actions).values())
    assert game.rewards(rows[:-1], rows[1:], actions)["touch"].any()


USER_MODULE = """
def height(state, next_state, actions):
    return next_state.position[..., 2] / 2044

def one_number_per_arena(state, next_state, actions):
    return next_state.boost.sum(-1)

def just_one_number(state, next_state, actions):
    return 1.0

def wrong_name(state, next_state, actions):
    return share_of_boost(next_state)

def share_of_boost(next_state):
    return next_state.bost / 100

not_a_function = 3
"""


@pytest.fixture
def user_module(tmp_path, monkeypatch):
    """A module of the user's, importable as `my_reward_terms`."""
    (tmp_path / "my_reward_terms.py").write_text(USER_MODULE)
    (tmp_path / "my_broken_terms.py").write_text("import a_package_that_does_not_exist\n")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("user_module")
def test_a_users_own_term(make_state):
    state = make_state(2, position=[[0, 0, 1022], [0, 0, 511]])
    game = rocket_league(1, 8, ["goal", "my_reward_terms:height"])
    rewards = jax.jit(game.rewards)(pack(state), pack(state), np.zeros(2, np.int32))
    assert set(rewards) == {"goal", "my_reward_terms:height"}
    np.testing.assert_allclose(rewards["my_reward_terms:height"], [0.5, 0.25])


@pytest.mark.usefixtures("user_module")
@pytest.mark.parametrize("name", ["one_number_per_arena", "just_one_number"])
def test_a_users_term_of_the_wrong_shape_is_named(make_state, name):
    game = rocket_league(1, 8, [f"my_reward_terms:{name}"])
    rows = pack(make_state(2, lead=(4,)))
    for rewards in (game.rewards, jax.jit(game.rewards)):
        with pytest.raises(UserError, match=f"my_reward_terms:{name}.*one number per car") as error:
            rewards(rows, rows, np.zeros((4, 2), np.int32))
        assert "\n" not in str(error.value)
        line = 1 + USER_MODULE.splitlines().index(f"def {name}(state, next_state, actions):")
        assert f"my_reward_terms.py, line {line})" in str(error.value)


NO_NUMBERS = {
    "complex64": "next_state.boost.astype('complex64')",
    "a masked array": "np.ma.masked_array(np.zeros(actions.shape))",
    "Shaped": "Shaped(actions.shape)",
    "list": "[0.0, 0.0]",
    "float": "0.5",
    "NoneType": "None",
    "object": "np.zeros(actions.shape, object)",
    "<U1": "np.zeros(actions.shape, 'U1')",
    "datetime64": "np.zeros(actions.shape, 'datetime64[s]')",
}


@pytest.mark.parametrize("found", NO_NUMBERS)
def test_a_users_term_that_gives_no_real_numbers_is_named(found, make_state, tmp_path, monkeypatch):
    """One that has only a `.shape` passed; what JAX then said was long and named neither the term nor its file."""
    module = f"no_numbers_{[*NO_NUMBERS].index(found)}"
    (tmp_path / f"{module}.py").write_text(
        "from typing import NamedTuple\nimport numpy as np\nclass Shaped(NamedTuple):\n    shape: tuple\n"
        f"def term(state, next_state, actions):\n    return {NO_NUMBERS[found]}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    game, rows = rocket_league(1, 8, [f"{module}:term"]), pack(make_state(2, lead=(4,)))
    for rewards in (game.rewards, jax.jit(game.rewards)):
        with pytest.raises(UserError, match=f"{module}.py, line 5.*one number per car.* not {found}"):
            rewards(rows, rows, np.zeros((4, 2), np.int32))


@pytest.mark.parametrize("dtype", ["bool", "int32", "float16", "float32", "bfloat16"])
def test_a_users_term_may_give_any_real_numbers(dtype, make_state, tmp_path, monkeypatch):
    (tmp_path / f"real_{dtype}.py").write_text(
        "import jax.numpy as jnp\nimport numpy as np\ndef term(state, next_state, actions):\n"
        f"    return next_state.boost.astype(jnp.dtype('{dtype}'))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    game, rows = rocket_league(1, 8, [f"real_{dtype}:term"]), pack(make_state(2, lead=(4,), boost=1))
    for rewards in (game.rewards, jax.jit(game.rewards)):
        (values,) = rewards(rows, rows, np.zeros((4, 2), np.int32)).values()
        np.testing.assert_array_equal(values, np.ones((4, 2)))


@pytest.mark.parametrize("statement", ["sys.exit(0)", "raise GeneratorExit('enough')"])
def test_a_users_term_that_leaves_is_named(statement, make_state, tmp_path, monkeypatch):
    module = f"leaving_{len(statement)}"
    (tmp_path / f"{module}.py").write_text(f"import sys\ndef term(state, next_state, actions):\n    {statement}\n")
    monkeypatch.syspath_prepend(tmp_path)
    game, rows = rocket_league(1, 8, [f"{module}:term"]), pack(make_state(2, lead=(4,)))
    with pytest.raises(UserError, match=f"{module}.py, line 3.*(SystemExit: 0|GeneratorExit: enough)"):
        jax.jit(game.rewards)(rows, rows, np.zeros((4, 2), np.int32))


@pytest.mark.usefixtures("user_module")
def test_a_users_term_that_fails_is_named_with_its_line(make_state):
    """The line that failed, also where that is in another function of the user's, and not in one of JAX's."""
    game = rocket_league(1, 8, ["my_reward_terms:wrong_name"])
    rows = pack(make_state(2, lead=(4,)))
    line = 1 + USER_MODULE.splitlines().index("    return next_state.bost / 100")
    with pytest.raises(UserError, match=f"my_reward_terms.py, line {line}.*AttributeError: .*bost"):
        jax.jit(game.rewards)(rows, rows, np.zeros((4, 2), np.int32))


@pytest.mark.usefixtures("user_module")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module_here:term", "no_such_module_here:term: cannot import no_such_module_here"),
        ("my_reward_terms:heigth", "my_reward_terms has no function heigth"),
        ("my_reward_terms:not_a_function", "my_reward_terms has no function not_a_function"),
        ("my_broken_terms:term", "cannot import my_broken_terms .*a_package_that_does_not_exist"),
    ],
)
def test_a_term_that_cannot_be_found_is_named(name, message):
    with pytest.raises(UserError, match=message):
        rocket_league(1, 8, [name])
