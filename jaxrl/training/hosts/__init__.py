"""Several hosts that learn as one, by jax.distributed: each collects in arenas of its own."""
