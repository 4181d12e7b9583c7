"""Reward terms that are the change of a potential; `jaxrl.game.rewards.basic` says what a term is.

Each is phi(next_state) - phi(state), without a discount: what it pays over a piece of play is phi at its end less phi
at its begin, however the ball went, so there is nothing to gain by going in circles. (With gamma below 1 the form that
keeps all best policies is gamma phi(next_state) - phi(state); at gamma 0.99 or more the difference is small, and
without it a ball that rests pays nothing.) A kickoff after a goal is no decision, and pays nothing.
"""

from jaxrl.game.arrays import length
from jaxrl.game.field import BACK_WALL, CAR_MAX_SPEED, GOAL_SIDE, GOAL_TOP, attacked_goal, own_goal
from jaxrl.game.rewards.basic import concede, goal
from jaxrl.game.state import Array, State, namespace, team_signs

# of 516 goals of pretrained/duel against itself: python -m benchmarks.tools.next_goal --minutes 10
PLACE, SPEED = 0.22, 0.96


def ball_goal_distance(state: State, next_state: State, actions: Array) -> Array:
    """Change of how close the ball is to the opponents' goal, and how far from the own.

    Formula: phi(next_state) - phi(state), phi = exp(-d / 2300 uu) to the opponents' goal less the same to the own.
    Range: -1 to 1, each decision; the sum over any play as well.
    Good for: moving the ball up the field, in place of `ball_to_goal`, without paying twice for the same way.
    Source: Necto and Nexto (goal_dist, 10 to 2.5 beside a goal of 10).
    """
    return _closer(next_state) - _closer(state)


def goal_view(state: State, next_state: State, actions: Array) -> Array:
    """Change of how large the opponents' goal looks from the ball, beside the own.

    Formula: phi(next_state) - phi(state), phi = (a - o) / (a + o), a and o the solid angles of the two goals' mouths.
    Range: -2 to 2, each decision; the sum over any play as well.
    Good for: bringing the ball before the goal rather than into the corners, where `ball_goal_distance` is as good.
    Source: rlgym-tools `GoalViewReward`.
    """
    return _view(next_state) - _view(state)


def win_probability(state: State, next_state: State, actions: Array) -> Array:
    """Change of the probability that the car's team scores the next goal, as the ball's place and velocity tell.

    Formula: phi(next_state) - phi(state), phi = 1 / (1 + exp(-(0.22 y / 5120 uu + 0.96 vy / 2300 uu/s))), y up the
    field as the car attacks; 1 at a goal and 0 at one against.
    Range: -1 to 1, each decision; 1 - phi(first state) in the sum of an episode that ends with a goal.
    Good for: play that leads to goals, with `goal` itself in it; fitted to `pretrained/duel`, where the ball's speed
    tells more than its place.
    Source: Tecko (win_prob, 10 beside a goal of 10), rlgym-tools `GoalProbReward`; the formula is jaxrl's own.
    """
    xp = namespace(state.boost)
    scored, conceded = goal(state, next_state, actions), concede(state, next_state, actions)
    after = xp.where(scored > 0, 1.0, xp.where(conceded > 0, 0.0, _next_goal(next_state)))
    return after - _next_goal(state)


def _next_goal(state: State) -> Array:
    up = team_signs(state.boost.shape[-1])
    place, speed = (vector[..., None, 1] * up for vector in (state.ball_position, state.ball_velocity))
    return 1 / (1 + namespace(place).exp(-(PLACE * place / BACK_WALL + SPEED * speed / CAR_MAX_SPEED)))


def _closer(state: State) -> Array:
    num_cars = state.boost.shape[-1]
    ball = state.ball_position[..., None, :]
    near = [_near(ball - place(num_cars)) for place in (attacked_goal, own_goal)]
    return near[0] - near[1]


def _near(offset: Array) -> Array:
    return namespace(offset).exp(-length(offset) / CAR_MAX_SPEED)


def _view(state: State) -> Array:
    signs = team_signs(state.boost.shape[-1])
    angles = [_solid_angle(state.ball_position[..., None, :], signs * side) for side in (1, -1)]
    return (angles[0] - angles[1]) / (angles[0] + angles[1])


def _solid_angle(ball: Array, side: Array) -> Array:
    """Of the goal at y = 5120 `side`, seen from the `ball` `[..., 1, 3]`: of each car's `[..., C]`, up to 2 pi."""
    xp = namespace(ball)
    depth = (BACK_WALL - ball[..., 1] * side).clip(1, None)  # a ball in the goal sees half of everything
    x, z = ball[..., 0], ball[..., 2]

    def corner(wide: Array, high: Array) -> Array:
        """The solid angle of a rectangle from the foot of the ball's perpendicular to `wide`, `high`."""
        return xp.arctan2(wide * high, depth * xp.sqrt(wide * wide + high * high + depth * depth))

    left, right, low, top = -GOAL_SIDE - x, GOAL_SIDE - x, -z, GOAL_TOP - z
    return corner(right, top) - corner(left, top) - corner(right, low) + corner(left, low)
