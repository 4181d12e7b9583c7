"""Configs of old checkpoints mean what they meant; a user's file without the same keys gets the defaults of today."""

from pathlib import Path

import pytest
import yaml

from jaxrl.config.load import dump_config, load_config, load_stored_config
from jaxrl.config.migrate import ADDED, all_keys, is_stored
from jaxrl.config.schema import Config
from jaxrl.errors import UserError

DUEL = Path(__file__).parents[2] / "pretrained" / "duel" / "config.yaml"  # written by jaxrl 0.1.0
OLD = ["observation.car_frame=false", "observation.mirror=false"]


def without(*keys: str) -> str:
    """The stored form of `final` without some keys, or sections."""
    data = yaml.safe_load(dump_config(Config()))
    for key in keys:
        section, _, name = key.partition(".")
        if name:
            del data[section][name]
        else:
            del data[section]
    return yaml.safe_dump(data, sort_keys=False)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The config of a checkpoint, to be written."""
    (tmp_path / "policy.json").write_text("{}")
    return tmp_path / "config.yaml"


def test_a_checkpoint_from_before_the_observation_had_options_has_none(stored):
    """The schema's defaults are true: such a bot would see another world than it learnt in."""
    stored.write_text(without("observation", "curriculum", "training.on_nan", "evaluation.record"))
    assert load_stored_config(stored) == load_config("final", OLD)
    assert Config().observation.car_frame
    assert Config().observation.mirror


def test_one_key_of_a_section_may_be_missing(stored):
    stored.write_text(without("observation.mirror"))
    assert load_stored_config(stored) == load_config("final", ["observation.mirror=false"])


def test_a_checkpoint_of_today_is_read_as_it_is(stored):
    config = load_config("fast_start", ["observation.mirror=false", "evaluation.record=true", "training.on_nan=stop"])
    stored.write_text(dump_config(config))
    assert load_stored_config(stored) == config


def test_a_stored_config_is_told_from_a_users_file_by_the_bot_beside_it(stored, tmp_path):
    """So `--config checkpoints/best/config.yaml`, and a file that extends it, mean what the checkpoint meant."""
    stored.write_text(without("observation"))
    assert is_stored(stored)
    assert load_config(stored) == load_stored_config(stored)
    own = tmp_path / "mine.yaml"
    own.write_text("extends: config.yaml\ntraining: {seed: 3}\n")
    assert not is_stored(own)
    assert load_config(own) == load_config("final", [*OLD, "training.seed=3"])
    (tmp_path / "policy.json").unlink()
    assert load_config(stored) == Config(), "a user's file that leaves the section out"


def test_a_checkpoints_config_that_lacks_any_other_key_is_damaged(stored):
    stored.write_text(without("training.gamma", "rewards"))
    with pytest.raises(UserError) as caught:
        load_stored_config(stored)
    assert str(caught.value).startswith(f"{stored}: training.gamma: missing (and 1 more); ")


@pytest.mark.parametrize("text", ["training: 5", "observation: 5", "[]", "extends: final.yaml"])
def test_a_damaged_one_is_one_line(stored, text):
    stored.write_text(text)
    with pytest.raises(UserError) as caught:
        load_stored_config(stored)
    assert str(caught.value).startswith(f"{stored}: ")
    assert len(str(caught.value).splitlines()) == 1


def test_a_checkpoints_config_extends_nothing(stored):
    """A stranger's checkpoint does not choose files on this disk."""
    stored.write_text(f"extends: /etc/passwd\n{without()}")
    with pytest.raises(UserError, match="extends: unknown key"):
        load_stored_config(stored)


def test_every_new_key_says_what_checkpoints_without_it_meant():
    """A key that neither the first release wrote nor the table has would break every older checkpoint."""
    data = yaml.safe_load(DUEL.read_text())
    written = {f"{section}.{key}" for section, keys in data.items() for key in keys} | set(data)
    assert set(all_keys()) - written <= {row.key for row in ADDED}


def test_the_table_names_keys_that_exist():
    assert {row.key for row in ADDED} <= set(all_keys())
    assert len({row.key for row in ADDED}) == len(ADDED)
    assert {"training.gamma", "rewards", "environment.start_states"} <= set(all_keys())
