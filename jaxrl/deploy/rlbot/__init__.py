"""The bot in the game: from RLBot v5's packets to the states of training, and from actions to its controls."""
