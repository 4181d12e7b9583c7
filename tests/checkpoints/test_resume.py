"""Resuming from a checkpoint: as if nothing had happened, or with a line about what changed."""

import shutil
from dataclasses import replace
from functools import partial

import jax
import numpy as np
import pytest
from support.checkpoints import assert_same_bits
from support.halfway import make_ppo, save_halfway

from jaxrl.checkpoints.directory import load_from
from jaxrl.checkpoints.files import checkpoint_info, sha256, write_info
from jaxrl.checkpoints.resume import init_from, log_folder_of, resume, resume_newest, without_episodes
from jaxrl.checkpoints.training_state import load_checkpoint_config, save_checkpoint
from jaxrl.config.schema import Config
from jaxrl.errors import UserError
from jaxrl.ppo.optimizer import learning_rate_schedule
from jaxrl.ppo.train_state import as_float

FIRST_LR, LAST_LR = Config().training.learning_rate, Config().training.final_lr


@pytest.fixture(scope="module")
def ppo():
    return make_ppo()


@pytest.fixture(scope="module")
def halfway(ppo, tmp_path_factory):
    """A checkpoint after half of a run: (folder, state, example states)."""
    folder = tmp_path_factory.mktemp("halfway") / "checkpoint_48"
    return folder, *save_halfway(folder, ppo)


def test_resume_gives_everything(ppo, halfway):
    """Nothing has changed, so nothing is reported; where new episodes start, their sums are zero."""
    folder, state, _ = halfway
    lines = []
    resumed = resume(folder, ppo.config, ppo, lines.append)
    assert lines == []
    assert_same_bits(resumed, state)
    fresh = without_episodes(resumed, ppo.config, ppo)
    assert_same_bits(fresh.replace(accumulators=state.accumulators), state)
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(fresh.accumulators))
    bound = [leaf for leaf in jax.tree.leaves(resumed) if leaf.committed]
    assert not bound, "bound to a device, as Orbax leaves them, they would have JAX compile every update twice"


def rate_of(config, state):
    """The learning rate of the next update: 3e-4 falls to 5e-5 over the whole run in these settings."""
    return float(learning_rate_schedule(config.trainings, config.batch)(as_float(state.env_steps), state.stage))


@pytest.mark.parametrize(
    ("total", "done", "said"),
    [
        # 48 of 480 steps; 48 of 64; beyond the end. The last optimizer step, 4 steps before the end, is at 5e-5
        (480, 48 / (480 - 4), "10.0%"),
        (64, 48 / (64 - 4), "75.0%"),
        (32, 1.0, "100.0%"),
    ],
)
def test_of_another_total_the_schedules_go_on_at_the_share_that_is_done(halfway, total, done, said):
    folder, state, _ = halfway
    ppo = make_ppo(f"training.total_timesteps={total}")
    lines = []
    resumed = resume(folder, ppo.config, ppo, lines.append)
    resumed = resumed.replace(stage=np.int32(0))
    assert rate_of(ppo.config, resumed) == pytest.approx(FIRST_LR + (LAST_LR - FIRST_LR) * done, rel=1e-5)
    assert (resumed.num_env_steps, int(resumed.updates)) == (48, 3)
    assert_same_bits((resumed.params, resumed.opt_state), (state.params, state.opt_state))
    assert lines == [f"training.total_timesteps: 96 -> {total}: the schedules continue at {said} of the run"]


@pytest.mark.parametrize(
    ("overrides", "last"),
    [
        # an optimizer step is of 8 / 4, 16 / 20, 16 / 16 and 16 / 4 environment steps: where the last of 96 is
        (["training.n_steps=4"], 94),
        (["training.n_epochs=10"], 95.2),
        (["training.n_minibatches=8"], 95),
        (["training.n_steps=4", "environment.num_envs=4"], 92),
    ],
)
def test_another_batch_leaves_the_schedules_alone(halfway, overrides, last):
    """Half of the run is done, however it is counted: the middle of the line, but for what the last step lacks."""
    folder, _, _ = halfway
    ppo = make_ppo(*overrides)
    lines = []
    resumed = resume(folder, ppo.config, ppo, lines.append).replace(stage=np.int32(0))
    assert rate_of(ppo.config, resumed) == pytest.approx(FIRST_LR + (LAST_LR - FIRST_LR) * 48 / last, rel=1e-5)
    assert lines == []
    assert resumed.accumulators.episode_return.shape == (ppo.config.environment.num_envs, 2)


@pytest.mark.parametrize(
    ("overrides", "difference"),
    [
        (["network.actor=[8, 8]"], "network.actor: (8,) -> (8, 8)"),
        (["network.critic=[5]"], "network.critic: (4,) -> (5,)"),
        (["network.shared=[3]"], "network.shared: () -> (3,)"),
        (["network.layer_norm=true"], "network.layer_norm: False -> True"),
        (["network.activation=relu"], "network.activation: tanh -> relu"),
        (["environment.team_size=2"], "environment.team_size: 1 -> 2"),
        (["environment.tick_skip=4"], "environment.tick_skip: 8 -> 4"),
        (["normalization.observations=false"], "normalization.observations: True -> False"),
    ],
)
@pytest.mark.parametrize("how", ["resume", "init_from"])
def test_another_network_or_observation_is_named(halfway, how, overrides, difference):
    ppo = make_ppo(*overrides)
    with pytest.raises(UserError) as caught:
        resume(halfway[0], ppo.config, ppo, print) if how == "resume" else init_from(halfway[0], ppo.config, ppo)
    message = str(caught.value)
    assert message.startswith(f"{halfway[0]}: ")
    assert message.endswith(f": {difference}")
    assert len(message.splitlines()) == 1


def test_all_differences_are_named(halfway):
    ppo = make_ppo("network.activation=relu", "network.actor=[9]")
    with pytest.raises(UserError, match=r"network\.actor: \(8,\) -> \(9,\); network\.activation: tanh -> relu$"):
        resume(halfway[0], ppo.config, ppo, print)


@pytest.mark.parametrize("file", ["policy.npz", "config.yaml", "checkpoint.json"])
def test_a_damaged_checkpoint_is_not_resumed(ppo, halfway, tmp_path, file):
    """The one that is named on the command line, for which there is no older one."""
    folder = shutil.copytree(halfway[0], tmp_path / "checkpoint_48")
    (folder / file).write_bytes((folder / file).read_bytes()[:-9])
    for load in (partial(resume, report=print), init_from):
        with pytest.raises(UserError, match=file.replace(".", r"\.")) as caught:
            load(folder, ppo.config, ppo=ppo)
        assert "damaged" in str(caught.value)


def test_what_is_no_checkpoint_is_not_resumed(ppo, tmp_path):
    with pytest.raises(UserError, match="not a checkpoint"):
        resume(tmp_path / "nowhere", ppo.config, ppo, print)


def test_init_from_takes_weights_and_statistics_and_nothing_else(halfway):
    """Another seed, total, batch and other rewards: a new run in every other respect."""
    folder, old, _ = halfway
    ppo = make_ppo("training.seed=5", "environment.num_envs=3", "training.total_timesteps=999", "rewards.goal=1")
    new, fresh = init_from(folder, ppo.config, ppo), jax.jit(ppo.init)()
    kept = dict(params=old.params, obs_stats=old.obs_stats, return_stats=old.return_stats)
    assert_same_bits(new, fresh.replace(**kept))
    assert float(new.obs_stats.count) == float(old.obs_stats.count) > 0
    assert (new.num_env_steps, int(new.updates)) == (0, 0)
    assert float(new.best_eval_reward) == -np.inf
    assert not any(np.asarray(leaf).any() for leaf in jax.tree.leaves(new.opt_state)), "Adam starts from zero"
    assert any(np.asarray(leaf).any() for leaf in jax.tree.leaves(old.opt_state))
    assert new.accumulators.episode_return.shape == (3, 2)


def test_init_from_with_averages_begins_them_with_the_bot(halfway):
    """In memory of their own: an update may write over what it is given, and JAX refuses to give an array twice."""
    folder, old, _ = halfway
    ppo = make_ppo("training.averaging=0.1")
    new = init_from(folder, ppo.config, ppo)
    assert_same_bits(new.mean_params, old.params)
    for mine, last in zip(*map(jax.tree.leaves, (new.mean_params, new.params)), strict=True):
        assert mine.unsafe_buffer_pointer() != last.unsafe_buffer_pointer()


def test_averages_begin_and_end_with_the_config(halfway, tmp_path):
    """A run that is to average begins with its last weights; one that is not leaves them, but begins from the bot."""
    folder, state, examples = halfway
    averages, plain = make_ppo("training.averaging=0.1"), make_ppo()
    begun = resume(folder, averages.config, averages, print)
    assert_same_bits(begun.mean_params, state.params)

    bot = jax.tree.map(lambda leaf: leaf / 2, state.params)
    averaged = tmp_path / "averaged"
    save_checkpoint(averaged, begun.replace(mean_params=bot), averages.config, averages, examples)
    assert_same_bits(resume(averaged, averages.config, averages, print).mean_params, bot)
    assert_same_bits(resume(averaged, plain.config, plain, print), state)
    new = init_from(averaged, plain.config, plain)
    assert new.mean_params is None
    assert_same_bits(new.params, bot)


def test_the_config_in_the_checkpoint_is_that_of_the_run(ppo, halfway):
    saved = load_checkpoint_config(halfway[0])
    assert isinstance(saved, Config)
    assert saved == ppo.config


def test_the_folder_of_logs_if_it_is_still_there(ppo, halfway, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = []
    assert log_folder_of(halfway[0], ppo.config, lines.append) is None, "saved without one"
    _, state, examples = halfway
    save_checkpoint(tmp_path / "final", state, ppo.config, ppo, examples, tmp_path / "logs" / "run")
    assert log_folder_of(tmp_path / "final", ppo.config, lines.append) is None
    (tmp_path / "logs" / "run").mkdir(parents=True)
    assert log_folder_of(tmp_path / "final", ppo.config, lines.append) == tmp_path / "logs" / "run"
    assert lines == []


@pytest.mark.parametrize("name", ["elsewhere", "logs/../elsewhere", "logs/link", "logs", ".", "/"])
def test_logs_elsewhere_are_left_alone(ppo, halfway, tmp_path, monkeypatch, name):
    """The checkpoint of a stranger names a folder of the user's: outside of log_dir, by a link, or log_dir itself."""
    monkeypatch.chdir(tmp_path)
    for folder in ("logs", "elsewhere"):
        (tmp_path / folder).mkdir()
    (tmp_path / "logs" / "link").symlink_to(tmp_path / "elsewhere")
    folder = shutil.copytree(halfway[0], tmp_path / "checkpoint_48")
    write_info(folder, replace(checkpoint_info(folder), log_folder=name))
    lines = []
    assert log_folder_of(folder, ppo.config, lines.append) is None
    assert len(lines) == (name not in (".", "/"))
    assert all("logging.log_dir logs" in line for line in lines)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "a/" * 5000])
def test_what_is_no_name_of_a_folder_is_not_where_logs_go(ppo, halfway, tmp_path, name):
    folder = shutil.copytree(halfway[0], tmp_path / "checkpoint_48")
    write_info(folder, replace(checkpoint_info(folder), log_folder=name))
    assert log_folder_of(folder, ppo.config, print) is None


def test_the_newest_that_can_be_loaded_is_resumed(ppo, halfway, tmp_path):
    """As earlier versions could save it: intact by all digests, but its test vectors are NaN."""
    folder, state, _ = halfway
    shutil.copytree(folder, tmp_path / "checkpoint_48")
    change_tests(shutil.copytree(folder, tmp_path / "final"), obs=np.nan)
    lines = []
    found, resumed = resume_newest(tmp_path, ppo.config, ppo, lines.append)
    assert found.name == "checkpoint_48"
    assert_same_bits(resumed.params, state.params)
    assert len(lines) == 1
    assert "final: observation of its test vectors not reproduced" in lines[0]
    assert lines[0].endswith("; trying an older one")


def test_a_folder_of_checkpoints_stands_for_the_newest_in_it(ppo, halfway, tmp_path):
    shutil.copytree(halfway[0], tmp_path / "checkpoint_48")
    for given in (tmp_path, tmp_path / "checkpoint_48"):
        found, state = load_from(given, lambda folder: resume(folder, ppo.config, ppo, print), print)
        assert found == tmp_path / "checkpoint_48"
        assert_same_bits(state.params, halfway[1].params)
    with pytest.raises(UserError, match="no_such: not a checkpoint"):
        load_from(tmp_path / "no_such", lambda folder: resume(folder, ppo.config, ppo, print), print)
    with pytest.raises(UserError, match=f"chekpoint_48: not a checkpoint.*did you mean {tmp_path}/checkpoint_48"):
        init_from(tmp_path / "chekpoint_48", ppo.config, ppo)


def test_another_network_is_not_a_reason_to_try_an_older_one(halfway):
    other = make_ppo("network.actor=[9]")
    with pytest.raises(UserError, match=r"another network or observation: network\.actor"):
        resume_newest(halfway[0].parent, other.config, other, print)


def change_tests(folder, **numbers):
    """Overwrite test vectors of a bot, in a checkpoint that says of itself that it is intact."""
    path = folder / "policy.npz"
    arrays = dict(np.load(path))
    arrays |= {f"test_{name}": np.full_like(arrays[f"test_{name}"], number) for name, number in numbers.items()}
    np.savez(path, **arrays)
    info = checkpoint_info(folder)
    write_info(folder, replace(info, files=info.files | {"policy.npz": sha256(path)}))


def test_an_observation_that_means_something_else_by_now_is_told(ppo, halfway, tmp_path):
    """The same sizes, but written when the observation was another: only the test vectors can tell."""
    folder = shutil.copytree(halfway[0], tmp_path / "old")
    change_tests(folder, obs=0.5)
    for load in (partial(resume, report=print), init_from):
        with pytest.raises(UserError, match="observation of its test vectors not reproduced"):
            load(folder, ppo.config, ppo=ppo)
