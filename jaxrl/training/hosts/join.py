"""Becoming one of several hosts, before JAX looks for devices."""

from typing import NamedTuple

import jax

from jaxrl.config.load import dump_config
from jaxrl.config.schema import Config
from jaxrl.errors import UserError, first_line
from jaxrl.sim.engine import describe, resolve
from jaxrl.training.cluster.plan import code_digest
from jaxrl.training.hosts.meeting import HEARTBEAT_SECONDS, PART_SECONDS, Hosts, digest_number

JOIN_SECONDS = 300
AUTO = "auto"


class Address(NamedTuple):
    """Where the hosts of a run meet; with `auto` Slurm or Open MPI tells, also how many they are and which this is."""

    coordinator: str  # HOST:PORT of host 0, or auto
    number: int | None = None
    index: int | None = None

    def check(self) -> None:
        """Raises UserError for what cannot be meant."""
        if self.coordinator == AUTO:
            return
        host, _, port = self.coordinator.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise UserError(f"--coordinator {self.coordinator}: must be HOST:PORT of host 0, or {AUTO}")
        if self.number is None or self.index is None:
            raise UserError(f"--coordinator {self.coordinator} needs --num-hosts and --host")
        if self.number < 1:
            raise UserError(f"--num-hosts {self.number}: must be at least 1")
        if not 0 <= self.index < self.number:
            raise UserError(f"--host {self.index}: must be 0 to {self.number - 1}, with --num-hosts {self.number}")


def join(address: Address, config: Config) -> None:
    """Wait for the other hosts; raises UserError where they do not come."""
    address.check()
    if config.league.plays:
        raise UserError("league: not with --coordinator, as a checkpoint has that of host 0 alone; set league.share=0")
    if config.accelerator.platform != "auto":
        jax.config.update("jax_platforms", config.accelerator.platform)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    # else JAX would end all others with a traceback when one is lost, and take SIGTERM for itself
    jax.config.update("jax_enable_recoverability", True)
    jax.config.update("jax_enable_preemption_service", False)
    try:
        jax.distributed.initialize(
            None if address.coordinator == AUTO else address.coordinator,
            address.number,
            address.index,
            initialization_timeout=JOIN_SECONDS,
            heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
            shutdown_timeout_seconds=PART_SECONDS,
        )
    except (ValueError, RuntimeError) as error:
        raise UserError(f"--coordinator {address.coordinator}: the hosts do not meet ({first_line(error)})") from error


def hosts_of(config: Config) -> Hosts | None:
    """The hosts that this process has joined; None if it is alone. Raises UserError where they are not alike."""
    if (number := jax.process_count()) == 1:
        return None
    if config.environment.num_envs % number:
        raise UserError(f"--num-hosts {number} must divide environment.num_envs {config.environment.num_envs}")
    hosts = Hosts(number, jax.process_index(), config.environment.num_envs)
    # where only host 0 logs, and each has what it has compiled, may differ
    accelerator = config.accelerator.model_copy(update={"compile_cache": None})
    alike = config.model_copy(update={"logging": type(config.logging)(), "accelerator": accelerator})
    engine = describe(resolve(config.environment.physics))
    told = {"code of jaxrl": code_digest(), "config": dump_config(alike), "physics": engine}
    hosts.check_same({what: digest_number(text) for what, text in told.items()})
    return hosts
