"""Lines for the person at the terminal, beside a progress bar."""

import sys
from contextlib import suppress

from tqdm import tqdm


def say(text: str) -> None:
    """Prints a line, above the progress bar if there is one."""
    with suppress(OSError):  # a terminal that is gone, a log on a full disk: no reason to stop
        tqdm.write(text, file=sys.stderr)
