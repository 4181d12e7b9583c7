"""What a state means: fields, observation, actions and rewards as pure array code (numpy or jax.numpy)."""
