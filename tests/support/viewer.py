"""The tools of the pages' scripts, from npm: esbuild that builds them, axe-core that tests them."""

import shutil
import subprocess
from pathlib import Path

VIEWER = Path(__file__).parents[2] / "viewer"


def has_npm() -> bool:
    """Whether Node.js and npm are installed."""
    return shutil.which("npm") is not None and shutil.which("node") is not None


def install() -> Path:
    """Install what viewer/package.json names, unless it is there; returns the folder of the packages."""
    modules = VIEWER / "node_modules"
    if not all((modules / name).is_dir() for name in ("three", "esbuild", "axe-core")):
        command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=VIEWER, check=True, timeout=300)
    return modules
