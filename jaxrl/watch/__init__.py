"""A match that one can look at: played in RocketSim, written as one HTML file that needs nothing else."""
