"""Each reward term on states made by hand, with values worked out by hand."""

import jax
import numpy as np
import pytest

from jaxrl.errors import UserError
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.game import rocket_league
from jaxrl.game.rewards.registry import TAG_GROUPS, TERMS, group_of
from jaxrl.game.state import pack, row_size, unpack

GOAL_HEIGHT = 321.3875  # uu, the middle of the goal


@pytest.fixture
def value():
    """A function (term, state, next_state) -> that term per car, through the path that training takes."""

    def compute(term, state, next_state):
        game = rocket_league(state.boost.shape[-1] // 2, 8, [term])
        actions = np.full(state.boost.shape, 8, np.int32)
        result = game.rewards(pack(state), pack(next_state), actions)
        assert list(result) == [term]
        return result[term]

    return compute


@pytest.mark.parametrize(
    ("before", "after", "goal", "concede"),
    [
        ((0, 0), (1, 0), [1, 0], [0, 1]),
        ((3, 2), (3, 3), [0, 1], [1, 0]),
        ((4, 1), (4, 1), [0, 0], [0, 0]),
        ((3, 5), (4, 5), [1, 1, 0, 0], [0, 0, 1, 1]),
        ((3, 5), (3, 6), [0, 0, 1, 1], [1, 1, 0, 0]),
    ],
)
def test_goal_and_concede(make_state, value, before, after, goal, concede):
    state, next_state = (make_state(len(goal), score=score) for score in (before, after))
    np.testing.assert_array_equal(value("goal", state, next_state), goal)
    np.testing.assert_array_equal(value("concede", state, next_state), concede)


def test_touch_counts_only_after_half_a_second_without_contact(make_state, value):
    """60 ticks are half a second; a car that pushes the ball has one touch, not one a decision."""
    before = make_state(6, ticks_since_contact=[60, 59, 0, 8, 2**20, 400])
    after = make_state(6, ticks_since_contact=[0, 0, 0, 0, 0, 408])
    np.testing.assert_array_equal(value("touch", before, after), [1, 0, 0, 0, 1, 0])


def test_speed_to_ball(make_state, value):
    """Blue drives straight at the ball at top speed, orange away from it at half of that."""
    cars = make_state(
        2,
        ball_position=[0, 1000, 17],
        position=[[0, -1000, 17], [0, 2000, 17]],
        velocity=[[0, 2300, 0], [0, 1150, 0]],
    )
    np.testing.assert_allclose(value("speed_to_ball", make_state(2), cars), [1, -0.5], atol=1e-6)


def test_speed_to_ball_is_the_component_towards_it(make_state, value):
    """The ball lies in the direction (0.6, 0, 0.8); across that direction no speed counts."""
    cars = make_state(2, ball_position=[600, 0, 800], velocity=[[2300, 0, 0], [0, 2300, 0]])
    np.testing.assert_allclose(value("speed_to_ball", make_state(2), cars), [0.6, 0], atol=1e-6)


def test_face_ball(make_state, value):
    cars = make_state(
        4,
        ball_position=[0, 0, 17],
        position=[[-500, 0, 17], [-500, 0, 17], [0, -500, 17], [300, 400, 17]],
        forward=[[1, 0, 0], [-1, 0, 0], [1, 0, 0], [-1, 0, 0]],
        velocity=[2300, 0, 0],  # where the car drives does not matter
    )
    np.testing.assert_allclose(value("face_ball", make_state(4), cars), [1, -1, 0, 0.6], atol=1e-6)


def test_ball_to_goal(make_state, value):
    """Towards +y is good for blue and bad for orange; the ball's top speed is 6000 uu/s."""
    straight = make_state(2, ball_position=[0, 0, GOAL_HEIGHT], ball_velocity=[0, 3000, 0])
    np.testing.assert_allclose(value("ball_to_goal", make_state(2), straight), [0.5, -0.5], atol=1e-6)
    # from (3840, 0) the goals lie in the directions (-0.6, 0.8) and (-0.6, -0.8)
    slanted = make_state(4, ball_position=[3840, 0, GOAL_HEIGHT], ball_velocity=[-6000, 0, 0])
    np.testing.assert_allclose(value("ball_to_goal", make_state(4), slanted), [0.6] * 4, atol=1e-6)


def test_alignment(make_state, value):
    """Ball ahead on the line between the goals is 1, behind it -1, beside it 0."""
    ahead = make_state(2, ball_position=[0, 1000, GOAL_HEIGHT], position=[0, -2000, GOAL_HEIGHT])
    np.testing.assert_allclose(value("alignment", make_state(2), ahead), [1, -1], atol=1e-6)
    beside = make_state(2, ball_position=[1000, 0, GOAL_HEIGHT], position=[0, 0, GOAL_HEIGHT])
    np.testing.assert_allclose(value("alignment", make_state(2), beside), [0, 0], atol=1e-6)


def test_alignment_is_the_mean_of_attack_and_defence(make_state, value):
    """From (3840, 0) blue attacks along (-0.6, 0.8) and has its own goal behind it along (0.6, 0.8)."""
    cars = make_state(2, ball_position=[3840 + 600, 800, GOAL_HEIGHT], position=[3840, 0, GOAL_HEIGHT])
    attack, defence = 0.28, 1.0
    orange_attack, orange_defence = -1.0, -0.28
    expected = [(attack + defence) / 2, (orange_attack + orange_defence) / 2]
    np.testing.assert_allclose(value("alignment", make_state(2), cars), expected, atol=1e-6)


def test_boost_kept(make_state, value):
    tanks = make_state(4, boost=[100, 25, 1, 0])
    np.testing.assert_allclose(value("boost_kept", make_state(4, boost=50), tanks), [1, 0.5, 0.1, 0], atol=1e-6)


def test_demo_counts_new_demolitions(make_state, value):
    before, after = make_state(4, demos=[2, 0, 1, 7]), make_state(4, demos=[3, 0, 3, 7])
    np.testing.assert_array_equal(value("demo", before, after), [1, 0, 2, 0])


def test_demoed_counts_only_the_moment(make_state, value):
    before, after = make_state(4, demoed=[0, 1, 1, 0]), make_state(4, demoed=[1, 1, 0, 0])
    np.testing.assert_array_equal(value("demoed", before, after), [1, 0, 0, 0])


@pytest.mark.parametrize(("height", "share"), [(2044, 1), (1068.575, 0.5), (93.15, 0), (80, 0)])
def test_aerial_grows_with_height_of_a_touch_off_the_ground(make_state, value, height, share):
    """From rest (93.15 uu) to ceiling (2044 uu); on the ground, or without a touch, nothing."""
    before = make_state(6, ticks_since_contact=[400, 400, 400, 8, 400, 400])
    after = make_state(
        6,
        ball_position=[0, 0, height],
        ticks_since_contact=[0, 0, 408, 0, 0, 0],
        on_ground=[0, 1, 0, 0, 1, 0],
    )
    np.testing.assert_allclose(value("aerial", before, after), [share, 0, 0, 0, 0, share], atol=1e-6)


def test_a_car_inside_the_ball_gives_no_nan(make_state, value):
    for term in TERMS:
        assert np.isfinite(value(term, make_state(2), make_state(2))).all(), term


def test_all_promised_terms_exist_in_the_promised_groups():
    assert set(TAG_GROUPS) == {"goal", "touch", "progress", "boost", "demo", "aerial"}
    assert len(TERMS) == 11
    for name in TERMS:
        assert name in {term.__name__ for term in TAG_GROUPS[group_of(name)]}
    assert group_of("my.module:term") == "custom"


@pytest.mark.parametrize("team_size", [1, 3])
def test_numpy_and_jax_agree_on_whole_rollouts(team_size):
    """All terms and statistics on `[T, N]` rows with contacts, demolitions and goals in them."""
    rng = np.random.default_rng(team_size)
    game = rocket_league(team_size, 8, TERMS)
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


def test_statistics_are_rates(make_state):
    """A decision of 8 ticks is 1/900 minute: one touch in it is a rate of 900 a minute."""
    game = rocket_league(1, 8, [])
    before = make_state(2, score=[1, 0], ticks_since_contact=[100, 100])
    after = make_state(
        2, score=[1, 1], ticks_since_contact=[0, 108], ball_position=[0, 100, 0], velocity=[[0, 690, 0], [0, -230, 0]]
    )
    rates = game.statistics(pack(before), pack(after))
    np.testing.assert_allclose(rates["touches_per_minute"], [900, 0])
    np.testing.assert_allclose(rates["goals_per_minute"], 900)
    np.testing.assert_allclose(rates["speed_to_ball"], [690, -230], rtol=1e-5)


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
