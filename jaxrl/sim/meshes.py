"""The collision meshes of the field, which ship with rlgym-rocket-league."""

from importlib.util import find_spec
from pathlib import Path

from jaxrl.errors import SimulationError


def find_collision_meshes() -> Path:
    """The folder of soccar collision meshes inside rlgym-rocket-league; raises SimulationError if it is missing."""
    # find_spec avoids rlgym's own imports, which a worker does not need
    spec = find_spec("rlgym")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(root) / "rocket_league" / "sim" / "collision_meshes"
        if any(folder.glob("soccar/*.cmf")):
            return folder
    raise SimulationError(
        "RocketSim's collision meshes were not found; they ship with rlgym-rocket-league: "
        "pip install --force-reinstall --no-deps rlgym-rocket-league"
    )
