"""What a node must know to play along: everything comes from the learner, nothing is configured there."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import jaxrl
from jaxrl.config.schema import Config
from jaxrl.game.physics import Engine
from jaxrl.sim.engine import describe
from jaxrl.sim.spec import SimSpec


class Plan(NamedTuple):
    """The same for all nodes of a run."""

    config: Config
    spec: SimSpec  # of the arenas of one node
    engine: Engine
    allowed: frozenset[str]  # code of the user's that a bot may name
    here: tuple[str, str]  # as `versions` gives it where the learner is


def versions(engine: Engine) -> tuple[str, str]:
    """Digest of the code of jaxrl, and the physics with its versions: rollouts of others would not be the same game."""
    return code_digest(), describe(engine)


def code_digest(folder: Path | None = None) -> str:
    """SHA-256 of all Python files of the package, 12 digits."""
    folder = folder or Path(jaxrl.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def seed_of(seed: int, number: int) -> int:
    """The seed of the arenas of the actor with this number: no two of a run play the same episodes."""
    digest = hashlib.sha256(f"{seed} {number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
