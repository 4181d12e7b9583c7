"""How fast: collection, update and whole loop beside what the machine could do at most."""
