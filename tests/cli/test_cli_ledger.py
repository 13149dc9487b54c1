"""`creditbank ledger` and `creditbank application`: books that are checked, and an application from end to end."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from creditbank.bootstrap import open_bank
from creditbank.config import Settings
from creditbank.ledger import Lot, deposit
from creditbank.services.records import Role
from creditbank.units import CreditAmount, Credits

from .conftest import Call

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_heads_are_sealed_and_an_edited_row_ends_the_audit_with_exit_code_1(call: Call) -> None:
    """Threat 65."""
    home = Path("creditbank-home")
    assert call("init").code == 0
    lot = Lot.of(
        account="urn:uuid:sample",
        credential="urn:uuid:1",
        issuer="did:web:sample.example",
        first_issue="urn:uuid:1",
        amount=CreditAmount("eu-ects", Credits(5000)),
        opened=NOW,
    )
    with open_bank(Settings.load({}, home), own_chain=False) as bank, bank.store.transaction() as tx:
        tx.open_lot(lot, deposit(lot, request="d", at=NOW))
    assert call("ledger", "heads").out.startswith("No heads")
    assert call("ledger", "seal", "--json").json["set"]["size"] == 1
    assert call("ledger", "seal").out.startswith("No account went on")
    assert call("ledger", "audit", "--json").json["unconfirmed"] == ["set 1 of the heads is not anchored yet"]
    assert call("batch", "seal").code == 0
    assert call("anchor", "submit").code == 0
    good = call("ledger", "audit", "--json")
    assert (good.code, good.json) == (0, {"faults": [], "unconfirmed": []})
    assert call("ledger", "proof", lot.account, "--json").json["sequence"] == 1
    assert call("ledger", "expire", "--json").json == {"lapsed": 0, "expired": 0, "warned": 0}
    database = sqlite3.connect(home / "store.db")
    database.executescript("DROP TRIGGER entries_no_update; UPDATE entries SET reason = 'nothing to see';")
    database.close()
    edited = call("ledger", "audit")
    assert edited.code == 1
    assert "entry d" in edited.out


def test_a_learner_applies_withdraws_and_is_answered(call: Call) -> None:
    home = Path("creditbank-home")
    assert call("init").code == 0
    with open_bank(Settings.load({}, home)) as bank:
        body = bank.registering.register_organisation(
            name="Sample University", roles={Role.UNIVERSITY}, frameworks=["in-ncrf"], country="IN"
        )
        learner = bank.registering.register_learner(name="Sample learner")
    wanted = ("--learner", learner.id, "--university", body.id, "--qualification", "in-ncrf-ug-certificate")
    made = call("application", "submit", *wanted, "--json").json
    assert made["state"] == "submitted"
    assert call("application", "submit", *wanted, "--json").json == made
    answered = call("application", "answer", made["id"], "more-wanted", "--by", body.id, "--reason", "One more.")
    assert "more-wanted" in answered.out
    gone = call("application", "withdraw", made["id"], "--by", learner.id, "--reason", "No.", "--json").json
    assert gone["state"] == "withdrawn"
    late = call("application", "answer", made["id"], "accepted", "--by", body.id, "--reason", "Yes.")
    assert late.code == 1
    assert call("application", "answer", made["id"], "perhaps", "--by", body.id, "--reason", "x").code == 2
    assert made["id"] in call("application", "list", "--of", learner.id).out
