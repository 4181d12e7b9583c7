"""What runs on a node: arenas on all of its cores, and the policy that plays in them."""

from dataclasses import replace
from typing import NamedTuple

import jax

from jaxrl.errors import SimulationError, UserError, one_line
from jaxrl.matches.rating import Learned
from jaxrl.plugins import allow_code
from jaxrl.ppo.update import PPO
from jaxrl.sim.cores import groups_of, worker_processes
from jaxrl.sim.engine import make_env
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import make_game
from jaxrl.training.cluster.plan import Plan, seed_of, versions
from jaxrl.training.cluster.wire import Packed, pack
from jaxrl.training.device import configure_device
from jaxrl.training.step import collect, compile_programs


class Wanted(NamedTuple):
    """What the stage that the learner is in asks of a rollout."""

    start_weights: tuple[float, ...]
    n_steps: int


class Sent(NamedTuple):
    """A rollout on its way to the learner."""

    version: int  # updates behind the parameters that collected it
    rollout: Packed
    arenas_rebuilt: int  # since the actor began


class RolloutActor:
    """A process of Ray's on a node; `number` is that of no other one in the run."""

    def __init__(self, plan: Plan, number: int) -> None:
        self._plan, self._number, self._collected = plan, number, 0

    def begin(self) -> str | None:
        """Make the arenas; returns why that is not possible here, in a line."""
        plan = self._plan
        try:
            if (here := versions(plan.engine)) != plan.here:
                return "has {}, the learner {}".format(*(" and ".join(each) for each in (here, plan.here)))
            configure_device(plan.config.accelerator.model_copy(update={"platform": "cpu"}))
            for path in sorted(plan.allowed):
                allow_code(path)
            ppo = PPO(plan.config, make_game(plan.config))
            self._programs = compile_programs(ppo, jax.devices()[0], overlap=True)
            spec = replace(plan.spec, seed=seed_of(plan.spec.seed, self._number))
            workers = worker_processes("auto", spec.num_envs, one_by_one=False)
            self._env = make_env(plan.engine, spec, workers, groups_of(spec.num_envs, one_by_one=False))
            training = plan.config.training
            slots = plan.config.batch.final_state_slots
            self._collector = Collector(self._env, training.n_steps, ppo.game.num_cars, slots, spec.seed)
            self._start_weights = tuple(weight for _, weight in spec.start_states)
        except (UserError, SimulationError, OSError, ImportError) as error:
            return one_line(error)
        return None

    def collect(self, learned: Learned, wanted: Wanted) -> Sent:
        """One rollout by these parameters."""
        if wanted.start_weights != self._start_weights:
            self._env.set_start_weights([*wanted.start_weights])
            self._start_weights = wanted.start_weights
        self._collector.set_n_steps(wanted.n_steps)
        params, obs_stats = jax.device_put((learned.params, learned.obs_stats))
        policy = learned._replace(params=params, obs_stats=obs_stats)
        rollout = collect(self._programs, self._collector, policy, None, self._collected)
        self._collected += 1
        return Sent(learned.update, pack(rollout), self._env.arenas_rebuilt)
