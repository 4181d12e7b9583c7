"""What plays: one protocol for scripted, trained and users' own bots, in every kind of match."""

from dataclasses import dataclass
from typing import Any, Protocol

from jaxrl.bots.critic import Critic
from jaxrl.bots.policy import Policy
from jaxrl.game.state import Array

Memory = Any  # a pytree; what a player remembers from one decision to the next


class Player(Protocol):
    """Drives some of the cars in N matches at once. C cars a match, raw states `[N, F]`, see `jaxrl.game.state`.

    It is asked every `tick_skip` ticks, and what it chooses takes effect `action_delay_ticks` later; its opponent may
    have other timing. It answers for all C cars of a match, as if each were its own: the match takes what it needs.
    numpy in, numpy out; with a JAX backend JAX arrays, inside `jax.jit`. A user's own player is called with numpy.
    """

    @property
    def name(self) -> str:
        """The name in tables and titles."""
        ...

    @property
    def tick_skip(self) -> int:
        """Ticks (1/120 s) from one of its decisions to the next."""
        ...

    @property
    def action_delay_ticks(self) -> int:
        """Ticks between a state and the first effect of the action chosen in it."""
        ...

    def start(self, num_matches: int) -> Memory:
        """Return the memory before the first decision of `num_matches` matches; None if it needs none."""
        ...

    def act(self, memory: Memory, states: Array, starts: Array, uniforms: Array) -> tuple[Memory, Array]:
        """Choose an action for every car; returns the next memory, and actions `[N, C]` int32.

        `starts` `[N]` bool: a new episode began since its last decision (the first one, or a kickoff after a goal), so
        whatever it remembers of that match is out of date. `uniforms` `[N, C]` float32 in [0, 1): the only source of
        randomness it may use, if a match is to be repeatable.
        """
        ...


@dataclass(frozen=True)
class PolicyPlayer:
    """A trained bot, with the timing it was trained with. It remembers nothing."""

    name: str
    policy: Policy
    greedy: bool = False  # the most likely action; else sampled, as strong as it was trained
    critic: Critic | None = None  # for whoever shows what it expects

    @property
    def tick_skip(self) -> int:
        """Ticks a decision in training."""
        return self.policy.description.tick_skip

    @property
    def action_delay_ticks(self) -> int:
        """Ticks until an action took effect in training."""
        return self.policy.description.action_delay_ticks

    def start(self, num_matches: int) -> None:
        """Return no memory."""

    def act(self, memory: None, states: Array, starts: Array, uniforms: Array) -> tuple[None, Array]:
        """Choose by the policy, see `Player.act`."""
        return None, self.policy.act(states, None if self.greedy else uniforms)
