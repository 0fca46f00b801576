"""Runs Lighthouse on the main pages of a server with fresh demo data: `make lighthouse`. Needs npm and Chromium.

Three runs a page with Lighthouse's preset for desks, the median of each category; the pages are asked for by somebody
who is signed in: the session's cookie is handed over as a header.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402 (the checkout is not installed)

from tools import machine, screenshots  # noqa: E402

PACKAGE = "lighthouse@13.5.0"
RUNS = 3
# What each category is to reach.
GOALS = {"performance": 90, "accessibility": 100, "best-practices": 95}
FLAGS = "--headless=new --no-sandbox --disable-gpu"


def install(folder: Path) -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("This needs npm; nothing that users or tests start does.")
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", PACKAGE],
        cwd=folder,
        env={**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return str(folder / "node_modules" / ".bin" / "lighthouse")


def judged(program: str, url: str, cookie: str | None, report: Path) -> dict[str, float]:
    """One run: the points of each category, 0 to 100. What fell short is said beside it."""
    command = [
        program, url, "--preset=desktop", f"--only-categories={','.join(GOALS)}", f"--chrome-flags={FLAGS}",
        "--output=json", f"--output-path={report}", "--quiet", "--max-wait-for-load=30000",
    ]  # fmt: skip
    if cookie:
        command.append("--extra-headers=" + json.dumps({"Cookie": cookie}))
    chromium = {"CHROME_PATH": machine.chromium() or ""}
    subprocess.run(command, env={**os.environ, **chromium}, stderr=subprocess.DEVNULL, check=True)
    found = json.loads(report.read_text())
    for name, goal in GOALS.items():
        category = found["categories"][name]
        if category["score"] * 100 < goal:
            failed = [each["id"] for each in category["auditRefs"] if falls_short(found["audits"][each["id"]])]
            print(f"    {name} {category['score'] * 100:.0f}: {', '.join(failed)}", flush=True)
    return {name: found["categories"][name]["score"] * 100 for name in GOALS}


def falls_short(audit: dict[str, object]) -> bool:
    score = audit["score"]
    return isinstance(score, int | float) and score < 0.9 and audit["scoreDisplayMode"] != "informative"


def signed_in(address: str) -> str:
    """The cookie of staff."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=["--no-sandbox"])
        page = screenshots.signed_in(browser, address, "staff")
        cookies = [f"{each['name']}={each['value']}" for each in page.context.cookies()]
        browser.close()
    return "; ".join(cookies)


def main() -> None:
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as name, screenshots.demo(Path(name)) as (address, chosen):
        program = install(Path(name))
        cookie = signed_in(address)
        home = f"{address}/{screenshots.SLUG}/admin"
        pages = {
            "sign-in": (f"{address}/login", None),
            "Today": (f"{home}/", cookie),
            "bookings": (f"{home}/bookings/", cookie),
            "a booking": (f"{home}/bookings/details/?{urlencode({'id': chosen.booking})}", cookie),
            "new booking": (f"{home}/bookings/new/?{urlencode({'slot': chosen.bookable})}", cookie),
        }
        print(f"{'page':12}" + "".join(f"{name:>16}" for name in GOALS), flush=True)
        for title, (url, header) in pages.items():
            runs = [judged(program, url, header, Path(name) / "report.json") for _ in range(RUNS)]
            points = {each: median(run[each] for run in runs) for each in GOALS}
            print(f"{title:12}" + "".join(f"{points[each]:16.0f}" for each in GOALS), flush=True)


if __name__ == "__main__":
    main()
