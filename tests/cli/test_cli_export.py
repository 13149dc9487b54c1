"""A credential handed out as a token: exported, anchored, verified like any other file."""

import shutil
from pathlib import Path

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
    file.write_text(exported.out.replace(exported.out[200], "A" if exported.out[200] != "A" else "B"))
    assert call("verify", str(file), *home).code != 0


def test_only_the_issuer_exports(call: Call, journey: Journey) -> None:
    called = call("credential", "export", journey.credentials[0], "--by", journey.learner, "--home", str(journey.home))
    assert called.code != 0
    assert "Only the body that issued" in called.err
