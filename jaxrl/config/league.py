"""The section `league` of a config."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from jaxrl.config.types import Fraction, StepCount, WholeNumber, plain_names


class League(BaseModel):
    """Opponents in training beside the present self."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    share: Fraction = 0.0
    save_every: StepCount = 500_000
    size: Annotated[WholeNumber, Field(ge=1, le=64)] = 8
    opponents: Annotated[dict[str, Fraction], AfterValidator(plain_names)] = {}

    @property
    def plays(self) -> bool:
        """Whether anybody but the present self does."""
        return self.share > 0 or any(self.opponents.values())
