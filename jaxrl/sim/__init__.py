"""Physics: RocketSim arenas in worker processes. The only place that imports RocketSim, and it never imports JAX."""
