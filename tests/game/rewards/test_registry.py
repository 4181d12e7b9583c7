"""The reward terms by name."""

from jaxrl.config.schema import DEFAULT_REWARDS
from jaxrl.game.rewards.registry import TAG_GROUPS, TERMS, group_of


def test_every_term_is_in_one_group_and_the_first_ones_are_in_the_promised_ones():
    """Tags of TensorBoard keep their names."""
    assert len(TERMS) == sum(map(len, TAG_GROUPS.values())) == 58
    for name in TERMS:
        assert name in {term.__name__ for term in TAG_GROUPS[group_of(name)]}
    promised = {
        "goal": ("goal", "concede"),
        "touch": ("touch",),
        "progress": ("speed_to_ball", "face_ball", "ball_to_goal", "alignment"),
        "boost": ("boost_kept",),
        "demo": ("demo", "demoed"),
        "aerial": ("aerial",),
    }
    assert list(TAG_GROUPS)[: len(promised)] == list(promised)
    for group, names in promised.items():
        assert [term.__name__ for term in TAG_GROUPS[group]][: len(names)] == list(names)
    assert {name for names in promised.values() for name in names} == set(DEFAULT_REWARDS)
    assert group_of("my.module:term") == "custom"
