"""Whole or not at all: a failing disk, and links, pipes and devices at the place of a file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.special_files import make_special

from jaxrl.errors import UserError
from jaxrl.files import check_path, nearest_path, open_regular, read_regular, write_whole


def test_it_writes_and_replaces(tmp_path):
    path = tmp_path / "page.html"
    write_whole(path, "Füße\n")
    assert path.read_bytes() == "Füße\n".encode()
    write_whole(path, b"\0\n")
    assert path.read_bytes() == b"\0\n"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "usual").write_text("")
    write_whole(tmp_path / "page", "text")
    assert (tmp_path / "page").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch, error):
    path = tmp_path / "model.onnx"
    path.write_text("old")

    def fail(handle):
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(error)):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


SPECIAL = ("link", "link to nowhere", "pipe", "socket", "device", "folder")


@pytest.mark.parametrize("kind", SPECIAL)
def test_only_a_file_is_replaced(tmp_path, kind):
    """A rename would replace all but the folder: as root once /dev/full itself."""
    special = make_special(tmp_path, kind)
    before, mode = sorted(tmp_path.rglob("*")), special.lstat().st_mode
    with pytest.raises(OSError, match=r"not a file$"):
        write_whole(special, "new")
    assert sorted(tmp_path.rglob("*")) == before
    assert special.lstat().st_mode == mode
    if kind == "link":
        assert special.read_text() == "old"


@pytest.mark.parametrize("kind", [kind for kind in SPECIAL if kind != "link"])
def test_only_a_file_is_read(tmp_path, kind):
    """None of them waits for a writer that never comes, or reads without end."""
    with pytest.raises(OSError, match=r"not a file|No such file"), open_regular(make_special(tmp_path, kind)):
        pass


def test_a_file_is_read_as_it_is_through_a_link_too(tmp_path):
    link = make_special(tmp_path, "link")
    with open_regular(link) as file:
        assert file.read() == b"old"
    assert read_regular(link, 3) == b"old"
    with pytest.raises(OSError, match="larger than 2 bytes"):
        read_regular(link, 2)


def test_a_pipe_that_takes_the_place_of_a_file_meanwhile_is_not_waited_for(tmp_path, monkeypatch):
    pipe, stat = make_special(tmp_path, "pipe"), Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **options: stat(Path(__file__), **options))
    with pytest.raises(OSError, match="a named pipe, not a file"), open_regular(pipe):
        pass


def test_the_names_of_the_folder_are_on_the_disk_too(tmp_path, monkeypatch):
    """After a power cut the new name is there: the folder is synced once the file has its name."""
    synced, fsync = [], os.fsync

    def note(handle):
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", note)
    write_whole(tmp_path / "page", "text")
    assert len(synced) == 2
    assert synced[0].startswith(f"{tmp_path}/.page.")
    assert synced[1] == str(tmp_path)


def test_processes_that_ask_for_the_same_new_folder_get_one_each(tmp_path):
    code = (
        "import sys; from pathlib import Path; from jaxrl.files import new_folder; print(new_folder(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "logs" / "run")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    names = [Path(process.communicate()[0].strip()).name for process in processes]
    assert sorted(names) == ["run", "run_2", "run_3", "run_4"]


@pytest.mark.parametrize("path", ["checkpoints/best", "not/there", "file/inside", ".", "/"])
def test_what_the_system_can_look_for_is_a_path(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    check_path(path)


@pytest.mark.parametrize("path", ["loop", "loop/inside", "x" * 300, "d/" * 3000, "a\0b"])
def test_what_it_cannot_look_for_is_one_short_line(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    with pytest.raises(UserError, match="not a path that can be used") as caught:
        check_path(path)
    assert len(str(caught.value)) < 300
    assert "\0" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "suggested"),
    [
        ("checkpoints/bets", "checkpoints/best"),
        ("checkpoint/best", "checkpoints/best"),
        ("checkpoint/other", "checkpoints"),
        ("checkpoints/best", None),
        ("something/else", None),
        ("x" * 300, None),
    ],
)
def test_the_nearest_path_that_exists(wrong, suggested, tmp_path):
    (tmp_path / "checkpoints" / "best").mkdir(parents=True)
    expected = f"; did you mean {tmp_path / suggested}?" if suggested else ""
    assert nearest_path(tmp_path / wrong) == expected
