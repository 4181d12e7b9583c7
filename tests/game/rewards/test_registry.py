"""The reward terms by name."""

from jaxrl.game.rewards.registry import TAG_GROUPS, TERMS, group_of


def test_all_promised_terms_exist_in_the_promised_groups():
    assert set(TAG_GROUPS) == {"goal", "touch", "progress", "boost", "demo", "aerial"}
    assert len(TERMS) == 11
    for name in TERMS:
        assert name in {term.__name__ for term in TAG_GROUPS[group_of(name)]}
    assert group_of("my.module:term") == "custom"
