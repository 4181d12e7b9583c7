"""The rlgym-learn side of `benchmarks.peers`, run in an environment of its own without jaxrl and JAX.

    python peer_rlgym_learn.py '{"processes": 16, ...}'

Trains for a few iterations with the sizes given as JSON. After each it prints a line with seconds and transitions so
far. Works with both pairs of versions in `benchmarks.peers`. (A file named rlgym_learn.py would import itself.)
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

# as in the peer's quick start; otherwise numpy in each process starts a thread for every core
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from rlgym.api import RewardFunction, RLGym, StateMutator
from rlgym.rocket_league import common_values
from rlgym.rocket_league.action_parsers import LookupTableAction, RepeatAction
from rlgym.rocket_league.api import GameState
from rlgym.rocket_league.done_conditions import AnyCondition, GoalCondition, NoTouchTimeoutCondition, TimeoutCondition
from rlgym.rocket_league.obs_builders import DefaultObs
from rlgym.rocket_league.reward_functions import CombinedReward, GoalReward, TouchReward
from rlgym.rocket_league.sim import RocketSimEngine
from rlgym.rocket_league.state_mutators import FixedTeamSizeMutator, KickoffMutator, MutatorSequence

SETTINGS_VARIABLE = "JAXRL_PEER_SETTINGS"  # passes the settings to the processes of the environments
NEAR_FIELD = (2000, 3000)  # uu, half the area of the ball, as jaxrl's near_ball


class Observation(DefaultObs):
    """The 92 numbers of DefaultObs in 1v1 as float32, padded with zeros to the size of jaxrl's for equal networks."""

    def __init__(self, size: int) -> None:
        super().__init__(zero_padding=1)
        self._size = size

    def get_obs_space(self, agent: str) -> tuple[str, int]:
        """The kind and size of an observation."""
        return "real", self._size

    def _build_obs(self, agent: str, state: GameState, shared_info: dict[str, Any]) -> np.ndarray:
        observation = np.zeros(self._size, np.float32)
        values = super()._build_obs(agent, state, shared_info)
        observation[: len(values)] = values
        return observation


class NearBall(StateMutator):
    """A start, with a given probability, from a resting ball and cars that face it from 300 to 1500 uu."""

    def __init__(self, probability: float) -> None:
        self._probability = probability

    def apply(self, state: GameState, shared_info: dict[str, Any]) -> None:
        """Move ball and cars."""
        if np.random.random() >= self._probability:
            return
        ball = np.array([*np.random.uniform(-1, 1, 2) * NEAR_FIELD, common_values.BALL_RESTING_HEIGHT])
        state.ball.position = ball.astype(np.float32)
        angle = np.random.uniform(-np.pi, np.pi)
        for car in state.cars.values():
            direction = np.array([np.cos(angle), np.sin(angle)])
            place = ball[:2] + direction * np.random.uniform(300, 1500)
            car.physics.position = np.array([*place, 17], np.float32)
            car.physics.euler_angles = np.array([0, angle + np.pi + np.random.normal(0, 0.4), 0], np.float32)
            angle += np.pi  # the other car from the other side


class SpeedToBall(RewardFunction):
    """Speed towards the ball as a share of top speed."""

    def reset(self, agents: list[str], initial_state: GameState, shared_info: dict[str, Any]) -> None:
        """Do nothing: the reward has no memory."""

    def get_rewards(
        self,
        agents: list[str],
        state: GameState,
        is_terminated: dict[str, bool],
        is_truncated: dict[str, bool],
        shared_info: dict[str, Any],
    ) -> dict[str, float]:
        """The reward of every car."""
        rewards = {}
        for agent in agents:
            physics = state.cars[agent].physics
            offset = state.ball.position - physics.position
            speed = physics.linear_velocity.dot(offset) / (np.sqrt(offset.dot(offset)) + 1e-6)
            rewards[agent] = float(speed / common_values.CAR_MAX_SPEED)
        return rewards


def make_environment() -> RLGym:
    """Make a 1v1 environment on RocketSim; called in every process of environments."""
    settings = json.loads(os.environ[SETTINGS_VARIABLE])
    return RLGym(
        state_mutator=MutatorSequence(
            FixedTeamSizeMutator(blue_size=1, orange_size=1), KickoffMutator(), NearBall(settings["near_ball"])
        ),
        obs_builder=Observation(settings["obs_size"]),
        action_parser=RepeatAction(LookupTableAction(), repeats=settings["tick_skip"]),
        reward_fn=CombinedReward((GoalReward(), 5.0), (TouchReward(), 5.0), (SpeedToBall(), 1.0)),
        termination_cond=GoalCondition(),
        truncation_cond=AnyCondition(
            NoTouchTimeoutCondition(timeout_seconds=settings["no_touch_seconds"]),
            TimeoutCondition(timeout_seconds=settings["max_episode_seconds"]),
        ),
        transition_engine=RocketSimEngine(),
    )


def parts_of_version_2(settings: dict[str, Any]) -> tuple[tuple[Callable, Callable], dict[str, Any]]:
    """Factories for the PPO controller of algos 0.4, and settings of its learner beyond the common ones."""
    import torch
    from rlgym_learn_algos.ppo import BasicCritic, DiscreteFF, SeparateActorCritic
    from rlgym_learn_algos.util.circular_buffers import TensorCircularBuffer

    # fault of algos 0.4.2: it asks for pinned memory even if torch has no CUDA, which raises
    if not torch.cuda.is_available():
        original = TensorCircularBuffer.__init__

        def without_pinned_memory(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **(kwargs | {"pin_memory": False}))

        TensorCircularBuffer.__init__ = without_pinned_memory

    # fault of rlgym-learn 2.0.0: its main process misses a reply about every 20 rounds and waits for a time-out of 5 s;
    # an iteration then takes minutes. As root, real-time scheduling of that process (not its children) avoids it.
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))

    layers, lr = settings["layers"], settings["learning_rate"]

    def networks(obs_space: Any, action_space: Any, dtype: Any, device: Any, _: str | None) -> SeparateActorCritic:
        actor = DiscreteFF(obs_space[1], action_space[1], layers, dtype, device)
        return SeparateActorCritic(actor, BasicCritic(obs_space[1], layers, dtype, device))

    def optimizers(model: Any, groups: dict[str, dict[str, Any]], _: str | None) -> list[torch.optim.Optimizer]:
        return [torch.optim.Adam(getattr(model, name).parameters(), **values) for name, values in groups.items()]

    return (networks, optimizers), {
        "optimizer_named_parameter_group_kwargs": {"actor": {"lr": lr}, "critic": {"lr": lr}}
    }


def parts_of_version_1(settings: dict[str, Any]) -> tuple[tuple[Callable, Callable], dict[str, Any]]:
    """Factories and settings as in `parts_of_version_2`, for algos 0.2."""
    from rlgym_learn_algos.ppo import BasicCritic, DiscreteFF

    layers, lr = settings["layers"], settings["learning_rate"]

    def actor(obs_space: Any, action_space: Any, device: Any) -> DiscreteFF:
        return DiscreteFF(obs_space[1], action_space[1], layers, device)

    def critic(obs_space: Any, device: Any) -> BasicCritic:
        return BasicCritic(obs_space[1], layers, device)

    return (actor, critic), {"actor_lr": lr, "critic_lr": lr}


def make_controller(settings: dict[str, Any], second: bool) -> tuple[Any, Any]:
    """The PPO controller and its config."""
    import torch
    from rlgym_learn_algos import ppo

    device = "cuda" if torch.cuda.is_available() else "cpu"

    class Clock(ppo.PPOMetricsLogger):
        """A logger that prints the time of every iteration instead of its metrics."""

        def report_metrics(self) -> None:
            """Print seconds and transitions; called at the end of an iteration."""
            transitions = self.agent_metrics["Timestep Collection"]["Cumulative Timesteps"]
            point = {"seconds": time.perf_counter(), "transitions": transitions, "device": device}
            print("\n" + settings["mark"] + json.dumps(point), flush=True)

    factories, learner = parts_of_version_2(settings) if second else parts_of_version_1(settings)
    buffer = ppo.NumpyExperienceBuffer(ppo.GAETrajectoryProcessor())
    controller = ppo.PPOAgentController(*factories, experience_buffer=buffer, metrics_logger=Clock())
    config = ppo.PPOAgentControllerConfigModel(
        timesteps_per_iteration=settings["transitions"],
        save_every_ts=10**12,  # never
        learner_config=ppo.PPOLearnerConfigModel(
            n_epochs=settings["epochs"],
            batch_size=settings["minibatch"],  # transitions an optimizer step; its "minibatches" only accumulate
            n_minibatches=1,
            ent_coef=settings["ent_coef"],
            clip_range=settings["clip_range"],
            device=device,
            **learner,
        ),
        experience_buffer_config=ppo.ExperienceBufferConfigModel(
            max_size=settings["transitions"],
            device=device,
            trajectory_processor_config=ppo.GAETrajectoryProcessorConfigModel(
                gamma=settings["gamma"], lmbda=settings["gae_lambda"]
            ),
        ),
    )
    return controller, config


def main() -> None:
    """Train with the settings on the command line."""
    os.environ[SETTINGS_VARIABLE] = sys.argv[1]
    settings = json.loads(sys.argv[1])
    # not at the top: the processes of environments import this file too, and need neither these nor torch
    import rlgym_learn as learn

    second = int(version("rlgym-learn").split(".")[0]) >= 2
    if second:
        from rlgym_learn.pyany_serde import PyAnySerdeType
    else:
        from rlgym_learn import PyAnySerdeType

    transitions, processes = settings["transitions"], settings["processes"]
    space = PyAnySerdeType.TUPLE((PyAnySerdeType.STRING(), PyAnySerdeType.INT()))
    base = learn.BaseConfigModel(
        serde_types=learn.SerdeTypesModel(
            agent_id_serde_type=PyAnySerdeType.STRING(),
            action_serde_type=PyAnySerdeType.NUMPY(np.int64),
            obs_serde_type=PyAnySerdeType.NUMPY(np.float32),
            reward_serde_type=PyAnySerdeType.FLOAT(),
            obs_space_serde_type=space,
            action_space_serde_type=space,
        ),
        # an iteration may exceed its size by what all processes had under way
        timestep_limit=settings["iterations"] * (transitions + 2 * processes),
    )
    controller, controller_config = make_controller(settings, second)
    controllers = (controller,) if second else ({"PPO": controller},)
    controllers_config = (
        {"agent_controller_config": controller_config}
        if second
        else {"agent_controllers_config": {"PPO": controller_config}}
    )
    process_config = learn.ProcessConfigModel(n_proc=processes)
    config = learn.LearningCoordinatorConfigModel(base_config=base, process_config=process_config, **controllers_config)
    learn.LearningCoordinator(make_environment, *controllers, config=config).start()


if __name__ == "__main__":
    main()
