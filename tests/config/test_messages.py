"""What bad input says: exactly one line with the file (or the --set), the key, the value and what is allowed."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.special_files import ARTICLES, make_special

from jaxrl.config.load import load_config
from jaxrl.errors import UserError

FINAL = Path(__file__).parents[2] / "configs" / "final.yaml"
TEXT = FINAL.read_text()


def error_line(path: Path | str, *overrides: str) -> str:
    """The error of loading, which must be one line and not endless."""
    with pytest.raises(UserError) as caught:
        load_config(path, overrides)
    message = str(caught.value)
    assert len(message.splitlines()) == 1, message
    assert len(message) < 500, message
    assert caught.value.exit_code == 2
    return message


VALUES = [
    # unknown keys, with the nearest known one
    ("training.n_epoch=2", ["training.n_epoch:", "unknown key", "'n_epochs'"]),
    ("trainning.n_epochs=2", ["trainning:", "unknown key", "'training'"]),
    ("qqq.n_epochs=2", ["qqq:", "unknown key", "training, environment, game, observation, network"]),
    ("training.n_epochs[0]=2", ["training.n_epochs[0]:", "unknown key", "'n_epochs'"]),
    ("evaluation.eval_frequency=2", ["evaluation.eval_frequency:", "unknown key", "'eval_freq'"]),
    # wrong types
    ("training.n_epochs=two", ["training.n_epochs:", "'two'", "integer"]),
    ("training.n_epochs=2.5", ["training.n_epochs:", "2.5", "integer"]),
    ("training.n_epochs=true", ["training.n_epochs:", "True", "integer"]),
    ("training.n_epochs=", ["training.n_epochs:", "None", "integer"]),
    ("training.n_epochs=[4]", ["training.n_epochs:", "[4]", "integer"]),
    ("training.n_epochs.more=3", ["training.n_epochs:", "{'more': 3}", "integer"]),
    ("training.gamma='0.9'", ["training.gamma:", "'0.9'", "number"]),
    ("training.learning_rate=3e-4x", ["training.learning_rate:", "'3e-4x'", "number"]),
    ("evaluation.greedy=1", ["evaluation.greedy:", "1", "boolean"]),
    ("normalization.observations=1", ["normalization.observations:", "1", "boolean"]),
    ("network.actor=256", ["network.actor:", "256", "list"]),
    ("network.actor=[256, 0.5]", ["network.actor.1:", "0.5", "integer"]),
    ("logging.log_dir=5", ["logging.log_dir:", "5", "string"]),
    ("environment.start_states=kickoff", ["environment.start_states:", "'kickoff'", "mapping"]),
    ("rewards.goal=high", ["rewards.goal:", "'high'", "number"]),
    ("training.seed=2001-01-01", ["training.seed:", "2001", "integer"]),
    # out of range
    ("training.n_epochs=0", ["training.n_epochs:", "0", "greater than or equal to 1"]),
    ("training.learning_rate=0", ["training.learning_rate:", "greater than 0"]),
    ("training.gamma=1.5", ["training.gamma:", "1.5", "less than or equal to 1"]),
    ("training.seed=-1", ["training.seed:", "-1", "greater than or equal to 0"]),
    ("environment.team_size=4", ["environment.team_size:", "4", "less than or equal to 3"]),
    ("environment.tick_skip=0", ["environment.tick_skip:", "0", "greater than or equal to 1"]),
    (
        "curriculum.stages=[{after: {speed_to_ball: 9}, training: {n_steps: 24, n_minibatches: 5}}]",
        ["training.n_minibatches 5 in stage 1", "8 x 24 x 2 = 384", "4 would fit"],
    ),
    (
        "curriculum.stages=[{after: {speed_to_ball: 9}, training: {n_minibatches: 4}}]",
        ["curriculum.stages", "n_minibatches 4 in stage 1 must be 8 as in stage 0", "n_steps another number than 512"],
    ),
    (
        "curriculum.stages=[{after: {speed_to_ball: 9}, training: {n_steps: 2147483647}}]",
        ["training.n_steps 2147483647 in stage 1", "below 2**31"],
    ),
    ("environment.max_episode_seconds=1e308", ["environment.max_episode_seconds:", "less than or equal to 100000"]),
    ("evaluation.match_seconds=1e9", ["evaluation.match_seconds:", "less than or equal to 3600"]),
    ("evaluation.match_seconds=0", ["evaluation.match_seconds:", "0", "greater than 0"]),
    ("logging.keep=0", ["logging.keep:", "0", "greater than or equal to 1"]),
    ("evaluation.eval_freq=0", ["evaluation.eval_freq:", "0", "greater than or equal to 1"]),
    ("network.actor=[256, -1]", ["network.actor.1:", "-1", "greater than or equal to 1"]),
    ("environment.start_states.kickoff=-1", ["environment.start_states.kickoff:", "-1", "equal to 0"]),
    ("network.activation=selu", ["network.activation:", "'selu'", "'relu', 'tanh', 'silu' or 'gelu'"]),
    ("accelerator.platform=tpu", ["accelerator.platform:", "'tpu'", "'auto', 'cpu' or 'cuda'"]),
    ("logging.log_dir=gs://bucket/logs", ["logging.log_dir: 'gs://bucket/logs'", "a folder of this machine"]),
    ("logging.checkpoint_dir=s3://bucket", ["logging.checkpoint_dir: 's3://bucket'", "a folder of this machine"]),
    ("logging.log_dir=~nobody-of-that-name/logs", ["logging.log_dir: '~nobody-of-that-name/logs'", "no such user"]),
    ('logging.log_dir="a\\0b"', ["logging.log_dir:", "must not hold a NUL"]),
    ('evaluation.opponent="a\\0b"', ["evaluation.opponent:", "must not hold a NUL"]),
    ("logging.log_dir=''", ["logging.log_dir:", "''", "at least 1 character"]),
    # both branches of a union
    ("environment.num_workers=many", ["environment.num_workers:", "'many'", "'auto'", "or", "integer"]),
    ("environment.num_workers=-1", ["environment.num_workers:", "-1", "'auto'", "greater than or equal to 0"]),
    # not a number, infinite, huge
    ("training.learning_rate=.nan", ["training.learning_rate:", "nan", "finite"]),
    ("training.gamma=.nan", ["training.gamma:", "nan"]),
    ("rewards.goal=.nan", ["rewards.goal:", "nan", "finite"]),
    ("rewards.goal=-.inf", ["rewards.goal:", "-inf", "finite"]),
    ("training.learning_rate=1e999", ["training.learning_rate:", "inf", "finite"]),
    ("rewards.goal=1e39", ["rewards.goal:", "1e+39", "less than or equal to 1000000000000000000000000000000"]),
    ("training.learning_rate=1e39", ["training.learning_rate:", "1e+39", "equal to 1000000000000000000000000000000"]),
    ("training.total_timesteps=10000000000000000", ["training.total_timesteps:", "less than or equal to 1000000000"]),
    ("rewards.goal=1" + "0" * 400, ["rewards.goal:", "1000", "number"]),
    ("training.seed=1" + "0" * 5000, ["training.seed=1000", "digits"]),
    ("training.seed=0x" + "f" * 6000, ["training.seed:", "huge", "less than 2147483648"]),
    # values that do not fit together, with the number that would
    ("training.batch_size=4000", ["training.batch_size 4000", "8 x 512 = 4096", "write 4096, or null"]),
    ("environment.num_envs=12", ["training.batch_size 4096", "12 x 512 = 6144", "write 6144"]),
    ("training.n_minibatches=7", ["training.n_minibatches 7", "8 x 512 x 2 = 8192", "8 would fit"]),
    ("training.n_minibatches=3000", ["training.n_minibatches 3000", "2048 would fit"]),
    ("environment.action_delay_ticks=9", ["environment.action_delay_ticks 9", "at most tick_skip 8"]),
    # names in open sections
    ("rewards.goals=1", ["rewards.goals:", "unknown reward term", "'goal'", "package.module:function"]),
    ("rewards.my.module.term=1", ["rewards.my.module.term:", "unknown reward term", "package.module:function"]),
    ("environment.start_states.near=1", ["environment.start_states.near:", "start state", "'near_ball'"]),
    # malformed overrides
    ("training.n_epochs", ["must be section.key=value"]),
    ("training=5", ["must be section.key=value"]),
    ("=5", ["must be section.key=value"]),
    ("training.=5", ["must be section.key=value"]),
    ("training.n_epochs=[1", ["not valid YAML"]),
    ("training.n_epochs=*x", ["not valid YAML", "aliases"]),
    ("training.a\nb=1", ["training.a b:", "unknown key"]),
]


@pytest.mark.parametrize(
    ("override", "parts"), VALUES, ids=[f"{i}-{override[:32]!a}" for i, (override, _) in enumerate(VALUES)]
)
def test_a_bad_override(override, parts):
    message = error_line(FINAL, override)
    assert message.startswith(f"--set {override[:20].splitlines()[0]}"), message
    for part in parts:
        assert part in message, message


@pytest.mark.parametrize(
    ("override", "end"),
    [
        ("network.activation=selu", "'selu': should be 'relu', 'tanh', 'silu' or 'gelu'"),
        ("training.n_epochs=0", "0: should be greater than or equal to 1"),
        ("environment.num_workers=-1", "-1: should be 'auto' or should be greater than or equal to 0"),
    ],
)
def test_what_is_allowed_is_said_once(override, end):
    assert error_line(FINAL, override).endswith(end)


FILES = {
    "duplicate": (b"training:\n  seed: 1\n  seed: 2\n", ["'seed'", "twice", "line 3"]),
    "duplicate section": (TEXT.encode() + b"training:\n  seed: 1\n", ["'training'", "twice"]),
    "alias": (b"training: &x {seed: 1}\nrewards: *x\n", ["aliases", "line 2"]),
    "merge key": (b"training:\n  <<: {seed: 1}\n", ["keys must be words", "line 2"]),
    "number as key": (b"training:\n  5: 1\n", ["keys must be words", "line 2"]),
    "boolean as key": (b"training:\n  on: 1\n", ["keys must be words", "line 2"]),
    "list as key": (b"? [1]\n: 2\n", ["keys must be words", "line 1"]),
    "python object": (b"training: !!python/object/apply:os.getcwd []\n", ["not valid YAML", "line 1"]),
    "list": (b"- training\n", ["mapping of sections", "list"]),
    "text": (b"hello", ["mapping of sections", "str"]),
    "binary": (bytes(range(256)), ["not UTF-8", "byte 128"]),
    "zero byte": (b"training:\x00", ["not valid YAML", "#x0000"]),
    "tab": (b"training:\n\tseed: 1\n", ["not valid YAML", "line 2"]),
    "two documents": (b"a: 1\n---\nb: 2\n", ["not valid YAML", "line 2"]),
    "deep": (b"[" * 5000, ["not valid YAML"]),
    "too large": (b"#" * 200_001, ["200000 bytes"]),
    "leading zero": (b"training:\n  seed: 0100\n", ["0100", "leading zero", "line 2", "write 100, or 0o100 if"]),
    "leading zero before 8": (b"training:\n  seed: -08\n", ["-08", "leading zero", "write 8"]),
    "minutes and seconds": (
        b"environment: {max_episode_seconds: 1:30}\n",
        ["environment.max_episode_seconds: '1:30'", "should be a valid number"],
    ),
    "numbers to base 60": (b"training: {seed: " + b"1" + b":1" * 50_000 + b"}\n", ["training.seed", "valid integer"]),
    "a date": (b"training: {seed: 2001-99-99}\n", ["training.seed: '2001-99-99'", "valid integer"]),
    "endless key": (b"k" * 900 + b": 1\n", ["kkk", "...: unknown key"]),
    "endless key, twice": ((b"k" * 900 + b": 1\n") * 2, ["kkk", "not valid YAML"]),
    "stage is nothing": (
        b"extends: final.yaml\ncurriculum: {stages: [null]}\n",
        ["curriculum.stages.0: None", "a section with the keys after"],
    ),
    "unknown key in a stage": (
        b"extends: final.yaml\ncurriculum: {stages: [{after: {goals_per_minute: 1}, reward: {goal: 1}}]}\n",
        ["curriculum.stages.0.reward", "did you mean 'rewards'"],
    ),
    "unknown key in the training of a stage": (
        b"extends: final.yaml\ncurriculum: {stages: [{after: {goals_per_minute: 1}, training: {gama: 1}}]}\n",
        ["curriculum.stages.0.training.gama", "did you mean 'gamma'"],
    ),
    "stage without a condition": (
        b"extends: final.yaml\ncurriculum: {stages: [{rewards: {goal: 1}}]}\n",
        ["curriculum.stages.0.after: missing", "must be"],
    ),
    "section is a number": (b"extends: final.yaml\ntraining: 5\n", ["training: 5", "section with the keys"]),
    "section is empty": (b"extends: final.yaml\nrewards:\n", ["rewards: None", "mapping"]),
    "misspelt": (TEXT.replace("  gamma:", "  gama:").encode(), ["training.gama: unknown key", "'gamma'"]),
    "two problems": (
        b"extends: final.yaml\ntraining: {gamma: 2, n_epochs: 0}\n",
        ["training.", "(and 1 more problem)"],
    ),
    "no start state": (
        b"extends: final.yaml\nenvironment: {start_states: {kickoff: 0, near_ball: 0}}\n",
        ["environment.start_states", "'kickoff': 0", "above 0"],
    ),
    "infinite weights": (
        b"extends: final.yaml\nenvironment: {start_states: {kickoff: 1.0e+308, near_ball: 1.0e+308}}\n",
        ["environment.start_states", "finite"],
    ),
    "too many transitions": (
        b"extends: final.yaml\ntraining: {batch_size: null, n_steps: 2147483647, n_minibatches: 7}\n"
        b"environment: {num_envs: 2147483647}\n",
        ["training.n_steps 2147483647", "below 2**31"],
    ),
    "extends a number": (b"extends: 5\n", ["extends:", "5", "name of a config file"]),
    "extends a zero byte": (b'extends: "a\\0b"\n', ["extends:", "name of a config file"]),
    "extends itself": (b"extends: bad.yaml\n", ["extends in a circle", "bad.yaml -> "]),
}


TAGS = ['!!int ""', "!!bool foo", "!!timestamp x", "!!null x", "!!map x", "!!set {a}", "!!float 1", "!mine 1", "! 1"]


@pytest.mark.parametrize("value", TAGS)
def test_a_tag_is_refused_whatever_it_stands_before(value, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"training:\n  seed: {value}\n")
    assert "tags (!) are not allowed, line 2" in error_line(path)


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file(name, tmp_path):
    content, parts = FILES[name]
    (tmp_path / "final.yaml").write_text(TEXT)
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    message = error_line(path)
    assert message.startswith(f"{path}: "), message
    for part in parts:
        assert part in message, message


def test_a_missing_key_is_the_files_fault_whatever_is_overridden(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("curriculum: {stages: [{rewards: {goal: 1}}]}\n")
    assert error_line(path, "training.n_epochs=2").startswith(f"{path}: curriculum.stages.0.after: missing")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("training: {batch_size: 4000}", ["training.batch_size 4000", "8 x 512 = 4096"]),
        ("training: {batch_size: 4096, n_steps: 64}", ["training.batch_size 4096", "8 x 64 = 512"]),
        ("environment: {tick_skip: 1, action_delay_ticks: 2}", ["environment.action_delay_ticks 2"]),
        ("training: {n_minibatches: 7}", ["training.n_minibatches 7", "8 would fit"]),
        ("environment: {tick_skip: 0}\nnetwork: {actor: 5}", ["environment.tick_skip: 0", "(and 1 more problem)"]),
    ],
)
def test_a_value_that_does_not_fit_the_defaults(tmp_path, text, parts):
    """The defaults are in no file: the message names the file whose value broke the combination."""
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    message = error_line(path)
    assert message.startswith(f"{path}: ")
    for part in parts:
        assert part in message, message


def test_a_file_that_is_not_there(tmp_path):
    assert error_line(tmp_path / "no.yaml") == f"{tmp_path / 'no.yaml'}: cannot be read (No such file or directory)"


def test_a_folder_is_not_a_file(tmp_path):
    assert error_line(tmp_path) == f"{tmp_path}: cannot be read (is a folder, not a file)"


@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
def test_what_is_not_a_file_is_neither_waited_for_nor_read_without_end(tmp_path, kind):
    """Also where a file of a stranger extends it."""
    path = make_special(tmp_path, kind, "config.yaml")
    assert error_line(path) == f"{path}: cannot be read (is {ARTICLES[kind]}, not a file)"
    (tmp_path / "leaf.yaml").write_text("extends: config.yaml\n")
    assert f"not a file) (extended by {tmp_path / 'leaf.yaml'})" in error_line(tmp_path / "leaf.yaml")


def test_what_is_on_stdin_or_in_the_shells_own_pipe_is_a_config(tmp_path):
    """`--config <(sed ... my_bot.yaml)` has a writer, so it is read; however much comes, reading ends."""
    script = "from jaxrl.config.load import load_config; import sys; print(load_config(sys.argv[1]).training.n_epochs)"
    for name in ("/dev/stdin", "/dev/fd/0"):
        command = [sys.executable, "-c", script, name]
        for content, expected in (("training: {n_epochs: 7}\n", "7\n"), ("# " * 10**6, "larger than 200000 bytes")):
            done = subprocess.run(command, input=content, capture_output=True, text=True, timeout=60)
            assert expected in done.stdout + done.stderr


def test_what_a_terminal_would_obey_is_shown_instead(tmp_path):
    path = tmp_path / "strange.yaml"
    path.write_text('training:\n  "n_epochs\\e[2J\\a": 4\n')
    assert "training.n_epochs\\x1b[2J\\x07: unknown key" in error_line(path)
    assert "\\x1b[2J.yaml: cannot be read" in error_line(tmp_path / "\x1b[2J.yaml")


def test_a_missing_base_names_both_files(tmp_path):
    path = tmp_path / "leaf.yaml"
    path.write_text("extends: gone.yaml\n")
    message = error_line(path)
    assert message.startswith(f"{tmp_path / 'gone.yaml'}: cannot be read")
    assert f"extended by {path}" in message


def test_a_circle_over_several_files(tmp_path):
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.yaml").write_text(f"extends: {base}.yaml\n")
    message = error_line(tmp_path / "a.yaml")
    assert message.startswith(f"{tmp_path / 'a.yaml'}: extends in a circle")
    assert f"{tmp_path / 'c.yaml'} -> {tmp_path / 'a.yaml'}" in message
