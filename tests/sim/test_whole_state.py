"""Every field of row format 2 by hand-worked manoeuvres, tick by tick, in both engines."""

import numpy as np
import pytest
from support.specs import sim_spec

from jaxrl.game.actions import ACTION_TABLE, NEUTRAL_ACTION
from jaxrl.game.layout import LAYOUT
from jaxrl.game.state import State, unpack
from jaxrl.sim.engine import make_env

TICK = 1 / 120


def action(**controls):
    """The action of the table with these controls, the others 0."""
    names = ("throttle", "steer", "pitch", "yaw", "roll", "jump", "boost", "handbrake")
    row = [controls.get(name, 0) for name in names]
    return int(np.flatnonzero((row == ACTION_TABLE).all(axis=1))[0])


NOTHING, JUMP = NEUTRAL_ACTION, action(jump=1)


def play(engine, where, actions, tick_skip=1, **changes) -> State:
    """Fields `[T + 1, ...]` of blue's `actions`, one a decision, while orange does nothing."""
    name = f"support.whole_state_starts:{where}" if where != "kickoff" else where
    spec = sim_spec(**{"tick_skip": tick_skip, "action_delay_ticks": 0, "start_states": ((name, 1.0),)} | changes)
    with make_env(engine, spec, 0) as env:
        rows = [env.reset()[0].copy()]
        for chosen in actions:
            step = env.step(np.array([[chosen] + [NOTHING] * (spec.num_cars - 1)], np.int32))
            rows.append((step.final_state if step.terminated[0] or step.truncated[0] else step.state)[0].copy())
    return unpack(np.array(rows))


def blue(values):
    return np.asarray(values)[:, 0]


def test_a_jump_and_a_double_jump(engine):
    """Held for 10 ticks, let go for 10, pressed again: the second needs no direction, so it is no flip."""
    state = play(engine, "apart", [NOTHING] * 2 + [JUMP] * 10 + [NOTHING] * 10 + [JUMP] * 5 + [NOTHING] * 240)
    has, jumping = blue(state.has_jumped), blue(state.is_jumping)
    assert not has[:3].any()
    assert has[3:200].all() or engine == "rocketsim3"
    assert has[4:40].all()
    np.testing.assert_allclose(blue(state.jump_time)[3:12], TICK * np.arange(1, 10), atol=1e-6)
    assert jumping[3:13].all()
    assert not jumping[14:].any()
    assert not blue(state.jump_time)[14:].any()
    double = blue(state.has_double_jumped)
    assert not double[:23].any()
    assert double[24:60].all()
    assert not blue(state.has_flipped).any()
    air = blue(state.air_time)
    assert air[2] == 0
    assert 0.3 < air[60] < 60 * TICK, "in the air since soon after the jump"
    since = blue(state.air_time_since_jump)
    assert not since[:13].any()
    assert since[22] == pytest.approx(10 * TICK, abs=2.5 * TICK)
    for values in (has, double, air, since):
        assert values[-1] == 0, "landed"
    assert blue(state.on_ground)[-1] == 1


@pytest.mark.parametrize(
    ("controls", "direction"),
    [({"pitch": -1}, (1, 0)), ({"pitch": 1}, (-1, 0)), ({"roll": 1}, (0, 1)), ({"roll": -1}, (0, -1))],
)
def test_a_flip(engine, controls, direction):
    """Ahead, back, to the right, to the left; it turns the car for 0.65 s."""
    flip = [k for k, row in enumerate(ACTION_TABLE) if matches(row, {"jump": 1, **controls})]
    assert flip, "the table has no such flip"
    state = play(engine, "apart", [JUMP] * 4 + [NOTHING] * 6 + [flip[0]] * 2 + [NOTHING] * 300)
    has, flipping, seconds = blue(state.has_flipped), blue(state.is_flipping), blue(state.flip_time)
    began = int(has.argmax())
    assert began == 11
    np.testing.assert_allclose(blue(state.flip_direction)[began], direction, atol=1e-6)
    assert seconds[began] == pytest.approx(TICK)
    np.testing.assert_allclose(np.diff(seconds[began : began + 85]), TICK, atol=1.1 * TICK)
    assert seconds[began + 70] == pytest.approx(71 * TICK, abs=1e-3)
    assert flipping[began : began + 70].all()
    assert not flipping[began + 80 :].any()
    for values in (has, seconds, np.abs(blue(state.flip_direction)).sum(-1)):
        assert not values[:began].any()
        assert values[-1] == 0, "landed"


def matches(row, controls):
    names = ("throttle", "steer", "pitch", "yaw", "roll", "jump", "boost", "handbrake")
    asked = {"pitch": 0, "yaw": 0, "roll": 0} | controls
    return all(row[names.index(name)] == value for name, value in asked.items())


def test_boost_for_a_second(engine):
    """100 in the tank, 33.3 a second; the flag is there while it pushes."""
    state = play(engine, "apart", [action(throttle=1, boost=1)] * 15 + [NOTHING] * 4, tick_skip=8)
    assert blue(state.boost_used)[15] == pytest.approx(33.3, abs=0.6)
    np.testing.assert_allclose(blue(state.boost_used), 100 - blue(state.boost), atol=1e-3)
    assert not blue(state.boost_gained).any()
    assert blue(state.boosting)[1:16].all()
    assert not blue(state.boosting)[[0, -1]].any()


def test_a_small_pad_and_a_large_one(engine):
    """A tank of 50 gets 12 from a small pad and 50 from a large one; pads are back after 4 and 10 s."""
    for where, gained, pads, seconds in (("at_small_pad", 12, (1, 0), 4), ("at_large_pad", 50, (0, 1), 10)):
        state = play(engine, where, [action(throttle=1)] * 15, tick_skip=8)
        assert (blue(state.small_pads)[-1], blue(state.large_pads)[-1]) == pads
        assert blue(state.boost_gained)[-1] == pytest.approx(gained, abs=1e-3)
        assert blue(state.boost_used)[-1] == pytest.approx(0, abs=1e-3)
        taken = int(state.pads[-1].argmin())
        when = int((state.pads[:, taken] == 0).argmax())
        left = state.pad_seconds[:, taken]
        assert not left[:when].any()
        assert seconds - 8 * TICK - 1e-3 <= left[when] <= seconds
        np.testing.assert_allclose(np.diff(left[when:]), -8 * TICK, atol=1e-4)
        assert not np.delete(state.pad_seconds, taken, axis=1).any()


def test_pads_while_boosting(engine):
    """What was used and what was gained make the difference of the tank, and no more."""
    state = play(engine, "at_small_pad", [action(throttle=1, boost=1)] * 12, tick_skip=8)
    gained, used = blue(state.boost_gained), blue(state.boost_used)
    assert gained[-1] == pytest.approx(12, abs=0.01)
    np.testing.assert_allclose(50 + gained - used, blue(state.boost), atol=1e-3)
    assert used[-1] == pytest.approx(12 * 8 * 33.3 / 120, abs=0.6)


def test_a_pad_given_twice_comes_back(engine):
    state = play(engine, "at_small_pad", [action(throttle=1)] * 6 + [NOTHING] * 70, tick_skip=8)
    taken = int(state.pads[6].argmin())
    assert state.pads[6, taken] == 0
    back = state.pads[:, taken] == 1
    assert back[-1]
    assert not state.pad_seconds[back, taken].any()
    assert (state.pad_seconds[~back, taken] > 0).all()


def test_a_pad_that_is_taken_again_as_it_comes_back(engine):
    """By a car that waits on it; in RocketSim 2 in the same tick, so that no state shows it. Its time begins anew."""
    state = play(engine, "on_small_pad", [NOTHING] * 70, tick_skip=8)
    taken = blue(state.small_pads)
    assert taken[-1] == 2
    pad = int(state.pads[-1].argmin())
    assert engine == "rocketsim3" or not state.pads[1:, pad].any()
    again = int((taken == 2).argmax())
    left = state.pad_seconds[:, pad]
    assert left[again - 1] < 9 * TICK
    assert 4 - 8 * TICK - 1e-3 <= left[again] <= 4
    np.testing.assert_allclose(np.diff(left[again:]), -8 * TICK, atol=1e-4)


def test_wheels_and_surface(engine):
    """On its wheels at rest; on its right side only right wheels can touch; on its roof the body touches the ground."""
    state = play(engine, "apart", [NOTHING] * 20)
    assert (state.wheels_in_contact[-1, 0] == 1).all()
    state = play(engine, "tilted_right", [NOTHING] * 40)
    touching = blue(state.wheels_in_contact)
    first = touching[touching.any(axis=1)][0]
    assert first[[1, 3]].any()
    assert not first[[0, 2]].any()
    state = play(engine, "on_the_roof", [NOTHING] * 60)
    assert not blue(state.wheels_in_contact)[-1].any()
    normals = blue(state.surface_normal)
    there = np.abs(normals).sum(-1) > 0
    assert there[30:].any()
    np.testing.assert_allclose(normals[there][-1], [0, 0, 1], atol=0.02)


@pytest.mark.parametrize(
    ("where", "wheels", "fast"),
    [("kickoff", 4, 0), ("apart", 4, 0), ("fast", 4, 1), ("on_the_roof", 0, 0), ("up_a_wall", 4, 0), ("half_up", 2, 0)],
)
def test_contacts_before_the_first_tick(engine, where, wheels, fast):
    """Of a start state, too, they are known: they are those that are still there a tick later."""
    state = play(engine, where, [NOTHING])
    assert blue(state.wheels_in_contact).sum(axis=-1).tolist() == [wheels] * 2
    np.testing.assert_array_equal(*blue(state.wheels_in_contact))
    assert blue(state.on_ground).tolist() == [wheels >= 3] * 2
    assert blue(state.supersonic).tolist() == [fast] * 2


def test_on_the_ground_are_three_wheels_or_more(engine):
    """In every tick of a demolition, the respawn above the ground and the landing."""
    state = play(engine, "about_to_demolish", [action(throttle=1, boost=1)] * 30 + [NOTHING] * 390)
    np.testing.assert_array_equal(state.on_ground, state.wheels_in_contact.sum(axis=-1) >= 3)
    assert (state.demoed[200, 1], state.demoed[-1, 1]) == (1, 0)
    assert set(state.on_ground[:, 1]) == {0, 1}


def test_a_wall_has_its_normal(engine):
    """On its side against the wall at x = 4096."""
    state = play(engine, "roof_at_the_wall", [NOTHING] * 60)
    normals = blue(state.surface_normal)
    there = np.abs(normals).sum(-1) > 0
    assert there.any()
    np.testing.assert_allclose(normals[there][0], [-1, 0, 0], atol=0.05)


def test_supersonic_and_handbrake(engine):
    """2300 uu/s is supersonic, 500 is not; the handbrake comes at 5 a second."""
    state = play(engine, "fast", [action(throttle=1, handbrake=1)] * 12)
    assert blue(state.supersonic)[1] == 1
    assert state.supersonic[1, 1] == 0
    values = blue(state.handbrake)
    np.testing.assert_allclose(values[[1, 6, 12]], [5 * TICK, 30 * TICK, 60 * TICK], atol=6 * TICK)
    assert (np.diff(values) > 0).all()


def test_a_demolition(engine):
    """Blue at 2300 uu/s hits orange's side: orange is gone for 360 ticks and suffered what blue inflicted."""
    name = "about_to_demolish"
    state = play(engine, name, [action(throttle=1, boost=1)] * 6 + [NOTHING] * 50, tick_skip=8)
    orange = state.demoed[:, 1] > 0
    when = int(orange.argmax())
    assert when > 0
    assert state.demolished[when].tolist() == [0, 1]
    assert state.demos[when, 0] - state.demos[0, 0] == 1
    assert not state.demolished[:when].any()
    left = state.ticks_until_respawn[:, 1]
    assert 344 <= left[when] <= 360
    np.testing.assert_allclose(np.diff(left[when : when + 40]), -8, atol=1)
    assert not left[~orange].any()
    assert not state.bumps[when].any()
    assert int(orange.sum()) == pytest.approx(45, abs=1)
    assert state.boost_used[-1, 1] == 0


def test_a_bump(engine):
    """Slower than supersonic it is a bump, which the other car suffers."""
    state = play(engine, "about_to_bump", [action(throttle=1)] * 12, tick_skip=8)
    assert state.bumps[-1].tolist() == [1, 0]
    assert state.bumped[-1].tolist() == [0, 1]
    assert not state.demolished.any()


def test_a_touch(engine):
    """Blue drives into the resting ball: 0 before, and fast away after, as the ball is at the end of that tick."""
    ticks = play(engine, "ball_ahead", [action(throttle=1)] * 40)
    when = int((ticks.ticks_since_contact[:, 0] == 0).argmax())
    assert when > 0
    np.testing.assert_allclose(ticks.ball_velocity_before_touch[when], [0, 0, 0], atol=1)
    np.testing.assert_allclose(ticks.ball_velocity_after_touch[when], ticks.ball_velocity[when], atol=1e-2)
    assert ticks.ball_velocity_after_touch[when, 1] > 500
    assert ticks.first_touch[when].tolist() == [1, 0]
    assert ticks.ball_touched.tolist() == [0] * when + [1] * (41 - when)
    assert not ticks.ball_velocity_after_touch[:when].any()
    eight = play(engine, "ball_ahead", [action(throttle=1)] * 5, tick_skip=8)
    decision = -(-when // 8)
    np.testing.assert_allclose(
        eight.ball_velocity_after_touch[decision], ticks.ball_velocity_after_touch[when], atol=1e-2
    )
    assert eight.first_touch[decision].tolist() == [1, 0]
    np.testing.assert_array_equal(eight.ticks_since_kickoff, 8 * np.arange(6))


def test_with_four_cars_everybody_gets_what_is_his(engine):
    state = play(engine, "each_its_own", [NOTHING] * 6, tick_skip=8, team_size=2)
    last = State(*(values[-1] for values in state))
    assert (last.ticks_since_contact < 100).tolist() == [True, False, False, False]
    assert state.first_touch.max(axis=0).tolist() == [1, 0, 0, 0]
    assert last.demos.tolist() == [0, 1, 0, 0]
    assert last.demolished.tolist() == last.demoed.tolist() == [0, 0, 1, 0]
    assert last.small_pads.tolist() == [0, 0, 0, 1]
    np.testing.assert_allclose(last.boost_gained, [0, 0, 0, 12], atol=1e-3)
    assert not last.bumps.any()
    assert not last.bumped.any()
    assert (last.velocity[[0, 1, 3], 1] > 100).all()


@pytest.mark.parametrize("team_size", [1, 2])
def test_first_rows_hold_first_values(engine, team_size):
    """Also of later episodes, each of which ends after a second."""
    spec = sim_spec(team_size=team_size, max_episode_ticks=120, start_states=(("near_ball", 1.0),), num_envs=4)
    rng = np.random.default_rng(0)
    first = {field.name: field.first for field in LAYOUT.fields if field.first is not None}
    with make_env(engine, spec, 0) as env:
        env.reset()
        ends = 0
        for _ in range(60):
            step = env.step(rng.integers(0, 90, (4, 2 * team_size)).astype(np.int32))
            over = step.terminated | step.truncated
            ends += over.sum()
            for name, value in first.items():
                assert (getattr(unpack(step.state[over]), name) == value).all(), name
    assert ends >= 12
