"""The measurements behind the figures in README and docs, run as python -m benchmarks.NAME."""

from pathlib import Path

# python -m benchmarks.NAME finds NAME.py in whichever room it is
__path__ += [str(Path(__file__).with_name(room)) for room in ("speed", "learning", "peers", "tools")]
