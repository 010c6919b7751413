"""How long a physician's review takes in a browser: five years of daily reports, and a usual one.

``python -m benchmarks.review [--rounds 7] [--folder FOLDER]`` loads the simulated sample clinic and
one patient more, with five years of daily reports in six series. Then it opens the review of the
sample clinic's median patient (by number of readings) and that of the other one, in turn, in
headless Chromium, each in a window without anything but the chart library in its cache. It prints
the time from the navigation to the last chart that is drawn, their ratio (at most 5 is asked for),
and what was sent beside the library (at most 250 kB). The analyses are stored beforehand.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from playwright.sync_api import Browser, Page, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cli.migrate import migrate
from app.clinics.tables import ClinicRow
from app.config import Settings
from app.db import Database
from app.exchange.importer import Listener, Request, import_folder
from app.exchange.load import Options
from app.exchange.sample import write_sample_clinic
from app.findings.service import analyse_stale
from app.kit.history import Actor
from app.main import create_app
from app.patients.tables import PatientRow
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from app.reports.tables import ReportRow, ValueRow
from app.web.charts import make_bundle
from tests.support.browser import running_browser, running_server
from tests.support.clinic import a_patient, a_plan, an_infusion, entering
from tests.support.gate import OpenGuard

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
YEARS: Final = 5
INTERVALS: Final = (28, 24, 21, 18)
"""Days, each for a part of the five years: as long a history as patients of the demo have."""
SERIES: Final = tuple(
    (measure, f"{side}_hand")
    for measure in ("grip_kpa", "strength_nrs", "cramp_nrs")
    for side in ("right", "left")
)
MOST_TIMES: Final = 5.0
MOST_BYTES: Final = 250_000
_LONGEST_WAIT: Final = 60_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One opening of the page: milliseconds until complete, and bytes by what was asked for."""

    milliseconds: float
    bytes_of: dict[str, int]

    @property
    def bytes_beside_library(self) -> int:
        """What a second visit sends: neither the library nor anything else immutable."""
        return sum(size for path, size in self.bytes_of.items() if not path.startswith("/static/"))


def five_years(session: Session, clinic: ClinicRow) -> PatientRow:
    """Enter a patient with daily reports in six series, and infusions that shorten."""
    first = NOW - timedelta(days=round(365.25 * YEARS))
    patient = a_patient(session, clinic, external_id="FIVE-YEARS")
    days = np.linspace(0, 365.25 * YEARS, len(INTERVALS) + 1)
    starts: list[datetime] = []
    for interval, begin, end in zip(INTERVALS, days[:-1], days[1:], strict=True):
        since = first + timedelta(days=float(math.floor(begin)))
        a_plan(session, patient, effective_date=since.date(), interval_days=interval)
        for offset in range(0, math.floor(end - begin), interval):
            starts.append(since + timedelta(days=offset, hours=3))
            an_infusion(session, patient, starts[-1])
    _report_daily(session, patient, first.date(), starts)
    return patient


def _report_daily(
    session: Session, patient: PatientRow, first: date, starts: Sequence[datetime]
) -> None:
    rng = np.random.default_rng(6)
    begun = [start.date() for start in starts]
    for number in range((NOW.date() - first).days):
        day = first + timedelta(days=number)
        since = (day - max((one for one in begun if one <= day), default=day)).days
        low = max(0.0, since - 12) / 10
        values = tuple(_value(key, low, float(rng.normal())) for key in SERIES)
        at = datetime(day.year, day.month, day.day, 22, tzinfo=UTC)
        draft = ReportDraft(observed_at=at, entered_at=at, source="patient", values=values)
        create_report(entering(session, now=NOW), patient=patient, row_id=None, draft=draft)


def _value(key: tuple[str, str], low: float, noise: float) -> ValueDraft:
    measure, site = key
    weaker = 1.4 if site.startswith("right") else 0.7
    if measure == "grip_kpa":
        return ValueDraft(measure, site, round(62 - 9 * low * weaker + 3 * noise, 1))
    level = 8 - 2 * low * weaker if measure == "strength_nrs" else 2 + 2 * low * weaker
    return ValueDraft(measure, site, float(min(max(round(level + noise), 0), 10)))


def median_patient(session: Session) -> PatientRow:
    """Return the sample clinic's patient with the middle number of readings."""
    counted = (
        select(PatientRow.id, func.count(ValueRow.report_id).label("readings"))
        .join(ReportRow, ReportRow.patient_id == PatientRow.id)
        .join(ValueRow, ValueRow.report_id == ReportRow.id)
        .where(PatientRow.clinic_id.in_(select(ClinicRow.id).where(ClinicRow.name == "Sample")))
        .group_by(PatientRow.id)
        .order_by("readings", PatientRow.id)
    )
    found = session.execute(counted).all()
    return session.get_one(PatientRow, found[len(found) // 2][0])


def fill(database: Database) -> None:
    """Load the sample clinic and the patient of five years, and analyse everybody."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample_clinic(Path(folder), today=NOW.date())
        request = Request(Path(folder), Options(), "Sample", Actor("benchmark"), NOW)
        quiet = Listener(print, lambda _message: None, lambda *_: None)
        import_folder(database, request, quiet)
    with database.writing() as session:
        five_years(session, session.scalars(select(ClinicRow)).one())
    analyse_stale(database, now=lambda: NOW)


@contextmanager
def filled(folder: Path) -> Iterator[Database]:
    """Give a database with both patients; one that is there is used again."""
    url = f"sqlite:///{folder / 'review.db'}"
    is_new = not (folder / "review.db").exists()
    migrate(url)
    database = Database(url)
    try:
        if is_new:
            fill(database)
        yield database
    finally:
        database.close()


def look(page: Page, path: str) -> Seen:
    """Open a page, and wait until all of its charts are drawn."""
    sizes: dict[str, int] = {}

    def note(answer: Response) -> None:
        where = answer.url.split("/", 3)[3].partition("?")[0]
        sizes[f"/{where}"] = 0 if "/static/" in answer.url else len(answer.body())

    page.on("response", note)
    page.goto(path)
    page.locator('#review[data-state="complete"]').wait_for(timeout=_LONGEST_WAIT)
    entry = page.evaluate("performance.getEntriesByName('review-complete')[0].startTime")
    page.remove_listener("response", note)
    return Seen(float(entry), sizes)


def measure(browser: Browser, server: str, paths: Sequence[str], rounds: int) -> list[list[Seen]]:
    """Open the pages in turn; the first round fills the cache and does not count."""
    seen: list[list[Seen]] = [[] for _ in paths]
    context = browser.new_context(base_url=server, viewport={"width": 1440, "height": 900})
    with context:
        for number in range(rounds + 1):
            for index, path in enumerate(paths):
                page = context.new_page()
                found = look(page, path)
                page.close()
                if number:
                    seen[index].append(found)
    return seen


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        settings = Settings(
            database_url=f"sqlite:///{folder / 'review.db'}",
            key_file=folder / "ivig.key",
            cache_dir=folder,
            worker_in_server=False,
        )
        make_bundle.make(folder)
        with filled(folder) as database, database.reading() as session:
            usual = median_patient(session)
            long = session.scalars(
                select(PatientRow).order_by(PatientRow.recorded_at.desc(), PatientRow.id)
            ).all()
            paths = [f"/patients/{usual.id}", f"/patients/{_five(long)}"]
            app = create_app(settings, database=database, clock=lambda: NOW, gate=OpenGuard())
            with running_server(app) as server, running_browser() as browser:
                seen = measure(browser, server, paths, options.rounds)
    report(*seen)


def _five(patients: Sequence[PatientRow]) -> uuid.UUID:
    return next(one.id for one in patients if one.external_id == "FIVE-YEARS")


def report(usual: Sequence[Seen], long: Sequence[Seen]) -> None:
    """Print medians, the ratio of the turns, and the sizes."""
    turns = list(zip(usual, long, strict=True))
    ratios = sorted(five.milliseconds / median.milliseconds for median, five in turns)
    for name, seen in (("median patient", usual), ("five years", long)):
        middle = statistics.median(one.milliseconds for one in seen)
        print(f"{name}: complete after {middle:.0f} ms, {seen[0].bytes_beside_library} bytes")
        print({path.rsplit("/", 1)[-1]: size for path, size in seen[0].bytes_of.items() if size})
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    print(f"ratio {statistics.median(ratios):.2f} ({spread}), at most {MOST_TIMES} asked for")
    print(f"bytes beside the library: at most {MOST_BYTES} asked for")


if __name__ == "__main__":
    main()
