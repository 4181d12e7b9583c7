"""What a car is paid of a reward term: its own value, shared within the team, less what the opponents get."""

from typing import Any, NamedTuple

import numpy as np

from jaxrl.game.arrays import Array

Number = Any  # a float, or an array [] float32 of numpy or JAX


class Payment(NamedTuple):
    """A weight, and how the term is shared before it is weighed. A weight alone is a plain number."""

    weight: Number
    zero_sum: Number = 0.0  # 0 to 1
    team_spirit: Number = 0.0  # 0 to 1


def share(values: Array, zero_sum: Number, team_spirit: Number) -> Array:
    """`[..., C]` float32: (1 - team_spirit) * own + team_spirit * mean of the team - zero_sum * mean of the opponents.

    `values` `[..., C]` are those of the term, blue cars first; a car belongs to its team, so with one car a side team
    spirit changes nothing. As in GigaLearn's ZeroSumReward.
    """
    num_cars = values.shape[-1]
    teams = values.astype(np.float32).reshape(*values.shape[:-1], 2, num_cars // 2)
    means = teams.mean(-1, keepdims=True)
    shared = (1 - team_spirit) * teams + team_spirit * means - zero_sum * means[..., ::-1, :]
    return shared.reshape(values.shape)


def number_of(weight: Number | Payment) -> float:
    """The weight as a number, whoever shares in what it pays."""
    return float(weight.weight if isinstance(weight, Payment) else weight)


def paid(values: Array, weight: Number | Payment) -> Array:
    """What every car gets of a term whose values are `[..., C]`, shared if `weight` says so."""
    if isinstance(weight, Payment):
        return weight.weight * share(values, weight.zero_sum, weight.team_spirit)
    return weight * values
