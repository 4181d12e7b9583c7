"""When a bot is rated, and that a process beside the training rates as this one does, and may be lost."""

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.cli import TINY, read_scalars

from jaxrl.config.load import load_config
from jaxrl.matches.evaluation import EvalResult
from jaxrl.matches.league import Games, LeagueState
from jaxrl.matches.past import PastSelf, Standing
from jaxrl.matches.rating import Rated, Rater
from jaxrl.training import ratings, trainer
from jaxrl.training.build import build
from jaxrl.training.periodic import Evaluation
from jaxrl.training.rating_process import RatingProcess
from jaxrl.training.ratings import Beside, InTurn, learned
from jaxrl.training.saver import Saver, Snapshot

SETTINGS = [*(f"{key}={value}" for key, value in TINY.items()), "evaluation.anchors={random: 0, idle: 30}"]
CONFIG = load_config("final", SETTINGS)


@pytest.fixture(scope="module")
def state():
    return jax.jit(build(CONFIG).ppo.init)()


def snapshot_of(state, league=None):
    return Snapshot(state, np.zeros(0), None, league)


class Slow:
    """A process that has rated a bot once it is asked for it: as many Elo as updates."""

    def __init__(self):
        self.bots, self.rated = [], []

    def begin(self, bot):
        self.bots.append(bot)

    def take(self):
        self.rated.append(bot := self.bots.pop())
        return Rated(float(bot.update), bot.update - 1.0, bot.update + 1.0, {})


def test_a_bot_is_rated_from_one_evaluation_to_the_next(state):
    beside = Beside(Slow())
    assert beside.rate(snapshot_of(state)) == []
    ((first, rated),) = beside.rate(snapshot_of(state.replace(updates=jnp.int32(7))))
    assert (int(first.state.updates), rated.elo) == (0, 0)
    ((second, rated),) = beside.rest()
    assert (int(second.state.updates), rated.elo) == (7, 7)
    assert beside.rest() == []


def test_what_is_waiting_is_not_what_training_makes_of_it(state):
    """Parameters are given back to the next update, and the league goes on counting."""
    league = LeagueState(
        [PastSelf(100, {"w": np.zeros(2)}, Standing(0.5, 3))],
        [True],
        [0],
        0,
        Games(*(np.zeros(1, np.int64) for _ in range(3))),
        {},
    )
    state = jax.tree.map(jnp.copy, state)  # used up below
    before = jax.tree.map(np.array, state.params)
    beside = Beside(Slow())
    beside.rate(snapshot_of(state, league))
    update = jax.jit(lambda given: given.replace(params=jax.tree.map(lambda x: x + 1, given.params)), donate_argnums=0)
    update(state)
    league.selves[0].standing.count(1.0)
    league.games.sides[:] = 1
    ((waiting, _),) = beside.rest()
    jax.tree.map(np.testing.assert_array_equal, waiting.state.params, before)
    assert waiting.league.selves[0].standing == Standing(0.5, 3)
    assert waiting.league.games.sides == [0]


def test_ratings_in_turn_take_a_twentieth_of_the_time(state, monkeypatch):
    """Hand-worked: the first takes 10 s, so the next one comes when 200 s have passed."""
    clock, asked = [0.0], []

    def rate(bot):
        asked.append(clock[0])
        clock[0] += 10
        return Rated(0.0, 0.0, 0.0, {})

    monkeypatch.setattr(ratings, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    in_turn = InTurn(rate)
    for now in range(0, 700, 50):
        clock[0] = max(clock[0], float(now))
        in_turn.rate(snapshot_of(state))
    assert asked == [0, 200, 400, 600]


def test_the_best_is_the_bot_that_was_rated_not_the_one_of_now(state):
    """Ratings come an evaluation late: what is saved, and when in the charts, is what was rated."""
    saved, logged = [], []
    saver = Saver(CONFIG, None, None, Path(), SimpleNamespace())
    saver.snapshot = snapshot_of
    saver.save = lambda name, snapshot: saved.append((int(snapshot.state.updates), snapshot.state.best_eval_reward))
    settings = ["evaluation.anchors={random: 0, idle: 30}", "evaluation.best_by=rating", "evaluation.eval_freq=100"]
    job = Evaluation(
        load_config("final", settings),
        lambda state, weights: EvalResult(0.0, *[0.0] * 8),
        SimpleNamespace(number_episodes=lambda first: None),
        SimpleNamespace(final_weights={}),
        saver,
        SimpleNamespace(log=lambda scalars, steps: logged.append((scalars.get("rating/elo"), steps))),
        None,
        Beside(Slow()),
    )
    for update in (2, 5, 9):
        state = state.replace(env_steps=jnp.array([0, 100 * update], jnp.uint32), updates=jnp.int32(update))
        state = job(state, 100 * update - 1)
    assert saved == [(2, 1.0), (5, 4.0)]
    assert logged == [(None, 200), (None, 500), (2.0, 200), (None, 900), (5.0, 500)]
    state = job.end(state)
    assert saved == [(2, 1.0), (5, 4.0), (9, 8.0)]
    assert (float(state.best_eval_reward), logged[-1]) == (8.0, (9.0, 900))


@pytest.fixture(scope="module")
def process():
    lines = []
    running = RatingProcess(CONFIG, lines.append)
    yield running, lines
    running.close()


@pytest.mark.slow
def test_another_process_rates_as_this_one(process, state):
    rating, lines = process
    parts = build(CONFIG)
    rater = Rater(CONFIG, parts.ppo, parts.anchors, "rocketsim2")
    rating.begin(learned(state, state.params))
    assert rating.take() == rater(learned(state, state.params))
    rater.close()
    assert lines == []


@pytest.mark.slow
def test_a_process_that_is_killed_is_started_again(process, state):
    rating, lines = process
    rating.begin(learned(state, state.params))
    os.kill(rating.pid, signal.SIGKILL)
    assert rating.take() is None
    assert lines == ["jaxrl-rating died (exit code -9): one rating is missing, the next evaluation starts it again"]
    rating.begin(learned(state, state.params))
    assert rating.take() is not None


@pytest.mark.slow
def test_an_error_is_one_line_and_the_end_leaves_nothing_behind(process, state):
    rating, lines = process
    rating.begin(learned(state, state.params)._replace(params={}))
    assert rating.take() is None
    assert lines[-1].startswith("jaxrl-rating stopped: ")
    assert "\n" not in lines[-1]
    pid = rating.pid
    rating.close()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.slow
def test_a_run_with_an_accelerator_rates_at_every_evaluation(tmp_path, monkeypatch):
    """A real run, on a CPU that passes for an accelerator: evaluated once at 300 of 500 steps, and rated at its end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trainer, "has_accelerator", lambda: True)
    settings = [*SETTINGS, "evaluation.best_by=rating", "training.total_timesteps=700"]
    trainer.train(load_config("final", settings))
    scalars = read_scalars(tmp_path / "logs")
    evaluated = [step for step, _ in scalars["eval/mean_reward"]]
    assert len(evaluated) == 2
    assert [step for step, _ in scalars["rating/goals_for_random"]] == evaluated
    assert (tmp_path / "checkpoints" / "best" / "policy.npz").is_file()
