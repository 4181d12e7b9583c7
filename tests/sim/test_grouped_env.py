"""Arenas in groups and by several workers: the same results as without them, in every physics."""

import numpy as np
import pytest

from jaxrl.errors import SimulationError
from jaxrl.game.state import unpack

MIXTURE = (("kickoff", 1.0), ("random", 1.0), ("near_ball", 2.0), ("support.hand_made_starts:about_to_demolish", 1.0))
MANY_ENDS = {"num_envs": 5, "max_episode_ticks": 400, "no_touch_ticks": 240, "start_states": MIXTURE, "seed": 11}
FORWARD_BOOST = 18


def play(env, steps=150):
    """Everything the learner gets to see, `[steps, N, ...]`."""
    rng, seen = np.random.default_rng(0), {name: [] for name in ("state", "terminated", "truncated", "final_state")}
    env.reset()
    env.step(np.full((env.num_envs, env.spec.num_cars), FORWARD_BOOST))
    first = env.reset().copy()  # in the middle of episodes, as an evaluation does
    for _ in range(steps):
        result = env.step(rng.integers(0, 90, (env.num_envs, env.spec.num_cars), dtype=np.int32))
        ended = result.terminated | result.truncated
        for name, values in result._asdict().items():
            valid = np.where(ended[:, None], values, 0) if name == "final_state" else values
            seen[name].append(valid.copy())
    return first, {name: np.stack(values) for name, values in seen.items()}


def assert_plays(env, first, reference):
    other_first, other = play(env)
    assert other_first.tobytes() == first.tobytes()
    for name, values in reference.items():
        assert other[name].tobytes() == values.tobytes(), name


def test_results_do_not_depend_on_the_number_of_workers(make_arenas):
    """Bit for bit, over many resets, goals or not, and with demolitions."""
    first, reference = play(make_arenas(0, **MANY_ENDS))
    assert reference["truncated"].sum() > 20
    assert unpack(reference["state"]).demoed.any()
    for num_workers in (1, 2, 3):
        assert_plays(make_arenas(num_workers, **MANY_ENDS), first, reference)


def test_results_do_not_depend_on_groups(make_arenas):
    """Nor on the ticks that a worker plays ahead while it waits."""
    first, reference = play(make_arenas(0, **MANY_ENDS))
    for num_workers in (0, 2):
        env = make_arenas(num_workers, num_groups=2, **MANY_ENDS)
        assert env.groups == (slice(0, 2), slice(2, 5))
        assert_plays(env, first, reference)


@pytest.mark.parametrize("team_size", [2, 3])
def test_team_mates_have_the_same_places_at_a_kickoff_of_the_same_seed(make_arenas, team_size):
    """In any arena of any process, and over a seed's kickoffs any car has any place; blue and orange are mirrored."""
    seen = []
    for _ in range(4):
        env = make_arenas(0, num_envs=16, team_size=team_size, start_states=(("kickoff", 1.0),), seed=5)
        seen.append([unpack(env.reset()).position.copy() for _ in range(3)])
    for again in seen[1:]:
        np.testing.assert_array_equal(again, seen[0])
    places = np.round(np.concatenate(seen[0])[..., :2])  # [48, C, 2]
    blue, orange = places[:, :team_size], places[:, team_size:]
    np.testing.assert_array_equal(blue, -orange)
    assert len({tuple(place) for place in places[:, 0].tolist()}) == 5
    order = np.argsort(blue[..., 1] + 1e-3 * blue[..., 0], axis=-1)
    assert len({tuple(each) for each in order.tolist()}) == [1, 1, 2, 6][team_size]


@pytest.mark.parametrize("workers", [0, 2])
def test_start_weights_can_change_between_decisions(make_arenas, workers):
    """All arenas, whoever steps them, follow the new mixture from their next episode on."""
    starts = (("support.hand_made_starts:in_a_row", 1.0), ("support.hand_made_starts:two_poses", 0.0))
    env = make_arenas(num_envs=4, num_workers=workers, start_states=starts)
    places = {}
    for name, weights in (("in_a_row", None), ("two_poses", [0, 2]), ("in_a_row again", [1, 0])):
        if weights is not None:
            env.set_start_weights(weights)
        places[name] = unpack(env.reset()).position[:, 0, 0].copy()
    assert (places["in_a_row"] == 0).all()
    assert (places["two_poses"] == -2048).all()
    assert (places["in_a_row again"] == 0).all()
    env.send(0, np.zeros((4, 2), np.int32))
    with pytest.raises(SimulationError, match="while a decision is being played"):
        env.set_start_weights([1, 1])


def test_decisions_that_nobody_received(make_arenas):
    """Sending twice is an error; a reset finishes what was sent, and what follows is as ever."""
    env, other = make_arenas(2, num_envs=2, seed=3), make_arenas(0, num_envs=2, seed=3)
    for each in (env, other):
        each.reset()
        each.send(0, np.full((2, 2), FORWARD_BOOST))
    with pytest.raises(SimulationError, match="receive its last decision"):
        env.send(0, np.full((2, 2), FORWARD_BOOST))
    assert env.reset().tobytes() == other.reset().tobytes()
    for _ in range(3):
        one, two = (each.step(np.full((2, 2), FORWARD_BOOST)).state for each in (env, other))
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("sent", [[0], [0, 1], [0, 1, 0]])
def test_a_reset_in_the_middle_of_a_turn(make_arenas, sent):
    """Groups are served in turns; a reset ends the turn, whatever has been sent and not received."""
    env = make_arenas(2, num_groups=2, num_envs=4, start_states=(("support.hand_made_starts:in_a_row", 1.0),))
    first, busy = env.reset().copy(), set()
    for group in sent:
        if group in busy:
            env.receive(group)
        env.send(group, np.full((2, 2), FORWARD_BOOST, np.int32))
        busy.add(group)
    np.testing.assert_array_equal(env.reset(), first)
    assert not env.step(np.full((4, 2), FORWARD_BOOST, np.int32)).truncated.any()
    assert env.workers_replaced == 0


def test_groups_take_turns(make_arenas):
    env = make_arenas(num_groups=2, num_envs=4)
    env.reset()
    with pytest.raises(SimulationError, match="group 0 comes before group 1"):
        env.send(1, np.full((2, 2), FORWARD_BOOST, np.int32))


def test_a_closed_environment_says_so(make_arenas):
    env = make_arenas(num_envs=2)
    env.reset()
    env.close()
    env.close()
    with pytest.raises(SimulationError, match="closed"):
        env.reset()


def test_episodes_are_numbered_anew(make_arenas):
    """The same numbers, the same episodes: an evaluation must not depend on how many came before it."""
    env = make_arenas(num_envs=12, start_states=MIXTURE, no_touch_ticks=600)
    env.number_episodes(1000)
    first = unpack(env.reset().copy())
    for actions in np.random.default_rng(1).integers(0, 90, (50, 12, 2), np.int32):
        env.step(actions)
    assert (unpack(env.reset()).position != first.position).any()
    env.number_episodes(1000)
    again = unpack(env.reset())  # scores go on counting
    np.testing.assert_array_equal(again.position, first.position)
    np.testing.assert_array_equal(again.ball_velocity, first.ball_velocity)
    env.send(0, np.full((12, 2), FORWARD_BOOST, np.int32))
    with pytest.raises(SimulationError, match="while a decision is being played"):
        env.number_episodes(1)
