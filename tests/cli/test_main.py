"""The `jaxrl` command: subcommands, exit codes, one line for every error, and what is not imported on the way."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import FINAL, ROOT

import jaxrl
from jaxrl.cli import check, main
from jaxrl.cli.main import COMMANDS, run_command
from jaxrl.errors import SimulationError

HEAVY = {"jax", "RocketSim", "orbax", "onnx"}


def jaxrl_command(*arguments, cwd=ROOT):
    """`python -m jaxrl` in a process of its own; the heavy packages that it loaded are the last line of stderr."""
    code = (
        "import sys\nfrom jaxrl.cli.main import main\n"
        "try:\n    code = main()\nexcept SystemExit as end:\n    code = end.code\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)\nsys.exit(code)"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_listed_and_has_help(name, capsys):
    module = importlib.import_module(f"jaxrl.cli.{name}")
    assert callable(module.add_arguments)
    assert callable(module.run)
    with pytest.raises(SystemExit) as end:
        main.main([name, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: jaxrl {name} ")
    with pytest.raises(SystemExit):
        main.main(["--help"])
    assert f"  {name} " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["train", "--help"], ["check", "--help"]])
def test_help_and_version_load_nothing_heavy(arguments):
    done = jaxrl_command(*arguments)
    assert (done.returncode, done.stderr) == (0, "[]\n")
    if arguments == ["--version"]:
        assert done.stdout == f"jaxrl {jaxrl.__version__}\n"


@pytest.mark.parametrize("command", ["train", "check"])
def test_a_wrong_config_is_one_line_and_does_not_load_jax(command, tmp_path):
    done = jaxrl_command(command, "--config", "final", "--set", "training.gamma=2", cwd=tmp_path)
    assert done.returncode == 2
    line, loaded = done.stderr.splitlines()
    assert "training.gamma: 2" in line
    assert "jax" not in loaded
    assert list(tmp_path.iterdir()) == []


def test_check_prints_what_train_check_prints(capsys):
    assert run_command("check", ["--config", "final"]) == 0
    printed = capsys.readouterr().out
    assert run_command("train", ["--config", str(FINAL), "--check"]) == 0
    assert capsys.readouterr().out == printed
    assert "n_minibatches" in printed


def test_an_unknown_command_lists_those_that_exist(capsys):
    with pytest.raises(SystemExit) as end:
        main.main(["trian"])
    assert end.value.code == 2
    assert "'train', 'watch'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "printed"), [(SimulationError("no physics"), 1, "no physics\n"), (KeyboardInterrupt(), 130, "")]
)
def test_errors_become_a_line_and_an_exit_code(error, code, printed, monkeypatch, capsys):
    def fail(arguments):
        raise error

    monkeypatch.setattr(check, "run", fail)
    assert run_command("check", ["--config", "final"]) == code
    assert capsys.readouterr().err == printed


def test_the_working_folder_is_on_the_path_while_a_command_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    seen = []
    monkeypatch.setattr(check, "run", lambda arguments: seen.append(list(sys.path)) or 0)
    run_command("check", ["--config", "final"])
    assert Path(seen[0][-1]) == tmp_path


def test_no_command_lists_those_there_are(capsys):
    with pytest.raises(SystemExit) as caught:
        main.main([])
    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("jaxrl: error: which command? train, watch,")


@pytest.mark.parametrize("alias", [["train.py"], ["-m", "jaxrl.watch"], ["-m", "jaxrl.export"]])
def test_the_old_commands_name_themselves(alias):
    done = subprocess.run([sys.executable, *alias, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    name = "train.py" if alias == ["train.py"] else f"python {' '.join(alias)}"
    assert done.stdout.startswith(f"usage: {name} ")
