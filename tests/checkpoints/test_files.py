"""The description of a checkpoint, which anyone may have written: nothing outside of the folder is read."""

from dataclasses import replace

import pytest

from jaxrl.checkpoints.files import checkpoint_info, sha256, verify_checkpoint, write_info
from jaxrl.errors import UserError


@pytest.mark.parametrize("name", ["{outside}", "../outside.txt", "state/../../outside.txt", "a\0b"])
def test_a_file_outside_of_the_folder_is_refused_even_if_it_is_as_described(three, name):
    outside = three / "outside.txt"
    outside.write_text("not yours")
    folder = three / "final"
    info = checkpoint_info(folder)
    write_info(folder, replace(info, files=info.files | {name.format(outside=outside): sha256(outside)}))
    for read in (checkpoint_info, verify_checkpoint):
        with pytest.raises(UserError, match="is no file of a checkpoint") as caught:
            read(folder)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"env_steps": "100"},
        {"env_steps": 1.5},
        {"env_steps": True},
        {"env_steps": -1},
        {"env_steps": 10**5000 // 7},
        {"updates": 2**63},
        {"log_folder": 5},
        {"log_folder": None},
        {"jaxrl": ["0.1.0"]},
        {"files": ["policy.npz"]},
        {"files": {"policy.npz": 5}},
    ],
    ids=lambda change: f"{next(iter(change))} {type(next(iter(change.values()))).__name__}",
)
def test_values_of_another_kind_are_damage(three, change):
    """With a digest that is right: a stranger can compute it, too."""
    info = checkpoint_info(three / "final")
    try:
        write_info(three / "final", replace(info, **change))
    except ValueError:  # Python writes no number this long
        (three / "final" / "checkpoint.json").write_text('{"env_steps": 1' + "0" * 5000 + "}")
    with pytest.raises(UserError, match=r"checkpoint\.json: damaged") as caught:
        checkpoint_info(three / "final")
    assert len(str(caught.value).splitlines()) == 1


def test_brackets_without_end_are_damage(three):
    (three / "final" / "checkpoint.json").write_text("[" * 100_000)
    with pytest.raises(UserError, match="damaged"):
        checkpoint_info(three / "final")
