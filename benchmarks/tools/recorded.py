"""What `jaxrl watch` puts into a page, without the viewer: the docs are built with the one of the day."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from jaxrl.cli.main import main as jaxrl
from jaxrl.watch.page import read_match


def record(watch: Sequence[str], to: Path) -> int:
    """Run `jaxrl watch` with these arguments, and write its match to `to`; returns its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        if code := jaxrl(["watch", *watch, "--out", str(page)]):
            return code
        match = read_match(page)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(match) + "\n", encoding="utf-8")
    return 0
