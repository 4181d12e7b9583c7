"""Every field that a packet does not simply say, in whole matches: what the bot reads against the rows of training.

A share that is said of a field is held to four standard deviations of what so many decisions show. One second holds
15 of them, which are much alike where they do not tell of a moment: they count for a tenth.
"""

import numpy as np
import pytest
from support.as_trained import places, rearranged
from support.bots import write_bot
from support.real_game import PADS
from support.rlbot_server import field_info
from support.wild_match import SCENES, match, scene

from jaxrl.bots.scripted import Chaser
from jaxrl.deploy.rlbot.driver import Driver
from jaxrl.deploy.rlbot.history import History
from jaxrl.deploy.rlbot.packet import cars_in_order, pad_order, read_packet
from jaxrl.deploy.rlbot.sources import COUNTS, SOURCES
from jaxrl.game.layout import LAYOUT, LONG_AGO
from jaxrl.game.observation.additions import ADDITIONS
from jaxrl.game.state import unpack

FIELDS = {field.name: field for field in LAYOUT.fields}
# of a wreck: what goes on, while all else is as it was last seen
OF_WRECKS = (
    *("demos", "ticks_until_respawn", "ticks_since_contact", "first_touch", "boost_gained", "boost_used"),
    *COUNTS,
)
MOMENTS = (*COUNTS, "ball_velocity_before_touch", "ball_velocity_after_touch", "first_touch")
TWO, THREE = [2, 0, 3, 1], [3, 0, 1, 4, 2, 5]  # cars of a team in the order in which RLBot names them


def read(moments, team_size, step=1):
    """Rows `[T, F]` of a bot that gets one in `step` packets, but all those in which it decides."""
    pads = pad_order(field_info(PADS))
    history, rows = History(pads), []
    for i, moment in enumerate(moments):
        if i % step == 0 or moment.row is not None:
            history.watch(moment.packet)
        if moment.row is not None:
            rows.append(read_packet(moment.packet, cars_in_order(moment.packet, team_size), pads, history))
            history.begin_decision()
    return np.stack(rows)


def three(moments, order):
    """(truth, read, read of every second packet), each a `State` of rows `[T, F]`."""
    team_size = len(order) // 2
    cars = places(order, team_size)
    truth = np.stack([rearranged(moment.row, cars) for moment in moments if moment.row is not None])
    return [unpack(rows) for rows in (truth, read(moments, team_size), read(moments, team_size, 2))]


@pytest.fixture(scope="module")
def matches():
    """Touches and goals; jumps, flips, bumps and pads; and what is rare."""
    found = [three(scene(name), [0, 1]) for name in SCENES]
    found.append(three(match([1, 0], 3, player=Chaser), [1, 0]))
    return found + [three(match(order, 3), order) for order in (TWO, THREE)]


def differences(truth, read, name):
    """(difference, whether one of both is not 0) in every decision, `[K]`, that can be compared."""
    a, b = (np.asarray(getattr(state, name), np.float64) for state in (truth, read))
    # a first state says who is supersonic, which RocketSim, and so the packet here, only finds out in the first tick
    begun = truth.ticks_since_kickoff > 0
    if name in COUNTS:
        a, b = (np.diff(values, axis=0, prepend=0) * begun[:, None] for values in (a, b))
    if name == "ticks_since_contact":
        a, b = ((values < LONG_AGO) * (1 + values) for values in (a, b))
    apart, there = np.abs(a - b), (a != 0) | (b != 0)
    if FIELDS[name].size > 1:
        apart, there = apart.max(axis=-1), there.any(axis=-1)
    compared = begun if not FIELDS[name].of_car else np.broadcast_to(begun[:, None], there.shape)
    if FIELDS[name].of_car and name not in OF_WRECKS:
        compared = compared & (truth.demoed == 0)
    return apart[compared], there[compared]


def check(matches, name, lost, least=2):
    """That a field is right as often as `SOURCES` says, and that it was set in so many decisions at least."""
    found = [differences(match[0], match[1 + lost], name) for match in matches]
    apart, there = (np.concatenate([pair[k] for pair in found]) for k in (0, 1))
    tolerance, share = SOURCES[name].promise(lost)
    assert there.sum() >= least, "it did not happen"
    right = apart[there] <= tolerance
    print(
        f"{name}, {'half' if lost else 'all'}: {right.mean():.4f} of {right.size}, apart by {apart.max():.3g} at most"
    )
    independent = right.size if name in MOMENTS else right.size / 10
    assert right.mean() >= share - 4 * (share * (1 - share) / independent) ** 0.5, apart.max()


@pytest.mark.parametrize("lost", [False, True], ids=["all", "half"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_field_is_as_often_right_as_is_said(matches, name, lost):
    """In all matches together; and a field that is never set would prove nothing."""
    check(matches, name, lost)


@pytest.mark.slow
def test_in_many_matches():
    """The same, with so many decisions that the shares mean something; `pytest -s` prints them."""
    found = [three(match(order, seed), order) for seed in range(50, 62) for order in (TWO, THREE)]
    for name in SOURCES:
        for lost in (False, True):
            check(found, name, lost, least=1)


def test_the_driver_reads_so(tmp_path):
    """Its decisions are those of the match, and what is told of one of them begins anew with each."""
    _, policy = write_bot(tmp_path / "bot", 2)
    moments, rows = match(TWO, 5, decisions=150), []
    driver = Driver(policy, 3, pad_order(field_info(PADS)))
    for moment in moments:
        driver.controls(moment.packet)
        if moment.row is not None:
            rows.append(driver.state.copy())
    driven, expected = unpack(np.stack(rows)), unpack(read(moments, 2))
    assert expected.first_touch.any()
    for name, field in FIELDS.items():
        if field.name != "previous_action":
            np.testing.assert_array_equal(getattr(driven, name), getattr(expected, name), err_msg=name)


@pytest.mark.parametrize("name", ADDITIONS)
def test_what_is_added_to_the_observation_is_seen_in_the_game(matches, name):
    """Every car's view of it, wrecks apart: nearly always as in training, and never always the same."""
    addition, right, changes = ADDITIONS[name], [], 0
    for truth, told, _ in matches:
        whole = (truth.demoed == 0).all(axis=1) & (truth.ticks_since_kickoff > 0)
        one, other = addition.observe(truth)[whole], addition.observe(told)[whole]
        right.append((np.abs(one - other) < 0.05).mean(axis=-1).ravel())
        changes += (np.abs(np.diff(one, axis=0)) > 0.05).any(axis=-1).sum()
    assert changes > 20
    assert np.concatenate(right).mean() > 0.98


def test_every_field_has_a_source():
    newer = [field.name for field in LAYOUT.fields if field.since == 2]
    assert set(SOURCES) == {*newer, "demos", "ticks_since_contact"}
