"""The bar that passes: there in a terminal while something is done, and gone afterwards."""

import fcntl
import os
import pty
import struct
import termios

from support.terminals import rest_shown

from jaxrl.report.progress import PassingBar


def show(bar):
    bar.show("against idle", 1.0)
    bar.show("against chaser", 0.25)  # less than before: the next one has begun
    bar.clear()
    bar.close()


def test_in_a_terminal(monkeypatch):
    """What a terminal of 60 columns received: both titles, and blanks over the last of them."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 60, 0, 0))
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        bar = PassingBar()
        bar._bar.mininterval = 0
        show(bar)
    shown = rest_shown(master).decode().split("\r")
    assert any(line.startswith("against idle 100%|") for line in shown)
    assert any(line.startswith("against chaser  25%|") for line in shown)
    assert shown[-2:] == [" " * len(shown[-2]), ""]


def test_in_a_file_there_is_none(capsys):
    show(PassingBar())
    assert capsys.readouterr().err == ""
