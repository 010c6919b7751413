from __future__ import annotations

import base64
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.config import Settings
from app.db import normal_url
from app.errors import KeysUnusable
from app.kit.key_places import KeyPlace, KeySource, place_of_keys
from app.kit.keys import Keyring, load_keyring, new_keyring, parse_keyring, save_keyring
from tests.support.keys import a_keyring

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_a_ring_comes_back_from_its_file(tmp_path: Path) -> None:
    ring = new_keyring(NOW)
    path = tmp_path / "ivig.key"
    save_keyring(path, ring)
    assert load_keyring(path) == ring
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_written_anew_stays_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "ivig.key"
    save_keyring(path, a_keyring())
    save_keyring(path, a_keyring(1, 2))
    assert [key.id for key in load_keyring(path).seal] == [1, 2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("mode", "is_refused"),
    [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o610, True)],
)
def test_a_file_is_for_its_owner_alone(tmp_path: Path, mode: int, is_refused: bool) -> None:
    path = tmp_path / "ivig.key"
    save_keyring(path, a_keyring())
    path.chmod(mode)
    if is_refused:
        with pytest.raises(KeysUnusable, match=rf"{path} may be read by others .*{mode:04o}"):
            load_keyring(path)
    else:
        assert load_keyring(path) == a_keyring()


def test_every_key_is_random_and_of_256_bits() -> None:
    ring, other = new_keyring(NOW), new_keyring(NOW)
    secrets = {
        secret
        for one in (ring, other)
        for secret in (one.seal[0].secret, one.index, one.audit[0].secret)
    }
    assert len(secrets) == 6
    assert {len(secret) for secret in secrets} == {32}


def test_no_secret_shows_in_a_message_or_a_log() -> None:
    ring = new_keyring(NOW)
    shown = f"{ring!r} {ring.seal[0]!r} {ring.fingerprints()}"
    for secret in (ring.seal[0].secret, ring.index, ring.audit[0].secret):
        assert repr(secret) not in shown
        assert secret.hex() not in shown
        assert base64.b64encode(secret).decode() not in shown


def test_a_new_key_seals_and_the_older_one_stays() -> None:
    ring = a_keyring()
    newer = ring.with_new_seal_key(NOW)
    assert [key.id for key in newer.seal] == [1, 2]
    assert newer.newest_seal_id() == 2
    assert (newer.index, newer.audit, newer.seal[0]) == (ring.index, ring.audit, ring.seal[0])
    assert ring.with_new_seal_key(NOW, above=7).newest_seal_id() == 8
    assert newer.without_seal_key(1).seal == newer.seal[1:]


def test_keys_of_the_audit_trail_are_found_by_number() -> None:
    ring = a_keyring()
    assert ring.newest_audit_key() == (1, b"a" * 32)
    assert ring.audit_key(1) == b"a" * 32
    assert ring.audit_key(2) is None


def content(**changes: object) -> str:
    told = json.loads(a_keyring().to_json())
    return json.dumps({**told, **changes})


SHORT = {"id": 1, "key": base64.b64encode(b"s" * 16).decode(), "made": NOW.isoformat()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a poem",
        "[]",
        "{}",
        content(seal=[]),
        content(seal=[SHORT]),
        content(seal=[{**SHORT, "key": "§"}]),
        content(seal=json.loads(content())["seal"] * 2),
        content(index=None),
        content(index={"key": 5}),
    ],
)
def test_what_is_no_ring_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(KeysUnusable) as refused:
        parse_keyring(text, where="the file")
    assert str(refused.value) == "the file does not hold keys of this program."
    assert refused.value.__suppress_context__


def test_a_ring_of_a_newer_release_is_named() -> None:
    with pytest.raises(KeysUnusable, match="newer release"):
        parse_keyring(content(version=2), where="the file")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///ivig.db", "ivig.db.key"),
        ("sqlite:////var/lib/ivig/clinic.db", "/var/lib/ivig/clinic.db.key"),
        ("sqlite://", "ivig.key"),
        ("postgresql://user:secret@host/north", "ivig-north.key"),
    ],
)
def test_keys_lie_beside_a_file_or_in_the_working_folder(url: str, path: str) -> None:
    place = place_of_keys(normal_url(url), Settings(key_file=None, keys=None))
    assert place == KeyPlace(Path(path))
    assert not place.is_configured


def test_a_named_place_wins() -> None:
    url = normal_url("sqlite:///ivig.db")
    named = place_of_keys(url, Settings(key_file=Path("/run/secrets/ivig"), keys=None))
    assert (named.path, named.is_configured) == (Path("/run/secrets/ivig"), True)
    given = place_of_keys(url, Settings(key_file=None, keys=content()))
    assert given.read() == a_keyring()
    assert (str(given), given.is_configured) == ("IVIG_KEYS", True)
    assert a_keyring().to_json().decode() not in repr(given)
    with pytest.raises(KeysUnusable, match="both set"):
        place_of_keys(url, Settings(key_file=Path("x"), keys=content()))


class TestSource:
    def test_keys_are_read_once_and_again_when_a_newer_one_turns_up(self, tmp_path: Path) -> None:
        path = tmp_path / "ivig.key"
        source = KeySource(lambda: KeyPlace(path))
        assert source.find() is None
        save_keyring(path, a_keyring())
        assert source.get() == a_keyring()
        save_keyring(path, a_keyring(1, 2))
        assert source.get() == a_keyring()
        assert source.read_again() == source.get() == a_keyring(1, 2)

    def test_keys_that_were_handed_over_are_never_looked_for(self) -> None:
        def nowhere() -> KeyPlace:
            raise AssertionError

        ring: Keyring = a_keyring()
        source = KeySource(nowhere, ring)
        assert source.get() is source.find() is source.read_again() is ring
