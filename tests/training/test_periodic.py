"""What happens now and then: which updates are meant, what counts as best, and what a failed save changes (nothing)."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest

from jaxrl.config.load import load_config
from jaxrl.errors import SaveError, UserError
from jaxrl.game.rewards.sharing import Payment
from jaxrl.matches.evaluation import EvalResult
from jaxrl.training import saver as saving
from jaxrl.training.periodic import Evaluation
from jaxrl.training.saver import Saver, Snapshot, passed
from jaxrl.training.stage import Stage

CONFIG = load_config("final", ["evaluation.eval_freq=100", "logging.save_interval=100", "logging.keep=2"])


@dataclass(frozen=True)
class State:
    """The fields of a TrainState that the jobs read."""

    num_env_steps: int
    best_eval_reward: np.ndarray
    stage: int = 0
    begun: tuple[int, ...] = ()

    def replace(self, **changed):
        return replace(self, **changed)


def evaluation(rewards, saver, page_writer=None):
    """The job, with `rewards` as the results of its evaluations."""
    results = iter(rewards)
    display = SimpleNamespace(log=lambda scalars, steps: None, match=lambda *arguments: None)
    return Evaluation(
        CONFIG,
        lambda state, weights: EvalResult(next(results), *[0.0] * 8),
        SimpleNamespace(number_episodes=lambda first: None),
        SimpleNamespace(weights=lambda state: {}, final_weights={}),
        saver,
        display,
        page_writer,
    )


class Disk(Saver):
    """A saver that notes names and is full when `full`."""

    def __init__(self, config=CONFIG):
        super().__init__(config, None, None, Path(), SimpleNamespace(path=Path("checkpoints")))
        self.full, self.saved = False, []

    def snapshot(self, state):
        return Snapshot(state, np.zeros(0), None, None)

    def save(self, name, snapshot):
        if self.full:
            raise SaveError("checkpoints/best: cannot be saved (No space left on device)")
        self.saved.append((name, float(snapshot.state.best_eval_reward)))
        return Path(name)


@pytest.mark.parametrize(
    ("before", "now", "mark"), [(0, 99, None), (99, 100, 100), (100, 101, None), (90, 310, 300), (100, 200, 200)]
)
def test_marks_are_multiples_that_an_update_reached(before, now, mark):
    assert passed(before, now, 100) == mark


@pytest.mark.parametrize(
    ("cooldown", "saved_at"),
    [(0.2, [32_768]), (0.5, [20_480]), (0.9, [4096]), (0.95, []), (1, []), (0, [])],
    ids=["fifth", "half", "nine tenths", "of the first update", "all", "none"],
)
def test_a_checkpoint_from_before_the_cool_down(cooldown, saved_at):
    """10 updates of 4,096 steps."""
    total = ["training.total_timesteps=40960", f"training.cooldown={cooldown}", "logging.save_interval=100_000"]
    disk, ends = Disk(load_config("final", total)), []
    for end in range(4096, 40961, 4096):
        before = len(disk.saved)
        disk(State(end, jnp.float32(0)), end - 4096)
        ends += [end] * (len(disk.saved) - before)
    assert ends == saved_at
    assert {name for name, _ in disk.saved} <= {"before_cooldown"}


def test_the_best_is_saved_with_its_own_score_and_only_the_best():
    """Scores 1, 0.5 and 2: the first and the third are saved, each knowing its score."""
    disk = Disk()
    job, state = evaluation([1.0, 0.5, 2.0], disk), State(100, jnp.float32(-jnp.inf))
    for best in (1.0, 1.0, 2.0):
        state = job(state, state.num_env_steps - 50)
        assert float(state.best_eval_reward) == best
    assert disk.saved == [("best", 1.0), ("best", 2.0)]


def test_a_score_that_could_not_be_saved_is_beaten_by_the_next(capsys):
    """The disk is full at 2.0; once there is room again, 1.5 is the best that can be saved."""
    disk = Disk()
    job, state = evaluation([1.0, 2.0, 1.5], disk), State(100, jnp.float32(-jnp.inf))
    for full, best in ((False, 1.0), (True, 1.0), (False, 1.5)):
        disk.full = full
        state = job(state, 50)
        assert float(state.best_eval_reward) == best
    assert disk.saved == [("best", 1.0), ("best", 1.5)]
    assert "No space left on device); what was saved before is intact" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "now", "interval", "due"),
    [
        (49_000, 51_000, 500_000, True),  # the first, early
        (51_000, 53_000, 500_000, False),
        (499_000, 501_000, 500_000, True),
        (49_000, 51_000, 20_000_000, False),  # more than the run has: nobody wants an evaluation
    ],
)
def test_the_first_evaluation_comes_early(before, now, interval, due):
    config = load_config("final", [f"evaluation.eval_freq={interval}"])
    job = replace(evaluation([1.0], Disk()), config=config)
    state = job(State(now, jnp.float32(-jnp.inf)), before)
    assert float(state.best_eval_reward) == (1.0 if due else -np.inf)


def test_nothing_is_evaluated_between_the_marks():
    state = State(190, jnp.float32(0))
    assert evaluation([], Disk())(state, 110) is state


def test_a_page_that_cannot_be_written_does_not_end_the_run(capsys):
    def fail(state, weights):
        raise UserError("my.terms:spin does not run under numpy")

    state = evaluation([1.0], Disk(), fail)(State(100, jnp.float32(0)), 50)
    assert float(state.best_eval_reward) == 1.0
    assert "my.terms:spin" in capsys.readouterr().err


def test_checkpoints_are_named_after_the_mark_and_old_ones_deleted(monkeypatch):
    deleted = []
    monkeypatch.setattr(saving, "delete_old", lambda *arguments: deleted.append(arguments))
    disk = Disk()
    state = State(256, jnp.float32(0))
    assert disk(state, 128) is state
    assert disk(State(290, jnp.float32(0)), 256).num_env_steps == 290
    assert [name for name, _ in disk.saved] == ["checkpoint_200"]
    assert deleted == [(Path("checkpoints"), 2, saving.say)]


def source_with(set_start_weights, lengths=None):
    """Where rollouts come from: its arenas, and how long these are asked to be."""
    set_n_steps = (lambda n_steps: None) if lengths is None else lengths.append
    return SimpleNamespace(arenas=SimpleNamespace(set_start_weights=set_start_weights), set_n_steps=set_n_steps)


def test_a_stage_may_bring_longer_rollouts():
    stages = "curriculum.stages=[{after: {speed_to_ball: 1}, training: {n_steps: 1024, n_minibatches: 16}}]"
    lengths = []
    stage = Stage(load_config("final", [stages]), source_with(lambda weights: None, lengths), 0)
    stage(State(500, jnp.float32(3), stage=1), 400)
    assert lengths == [512, 1024]


def test_another_stage_brings_its_weights_and_forgets_the_best(capsys):
    """Stage 1 of fast_start changes a weight and the start states; the same stage twice changes nothing."""
    config, weights_of_starts = load_config("fast_start"), []
    stage = Stage(config, source_with(weights_of_starts.append), 0)
    state = State(500, jnp.float32(3), stage=0)
    assert stage(state, 400) is state
    state = stage(replace(state, stage=1), 400)
    assert float(state.best_eval_reward) == -np.inf
    assert stage.weights(state) is stage.final_weights
    assert stage.final_weights == {name: np.float32(value) for name, value in config.reward_weights(1).items()}
    assert stage.moving_weights(state) == {}
    assert weights_of_starts == [[*config.start_weights(0).values()], [*config.start_weights(1).values()]]
    assert "stage 1 of the curriculum begins at 500" in capsys.readouterr().err


def test_weights_that_move_follow_the_state():
    """`goal` moves from the start of the run, `touch` from that of stage 1; matches are scored with the last ones."""
    stages = "curriculum.stages=[{after: {speed_to_ball: 1}, rewards: {touch: {from: 1, to: 3, over: 100}}}]"
    goal = "rewards.goal={from: 10, to: 0, over: 1000, zero_sum: 1}"
    config = load_config("final", [goal, "rewards.touch=7", stages])
    stage = Stage(config, source_with(lambda weights: None), 0)
    state = State(250, jnp.float32(0), stage=0, begun=(0,))
    assert stage.moving_weights(state) == {"goal": 7.5, "touch": 7}
    assert stage.weights(state)["goal"] == Payment(np.float32(7.5), np.float32(1), np.float32(0))
    assert stage.final_weights["goal"].weight == 0
    state = stage(State(520, jnp.float32(0), stage=1, begun=(500,)), 400)
    assert stage.moving_weights(state) == pytest.approx({"goal": 4.8, "touch": 1.4})
    assert (stage.final_weights["goal"].weight, stage.final_weights["touch"]) == (0, 3)
