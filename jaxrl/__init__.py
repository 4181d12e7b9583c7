"""jaxrl: train Rocket League bots with PPO in JAX on real RocketSim physics.

Importing this package imports nothing heavy: simulation workers and numpy-only bots must start fast and without JAX.
"""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "load_policy":  # numpy only, and only for those who ask
        from jaxrl.bots.policy_files import load_policy

        return load_policy
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
