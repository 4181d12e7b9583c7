"""Desktop viewers that show a live match."""
