"""Folders of a run, with other processes that really hold a lock, and folders that are really gone."""

import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest
from support.cli import assert_one_line

from jaxrl.config.load import load_config
from jaxrl.errors import SaveError, UserError
from jaxrl.training.folders import CheckpointFolder, TakenError, log_folder, writing

HOLD = """
import sys
from pathlib import Path
from jaxrl.training.folders import CheckpointFolder
with CheckpointFolder(Path(sys.argv[1]), print):
    print("locked", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_trainer_in(folder):
    """Another process that holds `folder`."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        yield
        process.stdin.close()


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    return folder


def refuse(line: str) -> None:
    raise AssertionError(line)


def test_two_trainers_do_not_save_in_one_folder(path):
    with another_trainer_in(path), pytest.raises(UserError, match="another run is writing to") as caught:
        CheckpointFolder(path, print)
    assert_one_line(caught.value)
    with CheckpointFolder(path, refuse) as folder:
        assert folder.ready() == path


def test_a_folder_that_was_deleted_is_made_and_locked_anew(path):
    lines = []
    with CheckpointFolder(path, lines.append) as folder:
        shutil.rmtree(path)
        assert folder.ready() == path
        assert path.is_dir()
        assert len(lines) == 1
        assert "was deleted or moved while training" in lines[0]
        assert subprocess.run([sys.executable, "-c", HOLD, path], capture_output=True).returncode, "it is locked"
        assert folder.ready() == path
        assert len(lines) == 1


def test_what_is_in_a_folder_that_came_in_its_place_is_not_overwritten(path, tmp_path):
    """A backup is copied back while training: its checkpoints are of another time."""
    lines = []
    with CheckpointFolder(path, lines.append) as folder:
        path.rename(tmp_path / "away")
        shutil.copytree("tests/data/checkpoint_0_1_0", path / "checkpoint_100")
        (path / "notes").mkdir()
        folder.ready()
    assert sorted(each.name[:8] for each in path.iterdir()) == ["earlier_", "notes"]
    (aside,) = path.glob("earlier_*")
    assert [each.name for each in aside.iterdir()] == ["checkpoint_100"]
    assert str(aside) in lines[1]


def test_a_folder_that_another_run_has_by_now_is_left_to_it(path, tmp_path):
    with CheckpointFolder(path, print) as folder:
        shutil.rmtree(path)
        path.mkdir()
        with another_trainer_in(path):
            for _ in range(2):
                with pytest.raises(TakenError, match="another run is writing to"):
                    folder.ready()
            with folder.beside() as other:
                assert other.ready() == tmp_path / "checkpoints_2"


def test_a_folder_that_cannot_be_made_anew_is_a_failed_save(path, tmp_path):
    with CheckpointFolder(path, print) as folder:
        shutil.rmtree(path)
        path.write_text("in the way")
        with pytest.raises(SaveError, match="was deleted, and cannot be made anew"):
            folder.ready()


def test_a_new_run_moves_nothing_but_a_runs_own_checkpoints(path, tmp_path):
    """A copy of another name, notes with a folder `state`, a link: they stay."""
    old = "tests/data/checkpoint_0_1_0"
    for name in ("final", "best", "checkpoint_100", "checkpoint_my_favourite"):
        shutil.copytree(old, path / name)
    (path / "checkpoint_200").symlink_to(shutil.copytree(old, tmp_path / "elsewhere"))
    (path / "checkpoint_notes" / "state").mkdir(parents=True)
    (path / "notes" / "state").mkdir(parents=True)
    with CheckpointFolder(path, print) as folder:
        folder.move_aside(None)
    (aside,) = path.glob("earlier_*")
    assert sorted(each.name for each in aside.iterdir()) == ["best", "checkpoint_100", "final"]
    stay = ["checkpoint_200", "checkpoint_my_favourite", "checkpoint_notes", "notes"]
    assert sorted(each.name for each in path.iterdir()) == sorted([*stay, aside.name])


def test_two_moves_in_one_second_do_not_meet(path):
    with CheckpointFolder(path, print) as folder:
        for _ in range(3):
            shutil.copytree("tests/data/checkpoint_0_1_0", path / "final")
            folder.move_aside(None)
    assert len(list(path.glob("earlier_*/final/policy.npz"))) == 3


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


def logging_to(folder):
    return load_config("final", [f"logging.log_dir={folder}"])


def test_runs_that_start_in_the_same_second_log_apart(tmp_path, stack):
    """Three seeds from a shell loop."""
    folders = {log_folder(logging_to(tmp_path / "logs"), "final", None, refuse, stack) for _ in range(3)}
    assert len(folders) == 3
    assert all(folder.is_dir() for folder in folders)


def test_logs_are_continued_by_one_run_at_a_time(tmp_path, stack):
    """Two runs go on from one checkpoint, each with a folder of checkpoints of its own."""
    config, old, lines = logging_to(tmp_path), tmp_path / "final_1", []
    old.mkdir()
    assert log_folder(config, "final", old, refuse, stack) == old
    other = log_folder(config, "final", old, lines.append, stack)
    assert other != old
    assert lines == [f"another run is writing to {old}: new logs begin"]
    stack.close()
    assert log_folder(config, "final", old, refuse, stack) == old


def test_a_folder_that_cannot_be_set_up_is_one_line(tmp_path, stack):
    (tmp_path / "logs").write_text("in the way")
    with pytest.raises(UserError, match=r"^logging\.log_dir: .* cannot be written to \(") as caught:
        log_folder(logging_to(tmp_path / "logs"), "final", None, refuse, stack)
    assert_one_line(caught.value)
    with pytest.raises(UserError, match="Is a directory"), writing("logging.log_dir", tmp_path):
        tmp_path.open("w")
