"""The same scalars in Weights & Biases, for `logging.wandb`."""

from pathlib import Path

from jaxrl.config.schema import Config


class WandbRun:
    """A run of Weights & Biases named after the event folder."""

    def __init__(self, folder: Path, config: Config) -> None:
        import wandb  # an optional dependency

        settings = config.model_dump(mode="json")
        self._run = wandb.init(project="jaxrl", name=folder.name, dir=str(folder), config=settings)
        self._run.define_metric("*", step_metric="env_steps")

    def log(self, numbers: dict[str, float], env_steps: int) -> None:
        """Log `numbers` at `env_steps`."""
        self._run.log(numbers | {"env_steps": env_steps})

    def close(self) -> None:
        """Send everything that is left."""
        self._run.finish()
