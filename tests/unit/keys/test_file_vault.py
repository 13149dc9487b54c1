"""The vault signs behind an audit row, and refuses what it did not write (threats 51 and 52)."""

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
    DamagedKeyFile,
    ExposedKeyFile,
    FileVault,
    PassphraseNeeded,
    UnstatedPurpose,
    UnusableVault,
    WrongPassphrase,
)
from creditbank.adapters.system import SystemClock, SystemEntropy, pause
from creditbank.canonical import digest_text, sha256
from creditbank.services.ports import Clock, Entropy, KeyVault, UnknownRecord
from creditbank.signing import PublicKey

PASSPHRASE = b"correct horse, longer battery"
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def vault(folder: Path) -> FileVault:
    return FileVault.open(folder, PASSPHRASE, clock=StoppedClock())


def key_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.json"))


def audit_rows(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "signatures.jsonl").read_text().splitlines()]


def test_a_signature_verifies_under_the_public_key(vault: FileVault) -> None:
    multikey = vault.create("provider-1")
    public = PublicKey.from_multikey(multikey)
    signature = vault.sign("provider-1", b"message", purpose="credential")
    assert public.verify(b"message", signature)
    assert not public.verify(b"another message", signature)


def test_a_key_is_made_once_and_survives_reopening(vault: FileVault, folder: Path) -> None:
    first = vault.create("provider-1")
    assert vault.create("provider-1") == first
    again = FileVault.open(folder, PASSPHRASE)
    assert again.public("provider-1") == again.create("provider-1") == first
    assert again.create("provider-2") != first


def test_an_owner_without_a_key_is_said_so(vault: FileVault) -> None:
    assert vault.public("nobody") is None
    with pytest.raises(UnknownRecord):
        vault.sign("nobody", b"message", purpose="credential")
    with pytest.raises(UnknownRecord):
        vault.sign_transaction("nobody", TRANSACTION)


def test_owners_may_have_any_name(vault: FileVault) -> None:
    names = ["../../etc/passwd", "urn:uuid:1", "", "Ḍ" * 300, "a/b", "A/B"]
    assert len({vault.create(name) for name in names}) == len(names)


def test_the_audit_row_is_on_the_disk_before_the_signature(
    vault: FileVault, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 52: a signer that dies in between leaves the row, never a signature without one."""
    multikey = vault.create("provider-1")

    class Dies:
        @staticmethod
        def from_seed(seed: bytes) -> object:
            raise KeyboardInterrupt

    monkeypatch.setattr("creditbank.adapters.keys.vault.PrivateKey", Dies)
    with pytest.raises(KeyboardInterrupt):
        vault.sign("provider-1", b"message", purpose="credential")
    assert audit_rows(folder) == [
        {
            "at": "2026-03-02T09:30:00Z",
            "owner": "provider-1",
            "kind": "ed25519",
            "key": multikey,
            "purpose": "credential",
            "message": digest_text(sha256(b"message")),
        }
    ]


def test_nothing_is_signed_when_the_audit_row_cannot_be_written(vault: FileVault, folder: Path) -> None:
    vault.create("provider-1")
    (folder / "signatures.jsonl").mkdir()
    with pytest.raises(UnusableVault, match="nothing was signed"):
        vault.sign("provider-1", b"message", purpose="credential")


def test_nothing_is_signed_without_a_purpose(vault: FileVault, folder: Path) -> None:
    vault.create("provider-1")
    with pytest.raises(UnstatedPurpose):
        vault.sign("provider-1", b"message", purpose="")
    assert not (folder / "signatures.jsonl").exists()


def test_every_signature_of_many_threads_has_its_row(vault: FileVault, folder: Path) -> None:
    vault.create("provider-1")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: vault.sign("provider-1", b"%d" % n, purpose="credential"), range(40)))
    assert {row["message"] for row in audit_rows(folder)} == {digest_text(sha256(b"%d" % n)) for n in range(40)}


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
    first = vault.create("provider-1")
    assert vault.development
    again = FileVault.open(folder, None)
    assert (again.development, again.public("provider-1")) == (True, first)
    with pytest.raises(WrongPassphrase):
        FileVault.open(folder, PASSPHRASE)


def test_a_vault_with_a_passphrase_is_not_for_development(vault: FileVault) -> None:
    assert not vault.development


def test_no_secret_stands_in_a_file_or_in_repr(vault: FileVault, folder: Path) -> None:
    """Threats 46 and 51."""
    vault.create("provider-1")
    vault.chain_account("bank")
    secrets = [vault._secret("provider-1", "ed25519")[0], vault._secret("bank", "secp256k1")[0], vault._master]
    files = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in [*secrets, PASSPHRASE]:
        assert secret not in files
        assert secret.hex().encode() not in files
        assert secret.hex() not in repr(vault)


def test_only_the_owner_may_read_what_the_vault_writes(vault: FileVault, folder: Path) -> None:
    vault.create("provider-1")
    vault.chain_account("bank")
    vault.sign("provider-1", b"message", purpose="credential")
    FileVault.open(folder.parent / "development", None).create("x")
    for path in folder.parent.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_key_that_others_can_read_is_not_used(vault: FileVault, folder: Path) -> None:
    vault.create("provider-1")
    (path,) = key_files(folder)
    path.chmod(0o644)
    with pytest.raises(ExposedKeyFile) as refusal:
        vault.sign("provider-1", b"message", purpose="credential")
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
    vault.create("provider-1")
    (path,) = key_files(folder)
    document = json.loads(path.read_bytes())
    _flip(name)(document)
    path.write_text(json.dumps(document))
    for use in (vault.public, vault.create, lambda owner: vault.sign(owner, b"message", purpose="credential")):
        with pytest.raises(DamagedKeyFile) as refusal:
            use("provider-1")
        assert refusal.value.place == str(path)
    assert not (folder / "signatures.jsonl").exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"nonce": 1, "sealed": "00"}', b"\xff", b'{"sealed"'])
def test_a_key_file_cut_short_is_refused(vault: FileVault, folder: Path, content: bytes) -> None:
    vault.create("provider-1")
    key_files(folder)[0].write_bytes(content)
    with pytest.raises(DamagedKeyFile):
        vault.public("provider-1")


def test_key_files_cannot_change_places(vault: FileVault, folder: Path) -> None:
    vault.create("provider-1")
    vault.create("provider-2")
    one, two = key_files(folder)
    one.write_bytes(two.read_bytes())
    refused = 0
    for owner in ("provider-1", "provider-2"):
        try:
            vault.public(owner)
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
    vault.create("provider-1")
    other.create("provider-1")
    key_files(folder)[0].write_bytes(key_files(tmp_path / "other")[0].read_bytes())
    with pytest.raises(DamagedKeyFile):
        vault.public("provider-1")


def test_a_file_in_place_of_the_folder_is_said_so(folder: Path) -> None:
    folder.write_text("not a folder")
    with pytest.raises(UnusableVault) as refusal:
        FileVault.open(folder, PASSPHRASE)
    assert refusal.value.place == str(folder)


def test_of_many_who_make_a_key_at_once_all_get_the_same(folder: Path) -> None:
    start = threading.Barrier(6)

    def make(_: int) -> tuple[str, str]:
        start.wait()
        vault = FileVault.open(folder, None)
        return vault.create("provider-1"), vault.chain_account("bank")

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(make, range(6)))) == 1
    assert [path.name for path in folder.rglob(".*")] == []


def test_a_chain_account_signs_transactions_that_recover_to_it(vault: FileVault, folder: Path) -> None:
    address = vault.chain_account("bank")
    assert vault.chain_account("bank") == address
    raw, hash = vault.sign_transaction("bank", TRANSACTION)
    assert Account.recover_transaction(raw) == address
    assert hash == "0x" + keccak(raw).hex()
    (row,) = audit_rows(folder)
    assert (row["kind"], row["key"], row["purpose"]) == ("secp256k1", address, "chain-transaction")


def test_a_transaction_may_name_its_own_sender(vault: FileVault) -> None:
    address = vault.chain_account("bank")
    raw, _ = vault.sign_transaction("bank", TRANSACTION | {"from": address})
    assert raw == vault.sign_transaction("bank", TRANSACTION)[0]


def test_signing_credentials_does_not_load_the_chains_libraries(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from creditbank.adapters.keys import FileVault;"
        "vault = FileVault.open(Path(sys.argv[1]), b'pass'); vault.create('a'); vault.sign('a', b'm', purpose='p');"
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
    assert port.create("x") == port.public("x")


def test_a_bank_whose_keys_are_gone_gets_no_new_ones(folder: Path) -> None:
    """A folder that was not mounted must not look like a bank without organisations."""
    gone = folder.parent / "gone"
    with pytest.raises(UnusableVault, match="not here"):
        FileVault.open(gone, PASSPHRASE, make=False)
    assert not gone.exists()
