"""The peer that signing is measured beside does the same work, or the row says why it is not here."""

import shutil

import pytest
from bench import credentials
from bench.credentials import PACKAGES, PEER, SUITES, given, peer, sign

UNSIGNED = {suite: given(suite) for suite in SUITES}
SIGNED = {suite: sign(UNSIGNED[suite], suite) for suite in SUITES}


def test_without_node_the_rows_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    rows = peer(UNSIGNED, SIGNED, 1)
    assert {row.said for row in rows.values()} == {"not here: Node.js is not installed"}
    assert [row.runs for row in rows.values()] == [0] * 4


@pytest.mark.node
def test_the_peer_accepts_what_we_signed_and_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("node") is None or not PACKAGES.is_dir():
        pytest.skip("run: npm ci --prefix tests/interop")
    monkeypatch.setattr(credentials, "WARM", 1)
    rows = peer(UNSIGNED, SIGNED, 2)
    assert {row.name for row in rows.values()} == {
        f"{PEER}: {verb}, {s}" for s in SUITES for verb in ("sign", "verify")
    }
    assert all(row.runs == 2 and row.cpu is not None and row.cpu.mean > 0 for row in rows.values())
