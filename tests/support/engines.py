"""Tests on every physics that is here, and a build of `jaxrl_physics` that is not there or does not fit."""

import sys
from types import ModuleType

import pytest

from jaxrl.sim.rocketsim3.module import why_not

needs_rocketsim3 = pytest.mark.skipif(why_not() is not None, reason=f"RocketSim 3: {why_not() and why_not().text}")
BOTH = ("rocketsim2", pytest.param("rocketsim3", marks=needs_rocketsim3))


def take_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where jaxrl_physics is not installed."""
    monkeypatch.setitem(sys.modules, "jaxrl_physics", None)


def put_in_place(monkeypatch: pytest.MonkeyPatch, **attributes: object) -> None:
    """Another jaxrl_physics, with these attributes alone."""
    module = ModuleType("jaxrl_physics")
    module.__dict__.update(attributes)
    monkeypatch.setitem(sys.modules, "jaxrl_physics", module)
