"""What the hosts of a run tell each other, beside what is learnt: before every update, and when one is lost.

Host 0 logs, evaluates and saves. All others follow it: their parameters are the same, as every update is one program
over the devices of all.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental import multihost_utils

from jaxrl.errors import UserError, first_line
from jaxrl.game.physics import ENGINES, Engine
from jaxrl.ppo.train_state import TrainState
from jaxrl.sim.rollout import Rollout

HEARTBEAT_SECONDS = 20  # without one a host counts as lost
LOOK_SECONDS = 1.0
PART_SECONDS = 10
BROKEN = ("Gloo", "NCCL", "onnection", "oordination")  # in the messages of JAX
GRACE_SECONDS = 5.0  # for the error that a broken connection raises by itself


class LostHostError(UserError):
    """Another host does not answer any more: nothing can be learnt without it."""

    exit_code = 1


class Hosts:
    """This process as one of `number` hosts; `first` is its first arena of all, `arenas` are its own."""

    def __init__(self, number: int, index: int, all_arenas: int) -> None:
        self.number, self.index = number, index
        self.arenas = all_arenas // number
        self.first = index * self.arenas
        self.asked = 0  # the number of a signal to stop that came here
        self.stops = 0  # that of one that came anywhere: all stop, after the same update
        self._state: TrainState | None = None  # of the last meeting
        self._ended = threading.Event()

    @property
    def leads(self) -> bool:
        """Whether this is host 0, which logs, evaluates and saves."""
        return self.index == 0

    @property
    def exit_code(self) -> int:
        """128 + the number of the signal that stopped the run, as in a shell; 0 if none did."""
        return 128 + self.stops if self.stops else 0

    @property
    def own_arenas(self) -> slice:
        """Of all arenas."""
        return slice(self.first, self.first + self.arenas)

    def slots(self, slots: int, devices: int) -> int:
        """Final states of a rollout here, of which `slots` are those of a whole one, even over `devices` of a host."""
        return -(-slots // (self.number * devices)) * devices

    def begin(self, state: TrainState, engine: Engine) -> tuple[TrainState, Engine]:
        """The state and the physics that host 0 begins with; of others only the form of the state counts."""
        with self.together():
            told = state, np.int32(ENGINES.index(engine))
            state, number = multihost_utils.broadcast_one_to_all(told, is_source=self.leads)
        return jax.tree.map(jnp.array, state), ENGINES[int(number)]

    def check_same(self, digests: dict[str, int]) -> None:
        """Raises UserError where what another host runs differs from host 0's."""
        mine = np.array([*digests.values()], np.int32)
        told = self._gather(mine)
        for what, numbers in zip(digests, told.T, strict=True):
            others = np.flatnonzero(numbers != numbers[0])
            if len(others):
                self._part()
                raise UserError(
                    f"--host {others[0]}: its {what} is not that of host 0: all hosts need the same, and start with "
                    "the same command"
                )

    def meet(self, state: TrainState, rollout: Rollout) -> tuple[TrainState, Rollout]:
        """Before an update: agree on its shape, on the best score and on whether it is the last."""
        mine = [self.asked, len(rollout.final_index), float(state.best_eval_reward)]
        told = self._gather(np.array(mine, np.float32))
        self.stops = int(told[:, 0].max())
        self._state = state = state.replace(best_eval_reward=jnp.float32(told[0, 2]))
        return state, self.numbered(rollout, int(told[:, 1].max()))

    def numbered(self, rollout: Rollout, slots: int) -> Rollout:
        """The same with arenas counted over all hosts, and `slots` final states, as many as every host has."""
        index, states = rollout.final_index, rollout.final_states
        more = slots - len(index)
        index = np.pad(index + np.array([0, self.first], np.int32), ((0, more), (0, 0)), constant_values=0)
        index[len(index) - more :, 0] = len(rollout.actions)  # outside of the rollout
        return rollout._replace(final_index=index, final_states=np.pad(states, ((0, more), (0, 0))))

    def watch(self, give_up: Callable[[str, TrainState | None], None]) -> None:
        """From now on, if another host is lost, call `give_up` with a line and the last state, and end the process."""
        threading.Thread(target=self._watch, args=(give_up,), daemon=True, name="jaxrl-hosts").start()

    def end(self) -> None:
        """Wait until all hosts are here, and part."""
        self._gather(np.zeros(1, np.float32))
        self._ended.set()
        self._part()

    def _watch(self, give_up: Callable[[str, TrainState | None], None]) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            if lost := sorted(set(range(self.number)) - self._there()):
                time.sleep(GRACE_SECONDS)
                if not self._ended.is_set():
                    give_up(f"host {lost[0]} is lost: no sign of it for {HEARTBEAT_SECONDS} s", self._state)
                    os._exit(1)  # the program of all hosts waits for it for ever, and cannot be ended

    def _there(self) -> set[int]:
        from jax._src.distributed import global_state  # there is no public way to ask who is there

        if (client := global_state.client) is None:
            return {self.index}
        try:
            return set(client.get_live_nodes([*range(self.number)]))
        except (ValueError, RuntimeError):  # host 0 is who knows
            return {self.index}

    def _part(self) -> None:
        """Leave the others. Host 0 is the last: without it JAX ends a process with a traceback."""
        deadline = time.monotonic() + PART_SECONDS
        while self.leads and self._there() != {self.index} and time.monotonic() < deadline:
            time.sleep(0.1)
        jax.distributed.shutdown()

    @contextmanager
    def together(self) -> Generator[None]:
        """What is done by all hosts at the same time; raises LostHostError where another one is gone meanwhile."""
        try:
            yield
        except (ValueError, RuntimeError) as error:  # as JAX reports a broken connection
            if not any(mark in str(error) for mark in BROKEN):
                raise
            raise LostHostError(f"another host is lost ({first_line(error)})") from error

    def _gather(self, mine: np.ndarray) -> np.ndarray:
        with self.together():
            return np.asarray(multihost_utils.process_allgather(mine))


def digest_number(text: str) -> int:
    """A number of 31 bits that another text hardly has."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
