"""What bots think at every decision: their most likely actions, and what their critic expects."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxrl.bots.critic import Critic
from jaxrl.bots.player import Player
from jaxrl.bots.policy import Policy
from jaxrl.game.masks import mask

MOST_LIKELY = 5
AT_ONCE = 1024  # states in which a network decides at once, which bounds the memory


class Thoughts(NamedTuple):
    """Of T states and C cars. The shares of a car that is not driven by a bot of ours are 0, its values NaN."""

    actions: np.ndarray  # [T, C, 5] int32: the most likely ones, the first most, by their numbers in `EVERY_ACTION`
    shares: np.ndarray  # [T, C, 5] float32: with which probability each is chosen
    values: np.ndarray  # [T, C] float32: discounted reward that the critic expects, see `Critic.values`


def policy_of(player: Player) -> Policy | None:
    """The network that decides for a player; None for players that have none of ours."""
    policy = getattr(player, "policy", None)
    return policy if isinstance(policy, Policy) else None


def thoughts(players: Sequence[Player], states: np.ndarray, num_cars: int) -> Thoughts:
    """Ask both players, blue first, in states `[T, F]` of the first one's decisions.

    The second is asked only if it decides when the first does: in other states it never would.
    """
    length, half = len(states), num_cars // 2
    found = Thoughts(
        np.zeros((length, num_cars, MOST_LIKELY), np.int32),
        np.zeros((length, num_cars, MOST_LIKELY), np.float32),
        np.full((length, num_cars), np.nan, np.float32),
    )
    timing = [(player.tick_skip, player.action_delay_ticks) for player in players]
    for player, cars in zip(players, (slice(half), slice(half, None)), strict=True):
        policy = policy_of(player)
        if policy is None or timing[0] != (player.tick_skip, player.action_delay_ticks):
            continue
        for first in range(0, length, AT_ONCE):
            piece = slice(first, first + AT_ONCE)
            own = think(policy, getattr(player, "critic", None), states[piece])
            for whole, part in zip(found, own, strict=True):
                whole[piece, cars] = part[:, cars]
    return found


def think(policy: Policy, critic: Critic | None, states: np.ndarray) -> Thoughts:
    """Ask a network, as if it drove all cars, in states `[T, F]`."""
    logits = mask(policy.logits(policy.normalize(policy.observe(states))), policy.allowed(states))
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    shares = weights / weights.sum(-1, keepdims=True)
    outputs = np.argsort(-shares, axis=-1, kind="stable")[..., :MOST_LIKELY].astype(np.int32)
    # a row of actions for each rank, as the mirror takes one action a car
    actions = np.stack([policy.to_world(states, outputs[..., rank]) for rank in range(outputs.shape[-1])], -1)
    shown = np.take_along_axis(shares, outputs, -1).astype(np.float32)
    missing = [(0, 0)] * (shares.ndim - 1) + [(0, MOST_LIKELY - outputs.shape[-1])]  # a table may have two actions
    values = np.full(shares.shape[:-1], np.nan, np.float32) if critic is None else critic.values(states)
    return Thoughts(np.pad(actions, missing), np.pad(shown, missing), values)
