"""The schema of a config: frozen, typed, validated sections with the defaults of `configs/final.yaml`.

A step is one decision of one environment; in 1v1 self-play it yields two transitions, one per car. What each key means
and its unit is written in `configs/final.yaml`. Derived values are properties here and nowhere else; rules across keys
are in `checks.py`. A new key needs a row in `migrate.py`: what a checkpoint without it meant.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jaxrl.config.batch import Batch
from jaxrl.config.checks import check_combinations
from jaxrl.config.cluster import Cluster
from jaxrl.config.curriculum import Curriculum
from jaxrl.config.league import League
from jaxrl.config.rewards import RewardWeights, Weight
from jaxrl.config.types import (
    FolderName,
    Fraction,
    FunctionName,
    LayerSizes,
    LocalFolder,
    MetricSwitches,
    NonNegativeFloat,
    PlayerNumbers,
    PositiveFloat,
    PositiveInt,
    Seconds,
    StartWeights,
    StepCount,
    WholeNumber,
)
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.observation.view import View
from jaxrl.game.physics import Physics

Precision = Literal["auto", "float32", "tf32", "bfloat16"]  # auto: see jaxrl.nets.precision
DEFAULT_START_STATES = {"kickoff": 0.4, "near_ball": 0.6, "random": 0.0}
DEFAULT_REWARDS: dict[str, Weight] = {
    "goal": 50.0,
    "concede": -25.0,
    "touch": 3.0,
    "speed_to_ball": 0.5,
    "face_ball": 0.05,
    "ball_to_goal": 4.0,
    "alignment": 0.02,
    "boost_kept": 0.02,
    "demo": 0.5,
    "demoed": -0.5,
    "aerial": 1.0,
}


class Section(BaseModel):
    """A frozen part of the config without room for unknown keys or loose types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Training(Section):
    """PPO. `batch_size` counts environment steps an update; None: whatever num_envs x n_steps is."""

    total_timesteps: StepCount = 10_000_000
    batch_size: PositiveInt | None = 4096
    n_steps: PositiveInt = 512
    n_epochs: PositiveInt = 4
    n_minibatches: PositiveInt = 8
    learning_rate: PositiveFloat = 3e-4
    final_lr: NonNegativeFloat = 5e-5
    gamma: Fraction = 0.995
    gae_lambda: Fraction = 0.7
    clip_range: PositiveFloat = 0.2
    ent_coef: NonNegativeFloat = 0.01
    final_ent_coef: NonNegativeFloat = 0.001
    cooldown: Fraction = 1.0
    averaging: Fraction = 0.0
    vf_coef: NonNegativeFloat = 0.5
    max_grad_norm: PositiveFloat = 0.5
    on_nan: Literal["skip", "stop"] = "skip"
    overlap: Literal["auto"] | bool = "auto"
    seed: Annotated[WholeNumber, Field(ge=0, lt=2**31)] = 0


class Environment(Section):
    """The game and its arenas."""

    physics: Physics = "auto"
    num_envs: PositiveInt = 8
    team_size: Annotated[WholeNumber, Field(ge=1, le=3)] = 1
    tick_skip: Annotated[WholeNumber, Field(ge=1, le=120)] = 8
    action_delay_ticks: Annotated[WholeNumber, Field(ge=0, le=120)] = 1
    num_workers: Literal["auto"] | Annotated[WholeNumber, Field(ge=0, le=4096)] = "auto"
    one_by_one: bool = False
    max_episode_seconds: Seconds = 300.0
    no_touch_seconds: Seconds = 20.0
    start_states: Annotated[StartWeights, Field(min_length=1)] = DEFAULT_START_STATES
    augment_starts: bool = True

    @property
    def num_cars(self) -> int:
        """Cars in an environment."""
        return 2 * self.team_size

    def ticks(self, seconds: float) -> int:
        """Convert seconds to ticks of 1/120 s, at least one."""
        return max(1, round(seconds * TICKS_PER_SECOND))


class GameOptions(Section):
    """What a car may do."""

    action_masks: bool = False
    action_table: FunctionName | None = None


class Observation(Section):
    """Inputs of the network."""

    car_frame: bool = True
    mirror: bool = True
    other_frames: bool = False
    timers: bool = False
    contacts: bool = False
    touches: bool = False
    pad_timers: bool = False
    near_pads: bool = False
    ball_path: bool = False
    standard: bool = True
    custom: FunctionName | None = None

    @property
    def view(self) -> View:
        """The same options as the game takes them."""
        seen = self.other_frames, self.timers, self.contacts, self.touches, self.pad_timers
        ahead = self.near_pads, self.ball_path
        return View(self.car_frame, self.mirror, *seen, *ahead, standard=self.standard, custom=self.custom or "")


class Network(Section):
    """Layer sizes of the multi-layer perceptrons."""

    shared: LayerSizes = ()
    actor: LayerSizes = (256, 256, 256)
    critic: LayerSizes = (256, 256, 256)
    activation: Literal["relu", "tanh", "silu", "gelu"] = "relu"
    layer_norm: bool = False


class Normalization(Section):
    """Running statistics, each of which can be switched off."""

    observations: bool = True
    returns: bool = True
    clip_observations: PositiveFloat = 10.0
    clip_rewards: PositiveFloat = 10.0


class Evaluation(Section):
    """Matches on environments of their own, from kickoffs."""

    eval_freq: StepCount = 500_000
    n_eval_episodes: PositiveInt = 16
    match_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 60.0
    opponent: FolderName = "idle"
    greedy: bool = False
    record: bool = False
    anchors: PlayerNumbers = {}
    best_by: Literal["reward", "rating"] = "reward"


class Logging(Section):
    """Folders and formats of what a run writes."""

    log_dir: LocalFolder = "./logs"
    checkpoint_dir: LocalFolder = "./checkpoints"
    wandb: bool = False
    reward_breakdown: bool = True
    figures: Literal["auto", "all"] = "auto"
    save_interval: StepCount = 100_000
    keep: PositiveInt = 10


class Accelerator(Section):
    """The device, and how it is used."""

    platform: Literal["auto", "cpu", "cuda"] = "auto"
    devices: Literal["auto"] | PositiveInt = "auto"
    precision: Precision = "tf32"
    compile_cache: FolderName | None = ".cache/xla"


class Config(Section):
    """Everything a run depends on. `Config()` is the recipe `final`."""

    training: Training = Training()
    environment: Environment = Environment()
    game: GameOptions = GameOptions()
    observation: Observation = Observation()
    network: Network = Network()
    rewards: Annotated[RewardWeights, Field(min_length=1)] = DEFAULT_REWARDS
    curriculum: Curriculum = Curriculum()
    metrics: MetricSwitches = {}
    league: League = League()
    cluster: Cluster = Cluster()
    normalization: Normalization = Normalization()
    evaluation: Evaluation = Evaluation()
    logging: Logging = Logging()
    accelerator: Accelerator = Accelerator()

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_combinations(self)
        return self

    def reward_weights(self, stage: int) -> dict[str, Weight]:
        """The weight of every reward term of the run in `stage` (0 = the first); 0 for those of other stages."""
        return _in_stage(stage, self.rewards, [each.rewards for each in self.curriculum.stages])

    def start_weights(self, stage: int) -> dict[str, float]:
        """The weight of every start state of the run in `stage` (0 = the first); 0 for those of other stages."""
        return _in_stage(stage, self.environment.start_states, [each.start_states for each in self.curriculum.stages])

    @property
    def trainings(self) -> tuple[Training, ...]:
        """The section `training` as every stage has it, the first to begin with."""
        stages = [self.training]
        for each in self.curriculum.stages:
            stages.append(stages[-1].model_copy(update=each.training.model_dump(exclude_none=True)))
        return tuple(stages)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The user's own metrics that are switched on."""
        return tuple(name for name, on in self.metrics.items() if on)

    @property
    def batches(self) -> tuple[Batch, ...]:
        """What an update of every stage learns from, the first to begin with."""
        environment = self.environment
        return tuple(
            Batch(
                environment.num_envs,
                environment.num_cars,
                training.n_steps,
                training.n_epochs,
                training.n_minibatches,
            )
            for training in self.trainings
        )

    def batch_of(self, n_steps: int) -> Batch:
        """The batch whose rollouts are of `n_steps` decisions: stages with the same have the same minibatches."""
        return next(batch for batch in self.batches if batch.n_steps == n_steps)

    @property
    def batch(self) -> Batch:
        """What an update of the first stage learns from."""
        return self.batches[0]

    @property
    def obs_size(self) -> int:
        """Numbers in an observation."""
        return self.observation.view.size(self.environment.num_cars)

    @property
    def mask_ticks(self) -> int | None:
        """For how long an action may act (ticks), if those that do nothing in it are masked; else None."""
        environment = self.environment
        return environment.tick_skip + environment.action_delay_ticks if self.game.action_masks else None

    @property
    def decisions_per_second(self) -> float:
        """Decisions per second of game."""
        return TICKS_PER_SECOND / self.environment.tick_skip


def _in_stage(stage: int, first: dict[str, Any], later: list[dict[str, Any]]) -> dict[str, Any]:
    """Lay the changes of the first `stage` later stages over the weights of the first; names of others get 0."""
    weights = {name: 0.0 for changes in later for name in changes} | first
    for changes in later[:stage]:
        weights |= changes
    return weights
