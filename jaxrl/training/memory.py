"""An estimate, from below, of the memory that a run needs: absurd sizes are refused before anything is allocated."""

from itertools import pairwise

import jax

from jaxrl.config.schema import Config
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.state import row_size
from jaxrl.sim.cores import worker_processes
from jaxrl.sim.engine import resolve
from jaxrl.sim.memory import ARENA_BYTES, WORKER_BYTES, Need, check_memory, memory_limit

FLOAT = 4  # bytes
COPIES_OF_PARAMETERS = 10  # parameters, two moments of Adam, gradients, the state before and after, the temporaries
COPIES_OF_OBSERVATIONS = 3  # raw, normalised, and as the minibatches take them

BATCH_KEYS = ("environment.num_envs", "training.n_steps")
NETWORK_KEYS = ("network.shared", "network.actor", "network.critic")


def check_run_fits(config: Config, num_actions: int = NUM_ACTIONS, num_hosts: int = 1) -> None:
    """Check that the run of `config` fits into the memory of this machine and of its GPU; raises UserError.

    `num_actions` has the table of actions, here and below; this machine is one of `num_hosts` that share the arenas.
    """
    on_host, on_device = host_needs(config, num_hosts), device_needs(config, num_actions)
    device = jax.local_devices()[0]
    if device.platform == "cpu":
        on_host += on_device
    elif (limit := (device.memory_stats() or {}).get("bytes_limit")) is not None:
        check_memory(on_device, limit, f"the {device.device_kind}")
    check_memory(on_host, memory_limit())


def host_needs(config: Config, num_hosts: int = 1) -> list[Need]:
    """What one of `num_hosts` holds: its arenas, worker processes, its rollout, the record of an evaluation."""
    environment, evaluation = config.environment, config.evaluation
    engine = resolve(environment.physics)
    num_envs, num_cars, row = environment.num_envs // num_hosts, environment.num_cars, row_size(environment.num_cars)
    workers = worker_processes(environment.num_workers, num_envs, environment.one_by_one)
    n_steps = max(batch.n_steps for batch in config.batches)
    matches, decisions = evaluation.n_eval_episodes, evaluation.match_seconds * config.decisions_per_second
    eval_keys = ("evaluation.n_eval_episodes", "evaluation.match_seconds")
    return [
        Need("the arenas need", num_envs * ARENA_BYTES[engine], ("environment.num_envs",)),
        Need("the worker processes need", workers * WORKER_BYTES[engine], ("environment.num_workers",)),
        Need("a rollout needs", num_envs * n_steps * (row + 2 * num_cars) * FLOAT, BATCH_KEYS),
        Need("the arenas of the evaluation need", matches * ARENA_BYTES[engine], eval_keys[:1]),
        Need("an evaluation needs", int(decisions) * matches * 2 * (row + num_cars) * FLOAT, eval_keys),
    ]


def device_needs(config: Config, num_actions: int = NUM_ACTIONS) -> list[Need]:
    """What the update holds: all transitions at once, the parameters, and the layers of one minibatch."""
    obs = config.obs_size
    batch = max(config.batches, key=lambda each: each.transitions)
    observed = batch.transitions * (COPIES_OF_OBSERVATIONS * obs + num_actions) * FLOAT
    states = batch.env_steps * row_size(config.environment.num_cars) * FLOAT
    minibatch = max(each.minibatch_size for each in config.batches)
    widths = sum(config.network.shared + config.network.actor + config.network.critic)
    keys = ("training.n_minibatches (raise it)", *NETWORK_KEYS)
    return [
        Need("the transitions of an update need", observed + states, BATCH_KEYS),
        Need("the network needs", num_parameters(config, num_actions) * COPIES_OF_PARAMETERS * FLOAT, NETWORK_KEYS),
        Need("the layers in a minibatch need", minibatch * widths * FLOAT, keys),
    ]


def num_parameters(config: Config, num_actions: int = NUM_ACTIONS) -> int:
    """Weights and biases of the network."""
    network = config.network
    trunk = (config.obs_size, *network.shared)
    actor, critic = (trunk[-1], *network.actor, num_actions), (trunk[-1], *network.critic, 1)
    return sum((before + 1) * size for sizes in (trunk, actor, critic) for before, size in pairwise(sizes))
