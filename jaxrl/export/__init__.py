"""The old way to call `jaxrl export`: `python -m jaxrl.export`."""
