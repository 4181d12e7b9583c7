"""`VecEnv` on RocketSim 2 (the C++ package `rocketsim`)."""
