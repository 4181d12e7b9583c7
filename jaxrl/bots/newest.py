"""Where a bot is: in a folder of its own, or in a folder of checkpoints, of which the newest counts.

One rule for every command and every key that takes the folder of a bot.
"""

import re
from pathlib import Path
from typing import Literal

from jaxrl.bots.description import DESCRIPTION_FILE, read_description
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy
from jaxrl.errors import UserError

# names that a run gives its checkpoints: checkpoint_100000, checkpoint_200000, ...
PERIODIC, BEST, FINAL, BEFORE_COOLDOWN = "checkpoint_", "best", "final", "before_cooldown"
OWN_NAME = re.compile(rf"{PERIODIC}[0-9]+|{BEST}|{FINAL}|{BEFORE_COOLDOWN}")


def has_own_name(folder: Path) -> bool:
    """Whether a run gives its checkpoints the name of `folder`, and it is no link."""
    return OWN_NAME.fullmatch(folder.name) is not None and not folder.is_symlink()


def is_bot(folder: Path) -> bool:
    """Whether `folder` itself holds a bot, be it damaged."""
    return (folder / DESCRIPTION_FILE).exists()


def bots_in(folder: Path) -> list[Path]:
    """The folders of bots that `folder` stands for, the newest first: itself, or those directly in it.

    The newest has the most environment steps; damaged ones come after those. Copies that have other names than a run
    gives its checkpoints come last. Raises OSError.
    """
    if is_bot(folder):
        return [folder]
    found = {path.parent for path in folder.glob(f"[!.]*/{DESCRIPTION_FILE}")}
    return sorted(found, key=lambda bot: (has_own_name(bot), _steps(bot), bot), reverse=True)


def newest_bot(folder: Path, backend: Literal["numpy", "jax"] = "numpy") -> tuple[Path, Policy]:
    """Load the newest bot of `folder` that is intact; returns where it was found, and the policy.

    Raises UserError where there is none, saying what is wrong with the newest.
    """
    trouble = None
    for bot in bots_in(folder):
        try:
            return bot, load_policy(bot, backend)
        except UserError as error:
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return folder, load_policy(folder, backend)  # says what is missing


def _steps(bot: Path) -> int:
    try:
        return read_description(bot).env_steps
    except UserError:
        return -1
