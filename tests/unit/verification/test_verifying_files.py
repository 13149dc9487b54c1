"""`creditbank verify` on files: a stranger's list of issuers, a memory of status lists, and no network unless asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from verification_samples import NOW, PROVIDER, did_document, sign, status_list, unsigned_unit

from creditbank.adapters.resolver import HttpsResolver, UnreachableHost
from creditbank.canonical import canonical_json
from creditbank.cli import run
from creditbank.units import instant_text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stranger's credential, and the verifying party's own documents: a DID document and a status list."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDITBANK_HOME", raising=False)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "did.json").write_bytes(did_document(PROVIDER))
    (tmp_path / "own" / "list.json").write_bytes(status_list(sequence=4))
    (tmp_path / "unit.json").write_bytes(canonical_json(sign(unsigned_unit(1), PROVIDER)))
    registry = {"meta": {}, "registry": {PROVIDER: {"name": "Sample Provider", "location": "x", "url": "y"}}}
    (tmp_path / "members.json").write_text(json.dumps(registry))
    return tmp_path


def verify(capsys: pytest.CaptureFixture[str], *more: str, fetch: bool = False) -> tuple[int, dict[str, Any]]:
    words = ["verify", "unit.json", "--now", instant_text(NOW), "--policy", "unanchored", "--json", *more]
    code = run([*words] if fetch else [*words, "--offline"])
    out = capsys.readouterr().out
    return code, json.loads(out)["reports"][0]["report"] if '"reports"' in out else {}


def check(report: dict[str, Any], name: str) -> str:
    return str(next(one["outcome"] for one in report["checks"] if one["name"] == name))


def test_a_published_list_of_issuers_vouches_for_a_stranger(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = verify(capsys, "--documents", "own")
    assert (code, check(report, "issuer.registered")) == (3, "unchecked")
    code, report = verify(capsys, "--documents", "own", "--issuers", "members.json")
    assert (code, check(report, "issuer.registered")) == (0, "passed")
    assert any("members.json" in source for source in report["sources"])


def test_a_file_that_is_no_list_of_issuers_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(capsys, "--issuers", "unit.json")[0] == 2


def test_a_verifier_that_remembers_refuses_an_older_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Threat 31."""
    asked = ("--documents", "own", "--issuers", "members.json", "--remember", "seen.json")
    code, report = verify(capsys, *asked)
    assert (code, check(report, "status.current")) == (0, "not applicable")
    code, report = verify(capsys, *asked)
    assert (code, check(report, "status.current")) == (0, "passed")
    (folder / "own" / "list.json").write_bytes(status_list(sequence=3))
    code, report = verify(capsys, *asked)
    assert (code, check(report, "status.current")) == (1, "failed")
    assert verify(capsys, "--documents", "own", "--issuers", "members.json")[0] == 0  # nothing is kept unless asked for


def test_what_is_missing_is_fetched_from_its_own_address_unless_offline(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    served = {
        "https://provider.example/.well-known/did.json": did_document(PROVIDER),
        "https://provider.example/status/1": status_list(sequence=4),
    }

    def fetch(self: HttpsResolver, url: str, *, max_bytes: int) -> bytes:
        asked.append(url)
        if url not in served:
            raise UnreachableHost("It has no address.")
        return served[url]

    monkeypatch.setattr(HttpsResolver, "fetch", fetch)
    assert verify(capsys)[0] == 3
    monkeypatch.setenv("CREDITBANK_FETCH_DOCUMENTS", "false")
    assert verify(capsys, fetch=True)[0] == 3
    assert asked == []
    monkeypatch.setenv("CREDITBANK_FETCH_DOCUMENTS", "true")
    code, report = verify(capsys, fetch=True)
    assert code == 0, report["headline"]
    assert asked == list(served)
    assert sum(source.startswith("fetched from https://provider.example/") for source in report["sources"]) == 2
    served.pop("https://provider.example/status/1")
    code, report = verify(capsys, fetch=True)
    assert (code, check(report, "status.revocation")) == (3, "unchecked")


def test_the_resolver_takes_nothing_from_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 14: the rule about addresses cannot be configured away."""
    made: list[dict[str, object]] = []

    def remember(self: HttpsResolver, **more: object) -> None:
        made.append(more)

    def nothing(self: HttpsResolver, url: str, *, max_bytes: int) -> bytes:
        raise UnreachableHost("It has no address.")

    monkeypatch.setattr(HttpsResolver, "__init__", remember)
    monkeypatch.setattr(HttpsResolver, "fetch", nothing)
    monkeypatch.setenv("CREDITBANK_FETCH_DOCUMENTS", "true")
    from creditbank.adapters.documents import bundle_of, bundled_contexts, recognise
    from creditbank.cli.sources import with_fetched
    from creditbank.verification import Evidence

    data = canonical_json(sign(unsigned_unit(1), PROVIDER))
    with_fetched(Evidence(bundled_contexts()), bundle_of([recognise(data, "unit.json")]))
    assert made == [{}]
