"""The schema of a config: frozen, typed, validated. Derived values are properties here and nowhere else.

A step is one decision of one environment; in 1v1 self-play it yields two transitions, one per car.
"""

import math
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from jaxrl.config.types import (
    CombinationError,
    FolderName,
    Fraction,
    LayerSizes,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    RewardWeights,
    Seconds,
    StartWeights,
    StepCount,
    to_tuple,
)
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.game import STATISTICS
from jaxrl.game.observation.view import View

BATCH_KEYS = ("environment.num_envs", "training.n_steps")


class Section(BaseModel):
    """A frozen part of the config without room for unknown keys or loose types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Training(Section):
    """PPO. `batch_size` counts environment steps an update."""

    total_timesteps: StepCount
    batch_size: PositiveInt | None = None
    n_steps: PositiveInt
    n_epochs: PositiveInt
    n_minibatches: PositiveInt
    learning_rate: PositiveFloat
    final_lr: NonNegativeFloat
    gamma: Fraction
    gae_lambda: Fraction
    clip_range: PositiveFloat
    ent_coef: NonNegativeFloat
    final_ent_coef: NonNegativeFloat
    vf_coef: NonNegativeFloat
    max_grad_norm: PositiveFloat
    on_nan: Literal["skip", "stop"] = "skip"  # checkpoints of earlier versions have none
    seed: Annotated[int, Field(ge=0, lt=2**31)]


class Environment(Section):
    """The game and its arenas."""

    num_envs: PositiveInt
    team_size: Annotated[int, Field(ge=1, le=3)]
    tick_skip: Annotated[int, Field(ge=1, le=120)]
    action_delay_ticks: Annotated[int, Field(ge=0, le=120)]
    num_workers: Literal["auto"] | Annotated[int, Field(ge=0, le=4096)]
    one_by_one: bool
    max_episode_seconds: Seconds
    no_touch_seconds: Seconds
    start_states: Annotated[StartWeights, Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.action_delay_ticks > self.tick_skip:
            raise CombinationError(
                f"environment.action_delay_ticks {self.action_delay_ticks} must be at most tick_skip {self.tick_skip}",
                "environment.action_delay_ticks",
                "environment.tick_skip",
            )
        if not 0 < sum(self.start_states.values()) < math.inf:
            raise CombinationError(
                f"environment.start_states {self.start_states}: the sum of the weights must be above 0 and finite",
                "environment.start_states",
            )
        return self

    @property
    def num_cars(self) -> int:
        """Agents an environment."""
        return 2 * self.team_size

    def ticks(self, seconds: float) -> int:
        """Seconds as ticks of 1/120 s, at least one."""
        return max(1, round(seconds * TICKS_PER_SECOND))


class Observation(Section):
    """What the network sees beyond the standard observation."""

    car_frame: bool = False
    mirror: bool = False

    @property
    def view(self) -> View:
        """As the game takes it."""
        return View(self.car_frame, self.mirror)


class Stage(Section):
    """A later part of the run: begins when the figures of `after` are reached, and changes what it names."""

    after: Annotated[dict[Literal[STATISTICS], PositiveFloat], Field(min_length=1)]
    rewards: RewardWeights = {}
    start_states: StartWeights = {}


class Curriculum(Section):
    """What changes as the bot gets better."""

    stages: Annotated[tuple[Stage, ...], BeforeValidator(to_tuple), Field(max_length=32)] = ()


class Network(Section):
    """Layer sizes of the multi-layer perceptrons."""

    shared: LayerSizes
    actor: LayerSizes
    critic: LayerSizes
    activation: Literal["relu", "tanh", "silu", "gelu"]
    layer_norm: bool


class Normalization(Section):
    """Running statistics, each of which can be switched off."""

    observations: bool
    returns: bool
    clip_observations: PositiveFloat
    clip_rewards: PositiveFloat


class Evaluation(Section):
    """Matches on environments of their own, from kickoffs."""

    eval_freq: StepCount
    n_eval_episodes: PositiveInt
    match_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
    opponent: FolderName
    greedy: bool
    record: bool = False  # checkpoints of earlier versions have none


class Logging(Section):
    """Where a run leaves its traces."""

    log_dir: FolderName
    checkpoint_dir: FolderName
    wandb: bool
    reward_breakdown: bool
    save_interval: StepCount
    keep: PositiveInt


class Accelerator(Section):
    """How the device is used."""

    platform: Literal["auto", "cpu", "cuda"]
    precision: Literal["float32", "tf32", "bfloat16"]
    compile_cache: FolderName | None


class Config(Section):
    """Everything a run depends on."""

    training: Training
    environment: Environment
    observation: Observation = Observation()  # checkpoints of earlier versions have none
    network: Network
    rewards: Annotated[RewardWeights, Field(min_length=1)]
    curriculum: Curriculum = Curriculum()
    normalization: Normalization
    evaluation: Evaluation
    logging: Logging
    accelerator: Accelerator

    @model_validator(mode="after")
    def _check(self) -> Self:
        training, steps = self.training, self.steps_per_update
        for number in range(1, len(self.curriculum.stages) + 1):
            if not 0 < sum(self.start_weights(number).values()) < math.inf:
                raise CombinationError(
                    f"curriculum.stages: the weights of the start states in stage {number} of them are "
                    f"{self.start_weights(number)}: their sum must be above 0 and finite",
                    "curriculum.stages",
                    "environment.start_states",
                )
        if training.batch_size is not None and training.batch_size != steps:
            raise CombinationError(
                f"training.batch_size {training.batch_size} must be num_envs x n_steps = "
                f"{self.environment.num_envs} x {training.n_steps} = {steps}: write {steps} or leave it out",
                "training.batch_size",
                *BATCH_KEYS,
            )
        if self.transitions_per_update > 2**31 - 1:
            raise CombinationError(
                f"training.n_steps {training.n_steps} x num_envs {self.environment.num_envs} x "
                f"{self.environment.num_cars} cars must be below 2**31 transitions",
                "environment.team_size",
                *BATCH_KEYS,
            )
        if self.transitions_per_update % training.n_minibatches:
            raise CombinationError(
                f"training.n_minibatches {training.n_minibatches} must divide num_envs x n_steps x cars = "
                f"{self.environment.num_envs} x {training.n_steps} x {self.environment.num_cars} = "
                f"{self.transitions_per_update}: {self._nearest_divisor()} would fit",
                "training.n_minibatches",
                "environment.team_size",
                *BATCH_KEYS,
            )
        if self.gradient_steps > 2**31 - 1:
            raise CombinationError(
                f"training.total_timesteps {training.total_timesteps} makes {self.gradient_steps} optimizer steps, "
                "which must be below 2**31",
                "training.total_timesteps",
                "training.n_epochs",
                "training.n_minibatches",
                *BATCH_KEYS,
            )
        return self

    def reward_weights(self, stage: int) -> dict[str, float]:
        """The weight of every reward term of the run in `stage` (0 = the first); 0 for those of other stages."""
        return self._overlaid(stage, "rewards", self.rewards)

    def start_weights(self, stage: int) -> dict[str, float]:
        """The same for start states."""
        return self._overlaid(stage, "start_states", self.environment.start_states)

    def _overlaid(self, stage: int, key: str, first: dict[str, float]) -> dict[str, float]:
        later = [getattr(each, key) for each in self.curriculum.stages]
        weights = {name: 0.0 for changes in later for name in changes} | first
        for changes in later[:stage]:
            weights |= changes
        return weights

    def _nearest_divisor(self) -> int:
        total, wanted = self.transitions_per_update, self.training.n_minibatches
        small = [d for d in range(1, math.isqrt(total) + 1) if total % d == 0]
        return min((d for s in small for d in (s, total // s)), key=lambda d: abs(d - wanted))

    @property
    def steps_per_update(self) -> int:
        """Environment steps in one rollout."""
        return self.environment.num_envs * self.training.n_steps

    @property
    def transitions_per_update(self) -> int:
        """Transitions (one per car) in one rollout."""
        return self.steps_per_update * self.environment.num_cars

    @property
    def minibatch_size(self) -> int:
        """Transitions in one optimizer step."""
        return self.transitions_per_update // self.training.n_minibatches

    @property
    def num_updates(self) -> int:
        """Updates of the whole run; the last one may pass total_timesteps."""
        return -(-self.training.total_timesteps // self.steps_per_update)

    @property
    def gradient_steps(self) -> int:
        """Optimizer steps of the whole run."""
        return self.num_updates * self.training.n_epochs * self.training.n_minibatches

    @property
    def final_state_slots(self) -> int:
        """Room for the true last states of the episodes that end in one rollout; grown if a rollout needs more."""
        return max(self.environment.num_envs, self.steps_per_update // 32)

    @property
    def obs_size(self) -> int:
        """Numbers in an observation."""
        return self.observation.view.size(self.environment.num_cars)

    @property
    def decisions_per_second(self) -> float:
        """Decisions a second of game."""
        return TICKS_PER_SECOND / self.environment.tick_skip
