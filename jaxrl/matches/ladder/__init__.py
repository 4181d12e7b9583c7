"""Ratings of many players from all their matches, and which of them should meet next."""
