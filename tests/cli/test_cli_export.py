"""A credential handed out as a token: exported, anchored, verified like any other file."""

import json
import shutil
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from .conftest import Call, Journey


@pytest.mark.parametrize("form", ["vc+jwt", "jwt"])
def test_a_token_is_exported_once_anchored_with_a_receipt_and_verified(
    form: str, call: Call, journey: Journey, tmp_path: Path
) -> None:
    home = ("--home", str(shutil.copytree(journey.home, tmp_path / "bank")))
    credential = journey.credentials[0]
    own = (credential, "--by", journey.university, "--as", form, *home)
    exported = call("credential", "export", *own)
    assert exported.code == 0
    assert exported.out.count(".") == 2
    told = call("credential", "export", *own, "--json").json
    assert told["token"] == exported.out.rstrip("\n")
    assert told["credential"] == credential
    early = call("credential", "receipt", credential, "--as", form, *home)
    assert early.code != 0
    assert f"not anchored yet as {form}" in early.err
    assert call("batch", "seal", *home).code == 0
    assert call("anchor", "submit", "--wait", *home).code == 0
    receipt = call("credential", "receipt", credential, "--as", form, *home).json
    assert (receipt["credential"], receipt["digest"]) == (credential, told["digest"])
    file = tmp_path / "badge.jwt"
    file.write_text(exported.out)
    verified = call("verify", str(file), *home, "--json")
    (report,) = verified.json["reports"]
    assert verified.code == 0, report
    assert report["report"]["id"] == credential
    schema = json.loads((files("creditbank.verification") / "report.schema.json").read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(verified.json)
    validator.validate(report["report"])
    assert "as a signed token (JWT)" in verified.json["recognised"][0]["words"]
    altered = {**report["report"], "checks": [{**report["report"]["checks"][0], "outcome": "fine"}]}
    assert not validator.is_valid(altered), "it can say no"
    signed, _, signature = exported.out.rpartition(".")
    file.write_text(f"{signed}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}")
    refused = call("verify", str(file), *home, "--json")
    assert refused.code == 1
    validator.validate(refused.json)


def test_only_the_issuer_exports(call: Call, journey: Journey) -> None:
    called = call("credential", "export", journey.credentials[0], "--by", journey.learner, "--home", str(journey.home))
    assert called.code != 0
    assert "Only the body that issued" in called.err
