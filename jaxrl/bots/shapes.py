"""The arrays that a bot of some description has, and their shapes."""

from collections.abc import Callable, Iterator

from jaxrl.bots.description import Description
from jaxrl.game.actions import CONTROLS
from jaxrl.game.layout import LAYOUT

Shape = tuple[int, ...]

ACTIONS = "action_table"  # of a bot with actions of its own
MAX_TESTS = 1000  # states in the test vectors


def expected_shapes(description: Description, found: Callable[[str], Shape]) -> Iterator[tuple[str, Shape]]:
    """Name and shape of every array, weights and statistics first, then test vectors.

    The description does not say how wide hidden layers are, nor how many tests there are: `found` gives the shape that
    an array has. Raises ValueError where that is out of all reason.
    """
    yield from _weights(description, found)
    if description.own_actions:
        yield ACTIONS, (description.num_actions, len(CONTROLS))
    yield from (("obs_mean", (description.obs_size,)), ("obs_var", (description.obs_size,)))
    *tests, _ = found("test_states") or (0,)
    num_tests = 1
    for length in tests:
        num_tests *= length
    if not 1 <= num_tests <= MAX_TESTS:
        raise ValueError(f"{num_tests} test vectors, not 1 to {MAX_TESTS}")
    cars = 2 * description.team_size
    yield "test_states", (*tests, row_of(cars, *found("test_states")[-1:]))
    yield "test_obs", (*tests, cars, description.obs_size)
    yield "test_logits", (*tests, cars, description.num_actions)


def row_of(num_cars: int, *found: int) -> int:
    """F of the row format that has as many columns as were found; of today's where none has."""
    sizes = [len(columns) for columns in LAYOUT.formats(num_cars)]
    return found[0] if found and found[0] in sizes else sizes[0]


def _weights(description: Description, found: Callable[[str], Shape]) -> Iterator[tuple[str, Shape]]:
    width = description.obs_size
    for part, num_layers in (("trunk", description.trunk_layers), ("actor", description.actor_layers)):
        for i in range(num_layers):
            bias = f"{part}/Dense_{i}/bias"
            inputs, width = width, (found(bias) or (0,))[0]
            if width < 1:
                raise ValueError(f"{bias} is empty")
            yield f"{part}/Dense_{i}/kernel", (inputs, width)
            yield bias, (width,)
            if description.layer_norm:
                yield from ((f"{part}/LayerNorm_{i}/{name}", (width,)) for name in ("scale", "bias"))
    yield "logits_head/kernel", (width, description.num_actions)
    yield "logits_head/bias", (description.num_actions,)
