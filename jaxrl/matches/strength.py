"""How strong is a player? Many matches from kickoffs against players that do not change."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Self

from jaxrl.bots.players import is_saved, make_player, saved_bot, team_size_of
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.game.physics import Physics
from jaxrl.matches.compiled import compiled
from jaxrl.matches.play import Moment, Players, Timing, both_sides, common_timing, keyed_uniforms, play
from jaxrl.matches.statistics import matches_to_tell, rate
from jaxrl.matches.tally import Tally, tally
from jaxrl.sim.cores import available_cores, max_workers
from jaxrl.sim.engine import make_env, resolve
from jaxrl.sim.grouped_env import GroupedEnv
from jaxrl.sim.memory import ARENA_BYTES, Need, check_memory, memory_limit
from jaxrl.sim.spec import kickoff_spec

GROUPS = 2  # of arenas; one is stepped while actions are chosen for the other
ENOUGH_MATCHES = 100_000  # a difference that needs more is none
SCRIPTED_TIMING = Timing(8, 1)  # of a scripted player that plays another scripted one


def ignore(share: float) -> None:
    """Do nothing with how much has been played."""


class MatchBatch:
    """N matches at a time between two players, in one physics; the first is orange in half of them.

    `seed` decides from which places their kickoffs are. Raises UserError for more than fit into memory, and for a
    physics that is not here.
    """

    def __init__(self, num_matches: int, team_size: int = 1, physics: Physics = "auto", seed: int = 0) -> None:
        self._engine, self._seed = resolve(physics), seed
        size = num_matches * ARENA_BYTES[self._engine]
        arenas = Need("their arenas need", size, ("the number of matches",))
        check_memory([arenas], memory_limit())
        self.num_matches, self._team_size = num_matches, team_size
        self._mine = both_sides(num_matches, 2 * team_size)
        self._call = compiled()
        self._env: GroupedEnv | None = None
        self._moments: Iterator[Moment] = iter(())
        self._tick_skip = 1

    def kickoff(self, players: Players, seed: int) -> None:
        """Begin new matches; `seed` decides the players' dice."""
        uniforms = keyed_uniforms(seed, *self._mine.shape)
        self._moments = play(self._arenas(common_timing(players)), players, self._mine, uniforms, call=self._call)
        self._tick_skip = players[0].tick_skip

    def play(self, minutes: float, report: Callable[[float], None] = ignore, figures: bool = True) -> Tally:
        """Play the matches on for `minutes` of game, and count; `report` is told the share that has been played.

        `figures` of play cost some time.
        """
        total = max(1, round(minutes * 60 * TICKS_PER_SECOND / self._tick_skip)) * GROUPS
        return tally(_reported(islice(self._moments, total), total, report), self._mine, self._tick_skip, figures)

    def _arenas(self, timing: Timing) -> GroupedEnv:
        """Arenas with this timing: those of the matches before, if they suit."""
        if self._env is None or (self._env.spec.tick_skip, self._env.spec.action_delay_ticks) != timing:
            self.close()
            workers = max_workers(available_cores(), self.num_matches, GROUPS)
            spec = kickoff_spec(self.num_matches, self._team_size, *timing, seed=self._seed)
            self._env = make_env(self._engine, spec, workers, GROUPS)
        return self._env

    def close(self) -> None:
        """Free the arenas."""
        if self._env is not None:
            self._env.close()
        self._env = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _reported(moments: Iterable[Moment], total: int, report: Callable[[float], None]) -> Iterator[Moment]:
    for number, moment in enumerate(moments, 1):
        report(number / total)
        yield moment


def pair(name: str, opponent: str, team_size: int) -> Players:
    """Make two players of these names; scripted ones decide as often as a saved bot they play with.

    Raises UserError, see `make_player`.
    """
    timing = SCRIPTED_TIMING
    for bot in filter(is_saved, (opponent, name)):
        player = saved_bot(bot, "numpy")
        timing = Timing(player.tick_skip, player.action_delay_ticks)
    first, second = (make_player(one, team_size, *timing, "jax") for one in (name, opponent))
    return first, second


def strength(
    name: str,
    opponents: Sequence[str],
    num_matches: int,
    minutes: float,
    report: Callable[[str, float], None] = lambda opponent, share: None,
    physics: Physics = "auto",
) -> Iterator[tuple[str, Tally]]:
    """Return matches against each opponent, as (opponent, what happened), each played when it is asked for.

    `report` is told the opponent and the share that has been played, after every decision; what it raises ends the
    matches. All players are made before the first match: raises UserError, see `make_player`, at once.
    """
    team_size = team_size_of([name, *opponents])
    pairs = [pair(name, opponent, team_size) for opponent in opponents]
    return _played(opponents, pairs, MatchBatch(num_matches, team_size, physics), minutes, report)


def _played(
    opponents: Sequence[str],
    pairs: Sequence[Players],
    batch: MatchBatch,
    minutes: float,
    report: Callable[[str, float], None],
) -> Iterator[tuple[str, Tally]]:
    with batch:
        for seed, (opponent, players) in enumerate(zip(opponents, pairs, strict=True)):
            batch.kickoff(players, seed)
            yield opponent, batch.play(minutes, partial(report, opponent))


def verdict(found: Tally) -> str:
    """Whether one player is stronger, in words, by the goal difference a match and its 95% interval."""
    goals = rate(found.difference, 1)
    margin = f"{goals} goals a match"
    if goals.low <= 0 <= goals.high:
        return f"not told apart by {len(found.goals)} matches: {margin}{_would_tell(found)}"
    return f"stronger: {margin}" if goals.mean > 0 else f"weaker: {margin}"


def _would_tell(found: Tally) -> str:
    """How many matches would tell, if the difference is what it seems to be; nothing to say if it is 0."""
    needed = matches_to_tell(found.difference)
    if needed is None or needed > ENOUGH_MATCHES:
        return ""
    return f"; if that is the difference, about {needed:,} would tell"
