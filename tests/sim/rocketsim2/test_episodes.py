"""How episodes end and begin again, and how demolished cars come back."""

import numpy as np
import pytest

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.state import unpack

NEUTRAL, FORWARD_BOOST = 8, 18
JUMP = int(np.flatnonzero(ACTION_TABLE[:, 5] * ACTION_TABLE[:, 6])[0])  # and boost
KICKOFF_PLACES = {(-2048, -2560), (2048, -2560), (-256, -3840), (256, -3840), (0, -4608)}  # of blue
RESPAWN_PLACES = {(-2304, -4608), (-2688, -4608), (2304, -4608), (2688, -4608)}  # of blue


def starting(function):
    """Episodes that start as `hand_made_starts.function` says."""
    return {"start_states": ((f"support.hand_made_starts:{function}", 1.0),)}


def step(batch, action=NEUTRAL):
    batch.buffers.actions[:] = action
    batch.step()
    assert not (batch.buffers.terminated & batch.buffers.truncated).any()
    return batch.buffers


def steps_until_end(batch, most=300):
    """Idles until the episode of arena 0 ends; the number of decisions it took."""
    for count in range(1, most):
        buffers = step(batch)
        if buffers.terminated[0] or buffers.truncated[0]:
            return count
    raise AssertionError(f"no end in {most} decisions")


def place(state, car):
    return tuple(int(x) for x in np.round(state.position[car, :2]))


@pytest.mark.parametrize(("shot", "score"), [("shot_by_blue", [1, 0]), ("shot_by_orange", [0, 1])])
def test_a_goal_terminates_with_the_state_before_the_reset(make_batch, shot, score):
    batch = make_batch(**starting(shot))
    first = unpack(batch.buffers.state[0].copy())
    assert steps_until_end(batch) in (2, 3)  # 0.1 to 0.2 s
    assert batch.buffers.terminated[0]
    last, state = unpack(batch.buffers.final_state[0]), unpack(batch.buffers.state[0])
    np.testing.assert_array_equal(last.score - first.score, score)
    assert abs(last.ball_position[1]) > 5120  # beyond the line
    assert np.sign(last.ball_position[1]) == score[0] - score[1]
    np.testing.assert_array_equal(state.ball_position, first.ball_position)
    np.testing.assert_array_equal(state.score, last.score)  # or the next step would see a second goal
    batch.buffers.actions[:] = NEUTRAL
    batch.step()
    assert not batch.buffers.terminated[0]


def test_after_a_goal_comes_a_fresh_kickoff(make_batch):
    batch = make_batch()
    for _ in range(5):
        step(batch, FORWARD_BOOST)
    ball = batch.arenas[0].ball.get_state()
    ball.pos.z, ball.pos.y, ball.vel.y = 300, 5000, 3000
    batch.arenas[0].ball.set_state(ball)
    while not step(batch, FORWARD_BOOST).terminated[0]:
        pass
    last, state = unpack(batch.buffers.final_state[0]), unpack(batch.buffers.state[0])
    np.testing.assert_array_equal(last.previous_action, FORWARD_BOOST)
    np.testing.assert_array_equal(state.previous_action, NEUTRAL)
    np.testing.assert_array_equal(state.ticks_since_contact, 2**20)
    np.testing.assert_array_equal(state.pads, 1)
    np.testing.assert_allclose(state.boost, 100 / 3, rtol=1e-5)
    np.testing.assert_allclose(state.ball_position, [0, 0, 93.15], atol=0.01)
    np.testing.assert_array_equal(state.velocity, 0)
    assert place(state, 0) in KICKOFF_PLACES
    assert place(state, 1) in {(-x, -y) for x, y in KICKOFF_PLACES}


def test_the_previous_action_is_in_the_state(make_batch):
    batch = make_batch(num_envs=2)
    np.testing.assert_array_equal(unpack(batch.buffers.state).previous_action, NEUTRAL)
    choices = np.array([[3, 70], [89, 0]])
    np.testing.assert_array_equal(unpack(step(batch, choices).state).previous_action, choices)


def test_a_time_limit_truncates_with_the_true_last_state(make_batch):
    """A twin without the limit plays on through the same moment: its state there is the true last one."""
    limited, twin = make_batch(max_episode_ticks=80, seed=4), make_batch(seed=4)
    rng = np.random.default_rng(0)
    for count in range(1, 11):
        action = rng.integers(0, 90, (1, 2))
        step(limited, action), step(twin, action)
        assert limited.buffers.truncated[0] == (count == 10)
    assert not limited.buffers.terminated[0]
    np.testing.assert_array_equal(limited.buffers.final_state, twin.buffers.state)
    np.testing.assert_allclose(unpack(limited.buffers.state[0]).ball_position, [0, 0, 93.15], atol=0.01)
    assert steps_until_end(limited) == 10


def test_a_goal_at_the_time_limit_is_only_a_goal(make_batch):
    count = steps_until_end(make_batch(**starting("shot_by_blue")))
    batch = make_batch(max_episode_ticks=8 * count, no_touch_ticks=8 * count, **starting("shot_by_blue"))
    assert steps_until_end(batch) == count
    assert batch.buffers.terminated[0]
    assert not batch.buffers.truncated[0]


def test_no_touch_for_too_long_truncates(make_batch):
    batch = make_batch(no_touch_ticks=80)
    assert steps_until_end(batch) == 10
    assert batch.buffers.truncated[0]
    assert steps_until_end(batch) == 10


def test_a_touch_resets_the_no_touch_clock(make_batch):
    batch = make_batch(no_touch_ticks=160, **starting("ball_in_front_of_blue"))
    decision, touches = [0], []
    batch.arenas[0].set_ball_touch_callback(lambda arena, car, data: touches.append(decision[0] + 1))
    ended = False
    while not ended:
        ended = step(batch).truncated[0]
        decision[0] += 1
    assert touches
    assert decision[0] == touches[-1] + 20


def test_an_episode_owes_nothing_to_the_one_before(make_batch):
    """After jumping, boosting and a demolition the next episode runs as it does after idling."""
    runs = []
    for action in (NEUTRAL, JUMP):
        batch = make_batch(max_episode_ticks=400, seed=9)
        for count in range(50):
            if count == 20 and action == JUMP:
                batch.cars[0][1].demolish()
            step(batch, action)
        assert batch.buffers.truncated[0]
        rng = np.random.default_rng(0)
        states = [batch.buffers.state.copy()]
        states += [step(batch, rng.integers(0, 90, (1, 2))).state.copy() for _ in range(20)]
        runs.append(unpack(np.stack(states)))
    idle, busy = runs
    assert not busy.demoed.any()
    np.testing.assert_array_equal(busy.position[0], idle.position[0])
    # RocketSim's wheels remember one tick, worth 0.2 uu; a control or a timer left over would be worth far more
    np.testing.assert_allclose(busy.position, idle.position, atol=1)
    np.testing.assert_array_equal(busy.has_flip_or_jump, idle.has_flip_or_jump)


def test_a_real_demolition_is_seen_on_both_sides(make_batch):
    batch = make_batch(**starting("about_to_demolish"))
    for _ in range(30):
        state = unpack(step(batch, [[FORWARD_BOOST, NEUTRAL]]).state[0])
        if state.demoed.any():
            break
    np.testing.assert_array_equal(state.demoed, [0, 1])
    np.testing.assert_array_equal(state.demos, [1, 0])


def play_with_demolitions(batch, count=160):
    """States `[count, N, F]`; blue is demolished twice, orange once, in every arena."""
    rng, states = np.random.default_rng(1), []
    for number in range(count):
        for cars in batch.cars:
            if number in (5, 80):
                cars[0].demolish()
            if number == 30:
                cars[1].demolish()
        states.append(step(batch, rng.integers(0, 90, batch.buffers.actions.shape)).state.copy())
    return np.stack(states)


def test_the_same_seed_gives_the_same_match_with_demolitions(make_batch):
    """RocketSim alone respawns at places that no seed repeats."""
    first, second = (play_with_demolitions(make_batch(num_envs=4, seed=3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("delay", [0, 1, 8])
def test_a_decision_that_was_begun_ends_the_same(make_batch, delay):
    """Whether a worker plays the delay while it waits must not show; respawns are due in it, too."""
    plain, eager = (make_batch(num_envs=2, seed=3, action_delay_ticks=delay) for _ in range(2))
    plain_step = eager.step

    def begin_and_step():
        eager.begin()
        plain_step()

    eager.step = begin_and_step
    first, second = (play_with_demolitions(batch) for batch in (plain, eager))
    demoed = unpack(first).demoed
    assert ((demoed[:-1] > 0) & (demoed[1:] == 0)).any(), "no respawn was compared"
    np.testing.assert_array_equal(first, second)


def test_demolished_again_at_once(make_batch):
    """In the very decision of its respawn: it is away for another three seconds."""
    batch = make_batch(seed=6)
    batch.cars[0][0].demolish()
    away = 0
    while unpack(step(batch).state[0]).demoed[0] and away < 100:
        away += 1
        if away == 45:
            batch.begin()
            assert not batch.cars[0][0].get_state().is_demoed
            batch.cars[0][0].demolish()
    assert 89 <= away <= 92


def test_a_demolished_car_respawns_after_three_seconds(make_batch):
    """45 decisions of 8 ticks, at one of the respawn places of its side, not at the same one in every arena."""
    batch = make_batch(num_envs=8, seed=6)
    for cars in batch.cars:
        cars[0].demolish()
    states = [unpack(step(batch).state.copy()) for _ in range(50)]
    demoed = np.array([state.demoed for state in states])  # [decision, arena, car]
    assert not demoed[..., 1].any()
    gone = demoed[..., 0].sum(axis=0)
    assert set(gone) <= {45, 46}
    places = {place(unpack(row), 0) for row in batch.buffers.state}
    assert places <= RESPAWN_PLACES
    assert len(places) > 1
    np.testing.assert_allclose(states[-1].boost[:, 0], 100 / 3, rtol=1e-5)


def test_a_demolished_car_stays_in_the_row_where_rocketsim_keeps_it(make_batch):
    """RocketSim's get_gym_state puts it at the origin of the field, where nobody would see it in the game."""
    batch = make_batch()
    batch.cars[0][0].demolish()
    step(batch)
    state = unpack(batch.buffers.state[0])
    assert state.demoed[0] == 1
    np.testing.assert_array_equal(state.position[0], batch.cars[0][0].get_state().pos.as_numpy())
