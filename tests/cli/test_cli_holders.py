"""Offers, numbers, deposits and keys on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from worlds import unit

from creditbank.signing import PrivateKey, base64url_encode, did_key

from .conftest import Call


@pytest.fixture
def people(call: Call) -> dict[str, Any]:
    """A bank with a provider that offers a unit, and a learner who wants to be asked."""
    from creditbank.bootstrap import open_bank
    from creditbank.config import Settings

    assert call("init").code == 0
    made = call(
        *("organisation", "register", "--name", "Sample College", "--role", "provider"),
        *("--framework", "in-ncrf", "--country", "IN", "--json"),
    )
    learner = call("learner", "open", "--name", "Sample Learner", "--json").json
    offered = unit("u0")
    with open_bank(Settings.load({}, Path("creditbank-home"))) as bank:
        bank.drafting.publish(made.json["id"], offered)
    assert call("learner", "ask", learner["id"]).out == "Credentials are offered first.\n"
    return {"provider": made.json["id"], "learner": learner["id"], "did": learner["did"], "unit": offered}


def test_a_number_is_enrolled_claimed_issued_to_and_freed(call: Call, people: dict[str, Any]) -> None:
    provider, learner, offered = people["provider"], people["learner"], people["unit"]
    made = call("enrolment", "add", "2026/117", "--provider", provider, "--name", "A. Learner", "--json").json
    wanted = ("--achievement", offered.id, "--version", offered.version, "--earned", "2025-06-02", "--json")
    waits = call("enrolment", "issue", "2026/117", "--provider", provider, "--request", "one", *wanted)
    assert waits.json == {"state": "waiting", "credential": None}
    claimed = call("enrolment", "claim", made["code"], "--learner", learner, "--json").json
    (credential,) = claimed["issued"]
    assert call("enrolment", "claim", "wrong", "--learner", learner).code == 2
    assert "claimed" in call("enrolment", "list", "--provider", provider).out
    (offer,) = call("learner", "offers", learner, "--json").json["offers"]
    assert (offer["credential"], offer["state"]) == (credential, "offered")
    assert call("learner", "accept", offer["id"], "--learner", learner).out == f"{offer['id']} is accepted.\n"
    assert call("learner", "decline", offer["id"], "--learner", learner).code == 1
    assert len(call("learner", "show", learner, "--json").json["lots"]) == 1
    freed = call("enrolment", "free", "2026/117", "--provider", provider, "--why", "a mistake", "--json")
    assert freed.json["claimed"] is None
    assert "enrolment.freed" in call("trail", "show", "--organisation", provider).out
    again = call("learner", "deposit", learner, str(_handed_out(call, credential)))
    assert (again.code, "not accepted under the policy 'live'" in again.err) == (1, True)


def _handed_out(call: Call, credential: str) -> Path:
    path = Path("credential.json")
    path.write_text(call("credential", "show", credential).out)
    return path


def test_a_learner_takes_the_key_away_and_goes_by_another(call: Call, people: dict[str, Any]) -> None:
    learner, did = people["learner"], people["did"]
    asked = call("learner", "deposit", learner, "--challenge", "--json").json
    assert set(asked) == {"challenge", "domain", "expires"}
    Path("words").write_text("three words of mine\n")
    assert call("learner", "take-key", learner, did, "--out", "key.jwe", "--passphrase-file", "words").code == 0
    assert Path("key.jwe").read_text().count(".") == 4
    assert call("learner", "take-key", learner, did, "--forget").out == "The bank's copy is destroyed.\n"
    assert call("learner", "take-key", learner, did).code == 2
    wallet = PrivateKey.from_seed(bytes(range(32)))
    mine = did_key(wallet.public)
    said = call("learner", "rebind", learner, mine, "--json").json
    signature = base64url_encode(wallet.sign(said["statement"].encode()))
    bound = call(
        "learner", "rebind", learner, mine, "--challenge", said["challenge"], "--signature", signature, "--json"
    )
    assert bound.json["did"] == mine
    renewed = call("learner", "rebind", learner, "--new-key", "--json").json["did"]
    listed = json.loads(call("learner", "identifiers", learner, "--json").out)["identifiers"]
    assert [(one["did"], one["held"]) for one in listed] == [(did, False), (mine, False), (renewed, True)]
    assert renewed in call("learner", "identifiers", learner).out
