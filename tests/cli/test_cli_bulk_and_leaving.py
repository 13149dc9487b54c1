"""`creditbank credential bulk`: a table rehearsed, reviewed, issued, and its failures mended."""

from pathlib import Path

import pytest

from creditbank.bootstrap import open_bank
from creditbank.canonical import canonical_json
from creditbank.config import Settings
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import SignInKind

from .conftest import Call, sample_unit


def test_a_table_is_rehearsed_issued_and_what_failed_is_sent_again(call: Call, tmp_path: Path) -> None:
    home = ("--home", str(tmp_path / "bank"))
    call("init", *home)
    college = call(
        "organisation", "register", "--name", "College", "--role", "provider", "--country", "IN", "--json", *home
    ).json["id"]
    learners = [call("learner", "open", "--name", "Sample", "--sample", "--json", *home).json["id"] for _ in range(3)]
    unit = sample_unit(1, "4", "online")
    (tmp_path / "unit.json").write_bytes(canonical_json(unit.to_json()))
    call("achievement", "publish", str(tmp_path / "unit.json"), "--organisation", college, *home)
    rows = ["learner,achievement,version,earned", *(f"{one},{unit.id},1,2026-01-30" for one in [*learners[:2], "none"])]
    table = tmp_path / "rows.csv"
    table.write_text("\r\n".join(rows), encoding="utf-8")
    said = call("credential", "bulk", "rehearse", str(table), "--organisation", college, *home)
    assert said.code == 0
    assert "line 4" in said.out
    assert "learner" in said.out
    found = call("credential", "bulk", "rehearse", str(table), "--organisation", college, "--json", *home).json
    assert found["counts"] | {"rows": 3, "good": 2, "faulty": 1} == found["counts"]
    for name in learners:
        assert call("credential", "list", "--learner", name, "--json", *home).json["credentials"] == []
    told = ("--organisation", college, "--rehearsal", found["rehearsal"])
    for _ in range(2):
        assert "issued " in call("credential", "bulk", "act", found["id"], *told, *home).out
    assert len(call("credential", "list", "--learner", learners[0], "--json", *home).json["credentials"]) == 1
    failures = call("credential", "bulk", "failures", found["id"], "--organisation", college, *home).out
    mended = tmp_path / "mended.csv"
    mended.write_text(failures.replace("none,", f"{learners[2]},"), encoding="utf-8")
    again = call("credential", "bulk", "rehearse", str(mended), "--organisation", college, "--json", *home).json
    assert (again["counts"]["good"], again["counts"]["faulty"]) == (1, 0)
    status = call("credential", "bulk", "status", again["id"], "--organisation", college, "--json", *home).json
    assert status == again
    assert call("credential", "bulk", "status", again["id"], "--organisation", "urn:uuid:x", *home).code == 2


@pytest.mark.parametrize(("name", "code"), [("rows.txt", 2), ("none.csv", 2)])
def test_what_is_no_table_is_told(call: Call, tmp_path: Path, name: str, code: int) -> None:
    home = ("--home", str(tmp_path / "bank"))
    (tmp_path / "rows.txt").write_text("x", encoding="utf-8")
    call("init", *home)
    college = call(
        "organisation", "register", "--name", "College", "--role", "provider", "--country", "IN", "--json", *home
    ).json["id"]
    assert call("credential", "bulk", "rehearse", str(tmp_path / name), "--organisation", college, *home).code == code


def test_a_table_of_another_encoding_is_refused_with_its_place(call: Call, tmp_path: Path) -> None:
    home = ("--home", str(tmp_path / "bank"))
    call("init", *home)
    college = call(
        "organisation", "register", "--name", "College", "--role", "provider", "--country", "IN", "--json", *home
    ).json["id"]
    table = tmp_path / "rows.csv"
    table.write_text("learner,achievement,version,earned\n", encoding="utf-16")
    said = call("credential", "bulk", "rehearse", str(table), "--organisation", college, *home)
    assert said.code == 1
    assert "line 1: The file is UTF-16. Save it as UTF-8." in said.out


def test_an_account_is_erased_by_whoever_repeats_its_identifier(call: Call, tmp_path: Path) -> None:
    """Threat 47."""
    home = ("--home", str(tmp_path / "bank"))
    call("init", *home)
    made = call("learner", "open", "--name", "Leaving Sample", "--json", *home).json
    assert call("learner", "erase", made["id"], "--confirm", "did:key:another", *home).code == 2
    for _ in range(2):
        done = call("learner", "erase", made["id"], "--confirm", made["did"], "--why", "their wish", "--json", *home)
        assert (done.code, done.json["kept"]) == (0, [])
    assert call("learner", "show", made["id"], *home).code == 2


def test_an_account_is_taken_along_as_one_archive(call: Call, tmp_path: Path) -> None:
    """Threat 56: what is brought back is read with the caps of every archive."""
    home = ("--home", str(tmp_path / "bank"))
    call("init", *home)
    learner = call("learner", "open", "--name", "Sample", "--json", *home).json["id"]
    archive = tmp_path / "account.zip"
    assert call("learner", "export", learner, "--output", str(archive), *home).code == 0
    assert archive.read_bytes().startswith(b"PK")
    refused = call("learner", "deposit", learner, str(archive), *home)
    assert refused.code == 2
    assert "What to try" in refused.err


def test_an_operator_closes_the_account_of_somebody_who_asks(call: Call, tmp_path: Path) -> None:
    home = ("--home", str(tmp_path / "bank"))
    call("init", *home)
    with open_bank(Settings.load({}, tmp_path / "bank"), own_chain=False) as bank:
        way = NewSignIn(SignInKind.PASSWORD, "asha@sample.example", "hash", contact="asha@sample.example")
        with bank.store.transaction() as tx:
            person = bank.door.joining.open(tx, "Asha Sample", way).id
    assert call("person", "find", "Asha@sample.example", *home).out.strip() == person
    assert call("person", "find", "nobody@sample.example", *home).code == 2
    assert "1 ways to sign in" in call("person", "show", person, *home).out
    assert call("person", "show", person, "--json", *home).json["hindrances"] == []
    assert call("person", "close", person, "--confirm", "Asha", *home).code == 2
    closed = call("person", "close", person, "--confirm", "Asha Sample", "--json", *home).json
    assert (closed["person"], len(closed["erased"])) == (person, 1)
    (letter,) = (tmp_path / "bank" / "outbox").iterdir()
    assert "was closed" in letter.read_text(encoding="utf-8")
    assert "is closed" in call("person", "close", person, "--confirm", "x", *home).out
    assert call("person", "show", person, *home).code == 2
