"""Tools that make the pictures and folders in this repository, and verify a whole installation."""
