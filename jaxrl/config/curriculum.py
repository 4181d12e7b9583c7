"""The section `curriculum` of a config."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from jaxrl.config.rewards import RewardWeights
from jaxrl.config.types import (
    ENV_STEPS,
    Fraction,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    StartWeights,
    Thresholds,
    to_tuple,
)
from jaxrl.game.figures import STATISTICS

MAX_STAGES = 32  # beside the first
DECAY = 0.9  # of the running means that thresholds are compared with, per update: they cover about 10 updates


class StageTraining(BaseModel):
    """What a stage may change in the section `training`; None: as it was."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    learning_rate: PositiveFloat | None = None
    gamma: Fraction | None = None
    gae_lambda: Fraction | None = None
    ent_coef: NonNegativeFloat | None = None
    n_steps: PositiveInt | None = None
    n_minibatches: PositiveInt | None = None


class Stage(BaseModel):
    """A later part of the run: begins when all that `after` names is reached, and changes what it names."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    after: Annotated[Thresholds, Field(min_length=1)]
    rewards: RewardWeights = {}
    start_states: StartWeights = {}
    training: StageTraining = StageTraining()


class Curriculum(BaseModel):
    """Changes that come as the bot gets better."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    stages: Annotated[tuple[Stage, ...], BeforeValidator(to_tuple), Field(max_length=MAX_STAGES)] = ()

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that stages wait for, beside the first three."""
        known = (*STATISTICS, ENV_STEPS)
        return tuple(dict.fromkeys(name for each in self.stages for name in each.after if name not in known))
