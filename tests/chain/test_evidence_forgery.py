"""Evidence is header, proof and key; forged in any part it is refused or proves another block (threats 20 and 24)."""

import hashlib

import pytest
import rlp
from eth_hash.auto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trie import HexaryTrie

from creditbank.adapters.chain.encoding import ReceiptsTrie
from creditbank.anchoring.evidence import ANCHORED, BrokenEvidence, check_evidence, checksum_address
from creditbank.services import calls


def digest(text):
    return hashlib.sha256(text.encode()).digest()


@pytest.fixture
def genuine(town, bank):
    return town.chain.evidence(town.act("bank", calls.anchor(digest("root"), 7)).transaction)


def test_the_event_is_the_one_that_the_interface_declares():
    assert keccak(b"Anchored(address,bytes32,uint64)") == ANCHORED


def test_any_changed_header_proves_another_block_or_nothing(genuine):
    header, proof, key = genuine
    true = check_evidence(header, proof, key)
    for position in range(len(header)):
        forged = bytearray(header)
        forged[position] ^= 1
        try:
            found = check_evidence(bytes(forged), proof, key)
        except BrokenEvidence:
            continue
        assert found.block_hash != true.block_hash


def test_any_changed_proof_is_refused(genuine):
    header, (node,), key = genuine
    for position in range(len(node)):
        forged = bytearray(node)
        forged[position] ^= 1
        with pytest.raises(BrokenEvidence):
            check_evidence(header, [bytes(forged)], key)


@pytest.mark.parametrize("key", [b"", b"\x01", b"\x00", b"\x81\x80", b"\xc0", b"\x80\x80", b"\xff"])
def test_another_key_is_refused(genuine, key):
    header, proof, _ = genuine
    with pytest.raises(BrokenEvidence):
        check_evidence(header, proof, key)


def test_nodes_that_prove_nothing_are_refused(genuine):
    header, proof, key = genuine
    for forged in ([], [*proof, *proof], [*proof, rlp.encode([b"\x20", b"x"])], [b""], [*proof] * 17):
        with pytest.raises(BrokenEvidence):
            check_evidence(header, forged, key)


def test_the_proof_of_another_block_is_refused(town, bank, genuine):
    other = town.chain.evidence(town.act("bank", calls.anchor(digest("other"), 7)).transaction)
    header, _, key = genuine
    with pytest.raises(BrokenEvidence):
        check_evidence(header, other[1], key)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\xc0",
        b"not a header",
        rlp.encode([b""] * 15),
        rlp.encode([b"\x11" * 32] * 14),
        rlp.encode([[b"\x11" * 32]] * 15),
        rlp.encode([b"\x11" * 32] * 200),
        b"\xc0" * 5000,
    ],
)
def test_what_is_no_header_is_refused(genuine, header):
    with pytest.raises(BrokenEvidence):
        check_evidence(header, genuine[1], genuine[2])


BANK, CONTRACT, ROOT = b"\x0b" * 20, b"\xcc" * 20, b"\x11" * 32
LOG = [CONTRACT, [ANCHORED, bytes(12) + BANK, ROOT], (7).to_bytes(32, "big")]


def block(receipts, index=0, number=b"\x05", time=b"\x65\x00\x00\x00"):
    """Evidence of a made-up block with these receipts."""
    trie = ReceiptsTrie.of({rlp.encode(place): receipt for place, receipt in enumerate(receipts)})
    fields = [b"\x22" * 32] * 5 + [trie.root, b"", b"", number, b"", b"", time, b"", b"", b"", b"\x07"]
    key = rlp.encode(index)
    return rlp.encode(fields), trie.prove(key), key


def receipt(logs=(LOG,), status=b"\x01", kind=b"\x02"):
    return kind + rlp.encode([status, b"\x01", bytes(256), list(logs)])


@pytest.mark.parametrize("kind", [b"", b"\x01", b"\x02", b"\x04"])
def test_legacy_and_typed_receipts_are_read_alike(kind):
    (event,) = check_evidence(*block([receipt(kind=kind)])).anchored
    assert (event.contract, event.bank) == (checksum_address(CONTRACT), checksum_address(BANK))
    assert (event.root, event.size) == (ROOT, 7)


@pytest.mark.parametrize("count", [1, 2, 16, 17, 128, 130, 300])
def test_every_receipt_of_a_long_block_is_proven(count):
    receipts = [receipt([[*LOG[:2], place.to_bytes(32, "big")]]) for place in range(count)]
    for index in {0, 1, count // 2, count - 1} & set(range(count)):
        assert check_evidence(*block(receipts, index)).anchored[0].size == index
    with pytest.raises(BrokenEvidence):
        check_evidence(*block(receipts, count))


def test_a_transaction_that_failed_anchored_nothing():
    for status in (b"", b"\x02", b"\x11" * 32):
        with pytest.raises(BrokenEvidence):
            check_evidence(*block([receipt(status=status)]))


def test_other_events_are_passed_over_and_their_contract_is_told():
    other = [CONTRACT, [keccak(b"Transfer(address,address,uint256)")], b""]
    thief = [b"\xdd" * 20, LOG[1], LOG[2]]
    found = check_evidence(*block([receipt([other, LOG, thief, [CONTRACT, [], b""]])])).anchored
    assert [event.contract for event in found] == [checksum_address(CONTRACT), checksum_address(b"\xdd" * 20)]


@pytest.mark.parametrize(
    "log",
    [
        b"log",
        [],
        [CONTRACT],
        [CONTRACT, b"topics", b""],
        [CONTRACT, [[ANCHORED]], b""],
        [b"\xcc" * 19, LOG[1], LOG[2]],
        [CONTRACT, [ANCHORED, b"\x01" * 32, ROOT], LOG[2]],
        [CONTRACT, [ANCHORED, BANK, ROOT], LOG[2]],
        [CONTRACT, [ANCHORED, bytes(12) + BANK, b"\x11" * 31], LOG[2]],
    ],
)
def test_logs_that_cannot_be_read_are_refused(log):
    with pytest.raises(BrokenEvidence):
        check_evidence(*block([receipt([log])]))


@pytest.mark.parametrize(
    "value", [b"\x02", b"\x02\x80", b"\x02\xc1\x01", b"\xc4\x01\x01\x01\x01", b"\x02" + b"\xc0" * 3]
)
def test_what_is_no_receipt_is_refused(value):
    with pytest.raises(BrokenEvidence):
        check_evidence(*block([value, receipt()]))


def test_a_number_or_a_time_out_of_this_world_is_refused():
    for change in ({"number": b"\x01" * 9}, {"number": b"\x00\x01"}, {"time": b"\x01" * 9}, {"time": b"\xff" * 8}):
        with pytest.raises(BrokenEvidence):
            check_evidence(*block([receipt()], **change))


def test_addresses_carry_their_published_checksum():
    # the examples of EIP-55
    for address in (
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ):
        assert checksum_address(bytes.fromhex(address[2:])) == address


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(header=st.binary(max_size=80), proof=st.lists(st.binary(max_size=80), max_size=4), key=st.binary(max_size=4))
def test_noise_is_always_refused_and_never_a_crash(header, proof, key):
    with pytest.raises(BrokenEvidence):
        check_evidence(header, proof, key)


@given(nodes=st.lists(st.recursive(st.binary(max_size=8), lambda inner: st.lists(inner, max_size=17)), max_size=3))
def test_structured_noise_under_a_true_root_is_refused(nodes):
    encoded = [rlp.encode(node) for node in nodes]
    if not encoded:
        return
    fields = [b"\x22" * 32] * 5 + [keccak(encoded[0])] + [b""] * 9
    with pytest.raises(BrokenEvidence):
        check_evidence(rlp.encode(fields), encoded, b"\x80")


def test_the_trie_is_that_of_the_library():
    pairs = {rlp.encode(place): receipt([[*LOG[:2], place.to_bytes(32, "big")]]) for place in range(40)}
    library = HexaryTrie({})
    for key, value in pairs.items():
        library[key] = value
    assert ReceiptsTrie.of(pairs).root == library.root_hash
