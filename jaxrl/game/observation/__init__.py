"""What a car sees, as the network gets it."""
