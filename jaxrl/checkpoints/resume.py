"""Continue from a checkpoint: the same run (`--resume`), or a new one with its weights (`--init-from`)."""

from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.directory import OtherRunError, load_newest
from jaxrl.checkpoints.files import checkpoint_info, verify_checkpoint
from jaxrl.checkpoints.training_state import load_checkpoint, load_checkpoint_config
from jaxrl.config.compare import differences
from jaxrl.config.schema import Config
from jaxrl.ppo.reward_memory import first_memory
from jaxrl.ppo.train_state import Accumulators, TrainState
from jaxrl.ppo.update import PPO

# settings that the shapes of weights and statistics depend on
SHAPE_KEYS = (
    *("network.shared", "network.actor", "network.critic", "network.layer_norm"),
    *("environment.team_size", "observation.car_frame", "observation.other_frames", "observation.timers"),
    *("observation.contacts", "observation.touches", "observation.pad_timers", "observation.near_pads"),
    *("observation.ball_path", "observation.standard", "observation.custom", "game.action_table"),
)

# settings that change what the same weights do
POLICY_KEYS = ("network.activation", "normalization.observations", "environment.tick_skip", "observation.mirror")

# settings that two evaluations must share for their scores to be comparable
SCORE_KEYS = (
    *("rewards", "curriculum", "evaluation.opponent", "evaluation.match_seconds", "evaluation.greedy"),
    *("evaluation.anchors", "evaluation.best_by"),
)

# settings that the length of a run depends on
SCHEDULE_KEYS = ("training.total_timesteps",)


def resume(folder: Path, config: Config, ppo: PPO, report: Callable[[str], None]) -> TrainState:
    """Load the TrainState of the run that wrote `folder`, to be continued under `config`; reports what has changed.

    Sums over running episodes are as saved if there are as many arenas: `without_episodes` is for where new ones start.
    Schedules go by environment steps: of another total they continue at the share that is done of it. Raises UserError
    if network or observation differ.
    """
    saved_config, state = _load(folder, config, ppo)
    state = _with_average(state, config)
    if saved_config.environment.num_envs != config.environment.num_envs:
        state = without_episodes(state, config, ppo)
    else:
        state = _with_all_memories(folder, state, config, ppo, report)
    changed = differences(saved_config, config, SCHEDULE_KEYS)
    if changed:
        done = min(state.num_env_steps / config.training.total_timesteps, 1.0)
        report(f"{', '.join(changed)}: the schedules continue at {done:.1%} of the run")
    if differences(saved_config, config, ("curriculum",)):
        state = _in_curriculum(state, saved_config, config, ppo, report)
    if differences(saved_config, config, SCORE_KEYS):
        report("another reward or opponent: the search for the best evaluation starts over")
        state = state.replace(best_eval_reward=jnp.float32(-jnp.inf))
    return state


def _with_all_memories(
    folder: Path, state: TrainState, config: Config, ppo: PPO, report: Callable[[str], None]
) -> TrainState:
    """The same state, with the memory of terms that the checkpoint lacks at its start; reports which these are."""
    fresh = first_memory(ppo.game.memory_terms, config.environment.num_envs, ppo.game.num_cars)
    missing = [name for name in fresh if name not in state.reward_carry]
    if missing:
        report(f"{folder}: holds no memory of {', '.join(missing)} as this config has it: it begins anew")
    return state.replace(reward_carry=fresh | state.reward_carry)


def _in_curriculum(
    state: TrainState, saved: Config, config: Config, ppo: PPO, report: Callable[[str], None]
) -> TrainState:
    """The same state in the stage it had reached, if all that led there waits for the same; else in the first one."""
    reached, fresh = int(state.stage), jax.jit(ppo.init)()
    state = state.replace(stage_averages=fresh.stage_averages)
    before, now = ([stage.after for stage in each.curriculum.stages[:reached]] for each in (saved, config))
    if reached > 0 and before == now:
        report(f"another curriculum, the same thresholds up to stage {reached}: it goes on there")
        return state
    report("another curriculum: it begins with its first stage")
    return state.replace(stage=fresh.stage, stage_starts=fresh.stage_starts)


def without_episodes(state: TrainState, config: Config, ppo: PPO) -> TrainState:
    """The same state where new episodes start: their sums are zero, and reward terms remember nothing."""
    num_envs, game = config.environment.num_envs, ppo.game
    return state.replace(
        accumulators=Accumulators.zeros(num_envs, game.num_cars),
        reward_carry=first_memory(game.memory_terms, num_envs, game.num_cars),
    )


def resume_newest(directory: Path, config: Config, ppo: PPO, report: Callable[[str], None]) -> tuple[Path, TrainState]:
    """Resume from the newest checkpoint in `directory` that can be loaded; returns it, too, and reports others."""
    return load_newest(directory, lambda folder: resume(folder, config, ppo, report), report)


def init_from(folder: Path, config: Config, ppo: PPO) -> TrainState:
    """Start a new run with the weights and statistics of an old one: new schedules, counters and optimizer."""
    _, old = _load(folder, config, ppo)
    new = jax.jit(ppo.init)().replace(params=old.bot_params, obs_stats=old.obs_stats, return_stats=old.return_stats)
    return _with_average(new.replace(mean_params=None), config)


def _with_average(state: TrainState, config: Config) -> TrainState:
    """The same, with averaged weights if `config` wants them: at first those of the bot."""
    if config.training.averaging == 0:
        return state.replace(mean_params=None)
    return state.replace(mean_params=jax.tree.map(jnp.array, state.bot_params))  # apart: an update gives both away


def _load(folder: Path, config: Config, ppo: PPO) -> tuple[Config, TrainState]:
    verify_checkpoint(folder)
    saved_config = load_checkpoint_config(folder)
    wrong = differences(saved_config, config, (*SHAPE_KEYS, *POLICY_KEYS))
    if wrong:
        raise OtherRunError(f"{folder}: was trained with another network or observation: {'; '.join(wrong)}")
    policy = load_policy(folder)  # its test vectors show whether an observation still means what it did
    if not np.array_equal(policy.actions.table, ppo.game.actions.table):
        raise OtherRunError(f"{folder}: game.action_table {config.game.action_table} gives other actions by now")
    like = jax.eval_shape(PPO(saved_config, ppo.game).init)
    return saved_config, load_checkpoint(folder, like)


def log_folder_of(folder: Path, config: Config, report: Callable[[str], None]) -> Path | None:
    """Folder in which the run that wrote `folder` logs, if it is one of `logging.log_dir`; else None, and reports why.

    Anyone may have written the name: nothing is added to a folder elsewhere.
    """
    logs, root = Path(checkpoint_info(folder).log_folder), Path(config.logging.log_dir)
    try:
        if not (logs.name and logs.is_dir()):
            return None
        inside = root.resolve() in logs.resolve().parents
    except (OSError, ValueError, RuntimeError):  # no name of a folder; links in a circle
        return None
    if not inside:
        report(f"{folder}: its logs are not in logging.log_dir {root}: they are left alone, and new ones begin")
    return logs if inside else None
