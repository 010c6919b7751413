"""Memory and speed of an import of a million report rows.

Usage: python benchmarks/import_memory.py [--rows N] [--patients N] [--database-url URL]

The folder is written and imported by two processes of their own, so that the figure is the
import's alone. Without a URL the database is a SQLite file in a temporary folder.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

SITES: Final = ("right_hand", "left_hand", "right_foot", "left_foot", "global")
START: Final = datetime(2022, 1, 1, 7, 30, tzinfo=UTC)
MAX_MB: Final = 500


def write(folder: Path, rows: int, patients: int) -> None:
    """Write a folder with `rows` report rows of `patients`, in an order that helps nobody."""
    names = [f"B-{number:05}" for number in range(patients)]
    with (folder / "patients.csv").open("w", encoding="utf-8") as file:
        file.write("patient_id,time_zone,diagnosis\n")
        file.writelines(f"{name},America/New_York,MMN\n" for name in names)
    chance = random.Random(1)  # noqa: S311 - no secret
    with (folder / "reports.csv").open("w", encoding="utf-8") as file:
        file.write("patient_id,reported_at,measure,site,value,source\n")
        for number in range(rows):
            report, site = divmod(number // patients, len(SITES))
            moment = (START + timedelta(hours=6 * report)).isoformat()
            value = chance.randint(0, 10)
            name = names[number % patients]
            file.write(f"{name},{moment},strength_nrs,{SITES[site]},{value},patient\n")


def load(folder: Path, url: str) -> None:
    """Import the folder and print what it took."""
    from app.cli.migrate import migrate  # noqa: PLC0415 - not measured where it is not used
    from app.db import Database  # noqa: PLC0415
    from app.exchange.importer import Listener, Request, import_folder  # noqa: PLC0415
    from app.exchange.load import Options  # noqa: PLC0415
    from app.kit.history import Actor  # noqa: PLC0415

    migrate(url)
    database = Database(url)
    request = Request(folder, Options(), None, Actor("benchmark"), datetime.now(UTC))
    listener = Listener(print, print, lambda *_: None)
    began, worked = time.perf_counter(), time.process_time()
    outcome = import_folder(database, request, listener)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    database.close()
    rows = outcome.tallies["reports.csv"].good
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{rows} rows in {seconds:.0f} s ({rows / seconds:.0f} rows/s; {worked:.0f} s of this"
        f" process's time); peak memory {peak_mb:.0f} MB, allowed {MAX_MB} MB"
    )
    if peak_mb > MAX_MB or not outcome.is_stored:
        raise SystemExit(1)


def main() -> None:
    """Write the folder, then import it in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument("--database-url")
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load is not None:
        load(options.load, options.database_url)
        return
    with TemporaryDirectory(prefix="ivig-benchmark-") as place:
        folder = Path(place) / "folder"
        folder.mkdir()
        write(folder, options.rows, options.patients)
        url = options.database_url or f"sqlite:///{place}/benchmark.db"
        command = [sys.executable, __file__, "--load", str(folder), "--database-url", url]
        raise SystemExit(subprocess.run(command, check=False).returncode)  # noqa: S603 - ourselves


if __name__ == "__main__":
    main()
