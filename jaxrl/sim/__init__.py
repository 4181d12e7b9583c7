"""Physics: arenas of RocketSim 2 or 3, and what the host records of them. It never imports JAX."""
