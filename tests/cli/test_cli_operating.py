"""The operator's commands over one bank: halting, settings, migrating, checking, backing up, restoring, reconciling."""

import json
from pathlib import Path
from typing import Any

import pytest

from creditbank.bootstrap import init_bank, open_bank
from creditbank.cli.running import run_command
from creditbank.config import Settings

pytestmark = pytest.mark.slow


def test_an_operator_halts_checks_backs_up_and_brings_back(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threats 61 and 65: a restored bank says that it is fenced, and the check names a row that was edited."""
    home, other, archive = tmp_path / "bank", tmp_path / "other", tmp_path / "backup.zip"
    init_bank(Settings.load({}, home))

    def call(*arguments: str, code: int = 0, at: Path = home) -> Any:
        assert run_command([*arguments, "--home", str(at), "--json"]) == code, capfd.readouterr()
        return json.loads(capfd.readouterr().out)

    assert call("bank", "halt", "--why", "a key was stolen")["scope"] == "all"
    assert call("bank", "halts")["halts"][0]["lifted"] is None
    assert call("bank", "resume", "--why", "it is revoked")["liftedWhy"] == "it is revoked"
    assert call("bank", "resume", "--why", "again", code=1)["type"].endswith("not-halted")
    assert call("bank", "halt", "--why", "  ", code=2)["type"].endswith("reason-missing")
    assert call("bank", "settings")["passphrase"] is None
    assert call("bank", "migrate")["revision"] == call("bank", "migrate")["revision"]
    assert call("bank", "check") == {"findings": []}
    assert call("bank", "journal", str(tmp_path / "journal"))["lines"] >= 0
    made = call("bank", "backup", str(archive))
    assert made["rows"] > 0
    assert call("bank", "backup", str(archive), code=1)["type"].endswith("not-empty")
    assert call("bank", "restore", str(archive), code=1)["type"].endswith("not-empty")

    (other / "keys").mkdir(parents=True, mode=0o700)
    (other / "keys" / "development.key").write_bytes((home / "keys" / "development.key").read_bytes())
    assert call("bank", "restore", str(archive), at=other)["rows"] == made["rows"]
    assert [one["scope"] for one in call("bank", "halts", at=other)["halts"] if one["lifted"] is None] == ["redemption"]
    assert call("bank", "reconcile", "--journal", str(tmp_path / "journal"), at=other)["redemption"] == "open"
    (tmp_path / "nothing").mkdir()
    assert call("bank", "rebuild", str(tmp_path / "nothing"), at=other)["credentials"] == 0

    monkeypatch.setattr("creditbank.services.reconciling.audit", lambda *_, **__: [_Fault()])
    assert call("bank", "check", code=1) == {"findings": ["entry 7 is not what was hashed"]}
    with open_bank(Settings.load({}, home), own_chain=False) as bank:
        checks = {check.name: check.passed for check in bank.watching.figures().checks}
    assert checks == {"backup": True, "ledger-audit": False}


class _Fault:
    sentence = "entry 7 is not what was hashed"
