"""Reward terms: pure functions of (state, next_state, actions) that give one number per car, `[..., C]`.

The reward of a car is the sum over the config's terms of weight * term. Whether something is good is the weight's
business: what a bot should avoid (conceding, being demolished) gets a negative one.

A new term of jaxrl is a function here (those about touches: `touches.py`) and an entry in TAG_GROUPS in `registry.py`.
A user's own term is a function of the same signature, named in the config as `package.module:function`. Either must be
written with the array's own namespace or plain operators, since it runs inside `jax.jit`. `actions` is `[..., C]`
int32, indices into the action table.
"""

from collections.abc import Callable

from jaxrl.game.field import BALL_MAX_SPEED, CAR_MAX_SPEED, attacked_goal, own_goal
from jaxrl.game.state import Array, State, namespace

RewardTerm = Callable[[State, State, Array], Array]


def goals_by_car(state: State, next_state: State) -> Array:
    """`[..., C, 2]`: goals scored by, and against, the team of each car."""
    xp = namespace(state.score)
    blue, orange = (next_state.score[..., team] - state.score[..., team] for team in (0, 1))
    half = state.boost.shape[-1] // 2
    pairs = [xp.stack([blue, orange], axis=-1)] * half + [xp.stack([orange, blue], axis=-1)] * half
    return xp.stack(pairs, axis=-2)


def goal(state: State, next_state: State, actions: Array) -> Array:
    """1 for every car of the team that scored."""
    return goals_by_car(state, next_state)[..., 0]


def concede(state: State, next_state: State, actions: Array) -> Array:
    """1 for every car of the team that was scored against."""
    return goals_by_car(state, next_state)[..., 1]


def speed_to_ball(state: State, next_state: State, actions: Array) -> Array:
    """The car's speed towards the ball as a share of its top speed, -1 to 1."""
    return _dot(next_state.velocity, _unit(_car_to_ball(next_state))) / CAR_MAX_SPEED


def face_ball(state: State, next_state: State, actions: Array) -> Array:
    """Cosine between the car's nose and the direction of the ball, -1 to 1."""
    return _dot(next_state.forward, _unit(_car_to_ball(next_state)))


def ball_to_goal(state: State, next_state: State, actions: Array) -> Array:
    """The ball's speed towards the opponents' goal as a share of its top speed, -1 to 1."""
    ball = next_state.ball_position[..., None, :]
    direction = _unit(attacked_goal(next_state.boost.shape[-1]) - ball)
    return _dot(next_state.ball_velocity[..., None, :], direction) / BALL_MAX_SPEED


def alignment(state: State, next_state: State, actions: Array) -> Array:
    """Degree to which car is between own goal and ball, and ball between car and opponents' goal, -1 to 1."""
    to_ball = _unit(_car_to_ball(next_state))
    target = attacked_goal(next_state.boost.shape[-1])
    attack = _dot(to_ball, _unit(target - next_state.position))
    defend = _dot(to_ball, _unit(next_state.position - own_goal(next_state.boost.shape[-1])))
    return 0.5 * (attack + defend)


def boost_kept(state: State, next_state: State, actions: Array) -> Array:
    """Square root of the boost as a share of a full tank, 0 to 1: the first drops matter most."""
    return namespace(state.boost).sqrt(next_state.boost / 100)


def demo(state: State, next_state: State, actions: Array) -> Array:
    """Demolitions the car inflicted."""
    return next_state.demos - state.demos


def demoed(state: State, next_state: State, actions: Array) -> Array:
    """1 where the car was demolished."""
    return next_state.demoed * (1 - state.demoed)


def _car_to_ball(state: State) -> Array:
    return state.ball_position[..., None, :] - state.position


def _dot(a: Array, b: Array) -> Array:
    return (a * b).sum(-1)


def _unit(vector: Array) -> Array:
    xp = namespace(vector)
    return vector / xp.maximum(xp.sqrt(_dot(vector, vector)), 1e-6)[..., None]
