"""Parts of the documentation that are generated from the code, so that they cannot be out of date.

A page has a line such as `<!-- generated: row -->` where one of PARTS belongs.
"""

import argparse
import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaxrl.cli.main import COMMANDS, add_arguments
from jaxrl.config.schema import Config
from jaxrl.deploy.rlbot import sources
from jaxrl.game.figures import table as figures
from jaxrl.game.layout import LAYOUT
from jaxrl.game.rewards.registry import TAG_GROUPS
from jaxrl.game.starts.registry import START_STATES
from jaxrl.game.starts.state import StartState
from jaxrl.watch.page import fill

if TYPE_CHECKING:  # who checks the texts alone has no mkdocs
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

MARKER = re.compile(r"<!-- generated: (\w+) -->")
RECORDED = ("matches", "skills")  # folders of recorded matches
RECIPE = Path(__file__).parents[1] / "configs" / "final.yaml"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the markers of a page (called by mkdocs)."""
    return MARKER.sub(lambda match: PARTS[match[1]](), markdown)


def on_files(files: "Files", config: "MkDocsConfig", **_: Any) -> "Files":
    """Add a page for every recorded match in RECORDED, with the viewer as it is now (called by mkdocs)."""
    from mkdocs.structure.files import File

    for folder in RECORDED:
        for path in sorted(Path(config.docs_dir, folder).glob("*.json")):
            match = json.loads(path.read_text(encoding="utf-8"))
            files.append(File.generated(config, f"{folder}/{path.stem}.html", content=fill(match, match["title"])))
    return files


def config_keys() -> str:
    """A table of keys for each section of the config: default, unit and meaning from `final.yaml`."""
    lines, section, known = [], "", set(Config.model_fields)
    for line in RECIPE.read_text(encoding="utf-8").splitlines():
        top = re.match(r"(\w+):\s*(\{\})?\s*(?:#\s*(.*))?$", line)
        key = re.match(r"( +)(\w+):\s*(.*?)\s*(?:#\s*(.*))?$", line)
        if top:
            section = top[1]
            known.remove(section)
            lines += ["", f"## {section}", ""]
            if top[3]:
                lines += [_sentence(top[3]), ""]
            if not top[2]:  # a mapping that is empty has no keys to list
                lines += ["| key | default | |", "|---|---|---|"]
        elif key:
            name = f"start_states.{key[2]}" if len(key[1]) > 2 else key[2]
            default = f"`{key[3]}`{{ .whole }}" if key[3] else ""
            lines.append(f"| `{name}` | {default} | {key[4] or ''} |")
    if known:
        raise ValueError(f"{RECIPE} lacks {', '.join(known)}")
    return "\n".join(lines)


def command_help() -> str:
    """What `--help` prints for every subcommand."""
    parts = []
    for name, text in COMMANDS.items():
        parser = argparse.ArgumentParser(prog=f"jaxrl {name}", formatter_class=_Help)
        add_arguments(name, parser)
        shown = parser.format_help().rstrip()
        parts += [f"## jaxrl {name}", "", f"{_sentence(text)}.", "", "```text", shown, "```", ""]
    return "\n".join(parts)


def reward_terms() -> str:
    """A table of the built-in reward terms for each group, from their docstrings, with the weights of `final.yaml`."""
    weights, lines = Config().rewards, []
    for group, terms in TAG_GROUPS.items():
        lines += ["", f"### {group}", ""]
        lines += [
            "| term | what it gives to a car | range | good for | formula | from | in `final` |",
            "|" + "---|" * 7,
        ]
        for term in terms:
            name, parts = term.__name__, _parts(term.__doc__ or "")
            formula = parts["Formula"] + (f". Remembers {memory}" if (memory := parts.get("Memory")) else "")
            weight = f"{weights[name]:g}" if name in weights else ""
            cells = (f"`{name}`", parts[""], parts["Range"], parts["Good for"], formula, parts["Source"], weight)
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines)


def _parts(text: str) -> dict[str, str]:
    """The first line of a reward term's docstring, and what it says after Formula, Range, Good for and the like."""
    lines = inspect.cleandoc(text)
    first, _, rest = lines.partition("\n")
    found = re.split(r"^(Formula|Memory|Range|Good for|Source): ", rest, flags=re.MULTILINE)[1:]
    parts = {"": first} | dict(zip(found[::2], found[1::2], strict=True))
    return {name: " ".join(part.split()).rstrip(".") for name, part in parts.items()}


def start_states() -> str:
    """A table of the built-in start states with the weights of `final.yaml` and all that their docstrings say."""
    weights = Config().environment.start_states
    lines = ["| start state | weight in `final` | what it is, and trains | ranges |", "|---|---|---|---|"]
    for name, function in START_STATES.items():
        first, *rest = (line.strip() for line in (function.__doc__ or "").splitlines())
        lines.append(f"| `{name}` | {weights.get(name, 0):g} | {first} | {' '.join(rest).strip()} |")
    return "\n".join(lines)


def start_fields() -> str:
    """A table of the fields of `StartState`, from the comments in its source."""
    source = inspect.getsource(StartState)
    rows = re.findall(r"^    (\w+): np\.ndarray(?: \| None = None)?  # (\[.*?\]) (.*)$", source, re.MULTILINE)
    if [name for name, *_ in rows] != list(StartState._fields):
        raise ValueError("StartState has a field without shape and unit")
    lines = ["| field | shape | |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | `{shape}` | {meaning} |" for name, shape, meaning in rows)])


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help of a fixed width, whatever terminal builds the site."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=92)


PARTS = {
    "row": LAYOUT.markdown,
    "config": config_keys,
    "commands": command_help,
    "rewards": reward_terms,
    "starts": start_states,
    "start_fields": start_fields,
    "rlbot": sources.markdown,
    "figures": figures.markdown,
}
