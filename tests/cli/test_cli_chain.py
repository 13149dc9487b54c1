"""`creditbank chain`: the account that sends, as an operator makes and sees it."""

import shutil
from pathlib import Path

import pytest

from creditbank.adapters.keys.keystores import make_keystore, open_keystore

from .conftest import Call, Journey

SECRET = b"\x07" * 32
PASSWORD = "of the keystore"


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keystores that take no second to make."""
    monkeypatch.setattr("eth_keyfile.keyfile.get_default_work_factor_for_kdf", lambda kdf: 2)


def test_an_account_is_made_shown_and_never_overwritten(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refused = call("chain", "account", "new")
    assert refused.code == 1
    assert "CREDITBANK_SENDER_PASSWORD_FILE" in refused.err
    monkeypatch.setenv("CREDITBANK_SENDER_PASSWORD", PASSWORD)
    made = call("chain", "account", "new", "--json").json
    file = tmp_path / made["keystore"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(open_keystore(file.read_bytes(), PASSWORD, file)) == 32
    again = call("chain", "account", "new")
    assert again.code == 2
    assert "never overwritten" in again.err


def test_a_keystore_is_taken_in_as_it_is_and_a_bare_key_encrypted(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CREDITBANK_SENDER_PASSWORD", PASSWORD)
    foreign = tmp_path / "UTC--geth"
    foreign.write_bytes(make_keystore(SECRET, PASSWORD, rounds=2))
    taken = call("chain", "account", "import", str(foreign), "--output", str(tmp_path / "a.json"))
    assert taken.code == 0
    assert (tmp_path / "a.json").read_bytes() == foreign.read_bytes()
    bare = tmp_path / "bare"
    bare.write_text(SECRET.hex() + "\n")
    put = call("chain", "account", "import", str(bare), "--output", str(tmp_path / "b.json"), "--json").json
    assert open_keystore((tmp_path / "b.json").read_bytes(), PASSWORD, bare) == SECRET
    assert put["address"] in taken.out
    monkeypatch.setenv("CREDITBANK_SENDER_PASSWORD", "another")
    assert call("chain", "account", "import", str(foreign), "--output", str(tmp_path / "c.json")).code == 1
    assert not (tmp_path / "c.json").exists()
    assert call("chain", "account", "import", str(tmp_path / "nothing")).code == 2
    monkeypatch.chdir(tmp_path)
    assert "is a folder" in call("chain", "account", "import", str(bare), "--output", ".").err
    said = call("chain", "account", "import", str(bare), "--output", "d.json")
    assert str(tmp_path / "d.json") in said.err.replace("\n", ""), "a place that is true from everywhere"


def test_the_account_is_shown_with_where_its_key_is(
    call: Call, journey: Journey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = call("chain", "account", "show", "--home", str(journey.home), "--json").json
    assert shown["kind"] == "vault"
    file = tmp_path / "sender.json"
    file.write_bytes(make_keystore(SECRET, PASSWORD, rounds=2))
    file.chmod(0o600)
    monkeypatch.setenv("CREDITBANK_SENDER", "keystore")
    monkeypatch.setenv("CREDITBANK_SENDER_KEYSTORE", str(file))
    monkeypatch.setenv("CREDITBANK_SENDER_PASSWORD", PASSWORD)
    other = call("chain", "account", "show", "--home", str(journey.home))
    assert other.code == 0
    assert shown["address"] not in other.out
    assert "in the keystore" in other.out
    monkeypatch.setenv("CREDITBANK_SENDER_PASSWORD", "another")
    wrong = call("chain", "account", "show", "--home", str(journey.home))
    assert wrong.code == 1
    assert "does not open the keystore" in wrong.err


def test_the_status_says_that_nothing_needs_a_hand_or_what_does(call: Call, journey: Journey) -> None:
    said = call("chain", "status", "--home", str(journey.home))
    assert said.code == 0
    assert "Nothing needs a hand." in said.out
    found = call("chain", "status", "--home", str(journey.home), "--json").json
    assert found["chain"]["test"]
    assert {one["codeMatches"] for one in found["contracts"].values()} == {True}
    assert found["account"]["address"] in said.out
    assert found["account"]["nonce"]["mined"] == found["account"]["nonce"]["own"]
    assert found["finality"] == "2 blocks on top"
    assert found["needs"] == []


def test_an_account_that_may_not_anchor_needs_a_hand(
    call: Call, journey: Journey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "sender.json"
    file.write_bytes(make_keystore(SECRET, PASSWORD, rounds=2))
    monkeypatch.setenv("CREDITBANK_SENDER", "keystore")
    monkeypatch.setenv("CREDITBANK_SENDER_KEYSTORE", str(file))
    monkeypatch.setenv("CREDITBANK_SENDER_PASSWORD", PASSWORD)
    said = call("chain", "status", "--home", str(journey.home))
    assert said.code == 1
    assert "not-admitted" in said.out
    assert "creditbank init" in said.out


def test_a_dry_run_says_what_waits_and_what_each_costs(call: Call, journey: Journey, tmp_path: Path) -> None:
    nothing = call("anchor", "submit", "--dry-run", "--home", str(journey.home))
    assert (nothing.code, nothing.out) == (0, "Nothing waits to be sent.\n")
    home = tmp_path / "copy"
    shutil.copytree(journey.home, home)
    issued = ("--learner", journey.learner, "--achievement", "urn:sample:unit-0", "--version", "1")
    body = ("--organisation", journey.university, "--earned", "2026-02-01", "--request", "again")
    assert call("credential", "issue", *issued, *body, "--home", str(home)).code == 0
    (one,) = call("anchor", "submit", "--dry-run", "--home", str(home), "--json").json["anchors"]
    assert (one["batch"], one["leaves"], one["costNowWei"]) == (None, 1, "0")
    assert 22_000 < one["gas"] < 60_000
    assert "(not sealed yet)" in call("anchor", "submit", "--dry-run", "--home", str(home)).out
    assert "In no batch yet: 1. Next: creditbank batch seal" in call("anchor", "submit", "--home", str(home)).err
    assert (
        call("batch", "list", "--home", str(home), "--json").json
        == call("batch", "list", "--home", str(journey.home), "--json").json
    )


def test_what_stands_on_the_chain_in_use_is_not_anchored_again(call: Call, journey: Journey) -> None:
    home = ("--home", str(journey.home))
    batch = call("batch", "list", *home, "--json").json["batches"][0]["id"]
    nothing = call("anchor", "again", "--all", *home)
    assert (nothing.code, nothing.out) == (0, "No batch stands on another chain.\n")
    refused = call("anchor", "again", "--batch", batch, *home)
    assert refused.code == 1
    assert "no other chain" in refused.err
    assert call("anchor", "again", *home).code == 2
    assert call("anchor", "again", "--all", "--batch", batch, *home).code == 2


def test_a_receipt_is_asked_for_by_its_chain(call: Call, journey: Journey) -> None:
    asked = ("credential", "receipt", journey.credentials[0], "--home", str(journey.home))
    found = call(*asked)
    chain = str(found.json["chain"]["id"])
    assert call(*asked, "--chain", chain).out == found.out
    assert call(*asked, "--chain", "1").code != 0
