"""The bot in a checkpoint: what training holds, as whoever plays it loads it."""

from dataclasses import asdict
from pathlib import Path

import jax
import numpy as np

import jaxrl
from jaxrl.bots.critic import Critic, critic_arrays, load_critic, write_critic
from jaxrl.bots.description import FORMAT, Description
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy, policy_arrays, write_policy
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.ppo.train_state import TrainState
from jaxrl.ppo.update import PPO


def write_bot(folder: Path, state: TrainState, config: Config, ppo: PPO, example_states: np.ndarray) -> None:
    """Write the bot alone and its critic, and load them as whoever plays it does; raises UserError where that fails."""

    def write(states: np.ndarray) -> None:
        tests = _test_vectors(ppo, state, states)
        write_policy(
            folder, _describe(config, ppo, state), state.bot_params["params"], state.obs_stats, tests, ppo.game.actions
        )
        load_critic(folder, load_policy(folder))

    write_critic(folder, state.bot_params["params"])
    try:
        write(example_states)
    except (UserError, IndexError):  # absurd examples, such as a ball at 1e30 uu, say nothing about the bot
        write(np.zeros_like(example_states))


def as_policy(config: Config, ppo: PPO, state: TrainState) -> Policy:
    """Make the bot that `load_policy` would load, without saving it."""
    arrays = policy_arrays(state.bot_params["params"], state.obs_stats)
    return Policy(_describe(config, ppo, state), arrays, ppo.game.actions)


def as_critic(policy: Policy, state: TrainState) -> Critic:
    """Make the critic that `load_critic` would load, without saving it."""
    return Critic(policy, critic_arrays(state.bot_params["params"]))


def _describe(config: Config, ppo: PPO, state: TrainState) -> Description:
    return Description(
        format=FORMAT,
        jaxrl=jaxrl.__version__,
        env_steps=state.num_env_steps,
        team_size=config.environment.team_size,
        tick_skip=config.environment.tick_skip,
        action_delay_ticks=config.environment.action_delay_ticks,
        obs_size=ppo.game.obs_size,
        num_actions=ppo.game.num_actions,
        activation=config.network.activation,
        layer_norm=config.network.layer_norm,
        trunk_layers=len(config.network.shared),
        actor_layers=len(config.network.actor),
        normalize_observations=config.normalization.observations,
        clip_observations=config.normalization.clip_observations,
        physics=config.environment.physics,
        action_masks=config.game.action_masks,
        own_actions=not ppo.game.actions.is_standard,
        **asdict(config.observation.view),
    )


@np.errstate(all="ignore")  # examples may hold anything
def _test_vectors(ppo: PPO, state: TrainState, states: np.ndarray) -> dict[str, np.ndarray]:
    """Observations and logits of example states in float32, as a bot computes them, whatever the run trains in."""
    accelerator = ppo.config.accelerator.model_copy(update={"precision": "float32"})
    exact = PPO(ppo.config.model_copy(update={"accelerator": accelerator}), ppo.game)
    with jax.default_matmul_precision("highest"):
        logits = exact.logits(state.bot_params, state.obs_stats, states)
    return {"states": states, "obs": np.asarray(ppo.game.observe(states)), "logits": np.asarray(logits)}
