"""What arrives from nodes, until there is enough of it for an update."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxrl.ppo.reward_memory import first_memory
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import Accumulators, TrainState
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Rollout


class Carry(NamedTuple):
    """What running episodes of an actor's arenas add up, which the next rollout goes on with."""

    accumulators: Accumulators
    memory: dict[str, Any]  # of reward terms that have one


class Arrived(NamedTuple):
    """A rollout that can be learnt from."""

    actor: int
    version: int
    rollout: Rollout
    weights: Weights  # of reward terms, when it came
    is_first: bool  # of this actor, or after one that was refused: nothing has been added up before


class Intake:
    """Takes rollouts of `num_envs` arenas, in the order in which they come; of each actor's they follow one another.

    An update learns from the first `wanted` that are at most `max_lag` updates old and as long as the stage has them;
    what is not, or holds a number that is not finite, is dropped and counted. What an actor's episodes have added up
    goes on whatever is dropped: an update leaves it in the state, and only where none has seen a rollout is it followed
    here.
    """

    def __init__(self, ppo: PPO, num_envs: int, wanted: int, max_lag: int, slots: int) -> None:
        self.dropped, self.refused = 0, 0
        self._lengths = [batch.n_steps for batch in ppo.config.batches]  # of rollouts, by stage
        self._num_envs, self._wanted, self._max_lag, self._slots = num_envs, wanted, max_lag, slots
        self.empty_state = np.zeros((num_envs, ppo.game.state_size), np.float32)  # [n, F], before anything arrives
        num_cars = ppo.game.num_cars
        self._fresh = Carry(
            Accumulators.zeros(num_envs, num_cars), first_memory(ppo.game.memory_terms, num_envs, num_cars)
        )
        self._known: set[int] = set()  # actors that have sent something, and nothing that was refused since
        self._carries: dict[int, Carry] = {}  # by actor, after its last rollout that is neither waiting nor learnt from
        self._waiting: deque[Arrived] = deque()
        self._learnt: list[int] = []  # whose rollouts the last batch has, by their place in it
        self._stage: jax.Array | np.int32 = np.int32(0)  # of the curriculum, at the last batch
        self._follow: Callable[..., tuple[Accumulators, dict[str, Any]]] = jax.jit(ppo.follow)

    def is_enough(self, coming: int = 0) -> bool:
        """Whether there is enough for an update, with `coming` rollouts more, as far as age is concerned."""
        return len(self._waiting) + coming >= self._wanted

    def accept(self, actor: int, version: int, rollout: Rollout, weights: Weights) -> bool:
        """Take a rollout in; returns whether it is fit to learn from."""
        if not _is_finite(rollout):
            self.refused += 1
            self._known.discard(actor)
            return False
        self._slots = max(self._slots, _power_of_two(int((rollout.final_index[:, 0] < len(rollout.actions)).sum())))
        self._waiting.append(Arrived(actor, version, rollout, weights, actor not in self._known))
        self._known.add(actor)
        return True

    def forget(self, actor: int) -> None:
        """Nothing more comes from this actor."""
        self._known.discard(actor)

    def take(self, state: TrainState) -> tuple[TrainState, Rollout, float] | None:
        """The state with what episodes have added up, the batch, and its mean age in updates; None: not enough yet.

        `state` is what learning from the last batch has led to.
        """
        self._carries |= {actor: self._carry_of(state, place) for place, actor in enumerate(self._learnt)}
        self._learnt, self._stage = [], state.stage
        now, n_steps = int(state.updates), self._lengths[int(state.stage)]
        self._drop(now, n_steps)
        if not self.is_enough():
            return None
        taken = [self._waiting.popleft() for _ in range(self._wanted)]
        carries = []
        for number, each in enumerate(taken):
            carries.append(self._before(each))
            if any(later.actor == each.actor for later in taken[number + 1 :]):
                self._carries[each.actor] = self._after(each)
        self._learnt = [each.actor for each in taken]
        self._carries = {actor: carry for actor, carry in self._carries.items() if self._is_needed(actor)}
        carry = jax.tree.map(lambda *parts: np.concatenate(parts), *carries)
        state = state.replace(accumulators=carry.accumulators, reward_carry=carry.memory)
        lag = float(np.mean([now - each.version for each in taken]))
        return state, repadded([each.rollout for each in taken], self._slots * self._wanted), lag

    def _drop(self, now: int, n_steps: int) -> None:
        """Of an actor's rollouts those that are too old come first."""
        fresh = deque[Arrived]()
        for each in self._waiting:
            if now - each.version <= self._max_lag and len(each.rollout.actions) == n_steps:
                fresh.append(each)
                continue
            self.dropped += 1
            self._carries[each.actor] = self._after(each)
        self._waiting = fresh

    def _before(self, each: Arrived) -> Carry:
        return self._fresh if each.is_first else self._carries[each.actor]

    def _after(self, each: Arrived) -> Carry:
        rollout = repadded([each.rollout], self._slots)
        return Carry(*jax.device_get(self._follow(*self._before(each), rollout, each.weights, self._stage)))

    def _carry_of(self, state: TrainState, place: int) -> Carry:
        """What an update has left of the rollout at this place of its batch."""
        own = slice(place * self._num_envs, (place + 1) * self._num_envs)
        return jax.tree.map(lambda leaf: np.asarray(leaf)[own], Carry(state.accumulators, state.reward_carry))

    def _is_needed(self, actor: int) -> bool:
        return actor in self._known or any(each.actor == actor for each in self._waiting)


def repadded(rollouts: Sequence[Rollout], slots: int) -> Rollout:
    """One rollout of the arenas of all, with room for the last states of `slots` episodes."""
    first, states, index, arenas = rollouts[0], [], [], 0
    for each in rollouts:
        used = each.final_index[:, 0] < len(each.actions)
        states.append(each.final_states[used])
        index.append(each.final_index[used] + np.array([0, arenas], np.int32))
        arenas += each.actions.shape[1]
    n_steps, count = len(first.actions), sum(map(len, states))
    final_states = np.zeros((slots, first.final_states.shape[-1]), np.float32)
    final_index = np.full((slots, 2), (n_steps, 0), np.int32)
    final_states[:count], final_index[:count] = np.concatenate(states), np.concatenate(index)

    def joined(name: str) -> Any:
        parts = [getattr(each, name) for each in rollouts]
        return None if parts[0] is None else np.concatenate(parts, axis=1)

    together = {name: joined(name) for name in Rollout._fields if not name.startswith("final_")}
    return Rollout(**together, final_states=final_states, final_index=final_index)


def _is_finite(rollout: Rollout) -> bool:
    arrays = rollout.states, rollout.final_states, rollout.log_probs
    return all(array is None or bool(np.isfinite(array).all()) for array in arrays)


def _power_of_two(count: int) -> int:
    return 1 << max(count - 1, 0).bit_length()
