"""The old way to call `jaxrl watch`: `python -m jaxrl.watch`."""

import sys

from jaxrl.cli.watch import main

if __name__ == "__main__":
    sys.exit(main())
