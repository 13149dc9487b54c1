"""Status lists: bits that say who was revoked, and bytes that must never be taken for an answer."""

import base64
import gzip
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, sets

from creditbank.credential import (
    MIN_ENTRIES,
    NotACredential,
    StatusList,
    UnreadableStatusList,
    build_status_list,
    read_credential,
    read_status,
)
from creditbank.credential.status import MAX_BYTES

WHEN = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def listed(**changes: Any) -> dict[str, Any]:
    return build_status_list(
        **{
            "id": "https://bank.example/status/1",
            "issuer": "did:web:sample.example",
            "purpose": "revocation",
            "status_list": StatusList.empty().with_set([7]),
            "valid_from": WHEN,
            "valid_until": WHEN + timedelta(hours=1),
            **changes,
        }
    )


def spelled(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).decode().rstrip("=")


@settings(max_examples=25)
@given(sets(integers(0, MIN_ENTRIES - 1), max_size=40), integers(0, MIN_ENTRIES - 1))
def test_exactly_the_set_entries_are_set(indices: set[int], other: int) -> None:
    read = StatusList.decode(StatusList.empty().with_set(indices).encode())
    assert all(read.get(index) for index in indices)
    assert read.get(other) == (other in indices)
    assert sum(byte.bit_count() for byte in read.bits) == len(indices)


def test_the_first_entry_is_the_left_most_bit() -> None:
    """W3C Bitstring Status List 1.0, 3.3: index 0 is the left-most bit."""
    assert StatusList.empty().with_set([0]).bits[0] == 0x80
    assert StatusList.empty().with_set([9]).bits[1] == 0x40


def test_the_published_example_decodes_to_an_empty_list() -> None:
    """The `encodedList` of example 2 of W3C Bitstring Status List 1.0 (W3C Software and Document licence)."""
    published = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert StatusList.decode(published) == StatusList.empty()


def test_one_list_has_one_spelling() -> None:
    one = StatusList.empty().with_set([1, 2, 3])
    assert one.encode() == one.encode()
    assert gzip.decompress(base64.urlsafe_b64decode(one.encode()[1:] + "==")) == one.bits


@pytest.mark.parametrize("index", [-1, MIN_ENTRIES, 10**12])
def test_an_entry_outside_the_list_is_unknown_and_not_unset(index: int) -> None:
    """Threat 33."""
    with pytest.raises(UnreadableStatusList):
        StatusList.empty().get(index)
    with pytest.raises(UnreadableStatusList):
        StatusList.empty().with_set([index])
    with pytest.raises(UnreadableStatusList):
        read_status(listed(), index=index, purpose="revocation")


def test_a_bomb_is_refused_before_it_inflates() -> None:
    """Threat 33: 64 MiB of zeros in 64 kB."""
    bomb = spelled(gzip.compress(bytes(4 * MAX_BYTES), 9, mtime=0))
    with pytest.raises(UnreadableStatusList, match="inflates"):
        StatusList.decode(bomb)


GOOD = gzip.compress(bytes(MIN_ENTRIES // 8), 9, mtime=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "u",
        "u!!!!",
        base64.urlsafe_b64encode(GOOD).decode(),
        "z" + base64.urlsafe_b64encode(GOOD).decode(),
        spelled(GOOD[:-1]),
        spelled(GOOD[:40]),
        spelled(GOOD + b"x"),
        spelled(GOOD + GOOD),
        spelled(GOOD[:-8] + b"\x00\x00\x00\x00" + GOOD[-4:]),
        spelled(zlib.compress(bytes(MIN_ENTRIES // 8))),
        spelled(bytes(MIN_ENTRIES // 8)),
        spelled(gzip.compress(bytes(16), mtime=0)),
    ],
)
def test_a_damaged_short_or_misspelled_list_is_refused(text: str) -> None:
    """Threat 33."""
    with pytest.raises(UnreadableStatusList):
        StatusList.decode(text)


def test_a_status_list_is_a_credential_with_a_short_life() -> None:
    """Threat 31."""
    view = read_credential(listed())
    assert view.issuer == "did:web:sample.example"
    assert (view.valid_from, view.valid_until) == (WHEN, WHEN + timedelta(hours=1))
    assert read_status(listed(), index=7, purpose="revocation")
    assert not read_status(listed(), index=8, purpose="revocation")
    assert listed(sequence=4)["credentialSubject"]["statusSequence"] == 4


@pytest.mark.parametrize(
    "change",
    [
        {"statusPurpose": "suspension"},
        {"statusPurpose": None},
        {"type": "StatusList2021"},
        {"statusSize": 2},
        {"encodedList": None},
        {"encodedList": 7},
    ],
)
def test_a_list_of_another_kind_gives_no_answer(change: dict[str, Any]) -> None:
    """Threat 33: another purpose, another size, nothing there."""
    document = listed()
    document["credentialSubject"] |= change
    with pytest.raises(UnreadableStatusList):
        read_status(document, index=8, purpose="revocation")


def test_another_credential_is_no_status_list() -> None:
    for document in ({**listed(), "type": ["VerifiableCredential"]}, {**listed(), "issuer": 7}, []):
        with pytest.raises(UnreadableStatusList):
            read_status(document, index=8, purpose="revocation")


def test_a_credential_names_a_few_lists_and_not_a_crowd() -> None:
    """Threat 33: each list that is named is unpacked."""
    entry = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "1",
        "statusListCredential": "https://bank.example/status/1",
    }
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential"],
        "issuer": "did:web:bank.example",
        "credentialSubject": {"id": "did:key:z6Mk"},
    }
    assert len(read_credential({**credential, "credentialStatus": [entry] * 8}).status) == 8
    with pytest.raises(NotACredential, match="at most 8"):
        read_credential({**credential, "credentialStatus": [entry] * 9})
