"""Batches of RocketSim 3 arenas, stepped by native threads into numpy arrays."""

from collections.abc import Sequence

import numpy as np

__version__: str
ROCKETSIM_VERSION: str
INTERFACE: int  # raised whenever something below changes; jaxrl/sim/rocketsim3/module.py says which it needs

def load_meshes(folder: str) -> None: ...

class Settings:
    def __init__(
        self,
        *,
        team_size: int,
        tick_skip: int,
        action_delay_ticks: int,
        max_episode_ticks: int,
        no_touch_ticks: int,
        controls: Sequence[Sequence[float]],
        neutral_action: int,
        arena_columns: Sequence[tuple[str, int]],
        car_columns: Sequence[tuple[str, int]],
        arena_size: int,
        car_size: int,
        pad_places: Sequence[tuple[float, float]],
    ) -> None: ...

class Arenas:
    def __init__(
        self,
        settings: Settings,
        groups: Sequence[tuple[int, int]],
        num_threads: int,
        cores: Sequence[int],
        *,
        actions: np.ndarray,
        state: np.ndarray,
        final_state: np.ndarray,
        terminated: np.ndarray,
        truncated: np.ndarray,
        rebuilt: np.ndarray,
    ) -> None: ...
    def start(self, indices: Sequence[int], seeds: Sequence[int], starts: np.ndarray) -> list[bool]: ...
    def send_begin(self, group: int) -> None: ...
    def send_step(self, group: int) -> None: ...
    def wait(self, group: int) -> None: ...
    def episodes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]: ...
    def replay(
        self,
        seeds: np.ndarray,
        starts: np.ndarray,
        lengths: np.ndarray,
        actions: np.ndarray,
        rows: np.ndarray,
        num_threads: int,
    ) -> bool: ...
    def time_bare(self, actions: np.ndarray, num_threads: int, cores: Sequence[int]) -> float: ...
