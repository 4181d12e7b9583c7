"""A bot is packaged so that training can go on from it elsewhere."""

from dataclasses import replace

import numpy as np
from support.checkpoints import assert_same_bits
from support.halfway import make_ppo, save_halfway

from benchmarks.tools.package_bot import TAGS, joined, package
from jaxrl.bots.policy_files import load_policy
from jaxrl.checkpoints.files import checkpoint_info, sha256, write_info
from jaxrl.checkpoints.resume import resume


def test_a_package_is_a_checkpoint_that_says_nothing_of_its_machine(tmp_path):
    """It holds all of the training, not one word of where that was, and takes the place of an older one."""
    home = tmp_path / "at_home"
    places = ("logging.log_dir", "logging.checkpoint_dir", "accelerator.compile_cache")
    ppo = make_ppo(*(f"{place}={home}" for place in places))
    state, _ = save_halfway(home / "final", ppo)
    (home / "final/episodes.npz").write_bytes(b"as they ran at_home")
    info = checkpoint_info(home / "final")
    with_episodes = info.files | {"episodes.npz": sha256(home / "final/episodes.npz")}
    write_info(home / "final", replace(info, files=with_episodes))
    package(home / "final", tmp_path / "bot")
    (tmp_path / "bot/left_over").touch()
    package(home / "final", tmp_path / "bot")

    assert checkpoint_info(tmp_path / "bot").env_steps == state.num_env_steps
    assert_same_bits(resume(tmp_path / "bot", ppo.config, ppo, print), state)
    assert "episodes.npz" not in checkpoint_info(tmp_path / "bot").files
    files = [path for path in (tmp_path / "bot").rglob("*") if path.is_file()]
    assert not {"left_over", "episodes.npz"} & {path.name for path in files}
    assert not [path.name for path in files if b"at_home" in path.read_bytes()]


def test_a_package_of_the_bot_alone_plays_and_has_no_training_state(tmp_path):
    ppo = make_ppo()
    state, _ = save_halfway(tmp_path / "final", ppo)
    package(tmp_path / "final", tmp_path / "bot", bot_alone=True)
    assert load_policy(tmp_path / "bot").description.env_steps == state.num_env_steps
    assert {path.name for path in (tmp_path / "bot").iterdir()} == {"config.yaml", "policy.json", "policy.npz"}


def test_a_run_resumed_in_other_folders_has_one_log():
    """The second part began at 30 and was left at 50; the third goes on from the 10 of the first."""
    parts = [part([10, 20, 30], 1), part([30, 40, 50], 2), part([20, 30, 40], 3)]
    steps, values, seconds = joined(parts, until=30)[TAGS[0]]
    assert steps.tolist() == [10, 20, 30]
    assert values.tolist() == [1, 3, 3]
    assert seconds.tolist() == [10, 20, 30]


def part(steps: list[int], value: float) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """A log with ten seconds a row, from ten on."""
    seconds = 10.0 * np.arange(1, len(steps) + 1)
    return {tag: (np.array(steps), np.full(len(steps), value), seconds) for tag in TAGS}
