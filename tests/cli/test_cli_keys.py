"""`creditbank key`: what the keys signed, as a person reads it (threat 52)."""

import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import canonical_json, load_object, pretty_json
from creditbank.credential import bake, plain_png
from creditbank.signing import PrivateKey, add_proof, multibase_encode

from .conftest import Call, Journey, sample_unit


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


# -- keys and documents


@pytest.fixture
def home(journey: Journey, tmp_path: Path) -> Path:
    """A copy of the journey's bank, with a college under a did:web of another host and one under the bank's."""
    copy = tmp_path / "copy"
    shutil.copytree(journey.home, copy)
    return copy


def _registered(call: Call, home: Path, did: str) -> str:
    words = ("--name", "Sample School", "--role", "provider", "--country", "IN", "--did", did)
    called = call("organisation", "register", *words, "--home", str(home), "--json")
    return str(called.json["id"])


def test_a_key_is_rotated_retired_and_revoked_by_commands(call: Call, home: Path) -> None:
    school = _registered(call, home, "did:web:school.sample.example")
    at = ("--organisation", school, "--home", str(home))
    (first,) = call("key", "list", *at, "--json").json["keys"]
    rotated = call("key", "rotate", *at)
    assert rotated.code == 0
    assert "did export" in rotated.err
    assert [key["state"] for key in call("key", "list", *at, "--json").json["keys"]] == ["retiring", "current"]
    assert call("key", "retire", first["multikey"], *at).code == 0
    refused = call("key", "retire", "z6MkNobody", *at)
    assert refused.code == 2
    assert "key list" in refused.err
    revoked = call("key", "revoke", *at, "--json").json
    assert (revoked["state"], revoked["falling"]) == ("revoked", [])
    keys = call("key", "list", *at, "--json").json["keys"]
    assert [key["state"] for key in keys] == ["retired", "revoked", "current"]
    assert "this bank" in call("key", "list", *at).out


def test_a_document_is_exported_checked_and_every_version_kept(call: Call, home: Path, tmp_path: Path) -> None:
    school = _registered(call, home, "did:web:school.sample.example")
    at = ("--organisation", school, "--home", str(home))
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(call("did", "export", *at).out)
    assert call("did", "check", str(before), *at).code == 0
    call("key", "rotate", *at)
    stale = call("did", "check", str(before), *at)
    assert stale.code == 1
    assert "our version of" in stale.out
    assert "lacks z6Mk" in stale.out
    after.write_text(call("did", "export", *at).out)
    assert call("did", "check", str(after), *at, "--json").json["same"] is True
    after.write_text(after.read_text().replace('"assertionMethod"', '"keyAgreement"'))
    foreign = call("did", "check", str(after), *at, "--json")
    assert (foreign.code, foreign.json["archived"]) == (1, None)
    shown = call("did", "show", *at, "--json").json
    assert (shown["hosted"], shown["address"]) == (False, "https://school.sample.example/.well-known/did.json")
    first = shown["versions"][0]["digest"]
    assert call("did", "export", *at, "--version", first).out == before.read_text()
    assert call("did", "export", *at, "--version", "sha256:" + "0" * 64).code == 2
    assert "its own domain" in call("did", "show", *at).out


def test_an_own_key_is_registered_by_a_signed_challenge(call: Call, home: Path, tmp_path: Path) -> None:
    school = _registered(call, home, "did:web:school.sample.example")
    at = ("--organisation", school, "--home", str(home))
    private = PrivateKey.from_seed(b"\x09" * 32)
    file = tmp_path / "challenge.txt"
    file.write_text(call("key", "register", private.public.multikey, *at).out)
    signed = multibase_encode(private.sign(file.read_bytes()))
    half = call("key", "register", private.public.multikey, *at, "--signature", signed)
    assert half.code == 2
    wrong = call("key", "register", private.public.multikey, *at, "--challenge", str(file), "--signature", "z111")
    assert wrong.code == 1
    words = ("--challenge", str(file), "--signature", signed)
    assert call("key", "register", private.public.multikey, *at, *words).code == 0
    assert "itself" in call("key", "list", *at).out
    weak = call("key", "register", "z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP", *at)
    assert weak.code == 2


def test_a_successor_is_named_once(call: Call, home: Path, journey: Journey) -> None:
    school = _registered(call, home, "did:web:school.sample.example")
    succeed = ("organisation", "succeed", school, "--home", str(home), "--by")
    itself = call(*succeed, school)
    assert itself.code == 1
    assert call(*succeed, journey.university).code == 0
    assert call(*succeed, journey.university, "--json").json["successor"] == journey.university
    other = _registered(call, home, "did:web:other.sample.example")
    refused = call(*succeed, other)
    assert refused.code == 1
    assert "before" in refused.err
    succeeded = call("organisation", "succeed", journey.university, "--by", school, "--home", str(home))
    assert succeeded.code == 1


def test_production_is_refused_keys_under_the_development_key(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 51: neither without a passphrase nor with one that does not seal them; sealing them is the way."""
    for name, value in (
        ("PRODUCTION", "true"),
        ("CHAIN", "rpc"),
        ("CHAIN_URL", "http://127.0.0.1:1"),
        ("CHAIN_ID", "5"),
        ("FEE_CAP", "60000000000"),
        ("BASE_URL", "https://bank.example.com"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/none"),
    ):
        monkeypatch.setenv(f"CREDITBANK_{name}", value)
    without = call("batch", "list", "--home", str(home))
    assert without.code == 2
    assert "development key" in without.err
    assert "CREDITBANK_PASSPHRASE" in without.err
    monkeypatch.setenv("CREDITBANK_PASSPHRASE", "a long passphrase of words")
    refused = call("batch", "list", "--home", str(home))
    assert refused.code == 1
    assert "development key" in refused.err
    assert "creditbank key seal" in refused.err
    assert call("key", "seal", "--home", str(home)).code == 0
    assert not (home / "keys" / "development.key").exists()
    assert "development key" not in call("batch", "list", "--home", str(home)).err
    for name in ("PRODUCTION", "CHAIN", "CHAIN_URL", "CHAIN_ID", "FEE_CAP", "BASE_URL", "DATABASE_URL", "PASSPHRASE"):
        monkeypatch.delenv(f"CREDITBANK_{name}")
    assert call("key", "seal", "--home", str(home)).code == 2
    assert "sealed under a passphrase" in call("batch", "list", "--home", str(home)).err


def test_what_a_provider_signs_itself_is_delivered_by_a_command(
    call: Call, home: Path, journey: Journey, tmp_path: Path
) -> None:
    school = _registered(call, home, "did:web:school.sample.example")
    at = ("--organisation", school, "--home", str(home))
    private = PrivateKey.from_seed(b"\x09" * 32)
    challenge = tmp_path / "challenge.txt"
    challenge.write_text(call("key", "register", private.public.multikey, *at).out)
    proven = multibase_encode(private.sign(challenge.read_bytes()))
    call("key", "register", private.public.multikey, *at, "--challenge", str(challenge), "--signature", proven)
    unit, file = sample_unit(9, "5", "online"), tmp_path / "unit.json"
    file.write_bytes(canonical_json(unit.to_json()))
    assert call("achievement", "publish", str(file), *at).code == 0
    wanted = ("--learner", journey.learner, "--achievement", unit.id, "--version", "1", "--earned", "2026-01-30")
    unsigned = load_object(call("credential", "prepare", *at, *wanted, "--request", "once").out.encode())
    signed = add_proof(
        unsigned,
        verification_method=f"did:web:school.sample.example#{private.public.multikey}",
        created=datetime.now(UTC),
        purpose="assertionMethod",
        sign=private.sign,
        contexts=bundled_contexts(),
    )
    file = tmp_path / "signed.json"
    file.write_bytes(pretty_json(signed))
    badge, twice = tmp_path / "badge.png", tmp_path / "two.zip"
    badge.write_bytes(bake(plain_png("A unit"), file.read_text()))
    with zipfile.ZipFile(twice, "w") as archive:
        for name in ("1.json", "2.json"):
            archive.write(file, name)
    many = call("credential", "deliver", str(twice), *at)
    assert (many.code, "here are 2" in many.err) == (2, True)
    delivered = call("credential", "deliver", str(badge), *at, "--json")
    assert (delivered.code, delivered.json["id"]) == (0, unsigned["id"])
    assert call("credential", "show", unsigned["id"], "--home", str(home)).out.encode() == file.read_bytes() + b"\n"
    assert call("credential", "deliver", str(file), *at, "--json").json == delivered.json
    file.write_bytes(file.read_bytes().replace(b"Sample unit 9", b"Sample unit 8"))
    refused = call("credential", "deliver", str(file), *at)
    assert refused.code == 1
    assert "stands for another credential" in refused.err
