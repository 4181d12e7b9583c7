"""What the terminal shows: the progress bar, and lines above it."""

import sys
import threading
from contextlib import suppress

from tqdm import tqdm

from jaxrl.errors import printable

QUIET_REFRESH_SECONDS = 10.0  # so that a bar written to a file does not fill it

tqdm.set_lock(threading.RLock())  # only this process prints; by default it makes another lock, with a file in /dev/shm


class ProgressBar:
    """Environment steps done of the total, on stderr."""

    def __init__(self, total: int, env_steps: int) -> None:
        self._total = max(total, env_steps)
        self._bar = tqdm(disable=True)
        with suppress(OSError):  # a closed terminal or a full disk must not stop the training
            self._bar = tqdm(
                total=self._total,
                initial=env_steps,
                unit="step",
                unit_scale=True,
                dynamic_ncols=True,
                smoothing=0.1,
                mininterval=0.1 if sys.stderr.isatty() else QUIET_REFRESH_SECONDS,
            )

    def move_to(self, env_steps: int, text: str) -> None:
        """Move the bar to `env_steps`, or to its end where they are beyond it, with `text` behind it."""
        with suppress(OSError):  # as above
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.update(min(env_steps, self._total) - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it is."""
        with suppress(OSError):
            self._bar.close()


class PassingBar:
    """The share that is done of one thing after another, on stderr if that is a terminal; it leaves no trace."""

    def __init__(self) -> None:
        self._bar = tqdm(
            total=1.0,
            leave=False,
            disable=None,  # where there is no terminal
            miniters=0,
            bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}",
        )

    def show(self, title: str, share: float) -> None:
        """Show `share`, 0 to 1, of what `title` names."""
        self._bar.set_description_str(title, refresh=False)
        if share < self._bar.n:
            self._bar.reset()
        self._bar.update(share - self._bar.n)

    def clear(self) -> None:
        """Make room for a line."""
        self._bar.clear()

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


def say(text: str) -> None:
    """Print a line on stderr, above the progress bar if there is one."""
    with suppress(OSError):  # as above
        tqdm.write(printable(text), file=sys.stderr)
