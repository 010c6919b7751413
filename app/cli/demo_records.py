"""What `ivig demo` adds to the sample clinic: visits, a recall, a schedule, an alarm, a number.

Everything is entered by the services, as the system's operator, in one transaction; every date
follows from today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.accounts.acts import Log, log_of_operator, recorded
from app.cli.demo_course import whole_course
from app.cli.demo_diaries import tell_diaries
from app.cli.demo_people import nurses_of, patients_of
from app.cli.demo_scene import Scene
from app.cli.demo_schedule import tell_recall, tell_schedule
from app.cli.demo_visits import tell_visits
from app.clinics.rules import ClinicDraft
from app.clinics.service import amend_clinic, list_clinics
from app.kit.history import Change

if TYPE_CHECKING:
    from datetime import datetime

    from app.db import Database
    from app.kit.history import Actor

PHONE: Final = "+44 1632 960100"
"""Of the numbers that Ofcom keeps for drama: it rings nowhere.

References
----------
ofcom.org.uk, "Telephone numbers for use in TV and radio drama programmes": 01632 960000 to 960999.
"""


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
        change = Change(actor, now, "The number that patients call.")
        amend_clinic(session, change, clinic=clinic, draft=ClinicDraft(clinic.name, PHONE))
        whole_course(scene)
        tell_visits(scene)
        tell_recall(scene)
        tell_schedule(scene)
        tell_diaries(scene)
        scene.tell()
