"""Which part of a real training loop limits it: one that is really slow is named, from what the run has logged."""

import time
from dataclasses import replace

import jax
import numpy as np
import pytest
from support.checkpoints import SETTINGS
from support.envs import ToyCars, make_config

from jaxrl.dashboard.events import RunEvents
from jaxrl.dashboard.status import limit
from jaxrl.ppo.update import PPO
from jaxrl.report.tags import update_scalars
from jaxrl.report.tensorboard import EventLog
from jaxrl.sim.rollout import Collector
from jaxrl.training.build import make_game
from jaxrl.training.overlap import Overlap
from jaxrl.training.step import compile_programs, step

SECONDS = 0.04  # that what is slow takes, eight times a rollout
UPDATES = 3


class SlowPhysics(ToyCars):
    def step(self, actions):
        time.sleep(SECONDS)
        return super().step(actions)


def slowly(function, seconds):
    def slow(*arguments):
        time.sleep(seconds)
        return function(*arguments)

    return slow


@pytest.fixture(scope="module", params=[False, True], ids=["in turn", "at once"])
def kind(request):
    """A PPO, its programs, and whether they learn while they collect."""
    config = make_config(*SETTINGS)
    ppo = PPO(config, replace(make_game(config), choices={}, figures=()))
    return ppo, compile_programs(ppo, overlap=request.param), request.param


def train(ppo, programs, at_once, env):
    """The times of some updates after one that compiles, and their metrics."""
    collector = Collector(env, ppo.config.training.n_steps, 2, 16, seed=0)
    state, weights = jax.jit(ppo.init)(), {name: np.float32(weight) for name, weight in ppo.config.rewards.items()}
    found = []
    with Overlap(programs, collector) as overlap:
        for number in range(UPDATES + 1):
            if at_once:
                state, metrics, timing = overlap(state, weights, is_last=number == UPDATES)
            else:
                state, metrics, timing = step(programs, collector, state, weights)
            found.append((metrics, timing))
    return found[1:]


def logged(folder, config, found):
    """What the dashboard reads of a run."""
    log = EventLog(folder, config, 0)
    for number, (metrics, timing) in enumerate(found, start=1):
        log.log(update_scalars(metrics, timing, config, config.batch.env_steps), number * config.batch.env_steps)
    log.close()
    events = RunEvents(folder)
    assert events.read() == 1.0
    return events.series


@pytest.mark.parametrize("slow", ["physics", "inference", "update"])
def test_what_is_slow_is_named(kind, slow, tmp_path):
    ppo, programs, at_once = kind
    if slow == "inference":
        programs = replace(programs, act=slowly(programs.act, SECONDS))
    elif slow == "update":
        programs = replace(programs, update=slowly(programs.update, 8 * SECONDS))
    env = (SlowPhysics if slow == "physics" else ToyCars)(2, 2, limit=11)
    found = limit(logged(tmp_path / "logs", ppo.config, train(ppo, programs, at_once, env)))
    assert found.most == slow
    assert list(found.shares) == ["physics", "inference", "update"]
    assert sum(found.shares.values()) == pytest.approx(1)
    assert max(found.shares, key=found.shares.get) == slow


def test_the_last_update_at_once_collects_nothing_and_says_so(kind, tmp_path):
    ppo, programs, at_once = kind
    found = train(ppo, programs, at_once, ToyCars(2, 2, limit=11))
    series = logged(tmp_path / "logs", ppo.config, found)
    expected = UPDATES - 1 if at_once else UPDATES
    assert len(series["speed/update"]) == UPDATES
    assert len(series["speed/physics"]) == len(series["speed/inference"]) == expected
