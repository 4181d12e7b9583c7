"""`jaxrl watch`: play a match and show it as a page, as a picture, live in a browser, or in a desktop viewer.

jaxrl watch checkpoints/best --opponent idle --out match.html
jaxrl watch checkpoints/best --gif match.webp
jaxrl watch checkpoints --live
jaxrl watch --start recovery
"""

import argparse
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jaxrl.bots.players import PLAYERS, check_player, make_player
from jaxrl.checkpoints.files import CONFIG_FILE
from jaxrl.cli.physics_option import add_physics_option, physics_from
from jaxrl.cli.picture_options import add_picture_options, pictures_from, write_pictures
from jaxrl.config.load import load_config, load_stored_config
from jaxrl.config.payments import reward_weights
from jaxrl.errors import UserError, did_you_mean
from jaxrl.files import check_replaceable
from jaxrl.game.rewards.registry import TERMS, resolve_terms
from jaxrl.game.rewards.sharing import Number, Payment
from jaxrl.game.starts.check import check_start_states
from jaxrl.plugins import is_import_path
from jaxrl.signals import StopSignals
from jaxrl.streams import note, tell
from jaxrl.watch.live import NewestBot, Sink, play_live
from jaxrl.watch.page import page, read_page, write_page
from jaxrl.watch.pictures import Wanted
from jaxrl.watch.recording import Match, MatchRecorder, Recording, Starts, record, record_starts
from jaxrl.watch.viewers.rlviser import RLViser
from jaxrl.watch.viewers.rocketsimvis import RocketSimVis

if TYPE_CHECKING:
    from jaxrl.watch.server import PageServer

PAGE_MINUTES = 5.0
DEFAULT_PAGE = Path("match.html")
IDLE = "idle"
IDLE_TIMING = 8, 1  # ticks a decision and until it takes effect, of those who do nothing
ALL_TERMS = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `jaxrl watch`."""
    parser.description = "Play a match in RocketSim and show it."
    parser.add_argument(
        "bot",
        type=Path,
        nargs="?",
        help="a checkpoint, or a folder of them: the newest plays. It is blue. Or a page, for pictures",
    )
    parser.add_argument("--start", help="instead of a match twenty starts of this start state; without a bot all idle")
    parser.add_argument("--team-size", type=int, choices=(1, 2, 3), help="for --start without a bot (default: 1)")
    parser.add_argument("--opponent", default=IDLE, help=f"{PLAYERS} (default: {IDLE})")
    parser.add_argument("--out", type=Path, help="write the match to this HTML file (default: match.html)")
    parser.add_argument("--live", action="store_true", help="serve it on this machine; a newer checkpoint takes over")
    parser.add_argument("--port", type=int, default=8765, help="for --live; 0 takes any that is free (default: 8765)")
    parser.add_argument("--rlviser", action="store_true", help="live, in RLViser")
    parser.add_argument("--rocketsimvis", action="store_true", help="live, in RocketSimVis")
    parser.add_argument("--minutes", type=float, help="of game (default: 5; live: without end)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another match")
    parser.add_argument("--config", help="take the reward weights, also of your own terms, from this config")
    parser.add_argument(
        "--rewards",
        nargs="+",
        metavar="TERM",
        help="show what these reward terms give, with weight 1, whatever the bot was trained with: names of built-in "
        "terms, package.module:function, or all (every built-in one)",
    )
    add_physics_option(parser)
    add_picture_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Play the match; returns the exit code. Raises UserError for options that do not go together."""
    wanted = check(arguments)
    if wanted is not None and is_page(arguments.bot):
        write_pictures(read_page(arguments.bot), wanted)
        return 0
    if arguments.start is not None:
        write(play_starts(arguments), arguments.out, wanted)
        return 0
    if arguments.live or arguments.rlviser or arguments.rocketsimvis:
        return show_live(arguments)
    write(play_match(arguments), arguments.out, wanted)
    return 0


def check(arguments: argparse.Namespace) -> Wanted | None:
    """Check the options; returns the pictures asked for. Raises UserError for options that do not go together."""
    live = arguments.live or arguments.rlviser or arguments.rocketsimvis
    if arguments.minutes is not None and not 0 < arguments.minutes <= (float("inf") if live else 60):
        raise UserError(f"--minutes {arguments.minutes:g}: must be above 0" + ("" if live else " and at most 60"))
    if live and arguments.out:
        raise UserError("--out: a live match is not written; leave out --live, --rlviser and --rocketsimvis")
    if arguments.out and (not arguments.out.name or arguments.out.is_dir()):
        raise UserError(f"--out {arguments.out}: must be a file, not a folder")
    if arguments.out and not arguments.out.parent.is_dir():
        raise UserError(f"--out {arguments.out}: No such folder")
    wanted = pictures_from(arguments)
    if live and wanted is not None:
        raise UserError("--gif, --mp4, --png: are of a match that is played to its end; leave out what is live")
    if not live and (arguments.out or wanted is None):
        check_out(arguments.out or DEFAULT_PAGE)
    if is_page(arguments.bot):
        check_page(arguments, wanted)
    if arguments.start is None:
        if arguments.bot is None:
            raise UserError("bot: the folder of a checkpoint, or of many; --start alone does without")
        if arguments.team_size is not None:
            raise UserError("--team-size: is for --start without a bot")
    elif live or arguments.minutes is not None:
        raise UserError("--start: a page of twenty starts; leave out --live, --rlviser, --rocketsimvis and --minutes")
    elif arguments.bot is not None and arguments.team_size is not None:
        raise UserError("--team-size: a bot has its own")
    if not 0 <= arguments.seed < 2**31:
        raise UserError(f"--seed {arguments.seed}: must be 0 to {2**31 - 1}")
    check_player(arguments.opponent)
    if arguments.config is not None and arguments.rewards is not None:
        raise UserError("--rewards: has weights of its own; leave out --config")
    if arguments.config is not None:
        load_config(arguments.config)
    resolve_terms(named_terms(arguments.rewards or ()))
    return wanted


def is_page(bot: Path | None) -> bool:
    """Whether the bot is none, but the page of a match that was played before."""
    return bot is not None and bot.suffix == ".html" and not bot.is_dir()


def check_page(arguments: argparse.Namespace, wanted: Wanted | None) -> None:
    """Check that of a page nothing but pictures are asked for; raises UserError."""
    if wanted is None:
        raise UserError(f"{arguments.bot}: is a page: open it in a browser, or ask for --gif, --mp4 or --png")
    nothing = {"opponent": IDLE, "seed": 0}  # what they are where they are not given; all others None
    for name in ("start", "team_size", "opponent", "out", "minutes", "seed", "config", "rewards", "physics"):
        if getattr(arguments, name) != nothing.get(name):
            raise UserError(f"--{name.replace('_', '-')}: {arguments.bot} holds a match that was played before")


def named_terms(names: Sequence[str]) -> list[str]:
    """The reward terms that `--rewards` names; raises UserError for one that is unknown."""
    for name in names:
        if name not in (*TERMS, ALL_TERMS) and not is_import_path(name):
            hint = did_you_mean(name, TERMS)
            raise UserError(f"--rewards {name}: no such reward term{hint} (your own: package.module:function)")
    return list(dict.fromkeys(term for name in names for term in (TERMS if name == ALL_TERMS else (name,))))


def check_out(out: Path) -> None:
    """Check, before the match is played, that there is a file or nothing; raises UserError."""
    try:
        check_replaceable(out)
    except OSError as error:
        raise UserError(f"--out {out}: {error.strerror}") from error


def play_match(arguments: argparse.Namespace) -> Recording:
    """Play a match as fast as it goes; raises UserError for a folder that holds no bot, or one for another game."""
    bot = NewestBot(arguments.bot)
    match, weights = match_of(bot, arguments), shown_rewards(bot, arguments)
    own, other = (player.name for player in match.players)
    minutes = PAGE_MINUTES if arguments.minutes is None else arguments.minutes
    title = f"{own} ({bot.description.env_steps:,} steps) against {other}"
    recording = record(match, weights, 60 * minutes, title)
    scored, conceded = recording.score
    tell(f"{own} {scored} : {conceded} {other}, {minutes:g} minutes of {match.team_size}v{match.team_size}")
    return recording


def play_starts(arguments: argparse.Namespace) -> Recording:
    """Play twenty starts of a start state; raises UserError, also where it cannot be played."""
    name = arguments.start
    if arguments.bot is not None:
        bot = NewestBot(arguments.bot)
        match, weights = match_of(bot, arguments), shown_rewards(bot, arguments)
    else:
        team_size = arguments.team_size or 1
        idle = make_player(IDLE, team_size, *IDLE_TIMING, "numpy")
        other = make_player(arguments.opponent, team_size, *IDLE_TIMING, "numpy")
        match = Match((idle, other), team_size, arguments.seed, physics_from(arguments, "auto"))
        weights = shown_rewards(None, arguments)
    check_start_states([name], match.team_size)
    starts = Starts(name)
    recording = record_starts(match._replace(starts=starts), weights, f"{name}: {starts.count} starts")
    tell(f"{starts.count} starts of {name} in {match.team_size}v{match.team_size}, {starts.seconds:g} s each")
    return recording


def write(recording: Recording, out: Path | None, wanted: Wanted | None) -> None:
    """Write the page of a recording and the pictures of it; raises UserError where that cannot be."""
    text = page(recording)
    if out is not None or wanted is None:
        out = out or DEFAULT_PAGE
        try:
            write_page(out, text)
        except OSError as error:
            raise UserError(f"--out {out}: {error.strerror}") from error
        tell(f"{out}: {len(text) / 2**20:.1f} MB; open it in a browser")
    if wanted is not None:
        write_pictures(text, wanted)


def show_live(arguments: argparse.Namespace) -> int:
    """Play in real time until Ctrl-C or SIGTERM; returns the exit code.

    Raises UserError, see `play_match`, or where a port or a package is missing.
    """
    other = Path(arguments.opponent).resolve().name
    bot = NewestBot(arguments.bot, "bot", may_be_empty=True)
    with ExitStack() as stack:
        signals = stack.enter_context(StopSignals())
        sinks: list[Sink] = []
        server = None
        if arguments.rocketsimvis:
            sinks.append(stack.enter_context(closing(RocketSimVis())))
        if arguments.live:
            from jaxrl.watch.server import PageServer

            server = stack.enter_context(PageServer(arguments.port, f"{arguments.bot} against {other}"))
            tell(f"{server.address}: open it in a browser; Ctrl-C ends")
            sinks.append(server)
        rlviser = RLViser() if arguments.rlviser else None
        waiting_for = None
        while not (bot.is_there or bot.update()):
            if signals.received:
                return signals.exit_code
            if waiting_for != (waiting_for := f"waiting for the first checkpoint in {arguments.bot}{bot.trouble}"):
                tell(waiting_for)
            time.sleep(0.2)
        if server is not None:
            show_curves(server, bot.folder)
        match = match_of(bot, arguments)
        if rlviser is not None:
            sinks.append(partial(rlviser, tick_skip=bot.tick_skip))
        recorder = MatchRecorder(match, shown_rewards(bot, arguments))
        seconds = 60 * arguments.minutes if arguments.minutes else float("inf")
        play_live(match, bot, recorder, sinks, lambda time: bool(signals.received) or time >= seconds)
        return signals.exit_code


def show_curves(server: "PageServer", bot: Path) -> None:
    """Serve the curves of the run that has saved `bot` beside its live match, where there are logs of it."""
    from jaxrl.dashboard.runs import Runs, logs_of
    from jaxrl.dashboard.server import Dashboard

    if (logs := logs_of(bot)) is None:
        tell(f"{bot}: no logs of its run are here, so the match is shown without curves")
        return
    server.curves = Dashboard(Runs([logs]), match="../").answer
    tell(f"{server.address}curves/: the match beside the curves of {logs}")


def match_of(bot: NewestBot, arguments: argparse.Namespace) -> Match:
    """The match that the arguments describe. Raises UserError for an opponent that cannot play it."""
    team_size = bot.description.team_size
    orange = make_player(arguments.opponent, team_size, bot.tick_skip, bot.action_delay_ticks, "numpy")
    return Match((bot, orange), team_size, arguments.seed, physics_from(arguments, bot.description.trained_in))


def shown_rewards(bot: NewestBot | None, arguments: argparse.Namespace) -> Mapping[str, Number | Payment]:
    """The reward terms to show, with their weights in the first stage when the bot, if there is one, was saved.

    A checkpoint may name foreign code: only terms of jaxrl are taken from it.
    """
    if arguments.rewards is not None:
        return dict.fromkeys(named_terms(arguments.rewards), 1.0)
    env_steps = 0 if bot is None else bot.description.env_steps
    if arguments.config is not None:
        return reward_weights(load_config(arguments.config), 0, env_steps)
    if bot is None:
        return {}
    if not (path := bot.folder / CONFIG_FILE).exists():  # an exported bot
        note(f"{bot.folder} has no {CONFIG_FILE}: rewards are shown with --config, or with --rewards")
        return {}
    weights = reward_weights(load_stored_config(path), 0, env_steps)
    own = [name for name in weights if ":" in name]
    if own:
        note(f"{', '.join(own)}: shown only with --config and the config that names them")
    return {name: weight for name, weight in weights.items() if name not in own}
