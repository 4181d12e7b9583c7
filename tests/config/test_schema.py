"""Configs: the recipe, defaults, derived values, extends and overrides. For bad input see test_messages.py."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from jaxrl.config.load import dump_config, load_config
from jaxrl.config.schema import Config
from jaxrl.errors import UserError

CONFIGS = Path(__file__).parents[2] / "configs"
FINAL = CONFIGS / "final.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a copy of final.yaml, for recipes that extend it."""
    (tmp_path / "final.yaml").write_text(FINAL.read_text())
    return tmp_path


def test_final_is_the_promised_recipe():
    """The recipe that the documentation describes, value by value."""
    config = load_config(FINAL)
    training, environment = config.training, config.environment
    assert training.batch_size == 4096
    assert training.n_steps == 512
    assert training.n_epochs == 4
    assert (training.learning_rate, training.final_lr) == (3e-4, 5e-5)
    assert training.gamma == 0.995
    assert (training.ent_coef, training.final_ent_coef) == (0.01, 0.001)
    assert training.total_timesteps == 10_000_000
    assert config.network.actor == config.network.critic == (256, 256, 256)
    assert config.network.shared == ()
    assert (environment.num_envs, environment.tick_skip, environment.team_size) == (8, 8, 1)
    assert (config.normalization.observations, config.normalization.returns) == (True, True)
    assert config.logging.log_dir == "./logs"
    assert config.logging.checkpoint_dir == "./checkpoints"
    assert config.logging.save_interval == 100_000


def test_final_has_every_promised_reward_term():
    promised = {"goal", "concede", "touch", "speed_to_ball", "ball_to_goal", "boost_kept", "demo", "demoed"}
    assert promised | {"alignment", "aerial"} <= set(load_config(FINAL).rewards)


def test_final_is_the_default():
    """final.yaml documents every key, and the schema has the same value, in the same order."""
    assert Config() == load_config(FINAL)
    assert dump_config(Config()) == dump_config(load_config(FINAL))
    assert list(yaml.safe_load(FINAL.read_text())) == list(Config.model_fields)
    for section, keys in yaml.safe_load(FINAL.read_text()).items():
        assert list(keys) == list(Config().model_dump()[section])


def test_a_default_cannot_be_changed_by_accident():
    Config().rewards["goal"] = 0.0
    Config().environment.start_states["kickoff"] = 0.0
    assert (Config().rewards["goal"], Config().environment.start_states["kickoff"]) == (50, 0.4)


@pytest.mark.parametrize("text", ["", "# nothing", "training: {seed: 0}", "network: {}"])
def test_what_a_file_leaves_out_has_its_default(tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text)
    assert load_config(tmp_path / "mine.yaml", ["training.batch_size=4096"]) == Config()


def test_a_batch_size_that_is_left_out_is_whatever_the_environments_make(tmp_path):
    (tmp_path / "mine.yaml").write_text("training: {n_steps: 64}\nenvironment: {num_envs: 4}\n")
    config = load_config(tmp_path / "mine.yaml")
    assert (config.training.batch_size, config.batch.env_steps) == (None, 256)


def test_a_mapping_that_a_file_gives_means_exactly_its_own_names(tmp_path):
    (tmp_path / "mine.yaml").write_text("rewards: {goal: 1}\nenvironment: {start_states: {random: 1}}\n")
    config = load_config(tmp_path / "mine.yaml", ["rewards.touch=2"])
    assert config.rewards == {"goal": 1, "touch": 2}
    assert config.environment.start_states == {"random": 1}


def test_an_override_adds_to_a_mapping_that_no_file_gives(tmp_path):
    (tmp_path / "mine.yaml").write_text("training: {seed: 3}\n")
    config = load_config(tmp_path / "mine.yaml", ["rewards.goal=1", "environment.start_states.random=1"])
    assert config.rewards == Config().rewards | {"goal": 1}
    assert config.environment.start_states == Config().environment.start_states | {"random": 1}


def test_derived_values_of_final():
    """Worked by hand: 8 x 512 = 4096; x 2 cars = 8192; / 8 = 1024; 10,000,000 / 4096 = 2441.4 -> 2442; 4 x 8."""
    config = load_config(FINAL)
    assert config.batch.env_steps == 4096
    assert config.batch.transitions == 8192
    assert config.batch.minibatch_size == 1024
    assert config.batch.updates(config.training.total_timesteps) == 2442
    assert config.batch.optimizer_steps == 32
    assert config.environment.num_cars == 2
    assert config.obs_size == 136  # the promised 107, and 29 in the car's own frame
    assert config.decisions_per_second == 15
    assert config.environment.ticks(15) == 1800


def test_derived_values_of_2v2():
    """3 x 50 = 150 steps, x 4 cars = 600 transitions, / 5 = 120; 1,500 / 150 = exactly 10 updates; 2 x 5 = 10."""
    config = load_config(
        FINAL,
        [
            "training.batch_size=null",
            "training.total_timesteps=1500",
            "training.n_steps=50",
            "training.n_epochs=2",
            "training.n_minibatches=5",
            "environment.num_envs=3",
            "environment.team_size=2",
            "environment.tick_skip=4",
        ],
    )
    assert config.batch.transitions == 600
    assert config.batch.minibatch_size == 120
    assert config.batch.updates(config.training.total_timesteps) == 10
    assert config.batch.optimizer_steps == 10
    assert config.obs_size == 169 + 41
    assert config.decisions_per_second == 30


@pytest.mark.parametrize(("total", "updates"), [(1, 1), (4095, 1), (4096, 1), (4097, 2), (8192, 2), (8193, 3)])
def test_the_last_update_is_rounded_up(total, updates):
    assert load_config(FINAL).batch.updates(total) == updates


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_config_is_valid_and_reloads_to_itself(path, tmp_path):
    config = load_config(path)
    copy = tmp_path / "resolved.yaml"
    copy.write_text(dump_config(config))
    assert load_config(copy) == config


def test_a_dump_keeps_what_is_hard_to_write(tmp_path):
    """Numbers that YAML writes with an exponent, no cache, text beyond ASCII, no layers, a user's own terms."""
    overrides = ["training.learning_rate=1e-7", "training.max_grad_norm=1e22", "accelerator.compile_cache=null"]
    overrides += ["logging.checkpoint_dir='1e3'", "evaluation.opponent='0o17'"]
    overrides += ["logging.log_dir='läufe: # 1'", "network.actor=[]", "rewards.my.module:term=1E-3"]
    config = load_config(FINAL, overrides)
    copy = tmp_path / "resolved.yaml"
    copy.write_text(dump_config(config), encoding="utf-8")
    assert load_config(copy) == config
    assert config.logging.log_dir == "läufe: # 1"
    assert config.accelerator.compile_cache is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3e-4", 0.0003),
        ("1E-3", 0.001),
        ("2.5e-1", 0.25),
        ("+1e-2", 0.01),
        ("1", 1.0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("+.5", 0.5),
        ("1_0e-2", 0.1),
        ("00.5", 0.5),
    ],
)
def test_floats_as_people_write_them(text, value):
    assert load_config(FINAL, [f"training.learning_rate={text}"]).training.learning_rate == value


@pytest.mark.parametrize("text", ["10_000_000", "10000000", "1e7", "+10_000_000", "0x989680", "0o46113200"])
def test_integers_as_people_write_them(text):
    assert load_config(FINAL, [f"training.total_timesteps={text}"]).training.total_timesteps == 10_000_000


WHOLE_NUMBERS = [
    f"{section}.{name}" for section, values in Config() for name, value in dict(values).items() if type(value) is int
]


@pytest.mark.parametrize("key", [*WHOLE_NUMBERS, "environment.num_workers"])
def test_a_whole_number_may_have_an_exponent(key):
    section, name = key.split(".")
    # 4 is allowed everywhere but there
    text, number = {"team_size": ("1e0", 1), "batch_size": ("4.096e3", 4096)}.get(name, ("0.4e1", 4))
    overrides = [f"{key}={text}"] if name == "batch_size" else ["training.batch_size=null", f"{key}={text}"]
    value = getattr(getattr(load_config(FINAL, overrides), section), name)
    assert value == number
    assert type(value) is int
    with pytest.raises(UserError, match="integer"):
        load_config(FINAL, [f"{key}=1.5e0"])


def test_layers_may_have_an_exponent():
    assert load_config(FINAL, ["network.actor=[1e2, 2.56e2]"]).network.actor == (100, 256)


def test_overrides_reach_nested_keys_and_the_last_one_wins():
    config = load_config(
        FINAL,
        [
            "environment.start_states.near_ball=0.9",
            "environment.start_states.my.starts:corner=0.2",
            "rewards.my.module:term=3",
            "rewards.goal=1",
            "rewards.goal=7",
            "network.actor=[32, 16]",
            "environment.num_workers=0",
        ],
    )
    assert config.environment.start_states == {
        "kickoff": 0.4,
        "near_ball": 0.9,
        "random": 0,
        "my.starts:corner": 0.2,
    }
    assert config.rewards["my.module:term"] == 3
    assert config.rewards["goal"] == 7
    assert config.rewards["concede"] == -25, "an override of one term leaves the others"
    assert config.network.actor == (32, 16)
    assert config.environment.num_workers == 0


def test_a_recipe_gives_only_what_differs(folder):
    (folder / "mine.yaml").write_text(
        "extends: final.yaml\ntraining:\n  n_epochs: 2\nenvironment:\n  start_states:\n    random: 0.5\n"
    )
    config, final = load_config(folder / "mine.yaml"), load_config(FINAL)
    assert config.training == final.training.model_copy(update={"n_epochs": 2})
    assert config.environment.start_states == {"kickoff": 0.4, "near_ball": 0.6, "random": 0.5}
    assert config.rewards == final.rewards


def test_extends_chains_and_is_relative_to_the_file(folder):
    """Nearer files win; a name is looked up beside the file that names it, wherever the command runs."""
    (folder / "sub").mkdir()
    (folder / "middle.yaml").write_text("extends: final.yaml\ntraining: {n_epochs: 2, seed: 5}\n")
    (folder / "sub" / "leaf.yaml").write_text("extends: ../middle.yaml\ntraining: {n_epochs: 3}\n")
    training = load_config(folder / "sub" / "leaf.yaml", ["training.gamma=0.9"]).training
    assert (training.n_epochs, training.seed, training.gamma, training.n_steps) == (3, 5, 0.9, 512)


@pytest.mark.parametrize(
    ("leaf", "middle", "culprit"),
    [
        ("{gamma: 2}", "{gamma: 0.9}", "leaf.yaml"),
        ("{n_epochs: 2}", "{gamma: 2}", "middle.yaml"),
        ("{gamma: 0.9}", "{gamm: 2}", "middle.yaml"),
        # two values that do not fit together: the file that was laid on last broke what was below it
        ("{n_epochs: 2}", "{batch_size: 100}", "middle.yaml"),
        ("{batch_size: 100}", "{n_epochs: 2}", "leaf.yaml"),
        ("{n_steps: 100}", "{n_epochs: 2}", "leaf.yaml"),
    ],
)
def test_an_error_names_the_file_in_which_the_value_stands(folder, leaf, middle, culprit):
    (folder / "middle.yaml").write_text(f"extends: final.yaml\ntraining: {middle}\n")
    (folder / "leaf.yaml").write_text(f"extends: middle.yaml\ntraining: {leaf}\n")
    with pytest.raises(UserError) as caught:
        load_config(folder / "leaf.yaml")
    assert str(caught.value).startswith(f"{folder / culprit}: training.")


def test_an_override_may_repair_a_file(folder):
    """Only the merged values count."""
    (folder / "final.yaml").write_text(FINAL.read_text().replace("gamma: 0.995", "gamma: 5"))
    assert load_config(folder / "final.yaml", ["training.gamma=0.5"]).training.gamma == 0.5


def test_the_config_is_frozen():
    config = load_config(FINAL)
    for section, name, value in (
        (config, "training", config.training),
        (config.training, "n_epochs", 2),
        (config.training, "new_key", 2),
    ):
        with pytest.raises(ValidationError):
            setattr(section, name, value)
    assert config.training.n_epochs == 4


def test_equal_files_give_equal_configs():
    assert load_config(FINAL) == load_config(FINAL)
    assert load_config(FINAL) != load_config(FINAL, ["training.seed=1"])
    assert isinstance(load_config(FINAL), Config)


def test_a_tilde_is_the_home_folder(monkeypatch):
    """In every key that names a folder; a shell expands none behind `--set key=`."""
    monkeypatch.setenv("HOME", "/home/somebody")
    keys = ("logging.log_dir", "logging.checkpoint_dir", "evaluation.opponent", "accelerator.compile_cache")
    config = load_config("final", [f"{key}=~/bots/~x" for key in keys])
    found = (config.logging.log_dir, config.logging.checkpoint_dir)
    assert {*found, config.evaluation.opponent, config.accelerator.compile_cache} == {"/home/somebody/bots/~x"}
    assert load_config("final", ["logging.log_dir=a~b"]).logging.log_dir == "a~b"
