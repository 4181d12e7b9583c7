"""A curriculum as a user runs it: stages begin, show in TensorBoard, and outlive the process."""

import pytest
from support.cli import TINY, read_scalars, run

STAGES = (
    "[{after: {speed_to_ball: 1.0e-6}, rewards: {goal: 9}}, {after: {touches_per_minute: 1.0e9}, rewards: {goal: 99}}]"
)
# cars that start near the ball and are rewarded for driving at it have some speed towards it from the first update on
CURRICULUM = TINY | {"curriculum.stages": STAGES, "environment.start_states.kickoff": "0"}


@pytest.mark.slow
def test_a_stage_begins_once_and_a_resumed_run_goes_on_in_it(tmp_path, cache):
    done = run(CURRICULUM | cache, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("stage 1 of the curriculum begins at") == 1
    stages = [value for _, value in read_scalars(tmp_path / "logs")["train/stage"]]
    assert (stages[0], stages[-1]) == (0, 1)
    more = CURRICULUM | cache | {"training.total_timesteps": "700"}
    resumed = run(more, "--resume", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert "stage" not in resumed.stderr.replace("train/stage", "")
    assert {value for step, value in read_scalars(tmp_path / "logs")["train/stage"] if step > 512} == {1}
    other = more | {"training.total_timesteps": "900", "curriculum.stages": "[]"}
    without = run(other, "--resume", cwd=tmp_path)
    assert without.returncode == 0, without.stderr
    assert "another curriculum: it begins with its first stage" in without.stderr
    assert {value for step, value in read_scalars(tmp_path / "logs")["train/stage"] if step > 768} == {0}
