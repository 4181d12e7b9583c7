"""Desktop viewers that a live match can be sent to."""
