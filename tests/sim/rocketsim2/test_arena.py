"""A batch of arenas against RLGym's engine, and against RocketSim's own objects read one by one."""

import numpy as np
import pytest
from rlgym.rocket_league.sim import RocketSimEngine
from rlgym.rocket_league.state_mutators import FixedTeamSizeMutator, KickoffMutator, MutatorSequence
from support.hand_made_starts import POSES, YAWS

from jaxrl.game.actions import ACTION_TABLE
from jaxrl.game.state import unpack

NEUTRAL, FORWARD, FORWARD_BOOST = 8, 16, 18


def rlgym_engine(rlbot_delay):
    """RLGym's engine with the two cars at POSES, full of boost."""
    engine = RocketSimEngine(rlbot_delay=rlbot_delay)
    state = engine.create_base_state()
    MutatorSequence(FixedTeamSizeMutator(1, 1), KickoffMutator()).apply(state, {})
    for car, position, yaw in zip(state.cars.values(), POSES, YAWS, strict=True):
        car.physics.position = position.astype(np.float32)
        car.physics.euler_angles = np.array([0, yaw, 0], np.float32)
        car.boost_amount = 100.0
        car.bump_victim_id = None
    engine.set_state(state, {})
    return engine


DRIVING = [[FORWARD_BOOST, FORWARD]] * 15
JUMPING = [[int(a), int(b)] for a, b in np.random.default_rng(5).integers(0, 90, (15, 2))]


@pytest.mark.parametrize("delay", [0, 1])
@pytest.mark.parametrize("actions", [DRIVING, JUMPING], ids=["driving straight", "any action"])
def test_same_controls_as_rlgym_give_the_same_drive(make_batch, delay, actions):
    """120 ticks. RLGym's `rlbot_delay` lets one tick pass before the controls of a decision count."""
    engine = rlgym_engine(rlbot_delay=bool(delay))
    batch = make_batch(action_delay_ticks=delay, start_states=(("support.hand_made_starts:two_poses", 1.0),))
    for choices in actions:
        controls = {name: np.tile(ACTION_TABLE[c], (8, 1)) for name, c in zip(engine.agents, choices, strict=True)}
        reference = engine.step(controls, {})
        batch.buffers.actions[:] = choices
        batch.step()
        ours = unpack(batch.buffers.state[0])
        for c, car in enumerate(reference.cars.values()):
            np.testing.assert_allclose(ours.position[c], car.physics.position, atol=0.01)
            np.testing.assert_allclose(ours.velocity[c], car.physics.linear_velocity, atol=0.01)
            np.testing.assert_allclose(ours.forward[c], car.physics.forward, atol=1e-4)
            assert ours.on_ground[c] == car.on_ground
        np.testing.assert_allclose(ours.ball_position, reference.ball.position, atol=0.01)
    assert np.linalg.norm(ours.position[0] - POSES[0]) > 200


@pytest.mark.parametrize("team_size", [1, 2, 3])
def test_rows_equal_what_rocketsims_objects_say(make_batch, team_size):
    """Read by another way than the batch does, after random actions that jump, flip, boost and pick up pads."""
    batch = make_batch(num_envs=3, team_size=team_size, start_states=(("random", 1.0),), seed=2)
    rng = np.random.default_rng(team_size)
    seen = []
    for step in range(150):
        batch.buffers.actions[:] = rng.integers(0, 90, batch.buffers.actions.shape)
        batch.step()
        if step < 100 or batch.buffers.terminated.any():
            continue
        for row, arena, cars in zip(batch.buffers.state, batch.arenas, batch.cars, strict=True):
            state = unpack(row)
            seen.append(state)
            ball = arena.ball.get_state()
            np.testing.assert_array_equal(state.ball_position, ball.pos.as_numpy())
            np.testing.assert_array_equal(state.ball_velocity, ball.vel.as_numpy())
            np.testing.assert_array_equal(state.ball_angular_velocity, ball.ang_vel.as_numpy())
            np.testing.assert_array_equal(state.score, [arena.blue_score, arena.orange_score])
            np.testing.assert_array_equal(state.pads, [pad.get_state().is_active for pad in arena.get_boost_pads()])
            for c, car in enumerate(cars):
                truth = car.get_state()
                np.testing.assert_array_equal(state.position[c], truth.pos.as_numpy())
                np.testing.assert_array_equal(state.velocity[c], truth.vel.as_numpy())
                np.testing.assert_array_equal(state.angular_velocity[c], truth.ang_vel.as_numpy())
                np.testing.assert_allclose(state.forward[c], car.get_forward_dir().as_numpy(), atol=1e-6)
                np.testing.assert_allclose(state.up[c], car.get_up_dir().as_numpy(), atol=1e-6)
                np.testing.assert_allclose(state.boost[c], truth.boost, rtol=1e-6)
                assert state.on_ground[c] == truth.is_on_ground
                assert state.has_flip_or_jump[c] == truth.has_flip_or_jump()
                assert state.demoed[c] == truth.is_demoed
                assert state.demos[c] == car.demos
    for name in ("pads", "on_ground", "has_flip_or_jump"):  # or nothing was compared
        values = np.stack([getattr(state, name) for state in seen])
        assert set(np.unique(values)) == {0, 1}, name


def test_pads_are_in_rocketsims_order_and_reversed_means_turned(make_batch):
    """Pad i lies opposite pad 33 - i: what the observation of orange relies on."""
    batch = make_batch()
    pads = batch.arenas[0].get_boost_pads()
    places = np.array([pad.get_pos().as_tuple() for pad in pads])
    np.testing.assert_allclose(places[::-1], places * [-1, -1, 1], atol=0.1)
    used = pads[3].get_state()
    used.is_active, used.cooldown = False, 10.0
    pads[3].set_state(used)
    batch.step()
    np.testing.assert_array_equal(np.flatnonzero(unpack(batch.buffers.state[0]).pads == 0), [3])


def test_contacts_agree_with_rocketsims_touch_callback(make_batch):
    batch = make_batch(num_envs=2, start_states=(("support.hand_made_starts:in_a_row", 1.0),))
    touched = set()
    for i, (arena, cars) in enumerate(zip(batch.arenas, batch.cars, strict=True)):
        places = {car.id: (i, c) for c, car in enumerate(cars)}
        arena.set_ball_touch_callback(lambda arena, car, data: touched.add(data[car.id]), places)
    expected = np.full((2, 2), 2.0**20)
    np.testing.assert_array_equal(unpack(batch.buffers.state).ticks_since_contact, expected)
    rng, contacts = np.random.default_rng(0), 0
    for _ in range(150):
        batch.buffers.actions[:] = rng.choice([FORWARD, FORWARD_BOOST, 14, 22], (2, 2))
        batch.step()
        if batch.buffers.terminated.any():
            break
        expected += 8
        for where in touched:
            expected[where] = 0
        contacts += len(touched)
        touched.clear()
        np.testing.assert_array_equal(unpack(batch.buffers.state).ticks_since_contact, expected)
    assert contacts >= 2
