"""The weight of a reward term in a config: a number, or a mapping that says how it moves and is shared."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_serializer, model_validator

from jaxrl.config.types import FiniteFloat, Fraction, StepCount, built_in_or_import_path
from jaxrl.game.rewards.registry import TERMS

MOVING = ("from", "to", "over")


class RewardWeight(BaseModel):
    """`{weight: 10, zero_sum: 1}`, or `{from: 5, to: 0.5, over: 20_000_000}` and the like.

    A weight that moves does so linearly over environment steps, counted from the start of the stage that names it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    weight: FiniteFloat | None = None
    first: FiniteFloat | None = Field(None, alias="from")
    to: FiniteFloat | None = None
    over: StepCount | None = None  # environment steps
    zero_sum: Fraction = 0.0  # share of the opponents' mean that is subtracted
    team_spirit: Fraction = 0.0  # share of a car's own value that is replaced by its team's mean

    @model_validator(mode="after")
    def _check(self) -> Self:
        given = [key for key, value in zip(MOVING, (self.first, self.to, self.over), strict=True) if value is not None]
        if given and self.weight is not None:
            raise ValueError("must hold either weight, or from, to and over")
        if given and (missing := [key for key in MOVING if key not in given]):
            raise ValueError(f"{' and '.join(missing)} missing: a weight that moves has from, to and over")
        if not given and self.weight is None:
            raise ValueError("must hold weight, or from, to and over")
        return self

    @model_serializer
    def _dump(self) -> dict[str, float | int | None]:
        """Only what says something, as a person would write it."""
        number = (
            dict(zip(MOVING, (self.first, self.to, self.over), strict=True)) if self.moves else {"weight": self.weight}
        )
        sharing = {"zero_sum": self.zero_sum, "team_spirit": self.team_spirit}
        return number | {key: value for key, value in sharing.items() if value}

    @property
    def moves(self) -> bool:
        """Whether the weight changes with time."""
        return self.weight is None

    @property
    def is_shared(self) -> bool:
        """Whether what a car is paid depends on the others' values."""
        return bool(self.zero_sum or self.team_spirit)

    def at(self, steps: float) -> float:
        """The weight after so many environment steps; infinity gives the last."""
        if self.first is None or self.to is None or self.over is None:
            return self.weight or 0.0
        return self.to if steps >= self.over else self.first + (self.to - self.first) * max(steps, 0) / self.over

    def __str__(self) -> str:
        """`5 -> 0.5 over 20,000,000 steps, zero_sum 1`."""
        number = f"{self.first:g} -> {self.to:g} over {self.over:,} steps" if self.moves else f"{self.weight:g}"
        sharing = {"zero_sum": self.zero_sum, "team_spirit": self.team_spirit}
        return ", ".join([number, *(f"{key} {value:g}" for key, value in sharing.items() if value)])


NUMBER, MAPPING = "weight[number]", "weight[mapping]"


def _kind(value: Any) -> str:
    return MAPPING if isinstance(value, dict | RewardWeight) else NUMBER


Weight = float | RewardWeight
RewardWeights = Annotated[
    dict[
        str,
        Annotated[Annotated[FiniteFloat, Tag(NUMBER)] | Annotated[RewardWeight, Tag(MAPPING)], Discriminator(_kind)],
    ],
    built_in_or_import_path(TERMS, "reward term"),
]


def as_reward_weight(value: Weight) -> RewardWeight:
    """The same weight with all that a mapping can say."""
    return value if isinstance(value, RewardWeight) else RewardWeight(weight=value)


def kept_below(old: Any, new: dict[str, Any]) -> dict[str, Any]:
    """What remains of the weight of a term where the mapping `new` is laid over it: `goal.zero_sum=1` keeps its 50."""
    if isinstance(old, int | float) and not isinstance(old, bool):
        old = {"weight": old}
    elif not isinstance(old, dict):
        return {}
    replaced = {"weight"} if new.keys() & set(MOVING) else set(MOVING) if "weight" in new else set()
    return {key: value for key, value in old.items() if key not in replaced}


def split_override(name: str) -> list[str]:
    """Split what follows `rewards.` in an override: the name of a term, which may hold dots, and perhaps a key."""
    term, dot, key = name.rpartition(".")
    known = {field.alias or key for key, field in RewardWeight.model_fields.items()}
    is_key = ":" in term or (":" not in name and (term in TERMS or key in known))
    return [term, key] if dot and is_key else [name]
