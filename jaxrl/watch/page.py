"""A match as one HTML file that loads nothing: the page, the viewer (built by viewer/build.sh) and the recording."""

import base64
import html
import json
import re
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from jaxrl.errors import UserError
from jaxrl.files import read_regular, write_whole
from jaxrl.game.actions import CONTROLS, EVERY_ACTION
from jaxrl.game.field import LARGE_PADS, PAD_PLACES
from jaxrl.game.state import unpack
from jaxrl.watch.figures import EVENTS, LABELS
from jaxrl.watch.recording import Recording
from jaxrl.watch.words import in_words

# the scales of int16 numbers, as in viewer/src/match.js
POSITION_UNIT = 0.25  # uu that an int16 step stands for
UNIT_VECTOR = 32767  # the int16 of a component that is 1
NOTHING = 65535  # the uint16 of a figure that has no value yet
MAX_PAGE_BYTES = 2**28
STORED = re.compile(r'<script id="match" type="application/json">(.*?)</script>', re.DOTALL)
MAX_SPIN = 6.0  # rad/s of the ball, as much as RocketSim allows


def page(recording: Recording) -> str:
    """The HTML of a recorded match."""
    return fill(encode(recording), recording.title)


def live_page(title: str) -> str:
    """The HTML of a live match, which it fetches from the server it came from (`jaxrl.watch.server`)."""
    return fill({"live": True, "title": title}, title)


def write_page(path: Path, text: str) -> None:
    """Write a page whole or not at all; raises OSError."""
    write_whole(path, text)


def read_page(path: Path) -> str:
    """The HTML of the match in a page that was written before: of the page, which may be a stranger's, the match alone.

    Raises UserError where that is not such a page.
    """
    match = read_match(path)
    return fill(match, match["title"])


def read_match(path: Path) -> dict[str, Any]:
    """The encoded match in a page that was written before; raises UserError where that is not such a page."""
    try:
        text = read_regular(path, MAX_PAGE_BYTES).decode(errors="replace")
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        match = json.loads(found[1]) if (found := STORED.search(text)) else None
    except (ValueError, RecursionError):
        match = None
    if not isinstance(match, dict) or not isinstance(match.get("title"), str) or "times" not in match:
        raise UserError(f"{path}: not a page of a match that was written by jaxrl watch")
    return match


def fill(match: dict[str, object], title: str) -> str:
    """The HTML of a match that is encoded already."""
    # a browser ends a script element at the first </script>, even inside a string
    text = json.dumps(match).replace("<", "\\u003c")
    template = files("jaxrl.watch").joinpath("template.html").read_text(encoding="utf-8")
    viewer = files("jaxrl.watch").joinpath("viewer.js").read_text(encoding="utf-8")
    parts = {"title": html.escape(title), "match": text, "viewer": viewer}
    return re.sub(r"\{\{(\w+)\}\}", lambda name: parts[name[1]], template)


def encode(recording: Recording) -> dict[str, object]:
    """The match as viewer/src/match.js reads it: names, and arrays `[T, ...]` as base64 of little-endian bytes."""
    state = unpack(recording.rows)
    num_cars = len(recording.names)
    controls = EVERY_ACTION[state.previous_action.astype(int)]  # [T, C, 8]
    boosting = (controls[..., CONTROLS.index("boost")] > 0) & (state.boost > 0)
    poses = [state.position / POSITION_UNIT, state.forward * UNIT_VECTOR, state.up * UNIT_VECTOR]
    spin = state.ball_angular_velocity * (UNIT_VECTOR / MAX_SPIN)
    status = np.stack([state.boost, state.on_ground, state.demoed, boosting], axis=-1)
    sampled = _once_a_second(recording)
    arrays = {
        "times": recording.seconds.astype("<f8"),
        "cuts": recording.cuts.astype(np.uint8),
        "scores": recording.scores.astype("<u2"),
        "ball": _int16(np.concatenate([state.ball_position / POSITION_UNIT, spin], axis=-1)),
        "poses": _int16(np.concatenate(poses, axis=-1)),
        "status": np.clip(status.round(), 0, 255).astype(np.uint8),
        "active": (state.pads > 0).astype(np.uint8),
        "rewards": recording.rewards.astype("<f4"),
        "events": recording.events,
        "figureTimes": recording.seconds[sampled].astype("<f8"),
        "figures": _steps(recording.figures[sampled]),
    }
    thinking = bool(recording.shares.any())  # a bot of ours plays
    if thinking:
        arrays |= {
            "likely": recording.likely.astype("<u2"),
            "shares": (recording.shares * 255).round().astype(np.uint8),
            "values": recording.values.astype("<f4"),
            "chosen": state.previous_action.astype("<u2"),
        }
    return {
        "title": recording.title,
        "cars": [{"team": int(c >= num_cars // 2), "name": name} for c, name in enumerate(recording.names)],
        "pads": [[*place, int(k in LARGE_PADS)] for k, place in enumerate(PAD_PLACES)],
        "terms": list(recording.terms),
        "eventNames": list(EVENTS),
        "figureNames": [asdict(each) for each in LABELS],
        "words": in_words(np.append(recording.likely, state.previous_action.astype(int))) if thinking else {},
        **{name: base64.b64encode(array.tobytes()).decode("ascii") for name, array in arrays.items()},
    }


def _once_a_second(recording: Recording) -> np.ndarray:
    """`[T]` bool: the first frame of every second, goals, and the last: figures change slowly, and are many."""
    news = np.diff(np.floor(recording.seconds), prepend=-1) > 0
    news[-1] = True
    return news | recording.cuts


def _steps(figures: np.ndarray) -> np.ndarray:
    """Figures `[T, C, J]` as uint16 multiples of their steps; the highest uint16 stands for NaN."""
    steps = np.array([each.step for each in LABELS])
    return np.where(np.isnan(figures), NOTHING, (figures / steps).round().clip(0, NOTHING - 1)).astype("<u2")


def _int16(values: np.ndarray) -> np.ndarray:
    return np.clip(values.round(), -32768, 32767).astype("<i2")
