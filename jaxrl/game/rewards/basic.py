"""Reward terms: pure functions of (state, next_state, actions) that give one number per car, `[..., C]`.

The reward of a car is the sum over the config's terms of weight * term. Whether something is good is the weight's
business: what a bot should avoid (conceding, being demolished) gets a negative one.

A new term of jaxrl is a function in the file of its subject beside this one (here: goals, ball and car in general,
boost kept, demolitions and bumps) and an entry in TAG_GROUPS in `registry.py`. Its docstring says in one line what it
pays, then has the parts Formula, Range, Good for and Source, from which the docs make a table. Values are per decision:
a term does not know how long that is. Its scale is such that 1 is an event of note, or as much as there can be of it.
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
    """1 for every car of the team that scored.

    Formula: the change of the team's score.
    Range: 0 or 1, an event.
    Good for: the point of it all; 10 to 50 times an event of note.
    Source: everywhere (`GoalReward`).
    """
    return goals_by_car(state, next_state)[..., 0]


def concede(state: State, next_state: State, actions: Array) -> Array:
    """1 for every car of the team that was scored against.

    Formula: the change of the opponents' score.
    Range: 0 or 1, an event; to be avoided, so with a negative weight.
    Good for: defending; less than `goal` makes for attacking bots.
    Source: RLGym-PPO-Guide (goal x (1 - aggression bias .2)).
    """
    return goals_by_car(state, next_state)[..., 1]


def speed_to_ball(state: State, next_state: State, actions: Array) -> Array:
    """The car's speed towards the ball as a share of its top speed, -1 to 1.

    Formula: velocity . direction of the ball / 2300 uu/s.
    Range: -1 to 1, each decision.
    Good for: finding the ball in the first minutes; later less, as it makes ball chasers.
    Source: GigaLearn `VelocityPlayerToBallReward`, 4 beside a goal of 150.
    """
    return _dot(next_state.velocity, _unit(_car_to_ball(next_state))) / CAR_MAX_SPEED


def face_ball(state: State, next_state: State, actions: Array) -> Array:
    """Cosine between the car's nose and the direction of the ball, -1 to 1.

    Formula: forward . direction of the ball.
    Range: -1 to 1, each decision.
    Good for: the very first minutes; more than a little teaches to stand and stare.
    Source: GigaLearn `FaceBallReward`, .25 beside a goal of 150.
    """
    return _dot(next_state.forward, _unit(_car_to_ball(next_state)))


def ball_to_goal(state: State, next_state: State, actions: Array) -> Array:
    """The ball's speed towards the opponents' goal as a share of its top speed, -1 to 1.

    Formula: ball velocity . direction of the opponents' goal / 6000 uu/s.
    Range: -1 to 1, each decision.
    Good for: hitting the ball the right way; zero-sum.
    Source: GigaLearn `VelocityBallToGoalReward`, 2 beside a goal of 150.
    """
    ball = next_state.ball_position[..., None, :]
    direction = _unit(attacked_goal(next_state.boost.shape[-1]) - ball)
    return _dot(next_state.ball_velocity[..., None, :], direction) / BALL_MAX_SPEED


def alignment(state: State, next_state: State, actions: Array) -> Array:
    """Degree to which car is between own goal and ball, and ball between car and opponents' goal, -1 to 1.

    Formula: half the sum of two cosines: of ball and opponents' goal, and of ball and away from the own goal, seen from
    the car.
    Range: -1 to 1, each decision.
    Good for: approaching the ball from the right side.
    Source: Necto (align, 0.5 to 0 beside a goal of 10); Lucy.
    """
    to_ball = _unit(_car_to_ball(next_state))
    target = attacked_goal(next_state.boost.shape[-1])
    attack = _dot(to_ball, _unit(target - next_state.position))
    defend = _dot(to_ball, _unit(next_state.position - own_goal(next_state.boost.shape[-1])))
    return 0.5 * (attack + defend)


def boost_kept(state: State, next_state: State, actions: Array) -> Array:
    """Square root of the boost as a share of a full tank, 0 to 1: the first drops matter most.

    Formula: sqrt(boost / 100).
    Range: 0 to 1, each decision.
    Good for: not spending boost for nothing.
    Source: GigaLearn `SaveBoostReward(0.5)`, .2 beside a goal of 150.
    """
    return namespace(state.boost).sqrt(next_state.boost / 100)


def demo(state: State, next_state: State, actions: Array) -> Array:
    """Demolitions the car inflicted.

    Formula: demos(next_state) - demos(state).
    Range: 0 to 3 cars, nearly always one, an event.
    Good for: taking opponents out of play for 3 s.
    Source: GigaLearn `DemoReward`, 80 (zero-sum, half shared) beside a goal of 150; Necto 5 beside 10.
    """
    return next_state.demos - state.demos


def demoed(state: State, next_state: State, actions: Array) -> Array:
    """1 where the car was demolished.

    Formula: demoed now and not before: the moment, not the 3 s until the respawn.
    Range: 0 or 1, an event; to be avoided, so with a negative weight.
    Good for: evading; not both this and a zero-sum `demo`, which is the same twice.
    Source: GigaLearn `DemoedPenalty`.
    """
    return next_state.demoed * (1 - state.demoed)


def bump(state: State, next_state: State, actions: Array) -> Array:
    """Bumps the car inflicted, demolitions not among them.

    Formula: bumps(next_state) - bumps(state).
    Range: 0 to 5 cars, nearly always one, an event; of opponents and team mates alike.
    Good for: pushing opponents out of their goal; zero-sum.
    Source: GigaLearn `BumpReward`, 20 (zero-sum, half shared) beside a goal of 150.
    """
    return next_state.bumps - state.bumps


def bumped(state: State, next_state: State, actions: Array) -> Array:
    """Bumps the car suffered, demolitions not among them.

    Formula: bumped(next_state) - bumped(state).
    Range: 0 to 5 cars, nearly always one, an event; to be avoided, so with a negative weight.
    Good for: evading; not both this and a zero-sum `bump`, which is the same twice.
    Source: GigaLearn `BumpedPenalty`.
    """
    return next_state.bumped - state.bumped


def _car_to_ball(state: State) -> Array:
    return state.ball_position[..., None, :] - state.position


def _dot(a: Array, b: Array) -> Array:
    return (a * b).sum(-1)


def _unit(vector: Array) -> Array:
    xp = namespace(vector)
    return vector / xp.maximum(xp.sqrt(_dot(vector, vector)), 1e-6)[..., None]
