"""The `jaxrl` command: arguments in, one call each."""
