"""Every key of the config does something: code outside of the schema's own checks reads it."""

from pathlib import Path

from support.key_reads import dead_keys, keys

PACKAGE = Path(__file__).parents[2] / "jaxrl"
# its purpose is to be checked against num_envs x n_steps, which validation does
ONLY_CHECKED = {"training.batch_size"}


def package_sources() -> list[str]:
    """All but the code that reads every key in order to load, check or compare them."""
    return [path.read_text() for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "config"] + [
        (PACKAGE / "config" / "schema.py").read_text()  # derived values
    ]


def test_every_key_is_read():
    dead = dead_keys(package_sources())
    assert dead <= ONLY_CHECKED, f"nothing reads {', '.join(sorted(dead - ONLY_CHECKED))}"


def test_the_exceptions_are_needed():
    """An exception for a key that code reads by now would hide it when it dies."""
    assert dead_keys(package_sources()) >= ONLY_CHECKED


def test_there_are_keys():
    """So that the tests above cannot pass on an empty schema."""
    assert {"training.gamma", "rewards", "environment.start_states", "accelerator.compile_cache"} <= set(keys())
    assert len(keys()) > 35


def test_a_dead_key_would_be_found():
    """The finder itself: each of these reads exactly one key, or none."""
    everything = set(keys())
    for source, read in (
        ("x = config.training.gamma", {"training.gamma"}),
        ("t = config.training\nt.gamma", {"training.gamma"}),
        ("t, e = config.training, config.environment\ne.tick_skip", {"environment.tick_skip"}),
        ("def f(training): return training.gamma", {"training.gamma"}),
        ("class Training:\n    def f(self): return self.gamma", {"training.gamma"}),
        ("config.rewards.items()", {"rewards"}),
        ("spec.seed + other.gamma + game.rewards", set()),
        ("training.gamma = 1", set()),
        ("class Training:\n    @model_validator(mode='after')\n    def f(self): return self.gamma", set()),
    ):
        assert everything - dead_keys([source]) == read, source
