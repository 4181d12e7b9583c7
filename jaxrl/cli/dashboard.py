"""`jaxrl dashboard`: a run at a glance, on a local page or in the terminal.

jaxrl dashboard
jaxrl dashboard logs/final_20260101-120000 logs/final_20260102-120000
jaxrl dashboard logs --tui
"""

import argparse
import time
from pathlib import Path

from jaxrl.errors import UserError
from jaxrl.signals import StopSignals
from jaxrl.streams import tell

LOGS = Path("logs")
PORT = 8766


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl dashboard`."""
    parser.description = "Show how runs do, old ones or running ones: curves, rewards by term, stages, speed, faults."
    parser.add_argument(
        "logs",
        type=Path,
        nargs="*",
        metavar="LOG_FOLDER",
        help="the logs of a run, or a folder of them: the newest; up to eight are compared (default: logs)",
    )
    parser.add_argument("--port", type=int, help=f"of the page, on this machine; 0 takes any free (default: {PORT})")
    parser.add_argument("--tui", action="store_true", help="in the terminal instead of a page, in short")


def run(arguments: argparse.Namespace) -> int:
    """Show the runs until Ctrl-C or SIGTERM; returns the exit code. Raises UserError where there is none to show."""
    from jaxrl.dashboard.runs import Runs, find_runs

    if arguments.tui and arguments.port is not None:
        raise UserError("--port: is of the page; leave out --tui")
    runs = Runs(find_runs(arguments.logs or [LOGS]))
    with StopSignals() as signals:
        if arguments.tui:
            from jaxrl.dashboard.screen import show_screen

            show_screen(runs, lambda: signals.received is not None)
            return signals.exit_code
        from jaxrl.dashboard.server import DashboardServer

        with DashboardServer(PORT if arguments.port is None else arguments.port, runs) as server:
            tell(f"{server.address}: open it in a browser; Ctrl-C ends")
            while not signals.received:
                time.sleep(0.2)
    return signals.exit_code
