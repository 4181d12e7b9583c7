"""jaxrl: train Rocket League bots with PPO in JAX on real RocketSim physics.

    import jaxrl

    config = jaxrl.load_config("final", ["training.total_timesteps=200000"])
    jaxrl.train(config, name="first")
    policy = jaxrl.load_policy("checkpoints/best")

In a script this belongs under `if __name__ == "__main__":`, since the simulation's workers import the script again.
Importing jaxrl imports nothing heavy: workers and bots that need only numpy must start fast and without JAX.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxrl.bots.policy_files import load_policy
    from jaxrl.config.load import load_config
    from jaxrl.errors import UserError
    from jaxrl.plugins import allow_code
    from jaxrl.training.trainer import train

__version__ = "0.2.0"
__all__ = ["UserError", "__version__", "allow_code", "load_config", "load_policy", "train"]

_HOMES = {
    "UserError": "jaxrl.errors",
    "allow_code": "jaxrl.plugins",
    "load_config": "jaxrl.config.load",
    "load_policy": "jaxrl.bots.policy_files",
    "train": "jaxrl.training.trainer",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
