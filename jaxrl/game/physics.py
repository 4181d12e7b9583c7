"""The physics that a game can be played in, by name: configs choose one, and a bot says which one trained it."""

from typing import Literal, get_args

Engine = Literal["rocketsim2", "rocketsim3"]
Physics = Literal["auto", "rocketsim2", "rocketsim3"]  # auto: whichever the machine has, see jaxrl.sim.engine

ENGINES: tuple[Engine, ...] = get_args(Engine)
PHYSICS: tuple[Physics, ...] = get_args(Physics)
