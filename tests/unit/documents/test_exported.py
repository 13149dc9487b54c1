"""The archive of an account as another bank reads it: whole, as it lists itself, and strictly."""

from collections.abc import Callable
from typing import Any

import pytest

from creditbank.adapters.documents import packed
from creditbank.adapters.documents.exported import read_exported
from creditbank.canonical import digest_text, pretty_json, sha256
from creditbank.services.counted import UnreadableExport
from creditbank.units import Credits


def made(**account: Any) -> dict[str, bytes]:
    """The files of an archive whose account says this."""
    files = {
        "README.txt": b"Read me",
        "credentials/001.json": b'{"type": ["VerifiableCredential"], "id": "urn:x:1"}',
        "presentation.json": b'{"type": ["VerifiablePresentation"]}',
    }
    listed = {name: digest_text(sha256(content)) for name, content in files.items()}
    usual = {"document": "creditbank/export/v1", "made": "2026-01-01T00:00:00Z", "lots": [], "files": listed}
    return {**files, "account.json": pretty_json({**usual, **account})}


def test_what_an_archive_says_of_its_lots_is_read() -> None:
    uses = [{"award": "urn:a", "organisation": "did:web:x", "amount": "2.5", "state": "redeemed"}]
    found = read_exported(packed("account", made(lots=[{"lot": "0x1", "uses": uses}, {"lot": "0x2"}])), "account.zip")
    assert found.said is not None
    (use,) = found.said.uses["0x1"]
    assert (use.award, use.body, use.amount, use.spent) == ("urn:a", "did:web:x", Credits(2500), True)
    assert found.said.uses["0x2"] == ()


def test_an_archive_of_documents_without_an_account_says_nothing_of_lots() -> None:
    files = made()
    del files["account.json"]
    assert read_exported(packed("papers", files), "papers.zip").said is None


def _lost(files: dict[str, bytes]) -> None:
    del files["credentials/001.json"]


def _put_in(files: dict[str, bytes]) -> None:
    files["credentials/009.json"] = files["credentials/001.json"]


def _changed(files: dict[str, bytes]) -> None:
    files["README.txt"] += b" "


def _two_accounts(files: dict[str, bytes]) -> None:
    files["second/account.json"] = files["account.json"]


def _no_presentation(files: dict[str, bytes]) -> None:
    del files["presentation.json"]


@pytest.mark.parametrize("harm", [_lost, _put_in, _changed, _two_accounts, _no_presentation])
def test_an_archive_that_is_not_as_it_lists_itself_is_refused(harm: Callable[[dict[str, bytes]], None]) -> None:
    """Threat 56."""
    files = made()
    harm(files)
    with pytest.raises(UnreadableExport):
        read_exported(packed("account", files), "account.zip")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("made", "yesterday"),
        ("lots", {}),
        ("lots", [{}]),
        ("lots", [{"lot": "0x1", "uses": [{"award": "", "amount": "1"}]}]),
        ("lots", [{"lot": "0x1", "uses": [{"award": "a", "amount": 1.5}]}]),
        ("lots", [{"lot": "0x1", "uses": [{"award": "a", "amount": "-1"}]}]),
        ("lots", [{"lot": "0x1"}, {"lot": "0x1"}]),
        ("lots", [{"lot": "0x1", "uses": [{"award": "a", "amount": "1"}] * 65}]),
    ],
)
def test_what_an_archive_says_of_its_lots_is_read_strictly(field: str, value: object) -> None:
    with pytest.raises(UnreadableExport):
        read_exported(packed("account", made(**{field: value})), "account.zip")
