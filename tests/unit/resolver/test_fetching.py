"""What a verification asks for elsewhere, and what it remembers of status lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from creditbank.adapters.resolver import SeenLists, UnreachableHost, UnusableMemory
from creditbank.canonical import Digest, JsonObject
from creditbank.services.fetching import DOCUMENT_BYTES, LIST_BYTES, MOST, Fetching
from creditbank.verification import StatusFact

NOW = datetime(2026, 6, 1, 14, 2, tzinfo=UTC)
DID, DID_URL = "did:web:provider.example", "https://provider.example/.well-known/did.json"
LIST, PAUSED = "https://provider.example/status/1", "https://provider.example/status/2"


class Clock:
    def now(self) -> datetime:
        return NOW


class Web:
    """Serves some addresses and counts what is asked."""

    def __init__(self, *served: str) -> None:
        self.served = served
        self.asked: dict[str, int] = {}

    def fetch(self, url: str, *, max_bytes: int) -> bytes:
        self.asked[url] = max_bytes
        if url not in self.served:
            raise UnreachableHost("provider.example has no address.")
        return url.encode()


def credential() -> JsonObject:
    entry: JsonObject = {"type": "BitstringStatusListEntry", "statusListCredential": LIST}
    paused: JsonObject = {"type": "BitstringStatusListEntry", "statusListCredential": PAUSED}
    return {"issuer": {"id": DID}, "credentialStatus": entry, "suspensionStatus": paused}


def test_the_documents_that_a_credential_names_are_fetched_once_each_with_the_room_of_its_kind() -> None:
    web = Web(DID_URL, LIST)
    found = Fetching(web, Clock()).gather([credential(), {"verifiableCredential": [credential()], "holder": DID}])
    assert web.asked == {DID_URL: DOCUMENT_BYTES, LIST: LIST_BYTES, PAUSED: LIST_BYTES}
    assert found.fetched[DID].source == f"fetched from {DID_URL} at 2026-06-01T14:02:00Z"
    assert found.fetched[LIST].data == LIST.encode()
    assert found.unfetched == {PAUSED: "provider.example has no address."}


def test_what_is_at_hand_is_not_asked_for() -> None:
    web = Web(DID_URL, LIST, PAUSED)
    Fetching(web, Clock()).gather([credential()], held=[DID, LIST])
    assert list(web.asked) == [PAUSED]


def test_a_list_of_1edtechs_kind_is_asked_for_at_its_id() -> None:
    web = Web(LIST)
    plain: JsonObject = {"issuer": "did:key:z6Mk", "credentialStatus": [{"type": "1EdTechRevocationList", "id": LIST}]}
    assert LIST in Fetching(web, Clock()).gather([plain]).fetched


def test_what_names_nothing_usable_asks_for_nothing() -> None:
    web = Web()
    odd: list[JsonObject] = [{}, {"issuer": 3, "credentialStatus": "x"}, {"issuer": "did:web:127.0.0.1"}]
    found = Fetching(web, Clock()).gather(odd)
    assert web.asked == {}
    assert "not a domain name" in found.unfetched["did:web:127.0.0.1"]


def test_nobody_makes_us_ask_many_addresses() -> None:
    web = Web()
    many: list[JsonObject] = [{"issuer": f"did:web:n{number}.example"} for number in range(MOST + 5)]
    found = Fetching(web, Clock()).gather(many)
    assert len(web.asked) == MOST
    assert len(found.unfetched) == MOST + 5


def fact(sequence: int | None = 4, *, minutes: int = 0, mark: bytes = b"a") -> StatusFact:
    return StatusFact(DID, LIST, Digest(mark * 32), sequence, NOW + timedelta(minutes=minutes))


def test_the_newest_list_is_remembered_from_one_run_to_the_next(tmp_path: Path) -> None:
    """Threat 31."""
    file = tmp_path / "seen.json"
    assert SeenLists(file).facts == ()
    SeenLists(file).remember([fact(4)])
    SeenLists(file).remember([fact(3, minutes=5, mark=b"b")])
    (kept,) = SeenLists(file).facts
    assert (kept.sequence, kept.digest, kept.signed) == (4, Digest(b"a" * 32), NOW)
    assert str(file) in kept.source
    SeenLists(file).remember([fact(5, mark=b"c")])
    assert SeenLists(file).facts[0].sequence == 5
    assert [item.name for item in tmp_path.iterdir()] == ["seen.json"]


def test_lists_without_a_number_are_remembered_by_their_date(tmp_path: Path) -> None:
    file = tmp_path / "seen.json"
    SeenLists(file).remember([fact(None)])
    SeenLists(file).remember([fact(None, minutes=-1, mark=b"b")])
    assert SeenLists(file).facts[0].signed == NOW
    SeenLists(file).remember([fact(None, minutes=1, mark=b"b")])
    assert SeenLists(file).facts[0].signed == NOW + timedelta(minutes=1)


@pytest.mark.parametrize("text", ["", "[]", '{"document":"creditbank/seen/v1","lists":[{}]}', '{"document":"x"}'])
def test_a_memory_that_was_damaged_is_told_and_not_forgotten(tmp_path: Path, text: str) -> None:
    """An empty memory would let an old list pass: who deletes it should know."""
    file = tmp_path / "seen.json"
    file.write_text(text)
    with pytest.raises(UnusableMemory) as refused:
        SeenLists(file)
    assert refused.value.place == str(file)


def test_a_memory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableMemory):
        SeenLists(tmp_path / "missing" / "seen.json").remember([fact()])
