"""From a name to a player: a scripted one, a saved bot, or a user's own code."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from jaxrl.bots.best import check_best
from jaxrl.bots.newest import newest_bot
from jaxrl.bots.player import Player, PolicyPlayer
from jaxrl.bots.policy import Policy
from jaxrl.bots.scripted import SCRIPTED
from jaxrl.errors import UserError
from jaxrl.files import check_path, nearest_path
from jaxrl.game.physics import Physics
from jaxrl.plugins import import_function, is_import_path

Backend = Literal["numpy", "jax"]

PLAYERS = f"{', '.join(SCRIPTED)}, the folder of a checkpoint (or of many: the newest), or package.module:function"
GREEDY = ":greedy"  # behind the folder of a bot: it takes the most likely action, rather than draw as in training
PARTS = ("name", "tick_skip", "action_delay_ticks", "start", "act")  # of a Player


def make_player(name: str, team_size: int, tick_skip: int, action_delay_ticks: int, backend: Backend) -> Player:
    """Make the player called `name`.

    - `idle`, `random` or `chaser`: scripted, with the timing given (ticks).
    - the folder of a checkpoint, or of many, of which the newest is taken: the bot as strong as it was trained
      (sampled), with its own timing. With `:greedy` behind it, it always takes the most likely action.
    - `package.module:function`: what `function(team_size, tick_skip, action_delay_ticks)` returns, a `Player` with
      whatever memory and timing it has. It is called with numpy arrays whatever the backend.

    Raises UserError where there is no such player, or it plays another number of cars a side.
    """
    if name in SCRIPTED:
        return SCRIPTED[name](tick_skip, action_delay_ticks)
    if _is_users_own(name):
        return _users_own(name, team_size, tick_skip, action_delay_ticks)
    player = saved_bot(name, backend)
    if (size := player.policy.description.team_size) != team_size:
        raise UserError(f"{name}: plays {size} cars a side, not {team_size}")
    return player


def saved_bot(name: str, backend: Backend) -> PolicyPlayer:
    """The bot in a checkpoint, or the newest in a folder of them; raises UserError where there is none."""
    folder, policy = _found(name, backend)
    suffix = name[len(_plain(name)) :]
    return PolicyPlayer(folder.resolve().name + suffix, policy, greedy=suffix == GREEDY)


def _found(name: str, backend: Backend = "numpy") -> tuple[Path, Policy]:
    folder = Path(_plain(name))
    check_best(folder)
    try:
        return newest_bot(folder, backend)
    except OSError as error:
        raise UserError(f"{name}: cannot be read ({error.strerror})") from error
    except UserError as error:
        if folder.is_dir():
            raise UserError(f"{name}: not a bot that can play ({error})") from error
        near = get_close_matches(name, SCRIPTED, n=1)
        hint = (f"; did you mean {near[0]}?" if near else nearest_path(folder)).removeprefix("; ")
        hint = f"{hint} " if hint else ""
        raise UserError(f"{name}: no such player; {hint}It must be {PLAYERS}") from error


def pinned(name: str) -> str:
    """The name of the same player for as long as it is there: of a folder of checkpoints the one that is newest now.

    Raises UserError where there is no bot.
    """
    return str(_found(name)[0]) + name[len(_plain(name)) :] if is_saved(name) else name


def check_player(name: str) -> None:
    """Check that there is a player `name`, whatever game it plays; raises UserError if not."""
    if _is_users_own(name):
        import_function(name)
    elif name not in SCRIPTED:
        saved_bot(name, "numpy")


def team_size_of(names: Sequence[str]) -> int:
    """Cars a side that the first saved bot among the players `names` was trained for; 1 if there is none."""
    for name in names:
        if is_saved(name):
            return saved_bot(name, "numpy").policy.description.team_size
    return 1


def physics_of(names: Sequence[str]) -> Physics:
    """The physics that trained the first saved bot among the players `names`; auto if there is none."""
    for name in names:
        if is_saved(name):
            return saved_bot(name, "numpy").policy.description.trained_in
    return "auto"


def is_saved(name: str) -> bool:
    """Whether `name` can only be the folder of a checkpoint."""
    return name not in SCRIPTED and not _is_users_own(name)


def _is_users_own(name: str) -> bool:
    check_path(name)
    return is_import_path(name) and not Path(_plain(name)).exists()


def _plain(name: str) -> str:
    """The folder of a bot, without `:greedy`; a folder may have such a name itself."""
    return name if Path(name).exists() else name.removesuffix(GREEDY)


def _users_own(path: str, team_size: int, tick_skip: int, action_delay_ticks: int) -> Player:
    """The player that a user's function makes; raises UserError, in one line, for whatever is wrong with it."""
    function = import_function(path)
    try:
        player = function(team_size, tick_skip, action_delay_ticks)
    except Exception as error:  # the user's code may raise anything
        raise UserError(f"{path}: failed ({type(error).__name__}: {' '.join(str(error).split())})") from error
    missing = [name for name in PARTS if not hasattr(player, name)]
    if missing:
        raise UserError(f"{path}: returned a {type(player).__name__}, not a Player: no {', '.join(missing)}")
    for key, lowest in (("tick_skip", 1), ("action_delay_ticks", 0)):
        if not (type(value := getattr(player, key)) is int and value >= lowest):
            raise UserError(f"{path}: {key} is {value!r}, must be a whole number of ticks, at least {lowest}")
    return player
