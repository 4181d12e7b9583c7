"""A run with a cool-down, and how it goes on as if there had been none."""

import pytest
from support.cli import TINY, read_scalars, run

from jaxrl.bots.newest import BEFORE_COOLDOWN
from jaxrl.checkpoints.directory import verify_checkpoint

RATES = {"training.learning_rate": "1e-3", "training.final_lr": "1e-4", "training.cooldown": "0.5"}


def rates(folder):
    """The learning rate at the beginning of every update, by the environment steps at its end."""
    return dict(read_scalars(folder / "logs")["train/learning_rate"])


@pytest.mark.slow
def test_from_before_the_cool_down_a_run_goes_on_at_its_full_rate(cache, tmp_path):
    """8 updates of 128 steps; then 16, from the middle of those on: no rate falls before the 12th."""
    settings = TINY | cache | RATES
    done = run(settings | {"training.total_timesteps": "1024"}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    warm = tmp_path / "checkpoints" / BEFORE_COOLDOWN
    assert verify_checkpoint(warm).env_steps == 512
    first = rates(tmp_path)
    full = [steps for steps, rate in first.items() if rate == pytest.approx(1e-3)]
    assert full == [128, 256, 384, 512]
    assert first[1024] < 3e-4

    more = settings | {"training.total_timesteps": "2048"}
    done = run(more, "--resume", f"checkpoints/{BEFORE_COOLDOWN}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    second = rates(tmp_path)
    assert [second[steps] for steps in (640, 768, 896, 1024)] == pytest.approx([1e-3] * 4)
    assert second[2048] < 2e-4
    assert verify_checkpoint(warm).env_steps == 1024


@pytest.mark.slow
def test_with_batches_that_grow_it_begins_where_the_share_says(cache, tmp_path):
    """128 steps, then 256 an update: half of 1,000, rounded up to 1,024 for these, is passed by the third."""
    stages = "[{after: {speed: 1.0e-6}, training: {n_steps: 128, n_minibatches: 4}}]"
    grows = {"curriculum.stages": stages, "training.total_timesteps": "1000"}
    done = run(TINY | cache | RATES | grows, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "128 environment steps = 2 x 64" in done.stdout
    assert "256 in stage 1, minibatches of 128" in " ".join(done.stdout.split())
    assert [*rates(tmp_path)] == [128, 384, 640, 896, 1152]
    assert verify_checkpoint(tmp_path / "checkpoints" / BEFORE_COOLDOWN).env_steps == 384
    assert [rates(tmp_path)[steps] for steps in (128, 384)] == pytest.approx([1e-3] * 2)
    # the update that begins at 384 is half a batch before the middle: the next one begins with half a batch behind it
    assert rates(tmp_path)[640] == pytest.approx(1e-3)
    end = 1024 - 256 / 4
    assert rates(tmp_path)[896] == pytest.approx(1e-3 - 9e-4 * (640 - end / 2) / (end / 2))
