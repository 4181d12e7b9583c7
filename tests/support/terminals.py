"""What a pseudo-terminal received."""

import os
from contextlib import suppress


def rest_shown(terminal: int) -> bytes:
    """All that comes out of the master side `terminal` until nobody holds the other side; closes it.

    One read is not enough: the kernel hands on what was written bit by bit, a little later.
    """
    shown = b""
    with suppress(OSError):  # how a terminal says that nobody writes any more
        while more := os.read(terminal, 65536):
            shown += more
    os.close(terminal)
    return shown
