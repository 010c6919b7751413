"""What `ivig demo` adds to the imported sample clinic: visits, a recall, a schedule, an alarm.

Everything is entered by the services, as the system's operator, in one transaction; every date
follows from today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.accounts.acts import Log, log_of_operator, recorded
from app.cli.demo_course import whole_course
from app.cli.demo_diaries import tell_diaries
from app.cli.demo_people import nurses_of, patients_of
from app.cli.demo_scene import Scene
from app.cli.demo_schedule import tell_recall, tell_schedule
from app.cli.demo_visits import tell_visits
from app.clinics.service import list_clinics

if TYPE_CHECKING:
    from datetime import datetime

    from app.db import Database
    from app.kit.history import Actor


def add_records(database: Database, *, now: datetime, actor: Actor) -> None:
    """Add the visits, the recall and the schedule, once, to the only clinic of a database."""
    log: Log = log_of_operator(actor, now=now, operation="demo")
    with recorded(database, log) as session:
        clinic = list_clinics(session)[0]
        scene = Scene(
            session,
            log,
            clinic,
            staff=nurses_of(session, log, clinic_id=clinic.id),
            patients=patients_of(session, clinic.id),
        )
        whole_course(scene)
        tell_visits(scene)
        tell_recall(scene)
        tell_schedule(scene)
        tell_diaries(scene)
        scene.tell()
