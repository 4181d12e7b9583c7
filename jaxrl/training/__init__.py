"""A training run: the loop, and all that stands around it."""
