"""The way data flows: a module imports only from modules earlier on it, and heavy packages stay in their place."""

import ast
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From first to last. A room stands for all of its modules, which may import one another.
ORDER = (
    "jaxrl",
    "errors",
    "signals",
    "plugins",
    "files",
    "streams",
    "game",
    "config",
    "sim",
    "nets",
    "bots",
    "ppo",
    "matches",
    "checkpoints",
    "deploy",
    "report",
    "watch",
    "dashboard",
    "training",
    "cli",
    "export",
)
# Where a package may be imported, by room or by module: tensorboardX in report/ alone.
ONLY_IN = {
    "RocketSim": {"sim.rocketsim2", "watch.viewers"},
    "jaxrl_physics": {"sim.rocketsim3"},
    "orbax": {"checkpoints.training_state"},
    "tensorboardX": {"report"},
    "tensorboard": {"dashboard.events"},
    "tqdm": {"report"},
    "matplotlib": {"report.ladder_plot"},
    "pydantic": {"config"},
    "yaml": {"config"},
    "optax": {"ppo"},
    "flax": {"ppo", "nets.actor_critic"},
    "multiprocessing": {"sim.rocketsim2", "training.rating_process"},
    "ray": {"training.cluster.members"},
    "onnx": {"deploy.onnx"},
    "onnxruntime": {"deploy.onnx"},
    "websockets": {"watch.server", "watch.local_server", "dashboard.server"},
    "rich": {"dashboard.screen"},
    "PIL": {"watch.pictures"},
    "rlviser_py": {"watch.viewers"},
}
JAX = {"jax", "jaxlib", "flax", "optax", "orbax", "chex"}
WITHOUT_JAX = (
    *("jaxrl", "errors", "signals", "plugins", "files", "streams", "game", "config", "sim"),
    *("nets.layers", "nets.sampling", "bots", "checkpoints.files", "checkpoints.directory"),
    *("deploy", "watch", "dashboard", "cli", "export"),
)
# inside a function, for those who ask for that backend, or come with an array of JAX
JAX_ON_REQUEST = {"bots.backend": {"jax", "jax.numpy"}, "game.arrays": {"jax"}}


def imports(source: str, top_level_only: bool = False) -> set[str]:
    """Full names of all modules that `source` imports, as `from jaxrl import x`, too.

    With `top_level_only` those that happen when it is itself imported; else also those inside functions and those that
    are there for type checkers alone.
    """
    names = set()
    nodes = [ast.parse(source)]
    while nodes:
        node = nodes.pop()
        if top_level_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if top_level_only and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        nodes += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports would escape this test"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def layer(module: str) -> str:
    """The room of a module: jaxrl.ppo.update -> ppo; jaxrl.__version__ -> jaxrl."""
    parts = module.split(".")
    if parts[-1] == "__main__":  # an old way to call a command
        return "cli"
    return parts[1] if len(parts) > 1 and parts[1] in ORDER else "jaxrl"


def is_in(module: str, places: Iterable[str]) -> bool:
    """Whether `jaxrl.room.module` is one of `places` (`room`, `room.module`) or within one."""
    name = module.removeprefix("jaxrl.")
    return any(name == place or name.startswith(f"{place}.") for place in places)


SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text()
    for path in sorted((ROOT / "jaxrl").rglob("*.py"))
}
MODULES = {module: imports(source) for module, source in SOURCES.items()}


def test_every_module_has_its_place_on_the_way():
    tops = {module.split(".")[1] for module in MODULES if "." in module}
    assert tops == set(ORDER) - {"jaxrl"} | {"__main__"}


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_from_earlier_modules(module):
    own = ORDER.index(layer(module))
    # `from jaxrl import load_policy` looks it up when asked for: the package itself loads nothing
    names = imports(SOURCES[module], top_level_only=True) if module == "jaxrl" else MODULES[module]
    for name in names:
        if name == "jaxrl" or name.startswith("jaxrl."):
            assert ORDER.index(layer(name)) <= own, f"{module} imports {name}, which comes later"


@pytest.mark.parametrize("package", ONLY_IN)
def test_a_package_stays_in_its_place(package):
    users = {module for module, names in MODULES.items() if package in {name.split(".")[0] for name in names}}
    assert not [module for module in users if not is_in(module, ONLY_IN[package])]
    assert users, f"nobody imports {package}: this test would no longer notice anything"


@pytest.mark.parametrize("module", [module for module in MODULES if is_in(module, WITHOUT_JAX)])
def test_host_modules_do_not_import_jax(module):
    assert not {name.split(".")[0] for name in imports(SOURCES[module], top_level_only=True)} & JAX
    allowed = JAX_ON_REQUEST.get(module.removeprefix("jaxrl."), set())
    assert not {name.split(".")[0] for name in MODULES[module] - allowed} & JAX


@pytest.mark.parametrize("module", ["jaxrl.bots.policy", "jaxrl.bots.policy_files", "jaxrl.bots.description"])
def test_policy_knows_nothing_of_training(module):
    """A deployed bot needs numpy, the meaning of a state, the arithmetic of layers, and no more."""
    own = {layer(name) for name in MODULES[module] if name.startswith("jaxrl.")}
    assert own <= {"errors", "files", "game", "nets", "bots"}


def test_the_loop_is_reached_only_by_commands():
    users = [module for module, names in MODULES.items() if "jaxrl.training.trainer" in names]
    assert all(layer(module) in ("training", "cli") or module == "jaxrl" for module in users), users


def test_no_file_grows_beyond_300_lines():
    files = [*(ROOT / "jaxrl").rglob("*.py"), *(ROOT / "native" / "src").glob("*.rs"), ROOT / "train.py"]
    sizes = {path: len(path.read_text().splitlines()) for path in files}
    assert {path.name: size for path, size in sizes.items() if size > 300} == {}


def test_imports_are_found_wherever_they_stand():
    source = "import a.b\ndef f():\n    from jaxrl import trainer\n    if f:\n        import tqdm as t\n"
    assert imports(source) == {"a.b", "jaxrl", "jaxrl.trainer", "tqdm"}
    assert imports(source + "if f:\n    import c\n", top_level_only=True) == {"a.b", "c"}


@pytest.mark.parametrize(
    "module",
    [
        "jaxrl",
        "jaxrl.game.game",
        "jaxrl.sim.rocketsim2.env",
        "jaxrl.sim.rollout",
        "jaxrl.config.load",
        "jaxrl.bots.policy_files",
        "jaxrl.deploy.onnx.model",
        "jaxrl.cli.watch",
        "jaxrl.cli.dashboard",
    ],
)
def test_importing_it_in_a_fresh_process_does_not_load_jax(module):
    """Also through third parties, which the imports of this package alone do not show."""
    code = f"import sys, {module}; print(sorted({JAX!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_a_wrong_config_does_not_load_jax():
    """A wrong config must be told at once. Runs train.py as `python train.py --check` does, then looks."""
    code = (
        "import runpy, sys\n"
        "sys.argv = ['train.py', '--config', 'configs/final.yaml', '--check', '--set', 'training.gamma=2']\n"
        "try:\n    runpy.run_path('train.py', run_name='__main__')\n"
        f"except SystemExit as end:\n    print(end.code, sorted({JAX!r} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    line, loaded = done.stderr.splitlines()
    assert "training.gamma: 2" in line
    assert loaded == "2 []"
