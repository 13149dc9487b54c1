"""Calls are checked before they are sent, and answers before they are believed."""

import json

import pytest

from creditbank.adapters.chain import (
    ChainSettings,
    UnreadableArtifacts,
    UnspeakableCall,
    load_artifacts,
    open_chain,
)
from creditbank.adapters.chain.codec import Interface
from creditbank.adapters.chain.settings import BadChainSettings
from creditbank.services.ports import Call, ChainUnavailable


@pytest.fixture(scope="module")
def anchors(artifacts_folder):
    return Interface(load_artifacts(artifacts_folder)["anchors"])


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("anchorAll", ()),
        ("anchor", ()),
        ("anchor", (b"\x01" * 32,)),
        ("anchor", (b"\x01" * 31, 1)),
        ("anchor", ("01" * 32, 1)),
        ("anchor", (b"\x01" * 32, -1)),
        ("anchor", (b"\x01" * 32, 2**64)),
        ("anchor", (b"\x01" * 32, 1.0)),
        ("statusOf", ("0x12",)),
        ("statusOf", (None,)),
    ],
)
def test_a_call_that_does_not_fit_the_interface_is_refused(anchors, function, arguments):
    with pytest.raises(UnspeakableCall):
        anchors.encode(function, arguments)


@pytest.mark.parametrize("answer", [b"", b"\x01", bytes(63), bytes(32) + b"\xff" * 32])
def test_an_answer_that_does_not_fit_is_not_believed(anchors, answer):
    with pytest.raises(ChainUnavailable):
        anchors.decode("anchoredAt", answer)


def test_a_call_is_the_selector_of_its_signature_and_its_arguments_in_words_of_32_bytes(anchors):
    data = anchors.encode("anchoredAt", ("0x" + "11" * 20, b"\x22" * 32, 3))
    assert data[:4] == _selector("anchoredAt(address,bytes32,uint64)")
    assert data[4:] == bytes(12) + b"\x11" * 20 + b"\x22" * 32 + (3).to_bytes(32, "big")


def test_a_revert_without_a_known_reason_is_still_a_refusal(anchors):
    assert anchors.explain(b"").reason == "Reverted"
    assert anchors.explain(b"\x01\x02\x03\x04").reason == "Reverted"
    assert anchors.explain(bytes.fromhex("4e487b71") + bytes(31) + b"\x11").reason == "Panic"


def test_an_error_cut_short_keeps_its_name(anchors):
    whole = anchors.explain(_selector("NotAdmitted(address)") + bytes(12) + b"\x11" * 20)
    assert (whole.reason, "0x1111" in str(whole)) == ("NotAdmitted", True)
    assert anchors.explain(_selector("NotAdmitted(address)")).reason == "NotAdmitted"


def _selector(signature):
    from eth_hash.auto import keccak

    return keccak(signature.encode())[:4]


def test_a_contract_without_an_address_cannot_be_called(town):
    with pytest.raises(ChainUnavailable, match="no contract named"):
        town.chain.read(Call("bank", "owner", ()))


def test_missing_and_broken_artifacts_are_named(tmp_path, artifacts_folder):
    with pytest.raises(UnreadableArtifacts, match=r"Issuers\.json"):
        load_artifacts(tmp_path)
    for name in ("Issuers", "Anchors", "Redemptions"):
        document = json.loads((artifacts_folder / f"{name}.json").read_text())
        del document["immutables"]
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    with pytest.raises(UnreadableArtifacts, match="immutables"):
        load_artifacts(tmp_path)


@pytest.mark.parametrize(
    "settings",
    [
        ChainSettings("embedded"),
        ChainSettings("rpc"),
        ChainSettings("rpc", url="ws://127.0.0.1:1", chain_id=1),
        ChainSettings("rpc", url="http://127.0.0.1:1"),
    ],
)
def test_settings_that_name_no_chain_are_refused(settings, artifacts_folder):
    with pytest.raises(BadChainSettings):
        open_chain(settings, own=True, clock=lambda: None, artifacts=artifacts_folder)
