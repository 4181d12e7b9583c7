"""In RocketSim itself a masked action does what some allowed one does, from states of every kind."""

from itertools import count

import numpy as np
import pytest

from jaxrl.game import masks
from jaxrl.game.action_space import STANDARD_ACTIONS, ActionSpace
from jaxrl.game.actions import ACTION_TABLE, CONTROLS, EVERY_ACTION, NEUTRAL_ACTION, number_of
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.layout import LAYOUT
from jaxrl.game.masks import DRIVING, FLYING, GONE, UNKNOWN
from jaxrl.game.state import unpack

NUM_DRIVING = 24  # the first rows of the table
PAIRS = 64  # states that are played side by side
AIR_THROTTLE = 70.0  # uu/s^2, that of RocketSim is 66.7
# what a masked action may change: the button that was pressed, and how far the handbrake is on where it does not act
LEFT_OUT = ("previous_action", "handbrake")
# uu/s and uu; RocketSim 2 tells of both to 0.01, so that what seems the same may differ, and a contact makes more of it
ROUNDING = {"velocity": 0.1, "position": 0.1}
EQUAL = 5e-3  # in the unit of any other field

ACTING = {
    DRIVING: ("throttle", "steer", "handbrake", "jump"),
    FLYING: ("throttle", "pitch", "yaw", "roll"),
    UNKNOWN: ("throttle", "steer", "pitch", "yaw", "roll", "jump", "handbrake"),
    GONE: (),
}


def partners(number: int, actions: ActionSpace = STANDARD_ACTIONS) -> dict[int, tuple[int, bool]]:
    """For the masked actions of a class an allowed one in which all is the same that acts, and whether exactly so."""
    table, can = actions.table, masks.class_table(actions)[number]
    kind, boost, flip = number % 4, number // 8, number // 4 % 2
    acting = [*ACTING[kind], *["boost"] * (boost and kind != GONE), *["jump"] * (flip and kind == FLYING)]
    allowed, found = np.flatnonzero(can), {}
    for action in np.flatnonzero(~can):
        for exact in (True, False):
            names = [CONTROLS.index(name) for name in acting if exact or name != "throttle"]
            same = (table[allowed][:, names] == table[action, names]).all(axis=1)
            if same.any():
                found[int(action)] = int(allowed[same.argmax()]), exact
                break
    return found


def own_table(seed: int) -> ActionSpace:
    """A hundred actions of all that there are, many of which differ in one control alone."""
    rng = np.random.default_rng(seed)
    rows = EVERY_ACTION[rng.integers(len(EVERY_ACTION), size=25)]
    changed = [rows.copy() for _ in range(3)]
    for copy in changed:
        columns = rng.integers(8, size=len(rows))
        copy[np.arange(len(rows)), columns] = (columns < 5) * rng.choice([-1, 0, 1], len(rows)) + (columns >= 5)
    return ActionSpace(EVERY_ACTION[np.unique(number_of(np.concatenate([rows, *changed])))])


@pytest.mark.parametrize("number", range(16))
@pytest.mark.parametrize("actions", [STANDARD_ACTIONS, own_table(0), own_table(1)], ids=["standard", "own", "other"])
def test_every_masked_action_has_a_partner(number, actions):
    """In which only controls differ that do nothing; only in flight with an empty tank the throttle may, too."""
    found, can = partners(number, actions), masks.class_table(actions)[number]
    assert len(found) == (~can).sum()
    assert can.any()
    assert not can.all() or number % 4 == UNKNOWN
    if number not in (FLYING, FLYING + 4):
        assert all(exact for _, exact in found.values())


def warm_up(rng: np.random.Generator, decision: int, pairs: int) -> np.ndarray:
    """Actions `[2 * pairs, 2]` before the one that is compared, the same for both arenas of a pair.

    A third of the pairs jump and flip, a third drive.
    """
    actions = rng.integers(len(ACTION_TABLE), size=(pairs, 2))
    jumps = np.flatnonzero(ACTION_TABLE[:, CONTROLS.index("jump")] > 0)
    flips = rng.choice(jumps, (pairs, 2)) if decision % 2 == 0 else np.full((pairs, 2), NEUTRAL_ACTION)
    actions[: pairs // 3] = flips[: pairs // 3]
    actions[-pairs // 3 :] = rng.integers(NUM_DRIVING, size=(pairs, 2))[-pairs // 3 :]
    return np.repeat(actions, 2, axis=0).astype(np.int32)


def play_masked(make_arenas, states: int, tick_skip: int, delay: int, seed: int) -> dict[int, int]:
    """Compare `states` masked actions of blue with their partners; returns how many were of each class."""
    env = make_arenas(
        num_envs=2 * PAIRS,
        tick_skip=tick_skip,
        action_delay_ticks=delay,
        start_states=(("support.anywhere:anywhere", 1.0),),
        seed=seed,
    )
    rng = np.random.default_rng(seed)
    table = {number: partners(number) for number in range(16)}
    met = dict.fromkeys(range(16), 0)
    for _ in count():
        # Both arenas of a pair do the same for a while; those that ended or came apart are left out
        rows = env.reset().copy()
        usable = np.ones(PAIRS, np.bool_)
        for decision in range(rng.integers(1, 12)):
            step = env.step(warm_up(rng, decision, PAIRS))
            rows = step.state.copy()
            usable &= ~(step.terminated | step.truncated).reshape(PAIRS, 2).any(axis=1)
            usable &= (rows[::2] == rows[1::2]).all(axis=1)
        numbers = masks.classes(unpack(rows[::2]), tick_skip + delay)[:, 0]

        # Then one does what is masked, and one what is allowed
        actions = warm_up(rng, 1, PAIRS)
        exact = np.ones(PAIRS, np.bool_)
        for pair, number in enumerate(numbers):
            usable[pair] &= len(table[number]) > 0
            if usable[pair]:
                masked = int(rng.choice(list(table[number])))
                actions[2 * pair, 0] = masked
                actions[2 * pair + 1, 0], exact[pair] = table[number][masked]
        step = env.step(actions)
        ended = step.terminated | step.truncated
        after = np.where(ended[:, None], step.final_state, step.state)
        compare(after[::2], after[1::2], usable, exact, (tick_skip + delay) / TICKS_PER_SECOND, actions, numbers)
        for number in numbers[usable]:
            met[int(number)] += 1
        if sum(met.values()) >= states:
            return met


def compare(one, other, usable, exact, seconds, actions, numbers):
    """The states after both actions are the same but for LEFT_OUT, and where not `exact` for what throttle does."""
    for field, a, b in zip(LAYOUT.fields, unpack(one), unpack(other), strict=True):
        if field.name in LEFT_OUT:
            continue
        error = np.abs(a - b).reshape(PAIRS, -1).max(axis=1)
        # the throttle's push may be the last bit that makes a car supersonic
        pushes = {"velocity": AIR_THROTTLE * seconds, "position": AIR_THROTTLE * seconds**2, "supersonic": 1.0}
        pushed = pushes.get(field.name, 0)
        allowed = ROUNDING.get(field.name, EQUAL) + np.where(exact, 0, pushed)
        wrong = np.flatnonzero(usable & (error > allowed))
        chosen = actions.reshape(PAIRS, 2, 2)[wrong, :, 0]
        assert not len(wrong), f"{field.name}: {error[wrong]} in classes {numbers[wrong]}, actions {chosen}"


def test_a_few_hundred_states(make_arenas):
    met = play_masked(make_arenas, 200, 8, 1, seed=1)
    assert sum(met[k] for k in range(16) if k % 4 == DRIVING) > 20
    assert sum(met[k] for k in range(16) if k % 4 == FLYING) > 20


@pytest.mark.slow
@pytest.mark.parametrize(("tick_skip", "delay"), [(8, 1), (4, 0), (15, 4)])
def test_ten_thousand_states(make_arenas, tick_skip, delay):
    """Every class is among them that masks anything and occurs: who drives can jump."""
    met = play_masked(make_arenas, 10_000 if delay == 1 else 2000, tick_skip, delay, seed=2)
    occurring = [n for n in met if partners(n) and n % 4 != GONE and n not in (DRIVING, DRIVING + 8)]
    assert all(met[number] > 20 for number in occurring), met
    assert sum(met[number] for number in met if number % 4 == GONE) > 20, met
