"""`python -m jaxrl.watch`, the same as `jaxrl watch`."""

import sys

from jaxrl.cli.main import run_command

if __name__ == "__main__":
    sys.exit(run_command("watch", prog="python -m jaxrl.watch"))
