"""What is kept of a run: written whole or not at all, verified before it is read."""
