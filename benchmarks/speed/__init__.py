"""Speed of collection, update and the whole loop, compared with the limits of the machine."""
