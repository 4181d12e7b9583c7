"""A match without end, in real time, between the newest bot of a folder and an opponent."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from jaxrl.bots.best import check_best
from jaxrl.bots.critic import Critic, load_critic
from jaxrl.bots.description import DESCRIPTION_FILE, Description, read_description
from jaxrl.bots.newest import bots_in, is_bot
from jaxrl.bots.policy import Policy
from jaxrl.bots.policy_files import load_policy
from jaxrl.errors import UserError
from jaxrl.game.state import Array
from jaxrl.watch.recording import Match, MatchRecorder, Recording

CHECK_SECONDS = 2.0  # between two checks of the folder
PATIENCE_SECONDS = 1.0  # a match that is later than this continues from where it is instead of hurrying

Sink = Callable[[Recording], None]  # is given every frame, a Recording of length 1


class NewestBot:
    """A player: the bot in `folder`, which is a checkpoint, or a folder of them, of which the newest plays.

    Raises UserError where it is a checkpoint that cannot be used, or, unless it `may_be_empty` for now, where there is
    no such folder or no checkpoint in it can be used.
    """

    def __init__(self, folder: Path, name: str = "", may_be_empty: bool = False) -> None:
        if not may_be_empty:
            check_best(folder)
        if not (may_be_empty or folder.is_dir()):
            raise UserError(f"{folder}: no such folder")
        self.folder = folder  # of the bot that plays
        self.trouble = ""  # why the newest cannot be used
        self._name = name
        self._root, self._is_one = folder, is_bot(folder)
        self._policy: Policy | None = None
        self.critic: Critic | None = None  # of the bot that plays, if it has one
        self._saved = 0  # when the bot that plays was, ns
        self._was_present = True
        self._next_check = 0.0
        if self._is_one:
            load_policy(folder)  # says what is wrong with it
        if not self.update() and not may_be_empty:
            raise UserError(f"{folder}: no checkpoint, and no folder that holds one{self.trouble}")

    @property
    def is_there(self) -> bool:
        """Whether there is a bot by now."""
        return self._policy is not None

    @property
    def policy(self) -> Policy:
        """Of the bot that plays."""
        assert self._policy is not None
        return self._policy

    @property
    def description(self) -> Description:
        """The game that the playing bot was trained for."""
        return self.policy.description

    @property
    def name(self) -> str:
        """The name it was given, or that of its folder."""
        return self._name or self.folder.resolve().name

    @property
    def tick_skip(self) -> int:
        """Ticks a decision in training."""
        return self.description.tick_skip

    @property
    def action_delay_ticks(self) -> int:
        """Ticks until an action took effect in training."""
        return self.description.action_delay_ticks

    def start(self, num_matches: int) -> None:
        """Return no memory."""

    def act(self, memory: None, states: Array, starts: Array, uniforms: Array) -> tuple[None, Array]:
        """Sample from the policy, as strong as it was trained, see `Player.act`."""
        return None, self.policy.act(states, uniforms)

    def update(self) -> bool:
        """Switch to a newer bot if there is one; returns whether there is. Does nothing if it was called a moment ago.

        Raises UserError if the newer one was trained for another game.
        """
        if time.monotonic() < self._next_check:
            return False
        self._next_check = time.monotonic() + CHECK_SECONDS
        # While a checkpoint is being replaced it is briefly missing: it is gone only if it is missing twice in a row.
        present = (self.folder / DESCRIPTION_FILE).exists()
        is_gone, self._was_present = not (present or self._was_present), present
        self.trouble = ""
        for folder in self._candidates():
            try:
                saved = written(folder)
                if self.is_there and not self._is_newer(folder, saved, is_gone):
                    return False
                policy = load_policy(folder)
                critic = load_critic(folder, policy)
                if written(folder) != saved:
                    continue  # replaced meanwhile: the next check gets it whole
            except OSError:
                continue
            except UserError as error:
                self.trouble = self.trouble or f"; {error}"
                continue
            if self.is_there and game_of(policy.description) != game_of(self.description):
                raise UserError(f"{folder}: was trained for another game than the bot before it; start again")
            self._saved, self._policy, self.critic, self.folder = saved, policy, critic, folder
            return True
        return False

    def _candidates(self) -> list[Path]:
        """The folders of bots, the newest first; none while they cannot be read."""
        try:
            return [self._root] if self._is_one else bots_in(self._root)
        except OSError as error:
            self.trouble = f"; cannot be read ({error.strerror})"
            return []

    def _is_newer(self, folder: Path, saved: int, is_gone: bool) -> bool:
        """Whether `folder` holds a newer bot than the one that plays; any is newer if that one `is_gone`."""
        if folder == self.folder:
            return saved != self._saved
        return is_gone or read_description(folder).env_steps > self.description.env_steps


def written(folder: Path) -> int:
    """When a bot was saved, ns."""
    return (folder / DESCRIPTION_FILE).stat().st_mtime_ns


def game_of(description: Description) -> tuple[int, int, int]:
    """All that two bots must have in common for one to take over from the other in the middle of a match."""
    return description.team_size, description.tick_skip, description.action_delay_ticks


def play_live(
    match: Match, bot: NewestBot, recorder: MatchRecorder, sinks: Sequence[Sink], is_over: Callable[[float], bool]
) -> None:
    """Play until `is_over(seconds)` of game, and give every frame to the sinks when it is its time.

    The score counts from when the present bot began. Raises UserError, see `NewestBot.update`.
    """
    start = time.monotonic()
    for moment in match.moments():
        title = f"{bot.folder.resolve().name} ({bot.description.env_steps:,} steps) against {match.players[1].name}"
        recording = recorder.record([moment], title)
        for k, seconds in enumerate(recording.seconds):
            late = time.monotonic() - (start + seconds)
            if late < 0:
                time.sleep(-late)
            elif late > PATIENCE_SECONDS:
                start += late
            for sink in sinks:
                sink(recording.part(slice(k, k + 1)))
        if is_over(moment.seconds):
            return
        if bot.update():
            recorder.forget_score()
