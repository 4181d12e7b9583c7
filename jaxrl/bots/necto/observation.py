"""What Nexto and Necto see: one query, their own car, and a key for every car, the ball and every boost pad.

A key has 24 numbers, `KEY`; the query has those of the own car, where it is on the field, and its previous controls.
For an orange car positions and directions are turned by 180 degrees about z; pads keep their order.
"""

from functools import lru_cache

import numpy as np

from jaxrl.game.actions import EVERY_ACTION
from jaxrl.game.field import CAR_MAX_ANGULAR_SPEED, CAR_MAX_SPEED, LARGE_PADS, NUM_PADS, PAD_PLACES
from jaxrl.game.observation.standard import TURN, others
from jaxrl.game.state import Array, State, namespace, team_signs, unpack

# the numbers of a key: whose it is (self, of the own team, of the other team, ball, pad), position, velocity,
# forward, up, angular velocity, boost, demolished or the state of a pad, on ground, has a flip
KEY, QUERY = 24, 32
NUM_KINDS, NUM_VECTORS = 5, 5
MATE, OPPONENT, BALL, PAD = range(1, NUM_KINDS)

NORMS = np.array([CAR_MAX_SPEED, CAR_MAX_SPEED, 1, 1, CAR_MAX_ANGULAR_SPEED], np.float32)[:, None]  # of the vectors


def _pads() -> np.ndarray:
    """`[34, 5, 3]` float32: the vectors of pads."""
    vectors = np.zeros((NUM_PADS, NUM_VECTORS, 3), np.float32)
    vectors[:, 0, :2] = PAD_PLACES
    vectors[:, 0, 2] = np.where(_IS_LARGE, 73, 70)
    return vectors


_IS_LARGE = np.isin(np.arange(NUM_PADS), LARGE_PADS)
PAD_VECTORS, PAD_BOOST = _pads(), np.where(_IS_LARGE, 1, 0.12).astype(np.float32)


@lru_cache
def _order(num_cars: int) -> np.ndarray:
    """`[C, C]`: the cars as each of them lists them: itself, its team, the others."""
    return np.array([[car, *others(car, num_cars)] for car in range(num_cars)])


@lru_cache
def _kinds(num_cars: int) -> np.ndarray:
    """`[E, 5]` float32: cars, ball, pads by kind; the own car, the first, is of its team as well."""
    kind = [MATE] * (num_cars // 2) + [OPPONENT] * (num_cars // 2) + [BALL] + [PAD] * NUM_PADS
    kinds = np.eye(NUM_KINDS, dtype=np.float32)[kind]
    kinds[0, 0] = 1
    return kinds


def ball_first(num_cars: int) -> np.ndarray:
    """`[E]`: the same entities in Necto's order, the ball before the cars."""
    return np.array([num_cars, *range(num_cars), *range(num_cars + 1, num_cars + 1 + NUM_PADS)])


def nexto_view(rows: Array) -> tuple[Array, Array]:
    """Raw states `[N, F]` as all C cars see them: queries `[N, C, 32]` and keys `[N, C, E, 24]`, E = C + 35, float32.

    Keys are relative to the own car: turned by its yaw, so that it faces +y, and moved, but for velocities.
    """
    state = unpack(rows)
    xp = namespace(rows)
    vectors, own, scalars = _entities(state, state.demoed, state.pads)
    position = vectors[..., :1, :] - own[..., :1, :]
    vectors = xp.concatenate([position, vectors[..., 1:, :]], axis=-2)
    yaw = xp.arctan2(own[..., 2, 0], own[..., 2, 1])[..., None]
    cos, sin = xp.cos(yaw), xp.sin(yaw)
    x, y, z = (vectors[..., axis] for axis in range(3))
    turned = xp.stack([cos * x - sin * y, sin * x + cos * y, z], axis=-1)
    return _query(state, own, scalars), _keys(turned, scalars)


def necto_view(rows: Array, demolished: Array, pads: Array) -> tuple[Array, Array]:
    """As `nexto_view`, with two timers of Necto's: `demolished` `[N, C]`, and `pads` `[N, 34]`.

    Keys are moved to the own car, and relative to its velocity. The ball comes first.
    """
    state = unpack(rows)
    xp = namespace(rows)
    vectors, own, scalars = _entities(state, demolished, pads)
    relative = xp.concatenate([vectors[..., :2, :] - own[..., :2, :], vectors[..., 2:, :]], axis=-2)
    keys = _keys(relative, scalars)
    return _query(state, own, scalars), keys[..., ball_first(state.boost.shape[-1]), :]


def _entities(state: State, demolished: Array, pads: Array) -> tuple[Array, Array, Array]:
    """All entities as every car lists them: vectors `[N, C, E, 5, 3]`, the own ones `[N, C, 1, 5, 3]`, four scalars."""
    xp = namespace(state.boost)
    lead, num_cars = state.boost.shape[:-1], state.boost.shape[-1]
    cars = (state.position, state.velocity, state.forward, state.up, state.angular_velocity)
    of_cars = xp.stack(cars, axis=-2)[..., _order(num_cars), :, :]  # [N, C, C, 5, 3]
    nothing = xp.zeros_like(state.ball_position)
    ball = (state.ball_position, state.ball_velocity, nothing, nothing, state.ball_angular_velocity)
    of_ball = xp.broadcast_to(xp.stack(ball, axis=-2)[..., None, None, :, :], (*lead, num_cars, 1, NUM_VECTORS, 3))
    of_pads = xp.broadcast_to(xp.asarray(PAD_VECTORS), (*lead, num_cars, *PAD_VECTORS.shape))
    turns = np.where(team_signs(num_cars)[:, None] > 0, np.float32(1), TURN)  # [C, 3]
    vectors = xp.concatenate([of_cars, of_ball, of_pads], axis=-3) * (turns[:, None, None] / NORMS)
    flags = (state.boost * np.float32(0.01), demolished, state.on_ground, state.has_flip_or_jump)
    of_cars = xp.stack(flags, axis=-1)[..., _order(num_cars), :]  # [N, C, C, 4]
    zeros = xp.zeros_like(pads)
    of_pads = xp.stack([xp.broadcast_to(xp.asarray(PAD_BOOST), pads.shape), pads, zeros, zeros], axis=-1)
    of_pads = xp.broadcast_to(of_pads[..., None, :, :], (*lead, num_cars, NUM_PADS, 4))
    scalars = xp.concatenate([of_cars, xp.zeros_like(of_pads[..., :1, :]), of_pads], axis=-2)
    return vectors, vectors[..., :1, :, :], scalars


def _keys(vectors: Array, scalars: Array) -> Array:
    xp, lead = namespace(scalars), scalars.shape[:-1]
    kinds = xp.broadcast_to(xp.asarray(_kinds(scalars.shape[-3])[: lead[-1]]), (*lead, NUM_KINDS))
    return xp.concatenate([kinds, vectors.reshape(*lead, 3 * NUM_VECTORS), scalars], axis=-1)


def _query(state: State, own: Array, scalars: Array) -> Array:
    """The own car's key, as it is on the field, and the controls of its previous action."""
    xp = namespace(scalars)
    controls = xp.asarray(EVERY_ACTION)[state.previous_action.astype(np.int32)]
    return xp.concatenate([_keys(own, scalars[..., :1, :])[..., 0, :], controls], axis=-1)
