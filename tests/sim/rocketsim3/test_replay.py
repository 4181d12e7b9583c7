"""Running episodes of RocketSim 3, played again from what made them."""

import numpy as np
import pytest
from support.specs import sim_spec

from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.state import unpack

RocketSim3Env = pytest.importorskip("jaxrl.sim.rocketsim3.env").RocketSim3Env

HAND_MADE = "support.hand_made_starts"
STARTS = (
    ("kickoff", 0.2),
    ("near_ball", 0.3),
    (f"{HAND_MADE}:shot_by_blue", 0.2),
    (f"{HAND_MADE}:about_to_demolish", 0.3),
)
NUM_ENVS = 12
BEFORE, AFTER = 300, 200  # decisions


def make_spec(**changes):
    given = {"num_envs": NUM_ENVS, "action_delay_ticks": 1, "no_touch_ticks": 600, "start_states": STARTS}
    return sim_spec(**(given | changes))


def actions(count, seed):
    return np.random.default_rng(seed).integers(0, NUM_ACTIONS, (count, NUM_ENVS, 2)).astype(np.int32)


def play(env, chosen):
    """Every row, and every end of an episode, as bytes."""
    steps = [env.step(each) for each in chosen]
    return [(s.state.tobytes(), s.terminated.tobytes(), s.truncated.tobytes(), s.final_state.tobytes()) for s in steps]


@pytest.fixture(scope="module")
def interrupted():
    """A run after 300 decisions: what made its running episodes, and what came after."""
    with RocketSim3Env(make_spec(), 2, 2) as env:
        env.reset()
        goals = demolitions = 0
        for chosen in actions(BEFORE, seed=1):
            step = env.step(chosen)
            goals += step.terminated.sum()
            demolitions = max(demolitions, unpack(step.state).demos.sum())
        assert goals > 3
        assert demolitions > 3, "or what they leave behind proves nothing"
        running = env.running_episodes()
        return running, play(env, actions(AFTER, seed=2))


@pytest.mark.parametrize(("num_threads", "num_groups"), [(1, 1), (2, 2), (5, 3)])
def test_what_comes_after_is_the_same_to_the_last_bit(interrupted, num_threads, num_groups):
    running, after = interrupted
    with RocketSim3Env(make_spec(), num_threads, num_groups) as env:
        assert env.continue_episodes(running)
        again = env.running_episodes()
        for name in running._fields:
            np.testing.assert_array_equal(getattr(again, name), getattr(running, name), err_msg=name)
        played = play(env, actions(AFTER, seed=2))
        # final_state is only valid where an episode ended
        assert [step[:3] for step in played] == [step[:3] for step in after]


def test_episodes_that_played_before_do_not_matter(interrupted):
    """Continued in arenas that are in the middle of other episodes, and of a decision."""
    running, after = interrupted
    with RocketSim3Env(make_spec(seed=5), 2, 2) as env:
        env.reset()
        play(env, actions(20, seed=3))
        for group, members in enumerate(env.groups):
            env.send(group, actions(1, seed=4)[0, members])
        assert env.running_episodes() is None, "in the middle of a decision"
        assert env.continue_episodes(running)
        assert env.step(actions(AFTER, seed=2)[0]).state.tobytes() == after[0][0]


def test_starts_in_the_air_without_flips_and_with_demolitions_too():
    starts = (("recovery", 0.4), ("demolished", 0.3), ("kickoff", 0.3))
    with RocketSim3Env(make_spec(start_states=starts), 2) as env:
        env.reset()
        play(env, actions(30, seed=1))
        running, after = env.running_episodes(), play(env, actions(30, seed=2))
    assert unpack(running.rows).demoed.any()
    with RocketSim3Env(make_spec(start_states=starts), 2) as env:
        assert env.continue_episodes(running)
        assert [step[:3] for step in play(env, actions(30, seed=2))] == [step[:3] for step in after]


def test_those_of_a_checkpoint_from_before_flips_and_demolitions_are_played_again(interrupted):
    """Its starts hold 13 numbers a car, the first 13 of today's 15."""
    running, after = interrupted
    ball, cars = running.starts[:, :9], running.starts[:, 9:].reshape(NUM_ENVS, 2, 15)
    old = running._replace(starts=np.concatenate([ball, cars[:, :, :13].reshape(NUM_ENVS, -1)], axis=1))
    with RocketSim3Env(make_spec(), 2) as env:
        assert env.continue_episodes(old)
        assert env.step(actions(AFTER, seed=2)[0]).state.tobytes() == after[0][0]


@pytest.mark.parametrize("what", ["an action", "a row", "a seed", "another tick skip", "too long", "an unknown action"])
def test_other_episodes_are_noticed_and_new_ones_can_begin(interrupted, what):
    running, _ = interrupted
    changes = {}
    if what == "an action":
        actions_ = running.actions.copy()
        actions_[-2] = (actions_[-2] + 40) % NUM_ACTIONS
        running = running._replace(actions=actions_)
    elif what == "a row":
        rows = running.rows.copy()
        rows[0, 2] = np.nextafter(rows[0, 2], np.float32(np.inf))
        running = running._replace(rows=rows)
    elif what == "a seed":
        running = running._replace(seeds=running.seeds + 1)
    elif what == "another tick skip":
        changes = {"tick_skip": 4}
    elif what == "too long":
        changes = {"max_episode_ticks": int(running.lengths.max()) * 8}
    else:
        running = running._replace(actions=np.full_like(running.actions, 255))
    with RocketSim3Env(make_spec(**changes), 2) as env:
        assert not env.continue_episodes(running)
        assert np.isfinite(env.reset()).all()
        play(env, actions(5, seed=3))


def test_other_arenas_are_noticed(interrupted):
    running, _ = interrupted
    with RocketSim3Env(make_spec(num_envs=NUM_ENVS - 1), 2) as env:
        assert not env.continue_episodes(running)
    with RocketSim3Env(make_spec(), 2) as env:
        assert not env.continue_episodes(running._replace(lengths=-running.lengths))
        assert not env.continue_episodes(running._replace(starts=running.starts[:, :-1]))
