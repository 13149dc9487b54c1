"""Credentials by command: corrected, and read for the elements that the EU asks for."""

import json
from pathlib import Path

from creditbank.canonical import canonical_json

from .conftest import Call, Journey, sample_unit


def issued_in_a_new_bank(call: Call, home: Path) -> tuple[str, str]:
    """The id of a provider, and of a credential it issued."""

    def step(*words: str) -> dict[str, str]:
        called = call(*words, "--home", str(home), "--json")
        assert called.code == 0, called.err
        found: dict[str, str] = called.json
        return found

    step("init")
    body = step("organisation", "register", "--name", "Sample College", "--role", "provider", "--country", "IN")["id"]
    learner = step("learner", "open", "--name", "Sample Learner", "--sample")["id"]
    unit = sample_unit(1, "4", "online")
    file = home.parent / "unit.json"
    file.write_bytes(canonical_json(unit.to_json()))
    step("achievement", "publish", str(file), "--organisation", body)
    words = ("--learner", learner, "--achievement", unit.id, "--version", unit.version, "--earned", "2026-06-01")
    return body, step("credential", "issue", "--organisation", body, *words)["id"]


def test_a_credential_is_corrected_in_its_place_and_asked_again_gives_the_same(call: Call, tmp_path: Path) -> None:
    home = tmp_path / "bank"
    body, credential = issued_in_a_new_bank(call, home)
    words = (
        "reissue",
        credential,
        "--by",
        body,
        "--reason",
        "wrong day",
        "--earned",
        "2026-05-29",
        "--home",
        str(home),
    )
    told = call("credential", *words)
    assert told.code == 0
    assert f"in the place of {credential}, which is revoked: wrong day" in " ".join(told.out.split())
    made = call("credential", *words, "--json").json
    assert made["supersedes"] == credential
    shown = json.loads(call("credential", "show", made["id"], "--home", str(home)).out)
    assert (shown["supersedes"], shown["firstIssue"]) == (credential, credential)
    assert shown["awardedDate"] == "2026-05-29T00:00:00Z"
    revoked = call("credential", "revoke", credential, "--by", body, "--reason", "x", "--home", str(home))
    assert revoked.code == 1


def test_what_an_award_rests_on_is_not_corrected(call: Call, journey: Journey) -> None:
    words = ("--by", journey.university, "--reason", "wrong day", "--home", str(journey.home))
    called = call("credential", "reissue", journey.credentials[0], *words)
    assert called.code == 1
    assert "in use" in called.err


def test_the_elements_that_a_credential_states_and_lacks_are_listed(
    call: Call, journey: Journey, tmp_path: Path
) -> None:
    told = call("credential", "elements", journey.credentials[0], "--home", str(journey.home))
    assert told.code == 0
    assert "Notional workload" in told.out
    assert "lacking" not in told.out
    assert call("credential", "elements", journey.credentials[0], "--home", str(journey.home), "--json").json[
        "complete"
    ]
    document = json.loads(call("credential", "show", journey.credentials[0], "--home", str(journey.home)).out)
    del document["credentialSubject"]["achievement"]["qualityAssurance"]
    (tmp_path / "short.json").write_text(json.dumps(document))
    called = call("credential", "elements", str(tmp_path / "short.json"), "--json")
    assert not called.json["complete"]
    assert [row["name"] for row in called.json["elements"] if row["mandatory"] and not row["stated"]] == ["quality"]
