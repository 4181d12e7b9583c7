"""A training whose terminal or pipe goes away: it goes on, or ends saved, as SIGTERM would end it."""

import os
import pty
import select
import signal
import subprocess
import time

import pytest
from support.cli import TINY, command

LONG = TINY | {"training.total_timesteps": "1000000"}


@pytest.mark.slow
@pytest.mark.parametrize("early", [True, False], ids=["before the first line", "after it"])
def test_it_goes_on_when_nobody_reads_any_more(tmp_path, cache, early):
    """Both streams lead to pipes whose readers leave, as in `jaxrl train | head -1`."""
    process = subprocess.Popen(command(TINY | cache), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if not early:
        process.stdout.readline()
    process.stdout.close()
    process.stderr.close()
    assert process.wait(timeout=180) == 0
    assert (tmp_path / "checkpoints/final/checkpoint.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize("nohup", [False, True], ids=["as usual", "with nohup"])
def test_a_terminal_that_is_closed(tmp_path, cache, nohup):
    """The system sends SIGHUP: the run saves and ends with 129; under nohup it goes on to its end."""
    pid, terminal = pty.fork()
    if pid == 0:  # the only child of a terminal of its own
        os.chdir(tmp_path)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
        words = command((TINY if nohup else LONG) | cache)
        os.execv(words[0], words)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("checkpoints/checkpoint_*/checkpoint.json")):  # it trains
        assert time.monotonic() < deadline
        if select.select([terminal], [], [], 0.2)[0]:
            os.read(terminal, 4096)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == (0 if nohup else 129)
    assert (tmp_path / "checkpoints/final/checkpoint.json").exists()
