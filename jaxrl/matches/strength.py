"""How strong is a player? Many matches from kickoffs against players that do not change."""

from collections.abc import Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Self

from jaxrl.bots.players import is_saved, make_player, saved_bot, team_size_of
from jaxrl.game.field import TICKS_PER_SECOND
from jaxrl.matches.compiled import compiled
from jaxrl.matches.play import Moment, Players, Timing, both_sides, common_timing, keyed_uniforms, play
from jaxrl.matches.statistics import rate
from jaxrl.matches.tally import Tally, tally
from jaxrl.sim.cores import available_cores, max_workers
from jaxrl.sim.rocketsim2.env import RocketSimEnv
from jaxrl.sim.spec import kickoff_spec

GROUPS = 2  # of arenas; one is stepped while actions are chosen for the other
SCRIPTED_TIMING = Timing(8, 1)  # of a scripted player that plays another scripted one


class MatchBatch:
    """N matches at a time between two players; the first is orange in half of them."""

    def __init__(self, num_matches: int, team_size: int = 1) -> None:
        self.num_matches, self._team_size = num_matches, team_size
        self._mine = both_sides(num_matches, 2 * team_size)
        self._call = compiled()
        self._env: RocketSimEnv | None = None
        self._moments: Iterator[Moment] = iter(())
        self._tick_skip = 1

    def kickoff(self, players: Players, seed: int) -> None:
        """Begin new matches; `seed` decides the players' dice."""
        uniforms = keyed_uniforms(seed, *self._mine.shape)
        self._moments = play(self._arenas(common_timing(players)), players, self._mine, uniforms, call=self._call)
        self._tick_skip = players[0].tick_skip

    def play(self, minutes: float) -> Tally:
        """Play the matches on for `minutes` of game, and count."""
        decisions = max(1, round(minutes * 60 * TICKS_PER_SECOND / self._tick_skip))
        return tally(islice(self._moments, decisions * GROUPS), self._mine, self._tick_skip)

    def _arenas(self, timing: Timing) -> RocketSimEnv:
        """Arenas with this timing: those of the matches before, if they suit."""
        if self._env is None or (self._env.spec.tick_skip, self._env.spec.action_delay_ticks) != timing:
            self.close()
            workers = max_workers(available_cores(), self.num_matches, GROUPS)
            self._env = RocketSimEnv(kickoff_spec(self.num_matches, self._team_size, *timing, seed=0), workers, GROUPS)
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


def strength(name: str, opponents: Sequence[str], num_matches: int, minutes: float) -> Iterator[tuple[str, Tally]]:
    """Play `num_matches` matches against each opponent; yields (opponent, what happened) as soon as it is known.

    All players are made before the first match: raises UserError, see `make_player`, before anything is played.
    """
    team_size = team_size_of([name, *opponents])
    pairs = [pair(name, opponent, team_size) for opponent in opponents]
    with MatchBatch(num_matches, team_size) as batch:
        for seed, (opponent, players) in enumerate(zip(opponents, pairs, strict=True)):
            batch.kickoff(players, seed)
            yield opponent, batch.play(minutes)


def verdict(found: Tally) -> str:
    """Whether one player is stronger, in words, by the goal difference a match and its 95% interval."""
    goals = rate(found.difference, 1)
    margin = f"{goals} goals a match"
    if goals.low <= 0 <= goals.high:
        return f"not separated by {len(found.goals)} matches: {margin}"
    return f"stronger: {margin}" if goals.mean > 0 else f"weaker: {margin}"
