"""Rows of several signatures go to the disk in one go, and no signature is made before its row is there."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from creditbank.adapters.keys import FileVault
from creditbank.adapters.keys.errors import UnusableVault
from creditbank.services.ports import BODIES, SigningPurpose, SigningRequest

MANY = 12


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault.open(tmp_path / "keys", None)


def sign(vault: FileVault, number: int) -> bytes:
    key = vault.find_key("provider", "1")
    assert key is not None
    message = b"message %d" % number
    return vault.sign(SigningRequest("provider", key.reference, SigningPurpose.CREDENTIAL, message, f"no {number}"))


def test_those_who_wait_share_one_write_to_the_disk(vault: FileVault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 52: while the disk is busy with the first row, the other rows wait for the next go."""
    vault.make_key("provider", BODIES)
    real, begun, may_end, synced = os.fsync, threading.Event(), threading.Event(), list[int]()

    def slow(handle: int) -> None:
        size = os.fstat(handle).st_size
        begun.set()
        assert may_end.wait(20)
        real(handle)
        synced.append(size)

    monkeypatch.setattr(os, "fsync", slow)
    with ThreadPoolExecutor(MANY) as pool:
        first = pool.submit(sign, vault, 0)
        assert begun.wait(20)
        others = [pool.submit(sign, vault, number) for number in range(1, MANY)]
        while len(list(vault.audit())) < MANY:
            assert not any(one.done() for one in others)
        assert not first.done()
        may_end.set()
        assert len({one.result(timeout=20) for one in [first, *others]}) == MANY
    assert len(synced) == 2
    assert synced[0] < synced[1]
    assert sorted(row.about for row in vault.audit()) == sorted(f"no {number}" for number in range(MANY))


def test_where_the_disk_loses_rows_nobody_who_waited_for_it_signs(
    vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system reports a lost row once; the others of that go must not take the next good go for theirs."""
    vault.make_key("provider", BODIES)
    real, begun, may_end, calls = os.fsync, threading.Event(), threading.Event(), list[int]()

    def failing(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 1:
            begun.set()
            assert may_end.wait(20)
        if len(calls) == 2:
            raise OSError(5, "Input/output error")
        real(handle)

    monkeypatch.setattr(os, "fsync", failing)
    with ThreadPoolExecutor(MANY) as pool:
        first = pool.submit(sign, vault, 0)
        assert begun.wait(20)
        others = [pool.submit(sign, vault, number) for number in range(1, MANY)]
        while len(list(vault.audit())) < MANY:
            pass
        may_end.set()
        assert first.result(timeout=20)
        for one in others:
            with pytest.raises(UnusableVault, match="nothing was signed"):
                one.result(timeout=20)
    assert len(calls) == 2
    assert sign(vault, MANY)
