"""A policy that always does the same, and its evaluation."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrl.bots.players import make_player
from jaxrl.config.schema import Config
from jaxrl.game.game import rocket_league
from jaxrl.matches.evaluation import Evaluator
from jaxrl.ppo.update import PPO
from support.envs import make_config

TERMS = ("goal", "concede", "touch")  # few, since every term has to be compiled
WEIGHTS = {"goal": np.float32(10), "concede": np.float32(-3), "touch": np.float32(2)}


def make_ppo(*overrides: str) -> PPO:
    config = make_config("network.actor=[8]", "network.critic=[8]", *overrides)
    environment, view = config.environment, config.observation.view
    return PPO(config, rocket_league(environment.team_size, environment.tick_skip, TERMS, view))


def always(state, action: int):
    """The state of a policy that does nothing but `action`."""
    params = jax.tree.map(jnp.zeros_like, state.params)
    params["params"]["logits_head"]["bias"] = jnp.zeros(90).at[action].set(99.0)
    return state.replace(params=params)


def evaluator(config: Config, ppo: PPO, env) -> Evaluator:
    opponent = make_player(config.evaluation.opponent, config.environment.team_size, 8, 1, "jax")
    return Evaluator(config, ppo, env, opponent)


def with_evaluation(ppo: PPO, **changes) -> Config:
    return ppo.config.model_copy(update={"evaluation": ppo.config.evaluation.model_copy(update=changes)})
