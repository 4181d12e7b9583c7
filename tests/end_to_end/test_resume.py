"""`train.py --resume` and `--init-from` as a user runs them: processes of their own, real physics, real files."""

import shutil
import signal

import jax
import numpy as np
import pytest
from support.checkpoints import adam_steps
from support.cli import TINY, assert_one_error_line, read_scalars, run, run_until
from support.states import rows

from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.directory import find_checkpoints
from jaxrl.checkpoints.files import checkpoint_info
from jaxrl.checkpoints.training_state import load_checkpoint, load_checkpoint_config
from jaxrl.ppo.update import PPO
from jaxrl.training.build import make_game

KEEP = 2
SETTINGS = TINY | {"training.total_timesteps": "100000000", "logging.save_interval": "128", "logging.keep": str(KEEP)}


def load(folder):
    """The TrainState of a checkpoint."""
    config = load_checkpoint_config(folder)
    return load_checkpoint(folder, like=jax.eval_shape(PPO(config, make_game(config)).init))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_resume_with_nothing_there_is_one_line(tmp_path):
    assert_one_error_line(run(TINY, "--resume", cwd=tmp_path), "checkpoints", "no intact checkpoint to resume from")
    for option in ("--resume", "--init-from"):
        assert_one_error_line(run(TINY, option, "no/such", cwd=tmp_path), "no/such: not a checkpoint")
    assert names_in(tmp_path) in ([], [".cache"]), "nothing is written"


def test_resume_together_with_init_from_is_refused(tmp_path):
    done = run(TINY, "--resume", "--init-from", "checkpoints/final", cwd=tmp_path)
    assert done.returncode == 2
    assert "give one of them" in done.stderr.splitlines()[-1]
    assert names_in(tmp_path) == []


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory, cache):
    """The folder of a run that was stopped by SIGTERM to its whole process group after a few updates."""
    folder = tmp_path_factory.mktemp("interrupted")
    fifth = folder / "checkpoints" / "checkpoint_640"
    code, printed = run_until(SETTINGS | cache, folder, fifth.exists, signal.SIGTERM, group=True)
    assert code == 143, printed
    return folder


@pytest.fixture(scope="module")
def resumed(interrupted, cache, tmp_path_factory):
    """(steps when it was stopped, folder, what was printed) of that run after 3 more updates."""
    before = checkpoint_info(interrupted / "checkpoints" / "final").env_steps
    folder = tmp_path_factory.mktemp("resumed")
    shutil.copytree(interrupted, folder, dirs_exist_ok=True)
    done = run(SETTINGS | cache | {"training.total_timesteps": str(before + 384)}, "--resume", cwd=folder)
    assert done.returncode == 0, done.stderr
    return before, folder, done


@pytest.mark.slow
def test_only_the_newest_checkpoints_are_kept(interrupted):
    """One every 128 steps: the last two, and best and final."""
    steps = checkpoint_info(interrupted / "checkpoints" / "final").env_steps
    expected = [f"checkpoint_{steps - 128}", f"checkpoint_{steps}"]
    assert names_in(interrupted / "checkpoints") == sorted(["best", "final", *expected])


@pytest.mark.slow
def test_the_best_checkpoint_plays(interrupted):
    folder = interrupted / "checkpoints" / "best"
    policy = load_policy(folder)
    assert policy.description.env_steps == checkpoint_info(folder).env_steps == load(folder).num_env_steps
    actions = policy.act(rows(lead=(3,)))
    assert actions.shape == (3, 2)
    scores = dict(read_scalars(interrupted / "logs")["eval/mean_reward"])
    assert scores[policy.description.env_steps] == max(scores.values())
    assert float(load(folder).best_eval_reward) == max(scores.values())
    assert float(load(interrupted / "checkpoints" / "final").best_eval_reward) == max(scores.values())


@pytest.mark.slow
def test_a_resumed_run_goes_on_counting(interrupted, resumed):
    before, folder, done = resumed
    assert f"resuming from checkpoints/final at {before:,} environment steps" in done.stderr
    total = f"training.total_timesteps: 100000000 -> {before + 384}"
    assert f"{total}: the schedules continue at {before / (before + 384):.1%} of the run" in done.stderr
    old, new = load(interrupted / "checkpoints" / "final"), load(folder / "checkpoints" / "final")
    assert (old.num_env_steps, new.num_env_steps) == (before, before + 384)
    assert int(new.updates) == int(old.updates) + 3
    # 256 transitions an update; the counts of a new run would start at zero
    assert float(new.obs_stats.count) == float(old.obs_stats.count) + 3 * 256
    assert adam_steps(new) == 2 * int(new.updates)
    assert "earlier_" not in " ".join(names_in(folder / "checkpoints")), "a new run sets old checkpoints aside"


@pytest.mark.slow
def test_the_curves_go_on_in_the_same_folder(resumed):
    """Every update once, in order, without a gap; the bar starts where the run was."""
    before, folder, done = resumed
    scalars = read_scalars(folder / "logs")
    for tag in ("train/loss", "reward/total_mean", "speed/overall"):
        assert [step for step, _ in scalars[tag]] == list(range(128, before + 384 + 1, 128)), tag
    evaluations = [step for step, _ in scalars["eval/mean_reward"]]
    assert evaluations == sorted(set(evaluations))
    assert evaluations[-1] > before
    *_, bar, last = done.stderr.replace("\r", "\n").strip().splitlines()
    assert "100%" in bar
    assert last.startswith("done after")


@pytest.mark.slow
def test_the_schedule_of_a_resumed_run_ends_at_its_last_value(resumed):
    """From where the shorter run is at, 2 optimizer steps an update, to 5e-5 at the last one."""
    before, folder, _ = resumed
    steps = 2 * (before + 384) // 128
    rates = [value for step, value in read_scalars(folder / "logs")["train/learning_rate"] if step > before]
    done = [2 * before // 128 + 2 * i for i in range(3)]
    np.testing.assert_allclose(rates, [3e-4 + (5e-5 - 3e-4) * step / (steps - 1) for step in done], rtol=1e-5)


@pytest.mark.slow
def test_a_killed_run_goes_on_from_the_newest_intact_checkpoint(interrupted, cache, tmp_path):
    """As after kill -9 and a bad disk: final and best are gone, the newest is damaged. Points beyond are replaced."""
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    checkpoints = tmp_path / "checkpoints"
    for name in ("final", "best"):
        shutil.rmtree(checkpoints / name)
    older, newer = find_checkpoints(checkpoints)
    (newer / "config.yaml").unlink()
    start = checkpoint_info(older).env_steps
    done = run(SETTINGS | cache | {"training.total_timesteps": str(start + 256)}, "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{newer.relative_to(tmp_path)}: damaged: config.yaml" in done.stderr
    assert f"resuming from {older.relative_to(tmp_path)} at {start:,}" in done.stderr
    assert checkpoint_info(checkpoints / "final").env_steps == start + 256
    steps = [step for step, _ in read_scalars(tmp_path / "logs")["train/loss"]]
    assert steps == list(range(128, start + 256 + 1, 128))


@pytest.mark.slow
def test_init_from_starts_a_new_run_with_old_weights(interrupted, cache, tmp_path):
    """Even from a checkpoint of the very folder that the new run is about to use."""
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    old = load(tmp_path / "checkpoints" / "final")
    settings = (
        SETTINGS | cache | {"training.total_timesteps": "128", "training.learning_rate": "1e-9", "rewards.goal": "3"}
    )
    settings["training.final_lr"] = "0"
    done = run(settings, "--init-from", "checkpoints/final", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    new = load(tmp_path / "checkpoints" / "final")
    assert (new.num_env_steps, int(new.updates)) == (128, 1)
    assert adam_steps(new) == 2
    assert float(new.obs_stats.count) == float(old.obs_stats.count) + 256
    # with this learning rate weights hardly move
    for a, b in zip(jax.tree.leaves(new.params), jax.tree.leaves(old.params), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert len(list((tmp_path / "logs").iterdir())) == 2, "a new run has curves of its own"
    (aside,) = (tmp_path / "checkpoints").glob("earlier_*")
    assert load(aside / "final").num_env_steps == old.num_env_steps


@pytest.mark.slow
def test_evaluation_does_not_disturb_training(cache, tmp_path):
    """The same seed with many evaluations and with none: the same bits in all that is learnt, the same curves."""
    final = {}
    for name, settings in (
        ("with", {"evaluation.eval_freq": "128", "evaluation.n_eval_episodes": "4"}),
        ("without", {"evaluation.eval_freq": "1000000"}),
    ):
        (tmp_path / name).mkdir()
        done = run(TINY | cache | settings, cwd=tmp_path / name)
        assert done.returncode == 0, done.stderr
        final[name] = load(tmp_path / name / "checkpoints" / "final")
    curves = {name: read_scalars(tmp_path / name / "logs") for name in final}
    assert len(curves["with"]["eval/mean_reward"]) == 4
    assert "eval/mean_reward" not in curves["without"]
    for tag in ("train/loss", "reward/total_mean", "train/gradient_norm"):
        assert curves["with"][tag] == curves["without"][tag]
    one, two = (state.replace(best_eval_reward=0) for state in final.values())
    jax.tree.map(np.testing.assert_array_equal, one, two)


@pytest.mark.slow
def test_an_earlier_checkpoint_as_opponent(interrupted, cache, tmp_path):
    best = interrupted / "checkpoints" / "best"
    settings = TINY | cache | {"evaluation.opponent": str(best), "evaluation.eval_freq": "256"}
    done = run(settings | {"training.total_timesteps": "256"}, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [step for step, _ in read_scalars(tmp_path / "logs")["eval/win_rate"]] == [256]


@pytest.mark.slow
def test_an_unknown_opponent_is_one_line(tmp_path):
    done = run(TINY | {"evaluation.opponent": "chasser"}, cwd=tmp_path)
    assert_one_error_line(done, "chasser: no such player", "idle, random, chaser")
    assert not [path for path in tmp_path.glob("[!.]*/**/*") if path.is_file()], "nothing is written"


@pytest.mark.slow
def test_resuming_an_older_checkpoint_leaves_the_newer_ones_behind(interrupted, cache, tmp_path):
    """What the abandoned run saved later is set aside: the next --resume must not jump back to it."""
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    checkpoints = tmp_path / "checkpoints"
    older = next(path for path in find_checkpoints(checkpoints) if path.name.startswith("checkpoint_"))
    steps = checkpoint_info(older).env_steps
    abandoned = {path.name for path in find_checkpoints(checkpoints) if checkpoint_info(path).env_steps > steps}
    assert "final" in abandoned
    settings = SETTINGS | cache | {"training.total_timesteps": str(steps + 128)}
    done = run(settings, "--resume", str(older), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (aside,) = checkpoints.glob("earlier_*")
    assert {path.name for path in find_checkpoints(aside)} == abandoned
    assert find_checkpoints(checkpoints)[-1].name == "final"
    assert checkpoint_info(checkpoints / "final").env_steps == steps + 128


@pytest.mark.slow
def test_a_second_trainer_in_the_same_folder_is_refused(cache, tmp_path):
    """It would overwrite the checkpoints of the first; the first continues undisturbed."""
    settings = SETTINGS | cache
    refused = []

    def try_another():
        if not (tmp_path / "checkpoints" / "checkpoint_256").exists():
            return False
        refused.append(run(settings, cwd=tmp_path))
        return True

    code, printed = run_until(settings, tmp_path, try_another, signal.SIGTERM)
    assert code == 143, printed
    assert_one_error_line(refused[0], "logging.checkpoint_dir", "another run is writing to checkpoints")
    assert not list((tmp_path / "checkpoints").glob("earlier_*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ("offset = 1\n    return offset * state.no_such_field", ["broken.py, line 3", "no_such_field"]),
        ("return next_state.ball_position", ["broken.py, line 1", "one number per car", "(1, 1, 2)", "(1, 1, 3)"]),
    ],
    ids=["raises", "wrong shape"],
)
def test_a_failing_reward_term_is_told_before_anything_is_written(tmp_path, body, messages):
    """In one line, with the term's name and place, and what is wrong with it."""
    (tmp_path / "broken.py").write_text(f"def term(state, next_state, actions):\n    {body}\n")
    done = run(TINY | {"rewards.broken:term": "1"}, cwd=tmp_path)
    assert_one_error_line(done, "reward term broken:term", *messages)
    assert not {"logs", "checkpoints"} & set(names_in(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no ball')", "ValueError: no ball"),
        ("return {'ball': 1}", "dict without ball_position: return a StartState, or None for a kickoff"),
        ("while True: pass", "no answer within 10 s"),
    ],
)
def test_a_failing_start_state_is_told_before_anything_is_written(tmp_path, body, message):
    """In one line, also one of a later stage."""
    (tmp_path / "broken.py").write_text(f"def start(rng, team_size):\n    {body}\n")
    stages = "[{after: {goals_per_minute: 1}, start_states: {broken:start: 1}}]"
    done = run(TINY | {"curriculum.stages": stages}, cwd=tmp_path)
    assert_one_error_line(done, "start state 'broken:start'", message, "broken.py, line")
    assert not {"logs", "checkpoints"} & set(names_in(tmp_path))
