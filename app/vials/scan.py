"""What a scanned code says of a vial, and what speaks against giving it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy.orm import Session

from app.lots.scanning import Scan, parse_scan
from app.lots.service import recall_of
from app.products.repository import find_by_gtin
from app.products.tables import ProductRow
from app.said import say
from app.vials.grams import volume_ml
from app.vials.repository import is_serial_used

Code = Literal["expired", "recalled", "unknown_product", "serial_used"]
_ML_DIGITS: Final = 2


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing that must be looked at before the vial is given."""

    code: Code
    message: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code says and what the clinic knows of it; None for what is not known.

    `volume_ml` is all of the vial.
    """

    gtin: str | None
    product: str | None
    product_name: str | None
    vial_g: float | None
    concentration_mg_per_ml: float | None
    volume_ml: float | None
    lot: str | None
    expires_on: date | None
    serial: str | None
    warnings: tuple[Warned, ...]


def scan(session: Session, clinic_id: uuid.UUID, *, text: str, on: date) -> Scanned:
    """Read a code and look its product, lot and serial up.

    Parameters
    ----------
    session : Session
        The database.
    clinic_id : uuid.UUID
        Whose catalogue, recalls and vials are looked at.
    text : str
        As the scanner read it.
    on : date
        The day on which the vial is to be given.

    Raises
    ------
    ScanRefused
        The text is no code, or can be read in two ways.
    """
    read = parse_scan(text, today=on)
    hit = None if read.gtin is None else find_by_gtin(session, clinic_id, read.gtin)
    product = None if hit is None else hit.product
    vial_g = None if hit is None else hit.vial_g
    strength = None if product is None else product.concentration_mg_per_ml
    whole_ml = None
    if vial_g is not None and strength is not None:
        whole_ml = round(volume_ml(vial_g, concentration_mg_per_ml=strength), _ML_DIGITS)
    return Scanned(
        gtin=read.gtin,
        product=None if product is None else product.key,
        product_name=None if product is None else product.name,
        vial_g=vial_g,
        concentration_mg_per_ml=strength,
        volume_ml=whole_ml,
        lot=read.lot,
        expires_on=read.expires_on,
        serial=read.serial,
        warnings=tuple(_warnings(session, clinic_id, read=read, product=product, on=on)),
    )


def _warnings(
    session: Session, clinic_id: uuid.UUID, *, read: Scan, product: ProductRow | None, on: date
) -> Iterator[Warned]:
    key = None if product is None else product.key
    if product is None and read.gtin is not None:
        message = say("No product of the catalogue has GTIN %(gtin)s.", gtin=read.gtin)
        yield Warned("unknown_product", message)
    if read.expires_on is not None and read.expires_on < on:
        yield Warned("expired", say("It expired on %(day)s.", day=str(read.expires_on)))
    recall = None if read.lot is None else recall_of(session, clinic_id, product=key, lot=read.lot)
    if recall is not None:
        message = say(
            "Lot %(lot)s was recalled: %(source)s, %(day)s.",
            lot=recall.lot,
            source=recall.source,
            day=str(recall.announced_on),
        )
        yield Warned("recalled", message)
    if read.serial is not None and is_serial_used(
        session, clinic_id, serial=read.serial, gtin=read.gtin, product=key
    ):
        message = say("The vial with serial %(serial)s was entered before.", serial=read.serial)
        yield Warned("serial_used", message)
