"""What a run in a cluster needs, before any cluster is joined: each a line."""

import sys
from contextlib import ExitStack

import jax
import pytest
from support.cli import TINY

from jaxrl.config.load import load_config
from jaxrl.errors import UserError
from jaxrl.signals import StopSignals
from jaxrl.training.build import build
from jaxrl.training.cluster.source import collect_in_cluster

SETTINGS = [*(f"{key}={value}" for key, value in TINY.items()), "environment.num_envs=8", "training.batch_size=null"]


def collect(*more):
    parts = build(load_config("final", [*SETTINGS, *more]))
    with ExitStack() as stack:
        collect_in_cluster("auto", parts, None, jax.jit(parts.ppo.init)(), jax.devices()[0], StopSignals(), stack)


def test_without_ray_it_says_how_to_install_it(monkeypatch):
    """As on a machine without the extra: training itself does not need it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "jaxrl.training.cluster.members", raising=False)
    with pytest.raises(
        UserError, match=r"^--cluster: the package ray is missing: uv sync --extra ray, or pip install "
    ):
        collect()


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("cluster.rollouts=3", "cluster.rollouts 3 must divide environment.num_envs 8: each is of as many arenas"),
        ("league.share=0.25", "league: not with --cluster, whose nodes know the present self alone"),
    ],
)
def test_what_a_cluster_cannot_do_is_a_line(setting, line):
    with pytest.raises(UserError, match=f"^{line}"):
        collect(setting)
