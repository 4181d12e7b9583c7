"""Matches between two players, and the figures that they give."""
