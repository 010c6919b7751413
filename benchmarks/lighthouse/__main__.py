"""What Lighthouse says of the patient's pages, as a phone sees them.

``npm ci`` in this folder, then ``python -m benchmarks.lighthouse [--to FOLDER]`` in the root, on a
machine that does nothing else: it serves one patient with a story, signs them in, and asks for the
mobile preset, which slows the network and the processor down. It prints three scores for each page
with what kept them below 100, and exits with 1 where one is below 95. Figures: docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from app.config import Settings
from app.db import Database, upgrade
from app.kit.access import SESSION_COOKIE
from app.kit.keys import save_keyring
from app.main import create_app
from tests.support.browser import FLAGS, browser_path, running_server
from tests.support.keys import a_keyring
from tests.support.ward import NOW, Ward, a_ward

HERE: Final = Path(__file__).parent
PAGES: Final = (
    *("/today", "/report", "/wrong", "/learn", "{record}/course?without_report=1"),
    "{record}?without_report=1",
)
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
GOAL: Final = 95
SECONDS: Final = 240


def main() -> int:
    """Measure every page, print a table, and say whether all reach the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, help="keep the reports here")
    parser.add_argument("--pages", nargs="+", default=PAGES)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ward = _ward(Path(folder))
        reached = True
        app = create_app(
            Settings(database_url=ward.database.url, worker_in_server=False), clock=lambda: NOW
        )
        print(f"{'page':34} " + " ".join(f"{name:>14}" for name in CATEGORIES))
        with running_server(app) as address:
            for page in arguments.pages:
                report = _measured(
                    address + page.format(record=ward.record), ward.cookie("patient")
                )
                if arguments.to is not None:
                    name = page.strip("/{").replace("/", "-").partition("?")[0]
                    arguments.to.mkdir(parents=True, exist_ok=True)
                    (arguments.to / f"{name}.json").write_text(json.dumps(report))
                reached = _printed(page, report) and reached
        ward.database.close()
    return 0 if reached else 1


def _ward(folder: Path) -> Ward:
    keyring = a_keyring()
    save_keyring(folder / "ivig.key", keyring)
    os.environ["IVIG_KEY_FILE"] = str(folder / "ivig.key")
    url = f"sqlite:///{folder / 'ivig.db'}"
    upgrade(url)
    return a_ward(Database(url, keyring=keyring))


def _measured(url: str, cookie: str) -> dict[str, Any]:
    """Return the report of one page."""
    program = HERE / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        message = f"Run `npm ci` in {HERE} first."
        raise SystemExit(message)
    headers = json.dumps({"Cookie": f"{SESSION_COOKIE}={cookie}"})
    options = (
        "--quiet",
        "--output=json",
        "--output-path=stdout",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--extra-headers={headers}",
        f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
    )
    done = subprocess.run(  # noqa: S603 - our own program, with our own addresses
        [program, url, *options],
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**os.environ, "CHROME_PATH": browser_path()},
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _printed(page: str, report: dict[str, Any]) -> bool:
    """Print the scores of a page and what cost some; say whether all reach the goal."""
    scores = {name: round(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES}
    print(f"{page:34} " + " ".join(f"{score:14}" for score in scores.values()), flush=True)
    for name in CATEGORIES:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            score = audit["score"]
            if part["weight"] and score is not None and score < 1:
                value = audit.get("displayValue", "")
                print(f"    {name}: {audit['title']} {value} ({100 * score:.0f})")
    return all(score >= GOAL for score in scores.values())


if __name__ == "__main__":
    sys.exit(main())
