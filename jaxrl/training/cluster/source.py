"""A cluster as a source of rollouts."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import jax

from jaxrl.checkpoints.resume import without_episodes
from jaxrl.errors import UserError
from jaxrl.plugins import allowed_code
from jaxrl.ppo.train_state import TrainState
from jaxrl.report.progress import say
from jaxrl.signals import StopSignals
from jaxrl.sim.engine import resolve
from jaxrl.training.build import Parts
from jaxrl.training.cluster.intake import Intake
from jaxrl.training.cluster.plan import Plan, versions
from jaxrl.training.cluster.steps import ClusterSteps
from jaxrl.training.collecting import Collecting
from jaxrl.training.step import compile_programs

INSTALL = 'uv sync --extra ray, or pip install "jaxrl-rocketleague[ray]"'


def collect_in_cluster(
    address: str,
    parts: Parts,
    checkpoint: Path | None,
    state: TrainState,
    device: jax.Device,
    stop: StopSignals,
    stack: ExitStack,
) -> tuple[Collecting, TrainState]:
    """Join the Ray cluster at `address`, whose actors `stack` ends; returns the state to begin with, too.

    Raises UserError where there is no such cluster, and for what a cluster cannot do.
    """
    config = parts.config
    if config.league.plays:
        raise UserError("league: not with --cluster, whose nodes know the present self alone; set league.share=0")
    if config.environment.num_envs % (wanted := config.cluster.rollouts):
        raise UserError(
            f"cluster.rollouts {wanted} must divide environment.num_envs {config.environment.num_envs}: each is of as "
            "many arenas"
        )
    try:
        from jaxrl.training.cluster.members import Members  # Ray is an extra
    except ImportError as error:
        raise UserError(f"--cluster: the package ray is missing: {INSTALL}") from error
    engine = resolve(config.environment.physics)
    num_envs = config.environment.num_envs // wanted
    spec = replace(parts.spec, num_envs=num_envs, first_episode=state.num_env_steps)
    plan = Plan(config, spec, engine, allowed_code(), versions(engine))
    members = Members(address, plan, say)
    stack.callback(members.close)
    if checkpoint is not None:
        state = without_episodes(state, config, parts.ppo)
    intake = Intake(parts.ppo, num_envs, wanted, config.cluster.max_lag, -(-config.batch.final_state_slots // wanted))
    programs = compile_programs(parts.ppo, device, overlap=True)
    steps = ClusterSteps(programs, members, intake, lambda: stop.received is not None, say)
    stack.enter_context(steps)
    return Collecting(steps, steps, steps, steps.set_n_steps, figures=steps.figures), state
