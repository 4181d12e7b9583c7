"""RocketSim is as symmetric as `jaxrl.game.observation.mirror` takes it to be, in both versions and in every field."""

import numpy as np
import pytest
import RocketSim as rs
from support.manoeuvres import ALL, play
from support.specs import sim_spec

from jaxrl.game.field import LARGE_PADS, PAD_PLACES
from jaxrl.game.layout import LAYOUT
from jaxrl.game.observation.mirror import MIRRORED_ACTIONS, mirror_rows
from jaxrl.game.state import unpack
from jaxrl.sim.engine import make_env
from jaxrl.sim.rocketsim2.physics import start_rocketsim

# what differs in the last bits grows where cars meet; all other numbers are equal
AMOUNTS = {
    "ball_position": 0.01,
    "ball_velocity": 0.05,
    "ball_angular_velocity": 1e-3,
    "ball_velocity_before_touch": 0.05,
    "ball_velocity_after_touch": 0.05,
    "position": 5,
    "forward": 0.01,
    "up": 0.01,
    "velocity": 5,
    "angular_velocity": 0.1,
    "surface_normal": 1e-3,
}
RESPAWNED = ("position", "forward", "up", "velocity", "angular_velocity")  # at a place that is drawn


def test_pads_lie_where_the_game_says():
    start_rocketsim()
    arena = rs.Arena(rs.GameMode.SOCCAR)  # kept: its pads live no longer than it does
    pads = arena.get_boost_pads()
    assert tuple((round(pad.get_pos().x), round(pad.get_pos().y)) for pad in pads) == PAD_PLACES
    assert tuple(i for i, pad in enumerate(pads) if pad.is_big) == LARGE_PADS


def test_mirrored_manoeuvres_give_the_mirrored_rows(engine):
    """Tick by tick, all fields: flips to the side, a wheel that lands first, pads, walls, hits, bumps, a demolition."""
    plain, image = (play(engine, 1, 0, mirrored) for mirrored in (False, True))
    np.testing.assert_array_equal(plain.ended, image.ended)
    turned = image._replace(rows=mirror_rows(image.rows))
    unlike = set()
    for number, manoeuvre in enumerate(ALL):
        ours, theirs, seen = (played.of(number) for played in (plain, turned, image))
        gone = np.maximum.accumulate(ours.demoed, axis=0) > 0
        for field, a, b, c in zip(LAYOUT.fields, ours, theirs, seen, strict=True):
            if field.name in RESPAWNED:
                a, b = a[~gone], b[~gone]
            amount, message = AMOUNTS.get(field.name, 0), f"{field.name}: {manoeuvre.name}"
            np.testing.assert_allclose(a, b, rtol=0, atol=amount, err_msg=message)
            if np.abs(c - getattr(theirs, field.name)).max() > 0.1:
                unlike.add(field.name)
    assert unlike == {field.name for field in LAYOUT.fields if field.kind != "scalar"}, "or nothing was mirrored"


@pytest.mark.parametrize("seed", range(6))
def test_mirrored_actions_give_the_mirrored_drive(engine, seed):
    """30 decisions of any kind, 2 s: driving, jumping, flipping, flying, and back on the wheels."""
    actions = np.repeat(np.random.default_rng(seed).integers(0, 90, (10, 1, 2), np.int32), 3, axis=0)
    rows = {}
    for name, chosen in (("apart", actions), ("apart_mirrored", MIRRORED_ACTIONS[actions])):
        spec = sim_spec(start_states=((f"support.hand_made_starts:{name}", 1.0),))
        with make_env(engine, spec, 0) as env:
            env.reset()
            rows[name] = [env.step(each).state[0] for each in chosen][-1]
    ours, theirs = unpack(mirror_rows(rows["apart"])), unpack(rows["apart_mirrored"])
    # RocketSim computes in float32: what differs in the last bits grows in 2 s to some uu
    np.testing.assert_allclose(ours.position, theirs.position, atol=20)
    np.testing.assert_allclose(ours.velocity, theirs.velocity, atol=40)
    np.testing.assert_allclose(ours.forward, theirs.forward, atol=0.05)
    np.testing.assert_allclose(ours.angular_velocity, theirs.angular_velocity, atol=0.2)
    np.testing.assert_allclose(ours.boost, theirs.boost, atol=0.5)
    assert np.abs(ours.angular_velocity).max() > 0.3 or np.abs(ours.position[:, 2] - 17).max() > 5
