"""`python -m jaxrl.export`, the same as `jaxrl export`."""

import sys

from jaxrl.cli.main import run_command

if __name__ == "__main__":
    sys.exit(run_command("export", prog="python -m jaxrl.export"))
