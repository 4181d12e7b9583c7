"""What a rollout weighs on the wire, and how fast the learner takes rollouts in; part of `benchmarks.scale`."""

import math
import pickle
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import jax
import numpy as np

from jaxrl.config.payments import reward_weights
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.ppo.targets import Weights
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO
from jaxrl.sim.engine import make_env, resolve
from jaxrl.sim.rollout import Choice, Collector, Rollout
from jaxrl.training.build import Parts, build
from jaxrl.training.cluster.actor import Sent
from jaxrl.training.cluster.intake import Intake
from jaxrl.training.cluster.wire import Packed, Rows, pack, unpack
from jaxrl.training.ratings import learned

PLAYED_BEFORE = 400  # decisions; the first episodes without a touch end after 300
WARM_UP = 2


@dataclass(frozen=True)
class Setting:
    """A run in a cluster as the learner knows it, and a rollout of one node."""

    config: Config
    ppo: PPO
    state: TrainState  # of a new run
    weights: Weights  # of reward terms
    packed: Packed  # [T, N] decisions of one node's arenas

    @property
    def steps(self) -> int:
        """Environment steps of the rollout of one node."""
        decisions, arenas, _ = self.packed.actions.shape
        return decisions * arenas

    @property
    def bytes_a_step(self) -> float:
        """What crosses the network for an environment step: all that an actor sends, as it is pickled."""
        return pickled(Sent(0, self.packed, 0)) / self.steps

    @property
    def weight_bytes(self) -> int:
        """What crosses to a node for a rollout: the parameters that it plays by."""
        return pickled(learned(self.state))

    def intake(self, wanted: int) -> Intake:
        """A new one, for updates of `wanted` rollouts."""
        slots = -(-self.config.batch.final_state_slots // self.config.cluster.rollouts)
        return Intake(self.ppo, self.packed.actions.shape[1], wanted, self.config.cluster.max_lag, slots)


def make_setting(config: Config) -> Setting:
    """The parts of a run, and a rollout of one node from the physics that is here, with random actions.

    Raises UserError where arenas cannot be divided among the rollouts of an update, and for what `build` refuses.
    """
    num_envs, wanted = config.environment.num_envs, config.cluster.rollouts
    if num_envs % wanted:
        raise UserError(f"cluster.rollouts {wanted} must divide environment.num_envs {num_envs}")
    parts = build(config)
    packed = pack(play(parts, num_envs // wanted))
    return Setting(config, parts.ppo, jax.jit(parts.ppo.init)(), reward_weights(config, 0), packed)


def play(parts: Parts, arenas: int) -> Rollout:
    """A rollout `[T, N]` from the midst of a run: episodes end in it, too."""
    n_steps = parts.config.training.n_steps
    engine = resolve(parts.config.environment.physics)

    def choose(states: np.ndarray, uniforms: np.ndarray) -> Choice:
        return Choice(
            (uniforms * NUM_ACTIONS).astype(np.int32), np.full(uniforms.shape, -math.log(NUM_ACTIONS), np.float32)
        )

    with make_env(engine, replace(parts.spec, num_envs=arenas), 0) as env:
        slots = parts.config.batch.final_state_slots
        collector = Collector(env, n_steps, parts.game.num_cars, slots, parts.config.training.seed)
        for number in range(-(-PLAYED_BEFORE // n_steps)):
            collector.collect(choose, number)
        return jax.tree.map(np.copy, collector.collect(choose, number + 1))


def pickled(what: object) -> int:
    """Bytes of anything as Ray's serializer makes them of it, arrays included."""
    return len(pickle.dumps(what, protocol=5))


def bytes_by_part(packed: Packed) -> dict[str, float]:
    """Bytes an environment step of every array of a rollout."""
    decisions, arenas, _ = packed.actions.shape
    sizes: dict[str, int] = {}
    for name, part in packed._asdict().items():
        arrays = {f"{name}: {kind}": array for kind, array in part._asdict().items()} if isinstance(part, Rows) else {}
        sizes |= {each: array.nbytes for each, array in (arrays or {name: part}).items() if array is not None}
    return {name: size / (decisions * arenas) for name, size in sizes.items()}


def measure_intake(setting: Setting, rounds: int) -> tuple[dict[str, float], float]:
    """Median seconds of each part of taking in the rollouts of one update, and of all parts."""
    wanted = setting.config.cluster.rollouts
    # apart in memory, as what has come from several nodes is
    arriving = [jax.tree.map(np.copy, setting.packed) for _ in range(wanted)]
    intake = setting.intake(wanted)
    found = [take_in(setting, intake, arriving) for _ in range(WARM_UP + rounds)][WARM_UP:]
    parts = {name: statistics.median(each[name] for each in found) for name in found[0]}
    return parts, statistics.median(sum(each.values()) for each in found)


def take_in(setting: Setting, intake: Intake, arriving: list[Packed]) -> Mapping[str, float]:
    """Seconds of each part, for one update."""
    row_size = intake.empty_state.shape[-1]
    times = [time.perf_counter()]
    rollouts = [unpack(packed, row_size) for packed in arriving]
    times.append(time.perf_counter())
    accepted = [intake.accept(actor, 0, rollout, setting.weights) for actor, rollout in enumerate(rollouts)]
    times.append(time.perf_counter())
    taken = intake.take(setting.state)
    times.append(time.perf_counter())
    assert all(accepted)
    assert taken is not None
    jax.block_until_ready(setting.ppo.spread.put_rollout(taken[1]))
    times.append(time.perf_counter())
    names = "unpacked", "checked, episodes followed", "joined", "put on the device"
    return dict(zip(names, np.diff(times).tolist(), strict=True))
