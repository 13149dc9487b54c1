"""Transcripts and endorsements by command: issued, shown, checked by `creditbank verify`, taken back."""

import json
from pathlib import Path
from typing import Any

from creditbank.canonical import canonical_json

from .conftest import Call, sample_unit


def test_a_transcript_and_an_endorsement_by_command(call: Call, tmp_path: Path) -> None:
    home = tmp_path / "bank"

    def step(*words: str) -> Any:
        called = call(*words, "--home", str(home), "--json")
        assert called.code == 0, called.err + called.out
        return called.json

    step("init")
    words = ("organisation", "register", "--country", "IN", "--role", "provider", "--name")
    college, agency = step(*words, "Sample College"), step(*words, "Sample Agency")
    learner = step("learner", "open", "--name", "Sample Learner", "--sample")["id"]
    units = [sample_unit(1, "4", "online"), sample_unit(2, "4", "online")]
    for unit, body in zip(units, (college, agency), strict=True):
        file = tmp_path / "unit.json"
        file.write_bytes(canonical_json(unit.to_json()))
        step("achievement", "publish", str(file), "--organisation", body["id"])
    # endorsed, and shown in what is issued next
    wanted = ("--organisation", agency["id"], "--of", units[0].id, "--comment", "We hire with it.")
    said = step("endorsement", "issue", *wanted, "--request", "e-1")
    assert step("endorsement", "issue", *wanted, "--request", "e-1") == said
    assert step("endorsement", "list", "--of", units[0].id)["endorsements"] == [said]
    earned = ("--learner", learner, "--version", "1", "--earned", "2026-06-01")
    shows = ("--endorsement", said["id"], "--identity", "emailAddress=learner@sample.example")
    own = step("credential", "issue", "--organisation", college["id"], "--achievement", units[0].id, *earned, *shows)[
        "id"
    ]
    other = step("credential", "issue", "--organisation", agency["id"], "--achievement", units[1].id, *earned)["id"]
    unusable = call(
        "credential", "issue", "--organisation", college["id"], "--achievement", units[0].id, *earned,
        "--identity", "learner@sample.example", "--home", str(home),
    )  # fmt: skip
    assert unusable.code == 2
    assert "KIND=VALUE" in unusable.err
    # what others issued goes in only as the learner presents it
    asked = ("--organisation", college["id"], "--learner", learner, "--request", "spring")
    refused = call("transcript", "issue", *asked, "--credential", other, "--home", str(home))
    assert refused.code == 1
    assert "creditbank transcript consent" in refused.err
    consent = tmp_path / "consent.json"
    consent.write_text(call("transcript", "consent", *asked, "--credential", other, "--home", str(home)).out)
    made = step("transcript", "issue", *asked, "--consent", str(consent))
    assert made["credentials"] == [own, other]
    assert step("transcript", "issue", *asked, "--consent", str(consent)) == made
    told = call("transcript", "issue", *asked, "--consent", str(consent), "--home", str(home))
    assert "with 2 of the learner's credentials" in told.out
    for noun, id in (("transcript", made["id"]), ("endorsement", said["id"])):
        shown = call(noun, "show", id, "--home", str(home))
        assert json.loads(shown.out)["id"] == id
        (tmp_path / f"{noun}.json").write_text(shown.out)
    assert call("transcript", "show", own, "--home", str(home)).code == 2
    for whose in ((), ("--learner", learner), ("--organisation", college["id"])):
        assert [one["id"] for one in step("transcript", "list", *whose)["transcripts"]] == [made["id"]]
    assert step("transcript", "list", "--organisation", agency["id"]) == {"transcripts": [], "more": False}
    table = call("transcript", "list", "--learner", learner, "--home", str(home))
    assert (made["id"] in table.out, own in table.out) == (True, False), "what it holds is no transcript itself"
    assert "no transcript here" in call("transcript", "list", "--learner", "urn:uuid:none", "--home", str(home)).out
    assert call("endorsement", "receipt", said["id"], "--home", str(home)).code == 3
    step("batch", "seal")
    step("anchor", "submit", "--wait")
    assert step("endorsement", "receipt", said["id"])["credential"] == said["id"]
    for noun in ("transcript", "endorsement"):
        assert call("verify", str(tmp_path / f"{noun}.json"), "--home", str(home)).code == 0
    report = step("verify", str(tmp_path / "transcript.json"))["reports"][0]["report"]
    assert [part["id"] for part in report["parts"]] == [own, other]
    assert [part["id"] for part in report["parts"][0]["parts"]] == [said["id"]]
    # a kit says the same to a stranger, and the word of the endorser ends when it is taken back
    kit = tmp_path / "kit.zip"
    assert call("credential", "kit", made["id"], "--output", str(kit), "--home", str(home)).code == 0
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(step("anchor", "trust")))
    offline = call("verify", str(kit), "--offline", "--trust", str(trust))
    assert offline.code == 0, offline.out
    revoked = ("endorsement", "revoke", said["id"], "--reason", "no longer true", "--home", str(home), "--by")
    assert call(*revoked, college["id"]).code == 1
    assert call(*revoked, agency["id"]).code == 0
    assert call("verify", str(tmp_path / "transcript.json"), "--home", str(home)).code == 1
