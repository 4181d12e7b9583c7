"""README and docs as tests read them: pages, examples, links."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "pretrained/README.md")
]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
TEXTS = {str(page.relative_to(ROOT)): page.read_text(encoding="utf-8") for page in PAGES}


def python_examples() -> dict[str, str]:
    """Every Python block of every page, by `page: first line`."""
    found = {}
    for page, text in TEXTS.items():
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            found[f"{page}: {block.splitlines()[0]}"] = block
    return found


def example(page: str, name: str) -> str:
    """The Python block of `page` that begins with the comment `# name`."""
    blocks = re.findall(r"```python\n(.*?)```", TEXTS[page], re.DOTALL)
    return next(block for block in blocks if block.startswith(f"# {name}"))


def links(page: str) -> list[str]:
    """Targets of the links and pictures of a page that lead to files of this repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", TEXTS[page])
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as mkdocs makes them."""
    headings = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?s)```.*?```", "", text))
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}
