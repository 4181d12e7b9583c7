"""A run at a glance: its event files, read as they grow, as a local page and as a screen of the terminal."""
