"""The handicap `@K` behind a player's name: it decides only at every K-th of its decisions."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from jaxrl.bots.necto.player import MAKERS, NectoPlayer
from jaxrl.bots.player import Memory, Player
from jaxrl.errors import UserError
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.state import Array

SUFFIX = re.compile(r"(?s)(.+)@([0-9]{1,9})")
MAX_TICKS = 3 * TICKS_PER_SECOND  # between two decisions; a kickoff, a goal and the next goal take longer


@dataclass(frozen=True)
class Handicapped:
    """A player that decides only at every `every`-th of its decisions, and holds its action until then.

    Its actions act as long after the state that it saw as ever, and stay for `every` times as long.
    """

    player: Player
    every: int

    @property
    def name(self) -> str:
        """The player's name and the handicap."""
        return f"{self.player.name}@{self.every}"

    @property
    def tick_skip(self) -> int:
        """Ticks from one of its decisions to the next."""
        return self.every * self.player.tick_skip

    @property
    def action_delay_ticks(self) -> int:
        """Ticks until an action takes effect, which the handicap does not change."""
        return self.player.action_delay_ticks

    def start(self, num_matches: int) -> Memory:
        """Return the player's memory."""
        return self.player.start(num_matches)

    def act(self, memory: Memory, states: Array, starts: Array, uniforms: Array) -> tuple[Memory, Array]:
        """Let the player decide, see `Player.act`."""
        return self.player.act(memory, states, starts, uniforms)


def split(name: str) -> tuple[str, int]:
    """`chaser@4` is (`chaser`, 4), a name without handicap has 1; raises UserError for less than 1.

    A path that ends so and is there is a path, also that of weights, behind `nexto:` and the like.
    """
    found = SUFFIX.fullmatch(name)
    maker, _, path = name.partition(":")
    paths = (name, path) if maker in MAKERS and path else (name,)
    if found is None or any(Path(each).expanduser().exists() for each in paths):
        return name, 1
    every = int(found[2])
    if every < 1:
        raise UserError(f"{name}: @K is a whole number of decisions, at least 1")
    return found[1], every


def handicapped(player: Player, every: int, name: str) -> Player:
    """The player with a handicap, or as it is; raises UserError for one that leaves too few decisions."""
    if every == 1:
        return player
    if every * player.tick_skip > MAX_TICKS:
        most = MAX_TICKS // player.tick_skip
        raise UserError(f"{name}: decides every {player.tick_skip} ticks: at most @{most}, {MAX_TICKS} ticks")
    if isinstance(player, NectoPlayer):  # its memory counts time
        return replace(player, name=f"{player.name}@{every}", decisions=every)
    return Handicapped(player, every)
