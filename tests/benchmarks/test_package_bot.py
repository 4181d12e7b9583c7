"""A bot is packaged so that training can go on from it elsewhere."""

from dataclasses import replace

from support.checkpoints import assert_same_bits
from support.halfway import make_ppo, save_halfway

from benchmarks.tools.package_bot import package
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
