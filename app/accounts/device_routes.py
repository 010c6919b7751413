"""JSON API of the devices that keep records: their keys, their list, their end."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

from fastapi import Request, Response, status
from pydantic import Field
from sqlalchemy.orm import Session

from app.accounts import devices, service
from app.accounts.acts import log_of, recorded, recorded_for
from app.accounts.device import device_label
from app.accounts.devices import WIPE_AFTER_DAYS, DeviceState
from app.accounts.schemas import Items
from app.accounts.sessions import own_account
from app.accounts.tables import DeviceRow, SessionRow
from app.kit.access import Principal, needs, public
from app.kit.answers import json_response, model_response
from app.kit.deps import Work
from app.kit.problems import MEDIA_TYPE
from app.kit.routing import api_router
from app.kit.shapes import Shown

router = api_router("devices")
_DONE: Final = status.HTTP_204_NO_CONTENT
_REVOKED: Final[dict[int | str, dict[str, Any]]] = {
    410: {
        "description": "The device was revoked (`device-revoked`): wipe what it keeps.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


class DeviceKeyRead(Shown):
    """What a device needs to open what it keeps."""

    account_id: uuid.UUID
    key: str = Field(description="32 bytes as base64url, without padding.")
    role: str
    idle_seconds: int = Field(description="Rest after which staff are asked for their PIN again.")
    wipe_after_days: int = Field(description="Days without contact that the key is kept.")


class DeviceRead(Shown):
    """A device of one's own that keeps records."""

    id: uuid.UUID
    label: str
    created_at: datetime
    last_seen_at: datetime


class DeviceStateRead(Shown):
    """Whether a device may still keep records."""

    state: DeviceState


@router.post(
    "/me/devices/{device_id}/key",
    operation_id="release_device_key",
    response_model=DeviceKeyRead,
    responses=_REVOKED,
)
@needs("self.write")
def release_device_key(
    *, device_id: uuid.UUID, request: Request, work: Work, is_new: bool = True
) -> Response:
    """Hand the key of a device to the browser that keeps records under it.

    The browser makes the id; where it is new, so is the key. A browser that had a key for this
    id before says `is_new=false`, and is told `unknown-device` rather than given another one.
    """
    with work.database.reading() as session:
        known = devices.known_device(session, work.person, device_id=device_id, now=work.now)
        if known is not None:
            return _shown_key(session, work.person, known)
    log = log_of(work)
    label = device_label(request.headers.get("user-agent"))
    with recorded(work.database, log) as session:
        row = devices.release_key(
            session, log, work.person, device_id=device_id, label=label, is_new=is_new
        )
        return _shown_key(session, work.person, row)


def _shown_key(session: Session, who: Principal, row: DeviceRow) -> Response:
    shown = DeviceKeyRead(
        account_id=row.account_id,
        key=row.key or "",
        role=who.role,
        idle_seconds=session.get_one(SessionRow, who.credential_id).idle_seconds,
        wipe_after_days=WIPE_AFTER_DAYS,
    )
    return model_response(shown)


@router.get("/me/devices", operation_id="list_own_devices", response_model=Items[DeviceRead])
@needs("self.read")
def list_own_devices(work: Work) -> Response:
    """List one's devices that keep records, the one used last first."""
    with work.database.reading() as session:
        rows = devices.live_devices(session, work.person.account_id)
        shown = [DeviceRead.model_validate(row).model_dump(mode="json") for row in rows]
    return json_response({"items": shown})


@router.post("/me/devices/{device_id}/revoke", operation_id="revoke_own_device", status_code=_DONE)
@needs("self.write")
def revoke_own_device(device_id: uuid.UUID, work: Work) -> Response:
    """Forget a device's key for good: what it has not sent is lost, and it wipes itself."""
    log = log_of(work)
    with recorded(work.database, log) as session:
        own = own_account(session, work.person)
        devices.revoke_device(session, log, own, device_id=device_id)
    return Response(status_code=_DONE)


@router.post(
    "/accounts/{account_id}/devices/{device_id}/revoke",
    operation_id="revoke_device",
    status_code=_DONE,
)
@needs("accounts.write")
def revoke_device(account_id: uuid.UUID, device_id: uuid.UUID, work: Work) -> Response:
    """Forget the key of somebody's device for good; it wipes itself when it hears of it."""
    log = log_of(work)
    with recorded_for(work, log) as session:
        account = service.get_account(session, account_id)
        devices.revoke_device(session, log, account, device_id=device_id)
    return Response(status_code=_DONE)


@router.get(
    "/devices/{device_id}/state",
    operation_id="read_device_state",
    response_model=DeviceStateRead,
)
@public
def read_device_state(device_id: uuid.UUID, work: Work) -> Response:
    """Tell a device whose session has ended whether it was revoked.

    The id is random: besides the device, only the list of its person and the trail have it.
    """
    with work.database.reading() as session:
        return model_response(DeviceStateRead(state=devices.state_of(session, device_id)))
