"""A match without end, in real time, between the newest bot of a folder and an opponent."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from jaxrl.bots.description import DESCRIPTION_FILE, Description, read_description
from jaxrl.bots.players import Opponent
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.files import find_checkpoints
from jaxrl.errors import UserError
from jaxrl.game.state import Array
from jaxrl.sim.spec import SimSpec
from jaxrl.watch.recording import Frame, Recording, Scribe, play

LOOK_SECONDS = 2.0  # between two looks at the folder

PATIENCE_SECONDS = 1.0  # a match that is later than this goes on from where it is instead of hurrying

Sink = Callable[[Recording], None]  # is given every frame, a Recording of length 1


class NewestBot:
    """The bot in `folder`: a checkpoint, or a folder of them, of which the newest plays.

    Raises UserError where it is a checkpoint that cannot be used, or, unless it `may_be_empty` for now, where there is
    no such folder or no checkpoint in it can be used.
    """

    def __init__(self, folder: Path, may_be_empty: bool = False) -> None:
        if not (may_be_empty or folder.is_dir()):
            raise UserError(f"{folder}: no such folder")
        self.folder = folder  # of the bot that plays
        self.trouble = ""  # why the newest cannot be used
        self._root, self._is_one = folder, (folder / DESCRIPTION_FILE).exists()
        self._policy: Policy | None = None
        self._saved = 0  # when the bot that plays was, ns
        self._was_present = True
        self._next_look = 0.0
        if self._is_one:
            load_policy(folder)  # says what is wrong with it
        if not self.look() and not may_be_empty:
            raise UserError(f"{folder}: no checkpoint, and no folder that holds one{self.trouble}")

    @property
    def description(self) -> Description | None:
        """None as long as there is no bot."""
        return self._policy.description if self._policy else None

    def act(self, states: Array, uniforms: Array) -> Array:
        """As `Opponent`: sampled, as strong as it was trained."""
        assert self._policy is not None
        return self._policy.act(states, uniforms)

    def look(self) -> bool:
        """Whether there is a newer bot now, which plays from here on. Does nothing if it was called a moment ago.

        Raises UserError if the newer one was made for another game.
        """
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + LOOK_SECONDS
        # a trainer that replaces a checkpoint takes it away for a moment: only the second look believes it
        present = (self.folder / DESCRIPTION_FILE).exists()
        is_gone, self._was_present = not (present or self._was_present), present
        self.trouble = ""
        for folder in [self._root] if self._is_one else reversed(find_checkpoints(self._root)):
            try:
                saved = written(folder)
                if self._policy is not None and not self._is_newer(folder, saved, is_gone):
                    return False
                policy = load_policy(folder)
                if written(folder) != saved:
                    continue  # replaced meanwhile: the next look gets it whole
            except OSError:
                continue
            except UserError as error:
                self.trouble = self.trouble or f"; {error}"
                continue
            if self._policy is not None and game_of(policy.description) != game_of(self._policy.description):
                raise UserError(f"{folder}: was trained for another game than the bot before it; start again")
            self._saved, self._policy, self.folder = saved, policy, folder
            return True
        return False

    def _is_newer(self, folder: Path, saved: int, is_gone: bool) -> bool:
        """Than the bot that plays; where that `is_gone`, as when another run begins, any is."""
        assert self._policy is not None
        if folder == self.folder:
            return saved != self._saved
        return is_gone or read_description(folder).env_steps > self._policy.description.env_steps


def written(folder: Path) -> int:
    """When a bot was saved, ns."""
    return (folder / DESCRIPTION_FILE).stat().st_mtime_ns


def game_of(description: Description) -> tuple[int, int, int]:
    """What the arena has to be like."""
    return description.team_size, description.tick_skip, description.action_delay_ticks


def play_live(
    spec: SimSpec,
    bot: NewestBot,
    orange: Opponent,
    scribe: Scribe,
    opponent: str,
    sinks: Sequence[Sink],
    is_over: Callable[[float], bool],
) -> None:
    """Plays until `is_over(seconds)` of game, and gives every frame to the sinks when it is its time.

    The score counts from when the present bot began. Raises UserError, see `NewestBot.look`.
    """
    start, before, score_before = time.monotonic(), None, 0
    for frame in play(spec, bot.act, orange):
        late = time.monotonic() - (start + frame.seconds)
        if late < 0:
            time.sleep(-late)
        elif late > PATIENCE_SECONDS:
            start += late
        shown = frame._replace(score=frame.score - score_before)
        recording = _last(scribe, before, shown, f"{_who(bot)} against {opponent}")
        for sink in sinks:
            sink(recording)
        if is_over(frame.seconds):
            return
        before = shown
        if bot.look():
            score_before = frame.score


def _last(scribe: Scribe, before: Frame | None, frame: Frame, title: str) -> Recording:
    """`frame` alone; what the rewards in it are depends on the one before."""
    return scribe([frame] if before is None else [before, frame], title).part(slice(-1, None))


def _who(bot: NewestBot) -> str:
    assert bot.description is not None
    return f"{bot.folder.resolve().name} ({bot.description.env_steps:,} steps)"
