"""Rebuilds booking_admin/static/vendor/ from pinned npm packages: `make vendor`. Only who changes them needs npm.

Tabler's stylesheet is trimmed to what our templates, Python and scripts might name. What was left out is listed in
tools/left-out.txt, and a test holds the list against the sources. Further icons are named as arguments:
`python tools/vendor.py moon-stars`.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "booking_admin" / "static" / "vendor"
LEFT_OUT = ROOT / "tools" / "left-out.txt"
TABLER, ICONS = "tabler.min.css", "tabler-icons.svg"
PURGE = "purgecss@8.0.0"
# States that a script, a browser or Tabler itself puts on.
STATES = ["active", "collapsed", "collapsing", "disabled", "fade", "hide", "is-invalid", "is-valid", "open", "show",
          "was-validated"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """What comes from where: our file → the package's."""

    name: str
    version: str
    licence: str
    licence_file: str
    files: dict[str, str]


PACKAGES = (
    Package("@tabler/core", "1.6.1", "MIT", "LICENSE-tabler", {TABLER: f"dist/css/{TABLER}"}),
    Package("@tabler/icons", "3.51.0", "MIT", "LICENSE-tabler-icons", {ICONS: "icons/outline"}),
    Package("htmx.org", "2.0.11", "0BSD", "LICENSE-htmx", {"htmx.min.js": "dist/htmx.min.js"}),
    Package("idiomorph", "0.8.0", "0BSD", "LICENSE-idiomorph", {"idiomorph.esm.js": "dist/idiomorph.esm.js"}),
    Package(
        "tom-select", "2.6.2", "Apache-2.0", "LICENSE-tom-select",
        {"tom-select.complete.min.js": "dist/js/tom-select.complete.min.js"},
    ),
    # It carries no licence file: the text is that of its source repository.
    Package(
        "@event-calendar/build", "5.10.1", "MIT", "LICENSE-event-calendar",
        {name: f"dist/{name}" for name in ("event-calendar.min.js", "event-calendar.min.css")},
    ),
)  # fmt: skip


# --- what our sources name --------------------------------------------------------------------------------------------


def words() -> set[str]:
    """Everything in templates, scripts and texts of Python that might be the name of a class."""
    found: set[str] = set()
    for text in _texts():
        found.update(re.findall(r"[A-Za-z][\w-]*", text))
    return found


def _texts() -> Iterator[str]:
    for file in (*(ROOT / "templates").rglob("*.html"), *(ROOT / "booking_admin/static/js").rglob("*.js")):
        yield file.read_text("utf-8")
    for file in (ROOT / "booking_admin").rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        said = {id(part.value) for part in ast.walk(tree) if isinstance(part, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
                yield node.value


def classes(css: str) -> set[str]:
    """The classes that a stylesheet knows."""
    return set(re.findall(r"\.([A-Za-z][\w-]*)", re.sub(r"url\([^)]*\)|/\*.*?\*/", "", css, flags=re.DOTALL)))


# --- what is made of the packages -------------------------------------------------------------------------------------


def fetch(folder: Path) -> None:
    wanted = [f"{each.name}@{each.version}" for each in PACKAGES]
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("This needs npm; nothing else of the project does.")
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", *wanted, PURGE],
        cwd=folder,
        check=True,
    )


def trimmed(folder: Path, css: str) -> str:
    """Tabler without the rules for what we do not have."""
    (folder / "whole.css").write_text(css, "utf-8")
    (folder / "words.txt").write_text(" ".join(sorted(words())), "utf-8")
    options = {"content": ["words.txt"], "css": ["whole.css"], "safelist": STATES, "keyframes": True, "output": "."}
    (folder / "purgecss.config.cjs").write_text(f"module.exports = {json.dumps(options)}")
    done = subprocess.run(
        ["node_modules/.bin/purgecss", "--config", "purgecss.config.cjs", "--output", "trimmed.css"],
        cwd=folder,
        check=False,
    )
    if done.returncode:
        raise SystemExit("PurgeCSS stopped: its reason stands above.")
    return re.sub(r"/\*# sourceMappingURL=.*?\*/", "", (folder / "trimmed.css").read_text("utf-8"))


def sprite(folder: Path, more: list[str]) -> str:
    """The icons that are there now, and those that are asked for, in one file."""
    names = set(re.findall(r'id="i-([\w-]+)"', (VENDOR / ICONS).read_text("utf-8"))) | set(more)
    symbols = []
    for name in sorted(names):
        svg = (folder / f"{name}.svg").read_text("utf-8")
        lines = [line.strip() for line in re.sub(r"\A.*?>", "", svg, flags=re.DOTALL).splitlines()]
        shape = " ".join(line for line in lines if line.startswith("<") and line != "</svg>")
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{shape}</symbol>')
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""])


def main() -> None:
    made: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fetch(folder)
        for package in PACKAGES:
            source = folder / "node_modules" / package.name
            for target, path in package.files.items():
                made[target] = (
                    sprite(source / path, sys.argv[1:]) if target == ICONS else (source / path).read_text("utf-8")
                )
        whole = made[TABLER]
        made[TABLER] = trimmed(folder, whole)
    for target, text in made.items():
        (VENDOR / target).write_text(text, "utf-8")
        print(f"{target}: {len(text.encode()) // 1024} KB")
    # A word of ours may be a class of rules that only apply beside another one, which we do not have.
    LEFT_OUT.write_text("\n".join(sorted(classes(whole) - classes(made[TABLER]) - words())) + "\n")
    manifest = [
        {
            "package": each.name,
            "version": each.version,
            "licence": each.licence,
            "licence_file": each.licence_file,
            "files": {file: sha256((VENDOR / file).read_bytes()).hexdigest() for file in each.files},
        }
        for each in PACKAGES
    ]
    (VENDOR / "manifest.json").write_text(json.dumps({"packages": manifest}, indent=2) + "\n")


if __name__ == "__main__":
    main()
