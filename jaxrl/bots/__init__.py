"""Everything that plays: scripted, trained, and how a name becomes a player."""
