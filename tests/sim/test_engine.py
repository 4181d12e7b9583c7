"""Which physics a config, a checkpoint and a bot mean on this machine, and that nothing else is imported for it."""

import subprocess
import sys

import numpy as np
import pytest
from support.cli import ROOT
from support.engines import needs_rocketsim3, put_in_place, take_away
from support.specs import sim_spec

from jaxrl.errors import SimulationError, UserError
from jaxrl.game.actions import NEUTRAL_ACTION
from jaxrl.sim.engine import describe, engine_for, make_env, resolve, settle
from jaxrl.sim.meshes import find_collision_meshes
from jaxrl.sim.rocketsim3.module import INTERFACE


@pytest.fixture
def without(monkeypatch):
    take_away(monkeypatch)


@pytest.fixture
def with_module(monkeypatch):
    put_in_place(monkeypatch, INTERFACE=INTERFACE, ROCKETSIM_VERSION="0.3.4", __version__="9.8.7")


@pytest.fixture
def with_an_old_one(monkeypatch):
    put_in_place(monkeypatch)


@pytest.fixture
def said():
    return []


@pytest.mark.usefixtures("without")
def test_auto_is_rocketsim2_where_3_is_not_installed():
    assert resolve("auto") == resolve("rocketsim2") == "rocketsim2"


@pytest.mark.usefixtures("with_module")
def test_auto_is_rocketsim3_where_that_is_installed():
    assert resolve("auto") == resolve("rocketsim3") == "rocketsim3"
    assert resolve("rocketsim2") == "rocketsim2"
    assert describe("rocketsim3") == "RocketSim 3 (0.3.4, jaxrl-physics 9.8.7)"


@pytest.mark.usefixtures("without")
def test_asked_for_and_missing_is_one_line():
    with pytest.raises(UserError) as caught:
        make_env("rocketsim3", sim_spec(), 0)
    assert str(caught.value).startswith("environment.physics rocketsim3: jaxrl_physics is not installed")
    assert "uv sync --extra native" in str(caught.value)
    assert "pip install ./native" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.usefixtures("with_an_old_one")
@pytest.mark.parametrize("physics", ["auto", "rocketsim3"])
def test_an_old_build_is_one_line_that_says_what_to_do(physics):
    """With `auto`, too: who has built it would otherwise train on the slower one without a word."""
    with pytest.raises(UserError) as caught:
        resolve(physics)
    assert f"has interface 0, and this jaxrl needs {INTERFACE}" in str(caught.value)
    assert "pip install ./native" in str(caught.value)
    assert resolve("rocketsim2") == "rocketsim2"


@pytest.mark.usefixtures("without")
def test_a_bot_of_another_machine_plays_in_what_is_here(said):
    assert engine_for("rocketsim3", said.append) == "rocketsim2"
    assert len(said) == 1
    assert said[0].startswith("the bot was trained in RocketSim 3, and plays in RocketSim 2: jaxrl_physics is not")
    assert engine_for("auto", said.append) == engine_for("rocketsim2", said.append) == "rocketsim2"
    assert len(said) == 1


@pytest.mark.usefixtures("with_module")
def test_a_bot_plays_in_the_physics_that_trained_it(said):
    assert engine_for("rocketsim2", said.append) == "rocketsim2"
    assert engine_for("rocketsim3", said.append) == engine_for("auto", said.append) == "rocketsim3"
    assert said == []


@pytest.mark.usefixtures("with_module")
@pytest.mark.parametrize(
    ("wanted", "stored", "engine"),
    [
        ("auto", None, "rocketsim3"),
        ("auto", "rocketsim2", "rocketsim2"),
        ("auto", "rocketsim3", "rocketsim3"),
        ("rocketsim2", "rocketsim2", "rocketsim2"),
    ],
)
def test_a_run_keeps_its_physics(wanted, stored, engine, said):
    assert settle(wanted, stored, said.append) == engine
    assert said == []


@pytest.mark.usefixtures("with_module")
def test_a_change_of_physics_is_said(said):
    assert settle("rocketsim2", "rocketsim3", said.append) == "rocketsim2"
    assert said == ["environment.physics: rocketsim3 -> rocketsim2: the run goes on in another physics"]


@pytest.mark.parametrize(
    ("physics", "absent"),
    [
        ("rocketsim2", "jaxrl_physics"),
        pytest.param("rocketsim3", "RocketSim", marks=needs_rocketsim3),
        pytest.param("rocketsim3", "multiprocessing", marks=needs_rocketsim3),
    ],
)
def test_only_the_physics_that_plays_is_imported(physics, absent):
    """In a process of its own: no library of RocketSim 2, and no worker process, where 3 plays."""
    code = (
        "import sys; sys.path.append('tests')\n"
        "from support.specs import sim_spec\nfrom jaxrl.sim.engine import make_env\n"
        f"with make_env({physics!r}, sim_spec(num_envs=2), 0) as env:\n    env.reset()\n"
        f"    print(env.worker_pids, {absent!r} in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[] False\n", done.stderr


def test_a_decision_is_received_once(engine):
    """A second time would restart the episodes that ended with it."""
    actions = np.full((2, 2), NEUTRAL_ACTION, np.int32)
    with make_env(engine, sim_spec(num_envs=4, max_episode_ticks=8), 0, 2) as env:
        env.reset()
        with pytest.raises(SimulationError, match="group 0 has no decision to receive: send one first"):
            env.receive(0)
        env.send(0, actions)
        first = env.receive(0)
        assert first.truncated.all()
        again = first.state.copy()
        with pytest.raises(SimulationError, match="no decision to receive"):
            env.receive(0)
        assert (first.state == again).all()
        env.send(1, actions)
        assert env.receive(1).truncated.all()


def test_missing_collision_meshes_are_explained(tmp_path, monkeypatch, make_arenas):
    """An rlgym without rlgym-rocket-league: found here, and in a worker, instead of the real one."""
    find_collision_meshes()
    (tmp_path / "rlgym").mkdir()
    (tmp_path / "rlgym" / "__init__.py").touch()
    for name in [name for name in sys.modules if name.partition(".")[0] == "rlgym"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    for attempt in (find_collision_meshes, lambda: make_arenas(num_workers=1)):
        with pytest.raises(SimulationError, match=r"collision meshes were not found.*rlgym-rocket-league") as error:
            attempt()
        assert "\n" not in str(error.value)
