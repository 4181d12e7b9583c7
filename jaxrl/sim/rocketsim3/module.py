"""The native module `jaxrl_physics` (`native/`): whether it is here, and whether it is the one that this code needs."""

from typing import NamedTuple

INTERFACE = 5  # of jaxrl_physics, as `env.py` uses it; raised with native/src/lib.rs whenever that changes


class Problem(NamedTuple):
    """Why RocketSim 3 cannot be used here, in words."""

    text: str
    is_missing: bool  # nothing is installed, rather than something that does not fit


def why_not() -> Problem | None:
    """What keeps RocketSim 3 from being used here; None if nothing does."""
    try:
        import jaxrl_physics
    except ModuleNotFoundError as error:
        return Problem(f"jaxrl_physics is not installed ({error})", error.name == "jaxrl_physics")
    except ImportError as error:
        return Problem(f"jaxrl_physics cannot be imported ({error})", False)
    found = getattr(jaxrl_physics, "INTERFACE", 0)  # the first builds had none
    if found != INTERFACE:
        return Problem(
            f"the jaxrl_physics that is installed has interface {found}, and this jaxrl needs {INTERFACE}", False
        )
    return None


def versions() -> tuple[str, str]:
    """Versions of the RocketSim in the module, and of the module; raises ImportError where it is missing."""
    import jaxrl_physics

    return jaxrl_physics.ROCKETSIM_VERSION, jaxrl_physics.__version__
