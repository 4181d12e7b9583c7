"""The section `cluster` of a config."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from jaxrl.config.types import PositiveInt, WholeNumber


class Cluster(BaseModel):
    """How rollouts of other machines become an update; read where a run is started with `--cluster`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rollouts: PositiveInt = 4
    max_lag: Annotated[WholeNumber, Field(ge=1, le=1000)] = 4
