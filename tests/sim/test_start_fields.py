"""What a start state may say of flips and demolitions, in every physics."""

import numpy as np

from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.state import unpack

JUMP = int(np.flatnonzero((ACTION_TABLE == [0, 0, 0, 0, 0, 1, 0, 0]).all(axis=1))[0])
FLIP = int(np.flatnonzero((ACTION_TABLE[:, 5] == 1) & (ACTION_TABLE[:, 2] == -1) & (ACTION_TABLE[:, 6] == 0))[0])


def start(make_arenas, name):
    return make_arenas(start_states=((f"support.hand_made_starts:{name}", 1.0),))


def step(env, action=NEUTRAL_ACTION):
    return unpack(env.step(np.full((1, 2), action, np.int32)).state[0].copy())


def test_a_flip_is_there_for_as_long_as_the_start_state_says(make_arenas):
    """Orange has 0.5 s, 7.5 decisions, left; blue has none."""
    env = start(make_arenas, "flips_left")
    states = [unpack(env.reset()[0].copy())] + [step(env) for _ in range(9)]
    flips = np.array([state.has_flip_or_jump for state in states])
    assert not flips[:, 0].any()
    assert flips[:7, 1].all()
    assert not flips[8:, 1].any()
    assert not np.array([state.on_ground for state in states]).any()


def test_a_car_without_a_flip_cannot_flip_and_the_other_can(make_arenas):
    env = start(make_arenas, "flips_left")
    env.reset()
    step(env)
    for _ in range(3):
        state = step(env, FLIP)
    assert state.has_flipped.tolist() == [0, 1]
    assert abs(state.angular_velocity[1]).max() > 2


def test_left_out_a_car_in_the_air_keeps_its_flip(make_arenas):
    env = start(make_arenas, "in_the_air")
    assert unpack(env.reset()[0]).has_flip_or_jump.all()
    for _ in range(20):  # longer than after a jump
        state = step(env)
    assert state.has_flip_or_jump.all()
    for _ in range(3):
        state = step(env, FLIP)
    assert state.has_flipped.all()


def test_on_the_floor_every_car_can_jump(make_arenas):
    env = start(make_arenas, "on_the_floor_without_a_flip")
    assert unpack(env.reset()[0]).has_flip_or_jump.all()
    step(env)
    for _ in range(3):
        state = step(env, JUMP)
    assert state.has_jumped.all()
    assert (state.position[:, 2] > 30).all()
    assert not state.has_double_jumped.any()


def test_a_demolished_car_is_not_there_and_comes_back_in_time(make_arenas):
    """100 ticks are 12.5 decisions. Blue drives at the ball through where orange was."""
    env = start(make_arenas, "one_demolished")
    first = unpack(env.reset()[0].copy())
    assert first.demoed.tolist() == [0, 1]
    assert first.ticks_until_respawn.tolist() == [0, 100]
    np.testing.assert_allclose(first.position, [[0, -900, 17], [0, -400, 17]], atol=0.1)
    states = [step(env) for _ in range(14)]
    demoed = [state.demoed[1] for state in states]
    assert demoed[:12] == [1] * 12
    assert demoed[13] == 0
    assert states[5].ticks_until_respawn[1] == 100 - 6 * 8
    assert not any(state.bumps.any() or state.bumped.any() or state.demolished.any() for state in states)
    assert states[11].position[0, 1] > -450, "nothing stood in blue's way"
    assert states[13].position[1, 1] > 4000, "where orange respawns"


def test_the_next_episode_knows_nothing_of_it(make_arenas):
    names = (("support.hand_made_starts:one_demolished", 1.0), ("kickoff", 0.0))
    env = make_arenas(start_states=names, max_episode_ticks=16)
    env.reset()
    env.set_start_weights([0, 1])
    env.step(np.full((1, 2), NEUTRAL_ACTION, np.int32))
    after = env.step(np.full((1, 2), NEUTRAL_ACTION, np.int32))
    assert after.truncated.all()
    for state in (unpack(after.state[0].copy()), step(env)):
        assert not state.demoed.any()
        assert not state.ticks_until_respawn.any()
        assert state.has_flip_or_jump.all()
