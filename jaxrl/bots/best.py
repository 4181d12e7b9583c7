"""The best bot of a run, which every guide names and which is not there before the first evaluation."""

from pathlib import Path

from jaxrl.bots.newest import BEST, bots_in
from jaxrl.errors import UserError

FIRST_EVALUATION = 50_000  # environment steps, or `evaluation.eval_freq` if that is less


def check_best(folder: Path) -> None:
    """Say when `best` comes, and what to take until then; raises UserError where a run has not saved it yet."""
    if folder.name != BEST or folder.exists() or not folder.parent.is_dir():
        return
    newest = next(iter(bots_in(folder.parent)), None)
    meanwhile = f"until then take {newest}" if newest is not None else "no other checkpoint is there yet, either"
    raise UserError(
        f"{folder}: not there yet: the first evaluation saves it, after {FIRST_EVALUATION:,} environment steps "
        f"(or evaluation.eval_freq, if that is less); {meanwhile}"
    )
