"""Measurements behind the figures in README and docs; run as python -m benchmarks.NAME."""

from pathlib import Path

# a command is python -m benchmarks.NAME, whichever room NAME.py is in
__path__ += [str(Path(__file__).with_name(room)) for room in ("speed", "learning", "peers", "tools")]
