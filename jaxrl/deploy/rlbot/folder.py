"""Export of a checkpoint to a folder that RLBot v5 runs: weights, bot.py, and the code that training used."""

import ast
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from jaxrl.bots.array_file import MAX_BYTES
from jaxrl.bots.description import DESCRIPTION_FILE, Description
from jaxrl.bots.newest import newest_bot
from jaxrl.bots.policy_files import WEIGHTS_FILE, load_policy
from jaxrl.deploy.rlbot.own_code import own_code
from jaxrl.deploy.rlbot.refresh import write_files
from jaxrl.errors import UserError
from jaxrl.files import read_regular

PACKAGE = Path(__file__).parents[2]

ENTRIES = (
    "jaxrl",
    "jaxrl.deploy.rlbot.driver",
    "jaxrl.deploy.rlbot.packet",
    "jaxrl.bots.policy_files",
    "jaxrl.errors",
    "jaxrl.plugins",
)  # imported by bot.py

OCTANE = 23  # RLBot's number of the car body whose hitbox RocketSim trains with

# by whether actions are sampled
PLAY = (
    "It always takes the action that it thinks best. The figures that jaxrl prints (evaluate, strength, TensorBoard)\n"
    "are of sampled play, where it draws actions as in training, so they may differ. `jaxrl export --sampled` draws.",
    "It draws its actions, as in training and as in the figures that jaxrl prints (evaluate, strength, TensorBoard).\n"
    "So it never plays the same twice. `jaxrl export --greedy` always takes the action that it thinks best.",
)

REQUIREMENTS = "rlbot>=2.0.0b56,<3\nnumpy>=1.26\n"


def export_folder(checkpoint: Path, out: Path, name: str, sampled: bool = False) -> Path:
    """Write the folder `out`, or refresh the export in it; returns the checkpoint that was taken, see `newest`.

    The bot takes the most likely action; `sampled`, it draws actions as in training. Raises UserError if `checkpoint`
    holds no bot or `out` holds files that are not an export's, OSError if it cannot be written.
    """
    if not name.isprintable():
        raise UserError(f"--name {name!r}: only letters, digits and other signs that can be printed")
    checkpoint, policy = newest_bot(checkpoint)
    if out.resolve() in (checkpoint.resolve(), PACKAGE.parent) or out.resolve().is_relative_to(PACKAGE):
        raise UserError(f"--out {out}: must be a folder of its own")
    write_files(out, files_of(checkpoint, policy.description, name, sampled))
    load_policy(out)  # a trainer may have replaced the checkpoint meanwhile
    return checkpoint


def files_of(checkpoint: Path, description: Description, name: str, sampled: bool) -> dict[str, bytes]:
    """Contents of all files of an export, by their paths in its folder."""
    size = f"{description.team_size}v{description.team_size}"
    agent_id = f"jaxrl/{name}"
    values = {
        "name": name,
        "size": size,
        "env_steps": f"{description.env_steps:,}",
        "tick_skip": str(description.tick_skip),
        "play": PLAY[sampled],
        "agent_id": json.dumps(agent_id, ensure_ascii=False),
        "sampled": str(sampled),
        "observation": json.dumps(description.custom),
    }
    texts = {
        "bot.py": filled("bot.py", values),
        "bot.toml": bot_toml(agent_id, name, size, description.env_steps),
        "loadout.toml": f"[blue_loadout]\ncar_id = {OCTANE}\n\n[orange_loadout]\ncar_id = {OCTANE}\n",
        "requirements.txt": REQUIREMENTS,
        "README.md": filled("readme.md", values),
    }
    own, needed = own_code(description.custom) if description.custom else ({}, set())
    entries = (*ENTRIES, *sorted(needed))
    code = {f"jaxrl/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes() for path in modules(entries)}
    code |= {place: path.read_bytes() for place, path in own.items()}
    bot = {file: read_regular(checkpoint / file, MAX_BYTES) for file in (WEIGHTS_FILE, DESCRIPTION_FILE)}
    return bot | code | {file: text.encode() for file, text in texts.items()}


def filled(file: str, values: Mapping[str, str]) -> str:
    """A template of this package, with every `{{name}}`, in code `"{{name}}"`, replaced."""
    text = files("jaxrl.deploy.rlbot").joinpath(file).read_text(encoding="utf-8")
    return re.sub(r'"?\{\{(\w+)\}\}"?', lambda found: values[found[1]], text)


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
