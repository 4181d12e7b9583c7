"""Learning while collecting: an update behind, the same bits whatever is done first, and nothing lost if it fails."""

import time
from dataclasses import replace

import jax
import numpy as np
import pytest
from support.checkpoints import SETTINGS, assert_same_bits
from support.cli import TINY, read_scalars, run
from support.envs import ToyCars, make_config

from jaxrl.config.load import load_config
from jaxrl.errors import SimulationError, UserError
from jaxrl.ppo.update import PPO
from jaxrl.sim.rollout import Collector
from jaxrl.training import overlap as overlapping
from jaxrl.training.build import make_game
from jaxrl.training.overlap import Overlap, overlaps
from jaxrl.training.step import compile_programs

UPDATES = 4


@pytest.fixture(scope="module")
def ppo():
    config = make_config(*SETTINGS)
    return PPO(config, replace(make_game(config), choices={}, figures=()))


@pytest.fixture(scope="module")
def programs(ppo):
    return compile_programs(ppo, overlap=True)


def new_collector(ppo, kind=ToyCars):
    return Collector(kind(2, 2, limit=11), ppo.config.training.n_steps, 2, 16, seed=0)


def weights_of(ppo):
    return {name: np.float32(weight) for name, weight in ppo.config.rewards.items()}


def in_turn(ppo, programs):
    """The same by hand, one after the other: rollout k + 1 by the parameters that update k begins with."""
    collector, state = new_collector(ppo), jax.jit(ppo.init)()
    rollout = jax.tree.map(np.copy, collector.collect(programs.policy(state), 0))
    for number in range(UPDATES):
        following = jax.tree.map(np.copy, collector.collect(programs.policy(state), number + 1))
        state, metrics = programs.update(state, rollout, weights_of(ppo))
        rollout = following
    return state, metrics, rollout


def test_it_is_one_update_behind_whatever_is_done_first(ppo, programs):
    state, lags = jax.jit(ppo.init)(), []
    with Overlap(programs, new_collector(ppo)) as overlap:
        for _ in range(UPDATES):
            state, metrics, timing = overlap(state, weights_of(ppo), is_last=False)
            lags.append(timing.lag)
        waiting = overlap.waiting
    expected, figures, rollout = in_turn(ppo, programs)
    assert lags == [0, 1, 1, 1]
    assert_same_bits(state, expected)
    assert_same_bits(metrics._replace(shown=figures.shown), figures)
    assert_same_bits(waiting, rollout)


def test_what_was_chosen_an_update_ago_is_weighed_by_how_likely_it_was_then(ppo, programs):
    """The first ratio is 1 on the first rollout, and not on those of older parameters."""
    state = jax.jit(ppo.init)()
    with Overlap(programs, new_collector(ppo)) as overlap:
        state, first, _ = overlap(state, weights_of(ppo), is_last=False)
        _, second, _ = overlap(state, weights_of(ppo), is_last=False)
    assert float(first.first_ratio_error) < 1e-4
    assert float(first.first_kl) < 1e-6
    assert float(second.first_ratio_error) > 1e-3
    assert 0 < float(second.first_kl) < 1


class Slow(ToyCars):
    """A decision takes 40 ms."""

    def step(self, actions):
        time.sleep(0.04)
        return super().step(actions)


def test_the_shorter_of_the_two_is_hidden(ppo, programs):
    """Eight decisions of 40 ms beside an update of 300: together 0.62 s if one waited for the other."""

    def slow_update(*arguments):
        time.sleep(0.3)
        return programs.update(*arguments)

    state = jax.jit(ppo.init)()
    with Overlap(replace(programs, update=slow_update), new_collector(ppo, Slow)) as overlap:
        timings = []
        for _ in range(3):
            state, _, timing = overlap(state, weights_of(ppo), is_last=False)
            timings.append(timing)
    fastest = min(timings[1:], key=lambda timing: timing.seconds)
    assert fastest.collect_seconds > 0.3
    assert fastest.update_seconds > 0.3
    assert fastest.seconds < 0.5


class Broken(ToyCars):
    """Its workers are lost in the third rollout."""

    decisions = 0

    def step(self, actions):
        self.decisions += 1
        if self.decisions > 20:
            raise SimulationError("the 5th worker lost in a short time: giving up")
        return super().step(actions)


def test_an_error_leaves_the_state_that_can_be_saved(ppo, programs):
    state = jax.jit(ppo.init)()
    with Overlap(programs, new_collector(ppo, Broken)) as overlap:
        state, _, _ = overlap(state, weights_of(ppo), is_last=False)
        with pytest.raises(SimulationError):
            overlap(state, weights_of(ppo), is_last=False)
    assert overlap.waiting is None
    assert int(state.updates) == 1
    assert np.isfinite(jax.tree.leaves(jax.device_get(state.params))[0]).all()


def test_the_last_update_collects_no_more(ppo, programs):
    collector = new_collector(ppo)
    with Overlap(programs, collector) as overlap:
        overlap(jax.jit(ppo.init)(), weights_of(ppo), is_last=True)
    assert overlap.waiting is None


@pytest.mark.parametrize(("accelerator", "automatic"), [(True, True), (False, False)])
def test_auto_is_for_accelerators(monkeypatch, accelerator, automatic):
    monkeypatch.setattr(overlapping, "has_accelerator", lambda: accelerator)
    assert overlaps(load_config("final")) is automatic
    assert overlaps(load_config("final", ["training.overlap=true"]))
    assert not overlaps(load_config("final", ["training.overlap=false"]))
    assert not overlaps(load_config("final", ["environment.one_by_one=true"]))
    with pytest.raises(UserError, match=r"training.overlap true needs environment.one_by_one false"):
        load_config("final", ["training.overlap=true", "environment.one_by_one=true"])


@pytest.mark.slow
def test_a_run_says_how_far_it_is_behind_and_resumes_in_turn(tmp_path, cache):
    """In processes: with overlap, then without from its checkpoint."""
    settings = TINY | cache | {"league.share": "0.5", "league.save_every": "128", "environment.num_envs": "4"}
    settings |= {"training.batch_size": "null", "training.n_steps": "32"}
    done = run(settings | {"training.overlap": "true"}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    scalars = read_scalars(tmp_path / "logs")
    lags = [value for _, value in scalars["train/policy_lag"]]
    assert lags == [0.0] + [1.0] * (len(lags) - 1)
    assert len(lags) > 2
    assert all(value < 0.5 for _, value in scalars["train/first_kl"])
    longer = {"training.overlap": "false", "training.total_timesteps": "2000"}
    again = run(settings | longer, "--resume", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert [value for _, value in read_scalars(tmp_path / "logs")["train/policy_lag"]][-1] == 0
