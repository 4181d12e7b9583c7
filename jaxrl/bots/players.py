"""From a name to a player: a scripted one, a saved bot, a user's own code, or Nexto and Necto from their weights."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from jaxrl.bots.backend import Backend
from jaxrl.bots.best import check_best
from jaxrl.bots.critic import load_critic
from jaxrl.bots.handicap import handicapped, split
from jaxrl.bots.necto.player import MAKERS
from jaxrl.bots.newest import newest_bot
from jaxrl.bots.player import Player, PolicyPlayer
from jaxrl.bots.policy import Policy
from jaxrl.bots.scripted import SCRIPTED
from jaxrl.errors import UserError
from jaxrl.files import check_path, nearest_path
from jaxrl.game.physics import Physics
from jaxrl.plugins import import_function, is_import_path

PLAYERS = (
    f"{', '.join(SCRIPTED)}, the folder of a checkpoint (or of many: the newest), package.module:function, or "
    f"{' or '.join(f'{maker}:FILE' for maker in MAKERS)}; with @K behind it, it decides only every K decisions"
)
GREEDY = ":greedy"  # behind the folder of a bot: it takes the most likely action, rather than draw as in training
PARTS = ("name", "tick_skip", "action_delay_ticks", "start", "act")  # of a Player


def make_player(name: str, team_size: int, tick_skip: int, action_delay_ticks: int, backend: Backend) -> Player:
    """Make the player called `name`.

    - `idle`, `random`, `chaser`, `striker` or `racer`: scripted, with the timing given (ticks).
    - the folder of a checkpoint, or of many, of which the newest is taken: the bot as strong as it was trained
      (sampled), with its own timing. With `:greedy` behind it, it always takes the most likely action.
    - `package.module:function`: what `function(team_size, tick_skip, action_delay_ticks)` returns, a `Player` with
      whatever memory and timing it has. It is called with numpy arrays whatever the backend.
    - `nexto:FILE`, `necto:FILE`: the bot whose weights are in a file, with its own timing, see `jaxrl.bots.necto`.

    Any of these with `@K` behind it decides only at every K-th of its decisions and holds its action until then.

    Raises UserError where there is no such player, or it plays another number of cars a side.
    """
    base, every = split_handicap(name)
    return handicapped(_make(base, team_size, tick_skip, action_delay_ticks, backend), every, name)


def _make(name: str, team_size: int, tick_skip: int, action_delay_ticks: int, backend: Backend) -> Player:
    """As `make_player`, for a name without handicap."""
    if name in SCRIPTED:
        return SCRIPTED[name](tick_skip, action_delay_ticks)
    if (weights := weights_of(name)) is not None:
        maker, path = weights
        return MAKERS[maker](path, backend)
    if _is_users_own(name):
        return _users_own(name, team_size, tick_skip, action_delay_ticks)
    player = _saved(name, backend)
    if (size := player.policy.description.team_size) != team_size:
        raise UserError(f"{name}: plays {size} cars a side, not {team_size}")
    return player


def saved_bot(name: str, backend: Backend) -> PolicyPlayer:
    """The bot in a checkpoint, or the newest in a folder of them, whatever the handicap behind its name is.

    Raises UserError where there is none.
    """
    return _saved(split_handicap(name)[0], backend)


def _saved(name: str, backend: Backend) -> PolicyPlayer:
    """As `saved_bot`, for a name without handicap."""
    folder, policy = _found(name, backend)
    suffix = name[len(_plain(name)) :]
    critic = load_critic(folder, policy) if backend == "numpy" else None
    return PolicyPlayer(folder.resolve().name + suffix, policy, suffix == GREEDY, critic)


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
    if not is_saved(name):
        return name
    plain = _plain(split_handicap(name)[0])
    return str(_found(plain)[0]) + name[len(plain) :]


def check_player(name: str) -> None:
    """Check that there is a player `name`, whatever game it plays; raises UserError if not."""
    base, _ = split_handicap(name)
    if weights_of(base) is not None:
        _make(base, 1, 1, 0, "numpy")
    elif _is_users_own(base):
        import_function(base)
    elif base not in SCRIPTED:
        _saved(base, "numpy")


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
    base, _ = split_handicap(name)
    return base not in SCRIPTED and weights_of(base) is None and not _is_users_own(base)


def split_handicap(name: str) -> tuple[str, int]:
    """The name without its handicap, and that; raises UserError, see `jaxrl.bots.handicap.split`."""
    check_path(name)
    return split(name)


def weights_of(name: str) -> tuple[str, Path] | None:
    """Which of MAKERS makes the player of a name without handicap, and from which file; None for other players."""
    maker, _, path = name.partition(":")
    return (maker, Path(path).expanduser()) if maker in MAKERS and path and not Path(name).exists() else None


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
