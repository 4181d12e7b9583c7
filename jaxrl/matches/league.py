"""Other opponents than the present self, in training: who plays in which arena and on which side, and what they do.

A fixed share of the arenas has an opponent on one side; in the others the present self plays both. Whenever an episode
begins in one of these, opponent and side are drawn anew, keyed by the seed, the arena and the number of its game. What
an opponent does counts for nothing in the update: `Rollout.weight` leaves it out.

Past selves sit in at most `SEATS` seats: a decision is computed for all of these in every arena of theirs, as one
batch. Every `TURN` updates a seat takes no new games any more, and is given to another once its last game is over.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import numpy as np

from jaxrl.errors import UserError
from jaxrl.game.state import unpack
from jaxrl.matches.guests import Guest
from jaxrl.matches.past import PastSelf, Pool, Standing, Weights, chances
from jaxrl.sim.rollout import Act, Choice
from jaxrl.sim.vec_env import Step

SEATS = 4
TURN = 20  # updates
NOBODY = -1
STREAM = 7  # of the random numbers, apart from those of arenas and actions

# the present self and past selves: weights [SEATS, ...], states, uniforms, seats [m], sides [m] -> actions [n, C]
ActBoth = Callable[..., np.ndarray | Choice]


class Games(NamedTuple):
    """What the arenas of the league are playing, M of them."""

    seats: np.ndarray  # [M] int64: of the past self that plays, NOBODY = the present self alone; of a guest 0
    sides: np.ndarray  # [M] int64: where the present self plays, 0 = blue
    numbers: np.ndarray  # [M] int64: of the game in its arena, -1 = none yet


class LeagueState(NamedTuple):
    """What a resumed run goes on with."""

    selves: list[PastSelf]  # of the pool, and those that still sit in a seat
    in_pool: list[bool]  # [K]
    seats: list[int]  # of `selves`
    closing: int
    games: Games
    guests: dict[str, Standing]  # by name


class Places(NamedTuple):
    """The arenas of one kind of opponent in one group."""

    arenas: slice  # of the group's
    games: slice  # of `Games`


class League:
    """The opponents in the arenas of a run, in `groups`. C cars an arena, the first half is blue."""

    def __init__(
        self, share: float, pool: Pool, guests: Sequence[Guest], groups: Sequence[slice], shape: tuple, seed: int
    ) -> None:
        """Past selves of `pool` get `share` of the arenas; `shape` is `[T, N, C]` of the longest rollout."""
        self.pool, self.guests = pool, guests
        self.places = places_of([share, *(guest.share for guest in guests)], groups)  # [kind][group]
        size = max(each[-1].games.stop for each in self.places)
        self.games = Games(np.full(size, NOBODY), np.zeros(size, np.int64), np.full(size, -1))
        self.seats: list[PastSelf] = []
        self.closing = NOBODY  # the seat that takes no new games
        self._groups, self._seed = groups, seed
        self._weight = np.ones(shape, np.float32)
        self._decisions = 0  # of the rollout so far
        self._score = np.zeros((size, 2), np.float32)  # when the last decision was chosen
        self._stacked: dict[str, jax.Array] = {}
        self._begun = False
        for kind, guest in enumerate(guests, 1):
            counts = [places.arenas.stop - places.arenas.start for places in self.places[kind]]
            guest.start(counts, shape[-1])

    # Who plays

    def take_turns(self, update: int) -> None:
        """Between two rollouts: give a seat that is free to a past self, and close one now and then."""
        rng = np.random.default_rng(np.random.SeedSequence((self._seed, STREAM, update)))
        before = [*self.seats]
        waiting = [past for past in self.pool.selves if past not in self.seats]
        if self.closing != NOBODY and waiting and not (self.games.seats[self._past_games] == self.closing).any():
            self.seats[self.closing] = self._draw(waiting, rng)
            self.closing = NOBODY
        while waiting and len(self.seats) < SEATS:
            self.seats.append(self._draw(waiting, rng))
        if waiting and self.closing == NOBODY and update % TURN == 0:
            self.closing = update // TURN % SEATS
        if before != self.seats or not self._stacked:
            self._stacked = stacked(self.seats)
        if not self._begun:
            self._begin(np.arange(len(self.games.seats)))
            self._begun = True

    def _draw(self, waiting: list[PastSelf], rng: np.random.Generator) -> PastSelf:
        return waiting.pop(int(rng.choice(len(waiting), p=chances(waiting))))

    def _begin(self, games: np.ndarray) -> None:
        """Draw opponent and side of the next games with these numbers of `Games`."""
        is_open = [seat for seat in range(len(self.seats)) if seat != self.closing]
        for m in games.tolist():
            self.games.numbers[m] += 1
            key = (self._seed, STREAM, m, int(self.games.numbers[m]))
            rng = np.random.default_rng(np.random.SeedSequence(key))
            self.games.sides[m] = rng.integers(2)
            is_past = m < self._past_games.stop
            if is_past and is_open:
                drawn = rng.choice(len(is_open), p=chances([self.seats[seat] for seat in is_open]))
                self.games.seats[m] = is_open[int(drawn)]
            else:
                self.games.seats[m] = NOBODY if is_past else 0

    @property
    def _past_games(self) -> slice:
        return slice(0, self.places[0][-1].games.stop)

    # From one run to the next

    def state(self) -> LeagueState:
        """What is kept in a checkpoint."""
        selves = [*self.pool.selves, *(past for past in self.seats if past not in self.pool.selves)]
        return LeagueState(
            selves,
            [past in self.pool.selves for past in selves],
            [selves.index(past) for past in self.seats],
            self.closing,
            self.games,
            {guest.name: guest.standing for guest in self.guests},
        )

    def restore(self, state: LeagueState, weights: Weights, continued: bool, report: Callable[[str], None]) -> None:
        """Go on with the past selves of `state`, and if the episodes are `continued` with their games.

        Who has other weights than `weights` by name and shape, or some that are not finite, is reported and left out.
        """
        shapes = {name: array.shape for name, array in weights.items()}
        kept = []
        for past in state.selves:
            fits = {name: array.shape for name, array in past.weights.items()} == shapes
            if fits and past.is_finite:
                kept.append(past)
            else:
                wrong = "its numbers are not finite" if fits else "it has another network"
                report(f"league: the past self of {past.env_steps:,} steps is left out: {wrong}")
        self.pool.selves = [
            past for past, pooled in zip(state.selves, state.in_pool, strict=True) if pooled and past in kept
        ]
        for guest in self.guests:
            guest.standing = state.guests.get(guest.name, guest.standing)
        same = len(kept) == len(state.selves) and [column.shape for column in state.games] == [
            column.shape for column in self.games
        ]
        if same:
            self.games.numbers[:] = state.games.numbers  # no game is drawn twice
        if same and continued:
            self.seats, self.closing = [state.selves[seat] for seat in state.seats], state.closing
            self.games.seats[:] = state.games.seats.clip(NOBODY, len(self.seats) - 1)
            self.games.sides[:] = state.games.sides
            self._stacked = stacked(self.seats)
            self._begun = True

    # A rollout, step by step

    def choose(self, t: int, group: int, states: np.ndarray, uniforms: np.ndarray, own: Act, both: ActBoth) -> Choice:
        """Actions `[n, C]` of all cars of a group in decision `t`; `own` chooses those of the present self."""
        past = self.places[0][group]
        seats, sides = self.games.seats[past.games], self.games.sides[past.games]
        if (seats != NOBODY).any():
            found = Choice.of(both(self._stacked, states, uniforms, seats, sides))
        else:
            found = Choice.of(own(states, uniforms))
        actions, self._decisions = np.array(found.actions), t + 1
        weight = self._weight[t, self._groups[group]]
        weight[:] = 1
        for kind, places in enumerate(self.places):
            arenas, games = places[group]
            theirs = self._theirs(games)
            weight[arenas][theirs] = 0
            self._score[games] = unpack(states[arenas]).score
            if kind and arenas.stop > arenas.start:
                chosen = self.guests[kind - 1].choose(group, states[arenas], uniforms[arenas])
                actions[arenas] = np.where(theirs, chosen, actions[arenas])
        return found._replace(actions=actions)

    def receive(self, group: int, step: Step) -> None:
        """Take in how a decision of a group ended: results of games that are over, and who plays next."""
        ended = step.terminated | step.truncated
        for kind, places in enumerate(self.places):
            arenas, games = places[group]
            if kind:
                self.guests[kind - 1].watch(group, step.state[arenas], step.final_state[arenas], ended[arenas])
            over = np.flatnonzero(ended[arenas])
            if not len(over):
                continue
            goals = unpack(step.final_state[arenas][over]).score - self._score[games][over]
            for m, (blue, orange) in zip(over + games.start, goals.tolist(), strict=True):
                lead = (blue - orange) * (1 - 2 * int(self.games.sides[m]))
                if (standing := self._standing(kind, int(self.games.seats[m]))) is not None:
                    standing.count(0.5 * (1 + np.sign(lead)))
            self._begin(over + games.start)

    def weight(self) -> np.ndarray:
        """`[T, N, C]` float32 of the rollout: 0 for the cars of opponents."""
        return self._weight[: self._decisions]

    def _theirs(self, games: slice) -> np.ndarray:
        """`[m, C]` bool: the cars of opponents."""
        orange = np.arange(self._weight.shape[-1]) >= self._weight.shape[-1] // 2
        plays = self.games.seats[games] != NOBODY
        return plays[:, None] & (orange[None] != (self.games.sides[games] == 1)[:, None])

    def _standing(self, kind: int, seat: int) -> Standing | None:
        if kind:
            return self.guests[kind - 1].standing
        return self.seats[seat].standing if seat != NOBODY else None

    def figures(self) -> dict[str, float]:
        """For TensorBoard: win rates against the past, and against every guest."""
        known = [past.standing.win_rate for past in self.pool.selves if past.standing.games]
        found = {"past_selves": float(len(self.pool.selves))}
        if known:
            found |= {"win_rate_past": float(np.mean(known)), "win_rate_hardest": min(known)}
        return found | {f"win_rate_{guest.name}": guest.standing.win_rate for guest in self.guests}


class Playing(NamedTuple):
    """The opponents of one rollout, as a collector takes them."""

    league: League
    own: Act
    both: ActBoth

    def choose(self, t: int, group: int, states: np.ndarray, uniforms: np.ndarray) -> Choice:
        """See `jaxrl.sim.rollout.Opponents`, as for the others."""
        return self.league.choose(t, group, states, uniforms, self.own, self.both)

    def receive(self, group: int, step: Step) -> None:
        """Take in how a decision ended."""
        self.league.receive(group, step)

    def weight(self) -> np.ndarray:
        """What is learnt from."""
        return self.league.weight()


def stacked(seats: Sequence[PastSelf]) -> dict[str, jax.Array]:
    """The weights of all seats, `[SEATS, ...]`; empty ones hold those of the first."""
    if not seats:
        return {}
    filled = [*seats, *[seats[0]] * (SEATS - len(seats))]
    return {name: jax.device_put(np.stack([past.weights[name] for past in filled])) for name in seats[0].weights}


def places_of(shares: Sequence[float], groups: Sequence[slice]) -> list[list[Places]]:
    """For every kind of opponent and every group the arenas it plays in: the first ones, one kind after another.

    A kind with a share has at least one arena; they are dealt out to the groups in turn. Raises UserError where they do
    not suffice.
    """
    total = groups[-1].stop
    taken = [0] * len(groups)
    places: list[list[Places]] = []
    first = 0
    dealt = 0
    for share in shares:
        counts = [0] * len(groups)
        for _ in range(max(round(share * total), 1) if share else 0):
            counts[dealt % len(groups)] += 1
            dealt += 1
        of_groups = []
        for group, count in enumerate(counts):
            of_groups.append(Places(slice(taken[group], taken[group] + count), slice(first, first + count)))
            taken[group], first = taken[group] + count, first + count
        places.append(of_groups)
    if any(count > group.stop - group.start for count, group in zip(taken, groups, strict=True)):
        raise UserError(f"league: its shares need {sum(taken)} of {total} arenas, more than a group of them has")
    return places
