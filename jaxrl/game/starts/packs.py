"""Start states from training packs: the 5,480 shots that come with the package rlgym-tools (Apache-2.0)."""

import gzip
import json
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from jaxrl.errors import UserError, did_you_mean
from jaxrl.game.starts.blocks import UP, Ball, Car, with_others
from jaxrl.game.starts.inside import inside
from jaxrl.game.starts.state import StartFunction, StartState

FILE = "rocket_league/state_mutators/training_pack_states.jsonl.gz"  # in the package rlgym_tools
ANY = "any"
NOT_TOLD = "unknown"  # what the file says of a difficulty that nobody gave
ATTEMPTS = 100


class Shots(NamedTuple):
    """K shots; the car is blue, its goal at -y. About 0.7 MB with all tags."""

    ball_position: np.ndarray  # [K, 3] uu
    ball_velocity: np.ndarray  # [K, 3] uu/s
    position: np.ndarray  # [K, 3] uu, of a car at rest
    yaw_pitch_roll: np.ndarray  # [K, 3] rad
    tags: dict[str, np.ndarray]  # by name, which shots have it


def pack(tag: str) -> StartFunction:
    """The start state `pack:TAG`: a shot of the training packs with a tag, or of a type or difficulty, or `any`.

    Raises UserError where rlgym-tools is missing, and for a tag that no shot has.
    """
    shots = _shots()
    if tag not in shots.tags:
        hint, known = did_you_mean(tag, shots.tags), ", ".join(shots.tags)
        raise UserError(f"start state 'pack:{tag}': there is no tag {tag!r}{hint}; known: {known}")
    chosen = shots.tags[tag]

    def start(rng: np.random.Generator, team_size: int) -> StartState:
        """A shot of the training packs: the first blue car at rest with 100 boost; others where players may be."""
        for _ in range(ATTEMPTS):  # a few have something in a wall, or were made for other fields
            k = rng.choice(chosen)
            ball = Ball(shots.ball_position[k], shots.ball_velocity[k])
            car = Car(shots.position[k], shots.yaw_pitch_roll[k], boost=100.0)
            drawn = with_others(rng, team_size, ball, [car])
            if inside(drawn) is None:
                return drawn
        raise UserError(f"no shot in {ATTEMPTS} can be played")

    return start


@lru_cache(maxsize=1)  # one copy in a process
def _shots() -> Shots:
    """Read all shots; raises UserError where they are not installed."""
    try:
        data = files("rlgym_tools").joinpath(FILE).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise UserError(
            "start state 'pack:...': rlgym-tools with its training packs is not installed: uv sync --extra packs, or "
            'pip install "jaxrl-rocketleague[packs]"'
        ) from error
    packs = [json.loads(line) for line in gzip.decompress(data).splitlines()]
    shots, tags = [], {}
    for each in packs:
        numbers = range(len(shots), len(shots) + len(each["shots"]))
        shots += each["shots"]
        for name in _names(each["metadata"]):
            tags.setdefault(name, []).extend(numbers)
    speeds = np.array([shot["ball"]["linear_velocity"] for shot in shots], float)
    speeds[~speeds.any(axis=1)] = UP  # or it would float
    pitch, yaw, roll = np.array([shot["car"]["euler_angles"] for shot in shots], float).T
    return Shots(
        ball_position=np.array([shot["ball"]["position"] for shot in shots], float),
        ball_velocity=speeds,
        position=np.array([shot["car"]["position"] for shot in shots], float),
        yaw_pitch_roll=np.stack([yaw, pitch, roll], axis=-1),
        tags={name: np.array(tags[name]) for name in sorted(tags)},
    )


def _names(metadata: dict) -> list[str]:
    """Names by which the shots of a pack can be chosen: its tags, its type and its difficulty, as `air_dribbles`."""
    told = [*metadata.get("tags", ()), metadata.get("type", ""), metadata.get("difficulty", "")]
    names = {str(name).lower().replace(" ", "_").replace("-", "_") for name in told} - {"", NOT_TOLD}
    return [ANY, *sorted(names)]
