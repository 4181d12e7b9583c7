"""Calls of players compiled by JAX: once for all bots of one layout, with their weights as arguments."""

from dataclasses import replace
from typing import Any

import jax
import numpy as np

from jaxrl.bots.handicap import Handicapped
from jaxrl.bots.necto.player import NectoPlayer, NextoPlayer
from jaxrl.bots.player import Memory, Player, PolicyPlayer
from jaxrl.bots.policy import Policy
from jaxrl.bots.scripted import SCRIPTED
from jaxrl.game.state import Array
from jaxrl.matches.play import Caller, Players, act_both


def compiled() -> Caller:
    """Return calls that compile players which are pytrees; others are called with numpy arrays, as they are."""
    act_one = jax.jit(lambda player, *arguments: player.act(*arguments))
    act_two = jax.jit(act_both)

    def one(player: Player, *arguments: Any) -> tuple[Memory, Array]:
        return act_one(player, *arguments) if is_pytree(player) else player.act(*arguments)

    def both(
        players: Players, memories: tuple, states: Array, starts: Array, uniforms: Array, mine: Array
    ) -> tuple[tuple, Array]:
        if all(is_pytree(player) for player in players):
            return act_two(players, memories, states, starts, uniforms, mine)
        decisions = [
            one(player, memory, states, starts, uniforms) for player, memory in zip(players, memories, strict=True)
        ]
        (first, own), (second, other) = decisions
        return (first, second), np.where(mine, own, other)

    return Caller(one, both)


def is_pytree(player: Player) -> bool:
    """Whether JAX can take `player` apart; otherwise it is a leaf."""
    if isinstance(player, Handicapped):
        return is_pytree(player.player)
    return not jax.tree_util.all_leaves([player])


def _flatten(player: PolicyPlayer) -> tuple[tuple[Any], tuple]:
    """Weights, and what the compiled function depends on: neither whose weights they are nor how old."""
    description = replace(player.policy.description, env_steps=0, jaxrl="")
    return (player.policy.arrays,), (description, player.policy.actions, player.greedy)


def _unflatten(fixed: tuple, arrays: tuple[Any]) -> PolicyPlayer:
    description, actions, greedy = fixed
    return PolicyPlayer("", Policy(description, arrays[0], actions), greedy)


jax.tree_util.register_pytree_node(PolicyPlayer, _flatten, _unflatten)
jax.tree_util.register_pytree_node(
    NextoPlayer, lambda nexto: ((nexto.params,), None), lambda _, fields: NextoPlayer(*fields)
)
jax.tree_util.register_pytree_node(
    NectoPlayer,
    lambda necto: ((necto.params,), necto.decisions),
    lambda decisions, fields: NectoPlayer(*fields, decisions=decisions),
)
# what is compiled is the same for every handicap
jax.tree_util.register_pytree_node(
    Handicapped, lambda held: ((held.player,), None), lambda _, fields: Handicapped(*fields, every=1)
)
for kind in SCRIPTED.values():
    jax.tree_util.register_static(kind)
