"""jaxrl: train Rocket League bots with PPO in JAX on real RocketSim physics.

Importing this package imports nothing heavy: simulation workers and numpy-only bots must start fast and without JAX.
"""

__version__ = "0.1.0"
