"""Stop signals, sent to a real process."""

import signal
import subprocess
import sys
import time

SCRIPT = """
import time
from jaxrl.signals import StopSignals
with StopSignals() as stop:
    print("ready", flush=True)
    for _ in range(400):
        time.sleep(0.02)
        if stop.received and time.monotonic() > stop._since + 3:
            break
    raise SystemExit(stop.exit_code)
"""


def end_of(*pauses: float) -> int:
    """Exit code of a process that gets a SIGINT after each pause (seconds) and is patient with the first."""
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        for pause in pauses:
            time.sleep(pause)
            process.send_signal(signal.SIGINT)
        return process.wait(timeout=30)


def test_an_echo_of_the_first_signal_is_no_second_one():
    """`uv run` and `timeout` may pass on what the whole process group has got: the run still saves."""
    assert end_of(0.1, 0.2) == 130


def test_a_second_signal_ends_the_process():
    """Ended by the signal itself, which Python reports as a negative code."""
    assert end_of(0.1, 1.5) == -signal.SIGINT
