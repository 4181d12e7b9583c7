"""How well it learns: milestones, seeds, strength."""
