"""The old way to call `jaxrl export`: `python -m jaxrl.export`."""

import sys

from jaxrl.cli.export import main

if __name__ == "__main__":
    sys.exit(main())
