"""What is read of a run, against TensorBoard's own reader."""

import numpy as np
import pytest
from support.event_files import STEPS, config_of, events_in, figures, log_updates, logging, wait_for_seconds, write_run
from tensorboardX import SummaryWriter
from tensorboardX.proto import summary_pb2

from benchmarks.learning.events import read_scalars
from jaxrl.config.load import dump_config, load_config
from jaxrl.dashboard.events import RunEvents


def read(folder):
    events = RunEvents(folder)
    while events.read() < 1:
        pass
    return events


def assert_same(events, folder):
    """The same tags, steps and values as TensorBoard has."""
    known = read_scalars(folder)
    assert set(events.series) == set(known)
    for tag, (steps, values, _) in known.items():
        assert np.array_equal(events.series[tag].steps, steps), tag
        assert np.array_equal(events.series[tag].values, values.astype(np.float32)), tag


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    tmp = tmp_path_factory.mktemp("run")
    return write_run(tmp / "logs/first", config_of(tmp), updates=30)


def test_it_reads_what_tensorboard_reads(run):
    events = read(run)
    assert_same(events, run)
    assert len(events.series["reward/total_mean"]) == 30
    assert events.series["game/touches_per_minute"].last == np.float32(figures(30)["game/touches_per_minute"])
    assert events.trouble == ""


def test_it_reads_events_of_one_scalar_and_of_any_number(tmp_path):
    """As every run logged them before, and as they are now; with figures that come and go, and steps of any length."""
    rng = np.random.default_rng(0)
    with SummaryWriter(str(tmp_path)) as writer:
        for step in sorted({*range(300), *(2**k + d for k in range(7, 40) for d in (-1, 0, 1))}):
            numbers = {f"a/tag_{'x' * k}": rng.normal() for k in range(40) if rng.random() < 0.8}
            for tag, value in list(numbers.items())[:5]:
                writer.add_scalar(tag, value, step)
            values = [summary_pb2.Summary.Value(tag=tag, simple_value=value) for tag, value in numbers.items()][5:]
            for some in (values[:1], values[1:4], values[4:]):
                writer.file_writer.add_summary(summary_pb2.Summary(value=some), step)
            if step % 100 == 50:
                writer.add_text("note", "something else", step)
    assert_same(read(tmp_path), tmp_path)


def test_records_of_a_run_are_all_read_at_once(run, monkeypatch):
    """All but a few that are no scalars: the reader of single events takes too long for all."""
    taken = []
    take = RunEvents._take
    monkeypatch.setattr(RunEvents, "_take", lambda self, data: taken.append(data) or take(self, data))
    read(run)
    assert 0 < len(taken) < 10


def test_it_reads_the_config(run):
    text = read(run).config
    lines = [line.removeprefix("    ") for line in text.splitlines()]
    assert "\n".join(lines).strip() == dump_config(config_of(run.parents[1])).strip()


@pytest.mark.parametrize("chunk", [1, 40, 1000, 10**6])
def test_chunks_of_any_size_give_the_same(run, chunk, monkeypatch):
    monkeypatch.setattr("jaxrl.dashboard.events.CHUNK_BYTES", chunk)
    if chunk < 1000:
        path = events_in(run)
        short = run.parent / f"short_{chunk}"
        short.mkdir()
        (short / path.name).write_bytes(path.read_bytes()[:20_000])
        run = short
    assert_same(read(run), run)


def test_a_resumed_run_takes_back_what_it_had_logged_beyond(tmp_path):
    config = config_of(tmp_path)
    folder = write_run(tmp_path / "logs/first", config, updates=20)
    events = read(folder)
    assert len(events.series["train/stage"]) == 20
    wait_for_seconds()
    with logging(folder, config, env_steps=12 * STEPS) as log:
        log_updates(log, range(13, 16))
    while events.read() < 1:
        pass
    assert events.series["train/stage"].steps.tolist() == [STEPS * update for update in range(1, 16)]
    assert_same(events, folder)


def test_a_run_that_grows_is_read_further(tmp_path):
    folder = tmp_path / "logs/first"
    with logging(folder, config_of(tmp_path)) as log:
        log_updates(log, range(1, 11))
    data, path = events_in(folder).read_bytes(), events_in(folder)
    path.write_bytes(data[: len(data) // 2])
    events = RunEvents(folder)
    events.read()
    before, some = events.version, sum(map(len, events.series.values()))
    events.read()
    assert events.version == before, "nothing is new"
    with path.open("ab") as file:
        file.write(data[len(data) // 2 :])
    events.read()
    assert events.version != before
    assert sum(map(len, events.series.values())) > some > 0
    assert_same(events, folder)


def test_wherever_a_file_ends_what_is_whole_is_shown(run, tmp_path):
    data, path = events_in(run).read_bytes(), tmp_path / events_in(run).name
    for size in range(0, len(data), 7777):
        path.write_bytes(data[:size])
        assert read(tmp_path).trouble == ""
    assert 0 < len(read(tmp_path).series["train/stage"]) <= 30


def test_a_damaged_file_is_shown_up_to_there_and_said(run, tmp_path):
    data = bytearray(events_in(run).read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / events_in(run).name
    path.write_bytes(data)
    events = read(tmp_path)
    assert "damaged at byte" in events.trouble
    assert 10 < len(events.series["train/stage"]) < 20
    path.write_bytes(bytes(data[: len(data) // 3]))  # written anew, and shorter
    assert read(tmp_path).trouble == ""


@pytest.mark.parametrize("content", [b"", b"no events at all, but some text that somebody put there", bytes(5000)])
def test_a_file_of_something_else_is_no_crash(content, tmp_path):
    (tmp_path / "events.out.tfevents.1.host").write_bytes(content)
    events = read(tmp_path)
    assert events.series == {}
    assert bool(events.trouble) == bool(content)


def test_a_file_or_folder_that_goes_is_no_crash(tmp_path):
    folder = write_run(tmp_path / "logs/first", load_config("final", [f"logging.log_dir={tmp_path}/logs"]), updates=2)
    events = read(folder)
    events_in(folder).unlink()
    events.read()
    folder.rmdir()
    events.read()
