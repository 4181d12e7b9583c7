"""Bots of random weights for every size of team and every timing: quickly made, and they jump and flip a lot."""

import numpy as np

from jaxrl.bots.description import FORMAT, Description
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy, policy_arrays, write_policy
from jaxrl.game.actions import NUM_ACTIONS
from jaxrl.game.observation.view import View
from support.envs import random_rows


class Statistics:
    """Of observations that were never normalised."""

    def __init__(self, size):
        self.mean, self.var = np.zeros(size, np.float32), np.ones(size, np.float32)


def write_bot(
    folder, team_size, tick_skip=8, action_delay_ticks=1, seed=0, hidden=32, physics="rocketsim2", masks=False
):
    """Writes a checkpoint's policy to a folder and reads it back: the folder, its policy."""
    rng, view = np.random.default_rng(seed), View(car_frame=True, mirror=True)
    size = view.size(2 * team_size)
    description = Description(
        format=FORMAT,
        jaxrl="test",
        env_steps=1,
        team_size=team_size,
        tick_skip=tick_skip,
        action_delay_ticks=action_delay_ticks,
        obs_size=size,
        num_actions=NUM_ACTIONS,
        activation="tanh",
        layer_norm=False,
        trunk_layers=0,
        actor_layers=1,
        normalize_observations=True,
        clip_observations=10.0,
        car_frame=True,
        mirror=True,
        physics=physics,
        action_masks=masks,
    )

    def layer(inputs, outputs, spread):
        kernel = rng.normal(0, spread, (inputs, outputs)).astype(np.float32)
        return {"kernel": kernel, "bias": np.zeros(outputs, np.float32)}

    params = {"actor": {"Dense_0": layer(size, hidden, 0.5)}, "logits_head": layer(hidden, NUM_ACTIONS, 1)}
    policy = Policy(description, policy_arrays(params, Statistics(size)))
    states = random_rows(rng, (8,), 2 * team_size)
    obs = policy.observe(states)
    tests = {"states": states, "obs": obs, "logits": policy.logits(policy.normalize(obs))}
    folder.mkdir(parents=True)
    write_policy(folder, description, params, Statistics(size), tests)
    return folder, load_policy(folder)
