"""What a reward term reads is found by calling it once."""

from jaxrl.config.schema import DEFAULT_REWARDS
from jaxrl.game.reads import NAMES, fields_read
from jaxrl.game.rewards.registry import TERMS


def test_what_a_term_reads_is_found():
    assert fields_read([lambda s, n, a: n.bumps - s.bumps, lambda s, n, a: s.boost], 2) == {"bumps", "boost"}
    assert fields_read([], 4) == frozenset()


def test_where_it_cannot_be_told_it_is_all():
    for term in (
        lambda s, n, a: n[3],
        lambda s, n, a: n._asdict()["boost"],
        lambda s, n, a: next(iter(n)),
        lambda s, n, a: 1 / 0,
    ):
        assert fields_read([term], 2) == NAMES


def test_only_terms_that_need_them_read_what_costs_rocketsim_2_something():
    from jaxrl.sim.rocketsim2.groups import groups_of

    assert not groups_of(fields_read([TERMS[name] for name in DEFAULT_REWARDS], 2))
    read = {name: groups_of(fields_read([term], 2)) for name, term in TERMS.items()}
    assert {name for name, groups in read.items() if "touches" in groups} == {
        *("strong_touch", "touch_acceleration", "flip_reset_used", "flick", "kickoff_first_touch", "passing"),
    }
    assert {name for name, groups in read.items() if "happenings" in groups} == {
        *("boost_pickup_small", "boost_pickup_large", "boost_spent", "boost_waste", "bump", "bumped"),
    }
    assert read["wavedash"] == read["half_flip"] == read["turtle"] == {"cars"}
