"""PPO as pure functions on pytrees (Schulman et al. 2017)."""
