"""Rules across the keys of a config: values that are valid one by one and do not fit together.

Each rule is a function that raises `CombinationError` with the keys that it is about. `check_combinations` applies all.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

from jaxrl.config.types import CombinationError

if TYPE_CHECKING:
    from jaxrl.config.schema import Config

BATCH_KEYS = ("environment.num_envs", "training.n_steps")
INT32_LIMIT = 2**31


def check_combinations(config: Config) -> None:
    """Apply every rule; raises CombinationError for the first that is broken."""
    for rule in (
        delay_within_a_decision,
        something_is_observed,
        some_start_state,
        some_start_state_in_every_stage,
        batch_size_is_what_the_environments_make,
        transitions_can_be_counted,
        minibatches_are_equal,
        a_length_has_one_number_of_minibatches,
        shares_are_of_all_arenas,
        a_rating_has_anchors,
        one_by_one_is_in_turn,
    ):
        rule(config)


def delay_within_a_decision(config: Config) -> None:
    """An action takes effect before the next one is chosen."""
    delay, tick_skip = config.environment.action_delay_ticks, config.environment.tick_skip
    if delay > tick_skip:
        raise CombinationError(
            f"environment.action_delay_ticks {delay} must be at most tick_skip {tick_skip}",
            "environment.action_delay_ticks",
            "environment.tick_skip",
        )


def something_is_observed(config: Config) -> None:
    """The network gets numbers."""
    view = config.observation.view
    if not any(getattr(view, field.name) for field in fields(view) if field.name != "mirror"):
        raise CombinationError(
            "observation.standard false leaves nothing to observe: name a function in observation.custom, or set "
            "observation.car_frame",
            "observation.standard",
            "observation.car_frame",
            "observation.custom",
        )


def some_start_state(config: Config) -> None:
    """At least one start state has a weight, and the weights can be summed."""
    weights = config.environment.start_states
    if not _is_a_mixture(weights):
        raise CombinationError(
            f"environment.start_states {weights}: the sum of the weights must be above 0 and finite",
            "environment.start_states",
        )


def some_start_state_in_every_stage(config: Config) -> None:
    """The weights of the start states stay a mixture whatever the stages of the curriculum change."""
    for number in range(1, len(config.curriculum.stages) + 1):
        weights = config.start_weights(number)
        if not _is_a_mixture(weights):
            raise CombinationError(
                f"curriculum.stages: the weights of the start states in stage {number} of them are {weights}: "
                "their sum must be above 0 and finite",
                "curriculum.stages",
                "environment.start_states",
            )


def batch_size_is_what_the_environments_make(config: Config) -> None:
    """A batch size that is given equals num_envs x n_steps."""
    given, steps = config.training.batch_size, config.batch.env_steps
    if given is not None and given != steps:
        raise CombinationError(
            f"training.batch_size {given} must be num_envs x n_steps = {config.environment.num_envs} x "
            f"{config.training.n_steps} = {steps}: write {steps}, or null to leave it open",
            "training.batch_size",
            *BATCH_KEYS,
        )


def transitions_can_be_counted(config: Config) -> None:
    """The transitions of an update fit into an int32."""
    for stage, batch in enumerate(config.batches):
        if batch.transitions >= INT32_LIMIT:
            raise CombinationError(
                f"training.n_steps {batch.n_steps}{_in(stage)} x num_envs {batch.num_envs} x {batch.num_cars} cars "
                "must be below 2**31 transitions",
                "environment.team_size",
                *_batch_keys(stage),
            )


def minibatches_are_equal(config: Config) -> None:
    """The number of minibatches divides the transitions of an update."""
    for stage, batch in enumerate(config.batches):
        if batch.transitions % batch.n_minibatches:
            raise CombinationError(
                f"training.n_minibatches {batch.n_minibatches}{_in(stage)} must divide num_envs x n_steps x cars = "
                f"{batch.num_envs} x {batch.n_steps} x {batch.num_cars} = {batch.transitions}: "
                f"{nearest_divisor(batch.transitions, batch.n_minibatches)} would fit",
                "training.n_minibatches",
                "environment.team_size",
                *_batch_keys(stage),
            )


def a_length_has_one_number_of_minibatches(config: Config) -> None:
    """The length of a rollout tells how it is learnt from."""
    first: dict[int, tuple[int, int]] = {}
    for stage, batch in enumerate(config.batches):
        other, number = first.setdefault(batch.n_steps, (stage, batch.n_minibatches))
        if number != batch.n_minibatches:
            raise CombinationError(
                f"curriculum.stages: n_minibatches {batch.n_minibatches} in stage {stage} must be {number} as in stage "
                f"{other}, or n_steps another number than {batch.n_steps}: a batch of one size has one number of them",
                *_batch_keys(stage),
                "training.n_minibatches",
            )


def shares_are_of_all_arenas(config: Config) -> None:
    """Past selves and other opponents do not take more arenas than there are."""
    shares = [config.league.share, *config.league.opponents.values()]
    if sum(shares) > 1:
        raise CombinationError(
            f"league: the shares of past selves and opponents are {sum(shares):g} together, at most 1",
            "league.share",
            "league.opponents",
        )


def a_rating_has_anchors(config: Config) -> None:
    """A rating needs two players of known rating, and `best` by rating needs a rating."""
    anchors = len(config.evaluation.anchors)
    if anchors == 1 or (not anchors and config.evaluation.best_by == "rating"):
        raise CombinationError(
            f"evaluation.anchors: a rating needs two players or more whose rating is known, not {anchors}",
            "evaluation.anchors",
            "evaluation.best_by",
        )


def one_by_one_is_in_turn(config: Config) -> None:
    """Arenas that are stepped one after the other are for comparing speeds, not for hiding them."""
    if config.environment.one_by_one and config.training.overlap is True:
        raise CombinationError(
            "training.overlap true needs environment.one_by_one false", "training.overlap", "environment.one_by_one"
        )


def nearest_divisor(total: int, wanted: int) -> int:
    """The divisor of `total` that is closest to `wanted`."""
    small = [d for d in range(1, math.isqrt(total) + 1) if total % d == 0]
    return min((d for s in small for d in (s, total // s)), key=lambda d: abs(d - wanted))


def _in(stage: int) -> str:
    return f" in stage {stage}" if stage else ""


def _batch_keys(stage: int) -> tuple[str, ...]:
    """What the batch of a stage depends on."""
    return (*BATCH_KEYS, "curriculum.stages") if stage else BATCH_KEYS


def _is_a_mixture(weights: dict[str, float]) -> bool:
    return 0 < sum(weights.values()) < math.inf
