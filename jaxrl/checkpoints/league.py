"""The league of a run in a checkpoint, `league.npz`: past selves, results against them, and who plays where."""

import json
from pathlib import Path

import numpy as np

from jaxrl.bots.array_file import ArrayFile, open_arrays
from jaxrl.checkpoints.files import has_intact
from jaxrl.errors import UserError
from jaxrl.matches.league import Games, LeagueState
from jaxrl.matches.past import PastSelf, Standing

LEAGUE_FILE = "league.npz"

# of K past selves, S seats, M arenas, G guests
KINDS: dict[str, tuple[tuple[type, ...], int]] = {
    "env_steps": ((np.int64,), 1),
    "win_rate": ((np.float64,), 1),
    "games": ((np.int64,), 1),
    "in_pool": ((np.bool_,), 1),
    "seats": ((np.int64,), 1),
    "closing": ((np.int64,), 0),
    "game_seats": ((np.int64,), 1),
    "game_sides": ((np.int64,), 1),
    "game_numbers": ((np.int64,), 1),
    "guest_names": ((np.uint8,), 1),  # JSON
    "guest_win_rate": ((np.float64,), 1),
    "guest_games": ((np.int64,), 1),
}


def write_league(folder: Path, league: LeagueState) -> None:
    """Write the league of a run into its checkpoint `folder`."""
    selves = league.selves
    arrays: dict[str, np.ndarray] = {
        "env_steps": np.array([past.env_steps for past in selves], np.int64),
        "win_rate": np.array([past.standing.win_rate for past in selves], np.float64),
        "games": np.array([past.standing.games for past in selves], np.int64),
        "in_pool": np.array(league.in_pool, np.bool_),
        "seats": np.array(league.seats, np.int64),
        "closing": np.array(league.closing, np.int64),
        "game_seats": league.games.seats,
        "game_sides": league.games.sides,
        "game_numbers": league.games.numbers,
        "guest_names": np.frombuffer(json.dumps([*league.guests]).encode(), np.uint8),
        "guest_win_rate": np.array([guest.win_rate for guest in league.guests.values()], np.float64),
        "guest_games": np.array([guest.games for guest in league.guests.values()], np.int64),
    }
    for k, past in enumerate(selves):
        arrays |= {f"self_{k}/{name}": array for name, array in past.weights.items()}
    np.savez(folder / LEAGUE_FILE, allow_pickle=False, **arrays)


def load_league(folder: Path) -> LeagueState | None:
    """Read the league of a checkpoint; None if it has none.

    Raises UserError if the file is gone, damaged or not what was saved, or if `folder` is no checkpoint.
    """
    return read_league(folder) if has_intact(folder, LEAGUE_FILE) else None


def read_league(folder: Path) -> LeagueState:
    """Read the file alone, whoever has written it; raises UserError if it is damaged."""
    path = folder / LEAGUE_FILE
    try:
        with open_arrays(path) as file:
            return _read(file)
    except Exception as error:  # zipfile, numpy and json raise a dozen kinds for damaged files
        raise UserError(f"{path}: damaged ({error})") from error


def _read(file: ArrayFile) -> LeagueState:
    found = file.read_all(KINDS)
    steps, rates, games, in_pool = (found[name] for name in ("env_steps", "win_rate", "games", "in_pool"))
    if len({len(steps), len(rates), len(games), len(in_pool)}) > 1:
        raise ValueError("not as many of each past self")
    selves = []
    for k in range(len(steps)):
        weights = {}
        for name in file.names(f"self_{k}/"):
            file.shape(name)
            weights[name.removeprefix(f"self_{k}/")] = file.read(name)
        selves.append(PastSelf(int(steps[k]), weights, _standing(rates[k], games[k])))
    seats, closing = found["seats"].tolist(), int(found["closing"])
    if not all(0 <= seat < len(selves) for seat in seats) or not -1 <= closing < max(len(seats), 1):
        raise ValueError("seats of nobody")
    playing = Games(*(found[name].copy() for name in ("game_seats", "game_sides", "game_numbers")))
    if len({len(column) for column in playing}) > 1 or not np.isin(playing.sides, (0, 1)).all():
        raise ValueError("games that cannot be")
    names = json.loads(found["guest_names"].tobytes())
    guests = zip(names, found["guest_win_rate"], found["guest_games"], strict=True)
    return LeagueState(
        selves, in_pool.tolist(), seats, closing, playing, {str(name): _standing(*each) for name, *each in guests}
    )


def _standing(win_rate: float, games: int) -> Standing:
    if not (0 <= win_rate <= 1 and games >= 0):
        raise ValueError("no win rate")
    return Standing(float(win_rate), int(games))
