"""Networks: arithmetic on arrays, parameters in Flax, sampling from logits."""
