"""The vault signs behind an audit row, and refuses what it did not write (threats 51 and 52)."""

import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from eth_account import Account
from eth_hash.auto import keccak

from creditbank.adapters.keys import (
    DamagedAudit,
    DamagedKeyFile,
    DevelopmentKey,
    ExposedKeyFile,
    FileVault,
    PassphraseNeeded,
    UnusableVault,
    WrongPassphrase,
    sealing,
)
from creditbank.adapters.system import SystemClock, SystemEntropy, pause
from creditbank.canonical import digest_text, sha256
from creditbank.services.ports import (
    BODIES,
    FIRST_KEY,
    Clock,
    Entropy,
    KeyVault,
    SigningCapReached,
    SigningCaps,
    SigningPurpose,
    SigningRequest,
    UnknownRecord,
)
from creditbank.signing import PrivateKey, PublicKey

PASSPHRASE = b"correct horse, longer battery"
AUDIT = "signatures-2026-03-02.jsonl"
TRANSACTION: dict[str, object] = {
    "chainId": 1337,
    "nonce": 3,
    "gas": 100_000,
    "maxFeePerGas": 2_000_000_000,
    "maxPriorityFeePerGas": 1_000_000_000,
    "to": "0x52908400098527886E0F7030069857D2E4169EE7",
    "value": 0,
    "data": "0x1234",
}


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class MovedClock:
    day = 2

    def now(self) -> datetime:
        return datetime(2026, 3, self.day, 9, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def vault(folder: Path) -> FileVault:
    return FileVault.open(folder, PASSPHRASE, clock=StoppedClock())


def key_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.json"))


def audit_rows(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / AUDIT).read_text().splitlines()]


def make(vault: FileVault, owner: str) -> str:
    return vault.make_key(owner, BODIES).multikey


def public(vault: FileVault, owner: str) -> str | None:
    key = vault.find_key(owner)
    return None if key is None else key.multikey


def sign(vault: FileVault, owner: str, message: bytes) -> bytes:
    key = vault.find_key(owner)
    assert key is not None
    return vault.sign(SigningRequest(owner, key.reference, SigningPurpose.CREDENTIAL, message, "urn:1"))


def test_a_signature_verifies_under_the_public_key(vault: FileVault) -> None:
    multikey = make(vault, "provider-1")
    public = PublicKey.from_multikey(multikey)
    signature = sign(vault, "provider-1", b"message")
    assert public.verify(b"message", signature)
    assert not public.verify(b"another message", signature)


def test_a_key_is_made_once_and_survives_reopening(vault: FileVault, folder: Path) -> None:
    first = make(vault, "provider-1")
    assert make(vault, "provider-1") == first
    again = FileVault.open(folder, PASSPHRASE)
    assert public(again, "provider-1") == make(again, "provider-1") == first
    assert make(again, "provider-2") != first


def test_an_owner_without_a_key_is_said_so(vault: FileVault) -> None:
    assert vault.find_key("nobody") is None
    with pytest.raises(UnknownRecord):
        vault.sign_transaction("nobody", TRANSACTION)


def test_owners_may_have_any_name(vault: FileVault) -> None:
    names = ["../../etc/passwd", "urn:uuid:1", "", "Ḍ" * 300, "a/b", "A/B"]
    assert len({make(vault, name) for name in names}) == len(names)


def test_the_audit_row_is_on_the_disk_before_the_signature(
    vault: FileVault, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 52: a signer that dies in between leaves the row, never a signature without one."""
    multikey = make(vault, "provider-1")

    class Dies:
        @staticmethod
        def from_seed(seed: bytes) -> object:
            raise KeyboardInterrupt

    monkeypatch.setattr("creditbank.adapters.keys.vault.PrivateKey", Dies)
    with pytest.raises(KeyboardInterrupt):
        sign(vault, "provider-1", b"message")
    (row,) = audit_rows(folder)
    assert (row["key"], row["message"], row["refused"]) == (multikey, digest_text(sha256(b"message")), "")


def test_nothing_is_signed_when_the_audit_row_cannot_be_written(vault: FileVault, folder: Path) -> None:
    make(vault, "provider-1")
    (folder / AUDIT).mkdir()
    with pytest.raises(UnusableVault, match="nothing was signed"):
        sign(vault, "provider-1", b"message")


def test_a_row_that_a_crash_cut_off_is_closed_and_counts_for_nothing(folder: Path) -> None:
    """A machine that goes down inside a row made no signature for it; the rows after it stand and are checked."""
    vault = FileVault.open(folder, PASSPHRASE, clock=StoppedClock(), caps=SigningCaps(3))
    make(vault, "provider-1")
    sign(vault, "provider-1", b"first")
    path = folder / AUDIT
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    for opener in (vault, FileVault.open(folder, PASSPHRASE, clock=StoppedClock(), caps=SigningCaps(3))):
        sign(opener, "provider-1", b"again")
    with pytest.raises(SigningCapReached):
        sign(vault, "provider-1", b"fourth")
    assert [row.refused for row in vault.audit()] == ["", "", "", "signing-cap-reached"]


def _without(rows: list[bytes]) -> list[bytes]:
    return [*rows[:1], *rows[2:]]


def _hushed(rows: list[bytes]) -> list[bytes]:
    return [*rows[:1], rows[1].replace(b"provider-1", b"provider-2"), *rows[2:]]


def _broken(rows: list[bytes]) -> list[bytes]:
    return [*rows[:1], b"{}"[:1], *rows[2:]]


def _foreign(rows: list[bytes]) -> list[bytes]:
    return [*rows[:1], b"what is this", *rows[2:]]


def _swapped(rows: list[bytes]) -> list[bytes]:
    return [rows[1], rows[0], *rows[2:]]


@pytest.mark.parametrize("change", [_without, _hushed, _broken, _foreign, _swapped])
def test_an_audit_that_somebody_altered_is_found(
    vault: FileVault, folder: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    """Threat 52: a signature cannot be taken out of the audit, nor put on somebody else, without it showing."""
    make(vault, "provider-1")
    for number in range(4):
        sign(vault, "provider-1", b"%d" % number)
    assert len(list(vault.audit())) == 4
    rows = (folder / AUDIT).read_bytes().splitlines()
    (folder / AUDIT).write_bytes(b"\n".join([*change(rows), b""]))
    with pytest.raises(DamagedAudit, match="not as the vault wrote it"):
        list(FileVault.open(folder, PASSPHRASE).audit())


def test_the_seals_of_the_audit_run_through_the_days(folder: Path) -> None:
    """A whole day taken out shows in the next one."""
    clock = MovedClock()
    vault = FileVault.open(folder, PASSPHRASE, clock=clock)
    make(vault, "provider-1")
    for _ in range(3):
        sign(vault, "provider-1", b"message")
        clock.day += 1
    assert len(list(vault.audit())) == 3
    (folder / "signatures-2026-03-03.jsonl").unlink()
    with pytest.raises(DamagedAudit):
        list(vault.audit())


def test_a_clock_that_goes_back_over_midnight_breaks_no_seal(folder: Path) -> None:
    clock = MovedClock()
    vault = FileVault.open(folder, PASSPHRASE, clock=clock)
    make(vault, "provider-1")
    for day in (2, 3, 2, 3):
        clock.day = day
        sign(vault, "provider-1", b"message")
    assert [row.at.day for row in vault.audit()] == [2, 3, 2, 3]


def test_the_audit_of_an_older_vault_is_still_read(vault: FileVault, folder: Path) -> None:
    row = {"at": "2025-01-01T00:00:00Z", "owner": "o", "kind": "ed25519", "key": "z6", "purpose": "p", "message": "m"}
    (folder / "signatures.jsonl").write_text(json.dumps(row) + "\n")
    make(vault, "provider-1")
    sign(vault, "provider-1", b"message")
    assert [(row.tenant, row.purpose) for row in vault.audit()] == [("o", "p"), ("provider-1", "credential")]


def test_a_key_of_an_older_vault_serves_its_body(vault: FileVault, folder: Path) -> None:
    """Such a file says neither label nor uses."""
    secret = b"\x07" * 32
    facts = {"document": "creditbank/key/v1", "kind": "ed25519", "owner": "old", "public": "", "made": "x"}
    facts["public"] = PrivateKey.from_seed(secret).public.multikey
    make(vault, "provider-1")
    path = folder / "ed25519" / f"{hashlib.sha256(b'old').hexdigest()[:40]}.json"
    path.write_bytes(sealing.seal(vault._master, secret, facts))
    path.chmod(0o600)
    key = vault.find_key("old")
    assert key is not None
    assert (key.label, key.uses, key.multikey) == (FIRST_KEY, BODIES, facts["public"])
    assert sign(vault, "old", b"message")


def test_the_wrong_passphrase_opens_nothing(vault: FileVault, folder: Path) -> None:
    for wrong in (b"wrong", PASSPHRASE + b"\n"):
        with pytest.raises(WrongPassphrase):
            FileVault.open(folder, wrong)


@pytest.mark.parametrize("empty", [None, b""])
def test_a_vault_with_a_passphrase_does_not_open_without_one(
    vault: FileVault, folder: Path, empty: bytes | None
) -> None:
    with pytest.raises(PassphraseNeeded) as refusal:
        FileVault.open(folder, empty)
    assert "CREDITBANK_PASSPHRASE" in refusal.value.next_step
    assert not (folder / "development.key").exists()


def test_a_development_key_in_the_folder_does_not_open_a_sealed_vault(vault: FileVault, folder: Path) -> None:
    (folder / "development.key").write_bytes(PASSPHRASE)
    with pytest.raises(PassphraseNeeded):
        FileVault.open(folder, None)


def test_without_a_passphrase_the_vault_says_that_it_is_for_development(folder: Path) -> None:
    vault = FileVault.open(folder, None)
    first = make(vault, "provider-1")
    assert vault.development
    again = FileVault.open(folder, None)
    assert (again.development, public(again, "provider-1")) == (True, first)
    with pytest.raises(DevelopmentKey) as refusal:
        FileVault.open(folder, PASSPHRASE)
    assert "key seal" in refusal.value.next_step


def test_a_development_vault_is_put_under_a_passphrase_and_its_keys_stay(folder: Path) -> None:
    """Threat 51: afterwards the folder alone opens nothing."""
    first = make(FileVault.open(folder, None), "provider-1")
    FileVault.seal(folder, PASSPHRASE)
    FileVault.seal(folder, PASSPHRASE)
    assert not (folder / "development.key").exists()
    assert public(FileVault.open(folder, PASSPHRASE), "provider-1") == first
    with pytest.raises(PassphraseNeeded):
        FileVault.open(folder, None)
    with pytest.raises(WrongPassphrase):
        FileVault.seal(folder, b"another")
    with pytest.raises(UnusableVault):
        FileVault.seal(folder.parent / "nowhere", PASSPHRASE)


def test_a_sealing_that_dies_half_way_leaves_keys_that_open(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make(FileVault.open(folder, None), "provider-1")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda self, target: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            FileVault.seal(folder, PASSPHRASE)
    assert public(FileVault.open(folder, None), "provider-1") == first
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda self, missing_ok=False: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            FileVault.seal(folder, PASSPHRASE)
    assert public(FileVault.open(folder, PASSPHRASE), "provider-1") == first


def test_a_vault_with_a_passphrase_is_not_for_development(vault: FileVault) -> None:
    assert not vault.development


def test_no_secret_stands_in_a_file_or_in_repr(vault: FileVault, folder: Path) -> None:
    """Threats 46 and 51."""
    make(vault, "provider-1")
    vault.chain_account("bank")
    names = [hashlib.sha256(owner).hexdigest()[:40] for owner in (b"provider-1", b"bank")]
    secrets = [vault._secret(names[0], "ed25519"), vault._secret(names[1], "secp256k1"), vault._master]
    files = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in [*secrets, PASSPHRASE]:
        assert secret not in files
        assert secret.hex().encode() not in files
        assert secret.hex() not in repr(vault)


def test_only_the_owner_may_read_what_the_vault_writes(vault: FileVault, folder: Path) -> None:
    make(vault, "provider-1")
    vault.chain_account("bank")
    sign(vault, "provider-1", b"message")
    make(FileVault.open(folder.parent / "development", None), "x")
    for path in folder.parent.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_key_that_others_can_read_is_not_used(vault: FileVault, folder: Path) -> None:
    make(vault, "provider-1")
    (path,) = key_files(folder)
    path.chmod(0o644)
    with pytest.raises(ExposedKeyFile) as refusal:
        sign(vault, "provider-1", b"message")
    assert refusal.value.place == str(path)
    assert "chmod 600" in refusal.value.next_step
    path.chmod(0o600)
    folder.chmod(0o755)
    with pytest.raises(ExposedKeyFile, match="755"):
        FileVault.open(folder, PASSPHRASE)


def _flip(name: str) -> Callable[[dict[str, str]], None]:
    def change(document: dict[str, str]) -> None:
        last = document[name][-1]
        document[name] = document[name][:-1] + ("0" if last != "0" else "1")

    return change


@pytest.mark.parametrize("name", ["document", "kind", "made", "nonce", "owner", "public", "sealed"])
def test_a_tampered_key_file_is_refused(vault: FileVault, folder: Path, name: str) -> None:
    make(vault, "provider-1")
    (path,) = key_files(folder)
    document = json.loads(path.read_bytes())
    _flip(name)(document)
    path.write_text(json.dumps(document))
    for use in (vault.find_key, lambda owner: make(vault, owner), lambda owner: sign(vault, owner, b"message")):
        with pytest.raises(DamagedKeyFile) as refusal:
            use("provider-1")
        assert refusal.value.place == str(path)
    assert not (folder / "signatures.jsonl").exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"nonce": 1, "sealed": "00"}', b"\xff", b'{"sealed"'])
def test_a_key_file_cut_short_is_refused(vault: FileVault, folder: Path, content: bytes) -> None:
    make(vault, "provider-1")
    key_files(folder)[0].write_bytes(content)
    with pytest.raises(DamagedKeyFile):
        vault.find_key("provider-1")


def test_key_files_cannot_change_places(vault: FileVault, folder: Path) -> None:
    make(vault, "provider-1")
    make(vault, "provider-2")
    one, two = key_files(folder)
    one.write_bytes(two.read_bytes())
    refused = 0
    for owner in ("provider-1", "provider-2"):
        try:
            vault.find_key(owner)
        except DamagedKeyFile:
            refused += 1
    assert refused == 1


@pytest.mark.parametrize("name", ["document", "nonce", "salt", "seal", "sealed"])
def test_a_tampered_seal_opens_nothing(vault: FileVault, folder: Path, name: str) -> None:
    path = folder / "vault.json"
    document = json.loads(path.read_bytes())
    _flip(name)(document)
    path.write_text(json.dumps(document))
    with pytest.raises(WrongPassphrase):
        FileVault.open(folder, PASSPHRASE)


def test_a_key_of_another_vault_is_refused(vault: FileVault, folder: Path, tmp_path: Path) -> None:
    other = FileVault.open(tmp_path / "other", PASSPHRASE)
    make(vault, "provider-1")
    make(other, "provider-1")
    key_files(folder)[0].write_bytes(key_files(tmp_path / "other")[0].read_bytes())
    with pytest.raises(DamagedKeyFile):
        vault.find_key("provider-1")


def test_a_file_in_place_of_the_folder_is_said_so(folder: Path) -> None:
    folder.write_text("not a folder")
    with pytest.raises(UnusableVault) as refusal:
        FileVault.open(folder, PASSPHRASE)
    assert refusal.value.place == str(folder)


def test_of_many_who_make_a_key_at_once_all_get_the_same(folder: Path) -> None:
    start = threading.Barrier(6)

    def open_and_make(_: int) -> tuple[str, str]:
        start.wait()
        vault = FileVault.open(folder, None)
        return make(vault, "provider-1"), vault.chain_account("bank")

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(open_and_make, range(6)))) == 1
    assert [path.name for path in folder.rglob(".*")] == []


def test_a_chain_account_signs_transactions_that_recover_to_it(vault: FileVault, folder: Path) -> None:
    address = vault.chain_account("bank")
    assert vault.chain_account("bank") == address
    raw, hash = vault.sign_transaction("bank", TRANSACTION)
    assert Account.recover_transaction(raw) == address
    assert hash == "0x" + keccak(raw).hex()
    (row,) = audit_rows(folder)
    assert (row["algorithm"], row["key"], row["purpose"]) == ("secp256k1", address, "chain-transaction")


def test_a_transaction_may_name_its_own_sender(vault: FileVault) -> None:
    address = vault.chain_account("bank")
    raw, _ = vault.sign_transaction("bank", TRANSACTION | {"from": address})
    assert raw == vault.sign_transaction("bank", TRANSACTION)[0]


def test_signing_credentials_does_not_load_the_chains_libraries(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from creditbank.adapters.keys import FileVault;"
        "from creditbank.services.ports import BODIES, SigningPurpose, SigningRequest;"
        "vault = FileVault.open(Path(sys.argv[1]), b'pass'); key = vault.make_key('a', BODIES);"
        "vault.sign(SigningRequest('a', key.reference, SigningPurpose.CREDENTIAL, b'm', 'u'));"
        "assert not {'eth_account', 'web3', 'sqlalchemy'} & set(sys.modules)"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, env=os.environ | {"PYTHONPATH": paths})


def test_the_machines_clock_is_in_utc_and_its_identifiers_are_random() -> None:
    clock: Clock = SystemClock()
    entropy: Entropy = SystemEntropy()
    assert clock.now().utcoffset() == datetime.now(UTC).utcoffset()
    before = clock.now()
    pause(0.001)
    assert clock.now() > before
    assert len(entropy.bytes(16)) == 16
    assert len({entropy.urn() for _ in range(100)}) == 100
    assert entropy.urn().startswith("urn:uuid:")
    assert {entropy.below(3) for _ in range(200)} == {0, 1, 2}


def test_the_vault_is_the_port(vault: FileVault) -> None:
    port: KeyVault = vault
    assert port.make_key("x", BODIES) == port.find_key("x")


def test_a_bank_whose_keys_are_gone_gets_no_new_ones(folder: Path) -> None:
    """A folder that was not mounted must not look like a bank without organisations."""
    gone = folder.parent / "gone"
    with pytest.raises(UnusableVault, match="not here"):
        FileVault.open(gone, PASSPHRASE, make=False)
    assert not gone.exists()
