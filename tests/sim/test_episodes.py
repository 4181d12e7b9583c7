"""How episodes end and begin again, and how demolished cars come back, in every physics."""

import numpy as np
import pytest

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.layout import LONG_AGO
from jaxrl.game.state import unpack

NEUTRAL, FORWARD_BOOST = 8, 18
JUMP = int(np.flatnonzero(ACTION_TABLE[:, 5] * ACTION_TABLE[:, 6])[0])  # and boost
KICKOFF_PLACES = {(-2048, -2560), (2048, -2560), (-256, -3840), (256, -3840), (0, -4608)}  # of blue
RESPAWN_PLACES = {(2304, 4608), (2688, 4608), (-2304, 4608), (-2688, 4608)}  # of orange
BUMPER = [FORWARD_BOOST, NEUTRAL]  # blue drives


def starting(*functions):
    """Episodes that start as the first of these functions says, and the others after a change of weights."""
    names = [name if name == "kickoff" else f"support.hand_made_starts:{name}" for name in functions]
    return {"start_states": tuple((name, float(k == 0)) for k, name in enumerate(names))}


def step(env, action=NEUTRAL):
    """One decision, the same for every arena or for every car."""
    result = env.step(np.broadcast_to(np.array(action, np.int32), (env.num_envs, env.spec.num_cars)))
    assert not (result.terminated & result.truncated).any()
    return result


def until_end(env, action=NEUTRAL, most=300):
    """Plays until the episode of arena 0 ends; the number of decisions it took, and the last one."""
    for count in range(1, most):
        result = step(env, action)
        if result.terminated[0] or result.truncated[0]:
            return count, result
    raise AssertionError(f"no end in {most} decisions")


def place(state, car):
    return tuple(int(x) for x in np.round(state.position[car, :2]))


@pytest.mark.parametrize(("shot", "score"), [("shot_by_blue", [1, 0]), ("shot_by_orange", [0, 1])])
def test_a_goal_terminates_with_the_state_before_the_reset(make_arenas, shot, score):
    env = make_arenas(**starting(shot))
    first = unpack(env.reset()[0].copy())
    count, result = until_end(env)
    assert count in (2, 3)  # 0.1 to 0.2 s
    assert result.terminated[0]
    last, state = unpack(result.final_state[0]), unpack(result.state[0])
    np.testing.assert_array_equal(last.score - first.score, score)
    assert abs(last.ball_position[1]) > 5120  # beyond the line
    assert np.sign(last.ball_position[1]) == score[0] - score[1]
    np.testing.assert_array_equal(state.ball_position, first.ball_position)
    np.testing.assert_array_equal(state.score, last.score)  # or the next step would see a second goal
    assert not step(env).terminated[0]


def test_after_a_goal_comes_a_fresh_kickoff(make_arenas):
    env = make_arenas(**starting("shot_by_blue", "kickoff"))
    env.reset()
    env.set_start_weights([0, 1])
    _, result = until_end(env, FORWARD_BOOST)
    assert result.terminated[0]
    last, state = unpack(result.final_state[0]), unpack(result.state[0])
    np.testing.assert_array_equal(last.previous_action, FORWARD_BOOST)
    assert (last.boost < 100).all()
    assert (np.abs(last.velocity).max(axis=1) > 50).all()
    np.testing.assert_array_equal(state.previous_action, NEUTRAL)
    assert_is_a_kickoff(state)


def test_the_first_state_of_a_kickoff(make_arenas):
    for row in make_arenas(num_envs=4).reset():
        assert_is_a_kickoff(unpack(row))


def assert_is_a_kickoff(state):
    np.testing.assert_array_equal(state.previous_action, NEUTRAL)
    np.testing.assert_array_equal(state.ticks_since_contact, LONG_AGO)
    np.testing.assert_array_equal(state.pads, 1)
    np.testing.assert_allclose(state.boost, 100 / 3, rtol=1e-5)
    np.testing.assert_allclose(state.ball_position, [0, 0, 93.15], atol=0.01)
    np.testing.assert_array_equal(state.velocity, 0)
    assert place(state, 0) in KICKOFF_PLACES
    assert place(state, 1) == tuple(-x for x in place(state, 0))


def test_a_time_limit_truncates_with_the_true_last_state(make_arenas):
    """A twin without the limit plays on through the same moment: its state there is the true last one."""
    limited, twin = make_arenas(max_episode_ticks=80, seed=4), make_arenas(seed=4)
    for env in (limited, twin):
        env.reset()
    rng = np.random.default_rng(0)
    for count in range(1, 11):
        action = rng.integers(0, 90, (1, 2))
        cut, plain = step(limited, action), step(twin, action)
        assert cut.truncated[0] == (count == 10)
    assert not cut.terminated[0]
    np.testing.assert_array_equal(cut.final_state, plain.state)
    assert_is_a_kickoff(unpack(cut.state[0]))
    assert until_end(limited)[0] == 10


def test_a_goal_at_the_time_limit_is_only_a_goal(make_arenas):
    plain = make_arenas(**starting("shot_by_blue"))
    plain.reset()
    count, _ = until_end(plain)
    env = make_arenas(max_episode_ticks=8 * count, no_touch_ticks=8 * count, **starting("shot_by_blue"))
    env.reset()
    again, result = until_end(env)
    assert again == count
    assert result.terminated[0]
    assert not result.truncated[0]


def test_no_touch_for_too_long_truncates(make_arenas):
    env = make_arenas(no_touch_ticks=80)
    env.reset()
    for _ in range(2):
        count, result = until_end(env)
        assert count == 10
        assert result.truncated[0]


def test_a_touch_resets_the_no_touch_clock(make_arenas):
    env = make_arenas(no_touch_ticks=160, **starting("ball_in_front_of_blue"))
    env.reset()
    touches, truncated, decision = [], False, 0
    while not truncated:
        decision += 1
        result = step(env)
        truncated = result.truncated[0]
        if unpack((result.final_state if truncated else result.state)[0]).first_touch.any():
            touches.append(decision)
    assert touches
    assert decision == touches[-1] + 20


def test_an_episode_owes_nothing_to_the_one_before(make_arenas, engine):
    """After jumping, boosting and a demolition the next episode runs as it does after idling."""
    runs = []
    for first, action in (("kickoff", NEUTRAL), ("about_to_demolish", JUMP)):
        env = make_arenas(max_episode_ticks=240, seed=9, **starting(first, "kickoff"))
        env.reset()
        env.set_start_weights([0, 1])
        for _ in range(5):
            step(env, BUMPER if action == JUMP else NEUTRAL)
        count, result = until_end(env, action)
        assert count == 25
        last = unpack(result.final_state[0])
        assert last.demoed.tolist() == [0, float(action == JUMP)], "a respawn is due"
        assert (last.boost_used[0] > 30) == (action == JUMP)
        rng = np.random.default_rng(0)
        states = [result.state] + [step(env, rng.integers(0, 90, (1, 2))).state for _ in range(20)]
        runs.append(unpack(np.stack(states)))
    idle, busy = runs
    assert not busy.demoed.any()
    np.testing.assert_array_equal(busy.position[0], idle.position[0])
    # RocketSim 2's wheels remember one tick, worth 0.2 uu; a control or a timer left over would be worth far more
    np.testing.assert_allclose(busy.position, idle.position, atol=0 if engine == "rocketsim3" else 1)
    np.testing.assert_array_equal(busy.has_flip_or_jump, idle.has_flip_or_jump)


def test_a_real_demolition_is_seen_on_both_sides(make_arenas):
    env = make_arenas(**starting("about_to_demolish"))
    env.reset()
    state = demolish(env)[-1]
    np.testing.assert_array_equal(state.demoed[0], [0, 1])
    np.testing.assert_array_equal(state.demos[0], [1, 0])


def demolish(env, most=10):
    """Plays `about_to_demolish` until orange is demolished everywhere; the states."""
    states = []
    while not states or not states[-1].demoed[:, 1].all():
        assert len(states) < most
        states.append(unpack(step(env, BUMPER).state))
    return states


def test_the_same_seed_gives_the_same_match_with_demolitions(make_arenas):
    """RocketSim 2 alone respawns at places that no seed repeats."""
    matches = []
    for _ in range(2):
        env = make_arenas(num_envs=4, seed=3, **starting("about_to_demolish"))
        rng, rows = np.random.default_rng(1), [env.reset().copy()]
        demolish(env)
        rows += [step(env, rng.integers(0, 90, (4, 2))).state for _ in range(60)]
        matches.append(np.stack(rows))
    demoed = unpack(matches[0]).demoed
    assert ((demoed[:-1] > 0) & (demoed[1:] == 0)).any(axis=(0, 2)).all(), "no respawn was compared"
    np.testing.assert_array_equal(*matches)


def test_a_demolished_car_respawns_after_three_seconds(make_arenas):
    """45 decisions of 8 ticks, at one of the respawn places of its side, not at the same one in every arena."""
    env = make_arenas(num_envs=8, seed=6, **starting("about_to_demolish"))
    env.reset()
    states = demolish(env)
    while states[-1].demoed.any():
        states.append(unpack(step(env).state))
    demoed = np.array([state.demoed for state in states])  # [decision, arena, car]
    assert not demoed[..., 0].any()
    gone = demoed[..., 1].sum(axis=0)
    assert set(gone) <= {45, 46}
    places = {place(unpack(row), 1) for row in step(env).state}
    assert places <= RESPAWN_PLACES
    assert len(places) > 1
    np.testing.assert_allclose(states[-1].boost[:, 1], 100 / 3, rtol=1e-5)
