"""Export of a checkpoint to a folder that RLBot v5 runs: weights, bot.py, and the code that training used."""

import ast
import json
import shutil
from importlib.resources import files
from pathlib import Path

from jaxrl.bots.description import DESCRIPTION_FILE
from jaxrl.bots.policy_files import WEIGHTS_FILE, load_policy
from jaxrl.errors import UserError

PACKAGE = Path(__file__).parents[2]

ENTRIES = (
    "jaxrl",
    "jaxrl.deploy.rlbot.driver",
    "jaxrl.deploy.rlbot.packet",
    "jaxrl.bots.policy_files",
    "jaxrl.errors",
)  # imported by bot.py

OCTANE = 23  # RLBot's number of the car body whose hitbox RocketSim trains with

REQUIREMENTS = "rlbot>=2.0.0b56,<3\nnumpy>=1.26\n"


def export_folder(checkpoint: Path, out: Path, name: str) -> None:
    """Write the folder `out`.

    Raises UserError if `checkpoint` holds no bot, OSError if `out` cannot be written.
    """
    if not name.isprintable():
        raise UserError(f"--name {name!r}: only letters, digits and other signs that can be printed")
    description = load_policy(checkpoint).description
    size = f"{description.team_size}v{description.team_size}"
    agent_id = f"jaxrl/{name}"
    if out.resolve() in (checkpoint.resolve(), PACKAGE.parent) or out.resolve().is_relative_to(PACKAGE):
        raise UserError(f"--out {out}: must be a folder of its own")
    out.mkdir(parents=True, exist_ok=True)
    for file in (WEIGHTS_FILE, DESCRIPTION_FILE):
        shutil.copyfile(checkpoint / file, out / file)
    for source in modules(ENTRIES):
        target = out / "jaxrl" / source.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    text = files("jaxrl.deploy.rlbot").joinpath("bot.py").read_text(encoding="utf-8")
    (out / "bot.py").write_text(
        text.replace('"{{agent_id}}"', json.dumps(agent_id, ensure_ascii=False)), encoding="utf-8"
    )
    (out / "requirements.txt").write_text(REQUIREMENTS, encoding="utf-8")
    (out / "bot.toml").write_text(bot_toml(agent_id, name, size, description.env_steps), encoding="utf-8")
    (out / "loadout.toml").write_text(
        f"[blue_loadout]\ncar_id = {OCTANE}\n\n[orange_loadout]\ncar_id = {OCTANE}\n", encoding="utf-8"
    )


def bot_toml(agent_id: str, name: str, size: str, env_steps: int) -> str:
    """Content of bot.toml, which RLBot reads first. Strings of JSON are valid in TOML."""
    about = f"Trained with jaxrl for {env_steps:,} steps of {size}"
    return f"""\
[settings]
agent_id = {json.dumps(agent_id, ensure_ascii=False)}
name = {json.dumps(name, ensure_ascii=False)}
loadout_file = "loadout.toml"
run_command = "python bot.py"
run_command_linux = "python3 bot.py"

[details]
description = {json.dumps(about)}
language = "python"
tags = [{json.dumps(size)}]
"""


def modules(entries: tuple[str, ...]) -> list[Path]:
    """Files of these modules of jaxrl and of all modules of jaxrl that they import at the top level, recursively."""
    found: dict[str, Path] = {}
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        path = file_of(name)
        if path is None or name in found:
            continue
        found[name] = path
        waiting.append(name.rpartition(".")[0])  # importing a module runs its package first
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return sorted(found.values())


def file_of(name: str) -> Path | None:
    """The file of a module of jaxrl, or None for anything else."""
    if name.split(".")[0] != "jaxrl":
        return None
    base = PACKAGE.joinpath(*name.split(".")[1:])
    return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()), None)
