"""RocketSim is as symmetric as `jaxrl.game.observation.mirror` takes it to be."""

import numpy as np
import pytest
import RocketSim as rs

from jaxrl.game.field import LARGE_PADS, PAD_PLACES
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS
from jaxrl.game.state import unpack
from jaxrl.sim.rocketsim2.physics import start_rocketsim

POLAR, AXIAL = np.array([-1, 1, 1]), np.array([1, -1, -1])


def test_pads_lie_where_the_game_says():
    start_rocketsim()
    arena = rs.Arena(rs.GameMode.SOCCAR)  # kept: its pads live no longer than it does
    pads = arena.get_boost_pads()
    assert tuple((round(pad.get_pos().x), round(pad.get_pos().y)) for pad in pads) == PAD_PLACES
    assert tuple(i for i, pad in enumerate(pads) if pad.is_big) == LARGE_PADS


@pytest.mark.parametrize("seed", range(6))
def test_mirrored_actions_give_the_mirrored_drive(make_batch, seed):
    """30 decisions of any kind, 2 s: driving, jumping, flipping, flying, and back on the wheels."""
    rng = np.random.default_rng(seed)
    one, image = (
        make_batch(start_states=((f"support.hand_made_starts:{name}", 1.0),)) for name in ("apart", "apart_mirrored")
    )
    for _ in range(10):
        actions = rng.integers(0, 90, 2)
        for _ in range(3):
            one.buffers.actions[:], image.buffers.actions[:] = actions, MIRRORED_ACTIONS[actions]
            one.step()
            image.step()
    ours, theirs = unpack(one.buffers.state[0]), unpack(image.buffers.state[0])
    # RocketSim computes in float32: what differs in the last bits grows in 2 s to some uu
    np.testing.assert_allclose(ours.position * POLAR, theirs.position, atol=20)
    np.testing.assert_allclose(ours.velocity * POLAR, theirs.velocity, atol=40)
    np.testing.assert_allclose(ours.forward * POLAR, theirs.forward, atol=0.05)
    np.testing.assert_allclose(ours.angular_velocity * AXIAL, theirs.angular_velocity, atol=0.2)
    np.testing.assert_allclose(ours.boost, theirs.boost, atol=0.5)
    assert np.abs(ours.angular_velocity).max() > 0.3 or np.abs(ours.position[:, 2] - 17).max() > 5
