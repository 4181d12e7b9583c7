"""A folder of checkpoints: the newest intact one is found, and nothing that is not a run's own is touched."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from jaxrl.checkpoints.directory import (
    OtherRunError,
    delete_old,
    find_checkpoints,
    finish_interrupted,
    load_newest,
    set_aside,
    steps_of,
)
from jaxrl.checkpoints.files import checkpoint_info, verify_checkpoint, write_info
from jaxrl.errors import UserError


def test_find_checkpoints_finds_whole_ones_only(tmp_path):
    for name in ("final", "checkpoint_100", ".saving-final", ".replaced-final", "earlier/old"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "checkpoint.json").write_text(json.dumps({}))
    (tmp_path / "no_info").mkdir()
    assert find_checkpoints(tmp_path) == [tmp_path / "checkpoint_100", tmp_path / "final"]
    assert find_checkpoints(tmp_path / "nowhere") == []


def newest(directory):
    """Name of the newest checkpoint, and the lines that are said about others."""
    lines = []
    folder, steps = load_newest(directory, steps_of, lines.append)
    assert steps == steps_of(folder)
    return folder.name, lines


def test_the_newest_is_the_one_with_the_most_steps(three):
    assert [path.name for path in find_checkpoints(three)] == ["checkpoint_100", "final", "best"]
    assert newest(three) == ("best", [])


def test_every_damaged_file_is_named_and_its_checkpoint_skipped(three):
    """One byte of every file in turn, at its beginning, middle and end."""
    files = [path for path in (three / "best").rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        for place in {0, len(content) // 2, len(content) - 2} if content else ():
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            name, lines = newest(three)
            assert name == "final", (path, place)
            assert len(lines) == 1
            assert f"{path.relative_to(three / 'best')}" in lines[0]
            assert str(three / "best") in lines[0]
            assert len(lines[0].splitlines()) == 1
        path.write_bytes(content)
    assert newest(three) == ("best", [])


@pytest.mark.parametrize("damage", ["cut short", "deleted"])
def test_a_file_that_is_cut_short_or_gone_is_named(three, damage):
    for path in [path for path in (three / "best").rglob("*") if path.is_file()]:
        content = path.read_bytes()
        if damage == "deleted":
            path.unlink()
        elif content:
            path.write_bytes(content[: len(content) // 2])
        else:
            continue
        name, lines = newest(three)
        assert name == "final", path
        assert len(lines) == 1
        assert f"{path.relative_to(three / 'best')}" in lines[0]
        path.write_bytes(content)


def test_the_checkpoint_before_the_damaged_ones_is_used(three):
    for name in ("best", "final"):
        (three / name / "policy.npz").write_bytes(b"")
    name, lines = newest(three)
    assert name == "checkpoint_100"
    assert [line.split(":")[0] for line in lines] == [str(three / "best"), str(three / "final")]
    (three / "checkpoint_100" / "checkpoint.json").write_text("[]")
    with pytest.raises(UserError, match="no intact checkpoint") as caught:
        newest(three)
    assert str(caught.value).startswith(f"{three}: ")


def test_a_number_changed_in_the_description_is_damage(three):
    """Valid JSON that says something else: the order of checkpoints depends on it."""
    path = three / "checkpoint_100" / "checkpoint.json"
    path.write_text(path.read_text().replace('"env_steps": 100', '"env_steps": 900'))
    assert newest(three)[0] == "best"
    with pytest.raises(UserError, match=r"checkpoint\.json"):
        verify_checkpoint(three / "checkpoint_100")


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def copy(three, name: str, steps: int):
    """Another checkpoint in the same folder."""
    folder = shutil.copytree(three / "checkpoint_100", three / name)
    write_info(folder, replace(checkpoint_info(folder), env_steps=steps))
    return folder


def refuse(line: str) -> None:
    raise AssertionError(line)


def test_what_cannot_be_loaded_is_skipped_with_a_line(three):
    """All files are as they were saved, but their content is of no use."""

    def load(folder):
        if folder.name == "best":
            raise UserError("best: another layout")
        return folder.name

    lines = []
    assert load_newest(three, load, lines.append) == (three / "final", "final")
    assert lines == ["best: another layout; trying an older one"]


def test_a_checkpoint_of_another_run_ends_the_search(three):
    """Older ones are of that run, too: going on would hide the reason."""

    def load(folder):
        raise OtherRunError(f"{folder.name}: another network")

    with pytest.raises(OtherRunError, match="best: another network"):
        load_newest(three, load, refuse)


def test_a_copy_of_another_name_is_not_what_a_run_continues_from(three):
    """A user keeps a favourite of an earlier run, with more steps than the present one has."""
    copy(three, "checkpoint_my_favourite", 9000)
    (three / "checkpoint_9001").symlink_to(copy(three, "elsewhere", 9001))
    assert newest(three) == ("best", [])
    assert find_checkpoints(three)[-1].name == "best"


def test_delete_old_keeps_the_newest_and_whatever_has_another_name(three):
    for steps in (90, 1000, 400, 200):
        copy(three, f"checkpoint_{steps}", steps)
    delete_old(three, 3, refuse)
    assert names_in(three) == ["best", "checkpoint_1000", "checkpoint_200", "checkpoint_400", "final"]
    delete_old(three, 3, refuse)
    assert len(names_in(three)) == 5
    delete_old(three, 1, refuse)
    assert names_in(three) == ["best", "checkpoint_1000", "final"]


def test_delete_old_takes_nothing_but_a_runs_own(three):
    """A copy, notes, a link, a folder without a description, one whose description is damaged, one of other digits."""
    copy(three, "checkpoint_my_favourite", 1)
    copy(three, "checkpoint_1_copy", 1)
    copy(three, "checkpoint_\u0661", 1)  # an Arabic 1
    (three / "checkpoint_2").symlink_to(copy(three, "elsewhere", 2))
    (three / "checkpoint_3").symlink_to("nowhere")
    (three / "checkpoint_notes" / "state").mkdir(parents=True)
    (three / "checkpoint_notes" / "state" / "thesis.txt").write_text("years of work")
    (three / "checkpoint_4" / "state").mkdir(parents=True)
    (copy(three, "checkpoint_5", 5) / "checkpoint.json").write_text("{}")
    (three / "checkpoint_6").write_text("a file")
    before = names_in(three)
    copy(three, "checkpoint_50", 50)
    delete_old(three, 1, refuse)
    assert names_in(three) == before
    assert (three / "checkpoint_notes" / "state" / "thesis.txt").read_text() == "years of work"
    assert verify_checkpoint(three / "elsewhere").env_steps == 2


def test_what_cannot_be_deleted_is_a_line(three, immutable):
    """And is tried again the next time."""
    copy(three, "checkpoint_50", 50)
    immutable(three / "checkpoint_50" / "policy.npz")
    lines = []
    delete_old(three, 1, lines.append)
    assert len(lines) == 1
    assert lines[0].endswith("checkpoint_50: cannot be moved or deleted (Operation not permitted)")
    assert verify_checkpoint(three / "checkpoint_100").env_steps == 100
    lines.clear()
    finish_interrupted(three, lines.append)
    assert len(lines) == 1


def test_what_vanished_meanwhile_is_fine(three):
    """Two processes tidy up the same folder at once, as two runs do whose folder was copied into place."""
    for steps in range(50, 90):
        copy(three, f"checkpoint_{steps}", steps)
    code = "import sys; from pathlib import Path; from jaxrl.checkpoints.directory import delete_old\n"
    code += "delete_old(Path(sys.argv[1]), 1, lambda line: sys.exit(line))"
    both = [subprocess.Popen([sys.executable, "-c", code, three], stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[1] for process in both] == [b"", b""]
    assert names_in(three) == ["best", "checkpoint_100", "final"]


def test_nothing_is_left_of_setting_aside_what_vanished(tmp_path):
    with pytest.raises(FileNotFoundError):
        set_aside(tmp_path, [tmp_path / "gone"])
    assert names_in(tmp_path) == []


def test_a_kill_between_the_two_renames_is_put_right(tmp_path):
    """Only the hidden folder is left of the old checkpoint: it comes back, but never over a newer one."""
    for name in (".replaced-best", ".replaced-final", "final", ".saving-checkpoint_100"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mark").write_text(name)
    finish_interrupted(tmp_path, refuse)
    assert (tmp_path / "best" / "mark").read_text() == ".replaced-best"
    assert (tmp_path / "final" / "mark").read_text() == "final"
    assert names_in(tmp_path) == ["best", "final"], "nothing unfinished stays"


def test_tidying_up_takes_only_folders_that_a_save_makes(tmp_path):
    """Files, links and names that no checkpoint has are somebody's own."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "thesis.txt").write_text("years of work")
    for prefix in (".saving-", ".replaced-"):
        (tmp_path / f"{prefix}final").write_text("a file")
        (tmp_path / f"{prefix}best").symlink_to(tmp_path / "elsewhere")
        (tmp_path / f"{prefix}notes").mkdir()
        (tmp_path / f"{prefix}checkpoint_x").mkdir()
    before = names_in(tmp_path)
    finish_interrupted(tmp_path, refuse)
    assert names_in(tmp_path) == before
    assert (tmp_path / "elsewhere" / "thesis.txt").read_text() == "years of work"
