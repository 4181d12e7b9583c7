"""RocketSim 2 and 3 side by side: the same states and controls, and how far apart they are after a while."""
