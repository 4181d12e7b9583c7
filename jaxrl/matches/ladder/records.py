"""`matches.jsonl`: every match that was ever played in a ladder, a line each; the ratings are fitted to all of them."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from jaxrl.errors import UserError
from jaxrl.files import check_replaceable, open_regular
from jaxrl.game.physics import PHYSICS

FILE = "matches.jsonl"
MODES = ("1v1", "2v2", "3v3")
MAX_LINE = 10_000  # bytes
MAX_GOALS = 10_000


@dataclass(frozen=True)
class Match:
    """One match between players a and b; a line of `matches.jsonl` has these keys."""

    a: str  # see `Entrant.identity`
    b: str
    a_label: str  # see `Entrant.label`
    b_label: str
    mode: str  # 1v1, 2v2 or 3v3
    a_color: str  # blue or orange
    a_goals: int
    b_goals: int
    seconds: float  # of game
    physics: str
    seed: int  # of the matches that were played at the same time; decides the players' dice and the first kickoff
    number: int  # among those

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be."""
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not field.type and not (field.type is float and type(value) is int):
                raise ValueError(f"{field.name} is not a {getattr(field.type, '__name__', field.type)}")
        sensible = {
            "players": bool(self.a) and bool(self.b) and self.a != self.b,
            "mode": self.mode in MODES,
            "a_color": self.a_color in ("blue", "orange"),
            "goals": 0 <= self.a_goals <= MAX_GOALS and 0 <= self.b_goals <= MAX_GOALS,
            "seconds": 0 < self.seconds < 1e6,
            "physics": self.physics in PHYSICS,
        }
        wrong = [name for name, is_right in sensible.items() if not is_right]
        if wrong:
            raise ValueError(f"impossible {', '.join(wrong)}")


@dataclass(frozen=True)
class Damage:
    """Lines that are no matches."""

    lines: int
    first: int  # its number
    reason: str

    def __str__(self) -> str:
        """In one line."""
        if self.lines == 1:
            return f"line {self.first} is damaged and left out ({self.reason})"
        return f"{self.lines} damaged lines are left out, the first is line {self.first} ({self.reason})"


def read(folder: Path) -> tuple[list[Match], Damage | None]:
    """The matches in a ladder's folder, and what is damaged; raises UserError where the file cannot be read."""
    matches, damage = [], None
    path = folder / FILE
    try:
        with open_regular(path) as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
                try:
                    matches.append(_match(line))
                except (ValueError, TypeError, RecursionError) as error:
                    first, reason = (number, _short(error)) if damage is None else (damage.first, damage.reason)
                    damage = Damage(1 if damage is None else damage.lines + 1, first, reason)
    except FileNotFoundError:
        return [], None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    return matches, damage


def _match(line: bytes) -> Match:
    content: Any = json.loads(line.decode("utf-8"))
    if not isinstance(content, dict):
        raise TypeError("not an object")
    known = [field.name for field in fields(Match)]
    missing = [name for name in known if name not in content]
    if missing:
        raise ValueError(f"no {', '.join(missing)}")
    return Match(**{name: content[name] for name in known})  # a later version may have written more keys


def append(folder: Path, matches: Sequence[Match]) -> None:
    """Add matches, and wait until they are on the disk; raises UserError where the folder cannot be written to.

    Also where an earlier process was killed in the middle of a line.
    """
    path = folder / FILE
    text = "".join(json.dumps(asdict(match)) + "\n" for match in matches)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_replaceable(path)
        with path.open("a+b") as file:
            if file.seek(0, os.SEEK_END) and text:
                file.seek(-1, os.SEEK_END)
                text = text if file.read(1) == b"\n" else f"\n{text}"
            file.write(text.encode())  # at the end, wherever it was read
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error


def labels(matches: Iterable[Match]) -> list[tuple[str, str]]:
    """(identity, label) of the players, as matches go."""
    return [pair for match in matches for pair in ((match.a, match.a_label), (match.b, match.b_label))]


def _short(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return "not JSON"
    text = " ".join(str(error).split())
    return text if len(text) <= 100 else f"{text[:97]}..."
