"""`creditbank trail`: shown, exported, and an edited entry ends the audit with exit code 1."""

import json
import sqlite3
from pathlib import Path

from creditbank.bootstrap import open_bank
from creditbank.config import Settings

from .conftest import Call


def test_the_trail_is_shown_exported_and_audited(call: Call) -> None:
    """Threat 65."""
    home = Path("creditbank-home")
    assert call("init").code == 0
    with open_bank(Settings.load({}, home), own_chain=False) as bank, bank.store.transaction() as tx:
        bank.trail.tell(tx, "operator", "token.made", "cbat_0123", "for the demonstration")
    assert "token.made" in call("trail", "show").out
    assert call("trail", "show", "--organisation", "urn:uuid:nobody").out.startswith("Nothing is written")
    (line,) = call("trail", "export").out.splitlines()
    assert json.loads(line)["why"] == "for the demonstration"
    good = call("trail", "audit", "--json")
    assert (good.code, good.json["findings"]) == (0, [])
    database = sqlite3.connect(home / "store.db")
    database.executescript("DROP TRIGGER trail_keeps_update; UPDATE trail SET actor = 'person:somebody-else';")
    database.close()
    edited = call("trail", "audit")
    assert edited.code == 1
    assert "entry 1 of bank" in edited.out
