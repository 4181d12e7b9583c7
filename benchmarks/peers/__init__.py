"""Beside other trainers."""
