"""Our own files: one stylesheet per appearance made of its parts, addresses that change with what is behind them."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, url_for
from werkzeug.security import safe_join

STATIC = Path(__file__).resolve().parent.parent / "static"
# In this order, since a later one may say otherwise; the parts of single pages follow, each with classes of its own.
BASE = (
    "tokens", "tabler", "frame", "page", "parts", "lists", "details", "forms", "screens", "states", "narrow",
    "scriptless", "new-booking", "day",
)  # fmt: skip
DARK = "css/base/dark.css"
APPEARANCES = ("light", "dark", "system")
TEXTS = {".css", ".js", ".svg", ".json"}


def init_app(app: Flask) -> None:
    # The version is a part of the path: so what a script imports by a relative path has it too.
    app.add_url_rule("/static/<version>/<path:filename>", endpoint="versioned_static", view_func=serve)
    app.jinja_env.globals["asset"] = asset


def asset(filename: str) -> str:
    """The address of one of our files; after a change it is another one, so that no old copy is used."""
    return _address(filename, _version(), request.script_root)


@cache
def _address(filename: str, version: str, _root: str) -> str:
    # A list of fifty rows has hundreds of icons, and each asks.
    return url_for("versioned_static", version=version, filename=filename)


def serve(version: str, filename: str) -> Response:
    """A file of ours, for good where the address names what is there now; texts are packed for whoever unpacks them."""
    now = _version()
    content, packed = _file(filename, now)
    if content is None:
        abort(404)
    response = Response(content, mimetype=mimetypes.guess_type(filename)[0] or "application/octet-stream")
    if packed is not None:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip"):
            response.set_data(packed)
            response.headers["Content-Encoding"] = "gzip"
    lasts = version == now and not current_app.debug
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasts else "no-cache"
    return response


def stylesheet(appearance: str) -> bytes:
    """Everything a page needs, in one file: Tabler, our parts, and the dark tokens where they apply."""
    parts = ["vendor/tabler.min.css", *(f"css/base/{name}.css" for name in BASE)]
    parts += sorted(f"css/{file.name}" for file in (STATIC / "css").glob("*.css"))
    texts = [(STATIC / name).read_text("utf-8") for name in parts]
    dark = (STATIC / DARK).read_text("utf-8")
    texts += {
        "light": [],
        "dark": [dark],
        "system": ["@media (prefers-color-scheme: dark) {", dark, "}"],
    }[appearance]
    return "\n".join(texts).encode()


@cache
def _file(filename: str, version: str) -> tuple[bytes | None, bytes | None]:
    """A file's bytes and, of a text, the same packed; kept for as long as the version is this one."""
    name, _dot, ending = filename.partition(".")
    if name in APPEARANCES and ending == "css":
        content = stylesheet(name)
    else:
        path = safe_join(str(STATIC), filename)
        if path is None or not Path(path).is_file():
            return None, None
        content = Path(path).read_bytes()
    return content, gzip.compress(content, mtime=0) if Path(filename).suffix in TEXTS else None


def _version() -> str:
    return _print() if current_app.debug else _print_once()


def _print() -> str:
    made = sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            made.update(file.read_bytes())
    return made.hexdigest()[:12]


_print_once = cache(_print)
