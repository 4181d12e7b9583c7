"""Events on a full disk: nothing blocks, nothing is torn. With a real disk: tests/faults/test_full_disk.py."""

import os
import shutil
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboardX import SummaryWriter

from jaxrl.config.load import load_config
from jaxrl.report.buffered_file import MAX_BYTES, BufferedFile, BufferedFiles
from jaxrl.report.tensorboard import EventLog


def test_events_are_those_that_were_written(tmp_path):
    writer = SummaryWriter(BufferedFiles().name(tmp_path / "run"))
    for step in range(300):
        writer.add_scalar("a/b", step / 2, step)
    writer.close()
    events = EventAccumulator(str(tmp_path / "run"))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("a/b")] == [(step, step / 2) for step in range(300)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_error_to_be_read_not_one_to_be_raised():
    file = BufferedFile(Path("/dev/full"))
    file.write(b"x" * 10)
    file.flush()
    assert file.error == "/dev/full: No space left on device"
    file.close()


def test_what_could_not_be_written_comes_later_and_in_order(tmp_path, monkeypatch):
    """A disk that takes three bytes, then none, then all: the real os.write on a real file, but for its refusals."""
    file = BufferedFile(tmp_path / "events")
    write, room = os.write, [3, 0, 0, None]

    def narrow(handle, data):
        size = room.pop(0)
        if size == 0:
            raise OSError(28, "No space left on device")
        return write(handle, bytes(data)[:size])

    monkeypatch.setattr("os.write", narrow)
    for part in (b"abcdef", b"gh"):
        file.write(part)
        file.flush()
        assert file.error is not None
    assert (tmp_path / "events").read_bytes() == b"abc"
    file.flush()
    assert file.error is None
    assert (tmp_path / "events").read_bytes() == b"abcdefgh"
    file.close()


@pytest.mark.parametrize("how", ["deleted", "moved", "replaced by a copy"])
def test_a_file_that_is_gone_is_written_anew_with_all_that_was_in_it(tmp_path, how):
    """`rm -rf logs` while training; or somebody tidies up, or restores a backup."""
    folder = tmp_path / "logs" / "run"
    writer = SummaryWriter(BufferedFiles().name(folder))
    writer.add_scalar("a", 1.0, 1)
    writer.flush()
    if how == "deleted":
        shutil.rmtree(tmp_path / "logs")
    else:
        folder.rename(tmp_path / "logs" / "old")
        if how == "replaced by a copy":
            shutil.copytree(tmp_path / "logs" / "old", folder)
    for step in (2, 3):
        writer.add_scalar("a", float(step), step)
        writer.flush()
    writer.close()
    events = EventAccumulator(str(folder))
    events.Reload()
    assert sorted({e.step for e in events.Scalars("a")}) == [1, 2, 3]
    assert all("tfevents" in path.name for path in folder.iterdir())


def test_that_it_was_written_anew_is_said_once(tmp_path, capsys):
    log = EventLog(tmp_path / "logs" / "run", load_config("final"), 0)
    shutil.rmtree(tmp_path / "logs")
    log._writer.flush()
    for step in range(3):
        log.log({"a": 1.0}, step)
    log.close()
    assert capsys.readouterr().err.count("was deleted or moved while training") == 1


def test_what_cannot_be_written_anew_waits(tmp_path):
    """Something stands where the folder was; once it is gone, everything is there again."""
    (tmp_path / "logs").mkdir()
    file = BufferedFile(tmp_path / "logs" / "events")
    file.write(b"abc")
    file.flush()
    shutil.rmtree(tmp_path / "logs")
    (tmp_path / "logs").write_text("in the way")
    file.write(b"def")
    file.flush()
    assert "logs/events" in file.error
    assert file.restored == 0
    (tmp_path / "logs").unlink()
    file.close()
    assert file.error is None
    assert (tmp_path / "logs" / "events").read_bytes() == b"abcdef"


def test_memory_is_bounded(tmp_path):
    file = BufferedFile(tmp_path / "events")
    for _ in range(MAX_BYTES // 2**22 + 5):
        for _ in range(4):  # pieces of a record, which is taken whole or not at all
            file.write(bytes(2**20 + 1))
    file.close()
    assert (tmp_path / "events").stat().st_size == 4 * (2**20 + 1) * (MAX_BYTES // 2**22)
