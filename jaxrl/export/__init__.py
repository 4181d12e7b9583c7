"""A bot for others to run: as a folder for RLBot."""
