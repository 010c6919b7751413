"""Who reports when: habits, missed days, repeated answers, late entries and nurses' visits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from app.exchange.sample.observe import Observer, Reading, bounded
from app.exchange.sample.people import Diary, Event, Item, Person
from app.exchange.sample.schedule import Treatment

REPEAT_CHANCE: Final = 0.45  # of a remembered ability that is sent again without a new look
COLD_CHANCE: Final = 0.04
NOTABLE_FALL: Final = 0.2  # the fall at which `bad_day_missing` counts in full
HOUR_SD: Final = 0.6
HABIT_HOURS: Final = (6.0, 22.0)
VISIT_LEAD_HOURS: Final = 0.5
VISIT_ENTRY_HOURS: Final = 5.0
WITH_DEVICE: Final = ("grip_kpa", "grip_kg")
EVENT_NOTES: Final = {
    "ill": "Fever and a cold since yesterday.",
    "hurt": "Sprained it while gardening.",
}


@dataclass(frozen=True, slots=True)
class Value:
    """One row's own part of a report."""

    item: Item
    value: float
    device: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One submission, in days and hours of the person's own calendar.

    `entry_delay_hours` is None when it was entered at once; `entered_day` is set for a paper
    diary that was typed in later.
    """

    day: int
    hour: float
    source: str
    values: tuple[Value, ...]
    context: tuple[str, ...] = ()
    note: str = ""
    entry_delay_hours: float | None = None
    entered_day: int | None = None


@dataclass(slots=True)
class Habit:
    """One person keeping one diary."""

    person: Person
    diary: Diary
    observer: Observer
    infusion_days: tuple[int, ...]
    rng: np.random.Generator
    _asked: dict[Item, int] = field(default_factory=dict)
    _last: dict[Item, float] = field(default_factory=dict)
    _told: set[object] = field(default_factory=set)

    def reports(self) -> Iterator[Report]:
        """Yield the reports of the whole period."""
        day = self.diary.from_day
        while day <= self.diary.to_day:
            if self.rng.random() >= self._missing(day):
                yield self._report(day)
            slack = 0 if self.diary.every in (1, 7) else int(self.rng.integers(0, 2))
            day += self.diary.every + slack

    def _missing(self, day: int) -> float:
        bad = min(max(self.observer.fall_at("global", day) / NOTABLE_FALL, 0.0), 1.0)
        return self.diary.missing + self.diary.bad_day_missing * bad

    def _report(self, day: int) -> Report:
        diary = self.diary
        hour = bounded(diary.hour + self.rng.normal(0, HOUR_SD), *HABIT_HOURS)
        context = self._context(day)
        reading = Reading(
            day + hour / 24,
            cold="cold" in context,
            reads=diary.reads,
            days_of_practice=day - diary.from_day,
            days_since_infusion=self._since_infusion(day),
        )
        due = [item for item in diary.items if self._due(item, day)]
        late = self.rng.random() < diary.late_entry and diary.typed_in_day is None
        return Report(
            day=day,
            hour=hour,
            source=diary.source,
            values=tuple(self._value(item, reading) for item in due),
            context=context,
            note=self._note(day),
            entry_delay_hours=float(self.rng.uniform(1, 30)) if late else None,
            entered_day=diary.typed_in_day,
        )

    def _since_infusion(self, day: int) -> float:
        return min((day - each for each in self.infusion_days if each < day), default=99)

    def _due(self, item: Item, day: int) -> bool:
        if item.from_day is not None and day < item.from_day:
            return False
        if item in self._asked and day - self._asked[item] < item.every:
            return False
        self._asked[item] = day
        return True

    def _events(self, day: int) -> list[Event]:
        events = self.person.body.events
        return [each for each in events if each.from_day <= day < each.from_day + each.days]

    def _context(self, day: int) -> tuple[str, ...]:
        words = {event.context for event in self._events(day) if event.context}
        if self.diary.context:
            words.add(self.diary.context)
        if self.rng.random() < COLD_CHANCE and self.person.who.diagnosis == "MMN":
            words.add("cold")
        return tuple(sorted(words))

    def _note(self, day: int) -> str:
        for said_on, text in self.diary.notes:
            if said_on <= day and said_on not in self._told:
                self._told.add(said_on)
                return text
        for event in self._events(day):
            if event not in self._told:
                self._told.add(event)
                return EVENT_NOTES.get(event.context, "")
        return ""

    def _value(self, item: Item, reading: Reading) -> Value:
        device = self.diary.device if item.measure in WITH_DEVICE else ""
        may_repeat = item.measure.startswith("ability_") and item in self._last
        if may_repeat and self.rng.random() < REPEAT_CHANCE:
            return Value(item, self._last[item], repeated=True)
        value = self.observer.read(item, reading)
        self._last[item] = value
        return Value(item, value, device=device)


def visit_reports(person: Person, treatment: Treatment, observer: Observer) -> Iterator[Report]:
    """Yield what the nurse measured before the first infusion of each course."""
    visits = person.visits
    if not visits.items:
        return
    hours = {each.day: each.hour for each in reversed(treatment.infusions) if each.dose_g > 0}
    for number, course in enumerate(treatment.courses):
        if number % visits.every:
            continue
        hour = hours[course.day] - VISIT_LEAD_HOURS
        reading = Reading(course.day + hour / 24, days_of_practice=99)
        yield Report(
            day=course.day,
            hour=hour,
            source="nurse",
            values=tuple(
                Value(
                    item,
                    observer.read(item, reading),
                    device=visits.device if item.measure in WITH_DEVICE else "",
                )
                for item in visits.items
            ),
            entry_delay_hours=VISIT_ENTRY_HOURS,
        )


def followed(person: Person) -> tuple[Item, ...]:
    """Return the measures that the person's diary asks for, each once, in order."""
    seen = {(item.measure, item.site): item for diary in person.diaries for item in diary.items}
    return tuple(seen.values())
