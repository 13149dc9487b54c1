"""`creditbank key`: what the keys signed, as a person reads it (threat 52)."""

import shutil
from pathlib import Path

import pytest

from .conftest import Call, Journey


def test_the_audit_shows_what_was_signed_and_what_for(call: Call, journey: Journey) -> None:
    called = call("key", "audit", "--home", str(journey.home), "--tenant", journey.university, "--json")
    rows = called.json["signatures"]
    assert called.code == 0
    assert {row["purpose"] for row in rows} >= {"credential", "award", "chain-transaction"}
    assert {row["about"] for row in rows if row["purpose"] == "award"} == {journey.award}
    assert {row["refused"] for row in rows} == {""}
    assert "signed" in call("key", "audit", "--home", str(journey.home)).out
    assert call("key", "audit", "--home", str(journey.home), "--refused", "--json").json == {"signatures": []}
    assert call("key", "audit", "--home", str(journey.home), "--since", "2999-01-01", "--json").json["signatures"] == []


def test_a_day_that_is_none_is_usage(call: Call, journey: Journey) -> None:
    called = call("key", "audit", "--home", str(journey.home), "--since", "yesterday")
    assert called.code == 2
    assert "2026-06-30" in called.err


def test_an_audit_that_was_altered_is_named_with_its_row(call: Call, journey: Journey, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(journey.home, home)
    file = sorted((home / "keys").glob("signatures-*.jsonl"))[-1]
    rows = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*rows[:1], *rows[2:]]))
    called = call("key", "audit", "--home", str(home))
    assert called.code == 1
    assert f"{file.name}:2" in called.err


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("[signing_caps]\nbread = 3\n", "'bread'"),
        ('[signing_caps]\naward = "many"\n', "award must be a whole number"),
        ("signing_caps = 3\n", "table of numbers"),
        ("signing_cap = -1\n", "signing_cap"),
    ],
)
def test_a_cap_that_cannot_be_one_is_refused(
    call: Call, journey: Journey, tmp_path: Path, lines: str, told: str
) -> None:
    home = tmp_path / "copy"
    shutil.copytree(journey.home, home)
    file = home / "bank.toml"
    file.write_text(f"{lines}" if lines.startswith("signing") else file.read_text() + lines)
    called = call("batch", "list", "--home", str(home))
    assert called.code == 2
    assert told in called.err


def test_a_cap_of_the_settings_stops_the_signatures_of_a_day(call: Call, journey: Journey, tmp_path: Path) -> None:
    home = tmp_path / "copy"
    shutil.copytree(journey.home, home)
    with (home / "bank.toml").open("a") as file:
        file.write("[signing_caps]\nstatus-list = 0\n")
    words = ("--by", journey.university, "--reason", "a mistake", "--home", str(home))
    called = call("credential", "revoke", journey.credentials[0], *words)
    assert called.code == 3
    assert "has had its 0 signatures for status-list" in called.err
    assert "midnight UTC" in called.err
    told = call("key", "audit", "--home", str(home), "--refused", "--json").json["signatures"]
    assert [row["refused"] for row in told] == ["signing-cap-reached"]
