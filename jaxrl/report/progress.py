"""Lines for the person at the terminal, above the progress bar."""

import sys
from contextlib import suppress

from tqdm import tqdm


def say(text: str) -> None:
    """Print a line on stderr, above the progress bar if there is one."""
    with suppress(OSError):  # a closed terminal or a full disk must not stop the training
        tqdm.write(text, file=sys.stderr)
