"""Receipts: what they prove, how they are written, and what a forger tries."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers, lists

from creditbank.anchoring import (
    BlockPlace,
    ChainPlace,
    Evidence,
    NotIncluded,
    Receipt,
    UnreadableReceipt,
    UnusableSalt,
    entry,
    issuer_id,
)
from creditbank.canonical import Digest, JsonObject, load_object, pretty_json, sha256
from creditbank.merkle import MerkleTree

ISSUER = "did:web:provider.example"
TIME = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def receipt_for(digests: list[Digest], index: int) -> Receipt:
    salts = [sha256(b"salt" + digest)[:16] for digest in digests]
    tree = MerkleTree.of([entry(ISSUER, salt, digest) for salt, digest in zip(salts, digests, strict=True)])
    proof = tree.prove(index)
    return Receipt(
        credential="urn:uuid:7d0c2f3e-0d5b-4a37-9b8e-6d5f0a1b2c3d",
        digest=digests[index],
        issuer=ISSUER,
        salt=salts[index],
        index=proof.index,
        size=proof.size,
        path=proof.path,
        root=tree.root,
        chain=ChainPlace(131_277_322_940_537, "creditbank-embedded", test=True),
        contract="0x" + "11" * 20,
        bank="0x" + "22" * 20,
        transaction="0x" + "33" * 32,
        block=BlockPlace(7, "0x" + "44" * 32, TIME),
        final=True,
        evidence=Evidence(b"header", (b"node", b"leaf"), b"\x80"),
    )


DIGESTS = [sha256(bytes([number])) for number in range(5)]
RECEIPT = receipt_for(DIGESTS, 2)


def test_an_entry_is_the_issuer_id_and_a_salted_commitment() -> None:
    made = entry(ISSUER, bytes(16), DIGESTS[0])
    assert made == issuer_id(ISSUER) + sha256(bytes(16) + DIGESTS[0])
    assert len(made) == 64


def test_the_digest_of_a_credential_does_not_stand_in_its_entry() -> None:
    """Threat 45."""
    assert DIGESTS[0] not in entry(ISSUER, bytes(16), DIGESTS[0])


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(UnusableSalt):
        entry(ISSUER, bytes(length), DIGESTS[0])


@given(lists(binary(max_size=8), min_size=1, max_size=20, unique=True), integers(0, 19))
def test_a_receipt_leads_from_its_document_to_its_root_and_from_no_other(raw: list[bytes], pick: int) -> None:
    digests = [sha256(item) for item in raw]
    index = pick % len(digests)
    receipt = receipt_for(digests, index)
    receipt.check_inclusion(digests[index], ISSUER)
    with pytest.raises(NotIncluded):
        receipt.check_inclusion(sha256(b"another" + raw[index]), ISSUER)


def test_a_receipt_does_not_serve_another_issuer() -> None:
    with pytest.raises(NotIncluded, match="another issuer"):
        RECEIPT.check_inclusion(RECEIPT.digest, "did:web:other.example")


def test_a_receipt_with_the_zero_root_never_verifies() -> None:
    """Threat 20: an unset slot reads as zero."""
    with pytest.raises(NotIncluded, match="zero root"):
        replace(RECEIPT, root=Digest(bytes(32))).check_inclusion(RECEIPT.digest, ISSUER)


@pytest.mark.parametrize("change", [{"index": 1}, {"size": 9}, {"path": ()}, {"salt": bytes(16)}])
def test_a_receipt_with_one_changed_value_never_verifies(change: dict[str, object]) -> None:
    """Threat 19."""
    with pytest.raises(NotIncluded):
        replace(RECEIPT, **change).check_inclusion(RECEIPT.digest, ISSUER)


def test_a_receipt_reads_back_as_it_was_written() -> None:
    assert Receipt.parse(load_object(pretty_json(RECEIPT.to_json()))) == RECEIPT
    bare = replace(RECEIPT, evidence=None, final=False)
    assert Receipt.parse(bare.to_json()) == bare


def leaves(value: object, pointer: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if pointer:
        yield pointer
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*pointer, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from leaves(item, (*pointer, at))


@pytest.mark.parametrize("pointer", list(leaves(RECEIPT.to_json())), ids=lambda p: "/".join(map(str, p)))
@pytest.mark.parametrize("value", [[[]], -1, 1.5, "zz", {"odd": 1}], ids=repr)
def test_a_receipt_with_one_odd_value_is_refused_with_its_place(pointer: tuple[str | int, ...], value: object) -> None:
    document = copy.deepcopy(RECEIPT.to_json())
    holder: object = document
    for step in pointer[:-1]:
        holder = holder[step]  # type: ignore[index]
    holder[pointer[-1]] = value  # type: ignore[index]
    free_text = pointer in {("credential",), ("issuer",), ("chain", "name")}
    if value == "zz" and free_text:
        return
    with pytest.raises(UnreadableReceipt) as refused:
        Receipt.parse(document)
    assert refused.value.place.startswith(f"/{pointer[0]}")
    assert refused.value.next_step


def test_a_receipt_with_a_field_too_many_or_too_few_is_refused() -> None:
    document: JsonObject = RECEIPT.to_json()
    with pytest.raises(UnreadableReceipt, match="no field"):
        Receipt.parse({**document, "note": "x"})
    for name in document:
        if name not in {"evidence", "path"}:
            with pytest.raises(UnreadableReceipt):
                Receipt.parse({key: value for key, value in document.items() if key != name})


@pytest.mark.parametrize("value", [None, [], "receipt", {}, {"document": "creditbank/receipt/v2"}])
def test_another_document_is_no_receipt(value: object) -> None:
    with pytest.raises(UnreadableReceipt):
        Receipt.parse(value)
